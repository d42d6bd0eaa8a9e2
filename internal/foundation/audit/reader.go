package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/viet"
)

// A Reader reads a log from its files. That of a Log sees all that is durable;
// one from OpenReader what the checkpoint covers, with no lock, also while
// another process writes.
type Reader struct {
	dir    string
	key    Key
	size   func() int64
	signed func() Checkpoint
	fresh  func(n int64) *block // full blocks that are not on disk yet
}

// OpenReader reads the log in a folder up to its checkpoint. The checkpoint is
// verified with the key in the folder; Verify takes a key from elsewhere.
func OpenReader(dir string) (*Reader, error) {
	text, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "audit.no-log", dir)
	}
	if err != nil {
		return nil, err
	}
	key, err := FolderKey(dir)
	if err != nil {
		return nil, err
	}
	c, err := key.Open(text)
	if err != nil {
		return nil, damaged(dir, checkpointFile, err)
	}
	return &Reader{
		dir: dir, key: key,
		size: func() int64 { return c.Size }, signed: func() Checkpoint { return c }, fresh: func(int64) *block { return nil },
	}, nil
}

// FolderKey is the verifier key that lies beside a log.
func FolderKey(dir string) (Key, error) {
	text, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fault.New(fault.NotFound, "audit.no-log", dir)
	}
	if err != nil {
		return Key{}, err
	}
	k, err := ParseKey(string(text))
	if err != nil || string(text) != k.String()+"\n" {
		return Key{}, damaged(dir, keyFile, err)
	}
	return k, nil
}

// Signed is the checkpoint that proofs are made against.
func (r *Reader) Signed() Checkpoint { return r.signed() }

// A Recorded is an entry as it stands in the log.
type Recorded struct {
	Index  int64
	Epoch  int
	Erased bool // only index, epoch and time are left
	Entry
}

// A Query picks entries. Empty fields pick all; text fields must be equal, save
// for Text.
type Query struct {
	From, Before                                int64 // indexes: From ≤ i, and i < Before where Before > 0
	Since, Until                                time.Time
	Actor, Org, Action, Object, Purpose, Result string // Actor is its id
	Text                                        string // anywhere in the entry, without regard to accents and case
	Limit                                       int    // 100 when 0, 10,000 at most
	Newest                                      bool   // newest first
}

// A Page is one page of a query. While More, the query goes on with Next as its
// From, or with newest first as its Before. A page may be short, even empty: a
// search looks at 200,000 entries at most before it reports back.
type Page struct {
	Entries []Recorded
	Next    int64
	More    bool
}

const (
	usualPage  = 100
	mostPage   = 10_000
	mostLooked = 200_000
)

// Entries answers a query. Erased entries are listed where the query names
// nothing that they no longer say.
func (r *Reader) Entries(ctx context.Context, q Query) (Page, error) {
	s, err := r.newSearch(q)
	if err != nil {
		return Page{}, err
	}
	for s.lo < s.hi && !s.page.More {
		if err := ctx.Err(); err != nil {
			return Page{}, context.Cause(ctx)
		}
		if err := s.step(); err != nil {
			return Page{}, err
		}
	}
	return s.page, nil
}

// Entry returns one entry.
func (r *Reader) Entry(ctx context.Context, index int64) (Recorded, error) {
	if index < 0 || index >= r.size() {
		return Recorded{}, r.noEntry(index)
	}
	p, err := r.Entries(ctx, Query{From: index, Before: index + 1})
	if err != nil {
		return Recorded{}, err
	}
	if len(p.Entries) != 1 {
		return Recorded{}, r.noEntry(index)
	}
	return p.Entries[0], nil
}

func (r *Reader) noEntry(index int64) error {
	return fault.New(fault.NotFound, "audit.no-entry", index, r.size()-1)
}

// A search is a query on its way through the blocks.
type search struct {
	*Reader
	q       Query
	lo, hi  int64 // still to be looked at
	hashes  []uint64
	needles [][]byte // what the payload of a match holds somewhere
	folded  string
	begun   []restored // epochs
	index   []byte     // file of the index that the search goes through
	number  int64      // of its segment
	scratch block
	looked  int
	page    Page
}

