// Package ods reads OpenDocument spreadsheets, as LibreOffice writes them:
// OpenDocument 1.3 (ISO/IEC 26300), part 3. The content is one XML document,
// read as a stream; of a value the file says what it is, so nothing is guessed
// from what is shown.
package ods

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/core/ingest/zipped"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotODS is returned for files that are no OpenDocument spreadsheets.
var ErrNotODS = errors.New("not an OpenDocument spreadsheet")

// namespaces, by the prefixes that this package calls them.
var namespaces = map[string]string{
	"urn:oasis:names:tc:opendocument:xmlns:office:1.0":                     "office",
	"urn:oasis:names:tc:opendocument:xmlns:table:1.0":                      "table",
	"urn:oasis:names:tc:opendocument:xmlns:text:1.0":                       "text",
	"urn:oasis:names:tc:opendocument:xmlns:style:1.0":                      "style",
	"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0":                   "manifest",
	"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0":                    "draw",
	"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}

const (
	content       = "content.xml"
	mimetype      = "application/vnd.oasis.opendocument.spreadsheet"
	manifestBytes = 16 << 20
	mostRows      = 1 << 24 // of a sheet: LibreOffice has 1,048,576, or sixteen times as many
	mostMerged    = 1 << 16
	mostStyles    = 1 << 16
)

// A book is a spreadsheet opened.
type book struct {
	ctx      context.Context
	limits   ingest.Limits
	zip      *zipped.Archive
	tables   []ingest.Table
	findings []ingest.Finding
}

// Open looks through a spreadsheet for its sheets, merged cells, hidden rows
// and page heads; the rows are read again when a Grid is.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	z, err := zipped.Open(f)
	if errors.Is(err, zipped.ErrNotZip) {
		return nil, ErrNotODS
	}
	if err != nil {
		return nil, err
	}
	if !z.Has(content) {
		return nil, ErrNotODS
	}
	if z.Has("mimetype") {
		kind, err := z.All("mimetype", 200)
		if err != nil {
			return nil, err
		}
		if kind = bytes.TrimSpace(kind); !bytes.HasPrefix(kind, []byte(mimetype)) {
			return nil, notSpreadsheet(string(kind))
		}
	}
	b := &book{ctx: ctx, limits: f.Limits, zip: z}
	if err := b.manifest(); err != nil {
		return nil, err
	}
	masters, err := b.styles()
	if err != nil {
		return nil, err
	}
	if err := b.scan(masters); err != nil {
		return nil, err
	}
	if len(b.tables) == 0 {
		return nil, fault.New(fault.Invalid, "ods.no-sheet")
	}
	return b, nil
}

func notSpreadsheet(kind string) error {
	switch kind {
	case "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.presentation":
		return fault.New(fault.Invalid, "ods.not-spreadsheet")
	}
	return ErrNotODS
}

// manifest refuses what is encrypted and notes macros.
func (b *book) manifest() error {
	for _, name := range b.zip.Names() {
		if bytes.HasPrefix([]byte(name), []byte("Basic/")) {
			b.findings = append(b.findings, ingest.Finding{Key: "ods.macros"})
			break
		}
	}
	if !b.zip.Has("META-INF/manifest.xml") {
		return nil
	}
	return b.each("META-INF/manifest.xml", manifestBytes, func(s *xmlscan.Scanner, k xmlscan.Kind) error {
		if k == xmlscan.Start && string(s.Name()) == "manifest:encryption-data" {
			return fault.New(fault.Invalid, "ods.password")
		}
		return nil
	})
}

// each reads a part to its end.
func (b *book) each(part string, most int64, f func(*xmlscan.Scanner, xmlscan.Kind) error) error {
	r, err := b.zip.Open(part)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read to its end, or given up
	var src io.Reader = r
	if most > 0 {
		src = io.LimitReader(r, most)
	}
	return broken(xmlscan.New(src, b.limits.RecordBytes, namespaces).Each(b.ctx, f))
}

// broken turns what is wrong with the XML into words for people.
func broken(err error) error {
	switch {
	case errors.Is(err, xmlscan.ErrDoctype):
		return fault.New(fault.Invalid, "ods.doctype")
	case errors.Is(err, xmlscan.ErrCut), errors.Is(err, xmlscan.ErrSyntax), errors.Is(err, xmlscan.ErrTooLong):
		return fault.New(fault.Invalid, "ods.damaged").Because(err)
	}
	return err
}

// Tables implements ingest.Book.
func (b *book) Tables() []ingest.Table { return b.tables }

// Findings implements ingest.Book.
func (b *book) Findings() []ingest.Finding { return b.findings }

// Close implements ingest.Book.
func (b *book) Close() error { return nil }

// Open implements ingest.Book.
func (b *book) Open(table int) (ingest.Grid, error) {
	if table < 0 || table >= len(b.tables) {
		return nil, fmt.Errorf("the spreadsheet has no sheet %d", table)
	}
	return &grid{b: b, table: table}, nil
}
