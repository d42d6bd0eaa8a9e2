package draft

import (
	"fmt"
	"regexp"
	"strings"
)

// shapes are the forms of a column's values: runs of digits, of capitals, of
// small letters, and the other characters as they are. A column of codes has
// one form, or a few.
type shapes struct {
	forms []form
	many  bool // more forms than are worth remembering, or a value that no code looks like
}

type form struct {
	runs []run
	n    int64
}

// A run is one stretch of like characters.
type run struct {
	class    byte   // '0' digits, 'A' capitals, 'a' small letters, otherwise the character
	min, max int    // its length
	text     string // what stands there when it is always the same, "" when not
}

const (
	manyForms   = 6
	longestCode = 40
	mostRuns    = 12
)

func classOf(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return '0'
	case c >= 'A' && c <= 'Z':
		return 'A'
	case c >= 'a' && c <= 'z':
		return 'a'
	}
	return c
}

func (s *shapes) add(cell []byte) {
	if s.many {
		return
	}
	if len(cell) > longestCode {
		s.many = true
		return
	}
	var classes [mostRuns]byte
	var ends [mostRuns]int
	n := 0
	for i, c := range cell {
		k := classOf(c)
		if c >= 0x80 || c <= ' ' || n == mostRuns {
			s.many = true
			return
		}
		if n == 0 || classes[n-1] != k {
			classes[n] = k
			n++
		}
		ends[n-1] = i + 1
	}
	for i := range s.forms {
		if s.forms[i].fits(classes[:n]) {
			s.forms[i].widen(cell, ends[:n])
			return
		}
	}
	if len(s.forms) == manyForms {
		s.many = true
		return
	}
	f := form{n: 1}
	at := 0
	for i := range n {
		f.runs = append(f.runs, run{classes[i], ends[i] - at, ends[i] - at, string(cell[at:ends[i]])})
		at = ends[i]
	}
	s.forms = append(s.forms, f)
}

func (f *form) fits(classes []byte) bool {
	if len(classes) != len(f.runs) {
		return false
	}
	for i, r := range f.runs {
		if r.class != classes[i] {
			return false
		}
	}
	return true
}

func (f *form) widen(cell []byte, ends []int) {
	f.n++
	at := 0
	for i := range f.runs {
		r := &f.runs[i]
		r.min, r.max = min(r.min, ends[i]-at), max(r.max, ends[i]-at)
		if r.text != string(cell[at:ends[i]]) {
			r.text = ""
		}
		at = ends[i]
	}
}

// pattern writes the only form of the values as a pattern, "" when they have
// none in common or it would say nothing.
func (s *shapes) pattern() string {
	if s.many || len(s.forms) != 1 {
		return ""
	}
	f := s.forms[0]
	if f.n < 5 || !f.telling() {
		return ""
	}
	var b strings.Builder
	b.WriteByte('^')
	for _, r := range f.runs {
		switch class := map[byte]string{'0': "[0-9]", 'A': "[A-Z]", 'a': "[a-z]"}[r.class]; {
		case r.text != "" && (r.class != '0' || r.max == 1 && len(f.runs) > 1):
			b.WriteString(regexp.QuoteMeta(r.text))
		case class == "":
			b.WriteString(regexp.QuoteMeta(string(r.class)))
			if r.max > 1 {
				fmt.Fprintf(&b, "{%d,%d}", r.min, r.max)
			}
		case r.min == r.max:
			fmt.Fprintf(&b, "%s{%d}", class, r.min)
		default:
			fmt.Fprintf(&b, "%s{%d,%d}", class, r.min, r.max)
		}
	}
	b.WriteByte('$')
	return b.String()
}

// telling tells that digits are part of the form and that their number hardly
// varies.
func (f *form) telling() bool {
	if len(f.runs) == 1 && f.runs[0].min != f.runs[0].max {
		return false // numbers that grow
	}
	digits := false
	for _, r := range f.runs {
		if r.class == '0' {
			digits = true
		}
		if r.class != '0' && r.class != 'A' && r.class != 'a' && r.min != r.max || r.max > 3*r.min {
			return false
		}
		if r.class == 'a' && r.text == "" {
			return false
		}
	}
	return digits
}
