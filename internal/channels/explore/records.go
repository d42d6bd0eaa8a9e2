package explore

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

const recordsShown = 50

type recordsView struct {
	Head     ui.SetHead
	Path     string // of the page
	Post     bool   // what is looked for stands in no address
	Problem  string // what is wrong with the filter
	Words    string // looked for in all columns
	Filter   string // CQL2 text
	On       string // valid on this day
	Validity bool
	Rows     []conditionView
	More     int // conditions on the page when one more is asked for, 0 = no more
	Sort     string
	Narrowed bool
	Counted  string // how many fit, of how many
	Masked   string // titles of masked columns
	Heads    []sortedHead
	Records  [][]ui.Cell
	Keys     []string
	Acts     *actsView
	After    string // key behind which the next page begins, "" = this is the last
	State    string // batch whose state the pages show
	Later    bool   // not the first page
	CSV      string // the same rows as a file, "" = not offered
	XLSX     string
	Bring    string // where the sheet is sent back once rows were changed in it, "" = not by this reader
	JSON     string // address that programs ask, "" when the filter stands in no address
}

// A conditionView is one line of the form.
type conditionView struct {
	Number    int
	Columns   []choiceView
	Operators []choiceView
	Value     string
}

type sortedHead struct {
	ui.Heading
	Sort  string // what its button asks for, "" = cannot be sorted by
	State string // aria-sort
}

// An actsView is what may be done with one record.
type actsView struct {
	Token   string
	Address string // of the table
	Edit    []bool // of each record on the page: the reader may change it
	History bool
	Desk    bool // it may be held or its erasure be asked for
	Linked  bool // its key may stand in an address

	mine func(row *record.Row) bool // whether the reader may change one; nil: none
}

// forms reports whether the page needs a form for each record.
func (a *actsView) forms() bool { return a != nil && a.Token != "" && (a.Desk || !a.Linked) }

// rowAddress is a page of one record.
func (a *actsView) rowAddress(place, key string) string {
	return a.Address + "/" + place + "?key=" + url.QueryEscape(key)
}

// operators of the form, in its order; fits says for which columns.
var operators = []struct {
	name string
	fits func(c *contract.Column) bool
}{
	{"contains", isText}, {"starts", isText}, {"eq", comparable}, {"ne", comparable},
	{"lt", ordered}, {"le", ordered}, {"gt", ordered}, {"ge", ordered}, {"null", anyColumn}, {"there", anyColumn},
}

func anyColumn(*contract.Column) bool    { return true }
func isText(c *contract.Column) bool     { return c.Type == contract.Text && !c.Array && !c.Sealed }
func comparable(c *contract.Column) bool { return !structured(c) }
func ordered(c *contract.Column) bool {
	return !structured(c) && !c.Sealed && c.Type != contract.Boolean && c.Type != contract.Text
}

func structured(c *contract.Column) bool {
	return c.Array || c.Type == contract.Geometry || c.Type == contract.JSON || c.Type == contract.File
}

// mostConditions is how many lines of conditions the form has at most; who needs
// more writes them.
const mostConditions = 6

// records shows the rows of a table: any page of them, filtered and sorted.
func (p *Pages) records(w http.ResponseWriter, r *http.Request, t table) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	ctx := r.Context()
	view, err := p.Door.See(ctx, policy.Read, t.con, t.obj)
	if err != nil {
		return err
	}
	names, err := dictionary.NamesOf(ctx, p.CodeLists, viet.DateOf(p.Now().In(viet.Zone)), t.obj.CodeLists()...)
	if err != nil {
		return err
	}
	v := recordsView{Head: t.head, Path: t.address("records"), Post: unaddressed(view), Validity: t.obj.ValidFrom >= 0 || t.obj.ValidTo >= 0}
	page := p.Page(r, t.con.Name, "datasets")
	q := &recordsQuery{p: p, t: t, view: view, names: names, form: r.Form, v: &v}
	if v.Acts, err = p.acts(ctx, t, view, page.Token); err != nil {
		return err
	}
	if err := p.Limits.Search(r); err != nil {
		return err
	}
	wrong := q.read(locale.From(ctx))
	if wrong == nil {
		wrong = q.run(ctx)
	}
	body := func() templ.Component { return recordsPage(v) }
	if wrong == nil {
		return p.Show(w, r, page, body())
	}
	problem := api.NewProblem(ctx, wrong)
	if fault.KindOf(wrong) != fault.Invalid || problem.Status >= http.StatusInternalServerError {
		return wrong
	}
	v.Problem = problem.Detail
	return p.ShowWrong(w, r, wrong, page, body())
}

