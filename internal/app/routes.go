package app

import (
	"cmp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/channels/site"
)

// A Route is one way in: where it stands and what it is for.
type Route struct {
	Door   string // api, operate, site
	Method string // "" = any
	Path   string // as http.ServeMux writes patterns
	Need   door.Need
}

// Routes lists the ways in over HTTP, in the order of their paths. What has no
// need stands outside: the OpenAPI document and the assets of the pages.
func (a *App) Routes() []Route { return slices.Clone(a.routes) }

// routesOf gathers what each door has registered.
func routesOf(json *api.Server, operators *operate.Server, pages *site.Site) []Route {
	var all []Route
	for _, r := range json.Routes() {
		all = append(all, Route{"api", r.Method, r.Path, r.Need})
	}
	for _, r := range operators.Routes() {
		all = append(all, Route{"operate", r.Method, r.Path, r.Need})
	}
	for _, r := range pages.Routes() {
		method, path, found := strings.Cut(r.Pattern, " ")
		if !found {
			method, path = "", r.Pattern
		}
		all = append(all, Route{"site", method, path, r.Need})
	}
	slices.SortStableFunc(all, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Door, b.Door), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return all
}
