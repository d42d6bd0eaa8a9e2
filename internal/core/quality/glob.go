package quality

import (
	"regexp/syntax"
	"strings"
)

// longestGlob bounds the characters of a value whose pattern is written as a
// glob.
const longestGlob = 64

// asGlob writes a pattern as a glob of DuckDB's, which is several times as fast,
// where it is nothing but ASCII letters, digits and ranges of them in a row, each
// as often as it says: "HS[0-9]{9}", as the patterns of most codes are.
func asGlob(pattern string) (glob string, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl) // of the same syntax as RE2
	if err != nil {
		return "", false
	}
	if re.Op == syntax.OpConcat { // the whole value must match anyway
		if re.Sub[0].Op == syntax.OpBeginText {
			re.Sub = re.Sub[1:]
		}
		if n := len(re.Sub); n > 0 && re.Sub[n-1].Op == syntax.OpEndText {
			re.Sub = re.Sub[:n-1]
		}
	}
	parts, ok := globParts(nil, re)
	if !ok || len(parts) == 0 || len(parts) > longestGlob {
		return "", false
	}
	return strings.Join(parts, ""), true
}

// globParts appends what each character of a value must match.
func globParts(parts []string, re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return parts, true
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 || !literalInGlob(r) {
				return nil, false
			}
			parts = append(parts, string(r))
		}
		return parts, true
	case syntax.OpCharClass:
		class, ok := globClass(re.Rune)
		return append(parts, class), ok
	case syntax.OpCapture:
		return globParts(parts, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			var ok bool
			if parts, ok = globParts(parts, sub); !ok {
				return nil, false
			}
		}
		return parts, true
	case syntax.OpRepeat:
		if re.Min != re.Max || re.Min > longestGlob {
			return nil, false
		}
		for range re.Min {
			var ok bool
			if parts, ok = globParts(parts, re.Sub[0]); !ok || len(parts) > longestGlob {
				return nil, false
			}
		}
		return parts, true
	}
	return nil, false
}

// globClass writes a class of ASCII letters and digits, given as pairs of bounds.
func globClass(bounds []rune) (string, bool) {
	if len(bounds) == 0 {
		return "", false
	}
	b := []byte{'['}
	for i := 0; i < len(bounds); i += 2 {
		from, to := bounds[i], bounds[i+1]
		if !alphanumeric(from) || !alphanumeric(to) {
			return "", false
		}
		b = append(b, byte(from))
		if to > from {
			b = append(b, '-', byte(to))
		}
	}
	return string(append(b, ']')), true
}

// literalInGlob tells whether a character of a pattern stands for itself in a
// glob.
func literalInGlob(r rune) bool {
	return r >= ' ' && r < 0x7F && !strings.ContainsRune(`*?[]\`, r)
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
