package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestRefusedKey: whoever shows the right key is told that it was withdrawn or
// that its account is not in use; of a wrong one nothing is said but that it is.
func TestRefusedKey(t *testing.T) {
	l := &land{App: open(t, config(t.TempDir()))}
	ctx := t.Context()
	c, err := l.Clients.Create(ctx, actor.System, clients.Client{ID: "phan-mem", Name: "Phần mềm thử", Org: ownerOrg, Contact: "Tổ thử nghiệm", Grants: clients.Grants{Roles: []string{policy.RoleService}}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(key, want string) {
		t.Helper()
		w := l.ask(&visitor{key: key}, get("/api/v1/batches"))
		if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "problem:"+want+`"`) || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%d %s, want %s", w.Code, w.Body, want)
		}
	}
	key, credential, err := l.Clients.NewKey(ctx, actor.System, c.ID, clients.Wish{Label: "máy chủ một"})
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := l.Clients.NewKey(ctx, actor.System, c.ID, clients.Wish{Label: "máy chủ hai"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Clients.Revoke(ctx, clients.Program, c.ID, credential.ID); err != nil {
		t.Fatal(err)
	}
	ask(key, "clients.revoked-credential")
	ask(key[:len(key)-8]+"AAAAAAAA", "door.token-wrong")
	ask("sai", "door.token-wrong")
	if err := l.Clients.SetState(ctx, c.ID, clients.Suspended); err != nil {
		t.Fatal(err)
	}
	ask(other, "clients.not-active")
}
