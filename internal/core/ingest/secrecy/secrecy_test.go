package secrecy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func TestReadLine(t *testing.T) {
	for _, c := range []struct {
		text string
		want reading
	}{
		{"Mật", reading{mark: Secret}},
		{"mật", reading{mark: Secret}},
		{"MẬT", reading{mark: Secret, strong: true}},
		{"(Mật)", reading{mark: Secret}},
		{" ** MẬT ** ", reading{mark: Secret, strong: true}},
		{"[ Tối  mật ]", reading{mark: HighlySec, strong: true}},
		{"TỐI\u00a0MẬT", reading{mark: HighlySec, strong: true}},
		{"tUYỆT mẬT.", reading{mark: TopSecret, strong: true}},
		{"Tuyệt mật (A)", reading{mark: TopSecret, strong: true}},
		{"M\u200bẬT", reading{mark: Secret, strong: true}},
		{"ＭẬＴ", reading{mark: Secret, strong: true}},
		{"MẬT - HỎA TỐC", reading{mark: Secret, strong: true}},
		{"HOẢ TỐC; TỐI MẬT", reading{mark: HighlySec, strong: true}},
		{"Độ mật: Tối mật", reading{mark: HighlySec, strong: true, labelled: true}},
		{"ĐỘ MẬT – MẬT", reading{mark: Secret, strong: true, labelled: true}},
		{"Mức độ bảo mật: Mật", reading{mark: Secret, strong: true, labelled: true}},
		{"Dấu: MẬT", reading{mark: Secret, strong: true, labelled: true}},
		{"Độ mật", reading{heading: true}},
		{"Mức độ bảo mật", reading{heading: true}},
		{"ĐỘ MẬT (nếu có)", reading{heading: true}},
		{"Độ mật: Thường", reading{heading: true}},
		{"Độ mật: không", reading{heading: true}},

		{"Mật ong", reading{}},
		{"MẬT ONG HOA NHÃN", reading{}},
		{"Độ mật ong", reading{}},
		{"bảo mật", reading{}},
		{"Cam kết bảo mật", reading{}},
		{"Mật độ dân số", reading{}},
		{"mật khẩu", reading{}},
		{"Không mật", reading{}},
		{"Thường", reading{}},
		{"Rỉ mật", reading{}},
		{"A", reading{}},
		{"Mat", reading{}},
		{"Tài liệu mật", reading{}}, // a kind of document in a list of kinds
		{"Bí mật", reading{}},
		{"Mặt", reading{}},
		{"mất", reading{}},
		{"Độ\xff mật", reading{}},
		{"", reading{}},
	} {
		for form, text := range map[string]string{"as is": c.text, "NFC": norm.NFC.String(c.text), "NFD": norm.NFD.String(c.text)} {
			if form == "NFC" && strings.Contains(c.text, "\xff") || form == "NFD" && strings.Contains(c.text, "\xff") {
				continue
			}
			if got := readLine([]byte(text)); got != c.want {
				t.Errorf("%s: readLine(%q) = %+v, want %+v", form, text, got, c.want)
			}
			if (c.want.mark != "" || c.want.heading) && !possible([]byte(text)) {
				t.Errorf("%s: %q is not found by the fast look", form, text)
			}
		}
	}
}

// All spellings of ậ are found by the fast look.
func TestPossible(t *testing.T) {
	for _, a := range []string{"ậ", "Ậ", "a\u0323\u0302", "a\u0302\u0323", "â\u0323", "ạ\u0302", "A\u0323\u0302", "Â\u0323", "Ạ\u0302"} {
		for _, m := range []string{"m", "M", "ｍ", "Ｍ"} {
			for _, z := range []string{"t", "T", "ｔ", "Ｔ"} {
				if s := m + a + z; !possible([]byte(s)) || !possible([]byte("x;"+s+";y")) || !possible([]byte(s+" \r\n")) || readLine([]byte(s)).mark == "" {
					t.Errorf("%q is not found", s)
				}
			}
		}
	}
	for _, s := range []string{"", "\xAD", "\xBA\xAD", "\xCC", "\xCC\xA3", "thật", "Mật ong", "mật độ", "mật khẩu1", "mậty", "đạt", "í", "Ì"} {
		if possible([]byte(s)) && s != "mật khẩu1" {
			t.Errorf("%q is looked at for nothing", s)
		}
	}
}

// wide is a table of five columns with something above and below it.
func wide(above, below string) string {
	return above + "Mã;Tên;Xã;Sản phẩm;Số lượng\n" + strings.Repeat("H1;Nguyễn Văn An;Ân Thi;Mật ong;5\n", 30) + below
}

