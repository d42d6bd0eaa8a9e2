package mirror_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func TestMain(m *testing.M) {
	// A history is several durable commits on a real engine: fewer of them
	// than rapid's hundred, unless asked for.
	_ = flag.Set("rapid.checks", "15")
	flag.Parse()
	os.Exit(m.Run())
}

func sqlite(t *testing.T) *world { return newWorld(t, storetest.Open(t, storetest.SQLite(t))) }

func key(k int) row { return row{"ma": fmt.Sprintf("BV%04d", k)} }

func flags(k int, f any) row {
	r := key(k)
	r["_flags"] = f
	return r
}

func TestFollow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		o := w.set.Objects[0]
		if _, ok, err := w.mirror.Existing(t.Context(), o); ok || err != nil {
			t.Errorf("existing before the first follow: %v, %v", ok, err)
		}
		if seq := w.follow(w.set); seq != 0 {
			t.Errorf("an empty truth stands at %d", seq)
		}
		w.equal(w.set)
		w.apply(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2), hospital(3, 7)}})
		w.apply(w.set, change{update: []row{hospital(2, 22)}, withdraw: []row{key(3)}, insert: []row{hospital(4, 4)}})
		if seq := w.follow(w.set); seq != 2 {
			t.Errorf("stands at %d", seq)
		}
		w.equal(w.set)
		// Withdrawn and back again between two follows.
		w.apply(w.set, change{withdraw: []row{key(1)}, insert: []row{hospital(3, 33)}})
		w.apply(w.set, change{insert: []row{hospital(1, 1)}})
		w.follow(w.set)
		w.equal(w.set)
	})
}

func TestStep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.both(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2), hospital(3, 7), hospital(5, 5)}})
		w.equal(w.set)
		w.both(w.set, change{update: []row{hospital(2, 22), hospital(5, 55)}, withdraw: []row{key(3)}, insert: []row{hospital(4, 4)}, reflag: []row{flags(1, "w:x")}})
		w.equal(w.set)
		w.both(w.log, change{insert: []row{{"viec": "một", "_hash": []byte("0123456789abcdef")}, {"viec": "hai"}, {"viec": "ba"}}})
		w.both(w.log, change{insert: []row{{"viec": "bốn"}}})
		w.equal(w.log)
	})
}

func TestWithoutHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.set.NoHistory = true
		w.both(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2), hospital(3, 3)}})
		w.both(w.set, change{update: []row{hospital(1, 11)}, withdraw: []row{key(2)}})
		w.equal(w.set)
		w.apply(w.set, change{update: []row{hospital(1, 12)}, withdraw: []row{key(3)}, insert: []row{hospital(2, 2)}})
		w.follow(w.set)
		w.equal(w.set)
	})
}

func TestReflaggedIsSeen(t *testing.T) {
	w := sqlite(t)
	w.both(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2)}})
	w.apply(w.set, change{reflag: []row{flags(1, "r:giuong.range")}})
	w.follow(w.set)
	w.equal(w.set)
}

func TestBeginWantsTheExactPlace(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	w.both(w.set, change{insert: []row{hospital(1, 1)}})
	w.apply(w.set, change{insert: []row{hospital(2, 2)}})
	for _, from := range []int64{0, 2, 3} {
		if _, err := w.mirror.Begin(t.Context(), o, from); !fault.Is(err, mirror.ErrBehind) {
			t.Errorf("from %d: %v", from, err)
		}
	}
	if _, err := w.mirror.Begin(t.Context(), w.log.Objects[0], 5); !fault.Is(err, mirror.ErrBehind) {
		t.Errorf("a table that is not there: %v", err)
	}
}

