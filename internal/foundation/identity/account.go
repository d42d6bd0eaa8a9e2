package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The kinds of accounts, which are also the kinds of their actors.
const (
	KindPerson    = "person"
	KindCompany   = "company"
	KindEmergency = "emergency"
)

// A State is what an account can do.
type State string

// The states.
const (
	Invited  State = "invited"  // waits for its owner to choose a password
	Active   State = "active"   //
	Locked   State = "locked"   // by a person, until one unlocks it; failures lock by themselves and for a time
	Disabled State = "disabled" // out of use: left, inactive, mandate over
	Erased   State = "erased"   // only the id is left, for history
)

// An Account is what a person signs in to.
type Account struct {
	ID       string
	Login    string
	Name     string
	Email    string
	Phone    string // +84…
	Kind     string
	PersonID string
	OrgID    string
	State    State
	Why      string // why it is locked or disabled: a word of the Why… constants, or what a person wrote

	// A company works under an agency's dated mandate, OrgID being the agency.
	MandateFrom  string // day, 2026-11-22
	MandateTo    string // day, the last one
	MandatePaper string // number and day of the paper

	RequirePasswordChange bool
	PasswordSet           time.Time // zero: none
	LastSignIn            time.Time // zero: never
	LastIP                string
	AliveAt               time.Time // what inactivity is counted from
	Version               int64
	CreatedAt             time.Time
	CreatedBy             Actor
}

// Reasons the platform itself gives.
const (
	WhyInactive = "inactive"
	WhyMandate  = "mandate"
)

// Actor is the account as one who acts.
func (a Account) Actor() Actor { return Actor{Kind: a.Kind, ID: a.ID, Name: a.Name, Org: a.OrgID} }

// inMandate reports whether a company account may act on a day.
func (a Account) inMandate(now time.Time) bool {
	return a.Kind != KindCompany || a.MandateFrom <= day(now) && day(now) <= a.MandateTo
}

// end is when a session of the account ends at the latest.
func (a Account) end(now time.Time, r Rules) time.Time {
	if a.Kind == KindEmergency {
		return now.Add(time.Duration(r.EmergencyMinutes) * time.Minute)
	}
	end := now.Add(time.Duration(r.SessionHours) * time.Hour)
	if a.Kind == KindCompany {
		if last, err := parseDay(a.MandateTo); err == nil && last.AddDate(0, 0, 1).Before(end) {
			return last.AddDate(0, 0, 1).UTC()
		}
	}
	return end
}

const accountColumns = `a.id, a.login, a.name, a.email, a.phone, a.kind, a.person_id, a.org_id, a.state, a.state_why,
	a.mandate_from, a.mandate_to, a.mandate_paper, a.password_set_at, a.change_required, a.version,
	a.last_at, a.last_ip, a.alive_at, a.created_at, a.created_kind, a.created_id, a.created_name`

type scanner interface{ Scan(to ...any) error }

func scanAccount(row scanner, more ...any) (Account, error) {
	var a Account
	var change int
	var set, last, alive, created string
	to := []any{&a.ID, &a.Login, &a.Name, &a.Email, &a.Phone, &a.Kind, &a.PersonID, &a.OrgID, &a.State, &a.Why,
		&a.MandateFrom, &a.MandateTo, &a.MandatePaper, &set, &change, &a.Version,
		&last, &a.LastIP, &alive, &created, &a.CreatedBy.Kind, &a.CreatedBy.ID, &a.CreatedBy.Name}
	if err := row.Scan(append(to, more...)...); err != nil {
		return a, err
	}
	a.RequirePasswordChange = change != 0
	var errs [4]error
	a.PasswordSet, errs[0] = parseOr(set)
	a.LastSignIn, errs[1] = parseOr(last)
	a.AliveAt, errs[2] = parseOr(alive)
	a.CreatedAt, errs[3] = parseOr(created)
	return a, errors.Join(errs[:]...)
}

func accountByID(ctx context.Context, tx *store.Tx, id string) (Account, error) {
	a, err := scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts a WHERE a.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "identity.no-account")
	}
	if err != nil {
		return a, fmt.Errorf("account %s: %w", id, err)
	}
	return a, nil
}

