package progress_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/apps/progress"
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
	dung = actor.Actor{Kind: "person", ID: "dung", Name: "Cán bộ Dung", Org: "hy-syt"}
	head = actor.Actor{Kind: "person", ID: "giam-doc", Name: "Giám đốc Sở", Org: "hy-syt"}
	binh = actor.Actor{Kind: "person", ID: "binh", Name: "Cán bộ Bình", Org: "hy-skhcn"}
)

const (
	nov progress.Month = "2026-11"
	dec progress.Month = "2026-12"
	syt                = "hy-syt"
	khn                = "hy-skhcn"
	xa                 = "hy-xa-a"
)

var (
	nv1 = progress.Ref{Kind: progress.Task, Code: "NV-01"}
	nv2 = progress.Ref{Kind: progress.Task, Code: "NV-02"}
	ct1 = progress.Ref{Kind: progress.Target, Code: "CT-01"}
)

// A world is a store of progress with the shipped clocks and calendar.
type world struct {
	testing.TB
	*progress.Store
	db        *store.DB
	deadlines *deadline.Store
	notices   *notify.Store
	mu        sync.Mutex
	now       time.Time
	ids       int
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

// clocks are those of the shipped pack with its calendar, read once.
var clocks = sync.OnceValues(func() (*pack.Pack, error) {
	files, _ := packs.Open("viet-nam")
	p, err := pack.Read(files)
	p.Documents = slices.DeleteFunc(p.Documents, func(d pack.Document) bool { return d.Kind != clockpack.KindName })
	return p, err
})

func newWorld(t testing.TB, cfg store.Config) *world {
	w := &world{TB: t}
	w.set("2026-10-20 08:00") // a Tuesday
	cfg.Now = w.time
	w.db = storetest.Open(t, cfg).Control()
	w.deadlines, w.notices = deadline.NewStore(w.db), notify.NewStore(w.db, notify.Deps{})
	w.Store = progress.NewStore(w.db, w.deadlines, w.notices)
	p, err := clocks()
	w.ok(err)
	_, err = pack.New(w.db, clockpack.Kind(w.deadlines)).Install(t.Context(), actor.System, true, p)
	w.ok(err)
	return w
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) { f(newWorld(t, cfg)) })
}

func items() []progress.Item {
	return []progress.Item{
		{Ref: nv1, Title: "Hoàn thành kho dữ liệu dùng chung", Leads: []string{syt}},
		{Ref: nv2, Title: "Kết nối nền tảng của tỉnh", Leads: []string{khn, syt}},
		{Ref: ct1, Title: "Tỷ lệ hồ sơ số hóa", Leads: []string{syt}},
	}
}

func (w *world) open(m progress.Month, all ...progress.Item) *progress.Period {
	w.Helper()
	if all == nil {
		all = items()
	}
	p, err := w.Open(w.Context(), binh, progress.Plan{Period: m, Lead: khn}, all)
	w.ok(err)
	return p
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("phone-%d", w.ids)
}

// says makes one line of a form.
func (w *world) says(ref progress.Ref, base int, said string) progress.Saved {
	return progress.Saved{ID: w.id(), Ref: ref, Base: base, Report: progress.Report{Said: said}}
}

func (w *world) value(base int, v float64, estimate bool) progress.Saved {
	sv := w.says(ct1, base, "")
	sv.Value, sv.Estimate = &v, estimate
	return sv
}

func (w *world) save(by actor.Actor, m progress.Month, org string, saved ...progress.Saved) []progress.Answer {
	w.Helper()
	answers, err := w.Save(w.Context(), by, m, org, saved)
	w.ok(err)
	if len(answers) != len(saved) {
		w.Fatalf("%d answers to %d lines", len(answers), len(saved))
	}
	return answers
}

// came fails unless each line came out so.
func (w *world) came(answers []progress.Answer, want ...progress.Outcome) {
	w.Helper()
	var got []progress.Outcome
	for _, a := range answers {
		got = append(got, a.Outcome)
		if a.Err != nil && a.Outcome != progress.Refused {
			w.Error(a.Err)
		}
	}
	if !slices.Equal(got, want) {
		w.Errorf("came %v, want %v", got, want)
	}
}

func (w *world) approve(m progress.Month, org string) {
	w.Helper()
	w.ok(w.Send(w.Context(), an, m, org, true))
	w.ok(w.Approve(w.Context(), head, m, org))
}

