package xls

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/cellstest"
	"github.com/phohien/phohien/internal/core/ingest/xls/cfb"
	"github.com/phohien/phohien/internal/foundation/fault"
)

func open(data []byte) (ingest.Book, error) {
	return Open(context.Background(), cellstest.File("a.xls", data))
}

func listing(t *testing.T, data []byte) string {
	t.Helper()
	b, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	list, err := cellstest.List(b)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The listing was compared with what LibreOffice shows and writes as CSV; the
// workbook with the default password holds the same.
func TestGolden(t *testing.T) {
	for _, name := range []string{"so-lieu.xls", "mac-dinh.xls"} {
		cellstest.Golden(t, "so-lieu.txt", listing(t, fixture(t, name)))
	}
}

// A workbook so small that its stream lies in the mini stream, with formulas
// that give texts.
func TestSmall(t *testing.T) {
	rows(t, fixture(t, "nho.xls"), `   margins ["Page"]`, `1: ["abc" "abcx" "ABC" "abcx"]`)
}

// rows checks the only sheet of a workbook.
func rows(t *testing.T, data []byte, want ...string) {
	t.Helper()
	got := strings.Split(strings.TrimSpace(listing(t, data)), "\n")[1:]
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Texts of the shared table go on in other records: in the middle of a text,
// with another width, in a pair of halves, in fonts and phonetic help.
func TestSharedTexts(t *testing.T) {
	long := strings.Repeat("Đ", 5)
	globals := func(s *stream) {
		s.rec(recSST, uint32(6), uint32(6), 3, byte(0), "abc", 5, byte(1), wide(long[:4]))
		s.rec(recContinue, byte(1), wide(long[4:]), 4, byte(0), "\xE9a")
		s.rec(recContinue, byte(1), wide("ộb"), 2, byte(1), wide("😀")[:2])
		s.rec(recContinue, byte(1), wide("😀")[2:], 1, byte(8|4), 2, uint32(6), "x", "ffff")
		s.rec(recContinue, "ffffpppppp", 0, byte(0))
	}
	sheet := &stream{}
	for i := range 6 {
		sheet.rec(recLabelSST, 0, i, 0, uint32(i))
	}
	rows(t, compound("Workbook", workbook(biff8, globals, sheet)), `1: ["abc" "ĐĐĐĐĐ" "éaộb" "😀" "x"]`)
}

func TestCells(t *testing.T) {
	globals := func(s *stream) {
		s.rec(recFormat, 164, 10, byte(0), "dd/mm/yyyy")
		s.rec(recXF, 0, 0).rec(recXF, 0, 164).rec(recXF, 0, 22).rec(recDateMode, 0)
	}
	text := []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}
	sheet := (&stream{}).
		rec(recNumber, 0, 0, 0, 1.234).rec(recRK, 0, 1, 0, uint32(12345<<2|3)).rec(recRK, 0, 2, 0, uint32(0xFFFFFFFC|2)).
		rec(recRK, 0, 3, 0, uint32(0x3FF80000)).rec(recMulRK, 0, 4, 1, uint32(45000<<2|2), 2, uint32(45000<<2|2), 5).
		rec(recBoolErr, 0, 6, 0, byte(1), byte(0)).rec(recBoolErr, 0, 7, 0, byte(0x2A), byte(1)).
		rec(recLabel, 0, 8, 0, 2, byte(1), wide("Đỗ")).rec(recRString, 0, 9, 0, 1, byte(0), "\xE9", 0).
		rec(recNumber, 0, 10, 99, 5.0).
		// formulas: a number, a text behind a shared formula, an empty text, true, an error, a day
		rec(recFormula, 2, 0, 0, 2.5, 0, uint32(0), 0).
		rec(recFormula, 2, 1, 0, text, 0, uint32(0), 0).rec(recSharedFmla, 0).rec(recString, 3, byte(1), wide("hộ")[:4]).rec(recContinue, byte(0), "x").
		rec(recFormula, 2, 2, 0, []byte{3, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 0, uint32(0), 0).
		rec(recFormula, 2, 3, 0, []byte{1, 0, 1, 0, 0, 0, 0xFF, 0xFF}, 0, uint32(0), 0).
		rec(recFormula, 2, 4, 0, []byte{2, 0, 7, 0, 0, 0, 0xFF, 0xFF}, 0, uint32(0), 0).
		rec(recFormula, 2, 5, 1, 45000.5, 0, uint32(0), 0).
		rec(recFormula, 3, 0, 0, text, 0, uint32(0), 0). // its text is missing
		rec(recNumber, 4, 0, 0, 7.0)
	rows(t, compound("Workbook", workbook(biff8, globals, sheet)),
		`1: ["1.2340" "123.45" "-1" "1.5" "2023-03-15" "2023-03-15 00:00:00" "true" "#N/A" "Đỗ" "é" "5"]`,
		`3: ["2.5" "hộx" "" "true" "#DIV/0!" "2023-03-15"]`, `5: ["7"]`)
}

func TestFrom1904(t *testing.T) {
	globals := func(s *stream) { s.rec(recXF, 0, 14).rec(recDateMode, 1) }
	rows(t, compound("Workbook", workbook(biff8, globals, (&stream{}).rec(recNumber, 0, 0, 0, 43538.0))), `1: ["2023-03-15"]`)
}

// A chart in the sheet has cells of its own, which are none of the sheet.
func TestChart(t *testing.T) {
	sheet := (&stream{}).rec(recNumber, 0, 0, 0, 1.0).rec(recBOF, biff8, 0x20).rec(recNumber, 0, 1, 0, 9.0).rec(recEOF).rec(recNumber, 1, 0, 0, 2.0)
	rows(t, compound("Workbook", workbook(biff8, func(*stream) {}, sheet)), `1: ["1"]`, `2: ["2"]`)
}

// Some programs write column by column.
func TestShuffled(t *testing.T) {
	sheet := &stream{}
	const n = 3000
	for c := range 3 {
		for r := range n {
			if c == 1 {
				sheet.rec(recFormula, r, c, 0, []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 0, uint32(0), 0).rec(recString, 1, byte(0), "t")
			} else {
				sheet.rec(recNumber, r, c, 0, float64(r))
			}
		}
	}
	sheet.rec(recNumber, 0, 0, 0, 5.0) // what came last counts
	b, err := open(compound("Workbook", workbook(biff8, func(*stream) {}, sheet)))
	if err != nil {
		t.Fatal(err)
	}
	g, err := b.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	seen := int64(0)
	if err := cellstest.Read(g, func(line int64, cells []string) {
		seen++
		want := fmt.Sprint(line - 1)
		first := want
		if line == 1 {
			first = "5"
		}
		if strings.Join(cells, "|") != first+"|t|"+want || line != seen {
			t.Fatalf("row %d: %q", line, cells)
		}
	}); err != nil || seen != n {
		t.Fatal(seen, err)
	}
}

// Excel 5 and 95 keep bytes: TCVN3 comes out as the characters of its bytes.
func TestBIFF5(t *testing.T) {
	globals := func(s *stream) {
		s.rec(recCodePage, 1258).rec(recFormat, 164, byte(5), "d/m/y").rec(recXF, 0, 164)
	}
	sheet := (&stream{}).rec(recHeader, byte(6), "&CM\xCBT\n").rec(recLabel, 0, 0, 0, 4, "\xAE\xABng").rec(recNumber, 0, 1, 0, 45000.0)
	rows(t, compound("Book", workbook(biff5, globals, sheet)),
		`   margins ["MËT"]`, `1: ["®«ng" "2023-03-15"]`, `finding xls.code-page [1258]`)
}

func TestRefused(t *testing.T) {
	sheet := func() *stream { return (&stream{}).rec(recNumber, 0, 0, 0, 1.0) }
	book := workbook(biff8, func(*stream) {}, sheet())
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"password":        {fixture(t, "mat-khau.xls"), "xls.password"},
		"XOR":             {compound("Book", workbook(biff5, func(s *stream) { s.rec(recFilePass, 1, 2) })), "xls.password"},
		"encrypted XLSX":  {compound("EncryptedPackage", nil), "xls.password"},
		"Word":            {compound("WordDocument", nil), "xls.word"},
		"PowerPoint":      {compound("PowerPoint Document", nil), "xls.powerpoint"},
		"BIFF4":           {[]byte("\x09\x04\x06\x00\x00\x00\x10\x00"), "xls.too-old"},
		"BIFF4 in OLE2":   {compound("Book", workbook(0x0400, func(*stream) {}, sheet())), "xls.too-old"},
		"no sheet":        {compound("Workbook", workbook(biff8, func(*stream) {})), "xls.no-sheet"},
		"empty":           {compound("Workbook", nil), "xls.damaged"},
		"cut":             {compound("Workbook", book)[:3000], "xls.damaged"},
		"sheet elsewhere": {compound("Workbook", bytes.Replace(book, []byte{byte(len(book) - 30), 0, 0, 0, 0, 0, 2}, []byte{1, 0, 0, 0, 0, 0, 2}, 1)), "xls.damaged-sheet"},
		"text missing":    {compound("Workbook", workbook(biff8, func(*stream) {}, (&stream{}).rec(recLabelSST, 0, 0, 0, uint32(7)))), "xls.damaged-sheet"},
		"short cell":      {compound("Workbook", workbook(biff8, func(*stream) {}, (&stream{}).rec(recNumber, 0, 0))), "xls.damaged-sheet"},
		"too many texts":  {compound("Workbook", workbook(biff8, func(s *stream) { s.rec(recSST, uint32(1<<31), uint32(1<<31), 1, byte(0), "a") }, (&stream{}).rec(recLabelSST, 0, 0, 0, uint32(1)))), "xls.damaged-sheet"},
	} {
		b, err := open(c.data)
		if err == nil {
			_, err = cellstest.List(b)
		}
		if !fault.Is(err, c.key) {
			t.Errorf("%s: got %v, want %s", name, err, c.key)
		}
	}
	for _, data := range [][]byte{nil, []byte("a,b\n1,2\n"), []byte("PK\x03\x04........"), compound("Other", nil)} {
		if _, err := open(data); !errors.Is(err, ErrNotXLS) {
			t.Errorf("%.10q: %v", data, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Open(ctx, cellstest.File("a.xls", compound("Workbook", book))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Numbers in the header of a small file cost no memory.
func TestHostileHeader(t *testing.T) {
	file := compound("Workbook", workbook(biff8, func(*stream) {}, (&stream{}).rec(recNumber, 0, 0, 0, 1.0)))
	for _, at := range []int{44, 64, 68, 72} {
		data := bytes.Clone(file)
		binary.LittleEndian.PutUint32(data[at:], 0x7FFFFFF0)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := open(data)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("field %d: %d bytes, %v", at, n, err)
		}
	}
	// A chain that runs in a circle.
	data := bytes.Clone(file)
	fat := len(data) - 512
	binary.LittleEndian.PutUint32(data[fat:], 0)
	if _, err := open(data); err != nil && fault.Of(err) == nil {
		t.Error(err)
	}
}

func expected(err error) bool { return errors.Is(err, ErrNotXLS) || fault.Of(err) != nil }

func FuzzXLS(f *testing.F) {
	for _, name := range []string{"so-lieu.xls", "mac-dinh.xls", "mat-khau.xls", "nho.xls"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(data) }, expected)
	})
}

// FuzzStream reads what somebody made of the records themselves.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"so-lieu.xls", "mac-dinh.xls"} {
		data := fixture(f, name)
		c, err := cfb.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			f.Fatal(err)
		}
		s, err := c.Stream("Workbook")
		if err != nil {
			f.Fatal(err)
		}
		records := make([]byte, s.Size)
		if _, err := s.ReadAt(records, 0); err != nil {
			f.Fatal(err)
		}
		f.Add(records)
	}
	f.Add(workbook(biff8, func(s *stream) { s.rec(recSST, uint32(1), uint32(1), 3, byte(13), 1, uint32(2), "abcffffpp") },
		(&stream{}).rec(recNumber, 5, 0, 0, 1.0).rec(recLabelSST, 0, 1, 0, uint32(0)).rec(recFormula, 1, 0, 0, []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF}).rec(recString, 1, byte(0), "t")))
	f.Add(workbook(biff5, func(s *stream) { s.rec(recCodePage, 1258) }, (&stream{}).rec(recLabel, 0, 0, 0, 4, "\xAE\xABng").rec(recMergedCells, 1, 0, 1, 0, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := compound("Workbook", data)
		cellstest.Fuzz(t, func() (ingest.Book, error) { return open(file) }, expected)
	})
}