func (r *Reader) newSearch(q Query) (*search, error) {
	if q.Limit <= 0 {
		q.Limit = usualPage
	}
	q.Limit = min(q.Limit, mostPage)
	s := &search{Reader: r, q: q, number: -1, lo: max(q.From, 0), hi: r.size(), folded: viet.Fold(q.Text)}
	if q.Before > 0 {
		s.hi = min(s.hi, q.Before)
	}
	for f, value := range []string{q.Actor, q.Org, q.Action, q.Object, q.Purpose, q.Result} {
		if value != "" {
			s.hashes = append(s.hashes, filterHash(byte(f), value))
			s.needles = append(s.needles, appendText(nil, value))
		}
	}
	var err error
	if s.begun, err = r.epochs(); err != nil {
		return nil, err
	}
	if !q.Since.IsZero() {
		if s.lo, err = r.later(q.Since, s.lo, s.hi); err != nil {
			return nil, err
		}
	}
	if !q.Until.IsZero() && s.lo < s.hi {
		next, err := r.later(q.Until, s.lo, s.hi)
		if err != nil {
			return nil, err
		}
		s.hi = min(s.hi, next+bundleSize) // the block that the time lies in
	}
	return s, nil
}

// later finds a place in [lo, hi] before which all entries are older than t:
// the beginning of the block that t lies in.
func (r *Reader) later(t time.Time, lo, hi int64) (int64, error) {
	from, full := lo/bundleSize, hi/bundleSize
	if full <= from {
		return lo, nil
	}
	var failed error
	n := sort.Search(int(full-from), func(i int) bool {
		b, err := r.block(from + int64(i))
		if err != nil {
			failed = err
			return false
		}
		return b.last >= t.UnixMicro()
	})
	return max(lo, (from+int64(n))*bundleSize), failed
}

