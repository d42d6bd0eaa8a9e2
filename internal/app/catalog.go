package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/registers"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A described is the one search, and what it was made of last.
type described struct {
	finder *lookup.Finder
	desk   *systems.Desk
	forms  *form.Desk

	mu      sync.Mutex
	commits int64     // of the control database when it was gathered last
	head    int64     // of the register
	print   string    // of the entries
	next    time.Time // before which it is not gathered again
	whole   time.Time // when it was gathered last
}

// How often what is described is gathered: as soon as something has changed, but
// never for more than a small part of the time; and whole after a while, since
// freshness grows old by itself.
const (
	catalogPace  = 3 * time.Second
	catalogShare = 20 // gathering takes at most one part in so many of the time
	catalogWhole = 15 * time.Minute
)

// mostCodes is how long a code list may be for its codes to be found one by one:
// the register of administrative units has a search of its own.
const mostCodes = 600

// openSearch makes the one search and the desk of the register of systems.
func (a *App) openSearch() {
	notes := moves.NewStore(a.Store.Control())
	d := &a.described
	d.finder = lookup.New(a.door)
	d.forms = &form.Desk{Door: a.door, Records: a.Truth, Corridor: a.Corridor, Notes: notes, Further: a.units.Wrong}
	d.desk = &systems.Desk{
		Door: a.door, Contracts: a.Contracts, Records: a.Truth, Corridor: a.Corridor, CodeLists: a.Dictionary, Orgs: a.Orgs, Forms: d.forms, Finder: d.finder,
		Moves: notes, Roles: a.Policies.Roles, Platform: a.Config.Platform, Version: a.Version, Now: a.clock.Now,
	}
}

// refreshSearch gathers what is described when something of it has changed.
func (a *App) refreshSearch(ctx context.Context) error {
	d := &a.described
	d.mu.Lock()
	defer d.mu.Unlock()
	begun := time.Now()
	commits, alone := a.Store.Control().Commits()
	head, _, err := a.Truth.Head(ctx, systems.SetOf(ctx, a.Contracts, contract.RegisterSystems))
	if err != nil {
		return fmt.Errorf("head of the register: %w", err)
	}
	same := alone && commits == d.commits && head == d.head && d.print != "" && begun.Sub(d.whole) < catalogWhole
	if same || begun.Before(d.next) {
		return nil
	}
	g := &gathering{a: a, ctx: ctx, now: a.clock.Now(), sectors: map[string]bool{}}
	if err := g.all(); err != nil {
		return fmt.Errorf("what the search is made of: %w", err)
	}
	took := time.Since(begun)
	d.commits, d.head, d.whole, d.next = commits, head, begun, begun.Add(catalogShare*took)
	text, err := json.Marshal(g.entries)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if print := hex.EncodeToString(sum[:]); print != d.print {
		if err := d.finder.Put(g.entries, g.sets); err != nil {
			return err
		}
		d.print = print
	}
	return nil
}

// A gathering collects the entries of all rooms.
type gathering struct {
	a       *App
	ctx     context.Context
	now     time.Time
	entries []catalog.Entry
	sets    []*contract.Contract
	snap    *org.Snapshot
	sectors map[string]bool // codes that data sets and systems have
}

func (g *gathering) add(e catalog.Entry) { g.entries = append(g.entries, e) }

func (g *gathering) all() (err error) {
	if g.snap, err = g.a.Orgs.Snapshot(g.ctx); err != nil {
		return err
	}
	g.organisations()
	return errors.Join(g.datasets(), g.systems(), g.terms(), g.codeLists())
}

func (g *gathering) owner(id, name string) catalog.Owner {
	if o, ok := g.snap.Org(id); ok && id != "" {
		name = o.Name
	}
	return catalog.Owner{ID: id, Name: name}
}

