package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The kinds of one-time codes.
const (
	slipFirst     = "first"
	slipActivate  = "activate"
	slipEmergency = "emergency"
	slipEmail     = "email" // proves that an e-mail address is the account's; bound to that address
)

// groups is how many groups of five characters a code has.
var groups = map[string]int{slipFirst: 6, slipActivate: 4, slipEmergency: 8, slipEmail: 2}

// firstFor is how long the link for the first administrator lasts.
const firstFor = 24 * time.Hour

// newSlip makes a one-time code; one made before for the same is void. What it is
// bound to, "" = nothing, must be given again with it.
func (s *Service) newSlip(ctx context.Context, tx *store.Tx, by Actor, kind, bound, account string, ends time.Time) (string, error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM account_slips WHERE kind = $1 AND account = $2`, kind, account); err != nil {
		return "", err
	}
	code := newCode(groups[kind])
	now := s.now()
	_, err := tx.ExecContext(ctx, `INSERT INTO account_slips (id, kind, account, digest, made_at, ends_at, by_kind, by_id, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		newID(now), kind, account, s.slipDigest(kind, bound, code), store.Stamp(now), stampOr(ends), by.Kind, by.ID, by.Name)
	if err != nil {
		return "", fmt.Errorf("one-time code: %w", err)
	}
	return code, nil
}

func (s *Service) slipDigest(kind, bound, code string) string {
	if bound != "" {
		kind += "/" + bound
	}
	return s.seal.digest("slip/"+kind, strings.ReplaceAll(code, "-", ""))
}

// A slip is a one-time code that was found.
type slip struct{ id, account string }

// slipBy finds a typed code that is still good. What is wrong is told in one
// way, whatever it is.
func (s *Service) slipBy(ctx context.Context, tx *store.Tx, kind, bound, text string, now time.Time) (slip, error) {
	bad := fault.New(fault.Denied, "identity.slip.wrong")
	code, ok := readCode(text, groups[kind])
	if !ok {
		return slip{}, bad
	}
	var p slip
	var ends string
	err := tx.QueryRowContext(ctx, `SELECT id, account, ends_at FROM account_slips WHERE kind = $1 AND digest = $2`, kind, s.slipDigest(kind, bound, code)).Scan(&p.id, &p.account, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return p, bad
	}
	if err != nil {
		return p, fmt.Errorf("one-time code: %w", err)
	}
	if ends != "" && ends <= store.Stamp(now) {
		return p, bad
	}
	return p, nil
}

// FirstLink makes the code of the link with which the first administrator makes
// an account. There is one only while there is no active administrator; a new
// one makes the old void.
func (s *Service) FirstLink(ctx context.Context) (string, error) {
	now, err := s.tick(ctx)
	if err != nil {
		return "", err
	}
	if err := s.noAdministrator(ctx); err != nil {
		return "", err
	}
	var code string
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		if code, err = s.newSlip(ctx, tx, System, slipFirst, "", "", now.Add(firstFor)); err != nil {
			return err
		}
		return tell(Event{Action: "first.link", By: System, Loud: true})
	})
	return code, err
}

func (s *Service) noAdministrator(ctx context.Context) error {
	n, err := s.Administrators(ctx, "")
	if err == nil && n > 0 {
		return fault.New(fault.Conflict, "identity.first.exists")
	}
	return err
}

// CheckFirst says whether the code of the first link is good, for the page that
// it opens.
func (s *Service) CheckFirst(ctx context.Context, code string, from Origin) error {
	_, err := s.trySlip(ctx, slipFirst, code, from)
	return err
}

// trySlip finds a code, counting wrong ones by address.
func (s *Service) trySlip(ctx context.Context, kind, text string, from Origin) (p slip, err error) {
	now, err := s.tick(ctx)
	if err != nil {
		return p, err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return p, err
	}
	g := s.guardOf("", from, r)
	_, err = s.step(ctx, func(tx *store.Tx, tell teller) (Step, error) {
		if err := g.try(ctx, tx, now, r); err != nil {
			return Step{}, err
		}
		if p, err = s.slipBy(ctx, tx, kind, "", text, now); err != nil {
			if f := fault.Of(err); f != nil {
				err = errors.Join(refused{err}, g.failed(tell, Event{Action: "slip." + kind, By: nobody, Why: f.Key, IP: address(from.IP)}))
			}
			return Step{}, err
		}
		return Step{}, g.passed(ctx, tx)
	})
	return p, err
}

