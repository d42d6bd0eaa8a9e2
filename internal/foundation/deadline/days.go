package deadline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// Office gives the calendar and the hours as they are now. They are kept until
// somebody changes them.
func (s *Store) Office(ctx context.Context) (o *Office, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if o, err = s.officeOf(ctx, tx); err == nil {
			s.office.Store(o)
		}
		return err
	})
	return o, err
}

// OfficeIn is Office within a transaction.
func (s *Store) OfficeIn(ctx context.Context, tx *store.Tx) (*Office, error) {
	o, err := s.officeOf(ctx, tx)
	if err == nil && o != s.office.Load() {
		// What this transaction has changed is so only once it has committed.
		tx.OnCommit(func() { s.office.Store(o) })
	}
	return o, err
}

// officeOf gives the kept Office when it is of the newest edition, else reads it.
func (s *Store) officeOf(ctx context.Context, tx *store.Tx) (*Office, error) {
	edition, err := editionIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	if o := s.office.Load(); o != nil && o.edition == edition {
		return o, nil
	}
	days, err := s.Entries(ctx, tx)
	if err != nil {
		return nil, err
	}
	years, err := s.YearsIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	hours, err := s.HoursIn(ctx, tx)
	if err != nil {
		return nil, err
	}
	o := &Office{hours: hours.Hours, edition: edition}
	var list []calendar.Day
	for _, e := range days {
		list = append(list, e.Day)
	}
	known := []int{0} // no year is known by the number of its days off alone
	for y := range years {
		known = append(known, y)
	}
	o.cal, err = calendar.New(list, known...)
	return o, err
}

// Edition is the number of the last edit of the calendar and the hours.
func (o *Office) Edition() int64 { return o.edition }

