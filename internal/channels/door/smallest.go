package door

import (
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// PersonalGroup is how many rows a group has at least that is told by what is
// known of persons, to those who may see the rows too: groups leave no line in
// the ledger of uses.
const PersonalGroup = 10

// ForGroups is a decision as it holds for groups by some columns, or sums of
// them.
func ForGroups(d policy.Decision, obj *contract.Object, columns []string) policy.Decision {
	if d.SmallestGroup < PersonalGroup && tellsOfPersons(obj, columns) {
		d.SmallestGroup = PersonalGroup
	}
	return d
}

// TellsOfPersons reports whether some of the columns at these positions do.
func TellsOfPersons(obj *contract.Object, columns []int) bool {
	return slices.ContainsFunc(columns, func(i int) bool { return obj.Columns[i].Personal.Is() })
}

// tellsOfPersons reports whether some of the columns do.
func tellsOfPersons(obj *contract.Object, list []string) bool {
	return slices.ContainsFunc(list, func(name string) bool {
		i := obj.Column(name)
		return i >= 0 && obj.Columns[i].Personal.Is()
	})
}
