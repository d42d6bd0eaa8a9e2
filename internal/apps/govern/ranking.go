package govern

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A RankingState is how far the ranking of a year has come.
type RankingState string

// The states. A preview is for each unit alone, and for who governs.
const (
	Preview   RankingState = "preview"
	Published RankingState = "published"
	Withdrawn RankingState = "withdrawn"
)

// A PublishedRanking is the ranking of units as it was kept: shown to each unit first,
// with a time to object in, then to everybody. Its figures are those of when it was
// counted.
type PublishedRanking struct {
	ID          string
	Title       string
	State       RankingState
	Lead        string // agency that answers objections
	Days        int    // working days to object in
	MadeBy      actor.Actor
	MadeAt      time.Time
	CountedAt   time.Time
	DueAt       time.Time // until then units may object
	PublishedBy actor.Actor
	PublishedAt time.Time
	EndedBy     actor.Actor
	EndedAt     time.Time
	Why         string // why it was withdrawn
	Units       []Standing
	Objections  []Objection
}

// A Standing is where one unit stands and why.
type Standing struct {
	Rank
	Datasets []StandingSet `json:"datasets"`
	Reasons  []RankReason  `json:"reasons"`
}

// A StandingSet is a data set of a unit with what it reached.
type StandingSet struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Score *float64 `json:"score"` // nil = chưa đo
}

// A RankReason is what takes points from a unit.
type RankReason struct {
	Dataset   string            `json:"dataset"`
	Criterion contract.Sentence `json:"criterion"`
	How       contract.Sentence `json:"how"`
	Records   int64             `json:"records"`
	Adds      float64           `json:"adds"` // what the data set's score gains when it is mended
}

// An Objection is what a unit says against its figures, and what was answered.
type Objection struct {
	ID        string
	Org       string
	Why       string
	Evidence  string
	By        actor.Actor
	MadeAt    time.Time
	Verdict   string // "", accepted, refused
	Said      string // what changes, or why not
	DecidedBy actor.Actor
	DecidedAt time.Time
	Deadline  string // clock of the answer
}

// Open reports whether nobody has answered it.
func (o *Objection) Open() bool { return o.Verdict == "" }

// The bounds of a ranking.
const (
	MostObjectDays = 60
	mostReasons    = 8
	mostTitle      = 300
)

// AnswerClock is how long who governs has to answer an objection.
var AnswerClock = deadline.Definition{
	ID: "XH-01", EventVi: "Nhận kiến nghị của đơn vị về dự kiến xếp hạng", EventEn: "A unit objects to its place in a ranking",
	DutyVi: "Trả lời kiến nghị", DutyEn: "Answer the objection", Direction: deadline.Within, Amount: 5, Unit: deadline.WorkingDays,
	Act: "Quy chế đánh giá, xếp hạng của tỉnh", Sure: deadline.Unconfirmed,
	NoteVi: "Chưa có văn bản quy định; số ngày do nền tảng đề xuất.", NoteEn: "No act gives a number of days; this one is our proposal.",
}

// RankingKind is what deadlines and notices of rankings say they belong to.
const RankingKind = "ranking"

// RankingPath is the page of a ranking.
func RankingPath(id string) string { return "/governance/rankings/" + id }

// Now is the time by which rankings are judged.
func (d *Desk) Now() time.Time { return d.db.Now() }

// standings counts every unit as it stands now.
func (d *Desk) standings(ctx context.Context) ([]Standing, error) {
	ranks, err := d.Ranking(ctx, func(*contract.Contract) bool { return true })
	if err != nil {
		return nil, err
	}
	members, err := d.deps().Scores.Members(ctx, func(c *contract.Contract) bool { return c.Owner != "" && c.Provenance.Kind != contract.GeneratedData })
	if err != nil {
		return nil, err
	}
	var all []Standing
	for _, r := range ranks {
		s := Standing{Rank: r}
		for _, m := range members {
			if m.Owner != r.Org {
				continue
			}
			s.Datasets = append(s.Datasets, StandingSet{m.Dataset, m.Name, m.Score.Overall})
			c, err := d.deps().Contracts.Current(ctx, m.Dataset)
			if err != nil {
				return nil, err
			}
			for _, l := range score.Losses(c, m.Score) {
				s.Reasons = append(s.Reasons, RankReason{m.Dataset, l.CriterionTitle, l.How, l.Records, l.Adds})
			}
		}
		slices.SortStableFunc(s.Reasons, func(a, b RankReason) int { return cmp.Compare(b.Adds, a.Adds) })
		s.Reasons = s.Reasons[:min(mostReasons, len(s.Reasons))]
		all = append(all, s)
	}
	return all, nil
}

