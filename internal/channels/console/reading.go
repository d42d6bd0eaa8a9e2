package console

import (
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A readingView says how a file was read, in words.
type readingView struct {
	Facts    []readFact
	Fields   []fedView    // by field of the contract
	Unknown  []string     // headings that are not read
	Missing  []string     // fields that must be settled first
	Dropped  []droppedRow // rows that are no data
	Rescues  []rescueView // cells that were mended
	Mended   string       // how many, all told
	Notes    []string     // what readers and layout say
	Unsure   bool         // the layout needs a look
	EditPath string       // "" = can no longer be changed
}

type readFact struct{ Name, Text string }

// A fedView is a field of the contract and the heading that feeds it.
type fedView struct {
	Title, Heading, Place string // Place: "cột C"
	Required              bool
}

type droppedRow struct{ Role, Count, Lines string }

type rescueView struct {
	Name     string
	Count    string
	Where    string // the columns, with their counts
	Examples []beforeAfter
}

type beforeAfter struct{ Title, Before, After string }

// readingOf words a reading. obj may be nil: the contract is gone.
func readingOf(l locale.Lang, r *corridor.Reading, obj *contract.Object) *readingView {
	v := &readingView{Unknown: r.Unknown, Missing: r.Missing, Unsure: !r.Sure}
	v.Facts = readingFacts(l, r)
	if obj != nil {
		v.Fields = fedFields(l, r, obj)
	}
	for _, d := range r.Dropped {
		v.Dropped = append(v.Dropped, droppedRow{ui.Capital(l.T("layout.row." + string(d.Role))), l.Number(d.Count), lineList(l, d)})
	}
	v.Rescues, v.Mended = rescuesOf(l, r.Rescues)
	for _, n := range r.Notes {
		v.Notes = append(v.Notes, note(l, n))
	}
	return v
}

func readingFacts(l locale.Lang, r *corridor.Reading) []readFact {
	facts := []readFact{{l.T("reading.kind"), kindWords(l, r.Kind)}}
	add := func(key, text string) {
		if text != "" {
			facts = append(facts, readFact{l.T(key), text})
		}
	}
	add("reading.path", r.Path)
	if slices.Contains([]string{"csv", "dbf", "html", "xls"}, r.Kind) { // of others the format settles it
		add("reading.charset", r.Charset)
	}
	add("reading.separator", separatorWords(l, r.Separator))
	if len(r.Tables) > 1 || len(r.Tables) == 1 && r.Tables[0] != "" {
		add("reading.table", tableWords(l, r))
	}
	if r.Layout != nil && !r.Layout.Own {
		add("reading.heading-rows", headingRows(l, r.Layout))
		if r.Layout.Last > 0 {
			add("reading.last-row", l.Number(r.Layout.Last))
		}
		if x := r.Layout.Cross; x != nil {
			add("reading.cross", crossWords(l, x))
		}
	}
	if r.Remembered {
		add("reading.how", l.T("reading.remembered"))
	}
	return facts
}

func kindWords(l locale.Lang, kind string) string {
	if l.Has("reading.kind." + kind) {
		return l.T("reading.kind." + kind)
	}
	return strings.ToUpper(kind)
}

func separatorWords(l locale.Lang, sep string) string {
	if sep == "" {
		return ""
	}
	name := map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}[sep]
	if name == "" {
		return "“" + sep + "”"
	}
	return l.T("reading.separator." + name)
}

func tableWords(l locale.Lang, r *corridor.Reading) string {
	name := l.T("reading.table-number", r.Table+1)
	if r.Table >= 0 && r.Table < len(r.Tables) && r.Tables[r.Table] != "" {
		name = "“" + r.Tables[r.Table] + "”"
	}
	if len(r.Tables) > 1 {
		return l.T("reading.table-of", name, len(r.Tables))
	}
	return name
}

func headingRows(l locale.Lang, lay *layout.Layout) string {
	switch {
	case lay.HeaderFrom == 0:
		return l.T("reading.no-heading")
	case lay.HeaderFrom == lay.HeaderTo:
		return l.T("reading.row", lay.HeaderFrom)
	}
	return l.T("reading.rows", lay.HeaderFrom, lay.HeaderTo)
}

func crossWords(l locale.Lang, x *layout.Cross) string {
	first, last := "", ""
	if len(x.Labels) > 0 {
		first, last = x.Labels[0], x.Labels[len(x.Labels)-1]
	}
	return l.T("reading.cross-words", len(x.Labels), first, last, x.Label)
}

