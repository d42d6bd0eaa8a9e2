package catalog

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// How well a form fits that is not what was typed, and how many are tried.
const (
	otherSpelling = 0.95 // quản lí for quản lý
	leastBegun    = 0.5  // plus up to 0.3 by how much of the word is there
	oneSlip       = 0.5
	twoSlips      = 0.3
	mostBegun     = 256
	mostMended    = 16
)

// split parts words that no entry has into two syllables written as one
// ("dulieu"), when entries have both.
func (x *Index) split(w *wanted) {
	var all []unit
	for _, u := range w.units {
		at := 0
		if len(u.ascii) > 4 && plain(u.ascii) && !x.known(u) && !x.slipped(u) {
			at = x.seam(u.ascii)
		}
		if at == 0 || len(all)+2 > mostUnits {
			all = append(all, u)
			continue
		}
		for _, part := range []string{u.ascii[:at], u.ascii[at:]} {
			all = append(all, unit{word: word{ascii: part, tone: part}, phrase: u.phrase, mended: true})
		}
	}
	if len(all) > len(w.units) {
		w.units = all[:min(len(all), mostUnits)]
		w.finish()
	}
}

// known tells whether an entry has the word, or one that it begins if it may be
// unfinished.
func (x *Index) known(u unit) bool {
	if x.having(u.ascii) > 0 {
		return true
	}
	found := false
	if u.last {
		x.beginning(u.ascii, func(s *segment, a int) { found = found || x.having(s.asciis[a]) > 0 })
	}
	return found
}

// slipped tells whether a word differs by one letter from one that entries have.
func (x *Index) slipped(u unit) bool {
	u.forms = nil
	x.mend(&u)
	return slices.ContainsFunc(u.forms, func(f form) bool { return f.quality == oneSlip })
}

// seam finds where a run-on word parts best: where the rarer half is least rare.
func (x *Index) seam(ascii string) (at int) {
	best := seldom
	for i := 2; i <= len(ascii)-2; i++ {
		if !strings.ContainsFunc(ascii[:i], vowels) || !strings.ContainsFunc(ascii[i:], vowels) {
			continue
		}
		if n := min(x.having(ascii[:i]), x.having(ascii[i:])); n > best {
			at, best = i, n
		}
	}
	return at
}

// seldom is how many entries may have a word that no run-on word is parted for.
const seldom = 2

func vowels(r rune) bool { return r < 'z' && vowel(byte(r)) }

// effort is how far a search goes to find something.
type effort struct{ begun, mended, loose bool }

// expand finds what stands in entries for each word of a search.
func (x *Index) expand(w *wanted, e effort) {
	for i := range w.units {
		u := &w.units[i]
		u.forms = u.forms[:0]
		n := x.exactly(u)
		if u.last && u.phrase == 0 && (e.begun || n == 0) {
			n += x.begin(u, len(w.units) > 1)
		}
		if e.mended || n == 0 {
			n += x.mend(u)
		}
		u.idf = x.idf(n)
	}
	known, sum := 0, 0.0
	for _, u := range w.units {
		if len(u.forms) > 0 {
			known, sum = known+1, sum+u.idf
		}
	}
	for i := range w.units { // a word nobody has weighs like the others, not more than all
		if u := &w.units[i]; len(u.forms) == 0 && known > 0 {
			u.idf = sum / float64(known)
		}
	}
}

func (x *Index) exactly(u *unit) (n int) {
	if n = x.having(u.ascii); n > 0 {
		u.forms = append(u.forms, form{word: u.word, quality: 1})
	}
	if other, ok := iy(u.word); ok {
		if more := x.having(other.ascii); more > 0 {
			u.forms = append(u.forms, form{word: other, quality: otherSpelling})
			n += more
		}
	}
	return n
}

// A found is a key that entries have, with how many do.
type found struct {
	ascii string
	n     int
	slips int
}

// begin takes the words that u is the beginning of, those that most entries
// have when there are too many.
func (x *Index) begin(u *unit, among bool) (n int) {
	if len(u.ascii) < 2 && !among {
		return 0
	}
	var all []found
	x.beginning(u.ascii, func(s *segment, a int) {
		if s.asciis[a] != u.ascii {
			all = append(all, found{ascii: s.asciis[a]})
		}
	})
	for _, f := range x.most(all, mostBegun) {
		share := float32(len(u.ascii)) / float32(len(f.ascii))
		u.forms = append(u.forms, form{word: word{ascii: f.ascii, tone: u.tone}, how: begun, quality: leastBegun + 0.3*share})
		n += f.n
	}
	return n
}

// mend takes the words that differ from u by a slip or two.
func (x *Index) mend(u *unit) (n int) {
	most := slips(u.ascii)
	own := lettersOf(u.ascii)
	if most == 0 || own == 0 || len(u.ascii) > longestMended {
		return 0
	}
	var all []found
	for _, s := range x.segments {
		for a, letters := range s.letters {
			if letters == 0 || bits.OnesCount32(letters&^own) > most || bits.OnesCount32(own&^letters) > most {
				continue
			}
			if d := distance(u.ascii, s.asciis[a], most); d > 0 && d <= most {
				all = append(all, found{ascii: s.asciis[a], slips: d})
			}
		}
	}
	for _, f := range x.most(all, mostMended) {
		quality := float32(oneSlip)
		if f.slips > 1 {
			quality = twoSlips
		}
		u.forms = append(u.forms, form{word: word{ascii: f.ascii, tone: u.tone}, how: mended, quality: quality})
		n += f.n
	}
	return n
}

// most keeps those with the fewest slips that most entries have.
func (x *Index) most(all []found, k int) []found {
	slices.SortFunc(all, func(a, b found) int { return strings.Compare(a.ascii, b.ascii) })
	all = slices.CompactFunc(all, func(a, b found) bool { return a.ascii == b.ascii })
	there := all[:0]
	for _, f := range all {
		if f.n = x.having(f.ascii); f.n > 0 {
			there = append(there, f)
		}
	}
	slices.SortStableFunc(there, func(a, b found) int { return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(b.n, a.n)) })
	return there[:min(k, len(there))]
}

// fit says how well word v of a segment stands for a unit by one of its forms.
func (f *form) fit(tone string, marked bool) float32 {
	switch f.how {
	case exact:
		return f.quality * agreement(f.tone, tone, marked)
	case begun:
		if strings.HasPrefix(tone, f.tone) {
			return f.quality
		}
		if !marked {
			return f.quality * 0.92
		}
		return f.quality * 0.7 // its tone may not have been typed yet
	}
	return f.quality
}
