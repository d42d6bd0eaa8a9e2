package duties

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

type clockRow struct {
	ID, Path, Event, Duty, Limit, Source, Sure string
	Retired                                    bool
}

type clocksView struct {
	Head headView
	Rows []clockRow
}

func (s *pages) clockRoutes() {
	look, edit := door.Of(policy.Describe, policy.KindCodeList), door.Of(policy.EditContract, policy.KindCodeList)
	s.Handle("GET /clocks", look, s.clocks)
	s.Handle("GET /clocks/{id}", look, s.clock)
	s.Handle("POST /clocks/{id}", edit, s.putClock)
	s.Handle("GET /calendar", look, s.calendar)
	s.Handle("POST /calendar", edit, s.putDay)
	s.Handle("POST /calendar/undo", edit, s.undoDay)
}

func (s *pages) clocks(w http.ResponseWriter, r *http.Request) error {
	l := locale.From(r.Context())
	list, err := s.Desk.Deadlines.Clocks(r.Context())
	if err != nil {
		return err
	}
	v := clocksView{Head: headView{Title: l.T("duties.clocks"), Lead: l.T("duties.clocks.lead"), Tabs: ruleTabs(l, "/clocks")}}
	for _, c := range list {
		v.Rows = append(v.Rows, clockRow{c.ID, "/clocks/" + url.PathEscape(c.ID), c.Event(l), c.Duty(l), c.Limit(l), sourceOf(c.Definition), l.T("duties.sure." + string(c.Sure)), c.Retired})
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "deadlines"), clocksPage(v))
}

type clockView struct {
	Head     headView
	Facts    []factView
	Edit     *formView
	Versions []versionView
}

// A versionView is a version of a clock; Again puts it into force again.
type versionView struct {
	Name, Limit, Source, Why, By, At string
	Now                              bool
	Fields                           []ui.Difference // from the version before
	Again                            *formView
}

func (s *pages) clock(w http.ResponseWriter, r *http.Request) error {
	v, err := s.clockView(r, r.PathValue("id"), nil)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "deadlines"), clockPage(v))
}

func (s *pages) clockView(r *http.Request, id string, f url.Values) (v clockView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	c, err := s.Desk.Deadlines.Clock(ctx, id)
	if err != nil {
		return v, err
	}
	versions, err := s.Desk.Deadlines.Versions(ctx, id)
	if err != nil {
		return v, err
	}
	v.Head = headView{Crumbs: []linkView{{Text: l.T("duties.clocks"), Path: "/clocks"}}, Title: c.ID + ": " + c.Duty(l), Done: done(r)}
	if c.Retired {
		v.Head.Bands = []bandView{{"none", l.T("duties.retired")}}
	}
	v.Facts = []factView{
		{Name: l.T("duties.when"), Value: c.Event(l)}, {Name: l.T("duties.limit"), Value: c.Limit(l)}, {Name: l.T("duties.source"), Value: sourceOf(c.Definition), Vi: true},
		{Name: l.T("duties.sure"), Value: l.T("duties.sure." + string(c.Sure))},
	}
	if c.Extension > 0 {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.extension"), Value: deadline.Amount(l, c.Unit, c.Extension)})
	}
	if c.ValidFrom != "" || c.ValidTo != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.valid"), Value: validWords(l, c.Definition)})
	}
	if note := c.Note(l); note != "" {
		v.Facts = append(v.Facts, factView{Name: l.T("duties.note"), Value: note})
	}
	edits := s.Desk.Edits(ctx)
	if edits {
		form := clockForm(l, c, f)
		form.Token = token(ctx)
		v.Edit = &form
	}
	for i, one := range versions {
		row := versionView{Name: l.T("duties.version", one.Version), Limit: one.Limit(l), Source: sourceOf(one.Definition), Why: one.Why, By: one.By.Name, At: l.Time(one.MadeAt), Now: one.Version == c.Version}
		if i+1 < len(versions) {
			row.Fields = clockDifferences(l, versions[i+1].Definition, one.Definition)
		}
		if edits && !row.Now && one.Definition != c.Definition {
			row.Again = &formView{ID: "again-" + strconv.Itoa(one.Version), Path: "/clocks/" + url.PathEscape(id), Token: token(ctx), Small: true, Button: "btn", Submit: l.T("duties.again"),
				Hidden: []hiddenView{{Name: "again", Value: strconv.Itoa(one.Version)}, {Name: "base", Value: strconv.Itoa(c.Version)}},
				Fields: []fieldView{{Name: "why", Label: l.T("duties.why"), Required: true}}}
		}
		v.Versions = append(v.Versions, row)
	}
	return v, nil
}

