package main

import (
	"fmt"
	"strconv"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
)

// A failedReport is a report with the reason why nothing was committed.
type failedReport struct {
	*corridor.Report
	Problem *api.ProblemText `json:"problem,omitempty"`
}

// report writes what a batch did: JSON for programs, a short table for people.
func (t *tool) report(r *corridor.Report, why *api.ProblemText) error {
	if t.asJSON {
		return t.writeJSON(failedReport{r, why})
	}
	l := t.lang
	if r.Batch == "" { // a check
		fmt.Fprintln(t.out, l.T("cmd.check.head", r.Source, r.Dataset))
	} else {
		fmt.Fprintln(t.out, l.T("cmd.report.head", r.Dataset, l.T("state."+string(r.State)), r.Batch))
	}
	if why != nil {
		t.sayf("%s", why.Detail)
	}
	if r.Reading != nil && (r.Batch == "" || r.State == corridor.Held || !ordinary(r.Reading)) {
		if err := t.reading(r.Reading); err != nil {
			return err
		}
		fmt.Fprintln(t.out)
	}
	if r.Read > 0 || r.Seq > 0 || r.Skipped > 0 {
		if err := t.counts(r); err != nil {
			return err
		}
	}
	t.notes("!", r.Holds)
	t.notes("·", r.Notes)
	if len(r.Reasons) > 0 {
		fmt.Fprintln(t.out)
		if err := t.reasons(r); err != nil {
			return err
		}
	}
	if r.Examples != nil {
		if err := t.examples(r); err != nil {
			return err
		}
	}
	t.next(r)
	return nil
}

func (t *tool) counts(r *corridor.Report) error {
	l := t.lang
	tab := newTable(l.T("cmd.report.what"), l.T("cmd.report.rows")).numbers(1)
	for _, c := range []struct {
		name string
		n    int64
		must bool
	}{
		{l.T("cmd.report.read"), r.Read, true},
		{l.T("cmd.report.skipped"), r.Skipped, false},
		{l.T("cmd.report.accepted"), r.Accepted, true},
		{l.T("cmd.report.inserted"), r.Inserted, r.Veiled != corridor.VeilRows},
		{l.T("cmd.report.there"), r.There, r.Veiled == corridor.VeilChanges},
		{l.T("cmd.report.updated"), r.Updated, r.Veiled == ""},
		{l.T("cmd.report.unchanged"), r.Unchanged, r.Veiled == ""},
		{l.T("cmd.report.quarantined"), r.Quarantined, true},
		{l.T("cmd.report.withdrawn"), r.Withdrawn, false},
		{l.T("cmd.report.late"), r.Late, false},
		{l.T("cmd.report.missing"), r.Missing, false},
		{l.T("cmd.report.mended"), r.Mended, false},
	} {
		if c.n != 0 || c.must {
			tab.add(c.name, l.Number(c.n))
		}
	}
	return tab.write(t.out)
}

func (t *tool) notes(mark string, notes []corridor.Note) {
	for _, n := range notes {
		fmt.Fprintf(t.out, "%s %s\n", mark, t.say(n.Vi, n.En))
	}
}

func (t *tool) reasons(r *corridor.Report) error {
	l := t.lang
	tab := newTable(l.T("cmd.report.rows"), l.T("cmd.report.column"), l.T("cmd.report.reason")).numbers(0)
	for _, reason := range r.Reasons {
		tab.add(l.Number(reason.Count), reason.Column, t.say(reason.MessageVi, reason.MessageEn))
	}
	return tab.write(t.out)
}

// next says what a person can do now.
func (t *tool) next(r *corridor.Report) {
	l := t.lang
	switch {
	case r.Batch == "":
	case r.State == corridor.Held && r.Reading != nil && len(r.Reading.Missing) > 0:
		t.sayf("\n%s", l.T("cmd.report.next-mapping", r.Batch))
	case r.State == corridor.Held:
		t.sayf("\n%s", l.T("cmd.report.next-held", r.Batch))
	case r.State.Acknowledged() && r.Quarantined > 0:
		t.sayf("\n%s", l.T("cmd.report.next-quarantine", r.Dataset, r.Batch))
	}
}

// plain writes a number that names something.
func plain(n int64) string { return strconv.FormatInt(n, 10) }
