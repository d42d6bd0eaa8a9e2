package plan

import "math"

// A Comparator is how a value stands to what a target asks.
type Comparator string

// The comparators, codes of so-sanh-chi-tieu.
const (
	Equal       Comparator = "bang"      // reach it
	AtLeast     Comparator = "tu"        // reach it or more
	MoreThan    Comparator = "tren"      // more than it
	Towards     Comparator = "huong-toi" // strive for it
	LessBy      Comparator = "giam"      // less by it, so the value is what was saved
	Qualitative Comparator = "dinh-tinh" // words, no number
)

// A Verdict is how a target stands.
type Verdict string

// The verdicts.
const (
	Reached    Verdict = "reached"
	NotReached Verdict = "not-reached" // the last day is behind
	OnTheWay   Verdict = "on-the-way"  // the last day is ahead
	Unmeasured Verdict = "unmeasured"  // there is no value
	Wordy      Verdict = "words"       // the target has no number to compare with
)

// nearly lets shares that were computed meet those that were written.
const nearly = 1e-9

// Meets reports whether a value is what a target asks; false for one without number.
// What is to be reached may be exceeded: plans write "100 %" and "40 đơn vị" of what
// they want to have at least.
func (t *Target) Meets(value float64) bool {
	if t.Value == nil || t.Compare == Qualitative {
		return false
	}
	want := *t.Value
	slack := nearly * math.Max(1, math.Abs(want))
	if t.Compare == MoreThan {
		return value > want+slack
	}
	return value >= want-slack
}

// Judge says how a target stands by its value, nil = there is none, and its last day.
func (t *Target) Judge(value *float64, over bool) Verdict {
	switch {
	case t.Value == nil || t.Compare == Qualitative:
		return Wordy
	case value == nil:
		return Unmeasured
	case t.Meets(*value):
		return Reached
	case over:
		return NotReached
	}
	return OnTheWay
}

// Share is how much of what is asked has been reached, 0 to 1; false where that cannot
// be said.
func (t *Target) Share(value *float64) (float64, bool) {
	if value == nil || t.Value == nil || *t.Value <= 0 || t.Compare == Qualitative {
		return 0, false
	}
	return math.Max(0, math.Min(1, *value / *t.Value)), true
}
