package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/accountdesk"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/viet"
)

func (s *pages) accountRoutes() {
	s.Handle("GET /admin/accounts", needAccounts, s.accounts)
	s.Handle("GET /admin/accounts/new", needAccounts, s.newAccount)
	s.Handle("POST /admin/accounts/new", needAccounts, s.addAccount)
	s.Handle("GET /admin/accounts/import", needAccounts, s.importStart)
	s.Handle("POST /admin/accounts/import", needAccounts, s.importLook)
	s.Handle("POST /admin/accounts/import/confirm", needAccounts, s.importDo)
	s.Handle("GET /admin/accounts/import/template.xlsx", needAccounts, s.importTemplate)
	s.Handle("GET /admin/accounts/slips", needAccounts, s.slipsAsk)
	s.Handle("POST /admin/accounts/slips", needAccounts, s.slips)
	s.Handle("GET /admin/accounts/{id}", needAccounts, s.account)
	s.Handle("POST /admin/accounts/{id}/{what}", needAccounts, s.changeAccount)
	s.Handle("GET /admin/emergency", needAccounts, s.emergency)
	s.Handle("POST /admin/emergency", needAccounts, s.makeEmergency)
}

// shownAccounts is how many accounts a page lists.
const shownAccounts = 50

func (s *pages) accounts(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	list, err := s.Accounts.Find(ctx, accountdesk.Wish{Text: q.Get("q"), Org: q.Get("org"), State: q.Get("state")})
	if err != nil {
		return err
	}
	page, pager := paged(list.Found, "/admin/accounts", q)
	t := tableView{
		Caption: l.T("people.accounts"), Empty: l.T("people.accounts.none"),
		Head: []string{l.T("people.name"), l.T("people.org"), l.T("people.roles"), l.T("people.last"), l.T("people.state")},
	}
	for _, a := range page {
		roles, err := s.Accounts.Held(ctx, a)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, []cellView{
			{Text: a.Name, Link: "/admin/accounts/" + a.ID, Vi: true, Under: a.Login},
			{Text: snap.Name(a.OrgID), Vi: true}, {Text: s.roleNames(l, roles)}, {Text: agoWords(l, a.LastSignIn)},
			{Bands: accountBands(l, a, list.Locks[a.ID])},
		})
	}
	part := sectionView{ID: "list", Title: l.T("people.accounts.found", int64(len(list.Found)), int64(len(list.All))), Table: &t, Body: pagerPart(pager)}
	if invited := waiting(list.Found); len(invited) > 0 {
		part.Forms = append(part.Forms, slipForm(ctx, "slips", l.T("people.slips.for", int64(len(invited))), invited))
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l), Title: l.T("people.accounts"), Lead: l.T("people.accounts.lead"),
		Tabs: []linkView{
			{l.T("people.accounts"), "/admin/accounts", true}, {l.T("people.new"), "/admin/accounts/new", false},
			{l.T("people.import"), "/admin/accounts/import", false}, {l.T("people.emergency"), "/admin/emergency", false},
		},
		Sections: []sectionView{{ID: "filter", Forms: []formView{accountFilter(l, snap, list.All, q)}}, part},
	})
}