func TestGuard(t *testing.T) {
	products := "Hộ;Sản phẩm;Kg\nA;Mật;5\nB;Sáp;6\nC;mật;7\n"
	for _, c := range []struct {
		name, file string
		mark       string
		line       int64
	}{
		{"nothing", wide("", ""), "", 0},
		{"a title of its own", wide("MẬT\n", ""), Secret, 1},
		{"small letters in a title", wide("UBND TỈNH\nMật\n\n", ""), Secret, 2},
		{"beside the office", wide("UBND TỈNH;;;MẬT\n", ""), Secret, 1},
		{"beside the office, small", wide("UBND TỈNH;;;Mật;\nBÁO CÁO\n", ""), Secret, 1},
		{"beside office and state", wide("UBND TỈNH;Mật;CỘNG HÒA XÃ HỘI\n", ""), Secret, 1},
		{"labelled beside others", wide("UBND TỈNH;a;b;Độ mật: Tối mật;c\n", ""), HighlySec, 1},
		{"label and mark in two cells", wide("Số: 5;Độ mật:;Tuyệt mật;x\n", ""), TopSecret, 1},
		{"label and no mark in two cells", wide("Số: 5;Độ mật:;Thường;x\n", ""), "", 0},
		{"label, then a word in the same column", wide("Độ mật;Thường\n", ""), "", 0},
		{"a row of its own in the body", wide("", ";;Tối mật;;\nH1;a;b;c;5\n"), HighlySec, 32},
		{"alone at the foot", wide("", ";;;MẬT\n"), Secret, 32},
		{"beside a name at the foot", wide("", "Nơi nhận;;;MẬT\n"), Secret, 32},
		{"a small word beside a name at the foot is a product", wide("", "H2;;;Mật\n"), "", 0},
		{"in capitals within the data", wide("", "Nơi nhận;;;MẬT\nH1;a;b;c;5\n"), "", 0},
		{"in a cell of several lines", wide("\"UBND TỈNH\nMẬT\nBÁO CÁO\"\n", ""), Secret, 1},
		{"no mark in a cell of several lines", wide("\"UBND TỈNH\nMật ong\nBÁO CÁO\"\n", ""), "", 0},
		{"with CR at the end of lines", "a;b;c\r\n1;2;3\r\nTUYỆT MẬT\r\n", TopSecret, 3},

		{"products", products, "", 0},
		{"a heading that is honey", "Hộ;Mật;Sáp\nA;5;6\n", "", 0},
		{"a heading of two rows", "Hộ;Sản phẩm\n;Mật;Sáp;Phấn\nA;1;2;3\nB;1;2;3\n", "", 0},
		{"a heading of two rows, wide", "Hộ;Xã;Thôn;Sản phẩm\n;;;Mật;Sáp\nA;x;y;1;2\n", "", 0},
		{"a column of marks", "Số;Trích yếu;Độ mật\n1;a;Thường\n2;b;Mật\n", Secret, 3},
		{"a column of marks, none set", "Số;Trích yếu;Độ mật\n1;a;Thường\n2;b;Không mật\n3;Mật;\n", "", 0},
		{"a column of marks below titles", wide("SỔ VĂN BẢN\n\nSố;Mức độ bảo mật;Nơi nhận;x;y\n1;TỐI MẬT;a;b;c\n", ""), HighlySec, 4},

		{"one column: a list of products", "Sản phẩm\nMật\nSáp\nMật\n", "", 0},
		{"one column: capitals", "Sản phẩm\nSáp\nMẬT\n", Secret, 3},
		{"one column: two words", "Sản phẩm\nTối mật\nSáp\n", HighlySec, 2},
		{"one column: first line", "Mật\nDanh sách\na\nb\n", Secret, 1},
		{"one column: labelled", "Danh sách\nĐộ mật: Mật\n", Secret, 2},
	} {
		for form, file := range map[string]string{"NFC": c.file, "NFD": norm.NFD.String(c.file)} {
			t.Run(c.name+" "+form, func(t *testing.T) {
				_, err := readAll(t, grid(t, file))
				check(t, err, c.mark, c.line)
			})
		}
	}
}

func check(t *testing.T, err error, mark string, line int64) {
	t.Helper()
	if mark == "" {
		if err != nil {
			t.Fatalf("got %v, want no mark", err)
		}
		return
	}
	f := fault.Of(err)
	if f == nil || f.Key != "file.secret" || f.Args[0] != mark || f.Args[2] != line || !Refused(err) {
		t.Fatalf("got %v, want %s on line %d", err, mark, line)
	}
}

