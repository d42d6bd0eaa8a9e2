// Package atlas draws places: boundaries simplified so that neighbours keep one
// border between them, a frame that turns longitude and latitude into a picture,
// places for labels that do not run into each other, and classes of figures.
//
// It draws from the province's own data sets of boundaries and from nothing
// else: no tiles, no glyphs and no other host.
package atlas

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// world is how wide the picture of the whole world is at zoom 0.
const world = 256

// maxLatitude is where the picture of the world ends.
const maxLatitude = 85

// Project puts a longitude and latitude on the picture of the world at zoom 0
// (spherical Mercator, y downwards).
func Project(p orb.Point) orb.Point {
	lat := math.Max(-maxLatitude, math.Min(maxLatitude, p[1])) * math.Pi / 180
	return orb.Point{
		(p[0] + 180) / 360 * world,
		(1 - math.Log(math.Tan(math.Pi/4+lat/2))/math.Pi) / 2 * world,
	}
}

// Unproject is the way back.
func Unproject(p orb.Point) orb.Point {
	return orb.Point{
		p[0]/world*360 - 180,
		math.Atan(math.Sinh(math.Pi*(1-2*p[1]/world))) * 180 / math.Pi,
	}
}

// A Shape is one unit with its boundary, projected.
type Shape struct {
	Code, Name string
	Key        string // of its record
	Within     string // code of the unit it is part of, "" when nobody says
	Area       orb.MultiPolygon

	// Heart is where its name belongs, in the middle of its largest part; Main is
	// how large that part is.
	Heart orb.Point
	Main  float64
}

// Hearted finds where the name of a shape belongs.
func (s Shape) Hearted() Shape {
	part := largest(s.Area)
	s.Heart, s.Main = middle(thinned(part)), math.Abs(planar.Area(part))
	return s
}

// Degrees is the boundary in longitudes and latitudes, to the nearest metre or
// so.
func (s Shape) Degrees() orb.MultiPolygon {
	area := s.Area.Clone()
	for _, p := range area {
		for _, r := range p {
			for i := range r {
				at := Unproject(r[i])
				r[i] = orb.Point{math.Round(at[0]*1e5) / 1e5, math.Round(at[1]*1e5) / 1e5}
			}
		}
	}
	return area
}

// projected projects a boundary; what is no area is nil.
func projected(g orb.Geometry) orb.MultiPolygon {
	var all orb.MultiPolygon
	add := func(p orb.Polygon) {
		var rings orb.Polygon
		for _, r := range p {
			if len(r) < 4 {
				continue
			}
			ring := make(orb.Ring, len(r))
			for i, at := range r {
				ring[i] = Project(at)
			}
			rings = append(rings, ring)
		}
		if len(rings) > 0 {
			all = append(all, rings)
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		add(g)
	case orb.MultiPolygon:
		for _, p := range g {
			add(p)
		}
	case orb.Collection:
		for _, one := range g {
			all = append(all, projected(one)...)
		}
	}
	return all
}
