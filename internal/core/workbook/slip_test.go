package workbook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// slipInput is a slip with the lines that offices send.
func slipInput(t testing.TB, lang locale.Lang) SlipInput {
	t.Helper()
	c := resolved(t, households)
	o := c.Objects[0]
	in := SlipInput{
		Title: c.Name, Unit: "Ủy ban nhân dân xã Tân Hưng", Batch: "D-2026-0042", File: "hộ khảo sát.xlsx", Received: now,
		Contract: c, Object: o, Language: lang, Lists: lists(t), Now: now,
		Contact: "Tổ công nghệ số cộng đồng, điện thoại 0221 000 0000",
	}
	for i, l := range []struct {
		rules []string
		cells []string
	}{
		{[]string{"loai.code-list"}, []string{"HO001", "Nguyễn Văn Mẫu", "033090000123", "Nam", "hộ nghèo", "4", "12.5", "2026-03-05", "có", "11953"}},
		{[]string{"ngay.type", "so_nguoi.range"}, []string{"HO002", "=HYPERLINK(\"http://x\")", "033090000124", "Nữ", "01", "99", "", "31/04/2026", "", "01234"}},
		{[]string{"dinh_danh.pattern", "gioi.values"}, []string{"HO003", "Trần Thị Thử", "33090000125", "nam", "02", "3", "1.234", "2026-04-05", "không", ""}},
		{[]string{"chu_ho.required", "key"}, []string{"HO004", "", "", "", "02", "007", "@SUM(A1)", "2026-04-05", "x", "\t+1"}},
		{[]string{quality.RowFew}, []string{"HO005", "Lê Mẫu", "＝1+1"}},
	} {
		in.Lines = append(in.Lines, SlipLine{
			ID: int64(i + 1), Row: int64(i*3 + 7), Cells: l.cells, Token: fmt.Sprintf("k1.%d.chuky", i+1),
			Faults: Faults(o, l.rules, l.cells, in.Lists, lang),
		})
	}
	return in
}

func TestSlip(t *testing.T) {
	for _, lang := range locale.Languages() {
		in := slipInput(t, lang)
		in.Total, in.Rest = 123_456, "https://du-lieu.example/dot/D-2026-0042"
		var b bytes.Buffer
		if err := Slip(context.Background(), &b, in); err != nil {
			t.Fatal(err)
		}
		golden(t, "slip."+string(lang)+".golden", dump(t, b.Bytes()))
		keep(t, "slip."+string(lang)+".xlsx", b.Bytes())
	}
}

// What a sender wrote is never a formula and loses no zero.
func TestSlip_text(t *testing.T) {
	in := slipInput(t, locale.Vi)
	o := in.Object
	var want [][]string
	in.Lines = nil
	for i, risky := range []string{"=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1", "007", "0", "1e5", "_x0041_", "a\nb", " x ", "<&>\"'", "12345678901234567890", "TRUE", "#N/A", "\x07", strings.Repeat("ế", 40_000)} {
		cells := make([]string, len(o.Columns))
		for c := range cells {
			cells[c] = risky
		}
		in.Lines = append(in.Lines, SlipLine{ID: int64(i), Row: int64(i + 2), Cells: cells, Token: risky})
		want = append(want, cells)
	}
	var b bytes.Buffer
	if err := Slip(context.Background(), &b, in); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i, cells := range want {
		for c := range cells {
			at := ref(c, 6+1+i)
			got, err := f.GetCellValue("Cần sửa", at, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			expected := cells[c]
			switch {
			case expected == "\x07":
				expected = "\uFFFD" // XML has no such character; the reason names it
			case len(expected) > 60_000:
				if units(got) > maxCellUnits || !strings.HasSuffix(got, "ở tệp CSV)") || !strings.Contains(got, "40.000") {
					t.Errorf("%s: a long cell is cut to %d units: …%s", at, units(got), got[len(got)-80:])
				}
				continue
			}
			if got != expected {
				t.Errorf("%s: got %q, want %q", at, got, expected)
			}
			if formula, err := f.GetCellFormula("Cần sửa", at); err != nil || formula != "" {
				t.Errorf("%s: formula %q %v", at, formula, err)
			}
		}
	}
}

// A column that is called as ours are keeps its name.
func TestSlip_headings(t *testing.T) {
	c := resolved(t, `apiVersion: v3.1.0
kind: DataContract
id: thu
version: 1.0.0
status: active
schema:
- name: b
  properties:
  - {name: ly_do, logicalType: string, businessName: Lý do}
  - {name: a, logicalType: string, businessName: Tên}
  - {name: ten, logicalType: string, businessName: Tên}
`)
	o := c.Objects[0]
	if got := fmt.Sprint(headings(o)); got != "[Lý do a ten]" {
		t.Errorf("headings %s", got)
	}
	if got := own(o, "Lý do", "Lý do chưa đạt yêu cầu"); got != "Lý do chưa đạt yêu cầu" {
		t.Errorf("own column %q", got)
	}
}

// sheetOf makes a sender's workbook: a title, a heading of two rows, rows with
// numbers, dates, colours, a hidden column and a note.
func sheetOf(t testing.TB, rows int) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(f.SetSheetName("Sheet1", "Hộ"))
	check(f.SetCellStr("Hộ", "A1", "DANH SÁCH HỘ KHẢO SÁT"))
	check(f.SetSheetRow("Hộ", "A2", &[]any{"Mã hộ", "Họ và tên chủ hộ", "Số người", "Ngày khảo sát", "Ghi chú riêng"}))
	id, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Family: "Arial"}, NumFmt: 14, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
	check(err)
	for i := range rows {
		check(f.SetSheetRow("Hộ", ref(0, i+3), &[]any{fmt.Sprintf("HO%03d", i), "Hộ mẫu", i % 40, time.Date(2026, 1, 1+i%28, 0, 0, 0, 0, time.UTC), "riêng"}))
	}
	check(f.SetCellStyle("Hộ", ref(3, 3), ref(3, rows+2), id))
	check(f.SetColVisible("Hộ", "C", false))
	var b bytes.Buffer
	check(f.Write(&b))
	return b.Bytes()
}

