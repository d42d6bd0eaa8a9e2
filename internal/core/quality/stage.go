package quality

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/bits"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/jsontext"
	"github.com/phohien/phohien/viet"
)

// Fields of the staged table beside the object's own.
var (
	numberField = contract.Field{Name: "_n", Kind: contract.KindInteger, Column: -1}    // place among the data rows, from 1
	lineField   = contract.Field{Name: "_line", Kind: contract.KindInteger, Column: -1} // physical line in the file
	fixField    = contract.Field{Name: "_fix", Kind: contract.KindText, Column: -1}     // "f:<column> f:<column>:<rescue> …": cells that were standardised, and by which rescue
	wasField    = contract.Field{Name: "_was", Kind: contract.KindText, Column: -1}     // JSON {"3":"raw cell"} of cells that CellText would not give back as they were sent; {"*":[…]} of a broken record
)

// streamFields are what a Stage gives: t0, t1, … are the rules that staging
// itself has seen broken (cells that could not be read, JSON without its shape,
// records that could not be split), as bits.
func (p *Program) streamFields() []contract.Field {
	all := []contract.Field{numberField, lineField}
	all = append(all, p.Object.Fields()...)
	all = append(all, contract.HashField, fixField, wasField)
	for i := range p.words() {
		all = append(all, contract.Field{Name: "_t" + strconv.Itoa(i), Kind: contract.KindInteger, Column: -1})
	}
	return all
}

// Stage is a file on its way into the workshop: an array.RecordReader that
// reads, splits and standardises on all processors and gives the blocks in the
// order of the file.
type Stage struct {
	program *Program
	object  *contract.Object
	source  ingest.Source
	mapping *Mapping
	schema  *arrow.Schema
	ids     []int  // columns in the order in which they enter the hash
	hashed  bool   // rows get their hash
	known   *Known // rows that go no further, or nil

	ctx    context.Context
	cancel context.CancelFunc
	queue  chan chan staged
	done   sync.WaitGroup
	free   chan *worker

	cur  arrow.RecordBatch
	err  error
	rows int64
	last staged // block before, to compare keys across the border

	// Counts, complete once Next has said false.
	Skipped int64
	Same    int64   // known rows
	Fixed   []int64 // by column: cells that were standardised
	Rescued []Rescued
	Closes  []Closing // open lines that rows of a return slip name
	Bad     []int64   // by column: cells that could not be read
	Defects [4]int64
	keys    [][]uint64 // hashes of keys, by block
	seed    maphash.Seed
	Sorted  bool // the keys are there, each greater than the one before: no duplicates
	read    atomic.Int64
}

// Rescued is what one rescue did in one column.
type Rescued struct {
	Column   int
	Rescue   Rescue
	Count    int64
	Examples [][2]string // before and after, the first few of the file
}

// A Closing is a row that came back on a return slip.
type Closing struct {
	Row  int64 // place among the data rows, from 1
	Line int64 // id of the open line
}

// A staged block, or what went wrong.
type staged struct {
	record      arrow.RecordBatch
	skipped     int64
	same        int64
	fixed, bad  []int64
	dropped     int64
	rescued     []Rescued
	closes      []Closing // Row counts within the block, from 0
	defects     [4]int64
	sorted      bool
	first, last []byte   // sort keys
	keys        []uint64 // hashes of the keys that could be read
	err         error
}

// NewStage begins to read a source. Hashed rows can be compared with rows that
// are there; without it, for a check alone, the work of spelling and hashing is
// saved. The caller must Release the Stage.
func NewStage(ctx context.Context, p *Program, src ingest.Source, m *Mapping, hashed bool) *Stage {
	return newStage(ctx, p, src, m, hashed, nil)
}

// NewStageKnowing is NewStage for rows that will be compared: those that are
// known are counted in Same and go no further. When some key may stand twice in
// the file, Workshop.Stage then answers ErrTwins: the rows that went no further
// would be missed.
func NewStageKnowing(ctx context.Context, p *Program, src ingest.Source, m *Mapping, known *Known) *Stage {
	return newStage(ctx, p, src, m, true, known)
}

