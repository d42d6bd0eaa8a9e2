package corridor_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet/charset"
)

const register = `apiVersion: v3.1.0
kind: DataContract
id: dang-ky
name: Đăng ký
version: 1.0.0
status: active
schema:
- name: nguoi
  physicalName: nguoi
  properties:
  - {name: so_dinh_danh, logicalType: string, primaryKey: true, businessName: Số định danh, customProperties: [{property: phohien.identifier, value: cccd}]}
  - {name: ho_ten, logicalType: string, required: true, businessName: Họ và tên}
  - {name: ngay_sinh, logicalType: date, businessName: Ngày sinh, customProperties: [{property: phohien.precision, value: year}]}
  - {name: dien_tich, logicalType: number, physicalType: 'decimal(12,3)', businessName: Diện tích}
  - {name: ngay_cap, logicalType: date, businessName: Ngày cấp}
  - {name: dien_thoai, logicalType: string, businessName: Điện thoại, customProperties: [{property: phohien.identifier, value: phone}]}
`

// book makes a workbook of one sheet.
func book(t *testing.T, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func preview(r *corridor.Request) { r.Preview = true }

func file(name string, b []byte) func(*corridor.Request) {
	return func(r *corridor.Request) { r.Name, r.Body = name, bytes.NewReader(b) }
}

// A sheet as an office makes it: title rows, running numbers, a total and
// signatures around the data, numbers and days written in the office's way,
// zeros lost.
func officeSheet(t *testing.T) []byte {
	return book(t,
		[]any{"ỦY BAN NHÂN DÂN XÃ HOÀNG HOA THÁM"},
		[]any{"DANH SÁCH ĐĂNG KÝ"},
		[]any{},
		[]any{"STT", "Số định danh", "Họ và tên", "Ngày sinh", "Diện tích", "Ngày cấp", "Điện thoại"},
		[]any{1, 33095001234, "Nguyễn  Văn An", "1995", "1.234", 45678, "01234567890"},
		[]any{2, "O34199012345", "Trần Thị Qúy", "12/03/1999", "2.500,5", 45679, 912345678},
		[]any{3, "033305000001", "Lê Văn C", "05/2005", "3,5", 45680, "0912345678"},
		[]any{4, "12345", "Phạm D", "31/02/1990", "x", 45681, ""},
		[]any{"", "Tổng cộng", "", "", "3.738"},
		[]any{},
		[]any{"", "", "", "", "Hoàng Hoa Thám, ngày 22 tháng 11 năm 2026"},
		[]any{"", "", "", "", "NGƯỜI LẬP BIỂU"},
		[]any{"", "", "", "", "Nguyễn Thị Mẫu"},
	)
}

func TestAWorkbookIsLookedAtBeforeItIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		r := h.send("dang-ky", "", file("ds.xlsx", officeSheet(t)), preview)
		h.want(r, "held read 4 skipped 0 acc 3 (ins 3 upd 0 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
		if h.rows("dang-ky") != "" {
			t.Fatalf("a look has written:\n%s", h.rows("dang-ky"))
		}
		if r.Reading == nil || r.Reading.Kind != "xlsx" || r.Reading.Layout == nil || r.Reading.Layout.HeaderTo != 4 {
			t.Fatalf("%+v", r.Reading)
		}
		if e := r.Examples; e == nil || len(e.Inserted) != 3 || len(e.Quarantined) != 1 || len(e.Updated)+len(e.Withdrawn) != 0 {
			t.Fatalf("%+v", r.Examples)
		}
		if got, want := strings.Join(r.Examples.Inserted[1].Cells, "|"), "034199012345|Trần Thị Quý|1999-03-12|2500.500|2025-01-22|0912345678"; got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		var mended []string
		for _, x := range r.Reading.Rescues {
			mended = append(mended, fmt.Sprintf("%s.%s %d", x.Column, x.Rule, x.Count))
		}
		for _, want := range []string{"so_dinh_danh.zeros 1", "so_dinh_danh.digits 1", "ho_ten.spaces 1", "ho_ten.tone 1", "dien_tich.number 1", "ngay_cap.serial 4", "dien_thoai.phone 2"} {
			if !strings.Contains(strings.Join(mended, ","), want) {
				t.Errorf("%s is not among %v", want, mended)
			}
		}
		s, err := h.Confirm(t.Context(), clerk, r.Batch)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil || s.State != corridor.Scored || s.ID != r.Batch {
			t.Fatalf("%+v %v", s, err)
		}
		want := "033095001234: 033095001234 Nguyễn Văn An 1995 1234.000 2025-01-21 0834567890 [f:so_dinh_danh:zeros f:ho_ten f:dien_tich:number f:ngay_cap:serial f:dien_thoai:phone]\n" +
			"033305000001: 033305000001 Lê Văn C 2005-05 3.500 2025-01-23 0912345678 [f:ngay_sinh f:dien_tich f:ngay_cap:serial]\n" +
			"034199012345: 034199012345 Trần Thị Quý 1999-03-12 2500.500 2025-01-22 0912345678 [f:so_dinh_danh:digits f:ho_ten:tone f:ngay_sinh f:dien_tich f:ngay_cap:serial f:dien_thoai:phone]\n"
		if got := h.rows("dang-ky"); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		list, _, err := h.Batches(t.Context(), "", "", 10)
		if err != nil || len(list) != 1 {
			t.Errorf("%d batches for one file, %v", len(list), err)
		}
	})
}

