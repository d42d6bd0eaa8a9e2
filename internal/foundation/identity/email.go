package identity

import (
	"context"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// How long the code of a letter proves an address, and how soon the next letter
// may be asked for: nobody fills a stranger's mailbox from here.
const (
	emailFor   = time.Hour
	emailPause = time.Minute
)

// AskEmail makes the code that proves that an e-mail address is the account's. It
// must go to that address, and nowhere else; one made before is void. The address
// comes back as it would be kept. Soon after the last code there is no other
// ("identity.email.wait").
func (s *Service) AskEmail(ctx context.Context, a Account, address string) (email, code string, err error) {
	email, err = cleanEmail(address)
	if err == nil && email == "" {
		err = fault.New(fault.Invalid, "identity.email")
	}
	if err == nil && a.Kind == KindEmergency {
		err = fault.New(fault.Conflict, "identity.not-editable")
	}
	if err != nil {
		return "", "", err
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		now, n := s.now(), 0
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_slips WHERE kind = $1 AND account = $2 AND made_at > $3`,
			slipEmail, a.ID, store.Stamp(now.Add(-emailPause))).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.TooMany, "identity.email.wait")
		}
		if code, err = s.newSlip(ctx, tx, a.Actor(), slipEmail, email, a.ID, now.Add(emailFor)); err != nil {
			return err
		}
		return tell(Event{Action: "email.ask", Account: a.ID, By: a.Actor()})
	})
	return email, code, err
}

// ConfirmEmail takes an address over that its code has proved; another code, or
// the code of another address, is a fault "identity.email.code".
func (s *Service) ConfirmEmail(ctx context.Context, a Account, address, code string) error {
	email, err := cleanEmail(address)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		p, err := s.slipBy(ctx, tx, slipEmail, email, code, s.now())
		if err == nil && p.account != a.ID || fault.Is(err, "identity.slip.wrong") {
			return fault.New(fault.Invalid, "identity.email.code")
		}
		if err != nil {
			return err
		}
		return s.keepEmail(ctx, tx, tell, a, email)
	})
}

// DropEmail takes the address out of an account: nothing is mailed to it any more.
func (s *Service) DropEmail(ctx context.Context, a Account) error {
	return s.change(ctx, func(tx *store.Tx, tell teller) error { return s.keepEmail(ctx, tx, tell, a, "") })
}

func (s *Service) keepEmail(ctx context.Context, tx *store.Tx, tell teller, a Account, email string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM account_slips WHERE kind = $1 AND account = $2`, slipEmail, a.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET email = $1 WHERE id = $2`, email, a.ID); err != nil {
		return err
	}
	tx.OnCommit(func() { s.live.dropAccount(a.ID) })
	return tell(Event{Action: "account.change", Account: a.ID, By: a.Actor(), Detail: map[string]string{"fields": "email"}})
}
