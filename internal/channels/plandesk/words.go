package plandesk

import (
	"math"
	"time"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Reason is why a task is in its state, as a sentence.
func Reason(l locale.Lang, s plan.Standing, due plan.Due) string {
	last := ""
	if due.Dated() {
		last = l.Day(due.Last.String())
	}
	key := "plan.why." + string(s.Why)
	switch s.Why {
	case plan.DoneBy, plan.DueAhead, plan.DueBehind, plan.DoneAfter, plan.NobodyReports:
		return l.T(key, last, int64(s.Days))
	case plan.WaitsForAct:
		return l.T(key, due.Act)
	}
	return l.T(key)
}

// Due is when something is due, in words.
func Due(l locale.Lang, d plan.Due) string {
	switch d.Kind {
	case plan.ByDay:
		return l.Day(d.Last.String())
	case plan.ByMonth:
		return l.T("plan.due.month", d.Text[5:7], d.Text[:4])
	case plan.ByQuarter:
		return l.T("plan.due.quarter", map[byte]string{'1': "I", '2': "II", '3': "III", '4': "IV"}[d.Text[6]], d.Text[:4])
	case plan.ByYear:
		return l.T("plan.due.year", d.Text)
	case plan.AfterAct:
		return d.Act
	}
	return l.T("plan.due." + string(d.Kind))
}

// StateName is what a state of tasks is called.
func StateName(l locale.Lang, s plan.State) string { return l.T("plan.state." + string(s)) }

// VerdictName is what a verdict on a target is called.
func VerdictName(l locale.Lang, v plan.Verdict) string { return l.T("plan.verdict." + string(v)) }

// Amount writes a value with the unit of its target.
func Amount(l locale.Lang, value float64, unit string) string {
	decimals := 0 // as many as say something, two at most
	for decimals < 2 && math.Abs(value-math.Round(value*math.Pow10(decimals))/math.Pow10(decimals)) >= 0.005 {
		decimals++
	}
	text := l.Float(value, decimals)
	switch unit {
	case "":
		return text
	case "%":
		return text + " %"
	}
	return text + " " + unit
}

// Asked is what a target asks, in words.
func (t *Target) Asked(l locale.Lang) string {
	if t.Target.Value == nil || t.Compare == plan.Qualitative {
		return l.T("plan.asked.words")
	}
	asked := Amount(l, *t.Target.Value, t.Unit)
	if t.Compare == plan.Equal {
		return asked
	}
	return l.T("plan.asked."+string(t.Compare), asked)
}

// WhyNone is why a target has no value, "" when it has one.
func (t *Target) WhyNone(l locale.Lang) string {
	switch {
	case t.Now != nil:
		return ""
	case t.Figure != nil:
		return t.Figure.Why.In(l)
	}
	return l.T("plan.none." + string(t.How))
}

// At is when the value that counts was measured or told; zero without one.
func (t *Target) At() time.Time {
	switch {
	case t.Now == nil:
		return time.Time{}
	case t.From == FromReport:
		return t.Told.At
	case t.Figure.Declared != nil:
		if at, err := time.Parse(time.RFC3339Nano, t.Figure.Declared.At); err == nil {
			return at
		}
	}
	return t.Figure.At
}