func (g *gathering) organisations() {
	on := org.Today(g.now)
	for _, b := range g.snap.Tree(on) {
		e := catalog.Entry{
			Kind: catalog.Organisation, ID: b.Org.ID, Title: b.Org.Name, TitleEn: b.Org.NameEn, Address: "/organisations/" + url.PathEscape(b.Org.ID) + "/score",
			Owner: g.owner(b.Parent, ""), Weight: 1.2, Sight: lookup.OfKind(policy.KindOrg),
		}
		if b.Parent == "" {
			e.Owner = catalog.Owner{}
		}
		for _, code := range []string{b.Org.CodeOn(on), b.Org.UnitCode, b.Org.ID} {
			if code != "" {
				e.Codes = append(e.Codes, code)
			}
		}
		for _, id := range b.Org.Predecessors {
			if o, ok := g.snap.Org(id); ok {
				e.Keywords = append(e.Keywords, o.Name)
			}
		}
		g.add(e)
	}
}

func (g *gathering) datasets() error {
	for con, err := range contract.All(g.ctx, g.a.Contracts) {
		if err != nil {
			return err
		}
		g.sets = append(g.sets, con)
	}
	stand, err := g.a.Scorer.Standings(g.ctx, g.sets)
	if err != nil {
		return err
	}
	shelves := g.a.shelf()
	for _, con := range g.sets {
		st := stand[con.ID]
		g.sectors[con.Domain] = true
		d, err := shelves.Measured(g.ctx, con, st.Score.Overall != nil)
		if err != nil {
			return err
		}
		facets := catalog.Facets{
			Sector: con.Domain, Layer: d.Layer, Access: con.Access, Score: st.Score.Band, Freshness: freshness(st.Changed, g.now), State: con.Status, Described: shelf.Complete,
		}
		if len(d.Missing()) > 0 {
			facets.Described = shelf.Lacking
		}
		set := catalog.Entry{
			Kind: catalog.Dataset, ID: con.ID, Title: con.Name, TitleEn: d.TitleEn, Text: con.Purpose, Keywords: con.Tags, Codes: []string{con.ID}, Address: "/datasets/" + url.PathEscape(con.ID),
			Owner: g.owner(con.Owner, con.OwnerName), Facets: facets, Weight: 2, Changed: st.Changed, Sight: lookup.OfSet(con),
		}
		if con.Retired {
			set.Weight, set.Facets.State = 0.5, "retired"
		}
		for _, o := range con.Objects {
			if len(con.Objects) > 1 {
				set.Keywords = append(set.Keywords, o.Title)
			}
			g.columns(con, o, set)
		}
		g.add(set)
	}
	return nil
}

func (g *gathering) columns(con *contract.Contract, o *contract.Object, set catalog.Entry) {
	for i := range o.Columns {
		c := &o.Columns[i]
		e := catalog.Entry{
			Kind: catalog.Column, ID: o.Dataset + "/" + c.Store, Title: c.Title, Text: con.Name, Keywords: c.Aliases, Address: "/datasets/" + url.PathEscape(o.Dataset) + "/contract",
			Owner: set.Owner, Facets: catalog.Facets{Sector: set.Facets.Sector, Access: set.Facets.Access}, Weight: 0.5, Sight: set.Sight,
		}
		if c.About != "" {
			e.Text = con.Name + ". " + c.About
		}
		for _, code := range []string{c.Name, c.Term} {
			if code != "" {
				e.Codes = append(e.Codes, code)
			}
		}
		g.add(e)
	}
}

// freshness is the band of an age, "" when nothing has ever come.
func freshness(changed, now time.Time) string {
	if changed.IsZero() {
		return ""
	}
	const day = 24 * time.Hour
	age := now.Sub(changed)
	for _, b := range []struct {
		most time.Duration
		name string
	}{{day, "day"}, {7 * day, "week"}, {31 * day, "month"}, {92 * day, "quarter"}, {366 * day, "year"}} {
		if age <= b.most {
			return b.name
		}
	}
	return "older"
}

