package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/workbook"
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
		due, err := isoDay(f.Get("due"))
		if err != nil {
			return "", err
		}
		c, err := s.Reviews.Begin(ctx, door.Actor(ctx), due)
		detail := map[string]string{"change": "review.begin", "review": c.ID, "due": c.DueOn, "accounts": strconv.Itoa(c.Lines)}
		if err = s.did(ctx, policy.ManageAccounts, policy.KindAccount, "", err, detail); err != nil {
			return "", err
		}
		return reviewPath(c.ID) + "?done=begun", nil
	})
}

// A reviewing is a review with all that its page shows.
type reviewing struct {
	c     review.Campaign
	lines []review.Line
	byID  map[string]identity.Account
	snap  *org.Snapshot
	mine  string // agency that the reader acts for
}

func (s *pages) reviewing(ctx context.Context, id string) (v reviewing, err error) {
	if v.c, err = s.Reviews.Get(ctx, id); err != nil {
		return v, err
	}
	if v.lines, err = s.Reviews.Lines(ctx, id); err != nil {
		return v, err
	}
	if v.snap, err = s.Orgs.Snapshot(ctx); err != nil {
		return v, err
	}
	all, err := s.everyAccount(ctx, identity.Filter{})
	v.byID, v.mine = map[string]identity.Account{}, door.From(ctx).Who.Org
	for _, a := range all {
		v.byID[a.ID] = a
	}
	return v, err
}

// An agency is how far a review has come in one organisation.
type agency struct {
	id, name            string
	lines, done, marked int
	keepable            int // not decided and without marks
}

func (v *reviewing) agencies(l locale.Lang) (all []agency) {
	at := map[string]int{}
	for _, line := range v.lines {
		i, ok := at[line.Org]
		if !ok {
			i = len(all)
			at[line.Org] = i
			all = append(all, agency{id: line.Org, name: cmp.Or(v.snap.Name(line.Org), l.T("reviews.no-org"))})
		}
		a := &all[i]
		a.lines++
		switch {
		case line.Verdict != "":
			a.done++
		case len(line.Had.Marks) > 0:
			a.marked++
		default:
			a.keepable++
		}
	}
	slices.SortFunc(all, func(a, b agency) int { return cmp.Compare(viet.Fold(a.name), viet.Fold(b.name)) })
	return all
}

// chosen is the agency whose accounts are shown: the one asked for, the reader's
// own, or the first that has not finished.
func (v *reviewing) chosen(all []agency, q url.Values) agency {
	find := func(is func(agency) bool) (agency, bool) {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], true
		}
		return agency{}, false
	}
	if q.Has("org") {
		if a, ok := find(func(a agency) bool { return a.id == q.Get("org") }); ok {
			return a
		}
	}
	if a, ok := find(func(a agency) bool { return a.id == v.mine && a.done < a.lines }); ok {
		return a
	}
	if a, ok := find(func(a agency) bool { return a.done < a.lines }); ok {
		return a
	}
	a, _ := find(func(agency) bool { return true })
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
	v, err := s.reviewing(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	all := v.agencies(l)
	at := v.chosen(all, q)
	page := screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("reviews.title"), Path: reviewsPath}), Title: l.T("reviews.one", org.Today(v.c.BegunAt).Display()),
		Lead: l.T("reviews.one.lead", v.c.BegunBy.Name, shownDay(v.c.DueOn), v.c.Done, v.c.Lines), Bands: s.reviewBands(l, &v.c),
		Tabs: []linkView{{l.T("reviews.progress"), reviewPath(id), true}, {l.T("reviews.report"), reviewPath(id) + "/report.csv", false}},
	}
	page.Sections = []sectionView{s.agencyPart(l, &v, all, at), s.linesPart(ctx, &v, at, q)}
	if v.c.Why != "" {
		page.Sections[0].Notes = []string{l.T("reviews.left-why", v.c.Lines-v.c.Done, v.c.Why)}
	}
	if v.c.Open() {
		page.Sections = append(page.Sections, finishPart(ctx, &v))
	}
	return page, nil
}

