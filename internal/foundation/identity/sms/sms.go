// Package sms hands codes for telephones to a gateway over HTTP: a POST to an
// address that the operator names, with a body made from a template. It is off
// until that is configured. What it says when something goes wrong holds neither
// the code nor the number nor the secret.
package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// Options say how a gateway is asked.
type Options struct {
	URL    string   // where to; "" = codes by SMS are off
	Body   string   // template: {phone}, {phone84}, {phone0}, {text}, {secret}
	Header string   // "Name: value" with {secret}; "" = none
	Secret string   // file that holds the secret; "" = none
	Accept string   // what the answer has to contain; "" = a status of 2xx is enough
	Allow  []string // further hosts and networks that may be asked (dial.ParsePattern)
	Log    *slog.Logger
}

// DefaultBody suits gateways that take JSON.
const DefaultBody = `{"to":"{phone}","text":"{text}"}`

// The bounds of a message, besides the one a minute that an account gets: a
// telephone is not flooded, and nobody runs up the province's bill.
var (
	perPhone = rate.Limit{Burst: 5, Every: 10 * time.Minute}
	together = rate.Limit{Burst: 60, Every: time.Second}
)

const (
	sendTime   = 15 * time.Second
	mostAnswer = 64 << 10
	mostSecret = 4 << 10
)

// On reports whether a gateway is configured.
func (o Options) On() bool { return o.URL != "" }

// Check refuses settings that cannot work, with a sentence that says how to mend
// them.
func (o Options) Check() error {
	if !o.On() {
		if o.Body != "" || o.Header != "" || o.Secret != "" || o.Accept != "" {
			return fault.New(fault.Invalid, "sms.no-url")
		}
		return nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && !inOffice(u) {
		return fault.New(fault.Invalid, "sms.url")
	}
	t, err := parse(o.Body)
	if err != nil {
		return err
	}
	name, value, _ := strings.Cut(o.Header, ":")
	if o.Header != "" && (strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "" || strings.ContainsAny(o.Header, "\r\n")) {
		return fault.New(fault.Invalid, "sms.header", "{secret}")
	}
	if uses := strings.Contains(o.Header, "{secret}") || strings.Contains(t.text, "{secret}"); uses != (o.Secret != "") {
		return fault.New(fault.Invalid, "sms.secret-use")
	}
	return nil
}

// inOffice reports whether an address is one of this machine or of a private
// network, by number: what is sent in the clear stays inside.
func inOffice(u *url.URL) bool {
	a, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && err == nil && (a.IsLoopback() || a.IsPrivate())
}

// A template is a body with places to be filled in, escaped as its kind needs.
type template struct {
	text, kind string
	escape     func(string) string
}

func parse(text string) (template, error) {
	t := template{text: strings.TrimSpace(text)}
	if t.text == "" {
		t.text = DefaultBody
	}
	switch t.text[0] {
	case '{', '[':
		t.kind, t.escape = "application/json", escapeJSON
	case '<':
		t.kind, t.escape = "text/xml; charset=utf-8", escapeXML
	default:
		t.kind, t.escape = "application/x-www-form-urlencoded", url.QueryEscape
	}
	if !strings.Contains(t.text, "{text}") || !strings.Contains(t.text, "{phone") {
		return t, fault.New(fault.Invalid, "sms.body-places")
	}
	if !t.wellFormed(t.fill("+84900000000", `"thử" <&> \ 1`, `"&<`)) {
		return t, fault.New(fault.Invalid, "sms.body")
	}
	return t, nil
}

func escapeJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// fill makes the body of one message. All places are filled at once: what stands
// in one is not read for others.
func (t template) fill(phone, text, secret string) string {
	digits := strings.TrimPrefix(phone, "+")
	local := digits
	if rest, ok := strings.CutPrefix(digits, "84"); ok {
		local = "0" + rest
	}
	return strings.NewReplacer("{phone}", t.escape(phone), "{phone84}", t.escape(digits), "{phone0}", t.escape(local),
		"{text}", t.escape(text), "{secret}", t.escape(secret)).Replace(t.text)
}

func (t template) wellFormed(body string) bool {
	switch t.kind {
	case "application/json":
		return json.Valid([]byte(body))
	case "application/x-www-form-urlencoded":
		_, err := url.ParseQuery(body)
		return err == nil
	}
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return true
		} else if err != nil {
			return false
		}
	}
}

// A Sender is an identity.Sender that asks a gateway.
type Sender struct {
	o      Options
	body   template
	client interface {
		Do(*http.Request) (*http.Response, error)
	}
	phones   *rate.Limiter
	together *rate.Limiter
}

// New makes a Sender of settings that are on. The gateway's host, or its address
// in digits, is allowed by being named; a name that means no public address needs
// its network in Allow.
func New(o Options) (*Sender, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if !o.On() {
		return nil, fault.New(fault.Invalid, "sms.url")
	}
	if _, err := o.secret(); err != nil {
		return nil, err
	}
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "sms.url")
	}
	d, err := dial.New(dial.Options{Allow: append(append([]string{}, o.Allow...), u.Hostname()), Timeout: sendTime})
	if err != nil {
		return nil, err
	}
	client := d.Client()
	// The secret goes to the gateway alone, not to where it may send us on.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if o.Log == nil {
		o.Log = slog.Default()
	}
	body, err := parse(o.Body)
	return &Sender{o: o, body: body, client: client, phones: rate.New(perPhone, 0), together: rate.New(together, 1)}, err
}

// secret reads the secret each time: a new one needs no restart.
func (o Options) secret() (string, error) {
	if o.Secret == "" {
		return "", nil
	}
	info, err := os.Stat(o.Secret)
	if err != nil || !info.Mode().IsRegular() || info.Size() > mostSecret {
		return "", fault.New(fault.Invalid, "sms.secret-file", o.Secret)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.New(fault.Invalid, "sms.secret-open", o.Secret)
	}
	b, err := os.ReadFile(o.Secret)
	text := strings.TrimSpace(string(b))
	if err != nil || text == "" || strings.ContainsAny(text, "\r\n") {
		return "", fault.New(fault.Invalid, "sms.secret-file", o.Secret)
	}
	return text, nil
}

// Send implements identity.Sender.
func (s *Sender) Send(ctx context.Context, phone, text string) error {
	if err := s.phones.Check(phone); err != nil {
		return err
	}
	if err := s.together.Check("all"); err != nil {
		return err
	}
	err := s.send(ctx, phone, text)
	if err != nil {
		s.o.Log.WarnContext(ctx, "code by SMS not sent", slog.Any("err", err))
	}
	return err
}

func (s *Sender) send(ctx context.Context, phone, text string) (err error) {
	secret, err := s.o.secret()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.URL, strings.NewReader(s.body.fill(phone, text, secret)))
	if err != nil {
		return errors.New("sms gateway: the address cannot be asked")
	}
	req.Header.Set("Content-Type", s.body.kind)
	if name, value, ok := strings.Cut(s.o.Header, ":"); ok {
		req.Header.Set(strings.TrimSpace(name), strings.ReplaceAll(strings.TrimSpace(value), "{secret}", secret))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		var asked *url.Error // leaves the address out
		if errors.As(err, &asked) {
			err = asked.Err
		}
		return fmt.Errorf("sms gateway: %w", err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("sms gateway: %w", err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("sms gateway: status %d", resp.StatusCode)
	}
	if s.o.Accept != "" && !bytes.Contains(answer, []byte(s.o.Accept)) {
		return errors.New("sms gateway: the answer does not say that the message was taken") // which may repeat the message
	}
	return nil
}
