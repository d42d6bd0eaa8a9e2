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
	pages := []struct{ name, path string }{
		{"home", "/"},
		{"search", "/?q=hung+yen+xa+phuong"},
		{"dataset", "/datasets/hy-xa"},
		{"batches", "/batches"},
		{"batch", "/batches/" + bad.Batch},
		{"score", "/datasets/hy-xa/score"},
		{"organisation", "/organisations/hy-snv/score"},
		{"contract", "/datasets/hy-xa/contract"},
		{"quarantine", "/datasets/hy-xa/quarantine"},
		{"missing", "/datasets/khong-co"},
	}
	for _, lang := range []string{"vi", "en"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1366, 390} {
				b.Look(width, 900, scheme)
				for _, page := range pages {
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
