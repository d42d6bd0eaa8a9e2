package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/semaphore"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Options say where a log lies and how it is kept. Dir, Origin and Signer are
// needed; the rest has defaults.
type Options struct {
	Dir    string             // a folder of its own
	Origin string             // name of the log, e.g. "phohien.hungyen.gov.vn/audit/<instance>"
	Signer ed25519.PrivateKey // signs the checkpoints
	Tick   time.Duration      // how often at most a checkpoint is signed; 1 s
	Known  []byte             // newest checkpoint that is known outside the folder, nil for none

	Now   func() time.Time     // wall clock; time.Now
	Mono  func() time.Duration // monotonic clock; since Open
	Clock func() string        // what the system says of its time; asks the kernel
	Log   *slog.Logger         // slog.Default()
}

const (
	mostBatch   = 4096     // leaves that share one sync
	mostWaiting = 32 << 20 // bytes of entries that wait to be written
	mostQueued  = 1024     // calls that wait to be written
	mostPending = 4096     // tiles and bundles that wait to be written: half a million leaves
)

// A Log is an open log. Its methods may be called from many goroutines.
type Log struct {
	Reader
	opt  Options
	key  Key
	lock *os.File
	room *semaphore.Weighted

	queue   chan *request
	control chan func()
	sealed  chan sealResult
	stop    chan struct{}
	ended   chan struct{}
	sending sync.RWMutex // held by who puts into the queue
	closed  bool
	erasing sync.Mutex // one erasure after the other

	// The writer's alone.
	write     func(f *os.File, b []byte, at int64) error // of a segment; tests fill the disk
	clock     clock
	epoch     int
	known     *Checkpoint // Options.Known
	knownRoot tlog.Hash   // of the tree at its size, where that is not signed here
	begun     *restored   // an epoch whose first leaf was not signed yet
	tree      *tree
	segment   *os.File
	number    int64 // of the open segment
	offset    int64 // synced end of the segment
	base      int64 // where in its segment the buffer will stand
	ragged    bool  // something unsynced may stand behind offset
	buf       []byte
	staged    []staged
	macs      macMaker
	salts     []byte
	bundle    []byte // the unfinished entry bundle
	block     *block // the unfinished block
	pending   pending
	sealing   bool
	sealErr   error
	waiting   []sealWaiter
	dirs      map[string]bool // known to be synced into their parents
	kept      string          // newest of the kept checkpoints
	partials  [2][]tile       // partial tiles of the newest two checkpoints

	mu        sync.RWMutex
	durable   int64
	signed    Checkpoint
	unwritten map[int64]*block // full blocks that are not on disk yet
}

// A request is entries of one call.
type request struct {
	entries []Entry
	own     bool
	first   int64
	staged  int
	bytes   int64
	over    bool // answered
	done    chan Ack
}

// An Ack says that entries are durable, or why not.
type Ack struct {
	First int64 // index of the first entry; the others follow it
	N     int
	Err   error // some of several entries may still be in the log
}

// staged is a leaf on its way to disk.
type staged struct {
	leaf     leaf
	from, to int64 // in the segment
	entry    *Entry
}

// Append puts an entry into the log and returns its index once it is durable.
// When ctx ends first, the entry may be in the log all the same.
func (l *Log) Append(ctx context.Context, e Entry) (int64, error) {
	acks, err := l.AppendAsync(ctx, e)
	if err != nil {
		return 0, err
	}
	select {
	case a := <-acks:
		return a.First, a.Err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// AppendAsync hands entries over, for doors with much traffic: the channel says
// when they are durable. It waits while too much is on its way to disk. Entries
// keep their order; they must not be changed before they are acknowledged.
func (l *Log) AppendAsync(ctx context.Context, entries ...Entry) (<-chan Ack, error) {
	return l.send(ctx, false, entries)
}

func (l *Log) send(ctx context.Context, own bool, entries []Entry) (<-chan Ack, error) {
	if len(entries) == 0 || len(entries) > mostBatch {
		return nil, fault.New(fault.TooLarge, "audit.batch", len(entries), mostBatch)
	}
	r := &request{entries: entries, own: own, done: make(chan Ack, 1)}
	for i := range entries {
		if err := entries[i].check(own); err != nil {
			return nil, err
		}
		r.bytes += int64(entries[i].roughBytes())
	}
	r.bytes = min(r.bytes, mostWaiting)
	if err := l.room.Acquire(ctx, r.bytes); err != nil {
		return nil, context.Cause(ctx)
	}
	// Close waits for those who stand here: what is in the queue is answered.
	l.sending.RLock()
	defer l.sending.RUnlock()
	if l.closed {
		l.room.Release(r.bytes)
		return nil, errClosed()
	}
	select {
	case l.queue <- r:
		return r.done, nil
	case <-ctx.Done():
		l.room.Release(r.bytes)
		return nil, context.Cause(ctx)
	}
}

func errClosed() error { return fault.New(fault.Unavailable, "audit.closed") }

// Close acknowledges what waits, signs the last checkpoint and gives the folder
// back.
func (l *Log) Close() error {
	l.sending.Lock()
	if !l.closed {
		l.closed = true
		close(l.stop)
	}
	l.sending.Unlock()
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return nil
	}
	err := errors.Join(l.sealErr, l.closeSegment(), l.lock.Close())
	l.lock = nil
	return err
}

func (l *Log) closeSegment() error {
	if l.segment == nil {
		return nil
	}
	err := l.segment.Close()
	l.segment = nil
	return err
}

// Size is how many leaves are durable.
func (l *Log) Size() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.durable
}

