// Package issue keeps data issues (vấn đề dữ liệu): what is wrong with a data set,
// who has to mend it at its source, and by when. An issue is opened by a failing
// rule, one for each data set, rule and source; it closes by itself when data
// arrives that passes, and is open again when the fault comes back. Nothing is ever
// mended here: wrong data is corrected where it is made, and sent again.
//
// The columns are those of the official form (sổ tay theo dõi chất lượng dữ liệu,
// Công văn 4856/BCA-TTDLQG as it is told of; see docs/issues.md).
package issue

import (
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A State is where an issue stands.
type State string

// The states of the form.
const (
	Fresh  State = "moi"        // found, and nobody has answered yet
	Taken  State = "dang_xu_ly" // the unit has found the cause and is mending it
	Closed State = "hoan_thanh" // data has come that passes
)

// States are all of them.
var States = []State{Fresh, Taken, Closed}

// In names the state in a language.
func (s State) In(l locale.Lang) string {
	switch s {
	case Fresh:
		return l.T("issue.state.moi")
	case Taken:
		return l.T("issue.state.dang_xu_ly")
	}
	return l.T("issue.state.hoan_thanh")
}

// A Severity is how much of the data an issue spoils: the bands of the score, and
// red for whatever records are known by.
type Severity string

// The severities.
const (
	Red    Severity = "do"
	Yellow Severity = "vang"
	Green  Severity = "xanh"
)

// Severities are all of them, the worst first.
var Severities = []Severity{Red, Yellow, Green}

// In names the severity in a language.
func (s Severity) In(l locale.Lang) string {
	switch s {
	case Red:
		return l.T("issue.severity.do")
	case Yellow:
		return l.T("issue.severity.vang")
	}
	return l.T("issue.severity.xanh")
}

// An Issue is one line of the book.
type Issue struct {
	ID         string // SC-2026-0001
	Dataset    string // contract
	Object     string // address of the table
	Rule       string // id, or one of package score beginning with "_"
	Source     string // value of the sender's column; "" = the data set as a whole
	SourceName string // what people call it
	Field      string // name of the column, "" = the whole record or set
	Title      contract.Sentence
	Criterion  contract.Criterion
	Group      contract.Group
	Severity   Severity
	Identity   bool   // the fault is in what records are known by: those records go no further
	Records    int64  // that break the rule now; 0 where none are counted
	Waiting    int64  // of these: in quarantine
	Org        string // that has to mend it
	Account    string // who looks after it
	State      State
	AtField    bool     // has to be looked at on the spot
	Cause      string   // what the unit has found …
	Effect     string   // … what it does to work …
	Action     string   // … how it is mended …
	Prevention string   // … and kept from coming back
	Before     *float64 // value of the rule when it was opened, 0 to 100
	After      *float64 // … when it closed
	FoundAt    time.Time
	ChangedAt  time.Time
	ClosedAt   time.Time // zero while it is open
	Reopened   int       // how often it came back
	DueAt      time.Time // by when it has to be mended; zero = not known
}

// Open reports whether there is something left to be mended.
func (i *Issue) Open() bool { return i.State != Closed }

// What has happened to an issue.
const (
	Opened   = "opened"   // a rule fails
	Changed  = "changed"  // more or fewer records than before
	Answered = "taken"    // the unit has said what it is about
	Said     = "said"     // a comment
	Field    = "field"    // it has to be looked at on the spot
	Assigned = "assigned" // somebody looks after it
	Mended   = "closed"   // data has come that passes
	Back     = "reopened" // the fault is there again
)

// An Event is one line of an issue's history.
type Event struct {
	What    string
	Text    string
	Records int64 // that broke the rule then
	By      actor.Actor
	At      time.Time
}

// An Answer is what a unit says of an issue.
type Answer struct {
	Cause, Effect, Action, Prevention string
}

// severityOf is the severity of a rule's value, 0 to 100.
func severityOf(value float64, identity bool) Severity {
	switch {
	case identity || value < 75:
		return Red
	case value < 90:
		return Yellow
	}
	return Green
}
