package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Box is a part of the map, in degrees. The zero Box is everywhere.
type Box struct{ West, South, East, North float64 }

// Nowhere reports whether the box is the zero one.
func (b Box) Nowhere() bool { return b == Box{} }

// A PlaceQuery asks where rows are.
type PlaceQuery struct {
	Place contract.Place
	Box   Box
	// Across and Down are into how many cells the box is divided; without cells
	// only what there is in all is told.
	Across, Down int
	Smallest     int64 // cells of fewer rows are left out
}

// mostCells is what an answer of places has at most.
const mostCells = 10_000

// Places are rows counted by where they are.
type Places struct {
	Seq     int64
	Rows    int64 // of the view, with or without a place
	Placed  int64 // with a place inside of the box
	Missing int64 // without a place
	Box     Box   // what the rows with a place take, inside of the box asked for
	Cells   []Cell
	LeftOut int64 // rows of cells that are too small
}

// A Cell is a number of rows, at the middle of their places.
type Cell struct {
	Lon, Lat float64
	Count    int64
}

// Places counts the records of the view by where they are. The columns of the
// place have to be seen in clear. A row with a longer geometry counts where the
// middle of its bounds is.
func (r *Reader) Places(ctx context.Context, q PlaceQuery) (out Places, err error) {
	for _, i := range q.Place.Columns() {
		if err := r.v.Column(i, false); err != nil {
			return out, err
		}
	}
	if q.Across*q.Down > mostCells {
		return out, fault.New(fault.TooLarge, "groups.too-many", mostCells)
	}
	if err := r.m.knowHolds(ctx, r.v); err != nil {
		return out, err
	}
	p, err := r.m.picture(ctx, &scan{tables: of(r.v.Object()), truth: r.m.truth, view: r.v})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	out.Seq = p.seq
	from := p.placed(q)
	err = p.c.Row(ctx, "SELECT count(*), count(*) FILTER (inside), count(*) FILTER (x IS NULL OR y IS NULL),"+
		" coalesce(min(x) FILTER (inside), 0), coalesce(min(y) FILTER (inside), 0), coalesce(max(x) FILTER (inside), 0), coalesce(max(y) FILTER (inside), 0) FROM "+from, p.args...).
		Scan(&out.Rows, &out.Placed, &out.Missing, &out.Box.West, &out.Box.South, &out.Box.East, &out.Box.North)
	if err != nil || q.Across <= 0 || q.Down <= 0 || out.Placed == 0 {
		return out, err
	}
	over := q.Box
	if over.Nowhere() {
		over = out.Box
	}
	return out, p.cells(ctx, q, from, over, &out)
}

// placed is the rows of the view as their places x and y, and whether these are
// inside of the box.
func (p *picture) placed(q PlaceQuery) string {
	x, y := p.xy(q.Place)
	inside := "x BETWEEN -180 AND 180 AND y BETWEEN -90 AND 90"
	if !q.Box.Nowhere() {
		inside = p.within("x", "y", q.Box)
	}
	return "(SELECT x, y, coalesce(" + inside + ", false) AS inside FROM (SELECT " + x + " AS x, " + y + " AS y FROM " + p.from + p.where + "))"
}

// xy writes longitude and latitude of a row.
func (b *scan) xy(w contract.Place) (x, y string) {
	if w.Shape < 0 {
		return "CAST(" + b.first(w.Lon) + " AS DOUBLE)", "CAST(" + b.first(w.Lat) + " AS DOUBLE)"
	}
	f := b.obj.Columns[w.Shape].Fields(w.Shape) // value, minx, miny, maxx, maxy
	name := func(i int) string { return columns.QuoteIdent(f[i].Name) }
	return "(" + name(1) + " + " + name(3) + ") / 2", "(" + name(2) + " + " + name(4) + ") / 2"
}

func (b *scan) first(column int) string {
	return columns.QuoteIdent(b.obj.Columns[column].Fields(column)[0].Name)
}

