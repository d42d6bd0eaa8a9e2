package explore_test

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
	"github.com/phohien/phohien/internal/channels/explore"
	"github.com/phohien/phohien/internal/channels/site"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
)

// asking is a province with communes, weather and generated persons, whose pages
// take questions.
func asking(t *testing.T) *httptest.Server {
	t.Helper()
	p := apitest.New(t, "packs/viet-nam/data/vn-tinh.csv", "packs/viet-nam/data/vn-xa.csv", "packs/hung-yen/data/hy-xa.csv")
	p.Put(t, persons)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := p.Corridor.Send(ctx, actor.System, corridor.Request{Dataset: "thu-nguoi", Name: "nguoi.csv",
		Body: strings.NewReader("ma,ten,sinh,tien,cccd\nN1,Người Mẫu,1990-01-02,1234567.50,001090000001\n")}); err != nil {
		t.Fatal(err)
	}
	set, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	pages := site.New(p.Guard, p.Door, set, p.Log)
	explore.New(explore.Deps{Site: pages, Contracts: p.Contracts, Records: p.Truth, Mirror: p.Mirror, CodeLists: p.CodeLists, Sets: p.Contracts})
	mux := http.NewServeMux()
	mux.Handle("/api/", p.API(t))
	mux.Handle("/", pages)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestQueryPage(t *testing.T) {
	server := asking(t)
	base := server.URL + explore.QueryPath
	asked := func(sql string) string { return base + "?" + url.Values{"sql": {sql}}.Encode() }
	_, text := ask(t, base, nil)
	for _, want := range []string{`data-insert="&#34;hy-xa&#34;"`, `data-insert="dan_so"`, "Xã, phường tỉnh Hưng Yên", `aria-current="page"`, "Câu hỏi mẫu"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	examples := regexp.MustCompile(`<li><a href="(/query\?sql=[^"]*)"`).FindAllStringSubmatch(text, -1)
	if len(examples) != 4 {
		t.Errorf("%d examples", len(examples))
	}
	for _, e := range examples {
		if status, text := ask(t, server.URL+html.UnescapeString(e[1]), nil); status != http.StatusOK || !strings.Contains(text, `id="answer"`) {
			t.Errorf("%s: %d", e[1], status)
		}
	}
	_, text = ask(t, base+"?find=do+am", nil)
	if !strings.Contains(text, `data-insert="do_am"`) || strings.Contains(text, `data-insert="dan_so"`) {
		t.Error("a search without marks does not narrow the list")
	}
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"values":   {`SELECT dan_so, DATE '2026-11-22' AS ngay, 1.5 AS so, true AS co, ten_xa FROM "hy-xa" WHERE ma_xa = '11953'`, []string{"<td class=\"number\">68.982</td>", "22/11/2026", "1,5", "Phường Phố Hiến", "1 dòng", "giây", "Tên"}},
		"many":     {`SELECT i FROM "hy-xa", range(20) r(i)`, []string{"Hiển thị 1.000 dòng đầu"}},
		"nothing":  {`SELECT ma_xa FROM "hy-xa" WHERE false`, []string{"Không có dòng nào"}},
		"its link": {`SELECT 1 AS mot`, []string{`href="/query?sql=SELECT+1+AS+mot"`, `value="csv"`}},
	} {
		status, text := ask(t, asked(c.sql), nil)
		if status != http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: without %q", name, want)
			}
		}
	}
	// What is wrong is said above the field, and what was typed stays in it.
	for sql, want := range map[string]string{
		`SELEC 1`: "sai cú pháp", `DELETE FROM "hy-xa"`: "Chỉ nhận câu lệnh SELECT", `SELECT * FROM "khong-co"`: "ở danh sách bên cạnh",
		`SELECT khong_co FROM "hy-xa"`: "không thực hiện được", `SELECT * FROM read_csv('/etc/passwd')`: "Không được dùng hàm",
	} {
		status, text := ask(t, asked(sql), nil)
		if status < 400 || status >= 500 || !strings.Contains(text, want) || !strings.Contains(text, html.EscapeString(sql)) || !strings.Contains(text, `role="alert"`) {
			t.Errorf("%s: %d, want %q with what was typed", sql, status, want)
		}
	}
	if r := location(t, base, `SELECT ma_xa FROM "hy-xa"`); !strings.HasPrefix(r, "/query?sql=SELECT+ma_xa") {
		t.Errorf("a question is not asked again from its address: %q", r)
	}
	// Numbers of persons stand in no address.
	for _, sql := range []string{`SELECT cccd FROM "thu-nguoi"`, `SELECT ma FROM "thu-nguoi" WHERE CAST(ma AS VARCHAR) = '001090000001'`, `SELECT t.CCCD FROM "thu-nguoi" t`} {
		status, text := ask(t, asked(sql), nil)
		if status != http.StatusBadRequest || !strings.Contains(text, "không chạy từ địa chỉ") || strings.Contains(text, `id="answer"`) {
			t.Errorf("%s is answered from an address: %d", sql, status)
		}
		status, text = ask(t, base, url.Values{"sql": {sql}})
		if status != http.StatusOK || !strings.Contains(text, `id="answer"`) || !strings.Contains(text, "không có liên kết") {
			t.Errorf("%s is not answered where it is: %d", sql, status)
		}
	}
	status, text := ask(t, base, url.Values{"sql": {`SELECT ten, tien FROM "thu-nguoi"`}, "do": {"csv"}})
	if status != http.StatusOK || !bytes.HasPrefix([]byte(text), []byte("\ufefften,tien\n")) || !strings.Contains(text, "Người Mẫu,1234567.5") {
		t.Errorf("the file: %d %q", status, text)
	}
	if status, _ := page(t, server, explore.QueryPath, false); status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", status)
	}
}

// location is where a question in a form is sent on to.
func location(t *testing.T, address, sql string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(url.Values{"sql": {sql}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Phohien-Token", apitest.Token)
	r.Header.Set("Origin", "http://"+r.URL.Host)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Header.Get("Location")
}

func TestQueryPage_browser(t *testing.T) {
	server := asking(t)
	b := browsertest.New(t, server.URL)
	b.Open("/?token=" + apitest.Token)
	sql := url.QueryEscape(`SELECT ten_xa, loai, dan_so, dien_tich_km2, ngay_hieu_luc FROM "hy-xa" ORDER BY dan_so DESC`)
	for _, look := range browsertest.Looks() {
		b.See(look)
		for page, path := range map[string]string{"empty": "?lang=" + look.Lang, "answer": "?lang=" + look.Lang + "&sql=" + sql, "wrong": "?lang=" + look.Lang + "&sql=SELEC+1"} {
			b.Open(explore.QueryPath + path)
			b.Judge("query-" + page + "-" + look.Name)
		}
	}
	b.Look(1366, 900, "light")
	b.Open(explore.QueryPath + "?lang=vi&find=hy-xa")
	b.Click(`.query-set-list summary`)
	b.Click(`.query-set-list .query-insert`)
	b.Until(`document.querySelector("#sql").value.includes('"hy-xa')`)
}
