package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// An Erasure says who has payloads erased, and by which law or decision.
type Erasure struct {
	By      Actor  `json:"by"`
	Org     string `json:"org"`
	Basis   string `json:"basis"`
	Purpose string `json:"purpose"`
	Trace   string `json:"trace"`
}

// An Erased says what an erasure did.
type Erased struct {
	Count int64 // payloads that are gone now
	Leaf  int64 // entry that says so, the last where it took several; -1 = there was nothing to erase
}

// erasingJournal stands on disk while an erasure is under way, so that a killed
// process finishes it at the next start.
type erasingJournal struct {
	Erasure
	Leaves string `json:"leaves"`
}

func (j erasingJournal) text() []byte {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // text only
	}
	return append(text, '\n')
}

// Erase erases payload and salt of all entries that match. Leaf, time and MAC
// stay: the tree verifies as before, and without the salt the MAC says nothing.
// The erasure is an entry of its own, written before the first byte goes. The
// log's own entries are kept: they hold nothing about persons.
func (l *Log) Erase(ctx context.Context, why Erasure, match func(Recorded) bool) (Erased, error) {
	var found []int64
	for q := (Query{Limit: mostPage}); ; {
		page, err := l.Entries(ctx, q)
		if err != nil {
			return Erased{}, err
		}
		for _, r := range page.Entries {
			if !r.Erased && !strings.HasPrefix(r.Action, ownPrefix) && match(r) {
				found = append(found, r.Index)
			}
		}
		if !page.More {
			break
		}
		q.From = page.Next
	}
	return l.EraseIndexes(ctx, why, found)
}

