package explore

import (
	"context"
	"math"
	"strings"

	"github.com/paulmach/orb"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
)

const (
	// mostPins is up to how many records are drawn one by one.
	mostPins = 400
	// mostPinRows is how many of them the table has.
	mostPinRows = 100
	// cellPixels is how far apart the groups of more records stand.
	cellPixels = 36
	// country is how many degrees a map has from south to north that is one of
	// the whole country: it shows all of it, whatever lies where.
	country = 6.0
)

// drawPoints is the map of records at their places.
func (m *mapping) drawPoints(ctx context.Context, v *mapView) error {
	reader := m.Mirror.Through(m.view)
	all, err := reader.Places(ctx, mirror.PlaceQuery{Place: m.place})
	if err != nil {
		return err
	}
	v.Measure = ui.Say(ctx, "explore.map-points-title", m.obj.Title)
	if all.Missing > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-unplaced", all.Missing))
	}
	if outside := all.Rows - all.Missing - all.Placed; outside > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-wrong-place", outside))
	}
	if all.Placed == 0 {
		v.Empty = ui.Say(ctx, "explore.map-no-places")
		return nil
	}
	base, err := m.base(ctx, all.Box)
	if err != nil {
		return err
	}
	v.Picture, v.Sources = base.picture, m.sources(ctx, base.sheets)
	v.Picture.Points = m.closer()
	if len(m.obj.Key) == 1 && !m.view.HiddenKey() && m.obj.Columns[m.obj.Key[0]].Type == contract.Text {
		v.Picture.Rows = strings.TrimSuffix(m.rowsOf(m.obj.Key[0], ""), "%27%27")
	}
	if all.Placed <= mostPins {
		err = m.pins(ctx, v, base.frame)
	} else {
		err = m.cells(ctx, v, base.frame, all)
	}
	m.name(v.Picture, nil)
	return err
}

// closer is the address that gives what lies closer together.
func (m *mapping) closer() string { return "/api/v1/datasets/" + pathOf(m.obj) + "/map" }

// pins draws records one by one.
func (m *mapping) pins(ctx context.Context, v *mapView, f atlas.Frame) error {
	pins, err := m.Mirror.Through(m.view).Pins(ctx, m.place, mirror.Box{}, mostPins)
	if err != nil {
		return err
	}
	t := &mapTable{Heads: []string{m.obj.Title, ui.Say(ctx, "explore.map-latitude"), ui.Say(ctx, "explore.map-longitude")}}
	for _, p := range pins {
		x, y := f.At(atlas.Project(orb.Point{p.Lon, p.Lat}))
		title, link := atlas.TitleOf(m.view, &p.Row), m.rowOf(p)
		v.Picture.Dots = append(v.Picture.Dots, dot{X: whole(x), Y: whole(y), R: 4 * atlas.Unit, Title: title, Link: link})
		if len(t.Rows) < mostPinRows {
			t.Rows = append(t.Rows, mapRow{Name: title, Link: link, Cells: []string{m.degrees(p.Lat), m.degrees(p.Lon)}})
		}
	}
	if more := len(pins) - len(t.Rows); more > 0 {
		t.More = ui.Say(ctx, "explore.map-more-records", int64(more))
	}
	v.Table = t
	v.Legend = []legendRow{{"map-dot-one", ui.Say(ctx, "explore.map-one"), ui.Say(ctx, "explore.map-records", int64(len(pins)))}}
	return nil
}

// rowOf is the address of one record.
func (m *mapping) rowOf(p mirror.Pin) string {
	if id, ok := atlas.IDOf(m.view, &p.Row); ok {
		return m.rowsOf(m.obj.Key[0], id)
	}
	return ""
}

// cells draws records in groups by where they are: so many are never sent.
func (m *mapping) cells(ctx context.Context, v *mapView, f atlas.Frame, all mirror.Places) error {
	q := mirror.PlaceQuery{Place: m.place, Box: all.Box, Across: parts(f, all.Box, 0), Down: parts(f, all.Box, 1), Smallest: m.smallestCell()}
	found, err := m.Mirror.Through(m.view).Places(ctx, q)
	if err != nil {
		return err
	}
	most := int64(1)
	for _, c := range found.Cells {
		most = max(most, c.Count)
	}
	t := &mapTable{Heads: []string{ui.Say(ctx, "explore.map-around"), ui.Say(ctx, "explore.map-records-head")}}
	for _, c := range found.Cells { // the largest come first, so that small ones lie on top
		x, y := f.At(atlas.Project(orb.Point{c.Lon, c.Lat}))
		d := dot{X: whole(x), Y: whole(y), R: whole(radius(c.Count, most) * atlas.Unit), Count: m.lang.Number(c.Count), Title: ui.Say(ctx, "explore.map-records", c.Count)}
		v.Picture.Dots = append(v.Picture.Dots, d)
		if len(t.Rows) < 50 {
			t.Rows = append(t.Rows, mapRow{Name: m.degrees(c.Lat) + "; " + m.degrees(c.Lon), Cells: []string{m.lang.Number(c.Count)}})
		}
	}
	if more := len(found.Cells) - len(t.Rows); more > 0 {
		t.More = ui.Say(ctx, "explore.map-more-groups", int64(more))
	}
	v.Table = t
	v.Legend = []legendRow{{"map-dot-group", ui.Say(ctx, "explore.map-group"), ui.Say(ctx, "explore.map-records", found.Placed)}}
	if found.LeftOut > 0 {
		v.Notes = append(v.Notes, ui.Say(ctx, "explore.map-left-out", found.LeftOut, m.smallestCell()))
	}
	return nil
}

// smallestCell is how many records a group has at least: places of persons are
// told in groups of several, or with a line in the ledger of uses each.
func (m *mapping) smallestCell() int64 {
	if door.TellsOfPersons(m.obj, m.place.Columns()) {
		return door.PersonalGroup
	}
	return 1
}

// parts is into how many cells a box is divided along an axis.
func parts(f atlas.Frame, b mirror.Box, axis int) int {
	from, to := atlas.Project(orb.Point{b.West, b.North}), atlas.Project(orb.Point{b.East, b.South})
	return max(1, min(60, int((to[axis]-from[axis])*f.Scale/atlas.Unit/cellPixels)))
}

// radius is how large a group is drawn, in pixels: its area grows with it.
func radius(n, most int64) float64 {
	return 5 + 11*math.Sqrt(float64(n-1)/math.Max(float64(most-1), 1))
}

func (m *mapping) degrees(v float64) string { return m.lang.Float(math.Round(v*1e4)/1e4, 4) }

func whole(f float64) int { return int(math.Round(f)) }
