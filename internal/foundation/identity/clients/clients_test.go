package clients_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const (
	issuer   = "https://kho.example.vn"
	endpoint = issuer + "/oauth2/token"
)

var admin = identity.Actor{Kind: "person", ID: "quan-tri", Name: "Quản trị"}

// A clock that tests set; time itself follows unless it is told not to.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Duration
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = c.at.Add(d), c.since+d
}

// set moves the hands and nothing else.
func (c *clock) set(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// A place is a database with its master key, to open a registry on.
type place struct {
	s      *store.Store
	clock  *clock
	master string
}

func open(t testing.TB, p place) *clients.Registry {
	t.Helper()
	ring, err := keys.Open(p.master)
	if err != nil {
		t.Fatal(err)
	}
	vault, err := keys.OpenVault(t.Context(), p.s.Control(), ring)
	if err != nil {
		t.Fatal(err)
	}
	d := clients.Deps{
		Control: p.s.Control(), Vault: vault, Issuer: issuer, Endpoint: endpoint,
		Above: func(_ context.Context, org string) ([]string, error) { return []string{org, "ubnd-tinh"}, nil },
		Below: func(_ context.Context, org string) ([]string, error) { return []string{org, org + "-con"}, nil },
	}
	if p.clock != nil {
		d.Now, d.Since = p.clock.now, p.clock.elapsed
	}
	r, err := clients.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// each runs a test on both engines with a set clock.
func each(t *testing.T, f func(t *testing.T, p place)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		c := newClock()
		cfg.Now = c.now
		f(t, place{storetest.Open(t, cfg), c, filepath.Join(t.TempDir(), "master.key")})
	})
}

