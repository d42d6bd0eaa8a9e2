package explore

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// QueryPath is the page on which data are asked in SQL.
const QueryPath = "/query"

const (
	queryShown   = 1000    // rows on the page
	queryLongest = 100_000 // characters of a question, as the API takes them
	addressable  = 1500    // characters of a question that stands in an address
	setsOffered  = 60      // tables beside the field; more are found by words
)

type queryView struct {
	SQL      string
	Problem  string
	Link     string // address of this very question, "" = it stands in none
	Answer   *queryAnswer
	Examples []queryExample
	Find     string
	Sets     []querySet
	More     int64 // tables that are not listed
}

type queryExample struct{ Title, SQL, Address string }

// A querySet is a table that may be asked, with names as a question writes them.
type querySet struct {
	Name, Title string
	Words       string // folded, to be searched
	Columns     []queryColumn
	Open        bool
}

type queryColumn struct {
	Name, Title, Type string
	Masked            bool
}

type queryAnswer struct {
	Heads   []queryHead
	Rows    [][]string
	Count   string
	Took    string
	CSV     bool
	Purpose bool
}

type queryHead struct {
	Name, Title string
	Number      bool
}

// queryRoutes adds the page where it has what it needs: all data sets, and the
// mirror.
func (p *Pages) queryRoutes() {
	if p.Sets == nil || p.Mirror == nil || p.Records == nil {
		return
	}
	need := door.Each(policy.Read, policy.KindDataset)
	p.Handle("GET "+QueryPath, need, p.query)
	p.Handle("POST "+QueryPath, need, p.query)
	p.Offer(ui.Entry{Place: "query", Address: QueryPath, Text: "query-page.menu", Group: ui.MenuData}, p.mayQuery)
}

// mayQuery asks of imagined data sets: to look at all that there are would take
// longer than most pages.
func (p *Pages) mayQuery(ctx context.Context) bool {
	if !door.From(ctx).Known() {
		return false
	}
	return slices.ContainsFunc([]string{policy.AccessOpen, policy.AccessShared}, func(access string) bool {
		return p.Door.Can(ctx, policy.Read, policy.What{Kind: policy.KindDataset, ID: "?", Owner: "?", Access: access, Class: "other"})
	})
}

// listed is what an Asker needs of the contracts.
type listed struct {
	contracts
	sets
}

// query shows the field, and the answer to what stands in it. A form is always
// sent in a body; what may stand in an address is then asked again from there.
func (p *Pages) query(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, 4*queryLongest)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	p.Door.Sift(ctx, policy.Read)
	v := queryView{SQL: strings.TrimSpace(r.Form.Get("sql")), Find: strings.TrimSpace(r.Form.Get("find"))}
	var named *api.Named
	var wrong error
	if v.SQL != "" {
		if err := p.Limits.Search(r); err != nil {
			return err
		}
		ask := &api.Asker{Door: p.Door, Contracts: listed{p.Contracts, p.Sets}, Records: p.Records, Mirror: p.Mirror}
		guard.Extend(w, 5*time.Minute)
		if named, wrong = p.look(ctx, ask, r, &v); wrong == nil {
			switch {
			case r.PostForm.Get("do") == "csv":
				done, err := p.queryFile(w, ask, r, named)
				if done {
					return err
				}
				wrong = err
			case r.Method == http.MethodPost && v.Link != "":
				http.Redirect(w, r, v.Link, http.StatusSeeOther)
				return nil
			default:
				wrong = p.queryRun(ctx, ask, named, &v)
			}
		}
	}
	if err := p.queryBeside(ctx, named, &v); err != nil {
		return err
	}
	page := p.Page(r, ui.Say(ctx, "query-page.title"), "query")
	if wrong == nil {
		return p.Show(w, r, page, queryPage(v))
	}
	// What can be mended in the question is said above it; signing in, a purpose, a
	// second factor have pages of their own.
	if fault.Is(wrong, door.NeedsPurpose) || fault.Is(wrong, door.NeedsStrong) {
		return wrong
	}
	problem := api.NewProblem(ctx, wrong)
	if problem.Status >= http.StatusInternalServerError && problem.Status != http.StatusServiceUnavailable {
		return wrong
	}
	v.Problem = problem.Detail
	if fault.Is(wrong, "query.table") {
		v.Problem += " " + ui.Say(ctx, "query-page.names-beside")
	}
	return p.ShowWrong(w, r, wrong, page, queryPage(v))
}

