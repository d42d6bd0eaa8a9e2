package policy_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var admin = actor.Actor{Kind: "person", ID: "an", Name: "An"}

var administrator = policy.Who{Kind: "person", ID: "an", Roles: []string{policy.RoleOfficial, policy.RoleAdmin}, Strong: true}

func open(t *testing.T, s *store.Store) *policy.Policies {
	t.Helper()
	p, err := policy.Open(context.Background(), s.Control())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// begin stores the standard set, as a new platform does.
func begin(t *testing.T, p *policy.Policies) {
	t.Helper()
	document, err := os.ReadFile(standardFolder + "/policies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	err = p.Begin(context.Background(), actor.Actor{Kind: "system", ID: "phohien"}, "viet-nam", "policies/policies.yaml", document,
		func(name string) ([]byte, error) {
			return os.ReadFile(standardFolder + "/" + strings.TrimPrefix(name, "policies/"))
		})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		p, other := open(t, s), open(t, s)
		server, policies := policy.What{Kind: policy.KindServer}, policy.What{Kind: policy.KindPolicy}
		may := func(p *policy.Policies, who policy.Who, a policy.Action, w policy.What) bool {
			return p.Allow(who, a, w, policy.Purpose{}).Allowed
		}

		// While there are none an administrator can begin, and nobody does anything else.
		if !may(p, administrator, policy.InstallPack, policy.What{Kind: policy.KindPack}) || may(p, administrator, policy.Read, patients()) || may(p, policy.Anonymous, policy.Describe, policy.What{Kind: policy.KindUnit}) {
			t.Fatal("before the first policy")
		}
		if _, _, err := p.Put(ctx, admin, "thu", one, "", ""); !fault.Is(err, "policy.lockout") {
			t.Fatalf("a first policy that leaves nobody: %v", err)
		}
		begin(t, p)
		begin(t, p) // again: nothing
		if may(other, administrator, policy.ReadAudit, policy.What{Kind: policy.KindAudit}) {
			t.Fatal("another process sees it without Refresh")
		}
		if err := other.Refresh(ctx); err != nil || other.Version() != p.Version() || other.Version() != standard(t).Version() {
			t.Fatalf("Refresh: %v, %s and %s", err, other.Version(), p.Version())
		}
		before := p.Version()

		// A new policy, in force at once.
		text := strings.Replace(one, `context.own`, `true`, 1)
		for name, refused := range map[string]func() error{
			"put":    func() error { _, _, err := p.Put(ctx, admin, "thu", text, "theo ông 033099001234", ""); return err },
			"remove": func() error { _, err := p.Remove(ctx, admin, "thu", "theo ông 033099001234", ""); return err },
			"undo":   func() error { _, err := p.Undo(ctx, admin, 1, "theo ông 033099001234"); return err },
		} {
			if err := refused(); !fault.Is(err, "reason.number") {
				t.Errorf("%s with somebody's number: %v", name, err)
			}
		}
		v, warnings, err := p.Put(ctx, admin, "thu", text, "thử", "")
		if err != nil || v.Version != 1 || v.By != admin || v.Note != "thử" || v.ChangedAt == "" || len(warnings) != 0 {
			t.Fatalf("%+v %v %v", v, warnings, err)
		}
		if p.Version() == before {
			t.Error("the version stays")
		}
		if _, _, err := p.Put(ctx, admin, "thu", one, "", ""); !fault.Is(err, "policy.changed") {
			t.Errorf("over one that is there: %v", err)
		}
		if _, _, err := p.Put(ctx, admin, "thu", one, "", strings.Repeat("0", 64)); !fault.Is(err, "policy.changed") {
			t.Errorf("with another digest: %v", err)
		}
		again, _, err := p.Put(ctx, admin, "thu", text, "", v.Digest)
		if err != nil || again.Seq != v.Seq {
			t.Errorf("the same text is a change: %+v %v", again, err)
		}
		_, _, err = p.Put(ctx, admin, "thu", strings.Replace(text, "open", "opne", 1), "", v.Digest)
		var refused *policy.Refusal
		if !errors.As(err, &refused) || fault.KindOf(err) != fault.Invalid || !strings.Contains(refused.Findings[0].Vi, "open") {
			t.Errorf("a wrong text: %v", err)
		}
		if _, _, err := p.Put(ctx, admin, "Thử", one, "", ""); !fault.Is(err, "policy.id") {
			t.Errorf("a wrong id: %v", err)
		}

		// Nobody locks everybody out, by whatever way.
		shut := `@id("thu") @vi("x") forbid (principal, action == Action::"edit-policy", resource);`
		if _, _, err := p.Put(ctx, admin, "thu", shut, "", v.Digest); !fault.Is(err, "policy.lockout") {
			t.Errorf("a forbid for all: %v", err)
		}
		rights, err := p.Get(ctx, "he-thong.quan-tri")
		if err != nil || rights.Pack != "viet-nam" {
			t.Fatalf("%+v %v", rights, err)
		}
		if _, err := p.Remove(ctx, admin, rights.ID, "", rights.Digest); !fault.Is(err, "policy.lockout") {
			t.Errorf("the last right goes: %v", err)
		}
		signIn, err := p.Get(ctx, "toi.dang-nhap")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Remove(ctx, admin, signIn.ID, "", signIn.Digest); !fault.Is(err, "policy.lockout") {
			t.Errorf("nobody signs in: %v", err)
		}
		if !may(p, administrator, policy.EditPolicy, policies) {
			t.Error("a refused change is in force")
		}

		// Undo, and undo of the undo.
		v2, _, err := p.Put(ctx, admin, "thu", one, "hẹp lại", v.Digest)
		if err != nil || v2.Version != 2 {
			t.Fatalf("%+v %v", v2, err)
		}
		if _, err := p.Undo(ctx, admin, v.Seq, ""); !fault.Is(err, "policy.changed") {
			t.Errorf("undo of what a later change stands on: %v", err)
		}
		back, err := p.Undo(ctx, admin, v2.Seq, "nhầm")
		if err != nil || back.Text != text || back.Version != 3 {
			t.Fatalf("%+v %v", back, err)
		}
		if forth, err := p.Undo(ctx, admin, back.Seq, ""); err != nil || forth.Text != one {
			t.Errorf("%+v %v", forth, err)
		}
		if _, err := p.Undo(ctx, admin, 99999, ""); !fault.Is(err, "policy.no-change") {
			t.Errorf("no such change: %v", err)
		}
		have, err := p.Get(ctx, "thu")
		if err != nil {
			t.Fatal(err)
		}
		gone, err := p.Remove(ctx, admin, "thu", "thôi", have.Digest)
		if err != nil || !gone.Removed || p.Version() != before {
			t.Errorf("%+v %v", gone, err)
		}
		if _, err := p.Remove(ctx, admin, "thu", "", ""); !fault.Is(err, "policy.unknown") {
			t.Errorf("twice: %v", err)
		}
		if restored, err := p.Undo(ctx, admin, gone.Seq, ""); err != nil || restored.Text != one {
			t.Errorf("undo of a removal: %+v %v", restored, err)
		}

		// Operate stays with the engineer whom a settings change gives a conflict.
		settings, err := p.Get(ctx, policy.SettingsID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Remove(ctx, admin, policy.SettingsID, "", settings.Digest); !fault.Is(err, "policy.settings-stay") {
			t.Errorf("the settings go: %v", err)
		}
		if _, _, err := p.Put(ctx, admin, policy.SettingsID, strings.Replace(settings.Text, "smallestGroup: 10", "smallestGroup: 5", 1), "", settings.Digest); err != nil {
			t.Error(err)
		}
		official := policy.Who{Kind: "person", ID: "b", Org: "so-ct", Roles: []string{policy.RoleOfficial}}
		if d := p.Allow(official, policy.Aggregate, patients(), policy.Purpose{}); d.SmallestGroup != 5 {
			t.Errorf("the smallest group: %+v", d)
		}
		if !may(p, policy.Who{Kind: "person", ID: "k", Roles: []string{policy.RoleEngineer}}, policy.Operate, server) {
			t.Error("the engineer does not operate")
		}

		// All of it is there after opening again, and in the history.
		if reopened := open(t, s); reopened.Version() != p.Version() {
			t.Errorf("reopened as %s, want %s", reopened.Version(), p.Version())
		}
		history, err := p.History(ctx, "thu", 0, 100)
		if err != nil || len(history) != 6 || history[0].Version != 6 || history[5].Text != text {
			t.Errorf("history %v %v", len(history), err)
		}
		if page, err := p.History(ctx, "", history[0].Seq, 2); err != nil || len(page) != 2 || page[0].Seq >= history[0].Seq {
			t.Errorf("a page of the history %+v %v", page, err)
		}
		list, err := p.List(ctx)
		if err != nil || len(list) < 40 {
			t.Errorf("%d policies %v", len(list), err)
		}
	})
}

