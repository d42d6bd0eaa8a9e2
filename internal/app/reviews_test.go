package app

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/review"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestBrowser_reviews walks a review of accounts through: begun, every account
// kept, changed or closed, nobody's own, finished, with a report and a log.
func TestBrowser_reviews(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	ctx := t.Context()
	in := func(role, at string, n int) (*visitor, identity.Session) {
		v := &visitor{who: role, where: at}
		return v, l.signIn(t, v, role, at, n)
	}
	admin, own := in(policy.RoleAdmin, otherOrg, 600)
	second, _ := in(policy.RoleAdmin, otherOrg, 601)
	compliance, _ := in(policy.RoleCompliance, otherOrg, 602)
	_, plain := in(policy.RoleEntry, ownerOrg, 603)
	_, beyond := in(policy.RoleEntry, ownerOrg, 604)
	_, leaving := in(policy.RoleSteward, communeOrg, 605)
	grant, err := l.Accounts.Grant(ctx, actor.System, identity.Grant{Account: beyond.Account.ID, Role: policy.RoleSteward})
	if err != nil {
		t.Fatal(err)
	}
	send := func(v *visitor, path string, want int, pairs ...string) string {
		t.Helper()
		f := url.Values{"token": {v.csrf}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		w := l.ask(v, post(path, "application/x-www-form-urlencoded", []byte(f.Encode())))
		if w.Code != want {
			t.Fatalf("POST %s as %s: %d, want %d\n%.2000s", path, v.name(), w.Code, want, w.Body)
		}
		return w.Header().Get("Location")
	}
	send(compliance, "/admin/reviews", http.StatusForbidden)
	at := send(admin, "/admin/reviews", http.StatusSeeOther)
	page, _, _ := strings.Cut(at, "?")
	send(admin, "/admin/reviews", http.StatusConflict) // one at a time
	one := func(id, verdict string) string { return page + "/accounts/" + url.PathEscape(id) + "/" + verdict }

	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	b := browsertest.New(t, server.URL)
	as(b, server.URL, admin)
	pictures(b, "/admin/reviews", "reviews")
	pictures(b, page+"?org="+ownerOrg, "review")
	b.Look(1366, 900, "light")

	send(admin, one(own.Account.ID, "keep"), http.StatusForbidden) // nobody's own
	send(compliance, one(plain.Account.ID, "keep"), http.StatusForbidden)
	send(admin, one(beyond.Account.ID, "keep"), http.StatusBadRequest)  // marked: needs a reason
	send(admin, one(beyond.Account.ID, "changed"), http.StatusConflict) // is as it was
	if err := l.Accounts.Revoke(ctx, actor.System, grant.ID); err != nil {
		t.Fatal(err)
	}
	send(admin, one(beyond.Account.ID, "changed"), http.StatusSeeOther, "org", ownerOrg)

	// The rest of that agency in the browser: what nothing is to be said about is kept.
	b.Open(page + "?org=" + ownerOrg)
	b.Click("#keep button")
	b.Until(`document.querySelector(".notice-done")`)
	b.Open(page + "?org=" + communeOrg)
	b.Click("#close-" + leaving.Account.ID + " summary")
	b.Do(chromedp.SendKeys(chromedp.CSS("#close-"+leaving.Account.ID+"-why"), "Đã nghỉ hưu"))
	b.Click("#close-" + leaving.Account.ID + " button")
	b.Until(`document.querySelector(".notice-done")`)
	b.Settle()
	if a, err := l.Accounts.Account(ctx, leaving.Account.ID); err != nil || a.State != identity.Disabled || !strings.Contains(a.Why, "Đã nghỉ hưu") {
		t.Errorf("%+v %v", a, err)
	}
	send(admin, page+"/keep", http.StatusSeeOther, "org", otherOrg)
	send(admin, page+"/finish", http.StatusConflict) // their own is left
	send(second, one(own.Account.ID, "keep"), http.StatusSeeOther, "org", otherOrg)
	send(second, page+"/finish", http.StatusSeeOther)
	send(second, one(own.Account.ID, "keep"), http.StatusConflict)
	as(b, server.URL, second)
	pictures(b, page+"?org="+communeOrg, "review-ended")

	list, err := l.Reviews.List(ctx, 1)
	if err != nil || list[0].Open() || list[0].Done != list[0].Lines || list[0].Lines != 6 {
		t.Fatalf("%+v %v", list, err)
	}
	w := l.ask(second, get(page+"/report.csv"))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 8 || !slices.ContainsFunc(rows, func(r []string) bool { return r[6] == "Ngừng sử dụng" && r[7] == "Đã nghỉ hưu" }) {
		t.Errorf("%d %v\n%s", len(rows), err, w.Body)
	}
	l.reviewed(t, list[0].ID, map[string]int{"review.begin": 1, "review." + string(review.Kept): 4, "review." + string(review.Changed): 1, "review." + string(review.Closed): 1, "review.finish": 1})
}

// reviewed checks what the log has of a review.
func (l *land) reviewed(t *testing.T, id string, want map[string]int) {
	t.Helper()
	page, err := l.Audit.Entries(t.Context(), audit.Query{Text: id, Result: audit.Done, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range page.Entries {
		if e.Detail["review"] == id {
			got[e.Detail["change"]]++
		}
	}
	for change, n := range want {
		if got[change] != n {
			t.Errorf("the log has %d of %s, want %d: %v", got[change], change, n, got)
		}
	}
}
