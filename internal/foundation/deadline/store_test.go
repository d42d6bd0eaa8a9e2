package deadline_test

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
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet/calendar"
)

// A teller notes what it is told, in the transaction's table too, and fails as
// often as it should.
type teller struct {
	mu   sync.Mutex
	told []string
	fail func(d *deadline.Deadline, mark int) error
}

func (n *teller) Crossed(_ context.Context, tx *store.Tx, d *deadline.Deadline, mark int) error {
	if n.fail != nil {
		if err := n.fail(d, mark); err != nil {
			return err
		}
	}
	tx.OnCommit(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.told = append(n.told, fmt.Sprintf("%s %d", d.ID, mark))
	})
	return nil
}

// of gives the marks told of one deadline, in order.
func (n *teller) of(id string) (marks []int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.told {
		var mark int
		if _, err := fmt.Sscanf(strings.TrimPrefix(t, id), "%d", &mark); err == nil && strings.HasPrefix(t, id) {
			marks = append(marks, mark)
		}
	}
	return marks
}

func (w world) tick(n *teller) int {
	w.Helper()
	given, err := w.Tick(w.Context(), n)
	w.ok(err)
	return given
}

func (w world) whats(id string) (list []string) {
	w.Helper()
	entries, err := w.History(w.Context(), id)
	w.ok(err)
	for _, e := range entries {
		list = append(list, e.What)
	}
	return list
}

func TestLife(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		d := w.start("CLK-11") // Monday 23 November 2026, 08:00
		w.due(d, "2026-11-30 17:00")
		if got, err := w.Get(ctx, d.ID); err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", d) {
			w.Errorf("kept as %+v, %v\nwant %+v", got, err, d)
		}
		o, err := w.Office(ctx)
		w.ok(err)
		look := func(words string, share float64) {
			w.Helper()
			st, err := o.Standing(d, w.c.time())
			w.ok(err)
			if got := st.Words(locale.Vi); got != words || st.Share < share-0.005 || st.Share > share+0.005 {
				w.Errorf("%q, %.3f gone; want %q, %.3f", got, st.Share, words, share)
			}
		}
		look("còn 5 ngày làm việc", 0)
		w.set("2026-11-25 17:00") // three days without half an hour, of six without half an hour
		look("còn 3 ngày làm việc", 23.5/47.5)

		// Paused from Wednesday's closing to Friday's opening: Thursday.
		d = w.got(w.Pause(ctx, by, d.ID, "chờ xác minh thực địa"))
		_, err = w.Pause(ctx, by, d.ID, "lần nữa")
		want(w.T, err, "deadline.paused")
		w.set("2026-11-27 07:30")
		look("tạm dừng, còn 3 ngày làm việc", 23.5/47.5)
		d = w.got(w.Resume(ctx, by, d.ID))
		w.due(d, "2026-12-01 17:00")
		look("còn 2 ngày làm việc", 23.5/47.5)
		_, err = w.Resume(ctx, by, d.ID)
		want(w.T, err, "deadline.not-paused")

		_, err = w.Move(ctx, by, d.ID, at(w.T, "2026-12-05 09:00"), "Công văn gia hạn 12/SYT")
		want(w.T, err, "deadline.move-off")
		_, err = w.Move(ctx, by, d.ID, at(w.T, "2026-12-01 09:00"), "Công văn gia hạn 12/SYT")
		want(w.T, err, "deadline.move-back")
		_, err = w.Move(ctx, by, d.ID, at(w.T, "2026-12-04 09:00"), "  ")
		want(w.T, err, "deadline.no-why")
		_, err = w.Move(ctx, by, d.ID, at(w.T, "2026-12-04 09:00"), "Đơn của ông 033099001234")
		want(w.T, err, "reason.number")
		d = w.got(w.Move(ctx, by, d.ID, at(w.T, "2026-12-04 09:00"), "Công văn gia hạn 12/SYT"))
		w.due(d, "2026-12-04 17:00")
		w.set("2026-12-04 16:15")
		st, err := o.Standing(d, w.c.time())
		w.ok(err)
		if st.State != deadline.Soon || st.Words(locale.En) != "due today" || st.Left != 45*time.Minute {
			w.Errorf("%+v", st)
		}
		w.set("2026-12-07 08:00")
		st, err = o.Standing(d, w.c.time())
		w.ok(err)
		if st.State != deadline.Breached || st.Words(locale.Vi) != "quá hạn 1 ngày làm việc" || st.Share <= 1 {
			w.Errorf("%+v", st)
		}
		_, err = w.Pause(ctx, by, d.ID, "chờ")
		want(w.T, err, "deadline.late")
		d = w.got(w.Done(ctx, by, d.ID))
		if d.State(w.c.time()) != deadline.DoneLate || !d.BreachedAt.Equal(d.DueAt) {
			w.Errorf("%+v", d)
		}
		for _, step := range []func() (*deadline.Deadline, error){
			func() (*deadline.Deadline, error) { return w.Done(ctx, by, d.ID) },
			func() (*deadline.Deadline, error) { return w.Cancel(ctx, by, d.ID, "nhầm") },
			func() (*deadline.Deadline, error) { return w.Pause(ctx, by, d.ID, "nhầm") },
			func() (*deadline.Deadline, error) { return w.Resume(ctx, by, d.ID) },
			func() (*deadline.Deadline, error) {
				return w.Move(ctx, by, d.ID, at(w.T, "2026-12-30 09:00"), "nhầm")
			},
		} {
			_, err := step()
			want(w.T, err, "deadline.ended")
		}
		if got := w.whats(d.ID); !slices.Equal(got, []string{"started", "paused", "resumed", "moved", "done"}) {
			w.Errorf("history: %v", got)
		}
		entries, err := w.History(ctx, d.ID)
		w.ok(err)
		if e := entries[3]; e.By != by || e.Why != "Công văn gia hạn 12/SYT" || show(e.DueAt) != "2026-12-04 17:00" || show(e.When) != "2026-11-27 07:30" {
			w.Errorf("%+v", e)
		}
		_, err = w.Get(ctx, "khong-co")
		want(w.T, err, "deadline.unknown")
	})
}

