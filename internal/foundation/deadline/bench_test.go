package deadline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/viet/calendar"
)

// many is a store with a hundred thousand deadlines that run.
func many(b *testing.B, cfg store.Config) (world, *deadline.Deadline) {
	b.Helper()
	ctx := context.Background()
	c := &clock{now: at(b, "2026-11-23 08:00")}
	cfg.Now = c.time
	db := storetest.Open(b, cfg).Control()
	w := world{Store: deadline.NewStore(db), db: db, c: c}
	install(b, w.Store, db, shipped(b))
	var one *deadline.Deadline
	err := db.Write(ctx, func(tx *store.Tx) error {
		for i := range 1000 {
			p := spec([]string{"CLK-11", "CLK-12", "CLK-13", "CLK-20"}[i%4])
			p.Org = fmt.Sprintf("co-quan-%d", i%50)
			d, err := w.StartIn(ctx, tx, by, p)
			if err != nil {
				return err
			}
			one = d
		}
		const rest = `clock, version, unit, subject_kind, subject_id, path, title_vi, title_en, org, account, started_at, event_at, due_at, allowed, pauses,
			running, paused, done_at, cancelled_at, why, breached_at, given, moved, soon_at, next_notice_at, edition`
		for i := range 99 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO deadlines (id, `+rest+`) SELECT id || '-' || $1, `+rest+` FROM deadlines WHERE length(id) = 26`, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return w, one
}

// none counts and forgets.
type none struct{ n int }

func (n *none) Crossed(context.Context, *store.Tx, *deadline.Deadline, int) error {
	n.n++
	return nil
}

func engines(b *testing.B, f func(b *testing.B, cfg store.Config)) {
	b.Run(store.SQLite, func(b *testing.B) { f(b, storetest.SQLite(b)) })
	b.Run(store.Postgres, func(b *testing.B) { f(b, storetest.Postgres(b)) })
}

// A minute in which nothing is due, among a hundred thousand.
func BenchmarkTick_idle(b *testing.B) {
	engines(b, func(b *testing.B, cfg store.Config) {
		w, _ := many(b, cfg)
		n := &none{}
		for b.Loop() {
			if _, err := w.Tick(b.Context(), n); err != nil || n.n > 0 {
				b.Fatal(n.n, err)
			}
		}
	})
}

// One Tick that hands over a quarter of a hundred thousand, in ns for each.
func BenchmarkTick_given(b *testing.B) {
	engines(b, func(b *testing.B, cfg store.Config) {
		w, _ := many(b, cfg)
		n := &none{}
		days := 0
		for b.Loop() {
			days++
			if days > 1 {
				break // the notices of one day are there once
			}
			w.c.mu.Lock()
			w.c.now = at(b, "2026-11-26 08:00")
			w.c.mu.Unlock()
			if _, err := w.Tick(b.Context(), n); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n.n), "notices")
	})
}

// A holiday is decreed: a hundred thousand are counted again.
func BenchmarkTick_recount(b *testing.B) {
	engines(b, func(b *testing.B, cfg store.Config) {
		w, _ := many(b, cfg)
		kinds := []calendar.Kind{calendar.Off, calendar.Work}
		for i := 0; b.Loop(); i++ {
			if err := w.PutDays(b.Context(), by, deadline.AnyEdition, "Quyết định thử", calendar.Day{Date: day(b, "2026-11-25"), Kind: kinds[i%2]}); err != nil {
				b.Fatal(err)
			}
			if _, err := w.Tick(b.Context(), &none{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkList(b *testing.B) {
	engines(b, func(b *testing.B, cfg store.Config) {
		w, _ := many(b, cfg)
		for b.Loop() {
			if _, _, err := w.List(b.Context(), deadline.Filter{State: deadline.Open, Orgs: []string{"co-quan-1"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCounts(b *testing.B) {
	engines(b, func(b *testing.B, cfg store.Config) {
		w, _ := many(b, cfg)
		for b.Loop() {
			if _, err := w.Counts(b.Context(), "co-quan-1"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOffice_Standing(b *testing.B) {
	w, d := many(b, storetest.SQLite(b))
	o, err := w.Office(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	now := at(b, "2026-11-26 10:00")
	for b.Loop() {
		if _, err := o.Standing(d, now); err != nil {
			b.Fatal(err)
		}
	}
}