// within writes the condition that a place is inside of a box.
func (b *scan) within(x, y string, box Box) string {
	var places []any
	for _, v := range []float64{box.West, box.East, box.South, box.North} {
		b.args = append(b.args, v)
		places = append(places, len(b.args))
	}
	return fmt.Sprintf(x+" BETWEEN CAST($%d AS DOUBLE) AND CAST($%d AS DOUBLE) AND "+y+" BETWEEN CAST($%d AS DOUBLE) AND CAST($%d AS DOUBLE)", places...)
}

// cells counts by cells of a grid.
func (p *picture) cells(ctx context.Context, q PlaceQuery, from string, over Box, out *Places) error {
	step := func(lo, hi float64, n int) float64 { return max((hi-lo)/float64(n), 1e-9) }
	p.args = append(p.args, over.West, step(over.West, over.East, q.Across), over.South, step(over.South, over.North, q.Down))
	n := len(p.args)
	query := fmt.Sprintf("SELECT avg(x), avg(y), CAST(count(*) AS DOUBLE) FROM %s WHERE inside"+
		" GROUP BY least(floor((x - CAST($%d AS DOUBLE)) / CAST($%d AS DOUBLE)), %d), least(floor((y - CAST($%d AS DOUBLE)) / CAST($%d AS DOUBLE)), %d) ORDER BY 3 DESC, 1, 2",
		from, n-3, n-2, q.Across-1, n-1, n, q.Down-1)
	rr, err := p.c.Arrow(ctx, query, p.args...)
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		x, y, count := rec.Column(0).(*array.Float64), rec.Column(1).(*array.Float64), rec.Column(2).(*array.Float64)
		for i := range int(rec.NumRows()) {
			n := int64(count.Value(i))
			if n < q.Smallest {
				out.LeftOut += n
				continue
			}
			out.Cells = append(out.Cells, Cell{x.Value(i), y.Value(i), n})
		}
	}
	return rr.Err()
}

// A Pin is a record at its place.
type Pin struct {
	Lon, Lat float64
	Row      record.Row
}

// Pins are up to limit records of the view inside of a box, in key order.
func (r *Reader) Pins(ctx context.Context, w contract.Place, box Box, limit int64) ([]Pin, error) {
	for _, i := range w.Columns() {
		if err := r.v.Column(i, false); err != nil {
			return nil, err
		}
	}
	rows, err := r.Scan(ctx, ScanOptions{Limit: limit, Within: &Within{w, box}})
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	var all []Pin
	for rows.Next() {
		p := Pin{Row: rows.Row()}
		var ok bool
		if p.Lon, p.Lat, ok = placeOf(r.v.Object(), w, &p.Row); ok {
			all = append(all, p)
		}
	}
	return all, rows.Err()
}

// A Within keeps the rows of a scan that have their place inside of a box.
type Within struct {
	Place contract.Place
	Box   Box
}

// inBox writes the condition of a scan that is Within a box.
func (b *scan) inBox(w *Within) (string, error) {
	for _, i := range w.Place.Columns() {
		if b.view == nil {
			continue
		}
		if err := b.view.Column(i, false); err != nil {
			return "", err
		}
	}
	x, y := b.xy(w.Place)
	box := w.Box
	if box.Nowhere() {
		box = Box{-180, -90, 180, 90}
	}
	return b.within(x, y, box), nil
}

// placeOf reads the place of a row.
func placeOf(obj *contract.Object, w contract.Place, row *record.Row) (lon, lat float64, ok bool) {
	if w.Shape < 0 {
		lon, okLon := floatOf(row.Values[obj.Columns[w.Lon].Name])
		lat, okLat := floatOf(row.Values[obj.Columns[w.Lat].Name])
		return lon, lat, okLon && okLat
	}
	return middleOf(row.Values[obj.Columns[w.Shape].Name])
}

func floatOf(v any) (float64, bool) {
	if v == nil {
		return 0, false
	}
	var f float64
	_, err := fmt.Sscan(strings.TrimSpace(fmt.Sprint(v)), &f)
	return f, err == nil
}

// middleOf is the middle of the bounds of a geometry.
func middleOf(v any) (lon, lat float64, ok bool) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return 0, 0, false
	}
	g, err := geojson.UnmarshalGeometry(raw)
	if err != nil {
		return 0, 0, false
	}
	c := g.Geometry().Bound().Center()
	return c[0], c[1], true
}
