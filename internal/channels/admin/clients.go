package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/keydesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

func (s *pages) clientRoutes() {
	s.Handle("GET /admin/clients", needClients, s.clients)
	s.Handle("GET /admin/clients/new", needClients, s.newClient)
	s.Handle("POST /admin/clients/new", needClients, s.addClient)
	s.Handle("GET /admin/clients/{id}", needClients, s.client)
	s.Handle("POST /admin/clients/{id}/credentials", needClients, s.issue)
	s.Handle("POST /admin/clients/{id}/{what}", needClients, s.changeClient)
}

func clientPath(id string) string { return "/admin/clients/" + url.PathEscape(id) }

func (s *pages) clients(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	all, err := s.Clients.List(ctx, "")
	if err != nil {
		return err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	t := &tableView{Caption: l.T("people.clients"), Empty: l.T("people.clients.none"), Head: []string{l.T("people.client"), l.T("people.org"), l.T("people.roles"), l.T("people.used"), l.T("people.state")}}
	for _, c := range all {
		keys, err := s.Clients.Credentials(ctx, clients.Program, c.ID)
		if err != nil {
			return err
		}
		var used time.Time
		for _, k := range keys {
			if k.Used.After(used) {
				used = k.Used
			}
		}
		t.Rows = append(t.Rows, []cellView{{Text: c.Name, Link: clientPath(c.ID), Vi: true, Under: c.ID}, {Text: snap.Name(c.Org), Vi: true}, {Text: s.roleNames(l, c.Roles)}, {Text: agoWords(l, used)}, {Bands: clientBands(l, c)}})
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l), Title: l.T("people.clients"), Lead: l.T("people.clients.lead"),
		Tabs:     []linkView{{l.T("people.clients"), "/admin/clients", true}, {l.T("people.clients.new"), "/admin/clients/new", false}},
		Sections: []sectionView{{ID: "list", Table: t}},
	})
}

func clientBands(l locale.Lang, c clients.Client) []bandView {
	now := time.Now()
	switch {
	case c.State == clients.Suspended:
		return []bandView{{"watch", l.T("people.client.suspended")}}
	case c.State == clients.Closed:
		return []bandView{{"none", l.T("people.client.closed")}}
	case !c.ValidTo.IsZero() && !now.Before(c.ValidTo), !c.ValidFrom.IsZero() && now.Before(c.ValidFrom):
		return []bandView{{"watch", l.T("people.client.not-now")}}
	}
	return []bandView{{"good", l.T("people.client.active")}}
}

func (s *pages) newClient(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newClientView(r.Context(), nil)
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) newClientView(ctx context.Context, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	fields, err := s.clientFields(ctx, f)
	if err != nil {
		return screenView{}, err
	}
	fields = append([]fieldView{{Name: "id", Label: "client_id", Value: f.Get("id"), Hint: l.T("people.client.id.hint")}}, fields...)
	form := formView{ID: "new", Path: "/admin/clients/new", Token: token(ctx), Submit: l.T("people.clients.new"), Fields: fields}
	return screenView{Crumbs: crumbs(l, linkView{Text: l.T("people.clients"), Path: "/admin/clients"}), Title: l.T("people.clients.new"), Lead: l.T("people.clients.new.lead"),
		Sections: []sectionView{{ID: "client", Forms: []formView{form}}}}, nil
}

func (s *pages) clientFields(ctx context.Context, f url.Values) ([]fieldView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	roles := []pickView{}
	for _, id := range []string{policy.RoleService, policy.RoleAnalyst, policy.RoleSteward, policy.RoleEntry, policy.RoleCompliance} {
		roles = append(roles, pickView{Value: id, Text: s.roleName(l, id), Chosen: slices.Contains(f["role"], id) || f == nil && id == policy.RoleService})
	}
	return []fieldView{
		{Name: "name", Label: l.T("people.client.name"), Value: f.Get("name"), Required: true},
		{Name: "contact", Label: l.T("people.client.contact"), Value: f.Get("contact"), Required: true, Hint: l.T("people.client.contact.hint")},
		s.orgField(snap, "org", l.T("people.org"), f.Get("org"), "", true),
		{Name: "scopes", Label: l.T("people.client.scopes"), Value: f.Get("scopes"), Hint: l.T("people.client.scopes.hint"), Wide: true},
		{Name: "covers", Label: l.T("people.client.covers"), Value: f.Get("covers"), Hint: l.T("people.client.covers.hint")},
		{Name: "units", Label: l.T("people.units"), Value: f.Get("units"), Hint: l.T("people.client.units.hint")},
		{Name: "from", Label: l.T("people.from"), Value: f.Get("from"), Kind: "day"}, {Name: "to", Label: l.T("people.to"), Value: f.Get("to"), Kind: "day"},
		{Name: "role", Label: l.T("people.roles"), Kind: "checks", Picks: roles},
	}, nil
}

