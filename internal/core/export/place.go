package export

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// A Place says which columns of a table tell where its records lie: one geometry,
// or a longitude with a latitude.
type Place struct {
	Geometry int // position of the column, -1 without
	Lon, Lat int // positions of the columns, -1 without
}

// words under which a column of numbers is a coordinate, folded.
var (
	lonWords = []string{"kinh do", "longitude", "lon", "lng", "long"}
	latWords = []string{"vi do", "latitude", "lat"}
)

// PlaceOf finds them; nil when the table has none.
func PlaceOf(obj *contract.Object) *Place {
	for i := range obj.Columns {
		if obj.Columns[i].Type == contract.Geometry {
			return &Place{Geometry: i, Lon: -1, Lat: -1}
		}
	}
	p := Place{Geometry: -1, Lon: coordinate(obj, lonWords), Lat: coordinate(obj, latWords)}
	if p.Lon < 0 || p.Lat < 0 {
		return nil
	}
	return &p
}

// coordinate finds the one column of numbers with such a name or title.
func coordinate(obj *contract.Object, words []string) int {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if c.Type != contract.Float && c.Type != contract.Decimal {
			continue
		}
		for _, text := range []string{c.Name, c.Title} {
			if slices.Contains(words, strings.Join(strings.FieldsFunc(viet.Fold(text), apart), " ")) {
				return i
			}
		}
	}
	return -1
}

func apart(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '.' }

// among is the place as far as it is told by these fields, nil when it is not.
func (p *Place) among(obj *contract.Object, fields []string) *Place {
	if p == nil {
		return nil
	}
	for _, i := range []int{p.Geometry, p.Lon, p.Lat} {
		if i >= 0 && !slices.Contains(fields, obj.Columns[i].Name) {
			return nil
		}
	}
	return p
}
