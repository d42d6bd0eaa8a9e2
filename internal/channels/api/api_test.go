package api_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/faults"
	"github.com/phohien/phohien/viet"
)

const (
	units  = "packs/hung-yen/data/hy-xa.csv"
	broken = "packs/hung-yen/samples/hy-xa-loi.csv"
)

// khoa is a data set whose key has two parts, with every sort of letter in it.
const khoa = `apiVersion: v3.1.0
kind: DataContract
id: khoa-kep
name: Khóa kép
version: 1.0.0
status: active
schema:
  - name: dong
    properties:
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: nam, logicalType: integer, primaryKey: true, primaryKeyPosition: 2, required: true}
      - {name: limit, logicalType: string}
      - {name: gia, logicalType: number, physicalType: "decimal(10,2)"}
`

func filled(t *testing.T) *harness {
	return newHarness(t, files...)
}

func TestHealth(t *testing.T) {
	h := newHarness(t)
	var got struct{ Status, Version string }
	h.get("/healthz").want(200).into(&got)
	if got.Status != "ok" || got.Version != "thử" {
		t.Errorf("%+v", got)
	}
	h.get("/api/v1/khong-co").problem(404, "api.no-such-path")
	h.ask("DELETE", "/api/v1/datasets", nil).problem(405, "api.method")
}

func TestDatasets(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, khoa)
	var ids []string
	for after := ""; ; {
		var page struct {
			Items []api.Dataset
			Next  string
		}
		h.get("/api/v1/datasets?limit=4&after=" + after).want(200).into(&page)
		if len(page.Items) > 4 {
			t.Fatalf("%d items, want at most 4", len(page.Items))
		}
		for _, d := range page.Items {
			ids = append(ids, d.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.IsSorted(ids) || len(ids) != 36 || !slices.Contains(ids, "hy-xa") {
		t.Errorf("ids %v", ids)
	}
	h.get("/api/v1/datasets?limit=1001").problem(422, "api.request")
	h.get("/api/v1/datasets?limit=nhieu").problem(422, "api.request")
	h.get("/api/v1/datasets/khong-co").problem(404, "dataset.unknown")

	first := h.get("/api/v1/datasets/hy-xa").want(200)
	var d api.DatasetDetail
	first.into(&d)
	if len(d.Fields) != 14 || d.Objects[0].Key[0] != "ma_xa" {
		t.Errorf("%d fields, key %v", len(d.Fields), d.Objects[0].Key)
	}
	tag := first.response.Header.Get("ETag")
	h.get("/api/v1/datasets/hy-xa", "If-None-Match: "+tag).want(304)
	h.get("/api/v1/datasets/hy-xa", `If-None-Match: "khac", W/`+tag).want(304)
	h.get("/api/v1/datasets/hy-xa", `If-None-Match: "khac"`).want(200)
}

func TestContract(t *testing.T) {
	h := newHarness(t)
	got := h.get("/api/v1/datasets/hy-xa/contract").want(200)
	if want := fileOf(t, "packs/hung-yen/contracts/hy-xa.yaml"); !bytes.Equal(got.body, want) {
		t.Error("not the document's own bytes")
	}
	var doc struct{ ID string }
	h.get("/api/v1/datasets/hy-xa/contract", "Accept: application/json").want(200).into(&doc)
	if doc.ID != "hy-xa" {
		t.Errorf("id %q", doc.ID)
	}
}

func TestSend(t *testing.T) {
	h := filled(t)
	var b api.Batch
	a := h.send("hy-xa", "xã lỗi.csv", fileOf(t, broken), "Idempotency-Key: mot").want(201)
	a.into(&b)
	r := b.Report
	if r.Read != r.Accepted+r.Quarantined || r.Accepted != r.Inserted+r.Updated+r.Unchanged || r.Read != 20 || r.Quarantined == 0 {
		t.Errorf("report %+v", r)
	}
	if a.response.Header.Get("Location") != "/api/v1/batches/"+b.ID || a.response.Header.Get("Preference-Applied") != "wait=30" {
		t.Errorf("headers %v", a.response.Header)
	}

	var again api.Batch
	h.send("hy-xa", "xã lỗi.csv", fileOf(t, broken), "Idempotency-Key: mot").want(201).into(&again)
	if again.ID != b.ID {
		t.Errorf("the same key is batch %s, want %s", again.ID, b.ID)
	}

	var queued api.Batch
	h.send("hy-xa", "xa.csv", fileOf(t, units), "Prefer: ").want(202).into(&queued)
	events := h.get("/api/v1/batches/" + queued.ID + "/events").want(200)
	states := eventStates(t, events.body)
	if last := states[len(states)-1]; last != "scored" {
		t.Errorf("events end with %s: %v", last, states)
	}
	one := h.get("/api/v1/batches/" + queued.ID).want(200)
	h.get("/api/v1/batches/"+queued.ID, "If-None-Match: "+one.response.Header.Get("ETag")).want(304)

	var list struct {
		Items []api.Batch
		Next  string
	}
	h.get("/api/v1/datasets/hy-xa/batches?limit=2").want(200).into(&list)
	if len(list.Items) != 2 || list.Items[0].ID != queued.ID || list.Next == "" {
		t.Errorf("newest first: %d items, next %q", len(list.Items), list.Next)
	}
	h.get("/api/v1/batches").want(200)

	h.ask("POST", "/api/v1/batches/"+b.ID+"/cancel", nil).problem(409, "batch.too-late")
	h.ask("POST", "/api/v1/batches/"+queued.ID+"/undo", nil).want(200)
	h.get("/api/v1/batches/khong-co").problem(404, "batch.not-there")
}

func eventStates(t *testing.T, body []byte) (states []string) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var b api.Batch
		if err := json.Unmarshal([]byte(data), &b); err != nil {
			t.Fatal(err)
		}
		states = append(states, string(b.State))
	}
	if len(states) == 0 {
		t.Fatalf("no events in %q", body)
	}
	return states
}

