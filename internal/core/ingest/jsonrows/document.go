package jsonrows

import (
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// document reads a single object: the tables in it, or itself as a record.
func (s *scan) document() error {
	from, line := s.offset, s.line
	// What it holds beside tables is only named; as a record it is read again.
	if err := s.members("", 0); err != nil {
		return err
	}
	to, oneLine := s.offset, s.line == line
	if err := s.end(); err != nil {
		return err
	}
	if len(s.book.tables) > 0 {
		return nil
	}
	if s.empty {
		return fault.New(fault.Invalid, "file.json.no-records")
	}
	return s.single(table{from: from, to: to, line: line, rows: 1, lines: oneLine})
}

// single reads the object of a document again, as a record.
func (s *scan) single(t table) error {
	if t.to-t.from > int64(s.limits.RecordBytes) {
		return fault.New(fault.TooLarge, "file.json.record-too-long", t.line, s.limits.RecordBytes)
	}
	again, err := s.book.section(t.from, t.to)
	if err != nil {
		return err
	}
	in := newStream(s.ctx, again.r, s.limits, s.book.chunk)
	in.line = t.line
	t.columns = newColumns(s.limits.Columns)
	for _, features := range []bool{false, true} {
		if features && !t.columns.isFeature() {
			break
		}
		if features {
			t.columns = newFeatures(s.limits.Columns)
		}
		if _, err := in.walk(t.columns, func(w *walker) status { return w.object(t.columns.root, 0) }); err != nil {
			return err
		}
	}
	s.outside, s.names = 0, nil
	return s.add(t)
}

// members reads an object that stands around tables.
func (s *scan) members(path string, depth int) error {
	s.use(1)
	seen := map[string]bool{}
	for first := true; ; first = false {
		var name string
		var end bool
		n, err := s.walk(nil, func(w *walker) (st status) {
			var m mark
			m, end, st = w.member(first)
			if st == done && !end {
				name = string(w.nameOf(m))
				if seen[name] {
					w.wrong = wrong{m.from - 1, duplicate, name}
					return bad
				}
			}
			return st
		})
		if err != nil {
			return err
		}
		s.use(n)
		if end {
			return nil
		}
		if seen[name] = true; len(seen) > maxOutside {
			return s.report(wrong{what: tooManyColumns})
		}
		if err := s.outer(join(path, name), depth+1); err != nil {
			return err
		}
		if end, err = s.comma('}'); err != nil || end {
			return err
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// outer reads a member's value outside of tables.
func (s *scan) outer(path string, depth int) error {
	c, err := s.must()
	switch {
	case err != nil:
		return err
	case c == '{' && depth < deepestTable:
		return s.members(path, depth)
	case c == '[':
		return s.array(path)
	}
	n, err := s.walk(s.strict(), func(w *walker) status { return w.any(depth) })
	if err != nil {
		return err
	}
	s.note(path, s.buf[s.at:s.at+n])
	s.use(n)
	return nil
}

// strict makes a walk refuse names that stand twice.
func (s *scan) strict() *columns { return newColumns(s.limits.Columns) }

// array reads an array outside of tables: a table when it begins with an
// object.
func (s *scan) array(path string) error {
	s.use(1)
	c, err := s.must()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return s.table(path)
	case ']':
		s.use(1)
		s.empty = true
		return nil
	}
	s.note(path, nil)
	for {
		n, err := s.walk(s.strict(), func(w *walker) status {
			if st := w.space(); st != done {
				return st
			}
			if w.data[w.at] == ']' {
				return w.fail(w.at, trailingComma)
			}
			return w.any(1)
		})
		if err != nil {
			return err
		}
		s.use(n)
		if end, err := s.comma(']'); err != nil || end {
			return err
		}
	}
}

// maxNamed is how many members a finding names.
const maxNamed = 8

// note remembers a member that is in no table.
func (s *scan) note(path string, value []byte) {
	switch {
	case path == "type" || path == "crs.type" || path == "bbox":
		return // of GeoJSON
	case path == "crs.properties.name":
		text := strings.Trim(string(value), `"`)
		if !strings.HasSuffix(text, "CRS84") && !strings.HasSuffix(text, ":4326") {
			s.crs = text
		}
		return
	}
	if s.outside++; s.outside <= maxNamed {
		s.names = append(s.names, path)
	}
}
