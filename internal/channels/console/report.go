package console

import (
	"net/url"
	"strconv"

	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A reportView draws the identities of a report: what was read is what was
// accepted and what was not, and so on.
type reportView struct {
	Read, Accepted, Quarantined            string
	Inserted, Updated, Unchanged           string
	Skipped, Withdrawn, Late, Missing      string
	Mended, Seq, Version, Mode             string
	Bars                                   []bar
	Reasons                                []reasonView
	Changes                                []countView
	Notes                                  []string
	Left                                   []string
	QuarantinePath                         string
	AnyQuarantined, AnySkipped, AnyMissing bool
	There                                  string // in place of Updated and Unchanged, "" = both are known
}

// A bar is one share of what was read, as a part of a drawing 1,000 wide.
type bar struct {
	Class    string
	X, Width string
}

type reasonView struct {
	Column, Message, Count, Rule, Path string
	Severity                           string
}

type countView struct{ Title, Count string }

func reportOf(l locale.Lang, r *corridor.Report, obj *contract.Object, words *faults.Words, batch string) *reportView {
	n := l.Number
	v := &reportView{
		Read: n(r.Read), Accepted: n(r.Accepted), Quarantined: n(r.Quarantined), Inserted: n(r.Inserted), Updated: n(r.Updated),
		Unchanged: n(r.Unchanged), Skipped: n(r.Skipped), Withdrawn: n(r.Withdrawn), Late: n(r.Late), Missing: n(r.Missing),
		Mended: n(r.Mended), Seq: strconv.FormatInt(r.Seq, 10), Version: r.Contract, Mode: l.T("page.mode." + r.Mode), Left: r.Left,
		AnyQuarantined: r.Quarantined > 0, AnySkipped: r.Skipped > 0, AnyMissing: r.Missing > 0,
		QuarantinePath: "/datasets/" + url.PathEscape(r.Dataset) + "/quarantine?batch=" + url.QueryEscape(batch),
	}
	switch r.Veiled {
	case corridor.VeilChanges:
		v.There = n(r.There)
	case corridor.VeilRows:
		v.There = "–"
		v.Inserted, v.Withdrawn, v.Late, v.Mended = "–", "–", "–", "–"
		if r.Undoes != "" {
			v.Read, v.Accepted = "–", "–"
		}
	}
	if !l.Has("page.mode." + r.Mode) {
		v.Mode = ""
	}
	v.Bars = shares(r)
	for _, reason := range r.Reasons {
		v.Reasons = append(v.Reasons, reasonOf(l, reason, obj, words, v.QuarantinePath))
	}
	for _, c := range r.Standardised {
		v.Changes = append(v.Changes, countView{c.Title, n(c.Count)})
	}
	for _, x := range r.Notes {
		v.Notes = append(v.Notes, note(l, x))
	}
	return v
}

// reasonOf words a reason. The column stands beside it, so the sentence is what
// the rule asks for; when the contract has it no more, the one that was kept.
func reasonOf(l locale.Lang, r corridor.Reason, obj *contract.Object, words *faults.Words, path string) reasonView {
	v := reasonView{Column: r.Column, Message: l.Of(r.MessageVi, r.MessageEn), Count: l.Number(r.Count), Rule: r.Rule, Severity: r.Severity,
		Path: path + "&rule=" + url.QueryEscape(r.Rule)}
	if words != nil {
		if rule := words.Rule(r.Rule); rule != nil {
			v.Message = faults.Demand(l, rule)
		}
	}
	if obj != nil {
		if i := obj.Column(r.Column); i >= 0 {
			v.Column = obj.Columns[i].Title
		}
	}
	if v.Column == "" {
		v.Column = l.T("page.whole-row")
	}
	return v
}

func shares(r *corridor.Report) []bar {
	if r.Read <= 0 {
		return nil
	}
	var all []bar
	x := int64(0)
	for _, part := range []struct {
		class string
		n     int64
	}{{"inserted", r.Inserted}, {"updated", r.Updated}, {"unchanged", r.Unchanged}, {"there", there(r)}, {"quarantined", r.Quarantined}} {
		if part.n <= 0 {
			continue
		}
		all = append(all, bar{"bar-" + part.class, tenths(x, r.Read), tenths(part.n, r.Read)})
		x += part.n
	}
	return all
}

// there is the part of the accepted rows of which a report does not say what
// becomes of each.
func there(r *corridor.Report) int64 {
	if r.Veiled == "" {
		return 0
	}
	return r.Accepted - r.Inserted
}

// tenths is a share of a thousand with one decimal.
func tenths(part, whole int64) string {
	return strconv.FormatFloat(1000*float64(part)/float64(whole), 'f', 1, 64)
}

// count is a number of a report by its name, a dash without report.
func count(r *reportView, name string) string {
	if r == nil {
		return "–"
	}
	return map[string]string{
		"read": r.Read, "accepted": r.Accepted, "quarantined": r.Quarantined, "inserted": r.Inserted, "updated": r.Updated,
		"unchanged": r.Unchanged, "skipped": r.Skipped, "withdrawn": r.Withdrawn, "late": r.Late, "mended": r.Mended, "there": r.There,
	}[name]
}
