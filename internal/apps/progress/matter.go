package progress

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Sort is what kind of matter a unit raises.
type Sort string

// The sorts.
const (
	Difficulty Sort = "difficulty" // khó khăn, vướng mắc
	Proposal   Sort = "proposal"   // đề xuất, kiến nghị
)

// A MatterState is how far a matter has come.
type MatterState string

// The states of a matter.
const (
	Raised    MatterState = "open"
	Escalated MatterState = "escalated" // beyond the coordinator's power: put before the province
	Answered  MatterState = "answered"
	Withdrawn MatterState = "withdrawn" // the sheet that said it was approved again without it
)

// A Matter is a difficulty or a proposal that the coordinator has to answer.
type Matter struct {
	ID     string
	Period Month
	Org    string
	Ref
	Sort     Sort
	Said     string
	Word     string // id of the word that says it, "" = it was raised by itself
	State    MatterState
	RaisedBy actor.Actor
	RaisedAt time.Time
	Deadline string // id of the clock of answering
	DueAt    time.Time

	EscalatedTo  string // whom it was put before
	EscalatedWhy string
	EscalatedBy  actor.Actor
	EscalatedAt  time.Time
	Answer       string
	AnsweredBy   actor.Actor
	AnsweredAt   time.Time
}

// Overdue reports whether the coordinator has neither answered in time nor handed on.
func (m *Matter) Overdue(now time.Time) bool { return m.State == Raised && now.After(m.DueAt) }

// Raise puts a difficulty or a proposal before the coordinator without waiting for the
// sheet.
func (s *Store) Raise(ctx context.Context, by actor.Actor, m Month, org string, ref Ref, sort Sort, said string) (out *Matter, err error) {
	said, err = words(said)
	switch {
	case err != nil:
		return nil, err
	case said == "":
		return nil, fault.New(fault.Invalid, "progress.no-matter")
	case sort != Difficulty && sort != Proposal:
		return nil, fault.New(fault.Invalid, "progress.sort", string(sort))
	}
	err = s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, _ *Sheet) error {
		l, err := follow(ctx, tx, m, org, ref)
		if err != nil {
			return err
		}
		out, err = s.put(ctx, tx, by, p, Matter{Period: m, Org: l.org, Ref: ref, Sort: sort, Said: said})
		return err
	})
	return out, err
}

// put keeps a matter, starts its clock and tells the coordinator.
func (s *Store) put(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, m Matter) (*Matter, error) {
	m.ID, m.State, m.RaisedBy, m.RaisedAt = newID(), Raised, by, tx.Time
	d, err := s.startMatter(ctx, tx, by, p, &m)
	if err != nil {
		return nil, err
	}
	m.Deadline, m.DueAt = d.ID, d.DueAt
	who, err := text(by)
	if err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO progress_matters (id, period, org, kind, code, sort, said, word, state, raised_by, raised_at, deadline, due_at,
			escalated_to, escalated_why, escalated_by, escalated_at, answer, answered_by, answered_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', '', '', '', '', '')`,
		m.ID, string(m.Period), m.Org, string(m.Kind), m.Code, string(m.Sort), m.Said, m.Word, string(m.State), who, tx.Now, m.Deadline, store.Stamp(m.DueAt)); err != nil {
		return nil, err
	}
	return &m, errors.Join(
		note(ctx, tx, by, Event{Period: m.Period, Org: m.Org, Ref: m.Ref, What: WasRaised, Detail: m.ID}),
		s.tell(ctx, tx, m.Period, p.Lead, MatterPath(m.Period, m.ID), notify.Warning, "progress.told.raised", m.Code, m.DueAt))
}

// raise raises what the approved words of a sheet say of difficulties and proposals.
// What stands before the coordinator in the same words is not raised again; what the
// period's earlier approval raised and the sheet says no more is withdrawn.
func (s *Store) raise(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org string) error {
	type key struct {
		Ref
		Sort
		said string
	}
	have, err := matters(ctx, tx, `org = $1 AND (period = $2 OR state IN ('open', 'escalated'))`, org, string(p.Period))
	if err != nil {
		return err
	}
	stands := map[key]bool{}
	for _, m := range have {
		if m.State != Withdrawn {
			stands[key{m.Ref, m.Sort, m.Said}] = true
		}
	}
	said := map[key]bool{}
	var fresh []Matter
	err = eachWord(ctx, tx, func(w *Word) error {
		for sort, text := range map[Sort]string{Difficulty: w.Report.Difficulty, Proposal: w.Report.Proposal} {
			k := key{w.Ref, sort, text}
			said[k] = true
			if text != "" && !stands[k] {
				fresh = append(fresh, Matter{Period: p.Period, Org: org, Ref: w.Ref, Sort: sort, Said: text, Word: w.ID})
			}
		}
		return nil
	}, `period = $1 AND org = $2 AND counted = 1 ORDER BY id`, string(p.Period), org)
	if err != nil {
		return err
	}
	for _, m := range have {
		if m.Period != p.Period || m.State != Raised || m.Word == "" || said[key{m.Ref, m.Sort, m.Said}] {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_matters SET state = $1 WHERE id = $2`, string(Withdrawn), m.ID); err != nil {
			return err
		}
		if err := s.done(ctx, tx, by, m.Deadline); err != nil {
			return err
		}
		if err := note(ctx, tx, by, Event{Period: m.Period, Org: m.Org, Ref: m.Ref, What: WasWithdrawn, Detail: m.ID}); err != nil {
			return err
		}
	}
	for _, m := range fresh {
		if _, err := s.put(ctx, tx, by, p, m); err != nil {
			return err
		}
	}
	return nil
}

// Reply answers a matter; one that was handed on too, once the province has decided.
func (s *Store) Reply(ctx context.Context, by actor.Actor, id, answer string) error {
	answer, err := words(answer)
	if err != nil {
		return err
	}
	if answer == "" {
		return fault.New(fault.Invalid, "progress.no-answer")
	}
	return s.matter(ctx, by, id, func(tx *store.Tx, m *Matter, who string) error {
		if m.State != Raised && m.State != Escalated {
			return fault.New(fault.Conflict, "progress.matter-over")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_matters SET state = $1, answer = $2, answered_by = $3, answered_at = $4 WHERE id = $5`,
			string(Answered), answer, who, tx.Now, id); err != nil {
			return err
		}
		return errors.Join(
			note(ctx, tx, by, Event{Period: m.Period, Org: m.Org, Ref: m.Ref, What: WasAnswered, Detail: id}),
			s.tell(ctx, tx, m.Period, m.Org, MatterPath(m.Period, id), notify.Info, "progress.told.answered", m.Code))
	})
}

