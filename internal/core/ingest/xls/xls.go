// Package xls reads workbooks of Excel 97 to 2003 (BIFF8) and of Excel 5 and 95
// (BIFF5), which offices still send by the thousand. The form of records is
// that of [MS-XLS], Excel Binary File Format Structure.
//
// No library is used. github.com/shakinm/xlsReader (2022) leaves out all cells
// of formulas, reads -0.1 as 10737418.14, gives "Ng\xe0y" for Ngày, has no
// formats, merged cells or hidden rows, and follows a circle of sectors until
// memory ends. github.com/extrame/xls (2017) asks memory by a number of the
// file, loses text where the shared table is continued, and may end the program.
package xls

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/xls/cfb"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotXLS is returned for files that are no workbooks of this kind, nor
// anything else that begins as they do.
var ErrNotXLS = errors.New("not an XLS workbook")

// mostText bounds the shared texts, which are kept in memory: the largest
// workbook that Excel 2003 could open has less.
const mostText = 1 << 30

// mostLooks bounds how often all sheets together may look through the stream.
const mostLooks = 4

// A book is a workbook opened.
type book struct {
	ctx      context.Context
	limits   ingest.Limits
	stream   io.ReaderAt
	size     int64
	keys     *keys
	old      bool // BIFF5
	from1904 bool
	formats  []cells.Format // by XF
	texts    texts
	sheets   []sheet
	tables   []ingest.Table
	findings []ingest.Finding
	looked   int64 // bytes that were looked through
	codePage int
	high     atomic.Bool // texts of bytes have some beyond ASCII
}

type sheet struct {
	at       int64 // its BOF in the stream
	shuffled bool  // rows do not come in their order
}

// Open reads the names, texts and formats of a workbook, and looks through its
// sheets for merged cells, hidden rows and page heads. Other compound files
// (.doc, workbooks with a password) are refused with what to do about them.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	var head [8]byte
	if n, err := f.ReadAt(head[:], 0); err != nil && n < len(head) {
		return nil, ErrNotXLS
	}
	if head[0] == 9 && (head[1] == 0 || head[1] == 2 || head[1] == 4) && head[3] == 0 {
		return nil, fault.New(fault.Invalid, "xls.too-old")
	}
	if string(head[:]) != cfb.Signature {
		return nil, ErrNotXLS
	}
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	c, err := cfb.Open(f.ReaderAt, f.Size)
	if err != nil {
		return nil, errDamaged()
	}
	b := &book{ctx: ctx, limits: f.Limits}
	for _, name := range []string{"Workbook", "Book", "WORKBOOK", "BOOK"} {
		s, err := c.Stream(name)
		if err != nil {
			return nil, errDamaged()
		}
		if s != nil {
			b.stream, b.size = s, s.Size
			break
		}
	}
	if b.stream == nil {
		return nil, other(c)
	}
	if slices.Contains(c.Names(), "_VBA_PROJECT_CUR") {
		b.findings = append(b.findings, ingest.Finding{Key: "xls.macros"})
	}
	if err := b.globals(); err != nil {
		return nil, err
	}
	for i := range b.sheets {
		if err := b.scan(i); err != nil {
			return nil, err
		}
	}
	if len(b.tables) == 0 {
		return nil, fault.New(fault.Invalid, "xls.no-sheet")
	}
	return b, nil
}

// other says what a compound file without a workbook is.
func other(c *cfb.File) error {
	for _, name := range c.Names() {
		switch name {
		case "EncryptedPackage":
			return fault.New(fault.Invalid, "xls.password")
		case "WordDocument":
			return fault.New(fault.Invalid, "xls.word")
		case "PowerPoint Document":
			return fault.New(fault.Invalid, "xls.powerpoint")
		}
	}
	return ErrNotXLS
}

func (b *book) records() *records {
	r := &records{ctx: b.ctx, src: b.stream, size: b.size, high: &b.high}
	if b.keys != nil {
		r.keys = &keys{forBlock: b.keys.forBlock}
	}
	return r
}

// globals reads the substream of the workbook.
func (b *book) globals() error {
	r := b.records()
	id, data, err := r.flat()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err != nil || id != recBOF || len(data) < 4 {
		return errDamaged()
	}
	switch binary.LittleEndian.Uint16(data) {
	case 0x0600:
	case 0x0500:
		b.old = true
	default:
		return fault.New(fault.Invalid, "xls.too-old")
	}
	var xfs []int
	codes := map[int]cells.Format{}
	for {
		id, data, err := r.flat()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch id {
		case recFilePass:
			if r.keys, err = defaultKeys(data); err != nil {
				return err
			}
			b.keys = r.keys
		case recDateMode:
			b.from1904 = len(data) >= 2 && data[0] == 1
		case recCodePage:
			if len(data) >= 2 {
				b.codePage = int(binary.LittleEndian.Uint16(data))
			}
		case recFormat:
			err = b.format(r, data, codes)
		case recXF:
			if len(data) >= 4 && len(xfs) < 1<<16 {
				xfs = append(xfs, int(binary.LittleEndian.Uint16(data[2:])))
			}
		case recBoundSheet:
			err = b.boundSheet(r, data)
		case recSST:
			err = b.sharedTexts(r, data)
		}
		if err != nil {
			return err
		}
	}
	b.formats = make([]cells.Format, len(xfs))
	for i, n := range xfs {
		f, ok := codes[n]
		if !ok {
			f = cells.BuiltIn(n)
		}
		b.formats[i] = f
	}
	return nil
}

func (b *book) format(r *records, data []byte, codes map[int]cells.Format) error {
	x := body{r, data}
	n, err := x.uint(2)
	if err != nil {
		return err
	}
	length := 2
	if b.old {
		length = 1
	}
	code, err := x.string(nil, length, b.old)
	codes[n] = cells.ParseFormat(string(code))
	return err
}

