package corridor_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// mirrored checks that the mirror holds what the truth holds, at the same
// batch.
func (h *house) mirrored(obj *contract.Object) {
	h.t.Helper()
	got, at, err := h.mirror.Digest(h.t.Context(), obj)
	if err != nil {
		h.t.Fatal(err)
	}
	want, head, err := h.mirror.TruthDigest(h.t.Context(), obj)
	if err != nil {
		h.t.Fatal(err)
	}
	if got != want || at != head {
		h.t.Errorf("the mirror of %s at %d holds %+v, its truth at %d %+v", obj.Dataset, at, got, head, want)
	}
}

// Whoever follows a data set by what has changed since the last time ends with
// exactly the truth, whenever it asks and however small its pages are; and what
// held after a batch is told the same for ever.
func TestFollowersEndWithTheTruth(t *testing.T) {
	fewCases(t, 8)
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := open(t, cfg, t.TempDir())
		cases := 0
		rapid.Check(t, func(rt *rapid.T) {
			cases++
			followCase(rt, h, fmt.Sprintf("theo-doi-%d", cases))
		})
	})
}

// fewCases lets rapid try fewer histories than its 100 unless -rapid.checks says
// otherwise or the machine is being soaked: each walks batches through a real corridor.
// The test must not be parallel to others: rapid's flag is everybody's.
func fewCases(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue || os.Getenv("PHOHIEN_SOAK") != "" {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Value.Set(f.DefValue); err != nil {
			t.Error(err)
		}
	})
}

const followed = `apiVersion: v3.1.0
kind: DataContract
id: %s
version: 1.0.0
status: active
schema:
- name: dong
  properties:
  - {name: ma, logicalType: string, primaryKey: true}
  - {name: so, logicalType: integer, logicalTypeOptions: {maximum: 5}}
customProperties:
- {property: phohien.history, value: %s}
`

// A follower keeps a copy and asks for what has changed.
type follower struct {
	at   int64
	copy map[string]string
}

// A followWorld is one random history.
type followWorld struct {
	h         *house
	obj       *contract.Object
	history   bool
	states    []map[string]string // after each batch, as it was read then
	loads     []string            // batches that may be undone
	model     map[string]string   // what a file made, until the next undo
	followers []*follower
}

func followCase(t *rapid.T, h *house, id string) {
	w := &followWorld{h: h, history: rapid.IntRange(0, 3).Draw(t, "history") > 0, states: []map[string]string{{}}, model: map[string]string{}}
	kept := "forever"
	if !w.history {
		kept = "none"
	}
	h.put(fmt.Sprintf(followed, id, kept))
	w.obj = h.object(id)
	for range 3 {
		w.followers = append(w.followers, &follower{copy: map[string]string{}})
	}
	stop := make(chan struct{})
	polled := w.pollMeanwhile(stop)
	end := sync.OnceValue(func() pollResult { close(stop); return <-polled })
	defer end() // also when the case fails
	for range rapid.IntRange(3, 14).Draw(t, "batches") {
		w.batch(t)
		for i, f := range w.followers {
			if rapid.Bool().Draw(t, fmt.Sprintf("follower %d asks", i)) {
				f.poll(t, w, rapid.IntRange(1, 6).Draw(t, "limit"))
				w.compare(t, f)
			}
		}
	}
	meanwhile := end()
	if meanwhile.err != nil {
		t.Fatal(meanwhile.err)
	}
	for _, f := range append(w.followers, meanwhile.follower) {
		f.poll(t, w, 3)
		f.mustEqual(t, w.states[len(w.states)-1])
	}
	w.asOf(t)
	if _, err := h.mirror.Follow(h.t.Context(), w.obj); err != nil {
		t.Fatal(err)
	}
	h.mirrored(w.obj)
}

// batch sends one file or undoes one batch.
func (w *followWorld) batch(t *rapid.T) {
	var r corridor.Report
	what := rapid.SampledFrom([]string{"merge", "merge", "replace", "undo"}).Draw(t, "what")
	if what == "undo" && (len(w.loads) == 0 || !w.history) {
		what = "merge"
	}
	switch what {
	case "undo":
		id := rapid.SampledFrom(w.loads).Draw(t, "which")
		u, err := w.h.Undo(w.h.t.Context(), clerk, id)
		if fault.Is(err, "batch.nothing-to-undo") {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		s := w.h.ended(u.ID)
		if s.State != corridor.Scored {
			t.Fatalf("undo: %s %+v", s.State, s.Fault)
		}
		r = *s.Report
		w.loads = append(w.loads, u.ID) // an undo can be undone
		w.model = nil
	default:
		csv := w.file(t, what)
		r = w.h.send(w.obj.Dataset, csv, mode(contract.Mode(what)), confirm)
		w.loads = append(w.loads, r.Batch)
	}
	now := w.read(t, record.Latest)
	if w.model != nil && !maps.Equal(now, w.model) {
		t.Fatalf("after %s: %v, want %v", what, now, w.model)
	}
	w.model = maps.Clone(now)
	if r.Seq != int64(len(w.states)) {
		t.Fatalf("batch %d after %d", r.Seq, len(w.states)-1)
	}
	w.states = append(w.states, now)
}

// file makes a file and what the data set holds after it.
func (w *followWorld) file(t *rapid.T, mode string) string {
	var b strings.Builder
	b.WriteString("ma,so\n")
	next := maps.Clone(w.model)
	listed := map[string]bool{}
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 14), 0, 10, rapid.ID).Draw(t, "keys") {
		key, so := fmt.Sprintf("K%02d", n), rapid.IntRange(0, 6).Draw(t, "so")
		fmt.Fprintf(&b, "%s,%d\n", key, so)
		listed[key] = true
		if so <= 5 { // 6 is out of bounds: what is there stays
			next[key] = fmt.Sprint(so)
		}
	}
	if mode == "replace" {
		maps.DeleteFunc(next, func(k, _ string) bool { return !listed[k] })
	}
	w.model = next
	return b.String()
}

