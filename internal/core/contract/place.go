package contract

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A Place says in which columns rows have their place: a geometry, or numbers of
// a longitude and a latitude.
type Place struct {
	Shape    int // position of the geometry, -1: Lon and Lat say it
	Lon, Lat int
}

// Columns are those that tell the place.
func (p Place) Columns() []int {
	if p.Shape >= 0 {
		return []int{p.Shape}
	}
	return []int{p.Lon, p.Lat}
}

// Place finds where rows of the object are: the first geometry, or the first two
// columns of numbers that are called longitude and latitude.
func (o *Object) Place() (Place, bool) {
	p := Place{Shape: -1, Lon: -1, Lat: -1}
	for i := range o.Columns {
		c := &o.Columns[i]
		switch c.Type {
		case Geometry:
			if p.Shape < 0 {
				p.Shape = i
			}
		case Decimal, Float:
			if p.Lon < 0 && c.called(longitude) {
				p.Lon = i
			}
			if p.Lat < 0 && c.called(latitude) {
				p.Lat = i
			}
		}
	}
	return p, p.Shape >= 0 || p.Lon >= 0 && p.Lat >= 0
}

// Names of columns of coordinates, folded.
var (
	longitude = []string{"kinh do", "kinhdo", "longitude", "lon", "lng", "long", "kinh do wgs84", "toa do x wgs84"}
	latitude  = []string{"vi do", "vido", "latitude", "lat", "vi do wgs84", "toa do y wgs84"}
)

// called reports whether the column goes by one of these names.
func (c *Column) called(names []string) bool {
	apart := func(r rune) bool { return strings.ContainsRune("_-. ", r) }
	return slices.ContainsFunc(append([]string{c.Name, c.Title}, c.Aliases...), func(n string) bool {
		return slices.Contains(names, strings.Join(strings.FieldsFunc(viet.Fold(n), apart), " "))
	})
}
