package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Row is one line of a list of accounts to be made.
type Row struct {
	Line     int    // in the spreadsheet, for messages
	Login    string // "" = made from the name
	Name     string
	Email    string
	Phone    string
	OrgID    string
	PersonID string
	Roles    []string // held in OrgID from today on
	Units    []string // that the roles cover
}

// A RowReport says what became of a line.
type RowReport struct {
	Line     int
	Login    string  // as it was made or would be
	Account  string  // id, "" when nothing was written
	Problems []error // faults, in words by package locale
}

// A Report says what became of a list.
type Report struct {
	Rows    []RowReport
	Bad     int // lines with problems
	Written int // accounts made: all or none
}

// mostRows is how many accounts one list may make.
const mostRows = 5000

// errUndo rolls a dry run back.
var errUndo = errors.New("dry run")

// Import makes accounts for a list, all or none: while a line has problems
// nothing is written. A dry run says the same and writes nothing. The accounts
// wait for their owners; ActivationSlips makes what is printed for them.
func (s *Service) Import(ctx context.Context, by Actor, rows []Row, dry bool) (Report, error) {
	var rep Report
	if len(rows) > mostRows {
		return rep, fault.New(fault.TooLarge, "identity.import.many", mostRows, len(rows))
	}
	orgs, err := s.knownOrgs(ctx, rows)
	if err != nil {
		return rep, err
	}
	posts := map[string][]Post{}
	if s.d.Conflict != nil {
		for _, row := range rows {
			if row.PersonID == "" || posts[row.PersonID] != nil {
				continue
			}
			if posts[row.PersonID], err = s.posts(ctx, Account{PersonID: row.PersonID}, s.now()); err != nil {
				return rep, err
			}
		}
	}
	err = s.change(ctx, func(tx *store.Tx, tell teller) error {
		rep = Report{}
		im, err := s.importer(ctx, tx, tell, by, orgs, posts)
		if err != nil {
			return err
		}
		for _, row := range rows {
			line, err := im.row(ctx, row)
			if err != nil {
				return fmt.Errorf("line %d: %w", row.Line, err)
			}
			if len(line.Problems) > 0 {
				rep.Bad++
			}
			rep.Rows = append(rep.Rows, line)
		}
		if dry || rep.Bad > 0 {
			return errUndo
		}
		rep.Written = len(rows)
		return tell(Event{Action: "account.import", By: by, Detail: map[string]string{"accounts": fmt.Sprint(len(rows))}})
	})
	if errors.Is(err, errUndo) {
		for i := range rep.Rows {
			rep.Rows[i].Account = ""
		}
		return rep, nil
	}
	return rep, err
}

// knownOrgs asks for each organisation once.
func (s *Service) knownOrgs(ctx context.Context, rows []Row) (map[string]error, error) {
	known := map[string]error{}
	for _, row := range rows {
		if _, asked := known[row.OrgID]; asked {
			continue
		}
		err := s.checkOrg(ctx, row.OrgID)
		if err != nil && fault.Of(err) == nil {
			return nil, err
		}
		known[row.OrgID] = err
	}
	return known, nil
}

// An importer makes the accounts of one list in one transaction.
type importer struct {
	s     *Service
	tx    *store.Tx
	tell  teller
	by    Actor
	now   time.Time
	orgs  map[string]error
	posts map[string][]Post
	taken map[string]bool // what logins look like
	login map[string]int  // line by login, of this list
}

func (s *Service) importer(ctx context.Context, tx *store.Tx, tell teller, by Actor, orgs map[string]error, posts map[string][]Post) (*importer, error) {
	have, err := texts(ctx, tx, `SELECT login_looks FROM accounts`)
	if err != nil {
		return nil, err
	}
	im := &importer{s: s, tx: tx, tell: tell, by: by, now: s.now(), orgs: orgs, posts: posts, taken: map[string]bool{}, login: map[string]int{}}
	for _, l := range have {
		im.taken[l] = true
	}
	return im, nil
}

// A judged line is what would be made of it; folded is "" when nothing can be.
type judged struct {
	line   RowReport
	n      NewAccount
	folded string
	grants []Grant
}

func (j *judged) wrong(err error) {
	if err != nil {
		j.line.Problems = append(j.line.Problems, err)
	}
}

