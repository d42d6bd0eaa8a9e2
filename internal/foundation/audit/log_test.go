package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

const testOrigin = "phohien.test/audit/thu"

var testSigner = ed25519.NewKeyFromSeed([]byte("mot khoa chi de thu, 32 byte!!!!"))

func testKey(t testing.TB) Key {
	t.Helper()
	k, err := NewKey(testOrigin, testSigner.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testOptions(dir string) Options {
	return Options{Dir: dir, Origin: testOrigin, Signer: testSigner, Tick: time.Hour, Clock: func() string { return ClockSynced },
		Log: slog.New(slog.DiscardHandler)}
}

func openLog(t testing.TB, opt Options) *Log {
	t.Helper()
	l, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeLog(t, l) })
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
}

// sample is the i-th of many entries.
func sample(i int) Entry {
	return Entry{
		Actor: Actor{Kind: "person", ID: fmt.Sprintf("u-%d", i%7), Name: "Cán bộ thử " + fmt.Sprint(i%7)}, Org: fmt.Sprintf("H%02d", i%3),
		RealIP: "192.0.2.1", Dest: "console phohien.test", Action: []string{"record.read", "record.export", "contract.change"}[i%3],
		Object: fmt.Sprintf("bo-du-lieu-%d", i%11), Purpose: "kiểm tra", Basis: "NĐ 278/2025 Đ5", Result: []string{Allow, Deny, Done}[i%3],
		Why: []string{"policy-1"}, Trace: fmt.Sprintf("%032x", i), Detail: map[string]string{"rows": fmt.Sprint(i), "fields": "ho_ten, ngay_sinh"},
	}
}

func appendMany(t testing.TB, l *Log, from, n int) {
	t.Helper()
	var acks []<-chan Ack
	for n > 0 {
		part := make([]Entry, min(n, 500))
		for i := range part {
			part[i] = sample(from + i)
		}
		ack, err := l.AppendAsync(t.Context(), part...)
		if err != nil {
			t.Fatal(err)
		}
		acks = append(acks, ack)
		from, n = from+len(part), n-len(part)
	}
	for _, ack := range acks {
		if a := <-ack; a.Err != nil {
			t.Fatal(a.Err)
		}
	}
}

