package ods

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A grid reads the rows of a sheet.
type grid struct {
	b     *book
	table int

	x     *xmlscan.Scanner // nil before the first row
	src   io.ReadCloser
	rows  *cells.Rows
	place place
	done  bool

	again  cells.Row // a row that the file holds once and means several times
	left   int64
	shown  []byte // text of the cell that is being read
	value  []byte
	kind   string
	column int
	times  int
}

// Offset implements ingest.Grid: of the content, which stands for the file.
func (g *grid) Offset() int64 {
	if g.x == nil {
		return 0
	}
	return g.x.Read()
}

// Next implements ingest.Grid.
func (g *grid) Next() (ingest.Chunk, error) {
	if err := g.b.ctx.Err(); err != nil {
		return nil, err
	}
	if g.x == nil && !g.done {
		if err := g.find(); err != nil {
			return nil, broken(err)
		}
	}
	for !g.done && !g.rows.Full() {
		if err := g.row(); err != nil {
			return nil, broken(err)
		}
	}
	if c := g.rows.Take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}

// find goes to the sheet.
func (g *grid) find() error {
	src, err := g.b.zip.Open(content)
	if err != nil {
		return err
	}
	g.src = src
	g.x = xmlscan.New(src, g.b.limits.RecordBytes, namespaces)
	g.rows = cells.NewRows(g.b.tables[g.table].Name, g.b.limits)
	for n := 0; ; {
		k, err := g.x.Next()
		if err != nil {
			return cut(err)
		}
		if k != xmlscan.Start {
			continue
		}
		switch string(g.x.Name()) {
		case "table:table":
			if n == g.table {
				return nil
			}
			n++
			err = g.x.Skip()
		case "table:tracked-changes", "table:database-ranges", "table:dde-links":
			err = g.x.Skip()
		}
		if err != nil {
			return err
		}
	}
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return xmlscan.ErrCut
	}
	return err
}

// row reads up to the end of a row, or gives a repeated one once more.
func (g *grid) row() error {
	if g.left > 0 {
		g.left--
		g.place.row++
		return g.rows.Add(g.place.row, g.again)
	}
	for {
		k, err := g.x.Next()
		if err != nil {
			return cut(err)
		}
		if k == xmlscan.Text {
			continue
		}
		name := string(g.x.Name())
		switch {
		case k == xmlscan.End && name == "table:table":
			g.done = true
			return g.src.Close()
		case k == xmlscan.End:
		case name == "table:table-row":
			return g.cells()
		case name != "table:table-header-rows" && name != "table:table-rows" && name != "table:table-row-group":
			if err := g.x.Skip(); err != nil {
				return err
			}
		}
	}
}

// cells reads a row.
func (g *grid) cells() error {
	g.place.start(g.x)
	begun := false
	for {
		k, err := g.x.Next()
		if err != nil {
			return cut(err)
		}
		if k == xmlscan.End { // cells are read to their own end
			break
		}
		if k != xmlscan.Start {
			continue
		}
		name := string(g.x.Name())
		if name != "table:table-cell" && name != "table:covered-table-cell" {
			if err := g.x.Skip(); err != nil {
				return err
			}
			continue
		}
		if err := g.cell(name == "table:covered-table-cell"); err != nil {
			return err
		}
		if len(g.value) == 0 {
			continue
		}
		if !begun {
			if err := g.rows.Begin(g.place.row); err != nil {
				return err
			}
			begun = true
		}
		for i := range g.times {
			if err := g.rows.Put(g.column+i, g.value); err != nil {
				return err
			}
		}
	}
	if !begun || !g.rows.End() {
		g.place.end()
		return nil
	}
	if g.place.times > 1 {
		if last := g.place.row + g.place.times - 1; last > mostRows {
			return fault.New(fault.TooLarge, "grid.too-many-rows", g.b.tables[g.table].Name, int64(mostRows))
		}
		g.again, g.left = g.rows.Last(), g.place.times-1
	}
	return nil
}

// cell reads a cell to its end; its value is then in g.value. Text under a
// merged cell is not shown to anybody and left out.
func (g *grid) cell(covered bool) error {
	x := g.x
	g.column, g.times = g.place.cell(x)
	g.value, g.shown = g.value[:0], g.shown[:0]
	kind, _ := x.Attr("office:value-type")
	g.kind = ""
	switch string(kind) {
	case "float", "currency", "percentage":
		g.kind = "float"
		g.keep("office:value")
	case "date":
		g.kind = "date"
		g.keep("office:date-value")
	case "time":
		g.kind = "time"
		g.keep("office:time-value")
	case "boolean":
		g.kind = "boolean"
		g.keep("office:boolean-value")
	case "string":
		g.kind = "string"
		g.keep("office:string-value")
	}
	kindError, _ := x.Attr("calcext:value-type")
	isError := string(kindError) == "error"
	if err := g.text(); err != nil {
		return err
	}
	switch {
	case covered:
		g.value = g.value[:0]
	case isError && len(g.shown) > 0:
		g.value = append(g.value[:0], g.shown...)
	default:
		g.spell()
	}
	return nil
}

