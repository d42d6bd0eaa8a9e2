// Package campaigns is the pages of review campaigns: the list, one review with the
// sheets of its agencies, and a sheet to be filled in by hand or by a spreadsheet,
// looked at and approved.
package campaigns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/campaign"
	"github.com/phohien/phohien/internal/channels/campaigndesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk *campaigndesk.Desk
}

type pages struct{ Deps }

// The place of these pages in the navigation.
const place = "campaigns"

// mostForm bounds a form: a page of lines with all their fields.
const mostForm = 4 << 20

// New adds the pages to the site, and an entry to the menu for who works for an agency
// or leads reviews.
func New(d Deps) {
	p := &pages{d}
	own, lead := door.Of(policy.OwnAccount, policy.KindSelf), door.Of(policy.EditContract, policy.KindCodeList)
	fill, whole, decide := door.Each(policy.Send, policy.KindDataset), door.Each(policy.Confirm, policy.KindDataset), door.Each(policy.Approve, policy.KindDataset)
	p.Offer(ui.Entry{Place: place, Address: "/campaigns", Text: "campaign.menu", Group: ui.MenuSystems}, func(ctx context.Context) bool {
		c := door.From(ctx)
		return c.Who.Kind == "person" && c.Who.Org != "" || c.Known() && p.Desk.Leads(ctx)
	})
	p.Handle("GET /campaigns", own, p.list)
	p.Handle("GET /campaigns/new", lead, p.newForm)
	p.Handle("POST /campaigns/new", lead, p.make)
	p.Handle("GET /campaigns/{id}", own, p.one)
	p.Handle("POST /campaigns/{id}/open", lead, p.onCampaign(func(ctx context.Context, id string, _ url.Values) error { return p.Desk.Open(ctx, id) }))
	p.Handle("POST /campaigns/{id}/close", lead, p.onCampaign(func(ctx context.Context, id string, f url.Values) error { return p.Desk.Close(ctx, id, f.Get("why")) }))
	const sheet = " /campaigns/{id}/sheets/{org}"
	p.Handle("GET"+sheet, own, p.sheet)
	p.Handle("GET"+sheet+"/phieu.xlsx", own, p.workbook)
	p.Handle("POST"+sheet+"/answers", fill, p.answer)
	p.Handle("POST"+sheet+"/new", fill, p.add)
	p.Handle("POST"+sheet+"/file", fill, p.look)
	p.Handle("POST"+sheet+"/take", fill, p.take)
	p.Handle("POST"+sheet+"/send", whole, p.onSheet("sent", func(ctx context.Context, id, org string, _ url.Values) error { return p.Desk.Send(ctx, id, org) }))
	p.Handle("POST"+sheet+"/approve", decide, p.onSheet("approved", func(ctx context.Context, id, org string, _ url.Values) error { return p.Desk.Approve(ctx, id, org) }))
	p.Handle("POST"+sheet+"/back", decide, p.onSheet("back", func(ctx context.Context, id, org string, f url.Values) error {
		return p.Desk.Back(ctx, id, org, f.Get("why"))
	}))
}

type campaignView struct {
	ID, Path, Title, Basis, Subject, State, StateText string
	Due, Made, MadeBy, Why, Lead                      string
	Fields                                            []string
	Sheets                                            []sheetRow
	Sent, Approved, Late, Of                          int64
	Leads, Whole                                      bool
	Token, Problem                                    string
}

type sheetRow struct {
	Org, Path, State, StateText, Due  string
	Late                              bool
	Lines, Answered, Differs, Percent string
}

type listView struct {
	Rows  []campaignView
	Leads bool
}

// bands are the colours of states.
var bands = map[string]string{"draft": "none", "open": "watch", "sent": "good", "back": "poor", "approved": "good", "closed": "none"}

