package console_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// TestWork sends as the reader of the page and finds there what is to be done:
// a batch to confirm, a slip that is open, a send to undo.
func TestWork(t *testing.T) {
	p, server := opened(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv")
	me := actor.Actor{Kind: "person", ID: "web", Name: "Người dùng trên web"}
	send := func(name string, preview bool) corridor.Status {
		t.Helper()
		f, err := os.Open(apitest.File(t, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		st, err := p.Corridor.Receive(t.Context(), me, corridor.Request{Dataset: "hy-xa", Name: name[strings.LastIndex(name, "/")+1:], Body: f, Confirm: !preview, Preview: preview})
		if err == nil {
			st, err = p.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() || s.State == corridor.Held })
		}
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	_, before := get(t, server.URL+"/work")
	if strings.Contains(before, `id="held"`) || strings.Contains(before, `id="slips"`) || !strings.Contains(before, "Chưa gửi đợt nào") {
		t.Error("there is work before anything was sent")
	}
	sent := send("packs/hung-yen/samples/hy-xa-loi.csv", false)
	held := send("packs/hung-yen/data/hy-xa.csv", true)
	_, body := get(t, server.URL+"/work")
	for _, want := range []string{
		`id="held"`, `action="/batches/` + held.ID + `/confirm"`, `id="slips"`, `/batches/` + sent.ID + `/slip.xlsx`, `id="waiting"`,
		`action="/batches/` + sent.ID + `/undo"`, `id="late"`, "Việc của tôi",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page is without %q", want)
		}
	}
	if strings.Contains(body, `action="/batches/`+held.ID+`/undo"`) {
		t.Error("what has not been written can be undone")
	}
	if resp, _ := get(t, server.URL+"/work", stranger); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger: %s", resp.Status)
	}
	if _, home := get(t, server.URL+"/"); !strings.Contains(home, `href="/work"`) {
		t.Error("the front page does not lead there")
	}
	if _, home := get(t, server.URL+"/", stranger); strings.Contains(home, `href="/work"`) {
		t.Error("strangers are offered work")
	}
	// What others sent is not mine to undo here, and their slips are theirs.
	p.Send(t, "hy-nhiem-vu", "packs/hung-yen/data/hy-nhiem-vu.csv")
	if _, body := get(t, server.URL+"/work"); strings.Contains(body, "hy-nhiem-vu.csv") {
		t.Error("what somebody else sent is among my sends")
	}
}

// TestOrganisation shows an organisation's own lost points and nobody else's.
func TestOrganisation(t *testing.T) {
	_, server := opened(t, files...)
	resp, body := get(t, server.URL+"/organisations/hy-snv/score")
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "Sở Nội vụ") || !strings.Contains(body, `id="gains"`) {
		t.Fatalf("%s", resp.Status)
	}
	for path, want := range map[string]int{"/organisations/khong-co/score": http.StatusNotFound, "/organisations/hy-syt/score?lang=en": http.StatusOK} {
		if resp, _ := get(t, server.URL+path); resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	// Its superior body names the sets below it, and leaves their points to them.
	_, above := get(t, server.URL+"/organisations/hy-ubnd/score?lang=vi")
	if strings.Contains(above, "Xã, phường tỉnh Hưng Yên") && strings.Contains(above, `class="loss-adds`) && !strings.Contains(above, "Không còn điểm nào") {
		t.Error("a superior body is told to mend what is another's")
	}
}

// TestList narrows and orders the list by its address alone.
func TestList(t *testing.T) {
	_, server := opened(t, "packs/viet-nam/data/vn-tinh.csv")
	for _, c := range []struct {
		query string
		want  []string
		not   []string
	}{
		{"?q=thoi+tiet", []string{`href="/datasets/hy-thoi-tiet-gio"`}, []string{`href="/datasets/hy-xa"`, "province-score"}},
		{"?owner=hy-snv", []string{`href="/datasets/hy-xa"`, `value="hy-snv" selected`, "<details class=\"facets\" open"}, []string{`href="/datasets/hy-nhiem-vu"`}},
		{"?band=none&has=place", []string{`href="/datasets/hy-xa"`}, []string{`href="/datasets/vn-tinh"`}},
		{"?band=khong-co-muc-nay", []string{"Không có bộ dữ liệu nào khớp"}, []string{"page.band"}},
		{"?page=2", []string{"Trang 2/2", `rel="prev"`}, []string{`rel="next"`, "province-score"}},
		{"?page=99", []string{"Trang 2/2"}, nil},
	} {
		resp, body := get(t, server.URL+"/"+c.query)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", c.query, resp.Status)
		}
		for _, w := range c.want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: without %q", c.query, w)
			}
		}
		for _, n := range c.not {
			if strings.Contains(body, n) {
				t.Errorf("%s: with %q", c.query, n)
			}
		}
	}
	// Vietnamese order: Đ behind D, before E.
	_, body := get(t, server.URL+"/")
	if d, dd := strings.Index(body, "Diện tích, dân số, số đơn vị"), strings.Index(body, "Đơn vị hành chính cấp tỉnh"); d < 0 || dd < d {
		t.Errorf("D stands at %d, Đ at %d", d, dd)
	}
}