func newStage(ctx context.Context, p *Program, src ingest.Source, m *Mapping, hashed bool, known *Known) *Stage {
	o := p.Object
	ctx, cancel := context.WithCancel(ctx)
	s := &Stage{
		program: p, object: o, source: src, mapping: m, schema: contract.ArrowSchema(p.streamFields()), ids: hashOrder(o), hashed: hashed, known: known, seed: maphash.MakeSeed(),
		ctx: ctx, cancel: cancel, Sorted: o.HasKey() && sortable(o),
		Fixed: make([]int64, len(o.Columns)), Bad: make([]int64, len(o.Columns)),
	}
	workers := max(2, runtime.GOMAXPROCS(0))
	s.queue = make(chan chan staged, workers)
	s.free = make(chan *worker, workers)
	for range workers {
		s.free <- newWorker(s)
	}
	s.done.Add(1)
	go s.cut()
	return s
}

// hashOrder is the order of columns in the hash: by name in the store.
func hashOrder(o *contract.Object) []int {
	var ids []int
	for i := range o.Columns {
		if !o.Columns[i].Volatile {
			ids = append(ids, i)
		}
	}
	sort.Slice(ids, func(a, b int) bool { return o.Columns[ids[a]].Store < o.Columns[ids[b]].Store })
	return ids
}

// cut hands chunks to workers, in order.
func (s *Stage) cut() {
	defer s.done.Done()
	defer close(s.queue)
	for {
		chunk, err := s.source.Next()
		result := make(chan staged, 1)
		select {
		case s.queue <- result:
		case <-s.ctx.Done():
			return
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				result <- staged{err: err}
			}
			close(result)
			return
		}
		s.read.Store(s.source.Offset())
		var w *worker
		select {
		case w = <-s.free:
		case <-s.ctx.Done():
			result <- staged{err: s.ctx.Err()}
			return
		}
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			defer func() {
				// A file must never end the program, whatever it holds.
				if r := recover(); r != nil {
					result <- staged{err: fmt.Errorf("reading a block panicked: %v\n%s", r, debug.Stack())}
				}
			}()
			result <- w.work(chunk)
			s.free <- w
		}()
	}
}

// Offset is how many bytes of the file have been taken up.
func (s *Stage) Offset() int64 { return s.read.Load() }

// Rows is how many data rows there were, those that went no further included.
func (s *Stage) Rows() int64 { return s.rows + s.Same }

// Schema implements array.RecordReader.
func (s *Stage) Schema() *arrow.Schema { return s.schema }

// Next implements array.RecordReader.
func (s *Stage) Next() bool {
	s.drop()
	for s.err == nil {
		result, ok := <-s.queue
		if !ok {
			s.err = s.ctx.Err()
			return false
		}
		var b staged
		select {
		case b, ok = <-result:
		case <-s.ctx.Done():
			s.err = s.ctx.Err()
			return false
		}
		if !ok { // the end
			return false
		}
		if b.err != nil {
			s.err = b.err
			return false
		}
		s.count(&b)
		if b.record.NumRows() == 0 {
			b.record.Release()
			continue
		}
		s.cur = numbered(b.record, s.rows)
		s.rows += s.cur.NumRows()
		return true
	}
	return false
}

func (s *Stage) count(b *staged) {
	s.Skipped += b.skipped
	s.Same += b.same
	for i := range s.Fixed {
		s.Fixed[i] += b.fixed[i]
		s.Bad[i] += b.bad[i]
	}
	for i := range s.Defects {
		s.Defects[i] += b.defects[i]
	}
	for _, r := range b.rescued {
		s.Rescued = addRescued(s.Rescued, r)
	}
	for _, c := range b.closes {
		s.Closes = append(s.Closes, Closing{Row: s.rows + c.Row + 1, Line: c.Line})
	}
	if b.record.NumRows() == 0 && b.same == 0 {
		return
	}
	s.keys = append(s.keys, b.keys)
	s.Sorted = s.Sorted && b.sorted && (s.last.last == nil || bytes.Compare(s.last.last, b.first) < 0)
	s.last = *b
	s.last.record = nil
}

// shownRescues is how many examples of a rescue are kept for a column.
const shownRescues = 3

// addRescued adds what later rows have had to what is counted.
func addRescued(all []Rescued, r Rescued) []Rescued {
	for i := range all {
		if a := &all[i]; a.Column == r.Column && a.Rescue == r.Rescue {
			a.Count += r.Count
			if n := shownRescues - len(a.Examples); n > 0 {
				a.Examples = append(a.Examples, r.Examples[:min(n, len(r.Examples))]...)
			}
			return all
		}
	}
	return append(all, r)
}