func grid(t testing.TB, file string) ingest.Grid {
	t.Helper()
	b, err := ingest.OpenCSVBook(t.Context(), ingest.File{ReaderAt: strings.NewReader(file), Size: int64(len(file)), Limits: ingest.DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	g, err := b.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	return Guard(g, 0, ingest.Table{})
}

// readAll reads to the end and gives all cells.
func readAll(t testing.TB, g ingest.Grid) (cells []string, err error) {
	t.Helper()
	var b ingest.Block
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			return cells, nil
		}
		if err != nil {
			return cells, err
		}
		chunk.Parse(&b)
		for i := range b.Records() {
			for c := range b.Cells(i) {
				cells = append(cells, string(b.Cell(i, c)))
			}
		}
	}
}

// What the guard lets pass is what was there.
func TestGuard_givesAll(t *testing.T) {
	file := strings.Repeat("H1;\"Nguyễn \"\"Văn\"\" An\";Mật;5\n", 100_000)
	guarded := grid(t, file)
	got, err := readAll(t, guarded)
	if err != nil {
		t.Fatal(err)
	}
	want, err := readAll(t, guarded.(*Watch).inner)
	if err != nil || len(want) != 0 {
		t.Fatalf("the grid was not read to its end: %v", err)
	}
	want, err = readAll(t, grid(t, file).(*Watch).inner)
	if err != nil || len(got) != 400_000 || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%d cells, want %d, %v", len(got), len(want), err)
	}
}

// A mark on the last line of a long file is found, by Source and by Grid, and
// the chunk that holds it is never handed out.
func TestGuard_lastLine(t *testing.T) {
	file := "ma,ten,xa\n" + strings.Repeat("1,Nguyễn Văn Mật,Mật ong\n", 200_000) + ",Tối mật,\n"
	for name, g := range map[string]ingest.Grid{"grid": grid(t, file), "source": guardedCSV(t, file)} {
		cells, err := readAll(t, g)
		check(t, err, HighlySec, 200_002)
		for _, c := range cells {
			if c == "Tối mật" {
				t.Errorf("%s: the mark was handed out", name)
			}
		}
		if _, again := g.Next(); !Refused(again) {
			t.Errorf("%s: after a refusal: %v", name, again)
		}
	}
}

func guardedCSV(t testing.TB, file string) ingest.Source {
	t.Helper()
	src, err := ingest.OpenCSV(strings.NewReader(file), ingest.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return GuardSource(src)
}

func TestGuardSource(t *testing.T) {
	for _, c := range []struct {
		name, file string
		mark       string
		line       int64
	}{
		{"honey", "Hộ,Mật,Sáp\nA,Mật,5\n", "", 0},
		{"column", "Số,Độ mật\n1,Thường\n2,mật\n", Secret, 3},
		{"alone", "Số,Tên\n1,a\n,Mật\n", Secret, 3},
		{"a title instead of a heading", "MẬT\n1\n", Secret, 1},
		{"one column", "Sản phẩm\nMật\n", "", 0},
		{"one column, capitals", "Sản phẩm\nMẬT\n", Secret, 2},
		{"labelled", "a,b,c\n1,Độ mật: Mật,3\n", Secret, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := guardedCSV(t, c.file)
			if len(src.Header()) == 0 {
				t.Error("no header")
			}
			_, err := readAll(t, src)
			check(t, err, c.mark, c.line)
		})
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		table ingest.Table
		key   string
	}{
		{ingest.Table{Name: "Tối mật"}, "file.secret-sheet"},
		{ingest.Table{Name: "Mật"}, ""},
		{ingest.Table{Name: "Mật ong"}, ""},
		{ingest.Table{Margins: []string{"Trang 1", "UBND xã – MẬT – Trang 1"}}, "file.secret-margin"},
		{ingest.Table{Margins: []string{"Chi cục bảo mật - Trang 1"}}, ""},
		{ingest.Table{Margins: []string{norm.NFD.String("tuyệt mật")}}, "file.secret-margin"},
		{ingest.Table{Note: "Biểu 1\nĐộ mật: Mật"}, "file.secret-margin"},
		{ingest.Table{Margins: []string{"Sáp ong – mật – phấn hoa"}}, ""},
		{ingest.Table{Note: "Sản lượng mật ong"}, ""},
	} {
		err := Check([]ingest.Table{{}, c.table})
		if (c.key == "") != (err == nil) || c.key != "" && (!fault.Is(err, c.key) || fault.Of(err).Args[1] != 2 || !Refused(err)) {
			t.Errorf("%+v: %v", c.table, err)
		}
	}
	if Refused(nil) || Refused(io.EOF) || Refused(fault.New(fault.Invalid, "file.secretary")) {
		t.Error("Refused")
	}
}

