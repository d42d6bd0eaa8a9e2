package monthly

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/apps/progress"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/internal/channels/progressdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A lineView is one item of a sheet. Fields of the form are named by its place.
type lineView struct {
	Place                       string
	Ref, Title, Code, Address   string
	Target                      bool
	State, StateText, Reason    string
	Asked, Unit                 string
	Before                      string // what was said last, "" = nothing
	Said, On, Percent, Value    string
	Difficulty, Proposal, Proof string
	Done, Estimate, Answered    bool
	Base                        string
	By                          string // who wrote it, and when
	Others                      []otherView
	Problem                     string
	Settles                     bool
	Token, SettlePath           string
	Open                        bool // its further fields
}

// An otherView is a word that waits to be looked at: it met another one, or came late.
type otherView struct {
	ID, Text, By, What string
}

type groupView struct {
	Title string
	Lines []lineView
	Fold  bool
}

type sheetView struct {
	sheetRow
	Month, MonthPath, Lead, Period, Span string
	Groups                               []groupView
	MayFill, MaySend, MayDecide, MayBack bool
	Own                                  bool // sent by the reader
	Left                                 int64
	SentBy, SentAt, Decided, Said        string
	Form                                 string // names the form that was shown: what is sent twice is kept once
	Who                                  string // of the reader, so that nobody sends what another has written on this device
	Token, Problem, Done                 string
	Results                              []resultView
	BackWhy                              string
	Closed                               bool
}

type resultView struct{ Where, Text string }

func (p *pages) sheet(w http.ResponseWriter, r *http.Request) error {
	return p.showSheet(w, r, nil, nil)
}

// showSheet shows a sheet; wrong is why the whole form was refused, refused what was
// wrong with lines of it.
func (p *pages) showSheet(w http.ResponseWriter, r *http.Request, wrong error, refused map[progress.Ref]error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	m, err := month(r)
	if err != nil {
		return err
	}
	sh, err := p.Desk.Sheet(ctx, m, r.PathValue("org"))
	if err != nil {
		return err
	}
	v, err := p.sheetView(ctx, sh, r, refused)
	if err != nil {
		return err
	}
	page := p.Page(r, l.T("progress.sheet", v.Name, v.Month), place)
	if wrong == nil {
		return p.Show(w, r, page, sheetPage(v))
	}
	v.Problem = l.Error(wrong)
	return p.ShowWrong(w, r, wrong, page, sheetPage(v))
}

var shownDone = []string{"saved", "sent", "approved", "back", "settled", "late", "conflict"}

