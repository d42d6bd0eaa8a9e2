package console

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// pageFrame is the frame of a page.
type pageFrame = ui.Page

type layoutView struct {
	Name, SetName, SetPath string
	Path, BatchPath        string
	AutoPath               string
	Token                  string
	SignedIn               bool
	Auto                   bool     // what is shown was recognised afresh
	Problem                string   // what cannot be used of what was said
	Doubts                 []string // to be looked at
	Missing                []string // required fields without a column

	Tables              []choice
	Table, Layout       string // as they were shown
	Paths               string
	Plain, Own          bool
	From, To, Last      string
	Section             string
	Grouped             bool // there are labels of groups
	Keep                []choice
	Rows                []sheetRow
	Letters             []string
	More                bool // the sheet has more rows than are shown
	Columns, Made       []columnChoice
	HasCross            bool
	CrossLabel, CrossOf string
	Rules               []ruleChoice
	Record              string // XML: path of a record
	XML                 []readFact

	Sender   string
	Remember bool
}

// A sheetRow is one row of the sheet as it lies there.
type sheetRow struct {
	Line, Role, Text, Why string
	Cells                 []string
	Choices               []choice // empty: nothing can be said of it
	Said                  bool
}

// A columnChoice is one column and what it may be.
type columnChoice struct {
	Name, Place, Heading, Samples string
	Fields                        []choice
	Asked                         bool // nobody knows what it is
	Styles                        []choice
	StyleName                     string
}

// Called is what a column is called: its heading, or its letter.
func (c columnChoice) Called() string {
	if c.Heading == "" {
		return c.Place
	}
	return c.Heading
}

type ruleChoice struct {
	Name, Text, Used string
	Examples         []beforeAfter
	On               bool
}

// view makes the page of what LookInto says.
func (b *heldOne) view(look corridor.Look) layoutView {
	l, lang := look.Reading.Layout, b.lang
	path := "/batches/" + url.PathEscape(b.st.ID)
	v := layoutView{
		Name: fileTitle(lang, b.st), SetName: b.con.Name, SetPath: "/datasets/" + url.PathEscape(b.st.Dataset),
		Path: path + "/layout", BatchPath: path, Token: b.page.Token, SignedIn: b.page.Token != "",
		Missing: look.Reading.Missing, Sender: b.st.Report.Sender,
		Plain: b.st.Report.Reading.Layout == nil && look.Recipe.Layout == nil,
	}
	for _, n := range append(slices.Clone(look.Doubts), look.Reading.Notes...) {
		if text := note(lang, n); n.Key != "hold.mapping" && !slices.Contains(v.Doubts, text) {
			v.Doubts = append(v.Doubts, text)
		}
	}
	v.tables(lang, look)
	v.AutoPath = v.Path + "?auto=" + url.QueryEscape(v.Table)
	v.rules(lang, b.st.Report.Reading, look.Recipe.Off)
	if p := look.Recipe.Paths; p != nil {
		text, err := json.Marshal(p)
		if err == nil {
			v.Paths = string(text)
		}
		v.Record = p.Record
		for _, c := range p.Columns {
			v.XML = append(v.XML, readFact{c.Heading, c.Path})
		}
	}
	if l == nil {
		return v
	}
	if text, err := json.Marshal(l); err == nil {
		v.Layout = string(text)
	}
	v.Own = l.Own
	v.From, v.To, v.Section = strconv.FormatInt(l.HeaderFrom, 10), strconv.FormatInt(l.HeaderTo, 10), l.Section
	if l.Last > 0 {
		v.Last = strconv.FormatInt(l.Last, 10)
	}
	v.rows(lang, l, look)
	v.columns(lang, l, look, b.obj)
	return v
}

func (v *layoutView) tables(lang locale.Lang, look corridor.Look) {
	for i, t := range look.Tables {
		text := t.Name
		if text == "" {
			text = lang.T("layout-form.table-number", i+1)
		}
		if t.Hidden {
			text += " (" + lang.T("layout-form.table-hidden") + ")"
		}
		chosen := i == look.Reading.Table
		if chosen {
			v.Table = t.Name
		}
		v.Tables = append(v.Tables, choice{t.Name, text, chosen})
	}
}

