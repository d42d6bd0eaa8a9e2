package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Open opens a log for writing, or begins one. It cuts off what a killed
// process left unfinished, finishes its erasures, and begins a new epoch where
// the folder comes from a restore (BeginEpoch) or is older than Options.Known.
func Open(opt Options) (_ *Log, err error) {
	l, err := prepare(opt)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil && l.lock != nil { // Close has not given it back yet
			err = errors.Join(err, l.closeSegment(), l.lock.Close())
		}
	}()
	cut, err := l.recover()
	if err != nil {
		return nil, err
	}
	if err := l.beginning(cut); err != nil {
		return nil, err
	}
	go l.run() // Close waits for it
	if err := l.finishErasing(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if _, err := l.Seal(context.Background()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func defaults(opt Options) Options {
	if opt.Tick <= 0 {
		opt.Tick = time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Mono == nil {
		start := time.Now()
		opt.Mono = func() time.Duration { return time.Since(start) }
	}
	if opt.Clock == nil {
		opt.Clock = systemClock
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	return opt
}

// prepare makes the folder and takes it.
func prepare(opt Options) (*Log, error) {
	opt = defaults(opt)
	if len(opt.Signer) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("audit: signing key of %d bytes", len(opt.Signer))
	}
	key, err := NewKey(opt.Origin, opt.Signer.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	if opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return nil, err
	}
	for _, d := range []string{payloadDir, indexDir, tileDir, epochsDir, keptDir} {
		if err := os.MkdirAll(filepath.Join(opt.Dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	l := &Log{
		opt: opt, key: key, write: writeAt, epoch: 1, block: &block{}, dirs: map[string]bool{}, unwritten: map[int64]*block{},
		room: semaphore.NewWeighted(mostWaiting), queue: make(chan *request, mostQueued), control: make(chan func()),
		sealed: make(chan sealResult, 1), stop: make(chan struct{}), ended: make(chan struct{}),
		clock: clock{wall: opt.Now, mono: opt.Mono, source: opt.Clock}, number: -1,
	}
	l.Reader = Reader{dir: opt.Dir, size: l.Size, fresh: l.fresh, signed: l.Checkpoint, key: key}
	l.tree = &tree{full: l.tileFull}
	var ok bool
	if l.lock, ok, err = lockDir(opt.Dir); err != nil {
		return nil, err
	} else if !ok {
		return nil, fault.New(fault.Conflict, "audit.locked", opt.Dir)
	}
	if err := errors.Join(l.ownKey(), l.readKnown()); err != nil {
		return nil, errors.Join(err, l.lock.Close())
	}
	return l, nil
}

// ownKey writes the verifier key beside a new log, and refuses a log of
// another one.
func (l *Log) ownKey() error {
	path := filepath.Join(l.dir, keyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return putFileSynced(path, []byte(l.key.String()+"\n"))
	}
	if err != nil {
		return err
	}
	if string(text) != l.key.String()+"\n" {
		return fault.New(fault.Conflict, "audit.other-key", l.dir)
	}
	return nil
}

// fresh is a full block that is not on disk yet.
func (l *Log) fresh(n int64) *block {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.unwritten[n]
}

// recover brings back what the folder holds: the tree up to the signed
// checkpoint from its tiles, what is durable beyond it from the payloads. It
// returns how many bytes of an unfinished end it cut off.
func (l *Log) recover() (cut int64, err error) {
	if err := l.recoverSigned(); err != nil {
		return 0, err
	}
	if err := removeTemps(l.dir); err != nil {
		return 0, err
	}
	if err := l.repairIndex(); err != nil {
		return 0, err
	}
	if cut, err = l.recoverTail(); err != nil {
		return 0, err
	}
	l.partials[1] = rightEdge(l.signed.Size)
	return cut, sweep(l.dir, l.signed.Size)
}

func (l *Log) recoverSigned() error {
	text, err := os.ReadFile(filepath.Join(l.dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := l.key.Open(text)
	if err != nil {
		return damaged(l.dir, checkpointFile, err)
	}
	l.signed, l.epoch = c, c.Epoch
	if l.tree.edge, err = loadEdge(l.dir, c.Size); err != nil {
		return damaged(l.dir, tileDir, err)
	}
	l.tree.size = c.Size
	if l.tree.root() != c.Root {
		return damaged(l.dir, tileDir, errors.New("the tiles do not give the signed root"))
	}
	if w := int(c.Size % bundleSize); w > 0 {
		b, err := readTile(l.dir, tile{entriesLevel, c.Size / bundleSize, w})
		if err != nil {
			return damaged(l.dir, tileDir, err)
		}
		l.bundle = bytes.Clone(b)
	}
	l.durable = c.Size
	if c.Size > 0 {
		last, err := l.leaf(c.Size - 1)
		if err != nil {
			return damaged(l.dir, tileDir, err)
		}
		l.clock.last, l.epoch = last.time, max(l.epoch, int(last.epoch))
	}
	return nil
}

// removeTemps removes files that a killed process did not finish.
func removeTemps(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && isTemp(path) {
			return removeGone(path)
		}
		return nil
	})
}

// repairIndex makes the blocks anew that are missing before the signed size.
func (l *Log) repairIndex() error {
	for segment := int64(0); segment*segmentLeaves < l.signed.Size; segment++ {
		blocks := min(l.signed.Size/bundleSize-segment*segmentBlocks, segmentBlocks)
		info, err := os.Stat(filepath.Join(l.dir, indexFile(segment)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if blocks == 0 || err == nil && info.Size() >= blocks*blockBytes {
			continue
		}
		l.opt.Log.Info("audit: index is made anew", "segment", segment)
		for n := segment * segmentBlocks; n < segment*segmentBlocks+blocks; n++ {
			b, err := l.makeBlock(n)
			if err != nil {
				return err
			}
			if err := putBlocks(l.dir, n, b.append(nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeBlock makes a full block from the payloads.
func (r *Reader) makeBlock(n int64) (*block, error) {
	b := &block{}
	err := r.scanBlock(n, (n+1)*bundleSize, func(f frame, from, to uint32) error { return r.addFrame(b, f, from, to) })
	return b, err
}

// addFrame takes a frame into the block it belongs to.
func (r *Reader) addFrame(b *block, f frame, from, to uint32) error {
	i := int(f.index % bundleSize)
	if f.state == erased {
		lf, err := r.leaf(f.index)
		if err != nil {
			return err
		}
		b.add(i, from, to, lf.time, nil)
		return nil
	}
	e, err := parsePayload(f.payload())
	if err != nil {
		return damaged(r.dir, segmentFile(segmentOf(f.index)), err)
	}
	b.add(i, from, to, e.Time.UnixMicro(), &e)
	return nil
}

// recoverTail reads the payloads from the unfinished block on: those below the
// signed size for the block, those beyond it for the tree as well. The first
// frame beyond it that is not whole ends the log.
func (l *Log) recoverTail() (cut int64, err error) {
	at, offset := l.tree.size/bundleSize*bundleSize, uint32(0)
	if at%segmentLeaves > 0 {
		if offset, err = l.blockStart(at / bundleSize); err != nil {
			return 0, err
		}
	}
	for {
		if at, cut, err = l.recoverSegment(at, int64(offset)); err != nil {
			return 0, err
		}
		if at%segmentLeaves > 0 || cut > 0 {
			break
		}
		if _, err := os.Stat(filepath.Join(l.dir, segmentFile(segmentOf(at)))); errors.Is(err, fs.ErrNotExist) {
			break
		}
		if at == 0 {
			break // an empty file
		}
		offset = 0
	}
	if l.tree.size < l.signed.Size {
		return 0, damaged(l.dir, segmentFile(segmentOf(at)), errTorn)
	}
	return cut, l.refuseLater(segmentOf(at))
}

// damaged says that a file is not as it was signed.
func damaged(dir, file string, cause error) error {
	return fault.New(fault.Conflict, "audit.damaged", dir, file).Because(cause)
}

// recoverSegment reads one segment from an entry on and cuts off its torn end.
func (l *Log) recoverSegment(at, offset int64) (next, cut int64, err error) {
	number := segmentOf(at)
	path := filepath.Join(l.dir, segmentFile(number))
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrNotExist) && at >= l.signed.Size {
		return at, 0, nil
	}
	if err != nil {
		return at, 0, damaged(l.dir, segmentFile(number), err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s := newScanner(f, offset)
	for segmentOf(at) == number {
		fr, from, to, err := s.next(at)
		unfinished := errors.Is(err, errTorn) || errors.Is(err, errRotten)
		if unfinished && at >= l.signed.Size {
			break
		}
		if err != nil {
			return at, 0, damaged(l.dir, segmentFile(number), err)
		}
		if err := l.recoverFrame(fr, from, to); err != nil {
			return at, 0, err
		}
		at++
	}
	if l.number, l.offset = number, s.at; segmentOf(at) != number {
		l.number, l.offset = -1, 0
	}
	info, err := f.Stat()
	if err != nil {
		return at, 0, err
	}
	if cut = info.Size() - s.at; cut > 0 {
		return at, cut, errors.Join(f.Truncate(s.at), f.Sync())
	}
	return at, 0, nil
}

// recoverFrame takes a whole frame in. Beyond the signed size none is erased:
// erasing seals first.
func (l *Log) recoverFrame(f frame, from, to int64) error {
	if f.index < l.signed.Size {
		return l.addFrame(l.block, f, uint32(from), uint32(to))
	}
	e, err := parsePayload(f.payload())
	if err != nil || f.state != live {
		return damaged(l.dir, segmentFile(segmentOf(f.index)), err)
	}
	if b := begun(f.index, &e); b != nil {
		l.begun, l.epoch = b, b.Epoch
	}
	lf := leaf{epoch: uint32(l.epoch), time: e.Time.UnixMicro(), mac: l.macs.mac(f.salt(), f.payload())}
	l.clock.last = max(l.clock.last, lf.time)
	l.staged = append(l.staged[:0], staged{leaf: lf, from: from, to: to, entry: &e})
	l.publish()
	l.staged = l.staged[:0]
	if l.known != nil && l.known.Size == l.tree.size {
		l.knownRoot = l.tree.root()
	}
	return nil
}

// refuseLater refuses segments behind the last one: such a folder was put
// together from copies of different moments.
func (l *Log) refuseLater(last int64) error {
	file := segmentFile(last + 1)
	if _, err := os.Stat(filepath.Join(l.dir, file)); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return damaged(l.dir, file, errors.New("the segment before it is not full"))
}

// openSegment opens the segment that the next entry belongs to.
func (l *Log) openSegment(next int64) error {
	n := segmentOf(next)
	if l.segment != nil && l.number == n {
		return nil
	}
	if err := l.closeSegment(); err != nil {
		return err
	}
	path := filepath.Join(l.dir, segmentFile(n))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if next%segmentLeaves == 0 {
		l.offset = 0
		// What stands in it was never acknowledged.
		if err := errors.Join(f.Truncate(0), f.Sync(), syncDir(filepath.Dir(path))); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.segment, l.number = f, n
	return nil
}

// beginning writes the entries with which a run of the log begins, where there
// is something to say: it is new, it begins a new epoch, its end was torn, the
// clock was set back meanwhile.
func (l *Log) beginning(cut int64) error {
	epoch, err := l.newEpoch()
	if err != nil {
		return err
	}
	jump, alarm := l.clock.start(l.clock.last)
	var first []Entry
	if epoch != nil {
		l.epoch = epoch.Epoch
		first = append(first, epoch.entry())
	} else if l.tree.size == 0 {
		first = append(first, Entry{Actor: self, Action: ActionBegin, Object: "log", Result: Done, Detail: map[string]string{"origin": l.key.Origin}})
	}
	if cut > 0 {
		first = append(first, Entry{Actor: self, Action: ActionRecover, Object: "log", Result: Done, Detail: map[string]string{
			"cut_bytes": strconv.FormatInt(cut, 10), "entries": strconv.FormatInt(l.tree.size, 10)}})
	}
	if alarm {
		first = append(first, clockAlarm(jump))
	}
	for _, e := range first {
		if err := l.commitOwn(e); err != nil {
			return err
		}
	}
	if epoch != nil {
		return l.recordEpoch(epoch)
	}
	return nil
}

// A scanner reads the frames of a segment one after the other.
type scanner struct {
	f   *os.File
	at  int64 // end of the last whole frame
	buf []byte
	off int64 // of buf in the file
	pos int   // of at in buf
	eof bool
}

func newScanner(f *os.File, at int64) *scanner { return &scanner{f: f, at: at, off: at} }

// fill reads on until n bytes are there or the file ends.
func (s *scanner) fill(n int) error {
	for len(s.buf)-s.pos < n && !s.eof {
		rest := copy(s.buf, s.buf[s.pos:])
		s.off += int64(s.pos)
		s.pos = 0
		if want := max(1<<18, n); cap(s.buf) < want {
			s.buf = append(make([]byte, 0, want), s.buf[:rest]...)
		}
		k, err := s.f.ReadAt(s.buf[rest:cap(s.buf)], s.off+int64(rest))
		s.buf = s.buf[:rest+k]
		if errors.Is(err, io.EOF) {
			s.eof = true
		} else if err != nil {
			return err
		}
	}
	return nil
}

// next reads the frame of an index. The frame's bytes hold until the next call.
func (s *scanner) next(index int64) (f frame, from, to int64, err error) {
	for want := frameHead; ; {
		if err := s.fill(want); err != nil {
			return f, 0, 0, err
		}
		var n int
		f, n, err = readFrame(s.buf[s.pos:])
		if errors.Is(err, errTorn) && !s.eof && want == frameHead {
			want = frameHead + mostBody
			continue
		}
		if err != nil {
			return f, 0, 0, err
		}
		if f.index != index {
			return f, 0, 0, fmt.Errorf("%w: entry %d where %d belongs", errRotten, f.index, index)
		}
		from, to = s.at, s.at+int64(n)
		s.at, s.pos = to, s.pos+n
		return f, from, to, nil
	}
}

// skip goes on at the frame of an index, wherever behind here it begins.
func (s *scanner) skip(index int64) (ok bool, err error) {
	// The rest of a segment fits into memory; this is for damaged ones only.
	rest, err := io.ReadAll(io.NewSectionReader(s.f, s.at, 1<<40))
	if err != nil {
		return false, err
	}
	n := nextFrame(rest, index)
	if n < 0 {
		return false, nil
	}
	s.at += int64(n)
	s.off, s.pos, s.buf, s.eof = s.at, 0, s.buf[:0], false
	return true, nil
}
