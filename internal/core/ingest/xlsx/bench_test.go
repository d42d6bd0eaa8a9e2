package xlsx

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/ingest"
)

// bigBook writes a workbook as Excel would: rows × 10 columns, texts shared.
func bigBook(tb testing.TB, rows int) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "big.xlsx")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	z := zip.NewWriter(f)
	part := func(name string, write func(w *bufio.Writer)) {
		p, err := z.Create(name)
		if err != nil {
			tb.Fatal(err)
		}
		w := bufio.NewWriterSize(p, 1<<20)
		write(w)
		if err := w.Flush(); err != nil {
			tb.Fatal(err)
		}
	}
	for name, text := range bareParts(1, `<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>`) {
		part(name, func(w *bufio.Writer) { w.WriteString(text) })
	}
	names := []string{"Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thu Dung", "Hoàng Đình Em"}
	part("xl/sharedStrings.xml", func(w *bufio.Writer) {
		w.WriteString(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
		w.WriteString(`<si><t>Nam</t></si><si><t>Nữ</t></si>`)
		for i := range rows { // one text of its own in each row, and a name
			fmt.Fprintf(w, `<si><t>HS%09d</t></si><si><t>%s %d</t></si>`, i, names[i%5], i%50000)
		}
		w.WriteString(`</sst>`)
	})
	part("xl/worksheets/sheet1.xml", func(w *bufio.Writer) {
		w.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
		for i := range rows {
			r := strconv.Itoa(i + 1)
			fmt.Fprintf(w, `<row r="%s" spans="1:10" x14ac:dyDescent="0.25">`, r)
			fmt.Fprintf(w, `<c r="A%s" t="s"><v>%d</v></c><c r="B%s" t="s"><v>%d</v></c>`, r, 2+2*i, r, 3+2*i)
			fmt.Fprintf(w, `<c r="C%s" s="1"><v>%d</v></c><c r="D%s" t="s"><v>%d</v></c>`, r, 20000+i%20000, r, i%2)
			fmt.Fprintf(w, `<c r="E%s"><v>%d</v></c><c r="F%s"><v>%d.%d</v></c>`, r, 12000+i%500, r, i*37%1000003, i%97)
			fmt.Fprintf(w, `<c r="G%s"><v>%d.1234000000000002</v></c><c r="H%s" t="b"><v>1</v></c>`, r, i%10, r)
			fmt.Fprintf(w, `<c r="I%s" s="2"><v>%d.354166666664</v></c><c r="J%s"><v>%d</v></c></row>`, r, 45000+i%1000, r, i%7)
		}
		w.WriteString(`</sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>`)
	})
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return name
}

// BenchmarkBook reads a million rows of ten columns: opening (which unpacks the
// sheet), parsing on one worker, opening and parsing on two.
func BenchmarkBook(b *testing.B) {
	rows := 1_000_000
	if testing.Short() {
		rows = 20_000
	}
	name := bigBook(b, rows)
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	file := ingest.File{ReaderAt: f, Size: info.Size(), Temp: b.TempDir(), Limits: ingest.DefaultLimits}
	for _, workers := range []int{1, 2} {
		b.Run("workers="+strconv.Itoa(workers), func(b *testing.B) {
			b.ReportAllocs()
			var opening, parsing time.Duration
			for b.Loop() {
				start := time.Now()
				book, err := Open(context.Background(), file)
				if err != nil {
					b.Fatal(err)
				}
				opening += time.Since(start)
				start = time.Now()
				if got := readOn(b, book, workers); got != int64(rows) {
					b.Fatalf("%d rows, want %d", got, rows)
				}
				parsing += time.Since(start)
				if err := book.Close(); err != nil {
					b.Fatal(err)
				}
			}
			per := float64(b.N) * float64(rows)
			b.ReportMetric(per/opening.Seconds(), "open-rows/s")
			b.ReportMetric(per/parsing.Seconds(), "parse-rows/s")
			b.ReportMetric(per/(opening+parsing).Seconds(), "rows/s")
			b.ReportMetric(peakMB(b), "peak-MB")
		})
	}
	b.Run("inflate", func(b *testing.B) { // what unpacking alone costs
		for b.Loop() {
			p, err := openPack(context.Background(), file)
			if err != nil {
				b.Fatal(err)
			}
			o, err := p.open("xl/worksheets/sheet1.xml")
			if err != nil {
				b.Fatal(err)
			}
			n, err := io.Copy(io.Discard, o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(n)
		}
	})
}

func readOn(tb testing.TB, book ingest.Book, workers int) (rows int64) {
	g, err := book.Open(0)
	if err != nil {
		tb.Fatal(err)
	}
	chunks := make(chan ingest.Chunk, workers)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			var b ingest.Block
			n := 0
			for c := range chunks {
				c.Parse(&b)
				n += b.Records()
			}
			mu.Lock()
			rows += int64(n)
			mu.Unlock()
		})
	}
	for {
		c, err := g.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			tb.Error(err)
			break
		}
		chunks <- c
	}
	close(chunks)
	all.Wait()
	if _, err := g.Next(); err != io.EOF {
		tb.Error(err)
	}
	return rows
}

// peakMB is the most memory the process has held, where the system says it.
func peakMB(tb testing.TB) float64 {
	tb.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.Sys) / 1e6
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kb / 1e3
}
