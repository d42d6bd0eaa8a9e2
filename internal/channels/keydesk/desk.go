// Package keydesk is what the API and the pages have in common about the accounts of
// programs: making, changing, suspending and closing them, and giving and revoking
// what they sign in with. Everything that is written is in the log, secrets never.
// Who may is what the routes ask.
package keydesk

import (
	"cmp"
	"context"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Desk is where accounts of programs are changed.
type Desk struct {
	*clients.Registry
	Door *door.Door
	Orgs *org.Store
}

// Create makes the account of a program. A client_id that was ever used is a Conflict.
func (d *Desk) Create(ctx context.Context, c clients.Client) (clients.Client, error) {
	if err := d.known(ctx, c.Org); err != nil {
		return c, d.did(ctx, c.ID, "add", err, map[string]string{"org": c.Org})
	}
	made, err := d.Registry.Create(ctx, door.Actor(ctx), c)
	return made, d.did(ctx, cmp.Or(made.ID, c.ID), "add", err, map[string]string{"org": c.Org})
}

// Change writes what may be changed of an account over what is there.
func (d *Desk) Change(ctx context.Context, c clients.Client) error {
	err := d.known(ctx, c.Org)
	if err == nil {
		err = d.Registry.Change(ctx, c)
	}
	return d.did(ctx, c.ID, "change", err, nil)
}

// states are the words of the log for them.
var states = map[clients.State]string{clients.Active: "resume", clients.Suspended: "suspend", clients.Closed: "close"}

// SetState suspends an account, lets it work again, or closes it for good.
func (d *Desk) SetState(ctx context.Context, id string, s clients.State) error {
	return d.did(ctx, id, states[s], d.Registry.SetState(ctx, id, s), nil)
}

// An Asked is a credential that is asked for.
type Asked struct {
	Kind   clients.Kind
	Public string // JWK: the program's public key
	clients.Wish
	Instead string // id of the credential whose place it takes; that one stays until it is revoked
}

// Issue gives a program a credential. secret is what it signs in with, told this once;
// "" for a public key.
func (d *Desk) Issue(ctx context.Context, id string, a Asked) (secret string, c clients.Credential, err error) {
	secret, c, err = d.issue(ctx, id, a)
	return secret, c, d.did(ctx, id, "issue", err, map[string]string{"kind": string(a.Kind), "credential": c.ID, "instead": a.Instead})
}

func (d *Desk) issue(ctx context.Context, id string, a Asked) (secret string, c clients.Credential, err error) {
	by := door.Actor(ctx)
	switch a.Kind {
	case clients.Key:
		return d.NewKey(ctx, by, id, a.Wish)
	case clients.Secret:
		return d.NewSecret(ctx, by, id, a.Wish)
	case clients.JWK:
		c, err = d.Register(ctx, by, id, []byte(a.Public), a.Wish)
		return "", c, err
	}
	return "", c, fault.New(fault.Invalid, "page.form")
}

// Revoke ends a credential of a program, at once.
func (d *Desk) Revoke(ctx context.Context, id, credential string) error {
	return d.did(ctx, id, "revoke", d.Registry.Revoke(ctx, clients.Program, id, credential), map[string]string{"credential": credential})
}

// known refuses an organisation that is not in the register.
func (d *Desk) known(ctx context.Context, id string) error {
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	if _, there := snap.Org(id); !there && id != "" {
		return fault.New(fault.Invalid, "people.no-org", id)
	}
	return nil
}

// did writes down that something was done, or that it failed, and gives err back.
func (d *Desk) did(ctx context.Context, id, change string, err error, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["change"] = change
	return d.Door.Did(ctx, policy.ManageKeys, policy.What{Kind: policy.KindAccount, ID: id}, err, detail)
}
