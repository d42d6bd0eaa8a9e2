package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/notify/notifytest"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

func TestInbox(t *testing.T) {
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		note := func(account, org, kind string) notify.Notice {
			n := urgent()
			n.Account, n.Org, n.Kind = account, org, kind
			return w.put(n)
		}
		mine, ours, both := note("an", "", "a"), note("", "hy-syt", "b"), note("an", "hy-syt", "c")
		note("binh", "", "d")
		note("", "hy-skhcn", "e")
		late := note("", "hy-syt", "f")
		an, binh := notify.Reader{Account: "an", Orgs: []string{"hy-syt", "hy-syt", ""}}, notify.Reader{Account: "binh", Orgs: []string{"hy-syt"}}
		ids := func(r notify.Reader, f notify.Filter) (list []string) {
			w.Helper()
			for {
				page, next, err := w.List(ctx, r, f)
				w.ok(err)
				for _, n := range page {
					list = append(list, n.Kind)
				}
				if f.Before = next; next == "" {
					return list
				}
			}
		}
		for name, c := range map[string]struct {
			r    notify.Reader
			f    notify.Filter
			want string
		}{
			"all":                  {an, notify.Filter{}, "f c b a"},
			"one by one":           {an, notify.Filter{Limit: 1}, "f c b a"},
			"another's":            {binh, notify.Filter{}, "f d c b"},
			"nobody in particular": {notify.Reader{Orgs: []string{"hy-skhcn"}}, notify.Filter{}, "e"},
			"of a kind":            {an, notify.Filter{Kind: "b", Severity: notify.Urgent, SubjectKind: "issue", SubjectID: "i1"}, "b"},
			"none":                 {an, notify.Filter{SubjectID: "i2"}, ""},
		} {
			if got := strings.Join(ids(c.r, c.f), " "); got != c.want {
				w.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		count := func(r notify.Reader, want int) {
			w.Helper()
			if n, err := w.Unread(ctx, r); err != nil || n != want {
				w.Errorf("%d unread, %v, want %d", n, err, want)
			}
		}
		count(an, 4)
		w.ok(w.MarkRead(ctx, an, mine.ID, ours.ID))
		w.ok(w.MarkRead(ctx, an, mine.ID))
		count(an, 2)
		count(binh, 4) // what one has read, another has not
		want(w.T, w.MarkRead(ctx, binh, late.ID, mine.ID), "notify.unknown")
		count(binh, 4)
		if got := strings.Join(ids(an, notify.Filter{Unread: true, Limit: 1}), " "); got != "f c" {
			w.Errorf("unread: %s", got)
		}
		n, err := w.Get(ctx, an, mine.ID)
		w.ok(err)
		if n.ReadAt.IsZero() || n.Title(locale.En) != "A data issue: hospitals" {
			w.Errorf("%+v", n)
		}
		n.ReadAt = time.Time{}
		if n != mine {
			w.Errorf("kept as %+v\nwant %+v", n, mine)
		}
		_, err = w.Get(ctx, binh, mine.ID)
		want(w.T, err, "notify.unknown")
		w.ok(w.MarkAllRead(ctx, an))
		w.ok(w.MarkAllRead(ctx, an))
		count(an, 0)
		count(binh, 4)
		w.ok(w.Forget(ctx, both.CreatedAt))
		if got := strings.Join(ids(an, notify.Filter{}), " "); got != "f c" {
			w.Errorf("after forgetting: %s", got)
		}
	})
}

