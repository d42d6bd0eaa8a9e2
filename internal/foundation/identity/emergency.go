package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// MakeEmergency makes an emergency account and the code that opens it, which is
// printed once, sealed in an envelope and kept in a safe. The account needs no
// network, no telephone and no other account; every use raises an alarm.
func (s *Service) MakeEmergency(ctx context.Context, by Actor, name string) (a Account, code string, err error) {
	bad := func() error { return fault.New(fault.Invalid, "identity.name", maxName) }
	if name, err = cleanText(name, maxName, bad); err == nil && name == "" {
		err = bad()
	}
	if err != nil {
		return a, "", err
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		login := "khan-cap-" + strings.ToLower(newID(s.now())[20:])
		if a, err = s.insert(ctx, tx, by, NewAccount{Login: login, Name: name, Kind: KindEmergency}, login); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET state = 'active' WHERE id = $1`, a.ID); err != nil {
			return err
		}
		a.State = Active
		if code, err = s.newSlip(ctx, tx, by, slipEmergency, "", a.ID, noEnd); err != nil {
			return err
		}
		return tell(Event{Action: "emergency.make", Account: a.ID, By: by, Loud: true})
	})
	return a, code, err
}

// Reseal makes a new code for an emergency account, after a use or when the
// envelope was opened; its sessions end.
func (s *Service) Reseal(ctx context.Context, by Actor, account string) (code string, err error) {
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		a, err := accountByID(ctx, tx, account)
		if err != nil {
			return err
		}
		if a.Kind != KindEmergency || a.State == Erased {
			return fault.New(fault.Conflict, "identity.emergency.kind", a.Login)
		}
		if code, err = s.newSlip(ctx, tx, by, slipEmergency, "", a.ID, noEnd); err != nil {
			return err
		}
		if err := s.setState(ctx, tx, a, Active, ""); err != nil {
			return err
		}
		return tell(Event{Action: "emergency.seal", Account: a.ID, By: by, Loud: true})
	})
	return code, err
}

// Sealed reports whether an emergency account can be used.
func (s *Service) Sealed(ctx context.Context, account string) (sealed bool, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account_slips WHERE kind = $1 AND account = $2`, slipEmergency, account).Scan(&n)
		sealed = n > 0
		return err
	})
	return sealed, err
}

// UseEmergency opens the emergency account with its sealed code, which is used
// up. Whoever does so says why. The alarm is given whatever else fails: the
// events are kept with the session, and a log that takes nothing just now does
// not keep anybody out, since it may be what is to be mended.
func (s *Service) UseEmergency(ctx context.Context, code, why string, from Origin) (Issued, []Event, error) {
	why, err := cleanWhy(why)
	if err != nil {
		return Issued{}, nil, err
	}
	if why == "" {
		return Issued{}, nil, fault.New(fault.Invalid, "identity.emergency.why")
	}
	found, err := s.trySlip(ctx, slipEmergency, code, from)
	if err != nil {
		return Issued{}, nil, err
	}
	now, err := s.tick(ctx)
	if err != nil {
		return Issued{}, nil, err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return Issued{}, nil, err
	}
	var issued *Issued
	var loud []Event
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		issued, loud = nil, nil
		a, err := accountByID(ctx, tx, found.account)
		if err != nil {
			return err
		}
		if a.State != Active {
			return fault.New(fault.Denied, "identity.disabled")
		}
		if err := useUp(ctx, tx, found.id); err != nil {
			return err
		}
		st := standing{roles: rolesOn(a, nil, nil, day(now))}
		if issued, err = s.issue(ctx, tx, a, st, from, FactorSealed, now, r); err != nil {
			return err
		}
		e := Event{Action: "emergency.use", Account: a.ID, By: a.Actor(), IP: address(from.IP), Loud: true,
			Detail: map[string]string{"reason": why, "session": issued.Session.ID, "until": store.Stamp(issued.Session.EndsAt)}}
		loud = append(loud, e)
		return tell(e)
	})
	if fault.Is(err, "identity.not-recorded") {
		err = nil
	}
	if err != nil {
		return Issued{}, nil, fmt.Errorf("emergency account: %w", err)
	}
	return *issued, loud, nil
}

// noEnd: a sealed code lasts until it is used or sealed anew.
var noEnd time.Time