func (p *pages) view(ctx context.Context, c *campaigndesk.One) (v campaignView, err error) {
	l := locale.From(ctx)
	name, err := p.Desk.Names(ctx)
	if err != nil {
		return v, err
	}
	v = campaignView{
		ID: c.ID, Path: campaign.Path(c.ID), Title: c.Title, Basis: c.Basis, Subject: l.T("campaign.subject." + string(c.Subject)), State: string(c.State), StateText: l.T("campaign.state." + string(c.State)),
		Made: l.Time(c.MadeAt), MadeBy: c.MadeBy.Name, Why: c.Why, Lead: name(c.Lead), Of: int64(len(c.Sheets)), Leads: p.Desk.Leads(ctx), Whole: c.Whole, Token: door.From(ctx).CSRF,
	}
	if v.Due = l.T("campaign.days-after", int64(c.Days)); !c.DueAt.IsZero() {
		v.Due = l.Time(c.DueAt)
	}
	if src, e := p.Desk.Source(c.Subject); e == nil {
		all, err := src.Fields(ctx)
		if err != nil {
			return v, err
		}
		for _, f := range form.Named(all, c.Fields...) {
			v.Fields = append(v.Fields, f.Title)
		}
	}
	for _, sh := range c.Sheets {
		row := p.row(l, sh)
		row.Org = name(sh.Org)
		v.Sheets = append(v.Sheets, row)
		switch {
		case sh.State == campaign.SheetDone:
			v.Approved++
			v.Sent++
		case sh.State == campaign.Sent:
			v.Sent++
		case c.State == campaign.Open && row.Late:
			v.Late++
		}
	}
	return v, nil
}

func (p *pages) row(l locale.Lang, sh *campaign.Sheet) sheetRow {
	return sheetRow{
		Org: sh.Org, Path: sheetPath(sh.Campaign, sh.Org), State: string(sh.State), StateText: l.T("campaign.sheet-state." + string(sh.State)), Due: l.Time(sh.DueAt), Late: sh.Late(p.Desk.Campaigns.Now()),
		Lines: l.Number(int64(sh.Lines)), Answered: l.Number(int64(sh.Answered)), Differs: l.Number(int64(sh.Differs)),
	}
}

func sheetPath(id, org string) string {
	return "/campaigns/" + url.PathEscape(id) + "/sheets/" + url.PathEscape(org)
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := p.Desk.List(ctx)
	if err != nil {
		return err
	}
	v := listView{Leads: p.Desk.Leads(ctx)}
	for _, c := range all {
		one, err := p.view(ctx, c)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, one)
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "campaign.title"), place), listPage(v))
}

func (p *pages) one(w http.ResponseWriter, r *http.Request) error { return p.showOne(w, r, nil) }

func (p *pages) showOne(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	c, err := p.Desk.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v, err := p.view(ctx, c)
	if err != nil {
		return err
	}
	page := p.Page(r, c.Title, place)
	if wrong == nil {
		return p.Show(w, r, page, onePage(v))
	}
	v.Problem = locale.From(ctx).Error(wrong)
	return p.ShowWrong(w, r, wrong, page, onePage(v))
}

func (p *pages) onCampaign(do func(ctx context.Context, id string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Form(w, r, 64<<10)
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		if err := do(r.Context(), id, f); err != nil {
			if site.Mendable(err) {
				return p.showOne(w, r, err)
			}
			return err
		}
		http.Redirect(w, r, campaign.Path(url.PathEscape(id)), http.StatusSeeOther)
		return nil
	}
}

type newView struct {
	Subject, SubjectText         string
	Title, Basis, Days, Lead     string
	Fields, Agencies, LeadChoice []pick
	Token, Problem               string
}

type pick struct {
	Value, Text string
	On          bool
}

func (p *pages) newForm(w http.ResponseWriter, r *http.Request) error {
	return p.showNew(w, r, r.URL.Query(), nil)
}

