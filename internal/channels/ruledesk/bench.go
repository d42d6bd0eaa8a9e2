package ruledesk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Question to the test bench: may who do what to which, and why?
type Question struct {
	Of      string // "dataset:" and an address, "kind:" and a kind of thing
	Column  string // one of a data set; "" all
	Action  policy.Action
	Account string // login of who asks; "" somebody with a role
	Role    string
	Org     string // id of the organisation of somebody with a role; "" as Stands says
	Stands  string // policy.StandsOwn, StandsUnit or StandsOther
	Purpose string // code; "" none is named
	Strong  bool   // a second factor has been shown
}

// An Answer of the test bench.
type Answer struct {
	Of      Subject
	Columns []policy.Column   // of the data set, that were asked about
	Account *identity.Account // who was asked for, if by name
	Org     *org.Org          // of somebody with a role, if it was named
	Who     policy.Who
	policy.Explanation
	Vi, En string            // the decision in a sentence, about those columns
	WhoCan []policy.Standing // everybody else
}

// A Subject is something that policies are about.
type Subject struct {
	Value string // as Question.Of has it
	Title string // of a data set; things that are none have words of the reader's language
	What  policy.What
}

// Sets are all data sets, object by object.
func (d *Desk) Sets(ctx context.Context) (all []Subject, err error) {
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return nil, err
		}
		for _, o := range con.Objects {
			all = append(all, setOf(con, o))
		}
	}
	return all, nil
}

// toSet begins what names a data set.
const toSet = "dataset:"

func setOf(con *contract.Contract, o *contract.Object) Subject {
	title := con.Name
	if len(con.Objects) > 1 && o.Title != "" {
		title += " – " + o.Title
	}
	return Subject{toSet + o.Dataset, title, con.What(o)}
}

// Kinds are the things that are no data sets.
func Kinds(l locale.Lang) (all []Subject) {
	for _, kind := range []string{policy.KindContract, policy.KindPack, policy.KindUnit, policy.KindCodeList, policy.KindOrg, policy.KindAccount,
		policy.KindPolicy, policy.KindAudit, policy.KindUsage, policy.KindServer, policy.KindSelf} {
		all = append(all, Subject{"kind:" + kind, l.T("rules.kind." + kind), policy.What{Kind: kind}})
	}
	return all
}

// subject finds what a question is about.
func (d *Desk) subject(ctx context.Context, of string) (Subject, error) {
	if address, is := strings.CutPrefix(of, toSet); is {
		con, o, err := door.Lookup(ctx, d.Contracts, address)
		switch {
		case err == nil && o != nil && o.Dataset == address:
			return setOf(con, o), nil
		case err != nil && fault.KindOf(err) != fault.NotFound:
			return Subject{}, err
		}
	}
	all := Kinds(locale.From(ctx))
	if i := slices.IndexFunc(all, func(one Subject) bool { return one.Value == of }); i >= 0 {
		return all[i], nil
	}
	return Subject{}, fault.New(fault.Invalid, "rules.no-object", of)
}

// Ask answers a question by the policies in force.
func (d *Desk) Ask(ctx context.Context, q Question) (a Answer, err error) {
	if a.Of, err = d.subject(ctx, q.Of); err != nil {
		return a, err
	}
	if !slices.Contains(policy.Actions(), q.Action) {
		return a, fault.New(fault.Invalid, "rules.no-action", string(q.Action))
	}
	a.Columns = a.Of.What.Columns
	if q.Column != "" {
		at := slices.IndexFunc(a.Columns, func(c policy.Column) bool { return c.Name == q.Column })
		if at < 0 {
			return a, fault.New(fault.Invalid, "column.unknown", q.Column, a.Of.Title)
		}
		a.Columns = a.Columns[at : at+1]
	}
	if err := d.asker(ctx, q, &a); err != nil {
		return a, err
	}
	purpose := policy.Purpose{Code: q.Purpose}
	if q.Purpose != "" { // as in a session that has named it
		purpose.Text = locale.From(ctx).T("rules.bench")
	}
	a.Explanation = d.Explain(a.Who, q.Action, a.Of.What, purpose)
	about := a.Of.What
	about.Columns = a.Columns
	a.Vi, a.En = policy.Say(&a.Decision, &about, q.Action)
	a.WhoCan = d.Policies.WhoCan(q.Action, a.Of.What, purpose, q.Strong)
	return a, nil
}

// asker makes who asks: an account as it is, or somebody with a role, at an
// organisation or where the question puts them.
func (d *Desk) asker(ctx context.Context, q Question, a *Answer) (err error) {
	switch {
	case q.Account != "":
		a.Account, a.Who, err = d.account(ctx, q.Account)
	case !slices.ContainsFunc(d.Roles(), func(r policy.Role) bool { return r.ID == q.Role }):
		return fault.New(fault.Invalid, "rules.no-role", q.Role)
	case q.Role == policy.RolePublic:
		a.Who = policy.Anonymous
		return nil
	case q.Org != "":
		a.Org, a.Who, err = d.at(ctx, q.Role, q.Org)
	default:
		a.Who = standing(q.Role, q.Stands, a.Of.What.Owner)
	}
	a.Who.Strong = q.Strong
	return err
}

// account is an account as it is. One out of use has no rights; that is told of it, not
// of who asks here.
func (d *Desk) account(ctx context.Context, login string) (*identity.Account, policy.Who, error) {
	one, err := d.Accounts.ByLogin(ctx, login)
	if err != nil {
		return nil, policy.Who{}, err
	}
	who, err := d.Accounts.WhoOf(ctx, one, time.Now())
	if fault.KindOf(err) == fault.Denied {
		err = fault.New(fault.Invalid, "rules.account-out", one.Name).Because(err)
	}
	return &one, who, err
}

// at is somebody with a role at an organisation.
func (d *Desk) at(ctx context.Context, role, id string) (*org.Org, policy.Who, error) {
	who := roleAsker(role)
	snap, err := d.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, who, err
	}
	o, there := snap.Org(id)
	if !there {
		return nil, who, fault.New(fault.Invalid, "people.no-org", id)
	}
	on := org.Today(time.Now())
	who.Org, who.Orgs, who.Covers = o.ID, snap.Path(o.ID, on), snap.Covers(o.ID, on)
	if o.Level == org.Commune && o.UnitCode != "" {
		who.Units = []string{o.UnitCode}
	}
	return o, who, nil
}

// standing is somebody with a role who stands somewhere to a data set of an owner.
func standing(role, stands, owner string) policy.Who {
	who := roleAsker(role)
	switch stands {
	case policy.StandsOwn:
		if owner != "" {
			who.Org, who.Covers = owner, []string{owner}
		}
	case policy.StandsUnit:
		who.Units, who.Covers = []string{policy.OwnUnit}, []string{policy.OwnAgency}
	}
	who.Orgs = []string{who.Org}
	return who
}

// roleAsker is somebody with one role, as accounts of that kind have it.
func roleAsker(role string) policy.Who {
	w := policy.Who{Kind: "person", ID: "?", Org: policy.OwnAgency, Roles: []string{policy.RoleOfficial, role}, Inside: true}
	switch role {
	case policy.RoleService:
		w.Kind, w.Roles = "program", []string{role}
	case policy.RoleCompany:
		w.Kind, w.Roles = "company", []string{role}
	case policy.RoleEmergency:
		w.Kind, w.Roles = "emergency", []string{role}
	case policy.RoleOfficial:
		w.Roles = []string{role}
	}
	return w
}