func (w *world) line(m progress.Month, org string, ref progress.Ref) progress.Line {
	w.Helper()
	_, lines, err := w.Sheet(w.Context(), m, org)
	w.ok(err)
	for _, l := range lines {
		if l.Ref == ref {
			return l
		}
	}
	w.Fatalf("no line %s in the sheet of %s", ref, org)
	return progress.Line{}
}

func (w *world) state(m progress.Month, org string) *progress.Sheet {
	w.Helper()
	sh, _, err := w.Sheet(w.Context(), m, org)
	w.ok(err)
	return sh
}

func (w *world) tick() {
	w.Helper()
	_, err := w.deadlines.Tick(w.Context(), w.notices.OfDeadlines(nil))
	w.ok(err)
}

// told reports whether an organisation has a notice whose title holds a text.
func (w *world) told(org, text string) {
	w.Helper()
	list, _, err := w.notices.List(w.Context(), notify.Reader{Orgs: []string{org}}, notify.Filter{})
	w.ok(err)
	var titles []string
	for _, n := range list {
		if strings.Contains(n.TitleVi, text) {
			return
		}
		titles = append(titles, n.TitleVi)
	}
	w.Errorf("%s was not told %q but %q", org, text, titles)
}

func (w *world) verified(m progress.Month, want ...string) {
	w.Helper()
	v, err := w.Verify(w.Context(), m)
	w.ok(err)
	var got []string
	for _, d := range v.Differences {
		got = append(got, fmt.Sprintf("%s %d", d.What, d.Place))
	}
	if !slices.Equal(got, want) {
		w.Errorf("%s differs in %q, want %q", m, got, want)
	}
}

