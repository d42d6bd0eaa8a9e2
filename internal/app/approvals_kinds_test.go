package app

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// TestApprovedExport_kinds: no kind of file is a way around the approvals, and a
// request is fetched as the kind that was approved.
func TestApprovedExport_kinds(t *testing.T) {
	l := newApprovalLand(t)
	for _, kind := range []string{"csv", "xlsx", "geojson", "parquet", "arrow"} {
		w := l.ask(l.steward, get("/api/v1/datasets/"+landSet+"/records."+kind))
		if w.Code != http.StatusForbidden {
			t.Errorf("an important data set is exported as %s without approval: %d", kind, w.Code)
		}
	}
	wish := func(kind string) string {
		return strings.Replace(exportWish, `"fetches":2`, `"fetches":2,"format":"`+kind+`"`, 1)
	}
	l.call(l.steward, "", wish("geojson"), http.StatusBadRequest) // there is no place among the fields
	l.call(l.steward, "", wish("pdf"), http.StatusUnprocessableEntity)
	for kind, begins := range map[string]string{"parquet": "PAR1", "arrow": "\xff\xff\xff\xff"} {
		r := l.call(l.steward, "", wish(kind), http.StatusCreated)
		if r.Format != kind {
			t.Errorf("asked for %s, got %s", kind, r.Format)
		}
		l.approve(l.second, r, http.StatusOK)
		l.approve(l.governor, r, http.StatusOK)
		w := l.fetch(l.steward, r)
		if w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte(begins)) || !strings.HasPrefix(w.Header().Get("X-Phohien-Provenance"), "kind=") {
			t.Errorf("%s: %d %.60q %v", kind, w.Code, w.Body, w.Header())
		}
	}
}