func (g *gathering) systems() error {
	con, obj, err := g.a.Contracts.Object(g.ctx, systems.TableOf(g.ctx, g.a.Contracts))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil // the register is not installed
	}
	if err != nil {
		return err
	}
	if head, _, err := g.a.Truth.Head(g.ctx, con.ID); err != nil || head == 0 {
		return err
	}
	// What is held is found by nobody: who may see it has the list of what is held.
	view, err := record.NewView(obj, policy.Everything, g.a.door.Secrets)
	if err != nil {
		return err
	}
	const page = 2000
	for after := ""; ; {
		list, err := g.a.Truth.Through(view).List(g.ctx, after, page, record.Latest)
		if err != nil {
			return err
		}
		for _, r := range list {
			after = r.Key
			var row registry.Row = registers.RowOf(obj, r)
			g.sectors[row["linh_vuc"]] = true
			e := catalog.Entry{
				Kind: catalog.System, ID: row.ID(), Title: row["ten"], TitleEn: row["ten_en"], Text: row["chuc_nang"], Codes: []string{row.ID()}, Address: api.SystemPath(row.ID()),
				Owner:  g.owner(row["chu_quan"], row["chu_quan"]),
				Facets: catalog.Facets{Sector: row["linh_vuc"], State: row["trang_thai"], Access: con.Access}, Weight: 1.5,
				Sight: lookup.OfRow(con, obj, row["chu_quan"]),
			}
			for _, column := range []string{"ma_ke_hoach", "ma_nas", "nhan_ma", "cap_do_so"} {
				if code := row[column]; code != "" && !slices.Contains(e.Codes, code) {
					e.Codes = append(e.Codes, code)
				}
			}
			g.add(e)
		}
		if len(list) < page {
			return nil
		}
	}
}

func (g *gathering) terms() error {
	book, err := g.a.Dictionary.Book(g.ctx)
	if err != nil {
		return err
	}
	for _, t := range book.Terms() {
		sector := t.Group // in words; those of a sector are the same as its code
		if code := viet.Slug(sector); g.sectors[code] {
			sector = code
		}
		g.add(catalog.Entry{
			Kind: catalog.Term, ID: t.ID, Title: t.Title, TitleEn: t.TitleEn, Text: t.Definition, Keywords: slices.Concat(t.Synonyms, []string{t.TechnicalName, t.Name, t.NameEn}),
			Codes: slices.Concat([]string{t.ID}, t.Documents), Address: "/dictionary/" + url.PathEscape(t.ID), Facets: catalog.Facets{Sector: sector}, Weight: 1.2,
			Sight: lookup.OfKind(policy.KindCodeList),
		})
	}
	return nil
}

func (g *gathering) codeLists() error {
	for after := ""; ; {
		list, err := g.a.Dictionary.List(g.ctx, after, 500)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, l := range list {
			after = l.ID
			g.codeList(l)
		}
	}
}

func (g *gathering) codeList(l *dictionary.CodeList) {
	address := "/codelists/" + url.PathEscape(l.ID)
	sight := lookup.OfKind(policy.KindCodeList)
	e := catalog.Entry{Kind: catalog.CodeList, ID: l.ID, Title: l.Name, Text: l.Source, Codes: []string{l.ID}, Address: address, Weight: 1, Sight: sight}
	if l.Retired {
		e.Weight, e.Facets.State = 0.4, "retired"
	}
	g.add(e)
	if l.Retired || len(l.Codes) > mostCodes {
		return
	}
	seen := map[string]bool{}
	for _, c := range l.Codes {
		if seen[c.Code] { // it was there in several spans of time
			continue
		}
		seen[c.Code] = true
		g.add(catalog.Entry{
			Kind: catalog.Code, ID: l.ID + "/" + c.Code, Title: strings.TrimSpace(c.Name), Text: l.Name, Keywords: c.Aliases, Codes: []string{c.Code}, Address: address, Weight: 0.4, Sight: sight,
		})
	}
}