// Headings that nobody knows are asked for; the answer is remembered for the
// sender.
func TestHeadingsAreAskedAndRemembered(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		ask := func(serial string) corridor.Report {
			return h.send("dang-ky", "", file("ds.xlsx", book(t,
				[]any{"Giấy tờ", "Tên gọi đầy đủ", "Ngày sinh"},
				[]any{serial, "Nguyễn Văn An", "1995"},
				[]any{"033305000001", "Lê Văn C", "2005"},
			)), preview, func(r *corridor.Request) { r.Sender = "xa-a" })
		}
		r := ask("033095001234")
		if r.State != corridor.Held || r.Reading == nil || len(r.Reading.Missing) != 2 || r.Read != 0 {
			t.Fatalf("%s %+v", r.State, r.Reading)
		}
		if _, err := h.Confirm(t.Context(), clerk, r.Batch); !fault.Is(err, "batch.mapping-open") {
			t.Fatalf("confirmed without an answer: %v", err)
		}
		look, err := h.LookInto(t.Context(), r.Batch, nil)
		if err != nil || len(look.Sample.Rows) != 3 || len(look.Rows) != 3 {
			t.Fatalf("%+v %v", look, err)
		}
		s, err := h.Reread(t.Context(), clerk, r.Batch, recipe.Recipe{Columns: map[string]string{"Giấy tờ": "so_dinh_danh", "Tên gọi đầy đủ": "ho_ten"}}, true)
		if err != nil {
			t.Fatal(err)
		}
		s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() })
		if err != nil || s.State != corridor.Held || s.Report.Inserted != 2 {
			t.Fatalf("%+v %+v %v", s, s.Report, err)
		}
		if s, err = h.Confirm(t.Context(), clerk, r.Batch); err != nil {
			t.Fatal(err)
		}
		if s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil || s.State != corridor.Scored {
			t.Fatalf("%+v %v", s, err)
		}
		again := ask("034199012345")
		if len(again.Reading.Missing) != 0 || again.Inserted != 1 {
			t.Errorf("the answer is forgotten: %+v", again.Reading)
		}
		// Another sender has said nothing.
		other := h.send("dang-ky", "", file("ds.xlsx", book(t, []any{"Giấy tờ", "Tên gọi đầy đủ", "Ngày sinh"}, []any{"1", "A", "1995"})), preview)
		if len(other.Reading.Missing) != 2 {
			t.Errorf("what one sender said holds for all: %+v", other.Reading)
		}
	})
}

