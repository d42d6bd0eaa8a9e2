package dutydesk

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/issue"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// What the law's clocks and the calendar of working days are to the policies:
// reference data, put into force by who puts code lists into force.
var (
	Clocks   = policy.What{Kind: policy.KindCodeList, ID: "clocks"}
	Calendar = policy.What{Kind: policy.KindCodeList, ID: "calendar"}
)

// Edits reports whether the caller may change clocks and the calendar, and move
// and call off deadlines.
func (d *Desk) Edits(ctx context.Context) bool { return d.Door.Can(ctx, policy.EditContract, Clocks) }

// seesAll reports whether the caller sees the deadlines of everybody: who keeps
// the clocks, and who approves what others propose.
func (d *Desk) seesAll(ctx context.Context) bool {
	return d.Edits(ctx) || could(d.Door.Asks(ctx, policy.Approve, Clocks))
}

// seesDeadline reports whether the caller sees a deadline: their own, their
// agency's or one that their post covers, and those of issues that they see.
func (d *Desk) seesDeadline(ctx context.Context, one *deadline.Deadline) (bool, error) {
	c := door.From(ctx)
	theirs := c.Who.Kind == "person" && mine(ctx, one.Org) // not of a company or a program that works for it
	if one.Account != "" && one.Account == c.Who.ID || theirs || d.seesAll(ctx) {
		return true, nil
	}
	if one.Kind != issue.SubjectKind {
		return false, nil
	}
	i, err := d.Issues.Get(ctx, one.Subject.ID)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	con, err := d.Contracts.Current(ctx, i.Dataset)
	return err == nil && d.reaches(ctx, con) == all, err
}

// mostSeen is how many deadlines are looked at for one page of a list.
const mostSeen = 5000

// ListDeadlines lists deadlines that the caller sees, by the time they are due.
func (d *Desk) ListDeadlines(ctx context.Context, f deadline.Filter) (list []*deadline.Deadline, next string, err error) {
	d.Door.Sift(ctx, policy.OwnAccount)
	seen := 0
	for most := f.Limit; len(list) < most && seen < mostSeen; {
		f.Limit = most - len(list)
		page, after, err := d.Deadlines.List(ctx, f)
		if err != nil {
			return nil, "", err
		}
		seen += len(page)
		for _, one := range page {
			ok, err := d.seesDeadline(ctx, one)
			if err != nil {
				return nil, "", err
			}
			if ok {
				list = append(list, one)
			}
		}
		if f.After, next = after, after; next == "" {
			break
		}
	}
	return list, next, nil
}

// Rules are the rules of deadlines, by the deadline's id: each as it stood when the
// deadline was started.
func (d *Desk) Rules(ctx context.Context, all []*deadline.Deadline) (map[string]deadline.Clock, error) {
	type version struct {
		clock  string
		number int
	}
	read, rules := map[version]deadline.Clock{}, map[string]deadline.Clock{}
	for _, one := range all {
		v := version{one.Clock, one.Version}
		rule, there := read[v]
		if !there {
			var err error
			if rule, err = d.Deadlines.Version(ctx, v.clock, v.number); err != nil {
				return nil, err
			}
			read[v] = rule
		}
		rules[one.ID] = rule
	}
	return rules, nil
}

// A Duty is one deadline as the caller sees it, and what they may do about it.
type Duty struct {
	*deadline.Deadline
	Rule    deadline.Clock // the version under which it was started
	History []deadline.Entry
	Pauses  bool // may pause and resume it
	Moves   bool // may move it and call it off
}

