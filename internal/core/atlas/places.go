package atlas

import (
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/viet"
)

// A UnitColumn holds administrative units: their codes, or their uids.
type UnitColumn struct {
	Column int
	Level  string // "province" or "commune"
	UID    bool
	On     int       // own column with the day on which a row's code is meant, -1 without
	OnDay  viet.Date // the day on which all codes are meant, units.NoDay: that on which they were sent
}

// UnitColumns are the columns of a table by which it can be drawn over
// boundaries, in the contract's order.
func UnitColumns(obj *contract.Object) (all []UnitColumn) {
	for i := range obj.Columns {
		c := &obj.Columns[i]
		switch {
		case c.Type != contract.Text || c.Sealed:
		case c.UnitFrom != nil:
			u := UnitColumn{i, "commune", !c.UnitFrom.Code, c.UnitFrom.On, c.UnitFrom.OnDay}
			if c.UnitFrom.Today || c.UnitFrom.ConvertTo != units.NoDay { // the code is that of the other day
				u.On, u.OnDay = -1, c.UnitFrom.ConvertTo
			}
			all = append(all, u)
		case c.Unit != "":
			_, on := refersTo(obj, i)
			all = append(all, UnitColumn{i, c.Unit, false, on, units.NoDay})
		default:
			level, on := refersTo(obj, i)
			if level == "" && i == obj.ScopeUnit {
				level = "commune"
			}
			if level != "" {
				all = append(all, UnitColumn{i, level, false, on, units.NoDay})
			}
		}
	}
	return all
}

// refersTo is the level of the units that a reference of a column leads to, and
// the column with the day on which they are meant, -1 without.
func refersTo(obj *contract.Object, column int) (level string, on int) {
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Reference == nil || !slices.Equal(r.Columns[:min(1, len(r.Columns))], []int{column}) {
			continue
		}
		for level, set := range contract.UnitSets {
			if r.Reference.Dataset == set.Dataset && r.Reference.Column == set.Column {
				return level, r.Reference.On
			}
		}
	}
	return "", -1
}

// Fits reports whether a table has something to show on a map.
func Fits(obj *contract.Object) bool {
	_, place := obj.Place()
	return place || len(UnitColumns(obj)) > 0
}
