package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/ingest/layout"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// rereads is what sending and reading again need of package corridor.
type rereads interface {
	LookInto(ctx context.Context, id string, rec *recipe.Recipe) (corridor.Look, error)
	ReceiveBook(ctx context.Context, by actor.Actor, in corridor.Request) ([]corridor.Status, error)
	Reread(ctx context.Context, by actor.Actor, id string, rec recipe.Recipe, remember bool) (corridor.Status, error)
}

const (
	shownSheetRows = 30  // rows of the sheet that are drawn
	shownColumns   = 120 // columns that can be chosen on the page
	formBytes      = 4 << 20
)

func (s *server) readingRoutes() {
	s.Handle("GET /batches/{id}/layout", door.Each(policy.Send, policy.KindDataset), s.layoutPage)
	s.Handle("POST /batches/{id}/layout", door.Each(policy.Send, policy.KindDataset), s.sayLayout)
}

// layoutPage shows how a held batch's file is read, and what can be said
// otherwise.
func (s *server) layoutPage(w http.ResponseWriter, r *http.Request) error {
	b, err := s.heldBatch(r)
	if err != nil {
		return err
	}
	var rec *recipe.Recipe
	auto := r.URL.Query().Has("auto")
	if auto {
		rec = &recipe.Recipe{Table: r.URL.Query().Get("auto")}
	}
	look, err := s.Corridor.LookInto(r.Context(), b.st.ID, rec)
	if err != nil {
		return err
	}
	v := b.view(look)
	v.Auto = auto
	return s.Show(w, r, b.page, layoutPage(v))
}

// sayLayout takes what a person says of the file: it is shown again ("look"), or
// the file is read again by it ("read").
func (s *server) sayLayout(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Form(w, r, formBytes); err != nil {
		return err
	}
	b, err := s.heldBatch(r)
	if err != nil {
		return err
	}
	rec, said := s.recipeOf(r.Context(), b, r.PostForm)
	if said == nil && r.PostForm.Get("do") == "read" {
		st, err := s.Corridor.Reread(r.Context(), door.Actor(r.Context()), b.st.ID, rec, r.PostForm.Get("remember") != "")
		if err == nil {
			http.Redirect(w, r, "/batches/"+url.PathEscape(st.ID), http.StatusSeeOther)
			return nil
		}
		said = err
	}
	// What cannot be used stands above the form, which keeps what was chosen as
	// far as it can be shown.
	look, err := s.Corridor.LookInto(r.Context(), b.st.ID, &rec)
	if err != nil && fault.Of(err) != nil && said == nil {
		said = err
	}
	if err != nil {
		if look, err = s.Corridor.LookInto(r.Context(), b.st.ID, nil); err != nil {
			return err
		}
	}
	v := b.view(look)
	v.Remember = r.PostForm.Get("remember") != ""
	if said != nil {
		if fault.Of(said) == nil {
			return said
		}
		v.Problem = b.lang.Error(said)
	}
	return s.Show(w, r, b.page, layoutPage(v))
}

// heldOne is a batch whose file can still be read in another way.
type heldOne struct {
	st   corridor.Status
	con  *contract.Contract
	obj  *contract.Object
	lang locale.Lang
	page pageFrame
}

