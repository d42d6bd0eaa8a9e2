// Package clockpack takes the clocks of duties, the calendar of working days and
// the office's hours from packs: files of kind "Clocks". A pack owns what it
// brings; what an administrator has changed since stays as it is, as a whole, and
// the plan says so: the number of a limit belongs together with the act that it
// comes from. What a pack no longer holds is retired: no new deadline begins under
// it, those that run keep it.
package clockpack

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// KindName is the kind of a file of clocks in a pack.
const KindName = "Clocks"

// Kind takes clocks and the calendar from packs into a store.
func Kind(s *deadline.Store) pack.Kind { return kind{s} }

type kind struct{ s *deadline.Store }

func (kind) Name() string { return KindName }

// A step is what Diff hands to Apply. Nothing in it is nothing to do.
type step struct {
	head  *deadline.Head
	from  string // pack that says so, "" = a person
	keep  []deadline.CalendarEntry
	drop  []viet.Date
	year  int // to be known, 0 = none
	gone  int // not to be known any more, 0 = none
	hours *deadline.KeptHours
}

// A comparer holds what is found.
type comparer struct {
	pack     string
	changes  []pack.Change
	problems []pack.Problem
}

// Diff reads the files and compares them with what is there.
func (k kind) Diff(ctx context.Context, tx *store.Tx, p *pack.Pack, docs []pack.Document) ([]pack.Change, []pack.Problem, error) {
	all, problems := parse(p, docs)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	c := comparer{pack: p.ID}
	heads, err := k.s.Heads(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	for i := range all.clocks {
		c.clock(&all.clocks[i], heads)
	}
	c.goneClocks(heads, func(id string) bool {
		return slices.ContainsFunc(all.clocks, func(it item) bool { return it.clock.ID == id })
	})
	entries, years, hours, err := k.calendar(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	c.days(&all, entries, years)
	if all.hours != nil {
		c.hours(&all, hours)
	}
	return c.changes, c.problems, nil
}

func (k kind) calendar(ctx context.Context, tx *store.Tx) (entries map[viet.Date]*deadline.CalendarEntry, years map[int]string, hours deadline.KeptHours, err error) {
	if entries, err = k.s.Entries(ctx, tx); err != nil {
		return nil, nil, hours, err
	}
	if years, err = k.s.YearsIn(ctx, tx); err != nil {
		return nil, nil, hours, err
	}
	hours, err = k.s.HoursIn(ctx, tx)
	return entries, years, hours, err
}

// clock compares one clock of the pack with what is there.
func (c *comparer) clock(it *item, heads map[string]*deadline.Head) {
	def := it.clock
	change := pack.Change{Kind: KindName, ID: def.ID, Name: def.DutyVi, Path: it.from.Path, Action: pack.Added}
	head := deadline.Head{Pack: c.pack, Brought: &def}
	head.Clock.Definition = def
	do := step{head: &head, from: c.pack}
	if have := heads[def.ID]; have != nil {
		if have.Pack != "" && have.Pack != c.pack {
			c.problems = append(c.problems, it.problem(fault.New(fault.Conflict, "deadline.pack.other", def.ID, have.Pack)))
			return
		}
		was := have.Clock.Definition
		byHand := (have.Brought == nil || was != *have.Brought) && was != def
		switch {
		case byHand:
			err := fault.New(fault.Conflict, "deadline.pack.kept", def.ID, limit{was}, limit{def})
			c.problems = append(c.problems, warning(it.from, it.where, err))
			head.Clock.Definition, do.from = was, ""
			change.Action, change.Details = pack.Same, []pack.Detail{said("deadline.pack.kept", def.ID, limit{was}, limit{def})}
			if have.Pack == c.pack && !have.Retired && have.Brought != nil && *have.Brought == def {
				do = step{}
			}
		case was == def && have.Pack == c.pack && !have.Retired && have.Brought != nil && *have.Brought == def:
			change.Action, do = pack.Same, step{}
		case was == def:
			change.Action = pack.Changed
		default:
			change.Action, change.Details = pack.Changed, []pack.Detail{said("deadline.pack.changes", limit{was}, limit{def})}
		}
	}
	change.Content = do
	c.changes = append(c.changes, change)
}

// goneClocks retires the pack's clocks that it no longer holds.
func (c *comparer) goneClocks(heads map[string]*deadline.Head, held func(id string) bool) {
	for _, id := range slices.Sorted(maps.Keys(heads)) {
		have := heads[id]
		if have.Pack != c.pack || held(id) {
			continue
		}
		head := *have
		head.Pack, head.Retired = "", true
		detail := said("deadline.pack.retired")
		detail.Breaking = true
		c.changes = append(c.changes, pack.Change{
			Kind: KindName, ID: id, Name: have.Clock.DutyVi, Action: pack.Removed, Breaking: true, Details: []pack.Detail{detail}, Content: step{head: &head},
		})
	}
}

// days compares the calendar, a change for each year.
func (c *comparer) days(all *content, entries map[viet.Date]*deadline.CalendarEntry, years map[int]string) {
	steps := map[int]*step{}
	details := map[int][]pack.Detail{}
	of := func(d viet.Date) *step {
		year, _, _ := d.YMD()
		return at(steps, year)
	}
	for _, date := range slices.Sorted(maps.Keys(all.days)) {
		day := all.days[date]
		year, _, _ := date.YMD()
		next := deadline.CalendarEntry{Day: day, Pack: c.pack, Brought: &day}
		have := entries[date]
		if have == nil {
			of(date).keep = append(of(date).keep, next)
			details[year] = append(details[year], said("deadline.pack.day", date.Display(), kindWord(day.Kind), day.Name))
			continue
		}
		byHand := (have.Brought == nil || have.Day != *have.Brought) && have.Day != day
		if byHand {
			c.problems = append(c.problems, warning(all.calendar, "/calendar", fault.New(fault.Conflict, "deadline.pack.day-kept", date.Display(), kindWord(have.Kind), kindWord(day.Kind))))
			next.Day = have.Day
		}
		if have.Day != next.Day || have.Pack != c.pack || have.Brought == nil || *have.Brought != day {
			of(date).keep = append(of(date).keep, next)
		}
		if have.Day != next.Day {
			details[year] = append(details[year], said("deadline.pack.day", date.Display(), kindWord(day.Kind), day.Name))
		}
	}
	for _, date := range slices.Sorted(maps.Keys(entries)) {
		have := entries[date]
		if _, held := all.days[date]; have.Pack != c.pack || held {
			continue
		}
		year, _, _ := date.YMD()
		if have.Brought != nil && have.Day == *have.Brought {
			of(date).drop = append(of(date).drop, date)
			details[year] = append(details[year], said("deadline.pack.day-gone", date.Display()))
			continue
		}
		byHand := *have
		byHand.Pack = ""
		of(date).keep = append(of(date).keep, byHand)
	}
	for year := range all.years {
		if _, known := years[year]; !known {
			do := at(steps, year)
			do.year, do.from = year, c.pack
		}
	}
	for year, from := range years {
		if from == c.pack && !all.years[year] {
			at(steps, year).gone = year
		}
	}
	for _, year := range slices.Sorted(maps.Keys(all.years)) {
		at(steps, year)
	}
	for _, year := range slices.Sorted(maps.Keys(steps)) {
		do := steps[year]
		change := pack.Change{Kind: KindName, ID: "calendar-" + strconv.Itoa(year), Name: strconv.Itoa(year), Path: all.calendar.Path, Action: pack.Same, Details: details[year], Content: *do}
		_, known := years[year]
		switch {
		case do.gone != 0:
			change.Action, change.Breaking = pack.Removed, true
			change.Details = append(change.Details, pack.Detail{Breaking: true, Vi: locale.Vi.T("deadline.pack.year-gone"), En: locale.En.T("deadline.pack.year-gone")})
		case do.year != 0 && !known:
			change.Action = pack.Added
		case len(do.keep)+len(do.drop)+do.year > 0:
			change.Action = pack.Changed
		}
		c.changes = append(c.changes, change)
	}
}

func at(steps map[int]*step, year int) *step {
	if steps[year] == nil {
		steps[year] = &step{}
	}
	return steps[year]
}

// hours compares the office's hours.
func (c *comparer) hours(all *content, have deadline.KeptHours) {
	next := deadline.KeptHours{Hours: *all.hours, Pack: c.pack, Brought: all.hours}
	change := pack.Change{Kind: KindName, ID: "office-hours", Name: locale.Vi.T("deadline.pack.hours"), Path: all.office.Path, Action: pack.Added}
	there := have.Hours != deadline.Hours{}
	if there {
		change.Action = pack.Changed
	}
	if byHand := there && (have.Brought == nil || have.Hours != *have.Brought) && have.Hours != next.Hours; byHand {
		c.problems = append(c.problems, warning(all.office, "/office", fault.New(fault.Conflict, "deadline.pack.hours-kept", hoursWord(have.Hours), hoursWord(next.Hours))))
		next.Hours = have.Hours
		change.Action = pack.Same
	}
	do := step{hours: &next}
	if there && have.Hours == next.Hours && have.Pack == c.pack && have.Brought != nil && *have.Brought == *next.Brought {
		change.Action, do = pack.Same, step{}
	}
	change.Content = do
	c.changes = append(c.changes, change)
}

// said is a detail in both languages.
func said(key string, args ...any) pack.Detail {
	return pack.Detail{Vi: locale.Vi.T(key, args...), En: locale.En.T(key, args...)}
}

// A limit is said in the reader's language, with its act.
type limit struct{ d deadline.Definition }

// In says the limit.
func (w limit) In(l locale.Lang) string {
	return w.d.Limit(l) + " (" + strings.TrimSpace(w.d.Act+" "+w.d.Article) + ")"
}

// A kindWord is a kind of day in the reader's language.
type kindWord calendar.Kind

// In says the kind.
func (k kindWord) In(l locale.Lang) string { return l.T("deadline.kind." + string(k)) }

func hoursWord(h deadline.Hours) string {
	return fmt.Sprintf("%s–%s, %s–%s", h.Opens, h.NoonFrom, h.NoonTo, h.Closes)
}

// Apply makes the changes.
func (k kind) Apply(ctx context.Context, tx *store.Tx, by actor.Actor, p *pack.Pack, changes []pack.Change) error {
	return k.all(ctx, tx, by, p.ID+" "+p.Version, changes)
}

func (k kind) all(ctx context.Context, tx *store.Tx, by actor.Actor, why string, changes []pack.Change) error {
	for _, c := range changes {
		do, ok := c.Content.(step)
		if !ok {
			return fmt.Errorf("clock %s: a change that this kind did not make", c.ID)
		}
		if err := k.apply(ctx, tx, by, why, do); err != nil {
			return err
		}
	}
	return nil
}

func (k kind) apply(ctx context.Context, tx *store.Tx, by actor.Actor, why string, do step) error {
	if do.head != nil {
		if err := k.s.KeepClock(ctx, tx, by, why, do.from, *do.head); err != nil {
			return err
		}
	}
	for _, e := range do.keep {
		if err := k.s.KeepEntry(ctx, tx, by, why, e); err != nil {
			return err
		}
	}
	for _, d := range do.drop {
		if err := k.s.DropEntry(ctx, tx, by, why, d); err != nil {
			return err
		}
	}
	if do.year != 0 {
		if err := k.s.KeepYear(ctx, tx, by, why, do.year, do.from); err != nil {
			return err
		}
	}
	if do.gone != 0 {
		if err := k.s.DropYear(ctx, tx, by, why, do.gone); err != nil {
			return err
		}
	}
	if do.hours != nil {
		return k.s.KeepHours(ctx, tx, by, why, *do.hours)
	}
	return nil
}

// Remove retires all clocks that a pack has brought, and takes its days and years
// out of the calendar but for those that somebody has changed. The hours stay:
// they are the office's.
func (k kind) Remove(ctx context.Context, tx *store.Tx, by actor.Actor, packID string) ([]pack.Change, error) {
	heads, err := k.s.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	entries, years, _, err := k.calendar(ctx, tx)
	if err != nil {
		return nil, err
	}
	c := comparer{pack: packID}
	c.goneClocks(heads, func(string) bool { return false })
	c.days(&content{}, entries, years)
	return c.changes, k.all(ctx, tx, by, packID, c.changes)
}