// EraseIndexes erases payload and salt of the entries with these indexes.
func (l *Log) EraseIndexes(ctx context.Context, why Erasure, indexes []int64) (Erased, error) {
	if strings.TrimSpace(why.Basis) == "" {
		return Erased{}, fault.New(fault.Invalid, "audit.no-basis")
	}
	l.erasing.Lock()
	defer l.erasing.Unlock()
	indexes = slices.Compact(slices.Sorted(slices.Values(indexes)))
	indexes, err := l.erasable(ctx, indexes)
	if err != nil || len(indexes) == 0 {
		return Erased{Leaf: -1}, err
	}
	done := Erased{Leaf: -1}
	for part := range slices.Chunk(indexes, mostErased) {
		if err := l.eraseSome(ctx, why, part, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// mostErased is how many entries one leaf of an erasure names: their numbers
// must fit into it, and the writer stands still meanwhile.
const mostErased = 2000

// erasable drops entries that are erased already and refuses the log's own.
func (l *Log) erasable(ctx context.Context, indexes []int64) ([]int64, error) {
	var live []int64
	for _, i := range indexes {
		r, err := l.Entry(ctx, i)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(r.Action, ownPrefix) {
			return nil, fault.New(fault.Denied, "audit.keep-own", i, r.Action)
		}
		if !r.Erased {
			live = append(live, i)
		}
	}
	return live, nil
}

func (l *Log) eraseSome(ctx context.Context, why Erasure, indexes []int64, done *Erased) error {
	// The leaves must be in signed bundles before the payloads that they could
	// be made from are gone.
	if _, err := l.Seal(ctx); err != nil {
		return err
	}
	j := erasingJournal{Erasure: why, Leaves: formatRanges(indexes)}
	path := filepath.Join(l.dir, payloadDir, erasingFile)
	if err := putFileSynced(path, j.text()); err != nil {
		return err
	}
	leaf, err := l.eraseJournaled(ctx, j, indexes)
	if err != nil {
		return err // the journal stays: the next start finishes what this one could not
	}
	done.Count, done.Leaf = done.Count+int64(len(indexes)), leaf
	return nil
}

// eraseJournaled does what the journal says and removes it.
func (l *Log) eraseJournaled(ctx context.Context, j erasingJournal, indexes []int64) (int64, error) {
	acks, err := l.send(ctx, true, []Entry{{
		Actor: j.By, Org: j.Org, Action: ActionErase, Object: "log", Purpose: j.Purpose, Basis: j.Basis, Result: Done, Trace: j.Trace,
		Detail: map[string]string{"count": strconv.Itoa(len(indexes)), "leaves": j.Leaves},
	}})
	if err != nil {
		return 0, err
	}
	ack := <-acks
	if ack.Err != nil {
		return 0, ack.Err
	}
	// From here on ctx does not count: half an erasure is none.
	for {
		busy := false
		var failed error
		err := l.inWriter(context.WithoutCancel(ctx), func() {
			if busy = l.sealing; !busy {
				failed = l.overwrite(indexes)
			}
		})
		if err = errors.Join(err, failed); err != nil {
			return 0, fmt.Errorf("erasing: %w", err)
		}
		if !busy {
			break
		}
		if _, err := l.Seal(context.WithoutCancel(ctx)); err != nil {
			return 0, err
		}
	}
	path := filepath.Join(l.dir, payloadDir, erasingFile)
	return ack.First, errors.Join(removeGone(path), syncDir(filepath.Dir(path)))
}

// overwrite puts zeros over payloads, and makes their blocks of the index
// again. It runs in the writer, while no seal is under way.
func (l *Log) overwrite(indexes []int64) error {
	for i := 0; i < len(indexes); {
		n := indexes[i] / bundleSize
		to := i
		for to < len(indexes) && indexes[to]/bundleSize == n {
			to++
		}
		if err := l.overwriteBlock(n, indexes[i:to]); err != nil {
			return err
		}
		i = to
	}
	return nil
}

func (l *Log) overwriteBlock(n int64, indexes []int64) (err error) {
	type place struct{ index, from, to int64 }
	var places []place
	last := min((n+1)*bundleSize, l.tree.size)
	err = l.scanBlock(n, last, func(f frame, from, to uint32) error {
		if slices.Contains(indexes, f.index) && f.state == live {
			places = append(places, place{f.index, int64(from), int64(to)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(l.dir, segmentFile(n/segmentBlocks)), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	for _, p := range places {
		gone := make([]byte, p.to-p.from)
		sealFrame(gone, erased, p.index)
		_, w := file.WriteAt(gone, p.from)
		err = errors.Join(err, w)
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return l.remakeBlock(n, last)
}

// remakeBlock takes what was erased out of the index, on disk or on its way.
func (l *Log) remakeBlock(n, before int64) error {
	b := &block{}
	err := l.scanBlock(n, before, func(f frame, from, to uint32) error { return l.addFrame(b, f, from, to) })
	if err != nil {
		return err
	}
	switch {
	case before < (n+1)*bundleSize:
		l.block = b
	case l.fresh(n) != nil:
		l.mu.Lock()
		l.unwritten[n] = b
		l.mu.Unlock()
	default:
		return putBlocks(l.dir, n, b.append(nil))
	}
	return nil
}

// finishErasing does again what a killed process had begun.
func (l *Log) finishErasing() error {
	name := filepath.Join(payloadDir, erasingFile)
	text, err := os.ReadFile(filepath.Join(l.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	j, indexes, err := parseErasing(text)
	if err != nil {
		return damaged(l.dir, name, err)
	}
	if len(indexes) > 0 && indexes[len(indexes)-1] >= l.Size() {
		return damaged(l.dir, name, errors.New("entries that the log does not have"))
	}
	ctx := context.Background()
	if _, err := l.Seal(ctx); err != nil {
		return err
	}
	_, err = l.eraseJournaled(ctx, j, indexes)
	return err
}

func parseErasing(text []byte) (j erasingJournal, indexes []int64, err error) {
	if err := json.Unmarshal(text, &j); err != nil {
		return j, nil, err
	}
	indexes, err = parseRanges(j.Leaves, mostErased)
	return j, indexes, err
}

// formatRanges writes sorted indexes as "3,5-9".
func formatRanges(indexes []int64) string {
	var b []byte
	for i := 0; i < len(indexes); {
		to := i
		for to+1 < len(indexes) && indexes[to+1] == indexes[to]+1 {
			to++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, indexes[i], 10)
		if to > i {
			b = strconv.AppendInt(append(b, '-'), indexes[to], 10)
		}
		i = to + 1
	}
	return string(b)
}

// parseRanges reads them back: in order, each once, most at most.
func parseRanges(text string, most int64) ([]int64, error) {
	var all []int64
	last := int64(-1)
	for part := range strings.SplitSeq(text, ",") {
		a, b, isRange := strings.Cut(part, "-")
		if !isRange {
			b = a
		}
		from, err1 := strconv.ParseInt(a, 10, 64)
		to, err2 := strconv.ParseInt(b, 10, 64)
		if err := cmp.Or(err1, err2); err != nil {
			return nil, err
		}
		if from <= last || to < from || to == math.MaxInt64 || to-from >= most-int64(len(all)) {
			return nil, fmt.Errorf("ranges %.100q", text)
		}
		for i := from; i <= to; i++ {
			all = append(all, i)
		}
		last = to
	}
	if formatRanges(all) != text {
		return nil, fmt.Errorf("ranges %.100q: not in their one spelling", text)
	}
	return all, nil
}
