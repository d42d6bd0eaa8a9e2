package catalog

import (
	"cmp"
	"math/bits"
	"slices"
)

// A Result is what a search found.
type Result struct {
	Hits        []Hit
	Total       int               // entries that fit and that the reader sees
	Facets      map[Facet][]Count // each counted with what is chosen in the other facets
	Suggestions []string          // "có phải bạn tìm …": in words of titles that the reader sees
	Loose       bool              // no entry has all words; these have most of them
}

// A Hit is one entry that fits.
type Hit struct {
	Entry *Entry // the index's own: not to be changed
	Score float64
	Title []Range // what matched in Entry.Title
	Text  []Range // and in Entry.Text
	In    []Field // the fields that have a word of the search, from the heaviest
}

// A Range is a part of a text, in bytes.
type Range struct{ From, To int }

// Search finds the entries that fit a query.
func (x *Index) Search(q Query) Result {
	s := x.start(&q, parse(q.Text))
	defer s.end()
	s.run()
	limit, offset := q.limit(usualHits)
	chosen, counts := s.narrow(s.fitting)
	r := Result{Total: len(chosen), Facets: counts, Loose: s.effort.loose}
	for _, h := range s.page(chosen, limit, offset) {
		r.Hits = append(r.Hits, s.hit(h))
	}
	r.Suggestions = s.suggestions()
	return r
}

// A search is one query being answered.
type search struct {
	x      *Index
	q      *Query
	w      wanted
	effort effort
	room   *room

	required uint32 // units that must be there
	sees     map[string]bool
	codes    map[uint32]float32 // entries found by their code, with what that is worth
	fitting  []scored           // what fits and the reader sees
}

// scored is an entry with its score.
type scored struct {
	doc   uint32
	score float32
}

// A room is the memory of a search, kept for the next.
type room struct {
	score   []float32 // of each entry
	units   []uint32  // of each entry: which units it has
	touched []uint32
	words   []wordsRoom // of each segment
}

// wordsRoom says which units each word of a segment stands for.
type wordsRoom struct {
	units   []uint32
	quality []float32
	touched []uint32
}

func newRoom(segments []*segment, n int) *room {
	r := &room{score: make([]float32, n), units: make([]uint32, n)}
	for _, s := range segments {
		r.words = append(r.words, wordsRoom{units: make([]uint32, len(s.tones)), quality: make([]float32, len(s.tones))})
	}
	return r
}

func (r *room) clear() {
	for _, doc := range r.touched {
		r.score[doc], r.units[doc] = 0, 0
	}
	r.touched = r.touched[:0]
	for i := range r.words {
		w := &r.words[i]
		for _, v := range w.touched {
			w.units[v], w.quality[v] = 0, 0
		}
		w.touched = w.touched[:0]
	}
}

func (x *Index) start(q *Query, w wanted) *search {
	return &search{x: x, q: q, w: w, room: x.rooms.Get().(*room), sees: map[string]bool{}}
}

func (s *search) end() {
	s.room.clear()
	s.x.rooms.Put(s.room)
}

// run goes further and further until something is found.
func (s *search) run() {
	if len(s.w.units) == 0 {
		s.all()
		return
	}
	s.x.split(&s.w)
	s.findCodes()
	s.attempt(effort{begun: s.q.Typing})
	if len(s.fitting) == 0 && !s.effort.begun && s.w.units[len(s.w.units)-1].last {
		s.attempt(effort{begun: true})
	}
	if len(s.fitting) == 0 {
		s.attempt(effort{begun: true, mended: true})
	}
	if len(s.fitting) == 0 && bits.OnesCount32(s.required) > 1 {
		s.attempt(effort{begun: true, mended: true, loose: true})
	}
}

// attempt finds what fits with one effort.
func (s *search) attempt(e effort) {
	s.room.clear()
	s.effort = e
	s.x.expand(&s.w, e)
	s.required = 0
	for i, u := range s.w.units {
		if !u.optional {
			s.required |= 1 << i
		}
	}
	s.lay()
	s.gather()
	s.fitting = s.fitting[:0]
	for _, doc := range s.room.touched {
		has := s.room.units[doc]
		if !s.enough(has) || s.w.phrases > 0 && !s.hasPhrases(doc) || !s.visible(doc) {
			continue
		}
		if _, known := s.codes[doc]; !known {
			s.fitting = append(s.fitting, scored{doc, s.room.score[doc]})
		}
	}
	for doc := range s.codes {
		if s.visible(doc) {
			s.fitting = append(s.fitting, scored{doc, s.room.score[doc]})
		}
	}
}

// enough tells whether an entry with these units fits.
func (s *search) enough(has uint32) bool {
	if !s.effort.loose {
		return has&s.required == s.required
	}
	have, all := 0.0, 0.0
	for i, u := range s.w.units {
		if s.required&(1<<i) != 0 {
			all += u.idf
			if has&(1<<i) != 0 {
				have += u.idf
			}
		}
	}
	return have >= looseShare*all && have > 0
}

// looseShare of a search's idf must be there when no entry has all of it.
const looseShare = 0.5

