package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/viet"
)

func (s *pages) orgRoutes() {
	s.Handle("GET /admin/organisations", needOrgs, s.orgs)
	s.Handle("GET /admin/organisations/new", needOrgs, s.newOrg)
	s.Handle("POST /admin/organisations/new", needOrgs, s.addOrg)
	s.Handle("GET /admin/organisations/{id}", needOrgs, s.org)
	s.Handle("POST /admin/organisations/{id}/{what}", needOrgs, s.changeOrg)
}

// A branchView is an organisation in the tree with those below it.
type branchView struct {
	Name, Path, Note string
	Below            []branchView
	All              int64 // below it, at any depth
	Open             bool
}

// mostOpen is how many organisations below one at the top are shown at once.
const mostOpen = 40

// shownFound is how many organisations a search lists.
const shownFound = 100

func (s *pages) orgs(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := screenView{Crumbs: crumbs(l), Title: l.T("people.orgs"), Lead: l.T("people.orgs.lead"), Tabs: []linkView{
		{l.T("people.orgs"), "/admin/organisations", true}, {l.T("people.orgs.new"), "/admin/organisations/new", false}, {l.T("people.hand-overs"), "/admin/hand-overs", false},
	}}
	on, err := orgdesk.ReadDay(q.Get("on"), orgdesk.Today())
	if err != nil {
		v.Problem, on = l.Error(err), orgdesk.Today()
	}
	text := strings.TrimSpace(q.Get("q"))
	find := formView{ID: "find", Path: "/admin/organisations", Get: true, Submit: l.T("people.filter"), Fields: []fieldView{
		{Name: "q", Label: l.T("people.orgs.find"), Value: text, Kind: "search"}, {Name: "on", Label: l.T("people.on"), Value: on.Display(), Kind: "day"},
	}}
	list := sectionView{ID: "list"}
	if text == "" {
		tree := treeView(l, snap, on)
		list.Title = l.T("people.orgs.tree", on.Display(), countBranches(tree))
		list.Body = treePart(tree)
	} else {
		found := snap.Find(text, on, shownFound)
		list.Title = l.T("people.orgs.found", text, int64(len(found)), on.Display())
		list.Table = orgTable(l, snap, found, on)
	}
	v.Sections = []sectionView{{ID: "filter", Forms: []formView{find}}, list}
	return s.show(w, r, v)
}

func countBranches(all []branchView) (n int64) {
	for _, b := range all {
		n += 1 + b.All
	}
	return n
}

// treeView nests the tree of a day.
func treeView(l locale.Lang, snap *org.Snapshot, on viet.Date) []branchView {
	flat := snap.Tree(on)
	i := 0
	var below func(depth int) []branchView
	below = func(depth int) (all []branchView) {
		for i < len(flat) && flat[i].Depth == depth {
			o := flat[i].Org
			i++
			one := branchView{Name: o.Name, Path: with(orgPath(o.ID), "on", on.Display()), Note: orgNote(l, o, on)}
			one.Below = below(depth + 1)
			one.All = countBranches(one.Below)
			one.Open = depth == 0 && one.All <= mostOpen // a province's hundred communes are opened by who wants them
			all = append(all, one)
		}
		return all
	}
	return below(0)
}

// orgNote is what tells an organisation from its neighbours besides its name.
func orgNote(l locale.Lang, o *org.Org, on viet.Date) string {
	var all []string
	if code := o.CodeOn(on); code != "" {
		all = append(all, code)
	}
	if o.Collective {
		all = append(all, l.T("people.orgs.collective"))
	}
	if o.ToBeFormed {
		all = append(all, l.T("people.orgs.to-be-formed"))
	}
	if o.Inferred {
		all = append(all, l.T("people.orgs.inferred"))
	}
	return strings.Join(all, " · ")
}

func orgTable(l locale.Lang, snap *org.Snapshot, all []*org.Org, on viet.Date) *tableView {
	t := &tableView{Caption: l.T("people.orgs"), Empty: l.T("people.orgs.none"), Head: []string{l.T("people.org"), l.T("people.orgs.above"), l.T("people.orgs.level"), l.T("people.orgs.code")}}
	for _, o := range all {
		t.Rows = append(t.Rows, []cellView{
			{Text: o.Name, Link: orgPath(o.ID), Vi: true, Under: orgNote(l, o, on)}, {Text: parentName(snap, o, on), Vi: true}, {Text: levelWords(l, o.Level)}, {Text: o.CodeOn(on), Code: true},
		})
	}
	return t
}

func parentName(snap *org.Snapshot, o *org.Org, on viet.Date) string {
	if id := o.ParentOn(on); id != "" {
		return snap.Name(id)
	}
	return ""
}

// levelWords names a level; the catalogue has a sentence for each of org.Levels.
func levelWords(l locale.Lang, level org.Level) string { return l.T("org.level." + string(level)) }