// A thing and its clock are one transaction.
func TestStartIn(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		broken := errors.New("thing not written")
		var id string
		err := w.db.Write(ctx, func(tx *store.Tx) error {
			d, err := w.StartIn(ctx, tx, by, spec("CLK-11"))
			if err != nil {
				return err
			}
			id = d.ID
			if list, err := w.OfIn(ctx, tx, "issue", "i1"); err != nil || len(list) != 1 {
				w.Errorf("within: %v, %v", list, err)
			}
			return broken
		})
		if !errors.Is(err, broken) {
			w.Fatal(err)
		}
		_, err = w.Get(ctx, id)
		want(w.T, err, "deadline.unknown")
	})
}

func TestStart_refused(t *testing.T) {
	each(t, func(w world) {
		for key, change := range map[string]func(p *deadline.Spec){
			"deadline.clock.unknown": func(p *deadline.Spec) { p.Clock = "CLK-77" },
			"deadline.clock.keep":    func(p *deadline.Spec) { p.Clock = "CLK-16" },
			"deadline.clock.out":     func(p *deadline.Spec) { p.Clock, p.At = "CLK-22.notice", at(w.T, "2026-08-18 23:59") },
			"deadline.event":         func(p *deadline.Spec) { p.Clock = "CLK-04" },
			"deadline.year":          func(p *deadline.Spec) { p.At = at(w.T, "2027-12-31 09:00") },
			"deadline.no-title":      func(p *deadline.Spec) { p.TitleVi = " " },
			"deadline.no-org":        func(p *deadline.Spec) { p.Org = "" },
			"deadline.no-subject":    func(p *deadline.Spec) { p.Subject.ID = "" },
			"deadline.path":          func(p *deadline.Spec) { p.Subject.Path = "https://noi-khac.example/" },
			"deadline.long":          func(p *deadline.Spec) { p.TitleEn = strings.Repeat("a", 501) },
		} {
			p := spec("CLK-11")
			change(&p)
			_, err := w.Start(w.Context(), by, p)
			want(w.T, err, key)
		}
		var none int
		w.ok(w.db.Read(w.Context(), func(tx *store.Tx) error {
			return tx.QueryRowContext(w.Context(), `SELECT (SELECT count(*) FROM deadlines) + (SELECT count(*) FROM deadline_history)`).Scan(&none)
		}))
		if none != 0 {
			w.Errorf("%d rows are left", none)
		}
	})
}

