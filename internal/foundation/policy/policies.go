package policy

import (
	"slices"
	"sync/atomic"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Policies are the policies in force. Asking them touches neither disk nor
// network, from as many goroutines as like.
type Policies struct {
	db  *store.DB
	now atomic.Pointer[snapshot]
}

// Allow answers whether who may do action to what for a purpose, on which rows,
// seeing which columns how. What no policy permits is refused, a single forbid
// outweighs every permit, and a policy that cannot be judged refuses all that
// it is about.
func (p *Policies) Allow(who Who, action Action, what What, purpose Purpose) Decision {
	return p.now.Load().allowed(&who, action, &what, purpose)
}

// Version names the policies in force.
func (p *Policies) Version() string { return p.now.Load().version }

// Roles lists the roles, in the order of the settings.
func (p *Policies) Roles() []Role { return slices.Clone(p.now.Load().settings.RoleList) }

// Purposes lists the purposes that may be named.
func (p *Policies) Purposes() []PurposeOf { return slices.Clone(p.now.Load().settings.PurposeList) }

// Conflict refuses roles that no one may hold together, and roles that there
// are not.
func (p *Policies) Conflict(roles []string) error {
	s := p.now.Load().settings
	for _, id := range roles {
		if s.roles[id] == nil {
			return fault.New(fault.Invalid, "policy.role-unknown", id)
		}
	}
	for _, c := range s.Conflicts {
		var both []string
		for _, id := range c.Roles {
			if slices.Contains(roles, id) {
				both = append(both, id)
			}
		}
		if len(both) > 1 {
			return fault.New(fault.Conflict, "policy.roles-conflict", both[0], both[1])
		}
	}
	return nil
}
