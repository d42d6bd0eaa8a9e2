package console_test

import (
	"testing"
)

// TestPages opens every page in both languages, light and dark, on a desk and
// on a phone.
func TestPages(t *testing.T) {
	p, server := opened(t)
	p.Fill(t, files...)
	bad := p.Send(t, "hy-xa", "packs/hung-yen/samples/hy-xa-loi.csv")
	b := openBrowser(t, server.URL)
	b.signIn()
	pages := []struct {
		name, path string
		brief      bool // in Vietnamese and light, in English and dark
	}{
		{"home", "/", false},
		{"search", "/?q=hung+yen+xa+phuong", false},
		{"dataset", "/datasets/hy-xa", false},
		{"batches", "/batches", false},
		{"batch", "/batches/" + bad.Batch, false},
		{"score", "/datasets/hy-xa/score", true},
		{"organisation", "/organisations/hy-snv/score", true},
		{"work", "/work", true},
		{"contract", "/datasets/hy-xa/contract", true},
		{"quarantine", "/datasets/hy-xa/quarantine", false},
		{"missing", "/datasets/khong-co", false},
	}
	for _, lang := range []string{"vi", "en"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1366, 390} {
				b.Look(width, 900, scheme)
				for _, page := range pages {
					if page.brief && (lang == "vi") != (scheme == "light") {
						continue
					}
					sep := "?"
					if page.name == "search" {
						sep = "&"
					}
					b.Open(page.path + sep + "lang=" + lang)
					name := page.name + "-" + lang + "-" + scheme + map[int64]string{1366: "", 390: "-phone"}[width]
					if page.name == "dataset" {
						b.Until(`document.querySelector(".hexagon-chart canvas, .hexagon-chart svg") !== null`)
					}
					b.Shot(name)
					b.Axe(name)
					if wide := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
						t.Errorf("%s is %d px wider than the window", name, wide)
					}
					b.Settle()
				}
			}
		}
	}
}
