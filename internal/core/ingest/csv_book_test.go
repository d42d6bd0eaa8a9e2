package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet/charset"
)

func fileOf(text string) File {
	return File{ReaderAt: strings.NewReader(text), Size: int64(len(text)), Limits: DefaultLimits}
}

// rowsOf reads a book of text as "line: cell|cell".
func rowsOf(t testing.TB, b *CSVBook) ([]string, error) {
	t.Helper()
	g, err := b.Open(0)
	if err != nil {
		return nil, err
	}
	var rows []string
	var block Block
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			var cells []string
			for c := range block.Cells(i) {
				cells = append(cells, string(block.Cell(i, c)))
			}
			rows = append(rows, fmt.Sprintf("%d: %s", block.Lines[i], strings.Join(cells, "|")))
		}
	}
}

func keys(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Key)
	}
	return out
}

func TestCSVBook(t *testing.T) {
	tcvn := encodeTCVN3(t, "Mã;Họ tên;Xã\n1;Nguyễn Thị Hồng Nhung;Đông Kết\n2;Trần Văn Đức;Phố Hiến\n3;Lê Hữu Phước;Ân Thi\n")
	for _, c := range []struct {
		name, file string
		sep        byte
		rows       []string
		found      []string
	}{
		{"titles above", "UBND TỈNH\nBÁO CÁO, ĐỢT 1\n\nSTT;Tên;Số\n1;An;2,5\n2;Bình;3,5\n", ';', []string{"1: UBND TỈNH", "2: BÁO CÁO, ĐỢT 1", "4: STT|Tên|Số", "5: 1|An|2,5", "6: 2|Bình|3,5"}, nil},
		{"decimals with commas", "a;b\n1,5;2,5\n2,5;3,5\n", ';', []string{"1: a|b", "2: 1,5|2,5", "3: 2,5|3,5"}, nil},
		{"one column of decimals", "x\n1,5\n2,5\n3,5\n", ';', []string{"1: x", "2: 1,5", "3: 2,5", "4: 3,5"}, nil},
		{"one column of places", "Nơi ở\nThôn An, xã Bình\nThôn Cao, xã Dân\n", ';', []string{"1: Nơi ở", "2: Thôn An, xã Bình", "3: Thôn Cao, xã Dân"}, nil},
		{"tabs beside commas", "a\tđịa chỉ\tc\n1\tThôn A, xã B\t3\n2\tThôn C, xã D\t4\n", '\t', []string{"1: a|địa chỉ|c", "2: 1|Thôn A, xã B|3", "3: 2|Thôn C, xã D|4"}, nil},
		{"caret", "a^b^c\n1^2^3\n4^5^6\n", '^', []string{"1: a|b|c", "2: 1|2|3", "3: 4|5|6"}, nil},
		{"colon", "a:b:c\nx:y:z\nu:v:w\n", ':', []string{"1: a|b|c", "2: x|y|z", "3: u|v|w"}, nil},
		{"times are no cells", "08:30:00\n09:30:00\n10:30:00\n", ',', []string{"1: 08:30:00", "2: 09:30:00", "3: 10:30:00"}, nil},
		{"sep= of Excel", "sep=;\r\na;b\r\n1,2;3\r\n", ';', []string{"2: a|b", "3: 1,2|3"}, nil},
		{"sep= of anything, quoted", "\uFEFF\"sep=^\"\na^b\n1^2\n", '^', []string{"2: a|b", "3: 1|2"}, nil},
		{"single quotes", "'a','b'\n'1,5','x'\n'it''s','y'\n", ',', []string{"1: a|b", "2: 1,5|x", "3: it's|y"}, nil},
		{"apostrophes of Excel", "a,b\n'01,'02\n'03,'04\n", ',', []string{"1: a|b", "2: '01|'02", "3: '03|'04"}, nil},
		{"CR among LF", "a,b\r1,2\n3,4\r5,6\r\n7,8\n", ',', []string{"1: a|b", "2: 1|2", "3: 3|4", "4: 5|6", "5: 7|8"}, []string{"csv.mixed-ends"}},
		{"CR within quotes", "a,b\n\"1\r1\",2\n3,4\n", ',', []string{"1: a|b", "2: 1\r1|2", "3: 3|4"}, nil},
		{"CR alone", "a,b\r1,2\r3,4\r", ',', []string{"1: a|b", "2: 1|2", "3: 3|4"}, nil},
		{"rows of all widths", "a,b,c\n1\n1,2,3,4\n\n,,\n5,6,7\n", ',', []string{"1: a|b|c", "2: 1", "3: 1|2|3|4", "6: 5|6|7"}, nil},
		{"UTF-16 LE", utf16(t, unicode.LittleEndian, unicode.UseBOM, "mã;tên\r\n1;Nguyễn\r\n"), ';', []string{"1: mã|tên", "2: 1|Nguyễn"}, nil},
		{"UTF-16 BE", utf16(t, unicode.BigEndian, unicode.UseBOM, "mã\ttên\r\n1\tNguyễn\r\n"), '\t', []string{"1: mã|tên", "2: 1|Nguyễn"}, nil},
		{"UTF-16 without a mark", utf16(t, unicode.LittleEndian, unicode.IgnoreBOM, "mã;tên;nơi ở\r\n1;Nguyễn Văn An;Phố Hiến\r\n"), ';', []string{"1: mã|tên|nơi ở", "2: 1|Nguyễn Văn An|Phố Hiến"}, nil},
		{"TCVN3", tcvn, ';', []string{"1: Mã|Họ tên|Xã", "2: 1|Nguyễn Thị Hồng Nhung|Đông Kết", "3: 2|Trần Văn Đức|Phố Hiến", "4: 3|Lê Hữu Phước|Ân Thi"}, []string{"csv.charset"}},
		{"a line of UTF-8 in TCVN3", tcvn + "4;Phạm Thị Mến;Thị trấn Lương Bằng\n", ';', []string{"1: Mã|Họ tên|Xã", "2: 1|Nguyễn Thị Hồng Nhung|Đông Kết", "3: 2|Trần Văn Đức|Phố Hiến", "4: 3|Lê Hữu Phước|Ân Thi", "5: 4|Phạm Thị Mến|Thị trấn Lương Bằng"}, []string{"csv.charset", "csv.utf8-lines"}},
		{"a line of another charset in UTF-8", "mã,tên\n1,Hạnh\n2,Phúc\n3,Ti\xd5n\n4,Lộc\n", ',', []string{"1: mã|tên", "2: 1|Hạnh", "3: 2|Phúc", "4: 3|Ti\xd5n", "5: 4|Lộc"}, []string{"csv.not-utf8"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := OpenCSVBook(t.Context(), fileOf(c.file))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := rowsOf(t, b)
			if err != nil || !reflect.DeepEqual(rows, c.rows) {
				t.Errorf("rows %q, %v\nwant %q", rows, err, c.rows)
			}
			if b.Separator != c.sep {
				t.Errorf("separator %q, want %q", b.Separator, c.sep)
			}
			if again, err := rowsOf(t, b); err != nil || !slices.Equal(again, rows) {
				t.Errorf("read again: %q, %v", again, err)
			}
			if got := keys(b.Findings()); !slices.Equal(got, c.found) {
				t.Errorf("findings %v, want %v", got, c.found)
			}
		})
	}
}

