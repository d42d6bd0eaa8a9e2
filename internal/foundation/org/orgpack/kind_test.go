package orgpack_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

var by = actor.Actor{Kind: "person", ID: "p1", Name: "Cán bộ quản trị"}

const base = `kind: Organisations
organisations:
  - id: hy-ubnd
    name: Ủy ban nhân dân tỉnh Hưng Yên
    level: province
    province: "33"
    code: H31
  - id: hy-syt
    name: Sở Y tế
    level: province
    province: "33"
    parent: hy-ubnd
  - id: hy-bv
    name: Bệnh viện Phố Nối
    level: service-unit
    province: "33"
    parents:
      - {id: hy-ubnd, validTo: 2025-06-30}
      - {id: hy-syt, validFrom: 2025-07-01}
`

func read(t testing.TB, id, text string) *pack.Pack {
	t.Helper()
	p, err := pack.Read(fstest.MapFS{
		"pack.yaml":                  {Data: []byte("id: " + id + "\nname: Gói\nversion: 1.0.0\n")},
		"organisations/co-quan.yaml": {Data: []byte(text)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// a world is a store with packs over it.
type world struct {
	*testing.T
	orgs  *org.Store
	packs *pack.Packs
}

func each(t *testing.T, f func(w world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		orgs := org.NewStore(s.Control(), org.Deps{})
		f(world{t, orgs, pack.New(s.Control(), orgpack.Kind(orgs))})
	})
}

func (w world) install(text string) []pack.Plan {
	w.Helper()
	plans, err := w.packs.Install(w.Context(), actor.System, true, read(w.T, "thu", text))
	if err != nil {
		w.Fatal(err)
	}
	return plans
}

func (w world) org(id string) *org.Org {
	w.Helper()
	snap, err := w.orgs.Snapshot(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	o, ok := snap.Org(id)
	if !ok {
		return nil
	}
	return o
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// actions are what a plan does, by id.
func actions(plans []pack.Plan) map[string]pack.Action {
	all := map[string]pack.Action{}
	for _, c := range plans[0].Changes {
		all[c.ID] = c.Action
	}
	return all
}

func TestKind_install(t *testing.T) {
	each(t, func(w world) {
		got := actions(w.install(base))
		if len(got) != 3 || got["hy-bv"] != pack.Added {
			w.Errorf("the first time: %v", got)
		}
		then, now := viet.Date(20000), viet.Date(20500) // 2024-10-04, 2026-02-16
		if o := w.org("hy-bv"); o.ParentOn(then) != "hy-ubnd" || o.ParentOn(now) != "hy-syt" {
			w.Errorf("hy-bv: %+v", o)
		}
		if got := actions(w.install(base)); got["hy-bv"] != pack.Same || got["hy-ubnd"] != pack.Same {
			w.Errorf("again: %v", got)
		}
		history, err := w.orgs.History(w.Context(), "hy-bv")
		if err != nil || len(history) != 1 {
			w.Errorf("installing again writes nothing: %d changes, %v", len(history), err)
		}
		plans := w.install(strings.Replace(base, "name: Sở Y tế", "name: Sở Y tế tỉnh", 1))
		if got := actions(plans); got["hy-syt"] != pack.Changed || got["hy-bv"] != pack.Same || w.org("hy-syt").Name != "Sở Y tế tỉnh" {
			w.Errorf("another name: %v", got)
		}
		detail := plans[0].Changes[1].Details
		if len(detail) != 1 || detail[0].Vi != "Đổi tên: “Sở Y tế”, nay là “Sở Y tế tỉnh”." || detail[0].En != "name changes: from “Sở Y tế” to “Sở Y tế tỉnh”." {
			w.Errorf("details: %+v", detail)
		}
	})
}

// What an administrator has changed stays, and the plan says so.
func TestKind_handChange(t *testing.T) {
	each(t, func(w world) {
		w.install(base)
		changed := w.org("hy-syt").Clone()
		changed.Name = "Sở Y tế Hưng Yên"
		w.ok(w.orgs.Put(w.Context(), by, org.Whatever, changed))

		next := strings.Replace(base, "    name: Sở Y tế\n", "    name: Sở Y tế tỉnh Hưng Yên\n    nameEn: Department of Health\n", 1)
		plans := w.install(next)
		o := w.org("hy-syt")
		if o.Name != "Sở Y tế Hưng Yên" || o.NameEn != "Department of Health" {
			w.Errorf("got %+v", o)
		}
		warned := plans[0].Problems
		if len(warned) != 1 || warned[0].Severity != "warning" || warned[0].Line != 9 || warned[0].Path != "organisations/co-quan.yaml" ||
			!strings.Contains(warned[0].MessageVi, "Giữ tên của cơ quan “hy-syt”") || !strings.Contains(warned[0].MessageEn, "The name of the organisation “hy-syt” stays") {
			w.Errorf("warned: %+v", warned)
		}
		// Told again as long as the two differ, and no more once they agree.
		if plans = w.install(next); len(plans[0].Problems) != 1 || actions(plans)["hy-syt"] != pack.Same {
			w.Errorf("again: %+v", plans[0])
		}
		plans = w.install(strings.Replace(next, "Sở Y tế tỉnh Hưng Yên", "Sở Y tế Hưng Yên", 1))
		if len(plans[0].Problems) != 0 {
			w.Errorf("agreed: %+v", plans[0].Problems)
		}
		// The pack's own again: it may change it again.
		w.install(next)
		if o = w.org("hy-syt"); o.Name != "Sở Y tế tỉnh Hưng Yên" {
			w.Errorf("after they agreed the pack goes on: %s", o.Name)
		}
	})
}

// An organisation that was made by hand is taken over, its values kept.
func TestKind_madeByHand(t *testing.T) {
	each(t, func(w world) {
		w.ok(w.orgs.Put(w.Context(), by, org.Whatever, org.Org{ID: "hy-syt", Name: "Sở Y tế (ghi tay)", Level: org.Province}))
		plans := w.install(base)
		o := w.org("hy-syt")
		if o.Name != "Sở Y tế (ghi tay)" || o.Province != "33" || len(o.Parents) != 1 || len(plans[0].Problems) != 1 {
			w.Errorf("got %+v, %+v", o, plans[0].Problems)
		}
	})
}

func TestKind_removed(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		w.install(base)
		p, err := w.orgs.AddPerson(ctx, by, org.Person{Name: "Cán bộ A", Generated: true})
		w.ok(err)
		post, err := w.orgs.Assign(ctx, by, org.Post{Person: p.ID, Org: "hy-syt", Title: "Giám đốc"})
		w.ok(err)

		// Without consent nothing ends.
		less := base[:strings.Index(base, "  - id: hy-syt")]
		if _, err := w.packs.Install(ctx, actor.System, false, read(w.T, "thu", less)); !fault.Is(err, "pack.breaking") {
			w.Fatalf("got %v", err)
		}
		plans := w.install(less)
		if got := actions(plans); got["hy-syt"] != pack.Removed || got["hy-bv"] != pack.Removed {
			w.Errorf("got %v", got)
		}
		today := w.orgs.Today()
		if o := w.org("hy-syt"); o == nil || !o.To.Set || o.To.Date != today-1 {
			w.Errorf("the one with a post is ended: %+v", o)
		}
		if o := w.org("hy-bv"); o != nil {
			w.Errorf("the one without is deleted: %+v", o)
		}
		if posts, err := w.orgs.Posts(ctx, p.ID, today); err != nil || len(posts) != 0 {
			w.Errorf("posts: %+v, %v", posts, err)
		}
		// It comes back, and its post with it.
		w.install(base)
		if o := w.org("hy-syt"); o.To.Set {
			w.Errorf("back: %+v", o)
		}
		if posts, err := w.orgs.Posts(ctx, p.ID, today); err != nil || len(posts) != 1 || posts[0].ID != post.ID {
			w.Errorf("posts: %+v, %v", posts, err)
		}

		// The whole pack goes: what the ended one names stays with it.
		changes, err := w.packs.Remove(ctx, actor.System, "thu")
		if err != nil || len(changes) != 3 {
			w.Fatalf("got %+v, %v", changes, err)
		}
		if w.org("hy-syt") == nil || w.org("hy-ubnd") == nil || w.org("hy-bv") != nil {
			w.Error("hy-syt and its superior stay, hy-bv goes")
		}
		w.install(base)
		if o := w.org("hy-ubnd"); o.To.Set {
			w.Errorf("back again: %+v", o)
		}
	})
}

func TestKind_twoPacks(t *testing.T) {
	each(t, func(w world) {
		w.install(base)
		_, err := w.packs.Install(w.Context(), actor.System, true, read(w.T, "khac", base))
		problem(w.T, err, 3, "đã do gói “thu” mang đến")
		other := "kind: Organisations\norganisations:\n  - {id: hy-tt, name: Trung tâm, level: service-unit, parent: hy-syt}\n"
		if _, err := w.packs.Install(w.Context(), actor.System, true, read(w.T, "khac", other)); err != nil {
			w.Fatal(err)
		}
		// Another pack's organisation is under it, so it is ended, not deleted.
		w.install(base[:strings.Index(base, "  - id: hy-syt")])
		if o := w.org("hy-syt"); o == nil || !o.To.Set {
			w.Errorf("got %+v", o)
		}
	})
}

// problem wants a refusal that says this at a line.
func problem(t *testing.T, err error, line int, vi string) {
	t.Helper()
	var refusal *pack.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if !slices.ContainsFunc(refusal.Problems, func(p pack.Problem) bool {
		return p.Line == line && strings.Contains(p.MessageVi, vi) && p.MessageEn != "" && p.MessageEn != p.MessageVi
	}) {
		t.Errorf("got %+v, want line %d: %s", refusal.Problems, line, vi)
	}
}

func TestKind_problems(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	orgs := org.NewStore(s.Control(), org.Deps{})
	packs := pack.New(s.Control(), orgpack.Kind(orgs))
	one := func(more string) string {
		return "kind: Organisations\norganisations:\n  - id: a\n    name: A\n" + more
	}
	for _, c := range []struct {
		text string
		line int
		vi   string
	}{
		{one("    level: huyen\n"), 5, "khối “huyen” không có"},
		{one("    level: province\n    colour: red\n"), 6, "Không đọc được"},
		{one("    level: province\n    validFrom: 01/07/2025\n"), 6, "phải ghi dạng yyyy-mm-dd"},
		{one("    level: province\n    validFrom: 2025-07-01\n    validTo: 2025-06-30\n"), 7, "ngày bắt đầu 01/07/2025 sau ngày kết thúc 30/06/2025"},
		{one("    level: province\n    code: H31\n    codes: [{code: H32}]\n"), 6, "không ghi cả hai"},
		{one("    level: province\n    code: h31\n"), 6, "không phải mã định danh điện tử"},
		{one("    level: province\n    codes:\n      - code: H31\n        validTo: 2025-01-01\n      - code: H32\n"), 9, "trùng thời gian hiệu lực"},
		{one("    level: province\n    parent: none\n"), 6, "không có cơ quan cấp trên “none”"},
		{one("    level: province\n    parents:\n      - id: none\n"), 7, "không có cơ quan cấp trên “none”"},
		{one("    level: province\n    parent: b\n  - {id: b, name: B, level: province, parent: a}\n"), 6, "trong cùng thời gian"},
		{one("    level: province\n    parent: a\n"), 6, "không thể là cấp trên của chính"},
		{one("    level: province\n    parents:\n      - {id: b, validTo: 2026-06-30}\n      - {id: c, validFrom: 2026-06-01}\n  - {id: b, name: B, level: province}\n  - {id: c, name: C, level: province}\n"), 8, "hai cơ quan cấp trên"},
		{one("    level: province\n    code: H31\n  - id: b\n    name: B\n    level: province\n    codes:\n      - {code: H32, validTo: 2026-06-30}\n      - {code: H31, validFrom: 2026-07-01}\n"), 12, "H31"},
		{one("    level: province\n  - {id: a, name: B, level: province}\n"), 6, "ghi hai lần"},
		{one("    level: province\n    unit: X1\n"), 6, "unitCode"},
		{one("    level: province\n    successors: [c]\n"), 6, "không có cơ quan “c”"},
		{one("    level: province\n    collective: perhaps\n"), 6, "Không đọc được"},
		{"kind: Organisations\norganisations: []\n", 2, "Thiếu organisations"},
		{"kind: Organisations\n", 1, "Thiếu organisations"},
	} {
		_, err := packs.Diff(t.Context(), read(t, "thu", c.text))
		t.Run(c.vi, func(t *testing.T) { problem(t, err, c.line, c.vi) })
	}
}

// Whatever the text, reading it ends with a plan or a refusal.
func FuzzKind(f *testing.F) {
	s := storetest.Open(f, storetest.SQLite(f))
	orgs := org.NewStore(s.Control(), org.Deps{})
	packs := pack.New(s.Control(), orgpack.Kind(orgs))
	f.Add(strings.TrimPrefix(base, "kind: Organisations\n"))
	f.Add("organisations:\n  - {id: a, name: A, level: province, parent: a}\n")
	f.Add("organisations:\n  - {id: a, name: A, level: province, codes: [{code: H31, validFrom: 2025-01-01}]}\n")
	f.Add("organisations:\n  - &a {id: a}\n  - *a\n")
	f.Add("organisations: {id: a}\n")
	f.Add("organisations:\n  - ~\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pack.Read(fstest.MapFS{
			"pack.yaml": {Data: []byte("id: thu\nname: Gói\nversion: 1.0.0\n")}, "o.yaml": {Data: []byte("kind: Organisations\n" + text)},
		})
		if err != nil {
			return
		}
		_, err = packs.Diff(t.Context(), p)
		var refusal *pack.Refusal
		if err != nil && !errors.As(err, &refusal) && fault.Of(err) == nil {
			t.Fatal(err)
		}
		if refusal != nil {
			for _, found := range refusal.Problems {
				if found.Line < 1 || found.Column < 1 || found.MessageVi == "" {
					t.Errorf("a problem without a place: %+v", fmt.Sprint(found))
				}
			}
		}
	})
}
