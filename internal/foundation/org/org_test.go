package org_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet"
)

var clerk = actor.Actor{Kind: "person", ID: "p1", Name: "Cán bộ quản trị"}

// today is the day of the tests' clock, 2026-11-22 in Viet Nam though it is
// still the 21st in UTC.
var (
	clock = time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)
	today = day("2026-11-22")
)

func day(s string) viet.Date {
	d, _, err := viet.ParseDate([]byte(s))
	if err != nil {
		panic(err)
	}
	return d
}

func from(s string) org.Span { return org.Span{From: org.On(day(s))} }

// each runs f on both engines with the organisations of a small province.
func each(t *testing.T, deps org.Deps, f func(t *testing.T, s *org.Store)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		cfg.Now = func() time.Time { return clock }
		s := org.NewStore(storetest.Open(t, cfg).Control(), deps)
		for _, o := range small() {
			if err := s.Put(t.Context(), clerk, org.Whatever, o); err != nil {
				t.Fatal(err)
			}
		}
		f(t, s)
	})
}

func small() []org.Org {
	under := func(id string) []org.DatedParent { return []org.DatedParent{{ID: id}} }
	return []org.Org{
		{ID: "hy-ubnd", Name: "Ủy ban nhân dân tỉnh Hưng Yên", Level: org.Province, Province: "33", Codes: []org.DatedCode{{Code: "H31"}}},
		{ID: "hy-syt", Name: "Sở Y tế", Level: org.Province, Province: "33", Parents: under("hy-ubnd"), Codes: []org.DatedCode{{Code: "H31.14"}}},
		{ID: "hy-bv", Name: "Bệnh viện Đa khoa Phố Nối", Level: org.ServiceUnit, Province: "33", Parents: under("hy-syt"), Codes: []org.DatedCode{{Code: "H31.14.2"}}},
		{ID: "hy-stc", Name: "Sở Tài chính", Level: org.Province, Province: "33", Parents: under("hy-ubnd"), Codes: []org.DatedCode{{Code: "H31.140"}}},
		{ID: "hy-ubnd-pho-hien", Name: "Ủy ban nhân dân phường Phố Hiến", Level: org.Commune, Province: "33",
			Unit: "X11953.2025-07-01", UnitCode: "11953", Parents: under("hy-ubnd"), Span: from("2025-07-01")},
		{ID: "hy-ubnd-son-nam", Name: "Ủy ban nhân dân phường Sơn Nam", Level: org.Commune, Province: "33",
			Unit: "X11983.2025-07-01", UnitCode: "11983", Parents: under("hy-ubnd"), Span: from("2025-07-01")},
		{ID: "ht-ubnd", Name: "Ủy ban nhân dân tỉnh Hà Tĩnh", Level: org.Province, Province: "42"},
		{ID: "ht-stc", Name: "Sở Tài chính", Level: org.Province, Province: "42", Parents: under("ht-ubnd")},
		{ID: "hy-so-nganh", Name: "Các sở, ban, ngành tỉnh", Level: org.Province, Province: "33", Collective: true},
	}
}

