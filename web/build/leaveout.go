package main

import (
	"bufio"
	"os"
	"regexp"
	"strings"
)

// families reads the list of class families that stay out of the bundle.
func families(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list, lines.Err()
}

// leaveOut returns the style sheet without the selectors that name a class of
// one of the families, without the rules that then have no selector left, and
// without the groups (@media, @supports) that then hold no rule.
func leaveOut(css string, families []string) string {
	if len(families) == 0 {
		return css
	}
	// A class is of the family when its name is the family's or goes on after a
	// hyphen. A class within :not() or :is() does not make the
	// whole rule the family's.
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = regexp.QuoteMeta(f)
	}
	unwanted := regexp.MustCompile(`\.(` + strings.Join(names, "|") + `)([^a-zA-Z0-9_]|$)`)
	return keepRules(css, func(selector string) bool {
		return !unwanted.MatchString(choices.ReplaceAllString(selector, ""))
	})
}

// What stands in these brackets is one choice of several, or an exception.
var choices = regexp.MustCompile(`:(?:not|is|where|has)\([^()]*\)`)

// keepRules walks the rules of one block and keeps the selectors that wanted
// says yes to.
func keepRules(css string, wanted func(selector string) bool) string {
	var out strings.Builder
	for css != "" {
		end := indexOutside(css, "{;}")
		if end < 0 || css[end] != '{' {
			// A statement such as @charset "UTF-8"; or what follows the last rule.
			if end < 0 {
				end = len(css) - 1
			}
			out.WriteString(css[:end+1])
			css = css[end+1:]
			continue
		}
		head, rest := css[:end], css[end:]
		size := blockSize(rest)
		body := rest[1 : size-1]
		css = rest[size:]
		if kept, ok := keepRule(head, body, wanted); ok {
			out.WriteString(kept)
		}
	}
	return out.String()
}

func keepRule(head, body string, wanted func(string) bool) (string, bool) {
	name := strings.TrimSpace(head)
	if strings.HasPrefix(name, "@media") || strings.HasPrefix(name, "@supports") || strings.HasPrefix(name, "@container") {
		inner := keepRules(body, wanted)
		return head + "{" + inner + "}", strings.TrimSpace(inner) != ""
	}
	if strings.HasPrefix(name, "@") { // @font-face, @keyframes, @page
		return head + "{" + body + "}", true
	}
	var kept []string
	for _, selector := range splitSelectors(head) {
		if wanted(selector) {
			kept = append(kept, selector)
		}
	}
	return strings.Join(kept, ",") + "{" + body + "}", len(kept) > 0
}

// splitSelectors cuts a list of selectors at the commas that stand outside
// brackets and strings.
func splitSelectors(list string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(list); i++ {
		switch list[i] {
		case '"', '\'':
			i += stringSize(list[i:]) - 1
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, list[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, list[start:])
}

// indexOutside finds the first of the given bytes that stands outside strings,
// comments and url(…).
func indexOutside(css, any string) int {
	for i := 0; i < len(css); i++ {
		if n := opaqueSize(css[i:]); n > 0 {
			i += n - 1
			continue
		}
		if strings.IndexByte(any, css[i]) >= 0 {
			return i
		}
	}
	return -1
}

// blockSize is the length of the block that css begins with, braces included.
func blockSize(css string) int {
	depth := 0
	for i := 0; i < len(css); i++ {
		if n := opaqueSize(css[i:]); n > 0 {
			i += n - 1
			continue
		}
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(css)
}

// opaqueSize is the length of the string, comment or bare url(…) that css
// begins with, 0 when it begins with none.
func opaqueSize(css string) int {
	switch {
	case css[0] == '"' || css[0] == '\'':
		return stringSize(css)
	case strings.HasPrefix(css, "/*"):
		return spanTo(css, 2, "*/")
	case strings.HasPrefix(css, "url(") && len(css) > 4 && css[4] != '"' && css[4] != '\'':
		return spanTo(css, 4, ")")
	}
	return 0
}

func spanTo(css string, from int, end string) int {
	if i := strings.Index(css[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(css)
}

func stringSize(css string) int {
	for i := 1; i < len(css); i++ {
		switch css[i] {
		case '\\':
			i++
		case css[0]:
			return i + 1
		}
	}
	return len(css)
}
