package api_test

import (
	"encoding/json"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
)

// TestScores asks for the score of the province and of organisations.
func TestScores(t *testing.T) {
	h := newHarness(t, "packs/hung-yen/data/hy-xa.csv")
	ask := func(path string) (r api.Rollup) {
		t.Helper()
		a := h.get(path)
		if a.response.StatusCode != 200 {
			t.Fatalf("%s: %s %s", path, a.response.Status, a.body)
		}
		if err := json.Unmarshal(a.body, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	all := ask("/api/v1/scores")
	if all.Measured != 1 || all.Of < 10 || all.Overall == nil || len(all.Criteria) != 6 || all.Datasets[0].Dataset != "hy-xa" {
		t.Errorf("province: %+v", all)
	}
	if c := all.Criteria[0]; c.Value == nil || c.Measured != 1 || len(c.Unmeasured) != all.Of-1 || c.Unmeasured[0].Why.Vi == "" {
		t.Errorf("đúng: %+v", c)
	}
	if n := len(all.History); n != 1 || all.History[0].Overall == nil || *all.History[0].Overall != *all.Overall {
		t.Errorf("history: %+v", all.History)
	}
	if own := ask("/api/v1/organisations/hy-snv/score"); own.Of == 0 || own.Of >= all.Of || own.Measured != 1 {
		t.Errorf("an owner: %+v", own)
	}
	if above := ask("/api/v1/organisations/hy-ubnd/score?days=0"); above.Measured != 1 || len(above.History) != 0 {
		t.Errorf("the organisation above: %+v", above)
	}
	if other := ask("/api/v1/organisations/ht-ubnd/score"); other.Of != 0 || other.Overall != nil || other.Band != "none" {
		t.Errorf("another's: %+v", other)
	}
	if a := h.get("/api/v1/organisations/khong-co/score"); a.response.StatusCode != 404 {
		t.Errorf("nobody: %s", a.response.Status)
	}
}

// TestLosses asks for the lost points of a data set with lines in quarantine.
func TestLosses(t *testing.T) {
	h := newHarness(t, files...)
	h.province.Send(t, "hy-xa", "packs/hung-yen/samples/hy-xa-loi.csv")
	a := h.get("/api/v1/datasets/hy-xa/quality")
	var q api.Quality
	if err := json.Unmarshal(a.body, &q); err != nil {
		t.Fatal(err)
	}
	if len(q.Losses) == 0 {
		t.Fatal("a dirty file has lost no point")
	}
	followed := 0
	for i, l := range q.Losses {
		if l.Who == "" || l.How.Vi == "" || l.Title.Vi == "" || l.Points <= 0 || l.Adds <= 0 || i > 0 && l.Adds > q.Losses[i-1].Adds {
			t.Errorf("%+v", l)
		}
		if l.Rows == "" || l.Records == 0 {
			continue
		}
		var lines struct {
			Items []json.RawMessage `json:"items"`
		}
		rows := h.get(l.Rows)
		if err := json.Unmarshal(rows.body, &lines); err != nil || rows.response.StatusCode != 200 {
			t.Fatalf("%s: %s %v", l.Rows, rows.response.Status, err)
		}
		if len(lines.Items) > 0 {
			followed++
		}
	}
	if followed == 0 {
		t.Errorf("no lost point leads to its rows: %+v", q.Losses)
	}
}