func (p *pages) showNew(w http.ResponseWriter, r *http.Request, in url.Values, wrong error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	subject := campaign.Subject(in.Get("subject"))
	if subject == "" {
		subject = campaign.Systems
	}
	src, err := p.Desk.Source(subject)
	if err != nil {
		return err
	}
	fields, err := src.Fields(ctx)
	if err != nil {
		return err
	}
	v := newView{Subject: string(subject), SubjectText: l.T("campaign.subject." + string(subject)), Title: in.Get("title"), Basis: in.Get("basis"), Days: in.Get("days"), Token: door.From(ctx).CSRF}
	if v.Days == "" {
		v.Days = strconv.Itoa(campaign.UsualDays)
	}
	for _, f := range fields {
		if src.Offered(f.Name) {
			v.Fields = append(v.Fields, pick{f.Name, f.Title, slices.Contains(in["field"], f.Name)})
		}
	}
	lead := in.Get("lead")
	if lead == "" {
		lead = door.From(ctx).Who.Org
	}
	snap, err := p.Desk.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	for _, b := range snap.Tree(org.Today(p.Desk.Campaigns.Now())) {
		if b.Org.Collective {
			continue
		}
		v.Agencies = append(v.Agencies, pick{b.Org.ID, b.Org.Name, slices.Contains(in["org"], b.Org.ID)})
		v.LeadChoice = append(v.LeadChoice, pick{b.Org.ID, b.Org.Name, b.Org.ID == lead})
	}
	page := p.Page(r, ui.Say(ctx, "campaign.new"), place)
	if wrong == nil {
		return p.Show(w, r, page, newPage(v))
	}
	v.Problem = l.Error(wrong)
	return p.ShowWrong(w, r, wrong, page, newPage(v))
}

func (p *pages) make(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 1<<20)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(strings.TrimSpace(f.Get("days"))) // 0 is refused with what is wanted
	c, err := p.Desk.Make(r.Context(), campaign.Plan{
		Subject: campaign.Subject(f.Get("subject")), Title: f.Get("title"), Basis: f.Get("basis"), Fields: f["field"], Orgs: f["org"], Lead: f.Get("lead"), Days: days,
	})
	if err != nil {
		if site.Mendable(err) {
			return p.showNew(w, r, f, err)
		}
		return err
	}
	http.Redirect(w, r, campaign.Path(c.ID), http.StatusSeeOther)
	return nil
}

// shown is how many lines stand on a page of a sheet.
const shown = 25

type sheetView struct {
	sheetRow
	Campaign             campaignView
	Lines                []lineView
	New                  []form.Field
	Changes              []changeView
	MayFill, MaySend     bool
	MayDecide, Own       bool
	Left                 int64
	At, Of               int64
	Before, Behind       string
	Said, SentBy, SentAt string
	Decided, Batch       string
	Token, Problem, Done string
	Wrong                []wrongView
	NewName, NewWhy      string // as they were written, when the new line was refused
	BackWhy              string
	NewOpen              bool
}

type wrongView struct{ Where, Text, Path string }

type lineView struct {
	Place, Object, Name, Verdict, Why, Result string
	Verdicts                                  []pick
	Fields, Gone                              []form.Field
	Facts                                     [][2]string
	New, Open                                 bool // not in the list before; its fields are to be seen
}

type changeView struct {
	Name, Object, Verdict, Why string
	Fields                     []form.Shown
}

func (p *pages) sheet(w http.ResponseWriter, r *http.Request) error { return p.showSheet(w, r, nil) }

func (p *pages) showSheet(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	sh, err := p.Desk.Sheet(ctx, r.PathValue("id"), r.PathValue("org"))
	if err != nil {
		return err
	}
	v, err := p.sheetView(ctx, sh, r)
	if err != nil {
		return err
	}
	page := p.Page(r, v.Campaign.Title, place)
	if wrong == nil {
		return p.Show(w, r, page, sheetPage(v))
	}
	l := locale.From(ctx)
	v.Problem = l.Error(wrong)
	if list, ok := campaigndesk.InPart(wrong); ok {
		for _, one := range list.Lines {
			v.Wrong = append(v.Wrong, wrongView{Where: l.T("campaign.line-of", int64(one.Place), one.Name), Text: l.Error(one.Err)})
		}
	}
	return p.ShowWrong(w, r, wrong, page, sheetPage(v))
}

