package progress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Store keeps periods in the control database.
type Store struct {
	db        *store.DB
	deadlines *deadline.Store
	notices   *notify.Store
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB, deadlines *deadline.Store, notices *notify.Store) *Store {
	return &Store{control, deadlines, notices}
}

// Now is the time by which periods are judged.
func (s *Store) Now() time.Time { return s.db.Now() }

// Open opens a period: each item becomes a line in the sheet of every unit that leads
// it; each sheet has a clock, and its unit is told. A month that is there already, or
// that lies before one that is closed, is a fault.
func (s *Store) Open(ctx context.Context, by actor.Actor, p Plan, items []Item) (out *Period, err error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fault.New(fault.Invalid, "progress.no-items")
	}
	if items, err = checked(items); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		var same, later int
		if err := tx.QueryRowContext(ctx, `
			SELECT coalesce(sum(CASE WHEN period = $1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN period > $1 AND state = 'closed' THEN 1 ELSE 0 END), 0)
			FROM progress_periods`, string(p.Period)).Scan(&same, &later); err != nil {
			return err
		}
		switch {
		case same > 0:
			return fault.New(fault.Conflict, "progress.there", p.Period.Words())
		case later > 0:
			return fault.New(fault.Conflict, "progress.chained", p.Period.Words())
		}
		for _, c := range Clocks() {
			if err := s.deadlines.OwnIn(ctx, tx, c); err != nil {
				return err
			}
		}
		out = &Period{Plan: p, State: Open, OpenedBy: by, OpenedAt: tx.Time}
		d, err := s.startClose(ctx, tx, by, out)
		if err != nil {
			return err
		}
		who, err := text(by)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO progress_periods (period, lead_org, cut, state, opened_by, opened_at, due_at, deadline, closed_by, closed_at, header, hash)
			VALUES ($1, $2, $3, $4, $5, $6, '', $7, '', '', '', '')`, string(p.Period), p.Lead, p.Cut, string(Open), who, tx.Now, d.ID); err != nil {
			return err
		}
		sheets, err := s.hand(ctx, tx, by, out, items)
		if err != nil {
			return err
		}
		for _, due := range sheets {
			out.DueAt = due
		}
		if _, err := tx.ExecContext(ctx, `UPDATE progress_periods SET due_at = $1 WHERE period = $2`, store.Stamp(out.DueAt), string(p.Period)); err != nil {
			return err
		}
		if err := note(ctx, tx, by, Event{Period: p.Period, What: WasOpened, Detail: strconv.Itoa(len(items))}); err != nil {
			return err
		}
		out, err = periodIn(ctx, tx, p.Period)
		return err
	})
	return out, err
}

// checked puts items in order; one that is there twice is a fault.
func checked(items []Item) ([]Item, error) {
	if len(items) > mostItems {
		return nil, fault.New(fault.TooLarge, "progress.many-items", mostItems)
	}
	items = slices.Clone(items)
	seen, lines := map[Ref]bool{}, 0
	for i := range items {
		it := &items[i]
		if err := it.check(); err != nil {
			return nil, err
		}
		if seen[it.Ref] {
			return nil, fault.New(fault.Invalid, "progress.twice", it.Code)
		}
		seen[it.Ref] = true
		var leads []string
		for _, org := range it.Leads {
			if !slices.Contains(leads, org) {
				leads = append(leads, org)
			}
		}
		it.Leads = leads
		lines += len(leads)
	}
	if lines > mostLines {
		return nil, fault.New(fault.TooLarge, "progress.many-lines", mostLines)
	}
	return items, nil
}

// hand writes items that are not in the period yet and their lines, with a sheet for
// each unit that had none. It gives when the new sheets are due, by unit.
func (s *Store) hand(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, items []Item) (map[string]time.Time, error) {
	have := map[string]bool{}
	list, err := sheets(ctx, tx, `s.period = $1`, string(p.Period))
	if err != nil {
		return nil, err
	}
	for _, sh := range list {
		have[sh.Org] = true
	}
	made := map[string]time.Time{}
	var itemRows, lineRows [][]any
	for _, it := range items {
		leads, err := text(it.Leads)
		if err != nil {
			return nil, err
		}
		itemRows = append(itemRows, []any{string(p.Period), string(it.Kind), it.Code, it.Title, leads, ""})
		for place, org := range it.Leads {
			if !have[org] {
				made[org] = time.Time{}
			}
			lineRows = append(lineRows, []any{string(p.Period), org, string(it.Kind), it.Code, place, 0, "", 0, "", ""})
		}
	}
	for _, org := range slices.Sorted(maps.Keys(made)) {
		if made[org], err = s.receive(ctx, tx, by, p, org); err != nil {
			return nil, err
		}
	}
	// A unit that led the item before it was removed has its line there still: it stands
	// in the sheet again, with what was said.
	return made, errors.Join(
		insertMany(ctx, tx, `INSERT INTO progress_items (period, kind, code, title, leads, removed_at) VALUES `,
			` ON CONFLICT (period, kind, code) DO UPDATE SET title = excluded.title, leads = excluded.leads, removed_at = ''`, itemRows),
		insertMany(ctx, tx, `INSERT INTO progress_lines (period, org, kind, code, place, version, word, answered, gone_at, moved_to) VALUES `,
			` ON CONFLICT (period, org, kind, code) DO UPDATE SET place = excluded.place, gone_at = '', moved_to = ''`, lineRows))
}

// AddItems puts further items into an open period. Sheets that were sent or approved
// go back to their units with the reason.
func (s *Store) AddItems(ctx context.Context, by actor.Actor, m Month, items []Item, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	if items, err = checked(items); err != nil {
		return err
	}
	return s.period(ctx, m, func(tx *store.Tx, p *Period) error {
		if err := open(p); err != nil {
			return err
		}
		touched := map[string]bool{}
		for _, it := range items {
			have, err := itemIn(ctx, tx, m, it.Ref)
			switch {
			case err == nil && !have.Removed:
				return fault.New(fault.Conflict, "progress.item-there", it.Code)
			case err != nil && !fault.Is(err, "progress.no-item"):
				return err
			}
			for _, org := range it.Leads {
				touched[org] = true
			}
			if err := note(ctx, tx, by, Event{Period: m, Ref: it.Ref, What: WasAdded, Why: why}); err != nil {
				return err
			}
		}
		made, err := s.hand(ctx, tx, by, p, items)
		if err != nil {
			return err
		}
		for _, org := range slices.Sorted(maps.Keys(touched)) {
			if _, ok := made[org]; ok {
				continue
			}
			if err := s.reopen(ctx, tx, by, p, org, why); err != nil {
				return err
			}
		}
		return nil
	})
}

// reopen sends a sheet back into which lines have come, unless it is being filled.
func (s *Store) reopen(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org, why string) error {
	sh, err := sheetIn(ctx, tx, p.Period, org)
	if err != nil || sh.Fills() {
		return err
	}
	return s.back(ctx, tx, by, p, sh, why)
}

// RemoveItem takes an item out of an open period. What was said of it stays as
// history; what comes later is kept as late.
func (s *Store) RemoveItem(ctx context.Context, by actor.Actor, m Month, ref Ref, why string) error {
	why, err := given(why)
	if err != nil {
		return err
	}
	return s.period(ctx, m, func(tx *store.Tx, p *Period) error {
		if err := open(p); err != nil {
			return err
		}
		it, err := itemIn(ctx, tx, m, ref)
		if err != nil {
			return err
		}
		if it.Removed {
			return fault.New(fault.NotFound, "progress.no-item", ref.Code)
		}
		for _, query := range []string{
			`UPDATE progress_items SET removed_at = $1 WHERE period = $2 AND kind = $3 AND code = $4`,
			`UPDATE progress_lines SET gone_at = $1 WHERE period = $2 AND kind = $3 AND code = $4 AND gone_at = ''`,
		} {
			if _, err := tx.ExecContext(ctx, query, tx.Now, string(m), string(ref.Kind), ref.Code); err != nil {
				return err
			}
		}
		return note(ctx, tx, by, Event{Period: m, Ref: ref, What: WasRemoved, Why: why})
	})
}

// period runs one step on a period in a transaction of its own.
func (s *Store) period(ctx context.Context, m Month, step func(*store.Tx, *Period) error) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		p, err := periodIn(ctx, tx, m)
		if err != nil {
			return err
		}
		return step(tx, p)
	})
}

// sheet runs one step on a sheet in a transaction of its own.
func (s *Store) sheet(ctx context.Context, m Month, org string, step func(*store.Tx, *Period, *Sheet) error) error {
	return s.period(ctx, m, func(tx *store.Tx, p *Period) error {
		sh, err := sheetIn(ctx, tx, m, org)
		if err != nil {
			return err
		}
		return step(tx, p, sh)
	})
}

// open refuses to change what is closed.
func open(p *Period) error {
	if p.State != Open {
		return fault.New(fault.Conflict, "progress.over", p.Period.Words())
	}
	return nil
}

// Get gives one period; one that is not there is a fault "progress.unknown".
func (s *Store) Get(ctx context.Context, m Month) (p *Period, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		p, err = periodIn(ctx, tx, m)
		return err
	})
	return p, err
}

// List gives all periods, the newest first.
func (s *Store) List(ctx context.Context) (list []*Period, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = periods(ctx, tx, `1 = 1`)
		return err
	})
	return list, err
}

// Items gives the items of a period, removed ones too, by kind and code.
func (s *Store) Items(ctx context.Context, m Month) (list []Item, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = items(ctx, tx, `period = $1`, string(m))
		return err
	})
	return list, err
}

// Sheets gives the sheets of a period by unit.
func (s *Store) Sheets(ctx context.Context, m Month) (list []*Sheet, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = sheets(ctx, tx, `s.period = $1`, string(m))
		return err
	})
	return list, err
}

// SheetsOf gives the sheets of a unit, the newest period first.
func (s *Store) SheetsOf(ctx context.Context, org string) (list []*Sheet, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list, err = sheets(ctx, tx, `s.org = $1`, org)
		return err
	})
	slices.SortStableFunc(list, func(a, b *Sheet) int { return strings.Compare(string(b.Period), string(a.Period)) })
	return list, err
}

// Sheet gives one sheet with its lines by kind and code, each with what was said and
// what waits to be settled. Words said late of items that were removed come in lines
// that are marked so.
func (s *Store) Sheet(ctx context.Context, m Month, org string) (sh *Sheet, list []Line, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		if sh, err = sheetIn(ctx, tx, m, org); err != nil {
			return err
		}
		list, err = linesOf(ctx, tx, m, org)
		return err
	})
	return sh, list, err
}

func linesOf(ctx context.Context, tx *store.Tx, m Month, org string) ([]Line, error) {
	current := map[Ref]*Word{}
	waiting := map[Ref][]*Word{}
	err := eachWord(ctx, tx, func(w *Word) error {
		if w.Outcome == Kept {
			current[w.Ref] = w
		} else {
			waiting[w.Ref] = append(waiting[w.Ref], w)
		}
		return nil
	}, `period = $1 AND org = $2 AND (settled = '' AND outcome IN ('conflict', 'late') OR id IN (SELECT word FROM progress_lines WHERE period = $1 AND org = $2)) ORDER BY id`, string(m), org)
	if err != nil {
		return nil, err
	}
	before := map[Ref]*Word{}
	err = eachWord(ctx, tx, func(w *Word) error {
		before[w.Ref] = w // the newest comes last
		return nil
	}, `org = $1 AND counted = 1 AND no_news = 0 AND period < $2 AND (kind, code) IN (SELECT kind, code FROM progress_lines WHERE period = $2 AND org = $1) ORDER BY period, id`, org, string(m))
	if err != nil {
		return nil, err
	}
	var list []Line
	err = tx.Each(ctx, func(scan func(...any) error) error {
		l := Line{Org: org}
		var kind, leads, gone string
		if err := scan(&kind, &l.Code, &l.Title, &leads, &l.Place, &l.Version, &gone); err != nil {
			return err
		}
		l.Kind, l.Removed = Kind(kind), gone != ""
		if l.Removed && len(waiting[l.Ref]) == 0 {
			return nil
		}
		l.Word, l.Before = current[l.Ref], before[l.Ref]
		for _, w := range waiting[l.Ref] {
			if w.Outcome == Conflict {
				l.Conflicts = append(l.Conflicts, w)
			} else {
				l.Late = append(l.Late, w)
			}
		}
		err := store.JSONInto(&l.Leads, leads)
		list = append(list, l)
		return err
	}, `SELECT l.kind, l.code, i.title, i.leads, l.place, l.version, l.gone_at FROM progress_lines l
		JOIN progress_items i ON i.period = l.period AND i.kind = l.kind AND i.code = l.code
		WHERE l.period = $1 AND l.org = $2 AND l.moved_to = '' ORDER BY l.kind, l.code`, string(m), org)
	return list, err
}

// Events gives what was done with a period beside its words, the oldest first; org and
// ref narrow it to a unit and an item, where they say something.
func (s *Store) Events(ctx context.Context, m Month, org string, ref Ref) (list []Event, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var e Event
			var period, kind, what, by, at string
			if err := scan(&e.ID, &period, &e.Org, &kind, &e.Code, &what, &e.Why, &e.Detail, &by, &at); err != nil {
				return err
			}
			e.Period, e.Kind, e.What = Month(period), Kind(kind), What(what)
			err := errors.Join(store.JSONInto(&e.By, by), store.StampInto(&e.At, at))
			list = append(list, e)
			return err
		}, `SELECT id, period, org, kind, code, what, why, detail, by_actor, happened_at FROM progress_events
			WHERE period = $1 AND ($2 = '' OR org = $2 OR detail = $2) AND ($3 = '' OR kind = $3 AND code = $4) ORDER BY id`, string(m), org, string(ref.Kind), ref.Code)
	})
	return list, err
}

// note keeps an event.
func note(ctx context.Context, tx *store.Tx, by actor.Actor, e Event) error {
	who, err := text(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO progress_events (id, period, org, kind, code, what, why, detail, by_actor, happened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		newID(), string(e.Period), e.Org, string(e.Kind), e.Code, string(e.What), e.Why, e.Detail, who, tx.Now)
	return err
}

func newID() string { return strings.ToLower(ulid.Make().String()) }

func periodIn(ctx context.Context, tx *store.Tx, m Month) (*Period, error) {
	list, err := periods(ctx, tx, `period = $1`, string(m))
	return store.First(list, err, fault.New(fault.NotFound, "progress.unknown", string(m)))
}

func periods(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Period, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var p Period
		var month, state, openedBy, opened, due, closedBy, closed string
		if err := scan(&month, &p.Lead, &p.Cut, &state, &openedBy, &opened, &due, &p.Deadline, &closedBy, &closed, &p.Header, &p.Hash); err != nil {
			return err
		}
		p.Period, p.State = Month(month), State(state)
		list = append(list, &p)
		if err := errors.Join(store.JSONInto(&p.OpenedBy, openedBy), store.JSONInto(&p.ClosedBy, closedBy), store.StampInto(&p.OpenedAt, opened),
			store.StampInto(&p.DueAt, due), store.StampInto(&p.ClosedAt, closed)); err != nil {
			return fmt.Errorf("period %s: %w", month, err)
		}
		return nil
	}, `SELECT period, lead_org, cut, state, opened_by, opened_at, due_at, deadline, closed_by, closed_at, header, hash
		FROM progress_periods WHERE `+where+` ORDER BY period DESC`, args...)
	return list, err
}

func itemIn(ctx context.Context, tx *store.Tx, m Month, ref Ref) (Item, error) {
	list, err := items(ctx, tx, `period = $1 AND kind = $2 AND code = $3`, string(m), string(ref.Kind), ref.Code)
	return store.First(list, err, fault.New(fault.NotFound, "progress.no-item", ref.Code))
}

func items(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Item, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var it Item
		var kind, leads, removed string
		if err := scan(&kind, &it.Code, &it.Title, &leads, &removed); err != nil {
			return err
		}
		it.Kind, it.Removed = Kind(kind), removed != ""
		err := store.JSONInto(&it.Leads, leads)
		list = append(list, it)
		return err
	}, `SELECT kind, code, title, leads, removed_at FROM progress_items WHERE `+where+` ORDER BY kind, code`, args...)
	return list, err
}

func sheetIn(ctx context.Context, tx *store.Tx, m Month, org string) (*Sheet, error) {
	list, err := sheets(ctx, tx, `s.period = $1 AND s.org = $2`, string(m), org)
	return store.First(list, err, fault.New(fault.NotFound, "progress.no-sheet", org))
}

func sheets(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*Sheet, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var sh Sheet
		var month, state, due, sentBy, sent, decidedBy, decided string
		var nothing int
		if err := scan(&month, &sh.Org, &state, &nothing, &sh.Deadline, &due, &sh.Approval, &sh.Times, &sentBy, &sent, &decidedBy, &decided, &sh.Said, &sh.MovedTo,
			&sh.Lines, &sh.Answered, &sh.Conflicts, &sh.Late); err != nil {
			return err
		}
		sh.Period, sh.State, sh.Nothing = Month(month), SheetState(state), nothing == 1
		list = append(list, &sh)
		if err := errors.Join(store.JSONInto(&sh.SentBy, sentBy), store.JSONInto(&sh.DecidedBy, decidedBy), store.StampInto(&sh.DueAt, due),
			store.StampInto(&sh.SentAt, sent), store.StampInto(&sh.DecidedAt, decided)); err != nil {
			return fmt.Errorf("sheet of %s: %w", sh.Org, err)
		}
		return nil
	}, `SELECT s.period, s.org, s.state, s.no_news, s.deadline, s.due_at, s.approval, s.times, s.sent_by, s.sent_at, s.decided_by, s.decided_at, s.said, s.moved_to,
			(SELECT count(*) FROM progress_lines l WHERE l.period = s.period AND l.org = s.org AND l.gone_at = ''),
			(SELECT count(*) FROM progress_lines l WHERE l.period = s.period AND l.org = s.org AND l.gone_at = '' AND l.answered = 1),
			(SELECT count(*) FROM progress_words w WHERE w.period = s.period AND w.org = s.org AND w.settled = '' AND w.outcome = 'conflict'),
			(SELECT count(*) FROM progress_words w WHERE w.period = s.period AND w.org = s.org AND w.settled = '' AND w.outcome = 'late')
		FROM progress_sheets s WHERE `+where+` ORDER BY s.org`, args...)
	return list, err
}

// rowsAtOnce is how many rows one statement of insertMany brings: on a server each
// statement is a round trip, and SQLite bounds how many values one may have.
const rowsAtOnce = 200

// insertMany writes rows with few statements. head ends in VALUES, tail follows them.
func insertMany(ctx context.Context, tx *store.Tx, head, tail string, rows [][]any) error {
	for part := range slices.Chunk(rows, rowsAtOnce) {
		var b strings.Builder
		b.WriteString(head)
		args := make([]any, 0, len(part)*len(part[0]))
		for i, row := range part {
			b.WriteString(strings.Repeat(",", min(i, 1)) + "(")
			for j, v := range row {
				args = append(args, v)
				b.WriteString(strings.Repeat(",", min(j, 1)) + "$" + strconv.Itoa(len(args)))
			}
			b.WriteByte(')')
		}
		b.WriteString(tail)
		if _, err := tx.ExecContext(ctx, b.String(), args...); err != nil {
			return err
		}
	}
	return nil
}

// text writes a value as JSON for a column.
func text(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
