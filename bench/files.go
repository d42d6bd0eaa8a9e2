package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/intake"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/viet"
)

// files: what reading files of offices costs.
func (b *bench) files() error {
	for _, f := range []func() error{b.workbook, b.rescues, b.sniff, b.identifiers} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// sheetRows is the most that a sheet holds with its heading, or nearly.
const sheetRows = 1_000_000

// workbook: a load of a workbook against the load of the same rows as CSV, and
// how much time and memory the reading takes by itself.
func (b *bench) workbook() error {
	book, text, err := b.asWorkbook(b.file("sorted"))
	if err != nil {
		return err
	}
	if err := b.against("load of XLSX / load of CSV, same rows", 0.5,
		side{"XLSX", func() (time.Duration, error) { a, _, err := b.fresh("", book); return a, err }},
		side{"CSV", func() (time.Duration, error) { a, _, err := b.fresh("", text); return a, err }}); err != nil {
		return err
	}
	for _, what := range []struct {
		name, arg string
	}{{"read", "read"}, {"load", "load"}} {
		took, peak, err := b.apart(what.arg, book)
		if err != nil {
			return err
		}
		b.note(Figure{Name: "XLSX of 1,000,000 rows: " + what.name + ", seconds", Value: took.Seconds(), Bar: 25, Better: "lower"}, "in a process of its own")
		b.note(Figure{Name: "XLSX of 1,000,000 rows: " + what.name + ", MB at the most", Value: float64(peak) / 1e6, Bar: 300, Better: "lower"}, "resident memory of that process")
	}
	return nil
}

// asWorkbook writes the first rows of a CSV file as a workbook with numbers as
// numbers, and as CSV.
func (b *bench) asWorkbook(from string) (book, text string, err error) {
	book, text = b.file("sorted")+".xlsx", b.file("million")
	if _, err := os.Stat(book); err == nil {
		return book, text, nil
	}
	in, err := os.Open(from)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = in.Close() }() // only read
	out, err := os.Create(text)
	if err != nil {
		return "", "", err
	}
	defer func() { err = firstError(err, out.Close()) }()
	buffered := bufio.NewWriterSize(out, 1<<20)
	r, w := csv.NewReader(bufio.NewReaderSize(in, 1<<20)), csv.NewWriter(buffered)
	f := excelize.NewFile()
	defer func() { err = firstError(err, f.Close()) }()
	sheet, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return "", "", err
	}
	for n := 1; n <= sheetRows+1; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", "", err
		}
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = c
			if x, err := strconv.ParseFloat(c, 64); n > 1 && err == nil && (i == 5 || i == 6) {
				row[i] = x
			}
		}
		if err := sheet.SetRow("A"+strconv.Itoa(n), row); err != nil {
			return "", "", err
		}
		if err := w.Write(cells); err != nil {
			return "", "", err
		}
	}
	w.Flush()
	return book, text, errors.Join(w.Error(), buffered.Flush(), sheet.Flush(), f.SaveAs(book))
}

// apart does one thing in a process of its own, to know its memory.
func (b *bench) apart(what, file string) (took time.Duration, peak int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	c := exec.CommandContext(b.ctx, self, "-one", what, "-dir", b.dir, "-file", file)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return 0, 0, err
	}
	seconds, bytes := 0.0, int64(0)
	if _, err := fmt.Sscan(string(out), &seconds, &bytes); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", out, err)
	}
	return time.Duration(seconds * float64(time.Second)), bytes, nil
}

// highWater is the most memory that this process has had resident, in bytes.
func highWater() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb * 1024, err
		}
	}
	return 0, errors.New("no VmHWM in /proc/self/status")
}

// one is what apart asks of the process it starts.
func one(ctx context.Context, what, dir, file string, runs int, memory int64) error {
	b := &bench{ctx: ctx, dir: dir, runs: runs, memory: memory}
	if memory > 0 {
		debug.SetMemoryLimit(memory)
	}
	var took time.Duration
	var err error
	switch what {
	case "load":
		took, _, err = b.fresh("", file)
	case "check":
		took, err = b.checks(file)
	default:
		took, err = readAll(ctx, dir, file)
	}
	if err != nil {
		return err
	}
	peak, err := highWater()
	fmt.Printf("%.6f %d\n", took.Seconds(), peak)
	return err
}

