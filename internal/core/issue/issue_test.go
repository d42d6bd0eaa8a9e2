package issue_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
)

// One issue for each data set, rule and sender; it follows the number of records,
// closes when none is left, and is the same line when the fault comes back.
func TestLifeOfAnIssue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c, other := w.install("tram"), w.install("tram-2")
		w.send(c, change{insert: append(many(0, 8, "A"), many(8, 8, "B")...)})
		w.send(other, change{insert: many(0, 9, "A"), lines: []line{{"T900", "A", "giuong.range"}}})
		if n := len(w.book("tram")); n != 0 {
			t.Fatalf("nothing is wrong, and the book has %d lines", n)
		}
		lines := w.send(c, change{
			insert: []row{{"T100", "A", "w:giuong.range"}},
			lines:  []line{{"T101", "B", "giuong.range"}, {"T102", "B", "giuong.range"}, {"X103", "A", "ma.pattern"}},
		})
		all := w.book("tram")
		a, b, key := all["giuong.range A"], all["giuong.range B"], all["ma.pattern A"]
		if len(all) != 3 || a == nil || b == nil || key == nil || len(w.book("tram-2")) != 1 {
			t.Fatalf("%v", slices.Collect(maps.Keys(all)))
		}
		if a.Records != 1 || a.Waiting != 0 || b.Records != 2 || b.Waiting != 2 || a.Group != contract.Outlier || a.Field != "giuong" || a.Object != "tram" {
			t.Errorf("%+v\n%+v", a, b)
		}
		if a.Org != "hy-syt" || b.Org != "xa-b" || b.SourceName != "Trạm B" {
			t.Errorf("who mends: %q, %q of %q", a.Org, b.Org, b.SourceName)
		}
		if !key.Identity || key.Severity != issue.Red || a.Identity || a.State != issue.Fresh || a.Before == nil || *a.Before != 85 {
			t.Errorf("%+v\n%+v", key, a)
		}

		// More of the same is followed, fewer too; a second look writes nothing.
		w.now = w.now.Add(time.Hour)
		more := w.send(c, change{lines: []line{{"T104", "B", "giuong.range"}}})
		w.ok(w.Route(ctx, "tram"))
		if b = w.book("tram")["giuong.range B"]; b.Records != 3 || !b.ChangedAt.Equal(w.now) || w.history(b.ID) != "opened changed" {
			t.Errorf("%+v %s", b, w.history(b.ID))
		}

		// A mends its row, B two of its three.
		w.now = w.now.Add(time.Hour)
		w.send(c, change{reflag: []row{{ma: "T100"}}, closing: lines[:2]})
		a, b = w.book("tram")["giuong.range A"], w.book("tram")["giuong.range B"]
		if a.Open() || a.Records != 0 || a.After == nil || *a.After >= 100 || !a.ClosedAt.Equal(w.now) || w.history(a.ID) != "opened closed" {
			t.Errorf("%+v %s", a, w.history(a.ID))
		}
		if !b.Open() || b.Records != 1 || w.history(b.ID) != "opened changed changed" {
			t.Errorf("%+v %s", b, w.history(b.ID))
		}
		w.send(c, change{closing: append(more, lines[2])})
		if open := w.book("tram", issue.Fresh, issue.Taken); len(open) != 0 {
			t.Errorf("%v", open)
		}
		if len(w.book("tram-2", issue.Fresh)) != 1 {
			t.Error("the issue of another data set closed with it")
		}

		// It comes back: the same number, found today.
		w.now = w.now.Add(24 * time.Hour)
		w.send(c, change{reflag: []row{{"T100", "A", "w:giuong.range"}}})
		back := w.book("tram")["giuong.range A"]
		if back.ID != a.ID || back.State != issue.Fresh || back.Reopened != 1 || !back.ClosedAt.IsZero() || !back.FoundAt.Equal(w.now) || back.After != nil {
			t.Errorf("%+v", back)
		}
		if len(w.book("tram")) != 3 || w.history(a.ID) != "opened closed reopened" {
			t.Errorf("%s", w.history(a.ID))
		}
	})
}

