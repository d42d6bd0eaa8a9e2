package dutydesk

import (
	"context"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// mostBook bounds the book: no agency has so many.
const mostBook = 50_000

// FormColumns is how many columns the official form has; those behind it are of
// the course that goes with it.
const FormColumns = 10

// bookHeads are the columns of the form (sổ tay theo dõi, Công văn
// 4856/BCA-TTDLQG as it is told of), in its order and with its own words.
var bookHeads = []string{"duties.book.id", "duties.book.found", "duties.book.group", "duties.book.severity", "duties.book.source", "duties.book.field",
	"duties.book.unit", "duties.book.due", "duties.book.state", "duties.book.action", "duties.book.cause", "duties.book.effect", "duties.book.prevention", "duties.book.kept"}

// BookHeads names the columns of the book.
func BookHeads(l locale.Lang) []string {
	heads := make([]string, len(bookHeads))
	for n, key := range bookHeads {
		heads[n] = l.T(key)
	}
	return heads
}

// Book lists all issues that fit, for the book.
func (d *Desk) Book(ctx context.Context, s Sets, f issue.Filter) (list []*issue.Issue, err error) {
	for f.After = ""; len(list) < mostBook; {
		f.Limit = 1000
		page, next, err := d.List(ctx, s, f)
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
		if f.After = next; next == "" {
			break
		}
	}
	return list, nil
}

// BookRow is the line of an issue.
func (d *Desk) BookRow(l locale.Lang, s Sets, names Names, i *issue.Issue) []string {
	due := ""
	if !i.DueAt.IsZero() {
		due = l.Time(i.DueAt)
	}
	return []string{
		i.ID, l.Date(i.FoundAt), GroupWords(l, i.Group), i.Severity.In(l), SourceWords(l, s.Known[i.Dataset], i), FieldWords(l, s.Known[i.Dataset], i),
		names.Of(i.Org), due, i.State.In(l), i.Action, i.Cause, i.Effect, i.Prevention, KeptWords(l, i, d.Time()),
	}
}

// GroupWords names a group of errors.
func GroupWords(l locale.Lang, g contract.Group) string {
	if key := "duties.group." + string(g); l.Has(key) {
		return l.T(key)
	}
	return string(g)
}

// SourceWords says where the alert comes from: the rule of a data set, and who
// sent what breaks it.
func SourceWords(l locale.Lang, con *contract.Contract, i *issue.Issue) string {
	name := i.Dataset
	if con != nil {
		name = con.Name
	}
	switch {
	case i.SourceName != "":
		return l.T("duties.source-of", name, i.SourceName)
	case i.Source != "":
		return l.T("duties.source-of", name, i.Source)
	}
	return name
}

// FieldWords names the field that is wrong.
func FieldWords(l locale.Lang, con *contract.Contract, i *issue.Issue) string {
	if i.Field == "" {
		return l.T("duties.whole")
	}
	if con != nil {
		for _, o := range con.Objects {
			if n := o.Column(i.Field); o.Dataset == i.Object && n >= 0 {
				return o.Columns[n].Title
			}
		}
	}
	return i.Field
}

// KeptWords says whether an issue was mended in time, or is late.
func KeptWords(l locale.Lang, i *issue.Issue, now time.Time) string {
	at := now
	if !i.Open() {
		at = i.ClosedAt
	}
	switch late := !i.DueAt.IsZero() && at.After(i.DueAt); {
	case i.DueAt.IsZero():
		return l.T("duties.kept.none")
	case !i.Open() && late:
		return l.T("duties.kept.late")
	case !i.Open():
		return l.T("duties.kept.in-time")
	case late:
		return l.T("duties.kept.overdue")
	}
	return l.T("duties.kept.running")
}

// An OrgFigures is how an agency keeps the time limits.
type OrgFigures struct {
	Org     string
	Open    int
	Overdue int // of those open
	Closed  int
	InTime  int      // of those closed with a day set
	Late    int      // … and those that were late
	Mean    *float64 // working days from finding to closing; nil: none closed within known years
	days    int
	counted int
}

// Figures counts the issues that the caller sees, by who owes them; sum is that
// of all.
func (d *Desk) Figures(ctx context.Context, s Sets, f issue.Filter) (list []*OrgFigures, sum *OrgFigures, err error) {
	all, err := d.Book(ctx, s, f)
	if err != nil {
		return nil, nil, err
	}
	office, err := d.Deadlines.Office(ctx)
	if err != nil {
		return nil, nil, err
	}
	sum = &OrgFigures{}
	byOrg := map[string]*OrgFigures{}
	for _, i := range all {
		one := byOrg[i.Org]
		if one == nil {
			one = &OrgFigures{Org: i.Org}
			byOrg[i.Org] = one
			list = append(list, one)
		}
		took, known := 0, false
		if !i.Open() {
			n, err := office.Calendar().Between(dayOf(i.FoundAt), dayOf(i.ClosedAt))
			took, known = n, err == nil // a year without a calendar says nothing
		}
		for _, g := range []*OrgFigures{one, sum} {
			g.add(i, d.Time(), took, known)
		}
	}
	for _, g := range append([]*OrgFigures{sum}, list...) {
		if g.counted > 0 {
			mean := float64(g.days) / float64(g.counted)
			g.Mean = &mean
		}
	}
	return list, sum, nil
}

func (g *OrgFigures) add(i *issue.Issue, now time.Time, took int, known bool) {
	if i.Open() {
		g.Open++
		if !i.DueAt.IsZero() && now.After(i.DueAt) {
			g.Overdue++
		}
		return
	}
	g.Closed++
	switch {
	case i.DueAt.IsZero():
	case i.ClosedAt.After(i.DueAt):
		g.Late++
	default:
		g.InTime++
	}
	if known {
		g.days, g.counted = g.days+took, g.counted+1
	}
}

func dayOf(t time.Time) viet.Date { return viet.DateOf(t.In(viet.Zone)) }
