package api_test

import "strings"

// askReviews asks what there is about reviews and rankings; this province has neither.
func askReviews(h *harness) {
	const sheet, ranking = "/api/v1/campaigns/x/sheets/hy-syt", "/api/v1/rankings/x"
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/api/v1/campaigns", ""}, {"POST", "/api/v1/campaigns", `{"subject":"systems","title":"Rà soát","fields":["lop"],"days":5}`}, {"GET", "/api/v1/campaigns/x", ""},
		{"POST", "/api/v1/campaigns/x/open", ""}, {"POST", "/api/v1/campaigns/x/close", `{"why":"thử"}`}, {"GET", sheet, ""},
		{"POST", sheet + "/answers", `{"answers":[{"place":1,"verdict":"kept"}]}`}, {"GET", sheet + "/workbook", ""}, {"POST", sheet + "/send", ""}, {"POST", sheet + "/approve", ""},
		{"POST", sheet + "/back", `{"why":"thử"}`}, {"GET", "/api/v1/rankings", ""}, {"POST", "/api/v1/rankings", `{"title":"Xếp hạng","days":5}`}, {"GET", ranking, ""},
		{"POST", ranking + "/objections", `{"org":"hy-syt","why":"thử"}`}, {"POST", ranking + "/objections/y/answer", `{"accept":true,"said":"thử"}`}, {"POST", ranking + "/recount", ""},
		{"POST", ranking + "/publish", ""}, {"POST", ranking + "/withdraw", `{"why":"thử"}`},
	} {
		h.ask(c.method, c.path, strings.NewReader(c.body), "Content-Type: application/json").want(404)
	}
	h.ask("POST", sheet+"/workbook", strings.NewReader("x"), "Content-Type: application/octet-stream").want(404)
}
