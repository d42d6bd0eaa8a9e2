package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A restored log may be older than checkpoints that receipts outside rest on.
// It then must not sign those sizes a second time with other leaves: it begins
// a new epoch, whose checkpoints bear another name (origin/2, origin/3, …) and
// whose first leaf names the newest old checkpoint.

// restored is what BeginEpoch leaves for Open, and what is kept of it.
type restored struct {
	Epoch      int    `json:"epoch,omitempty"` // given by Open
	First      int64  `json:"first,omitempty"` // index of its first leaf
	Reason     string `json:"reason"`
	Checkpoint string `json:"checkpoint"` // the old one, "" where none is known
}

func (r restored) text() []byte {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic(err) // numbers and text only
	}
	return append(text, '\n')
}

// BeginEpoch makes the next Open of a restored folder begin a new epoch. old is
// the newest checkpoint known of the log before the restore: the file
// "checkpoint" of the folder that was replaced, or one from outside; nil when
// there is none. Every restore calls it: nobody knows who holds a receipt.
func BeginEpoch(dir string, old []byte, reason string) error {
	if len(old) > 0 {
		if _, _, err := parseCheckpoint(old); err != nil {
			return fault.New(fault.Invalid, "audit.bad-checkpoint").Because(err)
		}
	}
	return putFileSynced(filepath.Join(dir, restoredFile), restored{Reason: reason, Checkpoint: string(old)}.text())
}

// newEpoch says which epoch this opening begins, nil for none.
func (l *Log) newEpoch() (*restored, error) {
	r, err := l.fromRestore()
	if err != nil {
		return nil, err
	}
	if b := l.begun; b != nil && (r == nil || r.Reason == b.Reason && r.Checkpoint == b.Checkpoint) {
		// Its first leaf is there already: the process died before it was filed.
		if err := l.recordEpoch(b); err != nil {
			return nil, err
		}
		r = nil
	}
	if r == nil {
		if r, err = l.fromKnown(); err != nil || r == nil {
			return nil, err
		}
	}
	r.Epoch, r.First = l.epoch+1, l.tree.size
	if r.Checkpoint != "" {
		old, err := l.key.Open([]byte(r.Checkpoint))
		if err != nil {
			return nil, fault.New(fault.Conflict, "audit.bad-checkpoint").Because(err)
		}
		r.Epoch = max(r.Epoch, old.Epoch+1)
	}
	return r, nil
}

func (l *Log) fromRestore() (*restored, error) {
	text, err := os.ReadFile(filepath.Join(l.dir, restoredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &restored{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, damaged(l.dir, restoredFile, err)
	}
	return r, nil
}

// readKnown verifies the checkpoint that is known outside.
func (l *Log) readKnown() error {
	if len(l.opt.Known) == 0 {
		return nil
	}
	known, err := l.key.Open(l.opt.Known)
	if err != nil {
		return fault.New(fault.Invalid, "audit.bad-checkpoint").Because(err)
	}
	l.known = &known
	return nil
}

// fromKnown compares the log with the checkpoint that is known outside. A log
// that is shorter, or of an earlier epoch, was restored; one that is as long
// and not the same was changed.
func (l *Log) fromKnown() (*restored, error) {
	k := l.known
	switch {
	case k == nil || k.Epoch < l.epoch: // its size may be one that a restore took away
		return nil, nil
	case k.Epoch > l.epoch || k.Size > l.tree.size:
		return &restored{Reason: "older than the known checkpoint", Checkpoint: string(k.Note)}, nil
	}
	root := l.knownRoot // met on the way through what was not signed yet
	if k.Size <= l.signed.Size {
		var err error
		if root, err = l.rootAt(k.Size); err != nil {
			return nil, err
		}
	}
	if root != k.Root {
		return nil, fault.New(fault.Conflict, "audit.forked", l.dir, k.Size)
	}
	return nil, nil
}

// entry is the first leaf of the epoch.
func (r *restored) entry() Entry {
	detail := map[string]string{
		"epoch": strconv.Itoa(r.Epoch), "entries": strconv.FormatInt(r.First, 10),
		"reason": r.Reason, "old_checkpoint": r.Checkpoint,
	}
	if old, _, err := parseCheckpoint([]byte(r.Checkpoint)); err == nil {
		detail["old_size"], detail["old_root"] = strconv.FormatInt(old.Size, 10), old.Root.String()
	}
	return Entry{Actor: self, Action: ActionEpoch, Object: "log", Result: Done, Detail: detail}
}

// begun reads back the first leaf of an epoch.
func begun(index int64, e *Entry) *restored {
	epoch, err := strconv.Atoi(e.Detail["epoch"])
	if err != nil || e.Action != ActionEpoch {
		return nil
	}
	return &restored{Epoch: epoch, First: index, Reason: e.Detail["reason"], Checkpoint: e.Detail["old_checkpoint"]}
}

// recordEpoch files the beginning and ends the call for it.
func (l *Log) recordEpoch(r *restored) error {
	path := filepath.Join(l.dir, epochFile(r.Epoch))
	if err := putFileSynced(path, r.text()); err != nil {
		return err
	}
	if err := removeGone(filepath.Join(l.dir, restoredFile)); err != nil {
		return err
	}
	return syncDir(l.dir)
}

// parseEpoch reads the file of an epoch, in its one spelling.
func parseEpoch(text []byte) (restored, error) {
	var r restored
	if err := json.Unmarshal(text, &r); err != nil {
		return r, err
	}
	if !bytes.Equal(r.text(), text) {
		return r, errors.New("not in its one spelling")
	}
	return r, nil
}

// epochs lists the epochs from the second on.
func (r *Reader) epochs() ([]restored, error) {
	files, err := os.ReadDir(filepath.Join(r.dir, epochsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []restored
	for _, f := range files {
		if isTemp(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(r.dir, epochsDir, f.Name()))
		if err != nil {
			return nil, err
		}
		e, err := parseEpoch(text)
		if err != nil {
			return nil, damaged(r.dir, filepath.Join(epochsDir, f.Name()), err)
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b restored) int { return cmp.Compare(a.Epoch, b.Epoch) })
	return all, nil
}
