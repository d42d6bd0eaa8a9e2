// Package secrecy keeps files with a mark of state secrets out: Mật, Tối mật,
// Tuyệt mật (Luật Bảo vệ bí mật nhà nước 29/2018/QH14, Điều 8). Such a file is
// refused while it is being read, and nothing of it may be kept.
//
// A mark is a text of its own, not a word in a sentence:
//
//   - a cell or line "MẬT", "Tối mật", "(Tuyệt mật)" that stands alone in its
//     row, anywhere in a table that has several columns;
//   - such a cell beside others in the rows above the heading or below the data,
//     where the names of office and state stand;
//   - a cell that says what it is: "Độ mật: Tối mật", wherever it stands;
//   - a cell in a column headed "Độ mật", "Mức độ bảo mật" …, or to the right of
//     a cell that says so;
//   - a part of the head or foot of a page, a line of the paragraph above a
//     table, a sheet named "Tối mật" or "Tuyệt mật". A sheet named "Mật" is one
//     of a beekeepers' workbook as likely, and is no mark.
//
// In a table of a single column every row stands alone, so that a list of
// products would be refused for its line "Mật". There the word counts only in
// capitals ("MẬT"), with its first word ("Tối mật"), with its label, or on the
// first line, where titles stand. This may let a lone "Mật" pass at the foot of
// such a list; refusing it would refuse the list, and offices write the mark in
// capitals (Thông tư 24/2020/TT-BCA prescribes the stamps so).
//
// "Mật ong", "bảo mật", "mật độ", "mật khẩu", "Không mật" are no marks; nor are
// the letters A, B, C of the stamps alone, nor words without their accents,
// since "mat" is nine other words as well.
package secrecy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The marks, as the law writes them.
const (
	Secret    = "Mật"
	HighlySec = "Tối mật"
	TopSecret = "Tuyệt mật"
)

var marks = map[string]string{"mật": Secret, "tối mật": HighlySec, "tuyệt mật": TopSecret}

// labels go before a mark and say what it is; as the heading of a column they
// say so of its cells. The longer ones come first.
var labels = []string{
	"mức độ bảo mật", "cấp độ bảo mật", "dấu chỉ độ mật", "phân loại độ mật", "phân loại mật", "mức độ mật",
	"cấp độ mật", "dấu độ mật", "độ bảo mật", "mức bảo mật", "mức mật", "loại mật", "độ mật",
}

// stamps go before a mark too, but head no column.
var stamps = []string{"đóng dấu", "dấu"}

// urgencies stand beside marks and change nothing.
var urgencies = []string{"hỏa tốc hẹn giờ", "hoả tốc hẹn giờ", "thượng khẩn", "hỏa tốc", "hoả tốc", "khẩn"}

// A reading is what a text of its own turned out to be.
type reading struct {
	mark     string // "" when it is none
	strong   bool   // more than the bare word "Mật"
	labelled bool   // it says that it is a mark
	heading  bool   // it is the heading of a column of marks
}

// longestLine is the length in bytes above which a line is prose.
const longestLine = 240

// read reads a cell or line.
func read(text []byte) reading {
	var out reading
	for len(text) > 0 {
		n := len(text)
		for i, c := range text {
			if c == '\n' || c == '\r' {
				n = i
				break
			}
		}
		if r := readLine(text[:n]); r.mark != "" || r.heading && out.mark == "" {
			if r.mark != "" && out.mark != "" {
				r.strong, r.labelled = r.strong || out.strong, r.labelled || out.labelled
			}
			out = r
		}
		text = text[min(n+1, len(text)):]
	}
	return out
}

func readLine(line []byte) reading {
	if len(line) > longestLine || !utf8.Valid(line) {
		return reading{}
	}
	s := plain(string(line))
	lower := strings.ToLower(s)
	if mark := bare(lower); mark != "" {
		return reading{mark: mark, strong: mark != Secret || s == strings.ToUpper(s)}
	}
	for _, label := range labels {
		rest, is := strings.CutPrefix(lower, label)
		if !is || rest != "" && !boundary(rest) {
			continue
		}
		if mark := bare(plain(rest)); mark != "" {
			return reading{mark: mark, strong: true, labelled: true}
		}
		return reading{heading: !strings.HasPrefix(plain(rest), "ong")}
	}
	for _, label := range stamps {
		if rest, is := strings.CutPrefix(lower, label); is && boundary(rest) {
			if mark := bare(plain(rest)); mark != "" {
				return reading{mark: mark, strong: true, labelled: true}
			}
		}
	}
	return reading{}
}

func boundary(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// bare gives the mark that a text is, with or without an urgency beside it or
// the letter of its stamp behind it.
func bare(s string) string {
	if mark, ok := marks[s]; ok {
		return mark
	}
	for _, letter := range []string{"(a", "(b", "(c", "- a", "- b", "- c"} {
		if rest, is := strings.CutSuffix(s, letter); is {
			return marks[plain(rest)]
		}
	}
	for _, u := range urgencies {
		if rest, is := strings.CutPrefix(s, u); is {
			return marks[plain(rest)]
		}
		if rest, is := strings.CutSuffix(s, u); is {
			return marks[plain(rest)]
		}
	}
	return ""
}

// plain gives one spelling to a text: composed, without invisible letters, runs
// of blanks as one, no brackets and points at its ends.
func plain(s string) string {
	s = norm.NFKC.String(s)
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsPunct(r) || unicode.IsSpace(r) || unicode.IsSymbol(r)
	})
}

// partOf finds a mark among the parts of the head or foot of a page, which run
// together: "UBND xã – MẬT – Trang 1". Such a part counts only when it is more
// than the bare word: "mật – sáp ong – phấn hoa" is a line about honey.
func partOf(text string) string {
	if r := read([]byte(text)); r.mark != "" {
		return r.mark
	}
	parts := strings.FieldsFunc(norm.NFKC.String(text), func(r rune) bool {
		return strings.ContainsRune("\n\r\t|–—;•", r)
	})
	for _, part := range parts {
		for _, p := range append(strings.Split(part, " - "), part) {
			if r := readLine([]byte(p)); r.strong {
				return r.mark
			}
		}
	}
	return ""
}
