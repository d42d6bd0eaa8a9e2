// Package htmltable reads tables of HTML pages. Web systems save a page as
// .xls, Excel opens it with a warning, and so it reaches us under the name of a
// workbook. Tables that only arrange others on the page are told from those
// that hold data; what Excel notes about a cell (x:num, mso-number-format) is
// used where it is there.
package htmltable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ErrNotHTML is returned for files that are no HTML pages.
var ErrNotHTML = errors.New("not an HTML page")

const (
	sniffBytes     = 64 << 10
	shortText      = 60 // characters: longer ones outside of tables are no marks
	mostMargins    = 1000
	mostMerged     = 1 << 16
	mostSpan       = 1000
	mostDepth      = 100 // tables within tables
	mostStyleBytes = 1 << 20
)

// A book is a page opened.
type book struct {
	ctx      context.Context
	file     ingest.File
	charset  encoding.Encoding // nil: UTF-8
	formats  map[string]cells.Format
	tables   []ingest.Table
	nodes    []int // of the page, by table
	findings []ingest.Finding
}

// Open looks through a page for its tables.
func Open(ctx context.Context, f ingest.File) (ingest.Book, error) {
	if f.Size > f.Limits.Bytes {
		return nil, fault.New(fault.TooLarge, "file.too-large", f.Limits.Bytes)
	}
	head := make([]byte, min(f.Size, sniffBytes))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	if len(head) > 13 && strings.EqualFold(string(head[:13]), "MIME-Version:") {
		return nil, fault.New(fault.Invalid, "html.mhtml")
	}
	b := &book{ctx: ctx, file: f, formats: map[string]cells.Format{}}
	charset, name := charsetOf(head)
	b.charset = charset
	if charset != nil {
		decoded, err := charset.NewDecoder().Bytes(head)
		if err != nil {
			return nil, ErrNotHTML
		}
		head = decoded
	}
	if !looksHTML(head) {
		return nil, ErrNotHTML
	}
	b.findings = append(b.findings, ingest.Finding{Key: "html.page", Args: []any{name}})
	w := &walker{b: b, only: -1}
	if err := b.walk(w); err != nil {
		return nil, err
	}
	if err := b.choose(w); err != nil {
		return nil, err
	}
	return b, nil
}

func looksHTML(head []byte) bool {
	head = bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF"))))
	if !bytes.HasPrefix(head, []byte("<")) || bytes.Contains(head, []byte("progid=\"excel.sheet\"")) {
		return false
	}
	for _, mark := range []string{"<html", "<!doctype html", "<table", "<body"} {
		if bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// charsetOf finds how a page is encoded, by its first bytes or by what it says.
// Bytes of no known encoding stay as they are, as characters of the same
// number, for TCVN3 and VNI to be told by column.
func charsetOf(head []byte) (encoding.Encoding, string) {
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16"
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "UTF-16"
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return nil, "UTF-8"
	case bytes.HasPrefix(head, []byte("<\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16"
	}
	switch declared(head) {
	case "utf-8", "utf8":
		return nil, "UTF-8"
	case "windows-1258", "cp1258":
		return charmap.Windows1258, "Windows-1258"
	}
	for cut := 0; cut < utf8.UTFMax && cut <= len(head); cut++ { // the last character may be cut
		if utf8.Valid(head[:len(head)-cut]) {
			return nil, "UTF-8"
		}
	}
	return charmap.ISO8859_1, "ISO-8859-1"
}

// declared is the charset named in a meta tag.
func declared(head []byte) string {
	lower := bytes.ToLower(head)
	i := bytes.Index(lower, []byte("charset="))
	if i < 0 {
		return ""
	}
	name := bytes.TrimLeft(lower[i+len("charset="):], `"' `)
	if end := bytes.IndexAny(name, `"' />;`); end >= 0 {
		name = name[:end]
	}
	return string(name)
}

// walk reads the page with w.
func (b *book) walk(w *walker) error {
	z := b.tokens()
	for n := 0; ; n++ {
		if n&0xFFFF == 0 && b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := ended(z.Err(), b.file.Limits); err != nil {
				return err
			}
			return w.finish()
		}
		if err := w.token(z, kind); err != nil {
			return err
		}
	}
}

// ended is nil at the end of the page.
func ended(err error, limits ingest.Limits) error {
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, html.ErrBufferExceeded):
		return fault.New(fault.TooLarge, "html.too-long", limits.RecordBytes)
	}
	return fmt.Errorf("reading the page: %w", err)
}

func (b *book) tokens() *html.Tokenizer {
	var r io.Reader = b.file.All()
	if b.charset != nil {
		r = b.charset.NewDecoder().Reader(r)
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(b.file.Limits.RecordBytes)
	return z
}

// choose lists the tables that hold data. One that holds other tables is
// layout, unless it has more rows of its own than each of them.
func (b *book) choose(w *walker) error {
	taken := make([]bool, len(w.nodes)) // the table or one around it was listed
	largest := make([]int64, len(w.nodes))
	for i := len(w.nodes) - 1; i > 0; i-- { // inner tables come after outer ones
		if p := w.nodes[i].parent; p >= 0 {
			largest[p] = max(largest[p], w.nodes[i].rows, largest[i])
		}
	}
	var texts []string
	for i, n := range w.nodes {
		if n.parent >= 0 && taken[n.parent] {
			taken[i] = true
			continue
		}
		if n.filled == 0 || n.inner && n.rows <= largest[i] {
			texts = append(texts, n.texts...)
			continue
		}
		taken[i] = true
		if len(b.tables) == b.file.Limits.Tables {
			return fault.New(fault.TooLarge, "grid.too-many-tables", b.file.Limits.Tables)
		}
		t := n.table
		if t.Name == "" {
			t.Name = fmt.Sprintf("Bảng %d", len(b.tables)+1)
		}
		b.tables, b.nodes = append(b.tables, t), append(b.nodes, i)
	}
	if len(b.tables) == 0 {
		return fault.New(fault.Invalid, "html.no-table")
	}
	b.tables[0].Margins = append(w.short, texts...)
	return nil
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
		return nil, fmt.Errorf("the page has no table %d", table)
	}
	return &grid{
		w: walker{b: b, only: b.nodes[table], rows: cells.NewRows(b.tables[table].Name, b.file.Limits)},
		z: b.tokens(),
	}, nil
}

// A grid reads the rows of a table.
type grid struct {
	w      walker
	z      *html.Tokenizer
	offset int64
}

// Offset implements ingest.Grid.
func (g *grid) Offset() int64 { return min(g.offset, g.w.b.file.Size) }

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := g.w.b.ctx.Err(); err != nil {
		return nil, err
	}
	for !g.w.done && !(g.w.rows.Full() && g.w.between()) {
		kind := g.z.Next()
		g.offset += int64(len(g.z.Raw()))
		var err error
		if kind == html.ErrorToken {
			if err = ended(g.z.Err(), g.w.b.file.Limits); err == nil {
				err = g.w.finish()
				g.w.done = true
			}
		} else {
			err = g.w.token(g.z, kind)
		}
		if err != nil {
			return nil, err
		}
	}
	if c := g.w.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}
