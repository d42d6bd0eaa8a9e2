package quality

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
)

// parseGeometry reads GeoJSON or WKT. Both are read strictly: a corner without
// latitude, a third coordinate, a null or another reference system must not
// become a place that nobody sent.
func parseGeometry(cell []byte) (g orb.Geometry, std bool, err error) {
	if cell[0] == '{' {
		g, err = parseGeoJSON(cell, true)
		return g, false, err
	}
	// A collection in a collection costs time by the square of its depth.
	if strings.Count(strings.ToUpper(string(cell)), "COLLECTION") > 1 {
		return nil, false, errShape
	}
	g, err = wkt.Unmarshal(string(cell))
	return g, true, err
}

// A position is a longitude and a latitude, no more and no less.
type position orb.Point

// UnmarshalJSON reads [x,y]; b is valid JSON.
func (p *position) UnmarshalJSON(b []byte) error {
	b, ok := bytes.CutPrefix(bytes.TrimSpace(b), []byte("["))
	b, ok2 := bytes.CutSuffix(b, []byte("]"))
	x, y, ok3 := bytes.Cut(b, []byte(","))
	if !ok || !ok2 || !ok3 {
		return errShape
	}
	for i, n := range [][]byte{x, y} {
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(n)), 64)
		if err != nil {
			return errShape
		}
		p[i] = f
	}
	return nil
}

// parseGeoJSON reads a geometry object of RFC 7946. Other members than its own
// are refused: PostGIS writes "crs" there for what is not WGS 84.
func parseGeoJSON(text []byte, collection bool) (orb.Geometry, error) {
	var in struct {
		Type        string            `json:"type"`
		Coordinates json.RawMessage   `json:"coordinates"`
		Geometries  []json.RawMessage `json:"geometries"`
		Box         json.RawMessage   `json:"bbox"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errShape
	}
	if in.Type == "GeometryCollection" {
		if !collection || in.Coordinates != nil {
			return nil, errShape
		}
		var all orb.Collection
		for _, m := range in.Geometries {
			g, err := parseGeoJSON(m, false)
			if err != nil {
				return nil, err
			}
			all = append(all, g)
		}
		return all, nil
	}
	if in.Coordinates == nil || in.Geometries != nil {
		return nil, errShape
	}
	return coordinates(in.Type, in.Coordinates)
}

func coordinates(kind string, text []byte) (orb.Geometry, error) {
	switch kind {
	case "Point":
		var p position
		err := json.Unmarshal(text, &p)
		return orb.Point(p), err
	case "MultiPoint", "LineString":
		var in []position
		err := json.Unmarshal(text, &in)
		if kind == "MultiPoint" {
			return orb.MultiPoint(points(in)), err
		}
		return orb.LineString(points(in)), err
	case "MultiLineString", "Polygon":
		var in [][]position
		err := json.Unmarshal(text, &in)
		if kind == "Polygon" {
			return rings(in), err
		}
		var out orb.MultiLineString
		for _, l := range in {
			out = append(out, orb.LineString(points(l)))
		}
		return out, err
	case "MultiPolygon":
		var in [][][]position
		err := json.Unmarshal(text, &in)
		var out orb.MultiPolygon
		for _, p := range in {
			out = append(out, rings(p))
		}
		return out, err
	}
	return nil, errShape
}

func points(in []position) []orb.Point {
	out := make([]orb.Point, len(in))
	for i, p := range in {
		out[i] = orb.Point(p)
	}
	return out
}

func rings(in [][]position) orb.Polygon {
	var out orb.Polygon
	for _, r := range in {
		out = append(out, orb.Ring(points(r)))
	}
	return out
}

// wellFormed reports whether a geometry has what its kind needs: every corner a
// longitude and a latitude on Earth, lines of two corners, rings of four that
// end where they begin, at least one part.
func wellFormed(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Point:
		return onEarth(g)
	case orb.MultiPoint:
		return all(g, onEarth)
	case orb.LineString:
		return len(g) >= 2 && all(g, onEarth)
	case orb.MultiLineString:
		return all(g, func(l orb.LineString) bool { return wellFormed(l) })
	case orb.Polygon:
		return all(g, func(r orb.Ring) bool { return len(r) >= 4 && r.Closed() && all(r, onEarth) })
	case orb.MultiPolygon:
		return all(g, func(p orb.Polygon) bool { return wellFormed(p) })
	case orb.Collection:
		return all(g, func(m orb.Geometry) bool { return wellFormed(m) })
	}
	return false
}

func all[T any](parts []T, fit func(T) bool) bool {
	for _, p := range parts {
		if !fit(p) {
			return false
		}
	}
	return len(parts) > 0
}

// onEarth is false for NaN too.
func onEarth(p orb.Point) bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90 }