// clientOf reads a form over the client that is there.
func (s *pages) clientOf(ctx context.Context, f url.Values, c clients.Client) (clients.Client, error) {
	var err error
	c.Name, c.Contact = f.Get("name"), f.Get("contact")
	c.Roles, c.Units, c.Covers, c.Scopes = f["role"], accountdesk.Values(f.Get("units")), accountdesk.Values(f.Get("covers")), accountdesk.Values(strings.ReplaceAll(f.Get("scopes"), " ", ","))
	if c.Org, err = s.orgDesk.Named(ctx, f.Get("org")); err != nil {
		return c, err
	}
	if c.ValidFrom, err = instant(f.Get("from"), 0); err != nil {
		return c, err
	}
	c.ValidTo, err = instant(f.Get("to"), 1) // the last day counts
	return c, err
}

// instant is the start of a day in Viet Nam, or of one some days later.
func instant(text string, later viet.Date) (time.Time, error) {
	if strings.TrimSpace(text) == "" {
		return time.Time{}, nil
	}
	d, err := orgdesk.ReadDay(text, 0)
	if err != nil {
		return time.Time{}, err
	}
	return (d + later).Time(), nil
}

func (s *pages) addClient(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.act(w, r, func() (screenView, error) { return s.newClientView(ctx, r.PostForm) }, func(f url.Values) (string, error) {
		c, err := s.clientOf(ctx, f, clients.Client{ID: strings.TrimSpace(f.Get("id"))})
		if err == nil {
			c, err = s.Clients.Create(ctx, c)
		}
		if err != nil {
			return "", err
		}
		return clientPath(c.ID) + "?done=made", nil
	})
}

func (s *pages) client(w http.ResponseWriter, r *http.Request) error {
	v, err := s.clientView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) clientView(ctx context.Context, id string) (screenView, error) {
	l := locale.From(ctx)
	c, err := s.Clients.Find(ctx, id)
	if err != nil {
		return screenView{}, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return screenView{}, err
	}
	about := sectionView{ID: "about", Title: l.T("people.about"), Facts: []factView{
		{Name: "client_id", Value: c.ID, Code: true}, {Name: l.T("people.org"), Value: snap.Name(c.Org), Link: orgPath(c.Org), Vi: true},
		{Name: l.T("people.client.contact"), Value: c.Contact, Vi: true}, {Name: l.T("people.roles"), Value: s.roleNames(l, c.Roles)},
		{Name: l.T("people.client.scopes"), Value: strings.Join(c.Scopes, " "), Code: true}, {Name: l.T("people.client.covers"), Value: strings.Join(c.Covers, ", ")},
		{Name: l.T("people.units"), Value: strings.Join(c.Units, ", ")}, {Name: l.T("people.days"), Value: instantSpan(l, c.ValidFrom, c.ValidTo)},
		{Name: l.T("people.client.token-url"), Value: s.Clients.Endpoint, Code: true},
		{Name: l.T("people.made"), Value: l.T("people.made-by", l.Time(c.MadeAt), c.MadeBy.Name)},
	}}
	about.Facts = slices.DeleteFunc(about.Facts, func(f factView) bool { return f.Value == "" })
	if c.State != clients.Closed {
		if about.Forms, err = s.clientForms(ctx, snapValues{c, orgValue(snap, c.Org)}); err != nil {
			return screenView{}, err
		}
	}
	keys, err := s.credentials(ctx, c)
	if err != nil {
		return screenView{}, err
	}
	return screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.clients"), Path: "/admin/clients"}), Title: c.Name, Vi: true, Bands: clientBands(l, c),
		Sections: []sectionView{about, keys},
	}, nil
}

type snapValues struct {
	c   clients.Client
	org string
}

func instantSpan(l locale.Lang, from, to time.Time) string {
	day := func(t time.Time) string { return t.In(viet.Zone).Format("02/01/2006") }
	switch {
	case from.IsZero() && to.IsZero():
		return l.T("people.span.open")
	case to.IsZero():
		return l.T("people.span.from", day(from))
	case from.IsZero():
		return l.T("people.span.to", day(to.Add(-time.Second)))
	}
	return l.T("people.span.from-to", day(from), day(to.Add(-time.Second)))
}

