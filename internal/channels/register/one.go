package register

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

type oneView struct {
	rowView
	Path      string
	Token     string
	Functions string
	Groups    []groupView
	Parts     tableView
	Links     tableView
	Rents     []rentView
	Steps     []stepView
	Requests  []requestView
	Similar   []similarView
	Measured  measuredView
	Changes   []ui.Change
	Record    string // its row's own history, with undoing
	MayEdit   bool
	Problem   string
	Done      string // key of what has been done, "" = nothing
}

type groupView struct {
	Title string
	Facts []factView
}

type factView struct{ Title, Text string }

type tableView struct {
	Heads []string
	Rows  [][]string
}

type rentView struct {
	What, State, Provider, Term, Price, Promised, Measured, Verdict, VerdictText string
}

type stepView struct {
	To, Name, Basis string
	Propose         string
	Approve         string
	Missing         []missingView
	May             bool
	Confirms        bool
}

type missingView struct{ Text, Basis string }

type requestView struct {
	ID, From, To, Why, By, When, State, StateText, Decided, Said string
	Own, MayDecide, Waiting                                      bool
}

type similarView struct {
	ID, Name, Owner, Address, Percent, Shared string
	Near                                      bool
}

type measuredView struct {
	Share, Reported, Term string
	Outages               int64
	Last                  []factView
	Any                   bool
}

// groups cut the register's columns into parts, each from a column on.
var groups = []struct{ from, key string }{
	{"ma", "register.group.general"}, {"trang_thai", "register.group.state"}, {"bo_dong_y_so", "register.group.ministry"},
	{"cap_do_de_xuat", "register.group.security"}, {"ma_nas", "register.group.label"}, {"ipv6", "register.group.technical"},
	{"hop_dong", "register.group.money"}, {"ban_giao_so", "register.group.end"},
}

// group is the key of the part that a column belongs to, given that of the column
// before it.
func group(column, before string) string {
	for _, g := range groups {
		if g.from == column {
			return g.key
		}
	}
	return before
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, nil)
}

// show shows a system; wrong is what was wrong with what somebody wanted to do
// there, nil for nothing.
func (p *pages) show(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	s, err := p.Desk.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	words, err := p.wording(ctx)
	if err != nil {
		return err
	}
	page := p.Page(r, s.Name(), "systems")
	v := oneView{rowView: words.row(s), Path: api.SystemPath(s.ID()), Token: page.Token, Functions: s.Row["chuc_nang"], MayEdit: p.Desk.MayEdit(ctx, s)}
	v.groups(words, s)
	v.Parts, v.Links = words.table("thanh_phan", s.Parts), words.table("ket_noi", s.Links)
	for _, fill := range []func(context.Context, wording, systems.System, *oneView) error{p.measure, p.steps, p.requests, p.changes} {
		if err := fill(ctx, words, s, &v); err != nil {
			return err
		}
	}
	v.Similar = similar(words.l, p.Desk.Similar(ctx, s.ID(), s.Name(), s.Row["chuc_nang"]))
	if done := r.URL.Query().Get("done"); slices.Contains([]string{"asked", "approved", "refused", "withdrawn", "saved", "proposed"}, done) {
		v.Done = "register.done." + done
	}
	if wrong == nil {
		talk, err := p.Comments.Card(ctx, "system", s.ID())
		if err != nil {
			return err
		}
		return p.Show(w, r, page, templ.Join(onePage(v), talk))
	}
	v.Problem = words.l.Error(wrong)
	return p.ShowWrong(w, r, wrong, page, onePage(v))
}

// fact is a cell as people read it, "" for none.
func (w wording) fact(obj *contract.Object, c *contract.Column, row registry.Row) string {
	text := row[c.Store]
	if text == "" {
		return ""
	}
	if c.Name == "chu_quan" || c.Name == "co_quan" {
		return w.agencies(text)
	}
	return form.Worded(w.l, c, w.names, text)
}