// Hours run on through the night, and before an event the time is counted back.
func TestHoursAndBefore(t *testing.T) {
	each(t, func(w world) {
		w.set("2026-11-20 16:50")
		first, report := w.start("CLK-22.notice"), w.start("CLK-22.report")
		w.due(first, "2026-11-21 16:50")
		w.due(report, "2026-11-23 16:50")
		w.set("2026-11-21 04:50")
		o, err := w.Office(w.Context())
		w.ok(err)
		st, err := o.Standing(first, w.c.time())
		w.ok(err)
		if st.Share != 0.5 || st.Words(locale.Vi) != "còn 12 giờ" {
			w.Errorf("%+v", st)
		}
		p := spec("CLK-04")
		p.Event = at(w.T, "2027-02-17 08:00")
		d := w.got(w.Start(w.Context(), by, p))
		w.due(d, "2027-02-01 17:00")
		if again := w.got(w.Get(w.Context(), d.ID)); !again.EventAt.Equal(p.Event) {
			w.Errorf("%+v", again)
		}
		// A day that the rule names is not paused.
		_, err = w.Pause(w.Context(), by, w.start("CLK-32").ID, "chờ")
		want(w.T, err, "deadline.no-pause")
	})
}

// The rule says how far a limit may be extended, and that it is once.
func TestMove_extension(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		w.set("2026-11-23 09:00")
		d := w.start("CLK-18") // 15 days, 15 more once
		w.due(d, "2026-12-08 17:00")
		_, err := w.Move(ctx, by, d.ID, at(w.T, "2026-12-24 08:00"), "Điều …")
		want(w.T, err, "deadline.extension")
		d = w.got(w.Move(ctx, by, d.ID, at(w.T, "2026-12-23 08:00"), "Nghị định 356/2025/NĐ-CP"))
		w.due(d, "2026-12-23 17:00")
		_, err = w.Move(ctx, by, d.ID, at(w.T, "2026-12-25 08:00"), "Nghị định 356/2025/NĐ-CP")
		want(w.T, err, "deadline.extension")
	})
}

func TestTick(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		d, n := w.start("CLK-11"), &teller{}
		if w.tick(n) != 0 {
			w.Error("told at once")
		}
		w.set("2026-11-26 09:00")
		for range 2 {
			w.tick(n)
		}
		w.set("2026-11-30 17:00")
		for range 2 {
			w.tick(n)
		}
		if got := n.of(d.ID); !slices.Equal(got, []int{50, 80}) {
			w.Errorf("told %v until it is due", got)
		}
		w.set("2026-11-30 17:01")
		for range 2 {
			w.tick(n)
		}
		if got := n.of(d.ID); !slices.Equal(got, []int{50, 80, 100}) {
			w.Errorf("told %v", got)
		}
		d = w.got(w.Get(ctx, d.ID))
		if show(d.BreachedAt) != "2026-11-30 17:00" || d.State(w.c.time()) != deadline.Breached {
			w.Errorf("%+v", d)
		}
		if got := w.whats(d.ID); !slices.Equal(got, []string{"started", "notice-50", "notice-80", "breached", "notice-100"}) {
			w.Errorf("history: %v", got)
		}
		// Extended, it is breached no more, and told again of what comes.
		d = w.got(w.Move(ctx, by, d.ID, at(w.T, "2026-12-31 17:00"), "Quyết định 7"))
		if !d.BreachedAt.IsZero() || d.Given != 0 {
			w.Errorf("%+v", d)
		}
		w.set("2027-01-04 08:00")
		w.tick(n)
		if got := n.of(d.ID); !slices.Equal(got, []int{50, 80, 100, 50, 80, 100}) {
			w.Errorf("told %v", got)
		}
		// Paused, done and cancelled ones are not told of.
		w.set("2027-03-01 08:00")
		held, done, cancelled := w.start("CLK-11"), w.start("CLK-11"), w.start("CLK-11")
		w.got(w.Pause(ctx, by, held.ID, "chờ"))
		w.got(w.Done(ctx, by, done.ID))
		w.got(w.Cancel(ctx, by, cancelled.ID, "nhầm"))
		w.set("2027-04-01 08:00")
		if got := w.tick(n); got != 0 {
			w.Errorf("%d told", got)
		}
		d = w.got(w.Resume(ctx, by, held.ID))
		w.due(d, "2027-04-08 17:00")
	})
}