// TestTampered: a stored text that is not what its digest says opens nothing.
func TestTampered(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	ctx := context.Background()
	p := open(t, s)
	begin(t, p)
	for _, change := range []string{`UPDATE policies SET content = REPLACE(content, '"basic"', '"none"') WHERE id = 'truong.ky-thuat' OR id = 'truong.co-ban-dau-moi'`,
		`UPDATE policies SET content = 'permit (' WHERE id = 'truong.ky-thuat'`} {
		if err := s.Control().Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, change)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := policy.Open(ctx, s.Control()); err == nil {
			t.Errorf("opened after %s", change)
		}
	}
}

// TestConcurrent: of many who edit the same text one wins, and who asks
// meanwhile always gets an answer of one whole set.
func TestConcurrent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		p := open(t, s)
		begin(t, p)
		const many = 8
		results := make(chan error, many)
		for i := range many {
			go func() {
				_, _, err := p.Put(ctx, admin, "thu", strings.Replace(one, "Thử", "Thử "+strings.Repeat("x", i), 1), "", "")
				results <- err
			}()
		}
		won := 0
		for range many {
			if !p.Allow(administrator, policy.Read, patients(), policy.Purpose{}).Allowed {
				t.Error("no answer while it changes")
			}
			switch err := <-results; {
			case err == nil:
				won++
			case !fault.Is(err, "policy.changed"):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

func TestConflict(t *testing.T) {
	p := standard(t)
	for _, c := range []struct {
		roles string
		key   string
	}{
		{"official data_steward", ""}, {"official data_steward administrator", ""}, {"compliance_officer cdo", "policy.roles-conflict"},
		{"cdo official compliance_officer", "policy.roles-conflict"}, {"data_engineer data_entry", "policy.roles-conflict"}, {"official chef", "policy.role-unknown"}, {"", ""},
	} {
		err := p.Conflict(strings.Fields(c.roles))
		if c.key == "" && err != nil || c.key != "" && !fault.Is(err, c.key) {
			t.Errorf("%s: %v", c.roles, err)
		}
	}
}
