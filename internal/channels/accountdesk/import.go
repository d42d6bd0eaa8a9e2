package accountdesk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/viet"
)

// An Enrolment says what came, or would come, of a list of people.
type Enrolment struct {
	Rows     []Enrolled
	Made     int // accounts
	Bad, Ask int
	Written  bool
	begun    bool // persons and posts are written
}

// Enrolled is one line of it.
type Enrolled struct {
	Row        Row
	Org        string   // id
	Roles      []string // ids
	Outcome    org.Outcome
	Text       string
	Err        error // the first thing wrong
	Problems   []error
	Candidates []org.Candidate
	Person     string
	Account    string // id, when it was made now
	Login      string // of the account that is made, or is there already
	Has        bool   // an account is there already
}

// Wrong is everything that is wrong with a line.
func (e *Enrolled) Wrong() []error {
	if e.Err == nil {
		return nil
	}
	return append([]error{e.Err}, e.Problems...)
}

// AddPerson takes one person as a list of one line: what holds for a list holds here
// too. Row.OrgCode may be a whole name; in Row.From nothing is today. Somebody who has an
// account gets the post, and that is told as a Conflict "people.has-account".
func (d *Desk) AddPerson(ctx context.Context, row Row) (string, error) {
	id, login, err := d.addPerson(ctx, row)
	if login == "" {
		return id, d.did(ctx, id, "add", err, nil)
	}
	a, found := d.ByLogin(ctx, login)
	if found != nil {
		return "", found
	}
	if e := d.did(ctx, a.ID, "post", nil, nil); e != nil {
		return "", e
	}
	return "", err
}

func (d *Desk) addPerson(ctx context.Context, row Row) (id, login string, err error) {
	snap, err := d.Posts.Orgs.Snapshot(ctx)
	if err != nil {
		return "", "", err
	}
	o, err := orgdesk.FindOrg(snap, row.OrgCode)
	if err != nil {
		return "", "", err
	}
	from, err := orgdesk.ReadDay(row.From, orgdesk.Today())
	if err != nil {
		return "", "", err
	}
	row.Line, row.OrgCode, row.From = 1, o.ID, org.On(from).String()
	got, err := d.enrol(ctx, []Row{row}, true)
	if err == nil {
		if err := got.Rows[0].Err; err != nil {
			return "", "", err
		}
		got, err = d.enrol(ctx, []Row{row}, false)
	}
	if err != nil {
		return "", "", err
	}
	if one := got.Rows[0]; one.Err != nil {
		return "", "", one.Err
	} else if one.Account != "" {
		return one.Account, "", nil
	}
	login = got.Rows[0].Login
	return "", login, fault.New(fault.Conflict, "people.has-account", row.Name, login)
}

// Plan says what would come of a list, and writes nothing.
func (d *Desk) Plan(ctx context.Context, rows []Row) (Enrolment, error) {
	return d.enrol(ctx, rows, true)
}

// Enrol makes all people and accounts of a list, or none: while a line is wrong or asks
// something nothing is written.
func (d *Desk) Enrol(ctx context.Context, rows []Row) (Enrolment, error) {
	got, err := d.enrol(ctx, rows, false)
	if err == nil && !got.begun {
		return got, nil
	}
	return got, d.did(ctx, "", "import", err, map[string]string{"lines": strconv.Itoa(len(rows)), "accounts": strconv.Itoa(got.Made)})
}

// enrol takes a list of people: persons with their posts, then accounts. Both
// are looked at before either is written. With dry nothing is.
func (d *Desk) enrol(ctx context.Context, rows []Row, dry bool) (Enrolment, error) {
	got, people, err := d.prepared(ctx, rows)
	if err != nil {
		return got, err
	}
	if err := d.enrolPeople(ctx, &got, people, true); err != nil {
		return got, err
	}
	if err := d.enrolAccounts(ctx, &got, true); err != nil {
		return got, err
	}
	got.count()
	if dry || got.Bad+got.Ask > 0 {
		return got, nil
	}
	// A failure between the two leaves persons without accounts; the same list
	// again goes on from there.
	if err := d.enrolPeople(ctx, &got, people, false); err != nil {
		return got, err
	}
	got.begun = true
	if err := d.enrolAccounts(ctx, &got, false); err != nil {
		return got, err
	}
	got.count()
	got.Written = got.Bad+got.Ask == 0
	return got, nil
}

func (e *Enrolment) count() {
	e.Bad, e.Ask, e.Made = 0, 0, 0
	for _, one := range e.Rows {
		switch {
		case one.Outcome == org.Question:
			e.Ask++
		case one.Err != nil:
			e.Bad++
		case !one.Has:
			e.Made++
		}
	}
}

