package plan

import (
	"time"

	"github.com/phohien/phohien/viet"
)

// A State is one of the five that officials count tasks by.
type State string

// The states, in the order in which they are told.
const (
	DoneInTime State = "hoan-thanh-dung-han" // Hoàn thành đúng hạn
	DoneLate   State = "hoan-thanh-qua-han"  // Hoàn thành quá hạn
	InTime     State = "trong-han"           // Đang thực hiện trong hạn
	Late       State = "qua-han"             // Đang thực hiện quá hạn
	NotYet     State = "chua-den-han"        // Chưa đến hạn: not begun, and not due
)

// States are all of them.
func States() []State { return []State{DoneInTime, DoneLate, InTime, Late, NotYet} }

// A Because is why a task is in its state: the key of a sentence.
type Because string

// The reasons.
const (
	DoneBy        Because = "done-by"        // done on a day that is not behind the due date
	DoneAfter     Because = "done-after"     // done on a day behind it
	DoneUndated   Because = "done-undated"   // done, and no day was set
	DueAhead      Because = "due-ahead"      // work has begun, the due date is ahead
	DueBehind     Because = "due-behind"     // the due date is behind, and it is not done
	BegunUndated  Because = "begun-undated"  // work has begun, no day is set
	StartAhead    Because = "start-ahead"    // it is not to begin yet
	NobodyReports Because = "nobody-reports" // the due date is ahead, and nobody has told of any work
	WaitsForAct   Because = "waits-for-act"  // due after an act that has not been noted
	NoDate        Because = "no-date"        // the plan sets no day, and nobody has told of any work
	GoesOn        Because = "goes-on"        // it has no end by the plan
)

// A Told is what is known of the work on a task.
type Told struct {
	Begun bool      // somebody has told of work, or the platform has measured some
	Done  bool      // it is finished
	On    viet.Date // when it was finished, of Done
	Value *float64  // of a target, nil = none was told
	At    time.Time // when it was told last
}

// A Standing is the state of a task on a day, with why.
type Standing struct {
	State State
	Why   Because
	Days  int // of Late, DoneLate: behind the due date; of InTime, NotYet: until it, where one is set
}

// Stand judges a task by its dates alone: the day of today, when it is to begin (0 where
// nobody has said), when it is due, and what is known of the work. Nobody sets a state
// by hand.
func Stand(today, start viet.Date, due Due, told Told) Standing {
	dated := due.Dated()
	ahead := int(due.Last - today)
	switch {
	case told.Done && !dated:
		return Standing{DoneInTime, DoneUndated, 0}
	case told.Done && told.On <= due.Last:
		return Standing{DoneInTime, DoneBy, 0}
	case told.Done:
		return Standing{DoneLate, DoneAfter, int(told.On - due.Last)}
	case dated && ahead < 0:
		return Standing{Late, DueBehind, -ahead}
	case told.Begun && dated:
		return Standing{InTime, DueAhead, ahead}
	case told.Begun:
		return Standing{InTime, BegunUndated, 0}
	case due.Kind == Continuous || due.Kind == Yearly:
		return Standing{InTime, GoesOn, 0}
	case start > today:
		return Standing{NotYet, StartAhead, max(ahead, 0)}
	case dated:
		return Standing{NotYet, NobodyReports, ahead}
	case due.Kind == AfterAct:
		return Standing{NotYet, WaitsForAct, 0}
	default:
		return Standing{NotYet, NoDate, 0}
	}
}
