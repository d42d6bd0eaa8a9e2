package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// keepers asks as those who keep the platform's own books.
type keepers struct {
	*guarded
	role string
}

func newKeepers(t *testing.T, role string) *keepers { return &keepers{newGuarded(t, nil), role} }

func (k *keepers) send(method, path string, body any) *answer {
	k.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.ask(method, "/api/v1"+path, strings.NewReader(string(text)), "Content-Type: application/json", "Test-Role: "+k.role)
}

// changes are those that the log has of an account, in order.
func (k *keepers) changes(id string) (all []string) {
	for _, e := range k.notes() {
		if e.ID == id && e.Detail["change"] != "" {
			all = append(all, e.Detail["change"])
		}
	}
	return all
}

// said tells whether a text is in what was written down.
func (k *keepers) said(text string) bool {
	return slices.ContainsFunc(k.notes(), func(e door.Entry) bool { return strings.Contains(fmt.Sprint(e.Kind, e.ID, e.Result, e.Detail), text) })
}

type anyOf = map[string]any

// TestServiceAccounts makes the account of a program, gives it a key that works,
// narrows, suspends and closes it; the log has each step and no secret.
func TestServiceAccounts(t *testing.T) {
	k := newKeepers(t, policy.RoleAdmin)
	text := anyOf{"id": "ho-tich", "name": "Phần mềm hộ tịch", "org": "hy-stp", "contact": "Phòng Hộ tịch", "scopes": []string{"read"}, "valid_from": "2026-01-01", "valid_to": "2099-12-31"}
	var one api.ServiceAccountDetail
	k.send("POST", "/service-accounts", text).want(201).into(&one)
	if one.ID != "ho-tich" || one.State != clients.Active || one.ValidTo.String() != "2099-12-31" || one.ValidFrom.String() != "2026-01-01" || len(one.Credentials) != 0 || one.TokenURL == "" {
		t.Fatalf("%+v", one)
	}
	k.send("POST", "/service-accounts", text).want(409)
	k.send("POST", "/service-accounts", anyOf{"name": "A", "org": "khong-co", "contact": "B"}).problem(400, "people.no-org")
	k.send("POST", "/service-accounts", anyOf{"name": "A", "org": "hy-stp", "contact": "B", "scopes": []string{"lam-gi"}}).problem(400, "clients.bad-scope")

	var made struct {
		ID, Secret, Expires string
	}
	k.send("POST", "/service-accounts/ho-tich/credentials", anyOf{"kind": "key", "label": "Máy chủ chính", "days": 30}).want(201).into(&made)
	if _, err := k.clients.Verify(t.Context(), made.Secret); err != nil || made.ID == "" {
		t.Fatalf("the key: %v", err)
	}
	k.send("POST", "/service-accounts/ho-tich/credentials", anyOf{"kind": "jwk", "label": "x", "public": "khong phai khoa"}).want(400)
	k.send("POST", "/service-accounts/ho-tich/credentials", anyOf{"kind": "key", "label": "x", "days": 400}).want(422)
	k.send("POST", "/service-accounts/khong-co/credentials", anyOf{"kind": "key", "label": "x"}).want(404)

	text["name"], text["scopes"] = "Phần mềm hộ tịch mới", []string{"read:hy-xa"}
	delete(text, "id")
	k.send("PUT", "/service-accounts/ho-tich", text).want(200).into(&one)
	if one.Name != "Phần mềm hộ tịch mới" || len(one.Scopes) != 1 || one.Scopes[0] != "read:hy-xa" || len(one.Credentials) != 1 || one.Credentials[0].Label != "Máy chủ chính" {
		t.Errorf("%+v", one)
	}
	k.send("POST", "/service-accounts/ho-tich/state", anyOf{"state": "suspended"}).want(200).into(&one)
	if _, err := k.clients.Verify(t.Context(), made.Secret); err == nil || one.State != clients.Suspended {
		t.Error("a suspended program gets in")
	}
	k.send("POST", "/service-accounts/ho-tich/state", anyOf{"state": "active"}).want(200)
	k.send("POST", "/service-accounts/ho-tich/credentials/"+made.ID+"/revoke", nil).want(200).into(&one)
	if _, err := k.clients.Verify(t.Context(), made.Secret); err == nil || one.Credentials[0].Revoked == "" {
		t.Error("a revoked key works")
	}
	k.send("POST", "/service-accounts/ho-tich/credentials/khong-co/revoke", nil).want(404)
	k.send("POST", "/service-accounts/ho-tich/state", anyOf{"state": "closed"}).want(200)
	k.send("POST", "/service-accounts/ho-tich/state", anyOf{"state": "active"}).problem(404, "clients.unknown") // closed for good
	k.send("PUT", "/service-accounts/khong-co", text).want(404)
	var list struct{ Items []api.ServiceAccount }
	k.get("/api/v1/service-accounts?org=hy-stp").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].State != clients.Closed {
		t.Errorf("%+v", list.Items)
	}
	k.get("/api/v1/service-accounts?org=hy-syt").want(200).into(&list)
	if len(list.Items) != 0 {
		t.Errorf("of another: %+v", list.Items)
	}
	if got := strings.Join(k.changes("ho-tich"), " "); got != "add add issue issue change suspend resume revoke revoke close resume" {
		t.Errorf("the log: %s", got)
	}
	if k.said(made.Secret) {
		t.Error("the log has the key")
	}
}

