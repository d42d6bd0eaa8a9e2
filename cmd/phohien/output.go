package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
)

// writeJSON writes one value for programs.
func (t *tool) writeJSON(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// A table is rows of text under headings, aligned by how wide letters are.
type table struct {
	head  []string
	right []bool // columns of numbers
	rows  [][]string
}

func newTable(head ...string) *table { return &table{head: head, right: make([]bool, len(head))} }

// numbers names the columns that stand to the right.
func (t *table) numbers(columns ...int) *table {
	for _, c := range columns {
		t.right[c] = true
	}
	return t
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = oneLine(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// oneLine keeps a cell in its line, and what could move the cursor out of it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return '\uFFFD'
		}
		return r
	}, s)
}

// widest cuts cells of a table that people could not read any more.
const widest = 60

func (t *table) write(w io.Writer) error {
	width := make([]int, len(t.head))
	lines := append([][]string{t.head}, t.rows...)
	for _, line := range lines {
		for i := range line {
			if i < len(line)-1 { // nothing stands behind the last
				line[i] = cut(line[i])
			}
			width[i] = max(width[i], uniseg.StringWidth(line[i]))
		}
	}
	width[len(width)-1] = min(width[len(width)-1], widest)
	rule := make([]string, len(width))
	for i, n := range width {
		rule[i] = strings.Repeat("─", n)
	}
	var b strings.Builder
	for n, line := range lines {
		t.line(&b, line, width)
		if n == 0 {
			t.line(&b, rule, width)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *table) line(b *strings.Builder, cells []string, width []int) {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteString("  ")
		}
		pad := strings.Repeat(" ", max(0, width[i]-uniseg.StringWidth(cell)))
		if t.right[i] {
			line.WriteString(pad + cell)
		} else {
			line.WriteString(cell + pad)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// cut shortens a text to the widest that a cell may be.
func cut(s string) string {
	if uniseg.StringWidth(s) <= widest {
		return s
	}
	var b strings.Builder
	used := 0
	g := uniseg.NewGraphemes(s)
	for g.Next() {
		if used += g.Width(); used > widest-1 {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}

// findings lists what is wrong in files, one line each.
func (t *tool) findings(list []pack.Problem) {
	for _, p := range list {
		text := p.MessageVi
		if t.lang == locale.En {
			text = p.MessageEn
		}
		where := p.Path
		if p.Line > 0 {
			where = t.lang.T("cmd.finding.at", p.Path, p.Line, p.Column)
		}
		t.sayf("  %s %s: %s", mark(p.Severity), where, text)
	}
}

func mark(severity string) string {
	switch severity {
	case "error":
		return "✗"
	case "warning":
		return "!"
	}
	return "·"
}

// say picks the sentence in the reader's language.
func (t *tool) say(vi, en string) string {
	if t.lang == locale.En && en != "" {
		return en
	}
	return vi
}
