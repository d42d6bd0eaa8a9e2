// Package monthly is the pages of monthly progress: the periods, one period as whoever
// coordinates sees it, and the sheet of a unit, which is filled in on a telephone, also
// where there is no network.
package monthly

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/progressdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk *progressdesk.Desk
}

type pages struct{ Deps }

// The place of these pages in the navigation, and their first address.
const (
	place = "progress"
	front = "/progress"
)

// mostForm bounds a form: a sheet of two thousand lines with words in each.
const mostForm = 8 << 20

// New adds the pages to the site, and an entry to the menu for who works for an agency
// or leads the periods.
func New(d Deps) {
	p := &pages{d}
	own, lead := door.Of(policy.OwnAccount, policy.KindSelf), door.Of(policy.EditContract, policy.KindCodeList)
	fill, send, decide := door.Each(policy.Send, policy.KindDataset), door.Each(policy.Confirm, policy.KindDataset), door.Each(policy.Approve, policy.KindCodeList)
	p.Offer(ui.Entry{Place: place, Address: front, Text: "progress.menu", Group: ui.MenuPlans}, func(ctx context.Context) bool {
		c := door.From(ctx)
		return c.Who.Kind == "person" && c.Who.Org != "" || c.Known() && p.Desk.Leads(ctx)
	})
	p.Handle("GET "+front, own, p.list)
	p.Handle("POST "+front, lead, p.open)
	p.Handle("GET /progress/{month}", own, p.period)
	p.Handle("POST /progress/{month}/close", lead, p.onPeriod("closed", func(ctx context.Context, m progress.Month, _ url.Values) error { return p.Desk.Close(ctx, m) }))
	p.Handle("GET /progress/{month}/matters/{id}", own, p.matter)
	p.Handle("POST /progress/{month}/matters/{id}/reply", lead, p.onMatter(func(ctx context.Context, m progress.Month, id string, f url.Values) error {
		return p.Desk.Reply(ctx, m, id, f.Get("answer"))
	}))
	p.Handle("POST /progress/{month}/matters/{id}/escalate", lead, p.onMatter(func(ctx context.Context, m progress.Month, id string, f url.Values) error {
		return p.Desk.Escalate(ctx, m, id, f.Get("to"), f.Get("why"))
	}))
	const sheet = " /progress/{month}/sheets/{org}"
	p.Handle("GET"+sheet, own, p.sheet)
	p.Handle("POST"+sheet, fill, p.save)
	p.Handle("POST"+sheet+"/settle", fill, p.onSheet("settled", p.settle))
	p.Handle("POST"+sheet+"/send", send, p.onSheet("sent", func(ctx context.Context, m progress.Month, org string, f url.Values) error {
		return p.Desk.Send(ctx, m, org, f.Get("nothing") != "")
	}))
	p.Handle("POST"+sheet+"/approve", decide, p.onSheet("approved", func(ctx context.Context, m progress.Month, org string, _ url.Values) error {
		return p.Desk.Approve(ctx, m, org)
	}))
	p.Handle("POST"+sheet+"/back", decide, p.onSheet("back", func(ctx context.Context, m progress.Month, org string, f url.Values) error {
		return p.Desk.Back(ctx, m, org, f.Get("why"))
	}))
}

func periodPath(m progress.Month) string { return front + "/" + url.PathEscape(string(m)) }

func sheetPath(m progress.Month, org string) string {
	return periodPath(m) + "/sheets/" + url.PathEscape(org)
}

func matterPath(m progress.Month, id string) string {
	return periodPath(m) + "/matters/" + url.PathEscape(id)
}

// bands are the colours of states.
var bands = map[string]string{"draft": "none", "open": "watch", "sent": "good", "back": "poor", "approved": "good", "closed": "none", "moved": "none", "escalated": "watch", "answered": "good", "withdrawn": "none"}

type periodView struct {
	Month, Path, State, StateText string
	Span, Due, Lead               string
	ClosedAt, ClosedBy, Hash      string
	Sheets                        []sheetRow
	Counts                        []countView
	Of                            int64
	Whole, Leads, Closed          bool
	Matters                       []matterView
	Checked                       string // what recomputing the hashes said
	CheckedBad                    bool
	Differences                   []string
	Corrections                   []correctionView
	Token, Problem, Done          string
}

type countView struct {
	State, Text string
	N           int64
}

type sheetRow struct {
	Org, Name, Path, State, StateText, Due string
	Late                                   bool
	Lines, Answered, Waiting               int64
}