// step looks at the next block.
func (s *search) step() error {
	n := s.lo / bundleSize
	if s.q.Newest {
		n = (s.hi - 1) / bundleSize
	}
	from, to := max(s.lo, n*bundleSize), min(s.hi, (n+1)*bundleSize)
	if (n+1)*bundleSize <= s.size() && len(s.hashes) > 0 {
		may, err := s.may(n)
		if err != nil {
			return err
		}
		if !may {
			s.pass(from, to)
			return nil
		}
	}
	var found []Recorded
	err := s.scanBlock(n, to, func(f frame, _, _ uint32) error {
		if f.index < from {
			return nil
		}
		rec, ok, err := s.match(f)
		if ok {
			found = append(found, rec)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.looked += int(to - from)
	s.take(found, from, to)
	return nil
}

// may asks a block's filter. Files of the index are read whole: a search goes
// through all of their blocks.
func (s *search) may(n int64) (bool, error) {
	if number := n / segmentBlocks; number != s.number {
		// What cannot be read whole is read block by block below.
		s.index, _ = os.ReadFile(filepath.Join(s.dir, indexFile(number)))
		s.number = number
	}
	at := int(n%segmentBlocks) * blockBytes
	if at+blockBytes <= len(s.index) && s.scratch.parse(s.index[at:at+blockBytes]) == nil {
		return s.scratch.may(s.hashes), nil
	}
	b, err := s.block(n)
	if err != nil {
		return false, err
	}
	return b.may(s.hashes), nil
}

// pass goes on behind a block.
func (s *search) pass(from, to int64) {
	if s.q.Newest {
		s.hi, s.page.Next = from, from
	} else {
		s.lo, s.page.Next = to, to
	}
}

// take puts what a block held onto the page, until that is full.
func (s *search) take(found []Recorded, from, to int64) {
	room := s.q.Limit - len(s.page.Entries)
	if s.q.Newest {
		for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
			found[i], found[j] = found[j], found[i]
		}
	}
	if len(found) > room {
		s.page.Entries, s.page.More = append(s.page.Entries, found[:room]...), true
		if s.page.Next = found[room].Index; s.q.Newest {
			s.page.Next++
		}
		return
	}
	s.page.Entries = append(s.page.Entries, found...)
	s.pass(from, to)
	if s.looked >= mostLooked && s.lo < s.hi {
		s.page.More = true
	}
}

// match decodes an entry that the query picks.
func (s *search) match(f frame) (Recorded, bool, error) {
	rec := Recorded{Index: f.index}
	if f.state == erased {
		if len(s.hashes) > 0 || s.folded != "" {
			return rec, false, nil
		}
		lf, err := s.leaf(f.index)
		rec.Erased, rec.Epoch, rec.Time = true, int(lf.epoch), lf.at()
		return rec, err == nil && s.inTime(rec.Time), err
	}
	for _, n := range s.needles {
		if !bytes.Contains(f.payload(), n) {
			return rec, false, nil
		}
	}
	e, err := parsePayload(f.payload())
	if err != nil {
		return rec, false, damaged(s.dir, segmentFile(segmentOf(f.index)), err)
	}
	if rec.Entry = e; !s.inTime(e.Time) || !s.equal(&e) {
		return rec, false, nil
	}
	rec.Epoch = 1
	for _, b := range s.begun {
		if b.First <= f.index {
			rec.Epoch = b.Epoch
		}
	}
	return rec, true, nil
}

func (s *search) inTime(t time.Time) bool {
	return !t.Before(s.q.Since) && (s.q.Until.IsZero() || t.Before(s.q.Until))
}

func (s *search) equal(e *Entry) bool {
	q := &s.q
	for i, want := range []string{q.Actor, q.Org, q.Action, q.Object, q.Purpose, q.Result} {
		if want != "" && e.filtered()[i] != want {
			return false
		}
	}
	return s.folded == "" || strings.Contains(viet.Fold(e.words()), s.folded)
}

// words is all text of an entry.
func (e *Entry) words() string {
	all := []string{e.Actor.ID, e.Actor.Name, e.Org, e.RealIP, e.Dest, e.Action, e.Object, e.Purpose, e.Basis, e.Result, e.Trace}
	all = append(all, e.Why...)
	for k, v := range e.Detail {
		all = append(all, k, v)
	}
	return strings.Join(all, "\n")
}

// block reads a full block of the index. One that is missing or rotten is made
// from the payloads.
func (r *Reader) block(n int64) (*block, error) {
	b, err := r.diskBlock(n)
	if err == nil || (n+1)*bundleSize > r.size() {
		return b, err
	}
	return r.makeBlock(n)
}

func (r *Reader) diskBlock(n int64) (*block, error) {
	if b := r.fresh(n); b != nil {
		return b, nil
	}
	f, err := os.Open(filepath.Join(r.dir, indexFile(n/segmentBlocks)))
	if err != nil {
		return nil, err
	}
	var buf [blockBytes]byte
	_, err = f.ReadAt(buf[:], n%segmentBlocks*blockBytes)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	b := &block{}
	return b, b.parse(buf[:])
}

// blockStart is where a block begins in its segment. Without the block before
// it, that is found by walking from one further back.
func (r *Reader) blockStart(n int64) (uint32, error) {
	if n%segmentBlocks == 0 {
		return 0, nil
	}
	if b, err := r.diskBlock(n - 1); err == nil {
		return b.offsets[bundleSize], nil
	}
	end := uint32(0)
	err := r.scanBlock(n-1, n*bundleSize, func(_ frame, _, to uint32) error {
		end = to
		return nil
	})
	return end, err
}

// scanBlock shows the frames of a block up to an index.
func (r *Reader) scanBlock(n, before int64, show func(f frame, from, to uint32) error) error {
	start, err := r.blockStart(n)
	if err != nil {
		return err
	}
	name := segmentFile(n / segmentBlocks)
	f, err := os.Open(filepath.Join(r.dir, name))
	if err != nil {
		return damaged(r.dir, name, err)
	}
	s := newScanner(f, int64(start))
	for i := n * bundleSize; i < before; i++ {
		fr, from, to, err := s.next(i)
		if err != nil {
			return errors.Join(damaged(r.dir, name, err), f.Close())
		}
		if err := show(fr, uint32(from), uint32(to)); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// leaf reads the leaf of a signed entry.
func (r *Reader) leaf(index int64) (leaf, error) {
	t := tile{entriesLevel, index / bundleSize, int(index%bundleSize) + 1}
	if index >= r.signed().Size {
		return leaf{}, fmt.Errorf("entry %d is not signed yet", index)
	}
	b, err := readTile(r.dir, t)
	if err != nil {
		return leaf{}, damaged(r.dir, t.path(), err)
	}
	l, err := bundleLeaf(b, int(index%bundleSize))
	if err != nil {
		return leaf{}, damaged(r.dir, t.path(), err)
	}
	return l, nil
}
