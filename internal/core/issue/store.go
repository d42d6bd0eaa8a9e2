package issue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

// The clocks of an issue: by when the source is looked at, by when the data is
// mended and sent again, and by when where it has to be looked at on the spot.
const (
	clockReview = "CLK-11"
	clockMend   = "CLK-12"
	clockField  = "CLK-13"
)

// SubjectKind is what an issue is called where deadlines and notices are about it.
const SubjectKind = "issue"

// prefix begins the number of an issue.
const prefix = "SC-"

// Path is the address of an issue's page.
func Path(id string) string { return "/issues/" + id }

// ShortPath is a shorter one, to be pasted where room is scarce: /i/2026-0001.
func ShortPath(id string) string { return "/i/" + strings.TrimPrefix(id, prefix) }

// OfShort is the number of the issue that a short address names, however it is
// written: 2026-0001, SC-2026-0001, sc-2026-0001.
func OfShort(code string) string { return prefix + strings.TrimPrefix(strings.ToUpper(code), prefix) }

// A Source is who sends some records of a data set.
type Source struct {
	Name string // as people call it
	Org  string // organisation, "" when it is not known
}

// Deps is what a Book stands on.
type Deps struct {
	Control   *store.DB
	Contracts *contract.Store
	Records   *record.Truth
	Scores    *score.Scorer
	Deadlines *deadline.Store
	Notices   *notify.Store
	// Source tells who a value of the sender's column stands for; nil: nobody knows.
	Source func(ctx context.Context, con *contract.Contract, obj *contract.Object, value string) (Source, error)
	// Holders gives the accounts that hold a post of the chain today: at the unit,
	// the chief data officer anywhere. It reads in tx, and may be asked inside the
	// writer of the control database. nil: nobody is known.
	Holders func(ctx context.Context, tx *store.Tx, rung Rung, org string) ([]string, error)
	// Now is the time of what happens; nil: the clock. Playing reports whether that
	// time is a played one: then no deadline is started, and nobody is told.
	Now     func() time.Time
	Playing func() bool
}

// A Book keeps the issues of all data sets.
type Book struct{ Deps }

// New makes a Book.
func New(d Deps) *Book {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Playing == nil {
		d.Playing = func() bool { return false }
	}
	return &Book{d}
}

const issueColumns = `id, dataset, object, rule, source, source_name, field, title_vi, title_en, criterion, error_group, severity, is_identity, records, waiting,
	org, account, state, at_field, cause, effect, action, prevention, before_score, after_score, found_at, changed_at, closed_at, reopened, due_at`

func scanIssue(scan func(...any) error) (*Issue, error) {
	var i Issue
	var criterion, group, severity, state, found, changed, closed, due string
	var identity, field int
	err := scan(&i.ID, &i.Dataset, &i.Object, &i.Rule, &i.Source, &i.SourceName, &i.Field, &i.Title.Vi, &i.Title.En, &criterion, &group, &severity,
		&identity, &i.Records, &i.Waiting, &i.Org, &i.Account, &state, &field, &i.Cause, &i.Effect, &i.Action, &i.Prevention, &i.Before, &i.After,
		&found, &changed, &closed, &i.Reopened, &due)
	if err != nil {
		return nil, err
	}
	i.Criterion, i.Group, i.Severity, i.State = contract.Criterion(criterion), contract.Group(group), Severity(severity), State(state)
	i.Identity, i.AtField = identity != 0, field != 0
	return &i, errors.Join(store.StampInto(&i.FoundAt, found), store.StampInto(&i.ChangedAt, changed), store.StampInto(&i.ClosedAt, closed), store.StampInto(&i.DueAt, due))
}

// save writes an issue as it is now.
func save(ctx context.Context, tx *store.Tx, i *Issue) error {
	flag := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return store.Stamp(t)
	}
	values := []any{i.ID, i.Dataset, i.Object, i.Rule, i.Source, i.SourceName, i.Field, i.Title.Vi, i.Title.En, string(i.Criterion), string(i.Group), string(i.Severity),
		flag(i.Identity), i.Records, i.Waiting, i.Org, i.Account, string(i.State), flag(i.AtField), i.Cause, i.Effect, i.Action, i.Prevention, i.Before, i.After,
		stamp(i.FoundAt), stamp(i.ChangedAt), stamp(i.ClosedAt), i.Reopened, stamp(i.DueAt)}
	marks := make([]string, len(values))
	for n := range values {
		marks[n] = fmt.Sprintf("$%d", n+1)
	}
	var set []string
	for _, c := range strings.Split(issueColumns, ",") {
		if c = strings.TrimSpace(c); c != "id" {
			set = append(set, c+" = excluded."+c)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO data_issues (`+issueColumns+`) VALUES (`+strings.Join(marks, ", ")+`)
		ON CONFLICT (id) DO UPDATE SET `+strings.Join(set, ", "), values...)
	return err
}

// note adds a line to an issue's history.
func note(ctx context.Context, tx *store.Tx, by actor.Actor, at time.Time, i *Issue, what, text string) error {
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO data_issue_events (issue, place, what, text, records, by, at)
		VALUES ($1, (SELECT COALESCE(MAX(place), 0) + 1 FROM data_issue_events WHERE issue = $1), $2, $3, $4, $5, $6)`,
		i.ID, what, text, i.Records, string(who), store.Stamp(at))
	return err
}