// TestMonth plays a month from its opening to a correction after it was closed.
func TestMonth(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		p := w.open(nov)
		if got := p.DueAt.In(viet.Zone).Format("2006-01-02 15:04"); got != "2026-11-13 17:00" || p.CutOn().String() != "2026-11-15" {
			w.Fatalf("due at %s, cut on %s", got, p.CutOn())
		}
		w.told(syt, "Báo cáo tiến độ kế hoạch tháng 11/2026: hạn gửi 13/11/2026")
		_, err := w.Open(ctx, binh, progress.Plan{Period: nov, Lead: khn}, items())
		w.refused(err, "progress.there")

		// Reminders before the day, said to be overdue after it.
		w.set("2026-11-10 08:00")
		w.tick()
		w.told(syt, "Gửi báo cáo tiến độ kế hoạch tháng 11/2026")
		v40 := w.value(0, 40, true)
		v40.Percent = new(int)
		*v40.Percent = 40
		v40.Difficulty = "Thiếu kinh phí 1.234.567.890 đồng"
		w.came(w.save(an, nov, syt, w.says(nv1, 0, "Đã xong thiết kế"), v40), progress.Kept, progress.Kept)
		w.refused(w.Send(ctx, an, nov, syt, false), "progress.unsaid")
		w.refused(w.Approve(ctx, head, nov, syt), "progress.not-sent")
		w.ok(w.Send(ctx, an, nov, syt, true))
		w.told(syt, "chờ thủ trưởng đơn vị duyệt")
		w.refused(w.Approve(ctx, an, nov, syt), "progress.own")
		w.refused(w.Back(ctx, head, nov, syt, " "), "progress.no-why")
		w.ok(w.Back(ctx, head, nov, syt, "Ghi rõ số liệu"))
		if sh := w.state(nov, syt); sh.State != progress.SentBack || sh.Said != "Ghi rõ số liệu" || sh.Times != 1 {
			w.Errorf("%+v", sh)
		}
		done := w.says(nv1, 1, "Đã xong")
		done.Done, done.On = true, p.CutOn()-6
		w.came(w.save(an, nov, syt, done), progress.Kept)
		if told, err := w.Told(ctx); err != nil || len(told) != 0 {
			w.Errorf("before approval: %v, %v", told, err)
		}
		w.approve(nov, syt)
		w.told(khn, "Một đơn vị đã duyệt báo cáo tiến độ tháng 11/2026")
		w.told(khn, "Đơn vị nêu khó khăn, đề xuất về CT-01")
		told, err := w.Told(ctx)
		w.ok(err)
		if got := told["NV-01"]; len(told) != 2 || !got.Done || got.On != p.CutOn()-6 || *told["CT-01"].Value != 40 {
			w.Errorf("told %+v", told)
		}

		w.refused(w.closing(nov), "progress.early")
		w.set("2026-11-16 08:00")
		w.tick()
		w.told(khn, "Quá hạn")
		w.told(khn, "Gửi báo cáo tiến độ")
		w.set("2026-11-18 16:00")
		w.tick()
		w.told(khn, "Chốt số liệu báo cáo tiến độ kế hoạch tháng 11/2026")
		w.ok(w.closing(nov))
		w.told(syt, "Đã chốt số liệu báo cáo tiến độ tháng 11/2026")
		w.refused(w.closing(nov), "progress.over")
		w.refused(w.Send(ctx, binh, nov, khn, true), "progress.over")
		w.verified(nov)
		snap, err := w.Snapshot(ctx, nov)
		w.ok(err)
		if len(snap.Rows) != 4 || snap.Rows[0].Ref != ct1 || *snap.Rows[0].Report.Value != 40 || !snap.Rows[0].Report.Estimate || snap.Rows[1].State != plan.DoneInTime {
			w.Errorf("%+v", snap.Rows)
		}
		for _, l := range snap.Lines {
			if strings.Contains(l.Text, "Cán bộ") {
				w.Errorf("the snapshot names a person: %s", l.Text)
			}
		}

		// Closed: what comes now is late; what is mended stands beside.
		a := w.save(an, nov, syt, w.value(1, 42, false))
		w.came(a, progress.Late)
		if a[0].Why != progress.LateClosed || *a[0].Theirs.Value != 40 {
			w.Errorf("%+v", a[0])
		}
		c := progress.Corrected{Ref: ct1, Report: a[0].Word.Report, Late: a[0].Word.ID}
		_, err = w.Correct(ctx, head, nov, syt, c)
		w.refused(err, "progress.no-why")
		c.Why = "Số chính thức"
		_, err = w.Correct(ctx, head, nov, syt, c)
		w.ok(err)
		_, err = w.Correct(ctx, head, nov, syt, c)
		w.refused(err, "progress.settled")
		w.verified(nov)
		again, err := w.Snapshot(ctx, nov)
		w.ok(err)
		if !reflect.DeepEqual(again, snap) {
			w.Error("a correction has changed the snapshot")
		}
		last, err := w.Last(ctx, progress.Asked{})
		w.ok(err)
		if got := last[ct1]; *got.Value != 42 || got.Estimate || got.Outcome != progress.Correction || got.Why != "Số chính thức" {
			w.Errorf("%+v", got)
		}
		if list, err := w.Corrections(ctx, nov); err != nil || len(list) != 1 {
			w.Errorf("%v, %v", list, err)
		}
		if list, err := w.Waiting(ctx, nov); err != nil || len(list) != 0 {
			w.Errorf("%v, %v", list, err)
		}

		// The next month is chained to it.
		w.set("2026-11-19 08:00")
		w.open(dec)
		if l := w.line(dec, syt, ct1); l.Before == nil || *l.Before.Value != 42 || l.Word != nil {
			w.Errorf("before: %+v", l.Before)
		}
		not := w.says(nv2, 0, "Chưa triển khai")
		not.Percent = new(int)
		w.came(w.save(an, dec, syt, w.value(0, 60, true), w.says(nv1, 0, "Vận hành"), not), progress.Kept, progress.Kept, progress.Kept)
		w.approve(dec, syt)
		told, err = w.Told(ctx)
		w.ok(err)
		last, err = w.Last(ctx, progress.Asked{})
		w.ok(err)
		for _, word := range last {
			if got := told[word.Code]; !reflect.DeepEqual(got, word.Told()) || got.Begun != (word.Ref != nv2) {
				w.Errorf("%s: told %+v, the word says %+v", word.Code, got, word.Told())
			}
		}
		// Nothing to report, or words without a number, leave what was told in place.
		w.ok(w.Back(ctx, binh, dec, syt, "Thiếu nội dung"))
		none := w.says(nv1, 1, "")
		none.Nothing = true
		w.came(w.save(an, dec, syt, w.says(ct1, 1, "Số liệu chưa có"), none), progress.Kept, progress.Kept)
		w.approve(dec, syt)
		told, err = w.Told(ctx)
		w.ok(err)
		if got := told["NV-01"]; !got.Done || *told["CT-01"].Value != 42 {
			w.Errorf("%+v", told)
		}
		w.ok(w.Back(ctx, binh, dec, syt, "Đã có số"))
		w.came(w.save(an, dec, syt, w.value(2, 60, true)), progress.Kept)
		w.approve(dec, syt)
		w.set("2026-12-15 09:00")
		w.ok(w.closing(dec))
		w.verified(nov)
		w.verified(dec)
		for _, asked := range []struct {
			progress.Asked
			want float64
		}{{progress.Asked{}, 60}, {progress.Asked{Period: nov}, 42}, {progress.Asked{Until: nov}, 42}, {progress.Asked{Until: dec}, 60}} {
			last, err := w.Last(ctx, asked.Asked)
			w.ok(err)
			if got := last[ct1]; got == nil || *got.Value != asked.want {
				w.Errorf("%+v: %+v", asked, got)
			}
		}
		if f, err := w.Figures(ctx); err != nil || f["CT-01"] != (progress.Figure{60, true, dec, syt}) {
			w.Errorf("%+v, %v", f, err)
		}
		if list, err := w.History(ctx, ct1); err != nil || len(list) != 6 {
			w.Errorf("%d words, %v", len(list), err)
		}
		_, err = w.Open(ctx, binh, progress.Plan{Period: "2026-10", Lead: khn}, items())
		w.refused(err, "progress.chained")
	})
}