// unaddressed reports whether a reader may filter by what stands in no address.
func unaddressed(view *record.View) bool {
	for i := range view.Object().Columns {
		if api.Numbered(&view.Object().Columns[i]) && view.Matches(i) {
			return true
		}
	}
	return false
}

// acts are what the reader may do with one record, nil for nothing.
func (p *Pages) acts(ctx context.Context, t table, view *record.View, token string) (_ *actsView, err error) {
	if !t.obj.HasKey() {
		return nil, nil
	}
	ask := p.Door.Asks(ctx, policy.AskErase, t.con.What(t.obj))
	a := &actsView{Token: token, Address: t.address(""), Linked: form.Addressed(t.obj, view)}
	a.Desk = token != "" && (p.Door.Can(ctx, policy.Hold, t.con.What(t.obj)) || ask.Allowed || ask.NeedsPurpose)
	a.History = a.Linked || token != ""
	if token != "" && !view.Masked() {
		if a.mine, err = form.Changeable(ctx, p.Door, t.con, t.obj); err != nil {
			return nil, err
		}
	}
	if !a.Desk && !a.History {
		return nil, nil
	}
	return a, nil
}

// A recordsQuery is one request for the page.
type recordsQuery struct {
	p     *Pages
	t     table
	view  *record.View
	names dictionary.Names
	form  url.Values
	v     *recordsView
	where cql2.Expr
	sort  []mirror.Sort
}

// read reads the form, and prepares it to be shown again whatever is wrong.
func (q *recordsQuery) read(lang locale.Lang) error {
	v, obj := q.v, q.t.obj
	v.Words, v.Filter, v.On = strings.TrimSpace(q.form.Get("q")), strings.TrimSpace(q.form.Get("filter")), strings.TrimSpace(q.form.Get("on"))
	v.Sort = q.last("sort")
	var all cql2.And
	err := q.conditions(lang, &all)
	if v.Words != "" {
		if e := q.anywhere(v.Words); e != nil {
			all = append(all, e)
		}
	}
	narrow := api.Narrowing{Filter: v.Filter, Sort: v.Sort}
	if v.On != "" {
		day, _, bad := viet.ParseDate([]byte(v.On))
		if bad != nil {
			err = cmp.Or(err, error(fault.New(fault.Invalid, "explore.day", v.On)))
		} else {
			narrow.ValidAt = day.String()
		}
	}
	more, bad := narrow.Read(obj)
	if err = cmp.Or(err, bad); err != nil {
		q.heads()
		return err
	}
	if more.Where != nil {
		all = append(all, more.Where)
	}
	q.sort = more.Sort
	q.heads()
	switch len(all) {
	case 0:
	case 1:
		q.where = all[0]
	default:
		q.where = all
	}
	v.Narrowed = q.where != nil
	return nil
}

