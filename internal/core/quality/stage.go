package quality

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
)

// Fields of the staged table beside the object's own.
var (
	numberField = contract.Field{Name: "_n", Kind: contract.KindInteger, Column: -1}    // place among the data rows, from 1
	lineField   = contract.Field{Name: "_line", Kind: contract.KindInteger, Column: -1} // physical line in the file
	fixField    = contract.Field{Name: "_fix", Kind: contract.KindText, Column: -1}     // "f:<column> …": cells that were standardised
	badField    = contract.Field{Name: "_bad", Kind: contract.KindText, Column: -1}     // ",3,7,": columns whose cell could not be read; ";12;": rule on the shape of JSON that is broken; "r" and a defect's number: the record itself
	wasField    = contract.Field{Name: "_was", Kind: contract.KindText, Column: -1}     // JSON {"3":"raw cell"} of cells that were standardised or not read; {"*":[…]} of a broken record
)

func stagedFields(o *contract.Object) []contract.Field {
	all := []contract.Field{numberField, lineField}
	all = append(all, o.Fields()...)
	return append(all, contract.HashField, fixField, badField, wasField)
}

// Stage is a file on its way into the workshop: an array.RecordReader that
// reads, splits and standardises on all processors and gives the blocks in the
// order of the file.
type Stage struct {
	object  *contract.Object
	source  ingest.Source
	mapping *Mapping
	schema  *arrow.Schema
	ids     []int   // columns in the order in which they enter the hash
	shapes  [][]int // by column: rules on the shape of JSON
	hashed  bool    // rows get their hash

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
	Fixed   []int64 // by column: cells that were standardised
	Bad     []int64 // by column: cells that could not be read
	Defects [4]int64
	Sorted  bool // the keys are there, each greater than the one before: no duplicates
	read    atomic.Int64
}

// A staged block, or what went wrong.
type staged struct {
	record      arrow.RecordBatch
	skipped     int64
	fixed, bad  []int64
	defects     [4]int64
	sorted      bool
	first, last []byte // sort keys
	err         error
}

// NewStage begins to read a source. Hashed rows can be compared with rows that
// are there; without it, for a check alone, the work of spelling and hashing is
// saved. The caller must Release the Stage.
func NewStage(ctx context.Context, o *contract.Object, src ingest.Source, m *Mapping, hashed bool) *Stage {
	ctx, cancel := context.WithCancel(ctx)
	s := &Stage{
		object: o, source: src, mapping: m, schema: contract.ArrowSchema(stagedFields(o)), ids: hashOrder(o), shapes: shapeRules(o), hashed: hashed,
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

// shapeRules lists the rules on the shape of JSON by their column.
func shapeRules(o *contract.Object) [][]int {
	rules := make([][]int, len(o.Columns))
	for i := range o.Rules {
		if r := &o.Rules[i]; r.Kind == contract.RuleItems {
			rules[r.Columns[0]] = append(rules[r.Columns[0]], i)
		}
	}
	return rules
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
			result <- w.work(chunk)
			s.free <- w
		}()
	}
}

// Offset is how many bytes of the file have been taken up.
func (s *Stage) Offset() int64 { return s.read.Load() }

// Rows is how many data rows have been given.
func (s *Stage) Rows() int64 { return s.rows }

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
	for i := range s.Fixed {
		s.Fixed[i] += b.fixed[i]
		s.Bad[i] += b.bad[i]
	}
	for i := range s.Defects {
		s.Defects[i] += b.defects[i]
	}
	if b.record.NumRows() == 0 {
		return
	}
	s.Sorted = s.Sorted && b.sorted && (s.last.last == nil || bytes.Compare(s.last.last, b.first) < 0)
	s.last = *b
	s.last.record = nil
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

// Release stops the reading and waits for the workers.
func (s *Stage) Release() {
	s.cancel()
	for range s.queue { // let cut see the end
	}
	s.done.Wait()
	s.drop()
}

// A worker parses and standardises chunks, one at a time.
type worker struct {
	stage   *Stage
	block   ingest.Block
	vectors []*vector
	readers []*reader
	places  []int    // per column: cell in the record
	labels  [][]byte // per column: its name in the hash
	canon   []byte   // canonical texts of the record
	spans   [][2]int // per column: its text in canon; {0,-1} = null
	message []byte   // what is hashed
	key     []byte
	scratch []byte
	rows    int // of the last block, to size the next
}

