package api_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/plandesk"
	"github.com/phohien/phohien/viet"
)

// askPlans tries every address of plans.
func askPlans(h *harness) {
	h.t.Helper()
	for _, path := range []string{"/plans", "/tasks?state=qua-han", "/tasks/khong-co", "/targets?measure=tu-tinh", "/targets/khong-co", "/duties?cadence=thang"} {
		h.get("/api/v1" + path)
	}
}

// TestPlans: what the packs ship is all there, with states by the dates, and lists are
// narrowed, counted and paged as that of data sets.
func TestPlans(t *testing.T) {
	p := apitest.New(t)
	half, told := 50.0, map[string]plan.Told{}
	desk := &plandesk.Desk{
		Door: p.Door, Contracts: p.Contracts, Records: p.Truth, CodeLists: p.CodeLists, Orgs: p.Orgs,
		Now: func() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, viet.Zone) },
	}
	s := api.New(api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor,
		CodeLists: p.CodeLists, Recipes: p.Recipes, Orgs: p.Orgs, Log: p.Log, Version: "thử", Temp: p.Temp, Plans: desk,
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	h := &harness{t, p, server, readDocument(t, s)}
	var none struct{ Items []api.PlanTask }
	if h.get("/api/v1/tasks").want(200).into(&none); len(none.Items) != 0 {
		t.Errorf("of an empty register: %+v", none.Items)
	}
	p.Send(t, "vn-tinh", "packs/viet-nam/data/vn-tinh.csv")
	for _, dataset := range []string{"kh-co-quan", "kh-van-ban", "kh-nhiem-vu", "kh-chi-tieu", "kh-che-do-bao-cao"} {
		p.Send(t, dataset, "packs/hung-yen/data/"+dataset+".csv")
	}
	askPlans(h)

	var plans struct {
		Items []api.Plan
		Total int
	}
	h.get("/api/v1/plans").want(200).into(&plans)
	tasks, targets, duties := 0, 0, 0
	for _, one := range plans.Items {
		tasks, targets, duties = tasks+one.Tasks, targets+one.Targets, duties+one.Duties
		states := 0
		for _, n := range one.States {
			states += n
		}
		if states != one.Tasks {
			t.Errorf("%s has %d tasks, and %d in the five states", one.ID, one.Tasks, states)
		}
	}
	if plans.Total != 5 || tasks != 360 || targets != 98 || duties != 30 {
		t.Errorf("%d plans, %d tasks, %d targets, %d duties", plans.Total, tasks, targets, duties)
	}

	// Pages of a list hold each task once.
	seen := map[string]bool{}
	for after := ""; ; {
		var page struct {
			Items []api.PlanTask
			Next  string
			Total int
		}
		h.get("/api/v1/tasks?limit=100&after=" + after).want(200).into(&page)
		for _, one := range page.Items {
			if seen[one.ID] || one.Reason == "" || one.State == "" {
				t.Errorf("%+v", one)
			}
			seen[one.ID] = true
		}
		if after = page.Next; after == "" {
			if page.Total != 360 || len(seen) != 360 {
				t.Errorf("%d of %d tasks", len(seen), page.Total)
			}
			break
		}
	}

	var late struct {
		Items  []api.PlanTask
		Total  int
		Facets map[string][]api.DatasetFacet
	}
	h.get("/api/v1/tasks?state=qua-han&plan=hy214").want(200).into(&late)
	if late.Total != 3 || late.Items[0].Why != plan.DueBehind || late.Items[0].Days != 328 {
		t.Errorf("%d late: %+v", late.Total, late.Items)
	}
	if !slices.ContainsFunc(late.Facets["state"], func(f api.DatasetFacet) bool { return f.Value == "qua-han" && f.Count == 3 }) {
		t.Errorf("%+v", late.Facets["state"])
	}
	// Bodies of other provinces are called by their names too.
	var other struct{ Items []api.PlanTask }
	h.get("/api/v1/tasks?unit=ht-skhcn&limit=1").want(200).into(&other)
	if len(other.Items) != 1 || other.Items[0].LeadName != "Sở Khoa học và Công nghệ" {
		t.Errorf("%+v", other.Items)
	}

	// A target has no value before something gives one, and says why; what was told
	// counts, and what is measured counts more.
	var one api.PlanTarget
	h.get("/api/v1/targets/hy26-17").want(200).into(&one)
	if one.Value != nil || one.AsOf != nil || one.Evidence != nil || one.Why == "" || one.Verdict != plan.Unmeasured {
		t.Errorf("%+v", one)
	}
	desk.Told = func(context.Context) (map[string]plan.Told, error) { return told, nil }
	told["hy26-17"] = plan.Told{Begun: true, Value: &half, At: desk.Now()}
	h.get("/api/v1/targets/hy26-17").want(200).into(&one)
	if one.Value == nil || *one.Value != 50 || one.Evidence.Source != plandesk.FromReport || one.Verdict != plan.OnTheWay {
		t.Errorf("%+v", one)
	}
	whole := 100.0
	desk.Figures = func(context.Context) (map[string]govern.Figure, error) {
		return map[string]govern.Figure{"hy26-17": {Measure: &govern.Measure{ID: "CT-01"}, Value: &whole, At: desk.Now()}}, nil
	}
	h.get("/api/v1/targets/hy26-17").want(200).into(&one)
	if one.Value == nil || *one.Value != 100 || one.Evidence.Source != plandesk.FromPlatform || one.Evidence.Measure != "CT-01" || one.Verdict != plan.Reached {
		t.Errorf("%+v", one)
	}
	// Work that was told of moves a task.
	told["hy214-II.1.d"] = plan.Told{Begun: true, Done: true, On: viet.DateOf(time.Date(2026, 1, 10, 9, 0, 0, 0, viet.Zone))}
	var task api.PlanTask
	h.get("/api/v1/tasks/hy214-II.1.d").want(200).into(&task)
	if task.State != plan.DoneLate || task.Days != 10 {
		t.Errorf("%+v", task)
	}
	h.get("/api/v1/tasks/khong-co").problem(404, "plan.no-task")
	h.get("/api/v1/targets/khong-co").problem(404, "plan.no-target")
	h.get("/api/v1/tasks", "X-Phohien-Token: ").want(401)
}