// numbered fills the first column, which only the order of blocks can tell.
func numbered(rec arrow.RecordBatch, before int64) arrow.RecordBatch {
	n := int(rec.NumRows())
	v := newVector(arrow.PrimitiveTypes.Int64)
	v.reset(n)
	for i := range n {
		v.word(uint64(before + int64(i) + 1))
	}
	columns := slices.Clone(rec.Columns())
	columns[0] = v.array()
	out := array.NewRecordBatch(rec.Schema(), columns, int64(n))
	columns[0].Release()
	rec.Release()
	return out
}

func (s *Stage) drop() {
	if s.cur != nil {
		s.cur.Release()
		s.cur = nil
	}
}

// RecordBatch implements array.RecordReader.
func (s *Stage) RecordBatch() arrow.RecordBatch { return s.cur }

// Record implements array.RecordReader.
func (s *Stage) Record() arrow.RecordBatch { return s.cur }

// Err implements array.RecordReader.
func (s *Stage) Err() error { return s.err }

// Retain implements array.RecordReader; a Stage has one owner.
func (s *Stage) Retain() {}

// Release stops the reading, waits for the workers and lets go of what they work
// with, a dozen bytes a row; the counts stay. It may be called again.
func (s *Stage) Release() {
	s.cancel()
	for range s.queue { // let cut see the end
	}
	s.done.Wait()
	s.drop()
	s.free, s.source, s.known, s.keys, s.last = nil, nil, nil, nil, staged{}
}

// A worker parses and standardises chunks, one at a time.
type worker struct {
	stage   *Stage
	block   ingest.Block
	vectors []*vector
	readers []*reader
	places  []int    // per column: cell in the record
	quiet   []bool   // per column: of a cell that is as it should be nothing more is noted
	labels  [][]byte // per column: its name in the hash
	canon   []byte   // canonical texts of the record
	spans   [][2]int // per column: its text in canon; {0,-1} = null
	message []byte   // what is hashed
	was     []byte   // JSON of the record's raw cells
	key     []byte
	scratch []byte
	inOrder bool             // the key can be compared byte by byte
	marks   []mark           // where the vectors stood before the record
	words   []uint64         // rules that the record breaks, as bits
	answers map[asked]string // units made out before, by what was asked
	rows    int              // of the last block, to size the next
}

func newWorker(s *Stage) *worker {
	w := &worker{stage: s, places: s.mapping.Cell, spans: make([][2]int, len(s.object.Columns)), words: make([]uint64, s.program.words()), inOrder: s.Sorted, rows: 1024}
	for _, f := range s.schema.Fields() {
		w.vectors = append(w.vectors, newVector(f.Type))
	}
	w.marks = make([]mark, len(w.vectors))
	at := 2
	for i := range s.object.Columns {
		c := &s.object.Columns[i]
		n := len(c.Fields(i))
		var hint Hint
		if s.mapping.Hints != nil {
			hint = s.mapping.Hints[i]
		}
		r := newColumnReader(s.object, i, w.vectors[at:at+n], hint)
		r.spell = s.hashed || slices.Contains(s.object.Key, i) || len(s.program.shapes[i]) > 0 || s.program.idents[i].check != nil || s.program.spelled(i)
		w.readers = append(w.readers, r)
		w.quiet = append(w.quiet, !r.spell && len(s.program.units) == 0)
		at += n
		label := binary.AppendUvarint(nil, uint64(len(c.Store)))
		w.labels = append(w.labels, append(label, c.Store...))
	}
	return w
}

func (w *worker) work(chunk ingest.Chunk) staged {
	chunk.Parse(&w.block)
	n := w.block.Records()
	for _, v := range w.vectors {
		v.reset(w.rows)
	}
	out := staged{
		skipped: w.block.Skipped, sorted: w.inOrder && n > 0, keys: make([]uint64, 0, n),
		fixed: make([]int64, len(w.readers)), bad: make([]int64, len(w.readers)),
	}
	for i := range n {
		if i&1023 == 0 && w.stage.ctx.Err() != nil {
			return staged{err: w.stage.ctx.Err()}
		}
		w.record(i, &out)
	}
	w.rows = max(n, 64)
	columns := make([]arrow.Array, len(w.vectors))
	for i, v := range w.vectors {
		columns[i] = v.array()
	}
	out.record = array.NewRecordBatch(w.stage.schema, columns, int64(n)-out.same-out.dropped)
	for _, c := range columns {
		c.Release()
	}
	return out
}

