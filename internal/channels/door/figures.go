package door

import (
	"context"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// PersonalGroup is how many rows a group has at least that is told by what is
// known of persons, to those who may see the rows too: groups leave no line in
// the ledger of uses.
const PersonalGroup = 10

// Figures asks whether figures of groups may be told, and from how many rows on.
func (d *Door) Figures(ctx context.Context, con *contract.Contract, obj *contract.Object, q mirror.GroupQuery) (policy.Decision, error) {
	decision, err := d.May(ctx, policy.Aggregate, con.What(obj))
	if err == nil {
		From(ctx).uses(obj)
	}
	return forPersons(obj, decision, q), err
}

// AsksFigures is Figures without writing anything down: for what a page offers.
func (d *Door) AsksFigures(ctx context.Context, con *contract.Contract, obj *contract.Object, q mirror.GroupQuery) policy.Decision {
	return forPersons(obj, d.Asks(ctx, policy.Aggregate, con.What(obj)), q)
}

func forPersons(obj *contract.Object, d policy.Decision, q mirror.GroupQuery) policy.Decision {
	var columns []int
	for _, name := range q.Columns() {
		if i := obj.Column(name); i >= 0 {
			columns = append(columns, i)
		}
	}
	if TellsOfPersons(obj, columns) {
		d.SmallestGroup = max(d.SmallestGroup, PersonalGroup)
	}
	return d
}

// TellsOfPersons reports whether some of the columns at these positions do.
func TellsOfPersons(obj *contract.Object, columns []int) bool {
	return slices.ContainsFunc(columns, func(i int) bool { return obj.Columns[i].Personal.Is() })
}