// TestUsage reads the ledger: not without a reason, with a line of its own, and the
// number of the person in no address and not in the log.
func TestUsage(t *testing.T) {
	k := newKeepers(t, policy.RoleCompliance)
	const number = "033270009999"
	u := &usage.Use{Door: "api", Action: "read", Actor: actor.Actor{Kind: "person", ID: "an", Name: "Cán bộ An"}, Org: "hy-syt", Purpose: "cap-nhat-du-lieu", Basis: "Luật thử", Dataset: "hy-tro-cap-xa-hoi",
		Kinds: []string{"personal_id"}, Subjects: k.ledger.Subjects(number)}
	if err := k.ledger.Record(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	why := func(more anyOf) anyOf {
		for name, v := range (anyOf{"purpose": "thanh-tra-kiem-tra", "reason": "Đơn số 7"}) {
			if _, there := more[name]; !there {
				more[name] = v
			}
		}
		return more
	}
	var got struct{ Items []api.UsageLine }
	k.send("POST", "/usage/person", why(anyOf{"number": number})).want(200).into(&got)
	if len(got.Items) != 2 || got.Items[0].Dataset != usage.Dataset || got.Items[1].By.Name != "Cán bộ An" || got.Items[1].Persons != 1 || got.Items[1].Kinds[0] != "personal_id" {
		t.Errorf("%+v", got.Items)
	}
	k.send("POST", "/usage/person", why(anyOf{"number": "033270009998"})).want(200).into(&got)
	if len(got.Items) != 1 || got.Items[0].Dataset != usage.Dataset { // this look alone
		t.Errorf("another's: %+v", got.Items)
	}
	k.send("POST", "/usage/person", why(anyOf{"number": number, "purpose": "khong-co"})).problem(400, "ledger.no-reason")
	k.send("POST", "/usage/person", why(anyOf{"number": number, "reason": "  "})).problem(400, "ledger.no-reason")
	k.send("POST", "/usage/person", anyOf{"number": number}).want(422)
	k.send("POST", "/usage/lines", why(anyOf{"dataset": "hy-tro-cap-xa-hoi", "used_for": "cap-nhat-du-lieu", "org": "hy-syt", "from": "2020-01-01"})).want(200).into(&got)
	if len(got.Items) != 1 {
		t.Errorf("%+v", got.Items)
	}
	k.send("POST", "/usage/lines", why(anyOf{"dataset": "hy-tro-cap-xa-hoi", "org": "hy-snv"})).want(200).into(&got)
	if len(got.Items) != 0 {
		t.Errorf("of another organisation: %+v", got.Items)
	}
	k.send("POST", "/usage/lines", why(anyOf{"dataset": usage.Dataset})).want(200).into(&got)
	if len(got.Items) < 4 || got.Items[0].Purpose != "thanh-tra-kiem-tra" || got.Items[0].Text != "Đơn số 7" {
		t.Errorf("reading has left %+v", got.Items)
	}
	var totals struct{ Items []api.UsageTotal }
	k.get("/api/v1/usage/totals", "Test-Role: "+k.role).want(200).into(&totals)
	if len(totals.Items) == 0 {
		t.Error("nothing is counted")
	}
	if k.said(number) {
		t.Error("the log has the number")
	}
}

// TestVerify: a log that is whole is said to be, with a checkpoint of one's own; one
// in which a byte was changed is not.
func TestVerify(t *testing.T) {
	k := newKeepers(t, policy.RoleCompliance)
	k.send("POST", "/audit/verify", anyOf{}).want(200)
	note := string(k.get("/api/v1/audit/checkpoint").want(200).body)
	k.get("/api/v1/audit/entries").want(200)
	var v api.LogVerdict
	k.send("POST", "/audit/verify", anyOf{"checkpoint": note}).want(200).into(&v)
	if !v.Whole || !v.Since.Proved || v.Root == "" || len(v.Problems) != 0 {
		t.Errorf("%+v", v)
	}
	k.send("POST", "/audit/verify", anyOf{"checkpoint": strings.Replace(note, "phohien/thu", "phohien/khac", 1)}).want(200).into(&v)
	if v.Whole || v.Since.Proved || v.Since.Vi == "" || v.Since.En == "" {
		t.Errorf("a note of another log: %+v", v)
	}
}
