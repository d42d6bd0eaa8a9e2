package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Filter writes a copy of a workbook with one sheet (by its place in
// Book.Tables) and of that the rows that keep names, numbered anew without
// gaps. Cells stay as they look: formats, fonts, colours, widths, frozen rows
// and the setup of pages are kept, formulas give way to their last values.
// What would point at rows or sheets that are gone is left out: conditional
// formats, validations, filters, comments, drawings, tables, names, links,
// macros, protection. A kept row is shown even when it was hidden.
//
// keep is asked once for each row, in the order of the sheet.
func Filter(ctx context.Context, src ingest.File, dst io.Writer, sheet int, keep func(row int64) bool) error {
	p, err := openPack(ctx, src)
	if err != nil {
		return err
	}
	w, err := p.workbook()
	if err != nil {
		return err
	}
	if sheet < 0 || sheet >= len(w.sheets) {
		return fault.New(fault.NotFound, "file.xlsx.no-sheet", sheet+1)
	}
	f := &filter{pack: p, book: w, entry: w.sheets[sheet], rows: map[int64]int64{}, texts: map[int64]int64{}}
	if err := f.survey(keep); err != nil {
		return err
	}
	f.zip = zip.NewWriter(dst)
	if err := f.write(); err != nil {
		return err
	}
	return f.zip.Close()
}

// A filter reads the sheet twice: once for what stays, once to write it.
type filter struct {
	pack  *pack
	book  workbook
	entry sheetEntry
	zip   *zip.Writer

	kept   []uint64        // bit n: the n-th row of the sheet stays
	count  int64           // rows that stay
	rows   map[int64]int64 // their numbers, old to new
	texts  map[int64]int64 // shared strings they use, old to new
	frozen int64           // rows frozen at the top …
	frost  int64           // … and how many of them stay
}

func (f *filter) isKept(n int64) bool { return f.kept[n/64]&(1<<(n%64)) != 0 }

// A sheetReader walks through the rows and cells of a sheet.
type sheetReader struct {
	*tokens
	ordinal int64 // of the row, from 0
	row     int64
	column  int
	begun   bool
}

// see follows a tag to know which row and cell it is.
func (s *sheetReader) see(tok token) {
	switch {
	case tok.kind != tagStart:
	case tok.is("row"):
		if s.begun {
			s.ordinal++
		}
		s.begun = true
		s.row, s.column = nextRow(tok, s.row), -1
	case tok.is("c"):
		s.column++
		if c, ok := columnOf([]byte(tok.attr("r"))); ok && c < sheetColumns {
			s.column = c
		}
	}
}

// survey asks which rows stay and which texts they use.
func (f *filter) survey(keep func(int64) bool) error {
	t, err := f.pack.tokens(f.entry.part)
	if err != nil {
		return err
	}
	s := &sheetReader{tokens: t}
	var stays, inData bool
	for {
		tok, err := s.next()
		if err != nil || tok.kind == partEnd {
			return err
		}
		if tok.is("sheetData") {
			inData = tok.kind == tagStart
		}
		if inData {
			s.see(tok)
		}
		switch {
		case tok.kind != tagStart:
		case tok.is("pane") && strings.HasPrefix(tok.attr("state"), "frozen"):
			f.frozen, _ = tok.number("ySplit")
		case !inData:
		case tok.is("row"):
			if stays = keep(s.row); stays || int(s.ordinal/64) == len(f.kept) {
				f.keep(s, stays)
			}
		case tok.is("c") && stays && tok.attr("t") == "s" && !tok.closed:
			i, err := f.textIndex(t)
			if err != nil {
				return err
			}
			f.texts[i] = -1
		}
	}
}

func (f *filter) keep(s *sheetReader, stays bool) {
	for int64(len(f.kept)) <= s.ordinal/64 {
		f.kept = append(f.kept, 0)
	}
	if !stays {
		return
	}
	f.kept[s.ordinal/64] |= 1 << (s.ordinal % 64)
	f.count++
	if f.rows[s.row] == 0 {
		f.rows[s.row] = f.count
	}
	if s.row <= f.frozen {
		f.frost++
	}
}

// textIndex reads the number of a shared string from the contents of a cell,
// to its end; -1 when there is none.
func (f *filter) textIndex(t *tokens) (int64, error) {
	index := int64(-1)
	for {
		tok, err := t.next()
		if err != nil {
			return -1, err
		}
		switch {
		case tok.kind == partEnd:
			return -1, xmlFault(t.part, errMalformed)
		case tok.kind == tagEnd && tok.is("c"):
			return index, nil
		case tok.kind == tagStart && tok.is("v"):
			v, err := t.textOf(tok)
			if err != nil {
				return -1, err
			}
			index = int64(digits([]byte(v)))
		}
	}
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const (
	spreadsheetNS  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relationsNS    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageNS      = "http://schemas.openxmlformats.org/package/2006/relationships"
	contentTypesNS = "http://schemas.openxmlformats.org/package/2006/content-types"
	typePrefix     = "application/vnd.openxmlformats-officedocument."
)

// transitional rewrites the namespaces of the strict form to those that the
// parts we make ourselves use.
var transitional = strings.NewReplacer(
	"http://purl.oclc.org/ooxml/spreadsheetml/main", spreadsheetNS,
	"http://purl.oclc.org/ooxml/officeDocument/relationships", relationsNS,
	"http://purl.oclc.org/ooxml/drawingml/main", "http://schemas.openxmlformats.org/drawingml/2006/main",
)

// A madePart is a part of the copy beside its sheet.
type madePart struct{ name, kind, contentType string }

func (f *filter) write() error {
	var parts []madePart
	if f.book.styles != "" {
		parts = append(parts, madePart{"styles", "styles", "spreadsheetml.styles+xml"})
		if err := f.part("xl/styles.xml", func(w *bufio.Writer) error { return f.copyPart(w, f.book.styles) }); err != nil {
			return err
		}
	}
	if t := f.book.theme; t != "" && !f.pack.has(relationsOf(t)) { // one with pictures would miss them
		parts = append(parts, madePart{"theme", "theme", "theme+xml"})
		if err := f.part("xl/theme.xml", func(w *bufio.Writer) error { return f.copyPart(w, t) }); err != nil {
			return err
		}
	}
	if f.book.strings != "" && len(f.texts) > 0 {
		parts = append(parts, madePart{"sharedStrings", "sharedStrings", "spreadsheetml.sharedStrings+xml"})
		if err := f.part("xl/sharedStrings.xml", f.copyTexts); err != nil {
			return err
		}
	}
	if err := f.part("xl/worksheets/sheet1.xml", f.copySheet); err != nil {
		return err
	}
	return f.frame(parts)
}

func relationsOf(part string) string {
	i := strings.LastIndexByte(part, '/') + 1
	return part[:i] + "_rels/" + part[i:] + ".rels"
}

// part writes one part of the copy.
func (f *filter) part(name string, write func(*bufio.Writer) error) error {
	z, err := f.zip.Create(name)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	w := bufio.NewWriterSize(z, 64<<10)
	w.WriteString(xmlHead)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// frame writes the parts that hold the others together.
func (f *filter) frame(parts []madePart) error {
	var types, rels strings.Builder
	for i, m := range parts {
		fmt.Fprintf(&types, `<Override PartName="/xl/%s.xml" ContentType="%s%s"/>`, m.name, typePrefix, m.contentType)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/%s" Target="%s.xml"/>`, i+2, relationsNS, m.kind, m.name)
	}
	var name, date bytes.Buffer
	if err := xml.EscapeText(&name, []byte(f.entry.name)); err != nil {
		return fmt.Errorf("writing the name of the sheet: %w", err)
	}
	if f.book.date1904 {
		date.WriteString(` date1904="1"`)
	}
	for _, p := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="` + contentTypesNS + `">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + typePrefix + `spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + typePrefix + `spreadsheetml.worksheet+xml"/>` +
			types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packageNS + `"><Relationship Id="rId1" Type="` + relationsNS +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + spreadsheetNS + `" xmlns:r="` + relationsNS + `"><workbookPr` + date.String() +
			`/><bookViews><workbookView/></bookViews><sheets><sheet name="` + name.String() + `" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packageNS + `"><Relationship Id="rId1" Type="` + relationsNS +
			`/worksheet" Target="worksheets/sheet1.xml"/>` + rels.String() + `</Relationships>`},
	} {
		err := f.part(p.name, func(w *bufio.Writer) error {
			w.WriteString(p.text)
			return nil // what cannot be written is told by Flush
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// copyPart copies a part whole.
func (f *filter) copyPart(w *bufio.Writer, name string) error {
	t, err := f.pack.tokens(name)
	if err != nil {
		return err
	}
	for root := true; ; {
		tok, err := t.next()
		if err != nil || tok.kind == partEnd {
			return err
		}
		if root && tok.kind == tagStart {
			transitional.WriteString(w, string(tok.raw)) //nolint:errcheck // Flush tells
			root = false
			continue
		}
		if !root {
			w.Write(tok.raw)
		}
	}
}

// copyTexts copies the shared strings that are used, as they are, with their
// fonts.
func (f *filter) copyTexts(w *bufio.Writer) error {
	t, err := f.pack.tokens(f.book.strings)
	if err != nil {
		return err
	}
	var n, used int64
	for root := true; ; {
		tok, err := t.next()
		if err != nil || tok.kind == partEnd {
			return err
		}
		switch {
		case tok.kind == tagStart && root:
			root = false
			writeTag(w, tok, func(a attribute) bool { return !isCount(a) })
		case tok.kind == tagStart && tok.is("si"):
			if _, ok := f.texts[n]; ok {
				f.texts[n] = used
				used++
				err = copyElement(w, t, tok)
			} else {
				err = t.skip(tok)
			}
			n++
		case tok.kind == tagStart: // extLst
			err = t.skip(tok)
		case tok.kind == tagEnd:
			w.Write(tok.raw)
		}
		if err != nil {
			return err
		}
	}
}

func isCount(a attribute) bool { return string(a.name) == "count" || string(a.name) == "uniqueCount" }

// copyElement copies an element whole.
func copyElement(w *bufio.Writer, t *tokens, start token) error {
	w.Write(start.raw)
	return t.whole(start, func(tok token) { w.Write(tok.raw) })
}

// writeTag writes a tag with the attributes that stay, and more of them.
func writeTag(w *bufio.Writer, tok token, stays func(attribute) bool, more ...string) {
	w.WriteByte('<')
	w.Write(tok.prefix)
	w.Write(tok.name)
	for i := 0; i+1 < len(more); i += 2 {
		w.WriteString(" " + more[i] + `="` + more[i+1] + `"`)
	}
	for a := tok.attrs; ; {
		at, rest, ok := nextAttribute(a)
		if !ok {
			break
		}
		if a = rest; !stays(at) {
			continue
		}
		quote := byte('"')
		if bytes.IndexByte(at.value, '"') >= 0 {
			quote = '\''
		}
		w.WriteByte(' ')
		w.Write(at.prefix)
		w.Write(at.name)
		w.WriteByte('=')
		w.WriteByte(quote)
		transitional.WriteString(w, string(at.value)) //nolint:errcheck // Flush tells
		w.WriteByte(quote)
	}
	if tok.closed {
		w.WriteByte('/')
	}
	w.WriteByte('>')
}

func writeEnd(w *bufio.Writer, prefix []byte, name string) {
	w.WriteString("</")
	w.Write(prefix)
	w.WriteString(name)
	w.WriteByte('>')
}

func without(names ...string) func(attribute) bool {
	return func(a attribute) bool {
		for _, n := range names {
			if string(a.name) == n {
				return false
			}
		}
		return true
	}
}

// copySheet writes the sheet: its parts that stay, in their order.
func (f *filter) copySheet(w *bufio.Writer) error {
	t, err := f.pack.tokens(f.entry.part)
	if err != nil {
		return err
	}
	s := &sheetReader{tokens: t}
	for root := true; ; {
		tok, err := s.next()
		if err != nil {
			return err
		}
		switch {
		case tok.kind == partEnd:
			return xmlFault(t.part, errMalformed)
		case tok.kind == tagEnd: // of the root: all others are read below
			w.Write(tok.raw)
			return nil
		case tok.kind != tagStart:
		case root:
			root = false
			writeTag(w, tok, func(attribute) bool { return true })
			if tok.closed {
				return nil
			}
		default:
			err = f.child(w, s, tok)
		}
		if err != nil {
			return err
		}
	}
}

func (f *filter) child(w *bufio.Writer, s *sheetReader, tok token) error {
	switch string(tok.name) {
	case "sheetFormatPr", "cols", "printOptions", "pageMargins", "headerFooter":
		return copyElement(w, s.tokens, tok)
	case "pageSetup": // without the settings of a printer, a part of its own
		writeTag(w, tok, func(a attribute) bool { return len(a.prefix) == 0 })
		if tok.closed {
			return nil
		}
		prefix := bytes.Clone(tok.prefix)
		err := s.skip(tok)
		writeEnd(w, prefix, "pageSetup")
		return err
	case "sheetPr":
		return f.properties(w, s.tokens, tok)
	case "sheetViews":
		return f.views(w, s.tokens, tok)
	case "sheetData":
		return f.data(w, s, tok)
	case "mergeCells":
		return f.merges(w, s.tokens, tok)
	}
	return s.skip(tok)
}

// properties keeps the colour of the tab and how the sheet fits its pages.
func (f *filter) properties(w *bufio.Writer, t *tokens, tok token) error {
	writeTag(w, tok, without("codeName", "filterMode", "published", "syncRef", "syncHorizontal", "syncVertical"))
	return children(w, t, tok, func(c token) error {
		if c.is("tabColor") || c.is("outlinePr") || c.is("pageSetUpPr") {
			return copyElement(w, t, c)
		}
		return t.skip(c)
	})
}

// children hands each child of an element to use, and writes the end tag.
func children(w *bufio.Writer, t *tokens, parent token, use func(token) error) error {
	if parent.closed {
		return nil
	}
	for {
		tok, err := t.next()
		if err != nil {
			return err
		}
		switch tok.kind {
		case partEnd:
			return xmlFault(t.part, errMalformed)
		case tagEnd:
			w.Write(tok.raw)
			return nil
		case tagStart:
			if err := use(tok); err != nil {
				return err
			}
		}
	}
}

// views keeps the zoom, the grid lines and the frozen rows of the first view.
func (f *filter) views(w *bufio.Writer, t *tokens, tok token) error {
	w.Write(tok.raw)
	first := true
	return children(w, t, tok, func(view token) error {
		if !first || !view.is("sheetView") {
			return t.skip(view)
		}
		first = false
		writeTag(w, view, without("topLeftCell", "tabSelected", "workbookViewId", "view"), "tabSelected", "1", "workbookViewId", "0")
		return children(w, t, view, func(c token) error {
			if c.is("pane") {
				f.pane(w, c)
			}
			return t.skip(c)
		})
	})
}

// pane freezes the rows that are left of those that were frozen.
func (f *filter) pane(w *bufio.Writer, tok token) {
	end := func() {
		if !tok.closed {
			writeEnd(w, tok.prefix, "pane")
		}
	}
	if !strings.HasPrefix(tok.attr("state"), "frozen") {
		writeTag(w, tok, without("topLeftCell"))
		end()
		return
	}
	x, _ := tok.number("xSplit")
	x = min(max(x, 0), sheetColumns-1)
	active := "topRight"
	switch {
	case x == 0 && f.frost == 0:
		return
	case x == 0:
		active = "bottomLeft"
	case f.frost > 0:
		active = "bottomRight"
	}
	more := []string{"topLeftCell", cellName(f.frost+1, int(x)), "activePane", active}
	if x > 0 {
		more = append(more, "xSplit", strconv.FormatInt(x, 10))
	}
	if f.frost > 0 {
		more = append(more, "ySplit", strconv.FormatInt(f.frost, 10))
	}
	writeTag(w, tok, without("topLeftCell", "activePane", "xSplit", "ySplit"), more...)
	end()
}

// data writes the rows that stay.
func (f *filter) data(w *bufio.Writer, s *sheetReader, start token) error {
	w.Write(start.raw)
	row := int64(0)
	return children(w, s.tokens, start, func(tok token) error {
		if !tok.is("row") {
			return s.skip(tok)
		}
		s.see(tok)
		if !f.isKept(s.ordinal) {
			return s.skip(tok)
		}
		row++
		writeTag(w, tok, without("r", "hidden", "collapsed", "spans"), "r", strconv.FormatInt(row, 10))
		return children(w, s.tokens, tok, func(c token) error {
			if !c.is("c") {
				return s.skip(c)
			}
			s.see(c)
			return f.cell(w, s, c, row)
		})
	})
}

// cell writes a cell at its new place, its value instead of its formula.
func (f *filter) cell(w *bufio.Writer, s *sheetReader, tok token, row int64) error {
	head, _, err := lex(bytes.Clone(tok.raw)) // the bytes of a tag do not outlive the next token
	if err != nil {
		return xmlFault(s.part, err)
	}
	place := cellName(row, s.column)
	value, err := f.content(s.tokens, head)
	if err != nil {
		return err
	}
	head.closed = len(value) == 0
	if head.closed {
		writeTag(w, head, without("r", "t", "cm", "vm", "ph"), "r", place)
		return nil
	}
	writeTag(w, head, without("r", "cm", "vm", "ph"), "r", place)
	w.Write(value)
	writeEnd(w, head.prefix, "c")
	return nil
}

// content is what a cell holds beside its formula, as XML.
func (f *filter) content(t *tokens, c token) ([]byte, error) {
	if c.closed {
		return nil, nil
	}
	if c.attr("t") == "s" {
		old, err := f.textIndex(t)
		i, ok := f.texts[old]
		if err != nil || !ok || i < 0 {
			return nil, err
		}
		p := string(c.prefix)
		return []byte("<" + p + "v>" + strconv.FormatInt(i, 10) + "</" + p + "v>"), nil
	}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	for {
		tok, err := t.next()
		if err != nil {
			return nil, err
		}
		switch {
		case tok.kind == partEnd:
			return nil, xmlFault(t.part, errMalformed)
		case tok.kind == tagEnd:
			err := w.Flush()
			return out.Bytes(), err
		case tok.kind != tagStart:
		case tok.is("v") && !tok.closed || tok.is("is"):
			err = copyElement(w, t, tok)
		default:
			err = t.skip(tok)
		}
		if err != nil {
			return nil, err
		}
	}
}

// merges keeps the merged cells whose rows all stay.
func (f *filter) merges(w *bufio.Writer, t *tokens, start token) error {
	var refs []string
	prefix := string(start.prefix)
	var nothing bytes.Buffer
	err := children(bufio.NewWriter(&nothing), t, start, func(tok token) error {
		if r, ok := rangeOf(tok.attr("ref")); ok && tok.is("mergeCell") {
			from, to := f.rows[r.FirstRow], f.rows[r.LastRow]
			if from > 0 && to > 0 && to-from == r.LastRow-r.FirstRow {
				refs = append(refs, cellName(from, r.FirstColumn)+":"+cellName(to, r.LastColumn))
			}
		}
		return t.skip(tok)
	})
	if err != nil || len(refs) == 0 {
		return err
	}
	fmt.Fprintf(w, `<%smergeCells count="%d">`, prefix, len(refs))
	for _, r := range refs {
		fmt.Fprintf(w, `<%smergeCell ref="%s"/>`, prefix, r)
	}
	fmt.Fprintf(w, `</%smergeCells>`, prefix)
	return nil
}