func (s *server) heldBatch(r *http.Request) (*heldOne, error) {
	ctx := r.Context()
	st, con, obj, err := s.Door.FindBatch(ctx, policy.Send, s.Contracts, s.Corridor, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := s.Door.MayBatch(ctx, policy.Send, con, obj, st); err != nil {
		return nil, err
	}
	if err := s.Door.OwnOrWhole(ctx, con, obj, st); err != nil {
		return nil, err
	}
	if st.State != corridor.Held || st.Report == nil || st.Report.Reading == nil {
		return nil, fault.New(fault.Conflict, "layout-form.not-held")
	}
	lang := locale.From(ctx)
	return &heldOne{st: st, con: con, obj: obj, lang: lang, page: s.Page(r, lang.T("layout-form.title"), "batches")}, nil
}

// recipeOf puts what a form says into a recipe. With an error the recipe is as
// far as it came.
func (s *server) recipeOf(ctx context.Context, b *heldOne, form url.Values) (recipe.Recipe, error) {
	rec := recipe.Recipe{Table: form.Get("table")}
	if form.Get("table") != form.Get("table-was") {
		return rec, nil // another sheet: nothing that was said of the first holds
	}
	if text := form.Get("paths"); text != "" {
		if err := json.Unmarshal([]byte(text), &rec.Paths); err != nil {
			return rec, fault.New(fault.Invalid, "page.form").Because(err)
		}
	}
	var was layout.Layout
	if err := json.Unmarshal([]byte(form.Get("layout")), &was); err != nil {
		return rec, fault.New(fault.Invalid, "page.form").Because(err)
	}
	l := was
	l.Columns = slices.Clone(was.Columns)
	if !l.Own {
		if err := sayRows(&l, form); err != nil {
			return rec, err
		}
		if l.HeaderFrom != was.HeaderFrom || l.HeaderTo != was.HeaderTo {
			look, err := s.Corridor.LookInto(ctx, b.st.ID, &recipe.Recipe{Table: rec.Table, Paths: rec.Paths})
			if err != nil {
				return rec, err
			}
			l.Cross = nil // its columns are others now
			for i := range l.Columns {
				if l.Columns[i].Role == layout.Spread {
					l.Columns[i].Role = layout.Data
				}
			}
			l = layout.Headed(l, look.Tables[look.Reading.Table], look.Sample)
			form = withoutColumns(form)
		}
	}
	err := sayColumns(&rec, &l, b, form)
	// A plain file whose first line is the heading is read fastest as it is.
	if form.Get("plain") == "" || !sameLayout(l, was) {
		rec.Layout = &l
	}
	if err != nil {
		return rec, err
	}
	for _, name := range form["rule"] {
		if !slices.Contains(form["use"], name) {
			rec.Off = append(rec.Off, name)
		}
	}
	if rec.Layout != nil {
		return rec, rec.Layout.Check()
	}
	return rec, nil
}

// withoutColumns drops what was said of columns: their headings have changed.
func withoutColumns(form url.Values) url.Values {
	out := url.Values{}
	for k, v := range form {
		if !strings.HasPrefix(k, "c.") && !strings.HasPrefix(k, "x.") && !strings.HasPrefix(k, "w.") {
			out[k] = v
		}
	}
	return out
}

func sameLayout(a, b layout.Layout) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// sayRows takes the rows of the heading, the last row and what single rows are.
func sayRows(l *layout.Layout, form url.Values) error {
	for name, into := range map[string]*int64{"header-from": &l.HeaderFrom, "header-to": &l.HeaderTo, "last": &l.Last} {
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			if name == "last" {
				*into = 0
			}
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return fault.New(fault.Invalid, "layout-form.bad-number", text)
		}
		*into = n
	}
	if l.HeaderTo < l.HeaderFrom {
		l.HeaderTo = l.HeaderFrom
	}
	if l.First > l.HeaderFrom {
		l.First = 0
	}
	l.Section = strings.TrimSpace(form.Get("section"))
	l.Keep = nil
	for _, role := range form["keep"] {
		if slices.Contains(keepable, layout.RowRole(role)) {
			l.Keep = append(l.Keep, layout.RowRole(role))
		}
	}
	said := map[int64]layout.RowRole{}
	for line, role := range l.Said {
		said[line] = role
	}
	for k, v := range form {
		text, ok := strings.CutPrefix(k, "row.")
		if !ok {
			continue
		}
		line, err := strconv.ParseInt(text, 10, 64)
		if err != nil || line < 1 {
			continue
		}
		delete(said, line)
		if role := layout.RowRole(v[0]); slices.Contains(sayable, role) {
			said[line] = role
		}
	}
	l.Said = nil
	if len(said) > 0 {
		l.Said = said
	}
	return nil
}

// keepable are the roles of rows that may be read as data after all, sayable
// those that a person can give to a single row.
var (
	keepable = []layout.RowRole{layout.Section, layout.Total, layout.Note, layout.Repeat, layout.Signature}
	sayable  = []layout.RowRole{layout.DataRow, layout.Total, layout.Section, layout.Note, layout.Repeat, layout.BlankRow}
)

// Answers to what a column is, besides "f:" and the name of a field.
const (
	askColumn    = "?"
	notRead      = "-"
	numberColumn = "#"
	crossColumn  = "x"
)

// A chooser collects which heading feeds which field.
type chooser struct {
	rec   *recipe.Recipe
	obj   *contract.Object
	taken map[string]string // by field: the heading
}

func (c *chooser) feed(heading, field string) error {
	at := c.obj.Column(field)
	if at < 0 {
		return fault.New(fault.Invalid, "layout-form.no-field", field)
	}
	if other, twice := c.taken[field]; twice {
		return fault.New(fault.Invalid, "layout-form.same-field", c.obj.Columns[at].Title, other, heading)
	}
	c.taken[field] = heading
	c.rec.Columns[heading] = field
	return nil
}