func (v *oneView) groups(w wording, s systems.System) {
	key := ""
	for i := range w.obj.Columns {
		c := &w.obj.Columns[i]
		if next := group(c.Name, key); next != key || len(v.Groups) == 0 {
			key = next
			v.Groups = append(v.Groups, groupView{Title: w.l.T(key)})
		}
		switch c.Name {
		case "ma", "ten", "chuc_nang":
			continue
		}
		if text := w.fact(w.obj, c, s.Row); text != "" {
			g := &v.Groups[len(v.Groups)-1]
			g.Facts = append(g.Facts, factView{c.Title, text})
		}
	}
	v.Groups = slices.DeleteFunc(v.Groups, func(g groupView) bool { return len(g.Facts) == 0 })
}

// table shows rows beside a system, with the columns in which something stands.
func (w wording) table(object string, rows []registry.Row) (t tableView) {
	obj := objectOf(w.con, object)
	if obj == nil || len(rows) == 0 {
		return t
	}
	t.Rows = make([][]string, len(rows))
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if c.Name == "he_thong" || !slices.ContainsFunc(rows, func(r registry.Row) bool { return r[c.Store] != "" }) {
			continue
		}
		t.Heads = append(t.Heads, c.Title)
		for n, r := range rows {
			t.Rows[n] = append(t.Rows[n], w.fact(obj, c, r))
		}
	}
	return t
}

func (p *pages) measure(ctx context.Context, w wording, s systems.System, v *oneView) error {
	rents, now, err := p.Desk.Measure(ctx, s)
	if err != nil {
		return err
	}
	obj := objectOf(w.con, "dich_vu_thue")
	for _, r := range rents {
		one := rentView{What: r.Row["noi_dung"], Provider: r.Row["ben_cung_cap"], Price: r.Row["gia"], Verdict: string(r.Verdict)}
		if obj != nil {
			one.State = w.code(obj, "trang_thai", r.Row["trang_thai"])
			for _, name := range []string{"tu", "den", "gia"} {
				if i := obj.Column(name); i >= 0 && r.Row[name] != "" {
					text := form.Worded(w.l, &obj.Columns[i], w.names, r.Row[name])
					switch name {
					case "tu":
						one.Term = text
					case "den":
						one.Term += " – " + text
					case "gia":
						one.Price = text
					}
				}
			}
		}
		if r.Promises {
			one.Promised = w.percent(r.Promised)
		}
		if share, ok := r.Share(); ok {
			one.Measured = w.percent(share)
		}
		if one.Verdict != "" {
			one.VerdictText = w.l.T("register.verdict." + one.Verdict)
		}
		v.Rents = append(v.Rents, one)
	}
	m := measuredView{Reported: w.hours(now.Reported), Term: w.hours(now.Term), Outages: int64(now.Outages)}
	if share, ok := now.Share(); ok {
		m.Share, m.Any = w.percent(share), true
	}
	if now.Last != nil {
		m.Any = true
		m.Last, err = p.last(ctx, w, now.Last)
	}
	v.Measured = m
	return err
}

// last words the newest report of a system.
func (p *pages) last(ctx context.Context, w wording, row registry.Row) ([]factView, error) {
	con, obj, err := p.Desk.BeatsTable(ctx)
	if err != nil || obj == nil {
		return nil, err
	}
	if w.names, err = p.Desk.NamesOf(ctx, con); err != nil {
		return nil, err
	}
	var all []factView
	for i := range obj.Columns {
		c := &obj.Columns[i]
		if text := w.fact(obj, c, row); text != "" && c.Name != "he_thong" {
			all = append(all, factView{c.Title, text})
		}
	}
	return all, nil
}

func (w wording) percent(s registry.Share) string { return w.l.Float(float64(s)/1000, -1) + " %" }

func (w wording) hours(d time.Duration) string { return w.l.Number(int64(d / time.Hour)) }

