package signin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"io/fs"

	"github.com/pquerna/otp/totp"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/signin"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
)

var ctx = context.Background()

// boss is who makes the accounts of a test.
var boss = actor.Actor{Kind: "person", ID: "quan-tri", Name: "Quản trị"}

// office is the same, as the register of agencies knows them.
var office = boss

// strong is a password that may stand alone.
const strong = "Cầu-Long-Biên-1902-mưa"

// A world is a platform's doors with nothing behind them but accounts, its clock
// set by hand.
type world struct {
	*identity.Service
	t       testing.TB
	base    string
	orgs    *org.Store
	clients *clients.Registry
	guard   *guard.Guard

	mu     sync.Mutex
	now    time.Time
	inside bool
	sms    []string
	alarms []identity.Event
	last   *door.Caller // who asked last
	wrote  []door.Entry
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// outside puts everybody outside the office's networks.
func (w *world) outside() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inside = false
}

func (w *world) Send(_ context.Context, _, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sms = append(w.sms, text)
	return nil
}

func (w *world) caller() *door.Caller {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), inside: true}
	w.guard = &guard.Guard{Hosts: guard.Loopback, Token: apitest.Token}
	server := httptest.NewUnstartedServer(nil)
	// Passkeys are bound to a name, and an address of digits is none.
	w.base = strings.Replace("http://"+server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)

	control := storetest.Open(t, storetest.SQLite(t)).Control()
	ring := must[*keys.Ring](t)(keys.Open(filepath.Join(t.TempDir(), "master")))
	w.orgs = org.NewStore(control, org.Deps{})
	standard, _ := packs.Open(packs.Standard)
	folder := must[fs.FS](t)(fs.Sub(standard, "policies"))
	policies, findings, err := policy.Load(folder)
	if err != nil {
		t.Fatal(err, findings)
	}
	w.Service = must[*identity.Service](t)(identity.New(ctx, identity.Deps{
		DB: control, Keys: ring, Now: w.clock, Cost: identity.Cost{KiB: 64, Passes: 1, Threads: 1}, SMS: w,
		Record: func(context.Context, identity.Event) error { return nil },
		Alarm: func(_ context.Context, e identity.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alarms = append(w.alarms, e)
		},
		Posts: w.posts, OrgName: func(_ context.Context, id string) (string, bool, error) {
			o, err := w.orgs.Get(ctx, id, org.Today(w.clock()))
			return o.Name, err == nil, nil
		},
		Conflict: policies.Conflict,
		Inside: func(netip.Addr) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.inside
		},
		Site: identity.Site{Name: "Phố Hiến", ID: "localhost", Origins: []string{w.base}},
	}))
	vault := must[*keys.Vault](t)(keys.OpenVault(ctx, control, ring))
	alone := func(_ context.Context, id string) ([]string, error) { return []string{id}, nil }
	w.clients = must[*clients.Registry](t)(clients.Open(ctx, clients.Deps{Control: control, Vault: vault, Issuer: w.base, Endpoint: w.base + door.TokenPath, Above: alone, Below: alone}))
	t.Cleanup(func() {
		if err := w.clients.Close(ctx); err != nil {
			t.Error(err)
		}
	})

	d := &door.Door{Policies: policies, Known: w.known, Secrets: ring, Log: slog.New(slog.DiscardHandler),
		Record: func(_ context.Context, e door.Entry) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.wrote = append(w.wrote, e)
			return nil
		},
		Use: func(context.Context, door.Use) error { return nil },
	}
	pages := site.New(w.guard, d, must[*assets.Set](t)(assets.Load()), slog.New(slog.DiscardHandler))
	// The home page is the console's; here it says only that one has arrived.
	pages.Handle("GET /{$}", door.Open, func(rw http.ResponseWriter, r *http.Request) error {
		return pages.Show(rw, r, pages.Page(r, "Trang đầu", "datasets"), templText("Trang đầu"))
	})
	signin.New(signin.Deps{Site: pages, Accounts: w.Service, Clients: w.clients, Orgs: w.orgs, Policies: policies, Limits: guard.NewLimits(), SMS: true, Now: w.clock})
	server.Config.Handler = guard.Headers(pages)
	server.Start()
	t.Cleanup(server.Close)
	w.seed()
	return w
}

