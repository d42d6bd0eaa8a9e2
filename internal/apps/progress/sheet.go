package progress

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

func fillable(p *Period, sh *Sheet) error {
	switch {
	case p.State != Open:
		return fault.New(fault.Conflict, "progress.over", p.Period.Words())
	case sh.State == Moved:
		return fault.New(fault.Conflict, "progress.sheet-moved", sh.MovedTo)
	case sh.State == Sent:
		return fault.New(fault.Conflict, "progress.sent")
	case !sh.Fills():
		return fault.New(fault.Conflict, "progress.approved")
	}
	return nil
}

// Send puts a sheet before the head of its unit. Lines without words are a fault
// "progress.unsaid", unless nothing says that there is nothing to report of them;
// conflicts that nobody has settled are a fault "progress.conflicts".
func (s *Store) Send(ctx context.Context, by actor.Actor, m Month, org string, nothing bool) error {
	return s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, sh *Sheet) error {
		if err := fillable(p, sh); err != nil {
			return err
		}
		switch left := sh.Lines - sh.Answered; {
		case sh.Conflicts > 0:
			return fault.New(fault.Conflict, "progress.conflicts", sh.Conflicts)
		case left > 0 && !nothing:
			return fault.New(fault.Conflict, "progress.unsaid", left)
		}
		if err := s.done(ctx, tx, by, sh.Deadline); err != nil {
			return err
		}
		d, err := s.startApproval(ctx, tx, by, p, org)
		if err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_sheets SET state = $1, no_news = $2, sent_by = $3, sent_at = $4, approval = $5, times = times + 1 WHERE period = $6 AND org = $7`,
			string(Sent), number(nothing), who, tx.Now, d.ID, string(m), org); err != nil {
			return err
		}
		return errors.Join(
			note(ctx, tx, by, Event{Period: m, Org: org, What: WasSent}),
			s.tell(ctx, tx, m, org, SheetPath(m, org), notify.Info, "progress.told.sent", m.Words(), d.DueAt))
	})
}

// Back sends a sheet back to its unit with a reason: its head one that was sent, the
// coordinator also one that was approved. What was approved counts until the sheet is
// approved again.
func (s *Store) Back(ctx context.Context, by actor.Actor, m Month, org, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	return s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, sh *Sheet) error {
		if err := open(p); err != nil {
			return err
		}
		if sh.State != Sent && sh.State != Approved {
			return fault.New(fault.Conflict, "progress.not-sent")
		}
		return s.back(ctx, tx, by, p, sh, why)
	})
}

func (s *Store) back(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, sh *Sheet, why string) error {
	if err := s.done(ctx, tx, by, sh.Approval); err != nil {
		return err
	}
	d, err := s.startSheet(ctx, tx, by, p, sh.Org)
	if err != nil {
		return err
	}
	who, err := text(by)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_sheets SET state = $1, no_news = 0, said = $2, decided_by = $3, decided_at = $4, deadline = $5, due_at = $6, moved_to = '' WHERE period = $7 AND org = $8`,
		string(SentBack), why, who, tx.Now, d.ID, store.Stamp(d.DueAt), string(sh.Period), sh.Org); err != nil {
		return err
	}
	return errors.Join(
		note(ctx, tx, by, Event{Period: sh.Period, Org: sh.Org, What: WasBack, Why: why}),
		s.tell(ctx, tx, sh.Period, sh.Org, SheetPath(sh.Period, sh.Org), notify.Warning, "progress.told.back", sh.Period.Words(), d.DueAt))
}

