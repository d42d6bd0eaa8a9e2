package policypack_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/policy/policypack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
)

const (
	rights = `@id("goc.quan-tri") @vi("Quản trị") permit (principal in Role::"administrator", action in [Action::"edit-policy", Action::"sign-in"], resource);
`
	reading = `@id("goc.doc") @vi("Đọc") @rows("all") permit (principal in Role::"official", action == Action::"read", resource is Dataset) when { context.own };
`
	forbid = `@id("goc.cam") @vi("Cấm") forbid (principal in Role::"analyst", action == Action::"read", resource is Dataset);
`
)

func files(id, document, text string) fstest.MapFS {
	return fstest.MapFS{
		"pack.yaml":              {Data: []byte("id: " + id + "\nname: Gói\nversion: 1.0.0\n")},
		"policies/policies.yaml": {Data: []byte(document)},
		"policies/a.cedar":       {Data: []byte(text)},
	}
}

const document = "kind: Policies\nfiles: [a.cedar]\n"

type world struct {
	t        *testing.T
	packs    *pack.Packs
	policies *policy.Policies
}

func (w world) install(consent bool, f fstest.MapFS) (map[string]pack.Change, error) {
	w.t.Helper()
	p, err := pack.Read(f)
	if err != nil {
		w.t.Fatal(err)
	}
	plans, err := w.packs.Install(context.Background(), actor.Actor{Kind: "person", ID: "an", Name: "An"}, consent, p)
	changes := map[string]pack.Change{}
	for _, plan := range plans {
		for _, c := range plan.Changes {
			changes[c.ID] = c
		}
	}
	return changes, err
}

func each(t *testing.T, f func(w world)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		policies, err := policy.Open(context.Background(), s.Control())
		if err != nil {
			t.Fatal(err)
		}
		f(world{t, pack.New(s.Control(), policypack.Kind(policies)), policies})
	})
}

func TestPack(t *testing.T) {
	official := policy.Who{Kind: "person", ID: "b", Org: "o1", Roles: []string{policy.RoleOfficial}}
	data := policy.What{Kind: policy.KindDataset, ID: "d", Owner: "o1"}
	each(t, func(w world) {
		t, ctx := w.t, context.Background()
		reads := func() bool { return w.policies.Allow(official, policy.Read, data, policy.Purpose{}).Allowed }

		// The first pack brings what it brings; each policy is shown in words.
		changes, err := w.install(false, files("goc", document, rights+reading+forbid))
		if err != nil || len(changes) != 3 || changes["goc.doc"].Action != pack.Added || changes["goc.doc"].Details[0].Vi != "Cho phép: Đọc" ||
			changes["goc.cam"].Details[0].En != "Forbids: Cấm" || !reads() {
			t.Fatalf("%+v %v", changes, err)
		}
		version := w.policies.Version()
		if changes, err := w.install(false, files("goc", document, rights+reading+forbid)); err != nil || changes["goc.doc"].Action != pack.Same || w.policies.Version() != version {
			t.Errorf("again: %+v %v", changes, err)
		}

		// What may widen needs consent: a new permit, a changed policy, a forbid that goes. Another forbid does not.
		wider := strings.Replace(reading, "context.own", "true", 1)
		for _, text := range []string{rights + wider + forbid, rights + reading} {
			if _, err := w.install(false, files("goc", document, text)); !fault.Is(err, "pack.breaking") {
				t.Errorf("without consent: %v", err)
			}
		}
		if w.policies.Version() != version {
			t.Error("a refused pack has changed the policies")
		}
		more := strings.Replace(forbid, "goc.cam", "goc.cam-nua", 1)
		if changes, err := w.install(false, files("goc", document, rights+reading+forbid+more)); err != nil || changes["goc.cam-nua"].Action != pack.Added {
			t.Errorf("a forbid more: %+v %v", changes, err)
		}
		if changes, err := w.install(false, files("goc", document, rights+reading+forbid)); err == nil || changes["goc.cam-nua"].Action != pack.Removed {
			t.Errorf("a forbid goes: %+v %v", changes, err)
		}

		// The province's own text stays; the pack's new one goes into the history.
		have, err := w.policies.Get(ctx, "goc.doc")
		if err != nil {
			t.Fatal(err)
		}
		mine := strings.TrimSpace(strings.Replace(reading, "context.own", "context.covered && context.inside", 1))
		if _, _, err := w.policies.Put(ctx, actor.Actor{Kind: "person", ID: "binh"}, "goc.doc", mine, "chỉ mạng nội bộ", have.Digest); err != nil || reads() {
			t.Fatal(err)
		}
		for _, want := range []pack.Action{pack.Changed, pack.Same} {
			changes, err := w.install(true, files("goc", document, rights+wider+forbid+more))
			if err != nil || changes["goc.doc"].Action != want || reads() {
				t.Errorf("upgrade over the province's own: %+v %v", changes["goc.doc"], err)
			}
		}
		if v, err := w.policies.Get(ctx, "goc.doc"); err != nil || v.Text != mine || v.By.ID != "binh" || v.Note != "chỉ mạng nội bộ" {
			t.Errorf("%+v %v", v, err)
		}
		if history, err := w.policies.History(ctx, "goc.doc", 0, 10); err != nil || len(history) != 4 || history[1].Pack != "goc" {
			t.Errorf("%+v %v", history, err)
		}

		// Two packs do not fight over an id.
		if _, err := w.install(true, files("hai", document, forbid)); err == nil || !strings.Contains(err.Error(), `comes with the pack "goc"`) {
			t.Errorf("another pack's id: %v", err)
		}
		if _, err := w.packs.Remove(ctx, actor.System, "goc"); !fault.Is(err, "policy.lockout") {
			t.Errorf("the pack that lets anybody edit goes while other policies stay: %v", err)
		}
		v, err := w.policies.Get(ctx, "goc.doc")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.policies.Remove(ctx, actor.Actor{}, "goc.doc", "", v.Digest); err != nil {
			t.Fatal(err)
		}
		if gone, err := w.packs.Remove(ctx, actor.System, "goc"); err != nil || len(gone) != 3 || reads() {
			t.Errorf("removed: %+v %v", gone, err)
		}
		admin := policy.Who{Kind: "person", ID: "an", Roles: []string{policy.RoleAdmin}}
		if !w.policies.Allow(admin, policy.InstallPack, policy.What{Kind: policy.KindPack}, policy.Purpose{}).Allowed {
			t.Error("with no policies left nobody can begin again")
		}
	})
}