// What nobody can measure any more stays as it stands; what the contract does not
// ask for any more closes, and a retired data set is left in peace.
func TestWhatIsNotMeasured(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram")
		lines := w.send(c, change{insert: many(0, 3, "A"), lines: []line{{"T900", "A", "giuong.range"}, {"T901", "B", "giuong.range"}, {"X", "A", "ma.pattern"}}})
		w.send(c, change{withdraw: []string{"T000", "T001", "T002"}, closing: lines})
		if open := w.book("tram", issue.Fresh); len(open) != 3 {
			t.Errorf("an empty data set says nothing of its rules: %v", open)
		}
		c = w.install("tram", "version: 1.0.0", "version: 1.1.0", `, logicalTypeOptions: {minimum: 0, maximum: 100}`, "")
		w.route(c)
		if open := w.book("tram", issue.Fresh); len(open) != 1 || open["ma.pattern A"] == nil {
			t.Errorf("a rule that is gone keeps its issues open: %v", slices.Collect(maps.Keys(open)))
		}
		c = w.install("tram", "version: 1.0.0", "version: 1.2.0", "status: active", "status: retired")
		w.ok(w.Route(t.Context(), c.ID))
		if open := w.book("tram", issue.Fresh); len(open) != 1 {
			t.Errorf("%v", open)
		}
	})
}

// Deadlines are counted in working days: five for the review, ten for the mending.
func TestDeadlinesOfAnIssue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.install("tram")
		w.set("2026-11-27 08:00") // a Friday
		lines := w.send(c, change{insert: many(0, 8, "A"), lines: []line{{"T900", "A", "giuong.range"}, {"T901", "B", "giuong.range"}}})
		a := w.book("tram")["giuong.range A"]
		first := w.clocksOf(a.ID)
		if first["CLK-11"] != "2026-12-04 17:00 running" || first["CLK-12"] != "2026-12-11 17:00 running" || len(first) != 2 || show(a.DueAt) != "2026-12-11 17:00" {
			t.Errorf("%s, %v", show(a.DueAt), first)
		}

		// The answer ends the review; a look on the spot gives more time.
		if _, err := w.Take(ctx, by, a.ID, issue.Answer{Cause: " Nhập nhầm cột. ", Action: "Sửa tại nguồn"}); err != nil {
			t.Fatal(err)
		}
		if now := w.clocksOf(a.ID); !strings.HasSuffix(now["CLK-11"], "done") || !strings.HasSuffix(now["CLK-12"], "running") {
			t.Errorf("%v", now)
		}
		spot, err := w.LookOnTheSpot(ctx, by, a.ID, "Phải đếm lại giường.")
		w.ok(err)
		now := w.clocksOf(a.ID)
		if !strings.HasSuffix(now["CLK-12"], "called off") || now["CLK-13"] != show(spot.DueAt)+" running" || !spot.DueAt.After(a.DueAt) || !spot.AtField {
			t.Errorf("%v, due %s", now, show(spot.DueAt))
		}
		_, err = w.LookOnTheSpot(ctx, by, a.ID, "Lần nữa.")
		want(t, err, "issue.spot-already")

		// Mended data ends what still runs; a fault that is back starts anew.
		w.set("2026-12-01 08:00")
		w.send(c, change{closing: lines[:1]})
		if now := w.clocksOf(a.ID); !strings.HasSuffix(now["CLK-13"], "done") {
			t.Errorf("%v", now)
		}
		w.set("2026-12-04 08:00")
		w.send(c, change{lines: []line{{"T900", "A", "giuong.range"}}})
		back := w.book("tram")["giuong.range A"]
		if back.AtField || !back.DueAt.After(w.now) || back.State != issue.Fresh {
			t.Errorf("%+v", back)
		}
		n, err := w.Counts(ctx, issue.Filter{Datasets: []string{"tram"}})
		if w.ok(err); n.Open != 2 || n.Closed != 0 || n.Overdue != 0 {
			t.Errorf("%+v", n)
		}

		// Past its day, and closed too late.
		w.set("2027-01-04 08:00")
		if n, err = w.Counts(ctx, issue.Filter{}); err != nil || n.Overdue != 2 || n.BySev[issue.Yellow]+n.BySev[issue.Red]+n.BySev[issue.Green] != 2 {
			t.Errorf("%+v %v", n, err)
		}
		late, _, err := w.List(ctx, issue.Filter{Overdue: w.now, Orgs: []string{"xa-b"}})
		if w.ok(err); len(late) != 1 || late[0].Source != "B" {
			t.Errorf("%v", late)
		}
		w.send(c, change{closing: lines[1:]})
		if n, err = w.Counts(ctx, issue.Filter{Orgs: []string{"xa-b"}}); err != nil || n.Closed != 1 || n.InTime != 0 || n.Open != 0 {
			t.Errorf("%+v %v", n, err)
		}
	})
}