func (p *pages) sheetView(ctx context.Context, sh *progressdesk.Sheet, r *http.Request, refused map[progress.Ref]error) (v sheetView, err error) {
	l := locale.From(ctx)
	name, err := p.Desk.Agencies(ctx)
	if err != nil {
		return v, err
	}
	by := door.Actor(ctx)
	first, last := sh.Of.Period.Period.Span(sh.Of.Cut)
	v = sheetView{
		sheetRow: p.row(l, name, sh.Sheet), Month: sh.Sheet.Period.Words(), MonthPath: periodPath(sh.Sheet.Period), Period: string(sh.Sheet.Period), Lead: name(sh.Of.Lead),
		Span: l.T("progress.span", l.Day(first.String()), l.Day(last.String())), MayFill: sh.MayFill, MaySend: sh.MaySend, MayDecide: sh.MayDecide, MayBack: sh.MayBack,
		Own: sh.SentBy.ID == by.ID && sh.SentBy.Kind == by.Kind && by.ID != "", Left: int64(sh.Sheet.Lines - sh.Answered), SentBy: sh.SentBy.Name, Decided: sh.DecidedBy.Name, Said: sh.Said,
		Form: rand.Text(), Who: by.Kind + ":" + by.ID, Token: door.From(ctx).CSRF, BackWhy: r.PostForm.Get("why"), Closed: sh.Of.State == progress.Closed,
	}
	if !sh.SentAt.IsZero() {
		v.SentAt = l.Time(sh.SentAt)
	}
	if done := r.URL.Query().Get("done"); slices.Contains(shownDone, done) {
		v.Done = l.T("progress.done." + done)
	}
	var tasks, targets, shared []lineView
	written := placesOf(r.PostForm)
	for i := range sh.Lines {
		one := p.line(l, sh, &sh.Lines[i], i)
		if err := refused[sh.Lines[i].Ref]; err != nil {
			one.retype(r.PostForm, written[one.Ref])
			one.Problem = l.Error(err)
		}
		one.SettlePath, one.Token = v.Path+"/settle", v.Token
		switch {
		case sh.Lines[i].Shared:
			shared = append(shared, one)
		case one.Target:
			targets = append(targets, one)
		default:
			tasks = append(tasks, one)
		}
	}
	for ref, err := range refused {
		if !slices.ContainsFunc(sh.Lines, func(one progressdesk.Line) bool { return one.Ref == ref }) { // it is to be copied to where it belongs
			one := lineView{Place: "x" + ref.Code, Ref: ref.String(), Title: ref.Code, Code: ref.Code, Target: ref.Kind == progress.Target, Base: "0", Problem: l.Error(err)}
			one.retype(r.PostForm, written[one.Ref])
			tasks = append(tasks, one)
		}
	}
	for _, g := range []groupView{{l.T("progress.group.tasks"), tasks, false}, {l.T("progress.group.targets"), targets, false}, {l.T("progress.group.shared"), shared, true}} {
		if len(g.Lines) > 0 {
			g.Fold = g.Fold && !slices.ContainsFunc(g.Lines, func(one lineView) bool { return one.Problem != "" || len(one.Others) > 0 })
			v.Groups = append(v.Groups, g)
		}
	}
	return v, nil
}

// placesOf are the places that lines had on a form, by what they are.
func placesOf(f url.Values) map[string]string {
	all := map[string]string{}
	for n := 0; f.Has(strconv.Itoa(n) + "-ref"); n++ {
		all[f.Get(strconv.Itoa(n)+"-ref")] = strconv.Itoa(n)
	}
	return all
}

// retype puts what was typed and refused into a line again.
func (v *lineView) retype(typed url.Values, place string) {
	f := func(field string) string { return typed.Get(place + "-" + field) }
	v.Said, v.On, v.Percent, v.Value, v.Difficulty, v.Proposal, v.Proof = f("said"), f("on"), f("percent"), f("value"), f("difficulty"), f("proposal"), f("proof")
	v.Done, v.Estimate, v.Open = f("done") != "", f("estimate") != "", f("difficulty")+f("proposal")+f("proof") != ""
}

// line is one line of a sheet, filled in with what the unit has said, or with how far it
// was before.
func (p *pages) line(l locale.Lang, sh *progressdesk.Sheet, one *progressdesk.Line, place int) lineView {
	v := lineView{
		Place: strconv.Itoa(place), Ref: one.Ref.String(), Title: one.Title, Code: one.Code, Target: one.Kind == progress.Target, Base: strconv.Itoa(one.Version), Settles: sh.MayFill,
	}
	switch {
	case one.Task != nil:
		v.Address, v.State, v.StateText, v.Reason = api.PlanTaskPath(one.Code), string(one.Task.State), plandesk.StateName(l, one.Task.State), plandesk.Reason(l, one.Task.Standing, one.Task.Due)
	case one.Target != nil:
		v.Address, v.Asked, v.Unit = api.PlanTargetPath(one.Code), one.Target.Asked(l), one.Target.Unit
		v.Reason = plandesk.Due(l, one.Target.Due)
	}
	if b := one.Before; b != nil {
		v.Before = l.T("progress.before", b.Period.Words(), said(l, &b.Report, v.Unit))
	}
	if word := one.Word; word != nil {
		v.fill(l, &word.Report)
		v.Answered = !word.Empty()
		v.By = l.T("progress.by", word.By.Name, l.Time(word.At))
	} else if b := one.Before; b != nil {
		// Work does not go back by itself: how far it was stands there already.
		if b.Percent != nil {
			v.Percent = strconv.Itoa(*b.Percent)
		}
	}
	for _, w := range one.Conflicts {
		v.Others = append(v.Others, otherView{w.ID, said(l, &w.Report, v.Unit), l.T("progress.by", w.By.Name, l.Time(w.At)), l.T("progress.outcome.conflict")})
	}
	for _, w := range one.Late {
		v.Others = append(v.Others, otherView{w.ID, said(l, &w.Report, v.Unit), l.T("progress.by", w.By.Name, l.Time(w.At)), l.T("progress.outcome.late")})
	}
	v.Open = v.Difficulty != "" || v.Proposal != "" || v.Proof != ""
	return v
}

