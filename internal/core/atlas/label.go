package atlas

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// A Label is a name on the picture, in the middle of its place.
type Label struct {
	X, Y  float64  // the middle, in units of the frame
	Lines []string // one or two
	Place Place    // what it names
}

// largest is the polygon of an area that a label belongs on.
func largest(area orb.MultiPolygon) orb.Polygon {
	var best orb.Polygon
	most := -1.0
	for _, p := range area {
		if a := math.Abs(planar.Area(p)); a > most {
			best, most = p, a
		}
	}
	return best
}

// middle finds the point of a polygon that lies farthest from its border, as far
// as a few passes over a grid tell: the centre of a crescent is outside of it.
func middle(p orb.Polygon) (at orb.Point) {
	if len(p) == 0 {
		return orb.Point{}
	}
	room := -1.0
	b := p.Bound()
	at = b.Center()
	const cells = 8
	for range 3 {
		dx, dy := (b.Max[0]-b.Min[0])/cells, (b.Max[1]-b.Min[1])/cells
		for i := range cells {
			for j := range cells {
				c := orb.Point{b.Min[0] + (float64(i)+0.5)*dx, b.Min[1] + (float64(j)+0.5)*dy}
				if !planar.PolygonContains(p, c) {
					continue
				}
				if d := fromBorder(p, c); d > room {
					at, room = c, d
				}
			}
		}
		b = orb.Bound{Min: orb.Point{at[0] - dx, at[1] - dy}, Max: orb.Point{at[0] + dx, at[1] + dy}}
	}
	return at
}

// thinned is a polygon with few points: enough to find its middle.
func thinned(p orb.Polygon) orb.Polygon {
	if len(p) == 0 || len(p[0]) <= 200 {
		return p
	}
	step := len(p[0]) / 150
	var ring orb.Ring
	for i := 0; i < len(p[0]); i += step {
		ring = append(ring, p[0][i])
	}
	return orb.Polygon{append(ring, ring[0])}
}

func fromBorder(p orb.Polygon, c orb.Point) float64 {
	least := math.MaxFloat64
	for _, r := range p {
		for i := 1; i < len(r); i++ {
			least = math.Min(least, planar.DistanceFromSegmentSquared(r[i-1], r[i], c))
		}
	}
	return math.Sqrt(least)
}

// A Place is where a label would like to stand.
type Place struct {
	Name  string
	At    orb.Point // projected
	Area  float64   // of what it names: the larger ones come first
	First bool      // before all others: a sea, an archipelago
	Last  bool      // after all others: what lies around
}

// InOrder is the order in which places get their names: the larger ones first.
func InOrder(places []Place) []Place {
	rank := func(p Place) int {
		switch {
		case p.First:
			return 0
		case p.Last:
			return 2
		}
		return 1
	}
	order := slices.Clone(places)
	slices.SortStableFunc(order, func(a, b Place) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Area, a.Area))
	})
	return order
}

// Labels chooses those names that fit at a size of type, in pixels of the frame,
// without touching each other or what is taken already. Names that do not fit on
// their place are tried a little beside it, in one line and in two.
func (f Frame) Labels(places []Place, size float64, taken []orb.Bound) []Label {
	taken = slices.Clone(taken)
	var out []Label
	for _, p := range InOrder(places) {
		if l, box, ok := f.fit(p, size*Unit, taken); ok {
			taken = append(taken, box)
			out = append(out, l)
		}
	}
	return out
}

// fit finds the first of several places where a name stands free.
func (f Frame) fit(p Place, size float64, taken []orb.Bound) (Label, orb.Bound, bool) {
	x, y := f.At(p.At)
	if x < 0 || y < 0 || x > float64(f.Width) || y > float64(f.Height) {
		return Label{}, orb.Bound{}, false
	}
	ways := brokenIn(p.Name)
	if p.First && TextWidth(p.Name)*size > float64(f.Width)/3 {
		slices.Reverse(ways)
	}
	for _, lines := range ways {
		w, h := 0.0, size*lineHeight*float64(len(lines))
		for _, l := range lines {
			w = math.Max(w, TextWidth(l)*size)
		}
		for _, shift := range beside {
			cx, cy := x+shift[0]*w, y+shift[1]*h
			box := orb.Bound{Min: orb.Point{cx - w/2 - size*0.2, cy - h/2}, Max: orb.Point{cx + w/2 + size*0.2, cy + h/2}}
			if box.Min[0] < 0 || box.Min[1] < 0 || box.Max[0] > float64(f.Width) || box.Max[1] > float64(f.Height) {
				continue
			}
			if !slices.ContainsFunc(taken, box.Intersects) {
				return Label{X: cx, Y: cy, Lines: lines, Place: p}, box, true
			}
		}
	}
	return Label{}, orb.Bound{}, false
}

// beside are places beside the middle, in widths and heights of the name, the
// nearest first. web/src/map.ts has the same.
var beside = [][2]float64{
	{0, 0}, {0, -0.6}, {0, 0.6}, {-0.25, 0}, {0.25, 0}, {-0.25, -0.6}, {0.25, -0.6}, {-0.25, 0.6}, {0.25, 0.6},
	{0, -1}, {0, 1}, {-0.45, 0}, {0.45, 0}, {-0.45, -0.6}, {0.45, -0.6}, {-0.45, 0.6}, {0.45, 0.6}, {-0.3, -1}, {0.3, -1}, {-0.3, 1}, {0.3, 1},
}

const lineHeight = 1.15

// brokenIn are the ways in which a name is written: in one line, then in two of
// about one length.
func brokenIn(name string) [][]string {
	ways := [][]string{{name}}
	words := strings.Fields(name)
	if len(words) < 3 {
		return ways
	}
	best, least := 1, math.MaxFloat64
	for i := 1; i < len(words); i++ {
		d := math.Abs(TextWidth(strings.Join(words[:i], " ")) - TextWidth(strings.Join(words[i:], " ")))
		if d < least {
			best, least = i, d
		}
	}
	return append(ways, []string{strings.Join(words[:best], " "), strings.Join(words[best:], " ")})
}

// TextWidth is about how wide a text is in our type, for a size of 1.
func TextWidth(s string) float64 {
	w := 0.0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == ' ' || r == '.' || r == ',' || r == 'i' || r == 'l' || r == 'ì' || r == 'í' || r == 'ị':
			w += 0.28
		case r == 'm' || r == 'M' || r == 'w' || r == 'W':
			w += 0.9
		case unicode.IsUpper(r):
			w += 0.72
		case unicode.Is(unicode.Mn, r):
		default:
			w += 0.58
		}
	}
	return w
}
