package xls

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// mostCells is how many cells a sheet of Excel 2003 has: 65,536 rows of 256.
const mostCells = 1 << 24

// A grid reads the cells of a sheet.
type grid struct {
	b     *book
	sheet int
	r     *records
	rows  *cells.Rows
	row   int // that is being gathered, from 0; -1: none
	done  bool

	// Some programs write cells in the order in which they were asked to. Their
	// places are then sorted first: row, column, place in the stream.
	sorted  []uint64
	ordered bool
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return min(g.r.at, g.b.size) }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	for !g.done && !(g.row < 0 && g.rows.Full()) {
		if err := g.step(); errors.Is(err, io.EOF) {
			g.finish()
			g.done = true
		} else if err != nil {
			return nil, err
		}
	}
	if c := g.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}

// step reads a record.
func (g *grid) step() error {
	if g.ordered {
		if len(g.sorted) == 0 {
			return io.EOF
		}
		if int(g.sorted[0]>>48) != g.row {
			g.finish()
			if g.rows.Full() {
				return nil
			}
		}
		g.r.seek(int64(g.sorted[0] & (1<<32 - 1)))
		g.sorted = g.sorted[1:]
	}
	id, data, err := g.r.flat()
	if err != nil {
		return err
	}
	if !isCell(id) {
		return nil
	}
	if len(data) < 6 {
		return g.damaged()
	}
	if row := int(binary.LittleEndian.Uint16(data)); row != g.row {
		g.finish()
		if g.rows.Full() { // the record comes again, after the run was taken
			g.r.back()
			return nil
		}
		g.row = row
		if err := g.rows.Begin(int64(row) + 1); err != nil {
			return err
		}
	}
	return g.cell(id, data)
}

func (g *grid) finish() {
	if g.row >= 0 {
		g.rows.End()
		g.row = -1
	}
}

func (g *grid) damaged() error {
	return fault.New(fault.Invalid, "xls.damaged-sheet", g.b.tables[g.sheet].Name)
}

func isCell(id int) bool {
	switch id {
	case recNumber, recRK, recMulRK, recLabel, recLabelSST, recRString, recBoolErr, recFormula:
		return true
	}
	return false
}

// cell reads a record of cells: row, column, XF, and then what is its own.
func (g *grid) cell(id int, data []byte) error {
	column, xf, rest := int(binary.LittleEndian.Uint16(data[2:])), binary.LittleEndian.Uint16(data[4:]), data[6:]
	switch {
	case id == recLabelSST && len(rest) >= 4:
		text, ok := g.b.texts.at(binary.LittleEndian.Uint32(rest))
		if !ok {
			return g.damaged()
		}
		return g.rows.Put(column, text)
	case id == recNumber && len(rest) >= 8:
		return g.number(column, xf, math.Float64frombits(binary.LittleEndian.Uint64(rest)))
	case id == recRK && len(rest) >= 4:
		return g.number(column, xf, rk(binary.LittleEndian.Uint32(rest)))
	case id == recMulRK:
		return g.mulRK(column, data[4:])
	case id == recLabel || id == recRString:
		x := body{g.r, rest}
		return g.text(column, &x)
	case id == recBoolErr && len(rest) >= 2:
		return g.rows.Put(column, boolErr(rest[0], rest[1] != 0))
	case id == recFormula && len(rest) >= 8:
		return g.formula(column, xf, rest)
	}
	return g.damaged()
}

func (g *grid) number(column int, xf uint16, f float64) error {
	var format cells.Format
	if int(xf) < len(g.b.formats) {
		format = g.b.formats[xf]
	}
	data := g.rows.Data()
	return g.rows.Set(column, cells.AppendValue(data, f, format, g.b.from1904), len(data))
}

// rk reads a number packed into four bytes, [MS-XLS] 2.5.217: an integer or
// the upper half of a float, perhaps a hundred times what is meant.
func rk(v uint32) float64 {
	f := math.Float64frombits(uint64(v&^3) << 32)
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	}
	if v&1 != 0 {
		f /= 100
	}
	return f
}

// mulRK reads a run of RK cells: XF and number of each, then the last column.
func (g *grid) mulRK(column int, data []byte) error {
	for ; len(data) >= 8; data, column = data[6:], column+1 {
		if err := g.number(column, binary.LittleEndian.Uint16(data), rk(binary.LittleEndian.Uint32(data[2:]))); err != nil {
			return err
		}
	}
	return nil
}

func (g *grid) text(column int, x *body) error {
	data := g.rows.Data()
	text, err := x.string(data, 2, g.b.old)
	if err != nil {
		return g.damaged()
	}
	return g.rows.Set(column, text, len(data))
}

// formula reads the value that a formula had when the workbook was saved,
// [MS-XLS] 2.5.133.
func (g *grid) formula(column int, xf uint16, v []byte) error {
	if v[6] != 0xFF || v[7] != 0xFF {
		return g.number(column, xf, math.Float64frombits(binary.LittleEndian.Uint64(v)))
	}
	switch v[0] {
	case 0:
		return g.result(column)
	case 1:
		return g.rows.Put(column, boolErr(v[2], false))
	case 2:
		return g.rows.Put(column, boolErr(v[2], true))
	}
	return nil // an empty text
}

// result reads the text of a formula from the STRING record behind it.
func (g *grid) result(column int) error {
	for {
		id, data, err := g.r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch id {
		case recString:
			x := body{g.r, data}
			return g.text(column, &x)
		case recArray, recTable, recSharedFmla, recContinue:
		default:
			g.r.back()
			return nil
		}
	}
}

func boolErr(v byte, isError bool) []byte {
	if !isError {
		if v != 0 {
			return []byte("true")
		}
		return []byte("false")
	}
	switch v {
	case 0x00:
		return []byte("#NULL!")
	case 0x07:
		return []byte("#DIV/0!")
	case 0x0F:
		return []byte("#VALUE!")
	case 0x17:
		return []byte("#REF!")
	case 0x1D:
		return []byte("#NAME?")
	case 0x24:
		return []byte("#NUM!")
	case 0x2A:
		return []byte("#N/A")
	case 0x2B:
		return []byte("#GETTING_DATA")
	}
	return []byte("#ERROR!")
}

// sort notes the places of all cells of a sheet whose rows do not come in their
// order.
func (g *grid) sort() error {
	for {
		id, data, err := g.r.flat()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !isCell(id) {
			continue
		}
		if len(g.sorted) == mostCells {
			return g.damaged()
		}
		at := g.r.at - int64(len(data)) - 4
		row := uint64(binary.LittleEndian.Uint16(data))
		g.sorted = append(g.sorted, row<<48|uint64(at))
	}
	slices.Sort(g.sorted)
	g.r.near = true
	g.ordered = true
	return nil
}