// absent is the place of a text that is not there.
var absent = [2]int{0, -1}

// record standardises record i of the block.
func (w *worker) record(i int, out *staged) {
	if w.stage.mapping.Token >= 0 && !w.slip(i, out) {
		return
	}
	if w.stage.known != nil {
		for k, v := range w.vectors {
			w.marks[k] = v.mark()
		}
	}
	tail := w.vectors[len(w.vectors)-3-len(w.words):]
	w.vectors[0].null() // numbered later
	w.vectors[1].word(uint64(w.block.Lines[i]))
	if d := w.block.Broken[i]; d != ingest.Sound {
		out.defects[d]++
		out.sorted = false
		for _, r := range w.readers {
			r.null()
		}
		tail[0].null()
		tail[1].null()
		tail[2].text(w.wholeRecord(i))
		w.broken(w.stage.program.defects[d])
		w.mark(tail[3:])
		return
	}
	w.canon, w.was = w.canon[:0], w.was[:0]
	var fix []byte
	places, quiet, cells := w.places, w.quiet, w.block.Record(i)
	for c, r := range w.readers {
		if places[c] < 0 {
			w.spans[c] = absent
			r.null()
			continue
		}
		raw := cells.Cell(places[c])
		from := len(w.canon)
		canon, present, std, err := r.read(raw, w.canon)
		if quiet[c] && present && !std && err == nil && !r.hinted {
			continue
		}
		w.spans[c] = absent
		switch {
		case err != nil:
			r.null()
			out.bad[c]++
			w.broken(w.stage.program.types[c])
		case present:
			w.canon = canon
			w.spans[c] = [2]int{from, len(canon)}
			for _, rule := range w.stage.program.shapes[c] {
				if _, ok := w.stage.object.Rules[rule].Shape.Check(canon[from:]); !ok {
					w.broken(rule)
				}
			}
			if id := &w.stage.program.idents[c]; id.check != nil {
				w.identify(id, canon[from:])
			}
			if std {
				out.fixed[c]++
				if fix != nil {
					fix = append(fix, ' ')
				}
				fix = append(append(fix, "f:"...), r.column.Store...)
				if r.used > RescueSpaces {
					fix = append(append(fix, ':'), Rescues[r.used].Name...)
				}
				if r.used != None {
					w.rescued(out, c, r.used, raw, w.canon[from:])
				}
			}
		}
		if r.hinted && err == nil {
			continue // read again by itself the raw cell would say something else: the value stands for it
		}
		if err != nil || std || !w.asSent(r, raw, present, w.canon[from:]) {
			w.keep(c, raw, err != nil)
		}
	}
	if len(w.stage.program.units) > 0 {
		fix = w.resolve(i, out, fix)
	}
	if w.stage.hashed {
		hash := w.hash()
		if w.stage.known != nil && fix == nil && !w.breaks() && w.stage.known.has(hash) {
			for k, v := range w.vectors {
				v.back(w.marks[k])
			}
			out.same++
			w.order(out)
			return
		}
		tail[0].text(hash)
	} else {
		tail[0].null()
	}
	w.optional(tail[1], fix)
	if len(w.was) > 0 {
		w.was = append(w.was, '}')
	}
	w.optional(tail[2], w.was)
	w.mark(tail[3:])
	w.order(out)
}

// rescued counts a cell that was mended.
func (w *worker) rescued(out *staged, column int, rescue Rescue, raw, canon []byte) {
	for i := range out.rescued {
		if r := &out.rescued[i]; r.Column == column && r.Rescue == rescue {
			r.Count++
			if rescue != RescueNFC && len(r.Examples) < shownRescues {
				r.Examples = append(r.Examples, w.before(column, raw, canon))
			}
			return
		}
	}
	r := Rescued{Column: column, Rescue: rescue, Count: 1}
	if rescue != RescueNFC { // which looks the same before and after
		r.Examples = [][2]string{w.before(column, raw, canon)}
	}
	out.rescued = append(out.rescued, r)
}