func TestPackRefused(t *testing.T) {
	each(t, func(w world) {
		for name, c := range map[string]struct{ document, text, want string }{
			"syntax":       {document, rights + "permit (", "policies/a.cedar"},
			"a wrong word": {document, rights + strings.Replace(reading, `"read"`, `"raed"`, 1), "2:"},
			"a role":       {document, rights + strings.Replace(reading, "official", "oficial", 1), "official"},
			"a type":       {document, rights + strings.Replace(reading, "context.own", "context.rows", 1), "cannot be used"},
			"twice":        {document, rights + rights, "twice"},
			"no file":      {"kind: Policies\nfiles: [b.cedar]\n", rights, "cannot be opened"},
			"outside":      {"kind: Policies\nfiles: [../../b.cedar]\n", rights, "cannot be opened"},
			"unknown key":  {"kind: Policies\ncolour: red\n", rights, "colour"},
			"lockout":      {document, reading, "lockout"},
		} {
			if _, err := w.install(true, files("goc", c.document, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				w.t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestBegin: the policies that a new platform begins with are those that the
// pack brings when it is installed, the shipped one among them.
func TestBegin(t *testing.T) {
	folder, ok := packs.Open("viet-nam")
	if !ok {
		t.Fatal("no pack viet-nam")
	}
	shipped, err := pack.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(w world) {
		t, ctx := w.t, context.Background()
		begun := func(want bool) {
			if got, err := w.policies.Begun(ctx); got != want || err != nil {
				t.Errorf("begun: %v, %v", got, err)
			}
		}
		begun(false)
		if err := policypack.Begin(ctx, w.policies, actor.System, shipped); err != nil {
			t.Fatal(err)
		}
		begun(true)
		version := w.policies.Version()
		only := *shipped
		only.Documents = slices.DeleteFunc(slices.Clone(shipped.Documents), func(d pack.Document) bool { return d.Kind != policy.KindName })
		plans, err := w.packs.Install(ctx, actor.System, false, &only)
		if err != nil || len(plans) != 1 || !plans[0].Empty() || len(plans[0].Changes) < 40 || w.policies.Version() != version {
			t.Errorf("%+v %v", plans, err)
		}
		list, err := w.policies.List(ctx)
		if err != nil || list[0].Pack != "viet-nam" || list[0].By.ID != actor.System.ID {
			t.Errorf("%+v %v", list[0], err)
		}
	})
}
