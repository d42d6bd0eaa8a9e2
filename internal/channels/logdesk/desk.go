// Package logdesk is what the API and the pages have in common about the log: proving
// an entry, and verifying the whole. That somebody did is in the log itself. Who may
// is what the routes ask.
package logdesk

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Desk is where the log is looked into.
type Desk struct {
	*audit.Log
	Door *door.Door
	Dir  string // folder of the log
}

// Receipt proves an entry; one of this very moment is signed first.
func (d *Desk) Receipt(ctx context.Context, index int64) (audit.Receipt, error) {
	proof, err := d.Proof(ctx, index)
	if fault.Is(err, "audit.not-signed") {
		if _, err = d.Seal(ctx); err == nil {
			proof, err = d.Proof(ctx, index)
		}
	}
	return proof, err
}

// Took writes down that somebody took a receipt.
func (d *Desk) Took(ctx context.Context, index int64) error {
	id := strconv.FormatInt(index, 10)
	return d.Door.Done(ctx, policy.ReadAudit, policy.What{Kind: policy.KindAudit, ID: id}, nil, map[string]string{"receipt": id})
}

// A Verdict is what verifying the log found.
type Verdict struct {
	audit.Report
	Begun time.Time
	Took  time.Duration
	Since Since
}

// Whole reports whether nothing in the log is other than it was written and signed.
func (v *Verdict) Whole() bool { return len(v.Problems) == 0 && v.Since.Err == nil }

// Since is what an old checkpoint proves: that the log still begins with what it had
// then.
type Since struct {
	Size  int64     // of the log at that checkpoint; 0: there is none, the log itself is younger
	Time  time.Time // of its last entry; zero when that is not known
	Today int64     // size of the log now
	Err   error     // why it is not proved
}

// Verify computes the whole log anew, and proves that nothing before an old checkpoint
// has changed: one that is given, or the last of yesterday. It takes a minute for some
// millions of entries. That it was done is in the log.
func (d *Desk) Verify(ctx context.Context, old string) (*Verdict, error) {
	v := &Verdict{Begun: time.Now()}
	var err error
	if v.Report, err = audit.Verify(ctx, d.Dir, d.Key()); err != nil {
		return nil, err
	}
	v.Took = time.Since(v.Begun)
	v.Since = d.since(ctx, strings.TrimSpace(strings.ReplaceAll(old, "\r\n", "\n")))
	result := map[string]string{"verified": strconv.FormatBool(v.Whole()), "size": strconv.FormatInt(v.Size, 10)}
	return v, d.Door.Done(ctx, policy.ReadAudit, policy.What{Kind: policy.KindAudit}, nil, result)
}

func (d *Desk) since(ctx context.Context, given string) (s Since) {
	old := []byte(given + "\n")
	if given == "" {
		if old, s.Err = lastBefore(d.Dir, viet.DateOf(time.Now().In(viet.Zone)).Time()); old == nil || s.Err != nil {
			return s
		}
	}
	proof, err := d.Consistency(old)
	if err != nil {
		return Since{Err: err}
	}
	older, newer, err := proof.Check(d.Key())
	if err != nil {
		return Since{Err: err}
	}
	s.Size, s.Today = older.Size, newer.Size
	if e, err := d.Entry(ctx, older.Size-1); err == nil {
		s.Time = e.Time
	}
	return s
}

// lastBefore is the last of the kept checkpoints that was signed before a time,
// nil when there is none. One is kept of each hour (UTC), named for it.
func lastBefore(dir string, t time.Time) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "checkpoints", "*", "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, name := range slices.Backward(files) {
		hour, err := time.Parse("2006/01-02T15Z", filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name))
		if err != nil || !hour.Before(t) {
			continue // an unfinished file, or a later one
		}
		return os.ReadFile(name)
	}
	return nil, nil
}
