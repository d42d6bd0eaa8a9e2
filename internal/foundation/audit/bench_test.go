package audit

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkLog_AppendAsync is what an entry costs under load, with everything
// that follows it: its share of syncs, tiles, index and checkpoints. cpu-ns/leaf
// is the process's user and system time.
func BenchmarkLog_AppendAsync(b *testing.B) {
	opt := testOptions(b.TempDir())
	opt.Tick = time.Second
	l := openLog(b, opt)
	entries := make([]Entry, 256)
	before := cpu(b)
	b.ReportAllocs()
	b.ResetTimer()
	var last <-chan Ack
	for n := 0; n < b.N; n += len(entries) {
		for i := range entries {
			entries[i] = sample0
		}
		ack, err := l.AppendAsync(b.Context(), append([]Entry(nil), entries...)...)
		if err != nil {
			b.Fatal(err)
		}
		last = ack
	}
	if a := <-last; a.Err != nil {
		b.Fatal(a.Err)
	}
	if _, err := l.Seal(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(l.Size()), "cpu-ns/leaf")
}

var sample0 = sample(4)

// BenchmarkLog_Append is one caller that waits for each entry.
func BenchmarkLog_Append(b *testing.B) {
	l := openLog(b, testOptions(b.TempDir()))
	for b.Loop() {
		if _, err := l.Append(b.Context(), sample0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReader_Entries looks for what few entries hold, among half a million.
func BenchmarkReader_Entries(b *testing.B) {
	l := openLog(b, testOptions(b.TempDir()))
	appendMany(b, l, 0, 1000)
	rare := sample(1)
	rare.Actor.ID = "hiem"
	if _, err := l.Append(b.Context(), rare); err != nil {
		b.Fatal(err)
	}
	appendMany(b, l, 1000, 500_000)
	if _, err := l.Seal(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if p, err := l.Entries(b.Context(), Query{Actor: "hiem", Newest: true}); err != nil || len(p.Entries) != 1 {
			b.Fatalf("%d entries, %v", len(p.Entries), err)
		}
	}
}

func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
