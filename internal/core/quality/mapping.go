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
	Needed  []int    // required columns that the file lacks: without them nothing can be read
	Unknown []string // headings that no column knows; their cells are not read
	Hints   []Hint   // by column: how cells are to be read; nil = as they stand

	// Token is the place of the cell that holds the signed ids of quarantine
	// lines on a return slip, -1 without. Line reads one, Drop tells which
	// records of a workbook of ours are no data.
	Token int
	Line  func(token string) (id int64, ok bool)
	Drop  func(token string, cells [][]byte) bool
}

// TokenHeading is the heading over the ids of quarantine lines on return slips.
const TokenHeading = "_phohien"

// MapHeader matches headings to columns: by the exact name first, then by the
// name in the store, the title and the aliases, and last by all of these
// folded (without case, tone marks and punctuation). A heading that fits two
// columns, two headings that fit one, and a missing column of the key or a
// required one are refused: nobody guesses.
func MapHeader(o *contract.Object, header []string) (*Mapping, error) {
	m, err := MapBy(o, header, nil)
	if err != nil {
		return nil, err
	}
	return m, m.Complete(o, header)
}

// MapBy matches headings as MapHeader does, but for those of which a person has
// said what they are: chosen gives the name of a column by heading, "" for one
// that is not read. Required columns that are missing are listed, not refused.
func MapBy(o *contract.Object, header []string, chosen map[string]string) (*Mapping, error) {
	m := &Mapping{Cell: make([]int, len(o.Columns)), Token: -1}
	for i := range m.Cell {
		m.Cell[i] = -1
	}
	exact, folded := names(o)
	under := map[int][]int{} // by column: headings that name it in their last row
	for i, h := range header {
		h, _ := viet.NFC(strings.TrimSpace(h))
		if h == TokenHeading {
			m.Token = i
			continue
		}
		c, ok := exact[h]
		if !ok {
			c, ok = folded[viet.Identifier(h)]
		}
		if name, said := chosen[h]; said {
			if c = o.Column(name); c < 0 {
				continue // not read
			}
			ok = true
		}
		switch {
		case h == "" && !ok: // a column that is not read
		case !ok:
			if c := lowest(exact, folded, h); c >= 0 {
				under[c] = append(under[c], i)
			} else {
				m.Unknown = append(m.Unknown, h)
			}
		case c == ambiguous:
			return nil, fault.New(fault.Invalid, "header.ambiguous", h)
		case m.Cell[c] >= 0:
			return nil, fault.New(fault.Invalid, "header.twice", header[m.Cell[c]], h, o.Columns[c].Title)
		default:
			m.Cell[c] = i
		}
	}
	for c, at := range under {
		if len(at) == 1 && m.Cell[c] < 0 {
			m.Cell[c] = at[0]
			continue
		}
		for _, i := range at { // "Nam / Số dân" and "Nữ / Số dân": not for us to choose
			m.Unknown = append(m.Unknown, header[i])
		}
	}
	for i, at := range m.Cell {
		switch {
		case at >= 0:
		case o.Columns[i].Required && o.Columns[i].UnitFrom == nil:
			m.Needed = append(m.Needed, i)
		default:
			m.Missing = append(m.Missing, i)
		}
	}
	return m, nil
}

// lowest finds the column that the lowest row of a heading of several rows
// names ("Nhân khẩu / Số người"), -1 when there is none.
func lowest(exact, folded map[string]int, heading string) int {
	at := strings.LastIndex(heading, " / ")
	if at < 0 {
		return -1
	}
	last := strings.TrimSpace(heading[at+3:])
	if c, ok := exact[last]; ok {
		return c
	}
	if c, ok := folded[viet.Identifier(last)]; ok {
		return c
	}
	return -1
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

// Complete refuses a file that cannot hold one acceptable row.
func (m *Mapping) Complete(o *contract.Object, header []string) error {
	if len(m.Needed)+len(m.Missing) == len(o.Columns) {
		return fault.New(fault.Invalid, "header.nothing", strings.Join(header, "; "), titles(o))
	}
	if len(m.Needed) > 0 {
		needed := make([]string, len(m.Needed))
		for i, c := range m.Needed {
			needed[i] = o.Columns[c].Title
		}
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
