package layout

import (
	"fmt"
	"io"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
)

// A paper is a sheet written as text: one line a row, cells between bars.
type paper struct {
	name   string
	rows   [][]string // nil = blank
	merged []ingest.Range
	chunk  int // rows of a chunk
	known  []string
}

// sheetOf reads lines; "@A1:C1" lines at the end are merged cells.
func sheetOf(name, text string) paper {
	p := paper{name: name, chunk: 7}
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(text, "\n"), "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "@"); ok {
			for m := range strings.FieldsSeq(rest) {
				p.merged = append(p.merged, rangeOf(m))
			}
			continue
		}
		if strings.TrimSpace(line) == "" {
			p.rows = append(p.rows, nil)
			continue
		}
		var row []string
		for c := range strings.SplitSeq(line, "|") {
			row = append(row, strings.ReplaceAll(strings.TrimSpace(c), `\n`, "\n"))
		}
		for len(row) > 0 && row[len(row)-1] == "" {
			row = row[:len(row)-1]
		}
		p.rows = append(p.rows, row)
	}
	return p
}

func rangeOf(s string) ingest.Range {
	var c1, c2 rune
	var r1, r2 int64
	if _, err := fmt.Sscanf(s, "%c%d:%c%d", &c1, &r1, &c2, &r2); err != nil {
		panic(err)
	}
	return ingest.Range{FirstRow: r1, LastRow: r2, FirstColumn: int(c1 - 'A'), LastColumn: int(c2 - 'A')}
}

func (p paper) table() ingest.Table { return ingest.Table{Name: p.name, Merged: p.merged} }

func (p paper) grid() ingest.Grid { return &testGrid{paper: p} }

func (p paper) sample(n int) Sample {
	s, err := Take(p.grid(), n)
	if err != nil {
		panic(err)
	}
	return s
}

func (p paper) knows() func(string) bool {
	if p.known == nil {
		return nil
	}
	m := map[string]bool{}
	for _, k := range p.known {
		m[k] = true
	}
	return func(h string) bool { return m[h] }
}

type testGrid struct {
	paper
	at int
}

func (g *testGrid) Offset() int64 { return int64(g.at) }

func (g *testGrid) Next() (ingest.Chunk, error) {
	if g.at >= len(g.rows) {
		return nil, io.EOF
	}
	from := g.at
	g.at = min(len(g.rows), g.at+max(1, g.chunk))
	return testChunk{g.rows[from:g.at], int64(from)}, nil
}

type testChunk struct {
	rows   [][]string
	before int64
}

func (c testChunk) Parse(b *ingest.Block) {
	b.Reset(nil)
	for i, r := range c.rows {
		for _, cell := range r {
			b.Put([]byte(cell))
		}
		b.End(c.before+int64(i)+1, ingest.Sound)
	}
}

// A read row, as text.
type got struct {
	line  int64
	cells []string
	bad   ingest.Defect
}

func readAll(s *Source) ([]got, error) {
	var out []got
	var b ingest.Block
	for {
		c, err := s.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		c.Parse(&b)
		for i := range b.Records() {
			g := got{line: b.Lines[i], bad: b.Broken[i]}
			for k := range b.Cells(i) {
				g.cells = append(g.cells, string(b.Cell(i, k)))
			}
			out = append(out, g)
		}
	}
}