// Escalate hands a matter on that is beyond the coordinator's power (vượt thẩm quyền):
// whom it was put before, and why. The coordinator's clock has done its duty; the
// answer is still to come.
func (s *Store) Escalate(ctx context.Context, by actor.Actor, id, to, why string) error {
	to, err := words(squeezed(to))
	if err != nil {
		return err
	}
	if to == "" || utf8.RuneCountInString(to) > mostWhom {
		return fault.New(fault.Invalid, "progress.no-whom", mostWhom)
	}
	if why, err = given(why); err != nil {
		return err
	}
	return s.matter(ctx, by, id, func(tx *store.Tx, m *Matter, who string) error {
		if m.State != Raised {
			return fault.New(fault.Conflict, "progress.matter-over")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_matters SET state = $1, escalated_to = $2, escalated_why = $3, escalated_by = $4, escalated_at = $5 WHERE id = $6`,
			string(Escalated), to, why, who, tx.Now, id); err != nil {
			return err
		}
		return errors.Join(
			note(ctx, tx, by, Event{Period: m.Period, Org: m.Org, Ref: m.Ref, What: WasEscalated, Why: why, Detail: id}),
			s.tell(ctx, tx, m.Period, m.Org, MatterPath(m.Period, id), notify.Info, "progress.told.escalated", m.Code, to))
	})
}

// matter runs one step of the coordinator's on a matter: its clock ends.
func (s *Store) matter(ctx context.Context, by actor.Actor, id string, step func(tx *store.Tx, m *Matter, who string) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		m, err := matterIn(ctx, tx, id)
		if err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if err := step(tx, m, who); err != nil {
			return err
		}
		return s.done(ctx, tx, by, m.Deadline)
	})
}

// Matter gives one matter; one that is not there is a fault "progress.no-such-matter".
func (s *Store) Matter(ctx context.Context, id string) (m *Matter, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		m, err = matterIn(ctx, tx, id)
		return err
	})
	return m, err
}

// A MatterFilter says which matters to list; what is "" does not narrow.
type MatterFilter struct {
	Period Month
	Org    string
	Ref    Ref
	State  MatterState
}

// Matters gives matters, the oldest first.
func (s *Store) Matters(ctx context.Context, f MatterFilter) (list []*Matter, err error) {
	where, args := []string{"1 = 1"}, []any{}
	for _, c := range []struct{ column, value string }{
		{"period", string(f.Period)}, {"org", f.Org}, {"kind", string(f.Ref.Kind)}, {"code", f.Ref.Code}, {"state", string(f.State)},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where = append(where, fmt.Sprintf("%s = $%d", c.column, len(args)))
		}
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = matters(ctx, tx, strings.Join(where, " AND "), args...)
		return err
	})
	return list, err
}

func matterIn(ctx context.Context, tx *store.Tx, id string) (*Matter, error) {
	list, err := matters(ctx, tx, `id = $1`, id)
	return store.First(list, err, fault.New(fault.NotFound, "progress.no-such-matter"))
}

func matters(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Matter, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var m Matter
		var period, kind, sort, state, raisedBy, raised, due, escalatedBy, escalated, answeredBy, answered string
		if err := scan(&m.ID, &period, &m.Org, &kind, &m.Code, &sort, &m.Said, &m.Word, &state, &raisedBy, &raised, &m.Deadline, &due,
			&m.EscalatedTo, &m.EscalatedWhy, &escalatedBy, &escalated, &m.Answer, &answeredBy, &answered); err != nil {
			return err
		}
		m.Period, m.Kind, m.Sort, m.State = Month(period), Kind(kind), Sort(sort), MatterState(state)
		list = append(list, &m)
		return errors.Join(store.JSONInto(&m.RaisedBy, raisedBy), store.JSONInto(&m.EscalatedBy, escalatedBy), store.JSONInto(&m.AnsweredBy, answeredBy),
			store.StampInto(&m.RaisedAt, raised), store.StampInto(&m.DueAt, due), store.StampInto(&m.EscalatedAt, escalated), store.StampInto(&m.AnsweredAt, answered))
	}, `SELECT id, period, org, kind, code, sort, said, word, state, raised_by, raised_at, deadline, due_at,
			escalated_to, escalated_why, escalated_by, escalated_at, answer, answered_by, answered_at
		FROM progress_matters WHERE `+where+` ORDER BY id`, args...)
	return list, err
}