// A row that comes back on a slip closes its line, also when its key was wrong.
func TestASlipClosesItsLines(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		con := h.put(register)
		h.send("dang-ky", "", file("ds.xlsx", officeSheet(t)))
		lines, err := h.truth.Quarantine(t.Context(), con.Objects[0], record.Filter{State: record.StateOpen}, 0, 10)
		if err != nil || len(lines) != 1 {
			t.Fatalf("%v %v", lines, err)
		}
		token := h.Token(con.Objects[0], lines[0].ID)
		slip := func(token string) []byte {
			return book(t,
				[]any{"Số định danh", "Họ và tên", "Ngày sinh", "Diện tích", "Ngày cấp", "_phohien"},
				[]any{"033095000099", "Phạm D", "28/02/1990", "5,5", "22/01/2025", token})
		}
		r := h.send("dang-ky", "", file("phieu.xlsx", slip("PH1-1-AAAAAAAAAAAAAAAA")), preview)
		if r.Mended != 0 {
			t.Errorf("a forged token closes %d lines", r.Mended)
		}
		r = h.send("dang-ky", "", file("phieu.xlsx", slip(token)))
		h.want(r, "scored read 1 skipped 0 acc 1 (ins 1 upd 0 same 0) quar 0 wd 0 late 0 miss 0 mended 1")
		if left := h.lines("dang-ky"); left != "" {
			t.Errorf("still open:\n%s", left)
		}
	})
}

// A file with a mark of secrecy leaves no byte behind: not in the blobs, not in
// the work folder, not its name.
func TestASecretFileLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		h.send("dang-ky", "", file("ds.xlsx", officeSheet(t)))
		before := files(t, h.dir)
		for name, b := range map[string][]byte{
			"ke-hoach-dac-biet.xlsx": book(t, []any{"TỐI MẬT"}, []any{"Số định danh", "Họ và tên"}, []any{"033095001299", "Lê Thị Bí"}),
			"dac-biet.csv":           []byte("Số định danh,Họ và tên\n033095001299,Lê Thị Bí\nMẬT\n"),
		} {
			_, err := h.try("dang-ky", "", file(name, b))
			if f := fault.Of(err); f == nil || !strings.HasPrefix(f.Key, "file.secret") {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if after := files(t, h.dir); after != before {
			t.Errorf("files before:\n%s\nafter:\n%s", before, after)
		}
		list, _, err := h.Batches(t.Context(), "", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if strings.Contains(fmt.Sprintf("%+v %+v %+v", s, s.Report, s.Fault), "dac-biet") {
				t.Errorf("the name stays: %+v", s)
			}
		}
	})
}

