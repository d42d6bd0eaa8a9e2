package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/calendar"
)

// A DeadlineDetail is a deadline with its rule and what was done to it.
type DeadlineDetail struct {
	Deadline
	Rule    Clock           `json:"rule" doc:"In the version under which it was started"`
	Pauses  []DeadlinePause `json:"pauses" nullable:"false"`
	History []DeadlineEvent `json:"history" nullable:"false" doc:"The oldest first"`
	May     []string        `json:"may" nullable:"false" doc:"What the caller may do: pause, resume, move, cancel"`
}

// A DeadlinePause is a time that does not count.
type DeadlinePause struct {
	From time.Time  `json:"from"`
	To   *time.Time `json:"to,omitempty" doc:"Absent while it lasts"`
	Why  string     `json:"why"`
}

// A DeadlineEvent is one line of a deadline's history.
type DeadlineEvent struct {
	What  string    `json:"what" doc:"started, paused, resumed, done, cancelled, moved, recounted, breached, notice-50, notice-80, notice-100"`
	Why   string    `json:"why,omitempty"`
	By    DutyActor `json:"by"`
	At    time.Time `json:"at"`
	DueAt time.Time `json:"due_at" doc:"When it was due then"`
}

// A Clock is a time limit of the law, in one version.
type Clock struct {
	deadline.Definition
	Version int       `json:"version" doc:"Give it back as base when you change it"`
	Limit   string    `json:"limit" doc:"In the reader's words"`
	Pack    string    `json:"pack,omitempty" doc:"That brought this version; absent when a person made it"`
	By      DutyActor `json:"by"`
	Why     string    `json:"why,omitempty"`
	MadeAt  time.Time `json:"made_at"`
	Retired bool      `json:"retired,omitempty" doc:"For no new deadlines any more"`
}

// A ClockDetail is a clock with its versions.
type ClockDetail struct {
	Clock
	Versions []Clock `json:"versions" nullable:"false" doc:"The newest first"`
}

// ClockChange puts a version of a clock into force.
type ClockChange struct {
	deadline.Definition
	Base int    `json:"base" minimum:"0" doc:"Version that it was made from; 0 for a new clock. 409 when another has come since"`
	Why  string `json:"why" maxLength:"5000" doc:"Reason and basis of the change"`
}

// A CalendarDay is a day that is not as its weekday says.
type CalendarDay struct {
	Date viet.Date     `json:"date" format:"date"`
	Kind calendar.Kind `json:"kind" enum:"work,off,swap_work,swap_off"`
	Name string        `json:"name,omitempty" maxLength:"200"`
	Act  string        `json:"act,omitempty" maxLength:"300" doc:"Decision or law that says so"`
}

// A CalendarYear is the days of a year that are not as their weekdays say.
type CalendarYear struct {
	Year  int           `json:"year"`
	Known bool          `json:"known" doc:"All its days off are there: time limits are counted through it"`
	Days  []CalendarDay `json:"days" nullable:"false"`
	Years []int         `json:"years" nullable:"false" doc:"That are known"`

	Edition int64 `json:"edition" doc:"Of the calendar; give it back when you change days"`
}

// A CalendarChange is a change of one day of a year, or of whether the year is known.
type CalendarChange struct {
	Edition int64        `json:"edition" doc:"Number of the change"`
	Day     *viet.Date   `json:"day,omitempty" format:"date" doc:"Absent when the change is of the year as a whole"`
	Before  *CalendarDay `json:"before,omitempty" doc:"Absent: as its weekday says"`
	After   *CalendarDay `json:"after,omitempty"`
	Known   *bool        `json:"known,omitempty" doc:"Of the year as a whole: whether all its days off are there since"`
	Why     string       `json:"why,omitempty"`
	By      DutyActor    `json:"by"`
	MadeAt  time.Time    `json:"made_at"`
	Undo    bool         `json:"undo" doc:"Nobody has changed the day since: it can be undone"`
}

type calendarChanges struct {
	Body struct {
		Year  int              `json:"year"`
		Items []CalendarChange `json:"items" nullable:"false" doc:"The newest first, at most 50"`
	}
}

type deadlineList struct {
	Body struct {
		Items []Deadline `json:"items" nullable:"false" doc:"By the time they are due"`
		Next  string     `json:"next,omitempty" doc:"Give it as cursor; absent on the last page"`
	}
}

type (
	deadlineAnswer struct{ Body DeadlineDetail }
	clockAnswer    struct{ Body ClockDetail }
	calendarAnswer struct{ Body CalendarYear }
)

// DeadlineNamed names a deadline.
type DeadlineNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the deadline"`
}

// ClockNamed names a clock.
type ClockNamed struct {
	ID string `path:"id" maxLength:"60" example:"CLK-12" doc:"Id of the clock"`
}

