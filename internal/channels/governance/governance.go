// Package governance is the pages about how well the province governs its data: the
// measures with their SELECT, the ranking of units, and the yearly inspection dossier
// to be downloaded.
package governance

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/govdesk"
	"github.com/phohien/phohien/internal/channels/rankdesk"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/paper"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk  *govdesk.Desk
	Ranks *rankdesk.Desk
	// Comments on measures; nil: nobody comments.
	Comments *comments.Desk
}

type pages struct{ Deps }

// The place of these pages in the navigation.
const place = "governance"

// New adds the pages to the site.
func New(d Deps) {
	s := &pages{d}
	read := door.Of(policy.Describe, policy.KindDataset).ForAll()
	s.Handle("GET /governance", read, s.front)
	s.Handle("GET /governance/{id}", read, s.one)
	s.Handle("POST /governance/{id}/declare", door.Of(policy.Approve, policy.KindCodeList), s.declare)
	s.Handle("POST /governance/{id}/change", door.Of(policy.EditContract, policy.KindCodeList), s.change)
	s.Handle("POST /governance/{id}/again", door.Of(policy.EditContract, policy.KindCodeList), s.formerAgain)
	may := door.Of(policy.Approve, policy.KindCodeList)
	s.Handle("GET /governance/dossier.docx", may, s.dossier("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", paper.DOCX))
	s.Handle("GET /governance/dossier.pdf", may, s.dossier("pdf", "application/pdf", paper.PDF))
	change := door.Of(policy.EditContract, policy.KindCodeList)
	s.Handle("GET "+layoutPath, change, s.layout)
	s.Handle("POST "+layoutPath, change, s.changeLayout)
	s.Handle("POST "+layoutPath+"/again", change, s.layoutAgain)
	s.rankingRoutes()
	s.Offer(ui.Entry{Place: place, Address: "/governance", Text: "governance.title", Group: ui.MenuQuality}, nil)
}

// keep reports whether the caller may know of a data set.
func (s *pages) keep(ctx context.Context) func(*contract.Contract) bool {
	return func(c *contract.Contract) bool { return len(s.Door.KnownObjects(ctx, c)) > 0 }
}

// A figureView is one measure with what it gives.
type figureView struct {
	ID, Path, Title, Value, Parts, Score, How, Why string
	Band                                           string
	Target                                         string
}

type groupView struct {
	Title   string
	Figures []figureView
}

type setView struct {
	ID, Title, Lead string
	Groups          []groupView
}

type rankView struct {
	Place, Name, Path, Score, Band, Sets, Open, Overdue string
}

type frontView struct {
	Maturity, MaturityBand, Measured string
	Sets                             []setView
	Ranks                            []rankView
	Rankings                         []rankingLine
	RankingNote                      string
	Dossier, Governs                 bool
	Layout                           bool // may be changed
	Token, Problem                   string
	RankingName, RankingDays         string // as they were written, when they were refused
}

func (s *pages) front(w http.ResponseWriter, r *http.Request) error { return s.frontAgain(w, r, nil) }

// frontAgain shows the front page; wrong is what is to be mended there, nil for nothing.
func (s *pages) frontAgain(w http.ResponseWriter, r *http.Request, wrong error) error {
	ctx := r.Context()
	l := locale.From(ctx)
	figures, err := s.Desk.Figures(ctx)
	if err != nil {
		return err
	}
	v := frontView{RankingName: r.PostForm.Get("title"), RankingDays: cmp.Or(r.PostForm.Get("days"), "5"), Dossier: s.Door.Can(ctx, policy.Approve, policy.What{Kind: policy.KindCodeList})}
	v.Layout = s.mayChange(ctx)
	m := govern.MaturityOf(figures, "quan-tri")
	v.Maturity, v.MaturityBand = l.T("governance.not-measured"), ""
	if m.Mean != nil {
		v.Maturity, v.MaturityBand = l.Float(*m.Mean, 2), m.Band.Title.In(l)
		if m.Measured < m.Of {
			v.MaturityBand = l.T("governance.provisional", v.MaturityBand)
		}
	}
	v.Measured = l.T("governance.measured", int64(m.Measured), int64(m.Of), int64(m.Auto))
	for _, set := range []setView{
		{ID: "quan-tri", Title: l.T("governance.set.quan-tri"), Lead: l.T("governance.set.quan-tri.lead")},
		{ID: "kien-truc", Title: l.T("governance.set.kien-truc"), Lead: l.T("governance.set.kien-truc.lead")},
	} {
		for _, g := range govern.Groups {
			if g.Set != set.ID {
				continue
			}
			group := groupView{Title: g.Title.In(l)}
			for _, f := range figures {
				if f.Set == g.Set && f.Group == g.ID {
					group.Figures = append(group.Figures, figureOf(l, &f))
				}
			}
			if len(group.Figures) > 0 {
				set.Groups = append(set.Groups, group)
			}
		}
		v.Sets = append(v.Sets, set)
	}
	if err := s.ranks(ctx, &v); err != nil {
		return err
	}
	page := s.Page(r, l.T("governance.title"), place)
	if wrong == nil {
		return s.Show(w, r, page, frontPage(v))
	}
	v.Problem = l.Error(wrong)
	return s.ShowWrong(w, r, wrong, page, frontPage(v))
}