func (p *pages) steps(ctx context.Context, w wording, s systems.System, v *oneView) error {
	steps, err := p.Desk.Steps(ctx, s)
	if err != nil {
		return err
	}
	for _, t := range steps {
		one := stepView{
			To: string(t.To), Name: w.l.Of(t.Name.Vi, t.Name.En), Basis: t.Basis, Propose: p.Desk.RoleNames(w.l, t.Propose), Approve: p.Desk.RoleNames(w.l, t.Approve),
			May: t.May, Confirms: t.From == t.To,
		}
		for _, m := range t.Missing {
			one.Missing = append(one.Missing, missingView{w.l.Of(m.Says.Vi, m.Says.En), m.Basis})
		}
		v.Steps = append(v.Steps, one)
	}
	return nil
}

func (p *pages) requests(ctx context.Context, w wording, s systems.System, v *oneView) error {
	list, err := p.Desk.Requests(ctx, s)
	if err != nil {
		return err
	}
	for _, r := range list {
		v.Requests = append(v.Requests, requestView{
			ID: r.ID, From: w.code(w.obj, "trang_thai", string(r.From)), To: w.code(w.obj, "trang_thai", string(r.To)), Why: r.Why, By: r.By.Name, When: w.l.Time(r.MadeAt),
			State: string(r.State), StateText: w.l.T("register.request." + string(r.State)), Decided: r.Decided.Name, Said: r.Said,
			Own: r.Own, MayDecide: r.MayDecide, Waiting: r.State == "waiting",
		})
	}
	return nil
}

// mostChanges is how many changes stand on the page.
const mostChanges = 50

func (p *pages) changes(ctx context.Context, w wording, s systems.System, v *oneView) error {
	list, err := p.Desk.History(ctx, w.l, w.con, w.obj, w.names, s.Key)
	if err != nil {
		return err
	}
	for _, c := range list[:min(mostChanges, len(list))] {
		v.Changes = append(v.Changes, c.View(w.l))
	}
	v.Record = form.HistoryAddress(w.obj, s.Key)
	return nil
}

func similar(l locale.Lang, list []catalog.Match) (all []similarView) {
	near := map[string]bool{}
	for _, m := range systems.Alike(list) {
		near[m.Entry.ID] = true
	}
	for _, m := range list {
		one := similarView{ID: m.Entry.ID, Name: m.Entry.Title, Owner: m.Entry.Owner.Name, Address: m.Entry.Address, Percent: l.Float(100*m.Measure, 0), Near: near[m.Entry.ID]}
		for i, word := range m.Shared {
			if i > 0 {
				one.Shared += ", "
			}
			one.Shared += word
		}
		all = append(all, one)
	}
	return all
}

// back leads to the system, or shows there what was wrong.
func (p *pages) back(w http.ResponseWriter, r *http.Request, done string, err error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict:
		if err != nil {
			return p.show(w, r, err)
		}
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, api.SystemPath(r.PathValue("id"))+"?done="+done+"#steps", http.StatusSeeOther)
	return nil
}

func (p *pages) move(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, 64<<10); err != nil {
		return err
	}
	_, err := p.Desk.Ask(r.Context(), r.PathValue("id"), registry.State(r.PostForm.Get("to")), r.PostForm.Get("why"))
	return p.back(w, r, "asked", err)
}

func (p *pages) decide(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, 64<<10); err != nil {
		return err
	}
	ctx, id, request := r.Context(), r.PathValue("id"), r.PathValue("request")
	var err error
	done := ""
	switch r.PathValue("what") {
	case "approve":
		done = "approved"
		_, err = p.Desk.Decide(ctx, id, request, true, r.PostForm.Get("why"))
	case "refuse":
		done = "refused"
		_, err = p.Desk.Decide(ctx, id, request, false, r.PostForm.Get("why"))
	case "withdraw":
		done = "withdrawn"
		_, err = p.Desk.Withdraw(ctx, id, request)
	default:
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	return p.back(w, r, done, err)
}