// Notice and cause are one transaction.
func TestPutIn(t *testing.T) {
	s := (&notifytest.Sink{}).Listen(t)
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		_, err := w.PutChannel(ctx, by, "bật thư", mailChannel(s, notify.NoTLS))
		w.ok(err)
		broken := errors.New("cause not written")
		err = w.db.Write(ctx, func(tx *store.Tx) error {
			if _, err := w.PutIn(ctx, tx, urgent()); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			w.Fatal(err)
		}
		if list, _, err := w.List(ctx, notify.Reader{Account: "an", Orgs: []string{"hy-syt"}}, notify.Filter{}); err != nil || len(list) != 0 || len(w.deliveries("")) != 0 {
			w.Errorf("%v, %v, %v", list, err, w.deliveries(""))
		}
		for key, change := range map[string]func(n *notify.Notice){
			"notify.nobody":   func(n *notify.Notice) { n.Org = "" },
			"notify.kind":     func(n *notify.Notice) { n.Kind = "" },
			"notify.severity": func(n *notify.Notice) { n.Severity = "đỏ" },
			"notify.title":    func(n *notify.Notice) { n.TitleVi = "" },
			"notify.line":     func(n *notify.Notice) { n.TitleEn = "a\r\nBcc: b@example.vn" },
			"notify.path":     func(n *notify.Notice) { n.Path = "//noi-khac.example/" },
			"notify.long":     func(n *notify.Notice) { n.TextVi = strings.Repeat("a", 4001) },
		} {
			n := urgent()
			change(&n)
			_, err := w.Put(ctx, n)
			want(w.T, err, key)
		}
	})
}

func TestPreference(t *testing.T) {
	s := (&notifytest.Sink{}).Listen(t)
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		_, err := w.PutChannel(ctx, by, "bật thư", mailChannel(s, notify.NoTLS))
		w.ok(err)
		if p, err := w.Preference(ctx, "an"); err != nil || !slices.Equal(p.Mail, []notify.Severity{notify.Urgent}) {
			w.Errorf("%+v, %v", p, err)
		}
		want(w.T, w.SetPreference(ctx, "an", notify.Preference{Mail: []notify.Severity{"đỏ"}}), "notify.severity")
		w.ok(w.SetPreference(ctx, "an", notify.Preference{Mail: []notify.Severity{notify.Info}}))
		w.ok(w.SetPreference(ctx, "binh", notify.Preference{}))
		info := urgent()
		info.Severity, info.Account = notify.Info, "an" // a member too: one mail
		w.put(info)
		w.put(urgent()) // neither wants it
		chi := urgent()
		chi.Org, chi.Account = "", "chi"
		w.put(chi)
		var accounts []string
		for _, d := range w.deliveries(notify.Waiting) {
			accounts = append(accounts, d.Account)
		}
		if !slices.Equal(accounts, []string{"chi", "an"}) {
			w.Errorf("mail for %v", accounts)
		}
	})
}

// A mail goes over TLS with the password, in the language of its reader, and says
// no more than it must.
func TestMail(t *testing.T) {
	cert, pool := certificate(t)
	d := deps(t)
	d.Roots = pool
	for _, how := range []string{notify.StartTLS, notify.TLS} {
		t.Run(how, func(t *testing.T) {
			each(t, d, func(w world) {
				ctx := w.Context()
				s := (&notifytest.Sink{Cert: cert, First: how == notify.TLS}).Listen(w.T)
				c := mailChannel(s, how)
				c.User, c.Secret = "dulieu", "mật khẩu thử"
				kept, err := w.PutChannel(ctx, by, "bật thư", c)
				w.ok(err)
				if kept.Secret != "" || !kept.HasSecret {
					w.Errorf("%+v", kept)
				}
				w.put(urgent())
				if sent := w.deliver(); sent != 2 {
					w.Fatalf("%d sent, %+v", sent, w.deliveries(""))
				}
				if w.deliver() != 0 || len(w.deliveries(notify.Sent)) != 2 {
					w.Error("sent again")
				}
				if len(s.Auths) != 2 || s.Auths[0] != "\x00dulieu\x00mật khẩu thử" {
					w.Errorf("signed in as %q", s.Auths)
				}
				for _, line := range s.Plain {
					if verb, _, _ := strings.Cut(line, " "); verb != "EHLO" && verb != "STARTTLS" {
						w.Errorf("without TLS: %s", line)
					}
				}
				bodies := map[string]string{}
				for _, text := range s.Got() {
					m, err := mail.ReadMessage(strings.NewReader(text))
					w.ok(err)
					subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
					w.ok(err)
					if !strings.HasSuffix(m.Header.Get("Message-Id"), "@example.gov.vn>") || m.Header.Get("Auto-Submitted") != "auto-generated" {
						w.Errorf("%v", m.Header)
					}
					bodies[m.Header.Get("To")] = subject + "\n" + text
				}
				if got := bodies["<an@example.gov.vn>"]; !strings.HasPrefix(got, "A data issue: hospitals\n") || !strings.Contains(got, "https://dulieu.example/console/issues/i1") || !strings.Contains(got, "One record") {
					w.Errorf("%v", bodies)
				}
				if got := bodies["<binh@example.gov.vn>"]; !strings.HasPrefix(got, "Lỗi dữ liệu cần khắc phục: bệnh viện\n") {
					w.Errorf("%v", bodies)
				}
			})
		})
	}
}

