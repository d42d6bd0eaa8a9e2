package admin

import (
	"context"
	"net/http"
	"slices"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// What the pages about people, organisations and programs are for.
var (
	needAccounts = door.Of(policy.ManageAccounts, policy.KindAccount)
	needOrgs     = door.Of(policy.ManageOrg, policy.KindOrg)
	needClients  = door.Of(policy.ManageKeys, policy.KindAccount)
)

func (s *pages) peopleRoutes() {
	s.Handle("GET /admin", door.Of(policy.OwnAccount, policy.KindSelf), s.index)
	s.accountRoutes()
	s.orgRoutes()
	s.postRoutes()
	s.clientRoutes()
	s.reviewRoutes()
}

// An entry is a page of the index with what it needs.
type entry struct {
	need              door.Need
	path, title, lead string
}

// entries are the pages for those who look after the platform, in the order of
// the index.
func (s *pages) entries(l locale.Lang) []entry {
	all := []entry{
		{needAccounts, "/admin/accounts", l.T("people.accounts"), l.T("people.accounts.lead")},
		{needAccounts, "/admin/accounts/import", l.T("people.import"), l.T("people.import.lead")},
		{needOrgs, "/admin/organisations", l.T("people.orgs"), l.T("people.orgs.lead")},
		{needAccounts, "/admin/hand-overs", l.T("people.hand-overs"), l.T("people.hand-overs.lead")},
		{needClients, "/admin/clients", l.T("people.clients"), l.T("people.clients.lead")},
		{needAccounts, "/admin/reviews", l.T("reviews.title"), l.T("reviews.lead", review.EveryMonths)},
		{needAccounts, "/admin/emergency", l.T("people.emergency"), l.T("people.emergency.lead")},
		{door.Of(policy.TestPolicy, policy.KindPolicy), "/admin/policies", l.T("people.policies"), l.T("people.policies.lead")},
		{door.Of(policy.ReadAudit, policy.KindAudit), "/admin/audit", l.T("people.audit"), l.T("people.audit.lead")},
		{door.Of(policy.ReadUsage, policy.KindUsage), "/admin/usage", l.T("people.usage"), l.T("people.usage.lead")},
	}
	if s.Packs != nil {
		all = append(all, entry{needPacks, "/admin/packs", l.T("packs.title"), l.T("packs.index")})
	}
	if s.System != nil {
		all = append(all, entry{needSystem, "/admin/system", l.T("system.title"), l.T("system.index")})
		all = append(all, entry{door.Of(policy.Operate, policy.KindServer), "/admin/notices", l.T("duties.channels"), l.T("duties.channels.lead")})
	}
	return all
}

// index lists what the caller may look after.
func (s *pages) index(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l := locale.From(ctx)
	var all []entryView
	for _, e := range s.entries(l) {
		if s.Door.Can(ctx, e.need.Action, policy.What{Kind: e.need.Kind}) {
			all = append(all, entryView{e.path, e.title, e.lead})
		}
	}
	if s.erases(ctx) {
		all = append(all, entryView{"/erasures", l.T("erasing.requests"), l.T("erasing.requests.index")})
	}
	part := sectionView{ID: "pages", Body: linksPart(all)}
	if len(all) == 0 {
		part = sectionView{ID: "pages", Lead: l.T("people.nothing")}
	}
	return s.show(w, r, screenView{Title: l.T("people.index"), Lead: l.T("people.index.lead"), Sections: []sectionView{part}})
}

// crumbs lead back to the index and to what is given behind it.
func crumbs(l locale.Lang, more ...linkView) []linkView {
	return append([]linkView{{Text: l.T("people.index"), Path: "/admin"}}, more...)
}

// doneWords says what has just been done; a word that is not ours is nothing.
func doneWords(ctx context.Context, what string) string {
	l := locale.From(ctx)
	switch what {
	case "made":
		return l.T("people.done.made")
	case "changed":
		return l.T("people.done.changed")
	case "granted":
		return l.T("people.done.granted")
	case "revoked":
		return l.T("people.done.revoked")
	case "state":
		return l.T("people.done.state")
	case "reset":
		return l.T("people.done.reset")
	case "ended":
		return l.T("people.done.ended")
	case "assigned":
		return l.T("people.done.assigned")
	case "handed":
		return l.T("people.done.handed")
	case "undone":
		return l.T("people.done.undone")
	case "begun", "reviewed", "finished":
		return l.T("reviews.done." + what)
	case "asked", "approved", "refused", "withdrawn":
		return l.T("exports.done." + what)
	case "pack-install", "pack-upgrade", "pack-remove":
		return l.T("packs.done." + what)
	}
	return ""
}

// roleName names a role for people.
func (s *pages) roleName(l locale.Lang, id string) string { return s.orgDesk.RoleName(l, id) }

func (s *pages) roleNames(l locale.Lang, ids []string) string { return s.orgDesk.RoleNames(l, ids) }

// rolePicks are the roles that a person may be given. Those that do not go with
// the ones held are shown, but cannot be chosen, with the reason.
func (s *pages) rolePicks(ctx context.Context, held, chosen []string) []pickView {
	l := locale.From(ctx)
	var all []pickView
	for _, id := range identity.Grantable() {
		if id == policy.RoleOfficial {
			continue // every account has it
		}
		p := pickView{Value: id, Text: s.roleName(l, id), Chosen: slices.Contains(chosen, id)}
		if !slices.Contains(held, id) {
			if err := s.Policies.Conflict(append(slices.Clone(held), id)); err != nil {
				p.Off, p.Text = true, l.T("people.role.not-with", p.Text, s.explained(ctx, err))
			}
		}
		all = append(all, p)
	}
	return all
}

func orgPath(id string) string {
	if id == "" {
		return ""
	}
	return "/admin/organisations/" + id
}

// orgField is a field that takes an organisation and offers those of today.
func (s *pages) orgField(snap *org.Snapshot, name, label, value, hint string, required bool) fieldView {
	f := fieldView{Name: name, Label: label, Value: value, Hint: hint, Required: required, Wide: true}
	for _, b := range snap.Tree(orgdesk.Today()) {
		if !b.Org.Collective {
			f.Suggest = append(f.Suggest, pickView{Value: b.Org.Name + " [" + b.Org.ID + "]"})
		}
	}
	return f
}

// orgValue is how a field shows the organisation that it has.
func orgValue(snap *org.Snapshot, id string) string {
	if id == "" {
		return ""
	}
	return snap.Name(id) + " [" + id + "]"
}

// mostSuggested is how many people a field offers; others are found by typing
// their login or address.
const mostSuggested = 500

// personField is a field that takes a person.
func (s *pages) personField(ctx context.Context, name, label, value string) (fieldView, error) {
	f := fieldView{Name: name, Label: label, Value: value, Hint: locale.From(ctx).T("people.person.hint"), Required: true, Wide: true}
	accounts, err := s.Accounts.Accounts(ctx, identity.Filter{Limit: mostSuggested})
	if err != nil {
		return f, err
	}
	snap, err := s.Orgs.Snapshot(ctx)
	if err != nil {
		return f, err
	}
	for _, a := range accounts {
		if a.PersonID != "" && a.State != identity.Disabled {
			f.Suggest = append(f.Suggest, pickView{Value: a.Login, Text: a.Name + " – " + snap.Name(a.OrgID)})
		}
	}
	return f, nil
}