func TestStepEnds(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	write := func() *mirror.Step {
		t.Helper()
		s, err := w.mirror.Begin(t.Context(), o, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), w.batch(w.set, change{insert: []row{hospital(1, 1)}}).Inserts, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := write()
	if has, err := w.mirror.Has(t.Context(), o.Dataset); err != nil || has {
		t.Errorf("an open step is seen: %v, %v", has, err)
	}
	if err := s.Abandon(); err != nil {
		t.Fatal(err)
	}
	s = write()
	if err := s.Commit(t.Context(), 2); !fault.Is(err, mirror.ErrBehind) {
		t.Errorf("another number than expected: %v", err)
	}
	if has, err := w.mirror.Has(t.Context(), o.Dataset); err != nil || has {
		t.Errorf("a dropped step is seen: %v, %v", has, err)
	}
	if err := s.Commit(t.Context(), 1); err == nil {
		t.Error("a step that has ended commits")
	}
	s = write()
	if err := s.Commit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if seq, ok, err := w.mirror.Seq(t.Context(), o.Dataset); seq != 1 || !ok || err != nil {
		t.Errorf("stands at %d, %v, %v", seq, ok, err)
	}
	if err := s.Abandon(); err != nil {
		t.Errorf("abandon after commit: %v", err)
	}
}

// A table ahead of its truth, as when the machine lost the truth's last write
// but kept the mirror's, is dropped and made from the truth.
func TestAheadOfTheTruth(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	w.both(w.set, change{insert: []row{hospital(1, 1)}})
	s, err := w.mirror.Begin(t.Context(), o, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), w.batch(w.set, change{insert: []row{hospital(2, 2)}}).Inserts, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.mirror.Existing(t.Context(), o); ok || err != nil {
		t.Errorf("rows ahead of the truth are offered: %v, %v", ok, err)
	}
	if seq := w.follow(w.set); seq != 1 {
		t.Errorf("stands at %d", seq)
	}
	w.equal(w.set)
}

func TestAnotherShape(t *testing.T) {
	w := sqlite(t)
	w.both(w.set, change{insert: []row{hospital(1, 1)}})
	wider := *w.set.Objects[0]
	wider.Columns = append(slices.Clone(wider.Columns), contract.Column{Name: "moi", Store: "moi", Type: contract.Text})
	w.set = &contract.Contract{ID: w.set.ID, Version: "1.1.0", Digest: "d2", Objects: []*contract.Object{&wider}}
	if _, err := w.mirror.Scan(t.Context(), &wider, mirror.ScanOptions{}); !fault.Is(err, mirror.ErrRebuilding) {
		t.Errorf("a table of another shape was read: %v", err)
	}
	r := hospital(2, 2)
	r["moi"] = "mới"
	w.apply(w.set, change{insert: []row{r}})
	w.follow(w.set)
	w.equal(w.set)
}

func TestFileDeletedOrDamaged(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"kept":    func(string) error { return nil },
		"deleted": os.Remove,
		"empty":   func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"not ours": func(p string) error {
			return os.WriteFile(p, []byte("đây không phải tệp DuckDB, mà là một dòng chữ dài"), 0o600)
		},
		"cut":       func(p string) error { return os.Truncate(p, 5000) },
		"scrambled": scramble,
	} {
		t.Run(name, func(t *testing.T) {
			w := sqlite(t)
			w.both(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2)}})
			w.reopen(func() {
				if err := harm(w.o.Path); err != nil {
					t.Fatal(err)
				}
			})
			has, err := w.mirror.Has(t.Context(), "benh-vien")
			if err != nil || has != (name == "kept") {
				t.Errorf("has %v, %v", has, err)
			}
			w.follow(w.set)
			w.equal(w.set)
		})
	}
}

// scramble overwrites the file's headers, as a bad disk would.
func scramble(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt(make([]byte, 12288), 0)
	return err
}

func TestReadersSeeTheStateBefore(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	w.both(w.set, change{insert: []row{hospital(1, 1), hospital(2, 2)}})
	before, err := w.mirror.Scan(t.Context(), o, mirror.ScanOptions{Columns: []string{"ma", "giuong"}})
	if err != nil {
		t.Fatal(err)
	}
	// Reflagging makes the table anew under the reader's feet.
	w.apply(w.set, change{reflag: []row{flags(1, "w:x")}})
	w.apply(w.set, change{update: []row{hospital(1, 99)}})
	w.follow(w.set)
	if got := list(t, before); !slices.Equal(got, []string{"BV0001|10", "BV0002|20"}) || before.Seq != 1 {
		t.Errorf("reader sees %v at %d", got, before.Seq)
	}
	w.equal(w.set)
}

