package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cedar-policy/cedar-go"

	"github.com/phohien/phohien/viet"
)

// Limits of what anybody may hand in. They keep the parser, which descends into
// every bracket, and the checker, which looks at every kind of asker, small.
const (
	maxText  = 16 << 10 // one policy
	maxFile  = 1 << 20  // a file of policies, or the settings
	maxDepth = 24       // brackets within brackets
	maxWords = 1500     // words and signs of one policy
)

// A Finding is one thing wrong, or worth knowing, in a text: where, what, how to
// mend it.
type Finding struct {
	Policy   string `json:"policy,omitempty"` // its id, as far as it is known
	Line     int    `json:"line,omitempty"`   // from 1, 0 = the whole
	Column   int    `json:"column,omitempty"` // from 1, in characters
	Severity string `json:"severity"`         // "error" or "warning"
	Vi       string `json:"vi"`
	En       string `json:"en"`
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.Policy, f.Line, f.Column, f.En)
}

// Findings collects what is found in one text.
type findings struct {
	list   []Finding
	policy string
	line   int // added to the lines of a part of a file
}

func (f *findings) add(severity string, line, column int, vi, en string, args ...any) {
	if line > 0 {
		line += f.line
	}
	f.list = append(f.list, Finding{Policy: f.policy, Line: line, Column: column, Severity: severity,
		Vi: fmt.Sprintf(vi, args...), En: fmt.Sprintf(en, args...)})
}

func (f *findings) wrong(line, column int, vi, en string, args ...any) {
	f.add("error", line, column, vi, en, args...)
}

func (f *findings) warn(line, column int, vi, en string, args ...any) {
	f.add("warning", line, column, vi, en, args...)
}

// Broken reports whether a text with these findings must not be used.
func Broken(list []Finding) bool {
	for _, f := range list {
		if f.Severity == "error" {
			return true
		}
	}
	return false
}

// A piece is one policy of a file, with the comments above it.
type piece struct {
	text  string
	line  int // lines before it
	words int
	depth int
	open  bool // ends inside a string, or without ";"
}

// split cuts a file of policies into its policies. In Cedar a ";" outside of
// strings and comments ends a policy and stands nowhere else.
func split(text string) []piece {
	var list []piece
	start, line, startLine := 0, 0, 0
	cur, depth, blank, word := piece{}, 0, true, false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '/' && strings.HasPrefix(text[i:], "//"):
			word = false
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				end = len(text) - i
			}
			i += end
			continue
		case r == '"':
			word, blank = false, false
			cur.words++
			n, cur.open = quoted(text[i:])
			line += strings.Count(text[i:i+n], "\n")
		case r == ';':
			cur.text, cur.line = text[start:i+1], startLine
			list = append(list, cur)
			start, startLine, cur, depth, blank, word = i+1, line, piece{}, 0, true, false
		case r == '\n':
			line, word = line+1, false
		case unicode.IsSpace(r):
			word = false
		default:
			blank = false
			if letter := r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r); !letter || !word {
				cur.words, word = cur.words+1, letter
			}
			switch r {
			case '(', '[', '{':
				depth++
				cur.depth = max(cur.depth, depth)
			case ')', ']', '}':
				depth--
			}
		}
		i += n
	}
	if !blank {
		cur.text, cur.line, cur.open = text[start:], startLine, true
		list = append(list, cur)
	}
	for i := range list {
		list[i].trim()
	}
	return list
}

// quoted measures a string; open says that it does not end.
func quoted(text string) (n int, open bool) {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1, false
		}
	}
	return len(text), true
}

// trim takes the empty lines off both ends.
func (p *piece) trim() {
	cut := strings.TrimLeft(p.text, " \t\r\n")
	p.line += strings.Count(p.text[:len(p.text)-len(cut)], "\n")
	p.text = strings.TrimRight(cut, " \t\r\n")
}