func snapshot(t testing.TB, s *org.Store) *org.Snapshot {
	t.Helper()
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func ids(list []*org.Org) (out []string) {
	for _, o := range list {
		out = append(out, o.ID)
	}
	return out
}

// refused wants a fault with this key, with a sentence in both languages.
func refused(t *testing.T, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Fatalf("got %v, want a fault %s", err, key)
	}
	for _, l := range []locale.Lang{locale.Vi, locale.En} {
		if said := l.Error(err); said == "" || strings.Contains(said, key) || strings.ContainsAny(said, "{}") {
			t.Errorf("%s: %s", l, said)
		}
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshot(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		snap := snapshot(t, s)
		before := day("2025-06-30")
		same(t, "path", snap.Path("hy-bv", today), []string{"hy-bv", "hy-syt", "hy-ubnd"})
		same(t, "path of what is not there yet", snap.Path("hy-ubnd-pho-hien", before), nil)
		same(t, "subtree", snap.Subtree("hy-syt", today), []string{"hy-syt", "hy-bv"})
		same(t, "subtree then", snap.Subtree("hy-ubnd", before), []string{"hy-ubnd", "hy-stc", "hy-syt", "hy-bv"})
		same(t, "subtree now", snap.Subtree("hy-ubnd", today),
			[]string{"hy-ubnd", "hy-stc", "hy-syt", "hy-bv", "hy-ubnd-pho-hien", "hy-ubnd-son-nam"})
		same(t, "covers", snap.Covers("hy-syt", today), []string{"hy-syt", "H31.14", "hy-bv", "H31.14.2"})
		same(t, "under the code: a group, not a beginning", ids(snap.UnderCode("H31.14", today)), []string{"hy-syt", "hy-bv"})
		same(t, "under the older form", ids(snap.UnderCode("000.00.14.H31", today)), []string{"hy-syt", "hy-bv"})
		if o, found := snap.ByCode("000.00.14.H31", today); !found || o.ID != "hy-syt" {
			t.Errorf("by the older form of a code: %v", o)
		}
		if o, found := snap.OfUnit("X11953.2025-07-01", today); !found || o.ID != "hy-ubnd-pho-hien" {
			t.Errorf("of a unit: %v", o)
		}
		if !snap.Within("hy-bv", "hy-ubnd", today) || snap.Within("hy-ubnd", "hy-bv", today) || snap.Within("ht-stc", "hy-ubnd", today) ||
			snap.Within("hy-ubnd-pho-hien", "hy-ubnd", before) || snap.Within("none", "hy-ubnd", today) || snap.Within("hy-bv", "none", today) {
			t.Error("within is wrong")
		}
		tree := snap.Tree(today)
		if len(tree) != len(small()) || tree[len(tree)-1].Org.ID != "hy-so-nganh" {
			t.Errorf("the tree has %d branches, names for several do not come last", len(tree))
		}
		if _, err := s.Get(t.Context(), "hy-ubnd-pho-hien", before); true {
			refused(t, err, "org.unknown")
		}
		if o := must[org.Org](t)(s.Get(t.Context(), "hy-syt", today)); o.CodeOn(today) != "H31.14" || o.ParentOn(today) != "hy-ubnd" {
			t.Errorf("hy-syt: %+v", o)
		}
	})
}

func TestSnapshot_Find(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		snap := snapshot(t, s)
		for _, c := range []struct {
			text string
			want []string
		}{
			{"hy-syt", []string{"hy-syt"}},
			{"H31.14", []string{"hy-syt", "hy-bv"}},
			{"so y te", []string{"hy-syt"}},
			{"SỞ TÀI CHÍNH", []string{"ht-stc", "hy-stc"}},
			{"UBND phường Phố Hiến", []string{"hy-ubnd-pho-hien"}},
			{"ubnd phuong", []string{"hy-ubnd-pho-hien", "hy-ubnd-son-nam"}},
			{"phố hiến", []string{"hy-ubnd-pho-hien"}},
			{"benh vien pho noi", []string{"hy-bv"}},
			{"không có", nil},
			{"  ", nil},
			{"%_'\"", nil},
		} {
			same(t, c.text, ids(snap.Find(c.text, today, 10)), c.want)
		}
	})
}

