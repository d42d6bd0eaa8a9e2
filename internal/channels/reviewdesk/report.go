package reviewdesk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"strings"

	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// Marks words what deserves a look, or that nothing does.
func Marks(l locale.Lang, h review.Had) (all []string) {
	for _, m := range h.Marks {
		if m == review.Unused {
			all = append(all, l.T("reviews.mark.unused-days", h.Unused))
			continue
		}
		all = append(all, l.T("reviews.mark."+string(m)))
	}
	if len(all) == 0 {
		all = []string{l.T("reviews.mark.none")}
	}
	return all
}

// Report is a review as a table in CSV: what each account had, what deserved a look,
// what was decided, by whom.
func (d *Desk) Report(ctx context.Context, id string) (name string, table []byte, err error) {
	l := locale.From(ctx)
	w, err := d.Look(ctx, id)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // for spreadsheets
	out := csv.NewWriter(&b)
	put := func(cells ...string) {
		for i := range cells {
			cells[i] = workbook.Harmless(cells[i])
		}
		err = cmp.Or(err, out.Write(cells))
	}
	put(l.T("people.org"), l.T("people.name"), l.T("people.login"), l.T("people.roles"), l.T("people.posts"), l.T("reviews.marks"), l.T("reviews.verdict"), l.T("people.why"), l.T("reviews.by"), l.T("exports.when"))
	for _, line := range w.List {
		a := w.Accounts[line.Account]
		verdict, at := l.T("reviews.verdict.none"), ""
		if line.Verdict != "" {
			verdict, at = l.T("reviews.verdict."+string(line.Verdict)), l.Time(line.At)
		}
		marks := Marks(l, line.Had)
		if len(line.Had.Beyond) > 0 {
			marks = append(marks, d.Accounts.Posts.RoleNames(l, line.Had.Beyond))
		}
		put(w.Snap.Name(line.Org), cmp.Or(a.Name, line.Account), a.Login, d.Accounts.Posts.RoleNames(l, line.Had.Roles), strings.Join(line.Had.Posts, "; "), strings.Join(marks, "; "), verdict, line.Why, line.By.Name, at)
	}
	if !w.Open() {
		put(l.T("reviews.state.ended", l.Time(w.EndedAt)), w.EndedBy.Name, "", "", "", "", l.T("reviews.of", w.Done, w.Lines), w.Why, "", "")
	}
	out.Flush()
	return "ra-soat-tai-khoan-" + org.Today(w.BegunAt).String() + ".csv", b.Bytes(), cmp.Or(err, out.Error())
}
