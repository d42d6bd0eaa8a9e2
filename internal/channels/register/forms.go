package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// mostForm bounds what a form sends.
const mostForm = 1 << 20

type formView struct {
	Title    string
	Path     string
	Token    string
	System   string // code of the system that is changed, "" for a new one
	Seq      string
	Groups   []fieldGroup
	Fields   []form.Field // of all groups, for the summary
	Problems []form.Problem
	Problem  string
	Changed  []form.Shown
	Why      string
	WhyNew   string
	Checked  string // digest of the name and functions that were compared, "" = not yet
	Similar  []similarView
	Near     bool
	Most     string
}

type fieldGroup struct {
	Title  string
	Fields []form.Field
}

// onlyOfDocuments are columns that tell of systems that are known from documents:
// who proposes one is not asked for them.
var onlyOfDocuments = []string{"ma_ke_hoach", "lop_suy_ra", "chu_quan_suy_ra", "chuc_nang_en", "nguon", "tinh"}

// fieldsOf are the fields of the register that a form asks for.
func (p *pages) fieldsOf(ctx context.Context, obj *contract.Object, names dictionary.Names, isNew bool) ([]form.Field, error) {
	agencies, err := p.agencyOptions(ctx)
	if err != nil {
		return nil, err
	}
	fields := form.Fields(locale.From(ctx), obj, names)
	var all []form.Field
	for _, f := range fields {
		switch {
		case slices.Contains(systems.Fixed(), f.Name), isNew && slices.Contains(onlyOfDocuments, f.Name):
			continue
		case f.Name == "ma":
			if f.Fixed = !isNew; isNew {
				f.Required, f.Help = false, ui.Say(ctx, "register.code-help")
			}
		case f.Name == "chu_quan":
			f.Suggest = agencies
		}
		all = append(all, f)
	}
	return all, nil
}

// grouped puts fields into the parts of the register.
func grouped(l locale.Lang, obj *contract.Object, fields []form.Field) (all []fieldGroup) {
	key, last := "", ""
	for i := range obj.Columns {
		key = group(obj.Columns[i].Name, key)
		at := slices.IndexFunc(fields, func(f form.Field) bool { return f.Name == obj.Columns[i].Name })
		if at < 0 {
			continue
		}
		if key != last || len(all) == 0 {
			all, last = append(all, fieldGroup{Title: l.T(key)}), key
		}
		g := &all[len(all)-1]
		g.Fields = append(g.Fields, fields[at])
	}
	return all
}

// a filling is one request of a form.
type filling struct {
	*pages
	r      *http.Request
	con    *contract.Contract
	obj    *contract.Object
	names  dictionary.Names
	fields []form.Field
	v      formView
	page   ui.Page
}

func (p *pages) filling(r *http.Request, con *contract.Contract, obj *contract.Object, title, path string, isNew bool) (*filling, error) {
	ctx := r.Context()
	names, err := p.Desk.NamesOf(ctx, con)
	if err != nil {
		return nil, err
	}
	f := &filling{pages: p, r: r, con: con, obj: obj, names: names, page: p.Page(r, title, "systems")}
	if f.fields, err = p.fieldsOf(ctx, obj, names, isNew); err != nil {
		return nil, err
	}
	f.v = formView{Title: title, Path: path, Token: f.page.Token, Most: strconv.Itoa(moves.MostWords)}
	return f, nil
}

// show shows the form; wrong is what is to be mended, nil for nothing.
func (f *filling) show(w http.ResponseWriter, wrong error) error {
	f.v.Groups, f.v.Fields = grouped(locale.From(f.r.Context()), f.obj, f.fields), f.fields
	if wrong == nil {
		return f.Show(w, f.r, f.page, formPage(f.v))
	}
	return f.ShowWrong(w, f.r, wrong, f.page, formPage(f.v))
}

// values are what was written in the fields.
func (f *filling) values() map[string]string {
	values := map[string]string{}
	for _, field := range f.fields {
		if _, sent := f.r.PostForm[field.Name]; sent && !field.Fixed {
			values[field.Name] = f.r.PostForm.Get(field.Name)
		}
	}
	return values
}

