package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The states of a delivery.
const (
	Waiting = "waiting"
	Sent    = "sent"
	Dead    = "dead"
)

// pauses are how long after each try the next one comes; after the last try the
// delivery is dead.
var pauses = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 16 * time.Hour,
}

// MostTries is how often a message is tried, over about a day.
var MostTries = len(pauses) + 1

// lease is how long a try may take before another one is made: longer than the
// time limits of what it does.
const lease = 5 * time.Minute

// A Delivery is one message that goes, or went, or did not go out.
type Delivery struct {
	ID      string
	Channel string
	Notice  string
	Account string // whose mailbox; "" of webhooks
	State   string // waiting, sent, dead
	Tries   int
	NextAt  time.Time // zero once it has ended
	EndedAt time.Time

	reason string
}

// saidBoth is a text in both languages.
type saidBoth struct {
	Vi string `json:"vi"`
	En string `json:"en"`
}

// Reason says why it did not go out the last time, "" when it did or was not
// tried.
func (d *Delivery) Reason(l locale.Lang) string {
	var both saidBoth
	if json.Unmarshal([]byte(d.reason), &both) != nil {
		return ""
	}
	return l.Of(both.Vi, both.En)
}

// reasonOf is why a try failed, as it is kept: in words, and where a server said
// something, that too, without mail addresses.
func reasonOf(err error) (string, error) {
	detail := ""
	if fault.Of(err) == nil {
		detail = short(private.ReplaceAllString(err.Error(), "…"), mostTitle)
		err = fault.New(fault.Unavailable, "notify.reason.failed", detail)
	}
	text, err := json.Marshal(saidBoth{locale.Vi.Error(err), locale.En.Error(err)})
	return string(text), err
}

// queue puts into the outbox what goes out because of a notice, but not to the
// accounts named.
func (s *Store) queue(ctx context.Context, tx *store.Tx, n *Notice, but []string) error {
	list, err := channels(ctx, tx, "is_on = 1")
	if err != nil {
		return err
	}
	for _, c := range list {
		switch {
		case c.Kind == KindWebhook && c.wants(n):
			if err := enqueue(ctx, tx, c.ID, n.ID, ""); err != nil {
				return err
			}
		case c.Kind == KindMail:
			accounts, err := s.recipients(ctx, tx, n)
			if err != nil {
				return err
			}
			for _, account := range accounts {
				if slices.Contains(but, account) {
					continue
				}
				if err := enqueue(ctx, tx, c.ID, n.ID, account); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *Channel) wants(n *Notice) bool {
	return (len(c.Severities) == 0 || slices.Contains(c.Severities, n.Severity)) && (len(c.Orgs) == 0 || slices.Contains(c.Orgs, n.Org))
}

// recipients are the accounts that want a notice by e-mail.
func (s *Store) recipients(ctx context.Context, tx *store.Tx, n *Notice) ([]string, error) {
	if s.Mailbox == nil {
		return nil, nil
	}
	var all []string
	if n.Account != "" {
		all = append(all, n.Account)
	}
	if n.Org != "" && s.Members != nil {
		members, err := s.Members(ctx, tx, n.Org)
		if err != nil {
			return nil, fmt.Errorf("members of %s: %w", n.Org, err)
		}
		all = append(all, members...)
	}
	var want []string
	for _, account := range all {
		p, err := preference(ctx, tx, account)
		if err != nil {
			return nil, err
		}
		if slices.Contains(p.Mail, n.Severity) && !slices.Contains(want, account) {
			want = append(want, account)
		}
	}
	return want, nil
}

func enqueue(ctx context.Context, tx *store.Tx, channel, notice, account string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO notice_outbox (id, channel, notice, account, state, tries, next_at, ended_at, reason) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, '', '')`,
		newID(tx), channel, notice, account, tx.Now)
	return err
}

// Deliver sends what is due, the channels side by side, and says how many
// messages went out. A channel that does not answer is left until the next time.
// What does not get through is no error of Deliver: it is kept with the message.
func (s *Store) Deliver(ctx context.Context) (sent int, err error) {
	var list []keptChannel
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = channels(ctx, tx, "is_on = 1")
		return err
	})
	if err != nil {
		return 0, err
	}
	counts := make([]int, len(list))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, c := range list {
		g.Go(func() (err error) {
			counts[i], err = s.drain(ctx, c)
			return err
		})
	}
	err = g.Wait()
	for _, n := range counts {
		sent += n
	}
	return sent, err
}

// drain sends the messages of one channel, the longest due first, until there is
// none or the other side fails.
func (s *Store) drain(ctx context.Context, c keptChannel) (sent int, err error) {
	for ctx.Err() == nil {
		d, n, err := s.claim(ctx, c.ID)
		if err != nil || d == nil {
			return sent, err
		}
		failed := s.send(ctx, c, d, n)
		if ctx.Err() != nil {
			return sent, ctx.Err() // the lease ends by itself; it is tried again
		}
		if err := s.settle(ctx, d, failed); err != nil {
			return sent, err
		}
		if failed == nil {
			sent++
			continue
		}
		s.Log.WarnContext(ctx, "notice not delivered", slog.String("channel", c.ID), slog.String("delivery", d.ID), slog.Int("try", d.Tries))
		if !final(failed) {
			return sent, nil
		}
	}
	return sent, ctx.Err()
}

// claim takes the next message that is due, for as long as a lease; nil when
// there is none.
func (s *Store) claim(ctx context.Context, channel string) (d *Delivery, n Notice, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		d = nil
		list, err := deliveries(ctx, tx, `channel = $1 AND next_at <> '' AND next_at <= $2 ORDER BY next_at, id LIMIT 1`, channel, tx.Now)
		if err != nil || len(list) == 0 {
			return err
		}
		d = &list[0]
		d.Tries++
		if _, err := tx.ExecContext(ctx, `UPDATE notice_outbox SET tries = $1, next_at = $2 WHERE id = $3`, d.Tries, store.Stamp(tx.Time.Add(lease)), d.ID); err != nil {
			return err
		}
		told, err := notices(ctx, tx, `n.id = $2`, "", d.Notice)
		if err == nil && len(told) == 0 {
			err = fault.New(fault.NotFound, "notify.unknown", d.Notice)
		}
		if err == nil {
			n = told[0]
		}
		return err
	})
	return d, n, err
}

// A finalError is one that trying again does not mend.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func final(err error) bool {
	var f finalError
	return errors.As(err, &f)
}

func (s *Store) send(ctx context.Context, c keptChannel, d *Delivery, n Notice) error {
	secret, err := s.secretOf(c)
	if err != nil {
		return err
	}
	if c.Kind == KindMail {
		return s.sendMail(ctx, c.Channel, secret, d, &n)
	}
	return s.sendHook(ctx, c.Channel, secret, d, &n)
}

// secretOf opens the secret of a channel, "" where it has none.
func (s *Store) secretOf(c keptChannel) (string, error) {
	switch {
	case c.sealed == "":
		return "", nil
	case s.Texts == nil:
		return "", fault.New(fault.Unavailable, "notify.channel.no-keys")
	}
	return s.Texts.Open(c.sealed)
}

// settle keeps what came of a try.
func (s *Store) settle(ctx context.Context, d *Delivery, failed error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		state, next, ended, reason := Sent, "", tx.Now, ""
		if failed != nil {
			var err error
			if reason, err = reasonOf(failed); err != nil {
				return err
			}
			state = Dead
			if d.Tries < MostTries && !final(failed) {
				state, next, ended = Waiting, store.Stamp(tx.Time.Add(pauses[d.Tries-1])), ""
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE notice_outbox SET state = $1, next_at = $2, ended_at = $3, reason = $4 WHERE id = $5 AND state = 'waiting'`,
			state, next, ended, reason, d.ID)
		return err
	})
}

