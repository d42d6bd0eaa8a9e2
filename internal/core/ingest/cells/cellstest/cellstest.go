// Package cellstest is for tests of readers: files in memory, and books written
// out as text for golden files.
package cellstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
)

// File makes a File of bytes, with small limits so that fuzzing stays fast.
func File(name string, data []byte) ingest.File {
	limits := ingest.DefaultLimits
	limits.Unpacked, limits.Rows = 256<<20, 100_000
	return ingest.File{ReaderAt: bytes.NewReader(data), Size: int64(len(data)), Name: name, Limits: limits}
}

// Read reads a grid to its end, calling row for each row.
func Read(g ingest.Grid, row func(line int64, cells []string)) error {
	var b ingest.Block
	for last := int64(0); ; {
		c, err := g.Next()
		if errors.Is(err, io.EOF) {
			if g.Offset() < 0 {
				return fmt.Errorf("the offset is %d", g.Offset())
			}
			return nil
		}
		if err != nil {
			return err
		}
		c.Parse(&b)
		for i := range b.Records() {
			cells := make([]string, b.Cells(i))
			for k := range cells {
				cells[k] = string(b.Cell(i, k))
			}
			if b.Lines[i] <= last {
				return fmt.Errorf("row %d comes after row %d", b.Lines[i], last)
			}
			last = b.Lines[i]
			row(last, cells)
		}
	}
}

// List writes a book out: its tables, what is told of them, their rows.
func List(book ingest.Book) (string, error) {
	var w strings.Builder
	for i, t := range book.Tables() {
		fmt.Fprintf(&w, "== %q hidden=%v rows hidden=%d columns hidden=%d\n", t.Name, t.Hidden, t.HiddenRows, t.HiddenColumns)
		for _, m := range t.Merged {
			fmt.Fprintf(&w, "   merged rows %d-%d columns %d-%d\n", m.FirstRow, m.LastRow, m.FirstColumn, m.LastColumn)
		}
		if len(t.Margins) > 0 {
			fmt.Fprintf(&w, "   margins %q\n", t.Margins)
		}
		if t.Note != "" {
			fmt.Fprintf(&w, "   note %q\n", t.Note)
		}
		g, err := book.Open(i)
		if err != nil {
			return w.String(), err
		}
		if err := Read(g, func(line int64, cells []string) { fmt.Fprintf(&w, "%d: %q\n", line, cells) }); err != nil {
			return w.String(), err
		}
	}
	for _, f := range book.Findings() {
		fmt.Fprintf(&w, "finding %s %v\n", f.Key, f.Args)
	}
	return w.String(), nil
}

// Golden compares a listing with a file of testdata; UPDATE_GOLDEN=1 writes it.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name) //nolint:gosec // a test's own file
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// Fuzz reads a file with a reader and fails on what no file may cause: an error
// that is neither a fault nor the reader's own word that the file is not its.
func Fuzz(t *testing.T, open func() (ingest.Book, error), expected func(error) bool) {
	t.Helper()
	b, err := open()
	if err != nil {
		if !expected(err) {
			t.Fatalf("open: %v", err)
		}
		return
	}
	defer b.Close() //nolint:errcheck // nothing was written
	for i := range b.Tables() {
		g, err := b.Open(i)
		if err == nil {
			err = Read(g, func(int64, []string) {})
		}
		if err != nil && !expected(err) {
			t.Fatalf("table %d: %v", i, err)
		}
	}
	b.Findings()
}