func (p *pages) sheetView(ctx context.Context, sh *campaigndesk.Sheet, r *http.Request) (v sheetView, err error) {
	l := locale.From(ctx)
	v = sheetView{sheetRow: p.row(l, sh.Sheet), MayFill: sh.MayFill, MaySend: sh.MaySend, MayDecide: sh.MayDecide, Left: int64(sh.Sheet.Lines - sh.Answered), Said: sh.Said, SentBy: sh.SentBy.Name, Decided: sh.DecidedBy.Name, Token: door.From(ctx).CSRF}
	if v.Campaign, err = p.view(ctx, sh.Campaign); err != nil {
		return v, err
	}
	name, err := p.Desk.Names(ctx)
	if err != nil {
		return v, err
	}
	v.Org = name(sh.Org)
	by := door.Actor(ctx)
	v.Own = sh.SentBy.ID == by.ID && sh.SentBy.Kind == by.Kind
	if !sh.SentAt.IsZero() {
		v.SentAt = l.Time(sh.SentAt)
	}
	if sh.Batch != "" {
		v.Batch = "/batches/" + url.PathEscape(sh.Batch)
	}
	if done := r.URL.Query().Get("done"); slices.Contains([]string{"saved", "sent", "approved", "back", "taken"}, done) {
		v.Done = "campaign.done." + done
	}
	words, err := sh.Source.Words(ctx)
	if err != nil {
		return v, err
	}
	written, err := sh.Source.Written(ctx)
	if err != nil {
		return v, err
	}
	asked, added, gone, err := campaigndesk.Fields(ctx, sh.Campaign.Campaign, sh.Source)
	if err != nil {
		return v, err
	}
	v.Changes = changes(l, sh.Lines, titlesOf(asked, added, gone), words)
	of := max(1, (len(sh.Lines)+shown-1)/shown)
	at, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || at < 1 || at > of {
		at = 1
	}
	v.At, v.Of = int64(at), int64(of)
	if at > 1 {
		v.Before = fmt.Sprintf("%s?page=%d", v.Path, at-1)
	}
	if at < of {
		v.Behind = fmt.Sprintf("%s?page=%d", v.Path, at+1)
	}
	for _, line := range sh.Lines[(at-1)*shown : min(at*shown, len(sh.Lines))] {
		v.Lines = append(v.Lines, p.line(l, line, asked, added, gone, words, written, r.PostForm))
	}
	v.New = prefixed("n", slices.Concat(asked, added), nil, written, r.PostForm)
	v.NewName, v.NewWhy, v.NewOpen, v.BackWhy = r.PostForm.Get("new-name"), r.PostForm.Get("new-why"), r.PostForm.Has("new-name"), r.PostForm.Get("why")
	return v, nil
}

// line is a line of a sheet; what was typed and refused stands in it as it was typed.
func (p *pages) line(l locale.Lang, line campaign.Line, asked, added, gone []form.Field, words, written func(string, string) string, typed url.Values) lineView {
	id := "l" + strconv.Itoa(line.Place)
	if typed.Has(id + "-there") {
		line.Verdict, line.Why = campaign.Verdict(typed.Get(id+"-verdict")), typed.Get(id+"-why")
	}
	v := lineView{Place: strconv.Itoa(line.Place), Object: line.Object, Name: line.Name, Verdict: l.T(campaigndesk.VerdictKey(line.Verdict)), Why: line.Why, New: line.Object == "", Open: line.Differs()}
	if line.Result != "" {
		v.Result = l.T(line.Result)
	}
	now := line.Now()
	if v.New {
		v.Fields = prefixed(id, slices.Concat(asked, added), now, written, typed)
	} else {
		v.Fields, v.Gone = prefixed(id, asked, now, written, typed), prefixed(id, gone, now, written, typed)
		for _, verdict := range campaign.Verdicts() {
			v.Verdicts = append(v.Verdicts, pick{string(verdict), l.T(campaigndesk.VerdictKey(verdict)), line.Verdict == verdict})
		}
	}
	for _, f := range asked {
		v.Facts = append(v.Facts, [2]string{f.Title, words(f.Name, now[f.Name])})
	}
	return v
}

