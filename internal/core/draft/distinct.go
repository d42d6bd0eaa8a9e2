package draft

import (
	"math"
	"math/bits"
)

// A memo remembers the first distinct values of a column with what was found
// out about each, so that a value that comes again costs one look.
type memo struct {
	slots []memoSlot
	count int
	most  int
}

type memoSlot struct {
	hash  uint64 // 0: free
	marks marks
	value int32 // place in column.values, -1 without
}

func newMemo(most int) *memo { return &memo{slots: make([]memoSlot, 16), most: most} }

// find gives the slot of a hash, or the free one where it would go.
func (m *memo) find(hash uint64) *memoSlot {
	mask := uint64(len(m.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		if s := &m.slots[i]; s.hash == hash || s.hash == 0 {
			return s
		}
	}
}

// grow makes room for one more; false when the memo is as full as it may be.
func (m *memo) grow() bool {
	if m.count >= m.most {
		return false
	}
	if m.count*4 < len(m.slots)*3 {
		return true
	}
	old := m.slots
	m.slots = make([]memoSlot, 2*len(old))
	for _, s := range old {
		if s.hash != 0 {
			*m.find(s.hash) = s
		}
	}
	return true
}

// hashes is a set of hashes.
type hashes struct {
	slots []uint64
	count int
}

func (h *hashes) add(hash uint64) (isNew bool) {
	mask := uint64(len(h.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch h.slots[i] {
		case hash:
			return false
		case 0:
			h.slots[i] = hash
			h.count++
			return true
		}
	}
}

func (h *hashes) full() bool { return h.count*4 >= len(h.slots)*3 }

func (h *hashes) double() {
	old := h.slots
	h.slots, h.count = make([]uint64, max(1024, 2*len(old))), 0
	for _, v := range old {
		if v != 0 {
			h.add(v)
		}
	}
}

// A sketch estimates how many distinct hashes it was given (HyperLogLog with
// 4096 registers: within about 2 %).
type sketch [1 << sketchBits]uint8

const sketchBits = 12

func (s *sketch) add(hash uint64) {
	r := &s[hash>>(64-sketchBits)]
	*r = max(*r, uint8(bits.LeadingZeros64(hash<<sketchBits|1<<(sketchBits-1))+1))
}

func (s *sketch) estimate() int64 {
	sum, empty := 0.0, 0
	for _, r := range s {
		sum += math.Exp2(-float64(r))
		if r == 0 {
			empty++
		}
	}
	m := float64(len(s))
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e < 2.5*m && empty > 0 {
		e = m * math.Log(m/float64(empty))
	}
	return int64(math.Round(e))
}

// A purse is what all columns of a table may spend on exact counting.
type purse struct{ slots int }

func (p *purse) take(n int) bool {
	if p.slots < n {
		return false
	}
	p.slots -= n
	return true
}

// distinct counts the distinct values of a column: exactly as long as that is
// worth its memory, then by estimate.
type distinct struct {
	set    hashes
	sketch *sketch // not nil: by estimate
	rows   int64
}

// worthwhile is how many distinct values are counted exactly whatever their
// column is; beyond, only in columns where hardly a value comes twice, which
// may be a key.
const worthwhile = 1 << 16

func (d *distinct) add(hash uint64, p *purse) (isNew bool) {
	d.rows++
	if d.sketch != nil {
		d.sketch.add(hash)
		return false
	}
	if d.set.full() && !d.grow(p) {
		d.sketch.add(hash)
		return false
	}
	return d.set.add(hash)
}

// grow doubles the set, or gives it up for a sketch.
func (d *distinct) grow(p *purse) bool {
	repeated := d.rows - int64(d.set.count)
	wanted := d.set.count < worthwhile || repeated*100 <= d.rows
	if wanted && p.take(max(1024, len(d.set.slots))) {
		d.set.double()
		return true
	}
	d.sketch = new(sketch)
	for _, v := range d.set.slots {
		if v != 0 {
			d.sketch.add(v)
		}
	}
	p.slots += len(d.set.slots)
	d.set = hashes{}
	return false
}

func (d *distinct) count() (n int64, exact bool) {
	if d.sketch != nil {
		return d.sketch.estimate(), false
	}
	return int64(d.set.count), true
}