// readAll opens a file and parses every row of its first table.
func readAll(ctx context.Context, dir, file string) (took time.Duration, err error) {
	temp, err := os.MkdirTemp(dir, "read-")
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, os.RemoveAll(temp)) }()
	start := time.Now()
	book, f, err := opened(ctx, file, temp)
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, errors.Join(book.Close(), f.Close())) }()
	g, err := book.Open(0)
	if err != nil {
		return 0, err
	}
	var block ingest.Block
	rows := 0
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		chunk.Parse(&block)
		rows += block.Records()
	}
	if rows < 2 {
		return 0, fmt.Errorf("%d rows in %s", rows, file)
	}
	return time.Since(start), nil
}

func opened(ctx context.Context, file, temp string) (*intake.Book, *os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	book, err := intake.Open(ctx, ingest.File{ReaderAt: f, Size: info.Size(), Name: file, Temp: temp, Limits: ingest.DefaultLimits}, intake.Options{})
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return book, f, nil
}

// rescues: checking with all rescues against checking without any.
func (b *bench) rescues() error {
	p, err := b.province("")
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, p.close()) }()
	off := &recipe.Recipe{}
	for _, r := range quality.Rescues {
		if r.Name != "" {
			off.Off = append(off.Off, r.Name)
		}
	}
	check := func(rec *recipe.Recipe) func() (time.Duration, error) {
		return func() (took time.Duration, err error) {
			f, err := os.Open(b.file("sorted"))
			if err != nil {
				return 0, err
			}
			defer func() { err = firstError(err, f.Close()) }()
			start := time.Now()
			_, err = p.Corridor.Check(b.ctx, p.con, p.con.Objects[0], "sorted.csv", f, rec, nil)
			return time.Since(start), err
		}
	}
	err = b.against("check with text rescue / without (speed)", 0.87, side{"with", check(nil)}, side{"without", check(off)})
	return err
}

// sniff: opening a file of 700 MB, without reading it.
func (b *bench) sniff() (err error) {
	path := b.file("sniff")
	defer func() { err = firstError(err, os.Remove(path)) }()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	for n := int64(0); n < 700e6 && err == nil; {
		var in *os.File
		if in, err = os.Open(b.file("sorted")); err == nil {
			var k int64
			k, err = io.Copy(out, in)
			n += k
			err = firstError(err, in.Close())
		}
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	var all []time.Duration
	for range b.runs {
		temp, err := os.MkdirTemp(b.dir, "sniff-")
		if err != nil {
			return err
		}
		start := time.Now()
		book, f, err := opened(b.ctx, path, temp)
		if err != nil {
			return err
		}
		all = append(all, time.Since(start))
		if err := errors.Join(book.Close(), f.Close(), os.RemoveAll(temp)); err != nil {
			return err
		}
	}
	b.note(Figure{Name: "sniffing a CSV of 700 MB, seconds", Value: median(all).Seconds(), Bar: 2, Better: "lower"}, "opened, not read")
	return nil
}

// rightOnes are identifiers that pass.
var rightOnes = map[viet.Kind]string{
	viet.KindCCCD: "033095001234", viet.KindTaxCode: "0100109106", viet.KindPhone: "0912345678", viet.KindAgency: "H31.14",
	viet.KindDossier: "H15.50.05.13-261008-0975", viet.KindDocument: "2352/QĐ-UBND", viet.KindPlate: "89A-123.45", viet.KindBHYT: "GD4012345678901",
	viet.KindParcel: "w7emmq81cxzt", viet.KindCommune: "11953",
}

// identifiers: the slowest of the checks, in millions a second on one core.
func (b *bench) identifiers() error {
	slowest, which := 0.0, viet.Kind("")
	for kind, value := range rightOnes {
		check, ok := viet.Checker(kind)
		if !ok {
			return fmt.Errorf("no check of %s", kind)
		}
		const n = 2_000_000
		start := time.Now()
		for range n {
			if err := check(value); err != nil {
				return fmt.Errorf("%s %s: %w", kind, value, err)
			}
		}
		if rate := n / time.Since(start).Seconds() / 1e6; which == "" || rate < slowest {
			slowest, which = rate, kind
		}
	}
	b.note(Figure{Name: "identifier checks, millions a second a core, the slowest", Value: slowest, Bar: 5, Better: "higher"}, string(which))
	return nil
}
