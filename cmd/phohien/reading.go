package main

import (
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/viet/charset"
)

// ordinary reports whether there is nothing to tell about how a file was read:
// the first line is the heading, every heading is known.
func ordinary(r *corridor.Reading) bool {
	return r.Layout == nil && r.Path == "" && (r.Charset == "" || r.Charset == charset.UTF8.String()) && len(r.Unknown)+len(r.Missing)+len(r.Dropped)+len(r.Rescues)+len(r.Notes) == 0
}

// reading says how a file was read and what was mended on the way.
func (t *tool) reading(r *corridor.Reading) error {
	l := t.lang
	fmt.Fprintf(t.out, "\n%s\n", l.T("cmd.reading.head"))
	line := func(key, text string) {
		if text != "" {
			fmt.Fprintf(t.out, "  %s: %s\n", l.T(key), oneLine(text))
		}
	}
	line("cmd.reading.kind", t.word("reading.kind."+r.Kind, strings.ToUpper(r.Kind)))
	line("cmd.reading.path", r.Path)
	if r.Separator != "" { // a text file
		line("cmd.reading.charset", r.Charset)
		line("cmd.reading.separator", strings.ReplaceAll("“"+r.Separator+"”", "\t", `\t`))
	}
	line("cmd.reading.table", t.tableRead(r))
	if r.Layout != nil && r.Layout.HeaderFrom > 0 {
		line("cmd.reading.heading", t.span(r.Layout.HeaderFrom, r.Layout.HeaderTo))
	}
	if r.Remembered {
		fmt.Fprintf(t.out, "  %s\n", l.T("cmd.reading.remembered"))
	}
	line("cmd.reading.unknown", strings.Join(r.Unknown, "; "))
	line("cmd.reading.missing", strings.Join(r.Missing, "; "))
	line("cmd.reading.dropped", t.dropped(r.Dropped))
	for _, n := range r.Notes {
		fmt.Fprintf(t.out, "  · %s\n", t.say(n.Vi, n.En))
	}
	return t.rescues(r.Rescues)
}

// word is a word of the catalogues, or the other text when it has none.
func (t *tool) word(key, other string) string {
	if t.lang.Has(key) {
		return t.lang.T(key)
	}
	return other
}

func (t *tool) tableRead(r *corridor.Reading) string {
	if len(r.Tables) == 0 || len(r.Tables) == 1 && r.Tables[0] == "" || r.Table < 0 || r.Table >= len(r.Tables) {
		return ""
	}
	name := "“" + r.Tables[r.Table] + "”"
	if len(r.Tables) > 1 {
		return t.lang.T("cmd.reading.table-of", name, r.Table+1, len(r.Tables))
	}
	return name
}

// span is one line or several.
func (t *tool) span(from, to int64) string {
	if from == to {
		return plain(from)
	}
	return plain(from) + "–" + plain(to)
}

// dropped lists the rows that are no data.
func (t *tool) dropped(list []layout.Drop) string {
	var all []string
	for _, d := range list {
		if d.Role == layout.Heading {
			continue // every table has one
		}
		all = append(all, t.lang.T("cmd.reading.rows-of", d.Count, t.word("layout.row."+string(d.Role), string(d.Role)), lineList(d)))
	}
	return strings.Join(all, "; ")
}

// lineList names the first lines of a role.
func lineList(d layout.Drop) string {
	var lines []string
	for i, n := range d.Lines {
		if i == 5 {
			break
		}
		lines = append(lines, plain(n))
	}
	if int64(len(lines)) < d.Count {
		lines = append(lines, "…")
	}
	return strings.Join(lines, ", ")
}

// shownMends is how many mended cells of a column are shown.
const shownMends = 2

// rescues lists the cells that were mended, by rule and column.
func (t *tool) rescues(list []corridor.RescueCount) error {
	if len(list) == 0 {
		return nil
	}
	l := t.lang
	fmt.Fprintf(t.out, "\n%s\n", l.T("cmd.rescue.head"))
	tab := newTable(l.T("cmd.rescue.cells"), l.T("cmd.report.column"), l.T("cmd.rescue.rule"), l.T("cmd.rescue.example")).numbers(0)
	for _, r := range list {
		var examples []string
		for _, e := range r.Examples[:min(len(r.Examples), shownMends)] {
			examples = append(examples, "“"+cut(e[0])+"” → “"+cut(e[1])+"”")
		}
		tab.add(l.Number(r.Count), r.Title, t.say(r.Name.Vi, r.Name.En), strings.Join(examples, "; "))
	}
	return tab.write(t.out)
}

