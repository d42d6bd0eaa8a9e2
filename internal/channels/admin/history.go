package admin

import (
	"context"
	"net/url"
	"slices"

	"github.com/phohien/phohien/internal/channels/orgdesk"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
)

// historyPart tells what happened to a thing, each field before and after. What it
// was before a change can be put back at the address path, when nobody has changed it
// since the page was made.
func historyPart(ctx context.Context, id, path string, base org.Base, all []orgdesk.Revision) sectionView {
	l := locale.From(ctx)
	part := sectionView{ID: id, Title: l.T("people.history"), Lead: l.T("people.history.lead")}
	if len(all) == 0 {
		part.Table = &tableView{Empty: l.T("people.history.none")}
		return part
	}
	var list []ui.Change
	for _, rev := range all {
		c := ui.Change{When: l.Stamp(rev.At), By: rev.By.Name}
		for _, f := range rev.Fields {
			c.Fields = append(c.Fields, ui.Difference{Title: f.Title, Before: f.Before, After: f.After})
		}
		switch {
		case rev.Made:
			c.What = l.T("people.history.made")
		case len(rev.Fields) == 0:
			c.What = l.T("people.history.same")
		}
		if rev.Restore {
			c.Undo = path + "/restore?" + url.Values{"revision": {rev.ID}, "base": {string(base)}}.Encode()
			c.UndoText = l.T("people.history.restore")
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