func TestSend_refused(t *testing.T) {
	h := newHarness(t)
	body := []byte("ma_xa,ten_xa\n")
	h.send("khong-co", "a.csv", body).problem(404, "dataset.unknown")
	h.send("hy-xa", "a.csv", body, "Content-Type: multipart/form-data; boundary=x").problem(400, "api.media-type")
	h.ask("POST", "/api/v1/datasets/hy-xa/batches?mode=xoa", bytes.NewReader(body)).problem(422, "api.request")
	var failed api.Batch
	h.send("hy-xa", "rong.csv", nil).want(200).into(&failed)
	if failed.State != "failed" || failed.Problem == nil || failed.Fault.Key != "file.empty" {
		t.Errorf("an empty file: %+v", failed)
	}
}

func TestDoor(t *testing.T) {
	h := newHarness(t)
	path := "/api/v1/datasets/hy-xa/batches"
	for _, c := range []struct {
		headers []string
		status  int
		key     string
	}{
		{[]string{"X-Phohien-Token: "}, 401, "door.sign-in"},
		{[]string{"X-Phohien-Token: sai"}, 401, "door.token-wrong"},
		{[]string{"X-Phohien-Token: ", "Authorization: Bearer sai"}, 401, "door.token-wrong"},
		{[]string{"Origin: https://xau.example"}, 403, "door.origin"},
		{[]string{"Host: xau.example"}, 421, "door.host"},
	} {
		h.ask("POST", path, strings.NewReader("x"), c.headers...).problem(c.status, c.key)
	}
	h.get("/api/v1/datasets", "Host: xau.example").problem(421, "door.host")
	h.get("/api/v1/datasets", "X-Phohien-Token: ").problem(401, "door.sign-in")
	h.send("hy-xa", "a.csv", nil, "X-Phohien-Token: ", "Authorization: Bearer "+apitest.Token).want(200)
}

func TestProblem_golden(t *testing.T) {
	h := newHarness(t)
	for name, path := range map[string]string{
		"unknown": "/api/v1/datasets/khong-co", "parameter": "/api/v1/datasets?limit=0", "path": "/api/v1/x",
	} {
		for _, lang := range []string{"vi", "en"} {
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, h.get(path, "Accept-Language: "+lang).body, "", "  "); err != nil {
				t.Fatal(err)
			}
			golden(t, "problem."+name+"."+lang+".json", pretty.Bytes())
		}
	}
}

type recordPage struct {
	Items     []map[string]any
	Next      string
	Seq       int64
	MirrorSeq int64  `json:"mirror_seq"`
	NextSince string `json:"next_since"`
}