// What people write stands once in the history, and a closed issue takes no more.
func TestWhatPeopleWrite(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.install("tram")
		lines := w.send(c, change{insert: many(0, 8, "A"), lines: []line{{"T900", "A", "giuong.range"}}})
		id := w.book("tram")["giuong.range A"].ID
		for _, bad := range []struct {
			do  func() error
			key string
		}{
			{func() error { _, err := w.Take(ctx, by, id, issue.Answer{Action: "x"}); return err }, "issue.cause"},
			{func() error { _, err := w.Say(ctx, by, id, " \n "); return err }, "issue.nothing-said"},
			{func() error { _, err := w.Say(ctx, by, id, strings.Repeat("ă", 4001)); return err }, "issue.long"},
			{func() error { _, err := w.Say(ctx, by, id, "Hỏi ông A, 0912.345.678"); return err }, "comment.number"},
			{func() error { _, err := w.LookOnTheSpot(ctx, by, id, "ông 033099001234"); return err }, "comment.number"},
			{func() error { _, err := w.LookOnTheSpot(ctx, by, id, ""); return err }, "issue.spot-why"},
			{func() error { _, err := w.Say(ctx, by, "SC-2026-9999", "x"); return err }, "issue.unknown"},
		} {
			want(t, bad.do(), bad.key)
		}
		if got := w.history(id); got != "opened" {
			t.Errorf("refused, and yet in the history: %s", got)
		}
		if _, err := w.Say(ctx, by, id, "Sẽ gửi lại trong tuần."); err != nil {
			t.Fatal(err)
		}
		i, err := w.Assign(ctx, by, id, "tai-khoan-1", "Chị Bình")
		if w.ok(err); i.Account != "tai-khoan-1" {
			t.Errorf("%+v", i)
		}
		i, err = w.Take(ctx, by, id, issue.Answer{Cause: "Nhập nhầm.", Effect: "Sai tổng.", Action: "Sửa.", Prevention: "Tập huấn."})
		if w.ok(err); i.State != issue.Taken || i.Cause != "Nhập nhầm." || i.Effect != "Sai tổng." || i.Action != "Sửa." || i.Prevention != "Tập huấn." {
			t.Errorf("%+v", i)
		}
		w.ok(w.Route(ctx, "tram"))
		if got := w.history(id); got != "opened said assigned taken" {
			t.Errorf("history: %s", got)
		}
		events, err := w.History(ctx, id)
		if w.ok(err); events[2].Text != "Sẽ gửi lại trong tuần." || events[2].By.Name != by.Name || events[1].Text != "Chị Bình" || events[0].Text != "Nhập nhầm." {
			t.Errorf("%+v", events)
		}
		mine, _, err := w.List(ctx, issue.Filter{Account: "tai-khoan-1"})
		if w.ok(err); len(mine) != 1 {
			t.Errorf("%v", mine)
		}
		w.send(c, change{closing: lines})
		_, err = w.Take(ctx, by, id, issue.Answer{Cause: "x"})
		want(t, err, "issue.closed")
		_, err = w.Assign(ctx, by, id, "", "")
		want(t, err, "issue.closed")
		if _, err := w.Say(ctx, by, id, "Xong."); err != nil {
			t.Errorf("a comment on a closed issue: %v", err)
		}
	})
}