func TestWritersTakeTurns(t *testing.T) {
	w := sqlite(t)
	s, err := w.mirror.Begin(t.Context(), w.set.Objects[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := w.mirror.Follow(ctx, w.set.Objects[0]); err == nil {
		t.Error("a second writer went in")
	}
	w.both(w.log, change{insert: []row{{"viec": "tập khác không phải chờ"}}})
	if err := s.Abandon(); err != nil {
		t.Fatal(err)
	}
	w.follow(w.set)
}

func TestCatchUp(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	w.apply(w.set, change{insert: []row{hospital(1, 1)}})
	if seq, err := w.mirror.CatchUp(t.Context(), o, 1); seq != 1 || err != nil {
		t.Errorf("%d, %v", seq, err)
	}
	w.apply(w.set, change{insert: []row{hospital(2, 2)}})
	if seq, err := w.mirror.CatchUp(t.Context(), o, 1); seq != 1 || err != nil {
		t.Errorf("followed without need: %d, %v", seq, err)
	}
	if seq, err := w.mirror.CatchUp(t.Context(), o, 2); seq != 2 || err != nil {
		t.Errorf("%d, %v", seq, err)
	}
	if err := w.mirror.Drop(t.Context(), o.Dataset); err != nil {
		t.Fatal(err)
	}
	if has, err := w.mirror.Has(t.Context(), o.Dataset); has || err != nil {
		t.Errorf("after drop: %v, %v", has, err)
	}
}

func TestExisting(t *testing.T) {
	w := sqlite(t)
	o := w.set.Objects[0]
	w.both(w.set, change{insert: []row{hospital(3, 3), hospital(1, 1)}})
	got, ok, err := w.mirror.Existing(t.Context(), o)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	want, err := w.truth.Existing(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Schema().Equal(want.Schema()) {
		t.Errorf("schema %s, want %s", got.Schema(), want.Schema())
	}
	if a, b := lines(t, got), lines(t, want); !maps.Equal(a, b) {
		t.Errorf("%v, want %v", a, b)
	}
}

// After any history, written side by side, followed later or both, mirror and
// truth are equal at equal seq.
func TestAnyHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		sets := 0
		rapid.Check(t, func(r *rapid.T) {
			sets++
			set := hospitals(fmt.Sprintf("ngau-nhien-%d", sets))
			set.NoHistory = rapid.Bool().Draw(r, "without history")
			have := map[int]bool{}
			for range rapid.IntRange(1, 8).Draw(r, "batches") {
				ch := anyChange(r, have)
				if rapid.Bool().Draw(r, "side by side") {
					w.follow(set)
					w.both(set, ch)
				} else {
					w.apply(set, ch)
				}
				if rapid.Bool().Draw(r, "follow") {
					w.follow(set)
					w.equal(set)
				}
			}
			w.follow(set)
			w.equal(set)
		})
	})
}

// anyChange draws a batch that fits what is there, and notes what it does.
func anyChange(r *rapid.T, have map[int]bool) change {
	var ch change
	now := maps.Clone(have)
	for k := range 12 {
		content := rapid.IntRange(0, 40).Draw(r, "content")
		switch do := rapid.IntRange(0, 4).Draw(r, "do"); {
		case !now[k] && do < 2:
			ch.insert, have[k] = append(ch.insert, hospital(k, content)), true
		case now[k] && do == 0:
			ch.update = append(ch.update, hospital(k, content))
		case now[k] && do == 1:
			ch.withdraw = append(ch.withdraw, key(k))
			delete(have, k)
		case now[k] && do == 2 && content%2 == 0:
			ch.reflag = append(ch.reflag, flags(k, fmt.Sprintf("w:r%d", content)))
		}
	}
	return ch
}