func utf16(t *testing.T, end unicode.Endianness, bom unicode.BOMPolicy, s string) string {
	t.Helper()
	out, err := unicode.UTF16(end, bom).NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// encodeTCVN3 writes text in TCVN3 by trying which byte stands for each letter.
func encodeTCVN3(t *testing.T, s string) string {
	t.Helper()
	table := map[rune]byte{}
	for c := 255; c >= 0x20; c-- {
		if text, err := charset.Decode(charset.TCVN3, []byte{byte(c)}); err == nil {
			for _, r := range string(text) {
				table[r] = byte(c)
			}
		}
	}
	var out []byte
	for _, r := range s {
		switch c, ok := table[r]; {
		case r < 0x80:
			out = append(out, byte(r))
		case ok:
			out = append(out, c)
		default:
			t.Fatalf("no TCVN3 for %c", r)
		}
	}
	return string(out)
}

// What a person says goes before what the file looks like.
func TestCSVBook_hints(t *testing.T) {
	b, err := OpenCSVBookAs(t.Context(), fileOf("a;b,c\n1;\xd5,3\n"), CSVHints{Charset: charset.TCVN3, Separator: ','})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := rowsOf(t, b)
	if want := []string{"1: a;b|c", "2: 1;ế|3"}; err != nil || !slices.Equal(rows, want) {
		t.Errorf("%q, %v, want %q", rows, err, want)
	}
}

// The lines of a file whose charset is from before Unicode are decoded the same
// wherever the pieces of the file are cut.
func TestCSVBook_longLegacy(t *testing.T) {
	line := encodeTCVN3(t, "1;Nguyễn Thị Hồng Nhung;Đông Kết\n")
	file := strings.Repeat(line, 20_000) + "2;Trần Thị Mến;Phố Hiến\n" + strings.Repeat(line, 5_000)
	b, err := OpenCSVBook(t.Context(), fileOf(file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := rowsOf(t, b)
	if err != nil || len(rows) != 25_001 || b.Charset != charset.TCVN3 || !b.Sure {
		t.Fatalf("%d rows, %s, %v", len(rows), b.Charset, err)
	}
	for i, r := range rows {
		want := fmt.Sprintf("%d: 1|Nguyễn Thị Hồng Nhung|Đông Kết", i+1)
		if i == 20_000 {
			want = "20001: 2|Trần Thị Mến|Phố Hiến"
		}
		if r != want {
			t.Fatalf("%q, want %q", r, want)
		}
	}
	if f := b.Findings(); len(f) != 2 || f[1].Key != "csv.utf8-lines" || f[1].Args[0] != 1 || f[1].Args[1] != int64(20_001) {
		t.Errorf("findings %v", f)
	}
}

func TestCSVBook_refused(t *testing.T) {
	wide := strings.Repeat("a,", 16_383) + "b\n"
	few := DefaultLimits
	few.Rows = 3
	for _, c := range []struct {
		name, file, key string
		limits          Limits
	}{
		{"empty", "", "file.empty", DefaultLimits},
		{"blank", " \r\n\t\n", "file.empty", DefaultLimits},
		{"zero bytes", "a,b\n1,\x00\n", "file.binary", DefaultLimits},
		{"16,384 columns", wide + wide, "file.too-many-columns", DefaultLimits},
		{"open quote", "a,b\n1,\"2\n3,4\n", "csv.quote-open", DefaultLimits},
		{"too many rows", "a\n1\n2\n3\n4\n", "csv.too-many-rows", few},
		{"too large", "aaaa", "file.too-large", Limits{Bytes: 3, Rows: 9, Columns: 9, RecordBytes: 9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fileOf(c.file)
			f.Limits = c.limits
			b, err := OpenCSVBook(t.Context(), f)
			if err == nil {
				_, err = rowsOf(t, b)
			}
			if !fault.Is(err, c.key) {
				t.Errorf("got %v, want %s", err, c.key)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	b, err := OpenCSVBook(ctx, fileOf("a,b\n1,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := rowsOf(t, b); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
}

// csv-spectrum reads as a Grid as well.
func TestCSVBook_spectrum(t *testing.T) {
	files, err := filepath.Glob("testdata/csv-spectrum/csvs/*.csv")
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := OpenCSVBook(t.Context(), fileOf(string(file)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows, err := rowsOf(t, b)
		want := fast(file, DefaultLimits, chunkBytes)
		if err != nil || b.Separator != ',' || len(rows) != len(want.Records)+1 {
			t.Errorf("%s: %d rows, %v, separator %q", name, len(rows), err, b.Separator)
			continue
		}
		for i, r := range want.Records {
			if got := rows[i+1]; b.Charset == charset.UTF8 && got != fmt.Sprintf("%d: %s", r.Line, strings.Join(r.Cells, "|")) {
				t.Errorf("%s: row %d is %q, want %q", name, i, got, r.Cells)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	body := strings.Repeat("1,Nguyễn Văn An,2\n", 50_000)
	for _, c := range []struct {
		name, file string
		want       bool
	}{
		{"plain", "ma,ten,so\n" + body, true},
		{"BOM and quotes", "\uFEFFma,ten,so\n" + strings.Repeat("1,\"a, b\",2\n", 10), true},
		{"empty cells at the end", "ma,ten,\n1,a,\n2,b,\n", true},
		{"one column", "ma\n1\n2\n", true},
		{"heading only", "ma,ten\n", true},
		{"a few short lines", "ma,ten,so\n" + strings.Repeat("1,a,2\n", 100) + "1,a\n" + strings.Repeat("1,a,2\n", 100), true},

		{"title", "BÁO CÁO\nma,ten,so\n" + body, false},
		{"blank line first", "\nma,ten,so\n" + body, false},
		{"running numbers", "STT,ten,so\n" + body, false},
		{"no heading", body, false},
		{"a heading twice", "ma,ten,ten\n" + body, false},
		{"an empty heading", "ma,,so\n" + body, false},
		{"numbered columns", "ma,ten,so\n(1),(2),(3)\n" + body, false},
		{"a total", "ma,ten,so\n" + body + "Tổng cộng,,5\n", false},
		{"a signature", "ma,ten,so\n" + body + ",,Người lập biểu\n", false},
		{"a group", "ma,ten,so\n1,a,2\nXã A,,\n2,b,3\n", false},
		{"heading again", "ma,ten,so\n1,a,2\n1,b,2\nma,ten,so\n" + body, false},
		{"sep=", "sep=,\nma,ten\n1,2\n", false},
		{"caret", "ma^ten^so\n1^2^3\n1^2^3\n", false},
		{"not UTF-8", "ma,ten,so\n1,Ti\xd5n,2\n1,Hạnh,2\n1,Phúc,2\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := OpenCSVBook(t.Context(), fileOf(c.file))
			if err != nil {
				t.Fatal(err)
			}
			src, plain, err := b.Plain()
			if err != nil || plain != c.want || (src != nil) != plain {
				t.Errorf("plain %v, want %v, %v", plain, c.want, err)
			}
		})
	}
}

// hugeFile gives the bytes of a file of 700 MB that nobody has to store, and
// counts how much of it was read.
type hugeFile struct {
	head, line string
	read       int64
}

// ReadAt implements io.ReaderAt.
func (h *hugeFile) ReadAt(p []byte, at int64) (int, error) {
	h.read += int64(len(p))
	for i := range p {
		if n := at + int64(i); n < int64(len(h.head)) {
			p[i] = h.head[n]
		} else {
			p[i] = h.line[(n-int64(len(h.head)))%int64(len(h.line))]
		}
	}
	return len(p), nil
}

// Sniffing 700 MB reads a megabyte and takes no time.
func TestSniff_700MB(t *testing.T) {
	h := &hugeFile{head: "ma,ho_ten,xa,so\n", line: "HS000000001,Nguyễn Văn An,Phố Hiến,12345\n"}
	size := int64(len(h.head)) + 700<<20/int64(len(h.line))*int64(len(h.line))
	start := time.Now()
	b, err := OpenCSVBook(t.Context(), File{ReaderAt: h, Size: size, Limits: DefaultLimits})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	if took > 2*time.Second || h.read > 1<<20 {
		t.Errorf("took %v and %d bytes", took, h.read)
	}
	if b.Separator != ',' || b.Charset != charset.UTF8 || !b.plain() {
		t.Errorf("%+v", b.Dialect)
	}
	t.Logf("%v, %d bytes read", took, h.read)
}

// Windows-1258 as Excel of a Vietnamese Windows saves it.
func TestCSVBook_windows1258(t *testing.T) {
	// The letters that the code page holds composed; others it writes in two parts.
	text := "Ma\u0303;H\u00f4\u0323 t\u00ean\n1;Nguy\u00ea\u0303n Thi\u0323 H\u00f4\u0300ng\n2;Tr\u00e2\u0300n V\u0103n \u0110\u01b0\u0301c\n3;Ph\u1ea1m Minh\n"
	text = strings.ReplaceAll(text, "\u1ea1", "a\u0323")
	raw, err := charmap.Windows1258.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenCSVBook(t.Context(), fileOf(raw))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := rowsOf(t, b)
	if err != nil || b.Charset != charset.Windows1258 || len(rows) != 4 || !strings.Contains(rows[2], "Trần Văn Đức") {
		t.Errorf("%s %q %v", b.Charset, rows, err)
	}
}

// FuzzCSVBook: nothing panics or loops; a file reads the same twice; what is
// plain has a heading.
func FuzzCSVBook(f *testing.F) {
	for _, s := range []string{"sep=;\na;b\n", "a,b\r1,2\n", "'a','b'\n'c','d'\n'e','f'\n", "\xff\xfea\x00,\x00", "a^b^c\n1^2^3\n4^5^6\n", "M\xb7;T\xaan\n", "\"a\r\n\";b\r\r\n", "\r", "\x00a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := OpenCSVBook(t.Context(), fileOf(string(file)))
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v", file, err)
			}
			return
		}
		rows, err := rowsOf(t, b)
		again, err2 := rowsOf(t, b)
		if !slices.Equal(rows, again) || (err == nil) != (err2 == nil) {
			t.Fatalf("%q reads as %q, %v, then %q, %v", file, rows, err, again, err2)
		}
		if err != nil && fault.Of(err) == nil {
			t.Fatalf("%q: %v", file, err)
		}
		if src, plain, err := b.Plain(); plain && (err != nil || len(src.Header()) == 0) {
			t.Fatalf("%q: plain without heading, %v", file, err)
		}
	})
}

// The naughty strings of testdata, each as a cell, come back as they are.
func TestCSVBook_naughty(t *testing.T) {
	raw, err := os.ReadFile("../quality/testdata/naughty-strings/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	if err := json.Unmarshal(raw, &cells); err != nil || len(cells) < 400 {
		t.Fatalf("%d strings, %v", len(cells), err)
	}
	var file bytes.Buffer
	var want []string
	file.WriteString("ma;chuoi;het\n")
	for i, c := range cells {
		if strings.ContainsAny(c, "\x00") {
			continue
		}
		fmt.Fprintf(&file, "%d;\"%s\";x\n", i, strings.ReplaceAll(c, `"`, `""`))
		want = append(want, fmt.Sprintf("%d|%s|x", i, c))
	}
	b, err := OpenCSVBook(t.Context(), fileOf(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := rowsOf(t, b)
	if err != nil || len(rows) != len(want)+1 {
		t.Fatalf("%d rows, want %d, %v", len(rows), len(want)+1, err)
	}
	for i, w := range want {
		if _, got, _ := strings.Cut(rows[i+1], ": "); got != w {
			t.Errorf("%q, want %q", got, w)
		}
	}
}