// FuzzGuard: a guard never panics, gives what is there, and finds a mark that is
// put alone on a line behind a table of two columns.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{"Hộ;Mật\nA;Mật\n", "MẬT\na;b\n1;2\n", "a;b\n\"x\nMật\";TỐI MẬT\n", "Độ mật;x\nMật;1\n", "\u0302\u0323mật", "m\xCC\xA3\xCC", "Mật\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		readLine(text)
		if read(text).mark != "" && !possible(text) {
			t.Errorf("%q: a mark that the fast look does not find", text)
		}
		text = bytes.ReplaceAll(text, []byte(`"`), nil)
		file := "a;b\n1;2\n" + string(text) + "\n;" + "Tuyệt mật\n"
		b, err := ingest.OpenCSVBook(t.Context(), ingest.File{ReaderAt: strings.NewReader(file), Size: int64(len(file)), Limits: ingest.DefaultLimits})
		if err != nil {
			return
		}
		if b.Separator != ';' || b.End != '\n' {
			return
		}
		g, err := b.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(t, Guard(g, 0, ingest.Table{})); err == nil {
			t.Errorf("%q: the mark was not found", file)
		}
	})
}

// BenchmarkGuard measures what guarding a Source costs: compare with "bare".
func BenchmarkGuard(b *testing.B) {
	line := "HS000000001,Nguyễn Thị Bích Ngọc,1990-01-31,Nữ,12345,1234567.89,7.1234,Thôn Đình Cao xã Tiên Lữ,2026-01-31T08:30:00+07:00,Ghi chú số 5 về chất lượng thật\n"
	file := "ma,ho_ten,ngay_sinh,gioi_tinh,ma_xa,so_tien,diem,dia_chi,cap_nhat,ghi_chu\n" + strings.Repeat(line, 200_000)
	for _, guarded := range []bool{false, true} {
		b.Run(fmt.Sprintf("guarded=%v", guarded), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			var block ingest.Block
			for b.Loop() {
				c, err := ingest.OpenCSV(strings.NewReader(file), ingest.DefaultLimits)
				if err != nil {
					b.Fatal(err)
				}
				var src ingest.Source = c
				if guarded {
					src = GuardSource(c)
				}
				for {
					chunk, err := src.Next()
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					chunk.Parse(&block)
				}
			}
		})
	}
	b.Run("look", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		data := []byte(file)
		for b.Loop() {
			if possible(data) {
				b.Fatal("a mark")
			}
		}
	})
}

// binaryGrid gives chunks as readers of binary formats do: only parsing them
// shows what they hold.
type binaryGrid struct {
	chunks []binaryChunk
	at     int
}

func (g *binaryGrid) Offset() int64 { return int64(g.at) }

func (g *binaryGrid) Next() (ingest.Chunk, error) {
	if g.at == len(g.chunks) {
		return nil, io.EOF
	}
	g.at++
	return g.chunks[g.at-1], nil
}

type binaryChunk struct {
	line int64
	text string
}

func (c binaryChunk) Parse(b *ingest.Block) {
	if c.text == "panic" {
		panic("a damaged chunk")
	}
	b.Reset(nil)
	b.Add(c.line, []byte(c.text), []byte("x"), []byte("y"))
	b.Put([]byte("z"))
	b.End(c.line+1, ingest.Sound)
}

// Chunks that are parsed ahead come in their order, and none behind a mark or
// a damage comes at all.
func TestGuard_ahead(t *testing.T) {
	for _, c := range []struct {
		text string
		mark string
	}{{"a", ""}, {"Độ mật: Mật", Secret}, {"panic", ""}} {
		g := &binaryGrid{}
		var want []string
		for i := range 500 {
			g.chunks = append(g.chunks, binaryChunk{int64(2*i + 1), fmt.Sprint(i)})
			want = append(want, fmt.Sprint(i), "x", "y", "z")
		}
		g.chunks = append(g.chunks, binaryChunk{1001, c.text})
		w := Guard(g, 0, ingest.Table{})
		cells, err := readAll(t, w)
		w.Wait()
		if strings.Join(cells[:2000], "|") != strings.Join(want, "|") {
			t.Fatalf("%s: not in order", c.text)
		}
		switch c.text {
		case "panic":
			if err == nil || !strings.Contains(err.Error(), "a damaged chunk") || len(cells) != 2000 {
				t.Errorf("a panic: %v, %d cells", err, len(cells))
			}
		default:
			check(t, err, c.mark, 1001)
		}
	}
}
