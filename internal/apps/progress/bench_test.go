package progress_test

import (
	"fmt"
	"testing"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const (
	manyUnits = 100
	manyItems = 10_000
)

// crowded is a world with a month of many items, all of them said and approved.
func crowded(b *testing.B) (*world, map[progress.Ref]progress.Standing) {
	cfg := storetest.SQLite(b)
	w := newWorld(b, cfg)
	standings := map[progress.Ref]progress.Standing{}
	all := make([]progress.Item, manyItems)
	for i := range all {
		ref := progress.Ref{Kind: progress.Target, Code: fmt.Sprintf("CT-%05d", i)}
		all[i] = progress.Item{Ref: ref, Title: "Tỷ lệ hồ sơ giải quyết đúng hạn", Leads: []string{fmt.Sprintf("hy-%03d", i%manyUnits)}}
		standings[ref] = progress.Standing{State: plan.InTime, Why: plan.DueAhead}
	}
	w.open(nov, all...)
	for unit := range manyUnits {
		var saved []progress.Saved
		for i := unit; i < manyItems; i += manyUnits {
			v := float64(i)
			saved = append(saved, progress.Saved{ID: fmt.Sprint(i), Ref: all[i].Ref, Report: progress.Report{Said: "Đang thực hiện theo tiến độ đã đề ra", Value: &v, Estimate: true}})
		}
		org := fmt.Sprintf("hy-%03d", unit)
		w.save(an, nov, org, saved...)
		w.approve(nov, org)
	}
	w.set("2026-11-16 08:00")
	b.ResetTimer()
	return w, standings
}

func BenchmarkStore_Save(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	w.open(nov)
	n := 0
	for b.Loop() {
		w.save(an, nov, syt, progress.Saved{ID: fmt.Sprint(n), Ref: nv1, Base: n, Report: progress.Report{Said: fmt.Sprintf("Lần %d", n)}})
		n++
	}
}

func BenchmarkStore_Last(b *testing.B) {
	w, _ := crowded(b)
	for b.Loop() {
		all, err := w.Last(b.Context(), progress.Asked{})
		if err != nil || len(all) != manyItems {
			b.Fatal(len(all), err)
		}
	}
}

func BenchmarkStore_LastOf(b *testing.B) {
	w, _ := crowded(b)
	for b.Loop() {
		all, err := w.Last(b.Context(), progress.Asked{Until: nov})
		if err != nil || len(all) != manyItems {
			b.Fatal(len(all), err)
		}
	}
}

func BenchmarkStore_Told(b *testing.B) {
	w, _ := crowded(b)
	for b.Loop() {
		all, err := w.Told(b.Context())
		if err != nil || len(all) != manyItems {
			b.Fatal(len(all), err)
		}
	}
}

func BenchmarkStore_Close(b *testing.B) {
	w, standings := crowded(b)
	for b.Loop() {
		_, err := w.Close(b.Context(), binh, nov, w.time(), standings)
		w.ok(err)
		w.verified(nov)
		b.StopTimer()
		w.exec(`UPDATE progress_periods SET state = 'open', header = '', hash = '', closed_at = ''`)
		w.exec(`DELETE FROM progress_snapshots`)
		b.StartTimer()
	}
}