func (s *Server) deadlineRoutes() {
	if s.Duties == nil {
		return
	}
	read, edit := door.Of(policy.OwnAccount, policy.KindSelf), door.Of(policy.EditContract, policy.KindCodeList)
	register(s, read, huma.Operation{
		OperationID: "list-deadlines", Method: http.MethodGet, Path: Prefix + "/deadlines",
		Summary: "Thời hạn phải thực hiện / Deadlines", Tags: []string{"deadlines"},
		Description: "Those of the caller and of their agency, of issues that they see, and all for who keeps the clocks.",
	}, s.listDeadlines)
	register(s, read, huma.Operation{
		OperationID: "get-deadline", Method: http.MethodGet, Path: Prefix + "/deadlines/{id}",
		Summary: "Một thời hạn và lịch sử / One deadline and its history", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *DeadlineNamed) (*deadlineAnswer, error) {
		return s.dutyOf(ctx)(s.Duties.FindDeadline(ctx, in.ID))
	})
	type reasoned struct {
		DeadlineNamed
		Body struct {
			Why string `json:"why" maxLength:"5000"`
		}
	}
	act := door.Each(policy.EditContract, policy.KindCodeList)
	register(s, act, huma.Operation{
		OperationID: "pause-deadline", Method: http.MethodPost, Path: Prefix + "/deadlines/{id}/pause",
		Summary: "Tạm dừng tính thời hạn / Stop the clock", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *reasoned) (*deadlineAnswer, error) {
		return s.dutyOf(ctx)(s.Duties.ActOn(ctx, in.ID, dutydesk.Pause, in.Body.Why, time.Time{}))
	})
	register(s, act, huma.Operation{
		OperationID: "resume-deadline", Method: http.MethodPost, Path: Prefix + "/deadlines/{id}/resume",
		Summary: "Tiếp tục tính thời hạn / Let the clock go on", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *DeadlineNamed) (*deadlineAnswer, error) {
		return s.dutyOf(ctx)(s.Duties.ActOn(ctx, in.ID, dutydesk.Resume, "", time.Time{}))
	})
	register(s, act, huma.Operation{
		OperationID: "move-deadline", Method: http.MethodPost, Path: Prefix + "/deadlines/{id}/move",
		Summary: "Gia hạn / Extend the time", Tags: []string{"deadlines"},
		Description: "On a legal basis. Limits that count days end when the office closes on that day.",
	}, func(ctx context.Context, in *struct {
		DeadlineNamed
		Body struct {
			To    viet.Date `json:"to" format:"date" doc:"The new day"`
			Basis string    `json:"basis" maxLength:"5000" doc:"Legal basis"`
		}
	}) (*deadlineAnswer, error) {
		return s.dutyOf(ctx)(s.Duties.ActOn(ctx, in.ID, dutydesk.Move, in.Body.Basis, dutydesk.Closing(in.Body.To)))
	})
	register(s, act, huma.Operation{
		OperationID: "cancel-deadline", Method: http.MethodPost, Path: Prefix + "/deadlines/{id}/cancel",
		Summary: "Hủy thời hạn / Call a deadline off", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *reasoned) (*deadlineAnswer, error) {
		return s.dutyOf(ctx)(s.Duties.ActOn(ctx, in.ID, dutydesk.Cancel, in.Body.Why, time.Time{}))
	})
	look := door.Of(policy.Describe, policy.KindCodeList)
	register(s, look, huma.Operation{
		OperationID: "list-clocks", Method: http.MethodGet, Path: Prefix + "/clocks",
		Summary: "Thời hạn theo quy định / Time limits of the law", Tags: []string{"deadlines"},
	}, s.listClocks)
	register(s, look, huma.Operation{
		OperationID: "get-clock", Method: http.MethodGet, Path: Prefix + "/clocks/{id}",
		Summary: "Một quy định thời hạn và các phiên bản / One time limit and its versions", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *ClockNamed) (*clockAnswer, error) { return s.clock(ctx, in.ID) })
	register(s, edit, huma.Operation{
		OperationID: "put-clock", Method: http.MethodPut, Path: Prefix + "/clocks/{id}",
		Summary: "Sửa quy định thời hạn / Change a time limit", Tags: []string{"deadlines"},
		Description: "A new version. Deadlines that run keep theirs. To undo a change, put the former version again.",
	}, func(ctx context.Context, in *struct {
		ClockNamed
		Body ClockChange
	}) (*clockAnswer, error) {
		def := in.Body.Definition
		if def.ID == "" {
			def.ID = in.ID
		}
		if def.ID != in.ID {
			return nil, fault.New(fault.Invalid, "deadline.clock.id", def.ID)
		}
		if _, err := s.Duties.PutClock(ctx, in.Body.Base, in.Body.Why, def); err != nil {
			return nil, err
		}
		return s.clock(ctx, in.ID)
	})
	register(s, look, huma.Operation{
		OperationID: "get-calendar", Method: http.MethodGet, Path: Prefix + "/calendar",
		Summary: "Lịch ngày làm việc của một năm / Working days of a year", Tags: []string{"deadlines"},
	}, func(ctx context.Context, in *struct {
		Year int `query:"year" minimum:"2000" maximum:"2200" doc:"This year when absent"`
	}) (*calendarAnswer, error) {
		return s.calendar(ctx, in.Year)
	})
	register(s, edit, huma.Operation{
		OperationID: "put-calendar-days", Method: http.MethodPut, Path: Prefix + "/calendar/days",
		Summary: "Ghi ngày nghỉ, ngày làm bù / Say what days are", Tags: []string{"deadlines"},
		Description: "Running deadlines are counted again by it. A year becomes known with whole: all its days off are there.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Year  int           `json:"year" minimum:"2000" maximum:"2200"`
			Whole bool          `json:"whole,omitempty" doc:"These are all days off of the year"`
			Days  []CalendarDay `json:"days" maxItems:"366" nullable:"false"`
			Why   string        `json:"why" maxLength:"5000"`

			Edition *int64 `json:"edition,omitempty" minimum:"0" doc:"That you had before you. 409 when one of the days has been changed since"`
		}
	}) (*calendarAnswer, error) {
		var days []calendar.Day
		for _, d := range in.Body.Days {
			days = append(days, calendar.Day{Date: d.Date, Kind: d.Kind, Name: d.Name, Act: d.Act})
		}
		seen := int64(deadline.AnyEdition)
		if in.Body.Edition != nil {
			seen = *in.Body.Edition
		}
		if err := s.Duties.PutDays(ctx, in.Body.Year, in.Body.Whole, seen, in.Body.Why, days); err != nil {
			return nil, err
		}
		return s.calendar(ctx, in.Body.Year)
	})
	register(s, look, huma.Operation{
		OperationID: "list-calendar-changes", Method: http.MethodGet, Path: Prefix + "/calendar/changes",
		Summary: "Lịch sử thay đổi ngày của một năm / Who changed which days of a year", Tags: []string{"deadlines"},
	}, s.calendarChanges)
	register(s, edit, huma.Operation{
		OperationID: "undo-calendar-change", Method: http.MethodPost, Path: Prefix + "/calendar/changes/{edition}/undo", DefaultStatus: http.StatusOK,
		Summary: "Hoàn tác một lần ghi ngày / Make a day what it was before", Tags: []string{"deadlines"},
		Description: "409 when somebody has changed the day since.",
	}, func(ctx context.Context, in *struct {
		Edition int64 `path:"edition" minimum:"1" doc:"Number of the change"`
		Body    struct {
			Why string `json:"why,omitempty" maxLength:"5000"`
		}
	}) (*calendarAnswer, error) {
		day, err := s.Duties.UndoDay(ctx, in.Edition, in.Body.Why)
		if err != nil {
			return nil, err
		}
		year, _, _ := day.YMD()
		return s.calendar(ctx, year)
	})
}

