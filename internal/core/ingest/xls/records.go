package xls

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// Records, by their numbers in [MS-XLS] 2.3.
const (
	recFormula     = 0x0006
	recEOF         = 0x000A
	recHeader      = 0x0014
	recFooter      = 0x0015
	recDateMode    = 0x0022
	recFilePass    = 0x002F
	recContinue    = 0x003C
	recCodePage    = 0x0042
	recColInfo     = 0x007D
	recBoundSheet  = 0x0085
	recMulRK       = 0x00BD
	recRString     = 0x00D6
	recXF          = 0x00E0
	recInterface   = 0x00E1
	recMergedCells = 0x00E5
	recSST         = 0x00FC
	recLabelSST    = 0x00FD
	recNumber      = 0x0203
	recLabel       = 0x0204
	recBoolErr     = 0x0205
	recString      = 0x0207
	recRow         = 0x0208
	recArray       = 0x0221
	recTable       = 0x0236
	recRK          = 0x027E
	recSharedFmla  = 0x04BC
	recFormat      = 0x041E
	recBOF         = 0x0809
)

// windowBytes is how much of the stream is read at once.
const (
	windowBytes = 64 << 10
	nearBytes   = 256
)

// records reads the records of a workbook's stream one after another.
type records struct {
	ctx   context.Context
	src   io.ReaderAt
	size  int64
	keys  *keys        // of an encrypted stream
	depth int          // of substreams: charts lie inside their sheet
	near  bool         // records are not read one after the other: no need to read far
	high  *atomic.Bool // a text of bytes has some beyond ASCII

	window []byte
	base   int64 // where window begins in the stream
	at     int64 // where the next record begins
	data   []byte
	again  bool // the record that was read is to be given once more
	id     int
}

func errDamaged() error { return fault.New(fault.Invalid, "xls.damaged") }

// seek goes to a record.
func (r *records) seek(at int64) { r.at, r.again, r.depth = at, false, 0 }

// fill makes n bytes at the current place available in the window; less at the
// end of the stream.
func (r *records) fill(n int) ([]byte, error) {
	from := r.at - r.base
	if from >= 0 && from+int64(n) <= int64(len(r.window)) {
		return r.window[from:][:n], nil
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if cap(r.window) == 0 {
		r.window = make([]byte, 0, windowBytes+1<<16)
	}
	want := int64(max(n, windowBytes))
	if r.near {
		want = int64(max(n, nearBytes))
	}
	r.window, r.base = r.window[:min(want, max(0, r.size-r.at))], r.at
	k, err := r.src.ReadAt(r.window, r.at)
	if err != nil && !errors.Is(err, io.EOF) {
		r.window = r.window[:0]
		return nil, fault.New(fault.Invalid, "xls.damaged").Because(err)
	}
	r.window = r.window[:k]
	return r.window[:min(n, k)], nil
}

// next gives the next record; io.EOF at the end of the stream.
func (r *records) next() (int, []byte, error) {
	if r.again {
		r.again = false
		return r.id, r.data, nil
	}
	head, err := r.fill(4)
	if err != nil {
		return 0, nil, err
	}
	if len(head) < 4 {
		return 0, nil, io.EOF
	}
	id, n := int(binary.LittleEndian.Uint16(head)), int(binary.LittleEndian.Uint16(head[2:]))
	r.at += 4
	data, err := r.fill(n)
	if err != nil {
		return 0, nil, err
	}
	if len(data) < n {
		return 0, nil, errDamaged()
	}
	if r.keys != nil {
		data = r.keys.open(id, data, r.at)
	}
	r.id, r.data = id, data
	r.at += int64(n)
	return id, data, nil
}

// back gives the record that was read last once more.
func (r *records) back() { r.again = true }

// flat is next without the records of charts and other substreams that lie
// inside of the current one. It ends at the end of the substream.
func (r *records) flat() (int, []byte, error) {
	for {
		id, data, err := r.next()
		if err != nil {
			return 0, nil, err
		}
		switch id {
		case recBOF:
			r.depth++
			if r.depth == 1 {
				return id, data, nil
			}
		case recEOF:
			r.depth--
			if r.depth <= 0 {
				return 0, nil, io.EOF
			}
		default:
			if r.depth <= 1 {
				return id, data, nil
			}
		}
	}
}

// A body reads what is in a record and in the CONTINUE records behind it.
type body struct {
	r *records
	b []byte
}

// more goes on to the next CONTINUE record.
func (x *body) more() error {
	id, data, err := x.r.next()
	if errors.Is(err, io.EOF) {
		return errDamaged()
	}
	if err != nil {
		return err
	}
	if id != recContinue {
		x.r.back()
		return errDamaged()
	}
	x.b = data
	return nil
}

// take reads n bytes, 8 at most.
func (x *body) take(n int) ([8]byte, error) {
	var out [8]byte
	for i := 0; i < n; {
		k := copy(out[i:n], x.b)
		x.b = x.b[k:]
		if i += k; i < n {
			if err := x.more(); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

func (x *body) uint(n int) (int, error) {
	b, err := x.take(n)
	return int(binary.LittleEndian.Uint64(b[:])), err
}

func (x *body) skip(n int) error {
	for n > len(x.b) {
		n -= len(x.b)
		if err := x.more(); err != nil {
			return err
		}
	}
	x.b = x.b[n:]
	return nil
}