// last is a field's last value: the button that was pressed stands behind what
// the form had.
func (q *recordsQuery) last(name string) string {
	all := q.form[name]
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// conditions reads the lines of the form: column, operator, value.
func (q *recordsQuery) conditions(lang locale.Lang, all *cql2.And) (err error) {
	lines, _ := strconv.Atoi(q.last("lines"))
	lines = min(max(lines, 1), mostConditions)
	for n := range lines {
		number := strconv.Itoa(n + 1)
		name, op, value := q.form.Get("c"+number), q.form.Get("o"+number), strings.TrimSpace(q.form.Get("v"+number))
		line := conditionView{Number: n + 1, Value: value, Columns: []choiceView{{"", lang.T("explore.no-column"), name == ""}}}
		for i := range q.t.obj.Columns {
			if c := &q.t.obj.Columns[i]; q.view.Matches(i) {
				line.Columns = append(line.Columns, choiceView{c.Name, c.Title, c.Name == name})
			}
		}
		for _, o := range operators {
			line.Operators = append(line.Operators, choiceView{o.name, lang.T("explore.op." + o.name), o.name == op})
		}
		q.v.Rows = append(q.v.Rows, line)
		if name == "" {
			continue
		}
		e, bad := q.condition(name, op, value)
		if bad == nil && e != nil {
			*all = append(*all, e)
		}
		err = cmp.Or(err, bad)
	}
	if lines < mostConditions {
		q.v.More = lines + 1
	}
	return err
}

// condition is one line; nil while its value is not there yet.
func (q *recordsQuery) condition(name, op, value string) (cql2.Expr, error) {
	i := q.t.obj.Column(name)
	if i < 0 {
		return nil, fault.New(fault.Invalid, "column.unknown", name, q.t.obj.Dataset)
	}
	c, p := &q.t.obj.Columns[i], cql2.Property{Name: name}
	for _, o := range operators {
		if o.name == op && !o.fits(c) {
			return nil, fault.New(fault.Invalid, "explore.op-unfit", c.Title)
		}
	}
	switch op {
	case "null":
		return cql2.Null{Property: p}, nil
	case "there":
		return cql2.Not{Expr: cql2.Null{Property: p}}, nil
	}
	if value == "" {
		return nil, nil
	}
	folded := cql2.Property{Name: name, AnyCase: true, AnyAccent: true}
	switch op {
	case "contains":
		return cql2.Like{Property: folded, Pattern: "%" + literally(value) + "%"}, nil
	case "starts":
		return cql2.Like{Property: folded, Pattern: literally(value) + "%"}, nil
	}
	sign, ok := map[string]string{"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}[op]
	if !ok {
		return nil, fault.New(fault.Invalid, "filter.operator", op)
	}
	constant, err := q.typed(c, value)
	return cql2.Compare{Property: p, Op: sign, Value: constant}, err
}

// literally takes the meaning off the signs of a pattern.
var literal = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func literally(s string) string { return literal.Replace(s) }

// typed reads a value as people type it. The name of a code stands for the code.
func (q *recordsQuery) typed(c *contract.Column, value string) (v cql2.Value, err error) {
	bad := func(err error) (cql2.Value, error) {
		if err != nil {
			err = fault.New(fault.Invalid, "explore.value", c.Title, value)
		}
		return v, err
	}
	switch c.Type {
	case contract.Integer:
		n, _, err := viet.ParseInteger([]byte(value), viet.StyleVietnamese)
		v = cql2.Value{Kind: cql2.Number, Text: strconv.FormatInt(n, 10)}
		return bad(err)
	case contract.Decimal, contract.Float:
		f, _, err := viet.ParseFloat([]byte(value), viet.StyleVietnamese)
		if err != nil { // as programs write it
			f, err = strconv.ParseFloat(value, 64)
		}
		v = cql2.Value{Kind: cql2.Number, Text: strconv.FormatFloat(f, 'f', -1, 64)}
		return bad(err)
	case contract.Boolean:
		b, _, err := viet.ParseBool([]byte(value))
		v = cql2.Value{Kind: cql2.Boolean, Text: strconv.FormatBool(b)}
		return bad(err)
	case contract.Date, contract.Timestamp:
		d, _, err := viet.ParseDate([]byte(value))
		v = cql2.Value{Kind: cql2.Date, Text: d.String()}
		if err != nil && c.Type == contract.Timestamp {
			v, err = cql2.Value{Kind: cql2.Text, Text: value}, nil // the mirror reads the time of day
		}
		return bad(err)
	case contract.PartialDate:
		d, _, err := viet.ParsePartialDate([]byte(value))
		v = cql2.Value{Kind: cql2.Text, Text: string(viet.AppendPartialDate(nil, d))}
		return bad(err)
	}
	v = cql2.Value{Kind: cql2.Text, Text: value}
	if c.CodeList != "" && q.names.Name(c.CodeList, value) == "" {
		for _, code := range q.names.Valid(c.CodeList) {
			if viet.Fold(code.Name) == viet.Fold(value) {
				v.Text = code.Code
			}
		}
	}
	return v, nil
}

// anywhere looks for words in all columns of text that the reader sees, and for
// a number in those of whole numbers; nil when there is none to look in.
func (q *recordsQuery) anywhere(words string) cql2.Expr {
	var any cql2.Or
	whole, _, notWhole := viet.ParseInteger([]byte(words), viet.StyleVietnamese)
	for i := range q.t.obj.Columns {
		c := &q.t.obj.Columns[i]
		if !q.view.Clear(i) || structured(c) || c.Sealed {
			continue
		}
		switch c.Type {
		case contract.Text:
			any = append(any, cql2.Like{Property: cql2.Property{Name: c.Name, AnyCase: true, AnyAccent: true}, Pattern: "%" + literally(words) + "%"})
			any = append(any, q.coded(c, words)...)
		case contract.Integer:
			if notWhole == nil {
				any = append(any, cql2.Compare{Property: cql2.Property{Name: c.Name}, Op: "=", Value: cql2.Value{Kind: cql2.Number, Text: strconv.FormatInt(whole, 10)}})
			}
		}
	}
	if len(any) == 0 {
		return nil
	}
	return any
}

// coded finds codes by their names.
func (q *recordsQuery) coded(c *contract.Column, words string) (all cql2.Or) {
	if c.CodeList == "" {
		return nil
	}
	in := cql2.In{Property: cql2.Property{Name: c.Name}}
	folded := viet.Fold(words)
	for _, code := range q.names.Valid(c.CodeList) {
		if strings.Contains(viet.Fold(code.Name), folded) && len(in.Values) < 200 {
			in.Values = append(in.Values, cql2.Value{Kind: cql2.Text, Text: code.Code})
		}
	}
	if len(in.Values) == 0 {
		return nil
	}
	return cql2.Or{in}
}

// heads are the headings, with what their buttons ask for: up, then down, then
// the order of the key again.
func (q *recordsQuery) heads() {
	for i := range q.t.obj.Columns {
		c := &q.t.obj.Columns[i]
		h := sortedHead{Heading: ui.Heading{Title: c.Title, Number: ui.IsNumber(c)}, State: "none"}
		if q.view.Clear(i) && !structured(c) && !c.Sealed {
			switch q.v.Sort {
			case c.Name:
				h.Sort, h.State = "-"+c.Name, "ascending"
			case "-" + c.Name:
				h.Sort, h.State = " ", "descending"
			default:
				h.Sort = c.Name
			}
		}
		q.v.Heads = append(q.v.Heads, h)
	}
}

// run reads the page's rows, all of one state, and counts.
func (q *recordsQuery) run(ctx context.Context) error {
	v, lang := q.v, locale.From(ctx)
	seq, err := q.state(ctx)
	if err != nil || seq == 0 {
		return err
	}
	v.State = strconv.FormatInt(seq, 10)
	reader := q.p.Mirror.Through(q.view)
	if _, err := q.p.Mirror.CatchUp(ctx, q.t.obj, seq); err != nil {
		return err
	}
	o := mirror.ScanOptions{AsOf: seq, Where: q.where, Sort: q.sort, AfterKey: q.form.Get("after"), Limit: recordsShown + 1}
	list, err := scan(ctx, reader, o)
	if err != nil {
		return err
	}
	v.Later = o.AfterKey != ""
	if len(list) > recordsShown {
		list = list[:recordsShown]
		v.After = list[len(list)-1].Key
	}
	for _, row := range list {
		v.Keys = append(v.Keys, row.Key)
		if v.Acts != nil {
			v.Acts.Edit = append(v.Acts.Edit, v.Acts.mine != nil && v.Acts.mine(&row))
		}
	}
	_, v.Records = ui.RecordTable(lang, q.view, q.names, list)
	if err := q.count(ctx, reader, seq); err != nil {
		return err
	}
	var masked []string
	for i := range q.t.obj.Columns {
		if !q.view.Clear(i) {
			masked = append(masked, q.t.obj.Columns[i].Title)
		}
	}
	v.Masked = strings.Join(masked, ", ")
	q.files(ctx)
	return nil
}

func scan(ctx context.Context, reader *mirror.Reader, o mirror.ScanOptions) (list []record.Row, err error) {
	rows, err := reader.Scan(ctx, o)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	for rows.Next() {
		list = append(list, rows.Row())
	}
	return list, rows.Err()
}

// state is the batch whose state all pages show: the newest when the list begins.
func (q *recordsQuery) state(ctx context.Context) (int64, error) {
	head, _, err := q.p.Records.Head(ctx, q.t.con.ID)
	if err != nil {
		return 0, err
	}
	if n, bad := strconv.ParseInt(q.form.Get("at"), 10, 64); bad == nil && n > 0 && n <= head && q.form.Get("after") != "" {
		return n, nil
	}
	return head, nil
}

func (q *recordsQuery) count(ctx context.Context, reader *mirror.Reader, seq int64) error {
	lang := locale.From(ctx)
	all, _, err := reader.Count(ctx, mirror.ScanOptions{AsOf: seq})
	if err != nil {
		return err
	}
	q.v.Counted = lang.T("explore.records.all", all)
	if q.where != nil {
		fit, _, err := reader.Count(ctx, mirror.ScanOptions{AsOf: seq, Where: q.where})
		if err != nil {
			return err
		}
		q.v.Counted = lang.T("explore.records.some", fit, all)
	}
	return nil
}

// files are the same rows for programs and spreadsheets, as far as the filter may
// stand in an address and nobody has to approve.
func (q *recordsQuery) files(ctx context.Context) {
	ask := url.Values{}
	if q.where != nil {
		ask.Set("filter", cql2.Write(q.where))
	}
	if s := strings.TrimSpace(q.v.Sort); s != "" {
		ask.Set("sort", s)
	}
	if q.where != nil && slices.ContainsFunc(cql2.Properties(q.where), func(name string) bool {
		i := q.t.obj.Column(name)
		return i >= 0 && api.Numbered(&q.t.obj.Columns[i])
	}) || len(ask.Get("filter")) > cql2.Longest/2 {
		return
	}
	base, query := api.Prefix+"/datasets/"+url.PathEscape(q.t.obj.Dataset)+"/records", "?"+ask.Encode()
	q.v.JSON = base + query
	if q.p.Door.Can(ctx, policy.Export, q.t.con.What(q.t.obj)) && (q.p.Approved == nil || !q.p.Approved(ctx, q.t.con, q.t.obj)) {
		q.v.CSV, q.v.XLSX = base+".csv"+query, base+".xlsx"+query
		// A masked cell would come back as a value.
		if !q.view.Masked() && q.t.obj.HasKey() && !q.t.con.Retired && q.p.Door.Can(ctx, policy.Send, q.t.con.What(q.t.obj)) {
			q.v.Bring = q.t.address("") + "?mode=" + string(contract.Merge) + "#send"
		}
	}
}
