package workbook

import "github.com/xuri/excelize/v2"

// A look is what a kind of cells looks like.
type look struct {
	format       string // number format, "@" = text
	bold, italic bool
	size         float64
	colour, fill string
	wrap, border bool
	middle       bool
}

// looks makes the styles of a workbook, each once.
type looks struct {
	f    *excelize.File
	made map[look]int
}

func newLooks(f *excelize.File) *looks { return &looks{f: f, made: map[look]int{}} }

func (l *looks) id(k look) (int, error) {
	if id, ok := l.made[k]; ok {
		return id, nil
	}
	s := &excelize.Style{
		Font:      &excelize.Font{Family: fontName, Size: max(k.size, 11), Bold: k.bold, Italic: k.italic, Color: k.colour},
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: k.wrap},
	}
	if k.middle {
		s.Alignment.Horizontal, s.Alignment.Vertical = "center", "center"
	}
	if k.fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{k.fill}}
	}
	if k.border {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: lineColour, Style: 1})
		}
	}
	if k.format != "" {
		s.CustomNumFmt = &k.format
	}
	id, err := l.f.NewStyle(s)
	l.made[k] = id
	return id, err
}

// The looks that all workbooks share.
var (
	lookTitle   = look{bold: true, size: 14}
	lookPlain   = look{size: 12}
	lookStrong  = look{size: 12, bold: true}
	lookWrapped = look{size: 12, wrap: true}
	lookLabel   = look{size: 12, bold: true, wrap: true}
	lookHead    = look{bold: true, fill: headFill, wrap: true, border: true, middle: true, format: "@"}
	lookMust    = look{bold: true, fill: headFill, wrap: true, border: true, middle: true, format: "@", colour: wrongText}
	lookText    = look{format: "@", border: true}
	lookTable   = look{size: 12, wrap: true, border: true}
	lookReason  = look{format: "@", border: true, wrap: true}
	lookToken   = look{format: "@"}
)

// wrong is the look of the same cell with a fault in it.
func (k look) wrong() look {
	k.fill, k.colour = wrongFill, wrongText
	return k
}