func accountFilter(l locale.Lang, snap *org.Snapshot, all []identity.Account, q url.Values) formView {
	seen := map[string]bool{}
	orgs := []pickView{{Value: "", Text: l.T("people.all")}}
	for _, a := range all {
		if a.OrgID != "" && !seen[a.OrgID] {
			seen[a.OrgID] = true
			orgs = append(orgs, pickView{Value: a.OrgID, Text: snap.Name(a.OrgID), Chosen: q.Get("org") == a.OrgID})
		}
	}
	slices.SortFunc(orgs[1:], func(a, b pickView) int { return cmp.Compare(viet.Fold(a.Text), viet.Fold(b.Text)) })
	states := []pickView{{Value: "", Text: l.T("people.all")}}
	for _, state := range []identity.State{identity.Invited, identity.Active, identity.Locked, identity.Disabled} {
		states = append(states, pickView{Value: string(state), Text: stateWords(l, state), Chosen: q.Get("state") == string(state)})
	}
	states = append(states, pickView{accountdesk.Tries, l.T("people.state.tries"), q.Get("state") == accountdesk.Tries, false}, pickView{accountdesk.Unused, l.T("people.state.unused"), q.Get("state") == accountdesk.Unused, false})
	return formView{ID: "find", Path: "/admin/accounts", Get: true, Submit: l.T("people.filter"), Fields: []fieldView{
		{Name: "q", Label: l.T("people.find"), Value: q.Get("q"), Kind: "search"},
		{Name: "org", Label: l.T("people.org"), Kind: "select", Picks: orgs},
		{Name: "state", Label: l.T("people.state"), Kind: "select", Picks: states},
	}}
}

// paged cuts a list into pages.
func paged[T any](all []T, path string, q url.Values) ([]T, []linkView) {
	page, err := strconv.Atoi(q.Get("page"))
	pages := (len(all) + shownAccounts - 1) / shownAccounts
	if err != nil || page < 1 || page > pages {
		page = 1
	}
	var links []linkView
	for i := 1; i <= pages; i++ {
		more := url.Values{}
		for name, values := range q {
			if name != "done" {
				more[name] = values
			}
		}
		more.Set("page", strconv.Itoa(i))
		links = append(links, linkView{strconv.Itoa(i), path + "?" + more.Encode(), i == page})
	}
	from := min((page-1)*shownAccounts, len(all))
	return all[from:min(from+shownAccounts, len(all))], links
}

func stateWords(l locale.Lang, state identity.State) string {
	return l.T("people.state." + string(state))
}

// accountBands say how it stands; until tells until when failures keep its owner out.
func accountBands(l locale.Lang, a identity.Account, until time.Time) []bandView {
	kind := map[identity.State]string{identity.Active: "good", identity.Invited: "none", identity.Locked: "poor"}[a.State]
	all := []bandView{{cmp.Or(kind, "watch"), stateWords(l, a.State)}}
	if a.Why == identity.WhyInactive {
		all = append(all, bandView{"watch", l.T("people.state.unused")})
	}
	if !until.IsZero() {
		all = append(all, bandView{"poor", l.T("people.state.tries-until", l.Time(until))})
	}
	if a.Kind == identity.KindCompany {
		all = append(all, bandView{"none", l.T("people.kind.company")})
	}
	if a.Kind == identity.KindEmergency {
		all = append(all, bandView{"none", l.T("people.kind.emergency")})
	}
	return all
}

