package audit

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// pending is what the next seal writes besides the right edge.
type pending struct {
	tiles  []pendingTile
	blocks []int64
}

type pendingTile struct {
	tile tile
	data []byte
}

// A sealJob is all that a checkpoint needs on disk before it may be signed. It
// is done beside the writer, which goes on.
type sealJob struct {
	pending
	tree   *tree
	bundle []byte
	index  map[int64]*block
	epoch  int
	kept   string // newest of the kept checkpoints
	last   []tile // partial tiles of the newest checkpoint
	before []tile // of the one before it, which nobody needs once this is signed
}

type sealResult struct {
	job        *sealJob
	checkpoint Checkpoint
	kept       string
	err        error
}

type sealWaiter struct {
	size int64
	done chan error
}

// startSeal begins to write the tiles up to here, if there is anything new and
// no seal is under way.
func (l *Log) startSeal() {
	if l.sealing || l.tree.size == l.signed.Size {
		return
	}
	job := &sealJob{
		pending: l.pending, tree: l.tree.snapshot(), bundle: slices.Clone(l.bundle), index: map[int64]*block{}, epoch: l.epoch,
		kept: l.kept, before: l.partials[0], last: l.partials[1],
	}
	for _, n := range job.blocks {
		job.index[n] = l.unwritten[n]
	}
	l.pending, l.sealing = pending{}, true
	go func() { l.sealed <- l.seal(job) }() // the writer waits for it, also in finish
}

// settle takes a seal's result in.
func (l *Log) settle(r sealResult) {
	l.sealing, l.sealErr = false, r.err
	if r.err != nil {
		l.opt.Log.Error("audit: checkpoint not signed", "size", r.job.tree.size, "err", r.err)
		l.pending.tiles = append(r.job.tiles, l.pending.tiles...)
		l.pending.blocks = append(r.job.blocks, l.pending.blocks...)
	} else {
		l.kept = r.kept
		l.partials = [2][]tile{l.partials[1], rightEdge(r.checkpoint.Size)}
		l.mu.Lock()
		l.signed = r.checkpoint
		for _, n := range r.job.blocks {
			delete(l.unwritten, n)
		}
		l.mu.Unlock()
	}
	var rest []sealWaiter
	for _, w := range l.waiting {
		switch {
		case l.signed.Size >= w.size:
			w.done <- nil
		case r.err != nil:
			w.done <- r.err
		default:
			rest = append(rest, w)
		}
	}
	l.waiting = rest
	if len(rest) > 0 {
		l.startSeal()
	}
}

