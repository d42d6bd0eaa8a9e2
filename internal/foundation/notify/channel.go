package notify

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The kinds of channels.
const (
	KindMail    = "mail"
	KindWebhook = "webhook"
)

// How a mail server is spoken to.
const (
	StartTLS = "starttls" // the usual one, port 587 or 25
	TLS      = "tls"      // from the first byte, port 465
	NoTLS    = "none"     // only to this machine itself
)

// A Channel is a way out of the machine that an administrator has configured.
type Channel struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // mail, webhook
	Name string `json:"name"` // for people to read
	On   bool   `json:"on"`

	// Webhooks: where to, and which notices. The secret signs them; it is made
	// when none is given.
	URL        string     `json:"url,omitempty"`
	Severities []Severity `json:"severities,omitempty"` // none = all
	Orgs       []string   `json:"orgs,omitempty"`       // none = all

	// Mail. The secret is the password of User; without one nobody signs in.
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
	TLS  string `json:"tls,omitempty"`
	User string `json:"user,omitempty"`
	From string `json:"from,omitempty"` // address of the sender, "Phố Hiến <dulieu@example.gov.vn>"

	Secret    string `json:"-"` // given: the new one, "" = as it was; got: only that of a new webhook, once
	HasSecret bool   `json:"has_secret"`
}

// Channels gives all channels, in the order in which they were made.
func (s *Store) Channels(ctx context.Context) (list []Channel, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		kept, err := channels(ctx, tx, "1 = 1")
		for _, k := range kept {
			list = append(list, k.Channel)
		}
		return err
	})
	return list, err
}

// A keptChannel is a channel with its sealed secret.
type keptChannel struct {
	Channel
	sealed string
}

func channels(ctx context.Context, tx *store.Tx, where string, args ...any) (list []keptChannel, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var k keptChannel
		var content string
		if err := scan(&content, &k.sealed); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(content), &k.Channel)
		k.HasSecret = k.sealed != ""
		list = append(list, k)
		return err
	}, `SELECT content, secret FROM notice_channels WHERE `+where+` ORDER BY id`, args...)
	return list, err
}

// PutChannel makes a channel, or changes the one of this id. Where it leads must
// be in the operator's setting "outgoing" (package dial). There is one channel for
// mail that is on.
func (s *Store) PutChannel(ctx context.Context, by actor.Actor, why string, c Channel) (Channel, error) {
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "notify.no-why"))
	if err != nil {
		return c, err
	}
	if err := s.check(&c); err != nil {
		return c, err
	}
	shown := ""
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		all, err := channels(ctx, tx, "1 = 1")
		if err != nil {
			return err
		}
		var have *keptChannel
		for i := range all {
			switch {
			case all[i].ID == c.ID:
				have = &all[i]
			case c.On && c.Kind == KindMail && all[i].On && all[i].Kind == KindMail:
				return fault.New(fault.Conflict, "notify.channel.one-mail", all[i].Name)
			}
		}
		if c.ID != "" && (have == nil || have.Kind != c.Kind) {
			return fault.New(fault.NotFound, "notify.channel.unknown", c.ID)
		}
		sealed := ""
		if have != nil {
			sealed = have.sealed
		}
		secret := c.Secret
		if secret == "" && sealed == "" && c.Kind == KindWebhook {
			if secret, err = newSecret(); err != nil {
				return err
			}
			shown = secret
		}
		if secret != "" {
			sealed = s.Texts.Seal(secret)
		}
		// A password goes to the server that it was typed for and to no other.
		if have != nil && c.Secret == "" && c.Kind == KindMail && (have.Host != c.Host || have.User != c.User) {
			sealed = ""
		}
		if c.ID == "" {
			c.ID = newID(tx)
		}
		c.HasSecret = sealed != ""
		return keepChannel(ctx, tx, by, why, c, sealed)
	})
	c.Secret = shown
	return c, err
}