// Whoever does not offer TLS, or shows a certificate that nobody knows, gets
// neither password nor mail.
func TestMail_noTLS(t *testing.T) {
	cert, _ := certificate(t)
	each(t, deps(t), func(w world) {
		for name, s := range map[string]*notifytest.Sink{"no STARTTLS": {}, "unknown certificate": {Cert: cert}} {
			s.Listen(w.T)
			c := mailChannel(s, notify.StartTLS)
			c.User, c.Secret = "dulieu", "mat-khau"
			c, err := w.PutChannel(w.Context(), by, "bật thư", c)
			w.ok(err)
			w.put(urgent())
			if w.deliver() != 0 || len(s.Got()) != 0 || len(s.Auths) != 0 {
				w.Errorf("%s: sent, %q", name, s.Auths)
			}
			w.ok(w.RemoveChannel(w.Context(), by, "thử", c.ID))
		}
	})
}

// A server that is down is tried again, later and later, and then no more; what
// it refuses for good is dead at once.
func TestDeliver_retries(t *testing.T) {
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		s := (&notifytest.Sink{Down: true}).Listen(w.T)
		c, err := w.PutChannel(ctx, by, "bật thư", mailChannel(s, notify.NoTLS))
		w.ok(err)
		n := urgent()
		n.Org, n.Account = "", "chi"
		w.put(n)
		for try := 1; try <= notify.MostTries; try++ {
			if w.deliver() != 0 {
				w.Fatal("sent")
			}
			d := w.deliveries("")[0]
			if d.Tries != try || d.Reason(locale.Vi) == "" || d.Reason(locale.En) == d.Reason(locale.Vi) {
				w.Fatalf("try %d: %+v", try, d)
			}
			if dead := try == notify.MostTries; (d.State == notify.Dead) != dead || d.NextAt.IsZero() != dead {
				w.Fatalf("try %d: %+v", try, d)
			} else if dead {
				break
			}
			w.c.forward(d.NextAt.Sub(w.c.time()) - time.Second)
			if w.deliver(); w.deliveries("")[0].Tries != try {
				w.Fatal("tried before its time")
			}
			w.c.forward(time.Second)
		}
		w.c.forward(48 * time.Hour)
		w.deliver()
		d := w.deliveries(notify.Dead)[0]
		s.Set(func() { s.Down = false })
		w.ok(w.Retry(ctx, by, d.ID))
		want(w.T, w.Retry(ctx, by, d.ID), "notify.delivery.not-dead")
		want(w.T, w.Retry(ctx, by, "khong-co"), "notify.delivery.unknown")
		if w.deliver() != 1 || len(s.Got()) != 1 || !strings.Contains(s.Got()[0], d.ID) {
			w.Errorf("%v, %+v", s.Got(), w.deliveries(""))
		}
		// Refused for good, and what the server said is kept without the address.
		s.Set(func() { s.Say = "550 5.1.1 <chi@example.gov.vn> unknown" })
		w.put(n)
		n.Account = "khong"
		w.put(n)
		w.deliver()
		dead := w.deliveries(notify.Dead)
		if len(dead) != 2 || dead[0].Tries != 1 || dead[0].Reason(locale.Vi) != "Tài khoản không có địa chỉ thư điện tử." ||
			!strings.Contains(dead[1].Reason(locale.En), "unknown") || strings.Contains(dead[1].Reason(locale.En), "chi@") {
			w.Errorf("%+v %s %s", dead, dead[0].Reason(locale.Vi), dead[1].Reason(locale.En))
		}
		// Refused for now: later.
		s.Set(func() { s.Say = "450 4.2.0 later" })
		n.Account = "chi"
		w.put(n)
		w.deliver()
		if waiting := w.deliveries(notify.Waiting); len(waiting) != 1 || waiting[0].Tries != 1 {
			w.Errorf("%+v", waiting)
		}
		w.ok(w.RemoveChannel(ctx, by, "thử", c.ID))
		if dead := w.deliveries(notify.Dead); len(dead) != 3 || dead[0].Reason(locale.En) != "The channel has been removed." {
			w.Errorf("%+v", dead)
		}
		want(w.T, w.Retry(ctx, by, w.deliveries(notify.Dead)[0].ID), "notify.channel.unknown")
	})
}