// Approve makes the words of a sheet count; the coordinator is told, and difficulties
// and proposals in it are raised. Who has sent the sheet does not approve it.
func (s *Store) Approve(ctx context.Context, by actor.Actor, m Month, org string) error {
	return s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, sh *Sheet) error {
		switch {
		case p.State != Open:
			return fault.New(fault.Conflict, "progress.over", m.Words())
		case sh.State != Sent:
			return fault.New(fault.Conflict, "progress.not-sent")
		case sh.SentBy.Kind == by.Kind && sh.SentBy.ID == by.ID:
			return fault.New(fault.Denied, "progress.own")
		}
		if err := s.done(ctx, tx, by, sh.Approval); err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_sheets SET state = $1, decided_by = $2, decided_at = $3, said = '' WHERE period = $4 AND org = $5`,
			string(Approved), who, tx.Now, string(m), org); err != nil {
			return err
		}
		if err := count(ctx, tx, m, org); err != nil {
			return err
		}
		if err := s.raise(ctx, tx, by, p, org); err != nil {
			return err
		}
		return errors.Join(
			note(ctx, tx, by, Event{Period: m, Org: org, What: WasApproved}),
			s.tell(ctx, tx, m, p.Lead, SheetPath(m, org), notify.Info, "progress.told.approved", m.Words()))
	})
}

// count makes the current words of a sheet those that count, in place of those that an
// earlier approval has counted.
func count(ctx context.Context, tx *store.Tx, m Month, org string) error {
	for _, query := range []string{
		`UPDATE progress_words SET counted = 0 WHERE period = $1 AND org = $2 AND counted = 1
			AND (kind, code) IN (SELECT kind, code FROM progress_lines WHERE period = $1 AND org = $2 AND gone_at = '')`,
		`UPDATE progress_words SET counted = 1 WHERE id IN (SELECT word FROM progress_lines WHERE period = $1 AND org = $2 AND gone_at = '' AND answered = 1)`,
	} {
		if _, err := tx.ExecContext(ctx, query, string(m), org); err != nil {
			return err
		}
	}
	return latest(ctx, tx, `SELECT kind, code FROM progress_lines WHERE period = $1 AND org = $2`, string(m), org)
}

// Move gives lines of one unit to another, those of refs or all, because units were
// merged or their work was: the words go with them, and what people of the first unit
// have still in their hands finds its way. Where both units have said something of one
// item, the word of the second stays and that of the first is kept as a conflict. A
// sheet that lines have come into is to be sent again.
func (s *Store) Move(ctx context.Context, by actor.Actor, m Month, from, to string, refs []Ref, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	if from == to || to == "" {
		return fault.New(fault.Invalid, "progress.same-unit", to)
	}
	return s.sheet(ctx, m, from, func(tx *store.Tx, p *Period, sh *Sheet) error {
		if err := open(p); err != nil {
			return err
		}
		all, err := standing(ctx, tx, m, from)
		if err != nil {
			return err
		}
		if refs == nil {
			refs = all
		}
		if len(refs) == 0 {
			return fault.New(fault.Conflict, "progress.nothing-moves", from)
		}
		switch _, err := sheetIn(ctx, tx, m, to); {
		case fault.Is(err, "progress.no-sheet"):
			if _, err := s.receive(ctx, tx, by, p, to); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		for _, ref := range refs {
			if err := move(ctx, tx, by, m, from, to, ref, why); err != nil {
				return err
			}
		}
		if err := s.reopen(ctx, tx, by, p, to, why); err != nil {
			return err
		}
		left, err := standing(ctx, tx, m, from)
		if err != nil || len(left) > 0 {
			return err
		}
		for _, id := range []string{sh.Deadline, sh.Approval} {
			if err := s.callOff(ctx, tx, by, id, why); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE progress_sheets SET state = $1, moved_to = $2 WHERE period = $3 AND org = $4`, string(Moved), to, string(m), from)
		return err
	})
}

// standing are the items in a sheet.
func standing(ctx context.Context, tx *store.Tx, m Month, org string) (list []Ref, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var kind, code string
		err := scan(&kind, &code)
		list = append(list, Ref{Kind(kind), code})
		return err
	}, `SELECT kind, code FROM progress_lines WHERE period = $1 AND org = $2 AND gone_at = '' ORDER BY kind, code`, string(m), org)
	return list, err
}

