package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/classdesk"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// needClassify is asked of each data set.
var needClassify = door.Each(policy.Classify, policy.KindDataset)

func (s *pages) classifyRoutes() {
	s.Handle("GET /admin/classification", needClassify, s.classes)
	s.Handle("GET /admin/classification/{id}", needClassify, s.classOf)
	s.Handle("POST /admin/classification/{id}", needClassify, s.decideClass)
	s.Handle("POST /admin/classification/{id}/undo", needClassify, s.undoClass)
}

// classes lists the data sets with how they are classified; those that nobody
// has decided on come first.
func (s *pages) classes(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	sets, err := s.classDesk.All(ctx)
	if err != nil {
		return err
	}
	t := &tableView{Caption: l.T("classes.title"), Empty: l.T("classes.none"),
		Head: []string{l.T("ledger.dataset"), l.T("classes.state"), l.T("classes.access"), l.T("classes.class"), l.T("classes.personal")}}
	undecided := 0
	for _, set := range sets {
		if set.State == classdesk.None {
			undecided++
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: set.Name, Link: "/admin/classification/" + url.PathEscape(set.ID), Under: set.ID, Vi: true}, {Bands: []bandView{classBand(l, set)}},
			{Text: accessWords(l, set.Access)}, {Text: classWords(l, set.Class)}, {Text: l.T("classes.columns", int64(set.Personal))},
		})
	}
	return s.show(w, r, screenView{Crumbs: crumbs(l), Title: l.T("classes.title"), Lead: l.T("classes.lead"),
		Sections: []sectionView{{ID: "sets", Title: l.T("classes.undecided", int64(undecided), int64(len(sets))), Table: t}}})
}

// classBand says in a word how far a data set is classified.
func classBand(l locale.Lang, set classdesk.Set) bandView {
	switch set.State {
	case classdesk.None:
		return bandView{"poor", l.T("classes.not-set")}
	case classdesk.Partly:
		return bandView{"watch", l.T("classes.not-columns", int64(set.Open))}
	}
	return bandView{"good", l.T("classes.done")}
}

func accessWords(l locale.Lang, access string) string {
	switch access {
	case policy.AccessOpen:
		return l.T("classes.access.open")
	case policy.AccessShared:
		return l.T("classes.access.shared")
	case policy.AccessRestricted:
		return l.T("classes.access.restricted")
	}
	return "–"
}

// setClasses are the classes of Luật Dữ liệu.
var setClasses = []string{"core", "important", "other"}

func classWords(l locale.Lang, class string) string {
	if slices.Contains(setClasses, class) {
		return l.T("classes.class." + class)
	}
	return "–"
}

func (s *pages) classOf(w http.ResponseWriter, r *http.Request) error {
	v, err := s.classScreen(r)
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) classScreen(r *http.Request) (v screenView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	con, err := s.classDesk.Find(ctx, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	v = screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("classes.title"), Path: "/admin/classification"}), Title: con.Name, Vi: true, Lead: l.T("classes.one.lead"),
	}
	form := classForm{Path: "/admin/classification/" + url.PathEscape(con.ID), Token: token(ctx), Digest: con.Digest, Reason: r.PostFormValue("reason")}
	posted := r.PostForm // what was chosen, when it was refused
	all, err := s.classDesk.Propose(ctx, con)
	if err != nil {
		return v, err
	}
	for n, c := range all {
		if n == 0 {
			form.Access = picked(l, []string{policy.AccessOpen, policy.AccessShared, policy.AccessRestricted}, cmp.Or(posted.Get("access"), con.Access, c.Access), accessWords)
			form.Class = picked(l, setClasses, cmp.Or(posted.Get("class"), con.Class, c.Class), classWords)
			form.AccessNow, form.ClassNow = accessWords(l, con.Access), classWords(l, con.Class)
			form.AccessWhy, form.ClassWhy = notes(l, c.AccessWhy), notes(l, c.ClassWhy)
		}
		form.Groups = append(form.Groups, classGroup(l, con.Objects[n], c, len(con.Objects) > 1, posted))
	}
	v.Bands = []bandView{classBand(l, classdesk.Of(con))}
	v.Sections = []sectionView{{ID: "decide", Body: classEditor(form)}}
	versions, err := s.Contracts.Versions(ctx, con.ID)
	if err != nil {
		return v, err
	}
	v.Sections = append(v.Sections, s.classHistory(ctx, con, versions))
	return v, nil
}

func picked(l locale.Lang, values []string, chosen string, words func(locale.Lang, string) string) (picks []pickView) {
	for _, v := range values {
		picks = append(picks, pickView{Value: v, Text: words(l, v), Chosen: v == chosen})
	}
	return picks
}

func notes(l locale.Lang, all []draft.Note) (list []string) {
	for _, n := range all {
		list = append(list, n.In(l))
	}
	return list
}

// A classForm is what is decided about one data set.
type classForm struct {
	Path, Token, Digest string
	Reason              string
	AccessNow, ClassNow string
	Access, Class       []pickView
	AccessWhy, ClassWhy []string
	Groups              []classFields
}

type classFields struct {
	Title  string
	Fields []classField
}

type classField struct {
	ID, Name         string // of the input; of the column
	Title, Now, Sure string
	Differs          bool
	Picks            []pickView
	Why              []string
}

