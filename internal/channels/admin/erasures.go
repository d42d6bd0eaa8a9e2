package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// erasureRoutes are the pages about requests for erasure. Numbers and keys are in
// the bodies of forms alone.
func (s *pages) erasureRoutes() {
	ask, run := door.Each(policy.AskErase, policy.KindDataset), door.Each(policy.Erase, policy.KindDataset)
	s.Handle("GET /erasures", ask, s.erasures)
	s.Handle("GET /erasures/new", ask, s.newErasure)
	s.Handle("POST /erasures", ask, s.askErasure)
	s.Handle("GET /erasures/{id}", ask, s.erasure)
	s.Handle("GET /erasures/{id}/paper", ask, s.erasurePaper)
	s.Handle("POST /erasures/{id}/plan", ask, s.replanErasure)
	s.Handle("POST /erasures/{id}/run", run, s.runErasure)
	s.Handle("POST /erasures/{id}/refuse", run, s.refuseErasure)
}

const (
	shownErasures = 50
	// runPatience is how long a page waits for an erasure before it shows how far
	// it is.
	runPatience = 8 * time.Second
)

func erasureCrumbs(l locale.Lang) []linkView {
	return []linkView{{Text: l.T("erasing.requests"), Path: "/erasures"}}
}

func (s *pages) erasures(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	list, next, err := s.Erasing.List(ctx, r.URL.Query().Get("after"), shownErasures)
	if err != nil {
		return err
	}
	t := &tableView{Caption: l.T("erasing.requests"), Empty: l.T("erasing.requests.none"),
		Head: []string{l.T("erasing.request"), l.T("erasing.about"), l.T("erasing.basis"), l.T("erasing.where"), l.T("page.state")}}
	for _, one := range list {
		var where []string
		for _, p := range one.Parts {
			where = append(where, p.Title)
		}
		state := []bandView{stateBand(l, one.State)}
		if len(one.Mine) > 0 {
			state = append(state, bandView{"poor", l.T("erasing.mine")})
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: shortID(one.ID), Link: "/erasures/" + one.ID, Under: l.Time(one.Asked) + ", " + one.By.Name}, {Text: l.T("erasing.of." + one.Kind)},
			{Text: one.Basis, Vi: true}, {Text: strings.Join(where, "; "), Vi: true}, {Bands: state},
		})
	}
	part := sectionView{ID: "requests", Table: t}
	if next != "" {
		part.Body = pagerPart([]linkView{{Text: l.T("erasing.newest"), Path: "/erasures"}, {Text: l.T("page.next"), Path: with("/erasures", "after", next)}})
	}
	v := screenView{Title: l.T("erasing.requests"), Lead: l.T("erasing.requests.lead"), Sections: []sectionView{
		{ID: "begin", Forms: []formView{{ID: "new", Get: true, Path: "/erasures/new", Submit: l.T("erasing.new")}}}, part,
	}}
	return s.showAt(w, r, v, "admin", "")
}

// shortID is the end of an id, for people to tell requests apart.
func shortID(id string) string { return "…" + id[max(0, len(id)-8):] }

func stateBand(l locale.Lang, state string) bandView {
	band := map[string]string{corridor.EraseAsked: "watch", corridor.ErasePlanned: "watch", corridor.EraseBegun: "watch", corridor.EraseDone: "good"}[state]
	if band == "" {
		band = "none"
	}
	return bandView{band, l.T("erasing.state." + state)}
}

func (s *pages) newErasure(w http.ResponseWriter, r *http.Request) error {
	s.Door.Sift(r.Context(), policy.AskErase)
	if !s.Erasing.Serves(r.Context()) {
		_, err := s.Erasing.Find(r.Context(), "") // refused in its words, and in the log
		return err
	}
	v, err := s.newScreen(r, url.Values{})
	if err != nil {
		return err
	}
	return s.showAt(w, r, v, "admin", "")
}

