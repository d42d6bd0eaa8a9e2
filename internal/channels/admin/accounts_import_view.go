package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

type enrolmentView struct {
	Token, Rows string // the list, for the next form
	Figures     []factView
	Lines       []enrolledView
	More        int64 // lines without a fault that are not shown
	Ready       bool
	Ask         bool
}

type enrolledView struct {
	Line        int64
	Name, Under string
	Org, Title  string
	Roles       string
	Login       string
	Mark        bandView
	Problems    []string
	Same        int64  // further lines that the answer holds for
	Question    string // name of the field that answers it
	Picks       []pickView
}

// shownLines is how many lines without a fault are shown.
const shownLines = 50

func (s *pages) showEnrolment(w http.ResponseWriter, r *http.Request, rows []accountdesk.Row, got accountdesk.Enrolment) error {
	ctx := r.Context()
	l := locale.From(ctx)
	kept, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	v := enrolmentView{Token: token(ctx), Rows: string(kept), Ready: got.Bad+got.Ask == 0 && !got.Written, Ask: got.Ask > 0}
	v.Figures = []factView{
		{Name: l.T("people.import.lines"), Value: l.Number(int64(len(got.Rows)))}, {Name: l.T("people.import.accounts"), Value: l.Number(int64(got.Made))},
		{Name: l.T("people.import.has"), Value: l.Number(int64(len(got.Rows) - got.Made - got.Bad - got.Ask))},
		{Name: l.T("people.import.ask"), Value: l.Number(int64(got.Ask))}, {Name: l.T("people.import.bad"), Value: l.Number(int64(got.Bad))},
	}
	good, asked := int64(0), map[[2]string]int{}
	for _, faulty := range []bool{true, false} { // what is to be mended stands first
		for _, one := range got.Rows {
			if (one.Err != nil) != faulty {
				continue
			}
			if !faulty {
				if good++; good > shownLines {
					v.More++
					continue
				}
			}
			line := s.enrolledLine(ctx, snap, one)
			if line.Question != "" {
				first, again := asked[one.Row.Office()]
				if again { // asked once, answered for all
					v.Lines[first].Same++
					continue
				}
				asked[one.Row.Office()] = len(v.Lines)
			}
			v.Lines = append(v.Lines, line)
		}
	}
	screen := screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}, linkView{Text: l.T("people.import"), Path: "/admin/accounts/import"}),
		Title:  l.T("people.import.looked"), Lead: l.T("people.import.looked.lead"),
		Sections: []sectionView{{ID: "figures", Facts: v.Figures}, {ID: "lines", Title: l.T("people.import.by-line"), Body: enrolmentPart(v)}},
	}
	if got.Written {
		var ids []string
		for _, one := range got.Rows {
			if one.Account != "" {
				ids = append(ids, one.Account)
			}
		}
		screen.Title, screen.Lead = l.T("people.import.done"), l.T("people.import.done.lead", int64(got.Made))
		if len(ids) > 0 {
			screen.Sections[0].Forms = []formView{slipForm(ctx, "slips", l.T("people.slips.for", int64(len(ids))), ids)}
		}
	}
	return s.show(w, r, screen)
}

func (s *pages) enrolledLine(ctx context.Context, snap *org.Snapshot, one accountdesk.Enrolled) enrolledView {
	l := locale.From(ctx)
	v := enrolledView{Line: int64(one.Row.Line), Name: one.Row.Name, Under: one.Row.Email, Org: one.Row.OrgName, Title: one.Row.Title, Roles: s.roleNames(l, one.Roles), Login: one.Login, Mark: bandView{"good", one.Text}}
	if one.Org != "" {
		v.Org = snap.Name(one.Org)
	}
	switch {
	case one.Outcome == org.Question:
		v.Mark, v.Question = bandView{"watch", l.T("people.import.question")}, fmt.Sprint("org-", one.Row.Line)
		v.Problems = []string{l.T("people.import.which", one.Row.OrgName)}
		v.Picks = []pickView{{Value: "", Text: l.T("people.import.choose")}}
		for _, c := range one.Candidates {
			text := c.Name
			if c.Path != "" {
				text += " – " + c.Path
			}
			v.Picks = append(v.Picks, pickView{Value: c.ID, Text: text})
		}
	case one.Err != nil:
		v.Mark = bandView{"poor", l.T("people.import.wrong")}
		said := map[string]bool{}
		for _, err := range one.Wrong() {
			if text := s.explained(ctx, err); !said[text] {
				said[text] = true
				v.Problems = append(v.Problems, text)
			}
		}
	case one.Has:
		v.Mark = bandView{"none", l.T("people.import.has-account")}
	}
	return v
}