// closing closes a period now, as a caller that judges everything done in time.
func (w *world) closing(m progress.Month) error {
	standings := map[progress.Ref]progress.Standing{}
	all, err := w.Items(w.Context(), m)
	w.ok(err)
	for _, it := range all {
		standings[it.Ref] = progress.Standing{State: plan.DoneInTime, Why: plan.DoneBy}
	}
	p, err := w.Close(w.Context(), binh, m, w.time(), standings)
	if err == nil && (p.State != progress.Closed || len(p.Hash) != 64) {
		w.Errorf("%+v", p)
	}
	return err
}

func TestSave(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.open(nov)

		// Sent twice: nothing changes, and the answer is the same.
		form := []progress.Saved{w.says(nv1, 0, "Một"), w.value(0, 1.5, false)}
		first := w.save(an, nov, syt, form...)
		w.came(first, progress.Kept, progress.Kept)
		if again := w.save(an, nov, syt, form...); !reflect.DeepEqual(again, first) {
			w.Errorf("again %+v, first %+v", again, first)
		}
		if l := w.line(nov, syt, nv1); l.Version != 1 || l.Word.Said != "Một" || l.Word.By != an {
			w.Errorf("%+v", l)
		}
		// One id for two forms: neither is taken for the other.
		other := form[0]
		other.Said = "Khác"
		w.came(w.save(an, nov, syt, other), progress.Conflict)

		// Two people at one form: both words are kept.
		a := w.save(dung, nov, syt, w.says(nv1, 0, "Hai"))
		w.came(a, progress.Conflict)
		if a[0].Theirs.Said != "Một" || a[0].Word.Said != "Hai" || a[0].Version != 1 {
			w.Errorf("%+v", a[0])
		}
		w.came(w.save(dung, nov, syt, w.says(nv1, 0, "Một")), progress.Same)
		w.refused(w.Send(ctx, an, nov, syt, true), "progress.conflicts")
		if l := w.line(nov, syt, nv1); len(l.Conflicts) != 2 {
			w.Fatalf("%d conflicts", len(l.Conflicts))
		}
		_, err := w.Resolve(ctx, an, nov, syt, a[0].Word.ID, progress.Choice{Take: progress.Merged, Base: 0})
		w.refused(err, "progress.moved-on")
		merged, err := w.Resolve(ctx, an, nov, syt, a[0].Word.ID, progress.Choice{Take: progress.Merged, Base: 1, Report: progress.Report{Said: "Một và hai"}})
		w.ok(err)
		if merged.Version != 2 || merged.Said != "Một và hai" {
			w.Errorf("%+v", merged)
		}
		_, err = w.Resolve(ctx, an, nov, syt, a[0].Word.ID, progress.Choice{Take: progress.Left})
		w.refused(err, "progress.settled")
		l := w.line(nov, syt, nv1)
		_, err = w.Resolve(ctx, an, nov, syt, l.Conflicts[0].ID, progress.Choice{Take: progress.Left})
		w.ok(err)
		if l = w.line(nov, syt, nv1); l.Word.Said != "Một và hai" || len(l.Conflicts) != 0 {
			w.Errorf("%+v", l)
		}

		// What one phone has said in a row is no conflict with itself.
		x := w.says(nv2, 0, "A")
		y := w.says(nv2, 0, "B")
		y.After = x.ID
		w.came(w.save(an, nov, syt, x, y), progress.Kept, progress.Kept)

		// A line that is wrong does not keep the others out.
		wrong := func(change func(*progress.Saved)) progress.Saved {
			sv := w.says(ct1, 1, "x")
			change(&sv)
			return sv
		}
		hundred, much := 100, 101
		var nan float64
		nan /= nan
		for key, sv := range map[string]progress.Saved{
			"progress.no-id":         wrong(func(s *progress.Saved) { s.ID = "" }),
			"progress.no-line":       wrong(func(s *progress.Saved) { s.Code = "KHONG-CO" }),
			"progress.percent":       wrong(func(s *progress.Saved) { s.Percent = &much }),
			"progress.no-day":        wrong(func(s *progress.Saved) { s.Done = true }),
			"progress.future":        wrong(func(s *progress.Saved) { s.Done, s.On = true, viet.DateOf(w.time().In(viet.Zone))+1 }),
			"progress.value":         wrong(func(s *progress.Saved) { s.Value = &nan }),
			"progress.value-task":    wrong(func(s *progress.Saved) { s.Ref, s.Value = nv1, new(float64) }),
			"progress.nothing-else":  wrong(func(s *progress.Saved) { s.Nothing = true }),
			"progress.address":       wrong(func(s *progress.Saved) { s.Evidence = []progress.Evidence{{URL: "javascript:1"}} }),
			"progress.evidence":      wrong(func(s *progress.Saved) { s.Evidence = []progress.Evidence{{Name: "a.pdf"}} }),
			"progress.long":          wrong(func(s *progress.Saved) { s.Said = strings.Repeat("dài ", 2000) }),
			"reason.number":          wrong(func(s *progress.Saved) { s.Said = "Ông A, 001234567890" }),
			"progress.much-evidence": wrong(func(s *progress.Saved) { s.Evidence = make([]progress.Evidence, 21) }),
			"progress.done-percent":  wrong(func(s *progress.Saved) { s.Done, s.On, s.Percent = true, 20000, new(int) }),
		} {
			good := w.says(nv2, w.line(nov, syt, nv2).Version, "tốt "+key)
			good.Percent = &hundred
			answers := w.save(an, nov, syt, sv, good)
			w.came(answers, progress.Refused, progress.Kept)
			w.refused(answers[0].Err, key)
		}
		_, err = w.Save(ctx, an, "2030-01", syt, nil)
		w.refused(err, "progress.unknown")
		_, err = w.Save(ctx, an, nov, "hy-khac", nil)
		w.refused(err, "progress.no-sheet")
	})
}

