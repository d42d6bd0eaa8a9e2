package ods

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/core/ingest/cells/xmlscan"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// maxMargin bounds the text of a page's head or foot.
const maxMargin = 4096

// styles reads the texts in heads and feet of pages, by master page.
func (b *book) styles() (map[string][]string, error) {
	out := map[string][]string{}
	if !b.zip.Has("styles.xml") {
		return out, nil
	}
	master, inside, paragraph := "", 0, false
	var line strings.Builder
	return out, b.each("styles.xml", 0, func(s *xmlscan.Scanner, k xmlscan.Kind) error {
		name := string(s.Name())
		switch {
		case k == xmlscan.Text:
			if paragraph && line.Len() < maxMargin {
				line.Write(s.Text())
			}
		case k == xmlscan.Start && name == "style:master-page":
			v, _ := s.Attr("style:name")
			master = string(v)
		case k == xmlscan.Start && inside == 0 && (strings.HasPrefix(name, "style:header") || strings.HasPrefix(name, "style:footer")) && master != "":
			if v, _ := s.Attr("style:display"); string(v) == "false" {
				return s.Skip()
			}
			inside = s.Depth()
		case inside > 0 && name == "text:p":
			if text := strings.TrimSpace(line.String()); k == xmlscan.End && text != "" && len(out[master]) < 100 {
				out[master] = append(out[master], text)
			}
			line.Reset()
			paragraph = k == xmlscan.Start
		case k == xmlscan.End && s.Depth() < inside:
			inside = 0
		case k == xmlscan.End && name == "style:master-page":
			master = ""
		}
		return nil
	})
}

// A tableStyle is what a sheet's style says that concerns us.
type tableStyle struct {
	hidden bool
	master string
}

// A scanner of content.xml gathers what is told of sheets before their rows are
// read.
type scanner struct {
	b       *book
	masters map[string][]string
	styles  map[string]tableStyle
	style   string // that is being read
	t       *ingest.Table
	place   place
	from    int // column of the cell
	hidden  []ingest.Range
	width   int
	row     struct {
		hidden bool
		times  int64
		filled bool
	}
}

func (b *book) scan(masters map[string][]string) error {
	s := &scanner{b: b, masters: masters, styles: map[string]tableStyle{}}
	return b.each(content, 0, s.token)
}

func (s *scanner) token(x *xmlscan.Scanner, k xmlscan.Kind) error {
	if k == xmlscan.Text {
		return nil
	}
	name := string(x.Name())
	if s.t == nil {
		return s.outside(x, k, name)
	}
	if k == xmlscan.End {
		switch {
		case name == "table:table-row":
			s.endRow()
		case name == "table:table":
			s.endTable()
		}
		return nil
	}
	switch name {
	case "table:table-column":
		n := x.Number("table:number-columns-repeated", 1, 1<<20)
		if v, _ := x.Attr("table:visibility"); len(v) > 0 && string(v) != "visible" && len(s.hidden) < mostMerged {
			s.hidden = append(s.hidden, ingest.Range{FirstColumn: s.from, LastColumn: s.from + n - 1})
		}
		s.from = min(s.from+n, 1<<24)
	case "table:table-row":
		s.place.start(x)
		v, _ := x.Attr("table:visibility")
		s.row.hidden, s.row.times, s.row.filled = len(v) > 0 && string(v) != "visible", s.place.times, false
	case "table:table-cell", "table:covered-table-cell":
		s.cell(x)
	case "table:table", "office:annotation", "draw:frame", "table:shapes", "office:forms", "table:named-expressions", "calcext:conditional-formats":
		return x.Skip()
	}
	return nil
}

func (s *scanner) outside(x *xmlscan.Scanner, k xmlscan.Kind, name string) error {
	if k == xmlscan.End {
		return nil
	}
	switch name {
	case "style:style":
		v, _ := x.Attr("style:name")
		s.style = string(v)
		if v, ok := x.Attr("style:master-page-name"); ok && len(s.styles) < mostStyles {
			s.styles[s.style] = tableStyle{master: string(v)}
		}
	case "style:table-properties":
		if v, _ := x.Attr("table:display"); string(v) == "false" && len(s.styles) < mostStyles {
			st := s.styles[s.style]
			st.hidden = true
			s.styles[s.style] = st
		}
	case "table:table":
		return s.startTable(x)
	case "table:tracked-changes", "table:database-ranges", "table:dde-links":
		return x.Skip()
	}
	return nil
}

func (s *scanner) startTable(x *xmlscan.Scanner) error {
	if len(s.b.tables) == s.b.limits.Tables {
		return fault.New(fault.TooLarge, "grid.too-many-tables", s.b.limits.Tables)
	}
	v, _ := x.Attr("table:name")
	t := ingest.Table{Name: string(v)}
	v, _ = x.Attr("table:style-name")
	style := s.styles[string(v)]
	t.Hidden, t.Margins = style.hidden, s.masters[style.master]
	s.b.tables = append(s.b.tables, t)
	s.t = &s.b.tables[len(s.b.tables)-1]
	s.place, s.from, s.width, s.hidden = place{}, 0, 0, nil
	return nil
}

func (s *scanner) cell(x *xmlscan.Scanner) {
	column, times := s.place.cell(x)
	if _, ok := x.Attr("office:value-type"); ok {
		s.width, s.row.filled = max(s.width, column+times), true
	}
	columns := x.Number("table:number-columns-spanned", 1, 1<<20)
	rows := x.Number("table:number-rows-spanned", 1, 1<<20)
	if (columns > 1 || rows > 1) && columns > 0 && rows > 0 && len(s.t.Merged) < mostMerged {
		s.t.Merged = append(s.t.Merged, ingest.Range{
			FirstRow: s.place.row, LastRow: s.place.row + int64(rows) - 1, FirstColumn: column, LastColumn: column + columns - 1,
		})
	}
}

func (s *scanner) endRow() {
	if s.row.hidden && s.row.filled {
		s.t.HiddenRows += s.row.times
	}
	s.place.end()
}

func (s *scanner) endTable() {
	for _, h := range s.hidden {
		if h.FirstColumn < s.width {
			s.t.HiddenColumns += min(h.LastColumn, s.width-1) - h.FirstColumn + 1
		}
	}
	s.t.Margins = slices.Clone(s.t.Margins)
	s.t = nil
}

// A place counts rows and columns, which the file repeats instead of writing
// them again.
type place struct {
	row    int64 // from 1
	times  int64
	column int // of the next cell
}

func (p *place) start(x *xmlscan.Scanner) {
	p.row++
	p.times = int64(max(1, x.Number("table:number-rows-repeated", 1, mostRows)))
	p.column = 0
}

// cell gives the column of a cell and how many cells it stands for.
func (p *place) cell(x *xmlscan.Scanner) (column, times int) {
	column, times = p.column, max(1, x.Number("table:number-columns-repeated", 1, 1<<20))
	p.column = min(p.column+times, 1<<24)
	return column, times
}

func (p *place) end() { p.row = min(p.row+p.times-1, 1<<60) }
