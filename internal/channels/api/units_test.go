package api_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
)

func TestUnits(t *testing.T) {
	h := newHarness(t)
	var list struct {
		On    string
		Items []api.Unit
	}
	for _, c := range []struct {
		query, on string
		first     string
		n         int
	}{
		{"code=11953&on=2025-06-30", "2025-06-30", "Phường Hiến Nam", 1},
		{"code=11953&on=02/07/2025", "2025-07-02", "Phường Phố Hiến", 1},
		{"code=11953&on=all", "all", "Phường Hiến Nam", 2},
		{"code=33&on=2026-01-01", "2026-01-01", "Tỉnh Hưng Yên", 1},
		{"code=99999", "", "", 0},
		{"q=lac+dao,+hung+yen&on=2024-01-01", "2024-01-01", "Xã Lạc Đạo", 1},
		{"q=tan+tien&on=2024-01-01&limit=3", "2024-01-01", "Xã Tân Tiến", 3},
		{"q=tan+tien,+van+giang&on=2024-01-01", "2024-01-01", "Xã Tân Tiến", 1},
	} {
		list.Items = nil
		h.get("/api/v1/units?" + c.query).want(200).into(&list)
		if len(list.Items) != c.n || c.on != "" && list.On != c.on || c.n > 0 && list.Items[0].FullName != c.first {
			t.Errorf("%s: on %s, %+v", c.query, list.On, list.Items)
		}
	}
	var detail api.UnitDetail
	h.get("/api/v1/units/X11953.2025-07-01").want(200).into(&detail)
	if detail.ValidFrom == nil || detail.ValidFrom.String() != "2025-07-01" || detail.ValidTo != nil || len(detail.Before) == 0 || len(detail.After) != 0 || detail.Title != "Phường Phố Hiến, Tỉnh Hưng Yên" {
		t.Errorf("%+v", detail)
	}
	var answer api.UnitAnswer
	h.get("/api/v1/unit-of?province=Hung+Yen&district=Van+Lam&commune=lac+dao&on=2024-01-01").want(200).into(&answer)
	if !answer.Sure || answer.Why != "name" || answer.Items[0].UID != "X11989.2025-03-01" {
		t.Errorf("%+v", answer)
	}
	h.get("/api/v1/unit-of?commune=11953&on=2024-01-01&to=2026-01-01").want(200).into(&answer)
	if !answer.Sure || answer.Why != "change" || answer.Items[0].FullName != "Phường Phố Hiến" {
		t.Errorf("%+v", answer)
	}
	h.get("/api/v1/unit-of?commune=xa+tan+tien&on=2024-01-01").want(200).into(&answer)
	if answer.Sure || answer.Why != "several" || len(answer.Items) < 2 {
		t.Errorf("%+v", answer)
	}
	h.get("/api/v1/units?on=mai").problem(400, "units.day")
	h.get("/api/v1/units/khong-co").problem(404, "units.unknown")
	h.get("/api/v1/unit-of").problem(422, "api.request")
}

// TestResolve asks what texts in one cell mean, old and new, sure and not.
func TestResolve(t *testing.T) {
	h := newHarness(t)
	var list struct {
		At, To string
		Sure   int
		Items  []api.Resolved
	}
	h.get("/api/v1/resolve?at=30/6/2025&unit=11953&unit=" + url.QueryEscape("TT. Như Quỳnh, huyện Văn Lâm, Hưng Yên") + "&unit=" + url.QueryEscape("Xã Tân Tiến")).want(200).into(&list)
	if list.At != "2025-06-30" || len(list.Items) != 3 || list.Sure != 2 || list.Items[0].Unit.FullName != "Phường Hiến Nam" || list.Items[1].Unit.UID != "X11986.2025-03-01" ||
		list.Items[2].Sure || list.Items[2].Unit != nil || list.Items[2].Why != "several" || len(list.Items[2].Candidates) < 2 || list.Items[2].Certainty != "low" {
		t.Errorf("%+v", list)
	}
	h.get("/api/v1/resolve?unit=11953&at=2025-07-02").want(200).into(&list)
	if list.Items[0].Unit.FullName != "Phường Phố Hiến" || list.Items[0].Unit.ValidFrom.String() != "2025-07-01" || list.Items[0].Certainty != "high" {
		t.Errorf("%+v", list.Items)
	}
	h.get("/api/v1/resolve?unit=11989&at=2025-06-30&to=2025-07-02").want(200).into(&list)
	if one := list.Items[0]; list.To != "2025-07-02" || one.Sure || one.Why != "split" || len(one.Candidates) != 2 || len(one.Steps) != 2 || one.Steps[0].Kind != "split" || one.Steps[0].From.FullName != "Xã Lạc Đạo" || one.Steps[0].Share != nil {
		t.Errorf("%+v", one)
	}
	list.Items = nil
	h.ask("POST", "/api/v1/resolve", strings.NewReader(`{"units":["Xã Lạc Đạo, Văn Lâm, Hưng Yên","Phường Hiến Nam","99999",""],"at":"2026-01-01","within":"33"}`), "Content-Type: application/json").want(200).into(&list)
	var got []string
	for _, one := range list.Items {
		got = append(got, one.Why+" "+one.Certainty)
	}
	if strings.Join(got, "; ") != "split low; before good; none none; empty none" || list.Items[1].Steps[0].To.FullName != "Phường Phố Hiến" {
		t.Errorf("%v: %+v", got, list.Items)
	}
	h.get("/api/v1/resolve").problem(400, "units.no-text")
	h.get("/api/v1/resolve?unit=11953&at=mai").problem(400, "units.day")
	h.get("/api/v1/resolve?unit=11953&to=all").problem(400, "units.day")
	h.get("/api/v1/resolve?unit=11953&level=ap").problem(422, "api.request")
	many := `{"units":["11953"` + strings.Repeat(`,"11953"`, api.MostResolved) + `]}`
	h.ask("POST", "/api/v1/resolve", strings.NewReader(many), "Content-Type: application/json").problem(413, "units.too-many")
}

// TestUnits_none: without a register nobody is told that a unit does not exist.
func TestUnits_none(t *testing.T) {
	p := apitest.New(t)
	s := api.New(api.Deps{Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor, Log: p.Log})
	for _, path := range []string{"/api/v1/units?code=11953", "/api/v1/units/X11953.2025-07-01", "/api/v1/unit-of?commune=11953"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 404 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