func (s *pages) clientForms(ctx context.Context, v snapValues) ([]formView, error) {
	l := locale.From(ctx)
	c := v.c
	have := url.Values{"name": {c.Name}, "contact": {c.Contact}, "org": {v.org}, "scopes": {strings.Join(c.Scopes, " ")}, "covers": {strings.Join(c.Covers, ", ")}, "units": {strings.Join(c.Units, ", ")}, "role": c.Roles}
	if !c.ValidFrom.IsZero() {
		have.Set("from", c.ValidFrom.In(viet.Zone).Format("02/01/2006"))
	}
	if !c.ValidTo.IsZero() {
		have.Set("to", c.ValidTo.Add(-time.Second).In(viet.Zone).Format("02/01/2006"))
	}
	fields, err := s.clientFields(ctx, have)
	if err != nil {
		return nil, err
	}
	form := func(what, title, hint string, danger bool, fields ...fieldView) formView {
		return formView{ID: what, Path: clientPath(c.ID) + "/" + what, Token: token(ctx), Title: title, Hint: hint, Submit: title, Folded: true, Danger: danger, Fields: fields}
	}
	all := []formView{form("change", l.T("people.change"), "", false, fields...)}
	if c.State == clients.Active {
		all = append(all, form("suspend", l.T("people.client.suspend"), l.T("people.client.suspend.hint"), true))
	} else {
		all = append(all, form("resume", l.T("people.client.resume"), "", false))
	}
	return append(all, form("close", l.T("people.client.close"), l.T("people.client.close.hint"), true)), nil
}

// credentials are what the program signs in with, and what makes new ones.
func (s *pages) credentials(ctx context.Context, c clients.Client) (sectionView, error) {
	l := locale.From(ctx)
	all, err := s.Clients.Credentials(ctx, clients.Program, c.ID)
	if err != nil {
		return sectionView{}, err
	}
	t := &tableView{Caption: l.T("people.keys"), Empty: l.T("people.keys.none"), Head: []string{l.T("people.key"), l.T("people.key.label"), l.T("people.key.expires"), l.T("people.used"), l.T("people.state"), l.T("people.does")}}
	for _, k := range all {
		state := keyBand(l, k)
		row := []cellView{{Text: kindWords(l, k.Kind), Under: k.ID}, {Text: k.Label, Vi: true, Under: strings.Join(k.Scopes, " ")}, {Text: l.Time(k.Expires)}, {Text: agoWords(l, k.Used)}, {Bands: []bandView{state}}, {}}
		if k.Revoked.IsZero() && time.Now().Before(k.Expires) {
			form := func(what, text string, danger bool) formView {
				return formView{ID: what + "-" + k.ID, Path: clientPath(c.ID) + "/" + what, Token: token(ctx), Submit: text, Small: true, Danger: danger, Hidden: []hiddenView{{"credential", k.ID}}}
			}
			if k.Kind != clients.JWK && c.State == clients.Active {
				rotate := form("credentials", l.T("people.key.rotate"), false)
				rotate.Hidden = append(rotate.Hidden, hiddenView{"kind", string(k.Kind)}, hiddenView{"label", k.Label}, hiddenView{"scopes", strings.Join(k.Scopes, " ")})
				row[5].Forms = append(row[5].Forms, rotate)
			}
			row[5].Forms = append(row[5].Forms, form("revoke", l.T("people.key.revoke"), true))
		}
		t.Rows = append(t.Rows, row)
	}
	v := sectionView{ID: "keys", Title: l.T("people.keys"), Lead: l.T("people.keys.lead"), Table: t}
	if c.State != clients.Active {
		return v, nil
	}
	form := func(kind, title, hint string, fields ...fieldView) formView {
		fields = append(fields, fieldView{Name: "label", Label: l.T("people.key.label"), Required: true, Hint: l.T("people.key.label.hint")},
			fieldView{Name: "days", Label: l.T("people.key.days"), Kind: "number", Value: "90", Hint: l.T("people.key.days.hint")},
			fieldView{Name: "scopes", Label: l.T("people.client.scopes"), Hint: l.T("people.key.scopes.hint"), Wide: true})
		return formView{ID: "new-" + kind, Path: clientPath(c.ID) + "/credentials", Token: token(ctx), Title: title, Hint: hint, Folded: true, Submit: title, Hidden: []hiddenView{{"kind", kind}}, Fields: fields}
	}
	v.Forms = []formView{
		form("jwk", l.T("people.key.jwk"), l.T("people.key.jwk.hint"), fieldView{Name: "jwk", Label: l.T("people.key.public"), Kind: "area", Required: true}),
		form("key", l.T("people.key.new"), l.T("people.key.new.hint")), form("secret", l.T("people.key.secret"), l.T("people.key.secret.hint")),
	}
	return v, nil
}

