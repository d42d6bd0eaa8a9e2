package campaign_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/apps/campaign"
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

var (
	an   = actor.Actor{Kind: "person", ID: "an", Name: "Cán bộ An", Org: "hy-syt"}
	binh = actor.Actor{Kind: "person", ID: "binh", Name: "Cán bộ Bình", Org: "hy-skhcn"}
)

// A world is a store of campaigns with the shipped clocks and calendar.
type world struct {
	*testing.T
	*campaign.Store
	deadlines *deadline.Store
	notices   *notify.Store
	mu        sync.Mutex
	now       time.Time
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// set turns the clock to a time in Viet Nam.
func (w *world) set(text string) {
	w.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, viet.Zone)
	w.ok(err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at.UTC()
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err error, key string) {
	w.Helper()
	if !fault.Is(err, key) {
		w.Errorf("got %v, want %s", err, key)
	}
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		w := &world{T: t}
		w.set("2026-11-23 08:00") // a Monday
		cfg.Now = w.time
		db := storetest.Open(t, cfg).Control()
		w.deadlines, w.notices = deadline.NewStore(db), notify.NewStore(db, notify.Deps{})
		w.Store = campaign.NewStore(db, w.deadlines, w.notices)
		files, _ := packs.Open("viet-nam")
		p, err := pack.Read(files)
		w.ok(err)
		p.Documents = slices.DeleteFunc(p.Documents, func(d pack.Document) bool { return d.Kind != clockpack.KindName })
		_, err = pack.New(db, clockpack.Kind(w.deadlines)).Install(t.Context(), actor.System, true, p)
		w.ok(err)
		f(w)
	})
}

func plan() campaign.Plan {
	return campaign.Plan{Subject: campaign.Systems, Title: "Rà soát hệ thống năm 2026", Basis: "01/KH-SKHCN", Fields: []string{"ten", "lop"}, Lead: "hy-skhcn", Days: 5}
}

func objects() []campaign.Object {
	return []campaign.Object{
		{ID: "A01", Name: "Kho dữ liệu", Org: "hy-skhcn", Values: map[string]string{"ten": "Kho dữ liệu", "lop": "2"}},
		{ID: "A02", Name: "Bệnh án", Org: "hy-syt", Values: map[string]string{"ten": "Bệnh án", "lop": ""}},
		{ID: "A03", Name: "Không của ai", Values: map[string]string{"ten": "Không của ai", "lop": "1"}},
	}
}

func (w *world) opened(p campaign.Plan) *campaign.Campaign {
	w.Helper()
	c, err := w.Make(w.Context(), binh, p)
	w.ok(err)
	c, err = w.Open(w.Context(), binh, c.ID, objects())
	w.ok(err)
	return c
}

func (w *world) sheet(c *campaign.Campaign, org string) (*campaign.Sheet, []campaign.Line) {
	w.Helper()
	sh, lines, err := w.Sheet(w.Context(), c.ID, org)
	w.ok(err)
	return sh, lines
}

func (w *world) told(org string) (titles []string) {
	w.Helper()
	list, _, err := w.notices.List(w.Context(), notify.Reader{Orgs: []string{org}}, notify.Filter{})
	w.ok(err)
	for _, n := range list {
		titles = append(titles, n.TitleVi)
	}
	return titles
}

