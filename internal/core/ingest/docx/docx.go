// Package docx reads the tables of Word documents (ECMA-376, part 1, chapter
// 17): communes send lists as tables of a report as often as they send sheets.
// Each table of the document is a Table; tables within a cell are text of that
// cell.
package docx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/core/ingest/zipped"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotDOCX is returned for files that are no Word documents.
var ErrNotDOCX = errors.New("not a Word document")

// namespaces, by the prefixes that this package calls them.
var namespaces = map[string]string{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
	"http://purl.oclc.org/ooxml/wordprocessingml/main":             "w",
	"http://schemas.openxmlformats.org/markup-compatibility/2006":  "mc",
	"http://schemas.openxmlformats.org/officeDocument/2006/math":   "m",
	"http://purl.oclc.org/ooxml/officeDocument/math":               "m",
	"http://schemas.openxmlformats.org/package/2006/relationships": "rel",
}

const (
	shortParagraph = 60   // characters: longer ones are no marks
	mostMargins    = 1000 // short paragraphs kept
	longestNote    = 500  // characters
	mostMerged     = 1 << 16
	mostSpan       = 1000
)

// A book is a document opened.
type book struct {
	ctx      context.Context
	limits   ingest.Limits
	zip      *zipped.Archive
	document string // the part with the text
	tables   []ingest.Table
	findings []ingest.Finding
}

// Open looks through a document for its tables and the texts around them. The
// Margins of all tables have the heads and feet of pages; those of the first
// also have the short paragraphs that stand outside of tables and in text
// boxes, where marks such as "MẬT" are written.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	z, err := zipped.Open(f)
	if errors.Is(err, zipped.ErrNotZip) {
		return nil, ErrNotDOCX
	}
	if err != nil {
		return nil, err
	}
	b := &book{ctx: ctx, limits: f.Limits, zip: z}
	if err := b.find(); err != nil {
		return nil, err
	}
	if z.Has("word/vbaProject.bin") {
		b.findings = append(b.findings, ingest.Finding{Key: "docx.macros"})
	}
	w, err := b.walk(b.document)
	if err != nil {
		return nil, err
	}
	b.tables = w.tables
	if len(b.tables) == 0 {
		return nil, fault.New(fault.Invalid, "docx.no-table")
	}
	margins, err := b.heads()
	if err != nil {
		return nil, err
	}
	for i := range b.tables {
		b.tables[i].Margins = margins[:len(margins):len(margins)]
	}
	b.tables[0].Margins = append(b.tables[0].Margins, w.short...)
	if w.nested > 0 {
		b.findings = append(b.findings, ingest.Finding{Key: "docx.nested", Args: []any{w.nested}})
	}
	if w.deleted > 0 {
		b.findings = append(b.findings, ingest.Finding{Key: "docx.deleted", Args: []any{w.deleted}})
	}
	return b, nil
}

// find names the part with the text.
func (b *book) find() error {
	b.document = "word/document.xml"
	if !b.zip.Has("_rels/.rels") {
		if b.zip.Has(b.document) {
			return nil
		}
		return ErrNotDOCX
	}
	err := b.each("_rels/.rels", func(x *xmlscan.Scanner, k xmlscan.Kind) error {
		if k != xmlscan.Start || string(x.Local()) != "Relationship" {
			return nil
		}
		if kind, _ := x.Attr("Type"); bytes.HasSuffix(kind, []byte("/officeDocument")) {
			target, _ := x.Attr("Target")
			b.document = strings.TrimPrefix(path.Clean("/"+string(target)), "/")
		}
		return nil
	})
	if err == nil && (!b.zip.Has(b.document) || !strings.HasPrefix(b.document, "word/")) {
		return ErrNotDOCX
	}
	return err
}

// heads reads the heads and feet of pages.
func (b *book) heads() ([]string, error) {
	var out []string
	for _, name := range b.zip.Names() {
		if !strings.HasSuffix(name, ".xml") || !strings.HasPrefix(name, "word/header") && !strings.HasPrefix(name, "word/footer") {
			continue
		}
		w, err := b.walk(name)
		if err != nil {
			return nil, err
		}
		if len(out) < mostMargins {
			out = append(out, w.lines...)
		}
	}
	return out, nil
}

// walk reads a part to its end, for what is told before rows are read.
func (b *book) walk(part string) (*walker, error) {
	w := &walker{b: b, only: -1, scan: true}
	return w, b.each(part, w.token)
}

// each reads a part to its end.
func (b *book) each(part string, f func(*xmlscan.Scanner, xmlscan.Kind) error) error {
	r, err := b.zip.Open(part)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read to its end, or given up
	return broken(xmlscan.New(r, b.limits.RecordBytes, namespaces).Each(b.ctx, f))
}

// broken turns what is wrong with the XML into words for people.
func broken(err error) error {
	switch {
	case errors.Is(err, xmlscan.ErrDoctype):
		return fault.New(fault.Invalid, "docx.doctype")
	case errors.Is(err, xmlscan.ErrCut), errors.Is(err, xmlscan.ErrSyntax), errors.Is(err, xmlscan.ErrTooLong):
		return fault.New(fault.Invalid, "docx.damaged").Because(err)
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
		return nil, fmt.Errorf("the document has no table %d", table)
	}
	return &grid{w: walker{b: b, only: table, rows: cells.NewRows(b.tables[table].Name, b.limits)}}, nil
}

// A grid reads the rows of a table.
type grid struct {
	w   walker
	x   *xmlscan.Scanner
	src io.ReadCloser
}

// Offset implements ingest.Grid: of the text, which stands for the file.
func (g *grid) Offset() int64 {
	if g.x == nil {
		return 0
	}
	return g.x.Read()
}

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := g.w.b.ctx.Err(); err != nil {
		return nil, err
	}
	if g.x == nil {
		src, err := g.w.b.zip.Open(g.w.b.document)
		if err != nil {
			return nil, err
		}
		g.src, g.x = src, xmlscan.New(src, g.w.b.limits.RecordBytes, namespaces)
	}
	for !g.w.done && !(g.w.between() && g.w.rows.Full()) {
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
		if g.w.done {
			if err := g.src.Close(); err != nil {
				return nil, err
			}
		}
	}
	if c := g.w.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}
