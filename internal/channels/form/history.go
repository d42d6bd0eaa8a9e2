package form

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Change is one change of a record.
type Change struct {
	At     time.Time
	By     string // name of who did it
	Why    string // "" when nobody has said
	Batch  string
	Kind   string // of the batch
	Source string // file, or what wrote it
	Rows   int64  // how many records the batch wrote, this one among them
	First  bool   // the record was entered, for the first time or again
	Gone   bool   // the record was withdrawn
	Fields []Shown
}

// History tells every change of a record that a view holds, the newest first: who
// changed what, when, before and after. What the view masks stays masked.
func (d *Desk) History(ctx context.Context, l locale.Lang, view *record.View, names dictionary.Names, key string) ([]Change, error) {
	obj := view.Object()
	versions, err := d.Records.Through(view).History(ctx, key)
	if err != nil {
		return nil, err
	}
	var all []Change
	before := map[string]string{}
	for i, v := range versions {
		cells := Cells(obj, v)
		c := Change{First: len(before) == 0, Fields: Show(l, obj, names, Differences(obj, before, cells))}
		if err := d.by(ctx, obj, v.Seq, &c); err != nil {
			return nil, err
		}
		all, before = append(all, c), cells
		if v.End == 0 || i+1 < len(versions) && versions[i+1].Seq == v.End {
			continue
		}
		gone := Change{Gone: true}
		if err := d.by(ctx, obj, v.End, &gone); err != nil {
			return nil, err
		}
		all, before = append(all, gone), map[string]string{}
	}
	slices.Reverse(all)
	return all, d.reasons(ctx, all)
}

// by fills in which batch made a change, and whose that was.
func (d *Desk) by(ctx context.Context, obj *contract.Object, seq int64, c *Change) error {
	list, err := d.Records.Batches(ctx, obj.Contract, seq+1, 1)
	if err != nil || len(list) == 0 || list[0].Seq != seq {
		return err
	}
	b := list[0]
	c.At, c.By, c.Batch, c.Kind, c.Source, c.Rows = b.At, b.ByName, b.ID, b.Kind, b.Source, b.Inserted+b.Updated+b.Withdrawn
	return nil
}

func (d *Desk) reasons(ctx context.Context, all []Change) error {
	if d.Notes == nil {
		return nil
	}
	var batches []string
	for _, c := range all {
		if c.Batch != "" {
			batches = append(batches, c.Batch)
		}
	}
	notes, err := d.Notes.Notes(ctx, batches)
	for i := range all {
		all[i].Why = notes[all[i].Batch]
	}
	return err
}

// View is a change as a page shows it.
func (c Change) View(l locale.Lang) ui.Change {
	v := ui.Change{By: c.By, Why: c.Why}
	if !c.At.IsZero() {
		v.When = l.Time(c.At)
	}
	if c.Batch != "" {
		v.Link, v.LinkText = "/batches/"+c.Batch, l.T("form.history.batch")
	}
	switch {
	case c.Gone:
		v.What = l.T("form.history.gone", c.Source)
	case c.Kind == record.KindUndo:
		v.What = l.T("form.history.undone")
	case c.First:
		v.What = l.T("form.history.first", c.Source)
	case len(c.Fields) == 0:
		v.What = l.T("form.history.hidden")
	}
	if c.First && c.Kind != record.KindUndo {
		return v // every field would stand there with nothing before it
	}
	for _, f := range c.Fields {
		v.Fields = append(v.Fields, ui.Difference{Title: f.Title, Before: f.Before, After: f.After})
	}
	return v
}

// Addressed reports whether the key of a record may stand in an address: it is
// seen, and tells of no person.
func Addressed(obj *contract.Object, view *record.View) bool {
	return !view.HiddenKey() && !door.Personal(obj)
}

// The last parts of the addresses of one record's pages.
const (
	EditPlace    = "edit-record"
	HistoryPlace = "record-history"
)

// HistoryAddress is where the changes of a record stand; see Addressed.
func HistoryAddress(obj *contract.Object, key string) string {
	return recordAddress(obj, HistoryPlace, key)
}

// EditAddress is where a record is changed; see Addressed.
func EditAddress(obj *contract.Object, key string) string { return recordAddress(obj, EditPlace, key) }

func recordAddress(obj *contract.Object, place, key string) string {
	return "/datasets/" + url.PathEscape(obj.Dataset) + "/" + place + "?key=" + url.QueryEscape(key)
}
