package catalog

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A Field is a part of an entry that a search looks into.
type Field uint8

// The fields, from the heaviest.
const (
	InTitle Field = iota
	InKeywords
	InCodes
	InTitleEn
	InText
	InOwner
	fieldCount
)

// What a word counts in each field, how many words the field usually has, and
// what two words count that follow each other in it.
var (
	fieldWeight = [fieldCount]float64{InTitle: 4, InKeywords: 3, InCodes: 2.5, InTitleEn: 1.5, InText: 1, InOwner: 0.5}
	fieldUsual  = [fieldCount]float64{InTitle: 8, InKeywords: 8, InCodes: 4, InTitleEn: 8, InText: 24, InOwner: 6}
	fieldPlace  = [fieldCount]float32{InTitle: 1, InKeywords: 0.8, InCodes: 0.6, InTitleEn: 0.6, InText: 0.5, InOwner: 0.3}
)

const (
	saturation = 1.5 // k1 of BM25
	lengthPart = 0.6 // b of BM25
)

// A segment is a set of entries with everything that finds them. It never
// changes. Entries are known by their position in it.
type segment struct {
	entries []Entry
	at      map[Ref]uint32

	// Words as they are written, lower case, by tone key; those with one ascii key
	// stand together, and those keys are sorted. Word v has the entries
	// posts[postStart[v]:postStart[v+1]], ascending, with their impact in 1/255.
	tones      []string
	asciiOf    []uint32
	asciis     []string
	asciiStart []uint32 // into tones
	letters    []uint32 // of each ascii key: which letters are in it; 0 for what is not mended
	postStart  []uint32
	posts      []uint32
	impacts    []uint8

	// What each entry says, in order: fieldMark|field, then the words of one
	// reading of that field.
	streamStart []uint32
	stream      []uint32

	codes   []string // folded ids and codes, sorted
	codesAt []uint32

	sortKeys []string
	rank     []uint32  // place in Vietnamese order of titles
	priors   []float32 // of each entry; see Entry.prior

	values [][len(facets)]uint32 // of each entry, into names
	names  [len(facets)][]string
	owners []string // names of the owners, beside names of ByOwner
	sights []uint32 // of each entry, into sightNames
	seen   []string
}

// fieldMark stands before the words of a reading; no word has its bit. A mark
// with second is another reading of the field before: what was
// written may be named otherwise.
const (
	fieldMark  uint32 = 1 << 31
	secondMark uint32 = 1 << 30
)

// A builder collects the words of entries before they are put in order.
type builder struct {
	*segment
	lex   *lexicon
	known map[string]word   // keys of words as they stand in texts
	byKey map[string]uint32 // tone keys
	ascii []string          // of each tone key

	doc     []counted // the words of the entry at hand
	pairsAt []uint32  // where the words of each entry begin in pairs
	pairs   []counted // words with their impact
}

// counted is a word with how often each field of one entry has it.
type counted struct {
	word   uint32
	impact uint8
	times  [fieldCount]uint8
}

// newSegment makes a segment of entries, whose refs differ.
func newSegment(entries []Entry) *segment {
	b := &builder{segment: &segment{entries: entries, at: make(map[Ref]uint32, len(entries))}, lex: lexiconOf(), known: map[string]word{}, byKey: map[string]uint32{}}
	values := [len(facets)]map[string]uint32{}
	for f := range values {
		values[f] = map[string]uint32{}
	}
	seen := map[string]uint32{}
	b.sortKeys, b.sights = make([]string, len(entries)), make([]uint32, len(entries))
	b.values, b.priors = make([][len(facets)]uint32, len(entries)), make([]float32, len(entries))
	b.pairsAt = make([]uint32, 1, len(entries)+1)
	b.streamStart = make([]uint32, 1, len(entries)+1)
	for i := range entries {
		e := &entries[i]
		b.at[e.Ref()] = uint32(i)
		b.sortKeys[i], b.priors[i] = viet.SortKey(e.Title), float32(e.prior())
		for f, facet := range facets {
			v := e.value(facet)
			at, ok := values[f][v]
			if !ok {
				at = uint32(len(b.names[f]))
				values[f][v] = at
				b.names[f] = append(b.names[f], v)
				if facet == ByOwner {
					b.owners = append(b.owners, e.Owner.Name)
				}
			}
			b.values[i][f] = at
		}
		b.sights[i] = intern(seen, &b.seen, e.Sight)
		b.add(e)
	}
	b.order()
	b.rankTitles()
	b.orderCodes()
	return b.segment
}