// before gives an example of a mended cell. Where values are not spelled out it
// is read once more.
func (w *worker) before(column int, raw, canon []byte) [2]string {
	if r := w.readers[column]; !r.spell {
		again := newColumnReader(w.stage.object, column, scratch(r.column), r.hint)
		again.spell = true
		canon, _, _, _ = again.read(raw, nil) // it was read just now
	}
	return [2]string{readable(shown(bytes.Clone(raw))), readable(shown(bytes.Clone(canon)))}
}

// slip reads the ids that a row of a workbook of ours carries; false for a row
// that is no data.
func (w *worker) slip(i int, out *staged) bool {
	m := w.stage.mapping
	if m.Token >= w.block.Cells(i) {
		return true
	}
	token := strings.TrimSpace(string(w.block.Cell(i, m.Token)))
	if token == "" {
		return true
	}
	if m.Drop != nil {
		cells := make([][]byte, len(m.Cell))
		for c, at := range m.Cell {
			if at >= 0 && at < w.block.Cells(i) {
				cells[c] = w.block.Cell(i, at)
			}
		}
		if m.Drop(token, cells) {
			out.dropped++
			out.skipped++
			return false
		}
	}
	if m.Line != nil {
		for t := range strings.FieldsSeq(token) {
			if id, ok := m.Line(t); ok {
				out.closes = append(out.closes, Closing{Row: int64(i) - out.dropped - out.same, Line: id})
			}
		}
	}
	return true
}

// identify notes what is wrong or doubtful about an identifier.
func (w *worker) identify(id *ident, text []byte) {
	err := id.check(unsafe.String(unsafe.SliceData(text), len(text)))
	switch {
	case err == nil:
	case viet.IsWarning(err):
		w.broken(id.doubt)
	default:
		w.broken(id.wrong)
	}
}

// asSent reports whether CellText gives a cell back as it was sent; the cell is
// empty or was read without being standardised.
func (w *worker) asSent(r *reader, raw []byte, present bool, canon []byte) bool {
	switch {
	case !present:
		return len(raw) == 0
	case !w.stage.hashed: // a check keeps no lines
		return true
	}
	switch r.column.Type {
	case contract.Decimal, contract.Float, contract.JSON: // "1.5" may be 1.50
		return bytes.Equal(raw, canon)
	case contract.Timestamp:
		return len(raw) == len(momentForm) && string(raw[len(raw)-6:]) == momentForm[len(raw)-6:]
	case contract.Geometry, contract.File:
		return false
	}
	return true
}

// momentForm is how CellText writes a moment without a fraction of a second.
const momentForm = "2006-01-02T15:04:05+07:00"

// keep notes the raw cell of a column.
func (w *worker) keep(column int, raw []byte, unread bool) {
	if unread {
		raw = shown(raw)
	}
	sep := byte(',')
	if len(w.was) == 0 {
		sep = '{'
	}
	w.was = strconv.AppendInt(append(w.was, sep, '"'), int64(column), 10)
	w.was = appendJSON(append(w.was, '"', ':'), readable(raw))
}

// broken notes that the record breaks a rule.
func (w *worker) broken(rule int) { w.words[rule/wordBits] |= 1 << (rule % wordBits) }

// breaks reports whether a broken rule was noted.
func (w *worker) breaks() bool {
	for _, m := range w.words {
		if m != 0 {
			return true
		}
	}
	return false
}

// mark writes the noted rules and forgets them.
func (w *worker) mark(into []*vector) {
	for i, m := range w.words {
		into[i].word(m)
		w.words[i] = 0
	}
}

func (w *worker) optional(v *vector, b []byte) {
	if len(b) == 0 {
		v.null()
	} else {
		v.text(b)
	}
}

// hash is SHA-256 cut to 16 bytes over the row's non-null (column, canonical
// text) pairs in the order of columns' names, each with its length before it
// (DESIGN §4.5).
func (w *worker) hash() []byte {
	m := append(w.message[:0], w.stage.program.HashKey...)
	for _, c := range w.stage.ids {
		s := w.spans[c]
		if s[1] < 0 {
			continue
		}
		m = append(m, w.labels[c]...)
		m = binary.AppendUvarint(m, uint64(s[1]-s[0]))
		m = append(m, w.canon[s[0]:s[1]]...)
	}
	w.message = m
	sum := sha256.Sum256(m)
	w.key = append(w.key[:0], sum[:16]...)
	return w.key
}

