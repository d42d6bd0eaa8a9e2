package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// A past remembers, by batch, in which commune each record was and what is held.
type past struct {
	mu    sync.Mutex
	xa    map[int64]map[string]string
	held  map[int64]map[string]bool
	stale atomic.Int64 // batch that readers must have seen by now
	lines int64        // batches, of one row each, in another table
}

// last is the newest batch that may be there.
func (p *past) last() (seq int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range p.xa {
		seq = max(seq, n)
	}
	return seq
}

func (p *past) keep(seq int64, xa map[string]string, held map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.xa[seq], p.held[seq] = maps.Clone(xa), maps.Clone(held)
}

// at is how many records of each commune one sees at a batch.
func (p *past) at(seq int64, units []string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]int{}
	for key, xa := range p.xa[seq] {
		if !p.held[seq][key] && (units == nil || slices.Contains(units, xa)) {
			counts[xa]++
		}
	}
	var list []string
	for _, xa := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", xa, counts[xa]))
	}
	return strings.Join(list, "; ")
}

// TestAnswers_neverStale: while batches, holds and releases come in any order, and
// tables are dropped and made again, every answer is that of the batch it names,
// and of none before the one that was there when it was asked for.
func TestAnswers_neverStale(t *testing.T) {
	for seed := range uint64(2) {
		w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
		c := households()
		obj := c.Objects[0]
		p := &past{xa: map[int64]map[string]string{}, held: map[int64]map[string]bool{}}
		xa, held := map[string]string{}, map[string]bool{}
		r := rand.New(rand.NewPCG(seed, 3))
		written := int64(0)
		write := func(change change) {
			written++
			p.keep(written, xa, held)
			w.follow(c)
			w.both(c, change)
			p.stale.Store(written)
		}
		var first change
		for i := range 30 {
			key := fmt.Sprintf("H%03d", i)
			xa[key] = []string{"a", "b", "c"}[i%3]
			first.insert = append(first.insert, row{"ma": key, "xa": xa[key], "_hash": fmt.Appendf(nil, "%016d", i)})
		}
		written++
		p.keep(written, xa, held)
		w.both(c, first)
		p.stale.Store(written)
		note := func() {
			n := w.both(w.log, change{insert: []row{{"viec": "x", "_hash": fmt.Appendf(nil, "%016d", p.lines)}}})
			p.mu.Lock()
			p.lines = n
			p.mu.Unlock()
		}
		note()

		ctx, stop := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		var asked atomic.Int64
		for n := range 4 {
			readers.Go(func() {
				r := rand.New(rand.NewPCG(seed, uint64(n)))
				for ctx.Err() == nil {
					if err := readOnce(t, w, obj, p, r); err != nil {
						t.Error(err)
						return
					}
					asked.Add(1)
				}
			})
		}
		for range 60 {
			key := fmt.Sprintf("H%03d", r.IntN(30))
			switch what := r.IntN(7); {
			case what == 6:
				note()
			case what == 0 && !held[key]:
				held[key] = true
				written++
				p.keep(written, xa, held)
				if _, err := w.truth.Hold(t.Context(), holding(c, written), record.Hold{Key: key, Kind: record.HoldQuality, Basis: "x"}); err != nil {
					t.Fatal(err)
				}
				p.stale.Store(written)
			case what == 1 && held[key]:
				delete(held, key)
				written++
				p.keep(written, xa, held)
				if _, err := w.truth.Release(t.Context(), holding(c, written), key, record.HoldQuality); err != nil {
					t.Fatal(err)
				}
				p.stale.Store(written)
			case what == 2:
				if err := w.mirror.Drop(t.Context(), obj.Dataset); err != nil {
					t.Fatal(err)
				}
			default:
				xa[key] = []string{"a", "b", "c"}[r.IntN(3)]
				write(change{update: []row{{"ma": key, "xa": xa[key], "_hash": fmt.Appendf(nil, "%016d", written+100)}}})
			}
		}
		stop()
		readers.Wait()
		if f := w.mirror.Answers(); f.Made == 0 || f.Kept == 0 {
			t.Errorf("%d questions, nothing was tried: %+v", asked.Load(), f)
		}
	}
}

func holding(c *contract.Contract, n int64) record.Batch {
	return record.Batch{ID: fmt.Sprint("H", n), Contract: c, Object: c.Objects[0], By: actor.Actor{Kind: "person", ID: "an", Name: "An"}}
}

