// Package explore is the pages that look into a data set: its rows, its columns,
// its contract, and how programs ask for the same. Each page shows what the
// API answers, and works without a script.
package explore

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// Deps is what the pages stand on. Now has a default.
type Deps struct {
	*site.Site
	Contracts contracts
	Records   records
	Mirror    *mirror.Mirror
	CodeLists codeLists // nil: codes are shown without their names
	// Terms gives the terms in force; nil: there is no shared dictionary.
	Terms func(ctx context.Context) (*dictionary.Book, error)
	// Approved reports whether the caller may export an object once others have
	// approved it, and not before; nil: nobody approves.
	Approved func(ctx context.Context, con *contract.Contract, obj *contract.Object) bool
	Limits   *guard.Limits // nil: nothing is limited
	Sets     sets          // all contracts, for the boundaries among them
	Units    register      // nil: no register of administrative units
	Borders  *atlas.Sheets // has a default
	Scores   scorer        // nil: there is no page of scores
	Now      func() time.Time
	Shelf    *shelf.Shelf                    // nil: there is no page of the catalogue
	Lineage  *lineage.Desk                   // nil: there is no page of the lineage
	Changed  func(ctx context.Context) error // told that a contract has changed; may be nil
	// Who names an account for its colleagues; nil: by its id.
	Who func(ctx context.Context, id string) string
}

// contracts is what this package needs of contract.Store.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	Version(ctx context.Context, id, digest string) (*contract.Contract, error)
	Versions(ctx context.Context, id string) ([]contract.Version, error)
	Document(ctx context.Context, id, digest string) ([]byte, error)
	Propose(ctx context.Context, now *contract.Contract, text []byte) (contract.Proposal, error)
	Change(ctx context.Context, by actor.Actor, now *contract.Contract, match, note string, text []byte) (*contract.Contract, contract.Proposal, error)
	Redescribed(ctx context.Context, now *contract.Contract, fields map[string]string) ([]byte, error)
}

// scorer is what this package needs of score.Scorer.
type scorer interface {
	Current(ctx context.Context, datasetID string) (score.Score, error)
	DaysOf(ctx context.Context, dataset, from string) ([]score.Day, error)
}

// records is what this package needs of record.Truth.
type records interface {
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
	Through(v *record.View) *record.Reader
	Count(ctx context.Context, obj *contract.Object) (int64, error)
}

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
}

// Pages are the pages of this package.
type Pages struct{ Deps }

// New makes the pages and adds them to the site.
func New(d Deps) *Pages {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Borders == nil {
		d.Borders = &atlas.Sheets{Records: d.Records}
	}
	p := &Pages{d}
	for _, v := range views() {
		if v.asked != nil && !v.asked(p) {
			continue
		}
		if v.show != nil {
			p.Handle("GET /datasets/{id}/"+v.place, door.Each(v.action, policy.KindDataset), v.handler(p))
		}
		if v.post {
			p.Handle("POST /datasets/{id}/"+v.place, door.Each(v.action, policy.KindDataset), v.handler(p))
		}
	}
	p.queryRoutes()
	p.editRoutes()
	p.catalogueRoutes()
	return p
}

// A view is one way to look at a table. Its text is "explore." and its place.
type view struct {
	place  string // last part of its address, "" for the data set's own page
	action policy.Action
	fits   func(obj *contract.Object) bool // whether the table has something to show there; nil: always
	show   func(p *Pages, w http.ResponseWriter, r *http.Request, t table) error
	post   bool                // what is asked for may come in the body of a form
	asked  func(p *Pages) bool // whether the platform has what it shows; nil: always
}

// A table is what a page is about.
type table struct {
	con  *contract.Contract
	obj  *contract.Object
	head ui.SetHead
}

// address is that of one of the table's pages.
func (t table) address(place string) string { return address(t.obj, place) }

func address(obj *contract.Object, place string) string {
	a := "/datasets/" + url.PathEscape(obj.Dataset)
	if place != "" {
		a += "/" + place
	}
	return a
}

// views are the pages in the order in which they are offered.
func views() []view {
	return []view{
		{place: "", action: policy.Describe},
		{place: "score", action: policy.Describe, show: scorePage},
		{place: "records", action: policy.Read, show: (*Pages).records, post: true},
		{place: "profile", action: policy.Read, show: (*Pages).profile},
		{place: "chart", action: policy.Aggregate, fits: hasTime, show: (*Pages).chart},
		{place: unitsPlace, action: policy.Aggregate, fits: hasUnits, show: (*Pages).unitFigures},
		{place: mapPlace, action: policy.Aggregate, fits: atlas.Fits, show: showMap},
		{place: cataloguePlace, action: policy.Describe, show: (*Pages).catalogue, asked: func(p *Pages) bool { return p.Shelf != nil }},
		{place: "lineage", action: policy.Describe, show: (*Pages).lineage, asked: func(p *Pages) bool { return p.Lineage != nil }},
		{place: "contract", action: policy.Describe, show: contractPage},
		{place: "api", action: policy.Describe, show: apiPage},
	}
}

// handler finds the table and asks whether it may be looked at.
func (v view) handler(p *Pages) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		con, obj, err := p.Door.Find(ctx, v.action, p.Contracts, r.PathValue("id"))
		if err != nil {
			return err
		}
		if obj == nil {
			obj = p.Door.KnownObjects(ctx, con)[0] // there is one, or none had been found
		}
		if err := p.Door.MaySet(ctx, v.action, con, obj); err != nil {
			return err
		}
		return v.show(p, w, r, table{con, obj, p.Head(ctx, con, obj, v.place)})
	}
}

// Head is what stands above each page of a table; place is the page's, "" for
// the data set's own.
func (p *Pages) Head(ctx context.Context, con *contract.Contract, obj *contract.Object, place string) ui.SetHead {
	h := ui.SetHead{Name: con.Name, Purpose: ui.InLanguage(locale.From(ctx), con.Purpose), Provenance: con.Provenance}
	for _, o := range p.Door.KnownObjects(ctx, con) {
		h.Tables = append(h.Tables, ui.Tab{Address: address(o, ""), Text: o.Title, Current: o == obj})
	}
	for _, v := range views() {
		if (v.fits == nil || v.fits(obj)) && (v.asked == nil || v.asked(p)) && p.Door.Can(ctx, v.action, con.What(obj)) {
			name := v.place
			if name == "" {
				name = "overview"
			}
			h.Pages = append(h.Pages, ui.Tab{Address: address(obj, v.place), Text: ui.Say(ctx, "explore."+name), Current: v.place == place})
		}
	}
	if form.Fits(con, obj) && p.Door.Can(ctx, policy.Send, con.What(obj)) {
		h.Pages = append(h.Pages, ui.Tab{Address: address(obj, form.NewPlace), Text: ui.Say(ctx, "form.new-tab"), Current: place == form.NewPlace})
	}
	return h
}