// What fails leaves neither mark nor notice, is tried again, and keeps nobody
// else from theirs; two mills at once tell nobody twice.
func TestTick_exactlyOnce(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		var all []*deadline.Deadline
		for range 7 {
			all = append(all, w.start("CLK-11"))
		}
		w.set("2026-12-01 08:00")
		broken := errors.New("không ghi được")
		n := &teller{fail: func(d *deadline.Deadline, mark int) error {
			if d.ID == all[3].ID && mark == 80 {
				return broken
			}
			return nil
		}}
		given, err := w.Tick(ctx, n)
		if !errors.Is(err, broken) || given != 18 {
			w.Errorf("%d given, %v", given, err)
		}
		if d := w.got(w.Get(ctx, all[3].ID)); d.Given != 0 || !d.BreachedAt.IsZero() || len(w.whats(d.ID)) != 1 {
			w.Errorf("%+v", d)
		}
		n.fail = nil
		var both sync.WaitGroup
		for range 4 {
			both.Go(func() {
				if _, err := w.Tick(ctx, n); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		for _, d := range all {
			if got := n.of(d.ID); !slices.Equal(got, []int{50, 80, 100}) {
				w.Errorf("%s told %v", d.ID, got)
			}
		}
	})
}

// Deadlines that run follow the calendar: a holiday that is decreed later moves
// them, one that was moved by hand stays where it is.
func TestPutDays_recount(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		d, hour, moved := w.start("CLK-11"), w.start("CLK-14"), w.start("CLK-11")
		held := w.start("CLK-11")
		w.set("2026-11-24 07:30")
		w.got(w.Pause(ctx, by, held.ID, "chờ"))
		w.set("2026-11-25 07:30")
		w.due(w.got(w.Resume(ctx, by, held.ID)), "2026-12-01 17:00")
		moved = w.got(w.Move(ctx, by, moved.ID, at(w.T, "2026-12-02 08:00"), "Quyết định 7"))
		n := &teller{}
		w.ok(w.PutDays(ctx, by, deadline.AnyEdition, "Quyết định 9/QĐ-TTg", calendar.Day{Date: day(w.T, "2026-11-26"), Kind: calendar.Off, Name: "Ngày nghỉ thử", Act: "9/QĐ-TTg"}))
		w.tick(n)
		for id, due := range map[string]string{d.ID: "2026-12-01 17:00", hour.ID: "2026-11-26 08:00", moved.ID: "2026-12-02 17:00", held.ID: "2026-12-02 17:00"} {
			w.due(w.got(w.Get(ctx, id)), due)
		}
		w.ok(w.PutDays(ctx, by, deadline.AnyEdition, "Quyết định 10/QĐ-TTg", calendar.Day{Date: day(w.T, "2026-12-02"), Kind: calendar.Off}))
		w.tick(n)
		w.due(w.got(w.Get(ctx, moved.ID)), "2026-12-03 17:00")
		if got := w.whats(moved.ID); !slices.Equal(got, []string{"started", "moved", "recounted"}) {
			w.Errorf("history: %v", got)
		}
		if got := w.whats(hour.ID); slices.Contains(got, "recounted") {
			w.Errorf("hours do not follow the calendar: %v", got)
		}
		edits, err := w.CalendarHistory(ctx, 0, 1)
		w.ok(err)
		if len(edits) != 1 || edits[0].Why != "Quyết định 10/QĐ-TTg" || edits[0].By != by || edits[0].What != "2026-12-02" || edits[0].Was != "" {
			w.Errorf("%+v", edits)
		}
		want(w.T, w.PutDays(ctx, by, deadline.AnyEdition, "", calendar.Day{}), "deadline.no-why")
		want(w.T, w.PutDays(ctx, by, deadline.AnyEdition, "Đơn của ông 033099001234", calendar.Day{}), "reason.number")
		want(w.T, w.PutDays(ctx, by, deadline.AnyEdition, "x", calendar.Day{Date: day(w.T, "2026-12-02"), Kind: "nghi"}), "deadline.day-kind")
	})
}

