// Package register is the pages of the register of information systems: the list,
// the three lists by field of state management, one system with what it lacks,
// and the forms in which systems are proposed and changed.
package register

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/paper"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on.
type Deps struct {
	*site.Site
	Desk *systems.Desk
	Orgs systems.Orgs // nil: agencies are written by their ids
	// Comments on systems; nil: nobody comments.
	Comments *comments.Desk
	// Head names an organisation as its papers do; nil: papers name nobody.
	Head func(ctx context.Context, org string) (govern.Head, error)
}

type pages struct{ Deps }

// New adds the pages to the site, and an entry to the menu for who reads the
// register.
func New(d Deps) {
	p := &pages{d}
	read, send := door.Each(policy.Read, policy.KindDataset), door.Each(policy.Send, policy.KindDataset)
	p.Offer(ui.Entry{Place: "systems", Address: "/systems", Text: "register.menu", Group: ui.MenuSystems}, p.reads)
	p.Handle("GET /systems", read, p.list)
	p.Handle("GET /systems/fields", read, p.fields)
	p.Handle("GET /systems/fields/annex.docx", read, p.annex("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", paper.DOCX))
	p.Handle("GET /systems/fields/annex.pdf", read, p.annex("pdf", "application/pdf", paper.PDF))
	p.Handle("GET /systems/national", read, p.national)
	p.Handle("GET /systems/new", send, p.newForm)
	p.Handle("POST /systems/new", send, p.propose)
	p.Handle("GET /systems/{id}", read, p.one)
	p.Handle("GET /systems/{id}/edit", send, p.editForm)
	p.Handle("POST /systems/{id}/edit", send, p.edit)
	p.Handle("POST /systems/{id}/move", read, p.move)
	p.Handle("POST /systems/{id}/moves/{request}/{what}", read, p.decide)
}

// reads reports whether the caller reads the register.
func (p *pages) reads(ctx context.Context) bool {
	con, obj, err := p.Desk.Lookup(ctx)
	return err == nil && obj != nil && p.Door.Can(ctx, policy.Read, con.What(obj))
}

// shown is how many systems stand on a page of the list.
const shown = 50

type listView struct {
	Filter   systems.Filter
	Rows     []rowView
	Total    int64
	Found    int64
	States   []facetOption
	Facets   []facetView
	At, Of   int64
	Before   string
	Behind   string
	New      bool
	Narrowed bool
}

type facetOption struct {
	Value, Text, Address string
	N                    string
	Chosen               bool
}

type facetView struct {
	Name, Label string
	Options     []facetOption
}

type rowView struct {
	ID, Name, Address string
	Owner, Sector     string
	Kind, State       string
	StateCode         string
	Level             string
	Confirmed         bool
}

// wording knows the names of codes and agencies.
type wording struct {
	l        locale.Lang
	con      *contract.Contract
	obj      *contract.Object
	names    dictionary.Names
	agencies func(string) string
}

func (p *pages) wording(ctx context.Context) (w wording, err error) {
	w.l = locale.From(ctx)
	if w.con, w.obj, w.names, err = p.Desk.Names(ctx); err != nil {
		return w, err
	}
	w.agencies, err = p.Desk.Agencies(ctx)
	return w, err
}

// code is the name of a code in a column of an object.
func (w wording) code(obj *contract.Object, column, code string) string {
	if i := obj.Column(column); i >= 0 && code != "" {
		if name := w.names.Name(obj.Columns[i].CodeList, code); name != "" {
			return name
		}
	}
	return code
}

func (w wording) row(s systems.System) rowView {
	r := s.Row
	v := rowView{
		ID: s.ID(), Name: s.Name(), Address: api.SystemPath(s.ID()), Sector: w.code(w.obj, "linh_vuc", r["linh_vuc"]), Kind: w.code(w.obj, "loai", r["loai"]),
		StateCode: string(s.State()), State: w.code(w.obj, "trang_thai", r["trang_thai"]), Level: r["cap_do"], Confirmed: r.Yes("da_xac_nhan"),
	}
	if s.Owner() != "" {
		v.Owner = w.agencies(s.Owner())
	}
	if v.State == "" {
		v.State = w.l.T("register.state-unknown")
	}
	return v
}

func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := p.Desk.List(ctx)
	if err != nil {
		return err
	}
	words, err := p.wording(ctx)
	if err != nil {
		return err
	}
	in := r.URL.Query()
	f := systems.Filter{Words: strings.TrimSpace(in.Get("q")), Owner: in.Get("owner"), State: in.Get("state"), Sector: in.Get("sector"), Kind: in.Get("kind"), Level: in.Get("level")}
	kept, counts := systems.Narrow(all, f)
	v := listView{Filter: f, Total: int64(len(all)), Found: int64(len(kept)), New: p.Desk.MayPropose(ctx), Narrowed: f.Narrows()}
	v.facets(words, in, f, counts)
	of := max(1, (len(kept)+shown-1)/shown)
	at, err := strconv.Atoi(in.Get("page"))
	if err != nil || at < 1 || at > of {
		at = 1
	}
	v.At, v.Of = int64(at), int64(of)
	if at > 1 {
		v.Before = ui.AddressBut("/systems", in, "page", strconv.Itoa(at-1))
	}
	if at < of {
		v.Behind = ui.AddressBut("/systems", in, "page", strconv.Itoa(at+1))
	}
	for _, s := range kept[(at-1)*shown : min(at*shown, len(kept))] {
		v.Rows = append(v.Rows, words.row(s))
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "register.title"), "systems"), listPage(v))
}