// FindDeadline finds a deadline that the caller sees. To whom it is hidden it is
// not there.
func (d *Desk) FindDeadline(ctx context.Context, id string) (*Duty, error) {
	d.Door.Sift(ctx, policy.OwnAccount)
	one, err := d.Deadlines.Get(ctx, id)
	ok := false
	if err == nil {
		ok, err = d.seesDeadline(ctx, one)
	} else if fault.KindOf(err) == fault.NotFound {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, d.noted(ctx, policy.OwnAccount, policy.What{Kind: policy.KindSelf, ID: "deadline " + short(id)}, fault.New(fault.NotFound, "deadline.unknown", id), nil)
	}
	v := &Duty{Deadline: one, Moves: d.Edits(ctx)}
	v.Pauses = v.Moves
	if !v.Moves && one.Kind == issue.SubjectKind {
		l, err := d.Find(ctx, one.Subject.ID)
		if fault.KindOf(err) != fault.NotFound && err != nil {
			return nil, err
		}
		v.Pauses = err == nil && l.Assign
	}
	if v.Rule, err = d.Deadlines.Version(ctx, one.Clock, one.Version); err != nil {
		return nil, err
	}
	v.History, err = d.Deadlines.History(ctx, id)
	return v, err
}

// What is done to a deadline.
const (
	Pause  = "pause"
	Resume = "resume"
	Move   = "move"
	Cancel = "cancel"
)

// ActOn does something to a deadline: pausing and resuming one of an issue is for
// who confirms batches of its data set; the rest for who keeps the clocks. to is
// the new day of Move, why the reason of all but Resume.
func (d *Desk) ActOn(ctx context.Context, id, what, why string, to time.Time) (*Duty, error) {
	d.Door.Sift(ctx, policy.EditContract)
	v, err := d.FindDeadline(ctx, id)
	if err != nil {
		return nil, err
	}
	if may := v.Moves || v.Pauses && (what == Pause || what == Resume); !may {
		return nil, d.refused(ctx, policy.EditContract, Clocks)
	}
	by := door.Actor(ctx)
	err = d.Control.Write(ctx, func(tx *store.Tx) (err error) {
		switch what {
		case Pause:
			_, err = d.Deadlines.PauseIn(ctx, tx, by, id, why)
		case Resume:
			_, err = d.Deadlines.ResumeIn(ctx, tx, by, id)
		case Move:
			_, err = d.Deadlines.MoveIn(ctx, tx, by, id, to, why)
		case Cancel:
			_, err = d.Deadlines.CancelIn(ctx, tx, by, id, why)
		default:
			err = fault.New(fault.NotFound, "page.no-such-page")
		}
		if err == nil && v.Kind == issue.SubjectKind {
			err = d.Issues.Settle(ctx, tx, v.Subject.ID)
		}
		return err
	})
	detail := map[string]string{"change": what, "deadline": id, "clock": v.Clock, "reason": short(reason.Noted(why))}
	if err := d.noted(ctx, policy.EditContract, Clocks, err, detail); err != nil {
		return nil, err
	}
	return d.FindDeadline(ctx, id)
}

// PutClock adds a version of a clock. base is the version that the editor had
// before them: when another has come since, nothing is overwritten
// ("duties.clock-changed").
func (d *Desk) PutClock(ctx context.Context, base int, why string, def deadline.Definition) (c deadline.Clock, err error) {
	if _, err := d.Door.May(ctx, policy.EditContract, Clocks); err != nil {
		return c, err
	}
	err = d.putClock(ctx, base, why, def)
	err = d.noted(ctx, policy.EditContract, Clocks, err, map[string]string{"change": "clock", "clock": short(def.ID), "reason": short(reason.Noted(why))})
	if err != nil {
		return c, err
	}
	return d.Deadlines.Clock(ctx, def.ID)
}

func (d *Desk) putClock(ctx context.Context, base int, why string, def deadline.Definition) error {
	why, err := deadline.Reason(why)
	if err != nil {
		return err
	}
	if err := def.Check(); err != nil {
		return err
	}
	return d.Control.Write(ctx, func(tx *store.Tx) error {
		heads, err := d.Deadlines.Heads(ctx, tx)
		if err != nil {
			return err
		}
		h := heads[def.ID]
		switch {
		case h == nil && base == 0: // a new one
			h = &deadline.Head{}
		case h == nil:
			return fault.New(fault.NotFound, "deadline.clock.unknown", def.ID)
		case h.Clock.Definition == def:
			return nil // as it is: a form may be sent twice
		case h.Clock.Version != base:
			return fault.New(fault.Conflict, "duties.clock-changed", def.ID, h.Clock.By.Name, h.Clock.MadeAt)
		}
		h.Clock.Definition = def
		return d.Deadlines.KeepClock(ctx, tx, door.Actor(ctx), why, "", *h)
	})
}

