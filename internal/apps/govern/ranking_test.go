package govern

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/deadline/clockpack"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
)

// TestRanking: each unit sees its own figures alone until the ranking is public; it
// objects while there is time, another answers, and only then is it published.
func TestRanking(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		var mu sync.Mutex
		now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // Monday, eight in the morning
		cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		set := func(at time.Time) { mu.Lock(); defer mu.Unlock(); now = at }
		ctx, db := t.Context(), storetest.Open(t, cfg).Control()
		deadlines, notices := deadline.NewStore(db), notify.NewStore(db, notify.Deps{})
		files, _ := packs.Open("viet-nam")
		p, err := pack.Read(files)
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		refused := func(err error, key string) {
			t.Helper()
			if !fault.Is(err, key) {
				t.Errorf("got %v, want %s", err, key)
			}
		}
		ok(err)
		p.Documents = slices.DeleteFunc(p.Documents, func(d pack.Document) bool { return d.Kind != clockpack.KindName })
		_, err = pack.New(db, clockpack.Kind(deadlines)).Install(ctx, actor.System, true, p)
		ok(err)
		d := New(db, t.TempDir(), func() Deps { return Deps{Deadlines: deadlines, Notices: notices, Now: db.Now} })
		told := func(org string) int {
			list, _, err := notices.List(ctx, notify.Reader{Orgs: []string{org}}, notify.Filter{})
			ok(err)
			return len(list)
		}
		governor, steward := actor.Actor{Kind: "person", ID: "binh"}, actor.Actor{Kind: "person", ID: "an"}
		high, low := 91.5, 70.0
		units := []Standing{
			{Rank: Rank{Place: 2, Org: "hy-syt", Score: &low, Sets: 1, Measured: 1}, Datasets: []StandingSet{{"a", "A", &low}}, Reasons: []RankReason{{Dataset: "a", Records: 12, Adds: 3}}},
			{Rank: Rank{Place: 1, Org: "hy-snv", Score: &high, Sets: 1, Measured: 1}},
			{Rank: Rank{Org: "hy-stc"}},
		}
		_, err = d.Show(ctx, governor, " ", "hy-skhcn", 5)
		refused(err, "ranking.title")
		_, err = d.Show(ctx, governor, "Xếp hạng 2026", "hy-skhcn", 0)
		refused(err, "ranking.days")
		r, err := d.preview(ctx, governor, "Xếp hạng 2026", "hy-skhcn", 5, units)
		ok(err)
		if got := r.DueAt.In(viet.Zone).Format("2006-01-02 15:04"); got != "2026-11-30 17:00" || r.State != Preview || told("hy-syt") != 1 || told("hy-stc") != 1 {
			t.Fatalf("%+v", r)
		}
		if r.Units[0].Org != "hy-snv" || r.Units[2].Org != "hy-stc" {
			t.Errorf("order: %+v", r.Units)
		}
		_, err = d.preview(ctx, governor, "Hai", "hy-skhcn", 5, units)
		refused(err, "ranking.open")

		own := func(org string) func(string) bool { return func(one string) bool { return one == org } }
		if seen := r.Seen(own("hy-syt")); len(seen.Units) != 1 || seen.Units[0].Place != 0 || len(seen.Units[0].Reasons) != 1 {
			t.Errorf("a unit sees %+v", seen)
		}
		if seen := r.Seen(own("nobody")); seen != nil {
			t.Errorf("others see %+v", seen)
		}
		_, err = d.Object(ctx, steward, r.ID, "hy-syt", " ", "")
		refused(err, "ranking.why")
		_, err = d.Object(ctx, steward, r.ID, "hy-syt", "theo ông 033099001234", "")
		refused(err, "reason.number")
		_, err = d.Object(ctx, steward, r.ID, "nobody", "sai", "")
		refused(err, "ranking.no-unit")
		r, err = d.Object(ctx, steward, r.ID, "hy-syt", "Số liệu cũ", "15/BC-SYT")
		ok(err)
		open, _, err := deadlines.List(ctx, deadline.Filter{Orgs: []string{"hy-skhcn"}, State: deadline.Open})
		ok(err)
		if len(open) != 1 || open[0].Clock != AnswerClock.ID || told("hy-skhcn") != 1 {
			t.Errorf("%d clocks, %d told", len(open), told("hy-skhcn"))
		}
		o := r.Objections[0]
		_, err = d.Publish(ctx, governor, r.ID)
		refused(err, "ranking.unanswered")
		_, err = d.AnswerTo(ctx, steward, r.ID, o.ID, true, "được")
		refused(err, "ranking.own")
		_, err = d.AnswerTo(ctx, governor, r.ID, o.ID, true, " ")
		refused(err, "ranking.said")
		r, err = d.AnswerTo(ctx, governor, r.ID, o.ID, true, "Tính lại theo số liệu mới")
		ok(err)
		_, err = d.AnswerTo(ctx, governor, r.ID, o.ID, false, "x")
		refused(err, "ranking.answered")
		_, err = d.Publish(ctx, governor, r.ID)
		refused(err, "ranking.early")
		if len(r.Seen(own("hy-snv")).Objections) != 0 {
			t.Error("another unit sees the objection")
		}

		set(r.DueAt.Add(time.Second))
		_, err = d.Object(ctx, steward, r.ID, "hy-syt", "muộn", "")
		refused(err, "ranking.late")
		r, err = d.Publish(ctx, governor, r.ID)
		ok(err)
		seen := r.Seen(own("nobody"))
		if r.State != Published || len(seen.Units) != 3 || seen.Units[0].Place != 1 || len(seen.Units[1].Reasons) != 0 {
			t.Errorf("everybody sees %+v", seen)
		}
		_, err = d.Withdraw(ctx, governor, r.ID, "")
		refused(err, "ranking.withdraw-why")
		r, err = d.Withdraw(ctx, governor, r.ID, "Sai công thức")
		ok(err)
		if r.Seen(own("nobody")) != nil || r.Seen(own("hy-syt")) == nil || len(r.Units) != 3 {
			t.Errorf("withdrawn: %+v", r)
		}
		_, err = d.Withdraw(ctx, governor, r.ID, "lại")
		refused(err, "ranking.over")
	})
}