// look reads the question before anything is asked, and says whether it may
// stand in an address.
func (p *Pages) look(ctx context.Context, ask *api.Asker, r *http.Request, v *queryView) (*api.Named, error) {
	if utf8.RuneCountInString(v.SQL) > queryLongest {
		return nil, fault.New(fault.Invalid, "query-page.long", int64(queryLongest))
	}
	named, err := ask.Look(ctx, v.SQL)
	if err != nil {
		return nil, err
	}
	fits := named.Addressable()
	if !fits && r.Method == http.MethodGet {
		return nil, fault.New(fault.Invalid, "query-page.number-in-address")
	}
	if fits && len(v.SQL) <= addressable {
		v.Link = QueryPath + "?" + url.Values{"sql": {v.SQL}}.Encode()
	}
	return named, nil
}

// queryRun answers on the page.
func (p *Pages) queryRun(ctx context.Context, ask *api.Asker, named *api.Named, v *queryView) error {
	began := time.Now()
	a, err := ask.Ask(ctx, named, policy.Read, mirror.QueryOptions{Rows: queryShown})
	if err != nil {
		return err
	}
	defer a.Release()
	lang := locale.From(ctx)
	out := &queryAnswer{CSV: true}
	for _, f := range a.Schema().Fields() {
		out.Heads = append(out.Heads, queryHead{Name: f.Name, Title: titleIn(named, f.Name), Number: numeric(f.Type)})
	}
	for a.Next() {
		rec := a.RecordBatch()
		for i := range int(rec.NumRows()) {
			row := make([]string, rec.NumCols())
			for c := range row {
				row[c] = shownCell(lang, rec.Column(c), i)
			}
			out.Rows = append(out.Rows, row)
		}
	}
	if err := a.Err(); err != nil {
		return err
	}
	out.Count = lang.T("query-page.rows", int64(len(out.Rows)))
	if a.More() {
		out.Count = lang.T("query-page.first", int64(queryShown))
	}
	out.Took = lang.T("query-page.took", lang.Float(time.Since(began).Seconds(), 2))
	for _, t := range named.Tables {
		if !p.Door.Can(ctx, policy.Export, t.Contract.What(t.Object)) || p.Approved != nil && p.Approved(ctx, t.Contract, t.Object) {
			out.CSV = false
		}
	}
	v.Answer = out
	return nil
}

