package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/scores"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// shownSets is how many data sets stand on a page of the list.
const shownSets = 25

type homeView struct {
	Query    shelf.Query
	Sets     []homeRow
	Total    string // data sets, of all
	Found    int64
	Rows     string
	Newest   string
	SignedIn bool
	MayAdd   bool
	Work     bool          // there is a page of the reader's own work
	Province *provinceView // nil: nothing to roll up, or a search
	Agencies []agencyView
	Facets   []facetView
	Orders   []choice
	Pages    pagesView
}

type homeRow struct {
	ID, Name, Owner string
	OwnerAddress    string
	Purpose         string
	Rows            string
	Updated         string
	UpdatedAt       string
	Retired         bool
	Provenance      contract.Provenance
	Grade           ui.Grade
	Overall         string
	Criteria        ui.Criteria
	Lacks           int64 // required fields of the catalogue that it lacks
}

// A facetView narrows the list by one property.
type facetView struct {
	Name, Label string
	Options     []choice
}

// pagesView leads through a list of several pages.
type pagesView struct {
	At, Of         int64
	Before, Behind string // addresses, "" at an end
}

// home is the province at a glance, and the list of its data sets.
func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	all, err := s.shelf.Known(ctx)
	if err != nil {
		return err
	}
	v := homeView{Query: shelf.Read(r.URL.Query()), SignedIn: door.From(ctx).Known()}
	v.MayAdd, v.Work = v.SignedIn, s.hasWork(ctx)
	v.sums(lang, all, s.Now())
	found, options := shelf.Find(all, v.Query)
	v.Found = int64(len(found))
	v.facets(ctx, all, options)
	at := v.page(r, len(found))
	for _, e := range found[at:min(at+shownSets, len(found))] {
		v.Sets = append(v.Sets, s.homeRow(ctx, e))
	}
	if !v.Query.Narrows() && v.Pages.At == 1 {
		if err := s.overview(ctx, all, &v); err != nil {
			return err
		}
	}
	return s.Show(w, r, s.Page(r, lang.T("page.datasets"), "datasets"), homePage(v))
}

// overview is what stands above the list while nobody looks for anything.
func (s *server) overview(ctx context.Context, all []shelf.Entry, v *homeView) (err error) {
	var members []score.Member
	contracts, lacking := map[string]*contract.Contract{}, int64(0)
	for _, e := range all {
		if !e.Retired {
			members = append(members, e.Member())
			contracts[e.ID] = e.Contract
			if e.Lacks > 0 {
				lacking++
			}
		}
	}
	if len(members) == 0 {
		return nil
	}
	if v.Province, err = s.province(ctx, members); err != nil {
		return err
	}
	lang := locale.From(ctx)
	v.Province.Title, v.Province.Lacking = lang.T("scores.province"), lacking
	if s.Orgs != nil {
		v.Agencies = agencies(lang, members, contracts, "")
	}
	return nil
}

func (v *homeView) sums(lang locale.Lang, all []shelf.Entry, now time.Time) {
	var rows int64
	var newest time.Time
	for _, e := range all {
		rows += e.Standing.Rows
		if e.Changed.After(newest) {
			newest = e.Changed
		}
	}
	v.Total, v.Rows, v.Newest = lang.Number(int64(len(all))), lang.Number(rows), ui.Ago(lang, newest, now)
}

// page finds the part of the list that was asked for and says where it begins.
func (v *homeView) page(r *http.Request, found int) int {
	of := max(1, (found+shownSets-1)/shownSets)
	at, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || at < 1 {
		at = 1
	}
	at = min(at, of)
	address := func(n int) string {
		q := r.URL.Query()
		q.Del("lang")
		q.Set("page", strconv.Itoa(n))
		if n == 1 {
			q.Del("page")
		}
		return "/?" + q.Encode() + "#list"
	}
	v.Pages = pagesView{At: int64(at), Of: int64(of)}
	if at > 1 {
		v.Pages.Before = address(at - 1)
	}
	if at < of {
		v.Pages.Behind = address(at + 1)
	}
	return (at - 1) * shownSets
}

// facets words what the list can be narrowed and ordered by. A facet with one
// value that everything has is left out.
func (v *homeView) facets(ctx context.Context, all []shelf.Entry, options map[shelf.Facet][]shelf.Option) {
	lang := locale.From(ctx)
	owners := map[string]string{}
	for _, e := range all {
		owners[e.Owner] = e.OwnerName
	}
	for _, f := range shelf.Facets() {
		chosen := v.Query.Facets[f]
		if len(options[f]) < 2 && chosen == "" {
			continue
		}
		one := facetView{Name: string(f), Label: lang.T("list." + string(f)), Options: []choice{{Value: "", Text: lang.T("list.all"), Chosen: chosen == ""}}}
		for _, o := range options[f] {
			one.Options = append(one.Options, choice{o.Value, lang.T("list.option", optionWords(lang, f, o.Value, owners), int64(o.Count)), o.Value == chosen})
		}
		v.Facets = append(v.Facets, one)
	}
	for _, o := range shelf.Orders() {
		v.Orders = append(v.Orders, choice{o, lang.T("list.sort-" + o), o == v.Query.Order})
	}
}

// optionWords names a value of a facet.
func optionWords(lang locale.Lang, f shelf.Facet, value string, owners map[string]string) string {
	switch f {
	case shelf.Owner:
		if owners[value] != "" {
			return owners[value]
		}
		return lang.T("page.no-owner")
	case shelf.Band:
		return worded(lang, "page.band."+value, value)
	case shelf.Access:
		if a, ok := accesses[strings.Trim(value, shelf.Unset)]; ok {
			return lang.T(a.Key)
		}
	case shelf.Provenance:
		return worded(lang, "provenance."+value, value)
	case shelf.Pack:
		if value == shelf.Unset {
			return lang.T("list.no-pack")
		}
	case shelf.Described:
		return worded(lang, "list.catalogue-"+value, value)
	case shelf.Has:
		return worded(lang, "list.has-"+value, value)
	}
	return value
}

// worded is a sentence, or the value itself when an address has made it up.
func worded(lang locale.Lang, key, value string) string {
	if !lang.Has(key) {
		return value
	}
	return lang.T(key)
}

func (s *server) homeRow(ctx context.Context, e shelf.Entry) homeRow {
	lang := locale.From(ctx)
	row := homeRow{
		ID: e.ID, Name: e.Name, Owner: owner(ctx, e.Contract), Purpose: ui.InLanguage(lang, e.Purpose),
		Rows: lang.Number(e.Standing.Rows), Updated: ui.Ago(lang, e.Changed, s.Now()), UpdatedAt: lang.Time(e.Changed), Retired: e.Retired, Provenance: e.Contract.Provenance,
		Grade: ui.GradeOf(e.Score.Overall), Overall: ui.Score(lang, e.Score.Overall), Criteria: scores.Criteria(lang, e.Score),
		Lacks: int64(e.Lacks),
	}
	if s.Orgs != nil && e.Owner != "" {
		row.OwnerAddress = agencyPath(e.Owner)
	}
	return row
}

// setPath is the address of a data set's page.
func setPath(id string) string { return "/datasets/" + url.PathEscape(id) }
