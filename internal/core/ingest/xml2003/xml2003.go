// Package xml2003 reads "XML Spreadsheet 2003" (SpreadsheetML), which reporting
// systems write under the name of .xls: one XML document with sheets, rows and
// cells, their types and their number formats.
package xml2003

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotXML2003 is returned for files of other kinds.
var ErrNotXML2003 = errors.New("not an XML Spreadsheet 2003")

const (
	sniffBytes = 4096
	namespace  = "urn:schemas-microsoft-com:office:spreadsheet"
	mostColumn = 1 << 14
	mostRow    = 1 << 30
	mostMerged = 1 << 16
	mostStyles = 1 << 16
)

// A book is a spreadsheet opened.
type book struct {
	ctx     context.Context
	file    ingest.File
	formats map[string]cells.Format // by style
	tables  []ingest.Table
}

// Open looks through a spreadsheet for its sheets and styles.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	head := make([]byte, min(f.Size, sniffBytes))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	if text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), head); err == nil {
		head = text
	}
	if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) || !bytes.Contains(head, []byte(namespace)) {
		return nil, ErrNotXML2003
	}
	b := &book{ctx: ctx, file: f, formats: map[string]cells.Format{}}
	w := &walker{b: b, only: -1}
	if err := b.scanner().Each(ctx, w.token); err != nil {
		return nil, broken(err)
	}
	if len(b.tables) == 0 {
		return nil, fault.New(fault.Invalid, "xml2003.no-sheet")
	}
	return b, nil
}

func (b *book) scanner() *xmlscan.Scanner {
	return xmlscan.New(transform.NewReader(b.file.All(), unicode.BOMOverride(transform.Nop)), b.file.Limits.RecordBytes, nil)
}

// broken turns what is wrong with the XML into words for people.
func broken(err error) error {
	switch {
	case errors.Is(err, xmlscan.ErrDoctype):
		return fault.New(fault.Invalid, "xml2003.doctype")
	case errors.Is(err, xmlscan.ErrCut), errors.Is(err, xmlscan.ErrSyntax), errors.Is(err, xmlscan.ErrTooLong):
		return fault.New(fault.Invalid, "xml2003.damaged").Because(err)
	}
	return err
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table { return b.tables }

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding { return nil }

// Close implements ingest.Book.
func (b *book) Close() error { return nil }

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	if table < 0 || table >= len(b.tables) {
		return nil, fmt.Errorf("the spreadsheet has no sheet %d", table)
	}
	return &grid{w: walker{b: b, only: table, rows: cells.NewRows(b.tables[table].Name, b.file.Limits)}, x: b.scanner()}, nil
}

// A grid reads the rows of a sheet.
type grid struct {
	w walker
	x *xmlscan.Scanner
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return min(g.x.Read(), g.w.b.file.Size) }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := g.w.b.ctx.Err(); err != nil {
		return nil, err
	}
	for !g.w.done && !(g.w.rows.Full() && !g.w.inRow) {
		k, err := g.x.Next()
		if errors.Is(err, io.EOF) {
			err = xmlscan.ErrCut
		}
		if err == nil {
			err = g.w.token(g.x, k)
		}
		if err != nil {
			return nil, broken(err)
		}
	}
	if c := g.w.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}