func (v *lineView) fill(l locale.Lang, r *progress.Report) {
	v.Said, v.Done, v.Estimate, v.Difficulty, v.Proposal = r.Said, r.Done, r.Estimate, r.Difficulty, r.Proposal
	if r.Done {
		v.On = r.On.String()
	}
	if r.Percent != nil {
		v.Percent = strconv.Itoa(*r.Percent)
	}
	if r.Value != nil {
		v.Value = l.Float(*r.Value, 6)
	}
	if len(r.Evidence) > 0 {
		v.Proof = r.Evidence[0].URL
	}
}

// said is a report in one line.
func said(l locale.Lang, r *progress.Report, unit string) string {
	var parts []string
	switch {
	case r.Nothing:
		parts = append(parts, l.T("progress.nothing"))
	case r.Done:
		parts = append(parts, l.T("progress.done-on", l.Day(r.On.String())))
	case r.Percent != nil:
		parts = append(parts, strconv.Itoa(*r.Percent)+" %")
	}
	if r.Value != nil {
		text := plandesk.Amount(l, *r.Value, unit)
		if r.Estimate {
			text = l.T("progress.estimated", text)
		}
		parts = append(parts, text)
	}
	for _, text := range []string{r.Said, r.Difficulty, r.Proposal} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}

// read is what a form says of a line; false where it says what stands there already.
func (p *pages) read(l locale.Lang, one *progressdesk.Line, place int, f url.Values) (sv progress.Saved, ok bool, err error) {
	in := func(field string) string { return strings.TrimSpace(f.Get(strconv.Itoa(place) + "-" + field)) }
	sv = progress.Saved{ID: f.Get("form") + "-" + one.Ref.String(), Ref: one.Ref}
	sv.After = sv.ID // what the same form has said before is no other's word
	if sv.Base, err = strconv.Atoi(in("base")); err != nil {
		return sv, false, nil // the line was not on the form
	}
	sv.Said, sv.Difficulty, sv.Proposal = in("said"), in("difficulty"), in("proposal")
	sv.Done, sv.Estimate = in("done") != "", in("estimate") != ""
	if text := f.Get("at"); text != "" {
		if sv.At, err = time.Parse(time.RFC3339, text); err != nil {
			sv.At = time.Time{} // the clock of a telephone is worth no refusal
		}
	}
	was := progress.Report{}
	if one.Word != nil {
		was = one.Word.Report
	}
	if text := in("percent"); text != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.ReplaceAll(text, " ", ""), "%"))
		if err != nil {
			return sv, true, fault.New(fault.Invalid, "progress.percent", text)
		}
		sv.Percent = &n
	}
	if text := in("on"); text != "" && sv.Done {
		day, _, err := viet.ParseDate([]byte(text))
		if err != nil {
			return sv, true, fault.New(fault.Invalid, "progress.no-day")
		}
		sv.On = day
	}
	if text := in("value"); text != "" {
		number, err := form.Number(form.StyleOf(l), text)
		if err != nil {
			return sv, true, fault.New(fault.Invalid, "progress.value").Because(err)
		}
		sv.Value = &number
	}
	if text := in("proof"); text != "" {
		sv.Evidence = []progress.Evidence{{URL: text}}
	}
	if len(was.Evidence) > 0 && len(sv.Evidence) == 1 { // the form shows the first of several
		sv.Evidence = append(sv.Evidence, was.Evidence[1:]...)
	}
	if one.Word == nil && one.Before != nil && sv.Percent != nil && one.Before.Percent != nil && *sv.Percent == *one.Before.Percent {
		rest := sv.Report
		if rest.Percent = nil; rest.Empty() {
			return sv, false, nil // what stood there was left as it was
		}
	}
	return sv, !progress.SameReport(was, sv.Report), nil
}

