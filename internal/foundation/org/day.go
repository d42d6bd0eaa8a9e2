package org

import (
	"fmt"
	"time"

	"github.com/phohien/phohien/viet"
)

// A Day is a date, or none: then time is open on that side.
type Day struct {
	Date viet.Date
	Set  bool
}

// On is the day of a date.
func On(d viet.Date) Day { return Day{d, true} }

// Today is the date in Viet Nam at an instant.
func Today(now time.Time) viet.Date { return viet.DateOf(now.In(viet.Zone)) }

// IsZero reports whether no day is named.
func (d Day) IsZero() bool { return !d.Set }

// String writes yyyy-mm-dd, or nothing.
func (d Day) String() string {
	if !d.Set {
		return ""
	}
	return d.Date.String()
}

// Display writes the day for people, dd/mm/yyyy, or nothing.
func (d Day) Display() string {
	if !d.Set {
		return ""
	}
	return d.Date.Display()
}

// MarshalText writes yyyy-mm-dd, or nothing.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Day) UnmarshalText(b []byte) error {
	*d = Day{}
	if len(b) == 0 {
		return nil
	}
	date, std, err := viet.ParseDate(b)
	if err != nil || std || date.String() != string(b) {
		return fmt.Errorf("%q is no day of the form yyyy-mm-dd", b)
	}
	*d = On(date)
	return nil
}

// A Span is the first and the last day on which something is so.
type Span struct {
	From Day `json:"validFrom,omitzero"`
	To   Day `json:"validTo,omitzero"`
}

// Covers reports whether a day lies within the span.
func (s Span) Covers(on viet.Date) bool {
	return (!s.From.Set || s.From.Date <= on) && (!s.To.Set || on <= s.To.Date)
}

// Empty reports whether the span ends before it begins.
func (s Span) Empty() bool { return s.From.Set && s.To.Set && s.To.Date < s.From.Date }

// Overlaps reports whether two spans share a day.
func (s Span) Overlaps(t Span) bool {
	return !s.Empty() && !t.Empty() && !s.endsBefore(t) && !t.endsBefore(s)
}

func (s Span) endsBefore(t Span) bool { return s.To.Set && t.From.Set && s.To.Date < t.From.Date }

// meet is the time that two spans share; it may be empty.
func (s Span) meet(t Span) Span {
	if !s.From.Set || t.From.Set && t.From.Date > s.From.Date {
		s.From = t.From
	}
	if !s.To.Set || t.To.Set && t.To.Date < s.To.Date {
		s.To = t.To
	}
	return s
}
