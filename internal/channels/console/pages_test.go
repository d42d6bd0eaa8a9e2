package console_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
)

// pastDays gives two data sets a past, so that there is a line to look at: it
// goes up and down, has a gap and comes from two versions of the formulas.
func pastDays(t *testing.T, p *apitest.Province) {
	t.Helper()
	err := p.Control.Write(context.Background(), func(tx *store.Tx) error {
		for ago := 80; ago > 0; ago-- {
			for i, id := range []string{"hy-xa", "vn-tinh"} {
				value, formula := fmt.Sprint(60+20*i+(80-ago)/4+ago*7%5), score.Formula
				if ago > 50 {
					formula = "2025.2"
				}
				if ago > 30 && ago < 36 {
					value = "null"
				}
				if _, err := tx.ExecContext(context.Background(), `INSERT INTO score_days (dataset, score_day, weight, formula, overall, criteria) VALUES ($1, $2, 1, $3, nullif($4, -1), $5)`,
					id, score.DayOf(time.Now().AddDate(0, 0, -ago)), formula, map[bool]any{true: -1.0, false: value}[value == "null"],
					fmt.Sprintf(`[{"id":"dung","value":%s},{"id":"du","value":80},{"id":"sach","value":90},{"id":"song","value":%s},{"id":"thong-nhat","value":97},{"id":"dung-chung","value":null}]`, value, value)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPages opens every page in both languages, light and dark, on a desk and
// on a phone.
func TestPages(t *testing.T) {
	p, server := opened(t)
	p.Fill(t, files...)
	bad := p.Send(t, "hy-xa", "packs/hung-yen/samples/hy-xa-loi.csv")
	pastDays(t, p)
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
					switch {
					case lang == "vi" && scheme == "light" && width == 1366:
						b.Axe(name)
					case scheme == "dark" && width == 1366:
						b.Colours(name)
					case scheme == "light" && width == 390:
						b.Targets(name)
					}
					if wide := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
						t.Errorf("%s is %d px wider than the window", name, wide)
					}
					b.Settle()
				}
			}
		}
	}
}
