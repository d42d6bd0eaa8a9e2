package api_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/form"
	"github.com/phohien/phohien/internal/channels/lookup"
	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/registry/moves"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// askSystems tries every address of the register of systems and of the search.
func askSystems(h *harness) {
	h.t.Helper()
	for _, path := range []string{"/systems", "/systems/similar?name=kho", "/systems/national", "/systems/lists", "/systems/nas", "/systems/nas?format=csv", "/systems/nas?format=xlsx", "/systems/A01", "/search/suggest?q=kho", "/search?q=kho&sort=newest"} {
		h.get("/api/v1" + path)
	}
	h.get(api.LabelPath)
	for path, body := range map[string]string{
		"/systems":                                 `{"values":{"ten":"Kho dữ liệu dùng chung","loai":"csdl","chuc_nang":"thử"}}`,
		"/systems/A01/move":                        `{"to":"tam-dung","why":"bảo trì"}`,
		"/systems/A01/moves/khong-co/approve":      `{}`,
		"/systems/A01/moves/khong-co/refuse":       `{"why":"thử"}`,
		"/systems/A01/moves/khong-co/withdraw":     `{}`,
		"/systems/A01/heartbeat":                   `{"from":"2026-11-20T00:00:00+07:00","to":"2026-11-21T00:00:00+07:00","measured":"tu-dong","availability":99.931}`,
		"/systems/A01/heartbeat?lang=en":           `{"from":"2026-11-21T00:00:00+07:00","to":"2026-11-20T00:00:00+07:00","measured":"tu-dong","users":1}`,
		"/systems/khong-co/heartbeat":              `{"from":"2026-11-20T00:00:00+07:00","to":"2026-11-21T00:00:00+07:00","measured":"tu-dong","users":1}`,
		"/systems/A01/move?lang=en":                `{"to":"de-xuat","why":"thử"}`,
		"/systems/khong-co/moves/khong-co/approve": `{}`,
	} {
		h.ask("POST", "/api/v1"+path, strings.NewReader(body), "Content-Type: application/json")
	}
}

// TestSystems holds every answer of the register and of the search against the
// document; what they say is tested with the pages.
func TestSystems(t *testing.T) {
	p := apitest.New(t)
	notes := moves.NewStore(p.Control)
	finder := lookup.New(p.Door)
	desk := &systems.Desk{
		Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Corridor: p.Corridor, CodeLists: p.CodeLists, Orgs: p.Orgs, Finder: finder, Moves: notes, Platform: "A01",
		Forms: &form.Desk{Door: p.Door, Records: p.Truth, Corridor: p.Corridor, Notes: notes},
	}
	s := api.New(api.Deps{
		Guard: p.Guard, Door: p.Door, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, Scores: p.Scores, Corridor: p.Corridor,
		CodeLists: p.CodeLists, Recipes: p.Recipes, Orgs: p.Orgs, Log: p.Log, Version: "thử", Temp: p.Temp, Finder: finder, Systems: desk,
	})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	h := &harness{t, p, server, readDocument(t, s)}
	for dataset, file := range map[string]string{
		"hy-he-thong.he_thong": "hung-yen/data/hy-he-thong.csv", "hy-he-thong.dich_vu_thue": "hung-yen/data/hy-he-thong-thue.csv",
		"hy-he-thong-quy-trinh.buoc": "hung-yen/data/hy-he-thong-buoc.csv", "hy-he-thong-quy-trinh.dieu_kien": "hung-yen/data/hy-he-thong-dieu-kien.csv",
		"vn-csdl-quoc-gia": "viet-nam/data/vn-csdl-quoc-gia.csv",
	} {
		f, err := os.Open(apitest.File(t, "packs/"+file))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: dataset, Name: file, Body: f, Confirm: true})
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	con, err := p.Contracts.Current(t.Context(), "hy-he-thong")
	if err != nil {
		t.Fatal(err)
	}
	err = finder.Put([]catalog.Entry{
		{Kind: catalog.System, ID: "A03", Title: "Kho dữ liệu dùng chung cấp tỉnh", Text: "Tiếp nhận, hợp nhất dữ liệu", Address: "/systems/A03", Sight: lookup.OfRow(con, con.Objects[0], "hy-skhcn")},
		{Kind: catalog.CodeList, ID: "loai-he-thong", Title: "Loại hệ thống", Address: "/codelists/loai-he-thong"},
	}, []*contract.Contract{con})
	if err != nil {
		t.Fatal(err)
	}
	askSystems(h)
	h.get("/api/v1/systems/A01").want(200)
	h.get("/api/v1/systems?state=van-hanh&limit=5").want(200)
	h.get("/api/v1/search?q=kho&kind=khong").problem(400, "find.kind")
	var found struct{ Items []api.SearchHit }
	h.get("/api/v1/search?q=loai+he+thong&kind=codelist").want(200).into(&found)
	if len(found.Items) != 1 || found.Items[0].Kind != "codelist" || found.Items[0].ID != "loai-he-thong" || found.Items[0].InName[0].From != 0 {
		t.Errorf("%+v", found.Items)
	}
	h.get(api.LabelPath).problem(404, "register.no-label")
	h.get("/api/v1/systems", "X-Phohien-Token: ").want(401)
	h.get("/api/v1/search?q=kho+du+lieu", "X-Phohien-Token: ").want(200).into(&found)
	if len(found.Items) != 0 {
		t.Errorf("a stranger finds %+v", found.Items)
	}
}
