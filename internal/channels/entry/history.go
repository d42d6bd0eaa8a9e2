package entry

import (
	"context"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

type historyView struct {
	Head    ui.SetHead
	Title   string
	Token   string
	Key     string
	Edit    string // where the record is changed, "" = not here
	Changes []ui.Change
	Masked  bool
	Done    bool   // it was changed just now
	Address string // of the table
}

// history shows the changes of a record whose key may stand in an address.
func (p *pages) history(w http.ResponseWriter, r *http.Request) error {
	con, obj, view, err := p.seen(r)
	if err != nil {
		return err
	}
	if !form.Addressed(obj, view) {
		return fault.New(fault.Denied, "form.personal-history", obj.Title)
	}
	return p.showHistory(w, r, con, obj, view, r.URL.Query().Get("key"))
}

// historyOf is history for a key that comes in a form.
func (p *pages) historyOf(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	con, obj, view, err := p.seen(r)
	if err != nil {
		return err
	}
	return p.showHistory(w, r, con, obj, view, r.PostForm.Get("key"))
}

// seen finds the table of an address and how the caller sees it.
func (p *pages) seen(r *http.Request) (*contract.Contract, *contract.Object, *record.View, error) {
	ctx := r.Context()
	con, obj, err := p.Door.Find(ctx, policy.Read, p.Contracts, r.PathValue("id"))
	if err != nil {
		return nil, nil, nil, err
	}
	if obj == nil {
		obj = p.Door.KnownObjects(ctx, con)[0] // there is one, or none had been found
	}
	if !obj.HasKey() {
		return nil, nil, nil, fault.New(fault.NotFound, "page.no-such-page")
	}
	view, err := p.Door.See(ctx, policy.Read, con, obj)
	return con, obj, view, err
}

func (p *pages) showHistory(w http.ResponseWriter, r *http.Request, con *contract.Contract, obj *contract.Object, view *record.View, key string) error {
	ctx := r.Context()
	names, err := dictionary.NamesOf(ctx, p.CodeLists, viet.DateOf(p.Now().In(viet.Zone)), obj.CodeLists()...)
	if err != nil {
		return err
	}
	changes, err := p.Desk.History(ctx, locale.From(ctx), view, names, key)
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		return fault.New(fault.NotFound, "form.no-history", obj.Title)
	}
	page := p.Page(r, ui.Say(ctx, "form.history", obj.Title), "datasets")
	v := historyView{
		Head: p.Tabs.Head(ctx, con, obj, historyPlace), Title: page.Title, Token: page.Token, Key: key, Masked: view.Masked(), Done: r.URL.Query().Get("done") == "saved", Address: "/datasets/" + url.PathEscape(obj.Dataset),
	}
	if !view.Masked() && !changes[0].Gone {
		mine, err := p.Desk.Mine(ctx, con, obj, key)
		if err != nil {
			return err
		}
		if mine {
			v.Edit = v.Address + "/" + editPlace
		}
	}
	for _, c := range changes {
		one := c.View(locale.From(ctx))
		if p.undoes(ctx, con, obj, c) {
			one.Undo, one.UndoText = one.Link+"/undo", ui.Say(ctx, "form.history.undo")
		} else if c.Rows > 1 {
			one.LinkText = ui.Say(ctx, "form.history.batch-of", c.Rows)
		}
		v.Changes = append(v.Changes, one)
	}
	return p.Show(w, r, page, historyPage(v))
}

// undoes reports whether the caller may undo a change from here: its batch wrote
// this record alone. One that wrote more is undone on its own page, where it says
// what it wrote.
func (p *pages) undoes(ctx context.Context, con *contract.Contract, obj *contract.Object, c form.Change) bool {
	if c.Rows != 1 || c.Batch == "" || p.Batches == nil {
		return false
	}
	st, err := p.Batches.Status(ctx, c.Batch)
	return err == nil && st.State.Final() && st.State.Acknowledged() && st.State != corridor.Undone && st.Kind != record.KindUndo &&
		p.Door.CanBatch(ctx, policy.Undo, con, obj, st)
}