func (v *listView) facets(w wording, in url.Values, f systems.Filter, counts map[systems.Facet][]systems.Count) {
	for _, facet := range systems.Facets() {
		chosen := f.Chosen(facet)
		one := facetView{Name: string(facet), Label: w.l.T("register.facet." + string(facet)), Options: []facetOption{{Text: w.l.T("list.all"), Chosen: chosen == ""}}}
		for _, c := range counts[facet] {
			text := w.code(w.obj, facet.Column(), c.Value)
			switch {
			case c.Value == systems.Unset:
				text = w.l.T("register.unset")
			case facet == systems.ByOwner:
				text = w.agencies(c.Value)
			}
			o := facetOption{c.Value, text, ui.AddressBut("/systems", in, string(facet), c.Value), w.l.Number(int64(c.N)), c.Value == chosen}
			if facet == systems.ByState {
				v.States = append(v.States, o)
			}
			o.Text = w.l.T("list.option", text, int64(c.N))
			one.Options = append(one.Options, o)
		}
		if len(one.Options) > 2 || chosen != "" {
			v.Facets = append(v.Facets, one)
		}
	}
}

type fieldsView struct {
	Fields []fieldView
	Holes  []string
}

type fieldView struct {
	Name  string
	Hole  bool
	Lists [3][]rowView // have, building, to build
	Other []rowView    // of which nobody knows the state
}

// fields is the three lists by field of state management.
func (p *pages) fields(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := p.Desk.List(ctx)
	if err != nil {
		return err
	}
	list, err := p.Desk.Fields(ctx, all)
	if err != nil {
		return err
	}
	words, err := p.wording(ctx)
	if err != nil {
		return err
	}
	rows := func(list []registry.Row) (out []rowView) {
		for _, r := range list {
			out = append(out, words.row(systems.System{System: registry.System{Row: r}}))
		}
		return out
	}
	v := fieldsView{}
	for _, f := range list {
		one := fieldView{Name: f.Name, Hole: f.Code != "" && f.Empty(), Lists: [3][]rowView{rows(f.Have), rows(f.Building), rows(f.ToBuild)}, Other: rows(f.Unknown)}
		if f.Code == "" {
			one.Name = ui.Say(ctx, "register.no-sector")
		}
		if one.Hole {
			v.Holes = append(v.Holes, f.Name)
		}
		v.Fields = append(v.Fields, one)
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "register.fields"), "systems"), fieldsPage(v))
}

type nationView struct {
	Rows      []nationRow
	Connected int64
	Total     int64
}

type nationRow struct {
	Name, Owner, Act, Sure string
	Connected              bool
	Links                  []nationLink
}

type nationLink struct{ System, Address, State, Since, Agreement string }

func (p *pages) national(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := p.Desk.Nation(ctx)
	if err != nil {
		return err
	}
	v := nationView{Total: int64(len(list))}
	words, err := p.wording(ctx)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	var links *contract.Object
	if words.con != nil {
		links = objectOf(words.con, "ket_noi")
	}
	for _, n := range list {
		one := nationRow{Name: n.Row["ten"], Owner: n.Row["chu_quan"], Act: n.Row["van_ban"], Connected: n.Connected()}
		if one.Connected {
			v.Connected++
		}
		for _, l := range n.Links {
			link := nationLink{System: l["he_thong"], Address: api.SystemPath(l["he_thong"]), State: l["trang_thai"], Since: l["tu_ngay"], Agreement: l["thoa_thuan"]}
			if links != nil {
				link.State = words.code(links, "trang_thai", l["trang_thai"])
			}
			one.Links = append(one.Links, link)
		}
		v.Rows = append(v.Rows, one)
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "register.national"), "systems"), nationPage(v))
}

func objectOf(con *contract.Contract, name string) *contract.Object {
	for _, o := range con.Objects {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// agencyOptions are the agencies that an owner may be.
func (p *pages) agencyOptions(ctx context.Context) ([]form.Option, error) {
	if p.Orgs == nil {
		return nil, nil
	}
	snap, err := p.Orgs.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var all []form.Option
	for _, b := range snap.Tree(org.Today(p.Desk.Today())) {
		if !b.Org.Collective {
			all = append(all, form.Option{Value: b.Org.ID, Text: b.Org.Name})
		}
	}
	return all, nil
}
