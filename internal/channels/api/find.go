package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A SearchHit is one thing that a search has found.
type SearchHit struct {
	Kind      string        `json:"kind" enum:"dataset,system,service,organisation,term,column,codelist,code,unit"`
	ID        string        `json:"id" doc:"Unique within its kind"`
	Name      string        `json:"name"`
	NameEn    string        `json:"name_en,omitempty"`
	About     string        `json:"about,omitempty" doc:"The description"`
	Owner     string        `json:"owner,omitempty" doc:"Id of the organisation that answers for it"`
	OwnerName string        `json:"owner_name,omitempty"`
	Address   string        `json:"address" doc:"Path of its page"`
	InName    []SearchRange `json:"in_name" nullable:"false" doc:"What fits, within name"`
	InAbout   []SearchRange `json:"in_about" nullable:"false" doc:"What fits, within about"`
	Score     float64       `json:"score" doc:"How well it fits: higher is better; says nothing beside another search"`
	SearchFacets
}

// Kinds that the catalogue calls otherwise, or does not hold.
const (
	kindCodeList = "codelist"
	kindUnit     = "unit"
)

// kindSaid is what a kind of the catalogue is called at this door.
func kindSaid(k catalog.Kind) string {
	if k == catalog.CodeList {
		return kindCodeList
	}
	return string(k)
}

// foundUnits is how many administrative units stand behind the first page of a
// search of all kinds.
const foundUnits = 5

// plainHit is something that was found without the index.
func plainHit(kind, id, name, about, path string) SearchHit {
	h := SearchHit{Kind: kind, ID: id, Name: name, About: about, Address: path + url.PathEscape(id), InName: []SearchRange{}, InAbout: []SearchRange{}}
	if kind == "organisation" {
		h.Address += "/score"
	}
	return h
}

// SearchFacets are what of a thing the list is narrowed by.
type SearchFacets struct {
	Sector    string `json:"sector,omitempty"`
	Layer     string `json:"layer,omitempty"`
	Access    string `json:"access,omitempty"`
	Freshness string `json:"freshness,omitempty"`
	Band      string `json:"band,omitempty" doc:"Of the score"`
	State     string `json:"state,omitempty"`
	Catalogue string `json:"catalogue,omitempty" doc:"Of a data set: complete, or lacking required fields of the catalogue"`
}

// A SearchRange is a part of a text in Unicode characters, its end not included.
type SearchRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// A SearchCount is how many things have a value of a facet, with the choices of the
// other facets.
type SearchCount struct {
	Value string `json:"value" doc:"\"-\" where nothing is named"`
	Name  string `json:"name,omitempty" doc:"What it is called, in the reader's language"`
	Count int    `json:"count"`
}

type searchList struct {
	Body struct {
		Items       []SearchHit              `json:"items" nullable:"false"`
		Total       int                      `json:"total"`
		Loose       bool                     `json:"loose" doc:"Nothing has all words: these have most of them"`
		Facets      map[string][]SearchCount `json:"facets"`
		Suggestions []string                 `json:"suggestions" nullable:"false" doc:"What may have been meant"`
	}
}

// findQuery asks the one search.
type findQuery struct {
	Q         string `query:"q" maxLength:"400" doc:"Words, with or without marks; codes; a part in quotation marks as it stands" example:"benh vien"`
	Kind      string `query:"kind" maxLength:"200" doc:"dataset, system, service, organisation, term, column, codelist, code, unit; several with commas, unit alone"`
	Owner     string `query:"owner" maxLength:"200" doc:"Id of an organisation; several with commas, as in all facets; \"-\": none is named"`
	Sector    string `query:"sector" maxLength:"200"`
	Layer     string `query:"layer" maxLength:"200"`
	Access    string `query:"access" maxLength:"200" doc:"open, shared, restricted"`
	Score     string `query:"score" maxLength:"200" doc:"good, watch, poor, none"`
	Freshness string `query:"freshness" maxLength:"200" doc:"day, week, month, quarter, year, older"`
	State     string `query:"state" maxLength:"200"`
	Catalogue string `query:"catalogue" maxLength:"200" doc:"Of data sets: complete, lacking"`
	Sort      string `query:"sort" enum:"relevance,title,newest" default:"relevance"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"20"`
	Offset    int    `query:"offset" minimum:"0" maximum:"10000"`
}

// query reads what is asked for.
func (in *findQuery) query() (catalog.Query, error) {
	q := catalog.Query{Text: in.Q, Limit: in.Limit, Offset: in.Offset, Facets: map[catalog.Facet][]string{}}
	for f, text := range map[catalog.Facet]string{
		catalog.ByKind: in.Kind, catalog.ByOwner: in.Owner, catalog.BySector: in.Sector, catalog.ByLayer: in.Layer, catalog.ByAccess: in.Access,
		catalog.ByScore: in.Score, catalog.ByFreshness: in.Freshness, catalog.ByState: in.State, catalog.ByDescribed: in.Catalogue,
	} {
		for v := range strings.SplitSeq(text, ",") {
			if v = strings.TrimSpace(v); v != "" {
				q.Facets[f] = append(q.Facets[f], v)
			}
		}
	}
	for i, k := range q.Facets[catalog.ByKind] {
		if k == kindCodeList {
			k = string(catalog.CodeList)
			q.Facets[catalog.ByKind][i] = k
		}
		if !slices.Contains(catalog.Kinds(), catalog.Kind(k)) {
			return q, fault.New(fault.Invalid, "find.kind", k)
		}
	}
	if in.Sort != "relevance" {
		q.Sort = catalog.Sort(in.Sort)
	}
	return q, nil
}

