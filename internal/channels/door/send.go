package door

import (
	"context"
	"errors"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// MaySend asks whether a file may be sent to an object, or to all of a data set
// when obj is nil. Who may send some rows alone does not replace all of them;
// mode "" is the contract's own.
//
// rows are those that the sender may write, nil for all: the corridor refuses a
// file with others.
func (d *Door) MaySend(ctx context.Context, con *contract.Contract, obj *contract.Object, mode contract.Mode) (rows *policy.Rows, err error) {
	objects := con.Objects
	if obj != nil {
		objects = []*contract.Object{obj}
	}
	for _, o := range objects {
		what := con.What(o)
		decision, err := d.May(ctx, policy.Send, what)
		if err != nil {
			return nil, err
		}
		if !decision.Rows.All {
			rows = &decision.Rows
		}
		replaces := mode == contract.Replace || mode == "" && o.Mode == contract.Replace
		if replaces && !decision.Rows.All {
			return nil, errors.Join(fault.New(fault.Denied, "door.replace-others", o.Title), d.note(ctx, policy.Send, what, "deny", reasons(decision), nil))
		}
	}
	return rows, nil
}