// clockDifferences are the fields that a version gives other values than the one
// before.
func clockDifferences(l locale.Lang, before, after deadline.Definition) (list []ui.Difference) {
	valid := func(d deadline.Definition) string {
		if d.ValidFrom == "" && d.ValidTo == "" {
			return ""
		}
		return validWords(l, d)
	}
	extension := func(d deadline.Definition) string {
		if d.Extension == 0 {
			return ""
		}
		return deadline.Amount(l, d.Unit, d.Extension)
	}
	for _, f := range []ui.Difference{
		{Title: l.T("duties.when-vi"), Before: before.EventVi, After: after.EventVi}, {Title: l.T("duties.when-en"), Before: before.EventEn, After: after.EventEn},
		{Title: l.T("duties.duty-vi"), Before: before.DutyVi, After: after.DutyVi}, {Title: l.T("duties.duty-en"), Before: before.DutyEn, After: after.DutyEn},
		{Title: l.T("duties.limit"), Before: before.Limit(l), After: after.Limit(l)}, {Title: l.T("duties.extension"), Before: extension(before), After: extension(after)},
		{Title: l.T("duties.source"), Before: sourceOf(before), After: sourceOf(after)},
		{Title: l.T("duties.sure"), Before: l.T("duties.sure." + string(before.Sure)), After: l.T("duties.sure." + string(after.Sure))},
		{Title: l.T("duties.valid"), Before: valid(before), After: valid(after)},
		{Title: l.T("duties.note-vi"), Before: before.NoteVi, After: after.NoteVi}, {Title: l.T("duties.note-en"), Before: before.NoteEn, After: after.NoteEn},
	} {
		if f.Before != f.After {
			list = append(list, f)
		}
	}
	return list
}

func validWords(l locale.Lang, d deadline.Definition) string {
	day := func(text string) string {
		on, _, err := viet.ParseDate([]byte(text))
		if err != nil {
			return text
		}
		return on.Display()
	}
	switch {
	case d.ValidTo == "":
		return l.T("duties.valid.from", day(d.ValidFrom))
	case d.ValidFrom == "":
		return l.T("duties.valid.to", day(d.ValidTo))
	}
	return l.T("duties.valid.from-to", day(d.ValidFrom), day(d.ValidTo))
}

