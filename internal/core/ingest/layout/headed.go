package layout

import "github.com/phohien/phohien/internal/core/ingest"

// Headed gives a layout the headings that stand in its heading rows: for a
// person who has said which rows those are. Columns keep their roles; those
// that had no heading and were not read become data once they have one.
func Headed(l Layout, t ingest.Table, s Sample) Layout {
	if l.Own {
		return l
	}
	sh := newSheet(t, s, nil)
	var paths []string
	if l.HeaderFrom > 0 {
		if u, b := sh.place(l.HeaderFrom), sh.place(l.HeaderTo+1)-1; u <= b {
			paths = sh.paths(u, b)
		}
	}
	columns := make([]Column, min(max(len(l.Columns), len(paths), sh.width()), maxColumns))
	for i := range columns {
		old := Column{Role: Ignore}
		if i < len(l.Columns) {
			old = l.Columns[i]
		}
		columns[i] = old
		switch {
		case l.HeaderFrom == 0:
			columns[i].Heading = Letters(i)
		case i < len(paths):
			columns[i].Heading = paths[i]
		default:
			columns[i].Heading = ""
		}
		if old.Role == Ignore && old.Heading == "" && columns[i].Heading != "" {
			columns[i].Role = Data
		}
	}
	l.Columns = columns
	return l
}
