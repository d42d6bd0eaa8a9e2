package identity_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// cheap keeps tests quick; what a real hash costs has a benchmark.
var cheap = identity.Cost{KiB: 64, Passes: 1, Threads: 1}

var admin = identity.Actor{Kind: "person", ID: "admin", Name: "Quản trị"}

// A kit is a service with a clock that is set by hand and a log in memory.
type kit struct {
	*identity.Service
	t    testing.TB
	deps identity.Deps

	mu     sync.Mutex
	now    time.Time
	events []identity.Event
	alarms []identity.Event
	deaf   error // what the log answers
	posts  map[string][]identity.Post
	inside []netip.Prefix
}

func newKit(t testing.TB, s *store.Store, change ...func(*identity.Deps)) *kit {
	t.Helper()
	k := &kit{t: t, now: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), posts: map[string][]identity.Post{},
		inside: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	ring, err := keys.Open(filepath.Join(t.TempDir(), "master"))
	if err != nil {
		t.Fatal(err)
	}
	k.deps = identity.Deps{
		DB: s.Control(), Keys: ring, Now: k.clock, Cost: cheap,
		Record: func(_ context.Context, e identity.Event) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.deaf != nil {
				return k.deaf
			}
			k.events = append(k.events, e)
			return nil
		},
		Alarm: func(_ context.Context, e identity.Event) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.alarms = append(k.alarms, e)
		},
		Posts: func(_ context.Context, person string, _ time.Time) ([]identity.Post, error) {
			return k.posts[person], nil
		},
		OrgName: func(_ context.Context, org string) (string, bool, error) {
			return map[string]string{"so-y-te": "Sở Y tế", "so-noi-vu": "Sở Nội vụ", "xa-an": "UBND xã An"}[org], org == "so-y-te" || org == "so-noi-vu" || org == "xa-an", nil
		},
		Place: func(_ context.Context, org string, _ time.Time) (identity.Place, error) {
			return identity.Place{Above: []string{"ubnd-tinh"}, Covers: []string{org, "H21." + org}, Units: []string{"33"}}, nil
		},
		Conflict: func(roles []string) error {
			if slices.Contains(roles, policy.RoleCDO) && slices.Contains(roles, policy.RoleCompliance) {
				return fault.New(fault.Conflict, "test.conflict")
			}
			return nil
		},
		Inside: func(ip netip.Addr) bool {
			return slices.ContainsFunc(k.inside, func(p netip.Prefix) bool { return p.Contains(ip) })
		},
		Site: identity.Site{Name: "Dữ liệu Hưng Yên", ID: "dulieu.hungyen.gov.vn", Origins: []string{"https://dulieu.hungyen.gov.vn"}},
	}
	for _, f := range change {
		f(&k.deps)
	}
	k.open()
	return k
}

// open makes the service, again after a restart.
func (k *kit) open() {
	k.t.Helper()
	s, err := identity.New(context.Background(), k.deps)
	if err != nil {
		k.t.Fatal(err)
	}
	k.Service = s
}

func (k *kit) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kit) wait(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

// told counts the events of an action with a result.
func (k *kit) told(action, result string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, e := range k.events {
		if e.Action == action && e.Result == result {
			n++
		}
	}
	return n
}

const (
	goodPassword = "Thuyền Rời Bến-07h"
	nextPassword = "Mưa Bóng Mây-19h"
)

var (
	ctx     = context.Background()
	outside = identity.Origin{IP: netip.MustParseAddr("203.0.113.7"), Agent: "test"}
	within  = identity.Origin{IP: netip.MustParseAddr("10.1.2.3"), Agent: "test"}
)

// must fails the test on an error.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wants(t testing.TB, err error, keys ...string) {
	t.Helper()
	if !slices.ContainsFunc(keys, func(key string) bool { return fault.Is(err, key) }) {
		t.Fatalf("got %v, want the fault %s", err, keys)
	}
}

// person makes an account and activates it with a password, inside.
func (k *kit) person(login string, more ...func(*identity.NewAccount)) identity.Account {
	k.t.Helper()
	n := identity.NewAccount{Login: login, Name: "Trần Thị Bưởi", OrgID: "so-y-te"}
	for _, f := range more {
		f(&n)
	}
	a := must(k.Add(ctx, admin, n))(k.t)
	code := must(k.Invite(ctx, admin, a.ID))(k.t)
	step := must(k.Activate(ctx, code, within))(k.t)
	if step.Kind != identity.StepPassword || step.Why != "first" {
		k.t.Fatalf("activation asks for %s (%s), want the first password", step.Kind, step.Why)
	}
	step = must(k.SetPassword(ctx, step.Token, goodPassword))(k.t)
	if step.Kind != identity.StepDone && step.Kind != identity.StepEnrol {
		k.t.Fatalf("after the password: %s", step.Kind)
	}
	return must(k.Account(ctx, a.ID))(k.t)
}

// signIn signs in inside, with a password only.
func (k *kit) signIn(login, password string) identity.Issued {
	k.t.Helper()
	step := must(k.Begin(ctx, login, password, within))(k.t)
	if step.Kind != identity.StepDone {
		k.t.Fatalf("sign-in asks for %s, want it done", step.Kind)
	}
	return *step.Issued
}

// app sets an authenticator app up in a session or a sign-in.
func (k *kit) app(token string) (secret string, step identity.Step) {
	k.t.Helper()
	setup := must(k.SetUpTOTP(ctx, token))(k.t)
	step = must(k.ConfirmTOTP(ctx, token, k.code(setup.Secret), "điện thoại"))(k.t)
	return setup.Secret, step
}

func (k *kit) code(secret string) string {
	k.t.Helper()
	return must(totp.GenerateCode(secret, k.clock()))(k.t)
}

func each(t *testing.T, f func(t *testing.T, k *kit)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) { f(t, newKit(t, s)) })
}

var errDeaf = errors.New("log is deaf")

func joined(list []identity.Factor) string {
	var b []string
	for _, f := range list {
		b = append(b, string(f))
	}
	return strings.Join(b, " ")
}
