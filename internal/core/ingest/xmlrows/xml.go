// Package xmlrows reads records from XML by a mapping of paths: which element
// is a record, and which elements and attributes in it are columns. Propose
// finds a mapping for a file that has none yet; a person may correct and keep
// it.
//
// A thing that a record holds several times is one cell, its values joined by
// "; " in their order, and a finding names the column. Document types and
// entities are refused.
package xmlrows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotXML is in the chain of the fault for a file that is no XML.
var ErrNotXML = errors.New("not XML")

// A Mapping says where records lie in a file.
type Mapping struct {
	Record  string `json:"record"` // path of the element that repeats: "/DanhSach/CongDan"
	Columns []Path `json:"columns"`
}

// A Path says where a column lies in a record: "HoVaTen/Ten", "@id",
// "QueQuan/@ma", "." for the text of the record itself. Names are local ones;
// with a prefix, "a:Ten", where two namespaces meet.
type Path struct {
	Path    string `json:"path"`
	Heading string `json:"heading"`
}

// A book is a file of XML.
type book struct {
	ctx    context.Context
	file   ingest.File
	tables []table

	mu       sync.Mutex
	findings []ingest.Finding
}

// A table is the records of one mapping.
type table struct {
	ingest.Table
	record []string
	step   *step
	paths  []string
}

// A step is a place in a record that is a column, or leads to one.
type step struct {
	kids   map[string]*step
	attrs  map[string]int
	column int // -1: none
}

// Open opens a file by a mapping, or, without one, by what Propose says.
func Open(ctx context.Context, f ingest.File, m *Mapping) (ingest.Book, error) {
	b := &book{ctx: ctx, file: f}
	if m != nil {
		t, err := m.table()
		if err != nil {
			return nil, err
		}
		b.tables = []table{t}
		return b, b.probe()
	}
	all, err := Propose(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		t, err := m.table()
		if err != nil {
			return nil, err
		}
		b.tables = append(b.tables, t)
	}
	return b, nil
}

// table makes a mapping ready for reading.
func (m *Mapping) table() (table, error) {
	t := table{Table: ingest.Table{Name: m.Record}, step: &step{column: -1}}
	if !strings.HasPrefix(m.Record, "/") || len(m.Record) < 2 {
		return t, fault.New(fault.Invalid, "file.xml.bad-path", m.Record)
	}
	t.record = strings.Split(m.Record[1:], "/")
	if slices.Contains(t.record, "") {
		return t, fault.New(fault.Invalid, "file.xml.bad-path", m.Record)
	}
	for i, p := range m.Columns {
		if err := t.step.add(p.Path, i); err != nil {
			return t, err
		}
		t.paths = append(t.paths, p.Path)
		t.Header = append(t.Header, p.Heading)
	}
	if len(t.Header) == 0 {
		return t, fault.New(fault.Invalid, "file.xml.bad-path", m.Record)
	}
	return t, nil
}

// add puts a column at the end of its path.
func (s *step) add(path string, column int) error {
	bad := fault.New(fault.Invalid, "file.xml.bad-path", path)
	if path == "." {
		if s.column >= 0 {
			return bad
		}
		s.column = column
		return nil
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, is := strings.CutPrefix(part, "@"); is {
			if _, has := s.attrs[name]; has || name == "" || i < len(parts)-1 {
				return bad
			}
			if s.attrs == nil {
				s.attrs = map[string]int{}
			}
			s.attrs[name] = column
			return nil
		}
		if at := strings.IndexByte(part, '@'); part == "" || at >= 0 {
			return bad
		}
		next := s.kids[part]
		if next == nil {
			next = &step{column: -1}
			if s.kids == nil {
				s.kids = map[string]*step{}
			}
			s.kids[part] = next
		}
		s = next
	}
	if s.column >= 0 {
		return bad
	}
	s.column = column
	return nil
}

// probe looks for the first record, so that a mapping of another file is
// refused at once.
func (b *book) probe() error {
	g, err := b.Open(0)
	if err != nil {
		return err
	}
	found, err := g.(*grid).record()
	if err == nil && !found {
		err = fault.New(fault.Invalid, "file.xml.record-missing", b.tables[0].Name)
	}
	return err
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table {
	all := make([]ingest.Table, len(b.tables))
	for i, t := range b.tables {
		all[i] = t.Table
	}
	return all
}

// Open implements ingest.Book.
func (b *book) Open(n int) (ingest.Grid, error) {
	if n < 0 || n >= len(b.tables) {
		return nil, fmt.Errorf("xml: no table %d", n)
	}
	return newGrid(b, &b.tables[n])
}

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.findings)
}

// find tells a finding once, however often its table is read.
func (b *book) find(key, table, names string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.findings {
		if f.Key == key && f.Args[0] == table {
			return
		}
	}
	b.findings = append(b.findings, ingest.Finding{Key: key, Args: []any{table, names}})
}

// Close implements ingest.Book.
func (b *book) Close() error { return nil }
