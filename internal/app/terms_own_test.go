package app

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestTerms_stewards: the steward of an agency proposes its terms and gives its
// opinion on those of others; what belongs to others, and every step towards
// publication, is for the governors.
func TestTerms_stewards(t *testing.T) {
	l := &dutyLand{land: &land{App: withPacks(t, "viet-nam", "hung-yen")}, t: t}
	in := func(n int, role, at string) *visitor {
		v := &visitor{who: role, where: at}
		l.signIn(t, v, role, at, n)
		return v
	}
	health, home := in(911, policy.RoleSteward, ownerOrg), in(912, policy.RoleSteward, otherOrg)
	clerk, governor, cdo := in(913, policy.RoleEntry, ownerOrg), in(914, policy.RoleGovernor, "hy-skhcn"), in(915, policy.RoleCDO, "hy-skhcn")
	term := map[string]any{
		"title": "Số giường bệnh kế hoạch", "name": "SoGiuongBenhKeHoach", "definition": "Số giường bệnh được giao theo kế hoạch năm.", "usage": "Khi lập kế hoạch.",
		"group": "y-te", "version": "1.0", "languages": []string{"vi"}, "property": map[string]any{"logicalType": "integer", "logicalTypeOptions": map[string]any{"minimum": 0}},
		"valid": []string{"10", "0"}, "invalid": []string{"-1", "x"}, "why": "Báo cáo của Sở",
	}
	with := func(more map[string]any) string {
		t.Helper()
		all := maps.Clone(term)
		maps.Copy(all, more)
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var made api.TermHead
	l.call(clerk, "POST", "/terms", with(nil), 403, nil)
	l.call(health, "POST", "/terms", with(map[string]any{"owning_unit": "Sở Nội vụ"}), 403, nil) // another agency's
	l.call(health, "POST", "/terms", with(nil), 201, &made)
	versions, err := l.Dictionary.TermVersions(t.Context(), made.ID)
	if err != nil || versions[0].CreatingUnit != ownerOrg {
		t.Fatalf("it is not proposed in the agency's name: %+v %v", versions, err)
	}
	digest := versions[0].Digest
	book, err := l.Dictionary.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	national := book.Terms()[0].ID
	l.call(health, "POST", "/terms", with(map[string]any{"id": national, "version": "9.0", "owning_unit": ownerOrg}), 403, nil) // of the whole province
	l.call(home, "POST", "/terms", with(map[string]any{"id": made.ID, "version": "1.1"}), 403, nil)                             // of the other agency
	l.call(health, "POST", "/terms", with(map[string]any{"id": made.ID, "version": "1.1", "creating_unit": ownerOrg}), 201, nil)

	move := func(v *visitor, to string, want int, more string) {
		t.Helper()
		l.call(v, "POST", "/terms/"+made.ID+"/move", `{"digest":"`+digest+`","to":"`+to+`","why":"thử"`+more+`}`, want, nil)
	}
	move(health, "ra_soat", 403, "")
	move(governor, "ra_soat", 200, "")
	move(governor, "tham_van", 200, `,"until":"2099-12-31"`)
	l.call(home, "POST", "/terms/"+made.ID+"/opinions", `{"digest":"`+digest+`","agrees":true}`, 204, nil)
	l.call(clerk, "POST", "/terms/"+made.ID+"/opinions", `{"digest":"`+digest+`","agrees":true}`, 403, nil)
	move(health, "phe_duyet", 403, "")
	move(cdo, "phe_duyet", 200, "")
	move(health, "cong_bo", 403, "")
	move(governor, "cong_bo", 200, "")

	// The pages offer the same.
	if text := l.page(home, "/dictionary/"+made.ID, 200); strings.Contains(text, "/dictionary/new?term=") {
		t.Error("another agency is offered a new version")
	}
	if text := l.page(health, "/dictionary/"+made.ID, 200); !strings.Contains(text, "/dictionary/new?term=") {
		t.Errorf("the agency is not offered a new version: %.3000s", text)
	}
	l.page(health, "/dictionary/new", 200)
	l.page(health, "/dictionary/import", 200)
	l.page(clerk, "/dictionary/new", 403)
	l.page(home, "/dictionary/new?term="+made.ID, 403)
}