// receive makes the sheet of a unit, and says when it is due.
func (s *Store) receive(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org string) (time.Time, error) {
	d, err := s.startSheet(ctx, tx, by, p, org)
	if err != nil {
		return time.Time{}, err
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO progress_sheets (period, org, state, no_news, deadline, due_at, approval, times, sent_by, sent_at, decided_by, decided_at, said, moved_to)
		VALUES ($1, $2, $3, 0, $4, $5, '', 0, '', '', '', '', '', '')`, string(p.Period), org, string(Draft), d.ID, store.Stamp(d.DueAt)); err != nil {
		return time.Time{}, err
	}
	return d.DueAt, s.tell(ctx, tx, p.Period, org, SheetPath(p.Period, org), notify.Info, "progress.told.opened", p.Period.Words(), d.DueAt)
}

// move takes one line with its words to another unit.
func move(ctx context.Context, tx *store.Tx, by actor.Actor, m Month, from, to string, ref Ref, why string) error {
	l, err := lineIn(ctx, tx, m, from, ref)
	if err != nil {
		return err
	}
	if l.gone {
		return fault.New(fault.NotFound, "progress.no-line", ref.Code)
	}
	there, err := lineIn(ctx, tx, m, to, ref)
	if err != nil && !fault.Is(err, "progress.no-line") {
		return err
	}
	both := err == nil && !there.gone
	at := []any{string(m), to, string(ref.Kind), ref.Code}
	place, version, word := l.place, l.version, l.word
	if both {
		place = min(l.place, there.place)
		if there.version > 0 {
			version, word = there.version, there.word
		}
	}
	if both && there.version > 0 && l.word != "" {
		// Both have said something: it is for the second unit to choose.
		if _, err := tx.ExecContext(ctx, `UPDATE progress_words SET outcome = $1, against = $2, version = $3 WHERE id = $4`, string(Conflict), there.word, there.version, l.word); err != nil {
			return err
		}
		// What the first unit's head approved counts until the second one's approves.
		if _, err := tx.ExecContext(ctx, `UPDATE progress_words SET counted = 0 WHERE period = $1 AND org = $2 AND kind = $3 AND code = $4
			AND EXISTS (SELECT 1 FROM progress_words t WHERE t.id = $5 AND t.counted = 1)`, string(m), from, string(ref.Kind), ref.Code, there.word); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_words SET org = $1 WHERE period = $2 AND org = $3 AND kind = $4 AND code = $5`, to, string(m), from, string(ref.Kind), ref.Code); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_words SET place = $1 WHERE period = $2 AND org = $3 AND kind = $4 AND code = $5`, append([]any{place}, at...)...); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_matters SET org = $1 WHERE period = $2 AND org = $3 AND kind = $4 AND code = $5`, to, string(m), from, string(ref.Kind), ref.Code); err != nil {
		return err
	}
	answered := 0
	if word != "" {
		w, err := wordWhere(ctx, tx, `id = $1`, word)
		if err != nil {
			return err
		}
		if w == nil {
			return fmt.Errorf("line %s of %s has lost its word", ref, from)
		}
		answered = number(!w.Empty())
	}
	if err := insertMany(ctx, tx, `INSERT INTO progress_lines (period, org, kind, code, place, version, word, answered, gone_at, moved_to) VALUES `,
		` ON CONFLICT (period, org, kind, code) DO UPDATE SET place = excluded.place, version = excluded.version, word = excluded.word, answered = excluded.answered, gone_at = '', moved_to = ''`,
		[][]any{append(at, place, version, word, answered, "", "")}); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_lines SET gone_at = $1, moved_to = $2, version = 0, word = '', answered = 0 WHERE period = $3 AND org = $4 AND kind = $5 AND code = $6`,
		tx.Now, to, string(m), from, string(ref.Kind), ref.Code); err != nil {
		return err
	}
	it, err := itemIn(ctx, tx, m, ref)
	if err != nil {
		return err
	}
	leads, err := text(replaced(it.Leads, from, to))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE progress_items SET leads = $1 WHERE period = $2 AND kind = $3 AND code = $4`, leads, string(m), string(ref.Kind), ref.Code); err != nil {
		return err
	}
	if err := latest(ctx, tx, `SELECT kind, code FROM progress_items WHERE period = $1 AND kind = $2 AND code = $3`, string(m), string(ref.Kind), ref.Code); err != nil {
		return err
	}
	return note(ctx, tx, by, Event{Period: m, Org: from, Ref: ref, What: WasMoved, Why: why, Detail: to})
}

// replaced puts one unit into the place of another, once.
func replaced(orgs []string, from, to string) (list []string) {
	seen := false
	for _, org := range orgs {
		if org == from || org == to {
			if seen {
				continue
			}
			seen, org = true, to
		}
		list = append(list, org)
	}
	return list
}
