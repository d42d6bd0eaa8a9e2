package console_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/api/apitest"
	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/internal/foundation/store"
)

// BenchmarkHome renders the front page of a province with a thousand data sets
// that have moved on each of ninety days.
func BenchmarkHome(b *testing.B) {
	p, server := opened(b)
	text, err := os.ReadFile(apitest.File(b, "packs/hung-yen/contracts/hy-nhiem-vu.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		p.Put(b, strings.NewReplacer("id: hy-nhiem-vu\n", fmt.Sprintf("id: bo-%04d\n", i), "name: Nhiệm vụ", fmt.Sprintf("name: Bộ %d Nhiệm vụ", i)).Replace(string(text)))
	}
	const criteria = `[{"id":"dung","value":97.5},{"id":"du","value":88},{"id":"sach","value":91},{"id":"song","value":70},{"id":"thong-nhat","value":99},{"id":"dung-chung","value":null}]`
	err = p.Control.Write(context.Background(), func(tx *store.Tx) error {
		for i := range 1000 {
			for day := 1; day <= 90; day++ {
				if _, err := tx.ExecContext(context.Background(), `INSERT INTO score_days (dataset, score_day, weight, formula, overall, criteria) VALUES ($1, $2, 1, $3, $4, $5)`,
					fmt.Sprintf("bo-%04d", i), score.DayOf(time.Now().AddDate(0, 0, -day)), score.Formula, 80+float64(day%10), criteria); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/", "/?q=nhiem+vu", "/?page=3"} {
		get(b, server.URL+path) // what is counted once is counted
		b.Run(strings.TrimPrefix(path, "/"), func(b *testing.B) {
			for b.Loop() {
				resp, body := get(b, server.URL+path)
				if resp.StatusCode != http.StatusOK || !strings.Contains(body, "Bộ ") {
					b.Fatal(resp.Status)
				}
			}
		})
	}
}
