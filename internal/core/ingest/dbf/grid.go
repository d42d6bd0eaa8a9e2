package dbf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// chunkBytes is about how much of the file one chunk holds.
const chunkBytes = 1 << 20

// deleted is the mark of a record that was deleted.
const deleted = '*'

// A grid cuts the table into runs of records.
type grid struct {
	book    *book
	next    int64 // record, from 0
	deleted int64
}

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	if table != 0 {
		return nil, fmt.Errorf("dbf: no table %d", table)
	}
	return &grid{book: b}, nil
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return g.book.start + g.next*int64(g.book.width) }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	b := g.book
	if err := b.ctx.Err(); err != nil {
		return nil, err
	}
	n := min(int64(max(1, chunkBytes/b.width)), b.records-g.next)
	if n == 0 {
		if g.deleted > 0 {
			b.find("file.dbf.deleted", g.deleted)
		}
		return nil, io.EOF
	}
	k := &chunk{book: b, first: g.next, data: make([]byte, n*int64(b.width))}
	if _, err := b.file.ReadAt(k.data, g.Offset()); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	for i := 0; i < len(k.data); i += b.width {
		switch k.data[i] {
		case deleted:
			g.deleted++
		case 0x1A: // the end, before as many records as the head counts
			return nil, fault.New(fault.Invalid, "file.dbf.truncated", b.records, g.next+int64(i/b.width))
		}
	}
	g.next += n
	return k, nil
}

// A chunk is a run of records.
type chunk struct {
	book  *book
	first int64
	data  []byte
}

// scratches are kept from one chunk to the next.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// Parse implements ingest.Chunk. The line of a record is its number in the
// table, as FoxPro's RECNO counts.
func (k *chunk) Parse(b *ingest.Block) {
	b.Reset(k.data)
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	width := k.book.width
	for at, line := 0, k.first+1; at < len(k.data); at, line = at+width, line+1 {
		if k.data[at] == deleted {
			continue
		}
		record := k.data[at : at+width]
		for _, f := range k.book.fields {
			k.book.cell(b, f, record, at, scratch)
		}
		b.End(line, ingest.Sound)
	}
}

// cell adds the value of a field; at is where the record lies in the data.
func (b *book) cell(to *ingest.Block, f field, record []byte, at int, scratch *[]byte) {
	v := record[f.from:f.to]
	if f.memo(b.fox) || b.bit(record, f.null) {
		to.Skip(1)
		return
	}
	out := (*scratch)[:0]
	switch f.kind {
	case 'C', 'V':
		if f.kind == 'V' && b.bit(record, f.varied) {
			v = v[:min(int(v[len(v)-1]), len(v)-1)]
		}
		v = bytes.TrimRight(v, " \x00")
		if ingest.ASCII(v) {
			to.Refer(at+f.from, at+f.from+len(v))
			return
		}
		out = b.decode.text(out, v)
	case 'N', 'F':
		from, end := trimmed(v)
		if v = v[from:end]; certain(v) {
			to.Refer(at+f.from+from, at+f.from+end)
			return
		}
		out = appendNumber(out, v)
	case 'D':
		out = appendDay(out, v)
	case 'L':
		out = appendLogical(out, v[0])
	case 'I':
		out = strconv.AppendInt(out, int64(int32(binary.LittleEndian.Uint32(v))), 10)
	case 'B':
		out = appendDouble(out, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	case 'T':
		out = appendMoment(out, v)
	case 'Y':
		out = appendMoney(out, int64(binary.LittleEndian.Uint64(v)))
	}
	*scratch = out
	to.Put(out)
}

// bit reads one of the null flags.
func (b *book) bit(record []byte, n int) bool {
	return n >= 0 && n/8 < b.flagged && record[b.flags+n/8]>>(n%8)&1 != 0
}

// trimmed is where a number stands in its field.
func trimmed(v []byte) (from, to int) {
	to = len(v)
	for from < to && (v[from] == ' ' || v[from] == 0) {
		from++
	}
	for to > from && (v[to-1] == ' ' || v[to-1] == 0) {
		to--
	}
	return from, to
}

// certain tells whether a number can stay as it is written.
func certain(v []byte) bool {
	dot := bytes.IndexByte(v, '.')
	return ingest.ASCII(v) && (dot < 0 || dot > 0 && v[dot-1] != '-' && len(v)-dot != 4)
}

// appendNumber spells a number whose first digit was left out, or whose three
// decimals could be taken for a group of thousands.
func appendNumber(out, v []byte) []byte {
	dot := bytes.IndexByte(v, '.')
	for _, c := range v {
		if c >= 0x80 {
			c = '?' // a number that is damaged stays wrong, in UTF-8
		}
		if c == '.' && (len(out) == 0 || out[len(out)-1] == '-') {
			out = append(out, '0')
		}
		out = append(out, c)
	}
	if dot >= 0 && len(v)-dot == 4 {
		out = append(out, '0')
	}
	return out
}

// appendDay spells 20060102 as a day. What is no date stays as it is.
func appendDay(out, v []byte) []byte {
	text := bytes.Trim(v, " \x00")
	if len(text) == 0 || string(text) == "00000000" {
		return out
	}
	if len(text) == 8 {
		if t, err := time.Parse("20060102", string(text)); err == nil {
			return t.AppendFormat(out, "2006-01-02")
		}
	}
	return appendNumber(out, text)
}

func appendLogical(out []byte, c byte) []byte {
	switch c {
	case 'T', 't', 'Y', 'y', '1':
		return append(out, "true"...)
	case 'F', 'f', 'N', 'n', '0':
		return append(out, "false"...)
	}
	return out
}

func appendDouble(out []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendFloat(out, f, 'g', -1, 64)
	}
	return cells.AppendNumber(out, f)
}

// julian is the Julian day of 1970-01-01.
const julian = 2440588

// appendMoment spells a Julian day and milliseconds.
func appendMoment(out, v []byte) []byte {
	day, milli := int64(binary.LittleEndian.Uint32(v)), int64(binary.LittleEndian.Uint32(v[4:]))
	if day == 0 {
		return out
	}
	if day > julian+2_932_896 || day < 1721426 || milli >= 86_400_000 { // years 1 to 9999
		return append(strconv.AppendInt(append(out, "? "...), day, 10), '?')
	}
	// Visual FoxPro keeps whole seconds and writes some a millisecond short.
	seconds := (day-julian)*86400 + (milli+500)/1000
	return time.Unix(seconds, 0).UTC().AppendFormat(out, "2006-01-02 15:04:05")
}

// appendMoney spells ten-thousandths.
func appendMoney(out []byte, n int64) []byte {
	u := uint64(n)
	if n < 0 {
		out = append(out, '-')
		u = -u
	}
	out = strconv.AppendUint(out, u/10000, 10)
	out = append(out, '.')
	digits := strconv.AppendUint(nil, 10000+u%10000, 10)
	return append(out, digits[1:]...)
}