// Show counts the ranking and shows it to each unit: they have so many working days to
// object in. One is in preview at a time.
func (d *Desk) Show(ctx context.Context, by actor.Actor, title, lead string, days int) (*PublishedRanking, error) {
	title = strings.Join(strings.Fields(title), " ")
	switch {
	case title == "" || utf8.RuneCountInString(title) > mostTitle:
		return nil, fault.New(fault.Invalid, "ranking.title", mostTitle)
	case days < 1 || days > MostObjectDays:
		return nil, fault.New(fault.Invalid, "ranking.days", MostObjectDays)
	}
	units, err := d.standings(ctx)
	if err != nil {
		return nil, err
	}
	return d.preview(ctx, by, title, lead, days, units)
}

// preview keeps the figures of units and shows them.
func (d *Desk) preview(ctx context.Context, by actor.Actor, title, lead string, days int, units []Standing) (*PublishedRanking, error) {
	if len(units) == 0 {
		return nil, fault.New(fault.Conflict, "ranking.nothing")
	}
	office, err := d.deps().Deadlines.Office(ctx)
	if err != nil {
		return nil, err
	}
	id := strings.ToLower(ulid.Make().String())
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		var open int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM rankings WHERE state = $1`, string(Preview)).Scan(&open); err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "ranking.open")
		}
		due, err := office.Due(deadline.Clock{Definition: deadline.Definition{Direction: deadline.Within, Amount: days, Unit: deadline.WorkingDays}}, tx.Time, time.Time{})
		if err != nil {
			return err
		}
		who, err := kept(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO rankings (id, title, state, lead_org, days, made_by, made_at, counted_at, due_at, published_by, published_at, ended_by, ended_at, why)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, '', '', '', '', '')`, id, title, string(Preview), lead, days, who, tx.Now, store.Stamp(due)); err != nil {
			return err
		}
		return d.keep(ctx, tx, id, title, due, units)
	})
}

// keep writes the figures of all units, and tells each of its own.
func (d *Desk) keep(ctx context.Context, tx *store.Tx, id, title string, due time.Time, units []Standing) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM ranking_units WHERE ranking = $1`, id); err != nil {
		return err
	}
	for _, u := range units {
		content, err := kept(u)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO ranking_units (ranking, org, content) VALUES ($1, $2, $3)`, id, u.Org, content); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, id, u.Org, "ranking.told.preview", title, due); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tell(ctx context.Context, tx *store.Tx, id, org, key string, args ...any) error {
	n := d.deps().Notices
	if n == nil || org == "" {
		return nil
	}
	_, err := n.PutIn(ctx, tx, notify.Notice{
		Org: org, Kind: RankingKind, Severity: notify.Info, TitleVi: locale.Vi.T(key, args...), TitleEn: locale.En.T(key, args...), Path: RankingPath(id), SubjectKind: RankingKind, SubjectID: id,
	})
	return err
}

// Recount counts a preview again, after data were mended or an objection was accepted,
// and tells the units.
func (d *Desk) Recount(ctx context.Context, by actor.Actor, id string) (*PublishedRanking, error) {
	units, err := d.standings(ctx)
	if err != nil {
		return nil, err
	}
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		r, err := rankingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.State != Preview {
			return fault.New(fault.Conflict, "ranking.over")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE rankings SET counted_at = $1 WHERE id = $2`, tx.Now, id); err != nil {
			return err
		}
		return d.keep(ctx, tx, id, r.Title, r.DueAt, units)
	})
}

// Object keeps what a unit says against its own figures, while there is time; who
// governs has a clock to answer it.
func (d *Desk) Object(ctx context.Context, by actor.Actor, id, org, why, evidence string) (*PublishedRanking, error) {
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "ranking.why"))
	if err != nil {
		return nil, err
	}
	if evidence, err = reason.Of(evidence, reason.Most, nil); err != nil {
		return nil, err
	}
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		r, err := rankingIn(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case r.State != Preview:
			return fault.New(fault.Conflict, "ranking.over")
		case tx.Time.After(r.DueAt):
			return fault.New(fault.Conflict, "ranking.late", r.DueAt)
		case !slices.ContainsFunc(r.Units, func(u Standing) bool { return u.Org == org }):
			return fault.New(fault.NotFound, "ranking.no-unit", org)
		}
		who, err := kept(by)
		if err != nil {
			return err
		}
		clock := ""
		if r.Lead != "" {
			deadlines := d.deps().Deadlines
			if err := deadlines.OwnIn(ctx, tx, AnswerClock); err != nil {
				return err
			}
			one, err := deadlines.StartIn(ctx, tx, by, deadline.Spec{
				Clock: AnswerClock.ID, Subject: deadline.Subject{Kind: RankingKind, ID: id, Path: RankingPath(id)}, Org: r.Lead,
				TitleVi: locale.Vi.T("ranking.duty", r.Title), TitleEn: locale.En.T("ranking.duty", r.Title),
			})
			if err != nil {
				return err
			}
			clock = one.ID
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO ranking_objections (id, ranking, org, why, evidence, by_actor, made_at, deadline, verdict, said, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', '', '')`,
			strings.ToLower(ulid.Make().String()), id, org, why, evidence, who, tx.Now, clock); err != nil {
			return err
		}
		return d.tell(ctx, tx, id, r.Lead, "ranking.told.objection", r.Title)
	})
}