func TestRecords(t *testing.T) {
	h := filled(t)
	const base = "/api/v1/datasets/hy-xa/records"
	var first recordPage
	h.get(base + "?limit=40").want(200).into(&first)
	keys := map[string]bool{}
	page := first
	for {
		for _, r := range page.Items {
			key := r["_key"].(string)
			if keys[key] {
				t.Errorf("%s twice", key)
			}
			keys[key] = true
		}
		if page.Next == "" {
			break
		}
		next := "?limit=40&after=" + page.Next
		page = recordPage{}
		h.get(base + next).want(200).into(&page)
	}
	if len(keys) != 86 || first.Seq == 0 {
		t.Errorf("%d records at %d, want 86", len(keys), first.Seq)
	}
	h.get(base+"?limit=40&after=la").problem(400, "api.cursor")
	h.get(base+"?after="+first.Next+"x").problem(400, "api.cursor")

	var few recordPage
	h.get(base + "?limit=1&fields=ten_xa,dan_so").want(200).into(&few)
	if r := few.Items[0]; len(r) != 4 || r["ten_xa"] != "Phường Phố Hiến" || r["dan_so"] != 68982.0 {
		t.Errorf("fields: %v", r)
	}
	h.get(base+"?fields=khong_co").problem(400, "column.unknown")

	var found recordPage
	h.get(base + "?loai=phuong&limit=3").want(200).into(&found)
	if len(found.Items) != 3 || found.Items[0]["loai"] != "phuong" || found.Next == "" || found.MirrorSeq < found.Seq {
		t.Errorf("filter: %d items, next %q, mirror %d", len(found.Items), found.Next, found.MirrorSeq)
	}
	var second recordPage
	h.get(base + "?loai=phuong&limit=3&after=" + found.Next).want(200).into(&second)
	if len(second.Items) == 0 || second.Items[0]["_key"].(string) <= found.Items[2]["_key"].(string) {
		t.Errorf("second page of a filter: %v", second.Items)
	}
	h.get(base+"?dan_so=nhieu").problem(400, "api.filter-value")
	h.get(base+"?vi_tri=x").problem(400, "api.filter-value")
	h.get(base+"?khong_co=1").problem(400, "column.unknown")
	h.get(base+"?min_seq=999").problem(503, "api.min-seq")
}

func TestRecords_narrowed(t *testing.T) {
	h := filled(t)
	const base = "/api/v1/datasets/hy-xa/records"
	names := func(query string) (all []string, page recordPage) {
		t.Helper()
		h.get(base + query).want(200).into(&page)
		for _, r := range page.Items {
			all = append(all, r["ten_xa"].(string))
		}
		return all, page
	}
	filter := func(text string) string { return "filter=" + url.QueryEscape(text) }
	if got, _ := names("?" + filter(`ACCENTI(CASEI(ten_xa)) LIKE '%pho hien%'`)); !slices.Equal(got, []string{"Phường Phố Hiến"}) {
		t.Errorf("%q", got)
	}
	got, page := names("?sort=ten_xa&limit=50&" + filter("loai = 'xa' AND dan_so > 1000"))
	rest, second := names("?sort=ten_xa&limit=50&" + filter("loai = 'xa' AND dan_so > 1000") + "&after=" + page.Next)
	got = append(got, rest...)
	if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(viet.SortKey(a), viet.SortKey(b)) }) || len(got) < 60 || second.Next != "" || second.Seq != page.Seq {
		t.Errorf("%d in the order %q", len(got), got)
	}
	if got, _ := names("?sort=-dan_so,ten_xa&limit=2&fields=ten_xa"); len(got) != 2 || got[0] == got[1] {
		t.Errorf("%q", got)
	}
	if got, _ := names("?valid_at=2025-06-30"); len(got) != 0 {
		t.Errorf("held before it began: %q", got)
	}
	if got, _ := names("?valid_at=2025-07-01T00:00:00%2B07:00&limit=1000"); len(got) != 86 {
		t.Errorf("%d held on the first day", len(got))
	}
	for query, key := range map[string]string{
		filter("dan_so > 'a'"): "filter.kind", filter("dan_so >"): "cql2.end", filter("khong = 1"): "column.unknown",
		"sort=khong": "column.unknown", "sort=vi_tri": "api.sort-type", "sort=loai,-loai": "api.sort-twice", "valid_at=mai": "api.valid-at",
	} {
		h.get(base+"?"+query).problem(400, key)
	}
	h.get(base+"?sort=loai&changed_since=2020-01-01").problem(400, "api.changed-since-alone")
	var found recordPage
	h.ask("POST", base+"/search", strings.NewReader(`{"filter":"loai = 'phuong'","sort":"-dan_so","limit":3,"fields":"ten_xa"}`), "Content-Type: application/json").want(200).into(&found)
	if len(found.Items) != 3 || found.Next == "" {
		t.Errorf("%+v", found)
	}
	h.ask("POST", base+"/search", strings.NewReader(`{"sort":"x"}`), "Content-Type: application/json").problem(400, "column.unknown")
	file := string(h.get(base + ".csv?plain=true&fields=ten_xa&sort=-ten_xa&" + filter("loai = 'phuong'")).want(200).body)
	lines := strings.Split(strings.TrimSpace(file), "\n")
	if len(lines) < 5 || slices.ContainsFunc(lines[1:], func(s string) bool { return !strings.HasPrefix(s, "Phường") }) {
		t.Errorf("%s", file)
	}
}

