package workbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/locale"
)

const exported = `apiVersion: v3.1.0
kind: DataContract
id: xuat
name: Xuất
version: 1.0.0
status: active
schema:
- name: b
  properties:
  - {name: ma, logicalType: string, businessName: Mã}
  - {name: so, logicalType: integer, businessName: Số}
  - {name: tien, logicalType: number, physicalType: 'decimal(18,2)', businessName: Tiền}
  - {name: diem, logicalType: number, businessName: Điểm}
  - {name: ngay, logicalType: date, businessName: Ngày}
  - {name: luc, logicalType: timestamp, businessName: Lúc}
  - {name: co, logicalType: boolean, businessName: Có}
  - {name: sinh, logicalType: date, businessName: Sinh, customProperties: [{property: phohien.precision, value: year}]}
  - {name: nhan, logicalType: array, businessName: Nhãn}
  - {name: tep, logicalType: object, businessName: Tệp, customProperties: [{property: phohien.file, value: true}]}
`

// rowsToExport are values in the forms of record.Row.
var rowsToExport = [][]any{
	{"001", int64(2026), json.Number("1234567.50"), 0.25, "2026-11-22", "2026-11-22T08:30:00+07:00", true, "1990-03", json.RawMessage(`["a","b"]`), map[string]any{"name": "a.pdf", "bytes": int64(5)}},
	{"=1+1", "9007199254740993", json.Number("9999999999999999.99"), 1.5e20, "1899-12-31", "2026-11-22T08:30:00.5+07:00", false, "1990", nil, nil},
	{"-5", int64(-5), json.Number("-0.01"), "NaN", "1900-03-01", "1800-01-01T00:00:00+07:00", nil, nil, nil, nil},
	{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	{"'x", int64(0), json.Number("0.00"), math.Pi, "9999-12-31", nil, nil, "", nil, nil},
	{"a\nb; \"c\", d", int64(1), nil, nil, nil, nil, nil, nil, nil, nil},
}

func TestExport(t *testing.T) {
	o := resolved(t, exported).Objects[0]
	var b bytes.Buffer
	x, err := NewExport(&b, o, ExportOptions{Language: locale.Vi, Now: now, Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, x, rowsToExport)
	golden(t, "export.golden", dump(t, b.Bytes()))
	keep(t, "export.xlsx", b.Bytes())
}

func writeAll(t testing.TB, x Export, rows [][]any) {
	t.Helper()
	for _, r := range rows {
		if err := x.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// An export without rows has its heading; more rows than a sheet holds go on to
// the next.
func TestExport_sheets(t *testing.T) {
	o := resolved(t, exported).Objects[0]
	for _, c := range []struct {
		rows int
		want string
	}{
		{0, "Dữ liệu: [[Mã]]"},
		{3, "Dữ liệu: [[Mã] [0] [1] [2]]"},
		{7, "Dữ liệu: [[Mã] [0] [1] [2]] Dữ liệu 2: [[Mã] [3] [4] [5]] Dữ liệu 3: [[Mã] [6]]"},
	} {
		var b bytes.Buffer
		x, err := NewExport(&b, o, ExportOptions{Columns: []int{0}, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		x.(*bookExport).rows = 4
		for i := range c.rows {
			if err := x.Row([]any{fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range f.GetSheetList() {
			rows, err := f.GetRows(s)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s+": "+fmt.Sprint(rows))
		}
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%d rows: %s, want %s", c.rows, all, c.want)
		}
	}
}

// What goes out as XLSX and CSV comes back as the same values.
func TestExport_comesBack(t *testing.T) {
	o := resolved(t, exported).Objects[0]
	var b bytes.Buffer
	x, err := NewExport(&b, o, ExportOptions{Language: locale.Vi, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, x, rowsToExport)
	rows := rowsOf(t, book(t, b.Bytes()), "Dữ liệu")
	for n, want := range map[int64]string{
		2: `001|2026|1234567.5|0.25|2026-11-22|2026-11-22 08:30:00|có|1990-03|["a","b"]|{"bytes":5,"name":"a.pdf"}`,
		3: `=1+1|9007199254740993|9999999999999999.99|150000000000000000000|31/12/1899|2026-11-22T08:30:00.5+07:00|không|1990`,
		4: `-5|-5|-0.01|NaN|1900-03-01|1800-01-01T00:00:00+07:00`,
		6: `'x|0|0|3.141592653589793|9999-12-31`,
	} {
		got := strings.TrimRight(strings.Join(rows[n], "|"), "|")
		if !strings.EqualFold(got, want) {
			t.Errorf("row %d:\n%s, want\n%s", n, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	o := resolved(t, exported).Objects[0]
	for _, c := range []struct {
		name string
		opts ExportOptions
	}{{"export.csv", ExportOptions{}}, {"export-semicolon.csv", ExportOptions{Separator: ';', Names: true}}, {"export-plain.csv", ExportOptions{Plain: true}}} {
		var b bytes.Buffer
		x, err := NewCSV(&b, o, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		writeAll(t, x, rowsToExport)
		golden(t, c.name, b.String())
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff"))))
		if c.opts.Separator != 0 {
			r.Comma = c.opts.Separator
		}
		all, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rowsToExport {
			for j, v := range row {
				want, err := valueText(v)
				if err != nil {
					t.Fatal(err)
				}
				got := all[i+1][j]
				if !c.opts.Plain {
					got = Original(got)
				}
				if got != want {
					t.Errorf("%s row %d: %q, want %q", c.name, i, got, want)
				}
			}
		}
	}
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "+1": "+1", "-1,5": "-1,5", "-1.234.567": "'-1.234.567", "+84912345678": "+84912345678", "@a": "'@a", "\t=1": "'\t=1",
		"\r": "'\r", "\n=1": "'\n=1", "＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠1": "'＠1", "-": "'-", "+Inf": "'+Inf", "-0x1p-2": "'-0x1p-2", "'a": "''a", "''": "'''", "-1+cmd": "'-1+cmd", "a=1": "a=1",
	} {
		got := Harmless(in)
		if got != want || Original(got) != in {
			t.Errorf("%q: got %q, want %q; back %q", in, got, want, Original(got))
		}
	}
}

// wide is a row of twenty columns, as the benchmarks of the house have them.
func wide(t testing.TB) (*contract.Object, []any) {
	var s strings.Builder
	s.WriteString("apiVersion: v3.1.0\nkind: DataContract\nid: rong\nname: R\nversion: 1.0.0\nstatus: active\nschema:\n- name: b\n  properties:\n")
	var row []any
	for i := range 10 {
		switch i % 5 {
		case 0, 1:
			fmt.Fprintf(&s, "  - {name: c%d, logicalType: string}\n", i)
			row = append(row, "Xã Tân Hưng, tỉnh Hưng Yên")
		case 2:
			fmt.Fprintf(&s, "  - {name: c%d, logicalType: integer}\n", i)
			row = append(row, int64(123456))
		case 3:
			fmt.Fprintf(&s, "  - {name: c%d, logicalType: date}\n", i)
			row = append(row, "2026-11-22")
		default:
			fmt.Fprintf(&s, "  - {name: c%d, logicalType: number, physicalType: 'decimal(12,2)'}\n", i)
			row = append(row, json.Number("1234.50"))
		}
	}
	return resolved(t, s.String()).Objects[0], row
}

func BenchmarkExport(b *testing.B) {
	o, row := wide(b)
	const rows = 200_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var out counter
		x, err := NewExport(&out, o, ExportOptions{Temp: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		for range rows {
			if err := x.Row(row); err != nil {
				b.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64((after.Sys-before.Sys)>>20), "MB-sys")
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkSlip_own marks as many lines in a sender's workbook as are allowed.
func BenchmarkSlip_own(b *testing.B) {
	file := sheetOf(b, MaxOwnLines)
	in := many(b, MaxOwnLines)
	in.Own = &Own{
		File:  ingest.File{ReaderAt: bytes.NewReader(file), Size: int64(len(file)), Temp: b.TempDir(), Limits: ingest.DefaultLimits},
		Sheet: 0, HeaderTo: 2, Places: []int{0, 1, -1, -1, -1, 2, -1, 3, -1, -1},
	}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var out counter
		if err := Slip(context.Background(), &out, in); err != nil {
			b.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64((after.Sys-before.Sys)>>20), "MB-sys")
	}
	b.ReportMetric(float64(MaxOwnLines*b.N)/b.Elapsed().Seconds(), "lines/s")
}

// What goes wrong is told, ends the export and leaves nothing behind.
func TestExport_broken(t *testing.T) {
	o, row := wide(t)
	temp := t.TempDir()
	x, err := NewExport(io.Discard, o, ExportOptions{Temp: temp})
	if err != nil {
		t.Fatal(err)
	}
	for range 60_000 { // more than stays in memory
		if err := x.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) == 0 {
		t.Fatalf("the rows wait nowhere: %v %v", left, err)
	}
	if err := x.Row(row[1:]); err == nil {
		t.Error("a short row is taken")
	}
	if err := x.Cancel(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	full := errors.New("disk full")
	x, err = NewExport(failing{full}, o, ExportOptions{Temp: temp})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); !errors.Is(err, full) {
		t.Errorf("closed with %v", err)
	}
	c, err := NewCSV(io.Discard, o, ExportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Row(nil); err == nil {
		t.Error("a short row is taken")
	}
	bad := slices.Clone(row)
	bad[0] = make(chan int)
	if err := c.Row(bad); err == nil || !strings.Contains(err.Error(), "c0") {
		t.Errorf("a value that is none: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