// row makes one account; the problems of the line are in the report, an error
// is one of the database.
func (im *importer) row(ctx context.Context, row Row) (RowReport, error) {
	j := im.judge(row)
	if j.folded == "" {
		return j.line, nil
	}
	im.login[j.folded] = row.Line
	for _, err := range []error{loginFree(ctx, im.tx, j.folded, ""), im.again(ctx, row, j.n)} {
		if err != nil && fault.Of(err) == nil {
			return j.line, err
		}
		j.wrong(err)
	}
	if len(j.line.Problems) > 0 {
		return j.line, nil
	}
	a, err := im.s.insert(ctx, im.tx, im.by, j.n, j.folded)
	if err != nil {
		return j.line, err
	}
	im.taken[looks(j.folded)] = true
	for _, g := range j.grants {
		g.Account, g.ID = a.ID, newID(g.MadeAt)
		if err := insertGrant(ctx, im.tx, g); err != nil {
			return j.line, err
		}
	}
	j.line.Account, j.line.Login = a.ID, a.Login
	return j.line, im.tell(Event{Action: "account.add", Account: a.ID, By: im.by, Detail: map[string]string{"kind": a.Kind, "org": a.OrgID, "roles": strings.Join(row.Roles, " ")}})
}

// judge says what is wrong with a line by itself: everything at once, not one
// after the other.
func (im *importer) judge(row Row) judged {
	login := row.Login
	if strings.TrimSpace(login) == "" {
		login = im.free(suggestLogin(row.Name))
	}
	n := NewAccount{Login: login, Name: row.Name, Email: row.Email, Phone: row.Phone, Kind: KindPerson, PersonID: row.PersonID, OrgID: row.OrgID}
	var j judged
	j.n, j.folded, j.line.Problems = n.cleanAll()
	j.line.Line, j.line.Login = row.Line, clip(strings.TrimSpace(login), 4*maxLogin)
	if row.OrgID == "" {
		j.wrong(fault.New(fault.Invalid, "identity.import.org"))
	}
	j.wrong(im.orgs[row.OrgID])
	for _, role := range row.Roles {
		g, err := Grant{Role: role, Org: row.OrgID, Units: row.Units, MadeAt: im.now, By: im.by}.clean(im.now)
		if err != nil {
			j.wrong(err)
			continue
		}
		j.grants = append(j.grants, g)
	}
	j.wrong(im.s.checkTogether(Account{Kind: KindPerson}, im.posts[row.PersonID], j.grants))
	if before, twice := im.login[j.folded]; twice && j.folded != "" {
		j.wrong(fault.New(fault.Conflict, "identity.import.twice", j.folded, before))
		j.folded = ""
	}
	return j
}

// again refuses somebody who has an account: a list that is sent twice makes no
// second ones. Two people of one name in one office are told apart by a
// telephone number, an address or a login of their own.
func (im *importer) again(ctx context.Context, row Row, n NewAccount) error {
	var login string
	err := im.tx.QueryRowContext(ctx, `SELECT login FROM accounts WHERE state <> 'erased'
			AND (person_id = $1 AND $1 <> '' OR org_id = $2 AND name = $3 AND phone = $4 AND email = $5 AND $6 = '') ORDER BY id LIMIT 1`,
		n.PersonID, n.OrgID, n.Name, n.Phone, n.Email, strings.TrimSpace(row.Login)).Scan(&login)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "identity.import.again", login)
}

// free finds a login that is not taken by adding a number.
func (im *importer) free(base string) string {
	if base == "" {
		return base
	}
	login := base
	for n := 2; im.taken[looks(login)]; n++ {
		login = fmt.Sprint(base, n)
	}
	im.taken[looks(login)] = true
	return login
}

// cleanAll is clean with every problem instead of the first.
func (n NewAccount) cleanAll() (NewAccount, string, []error) {
	clean, folded, err := n.clean()
	if err == nil {
		return clean, folded, nil
	}
	var problems []error
	folded, err = foldLogin(n.Login)
	for _, err := range []error{err, nameProblem(n.Name), second(cleanPhone(n.Phone)), second(cleanEmail(n.Email))} {
		if err != nil && !slices.Contains(problems, err) {
			problems = append(problems, err)
		}
	}
	return n, folded, problems
}

func nameProblem(name string) error {
	_, _, err := NewAccount{Login: "abc", Name: name}.clean()
	return err
}
