// Package paper writes official papers (văn bản hành chính) as DOCX, which an
// officer goes on editing, and as PDF, which is read, printed and kept.
//
// A room fills a Paper from live data and gets both. The layout is that of
// Decree 30/2020/NĐ-CP, annex I: A4 with margins of 20 mm above and below, 30 mm
// on the left and 15 mm on the right; country and motto, issuing body, number
// and symbol, place and date, kind and abstract, recipients, body, signature,
// places to send to, annexes. Sizes are those the decree allows: 14 pt for the
// body, 12 or 13 pt in the head, 11 pt where copies go. Number and day are given
// by the clerk of the issuing body (văn thư), so they stay blank unless set.
//
// What the decree leaves open is custom: tables in 12 pt with heads that repeat
// on each page, and "./." where the body ends.
//
// Papers are in Vietnamese and say nothing in another language. Which words may
// stand in a paper, and that no personal data does, is for the caller. The same
// Paper always gives the same bytes.
package paper

import (
	"fmt"
	"io"
	"time"

	"github.com/phohien/phohien/viet"
)

// A Paper is one document. Text is plain: a newline breaks the line in the head,
// in titles, cells and the signature, and is a space in running text.
// Letters that the PDF's font lacks (emoji, Han) are drawn there as an empty
// box; the DOCX keeps them.
type Paper struct {
	Parent   string    // the body above the issuing one, "" when there is none: "Ủy ban nhân dân tỉnh Hưng Yên"
	Issuer   string    // the issuing body, as it is written within a sentence: "Sở Khoa học và Công nghệ"
	Number   int       // 0 leaves it blank
	Symbol   string    // what follows the stroke of the number: "BC-SKHCN"
	Place    string    // "Hưng Yên"; "" leaves it to be filled in
	Date     viet.Date // 0 leaves day and month blank
	Year     int       // of a blank date; 0 leaves its last two figures blank
	Kind     string    // "Báo cáo", "Tờ trình", "Quyết định"; "" is an official letter (công văn)
	Abstract string    // trích yếu; of a letter what follows "V/v"
	To       []string  // Kính gửi, nil for papers that address nobody
	Body     []Block
	Sign     Sign
	CopyTo   []string // Nơi nhận without dashes; a last line "Lưu: VT" is added when none begins with "Lưu"
	Annexes  []Annex
	Made     time.Time // goes into the file's properties; zero is the first second of 2020
}

// A Sign is the block of who signs. It never stands alone on a page: the last
// two lines of the body go with it.
type Sign struct {
	Authority []string // lines such as "TM. Ủy ban nhân dân", "KT. Chủ tịch"; nil when the position alone signs
	Position  string   // "Giám đốc"
	Name      string   // "" leaves it blank
}

// An Annex (phụ lục) begins on a new page and has page numbers of its own. It is
// numbered when there are several, and says which paper it belongs to.
type Annex struct {
	Title     string
	Landscape bool
	Body      []Block
}

// A Block is a part of the body: Paragraph, Division, List, Table, Figure or
// PageBreak.
type Block interface{ block() }

// A Run is a piece of text in one style.
type Run struct {
	Text         string
	Bold, Italic bool
}

// An Align says where text stands between the edges of its column.
type Align uint8

// Justify is the zero value in paragraphs; in tables it means Left, since
// narrow columns must not be spread.
const (
	Justify Align = iota
	Left
	Centre
	Right
)

// A Paragraph is justified and its first line indented, unless it has another
// alignment.
type Paragraph struct {
	Runs  []Run
	Align Align
}

// Text is a paragraph in one style.
func Text(s string) Paragraph { return Paragraph{Runs: []Run{{Text: s}}} }

// Basis is a line of the legal bases (căn cứ) that a paper opens with: italic.
func Basis(s string) Paragraph { return Paragraph{Runs: []Run{{Text: s, Italic: true}}} }

// A Level is a rank among the divisions of a body.
type Level uint8

// Divisions number themselves. Chapters and articles count through the whole
// body; the others begin anew in each division above them.
const (
	Part    Level = iota + 1 // Phần I, its title below it
	Chapter                  // Chương I, its title below it
	Article                  // Điều 1.
	Heading                  // I., its title in capitals
	Clause                   // 1.
	Point                    // a), b), c), d), đ), e), g) …
)

// A Division opens a part of the body. With a title it is a heading and stays
// with what follows; a clause, point or article may have text instead of a
// title, or after it.
type Division struct {
	Level Level
	Title string
	Text  []Run
}

// A List has one line for each item, each with a dash.
type List struct{ Items [][]Run }

// A Table repeats its head on each page that it reaches, and keeps each row on
// one page as long as a page can hold it.
type Table struct {
	Caption string // above the table, "" for none
	Unit    string // "Đơn vị tính: bản ghi", on the right above the table, "" for none
	Columns []Column
	Rows    []Row
}

// A Column of a table.
type Column struct {
	Head  string
	Width float64 // mm; 0 takes of what the others leave as much as its texts ask for
	Align Align   // of its cells; heads are centred
}

// A Row has one cell for each column.
type Row struct {
	Cells []string
	Bold  bool // for totals
}

// A Figure is a picture in PNG, centred.
type Figure struct {
	PNG     []byte
	Width   float64 // mm; 0, or more than there is room for, is the whole width
	Caption string  // below the picture, "" for none
	Alt     string  // what it shows, for who cannot see it (DOCX)
}

// PageBreak begins a new page.
type PageBreak struct{}

func (Paragraph) block() {}
func (Division) block()  {}
func (List) block()      {}
func (Table) block()     {}
func (Figure) block()    {}
func (PageBreak) block() {}

// DOCX writes the paper as a Word document (ISO/IEC 29500, transitional), which
// Word and LibreOffice open and edit. Its font is Times New Roman, which is not
// embedded. An error means that the paper is not one (a row with too few cells,
// a table without columns, a
// picture that is none, no issuing body) or that w refused.
func DOCX(w io.Writer, p *Paper) error {
	parts, err := plan(p)
	if err != nil {
		return fmt.Errorf("paper as DOCX: %w", err)
	}
	if err := writeDOCX(w, p, parts); err != nil {
		return fmt.Errorf("paper as DOCX: %w", err)
	}
	return nil
}

// PDF writes the paper as PDF/A-2b (ISO 19005-2) with the font it uses, in
// Liberation Serif, whose letters are as wide as those of Times New Roman. Its
// text can be searched and copied, its headings are bookmarks; it is not tagged.
// Errors are those of DOCX.
func PDF(w io.Writer, p *Paper) error {
	parts, err := plan(p)
	if err != nil {
		return fmt.Errorf("paper as PDF: %w", err)
	}
	if err := writePDF(w, p, parts); err != nil {
		return fmt.Errorf("paper as PDF: %w", err)
	}
	return nil
}