func seal(t testing.TB, l *Log) Checkpoint {
	t.Helper()
	c, err := l.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verifyClean fails unless the folder verifies.
func verifyClean(t testing.TB, dir string) Report {
	t.Helper()
	r, err := Verify(t.Context(), dir, testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Errorf("%s, entry %d: %v", p.File, p.Leaf, p.What)
	}
	return r
}

func TestLog(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	if got := l.Size(); got != 1 { // the beginning
		t.Fatalf("a new log holds %d entries", got)
	}
	for i := range 3 {
		index, err := l.Append(t.Context(), sample(i))
		if err != nil || index != int64(i+1) {
			t.Fatalf("append %d: index %d, %v", i, index, err)
		}
	}
	appendMany(t, l, 3, 600)
	c := seal(t, l)
	if c.Size != 604 || c.Origin != testOrigin {
		t.Errorf("checkpoint of %s, %d leaves", c.Origin, c.Size)
	}
	verifyClean(t, dir)
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Size != 604 || r.Pending != 0 || len(r.Notes) > 0 {
		t.Errorf("report: %+v", r)
	}

	// It goes on where it ended, in blocks that are full and that are not.
	for _, n := range []int{1, 163, 256, 0, 700} {
		l = openLog(t, testOptions(dir))
		appendMany(t, l, 604, n)
		closeLog(t, l)
		verifyClean(t, dir)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Signed().Size, int64(604+1+163+256+700); got != want {
		t.Errorf("%d entries, want %d", got, want)
	}
	for _, i := range []int64{0, 1, 255, 256, 603, 604, 1500, r.Signed().Size - 1} {
		e, err := r.Entry(t.Context(), i)
		if err != nil || e.Index != i || e.Epoch != 1 {
			t.Errorf("entry %d: %+v, %v", i, e, err)
		}
	}
}

func TestLog_locked(t *testing.T) {
	dir := t.TempDir()
	openLog(t, testOptions(dir))
	if _, err := Open(testOptions(dir)); !fault.Is(err, "audit.locked") {
		t.Errorf("a second process got: %v", err)
	}
}

func TestLog_refuses(t *testing.T) {
	l := openLog(t, testOptions(t.TempDir()))
	for name, c := range map[string]struct {
		change func(*Entry)
		want   string
	}{
		"no action":    {func(e *Entry) { e.Action = " " }, "audit.no-action"},
		"own action":   {func(e *Entry) { e.Action = ActionErase }, "audit.own-action"},
		"no result":    {func(e *Entry) { e.Result = "" }, "audit.bad-result"},
		"other result": {func(e *Entry) { e.Result = "ok" }, "audit.bad-result"},
		"too large":    {func(e *Entry) { e.Detail = map[string]string{"x": strings.Repeat("x", 60<<10)} }, "audit.too-large"},
		"too large once escaped": {func(e *Entry) { e.Detail = map[string]string{"x": strings.Repeat("\x01", 12<<10)} },
			"audit.too-large"},
	} {
		e := sample(1)
		c.change(&e)
		if _, err := l.Append(t.Context(), e); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if got := l.Size(); got != 1 {
		t.Errorf("%d entries after refusals only", got)
	}
	if _, err := l.AppendAsync(t.Context(), make([]Entry, mostBatch+1)...); !fault.Is(err, "audit.batch") {
		t.Errorf("a batch too long: %v", err)
	}
}

func TestLog_bigEntries(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	for i := range 40 {
		e := sample(i)
		e.Detail = map[string]string{"x": strings.Repeat("ộ", 50<<10/3-i*400), "nul": "a\x00b\xff", "line": "a\nb\t\"c\"\\"}
		if _, err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	seal(t, l)
	closeLog(t, l)
	verifyClean(t, dir)
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.Entry(t.Context(), 17)
	if err != nil || e.Detail["nul"] != "a\uFFFDb\uFFFD" || e.Detail["line"] != "a\nb\t\"c\"\\" {
		t.Errorf("came back as %q, %v", e.Detail["nul"], err)
	}
}

// TestLog_many appends from many goroutines over the end of a segment.
func TestLog_many(t *testing.T) {
	dir := t.TempDir()
	opt := testOptions(dir)
	opt.Tick = 20 * time.Millisecond
	l := openLog(t, opt)
	appendMany(t, l, 0, segmentLeaves-300)
	var g sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]bool{}
	for w := range 16 {
		g.Go(func() {
			for i := range 50 {
				index, err := l.Append(t.Context(), sample(w*50+i))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[index] {
					t.Errorf("index %d given twice", index)
				}
				seen[index] = true
				mu.Unlock()
			}
		})
	}
	// A whole batch over the boundary, too.
	appendMany(t, l, 0, 1200)
	g.Wait()
	if report, err := Verify(t.Context(), dir, testKey(t)); err != nil || len(report.Problems) > 0 {
		t.Errorf("while it runs: %v %+v", err, report.Problems)
	}
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Size != segmentLeaves-300+800+1200+1 {
		t.Errorf("%d leaves", r.Size)
	}
	l = openLog(t, opt)
	appendMany(t, l, 0, 10)
	closeLog(t, l)
	verifyClean(t, dir)
}

// TestLog_segmentEnd closes exactly at the end of a segment.
func TestLog_segmentEnd(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	appendMany(t, l, 0, segmentLeaves-1)
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Size != segmentLeaves {
		t.Fatalf("%d leaves", r.Size)
	}
	l = openLog(t, testOptions(dir))
	if index, err := l.Append(t.Context(), sample(1)); err != nil || index != segmentLeaves {
		t.Fatalf("index %d, %v", index, err)
	}
	closeLog(t, l)
	verifyClean(t, dir)
}

// TestLog_fullDisk fills the disk in the middle of a write, and gives room again.
func TestLog_fullDisk(t *testing.T) {
	dir := t.TempDir()
	opt := testOptions(dir)
	l := openLog(t, opt)
	appendMany(t, l, 0, 100)
	full := true
	disk := func(on bool) {
		if err := l.inWriter(t.Context(), func() {
			full = on
			l.write = func(f *os.File, b []byte, at int64) error {
				if !full {
					return writeAt(f, b, at)
				}
				if err := writeAt(f, b[:len(b)/2], at); err != nil {
					return err
				}
				return fmt.Errorf("write: %w", syscall.ENOSPC)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	disk(true)
	for range 3 {
		_, err := l.Append(t.Context(), sample(1))
		if !fault.Is(err, "audit.disk-full") || fault.KindOf(err) != fault.Unavailable || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("full disk: %v", err)
		}
	}
	if got := l.Size(); got != 101 {
		t.Errorf("%d entries, want 101", got)
	}
	disk(false)
	if index, err := l.Append(t.Context(), sample(2)); err != nil || index != 101 {
		t.Fatalf("with room again: index %d, %v", index, err)
	}
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Size != 102 || len(r.Notes) > 0 {
		t.Errorf("%d leaves, notes %v", r.Size, r.Notes)
	}
}

// TestLog_noTiles: a checkpoint that cannot be written is signed later; nothing
// that was acknowledged depends on it.
func TestLog_noTiles(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, testOptions(dir))
	// A file where the folder of the tiles should be fails for every user.
	tiles := filepath.Join(dir, tileDir)
	aside := tiles + "-aside"
	if err := os.Rename(tiles, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tiles, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	appendMany(t, l, 0, 1000)
	if _, err := l.Seal(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("no tiles, and: %v", err)
	}
	if got := l.Checkpoint().Size; got != 1 {
		t.Errorf("signed %d leaves without their tiles", got)
	}
	if err := errors.Join(os.Remove(tiles), os.Rename(aside, tiles)); err != nil {
		t.Fatal(err)
	}
	if c := seal(t, l); c.Size != 1001 {
		t.Errorf("signed %d leaves", c.Size)
	}
	closeLog(t, l)
	verifyClean(t, dir)
}

// TestLog_backpressure: callers wait while the disk does, and can give up.
func TestLog_backpressure(t *testing.T) {
	l := openLog(t, testOptions(t.TempDir()))
	hold, held := make(chan struct{}), make(chan struct{})
	go func() { _ = l.inWriter(context.Background(), func() { close(held); <-hold }) }()
	<-held
	big := sample(1)
	big.Detail = map[string]string{"x": strings.Repeat("x", 50<<10)}
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var acks []<-chan Ack
	var refused error
	for range mostWaiting/(50<<10) + 2*mostQueued {
		ack, err := l.AppendAsync(ctx, big)
		if err != nil {
			refused = err
			break
		}
		acks = append(acks, ack)
	}
	if !errors.Is(refused, context.DeadlineExceeded) {
		t.Errorf("%d big entries waited, then: %v", len(acks), refused)
	}
	if most := mostWaiting / (50 << 10); len(acks) > most {
		t.Errorf("%d big entries wait, want %d at most", len(acks), most)
	}
	close(hold)
	for _, ack := range acks {
		if a := <-ack; a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	if _, err := l.Append(t.Context(), big); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestLog_closed(t *testing.T) {
	l := openLog(t, testOptions(t.TempDir()))
	closeLog(t, l)
	for range 50 { // never into a queue that nobody empties
		if _, err := l.Append(t.Context(), sample(1)); !fault.Is(err, "audit.closed") {
			t.Errorf("append: %v", err)
		}
	}
	if _, err := l.Seal(t.Context()); !fault.Is(err, "audit.closed") {
		t.Errorf("seal: %v", err)
	}
}

func TestLog_otherKey(t *testing.T) {
	dir := t.TempDir()
	closeLog(t, openLog(t, testOptions(dir)))
	opt := testOptions(dir)
	opt.Signer = ed25519.NewKeyFromSeed(make([]byte, 32))
	if _, err := Open(opt); !fault.Is(err, "audit.other-key") {
		t.Errorf("another key: %v", err)
	}
}

func TestLog_checkpoints(t *testing.T) {
	dir := t.TempDir()
	opt := testOptions(dir)
	now := time.Date(2026, 11, 22, 8, 10, 0, 0, time.UTC)
	start := now
	opt.Now, opt.Mono = func() time.Time { return now }, func() time.Duration { return now.Sub(start) }
	l := openLog(t, opt)
	var signed []Checkpoint
	for i := range 5 {
		appendMany(t, l, i, 100)
		signed = append(signed, seal(t, l))
		now = now.Add(40 * time.Minute)
	}
	for i, c := range signed {
		doc, err := l.Consistency(c.Note)
		if err != nil {
			t.Fatalf("consistency with checkpoint %d: %v", i, err)
		}
		if older, newer, err := doc.Check(testKey(t)); err != nil || older.Size != c.Size || newer.Size != signed[4].Size {
			t.Errorf("consistency: %d, %d, %v", older.Size, newer.Size, err)
		}
	}
	closeLog(t, l)
	if r := verifyClean(t, dir); r.Kept != 3 { // of 8, 9 and 10 o'clock
		t.Errorf("%d checkpoints kept", r.Kept)
	}
}
