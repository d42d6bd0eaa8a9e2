package audit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Report says what verifying a log found.
type Report struct {
	Origin   string
	KeyID    string
	Epoch    int
	Size     int64     // leaves under the checkpoint
	Root     tlog.Hash // signed
	Last     time.Time // of the last signed leaf
	Pending  int64     // leaves behind the checkpoint: of this very moment, or of a process that was killed
	Erased   int64
	Kept     int // checkpoints of earlier hours that were compared
	Problems []Problem
	More     int // problems beyond the first 1,000
	Notes    []*fault.Error
}

// A Problem is a place that is not as it was signed. Its sentence names file
// and entry.
type Problem struct {
	File string // below the log's folder
	Leaf int64  // the first entry that it touches, -1 for none
	What *fault.Error
}

// mostProblems bounds a report; one is enough.
const mostProblems = 1000

// Verify reads a log's files, computes all of them again and compares: no bit
// in the folder may be other than it was written. It takes no lock and needs no
// server; one that is running may go on. The error is for what could not be
// read; what is wrong with the log is in the report.
func Verify(ctx context.Context, dir string, key Key) (Report, error) {
	if _, err := os.Stat(filepath.Join(dir, checkpointFile)); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, payloadDir)); errors.Is(err, fs.ErrNotExist) {
			return Report{}, fault.New(fault.NotFound, "audit.no-log", dir)
		}
	}
	v := &verifier{dir: dir, key: key, said: map[Problem]bool{}, named: map[int64]int64{}, gone: map[int64]bool{}, roots: map[int64]tlog.Hash{}}
	v.rep.Origin, v.rep.Epoch = key.Origin, 1
	v.live = held(dir)
	v.tree = &tree{full: v.tileFull}
	v.reader = &Reader{dir: dir, key: key, fresh: func(int64) *block { return nil },
		signed: func() Checkpoint { return v.signed }, size: func() int64 { return v.tree.size }}
	for _, step := range []func(context.Context) error{
		v.readSmall, v.walkLeaves, v.checkEdge, v.checkRoots, v.checkErased, v.checkFiles,
	} {
		if err := step(ctx); err != nil {
			return v.rep, err
		}
	}
	return v.rep, nil
}

type wantedRoot struct {
	file  string
	size  int64
	epoch int
	root  tlog.Hash
}

type verifier struct {
	dir    string
	key    Key
	rep    Report
	said   map[Problem]bool
	reader *Reader
	signed Checkpoint // zero where it does not verify
	tiles  bool       // the tiles at the right edge give the signed root
	live   bool       // a process holds the log and may write more meanwhile

	tree   *tree
	epoch  int
	last   int64 // time of the last leaf
	begun  []restored
	wanted []wantedRoot
	roots  map[int64]tlog.Hash
	named  map[int64]int64 // erased entries, by the leaf that says so
	gone   map[int64]bool  // erased entries, by their frames

	block    *block
	leaves   []byte // bundle of this block as it must be
	unsure   bool   // it holds an entry that could not be read
	noBlock  bool   // the index of this block cannot be told
	bundle   []byte // as it is on disk, nil = missing
	hashes   []byte
	erasing  bool // an erasure is under way
	restored bool // the folder waits for its new epoch
}

func (v *verifier) problem(file string, leaf int64, what *fault.Error) {
	p := Problem{File: filepath.ToSlash(file), Leaf: leaf, What: what}
	id := Problem{File: p.File + "\n" + what.Key, Leaf: leaf}
	if v.said[id] {
		return
	}
	if len(v.rep.Problems) == mostProblems {
		v.rep.More++
		return
	}
	v.said[id] = true
	v.rep.Problems = append(v.rep.Problems, p)
}

func bad(key string, args ...any) *fault.Error { return fault.New(fault.Conflict, key, args...) }