func kindWords(l locale.Lang, k clients.Kind) string {
	switch k {
	case clients.Key:
		return l.T("people.key.kind.key")
	case clients.Secret:
		return l.T("people.key.kind.secret")
	}
	return l.T("people.key.kind.jwk")
}

func keyBand(l locale.Lang, k clients.Credential) bandView {
	switch {
	case !k.Revoked.IsZero():
		return bandView{"none", l.T("people.key.revoked", l.Time(k.Revoked))}
	case !time.Now().Before(k.Expires):
		return bandView{"none", l.T("people.key.over")}
	case time.Until(k.Expires) < 14*24*time.Hour:
		return bandView{"watch", l.T("people.key.soon")}
	}
	return bandView{"good", l.T("people.key.good")}
}

// issue makes a credential and shows its secret this once; a public key has none.
func (s *pages) issue(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	l := locale.From(ctx)
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	text, c, err := s.newCredential(ctx, id, f)
	if err != nil {
		return s.refuse(w, r, err, func() (screenView, error) { return s.clientView(ctx, id) })
	}
	if text == "" {
		http.Redirect(w, r, clientPath(id)+"?done=made", http.StatusSeeOther)
		return nil
	}
	facts := []factView{{Name: "client_id", Value: id, Code: true}, {Name: l.T("people.key.label"), Value: c.Label, Vi: true}, {Name: l.T("people.key.expires"), Value: l.Time(c.Expires)}}
	notes := []string{}
	if f.Get("credential") != "" {
		notes = append(notes, l.T("people.key.rotated"))
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.clients"), Path: "/admin/clients"}, linkView{Text: id, Path: clientPath(id)}), Title: l.T("people.key.shown"),
		Sections: []sectionView{{ID: "secret", Notes: notes, Facts: facts, Body: secretPart(kindWords(l, c.Kind), text, l.T("people.once"))}},
	})
}

const longestKey = 366 // days

func (s *pages) newCredential(ctx context.Context, id string, f url.Values) (text string, c clients.Credential, err error) {
	ask := keydesk.Asked{Kind: clients.Kind(f.Get("kind")), Public: f.Get("jwk"), Instead: f.Get("credential"),
		Wish: clients.Wish{Label: f.Get("label"), Scopes: accountdesk.Values(strings.ReplaceAll(f.Get("scopes"), " ", ","))}}
	if days := f.Get("days"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > longestKey {
			return "", c, fault.New(fault.Invalid, "people.key.bad-days", int64(longestKey))
		}
		ask.For = time.Duration(n) * 24 * time.Hour
	}
	return s.Clients.Issue(ctx, id, ask)
}

// changeClient does one thing to a program's account.
func (s *pages) changeClient(w http.ResponseWriter, r *http.Request) error {
	ctx, id, what := r.Context(), r.PathValue("id"), r.PathValue("what")
	return s.act(w, r, func() (screenView, error) { return s.clientView(ctx, id) }, func(f url.Values) (string, error) {
		word, err := s.clientDo(ctx, id, what, f)
		if err != nil {
			return "", err
		}
		return fmt.Sprint(clientPath(id), "?done=", word), nil
	})
}

func (s *pages) clientDo(ctx context.Context, id, what string, f url.Values) (word string, err error) {
	switch what {
	case "change":
		c, err := s.Clients.Find(ctx, id)
		if err != nil {
			return "", err
		}
		if c, err = s.clientOf(ctx, f, c); err != nil {
			return "", err
		}
		return "changed", s.Clients.Change(ctx, c)
	case "revoke":
		return "revoked", s.Clients.Revoke(ctx, id, f.Get("credential"))
	case "suspend":
		return "state", s.Clients.SetState(ctx, id, clients.Suspended)
	case "resume":
		return "state", s.Clients.SetState(ctx, id, clients.Active)
	case "close":
		return "state", s.Clients.SetState(ctx, id, clients.Closed)
	}
	return "", fault.New(fault.NotFound, "page.no-such-page")
}