func (s *pages) rankOf(ctx context.Context, l locale.Lang, one govern.Rank) rankView {
	v := rankView{Place: "–", Name: s.Desk.OrgName(ctx, one.Org), Path: "/organisations/" + url.PathEscape(one.Org) + "/score", Score: l.T("governance.not-measured"), Band: score.Band(one.Score),
		Sets: l.Number(int64(one.Sets)), Open: l.Number(int64(one.Open)), Overdue: l.Number(int64(one.Overdue))}
	if one.Place > 0 {
		v.Place = strconv.Itoa(one.Place)
	}
	if one.Score != nil {
		v.Score = l.Float(*one.Score, 1)
	}
	return v
}

func figureOf(l locale.Lang, f *govern.Figure) figureView {
	v := figureView{ID: f.ID, Path: "/governance/" + url.PathEscape(f.ID), Title: l.Of(f.Title, f.TitleEn), Value: l.T("governance.not-measured"), Band: score.None, How: l.T("governance.auto")}
	if !f.Auto {
		v.How = l.T("governance.declared")
	}
	if f.Value == nil {
		v.Why = f.Why.In(l)
	} else {
		v.Value = value(l, f.Unit, *f.Value)
	}
	if f.Numerator != nil && f.Denominator != nil {
		v.Parts = l.Float(*f.Numerator, 0) + "/" + l.Float(*f.Denominator, 0)
	}
	if f.Score != nil {
		v.Score = strconv.Itoa(*f.Score)
		v.Band = [...]string{score.Poor, score.Poor, score.Poor, score.Watch, score.Good, score.Good}[*f.Score]
	}
	if f.Target != nil {
		v.Target = value(l, f.Unit, *f.Target)
	}
	return v
}

func value(l locale.Lang, unit string, v float64) string {
	switch unit {
	case "percent":
		return l.Float(v, 1) + " %"
	case "days":
		return l.T("governance.days", l.Float(v, 1))
	}
	return l.Float(v, 0)
}

// A versionView is one version of a measure.
type versionView struct {
	State, When, Who, Why, Digest, SQL string
	Current                            bool
}

type declaredView struct{ Period, Value, Evidence, Note, Who, When string }

type tableView struct {
	Name, About string
	Columns     []string // "name (kind): about"
}

type oneView struct {
	Figure                  figureView
	About, Source, Sure     string
	SQL, Broken, Period     string
	Match                   string // version in force
	Versions                []versionView
	Declared                []declaredView
	Tables                  []tableView
	MayDeclare, MayChange   bool
	Token, Problem          string
	Target, Value, Evidence string // what was filled in
}

func (s *pages) one(w http.ResponseWriter, r *http.Request) error {
	v, err := s.oneView(r, "")
	if err != nil {
		return err
	}
	talk, err := s.Comments.Card(r.Context(), "measure", r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Figure.Title, place), templ.Join(onePage(v), talk))
}