// prefixed are fields of one line among others, filled with what was typed or with
// the values that there are.
func prefixed(id string, fields []form.Field, values map[string]string, written func(string, string) string, typed url.Values) []form.Field {
	all := make([]form.Field, len(fields))
	for i, f := range fields {
		if f.Value = written(f.Name, values[f.Name]); typed.Has(id + "-" + f.Name) {
			f.Value = typed.Get(id + "-" + f.Name)
		}
		if f.Value != "" && f.Kind == form.Choice && !slices.ContainsFunc(f.Options, func(o form.Option) bool { return o.Value == f.Value }) {
			f.Options = append(slices.Clone(f.Options), form.Option{Value: f.Value, Text: f.Value})
		}
		f.Name, f.Required = id+"-"+f.Name, false
		all[i] = f
	}
	return all
}

func changes(l locale.Lang, lines []campaign.Line, titles map[string]string, words func(string, string) string) (all []changeView) {
	for _, line := range lines {
		if !line.Differs() {
			continue
		}
		v := changeView{Name: line.Name, Object: line.Object, Verdict: l.T(campaigndesk.VerdictKey(line.Verdict)), Why: line.Why}
		for name, title := range titles {
			if after, said := line.Said[name]; said {
				v.Fields = append(v.Fields, form.Shown{Column: name, Title: title, Before: words(name, line.Had[name]), After: words(name, after)})
			}
		}
		slices.SortFunc(v.Fields, func(a, b form.Shown) int { return strings.Compare(a.Column, b.Column) })
		all = append(all, v)
	}
	return all
}

// back leads to the sheet, or shows there what was wrong.
func (p *pages) back(w http.ResponseWriter, r *http.Request, done string, err error) error {
	if err != nil {
		if site.Mendable(err) {
			return p.showSheet(w, r, err)
		}
		return err
	}
	q := url.Values{"done": {done}}
	if at := r.URL.Query().Get("page"); at != "" {
		q.Set("page", at)
	}
	http.Redirect(w, r, sheetPath(r.PathValue("id"), r.PathValue("org"))+"?"+q.Encode(), http.StatusSeeOther)
	return nil
}

func (p *pages) onSheet(done string, do func(ctx context.Context, id, org string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Form(w, r, 64<<10)
		if err != nil {
			return err
		}
		return p.back(w, r, done, do(r.Context(), r.PathValue("id"), r.PathValue("org"), f))
	}
}

// answer keeps the lines of one page of a sheet: those that have a verdict, or had.
func (p *pages) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	sh, err := p.Desk.Sheet(ctx, r.PathValue("id"), r.PathValue("org"))
	if err != nil {
		return err
	}
	var all []campaign.Answer
	for _, line := range sh.Lines {
		id := "l" + strconv.Itoa(line.Place)
		verdict := campaign.Verdict(f.Get(id + "-verdict"))
		if !f.Has(id+"-there") || verdict == campaign.Unanswered && line.Verdict == campaign.Unanswered {
			continue
		}
		a := campaign.Answer{Place: line.Place, Verdict: verdict, Name: line.Name, Why: f.Get(id + "-why"), Values: valuesOf(f, id)}
		if verdict == campaign.Kept || verdict == campaign.Unanswered {
			a.Values = nil
		}
		if a, err = campaigndesk.Reads(ctx, sh.Source, form.StyleOf(locale.From(ctx)), a); err != nil {
			return p.back(w, r, "", fault.New(fault.Invalid, "campaign.line", line.Name, err).Because(err))
		}
		all = append(all, a)
	}
	if len(all) > 0 {
		err = p.Desk.Answer(ctx, sh.Campaign.ID, sh.Org, all)
	}
	return p.back(w, r, "saved", err)
}

func valuesOf(f url.Values, id string) map[string]string {
	values := map[string]string{}
	for name := range f {
		if field, ok := strings.CutPrefix(name, id+"-"); ok && !slices.Contains([]string{"verdict", "why", "there", "name"}, field) {
			values[field] = f.Get(name)
		}
	}
	return values
}