func editionIn(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(edition), 0) FROM calendar_edits`).Scan(&n)
	return n, err
}

// A CalendarEntry is a day of the calendar as it is kept.
type CalendarEntry struct {
	calendar.Day
	Pack    string        // that brings it, "" = none
	Brought *calendar.Day // as the pack last brought it, nil = made by hand
}

// Entries gives all entries of the calendar within a transaction.
func (s *Store) Entries(ctx context.Context, tx *store.Tx) (map[viet.Date]*CalendarEntry, error) {
	all := map[viet.Date]*CalendarEntry{}
	err := tx.Each(ctx, func(scan func(...any) error) error {
		e := &CalendarEntry{}
		var day, brought string
		if err := scan(&day, &e.Kind, &e.Name, &e.Act, &e.Pack, &brought); err != nil {
			return err
		}
		var err error
		if e.Date, err = isoDay(day); err != nil {
			return err
		}
		all[e.Date] = e
		if brought == "" {
			return nil
		}
		e.Brought = &calendar.Day{}
		return json.Unmarshal([]byte(brought), e.Brought)
	}, `SELECT day, kind, name, act, pack, brought FROM calendar_days`)
	return all, err
}

// YearsIn gives the years that are known, each with the pack that says so.
func (s *Store) YearsIn(ctx context.Context, tx *store.Tx) (map[int]string, error) {
	all := map[int]string{}
	err := tx.Each(ctx, func(scan func(...any) error) error {
		var year int
		var from string
		err := scan(&year, &from)
		all[year] = from
		return err
	}, `SELECT year, pack FROM calendar_years`)
	return all, err
}

// KeptHours are the hours as they are kept.
type KeptHours struct {
	Hours
	Pack    string
	Brought *Hours // as the pack last brought them, nil = made by hand, or none
}

// HoursIn gives the hours within a transaction; all nothing when nobody has said
// them.
func (s *Store) HoursIn(ctx context.Context, tx *store.Tx) (h KeptHours, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var content, brought string
		if err := scan(&content, &h.Pack, &brought); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(content), &h.Hours); err != nil || brought == "" {
			return err
		}
		h.Brought = &Hours{}
		return json.Unmarshal([]byte(brought), h.Brought)
	}, `SELECT content, pack, brought FROM office_hours WHERE id = 1`)
	return h, err
}

// Years gives the years whose days off are all there, in order.
func (s *Store) Years(ctx context.Context) ([]int, error) {
	o, err := s.Office(ctx)
	if err != nil {
		return nil, err
	}
	return o.cal.Years()[1:], nil // the first one is the year 0
}

// Days gives the entries of one year in order.
func (s *Store) Days(ctx context.Context, year int) ([]calendar.Day, error) {
	o, err := s.Office(ctx)
	if err != nil {
		return nil, err
	}
	var list []calendar.Day
	for _, d := range o.cal.Days() {
		if y, _, _ := d.Date.YMD(); y == year {
			list = append(list, d)
		}
	}
	return list, nil
}

// AnyEdition is the edition that an editor had before them when that does not
// matter.
const AnyEdition = -1

// PutDays says by hand what days are, each in a year that is known or is to
// become so. A day that somebody else has changed since the edition seen is not
// written over. Running deadlines are counted again by the next Tick.
func (s *Store) PutDays(ctx context.Context, by actor.Actor, seen int64, why string, days ...calendar.Day) error {
	return s.edit(ctx, why, func(tx *store.Tx, why string) error { return s.putDays(ctx, tx, by, seen, why, days) })
}

// AddYear says by hand what the days off of a year are, and that they are all
// there.
func (s *Store) AddYear(ctx context.Context, by actor.Actor, seen int64, why string, year int, days ...calendar.Day) error {
	if year < 2000 || year > 2200 {
		return fault.New(fault.Invalid, "deadline.year-range", year)
	}
	return s.edit(ctx, why, func(tx *store.Tx, why string) error {
		for _, d := range days {
			if y, _, _ := d.Date.YMD(); y != year {
				return fault.New(fault.Invalid, "deadline.year-other", d.Date.Display(), year)
			}
		}
		if err := s.putDays(ctx, tx, by, seen, why, days); err != nil {
			return err
		}
		return s.KeepYear(ctx, tx, by, why, year, "")
	})
}

// SetHours says by hand when the office works.
func (s *Store) SetHours(ctx context.Context, by actor.Actor, why string, h Hours) error {
	if err := h.Check(); err != nil {
		return err
	}
	return s.edit(ctx, why, func(tx *store.Tx, why string) error {
		kept, err := s.HoursIn(ctx, tx)
		if err != nil {
			return err
		}
		kept.Hours = h
		return s.KeepHours(ctx, tx, by, why, kept)
	})
}

func (s *Store) edit(ctx context.Context, why string, f func(tx *store.Tx, why string) error) error {
	why, err := Reason(why)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error { return f(tx, why) })
}

func (s *Store) putDays(ctx context.Context, tx *store.Tx, by actor.Actor, seen int64, why string, days []calendar.Day) error {
	all, err := s.Entries(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range days {
		if !d.Date.Valid() || !d.Kind.Valid() {
			return fault.New(fault.Invalid, "deadline.day-kind", d.Date.Display(), string(d.Kind))
		}
		e := CalendarEntry{}
		if have := all[d.Date]; have != nil {
			e = *have
		}
		if e.Day == d { // a form may be sent twice
			continue
		}
		if seen != AnyEdition {
			if err := unchanged(ctx, tx, seen, d.Date, e.Day); err != nil {
				return err
			}
		}
		e.Day = d
		if err := s.KeepEntry(ctx, tx, by, why, e); err != nil {
			return err
		}
	}
	return nil
}

// unchanged refuses who has not seen the last edit of a day, and says who made it,
// when, and what the day is by it.
func unchanged(ctx context.Context, tx *store.Tx, seen int64, d viet.Date, now calendar.Day) error {
	later, err := edits(ctx, tx, `what = $1 AND edition > $2 ORDER BY edition DESC LIMIT 1`, d.String(), seen)
	if err != nil || len(later) == 0 {
		return err
	}
	return fault.New(fault.Conflict, "deadline.day-changed", d.Display(), later[0].By.Name, later[0].MadeAt, kindOf(now))
}

// A kindOf says in the reader's language what a day is; one without an entry is
// what its weekday says.
type kindOf calendar.Day

// In says it.
func (d kindOf) In(l locale.Lang) string {
	if d.Kind == "" {
		return l.T("deadline.kind.none")
	}
	if d.Name == "" {
		return l.T("deadline.kind." + string(d.Kind))
	}
	return l.T("deadline.kind."+string(d.Kind)) + ", " + d.Name
}

// UndoDay makes a day what it was before an edit, by the edit's number, when
// nobody has changed the day since. It returns the day.
func (s *Store) UndoDay(ctx context.Context, by actor.Actor, edition int64, why string) (d viet.Date, err error) {
	err = s.edit(ctx, why, func(tx *store.Tx, why string) error {
		list, err := edits(ctx, tx, `edition = $1`, edition)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "deadline.no-edit", edition)
		}
		if d, err = isoDay(list[0].What); err != nil { // a year or the hours
			return fault.New(fault.NotFound, "deadline.no-edit", edition)
		}
		all, err := s.Entries(ctx, tx)
		if err != nil {
			return err
		}
		e := CalendarEntry{}
		if have := all[d]; have != nil {
			e = *have
		}
		if err := unchanged(ctx, tx, edition, d, e.Day); err != nil {
			return err
		}
		if list[0].Was == "" {
			if e.Pack != "" {
				return fault.New(fault.Conflict, "deadline.day-pack", d.Display(), e.Pack)
			}
			return s.DropEntry(ctx, tx, by, why, d)
		}
		if err := json.Unmarshal([]byte(list[0].Was), &e.Day); err != nil {
			return err
		}
		return s.KeepEntry(ctx, tx, by, why, e)
	})
	return d, err
}

// KeepEntry writes an entry of the calendar as it is given. The caller has
// checked it.
func (s *Store) KeepEntry(ctx context.Context, tx *store.Tx, by actor.Actor, why string, e CalendarEntry) error {
	was, err := s.entryText(ctx, tx, e.Date)
	if err != nil {
		return err
	}
	now, brought, err := texts(e.Day, e.Brought)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO calendar_days (day, kind, name, act, pack, brought) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name, act = excluded.act, pack = excluded.pack, brought = excluded.brought`,
		e.Date.String(), string(e.Kind), e.Name, e.Act, e.Pack, brought); err != nil {
		return err
	}
	return log(ctx, tx, by, why, e.Date.String(), was, now)
}

