package paper

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words that the decree prescribes.
const (
	country = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto   = "Độc lập - Tự do - Hạnh phúc"
	dear    = "Kính gửi:"
	sendTo  = "Nơi nhận:"
	filed   = "Lưu"
	annexed = "Phụ lục"
	letter  = "Công văn" // what annexes call a paper without a kind
)

// blank is the room for what a pen or the clerk fills in.
const blank = "      "

// numbered is number and symbol: "Số: 05/BC-SKHCN".
func (p *Paper) numbered() string {
	if p.Number <= 0 {
		return blank + "/" + p.Symbol
	}
	return fmt.Sprintf("%02d/%s", p.Number, p.Symbol)
}

// day is the date as documents write it: days below ten and the first two
// months have a zero in front (decree 30/2020, annex I, II.4). No line breaks
// between a word and its figure.
func (p *Paper) day() string {
	if p.Date != 0 {
		y, m, d := p.Date.YMD()
		month := fmt.Sprint(m)
		if m < 3 {
			month = "0" + month
		}
		return fmt.Sprintf("ngày\u00a0%02d tháng\u00a0%s năm\u00a0%d", d, month, y)
	}
	year := "20    "
	if p.Year > 0 {
		year = fmt.Sprint(p.Year)
	}
	return "ngày" + blank + "tháng" + blank + "năm " + year
}

// where is the place of issue, dots for a pen when there is none.
func (p *Paper) where() string {
	if p.Place == "" {
		return "……………"
	}
	return p.Place
}

// belongs says of which paper an annex is a part.
func (p *Paper) belongs() string {
	kind := p.Kind
	if kind == "" {
		kind = letter
	}
	return "(Kèm theo " + kind + " số " + p.numbered() + " " + p.day() + " của " + strings.ReplaceAll(p.Issuer, "\n", " ") + ")"
}

// made is the moment that goes into the file's properties.
func (p *Paper) made() time.Time {
	if p.Made.IsZero() {
		return time.Date(2020, 1, 1, 0, 0, 1, 0, time.UTC)
	}
	return p.Made.UTC().Truncate(time.Second)
}

// title is what the file is called in its properties.
func (p *Paper) title() string {
	kind := p.Kind
	if kind == "" {
		kind = letter
	}
	return strings.TrimSpace(clean(kind+" "+p.Abstract, false))
}

// capitals writes a text in capital letters, as heads and titles have it.
func capitals(s string) string { return strings.ToUpper(norm.NFC.String(s)) }

// clean makes text of anything: composed letters (NFC), no control characters,
// newlines only where they are wanted.
func clean(s string, lines bool) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case unicode.IsSpace(r) && r != '\u00a0':
			return ' '
		case unicode.IsControl(r), r == '\ufeff', r == '\u200b', r == '\ufffe', r == '\uffff':
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(s)
}

// A counter numbers the divisions of one body.
type counter [Point + 1]int

// next counts a division and gives its number as it is written.
func (c *counter) next(l Level) string {
	c[l]++
	for below := l + 1; below <= Point; below++ {
		if below != Chapter && below != Article {
			c[below] = 0
		}
	}
	switch n := c[l]; l {
	case Part:
		return "Phần " + roman(n)
	case Chapter:
		return "Chương " + roman(n)
	case Article:
		return fmt.Sprintf("Điều %d.", n)
	case Heading:
		return roman(n) + "."
	case Clause:
		return fmt.Sprintf("%d.", n)
	default:
		return pointMark(n) + ")"
	}
}

// points are the letters of points in their Vietnamese order, which has đ and no
// f, j, w, z. Legal documents do not count ă, â, ê, ô, ơ, ư.
var points = []rune("abcdđeghiklmnopqrstuvxy")

// pointMark is a, b, … y, then aa, ab, ….
func pointMark(n int) string {
	n--
	if n < len(points) {
		return string(points[n])
	}
	return pointMark(n/len(points)) + string(points[n%len(points)])
}

func roman(n int) string {
	var b strings.Builder
	for _, step := range []struct {
		worth int
		mark  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= step.worth; n -= step.worth {
			b.WriteString(step.mark)
		}
	}
	return b.String()
}
