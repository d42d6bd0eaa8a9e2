package atlas_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
)

// quilt is a country of n × n units with crooked borders, which some of them
// know better than their neighbours: every fifth point is missing on one side.
func quilt(r *rand.Rand, n, points int, lacking bool) []atlas.Shape {
	corner := func(i, j int) orb.Point { return orb.Point{100 + float64(i), 50 + float64(j)} }
	lines := map[string][]orb.Point{}
	border := func(a, b orb.Point) []orb.Point {
		key := fmt.Sprint(a, b)
		if lines[key] == nil {
			l := []orb.Point{a}
			for k := 1; k < points; k++ {
				f := float64(k) / float64(points)
				l = append(l, orb.Point{a[0] + (b[0]-a[0])*f + r.Float64()*0.05, a[1] + (b[1]-a[1])*f + r.Float64()*0.05})
			}
			lines[key] = append(l, b)
		}
		return lines[key]
	}
	along := func(ring orb.Ring, a, b orb.Point, less bool) orb.Ring {
		turned := a[0] > b[0] || a[1] > b[1]
		var l []orb.Point
		if turned {
			l = slices.Clone(border(b, a))
			slices.Reverse(l)
		} else {
			l = border(a, b)
		}
		for k, p := range l[:len(l)-1] {
			if !less || k%5 != 3 || k == 0 {
				ring = append(ring, p)
			}
		}
		return ring
	}
	var all []atlas.Shape
	for i := range n {
		for j := range n {
			a, b, c, d := corner(i, j), corner(i+1, j), corner(i+1, j+1), corner(i, j+1)
			less := lacking && (i+j)%7 == 0
			var ring orb.Ring
			for _, side := range [][2]orb.Point{{a, b}, {b, c}, {c, d}, {d, a}} {
				ring = along(ring, side[0], side[1], less)
			}
			all = append(all, atlas.Shape{Code: fmt.Sprint(i, j), Area: orb.MultiPolygon{{append(ring, ring[0])}}})
		}
	}
	return all
}

// TestSimplify_neighboursShareBorders: where borders were the same, simplified
// units leave no gap and do not lie over each other; where one side lacked points
// what is between them is less than a pixel wide.
func TestSimplify_neighboursShareBorders(t *testing.T) {
	for name, less := range map[string]bool{"the same": false, "some points are missing": true} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			all := quilt(r, 6, 40, less)
			points := count(all)
			for zoom := 2; zoom <= 8; zoom++ {
				simple := atlas.Simplify(all, zoom)
				if kept := count(simple); kept > points || zoom <= 3 && kept > points/3 {
					t.Errorf("zoom %d: %d points of %d are kept", zoom, kept, points)
				}
				wrong := 0
				const tries = 800
				for range tries {
					if n := covers(simple, orb.Point{100.2 + r.Float64()*5.6, 50.2 + r.Float64()*5.6}); n != 1 {
						wrong++
					}
				}
				if !less && wrong > 0 || wrong > tries/20 {
					t.Errorf("zoom %d: %d of %d places are in no unit or in two", zoom, wrong, tries)
				}
			}
		})
	}
}

func count(all []atlas.Shape) (n int) {
	for _, s := range all {
		n += len(s.Area[0][0])
	}
	return n
}

func covers(all []atlas.Shape, p orb.Point) (n int) {
	for _, s := range all {
		if s.Area.Bound().Contains(p) && planar.MultiPolygonContains(s.Area, p) {
			n++
		}
	}
	return n
}

// TestSimplify_keepsWhatIsFarOut: a reef of less than a pixel stays on the map,
// one that lies in a coast does not have to.
func TestSimplify_keepsWhatIsFarOut(t *testing.T) {
	square := func(x, y, d float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + d, y}, {x + d, y + d}, {x, y + d}, {x, y}}}
	}
	one := atlas.Shape{Code: "56", Area: orb.MultiPolygon{square(100, 100, 1), square(110, 120, 0.02)}}
	got := atlas.Simplify([]atlas.Shape{one}, 5)[0]
	if len(got.Area) != 2 {
		t.Fatalf("%d parts", len(got.Area))
	}
	if c := got.Area[1].Bound().Center(); math.Abs(c[0]-110.01) > 0.02 || math.Abs(c[1]-120.01) > 0.02 {
		t.Errorf("it moved to %v", c)
	}
}

func TestProject(t *testing.T) {
	for _, p := range []orb.Point{{105.8, 21}, {-180, -60}, {114.2, 8.6}, {0, 0}} {
		back := atlas.Unproject(atlas.Project(p))
		if math.Abs(back[0]-p[0]) > 1e-9 || math.Abs(back[1]-p[1]) > 1e-9 {
			t.Errorf("%v came back as %v", p, back)
		}
	}
	if a := atlas.Project(orb.Point{0, 21}); a[0] != 128 || a[1] >= 128 {
		t.Errorf("north is not above: %v", a)
	}
}

