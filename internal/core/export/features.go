package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// features is a Writer of GeoJSON (RFC 7946): one FeatureCollection, a feature a
// line. Whose data it holds stands in the foreign member "phohien", before the
// features.
type features struct {
	w      *bufio.Writer
	view   *record.View
	fields []string
	place  contract.Place
	line   []byte
	begun  bool
}

func newFeatures(w io.Writer, v *record.View, o Options) (Writer, error) {
	f := &features{w: bufio.NewWriterSize(w, 64<<10), view: v, fields: o.Fields}
	f.place, _ = v.Object().Place() // Check has found one
	about, err := o.Source.JSON(o.Language)
	if err != nil {
		return nil, err
	}
	name, err := plainJSON(o.Source.Title)
	if err != nil {
		return nil, err
	}
	// A bufio.Writer keeps its first error and gives it back at every later step.
	_, err = f.w.WriteString(`{"type":"FeatureCollection","name":` + string(name) + `,"phohien":` + string(about) + `,"features":[`)
	return f, err
}

// Row adds a feature. Its id is the record's key as the reader sees it, the same
// as _key of the API; its geometry is null where the place is not known or not
// seen in clear.
func (f *features) Row(row record.Row) error {
	b := f.line[:0]
	if f.begun {
		b = append(b, ',')
	}
	f.begun = true
	b = append(b, "\n{\"type\":\"Feature\",\"id\":"...)
	b, err := put(b, row.Key)
	if err != nil {
		return err
	}
	b = append(b, `,"geometry":`...)
	if b, err = f.geometry(b, row); err != nil {
		return err
	}
	b = append(b, `,"properties":{`...)
	first := true
	for _, name := range f.fields {
		if f.isPlace(name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if b, err = put(b, name); err == nil {
			b, err = put(append(b, ':'), row.Values[name])
		}
		if err != nil {
			return err
		}
	}
	b = append(b, '}')
	if absent := f.absent(row); len(absent) > 0 {
		if b, err = put(append(b, `,"_nil":`...), absent); err != nil {
			return err
		}
	}
	f.line = append(b, '}')
	_, err = f.w.Write(f.line)
	return err
}

// isPlace reports whether a field is the geometry, and so no property: one that
// is masked is a text like any other.
func (f *features) isPlace(name string) bool {
	g := f.place.Shape
	return g >= 0 && f.view.Object().Columns[g].Name == name && f.view.Clear(g)
}

// absent says why values of the fields are absent.
func (f *features) absent(row record.Row) map[string]string {
	var all map[string]string
	for _, name := range f.fields {
		if why, ok := row.Nil[name]; ok {
			if all == nil {
				all = map[string]string{}
			}
			all[name] = why
		}
	}
	return all
}

// geometry adds where a record lies.
func (f *features) geometry(b []byte, row record.Row) ([]byte, error) {
	obj := f.view.Object()
	if g := f.place.Shape; g >= 0 {
		raw, ok := row.Values[obj.Columns[g].Name].(json.RawMessage)
		if !ok || !f.view.Clear(g) {
			return append(b, "null"...), nil
		}
		if !ringed(raw) {
			return append(b, raw...), nil
		}
		shape, err := geojson.UnmarshalGeometry(raw)
		if err != nil {
			return b, err
		}
		turned(shape.Geometry())
		text, err := shape.MarshalJSON()
		return append(b, text...), err
	}
	lon, okLon := f.degrees(row, f.place.Lon, 180)
	lat, okLat := f.degrees(row, f.place.Lat, 90)
	if !okLon || !okLat {
		return append(b, "null"...), nil
	}
	b = append(b, `{"type":"Point","coordinates":[`...)
	b = append(append(append(b, lon...), ','), lat...)
	return append(b, "]}"...), nil
}

// degrees is a coordinate as it was written, if it is one on Earth.
func (f *features) degrees(row record.Row, i int, most float64) (string, bool) {
	if !f.view.Clear(i) {
		return "", false
	}
	var n float64
	var text string
	switch v := row.Values[f.view.Object().Columns[i].Name].(type) {
	case float64:
		n, text = v, strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		var err error
		if n, err = v.Float64(); err != nil {
			return "", false
		}
		text = v.String()
	default:
		return "", false
	}
	return text, !math.IsNaN(n) && math.Abs(n) <= most
}

// ringed reports whether a geometry, as package record writes it, may have rings
// to turn.
func ringed(raw json.RawMessage) bool {
	return bytes.Contains(raw, []byte("Polygon")) || bytes.Contains(raw, []byte("Collection"))
}

// turned lets rings of polygons run as RFC 7946 §3.1.6 wants: the outer one
// counterclockwise, holes clockwise.
func turned(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Polygon:
		for i, ring := range g {
			if want := orb.CCW; i > 0 && ring.Orientation() == want || i == 0 && ring.Orientation() == -want {
				ring.Reverse()
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			turned(p)
		}
	case orb.Collection:
		for _, one := range g {
			turned(one)
		}
	}
}

// put adds a value as JSON.
func put(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case json.RawMessage:
		return append(b, v...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case json.Number:
		return append(b, v...), nil
	case string:
		if plainText(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	}
	text, err := plainJSON(v)
	return append(b, text...), err
}

// plainText reports whether a text stands in JSON as it is, which most do.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// Close ends the collection.
func (f *features) Close() error {
	if _, err := f.w.WriteString("\n]}\n"); err != nil {
		return err
	}
	return f.w.Flush()
}

// Cancel leaves the collection without its end, so that nobody takes it for whole.
func (f *features) Cancel() error { return nil }

// shapeOf is a geometry in its JSON form as WKB.
func shapeOf(v any) ([]byte, error) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return nil, fmt.Errorf("%T in the place of a geometry", v)
	}
	g, err := geojson.UnmarshalGeometry(raw)
	if err != nil {
		return nil, err
	}
	turned(g.Geometry())
	return wkb.Marshal(g.Geometry())
}