// TestLate brings a phone back that was out for three days.
func TestLate(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.open(nov)
		w.set("2026-11-10 08:00")
		w.came(w.save(an, nov, syt, w.says(nv1, 0, "Ở cơ quan")), progress.Kept)
		offline := w.says(nv1, 0, "Ở xã")
		offline.At = w.time()
		w.approve(nov, syt)
		w.set("2026-11-13 08:00")
		a := w.save(dung, nov, syt, offline)
		w.came(a, progress.Late)
		if a[0].Why != progress.LateApproved || a[0].Word.SaidAt.Equal(a[0].Word.At) || a[0].Theirs.Said != "Ở cơ quan" {
			w.Errorf("%+v", a[0])
		}
		if again := w.save(dung, nov, syt, offline); !reflect.DeepEqual(again, a) {
			w.Errorf("again %+v, first %+v", again, a)
		}
		w.told(syt, "gửi về sau khi")
		if l := w.line(nov, syt, nv1); len(l.Late) != 1 || l.Word.Said != "Ở cơ quan" {
			w.Errorf("%+v", l)
		}
		_, err := w.Resolve(ctx, an, nov, syt, a[0].Word.ID, progress.Choice{Take: progress.Used, Base: 1})
		w.refused(err, "progress.approved")
		w.ok(w.Back(ctx, binh, nov, syt, "Có nội dung gửi muộn"))
		last, err := w.Last(ctx, progress.Asked{})
		w.ok(err)
		if last[nv1] == nil || last[nv1].Said != "Ở cơ quan" {
			w.Errorf("sent back, and what was approved counts no more: %+v", last[nv1])
		}
		_, err = w.Resolve(ctx, an, nov, syt, a[0].Word.ID, progress.Choice{Take: progress.Used, Base: 1})
		w.ok(err)
		w.approve(nov, syt)
		last, err = w.Last(ctx, progress.Asked{})
		w.ok(err)
		if last[nv1].Said != "Ở xã" {
			w.Errorf("%+v", last[nv1])
		}

		// Taken out and put in again: what came between is late, and nothing is gone.
		w.ok(w.RemoveItem(ctx, binh, nov, nv1, "Ghi nhầm"))
		w.came(w.save(an, nov, syt, w.says(nv1, 2, "Muộn")), progress.Late)
		if l := w.line(nov, syt, nv1); !l.Removed || len(l.Late) != 1 {
			w.Errorf("%+v", l)
		}
		w.refused(w.RemoveItem(ctx, binh, nov, nv1, "Ghi nhầm"), "progress.no-item")
		w.refused(w.AddItems(ctx, binh, nov, items()[1:2], "Bổ sung"), "progress.item-there")
		w.ok(w.AddItems(ctx, binh, nov, items()[:1], "Bổ sung"))
		if sh := w.state(nov, syt); sh.State != progress.SentBack || sh.Said != "Bổ sung" {
			w.Errorf("%+v", sh)
		}
		if l := w.line(nov, syt, nv1); l.Removed || l.Word.Said != "Ở xã" || len(l.Late) != 1 {
			w.Errorf("%+v", l)
		}
		w.ok(w.AddItems(ctx, binh, nov, []progress.Item{{Ref: progress.Ref{Kind: progress.Task, Code: "NV-09"}, Title: "Mới", Leads: []string{xa}}}, "Kế hoạch mới"))
		if sh := w.state(nov, xa); sh.State != progress.Draft || sh.Lines != 1 {
			w.Errorf("%+v", sh)
		}
		events, err := w.Events(ctx, nov, "", nv1)
		w.ok(err)
		var what []progress.What
		for _, e := range events {
			what = append(what, e.What)
		}
		if want := []progress.What{progress.WasSettled, progress.WasRemoved, progress.WasAdded}; !slices.Equal(what, want) {
			w.Errorf("%v, want %v", what, want)
		}
	})
}

