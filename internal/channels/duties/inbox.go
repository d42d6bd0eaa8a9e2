package duties

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
)

const shownNotices = 30

// severities of notices, the least first.
var severities = []notify.Severity{notify.Info, notify.Warning, notify.Urgent}

type inboxView struct {
	Head         headView
	Unread, Read []noticeRow
	All          *formView
	Preference   formView
	Next         string
}

type noticeRow struct {
	Title, Text, Path, At, For, Chat, ID string
	Band                                 bandView
	Mark                                 *formView
}

func (s *pages) inboxRoutes() {
	own := door.Of(policy.OwnAccount, policy.KindSelf)
	s.Handle("GET /inbox", own, s.inbox)
	s.Handle("POST /inbox/read", own, s.read)
	s.Handle("POST /inbox/preference", own, s.prefer)
}

func (s *pages) inbox(w http.ResponseWriter, r *http.Request) error {
	v, err := s.inboxView(r)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "inbox"), inboxPage(v))
}

// inboxView shows what is not read first; further pages are of what is read too.
func (s *pages) inboxView(r *http.Request) (v inboxView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	reader := dutydesk.Reader(ctx)
	names, err := s.Desk.Names(ctx)
	if err != nil {
		return v, err
	}
	v.Head = headView{Title: l.T("duties.inbox"), Lead: l.T("duties.inbox.lead"), Done: done(r)}
	before := r.URL.Query().Get("before")
	if before == "" {
		list, more, err := s.Desk.Notices.List(ctx, reader, notify.Filter{Unread: true, Limit: shownNotices})
		if err != nil {
			return v, err
		}
		for _, n := range list {
			v.Unread = append(v.Unread, s.noticeRow(r, names, n))
		}
		if len(list) > 0 {
			v.All = &formView{ID: "all", Path: "/inbox/read", Token: token(ctx), Hidden: []hiddenView{{Name: "all", Value: "true"}}, Small: true, Button: "btn", Submit: l.T("duties.read-all")}
		}
		if more != "" {
			v.Head.Lead = l.T("duties.inbox.more", shownNotices)
		}
	}
	list, next, err := s.Desk.Notices.List(ctx, reader, notify.Filter{Before: before, Limit: shownNotices})
	if err != nil {
		return v, err
	}
	for _, n := range list {
		if !n.ReadAt.IsZero() {
			v.Read = append(v.Read, s.noticeRow(r, names, n))
		} else if before != "" {
			v.Unread = append(v.Unread, s.noticeRow(r, names, n))
		}
	}
	if next != "" {
		v.Next = ui.Address("/inbox", "before", next)
	}
	p, err := s.Desk.Notices.Preference(ctx, reader.Account)
	if err != nil {
		return v, err
	}
	v.Preference = formView{ID: "preference", Path: "/inbox/preference", Token: token(ctx), Title: l.T("duties.preference"), Folded: true, Submit: l.T("duties.keep"),
		Fields: []fieldView{{Name: "mail", Label: l.T("duties.preference.mail"), Kind: "checks", Hint: l.T("duties.preference.hint"), Picks: severityPicks(l, p.Mail)}}}
	return v, nil
}

func severityPicks(l locale.Lang, chosen []notify.Severity) (all []Pick) {
	for _, severity := range severities {
		all = append(all, Pick{Value: string(severity), Text: l.T("duties.notice." + string(severity)), Chosen: slices.Contains(chosen, severity)})
	}
	return all
}

func (s *pages) noticeRow(r *http.Request, names dutydesk.Names, n notify.Notice) noticeRow {
	ctx := r.Context()
	l := locale.From(ctx)
	row := noticeRow{
		ID: n.ID, Title: n.Title(l), Text: n.Text(l), At: ui.Ago(l, n.CreatedAt, s.Desk.Time()), Chat: notify.ChatText(shortened(n), base(r), l),
		Band: bandView{map[notify.Severity]string{notify.Urgent: "poor", notify.Warning: "watch"}[n.Severity], l.T("duties.notice." + string(n.Severity))},
	}
	if row.Band.Kind == "" {
		row.Band.Kind = "none"
	}
	if n.Path != "" {
		row.Path = site.Local(n.Path)
	}
	if n.Org != "" {
		row.For = names.Of(n.Org)
	}
	if n.ReadAt.IsZero() {
		row.Mark = &formView{ID: "mark-" + n.ID, Path: "/inbox/read", Token: token(ctx), Hidden: []hiddenView{{Name: "id", Value: n.ID}}, Small: true, Button: "btn", Submit: l.T("duties.read")}
	}
	return row
}

// shortened is a notice as it is pasted elsewhere: of an issue with its short
// address.
func shortened(n notify.Notice) notify.Notice {
	if n.SubjectKind == issue.SubjectKind && n.Path == issue.Path(n.SubjectID) {
		n.Path = issue.ShortPath(n.SubjectID)
	}
	return n
}

// base is the address of the platform as the reader has asked for it.
func base(r *http.Request) string {
	if guard.Secure(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *pages) read(w http.ResponseWriter, r *http.Request) error {
	return s.own(w, r, "read", func(ctx context.Context, f url.Values) error {
		if f.Get("all") == "" && len(f["id"]) == 0 {
			return fault.New(fault.Invalid, "duties.no-notice")
		}
		return s.Desk.MarkRead(ctx, f.Get("all") != "", f["id"]...)
	})
}

func (s *pages) prefer(w http.ResponseWriter, r *http.Request) error {
	return s.own(w, r, "preference", func(ctx context.Context, f url.Values) error {
		p := notify.Preference{}
		for _, text := range f["mail"] {
			p.Mail = append(p.Mail, notify.Severity(text))
		}
		return s.Desk.SetPreference(ctx, p)
	})
}

// own does what a form of the inbox asks for.
func (s *pages) own(w http.ResponseWriter, r *http.Request, what string, do func(ctx context.Context, f url.Values) error) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	if err := do(r.Context(), f); err != nil {
		return s.again(w, r, err, "inbox", func(problem string) (headView, templ.Component, error) {
			v, err := s.inboxView(r)
			v.Head.Problem = problem
			return v.Head, inboxPage(v), err
		})
	}
	http.Redirect(w, r, "/inbox?done="+what, http.StatusSeeOther)
	return nil
}
