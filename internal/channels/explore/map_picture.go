package explore

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
)

// Size of the picture on an office screen, in pixels, and what a phone makes of
// it.
const (
	pictureWidth  = 760
	pictureHeight = 780
	pictureMargin = 14
	phoneShare    = 0.47
	typeSize      = 11.5
)

// A picture is a map, ready to be written as SVG.
type picture struct {
	Width, Height int
	Label         string // what it shows, in words
	Context       []string
	Lines         []string // borders without figures
	Units         []unitPath
	Dots          []dot
	Wide, Phone   []atlas.Label
	Points        string // address of what lies closer together, "" without
	Rows          string // address of the rows with a key, which is to be added; "" without
	Frame         atlas.Frame
	Names         []labelAt

	around []atlas.Place // names of what lies around
}

// A unitPath is a unit with its figure.
type unitPath struct {
	Code, Name, Text, Class, Link, Path string
}

// A dot is a record or a group of them.
type dot struct {
	X, Y, R     int
	Count       string // of a group
	Title, Link string
}

// A labelAt is a name that may be shown when one looks closer.
type labelAt struct {
	X, Y int
	Kind string
	Name string
}

func (p *picture) ViewBox() string { return fmt.Sprintf("0 0 %d %d", p.Width, p.Height) }

// Data is what the script needs.
func (p *picture) Data() any {
	names := make([][]any, len(p.Names))
	for i, n := range p.Names {
		names[i] = []any{n.X, n.Y, n.Kind, n.Name}
	}
	return map[string]any{"unit": atlas.Unit, "scale": p.Frame.Scale, "x": p.Frame.X, "y": p.Frame.Y, "points": p.Points, "rows": p.Rows, "names": names, "type": typeSize}
}

func pathOf(obj *contract.Object) string { return url.PathEscape(obj.Dataset) }

// seas are the names that belong on a map of the country.
var seas = []struct {
	vi, en   string
	lon, lat float64
}{
	{"Biển Đông", "East Sea (Biển Đông)", 112.2, 13.2},
	{"Quần đảo Hoàng Sa (Đà Nẵng)", "Hoàng Sa Archipelago (Đà Nẵng)", 112.3, 17.35},
	{"Quần đảo Trường Sa (Khánh Hòa)", "Trường Sa Archipelago (Khánh Hòa)", 114.6, 11.9},
}

// unitPicture draws units in the colours of their classes.
func (m *mapping) unitPicture(ctx context.Context, c choice, f *figures, classes []atlas.Class) (*picture, error) {
	var shown []atlas.Shape
	for _, s := range f.sheets {
		shown = append(shown, s.Shapes...)
	}
	bound, _ := atlas.Bound(shown)
	frame := atlas.Fit(bound, pictureWidth, pictureHeight, pictureMargin)
	p := newPicture(frame)
	p.Label = ui.Say(ctx, "explore.map-label", c.Text, m.obj.Title)
	if c.unit.Level != "province" {
		if _, err := m.context(ctx, p, f.sheets); err != nil {
			return nil, err
		}
	}
	var places []atlas.Place
	for _, s := range f.sheets {
		for _, shape := range s.At(frame.Zoom()) {
			u := unitPath{Code: shape.Code, Name: shape.Name, Path: frame.Path(shape.Area), Class: "map-none", Text: ui.Say(ctx, "explore.map-none")}
			if u.Name == "" {
				u.Name = shape.Code
			}
			one := f.of[shape.Code]
			if n, ok := c.number(one); ok {
				u.Class, u.Text = classOf(atlas.ClassOf(classes, n), len(classes)), m.write(c, n)
			}
			if one != nil {
				u.Link = m.rowsOf(c.unit.Column, one.value)
			}
			p.Units = append(p.Units, u)
			places = append(places, labelPlace(shape))
		}
	}
	m.name(p, places)
	return p, nil
}

func newPicture(f atlas.Frame) *picture {
	return &picture{Width: f.Width, Height: f.Height, Frame: f}
}

// labelPlace is where the name of a unit belongs.
func labelPlace(s atlas.Shape) atlas.Place {
	return atlas.Place{Name: shortName(s), At: s.Heart, Area: s.Main}
}

// kinds are the words before the name of a unit, which a map leaves out.
var kinds = []string{"Tỉnh ", "Thành phố ", "Xã ", "Phường ", "Đặc khu ", "Thị trấn "}

func shortName(s atlas.Shape) string {
	for _, k := range kinds {
		if rest, ok := strings.CutPrefix(s.Name, k); ok {
			return rest
		}
	}
	if s.Name == "" {
		return s.Code
	}
	return s.Name
}

// name places the names on the picture: those of the sea first.
func (m *mapping) name(p *picture, places []atlas.Place) {
	var sea []atlas.Place
	for _, s := range seas {
		sea = append(sea, atlas.Place{Name: m.lang.Of(s.vi, s.en), At: atlas.Project(orb.Point{s.lon, s.lat}), First: true})
	}
	all := atlas.InOrder(append(append(sea, places...), p.around...))
	p.Wide = p.Frame.Labels(all, typeSize, p.taken())
	p.Phone = p.Frame.Labels(all, typeSize/phoneShare, p.taken())
	for _, one := range all {
		x, y := p.Frame.At(one.At)
		if x >= 0 && y >= 0 && x <= float64(p.Width) && y <= float64(p.Height) {
			p.Names = append(p.Names, labelAt{whole(x), whole(y), nameClass(one), one.Name})
		}
	}
}