func TestChange(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		then, later := day("2026-01-01"), day("2026-06-01")
		ok(t, s.Move(ctx, clerk, "hy-bv", org.Whatever, "hy-ubnd", then))
		ok(t, s.Move(ctx, clerk, "hy-bv", org.Whatever, "hy-stc", later))
		ok(t, s.Recode(ctx, clerk, "hy-bv", org.Whatever, "H31.77", then))
		snap := snapshot(t, s)
		same(t, "before", snap.Path("hy-bv", then-1), []string{"hy-bv", "hy-syt", "hy-ubnd"})
		same(t, "between", snap.Path("hy-bv", later-1), []string{"hy-bv", "hy-ubnd"})
		same(t, "after", snap.Path("hy-bv", later), []string{"hy-bv", "hy-stc", "hy-ubnd"})
		same(t, "old code then", ids(snap.UnderCode("H31.14.2", then-1)), []string{"hy-bv"})
		same(t, "old code now", ids(snap.UnderCode("H31.14.2", then)), nil)
		same(t, "new code now", ids(snap.UnderCode("H31.77", then)), []string{"hy-bv"})

		// Moving on an earlier day takes the place of what came after it.
		ok(t, s.Move(ctx, clerk, "hy-bv", org.Whatever, "", then))
		same(t, "under nobody", snapshot(t, s).Path("hy-bv", later), []string{"hy-bv"})

		refused(t, s.Move(ctx, clerk, "hy-ubnd", org.Whatever, "hy-bv", day("2020-01-01")), "org.circle")
		refused(t, s.Move(ctx, clerk, "hy-bv", org.Whatever, "none", later), "org.no-parent")
		refused(t, s.Move(ctx, clerk, "hy-bv", org.Whatever, "hy-bv", later), "org.own-parent")
		refused(t, s.Recode(ctx, clerk, "hy-bv", org.Whatever, "H31.140", later), "org.code-taken")
		refused(t, s.Recode(ctx, clerk, "hy-bv", org.Whatever, "31", later), "org.bad-code")
		refused(t, s.Recode(ctx, clerk, "none", org.Whatever, "H31.9", later), "org.never")

		history := must[[]org.Revision[org.Org]](t)(s.History(ctx, "hy-bv"))
		if len(history) != 5 || history[4].Before != nil || history[0].Before.ParentOn(later) != "hy-stc" || history[0].By != clerk {
			t.Errorf("history: %+v", history)
		}
	})
}

// Two communes become one, which later is renamed.
func TestSuccessors(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		merged, renamed := day("2026-01-01"), day("2026-07-01")
		for _, o := range []org.Org{
			{ID: "hy-ubnd-moi", Name: "UBND phường Mới", Level: org.Commune, Span: org.Span{From: org.On(merged), To: org.On(renamed - 1)}},
			{ID: "hy-ubnd-ten-khac", Name: "UBND phường Tên Khác", Level: org.Commune, Span: org.Span{From: org.On(renamed)}, Predecessors: []string{"hy-ubnd-moi"}},
		} {
			ok(t, s.Put(ctx, clerk, org.Whatever, o))
		}
		for _, id := range []string{"hy-ubnd-pho-hien", "hy-ubnd-son-nam"} {
			ok(t, s.End(ctx, clerk, id, org.Whatever, merged-1, "hy-ubnd-moi"))
		}
		snap := snapshot(t, s)
		same(t, "still itself", snap.Successors("hy-ubnd-pho-hien", merged-1), []string{"hy-ubnd-pho-hien"})
		same(t, "merged", snap.Successors("hy-ubnd-pho-hien", merged), []string{"hy-ubnd-moi"})
		same(t, "renamed", snap.Successors("hy-ubnd-pho-hien", today), []string{"hy-ubnd-ten-khac"})
		same(t, "back", snap.Predecessors("hy-ubnd-ten-khac", merged-1), []string{"hy-ubnd-pho-hien", "hy-ubnd-son-nam"})
		same(t, "unknown", snap.Successors("none", today), nil)
		refused(t, s.End(ctx, clerk, "hy-syt", org.Whatever, today, "none"), "org.bad-link")
		refused(t, s.End(ctx, clerk, "hy-ubnd-pho-hien", org.Whatever, today), "org.ended")
	})
}