// Numbers of persons stand in no address.
func TestRecords_numbers(t *testing.T) {
	h := filled(t)
	h.province.Put(t, restricted)
	h.send("thu-ho", "ho.csv", []byte("ma,loai,so_nguoi,cccd\nH1,khác,1,000000000001\n")).want(201)
	const base = "/api/v1/datasets/thu-ho/records"
	for _, query := range []string{"?cccd=000000000001", "?filter=" + url.QueryEscape("loai = 'x' OR cccd = '000000000001'"), ".csv?eq.cccd=000000000001"} {
		h.get(base+query).problem(400, "api.number-in-address")
	}
	var found recordPage
	h.ask("POST", base+"/search", strings.NewReader(`{"filter":"cccd = '000000000001'"}`), "Content-Type: application/json").want(200).into(&found)
	if len(found.Items) != 1 {
		t.Errorf("%+v", found)
	}
}

func TestRecord(t *testing.T) {
	h := filled(t)
	const one = "/api/v1/datasets/hy-xa/records/11953"
	got := h.get(one).want(200)
	var r map[string]any
	got.into(&r)
	if r["ten_xa"] != "Phường Phố Hiến" || r["dien_tich_km2"] != 21.5 || !bytes.Contains(got.body, []byte(`"dien_tich_km2":21.5000`)) {
		t.Errorf("%s", got.body)
	}
	h.get(one, "If-None-Match: "+got.response.Header.Get("ETag")).want(304)
	h.get(one + "?as_of=1").want(200)
	h.get(one+"?as_of=0").problem(404, "record.unknown")
	h.get(one+"?as_of=99").problem(404, "api.no-such-seq")
	h.get(one+"?as_of=mai").problem(400, "api.as-of")
	h.get(one+"?as_of=2001-01-01").problem(404, "record.unknown")
	h.get("/api/v1/datasets/hy-xa/records/00000").problem(404, "record.unknown")
	var history struct{ Items []map[string]any }
	h.get(one + "/history").want(200).into(&history)
	if len(history.Items) != 1 {
		t.Errorf("%d versions", len(history.Items))
	}
	h.get("/api/v1/datasets/hy-xa/records/00000/history").problem(404, "record.unknown")
}