func intern(have map[string]uint32, list *[]string, s string) uint32 {
	at, ok := have[s]
	if !ok {
		at = uint32(len(*list))
		have[s] = at
		*list = append(*list, s)
	}
	return at
}

// add takes the words of one entry.
func (b *builder) add(e *Entry) {
	b.doc = b.doc[:0]
	var length [fieldCount]int
	length[InTitle] = b.read(InTitle, e.Title, true)
	for _, k := range e.Keywords {
		length[InKeywords] += b.read(InKeywords, k, true)
	}
	length[InCodes] = b.read(InCodes, e.ID, false)
	for _, c := range e.Codes {
		length[InCodes] += b.read(InCodes, c, false)
	}
	length[InTitleEn] = b.read(InTitleEn, e.TitleEn, false)
	length[InText] = b.read(InText, e.Text, true)
	length[InOwner] = b.read(InOwner, e.Owner.Name, true)
	b.streamStart = append(b.streamStart, uint32(len(b.stream)))
	for _, c := range b.doc {
		c.impact = impact(&c.times, &length)
		b.pairs = append(b.pairs, c)
	}
	b.pairsAt = append(b.pairsAt, uint32(len(b.pairs)))
}

// impact is what a word weighs in an entry, in 1/255.
func impact(times *[fieldCount]uint8, length *[fieldCount]int) uint8 {
	x := 0.0
	for f, n := range times {
		if n > 0 {
			x += fieldWeight[f] * float64(n) / (1 - lengthPart + lengthPart*float64(length[f])/fieldUsual[f])
		}
	}
	return uint8(max(1, math.Round(255*x/(saturation+x))))
}

// read takes the readings of one text and gives its length in words.
func (b *builder) read(f Field, text string, readings bool) int {
	if text == "" {
		return 0
	}
	ws := cut(text, b.wordOf)
	b.take(f, ws, fieldMark)
	if !readings {
		return len(ws)
	}
	others, full := b.lex.readings(ws, text)
	for _, other := range others {
		b.take(f, other, fieldMark|secondMark)
	}
	if f > InKeywords {
		return len(ws)
	}
	for _, name := range b.lex.others(full) {
		b.take(InKeywords, name, fieldMark|secondMark)
	}
	return len(ws)
}

// take writes one reading down and counts its words. Of several readings of a
// field the one that has a word most often counts.
func (b *builder) take(f Field, ws []word, mark uint32) {
	if len(ws) == 0 {
		return
	}
	b.stream = append(b.stream, mark|uint32(f))
	from := len(b.stream)
	for _, w := range ws {
		v := b.wordID(w)
		times := uint8(1)
		for _, before := range b.stream[from:] {
			if before == v && times < math.MaxUint8 {
				times++
			}
		}
		b.stream = append(b.stream, v)
		b.count(v, f, times)
	}
}

func (b *builder) count(v uint32, f Field, times uint8) {
	for i := range b.doc {
		if c := &b.doc[i]; c.word == v {
			c.times[f] = max(c.times[f], times)
			return
		}
	}
	c := counted{word: v}
	c.times[f] = times
	b.doc = append(b.doc, c)
}

// wordOf is the function of that name, which looks at each word once.
func (b *builder) wordOf(s string) (word, bool) {
	w, ok := b.known[s]
	if !ok {
		w, _ = wordOf(s)
		b.known[s] = w
	}
	return w, w.ascii != ""
}

func (b *builder) wordID(w word) uint32 {
	v, ok := b.byKey[w.tone]
	if !ok {
		v = uint32(len(b.ascii))
		tone := strings.Clone(w.tone) // not a part of a whole text
		b.byKey[tone] = v
		b.tones = append(b.tones, tone)
		b.ascii = append(b.ascii, w.ascii)
	}
	return v
}