// A try that was cut off by a crash is made again when its lease is over, under
// the same id.
func TestDeliver_crash(t *testing.T) {
	d := deps(t)
	ctx, cancel := context.WithCancel(context.Background())
	hang := false
	inner := d.Mailbox
	d.Mailbox = func(c context.Context, account string) (notify.Mailbox, error) {
		if hang {
			cancel()
		}
		return inner(c, account)
	}
	s := (&notifytest.Sink{}).Listen(t)
	each(t, d, func(w world) {
		ctx, cancel = context.WithCancel(w.Context())
		defer cancel()
		s.Take()
		_, err := w.PutChannel(ctx, by, "bật thư", mailChannel(s, notify.NoTLS))
		w.ok(err)
		n := urgent()
		n.Org, n.Account = "", "chi"
		w.put(n)
		hang = true
		if _, err := w.Deliver(ctx); !errors.Is(err, context.Canceled) {
			w.Fatal(err)
		}
		hang = false
		if w.deliver() != 0 {
			w.Error("two tries at once")
		}
		w.c.forward(6 * time.Minute)
		if w.deliver() != 1 || len(s.Got()) != 1 || w.deliveries(notify.Sent)[0].Tries != 2 {
			w.Errorf("%+v", w.deliveries(""))
		}
	})
}

// A hook keeps what it gets.
type hook struct {
	mu      sync.Mutex
	status  int
	headers []http.Header
	bodies  [][]byte
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.headers, h.bodies = append(h.headers, r.Header), append(h.bodies, body)
	}
	if h.status == http.StatusFound {
		rw.Header().Set("Location", "/noi-khac")
	}
	rw.WriteHeader(h.status)
}