// TestCampaign walks one review from the draft to the last approval.
func TestCampaign(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		c := w.opened(plan())
		if got := c.DueAt.In(viet.Zone).Format("2006-01-02 15:04"); c.State != campaign.Open || got != "2026-11-30 17:00" {
			t := w.T
			t.Fatalf("%s, due at %s", c.State, got)
		}
		sh, lines := w.sheet(c, "hy-syt")
		if len(lines) != 1 || lines[0].Object != "A02" || lines[0].Had["ten"] != "Bệnh án" || sh.Late(w.time()) {
			w.Fatalf("%+v %+v", sh, lines)
		}
		if got := w.told("hy-syt"); len(got) != 1 {
			w.Errorf("told: %q", got)
		}
		d, err := w.deadlines.Get(ctx, sh.Deadline)
		w.ok(err)
		if !d.DueAt.Equal(c.DueAt) || d.Org != "hy-syt" || d.Path != "/campaigns/"+c.ID+"/sheets/hy-syt" {
			w.Errorf("%+v", d)
		}
		_, err = w.Open(ctx, binh, c.ID, objects())
		w.refused(err, "campaign.not-draft")

		// Half the answers are kept; the sheet is not whole.
		one := lines[0].Place
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: one, Verdict: campaign.Changed, Values: map[string]string{"ten": "Bệnh án"}}}), "campaign.same")
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: one, Verdict: campaign.Changed, Values: map[string]string{"khac": "x"}}}), "campaign.field")
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: one, Verdict: campaign.Gone}}), "campaign.gone-why")
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: 1, Verdict: campaign.Kept}}), "campaign.no-line") // of another agency
		w.refused(w.Send(ctx, an, c.ID, "hy-syt"), "campaign.unanswered")
		w.ok(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{
			{Place: one, Verdict: campaign.Changed, Values: map[string]string{"ten": "Bệnh án điện tử", "lop": ""}},
			{Verdict: campaign.New, Name: "Tiêm chủng", Values: map[string]string{"ten": "Tiêm chủng", "lop": "3"}},
		}))
		_, lines = w.sheet(c, "hy-syt")
		if len(lines) != 2 || len(lines[0].Said) != 1 || lines[0].Now()["ten"] != "Bệnh án điện tử" || lines[1].Object != "" || lines[1].Name != "Tiêm chủng" {
			w.Fatalf("%+v", lines)
		}
		// All or nothing.
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: one, Verdict: campaign.Kept}, {Place: one, Verdict: campaign.Gone}}), "campaign.gone-why")
		if _, lines = w.sheet(c, "hy-syt"); lines[0].Verdict != campaign.Changed {
			w.Error("half of what was refused was kept")
		}

		// Whoever sends does not approve; sent back, it can be mended and sent again.
		w.refused(w.Approve(ctx, binh, c.ID, "hy-syt", "", nil), "campaign.not-sent")
		w.ok(w.Send(ctx, an, c.ID, "hy-syt"))
		w.refused(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: one, Verdict: campaign.Kept}}), "campaign.sent")
		w.refused(w.Approve(ctx, an, c.ID, "hy-syt", "", nil), "campaign.own")
		w.refused(w.Back(ctx, an, c.ID, "hy-syt", "thiếu"), "campaign.own")
		w.refused(w.Back(ctx, binh, c.ID, "hy-syt", " "), "campaign.no-why")
		w.refused(w.Back(ctx, binh, c.ID, "hy-syt", "hỏi ông 033099001234"), "reason.number")
		w.ok(w.Back(ctx, binh, c.ID, "hy-syt", "Thiếu lớp kiến trúc"))
		back, _ := w.sheet(c, "hy-syt")
		if back.State != campaign.SentBack || back.Deadline == sh.Deadline || back.DueAt.Before(c.DueAt) || back.Said == "" {
			w.Fatalf("%+v", back)
		}
		w.ok(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: lines[1].Place, Verdict: campaign.Unanswered}})) // the new one is not wanted after all
		w.ok(w.Send(ctx, an, c.ID, "hy-syt"))
		w.ok(w.Approve(ctx, binh, c.ID, "hy-syt", "lo-1", map[int]string{one: "campaign.result.unconfirmed"}))
		if sh, lines = w.sheet(c, "hy-syt"); sh.State != campaign.SheetDone || sh.Batch != "lo-1" || sh.Times != 2 || lines[0].Result == "" || len(lines) != 1 {
			w.Fatalf("%+v %+v", sh, lines)
		}

		// Who is late is told, and stands out.
		w.set("2026-12-01 08:00")
		_, err = w.deadlines.Tick(ctx, w.notices.OfDeadlines(nil))
		w.ok(err)
		if sh, _ = w.sheet(c, "hy-skhcn"); !sh.Late(w.time()) {
			w.Error("not late")
		}
		if got := w.told("hy-skhcn"); len(got) != 6 { // opened, sent twice, 50, 80, 100 %
			w.Errorf("told: %q", got)
		}

		_, lines = w.sheet(c, "hy-skhcn")
		for _, l := range lines {
			w.ok(w.Answer(ctx, binh, c.ID, "hy-skhcn", []campaign.Answer{{Place: l.Place, Verdict: campaign.Kept}}))
		}
		w.ok(w.Send(ctx, binh, c.ID, "hy-skhcn"))
		w.ok(w.Approve(ctx, an, c.ID, "hy-skhcn", "", nil))
		c, err = w.Get(ctx, c.ID)
		w.ok(err)
		if c.State != campaign.Approved {
			w.Errorf("the last sheet leaves it %s", c.State)
		}
		w.refused(w.Close(ctx, binh, c.ID, "thôi"), "campaign.over")
	})
}

// TestClose: what is closed changes nothing any more, and nobody is chased.
func TestClose(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		c := w.opened(plan())
		_, lines := w.sheet(c, "hy-syt")
		w.ok(w.Answer(ctx, an, c.ID, "hy-syt", []campaign.Answer{{Place: lines[0].Place, Verdict: campaign.Kept}}))
		w.ok(w.Send(ctx, an, c.ID, "hy-syt"))
		w.refused(w.Close(ctx, binh, c.ID, ""), "campaign.no-why")
		w.ok(w.Close(ctx, binh, c.ID, "Kế hoạch đã thay"))
		w.refused(w.Approve(ctx, binh, c.ID, "hy-syt", "", nil), "campaign.over")
		w.refused(w.Back(ctx, binh, c.ID, "hy-syt", "x"), "campaign.over")
		w.refused(w.Send(ctx, binh, c.ID, "hy-skhcn"), "campaign.over")
		w.refused(w.Answer(ctx, binh, c.ID, "hy-skhcn", []campaign.Answer{{Place: 1, Verdict: campaign.Kept}}), "campaign.over")
		open, _, err := w.deadlines.List(ctx, deadline.Filter{State: deadline.Open})
		w.ok(err)
		if len(open) != 0 {
			w.Errorf("%d clocks still run", len(open))
		}
	})
}