func create(t testing.TB, r *clients.Registry, c clients.Client) clients.Client {
	t.Helper()
	if c.Name == "" {
		c.Name = "Phần mềm quản lý khám, chữa bệnh"
	}
	if c.Org == "" {
		c.Org = "so-y-te"
	}
	c.Contact = "Phòng Nghiệp vụ, 0221 000 000"
	c, err := r.Create(t.Context(), admin, c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wish(label string) clients.Wish { return clients.Wish{Label: label} }

func newKey(t testing.TB, r *clients.Registry, client string) (string, clients.Credential) {
	t.Helper()
	text, c, err := r.NewKey(t.Context(), admin, client, wish("máy chủ 1"))
	if err != nil {
		t.Fatal(err)
	}
	return text, c
}

func newSecret(t testing.TB, r *clients.Registry, client string) (string, clients.Credential) {
	t.Helper()
	text, c, err := r.NewSecret(t.Context(), admin, client, wish("máy chủ 1"))
	if err != nil {
		t.Fatal(err)
	}
	return text, c
}

func form(pairs ...string) url.Values {
	v := url.Values{"grant_type": {"client_credentials"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func basicHeader(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

// refused checks how something was refused.
func refused(t *testing.T, err error, code, key string) {
	t.Helper()
	var r *clients.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("got %v, want a refusal %s", err, code)
	}
	if r.Code != code || !fault.Is(err, key) {
		t.Fatalf("got %s (%v), want %s (%s)", r.Code, err, code, key)
	}
}

func TestKey_lives(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		c := create(t, r, clients.Client{Grants: clients.Grants{Scopes: []string{"read", "send:co-so-y-te"}, Units: []string{"33"}}})
		text, cred := newKey(t, r, c.ID)
		if !strings.HasPrefix(text, "phk_"+cred.ID+"_") {
			t.Fatalf("key %q does not name its credential %s", text, cred.ID)
		}
		got, err := r.Verify(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if got.Kind != clients.Program || got.ID != c.ID || got.Credential != cred.ID {
			t.Fatalf("speaks for %+v, want %s", got, c.ID)
		}
		who, err := r.Who(t.Context(), got)
		if err != nil {
			t.Fatal(err)
		}
		if who.Kind != "program" || who.Org != "so-y-te" || !slices.Equal(who.Orgs, []string{"so-y-te", "ubnd-tinh"}) ||
			!slices.Equal(who.Covers, []string{"so-y-te", "so-y-te-con"}) || !who.Has(policy.RoleService) || who.Units[0] != "33" {
			t.Errorf("who is %+v", who)
		}
		for _, try := range []struct {
			action  policy.Action
			dataset string
			want    bool
		}{
			{policy.Read, "", true}, {policy.Read, "co-so-y-te", true}, {policy.Send, "co-so-y-te", true},
			{policy.Send, "co-so-y-te.giuong", true}, {policy.Send, "", false}, {policy.Send, "ho-ngheo", false}, {policy.Export, "co-so-y-te", false},
		} {
			if got := got.Permits(try.action, try.dataset); got != try.want {
				t.Errorf("%s of %q: %v, want %v", try.action, try.dataset, got, try.want)
			}
		}

		// A second one, for rotation; then the first goes.
		second, _ := newKey(t, r, c.ID)
		if err := r.Revoke(t.Context(), clients.Program, "pm-khac", cred.ID); !fault.Is(err, "clients.no-credential") {
			t.Errorf("another's key revoked: %v", err)
		}
		if err := r.Revoke(t.Context(), clients.Program, c.ID, cred.ID); err != nil {
			t.Fatal(err)
		}
		_, err = r.Verify(t.Context(), text)
		refusedHolder(t, err, "clients.revoked-credential")
		wrongSecrets(t, r, text, cred.ID)
		if _, err := r.Verify(t.Context(), second); err != nil {
			t.Errorf("the other key: %v", err)
		}

		p.clock.pass(91 * 24 * time.Hour)
		_, err = r.Verify(t.Context(), second)
		refusedHolder(t, err, "clients.expired-credential")
		again := open(t, p) // as another start of the program knows only keys in force
		_, err = again.Verify(t.Context(), second)
		refusedHolder(t, err, "clients.expired-credential")
		if err := r.SetState(t.Context(), c.ID, clients.Suspended); err != nil {
			t.Fatal(err)
		}
		third, last := newKey(t, r, c.ID)
		_, err = r.Verify(t.Context(), third)
		refusedHolder(t, err, "clients.not-active")
		if err := r.SetState(t.Context(), c.ID, clients.Closed); err != nil {
			t.Fatal(err)
		}
		_, err = r.Verify(t.Context(), third)
		refusedHolder(t, err, "clients.closed")
		wrongSecrets(t, r, third, last.ID)
		list, err := r.Credentials(t.Context(), clients.Program, c.ID)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d credentials, %v", len(list), err)
		}
		for _, c := range list {
			if c.ID != last.ID && c.Used.IsZero() {
				t.Errorf("%s: it is not known that it was used", c.ID)
			}
		}
	})
}

// refusedHolder makes sure that who holds a right key is told what became of it.
func refusedHolder(t *testing.T, err error, key string) {
	t.Helper()
	refused(t, err, clients.InvalidToken, key)
	var refusal *clients.Refusal
	if !errors.As(err, &refusal) || !refusal.Holder {
		t.Errorf("%v: not as to who holds the key", err)
	}
}

// wrongSecrets makes sure that nobody else is: a key of the same id with another
// secret, and one of no id at all, are told the same.
func wrongSecrets(t *testing.T, r *clients.Registry, text, id string) {
	t.Helper()
	at := strings.LastIndex(text, "_") + 1
	body := text[:at] + strings.Repeat("a", len(text)-at-6)
	for _, wrong := range []string{body + clients.CheckSum(body), strings.Replace(body, id, strings.Repeat("z", len(id)), 1) + clients.CheckSum(strings.Replace(body, id, strings.Repeat("z", len(id)), 1)), text + "x", text[:len(text)-1]} {
		_, err := r.Verify(t.Context(), wrong)
		refused(t, err, clients.InvalidToken, "clients.bad-token")
		var refusal *clients.Refusal
		if errors.As(err, &refusal) && refusal.Holder {
			t.Errorf("%q: told as to who holds the key", wrong)
		}
	}
}

func TestKey_storedAsDigestOnly(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		c := create(t, r, clients.Client{})
		text, _ := newKey(t, r, c.ID)
		secret := text[len("phk_")+13:]
		err := p.s.Control().Read(t.Context(), func(tx *store.Tx) error {
			var row string
			err := tx.QueryRowContext(t.Context(), `SELECT id || kind || label || digest || public || scopes FROM client_credentials`).Scan(&row)
			if strings.Contains(row, secret) || strings.Contains(row, text) {
				t.Errorf("the secret is in the table: %s", row)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Every single changed character is told by the check sum or the digest.
func TestKey_oneCharacter(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{})
	text, _ := newKey(t, r, c.ID)
	for i := range len(text) {
		wrong := []byte(text)
		wrong[i] ^= 1
		if _, err := r.Verify(t.Context(), string(wrong)); err == nil {
			t.Fatalf("%s opens as %s", wrong, text)
		}
	}
}

func onSQLite(t testing.TB) place {
	cfg := storetest.SQLite(t)
	c := newClock()
	cfg.Now = c.now
	return place{storetest.Open(t, cfg), c, filepath.Join(t.TempDir(), "master.key")}
}

func TestPersonal(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		text, c, err := r.NewPersonal(t.Context(), admin, "account-7", clients.Wish{Label: "dòng lệnh", For: time.Hour, Scopes: []string{"read"}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Verify(t.Context(), text)
		if err != nil || got.Kind != clients.Account || got.ID != "account-7" || got.Credential != c.ID || !got.Permits(policy.Read, "x") || got.Permits(policy.Send, "x") {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := r.Who(t.Context(), got); !fault.Is(err, "clients.not-a-program") {
			t.Errorf("an account's roles were made up here: %v", err)
		}
		if err := r.RevokeAll(t.Context(), clients.Account, "account-7"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Verify(t.Context(), text); err == nil {
			t.Error("a revoked personal key opens")
		}
	})
}

func TestToken_secret(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		c := create(t, r, clients.Client{Grants: clients.Grants{Scopes: []string{"read", "send:co-so-y-te"}}})
		secret, cred := newSecret(t, r, c.ID)
		requests := map[string]clients.TokenRequest{
			"basic": {Authorization: basicHeader(c.ID, secret), Form: form()},
			"post":  {Form: form("client_id", c.ID, "client_secret", secret)},
		}
		for name, q := range requests {
			got, err := r.Token(t.Context(), q)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got.TokenType != "Bearer" || got.ExpiresIn != 900 || got.Scope != "read send:co-so-y-te" || got.Client != c.ID {
				t.Errorf("%s: %+v", name, got)
			}
			p, err := r.Verify(t.Context(), got.AccessToken)
			if err != nil || p.ID != c.ID || p.Claims.Client != c.ID || p.Credential != cred.ID {
				t.Fatalf("%s: %+v, %v", name, p, err)
			}
		}
		got, err := r.Token(t.Context(), clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form("scope", "read:ho-ngheo")})
		if err != nil || got.Scope != "read:ho-ngheo" {
			t.Fatalf("narrower scope: %+v, %v", got, err)
		}
		who, err := r.Verify(t.Context(), got.AccessToken)
		if err != nil || !who.Permits(policy.Read, "ho-ngheo") || who.Permits(policy.Read, "co-so-y-te") {
			t.Errorf("narrower scope permits %v, %v", who.Scopes, err)
		}

		// Token, secret and client end each other at once.
		if err := r.SetState(t.Context(), c.ID, clients.Suspended); err != nil {
			t.Fatal(err)
		}
		_, err = r.Verify(t.Context(), got.AccessToken)
		refused(t, err, clients.InvalidToken, "clients.not-active")
		_, err = r.Token(t.Context(), requests["basic"])
		refused(t, err, clients.UnauthorizedClient, "clients.not-active")
		if err := r.SetState(t.Context(), c.ID, clients.Active); err != nil {
			t.Fatal(err)
		}
		if err := r.Revoke(t.Context(), clients.Program, c.ID, cred.ID); err != nil {
			t.Fatal(err)
		}
		_, err = r.Verify(t.Context(), got.AccessToken)
		refused(t, err, clients.InvalidToken, "clients.token-revoked")
		_, err = r.Token(t.Context(), requests["basic"])
		refused(t, err, clients.InvalidClient, "clients.not-known")
		if err := r.SetState(t.Context(), c.ID, clients.Closed); err != nil {
			t.Fatal(err)
		}
		if err := r.SetState(t.Context(), c.ID, clients.Active); !fault.Is(err, "clients.unknown") {
			t.Errorf("a closed client came back: %v", err)
		}
	})
}

func TestToken_refused(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{Grants: clients.Grants{Scopes: []string{"read"}}})
	other := create(t, r, clients.Client{})
	secret, _ := newSecret(t, r, c.ID)
	key, _ := newKey(t, r, c.ID)
	twice := form("client_id", c.ID, "client_secret", secret)
	twice.Add("scope", "read")
	twice.Add("scope", "read")
	for name, try := range map[string]struct {
		q         clients.TokenRequest
		code, key string
		status    int
	}{
		"no credential":       {clients.TokenRequest{Form: form("client_id", c.ID)}, clients.InvalidClient, "clients.not-known", 401},
		"wrong secret":        {clients.TokenRequest{Form: form("client_id", c.ID, "client_secret", secret[:len(secret)-1]+"0")}, clients.InvalidClient, "clients.not-known", 401},
		"another's secret":    {clients.TokenRequest{Form: form("client_id", other.ID, "client_secret", secret)}, clients.InvalidClient, "clients.not-known", 401},
		"key as secret":       {clients.TokenRequest{Form: form("client_id", c.ID, "client_secret", key)}, clients.InvalidClient, "clients.not-known", 401},
		"unknown client":      {clients.TokenRequest{Authorization: basicHeader("khong-co", secret), Form: form()}, clients.InvalidClient, "clients.not-known", 401},
		"two names":           {clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form("client_id", other.ID)}, clients.InvalidClient, "clients.not-known", 401},
		"two ways":            {clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form("client_secret", secret)}, clients.InvalidRequest, "clients.several-ways", 400},
		"twice":               {clients.TokenRequest{Form: twice}, clients.InvalidRequest, "clients.twice", 400},
		"another grant":       {clients.TokenRequest{Form: form("grant_type", "password", "client_id", c.ID)}, clients.UnsupportedGrantType, "clients.grant-type", 400},
		"no form":             {clients.TokenRequest{}, clients.UnsupportedGrantType, "clients.grant-type", 400},
		"scope not its own":   {clients.TokenRequest{Form: form("client_id", c.ID, "client_secret", secret, "scope", "read erase")}, clients.InvalidScope, "clients.scope-denied", 400},
		"scope of no kind":    {clients.TokenRequest{Form: form("client_id", c.ID, "client_secret", secret, "scope", "openid")}, clients.InvalidScope, "clients.scope-denied", 400},
		"oversized":           {clients.TokenRequest{Form: form("client_id", c.ID, "client_secret", strings.Repeat("x", 20000))}, clients.InvalidRequest, "clients.large", 400},
		"assertion of a kind": {clients.TokenRequest{Form: form("client_id", c.ID, "client_assertion", "x", "client_assertion_type", "y")}, clients.InvalidRequest, "clients.assertion-type", 400},
		"not basic":           {clients.TokenRequest{Authorization: "Bearer " + key, Form: form()}, clients.InvalidClient, "clients.not-known", 401},
		"broken basic":        {clients.TokenRequest{Authorization: "Basic ???", Form: form()}, clients.InvalidClient, "clients.not-known", 401},
	} {
		_, err := r.Token(t.Context(), try.q)
		var got *clients.Refusal
		if !errors.As(err, &got) || got.Code != try.code || got.Status != try.status || !fault.Is(err, try.key) {
			t.Errorf("%s: %v, want %s (%s)", name, err, try.code, try.key)
			continue
		}
		if (got.Challenge != "") != (got.Status == http.StatusUnauthorized) {
			t.Errorf("%s: status %d with challenge %q", name, got.Status, got.Challenge)
		}
		body := got.Body()
		if strings.ContainsFunc(body["error_description"], func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }) {
			t.Errorf("%s: description %q holds what RFC 6749 does not allow", name, body["error_description"])
		}
		for _, text := range body {
			if strings.Contains(text, secret) || strings.Contains(text, key) {
				t.Errorf("%s: the answer shows a secret: %s", name, text)
			}
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), key) {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
}

func TestVerify_term(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	from, to := p.clock.now().Add(time.Hour), p.clock.now().Add(2*time.Hour)
	c := create(t, r, clients.Client{ValidFrom: from, ValidTo: to})
	text, _ := newKey(t, r, c.ID)
	secret, _ := newSecret(t, r, c.ID)
	_, err := r.Verify(t.Context(), text)
	refused(t, err, clients.InvalidToken, "clients.not-yet")
	p.clock.pass(115 * time.Minute)
	if _, err = r.Verify(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	got, err := r.Token(t.Context(), clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form()})
	if err != nil || got.ExpiresIn != 300 {
		t.Errorf("a token outlives its client: %d s, %v", got.ExpiresIn, err)
	}
	p.clock.pass(5 * time.Minute)
	_, err = r.Verify(t.Context(), text)
	refused(t, err, clients.InvalidToken, "clients.no-longer")
}

// A change made by another node is seen within two seconds.
func TestVerify_otherNode(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		here, there := open(t, p), open(t, p)
		c := create(t, here, clients.Client{})
		text, cred := newKey(t, here, c.ID)
		p.clock.pass(2 * time.Second)
		if _, err := there.Verify(t.Context(), text); err != nil {
			t.Fatalf("a key made elsewhere: %v", err)
		}
		if err := here.Revoke(t.Context(), clients.Program, c.ID, cred.ID); err != nil {
			t.Fatal(err)
		}
		p.clock.pass(2 * time.Second)
		if _, err := there.Verify(t.Context(), text); err == nil {
			t.Error("a key revoked elsewhere opens after two seconds")
		}
	})
}