func TestSlip_own(t *testing.T) {
	in := slipInput(t, locale.Vi)
	file := sheetOf(t, 20)
	in.Own = &Own{
		File:  ingest.File{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), Name: "hộ.xlsx", Temp: t.TempDir(), Limits: ingest.DefaultLimits},
		Sheet: 0, HeaderTo: 2, Places: []int{0, 1, -1, -1, -1, 2, -1, 3, -1, -1},
	}
	in.Lines[4].Row = in.Lines[3].Row // two lines of one row, as a crosstab gives
	var b bytes.Buffer
	if err := Slip(context.Background(), &b, in); err != nil {
		t.Fatal(err)
	}
	golden(t, "slip-own.golden", dump(t, b.Bytes()))
	keep(t, "slip-own.xlsx", b.Bytes())
}

// A slip that comes back half mended is marked again: in the same columns,
// without the colours of the last time.
func TestSlip_ownAgain(t *testing.T) {
	in := slipInput(t, locale.Vi)
	file := sheetOf(t, 20)
	own := func(file []byte, heading int64) *Own {
		return &Own{
			File:     ingest.File{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), Name: "hộ.xlsx", Temp: t.TempDir(), Limits: ingest.DefaultLimits},
			HeaderTo: heading, Places: []int{0, 1, -1, -1, -1, 2, -1, 3, -1, -1},
		}
	}
	in.Lines = in.Lines[:3]
	in.Own = own(file, 2)
	var once bytes.Buffer
	if err := Slip(context.Background(), &once, in); err != nil {
		t.Fatal(err)
	}
	in.Lines = in.Lines[1:2]
	in.Lines[0].Row = 4
	in.Lines[0].Faults = in.Lines[0].Faults[:1] // the day is still wrong, the number is not
	in.Own = own(once.Bytes(), 2)
	var twice bytes.Buffer
	if err := Slip(context.Background(), &twice, in); err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(dump(t, twice.Bytes()), "== Hướng dẫn")
	golden(t, "slip-own-again.golden", text)

	// Our own slip has words above its table that are about the first sending.
	var fresh bytes.Buffer
	in.Own = nil
	if err := Slip(context.Background(), &fresh, in); err != nil {
		t.Fatal(err)
	}
	in.Own, in.Lines[0].Row = own(fresh.Bytes(), 6), 7
	if err := Slip(context.Background(), &twice, in); fault.Of(err) == nil || fault.Of(err).Key != "workbook.own.slip" {
		t.Errorf("%v", err)
	}
}

// What cannot be marked comes as a new workbook, and somebody is told why.
func TestSlip_ownRefused(t *testing.T) {
	broken := []byte("<html>not a workbook</html>")
	for _, c := range []struct {
		name string
		own  Own
		kind fault.Kind
	}{
		{"too big", Own{File: ingest.File{Size: MaxOwnBytes + 1}, HeaderTo: 1}, fault.TooLarge},
		{"no heading", Own{}, fault.Invalid},
		{"rows within the heading", Own{HeaderTo: 100}, fault.Invalid},
		{"no workbook", Own{HeaderTo: 1, File: ingest.File{ReaderAt: bytes.NewReader(broken), Size: int64(len(broken)), Temp: t.TempDir(), Limits: ingest.DefaultLimits}}, fault.Internal},
	} {
		in := slipInput(t, locale.Vi)
		in.Own = &c.own
		var why error
		in.Refused = func(err error) { why = err }
		var b bytes.Buffer
		if err := Slip(context.Background(), &b, in); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if why == nil || fault.KindOf(why) != c.kind {
			t.Errorf("%s: refused with %v", c.name, why)
		}
		if !strings.Contains(dump(t, b.Bytes()), "== Cần sửa") {
			t.Errorf("%s: no new slip", c.name)
		}
		in.Refused = nil
		if err := Slip(context.Background(), &b, in); err == nil {
			t.Errorf("%s: nobody was told", c.name)
		}
	}
}

func TestSlip_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b bytes.Buffer
	if err := Slip(ctx, &b, slipInput(t, locale.Vi)); !errors.Is(err, context.Canceled) || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
}

// many is a slip of n lines, each with one fault.
func many(t testing.TB, n int) SlipInput {
	in := slipInput(t, locale.Vi)
	cells := in.Lines[1].Cells
	faults := in.Lines[1].Faults
	in.Lines = make([]SlipLine, n)
	for i := range in.Lines {
		in.Lines[i] = SlipLine{ID: int64(i), Row: int64(i + 3), Cells: cells, Faults: faults, Token: fmt.Sprintf("k1.%d.0123456789abcdef0123456789abcdef", i)}
	}
	return in
}

// A slip at its limit takes seconds and memory that does not grow with it.
func TestSlip_limit(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 lines")
	}
	in := many(t, MaxLines+5)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var out counter
	start := time.Now()
	if err := Slip(context.Background(), &out, in); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	t.Logf("%d lines: %v, %d bytes, system memory +%d MB", MaxLines, time.Since(start), out, (after.Sys-before.Sys)>>20)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 400<<20 {
		t.Errorf("memory grew by %d MB", grown>>20)
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func BenchmarkSlip(b *testing.B) {
	in := many(b, 100_000)
	for b.Loop() {
		var out counter
		if err := Slip(context.Background(), &out, in); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(in.Lines)*b.N)/b.Elapsed().Seconds(), "lines/s")
}
