package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/app/play"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// shortPlay is long enough for two weekly turns, with those who do not send.
const shortPlay = 10

func playConfig(dir string) Config {
	c := config(dir)
	c.DemoDays = shortPlay
	return c
}

// playAll begins or goes on with a play; stopAfter > 0 stops it after so many
// batches.
func playAll(t *testing.T, a *App, stopAfter int) {
	t.Helper()
	fill, err := a.Furnish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	n := 0
	err = fill(ctx, func(corridor.Report) {
		if n++; n == stopAfter {
			stop()
		}
	})
	if stopAfter == 0 && err != nil || stopAfter > 0 && !errors.Is(err, context.Canceled) {
		t.Fatalf("after %d batches: %v", n, err)
	}
}

// TestPlay: ten days of a demo. Every day has its scores, weekly reports show who
// sent late and who did not, nothing generated is unmarked, the log says what was
// played and can be verified, a play that was stopped ends in the same data, and
// the real clock goes on from where the play ended.
func TestPlay(t *testing.T) {
	if a := open(t, playConfig(t.TempDir())); !a.clock.Now().After(time.Now().Add(-time.Minute)) {
		t.Fatal("the clock is set before a play has begun")
	}
	a, _ := played(t)
	began := a.play.Load().Began
	if _, on := a.Playing(); on || a.clock.played() {
		t.Error("the clock is still set")
	}

	t.Run("days", func(t *testing.T) {
		from := score.DayOf(began.AddDate(0, 0, -shortPlay))
		days, err := a.Scorer.Days(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range play.Datasets() {
			moved := map[string]bool{}
			for n := range shortPlay + 1 {
				day := score.DayOf(began.AddDate(0, 0, n-shortPlay))
				d, there := score.On(days[id], day)
				if !there || d.Overall == nil {
					t.Errorf("%s has no score on %s", id, day)
					continue
				}
				moved[fmt.Sprintf("%.2f", *d.Overall)] = true
			}
			if len(moved) < 2 {
				t.Errorf("%s: the score never moves", id)
			}
		}
	})
	t.Run("marked", func(t *testing.T) { allMarked(t, a) })
	t.Run("turns", func(t *testing.T) {
		late, missing := turns(t, a)
		if late == 0 || missing == 0 {
			t.Errorf("%d late, %d missing", late, missing)
		}
	})
	t.Run("log", func(t *testing.T) { logSaysPlayed(t, a) })
	whole := digest(t, a)
	t.Run("stopped", func(t *testing.T) { stopAndGoOn(t, began, whole) })
	t.Run("clock", func(t *testing.T) {
		_, last, err := a.Truth.Head(t.Context(), play.OneStop)
		if err != nil || last.After(began) {
			t.Fatalf("the last commit %v is after %v, %v", last, began, err)
		}
		r, err := a.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: play.OneStop, Name: "moi.csv",
			Body: strings.NewReader("tuan,ma_don_vi,linh_vuc,tiep_nhan,dung_han,qua_han,ngay_lap,nguon_du_lieu\n2026-W01,GL03,ho-tich,5,5,0,2026-01-05,giả lập\n"), Confirm: true})
		if err != nil {
			t.Fatal(err)
		}
		st, err := a.Corridor.Status(t.Context(), r.Batch)
		if err != nil || st.Simulated || st.Received.Before(began) || r.CommittedAt < began.Format(time.RFC3339) {
			t.Errorf("a batch after the play: %+v, %v", st, err)
		}
	})
	if t.Failed() {
		return
	}
	checks, err := a.Scorer.Checks(t.Context())
	if err != nil || len(checks) < 30 {
		t.Fatalf("%d recounts, %v", len(checks), err)
	}
	for id, k := range checks {
		if !k.Agrees {
			t.Errorf("%s: %s", id, k.Difference)
		}
	}
}