// get reads an issue inside a transaction; one that is not known is a fault
// "issue.unknown".
func get(ctx context.Context, tx *store.Tx, id string) (*Issue, error) {
	i, err := scanIssue(tx.QueryRowContext(ctx, `SELECT `+issueColumns+` FROM data_issues WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "issue.unknown", id)
	}
	return i, err
}

// Get gives an issue.
func (b *Book) Get(ctx context.Context, id string) (i *Issue, err error) {
	err = b.Control.Read(ctx, func(tx *store.Tx) (err error) {
		i, err = get(ctx, tx, id)
		return err
	})
	return i, err
}

// History is what has happened to an issue, the last first.
func (b *Book) History(ctx context.Context, id string) (list []Event, err error) {
	err = b.Control.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var e Event
			var by, at string
			if err := scan(&e.What, &e.Text, &e.Records, &by, &at); err != nil {
				return err
			}
			err := errors.Join(json.Unmarshal([]byte(by), &e.By), store.StampInto(&e.At, at))
			list = append(list, e)
			return err
		}, `SELECT what, text, records, by, at FROM data_issue_events WHERE issue = $1 ORDER BY place DESC`, id)
	})
	return list, err
}

// A Filter chooses issues.
type Filter struct {
	Datasets []string // contracts; nil = all, empty = none
	Object   string
	Rule     string
	Orgs     []string
	Account  string
	States   []State
	Severity Severity
	Overdue  time.Time // due before; zero = any
	After    string    // Next of the last answer
	Limit    int       // 0 = 50, at most 1000
}

// List gives issues: those that are due first, then those of which no day is known,
// then by id. next is "" when there are no more.
func (b *Book) List(ctx context.Context, f Filter) (list []*Issue, next string, err error) {
	if f.Datasets != nil && len(f.Datasets) == 0 {
		return nil, "", nil
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 1000)
	where, args := f.where()
	err = b.Control.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = issues(ctx, tx, where+` ORDER BY `+inOrder+`, id LIMIT `+fmt.Sprint(f.Limit+1), args...)
		return err
	})
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = place(list[f.Limit-1])
	}
	return list, next, err
}

// inOrder puts those that are due first, then those of which no day is known.
const inOrder = `CASE WHEN due_at = '' THEN '9' ELSE due_at END`

// issues reads issues inside a transaction.
func issues(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Issue, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		i, err := scanIssue(scan)
		list = append(list, i)
		return err
	}, `SELECT `+issueColumns+` FROM data_issues`+where, args...)
	return list, err
}

// place is where an issue stands in the order of List.
func place(i *Issue) string {
	due := "9"
	if !i.DueAt.IsZero() {
		due = store.Stamp(i.DueAt)
	}
	return due + " " + i.ID
}

func (f *Filter) where() (string, []any) {
	var parts []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	in := func(column string, list []string) {
		if len(list) == 0 {
			return
		}
		marks := make([]string, len(list))
		for n, v := range list {
			marks[n] = arg(v)
		}
		parts = append(parts, column+" IN ("+strings.Join(marks, ", ")+")")
	}
	in("dataset", f.Datasets)
	in("org", f.Orgs)
	states := make([]string, len(f.States))
	for n, s := range f.States {
		states[n] = string(s)
	}
	in("state", states)
	for _, one := range []struct{ column, value string }{
		{"object", f.Object}, {"rule", f.Rule}, {"account", f.Account}, {"severity", string(f.Severity)},
	} {
		if one.value != "" {
			parts = append(parts, one.column+" = "+arg(one.value))
		}
	}
	if !f.Overdue.IsZero() {
		parts = append(parts, "due_at <> '' AND due_at < "+arg(store.Stamp(f.Overdue)))
	}
	if due, id, ok := strings.Cut(f.After, " "); ok {
		from := arg(due)
		parts = append(parts, "("+inOrder+" > "+from+" OR "+inOrder+" = "+arg(due)+" AND id > "+arg(id)+")")
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

// Counts are how many issues there are.
type Counts struct {
	Open    int              // that are not closed
	Overdue int              // of these: past their day
	BySev   map[Severity]int // of those that are open
	Closed  int
	InTime  int // of those closed: before their day
}

// Counts counts the issues that a filter chooses, leaving its states aside.
func (b *Book) Counts(ctx context.Context, f Filter) (c Counts, err error) {
	c.BySev = map[Severity]int{}
	if f.Datasets != nil && len(f.Datasets) == 0 {
		return c, nil
	}
	f.States, f.After = nil, ""
	where, args := f.where()
	now := store.Stamp(b.Now())
	err = b.Control.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var state, severity, due, closed string
			var n int
			if err := scan(&state, &severity, &due, &closed, &n); err != nil {
				return err
			}
			switch {
			case State(state) == Closed:
				c.Closed += n
				if due == "" || closed <= due {
					c.InTime += n
				}
			default:
				c.Open += n
				c.BySev[Severity(severity)] += n
				if due != "" && due < now {
					c.Overdue += n
				}
			}
			return nil
		}, `SELECT state, severity, due_at, closed_at, count(*) FROM data_issues`+where+` GROUP BY state, severity, due_at, closed_at`, args...)
	})
	return c, err
}
