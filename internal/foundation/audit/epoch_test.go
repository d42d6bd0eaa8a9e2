package audit

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// restoredCopy makes a log, copies its folder as a backup would, and lets the
// log grow on. It returns the copy and the newest checkpoint of the original.
func restoredCopy(t *testing.T) (dir string, newest Checkpoint, atCopy int64) {
	t.Helper()
	first := t.TempDir()
	l := openLog(t, testOptions(first))
	appendMany(t, l, 0, 300)
	atCopy = seal(t, l).Size
	dir = filepath.Join(t.TempDir(), "audit")
	if err := os.CopyFS(dir, os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	appendMany(t, l, 300, 50)
	newest = seal(t, l)
	return dir, newest, atCopy
}

func TestEpoch(t *testing.T) {
	dir, newest, atCopy := restoredCopy(t)
	if err := BeginEpoch(dir, newest.Note, "đĩa hỏng"); err != nil {
		t.Fatal(err)
	}
	if r := verifyClean(t, dir); len(r.Notes) != 1 {
		t.Errorf("notes before it is opened: %v", r.Notes)
	}
	l := openLog(t, testOptions(dir))
	c := l.Checkpoint()
	if c.Origin != testOrigin+"/2" || c.Epoch != 2 || c.Size != atCopy+1 {
		t.Fatalf("checkpoint of %s, %d leaves", c.Origin, c.Size)
	}
	e, err := l.Entry(t.Context(), atCopy)
	if err != nil || e.Action != ActionEpoch || e.Epoch != 2 || e.Detail["old_checkpoint"] != string(newest.Note) ||
		e.Detail["old_root"] != newest.Root.String() || e.Detail["old_size"] != "351" || e.Detail["reason"] != "đĩa hỏng" {
		t.Errorf("the first leaf of the epoch: %+v, %v", e, err)
	}
	if e, err := l.Entry(t.Context(), 5); err != nil || e.Epoch != 1 {
		t.Errorf("an entry of the first epoch: %+v, %v", e, err)
	}
	// The number that was signed before is passed under another name.
	appendMany(t, l, 0, 100)
	seal(t, l)
	closeLog(t, l)
	verifyClean(t, dir)
	if _, err := os.Stat(filepath.Join(dir, restoredFile)); !os.IsNotExist(err) {
		t.Errorf("the call for a new epoch is still there: %v", err)
	}
	l = openLog(t, testOptions(dir))
	if c := l.Checkpoint(); c.Epoch != 2 {
		t.Errorf("the next start is in epoch %d", c.Epoch)
	}
	receipt, err := l.Proof(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Check(testKey(t)); err != nil { // the first epoch's key is enough
		t.Errorf("a receipt of the second epoch: %v", err)
	}
	closeLog(t, l)
	verifyClean(t, dir)
}

// TestEpoch_known: without a note of the restore, the checkpoint that is known
// outside tells.
func TestEpoch_known(t *testing.T) {
	dir, newest, atCopy := restoredCopy(t)
	opt := testOptions(dir)
	opt.Known = newest.Note
	l := openLog(t, opt)
	if c := l.Checkpoint(); c.Epoch != 2 || c.Size != atCopy+1 {
		t.Errorf("epoch %d, %d leaves", c.Epoch, c.Size)
	}
	closeLog(t, l)
	l = openLog(t, opt) // known still, and no news any more
	if c := l.Checkpoint(); c.Epoch != 2 || c.Size != atCopy+1 {
		t.Errorf("started again: epoch %d, %d leaves", c.Epoch, c.Size)
	}
	closeLog(t, l)
	verifyClean(t, dir)
}

// TestEpoch_forked: a log of the same size with other entries is refused.
func TestEpoch_forked(t *testing.T) {
	one := openLog(t, testOptions(t.TempDir()))
	appendMany(t, one, 0, 10)
	known := seal(t, one)
	dir := t.TempDir()
	other := openLog(t, testOptions(dir))
	appendMany(t, other, 5, 20)
	closeLog(t, other)
	opt := testOptions(dir)
	opt.Known = known.Note
	if _, err := Open(opt); !fault.Is(err, "audit.forked") {
		t.Errorf("another log: %v", err)
	}
	opt.Known = []byte("x")
	if _, err := Open(opt); !fault.Is(err, "audit.bad-checkpoint") {
		t.Errorf("no checkpoint: %v", err)
	}
}

// TestEpoch_unfinished: the process dies after the epoch's first leaf and
// before the epoch is filed: the same epoch goes on.
func TestEpoch_unfinished(t *testing.T) {
	dir, newest, atCopy := restoredCopy(t)
	copied := filepath.Join(t.TempDir(), "audit")
	if err := BeginEpoch(dir, newest.Note, "thử"); err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile(filepath.Join(dir, restoredFile))
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		t.Fatal(err)
	}
	closeLog(t, openLog(t, testOptions(dir)))
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{restoredFile: note, checkpointFile: old} {
		if err := os.WriteFile(filepath.Join(copied, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(copied, epochFile(2))); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, testOptions(copied))
	if c := l.Checkpoint(); c.Epoch != 2 || c.Size != atCopy+1 {
		t.Errorf("epoch %d, %d leaves", c.Epoch, c.Size)
	}
	closeLog(t, l)
	verifyClean(t, copied)
}

func TestEpoch_empty(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	one := openLog(t, testOptions(t.TempDir()))
	appendMany(t, one, 0, 10)
	if err := BeginEpoch(dir, seal(t, one).Note, "bản sao lưu không có nhật ký"); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, testOptions(dir))
	if c := l.Checkpoint(); c.Epoch != 2 || c.Size != 1 {
		t.Errorf("epoch %d, %d leaves", c.Epoch, c.Size)
	}
	closeLog(t, l)
	verifyClean(t, dir)
	if err := BeginEpoch(dir, []byte("x"), ""); !fault.Is(err, "audit.bad-checkpoint") {
		t.Errorf("no checkpoint: %v", err)
	}
}

// TestClock: time never goes back, and a jump is an alarm.
func TestClock(t *testing.T) {
	dir := t.TempDir()
	opt := testOptions(dir)
	wall := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	mono := time.Duration(0)
	opt.Now, opt.Mono = func() time.Time { return wall }, func() time.Duration { return mono }
	l := openLog(t, opt)
	add := func() Recorded {
		index, err := l.Append(t.Context(), sample(1))
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Entry(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	pass := func(w, m time.Duration) { wall, mono = wall.Add(w), mono+m }
	if e := add(); e.ClockHealth != ClockSynced {
		t.Errorf("health %s", e.ClockHealth)
	}
	a, b := add(), add() // in the same instant
	if !b.Time.After(a.Time) {
		t.Errorf("%v after %v", b.Time, a.Time)
	}
	pass(-4*time.Minute, time.Second) // tolerated, and not followed
	if c := add(); !c.Time.After(b.Time) || c.ClockHealth != ClockHeld {
		t.Errorf("%v after %v, %s", c.Time, b.Time, c.ClockHealth)
	}
	alarms := func() int {
		page, err := l.Entries(t.Context(), Query{Action: ActionClock})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Entries)
	}
	if n := alarms(); n != 0 {
		t.Errorf("%d alarms", n)
	}
	pass(10*time.Minute, time.Second)
	if e := add(); e.ClockHealth != ClockJumped || alarms() != 1 {
		t.Errorf("a jump: %s, %d alarms", e.ClockHealth, alarms())
	}
	pass(59*time.Minute, 59*time.Minute)
	if e := add(); e.ClockHealth != ClockJumped || alarms() != 1 {
		t.Errorf("within the hour: %s, %d alarms", e.ClockHealth, alarms())
	}
	pass(2*time.Minute, 2*time.Minute)
	if e := add(); e.ClockHealth != ClockSynced || alarms() != 1 {
		t.Errorf("after it: %s, %d alarms", e.ClockHealth, alarms())
	}
	closeLog(t, l)
	pass(-time.Hour, time.Second) // set back while nobody watched
	l = openLog(t, opt)
	if e := add(); e.ClockHealth != ClockJumped || alarms() != 2 {
		t.Errorf("set back between two runs: %s, %d alarms", e.ClockHealth, alarms())
	}
	closeLog(t, l)
	verifyClean(t, dir)
}
