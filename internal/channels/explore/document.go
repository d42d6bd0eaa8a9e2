package explore

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"

	"github.com/a-h/templ"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/phohien/phohien/internal/core/contract"
)

// A token is a piece of a line of YAML; Class is "" for what is not coloured.
type token struct{ Class, Text string }

var (
	yamlKey     = regexp.MustCompile(`^(\s*(?:- )*)("[^"]*"|[\w.-]+)(:)(\s.*|)$`)
	yamlComment = regexp.MustCompile(`(^|\s)#.*$`)
)

// highlight colours the lines of a document: keys, texts in quotes, comments.
func highlight(text string) [][]token {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	all := make([][]token, len(lines))
	for i, line := range lines {
		all[i] = highlightLine(line)
	}
	return all
}

func highlightLine(line string) (all []token) {
	add := func(class, text string) {
		if text != "" {
			all = append(all, token{class, text})
		}
	}
	rest := line
	if m := yamlKey.FindStringSubmatch(line); m != nil {
		add("", m[1])
		add("yaml-key", m[2])
		add("", m[3])
		rest = m[4]
	}
	comment := ""
	if at := yamlComment.FindStringIndex(rest); at != nil && !strings.ContainsAny(rest, `"'`) {
		rest, comment = rest[:at[0]], rest[at[0]:]
	}
	class := ""
	if t := strings.TrimSpace(rest); strings.HasPrefix(t, `"`) || strings.HasPrefix(t, "'") {
		class = "yaml-text"
	}
	add(class, rest)
	add("yaml-comment", comment)
	return all
}

// tokens writes lines of pieces as they are: within <pre> no blank may be added.
func tokens(lines [][]token) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		b.WriteString("<code>")
		for _, line := range lines {
			for _, t := range line {
				switch t.Class {
				case "":
					b.WriteString(templ.EscapeString(t.Text))
				case "ins", "del":
					b.WriteString("<" + t.Class + ">" + templ.EscapeString(t.Text) + "</" + t.Class + ">")
				default:
					b.WriteString(`<span class="` + t.Class + `">` + templ.EscapeString(t.Text) + "</span>")
				}
			}
			b.WriteByte('\n')
		}
		b.WriteString("</code>")
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// lineDiff compares the documents of two versions line by line.
func (p *Pages) lineDiff(ctx context.Context, id string, from, to contract.Version) ([][]token, error) {
	old, err := p.Contracts.Document(ctx, id, from.Digest)
	if err != nil {
		return nil, err
	}
	new, err := p.Contracts.Document(ctx, id, to.Digest)
	if err != nil {
		return nil, err
	}
	return diffTexts(old, new), nil
}

// diffTexts compares two texts line by line.
func diffTexts(old, new []byte) [][]token {
	var all [][]token
	for i, line := range bytes.Split(bytes.TrimSuffix(diff.Diff("a", old, "b", new), []byte("\n")), []byte("\n")) {
		if i < 3 || len(line) == 0 { // the heading of the comparison
			continue
		}
		class := map[byte]string{'+': "ins", '-': "del", '@': "yaml-comment"}[line[0]]
		all = append(all, []token{{class, string(line)}})
	}
	return all
}