type matterView struct {
	ID, Path, Unit, Item, Sort, Said, State, StateText string
	Raised, Due                                        string
	Late, Open, Answerable                             bool
	To, Why, Answer, AnsweredBy                        string
	Month, MonthPath, Token, Problem                   string
	Leads                                              bool
}

type correctionView struct{ Item, Said, Why, By, At string }

type listView struct {
	Rows           []periodView
	Leads          bool
	Month, Cut     string
	Token, Problem string
}

func (p *pages) row(l locale.Lang, name func(string) string, sh *progress.Sheet) sheetRow {
	return sheetRow{
		Org: sh.Org, Name: name(sh.Org), Path: sheetPath(sh.Period, sh.Org), State: string(sh.State), StateText: l.T("progress.sheet-state." + string(sh.State)), Due: l.Time(sh.DueAt),
		Late: sh.Overdue(p.Desk.Store.Now()), Lines: int64(sh.Lines), Answered: int64(sh.Answered), Waiting: int64(sh.Conflicts + sh.Late),
	}
}

func (p *pages) view(ctx context.Context, one *progressdesk.Period) (v periodView, err error) {
	l := locale.From(ctx)
	name, err := p.Desk.Agencies(ctx)
	if err != nil {
		return v, err
	}
	first, last := one.Period.Period.Span(one.Cut)
	v = periodView{
		Month: one.Period.Period.Words(), Path: periodPath(one.Period.Period), State: string(one.State), StateText: l.T("progress.state." + string(one.State)),
		Span: l.T("progress.span", l.Day(first.String()), l.Day(last.String())), Due: l.Time(one.DueAt), Lead: name(one.Lead), Of: int64(len(one.Sheets)), Whole: one.Whole,
		Leads: p.Desk.Leads(ctx), Closed: one.State == progress.Closed, Hash: one.Hash, Token: door.From(ctx).CSRF,
	}
	if v.Closed {
		v.ClosedAt, v.ClosedBy = l.Time(one.ClosedAt), one.ClosedBy.Name
	}
	counts := map[progress.SheetState]int64{}
	for _, sh := range one.Sheets {
		row := p.row(l, name, sh)
		row.Late = row.Late && !v.Closed
		v.Sheets = append(v.Sheets, row)
		counts[sh.State]++
	}
	// Who has to be called stands first.
	slices.SortStableFunc(v.Sheets, func(a, b sheetRow) int {
		if a.Late != b.Late {
			if a.Late {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, s := range progress.SheetStates() {
		if counts[s] > 0 || s != progress.Moved && s != progress.SentBack {
			v.Counts = append(v.Counts, countView{string(s), l.T("progress.sheet-state." + string(s)), counts[s]})
		}
	}
	return v, nil
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error { return p.showList(w, r, nil) }

func (p *pages) showList(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	all, err := p.Desk.List(ctx)
	if err != nil {
		return err
	}
	usual := p.Desk.Usual()
	v := listView{Leads: p.Desk.Leads(ctx), Month: string(usual.Period), Cut: strconv.Itoa(usual.Cut), Token: door.From(ctx).CSRF}
	for _, one := range all {
		row, err := p.view(ctx, one)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
	}
	page := p.Page(r, ui.Say(ctx, "progress.title"), place)
	if wrong == nil {
		return p.Show(w, r, page, listPage(v))
	}
	v.Month, v.Cut, v.Problem = r.PostForm.Get("month"), r.PostForm.Get("cut"), locale.From(ctx).Error(wrong)
	return p.ShowWrong(w, r, wrong, page, listPage(v))
}

func (p *pages) open(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 64<<10)
	if err != nil {
		return err
	}
	one := progress.Plan{Period: progress.Month(strings.TrimSpace(f.Get("month")))}
	if text := strings.TrimSpace(f.Get("cut")); text != "" {
		if one.Cut, err = strconv.Atoi(text); err != nil {
			one.Cut = -1 // the store says what days there are
		}
	}
	made, err := p.Desk.Open(r.Context(), one)
	if err != nil {
		if site.Mendable(err) {
			return p.showList(w, r, err)
		}
		return err
	}
	http.Redirect(w, r, periodPath(made.Period), http.StatusSeeOther)
	return nil
}

// month reads the period of an address.
func month(r *http.Request) (progress.Month, error) { return progress.ParseMonth(r.PathValue("month")) }

func (p *pages) period(w http.ResponseWriter, r *http.Request) error { return p.showPeriod(w, r, nil) }

func (p *pages) showPeriod(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	m, err := month(r)
	if err != nil {
		return err
	}
	one, err := p.Desk.Find(ctx, m)
	if err != nil {
		return err
	}
	v, err := p.view(ctx, one)
	if err != nil {
		return err
	}
	matters, err := p.Desk.Matters(ctx, m)
	if err != nil {
		return err
	}
	for _, one := range matters {
		row, err := p.matterRow(ctx, one)
		if err != nil {
			return err
		}
		v.Matters = append(v.Matters, row)
	}
	if v.Closed && v.Whole {
		if err := p.proof(ctx, m, &v); err != nil {
			return err
		}
	}
	if done := r.URL.Query().Get("done"); done == "closed" {
		v.Done = l.T("progress.done.closed")
	}
	page := p.Page(r, l.T("progress.period", v.Month), place)
	if wrong == nil {
		return p.Show(w, r, page, periodPage(v))
	}
	v.Problem = l.Error(wrong)
	return p.ShowWrong(w, r, wrong, page, periodPage(v))
}

// proof recomputes the hashes of a closed period and lists what was mended since.
func (p *pages) proof(ctx context.Context, m progress.Month, v *periodView) error {
	l := locale.From(ctx)
	verdict, err := p.Desk.Verify(ctx, m)
	if err != nil {
		return err
	}
	v.Checked = l.T("progress.verified", int64(verdict.Rows))
	if v.CheckedBad = !verdict.OK(); v.CheckedBad {
		v.Checked = l.T("progress.tampered", int64(len(verdict.Differences)))
	}
	for _, d := range verdict.Differences {
		v.Differences = append(v.Differences, l.T("progress.differs."+d.What, int64(d.Place)))
	}
	list, err := p.Desk.Store.Corrections(ctx, m)
	if err != nil {
		return err
	}
	for _, c := range list {
		v.Corrections = append(v.Corrections, correctionView{c.Code, c.Said, c.Why, c.By.Name, l.Time(c.At)})
	}
	return nil
}

func (p *pages) onPeriod(done string, do func(ctx context.Context, m progress.Month, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Form(w, r, 64<<10)
		if err != nil {
			return err
		}
		m, err := month(r)
		if err != nil {
			return err
		}
		if err := do(r.Context(), m, f); err != nil {
			if site.Mendable(err) {
				return p.showPeriod(w, r, err)
			}
			return err
		}
		http.Redirect(w, r, periodPath(m)+"?done="+done, http.StatusSeeOther)
		return nil
	}
}

func (p *pages) matterRow(ctx context.Context, m *progress.Matter) (v matterView, err error) {
	l := locale.From(ctx)
	name, err := p.Desk.Agencies(ctx)
	if err != nil {
		return v, err
	}
	v = matterView{
		ID: m.ID, Path: matterPath(m.Period, m.ID), Unit: name(m.Org), Item: m.Code, Sort: l.T("progress.sort." + string(m.Sort)), Said: m.Said, State: string(m.State),
		StateText: l.T("progress.matter-state." + string(m.State)), Raised: l.Time(m.RaisedAt), Due: l.Time(m.DueAt), Late: m.Overdue(p.Desk.Store.Now()), Open: m.State == progress.Raised,
		To: m.EscalatedTo, Why: m.EscalatedWhy, Answer: m.Answer, AnsweredBy: m.AnsweredBy.Name, Month: m.Period.Words(), MonthPath: periodPath(m.Period),
		Token: door.From(ctx).CSRF, Leads: p.Desk.Leads(ctx),
	}
	v.Answerable = v.Leads && (v.Open || m.State == progress.Escalated)
	return v, nil
}

func (p *pages) matter(w http.ResponseWriter, r *http.Request) error { return p.showMatter(w, r, nil) }

func (p *pages) showMatter(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	m, err := month(r)
	if err != nil {
		return err
	}
	one, err := p.Desk.Matter(ctx, m, r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := p.matterRow(ctx, one)
	if err != nil {
		return err
	}
	page := p.Page(r, v.Sort, place)
	if wrong == nil {
		return p.Show(w, r, page, matterPage(v))
	}
	v.Problem = locale.From(ctx).Error(wrong)
	return p.ShowWrong(w, r, wrong, page, matterPage(v))
}

func (p *pages) onMatter(do func(ctx context.Context, m progress.Month, id string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Form(w, r, 64<<10)
		if err != nil {
			return err
		}
		m, err := month(r)
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		if err := do(r.Context(), m, id, f); err != nil {
			if site.Mendable(err) {
				return p.showMatter(w, r, err)
			}
			return err
		}
		http.Redirect(w, r, matterPath(m, id), http.StatusSeeOther)
		return nil
	}
}
