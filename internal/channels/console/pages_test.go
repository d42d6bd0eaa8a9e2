package console_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/channels/browsertest"
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

// TestPages opens pages whose data sets have a past and lines in quarantine.
func TestPages(t *testing.T) {
	p, server := opened(t, files...)
	bad := p.Send(t, "hy-xa", "packs/hung-yen/samples/hy-xa-loi.csv")
	pastDays(t, p)
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
		{"work", "/work"},
		{"contract", "/datasets/hy-xa/contract"},
		{"quarantine", "/datasets/hy-xa/quarantine"},
		{"missing", "/datasets/khong-co"},
	}
	for _, look := range browsertest.Looks() {
		b.See(look)
		for _, page := range pages {
			sep := "?"
			if page.name == "search" {
				sep = "&"
			}
			b.Open(page.path + sep + "lang=" + look.Lang)
			if page.name == "dataset" {
				b.Until(`document.querySelector(".hexagon-chart canvas, .hexagon-chart svg") !== null`)
			}
			b.Judge(page.name + "-" + look.Name)
		}
	}
}