// newScreen asks for a person's number, or for a record. What was typed as a
// number is not shown again.
func (s *pages) newScreen(r *http.Request, f url.Values) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	sets, err := s.Erasing.Sets(ctx)
	if err != nil {
		return v, err
	}
	v = screenView{Crumbs: erasureCrumbs(l), Title: l.T("erasing.new"), Lead: l.T("erasing.new.lead")}
	if door.From(ctx).Purpose.Code == "" {
		v.Sections = append(v.Sections, sectionView{ID: "purpose", Body: linksPart([]entryView{{"/me/purpose?back=" + url.QueryEscape("/erasures/new"), l.T("site.purpose"), l.T("erasing.by-purpose")}})})
	}
	person := formView{ID: "person", Path: "/erasures", Token: token(ctx), Submit: l.T("erasing.plan.see"), Fields: []fieldView{
		{Name: "number", Label: l.T("erasing.number"), Kind: "digits", Required: true, Hint: l.T("erasing.number.hint")}, basisField(l, f.Get("basis")),
	}}
	elsewhere, err := s.Erasing.Elsewhere(ctx)
	if err != nil {
		return v, err
	}
	of := sectionView{ID: "of-person", Title: l.T("erasing.of.person"), Lead: l.T("erasing.of-person.lead"), Forms: []formView{person}}
	if names := elsewhereWords(elsewhere); names != "" {
		of.Notes = append(of.Notes, l.T("erasing.elsewhere", names))
	}
	v.Sections = append(v.Sections, of)
	if len(sets) > 0 {
		var picks []pickView
		for _, set := range sets {
			picks = append(picks, pickView{Value: set.Dataset, Text: set.Title, Chosen: set.Dataset == f.Get("dataset")})
		}
		one := formView{ID: "record", Path: "/erasures", Token: token(ctx), Submit: l.T("erasing.plan.see"), Fields: []fieldView{
			{Name: "dataset", Label: l.T("page.dataset"), Kind: "select", Picks: picks, Required: true}, {Name: "key", Label: l.T("page.key"), Required: true, Hint: l.T("erasing.key.hint")},
			basisField(l, f.Get("basis")),
		}}
		v.Sections = append(v.Sections, sectionView{ID: "of-record", Title: l.T("erasing.of.record"), Lead: l.T("erasing.of-record.lead"), Forms: []formView{one}})
	}
	return v, nil
}

// namedElsewhere is how many data sets of other agencies are named.
const namedElsewhere = 20

func elsewhereWords(all []erasing.Elsewhere) string {
	var names []string
	for _, e := range all[:min(len(all), namedElsewhere)] {
		name := e.Title
		if e.Owner != "" {
			name += " (" + e.Owner + ")"
		}
		names = append(names, name)
	}
	if len(all) > namedElsewhere {
		names = append(names, "…")
	}
	return strings.Join(names, "; ")
}

func (s *pages) askErasure(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	seen, err := s.asked(ctx, f)
	if err != nil {
		return s.mend(w, r, err, "admin", "/erasures/new", func() (screenView, error) { return s.newScreen(r, f) })
	}
	http.Redirect(w, r, "/erasures/"+url.PathEscape(seen.ID)+"?done=asked", http.StatusSeeOther)
	return nil
}

func (s *pages) asked(ctx context.Context, f url.Values) (erasing.Seen, error) {
	s.Door.Sift(ctx, policy.AskErase) // what is not said is asked for before anybody is asked
	person, record := strings.TrimSpace(f.Get("number")) != "", strings.TrimSpace(f.Get("key")) != ""
	if person == record {
		return erasing.Seen{}, fault.New(fault.Invalid, "erase.what")
	}
	if person {
		return s.Erasing.Ask(ctx, erasing.Wish{Number: f.Get("number")}, f.Get("basis"))
	}
	con, obj, err := s.Door.Find(ctx, policy.AskErase, s.Contracts, f.Get("dataset"))
	if err != nil {
		return erasing.Seen{}, err
	}
	if obj == nil {
		obj = con.Objects[0]
	}
	return s.Erasing.Ask(ctx, erasing.Wish{Con: con, Obj: obj, Key: f.Get("key")}, f.Get("basis"))
}

