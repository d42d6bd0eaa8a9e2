package accountdesk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// An About is what is said of an account, as a person writes it.
type About struct {
	Name, Email, Phone string
	Org                string // id, code or whole name; "" = none
	Mandate                   // of a company
}

// A Mandate is the paper under which a company works for an agency.
type Mandate struct{ Paper, From, To string }

// AddCompany makes the account of a company that works under an agency's mandate.
func (d *Desk) AddCompany(ctx context.Context, login string, about About) (string, error) {
	n, err := d.said(ctx, about, identity.NewAccount{Login: login, Kind: identity.KindCompany})
	var a identity.Account
	if err == nil {
		a, err = d.Add(ctx, door.Actor(ctx), n)
	}
	return a.ID, d.did(ctx, a.ID, "add", err, nil)
}

// said writes what is said of an account over what there is.
func (d *Desk) said(ctx context.Context, about About, n identity.NewAccount) (identity.NewAccount, error) {
	n.Name, n.Email, n.Phone = about.Name, about.Email, about.Phone
	var err error
	if n.OrgID, err = d.Posts.Named(ctx, about.Org); err != nil || n.Kind != identity.KindCompany {
		return n, err
	}
	n.MandatePaper = about.Paper
	if n.MandateFrom, err = orgdesk.ReadISO(about.From); err != nil {
		return n, err
	}
	n.MandateTo, err = orgdesk.ReadISO(about.To)
	return n, err
}

// Digest names what is said of an account, for who changes it.
func Digest(a identity.Account) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{a.Name, a.Email, a.Phone, a.OrgID, a.MandatePaper, a.MandateFrom, a.MandateTo}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Change writes what is said of an account over what is there, of its person too. base
// is the Digest of what the editor had before them.
func (d *Desk) Change(ctx context.Context, id, base string, about About) error {
	return d.did(ctx, id, "change", d.change(ctx, id, base, about), nil)
}

func (d *Desk) change(ctx context.Context, id, base string, about About) error {
	a, err := d.Account(ctx, id)
	if err != nil {
		return err
	}
	if base != Digest(a) {
		return fault.New(fault.Conflict, "people.account-changed", a.Name)
	}
	if a.Kind == identity.KindCompany && about.Mandate == (Mandate{}) {
		return fault.New(fault.Invalid, "identity.mandate")
	}
	n, err := d.said(ctx, about, identity.NewAccount{Login: a.Login, Kind: a.Kind, PersonID: a.PersonID})
	if err != nil {
		return err
	}
	if a.PersonID != "" {
		person, err := d.Posts.Orgs.Person(ctx, a.PersonID)
		if err != nil {
			return err
		}
		person.Name, person.Email, person.Phone = n.Name, n.Email, n.Phone
		if _, err := d.Posts.Orgs.ChangePerson(ctx, door.Actor(ctx), person); err != nil {
			return err
		}
	}
	_, err = d.Update(ctx, door.Actor(ctx), id, n)
	return err
}

// states are the words of the log for them.
var states = map[identity.State]string{identity.Locked: "lock", identity.Disabled: "disable", identity.Active: "open"}

// SetState locks an account, takes it out of use, or lets its owner in again. Whoever
// keeps somebody out says why.
func (d *Desk) SetState(ctx context.Context, id string, to identity.State, why string) error {
	if why = strings.TrimSpace(why); why == "" && to != identity.Active {
		return d.did(ctx, id, states[to], fault.New(fault.Invalid, "people.no-why"), nil)
	}
	return d.did(ctx, id, states[to], d.Service.SetState(ctx, door.Actor(ctx), id, to, why), map[string]string{"state": string(to)})
}

// Unlock forgets the failures that keep an account's owner out.
func (d *Desk) Unlock(ctx context.Context, id string) error {
	return d.did(ctx, id, "unlock", d.Service.Unlock(ctx, door.Actor(ctx), id), nil)
}

// RequireChange makes the owner choose another password at the next sign-in.
func (d *Desk) RequireChange(ctx context.Context, id string) error {
	return d.did(ctx, id, "require", d.Service.RequireChange(ctx, door.Actor(ctx), id), nil)
}

// Reset takes all factors of an account away, so that its owner sets up new ones. sure
// says that who asked for it has been made sure of.
func (d *Desk) Reset(ctx context.Context, id string, sure bool) error {
	err := error(fault.New(fault.Invalid, "people.reset.unsure"))
	if sure {
		err = d.ResetMethods(ctx, door.Actor(ctx), id)
	}
	return d.did(ctx, id, "reset", err, nil)
}

// End ends a session of an account, or all of them: "".
func (d *Desk) End(ctx context.Context, id, session string) error {
	var err error
	if session != "" {
		err = d.EndSession(ctx, door.Actor(ctx), id, session)
	} else {
		err = d.EndSessions(ctx, door.Actor(ctx), id, "")
	}
	return d.did(ctx, id, "end", err, nil)
}

// An Asked is a role that is to be given, as a person writes it.
type Asked struct {
	Role     string
	Org      string // id, code or whole name; "" = wherever the account acts
	Units    []string
	From, To string // days; "" = today, open
}

// Grant gives an account a role.
func (d *Desk) Grant(ctx context.Context, id string, asked Asked) error {
	g := identity.Grant{Account: id, Role: asked.Role, Units: asked.Units}
	var err error
	if g.Org, err = d.Posts.Named(ctx, asked.Org); err != nil {
		return d.did(ctx, id, "grant", err, nil)
	}
	if g.From, err = orgdesk.ReadISO(asked.From); err == nil {
		g.To, err = orgdesk.ReadISO(asked.To)
	}
	if err != nil {
		return d.did(ctx, id, "grant", err, nil)
	}
	_, err = d.Service.Grant(ctx, door.Actor(ctx), g)
	return d.did(ctx, id, "grant", err, map[string]string{"role": g.Role, "org": g.Org})
}

// Revoke takes back a grant of this account and of no other.
func (d *Desk) Revoke(ctx context.Context, id, grant string) error {
	all, err := d.Grants(ctx, id)
	for _, g := range all {
		if g.ID == grant {
			return d.did(ctx, id, "revoke", d.Service.Revoke(ctx, door.Actor(ctx), g.ID), map[string]string{"role": g.Role})
		}
	}
	if err == nil {
		err = fault.New(fault.Conflict, "people.no-grant")
	}
	return d.did(ctx, id, "revoke", err, nil)
}