// AnswerTo answers an objection: accepted with what changes, or refused with the reason.
// Nobody answers their own.
func (d *Desk) AnswerTo(ctx context.Context, by actor.Actor, id, objection string, accept bool, said string) (*PublishedRanking, error) {
	said, err := reason.Of(said, reason.Most, fault.New(fault.Invalid, "ranking.said"))
	if err != nil {
		return nil, err
	}
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		r, err := rankingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(r.Objections, func(o Objection) bool { return o.ID == objection })
		switch {
		case i < 0:
			return fault.New(fault.NotFound, "ranking.no-objection", objection)
		case r.State != Preview || !r.Objections[i].Open():
			return fault.New(fault.Conflict, "ranking.answered")
		}
		o := r.Objections[i]
		if o.By.Kind == by.Kind && o.By.ID == by.ID {
			return fault.New(fault.Denied, "ranking.own")
		}
		verdict := "refused"
		if accept {
			verdict = "accepted"
		}
		who, err := kept(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ranking_objections SET verdict = $1, said = $2, decided_by = $3, decided_at = $4 WHERE id = $5`, verdict, said, who, tx.Now, o.ID); err != nil {
			return err
		}
		if o.Deadline != "" {
			if _, err := d.deps().Deadlines.DoneIn(ctx, tx, by, o.Deadline); err != nil && !fault.Is(err, "deadline.ended") {
				return err
			}
		}
		if accept {
			return d.tell(ctx, tx, id, o.Org, "ranking.told.accepted", r.Title)
		}
		return d.tell(ctx, tx, id, o.Org, "ranking.told.refused", r.Title)
	})
}

// Publish makes a ranking public: when the time to object in is over, and every
// objection has been answered. The one that was public before stays in the list.
func (d *Desk) Publish(ctx context.Context, by actor.Actor, id string) (*PublishedRanking, error) {
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		r, err := rankingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		open := 0
		for _, o := range r.Objections {
			if o.Open() {
				open++
			}
		}
		switch {
		case r.State != Preview:
			return fault.New(fault.Conflict, "ranking.over")
		case open > 0:
			return fault.New(fault.Conflict, "ranking.unanswered", int64(open))
		case !tx.Time.After(r.DueAt):
			return fault.New(fault.Conflict, "ranking.early", r.DueAt)
		}
		who, err := kept(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE rankings SET state = $1, published_by = $2, published_at = $3 WHERE id = $4`, string(Published), who, tx.Now, id); err != nil {
			return err
		}
		for _, u := range r.Units {
			if err := d.tell(ctx, tx, id, u.Org, "ranking.told.published", r.Title); err != nil {
				return err
			}
		}
		return nil
	})
}