func (s *pages) erasure(w http.ResponseWriter, r *http.Request) error {
	v, err := s.erasureScreen(r)
	if err != nil {
		return err
	}
	return s.showAt(w, r, v, "admin", "")
}

func (s *pages) erasureScreen(r *http.Request) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	seen, err := s.Erasing.Find(ctx, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	path := "/erasures/" + url.PathEscape(seen.ID)
	v = screenView{Crumbs: erasureCrumbs(l), Title: l.T("erasing.request-of", shortID(seen.ID)), Lead: l.T("erasing.lead." + seen.State), Bands: []bandView{stateBand(l, seen.State)}}
	v.Sections = append(v.Sections, s.aboutRequest(l, seen, path))
	waits := false
	for i := range seen.Parts {
		p := &seen.Parts[i]
		waits = waits || p.State == corridor.EraseAsked
		v.Sections = append(v.Sections, partSection(l, p))
	}
	if waits {
		v.Sections = append(v.Sections, s.decideSections(ctx, seen, path)...)
	}
	return v, nil
}

// aboutRequest says what was asked, by whom and why.
func (s *pages) aboutRequest(l locale.Lang, seen erasing.Seen, path string) sectionView {
	c := sectionView{ID: "about", Facts: []factView{
		{Name: l.T("erasing.about"), Value: l.T("erasing.of." + seen.Kind)}, {Name: l.T("erasing.basis"), Value: seen.Basis, Vi: true},
		{Name: l.T("erasing.asked-by"), Value: seen.By.Name + ", " + l.Time(seen.Asked), Vi: true}, {Name: l.T("erasing.id"), Value: seen.ID, Code: true},
	}}
	switch seen.State {
	case corridor.ErasePlanned, corridor.EraseBegun:
		c.Forms = []formView{{ID: "look-again", Get: true, Path: path, Submit: l.T("erasing.look-again")}}
	case corridor.EraseDone, corridor.EraseRefused, corridor.EraseNothing:
		c.Forms = []formView{{ID: "paper", Get: true, Path: path + "/paper", Submit: l.T("erasing.paper")}}
	}
	return c
}

// partSection is what would go from one data set, or went.
func partSection(l locale.Lang, p *corridor.ErasePart) sectionView {
	c := sectionView{ID: "part-" + strings.ReplaceAll(p.Dataset, ".", "-"), Title: p.Title}
	fact := func(name, value string) { c.Facts = append(c.Facts, factView{Name: name, Value: value}) }
	fact(l.T("page.state"), l.T("erasing.state."+p.State))
	switch {
	case len(p.Erasures) > 0:
		fact(l.T("erasing.went"), "")
		c.Facts[len(c.Facts)-1].Lines = foundLines(l, p.Found())
	case p.State == corridor.EraseAsked:
		fact(l.T("erasing.would-go"), "")
		c.Facts[len(c.Facts)-1].Lines = planLines(l, p.Plan)
		fact(l.T("erasing.planned-at"), l.Time(p.Planned))
	}
	for _, k := range p.Plan.Kept {
		c.Facts = append(c.Facts, factView{Name: l.T("erasing.kept"), Lines: keptLines(l, k), Vi: true})
	}
	if !p.Decided.IsZero() {
		c.Facts = append(c.Facts, factView{Name: l.T("erasing.decided-by"), Value: p.By.Name + ", " + l.Time(p.Decided), Vi: true})
	}
	if p.Reason != "" {
		c.Facts = append(c.Facts, factView{Name: l.T("erasing.reason"), Value: p.Reason, Vi: true})
	}
	for _, e := range p.Erasures {
		if e.Fault != nil && e.State != corridor.EraseDone {
			c.Notes = append(c.Notes, l.T("erasing.tried-again", l.Error(e.Fault.Err())))
		}
	}
	return c
}

