// Package dbf reads tables of dBASE III and IV, FoxBASE+, Clipper and FoxPro:
// the .dbf file alone, without the .dbt or .fpt that holds its memos. Records
// marked as deleted are passed over and counted.
//
// Sources: the description of the format in the help of Visual FoxPro 9 ("Table
// File Structure", "Code Pages Supported by Visual FoxPro") and in that of
// dBASE IV.
package dbf

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotDBF is in the chain of the fault for a file that is no dBASE table.
var ErrNotDBF = errors.New("not a dBASE table")

// A field is a column of the file.
type field struct {
	name     string
	kind     byte
	from, to int // in the record
	decimals int
	null     int // bit of the null flags; -1: none
	varied   int // bit that says whether the last byte is the length; -1: none
}

// A book is a table being read.
type book struct {
	ctx     context.Context
	file    ingest.File
	fox     bool // Visual FoxPro, where some types mean something else
	start   int64
	width   int // of a record
	records int64
	fields  []field
	flags   int // place of the null flags in the record, their size
	flagged int
	decode  decoder
	table   ingest.Table

	mu       sync.Mutex
	findings []ingest.Finding
}

// versions are the first bytes of the formats that are read.
const versions = "\x03\x30\x31\x32\x43\x63\x83\x8B\xCB\xF5\xFB"

// Open reads a table's head.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	b := &book{ctx: ctx, file: f}
	for _, step := range []func() error{b.head, b.count, b.codePage} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.describe()
	return b, nil
}

func not(why string) error {
	return fault.New(fault.Invalid, "file.dbf.not").Because(fmt.Errorf("%w: %s", ErrNotDBF, why))
}

// head reads the head: 32 bytes of the table, 32 of each field.
func (b *book) head() error {
	var fixed [32]byte
	if b.file.Size < 65 {
		return not("too short")
	}
	if _, err := b.file.ReadAt(fixed[:], 0); err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	if strings.IndexByte("\x04\x8C", fixed[0]) >= 0 && plausible(fixed[:]) {
		return fault.New(fault.Invalid, "file.dbf.version")
	}
	if strings.IndexByte(versions, fixed[0]) < 0 || !plausible(fixed[:]) {
		return not("first bytes")
	}
	b.fox = fixed[0] >= 0x30 && fixed[0] <= 0x32
	b.records = int64(binary.LittleEndian.Uint32(fixed[4:]))
	b.start = int64(binary.LittleEndian.Uint16(fixed[8:]))
	b.width = int(binary.LittleEndian.Uint16(fixed[10:]))
	b.decode.driver = fixed[29]
	if b.start > b.file.Size {
		return fault.New(fault.Invalid, "file.dbf.truncated", b.records, 0)
	}
	descriptors := make([]byte, b.start-32)
	if _, err := b.file.ReadAt(descriptors, 32); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the file: %w", err)
	}
	return b.describeFields(descriptors)
}

// plausible tells whether what the first bytes say can be: a month and a day,
// and lengths that hold at least one field.
func plausible(h []byte) bool {
	return h[2] <= 12 && h[3] <= 31 && binary.LittleEndian.Uint16(h[8:]) >= 65 && binary.LittleEndian.Uint16(h[10:]) >= 2
}

// describeFields reads the descriptions of fields.
func (b *book) describeFields(d []byte) error {
	if b.fieldsOf(d, false) != b.width && b.fieldsOf(d, true) != b.width {
		return not("the fields do not make up the record")
	}
	if len(b.fields) == 0 {
		return not("no fields")
	}
	if len(b.fields) > b.file.Limits.Columns {
		return fault.New(fault.TooLarge, "file.too-many-columns", len(b.fields), b.file.Limits.Columns)
	}
	for _, f := range b.fields {
		if !f.known(b.fox) {
			return fault.New(fault.Invalid, "file.dbf.type", f.name, printable(f.kind))
		}
	}
	return nil
}

func printable(c byte) string {
	if c > 0x20 && c < 0x7F {
		return string(rune(c))
	}
	return fmt.Sprintf("%#02x", c)
}

// fieldsOf lays the fields out and returns how long the record gets. Clipper
// and FoxPro keep the length of long texts in two bytes.
func (b *book) fieldsOf(d []byte, long bool) (width int) {
	b.fields, b.flags, b.flagged = b.fields[:0], 0, 0
	width = 1 // the mark of deletion
	bits := 0
	for ; len(d) >= 32 && d[0] != 0x0D; d = d[32:] {
		name, _, _ := bytes.Cut(d[:11], []byte{0})
		f := field{name: strings.TrimSpace(string(name)), kind: d[11], from: width, decimals: int(d[17]), null: -1, varied: -1}
		size := int(d[16])
		if long && f.kind == 'C' {
			size += f.decimals << 8
		}
		width += size
		f.to = width
		if b.fox {
			if f.kind == 'V' || f.kind == 'Q' {
				f.varied = bits
				bits++
			}
			if d[18]&2 != 0 {
				f.null = bits
				bits++
			}
			if f.kind == '0' { // the null flags themselves
				b.flags, b.flagged = f.from, size
				continue
			}
		}
		b.fields = append(b.fields, f)
	}
	return width
}

// known tells whether a field's type can be read, and has the length it must
// have.
func (f field) known(fox bool) bool {
	n := f.to - f.from
	switch f.kind {
	case 'C', 'N', 'F', 'M', 'G', 'P':
		return true
	case 'D':
		return n == 8
	case 'L':
		return n == 1
	case 'I':
		return n == 4
	case 'B':
		return !fox || n == 8
	case 'T', 'Y':
		return n == 8
	case 'V', 'Q', 'W':
		return fox
	}
	return false
}

// count compares the number of records with what is there.
func (b *book) count() error {
	there := (b.file.Size - b.start) / int64(b.width)
	if there < b.records {
		return fault.New(fault.Invalid, "file.dbf.truncated", b.records, there)
	}
	if b.records > b.file.Limits.Rows {
		return fault.New(fault.TooLarge, "file.dbf.too-many-rows", b.records, b.file.Limits.Rows)
	}
	if extra := there - b.records; extra > 0 {
		b.find("file.dbf.behind", b.records, extra)
	}
	return nil
}

// describe names the columns and what cannot be read of them.
func (b *book) describe() {
	var memos []string
	for _, f := range b.fields {
		name := string(b.decode.text(nil, []byte(f.name)))
		b.table.Header = append(b.table.Header, name)
		if f.memo(b.fox) {
			memos = append(memos, name)
		}
	}
	if len(memos) > 0 {
		b.find("file.dbf.memo", strings.Join(memos, ", "))
	}
	if b.decode.found != "" {
		b.find("file.dbf.codepage", b.decode.found)
	} else if b.decode.unsure {
		b.find("file.dbf.codepage-unsure")
	}
}

// memo tells whether the values of a field lie in another file, or are bytes.
func (f field) memo(fox bool) bool {
	switch f.kind {
	case 'M', 'G', 'P', 'W', 'Q':
		return true
	case 'B':
		return !fox
	}
	return false
}

func (b *book) find(key string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.findings {
		if f.Key == key {
			return
		}
	}
	b.findings = append(b.findings, ingest.Finding{Key: key, Args: args})
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table { return []ingest.Table{b.table} }

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.findings)
}

// Close implements ingest.Book.
func (b *book) Close() error { return nil }