// PutDays says what days are. A year that is not known becomes known when whole
// is set: all its days off are there. seen is the edition of the calendar that the
// editor had before them, deadline.AnyEdition when that does not matter.
func (d *Desk) PutDays(ctx context.Context, year int, whole bool, seen int64, why string, days []calendar.Day) error {
	if _, err := d.Door.May(ctx, policy.EditContract, Calendar); err != nil {
		return err
	}
	years, err := d.Deadlines.Years(ctx)
	if err != nil {
		return err
	}
	by := door.Actor(ctx)
	known := slices.Contains(years, year)
	switch wrong := slices.IndexFunc(days, func(day calendar.Day) bool { y, _, _ := day.Date.YMD(); return y != year }); {
	case wrong >= 0:
		err = fault.New(fault.Invalid, "deadline.year-other", days[wrong].Date.Display(), year)
	case len(days) == 0 && (known || !whole):
		err = fault.New(fault.Invalid, "duties.no-day")
	case known || !whole:
		err = d.Deadlines.PutDays(ctx, by, seen, why, days...)
	default:
		err = d.Deadlines.AddYear(ctx, by, seen, why, year, days...)
	}
	detail := map[string]string{"change": "calendar", "reason": short(reason.Noted(why))}
	for _, day := range days[:min(len(days), 10)] {
		detail["days"] = strings.TrimSpace(detail["days"] + " " + day.Date.String())
	}
	return d.noted(ctx, policy.EditContract, Calendar, err, detail)
}

// UndoDay makes a day of the calendar what it was before an edit, and returns the
// day. Without a reason it says what it is.
func (d *Desk) UndoDay(ctx context.Context, edition int64, why string) (viet.Date, error) {
	if _, err := d.Door.May(ctx, policy.EditContract, Calendar); err != nil {
		return 0, err
	}
	if strings.TrimSpace(why) == "" {
		why = locale.From(ctx).T("duties.day.undo-why")
	}
	day, err := d.Deadlines.UndoDay(ctx, door.Actor(ctx), edition, why)
	return day, d.noted(ctx, policy.EditContract, Calendar, err, map[string]string{"change": "calendar", "undone": strconv.FormatInt(edition, 10)})
}

// MostDayChanges is how many changes of a year are told.
const MostDayChanges = 50

// A DayChange is a change of one day of a year, or of whether the year is known.
type DayChange struct {
	deadline.Edit
	Day           *viet.Date    // nil: the year as a whole
	Before, After *calendar.Day // of a day; nil: as its weekday says
	Undo          bool          // nobody has changed the day since
}

// DayChanges tells who has changed the days of a year, the newest first.
func (d *Desk) DayChanges(ctx context.Context, year int) (list []DayChange, err error) {
	all, err := d.Deadlines.YearHistory(ctx, year, MostDayChanges)
	if err != nil {
		return nil, err
	}
	last := map[viet.Date]bool{}
	for _, e := range all {
		c := DayChange{Edit: e}
		if on, _, bad := viet.ParseDate([]byte(e.What)); bad == nil {
			c.Day, c.Undo = &on, !last[on]
			last[on] = true
			if c.Before, err = entry(e.Was); err != nil {
				return nil, err
			}
			if c.After, err = entry(e.Now); err != nil {
				return nil, err
			}
		}
		list = append(list, c)
	}
	return list, nil
}

// entry reads an entry of the calendar as an edit has kept it.
func entry(text string) (*calendar.Day, error) {
	if text == "" {
		return nil, nil
	}
	d := &calendar.Day{}
	return d, json.Unmarshal([]byte(text), d)
}

// Closing is a day as a deadline is moved to it: its last moment in Viet Nam,
// which the deadline brings to closing time where it counts days.
func Closing(day viet.Date) time.Time { return (day + 1).Time().Add(-time.Second) }
