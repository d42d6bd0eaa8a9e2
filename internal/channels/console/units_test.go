package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/browsertest"
)

// TestUnits asks the look-up of units as a reader without scripts does.
func TestUnits(t *testing.T) {
	_, server := opened(t)
	for _, c := range []struct {
		name, q, on   string
		want, without []string
	}{
		{"a code before the merger", "11953", "30/6/2025", []string{`lang="vi">Phường Hiến Nam</h2>`, "Thành phố Hưng Yên, Tỉnh Hưng Yên", "Kế tục bởi", `id="units-elsewhen"`}, nil},
		{"the code since", "11953", "2/7/2025", []string{`lang="vi">Phường Phố Hiến</h2>`, "từ ngày 01/07/2025 đến nay", "Hình thành từ"}, nil},
		{"a code of all times", "11953", "all", []string{"Phường Hiến Nam", "Phường Phố Hiến"}, []string{`id="units-elsewhen"`}},
		{"all times in the words of the field", "11953", "mọi thời kỳ", []string{"Phường Hiến Nam", "Phường Phố Hiến", `value="Mọi thời kỳ"`}, nil},
		{"a code on a day before it", "99999", "", []string{"Không có đơn vị nào khớp"}, nil},
		{"a name without marks", "thai thuy", "1/8/2025", []string{"Xã Thái Thụy"}, nil},
		{"what is typed is not markup", `<b>"x`, "", []string{"&lt;b&gt;"}, []string{`<b>"x`}},
		{"no day", "11953", "mai", []string{"không phải là một ngày", `aria-invalid="true"`}, []string{`id="unit-name"`}},
		{"nothing asked", "", "", []string{"Tra cứu đơn vị hành chính"}, []string{`role="status"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := get(t, server.URL+"/units?"+url.Values{"q": {c.q}, "on": {c.on}}.Encode())
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("%s", resp.Status)
			}
			for _, w := range c.want {
				if !strings.Contains(body, w) {
					t.Errorf("the page lacks %s", w)
				}
			}
			for _, w := range c.without {
				if strings.Contains(body, w) {
					t.Errorf("the page has %s", w)
				}
			}
		})
	}
	if resp, body := get(t, server.URL+"/units/X11989.2025-03-01"); resp.StatusCode != 200 || !strings.Contains(body, "Xã Đại Đồng") || !strings.Contains(body, "chia về nhiều đơn vị") {
		t.Errorf("the page of one unit: %s", resp.Status)
	}
	if resp, _ := get(t, server.URL+"/units/khong-co"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a unit that is not there: %s", resp.Status)
	}
}

// TestUnits_seen looks at the pages on a desk and on a phone, in both languages
// and colours.
func TestUnits_seen(t *testing.T) {
	_, server := opened(t)
	b := openBrowser(t, server.URL)
	for name, path := range map[string]string{
		"units": "/units", "units-code": "/units?q=11953&on=30/6/2025", "units-list": "/units?q=tan+tien&on=30/6/2025", "units-one": "/units/X11992.2025-07-01",
		"units-no-day": "/units?q=11953&on=mai",
	} {
		for _, look := range browsertest.Looks() {
			b.See(look)
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			b.Open(path + sep + "lang=" + look.Lang)
			b.Judge(name + "-" + look.Name)
		}
	}
}