// A year becomes known when somebody says so.
func TestAddYear(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		p := spec("CLK-11")
		p.At = at(w.T, "2027-12-30 09:00")
		_, err := w.Start(ctx, by, p)
		want(w.T, err, "deadline.year")
		want(w.T, w.AddYear(ctx, by, deadline.AnyEdition, "Thông báo", 2028, calendar.Day{Date: day(w.T, "2029-01-01"), Kind: calendar.Off}), "deadline.year-other")
		w.ok(w.AddYear(ctx, by, deadline.AnyEdition, "Thông báo nghỉ lễ 2028 (thử)", 2028, calendar.Day{Date: day(w.T, "2028-01-03"), Kind: calendar.Off}))
		w.due(w.got(w.Start(ctx, by, p)), "2028-01-07 17:00")
		if years, err := w.Years(ctx); err != nil || !slices.Equal(years, []int{2026, 2027, 2028}) {
			w.Errorf("%v, %v", years, err)
		}
		if days, err := w.Days(ctx, 2028); err != nil || len(days) != 1 {
			w.Errorf("%v, %v", days, err)
		}
		w.ok(w.SetHours(ctx, by, "Quy chế làm việc", hours(w.T, "08:00", "12:00", "13:00", "16:30", "16:00")))
		w.set("2026-11-24 16:10")
		w.due(w.start("CLK-03"), "2026-11-26 16:30")
	})
}

// TestPutDays_editors: a day that somebody else has changed is not written over,
// and an edit is undone while nobody has changed the day since.
func TestPutDays_editors(t *testing.T) {
	each(t, func(w world) {
		ctx := w.T.Context()
		edition := func() int64 {
			o, err := w.Office(ctx)
			w.ok(err)
			return o.Edition()
		}
		kind := func() calendar.Kind {
			days, err := w.Days(ctx, 2026)
			w.ok(err)
			for _, d := range days {
				if d.Date == day(w.T, "2026-12-02") {
					return d.Kind
				}
			}
			return ""
		}
		seen := edition()
		off := calendar.Day{Date: day(w.T, "2026-12-02"), Kind: calendar.Off, Name: "Nghỉ thử"}
		colleague := actor.Actor{Kind: "user", ID: "u-2", Name: "Trần Thị Bình"}
		w.ok(w.PutDays(ctx, colleague, seen, "Quyết định 1", off))
		w.ok(w.PutDays(ctx, colleague, seen, "Quyết định 1", off)) // the form sent twice
		err := w.PutDays(ctx, by, seen, "Quyết định 2", calendar.Day{Date: day(w.T, "2026-12-03"), Kind: calendar.Off}, calendar.Day{Date: off.Date, Kind: calendar.SwapOff})
		want(w.T, err, "deadline.day-changed")
		if said := locale.Vi.Error(err); !strings.Contains(said, colleague.Name) || !strings.Contains(said, "02/12/2026") || !strings.Contains(said, "Nghỉ thử") {
			w.T.Error(said)
		}
		list, err := w.YearHistory(ctx, 2026, 50)
		w.ok(err)
		if list[0].What != "2026-12-02" || list[0].By.Name != colleague.Name || kind() != calendar.Off {
			w.T.Errorf("half done: %+v", list[0])
		}
		first := edition()
		w.ok(w.PutDays(ctx, by, first, "Quyết định 3", calendar.Day{Date: off.Date, Kind: calendar.SwapOff}))
		undo := func(edition int64) error {
			_, err := w.UndoDay(ctx, by, edition, "Hoàn tác")
			return err
		}
		want(w.T, undo(first), "deadline.day-changed")
		if d, err := w.UndoDay(ctx, by, edition(), "Hoàn tác"); err != nil || d != off.Date {
			w.T.Errorf("%v, %v", d, err)
		}
		if kind() != calendar.Off {
			w.T.Errorf("it is %q", kind())
		}
		want(w.T, undo(9999), "deadline.no-edit")
		w.ok(w.PutDays(ctx, by, edition(), "Quyết định 4", calendar.Day{Date: day(w.T, "2026-12-09"), Kind: calendar.Off}))
		w.ok(undo(edition()))
		if days, err := w.Days(ctx, 2026); err != nil || slices.ContainsFunc(days, func(d calendar.Day) bool { return d.Date == day(w.T, "2026-12-09") }) {
			w.T.Errorf("%v, %v", days, err)
		}
	})
}

