package explore_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
)

// contractPages is a province whose set hy-xa has been upgraded twice: first a
// field that nobody has to fill, then one that everybody has to, and one less.
func contractPages(t *testing.T) (*apitest.Province, *httptest.Server) {
	t.Helper()
	p := apitest.New(t)
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{Site: pages, Contracts: p.Contracts})
	mux := http.NewServeMux()
	mux.Handle("/api/", p.API(t))
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	first, err := os.ReadFile(apitest.File(t, "packs/hung-yen/contracts/hy-xa.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	second := upgraded(t, string(first), "1.90.0", "false")
	p.Put(t, second)
	p.Put(t, upgraded(t, second, "1.91.0", "true"))
	return p, server
}

// upgraded gives a contract another number and one more field.
func upgraded(t *testing.T, yaml, version, required string) string {
	t.Helper()
	lines := strings.Split(yaml, "\n")
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "version:"):
			lines[i] = "version: " + version
		case strings.TrimSpace(l) == "properties:":
			lines[i] = l + "\n      - {name: ghi_chu_" + required + ", businessName: Ghi chú " + required + ", logicalType: string, required: " + required + ", examples: [Không có]}"
		}
	}
	return strings.Join(lines, "\n")
}

func page(t *testing.T, server *httptest.Server, path string, known bool) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if known {
		g := &guard.Guard{Token: apitest.Token}
		r.AddCookie(g.Session(r))
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestContractPage(t *testing.T) {
	_, server := contractPages(t)
	for _, c := range []struct {
		name, path string
		want, not  []string
	}{
		{"one version", "/datasets/hy-nhiem-vu/contract", []string{"278", "chưa có gì để so sánh", "yaml-key", `download="hy-nhiem-vu.odcs.yaml"`, "Mã nhiệm vụ"}, []string{`id="diff"`}},
		{"the last two", "/datasets/hy-xa/contract", []string{"1.91.0", "không tương thích", "ghi_chu_true", `<ins>`}, []string{"Thêm trường “ghi_chu_false”"}},
		{"the first and the second", "/datasets/hy-xa/contract?to=1.90.0", []string{"Thêm trường “ghi_chu_false” (không bắt buộc)", "Tương thích"}, []string{"Thêm trường “ghi_chu_true”"}},
		{"in English", "/datasets/hy-xa/contract?lang=en", []string{"What this data set promises", "breaking"}, []string{"contracts."}},
	} {
		status, body := page(t, server, c.path, true)
		if status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", c.name, status, body)
		}
		for _, w := range c.want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: without %q", c.name, w)
			}
		}
		for _, n := range c.not {
			if strings.Contains(body, n) {
				t.Errorf("%s: with %q", c.name, n)
			}
		}
	}
	for path, want := range map[string]int{"/datasets/hy-xa/contract?to=9.9.9": http.StatusNotFound, "/datasets/khong-co/contract": http.StatusNotFound} {
		if status, _ := page(t, server, path, true); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if status, _ := page(t, server, "/datasets/hy-xa/contract", false); status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", status)
	}
}

// TestContractPage_document finds the document on the page exactly as it is.
func TestContractPage_document(t *testing.T) {
	p, server := contractPages(t)
	con, err := p.Contracts.Current(t.Context(), "hy-xa")
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Contracts.Document(t.Context(), con.ID, con.Digest)
	if err != nil {
		t.Fatal(err)
	}
	_, body := page(t, server, "/datasets/hy-xa/contract", true)
	_, after, _ := strings.Cut(body, `aria-labelledby="document-title"><code>`)
	shown, _, _ := strings.Cut(after, "</code></pre>")
	if got := plainText(shown); got != string(want) {
		t.Errorf("the document is shown as\n%.600s", got)
	}
}

// plainText takes the marks out of a piece of a page.
func plainText(html string) string {
	var b strings.Builder
	inside := false
	for _, r := range html {
		switch {
		case r == '<':
			inside = true
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(b.String())
}

func TestContractAPI(t *testing.T) {
	_, server := contractPages(t)
	var list struct {
		Items []struct{ Digest, Version, State string }
	}
	answer(t, server, "/api/v1/datasets/hy-xa/contract/versions", &list)
	if len(list.Items) != 3 || list.Items[0].Version != "1.91.0" || list.Items[0].State != "current" || list.Items[2].State != "past" {
		t.Fatalf("versions: %+v", list.Items)
	}
	var d struct {
		Breaking bool
		Changes  []struct {
			Code, Column string
			Breaking     bool
		}
	}
	answer(t, server, "/api/v1/datasets/hy-xa/contract/diff", &d)
	if !d.Breaking {
		t.Error("a required field more is not breaking")
	}
	answer(t, server, "/api/v1/datasets/hy-xa/contract/diff?from="+list.Items[2].Digest[:10]+"&to=1.90.0", &d)
	if d.Breaking {
		t.Errorf("a field that nobody has to fill is breaking: %+v", d.Changes)
	}
	status, text := page(t, server, "/api/v1/datasets/hy-xa/contract/versions/1.90.0", true)
	if status != http.StatusOK || !strings.Contains(text, "version: 1.90.0") {
		t.Errorf("one version: %d %.80s", status, text)
	}
	if status, _ := page(t, server, "/api/v1/datasets/hy-xa/contract/versions/0.0.1", true); status != http.StatusNotFound {
		t.Errorf("a version that is not there: %d", status)
	}
}

func answer(t *testing.T, server *httptest.Server, path string, into any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+apitest.Token)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, into)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", path, resp.Status, err, body)
	}
}
