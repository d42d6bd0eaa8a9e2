package app

import (
	"bytes"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestDemoPeople: every role of a province has an account that its code opens,
// none has a password, the list is for its owner's eyes, and a second run changes
// nothing.
func TestDemoPeople(t *testing.T) {
	a := open(t, config(t.TempDir()))
	ctx := t.Context()
	var all []*pack.Pack
	for _, name := range []string{"viet-nam", "hung-yen"} {
		p, err := Shipped(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if _, err := a.Packs.Install(ctx, actor.System, true, all...); err != nil {
		t.Fatal(err)
	}
	if err := a.demoPeople(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(a.demoAccountsPath())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(a.demoAccountsPath()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	accounts, err := a.Accounts.Accounts(ctx, identity.Filter{})
	if err != nil || len(accounts) != len(demoPersons) {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	var seen []string
	for _, acc := range accounts {
		if acc.State != identity.Invited || !acc.PasswordSet.IsZero() || !strings.HasSuffix(acc.Name, "(mẫu)") {
			t.Errorf("%+v", acc)
		}
		p, err := a.Orgs.Person(ctx, acc.PersonID)
		if err != nil || !p.Generated {
			t.Errorf("%s: %+v, %v", acc.Login, p, err)
		}
		roles, err := a.Accounts.Roles(ctx, acc)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, roles...)
	}
	for _, role := range []string{policy.RoleAdmin, policy.RoleCDO, policy.RoleGovernor, policy.RoleEngineer, policy.RoleSteward, policy.RoleEntry,
		policy.RoleCompliance, policy.RoleAnalyst} {
		if !slices.Contains(seen, role) {
			t.Errorf("nobody is %s", role)
		}
	}

	if err := a.demoPeople(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(a.demoAccountsPath()); err != nil || !bytes.Equal(again, list) {
		t.Errorf("a second run wrote another list: %v", err)
	}
	code := strings.Fields(string(list[bytes.Index(list, []byte("nhap-lieu.pho-hien.mau")):]))[1]
	step, err := a.Accounts.Activate(ctx, code, identity.Origin{IP: netip.MustParseAddr("127.0.0.1")})
	if err != nil || step.Kind != identity.StepPassword || step.Name != "Bùi Văn Hiến (mẫu)" {
		t.Errorf("%+v, %v", step, err)
	}
	key := strings.TrimSpace(string(list[bytes.LastIndex(bytes.TrimSpace(list), []byte("\n"))+1:]))
	p, err := a.Clients.Verify(ctx, key)
	if err != nil || p.ID != demoClient.ID {
		t.Errorf("%+v, %v", p, err)
	}

	// The list is lost: new codes, no other accounts.
	if err := os.Remove(a.demoAccountsPath()); err != nil {
		t.Fatal(err)
	}
	if err := a.demoPeople(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Clients.Verify(ctx, key); err == nil {
		t.Error("the old key still works")
	}
	if accounts, err = a.Accounts.Accounts(ctx, identity.Filter{}); err != nil || len(accounts) != len(demoPersons) {
		t.Errorf("%d accounts, %v", len(accounts), err)
	}
}
