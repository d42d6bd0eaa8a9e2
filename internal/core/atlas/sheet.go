package atlas

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// A Border says that a table holds the boundaries of administrative units: one
// row for each, known by its code.
type Border struct {
	Level  string // "province" or "commune", as phohien.unit has it
	Code   int    // positions of columns
	Name   int    // -1 without
	Within int    // code of the province that a commune is in, -1 without
	Shape  int
}

// BorderOf finds what makes a table one of boundaries: a key that is the code of
// a unit, and a geometry that is not said to be of points or lines.
func BorderOf(obj *contract.Object) (Border, bool) {
	b := Border{Name: -1, Within: -1, Shape: -1}
	if len(obj.Key) != 1 || obj.Columns[obj.Key[0]].Unit == "" {
		return b, false
	}
	b.Code = obj.Key[0]
	b.Level = obj.Columns[b.Code].Unit
	for i := range obj.Columns {
		switch c := &obj.Columns[i]; {
		case c.Type == contract.Geometry && b.Shape < 0 && (c.Shape == "" || c.Shape == "polygon" || c.Shape == "multipolygon"):
			b.Shape = i
		case i != b.Code && c.Unit == "province" && b.Within < 0:
			b.Within = i
		case i != b.Code && c.Type == contract.Text && c.Unit == "" && c.CodeList == "" && b.Name < 0:
			b.Name = i
		}
	}
	return b, b.Shape >= 0
}

// A Sheet is the boundaries of one table as they are after a batch.
type Sheet struct {
	Contract *contract.Contract
	Object   *contract.Object
	Border   Border
	Seq      int64
	Shapes   []Shape

	mu   sync.Mutex
	kept map[int][]Shape
}

// Has reports whether the sheet has units of a province, told by its code.
func (s *Sheet) Has(province string) bool {
	return slices.ContainsFunc(s.Shapes, func(one Shape) bool { return one.Within == province })
}

// At gives the boundaries for a zoom. They are simplified once.
func (s *Sheet) At(zoom int) []Shape {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have, ok := s.kept[zoom]; ok {
		return have
	}
	if s.kept == nil {
		s.kept = map[int][]Shape{}
	}
	s.kept[zoom] = Simplify(s.Shapes, zoom)
	return s.kept[zoom]
}

// Records is what this package needs of record.Truth.
type Records interface {
	Through(v *record.View) *record.Reader
}

// Sheets keeps what has been read of boundaries, until its data set changes.
type Sheets struct {
	Records Records

	mu   sync.Mutex
	have map[string]*Sheet // by address
}

// Of reads the boundaries of a table through a view. Only what is seen whole is
// drawn: a map that lacks units would say that there are none. It is nil for
// other readers, and while nothing has been sent.
func (s *Sheets) Of(ctx context.Context, con *contract.Contract, view *record.View) (*Sheet, error) {
	obj := view.Object()
	border, ok := BorderOf(obj)
	if !ok {
		return nil, nil
	}
	reader := s.Records.Through(view)
	if whole, err := reader.Whole(ctx); err != nil || !whole {
		return nil, err
	}
	seq, _, err := reader.Head(ctx)
	if err != nil || seq == 0 {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock() // of several who ask at once, one reads
	if have := s.have[obj.Dataset]; have != nil && have.Seq == seq && have.Contract.Basis == con.Basis {
		return have, nil
	}
	sheet := &Sheet{Contract: con, Object: obj, Border: border, Seq: seq}
	if err := sheet.read(ctx, reader); err != nil {
		return nil, fmt.Errorf("boundaries of %s: %w", obj.Dataset, err)
	}
	if s.have == nil {
		s.have = map[string]*Sheet{}
	}
	s.have[obj.Dataset] = sheet
	return sheet, nil
}

// page is how many boundaries are read at a time.
const page = 500

func (s *Sheet) read(ctx context.Context, reader *record.Reader) error {
	text := func(row *record.Row, column int) string {
		if column < 0 {
			return ""
		}
		t, _ := row.Values[s.Object.Columns[column].Name].(string)
		return t
	}
	for after := ""; ; {
		rows, err := reader.List(ctx, after, page, s.Seq)
		if err != nil {
			return err
		}
		for i := range rows {
			row := &rows[i]
			area, err := areaOf(row.Values[s.Object.Columns[s.Border.Shape].Name])
			if err != nil {
				return fmt.Errorf("record %s: %w", row.Key, err)
			}
			if len(area) > 0 {
				s.Shapes = append(s.Shapes, Shape{Code: text(row, s.Border.Code), Name: text(row, s.Border.Name), Key: row.Key, Within: text(row, s.Border.Within), Area: area}.Hearted())
			}
		}
		if len(rows) < page {
			return nil
		}
		after = rows[len(rows)-1].Key
	}
}

// areaOf reads a geometry as rows hold it.
func areaOf(v any) (orb.MultiPolygon, error) {
	raw, ok := v.(json.RawMessage)
	if !ok {
		return nil, nil
	}
	g, err := geojson.UnmarshalGeometry(raw)
	if err != nil {
		return nil, err
	}
	return projected(g.Geometry()), nil
}

// Bound is the part of the projected world that shapes take.
func Bound(shapes []Shape) (b orb.Bound, ok bool) {
	for _, s := range shapes {
		if len(s.Area) == 0 {
			continue
		}
		if !ok {
			b, ok = s.Area.Bound(), true
			continue
		}
		b = b.Union(s.Area.Bound())
	}
	return b, ok
}