// TestMove merges two units in the middle of a month.
func TestMove(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.open(nov, progress.Item{Ref: nv1, Title: "Một", Leads: []string{xa}}, progress.Item{Ref: nv2, Title: "Hai", Leads: []string{xa, syt}},
			progress.Item{Ref: ct1, Title: "Ba", Leads: []string{xa}})
		w.came(w.save(an, nov, xa, w.says(nv1, 0, "Của xã"), w.says(nv2, 0, "Xã nói")), progress.Kept, progress.Kept)
		w.approve(nov, xa)
		w.came(w.save(an, nov, syt, w.says(nv2, 0, "Sở nói")), progress.Kept)
		w.approve(nov, syt)
		offline := w.says(nv1, 1, "Trên máy của xã")
		twice := w.value(0, 7, false)

		w.refused(w.Move(ctx, binh, nov, xa, xa, nil, "Sáp nhập"), "progress.same-unit")
		w.ok(w.Move(ctx, binh, nov, xa, syt, []progress.Ref{nv1}, "Sáp nhập"))
		if sh := w.state(nov, xa); sh.State != progress.Approved || sh.Lines != 2 {
			w.Errorf("%+v", sh)
		}
		w.ok(w.Move(ctx, binh, nov, xa, syt, nil, "Sáp nhập"))
		from, to := w.state(nov, xa), w.state(nov, syt)
		if from.State != progress.Moved || from.MovedTo != syt || from.Lines != 0 || to.State != progress.SentBack || to.Lines != 3 || to.Conflicts != 1 {
			w.Errorf("from %+v\nto %+v", from, to)
		}
		w.refused(w.Send(ctx, an, nov, xa, true), "progress.sheet-moved")
		l := w.line(nov, syt, nv1)
		if l.Word.Said != "Của xã" || l.Word.From != xa || l.Word.Org != syt || !slices.Equal(l.Leads, []string{syt}) {
			w.Errorf("%#v %#v", l, l.Word)
		}
		if l := w.line(nov, syt, nv2); l.Word.Said != "Sở nói" || len(l.Conflicts) != 1 || l.Conflicts[0].Said != "Xã nói" || l.Place != 0 {
			w.Errorf("%+v", l)
		}
		last, err := w.Last(ctx, progress.Asked{})
		w.ok(err)
		if last[nv1].Said != "Của xã" || last[nv2].Said != "Sở nói" {
			w.Errorf("%+v, %+v", last[nv1], last[nv2])
		}

		// What the people of the first unit have still in their hands finds its way.
		w.came(w.save(an, nov, xa, offline, twice), progress.Kept, progress.Kept)
		first := w.save(an, nov, xa, twice)
		if l := w.line(nov, syt, nv1); l.Word.Said != "Trên máy của xã" || l.Version != 2 || first[0].Outcome != progress.Kept || first[0].Version != 1 {
			w.Errorf("%#v %#v %#v", l, l.Word, first)
		}
		// And back again.
		w.ok(w.Move(ctx, binh, nov, syt, xa, []progress.Ref{nv1}, "Nhầm"))
		if l := w.line(nov, xa, nv1); l.Word.Said != "Trên máy của xã" || w.state(nov, xa).State != progress.SentBack {
			w.Errorf("%#v %#v %#v", l, l.Word, w.state(nov, xa))
		}
		w.came(w.save(an, nov, syt, w.says(nv1, 2, "Đi vòng")), progress.Kept)
	})
}