// sayColumns takes what each column is and how its cells are written.
func sayColumns(rec *recipe.Recipe, l *layout.Layout, b *heldOne, form url.Values) error {
	rec.Columns, rec.Reads = map[string]string{}, map[string]recipe.Reading{}
	ch := &chooser{rec: rec, obj: b.obj, taken: map[string]string{}}
	wasSpread := map[int]string{}
	if l.Cross != nil {
		n := 0
		for i, c := range l.Columns {
			if c.Role == layout.Spread && n < len(l.Cross.Labels) {
				wasSpread[i] = l.Cross.Labels[n]
				n++
			}
		}
	}
	var first error
	for i := range l.Columns {
		answer := form.Get("c." + strconv.Itoa(i))
		if form.Get("cross-off") != "" && answer == crossColumn {
			answer = askColumn
		}
		if err := sayColumn(ch, l, i, answer); err != nil && first == nil {
			first = err
		}
		if field, ok := strings.CutPrefix(answer, "f:"); ok {
			sayReading(rec, b.obj, field, form.Get("w."+strconv.Itoa(i)))
		}
	}
	sayCross(l, wasSpread, form)
	for i, heading := range form["xh"] { // columns that the layout makes
		field, ok := strings.CutPrefix(form.Get("x."+strconv.Itoa(i)), "f:")
		switch {
		case ok:
			if err := ch.feed(heading, field); err != nil && first == nil {
				first = err
			}
			sayReading(rec, b.obj, field, form.Get("xw."+strconv.Itoa(i)))
		case form.Get("x."+strconv.Itoa(i)) == notRead:
			rec.Columns[heading] = ""
		}
	}
	return first
}

// sayColumn gives one column of the sheet its role and its field.
func sayColumn(ch *chooser, l *layout.Layout, i int, answer string) error {
	c := &l.Columns[i]
	switch {
	case answer == "": // not on the page
	case answer == askColumn:
		if c.Role == layout.Spread || c.Role == layout.Number {
			c.Role = layout.Data
		}
	case answer == numberColumn:
		c.Role = layout.Number
	case answer == crossColumn:
		c.Role = layout.Spread
	case answer == notRead && (c.Role == layout.Ignore || c.Role == layout.Number || c.Role == layout.Spread || twice(l, i) && !l.Own):
		c.Role = layout.Ignore
	case answer == notRead:
		ch.rec.Columns[c.Heading] = ""
	default:
		field, ok := strings.CutPrefix(answer, "f:")
		if !ok {
			return fault.New(fault.Invalid, "page.form")
		}
		if c.Heading == "" {
			c.Heading = layout.Letters(i) // so that something can be said of it
		}
		c.Role = layout.Data
		return ch.feed(c.Heading, field)
	}
	return nil
}

// twice reports whether another column that is read has the same heading.
func twice(l *layout.Layout, i int) bool {
	for n, c := range l.Columns {
		if n != i && c.Role == layout.Data && c.Heading == l.Columns[i].Heading {
			return true
		}
	}
	return false
}

// sayCross keeps the labels of a crosstab in step with its columns.
func sayCross(l *layout.Layout, labels map[int]string, form url.Values) {
	x := layout.Cross{Label: strings.TrimSpace(form.Get("cross-label")), Value: strings.TrimSpace(form.Get("cross-value"))}
	if l.Cross != nil && x.Label == "" {
		x.Label = l.Cross.Label
	}
	if l.Cross != nil && x.Value == "" {
		x.Value = l.Cross.Value
	}
	same := l.Cross != nil && len(l.Cross.Measures) > 0
	for i, c := range l.Columns {
		if c.Role != layout.Spread {
			same = same && labels[i] == ""
			continue
		}
		label := labels[i]
		if label == "" {
			same = false
			label = c.Heading[strings.LastIndex(c.Heading, " / ")+1:]
			label = strings.TrimSpace(strings.TrimPrefix(label, "/"))
		}
		x.Labels = append(x.Labels, label)
	}
	if same { // several values under each label: only untouched do they hold
		x.Measures = l.Cross.Measures
	}
	l.Cross = nil
	if len(x.Labels) > 0 {
		l.Cross = &x
	}
}

// sayReading takes how the cells of a field are written.
func sayReading(rec *recipe.Recipe, obj *contract.Object, field, answer string) {
	at := obj.Column(field)
	kind, value, ok := strings.Cut(answer, ":")
	if !ok || at < 0 || !slices.Contains(styles(&obj.Columns[at]), answer) {
		return
	}
	r := rec.Reads[field]
	switch kind {
	case "numbers":
		r.Numbers = value
	case "days":
		r.Days = value
	case "font":
		r.Font = value
	}
	rec.Reads[field] = r
}

// styles are the ways in which the cells of a column may be written.
func styles(c *contract.Column) []string {
	switch c.Type {
	case contract.Integer, contract.Decimal, contract.Float:
		return []string{"numbers:vietnamese", "numbers:english"}
	case contract.Date, contract.PartialDate, contract.Timestamp:
		return []string{"days:day-first", "days:month-first"}
	case contract.Text:
		return []string{"font:none", "font:tcvn3", "font:tcvn3-capitals", "font:vni", "font:viqr"}
	}
	return nil
}

// style is the one that was said of a field.
func style(r recipe.Reading, c *contract.Column) string {
	for _, one := range styles(c) {
		kind, value, _ := strings.Cut(one, ":")
		if value == map[string]string{"numbers": r.Numbers, "days": r.Days, "font": r.Font}[kind] {
			return one
		}
	}
	return ""
}

// ruleNames lists the rescues, in their order.
func ruleNames() []string {
	var all []string
	for _, r := range quality.Rescues {
		if r.Name != "" {
			all = append(all, r.Name)
		}
	}
	return all
}
