package app

import (
	"net/http"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/apps/govern"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestRanking_page: a unit that is ranked sees its figures and may object, and keeps
// what it wrote when that is refused; one that is not is told what is the matter, and
// led to no page that does not open for it.
func TestRanking_page(t *testing.T) {
	l := &dutyLand{land: settle(t, storetest.SQLite(t), population{}), t: t}
	r, err := l.Govern.Show(t.Context(), actor.System, "Xếp hạng năm", otherOrg, 5)
	if err != nil {
		t.Fatal(err)
	}
	ranked, far, governor := &visitor{}, &visitor{}, &visitor{}
	l.signIn(t, ranked, policy.RoleSteward, ownerOrg, 971)
	l.signIn(t, far, policy.RoleSteward, farOrg, 972)
	l.signIn(t, governor, policy.RoleGovernor, "hy-skhcn", 973)
	at := govern.RankingPath(r.ID)

	// front tells that a page leads to the list of rankings.
	front := func(text string) bool {
		return strings.Contains(text, `href="/governance"`) || strings.Contains(text, `href="/governance#`)
	}
	text := l.page(far, at, http.StatusNotFound)
	if !strings.Contains(text, "chưa công bố và không xếp hạng đơn vị của tài khoản") || strings.Contains(text, "Mở lại trang") || front(text) {
		t.Errorf("%.3000s", text)
	}
	l.page(far, "/governance", http.StatusForbidden)
	if text := l.page(far, "/governance/rankings/khong-co", http.StatusNotFound); !strings.Contains(text, "không xếp hạng đơn vị của tài khoản") {
		t.Errorf("%.3000s", text)
	}
	if text := l.page(ranked, at, http.StatusOK); front(text) || !strings.Contains(text, "Điểm của đơn vị") {
		t.Errorf("%.3000s", text)
	}
	if text := l.page(governor, at, http.StatusOK); !strings.Contains(text, `href="/governance#ranking"`) || !strings.Contains(text, `href="/organisations/`+ownerOrg+`/score"`) {
		t.Errorf("%.3000s", text)
	}

	text = l.page(ranked, at+"/objections", http.StatusBadRequest, "org", ownerOrg, "why", "Sai số của ông 033099001234", "evidence", "Biên bản 12")
	for _, want := range []string{"Lý do, căn cứ có dãy số", "\nSai số của ông 033099001234</textarea>", "\nBiên bản 12</textarea>"} {
		if !strings.Contains(text, want) {
			t.Errorf("not kept: %q in %.3000s", want, text)
		}
	}
	text = l.page(governor, at+"/withdraw", http.StatusBadRequest, "why", "số 033099001234")
	if !strings.Contains(text, `value="số 033099001234"`) {
		t.Errorf("%.3000s", text)
	}
}
