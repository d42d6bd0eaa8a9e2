package atlas

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/viet"
)

// A UnitColumn holds administrative units: their codes, or their uids.
type UnitColumn struct {
	Column int
	Level  string // "province" or "commune"
	UID    bool
}

// UnitColumns are the columns of a table by which it can be drawn over
// boundaries, in the contract's order.
func UnitColumns(obj *contract.Object) (all []UnitColumn) {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		switch {
		case c.Type != contract.Text || c.Sealed:
		case c.UnitFrom != nil:
			all = append(all, UnitColumn{i, "commune", !c.UnitFrom.Code})
		case c.Unit != "":
			all = append(all, UnitColumn{i, c.Unit, false})
		default:
			if level := refersTo(obj, i); level != "" {
				all = append(all, UnitColumn{i, level, false})
			}
		}
	}
	return all
}

// refersTo is the level of the units that a reference of a column leads to.
func refersTo(obj *contract.Object, column int) string {
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Reference == nil || !slices.Equal(r.Columns[:min(1, len(r.Columns))], []int{column}) {
			continue
		}
		for level, set := range contract.UnitSets {
			if r.Reference.Dataset == set.Dataset && r.Reference.Column == set.Column {
				return level
			}
		}
	}
	return ""
}

// PlaceOf finds where rows of a table are: a geometry, or two columns of numbers
// that are called longitude and latitude.
func PlaceOf(obj *contract.Object) (mirror.Where, bool) {
	w := mirror.Where{Shape: -1, Lon: -1, Lat: -1}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		switch c.Type {
		case contract.Geometry:
			if w.Shape < 0 {
				w.Shape = i
			}
		case contract.Decimal, contract.Float:
			if w.Lon < 0 && called(c, longitude) {
				w.Lon = i
			}
			if w.Lat < 0 && called(c, latitude) {
				w.Lat = i
			}
		}
	}
	return w, w.Shape >= 0 || w.Lon >= 0 && w.Lat >= 0
}

// Names of columns of coordinates, folded.
var (
	longitude = []string{"kinh do", "kinhdo", "longitude", "lon", "lng", "long", "kinh do wgs84", "toa do x wgs84"}
	latitude  = []string{"vi do", "vido", "latitude", "lat", "vi do wgs84", "toa do y wgs84"}
)

func called(c *contract.Column, names []string) bool {
	for _, n := range append([]string{c.Name, c.Title}, c.Aliases...) {
		if slices.Contains(names, strings.ReplaceAll(viet.Fold(n), "_", " ")) {
			return true
		}
	}
	return false
}

// Fits reports whether a table has something to show on a map.
func Fits(obj *contract.Object) bool {
	_, place := PlaceOf(obj)
	return place || len(UnitColumns(obj)) > 0
}
