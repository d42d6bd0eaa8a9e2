package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/draft"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
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
	if _, err := s.Door.May(ctx, policy.Classify, policy.What{Kind: policy.KindDataset}); err != nil {
		return err
	}
	var all [3][][]cellView // those that nobody has decided on, those decided in part, the others
	for con, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return err
		}
		if con.Retired || !s.Door.CanSet(ctx, policy.Classify, con) {
			continue
		}
		row, state := classRow(l, con)
		all[state] = append(all[state], row)
	}
	t := &tableView{Caption: l.T("classes.title"), Empty: l.T("classes.none"), Rows: slices.Concat(all[0], all[1], all[2]),
		Head: []string{l.T("ledger.dataset"), l.T("classes.state"), l.T("classes.access"), l.T("classes.class"), l.T("classes.personal")}}
	return s.show(w, r, screenView{Crumbs: crumbs(l), Title: l.T("classes.title"), Lead: l.T("classes.lead"),
		Sections: []sectionView{{ID: "sets", Title: l.T("classes.undecided", int64(len(all[0])), int64(len(t.Rows))), Table: t}}})
}

// classRow says how a data set is classified; state is 0 for not at all, 1 for in
// part, 2 for wholly.
func classRow(l locale.Lang, con *contract.Contract) (row []cellView, state int) {
	open, personal := 0, 0
	for _, o := range con.Objects {
		for i := range o.Columns {
			switch p := o.Columns[i].Personal; {
			case p.Class == "":
				open++
			case p.Is():
				personal++
			}
		}
	}
	band := bandView{"good", l.T("classes.done")}
	state = 2
	switch {
	case con.Access == "" || con.Class == "":
		state, band = 0, bandView{"poor", l.T("classes.not-set")}
	case open > 0:
		state, band = 1, bandView{"watch", l.T("classes.not-columns", int64(open))}
	}
	return []cellView{
		{Text: con.Name, Link: "/admin/classification/" + url.PathEscape(con.ID), Under: con.ID, Vi: true}, {Bands: []bandView{band}},
		{Text: accessWords(l, con.Access)}, {Text: classWords(l, con.Class)}, {Text: l.T("classes.columns", int64(personal))},
	}, state
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

// classSet finds a data set whose classification the caller may decide.
func (s *pages) classSet(ctx context.Context, id string) (*contract.Contract, error) {
	con, _, err := s.Door.Find(ctx, policy.Classify, s.Contracts, id)
	if err != nil {
		return nil, err
	}
	return con, s.Door.MaySet(ctx, policy.Classify, con, nil)
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
	con, err := s.classSet(ctx, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	v = screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("classes.title"), Path: "/admin/classification"}), Title: con.Name, Vi: true, Lead: l.T("classes.one.lead"),
	}
	form := classForm{Path: "/admin/classification/" + url.PathEscape(con.ID), Token: token(ctx), Digest: con.Digest}
	for n, o := range con.Objects {
		held, err := s.held(ctx, o)
		if err != nil {
			return v, err
		}
		c, err := draft.Classify(ctx, con, o, held)
		if err != nil {
			return v, err
		}
		if n == 0 {
			form.Access = picked(l, []string{policy.AccessOpen, policy.AccessShared, policy.AccessRestricted}, first(con.Access, c.Access), accessWords)
			form.Class = picked(l, setClasses, first(con.Class, c.Class), classWords)
			form.AccessNow, form.ClassNow = accessWords(l, con.Access), classWords(l, con.Class)
			form.AccessWhy, form.ClassWhy = notes(l, c.AccessWhy), notes(l, c.ClassWhy)
		}
		form.Groups = append(form.Groups, classGroup(l, o, c, len(con.Objects) > 1))
	}
	row, _ := classRow(l, con)
	v.Bands = row[1].Bands
	v.Sections = []sectionView{{ID: "decide", Body: classEditor(form)}}
	versions, err := s.Contracts.Versions(ctx, con.ID)
	if err != nil {
		return v, err
	}
	v.Sections = append(v.Sections, s.classHistory(ctx, con, versions))
	return v, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
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