// order sorts the words and lays out which entries have each.
func (b *builder) order() {
	n := len(b.tones)
	sorted := make([]uint32, n)
	for i := range sorted {
		sorted[i] = uint32(i)
	}
	slices.SortFunc(sorted, func(x, y uint32) int {
		return cmp.Or(strings.Compare(b.ascii[x], b.ascii[y]), strings.Compare(b.tones[x], b.tones[y]))
	})
	place, tones := make([]uint32, n), make([]string, n)
	b.asciiOf = make([]uint32, n)
	for i, v := range sorted {
		place[v], tones[i] = uint32(i), b.tones[v]
		a := b.ascii[v]
		if i == 0 || a != b.asciis[len(b.asciis)-1] {
			if a == tones[i] {
				a = tones[i] // one text for both
			} else {
				a = strings.Clone(a)
			}
			b.asciis = append(b.asciis, a)
			b.asciiStart = append(b.asciiStart, uint32(i))
			b.letters = append(b.letters, lettersOf(a))
		}
		b.asciiOf[i] = uint32(len(b.asciis) - 1)
	}
	b.asciiStart = append(b.asciiStart, uint32(n))
	b.tones = tones
	for i, v := range b.stream {
		if v&fieldMark == 0 {
			b.stream[i] = place[v]
		}
	}
	b.postStart = make([]uint32, n+1)
	for _, c := range b.pairs {
		b.postStart[place[c.word]+1]++
	}
	for v := range n {
		b.postStart[v+1] += b.postStart[v]
	}
	next := slices.Clone(b.postStart)
	b.posts, b.impacts = make([]uint32, len(b.pairs)), make([]uint8, len(b.pairs))
	for doc := range b.entries {
		for _, c := range b.pairs[b.pairsAt[doc]:b.pairsAt[doc+1]] {
			at := &next[place[c.word]]
			b.posts[*at], b.impacts[*at] = uint32(doc), c.impact
			*at++
		}
	}
	b.stream = slices.Clip(b.stream)
}

func (s *segment) rankTitles() {
	order := make([]uint32, len(s.entries))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return s.byTitle(a, s, b) })
	s.rank = make([]uint32, len(order))
	for r, i := range order {
		s.rank[i] = uint32(r)
	}
}

// byTitle compares an entry with one of another segment, or the same.
func (s *segment) byTitle(i uint32, t *segment, j uint32) int {
	a, b := &s.entries[i], &t.entries[j]
	return cmp.Or(strings.Compare(s.sortKeys[i], t.sortKeys[j]), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID))
}

func (s *segment) orderCodes() {
	type code struct {
		text string
		at   uint32
	}
	var all []code
	for i := range s.entries {
		e := &s.entries[i]
		all = append(all, code{viet.Fold(e.ID), uint32(i)})
		for _, c := range e.Codes {
			if c != "" {
				all = append(all, code{viet.Fold(c), uint32(i)})
			}
		}
	}
	slices.SortFunc(all, func(a, b code) int { return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.at, b.at)) })
	s.codes, s.codesAt = make([]string, len(all)), make([]uint32, len(all))
	for i, c := range all {
		s.codes[i], s.codesAt[i] = c.text, c.at
	}
}

// ascii finds the place of an ascii key.
func (s *segment) ascii(key string) (uint32, bool) {
	i, ok := slices.BinarySearch(s.asciis, key)
	return uint32(i), ok
}

// beginning gives the range of the sorted keys that begin with prefix.
func beginning(sorted []string, prefix string) (from, to int) {
	from, _ = slices.BinarySearch(sorted, prefix)
	to = from + sort.Search(len(sorted)-from, func(i int) bool { return !strings.HasPrefix(sorted[from+i], prefix) })
	return from, to
}

// had gives how many entries have a word.
func (s *segment) had(v uint32) int { return int(s.postStart[v+1] - s.postStart[v]) }

// hadAscii is had for all words with one ascii key; an entry that has two of
// them counts twice.
func (s *segment) hadAscii(a uint32) int {
	return int(s.postStart[s.asciiStart[a+1]] - s.postStart[s.asciiStart[a]])
}