// boundSheet notes a sheet: only those of cells, no charts and macros.
func (b *book) boundSheet(r *records, data []byte) error {
	if len(data) < 7 {
		return errDamaged()
	}
	if data[5] != 0 {
		return nil
	}
	if len(b.tables) == b.limits.Tables {
		return fault.New(fault.TooLarge, "grid.too-many-tables", b.limits.Tables)
	}
	at, hidden := int64(binary.LittleEndian.Uint32(data)), data[4]&3 != 0
	x := body{r, data[6:]}
	name, err := x.string(nil, 1, b.old)
	if err != nil {
		return err
	}
	b.sheets = append(b.sheets, sheet{at: at})
	b.tables = append(b.tables, ingest.Table{Name: string(name), Hidden: hidden})
	return nil
}

func (b *book) sharedTexts(r *records, data []byte) error {
	x := body{r, data}
	if err := x.skip(4); err != nil {
		return err
	}
	n, err := x.uint(4)
	if err != nil {
		return err
	}
	for range n {
		// A text that was cut off ends the table: cells that name it or the
		// ones behind it are refused when they are read.
		if b.texts.bytes, err = x.rich(b.texts.bytes); err != nil {
			if fault.Is(err, "xls.damaged") {
				return nil
			}
			return err
		}
		if len(b.texts.bytes) > mostText {
			return fault.New(fault.TooLarge, "xls.too-much-text", int64(mostText))
		}
		b.texts.ends = append(b.texts.ends, uint32(len(b.texts.bytes)))
	}
	return nil
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table { return b.tables }

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding {
	if b.old && b.high.Load() {
		return append(slices.Clip(b.findings), ingest.Finding{Key: "xls.code-page", Args: []any{b.codePage}})
	}
	return b.findings
}

// Close implements ingest.Book.
func (b *book) Close() error { return nil }

// scan looks through a sheet for what is told before its rows are read.
func (b *book) scan(i int) error {
	r, s, t := b.records(), &b.sheets[i], &b.tables[i]
	r.seek(s.at)
	from := s.at
	var hidden []hiddenColumns
	row, width := -1, 0
	for first := true; ; first = false {
		id, data, err := r.flat()
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return err
		}
		if first && (ended || id != recBOF) {
			return fault.New(fault.Invalid, "xls.damaged-sheet", t.Name)
		}
		if ended {
			break
		}
		if r.at-from > 1<<20 {
			b.looked, from = b.looked+r.at-from, r.at
		}
		if b.looked > mostLooks*b.size { // sheets that lie on top of one another
			return errDamaged()
		}
		switch id {
		case recRow:
			if len(data) >= 16 && data[12]&0x20 != 0 && binary.LittleEndian.Uint16(data[4:]) > binary.LittleEndian.Uint16(data[2:]) {
				t.HiddenRows++
			}
		case recColInfo:
			if len(data) >= 10 && data[8]&1 != 0 {
				hidden = append(hidden, hiddenColumns{int(binary.LittleEndian.Uint16(data)), int(binary.LittleEndian.Uint16(data[2:]))})
			}
		case recMergedCells:
			merged(t, data)
		case recHeader, recFooter:
			b.margin(r, t, data)
		case recNumber, recRK, recMulRK, recLabel, recLabelSST, recRString, recBoolErr, recFormula:
			if len(data) < 6 {
				return fault.New(fault.Invalid, "xls.damaged-sheet", t.Name)
			}
			n := int(binary.LittleEndian.Uint16(data))
			s.shuffled = s.shuffled || n < row
			row, width = n, max(width, int(binary.LittleEndian.Uint16(data[2:]))+1)
		}
	}
	b.looked += r.at - from
	for _, h := range hidden {
		if h.last < h.first || h.first >= width {
			continue
		}
		t.HiddenColumns += min(h.last, width-1) - h.first + 1
	}
	return nil
}

type hiddenColumns struct{ first, last int }

// mostMerged bounds what is kept of merged cells; headings have some dozens.
const mostMerged = 1 << 16

func merged(t *ingest.Table, data []byte) {
	if len(data) < 2 {
		return
	}
	n := int(binary.LittleEndian.Uint16(data))
	data = data[2:]
	for ; n > 0 && len(data) >= 8 && len(t.Merged) < mostMerged; n, data = n-1, data[8:] {
		at := func(i int) int { return int(binary.LittleEndian.Uint16(data[i:])) }
		if at(2) < at(0) || at(6) < at(4) {
			continue
		}
		t.Merged = append(t.Merged, ingest.Range{
			FirstRow: int64(at(0)) + 1, LastRow: int64(at(2)) + 1, FirstColumn: at(4), LastColumn: at(6),
		})
	}
}

// margin reads the head or foot of a page. One that is damaged harms no row.
func (b *book) margin(r *records, t *ingest.Table, data []byte) {
	if len(data) == 0 || len(t.Margins) > 100 {
		return
	}
	length := 2
	if b.old {
		length = 1
	}
	x := body{r, data}
	code, err := x.string(nil, length, b.old)
	if err == nil {
		t.Margins = append(t.Margins, cells.Margins(strings.ToValidUTF8(string(code), "\uFFFD"))...)
	}
}

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	if table < 0 || table >= len(b.sheets) {
		return nil, fmt.Errorf("the workbook has no sheet %d", table)
	}
	g := &grid{b: b, sheet: table, r: b.records(), rows: cells.NewRows(b.tables[table].Name, b.limits), row: -1}
	g.r.seek(b.sheets[table].at)
	if b.sheets[table].shuffled {
		return g, g.sort()
	}
	return g, nil
}
