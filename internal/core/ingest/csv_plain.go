package ingest

import (
	"bytes"

	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/charset"
)

// Plain reads the file as a Source, the fastest way there is; false when it is
// not one whose first line is the heading and whose other lines are all data,
// as far as its head, its tail and some places between them show. Then the
// Grid has to be looked at.
func (b *CSVBook) Plain() (*CSV, bool, error) {
	if !b.plain() {
		return nil, false, nil
	}
	c, err := OpenCSV(b.file.All(), b.file.Limits)
	return c, err == nil, err
}

func (b *CSVBook) plain() bool {
	if b.Charset != charset.UTF8 || b.Quote != '"' || b.MixedEnds || b.Told || len(b.strayInSample()) > 0 {
		return false
	}
	head := bytes.TrimPrefix(b.sample.head, utf8BOM)
	if len(head) == 0 || b.Separator != separator(head, b.End) {
		return false
	}
	if !b.sample.whole {
		head = head[:bytes.LastIndexByte(head, b.End)+1]
	}
	var rows Block
	rows.parse(head, 1, b.form(), unjudged)
	if rows.Records() == 0 || rows.Lines[0] != 1 {
		return false
	}
	heading, ok := headings(&rows)
	if !ok || !dataRows(&rows, 1, heading) {
		return false
	}
	for _, place := range append(b.sample.middle, b.sample.tail) {
		if len(place) == 0 || bytes.IndexByte(place, b.Quote) >= 0 { // may begin within a quoted cell
			continue
		}
		rows.parse(place, 1, b.form(), unjudged)
		if !dataRows(&rows, 0, heading) {
			return false
		}
	}
	return true
}

// strayInSample is what of the sample is not UTF-8.
func (b *CSVBook) strayInSample() []byte {
	for _, part := range b.sample.parts() {
		if bad := bytes.ToValidUTF8(part, nil); len(bad) != len(part) {
			return part
		}
	}
	return nil
}

// headings are the cells of the first row when they can be nothing but
// headings: each a text of its own, none a number, none of running numbers.
func headings(b *Block) ([]string, bool) {
	var out []string
	seen := map[string]bool{}
	n := b.Cells(0)
	for n > 0 && len(bytes.TrimSpace(b.Cell(0, n-1))) == 0 { // "a,b,c,," as spreadsheets write it
		n--
	}
	for i := range n {
		h := viet.Fold(string(bytes.TrimSpace(b.Cell(0, i))))
		if h == "" || seen[h] || !hasLetter(h) || h == "stt" || h == "tt" || h == "so tt" || h == "so thu tu" {
			return nil, false
		}
		seen[h] = true
		out = append(out, h)
	}
	return out, n > 0
}

func hasLetter(s string) bool {
	for _, c := range s {
		if c >= 'a' && c <= 'z' || c >= 0x80 {
			return true
		}
	}
	return false
}

// dataRows tells whether the rows from the given one on look like data: as many
// cells as headings (few may differ, which the person has to be told), no
// heading again, no row that numbers the columns, no total, no signature.
func dataRows(b *Block, from int, heading []string) bool {
	odd := 0
	for i := from; i < b.Records(); i++ {
		n := b.Cells(i)
		filled := 0
		for c := range n {
			if len(bytes.TrimSpace(b.Cell(i, c))) > 0 {
				filled++
			}
		}
		first := viet.Fold(string(bytes.TrimSpace(b.Cell(i, 0))))
		switch {
		case len(heading) > 1 && first == heading[0] && (n < 2 || viet.Fold(string(bytes.TrimSpace(b.Cell(i, 1)))) == heading[1]):
			return false
		case len(heading) > 2 && filled == 1 && i > 0:
			return false // a title, a group, a signature
		case totals[first] || i <= 1 && numbersColumns(b, i):
			return false
		case n < len(heading) || n > len(heading) && !b.emptyFrom(i, len(heading)):
			odd++
		}
	}
	return odd*10 <= b.Records()
}

var totals = map[string]bool{"tong": true, "tong cong": true, "tong so": true, "cong": true, "toan tinh": true, "cong don": true}

// numbersColumns recognises the row "1, 2, 3" or "(1), (2), (3)" or "A, B, 1".
func numbersColumns(b *Block, i int) bool {
	n := b.Cells(i)
	if n < 3 {
		return false
	}
	for c := range n {
		cell := bytes.Trim(b.Cell(i, c), " ()[]")
		if len(cell) == 0 || len(cell) > 2 {
			return false
		}
	}
	a, z := bytes.Trim(b.Cell(i, n-2), " ()[]"), bytes.Trim(b.Cell(i, n-1), " ()[]")
	return number(z) > 0 && number(z) == number(a)+1
}

func number(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
