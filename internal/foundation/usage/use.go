package usage

import (
	"strings"
	"time"
	"unicode"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Use is a line of the ledger.
type Use struct {
	ID      string      `json:"id"`   // made by Record
	Time    time.Time   `json:"time"` // made by Record
	Door    string      `json:"door"`
	Action  string      `json:"action"`
	Actor   actor.Actor `json:"actor"`
	Org     string      `json:"org"`
	Purpose string      `json:"purpose"` // code
	Text    string      `json:"text"`    // of the purpose, in the user's words
	Basis   string      `json:"basis"`   // legal basis
	Kinds   []string    `json:"kinds"`   // kinds of fields that hold personal data; none: nothing personal was used
	Dataset string      `json:"dataset"`
	Trace   string      `json:"trace"`

	Persons   int `json:"persons"`   // how many; counted from Subjects
	Forgotten int `json:"forgotten"` // how many of them were erased from the ledger since

	Subjects *Subjects `json:"-"` // whose data; only on the way in
}

// personal reports whether personal data was used, so that a line is due.
// Otherwise the use is only counted.
func (u *Use) personal() bool { return len(u.Kinds) > 0 || u.Subjects.Len() > 0 }

// check refuses a line that would not answer who, what and why.
func (u *Use) check() error {
	if u.Dataset == "" || u.Actor.Kind == "" || u.Actor.ID == "" {
		return fault.New(fault.Invalid, "usage.incomplete")
	}
	if u.personal() && (u.Purpose == "" || u.Basis == "") {
		return fault.New(fault.Invalid, "usage.no-purpose", u.Dataset)
	}
	if u.Persons < 0 {
		return fault.New(fault.Invalid, "usage.incomplete")
	}
	for _, k := range u.Kinds {
		if k == "" || strings.ContainsFunc(k, unicode.IsSpace) {
			return fault.New(fault.Invalid, "usage.bad-kind", k)
		}
	}
	for _, text := range []string{u.Purpose, u.Text, u.Basis, u.Trace, u.Actor.Name, u.Org} {
		if len(text) > mostText {
			return fault.New(fault.TooLarge, "usage.long-text", len(text), mostText)
		}
	}
	return nil
}

// mostText is the length of a text in a line.
const mostText = 4000

// hanoi has no summer time.
var hanoi = time.FixedZone("+07", 7*3600)

func dayOf(t time.Time) string { return t.In(hanoi).Format(time.DateOnly) }
