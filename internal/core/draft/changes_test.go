package draft

import (
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// TestChanges_headings: a column that is called otherwise is still found in files by
// the heading of the sample, unless another answers to that.
func TestChanges_headings(t *testing.T) {
	d := &Draft{Objects: []Object{{Name: "phieu", Columns: []Column{
		{Heading: "Đơn vị nộp", Name: "don_vi_nop", Title: "Đơn vị nộp", Type: "text"},
		{Heading: "Ngày nộp", Name: "ngay_nop", Title: "Ngày nộp", Type: "date"},
		{Heading: "Ghi chú", Name: "ghi_chu", Title: "Ghi chú", Type: "text"},
	}}}}
	text := func(s string) *string { return &s }
	out := true
	change := Changes{Objects: []ObjectChange{{Columns: []ColumnChange{
		{At: 0, Title: text("Bên  nộp"), Name: text("ben_nop")}, {At: 1, Title: text("Đơn vị nộp"), Name: text("ngay")}, {At: 2, LeftOut: &out},
	}}}}
	if err := change.Apply(d); err != nil {
		t.Fatal(err)
	}
	c := d.Objects[0].Columns
	if c[0].Title != "Bên nộp" || len(c[0].Aliases) != 0 || !slices.Equal(c[1].Aliases, []string{"Ngày nộp"}) || len(c[2].Aliases) != 0 {
		t.Errorf("%+v", c)
	}
	change = Changes{Objects: []ObjectChange{{Columns: []ColumnChange{{At: 1, Title: text("Ngày")}}}}}
	if err := change.Apply(d); err != nil || !slices.Equal(d.Objects[0].Columns[0].Aliases, []string{"Đơn vị nộp"}) {
		t.Errorf("%+v, %v", d.Objects[0].Columns, err)
	}
	for _, wrong := range []Changes{
		{Objects: []ObjectChange{{At: 1}}}, {Lists: []ListChange{{At: 0, Name: "A"}}}, {Objects: []ObjectChange{{Key: &[]int{3}}}}, {Objects: []ObjectChange{{Key: &[]int{-1}}}},
		{Objects: []ObjectChange{{Columns: []ColumnChange{{At: 3}}}}},
	} {
		if err := wrong.Apply(d); !fault.Is(err, "draft.no-place") {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