// lineList names the first rows of a role: "3, 4, 5, …".
func lineList(l locale.Lang, d layout.Drop) string {
	all := make([]string, len(d.Lines))
	for i, n := range d.Lines {
		all[i] = l.Number(n)
	}
	text := strings.Join(all, ", ")
	if int64(len(d.Lines)) < d.Count {
		text += ", …"
	}
	return text
}

// fedFields lists the fields that a heading feeds, then those that none does.
func fedFields(l locale.Lang, r *corridor.Reading, obj *contract.Object) []fedView {
	var fed, none []fedView
	for i := range obj.Columns {
		f := fedView{Title: obj.Columns[i].Title, Required: obj.Columns[i].Required || slices.Contains(obj.Key, i)}
		if i >= len(r.Places) || r.Places[i] < 0 || r.Places[i] >= len(r.Header) {
			none = append(none, f)
			continue
		}
		f.Heading, f.Place = r.Header[r.Places[i]], columnName(l, r, r.Places[i])
		fed = append(fed, f)
	}
	return append(fed, none...)
}

// columnName is where a heading stands: the letter of its column in a sheet. A
// crosstab has columns of its own, which stand nowhere.
func columnName(l locale.Lang, r *corridor.Reading, place int) string {
	switch {
	case r.Layout != nil && r.Layout.Cross != nil:
		return ""
	case slices.Contains([]string{"xlsx", "xls", "ods", "xml2003", "dbf", "docx", "html"}, r.Kind):
		return l.T("reading.column", layout.Letters(place))
	}
	return l.T("reading.column", place+1)
}

// rescuesOf puts what one rule mended in several columns together.
func rescuesOf(l locale.Lang, counts []corridor.RescueCount) (all []rescueView, total string) {
	at, sums, sum := map[string]int{}, []int64{}, int64(0)
	for _, c := range counts {
		i, ok := at[c.Rule]
		if !ok {
			i = len(all)
			at[c.Rule] = i
			all, sums = append(all, rescueView{Name: words(l, c.Name)}), append(sums, 0)
		}
		sums[i] += c.Count
		sum += c.Count
		if all[i].Where != "" {
			all[i].Where += "; "
		}
		all[i].Where += c.Title + ": " + l.Number(c.Count)
		for _, e := range c.Examples {
			if len(all[i].Examples) < 4 {
				all[i].Examples = append(all[i].Examples, beforeAfter{c.Title, e[0], e[1]})
			}
		}
	}
	for i := range all {
		all[i].Count = l.Number(sums[i])
	}
	return all, l.Number(sum)
}

func words(l locale.Lang, w corridor.Words) string {
	return l.Of(w.Vi, w.En)
}

// An examplesView shows what a held batch would do.
type examplesView struct {
	Heads                []headView
	Inserted, Withdrawn  rowsView
	Updated, Quarantined changesView
	Changes, New         bool // whether the reader is told what changes, and what is new
}

// A rowsView is whole records.
type rowsView struct {
	Count, Shown int64
	Rows         []exampleRow
}

type exampleRow struct {
	Line  string
	Cells []cellView
}

// A changesView is records of which a part matters: the changed cells, or what
// is wrong.
type changesView struct {
	Count, Shown int64
	Rows         []changeRow
}

type changeRow struct {
	Line, Key string
	Changes   []beforeAfter
	Faults    []string
	Cells     []cellView
}

func examplesOf(l locale.Lang, r *corridor.Report, obj *contract.Object, said *faults.Words, names dictionary.Names) *examplesView {
	e := r.Examples
	v := &examplesView{
		Inserted:    rowsView{Count: r.Inserted, Shown: int64(len(e.Inserted))},
		Withdrawn:   rowsView{Count: r.Withdrawn, Shown: int64(len(e.Withdrawn))},
		Updated:     changesView{Count: r.Updated, Shown: int64(len(e.Updated))},
		Quarantined: changesView{Count: r.Quarantined, Shown: int64(len(e.Quarantined))},
		Changes:     r.Veiled == "", New: r.Veiled != corridor.VeilRows,
	}
	for i := range obj.Columns {
		v.Heads = append(v.Heads, headView{Title: obj.Columns[i].Title, Number: ui.IsNumber(&obj.Columns[i])})
	}
	for _, x := range e.Inserted {
		v.Inserted.Rows = append(v.Inserted.Rows, exampleRow{lineWords(l, x.Line), storedCells(l, obj, names, x.Cells)})
	}
	for _, x := range e.Withdrawn {
		v.Withdrawn.Rows = append(v.Withdrawn.Rows, exampleRow{"", storedCells(l, obj, names, x.Cells)})
	}
	for _, x := range e.Updated {
		v.Updated.Rows = append(v.Updated.Rows, updatedRow(l, obj, names, x))
	}
	for _, x := range e.Quarantined {
		v.Quarantined.Rows = append(v.Quarantined.Rows, refusedRow(l, obj, said, x))
	}
	return v
}

