package cells

import "strings"

// Margins reads the text of a page's head or foot as Excel keeps it, with
// codes such as &L, &"Arial,Bold", &12 and &P, into the texts that stand there.
func Margins(code string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
		b.Reset()
	}
	for i := 0; i < len(code); i++ {
		if code[i] != '&' || i+1 == len(code) {
			b.WriteByte(code[i])
			continue
		}
		i++
		switch c := code[i]; {
		case c == '&':
			b.WriteByte('&')
		case c == 'L' || c == 'C' || c == 'R':
			flush()
		case c == '"':
			i = skipTo(code, i, '"')
		case c == 'K': // colour: six hexadecimal digits, or a theme's 01+000
			i = min(i+6, len(code))
		case c >= '0' && c <= '9':
			for i+1 < len(code) && code[i+1] >= '0' && code[i+1] <= '9' {
				i++
			}
		}
	}
	flush()
	return out
}
