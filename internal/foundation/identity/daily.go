package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/store"
)

// A Sweep is what a day's work has done.
type Sweep struct {
	Inactive []string // ids of accounts disabled because nobody used them
	Mandates []string // ids of company accounts whose mandate is over
}

// DisableInactive disables accounts that nobody has used for too long and
// company accounts whose mandate is over, and clears away what has ended. It is
// run once a day. Emergency accounts are made to be unused.
func (s *Service) DisableInactive(ctx context.Context, now time.Time) (Sweep, error) {
	var done Sweep
	r, err := s.Rules(ctx)
	if err != nil {
		return done, err
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		done = Sweep{}
		before := store.Stamp(now.AddDate(0, 0, -r.InactiveDays))
		if done.Inactive, err = s.disable(ctx, tx, tell, WhyInactive,
			`SELECT id FROM accounts WHERE state IN ('active', 'invited', 'locked') AND kind <> 'emergency' AND alive_at < $1 ORDER BY id`, before); err != nil {
			return err
		}
		done.Mandates, err = s.disable(ctx, tx, tell, WhyMandate,
			`SELECT id FROM accounts WHERE state IN ('active', 'invited', 'locked') AND kind = 'company' AND mandate_to < $1 ORDER BY id`, day(now))
		return err
	})
	if err != nil {
		return done, fmt.Errorf("inactive accounts: %w", err)
	}
	return done, s.clearEnded(ctx, now)
}

func (s *Service) disable(ctx context.Context, tx *store.Tx, tell teller, why, query, arg string) ([]string, error) {
	ids, err := texts(ctx, tx, query, arg)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := s.setState(ctx, tx, Account{ID: id}, Disabled, why); err != nil {
			return nil, err
		}
		if err := tell(Event{Action: "account.disabled", Account: id, By: System, Why: why}); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// clearEnded removes what nobody can use any more.
func (s *Service) clearEnded(ctx context.Context, now time.Time) error {
	stamp := store.Stamp(now)
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for _, q := range []string{`DELETE FROM sessions WHERE ends_at < $1`, `DELETE FROM signin_pending WHERE ends_at < $1`,
			`DELETE FROM signin_ceremonies WHERE ends_at < $1`, `DELETE FROM account_slips WHERE ends_at <> '' AND ends_at < $1`} {
			if _, err := tx.ExecContext(ctx, q, stamp); err != nil {
				return err
			}
		}
		day := store.Stamp(now.Add(-24 * time.Hour))
		_, err := tx.ExecContext(ctx, `DELETE FROM signin_failures WHERE last_at < $1 AND until_at < $2`, day, stamp)
		return err
	})
}

// A Reviewed account is a line of the list that is signed every six months.
type Reviewed struct {
	Account Account
	Org     string // name of the organisation
	Roles   []string
	Factors []Factor
	Unused  int // days since it was last used
}

// Review lists every account that is not erased, with what a reviewer asks.
func (s *Service) Review(ctx context.Context) ([]Reviewed, error) {
	now := s.now()
	var out []Reviewed
	after := ""
	for {
		page, err := s.Accounts(ctx, Filter{After: after, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			after = a.ID
			line, err := s.reviewed(ctx, a, now)
			if err != nil {
				return nil, err
			}
			out = append(out, line)
		}
		if len(page) < 1000 {
			return out, nil
		}
	}
}

func (s *Service) reviewed(ctx context.Context, a Account, now time.Time) (Reviewed, error) {
	st, err := s.standing(ctx, a, now)
	if err != nil {
		return Reviewed{}, err
	}
	org, err := s.orgName(ctx, a.OrgID)
	if err != nil {
		return Reviewed{}, err
	}
	methods, err := s.Methods(ctx, a.ID)
	if err != nil {
		return Reviewed{}, err
	}
	line := Reviewed{Account: a, Org: org, Roles: st.roles, Unused: max(0, int(now.Sub(a.AliveAt).Hours()/24))}
	for _, m := range methods {
		line.Factors = append(line.Factors, m.Kind)
	}
	return line, nil
}
