package explore_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/internal/foundation/policy"
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

// get asks for a page as one who has signed in.
func get(t testing.TB, address string) (int, string) {
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
	p, server := mapped(t)
	t.Run("pages", func(t *testing.T) { testMapPages(t, server.URL) })
	t.Run("rights", func(t *testing.T) { testMapRights(t, p, server.URL) })
	t.Run("browser", func(t *testing.T) { testMapBrowser(t, server.URL) })
}

func testMapPages(t *testing.T, base string) {
	for path, want := range map[string][]string{
		"vn-tinh-ranh-gioi/map":        {`<title>Tỉnh Hưng Yên: `, "Quần đảo Hoàng Sa", "Quần đảo Trường Sa", "Biển Đông", "filter=ma+%3D+%2733%27"},
		"vn-tinh-so-lieu/map":          {`<title>Thành phố Hà Nội: `, "Chú giải", "7 đơn vị", `/datasets/vn-tinh-ranh-gioi`},
		"hy-xa-ranh-gioi/map":          {`<title>Phường Phố Hiến: `},
		"hy-xa/map?show=points":        {"86 bản ghi"},
		"vn-co-so-y-te-ha-noi/map":     {"252 bản ghi"},
		"vn-xa-vi-tri/map?show=points": {"3.321 bản ghi"},
	} {
		begin := time.Now()
		status, body := get(t, base+"/datasets/"+path)
		took := time.Since(begin)
		if status != http.StatusOK {
			t.Errorf("%s: %d\n%s", path, status, body)
			continue
		}
		t.Logf("%s: %d bytes in %v", path, len(body), took)
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
		"tinh": "vn-tinh-ranh-gioi/map?", "so-lieu": "vn-tinh-so-lieu/map?show=ma.value.dan_so", "xa": "hy-xa-ranh-gioi/map?",
		"hy-xa": "hy-xa/map?", "diem-xa": "hy-xa/map?show=points", "y-te": "vn-co-so-y-te-ha-noi/map?", "vi-tri": "vn-xa-vi-tri/map?show=points",
	} {
		for _, look := range browsertest.Looks() {
			b.See(look)
			b.Open("/datasets/" + path + "&lang=" + look.Lang)
			b.Until(`document.querySelector(".map-live .map-names:last-child text") !== null`)
			b.Judge("ban-do-" + name + "-" + look.Name)
		}
	}
	t.Run("closer", func(t *testing.T) { testMapCloser(t, b) })
	t.Run("keys", func(t *testing.T) { testMapKeys(t, b) })
	t.Run("places", func(t *testing.T) { testMapPlaces(t, b) })
	t.Run("without scripts", func(t *testing.T) { testMapPlain(t, b) })
	b.Settle()
}

const namesShown = `document.querySelectorAll(".map-live .map-names:last-child text").length`

// testMapCloser finds a unit by its name without marks, and goes back.
func testMapCloser(t *testing.T, b *browsertest.Browser) {
	b.Look(1366, 900, "light")
	b.Open("/datasets/hy-xa-ranh-gioi/map?lang=vi")
	whole := browsertest.Eval[string](b, `document.querySelector(".map-picture").getAttribute("viewBox")`)
	b.Do(chromedp.SendKeys(chromedp.CSS(".map-find input"), "pho hien\r"))
	b.Until(`document.querySelector(".map-on")?.getAttribute("aria-label").startsWith("Phường Phố Hiến: ")`)
	b.Shot("ban-do-tim")
	if tip := browsertest.Eval[string](b, `document.querySelector(".map-tip").innerText`); !strings.Contains(tip, "Phường Phố Hiến") {
		t.Errorf("the word on it: %q", tip)
	}
	if browsertest.Eval[string](b, `document.querySelector(".map-picture").getAttribute("viewBox")`) == whole {
		t.Error("the map did not come closer")
	}
	b.Click(".map-tools button:nth-child(3)")
	if browsertest.Eval[string](b, `document.querySelector(".map-picture").getAttribute("viewBox")`) != whole {
		t.Error("the map did not go back")
	}
	before := browsertest.Eval[int](b, namesShown)
	b.Click(".map-tools button:nth-child(1)")
	if after := browsertest.Eval[int](b, namesShown); before < 40 || after < 10 {
		t.Errorf("%d names, closer %d", before, after)
	}
}

// testMapKeys walks from unit to unit with the arrows; the link of each leads to
// its rows.
func testMapKeys(t *testing.T, b *browsertest.Browser) {
	b.Open("/datasets/vn-tinh-so-lieu/map?lang=vi")
	if stops := browsertest.Eval[int](b, `document.querySelectorAll(".map-picture a[tabindex='0']").length`); stops != 1 {
		t.Errorf("the tab key stops %d times on the map", stops)
	}
	browsertest.Eval[bool](b, `(document.querySelector(".map-picture a[tabindex='0']").focus(), true)`)
	before := ""
	for _, key := range []string{kb.ArrowDown, kb.ArrowDown, kb.ArrowLeft, kb.ArrowUp} {
		b.Do(chromedp.KeyEvent(key))
		name := browsertest.Eval[string](b, `document.activeElement.getAttribute("aria-label")`)
		if name == before || !strings.Contains(name, ": ") {
			t.Errorf("the focus went to %q", name)
		}
		before = name
		if tip := browsertest.Eval[string](b, `document.querySelector(".map-tip").innerText.replace("\n", ": ")`); tip != name {
			t.Errorf("the word on %q is %q", name, tip)
		}
	}
	if href := browsertest.Eval[string](b, `document.activeElement.getAttribute("href")`); !strings.HasPrefix(href, "/datasets/vn-tinh-so-lieu/records?filter=ma+%3D+%27") {
		t.Errorf("it leads to %s", href)
	}
}