// Tokens of a node are good on another, and after the signing key has changed.
func TestToken_signingKeys(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		here, there := open(t, p), open(t, p)
		c := create(t, here, clients.Client{})
		secret, _, err := here.NewSecret(t.Context(), admin, c.ID, clients.Wish{Label: "một năm", For: 365 * 24 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		q := clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form()}
		published := map[string]time.Time{}
		seen := map[string]bool{}
		for range 100 {
			p.clock.pass(24 * time.Hour)
			got, err := here.Token(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := there.Verify(t.Context(), got.AccessToken); err != nil {
				t.Fatalf("day %v: %v", p.clock.now(), err)
			}
			head, _, _ := strings.Cut(got.AccessToken, ".")
			raw, err := base64.RawURLEncoding.DecodeString(head)
			if err != nil {
				t.Fatal(err)
			}
			set, err := there.JWKS(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, k := range set.Keys {
				if !k.IsPublic() {
					t.Fatal("a private key is published")
				}
				if _, there := published[k.KeyID]; !there {
					published[k.KeyID] = p.clock.now()
				}
				if strings.Contains(string(raw), k.KeyID) {
					found = true
					if !seen[k.KeyID] && len(seen) > 0 && p.clock.now().Sub(published[k.KeyID]) < 6*24*time.Hour {
						t.Errorf("key %s signs %v after it was published", k.KeyID, p.clock.now().Sub(published[k.KeyID]))
					}
					seen[k.KeyID] = true
				}
			}
			if !found {
				t.Fatalf("the key of %s is not published", raw)
			}
		}
		if len(seen) != 4 {
			t.Errorf("%d keys signed in 100 days, want 4", len(seen))
		}
		got, err := here.Token(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := here.Verify(t.Context(), got.AccessToken); err != nil {
			t.Fatal(err)
		}
		p.clock.pass(20 * time.Minute)
		_, err = there.Verify(t.Context(), got.AccessToken)
		refused(t, err, clients.InvalidToken, "clients.token-expired")
	})
}

func TestRevokeSigner(t *testing.T) {
	each(t, func(t *testing.T, p place) {
		r := open(t, p)
		c := create(t, r, clients.Client{})
		secret, _ := newSecret(t, r, c.ID)
		q := clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form()}
		got, err := r.Token(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Verify(t.Context(), got.AccessToken); err != nil {
			t.Fatal(err)
		}
		set, err := r.JWKS(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range set.Keys {
			head, _, _ := strings.Cut(got.AccessToken, ".")
			raw, _ := base64.RawURLEncoding.DecodeString(head)
			if strings.Contains(string(raw), k.KeyID) {
				if err := r.RevokeSigner(t.Context(), k.KeyID); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = r.Verify(t.Context(), got.AccessToken)
		refused(t, err, clients.InvalidToken, "clients.bad-token")
		if got, err = r.Token(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Verify(t.Context(), got.AccessToken); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClock_jumps(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	c := create(t, r, clients.Client{})
	secret, _ := newSecret(t, r, c.ID)
	q := clients.TokenRequest{Authorization: basicHeader(c.ID, secret), Form: form()}
	for name, by := range map[string]time.Duration{"forward": 6 * time.Minute, "back": -6 * time.Minute} {
		p.clock.set(by)
		_, err := r.Token(t.Context(), q)
		refused(t, err, clients.Unavailable, "clients.clock")
		p.clock.set(-by)
		_, err = r.Token(t.Context(), q)
		if err == nil {
			t.Errorf("%s: issuing went on by itself", name)
		}
		r.AcceptClock()
		if _, err := r.Token(t.Context(), q); err != nil {
			t.Errorf("%s: after an administrator accepted the clock: %v", name, err)
		}
	}
	p.clock.set(4 * time.Minute)
	p.clock.pass(48 * time.Hour)
	if _, err := r.Token(t.Context(), q); err != nil {
		t.Errorf("a clock that was pulled straight: %v", err)
	}
}

func TestCreate_refused(t *testing.T) {
	p := onSQLite(t)
	r := open(t, p)
	whole := clients.Client{ID: "his-y-te", Name: "HIS", Org: "so-y-te", Contact: "Phòng Nghiệp vụ"}
	if _, err := r.Create(t.Context(), admin, whole); err != nil {
		t.Fatal(err)
	}
	for key, change := range map[string]func(c *clients.Client){
		"clients.taken":         func(*clients.Client) {},
		"clients.bad-id":        func(c *clients.Client) { c.ID = "HIS Y tế" },
		"clients.no-name":       func(c *clients.Client) { c.ID, c.Name = "x", "  " },
		"clients.no-org":        func(c *clients.Client) { c.ID, c.Org = "x", "" },
		"clients.no-contact":    func(c *clients.Client) { c.ID, c.Contact = "x", "a\nb" },
		"clients.bad-role":      func(c *clients.Client) { c.ID, c.Roles = "x", []string{policy.RoleEmergency} },
		"clients.bad-scope":     func(c *clients.Client) { c.ID, c.Scopes = "x", []string{"read:*"} },
		"clients.bad-term":      func(c *clients.Client) { c.ID, c.ValidFrom, c.ValidTo = "x", p.clock.now(), p.clock.now() },
		"clients.bad-algorithm": func(c *clients.Client) { c.ID, c.Algorithms = "x", []string{"HS256"} },
	} {
		c := whole
		change(&c)
		if _, err := r.Create(t.Context(), admin, c); !fault.Is(err, key) {
			t.Errorf("got %v, want %s", err, key)
		}
	}
	for key, try := range map[string]clients.Wish{
		"clients.no-label":   {},
		"clients.bad-expiry": {Label: "x", For: 400 * 24 * time.Hour},
		"clients.bad-scope":  {Label: "x", Scopes: []string{"*"}},
	} {
		if _, _, err := r.NewKey(t.Context(), admin, whole.ID, try); !fault.Is(err, key) {
			t.Errorf("got %v, want %s", err, key)
		}
	}
	if _, _, err := r.NewKey(t.Context(), admin, "khong-co", wish("x")); !fault.Is(err, "clients.unknown") {
		t.Errorf("a key of nobody: %v", err)
	}
	for range 20 {
		newKey(t, r, whole.ID)
	}
	if _, _, err := r.NewKey(t.Context(), admin, whole.ID, wish("x")); !fault.Is(err, "clients.many-credentials") {
		t.Errorf("keys without end: %v", err)
	}
}
