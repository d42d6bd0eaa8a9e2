package contract

import (
	"context"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// The registers that the platform itself reads, whatever a province calls the data
// sets that keep them (phohien.register).
const (
	RegisterSystems   = "systems"            // information systems, databases, platforms
	RegisterOperation = "operation"          // what systems report of themselves
	RegisterProcess   = "process"            // which state of a system may follow which
	RegisterNational  = "national-databases" // national databases
	RegisterPlans     = "plans"              // plans, and the acts that they rest on
	RegisterTasks     = "tasks"              // of plans
	RegisterTargets   = "targets"            // of plans
	RegisterDuties    = "duties"             // reports and reviews that plans order
)

// For is the contract in force whose data set keeps a register, one in use before
// one that is retired. None is a fault "dataset.unknown".
func (s *Store) For(ctx context.Context, register string) (*Contract, error) {
	return s.lasting(prefix+"register "+register, func() (found *Contract, err error) { // no id of a data set
		for c, err := range All(ctx, s) {
			if err != nil {
				return nil, err
			}
			if c.Register == register && (found == nil || found.Retired && !c.Retired) {
				found = c
			}
		}
		if found == nil {
			return nil, fault.New(fault.NotFound, "dataset.unknown", register)
		}
		return found, nil
	})
}

// registerFree refuses a second data set for a register: nobody could tell which
// of them counts.
func registerFree(ctx context.Context, tx *store.Tx, c *Contract) error {
	if c.Register == "" {
		return nil
	}
	return tx.Each(ctx, func(scan func(...any) error) error {
		var id, document string
		if err := scan(&id, &document); err != nil {
			return err
		}
		doc, err := odcs.Read([]byte(document))
		if err != nil {
			return fmt.Errorf("contract of %s: %w", id, err)
		}
		if has, _ := doc.Contract().CustomProperties.Get(prefix + "register"); has == c.Register {
			return fault.New(fault.Conflict, "contract.register-taken", c.Register, id)
		}
		return nil
	}, `SELECT id, document FROM contracts WHERE id <> $1 AND state = 'current' AND document LIKE '%phohien.register%' ORDER BY id`, c.ID)
}