// Claim makes the first administrator's account with the code of the first
// link, and goes on with choosing a password. The code is used up when the
// password has been chosen.
func (s *Service) Claim(ctx context.Context, code string, n NewAccount, from Origin) (Step, error) {
	p, err := s.trySlip(ctx, slipFirst, code, from)
	if err != nil {
		return Step{}, err
	}
	if err := s.noAdministrator(ctx); err != nil {
		return Step{}, err
	}
	n.Kind = KindPerson
	n, folded, err := n.clean()
	if err != nil {
		return Step{}, err
	}
	if err := s.checkOrg(ctx, n.OrgID); err != nil {
		return Step{}, err
	}
	now := s.now()
	var a Account
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		// Who began and did not finish begins again.
		if _, err := tx.ExecContext(ctx, `DELETE FROM account_grants WHERE account IN (SELECT id FROM accounts WHERE state = 'invited' AND created_id = $1)`, firstBy.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM accounts WHERE state = 'invited' AND created_id = $1`, firstBy.ID); err != nil {
			return err
		}
		if a, err = s.insert(ctx, tx, firstBy, n, folded); err != nil {
			return err
		}
		g := Grant{ID: newID(now), Account: a.ID, Role: policy.RoleAdmin, Units: []string{}, From: day(now), MadeAt: now, By: firstBy}
		if err := insertGrant(ctx, tx, g); err != nil {
			return err
		}
		return tell(Event{Action: "first.claim", Account: a.ID, By: firstBy, IP: address(from.IP), Loud: true})
	})
	if err != nil {
		return Step{}, err
	}
	return s.activation(ctx, a, p.id, from, now)
}

// firstBy is who makes the first account.
var firstBy = Actor{Kind: System.Kind, ID: "first-link", Name: System.Name}

// Invite makes an activation code for an account that is invited, or whose
// owner has forgotten the password; factors that are set up must be shown all
// the same.
func (s *Service) Invite(ctx context.Context, by Actor, account string) (code string, err error) {
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		code, err = s.invite(ctx, tx, tell, by, account)
		return err
	})
	return code, err
}

func (s *Service) invite(ctx context.Context, tx *store.Tx, tell teller, by Actor, account string) (string, error) {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return "", err
	}
	if a.Kind == KindEmergency || a.State != Invited && a.State != Active {
		return "", fault.New(fault.Conflict, "identity.invite.state", a.Login)
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return "", err
	}
	code, err := s.newSlip(ctx, tx, by, slipActivate, "", a.ID, s.now().AddDate(0, 0, r.SlipDays))
	if err != nil {
		return "", err
	}
	return code, tell(Event{Action: "account.invite", Account: a.ID, By: by})
}

// Activate begins to choose a password with the code of an activation slip. The
// code is used up when the password has been chosen.
func (s *Service) Activate(ctx context.Context, code string, from Origin) (Step, error) {
	p, err := s.trySlip(ctx, slipActivate, code, from)
	if err != nil {
		return Step{}, err
	}
	a, err := s.Account(ctx, p.account)
	if err != nil {
		return Step{}, err
	}
	now := s.now()
	if a.State != Invited {
		if err := s.mayEnter(ctx, a, from, now); err != nil {
			return Step{}, err
		}
	} else if !a.inMandate(now) {
		return Step{}, fault.New(fault.Denied, "identity.mandate.over", shown(a.MandateFrom), shown(a.MandateTo))
	}
	return s.activation(ctx, a, p.id, from, now)
}

func (s *Service) activation(ctx context.Context, a Account, slip string, from Origin, now time.Time) (Step, error) {
	r, err := s.Rules(ctx)
	if err != nil {
		return Step{}, err
	}
	st, err := s.standing(ctx, a, now)
	if err != nil {
		return Step{}, err
	}
	p := newPending(a, wayActivate, from, now)
	p.slip = slip
	return s.start(ctx, a, st, p, now, r, func(tx *store.Tx) error { return nil })
}

// activate uses the code up and makes the account active.
func (s *Service) activate(ctx context.Context, tx *store.Tx, tell teller, p *pending, a Account, now time.Time) error {
	if err := useUp(ctx, tx, p.slip); err != nil {
		return err
	}
	if a.State == Active {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET state = 'active', state_why = '', alive_at = $1 WHERE id = $2`, store.Stamp(now), a.ID); err != nil {
		return err
	}
	return tell(Event{Action: "account.activate", Account: a.ID, By: a.Actor(), IP: p.ip})
}

// A Slip is what is printed for the owner of an account, and kept nowhere.
type Slip struct {
	Account string
	Name    string
	Login   string
	Org     string // its name
	Code    string
	URL     string // the code stands behind #, so that no server's log holds it
	QR      []byte // PNG of URL
	Ends    time.Time
}

// ActivatePath is the page that activation slips lead to.
const ActivatePath = "/activate"

// ActivationSlips makes new activation codes for accounts, in the order given;
// earlier ones are void.
func (s *Service) ActivationSlips(ctx context.Context, by Actor, ids []string, baseURL string) ([]Slip, error) {
	r, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	slips := make([]Slip, len(ids))
	orgs := make([]string, len(ids))
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		for i, id := range ids {
			code, err := s.invite(ctx, tx, tell, by, id)
			if err != nil {
				return err
			}
			a, err := accountByID(ctx, tx, id)
			if err != nil {
				return err
			}
			orgs[i] = a.OrgID
			slips[i] = Slip{Account: id, Name: a.Name, Login: a.Login, Code: code, Ends: s.now().AddDate(0, 0, r.SlipDays),
				URL: strings.TrimRight(baseURL, "/") + ActivatePath + "#" + code}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range slips {
		if slips[i].Org, err = s.orgName(ctx, orgs[i]); err != nil {
			return nil, err
		}
		if slips[i].QR, err = qrPNG(slips[i].URL, 5); err != nil {
			return nil, err
		}
	}
	return slips, nil
}

func (s *Service) orgName(ctx context.Context, org string) (string, error) {
	if org == "" || s.d.OrgName == nil {
		return org, nil
	}
	name, ok, err := s.d.OrgName(ctx, org)
	if !ok {
		name = org
	}
	return name, err
}

func parseAddr(ip string) netip.Addr {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Addr{} // none was known
	}
	return addr
}

// useUp takes a slip away. One that somebody else was faster to use is wrong.
func useUp(ctx context.Context, tx *store.Tx, slip string) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM account_slips WHERE id = $1`, slip)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fault.New(fault.Denied, "identity.slip.wrong")
	}
	return nil
}
