package api_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
)

// askDuties tries each operation about issues, deadlines and notices, where there
// is nothing to be had; the answers are held against the document.
func askDuties(h *harness) {
	for _, path := range []string{"/issues", "/issues/khong-co", "/issues/book", "/issues/book?format=xlsx", "/issues/figures", "/deadlines", "/deadlines/khong-co", "/clocks", "/clocks/CLK-11",
		"/calendar", "/notices", "/notices/preference", "/notice-channels", "/notice-deliveries"} {
		h.get("/api/v1" + path)
	}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/issues/khong-co/answer", `{"cause":"thử"}`}, {"POST", "/issues/khong-co/comments", `{"text":"thử"}`}, {"POST", "/issues/khong-co/assign", `{"account":""}`},
		{"POST", "/issues/khong-co/on-the-spot", `{"why":"thử"}`},
		{"POST", "/deadlines/khong-co/pause", `{"why":"thử"}`}, {"POST", "/deadlines/khong-co/resume", `{}`}, {"POST", "/deadlines/khong-co/move", `{"to":"2026-12-01","basis":"thử"}`},
		{"POST", "/deadlines/khong-co/cancel", `{"why":"thử"}`}, {"PUT", "/clocks/CLK-11", `{}`}, {"PUT", "/calendar/days", `{"year":2026,"days":[],"why":"thử"}`},
		{"POST", "/notices/read", `{"all":true}`}, {"PUT", "/notices/preference", `{"mail":["urgent"]}`}, {"PUT", "/notice-channels/new", `{"kind":"mail","name":"","on":true,"why":"thử"}`},
		{"DELETE", "/notice-channels/khong-co", ""}, {"POST", "/notice-deliveries/khong-co/retry", `{}`},
	} {
		h.ask(c.method, "/api/v1"+c.path, strings.NewReader(c.body), "Content-Type: application/json")
	}
}

// TestIssues walks an issue over HTTP.
func TestIssues(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, strings.NewReplacer("id: khoa-kep", "id: tram", "logicalType: string}\n", "logicalType: string, logicalTypeOptions: {pattern: \"[a-z]+\"}}\n").Replace(khoa))
	h.send("tram", "tram.csv", []byte("so,nam,limit,gia\n1,2025,a,1\n2,2025,A1,1\n3,2025,B2,1\n")).want(201)
	if err := h.province.Duties.Issues.Route(t.Context(), "tram"); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Items  []api.Issue
		Counts api.IssueCounts
	}
	h.get("/api/v1/issues?dataset=tram&state=open").want(200).into(&list)
	if len(list.Items) != 1 || list.Items[0].Records != 2 || list.Items[0].Field != "limit" || list.Counts.Open != 1 {
		t.Fatalf("%+v", list)
	}
	at := "/api/v1/issues/" + list.Items[0].ID
	json := "Content-Type: application/json"
	var d api.IssueDetail
	h.ask("POST", at+"/answer", strings.NewReader(`{"cause":"Nhập tay.","prevention":"Dùng danh mục."}`), json).want(200).into(&d)
	if d.State != "dang_xu_ly" || d.Prevention != "Dùng danh mục." || len(d.History) != 2 || d.Rows == "" {
		t.Errorf("%+v", d)
	}
	h.get(d.Rows).want(200)
	h.ask("POST", at+"/answer", strings.NewReader(`{}`), json).want(422)
	h.ask("POST", at+"/answer", strings.NewReader(`{"cause":""}`), json).problem(400, "issue.cause")
	h.ask("POST", at+"/comments", strings.NewReader(`{"text":"`+strings.Repeat("a", 5000)+`"}`), json).problem(400, "issue.long")
	h.ask("POST", at+"/assign", strings.NewReader(`{"account":"ai-do"}`), json).problem(404, "duties.account")
	h.get("/api/v1/issues/SC-2000-0001").problem(404, "issue.unknown")
	h.get("/api/v1/issues?cursor=xyz").problem(400, "api.cursor")
	h.get("/api/v1/issues?overdue=true&state=hoan_thanh").want(200).into(&list)
	if len(list.Items) != 0 {
		t.Error("what is done is late no more")
	}
	if a := h.get("/api/v1/issues/book"); !bytes.HasPrefix(a.body, []byte("\ufeff")) || !bytes.Contains(a.body, []byte("Nhập tay.")) {
		t.Errorf("%s", a.body)
	}
	h.get("/api/v1/clocks/CLK-12").want(200)
	h.get("/api/v1/deadlines?before=mai").problem(400, "deadline.day")
	h.get("/api/v1/deadlines?cursor=xyz").problem(400, "api.cursor")
}