func levelPicks(l locale.Lang, chosen org.Level) []pickView {
	var all []pickView
	for _, level := range org.Levels() {
		all = append(all, pickView{Value: string(level), Text: levelWords(l, level), Chosen: level == chosen})
	}
	return all
}

func (s *pages) newOrg(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newOrgView(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) newOrgView(ctx context.Context, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return screenView{}, err
	}
	form := formView{ID: "new", Path: "/admin/organisations/new", Token: token(ctx), Submit: l.T("people.orgs.new"), Fields: []fieldView{
		{Name: "name", Label: l.T("people.orgs.name"), Value: f.Get("name"), Required: true, Wide: true},
		{Name: "id", Label: l.T("people.orgs.id"), Value: f.Get("id"), Required: true, Hint: l.T("people.orgs.id.hint")},
		{Name: "level", Label: l.T("people.orgs.level"), Kind: "select", Picks: levelPicks(l, org.Level(f.Get("level")))},
		{Name: "province", Label: l.T("people.orgs.province"), Value: f.Get("province"), Hint: l.T("people.orgs.province.hint")},
		{Name: "code", Label: l.T("people.orgs.code"), Value: f.Get("code"), Hint: l.T("people.orgs.code.hint")},
		{Name: "from", Label: l.T("people.orgs.from"), Value: f.Get("from"), Kind: "day"},
		s.orgField(snap, "parent", l.T("people.orgs.above"), f.Get("parent"), "", false),
		{Name: "name-en", Label: l.T("people.orgs.name-en"), Value: f.Get("name-en"), Wide: true},
	}}
	return screenView{Crumbs: crumbs(l, linkView{Text: l.T("people.orgs"), Path: "/admin/organisations"}), Title: l.T("people.orgs.new"), Lead: l.T("people.orgs.new.lead"),
		Sections: []sectionView{{ID: "org", Forms: []formView{form}}}}, nil
}

func (s *pages) addOrg(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.act(w, r, func() (screenView, error) { return s.newOrgView(ctx, r.PostForm) }, func(f url.Values) (string, error) {
		o, err := s.orgOf(ctx, f)
		if err == nil {
			err = s.orgDesk.Add(ctx, o)
		}
		return orgPath(o.ID) + "?done=made", err
	})
}

// orgOf reads a new organisation out of a form.
func (s *pages) orgOf(ctx context.Context, f url.Values) (o orgdesk.Addition, err error) {
	o = orgdesk.Addition{ID: strings.TrimSpace(f.Get("id")), Name: f.Get("name"), NameEn: f.Get("name-en"), Level: org.Level(f.Get("level")), Province: strings.TrimSpace(f.Get("province")), Code: strings.TrimSpace(f.Get("code"))}
	if o.From, err = orgdesk.ReadOpen(f.Get("from")); err != nil {
		return o, err
	}
	o.Parent, err = s.orgDesk.Named(ctx, f.Get("parent"))
	return o, err
}