// files lists blobs and files on their way.
func files(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, sub := range []string{"blob", "work"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				fmt.Fprintln(&b, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// A CSV in TCVN3 is recognised, named and turned; so are cells of a workbook
// typed in a font of TCVN3.
func TestOldFonts(t *testing.T) {
	const text = "Số định danh,Họ và tên,Ngày sinh\n033095001234,Nguyễn Thị Phượng,1995\n033305000001,Lê Văn Cường,2005\n034199012345,Trần Đức Thắng,12/03/1999\n"
	var old bytes.Buffer
	for _, r := range text {
		b, ok := charset.Unfix(charset.TCVN3, []byte(string(r)))
		if !ok {
			t.Fatalf("no TCVN3 for %q", r)
		}
		for _, c := range string(b) {
			old.WriteByte(byte(c))
		}
	}
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		r := h.send("dang-ky", "", file("cu.csv", old.Bytes()), preview)
		if r.Inserted != 3 || !strings.Contains(r.Reading.Charset, "TCVN3") {
			t.Fatalf("%s %+v", counts(r), r.Reading)
		}
		if got := r.Examples.Inserted[0].Cells[1]; got != "Nguyễn Thị Phượng" {
			t.Errorf("%q", got)
		}
		name := func(s string) string {
			b, _ := charset.Unfix(charset.TCVN3, []byte(s))
			return string(b)
		}
		r = h.send("dang-ky", "", file("cu.xlsx", book(t, []any{"Số định danh", "Họ và tên", "Ngày sinh"},
			[]any{"033095001234", name("Nguyễn Thị Phượng"), "1995"}, []any{"033305000001", name("Lê Văn Cường"), "2005"}, []any{"034199012345", name("Trần Đức Thắng"), "1999"})))
		if r.Inserted != 3 || len(r.Reading.Rescues) == 0 || r.Reading.Rescues[0].Rule != "tcvn3" {
			t.Fatalf("%s %+v", counts(r), r.Reading)
		}
		if !strings.Contains(h.rows("dang-ky"), "Nguyễn Thị Phượng 1995") {
			t.Errorf("%s", h.rows("dang-ky"))
		}
	})
}

// What a try says comes true, and it keeps nothing.
func TestTry(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(people)
		h.send("ho-gia-dinh", "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,1,1,\nH2,B,1,1,\n")
		const next = "ma,chu_ho,so_nguoi,thu_nhap,ngay\nH1,A,2,1,\nH3,C,1,1,\nX,D,1,1,\n"
		before := files(t, h.dir)
		r, err := h.Try(t.Context(), clerk, corridor.Request{Dataset: "ho-gia-dinh", Name: "a.csv", Body: strings.NewReader(next)})
		if err != nil {
			t.Fatal(err)
		}
		h.want(r, "checked read 3 skipped 0 acc 2 (ins 1 upd 1 same 0) quar 1 wd 0 late 0 miss 0 mended 0")
		if e := r.Examples; len(e.Inserted) != 1 || len(e.Updated) != 1 || e.Updated[0].Before[2] != "1" || e.Updated[0].Cells[2] != "2" || len(e.Quarantined) != 1 {
			t.Errorf("%+v", e)
		}
		if after := files(t, h.dir); after != before {
			t.Errorf("a try keeps:\n%s", after)
		}
		list, _, err := h.Batches(t.Context(), "", "", 10)
		if err != nil || len(list) != 1 {
			t.Errorf("%d batches, %v", len(list), err)
		}
	})
}

const twoSheets = `apiVersion: v3.1.0
kind: DataContract
id: thon-ho
name: Thôn và hộ
version: 1.0.0
status: active
schema:
- name: thon
  physicalName: thon
  businessName: Thôn
  properties:
  - {name: ma_thon, logicalType: string, primaryKey: true, businessName: Mã thôn}
  - {name: ten_thon, logicalType: string, required: true, businessName: Tên thôn}
- name: ho
  physicalName: ho
  businessName: Hộ
  properties:
  - {name: ma_ho, logicalType: string, primaryKey: true, businessName: Mã hộ}
  - {name: chu_ho, logicalType: string, required: true, businessName: Chủ hộ}
`

// Each sheet of a workbook feeds the object whose columns it has.
func TestSheetsFeedObjects(t *testing.T) {
	f := excelize.NewFile()
	for _, s := range []struct {
		name string
		rows [][]any
	}{
		{"Hộ", [][]any{{"Mã hộ", "Chủ hộ"}, {"H1", "Nguyễn Văn An"}, {"H2", "Trần Thị Bình"}}},
		{"Ghi chú", [][]any{{"Tệp do xã lập"}}},
		{"Thôn", [][]any{{"Mã thôn", "Tên thôn"}, {"T1", "Thôn Đông"}}},
	} {
		if _, err := f.NewSheet(s.name); err != nil {
			t.Fatal(err)
		}
		for i, r := range s.rows {
			if err := f.SetSheetRow(s.name, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, h *house) {
		h.put(twoSheets)
		all, err := h.ReceiveBook(t.Context(), clerk, corridor.Request{Dataset: "thon-ho", Name: "xa.xlsx", Body: bytes.NewReader(b.Bytes())})
		if err != nil || len(all) != 2 {
			t.Fatalf("%d batches, %v", len(all), err)
		}
		for _, s := range all {
			s, err := h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() })
			if err != nil || s.State != corridor.Scored {
				t.Fatalf("%+v %v", s, err)
			}
		}
		if got, want := h.rows("thon-ho.thon")+h.rows("thon-ho.ho"), "T1: T1 Thôn Đông\nH1: H1 Nguyễn Văn An\nH2: H2 Trần Thị Bình\n"; got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	})
}

