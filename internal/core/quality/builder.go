package quality

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A vector collects the values of one field of a block, in Arrow's layout.
// Arrow's own builders check capacity and kind at every value; at twenty
// million cells a load that is a third of the work.
type vector struct {
	typ   arrow.DataType
	n     int
	nulls int
	owed  int     // nulls noted and not yet written
	rows  int     // expected
	valid []byte  // nil while no value is null
	off   []int32 // of text and bytes: n + 1 offsets
	bytes []byte  // text and bytes; else the values, little endian
}

func newVector(typ arrow.DataType) *vector { return &vector{typ: typ} }

// reset prepares for a block of about rows values. The buffers of the block
// before belong to the record made of it, so new ones are made, as large as
// the last ones turned out to be.
func (v *vector) reset(rows int) {
	size := len(v.bytes)
	*v = vector{typ: v.typ, rows: rows}
	switch v.typ.ID() {
	case arrow.STRING, arrow.BINARY:
		v.off = append(make([]int32, 0, rows+1), 0)
		v.bytes = make([]byte, 0, size+size/8)
	default:
		v.bytes = make([]byte, 0, max(size, 8*rows))
	}
}

// A mark is how far a vector had come.
type mark struct{ n, nulls, owed, valid, off, bytes int }

func (v *vector) mark() mark {
	m := mark{n: v.n, nulls: v.nulls, owed: v.owed, valid: -1, off: len(v.off), bytes: len(v.bytes)}
	if v.valid != nil {
		m.valid = len(v.valid)
	}
	return m
}

// back drops the values appended since a mark.
func (v *vector) back(m mark) {
	v.n, v.nulls, v.owed, v.off, v.bytes = m.n, m.nulls, m.owed, v.off[:m.off], v.bytes[:m.bytes]
	if m.valid < 0 {
		v.valid = nil
	} else {
		v.valid = v.valid[:m.valid]
	}
	// Bits are only ever set, so those behind the end must be clear.
	if v.n&7 != 0 {
		keep := byte(1)<<(v.n&7) - 1
		if v.valid != nil {
			v.valid[len(v.valid)-1] &= keep
		}
		if v.typ.ID() == arrow.BOOL {
			v.bytes[len(v.bytes)-1] &= keep
		}
	}
}

// drop takes the last value away, which is not null.
func (v *vector) drop() {
	v.n--
	first := v.n&7 == 0 // of its byte of bits
	clear := func(b []byte) []byte {
		if first {
			return b[:len(b)-1]
		}
		b[len(b)-1] &^= 1 << (v.n & 7)
		return b
	}
	if v.valid != nil {
		v.valid = clear(v.valid)
	}
	switch v.typ.ID() {
	case arrow.STRING, arrow.BINARY:
		v.off = v.off[:len(v.off)-1]
		v.bytes = v.bytes[:v.off[len(v.off)-1]]
	case arrow.BOOL:
		v.bytes = clear(v.bytes)
	case arrow.DATE32:
		v.bytes = v.bytes[:len(v.bytes)-4]
	case arrow.DECIMAL128:
		v.bytes = v.bytes[:len(v.bytes)-16]
	default:
		v.bytes = v.bytes[:len(v.bytes)-8]
	}
}

func (v *vector) present() {
	if v.valid != nil {
		if v.n&7 == 0 {
			v.valid = append(v.valid, 0)
		}
		v.valid[v.n>>3] |= 1 << (v.n & 7)
	}
	v.n++
}

// null appends a value that is not there. It is only noted: some vectors hold
// nothing else, and settle writes a run of them at once.
func (v *vector) null() { v.owed++ }

// settle writes the nulls owed.
func (v *vector) settle() {
	n := v.owed
	if n == 0 {
		return
	}
	v.owed = 0
	switch v.typ.ID() {
	case arrow.STRING, arrow.BINARY:
		end := int32(len(v.bytes))
		for range n {
			v.off = append(v.off, end)
		}
	case arrow.BOOL:
		v.bytes = append(v.bytes, make([]byte, (v.n+n+7)/8-len(v.bytes))...)
	case arrow.DATE32:
		v.bytes = append(v.bytes, make([]byte, 4*n)...)
	case arrow.DECIMAL128:
		v.bytes = append(v.bytes, make([]byte, 16*n)...)
	default:
		v.bytes = append(v.bytes, make([]byte, 8*n)...)
	}
	if v.valid == nil { // the values before were all present
		v.valid = make([]byte, (v.n+7)/8, (max(v.rows, v.n+n)+7)/8)
		for i := range v.valid {
			v.valid[i] = 0xFF
		}
		if v.n&7 != 0 {
			v.valid[len(v.valid)-1] = 1<<(v.n&7) - 1
		}
	}
	v.valid = append(v.valid, make([]byte, (v.n+n+7)/8-len(v.valid))...)
	v.nulls += n
	v.n += n
}

func (v *vector) text(b []byte) {
	if v.owed > 0 {
		v.settle()
	}
	v.bytes = append(v.bytes, b...)
	v.off = append(v.off, int32(len(v.bytes)))
	v.present()
}

func (v *vector) word(u uint64) {
	if v.owed > 0 {
		v.settle()
	}
	v.bytes = binary.LittleEndian.AppendUint64(v.bytes, u)
	v.present()
}

func (v *vector) day(d int32) {
	if v.owed > 0 {
		v.settle()
	}
	v.bytes = binary.LittleEndian.AppendUint32(v.bytes, uint32(d))
	v.present()
}

func (v *vector) decimal(unscaled int64) {
	if v.owed > 0 {
		v.settle()
	}
	v.bytes = binary.LittleEndian.AppendUint64(v.bytes, uint64(unscaled))
	v.bytes = binary.LittleEndian.AppendUint64(v.bytes, uint64(unscaled>>63))
	v.present()
}

func (v *vector) boolean(yes bool) {
	if v.owed > 0 {
		v.settle()
	}
	if v.n&7 == 0 {
		v.bytes = append(v.bytes, 0)
	}
	if yes {
		v.bytes[v.n>>3] |= 1 << (v.n & 7)
	}
	v.present()
}

// array takes the values out of the vector.
func (v *vector) array() arrow.Array {
	v.settle()
	buffers := []*memory.Buffer{nil}
	if v.valid != nil {
		buffers[0] = memory.NewBufferBytes(v.valid)
	}
	if v.off != nil {
		buffers = append(buffers, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(v.off)))
	}
	buffers = append(buffers, memory.NewBufferBytes(v.bytes))
	d := array.NewData(v.typ, v.n, buffers, nil, v.nulls, 0)
	defer d.Release()
	return array.MakeFromData(d)
}