// passwordOf reads the hash of an account's password, "" when it has none. It
// is no part of Account, so that it gets into no log and no page.
func passwordOf(ctx context.Context, tx *store.Tx, id string) (hash string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT password_hash FROM accounts WHERE id = $1`, id).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return hash, err
}

// Account gives one account by its id.
func (s *Service) Account(ctx context.Context, id string) (a Account, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		a, err = accountByID(ctx, tx, id)
		return err
	})
	return a, err
}

// ByLogin gives one account by its login, for those who manage accounts.
func (s *Service) ByLogin(ctx context.Context, login string) (a Account, err error) {
	folded, err := foldLogin(login)
	if err != nil {
		return a, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		a, err = scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM accounts a WHERE a.login_folded = $1`, folded))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "identity.no-account")
	}
	return a, err
}

// A Filter chooses accounts; empty members choose all.
type Filter struct {
	Org    string
	Kind   string
	State  State
	Person string
	After  string // id: those after it, for the next page
	Limit  int    // 100 when 0, at most 1,000
}

// Accounts lists accounts in the order they were made, but not erased ones
// unless asked for.
func (s *Service) Accounts(ctx context.Context, f Filter) ([]Account, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var out []Account
	err := s.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+accountColumns+` FROM accounts a
			WHERE ($1 = '' OR a.org_id = $1) AND ($2 = '' OR a.kind = $2) AND (a.state = $3 OR $3 = '' AND a.state <> 'erased')
				AND ($4 = '' OR a.person_id = $4) AND a.id > $5
			ORDER BY a.id LIMIT $6`, f.Org, f.Kind, string(f.State), f.Person, f.After, min(f.Limit, 1000))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			a, err := scanAccount(rows)
			if err != nil {
				return err
			}
			out = append(out, a)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return out, nil
}

// A NewAccount is an account to be made.
type NewAccount struct {
	Login        string
	Name         string
	Email        string
	Phone        string
	Kind         string // KindPerson when empty
	PersonID     string
	OrgID        string
	MandateFrom  string
	MandateTo    string
	MandatePaper string
}

// clean checks what can be told without looking at other accounts.
func (n NewAccount) clean() (NewAccount, string, error) {
	folded, err := foldLogin(n.Login)
	if err != nil {
		return n, "", err
	}
	n.Login = folded
	if n.Name, err = cleanText(n.Name, maxName, func() error { return fault.New(fault.Invalid, "identity.name", maxName) }); err != nil {
		return n, "", err
	}
	if n.Name == "" {
		return n, "", fault.New(fault.Invalid, "identity.name", maxName)
	}
	if n.Phone, err = cleanPhone(n.Phone); err != nil {
		return n, "", err
	}
	if n.Email, err = cleanEmail(n.Email); err != nil {
		return n, "", err
	}
	if n.Kind == "" {
		n.Kind = KindPerson
	}
	switch n.Kind {
	case KindPerson:
		n.MandateFrom, n.MandateTo, n.MandatePaper = "", "", ""
	case KindCompany:
		err = n.checkMandate()
	default:
		err = fault.New(fault.Invalid, "identity.kind", n.Kind)
	}
	return n, folded, err
}

func (n *NewAccount) checkMandate() error {
	from, err := parseDay(n.MandateFrom)
	if err != nil {
		return err
	}
	to, err := parseDay(n.MandateTo)
	if err != nil {
		return err
	}
	n.MandatePaper, err = cleanText(n.MandatePaper, maxText, func() error { return fault.New(fault.Invalid, "identity.mandate") })
	if err != nil || n.OrgID == "" || n.MandatePaper == "" || to.Before(from) {
		return fault.New(fault.Invalid, "identity.mandate")
	}
	return nil
}

// Add makes an account that waits for its owner: see Invite.
func (s *Service) Add(ctx context.Context, by Actor, n NewAccount) (Account, error) {
	n, folded, err := n.clean()
	if err != nil {
		return Account{}, err
	}
	if err := s.checkOrg(ctx, n.OrgID); err != nil {
		return Account{}, err
	}
	var a Account
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		if a, err = s.insert(ctx, tx, by, n, folded); err != nil {
			return err
		}
		return tell(Event{Action: "account.add", Account: a.ID, By: by, Detail: map[string]string{"kind": a.Kind, "org": a.OrgID}})
	})
	return a, err
}

// checkOrg refuses an organisation that does not exist; none is allowed.
func (s *Service) checkOrg(ctx context.Context, org string) error {
	if org == "" || s.d.OrgName == nil {
		return nil
	}
	_, ok, err := s.d.OrgName(ctx, org)
	if err != nil {
		return fmt.Errorf("organisation %s: %w", org, err)
	}
	if !ok {
		return fault.New(fault.Invalid, "identity.no-org", org)
	}
	return nil
}