func (s *pages) agencyPart(l locale.Lang, v *reviewing, all []agency, at agency) sectionView {
	t := &tableView{Caption: l.T("reviews.by-agency"), Empty: l.T("reviews.empty"), Head: []string{l.T("people.org"), l.T("reviews.done"), l.T("reviews.marked"), l.T("people.state")}}
	for _, a := range all {
		band := bandView{"watch", l.T("reviews.agency.open", a.lines-a.done)}
		switch {
		case a.done == a.lines:
			band = bandView{"good", l.T("reviews.agency.done")}
		case v.c.Overdue(s.Reviews.Today()):
			band = bandView{"poor", l.T("reviews.agency.overdue", a.lines-a.done)}
		case !v.c.Open():
			band = bandView{"none", l.T("reviews.agency.left", a.lines-a.done)}
		}
		name := cellView{Text: a.name, Link: reviewPath(v.c.ID) + "?org=" + url.QueryEscape(a.id) + "#accounts", Vi: true}
		if a.id == at.id {
			name.Under = l.T("reviews.shown")
		}
		t.Rows = append(t.Rows, []cellView{name, {Text: l.T("reviews.of", a.done, a.lines)}, {Text: l.T("reviews.count", a.marked)}, {Bands: []bandView{band}}})
	}
	return sectionView{ID: "agencies", Title: l.T("reviews.by-agency"), Table: t}
}