// readOnce asks one question as one of several readers and compares the answer
// with what was true.
func readOnce(t *testing.T, w *world, obj *contract.Object, p *past, r *rand.Rand) error {
	units := [][]string{nil, {"a"}, {"b", "c"}}[r.IntN(3)]
	d := policy.Decision{Allowed: true, Rows: policy.Rows{All: units == nil, Units: units}}
	least := p.stale.Load()
	if _, err := w.mirror.CatchUp(t.Context(), obj, least); err != nil {
		return err
	}
	var got string
	var seq int64
	switch r.IntN(4) {
	case 0:
		return readSQL(t, w, obj, p, d, least)
	case 1:
		v, err := record.NewView(obj, d, nil)
		if err != nil {
			return err
		}
		profile, err := w.mirror.Profile(t.Context(), v, mirror.ScanOptions{})
		if rebuilding(err) {
			return nil
		}
		if err != nil {
			return err
		}
		list := slices.Clone(profile.Columns[1].Frequent)
		slices.SortFunc(list, func(a, b mirror.Frequent) int { return strings.Compare(a.Value, b.Value) })
		var parts []string
		for _, one := range list {
			parts = append(parts, fmt.Sprintf("%s %d", one.Value, one.Count))
		}
		got, seq = strings.Join(parts, "; "), profile.Seq
	default:
		g, err := w.mirror.Groups(t.Context(), obj, d, asked([]string{"xa"}))
		if rebuilding(err) {
			return nil
		}
		if err != nil {
			return err
		}
		got, seq = brief(g), g.Seq
	}
	if want := p.at(seq, units); seq < least || got != want {
		return fmt.Errorf("%v at %d, asked after %d: %q, want %q", units, seq, least, got, want)
	}
	return nil
}

// readSQL asks in SQL over two tables, and takes the batch from the answer: of an
// answer that was kept it is the batch of that time, so that the states of both
// tables must be those of now.
func readSQL(t *testing.T, w *world, obj *contract.Object, p *past, d policy.Decision, least int64) error {
	v, err := record.NewView(obj, d, nil)
	if err != nil {
		return err
	}
	log, err := record.NewView(w.log.Objects[0], policy.Everything, nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	lines := p.lines
	p.mu.Unlock()
	if lines > 0 {
		if _, err := w.mirror.CatchUp(t.Context(), w.log.Objects[0], lines); err != nil {
			return err
		}
	}
	a, err := w.mirror.Query(t.Context(), `SELECT xa, count(*), (SELECT count(*) FROM "nhat-ky") FROM "`+obj.Dataset+`" GROUP BY xa ORDER BY xa`,
		mirror.Views{obj.Dataset: v, w.log.Objects[0].Dataset: log}, mirror.QueryOptions{})
	if rebuilding(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer a.Release()
	var parts []string
	for a.Next() {
		rec := a.RecordBatch()
		for i := range int(rec.NumRows()) {
			parts = append(parts, rec.Column(0).ValueStr(i)+" "+rec.Column(1).ValueStr(i))
			if n, err := strconv.ParseInt(rec.Column(2).ValueStr(i), 10, 64); err != nil || n < lines {
				return fmt.Errorf("%d lines of the diary, asked after %d: %v", n, lines, err)
			}
		}
	}
	if err := a.Err(); err != nil {
		return err
	}
	// The answer names no batch: it must be that of one since it was asked for.
	got, most := strings.Join(parts, "; "), p.last()
	for seq := least; seq <= most; seq++ {
		if got == p.at(seq, d.Rows.Units) {
			return nil
		}
	}
	return fmt.Errorf("%v in SQL, asked after %d: %q is of no batch up to %d, at first %q", d.Rows.Units, least, got, most, p.at(least, d.Rows.Units))
}

// rebuilding reports whether a table was just being dropped.
func rebuilding(err error) bool {
	return err != nil && (strings.Contains(err.Error(), mirror.ErrRebuilding))
}

// TestAnswers_together: those who ask the same at once cost one question, and one
// who goes away takes nobody's answer along.
func TestAnswers_together(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	c := households()
	fillHouseholds(w, c, rand.New(rand.NewPCG(1, 1)), 500)
	d := policy.Decision{Allowed: true, Rows: policy.Rows{All: true}}
	before := w.mirror.Answers()
	var all sync.WaitGroup
	answers := make([]string, 50)
	for i := range answers {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%5 == 0 {
				cancel()
			}
			g, err := w.mirror.Groups(ctx, c.Objects[0], d, asked([]string{"xa", "loai"}, "tien"))
			if err != nil && !(i%5 == 0 && errors.Is(err, context.Canceled)) {
				t.Error(err)
			}
			answers[i] = brief(g)
		})
	}
	all.Wait()
	f := w.mirror.Answers()
	if made := f.Made - before.Made; made < 1 || made > 11 { // each that gave up may have begun one
		t.Errorf("%d answers were made: %+v", made, f)
	}
	for i, a := range answers {
		if i%5 != 0 && a != answers[1] {
			t.Errorf("%d: %s, others %s", i, a, answers[1])
		}
	}
	// What is kept stays within its bounds, and is forgotten with its data set.
	for i := range 40 {
		q := asked([]string{"xa", "loai", "nam"}, "tien")
		q.Limit = i + 1
		if _, err := w.mirror.Groups(t.Context(), c.Objects[0], d, q); err != nil {
			t.Fatal(err)
		}
	}
	if f := w.mirror.Answers(); f.Bytes <= 0 || f.Bytes > 32<<20 {
		t.Errorf("%d bytes", f.Bytes)
	}
	if err := w.mirror.Drop(t.Context(), c.Objects[0].Dataset); err != nil {
		t.Fatal(err)
	}
	if f := w.mirror.Answers(); f.Bytes != 0 {
		t.Errorf("%d bytes are left", f.Bytes)
	}
}
