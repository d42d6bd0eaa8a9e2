package inbox

import (
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// mostReasons bounds the lists in a text; the page shows all.
const mostReasons = 30

// words is what stands in the text beside a file: what became of it, and what
// the unit should do. It is Vietnamese, whatever language the server speaks.
func (in *Inbox) words(o outcome) []string {
	l, r := locale.Vi, o.status.Report
	lines := []string{l.T("inbox.title"), ""}
	say := func(more ...string) { lines = append(lines, more...) }
	say(l.T("inbox.file", clean(o.name)), l.T("inbox.dataset", o.title, o.address))
	if o.sender != "" {
		say(l.T("inbox.sender", o.sender))
	}
	say(l.T("inbox.time", o.at))
	if o.status.ID != "" {
		say(l.T("inbox.batch", o.status.ID))
	}
	say("", l.T("inbox.result", result(o)))
	if o.again {
		say(l.T("inbox.again", o.status.Received))
	}
	if o.err != nil {
		say("", l.Error(o.err), "", l.T("inbox.todo"), "- "+l.T("inbox.todo.send"))
		return lines
	}
	if r != nil {
		say(counts(r)...)
		say(notes(l.T("inbox.holds"), r.Holds)...)
		say(reasons(r)...)
		if !o.sealed { // a note may quote a cell
			say(notes(l.T("inbox.notes"), r.Notes)...)
		}
	}
	return append(lines, in.todo(o)...)
}

// result is the outcome in a few words.
func result(o outcome) string {
	l := locale.Vi
	switch {
	case o.err != nil || o.status.State == corridor.Failed:
		return l.T("inbox.result.refused")
	case o.status.State == corridor.Held:
		return l.T("inbox.result.held")
	case o.status.State == corridor.Cancelled:
		return l.T("inbox.result.cancelled")
	case o.status.State == corridor.Undone:
		return l.T("inbox.result.undone")
	case o.status.Report != nil && o.status.Report.Quarantined > 0:
		return l.T("inbox.result.partly")
	}
	return l.T("inbox.result.done")
}

func counts(r *corridor.Report) []string {
	l := locale.Vi
	lines := []string{"", l.T("inbox.read", r.Read, r.Accepted, r.Quarantined), l.T("inbox.wrote", r.Inserted, r.Updated, r.Unchanged)}
	if r.State == corridor.Held {
		lines[2] = l.T("inbox.would", r.Inserted, r.Updated, r.Unchanged)
	}
	if r.Withdrawn > 0 {
		lines = append(lines, l.T("inbox.withdrawn", r.Withdrawn))
	}
	if r.Late > 0 {
		lines = append(lines, l.T("inbox.late", r.Late))
	}
	if r.Mended > 0 {
		lines = append(lines, l.T("inbox.mended", r.Mended))
	}
	return lines
}

// reasons lists the broken rules, most frequent first.
func reasons(r *corridor.Report) []string {
	l := locale.Vi
	if len(r.Reasons) == 0 {
		return nil
	}
	lines := []string{"", l.T("inbox.reasons")}
	for i, reason := range r.Reasons {
		if i == mostReasons {
			return append(lines, "- "+l.T("inbox.more", len(r.Reasons)-i))
		}
		lines = append(lines, "- "+l.T("inbox.reason", clean(reason.MessageVi), reason.Count))
	}
	return lines
}

func notes(title string, list []corridor.Note) []string {
	if len(list) == 0 {
		return nil
	}
	lines := []string{"", title}
	for i, n := range list {
		if i == mostReasons {
			return append(lines, "- "+locale.Vi.T("inbox.more", len(list)-i))
		}
		lines = append(lines, "- "+clean(n.Vi))
	}
	return lines
}

// todo says what the unit should do now; nothing when all is done.
func (in *Inbox) todo(o outcome) []string {
	l := locale.Vi
	page := in.Pages + "/batches/" + o.status.ID
	switch {
	case o.status.State == corridor.Held:
		return []string{"", l.T("inbox.todo"), "- " + l.T("inbox.todo.confirm", page), "- " + l.T("inbox.todo.wait")}
	case o.status.State == corridor.Cancelled || o.status.State == corridor.Failed:
		return []string{"", l.T("inbox.todo"), "- " + l.T("inbox.todo.send")}
	case o.status.Report != nil && o.status.Report.Quarantined > 0:
		return []string{"", l.T("inbox.todo"), "- " + l.T("inbox.todo.mend", page)}
	}
	return []string{"", l.T("inbox.page", page)}
}