// thisYear is the year as it was asked for; nothing is this one.
func (s *Server) thisYear(year int) int {
	if year == 0 {
		year, _, _ = viet.DateOf(s.Duties.Time().In(viet.Zone)).YMD()
	}
	return year
}

func (s *Server) calendarChanges(ctx context.Context, in *struct {
	Year int `query:"year" minimum:"2000" maximum:"2200" doc:"This year when absent"`
}) (*calendarChanges, error) {
	year := s.thisYear(in.Year)
	all, err := s.Duties.DayChanges(ctx, year)
	if err != nil {
		return nil, err
	}
	out := &calendarChanges{}
	out.Body.Year, out.Body.Items = year, []CalendarChange{}
	for _, c := range all {
		one := CalendarChange{Edition: c.Edition, Day: c.Day, Before: calendarDay(c.Before), After: calendarDay(c.After), Why: c.Why, By: dutyActor(c.By), MadeAt: c.MadeAt, Undo: c.Undo}
		if c.Day == nil {
			known := c.Now != ""
			one.Known = &known
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

func calendarDay(d *calendar.Day) *CalendarDay {
	if d == nil {
		return nil
	}
	return &CalendarDay{d.Date, d.Kind, d.Name, d.Act}
}

func (s *Server) listDeadlines(ctx context.Context, in *struct {
	Org     string `query:"org" maxLength:"80" doc:"Id of the organisation that owes it"`
	Account string `query:"account" maxLength:"80" doc:"Id of who looks after it; me for the caller"`
	State   string `query:"state" enum:"open,soon,breached,held,done,done-late,cancelled" doc:"open: all that run"`
	Before  string `query:"before" maxLength:"20" doc:"Due before this day: 2026-11-22 or 22/11/2026"`
	Cursored
}) (*deadlineList, error) {
	c, err := readCursor(in.Cursor, "deadlines")
	if err != nil {
		return nil, err
	}
	f := deadline.Filter{Account: in.Account, State: deadline.State(in.State), After: c.Key, Limit: in.Limit}
	if in.Account == "me" {
		f.Account = door.From(ctx).Who.ID
	}
	if in.Org != "" {
		f.Orgs = []string{in.Org}
	}
	if in.Before != "" {
		if f.Before, _, err = viet.ParseDate([]byte(in.Before)); err != nil {
			return nil, fault.New(fault.Invalid, "deadline.day", in.Before)
		}
	}
	list, next, err := s.Duties.ListDeadlines(ctx, f)
	if err != nil {
		return nil, err
	}
	names, office, err := s.Duties.NamesAndOffice(ctx)
	if err != nil {
		return nil, err
	}
	out := &deadlineList{}
	out.Body.Items = []Deadline{}
	for _, d := range list {
		out.Body.Items = append(out.Body.Items, s.deadlineOf(ctx, names, office, d))
	}
	if next != "" {
		out.Body.Next = cursor{Key: next}.text("deadlines")
	}
	return out, nil
}

// dutyOf answers with a deadline.
func (s *Server) dutyOf(ctx context.Context) func(*dutydesk.Duty, error) (*deadlineAnswer, error) {
	return func(v *dutydesk.Duty, err error) (*deadlineAnswer, error) {
		if err != nil {
			return nil, err
		}
		names, office, err := s.Duties.NamesAndOffice(ctx)
		if err != nil {
			return nil, err
		}
		out := DeadlineDetail{Deadline: s.deadlineOf(ctx, names, office, v.Deadline), Rule: clockOf(ctx, v.Rule), Pauses: []DeadlinePause{}, History: []DeadlineEvent{}, May: []string{}}
		for _, p := range v.Deadline.Pauses {
			out.Pauses = append(out.Pauses, DeadlinePause{p.From, stampOf(p.To), p.Why})
		}
		for _, e := range v.History {
			out.History = append(out.History, DeadlineEvent{e.What, e.Why, dutyActor(e.By), e.When, e.DueAt})
		}
		if !v.Ended() {
			switch {
			case v.Pauses && v.Paused():
				out.May = append(out.May, dutydesk.Resume)
			case v.Pauses:
				out.May = append(out.May, dutydesk.Pause)
			}
			if v.Moves {
				out.May = append(out.May, dutydesk.Move, dutydesk.Cancel)
			}
		}
		return &deadlineAnswer{out}, nil
	}
}

type clockList struct {
	Body struct {
		Items []Clock `json:"items" nullable:"false" doc:"The newest version of each, by id"`
	}
}

func (s *Server) listClocks(ctx context.Context, _ *struct{}) (*clockList, error) {
	list, err := s.Duties.Deadlines.Clocks(ctx)
	if err != nil {
		return nil, err
	}
	out := &clockList{}
	out.Body.Items = []Clock{}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, clockOf(ctx, c))
	}
	return out, nil
}

func (s *Server) clock(ctx context.Context, id string) (*clockAnswer, error) {
	c, err := s.Duties.Deadlines.Clock(ctx, id)
	if err != nil {
		return nil, err
	}
	versions, err := s.Duties.Deadlines.Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	out := ClockDetail{Clock: clockOf(ctx, c), Versions: []Clock{}}
	for _, v := range versions {
		out.Versions = append(out.Versions, clockOf(ctx, v))
	}
	return &clockAnswer{out}, nil
}

func (s *Server) calendar(ctx context.Context, year int) (*calendarAnswer, error) {
	year = s.thisYear(year)
	office, err := s.Duties.Deadlines.Office(ctx) // before the days: an edit meanwhile is one not seen
	if err != nil {
		return nil, err
	}
	years, err := s.Duties.Deadlines.Years(ctx)
	if err != nil {
		return nil, err
	}
	days, err := s.Duties.Deadlines.Days(ctx, year)
	if err != nil {
		return nil, err
	}
	out := CalendarYear{Year: year, Days: []CalendarDay{}, Years: append([]int{}, years...), Edition: office.Edition()}
	for _, y := range years {
		out.Known = out.Known || y == year
	}
	for _, d := range days {
		out.Days = append(out.Days, CalendarDay{d.Date, d.Kind, d.Name, d.Act})
	}
	return &calendarAnswer{out}, nil
}

func clockOf(ctx context.Context, c deadline.Clock) Clock {
	return Clock{c.Definition, c.Version, c.Limit(locale.From(ctx)), c.Pack, dutyActor(c.By), c.Why, c.MadeAt, c.Retired}
}
