package admin

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/reviewdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

const reviewsPath = "/admin/reviews"

func (s *pages) reviewRoutes() {
	if s.Reviews == nil {
		return
	}
	decide := door.Of(policy.Confirm, policy.KindAccount)
	s.Handle("GET "+reviewsPath, needAccounts, s.reviews)
	s.Handle("POST "+reviewsPath, needAccounts, s.beginReview)
	s.Handle("GET "+reviewsPath+"/{id}", needAccounts, s.review)
	s.Handle("GET "+reviewsPath+"/{id}/report.csv", needAccounts, s.reviewReport)
	s.Handle("POST "+reviewsPath+"/{id}/keep", decide, s.keepUnmarked)
	s.Handle("POST "+reviewsPath+"/{id}/accounts/{account}/{verdict}", decide, s.decideAccount)
	s.Handle("POST "+reviewsPath+"/{id}/finish", needAccounts, s.finishReview)
}

// shownReviews is how many reviews the page lists.
const shownReviews = 20

func (s *pages) reviews(w http.ResponseWriter, r *http.Request) error {
	v, err := s.reviewsView(r.Context(), url.Values{})
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) reviewsView(ctx context.Context, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	list, err := s.Reviews.List(ctx, shownReviews)
	if err != nil {
		return screenView{}, err
	}
	next, err := s.Reviews.NextOn(ctx)
	if err != nil {
		return screenView{}, err
	}
	t := &tableView{Caption: l.T("reviews.title"), Empty: l.T("reviews.none"), Head: []string{l.T("reviews.begun"), l.T("reviews.by"), l.T("reviews.due"), l.T("reviews.done"), l.T("people.state")}}
	for _, c := range list {
		t.Rows = append(t.Rows, []cellView{
			{Text: l.Time(c.BegunAt), Link: reviewPath(c.ID)}, {Text: c.BegunBy.Name, Vi: true}, {Text: shownDay(c.DueOn)},
			{Text: l.T("reviews.of", c.Done, c.Lines)}, {Bands: s.reviewBands(l, &c)},
		})
	}
	v := screenView{Crumbs: crumbs(l), Title: l.T("reviews.title"), Lead: l.T("reviews.lead", review.EveryMonths), Sections: []sectionView{{ID: "reviews", Title: l.T("reviews.list"), Table: t}}}
	if len(list) > 0 && list[0].Open() {
		return v, nil
	}
	form := formView{ID: "begin", Path: reviewsPath, Token: token(ctx), Submit: l.T("reviews.begin"), Fields: []fieldView{
		{Name: "due", Label: l.T("reviews.due"), Value: f.Get("due"), Kind: "day", Hint: l.T("reviews.due.hint", review.UsualDays, review.MostDays)},
	}}
	begin := sectionView{ID: "new", Title: l.T("reviews.begin"), Forms: []formView{form}}
	if next != "" {
		begin.Lead = l.T("reviews.next", shownDay(next))
	}
	v.Sections = append([]sectionView{begin}, v.Sections...)
	return v, nil
}

func reviewPath(id string) string { return reviewsPath + "/" + url.PathEscape(id) }

func (s *pages) reviewBands(l locale.Lang, c *review.Campaign) []bandView {
	switch {
	case !c.Open():
		return []bandView{{"none", l.T("reviews.state.ended", l.Time(c.EndedAt))}}
	case c.Overdue(s.Reviews.Today()):
		return []bandView{{"poor", l.T("reviews.state.overdue")}}
	}
	return []bandView{{"watch", l.T("reviews.state.open")}}
}

func (s *pages) beginReview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.act(w, r, func() (screenView, error) { return s.reviewsView(ctx, r.PostForm) }, func(f url.Values) (string, error) {
		due, err := orgdesk.ReadISO(f.Get("due"))
		if err != nil {
			return "", err
		}
		c, err := s.Reviews.Begin(ctx, due)
		return reviewPath(c.ID) + "?done=begun", err
	})
}

// A reviewing is a review for a reader.
type reviewing struct {
	reviewdesk.Whole
	mine string // agency that the reader acts for
}

// chosen is the agency whose accounts are shown: the one asked for, the reader's
// own, or the first that has not finished.
func (v *reviewing) chosen(all []reviewdesk.Agency, q url.Values) reviewdesk.Agency {
	find := func(is func(reviewdesk.Agency) bool) (reviewdesk.Agency, bool) {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], true
		}
		return reviewdesk.Agency{}, false
	}
	if q.Has("org") {
		if a, ok := find(func(a reviewdesk.Agency) bool { return a.ID == q.Get("org") }); ok {
			return a
		}
	}
	if a, ok := find(func(a reviewdesk.Agency) bool { return a.ID == v.mine && a.Done < a.Lines }); ok {
		return a
	}
	if a, ok := find(func(a reviewdesk.Agency) bool { return a.Done < a.Lines }); ok {
		return a
	}
	a, _ := find(func(reviewdesk.Agency) bool { return true })
	return a
}

