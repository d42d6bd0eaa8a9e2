package issue

import (
	"context"
	"fmt"
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

// Route brings the issues of a data set up to its score: it opens those that are
// new, opens those again that came back, and closes those of which nothing is left.
// It may be called as often as one likes, for data grows old and contracts change
// without a batch.
func (b *Book) Route(ctx context.Context, dataset string) error {
	con, err := b.Contracts.Current(ctx, dataset)
	if err != nil || con.Retired { // nothing new comes in: what stands in the book stays
		return err
	}
	sc, err := b.Scores.Current(ctx, dataset)
	if err != nil {
		return err
	}
	return b.bring(ctx, con, sc)
}

// RouteScored does what Route does with a score that has just been counted.
func (b *Book) RouteScored(ctx context.Context, sc score.Score) error {
	con, err := b.Contracts.Current(ctx, sc.Dataset)
	if err != nil || con.Retired {
		return err
	}
	return b.bring(ctx, con, sc)
}

func (b *Book) bring(ctx context.Context, con *contract.Contract, sc score.Score) error {
	all, settled := find(con, sc)
	if len(all) == 0 {
		if none, err := b.none(ctx, con.ID); err != nil || none {
			return err
		}
	}
	all, err := b.divide(ctx, all)
	if err != nil {
		return err
	}
	sources, err := b.sources(ctx, con, all)
	if err != nil {
		return err
	}
	r := router{Book: b, con: con, score: sc, now: b.Now(), sources: sources, wanted: map[key]found{}, settled: settled}
	for _, f := range all {
		r.wanted[f.key] = f
	}
	return b.Control.Write(ctx, func(tx *store.Tx) error { return r.run(ctx, tx) })
}

// none reports whether a data set has no open issue: nearly all have none, and
// nothing has to be written.
func (b *Book) none(ctx context.Context, dataset string) (none bool, err error) {
	err = b.Control.Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM data_issues WHERE dataset = $1 AND state <> $2)`, dataset, string(Closed)).Scan(&none)
	})
	return none, err
}

// divide tells by whom the records were sent that are found at fault. The tables of
// which all holds are not asked.
func (b *Book) divide(ctx context.Context, all []found) (divided []found, err error) {
	faulty := map[string][]record.Faulty{}
	for _, f := range all {
		if f.sentIn == nil {
			divided = append(divided, f)
			continue
		}
		list, asked := faulty[f.object]
		if !asked {
			if list, err = b.Records.Faulty(ctx, f.sentIn); err != nil {
				return nil, err
			}
			faulty[f.object] = list
		}
		divided = append(divided, f.bySource(list)...)
	}
	return divided, nil
}

// sources asks who the senders are.
func (b *Book) sources(ctx context.Context, con *contract.Contract, all []found) (map[key]Source, error) {
	known := map[key]Source{}
	if b.Source == nil {
		return known, nil
	}
	for _, f := range all {
		k := key{object: f.object, source: f.source}
		if _, ok := known[k]; ok || f.source == "" {
			continue
		}
		o, _ := ruleOf(con, f.part)
		if o == nil {
			continue
		}
		s, err := b.Source(ctx, con, o, f.source)
		if err != nil {
			return nil, err
		}
		known[k] = s
	}
	return known, nil
}

// A router is one Route at work.
type router struct {
	*Book
	con     *contract.Contract
	score   score.Score
	now     time.Time
	sources map[key]Source
	wanted  map[key]found
	settled func(key) bool
	fresh   map[string][]*Issue // opened now, by org
}

func (r *router) run(ctx context.Context, tx *store.Tx) error {
	r.fresh = map[string][]*Issue{}
	have, err := issues(ctx, tx, ` WHERE dataset = $1 ORDER BY id`, r.con.ID)
	if err != nil {
		return err
	}
	left := map[key]bool{}
	for k := range r.wanted {
		left[k] = true
	}
	for _, i := range have {
		k := key{i.Object, i.Rule, i.Source}
		f, still := r.wanted[k]
		delete(left, k)
		switch {
		case still && i.Open():
			err = r.follow(ctx, tx, i, f)
		case still:
			err = r.reopen(ctx, tx, i, f)
		case i.Open() && r.settled(k):
			err = r.close(ctx, tx, i)
		}
		if err != nil {
			return err
		}
	}
	for _, f := range r.inOrder(left) {
		if err := r.open(ctx, tx, f); err != nil {
			return err
		}
	}
	return r.tell(ctx, tx)
}

// inOrder lists what is new in the order in which it was found, so that numbers are
// given in one way only.
func (r *router) inOrder(left map[key]bool) (list []found) {
	for k := range left {
		list = append(list, r.wanted[k])
	}
	sortFound(list)
	return list
}

// fill takes over what is found.
func (r *router) fill(i *Issue, f found) {
	i.Title, i.Field, i.Criterion, i.Group = f.part.Title, f.part.Column, f.criterion, f.group
	i.Severity, i.Identity = severityOf(f.part.Value, f.identity), f.identity
	i.Records, i.Waiting = f.records, f.waiting
	s := r.sources[key{object: f.object, source: f.source}]
	i.SourceName = s.Name
	if i.Org = r.con.Owner; f.mends == score.Sender && s.Org != "" {
		i.Org = s.Org
	}
}

func (r *router) open(ctx context.Context, tx *store.Tx, f found) error {
	id, err := nextID(ctx, tx, r.now)
	if err != nil {
		return err
	}
	value := f.part.Value
	i := &Issue{ID: id, Dataset: r.con.ID, Object: f.object, Rule: f.rule, Source: f.source, State: Fresh, FoundAt: r.now, ChangedAt: r.now, Before: &value}
	r.fill(i, f)
	if err := save(ctx, tx, i); err != nil { // the clocks refer to it
		return err
	}
	return r.begin(ctx, tx, i, Opened)
}

func (r *router) reopen(ctx context.Context, tx *store.Tx, i *Issue, f found) error {
	value := f.part.Value
	r.fill(i, f)
	i.State, i.AtField, i.FoundAt, i.ChangedAt, i.ClosedAt, i.DueAt = Fresh, false, r.now, r.now, time.Time{}, time.Time{}
	i.Before, i.After = &value, nil
	i.Reopened++
	return r.begin(ctx, tx, i, Back)
}

// begin starts the clocks of an issue and keeps it.
func (r *router) begin(ctx context.Context, tx *store.Tx, i *Issue, what string) error {
	if err := note(ctx, tx, actor.System, r.now, i, what, ""); err != nil {
		return err
	}
	if !r.Playing() {
		if err := r.clocks(ctx, tx, i, i.FoundAt); err != nil {
			return err
		}
		r.fresh[i.Org] = append(r.fresh[i.Org], i)
	}
	return save(ctx, tx, i)
}

// clocks starts the two clocks. Without an organisation, a calendar of the year or
// the clocks themselves there is no day; it is asked for again later.
func (b *Book) clocks(ctx context.Context, tx *store.Tx, i *Issue, from time.Time) error {
	if b.Deadlines == nil || i.Org == "" {
		return nil
	}
	for _, clock := range []string{clockReview, clockMend} {
		d, err := b.start(ctx, tx, i, clock, from)
		if fault.Of(err) != nil {
			return nil
		}
		if err != nil {
			return err
		}
		i.DueAt = d.DueAt
	}
	return nil
}

func (b *Book) start(ctx context.Context, tx *store.Tx, i *Issue, clock string, from time.Time) (*deadline.Deadline, error) {
	return b.Deadlines.StartIn(ctx, tx, actor.System, deadline.Spec{
		Clock: clock, Subject: deadline.Subject{Kind: SubjectKind, ID: i.ID, Path: Path(i.ID)},
		TitleVi: i.ID + ": " + i.Title.Vi, TitleEn: i.ID + ": " + i.Title.En, Org: i.Org, Account: i.Account, At: from,
	})
}

// follow takes over how many records there are by now.
func (r *router) follow(ctx context.Context, tx *store.Tx, i *Issue, f found) error {
	was := *i
	r.fill(i, f)
	i.Org = was.Org // an issue is not handed on behind anybody's back
	if was.Records == i.Records && was.Waiting == i.Waiting && was.Severity == i.Severity && was.Title == i.Title {
		return nil
	}
	i.ChangedAt = r.now
	if was.Records != i.Records {
		if err := note(ctx, tx, actor.System, r.now, i, Changed, ""); err != nil {
			return err
		}
	}
	return save(ctx, tx, i)
}

// close ends an issue of which nothing is left.
func (r *router) close(ctx context.Context, tx *store.Tx, i *Issue) error {
	value := r.value(i)
	i.State, i.ChangedAt, i.ClosedAt, i.After, i.Records, i.Waiting = Closed, r.now, r.now, &value, 0, 0
	if err := note(ctx, tx, actor.System, r.now, i, Mended, ""); err != nil {
		return err
	}
	if err := r.done(ctx, tx, actor.System, i.ID); err != nil {
		return err
	}
	return save(ctx, tx, i)
}

// value is what the rule reaches now.
func (r *router) value(i *Issue) float64 {
	for _, cr := range r.score.Criteria {
		for _, p := range cr.Parts {
			if p.Object == i.Object && p.Rule == i.Rule {
				return p.Value
			}
		}
	}
	return 100
}

// done ends the clocks of an issue that still run; with names, those alone.
func (b *Book) done(ctx context.Context, tx *store.Tx, by actor.Actor, id string, clocks ...string) error {
	if b.Deadlines == nil {
		return nil
	}
	list, err := b.Deadlines.OfIn(ctx, tx, SubjectKind, id)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Ended() || len(clocks) > 0 && clocks[0] != d.Clock {
			continue
		}
		if _, err := b.Deadlines.DoneIn(ctx, tx, by, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// tell tells the stewards of each organisation once of what is new.
func (r *router) tell(ctx context.Context, tx *store.Tx) error {
	if r.Notices == nil {
		return nil
	}
	for org, list := range r.fresh {
		if org == "" {
			continue
		}
		worst := Green
		for _, i := range list {
			if i.Severity == Red || i.Severity == Yellow && worst == Green {
				worst = i.Severity
			}
		}
		n := notify.Notice{
			Kind: SubjectKind, Severity: notify.Info, Path: "/issues?dataset=" + r.con.ID, SubjectKind: "dataset", SubjectID: r.con.ID,
			TitleVi: fmt.Sprintf("%d vấn đề dữ liệu mới: %s", len(list), r.con.Name),
			TitleEn: fmt.Sprintf("%d new data issues: %s", len(list), r.con.Name),
		}
		switch worst {
		case Red:
			n.Severity = notify.Urgent
		case Yellow:
			n.Severity = notify.Warning
		}
		for k, i := range list {
			if k == 5 {
				break
			}
			n.TextVi += i.ID + ": " + i.Title.Vi + "\n"
			n.TextEn += i.ID + ": " + i.Title.En + "\n"
		}
		to, err := r.audience(ctx, tx, org, 0)
		if err != nil {
			return err
		}
		if err := r.Notices.PutTo(ctx, tx, n, to); err != nil {
			return err
		}
	}
	return nil
}

// nextID gives the next number of the year.
func nextID(ctx context.Context, tx *store.Tx, now time.Time) (string, error) {
	prefix := fmt.Sprintf("SC-%d-", now.Year())
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(CAST(substr(id, 9) AS INTEGER)), 0) FROM data_issues WHERE id LIKE $1`, prefix+"%").Scan(&n)
	return fmt.Sprintf("%s%04d", prefix, n+1), err
}

// StartClocks starts the clocks of open issues that have none yet, from now on:
// those found while days were played, or while a calendar, a clock or an owner was
// missing. Nobody could have kept them before.
func (b *Book) StartClocks(ctx context.Context) error {
	if b.Playing() {
		return nil
	}
	return b.Control.Write(ctx, func(tx *store.Tx) error {
		list, err := issues(ctx, tx, ` WHERE state <> $1 AND due_at = '' AND org <> '' ORDER BY id`, string(Closed))
		if err != nil {
			return err
		}
		for _, i := range list {
			if err := b.clocks(ctx, tx, i, b.Now()); err != nil {
				return err
			}
			if i.DueAt.IsZero() {
				continue
			}
			if err := save(ctx, tx, i); err != nil {
				return err
			}
		}
		return nil
	})
}
