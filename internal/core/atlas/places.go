package atlas

import (
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
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

// Fits reports whether a table has something to show on a map.
func Fits(obj *contract.Object) bool {
	_, place := obj.Place()
	return place || len(UnitColumns(obj)) > 0
}
