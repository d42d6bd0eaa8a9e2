package catalog_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/catalog/catalogtest"
)

const benchEntries = 100_000

func BenchmarkBuild(b *testing.B) {
	entries := made(b, benchEntries, 1)
	b.ReportAllocs()
	for b.Loop() {
		build(b, entries...)
	}
}

// BenchmarkSearch reports the 50th and the 95th of a hundred of the mix, and
// what the index takes besides the entries.
func BenchmarkSearch(b *testing.B) {
	entries := made(b, benchEntries, 1)
	before := heap()
	x := build(b, entries...)
	size := float64(heap()-before) / 1e6
	queries := catalogtest.Questions(entries)
	var took []time.Duration
	i := 0
	for b.Loop() {
		start := time.Now()
		x.Search(queries[i%len(queries)])
		took = append(took, time.Since(start))
		i++
	}
	b.ReportMetric(size, "MB")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
	runtime.KeepAlive(entries)
}

func BenchmarkSearch_Kinds(b *testing.B) {
	entries := made(b, benchEntries, 1)
	x := build(b, entries...)
	queries := catalogtest.Questions(entries)
	for k, name := range []string{"two-words", "eight-words", "typo", "no-accents", "facets-only", "typing", "common-word", "id"} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				x.Search(queries[(8*i+k)%len(queries)])
				i++
			}
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkSuggest(b *testing.B) {
	entries := made(b, benchEntries, 1)
	x := build(b, entries...)
	typed := []string{"d", "dâ", "dân", "dân c", "so kho", "he thong ca", "xã ph", "bo-du-lieu-01"}
	i := 0
	for b.Loop() {
		x.Suggest(catalog.Query{Text: typed[i%len(typed)], Sees: everyone})
		i++
	}
}

func BenchmarkSimilar(b *testing.B) {
	entries := made(b, benchEntries, 1)
	x := build(b, entries...)
	i := 0
	for b.Loop() {
		x.Similar(entries[i*997%len(entries)], catalog.Like{Sees: everyone})
		i++
	}
}

func BenchmarkUpdate(b *testing.B) {
	entries := made(b, benchEntries, 1)
	x := build(b, entries...)
	changed := entries[4242]
	changed.Title += " (mới)"
	for b.Loop() {
		if _, err := x.Update([]catalog.Entry{changed}, []catalog.Ref{entries[17].Ref()}); err != nil {
			b.Fatal(err)
		}
	}
}
