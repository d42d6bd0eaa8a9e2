package sms_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/sms"
)

var _ identity.Sender = (*sms.Sender)(nil)

const (
	phone  = "+84900000001" // nobody's
	text   = `Ma xac thuc: 482913. "Khong" <cung cap> & \ cho ai.`
	secret = `k&"<1`
)

// A gateway is a local one that keeps what it was asked.
type gateway struct {
	*httptest.Server
	status int
	answer string
	header http.Header
	body   string
	asked  int
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{status: 200, answer: `{"code":"100"}`}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		g.asked++
		g.header, g.body = r.Header.Clone(), string(b)
		if g.status == http.StatusTemporaryRedirect {
			w.Header().Set("Location", "/dau-khac")
		}
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer) // to a test
	}))
	t.Cleanup(g.Close)
	return g
}

func secretFile(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sms.key")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func (g *gateway) options(t *testing.T, log io.Writer) sms.Options {
	return sms.Options{URL: g.URL + "/gui", Header: "X-Api-Key: {secret}", Secret: secretFile(t, 0o600, secret+"\n"), Allow: []string{"127.0.0.0/8"},
		Log: slog.New(slog.NewTextHandler(log, nil))}
}

// TestSend: what is filled into each kind of body arrives as it was, and the
// secret in its header.
func TestSend(t *testing.T) {
	g := newGateway(t)
	for name, c := range map[string]struct {
		body string
		read func(body string) (to, message, key string)
		kind string
	}{
		"JSON, as usual": {"", func(b string) (string, string, string) {
			var m map[string]string
			if err := json.Unmarshal([]byte(b), &m); err != nil {
				t.Error(err)
			}
			return m["to"], m["text"], secret
		}, "application/json"},
		"JSON": {`{"key":"{secret}","sms":[{"to":"{phone84}","text":"{text}"}]}`, func(b string) (string, string, string) {
			var m struct {
				Key string
				SMS []struct{ To, Text string }
			}
			if err := json.Unmarshal([]byte(b), &m); err != nil {
				t.Fatal(err, b)
			}
			return "+" + m.SMS[0].To, m.SMS[0].Text, m.Key
		}, "application/json"},
		"XML": {`<m><to>{phone0}</to><t>{text}</t><k>{secret}</k></m>`, func(b string) (string, string, string) {
			var m struct {
				To string `xml:"to"`
				T  string `xml:"t"`
				K  string `xml:"k"`
			}
			if err := xml.Unmarshal([]byte(b), &m); err != nil {
				t.Fatal(err, b)
			}
			return "+84" + strings.TrimPrefix(m.To, "0"), m.T, m.K
		}, "text/xml; charset=utf-8"},
		"form": {`u=kho&p={secret}&to={phone}&m={text}`, func(b string) (string, string, string) {
			q, err := url.ParseQuery(b)
			if err != nil {
				t.Fatal(err)
			}
			return q.Get("to"), q.Get("m"), q.Get("p")
		}, "application/x-www-form-urlencoded"},
	} {
		var log bytes.Buffer
		o := g.options(t, &log)
		o.Body, o.Accept = c.body, `"code":"100"`
		s, err := sms.New(o)
		if err == nil {
			err = s.Send(t.Context(), phone, text)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		to, message, key := c.read(g.body)
		if to != phone || message != text || key != secret || g.header.Get("X-Api-Key") != secret || g.header.Get("Content-Type") != c.kind {
			t.Errorf("%s: %q %q %q %v", name, to, message, key, g.header)
		}
		if log.Len() > 0 {
			t.Errorf("%s: %s", name, &log)
		}
	}
}

// TestSend_quiet: what goes wrong is an error, and neither it nor the log holds
// the code, the number or the secret.
func TestSend_quiet(t *testing.T) {
	for name, break_ := range map[string]func(g *gateway, o *sms.Options){
		"refused":        func(g *gateway, _ *sms.Options) { g.status, g.answer = 500, text+phone },
		"not taken":      func(g *gateway, o *sms.Options) { g.answer, o.Accept = text+phone, "OK" },
		"sent on":        func(g *gateway, _ *sms.Options) { g.status = http.StatusTemporaryRedirect },
		"gone":           func(g *gateway, _ *sms.Options) { g.Close() },
		"secret is gone": func(_ *gateway, o *sms.Options) { _ = os.Remove(o.Secret) },
		"not public": func(g *gateway, o *sms.Options) { // a name that means this machine, without its network
			o.URL, o.Allow = strings.Replace(g.URL, "http://127.0.0.1", "https://localhost", 1), nil
		},
	} {
		g := newGateway(t)
		var log bytes.Buffer
		o := g.options(t, &log)
		late := name == "secret is gone"
		if !late {
			break_(g, &o)
		}
		s, err := sms.New(o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if late {
			break_(g, &o)
		}
		if err = s.Send(t.Context(), phone, text); err == nil {
			t.Fatalf("%s: no error", name)
		}
		said := err.Error() + log.String()
		for _, hidden := range []string{"482913", "900000001", secret, "k&amp;"} {
			if strings.Contains(said, hidden) {
				t.Errorf("%s tells %q: %s", name, hidden, said)
			}
		}
		if log.Len() == 0 || name == "sent on" && g.asked != 1 {
			t.Errorf("%s: asked %d times, log %q", name, g.asked, &log)
		}
	}
}

// TestSend_limits: a telephone is not flooded.
func TestSend_limits(t *testing.T) {
	g := newGateway(t)
	o := g.options(t, io.Discard)
	s, err := sms.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := s.Send(t.Context(), phone, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Send(t.Context(), phone, text); fault.KindOf(err) != fault.TooMany || g.asked != 5 {
		t.Errorf("a sixth to one telephone: %v, asked %d times", err, g.asked)
	}
	if err := s.Send(t.Context(), "+84900000002", text); err != nil {
		t.Errorf("another telephone: %v", err)
	}
}

func TestCheck(t *testing.T) {
	if err := (sms.Options{}).Check(); err != nil {
		t.Errorf("off: %v", err)
	}
	good := sms.Options{URL: "https://tin-nhan.example/gui", Header: "Authorization: Bearer {secret}", Secret: "tep"}
	if err := good.Check(); err != nil {
		t.Errorf("good: %v", err)
	}
	for name, c := range map[string]struct {
		change func(o *sms.Options)
		key    string
	}{
		"no address":          {func(o *sms.Options) { o.URL = "" }, "sms.no-url"},
		"in the clear":        {func(o *sms.Options) { o.URL = "http://tin-nhan.example/gui" }, "sms.url"},
		"a public number":     {func(o *sms.Options) { o.URL = "http://8.8.8.8/gui" }, "sms.url"},
		"with a user":         {func(o *sms.Options) { o.URL = "https://u:p@tin-nhan.example/gui" }, "sms.url"},
		"with a query":        {func(o *sms.Options) { o.URL = "https://tin-nhan.example/gui?key=1" }, "sms.url"},
		"no secret for it":    {func(o *sms.Options) { o.Secret = "" }, "sms.secret-use"},
		"secret without use":  {func(o *sms.Options) { o.Header = "X-A: b" }, "sms.secret-use"},
		"header of two lines": {func(o *sms.Options) { o.Header = "X-A: {secret}\r\nX-B: c" }, "sms.header"},
		"header of no name":   {func(o *sms.Options) { o.Header = "{secret}" }, "sms.header"},
		"no place for text":   {func(o *sms.Options) { o.Body = `{"to":"{phone}"}` }, "sms.body-places"},
		"no place for phone":  {func(o *sms.Options) { o.Body = `{"text":"{text}"}` }, "sms.body-places"},
		"broken JSON":         {func(o *sms.Options) { o.Body = `{"to":{phone},"text":"{text}"` }, "sms.body"},
		"broken XML":          {func(o *sms.Options) { o.Body = `<a>{phone}<b>{text}</a>` }, "sms.body"},
		"YAML's own map":      {func(o *sms.Options) { o.Body = `map[text:{text} to:{phone};]` }, "sms.body"},
	} {
		o := good
		c.change(&o)
		if err := o.Check(); !fault.Is(err, c.key) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	for name, file := range map[string]string{
		"sms.secret-open": secretFile(t, 0o644, "khoa"), "sms.secret-file": secretFile(t, 0o600, "hai\ndong"),
	} {
		o := good
		o.Secret = file
		if _, err := sms.New(o); !fault.Is(err, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
