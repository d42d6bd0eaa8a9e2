package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/logdesk"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/channels/usagedesk"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// A guarded province has the log, the ledger of uses, programs' accounts and the policies of the
// standard pack.
type guarded struct {
	*harness
	log     *audit.Log
	clients *clients.Registry
	ledger  *usage.Ledger

	mu    sync.Mutex
	noted []door.Entry
}

// notes are what was written down.
func (g *guarded) notes() []door.Entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]door.Entry(nil), g.noted...)
}

func newGuarded(t *testing.T, limits *guard.Limits) *guarded {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := apitest.New(t)
	g := &guarded{}
	p.Door.Policies = p.Policies
	known := p.Door.Known
	p.Door.Known = func(r *http.Request) (*door.Caller, error) { // what the token shows is the operator
		c, err := known(r)
		if c != nil {
			c.Who.Roles, c.Who.Strong, c.Who.Inside = []string{policy.RoleAdmin}, true, true
			if role := r.Header.Get("Test-Role"); role != "" {
				c.Who = policy.Who{Kind: "person", ID: "thu", Roles: []string{policy.RoleOfficial, role}, Strong: true, Inside: true}
			}
		}
		return c, err
	}
	p.Door.Record = func(_ context.Context, e door.Entry) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.noted = append(g.noted, e)
		return nil
	}
	dir := t.TempDir()
	ring, err := keys.Open(filepath.Join(dir, "keys", "master.key"))
	must(err)
	vault, err := keys.OpenVault(t.Context(), p.Control, ring)
	must(err)
	g.log, err = audit.Open(audit.Options{Dir: filepath.Join(dir, "audit"), Origin: "phohien/thu/audit", Signer: ring.Signer("audit/checkpoint"), Log: p.Log})
	must(err)
	t.Cleanup(func() { must(g.log.Close()) })
	none := func(context.Context, string) ([]string, error) { return nil, nil }
	g.clients, err = clients.Open(t.Context(), clients.Deps{
		Control: p.Control, Vault: vault, Issuer: "https://kho.example", Endpoint: "https://kho.example" + door.TokenPath, Above: none, Below: none, Log: p.Log,
	})
	must(err)
	t.Cleanup(func() { must(g.clients.Close(context.Background())) })
	g.ledger, err = usage.Open(t.Context(), p.Control, ring, filepath.Join(dir, "usage"))
	must(err)
	t.Cleanup(func() { must(g.ledger.Close()) })
	d := p.Deps()
	d.Keys, d.Uses = &keydesk.Desk{Registry: g.clients, Door: p.Door, Orgs: p.Orgs}, &usagedesk.Desk{Ledger: g.ledger, Door: p.Door, Policies: p.Policies}
	d.Accounts = accountdesk.New(d.People)
	d.Reviews = &reviewdesk.Desk{Service: review.New(p.Control, review.Deps{Accounts: p.Accounts, Orgs: p.Orgs, Conflict: p.Policies.Conflict}), Accounts: d.Accounts}
	d.Audit, d.Clients, d.Limits = &logdesk.Desk{Log: g.log, Door: p.Door, Dir: filepath.Join(dir, "audit")}, g.clients, limits
	s := api.New(d)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	g.harness = &harness{t, p, server, readDocument(t, s)}
	return g
}

const nobody = "X-Phohien-Token: "

