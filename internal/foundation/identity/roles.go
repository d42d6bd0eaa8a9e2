package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Grant is a role given to an account itself, beside the roles of its posts.
type Grant struct {
	ID      string
	Account string
	Role    string
	Org     string   // "" = wherever the account acts
	Units   []string // codes of administrative units, "*" = every one
	From    string   // day; today when empty
	To      string   // the last day, "" = open
	MadeAt  time.Time
	By      Actor
}

func (g Grant) on(d string) bool { return g.From <= d && (g.To == "" || d <= g.To) }

// grantable are the roles that a person may be given; those of programs and of
// the emergency account come with the kind of account.
var grantable = []string{policy.RoleOfficial, policy.RoleCompliance, policy.RoleGovernor, policy.RoleCDO, policy.RoleEngineer, policy.RoleSteward, policy.RoleHead,
	policy.RoleEntry, policy.RoleAnalyst, policy.RoleAdmin}

// Grantable lists the roles that Grant takes.
func Grantable() []string { return slices.Clone(grantable) }

// Grant gives a role, unless it does not go with those the account has. The
// account's sessions end.
func (s *Service) Grant(ctx context.Context, by Actor, g Grant) (Grant, error) {
	a, err := s.Account(ctx, g.Account)
	if err != nil {
		return g, err
	}
	now := s.now()
	if g, err = g.clean(now); err != nil {
		return g, err
	}
	if err := s.checkOrg(ctx, g.Org); err != nil {
		return g, err
	}
	if a.Kind == KindEmergency || a.State == Erased {
		return g, fault.New(fault.Conflict, "identity.not-editable")
	}
	posts, err := s.posts(ctx, a, now)
	if err != nil {
		return g, err
	}
	g.MadeAt, g.By, g.ID = now, by, newID(now)
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		have, err := grantsOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := s.checkTogether(a, posts, append(have, g)); err != nil {
			return err
		}
		if err := insertGrant(ctx, tx, g); err != nil {
			return err
		}
		if err := s.bump(ctx, tx, a.ID); err != nil {
			return err
		}
		return tell(Event{Action: "role.grant", Account: a.ID, By: by, Detail: map[string]string{"role": g.Role, "org": g.Org, "from": g.From, "to": g.To}})
	})
	return g, err
}

func (g Grant) clean(now time.Time) (Grant, error) {
	if !slices.Contains(grantable, g.Role) {
		return g, fault.New(fault.Invalid, "identity.role", clip(g.Role, 40))
	}
	if g.From == "" {
		g.From = day(now)
	}
	if _, err := parseDay(g.From); err != nil {
		return g, err
	}
	if g.To != "" {
		if _, err := parseDay(g.To); err != nil {
			return g, err
		}
		if g.To < g.From {
			return g, fault.New(fault.Invalid, "identity.days", shown(g.From), shown(g.To))
		}
	}
	if g.Units == nil {
		g.Units = []string{}
	}
	return g, nil
}

// checkTogether asks whether the roles go together, on any day: of grants that
// follow one another those of the same days count.
func (s *Service) checkTogether(a Account, posts []Post, grants []Grant) error {
	if s.d.Conflict == nil {
		return nil
	}
	for _, at := range grants {
		if err := s.d.Conflict(rolesOn(a, posts, grants, at.From)); err != nil {
			return err
		}
	}
	return nil
}

func insertGrant(ctx context.Context, tx *store.Tx, g Grant) error {
	units, err := json.Marshal(g.Units)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO account_grants (id, account, role, org, units, from_day, to_day, made_at, by_kind, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		g.ID, g.Account, g.Role, g.Org, string(units), g.From, g.To, store.Stamp(g.MadeAt), g.By.Kind, g.By.ID, g.By.Name)
	return err
}

// Revoke takes a grant back, from today on. The account's sessions end.
func (s *Service) Revoke(ctx context.Context, by Actor, grantID string) error {
	now := s.now()
	var account, role string
	err := s.read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT account, role FROM account_grants WHERE id = $1`, grantID).Scan(&account, &role)
	})
	if err != nil {
		return fault.New(fault.NotFound, "identity.no-grant").Because(err)
	}
	if role == policy.RoleAdmin {
		if err := s.keepAdministrator(ctx, account, now); err != nil {
			return err
		}
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM account_grants WHERE id = $1`, grantID); err != nil {
			return err
		}
		if err := s.bump(ctx, tx, account); err != nil {
			return err
		}
		return tell(Event{Action: "role.revoke", Account: account, By: by, Detail: map[string]string{"role": role}})
	})
}