func TestCheck(t *testing.T) {
	whole := func(change func(o *org.Org)) map[string]*org.Org {
		o := &org.Org{ID: "a", Name: "A", Level: org.Province}
		b := &org.Org{ID: "b", Name: "B", Level: org.Province, Parents: []org.DatedParent{{ID: "a", Span: from("2026-01-01")}}, Codes: []org.DatedCode{{Code: "H31.09"}}}
		change(o)
		return map[string]*org.Org{"a": o, "b": b}
	}
	ended := org.Span{From: org.On(day("2025-01-01")), To: org.On(day("2025-12-31"))}
	for _, c := range []struct {
		key    string // "" = nothing wrong
		change func(o *org.Org)
	}{
		{"", func(*org.Org) {}},
		{"org.bad-id", func(o *org.Org) { o.ID = "A" }},
		{"org.no-name", func(o *org.Org) { o.Name = "" }},
		{"org.bad-level", func(o *org.Org) { o.Level = "huyen" }},
		{"org.bad-province", func(o *org.Org) { o.Province = "3" }},
		{"org.bad-unit", func(o *org.Org) { o.Unit = "X11953.2025-07-01" }},
		{"org.bad-unit", func(o *org.Org) { o.Unit, o.UnitCode = "X119.2025-07-01", "119" }},
		{"org.bad-span", func(o *org.Org) { o.Span = org.Span{From: org.On(2), To: org.On(1)} }},
		{"org.bad-code", func(o *org.Org) { o.Codes = []org.DatedCode{{Code: "h31"}} }},
		{"org.two-codes", func(o *org.Org) { o.Codes = []org.DatedCode{{Code: "H31.1"}, {Code: "H31.2", Span: ended}} }},
		{"", func(o *org.Org) {
			o.Codes = []org.DatedCode{{Code: "H31.1", Span: from("2026-01-01")}, {Code: "H31.2", Span: ended}}
		}},
		{"org.code-taken", func(o *org.Org) { o.Codes = []org.DatedCode{{Code: "000.00.09.H31"}} }},
		{"", func(o *org.Org) { o.Codes, o.Span = []org.DatedCode{{Code: "H31.10"}}, ended }},
		{"org.no-parent", func(o *org.Org) { o.Parents = []org.DatedParent{{ID: "c"}} }},
		{"org.own-parent", func(o *org.Org) { o.Parents = []org.DatedParent{{ID: "a"}} }},
		{"org.circle", func(o *org.Org) { o.Parents = []org.DatedParent{{ID: "b"}} }},
		{"org.circle", func(o *org.Org) { o.Parents = []org.DatedParent{{ID: "b", Span: from("2030-01-01")}} }},
		{"", func(o *org.Org) { o.Parents = []org.DatedParent{{ID: "b", Span: ended}} }},
		{"org.two-parents", func(o *org.Org) {
			o.Parents = []org.DatedParent{{ID: "b", Span: ended}, {ID: "b", Span: org.Span{To: ended.From}}}
		}},
		{"org.bad-link", func(o *org.Org) { o.Successors = []string{"c"} }},
		{"org.bad-link", func(o *org.Org) { o.Predecessors = []string{"a"} }},
	} {
		found := org.Check(whole(c.change))
		if c.key == "" && len(found) > 0 {
			t.Errorf("got %v, want nothing wrong", found[0].Err)
		}
		if c.key != "" && !slices.ContainsFunc(found, func(f org.Finding) bool { return f.Err.Key == c.key }) {
			t.Errorf("got %v, want %s", found, c.key)
		}
	}
}

