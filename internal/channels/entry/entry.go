// Package entry is the pages of one record of a data set: the form, made of its
// contract, by which it is written by hand where the platform keeps the data set
// itself, and its history.
//
// The key of a record stands in an address only where it tells of no person;
// elsewhere it comes in the body of a form.
package entry

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// Deps is what the pages stand on. Now has a default.
type Deps struct {
	*site.Site
	Contracts door.Sets
	Records   form.Records
	CodeLists codeLists
	Desk      *form.Desk
	Tabs      tabs
	Batches   batches
	Now       func() time.Time
}

// batches is what this package needs of corridor.Corridor.
type batches interface {
	Status(ctx context.Context, id string) (corridor.Status, error)
}

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
}

// tabs is what this package needs of package explore.
type tabs interface {
	Head(ctx context.Context, con *contract.Contract, obj *contract.Object, place string) ui.SetHead
}

type pages struct{ Deps }

// The last parts of the addresses.
const (
	newPlace     = form.NewPlace
	editPlace    = form.EditPlace
	historyPlace = form.HistoryPlace
)

// New adds the pages to the site.
func New(d Deps) {
	if d.Now == nil {
		d.Now = time.Now
	}
	p := &pages{d}
	send := door.Each(policy.Send, policy.KindDataset)
	p.Handle("GET /datasets/{id}/"+newPlace, send, p.newForm)
	p.Handle("POST /datasets/{id}/"+newPlace, send, p.save)
	p.Handle("GET /datasets/{id}/"+editPlace, send, p.editForm)
	p.Handle("POST /datasets/{id}/"+editPlace, send, p.save)
	read := door.Each(policy.Read, policy.KindDataset)
	p.Handle("GET /datasets/{id}/"+historyPlace, read, p.history)
	p.Handle("POST /datasets/{id}/"+historyPlace, read, p.historyOf)
}

// mostForm bounds what a form sends.
const mostForm = 1 << 20

type formView struct {
	Head     ui.SetHead
	Title    string
	Path     string
	Token    string
	Key, Seq string // of the record that is changed
	Fields   []form.Field
	Problems []form.Problem
	Problem  string
	Changed  []form.Shown
	Why      string
	Most     string
	Done     bool
	Address  string // of the table
}

// A filling is one request of a form.
type filling struct {
	*pages
	r     *http.Request
	con   *contract.Contract
	obj   *contract.Object
	names dictionary.Names
	v     formView
	page  ui.Page
}

// begun finds the table of an address, asks whether records may be written there,
// and makes the form.
func (p *pages) begun(r *http.Request) (*filling, error) {
	ctx := r.Context()
	con, obj, err := p.Door.Find(ctx, policy.Send, p.Contracts, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if obj == nil {
		obj = p.Door.KnownObjects(ctx, con)[0] // there is one, or none had been found
	}
	if _, err := p.Door.MaySend(ctx, con, obj, contract.Merge); err != nil {
		return nil, err
	}
	if !form.Fits(con, obj) {
		return nil, fault.New(fault.Conflict, "form.not-here", obj.Title)
	}
	names, err := dictionary.NamesOf(ctx, p.CodeLists, viet.DateOf(p.Now().In(viet.Zone)), obj.CodeLists()...)
	if err != nil {
		return nil, err
	}
	f := &filling{pages: p, r: r, con: con, obj: obj, names: names, page: p.Page(r, con.Name, "datasets")}
	address := "/datasets/" + url.PathEscape(obj.Dataset)
	f.v = formView{
		Head: p.Tabs.Head(ctx, con, obj, newPlace), Title: ui.Say(ctx, "form.new", obj.Title), Path: address + "/" + newPlace, Token: f.page.Token,
		Fields: form.Fields(locale.From(ctx), obj, names), Most: strconv.Itoa(moves.MostWords), Address: address, Done: r.URL.Query().Get("done") == "saved",
	}
	return f, nil
}

// open puts a record into the form.
func (f *filling) open(key string) error {
	ctx := f.r.Context()
	row, err := f.Desk.Load(ctx, f.con, f.obj, key)
	if err != nil {
		return err
	}
	if err := f.Desk.Own(ctx, f.con, f.obj, key); err != nil {
		return err
	}
	form.Fill(locale.From(ctx), f.obj, f.v.Fields, form.Cells(f.obj, row))
	for i := range f.v.Fields {
		for _, k := range f.obj.Key {
			if f.obj.Columns[k].Name == f.v.Fields[i].Name {
				f.v.Fields[i].Fixed = true
			}
		}
	}
	f.v.Key, f.v.Seq = row.Key, strconv.FormatInt(row.Seq, 10)
	f.v.Path = f.v.Address + "/" + editPlace
	f.v.Title = ui.Say(ctx, "form.edit", f.obj.Title)
	return nil
}

func (f *filling) show(w http.ResponseWriter, wrong error) error {
	if wrong == nil {
		return f.Show(w, f.r, f.page, entryPage(f.v))
	}
	return f.ShowWrong(w, f.r, wrong, f.page, entryPage(f.v))
}

func (p *pages) newForm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.begun(r)
	if err != nil {
		return err
	}
	return f.show(w, nil)
}