// allMarked: every batch of the play is marked as such, and every data set that
// it made says that it is generated.
func allMarked(t *testing.T, a *App) {
	n := 0
	for after := ""; ; {
		list, next, err := a.Corridor.Batches(t.Context(), "", after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range list {
			if n++; !b.Simulated {
				t.Errorf("batch %s of %s, received %v, is not marked", b.ID, b.Dataset, b.Received)
			}
		}
		if after = next; next == "" {
			break
		}
	}
	if n < 60 {
		t.Errorf("%d batches", n)
	}
	for _, id := range play.Datasets() {
		c, err := a.Contracts.Current(t.Context(), id)
		if err != nil || c.Provenance.Kind != contract.GeneratedData {
			t.Errorf("%s: %+v, %v", id, c, err)
		}
	}
}

// turns counts the weekly reports that came after their Monday, and those that
// did not come.
func turns(t *testing.T, a *App) (late, missing int) {
	_, obj, err := a.Contracts.Object(t.Context(), play.OneStop)
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Truth.Turnout(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	sent, weeks, firsts := map[string]bool{}, map[string]bool{}, map[string]time.Time{}
	for _, turn := range list {
		sent[turn.Period+turn.Sender], weeks[turn.Period] = true, true
		if was, there := firsts[turn.Period]; !there || turn.Last.Before(was) {
			firsts[turn.Period] = turn.Last
		}
	}
	for _, turn := range list {
		if turn.Last.Sub(firsts[turn.Period]) > 24*time.Hour {
			late++
		}
	}
	for w := range weeks {
		for _, sender := range []string{"11953", "11977", "GL03", "GL04", "GL05", "GL06", "GL07", "GL08", "GL09", "GL10", "GL11", "GL12"} {
			if !sent[w+sender] {
				missing++
			}
		}
	}
	return late, missing
}

// logSaysPlayed: the log is whole, keeps the real time, and no entry about the
// play hides that it was one.
func logSaysPlayed(t *testing.T, a *App) {
	dir := filepath.Join(a.Config.Data, "audit")
	if r, err := audit.Verify(t.Context(), dir, a.Audit.Key()); err != nil || len(r.Problems) > 0 {
		t.Errorf("the log: %+v, %v", r, err)
	}
	if _, err := a.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader, err := audit.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	n, began := 0, a.play.Load().Began.Add(-time.Minute)
	page, err := reader.Entries(t.Context(), audit.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		if e.Time.Before(began) {
			t.Errorf("an entry at a played time: %v %s", e.Time, e.Action)
		}
		if e.Actor.Kind == actor.Simulated {
			if n++; e.Detail["simulated"] != "yes" || e.Detail["played-at"] == "" {
				t.Errorf("an entry that hides the play: %+v", e)
			}
		}
	}
	if n < 40 {
		t.Errorf("%d entries about the play", n)
	}
}

// stopAndGoOn: a play that is stopped goes on where it was and ends in the same
// data; meanwhile nobody else may send, and the clock is never turned back.
func stopAndGoOn(t *testing.T, until time.Time, want string) {
	dir := t.TempDir()
	a := open(t, playConfig(dir))
	beginAt(t, a, until)
	for _, after := range []int{34, 20} {
		playAll(t, a, after)
		_, err := a.Corridor.Receive(t.Context(), actor.Actor{Kind: "person", ID: "x"}, corridor.Request{Dataset: play.OneStop, Body: strings.NewReader("")})
		if !fault.Is(err, "demo.playing") {
			t.Errorf("sent while the play goes on: %v", err)
		}
		shown := a.clock.Now()
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		a = open(t, playConfig(dir))
		if now := a.clock.Now(); now.Before(shown) || now.After(until) {
			t.Errorf("the clock shows %v after the start, %v before", now, shown)
		}
	}
	playAll(t, a, 0)
	if got := digest(t, a); got != want {
		t.Errorf("the data differ:\n%s\n%s", got, want)
	}
}

// TestPlay_served: outside of a demo the clock is the real one, and a play that was
// stopped has ended as soon as somebody works.
func TestPlay_served(t *testing.T) {
	dir := t.TempDir()
	a := open(t, playConfig(dir))
	playAll(t, a, 30)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Second)
	a = open(t, config(dir)) // as for a look at it
	if p := a.play.Load(); p == nil || p.Ended || a.clock.Now().Before(before) {
		t.Fatalf("the play: %+v, clock %v", p, a.clock.Now())
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, config(dir))
	_, err := a.Corridor.Receive(t.Context(), actor.Actor{Kind: "person", ID: "x"}, corridor.Request{Dataset: "khong-co", Body: strings.NewReader("")})
	if fault.KindOf(err) != fault.NotFound || !a.play.Load().Ended {
		t.Fatalf("the play: %+v, %v", a.play.Load(), err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, playConfig(dir)) // a demo does not take it up again
	if _, on := a.Playing(); on || a.clock.Now().Before(before) {
		t.Error("a play that has ended goes on")
	}
}

// beginAt begins a play that ends at a moment.
func beginAt(t *testing.T, a *App, until time.Time) {
	t.Helper()
	p := &playing{Began: until, Days: shortPlay, To: play.Script(until, shortPlay)[0].At}
	if err := a.keepPlay(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	a.play.Store(p)
	a.clock.turn(p.To)
}

// digest sums up what the play has made: rows, lines, batches with their times,
// and the days of the scores.
func digest(t *testing.T, a *App) string {
	t.Helper()
	var b strings.Builder
	for _, id := range play.Datasets() {
		_, obj, err := a.Contracts.Object(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		for after := ""; ; {
			rows, err := a.Truth.List(t.Context(), obj, after, 1000, record.Latest)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				after = r.Key
				fmt.Fprintln(sum, r.Key, r.Seq, r.Values, r.Flags)
			}
			if len(rows) < 1000 {
				break
			}
		}
		lines, err := a.Truth.Quarantine(t.Context(), obj, record.Filter{}, 0, 5000)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			fmt.Fprintln(sum, l.ID, l.Raw, l.Faults, l.State, l.Closed)
		}
		seq, at, err := a.Truth.Head(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d %s %s\n", id, seq, at.Format(time.RFC3339Nano), hex.EncodeToString(sum.Sum(nil))[:16])
	}
	days, err := a.Scorer.Days(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range play.Datasets() {
		for _, d := range days[id] {
			if d.Overall != nil && d.Day < score.DayOf(a.play.Load().Began) { // today it grows old by the minute
				fmt.Fprintf(&b, "%s %s %.3f\n", id, d.Day, *d.Overall)
			}
		}
	}
	return b.String()
}