func newWorker(s *Stage) *worker {
	w := &worker{stage: s, places: s.mapping.Cell, spans: make([][2]int, len(s.object.Columns)), rows: 1024}
	for _, f := range s.schema.Fields() {
		w.vectors = append(w.vectors, newVector(f.Type))
	}
	at := 2
	for i := range s.object.Columns {
		c := &s.object.Columns[i]
		n := len(c.Fields(i))
		r := newReader(c, w.vectors[at:at+n])
		r.spell = s.hashed || slices.Contains(s.object.Key, i) || len(s.shapes[i]) > 0
		w.readers = append(w.readers, r)
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
		skipped: w.block.Skipped, sorted: w.stage.Sorted && n > 0,
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
	out.record = array.NewRecordBatch(w.stage.schema, columns, int64(n))
	for _, c := range columns {
		c.Release()
	}
	return out
}

// record standardises record i of the block.
func (w *worker) record(i int, out *staged) {
	tail := w.vectors[len(w.vectors)-4:]
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
		tail[2].text(append([]byte("r"), '0'+byte(d)))
		tail[3].text(w.wholeRecord(i))
		return
	}
	w.canon = w.canon[:0]
	var fix, bad []byte
	var was map[string]string
	for c, r := range w.readers {
		w.spans[c] = [2]int{0, -1}
		if w.places[c] < 0 {
			r.null()
			continue
		}
		raw := w.block.Cell(i, w.places[c])
		from := len(w.canon)
		canon, present, std, err := r.read(raw, w.canon)
		switch {
		case err != nil:
			r.null()
			out.bad[c]++
			bad = append(strconv.AppendInt(append(bad, ','), int64(c), 10), ',')
		case present:
			w.canon = canon
			w.spans[c] = [2]int{from, len(canon)}
			for _, rule := range w.stage.shapes[c] {
				if _, ok := w.stage.object.Rules[rule].Shape.Check(canon[from:]); !ok {
					bad = append(bad, unfit(rule)...)
				}
			}
			if std {
				out.fixed[c]++
				if fix != nil {
					fix = append(fix, ' ')
				}
				fix = append(append(fix, "f:"...), r.column.Store...)
			}
		}
		if err != nil || present && std {
			if was == nil {
				was = map[string]string{}
			}
			was[strconv.Itoa(c)] = readable(raw)
		}
	}
	if w.stage.hashed {
		tail[0].text(w.hash())
	} else {
		tail[0].null()
	}
	w.optional(tail[1], fix)
	w.optional(tail[2], bad)
	w.optional(tail[3], wasJSON(was))
	w.order(out)
}

func (w *worker) optional(v *vector, b []byte) {
	if b == nil {
		v.null()
	} else {
		v.text(b)
	}
}

// hash is SHA-256 cut to 16 bytes over the row's non-null (column, canonical
// text) pairs in the order of columns' names, each with its length before it
// (DESIGN §4.5).
func (w *worker) hash() []byte {
	m := w.message[:0]
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
	return append(w.key[:0], sum[:16]...)
}

// sortable reports whether the order of canonical texts of the key can be
// compared byte by byte as every engine does.
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

// order keeps track of whether keys ascend. A file in the order of its key has
// no duplicates and needs no sorting, and most exports of databases are.
func (w *worker) order(out *staged) {
	if !out.sorted {
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
		if w.stage.object.Columns[c].Type == contract.Integer {
			v, _ := strconv.ParseInt(string(text), 10, 64) // canonical, so it parses
			key = binary.BigEndian.AppendUint64(key, uint64(v)^1<<63)
			continue
		}
		if len(key) > 0 || len(w.stage.object.Key) > 1 {
			key = append(append(key, text...), 0)
		} else {
			key = append(key, text...)
		}
	}
	if out.first == nil {
		out.first = slices.Clone(key)
	} else if bytes.Compare(out.last, key) >= 0 {
		out.sorted = false
		return
	}
	out.last, w.scratch = key, out.last
}

// readable makes a raw cell fit for JSON without hiding that it was broken.
func readable(raw []byte) string {
	if len(raw) > maxShown {
		cut := raw[:maxShown]
		for len(cut) > 0 && !utf8.RuneStart(raw[len(cut)]) {
			cut = cut[:len(cut)-1]
		}
		raw = append(slices.Clone(cut), "…"...)
	}
	s := string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	return string(bytes.ReplaceAll([]byte(s), []byte{0}, []byte("␀")))
}

// maxShown is how much of one cell a quarantine line keeps.
const maxShown = 2000

func wasJSON(was map[string]string) []byte {
	if was == nil {
		return nil
	}
	b, _ := json.Marshal(was) // strings by strings: cannot fail
	return b
}

func (w *worker) wholeRecord(i int) []byte {
	all := make([]string, w.block.Cells(i))
	for c := range all {
		all[c] = readable(w.block.Cell(i, c))
	}
	b, _ := json.Marshal(map[string][]string{"*": all}) // strings: cannot fail
	return b
}