// save keeps the lines of a form that say something new. Who asks by script gets what
// became of each.
func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	f, err := p.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	l := locale.From(ctx)
	m, err := month(r)
	if err != nil {
		return err
	}
	sh, err := p.Desk.Sheet(ctx, m, r.PathValue("org"))
	if err != nil {
		return err
	}
	// The form was made of the lines as they were then: they are found by what they are.
	at := map[string]int{}
	for i := range sh.Lines {
		at[sh.Lines[i].Ref.String()] = i
	}
	refused := map[progress.Ref]error{}
	var saved []progress.Saved
	for n := 0; f.Has(strconv.Itoa(n) + "-ref"); n++ {
		i, ok := at[f.Get(strconv.Itoa(n)+"-ref")]
		if !ok {
			i, sh.Lines = len(sh.Lines), append(sh.Lines, gone(f.Get(strconv.Itoa(n)+"-ref")))
		}
		sv, new, err := p.read(l, &sh.Lines[i], n, f)
		switch {
		case err != nil:
			refused[sh.Lines[i].Ref] = err
		case new:
			saved = append(saved, sv)
		}
	}
	outcome := "saved"
	if len(saved) > 0 {
		answers, err := p.Desk.Save(ctx, m, sh.Org, saved)
		if err != nil {
			if site.Mendable(err) && fault.KindOf(err) != fault.Denied {
				return p.showSheet(w, r, err, refused)
			}
			return err
		}
		for _, a := range answers {
			switch a.Outcome {
			case progress.Refused:
				refused[a.Ref] = a.Err
			case progress.Conflict:
				outcome = "conflict"
			case progress.Late:
				outcome = "late"
			}
		}
	}
	if len(refused) > 0 {
		return p.showSheet(w, r, fault.New(fault.Invalid, "progress.some-refused", int64(len(refused))), refused)
	}
	http.Redirect(w, r, sheetPath(m, sh.Org)+"?done="+outcome, http.StatusSeeOther)
	return nil
}

// gone is a line that stood on a form and is no longer in the sheet: the item was taken
// out of the period, or went to another unit. What was written of it is kept beside.
func gone(ref string) (l progressdesk.Line) {
	kind, code, _ := strings.Cut(ref, ":")
	l.Ref = progress.Ref{Kind: progress.Kind(kind), Code: code}
	return l
}

func (p *pages) settle(ctx context.Context, m progress.Month, org string, f url.Values) error {
	base, err := strconv.Atoi(f.Get("base"))
	if err != nil {
		return fault.New(fault.Invalid, "progress.moved-on", "")
	}
	return p.Desk.Settle(ctx, m, org, f.Get("word"), progress.Choice{Take: progress.Take(f.Get("take")), Base: base})
}

func (p *pages) onSheet(done string, do func(ctx context.Context, m progress.Month, org string, f url.Values) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := p.Form(w, r, mostForm)
		if err != nil {
			return err
		}
		m, err := month(r)
		if err != nil {
			return err
		}
		org := r.PathValue("org")
		if err := do(r.Context(), m, org, f); err != nil {
			if site.Mendable(err) {
				return p.showSheet(w, r, err, nil)
			}
			return err
		}
		http.Redirect(w, r, sheetPath(m, org)+"?done="+done, http.StatusSeeOther)
		return nil
	}
}