func lineWords(l locale.Lang, line int64) string {
	if line == 0 {
		return ""
	}
	return l.Number(line)
}

// storedCells writes the cells of a record as officials read them.
func storedCells(l locale.Lang, obj *contract.Object, names dictionary.Names, cells []string) []cellView {
	all := make([]cellView, len(obj.Columns))
	for i := range obj.Columns {
		c := &obj.Columns[i]
		all[i] = cellView{Label: c.Title, Number: ui.IsNumber(c)}
		if i < len(cells) {
			all[i].Text = storedText(l, c, names, cells[i])
			all[i].Full = all[i].Text
		}
	}
	return all
}

// storedText writes one stored value, given as text; what does not read as the
// column's type stays as it is.
func storedText(l locale.Lang, c *contract.Column, names dictionary.Names, text string) string {
	switch {
	case text == "":
		return ""
	case c.Type == contract.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return ui.Value(l, c, n)
		}
	case c.Type == contract.Boolean:
		if b, err := strconv.ParseBool(text); err == nil {
			return ui.Value(l, c, b)
		}
	case c.Type == contract.JSON, c.Type == contract.Geometry, c.Type == contract.File:
		return shortened(text)
	}
	shown := ui.Value(l, c, text)
	if name := names.Name(c.CodeList, text); name != "" {
		return name + " (" + text + ")"
	}
	return shown
}

// shortened keeps the beginning of a long value.
func shortened(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func updatedRow(l locale.Lang, obj *contract.Object, names dictionary.Names, x corridor.Example) changeRow {
	row := changeRow{Line: lineWords(l, x.Line), Key: keyWords(obj, x), Cells: storedCells(l, obj, names, x.Cells)}
	for i := range obj.Columns {
		if i >= len(x.Cells) || i >= len(x.Before) || x.Cells[i] == x.Before[i] {
			continue
		}
		c := &obj.Columns[i]
		row.Changes = append(row.Changes, beforeAfter{c.Title, storedText(l, c, names, x.Before[i]), storedText(l, c, names, x.Cells[i])})
	}
	return row
}

func refusedRow(l locale.Lang, obj *contract.Object, said *faults.Words, x corridor.Example) changeRow {
	row := changeRow{Line: lineWords(l, x.Line), Key: keyWords(obj, x)}
	for _, f := range said.Of(record.QuarantineLine{Line: x.Line, Raw: x.Cells, Faults: x.Faults}) {
		row.Faults = append(row.Faults, l.Of(f.MessageVi, f.MessageEn))
	}
	for i, cell := range x.Cells {
		label := l.T("page.cell", int64(i+1))
		if len(x.Cells) == len(obj.Columns) {
			label = obj.Columns[i].Title
		}
		row.Cells = append(row.Cells, cellView{Label: label, Text: cell})
	}
	return row
}

// keyWords is the key of an example; of a row that did not get one, the cells
// of the key as they were sent.
func keyWords(obj *contract.Object, x corridor.Example) string {
	if x.Key != "" {
		return keyShown(x.Key)
	}
	var parts []string
	for _, k := range obj.Key {
		if k < len(x.Cells) && len(x.Cells) == len(obj.Columns) && x.Cells[k] != "" {
			parts = append(parts, x.Cells[k])
		}
	}
	return strings.Join(parts, " · ")
}

// previewLine is the batch in one sentence, for whoever decides.
func previewLine(l locale.Lang, r *corridor.Report) string {
	switch r.Veiled {
	case corridor.VeilChanges:
		return l.T("reading.summary-there", r.Inserted, r.There, r.Withdrawn, r.Quarantined)
	case corridor.VeilRows:
		return l.T("reading.summary-rows", r.Accepted, r.Quarantined)
	}
	text := l.T("reading.summary", r.Inserted, r.Updated, r.Withdrawn, r.Quarantined)
	if r.Unchanged > 0 {
		text += " " + l.T("reading.summary-unchanged", r.Unchanged)
	}
	return text
}

// fedCount is how many fields a heading feeds.
func fedCount(fields []fedView) (n int64) {
	for _, f := range fields {
		if f.Heading != "" {
			n++
		}
	}
	return n
}