// A program that stops while a confirmed batch is on its way loses neither the
// file nor the question: the batch is through, or waits to be confirmed again.
func TestStoppedWhileConfirming(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		t.Parallel()
		dir := t.TempDir()
		var r corridor.Report
		t.Run("before", func(t *testing.T) {
			h := open(t, cfg, dir)
			h.put(register)
			r = h.send("dang-ky", "", file("ds.xlsx", officeSheet(t)), preview)
			if _, err := h.Confirm(t.Context(), clerk, r.Batch); err != nil {
				t.Fatal(err)
			}
		})
		after := open(t, cfg, dir)
		s, err := after.Status(t.Context(), r.Batch)
		if err != nil {
			t.Fatal(err)
		}
		if s.State == corridor.Held {
			if s, err = after.Confirm(t.Context(), clerk, r.Batch); err != nil {
				t.Fatal(err)
			}
			if s, err = after.Wait(t.Context(), r.Batch, func(s corridor.Status) bool { return s.State.Final() }); err != nil {
				t.Fatal(err)
			}
		}
		if s.State != corridor.Scored && s.State != corridor.Applied {
			t.Fatalf("%+v", s)
		}
		if n := strings.Count(after.rows("dang-ky"), "\n"); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}

// Two headings that fit one field are a question too.
func TestHeadingsThatFitTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		b := book(t, []any{"Số định danh", "Họ và tên", "ho_ten"}, []any{"033095001234", "Nguyễn Văn An", "An"})
		if _, err := h.try("dang-ky", "", file("hai.xlsx", b)); !fault.Is(err, "header.twice") {
			t.Fatalf("%v", err)
		}
		r := h.send("dang-ky", "", file("hai.xlsx", b), preview)
		if r.State != corridor.Held || len(r.Holds) < 2 || r.Holds[0].Key != "hold.mapping" {
			t.Fatalf("%s %+v", r.State, r.Holds)
		}
		s, err := h.Reread(t.Context(), clerk, r.Batch, recipe.Recipe{Columns: map[string]string{"ho_ten": ""}}, false)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = h.Wait(t.Context(), s.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil || s.Report.Inserted != 1 {
			t.Fatalf("%+v %v", s, err)
		}
	})
}

// A heading of two rows, its groups merged across and its other cells down.
func TestHeadingOfTwoRows(t *testing.T) {
	f := excelize.NewFile()
	for i, r := range [][]any{
		{"UBND XÃ TÂN TIẾN"}, {"DANH SÁCH"},
		{"STT", "Số định danh", "Nhân thân", nil, "Đất"},
		{nil, nil, "Họ và tên", "Ngày sinh", "Diện tích"},
		{1, "033095001234", "Nguyễn Văn An", "1995", 12.5}, {2, "033305000001", "Lê Văn C", "2005", 3.25}, {3, "034199012345", "Trần Thị B", "1999", 4},
	} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range [][2]string{{"A3", "A4"}, {"B3", "B4"}, {"C3", "D3"}} {
		if err := f.MergeCell("Sheet1", m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, h *house) {
		h.put(register)
		r := h.send("dang-ky", "", file("hai-dong.xlsx", b.Bytes()), preview)
		if r.Inserted != 3 || r.Reading.Layout.HeaderFrom != 3 || r.Reading.Layout.HeaderTo != 4 {
			t.Fatalf("%s %+v", counts(r), r.Reading)
		}
	})
}