// clockForm is the form of a new version; f is what was filled in before.
func clockForm(l locale.Lang, c deadline.Clock, f url.Values) formView {
	value := func(name, kept string) string {
		if f.Has(name) && !f.Has("again") {
			return f.Get(name)
		}
		return kept
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var directions, units, sures []Pick
	for _, d := range []deadline.Direction{deadline.Within, deadline.Before, deadline.Every, deadline.Keep} {
		directions = append(directions, Pick{Value: string(d), Text: l.T("duties.direction." + string(d))})
	}
	for _, u := range []deadline.Unit{deadline.WorkingDays, deadline.Days, deadline.Hours24, deadline.Months, deadline.Years, deadline.FixedDay} {
		units = append(units, Pick{Value: string(u), Text: l.T("duties.unit." + string(u))})
	}
	for _, sure := range []deadline.Sureness{deadline.FromText, deadline.FromPage, deadline.FromCode, deadline.General, deadline.Unconfirmed} {
		sures = append(sures, Pick{Value: string(sure), Text: l.T("duties.sure." + string(sure))})
	}
	return formView{
		ID: "edit", Path: "/clocks/" + url.PathEscape(c.ID), Title: l.T("duties.edit"), Folded: f == nil, Hint: l.T("duties.edit.lead"), Submit: l.T("duties.edit.do"),
		Hidden: []hiddenView{{Name: "base", Value: strconv.Itoa(c.Version)}},
		Fields: []fieldView{
			{Name: "event-vi", Label: l.T("duties.when-vi"), Value: value("event-vi", c.EventVi), Kind: "area", Required: true},
			{Name: "event-en", Label: l.T("duties.when-en"), Value: value("event-en", c.EventEn), Kind: "area"},
			{Name: "duty-vi", Label: l.T("duties.duty-vi"), Value: value("duty-vi", c.DutyVi), Kind: "area", Required: true},
			{Name: "duty-en", Label: l.T("duties.duty-en"), Value: value("duty-en", c.DutyEn), Kind: "area"},
			{Name: "direction", Label: l.T("duties.direction"), Kind: "select", Picks: picks(value("direction", string(c.Direction)), directions...)},
			{Name: "amount", Label: l.T("duties.amount"), Value: value("amount", number(c.Amount))},
			{Name: "unit", Label: l.T("duties.unit"), Kind: "select", Picks: picks(value("unit", string(c.Unit)), units...)},
			{Name: "on", Label: l.T("duties.on"), Value: value("on", c.On), Hint: l.T("duties.on.hint")},
			{Name: "extension", Label: l.T("duties.extension"), Value: value("extension", number(c.Extension))},
			{Name: "act", Label: l.T("duties.act"), Value: value("act", c.Act), Required: true, Wide: true},
			{Name: "article", Label: l.T("duties.article"), Value: value("article", c.Article)},
			{Name: "sure", Label: l.T("duties.sure"), Kind: "select", Picks: picks(value("sure", string(c.Sure)), sures...)},
			{Name: "valid-from", Label: l.T("duties.valid-from"), Value: value("valid-from", c.ValidFrom), Kind: "day"},
			{Name: "valid-to", Label: l.T("duties.valid-to"), Value: value("valid-to", c.ValidTo), Kind: "day"},
			{Name: "note-vi", Label: l.T("duties.note-vi"), Value: value("note-vi", c.NoteVi), Kind: "area"},
			{Name: "note-en", Label: l.T("duties.note-en"), Value: value("note-en", c.NoteEn), Kind: "area"},
			{Name: "why", Label: l.T("duties.why"), Value: value("why", ""), Kind: "area", Required: true},
		},
	}
}

// readClock reads the form of a clock.
func readClock(id string, f url.Values) (d deadline.Definition, err error) {
	d = deadline.Definition{
		ID: id, EventVi: trim(f, "event-vi"), EventEn: trim(f, "event-en"), DutyVi: trim(f, "duty-vi"), DutyEn: trim(f, "duty-en"), Direction: deadline.Direction(f.Get("direction")),
		Unit: deadline.Unit(f.Get("unit")), On: trim(f, "on"), Act: trim(f, "act"), Article: trim(f, "article"), Sure: deadline.Sureness(f.Get("sure")),
		NoteVi: trim(f, "note-vi"), NoteEn: trim(f, "note-en"),
	}
	for name, into := range map[string]*int{"amount": &d.Amount, "extension": &d.Extension} {
		text := trim(f, name)
		if text == "" {
			continue
		}
		if *into, err = strconv.Atoi(text); err != nil {
			return d, fault.New(fault.Invalid, "duties.number", text)
		}
	}
	for name, into := range map[string]*string{"valid-from": &d.ValidFrom, "valid-to": &d.ValidTo} {
		text := trim(f, name)
		if text == "" {
			continue
		}
		on, _, err := viet.ParseDate([]byte(text))
		if err != nil {
			return d, fault.New(fault.Invalid, "deadline.day", text)
		}
		*into = on.String()
	}
	return d, nil
}

func (s *pages) putClock(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	base, err := strconv.Atoi(f.Get("base"))
	if err != nil || base < 1 { // new ones are made by the API and by packs
		if _, err := s.Desk.Deadlines.Clock(ctx, id); err != nil {
			return err
		}
		return fault.New(fault.Invalid, "page.form")
	}
	var def deadline.Definition
	if f.Has("again") {
		n, bad := strconv.Atoi(f.Get("again"))
		if bad != nil {
			return fault.New(fault.Invalid, "page.form")
		}
		c, e := s.Desk.Deadlines.Version(ctx, id, n)
		def, err = c.Definition, e
	} else {
		def, err = readClock(id, f)
	}
	if err == nil {
		_, err = s.Desk.PutClock(ctx, base, f.Get("why"), def)
	}
	if err != nil {
		return s.again(w, r, err, "deadlines", func(problem string) (headView, templ.Component, error) {
			v, err := s.clockView(r, id, f)
			v.Head.Problem = problem
			return v.Head, clockPage(v), err
		})
	}
	http.Redirect(w, r, "/clocks/"+url.PathEscape(id)+"?done=clock", http.StatusSeeOther)
	return nil
}

// A calendarView is a year, month by month.
type calendarView struct {
	Head   headView
	Years  []linkView
	Months []monthView
	Named  []namedDay
	Form   *formView
	Counts string

	Changes []ui.Change
	Token   string
}

type monthView struct {
	Name  string
	Heads []string
	Weeks [][]dayView
}

// A dayView is one square; Number is "" outside of the month.
type dayView struct {
	Number, Class, Words string
}

type namedDay struct{ Day, Kind, Name, Act string }

func (s *pages) calendar(w http.ResponseWriter, r *http.Request) error {
	v, err := s.calendarView(r, r.URL.Query().Get("year"), nil)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "deadlines"), calendarPage(v))
}