// personalKinds are what a column may tell of a person, as the contract's schema
// has them.
var personalKinds = []string{"account", "address", "bank_account", "biometric", "birth", "criminal", "death", "driving_licence", "email", "ethnic",
	"family", "genetic", "health", "health_insurance", "image", "location", "marital", "name", "nationality", "origin", "other", "parcel", "passport",
	"personal_id", "phone", "plate", "political", "religion", "residence", "sex", "sex_life", "social_insurance", "tax_code"}

func classGroup(l locale.Lang, o *contract.Object, c *draft.Classification, named bool, posted url.Values) classFields {
	var g classFields
	if named {
		g.Title = o.Title
	}
	for _, p := range c.Columns {
		chosen := p.Now
		if chosen.Class == "" {
			chosen = p.Proposed
		}
		f := classField{ID: "column/" + o.Name + "/" + p.Column, Name: p.Column, Title: p.Title, Now: personalWords(l, p.Now), Differs: p.Differs(), Why: notes(l, p.Why)}
		if p.Differs() {
			f.Sure = l.T("classes.proposed", personalWords(l, p.Proposed), l.Float(100*p.Confidence, 0))
		}
		for _, one := range personalChoices(p) {
			value := string(one.Class) + ":" + one.Kind
			f.Picks = append(f.Picks, pickView{Value: value, Text: personalWords(l, one), Chosen: value == cmp.Or(posted.Get(f.ID), string(chosen.Class)+":"+chosen.Kind)})
		}
		g.Fields = append(g.Fields, f)
	}
	return g
}

// personalChoices are what can be chosen for a column: what is proposed first.
func personalChoices(p draft.Proposal) []contract.Personal {
	all := []contract.Personal{p.Proposed}
	add := func(one contract.Personal) {
		if one.Class != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	add(p.Now)
	add(contract.Personal{Class: contract.NotPersonal})
	for _, class := range []contract.PersonalClass{contract.BasicPersonal, contract.SensitivePersonal} {
		for _, kind := range personalKinds {
			add(contract.Personal{Class: class, Kind: kind})
		}
	}
	return all
}

func personalWords(l locale.Lang, p contract.Personal) string {
	switch p.Class {
	case contract.NotPersonal:
		return l.T("classes.personal.none")
	case contract.BasicPersonal:
		return l.T("classes.personal.basic", personalKind(l, p.Kind))
	case contract.SensitivePersonal:
		return l.T("classes.personal.sensitive", personalKind(l, p.Kind))
	}
	return l.T("classes.personal.open")
}

func personalKind(l locale.Lang, kind string) string {
	if key := "classes.kind." + kind; l.Has(key) {
		return l.T(key)
	}
	return dataKind(l, kind)
}

// decideClass writes what a person has decided into the contract.
func (s *pages) decideClass(w http.ResponseWriter, r *http.Request) error {
	return s.onClass(w, r, "changed", func(ctx context.Context, con *contract.Contract, f url.Values) error {
		decisions := []draft.Decision{{Access: f.Get("access"), Class: f.Get("class")}}
		for name, values := range f {
			column, ok := strings.CutPrefix(name, "column/")
			if !ok {
				continue
			}
			object, column, ok := strings.Cut(column, "/")
			if !ok {
				continue
			}
			class, kind, _ := strings.Cut(values[0], ":")
			decisions = append(decisions, draft.Decision{Object: object, Column: column, Personal: contract.Personal{Class: contract.PersonalClass(class), Kind: kind}})
		}
		return s.classDesk.Decide(ctx, con, f.Get("digest"), f.Get("reason"), decisions)
	})
}

// onClass does something to a classification from its page.
func (s *pages) onClass(w http.ResponseWriter, r *http.Request, done string, do func(ctx context.Context, con *contract.Contract, f url.Values) error) error {
	ctx := r.Context()
	con, err := s.classDesk.Find(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.act(w, r, func() (screenView, error) { return s.classScreen(r) }, func(f url.Values) (string, error) {
		return "/admin/classification/" + url.PathEscape(con.ID) + "?done=" + done, do(ctx, con, f)
	})
}

// classHistory lists the versions of the contract; the one before can be put back.
func (s *pages) classHistory(ctx context.Context, con *contract.Contract, versions []contract.Version) sectionView {
	l := locale.From(ctx)
	t := &tableView{Caption: l.T("rules.history"), Head: []string{l.T("rules.change"), l.T("rules.when"), l.T("rules.who"), l.T("rules.do")}}
	for i, v := range versions {
		last := cellView{}
		if i == 1 && v.State == "past" {
			last.Forms = []formView{{ID: "undo", Small: true, Path: "/admin/classification/" + url.PathEscape(con.ID) + "/undo", Token: token(ctx),
				Submit: l.T("classes.undo"), Hidden: []hiddenView{{"digest", v.Digest}, {"now", con.Digest}}}}
		}
		t.Rows = append(t.Rows, []cellView{{Text: v.Version, Under: v.Digest[:12]}, {Text: l.Stamp(v.InstalledAt), Under: v.Note}, {Text: v.InstalledBy}, last})
	}
	return sectionView{ID: "history", Title: l.T("rules.history"), Table: t}
}

// undoClass puts the version before in force again.
func (s *pages) undoClass(w http.ResponseWriter, r *http.Request) error {
	return s.onClass(w, r, "undone", func(ctx context.Context, con *contract.Contract, f url.Values) error {
		return s.classDesk.Back(ctx, con, f.Get("now"), f.Get("digest"))
	})
}