// readSmall reads the checkpoints, the key, the epochs, the notes.
func (v *verifier) readSmall(context.Context) error {
	text, err := os.ReadFile(filepath.Join(v.dir, checkpointFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.problem(checkpointFile, -1, bad("audit.verify.missing", checkpointFile))
	case err != nil:
		return err
	default:
		if c, ok := v.openCheckpoint(checkpointFile, text); ok {
			v.signed = c
			v.rep.Size, v.rep.Root, v.rep.Epoch = c.Size, c.Root, c.Epoch
		}
	}
	v.rep.KeyID = v.key.ID(v.rep.Epoch)
	if edge, err := loadEdge(v.dir, v.signed.Size); err == nil {
		v.tiles = (&tree{size: v.signed.Size, edge: edge}).root() == v.signed.Root
	}
	if text, err = os.ReadFile(filepath.Join(v.dir, keyFile)); err != nil || string(text) != v.key.String()+"\n" {
		v.problem(keyFile, -1, bad("audit.verify.key", keyFile))
	}
	return errors.Join(v.readKept(), v.readEpochs(), v.readNotes())
}

// openCheckpoint verifies a checkpoint's form and signature.
func (v *verifier) openCheckpoint(file string, text []byte) (Checkpoint, bool) {
	c, err := v.key.Open(text)
	switch {
	case err == nil:
		return c, true
	case errors.Is(err, errCheckpointKey):
		v.problem(file, -1, bad("audit.verify.checkpoint-key", file))
	case errors.Is(err, errCheckpointSign):
		v.problem(file, -1, bad("audit.verify.checkpoint-signature", file))
	default:
		v.problem(file, -1, bad("audit.verify.checkpoint-form", file))
	}
	return c, false
}

func (v *verifier) readKept() error {
	return v.eachFile(keptDir, func(file string) error {
		text, err := os.ReadFile(filepath.Join(v.dir, file))
		if err != nil {
			return err
		}
		if c, ok := v.openCheckpoint(file, text); ok {
			v.wanted = append(v.wanted, wantedRoot{file, c.Size, c.Epoch, c.Root})
			v.rep.Kept++
		}
		return nil
	})
}

func (v *verifier) readEpochs() error {
	return v.eachFile(epochsDir, func(file string) error {
		text, err := os.ReadFile(filepath.Join(v.dir, file))
		if err != nil {
			return err
		}
		r, err := parseEpoch(text)
		if err != nil || filepath.Base(file) != strconv.Itoa(r.Epoch) {
			v.problem(file, -1, bad("audit.verify.epoch", file))
			return nil
		}
		v.begun = append(v.begun, r)
		if r.Checkpoint != "" {
			c, ok := v.openCheckpoint(file, []byte(r.Checkpoint))
			if ok && c.Size <= r.First { // the restore took nothing away: it is still so
				v.wanted = append(v.wanted, wantedRoot{file, c.Size, c.Epoch, c.Root})
			}
		}
		return nil
	})
}

// readNotes reads what tells of work that is not finished.
func (v *verifier) readNotes() error {
	text, err := os.ReadFile(filepath.Join(v.dir, payloadDir, erasingFile))
	if err == nil {
		file := filepath.Join(payloadDir, erasingFile)
		if j, _, err := parseErasing(text); err != nil || !bytes.Equal(j.text(), text) {
			v.problem(file, -1, bad("audit.verify.note", filepath.ToSlash(file)))
		}
		v.erasing = true
		v.rep.Notes = append(v.rep.Notes, bad("audit.verify.erasing"))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err = os.ReadFile(filepath.Join(v.dir, restoredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := parseEpoch(text); err != nil {
		v.problem(restoredFile, -1, bad("audit.verify.note", restoredFile))
	}
	v.restored = true
	v.rep.Notes = append(v.rep.Notes, bad("audit.verify.restored"))
	return nil
}

// eachFile walks a folder of the log; what is missing is empty.
func (v *verifier) eachFile(folder string, f func(file string) error) error {
	return filepath.WalkDir(filepath.Join(v.dir, folder), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.IsDir() || isTemp(path) {
			return nil
		}
		file, err := filepath.Rel(v.dir, path)
		if err != nil {
			return err
		}
		if err := f(file); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil // a running server took it away: partial tiles go when wider ones come
	})
}

// walkLeaves goes through all entries, from the first to the last whole one.
func (v *verifier) walkLeaves(ctx context.Context) error {
	v.epoch = 1
	v.startBlock(0)
	for n := int64(0); ; n++ {
		more, err := v.walkSegment(ctx, n)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if v.rep.Pending = v.tree.size - v.signed.Size; v.signed.Size == 0 {
		v.rep.Pending = v.tree.size
	}
	return nil
}

// walkSegment goes through one segment. Below the signed size it goes on also
// where payloads cannot be read, with what bundles and tiles say.
func (v *verifier) walkSegment(ctx context.Context, number int64) (more bool, err error) {
	name := segmentFile(number)
	f, err := os.Open(filepath.Join(v.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		if number*segmentLeaves >= v.signed.Size {
			return false, nil
		}
		v.problem(name, number*segmentLeaves, bad("audit.verify.missing", name))
		f, err = nil, nil
	}
	if err != nil {
		return false, err
	}
	p := &payloads{v: v, name: name}
	if f != nil {
		defer func() { err = errors.Join(err, f.Close()) }()
		p.s = newScanner(f, 0)
	}
	for i := number * segmentLeaves; i < (number+1)*segmentLeaves; i++ {
		if i%bundleSize == 0 {
			if err := ctx.Err(); err != nil {
				return false, context.Cause(ctx)
			}
			v.startBlock(i / bundleSize)
		}
		fr, from, to, err := p.read(i)
		if err != nil {
			return false, err
		}
		if fr == nil && i >= v.signed.Size {
			return false, p.rest(i)
		}
		v.leaf(i, fr, from, to, name)
	}
	return true, p.rest((number + 1) * segmentLeaves)
}

// payloads reads the frames of a segment, also behind damaged ones.
type payloads struct {
	v    *verifier
	s    *scanner // nil: nothing more can be read
	name string
	next int64 // the entry that the scanner stands before, when it had to skip
}

// read returns the frame of an entry, nil where it cannot be read.
func (p *payloads) read(i int64) (*frame, int64, int64, error) {
	if p.s == nil || i < p.next {
		if i < p.v.signed.Size && p.s != nil {
			p.v.problem(p.name, i, bad("audit.verify.frame", filepath.ToSlash(p.name), i))
		}
		return nil, 0, 0, nil
	}
	f, from, to, err := p.s.next(i)
	if (errors.Is(err, errTorn) || errors.Is(err, errRotten)) && i < p.v.signed.Size && p.v.live {
		// A server that runs may just be erasing it: a second look.
		time.Sleep(20 * time.Millisecond)
		p.s = newScanner(p.s.f, p.s.at)
		f, from, to, err = p.s.next(i)
	}
	switch {
	case err == nil:
		return &f, from, to, nil
	case !errors.Is(err, errTorn) && !errors.Is(err, errRotten):
		return nil, 0, 0, err
	case i >= p.v.signed.Size:
		return nil, 0, 0, nil
	}
	p.v.problem(p.name, i, bad("audit.verify.frame", filepath.ToSlash(p.name), i))
	for ahead := int64(1); ahead <= bundleSize; ahead++ {
		ok, err := p.s.skip(i + ahead)
		if err != nil {
			return nil, 0, 0, err
		}
		if ok {
			p.next = i + ahead
			return nil, 0, 0, nil
		}
	}
	if (i+1)%segmentLeaves > 0 && i+1 < p.v.signed.Size {
		p.v.problem(p.name, i+1, bad("audit.verify.lost", filepath.ToSlash(p.name), i+1))
	}
	p.s = nil
	return nil, 0, 0, nil
}

// rest looks at what stands behind the last entry.
func (p *payloads) rest(next int64) error {
	if p.s == nil {
		return nil
	}
	info, err := p.s.f.Stat()
	if err != nil {
		return err
	}
	if behind := info.Size() - p.s.at; behind > 0 {
		if next%segmentLeaves == 0 && next > 0 {
			p.v.problem(p.name, -1, bad("audit.verify.length", filepath.ToSlash(p.name)))
		} else {
			p.v.rep.Notes = append(p.v.rep.Notes, bad("audit.verify.torn", filepath.ToSlash(p.name), behind))
		}
	}
	return nil
}

// startBlock reads what the disk says of the next 256 leaves.
func (v *verifier) startBlock(n int64) {
	v.block, v.leaves, v.unsure, v.noBlock, v.bundle, v.hashes = &block{}, nil, false, false, nil, nil
	width := int(min(v.signed.Size-n*bundleSize, bundleSize))
	if width <= 0 {
		return
	}
	// What cannot be read stays nil, and is found missing when it is compared.
	v.bundle, _ = readTile(v.dir, tile{entriesLevel, n, width})
	v.hashes, _ = readTile(v.dir, tile{0, n, width})
}

// leaf compares what payload, bundle and tile say of an entry, decides which of
// them is right, and lets the tree grow by that.
func (v *verifier) leaf(i int64, f *frame, from, to int64, segment string) {
	at := int(i % bundleSize)
	fromBundle, bundleErr := bundleLeaf(v.bundle, at)
	var fromTile *tlog.Hash
	if (at+1)*tlog.HashSize <= len(v.hashes) {
		h := tlog.Hash(v.hashes[at*tlog.HashSize : (at+1)*tlog.HashSize])
		fromTile = &h
	}
	fromPayload, entry := v.payloadLeaf(i, f, segment)
	if f == nil {
		v.noBlock = true
	}
	var l leaf
	switch {
	case fromPayload == nil && bundleErr != nil:
		v.onlyTile(i, fromTile)
		return
	case fromPayload == nil:
		l = fromBundle
	case bundleErr != nil || *fromPayload == fromBundle || fromTile != nil && fromPayload.hash() == *fromTile:
		l = *fromPayload
	default:
		v.problem(segment, i, bad("audit.verify.payload", filepath.ToSlash(segment), i))
		l, entry = fromBundle, nil
		v.noBlock = true
	}
	h := l.hash()
	if fromPayload == nil && fromTile != nil && *fromTile != h && v.trustTile(i) {
		// An erased entry, and the bundle is not what the tree was made of.
		v.onlyTile(i, fromTile)
		v.last, v.epoch = max(v.last, l.time), max(v.epoch, int(l.epoch))
		return
	}
	v.checkOrder(i, l, segment)
	v.leaves = appendBundle(v.leaves, l)
	if !v.noBlock {
		v.block.add(at, uint32(from), uint32(to), l.time, entry)
	}
	v.grow(i, h)
}

// payloadLeaf makes the leaf that an entry's payload gives; nil where there is
// none to be had.
func (v *verifier) payloadLeaf(i int64, f *frame, segment string) (*leaf, *Entry) {
	if f == nil {
		return nil, nil
	}
	if f.state == erased {
		v.gone[i] = true
		v.rep.Erased++
		return nil, nil
	}
	e, err := parsePayload(f.payload())
	if err != nil {
		v.problem(segment, i, bad("audit.verify.payload", filepath.ToSlash(segment), i))
		v.noBlock = true
		return nil, nil
	}
	if b := begun(i, &e); b != nil {
		v.checkEpoch(*b)
	}
	if e.Action == ActionErase {
		if indexes, err := parseRanges(e.Detail["leaves"], mostErased); err == nil {
			for _, n := range indexes {
				v.named[n] = i
			}
		}
	}
	var m macMaker
	return &leaf{epoch: uint32(v.epoch), time: e.Time.UnixMicro(), mac: m.mac(f.salt(), f.payload())}, &e
}

// onlyTile goes on with the hash in the tile where nothing better is left.
func (v *verifier) onlyTile(i int64, h *tlog.Hash) {
	file := filepath.ToSlash(tile{entriesLevel, i / bundleSize, bundleSize}.path())
	v.problem(file, i, bad("audit.verify.bundle", file, i))
	v.unsure, v.noBlock = true, true
	v.leaves = append(v.leaves, make([]byte, bundleEntry)...)
	if h == nil {
		h = &tlog.Hash{}
	}
	v.grow(i, *h)
}

func (v *verifier) grow(i int64, h tlog.Hash) {
	v.tree.add(h)
	for _, w := range v.wanted {
		if w.size == v.tree.size {
			v.roots[w.size] = v.tree.root()
		}
	}
	if v.tree.size == v.signed.Size {
		v.roots[v.signed.Size] = v.tree.root()
		v.rep.Last = time.UnixMicro(v.last).UTC()
	}
	if (i+1)%bundleSize == 0 {
		v.compareTile(tile{entriesLevel, i / bundleSize, bundleSize}, v.leaves, v.unsure)
		v.compareBlock(i / bundleSize)
	}
}

// trustTile reports whether a leaf's tile fits what stands above it.
func (v *verifier) trustTile(i int64) bool {
	n := i / bundleSize
	if len(v.hashes) < bundleSize*tlog.HashSize {
		return v.tiles
	}
	hashes := make([]tlog.Hash, bundleSize)
	for k := range hashes {
		hashes[k] = tlog.Hash(v.hashes[k*tlog.HashSize : (k+1)*tlog.HashSize])
	}
	above, err := readTile(v.dir, tile{1, n / bundleSize, int(n%bundleSize) + 1})
	root := subtree(hashes)
	return err == nil && bytes.Equal(above[len(above)-tlog.HashSize:], root[:])
}

func (v *verifier) checkOrder(i int64, l leaf, segment string) {
	if l.time <= v.last || int(l.epoch) < v.epoch {
		v.problem(segment, i, bad("audit.verify.order", filepath.ToSlash(segment), i))
	}
	v.last, v.epoch = max(v.last, l.time), max(v.epoch, int(l.epoch))
}

// checkEpoch compares an epoch's first leaf with its file.
func (v *verifier) checkEpoch(b restored) {
	v.epoch = max(v.epoch, b.Epoch)
	if !slices.Contains(v.begun, b) && !v.restored {
		file := filepath.ToSlash(epochFile(b.Epoch))
		v.problem(file, b.First, bad("audit.verify.epoch", file))
	}
	v.begun = slices.DeleteFunc(v.begun, func(r restored) bool { return r == b })
}

func (v *verifier) tileFull(level int, n int64, hashes []tlog.Hash) {
	v.compareTile(tile{level, n, bundleSize}, tileBytes(hashes), false)
}

// compareTile compares all files of a tile with what it must be. unsure: some
// of its places are not known.
func (v *verifier) compareTile(t tile, want []byte, unsure bool) {
	whole := tile{t.level, t.n, bundleSize}.path()
	files := []string{whole}
	if parts, err := os.ReadDir(filepath.Join(v.dir, whole+".p")); err == nil {
		for _, p := range parts {
			if !isTemp(p.Name()) {
				files = append(files, filepath.Join(whole+".p", p.Name()))
			}
		}
	}
	widest := 0
	for _, file := range files {
		got, err := os.ReadFile(filepath.Join(v.dir, file))
		ft, ok := parseTilePath(file)
		if err != nil || !ok {
			continue // missing ones are seen by their width, strange ones with the files
		}
		if widest = max(widest, ft.width); len(got) != ft.width*ft.unit() {
			v.problem(file, v.firstLeaf(t, 0), bad("audit.verify.length", filepath.ToSlash(file)))
			continue
		}
		if !unsure {
			v.compareBytes(t, file, got, want)
		}
	}
	need := v.signedWidth(t)
	if widest >= need {
		return
	}
	// A server that runs may have put a wider one into its place since.
	got, err := readTile(v.dir, tile{t.level, t.n, need})
	if err != nil {
		file := filepath.ToSlash(tile{t.level, t.n, need}.path())
		v.problem(file, v.firstLeaf(t, 0), bad("audit.verify.missing", file))
	} else if !unsure {
		v.compareBytes(t, t.path(), got, want)
	}
}

// signedWidth is how much of a tile the checkpoint needs.
func (v *verifier) signedWidth(t tile) int {
	size := v.signed.Size
	for range t.level {
		size /= bundleSize
	}
	return int(max(0, min(size-t.n*bundleSize, bundleSize)))
}

// firstLeaf is the first entry that a place of a tile covers.
func (v *verifier) firstLeaf(t tile, place int) int64 {
	i := t.n*bundleSize + int64(place)
	for range t.level {
		i *= bundleSize
	}
	return i
}

func (v *verifier) compareBytes(t tile, file string, got, want []byte) {
	unit := t.unit()
	for place := 0; place*unit < len(got); place++ {
		end := (place + 1) * unit
		if end > len(want) {
			// Beyond what the payloads give: hashes of nothing.
			if !v.live {
				v.problem(file, v.firstLeaf(t, place), bad("audit.verify.length", filepath.ToSlash(file)))
			}
			return
		}
		if bytes.Equal(got[place*unit:end], want[place*unit:end]) {
			continue
		}
		first := v.firstLeaf(t, place)
		if t.level == entriesLevel {
			v.problem(file, first, bad("audit.verify.bundle", filepath.ToSlash(file), first))
		} else {
			v.problem(file, first, bad("audit.verify.tile", filepath.ToSlash(file), first, v.firstLeaf(t, place+1)-1))
		}
	}
}

// compareBlock compares a full block of the index.
func (v *verifier) compareBlock(n int64) {
	if v.noBlock {
		return // its payloads are damaged, and said to be
	}
	want := v.block.append(nil)
	got, err := v.rawBlock(n)
	if err == nil && bytes.Equal(got, want) || err != nil && (n+1)*bundleSize > v.signed.Size {
		return
	}
	if v.live { // it may just have erased something: a second look
		time.Sleep(20 * time.Millisecond)
		b, makeErr := v.reader.makeBlock(n)
		if got, err = v.rawBlock(n); makeErr == nil && err == nil && bytes.Equal(got, b.append(nil)) {
			return
		}
	}
	file := filepath.ToSlash(indexFile(n / segmentBlocks))
	v.problem(file, n*bundleSize, bad("audit.verify.index", file, n*bundleSize, (n+1)*bundleSize-1))
}

func (v *verifier) rawBlock(n int64) ([]byte, error) {
	f, err := os.Open(filepath.Join(v.dir, indexFile(n/segmentBlocks)))
	if err != nil {
		return nil, err
	}
	b := make([]byte, blockBytes)
	_, err = f.ReadAt(b, n%segmentBlocks*blockBytes)
	return b, errors.Join(err, f.Close())
}

// checkEdge compares the tiles that are not full.
func (v *verifier) checkEdge(context.Context) error {
	n := v.tree.size
	if n%bundleSize > 0 {
		v.compareTile(tile{entriesLevel, n / bundleSize, int(n % bundleSize)}, v.leaves, v.unsure)
	}
	for level, hashes := range v.tree.edge {
		if n /= bundleSize; len(hashes) > 0 {
			v.compareTile(tile{level, n, len(hashes)}, tileBytes(hashes), false)
		}
	}
	if v.tree.size < v.signed.Size {
		v.problem(checkpointFile, v.tree.size, bad("audit.verify.short", v.signed.Size, v.tree.size))
	}
	return nil
}

// checkRoots compares signed roots with those of the tree.
func (v *verifier) checkRoots(context.Context) error {
	if v.signed.Size > 0 && v.tree.size >= v.signed.Size && v.roots[v.signed.Size] != v.signed.Root {
		v.problem(checkpointFile, -1, bad("audit.verify.root", checkpointFile, v.signed.Size))
	}
	for _, w := range v.wanted {
		if root, ok := v.roots[w.size]; !ok || root != w.root {
			v.problem(w.file, -1, bad("audit.verify.root", filepath.ToSlash(w.file), w.size))
		}
	}
	for _, b := range v.begun {
		file := filepath.ToSlash(epochFile(b.Epoch))
		v.problem(file, b.First, bad("audit.verify.epoch", file))
	}
	return nil
}

// checkErased compares what is gone with what the log says was erased.
func (v *verifier) checkErased(context.Context) error {
	for i := range v.gone {
		if _, ok := v.named[i]; !ok {
			file := filepath.ToSlash(segmentFile(segmentOf(i)))
			v.problem(file, i, bad("audit.verify.erased-unsaid", file, i))
		}
	}
	for i, by := range v.named {
		if !v.gone[i] && !v.erasing && i < v.tree.size {
			file := filepath.ToSlash(segmentFile(segmentOf(i)))
			v.problem(file, i, bad("audit.verify.erased-there", file, i, by))
		}
	}
	slices.SortStableFunc(v.rep.Problems, func(a, b Problem) int { return int(max(-1, min(1, a.Leaf-b.Leaf))) })
	return nil
}

// checkFiles looks for files that nobody wrote.
func (v *verifier) checkFiles(context.Context) error {
	return v.eachFile(".", func(file string) error {
		if !v.known(file) && !v.live {
			v.problem(file, -1, bad("audit.verify.unknown", filepath.ToSlash(file)))
		}
		return nil
	})
}

func (v *verifier) known(file string) bool {
	switch file {
	case checkpointFile, keyFile, lockFile, restoredFile, filepath.Join(payloadDir, erasingFile):
		return true
	}
	folder, _, _ := cutPath(file)
	switch folder {
	case keptDir:
		t, err := time.Parse("2006/01-02T15Z", filepath.ToSlash(file[len(keptDir)+1:]))
		return err == nil && keptName(t) == file
	case epochsDir:
		return true // read, and its name compared
	case payloadDir:
		n, err := strconv.ParseInt(file[len(payloadDir)+1:len(file)-min(len(file), 4)], 10, 64)
		return err == nil && segmentFile(n) == file && n <= segmentOf(v.tree.size)
	case indexDir:
		return v.knownIndex(file)
	case tileDir:
		t, ok := parseTilePath(file)
		size := v.tree.size
		for range t.level {
			size /= bundleSize
		}
		return ok && t.n*bundleSize+int64(t.width) <= size
	}
	return false
}

// knownIndex: the file of a segment, and no longer than its full blocks.
func (v *verifier) knownIndex(file string) bool {
	base := filepath.Base(file)
	n, err := strconv.ParseInt(base[:max(0, len(base)-4)], 10, 64)
	if err != nil || indexFile(n) != file {
		return false
	}
	info, err := os.Stat(filepath.Join(v.dir, file))
	blocks := min(v.tree.size/bundleSize-n*segmentBlocks, segmentBlocks)
	if err == nil && info.Size() > blocks*blockBytes && !v.live {
		v.problem(file, -1, bad("audit.verify.length", filepath.ToSlash(file)))
	}
	return true
}

func cutPath(file string) (folder, rest string, ok bool) {
	for i, c := range file {
		if c == filepath.Separator {
			return file[:i], file[i+1:], true
		}
	}
	return "", file, false
}