// sortable reports whether the order of canonical texts of the key is the order
// in which every engine sorts it.
func sortable(o *contract.Object) bool {
	for _, i := range o.Key {
		switch o.Columns[i].Type {
		case contract.Text, contract.Date, contract.PartialDate, contract.Time, contract.Timestamp:
		case contract.Integer:
			if len(o.Key) > 1 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// order notes the key of the record just read. A file in the order of its key
// has no duplicates and needs no sorting, and most exports of databases are; of
// other files the keys' hashes tell whether some key may stand twice.
func (w *worker) order(out *staged) {
	if !w.stage.object.HasKey() {
		return
	}
	key := w.scratch[:0]
	for _, c := range w.stage.object.Key {
		s := w.spans[c]
		if s[1] < 0 {
			out.sorted = false
			return
		}
		text := w.canon[s[0]:s[1]]
		if len(w.stage.object.Key) > 1 {
			key = append(append(key, text...), 0) // no text holds a zero byte
		} else if w.stage.object.Columns[c].Type == contract.Integer {
			v, _ := strconv.ParseInt(string(text), 10, 64) // canonical, so it parses
			key = binary.BigEndian.AppendUint64(key, uint64(v)^1<<63)
		} else {
			key = append(key, text...)
		}
	}
	w.scratch = key
	out.keys = append(out.keys, maphash.Bytes(w.stage.seed, key))
	if !out.sorted {
		return
	}
	switch {
	case out.first == nil:
		out.first = slices.Clone(key)
	case bytes.Compare(out.last, key) >= 0:
		out.sorted = false
		return
	}
	out.last, w.scratch = key, out.last
}

// MayRepeat reports whether some key may stand more than once in the file: no
// is certain.
func (s *Stage) MayRepeat() bool {
	if s.Sorted || !s.object.HasKey() {
		return false
	}
	n := 0
	for _, k := range s.keys {
		n += len(k)
	}
	// A table of hashes with open addressing, at most half full; 0 is an empty
	// place, so the hash 0 is taken for 1.
	size := 1 << bits.Len(uint(2*n+1))
	table, mask := make([]uint64, size), uint64(size-1)
	for _, block := range s.keys {
		for _, h := range block {
			h = max(h, 1)
			for i := h & mask; ; i = (i + 1) & mask {
				if table[i] == h {
					return true
				}
				if table[i] == 0 {
					table[i] = h
					break
				}
			}
		}
	}
	return false
}

// shown cuts a cell that could not be read to what a person needs to see. A
// cell that was read is kept whole, for it may be judged again.
func shown(raw []byte) []byte {
	if len(raw) <= maxShown {
		return raw
	}
	n := maxShown
	for n > 0 && !utf8.RuneStart(raw[n]) {
		n--
	}
	return append(slices.Clone(raw[:n]), cutMark...)
}

const (
	maxShown = 2000     // bytes of an unread cell that a quarantine line keeps
	cutMark  = "…"      // stands where the rest was cut off
	nulMark  = "\u2400" // stands for NUL, which PostgreSQL cannot hold
)

// readable makes a raw cell fit for JSON without hiding that it was broken. What
// it gives lives as long as raw.
func readable(raw []byte) string {
	if utf8.Valid(raw) && bytes.IndexByte(raw, 0) < 0 {
		return unsafe.String(unsafe.SliceData(raw), len(raw))
	}
	s := bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	return string(bytes.ReplaceAll(s, []byte{0}, []byte(nulMark)))
}

// altered reports whether a kept cell may not be what was sent, so that it must
// not be read as data again.
func altered(cell string) bool {
	return strings.Contains(cell, nulMark) || strings.Contains(cell, "\uFFFD") || len(cell) >= maxShown && strings.HasSuffix(cell, cutMark)
}

// appendJSON appends a string that holds no NUL and is valid UTF-8.
func appendJSON(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendString(dst, s) // fails for NUL only
	return dst
}

func (w *worker) wholeRecord(i int) []byte {
	b := []byte(`{"*":[`)
	for c := range w.block.Cells(i) {
		if c > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, readable(shown(w.block.Cell(i, c))))
	}
	return append(b, "]}"...)
}
