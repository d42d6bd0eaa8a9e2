package plans

import "github.com/phohien/phohien/internal/apps/plan"

// verdictBands are the colours of verdicts on targets; the word stands beside each.
var verdictBands = map[plan.Verdict]string{plan.Reached: "good", plan.OnTheWay: "watch", plan.NotReached: "poor", plan.Unmeasured: "none", plan.Wordy: "none"}

func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// before is how many tasks are in the states that stand before one.
func before(all []stateCount, i int) (n int) {
	for _, s := range all[:i] {
		n += s.N
	}
	return n
}
