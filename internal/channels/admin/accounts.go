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

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
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

// everyAccount reads all accounts that a filter chooses.
func (s *pages) everyAccount(ctx context.Context, f identity.Filter) (all []identity.Account, err error) {
	f.Limit = 1000
	for {
		part, err := s.Accounts.Accounts(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < f.Limit {
			return all, nil
		}
		f.After = part[len(part)-1].ID
	}
}

func (s *pages) accounts(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return err
	}
	all, err := s.everyAccount(ctx, identity.Filter{})
	if err != nil {
		return err
	}
	q := r.URL.Query()
	locks, err := s.Accounts.Locks(ctx, all)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(a identity.Account) bool { return !wanted(a, q, locks) })
	page, pager := paged(found, "/admin/accounts", q)
	t := tableView{
		Caption: l.T("people.accounts"), Empty: l.T("people.accounts.none"),
		Head: []string{l.T("people.name"), l.T("people.org"), l.T("people.roles"), l.T("people.last"), l.T("people.state")},
	}
	for _, a := range page {
		roles, err := s.Accounts.Roles(ctx, a)
		if err != nil {
			return err
		}
		roles = slices.DeleteFunc(roles, func(id string) bool { return id == policy.RoleOfficial })
		t.Rows = append(t.Rows, []cellView{
			{Text: a.Name, Link: "/admin/accounts/" + a.ID, Vi: true, Under: a.Login},
			{Text: snap.Name(a.OrgID), Vi: true}, {Text: s.roleNames(l, roles)}, {Text: agoWords(l, a.LastSignIn)},
			{Bands: accountBands(l, a, locks)},
		})
	}
	list := sectionView{ID: "list", Title: l.T("people.accounts.found", int64(len(found)), int64(len(all))), Table: &t, Body: pagerPart(pager)}
	if invited := waiting(found); len(invited) > 0 {
		list.Forms = append(list.Forms, slipForm(ctx, "slips", l.T("people.slips.for", int64(len(invited))), invited))
	}
	return s.show(w, r, screenView{
		Crumbs: crumbs(l), Title: l.T("people.accounts"), Lead: l.T("people.accounts.lead"),
		Tabs: []linkView{
			{l.T("people.accounts"), "/admin/accounts", true}, {l.T("people.new"), "/admin/accounts/new", false},
			{l.T("people.import"), "/admin/accounts/import", false}, {l.T("people.emergency"), "/admin/emergency", false},
		},
		Sections: []sectionView{{ID: "filter", Forms: []formView{accountFilter(l, snap, all, q)}}, list},
	})
}

// wanted reports whether an account is one that was asked for.
func wanted(a identity.Account, q url.Values, locks map[string]time.Time) bool {
	if org := q.Get("org"); org != "" && a.OrgID != org {
		return false
	}
	if text := viet.Fold(q.Get("q")); text != "" && !strings.Contains(viet.Fold(a.Name)+" "+viet.Fold(a.Login)+" "+strings.ToLower(a.Email), text) {
		return false
	}
	switch state := q.Get("state"); state {
	case "":
		return true
	case "tries":
		return !locks[a.ID].IsZero()
	case "unused":
		return a.State == identity.Disabled && a.Why == identity.WhyInactive
	default:
		return string(a.State) == state
	}
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
	states = append(states, pickView{"tries", l.T("people.state.tries"), q.Get("state") == "tries", false}, pickView{"unused", l.T("people.state.unused"), q.Get("state") == "unused", false})
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

func accountBands(l locale.Lang, a identity.Account, locks map[string]time.Time) []bandView {
	kind := map[identity.State]string{identity.Active: "good", identity.Invited: "none", identity.Locked: "poor"}[a.State]
	all := []bandView{{cmp.Or(kind, "watch"), stateWords(l, a.State)}}
	if a.Why == identity.WhyInactive {
		all = append(all, bandView{"watch", l.T("people.state.unused")})
	}
	if until := locks[a.ID]; !until.IsZero() {
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
		if err = s.did(ctx, policy.ManageAccounts, policy.KindAccount, id, err, map[string]string{"change": "add"}); err != nil {
			return "", err
		}
		return "/admin/accounts/" + id + "?done=made", nil
	})
}

// addPerson takes one person as a list of one line: what holds for a list holds
// here too.
func (s *pages) addPerson(ctx context.Context, f url.Values) (string, error) {
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	o, err := findOrg(snap, f.Get("org"))
	if err != nil {
		return "", err
	}
	from, err := dayOf(f.Get("from"), today())
	if err != nil {
		return "", err
	}
	row := peopleRow{Line: 1, Login: f.Get("login"), Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), OrgCode: o.ID, Title: f.Get("title"),
		Roles: f["role"], Units: list(f.Get("units")), From: org.On(from).String(), Deputy: orgdesk.Deputy(f.Get("title"))}
	got, err := s.enrol(ctx, []peopleRow{row}, true)
	if err == nil {
		if err := got.rows[0].err; err != nil {
			return "", err
		}
		got, err = s.enrol(ctx, []peopleRow{row}, false)
	}
	if err != nil {
		return "", err
	}
	if one := got.rows[0]; one.err != nil {
		return "", one.err
	} else if one.account != "" {
		return one.account, nil
	}
	return "", fault.New(fault.Conflict, "people.has-account", row.Name, got.rows[0].login)
}

func (s *pages) addCompany(ctx context.Context, f url.Values) (string, error) {
	n, err := s.accountOf(ctx, f, identity.NewAccount{Login: f.Get("login"), Kind: identity.KindCompany})
	if err != nil {
		return "", err
	}
	a, err := s.Accounts.Add(ctx, door.Actor(ctx), n)
	return a.ID, err
}

// accountOf reads what a form says of an account over what there is.
func (s *pages) accountOf(ctx context.Context, f url.Values, n identity.NewAccount) (identity.NewAccount, error) {
	n.Name, n.Email, n.Phone, n.OrgID = f.Get("name"), f.Get("email"), f.Get("phone"), ""
	if text := strings.TrimSpace(f.Get("org")); text != "" {
		snap, err := s.Orgs.Snapshot(ctx)
		if err != nil {
			return n, err
		}
		o, err := findOrg(snap, text)
		if err != nil {
			return n, err
		}
		n.OrgID = o.ID
	}
	if n.Kind != identity.KindCompany {
		return n, nil
	}
	var err error
	n.MandatePaper = f.Get("mandate-paper")
	if n.MandateFrom, err = isoDay(f.Get("mandate-from")); err != nil {
		return n, err
	}
	n.MandateTo, err = isoDay(f.Get("mandate-to"))
	return n, err
}