func (s *pages) org(w http.ResponseWriter, r *http.Request) error {
	v, err := s.orgView(r.Context(), r.PathValue("id"), r.URL.Query().Get("on"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// An orgPage gathers what the page of an organisation shows.
type orgPage struct {
	*pages
	ctx  context.Context
	l    locale.Lang
	snap *org.Snapshot
	o    *org.Org
	on   viet.Date
	path string
}

func (s *pages) orgView(ctx context.Context, id, day string) (v screenView, err error) {
	p := orgPage{pages: s, ctx: ctx, l: locale.From(ctx), path: "/admin/organisations/" + url.PathEscape(id)}
	if p.snap, err = s.Orgs.Snapshot(ctx); err != nil {
		return v, err
	}
	var ok bool
	if p.o, ok = p.snap.Org(id); !ok {
		return v, fault.New(fault.NotFound, "org.never", id)
	}
	if p.on, err = orgdesk.ReadDay(day, orgdesk.Today()); err != nil {
		return v, err
	}
	v = screenView{Crumbs: crumbs(p.l, linkView{Text: p.l.T("people.orgs"), Path: "/admin/organisations"}), Title: p.o.Name, Vi: true, Lead: orgNote(p.l, p.o, p.on)}
	if _, there := p.snap.Get(id, p.on); !there {
		v.Bands = []bandView{{"watch", p.l.T("people.orgs.not-on", p.on.Display())}}
	}
	history, err := p.history()
	if err != nil {
		return v, err
	}
	holders, err := p.holders()
	if err != nil {
		return v, err
	}
	v.Sections = append([]sectionView{p.about(), holders, p.changes()}, history...)
	return v, nil
}

func (p *orgPage) about() sectionView {
	l, o := p.l, p.o
	c := sectionView{ID: "about", Title: l.T("people.about"), Facts: []factView{
		{Name: l.T("people.orgs.id"), Value: o.ID, Code: true}, {Name: l.T("people.orgs.name-en"), Value: o.NameEn}, {Name: l.T("people.orgs.level"), Value: levelWords(l, o.Level)},
		{Name: l.T("people.orgs.province"), Value: o.Province, Code: true}, {Name: l.T("people.orgs.unit"), Value: o.UnitCode, Link: unitPath(o.Unit)},
		{Name: l.T("people.days"), Value: orgdesk.Days(l, o.Span)},
	}}
	var codes, parents []string
	for _, code := range o.Codes {
		codes = append(codes, code.Code+" – "+orgdesk.Days(l, code.Span))
	}
	for _, above := range o.Parents {
		parents = append(parents, p.snap.Name(above.ID)+" – "+orgdesk.Days(l, above.Span))
	}
	named := func(ids []string) (all []string) {
		for _, id := range ids {
			all = append(all, p.snap.Name(id))
		}
		return all
	}
	c.Facts = append(c.Facts,
		factView{Name: l.T("people.orgs.codes"), Lines: codes}, factView{Name: l.T("people.orgs.aboves"), Lines: parents, Vi: true},
		factView{Name: l.T("people.orgs.before"), Lines: named(o.Predecessors), Vi: true}, factView{Name: l.T("people.orgs.after"), Lines: named(o.Successors), Vi: true},
		factView{Name: l.T("people.orgs.became"), Lines: p.became(), Vi: true},
		factView{Name: l.T("people.orgs.sources"), Lines: o.Sources, Vi: true}, factView{Name: l.T("people.orgs.note"), Value: o.Note, Vi: true})
	c.Facts = slices.DeleteFunc(c.Facts, func(f factView) bool { return f.Value == "" && len(f.Lines) == 0 })
	return c
}

// became is what has become of an organisation that is no more.
func (p *orgPage) became() []string {
	if _, there := p.snap.Get(p.o.ID, p.on); there {
		return nil
	}
	var all []string
	for _, id := range p.snap.Successors(p.o.ID, p.on) {
		all = append(all, p.snap.Name(id))
	}
	return all
}

func unitPath(uid string) string {
	if uid == "" {
		return ""
	}
	return "/units/" + url.PathEscape(uid)
}

// holders are who holds posts on the day.
func (p *orgPage) holders() (sectionView, error) {
	l := p.l
	t := &tableView{Caption: l.T("people.orgs.holders"), Empty: l.T("people.orgs.holders.none"), Head: []string{l.T("people.name"), l.T("people.title"), l.T("people.roles"), l.T("people.days"), l.T("people.does")}}
	for _, one := range p.snap.Holders(p.o.ID, p.on) {
		person, err := p.Orgs.Person(p.ctx, one.Person)
		if err != nil {
			return sectionView{}, err
		}
		name := cellView{Text: person.Name, Vi: true, Under: person.Email}
		if person.Generated {
			name.Bands = []bandView{{"none", l.T("people.generated.short")}}
		}
		t.Rows = append(t.Rows, []cellView{name, {Text: one.Title, Vi: true}, {Text: p.roleNames(l, one.Roles)}, {Text: orgdesk.Days(l, one.Span)}, postLink(l, one)})
	}
	who, err := p.personField(p.ctx, "person", l.T("people.person"), "")
	if err != nil {
		return sectionView{}, err
	}
	f := formView{ID: "assign", Path: "/admin/posts", Token: token(p.ctx), Submit: l.T("people.assign"), Title: l.T("people.assign"), Folded: true,
		Hidden: []hiddenView{{"org", p.o.ID}, {"back", p.path}}, Fields: append([]fieldView{who}, p.postFields(p.ctx, nil)...)}
	return sectionView{ID: "holders", Title: l.T("people.orgs.holders-on", p.on.Display()), Table: t, Forms: []formView{f}}, nil
}

// changes are what may be done to the organisation.
func (p *orgPage) changes() sectionView {
	l, o := p.l, p.o
	form := func(what, title, hint string, fields ...fieldView) formView {
		return formView{ID: what, Path: p.path + "/" + what, Token: token(p.ctx), Title: title, Hint: hint, Folded: true, Submit: title, Fields: fields,
			Hidden: []hiddenView{{"base", string(o.Base())}}}
	}
	day := func(label string) fieldView {
		return fieldView{Name: "on", Label: label, Kind: "day", Value: orgdesk.Today().Display(), Required: true}
	}
	end := form("end", l.T("people.orgs.end"), l.T("people.orgs.end.hint"), fieldView{Name: "on", Label: l.T("people.orgs.last"), Kind: "day", Required: true},
		p.orgField(p.snap, "successor", l.T("people.orgs.successor"), "", l.T("people.orgs.successor.hint"), false),
		p.orgField(p.snap, "successor2", l.T("people.orgs.successor2"), "", "", false))
	end.Danger = true
	return sectionView{ID: "changes", Title: l.T("people.orgs.changes"), Lead: l.T("people.orgs.changes.lead"), Forms: []formView{
		form("change", l.T("people.change"), "",
			fieldView{Name: "name", Label: l.T("people.orgs.name"), Value: o.Name, Required: true, Wide: true},
			fieldView{Name: "name-en", Label: l.T("people.orgs.name-en"), Value: o.NameEn, Wide: true},
			fieldView{Name: "level", Label: l.T("people.orgs.level"), Kind: "select", Picks: levelPicks(l, o.Level)},
			fieldView{Name: "note", Label: l.T("people.orgs.note"), Value: o.Note, Kind: "area"}),
		form("move", l.T("people.orgs.move"), l.T("people.orgs.move.hint"), p.orgField(p.snap, "parent", l.T("people.orgs.above"), orgValue(p.snap, o.ParentOn(p.on)), "", false), day(l.T("people.from"))),
		form("recode", l.T("people.orgs.recode"), l.T("people.orgs.recode.hint"), fieldView{Name: "code", Label: l.T("people.orgs.code"), Value: o.CodeOn(p.on), Hint: l.T("people.orgs.code.hint")}, day(l.T("people.from"))),
		end,
	}}
}

// history are the hand-overs in the organisation and its changes.
func (p *orgPage) history() (parts []sectionView, err error) {
	handed, err := p.Orgs.HandOvers(p.ctx, p.o.ID, 20)
	if err != nil {
		return nil, err
	}
	if len(handed) > 0 {
		table, err := p.handOverTable(p.ctx, handed)
		if err != nil {
			return nil, err
		}
		parts = append(parts, sectionView{ID: "hand-overs", Title: p.l.T("people.hand-overs"), Table: table})
	}
	all, err := p.orgDesk.History(p.ctx, p.snap, p.o)
	return append(parts, historyPart(p.ctx, "history", p.path, p.o.Base(), all)), err
}

// changeOrg does one thing to an organisation.
func (s *pages) changeOrg(w http.ResponseWriter, r *http.Request) error {
	ctx, id, what := r.Context(), r.PathValue("id"), r.PathValue("what")
	do, ok := map[string]func(context.Context, string, url.Values) error{"change": s.rewriteOrg, "move": s.moveOrg, "recode": s.recodeOrg, "end": s.endOrg, "restore": s.restoreOrg}[what]
	if !ok {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	again := func() (screenView, error) {
		v, err := s.orgView(ctx, id, "")
		return refilled(v, what, r.PostForm), err
	}
	return s.act(w, r, again, func(f url.Values) (string, error) {
		if what == "restore" {
			f = r.URL.Query()
		}
		return orgPath(id) + "?done=changed", do(ctx, id, f)
	})
}

func (s *pages) rewriteOrg(ctx context.Context, id string, f url.Values) error {
	return s.orgDesk.Change(ctx, id, baseIn(f), orgdesk.Text{Name: f.Get("name"), NameEn: f.Get("name-en"), Level: org.Level(f.Get("level")), Note: f.Get("note")})
}

// baseIn is what somebody had before them when they filled in a form.
func baseIn(f url.Values) org.Base { return org.Base(f.Get("base")) }

func (s *pages) restoreOrg(ctx context.Context, id string, f url.Values) error {
	return s.orgDesk.Restore(ctx, id, baseIn(f), f.Get("revision"))
}

func (s *pages) moveOrg(ctx context.Context, id string, f url.Values) error {
	above, err := s.orgDesk.Named(ctx, f.Get("parent"))
	if err != nil {
		return err
	}
	on, err := orgdesk.ReadDay(f.Get("on"), orgdesk.Today())
	if err != nil {
		return err
	}
	return s.orgDesk.Move(ctx, id, baseIn(f), above, on)
}

func (s *pages) recodeOrg(ctx context.Context, id string, f url.Values) error {
	on, err := orgdesk.ReadDay(f.Get("on"), orgdesk.Today())
	if err != nil {
		return err
	}
	return s.orgDesk.Recode(ctx, id, baseIn(f), strings.TrimSpace(f.Get("code")), on)
}

func (s *pages) endOrg(ctx context.Context, id string, f url.Values) error {
	last, err := orgdesk.ReadDay(f.Get("on"), orgdesk.Today())
	if err != nil {
		return err
	}
	var after []string
	for _, name := range []string{"successor", "successor2"} {
		one, err := s.orgDesk.Named(ctx, f.Get(name))
		if err != nil {
			return err
		}
		if one != "" {
			after = append(after, one)
		}
	}
	return s.orgDesk.End(ctx, id, baseIn(f), last, after...)
}