// Grants lists what an account was given, past and to come included.
func (s *Service) Grants(ctx context.Context, account string) (grants []Grant, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		grants, err = grantsOf(ctx, tx, account)
		return err
	})
	return grants, err
}

func grantsOf(ctx context.Context, tx *store.Tx, account string) ([]Grant, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, account, role, org, units, from_day, to_day, made_at, by_kind, by_id, by_name
		FROM account_grants WHERE account = $1 ORDER BY id`, account)
	if err != nil {
		return nil, fmt.Errorf("roles: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Grant
	for rows.Next() {
		var g Grant
		var units, made string
		if err := rows.Scan(&g.ID, &g.Account, &g.Role, &g.Org, &units, &g.From, &g.To, &made, &g.By.Kind, &g.By.ID, &g.By.Name); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(units), &g.Units); err != nil {
			return nil, fmt.Errorf("units of grant %s: %w", g.ID, err)
		}
		if g.MadeAt, err = parseOr(made); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// bump ends the sessions of an account once the transaction commits.
func (s *Service) bump(ctx context.Context, tx *store.Tx, account string) error {
	_, err := tx.ExecContext(ctx, `UPDATE accounts SET version = version + 1 WHERE id = $1`, account)
	tx.OnCommit(func() { s.live.dropAccount(account) })
	return err
}

// PostsChanged ends the sessions of the accounts of a person whose posts have
// changed.
func (s *Service) PostsChanged(ctx context.Context, by Actor, personID string) error {
	if personID == "" {
		return nil
	}
	accounts, err := s.Accounts(ctx, Filter{Person: personID})
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		for _, a := range accounts {
			if err := s.bump(ctx, tx, a.ID); err != nil {
				return err
			}
			if err := tell(Event{Action: "session.end", Account: a.ID, By: by, Why: "posts"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) posts(ctx context.Context, a Account, now time.Time) ([]Post, error) {
	if s.d.Posts == nil || a.PersonID == "" {
		return nil, nil
	}
	posts, err := s.d.Posts(ctx, a.PersonID, now)
	if err != nil {
		return nil, fmt.Errorf("posts of %s: %w", a.PersonID, err)
	}
	return posts, nil
}

// standing is what an account holds on a day.
type standing struct {
	posts  []Post
	grants []Grant
	roles  []string // all of them, wherever it acts
}

func (s *Service) standing(ctx context.Context, a Account, now time.Time) (st standing, err error) {
	if st.posts, err = s.posts(ctx, a, now); err != nil {
		return st, err
	}
	if st.grants, err = s.Grants(ctx, a.ID); err != nil {
		return st, err
	}
	today := day(now)
	st.grants = slices.DeleteFunc(st.grants, func(g Grant) bool { return !g.on(today) })
	st.roles = rolesOn(a, st.posts, st.grants, today)
	return st, nil
}

// Roles are all roles that an account has, wherever it acts.
func (s *Service) Roles(ctx context.Context, a Account) ([]string, error) {
	st, err := s.standing(ctx, a, s.now())
	return st.roles, err
}

func rolesOn(a Account, posts []Post, grants []Grant, d string) []string {
	roles := []string{baseRole(a.Kind)}
	for _, p := range posts {
		roles = append(roles, p.Roles...)
	}
	for _, g := range grants {
		if g.on(d) {
			roles = append(roles, g.Role)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func baseRole(kind string) string {
	switch kind {
	case KindCompany:
		return policy.RoleCompany
	case KindEmergency:
		return policy.RoleEmergency
	}
	return policy.RoleOfficial
}

// Administrators counts the active accounts that have the administrator's role
// today, but not the one given.
func (s *Service) Administrators(ctx context.Context, except string) (n int, err error) {
	now := s.now()
	after := ""
	for {
		page, err := s.Accounts(ctx, Filter{State: Active, After: after, Limit: 1000})
		if err != nil {
			return n, err
		}
		for _, a := range page {
			after = a.ID
			if a.ID == except || a.Kind == KindEmergency || !a.inMandate(now) {
				continue
			}
			st, err := s.standing(ctx, a, now)
			if err != nil {
				return n, err
			}
			if slices.Contains(st.roles, policy.RoleAdmin) {
				n++
			}
		}
		if len(page) < 1000 {
			return n, nil
		}
	}
}

// keepAdministrator refuses to lose the last one.
func (s *Service) keepAdministrator(ctx context.Context, account string, now time.Time) error {
	a, err := s.Account(ctx, account)
	if err != nil {
		return err
	}
	st, err := s.standing(ctx, a, now)
	if err != nil || a.State != Active || !slices.Contains(st.roles, policy.RoleAdmin) {
		return err
	}
	others, err := s.Administrators(ctx, account)
	if err == nil && others == 0 {
		return fault.New(fault.Conflict, "identity.last-administrator")
	}
	return err
}

// Who is the one behind a session, as policies judge it: with the roles, the
// agencies and the units of the organisation that the session acts for.
func (s *Service) Who(ctx context.Context, ses Session, now time.Time) (policy.Who, error) {
	if w, ok := s.live.who(ses.digest, now); ok {
		w.Inside = ses.Inside
		return w, nil
	}
	gen := s.live.generation()
	st, err := s.standing(ctx, ses.Account, now)
	if err != nil {
		return policy.Who{}, err
	}
	w, err := s.whoIn(ctx, ses.Account, st, ses.Org, now)
	if err != nil {
		return w, err
	}
	w.Strong, w.Inside = ses.Strong(), ses.Inside
	s.live.keepWho(ses.digest, w, now, gen)
	return w, nil
}

// WhoOf is the one behind an account that acts without a session, through a key
// of its own: for its first organisation, without a second factor.
func (s *Service) WhoOf(ctx context.Context, a Account, now time.Time) (policy.Who, error) {
	if a.State != Active && a.State != Invited || !a.inMandate(now) || a.Kind == KindEmergency {
		return policy.Who{}, fault.New(fault.Denied, "identity.disabled")
	}
	st, err := s.standing(ctx, a, now)
	if err != nil {
		return policy.Who{}, err
	}
	org := ""
	if orgs := st.orgs(a); len(orgs) > 0 {
		org = orgs[0]
	}
	return s.whoIn(ctx, a, st, org, now)
}

// whoIn gathers what an account is and covers in one organisation.
func (s *Service) whoIn(ctx context.Context, a Account, st standing, org string, now time.Time) (policy.Who, error) {
	w := policy.Who{Kind: a.Kind, ID: a.ID, Org: org, Roles: []string{baseRole(a.Kind)}}
	for _, p := range st.posts {
		if p.Org == org {
			w.Roles = append(w.Roles, p.Roles...)
			w.Units = append(w.Units, p.Units...)
		}
	}
	for _, g := range st.grants {
		if g.Org == "" || g.Org == org {
			w.Roles = append(w.Roles, g.Role)
			w.Units = append(w.Units, g.Units...)
		}
	}
	if org != "" {
		if err := s.placeIn(ctx, &w, now); err != nil {
			return w, err
		}
	}
	for _, list := range []*[]string{&w.Roles, &w.Units, &w.Covers} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return w, nil
}

// placeIn adds what the organisation's place in the tree brings; its units
// count where neither posts nor grants name any.
func (s *Service) placeIn(ctx context.Context, w *policy.Who, now time.Time) error {
	w.Orgs, w.Covers = []string{w.Org}, []string{w.Org}
	if s.d.Place == nil {
		return nil
	}
	place, err := s.d.Place(ctx, w.Org, now)
	if err != nil {
		return fmt.Errorf("place of %s: %w", w.Org, err)
	}
	w.Orgs = append(w.Orgs, place.Above...)
	w.Covers = append(w.Covers, place.Covers...)
	if len(w.Units) == 0 {
		w.Units = append(w.Units, place.Units...)
	}
	return nil
}

// orgs are the organisations that an account may act for: its posts', its own,
// those of its grants.
func (st standing) orgs(a Account) []string {
	var out []string
	add := func(org string) {
		if org != "" && !slices.Contains(out, org) {
			out = append(out, org)
		}
	}
	add(a.OrgID)
	for _, p := range st.posts {
		add(p.Org)
	}
	for _, g := range st.grants {
		add(g.Org)
	}
	return out
}

// Orgs lists the organisations that a session may act for, see ActFor.
func (s *Service) Orgs(ctx context.Context, a Account) ([]string, error) {
	st, err := s.standing(ctx, a, s.now())
	return st.orgs(a), err
}
