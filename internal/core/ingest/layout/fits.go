package layout

import (
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// shiftRows is how far a heading may have moved in the next file: a title has
// got a line more, or two less.
const shiftRows = 20

// Fits tells whether a layout that was kept still fits a file: the same
// headings stand at the same place.
func Fits(l Layout, t ingest.Table, s Sample) bool {
	if l.Own != (t.Header != nil) {
		return false
	}
	if l.Own {
		return sameHeader(l, t.Header)
	}
	if l.HeaderFrom == 0 {
		return fitsHeadless(l, t, s)
	}
	if !l.fitsAt(s, 0) || !l.covers(s) {
		return false
	}
	if l.Last == 0 && l.First == 0 {
		return true
	}
	// The table shares its sheet: its first and last rows must be where they
	// were.
	for _, found := range all(Recognise(t, s, nil)) {
		if found.HeaderFrom == l.HeaderFrom {
			return found.Last == l.Last
		}
	}
	return false
}

func sameHeader(l Layout, header []string) bool {
	if len(header) != len(l.Columns) {
		return false
	}
	for i, h := range header {
		if !sameText(h, l.Columns[i].Heading) {
			return false
		}
	}
	return true
}

// fitsHeadless: there is no heading now either, and not more columns.
func fitsHeadless(l Layout, t ingest.Table, s Sample) bool {
	if len(s.Rows) == 0 {
		return false
	}
	p := Recognise(t, s, nil)
	return p.Layout.HeaderFrom == 0 && p.Layout.HeaderTo == l.HeaderTo && len(p.Layout.Columns) == len(l.Columns)
}

// Shifted moves a kept layout to where its headings stand in this file; false
// when they are not to be found near their place, or at more than one.
func Shifted(l Layout, t ingest.Table, s Sample) (Layout, bool) {
	if Fits(l, t, s) {
		return l, true
	}
	if l.Own || l.HeaderFrom == 0 {
		return Layout{}, false
	}
	by, found := int64(0), false
	for n := int64(0); n <= shiftRows && !found; n++ {
		down := l.HeaderTo+n <= headerWithin && l.fitsAt(s, n)
		up := n > 0 && l.HeaderFrom-n >= 1 && l.fitsAt(s, -n)
		switch {
		case up && down:
			return Layout{}, false
		case up:
			by, found = -n, true
		case down:
			by, found = n, true
		}
	}
	if !found {
		return Layout{}, false
	}
	l.HeaderFrom += by
	l.HeaderTo += by
	l.Said = nil
	if l.Last > 0 || l.First > 0 {
		for _, x := range all(Recognise(t, s, nil)) {
			if x.HeaderFrom == l.HeaderFrom {
				l.First, l.Last = x.First, x.Last
				return l, l.covers(s)
			}
		}
		return Layout{}, false
	}
	return l, l.covers(s)
}

func all(p Proposal) []Layout { return append([]Layout{p.Layout}, p.Others...) }

// covers tells whether no row of the sample has more columns than the layout
// knows.
func (l Layout) covers(s Sample) bool {
	for _, r := range s.Rows {
		if r.Line <= l.HeaderTo || l.Last > 0 && r.Line > l.Last {
			continue
		}
		for c := len(l.Columns); c < len(r.Cells); c++ {
			if r.at(c) != "" {
				return false
			}
		}
	}
	return true
}

// fitsAt tells whether the headings stand in the sample, moved by so many rows:
// what stands in the column itself must be the end of its heading (above it may
// be the text of a merged cell), and columns must have headings where they had.
func (l Layout) fitsAt(s Sample, by int64) bool {
	var rows []Row
	for _, r := range s.Rows {
		if r.Line >= l.HeaderFrom+by && r.Line <= l.HeaderTo+by {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return false
	}
	width := len(l.Columns)
	for _, r := range rows {
		width = max(width, len(r.Cells))
	}
	seen := 0
	for c := range width {
		own := ownHeading(rows, c)
		if own == "" {
			continue
		}
		if c >= len(l.Columns) {
			return false
		}
		have := viet.Fold(l.Columns[c].Heading)
		if !strings.HasSuffix(have, own) || len(have) > len(own) && len(rows) == 1 {
			return false
		}
		seen++
	}
	headed := 0
	for c, col := range l.Columns {
		if col.Heading != "" && col.Heading != Letters(c) && !strings.Contains(col.Heading, " / ") {
			headed++
		}
	}
	return seen > 0 && seen >= headed
}

// ownHeading is what stands in a column of the heading, folded, the rows joined.
func ownHeading(rows []Row, c int) string {
	var parts []string
	for _, r := range rows {
		if t := r.at(c); t != "" && (len(parts) == 0 || parts[len(parts)-1] != t) {
			parts = append(parts, t)
		}
	}
	return viet.Fold(joined(parts))
}
