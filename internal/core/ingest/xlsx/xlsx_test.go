package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// drawn is a cell of a generated book: what is written and what must be read.
type drawn struct {
	value any
	want  string
	style string // "", "day", "moment"
}

func drawCell(t *rapid.T) drawn {
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		return drawn{}
	case 1:
		n := rapid.Int64Range(-1<<53, 1<<53).Draw(t, "int")
		return drawn{value: n, want: strconv.FormatInt(n, 10)}
	case 2:
		f := rapid.Float64Range(-1e9, 1e9).Draw(t, "float")
		return drawn{value: f}
	case 3:
		b := rapid.Bool().Draw(t, "bool")
		return drawn{value: b, want: strconv.FormatBool(b)}
	case 4:
		d := rapid.IntRange(61, 80000).Draw(t, "day")
		day := time.Date(1899, 12, 30+d, 0, 0, 0, 0, time.UTC)
		return drawn{value: day, want: day.Format("2006-01-02"), style: "day"}
	case 5:
		d := rapid.Int64Range(-2e9, 4e9).Draw(t, "moment")
		m := time.Unix(d, 0).UTC()
		return drawn{value: m, want: m.Format("2006-01-02 15:04:05"), style: "moment"}
	case 6:
		f := float64(rapid.IntRange(-99999999, 99999999).Draw(t, "thousandths")) / 1000
		return drawn{value: f}
	}
	s := rapid.StringOf(rapid.RuneFrom([]rune("aĐễ 1.=+-@<>&\"'_x\t\n😀ờ0"))).Draw(t, "text")
	return drawn{value: s, want: s}
}

// TestOpen_excelize reads books written by excelize, in both of its ways, and
// compares each cell with what was written and with what excelize reads.
func TestOpen_excelize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawCell), 0, 6), 0, 12).Draw(t, "rows")
		data := write(t, rows, rapid.Bool().Draw(t, "stream"))
		f := fileOfBytes(data)
		tune := tuning{rapid.SampledFrom([]int{100, 1000, blockBytes}).Draw(t, "block"), rapid.SampledFrom([]int{0, stringsHeld}).Draw(t, "strings")}
		book, err := open(context.Background(), f, tune)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		got, err := readGrid(book, 0)
		if err != nil {
			t.Fatal(err)
		}
		theirs := excelizeRows(t, data)
		at := 0
		for i, row := range rows {
			last := -1
			for k, c := range row {
				if c.value != nil && (c.style != "" || strings.TrimSpace(fmt.Sprint(c.value)) != "") {
					last = k
				}
			}
			if last < 0 {
				continue
			}
			if at >= len(got) || got[at].line != int64(i+1) || len(got[at].cells) != last+1 {
				t.Fatalf("row %d is missing or of another length: %v", i+1, got)
			}
			for k, c := range row[:last+1] {
				checkCell(t, c, got[at].cells[k], theirs[i][k:])
			}
			at++
		}
		if at != len(got) {
			t.Fatalf("rows too many: %v", got[at:])
		}
	})
}

func checkCell(t *rapid.T, c drawn, got string, theirs []string) {
	f, isFloat := c.value.(float64)
	if !isFloat {
		if got != c.want {
			t.Fatalf("%v is read as %q, want %q", c.value, got, c.want)
		}
		if s, ok := c.value.(string); ok && (len(theirs) == 0 && s != "" || len(theirs) > 0 && theirs[0] != s) {
			t.Fatalf("excelize reads %q of %q", theirs, s)
		}
		return
	}
	back, err := strconv.ParseFloat(got, 64)
	if err != nil || back != f {
		t.Fatalf("%v is read as %q", f, got)
	}
	if x, err := strconv.ParseFloat(theirs[0], 64); err != nil || x != f {
		t.Fatalf("excelize reads %q of %v", theirs[0], f)
	}
	if _, decimals, ok := strings.Cut(got, "."); ok && len(decimals) == 3 && math.Abs(f) < 1000 && math.Abs(f) >= 1 {
		t.Fatalf("%q may be a thousand", got)
	}
}

func fileOfBytes(data []byte) ingest.File {
	return ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Limits: ingest.DefaultLimits}
}