// rules lists the rescues that did something, and those that are off.
func (v *layoutView) rules(lang locale.Lang, r *corridor.Reading, off []string) {
	views, _ := rescuesOf(lang, r.Rescues)
	used := map[string]rescueView{}
	n := 0
	seen := map[string]bool{}
	for _, c := range r.Rescues {
		if !seen[c.Rule] {
			seen[c.Rule] = true
			used[c.Rule] = views[n]
			n++
		}
	}
	for _, name := range ruleNames() {
		one, did := used[name]
		if !did && !slices.Contains(off, name) {
			continue
		}
		found, _ := quality.RescueByName(name)
		text := words(lang, corridor.Words{Vi: quality.Rescues[found].Vi, En: quality.Rescues[found].En})
		v.Rules = append(v.Rules, ruleChoice{Name: name, Text: text, Used: one.Count, Examples: one.Examples, On: !slices.Contains(off, name)})
	}
}

func (v *layoutView) rows(lang locale.Lang, l *layout.Layout, look corridor.Look) {
	roles := map[layout.RowRole]bool{}
	width := 0
	for _, r := range look.Rows {
		roles[r.Role] = true
	}
	for _, d := range look.Reading.Dropped {
		roles[d.Role] = true
	}
	v.Grouped = roles[layout.Section] || v.Section != ""
	for _, role := range keepable {
		if kept := slices.Contains(l.Keep, role); kept || roles[role] {
			v.Keep = append(v.Keep, choice{string(role), ui.Capital(lang.T("layout.row." + string(role))), kept})
		}
	}
	for i, row := range look.Sample.Rows {
		if i == shownSheetRows {
			v.More = true
			break
		}
		one := sheetRow{Line: strconv.FormatInt(row.Line, 10), Role: string(layout.DataRow)}
		if i < len(look.Rows) {
			one.Role = string(look.Rows[i].Role)
			if why := look.Rows[i].Why; why.Key != "" {
				one.Why = lang.T(why.Key, why.Args...)
			}
		}
		one.Text = ui.Capital(lang.T("layout.row." + one.Role))
		said, is := l.Said[row.Line]
		one.Said = is
		if row.Line > l.HeaderTo && !l.Own {
			one.Choices = append(one.Choices, choice{"", lang.T("layout-form.row-auto"), !is})
			for _, role := range sayable {
				one.Choices = append(one.Choices, choice{string(role), lang.T("layout.row." + string(role)), is && said == role})
			}
		}
		for c, text := range row.Cells {
			if c == shownColumns {
				break
			}
			one.Cells = append(one.Cells, shortened(text))
		}
		width = max(width, len(one.Cells))
		v.Rows = append(v.Rows, one)
	}
	for i := range v.Rows { // a table needs a cell everywhere
		v.Rows[i].Cells = append(v.Rows[i].Cells, make([]string, width-len(v.Rows[i].Cells))...)
	}
	for c := range width {
		v.Letters = append(v.Letters, layout.Letters(c))
	}
}

