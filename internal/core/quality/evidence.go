package quality

import (
	"errors"
	"io"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/charset"
)

// evidenceRows is how many rows of a file are looked at to decide how its
// columns are written.
const evidenceRows = 20_000

// A Doubt is a column whose cells prove two readings: a person must say which.
type Doubt struct {
	Column   int
	One, Two string // a cell that proves each
}

// Observe decides from the first rows of a source how the cells of each column
// are to be read: the style of numbers, the order of days, the font of text.
// The source is used up by it. Doubts are columns of days that are written
// both ways; without an answer they are read day first.
func Observe(o *contract.Object, m *Mapping, src ingest.Source) ([]Hint, []Doubt, error) {
	numbers, days, fonts := make([]viet.NumberEvidence, len(o.Columns)), make([]viet.DateEvidence, len(o.Columns)), make([]charset.Evidence, len(o.Columns))
	var block ingest.Block
	for rows := 0; rows < evidenceRows; {
		chunk, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		chunk.Parse(&block)
		for i := range block.Records() {
			if block.Broken[i] != ingest.Sound {
				continue
			}
			for c, at := range m.Cell {
				if at < 0 || at >= block.Cells(i) {
					continue
				}
				cell := block.Cell(i, at)
				if len(cell) == 0 {
					continue
				}
				switch o.Columns[c].Type {
				case contract.Integer, contract.Decimal, contract.Float:
					numbers[c].Observe(viet.Trim(cell))
				case contract.Date, contract.PartialDate, contract.Timestamp:
					days[c].Observe(viet.Trim(cell))
				case contract.Text:
					fonts[c].Observe(cell)
				}
			}
		}
		rows += block.Records()
	}
	hints := make([]Hint, len(o.Columns))
	var doubts []Doubt
	for c := range o.Columns {
		h := &hints[c]
		switch o.Columns[c].Type {
		case contract.Integer, contract.Decimal, contract.Float:
			if style, sure := numbers[c].Decide(); sure {
				h.Style = style
			}
		case contract.Date, contract.PartialDate, contract.Timestamp:
			order, sure := days[c].Decide()
			if day, month, _ := days[c].Proofs(); !sure && day != "" && month != "" {
				doubts = append(doubts, Doubt{Column: c, One: day, Two: month})
			} else if sure || order&^viet.ShortYears == viet.Serial {
				h.Order = order &^ viet.ShortYears // a year of two digits is a person's to say
			}
		case contract.Text:
			if font, sure := fonts[c].Decide(); sure && font != "" && font != charset.UTF8 {
				h.Font = font
			}
		}
	}
	return hints, doubts, nil
}
