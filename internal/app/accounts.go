package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/identity/sms"
	"github.com/phohien/phohien/internal/foundation/keys"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/policy/policypack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/usage"
	"github.com/phohien/phohien/packs"
)

// openAccounts opens what knows people and programs, what they may do and what
// they did: the log first, since everything after it writes there.
func (a *App) openAccounts(ctx context.Context) error {
	control := a.Store.Control()
	instance, err := instanceOf(ctx, control)
	if err != nil {
		return err
	}
	if a.Vault, err = keys.OpenVault(ctx, control, a.ring); err != nil {
		return err
	}
	// Derived keys come from the root that the vault keeps: it stays when the
	// master is renewed.
	a.ring = a.Vault.Ring()
	a.Audit, err = audit.Open(audit.Options{
		Dir: filepath.Join(a.Config.Data, "audit"), Origin: "phohien/" + instance + "/audit", Signer: a.ring.Signer("audit/checkpoint"), Log: a.Log,
	})
	if err != nil {
		return err
	}
	a.onStop("audit log", a.Audit.Close)
	if a.Usage, err = usage.Open(ctx, control, a.ring, filepath.Join(a.Config.Data, "usage")); err != nil {
		return err
	}
	a.onStop("usage", a.Usage.Close)
	if a.Policies, err = policy.Open(ctx, control); err != nil {
		return err
	}
	if err := a.beginPolicies(ctx); err != nil {
		return err
	}
	a.Orgs = org.NewStore(control, org.Deps{
		Conflict: a.Policies.Conflict, Referred: a.referred, Acted: a.acted,
		Handing: []func(context.Context, org.Post, org.Person) ([]org.Item, error){a.batchesHanded},
	})
	sender, err := a.smsSender()
	if err != nil {
		return err
	}
	a.Accounts, err = identity.New(ctx, identity.Deps{
		SMS: sender,
		DB:  control, Keys: a.ring, Record: a.recordEvent, Alarm: a.alarm, Posts: a.posts, Place: a.place, OrgName: a.orgName,
		Conflict: a.Policies.Conflict, Inside: inside, Site: a.site(),
	})
	if err != nil {
		return err
	}
	a.onStop("accounts", func() error { return a.Accounts.Flush(context.WithoutCancel(ctx)) })
	a.Clients, err = clients.Open(ctx, clients.Deps{
		Control: control, Vault: a.Vault, Issuer: a.issuer(), Endpoint: a.issuer() + door.TokenPath, Above: a.above, Below: a.below,
		Alarm: func(err error) { a.Log.ErrorContext(ctx, "clock", "err", err) }, Log: a.Log,
	})
	if err != nil {
		return err
	}
	a.onStop("clients", func() error { return a.Clients.Close(context.WithoutCancel(ctx)) })
	a.Requests = approval.NewStore(control)
	a.Reviews = review.New(control, review.Deps{Accounts: a.Accounts, Orgs: a.Orgs, Conflict: a.Policies.Conflict})
	a.door = &door.Door{Policies: a.Policies, Known: a.known, Record: a.record, Use: a.use, Seen: a.seen, Secrets: a.ring, Records: a.Truth, Log: a.Log}
	return nil
}

// smsSender hands codes by SMS to the gateway that is configured, nil without one.
func (a *App) smsSender() (identity.Sender, error) {
	if !a.Config.SMS.On() {
		return nil, nil
	}
	o := a.Config.SMS
	o.Allow, o.Log = a.Config.Outgoing, a.Log
	return sms.New(o)
}