func classGroup(l locale.Lang, o *contract.Object, c *draft.Classification, named bool) classFields {
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
			f.Picks = append(f.Picks, pickView{Value: string(one.Class) + ":" + one.Kind, Text: personalWords(l, one), Chosen: one == chosen})
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

// sampled is how many rows the detectors are shown.
const sampled = 2000

// held shows the detectors some rows. They look at values and keep none: what
// they say names headings, kinds and numbers only.
func (s *pages) held(ctx context.Context, o *contract.Object) (draft.Held, error) {
	if s.Records == nil {
		return draft.Held{}, nil
	}
	rows, err := s.Records.Count(ctx, o)
	if err != nil {
		return draft.Held{}, err
	}
	view, err := record.NewView(o, policy.Everything, nil)
	if err != nil {
		return draft.Held{}, err
	}
	reader := s.Records.Through(view)
	return draft.Held{Rows: rows, Sample: func(ctx context.Context, row func([]string) error) error {
		after := ""
		for n := 0; n < sampled; {
			list, err := reader.List(ctx, after, 500, record.Latest)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, one := range list {
				after = one.Key
				n++
				if err := row(cellsOf(o, one)); err != nil {
					return err
				}
			}
		}
		return nil
	}}, nil
}

func cellsOf(o *contract.Object, row record.Row) []string {
	cells := make([]string, len(o.Columns))
	for i := range o.Columns {
		switch v := row.Values[o.Columns[i].Name].(type) {
		case nil:
		case string:
			cells[i] = v
		case json.RawMessage:
			cells[i] = string(v)
		default:
			cells[i] = fmt.Sprint(v)
		}
	}
	return cells
}

// decideClass writes what a person has decided into the contract.
func (s *pages) decideClass(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, err := s.classSet(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.act(w, r, func() (screenView, error) { return s.classScreen(r) }, func(f url.Values) (string, error) {
		err := s.classify(ctx, con, f)
		err = s.did(ctx, policy.Classify, policy.KindDataset, con.ID, err, map[string]string{"access": f.Get("access"), "class": f.Get("class")})
		return "/admin/classification/" + url.PathEscape(con.ID) + "?done=changed", err
	})
}

func (s *pages) classify(ctx context.Context, con *contract.Contract, f url.Values) error {
	if f.Get("digest") != con.Digest {
		return fault.New(fault.Conflict, "classes.changed", con.Name)
	}
	text, err := s.Contracts.Document(ctx, con.ID, con.Digest)
	if err != nil {
		return err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return err
	}
	decisions := []draft.Decision{{Access: f.Get("access"), Class: f.Get("class")}}
	for name, values := range f {
		object, column, ok := strings.Cut(strings.TrimPrefix(name, "column/"), "/")
		if !ok || !strings.HasPrefix(name, "column/") {
			continue
		}
		class, kind, _ := strings.Cut(values[0], ":")
		if unchanged(con, object, column, class, kind) {
			continue
		}
		decisions = append(decisions, draft.Decision{Object: object, Column: column, Personal: contract.Personal{Class: contract.PersonalClass(class), Kind: kind}})
	}
	slices.SortFunc(decisions, func(a, b draft.Decision) int { return strings.Compare(a.Object+"/"+a.Column, b.Object+"/"+b.Column) })
	if text, err = draft.Apply(doc, decisions); err != nil {
		return err
	}
	if doc, err = odcs.Read(text); err != nil {
		return err
	}
	return s.putContract(ctx, con, doc)
}

// unchanged reports whether a column stays as somebody has decided.
func unchanged(con *contract.Contract, object, column, class, kind string) bool {
	for _, o := range con.Objects {
		if i := o.Column(column); o.Name == object && i >= 0 {
			return o.Columns[i].Personal == contract.Personal{Class: contract.PersonalClass(class), Kind: kind}
		}
	}
	return false
}

func (s *pages) putContract(ctx context.Context, con *contract.Contract, doc *odcs.Document) error {
	_, findings, err := s.Contracts.Put(ctx, door.Actor(ctx), doc, con.Pack)
	if err != nil {
		for _, f := range findings {
			if f.Severity == contract.SeverityError {
				return fault.New(fault.Invalid, "classes.refused", locale.From(ctx).Of(f.MessageVi, f.MessageEn)).Because(err)
			}
		}
		return err
	}
	if s.Installed != nil {
		return s.Installed(ctx)
	}
	return nil
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
		t.Rows = append(t.Rows, []cellView{{Text: v.Version, Under: v.Digest[:12]}, {Text: l.Stamp(v.InstalledAt)}, {Text: v.InstalledBy}, last})
	}
	return sectionView{ID: "history", Title: l.T("rules.history"), Table: t}
}

// undoClass puts the version before in force again.
func (s *pages) undoClass(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	con, err := s.classSet(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.act(w, r, func() (screenView, error) { return s.classScreen(r) }, func(f url.Values) (string, error) {
		err := s.putBack(ctx, con, f)
		err = s.did(ctx, policy.Classify, policy.KindDataset, con.ID, err, map[string]string{"undone": con.Digest})
		return "/admin/classification/" + url.PathEscape(con.ID) + "?done=undone", err
	})
}

func (s *pages) putBack(ctx context.Context, con *contract.Contract, f url.Values) error {
	if f.Get("now") != con.Digest {
		return fault.New(fault.Conflict, "classes.changed", con.Name)
	}
	text, err := s.Contracts.Document(ctx, con.ID, f.Get("digest"))
	if err != nil {
		return err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return err
	}
	return s.putContract(ctx, con, doc)
}