// Checkpoint is the newest signed one.
func (l *Log) Checkpoint() Checkpoint {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.signed
}

// Key verifies the log's checkpoints.
func (l *Log) Key() Key { return l.key }

// run is the writer: all that changes the log happens here, one after the other.
func (l *Log) run() {
	defer close(l.ended)
	tick := time.NewTicker(l.opt.Tick)
	defer tick.Stop()
	for {
		queue := l.queue
		if l.sealing && len(l.pending.tiles) > mostPending {
			queue = nil // the tiles must catch up first
		}
		select {
		case r := <-queue:
			l.commit(l.gather(r))
		case f := <-l.control:
			f()
		case done := <-l.sealed:
			l.settle(done)
		case <-tick.C:
			l.watchClock()
			l.startSeal()
		case <-l.stop:
			l.finish()
			return
		}
	}
}

// gather takes what has come in while the last sync ran.
func (l *Log) gather(first *request) []*request {
	all, n := []*request{first}, len(first.entries)
	for n < mostBatch {
		select {
		case r := <-l.queue:
			all, n = append(all, r), n+len(r.entries)
		default:
			return all
		}
	}
	return all
}

// finish writes what was handed over before Close and seals it.
func (l *Log) finish() {
	for {
		select {
		case r := <-l.queue:
			l.commit(l.gather(r))
			continue
		case f := <-l.control:
			f()
			continue
		default:
		}
		break
	}
	if l.sealing {
		l.settle(<-l.sealed)
	}
	if l.tree.size > l.signed.Size {
		l.sealErr = nil
		l.startSeal()
		l.settle(<-l.sealed)
	}
	for _, w := range l.waiting {
		w.done <- errClosed()
	}
}

// watchClock writes an alarm when the clock has jumped and nobody wrote since.
func (l *Log) watchClock() {
	if jump, alarm := l.clock.look(); alarm {
		if err := l.commitOwn(clockAlarm(jump)); err != nil {
			l.opt.Log.Error("audit: the clock jumped, and the log does not take it down", "by", jump, "err", err)
		}
	}
}

func clockAlarm(jump time.Duration) Entry {
	return Entry{
		Actor: self, Action: ActionClock, Object: "clock", Result: Failed, Why: []string{"audit.clock-jumped"},
		Detail: map[string]string{"jump_seconds": fmt.Sprintf("%+d", int64(jump/time.Second))},
	}
}

// commitOwn writes an entry of the log's own from within the writer.
func (l *Log) commitOwn(e Entry) error {
	r := &request{entries: []Entry{e}, own: true, done: make(chan Ack, 1)}
	l.commitStaged([]*request{r})
	return (<-r.done).Err
}

// commit makes requests durable and answers them.
func (l *Log) commit(requests []*request) {
	if l.sealErr != nil && len(l.pending.tiles) > mostPending {
		for _, r := range requests {
			l.answer(r, l.sealErr)
		}
		return
	}
	if jump, alarm := l.clock.look(); alarm {
		l.opt.Log.Warn("audit: the clock jumped", "by", jump)
		requests = append([]*request{{entries: []Entry{clockAlarm(jump)}, own: true, done: make(chan Ack, 1)}}, requests...)
	}
	l.commitStaged(requests)
}

func (l *Log) commitStaged(requests []*request) {
	now := l.opt.Now().UnixMicro()
	var open []*request // with entries since the last flush
	flush := func() {
		err := l.flush()
		for _, r := range open {
			if err != nil || r.staged == len(r.entries) {
				l.answer(r, err)
			}
		}
		open = open[:0]
	}
	for _, r := range requests {
		r.first = l.next()
		open = append(open, r)
		for i := range r.entries {
			if l.next()%segmentLeaves == 0 && len(l.staged) > 0 {
				flush() // a sync ends with its segment
				if r.over {
					break
				}
				open = append(open, r)
			}
			l.stage(&r.entries[i], now)
			r.staged++
		}
	}
	flush()
}