func TestPeople(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		names := []string{"Đỗ Thị Ánh", "Nguyễn Văn Bình", "An Văn Cường"}
		for i, name := range names {
			p := must[org.Person](t)(s.AddPerson(ctx, clerk, org.Person{Name: " " + name, Email: fmt.Sprintf("Can-Bo%d@hungyen.gov.vn ", i), Phone: "0912 345 67" + fmt.Sprint(i)}))
			if p.Name != name || p.Email != fmt.Sprintf("can-bo%d@hungyen.gov.vn", i) || !strings.HasPrefix(p.Phone, "+84912") {
				t.Errorf("got %+v", p)
			}
		}
		list := must[[]org.Person](t)(s.People(ctx, "", "", 2))
		if len(list) != 2 || list[0].Name != names[2] || list[1].Name != names[0] {
			t.Errorf("the first two: %+v", list)
		}
		list = must[[]org.Person](t)(s.People(ctx, "", list[1].ID, 2))
		if len(list) != 1 || list[0].Name != names[1] {
			t.Errorf("behind those: %+v", list)
		}
		for text, want := range map[string]int{"nguyen van": 1, "VĂN": 2, "can-bo1@": 1, "%": 0, `\`: 0} {
			if got := must[[]org.Person](t)(s.People(ctx, text, "", 9)); len(got) != want {
				t.Errorf("%s: %d people, want %d", text, len(got), want)
			}
		}
		p := must[org.Person](t)(s.PersonByEmail(ctx, "CAN-BO0@hungyen.gov.vn"))
		_, err := s.AddPerson(ctx, clerk, org.Person{Name: "X", Email: "can-bo0@hungyen.gov.vn"})
		refused(t, err, "org.email-taken")
		_, err = s.AddPerson(ctx, clerk, org.Person{Name: "\x00"})
		refused(t, err, "org.person-name")
		_, err = s.AddPerson(ctx, clerk, org.Person{Name: "X", Email: "x@"})
		refused(t, err, "org.person-email")
		_, err = s.AddPerson(ctx, clerk, org.Person{Name: "X", Phone: "12"})
		refused(t, err, "org.person-phone")
		p.Name = "Đỗ Thị Ánh Nguyệt"
		must[org.Person](t)(s.ChangePerson(ctx, clerk, p))
		if got := must[org.Person](t)(s.Person(ctx, p.ID)); got != p {
			t.Errorf("got %+v, want %+v", got, p)
		}
		_, err = s.ChangePerson(ctx, clerk, org.Person{ID: "none", Name: "X"})
		refused(t, err, "org.no-person")
	})
}

// apart is separation of duties as policy would hand it in.
func apart(roles []string) error {
	if slices.Contains(roles, "compliance_officer") && slices.Contains(roles, "cdo") {
		return fault.New(fault.Invalid, "org.post-title", 1) // any fault of the caller's own
	}
	return nil
}

func add(t testing.TB, s *org.Store, name string) org.Person {
	t.Helper()
	return must[org.Person](t)(s.AddPerson(t.Context(), clerk, org.Person{Name: name, Generated: true}))
}

func TestPosts(t *testing.T) {
	each(t, org.Deps{Conflict: apart}, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		a, b := add(t, s, "Cán bộ A"), add(t, s, "Cán bộ B")
		head := must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-syt", Title: "Giám đốc", Roles: []string{"cdo"}, Span: from("2026-01-01")}))
		commune := must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-ubnd-pho-hien", Title: "Chủ tịch", Deputy: true, Span: from("2026-03-01")}))
		deputy := must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: b.ID, Org: "hy-syt", Title: "Phó Giám đốc", Deputy: true, Units: []string{"*"}}))

		if got := must[[]org.Post](t)(s.Posts(ctx, a.ID, day("2026-02-28"))); len(got) != 1 || got[0].ID != head.ID {
			t.Errorf("in February: %+v", got)
		}
		if got := must[[]org.Post](t)(s.Posts(ctx, a.ID, today)); len(got) != 2 {
			t.Errorf("today: %+v", got)
		}
		if got := must[[]org.Post](t)(s.Holders(ctx, "hy-syt", today)); len(got) != 2 || got[0].ID != head.ID || got[1].ID != deputy.ID {
			t.Errorf("heads come first: %+v", got)
		}
		snap := snapshot(t, s)
		same(t, "units: of the commune", snap.UnitsOf(&commune, today), []string{"11953"})
		same(t, "units: all", snap.UnitsOf(&deputy, today), []string{"11953", "11983", "33"})
		same(t, "units: none", snap.UnitsOf(&head, today), nil)

		// Roles that one person may not hold together, in whichever order and by two posts.
		audit := org.Post{Person: a.ID, Org: "hy-stc", Title: "Kiểm soát", Roles: []string{"compliance_officer"}}
		_, err := s.Assign(ctx, clerk, audit)
		refused(t, err, "org.post-title")
		audit.To = org.On(day("2025-12-31"))
		audit = must[org.Post](t)(s.Assign(ctx, clerk, audit))
		audit.To = org.Day{}
		refused(t, s.ChangePost(ctx, clerk, org.Whatever, audit), "org.post-title")

		// Nobody holds one post twice at once.
		_, err = s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-syt", Title: "GIÁM  ĐỐC", Span: from("2027-01-01")})
		refused(t, err, "org.post-twice")
		ok(t, s.EndPost(ctx, clerk, head.ID, org.Whatever, day("2026-12-31")))
		must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-syt", Title: "Giám đốc", Span: from("2027-01-01")}))
		refused(t, s.EndPost(ctx, clerk, head.ID, org.Whatever, day("2025-12-31")), "org.post-span")
		refused(t, s.EndPost(ctx, clerk, head.ID, org.Whatever, day("2027-12-31")), "org.post-ended")

		for key, p := range map[string]org.Post{
			"org.no-person":       {Person: "none", Org: "hy-syt", Title: "X"},
			"org.never":           {Person: a.ID, Org: "none", Title: "X"},
			"org.post-collective": {Person: a.ID, Org: "hy-so-nganh", Title: "X"},
			"org.post-outside":    {Person: a.ID, Org: "hy-ubnd-pho-hien", Title: "X", Span: org.Span{To: org.On(day("2025-06-30"))}},
			"org.post-unit":       {Person: a.ID, Org: "hy-syt", Title: "X", Units: []string{"1195"}},
		} {
			_, err := s.Assign(ctx, clerk, p)
			refused(t, err, key)
		}

		// An organisation that is no more gives its holders nothing.
		ok(t, s.End(ctx, clerk, "hy-ubnd-pho-hien", org.Whatever, today-1))
		if got := snapshot(t, s).Posts(a.ID, today); len(got) != 1 || got[0].ID != head.ID {
			t.Errorf("after the commune has ended: %+v", got)
		}
		if got, found := snapshot(t, s).Post(commune.ID); !found || got.Title != "Chủ tịch" || len(snapshot(t, s).AllPosts(a.ID)) != 4 {
			t.Errorf("the post itself stays: %+v", got)
		}
	})
}

func TestHandOver(t *testing.T) {
	acted := false
	deps := org.Deps{
		Conflict: apart,
		Handing: []func(context.Context, org.Post, org.Person) ([]org.Item, error){
			func(_ context.Context, p org.Post, to org.Person) ([]org.Item, error) {
				return []org.Item{{Vi: "3 đợt gửi dữ liệu", En: "3 batches", Count: 3, Link: "/batches?post=" + p.ID}}, nil
			},
		},
		Acted: func(context.Context, string) (bool, error) { return acted, nil },
	}
	each(t, deps, func(t *testing.T, s *org.Store) {
		ctx := t.Context()
		acted = false
		a, b := add(t, s, "Cán bộ A"), add(t, s, "Cán bộ B")
		old := must[org.Post](t)(s.Assign(ctx, clerk, org.Post{
			Person: a.ID, Org: "hy-syt", Title: "Giám đốc", Roles: []string{"cdo"}, Units: []string{"33"}, Span: from("2026-01-01"),
			MandateNo: "12/QĐ-UBND", MandateDate: org.On(day("2025-12-20")),
		}))
		look := must[org.HandOver](t)(s.PreviewHandOver(ctx, clerk, old.ID, b.ID, today))
		if len(look.Items) != 4 || len(must[[]org.HandOver](t)(s.HandOvers(ctx, "", 9))) != 0 {
			t.Errorf("a look: %+v", look)
		}
		same(t, "looking changes nothing", holders(t, s, today), []string{a.ID})

		if _, err := s.HandOver(ctx, clerk, old.ID, b.ID, today, "Số mới của ông: 033099001234"); !fault.Is(err, "reason.number") {
			t.Errorf("with somebody's number: %v", err)
		}
		h := must[org.HandOver](t)(s.HandOver(ctx, clerk, old.ID, b.ID, today, "Nghỉ chế độ"))
		same(t, "the day before", holders(t, s, today-1), []string{a.ID})
		same(t, "from the day", holders(t, s, today), []string{b.ID})
		if n := h.New; n.Title != old.Title || !slices.Equal(n.Roles, old.Roles) || !slices.Equal(n.Units, old.Units) || n.To.Set || n.MandateNo != "" {
			t.Errorf("the new post: %+v", n)
		}
		if got := must[org.HandOver](t)(s.OneHandOver(ctx, h.ID)); got.Note != "Nghỉ chế độ" || got.By != clerk || got.MadeAt == "" || len(got.Items) != 4 || got.Items[3].Count != 3 {
			t.Errorf("the record: %+v", got)
		}

		// Undone only while nobody has built upon it.
		acted = true
		_, err := s.UndoHandOver(ctx, clerk, h.ID)
		refused(t, err, "org.hand-acted")
		acted = false
		undone := must[org.HandOver](t)(s.UndoHandOver(ctx, clerk, h.ID))
		same(t, "as before", holders(t, s, today), []string{a.ID})
		if undone.UndoneAt == "" || must[[]org.HandOver](t)(s.HandOvers(ctx, "hy-syt", 9))[0].UndoneBy != clerk {
			t.Errorf("the record of undoing: %+v", undone)
		}
		if got, _ := snapshot(t, s).Post(old.ID); got.To.Set || got.MandateNo != "12/QĐ-UBND" {
			t.Errorf("the post that came back: %+v", got)
		}
		_, err = s.UndoHandOver(ctx, clerk, h.ID)
		refused(t, err, "org.hand-undone")
		_, err = s.UndoHandOver(ctx, clerk, "none")
		refused(t, err, "org.no-hand-over")

		h = must[org.HandOver](t)(s.HandOver(ctx, clerk, old.ID, b.ID, today, ""))
		ok(t, s.EndPost(ctx, clerk, h.New.ID, org.Whatever, today+30))
		_, err = s.UndoHandOver(ctx, clerk, h.ID)
		refused(t, err, "org.hand-changed")

		_, err = s.HandOver(ctx, clerk, h.New.ID, b.ID, today+1, "")
		refused(t, err, "org.hand-same")
		_, err = s.HandOver(ctx, clerk, h.New.ID, a.ID, today, "")
		refused(t, err, "org.hand-early")
		_, err = s.HandOver(ctx, clerk, old.ID, b.ID, today+90, "")
		refused(t, err, "org.post-ended")
		_, err = s.HandOver(ctx, clerk, "none", b.ID, today, "")
		refused(t, err, "org.no-post")
		must[org.Post](t)(s.Assign(ctx, clerk, org.Post{Person: a.ID, Org: "hy-stc", Title: "Kiểm soát", Roles: []string{"compliance_officer"}, Span: org.Span{From: org.On(today)}}))
		_, err = s.HandOver(ctx, clerk, h.New.ID, a.ID, today+1, "")
		refused(t, err, "org.post-title")
	})
}

func holders(t *testing.T, s *org.Store, on viet.Date) (people []string) {
	for _, p := range snapshot(t, s).Holders("hy-syt", on) {
		people = append(people, p.Person)
	}
	return people
}

// What a question of another room fails with is not hidden, and nothing is
// written.
func TestHandOver_fails(t *testing.T) {
	broken := errors.New("no answer")
	deps := org.Deps{Handing: []func(context.Context, org.Post, org.Person) ([]org.Item, error){
		func(context.Context, org.Post, org.Person) ([]org.Item, error) { return nil, broken },
	}}
	each(t, deps, func(t *testing.T, s *org.Store) {
		a, b := add(t, s, "Cán bộ A"), add(t, s, "Cán bộ B")
		p := must[org.Post](t)(s.Assign(t.Context(), clerk, org.Post{Person: a.ID, Org: "hy-syt", Title: "Giám đốc"}))
		if _, err := s.HandOver(t.Context(), clerk, p.ID, b.ID, today, ""); !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		same(t, "nothing is written", holders(t, s, today), []string{a.ID})
	})
}

// A snapshot asked for after a write has returned holds it, whatever others read
// and write meanwhile.
func TestSnapshot_fresh(t *testing.T) {
	each(t, org.Deps{}, func(t *testing.T, s *org.Store) {
		var readers sync.WaitGroup
		read := func() {
			if snap, err := s.Snapshot(t.Context()); err != nil || len(snap.Path("hy-bv", today)) == 0 {
				t.Errorf("a reader: %v", err)
			}
		}
		for i := range 20 {
			for range 4 {
				readers.Go(read)
			}
			parent := []string{"hy-stc", "hy-syt"}[i%2]
			ok(t, s.Move(t.Context(), clerk, "hy-bv", org.Whatever, parent, today))
			if path := snapshot(t, s).Path("hy-bv", today); path[1] != parent {
				t.Errorf("after moving to %s: %v", parent, path)
			}
		}
		readers.Wait()
	})
}
