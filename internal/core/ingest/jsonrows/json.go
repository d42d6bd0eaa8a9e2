// Package jsonrows reads records from JSON: an array of objects, an object that
// holds arrays of objects (each a table named by its path), objects one after
// the other (NDJSON, JSON Lines, JSON text sequences), and GeoJSON features.
//
// A file is read twice. The first reading judges every byte and gathers the
// columns, so that a member that only the last record has is a column too; the
// second cuts the text at the borders of records, which may then be parsed side
// by side. Objects inside a record become columns, "dia_chi.xa", four levels
// deep; arrays and what lies deeper are cells of JSON.
package jsonrows

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotJSON is in the chain of the fault for a file that does not begin as
// JSON does.
var ErrNotJSON = errors.New("not JSON")

// deepestTable is how many levels of objects may stand around a table.
const deepestTable = 8

// maxOutside bounds the members outside of tables.
const maxOutside = 10_000

// A book is a file of JSON.
type book struct {
	ctx      context.Context
	file     ingest.File
	form     form
	chunk    int
	tables   []table
	findings []ingest.Finding
}

// A table is a run of objects in the text.
type table struct {
	ingest.Table
	columns *columns
	from    int64 // in the text as UTF-8
	to      int64
	line    int64
	rows    int64
	lines   bool // no record has a line ending inside, so that each is a border
}

// Open reads a file once, whole, and returns its tables.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	return open(ctx, f, chunkBytes)
}

func open(ctx context.Context, f ingest.File, chunk int) (*book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	b := &book{ctx: ctx, file: f, form: formOf(head[:n]), chunk: chunk}
	if f.Limits.Time > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, f.Limits.Time)
		defer cancel()
	}
	r, _ := text(f, b.form)
	s := &scan{book: b, stream: newStream(ctx, r, f.Limits, chunk)}
	if err := s.file(); err != nil {
		return nil, err
	}
	b.conclude(s)
	return b, nil
}

// conclude names the columns of all tables and says what a person should know.
func (b *book) conclude(s *scan) {
	if b.form.wide {
		b.find("file.json.utf16")
	}
	if s.outside > 0 {
		b.find("file.json.outside", strings.Join(s.names, ", "), s.outside)
	}
	if s.crs != "" {
		b.find("file.json.crs", s.crs)
	}
	for i := range b.tables {
		t := &b.tables[i]
		t.Header = t.columns.finish()
		if len(t.columns.rename) > 0 {
			b.find("file.json.renamed", strings.Join(t.columns.rename, ", "))
		}
	}
}