func (s *pages) review(w http.ResponseWriter, r *http.Request) error {
	v, err := s.reviewView(r.Context(), r.PathValue("id"), r.URL.Query())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) reviewView(ctx context.Context, id string, q url.Values) (screenView, error) {
	l := locale.From(ctx)
	whole, err := s.Reviews.Look(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	v := reviewing{whole, door.From(ctx).Who.Org}
	all := v.Agencies(l)
	at := v.chosen(all, q)
	page := screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("reviews.title"), Path: reviewsPath}), Title: l.T("reviews.one", org.Today(v.BegunAt).Display()),
		Lead: l.T("reviews.one.lead", v.BegunBy.Name, shownDay(v.DueOn), v.Done, v.Lines), Bands: s.reviewBands(l, &v.Campaign),
		Tabs: []linkView{{l.T("reviews.progress"), reviewPath(id), true}, {l.T("reviews.report"), reviewPath(id) + "/report.csv", false}},
	}
	page.Sections = []sectionView{s.agencyPart(l, &v, all, at), s.linesPart(ctx, &v, at, q)}
	if v.Why != "" {
		page.Sections[0].Notes = []string{l.T("reviews.left-why", v.Lines-v.Done, v.Why)}
	}
	if v.Open() {
		page.Sections = append(page.Sections, finishPart(ctx, &v))
	}
	return page, nil
}

func (s *pages) agencyPart(l locale.Lang, v *reviewing, all []reviewdesk.Agency, at reviewdesk.Agency) sectionView {
	t := &tableView{Caption: l.T("reviews.by-agency"), Empty: l.T("reviews.empty"), Head: []string{l.T("people.org"), l.T("reviews.done"), l.T("reviews.marked"), l.T("people.state")}}
	for _, a := range all {
		band := bandView{"watch", l.T("reviews.agency.open", a.Lines-a.Done)}
		switch {
		case a.Done == a.Lines:
			band = bandView{"good", l.T("reviews.agency.done")}
		case v.Overdue(s.Reviews.Today()):
			band = bandView{"poor", l.T("reviews.agency.overdue", a.Lines-a.Done)}
		case !v.Open():
			band = bandView{"none", l.T("reviews.agency.left", a.Lines-a.Done)}
		}
		name := cellView{Text: a.Name, Link: reviewPath(v.ID) + "?org=" + url.QueryEscape(a.ID) + "#accounts", Vi: true}
		if a.ID == at.ID {
			name.Under = l.T("reviews.shown")
		}
		t.Rows = append(t.Rows, []cellView{name, {Text: l.T("reviews.of", a.Done, a.Lines)}, {Text: l.T("reviews.count", a.Marked)}, {Bands: []bandView{band}}})
	}
	return sectionView{ID: "agencies", Title: l.T("reviews.by-agency"), Table: t}
}