type suggestList struct {
	Body struct {
		Items []SearchSuggestion `json:"items" nullable:"false"`
	}
}

// A SearchSuggestion completes what has been typed.
type SearchSuggestion struct {
	Title   string        `json:"title"`
	Kind    string        `json:"kind"`
	ID      string        `json:"id"`
	Address string        `json:"address"`
	InTitle []SearchRange `json:"in_title" nullable:"false"`
}

func (s *Server) findRoutes() {
	need := door.Each(policy.Describe, policy.KindDataset).ForAll()
	register(s, need, huma.Operation{
		OperationID: "search-all", Method: http.MethodGet, Path: Prefix + "/search",
		Summary: "Tìm trong mọi thứ đã mô tả / Search everything that is described", Tags: []string{"search"},
		Description: "Data sets, their fields, systems, organisations, terms, code lists and codes in one list: those that the caller may know of, the best fit first. Administrative units have a search of their own, kind=unit; a few stand behind the first page of a search of all kinds, and are not counted.",
	}, s.find)
	register(s, need, huma.Operation{
		OperationID: "suggest", Method: http.MethodGet, Path: Prefix + "/search/suggest",
		Summary: "Gợi ý khi đang gõ / Complete what has been typed", Tags: []string{"search"},
	}, s.suggest)
}

func (s *Server) find(ctx context.Context, in *findQuery) (*searchList, error) {
	if err := s.Limits.Search(exchangeOf(ctx).r); err != nil {
		return nil, err
	}
	out := &searchList{}
	b := &out.Body
	b.Items, b.Suggestions, b.Facets = []SearchHit{}, []string{}, map[string][]SearchCount{}
	if s.Finder == nil || in.Kind == kindUnit {
		var err error
		b.Items, err = s.plainSearch(ctx, in.Q, in.Kind)
		b.Total = len(b.Items)
		return out, err
	}
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	r := s.Finder.Search(ctx, q)
	b.Total, b.Loose, b.Suggestions = r.Total, r.Loose, append(b.Suggestions, r.Suggestions...)
	for _, h := range r.Hits {
		b.Items = append(b.Items, hitOf(h))
	}
	if len(q.Facets) == 0 && in.Offset == 0 && in.Q != "" {
		units, err := s.findUnits(ctx, in.Q, nil)
		if err != nil {
			return nil, err
		}
		b.Items = append(b.Items, units[:min(len(units), foundUnits)]...)
	}
	words, err := s.Systems.FacetWords(ctx)
	if err != nil {
		return nil, err
	}
	for f, counts := range r.Facets {
		all := []SearchCount{}
		for _, c := range counts {
			value := c.Value
			if f == catalog.ByKind {
				value = kindSaid(catalog.Kind(value))
			}
			all = append(all, SearchCount{value, words.Of(locale.From(ctx), f, c), c.N})
		}
		b.Facets[string(f)] = all
	}
	return out, nil
}

func hitOf(h catalog.Hit) SearchHit {
	e := h.Entry
	return SearchHit{
		Kind: kindSaid(e.Kind), ID: e.ID, Name: e.Title, NameEn: e.TitleEn, About: e.Text, Owner: e.Owner.ID, OwnerName: e.Owner.Name, Address: e.Address,
		InName: ranges(e.Title, h.Title), InAbout: ranges(e.Text, h.Text), Score: h.Score,
		SearchFacets: SearchFacets{e.Facets.Sector, e.Facets.Layer, e.Facets.Access, e.Facets.Freshness, e.Facets.Score, e.Facets.State, e.Facets.Described},
	}
}

// ranges turns ranges of bytes into ranges of characters.
func ranges(text string, all []catalog.Range) []SearchRange {
	out := make([]SearchRange, len(all))
	for i, r := range all {
		from := utf8.RuneCountInString(text[:r.From])
		out[i] = SearchRange{from, from + utf8.RuneCountInString(text[r.From:r.To])}
	}
	return out
}

func (s *Server) suggest(ctx context.Context, in *struct {
	Q     string `query:"q" maxLength:"400" required:"true"`
	Kind  string `query:"kind" maxLength:"200"`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"8"`
}) (*suggestList, error) {
	if s.Finder == nil {
		return nil, fault.New(fault.NotFound, "api.no-such-path", Prefix+"/search/suggest")
	}
	q, err := (&findQuery{Q: in.Q, Kind: in.Kind, Limit: in.Limit, Sort: "relevance"}).query()
	if err != nil {
		return nil, err
	}
	out := &suggestList{}
	out.Body.Items = []SearchSuggestion{}
	for _, g := range s.Finder.Suggest(ctx, q) {
		one := SearchSuggestion{Title: g.Title, InTitle: ranges(g.Title, g.Ranges)}
		if g.Entry != nil {
			one.Kind, one.ID, one.Address = kindSaid(g.Entry.Kind), g.Entry.ID, g.Entry.Address
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}