func write(t *rapid.T, rows [][]drawn, stream bool) []byte {
	f := excelize.NewFile()
	defer f.Close()
	styles := map[string]int{}
	for name, format := range map[string]string{"day": "dd/mm/yyyy", "moment": `dd/mm/yyyy\ hh:mm:ss`} {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		styles[name] = id
	}
	if stream {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			cells := make([]any, len(row))
			for k, c := range row {
				cells[k] = excelize.Cell{StyleID: styles[c.style], Value: c.value}
			}
			if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	} else {
		for i, row := range rows {
			for k, c := range row {
				at := cellName(int64(i+1), k)
				if err := errors.Join(f.SetCellValue("Sheet1", at, c.value), f.SetCellStyle("Sheet1", at, at, styles[c.style])); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func excelizeRows(t *rapid.T, data []byte) [][]string {
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// openKey opens bytes and returns the key of the fault.
func openKey(t *testing.T, data []byte, change func(*ingest.Limits)) string {
	t.Helper()
	f := fileOf(t, data)
	if change != nil {
		change(&f.Limits)
	}
	book, err := Open(context.Background(), f)
	if err != nil {
		if e := fault.Of(err); e != nil {
			return e.Key
		}
		return err.Error()
	}
	defer book.Close()
	for i := range book.Tables() {
		if _, err := readGrid(book, i); err != nil {
			if e := fault.Of(err); e != nil {
				return e.Key
			}
			return err.Error()
		}
	}
	return ""
}

func TestOpen_notXLSX(t *testing.T) {
	for name, data := range map[string][]byte{
		"html": []byte("<html><table><tr><td>1</td></tr></table></html>"), "empty": nil, "text": []byte("a,b\n1,2\n"),
		"zip without its end": []byte("PK\x03\x04 nothing of a zip in here, only its first letters"),
		"xls":                 append(bytes.Clone(ole), make([]byte, 5000)...),
	} {
		if _, err := Open(context.Background(), fileOf(t, data)); !errors.Is(err, ErrNotXLSX) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpen_refuses(t *testing.T) {
	good := zipped(t, sheetBook(`<row><c><v>1</v></c></row><row><c><v>2</v></c></row>`))
	locked := append(bytes.Clone(ole), make([]byte, 3<<20)...)
	for i, c := range []byte("EncryptedPackage") {
		locked[1<<20-9+2*i] = c // over the border of two reads
	}
	bomb := sheetBook(`<row><c t="inlineStr"><is><t>` + strings.Repeat(" ", 60<<20) + `</t></is></c></row>`)
	manyBlanks := sheetBook(strings.Repeat(`<row><c/></row>`, 2<<20))
	wide := sheetBook(strings.Repeat(`<row><c r="BXW1"><v>1</v></c></row>`, 20))
	for _, test := range []struct {
		name   string
		data   []byte
		change func(*ingest.Limits)
		want   string
	}{
		{"good", good, nil, ""},
		{"password", locked, nil, "file.xlsx.password"},
		{"cut short", good[:len(good)-40], nil, "file.xlsx.cut"},
		{"entries", good, func(l *ingest.Limits) { l.Entries = 3 }, "file.xlsx.entries"},
		{"unpacked", good, func(l *ingest.Limits) { l.Unpacked = 500 }, "file.xlsx.unpacked"},
		{"bomb", zipped(t, bomb), func(l *ingest.Limits) { l.Ratio = 100 }, "file.xlsx.ratio"},
		{"row without end", zipped(t, bomb), nil, "file.xlsx.row-too-long"},
		{"blank rows", zipped(t, manyBlanks), func(l *ingest.Limits) { l.Ratio = 100 }, "file.xlsx.ratio"},
		{"sheets", zipped(t, bareParts(3, "")), func(l *ingest.Limits) { l.Tables = 2 }, "file.xlsx.sheets"},
		{"rows", good, func(l *ingest.Limits) { l.Rows = 1 }, "file.xlsx.rows"},
		{"columns", zipped(t, wide), func(l *ingest.Limits) { l.Columns = 1990 }, "file.xlsx.columns"},
		{"long row", zipped(t, sheetBook(`<row><c t="str"><v>`+strings.Repeat("a", 100)+`</v></c></row>`)), func(l *ingest.Limits) { l.RecordBytes = 99 }, "file.xlsx.row-too-long"},
		{"long text", zipped(t, sheetBook("", "xl/sharedStrings.xml", `<sst><si><t>`+strings.Repeat("a", 100)+`</t></si></sst>`)), func(l *ingest.Limits) { l.RecordBytes = 99 }, "file.xlsx.text"},
		{"repeated text", repeatedText(t), nil, "file.xlsx.texts"},
		{"two of a name", twice(t), nil, "file.xlsx.twice"},
		{"overlap", overlapping(t, good), nil, "file.xlsx.overlap"},
		{"sum", flipped(t, good), nil, "file.xlsx.damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := openKey(t, test.data, test.change); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// repeatedText names one long text from very many cells.
func repeatedText(t *testing.T) []byte {
	return zipped(t, sheetBook(strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 5000), "xl/sharedStrings.xml",
		`<sst><si><t>`+strings.Repeat("dài ", 16<<10)+`</t></si></sst>`))
}

func twice(t *testing.T) []byte {
	p := sheetBook("")
	p["XL/styles.xml"] = p["xl/styles.xml"]
	return zipped(t, p)
}

// overlapping lets the last entry of the directory begin where the first does.
func overlapping(t *testing.T, data []byte) []byte {
	t.Helper()
	data = bytes.Clone(data)
	first := bytes.Index(data, []byte("PK\x01\x02"))
	last := bytes.LastIndex(data, []byte("PK\x01\x02"))
	if first == last {
		t.Fatal("one entry")
	}
	copy(data[last+42:last+46], data[first+42:first+46])
	return data
}

// flipped changes the sum of the last entry, the sheet.
func flipped(t *testing.T, data []byte) []byte {
	t.Helper()
	data = bytes.Clone(data)
	last := bytes.LastIndex(data, []byte("PK\x01\x02"))
	sum := data[last+16 : last+20]
	binary.LittleEndian.PutUint32(sum, binary.LittleEndian.Uint32(sum)+1)
	return data
}

func TestOpen_passwordOfZip(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range sheetBook("") {
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Flags: 1, CompressedSize64: uint64(len(text)), UncompressedSize64: uint64(len(text))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if got := openKey(t, b.Bytes(), nil); got != "file.xlsx.password" {
		t.Error(got)
	}
}

func TestOpen_cancelled(t *testing.T) {
	data := zipped(t, sheetBook(strings.Repeat(`<row><c><v>1</v></c></row>`, 10000)))
	ctx, stop := context.WithCancel(context.Background())
	book, err := Open(ctx, fileOf(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	stop()
	if _, err := readGrid(book, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Open(ctx, fileOf(t, data)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestChunk_sparse: gaps of 1900 columns in each row take no more than a few
// megabytes at a time.
func TestChunk_sparse(t *testing.T) {
	data := zipped(t, sheetBook(strings.Repeat(`<row><c r="BUB1"><v>1</v></c></row>`, 30_000)))
	book, err := Open(context.Background(), fileOf(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	g, err := book.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for {
		c, err := g.Next()
		if err != nil {
			break
		}
		var b ingest.Block
		c.Parse(&b)
		if b.Records() > blockRows {
			t.Fatalf("%d rows in one block", b.Records())
		}
		rows += b.Records()
	}
	if rows != 30_000 {
		t.Error(rows)
	}
}

// TestBook_twice: a sheet may be read again, and findings are not counted
// twice.
func TestBook_twice(t *testing.T) {
	data := zipped(t, sheetBook(strings.Repeat(`<row><c><f>A1</f></c><c><v>1</v></c></row>`, 100)))
	book, err := open(context.Background(), fileOf(t, data), tuning{200, 0})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for range 2 {
		rows, err := readGrid(book, 0)
		if err != nil || len(rows) != 100 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	}
	if f := book.Findings(); len(f) != 1 || f[0].Args[0] != int64(100) {
		t.Errorf("findings %v", f)
	}
}

// TestSharedStrings_file: texts kept in files are the same, mapped or read.
func TestSharedStrings_file(t *testing.T) {
	var part strings.Builder
	part.WriteString("<sst>")
	for i := range 5000 {
		fmt.Fprintf(&part, "<si><t>văn bản %d</t></si><si/>", i)
	}
	part.WriteString("</sst>")
	for name, r := range map[string]stringsReader{
		"memory": {held: stringsHeld}, "mapped": {held: 9000}, "read": {held: 9000, unmapped: true}, "read at once": {unmapped: true},
	} {
		t.Run(name, func(t *testing.T) {
			r.sharedStrings, r.dir, r.max = &sharedStrings{}, t.TempDir(), 1000
			tokens, err := readTokens("x", strings.NewReader(part.String()))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.read(tokens); err != nil {
				t.Fatal(err)
			}
			var scratch []byte
			for i := range 5000 {
				got, ok := r.get(int64(2*i), &scratch)
				if want := fmt.Sprintf("văn bản %d", i); !ok || string(got) != want {
					t.Fatalf("text %d is %q", i, got)
				}
				if got, ok := r.get(int64(2*i+1), &scratch); !ok || len(got) != 0 {
					t.Fatalf("text %d is %q", i, got)
				}
			}
			if _, ok := r.get(10000, &scratch); ok {
				t.Error("one text too many")
			}
			if err := r.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	for _, parts := range odd {
		if data := zipped(f, parts()); len(data) < 1<<13 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { readsAlike(t, data) })
}

// FuzzSheet is FuzzOpen for the XML of a sheet.
func FuzzSheet(f *testing.F) {
	for _, parts := range odd {
		if xml := parts()["xl/worksheets/sheet1.xml"]; len(xml) < 1<<13 {
			f.Add(xml)
		}
	}
	f.Fuzz(func(t *testing.T, xml string) {
		readsAlike(t, zipped(t, sheetBook("", "xl/worksheets/sheet1.xml", xml, "xl/sharedStrings.xml", sstHead+`<si><t>một</t></si><si><t>_x000D_</t></si></sst>`)))
	})
}

// TestGrid_lastChunk: a fault in a chunk that nobody has parsed yet comes
// instead of io.EOF.
func TestGrid_lastChunk(t *testing.T) {
	data := zipped(t, sheetBook(`<row><c><v>1</v></c></row><row><c><f>A1</f></c></row><row><c t="str"><v>&bad;</v></c></row>`))
	book, err := Open(context.Background(), fileOf(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	g, err := book.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Next(); !fault.Is(err, "file.xlsx.entity") {
		t.Errorf("%v, want the fault", err)
	}
	if f := book.Findings(); len(f) != 1 {
		t.Errorf("findings %v", f)
	}
}