// linesPart are the accounts of one agency, those to be looked at first.
func (s *pages) linesPart(ctx context.Context, v *reviewing, at reviewdesk.Agency, q url.Values) sectionView {
	l := locale.From(ctx)
	var lines []review.Line
	for _, line := range v.List {
		if line.Org == at.ID {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b review.Line) int {
		return cmp.Or(cmp.Compare(boolInt(a.Verdict != ""), boolInt(b.Verdict != "")), -cmp.Compare(len(a.Had.Marks), len(b.Had.Marks)),
			cmp.Compare(viet.Fold(v.Accounts[a.Account].Name), viet.Fold(v.Accounts[b.Account].Name)))
	})
	more := url.Values{"org": {at.ID}}
	if q.Has("page") {
		more.Set("page", q.Get("page"))
	}
	shown, pager := paged(lines, reviewPath(v.ID), more)
	t := &tableView{Caption: l.T("reviews.accounts"), Empty: l.T("reviews.empty"), Head: []string{l.T("people.name"), l.T("reviews.has"), l.T("reviews.marks"), l.T("reviews.verdict")}}
	for _, line := range shown {
		a := v.Accounts[line.Account]
		t.Rows = append(t.Rows, []cellView{
			{Text: cmp.Or(a.Name, line.Account), Link: "/admin/accounts/" + url.PathEscape(line.Account), Vi: true, Under: a.Login},
			{Text: cmp.Or(s.roleNames(l, line.Had.Roles), l.T("reviews.no-roles")), Under: cmp.Or(strings.Join(line.Had.Posts, "; "), l.T("reviews.no-posts"))},
			{Bands: markBands(l, line.Had), Under: s.roleNames(l, line.Had.Beyond)}, s.verdictCell(ctx, v, line, at),
		})
	}
	c := sectionView{ID: "accounts", Title: l.T("reviews.accounts-of", cmp.Or(at.Name, l.T("reviews.no-org"))), Lead: l.T("reviews.accounts.lead"), Table: t, Body: pagerPart(pager)}
	if v.Open() && at.Keepable > 0 {
		c.Forms = []formView{{ID: "keep", Path: reviewPath(v.ID) + "/keep", Token: token(ctx), Hidden: []hiddenView{{"org", at.ID}},
			Submit: l.T("reviews.keep-all", at.Keepable), Hint: l.T("reviews.keep-all.hint")}}
	}
	return c
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func markBands(l locale.Lang, h review.Had) (all []bandView) {
	kind := "watch"
	if len(h.Marks) == 0 {
		kind = "none"
	}
	for _, text := range reviewdesk.Marks(l, h) {
		all = append(all, bandView{kind, text})
	}
	return all
}

// verdictCell is what was decided of an account, or what may be.
func (s *pages) verdictCell(ctx context.Context, v *reviewing, line review.Line, at reviewdesk.Agency) cellView {
	l := locale.From(ctx)
	if line.Verdict != "" {
		return cellView{Bands: []bandView{{verdictKind(line.Verdict), l.T("reviews.verdict." + string(line.Verdict))}},
			Under: strings.TrimSuffix(l.T("reviews.verdict.by", line.By.Name, l.Time(line.At))+". "+line.Why, ". ")}
	}
	if !v.Open() {
		return cellView{Bands: []bandView{{"poor", l.T("reviews.verdict.none")}}}
	}
	if door.Actor(ctx).ID == line.Account {
		return cellView{Text: l.T("reviews.own")}
	}
	form := func(verdict, submit string, danger bool, fields ...fieldView) formView {
		return formView{ID: verdict + "-" + line.Account, Path: reviewPath(v.ID) + "/accounts/" + url.PathEscape(line.Account) + "/" + verdict, Token: token(ctx),
			Submit: submit, Small: true, Danger: danger, Fields: fields, Hidden: []hiddenView{{"org", at.ID}}}
	}
	keep := form("keep", l.T("reviews.keep"), false)
	if len(line.Had.Marks) > 0 {
		keep = form("keep", l.T("reviews.keep"), false, fieldView{Name: "why", Label: l.T("people.why"), Required: true, Wide: true})
		keep.Title, keep.Folded = l.T("reviews.keep-why"), true
	}
	if state := v.Accounts[line.Account].State; state == identity.Disabled || state == identity.Erased {
		return cellView{Text: l.T("reviews.closed-elsewhere"), Forms: []formView{form("close", l.T("reviews.close-noted"), false)}}
	}
	shut := form("close", l.T("reviews.close"), true, fieldView{Name: "why", Label: l.T("people.why"), Wide: true})
	shut.Title, shut.Folded = l.T("reviews.close"), true
	return cellView{Forms: []formView{keep, form("changed", l.T("reviews.changed"), false), shut}}
}

func verdictKind(v review.Verdict) string {
	if v == review.Closed {
		return "none"
	}
	return "good"
}

func finishPart(ctx context.Context, v *reviewing) sectionView {
	l := locale.From(ctx)
	left := v.Lines - v.Done
	f := formView{ID: "finish", Path: reviewPath(v.ID) + "/finish", Token: token(ctx), Submit: l.T("reviews.finish")}
	lead := l.T("reviews.finish.ready")
	if left > 0 {
		lead = l.T("reviews.finish.left", left)
		f.Folded, f.Title, f.Danger = true, l.T("reviews.finish"), true
		f.Fields = []fieldView{{Name: "why", Label: l.T("people.why"), Required: true, Wide: true}}
	}
	return sectionView{ID: "end", Title: l.T("reviews.finish"), Lead: lead, Forms: []formView{f}}
}

// onReview does something to a review from its page.
func (s *pages) onReview(w http.ResponseWriter, r *http.Request, done string, do func(ctx context.Context, id string, f url.Values) error) error {
	ctx, id := r.Context(), r.PathValue("id")
	return s.act(w, r, func() (screenView, error) { return s.reviewView(ctx, id, r.PostForm) }, func(f url.Values) (string, error) {
		if err := do(ctx, id, f); err != nil {
			return "", err
		}
		to := reviewPath(id) + "?done=" + done
		if f.Has("org") {
			to += "&org=" + url.QueryEscape(f.Get("org")) + "#accounts"
		}
		return to, nil
	})
}

// decideAccount keeps what the caller decided of one account; to close it also
// disables it.
func (s *pages) decideAccount(w http.ResponseWriter, r *http.Request) error {
	verdict, ok := map[string]review.Verdict{"keep": review.Kept, "changed": review.Changed, "close": review.Closed}[r.PathValue("verdict")]
	if !ok {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	return s.onReview(w, r, "reviewed", func(ctx context.Context, id string, f url.Values) error {
		return s.Reviews.Decide(ctx, id, r.PathValue("account"), verdict, f.Get("why"))
	})
}

// keepUnmarked keeps all accounts of an agency that nothing is to be said about.
func (s *pages) keepUnmarked(w http.ResponseWriter, r *http.Request) error {
	return s.onReview(w, r, "reviewed", func(ctx context.Context, id string, f url.Values) error {
		return s.Reviews.KeepUnmarked(ctx, id, f.Get("org"))
	})
}

func (s *pages) finishReview(w http.ResponseWriter, r *http.Request) error {
	return s.onReview(w, r, "finished", func(ctx context.Context, id string, f url.Values) error {
		return s.Reviews.Finish(ctx, id, f.Get("why"))
	})
}

// reviewReport is a review as a table.
func (s *pages) reviewReport(w http.ResponseWriter, r *http.Request) error {
	name, table, err := s.Reviews.Report(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(table)
	return err
}