// linesPart are the accounts of one agency, those to be looked at first.
func (s *pages) linesPart(ctx context.Context, v *reviewing, at agency, q url.Values) sectionView {
	l := locale.From(ctx)
	var lines []review.Line
	for _, line := range v.lines {
		if line.Org == at.id {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b review.Line) int {
		return cmp.Or(cmp.Compare(boolInt(a.Verdict != ""), boolInt(b.Verdict != "")), -cmp.Compare(len(a.Had.Marks), len(b.Had.Marks)),
			cmp.Compare(viet.Fold(v.byID[a.Account].Name), viet.Fold(v.byID[b.Account].Name)))
	})
	more := url.Values{"org": {at.id}}
	if q.Has("page") {
		more.Set("page", q.Get("page"))
	}
	shown, pager := paged(lines, reviewPath(v.c.ID), more)
	t := &tableView{Caption: l.T("reviews.accounts"), Empty: l.T("reviews.empty"), Head: []string{l.T("people.name"), l.T("reviews.has"), l.T("reviews.marks"), l.T("reviews.verdict")}}
	for _, line := range shown {
		a := v.byID[line.Account]
		t.Rows = append(t.Rows, []cellView{
			{Text: cmp.Or(a.Name, line.Account), Link: "/admin/accounts/" + url.PathEscape(line.Account), Vi: true, Under: a.Login},
			{Text: cmp.Or(s.roleNames(l, line.Had.Roles), l.T("reviews.no-roles")), Under: cmp.Or(strings.Join(line.Had.Posts, "; "), l.T("reviews.no-posts"))},
			{Bands: markBands(l, line.Had), Under: s.roleNames(l, line.Had.Beyond)}, s.verdictCell(ctx, v, line, at),
		})
	}
	c := sectionView{ID: "accounts", Title: l.T("reviews.accounts-of", cmp.Or(at.name, l.T("reviews.no-org"))), Lead: l.T("reviews.accounts.lead"), Table: t, Body: pagerPart(pager)}
	if v.c.Open() && at.keepable > 0 {
		c.Forms = []formView{{ID: "keep", Path: reviewPath(v.c.ID) + "/keep", Token: token(ctx), Hidden: []hiddenView{{"org", at.id}},
			Submit: l.T("reviews.keep-all", at.keepable), Hint: l.T("reviews.keep-all.hint")}}
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
	for _, m := range h.Marks {
		text := l.T("reviews.mark." + string(m))
		if m == review.Unused {
			text = l.T("reviews.mark.unused-days", h.Unused)
		}
		all = append(all, bandView{"watch", text})
	}
	if len(all) == 0 {
		all = []bandView{{"none", l.T("reviews.mark.none")}}
	}
	return all
}

// verdictCell is what was decided of an account, or what may be.
func (s *pages) verdictCell(ctx context.Context, v *reviewing, line review.Line, at agency) cellView {
	l := locale.From(ctx)
	if line.Verdict != "" {
		return cellView{Bands: []bandView{{verdictKind(line.Verdict), l.T("reviews.verdict." + string(line.Verdict))}},
			Under: strings.TrimSuffix(l.T("reviews.verdict.by", line.By.Name, l.Time(line.At))+". "+line.Why, ". ")}
	}
	if !v.c.Open() {
		return cellView{Bands: []bandView{{"poor", l.T("reviews.verdict.none")}}}
	}
	if door.Actor(ctx).ID == line.Account {
		return cellView{Text: l.T("reviews.own")}
	}
	form := func(verdict, submit string, danger bool, fields ...fieldView) formView {
		return formView{ID: verdict + "-" + line.Account, Path: reviewPath(v.c.ID) + "/accounts/" + url.PathEscape(line.Account) + "/" + verdict, Token: token(ctx),
			Submit: submit, Small: true, Danger: danger, Fields: fields, Hidden: []hiddenView{{"org", at.id}}}
	}
	keep := form("keep", l.T("reviews.keep"), false)
	if len(line.Had.Marks) > 0 {
		keep = form("keep", l.T("reviews.keep"), false, fieldView{Name: "why", Label: l.T("people.why"), Required: true, Wide: true})
		keep.Title, keep.Folded = l.T("reviews.keep-why"), true
	}
	if state := v.byID[line.Account].State; state == identity.Disabled || state == identity.Erased {
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
	left := v.c.Lines - v.c.Done
	f := formView{ID: "finish", Path: reviewPath(v.c.ID) + "/finish", Token: token(ctx), Submit: l.T("reviews.finish")}
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

// mayReview asks whether the caller may decide on an account: nobody does on
// their own.
func (s *pages) mayReview(ctx context.Context, a identity.Account) error {
	_, err := s.Door.May(ctx, policy.Confirm, policy.What{Kind: policy.KindAccount, ID: a.ID, Owner: a.OrgID, Proposer: a.Kind + ":" + a.ID})
	if err == nil {
		_, err = s.Door.May(ctx, policy.ManageAccounts, policy.What{Kind: policy.KindAccount, ID: a.ID, Owner: a.OrgID})
	}
	return err
}

// decideAccount keeps what the caller decided of one account; to close it also
// disables it.
func (s *pages) decideAccount(w http.ResponseWriter, r *http.Request) error {
	verdict, ok := map[string]review.Verdict{"keep": review.Kept, "changed": review.Changed, "close": review.Closed}[r.PathValue("verdict")]
	account := r.PathValue("account")
	if !ok {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	return s.onReview(w, r, "reviewed", func(ctx context.Context, id string, f url.Values) error {
		a, err := s.Accounts.Account(ctx, account)
		if err != nil {
			return err
		}
		if err := s.mayReview(ctx, a); err != nil {
			return err
		}
		err = s.decided(ctx, id, a, verdict, f.Get("why"))
		return s.did(ctx, policy.Confirm, policy.KindAccount, a.ID, err, map[string]string{"change": "review." + string(verdict), "review": id})
	})
}

func (s *pages) decided(ctx context.Context, id string, a identity.Account, verdict review.Verdict, why string) error {
	if c, err := s.Reviews.Get(ctx, id); err != nil || !c.Open() {
		return cmp.Or(err, error(fault.New(fault.Conflict, "review.ended")))
	}
	if verdict == review.Closed && a.State != identity.Disabled && a.State != identity.Erased {
		reason := strings.TrimSuffix(locale.Vi.T("reviews.close.state")+": "+strings.TrimSpace(why), ": ")
		if err := s.Accounts.SetState(ctx, door.Actor(ctx), a.ID, identity.Disabled, reason); err != nil {
			return err
		}
	}
	_, err := s.Reviews.Decide(ctx, door.Actor(ctx), id, a.ID, verdict, why)
	return err
}

// keepUnmarked keeps all accounts of an agency that nothing is to be said about.
func (s *pages) keepUnmarked(w http.ResponseWriter, r *http.Request) error {
	return s.onReview(w, r, "reviewed", func(ctx context.Context, id string, f url.Values) error {
		if _, err := s.Reviews.Get(ctx, id); err != nil {
			return err
		}
		lines, err := s.Reviews.Lines(ctx, id)
		if err != nil {
			return err
		}
		for _, line := range lines {
			if line.Org != f.Get("org") || line.Verdict != "" || len(line.Had.Marks) > 0 || line.Account == door.Actor(ctx).ID {
				continue
			}
			a, err := s.Accounts.Account(ctx, line.Account)
			if err != nil {
				return err
			}
			if a.State == identity.Disabled || a.State == identity.Erased {
				continue // closed since: that is said of each by itself
			}
			if err := s.mayReview(ctx, a); err != nil {
				return err
			}
			_, err = s.Reviews.Decide(ctx, door.Actor(ctx), id, a.ID, review.Kept, "")
			if err = s.did(ctx, policy.Confirm, policy.KindAccount, a.ID, err, map[string]string{"change": "review.kept", "review": id}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *pages) finishReview(w http.ResponseWriter, r *http.Request) error {
	return s.onReview(w, r, "finished", func(ctx context.Context, id string, f url.Values) error {
		c, err := s.Reviews.Finish(ctx, door.Actor(ctx), id, f.Get("why"))
		detail := map[string]string{"change": "review.finish", "review": id, "accounts": strconv.Itoa(c.Lines), "left": strconv.Itoa(c.Lines - c.Done)}
		return s.did(ctx, policy.ManageAccounts, policy.KindAccount, "", err, detail)
	})
}

// reviewReport is a review as a table: what each account had, what deserved a
// look, what was decided, by whom.
func (s *pages) reviewReport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	v, err := s.reviewing(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // for spreadsheets
	out := csv.NewWriter(&b)
	put := func(cells ...string) {
		for i := range cells {
			cells[i] = workbook.Harmless(cells[i])
		}
		err = cmp.Or(err, out.Write(cells))
	}
	put(l.T("people.org"), l.T("people.name"), l.T("people.login"), l.T("people.roles"), l.T("people.posts"), l.T("reviews.marks"), l.T("reviews.verdict"), l.T("people.why"), l.T("reviews.by"), l.T("exports.when"))
	for _, line := range v.lines {
		a := v.byID[line.Account]
		verdict, at := l.T("reviews.verdict.none"), ""
		if line.Verdict != "" {
			verdict, at = l.T("reviews.verdict."+string(line.Verdict)), l.Time(line.At)
		}
		var marks []string
		for _, m := range markBands(l, line.Had) {
			marks = append(marks, m.Text)
		}
		if len(line.Had.Beyond) > 0 {
			marks = append(marks, s.roleNames(l, line.Had.Beyond))
		}
		put(v.snap.Name(line.Org), cmp.Or(a.Name, line.Account), a.Login, s.roleNames(l, line.Had.Roles), strings.Join(line.Had.Posts, "; "), strings.Join(marks, "; "), verdict, line.Why, line.By.Name, at)
	}
	if !v.c.Open() {
		put(l.T("reviews.state.ended", l.Time(v.c.EndedAt)), v.c.EndedBy.Name, "", "", "", "", l.T("reviews.of", v.c.Done, v.c.Lines), v.c.Why, "", "")
	}
	out.Flush()
	if err = cmp.Or(err, out.Error()); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "ra-soat-tai-khoan-" + org.Today(v.c.BegunAt).String() + ".csv"}))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(b.Bytes())
	return err
}