// editForm opens the record of a key, which stands in the address only where it
// tells of no person.
func (p *pages) editForm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.begun(r)
	if err != nil {
		return err
	}
	if view := p.Door.Peek(r.Context(), policy.Read, f.con, f.obj); view != nil && !form.Addressed(f.obj, view) {
		return fault.New(fault.Denied, "form.personal", f.obj.Title)
	}
	if err := f.open(r.URL.Query().Get("key")); err != nil {
		return err
	}
	return f.show(w, nil)
}

// values are what was written in the fields.
func (f *filling) values() map[string]string {
	values := map[string]string{}
	for _, field := range f.v.Fields {
		if _, sent := f.r.PostForm[field.Name]; sent && !field.Fixed {
			values[field.Name] = f.r.PostForm.Get(field.Name)
		}
	}
	return values
}

// save writes the record of the form, or shows what is to be mended. A form with a
// key alone opens that record.
func (p *pages) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	f, err := p.begun(r)
	if err != nil {
		return err
	}
	if key := r.PostForm.Get("key"); key != "" { // asked for from the table
		if err := f.open(key); err != nil {
			return err
		}
		return f.show(w, nil)
	}
	edit := form.Edit{Con: f.con, Obj: f.obj, Why: r.PostForm.Get("why")}
	if key := r.PostForm.Get("_key"); key != "" {
		if err := f.open(key); err != nil {
			return err
		}
		f.v.Seq, edit.Key = r.PostForm.Get("_seq"), key
		if edit.Seq, err = strconv.ParseInt(f.v.Seq, 10, 64); err != nil {
			return fault.New(fault.Invalid, "page.form").Because(err)
		}
	}
	f.v.Why = edit.Why
	values := f.values()
	var wrong []form.Problem
	if edit.Cells, wrong = form.Read(f.obj, form.StyleOf(locale.From(ctx)), values); len(wrong) > 0 {
		err = form.NewWrong(wrong)
	} else {
		_, err = p.Desk.Save(ctx, edit)
	}
	switch {
	case err == nil:
		return f.saved(w)
	case f.mend(values, err):
		return f.show(w, err)
	}
	return err
}

// saved leads on: to the next new record, or to the history of the one that was
// changed, where its key may stand in an address, and else to the table.
func (f *filling) saved(w http.ResponseWriter) error {
	to := f.v.Address + "/" + newPlace + "?done=saved"
	if f.v.Key != "" {
		to = f.v.Address + "/records"
		if view := f.Door.Peek(f.r.Context(), policy.Read, f.con, f.obj); view != nil && form.Addressed(f.obj, view) {
			to = ui.Address(f.v.Address+"/"+historyPlace, "key", f.v.Key, "done", "saved")
		}
	}
	http.Redirect(w, f.r, to, http.StatusSeeOther)
	return nil
}

// mend puts what is wrong beside the fields; false when the form cannot help.
func (f *filling) mend(values map[string]string, err error) bool {
	l := locale.From(f.r.Context())
	var wrong *form.Wrong
	var changed *form.Changed
	switch {
	case errors.As(err, &wrong):
		f.v.Problems = wrong.Problems
		form.Refill(l, f.v.Fields, values, wrong.Problems)
		return true
	case errors.As(err, &changed):
		f.v.Changed, f.v.Seq = form.ShowChanged(l, f.obj, f.names, changed.Fields, values), strconv.FormatInt(changed.Now.Seq, 10)
	case fault.Is(err, "batch.outside"), fault.Is(err, "batch.outside-there"): // said of a file; here there is one record
		f.v.Problem = l.T("form.others", f.obj.Title)
		form.Refill(l, f.v.Fields, values, nil)
		return true
	case fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.Conflict:
		return false
	}
	f.v.Problem = l.Error(err)
	form.Refill(l, f.v.Fields, values, nil)
	return true
}
