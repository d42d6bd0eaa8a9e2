package layout

import (
	"errors"
	"io"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest"
)

// SampleRows is how many rows are looked at to recognise a layout.
const SampleRows = 500

// A Row is one row of a Sample, trailing empty cells cut.
type Row struct {
	Line  int64
	Cells []string
}

// A Sample is the beginning of a Grid.
type Sample struct {
	Rows []Row
	More bool // the grid goes on behind it
}

// sampleBytes bounds what a sample may hold, whatever stands in its cells.
const sampleBytes = 8 << 20

// Take reads the first n rows of a grid. The grid is used up by it: open
// another one to read the data.
func Take(g ingest.Grid, n int) (Sample, error) {
	var s Sample
	var b ingest.Block
	size := 0
	for {
		chunk, err := g.Next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		chunk.Parse(&b)
		for i := range b.Records() {
			if len(s.Rows) == n || size > sampleBytes {
				s.More = true
				return s, nil
			}
			r := rowOf(&b, i, nil)
			for _, c := range r.Cells {
				size += len(c) + 16
			}
			s.Rows = append(s.Rows, r)
		}
	}
}

// rowOf copies record i, its cells into the given room.
func rowOf(b *ingest.Block, i int, room []string) Row {
	n := b.Cells(i)
	for n > 0 && ingest.Blank(b.Cell(i, n-1)) {
		n--
	}
	if room == nil {
		room = make([]string, 0, n)
	}
	for c := range n {
		room = append(room, string(b.Cell(i, c)))
	}
	return Row{b.Lines[i], room}
}

func (r Row) at(c int) string {
	if c < 0 || c >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[c])
}

// filled lists the columns in which something stands.
func (r Row) filled() []int {
	var cs []int
	for c := range r.Cells {
		if r.at(c) != "" {
			cs = append(cs, c)
		}
	}
	return cs
}

// span is how many lines a row takes in a text file: one more for each line
// ending inside its cells.
func (r Row) span() int64 {
	n := int64(1)
	for _, c := range r.Cells {
		n += int64(strings.Count(c, "\n"))
	}
	return n
}