// Withdraw takes a preview or a publication back for a reason: it undoes both. Clocks
// of answers are called off; the figures stay for who governs and for each unit.
func (d *Desk) Withdraw(ctx context.Context, by actor.Actor, id, why string) (*PublishedRanking, error) {
	why, err := reason.Of(why, reason.Most, fault.New(fault.Invalid, "ranking.withdraw-why"))
	if err != nil {
		return nil, err
	}
	return d.ranking(ctx, id, func(tx *store.Tx) error {
		r, err := rankingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.State == Withdrawn {
			return fault.New(fault.Conflict, "ranking.over")
		}
		for _, o := range r.Objections {
			if !o.Open() || o.Deadline == "" {
				continue
			}
			if _, err := d.deps().Deadlines.CancelIn(ctx, tx, by, o.Deadline, why); err != nil && !fault.Is(err, "deadline.ended") {
				return err
			}
		}
		who, err := kept(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE rankings SET state = $1, ended_by = $2, ended_at = $3, why = $4 WHERE id = $5`, string(Withdrawn), who, tx.Now, why, id); err != nil {
			return err
		}
		for _, u := range r.Units {
			if err := d.tell(ctx, tx, id, u.Org, "ranking.told.withdrawn", r.Title); err != nil {
				return err
			}
		}
		return nil
	})
}

// ranking runs one step and gives the ranking as it stands then.
func (d *Desk) ranking(ctx context.Context, id string, step func(*store.Tx) error) (r *PublishedRanking, err error) {
	err = d.db.Write(ctx, func(tx *store.Tx) error {
		if err := step(tx); err != nil {
			return err
		}
		r, err = rankingIn(ctx, tx, id)
		return err
	})
	return r, err
}

// Rankings are all of them, the newest first, with their figures and objections.
func (d *Desk) Rankings(ctx context.Context) (list []*PublishedRanking, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		list, err = rankings(ctx, tx, `1 = 1`)
		return err
	})
	return list, err
}

// RankingOf gives one ranking; one that is not there is a fault "ranking.unknown".
func (d *Desk) RankingOf(ctx context.Context, id string) (r *PublishedRanking, err error) {
	err = d.db.Read(ctx, func(tx *store.Tx) error {
		r, err = rankingIn(ctx, tx, id)
		return err
	})
	return r, err
}

// Seen narrows a ranking to what somebody may see of it who does not govern: a public
// one whole, but of objections their units' own; of any other their units' own figures.
// It is nil when nothing is left.
func (r *PublishedRanking) Seen(mine func(org string) bool) *PublishedRanking {
	out := *r
	out.Objections = slices.DeleteFunc(slices.Clone(r.Objections), func(o Objection) bool { return !mine(o.Org) })
	if r.State == Published {
		out.Units = slices.Clone(r.Units)
		for i := range out.Units {
			if !mine(out.Units[i].Org) {
				out.Units[i].Reasons, out.Units[i].Datasets = nil, nil
			}
		}
		return &out
	}
	out.Units = slices.DeleteFunc(slices.Clone(r.Units), func(u Standing) bool { return !mine(u.Org) })
	for i := range out.Units {
		out.Units[i].Place = 0 // a place says how the others stand
	}
	if len(out.Units) == 0 {
		return nil
	}
	return &out
}

func rankingIn(ctx context.Context, tx *store.Tx, id string) (*PublishedRanking, error) {
	list, err := rankings(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "ranking.unknown", id))
}

func rankings(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*PublishedRanking, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var r PublishedRanking
		var state, madeBy, made, counted, due, publishedBy, published, endedBy, ended string
		if err := scan(&r.ID, &r.Title, &state, &r.Lead, &r.Days, &madeBy, &made, &counted, &due, &publishedBy, &published, &endedBy, &ended, &r.Why); err != nil {
			return err
		}
		r.State = RankingState(state)
		list = append(list, &r)
		if err := errors.Join(store.JSONInto(&r.MadeBy, madeBy), store.JSONInto(&r.PublishedBy, publishedBy), store.JSONInto(&r.EndedBy, endedBy), store.StampInto(&r.MadeAt, made), store.StampInto(&r.CountedAt, counted),
			store.StampInto(&r.DueAt, due), store.StampInto(&r.PublishedAt, published), store.StampInto(&r.EndedAt, ended)); err != nil {
			return fmt.Errorf("ranking %s: %w", r.ID, err)
		}
		return nil
	}, `SELECT id, title, state, lead_org, days, made_by, made_at, counted_at, due_at, published_by, published_at, ended_by, ended_at, why FROM rankings WHERE `+where+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if err := r.fill(ctx, tx); err != nil {
			return nil, fmt.Errorf("ranking %s: %w", r.ID, err)
		}
	}
	return list, nil
}

func (r *PublishedRanking) fill(ctx context.Context, tx *store.Tx) error {
	err := tx.Each(ctx, func(scan func(...any) error) error {
		var content string
		if err := scan(&content); err != nil {
			return err
		}
		var u Standing
		err := store.JSONInto(&u, content)
		r.Units = append(r.Units, u)
		return err
	}, `SELECT content FROM ranking_units WHERE ranking = $1`, r.ID)
	if err != nil {
		return err
	}
	slices.SortFunc(r.Units, func(a, b Standing) int { return byScore(a.Rank, b.Rank) })
	return tx.Each(ctx, func(scan func(...any) error) error {
		var o Objection
		var by, made, decidedBy, decided string
		if err := scan(&o.ID, &o.Org, &o.Why, &o.Evidence, &by, &made, &o.Deadline, &o.Verdict, &o.Said, &decidedBy, &decided); err != nil {
			return err
		}
		err := errors.Join(store.JSONInto(&o.By, by), store.JSONInto(&o.DecidedBy, decidedBy), store.StampInto(&o.MadeAt, made), store.StampInto(&o.DecidedAt, decided))
		r.Objections = append(r.Objections, o)
		return err
	}, `SELECT id, org, why, evidence, by_actor, made_at, deadline, verdict, said, decided_by, decided_at FROM ranking_objections WHERE ranking = $1 ORDER BY id`, r.ID)
}

// kept writes a value as JSON for a column; unkept reads it, "" is nothing.
func kept(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
