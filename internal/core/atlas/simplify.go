package atlas

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"
)

const (
	// finest is how many steps of a coordinate a pixel has: points that fall
	// together are one.
	finest = 8
	// smallest is the area, in square pixels, of a corner that is not worth
	// keeping.
	smallest = 1.2
	// speck is the area below which an island is left out, unless it is all that
	// a unit has or lies alone: a reef far out is on every map.
	speck = 0.5
)

// Simplify keeps of boundaries what is seen at a zoom (the world is 256·2^zoom
// pixels wide). Borders are cut where more than two units meet, or where one of
// them has a point that the other lacks; each piece between two cuts is
// simplified once, whichever side it is read from, so that neighbours go on
// sharing it.
func Simplify(shapes []Shape, zoom int) []Shape {
	t := &topology{scale: math.Exp2(float64(zoom)) * finest, around: map[grid]neighbours{}, cut: map[grid]bool{}}
	drawn := make([][]drawnPolygon, len(shapes))
	for i, s := range shapes {
		for _, p := range s.Area {
			var rings drawnPolygon
			for _, r := range p {
				if ring := t.snap(r); ring != nil {
					t.visit(ring)
					rings = append(rings, ring)
				} else if len(rings) == 0 {
					break // an island without a coast has no lakes
				}
			}
			if len(rings) > 0 {
				drawn[i] = append(drawn[i], rings)
			}
		}
	}
	out := make([]Shape, len(shapes))
	for i, s := range shapes {
		out[i] = s
		out[i].Area = t.area(drawn[i])
		if len(out[i].Area) == 0 {
			out[i].Area = s.Area // so small that it is all detail
		}
	}
	return out
}

// A grid is a point of the picture in whole steps.
type grid struct{ x, y int32 }

// neighbours are the points before and after one on a border, the lesser first.
type neighbours struct{ a, b grid }

type drawnPolygon [][]grid

type topology struct {
	scale  float64
	around map[grid]neighbours
	cut    map[grid]bool
}

// snap puts a ring on the grid, closed by its first point again; nil when
// nothing of it is left.
func (t *topology) snap(r orb.Ring) []grid {
	ring := make([]grid, 0, len(r))
	for _, p := range r {
		g := grid{int32(math.Round(p[0] * t.scale)), int32(math.Round(p[1] * t.scale))}
		if n := len(ring); n == 0 || ring[n-1] != g {
			ring = append(ring, g)
		}
	}
	if len(ring) > 1 && ring[0] != ring[len(ring)-1] {
		ring = append(ring, ring[0])
	}
	if len(ring) < 4 {
		return nil
	}
	return ring
}

// visit notes where borders have to be cut.
func (t *topology) visit(ring []grid) {
	n := len(ring) - 1
	for i := range n {
		p := neighbours{ring[(i+n-1)%n], ring[i+1]}
		if less(p.b, p.a) {
			p.a, p.b = p.b, p.a
		}
		if have, seen := t.around[ring[i]]; !seen {
			t.around[ring[i]] = p
		} else if have != p {
			t.cut[ring[i]] = true
		}
	}
}

func less(a, b grid) bool { return a.x < b.x || a.x == b.x && a.y < b.y }

// area simplifies what a unit is made of.
func (t *topology) area(polygons []drawnPolygon) orb.MultiPolygon {
	var all orb.MultiPolygon
	for _, p := range polygons {
		var rings orb.Polygon
		for i, ring := range p {
			r := t.ring(ring)
			small := len(r) < 4 || math.Abs(planar.Area(r))*t.pixel() < speck
			switch {
			case i == 0 && len(r) < 4:
			case small && (i > 0 || len(polygons) > 1 && !t.alone(r)):
			default:
				rings = append(rings, r)
				continue
			}
			if i == 0 {
				break
			}
		}
		if len(rings) > 0 {
			all = append(all, rings)
		}
	}
	return all
}

// pixel is how many square pixels an area of 1 of the world at zoom 0 takes.
func (t *topology) pixel() float64 { return t.scale * t.scale / finest / finest }

// alone reports whether an island shares no border with anything: none of its
// points is a cut.
func (t *topology) alone(r orb.Ring) bool {
	for _, p := range r {
		if t.cut[grid{int32(math.Round(p[0] * t.scale)), int32(math.Round(p[1] * t.scale))}] {
			return false
		}
	}
	return true
}

// ring simplifies a ring piece by piece.
func (t *topology) ring(ring []grid) orb.Ring {
	n := len(ring) - 1
	start := -1
	for i := range n {
		if t.cut[ring[i]] {
			start = i
			break
		}
	}
	if start < 0 {
		return t.island(ring[:n])
	}
	var out orb.Ring
	piece := []grid{ring[start]}
	for k := 1; k <= n; k++ {
		g := ring[(start+k)%n]
		piece = append(piece, g)
		if t.cut[g] {
			line := t.piece(piece)
			out = append(out, line[:len(line)-1]...)
			piece = []grid{g}
		}
	}
	if len(out) < 3 {
		return nil
	}
	return append(out, out[0])
}

// piece simplifies a border between two cuts, from the lesser end to the other
// so that both sides get the same.
func (t *topology) piece(points []grid) orb.LineString {
	first, last := points[0], points[len(points)-1]
	turned := less(last, first) || first == last && less(points[len(points)-2], points[1])
	line := make(orb.LineString, len(points))
	for i, g := range points {
		if turned {
			i = len(points) - 1 - i
		}
		line[i] = t.point(g)
	}
	keep := 2
	if first == last {
		keep = 4
	}
	line = simplify.Visvalingam(smallest/t.pixel(), keep).LineString(line)
	if turned {
		line.Reverse()
	}
	return line
}

// island simplifies a ring that nothing cuts, from its least point on: a lake
// and the island in it get the same.
func (t *topology) island(points []grid) orb.Ring {
	least := 0
	for i, g := range points {
		if less(g, points[least]) {
			least = i
		}
	}
	turned := append(append(append([]grid{}, points[least:]...), points[:least]...), points[least])
	return orb.Ring(t.piece(turned))
}

func (t *topology) point(g grid) orb.Point {
	return orb.Point{float64(g.x) / t.scale, float64(g.y) / t.scale}
}
