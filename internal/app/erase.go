package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/inbox"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/blob"
	"github.com/phohien/phohien/internal/foundation/store"
)

// erased lets everybody else forget a record that was erased: the ledger of uses,
// the payloads of the log, samples of drafts. Each may be told again.
func (a *App) erased(ctx context.Context, e corridor.Erased) error {
	for _, text := range e.Trace.Texts {
		if _, err := a.Usage.Forget(ctx, text); err != nil {
			return err
		}
	}
	why := audit.Erasure{By: audit.Actor{Kind: e.By.Kind, ID: e.By.ID, Name: e.By.Name}, Basis: e.Basis}
	if _, err := a.Audit.Erase(ctx, why, func(r audit.Recorded) bool { return speaksOf(r, e.Trace) }); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if err := a.drafts.Forget(ctx, e.Holds, e.Trace.Scrub); err != nil {
		return fmt.Errorf("drafts: %w", err)
	}
	if err := sweepInbox(ctx, filepath.Join(a.Config.Data, "inbox"), e); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	return nil
}

func fileHolds(ctx context.Context, e corridor.Erased, path string) (bool, error) {
	f, err := blob.OpenFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	holds, err := e.Holds(ctx, f)
	return holds, errors.Join(err, f.Close())
}

// sweepInbox removes files that the drop folder has dealt with and that hold the
// record. What still waits there has not been sent yet.
func sweepInbox(ctx context.Context, dir string, e corridor.Erased) error {
	root, err := filepath.EvalSymlinks(dir) // it may be a link to a share
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || !d.Type().IsRegular() || !inbox.Done(strings.TrimPrefix(path, root)) {
			return err
		}
		holds := e.Trace.In(filepath.Base(path))
		if filepath.Ext(path) == ".txt" && !holds { // says what became of a file; its own text is short
			holds, err = store.HoldsText(path, e.Trace.Spellings()...)
		} else if !holds {
			holds, err = fileHolds(ctx, e, path)
		}
		if err != nil || !holds {
			return err
		}
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// speaksOf reports whether an entry of the log names a record.
func speaksOf(r audit.Recorded, t record.Trace) bool {
	texts := []string{r.Object, r.Purpose, r.Basis, r.Dest}
	texts = append(texts, r.Why...)
	for _, s := range r.Detail {
		texts = append(texts, s)
	}
	return slices.ContainsFunc(texts, func(s string) bool {
		return t.In(s) || slices.ContainsFunc(t.Spellings(), func(spelling string) bool { return strings.Contains(s, spelling) })
	})
}

// expireEvery is how often it is looked whether a day has begun.
const expireEvery = time.Hour

// expireDaily ends, once a day, what is kept no longer: files as sent, holds.
func (a *App) expireDaily() {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for last := ""; ; {
		if day := time.Now().Format(time.DateOnly); day != last {
			done, err := a.Corridor.Expire(a.stopping, time.Now())
			switch {
			case a.stopping.Err() != nil:
				return
			case err != nil:
				a.Log.Error("what is kept no longer is not ended", "err", err)
			default:
				last = day
				if done.Originals > 0 {
					a.Log.Info("files as sent are kept no longer", "files", done.Originals, "bytes", done.Bytes)
				}
			}
		}
		select {
		case <-tick.C:
		case <-a.stopping.Done():
			return
		}
	}
}