// Each organisation hears once of what is new in a batch; on played days nobody
// does, and no clock runs until the days are real.
func TestWhoIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.install("tram")
		told := func(org string) int {
			list, _, err := w.notices.List(ctx, notify.Reader{Orgs: []string{org}}, notify.Filter{Kind: issue.SubjectKind})
			w.ok(err)
			return len(list)
		}
		w.playing = true
		w.send(c, change{insert: many(0, 8, "A"), lines: []line{{"T900", "A", "giuong.range"}}})
		w.ok(w.StartClocks(ctx))
		a := w.book("tram")["giuong.range A"]
		if told("hy-syt") != 0 || !a.DueAt.IsZero() || len(w.clocksOf(a.ID)) != 0 {
			t.Errorf("played: %d told, %v", told("hy-syt"), w.clocksOf(a.ID))
		}
		w.playing = false
		w.ok(w.StartClocks(ctx))
		w.ok(w.StartClocks(ctx))
		if a = w.book("tram")["giuong.range A"]; a.DueAt.IsZero() || len(w.clocksOf(a.ID)) != 2 {
			t.Errorf("%v", w.clocksOf(a.ID))
		}
		w.send(c, change{lines: []line{{"X901", "A", "ma.pattern"}, {"", "A", "ma.required"}, {"X902", "B", "ma.pattern"}, {"T900", "A", "giuong.range"}}})
		w.ok(w.Route(ctx, "tram"))
		if told("hy-syt") != 1 || told("xa-b") != 1 {
			t.Errorf("told %d and %d times", told("hy-syt"), told("xa-b"))
		}
	})
}

// A book of many lines is given page by page, those that are due first before all.
func TestPagesOfTheBook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.install("tram")
		var lines []line
		for n, sender := range strings.Fields("A B C D E F G") {
			lines = append(lines, line{many(900+n, 1, "")[0].ma, sender, "giuong.range"})
		}
		w.playing = true
		w.send(c, change{insert: many(0, 20, "A"), lines: lines[:3]})
		w.playing = false
		w.send(c, change{lines: lines[3:]})
		all, next, err := w.List(ctx, issue.Filter{})
		if err != nil || next != "" || len(all) != 7 || all[0].DueAt.IsZero() || !all[6].DueAt.IsZero() {
			t.Fatalf("%v %q %v", all, next, err)
		}
		var paged []string
		for after := ""; ; {
			page, next, err := w.List(ctx, issue.Filter{Limit: 2, After: after})
			w.ok(err)
			for _, i := range page {
				paged = append(paged, i.ID)
			}
			if after = next; after == "" {
				break
			}
		}
		for n, i := range all {
			if n >= len(paged) || paged[n] != i.ID {
				t.Fatalf("%v", paged)
			}
		}
		if none, _, err := w.List(ctx, issue.Filter{Datasets: []string{}}); err != nil || len(none) != 0 {
			t.Errorf("%v %v", none, err)
		}
		if n, err := w.Counts(ctx, issue.Filter{Datasets: []string{}}); err != nil || n.Open != 0 {
			t.Errorf("%+v %v", n, err)
		}
	})
}

// Whose records break a rule is not asked of a table in which all holds.
func TestNothingLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.install("tram")
		w.apply(c, change{insert: many(0, 8, "A")})
		sc, err := w.Scores.Update(t.Context(), c.ID)
		w.ok(err)
		w.Records, w.Scores = nil, nil // whoever asks them falls
		w.ok(w.RouteScored(t.Context(), sc))
		if _, err := w.Get(t.Context(), "SC-2026-0001"); !fault.Is(err, "issue.unknown") {
			t.Error(err)
		}
	})
}
