package usage_test

import (
	"encoding/base64"
	"testing"

	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/internal/foundation/usage"
)

func rawURL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// One door after the other: each waits for its own commit.
func BenchmarkRecord_alone(b *testing.B) {
	l := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	for b.Loop() {
		record(b, l, use(l, 0, 1))
	}
}

// 64 doors at once share commits.
func BenchmarkRecord_together(b *testing.B) {
	l := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Record(b.Context(), use(l, 0, 1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

// A page of 1,000 persons, singly.
func BenchmarkRecord_thousand(b *testing.B) {
	l := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	for b.Loop() {
		record(b, l, use(l, 0, 1000))
	}
}

// An export of a million persons: hashing, sorting, one file, one line.
func BenchmarkRecord_million(b *testing.B) {
	l := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	for b.Loop() {
		record(b, l, use(l, 0, 1_000_000))
	}
}

// A person asks, with 1,000 lines of files to look through.
func BenchmarkForSubject(b *testing.B) {
	l := open(b, storetest.Open(b, storetest.SQLite(b)), b.TempDir())
	for i := range 1000 {
		record(b, l, use(l, i, i+1500))
	}
	for b.Loop() {
		if _, _, err := l.ForSubject(b.Context(), reader, number(5), usage.Page{}); err != nil {
			b.Fatal(err)
		}
	}
}
