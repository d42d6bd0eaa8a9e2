package catalog_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/catalog"
)

const benchEntries = 100_000

// mix is 200 queries of all kinds over entries.
func mix(entries []catalog.Entry) (all []catalog.Query) {
	r := rand.New(rand.NewPCG(5, 6))
	some := func(n int) string {
		words := strings.Fields(entries[r.IntN(len(entries))].Title)
		n = min(n, len(words))
		from := r.IntN(len(words) - n + 1)
		return strings.Join(words[from:from+n], " ")
	}
	for i := range 200 {
		q := catalog.Query{Sees: everyone}
		switch i % 8 {
		case 0:
			q.Text = some(2)
		case 1:
			q.Text = some(8)
		case 2: // a typo
			q.Text = some(4)
			if b := []byte(q.Text); len(b) > 6 {
				b[4], b[5] = b[5], b[4]
				q.Text = strings.ToValidUTF8(string(b), "")
			}
		case 3:
			q.Text = folded(some(3))
		case 4: // facets only
			q.Facets = map[catalog.Facet][]string{catalog.ByAccess: {"open"}, catalog.ByState: {"active"}}
			q.Kinds = []catalog.Kind{catalog.Dataset}
			if i%16 == 4 {
				q.Sort = catalog.ByTitle
			}
		case 5: // being typed
			q.Text, q.Typing = some(3), true
			q.Text = strings.ToValidUTF8(q.Text[:len(q.Text)-1], "")
		case 6: // one common word, with a facet
			q.Text = []string{"xã", "dữ liệu", "hệ thống", "phường", "báo cáo"}[r.IntN(5)]
			q.Facets = map[catalog.Facet][]string{catalog.ByScore: {"a", "b"}}
		case 7:
			q.Text = entries[r.IntN(len(entries))].ID
		}
		all = append(all, q)
	}
	return all
}

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
	queries := mix(entries)
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
	queries := mix(entries)
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
