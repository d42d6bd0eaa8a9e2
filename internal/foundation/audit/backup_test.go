package audit

import (
	"path/filepath"
	"testing"
	"time"
)

// TestBackup copies a log while it is written to, and restores the copy.
func TestBackup(t *testing.T) {
	opt := testOptions(t.TempDir())
	opt.Tick = 2 * time.Millisecond
	l := openLog(t, opt)
	appendMany(t, l, 0, 700)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				if _, err := l.Append(t.Context(), sample(i)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	var copies []string
	for range 4 {
		copies = append(copies, filepath.Join(t.TempDir(), "audit"))
		if err := l.Backup(t.Context(), copies[len(copies)-1]); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-ended
	newest := seal(t, l)
	for _, dir := range copies {
		if err := BeginEpoch(dir, newest.Note, "khôi phục"); err != nil {
			t.Fatal(err)
		}
		copied := testOptions(dir)
		r := openLog(t, copied)
		if c := r.Checkpoint(); c.Epoch != 2 || c.Size < 702 {
			t.Errorf("epoch %d, %d leaves", c.Epoch, c.Size)
		}
		appendMany(t, r, 0, 600)
		closeLog(t, r)
		verifyClean(t, dir)
	}
	if err := l.Backup(t.Context(), copies[0]); err == nil {
		t.Error("a copy is written over another one")
	}
}