// shownColumns is how many fields an example shows beside its line: more do not
// fit a terminal.
const shownColumns = 6

// examples shows rows of each kind as they would be stored.
func (t *tool) examples(r *corridor.Report) error {
	e, titles := r.Examples, titlesOf(r.Reading)
	l := t.lang
	for _, part := range []struct {
		title string
		all   int64
		rows  []corridor.Example
	}{
		{l.T("cmd.example.inserted"), r.Inserted, e.Inserted},
		{l.T("cmd.example.withdrawn"), r.Withdrawn, e.Withdrawn},
	} {
		if len(part.rows) == 0 {
			continue
		}
		t.exampleHead(part.title, len(part.rows), part.all)
		if err := t.exampleRows(part.rows, titles).write(t.out); err != nil {
			return err
		}
	}
	if len(e.Updated) > 0 {
		t.exampleHead(l.T("cmd.example.updated"), len(e.Updated), r.Updated)
		tab := newTable(l.T("cmd.quarantine.line"), l.T("cmd.quarantine.key"), l.T("cmd.example.change")).numbers(0)
		for _, x := range e.Updated {
			tab.add(plain(x.Line), x.Key, changes(x, titles))
		}
		if err := tab.write(t.out); err != nil {
			return err
		}
	}
	if len(e.Quarantined) == 0 {
		return nil
	}
	t.exampleHead(l.T("cmd.example.quarantined"), len(e.Quarantined), r.Quarantined)
	tab := newTable(l.T("cmd.quarantine.line"), l.T("cmd.quarantine.key"), l.T("cmd.example.sent"), l.T("cmd.report.reason")).numbers(0)
	for _, x := range e.Quarantined {
		tab.add(plain(x.Line), x.Key, strings.Join(x.Cells, " | "), t.why(x, r.Reasons))
	}
	return tab.write(t.out)
}

func (t *tool) exampleHead(title string, shown int, all int64) {
	fmt.Fprintf(t.out, "\n%s\n", t.lang.T("cmd.example.head", title, shown, max(all, int64(shown))))
}

// titlesOf are the headings that feed the columns, "" for those the file lacks.
func titlesOf(r *corridor.Reading) []string {
	if r == nil {
		return nil
	}
	titles := make([]string, len(r.Places))
	for i, at := range r.Places {
		if at >= 0 && at < len(r.Header) {
			titles[i] = r.Header[at]
		}
	}
	return titles
}

// exampleRows are rows with the first columns that the file has.
func (t *tool) exampleRows(rows []corridor.Example, titles []string) *table {
	head := []string{t.lang.T("cmd.quarantine.line")}
	var at []int
	for i, title := range titles {
		if title != "" && len(at) < shownColumns {
			at, head = append(at, i), append(head, oneLine(title))
		}
	}
	tab := newTable(head...).numbers(0)
	for _, x := range rows {
		cells := []string{""}
		if x.Line > 0 {
			cells[0] = plain(x.Line)
		}
		for _, i := range at {
			cell := ""
			if i < len(x.Cells) {
				cell = x.Cells[i]
			}
			cells = append(cells, cell)
		}
		tab.add(cells...)
	}
	return tab
}

// changes lists the cells that an update changes.
func changes(x corridor.Example, titles []string) string {
	var all []string
	for i, cell := range x.Cells {
		before := ""
		if i < len(x.Before) {
			before = x.Before[i]
		}
		if cell == before {
			continue
		}
		title := ""
		if i < len(titles) {
			title = titles[i]
		}
		all = append(all, fmt.Sprintf("%s: “%s” → “%s”", title, before, cell))
	}
	return strings.Join(all, "; ")
}

// why puts the broken rules of a row into words.
func (t *tool) why(x corridor.Example, reasons []corridor.Reason) string {
	var all []string
	for _, id := range x.Faults {
		text := id
		for _, r := range reasons {
			if r.Rule == id {
				text = t.say(r.MessageVi, r.MessageEn)
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}
