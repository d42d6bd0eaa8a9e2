package explore_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/units/unitstest"
)

// mapFiles are the data sets with a place, those they refer to first.
var mapFiles = [][2]string{
	{"vn-tinh", "packs/viet-nam/data/vn-tinh.csv"},
	{"vn-xa", "packs/viet-nam/data/vn-xa.csv"},
	{"vn-tinh-ranh-gioi", "packs/viet-nam/data/vn-tinh-ranh-gioi.geojson.gz"},
	{"vn-tinh-so-lieu", "packs/viet-nam/data/vn-tinh-so-lieu.csv"},
	{"hy-xa-ranh-gioi", "packs/hung-yen/data/hy-xa-ranh-gioi.geojson.gz"},
	{"hy-xa", "packs/hung-yen/data/hy-xa.csv"},
	{"vn-co-so-y-te-ha-noi", "packs/viet-nam/data/vn-co-so-y-te-ha-noi.geojson"},
	{"vn-xa-vi-tri", "packs/viet-nam/data/vn-xa-vi-tri.geojson.gz"},
}

// mapped is a province with its maps.
func mapped(t testing.TB) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p := apitest.New(t)
	for _, f := range mapFiles {
		p.Send(t, f[0], f[1])
	}
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, CodeLists: p.CodeLists, Records: p.Truth, Mirror: p.Mirror, Sets: p.Contracts, Units: unitstest.Register{}})
	mux := http.NewServeMux()
	mux.Handle("/api/", p.API(t))
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return p, server
}

// read asks for a page as one who has signed in.
func read(t testing.TB, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &guard.Guard{Token: apitest.Token}
	r.AddCookie(g.Session(r))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestMap walks through the maps of the packs.
func TestMap(t *testing.T) {
	_, server := mapped(t)
	t.Run("pages", func(t *testing.T) { testMapPages(t, server.URL) })
	t.Run("browser", func(t *testing.T) { testMapBrowser(t, server.URL) })
}

func testMapPages(t *testing.T, base string) {
	for path, want := range map[string][]string{
		"vn-tinh-ranh-gioi/map":        {`<title>Tỉnh Hưng Yên: `, "Quần đảo Hoàng Sa", "Quần đảo Trường Sa", "Biển Đông", "filter=ma%3D%2733%27"},
		"vn-tinh-so-lieu/map":          {`<title>Thành phố Hà Nội: `, "Chú giải", "7 đơn vị", `/datasets/vn-tinh-ranh-gioi`},
		"hy-xa-ranh-gioi/map":          {`<title>Phường Phố Hiến: `},
		"hy-xa/map?show=points":        {"86 bản ghi"},
		"vn-co-so-y-te-ha-noi/map":     {"252 bản ghi"},
		"vn-xa-vi-tri/map?show=points": {"3.321 bản ghi"},
	} {
		status, body := read(t, base+"/datasets/"+path)
		if status != http.StatusOK {
			t.Errorf("%s: %d\n%s", path, status, body)
			continue
		}
		t.Logf("%s: %d bytes", path, len(body))
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
	}
}

func testMapBrowser(t *testing.T, base string) {
	b := browsertest.New(t, base)
	b.Open("/?token=" + apitest.Token)
	for name, path := range map[string]string{
		"tinh": "vn-tinh-ranh-gioi/map", "so-lieu": "vn-tinh-so-lieu/map", "xa": "hy-xa-ranh-gioi/map",
		"hy-xa": "hy-xa/map", "diem-xa": "hy-xa/map?show=points", "y-te": "vn-co-so-y-te-ha-noi/map", "vi-tri": "vn-xa-vi-tri/map?show=points",
	} {
		for _, width := range []int64{1366, 390} {
			for _, scheme := range []string{"light", "dark"} {
				b.Look(width, 900, scheme)
				lang := map[string]string{"light": "vi", "dark": "en"}[scheme]
				mark := "?"
				if strings.Contains(path, "?") {
					mark = "&"
				}
				b.Open("/datasets/" + path + mark + "lang=" + lang)
				what := name + "-" + lang + "-" + map[int64]string{1366: "man-hinh", 390: "dien-thoai"}[width]
				b.Fits(what)
				b.Shot("ban-do-" + what)
			}
		}
		b.Settle()
		b.Axe(name)
	}
}
