package catalog

import (
	"math/bits"

	"github.com/phohien/phohien/viet"
)

// A Suggestion is a title that what has been typed so far leads to.
type Suggestion struct {
	Title  string
	Entry  *Entry // the best that is called so
	Ranges []Range
}

const usualSuggestions = 8

// Suggest completes what is being typed: titles and synonyms that have all the
// words, the last one perhaps unfinished, the best first and each title once.
// Text, Kinds, Facets, Sees, On and Limit (0 is 8) of the query count. Nothing is
// suggested for an empty text.
func (x *Index) Suggest(q Query) []Suggestion {
	q.Typing, q.Sort, q.Offset = true, Relevance, 0
	s := x.start(&q, parse(q.Text))
	defer s.end()
	if len(s.w.units) == 0 {
		return nil
	}
	s.x.split(&s.w)
	s.findCodes()
	s.attempt(effort{begun: true})
	if s.keepTitled(); len(s.fitting) == 0 {
		s.attempt(effort{begun: true, mended: true})
		s.keepTitled()
	}
	limit, _ := q.limit(usualSuggestions)
	chosen, _ := s.narrow(s.fitting)
	var all []Suggestion
	seen := map[string]bool{}
	for _, h := range s.page(chosen, 4*limit, 0) {
		e := x.entry(h.doc)
		if key := viet.FoldTone(e.Title); len(all) < limit && !seen[key] {
			seen[key] = true
			all = append(all, Suggestion{Title: e.Title, Entry: e, Ranges: s.hit(h).Title})
		}
	}
	return all
}

// keepTitled keeps what has all units in one reading of its title, or of a
// synonym, and what is found by its code.
func (s *search) keepTitled() {
	kept := s.fitting[:0]
	for _, h := range s.fitting {
		if _, ok := s.codes[h.doc]; ok || s.titles(h.doc) {
			kept = append(kept, h)
		}
	}
	s.fitting = kept
}

// titles tells whether a reading of the title or of a synonym has all units, each
// in a word of its own. Those come before the other fields.
func (s *search) titles(doc uint32) bool {
	si, i := s.x.find(doc)
	seg, units := s.x.segments[si], s.room.words[si].units
	has, n, least := uint32(0), 0, bits.OnesCount32(s.required)
	for _, v := range seg.stream[seg.streamStart[i]:seg.streamStart[i+1]] {
		switch {
		case v&fieldMark == 0:
			if u := units[v]; u&s.required != 0 {
				has |= u
				n++
			}
			if has&s.required == s.required && n >= least {
				return true
			}
		case Field(v&^(fieldMark|secondMark)) > InKeywords:
			return false
		default:
			has, n = 0, 0
		}
	}
	return false
}