// read lists the data set as it was after a batch, page by page.
func (w *followWorld) read(t *rapid.T, asOf int64) map[string]string {
	rows := map[string]string{}
	for after := ""; ; {
		page, err := w.h.truth.List(w.h.t.Context(), w.obj, after, 4, asOf)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			rows[r.Key] = fmt.Sprint(r.Values["so"])
			after = r.Key
		}
		if len(page) < 4 {
			return rows
		}
	}
}

// compare holds for a follower that has just asked. Without history a row that
// was changed again in the middle of its pages comes with the next round, but
// nothing changes while this one asks.
func (w *followWorld) compare(t *rapid.T, f *follower) { f.mustEqual(t, w.states[f.at]) }

func (f *follower) mustEqual(t *rapid.T, want map[string]string) {
	if !maps.Equal(f.copy, want) {
		t.Fatalf("a follower at batch %d holds\n%v, want\n%v", f.at, f.copy, want)
	}
}

// poll brings a follower up to the head.
func (f *follower) poll(t *rapid.T, w *followWorld, limit int) {
	if err := f.ask(w, limit); err != nil {
		t.Fatal(err)
	}
}

func (f *follower) ask(w *followWorld, limit int) error {
	ctx := w.h.t.Context()
	head, _, err := w.h.truth.Head(ctx, w.obj.Contract)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for after := ""; ; {
		page, err := w.h.truth.Changes(ctx, w.obj, f.at, head, after, limit)
		if err != nil {
			return err
		}
		for _, c := range page {
			if seen[c.Key] || c.Key <= after {
				return fmt.Errorf("%s comes twice or out of order", c.Key)
			}
			if c.Seq <= f.at || c.Seq > head || c.Withdrawn != (c.Row == nil) {
				return fmt.Errorf("change %+v between %d and %d", c, f.at, head)
			}
			seen[c.Key], after = true, c.Key
			if c.Withdrawn {
				delete(f.copy, c.Key)
			} else {
				f.copy[c.Key] = fmt.Sprint(c.Row.Values["so"])
			}
		}
		if len(page) < limit {
			f.at = head
			return nil
		}
	}
}

type pollResult struct {
	follower *follower
	err      error
}

// pollMeanwhile follows without pause while batches commit.
func (w *followWorld) pollMeanwhile(stop <-chan struct{}) <-chan pollResult {
	out := make(chan pollResult, 1)
	go func() { // ends with stop; its answer is waited for
		f := &follower{copy: map[string]string{}}
		for n := 0; ; n++ {
			select {
			case <-stop:
				out <- pollResult{f, nil}
				return
			default:
			}
			if err := f.ask(w, 1+n%4); err != nil {
				out <- pollResult{f, err}
				return
			}
		}
	}()
	return out
}

// asOf reads every earlier state again, by number, by time and by key.
func (w *followWorld) asOf(t *rapid.T) {
	if !w.history {
		return
	}
	ctx := w.h.t.Context()
	list, err := w.h.truth.BatchesSince(ctx, w.obj.Contract, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for seq, want := range w.states {
		if got := w.read(t, int64(seq)); !maps.Equal(got, want) {
			t.Fatalf("as of %d: %v, want %v", seq, got, want)
		}
		for _, key := range slices.Sorted(maps.Keys(w.states[len(w.states)-1])) {
			row, err := w.h.truth.Get(ctx, w.obj, key, int64(seq))
			if so, there := want[key]; !there && fault.KindOf(err) != fault.NotFound || there && (err != nil || fmt.Sprint(row.Values["so"]) != so) {
				t.Fatalf("%s as of %d: %+v %v, want %q", key, seq, row, err, so)
			}
		}
		if seq == 0 {
			continue
		}
		at := list[seq-1].At
		if got, err := w.h.truth.SeqAt(ctx, w.obj.Contract, at); err != nil || got != int64(seq) {
			t.Fatalf("batch at %v is %d, want %d: %v", at, got, seq, err)
		}
		if got, err := w.h.truth.SeqBefore(ctx, w.obj.Contract, at); err != nil || got != int64(seq-1) {
			t.Fatalf("batch before %v is %d, want %d: %v", at, got, seq-1, err)
		}
	}
}