// mend puts what is wrong beside the fields; false when the form cannot help.
func (f *filling) mend(values map[string]string, err error) bool {
	l := locale.From(f.r.Context())
	var wrong *form.Wrong
	var changed *form.Changed
	var alike *systems.AlikeError
	switch {
	case errors.As(err, &wrong):
		f.v.Problems = wrong.Problems
		form.Refill(l, f.fields, values, wrong.Problems)
	case errors.As(err, &changed):
		// What is there now comes into the form; what was written can be written again
		// with the other's change in sight.
		f.v.Changed, f.v.Problem = form.ShowChanged(l, f.obj, f.names, changed.Fields, values), l.Error(err)
		form.Refill(l, f.fields, values, nil)
		f.v.Seq = strconv.FormatInt(changed.Now.Seq, 10)
	case errors.As(err, &alike):
		f.v.Problem, f.v.Near = l.Error(err), true
		form.Refill(l, f.fields, values, nil)
	case fault.KindOf(err) == fault.Invalid, fault.KindOf(err) == fault.Conflict:
		f.v.Problem = l.Error(err)
		form.Refill(l, f.fields, values, nil)
	default:
		return false
	}
	return true
}

func (p *pages) begun(r *http.Request) (*filling, error) {
	ctx := r.Context()
	con, obj, err := p.Door.Find(ctx, policy.Send, p.Desk.Contracts, p.Desk.Register(ctx))
	if err != nil {
		return nil, err
	}
	if _, err := p.Door.MaySend(ctx, con, obj, contract.Merge); err != nil {
		return nil, err
	}
	return p.filling(r, con, obj, ui.Say(ctx, "register.new"), "/systems/new", true)
}

func (p *pages) newForm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.begun(r)
	if err != nil {
		return err
	}
	form.Refill(locale.From(r.Context()), f.fields, map[string]string{"chu_quan": door.From(r.Context()).Who.Org}, nil)
	return f.show(w, nil)
}

// propose compares what was written with what there is, shows that, and enters the
// system once it has been looked at.
func (p *pages) propose(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	f, err := p.begun(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	values := f.values()
	f.v.Why, f.v.WhyNew = r.PostForm.Get("why"), r.PostForm.Get("why_new")
	cells, wrong := form.Read(f.obj, form.StyleOf(locale.From(ctx)), values)
	sum := sha256.Sum256([]byte(cells["ten"] + "\x00" + cells["chuc_nang"]))
	f.v.Checked = hex.EncodeToString(sum[:8])
	list := p.Desk.Similar(ctx, "", cells["ten"], cells["chuc_nang"])
	f.v.Similar, f.v.Near = similar(locale.From(ctx), list), len(systems.Alike(list)) > 0
	if len(wrong) > 0 {
		err := form.NewWrong(wrong)
		f.mend(values, err)
		return f.show(w, err)
	}
	if r.PostForm.Get("do") != "save" || r.PostForm.Get("checked") != f.v.Checked {
		form.Refill(locale.From(ctx), f.fields, values, nil)
		return f.show(w, nil)
	}
	id, _, err := p.Desk.Propose(ctx, systems.Proposal{Cells: cells, WhyNew: f.v.WhyNew, Why: f.v.Why})
	if err != nil {
		if f.mend(values, err) {
			return f.show(w, err)
		}
		return err
	}
	http.Redirect(w, r, api.SystemPath(id)+"?done=proposed", http.StatusSeeOther)
	return nil
}

func (p *pages) opened(r *http.Request) (*filling, error) {
	ctx := r.Context()
	id := r.PathValue("id")
	con, obj, row, err := p.Desk.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := p.filling(r, con, obj, ui.Say(ctx, "register.edit", form.Text(row.Values["ten"])), api.SystemPath(id)+"/edit", false)
	if err != nil {
		return nil, err
	}
	form.Fill(locale.From(ctx), obj, f.fields, form.Cells(obj, row))
	f.v.System, f.v.Seq = id, strconv.FormatInt(row.Seq, 10)
	return f, nil
}

func (p *pages) editForm(w http.ResponseWriter, r *http.Request) error {
	f, err := p.opened(r)
	if err != nil {
		return err
	}
	return f.show(w, nil)
}

func (p *pages) edit(w http.ResponseWriter, r *http.Request) error {
	if _, err := p.Form(w, r, mostForm); err != nil {
		return err
	}
	f, err := p.opened(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	values := f.values()
	f.v.Why, f.v.Seq = r.PostForm.Get("why"), r.PostForm.Get("seq")
	seq, err := strconv.ParseInt(f.v.Seq, 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	cells, wrong := form.Read(f.obj, form.StyleOf(locale.From(ctx)), values)
	if len(wrong) > 0 {
		err = form.NewWrong(wrong)
	} else {
		_, err = p.Desk.Edit(ctx, f.v.System, seq, cells, f.v.Why)
	}
	switch {
	case err == nil:
		http.Redirect(w, r, api.SystemPath(f.v.System)+"?done=saved", http.StatusSeeOther)
		return nil
	case f.mend(values, err):
		return f.show(w, err)
	}
	return err
}