// TestRecord_keys reads records back by the key that lists show, whatever
// letters are in it.
func TestRecord_keys(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, khoa)
	names := []string{"a/b", "a~b", "100%", "Thái Thụy", "x?y#z", "a b+c", "../up", "history", "a/history"}
	var file strings.Builder
	file.WriteString("so,nam,limit,gia\n")
	for i, n := range names {
		fmt.Fprintf(&file, "%s,%d,L%d,1.50\n", n, 2020+i, i%2)
	}
	h.send("khoa-kep", "khoa.csv", []byte(file.String())).want(201)
	var page recordPage
	h.get("/api/v1/datasets/khoa-kep/records").want(200).into(&page)
	if len(page.Items) != len(names) {
		t.Fatalf("%d records, want %d", len(page.Items), len(names))
	}
	for _, item := range page.Items {
		path := "/api/v1/datasets/khoa-kep/records/" + item["_key"].(string)
		var r map[string]any
		h.get(path).want(200).into(&r)
		if r["so"] != item["so"] || r["nam"] != item["nam"] {
			t.Errorf("%s: %v, want %v", path, r, item)
		}
		h.get(path + "/history").want(200)
		// A client made from the document encodes the key once more.
		path = "/api/v1/datasets/khoa-kep/records/" + url.PathEscape(item["_key"].(string))
		h.get(path).want(200).into(&r)
		if r["so"] != item["so"] {
			t.Errorf("%s: %v, want %v", path, r, item)
		}
		h.get(path + "/history").want(200)
	}
	h.get("/api/v1/datasets/khoa-kep/records/" + url.PathEscape("a/b") + "~2020").want(200)
	h.get("/api/v1/datasets/khoa-kep/records/mot").problem(400, "record.bad-key")
	var found recordPage
	h.get("/api/v1/datasets/khoa-kep/records?eq.limit=L1").want(200).into(&found)
	if len(found.Items) != 4 {
		t.Errorf("a field named like a parameter: %d records, want 4", len(found.Items))
	}
}

// TestChanges follows a data set: rows, then a change and a withdrawal.
func TestChanges(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, khoa)
	const base = "/api/v1/datasets/khoa-kep/records"
	h.send("khoa-kep", "1.csv", []byte("so,nam,limit,gia\na,1,x,1.00\nb,1,x,2.00\nc,1,x,3.00\n")).want(201)
	var start recordPage
	h.get(base).want(200).into(&start)
	h.ask("POST", "/api/v1/datasets/khoa-kep/batches?mode=replace&confirm=true",
		strings.NewReader("so,nam,limit,gia\na,1,x,1.00\nb,1,y,2.00\n"), "Prefer: wait=30").want(201)

	state := map[string]string{}
	for _, r := range start.Items {
		state[r["_key"].(string)] = fmt.Sprint(r["limit"])
	}
	since := "?limit=1&changed_since=" + start.NextSince
	after, nextSince := "", ""
	for {
		var page recordPage
		h.get(base + since + "&after=" + after).want(200).into(&page)
		for _, r := range page.Items {
			key := r["_key"].(string)
			if r["_withdrawn"] == true {
				delete(state, key)
				continue
			}
			state[key] = fmt.Sprint(r["limit"])
		}
		nextSince = page.NextSince
		if after = page.Next; after == "" {
			break
		}
	}
	if len(state) != 2 || state["a~1"] != "x" || state["b~1"] != "y" {
		t.Errorf("followed to %v", state)
	}
	var none recordPage
	h.get(base + "?changed_since=" + nextSince).want(200).into(&none)
	if len(none.Items) != 0 {
		t.Errorf("nothing changed, but %v", none.Items)
	}
	h.get(base + "?changed_since=2020-01-01").want(200)
	h.get(base + "?changed_since=2026-01-01T00:00:00+07:00").want(200)
	h.get(base+"?changed_since=hom-qua").problem(400, "api.changed-since")
	h.get(base+"?changed_since=s_xyz").problem(400, "api.cursor")
	h.get(base+"?changed_since="+nextSince+"&so=a").problem(400, "api.changed-since-alone")
}

