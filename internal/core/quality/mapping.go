package quality

import (
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Mapping says which heading of a file feeds which column.
type Mapping struct {
	Cell    []int    // by column of the object: place in the record, -1 = the file lacks it
	Missing []int    // columns that the file lacks and that may be absent
	Unknown []string // headings that no column knows; their cells are not read
}

// MapHeader matches headings to columns: by the exact name first, then by the
// name in the store, the title and the aliases, and last by all of these
// folded (without case, tone marks and punctuation). A heading that fits two
// columns, two headings that fit one, and a missing column of the key or a
// required one are refused: nobody guesses.
func MapHeader(o *contract.Object, header []string) (*Mapping, error) {
	m := &Mapping{Cell: make([]int, len(o.Columns))}
	for i := range m.Cell {
		m.Cell[i] = -1
	}
	exact, folded := names(o)
	for i, h := range header {
		h, _ := viet.NFC(strings.TrimSpace(h))
		c, ok := exact[h]
		if !ok {
			c, ok = folded[viet.Identifier(h)]
		}
		switch {
		case h == "" || !ok:
			m.Unknown = append(m.Unknown, h)
		case c == ambiguous:
			return nil, fault.New(fault.Invalid, "header.ambiguous", h)
		case m.Cell[c] >= 0:
			return nil, fault.New(fault.Invalid, "header.twice", header[m.Cell[c]], h, o.Columns[c].Title)
		default:
			m.Cell[c] = i
		}
	}
	return m, m.complete(o, header)
}

// ambiguous marks a folded name that two columns share.
const ambiguous = -2

// names collects what each column may be called.
func names(o *contract.Object) (exact, folded map[string]int) {
	exact, folded = map[string]int{}, map[string]int{}
	add := func(to map[string]int, name string, i int) {
		if have, ok := to[name]; ok && have != i {
			to[name] = ambiguous
			return
		}
		to[name] = i
	}
	for i := range o.Columns {
		c := &o.Columns[i]
		for _, n := range append([]string{c.Name, c.Store, c.Title}, c.Aliases...) {
			add(folded, viet.Identifier(n), i)
		}
	}
	// An exact name wins over another column's title or alias.
	for i := range o.Columns {
		c := &o.Columns[i]
		for _, n := range append([]string{c.Store, c.Title}, c.Aliases...) {
			add(exact, n, i)
		}
	}
	for i := range o.Columns {
		exact[o.Columns[i].Name] = i
	}
	return exact, folded
}

// complete refuses a file that cannot hold one acceptable row.
func (m *Mapping) complete(o *contract.Object, header []string) error {
	var needed []string
	found := 0
	for i, at := range m.Cell {
		c := &o.Columns[i]
		switch {
		case at >= 0:
			found++
		case c.Required:
			needed = append(needed, c.Title)
		default:
			m.Missing = append(m.Missing, i)
		}
	}
	if found == 0 {
		return fault.New(fault.Invalid, "header.nothing", strings.Join(header, "; "), titles(o))
	}
	if len(needed) > 0 {
		return fault.New(fault.Invalid, "header.missing", strings.Join(needed, "; "), strings.Join(header, "; "))
	}
	return nil
}

func titles(o *contract.Object) string {
	all := make([]string, len(o.Columns))
	for i := range o.Columns {
		all[i] = o.Columns[i].Title
	}
	return strings.Join(all, "; ") // titles hold commas
}