// Seal signs a checkpoint now and returns it: it holds at least all that was
// acknowledged before the call.
func (l *Log) Seal(ctx context.Context) (Checkpoint, error) {
	w := sealWaiter{done: make(chan error, 1)}
	err := l.inWriter(ctx, func() {
		if w.size = l.tree.size; w.size <= l.signed.Size {
			w.done <- nil
			return
		}
		l.waiting = append(l.waiting, w)
		l.startSeal()
	})
	if err != nil {
		return Checkpoint{}, err
	}
	select {
	case err = <-w.done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return l.Checkpoint(), err
}

// inWriter has the writer run f between two batches, and waits for it.
func (l *Log) inWriter(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case l.control <- func() { f(); close(done) }:
	case <-l.ended:
		return errClosed()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	<-done
	return nil
}

// seal writes and syncs tiles, bundles and index, and only then signs.
func (l *Log) seal(job *sealJob) sealResult {
	r := sealResult{job: job, kept: job.kept}
	if r.err = l.sealFiles(job); r.err == nil {
		r.checkpoint = signCheckpoint(l.key, l.opt.Signer, job.epoch, job.tree.size, job.tree.root())
		r.err = putFileSynced(filepath.Join(l.dir, checkpointFile), r.checkpoint.Note)
	}
	if r.err == nil {
		r.kept, r.err = l.keep(r.checkpoint, job.kept)
	}
	if r.err == nil {
		r.err = l.dropPartials(job)
	}
	if r.err != nil {
		key := fault.New(fault.Unavailable, "audit.not-written", l.dir)
		if noRoom(r.err) {
			key = fault.New(fault.Unavailable, "audit.disk-full", l.dir)
		}
		r.err = key.Because(r.err)
	}
	return r
}

func (l *Log) sealFiles(job *sealJob) error {
	files := job.tiles
	for level, hashes := range job.tree.edge {
		if len(hashes) > 0 {
			n := job.tree.size >> (tileHeight * (level + 1))
			files = append(files, pendingTile{tile{level, n, len(hashes)}, tileBytes(hashes)})
		}
	}
	if len(job.bundle) > 0 {
		files = append(files, pendingTile{tile{entriesLevel, job.tree.size / bundleSize, len(job.bundle) / bundleEntry}, job.bundle})
	}
	if err := l.putTiles(files); err != nil {
		return err
	}
	return l.putBlocks(job)
}

// putTiles writes tiles beside each other: a sync waits for the disk.
func (l *Log) putTiles(files []pendingTile) error {
	folders := map[string]bool{}
	for _, f := range files {
		dir := filepath.Dir(filepath.Join(l.dir, f.tile.path()))
		folders[dir] = true
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	var g errgroup.Group
	g.SetLimit(8)
	for _, f := range files {
		g.Go(func() error { return putFile(filepath.Join(l.dir, f.tile.path()), f.data) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return l.syncFolders(folders)
}

// syncFolders syncs folders, and those above them that may be new.
func (l *Log) syncFolders(folders map[string]bool) error {
	for dir := range folders {
		if err := syncDir(dir); err != nil {
			return err
		}
		for up := dir; up != l.dir && !l.dirs[up]; up = filepath.Dir(up) {
			if err := syncDir(filepath.Dir(up)); err != nil {
				return err
			}
			l.dirs[up] = true
		}
	}
	return nil
}

func (l *Log) putBlocks(job *sealJob) error {
	for from := 0; from < len(job.blocks); {
		segment := job.blocks[from] / segmentBlocks
		to := from
		var data []byte
		for ; to < len(job.blocks) && job.blocks[to]/segmentBlocks == segment; to++ {
			data = job.index[job.blocks[to]].append(data)
		}
		if err := putBlocks(l.dir, job.blocks[from], data); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// putBlocks writes blocks that follow each other into one file of the index.
func putBlocks(dir string, first int64, data []byte) error {
	path := filepath.Join(dir, indexFile(first/segmentBlocks))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, first%segmentBlocks*blockBytes)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil || first%segmentBlocks > 0 {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// keep puts the first checkpoint of each hour aside, so that "was it so
// yesterday?" can be asked of the log itself.
func (l *Log) keep(c Checkpoint, newest string) (string, error) {
	now := l.opt.Now().UTC()
	name := keptName(now)
	if name == newest {
		return newest, nil
	}
	path := filepath.Join(l.dir, name)
	if _, err := os.Stat(path); err == nil {
		return name, nil // from an earlier run in this hour, or the clock was set back
	} else if !errors.Is(err, fs.ErrNotExist) {
		return newest, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return newest, err
	}
	if err := putFileSynced(path, c.Note); err != nil {
		return newest, err
	}
	return name, l.syncFolders(map[string]bool{filepath.Dir(path): true})
}

func keptName(t time.Time) string {
	return filepath.Join(keptDir, t.Format("2006"), t.Format("01-02T15Z"))
}

// dropPartials removes partial tiles of the checkpoint before the last: whoever
// reads with that one finds wider ones.
func (l *Log) dropPartials(job *sealJob) error {
	still := map[tile]bool{}
	for _, t := range slices.Concat(job.last, rightEdge(job.tree.size)) {
		still[t] = true
	}
	for _, t := range job.before {
		if still[t] {
			continue
		}
		path := filepath.Join(l.dir, t.path())
		if err := removeGone(path); err != nil {
			return err
		}
		// The folder goes with its last file; another one may still be in it.
		_ = os.Remove(filepath.Dir(path))
	}
	return nil
}