func (s *pages) oneView(r *http.Request, problem string) (v oneView, err error) {
	ctx, id := r.Context(), r.PathValue("id")
	l := locale.From(ctx)
	f, err := s.Desk.Figure(ctx, id)
	if err != nil {
		return v, err
	}
	v = oneView{
		Figure: figureOf(l, &f), Match: f.Digest, About: f.About, Source: f.Source, Sure: l.T("governance.sure." + cmp.Or(f.Sure, "U")), SQL: f.SQL, Broken: f.Broken,
		Period: l.T("governance.period." + f.Period), Problem: problem, Token: door.From(ctx).CSRF,
		MayDeclare: !f.Auto && s.Door.Can(ctx, policy.Approve, policy.What{Kind: policy.KindCodeList}),
		MayChange:  s.mayChange(ctx),
	}
	if f.Target != nil {
		v.Target = strconv.FormatFloat(*f.Target, 'f', -1, 64)
	}
	versions, err := s.Desk.Versions(ctx, id)
	if err != nil {
		return v, err
	}
	for _, one := range versions {
		v.Versions = append(v.Versions, versionView{
			State: l.T("governance.state." + one.State), When: l.Stamp(one.MadeAt), Who: one.By.Name, Why: one.Why, Digest: one.Digest, SQL: one.SQL, Current: one.State == "current",
		})
	}
	said, err := s.Desk.Declarations(ctx, id)
	if err != nil {
		return v, err
	}
	for _, one := range said {
		d := declaredView{Period: one.Period, Value: l.T("governance.taken-back"), Evidence: one.Evidence, Note: one.Note, Who: one.By.Name, When: l.Stamp(one.At)}
		if one.Value != nil {
			d.Value = value(l, f.Unit, *one.Value)
		}
		v.Declared = append(v.Declared, d)
	}
	for _, t := range govern.Tables() {
		one := tableView{Name: t.Name, About: t.About.In(l)}
		for _, c := range t.Columns {
			one.Columns = append(one.Columns, fmt.Sprintf("%s (%s): %s", c.Name, strings.ToLower(string(c.Kind)), c.About.In(l)))
		}
		v.Tables = append(v.Tables, one)
	}
	return v, nil
}

// mayChange reports whether the caller may change measures and the layout.
func (s *pages) mayChange(ctx context.Context) bool {
	return s.Door.Can(ctx, policy.EditContract, policy.What{Kind: policy.KindCodeList})
}

// mostForm bounds a form, in bytes.
const mostForm = 1 << 20

// again shows the page of a measure once more with what is to be mended.
func (s *pages) again(w http.ResponseWriter, r *http.Request, err error) error {
	if k := fault.KindOf(err); k != fault.Invalid && k != fault.Conflict {
		return err
	}
	v, e := s.oneView(r, locale.From(r.Context()).Error(err))
	if e != nil {
		return err
	}
	v.Value, v.Evidence = r.PostForm.Get("value"), r.PostForm.Get("evidence")
	return s.ShowWrong(w, r, err, s.Page(r, v.Figure.Title, place), onePage(v))
}

// number reads a number as people write it, with a comma or a point; "" is none.
func number(text string) (*float64, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	if text == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil {
		return nil, fault.New(fault.Invalid, "measure.number", text)
	}
	return &v, nil
}

func (s *pages) declare(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	v, err := number(f.Get("value"))
	if err == nil {
		err = s.Desk.Declare(r.Context(), govern.Declaration{Measure: r.PathValue("id"), Period: f.Get("period"), Value: v, Evidence: f.Get("evidence"), Note: f.Get("note")})
	}
	if err != nil {
		return s.again(w, r, err)
	}
	http.Redirect(w, r, "/governance/"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// change puts a changed SELECT or target in force.
func (s *pages) change(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	if err := s.Desk.PutMeasure(r.Context(), r.PathValue("id"), f.Get("match"), f.Get("why"), func(m *govern.Measure) error {
		target, err := number(f.Get("target"))
		m.Target, m.SQL, m.Pack = target, strings.TrimSpace(f.Get("sql")), ""
		return err
	}); err != nil {
		return s.again(w, r, err)
	}
	http.Redirect(w, r, "/governance/"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// formerAgain puts a former version in force: it undoes a change.
func (s *pages) formerAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	if err := s.Desk.MeasureAgain(r.Context(), r.PathValue("id"), f.Get("match"), f.Get("digest"), f.Get("why")); err != nil {
		return s.again(w, r, err)
	}
	http.Redirect(w, r, "/governance/"+url.PathEscape(r.PathValue("id")), http.StatusSeeOther)
	return nil
}

// dossier writes the yearly dossier as a file of a kind.
func (s *pages) dossier(ending, kind string, write func(io.Writer, *paper.Paper) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.Desk.Paper(r.Context())
		if err != nil {
			return err
		}
		var b bytes.Buffer // a paper that fails is an answer in words, not half a file
		if err := write(&b, p); err != nil {
			return err
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="bao-cao-kiem-tra-du-lieu-%d.%s"`, p.Year, ending))
		_, err = io.Copy(w, &b)
		return err
	}
}