// add adds a line that was not in the list.
func (p *pages) add(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, 1<<20)
	if err != nil {
		return err
	}
	ctx := r.Context()
	sh, err := p.Desk.Sheet(ctx, r.PathValue("id"), r.PathValue("org"))
	if err != nil {
		return err
	}
	a, err := campaigndesk.Reads(ctx, sh.Source, form.StyleOf(locale.From(ctx)), campaign.Answer{Verdict: campaign.New, Name: f.Get("new-name"), Why: f.Get("new-why"), Values: valuesOf(f, "n")})
	if err == nil {
		err = p.Desk.Answer(ctx, sh.Campaign.ID, sh.Org, []campaign.Answer{a})
	}
	return p.back(w, r, "saved", err)
}

func (p *pages) workbook(w http.ResponseWriter, r *http.Request) error {
	sh, err := p.Desk.Sheet(r.Context(), r.PathValue("id"), r.PathValue("org"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := campaigndesk.WriteXLSX(r.Context(), &b, sh); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="phieu-ra-soat-%s.xlsx"`, url.PathEscape(sh.Org)))
	_, err = io.Copy(w, &b)
	return err
}

type lookView struct {
	Campaign           campaignView
	Org, Path, Token   string
	Answers            string // JSON
	Changes            []changeView
	Kept, Differ, Same int64
}

// look reads a workbook and shows what it would answer, before anything is kept.
func (p *pages) look(w http.ResponseWriter, r *http.Request) error {
	part, err := p.File(w, r, campaigndesk.MostFile+64<<10, fault.New(fault.Invalid, "campaign.file.no-file"))
	if err != nil {
		return p.back(w, r, "", err)
	}
	ctx := r.Context()
	sh, err := p.Desk.Sheet(ctx, r.PathValue("id"), r.PathValue("org"))
	if err != nil {
		return err
	}
	answers, err := campaigndesk.ReadSheet(ctx, sh, part, part.FileName())
	if err != nil {
		return p.back(w, r, "", err)
	}
	v, err := p.lookView(ctx, sh, answers)
	if err != nil {
		return err
	}
	return p.Show(w, r, p.Page(r, v.Campaign.Title, place), lookPage(v))
}

// titlesOf are the headings of fields by their names.
func titlesOf(fields ...[]form.Field) map[string]string {
	titles := map[string]string{}
	for _, f := range slices.Concat(fields...) {
		titles[f.Name] = f.Title
	}
	return titles
}

func (p *pages) lookView(ctx context.Context, sh *campaigndesk.Sheet, answers []campaign.Answer) (v lookView, err error) {
	text, err := json.Marshal(answers)
	if err != nil {
		return v, err
	}
	v = lookView{Path: sheetPath(sh.Campaign.ID, sh.Org), Token: door.From(ctx).CSRF, Answers: string(text), Same: int64(len(sh.Lines))}
	if v.Campaign, err = p.view(ctx, sh.Campaign); err != nil {
		return v, err
	}
	words, err := sh.Source.Words(ctx)
	if err != nil {
		return v, err
	}
	name, err := p.Desk.Names(ctx)
	if err != nil {
		return v, err
	}
	v.Org = name(sh.Org)
	asked, added, gone, err := campaigndesk.Fields(ctx, sh.Campaign.Campaign, sh.Source)
	if err != nil {
		return v, err
	}
	at := map[int]campaign.Line{}
	for _, one := range sh.Lines {
		at[one.Place] = one
	}
	var lines []campaign.Line
	for _, a := range answers {
		l := at[a.Place]
		if a.Place > 0 {
			v.Same--
		}
		if err := l.Judge(a, sh.Campaign.Fields); err != nil {
			return v, err
		}
		if lines = append(lines, l); l.Differs() {
			v.Differ++
		} else {
			v.Kept++
		}
	}
	v.Changes = changes(locale.From(ctx), lines, titlesOf(asked, added, gone), words)
	return v, nil
}

// take keeps what a workbook that was looked at answers.
func (p *pages) take(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	var answers []campaign.Answer
	if err := json.Unmarshal([]byte(f.Get("answers")), &answers); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	return p.back(w, r, "taken", p.Desk.Answer(r.Context(), r.PathValue("id"), r.PathValue("org"), answers))
}

// Answers is where the lines of this page are sent.
func (v sheetView) Answers() string { return fmt.Sprintf("%s/answers?page=%d", v.Path, v.At) }
