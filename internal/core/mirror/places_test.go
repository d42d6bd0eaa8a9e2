package mirror_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// stations are rows whose place two columns say.
func stations() *contract.Contract {
	o := &contract.Object{
		Contract: "tram", Name: "tram", Title: "Trạm", Dataset: "tram", Table: "tram", Key: []int{0}, Mode: contract.Merge,
		OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: 1, ScopeAgency: -1,
		Columns: []contract.Column{
			{Name: "ma", Title: "Mã", Store: "ma", Type: contract.Text},
			{Name: "xa", Title: "Xã", Store: "xa", Type: contract.Text},
			{Name: "kinh_do", Title: "Kinh độ", Store: "kinh_do", Type: contract.Float},
			{Name: "vi_do", Title: "Vĩ độ", Store: "vi_do", Type: contract.Decimal, Precision: 9, Scale: 5},
		},
	}
	return &contract.Contract{ID: "tram", Version: "1.0.0", Digest: "d", Objects: []*contract.Object{o}}
}

// TestPlaces counts by where rows are, as far as the view goes.
func TestPlaces(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	c := stations()
	obj := c.Objects[0]
	var all []row
	for i := range 1000 {
		r := row{"ma": fmt.Sprintf("T%04d", i), "xa": []string{"11953", "12004"}[i%2], "_hash": fmt.Appendf(nil, "%016d", i)}
		if i%10 > 0 {
			r["kinh_do"], r["vi_do"] = 105+float64(i%100)/100, fmt.Sprintf("%.5f", 20+float64(i/100)/10)
		}
		all = append(all, r)
	}
	w.both(c, change{insert: all})
	where := contract.Place{Shape: -1, Lon: 2, Lat: 3}
	through := func(d policy.Decision) *mirror.Reader {
		d.Allowed = true
		v, err := record.NewView(obj, d, secrets{})
		if err != nil {
			t.Fatal(err)
		}
		return w.mirror.Through(v)
	}
	whole := through(policy.Everything)
	got, err := whole.Places(t.Context(), mirror.PlaceQuery{Place: where, Across: 10, Down: 10})
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, cell := range got.Cells {
		sum += cell.Count
		if cell.Lon < 105 || cell.Lon > 106 || cell.Lat < 20 || cell.Lat > 21 {
			t.Errorf("a cell outside: %+v", cell)
		}
	}
	if got.Rows != 1000 || got.Placed != 900 || got.Missing != 100 || sum != 900 || len(got.Cells) != 100 || math.Abs(got.Box.East-105.99) > 1e-9 || got.Box.North != 20.9 {
		t.Errorf("%+v of %d cells with %d rows", got, len(got.Cells), sum)
	}
	half := through(policy.Decision{Rows: policy.Rows{Units: []string{"11953"}}})
	if got, err := half.Places(t.Context(), mirror.PlaceQuery{Place: where}); err != nil || got.Rows != 500 || got.Placed != 400 || got.Cells != nil {
		t.Errorf("one commune: %+v, %v", got, err)
	}
	few, err := whole.Places(t.Context(), mirror.PlaceQuery{Place: where, Across: 30, Down: 30, Smallest: 5})
	if err != nil || len(few.Cells) != 0 || few.LeftOut != 900 {
		t.Errorf("cells of fewer than five: %d, %d left out, %v", len(few.Cells), few.LeftOut, err)
	}

	box := mirror.Box{West: 105.095, South: 20.05, East: 105.135, North: 20.25}
	pins, err := half.Pins(t.Context(), where, box, 100)
	if err != nil || len(pins) != 2 { // 112 and 212; 110 and 210 have no place, odd ones are another's
		t.Errorf("%d pins, %v", len(pins), err)
	}
	for _, p := range pins {
		if p.Lon < box.West || p.Lon > box.East || p.Lat < box.South || p.Lat > box.North || p.Row.Values["xa"] != "11953" {
			t.Errorf("%+v", p)
		}
	}

	// A column that is not in clear tells nothing of where rows are.
	masked := through(policy.Decision{Rows: policy.Rows{All: true}, Columns: map[string]policy.Sight{"vi_do": {Mask: policy.Hidden}}})
	if _, err := masked.Places(t.Context(), mirror.PlaceQuery{Place: where}); !fault.Is(err, "view.column") {
		t.Errorf("places: %v", err)
	}
	if _, err := masked.Pins(t.Context(), where, box, 10); !fault.Is(err, "view.column") {
		t.Errorf("pins: %v", err)
	}
	if _, err := masked.Scan(t.Context(), mirror.ScanOptions{Within: &mirror.Within{Place: where, Box: box}}); !fault.Is(err, "view.column") {
		t.Errorf("scan: %v", err)
	}
	if _, err := whole.Places(t.Context(), mirror.PlaceQuery{Place: where, Across: 1000, Down: 1000}); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("a million cells: %v", err)
	}
}

// TestPlaces_geometry: a geometry counts where the middle of its bounds is.
func TestPlaces_geometry(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	c := hospitals("benh-vien")
	w.both(c, change{insert: []row{hospital(1, 1), hospital(2, 2), hospital(3, 7)}})
	v, err := record.NewView(c.Objects[0], policy.Everything, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.mirror.Through(v).Places(t.Context(), mirror.PlaceQuery{Place: contract.Place{Shape: 9, Lon: -1, Lat: -1}, Across: 4, Down: 4})
	if err != nil || got.Placed != 2 || got.Missing != 1 || len(got.Cells) != 1 || math.Abs(got.Cells[0].Lon-106.05) > 1e-9 || got.Cells[0].Count != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}
