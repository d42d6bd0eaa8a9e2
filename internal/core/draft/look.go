package draft

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
)

// What one Look may keep, whatever the size of the sample.
const (
	exactSlots = 1 << 23 // of all sets of distinct values, 64 MB
	memoSlots  = 1 << 18 // values whose meaning is remembered, of all columns
	keptHashes = 1 << 22 // cells kept for the search of a key over several columns, 32 MB
	keptRows   = 400     // rows kept to be shown
	keptText   = 8 << 20 // and their bytes
	keptCell   = 500     // bytes of one kept cell
	manyValues = 300     // distinct values of one column kept as text
	longValue  = 120     // bytes of a value kept as text
)

// A Table is what was seen of one sample.
type Table struct {
	Name    string
	Rows    int64
	Broken  int64 // rows with too few or too many cells
	Columns []*Evidence

	hashes  []uint64 // of the first rows' cells, row by row
	kept    []Row    // rows to show
	keptLen int
	seed    maphash.Seed
}

// A Row is a row of the sample.
type Row struct {
	Line  int64    `json:"line"`
	Cells []string `json:"cells"`
	broke bool
	odd   []bool // by column: the cell had marks that were new
	again []bool // by column: the value had come before, where hardly one does
}

// Evidence is what was seen of one column.
type Evidence struct {
	Heading  string
	Place    int // in the sample, from 0
	Rows     int64
	Filled   int64
	Distinct int64
	Exact    bool // Distinct was counted, not estimated

	MinRunes, MaxRunes int
	AllRunes           int64

	seen    []seen // what the cells could be, with how often
	last    int    // place in seen of the last cell
	memo    *memo
	count   distinct
	values  []value
	more    bool // there are values beyond those kept
	vi, en  numbers
	first   viet.Date
	final   viet.Date
	dated   bool
	shapes  shapes
	running bool // each cell so far was one more than that before
	before  int64
	oddRows int
	twice   int
}

type seen struct {
	marks marks
	n     int64
}

type value struct {
	text string
	n    int64
}

// numbers are the figures of a column in one style.
type numbers struct {
	n           int64
	min, max    float64
	whole, frac int
}

func (s *numbers) add(r numberRead) {
	if s.n == 0 || r.value < s.min {
		s.min = r.value
	}
	if s.n == 0 || r.value > s.max {
		s.max = r.value
	}
	s.n++
	s.whole, s.frac = max(s.whole, r.whole), max(s.frac, r.frac)
}

// Look reads a sample to its end. name is what people call it: the file's name,
// or the sheet's.
func Look(ctx context.Context, name string, src ingest.Source) (*Table, error) {
	l := &looker{table: &Table{Name: name, seed: maphash.MakeSeed()}, purse: purse{exactSlots}}
	l.begin(src.Header())
	var block ingest.Block
	for {
		chunk, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			l.record(&block, i)
		}
	}
	l.finish()
	return l.table, nil
}

type looker struct {
	table *Table
	purse purse
	hash  maphash.Hash
	row   []uint64
	odd   []bool
	again []bool
}

func (l *looker) begin(header []string) {
	n := max(1, len(header))
	most := 1 << (bits.Len(uint(memoSlots/n)) - 1)
	for i, h := range header {
		l.table.Columns = append(l.table.Columns, &Evidence{
			Heading: heading(h), Place: i, memo: newMemo(max(16, min(4096, most))), running: true,
		})
	}
	l.row = make([]uint64, len(header))
	l.odd, l.again = make([]bool, len(header)), make([]bool, len(header))
	l.hash.SetSeed(l.table.seed)
}

// heading cleans a heading for people: one line, single blanks.
func heading(h string) string {
	h, _ = viet.NFC(strings.ToValidUTF8(h, ""))
	for r, at, bad := viet.BadRune(h); bad; r, at, bad = viet.BadRune(h) {
		h = h[:at] + " " + h[at+utf8.RuneLen(r):]
	}
	h = strings.Join(strings.Fields(h), " ")
	if runes := []rune(h); len(runes) > 200 {
		h = string(runes[:200])
	}
	return h
}

func (l *looker) record(b *ingest.Block, i int) {
	t := l.table
	if b.Broken[i] != ingest.Sound { // where its cells belong is not known
		t.Broken++
		l.keep(b, i, true)
		return
	}
	t.Rows++
	cells := b.Cells(i)
	show := false
	for c, e := range t.Columns {
		l.row[c], l.odd[c], l.again[c] = 0, false, false
		e.Rows++
		if c >= cells {
			continue
		}
		if cell, _ := viet.Clean(b.Cell(i, c)); len(cell) > 0 {
			l.cell(c, e, cell)
		} else if t.Rows > 20 && e.Filled == e.Rows-1 { // the first gap
			l.odd[c] = true
		}
		show = show || l.odd[c] || l.again[c]
	}
	if len(t.hashes)+len(l.row) <= keptHashes {
		t.hashes = append(t.hashes, l.row...)
	}
	if show || t.Rows <= keptRows/4 {
		l.keep(b, i, false)
	}
}

