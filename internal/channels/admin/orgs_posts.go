package admin

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/viet"
)

// Posts bring roles, so whoever gives them looks after accounts.
func (s *pages) postRoutes() {
	s.Handle("POST /admin/posts", needAccounts, s.assignPost)
	s.Handle("GET /admin/posts/{id}", needAccounts, s.post)
	s.Handle("POST /admin/posts/{id}/end", needAccounts, s.endPost)
	s.Handle("POST /admin/posts/{id}/change", needAccounts, s.changePost)
	s.Handle("POST /admin/posts/{id}/restore", needAccounts, s.restorePost)
	s.Handle("GET /admin/posts/{id}/hand-over", needAccounts, s.handOver)
	s.Handle("POST /admin/posts/{id}/hand-over", needAccounts, s.doHandOver)
	s.Handle("GET /admin/hand-overs", needAccounts, s.handOvers)
	s.Handle("GET /admin/hand-overs/{id}", needAccounts, s.oneHandOver)
	s.Handle("POST /admin/hand-overs/{id}/undo", needAccounts, s.undoHandOver)
}

func postPath(id string) string { return "/admin/posts/" + url.PathEscape(id) }

func postLink(l locale.Lang, p org.Post) cellView {
	if p.To.Set && p.To.Date < orgdesk.Today() {
		return cellView{Text: l.T("people.post.look"), Link: postPath(p.ID)}
	}
	return cellView{Text: l.T("people.hand-over"), Link: postPath(p.ID) + "/hand-over"}
}

// postFields are what a post has besides whose and where it is.
func (s *pages) postFields(ctx context.Context, held []string) []fieldView {
	l := locale.From(ctx)
	return []fieldView{
		{Name: "title", Label: l.T("people.title"), Required: true, Hint: l.T("people.title.hint")},
		{Name: "from", Label: l.T("people.from"), Kind: "day", Hint: l.T("people.from.hint")}, {Name: "to", Label: l.T("people.to"), Kind: "day"},
		{Name: "units", Label: l.T("people.units"), Hint: l.T("people.units.hint"), Wide: true},
		{Name: "mandate-no", Label: l.T("people.mandate-no")}, {Name: "mandate-date", Label: l.T("people.mandate-date"), Kind: "day"},
		{Name: "role", Label: l.T("people.roles"), Kind: "checks", Picks: s.rolePicks(ctx, held, nil)},
	}
}

// postOf reads a form over the post that is there.
func postOf(f url.Values, p org.Post) (org.Post, error) {
	var err error
	p.Title, p.Roles, p.Units, p.MandateNo = f.Get("title"), f["role"], accountdesk.Values(f.Get("units")), f.Get("mandate-no")
	if p.From, err = orgdesk.ReadOpen(f.Get("from")); err != nil {
		return p, err
	}
	if p.To, err = orgdesk.ReadOpen(f.Get("to")); err != nil {
		return p, err
	}
	p.MandateDate, err = orgdesk.ReadOpen(f.Get("mandate-date"))
	return p, err
}

// assignPost gives a person a post, from the page of either.
func (s *pages) assignPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	back := ""
	again := func() (screenView, error) {
		kind, id, _ := strings.Cut(strings.TrimPrefix(back, "/admin/"), "/")
		if kind == "accounts" {
			return s.accountView(ctx, id)
		}
		return s.orgView(ctx, id, "")
	}
	return s.act(w, r, again, func(f url.Values) (string, error) {
		back = "/admin/" + strings.TrimPrefix(f.Get("back"), "/admin/") // a page of ours, whatever the form says
		p, err := postOf(f, org.Post{})
		if err != nil {
			return "", err
		}
		person, err := s.orgDesk.FindPerson(ctx, f.Get("person"))
		if err != nil {
			return "", err
		}
		p.Person = person.ID
		if p.Org, err = s.orgDesk.Named(ctx, f.Get("org")); err == nil {
			_, err = s.orgDesk.Assign(ctx, p)
		}
		return with(back, "done", "assigned"), err
	})
}