// readable refuses texts that are not what they look like: broken or two-fold
// Unicode, characters that cannot be seen or turn the direction of reading, and
// letters of scripts whose letters look like ours.
func (f *findings) readable(text string) {
	if !utf8.ValidString(text) {
		f.wrong(1, 1, "Văn bản không phải UTF-8. Lưu lại tệp bằng UTF-8.", "The text is not UTF-8. Save the file as UTF-8.")
		return
	}
	if _, changed := viet.NFC(text); changed {
		f.wrong(1, 1, "Văn bản có chữ ghép dấu rời (Unicode tổ hợp). Chuyển sang Unicode dựng sẵn (NFC).", "The text has letters with loose marks. Write it in Unicode NFC.")
		return
	}
	line, column := 1, 0
	for _, r := range text {
		column++
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == '\t' || r == '\r':
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			f.wrong(line, column, "Có ký tự không nhìn thấy được (U+%04X). Xoá ký tự này.", "There is a character that cannot be seen (U+%04X). Delete it.", r)
			return
		case unicode.IsLetter(r) && !unicode.In(r, unicode.Latin):
			f.wrong(line, column, "Chữ “%c” (U+%04X) không thuộc bảng chữ cái La-tinh, dễ nhầm với chữ khác. Gõ lại.", "The letter “%c” (U+%04X) is not Latin and may pass for another. Type it again.", r, r)
			return
		}
	}
}

var gotWant = regexp.MustCompile(`^(?:exact )?got (.*) want (.*)$`)

// parserWords puts what the parser says into both languages.
func parserWords(said string) (vi, en string) {
	if m := gotWant.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("gặp “%s” mà cần “%s”", m[1], m[2]), fmt.Sprintf("“%s” stands where “%s” is needed", m[1], m[2])
	}
	for begins, words := range map[string]noun{
		"invalid primary": {"thiếu giá trị, hoặc giá trị không viết đúng", "a value is missing or not written right"},
		"expected ident":  {"cần một tên", "a name is needed"}, "expected string": {"cần một chuỗi trong dấu nháy kép", "a string in quotes is needed"},
		"unexpected effect": {"chính sách bắt đầu bằng permit hoặc forbid", "a policy begins with permit or forbid"},
		"duplicate":         {"ghi hai lần: " + said, said}, "unexpected token": {"dấu này không đứng ở đây", "this does not stand here"},
	} {
		if strings.HasPrefix(said, begins) {
			return words.vi, words.en
		}
	}
	return said, said
}

var parseError = regexp.MustCompile(`^parse error at <input>:(\d+):(\d+) ("(?:[^"\\]|\\.)*"): (.*)$`)

// parse reads one policy.
func (f *findings) parse(p piece) *cedar.Policy {
	switch {
	case len(p.text) > maxText:
		f.wrong(1, 1, "Chính sách dài hơn %d KB. Chia thành nhiều chính sách.", "The policy is longer than %d KB. Divide it.", maxText>>10)
		return nil
	case p.words > maxWords:
		f.wrong(1, 1, "Chính sách có hơn %d từ và dấu. Chia thành nhiều chính sách.", "The policy has more than %d words and signs. Divide it.", maxWords)
		return nil
	case p.depth > maxDepth:
		f.wrong(1, 1, "Ngoặc lồng nhau quá %d lớp. Viết lại điều kiện cho gọn.", "Brackets stand within each other more than %d deep. Write the condition more simply.", maxDepth)
		return nil
	case p.open:
		f.wrong(1, 1, "Chính sách chưa kết thúc: thiếu dấu “;” hoặc dấu nháy đóng.", "The policy does not end: “;” or a closing quote is missing.")
		return nil
	}
	policy := &cedar.Policy{}
	if err := policy.UnmarshalCedar([]byte(p.text)); err != nil {
		f.syntax(err)
		return nil
	}
	return policy
}

// syntax takes the place out of the parser's error.
func (f *findings) syntax(err error) {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		m := parseError.FindStringSubmatch(inner.Error())
		if m == nil {
			continue
		}
		line, _ := strconv.Atoi(m[1])   // digits, by the pattern
		column, _ := strconv.Atoi(m[2]) // digits, by the pattern
		vi, en := parserWords(m[4])
		f.wrong(line, column, "%[1]s", "%[2]s", fmt.Sprintf("Sai cú pháp Cedar ở gần %s: %s.", m[3], vi), fmt.Sprintf("Not Cedar near %s: %s.", m[3], en))
		return
	}
	f.wrong(1, 1, "Sai cú pháp Cedar: %s.", "Not Cedar: %s.", err)
}