// A version stays with the deadlines that were started under it.
func TestPutClock(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		d := w.start("CLK-11")
		c, err := w.Clock(ctx, "CLK-11")
		w.ok(err)
		c.Amount = 3
		_, err = w.PutClock(ctx, by, " ", c)
		want(w.T, err, "deadline.no-why")
		c, err = w.PutClock(ctx, by, "Quy chế của tỉnh", c)
		w.ok(err)
		if c.Version != 2 || c.Amount != 3 || c.By != by || c.Why != "Quy chế của tỉnh" || c.Pack != "" {
			w.Errorf("%+v", c)
		}
		w.due(w.got(w.Get(ctx, d.ID)), "2026-11-30 17:00")
		next := w.start("CLK-11")
		w.due(next, "2026-11-26 17:00")
		if d.Version != 1 || next.Version != 2 {
			w.Errorf("versions %d, %d", d.Version, next.Version)
		}
		all, err := w.Versions(ctx, "CLK-11")
		if err != nil || len(all) != 2 || all[0].Version != 2 || all[1].Amount != 5 {
			w.Errorf("%+v, %v", all, err)
		}
		// Recounted, each by its own version.
		w.ok(w.PutDays(ctx, by, deadline.AnyEdition, "Quyết định", calendar.Day{Date: day(w.T, "2026-11-24"), Kind: calendar.Off}))
		w.tick(&teller{})
		w.due(w.got(w.Get(ctx, d.ID)), "2026-12-01 17:00")
		w.due(w.got(w.Get(ctx, next.ID)), "2026-11-27 17:00")
		for key, change := range map[string]func(*deadline.Clock){
			"deadline.clock.id":        func(c *deadline.Clock) { c.ID = "clk 1" },
			"deadline.clock.words":     func(c *deadline.Clock) { c.DutyVi = "" },
			"deadline.clock.act":       func(c *deadline.Clock) { c.Act = "" },
			"deadline.clock.direction": func(c *deadline.Clock) { c.Direction = "" },
			"deadline.clock.unit":      func(c *deadline.Clock) { c.Unit = "tuan" },
			"deadline.clock.sure":      func(c *deadline.Clock) { c.Sure = "X" },
			"deadline.clock.amount":    func(c *deadline.Clock) { c.Amount = 0 },
			"deadline.clock.on":        func(c *deadline.Clock) { c.Unit, c.Amount, c.On = deadline.FixedDay, 0, "31/2" },
			"deadline.clock.valid":     func(c *deadline.Clock) { c.ValidFrom, c.ValidTo = "2026-02-01", "2026-01-01" },
			"deadline.clock.extension": func(c *deadline.Clock) { c.Extension = -1 },
		} {
			bad := c
			change(&bad)
			_, err := w.PutClock(ctx, by, "thử", bad)
			want(w.T, err, key)
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		make := func(clock, org, account, subject string) *deadline.Deadline {
			p := spec(clock)
			p.Org, p.Account, p.Subject.ID = org, account, subject
			return w.got(w.Start(ctx, by, p))
		}
		a, b, c := make("CLK-11", "hy-syt", "an", "i1"), make("CLK-12", "hy-syt", "", "i2"), make("CLK-14", "hy-skhcn", "an", "i3")
		held, done, late, cancelled := make("CLK-13", "hy-syt", "", "i4"), make("CLK-13", "hy-syt", "", "i5"), make("CLK-03", "hy-syt", "", "i6"), make("CLK-13", "hy-syt", "", "i7")
		w.got(w.Pause(ctx, by, held.ID, "chờ"))
		w.got(w.Done(ctx, by, done.ID))
		w.got(w.Cancel(ctx, by, cancelled.ID, "nhầm"))
		w.set("2026-11-27 16:00") // a: 80 % gone at 15:30; c: breached since 08:00 on the 26th
		w.got(w.Done(ctx, by, late.ID))
		ids := func(f deadline.Filter) (list []string) {
			w.Helper()
			for {
				page, next, err := w.List(ctx, f)
				w.ok(err)
				for _, d := range page {
					list = append(list, d.ID)
				}
				if f.After = next; next == "" {
					return list
				}
			}
		}
		for name, x := range map[string]struct {
			f    deadline.Filter
			want []*deadline.Deadline
		}{
			"open":       {deadline.Filter{State: deadline.Open}, []*deadline.Deadline{c, a, b, held}},
			"of two":     {deadline.Filter{State: deadline.Open, Orgs: []string{"hy-syt", "hy-skhcn"}, Limit: 1}, []*deadline.Deadline{c, a, b, held}},
			"of one":     {deadline.Filter{State: deadline.Open, Orgs: []string{"hy-syt"}}, []*deadline.Deadline{a, b, held}},
			"soon":       {deadline.Filter{State: deadline.Soon}, []*deadline.Deadline{a}},
			"breached":   {deadline.Filter{State: deadline.Breached}, []*deadline.Deadline{c}},
			"held":       {deadline.Filter{State: deadline.Held}, []*deadline.Deadline{held}},
			"done":       {deadline.Filter{State: deadline.Done}, []*deadline.Deadline{late, done}},
			"late":       {deadline.Filter{State: deadline.DoneLate}, []*deadline.Deadline{late}},
			"cancelled":  {deadline.Filter{State: deadline.Cancelled}, []*deadline.Deadline{cancelled}},
			"account":    {deadline.Filter{Account: "an"}, []*deadline.Deadline{c, a}},
			"subject":    {deadline.Filter{Subject: deadline.Subject{Kind: "issue", ID: "i2"}}, []*deadline.Deadline{b}},
			"clock":      {deadline.Filter{Clock: "CLK-12"}, []*deadline.Deadline{b}},
			"before":     {deadline.Filter{State: deadline.Open, Before: day(w.T, "2026-11-30")}, []*deadline.Deadline{c}},
			"before too": {deadline.Filter{State: deadline.Open, Before: day(w.T, "2026-12-01")}, []*deadline.Deadline{c, a}},
			"all":        {deadline.Filter{Limit: 2}, []*deadline.Deadline{late, c, a, b, held, done, cancelled}},
		} {
			var want []string
			for _, d := range x.want {
				want = append(want, d.ID)
			}
			if got := ids(x.f); !slices.Equal(got, want) {
				w.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		// What the list says, the deadline says too.
		for _, state := range []deadline.State{deadline.Soon, deadline.Breached, deadline.Held, deadline.DoneLate, deadline.Cancelled} {
			for _, id := range ids(deadline.Filter{State: state}) {
				if got := w.got(w.Get(ctx, id)).State(w.c.time()); got != state {
					w.Errorf("%s listed as %s", got, state)
				}
			}
		}
		_, _, err := w.List(ctx, deadline.Filter{State: "xanh"})
		want(w.T, err, "deadline.state")
		_, _, err = w.List(ctx, deadline.Filter{After: "1 OR 1=1_x"})
		want(w.T, err, "deadline.page")
		for org, want := range map[string]deadline.Counts{
			"":         {Open: 4, Soon: 1, Breached: 1, Held: 1, Done: 1, DoneLate: 1, Cancelled: 1},
			"hy-skhcn": {Open: 1, Breached: 1}, "khong-co": {},
		} {
			if got, err := w.Counts(ctx, org); err != nil || got != want {
				w.Errorf("%s: %+v, %v", org, got, err)
			}
		}
	})
}

// Without hours and a calendar nothing is counted but hours.
func TestEmpty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s := deadline.NewStore(db.Control())
		install(t, s, db.Control(), small(t, `kind: Clocks
clocks:
  - {id: CLK-11, event: {vi: a}, duty: {vi: b}, direction: within, amount: 5, unit: wd, act: x, sure: T}
  - {id: CLK-14, event: {vi: a}, duty: {vi: b}, direction: within, amount: 72, unit: h, act: x, sure: T}
`))
		_, err := s.Start(t.Context(), by, spec("CLK-11"))
		want(t, err, "deadline.hours.none")
		if _, err := s.Start(t.Context(), by, spec("CLK-14")); err != nil {
			t.Error(err)
		}
		if err := s.SetHours(t.Context(), by, "Quy chế", hours(t, "08:00", "12:00", "13:00", "17:00", "17:00")); err != nil {
			t.Fatal(err)
		}
		_, err = s.Start(t.Context(), by, spec("CLK-11"))
		want(t, err, "deadline.year")
	})
}