func (g *grid) keep(attr string) {
	if v, ok := g.x.Attr(attr); ok {
		g.value = append(g.value, v...)
	}
}

// text reads the paragraphs of a cell as they are shown.
func (g *grid) text() error {
	x := g.x
	paragraphs, inside := 0, 0
	for depth := x.Depth(); ; {
		k, err := x.Next()
		if err != nil {
			return cut(err)
		}
		if k == xmlscan.End {
			if x.Depth() < depth {
				return nil
			}
			if x.Depth() < inside {
				inside = 0
			}
			continue
		}
		if k == xmlscan.Text {
			if inside > 0 {
				g.shown = append(g.shown, x.Text()...)
				if len(g.shown) > g.b.limits.RecordBytes {
					return fault.New(fault.TooLarge, "grid.row-too-long", g.b.tables[g.table].Name, g.place.row, g.b.limits.RecordBytes)
				}
			}
			continue
		}
		switch string(x.Name()) {
		case "text:p", "text:h":
			if paragraphs++; paragraphs > 1 {
				g.shown = append(g.shown, '\n')
			}
			if inside == 0 {
				inside = x.Depth()
			}
		case "text:s":
			g.shown = append(g.shown, strings.Repeat(" ", x.Number("text:c", 1, 1000))...)
		case "text:tab":
			g.shown = append(g.shown, '\t')
		case "text:line-break":
			g.shown = append(g.shown, '\n')
		case "text:span", "text:a":
		case "office:annotation", "draw:frame", "draw:custom-shape", "table:table", "text:note", "text:ruby-text", "table:detective", "draw:object":
			if err := x.Skip(); err != nil {
				return err
			}
		}
	}
}

// spell puts the value as ingest.Grid promises.
func (g *grid) spell() {
	v := g.value
	switch g.kind {
	case "float":
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			g.value = append(v[:0], g.shown...)
			return
		}
		if sameNumber(g.shown, f) { // a code, shown with its leading zeros
			g.value = append(v[:0], g.shown...)
			return
		}
		g.value = cells.AppendNumber(v[:0], f)
	case "date":
		g.value = moment(v)
	case "time":
		if seconds, ok := duration(string(v)); ok {
			g.value = cells.AppendDuration(v[:0], seconds)
		}
	case "boolean":
	default:
		// What is shown is the text itself, also where office:string-value says
		// it once more: only the paragraphs have line breaks.
		if len(g.shown) > 0 {
			g.value = append(v[:0], g.shown...)
		}
	}
}

// sameNumber tells that digits with leading zeros were shown for a number.
func sameNumber(shown []byte, f float64) bool {
	if len(shown) < 2 || len(shown) > 32 || shown[0] != '0' {
		return false
	}
	n, err := strconv.ParseUint(string(shown), 10, 53)
	return err == nil && float64(n) == f
}

// moment spells 2026-01-31T08:30:00.123 as the others, in place. Dates of other
// forms stay as they are, for people to look at.
func moment(v []byte) []byte {
	v = bytes.TrimSuffix(v, []byte("Z"))
	if i := bytes.IndexByte(v, 'T'); i == 10 {
		v[i] = ' '
		if dot := bytes.IndexByte(v, '.'); dot > 0 {
			v = v[:dot]
		}
	}
	return v
}

// duration reads PT08H30M00S in seconds.
func duration(v string) (int64, bool) {
	v, ok := strings.CutPrefix(v, "P")
	if !ok {
		return 0, false
	}
	days, v, ok := part(v, "D")
	if !ok {
		return 0, false
	}
	if v, ok = strings.CutPrefix(v, "T"); !ok {
		return int64(days * 86400), v == ""
	}
	hours, v, ok1 := part(v, "H")
	minutes, v, ok2 := part(v, "M")
	v = strings.Replace(v, ",", ".", 1)
	seconds, v, ok3 := part(v, "S")
	total := days*86400 + hours*3600 + minutes*60 + seconds
	return int64(total + 0.5), ok1 && ok2 && ok3 && v == "" && total < 1e11
}

// part reads a number before its unit; 0 when the unit is not there.
func part(v, unit string) (float64, string, bool) {
	i := strings.Index(v, unit)
	if i < 0 || strings.ContainsAny(v[:i], "TDHM") {
		return 0, v, true
	}
	f, err := strconv.ParseFloat(v[:i], 64)
	return f, v[i+1:], err == nil && f >= 0
}
