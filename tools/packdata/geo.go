package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

// A shape is the territory of one unit: polygons, of rings, of points.
type shape [][][][2]float64

// readShapes reads the multipolygons of a GeoJSON file by code.
func readShapes(path string) (map[string]shape, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Features []struct {
			ID       string
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	shapes := map[string]shape{}
	for _, f := range file.Features {
		var s shape
		switch f.Geometry.Type {
		case "MultiPolygon":
			err = json.Unmarshal(f.Geometry.Coordinates, &s)
		case "Polygon":
			s = make(shape, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &s[0])
		default:
			err = fmt.Errorf("geometry %q", f.Geometry.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", path, f.ID, err)
		}
		shapes[f.ID] = s
	}
	return shapes, nil
}

// WGS 84.
const (
	axis = 6378137.0
	flat = 1 / 298.257223563
)

// height is the ordinate of the cylindrical equal-area map of the ellipsoid,
// in units of the axis: areas on that map are areas on the ground.
func height(lat float64) float64 {
	e2 := flat * (2 - flat)
	e, sin := math.Sqrt(e2), math.Sin(lat*math.Pi/180)
	return (1 - e2) / 2 * (sin/(1-e2*sin*sin) + math.Atanh(e*sin)/e)
}

// areaAndCentre returns the area in km² and the centre of gravity. Holes
// count against, since their rings run the other way round.
func (s shape) areaAndCentre() (km2, lon, lat float64) {
	var twice, x, y, ground float64
	for _, polygon := range s {
		for i, ring := range polygon {
			a, cx, cy, g := moments(ring)
			if (a > 0) != (i == 0) { // the first ring is the shell, the others are holes
				a, cx, cy, g = -a, -cx, -cy, -g
			}
			twice, x, y, ground = twice+a, x+cx, y+cy, ground+g
		}
	}
	return math.Abs(ground) / 2 / 1e6, x / (3 * twice), y / (3 * twice)
}

// moments are twice the area and six times the first moments of a ring in
// degrees, and twice its area on the ground in m².
func moments(ring [][2]float64) (area, x, y, ground float64) {
	for i := 1; i < len(ring); i++ {
		p, q := ring[i-1], ring[i]
		c := p[0]*q[1] - q[0]*p[1]
		area, x, y = area+c, x+(p[0]+q[0])*c, y+(p[1]+q[1])*c
		ground += (p[0]*height(q[1]) - q[0]*height(p[1])) * math.Pi / 180 * axis * axis
	}
	return area, x, y, ground
}
