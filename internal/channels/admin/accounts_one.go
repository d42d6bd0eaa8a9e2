package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func (s *pages) account(w http.ResponseWriter, r *http.Request) error {
	v, err := s.accountView(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

// An accountPage gathers what the page of an account shows.
type accountPage struct {
	*pages
	ctx  context.Context
	l    locale.Lang
	a    accountdesk.Whole
	path string
}

func (s *pages) accountView(ctx context.Context, id string) (v screenView, err error) {
	p := accountPage{pages: s, ctx: ctx, l: locale.From(ctx), path: "/admin/accounts/" + url.PathEscape(id)}
	if p.a, err = s.Accounts.Look(ctx, id); err != nil {
		return v, err
	}
	v = screenView{
		Crumbs: crumbs(p.l, linkView{Text: p.l.T("people.accounts"), Path: "/admin/accounts"}), Title: p.a.Name, Vi: true, Lead: p.a.Login,
		Bands: accountBands(p.l, p.a.Account, p.a.Until),
	}
	for _, part := range []func() sectionView{p.about, p.posts, p.grants, p.factors, p.sessions} {
		if one := part(); one.ID != "" {
			v.Sections = append(v.Sections, one)
		}
	}
	return v, nil
}

func (p *accountPage) form(id, what, submit string, fields ...fieldView) formView {
	return formView{ID: id, Path: p.path + "/" + what, Token: token(p.ctx), Submit: submit, Fields: fields}
}

// about is who it is, with what changes the account itself.
func (p *accountPage) about() sectionView {
	l, a := p.l, p.a
	c := sectionView{ID: "about", Title: l.T("people.about"), Facts: []factView{
		{Name: l.T("people.login"), Value: a.Login, Code: true},
		{Name: l.T("people.org"), Value: p.a.Snap.Name(a.OrgID), Link: orgPath(a.OrgID), Vi: true},
		{Name: l.T("people.email"), Value: a.Email}, {Name: l.T("people.phone"), Value: a.Phone},
		{Name: l.T("people.last"), Value: agoWords(l, a.LastSignIn)},
		{Name: l.T("people.password-set"), Value: agoWords(l, a.PasswordSet)},
		{Name: l.T("people.made"), Value: l.T("people.made-by", l.Time(a.CreatedAt), a.CreatedBy.Name)},
	}}
	c.Facts = slices.DeleteFunc(c.Facts, func(f factView) bool { return f.Value == "" })
	if a.Why != "" && a.Why != identity.WhyInactive && a.Why != identity.WhyMandate {
		c.Facts = append(c.Facts, factView{Name: l.T("people.why"), Value: a.Why, Vi: true})
	}
	if a.Generated {
		c.Notes = append(c.Notes, l.T("people.generated"))
	}
	if a.Kind == identity.KindCompany {
		c.Facts = append(c.Facts, factView{Name: l.T("people.mandate"), Value: l.T("people.mandate.of", a.MandatePaper, shownDay(a.MandateFrom), shownDay(a.MandateTo)), Vi: true})
	}
	if a.Kind != identity.KindEmergency && a.State != identity.Erased {
		c.Forms = append(c.Forms, p.changeForm())
	}
	c.Forms = append(c.Forms, p.stateForms()...)
	return c
}

func (p *accountPage) changeForm() formView {
	l, a := p.l, p.a
	f := p.form("change", "change", l.T("people.save"),
		fieldView{Name: "name", Label: l.T("people.name"), Value: a.Name, Required: true},
		fieldView{Name: "email", Label: l.T("people.email"), Value: a.Email, Kind: "email"},
		fieldView{Name: "phone", Label: l.T("people.phone"), Value: a.Phone, Kind: "tel"},
		p.orgField(p.a.Snap, "org", l.T("people.org"), orgValue(p.a.Snap, a.OrgID), "", false))
	if a.Kind == identity.KindCompany {
		f.Fields = append(f.Fields, mandateFields(l, url.Values{"mandate-paper": {a.MandatePaper}, "mandate-from": {shownDay(a.MandateFrom)}, "mandate-to": {shownDay(a.MandateTo)}})...)
	}
	f.Title, f.Folded = l.T("people.change"), true
	f.Hidden = append(f.Hidden, hiddenView{seen, accountdesk.Digest(a.Account)})
	return f
}

// stateForms lock, disable and open the account, as far as its state lets one.
func (p *accountPage) stateForms() []formView {
	l := p.l
	why := fieldView{Name: "why", Label: l.T("people.why"), Hint: l.T("people.why.hint"), Required: true, Wide: true}
	var all []formView
	add := func(id, title, hint string, danger bool, fields ...fieldView) {
		f := p.form(id, id, title, fields...)
		f.Title, f.Hint, f.Folded, f.Danger = title, hint, true, danger
		all = append(all, f)
	}
	if !p.a.Until.IsZero() {
		add("unlock", l.T("people.unlock"), l.T("people.unlock.hint"), false)
	}
	switch p.a.State {
	case identity.Active:
		add("lock", l.T("people.lock"), l.T("people.lock.hint"), true, why)
		add("disable", l.T("people.disable"), l.T("people.disable.hint"), true, why)
	case identity.Invited:
		add("disable", l.T("people.disable"), l.T("people.disable.hint"), true, why)
	case identity.Locked, identity.Disabled:
		add("open", l.T("people.open"), l.T("people.open.hint"), false)
	}
	if p.a.Kind == identity.KindEmergency {
		return all
	}
	if p.a.State == identity.Invited || p.a.State == identity.Active {
		f := slipForm(p.ctx, "invite", l.T("people.invite"), []string{p.a.ID})
		f.Title, f.Folded, f.Hint = l.T("people.invite"), true, l.T("people.invite.hint")
		all = append(all, f)
	}
	if p.a.State == identity.Active {
		add("require", l.T("people.require"), l.T("people.require.hint"), false)
	}
	return all
}

// posts are what the person is in organisations, which brings roles.
func (p *accountPage) posts() sectionView {
	l := p.l
	if p.a.PersonID == "" {
		return sectionView{}
	}
	t := &tableView{Caption: l.T("people.posts"), Empty: l.T("people.posts.none"), Head: []string{l.T("people.title"), l.T("people.org"), l.T("people.roles"), l.T("people.units"), l.T("people.days"), ""}}
	t.Head[5] = l.T("people.does")
	for _, one := range p.a.Posts {
		t.Rows = append(t.Rows, []cellView{
			{Text: one.Title, Vi: true}, {Text: p.a.Snap.Name(one.Org), Link: orgPath(one.Org), Vi: true}, {Text: p.roleNames(l, one.Roles)},
			{Text: strings.Join(one.Units, ", ")}, {Text: orgdesk.Days(l, one.Span)}, postLink(l, one),
		})
	}
	f := formView{ID: "assign", Path: "/admin/posts", Token: token(p.ctx), Submit: l.T("people.assign"), Title: l.T("people.assign"), Folded: true,
		Hidden: []hiddenView{{"person", p.a.PersonID}, {"back", p.path}}, Fields: p.postFields(p.ctx, p.a.Roles)}
	f.Fields = append([]fieldView{p.orgField(p.a.Snap, "org", l.T("people.org"), "", "", true)}, f.Fields...)
	return sectionView{ID: "posts", Title: l.T("people.posts"), Lead: l.T("people.posts.lead"), Table: t, Forms: []formView{f}}
}

// grants are the roles given to the account itself, and what it may not be given.
func (p *accountPage) grants() sectionView {
	l := p.l
	if p.a.Kind == identity.KindEmergency {
		return sectionView{}
	}
	t := &tableView{Caption: l.T("people.grants"), Empty: l.T("people.grants.none"), Head: []string{l.T("people.role"), l.T("people.org"), l.T("people.units"), l.T("people.days"), l.T("people.does")}}
	for _, g := range p.a.Grants {
		in := l.T("people.everywhere")
		if g.Org != "" {
			in = p.a.Snap.Name(g.Org)
		}
		revoke := p.form("revoke-"+g.ID, "revoke", l.T("people.revoke"))
		revoke.Small, revoke.Danger, revoke.Hidden = true, true, []hiddenView{{"grant", g.ID}}
		t.Rows = append(t.Rows, []cellView{{Text: p.roleName(l, g.Role)}, {Text: in, Vi: true}, {Text: strings.Join(g.Units, ", ")}, {Text: grantDays(l, g)}, {Forms: []formView{revoke}}})
	}
	picks := []pickView{}
	var not []string
	for _, one := range p.rolePicks(p.ctx, p.a.Roles, nil) {
		if one.Off {
			not = append(not, one.Text)
			continue // said below, so that nobody looks for it in vain
		}
		picks = append(picks, one)
	}
	f := p.form("grant", "grant", l.T("people.grant"), fieldView{Name: "role", Label: l.T("people.role"), Kind: "select", Required: true, Picks: picks},
		p.orgField(p.a.Snap, "org", l.T("people.grant.org"), "", l.T("people.grant.org.hint"), false),
		fieldView{Name: "units", Label: l.T("people.units"), Hint: l.T("people.units.hint"), Wide: true},
		fieldView{Name: "from", Label: l.T("people.from"), Kind: "day", Hint: l.T("people.from.hint")}, fieldView{Name: "to", Label: l.T("people.to"), Kind: "day"})
	f.Title, f.Folded = l.T("people.grant"), true
	c := sectionView{ID: "grants", Title: l.T("people.grants"), Lead: l.T("people.grants.lead", p.roleNames(l, p.a.Roles)), Table: t, Forms: []formView{f}}
	if len(not) > 0 {
		c.Body = conflictsPart(l.T("people.conflicts"), not)
	}
	return c
}

func grantDays(l locale.Lang, g identity.Grant) string {
	if g.To == "" {
		return l.T("people.span.from", shownDay(g.From))
	}
	return l.T("people.span.from-to", shownDay(g.From), shownDay(g.To))
}

// factors are what the owner shows besides the password.
func (p *accountPage) factors() sectionView {
	l := p.l
	if p.a.Kind == identity.KindEmergency {
		return sectionView{}
	}
	t := &tableView{Caption: l.T("people.factors"), Empty: l.T("people.factors.none"), Head: []string{l.T("people.factor"), l.T("people.factor.name"), l.T("people.made"), l.T("people.used")}}
	for _, m := range p.a.Methods {
		kind := cellView{Text: factorWords(l, m)}
		if m.Blocked {
			kind.Bands = []bandView{{"poor", l.T("people.factor.blocked")}}
		}
		t.Rows = append(t.Rows, []cellView{kind, {Text: m.Name}, {Text: agoWords(l, m.MadeAt)}, {Text: agoWords(l, m.UsedAt)}})
	}
	c := sectionView{ID: "factors", Title: l.T("people.factors"), Table: t}
	if !p.SMS {
		c.Notes = []string{l.T("people.factors.no-sms")}
	}
	if len(p.a.Methods) > 0 {
		f := p.form("reset", "reset", l.T("people.reset"), fieldView{Name: "sure", Label: l.T("people.reset.sure"), Kind: "checks", Picks: []pickView{{Value: "yes", Text: l.T("people.reset.checked")}}})
		f.Title, f.Hint, f.Folded, f.Danger = l.T("people.reset"), l.T("people.reset.hint"), true, true
		c.Forms = []formView{f}
	}
	return c
}

func factorWords(l locale.Lang, m identity.Method) string {
	switch m.Kind {
	case identity.FactorTOTP:
		return l.T("people.factor.totp")
	case identity.FactorPasskey:
		return l.T("people.factor.passkey")
	case identity.FactorSMS:
		return l.T("people.factor.sms")
	case identity.FactorRecovery:
		return l.T("people.factor.recovery", int64(m.Left))
	}
	return string(m.Kind)
}

func (p *accountPage) sessions() sectionView {
	l := p.l
	t := &tableView{Caption: l.T("people.sessions"), Empty: l.T("people.sessions.none"), Head: []string{l.T("people.session.made"), l.T("people.session.seen"), l.T("people.session.from"), l.T("people.session.strong"), l.T("people.does")}}
	for _, one := range p.a.Sessions {
		end := p.form("end-"+one.ID, "end", l.T("people.session.end"))
		end.Small, end.Hidden = true, []hiddenView{{"session", one.ID}}
		strong := l.T("people.no")
		if one.Strong() {
			strong = l.T("people.yes")
		}
		t.Rows = append(t.Rows, []cellView{{Text: l.Time(one.MadeAt)}, {Text: agoWords(l, one.SeenAt)}, {Text: one.IP, Under: one.Agent}, {Text: strong}, {Forms: []formView{end}}})
	}
	c := sectionView{ID: "sessions", Title: l.T("people.sessions"), Table: t}
	if len(p.a.Sessions) > 0 {
		f := p.form("end-all", "end", l.T("people.session.end-all"))
		f.Danger = true
		c.Forms = []formView{f}
	}
	return c
}

// changeAccount does one thing to an account.
func (s *pages) changeAccount(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	change, ok := s.changes()[r.PathValue("what")]
	if !ok {
		return fault.New(fault.NotFound, "page.no-such-page")
	}
	return s.act(w, r, func() (screenView, error) { return s.accountView(ctx, id) }, func(f url.Values) (string, error) {
		return "/admin/accounts/" + url.PathEscape(id) + "?done=" + change.done, change.do(ctx, id, f)
	})
}

// An accountChange does something to an account; done tells the page what.
type accountChange struct {
	done string
	do   func(ctx context.Context, id string, f url.Values) error
}

func (s *pages) changes() map[string]accountChange {
	state := func(to identity.State) accountChange {
		return accountChange{"state", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.SetState(ctx, id, to, f.Get("why"))
		}}
	}
	return map[string]accountChange{
		"lock": state(identity.Locked), "disable": state(identity.Disabled), "open": state(identity.Active),
		"unlock": {"state", func(ctx context.Context, id string, _ url.Values) error { return s.Accounts.Unlock(ctx, id) }},
		"change": {"changed", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.Change(ctx, id, f.Get(seen), aboutIn(f))
		}},
		"require": {"changed", func(ctx context.Context, id string, _ url.Values) error { return s.Accounts.RequireChange(ctx, id) }},
		"grant": {"granted", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.Grant(ctx, id, accountdesk.Asked{Role: f.Get("role"), Org: f.Get("org"), Units: accountdesk.Values(f.Get("units")), From: f.Get("from"), To: f.Get("to")})
		}},
		"revoke": {"revoked", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.Revoke(ctx, id, f.Get("grant"))
		}},
		"reset": {"reset", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.Reset(ctx, id, f.Get("sure") == "yes")
		}},
		"end": {"ended", func(ctx context.Context, id string, f url.Values) error {
			return s.Accounts.End(ctx, id, f.Get("session"))
		}},
	}
}