func TestWebhook(t *testing.T) {
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		h := &hook{status: http.StatusNoContent}
		server := httptest.NewServer(h)
		defer server.Close()
		c, err := w.PutChannel(ctx, by, "báo sang hệ thống một cửa", notify.Channel{
			Kind: notify.KindWebhook, Name: "Một cửa", On: true, URL: server.URL + "/nhan?ma=1", Severities: []notify.Severity{notify.Urgent}, Orgs: []string{"hy-syt"},
		})
		w.ok(err)
		secret, ok := strings.CutPrefix(c.Secret, "whsec_")
		if !ok || !c.HasSecret {
			w.Fatalf("%+v", c)
		}
		key, err := base64.StdEncoding.DecodeString(secret)
		w.ok(err)
		n := urgent()
		n.Account = "an"
		n = w.put(n)
		other := urgent()
		other.Org = "hy-skhcn"
		w.put(other)
		other = urgent()
		other.Severity = notify.Info
		w.put(other)
		if sent := w.deliver(); sent != 1 || len(h.bodies) != 1 {
			w.Fatalf("%d sent, %+v", sent, w.deliveries(""))
		}
		head, body := h.headers[0], h.bodies[0]
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", head.Get("webhook-id"), head.Get("webhook-timestamp"), body)
		if got, want := head.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
			w.Errorf("signature %s, want %s", got, want)
		}
		if head.Get("webhook-id") != w.deliveries(notify.Sent)[0].ID || head.Get("webhook-timestamp") != fmt.Sprint(w.c.time().Unix()) || head.Get("Content-Type") != "application/json" {
			w.Errorf("%v", head)
		}
		var got struct {
			Type string
			Data struct {
				ID, Severity, Org, URL string
				Title, Text            struct{ Vi, En string }
				Subject                struct{ Kind, ID string }
			}
		}
		w.ok(json.Unmarshal(body, &got))
		if got.Type != "notice.created" || got.Data.ID != n.ID || got.Data.Org != "hy-syt" || got.Data.Title.Vi != n.TitleVi || got.Data.URL != "https://dulieu.example/console/issues/i1" ||
			got.Data.Subject.ID != "i1" || strings.Contains(string(body), `"an"`) {
			w.Errorf("%s", body)
		}
		// Errors are tried again with the same id; a redirect is one; 410 ends it.
		for _, status := range []int{500, http.StatusFound} {
			h.mu.Lock()
			h.status = status
			h.mu.Unlock()
			w.put(urgent())
			if w.deliver() != 0 || len(w.deliveries(notify.Waiting)) != 1 || !strings.Contains(w.deliveries(notify.Waiting)[0].Reason(locale.En), fmt.Sprint(status)) {
				w.Errorf("%d: %+v", status, w.deliveries(""))
			}
			h.mu.Lock()
			h.status = 200
			h.mu.Unlock()
			w.c.forward(time.Minute)
			if w.deliver() != 1 {
				w.Error("not sent again")
			}
			if last := len(h.headers) - 1; h.headers[last].Get("webhook-id") != h.headers[last-1].Get("webhook-id") {
				w.Error("another id")
			}
		}
		h.mu.Lock()
		h.status = http.StatusGone
		h.mu.Unlock()
		w.put(urgent())
		if w.deliver(); len(w.deliveries(notify.Dead)) != 1 {
			w.Errorf("%+v", w.deliveries(""))
		}
	})
}