// lay notes which units each word of the segments stands for.
func (s *search) lay() {
	for si, seg := range s.x.segments {
		r := &s.room.words[si]
		for i := range s.w.units {
			u := &s.w.units[i]
			for fi := range u.forms {
				f := &u.forms[fi]
				a, ok := seg.ascii(f.ascii)
				if !ok {
					continue
				}
				for v := seg.asciiStart[a]; v < seg.asciiStart[a+1]; v++ {
					if r.units[v] == 0 {
						r.touched = append(r.touched, v)
					}
					r.units[v] |= 1 << i
					r.quality[v] = max(r.quality[v], f.fit(seg.tones[v], s.w.marked))
				}
			}
		}
	}
}

// gather adds up, unit by unit from the rarest, what each entry has. When all
// units are needed, those after the first only add to entries that had the ones
// before.
func (s *search) gather() {
	order := make([]int, len(s.w.units))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &s.w.units[a], &s.w.units[b]
		return cmp.Or(cmp.Compare(btoi(x.optional), btoi(y.optional)), cmp.Compare(y.idf, x.idf))
	})
	before := uint32(0)
	for _, i := range order {
		bit := uint32(1) << i
		for si, seg := range s.x.segments {
			for _, l := range s.lists(seg, &s.w.units[i]) {
				s.add(seg, s.x.offset[si], l, bit, before)
			}
		}
		if !s.effort.loose && !s.w.units[i].optional {
			before |= bit
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A list is a word of a segment with what it is worth to a unit.
type list struct {
	word  uint32
	worth float32
}

// lists gives the words that stand for a unit, the worthiest first: an entry
// that has several counts the best.
func (s *search) lists(seg *segment, u *unit) (all []list) {
	for fi := range u.forms {
		f := &u.forms[fi]
		a, ok := seg.ascii(f.ascii)
		if !ok {
			continue
		}
		for v := seg.asciiStart[a]; v < seg.asciiStart[a+1]; v++ {
			all = append(all, list{v, f.fit(seg.tones[v], s.w.marked) * float32(u.idf) / 255})
		}
	}
	slices.SortStableFunc(all, func(a, b list) int { return cmp.Compare(b.worth, a.worth) })
	return all
}

// add goes through the entries of one word.
func (s *search) add(seg *segment, offset uint32, l list, bit, before uint32) {
	from, to := seg.postStart[l.word], seg.postStart[l.word+1]
	units, score := s.room.units[offset:], s.room.score[offset:]
	impacts := seg.impacts[from:to]
	for i, doc := range seg.posts[from:to] {
		has := units[doc]
		if has&before != before || has&bit != 0 {
			continue
		}
		if has == 0 {
			s.room.touched = append(s.room.touched, offset+doc)
		}
		units[doc] = has | bit
		score[doc] += l.worth * float32(impacts[i])
	}
}

// hasPhrases tells whether each quotation stands in an entry as it is.
func (s *search) hasPhrases(doc uint32) bool {
	for p := 1; p <= s.w.phrases; p++ {
		from := slices.IndexFunc(s.w.units, func(u unit) bool { return u.phrase == p })
		if from < 0 {
			continue // cut off
		}
		to := from
		for to < len(s.w.units) && s.w.units[to].phrase == p {
			to++
		}
		if !s.hasPhrase(doc, from, to) {
			return false
		}
	}
	return true
}

func (s *search) hasPhrase(doc uint32, from, to int) bool {
	si, i := s.x.find(doc)
	seg, units := s.x.segments[si], s.room.words[si].units
	stream := seg.stream[seg.streamStart[i]:seg.streamStart[i+1]]
next:
	for at := 0; at+to-from <= len(stream); at++ {
		for u := from; u < to; u++ {
			v := stream[at+u-from]
			if v&fieldMark != 0 || units[v]&(1<<u) == 0 {
				continue next
			}
		}
		return true
	}
	return false
}

// visible tells whether the reader sees an entry and wants it.
func (s *search) visible(doc uint32) bool {
	si, i := s.x.find(doc)
	seg := s.x.segments[si]
	if si == 0 && len(s.x.gone) > 0 && s.x.gone[i] {
		return false
	}
	if sight := seg.seen[seg.sights[i]]; sight != "" {
		may, asked := s.sees[sight]
		if !asked {
			may = s.q.Sees != nil && s.q.Sees(sight)
			s.sees[sight] = may
		}
		if !may {
			return false
		}
	}
	return s.q.On == nil || s.q.On(&seg.entries[i])
}

// all takes every entry that the reader sees.
func (s *search) all() {
	for si, seg := range s.x.segments {
		for i := range seg.entries {
			if doc := s.x.offset[si] + uint32(i); s.visible(doc) {
				s.fitting = append(s.fitting, scored{doc, 0})
			}
		}
	}
}

// What a code is worth: more than any words.
const (
	wholeCode = 1000
	beginCode = 100
)

// findCodes finds entries by an id or a code, whole or by its beginning.
func (s *search) findCodes() {
	s.codes = map[uint32]float32{}
	code := s.w.code
	if code == "" {
		return
	}
	for si, seg := range s.x.segments {
		from, to := beginning(seg.codes, code)
		for ; from < to; from++ {
			worth := float32(wholeCode)
			if have := seg.codes[from]; have != code {
				worth = beginCode * (1 + float32(len(code))/float32(len(have)))
			}
			doc := s.x.offset[si] + seg.codesAt[from]
			s.codes[doc] = max(s.codes[doc], worth)
		}
	}
}
