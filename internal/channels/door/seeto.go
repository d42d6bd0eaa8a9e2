package door

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// SeeTo asks whether something may be done to records of an object (hold them,
// ask for their erasure), and makes the view in which they are found: the rows of
// that action, each column as the caller reads it. Actions that show no rows say
// nothing of columns.
func (d *Door) SeeTo(ctx context.Context, action policy.Action, con *contract.Contract, obj *contract.Object) (*record.View, error) {
	what := con.What(obj)
	decision, err := d.May(ctx, action, what)
	if err != nil {
		return nil, err
	}
	return d.through(ctx, action, asRead(obj, decision, d.Asks(ctx, policy.Read, what)), con, obj)
}

// asRead gives a decision the columns as they are read. Columns are judged for
// the rows that are read: where these do not hold all rows of the decision, the
// narrower are taken, and where neither holds the other nothing is shown.
func asRead(obj *contract.Object, decision, read policy.Decision) policy.Decision {
	switch {
	case !read.Allowed || read.SmallestGroup > 0:
	case read.Rows.All:
		decision.Columns = read.Columns
		return decision
	case decision.Rows.All:
		decision.Rows, decision.Columns = read.Rows, read.Columns
		return decision
	}
	decision.Columns = map[string]policy.Sight{}
	for i := range obj.Columns {
		decision.Columns[obj.Columns[i].Name] = policy.Sight{Mask: policy.Hidden}
	}
	return decision
}
