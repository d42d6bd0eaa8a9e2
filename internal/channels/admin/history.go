package admin

import (
	"context"
	"net/url"
	"slices"

	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// A compared is the fields that a change gave other values.
type compared []ui.Difference

func (c *compared) add(title, before, after string) {
	if before != after {
		*c = append(*c, ui.Difference{Title: title, Before: before, After: after})
	}
}

// mostChanges is how many changes of a thing stand on its page.
const mostChanges = 50

// historyPart tells what happened to a thing that is now as it is, each field
// before and after. What it was before a change can be put back at the address
// path, when nobody has changed it since the page was made.
func historyPart[T any](ctx context.Context, id, path string, now *T, all []org.Revision[T], base func(*T) org.Base, differences func(before, after *T) compared) sectionView {
	l := locale.From(ctx)
	part := sectionView{ID: id, Title: l.T("people.history"), Lead: l.T("people.history.lead")}
	if len(all) == 0 {
		part.Table = &tableView{Empty: l.T("people.history.none")}
		return part
	}
	var list []ui.Change
	after := now
	for _, rev := range all[:min(len(all), mostChanges)] {
		c := ui.Change{When: l.Stamp(rev.ChangedAt), By: rev.By.Name}
		if rev.Before == nil {
			c.What = l.T("people.history.made")
		} else {
			c.Fields = differences(rev.Before, after)
			if len(c.Fields) == 0 {
				c.What = l.T("people.history.same")
			}
			if base(rev.Before) != base(now) {
				c.Undo = path + "/restore?" + url.Values{"revision": {rev.ID}, "base": {string(base(now))}}.Encode()
				c.UndoText = l.T("people.history.restore")
			}
			after = rev.Before
		}
		list = append(list, c)
	}
	part.Body = ui.History(list, token(ctx))
	return part
}

// refilled opens one of the forms of a page with what somebody has filled in, so
// that they need not type it again.
func refilled(v screenView, id string, f url.Values) screenView {
	for i := range v.Sections {
		for j := range v.Sections[i].Forms {
			form := &v.Sections[i].Forms[j]
			if form.ID != id {
				continue
			}
			form.Folded = false
			for k := range form.Fields {
				field := &form.Fields[k]
				field.Value = f.Get(field.Name)
				for n := range field.Picks {
					field.Picks[n].Chosen = slices.Contains(f[field.Name], field.Picks[n].Value)
				}
			}
		}
	}
	return v
}