// prepared reads what the lines say: days, roles by name, organisations.
func (d *Desk) prepared(ctx context.Context, rows []Row) (Enrolment, []org.ImportRow, error) {
	snap, err := d.Posts.Orgs.Snapshot(ctx)
	if err != nil {
		return Enrolment{}, nil, err
	}
	got := Enrolment{Rows: make([]Enrolled, len(rows))}
	people := make([]org.ImportRow, len(rows))
	for i, row := range rows {
		one := &got.Rows[i]
		one.Row = row
		one.Org = clearOrg(snap, row)
		var wrong []error
		in := org.ImportRow{Line: row.Line, Name: row.Name, Email: row.Email, Phone: row.Phone, OrgCode: row.OrgCode, OrgName: row.OrgName, Title: row.Title,
			Units: row.Units, Deputy: orgdesk.Deputy(row.Title), MandateNo: row.MandateNo, Generated: row.Generated}
		if one.Org != "" {
			in.OrgCode = one.Org
		}
		if in.Roles, err = d.rolesOf(row.Roles); err != nil {
			wrong = append(wrong, err)
		}
		if in.From, err = orgdesk.ReadOpen(row.From); err != nil {
			wrong = append(wrong, err)
		}
		if in.MandateDate, err = orgdesk.ReadOpen(row.MandateOn); err != nil {
			wrong = append(wrong, err)
		}
		one.Roles, one.Problems, people[i] = in.Roles, wrong, in
	}
	return got, people, nil
}

// clearOrg is the organisation that a line names, "" when it is to be asked.
func clearOrg(snap *org.Snapshot, row Row) string {
	on := orgdesk.Today()
	if row.OrgCode != "" {
		if o, ok := snap.Get(strings.ToLower(row.OrgCode), on); ok {
			return o.ID
		}
		if o, ok := snap.ByCode(strings.ToUpper(row.OrgCode), on); ok {
			return o.ID
		}
	}
	if found := snap.Named(row.OrgName, on); row.OrgName != "" && len(found) == 1 {
		return found[0].ID
	}
	return ""
}

// rolesOf finds roles by id or by their names.
func (d *Desk) rolesOf(names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		id := ""
		for _, role := range d.Posts.Policies.Roles() {
			if name == role.ID || viet.Fold(name) == viet.Fold(role.Vi) || strings.EqualFold(name, role.En) {
				id = role.ID
			}
		}
		if !slices.Contains(identity.Grantable(), id) {
			return nil, fault.New(fault.Invalid, "people.import.role", name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (d *Desk) enrolPeople(ctx context.Context, got *Enrolment, people []org.ImportRow, dry bool) error {
	rep, err := d.Posts.Orgs.ImportPeople(ctx, door.Actor(ctx), people, dry)
	if err != nil {
		return err
	}
	for i, row := range rep.Rows {
		one := &got.Rows[i]
		one.Outcome, one.Text, one.Candidates, one.Person, one.Err = row.Outcome, row.Text, row.Candidates, row.Person, row.Err
		if one.Err == nil && len(one.Problems) > 0 {
			one.Err, one.Outcome = one.Problems[0], org.Refused
		}
		if one.Err == nil && one.Org == "" {
			one.Err, one.Outcome = fault.New(fault.Invalid, "people.import.no-org"), org.Refused
		}
	}
	return nil
}

// enrolAccounts makes accounts for those who have none yet.
func (d *Desk) enrolAccounts(ctx context.Context, got *Enrolment, dry bool) error {
	have, err := d.Every(ctx, identity.Filter{})
	if err != nil {
		return err
	}
	logins := map[string]string{}
	for _, a := range have {
		if a.PersonID != "" {
			logins[a.PersonID] = a.Login
		}
	}
	var rows []identity.Row
	var at []int
	for i := range got.Rows {
		one := &got.Rows[i]
		one.Has, one.Login = false, ""
		if one.Err != nil {
			continue
		}
		if login, ok := logins[one.Person]; ok {
			one.Has, one.Login = true, login
			if login == "" {
				continue
			}
			if err := d.Posts.Together(ctx, one.Person, one.Roles); fault.Of(err) != nil {
				one.Err, one.Outcome = err, org.Refused
			} else if err != nil {
				return err
			}
			continue
		}
		logins[one.Person] = "" // a second line of the same person is a second post
		rows = append(rows, identity.Row{Line: one.Row.Line, Login: one.Row.Login, Name: one.Row.Name, Email: one.Row.Email, Phone: one.Row.Phone, OrgID: one.Org, PersonID: one.Person})
		at = append(at, i)
	}
	if len(rows) == 0 {
		return nil
	}
	rep, err := d.Import(ctx, door.Actor(ctx), rows, dry)
	if err != nil {
		return err
	}
	for n, line := range rep.Rows {
		one := &got.Rows[at[n]]
		one.Login, one.Account = line.Login, line.Account
		if len(line.Problems) > 0 {
			one.Err, one.Problems, one.Outcome = line.Problems[0], append(one.Problems, line.Problems...), org.Refused
		}
	}
	return nil
}
