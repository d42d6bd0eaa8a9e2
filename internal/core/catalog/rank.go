package catalog

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// What the parts of the order are worth; see the formula in doc.go.
const (
	pairPart    = 0.8
	titlePart   = 0.6
	firstPart   = 0.1
	writtenPart = 0.02 // the title has the search just as it was typed
	apart       = 0.5  // of words with one or two others between them
)

// refined is how many of the best by words alone are looked at closely; so many
// that are found by common words keep the order that the words give.
const refined = 4096

// written is how many of those are looked at for how they are written.
const written = 256

var kindPrior = map[Kind]float64{Dataset: 1, System: 1, Organisation: 1, Service: 1, Term: 0.95, CodeList: 0.95, Column: 0.8, Code: 0.75}

// prior is what the kind and the weight of an entry make of its score.
func (e *Entry) prior() float64 {
	k, ok := kindPrior[e.Kind]
	if !ok {
		k = 0.9
	}
	return k * (1 + 0.12*math.Log2(e.weight()))
}

func (x *Index) prior(doc uint32) float32 {
	s, i := x.find(doc)
	return x.segments[s].priors[i]
}

// page puts the chosen entries in order and gives those that are asked for.
func (s *search) page(chosen []scored, limit, offset int) []scored {
	less := s.byScore
	switch {
	case s.q.Sort == ByTitle:
		less = func(a, b scored) int { return s.x.byTitle(a.doc, b.doc) }
	case s.q.Sort == Newest:
		less = func(a, b scored) int {
			return cmp.Or(s.x.entry(b.doc).Changed.Compare(s.x.entry(a.doc).Changed), s.x.byTitle(a.doc, b.doc))
		}
	case len(s.w.units) == 0:
		for i := range chosen {
			chosen[i].score = float32(s.x.entry(chosen[i].doc).weight())
		}
	default:
		s.refine(chosen)
	}
	sortFirst(chosen, offset+limit, less)
	return chosen[min(offset, len(chosen)):min(offset+limit, len(chosen))]
}

func (s *search) byScore(a, b scored) int {
	return cmp.Or(cmp.Compare(b.score, a.score), s.x.byTitle(a.doc, b.doc))
}

// refine looks closely at the best of the entries. The others stay below them.
func (s *search) refine(all []scored) {
	for i := range all {
		all[i].score += s.codes[all[i].doc]
	}
	head := all
	if len(all) > refined {
		first(all, refined, s.byScore)
		head = all[:refined]
		for i := range all[refined:] {
			all[refined+i].score -= 1e6
		}
	}
	for i := range head {
		head[i].score = s.x.prior(head[i].doc)*float32(s.close(head[i].doc)) + s.codes[head[i].doc]
	}
	first(head, written, s.byScore)
	head = head[:min(written, len(head))]
	typed, bonus := strings.ToLower(strings.TrimSpace(s.q.Text)), float32(writtenPart*s.weightOf(s.required))
	for i := range head {
		if strings.Contains(strings.ToLower(s.x.entry(head[i].doc).Title), typed) {
			head[i].score += bonus
		}
	}
}

// weightOf sums the idf of units.
func (s *search) weightOf(units uint32) (sum float64) {
	for ; units != 0; units &= units - 1 {
		sum += s.w.units[bits.TrailingZeros32(units)].idf
	}
	return sum
}

// A reading is what one reading of a field has shown so far.
type reading struct {
	field   Field
	title   bool
	length  int // words
	matched int // words that stand for a unit
	first   float32
	have    [mostUnits]float32 // of each unit: how well it is there
}

// close is the score of an entry without its prior: words, pairs and title.
func (s *search) close(doc uint32) float64 {
	si, i := s.x.find(doc)
	seg, r := s.x.segments[si], &s.room.words[si]
	n := len(s.w.units)
	var pairs [mostUnits]float32
	var now reading
	title := 0.0
	var units [3]uint32 // of the last three words
	var quality [3]float32
	for _, v := range seg.stream[seg.streamStart[i]:seg.streamStart[i+1]] {
		if v&fieldMark != 0 {
			title = max(title, s.titled(&now))
			f := Field(v &^ (fieldMark | secondMark))
			now = reading{field: f, title: f == InTitle}
			units = [3]uint32{}
			continue
		}
		u, q := r.units[v], r.quality[v]
		now.length++
		if u != 0 {
			now.matched++
			if now.title {
				if now.length == 1 && u&1 != 0 {
					now.first = q
				}
				for b := u; b != 0; b &= b - 1 {
					at := bits.TrailingZeros32(b)
					now.have[at] = max(now.have[at], q)
				}
			}
			for d, before := range units {
				near := fieldPlace[now.field]
				if d > 0 {
					near *= apart
				}
				for b := before << 1 & u; b != 0; b &= b - 1 {
					at := bits.TrailingZeros32(b)
					pairs[at] = max(pairs[at], near*q*quality[d])
				}
			}
		}
		units[2], units[1], units[0] = units[1], units[0], u
		quality[2], quality[1], quality[0] = quality[1], quality[0], q
	}
	title = max(title, s.titled(&now))
	score := float64(s.room.score[doc]) + title
	for at := 1; at < n; at++ {
		if pairs[at] > 0 {
			score += pairPart * (s.w.units[at-1].idf + s.w.units[at].idf) / 2 * float64(pairs[at])
		}
	}
	return score
}

// titled is what a reading of the title adds.
func (s *search) titled(r *reading) float64 {
	if !r.title || r.matched == 0 {
		return 0
	}
	covered := 0.0
	for i := range s.w.units {
		if s.required&(1<<i) != 0 {
			covered += s.w.units[i].idf * float64(r.have[i])
		}
	}
	filled := float64(r.matched) / float64(r.length)
	return titlePart*covered*filled*filled + firstPart*s.w.units[0].idf*float64(r.first)
}

// first puts the first k of all at the front, in no order.
func first(all []scored, k int, less func(a, b scored) int) {
	for k > 0 && k < len(all) {
		switch at := part(all, less); {
		case at == k:
			return
		case at > k:
			all = all[:at]
		default:
			all, k = all[at:], k-at
		}
	}
}

// sortFirst puts the first k of all in order at the front; the rest follow in no
// order.
func sortFirst(all []scored, k int, less func(a, b scored) int) {
	first(all, k, less)
	slices.SortFunc(all[:max(0, min(k, len(all)))], less)
}

// part puts what comes before a middle element to the front and gives how many
// those are with it, at least one and fewer than all of two or more.
func part(all []scored, less func(a, b scored) int) int {
	last := len(all) - 1
	mid := last / 2 // not the last of two, which would part nothing
	if less(all[mid], all[0]) < 0 {
		all[mid], all[0] = all[0], all[mid]
	}
	if less(all[last], all[0]) < 0 {
		all[last], all[0] = all[0], all[last]
	}
	if less(all[last], all[mid]) < 0 {
		all[last], all[mid] = all[mid], all[last]
	}
	pivot := all[mid]
	i, j := -1, len(all)
	for {
		for i++; less(all[i], pivot) < 0; i++ {
		}
		for j--; less(all[j], pivot) > 0; j-- {
		}
		if i >= j {
			return j + 1
		}
		all[i], all[j] = all[j], all[i]
	}
}
