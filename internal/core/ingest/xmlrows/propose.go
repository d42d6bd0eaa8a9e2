package xmlrows

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// An element is all elements of one name at one place of the file.
type element struct {
	name    xml.Name
	prefix  string // with the name
	kids    []*element
	attrs   []xml.Name
	text    bool // some hold text
	repeats bool // some parent holds several
	here    int  // how many its parent holds so far
}

func (e *element) kid(n xml.Name) *element {
	for _, k := range e.kids {
		if k.name == n {
			return k
		}
	}
	return nil
}

// label is what an element is called among its siblings: its local name, with
// the prefix where another has the same.
func (e *element) label(outer *element) string {
	if outer != nil {
		for _, k := range outer.kids {
			if k != e && k.name.Local == e.name.Local {
				return e.prefix
			}
		}
	}
	return e.name.Local
}

// Propose reads a file and says which elements are its records and what their
// columns are: the outermost elements that repeat, or, in a file of one record,
// the first that holds more than one thing.
func Propose(ctx context.Context, f ingest.File) ([]Mapping, error) {
	p, err := survey(ctx, f)
	if err != nil {
		return nil, err
	}
	all := p.mappings()
	if len(all) > f.Limits.Tables {
		return nil, fault.New(fault.TooLarge, "file.xml.too-many-tables", len(all), f.Limits.Tables)
	}
	for _, m := range all {
		if len(m.Columns) > f.Limits.Columns {
			return nil, fault.New(fault.TooLarge, "file.too-many-columns", len(m.Columns), f.Limits.Columns)
		}
		if len(m.Columns) == 0 {
			return nil, fault.New(fault.Invalid, "file.xml.no-records")
		}
	}
	return all, nil
}

// A plan is what a file is made of.
type plan struct {
	reader *reader
	root   *element // stands around the root element
	count  int      // of elements and attributes
}

func survey(ctx context.Context, f ingest.File) (*plan, error) {
	if f.Limits.Time > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, f.Limits.Time)
		defer cancel()
	}
	r, err := newReader(ctx, f)
	if err != nil {
		return nil, err
	}
	p := &plan{reader: r, root: &element{}}
	open := []*element{p.root}
	for {
		t, err := r.next()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		e := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			kid, err := p.meet(e, t)
			if err != nil {
				return nil, err
			}
			open = append(open, kid)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			e.text = e.text || len(bytes.TrimSpace(t)) > 0
		}
	}
}

// meet notes an element inside e.
func (p *plan) meet(e *element, t xml.StartElement) (*element, error) {
	kid := e.kid(t.Name)
	if kid == nil {
		kid = &element{name: t.Name, prefix: p.reader.prefixed(t.Name)}
		e.kids = append(e.kids, kid)
		p.count++
	}
	kid.here++
	kid.repeats = kid.repeats || kid.here > 1
	for _, k := range kid.kids {
		k.here = 0
	}
attributes:
	for _, a := range t.Attr {
		if !counts(a) {
			continue
		}
		for _, n := range kid.attrs {
			if n == a.Name {
				continue attributes
			}
		}
		kid.attrs = append(kid.attrs, a.Name)
		p.count++
	}
	// Names that are data would make a column of each value.
	if limit := p.reader.limits.Columns; p.count > 2*limit+100 {
		return nil, fault.New(fault.TooLarge, "file.xml.too-many-names", p.reader.line(), p.count, 2*limit+100)
	}
	return kid, nil
}

func (p *plan) mappings() []Mapping {
	var all []Mapping
	for _, leaves := range []bool{false, true} {
		p.repeating(p.root, "", leaves, &all)
		if len(all) > 0 {
			return all
		}
	}
	outer, e, path := p.root, p.root.kids[0], ""
	for {
		path += "/" + e.label(outer)
		if len(e.kids) != 1 || len(e.attrs) > 0 || e.text || len(e.kids[0].kids) == 0 && len(e.kids[0].attrs) == 0 {
			return []Mapping{p.mapping(e, path)}
		}
		outer, e = e, e.kids[0]
	}
}

// repeating finds the outermost elements that repeat; those without anything
// inside but text count only where there are no others.
func (p *plan) repeating(e *element, path string, leaves bool, all *[]Mapping) {
	for _, k := range e.kids {
		here := path + "/" + k.label(e)
		if k.repeats && (leaves || len(k.kids)+len(k.attrs) > 0) {
			*all = append(*all, p.mapping(k, here))
			continue
		}
		p.repeating(k, here, leaves, all)
	}
}

// mapping proposes the columns of a record.
func (p *plan) mapping(e *element, path string) Mapping {
	m := Mapping{Record: path}
	taken := map[string]bool{}
	p.columns(e, "", &m, taken)
	return m
}

func (p *plan) columns(e *element, path string, m *Mapping, taken map[string]bool) {
	add := func(path string) {
		head := strings.ReplaceAll(strings.ReplaceAll(path, "@", ""), "/", ".")
		if path == "." {
			head = e.name.Local
		}
		plain := head
		for n := 2; taken[head]; n++ {
			head = plain + " (" + strconv.Itoa(n) + ")"
		}
		taken[head] = true
		m.Columns = append(m.Columns, Path{path, head})
	}
	for i, a := range e.attrs {
		name := a.Local
		for k, other := range e.attrs {
			if k != i && other.Local == name {
				name = p.reader.prefixed(a)
			}
		}
		add(path + "@" + name)
	}
	if e.text || len(e.kids)+len(e.attrs) == 0 {
		if path == "" {
			add(".")
		} else {
			add(strings.TrimSuffix(path, "/"))
		}
	}
	for _, k := range e.kids {
		p.columns(k, path+k.label(e)+"/", m, taken)
	}
}