// known is who knocks, as app finds out.
func (w *world) known(r *http.Request) (*door.Caller, error) {
	c, err := w.find(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if c != nil {
		w.last = c
	}
	return c, err
}

func (w *world) find(r *http.Request) (*door.Caller, error) {
	if w.guard.InSession(r) {
		return &door.Caller{Who: policy.Who{Kind: "program", ID: "operator", Roles: []string{policy.RoleAdmin}, Strong: true},
			Actor: actor.Actor{Kind: "program", ID: "operator", Name: "Người vận hành máy chủ"}, CSRF: w.guard.CSRF()}, nil
	}
	cookie, err := r.Cookie(door.AccountCookie)
	if err != nil {
		return nil, nil
	}
	ses, err := w.Check(r.Context(), cookie.Value, identity.Origin{IP: guard.Client(r), Agent: r.UserAgent()})
	if fault.KindOf(err) == fault.Denied {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who, err := w.Who(r.Context(), ses, w.clock())
	if err != nil {
		return nil, err
	}
	c := &door.Caller{Who: who, Actor: ses.Actor(), Session: ses.ID, CSRF: w.CSRF(ses), Until: ses.IdleUntil(), SignedIn: &ses}
	if ses.Purpose != nil {
		c.Purpose = ses.Purpose.Purpose
	}
	return c, nil
}

func (w *world) posts(_ context.Context, person string, on time.Time) ([]identity.Post, error) {
	list, err := w.orgs.Posts(ctx, person, org.Today(on))
	var out []identity.Post
	for _, p := range list {
		out = append(out, identity.Post{ID: p.ID, Org: p.Org, Title: p.Title, Roles: p.Roles, Units: p.Units})
	}
	return out, err
}

// seed makes two agencies and somebody who works in both.
func (w *world) seed() {
	w.t.Helper()
	for id, name := range map[string]string{"so-y-te": "Sở Y tế", "benh-vien": "Bệnh viện đa khoa tỉnh"} {
		if err := w.orgs.Put(ctx, office, org.Whatever, org.Org{ID: id, Name: name, Level: org.Province}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// official makes an active account with a password; roles are those of its posts.
func (w *world) official(login, name string, roles ...string) identity.Account {
	w.t.Helper()
	person, err := w.orgs.AddPerson(ctx, office, org.Person{Name: name, Email: login + "@thu.example"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range []org.Post{{Person: person.ID, Org: "so-y-te", Title: "Chuyên viên", Roles: roles}, {Person: person.ID, Org: "benh-vien", Title: "Thành viên tổ dữ liệu", Roles: []string{policy.RoleEntry}}} {
		if _, err := w.orgs.Assign(ctx, office, p); err != nil {
			w.t.Fatal(err)
		}
	}
	a := must[identity.Account](w.t)(w.Add(ctx, boss, identity.NewAccount{Login: login, Name: name, Email: login + "@thu.example", Phone: "0912345678", OrgID: "so-y-te", PersonID: person.ID}))
	code := must[string](w.t)(w.Invite(ctx, boss, a.ID))
	step := must[identity.Step](w.t)(w.Activate(ctx, code, identity.Origin{IP: netip.MustParseAddr("127.0.0.1")}))
	if _, err := w.SetPassword(ctx, step.Token, strong); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// app is an authenticator app set up for an account; it gives its recovery codes
// too.
func (w *world) app(login string) (secret string, recovery []string) {
	w.t.Helper()
	step := must[identity.Step](w.t)(w.Begin(ctx, login, strong, identity.Origin{IP: netip.MustParseAddr("127.0.0.1")}))
	if step.Issued == nil {
		w.t.Fatalf("the sign-in of %s waits for %s", login, step.Kind)
	}
	token := step.Issued.Token
	setup := must[identity.TOTPSetup](w.t)(w.SetUpTOTP(ctx, token))
	done := must[identity.Step](w.t)(w.ConfirmTOTP(ctx, token, w.code(setup.Secret), "Điện thoại"))
	w.wait(time.Minute) // a code is right once
	return setup.Secret, done.Recovery
}

func (w *world) code(secret string) string {
	w.t.Helper()
	return must[string](w.t)(totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), w.clock()))
}

// A reader is a browser in front of the pages.
type reader struct {
	*browsertest.Browser
	*world
}

func (w *world) browse() *reader { return &reader{browsertest.New(w.t, w.base), w} }

// fill types into a field.
func (b *reader) fill(field, text string) {
	b.T.Helper()
	b.Type(`[name="`+field+`"]`, text)
}

func (b *reader) text(selector string) string {
	b.T.Helper()
	b.Until(`document.querySelector("` + selector + `") !== null`)
	return browsertest.Eval[string](b.Browser, `document.querySelector("`+selector+`").innerText`)
}

// at waits until a page has come, by its path.
func (b *reader) at(path string) {
	b.T.Helper()
	b.Until(`location.pathname === "` + path + `" && document.readyState === "complete" && document.documentElement.classList.contains("js")`)
}

// send presses a button and waits for the page that comes, be it the same one.
func (b *reader) send(button string) {
	b.T.Helper()
	browsertest.Eval[bool](b.Browser, `globalThis.old = true`)
	b.Click(button)
	b.Until(`globalThis.old === undefined && document.readyState === "complete" && document.documentElement.classList.contains("js")`)
}

// says waits for a sentence on the page.
func (b *reader) says(text string) {
	b.T.Helper()
	b.Until(`document.body.innerText.includes(` + "`" + text + "`" + `)`)
}

// login fills the form of signing in.
func (b *reader) login(login, password string) {
	b.T.Helper()
	b.fill("login", login)
	b.fill("password", password)
	b.Click(`form[action="/login"] button`)
}

// name is who has signed in, as the head says.
func (b *reader) name() string {
	b.T.Helper()
	return browsertest.Eval[string](b.Browser, `document.querySelector(".masthead-account")?.innerText ?? ""`)
}