// instanceOf is the id that tells installations apart; it is made once.
func instanceOf(ctx context.Context, control *store.DB) (id string, err error) {
	err = control.Write(ctx, func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT id FROM instance`).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		id = strings.ToLower(ulid.Make().String())
		_, err = tx.ExecContext(ctx, `INSERT INTO instance (id, made_at) VALUES ($1, $2)`, id, tx.Now)
		return err
	})
	return id, err
}

// issuer is the address under which programs know us.
func (a *App) issuer() string {
	if len(a.Config.Hosts) == 0 {
		_, port, _ := strings.Cut(a.Config.Listen, ":")
		return "http://localhost:" + port
	}
	return "https://" + a.Config.Hosts[0]
}

// site is the name that passkeys are bound to: the first configured host, or
// localhost on one machine.
func (a *App) site() identity.Site {
	s := identity.Site{Name: "Phố Hiến", ID: "localhost"}
	if len(a.Config.Hosts) > 0 {
		s.ID = a.Config.Hosts[0]
		s.Origins = []string{"https://" + s.ID}
		return s
	}
	if _, port, ok := strings.Cut(a.Config.Listen, ":"); ok {
		s.Origins = []string{"http://localhost:" + port}
	}
	return s
}

// inside tells the networks of the office from the Internet: the private ones.
func inside(ip netip.Addr) bool { return ip.IsLoopback() || ip.IsPrivate() }

func (a *App) posts(ctx context.Context, person string, on time.Time) ([]identity.Post, error) {
	s, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	day := org.Today(on)
	var all []identity.Post
	for _, p := range s.Posts(person, day) {
		all = append(all, identity.Post{ID: p.ID, Org: p.Org, Title: p.Title, Roles: p.Roles, Units: s.UnitsOf(&p, day)})
	}
	return all, nil
}

func (a *App) place(ctx context.Context, id string, on time.Time) (identity.Place, error) {
	s, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return identity.Place{}, err
	}
	day := org.Today(on)
	p := identity.Place{Covers: s.Covers(id, day)}
	if path := s.Path(id, day); len(path) > 1 {
		p.Above = path[1:]
	}
	// Only a commune's own committee is competent for a unit by what it is; all
	// others have the units of their posts.
	if o, ok := s.Get(id, day); ok && o.Level == org.Commune && o.UnitCode != "" {
		p.Units = []string{o.UnitCode}
	}
	return p, nil
}

func (a *App) orgName(ctx context.Context, id string) (string, bool, error) {
	s, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return "", false, err
	}
	o, ok := s.Org(id)
	if !ok {
		return "", false, nil
	}
	return o.Name, true, nil
}

func (a *App) above(ctx context.Context, id string) ([]string, error) {
	s, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.Path(id, org.Today(time.Now())), nil
}

func (a *App) below(ctx context.Context, id string) ([]string, error) {
	s, err := a.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return s.Covers(id, org.Today(time.Now())), nil
}

// referred reports whether a data set names an organisation as its owner.
func (a *App) referred(ctx context.Context, id string) (bool, error) {
	for c, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return false, err
		}
		if c.Owner == id {
			return true, nil
		}
	}
	return false, nil
}

// recordEvent writes what happens to accounts into the log.
func (a *App) recordEvent(ctx context.Context, e identity.Event) error {
	detail := map[string]string{"event": e.ID}
	for k, v := range e.Detail {
		detail[k] = v
	}
	if e.Action == "sign-in" {
		a.Telemetry.SignedIn(e.Result == identity.ResultDone)
	}
	result := audit.Done
	if e.Result == identity.ResultRefused {
		result = audit.Deny
	}
	var why []string
	if e.Why != "" {
		why = []string{e.Why}
	}
	_, err := a.Audit.Append(ctx, audit.Entry{
		Actor: audit.Actor{Kind: e.By.Kind, ID: e.By.ID, Name: e.By.Name}, Org: e.By.Org, RealIP: e.IP, Action: e.Action,
		Object: "account:" + e.Account, Result: result, Why: why, Detail: detail,
	})
	return err
}

// alarm is loud: whoever watches the log of the program sees it at once.
func (a *App) alarm(ctx context.Context, e identity.Event) {
	a.Log.WarnContext(ctx, "ALARM", "action", e.Action, "account", e.Account, "by", e.By.ID, "ip", e.IP, "why", e.Why)
}

// record writes what a door was asked and did into the log.
func (a *App) record(ctx context.Context, e door.Entry) error {
	c := e.Caller
	if e.Result == audit.Deny {
		a.Telemetry.Denied(string(e.Action))
	}
	var why []string
	if e.Why != "" {
		why = strings.Fields(e.Why)
	}
	_, err := a.Audit.Append(ctx, audit.Entry{
		Actor: audit.Actor{Kind: c.Actor.Kind, ID: c.Actor.ID, Name: c.Actor.Name}, Org: c.Who.Org, RealIP: c.IP, Dest: c.At + " " + c.Host,
		Action: string(e.Action), Object: e.Kind + ":" + e.ID, Purpose: c.Purpose.Code, Basis: c.Purpose.Basis, Result: e.Result, Why: why, Trace: c.Trace, Detail: e.Detail,
	})
	return err
}

// use writes down whose data was shown to whom.
func (a *App) use(ctx context.Context, u door.Use) error {
	c := u.Caller
	line := &usage.Use{
		Door: c.At, Action: string(policy.Read), Actor: c.Actor, Org: c.Who.Org,
		Purpose: c.Purpose.Code, Text: c.Purpose.Text, Basis: c.Purpose.Basis, Kinds: u.Fields, Dataset: u.Dataset, Trace: c.Trace,
	}
	if len(u.Subjects) > 0 {
		line.Subjects = a.Usage.Subjects(u.Subjects...)
	}
	if err := a.Usage.Record(ctx, line); err != nil {
		return fmt.Errorf("ledger of personal data: %w", err)
	}
	return nil
}

// seen counts a use of what tells of no person. Whoever runs the server looks after
// data and does not use them.
func (a *App) seen(dataset string, c *door.Caller) {
	by := c.Actor
	if by.Kind == operator.Kind && by.ID == operator.ID {
		return
	}
	if by.Kind == "" {
		by.Kind = "public"
	}
	a.Usage.Seen(dataset, by, c.Who.Org)
}

// openKeys opens the master key, which lies beside the data folder and not in it:
// who takes the folder does not take the key.
func (a *App) openKeys() error {
	place, err := keys.Locate(a.Config.Data, a.Config.MasterKey, os.LookupEnv)
	if err != nil {
		return err
	}
	a.ring, err = keys.OpenAt(a.Config.Data, place)
	return err
}

// beginPolicies gives a new platform the country's standard policies from its
// first minute. Of any other the pack, with all its units, is not read.
func (a *App) beginPolicies(ctx context.Context) error {
	begun, err := a.Policies.Begun(ctx)
	if err != nil || begun {
		return err
	}
	standard, err := Shipped(packs.Standard)
	if err != nil {
		return err
	}
	return policypack.Begin(ctx, a.Policies, actor.System, standard)
}
