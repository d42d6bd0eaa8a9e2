package api_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/usage"
)

// TestMissing: what a data set lacks of the catalogue is told of one and of all, and
// the list is narrowed by it.
func TestMissing(t *testing.T) {
	h := newHarness(t)
	var one api.DatasetDetail
	h.get("/api/v1/datasets/hy-xa").want(200).into(&one)
	var keys []string
	for _, m := range one.Missing {
		keys = append(keys, m.Key)
		if m.Vi == "" || m.En == "" {
			t.Errorf("%s has no name", m.Key)
		}
	}
	if want := []string{"owner_agency_code", "quality", "retention", "archive_rule"}; !slices.Equal(keys, want) {
		t.Errorf("hy-xa lacks %q, want %q", keys, want)
	}
	var list struct {
		Items  []api.Dataset                 `json:"items"`
		Total  int                           `json:"total"`
		Facets map[string][]api.DatasetFacet `json:"facets"`
	}
	h.get("/api/v1/datasets?catalogue=lacking&limit=5").want(200).into(&list)
	if list.Total < 30 || len(list.Items) != 5 || len(list.Items[0].Missing) == 0 {
		t.Errorf("%d lack something: %+v", list.Total, list.Items)
	}
	h.get("/api/v1/datasets?catalogue=complete").want(200).into(&list)
	if list.Total != 0 || len(list.Items) != 0 {
		t.Errorf("%d lack nothing", list.Total)
	}
	h.get("/api/v1/datasets?catalogue=gi-do").want(422)
}

type noUses struct{}

func (noUses) Counts(context.Context, string, time.Time, time.Time) ([]usage.Count, error) {
	return nil, nil
}

func TestLineage(t *testing.T) {
	p := apitest.New(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv")
	p.Lineage = &lineage.Desk{Door: p.Door, Contracts: p.Contracts, Corridor: p.Corridor, Uses: noUses{}, Now: time.Now}
	s := p.API(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	h := &harness{t, p, server, readDocument(t, s)}
	var got api.DatasetLineage
	h.get("/api/v1/datasets/vn-xa/lineage").want(200).into(&got)
	if !got.Known || !got.Original || len(got.Batches) != 1 || got.Batches[0].File != "vn-xa.csv" || got.Source.Pack != "viet-nam" || got.Source.Provenance != "public" {
		t.Errorf("%+v", got)
	}
	how := map[string]string{}
	for _, s := range got.To {
		how[s.ID] = s.How
	}
	if how["hy-xa"] != lineage.MadeFrom || how["hy-thon-to-dan-pho"] != lineage.Refers {
		t.Errorf("goes to %v", how)
	}
	if !slices.ContainsFunc(got.From, func(s api.LineageSet) bool { return s.ID == "vn-tinh" && s.How == lineage.Refers }) {
		t.Errorf("comes from %v", got.From)
	}
	// A source that is named and is not there is said to be missing.
	if err := p.Contracts.Describe(t.Context(), actor.System, "vn-xa", map[string]string{"original": "", "lineage": "chua-co, vn-tinh"}, "thử"); err != nil {
		t.Fatal(err)
	}
	h.get("/api/v1/datasets/vn-xa/lineage").want(200).into(&got)
	if got.Original || !got.Known || !slices.Contains(got.From, api.LineageSet{ID: "chua-co", Name: "chua-co", How: lineage.MadeFrom, Gone: true}) {
		t.Errorf("%+v", got.From)
	}
	h.get("/api/v1/datasets/khong-co/lineage").problem(404, "dataset.unknown")
}