// taken is where records are drawn: no name stands on them.
func (p *picture) taken() (all []orb.Bound) {
	for _, d := range p.Dots {
		x, y, r := float64(d.X), float64(d.Y), float64(d.R)
		all = append(all, orb.Bound{Min: orb.Point{x - r, y - r}, Max: orb.Point{x + r, y + r}})
	}
	return all
}

// nameClass is how a name is written.
func nameClass(p atlas.Place) string {
	switch {
	case p.First:
		return "map-sea"
	case p.Last:
		return "map-around"
	}
	return "map-name"
}

// context draws the provinces around: what they are called nobody asks, so they
// stay in the background. Those are given back whose boundaries were used.
func (m *mapping) context(ctx context.Context, p *picture, drawn []*atlas.Sheet) ([]*atlas.Sheet, error) {
	sheets, err := m.sheets(ctx, "province")
	if err != nil || len(sheets) == 0 {
		return nil, err
	}
	box := p.Frame.Bound()
	for _, shape := range sheets[0].At(min(p.Frame.Zoom()-1, 12)) {
		if !shape.Area.Bound().Intersects(box) {
			continue
		}
		if !slices.ContainsFunc(drawn, func(s *atlas.Sheet) bool { return s.Has(shape.Code) }) {
			place := labelPlaceIn(shape, p.Frame)
			place.Last = len(drawn) > 0
			p.around = append(p.around, place)
		}
		if part := clip.MultiPolygon(box.Pad(20*atlas.Unit/p.Frame.Scale), shape.Area.Clone()); len(part) > 0 {
			p.Context = append(p.Context, p.Frame.Path(part))
		}
	}
	return sheets[:1], nil
}

// A ground is what records are drawn on.
type ground struct {
	picture *picture
	frame   atlas.Frame
	sheets  []*atlas.Sheet
}

// base draws boundaries around the places of records: provinces, and the
// communes of a smaller part.
func (m *mapping) base(ctx context.Context, box mirror.Box) (ground, error) {
	provinces, err := m.sheets(ctx, "province")
	if err != nil {
		return ground{}, err
	}
	bound := orb.MultiPoint{atlas.Project(orb.Point{box.West, box.South}), atlas.Project(orb.Point{box.East, box.North})}.Bound()
	wide := box.North-box.South > country || box.East-box.West > country
	if whole, ok := boundOf(provinces); ok && wide {
		bound = bound.Union(whole)
	} else {
		bound = bound.Pad(math.Max(bound.Max[0]-bound.Min[0], math.Max(bound.Max[1]-bound.Min[1], 0.01)) * 0.06)
	}
	g := ground{frame: atlas.Fit(bound, pictureWidth, pictureHeight, pictureMargin)}
	g.picture = newPicture(g.frame)
	g.picture.Label = ui.Say(ctx, "explore.map-label-points", m.obj.Title)
	if g.sheets, err = m.context(ctx, g.picture, nil); err != nil {
		return g, err
	}
	if !wide {
		if err := m.communes(ctx, &g); err != nil {
			return g, err
		}
	}
	return g, nil
}

func boundOf(sheets []*atlas.Sheet) (orb.Bound, bool) {
	if len(sheets) == 0 {
		return orb.Bound{}, false
	}
	return atlas.Bound(sheets[0].Shapes)
}

// labelPlaceIn is where the name of a unit belongs of which a part is shown.
func labelPlaceIn(s atlas.Shape, f atlas.Frame) atlas.Place {
	box := f.Bound()
	b := s.Area.Bound()
	if !b.Intersects(box) {
		return atlas.Place{Name: shortName(s), At: orb.Point{-1, -1}}
	}
	if box.Contains(b.Min) && box.Contains(b.Max) {
		return labelPlace(s)
	}
	part := clip.MultiPolygon(box, s.Area.Clone())
	if len(part) == 0 {
		return atlas.Place{Name: shortName(s), At: orb.Point{-1, -1}}
	}
	s.Area = part
	return labelPlace(s.Hearted())
}

// communes adds the borders of communes where there are some.
func (m *mapping) communes(ctx context.Context, g *ground) error {
	sheets, err := m.sheets(ctx, "commune")
	if err != nil {
		return err
	}
	box := g.frame.Bound()
	for _, s := range sheets {
		if b, ok := atlas.Bound(s.Shapes); !ok || !b.Intersects(box) {
			continue
		}
		g.sheets = append(g.sheets, s)
		for _, shape := range s.At(min(g.frame.Zoom()-1, 13)) {
			if shape.Area.Bound().Intersects(box) {
				g.picture.Lines = append(g.picture.Lines, g.frame.Path(shape.Area))
			}
		}
	}
	return nil
}

// sources names what was drawn from, and whose it is.
func (m *mapping) sources(_ context.Context, sheets []*atlas.Sheet) (all []mapSource) {
	for _, s := range sheets {
		if s.Object.Dataset != m.obj.Dataset {
			all = append(all, sourceOf(s.Contract, s.Object))
		}
	}
	return all
}

// lineAt is where a line of a label stands: several are centred on its middle.
func lineAt(l atlas.Label, i int, size float64) string {
	y := l.Y + (float64(i)-float64(len(l.Lines)-1)/2)*size*1.15*atlas.Unit + size*0.35*atlas.Unit
	return strconv.Itoa(whole(y))
}

func across(l atlas.Label) string { return strconv.Itoa(whole(l.X)) }

func points(size float64) string { return strconv.Itoa(whole(size * atlas.Unit)) }
