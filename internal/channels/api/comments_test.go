package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/comments"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/comment"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestComments: who may see an object talks about it, its organisation is told
// without a word of it, and only the author or who governs the object takes one back.
func TestComments(t *testing.T) {
	p := apitest.New(t)
	policies, err := policy.Open(t.Context(), p.Control)
	if err != nil {
		t.Fatal(err)
	}
	p.Door.Policies = policies
	people := map[string]policy.Who{
		"an":   {Kind: "person", ID: "an", Org: "hy-syt", Orgs: []string{"hy-syt"}, Covers: []string{"hy-syt"}, Roles: []string{"public", "official", "data_steward"}},
		"binh": {Kind: "person", ID: "binh", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "official"}},
		"chi":  {Kind: "person", ID: "chi", Org: "hy-skhcn", Orgs: []string{"hy-skhcn"}, Covers: []string{"hy-skhcn"}, Roles: []string{"public", "official", "data_governor"}, Strong: true},
		"cty":  {Kind: "company", ID: "cty", Roles: []string{"public"}},
	}
	p.Door.Known = func(r *http.Request) (*door.Caller, error) {
		w, ok := people[r.Header.Get("X-Phohien-Token")]
		if !ok {
			return nil, nil
		}
		return &door.Caller{Who: w, Actor: actor.Actor{Kind: w.Kind, ID: w.ID, Name: "Cán bộ " + w.ID, Org: w.Org}}, nil
	}
	notices := notify.NewStore(p.Control, notify.Deps{})
	desk := &comments.Desk{Door: p.Door, Store: comment.NewStore(p.Control), Notices: notices, Finds: map[string]comments.Find{
		"codelist": func(_ context.Context, id string) (comments.Subject, error) {
			if id != "dan-toc" {
				return comments.Subject{}, fault.New(fault.NotFound, "codelist.unknown", id)
			}
			return comments.Subject{Title: "Danh mục dân tộc", Path: "/codelists/dan-toc", Org: "hy-skhcn", What: policy.What{Kind: policy.KindCodeList, ID: id}, Rules: policy.EditContract}, nil
		},
	}}
	s := api.New(api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor,
		CodeLists: p.CodeLists, Recipes: p.Recipes, Orgs: p.Orgs, Log: p.Log, Version: "thử", Temp: p.Temp, Comments: desk,
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	h := &harness{t, p, server, readDocument(t, s)}
	as := func(who string) string { return "X-Phohien-Token: " + who }
	const list = "/api/v1/comments?object=codelist:dan-toc"
	say := func(who, text string) *answer {
		return h.ask("POST", list, strings.NewReader(`{"text":"`+text+`"}`), "Content-Type: application/json", as(who))
	}
	h.get(list, as("")).want(401)
	h.get(list, as("cty")).problem(403, "comment.not-yours")
	h.get("/api/v1/comments?object=codelist:khong-co", as("an")).problem(404, "codelist.unknown")
	h.get("/api/v1/comments?object=gi-do:x", as("an")).problem(400, "comment.object")
	say("an", " ").problem(400, "comment.empty")
	say("an", "Gọi 0912 345 678").problem(400, "comment.number")
	say("an", strings.Repeat("ă", comment.Most+1)).problem(400, "comment.long")
	var got struct{ Items []api.Comment }
	say("an", "Thiếu mã của dân tộc Ngái").want(200).into(&got)
	if len(got.Items) != 1 || got.Items[0].By.Name != "Cán bộ an" || len(got.Items[0].May) != 1 {
		t.Fatalf("%+v", got)
	}
	told, _, err := notices.List(t.Context(), notify.Reader{Orgs: []string{"hy-skhcn"}}, notify.Filter{})
	if err != nil || len(told) != 1 || told[0].Path != "/codelists/dan-toc#comments" || strings.Contains(told[0].TitleVi+told[0].TextVi, "Ngái") {
		t.Errorf("%+v, %v", told, err)
	}
	withdraw := func(who string) *answer {
		return h.ask("POST", "/api/v1/comments/"+got.Items[0].ID+"/withdraw", strings.NewReader(`{"why":"Nhầm danh mục"}`), "Content-Type: application/json", as(who))
	}
	withdraw("binh").problem(403, "comment.not-own")
	withdraw("chi").want(200).into(&got)
	if c := got.Items[0]; c.Text != "" || c.WithdrawnAt == nil || c.WithdrawnBy.Name != "Cán bộ chi" || c.Why != "Nhầm danh mục" || len(c.May) != 0 {
		t.Errorf("%+v", c)
	}
	withdraw("an").problem(409, "comment.withdrawn")
}
