package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// TestQuery_kept: an answer that is kept is the one that was made, down to its
// types; what is too long, or changes by itself, is made each time.
func TestQuery_kept(t *testing.T) {
	w := scanned(t)
	ask := func(sql string, o mirror.QueryOptions) (lines string, kept int64) {
		t.Helper()
		before := w.mirror.Answers().Kept
		all := views(t, w)
		told := int64(0)
		for _, v := range all {
			v.SeenRows = func(n int64) { told += n }
		}
		a, err := w.mirror.Query(t.Context(), sql, all, o)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		defer a.Release()
		var b strings.Builder
		for _, f := range a.Schema().Fields() {
			fmt.Fprint(&b, f.Name, " ", f.Type, "|")
		}
		rows := int64(0)
		for a.Next() {
			rec := a.RecordBatch()
			for i := range int(rec.NumRows()) {
				rows++
				for c := range int(rec.NumCols()) {
					fmt.Fprint(&b, "|", rec.Column(c).ValueStr(i))
				}
				b.WriteByte('\n')
			}
		}
		if err := a.Err(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if told != rows*int64(strings.Count(sql, `FROM "`)) {
			t.Errorf("%s: %d rows, told %d", sql, rows, told)
		}
		fmt.Fprint(&b, a.More())
		return b.String(), w.mirror.Answers().Kept - before
	}
	for _, sql := range []string{
		`SELECT * FROM "benh-vien" ORDER BY ma`,
		`SELECT count(*), sum(gia), avg(ty_le), max(ngay), min(luc), list(ma ORDER BY ma), {'a': 1, 'b': 'x'}, MAP {'a': 1}, INTERVAL 1 MONTH, 'a'::ENUM ('a', 'b'), NULL FROM "benh-vien"`,
		`SELECT ma FROM "benh-vien" WHERE false`,
	} {
		first, _ := ask(sql, mirror.QueryOptions{})
		again, kept := ask(sql, mirror.QueryOptions{})
		if first != again || kept != 1 {
			t.Errorf("%s: kept %d\n%s\n%s", sql, kept, first, again)
		}
	}
	for rows := int64(1); rows < 4; rows++ {
		o := mirror.QueryOptions{Rows: rows}
		first, _ := ask(`SELECT ma FROM "benh-vien" ORDER BY ma`, o)
		again, kept := ask(`SELECT ma FROM "benh-vien" ORDER BY ma`, o)
		if first != again || kept != 1 || !strings.HasSuffix(first, "true") || int64(strings.Count(first, "\n")) != rows {
			t.Errorf("%d rows, kept %d: %s, %s", rows, kept, first, again)
		}
	}
	for _, sql := range []string{`SELECT now(), ma FROM "benh-vien"`, `SELECT 1`, `SELECT ma FROM "benh-vien" ORDER BY random()`} {
		_, _ = ask(sql, mirror.QueryOptions{})
		if _, kept := ask(sql, mirror.QueryOptions{}); kept != 0 {
			t.Errorf("%s was kept", sql)
		}
	}
	long := `SELECT g.i, md5(CAST(g.i AS VARCHAR)) FROM "benh-vien" b, range(50000) g(i) WHERE b.ma = 'BV0002' ORDER BY g.i`
	first, _ := ask(long, mirror.QueryOptions{})
	again, kept := ask(long, mirror.QueryOptions{})
	if first != again || kept != 0 || strings.Count(first, "\n") != 50000 {
		t.Errorf("a long answer: kept %d, %d rows, %d rows", kept, strings.Count(first, "\n"), strings.Count(again, "\n"))
	}
}

// BenchmarkQuery_fifty: fifty ask the same at once, of a million rows; "alone" is
// a question that is never shared.
func BenchmarkQuery_fifty(b *testing.B) {
	w := newWorld(b, storetest.Open(b, storetest.SQLite(b)))
	c := households()
	r := rand.New(rand.NewPCG(1, 1))
	for n := 0; n < 1_000_000; n += 100_000 {
		fillFrom(w, c, r, n, 100_000)
	}
	v, err := record.NewView(c.Objects[0], policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	address := c.Objects[0].Dataset
	n := 0
	for name, also := range map[string]string{"alone": " AND now() IS NOT NULL", "together": ""} {
		b.Run(name, func(b *testing.B) {
			var all []time.Duration
			var mu sync.Mutex
			for b.Loop() {
				n++ // nobody has asked for it before
				sql := fmt.Sprintf(`SELECT xa, loai, count(*), sum(tien), median(tien) FROM %q WHERE nam <> %d%s GROUP BY ALL ORDER BY ALL`, address, -n, also)
				var askers sync.WaitGroup
				for range 50 {
					askers.Go(func() {
						began := time.Now()
						a, err := w.mirror.Query(b.Context(), sql, mirror.Views{address: v}, mirror.QueryOptions{})
						if err != nil {
							b.Error(err)
							return
						}
						defer a.Release()
						for a.Next() {
						}
						mu.Lock()
						defer mu.Unlock()
						all = append(all, time.Since(began))
					})
				}
				askers.Wait()
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)*95/100].Milliseconds()), "p95-ms")
		})
	}
}

// fillFrom writes n households that begin at a number.
func fillFrom(w *world, c *contract.Contract, r *rand.Rand, from, n int) {
	all := make([]row, n)
	for i := range all {
		all[i] = row{"ma": fmt.Sprintf("H%07d", from+i), "_hash": fmt.Appendf(nil, "%016d", from+i),
			"xa": fmt.Sprint("x", r.IntN(104)), "loai": fmt.Sprint("l", r.IntN(6)), "nam": 2020 + r.IntN(5), "tien": fmt.Sprintf("%d.50", r.IntN(1000))}
	}
	w.both(c, change{insert: all})
}
