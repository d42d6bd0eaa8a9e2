package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// chosenRights answers every question with one decision.
type chosenRights struct{ policy.Decision }

func (r *chosenRights) Allow(policy.Who, policy.Action, policy.What, policy.Purpose) policy.Decision {
	return r.Decision
}

// kinds of files with how to read the field ten of their records.
var kinds = map[string]func(t *testing.T, body []byte) []string{
	"csv": func(t *testing.T, body []byte) []string {
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return column(t, rows)
	},
	"xlsx": func(t *testing.T, body []byte) []string {
		f := openBook(t, &answer{t: t, body: body})
		rows, err := f.GetRows(f.GetSheetList()[0])
		if err != nil {
			t.Fatal(err)
		}
		return column(t, rows)
	},
	"geojson": func(t *testing.T, body []byte) (all []string) {
		for _, f := range collection(t, body).Features {
			all = append(all, fmt.Sprint(f.Properties["ten"]))
		}
		return all
	},
	"parquet": func(t *testing.T, body []byte) []string {
		r, err := file.NewParquetReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		fr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
		if err != nil {
			t.Fatal(err)
		}
		table, err := fr.ReadTable(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return batches(array.NewTableReader(table, 0))
	},
	"arrow": func(t *testing.T, body []byte) []string {
		r, err := ipc.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return batches(r)
	},
}

func column(t *testing.T, rows [][]string) (all []string) {
	at := slices.IndexFunc(rows[0], func(head string) bool { return head == "ten" || head == "Tên" })
	if at < 0 {
		t.Fatalf("no column ten in %v", rows[0])
	}
	for _, r := range rows[1:] {
		all = append(all, append(r, make([]string, at+1)...)[at])
	}
	return all
}

func batches(rr array.RecordReader) (all []string) {
	for rr.Next() {
		batch := rr.RecordBatch()
		at := batch.Schema().FieldIndices("ten")[0]
		for i := range int(batch.NumRows()) {
			all = append(all, batch.Column(at).ValueStr(i))
		}
	}
	return all
}

type featureCollection struct {
	Type     string
	Phohien  map[string]any
	Features []struct {
		ID       string
		Geometry *struct {
			Type        string
			Coordinates []float64
		}
		Properties map[string]any
	}
}

func collection(t *testing.T, body []byte) (c featureCollection) {
	t.Helper()
	if err := json.Unmarshal(body, &c); err != nil || c.Type != "FeatureCollection" {
		t.Fatalf("%v\n%.400s", err, body)
	}
	return c
}

const places = `apiVersion: v3.1.0
kind: DataContract
id: diem
name: Điểm
version: 1.0.0
status: active
customProperties:
  - {property: phohien.provenance, value: {kind: generated, source: "Chương trình thử", licence: CC-BY-4.0, attribution: "Tỉnh thử"}}
schema:
  - name: dong
    customProperties:
      - {property: phohien.scope, value: {unit: xa}}
    properties:
      - {name: so, logicalType: string, primaryKey: true, required: true}
      - {name: ten, businessName: Tên, logicalType: string}
      - {name: xa, logicalType: string}
      - {name: tien, logicalType: integer}
      - {name: kinh_do, logicalType: number}
      - {name: vi_do, logicalType: number}
`

// Every kind of file gives the same records to the same reader: those that fit
// the filter, that are the reader's, and that are not held; masked alike; and
// says whose data they are.
func TestExport_kinds(t *testing.T) {
	h := newHarness(t)
	rights := &chosenRights{policy.Everything}
	h.province.Door.Policies = rights
	h = &harness{t, h.province, h.server, h.doc}
	h.province.Put(t, places)
	h.send("diem", "diem.csv", []byte("so,ten,xa,tien,kinh_do,vi_do\n1,Nguyễn Thị Một,11953,1000,106.05,20.65\n2,Trần Văn Hai,12004,2000,106.1,20.7\n3,Lê Ba,11953,3000,,\n4,Người Bị Giữ,11953,4000,106,20\n")).want(201)
	h.ask("POST", "/api/v1/datasets/diem/holds", strings.NewReader(`{"key":"4","kind":"quality","basis":"thử"}`), "Content-Type: application/json").want(201)
	names := func(kind, query string) string {
		t.Helper()
		a := h.get("/api/v1/datasets/diem/records." + kind + "?lang=vi&" + query).want(200)
		head := a.response.Header
		if links := strings.Join(head.Values("Link"), ", "); !strings.Contains(links, `<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license"`) || !strings.Contains(links, `</api/v1/datasets/diem>; rel="describedby"`) {
			t.Errorf("%s: links %s", kind, links)
		}
		if about := head.Get("X-Phohien-Provenance"); !strings.HasPrefix(about, "kind=generated; seq=") || !strings.Contains(about, "attribution*=UTF-8''T%E1%BB%89nh%20th%E1%BB%AD") {
			t.Errorf("%s: provenance %s", kind, about)
		}
		return strings.Join(kinds[kind](t, a.body), ", ")
	}
	for kind := range kinds {
		if got := names(kind, ""); got != "Nguyễn Thị Một, Trần Văn Hai, Lê Ba" {
			t.Errorf("%s: %s", kind, got)
		}
		if got := names(kind, "xa=11953&tien=3000"); got != "Lê Ba" {
			t.Errorf("%s of a filter: %s", kind, got)
		}
		if got := names(kind, "filter=tien%20%3C%202500&sort=-tien"); got != "Trần Văn Hai, Nguyễn Thị Một" {
			t.Errorf("%s filtered and sorted: %s", kind, got)
		}
		if got := names(kind, "as_of=0"); got != "" {
			t.Errorf("%s before the first batch: %s", kind, got)
		}
	}
	rights.Decision.Rows = policy.Rows{Units: []string{"12004"}}
	for kind := range kinds {
		if got := names(kind, ""); got != "Trần Văn Hai" {
			t.Errorf("%s of one commune: %s", kind, got)
		}
	}
	rights.Decision.Rows = policy.Rows{All: true}
	rights.Decision.Columns = map[string]policy.Sight{"ten": {Mask: policy.LastFour}, "tien": {Mask: policy.Hidden}, "kinh_do": {Mask: policy.Hidden}}
	for kind := range kinds {
		got := names(kind, "")
		if strings.Contains(got, "Nguyễn") || !strings.Contains(got, " Một") {
			t.Errorf("%s masked: %s", kind, got)
		}
		h.get("/api/v1/datasets/diem/records."+kind+"?tien=3000").problem(403, "view.column")
	}
	hidden := h.get("/api/v1/datasets/diem/records.geojson").want(200)
	if bytes.Contains(hidden.body, []byte("106.05")) || collection(t, hidden.body).Features[0].Geometry != nil {
		t.Errorf("the hidden longitude is told:\n%s", hidden.body)
	}
	r, err := ipc.NewReader(bytes.NewReader(h.get("/api/v1/datasets/diem/records.arrow").want(200).body))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]arrow.Type{"tien": arrow.STRING, "kinh_do": arrow.STRING, "vi_do": arrow.FLOAT64} {
		if got := r.Schema().Field(r.Schema().FieldIndices(name)[0]).Type.ID(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestExport_geojson(t *testing.T) {
	h := filled(t)
	const base = "/api/v1/datasets/hy-xa/records"
	a := h.get(base + ".geojson?eq.loai=phuong&fields=ma_xa,ten_xa,vi_tri").want(200)
	all := collection(t, a.body)
	if len(all.Features) == 0 || len(all.Features) > 85 || a.fileName() != "hy-xa.geojson" || all.Phohien["licence"] != "MIT" {
		t.Fatalf("%d features, %s, %v", len(all.Features), a.fileName(), all.Phohien)
	}
	f := all.Features[0]
	if f.ID != "11953" || f.Geometry.Type != "Point" || len(f.Geometry.Coordinates) != 2 || fmt.Sprint(f.Properties) != "map[ma_xa:11953 ten_xa:Phường Phố Hiến]" {
		t.Errorf("%+v %+v", f, f.Geometry)
	}
	h.get(base+".geojson?fields=ma_xa").problem(400, "export.no-place")
	h.get("/api/v1/datasets/hy-co-quan/records.geojson").problem(400, "export.no-place")
	h.get(base+".geojson?names=true").problem(400, "column.unknown")
	if got := h.get(base + ".arrow").want(200).fileName(); got != "hy-xa.arrows" {
		t.Error(got)
	}
	// A workbook that went out comes in again: the sheet about its source is no
	// data.
	var b api.Batch
	h.send("hy-xa", "hy-xa.xlsx", h.get(base+".xlsx").want(200).body).into(&b)
	if b.Report.Read != 86 || b.Report.Unchanged != 86 {
		t.Errorf("sent again: read %d, unchanged %d, %s", b.Report.Read, b.Report.Unchanged, b.State)
	}
}