func (b *book) find(key string, args ...any) {
	b.findings = append(b.findings, ingest.Finding{Key: key, Args: args})
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table {
	all := make([]ingest.Table, len(b.tables))
	for i, t := range b.tables {
		all[i] = t.Table
	}
	return all
}

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding { return slices.Clone(b.findings) }

// Close implements ingest.Book.
func (b *book) Close() error { return nil }

// A scan is the first reading.
type scan struct {
	*stream
	book    *book
	names   []string // of the first members that are in no table
	outside int      // how many there are
	empty   bool     // an array without anything was seen
	crs     string   // the system of coordinates, when it is not GeoJSON's
}

// file reads the whole text.
func (s *scan) file() error {
	c, eof, err := s.start()
	switch {
	case err != nil:
		return err
	case eof:
		return fault.New(fault.Invalid, "file.json.no-records")
	case c == '[':
		s.use(1)
		if c, err = s.must(); err != nil {
			return err
		}
		if c == ']' {
			return fault.New(fault.Invalid, "file.json.no-records")
		}
		if err := s.table(""); err != nil {
			return err
		}
		return s.end()
	case c != '{':
		return s.noJSON()
	}
	many, err := s.sequence()
	if err != nil || many {
		return err
	}
	return s.document()
}

// start finds the first byte that counts.
func (s *scan) start() (byte, bool, error) {
	for {
		c, eof, err := s.space()
		if err != nil || eof || c != recordSeparator {
			return c, eof, err
		}
		s.use(1)
	}
}

// recordSeparator stands before each text of a sequence: RFC 7464.
const recordSeparator = 0x1E

func (s *scan) noJSON() error {
	w := walker{data: s.buf[s.at:], whole: s.eof}
	if st := w.unexpected(); st == bad && w.wrong.what == comment {
		return s.report(w.wrong)
	}
	f := fault.New(fault.Invalid, "file.json.not-records", s.line, s.column)
	return f.Because(ErrNotJSON)
}

// end refuses what stands behind the end.
func (s *scan) end() error {
	_, eof, err := s.space()
	if err == nil && !eof {
		err = s.report(wrong{what: trailing})
	}
	return err
}

// sequence reads objects one after the other, when that is what the file is:
// behind the first object stands another.
func (s *scan) sequence() (bool, error) {
	n, st := s.first()
	if st != done {
		return false, nil // a long document, or a fault that reading as a document names
	}
	rest := trimSpace(s.buf[s.at+n:])
	if len(rest) == 0 || rest[0] != '{' && rest[0] != recordSeparator {
		return false, nil
	}
	return true, s.objects()
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// first reads the first object as far as the buffer, grown as long as a record
// may be, holds it and something behind it.
func (s *scan) first() (int, status) {
	for {
		w := &walker{data: s.buf[s.at:], whole: s.eof}
		st := w.any(0)
		if st == bad {
			return 0, bad
		}
		if st == done && (s.eof || len(trimSpace(w.data[w.at:])) > 0) {
			return w.at, done
		}
		if s.eof || len(s.buf)-s.at > s.limits.RecordBytes {
			return 0, more
		}
		if err := s.fill(); err != nil {
			return 0, more // met again by whoever reads on
		}
	}
}

// objects reads the rest of the text as a run of objects.
func (s *scan) objects() error {
	t := table{columns: newColumns(s.limits.Columns), from: s.offset, line: s.line, lines: true}
	for {
		c, eof, err := s.start()
		if err != nil {
			return err
		}
		if eof {
			break
		}
		if c != '{' {
			return s.report(wrong{what: notObject})
		}
		if err := s.record(&t); err != nil {
			return err
		}
	}
	return s.add(t)
}

// table reads the objects of an array, whose first value comes next, with the
// closing bracket.
func (s *scan) table(path string) error {
	t := table{Table: ingest.Table{Name: path}, columns: newColumns(s.limits.Columns), from: s.offset, line: s.line, lines: true}
	for {
		c, err := s.must()
		if err != nil {
			return err
		}
		if c == ']' {
			return s.report(wrong{what: trailingComma})
		}
		if c != '{' {
			return s.odd(c)
		}
		if err := s.record(&t); err != nil {
			return err
		}
		end, err := s.comma(']')
		if err != nil {
			return err
		}
		if end {
			return s.add(t)
		}
	}
}

// odd says what stands where an object should.
func (s *scan) odd(c byte) error {
	if c == '"' || c == '[' || letter(c) || c == '-' {
		return s.report(wrong{what: notObject})
	}
	w := walker{data: s.buf[s.at:], whole: s.eof}
	w.unexpected()
	return s.report(w.wrong)
}

// add keeps a table that has been read; its last record ended at t.to.
func (s *scan) add(t table) error {
	if len(s.book.tables) >= s.limits.Tables {
		return fault.New(fault.TooLarge, "file.json.too-many-tables", s.limits.Tables)
	}
	s.book.tables = append(s.book.tables, t)
	return nil
}

// record reads one object of a table.
func (s *scan) record(t *table) error {
	if t.rows++; t.rows > s.limits.Rows {
		return fault.New(fault.TooLarge, "file.json.too-many-rows", s.limits.Rows)
	}
	n, err := s.walk(t.columns, func(w *walker) status { return w.object(t.columns.root, 0) })
	if err != nil {
		return err
	}
	if t.rows == 1 && t.columns.isFeature() {
		t.columns = newFeatures(s.limits.Columns)
		if n, err = s.walk(t.columns, func(w *walker) status { return w.object(t.columns.root, 0) }); err != nil {
			return err
		}
	}
	line := s.line
	s.use(n)
	t.lines = t.lines && s.line == line
	t.to = s.offset
	return nil
}

// comma reads the comma between two values, or what ends them all.
func (s *scan) comma(closing byte) (end bool, err error) {
	n, err := s.walk(nil, func(w *walker) (st status) {
		end, st = w.comma(closing)
		return st
	})
	s.use(n)
	return end, err
}