// The signature is that of the specification's own example.
func TestWebhook_example(t *testing.T) {
	// https://github.com/standard-webhooks/standard-webhooks, test vectors of its
	// libraries: this secret, id, time and body give this signature.
	const secret, id, stamp, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`
	got, err := notify.Sign(secret, id, stamp, []byte(body))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestPutChannel(t *testing.T) {
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		good := notify.Channel{Kind: notify.KindMail, Name: "Thư", On: true, Host: "127.0.0.1", Port: 25, TLS: notify.NoTLS, From: "a@example.vn"}
		hook := notify.Channel{Kind: notify.KindWebhook, Name: "W", On: true, URL: "https://127.0.0.1/x"}
		for name, c := range map[string]struct {
			from   notify.Channel
			change func(c *notify.Channel)
			key    string
		}{
			"kind":                     {good, func(c *notify.Channel) { c.Kind = "zalo" }, "notify.channel.kind"},
			"name":                     {good, func(c *notify.Channel) { c.Name = " " }, "notify.channel.name"},
			"port":                     {good, func(c *notify.Channel) { c.Port = 0 }, "notify.channel.host"},
			"sender":                   {good, func(c *notify.Channel) { c.From = "a" }, "notify.channel.from"},
			"way":                      {good, func(c *notify.Channel) { c.TLS = "ssl" }, "notify.channel.tls"},
			"plain to another machine": {good, func(c *notify.Channel) { c.Host = "10.0.0.1" }, "notify.channel.plain"},
			"plain to a name":          {good, func(c *notify.Channel) { c.Host = "localhost" }, "notify.channel.plain"},
			"password of nobody":       {good, func(c *notify.Channel) { c.Secret = "x" }, "notify.channel.user"},
			"severity":                 {hook, func(c *notify.Channel) { c.Severities = []notify.Severity{"đỏ"} }, "notify.severity"},
			"http":                     {hook, func(c *notify.Channel) { c.URL = "http://nhan.example.vn/" }, "notify.channel.url"},
			"a user in it":             {hook, func(c *notify.Channel) { c.URL = "https://a:b@127.0.0.1/" }, "notify.channel.url"},
			"no host":                  {hook, func(c *notify.Channel) { c.URL = "https:///x" }, "notify.channel.url"},
			"short key":                {hook, func(c *notify.Channel) { c.Secret = "whsec_YQ==" }, "notify.channel.secret"},
			"unknown":                  {good, func(c *notify.Channel) { c.ID = "khong-co" }, "notify.channel.unknown"},
		} {
			bad := c.from
			c.change(&bad)
			if _, err := w.PutChannel(ctx, by, "thử", bad); err == nil {
				w.Errorf("%s is taken", name)
			} else {
				want(w.T, err, c.key)
			}
		}
		_, err := w.PutChannel(ctx, by, " ", good)
		want(w.T, err, "notify.no-why")
		_, err = w.PutChannel(ctx, by, "Số của ông A: 0912.345.678", good)
		want(w.T, err, "reason.number")
		first, err := w.PutChannel(ctx, by, "thử", good)
		w.ok(err)
		_, err = w.PutChannel(ctx, by, "thử", good)
		want(w.T, err, "notify.channel.one-mail")
		first.User, first.Secret = "u", "bi-mat-rieng"
		first, err = w.PutChannel(ctx, by, "thử", first)
		w.ok(err)
		// The secret lies sealed, and stays where nothing is said of it; to another
		// server it does not go along.
		first.Name = "Thư của tỉnh"
		if first, err = w.PutChannel(ctx, by, "thử", first); err != nil || !first.HasSecret {
			w.Errorf("%+v, %v", first, err)
		}
		var content, secret, log string
		w.ok(w.db.Read(ctx, func(tx *store.Tx) error {
			if err := tx.QueryRowContext(ctx, `SELECT content, secret FROM notice_channels`).Scan(&content, &secret); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, `SELECT max(content) FROM notice_channel_history`).Scan(&log)
		}))
		if !strings.HasPrefix(secret, "sealed:") || strings.Contains(content+secret+log, "bi-mat-rieng") {
			w.Errorf("%s %s %s", content, secret, log)
		}
		first.Host = "127.0.0.2"
		if first, err = w.PutChannel(ctx, by, "thử", first); err != nil || first.HasSecret {
			w.Errorf("the password goes to another server: %+v, %v", first, err)
		}
		list, err := w.Channels(ctx)
		if err != nil || len(list) != 1 || list[0].Secret != "" || list[0].Name != "Thư của tỉnh" {
			w.Errorf("%+v, %v", list, err)
		}
	})
}

// Nothing leaves the machine that the operator has not named.
func TestOutgoing(t *testing.T) {
	d := deps(t)
	d.Allow = nil
	each(t, d, func(w world) {
		_, err := w.PutChannel(w.Context(), by, "thử", notify.Channel{Kind: notify.KindWebhook, Name: "W", On: true, URL: "https://nhan.example.vn/x"})
		want(w.T, err, "dial.none-allowed")
		_, err = w.PutChannel(w.Context(), by, "thử", notify.Channel{Kind: notify.KindMail, Name: "Thư", On: true, Host: "thu.example.vn", Port: 587, TLS: notify.StartTLS, From: "a@example.vn"})
		want(w.T, err, "dial.none-allowed")
	})
	// Named then, and not any more: it is not asked.
	h := &hook{status: 200}
	server := httptest.NewServer(h)
	defer server.Close()
	each(t, deps(t), func(w world) {
		_, err := w.PutChannel(w.Context(), by, "thử", notify.Channel{Kind: notify.KindWebhook, Name: "W", On: true, URL: server.URL})
		w.ok(err)
		w.put(urgent())
		none := deps(t)
		none.Allow = nil
		sent, err := notify.NewStore(w.db, none).Deliver(w.Context())
		if err != nil || sent != 0 || len(h.bodies) != 0 || w.deliveries("")[0].Reason(locale.Vi) == "" {
			w.Errorf("%d sent, %v, %+v", sent, err, w.deliveries(""))
		}
	})
}

func TestChatText(t *testing.T) {
	n := urgent()
	n.TitleVi = "Bản ghi 001099012345 của an.nguyen@example.vn, gọi 0912 345 678"
	for _, c := range []struct {
		severity notify.Severity
		path     string
		l        locale.Lang
		want     string
	}{
		{notify.Urgent, "/console/issues/i1", locale.Vi, "[Khẩn] Bản ghi … của …, gọi …\nXem tại: https://dulieu.example/console/issues/i1"},
		{notify.Warning, "/console/issues/i1", locale.En, "[Note] A data issue: hospitals\nSee: https://dulieu.example/console/issues/i1"},
		{notify.Info, "", locale.En, "A data issue: hospitals"},
	} {
		n.Severity, n.Path = c.severity, c.path
		if got := notify.ChatText(n, "https://dulieu.example/", c.l); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Deadlines tell through the inbox, once each.
func TestOfDeadlines(t *testing.T) {
	each(t, deps(t), func(w world) {
		ctx := w.Context()
		clocks := deadline.NewStore(w.db)
		p, err := pack.Read(fstest.MapFS{
			"pack.yaml":   {Data: []byte("id: thu\nname: Gói\nversion: 1.0.0\n")},
			"clocks.yaml": {Data: []byte("kind: Clocks\nclocks:\n  - {id: CLK-22.notice, event: {vi: a}, duty: {vi: b}, direction: within, amount: 24, unit: h, act: x, sure: T}\n")},
		})
		w.ok(err)
		_, err = pack.New(w.db, clockpack.Kind(clocks)).Install(ctx, actor.System, true, p)
		w.ok(err)
		_, err = clocks.Start(ctx, by, deadline.Spec{
			Clock: "CLK-22.notice", Subject: deadline.Subject{Kind: "incident", ID: "sc-1", Path: "/console/incidents/sc-1"},
			TitleVi: "Thông báo sự cố SC-1", TitleEn: "Notice of incident SC-1", Org: "hy-syt", Account: "an",
		})
		w.ok(err)
		w.c.forward(13 * time.Hour)
		for range 2 {
			_, err = clocks.Tick(ctx, w.OfDeadlines(nil))
			w.ok(err)
		}
		w.c.forward(12 * time.Hour)
		_, err = clocks.Tick(ctx, w.OfDeadlines(nil))
		w.ok(err)
		list, _, err := w.List(ctx, notify.Reader{Account: "an", Orgs: []string{"hy-syt"}}, notify.Filter{})
		w.ok(err)
		if len(list) != 3 || list[0].TitleVi != "Quá hạn: Thông báo sự cố SC-1" || list[0].Severity != notify.Urgent || list[0].TextVi != "Thời hạn: 24/11/2026 08:00." ||
			list[1].TitleEn != "Due soon (80% of the time are gone): Notice of incident SC-1" || list[2].TitleVi != "Đã qua 50% thời hạn: Thông báo sự cố SC-1" ||
			list[2].Path != "/console/incidents/sc-1" || list[2].SubjectID != "sc-1" || list[2].Kind != notify.KindDeadline {
			w.Errorf("%+v", list)
		}
		if others, _, err := w.List(ctx, notify.Reader{Account: "binh", Orgs: []string{"hy-syt"}}, notify.Filter{}); err != nil || len(others) != 2 {
			w.Errorf("half the time is for who looks after it: %+v, %v", others, err)
		}
	})
}