func keptLines(l locale.Lang, k corridor.LegalHold) []string {
	lines := []string{k.Basis}
	if k.Until != "" {
		lines = append(lines, l.T("erasing.kept-until", shownDay(k.Until)))
	}
	return lines
}

func planLines(l locale.Lang, e corridor.EraseEstimate) []string {
	lines := []string{
		l.T("erasing.count.records", e.Records), l.T("erasing.count.versions", e.Versions), l.T("erasing.count.lines", e.Lines), l.T("erasing.count.files", e.Originals),
	}
	if e.Records+e.Versions+e.Lines+e.Originals == 0 {
		return []string{l.T("erasing.count.nothing")}
	}
	return lines
}

func foundLines(l locale.Lang, f corridor.EraseFound) []string {
	return []string{
		l.T("erasing.count.records", f.Rows), l.T("erasing.count.versions", f.Versions), l.T("erasing.count.lines", f.Lines),
		l.T("erasing.count.removed", f.Originals), l.T("erasing.count.rewritten", f.Rewritten), l.T("erasing.count.messages", f.Messages), l.T("erasing.count.temporary", f.Temporary),
	}
}

// decideSections are what can be done about parts that wait.
func (s *pages) decideSections(ctx context.Context, seen erasing.Seen, path string) (all []sectionView) {
	l := locale.From(ctx)
	run := sectionView{ID: "run", Title: l.T("erasing.run"), Lead: l.T("erasing.run.lead"), Forms: []formView{
		{ID: "plan", Path: path + "/plan", Token: token(ctx), Submit: l.T("erasing.plan.again"), Small: true}}}
	switch {
	case len(seen.Mine) > 0:
		confirm := fieldView{Name: "confirm", Kind: "digits", Label: l.T("erasing.confirm.person"), Hint: l.T("erasing.confirm.person.hint"), Required: true}
		if seen.Kind == corridor.EraseRecord {
			confirm.Kind = ""
			confirm.Label, confirm.Hint = l.T("erasing.confirm.record", corridor.RecordWord), l.T("erasing.confirm.record.hint")
		}
		var where []string
		for _, p := range seen.Parts {
			if slices.Contains(seen.Mine, p.Dataset) {
				where = append(where, p.Title)
			}
		}
		run.Notes = append(run.Notes, l.T("erasing.run.where", strings.Join(where, "; ")))
		run.Forms = append(run.Forms, formView{ID: "carry-out", Path: path + "/run", Token: token(ctx), Submit: l.T("erasing.run.do"), Danger: true, Fields: []fieldView{confirm}})
	case seen.Own && !seen.NeedsPurpose && !seen.NeedsStrong:
		run.Lead = l.T("erasing.run.other")
	default:
		run.Lead = l.T("erasing.run.not-yours")
		var help []entryView
		if seen.NeedsPurpose {
			help = append(help, entryView{"/me/purpose?back=" + url.QueryEscape(path), l.T("site.purpose"), l.T("erasing.by-purpose")})
		}
		if seen.NeedsStrong {
			help = append(help, entryView{"/me/confirm?back=" + url.QueryEscape(path), l.T("site.strong"), l.T("erasing.by-strong")})
		}
		if len(help) > 0 {
			run.Body = linksPart(help)
		}
	}
	all = append(all, run)
	if len(seen.Refusable) > 0 {
		title, lead := l.T("erasing.refuse"), l.T("erasing.refuse.lead")
		if seen.Own {
			title, lead = l.T("erasing.withdraw"), l.T("erasing.withdraw.lead")
		}
		all = append(all, sectionView{ID: "refuse", Title: title, Lead: lead, Forms: []formView{{ID: "refusal", Path: path + "/refuse", Token: token(ctx), Submit: title,
			Fields: []fieldView{{Name: "reason", Label: l.T("erasing.reason"), Hint: l.T("erasing.reason.hint"), Required: true, Wide: true}}}}})
	}
	return all
}