func (l *looker) cell(c int, e *Evidence, cell []byte) {
	e.Filled++
	l.hash.Reset()
	_, _ = l.hash.Write(cell) // never fails
	h := l.hash.Sum64() | 1
	l.row[c] = h
	e.sequence(cell)
	isNew := e.count.add(h, &l.purse)
	if !isNew && e.count.sketch == nil && e.twice < 10 && e.Filled > 20 && int64(e.count.set.count)*100 >= e.Filled*95 {
		e.twice++
		l.again[c] = true
	}
	if s := e.memo.find(h); s.hash == h {
		e.bump(s.marks, e.Filled)
		if s.value >= 0 {
			e.values[s.value].n++
		}
		return
	}
	r := look(cell)
	e.learn(r, cell)
	if e.bump(r.marks, e.Filled) && e.oddRows < 20 {
		e.oddRows++
		l.odd[c] = true
	}
	at := int32(-1)
	if len(e.values) < manyValues && len(cell) <= longValue {
		at = int32(len(e.values))
		e.values = append(e.values, value{string(cell), 1})
	} else {
		e.more = true
	}
	if e.memo.grow() {
		*e.memo.find(h) = memoSlot{h, r.marks, at}
		e.memo.count++
	}
}

// learn takes in a value that was not there before (or that the memo has no
// room for).
func (e *Evidence) learn(r reading, cell []byte) {
	if e.MinRunes == 0 || r.runes < e.MinRunes {
		e.MinRunes = r.runes
	}
	e.MaxRunes = max(e.MaxRunes, r.runes)
	e.AllRunes += int64(r.runes)
	if r.marks&numberVi != 0 {
		e.vi.add(r.vi)
	}
	if r.marks&numberEn != 0 {
		e.en.add(r.en)
	}
	if r.marks&date != 0 {
		if !e.dated || r.day < e.first {
			e.first = r.day
		}
		if !e.dated || r.day > e.final {
			e.final = r.day
		}
		e.dated = true
	}
	e.shapes.add(cell)
}

// bump counts a cell by its marks; isNew tells that no cell had just these.
func (e *Evidence) bump(m marks, filled int64) (isNew bool) {
	if e.last < len(e.seen) && e.seen[e.last].marks == m {
		e.seen[e.last].n++
		return false
	}
	for i := range e.seen {
		if e.seen[i].marks == m {
			e.seen[i].n++
			e.last = i
			return false
		}
	}
	e.last = len(e.seen)
	e.seen = append(e.seen, seen{m, 1})
	return filled > 1
}

// sequence follows whether the column counts 1, 2, 3 …
func (e *Evidence) sequence(cell []byte) {
	if !e.running {
		return
	}
	n, _, err := viet.ParseInteger(cell, viet.StylePlain)
	if err != nil || e.Filled > 1 && n != e.before+1 || e.Filled == 1 && n != 0 && n != 1 {
		e.running = false
		return
	}
	e.before = n
}

// keep keeps a row to be shown, within bounds.
func (l *looker) keep(b *ingest.Block, i int, broke bool) {
	t := l.table
	if len(t.kept) >= keptRows || t.keptLen > keptText {
		return
	}
	r := Row{Line: b.Lines[i], broke: broke}
	for c := range min(b.Cells(i), len(t.Columns)+1) {
		cell := bytes.ToValidUTF8(b.Cell(i, c), []byte("�"))
		if len(cell) > keptCell {
			cell = append(bytes.ToValidUTF8(cell[:keptCell:keptCell], nil), "…"...)
		}
		r.Cells = append(r.Cells, string(cell))
		t.keptLen += len(cell)
	}
	if !broke {
		r.odd, r.again = append([]bool(nil), l.odd...), append([]bool(nil), l.again...)
	}
	t.kept = append(t.kept, r)
}

func (l *looker) finish() {
	for _, e := range l.table.Columns {
		e.Distinct, e.Exact = e.count.count()
		e.Distinct = min(e.Distinct, e.Filled)
		e.running = e.running && e.Filled > 2
		e.memo, e.count = nil, distinct{}
	}
}

// with counts the cells that have any of the marks.
func (e *Evidence) with(m marks) (n int64) {
	for _, s := range e.seen {
		if s.marks&m != 0 {
			n += s.n
		}
	}
	return n
}

// values that say something: not words for "no value", not spreadsheet errors.
func (e *Evidence) meant() int64 { return e.Filled - e.with(missing|faulty) }

// share is the part of the meant cells that have any of the marks.
func (e *Evidence) share(m marks) float64 {
	n := e.meant()
	if n == 0 {
		return 0
	}
	return float64(e.withNot(m, missing|faulty)) / float64(n)
}

func (e *Evidence) withNot(m, not marks) (n int64) {
	for _, s := range e.seen {
		if s.marks&m != 0 && s.marks&not == 0 {
			n += s.n
		}
	}
	return n
}

// meanRunes is the mean length of a distinct value.
func (e *Evidence) meanRunes() float64 {
	return float64(e.AllRunes) / math.Max(1, float64(e.Distinct))
}

// full tells that no row lacks a value.
func (e *Evidence) full() bool { return e.Filled == e.Rows && e.Rows > 0 }

// repeated is how many cells repeat another's value.
func (e *Evidence) repeated() int64 { return e.Filled - e.Distinct }
