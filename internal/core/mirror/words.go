package mirror

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// People look for words without their marks and want them in Vietnamese order.
// Neither can be reckoned for millions of rows while somebody waits (2 s for ten
// million, 0.2 s when it is there), so the tables keep two fields more for each
// column of words, made as rows are written: viet.Fold and viet.SortKey of the
// value.

// A spoken column is one of words.
type spoken struct {
	column     int
	value      contract.Field
	fold, sort contract.Field
}

// spokenOf are the columns of an object that hold words, not codes: those of
// codes sort and are found as they are. Sealed ones have nothing to be read.
func spokenOf(obj *contract.Object) (all []spoken) {
	coded := map[int]bool{}
	for _, k := range obj.Key {
		coded[k] = true
	}
	for i := range obj.Rules {
		r := &obj.Rules[i]
		if r.Kind == contract.RuleIdent || r.Kind == contract.RuleReference || r.Kind == contract.RulePattern && codes(r.Pattern) {
			for _, c := range r.Columns {
				coded[c] = true
			}
		}
	}
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if c.Type != contract.Text || c.Array || c.Sealed || c.CodeList != "" || coded[i] {
			continue
		}
		value := c.Fields(i)[0]
		extra := func(prefix string) contract.Field {
			return contract.Field{Name: prefix + value.Name, Column: i, Kind: contract.KindText}
		}
		all = append(all, spoken{i, value, extra("_fold_"), extra("_sort_")})
	}
	return all
}

// codes reports whether a pattern lets no words in: no space, no letter with a
// mark, nothing that stands for them.
func codes(pattern string) bool {
	for i, r := range pattern {
		if r >= utf8.RuneSelf || r == ' ' || r == '.' && (i == 0 || pattern[i-1] != '\\') {
			return false
		}
	}
	return !strings.Contains(pattern, `\s`) && !strings.Contains(pattern, `\p`) && !strings.Contains(pattern, `[^`) &&
		!strings.Contains(pattern, `\S`) && !strings.Contains(pattern, `\x`)
}

// kept are the fields of a row and those made of its words.
func kept(fields []contract.Field, words []spoken) []contract.Field {
	all := append([]contract.Field{}, fields...)
	for _, w := range words {
		all = append(all, w.fold, w.sort)
	}
	return all
}

// spelled is spell for what a stream of the truth answers.
func (t tables) spelled(rr array.RecordReader, err error) (array.RecordReader, error) {
	if err != nil {
		return nil, err
	}
	return spell(rr, t.words)
}

// spell adds the fields made of words to rows, as far as the rows have the values.
// The reader takes over rr.
func spell(rr array.RecordReader, words []spoken) (array.RecordReader, error) {
	if len(words) == 0 {
		return rr, nil
	}
	r := &spelledReader{RecordReader: rr}
	fields := rr.Schema().Fields()
	for _, w := range words {
		at := rr.Schema().FieldIndices(w.value.Name)
		if len(at) != 1 {
			rr.Release()
			return nil, fmt.Errorf("mirror: rows have %d fields %q, not one", len(at), w.value.Name)
		}
		r.spellers = append(r.spellers, newSpeller(at[0]))
		fields = append(fields, contract.ArrowField(w.fold), contract.ArrowField(w.sort))
	}
	r.schema = arrow.NewSchema(fields, nil)
	return r, nil
}

type spelledReader struct {
	array.RecordReader
	schema   *arrow.Schema
	spellers []*speller
	now      arrow.RecordBatch
}

func (r *spelledReader) Schema() *arrow.Schema { return r.schema }

func (r *spelledReader) Next() bool {
	r.drop()
	if !r.RecordReader.Next() {
		return false
	}
	rec := r.RecordReader.RecordBatch()
	cols := append([]arrow.Array{}, rec.Columns()...)
	for _, s := range r.spellers {
		fold, sort := s.spell(rec.Column(s.at).(*array.String))
		defer fold.Release()
		defer sort.Release()
		cols = append(cols, fold, sort)
	}
	r.now = array.NewRecordBatch(r.schema, cols, rec.NumRows())
	return true
}

func (r *spelledReader) RecordBatch() arrow.RecordBatch { return r.now }
func (r *spelledReader) Record() arrow.RecordBatch      { return r.now }

func (r *spelledReader) drop() {
	if r.now != nil {
		r.now.Release()
		r.now = nil
	}
}

func (r *spelledReader) Release() {
	r.drop()
	r.RecordReader.Release()
}

// A speller makes both fields of one column. Names repeat, so it remembers some.
type speller struct {
	at     int
	seed   maphash.Seed
	lately [512]struct{ value, fold, sort string }
}

// longWords is up to how many bytes a text is remembered, and sorted by.
const longWords = 200

func newSpeller(at int) *speller { return &speller{at: at, seed: maphash.MakeSeed()} }

func (s *speller) spell(a *array.String) (folds, sorts arrow.Array) {
	fold, sort := array.NewStringBuilder(memory.DefaultAllocator), array.NewStringBuilder(memory.DefaultAllocator)
	defer fold.Release()
	defer sort.Release()
	fold.Reserve(a.Len())
	sort.Reserve(a.Len())
	for i := range a.Len() {
		if a.IsNull(i) {
			fold.AppendNull()
			sort.AppendNull()
			continue
		}
		f, k := s.one(a.Value(i))
		fold.Append(f)
		sort.Append(k)
	}
	return fold.NewArray(), sort.NewArray()
}

func (s *speller) one(value string) (fold, sort string) {
	if len(value) > longWords {
		return viet.Fold(value), sortKey(value)
	}
	known := &s.lately[maphash.String(s.seed, value)%uint64(len(s.lately))]
	if known.value != value {
		known.value = strings.Clone(value) // its memory belongs to the record
		known.fold, known.sort = viet.Fold(known.value), sortKey(known.value)
	}
	return known.fold, known.sort
}

// sortKey is the sort key of a text by its beginning: nobody reads lists in the
// order of what stands behind a page of text.
func sortKey(value string) string {
	if len(value) > longWords {
		value = strings.ToValidUTF8(value[:longWords], "")
	}
	return viet.SortKey(value)
}
