package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/foundation/org"
)

// TestOrganisations asks for the tree of organisations on days and for one.
func TestOrganisations(t *testing.T) {
	p := apitest.New(t)
	s := api.New(api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor,
		CodeLists: p.CodeLists, Recipes: p.Recipes, Orgs: org.NewStore(p.Control, org.Deps{}), Log: p.Log, Version: "thử", Temp: p.Temp,
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	h := &harness{t, p, server, readDocument(t, s)}
	for _, c := range []struct {
		name, path    string
		status        int
		want, without []string
	}{
		{"the tree", "/api/v1/organisations?on=2026-11-22", 200, []string{`"on":"2026-11-22"`, `"id":"hy-syt"`, `"parent":"hy-ubnd"`}, []string{`"email"`, `"note"`}},
		{"below one", "/api/v1/organisations?under=hy-ubnd", 200, []string{`"id":"hy-syt"`}, []string{`"id":"ht-`}},
		{"by name", "/api/v1/organisations?q=so+y+te&under=hy-ubnd", 200, []string{`"id":"hy-syt"`}, []string{`"id":"hy-snv"`}},
		{"by a code that nobody has", "/api/v1/organisations?code=H99.1", 200, []string{`"items":[]`}, nil},
		{"one", "/api/v1/organisations/hy-syt", 200, []string{`"path":["hy-syt","hy-ubnd"`, `"codes":[]`}, nil},
		{"none", "/api/v1/organisations/khong-co", 404, []string{"khong-co"}, nil},
		{"a day that is none", "/api/v1/organisations?on=mai", 400, []string{"mai"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := h.get(c.path)
			if a.response.StatusCode != c.status {
				t.Fatalf("%s %s", a.response.Status, a.body)
			}
			for _, w := range c.want {
				if !strings.Contains(string(a.body), w) {
					t.Errorf("lacks %s", w)
				}
			}
			for _, w := range c.without {
				if strings.Contains(string(a.body), w) {
					t.Errorf("has %s", w)
				}
			}
		})
	}
}