func TestMatters(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		w.open(nov)
		sv := w.says(nv1, 0, "Đang làm")
		sv.Difficulty, sv.Proposal = "Thiếu máy chủ", "Bố trí kinh phí"
		w.came(w.save(an, nov, syt, sv), progress.Kept)
		w.approve(nov, syt)
		open := progress.MatterFilter{Period: nov, State: progress.Raised}
		list, err := w.Matters(ctx, open)
		w.ok(err)
		if len(list) != 2 || list[0].Overdue(w.time()) || list[0].DueAt.In(viet.Zone).Format("2006-01-02 15:04") != "2026-10-27 17:00" {
			w.Fatalf("%+v", list)
		}
		// Approved again: the same is not raised again, what is said no more is withdrawn.
		w.ok(w.Back(ctx, binh, nov, syt, "Rõ hơn"))
		sv = w.says(nv1, 1, "Đang làm")
		sv.Difficulty = "Thiếu máy chủ"
		w.came(w.save(an, nov, syt, sv), progress.Kept)
		w.approve(nov, syt)
		list, err = w.Matters(ctx, open)
		w.ok(err)
		if len(list) != 1 || list[0].Said != "Thiếu máy chủ" {
			w.Fatalf("%+v", list)
		}
		id := list[0].ID
		w.refused(w.Reply(ctx, binh, id, " "), "progress.no-answer")
		w.ok(w.Escalate(ctx, binh, id, "UBND tỉnh", "Vượt thẩm quyền của Sở"))
		w.told(syt, "vượt thẩm quyền, đã trình UBND tỉnh")
		w.refused(w.Escalate(ctx, binh, id, "UBND tỉnh", "Nữa"), "progress.matter-over")
		w.ok(w.Reply(ctx, binh, id, "UBND tỉnh đã đồng ý"))
		w.told(syt, "đã trả lời khó khăn, đề xuất về NV-01")
		w.refused(w.Reply(ctx, binh, id, "Nữa"), "progress.matter-over")
		m, err := w.Raise(ctx, an, nov, syt, nv2, progress.Proposal, "Cho phép dùng mẫu chung")
		w.ok(err)
		w.set("2026-10-28 08:00")
		w.tick()
		w.told(khn, "Trả lời khó khăn, đề xuất của đơn vị về NV-02")
		if m, err = w.Matter(ctx, m.ID); err != nil || !m.Overdue(w.time()) {
			w.Errorf("%+v, %v", m, err)
		}
		_, err = w.Raise(ctx, an, nov, syt, nv2, "khac", "x")
		w.refused(err, "progress.sort")
		_, err = w.Matter(ctx, "khong-co")
		w.refused(err, "progress.no-such-matter")
	})
}

