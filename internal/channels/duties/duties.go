// Package duties is the pages about data issues, deadlines, the time limits of
// the law, the calendar of working days and notices. All of them work without a
// script.
package duties

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/channels/parts"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk *dutydesk.Desk
	// Colleagues gives the accounts of an organisation that may be assigned, id
	// and name; nil: nobody is offered.
	Colleagues func(ctx context.Context, org string) ([]Pick, error)
}

// A Pick is one of several to choose from.
type Pick = parts.Pick

type pages struct{ Deps }

// New adds the pages to the site, and the count of notices to its head.
func New(d Deps) {
	s := &pages{d}
	s.issueRoutes()
	s.deadlineRoutes()
	s.clockRoutes()
	s.inboxRoutes()
	s.channelRoutes()
	s.Site.Unread = s.Desk.Unread
	s.Offer(ui.Entry{Place: "issues", Address: "/issues", Text: "duties.menu.issues", Group: ui.MenuQuality}, s.mends)
	s.Offer(ui.Entry{Place: "deadlines", Address: "/deadlines", Text: "duties.menu.deadlines", Group: ui.MenuQuality}, s.mends)
}

// mends reports whether the caller may have to do with issues: of the data sets
// of their own agency at least.
func (s *pages) mends(ctx context.Context) bool {
	c := door.From(ctx)
	what := policy.What{Kind: policy.KindDataset, Owner: c.Who.Org, Access: policy.AccessRestricted}
	for _, a := range []policy.Action{policy.Send, policy.ReadQuarantine, policy.Approve} {
		if d := s.Door.Asks(ctx, a, what); c.Known() && (d.Allowed || d.NeedsStrong) {
			return true
		}
	}
	return false
}

// What the pages are made of, under short names.
type (
	headView   = parts.Head
	linkView   = parts.Link
	bandView   = parts.Band
	factView   = parts.Fact
	formView   = parts.Form
	hiddenView = parts.Hidden
	fieldView  = parts.Field
)

// picks makes choices; the one that is equal to chosen is.
func picks(chosen string, all ...Pick) []Pick {
	for n := range all {
		all[n].Chosen = all[n].Value == chosen
	}
	return all
}

// mostForm bounds a form, in bytes.
const mostForm = 1 << 20

// again shows a page once more on which something is to be mended; what the page
// cannot mend is an error like any other.
func (s *pages) again(w http.ResponseWriter, r *http.Request, err error, place string, page func(problem string) (headView, templ.Component, error)) error {
	if !site.Mendable(err) {
		return err
	}
	head, body, e := page(locale.From(r.Context()).Error(err))
	if e != nil {
		return err // the page itself is not there
	}
	return s.ShowWrong(w, r, err, s.Page(r, head.Title, place), body)
}

// done is what has just been done, in words.
func done(r *http.Request) string {
	key := "duties.done." + r.URL.Query().Get("done")
	if l := locale.From(r.Context()); l.Has(key) {
		return l.T(key)
	}
	return ""
}

// token is what forms of the caller's session carry.
func token(ctx context.Context) string { return door.From(ctx).CSRF }

// leftWords says what is left until a time, in working days; band is how urgent
// that is. Without a calendar of the year there are no words.
func leftWords(l locale.Lang, office *deadline.Office, due, now time.Time) (text, band string) {
	if due.IsZero() {
		return l.T("duties.kept.none"), "none"
	}
	days, err := office.Calendar().Between(dayOf(now), dayOf(due))
	switch {
	case now.After(due) && err == nil && days < 0:
		return l.T("deadline.state.breached", deadline.Amount(l, deadline.WorkingDays, -days)), "poor"
	case now.After(due):
		return l.T("duties.kept.overdue"), "poor"
	case err != nil:
		return "", "none"
	case days == 0:
		return l.T("deadline.state.today"), "watch"
	case days <= 2:
		band = "watch"
	default:
		band = "good"
	}
	return l.T("deadline.state.left", deadline.Amount(l, deadline.WorkingDays, days)), band
}

// standing says how a deadline stands.
func standing(l locale.Lang, office *deadline.Office, d *deadline.Deadline, now time.Time) bandView {
	st, err := office.Standing(d, now)
	if err != nil {
		return bandView{"none", l.Error(err)}
	}
	band := map[deadline.State]string{deadline.Open: "good", deadline.Soon: "watch", deadline.Breached: "poor", deadline.Done: "good", deadline.DoneLate: "watch"}[st.State]
	if band == "" {
		band = "none"
	}
	return bandView{band, st.Words(l)}
}

// trim reads a text field.
func trim(f url.Values, name string) string { return strings.TrimSpace(f.Get(name)) }
