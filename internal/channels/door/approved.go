package door

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// WhatApproved is a data set of which so many persons have approved an export.
func WhatApproved(con *contract.Contract, obj *contract.Object, approvals int) policy.What {
	what := con.What(obj)
	what.Approvals = approvals
	return what
}

// WhatRequest is a data set as approving an export of it is judged: who asks has
// proposed it, and who has approved it does not count twice.
func WhatRequest(con *contract.Contract, obj *contract.Object, proposer string, approvers []string) policy.What {
	what := con.What(obj)
	what.Proposer, what.Approvals, what.Approvers = proposer, len(approvers), approvers
	return what
}

// For lets the rest of a request go on for another purpose than the session's:
// an approved export is for the purpose that was approved.
func For(ctx context.Context, p policy.Purpose) { From(ctx).Purpose = p }

// AsksFor is Asks for what the caller may do in a session with a second factor
// and this purpose.
func (d *Door) AsksFor(ctx context.Context, action policy.Action, what policy.What, p policy.Purpose) policy.Decision {
	c := From(ctx)
	who := c.Who
	who.Strong = true
	return d.decide(&Caller{Who: who, Actor: c.Actor, Purpose: p, Scopes: c.Scopes}, action, what)
}

// SeeApproved is See for an export that so many persons have approved. check
// looks at the decision before anything is seen.
func (d *Door) SeeApproved(ctx context.Context, con *contract.Contract, obj *contract.Object, approvals int, check func(policy.Decision) error) (*record.View, error) {
	decision, err := d.May(ctx, policy.Export, WhatApproved(con, obj, approvals))
	if err != nil {
		return nil, err
	}
	if err := check(decision); err != nil {
		return nil, err
	}
	From(ctx).uses(obj)
	return d.through(ctx, policy.Export, decision, con, obj)
}