// A DeliveryFilter says which deliveries to list.
type DeliveryFilter struct {
	State, Channel, Notice string // "" = any
	Before                 string // what the last list gave as next
	Limit                  int    // 0 = 50
}

// Deliveries gives what went out, or did not, the newest first. next goes into the
// filter of the page that follows, "" after the last one.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) (list []Delivery, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = usualLimit
	}
	f.Limit = min(f.Limit, mostLimit)
	where, args := "1 = 1", []any(nil)
	for _, c := range []struct{ column, value string }{{"state =", f.State}, {"channel =", f.Channel}, {"notice =", f.Notice}, {"id <", f.Before}} {
		if c.value != "" {
			args = append(args, c.value)
			where += ` AND ` + c.column + ` $` + strconv.Itoa(len(args))
		}
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = deliveries(ctx, tx, where+` ORDER BY id DESC LIMIT `+strconv.Itoa(f.Limit+1), args...)
		return err
	})
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

func deliveries(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Delivery, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var d Delivery
		var next, ended string
		if err := scan(&d.ID, &d.Channel, &d.Notice, &d.Account, &d.State, &d.Tries, &next, &ended, &d.reason); err != nil {
			return err
		}
		err := errors.Join(store.StampInto(&d.NextAt, next), store.StampInto(&d.EndedAt, ended))
		list = append(list, d)
		return err
	}, `SELECT id, channel, notice, account, state, tries, next_at, ended_at, reason FROM notice_outbox WHERE `+where, args...)
	return list, err
}

// Retry sends a dead message again, from the first try on. Its channel must still
// be there.
func (s *Store) Retry(ctx context.Context, by actor.Actor, id string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		list, err := deliveries(ctx, tx, `id = $1`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "notify.delivery.unknown", id)
		}
		if list[0].State != Dead {
			return fault.New(fault.Conflict, "notify.delivery.not-dead")
		}
		have, err := channels(ctx, tx, "id = $1", list[0].Channel)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return fault.New(fault.NotFound, "notify.channel.unknown", list[0].Channel)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE notice_outbox SET state = 'waiting', tries = 0, next_at = $1, ended_at = '' WHERE id = $2`, tx.Now, id); err != nil {
			return err
		}
		return rememberChannel(ctx, tx, by, id, list[0].Channel, "retry")
	})
}
