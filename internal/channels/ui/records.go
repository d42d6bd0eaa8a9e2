package ui

import (
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Heading is that of a column.
type Heading struct {
	Title  string
	Number bool
}

// A Cell is a value as a table shows it.
type Cell struct {
	Label, Text string
	Full        string // shown when the cell is too narrow: the code beside its name
	Number      bool
	Missing     string // why there is no value
}

// RecordTable is records as a table shows them: codes by their names, and why a
// value is absent.
func RecordTable(l locale.Lang, view *record.View, names dictionary.Names, list []record.Row) ([]Heading, [][]Cell) {
	obj := view.Object()
	heads := make([]Heading, len(obj.Columns))
	for i := range obj.Columns {
		heads[i] = Heading{obj.Columns[i].Title, IsNumber(&obj.Columns[i])}
	}
	rows := make([][]Cell, len(list))
	for n, r := range list {
		rows[n] = make([]Cell, len(obj.Columns))
		for i := range obj.Columns {
			c := &obj.Columns[i]
			cell := Cell{Label: c.Title, Text: Value(l, c, r.Values[c.Name]), Number: IsNumber(c)}
			cell.Full = cell.Text
			if name := names.Name(c.CodeList, cell.Text); name != "" {
				cell.Text, cell.Full = name, cell.Text+" – "+name
			}
			if why, ok := r.Nil[c.Name]; ok {
				cell.Missing = l.T("page.nil." + why)
				if !view.Clear(i) {
					cell.Missing = l.T("page.veiled")
				}
			}
			rows[n][i] = cell
		}
	}
	return heads, rows
}