func TestAudit(t *testing.T) {
	h := newGuarded(t, nil)
	for i := range 25 {
		if _, err := h.log.Append(t.Context(), audit.Entry{
			Actor: audit.Actor{Kind: "person", ID: fmt.Sprint("nguoi-", i%2), Name: "Người Thử"}, Org: "hy-syt", Action: "read", Object: "dataset:hy-xa",
			Result: []string{audit.Done, audit.Deny}[i%2], Why: []string{"mo.bo-du-lieu"}, Detail: map[string]string{"n": fmt.Sprint(i)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.log.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Everybody gets the checkpoint and the key, and nobody else's entries.
	note := h.get("/api/v1/audit/checkpoint", nobody).want(200)
	key, err := audit.ParseKey(strings.TrimSpace(string(h.get("/api/v1/audit/key", nobody).want(200).body)))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := key.Open(note.body); err != nil || c.Size < 25 {
		t.Errorf("the checkpoint: %+v, %v", c, err)
	}
	for _, path := range []string{"/api/v1/audit/entries", "/api/v1/audit/proof/3"} {
		h.get(path, nobody).problem(401, "door.sign-in")
		h.get(path, "Test-Role: analyst").problem(403, "door.denied")
	}
	// A receipt proves its entry.
	receipt, err := audit.ParseReceipt(h.get("/api/v1/audit/proof/3").want(200).body)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := receipt.Check(key); err != nil || e.Action != "read" || e.Index != 3 {
		t.Errorf("%+v, %v", e, err)
	}
	h.get("/api/v1/audit/proof/99999").problem(404, "audit.no-entry")
	// An entry of this very moment is signed when it is asked for.
	last, err := h.log.Append(t.Context(), audit.Entry{Actor: audit.Actor{Kind: "system", ID: "x"}, Action: "read", Result: audit.Done})
	if err != nil {
		t.Fatal(err)
	}
	h.get(fmt.Sprint("/api/v1/audit/proof/", last)).want(200)

	var list struct {
		Items []api.AuditEntry
		More  bool
		Next  int64
	}
	seen := map[int64]bool{}
	for before := int64(0); ; before = list.Next {
		list.Next, list.Items = 0, nil
		h.get(fmt.Sprintf("/api/v1/audit/entries?newest=true&limit=4&actor=nguoi-1&result=deny&before=%d", before), "Test-Role: compliance_officer").want(200).into(&list)
		for _, e := range list.Items {
			if seen[e.Index] || e.Actor.ID != "nguoi-1" || e.Result != "deny" || e.UTC == "" {
				t.Errorf("%+v", e)
			}
			seen[e.Index] = true
		}
		if !list.More {
			break
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d entries of 12", len(seen))
	}
	h.get("/api/v1/audit/entries?since=hom-qua").problem(400, "api.audit-time")
	// Who reads the log stands in it; what they searched for does not.
	h.get("/api/v1/audit/entries?text=Nguyen+Van+A&action=read").want(200)
	notes := h.notes()
	e := notes[len(notes)-1]
	if e.Action != policy.ReadAudit || e.Result != "done" || e.Detail["asked-action"] != "read" || e.Detail["text"] != "yes" || strings.Contains(fmt.Sprint(e.Detail), "Nguyen") {
		t.Errorf("%+v", e)
	}
}

func TestToken(t *testing.T) {
	h := newGuarded(t, nil)
	by := actor.System
	c, err := h.clients.Create(t.Context(), by, clients.Client{ID: "benh-vien", Name: "Phần mềm bệnh viện", Org: "hy-syt", Contact: "Phòng CNTT"})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := h.clients.NewSecret(t.Context(), by, c.ID, clients.Wish{Label: "thử"})
	if err != nil {
		t.Fatal(err)
	}
	const form = "Content-Type: application/x-www-form-urlencoded"
	ask := func(body string, headers ...string) *answer {
		t.Helper()
		a := h.ask("POST", door.TokenPath, strings.NewReader(body), append([]string{nobody, form}, headers...)...)
		if a.response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control %q", body, a.response.Header.Get("Cache-Control"))
		}
		return a
	}
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {secret}}
	var token api.TokenAnswer
	ask(good.Encode()).want(200).into(&token)
	if token.TokenType != "Bearer" || token.ExpiresIn <= 0 || token.ExpiresIn > 900 {
		t.Errorf("%+v", token)
	}
	if p, err := h.clients.Verify(t.Context(), token.AccessToken); err != nil || p.ID != c.ID {
		t.Errorf("%+v, %v", p, err)
	}
	notes := h.notes()
	if e := notes[len(notes)-1]; e.Action != policy.SignIn || e.Result != "done" || e.Caller.Actor.ID != c.ID || e.Caller.Who.Org != "hy-syt" || e.Caller.IP != "127.0.0.1" {
		t.Errorf("%+v", e)
	}
	with := func(name, value string) string {
		v := url.Values{}
		for k, x := range good {
			v[k] = x
		}
		v.Set(name, value)
		return v.Encode()
	}
	for name, test := range map[string]struct {
		body, header string
		status       int
		code         string
	}{
		"a wrong secret":     {with("client_secret", "phs_sai"), "", 401, "invalid_client"},
		"an unknown client":  {with("client_id", "khong-co"), "", 401, "invalid_client"},
		"another grant":      {with("grant_type", "password"), "", 400, "unsupported_grant_type"},
		"a scope too wide":   {with("scope", "khong-co"), "", 400, "invalid_scope"},
		"twice":              {good.Encode() + "&client_id=x", "", 400, "invalid_request"},
		"JSON":               {`{"grant_type":"client_credentials"}`, "Content-Type: application/json", 400, "invalid_request"},
		"no form":            {"%zz", "", 400, "invalid_request"},
		"too long":           {strings.Repeat("a", 40<<10), "", 400, "invalid_request"},
		"nothing":            {"", "", 400, "unsupported_grant_type"},
		"basic, wrong":       {"grant_type=client_credentials", "Authorization: Basic eDp5", 401, "invalid_client"},
		"secret and address": {"grant_type=client_credentials", "", 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{}
			if test.header != "" {
				headers = append(headers, test.header)
			}
			a := ask(test.body, headers...)
			var e map[string]string
			if err := json.Unmarshal(a.body, &e); err != nil || a.response.StatusCode != test.status || e["error"] != test.code || e["error_description"] == "" || e["detail_vi"] == "" {
				t.Errorf("%d %s", a.response.StatusCode, a.body)
			}
			for _, r := range e["error_description"] {
				if r > 0x7e {
					t.Errorf("not ASCII: %s", e["error_description"])
				}
			}
			if strings.Contains(string(a.body), secret) {
				t.Error("the secret is in the answer")
			}
			if test.status == 401 && a.response.Header.Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
		})
	}
	if strings.Contains(fmt.Sprint(h.notes()), secret) {
		t.Error("the secret was written down")
	}
	// What stands in an address ends up in logs: it is not looked at.
	a := h.ask("POST", door.TokenPath+"?"+good.Encode(), nil, nobody, form)
	if a.response.StatusCode == 200 {
		t.Errorf("parameters of the address are taken: %s", a.body)
	}
	var keys api.KeySet
	h.get("/api/v1/oauth/jwks", nobody).want(200).into(&keys)
	if len(keys.Keys) == 0 || keys.Keys[0]["d"] != nil {
		t.Errorf("%v", keys)
	}
	var d api.Discovery
	h.get(api.DiscoveryPath, nobody).want(200).into(&d)
	if d.Issuer != "https://kho.example" || d.TokenEndpoint != "https://kho.example"+door.TokenPath || len(d.AuthMethods) != 3 {
		t.Errorf("%+v", d)
	}
}

// TestToken_limit: guessing is slowed down, in the protocol's own words.
func TestToken_limit(t *testing.T) {
	h := newGuarded(t, guard.NewLimits())
	for n := range 200 {
		a := h.ask("POST", door.TokenPath, strings.NewReader("grant_type=client_credentials&client_id=x&client_secret=y"), nobody, "Content-Type: application/x-www-form-urlencoded")
		if a.response.StatusCode == 429 {
			if a.response.Header.Get("Retry-After") == "" || !strings.Contains(string(a.body), `"error":"temporarily_unavailable"`) {
				t.Errorf("%v %s", a.response.Header, a.body)
			}
			if n < 5 {
				t.Errorf("held off after %d tries", n)
			}
			return
		}
	}
	t.Error("nobody is held off")
}

// TestPublic: what is public is answered without a session, and nothing else.
func TestPublic(t *testing.T) {
	h := newGuarded(t, nil)
	var lists struct {
		Items []api.CodeListHead
		Next  string
	}
	h.get("/api/v1/codelists?limit=2", nobody).want(200).into(&lists)
	if len(lists.Items) != 2 || lists.Next == "" {
		t.Fatalf("%+v", lists)
	}
	var one api.CodeListDetail
	a := h.get("/api/v1/codelists/"+lists.Items[0].ID, nobody).want(200)
	a.into(&one)
	if len(one.Items) != lists.Items[0].Codes || one.Name == "" {
		t.Errorf("%+v", one.CodeListHead)
	}
	h.get("/api/v1/codelists/"+one.ID, nobody, "If-None-Match: "+a.response.Header.Get("ETag")).want(304)
	h.get("/api/v1/codelists/khong-co", nobody).want(404)

	var unit api.UnitAnswer
	h.get("/api/v1/unit-of?commune=11953&on=2024-01-01&to=2026-01-01", nobody).want(200).into(&unit)
	if !unit.Sure || unit.Items[0].FullName != "Phường Phố Hiến" {
		t.Errorf("%+v", unit)
	}
	// The same search finds a set for who may see it described, and not for others.
	h.province.Put(t, restricted)
	find := func(q string, headers ...string) (kinds map[string][]string) {
		t.Helper()
		var list struct{ Items []api.SearchHit }
		h.get("/api/v1/search?q="+url.QueryEscape(q), headers...).want(200).into(&list)
		kinds = map[string][]string{}
		for _, f := range list.Items {
			kinds[f.Kind] = append(kinds[f.Kind], f.ID)
		}
		return kinds
	}
	if got := find("ho khau bi mat", nobody); len(got["dataset"]) != 0 {
		t.Errorf("nobody finds %v", got)
	}
	if got := find("ho khau bi mat"); len(got["dataset"]) != 1 {
		t.Errorf("an administrator finds %v", got)
	}
	if got := find("pho hien", nobody); len(got["unit"]) == 0 {
		t.Errorf("%v", got)
	}
	if got := find("so y te", nobody); len(got["organisation"]) == 0 {
		t.Errorf("%v", got)
	}
	h.get("/api/v1/search?q=..", nobody).problem(400, "api.search-words")
	h.get("/api/v1/datasets/hy-xa/contract", nobody).want(401)
}

const restricted = `kind: DataContract
apiVersion: v3.1.0
id: thu-ho
name: Hộ khẩu bí mật
version: 1.0.0
status: active
customProperties:
  - {property: phohien.access, value: restricted}
schema:
  - name: ho
    logicalType: object
    physicalType: table
    properties:
      - {name: ma, businessName: Mã hộ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: loai, businessName: Loại hộ, logicalType: string}
      - {name: so_nguoi, businessName: Số người, logicalType: integer}
      - name: cccd
        businessName: Số định danh
        logicalType: string
        customProperties:
          - {property: phohien.personal, value: {class: basic, kind: personal_id}}
`

func TestGroups(t *testing.T) {
	h := newGuarded(t, nil)
	h.province.Put(t, restricted)
	var body strings.Builder
	body.WriteString("ma,loai,so_nguoi,cccd\n")
	for i := range 43 {
		fmt.Fprintf(&body, "H%03d,%s,%d,%012d\n", i, []string{"nghèo", "cận nghèo", "khác"}[min(i/20, 2)], 1+i%4, i)
	}
	var sent struct{ State string }
	h.send("thu-ho", "ho.csv", []byte(body.String()), "Test-Role: data_engineer").want(201).into(&sent)
	if sent.State != "scored" {
		t.Fatal(sent)
	}
	const governor = "Test-Role: data_governor"
	var g api.GroupAnswer
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&measure=so_nguoi", governor).want(200).into(&g)
	// Three rows are too few; with them goes the next smallest group.
	if g.Smallest != 10 || len(g.Groups) != 1 || g.Groups[0].Count != 20 || g.LeftOut != 23 || *g.Groups[0].Measures[0].Sum != "50" || *g.Groups[0].Measures[0].Average != 2.5 || g.By[0].Title != "Loại hộ" {
		t.Errorf("%+v", g)
	}
	h.get("/api/v1/datasets/thu-ho/groups?by=cccd", governor).problem(403, "view.column")
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&loai=khác", governor).problem(403, "groups.few-filter")
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&eq.cccd=000000000001", governor).problem(400, "api.number-in-address")
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&filter=so_nguoi%3E3", governor).problem(403, "groups.few-filter")
	for _, path := range []string{"/groups?by=loai&measure=max:so_nguoi", "/groups?by=loai&measure=median:so_nguoi"} {
		h.get("/api/v1/datasets/thu-ho"+path, governor).problem(403, "groups.few-measure")
	}
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&as_of=1", governor).problem(403, "groups.few-as-of")
	h.get("/api/v1/datasets/thu-ho/profile", governor).problem(403, "door.denied")
	h.get("/api/v1/datasets/thu-ho/groups?by=loai&measure=loai", governor).problem(400, "groups.measure")
	h.get("/api/v1/datasets/thu-ho/groups?by=khong", governor).problem(400, "column.unknown")
	h.get("/api/v1/datasets/thu-ho/groups?by=loai", nobody).problem(401, "door.sign-in")
	h.get("/api/v1/datasets/khong-co/groups?by=loai", nobody).problem(401, "door.sign-in")
	// Open data is everybody's, down to groups of one.
	h.province.Fill(t, files...)
	h.get("/api/v1/datasets/hy-xa/groups?by=loai", nobody).want(200).into(&g)
	if g.Smallest != 1 || len(g.Groups) < 2 || g.LeftOut != 0 {
		t.Errorf("%+v", g)
	}
	h.get("/api/v1/datasets/thu-ho/records", governor).want(403)
	h.get("/api/v1/datasets/thu-ho/profile", nobody).want(401)
	h.get("/api/v1/datasets/khong-co/profile").problem(404, "dataset.unknown")
}
