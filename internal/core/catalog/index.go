package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// An Index is everything described at one moment. It never changes and may be
// read by many at a time.
type Index struct {
	// The first segment holds the bulk, the second, if there is one, what has
	// changed since that was made.
	segments []*segment
	offset   []uint32 // number of the first entry of each segment

	gone  map[uint32]bool // entries of the bulk that have been removed or replaced
	less  counts          // what those take from the counts of words
	total int             // entries there are
	rooms *sync.Pool      // of *room: memory of a search
}

// counts are numbers of entries by ascii key and by tone key.
type counts struct{ ascii, tone map[string]int }

// Build makes an index. It refuses entries without kind or id and two entries
// with one Ref. The entries must not be changed afterwards.
func Build(entries []Entry) (*Index, error) {
	seen := make(map[Ref]bool, len(entries))
	for i := range entries {
		if err := entries[i].check(); err != nil {
			return nil, err
		}
		if ref := entries[i].Ref(); seen[ref] {
			return nil, fmt.Errorf("catalogue has two entries %s %q", ref.Kind, ref.ID)
		} else {
			seen[ref] = true
		}
	}
	return newIndex([]*segment{newSegment(slices.Clone(entries))}, nil, counts{}), nil
}

func newIndex(segments []*segment, gone map[uint32]bool, less counts) *Index {
	x := &Index{segments: segments, gone: gone, less: less}
	n := 0
	for _, s := range segments {
		x.offset = append(x.offset, uint32(n))
		n += len(s.entries)
	}
	x.total = n - len(gone)
	x.rooms = &sync.Pool{New: func() any { return newRoom(segments, n) }}
	return x
}

// Len is how many entries there are.
func (x *Index) Len() int { return x.total }

// Entry gives an entry; what it points to is the index's own and must not be
// changed.
func (x *Index) Entry(ref Ref) (*Entry, bool) {
	for s, seg := range x.segments {
		if i, ok := seg.at[ref]; ok && !(s == 0 && x.gone[i]) {
			return &seg.entries[i], true
		}
	}
	return nil, false
}

// rebuildAfter is how many changes, or which share of the bulk, are kept beside
// it before everything is put in order again.
const (
	rebuildAfter = 512
	rebuildShare = 8
)

// Update makes an index in which the removed entries are gone and the changed
// ones are as given, new or not. Removed refs that are not there are passed
// over; an entry that is both removed and changed is there. It costs what the
// changes since the last full order cost, not what the whole does; after many
// changes the whole is put in order again. x stays as it is.
func (x *Index) Update(changed []Entry, removed []Ref) (*Index, error) {
	away := make(map[Ref]bool, len(changed)+len(removed))
	for i := range changed {
		if err := changed[i].check(); err != nil {
			return nil, err
		}
		if ref := changed[i].Ref(); away[ref] {
			return nil, fmt.Errorf("catalogue is given two entries %s %q", ref.Kind, ref.ID)
		} else {
			away[ref] = true
		}
	}
	for _, ref := range removed {
		away[ref] = true
	}
	bulk := x.segments[0]
	gone, less := maps.Clone(x.gone), counts{maps.Clone(x.less.ascii), maps.Clone(x.less.tone)}
	if gone == nil {
		gone, less = map[uint32]bool{}, counts{map[string]int{}, map[string]int{}}
	}
	for ref := range away {
		if i, ok := bulk.at[ref]; ok && !gone[i] {
			gone[i] = true
			bulk.forget(i, less)
		}
	}
	var beside []Entry
	for _, s := range x.segments[1:] {
		for i := range s.entries {
			if !away[s.entries[i].Ref()] {
				beside = append(beside, s.entries[i])
			}
		}
	}
	beside = append(beside, changed...)
	if n := len(beside) + len(gone); n > rebuildAfter && n > len(bulk.entries)/rebuildShare {
		whole := make([]Entry, 0, len(bulk.entries)+len(beside))
		for i := range bulk.entries {
			if !gone[uint32(i)] {
				whole = append(whole, bulk.entries[i])
			}
		}
		return newIndex([]*segment{newSegment(append(whole, beside...))}, nil, counts{}), nil
	}
	segments := []*segment{bulk}
	if len(beside) > 0 {
		segments = append(segments, newSegment(beside))
	}
	return newIndex(segments, gone, less), nil
}

// forget counts the words of an entry off.
func (s *segment) forget(i uint32, less counts) {
	seen := map[uint32]bool{}
	for _, v := range s.stream[s.streamStart[i]:s.streamStart[i+1]] {
		if v&fieldMark == 0 && !seen[v] {
			seen[v] = true
			less.ascii[s.asciis[s.asciiOf[v]]]++
			less.tone[s.tones[v]]++
		}
	}
}

// having gives how many entries have a word with this ascii key. One that has
// two such words counts twice.
func (x *Index) having(ascii string) int {
	n := -x.less.ascii[ascii]
	for _, s := range x.segments {
		if a, ok := s.ascii(ascii); ok {
			n += s.hadAscii(a)
		}
	}
	return n
}

// idf is what a word says that n entries have.
func (x *Index) idf(n int) float64 {
	n = min(n, x.total)
	return math.Log(1 + (float64(x.total-n)+0.5)/(float64(n)+0.5))
}

// find gives the segment of an entry and its place in that.
func (x *Index) find(doc uint32) (s int, i uint32) {
	if len(x.offset) > 1 && doc >= x.offset[1] {
		return 1, doc - x.offset[1]
	}
	return 0, doc
}

func (x *Index) entry(doc uint32) *Entry {
	s, i := x.find(doc)
	return &x.segments[s].entries[i]
}

// byTitle is the Vietnamese order of titles, and a total one.
func (x *Index) byTitle(a, b uint32) int {
	s, i := x.find(a)
	t, j := x.find(b)
	if s == t {
		return cmp.Compare(x.segments[s].rank[i], x.segments[s].rank[j])
	}
	return x.segments[s].byTitle(i, x.segments[t], j)
}

// beginning calls f for each ascii key that some entry has and that begins with
// prefix, in order, once for each segment.
func (x *Index) beginning(prefix string, f func(s *segment, a int)) {
	for _, s := range x.segments {
		from, to := beginning(s.asciis, prefix)
		for a := from; a < to; a++ {
			f(s, a)
		}
	}
}

// lettersOf says which letters are in a word.
func lettersOf(ascii string) uint32 {
	if !plain(ascii) {
		return 0
	}
	bits := uint32(0)
	for i := 0; i < len(ascii); i++ {
		bits |= 1 << (ascii[i] - 'a')
	}
	return bits
}

// trimmed cuts a text at a number of bytes, between two characters.
func trimmed(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return strings.ToValidUTF8(s[:most], "")
}
