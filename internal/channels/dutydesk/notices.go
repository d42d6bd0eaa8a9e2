package dutydesk

import (
	"context"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
)

// Server is what ways out of the machine are to the policies.
var Server = policy.What{Kind: policy.KindServer, ID: "notice-channels"}

// Reader is the caller as a reader of notices: their account, and the agency that
// a person's session acts for. Companies and programs read what is told to
// themselves.
func Reader(ctx context.Context) notify.Reader {
	who := door.From(ctx).Who
	r := notify.Reader{Account: who.ID}
	if who.Org != "" && who.Kind == "person" {
		r.Orgs = []string{who.Org}
	}
	return r
}

// Unread counts what the caller has not read: for the head of every page.
func (d *Desk) Unread(ctx context.Context) (int, error) { return d.Notices.Unread(ctx, Reader(ctx)) }

// MarkRead notes that the caller has read notices; none named: all.
func (d *Desk) MarkRead(ctx context.Context, all bool, ids ...string) error {
	if all {
		return d.Notices.MarkAllRead(ctx, Reader(ctx))
	}
	return d.Notices.MarkRead(ctx, Reader(ctx), ids...)
}

// SetPreference says what the caller wants by e-mail.
func (d *Desk) SetPreference(ctx context.Context, p notify.Preference) error {
	err := d.Notices.SetPreference(ctx, Reader(ctx).Account, p)
	return d.noted(ctx, policy.OwnAccount, policy.What{Kind: policy.KindSelf, ID: "notices"}, err, map[string]string{"change": "preference"})
}

// PutChannel makes or changes a way out of the machine.
func (d *Desk) PutChannel(ctx context.Context, why string, c notify.Channel) (notify.Channel, error) {
	if _, err := d.Door.May(ctx, policy.Operate, Server); err != nil {
		return c, err
	}
	out, err := d.Notices.PutChannel(ctx, door.Actor(ctx), why, c)
	return out, d.noted(ctx, policy.Operate, Server, err, map[string]string{"change": "channel", "channel": out.ID, "kind": short(c.Kind), "reason": short(reason.Noted(why))})
}

// RemoveChannel takes a way out of the machine away.
func (d *Desk) RemoveChannel(ctx context.Context, why, id string) error {
	if _, err := d.Door.May(ctx, policy.Operate, Server); err != nil {
		return err
	}
	err := d.Notices.RemoveChannel(ctx, door.Actor(ctx), why, id)
	return d.noted(ctx, policy.Operate, Server, err, map[string]string{"change": "channel-removed", "channel": short(id), "reason": short(reason.Noted(why))})
}

// Retry sends again what has not got through.
func (d *Desk) Retry(ctx context.Context, id string) error {
	if _, err := d.Door.May(ctx, policy.Operate, Server); err != nil {
		return err
	}
	err := d.Notices.Retry(ctx, door.Actor(ctx), id)
	return d.noted(ctx, policy.Operate, Server, err, map[string]string{"change": "retry", "delivery": short(id)})
}
