package layout_test

import (
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/layout"
)

// TestHeaded moves the heading to where a person says it stands.
func TestHeaded(t *testing.T) {
	s := layout.Sample{Rows: []layout.Row{
		{Line: 1, Cells: []string{"DANH SÁCH"}},
		{Line: 2, Cells: []string{"STT", "Họ và tên", "Số hộ", ""}},
		{Line: 3, Cells: []string{"", "", "Nghèo", "Cận nghèo"}},
		{Line: 4, Cells: []string{"1", "An", "3", "4"}},
	}}
	table := ingest.Table{Merged: []ingest.Range{
		{FirstRow: 2, LastRow: 2, FirstColumn: 2, LastColumn: 3},
		{FirstRow: 2, LastRow: 3, FirstColumn: 0, LastColumn: 0},
		{FirstRow: 2, LastRow: 3, FirstColumn: 1, LastColumn: 1},
	}}
	headings := func(l layout.Layout) (all []string) {
		for _, c := range l.Columns {
			all = append(all, c.Heading)
		}
		return all
	}
	one := layout.Layout{HeaderFrom: 2, HeaderTo: 2, Columns: []layout.Column{
		{Heading: "STT", Role: layout.Number}, {Heading: "Họ và tên", Role: layout.Data}, {Heading: "Số hộ", Role: layout.Data},
	}}
	two := one
	two.HeaderTo = 3
	got := layout.Headed(two, table, s)
	if want := []string{"STT", "Họ và tên", "Số hộ / Nghèo", "Số hộ / Cận nghèo"}; !slices.Equal(headings(got), want) {
		t.Errorf("two rows: %q, want %q", headings(got), want)
	}
	if got.Columns[0].Role != layout.Number || got.Columns[3].Role != layout.Data {
		t.Errorf("roles %+v", got.Columns)
	}
	if len(one.Columns) != 3 || one.Columns[2].Heading != "Số hộ" {
		t.Error("the layout that was given has changed")
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	none := got
	none.HeaderFrom, none.HeaderTo = 0, 3
	if got := headings(layout.Headed(none, table, s)); !slices.Equal(got, []string{"A", "B", "C", "D"}) {
		t.Errorf("without a heading: %q", got)
	}
	beyond := got
	beyond.HeaderFrom, beyond.HeaderTo = 90, 91
	if got := layout.Headed(beyond, table, s); len(got.Columns) != 4 || got.Columns[1].Heading != "" {
		t.Errorf("below the sample: %+v", got.Columns)
	}
}