// yearOf reads a year; nothing is this one.
func (s *pages) yearOf(text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		year, _, _ := dayOf(s.Desk.Time()).YMD()
		return year, nil
	}
	year, err := strconv.Atoi(text)
	if err != nil || year < 2000 || year > 2200 {
		return 0, fault.New(fault.Invalid, "duties.year", text)
	}
	return year, nil
}

func (s *pages) calendarView(r *http.Request, text string, f url.Values) (v calendarView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	year, err := s.yearOf(text)
	if err != nil {
		return v, err
	}
	office, err := s.Desk.Deadlines.Office(ctx) // before the days: an edit meanwhile is one not seen
	if err != nil {
		return v, err
	}
	years, err := s.Desk.Deadlines.Years(ctx)
	if err != nil {
		return v, err
	}
	days, err := s.Desk.Deadlines.Days(ctx, year)
	if err != nil {
		return v, err
	}
	shown := strconv.Itoa(year)
	v.Head = headView{Title: l.T("duties.calendar.of", shown), Lead: l.T("duties.calendar.lead"), Done: done(r), Tabs: ruleTabs(l, "/calendar")}
	known := slices.Contains(years, year)
	if !known {
		v.Head.Bands = []bandView{{"watch", l.T("duties.calendar.unknown")}}
	}
	list := slices.Clone(years)
	this, _, _ := dayOf(s.Desk.Time()).YMD()
	for _, y := range []int{this, this + 1, year} {
		if !slices.Contains(list, y) {
			list = append(list, y)
		}
	}
	slices.Sort(list)
	for _, y := range list {
		v.Years = append(v.Years, linkView{strconv.Itoa(y), "/calendar?year=" + strconv.Itoa(y), y == year})
	}
	named := map[viet.Date]calendar.Day{}
	for _, d := range days {
		named[d.Date] = d
		v.Named = append(v.Named, namedDay{d.Date.Display(), l.T("deadline.kind." + string(d.Kind)), d.Name, d.Act})
	}
	working := 0
	for month := 1; month <= 12; month++ {
		m, n := monthOf(l, year, month, named)
		v.Months, working = append(v.Months, m), working+n
	}
	if known {
		v.Counts = l.T("duties.calendar.count", working)
	}
	if s.Desk.Edits(ctx) {
		form := dayForm(l, year, known, f)
		form.Token, v.Token = token(ctx), token(ctx)
		form.Hidden = append(form.Hidden, hiddenView{Name: "edition", Value: strconv.FormatInt(office.Edition(), 10)})
		v.Form = &form
	}
	v.Changes, err = s.dayChanges(ctx, year)
	return v, err
}

// dayChanges tells who has changed the days of a year, each before and after. The
// last change of a day can be undone.
func (s *pages) dayChanges(ctx context.Context, year int) (list []ui.Change, err error) {
	l := locale.From(ctx)
	all, err := s.Desk.DayChanges(ctx, year)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		c := ui.Change{When: l.Time(e.MadeAt), By: e.By.Name, Why: e.Why}
		switch {
		case e.Day != nil:
			c.Fields = []ui.Difference{{Title: e.Day.Display(), Before: dayWords(l, e.Before), After: dayWords(l, e.After)}}
			if e.Undo {
				c.Undo, c.UndoText = "/calendar/undo?"+url.Values{"edition": {strconv.FormatInt(e.Edition, 10)}, "year": {strconv.Itoa(year)}}.Encode(), l.T("duties.day.undo")
			}
		case e.Now == "": // the year as a whole
			c.What = l.T("duties.calendar.not-known", e.What)
		default:
			c.What = l.T("duties.calendar.known", e.What)
		}
		list = append(list, c)
	}
	return list, nil
}

// dayWords is an entry of the calendar as people read it.
func dayWords(l locale.Lang, d *calendar.Day) string {
	if d == nil {
		return l.T("deadline.kind.none")
	}
	all := []string{l.T("deadline.kind." + string(d.Kind))}
	for _, more := range []string{d.Name, d.Act} {
		if more != "" {
			all = append(all, more)
		}
	}
	return strings.Join(all, "; ")
}