// decide does what a form about a request asks for.
func (s *pages) decide(w http.ResponseWriter, r *http.Request, done string, do func(id string, f url.Values) error) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	path := "/erasures/" + url.PathEscape(r.PathValue("id"))
	if err := do(r.PathValue("id"), f); err != nil {
		return s.mend(w, r, err, "admin", path, func() (screenView, error) { return s.erasureScreen(r) })
	}
	if done != "" {
		path += "?done=" + done
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

func (s *pages) replanErasure(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, "planned", func(id string, _ url.Values) error {
		_, err := s.Erasing.Replan(r.Context(), id)
		return err
	})
}

func (s *pages) runErasure(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, "", func(id string, f url.Values) error {
		_, err := s.Erasing.Run(r.Context(), id, f.Get("confirm"), runPatience)
		return err
	})
}

func (s *pages) refuseErasure(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, "refused", func(id string, f url.Values) error {
		_, err := s.Erasing.Refuse(r.Context(), id, f.Get("reason"))
		return err
	})
}

// An erasurePaperView is the record of an erasure on paper, in the layout of
// Decree 30/2020. It holds counts and no value. Number, place and day are left
// blank: the clerk who issues it fills them in.
type erasurePaperView struct {
	Back, Issuer, ID string
	Facts            []factView
	Parts            []erasurePaperPart
}

type erasurePaperPart struct {
	Title, State string
	Lines        []string
}

func (s *pages) erasurePaper(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	seen, err := s.Erasing.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := erasurePaperView{Back: "/erasures/" + url.PathEscape(seen.ID), ID: seen.ID, Facts: []factView{
		{Name: l.T("erasing.id"), Value: seen.ID}, {Name: l.T("erasing.about"), Value: l.T("erasing.of." + seen.Kind)}, {Name: l.T("erasing.basis"), Value: seen.Basis},
		{Name: l.T("erasing.asked-by"), Value: seen.By.Name + ", " + l.Time(seen.Asked)},
	}}
	if seen.State == corridor.EraseAsked {
		return fault.New(fault.Conflict, "erase.not-decided", seen.ID)
	}
	var who []string
	for i := range seen.Parts {
		p := &seen.Parts[i]
		one := erasurePaperPart{Title: p.Title, State: l.T("erasing.state." + p.State)}
		if len(p.Erasures) > 0 {
			one.Lines = foundLines(l, p.Found())
		}
		if p.Reason != "" {
			one.Lines = append(one.Lines, l.T("erasing.reason")+": "+p.Reason)
		} else {
			for _, k := range p.Plan.Kept {
				one.Lines = append(one.Lines, l.T("erasing.kept")+": "+strings.Join(keptLines(l, k), ", "))
			}
		}
		v.Parts = append(v.Parts, one)
		if name := p.By.Name + ", " + l.Time(p.Decided); !p.Decided.IsZero() && !slices.Contains(who, name) {
			who = append(who, name)
		}
	}
	if v.Issuer, err = s.issuer(ctx, seen); err != nil {
		return err
	}
	v.Facts = append(v.Facts, factView{Name: l.T("erasing.decided-by"), Value: strings.Join(who, "; ")})
	return s.Show(w, r, s.Page(r, l.T("erasing.paper.title"), "admin"), erasurePaperPage(v))
}

// issuer is the agency that answers for all the data sets of a request; of
// several nobody in particular.
func (s *pages) issuer(ctx context.Context, seen erasing.Seen) (string, error) {
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	owner := ""
	for _, p := range seen.Parts {
		con, _, err := door.Lookup(ctx, s.Contracts, p.Dataset)
		if err != nil || con.Owner == "" || owner != "" && con.Owner != owner {
			return locale.From(ctx).T("receipt.issuer"), nil // a data set that was removed has none
		}
		owner = con.Owner
	}
	return snap.Name(owner), nil
}