// TestFrame: what is drawn lies within the picture, in whole numbers.
func TestFrame(t *testing.T) {
	f := atlas.Fit(orb.Bound{Min: orb.Point{200, 110}, Max: orb.Point{210, 118}}, 760, 780, 10)
	if f.Width > 7600 || f.Height > 7800 || f.Width < 7500 {
		t.Errorf("%+v", f)
	}
	path := f.Path(orb.MultiPolygon{{{{200, 110}, {210, 110}, {210, 118}, {200, 110}}}})
	if path != "M100 100l7400 0 0 5920z" {
		t.Errorf("%q", path)
	}
}

// TestLabels: no label touches another, and the larger of two that meet stays.
func TestLabels(t *testing.T) {
	f := atlas.Fit(orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{100, 100}}, 700, 700, 0)
	r := rand.New(rand.NewPCG(3, 4))
	var places []atlas.Place
	for i := range 200 {
		places = append(places, atlas.Place{Name: fmt.Sprintf("Xã Đông Thái %d", i), At: orb.Point{r.Float64() * 100, r.Float64() * 100}, Area: float64(i)})
	}
	got := f.Labels(places, 11, nil)
	if len(got) < 40 || got[0].Place.Area != 199 {
		t.Fatalf("%d labels, first of %v", len(got), got[0].Place)
	}
	box := func(l atlas.Label) orb.Bound {
		w := 0.0
		for _, line := range l.Lines {
			w = math.Max(w, atlas.TextWidth(line)*110)
		}
		h := 110 * 1.15 * float64(len(l.Lines))
		return orb.Bound{Min: orb.Point{l.X - w/2, l.Y - h/2}, Max: orb.Point{l.X + w/2, l.Y + h/2}}
	}
	for i, a := range got {
		for _, b := range got[:i] {
			if box(a).Intersects(box(b)) {
				t.Errorf("%v lies over %v", a, b)
			}
		}
	}
	if len(f.Labels(places, 11, []orb.Bound{f.Bound().Pad(1e9)})) != 0 {
		t.Error("labels stand where everything is taken")
	}
}

// TestHearted: the name of a crescent stands on it.
func TestHearted(t *testing.T) {
	crescent := orb.Polygon{{{0, 0}, {10, 0}, {10, 2}, {2, 2}, {2, 8}, {10, 8}, {10, 10}, {0, 10}, {0, 0}}}
	s := atlas.Shape{Area: orb.MultiPolygon{{{{20, 20}, {21, 20}, {21, 21}, {20, 20}}}, crescent}}.Hearted()
	if room := planar.DistanceFrom(orb.LineString(crescent[0]), s.Heart); !planar.PolygonContains(crescent, s.Heart) || room < 0.8 || s.Main != 52 {
		t.Errorf("%v, %v from the border, %v", s.Heart, room, s.Main)
	}
}

func TestQuantiles(t *testing.T) {
	for _, c := range []struct {
		figures []float64
		want    string
	}{
		{nil, "[]"},
		{[]float64{7}, "[{7 7 1}]"},
		{[]float64{1, 1, 1, 1, 1, 1, 9}, "[{1 1 6} {9 9 1}]"},
		{[]float64{5, 3, 1, 4, 2, 10, 8, 6, 9, 7}, "[{1 2 2} {3 4 2} {5 6 2} {7 8 2} {9 10 2}]"},
	} {
		if got := fmt.Sprint(atlas.Quantiles(c.figures)); got != c.want {
			t.Errorf("%v: %s, want %s", c.figures, got, c.want)
		}
	}
	classes := atlas.Quantiles([]float64{5, 3, 1, 4, 2, 10, 8, 6, 9, 7})
	for figure, want := range map[float64]int{1: 0, 2: 0, 3: 1, 10: 4} {
		if got := atlas.ClassOf(classes, figure); got != want {
			t.Errorf("%v is in class %d, want %d", figure, got, want)
		}
	}
}

// TestPlaceOf finds coordinates by their names, also where they are shortened.
func TestPlaceOf(t *testing.T) {
	obj := &contract.Object{ScopeUnit: -1, Columns: []contract.Column{
		{Name: "ma", Type: contract.Text}, {Name: "vi_do", Type: contract.Float}, {Name: "x", Title: "Kinh độ", Type: contract.Decimal},
	}}
	if w, ok := obj.Place(); !ok || w.Lon != 2 || w.Lat != 1 || w.Shape != -1 {
		t.Errorf("%+v, %t", w, ok)
	}
	obj.Columns[2].Title = "Kinh phí"
	if w, ok := obj.Place(); ok || atlas.Fits(obj) {
		t.Errorf("money is taken for a longitude: %+v", w)
	}
	obj.Columns[0].Unit = "commune"
	if got := atlas.UnitColumns(obj); len(got) != 1 || got[0].Level != "commune" || !atlas.Fits(obj) {
		t.Errorf("%+v", got)
	}
	if strings.Contains(fmt.Sprint(atlas.UnitColumns(obj)), "true") {
		t.Error("a code is taken for a uid")
	}
}