func (s *pages) post(w http.ResponseWriter, r *http.Request) error {
	v, err := s.postView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) postView(ctx context.Context, id string) (screenView, error) {
	l := locale.From(ctx)
	snap, p, person, err := s.orgDesk.Post(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	history, err := s.orgDesk.PostHistory(ctx, &p)
	if err != nil {
		return screenView{}, err
	}
	base := []hiddenView{{"base", string(p.Base())}}
	change := formView{ID: "change", Path: postPath(id) + "/change", Token: token(ctx), Title: l.T("people.post.change"), Folded: true, Submit: l.T("people.save"), Hidden: base, Fields: s.postFields(ctx, nil)}
	for i := range change.Fields {
		f := &change.Fields[i]
		switch f.Name {
		case "title":
			f.Value = p.Title
		case "from":
			f.Value = p.From.Display()
		case "to":
			f.Value = p.To.Display()
		case "units":
			f.Value = strings.Join(p.Units, ", ")
		case "mandate-no":
			f.Value = p.MandateNo
		case "mandate-date":
			f.Value = p.MandateDate.Display()
		case "role":
			f.Picks = s.rolePicks(ctx, nil, p.Roles)
		}
	}
	end := formView{ID: "end", Path: postPath(id) + "/end", Token: token(ctx), Title: l.T("people.post.end"), Hint: l.T("people.post.end.hint"), Folded: true, Danger: true, Submit: l.T("people.post.end"), Hidden: base,
		Fields: []fieldView{{Name: "on", Label: l.T("people.post.last"), Kind: "day", Value: orgdesk.Today().Display(), Required: true}}}
	return screenView{
		Crumbs: crumbs(l, linkView{snap.Name(p.Org), orgPath(p.Org), false}), Title: p.Title, Vi: true, Lead: person.Name,
		Tabs: []linkView{{l.T("people.post.look"), postPath(id), true}, {l.T("people.hand-over"), postPath(id) + "/hand-over", false}},
		Sections: []sectionView{
			{ID: "post", Title: l.T("people.about"), Facts: s.postFacts(l, snap, p, person), Forms: []formView{change, end}},
			historyPart(ctx, "history", postPath(id), p.Base(), history),
		},
	}, nil
}

func (s *pages) postFacts(l locale.Lang, snap *org.Snapshot, p org.Post, person org.Person) []factView {
	all := []factView{
		{Name: l.T("people.name"), Value: person.Name, Vi: true}, {Name: l.T("people.org"), Value: snap.Name(p.Org), Link: orgPath(p.Org), Vi: true},
		{Name: l.T("people.title"), Value: p.Title, Vi: true}, {Name: l.T("people.days"), Value: orgdesk.Days(l, p.Span)},
	}
	if len(p.Roles) > 0 {
		all = append(all, factView{Name: l.T("people.roles"), Value: s.roleNames(l, p.Roles)})
	}
	if len(p.Units) > 0 {
		all = append(all, factView{Name: l.T("people.units"), Value: strings.Join(p.Units, ", ")})
	}
	if p.MandateNo != "" {
		all = append(all, factView{Name: l.T("people.mandate-no"), Value: strings.TrimSpace(p.MandateNo + " " + p.MandateDate.Display())})
	}
	return all
}

// postAgain makes the page of a post again, with the form that was sent.
func (s *pages) postAgain(r *http.Request, form string) func() (screenView, error) {
	return func() (screenView, error) {
		v, err := s.postView(r.Context(), r.PathValue("id"))
		return refilled(v, form, r.PostForm), err
	}
}

// restorePost puts a post back to what it was before one of its changes.
func (s *pages) restorePost(w http.ResponseWriter, r *http.Request) error {
	ctx, id, q := r.Context(), r.PathValue("id"), r.URL.Query()
	return s.act(w, r, s.postAgain(r, ""), func(url.Values) (string, error) {
		return postPath(id) + "?done=changed", s.orgDesk.RestorePost(ctx, id, baseIn(q), q.Get("revision"))
	})
}

func (s *pages) changePost(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	return s.act(w, r, s.postAgain(r, "change"), func(f url.Values) (string, error) {
		p, err := postOf(f, org.Post{ID: id})
		if err == nil {
			err = s.orgDesk.ChangePost(ctx, baseIn(f), p)
		}
		return postPath(id) + "?done=changed", err
	})
}

func (s *pages) endPost(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	return s.act(w, r, s.postAgain(r, "end"), func(f url.Values) (string, error) {
		last, err := orgdesk.ReadDay(f.Get("on"), orgdesk.Today())
		if err == nil {
			err = s.orgDesk.EndPost(ctx, id, baseIn(f), last)
		}
		return postPath(id) + "?done=ended", err
	})
}

// A handOverView is a hand-over ready to show.
type handOverView struct {
	From, FromDays, To, ToDays string
	Items                      []itemView
	Note                       string
}

type itemView struct{ Text, Path string }

// handOver is the one screen: who holds the post, who takes it over and when,
// and, once that is said, what passes over.
func (s *pages) handOver(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v, err := s.handOverScreen(r.Context(), r.PathValue("id"), q)
	if err != nil {
		return err
	}
	if q.Get("to") != "" {
		if err := s.previewHandOver(r.Context(), r.PathValue("id"), q, &v); err != nil {
			return s.refuse(w, r, err, func() (screenView, error) { return s.handOverScreen(r.Context(), r.PathValue("id"), q) })
		}
	}
	return s.show(w, r, v)
}

func (s *pages) handOverScreen(ctx context.Context, id string, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	snap, p, person, err := s.orgDesk.Post(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	on := f.Get("on")
	if on == "" {
		on = orgdesk.Today().Display()
	}
	to, err := s.personField(ctx, "to", l.T("people.hand.to"), f.Get("to"))
	if err != nil {
		return screenView{}, err
	}
	form := formView{ID: "who", Path: postPath(id) + "/hand-over", Get: true, Submit: l.T("people.hand.look"), Fields: []fieldView{
		to, {Name: "on", Label: l.T("people.hand.on"), Value: on, Kind: "day", Required: true, Hint: l.T("people.hand.on.hint")},
		{Name: "note", Label: l.T("people.hand.note"), Value: f.Get("note"), Wide: true},
	}}
	return screenView{
		Crumbs: crumbs(l, linkView{snap.Name(p.Org), orgPath(p.Org), false}), Title: l.T("people.hand.title", p.Title), Lead: l.T("people.hand.lead"),
		Tabs:     []linkView{{l.T("people.post.look"), postPath(id), false}, {l.T("people.hand-over"), postPath(id) + "/hand-over", true}},
		Sections: []sectionView{{ID: "post", Title: l.T("people.hand.post"), Facts: s.postFacts(l, snap, p, person)}, {ID: "to", Title: l.T("people.hand.whom"), Forms: []formView{form}}},
	}, nil
}

// handOverAsked reads who takes a post over and from which day on.
func (s *pages) handOverAsked(ctx context.Context, f url.Values) (org.Person, viet.Date, error) {
	to, err := s.orgDesk.FindPerson(ctx, f.Get("to"))
	if err != nil {
		return to, 0, err
	}
	on, err := orgdesk.ReadDay(f.Get("on"), orgdesk.Today())
	return to, on, err
}

func (s *pages) previewHandOver(ctx context.Context, id string, f url.Values, v *screenView) error {
	l := locale.From(ctx)
	to, on, err := s.handOverAsked(ctx, f)
	if err != nil {
		return err
	}
	h, err := s.orgDesk.Preview(ctx, id, to.ID, on, f.Get("note"))
	if err != nil {
		return err
	}
	shown, err := s.handOverShown(ctx, &h)
	if err != nil {
		return err
	}
	v.Sections = append(v.Sections, sectionView{ID: "preview", Title: l.T("people.hand.preview"), Body: handOverPart(shown), Forms: []formView{{
		ID: "hand-over", Path: postPath(id) + "/hand-over", Token: token(ctx), Submit: l.T("people.hand.do"), Hint: l.T("people.hand.do.hint"),
		Hidden: []hiddenView{{"to", to.ID}, {"on", on.String()}, {"note", h.Note}},
	}}})
	return nil
}

func (s *pages) handOverShown(ctx context.Context, h *org.HandOver) (handOverView, error) {
	l := locale.From(ctx)
	from, err := s.Orgs.Person(ctx, h.Old.Person)
	if err != nil {
		return handOverView{}, err
	}
	to, err := s.Orgs.Person(ctx, h.New.Person)
	if err != nil {
		return handOverView{}, err
	}
	v := handOverView{From: from.Name, To: to.Name, Note: h.Note, FromDays: l.T("people.span.to", (h.On.Date - 1).Display()), ToDays: orgdesk.Days(l, h.New.Span)}
	for _, one := range h.Items {
		v.Items = append(v.Items, itemView{s.orgDesk.Said(l, h, l.Of(one.Vi, one.En)), one.Link})
	}
	return v, nil
}

func (s *pages) doHandOver(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	return s.act(w, r, func() (screenView, error) { return s.handOverScreen(ctx, id, r.PostForm) }, func(f url.Values) (string, error) {
		to, on, err := s.handOverAsked(ctx, f)
		if err != nil {
			return "", err
		}
		h, err := s.orgDesk.HandOver(ctx, id, to.ID, on, f.Get("note"))
		return "/admin/hand-overs/" + h.ID + "?done=handed", err
	})
}

// handOvers lists the last hand-overs of all organisations.
func (s *pages) handOvers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	all, err := s.Orgs.HandOvers(ctx, "", 200)
	if err != nil {
		return err
	}
	t, err := s.handOverTable(ctx, all)
	if err != nil {
		return err
	}
	t.Empty = l.T("people.hand.none")
	return s.show(w, r, screenView{Crumbs: crumbs(l), Title: l.T("people.hand-overs"), Lead: l.T("people.hand-overs.lead"), Sections: []sectionView{{ID: "list", Table: t}}})
}

func (s *pages) handOverTable(ctx context.Context, all []org.HandOver) (*tableView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	t := &tableView{Caption: l.T("people.hand-overs"), Head: []string{l.T("people.title"), l.T("people.org"), l.T("people.hand.from"), l.T("people.hand.to"), l.T("people.hand.on"), l.T("people.state")}}
	for i := range all {
		h := &all[i]
		shown, err := s.handOverShown(ctx, h)
		if err != nil {
			return nil, err
		}
		state := bandView{"good", l.T("people.hand.done")}
		if h.UndoneAt != "" {
			state = bandView{"none", l.T("people.hand.undone")}
		}
		t.Rows = append(t.Rows, []cellView{{Text: h.Old.Title, Link: "/admin/hand-overs/" + h.ID, Vi: true}, {Text: snap.Name(h.Org), Vi: true}, {Text: shown.From, Vi: true}, {Text: shown.To, Vi: true}, {Text: h.On.Display()}, {Bands: []bandView{state}}})
	}
	return t, nil
}

func (s *pages) oneHandOver(w http.ResponseWriter, r *http.Request) error {
	v, err := s.oneHandOverView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) oneHandOverView(ctx context.Context, id string) (screenView, error) {
	l := locale.From(ctx)
	h, err := s.Orgs.OneHandOver(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return screenView{}, err
	}
	shown, err := s.handOverShown(ctx, &h)
	if err != nil {
		return screenView{}, err
	}
	v := screenView{Crumbs: crumbs(l, linkView{l.T("people.hand-overs"), "/admin/hand-overs", false}), Title: l.T("people.hand.title", h.Old.Title), Lead: snap.Name(h.Org)}
	c := sectionView{ID: "hand-over", Body: handOverPart(shown), Facts: []factView{{Name: l.T("people.hand.made"), Value: l.T("people.made-by", l.Stamp(h.MadeAt), h.By.Name)}}}
	if h.UndoneAt != "" {
		v.Bands = []bandView{{"none", l.T("people.hand.undone")}}
		c.Facts = append(c.Facts, factView{Name: l.T("people.hand.undone"), Value: l.T("people.made-by", l.Stamp(h.UndoneAt), h.UndoneBy.Name)})
	} else {
		v.Bands = []bandView{{"good", l.T("people.hand.done")}}
		c.Forms = []formView{{ID: "undo", Path: "/admin/hand-overs/" + url.PathEscape(id) + "/undo", Token: token(ctx), Submit: l.T("people.hand.undo"), Hint: l.T("people.hand.undo.hint"), Danger: true}}
	}
	v.Sections = []sectionView{c}
	return v, nil
}

func (s *pages) undoHandOver(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	return s.act(w, r, func() (screenView, error) { return s.oneHandOverView(ctx, id) }, func(url.Values) (string, error) {
		_, err := s.orgDesk.UndoHandOver(ctx, id)
		return "/admin/hand-overs/" + url.PathEscape(id) + "?done=undone", err
	})
}