func TestPlan(t *testing.T) {
	each(t, func(w *world) {
		for key, change := range map[string]func(*campaign.Plan){
			"campaign.subject":  func(p *campaign.Plan) { p.Subject = "x" },
			"campaign.no-title": func(p *campaign.Plan) { p.Title = " " },
			"campaign.fields":   func(p *campaign.Plan) { p.Fields = nil },
			"campaign.no-lead":  func(p *campaign.Plan) { p.Lead = "" },
			"campaign.days":     func(p *campaign.Plan) { p.Days = 0 },
		} {
			p := plan()
			change(&p)
			_, err := w.Make(w.Context(), binh, p)
			w.refused(err, key)
		}
		// An agency that was chosen and owns nothing has a sheet all the same.
		p := plan()
		p.Orgs = []string{"hy-snv", "hy-syt"}
		c := w.opened(p)
		if _, lines := w.sheet(c, "hy-snv"); len(lines) != 0 {
			w.Errorf("%+v", lines)
		}
		if _, _, err := w.Sheet(w.Context(), c.ID, "hy-skhcn"); !fault.Is(err, "campaign.no-sheet") {
			w.Error(err)
		}
		w.ok(w.Send(w.Context(), an, c.ID, "hy-snv"))
	})
}

// TestShare: the lines of all agencies are all objects, each once; with agencies
// chosen, all of these.
func TestShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orgs := []string{"", "a", "b", "c"}
		var all []campaign.Object
		for i, o := range rapid.SliceOfN(rapid.SampledFrom(orgs), 0, 40).Draw(t, "owners") {
			all = append(all, campaign.Object{ID: fmt.Sprint(i), Org: o})
		}
		p := campaign.Plan{Lead: rapid.SampledFrom(orgs[1:]).Draw(t, "lead"), Orgs: rapid.SliceOfDistinct(rapid.SampledFrom(orgs[1:]), rapid.ID).Draw(t, "chosen")}
		seen := map[string]int{}
		for org, list := range campaign.Share(p, all) {
			for _, o := range list {
				seen[o.ID]++
				if o.Org != org && (o.Org != "" || org != p.Lead) {
					t.Errorf("object of %q in the sheet of %q", o.Org, org)
				}
			}
		}
		for _, o := range all {
			owner := o.Org
			if owner == "" {
				owner = p.Lead
			}
			want := 0
			if len(p.Orgs) == 0 || slices.Contains(p.Orgs, owner) {
				want = 1
			}
			if seen[o.ID] != want {
				t.Errorf("object of %q stands in %d sheets, want %d", o.Org, seen[o.ID], want)
			}
		}
	})
}

// TestInvariants tries steps at random: a sheet is approved only while its campaign
// is open, never by who sent it, and only whole; once it is over, nothing moves.
func TestInvariants(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		people := []actor.Actor{an, binh}
		rapid.Check(w.T, func(t *rapid.T) {
			c := w.opened(plan())
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				org := rapid.SampledFrom([]string{"hy-syt", "hy-skhcn"}).Draw(t, "org")
				by := rapid.SampledFrom(people).Draw(t, "by")
				before, lines := w.sheet(c, org)
				over, err := w.Get(ctx, c.ID)
				w.ok(err)
				var did error
				switch step := rapid.SampledFrom([]string{"answer", "answer", "send", "back", "approve", "close"}).Draw(t, "step"); step {
				case "answer":
					var all []campaign.Answer
					for _, l := range lines {
						all = append(all, campaign.Answer{Place: l.Place, Verdict: campaign.Kept})
					}
					did = w.Answer(ctx, by, c.ID, org, all)
				case "send":
					did = w.Send(ctx, by, c.ID, org)
				case "back":
					did = w.Back(ctx, by, c.ID, org, "lý do")
				case "approve":
					did = w.Approve(ctx, by, c.ID, org, "lô", nil)
					if did == nil && (before.SentBy.ID == by.ID || before.State != campaign.Sent || before.Answered != before.Lines) {
						t.Errorf("approved: %+v by %s", before, by.ID)
					}
				case "close":
					if rapid.Bool().Draw(t, "really") {
						did = w.Close(ctx, by, c.ID, "lý do")
					}
				}
				if f := (*fault.Error)(nil); did != nil && !errors.As(did, &f) {
					t.Fatal(did)
				}
				after, _ := w.sheet(c, org)
				if over.State != campaign.Open && *after != *before {
					t.Errorf("a campaign that is %s let %+v become %+v", over.State, before, after)
				}
			}
		})
	})
}