// testMapPlaces comes closer until groups become records with their names.
func testMapPlaces(t *testing.T, b *browsertest.Browser) {
	b.Open("/datasets/vn-xa-vi-tri/map?show=points&lang=vi")
	browsertest.Eval[bool](b, `(() => {
		const r = document.querySelector(".map-dot").getBoundingClientRect(); // of the largest group
		document.querySelector(".map-picture").dispatchEvent(new WheelEvent("wheel", {ctrlKey: true, deltaY: -1100, clientX: r.x + r.width / 2, clientY: r.y + r.height / 2, cancelable: true}));
		return true;
	})()`)
	b.Until(`document.querySelector(".map-dots a.map-at[href*='records?filter=ma_xa+%3D+%27']") !== null`)
	b.Shot("ban-do-diem-gan")
	if n := browsertest.Eval[int](b, `document.querySelectorAll(".map-at").length`); n < 5 || n > 400 {
		t.Errorf("%d places", n)
	}
	browsertest.Eval[bool](b, `(document.querySelectorAll(".map-tools button")[2].click(), true)`)
	b.Until(`document.querySelector(".map-dots a") === null && document.querySelectorAll(".map-dots g").length > 20`)
}

// testMapPlain: without a script the picture has its names, its links and its
// words, also on a phone.
func testMapPlain(t *testing.T, b *browsertest.Browser) {
	b.Scripts(false)
	defer b.Scripts(true)
	base := b.Here()[:strings.Index(b.Here(), "/datasets/")]
	for class, width := range map[string]int64{"wide": 1366, "phone": 390} {
		b.Look(width, 900, "light")
		b.Do(chromedp.Navigate(base+"/datasets/vn-tinh-so-lieu/map?lang=vi"), chromedp.WaitReady(chromedp.CSS(".map-picture")))
		shown := browsertest.Eval[[]string](b, `[...document.querySelectorAll(".map-names")].filter((g) => getComputedStyle(g).display !== "none").map((g) => g.getAttribute("class"))`)
		if len(shown) != 1 || shown[0] != "map-names map-names-"+class {
			t.Errorf("%d px: the names of %v are shown", width, shown)
		}
		small := browsertest.Eval[float64](b, `Math.min(...[...document.querySelectorAll(".map-names-`+class+` tspan")].map((e) => e.getBoundingClientRect().height))`)
		if small < 11 {
			t.Errorf("%d px: names are %.1f px high", width, small)
		}
		if links := browsertest.Eval[int](b, `document.querySelectorAll(".map-units a title").length`); links != 34 {
			t.Errorf("%d px: %d provinces lead to their rows", width, links)
		}
		b.Fits("a map without scripts")
	}
}

// narrow allows everything but for what the test says of some actions.
type narrow struct {
	door.Policies
	of map[policy.Action]policy.Decision
}

func (n narrow) Allow(who policy.Who, action policy.Action, what policy.What, p policy.Purpose) policy.Decision {
	if d, ok := n.of[action]; ok && strings.HasPrefix(what.ID, "hy-xa") && !strings.Contains(what.ID, "ranh-gioi") {
		return d
	}
	return n.Policies.Allow(who, action, what, p)
}

// testMapRights: a map shows no more than its reader may see.
func testMapRights(t *testing.T, p *apitest.Province, base string) {
	everything := p.Door.Policies
	defer func() { p.Door.Policies = everything }()
	hidden := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, Columns: map[string]policy.Sight{"vi_tri": {Mask: policy.Hidden}, "dan_so": {Mask: policy.Hidden}}}
	of := func(read, aggregate policy.Decision) {
		p.Door.Policies = narrow{everything, map[policy.Action]policy.Decision{policy.Read: read, policy.Aggregate: aggregate}}
	}

	of(hidden, hidden)
	if _, body := get(t, base+"/datasets/hy-xa/map"); strings.Contains(body, `value="points"`) || strings.Contains(body, "value.dan_so") || !strings.Contains(body, "value.dien_tich_km2") {
		t.Error("a masked place or figure is offered")
	}
	if status, _ := get(t, base+"/datasets/hy-xa/map?show=points"); status != http.StatusBadRequest {
		t.Errorf("masked places: %d", status)
	}
	if status, _ := get(t, base+"/api/v1/datasets/hy-xa/map"); status != http.StatusForbidden {
		t.Errorf("masked places over the API: %d", status)
	}

	// Groups alone: no record, no link to one, and none of the few.
	of(policy.Decision{}, policy.Decision{Allowed: true, Rows: policy.Rows{All: true}, SmallestGroup: 5})
	status, body := get(t, base+"/datasets/hy-xa/map?show=ma_xa.count")
	if status != http.StatusOK || strings.Contains(body, "records?filter") || strings.Contains(body, `value="points"`) || strings.Contains(body, "class=\"map-unit map-class") || !strings.Contains(body, "86 bản ghi thuộc các nhóm nhỏ hơn 5") {
		t.Errorf("%d: groups of one are told, or their records", status)
	}

	// Rows of one commune alone.
	one := policy.Decision{Allowed: true, Rows: policy.Rows{}}
	of(one, one)
	if _, body := get(t, base+"/datasets/hy-xa/map?show=points"); !strings.Contains(body, "Chưa có bản ghi nào ghi vị trí") {
		t.Error("rows of others are drawn")
	}

	of(policy.Decision{}, policy.Decision{})
	if status, _ := get(t, base+"/datasets/hy-xa/map"); status != http.StatusForbidden {
		t.Errorf("without any right: %d", status)
	}
}