func (s *pages) undoDay(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Form(w, r, mostForm); err != nil {
		return err
	}
	q := r.URL.Query()
	edition, err := strconv.ParseInt(q.Get("edition"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "page.form")
	}
	if _, err := s.Desk.UndoDay(r.Context(), edition, ""); err != nil {
		return s.again(w, r, err, "deadlines", func(problem string) (headView, templ.Component, error) {
			v, err := s.calendarView(r, q.Get("year"), nil)
			v.Head.Problem = problem
			return v.Head, calendarPage(v), err
		})
	}
	http.Redirect(w, r, "/calendar?year="+url.QueryEscape(q.Get("year"))+"&done=calendar", http.StatusSeeOther)
	return nil
}

// monthOf draws a month and counts its working days.
func monthOf(l locale.Lang, year, month int, named map[viet.Date]calendar.Day) (m monthView, working int) {
	m.Name = l.T("duties.month", month, strconv.Itoa(year))
	m.Heads = strings.Fields(l.T("duties.weekdays"))
	first, err := viet.NewDate(year, month, 1)
	if err != nil { // months of years from 2000 to 2200
		return m, 0
	}
	week := make([]dayView, (int(first.Weekday())+6)%7) // Monday first
	for d := first; ; d++ {
		y, mo, n := d.YMD()
		if y != year || mo != month {
			break
		}
		one := dayView{Number: strconv.Itoa(n), Class: "day-work"}
		off := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if entry, ok := named[d]; ok {
			off = entry.Kind == calendar.Off || entry.Kind == calendar.SwapOff
			one.Words = l.T("deadline.kind." + string(entry.Kind))
			if entry.Name != "" {
				one.Words += ": " + entry.Name
			}
			one.Class = "day-named"
		}
		if off {
			one.Class = strings.TrimPrefix(one.Class+" day-off", "day-work ")
		} else {
			working++
		}
		if week = append(week, one); len(week) == 7 {
			m.Weeks, week = append(m.Weeks, week), nil
		}
	}
	if len(week) > 0 {
		m.Weeks = append(m.Weeks, append(week, make([]dayView, 7-len(week))...))
	}
	return m, working
}

func dayForm(l locale.Lang, year int, known bool, f url.Values) formView {
	var kinds []Pick
	for _, k := range []calendar.Kind{calendar.Off, calendar.SwapOff, calendar.SwapWork, calendar.Work} {
		kinds = append(kinds, Pick{Value: string(k), Text: l.T("deadline.kind." + string(k))})
	}
	form := formView{ID: "day", Path: "/calendar", Title: l.T("duties.day"), Submit: l.T("duties.day.do"), Hint: l.T("duties.day.lead"), Hidden: []hiddenView{{Name: "year", Value: strconv.Itoa(year)}}, Fields: []fieldView{
		{Name: "date", Label: l.T("duties.day.date"), Value: f.Get("date"), Kind: "day", Required: known},
		{Name: "kind", Label: l.T("duties.day.kind"), Kind: "select", Picks: picks(cmp.Or(f.Get("kind"), string(calendar.Off)), kinds...)},
		{Name: "name", Label: l.T("duties.day.name"), Value: f.Get("name")},
		{Name: "act", Label: l.T("duties.act"), Value: f.Get("act")},
		{Name: "why", Label: l.T("duties.why"), Value: f.Get("why"), Kind: "area", Required: true},
	}}
	if !known {
		form.Fields = append(form.Fields, fieldView{Name: "whole", Label: l.T("duties.day.whole"), Kind: "check", Value: f.Get("whole"), Wide: true, Hint: l.T("duties.day.whole-hint")})
	}
	return form
}

func (s *pages) putDay(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	year, err := s.yearOf(f.Get("year"))
	if err != nil {
		return err
	}
	var days []calendar.Day
	if text := trim(f, "date"); text != "" {
		on, _, bad := viet.ParseDate([]byte(text))
		if bad != nil {
			err = fault.New(fault.Invalid, "deadline.day", text)
		}
		days = []calendar.Day{{Date: on, Kind: calendar.Kind(f.Get("kind")), Name: trim(f, "name"), Act: trim(f, "act")}}
	}
	if err == nil {
		seen, bad := strconv.ParseInt(f.Get("edition"), 10, 64)
		if bad != nil {
			seen = deadline.AnyEdition
		}
		err = s.Desk.PutDays(r.Context(), year, f.Get("whole") != "", seen, f.Get("why"), days)
	}
	if err != nil {
		return s.again(w, r, err, "deadlines", func(problem string) (headView, templ.Component, error) {
			v, err := s.calendarView(r, strconv.Itoa(year), f)
			v.Head.Problem = problem
			return v.Head, calendarPage(v), err
		})
	}
	http.Redirect(w, r, "/calendar?year="+strconv.Itoa(year)+"&done=calendar", http.StatusSeeOther)
	return nil
}