// BenchmarkXLS reads 100,000 rows of ten cells, on two sheets.
func BenchmarkXLS(b *testing.B) {
	globals := func(s *stream) {
		s.rec(recXF, 0, 0).rec(recXF, 0, 14).rec(recXF, 0, 22)
		name := "Nguyễn Văn An"
		s.rec(recSST, uint32(3), uint32(3), chars(name), byte(1), wide(name), 3, byte(0), "Nam", 5, byte(0), "Ghi s")
	}
	sheets := []*stream{{}, {}}
	for _, s := range sheets {
		for r := range 50_000 {
			s.rec(recLabelSST, r, 0, 0, uint32(0)).rec(recNumber, r, 1, 1, 32904.0).rec(recLabelSST, r, 2, 0, uint32(1)).
				rec(recMulRK, r, 3, 0, uint32(12345<<2|2), 0, uint32(r<<2|2), 4).rec(recNumber, r, 5, 0, 1234567.89).rec(recNumber, r, 6, 0, 7.1234).
				rec(recBoolErr, r, 7, 0, byte(1), byte(0)).rec(recNumber, r, 8, 2, 46053.354166666664).rec(recLabelSST, r, 9, 0, uint32(2))
		}
	}
	data := compound("Workbook", workbook(biff8, globals, sheets...))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		book, err := open(data)
		if err != nil {
			b.Fatal(err)
		}
		total := 0
		for i := range book.Tables() {
			g, err := book.Open(i)
			if err != nil {
				b.Fatal(err)
			}
			var block ingest.Block
			for {
				c, err := g.Next()
				if err != nil {
					break
				}
				c.Parse(&block)
				total += block.Records()
			}
		}
		if total != 100_000 {
			b.Fatal(total)
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "rows/s")
}