// TestVerify finds what somebody has changed behind the store's back.
func TestVerify(t *testing.T) {
	each(t, func(w *world) {
		w.open(nov)
		w.came(w.save(an, nov, syt, w.says(nv1, 0, "Thật"), w.value(0, 10, false)), progress.Kept, progress.Kept)
		w.approve(nov, syt)
		w.set("2026-11-16 08:00")
		_, err := w.Verify(w.Context(), nov)
		w.refused(err, "progress.not-closed")
		w.ok(w.closing(nov))
		w.open(dec)
		w.set("2026-12-16 08:00")
		w.ok(w.closing(dec))
		for _, c := range []struct {
			query, back string
			nov, dec    []string
		}{
			{`UPDATE progress_snapshots SET line = replace(line, '"value":10', '"value":90') WHERE period = '2026-11'`,
				`UPDATE progress_snapshots SET line = replace(line, '"value":90', '"value":10') WHERE period = '2026-11'`, []string{"line 1"}, nil},
			{`UPDATE progress_words SET value = 90 WHERE value = 10`, `UPDATE progress_words SET value = 10 WHERE value = 90`, []string{"word 1"}, nil},
			{`UPDATE progress_snapshots SET place = 9 WHERE period = '2026-11' AND place = 4`, `UPDATE progress_snapshots SET place = 4 WHERE place = 9`,
				[]string{"missing 4", "missing 5", "missing 6", "missing 7", "missing 8", "more 9"}, nil},
			{`UPDATE progress_snapshots SET period = '2099-01' WHERE period = '2026-11' AND place = 2`, `UPDATE progress_snapshots SET period = '2026-11' WHERE period = '2099-01'`,
				[]string{"missing 2", "line 3"}, nil},
			{`UPDATE progress_periods SET header = replace(header, '"cut":15', '"cut":16') WHERE period = '2026-11'`,
				`UPDATE progress_periods SET header = replace(header, '"cut":16', '"cut":15') WHERE period = '2026-11'`, []string{"header 0", "line 1"}, nil},
			{`UPDATE progress_periods SET hash = 'x' || hash WHERE period = '2026-11'`, `UPDATE progress_periods SET hash = substr(hash, 2) WHERE period = '2026-11'`,
				[]string{"next 0", "hash 0"}, []string{"previous 0"}},
		} {
			w.exec(c.query)
			w.verified(nov, c.nov...)
			w.verified(dec, c.dec...)
			w.exec(c.back)
			w.verified(nov)
			w.verified(dec)
		}
	})
}

// exec changes the database behind the store's back.
func (w *world) exec(query string, args ...any) {
	w.Helper()
	w.ok(w.db.Write(w.Context(), func(tx *store.Tx) error {
		var res sql.Result
		res, err := tx.ExecContext(context.Background(), query, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			w.Errorf("%s: %d rows, %v", query, n, err)
		}
		return nil
	}))
}

func TestMonthDays(t *testing.T) {
	for _, c := range []struct {
		m           progress.Month
		cut         int
		first, last string
	}{
		{"2026-11", 15, "2026-10-15", "2026-11-14"}, {"2027-01", 15, "2026-12-15", "2027-01-14"}, {"2026-11", 1, "2026-11-01", "2026-11-30"}, {"2026-03", 28, "2026-02-28", "2026-03-27"},
	} {
		if first, last := c.m.Span(c.cut); first.String() != c.first || last.String() != c.last || c.m.CutOn(c.cut) != last+1 {
			t.Errorf("%s cut on %d: %s to %s", c.m, c.cut, first, last)
		}
	}
	for _, wrong := range []string{"", "2026-13", "11/2026", "2026-1", "26-11"} {
		if _, err := progress.ParseMonth(wrong); !fault.Is(err, "progress.bad-month") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestOpen_refuses(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	good := progress.Plan{Period: nov, Lead: khn}
	one := items()[:1]
	with := func(change func(*progress.Item)) []progress.Item {
		all := items()[:1]
		change(&all[0])
		return all
	}
	for key, c := range map[string]struct {
		progress.Plan
		items []progress.Item
	}{
		"progress.bad-month":  {progress.Plan{Period: "x", Lead: khn}, one},
		"progress.cut":        {progress.Plan{Period: nov, Lead: khn, Cut: 31}, one},
		"progress.no-lead":    {progress.Plan{Period: nov}, one},
		"progress.no-items":   {good, nil},
		"progress.twice":      {good, append(items()[:1], items()[0])},
		"progress.kind":       {good, with(func(it *progress.Item) { it.Kind = "x" })},
		"progress.code":       {good, with(func(it *progress.Item) { it.Code = " " })},
		"progress.item-title": {good, with(func(it *progress.Item) { it.Title = "" })},
		"progress.no-unit":    {good, with(func(it *progress.Item) { it.Leads = nil })},
	} {
		_, err := w.Open(t.Context(), binh, c.Plan, c.items)
		w.refused(err, key)
	}
	if list, err := w.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
