package deadline

import (
	"fmt"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A TimeOfDay is how long after midnight, to the minute. Its text is "07:30".
type TimeOfDay time.Duration

// MarshalText writes hh:mm.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// String writes hh:mm.
func (t TimeOfDay) String() string {
	minutes := int(time.Duration(t) / time.Minute)
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

// UnmarshalText reads hh:mm, from 00:00 to 24:00.
func (t *TimeOfDay) UnmarshalText(b []byte) error {
	digit := func(i int) int { return int(b[i] - '0') }
	if len(b) != 5 || b[2] != ':' {
		return fault.New(fault.Invalid, "deadline.hours.text", string(b))
	}
	for _, i := range []int{0, 1, 3, 4} {
		if b[i] < '0' || b[i] > '9' {
			return fault.New(fault.Invalid, "deadline.hours.text", string(b))
		}
	}
	hour, minute := digit(0)*10+digit(1), digit(3)*10+digit(4)
	if minute > 59 || hour*60+minute > 24*60 {
		return fault.New(fault.Invalid, "deadline.hours.text", string(b))
	}
	*t = TimeOfDay(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	return nil
}

// Hours are when the office works, on every working day alike, in the time of
// Viet Nam.
type Hours struct {
	Opens    TimeOfDay `json:"opens"`
	NoonFrom TimeOfDay `json:"noonFrom"` // the break; as long as nothing where NoonTo is the same
	NoonTo   TimeOfDay `json:"noonTo"`
	Closes   TimeOfDay `json:"closes"`
	Cutoff   TimeOfDay `json:"cutoff"` // what arrives later counts as of the next working day
}

// Check says what is wrong with the hours.
func (h Hours) Check() error {
	if h.Opens > h.NoonFrom || h.NoonFrom > h.NoonTo || h.NoonTo > h.Closes || h.length() <= 0 {
		return fault.New(fault.Invalid, "deadline.hours.order")
	}
	if h.Cutoff <= h.Opens || h.Cutoff > TimeOfDay(24*time.Hour) {
		return fault.New(fault.Invalid, "deadline.hours.cutoff")
	}
	return nil
}

// until is how much office time of a working day is gone at a time of day.
func (h Hours) until(t time.Duration) time.Duration {
	part := func(from, to TimeOfDay) time.Duration {
		return min(max(t, time.Duration(from)), time.Duration(to)) - time.Duration(from)
	}
	return part(h.Opens, h.NoonFrom) + part(h.NoonTo, h.Closes)
}

// length is the office time of a working day.
func (h Hours) length() time.Duration { return h.until(24 * time.Hour) }

// when is the first time of day at which so much office time is gone.
func (h Hours) when(gone time.Duration) time.Duration {
	morning := time.Duration(h.NoonFrom - h.Opens)
	if gone <= morning {
		return time.Duration(h.Opens) + gone
	}
	return time.Duration(h.NoonTo) + gone - morning
}
