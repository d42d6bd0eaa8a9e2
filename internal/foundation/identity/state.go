package identity

import (
	"context"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Locks lists the accounts that too many failures keep out just now.
func (s *Service) Locks(ctx context.Context, accounts []Account) (map[string]time.Time, error) {
	now := s.now()
	out := map[string]time.Time{}
	r, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		for _, a := range accounts {
			c := s.loginCounter(a.Login, Origin{}, r)
			if err := c.load(ctx, tx); err != nil {
				return err
			}
			if now.Before(c.until) && c.until.Sub(now) > delayMost {
				out[a.ID] = c.until
			}
		}
		return nil
	})
	return out, err
}

// states that one may lead to by hand.
var states = map[State][]State{
	Locked:   {Active},
	Disabled: {Invited, Active, Locked},
	Active:   {Locked, Disabled},
}

// SetState locks, disables or opens an account again; why is for those who ask
// later. Opening also forgets its failures. Locking and disabling end its
// sessions at once.
func (s *Service) SetState(ctx context.Context, by Actor, account string, to State, why string) error {
	why, err := cleanWhy(why)
	if err != nil {
		return err
	}
	if to != Active {
		if err := s.keepAdministrator(ctx, account, s.now()); err != nil {
			return err
		}
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		a, err := accountByID(ctx, tx, account)
		if err != nil {
			return err
		}
		if a.State == to && to == Active {
			return s.unlock(ctx, tx, tell, by, a)
		}
		if !slices.Contains(states[to], a.State) {
			return fault.New(fault.Conflict, "identity.state", a.Login)
		}
		if to == Active && a.PasswordSet.IsZero() && a.Kind != KindEmergency {
			to = Invited // it never had a password
		}
		if err := s.setState(ctx, tx, a, to, why); err != nil {
			return err
		}
		if to == Active || to == Invited {
			if err := s.forgive(ctx, tx, a.Login); err != nil {
				return err
			}
		}
		return tell(Event{Action: "account." + string(to), Account: a.ID, By: by, Detail: map[string]string{"from": string(a.State)}})
	})
}

func (s *Service) setState(ctx context.Context, tx *store.Tx, a Account, to State, why string) error {
	// Who is let in again has the whole time to come.
	_, err := tx.ExecContext(ctx, `UPDATE accounts SET state = $1, state_why = $2, version = version + 1,
			alive_at = CASE WHEN $1 IN ('active', 'invited') THEN $3 ELSE alive_at END WHERE id = $4`,
		string(to), why, store.Stamp(s.now()), a.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1`, a.ID); err != nil {
		return err
	}
	if to == Disabled {
		if _, err := tx.ExecContext(ctx, `DELETE FROM account_slips WHERE account = $1 AND kind = 'activate'`, a.ID); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { s.live.dropAccount(a.ID) })
	return nil
}

// Unlock forgets the failures that keep an account out.
func (s *Service) Unlock(ctx context.Context, by Actor, account string) error {
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		a, err := accountByID(ctx, tx, account)
		if err != nil {
			return err
		}
		return s.unlock(ctx, tx, tell, by, a)
	})
}

func (s *Service) unlock(ctx context.Context, tx *store.Tx, tell teller, by Actor, a Account) error {
	if err := s.forgive(ctx, tx, a.Login); err != nil {
		return err
	}
	return tell(Event{Action: "account.unlock", Account: a.ID, By: by})
}

// RequireChange makes the owner choose another password at the next sign-in.
func (s *Service) RequireChange(ctx context.Context, by Actor, account string) error {
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if _, err := accountByID(ctx, tx, account); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET change_required = 1 WHERE id = $1`, account); err != nil {
			return err
		}
		if err := s.bump(ctx, tx, account); err != nil {
			return err
		}
		return tell(Event{Action: "password.require", Account: account, By: by})
	})
}

// Erase takes everything personal out of an account for good. Its id stays, so
// that history still knows one person from another.
func (s *Service) Erase(ctx context.Context, by Actor, account string) error {
	if err := s.keepAdministrator(ctx, account, s.now()); err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		a, err := accountByID(ctx, tx, account)
		if err != nil {
			return err
		}
		if err := s.forgive(ctx, tx, a.Login); err != nil {
			return err
		}
		if err := dropFactors(ctx, tx, account); err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM sessions WHERE account = $1`, `DELETE FROM signin_pending WHERE account = $1`, `DELETE FROM account_slips WHERE account = $1`,
			`DELETE FROM account_passwords WHERE account = $1`, `DELETE FROM account_grants WHERE account = $1`} {
			if _, err := tx.ExecContext(ctx, q, account); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE accounts SET login = '', login_folded = $1, login_looks = $1, name = '', email = '', phone = '', person_id = '',
				mandate_paper = '', password_hash = '', state = 'erased', state_why = '', last_ip = '', version = version + 1 WHERE id = $2`, "#"+account, account)
		if err != nil {
			return err
		}
		// Its name beside what it has done goes too; its id stays there.
		for _, q := range []string{`UPDATE accounts SET created_name = '' WHERE created_id = $1`, `UPDATE account_grants SET by_name = '' WHERE by_id = $1`,
			`UPDATE account_slips SET by_name = '' WHERE by_id = $1`, `UPDATE signin_rules SET by_name = '' WHERE by_id = $1`} {
			if _, err := tx.ExecContext(ctx, q, account); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { s.live.dropAccount(account) })
		return tell(Event{Action: "account.erase", Account: account, By: by})
	})
}