// answer tells whoever waits; once.
func (l *Log) answer(r *request, err error) {
	r.over = true
	l.room.Release(r.bytes)
	r.done <- Ack{First: r.first, N: len(r.entries), Err: err}
}

// next is the index of the next entry.
func (l *Log) next() int64 { return l.tree.size + int64(len(l.staged)) }

// stage stamps an entry and puts its frame into the buffer.
func (l *Log) stage(e *Entry, now int64) {
	var at int64
	at, e.ClockHealth = l.clock.stamp(now)
	e.Time = time.UnixMicro(at).UTC()
	from := len(l.buf)
	l.buf = appendHead(l.buf)
	l.buf = append(l.buf, l.salt()...)
	l.buf = e.appendPayload(l.buf)
	f := l.buf[from:]
	sealFrame(f, live, l.next())
	body := frame{body: f[frameHead:]}
	if len(l.staged) == 0 {
		l.base = l.offset
		if l.next()%segmentLeaves == 0 {
			l.base = 0 // the flush opens the next segment
		}
	}
	l.staged = append(l.staged, staged{
		leaf: leaf{epoch: uint32(l.epoch), time: at, mac: l.macs.mac(body.salt(), body.payload())},
		from: l.base + int64(from), to: l.base + int64(len(l.buf)), entry: e,
	})
}

// salt takes the next of the random salts, which are drawn many at a time.
func (l *Log) salt() []byte {
	if len(l.salts) == 0 {
		l.salts = make([]byte, 256*saltBytes)
		_, _ = rand.Read(l.salts) // never fails
	}
	s := l.salts[:saltBytes]
	l.salts = l.salts[saltBytes:]
	return s
}

// flush writes and syncs what is staged. When that fails nothing of it is in
// the log, and the next flush begins where this one did.
func (l *Log) flush() error {
	defer func() { l.staged, l.buf = l.staged[:0], l.buf[:0] }()
	if len(l.staged) == 0 {
		return nil
	}
	if cap(l.buf) > 4<<20 {
		defer func() { l.buf = nil }() // a rare big batch does not stay in memory
	}
	if err := l.writeSegment(); err != nil {
		l.opt.Log.Error("audit: entries not written", "entries", len(l.staged), "err", err)
		if noRoom(err) {
			return fault.New(fault.Unavailable, "audit.disk-full", l.dir).Because(err)
		}
		return fault.New(fault.Unavailable, "audit.not-written", l.dir).Because(err)
	}
	l.publish()
	return nil
}

func (l *Log) writeSegment() error {
	if err := l.openSegment(l.tree.size); err != nil {
		return err
	}
	if l.ragged {
		if err := errors.Join(l.segment.Truncate(l.offset), l.segment.Sync()); err != nil {
			return err
		}
	}
	l.ragged = true
	err := l.write(l.segment, l.buf, l.offset)
	if err == nil {
		err = l.segment.Sync()
	}
	if err != nil {
		// At once, to leave no torn frames and to give back room; where that
		// fails too, the next write begins with it.
		if cut := errors.Join(l.segment.Truncate(l.offset), l.segment.Sync()); cut == nil {
			l.ragged = false
		}
		return err
	}
	l.ragged = false
	l.offset += int64(len(l.buf))
	return nil
}

func writeAt(f *os.File, b []byte, at int64) error {
	_, err := f.WriteAt(b, at)
	return err
}

// publish takes what has been synced into the tree, the bundle and the index,
// and shows it to readers.
func (l *Log) publish() {
	for i := range l.staged {
		s := &l.staged[i]
		n := l.tree.size
		l.bundle = appendBundle(l.bundle, s.leaf)
		l.block.add(int(n%bundleSize), uint32(s.from), uint32(s.to), s.leaf.time, s.entry)
		l.tree.add(s.leaf.hash())
		if (n+1)%bundleSize == 0 {
			l.finishBlock(n / bundleSize)
		}
	}
	l.mu.Lock()
	l.durable = l.tree.size
	l.mu.Unlock()
}

// finishBlock hands the full bundle and block over to the next seal.
func (l *Log) finishBlock(n int64) {
	l.pending.tiles = append(l.pending.tiles, pendingTile{tile{entriesLevel, n, bundleSize}, l.bundle})
	l.bundle = make([]byte, 0, bundleSize*bundleEntry)
	l.pending.blocks = append(l.pending.blocks, n)
	l.mu.Lock()
	l.unwritten[n] = l.block
	l.mu.Unlock()
	l.block = &block{}
}

// tileFull is told by the tree.
func (l *Log) tileFull(level int, n int64, hashes []tlog.Hash) {
	l.pending.tiles = append(l.pending.tiles, pendingTile{tile{level, n, bundleSize}, tileBytes(hashes)})
}