func TestQuarantine(t *testing.T) {
	h := filled(t)
	var b api.Batch
	h.send("hy-xa", "loi.csv", fileOf(t, broken)).want(201).into(&b)
	const base = "/api/v1/datasets/hy-xa/quarantine"
	var page api.LineList
	h.get(base + "?limit=5&batch=" + b.ID).want(200).into(&page)
	if len(page.Items) != 5 || page.Next == "" || page.Open == 0 {
		t.Fatalf("%d lines, next %q, open %d", len(page.Items), page.Next, page.Open)
	}
	for _, l := range page.Items {
		if len(l.Faults) == 0 || l.Faults[0].MessageVi == "" || l.Faults[0].MessageEn == "" || len(l.Raw) != 14 {
			t.Errorf("line %+v", l)
		}
	}
	rule := page.Items[0].Faults[0].Rule
	var byRule api.LineList
	h.get(base + "?state=open&batch=" + b.ID + "&rule=" + url.QueryEscape(rule)).want(200).into(&byRule)
	for _, l := range byRule.Items {
		if !slices.ContainsFunc(l.Faults, func(f faults.Broken) bool { return f.Rule == rule }) {
			t.Errorf("line %d does not break %s", l.Line, rule)
		}
	}
	h.get(base + "?line=" + fmt.Sprint(page.Items[0].Line) + "&batch=" + b.ID).want(200)
	h.get(base+"?state=mo").problem(422, "api.request")
	h.get(base+"?after=x").problem(400, "api.cursor")

	for _, a := range []*answer{h.get(base + "?format=csv&batch=" + b.ID), h.get(base+"?batch="+b.ID, "Accept: text/csv")} {
		a.want(200)
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(a.body, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 14 || rows[0][4] != "ma_xa" || len(rows[1]) != 4+14 {
			t.Errorf("%d rows, %d cells", len(rows), len(rows[1]))
		}
	}
}

func TestQuality(t *testing.T) {
	h := filled(t)
	var q api.Quality
	h.get("/api/v1/datasets/hy-xa/quality").want(200).into(&q)
	if len(q.Criteria) != 6 || q.Overall == nil || q.Criteria[5].Value != nil || q.Criteria[5].Why.Vi == "" {
		t.Errorf("%+v", q)
	}
	var empty api.Quality
	h.get("/api/v1/datasets/vn-huyen/quality").want(200).into(&empty)
	if empty.Overall != nil {
		t.Errorf("a set without data scores %v", *empty.Overall)
	}
}

func TestQuery(t *testing.T) {
	h := filled(t)
	ask := func(sql, format string, headers ...string) *answer {
		body, err := json.Marshal(map[string]string{"sql": sql, "format": format})
		if err != nil {
			t.Fatal(err)
		}
		return h.ask("POST", "/api/v1/query", bytes.NewReader(body), append(headers, "Content-Type: application/json")...)
	}
	var got api.QueryAnswer
	ask(`SELECT loai, count(*) AS so, sum(dien_tich_km2) AS dt, max(ngay_hieu_luc) AS ngay, NULL AS trong FROM "hy-xa" GROUP BY loai ORDER BY loai`, "json").want(200).into(&got)
	if len(got.Rows) != 2 || got.Columns[1].Type != "integer" || got.Columns[2].Type != "decimal" || got.Rows[0][4] != nil {
		t.Errorf("%+v", got)
	}
	if text := string(ask(`SELECT ma_xa, ten_xa FROM "hy-xa" ORDER BY ma_xa LIMIT 1`, "csv").want(200).body); text != "ma_xa,ten_xa\n11953,Phường Phố Hiến\n" {
		t.Errorf("csv %q", text)
	}
	for _, bad := range []string{`DROP TABLE "hy-xa"`, `SELECT * FROM read_csv('/etc/passwd')`, `SELECT * FROM "khong-co"`, `SELEC`} {
		if a := ask(bad, "json"); a.response.StatusCode < 400 || a.response.StatusCode >= 500 {
			t.Errorf("%s: %s", bad, a.response.Status)
		}
	}
	ask(`SELECT 1`, "json", "X-Phohien-Token: ").problem(401, "door.sign-in")
	ask(``, "json").problem(422, "api.request")
}

// TestDocument_covered fails when an operation of the document is answered by no
// test above.
func TestDocument_covered(t *testing.T) {
	h := filled(t)
	var b api.Batch
	h.send("hy-xa", "loi.csv", fileOf(t, broken)).want(201).into(&b)
	for _, path := range []string{"/healthz", "/api/v1/datasets", "/api/v1/datasets/hy-xa", "/api/v1/datasets/hy-xa/contract", "/api/v1/batches",
		"/api/v1/datasets/hy-xa/batches", "/api/v1/batches/" + b.ID, "/api/v1/batches/" + b.ID + "/events", "/api/v1/datasets/hy-xa/records",
		"/api/v1/datasets/hy-xa/records/11953", "/api/v1/datasets/hy-xa/records/11953/history", "/api/v1/datasets/hy-xa/quarantine", "/api/v1/datasets/hy-xa/quality",
		"/api/v1/datasets/hy-xa/quality/days", "/api/v1/datasets/hy-xa/contract/versions", "/api/v1/datasets/hy-xa/contract/versions/1.1.1", "/api/v1/datasets/hy-xa/contract/diff"} {
		h.get(path).want(200)
	}
	for _, path := range []string{"/api/v1/units?code=11953&on=2025-07-02", "/api/v1/units/X11953.2025-07-01", "/api/v1/unit-of?commune=11953"} {
		h.get(path).want(200)
	}
	const set = "/api/v1/datasets/hy-xa"
	for _, path := range []string{"/api/v1/codelists", "/api/v1/resolve?unit=11953", "/api/v1/units/X11953.2025-07-01/villages", "/api/v1/search?q=xa", "/api/v1/organisations", "/api/v1/organisations/hy-syt", set + "/groups?by=loai", set + "/profile", set + "/map"} {
		h.get(path).want(200)
	}
	h.get("/api/v1/codelists/khong-co").want(404)
	for _, path := range []string{set + "/records.csv", set + "/records.xlsx", set + "/records.geojson", set + "/records.parquet", set + "/records.arrow", set + "/template.xlsx", set + "/senders", "/api/v1/batches/" + b.ID + "/slip.xlsx"} {
		h.get(path).want(200)
	}
	for _, c := range []struct{ method, path, mediaType, body string }{
		{"PUT", set + "/recipes/so-y-te", "application/json", `{"table":"Trang 1"}`},
		{"GET", set + "/recipes/so-y-te", "", ""}, {"DELETE", set + "/recipes/so-y-te", "", ""},
		{"POST", "/api/v1/resolve", "application/json", `{"units":["11953"]}`},
		{"POST", set + "/records/search", "application/json", `{}`}, {"POST", set + "/try", "text/csv", "ma_xa,ten_xa\n11953,Phường\n"},
		{"POST", set + "/contract/check", "application/json", `{"document":"id: thu"}`}, {"PUT", set + "/contract", "application/json", `{"document":"id: thu","reason":"thử"}`},
		{"POST", "/api/v1/drafts", "text/csv", "ma,ten\n1,Một\n2,Hai\n"},
		{"GET", "/api/v1/batches/" + b.ID + "/look", "", ""},
		{"POST", "/api/v1/batches/" + b.ID + "/reread", "application/json", `{"recipe":{}}`},
		{"GET", set + "/holds", "", ""}, {"POST", set + "/holds", "application/json", `{"key":"11953","kind":"quality","basis":"thử"}`},
		{"POST", set + "/holds/release", "application/json", `{"key":"11953","kind":"quality","reason":"thử"}`},
		{"POST", set + "/erasures/plan", "application/json", `{"key":"11953"}`}, {"POST", set + "/erasures", "application/json", `{"key":"11953","basis":"thử"}`},
		{"POST", "/api/v1/erasures/plan", "application/json", `{"number":"033270009999"}`}, {"POST", "/api/v1/erasures", "application/json", `{"number":"1","basis":"thử"}`},
		{"GET", "/api/v1/erasures", "", ""}, {"GET", "/api/v1/erasures/khong-co", "", ""},
		{"GET", "/api/v1/scores", "", ""}, {"GET", "/api/v1/organisations/hy-syt/score", "", ""},
		{"POST", "/api/v1/erasures/khong-co/run", "application/json", `{"confirm":"XÓA"}`}, {"POST", "/api/v1/erasures/khong-co/refuse", "application/json", `{"reason":"thử"}`},
	} {
		h.ask(c.method, c.path, strings.NewReader(c.body), "Content-Type: "+c.mediaType)
	}
	for _, action := range []string{"cancel", "confirm", "undo"} {
		h.ask("POST", "/api/v1/batches/"+b.ID+"/"+action, nil)
	}
	h.ask("POST", "/api/v1/query", strings.NewReader(`{"sql":"SELECT 1 AS mot"}`), "Content-Type: application/json").want(200)
	askDuties(h)
	askTerms(h)
	askSystems(h)
	askPlans(h)
	askReviews(h)
	askWrites(h)
	askDrafts(h)
	for path, item := range h.doc.paths {
		for method := range item {
			if !h.doc.seen[method+" "+path] {
				t.Errorf("%s %s: no answer was tried", method, path)
			}
		}
	}
}

func TestOpenAPI(t *testing.T) {
	h := newHarness(t)
	for path, mediaType := range map[string]string{"openapi.json": "application/openapi+json;version=3.1", "openapi.yaml": "application/openapi+yaml;version=3.1"} {
		resp, err := http.Get(h.server.URL + "/api/v1/" + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s: %s %s %v", path, resp.Status, resp.Header.Get("Content-Type"), err)
		}
	}
}