// waiting are the accounts that a slip can be printed for.
func waiting(all []identity.Account) []string {
	var ids []string
	for _, a := range all {
		if a.State == identity.Invited && a.Kind != identity.KindEmergency {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// slipForm prints activation slips for accounts.
func slipForm(ctx context.Context, id, text string, ids []string) formView {
	return formView{
		ID: id, Path: "/admin/accounts/slips", Token: token(ctx), Submit: text, Hint: locale.From(ctx).T("people.slips.void"),
		Hidden: []hiddenView{{"ids", strings.Join(ids, ",")}},
	}
}

// newAccount is the form for one person or company.
func (s *pages) newAccount(w http.ResponseWriter, r *http.Request) error {
	v, err := s.newView(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return s.show(w, r, v)
}

func (s *pages) newView(ctx context.Context, f url.Values) (screenView, error) {
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return screenView{}, err
	}
	orgText := f.Get("org")
	if o, ok := snap.Org(orgText); ok {
		orgText = orgValue(snap, o.ID)
	}
	person := formView{ID: "person", Path: "/admin/accounts/new", Token: token(ctx), Submit: l.T("people.new.do"), Hidden: []hiddenView{{"kind", identity.KindPerson}}, Fields: []fieldView{
		{Name: "name", Label: l.T("people.name"), Value: f.Get("name"), Required: true},
		{Name: "login", Label: l.T("people.login"), Value: f.Get("login"), Hint: l.T("people.login.hint")},
		{Name: "email", Label: l.T("people.email"), Value: f.Get("email"), Kind: "email"},
		{Name: "phone", Label: l.T("people.phone"), Value: f.Get("phone"), Kind: "tel"},
		s.orgField(snap, "org", l.T("people.org"), orgText, l.T("people.org.hint"), true),
		{Name: "title", Label: l.T("people.title"), Value: f.Get("title"), Required: true, Hint: l.T("people.title.hint")},
		{Name: "from", Label: l.T("people.from"), Value: f.Get("from"), Kind: "day", Hint: l.T("people.from.hint")},
		{Name: "units", Label: l.T("people.units"), Value: f.Get("units"), Hint: l.T("people.units.hint"), Wide: true},
		{Name: "role", Label: l.T("people.roles"), Kind: "checks", Picks: s.rolePicks(ctx, nil, f["role"])},
	}}
	company := formView{ID: "company", Folded: true, Title: l.T("people.new.company"), Hint: l.T("people.new.company.hint"), Path: "/admin/accounts/new", Token: token(ctx), Submit: l.T("people.new.do"), Hidden: []hiddenView{{"kind", identity.KindCompany}}, Fields: append([]fieldView{
		{Name: "name", Label: l.T("people.company.name"), Value: f.Get("name"), Required: true},
		{Name: "login", Label: l.T("people.login"), Value: f.Get("login"), Required: true},
		{Name: "email", Label: l.T("people.email"), Value: f.Get("email"), Kind: "email"},
		{Name: "phone", Label: l.T("people.phone"), Value: f.Get("phone"), Kind: "tel"},
		s.orgField(snap, "org", l.T("people.mandate.org"), orgText, "", true),
	}, mandateFields(l, f)...)}
	return screenView{
		Crumbs: crumbs(l, linkView{Text: l.T("people.accounts"), Path: "/admin/accounts"}), Title: l.T("people.new"), Lead: l.T("people.new.lead"),
		Sections: []sectionView{{ID: "new", Forms: []formView{person, company}}},
	}, nil
}

func mandateFields(l locale.Lang, f url.Values) []fieldView {
	return []fieldView{
		{Name: "mandate-paper", Label: l.T("people.mandate.paper"), Value: f.Get("mandate-paper"), Required: true, Wide: true},
		{Name: "mandate-from", Label: l.T("people.mandate.from"), Value: f.Get("mandate-from"), Kind: "day", Required: true},
		{Name: "mandate-to", Label: l.T("people.mandate.to"), Value: f.Get("mandate-to"), Kind: "day", Required: true},
	}
}

func (s *pages) addAccount(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return s.act(w, r, func() (screenView, error) { return s.newView(ctx, r.PostForm) }, func(f url.Values) (string, error) {
		add := s.addPerson
		if f.Get("kind") == identity.KindCompany {
			add = s.addCompany
		}
		id, err := add(ctx, f)
		return "/admin/accounts/" + id + "?done=made", err
	})
}

func (s *pages) addPerson(ctx context.Context, f url.Values) (string, error) {
	return s.Accounts.AddPerson(ctx, accountdesk.Row{Login: f.Get("login"), Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), OrgCode: f.Get("org"),
		Title: f.Get("title"), Roles: f["role"], Units: accountdesk.Values(f.Get("units")), From: f.Get("from")})
}

func (s *pages) addCompany(ctx context.Context, f url.Values) (string, error) {
	return s.Accounts.AddCompany(ctx, f.Get("login"), aboutIn(f))
}

// aboutIn reads what a form says of an account.
func aboutIn(f url.Values) accountdesk.About {
	return accountdesk.About{Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), Org: f.Get("org"),
		Mandate: accountdesk.Mandate{Paper: f.Get("mandate-paper"), From: f.Get("mandate-from"), To: f.Get("mandate-to")}}
}
