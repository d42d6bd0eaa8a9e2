package identity

import (
	"context"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/store"
)

// OfPersonIn are the accounts of a person, but not erased ones, as a transaction of
// the control database sees them.
func (s *Service) OfPersonIn(ctx context.Context, tx *store.Tx, person string) (all []Account, err error) {
	if person == "" {
		return nil, nil
	}
	err = tx.Each(ctx, func(scan func(...any) error) error {
		a, err := scanAccount(scanning(scan))
		all = append(all, a)
		return err
	}, `SELECT `+accountColumns+` FROM accounts a WHERE a.person_id = $1 AND a.state <> 'erased' ORDER BY a.id`, person)
	if err != nil {
		return nil, fmt.Errorf("accounts of a person: %w", err)
	}
	return all, nil
}

// A Granted is an account to which a role was given itself.
type Granted struct {
	Account
	Where string // organisation, "" = wherever it acts
}

// GrantedIn are the accounts to which a role is given today, but not erased ones, as
// a transaction of the control database sees them. Roles of posts are not among them.
func (s *Service) GrantedIn(ctx context.Context, tx *store.Tx, role string) (all []Granted, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var g Granted
		var err error
		g.Account, err = scanAccount(scanning(scan), &g.Where)
		all = append(all, g)
		return err
	}, `SELECT `+accountColumns+`, g.org FROM accounts a JOIN account_grants g ON g.account = a.id
		WHERE g.role = $1 AND g.from_day <= $2 AND (g.to_day = '' OR g.to_day >= $2) AND a.state <> 'erased' ORDER BY a.id, g.id`, role, day(s.now()))
	if err != nil {
		return nil, fmt.Errorf("accounts with role %s: %w", role, err)
	}
	return all, nil
}

// scanning is the function of a row that reads it.
type scanning func(...any) error

// Scan implements scanner.
func (f scanning) Scan(to ...any) error { return f(to...) }