func (v *layoutView) columns(lang locale.Lang, l *layout.Layout, look corridor.Look, obj *contract.Object) {
	fed := map[string]int{} // by heading: the field that it feeds
	for col, place := range look.Reading.Places {
		if place >= 0 && place < len(look.Reading.Header) && col < len(obj.Columns) {
			fed[look.Reading.Header[place]] = col
		}
	}
	own := map[string]bool{}
	for i, c := range l.Columns {
		own[c.Heading] = true
		if i >= shownColumns || c.Heading == "" && c.Role == layout.Ignore && blankColumn(look.Sample, i, l.HeaderTo) {
			continue
		}
		one := columnChoice{Name: strconv.Itoa(i), Place: layout.Letters(i), Heading: c.Heading, Samples: samplesOf(look, i)}
		now := answerOf(c, fed, look.Recipe.Columns, obj)
		one.Asked = now == askColumn
		one.choices(lang, obj, now, !l.Own)
		one.stylesOf(lang, obj, now, look, "w."+one.Name)
		v.Columns = append(v.Columns, one)
	}
	if x := l.Cross; x != nil {
		v.HasCross, v.CrossLabel, v.CrossOf = true, x.Label, x.Value
	}
	n := 0
	for _, h := range look.Reading.Header {
		if h == "" || own[h] {
			continue
		}
		one := columnChoice{Name: strconv.Itoa(n), Heading: h}
		now := answerOf(layout.Column{Heading: h, Role: layout.Data}, fed, look.Recipe.Columns, obj)
		one.Asked = now == askColumn
		one.choices(lang, obj, now, false)
		one.stylesOf(lang, obj, now, look, "xw."+one.Name)
		v.Made = append(v.Made, one)
		n++
	}
}

// answerOf is what a column is taken for at present.
func answerOf(c layout.Column, fed map[string]int, said map[string]string, obj *contract.Object) string {
	switch c.Role {
	case layout.Number:
		return numberColumn
	case layout.Spread:
		return crossColumn
	case layout.Ignore:
		return notRead
	}
	if col, ok := fed[c.Heading]; ok {
		return "f:" + obj.Columns[col].Name
	}
	if field, ok := said[c.Heading]; ok && field == "" {
		return notRead
	}
	return askColumn
}

func (c *columnChoice) choices(lang locale.Lang, obj *contract.Object, now string, sheet bool) {
	add := func(value, text string) { c.Fields = append(c.Fields, choice{value, text, value == now}) }
	if now == askColumn {
		add(askColumn, lang.T("layout-form.ask"))
	}
	add(notRead, lang.T("layout-form.not-read"))
	if sheet {
		add(numberColumn, lang.T("layout.column.number"))
		add(crossColumn, lang.T("layout.column.spread"))
	}
	for i := range obj.Columns {
		text := obj.Columns[i].Title
		if obj.Columns[i].Required || slices.Contains(obj.Key, i) {
			text += " *"
		}
		add("f:"+obj.Columns[i].Name, text)
	}
}

func (c *columnChoice) stylesOf(lang locale.Lang, obj *contract.Object, now string, look corridor.Look, name string) {
	field, ok := strings.CutPrefix(now, "f:")
	at := obj.Column(field)
	if !ok || at < 0 {
		return
	}
	all := styles(&obj.Columns[at])
	if len(all) == 0 {
		return
	}
	kind, _, _ := strings.Cut(all[0], ":")
	said := style(look.Recipe.Reads[field], &obj.Columns[at])
	c.StyleName = name
	c.Styles = append(c.Styles, choice{"", lang.T("layout-form." + kind + "-auto"), said == ""})
	for _, one := range all {
		c.Styles = append(c.Styles, choice{one, lang.T("layout-form." + strings.Replace(one, ":", "-", 1)), one == said})
	}
}

// samplesOf shows a few values of a column, from rows that are data.
func samplesOf(look corridor.Look, column int) string {
	var all []string
	for i, row := range look.Sample.Rows {
		if len(all) == 3 {
			break
		}
		if i >= len(look.Rows) || look.Rows[i].Role != layout.DataRow || column >= len(row.Cells) {
			continue
		}
		if text := strings.TrimSpace(row.Cells[column]); text != "" && !slices.Contains(all, shortSample(text)) {
			all = append(all, shortSample(text))
		}
	}
	return strings.Join(all, " · ")
}

func shortSample(text string) string {
	if r := []rune(text); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return text
}

// blankColumn reports whether nothing stands in a column below the heading.
func blankColumn(s layout.Sample, column int, below int64) bool {
	for _, row := range s.Rows {
		if row.Line > below && column < len(row.Cells) && strings.TrimSpace(row.Cells[column]) != "" {
			return false
		}
	}
	return true
}