// DropEntry takes an entry out of the calendar: the day is what its weekday says.
func (s *Store) DropEntry(ctx context.Context, tx *store.Tx, by actor.Actor, why string, d viet.Date) error {
	was, err := s.entryText(ctx, tx, d)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM calendar_days WHERE day = $1`, d.String()); err != nil {
		return err
	}
	return log(ctx, tx, by, why, d.String(), was, "")
}

func (s *Store) entryText(ctx context.Context, tx *store.Tx, d viet.Date) (was string, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		day := calendar.Day{Date: d}
		if err := scan(&day.Kind, &day.Name, &day.Act); err != nil {
			return err
		}
		text, err := json.Marshal(day)
		was = string(text)
		return err
	}, `SELECT kind, name, act FROM calendar_days WHERE day = $1`, d.String())
	return was, err
}

// KeepYear says that all days off of a year are there; from is the pack that
// says so, "" = a person.
func (s *Store) KeepYear(ctx context.Context, tx *store.Tx, by actor.Actor, why string, year int, from string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO calendar_years (year, pack) VALUES ($1, $2) ON CONFLICT (year) DO UPDATE SET pack = excluded.pack`, year, from); err != nil {
		return err
	}
	return log(ctx, tx, by, why, strconv.Itoa(year), "", "true")
}

// DropYear says that a year is not known any more.
func (s *Store) DropYear(ctx context.Context, tx *store.Tx, by actor.Actor, why string, year int) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM calendar_years WHERE year = $1`, year); err != nil {
		return err
	}
	return log(ctx, tx, by, why, strconv.Itoa(year), "true", "")
}

// KeepHours writes the hours as they are given. The caller has checked them.
func (s *Store) KeepHours(ctx context.Context, tx *store.Tx, by actor.Actor, why string, h KeptHours) error {
	old, err := s.HoursIn(ctx, tx)
	if err != nil {
		return err
	}
	was := ""
	if old.length() > 0 {
		if was, _, err = texts[Hours](old.Hours, nil); err != nil {
			return err
		}
	}
	now, brought, err := texts(h.Hours, h.Brought)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO office_hours (id, content, pack, brought) VALUES (1, $1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET content = excluded.content, pack = excluded.pack, brought = excluded.brought`, now, h.Pack, brought); err != nil {
		return err
	}
	return log(ctx, tx, by, why, "hours", was, now)
}

// texts writes a value and how it was brought, "" = never.
func texts[T any](now T, brought *T) (string, string, error) {
	a, err := json.Marshal(now)
	if err != nil || brought == nil {
		return string(a), "", err
	}
	b, err := json.Marshal(brought)
	return string(a), string(b), err
}

// log keeps an edit of the calendar under the next edition's number.
func log(ctx context.Context, tx *store.Tx, by actor.Actor, why, what, was, now string) error {
	edition, err := editionIn(ctx, tx)
	if err != nil {
		return err
	}
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO calendar_edits (edition, what, was, now_is, why, by_actor, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		edition+1, what, was, now, why, string(who), tx.Now)
	return err
}

// An Edit is one change of the calendar or the hours.
type Edit struct {
	Edition  int64
	What     string // a day yyyy-mm-dd, a year, or "hours"
	Was, Now string // JSON: calendar.Day, true of a year, or Hours; "" = nothing
	Why      string
	By       actor.Actor
	MadeAt   time.Time
}

// YearHistory gives the changes of the days of a year, and of whether it is
// known, the newest first.
func (s *Store) YearHistory(ctx context.Context, year, limit int) (list []Edit, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = edits(ctx, tx, `what LIKE $1 ORDER BY edition DESC LIMIT `+fmt.Sprint(min(limit, mostLimit)), strconv.Itoa(year)+"%")
		return err
	})
	return list, err
}

// CalendarHistory gives the changes of the calendar and the hours, the newest
// first; before is the edition of the last one seen, 0 = none.
func (s *Store) CalendarHistory(ctx context.Context, before int64, limit int) (list []Edit, err error) {
	if limit <= 0 {
		limit = usualLimit
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = edits(ctx, tx, `edition < $1 OR $1 = 0 ORDER BY edition DESC LIMIT `+fmt.Sprint(min(limit, mostLimit)), before)
		return err
	})
	return list, err
}

func edits(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Edit, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var e Edit
		var who, made string
		if err := scan(&e.Edition, &e.What, &e.Was, &e.Now, &e.Why, &who, &made); err != nil {
			return err
		}
		err := errors.Join(json.Unmarshal([]byte(who), &e.By), store.StampInto(&e.MadeAt, made))
		list = append(list, e)
		return err
	}, `SELECT edition, what, was, now_is, why, by_actor, made_at FROM calendar_edits WHERE `+where, args...)
	return list, err
}