func keepChannel(ctx context.Context, tx *store.Tx, by actor.Actor, why string, c Channel, sealed string) error {
	content, err := json.Marshal(c)
	if err != nil {
		return err
	}
	on := 0
	if c.On {
		on = 1
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO notice_channels (id, kind, is_on, content, secret) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET is_on = excluded.is_on, content = excluded.content, secret = excluded.secret`,
		c.ID, c.Kind, on, string(content), sealed); err != nil {
		return err
	}
	return rememberChannel(ctx, tx, by, why, c.ID, string(content))
}

func rememberChannel(ctx context.Context, tx *store.Tx, by actor.Actor, why, id, content string) error {
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_channel_history (id, channel, content, why, by_actor, happened_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		newID(tx), id, content, why, string(who), tx.Now)
	return err
}

// RemoveChannel takes a channel away. What waits for it is dead.
func (s *Store) RemoveChannel(ctx context.Context, by actor.Actor, why, id string) error {
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "notify.no-why"))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		have, err := channels(ctx, tx, "id = $1", id)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return fault.New(fault.NotFound, "notify.channel.unknown", id)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM notice_channels WHERE id = $1`, id); err != nil {
			return err
		}
		gone, err := reasonOf(fault.New(fault.Conflict, "notify.reason.removed"))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE notice_outbox SET state = 'dead', next_at = '', ended_at = $1, reason = $2 WHERE channel = $3 AND next_at <> ''`,
			tx.Now, gone, id); err != nil {
			return err
		}
		return rememberChannel(ctx, tx, by, why, id, "")
	})
}

// dialer asks only those that the operator has named.
func (s *Store) dialer() (*dial.Dialer, error) {
	return dial.New(dial.Options{Allow: s.Allow, Roots: s.Roots, Resolver: s.Resolver})
}

// check refuses a channel that cannot work or leads where nobody may ask.
func (s *Store) check(c *Channel) error {
	c.Name, c.Host, c.URL = strings.TrimSpace(c.Name), strings.TrimSpace(c.Host), strings.TrimSpace(c.URL)
	if c.Name == "" || utf8.RuneCountInString(c.Name) > mostName {
		return fault.New(fault.Invalid, "notify.channel.name")
	}
	if c.Secret != "" && s.Texts == nil || c.Kind == KindWebhook && s.Texts == nil {
		return fault.New(fault.Unavailable, "notify.channel.no-keys")
	}
	for _, severity := range c.Severities {
		if !severity.valid() {
			return fault.New(fault.Invalid, "notify.severity", string(severity))
		}
	}
	d, err := s.dialer()
	if err != nil {
		return err
	}
	switch c.Kind {
	case KindMail:
		if err := c.checkMail(); err != nil {
			return err
		}
		return d.CheckURL(&url.URL{Scheme: "https", Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port))}) // judges the host and the port
	case KindWebhook:
		u, err := c.checkWebhook()
		if err != nil {
			return err
		}
		return d.CheckURL(u)
	}
	return fault.New(fault.Invalid, "notify.channel.kind", c.Kind)
}

func (c *Channel) checkMail() error {
	if c.Host == "" || c.Port < 1 || c.Port > 65535 || strings.ContainsAny(c.Host, "/@ ") {
		return fault.New(fault.Invalid, "notify.channel.host")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return fault.New(fault.Invalid, "notify.channel.from", c.From)
	}
	switch {
	case c.TLS != StartTLS && c.TLS != TLS && c.TLS != NoTLS:
		return fault.New(fault.Invalid, "notify.channel.tls", c.TLS)
	case c.TLS == NoTLS && !loopback(c.Host):
		return fault.New(fault.Denied, "notify.channel.plain")
	case c.Secret != "" && c.User == "":
		return fault.New(fault.Invalid, "notify.channel.user")
	}
	return nil
}

// loopback reports whether a host is this machine, by its number: a name might
// mean another one tomorrow.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// checkWebhook wants https, but to addresses of this machine or of a private
// network, by number.
func (c *Channel) checkWebhook() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "notify.channel.url")
	}
	a, err := netip.ParseAddr(u.Hostname())
	inside := err == nil && (a.Unmap().IsLoopback() || a.Unmap().IsPrivate())
	if u.Scheme != "https" && (u.Scheme != "http" || !inside) {
		return nil, fault.New(fault.Invalid, "notify.channel.url")
	}
	if c.Secret != "" {
		if _, err := secretBytes(c.Secret); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// secretPrefix begins a secret as Standard Webhooks writes it.
const secretPrefix = "whsec_"

// newSecret makes a secret of 32 bytes.
func newSecret() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(b), nil
}

// secretBytes gives the key of a secret, 24 to 64 bytes.
func secretBytes(secret string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(b) < 24 || len(b) > 64 {
		return nil, fault.New(fault.Invalid, "notify.channel.secret")
	}
	return b, nil
}