// queryFile answers as a file; done reports whether it has begun to.
func (p *Pages) queryFile(w http.ResponseWriter, ask *api.Asker, r *http.Request, named *api.Named) (done bool, err error) {
	a, err := ask.Ask(r.Context(), named, policy.Export, mirror.QueryOptions{})
	if err != nil {
		return false, err
	}
	defer a.Release()
	body, err := api.TableCSV(a)
	if err != nil {
		return false, err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="ket-qua.csv"`)
	if a.More() {
		h.Set("X-Phohien-More", "true")
	}
	_, err = w.Write(append([]byte("\ufeff"), body...)) // with the mark, spreadsheets read the Vietnamese in it
	return true, err
}

// titleIn is what the tables of a question call a column, where they agree.
func titleIn(named *api.Named, name string) (title string) {
	for _, t := range named.Tables {
		for i := range t.Object.Columns {
			c := &t.Object.Columns[i]
			switch {
			case c.Store != name || c.Title == "":
			case title != "" && title != c.Title:
				return ""
			default:
				title = c.Title
			}
		}
	}
	return title
}

func numeric(t arrow.DataType) bool {
	switch api.TypeWord(t) {
	case "integer", "decimal", "float":
		return true
	}
	return false
}

// shownCell writes a value as officials read it.
func shownCell(l locale.Lang, a arrow.Array, i int) string {
	if a.IsNull(i) {
		return ""
	}
	kind := contract.Text
	switch api.TypeWord(a.DataType()) {
	case "integer":
		kind = contract.Integer
	case "decimal", "float":
		kind = contract.Float
	case "date":
		kind = contract.Date
	case "timestamp":
		kind = contract.Timestamp
	case "boolean":
		return l.T("page.boolean." + a.ValueStr(i))
	}
	text := api.CellText(a, i)
	if kind == contract.Integer {
		if n, ok := api.Cell(a, i).(int64); ok {
			return l.Number(n)
		}
		kind = contract.Float
	}
	return ui.Value(l, &contract.Column{Type: kind}, text)
}

// queryBeside lists what may be asked, the tables of the question first.
func (p *Pages) queryBeside(ctx context.Context, named *api.Named, v *queryView) error {
	var all []querySet
	for con, err := range contract.All(ctx, p.Sets) {
		if err != nil {
			return err
		}
		for _, o := range con.Objects {
			d := p.Door.Asks(ctx, policy.Read, con.What(o))
			if d.Allowed && d.SmallestGroup == 0 {
				all = append(all, querySetOf(con, o, d))
			}
		}
	}
	v.Examples = queryExamples(ctx, all)
	if named != nil {
		for i := range all {
			all[i].Open = slices.ContainsFunc(named.Tables, func(t api.Table) bool { return t.Object.Dataset == all[i].Name })
		}
	}
	if words := viet.Fold(v.Find); words != "" {
		all = slices.DeleteFunc(all, func(s querySet) bool { return !strings.Contains(s.Words, words) })
	}
	slices.SortStableFunc(all, func(a, b querySet) int {
		switch {
		case a.Open == b.Open:
			return strings.Compare(a.Name, b.Name)
		case a.Open:
			return -1
		}
		return 1
	})
	if len(all) > setsOffered {
		v.More = int64(len(all) - setsOffered)
		all = all[:setsOffered]
	}
	v.Sets = all
	return nil
}

func querySetOf(con *contract.Contract, o *contract.Object, d policy.Decision) querySet {
	s := querySet{Name: o.Dataset, Title: con.Name}
	if len(con.Objects) > 1 {
		s.Title += " – " + o.Title
	}
	words := []string{s.Name, s.Title}
	for i := range o.Columns {
		c := &o.Columns[i]
		s.Columns = append(s.Columns, queryColumn{Name: c.Store, Title: c.Title, Type: typeWords(c), Masked: d.Columns[c.Name].Mask != policy.Clear})
		words = append(words, c.Store, c.Title)
	}
	s.Words = viet.Fold(strings.Join(words, " "))
	return s
}

// queryExamples are questions that can be asked of what is there.
func queryExamples(ctx context.Context, all []querySet) (list []queryExample) {
	there := func(name string, columns ...string) bool {
		at := slices.IndexFunc(all, func(s querySet) bool { return s.Name == name })
		return at >= 0 && !slices.ContainsFunc(columns, func(c string) bool {
			return !slices.ContainsFunc(all[at].Columns, func(q queryColumn) bool { return q.Name == c && !q.Masked })
		})
	}
	add := func(title, sql string) {
		list = append(list, queryExample{title, sql, QueryPath + "?" + url.Values{"sql": {sql}}.Encode()})
	}
	if there("hy-xa", "loai", "dan_so", "dien_tich_km2") {
		add(ui.Say(ctx, "query-page.example.kinds"), "SELECT loai, count(*) AS so_don_vi, sum(dan_so) AS dan_so, round(sum(dan_so) / sum(dien_tich_km2), 1) AS mat_do\nFROM \"hy-xa\"\nGROUP BY loai\nORDER BY dan_so DESC")
	}
	if there("hy-xa", "ten_xa", "dan_so") {
		add(ui.Say(ctx, "query-page.example.ten"), "SELECT ten_xa, dan_so\nFROM \"hy-xa\"\nORDER BY dan_so DESC NULLS LAST\nLIMIT 10")
	}
	if there("hy-thoi-tiet-gio", "thoi_diem", "nhiet_do", "do_am") {
		add(ui.Say(ctx, "query-page.example.months"), "SELECT date_trunc('month', thoi_diem) AS thang, round(avg(nhiet_do), 1) AS nhiet_do_tb, max(nhiet_do) AS cao_nhat, min(nhiet_do) AS thap_nhat\nFROM \"hy-thoi-tiet-gio\"\nGROUP BY thang\nORDER BY thang")
	}
	if there("vn-xa", "tinh_uid", "hieu_luc_den") && there("vn-tinh", "uid", "ten", "hieu_luc_den") {
		add(ui.Say(ctx, "query-page.example.join"), "SELECT t.ten, count(*) AS so_xa\nFROM \"vn-xa\" AS x\nJOIN \"vn-tinh\" AS t ON t.uid = x.tinh_uid\nWHERE x.hieu_luc_den IS NULL AND t.hieu_luc_den IS NULL\nGROUP BY t.ten\nORDER BY so_xa DESC")
	}
	if len(list) == 0 && len(all) > 0 {
		add(ui.Say(ctx, "query-page.example.count"), "SELECT count(*) AS so_ban_ghi\nFROM \""+all[0].Name+"\"")
		add(ui.Say(ctx, "query-page.example.look"), "SELECT *\nFROM \""+all[0].Name+"\"\nLIMIT 20")
	}
	return list
}