// insert writes a new account, unless its login is taken or looks like another.
func (s *Service) insert(ctx context.Context, tx *store.Tx, by Actor, n NewAccount, folded string) (Account, error) {
	now := s.now()
	a := Account{ID: newID(now), Login: folded, Name: n.Name, Email: n.Email, Phone: n.Phone, Kind: n.Kind, PersonID: n.PersonID, OrgID: n.OrgID,
		State: Invited, MandateFrom: n.MandateFrom, MandateTo: n.MandateTo, MandatePaper: n.MandatePaper, Version: 1,
		AliveAt: now, CreatedAt: now, CreatedBy: by}
	if err := loginFree(ctx, tx, folded, ""); err != nil {
		return a, err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO accounts (id, login, login_folded, login_looks, name, email, phone, kind, person_id, org_id, state, state_why,
			mandate_from, mandate_to, mandate_paper, password_hash, password_set_at, change_required, version, last_at, last_ip, alive_at,
			created_at, created_kind, created_id, created_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, $14, '', '', 0, 1, '', '', $15, $16, $17, $18, $19)`,
		a.ID, a.Login, folded, looks(folded), a.Name, a.Email, a.Phone, a.Kind, a.PersonID, a.OrgID, string(a.State),
		a.MandateFrom, a.MandateTo, a.MandatePaper, store.Stamp(now), store.Stamp(now), by.Kind, by.ID, by.Name)
	if err != nil {
		return a, fmt.Errorf("account: %w", err)
	}
	return a, nil
}

func loginFree(ctx context.Context, tx *store.Tx, folded, except string) error {
	var have string
	err := tx.QueryRowContext(ctx, `SELECT login_folded FROM accounts WHERE (login_folded = $1 OR login_looks = $2) AND id <> $3 ORDER BY login_folded LIMIT 1`,
		folded, looks(folded), except).Scan(&have)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("login: %w", err)
	case have == folded:
		return fault.New(fault.Conflict, "identity.login.taken", folded)
	}
	return fault.New(fault.Conflict, "identity.login.looks", folded, have)
}

// Update changes what is written about an account: everything of n but Login
// and Kind, which stay.
func (s *Service) Update(ctx context.Context, by Actor, id string, n NewAccount) (Account, error) {
	was, err := s.Account(ctx, id)
	if err != nil {
		return was, err
	}
	n.Login, n.Kind = was.Login, was.Kind
	if was.Kind == KindEmergency || was.State == Erased {
		return was, fault.New(fault.Conflict, "identity.not-editable")
	}
	if n, _, err = n.clean(); err != nil {
		return was, err
	}
	if err := s.checkOrg(ctx, n.OrgID); err != nil {
		return was, err
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		// What decides over rights ends the sessions that had the old ones.
		step := 0
		if n.OrgID != was.OrgID || n.PersonID != was.PersonID || n.MandateFrom != was.MandateFrom || n.MandateTo != was.MandateTo {
			step = 1
		}
		_, err := tx.ExecContext(ctx, `UPDATE accounts SET name = $1, email = $2, phone = $3, person_id = $4, org_id = $5,
				mandate_from = $6, mandate_to = $7, mandate_paper = $8, version = version + $9 WHERE id = $10`,
			n.Name, n.Email, n.Phone, n.PersonID, n.OrgID, n.MandateFrom, n.MandateTo, n.MandatePaper, step, id)
		if err != nil {
			return err
		}
		tx.OnCommit(func() { s.live.dropAccount(id) })
		return tell(Event{Action: "account.change", Account: id, By: by, Detail: map[string]string{"fields": strings.Join(changed(was, n), " ")}})
	})
	if err != nil {
		return was, err
	}
	return s.Account(ctx, id)
}

// changed names the fields that differ; their values are nobody's business in
// the log.
func changed(was Account, n NewAccount) []string {
	var out []string
	for _, f := range []struct{ name, was, is string }{
		{"name", was.Name, n.Name}, {"email", was.Email, n.Email}, {"phone", was.Phone, n.Phone}, {"person", was.PersonID, n.PersonID}, {"org", was.OrgID, n.OrgID},
		{"mandateFrom", was.MandateFrom, n.MandateFrom}, {"mandateTo", was.MandateTo, n.MandateTo}, {"mandatePaper", was.MandatePaper, n.MandatePaper},
	} {
		if f.was != f.is {
			out = append(out, f.name)
		}
	}
	return out
}

func parseDay(text string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, locale.Zone)
	if err != nil {
		return t, fault.New(fault.Invalid, "identity.day", clip(text, 40))
	}
	return t, nil
}

// shown writes a day as screens do.
func shown(text string) string {
	t, err := parseDay(text)
	if err != nil {
		return text
	}
	return t.Format("02/01/2006")
}
