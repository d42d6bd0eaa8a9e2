package mirror_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

func seen(t *testing.T, w *world, held bool) (*mirror.Reader, mirror.Views) {
	t.Helper()
	v, err := record.NewView(w.set.Objects[0], policy.Everything, secrets{})
	if err != nil {
		t.Fatal(err)
	}
	if held {
		v.ShowHeld()
	}
	return w.mirror.Through(v), mirror.Views{"benh-vien": v}
}

// figures are how many rows a scan, its count, the same of an old state and a
// question give.
func figures(t *testing.T, w *world, held bool, asOf int64) (all [4]int64) {
	t.Helper()
	r, views := seen(t, w, held)
	for i, o := range []mirror.ScanOptions{{}, {AsOf: asOf}} {
		rows, err := r.Scan(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			all[2*i]++
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		rows.Release()
	}
	var err error
	if all[1], _, err = r.Count(t.Context(), mirror.ScanOptions{}); err != nil {
		t.Fatal(err)
	}
	a, err := w.mirror.Query(t.Context(), `SELECT ma FROM "benh-vien"`, views, mirror.QueryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	for a.Next() {
		all[3] += a.RecordBatch().NumRows()
	}
	return all
}

func TestHeldRecordsAreNotScanned(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		obj := w.set.Objects[0]
		w.both(w.set, change{insert: []row{hospital(1, 7), hospital(2, 14), hospital(3, 21)}})
		w.both(w.set, change{update: []row{hospital(2, 28)}})
		by := actor.Actor{Kind: "person", ID: "an", Name: "An"}
		want := func(when string, held bool, n int64) {
			t.Helper()
			if got := figures(t, w, held, 1); got != [4]int64{n, n, n, n} {
				t.Errorf("%s: %v instead of %d", when, got, n)
			}
		}
		want("before", false, 3)
		b := record.Batch{ID: "H1", Contract: w.set, Object: obj, By: by}
		if _, err := w.truth.Hold(t.Context(), b, record.Hold{Key: "BV0002", Kind: record.HoldQuality, Basis: "x"}); err != nil {
			t.Fatal(err)
		}
		// Nobody has told the mirror: the reader asks by itself.
		want("held", false, 2)
		want("held, for the steward", true, 3)
		if n, _, err := w.mirror.Count(t.Context(), obj, mirror.ScanOptions{}); err != nil || n != 3 {
			t.Errorf("the platform itself counts %d, %v", n, err)
		}
		w.both(w.set, change{update: []row{hospital(2, 35)}})
		want("written anew", false, 2)
		if err := w.mirror.Drop(t.Context(), "benh-vien"); err != nil {
			t.Fatal(err)
		}
		w.follow(w.set)
		want("rebuilt", false, 2)
		b.ID = "H2"
		if _, err := w.truth.Release(t.Context(), b, "BV0002", record.HoldQuality); err != nil {
			t.Fatal(err)
		}
		want("released", false, 3)
	})
}

// TestRenew erases from under a reader: what it reads stays whole, and when it
// is done no file of the mirror holds the erased text.
func TestRenew(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	obj := w.set.Objects[0]
	secret := hospital(7, 7)
	secret["ten"] = "Nguyễn Thị Bí Mật 001099123456"
	w.both(w.set, change{insert: []row{hospital(1, 7), secret}})
	r, _ := seen(t, w, false)
	rows, err := r.Scan(t.Context(), mirror.ScanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e := record.Erasing{ID: "e1", Trace: record.NewTrace("BV0007", "001099123456"), Hash: "h", Basis: "x"}
	if _, err := w.truth.Erase(t.Context(), record.Batch{ID: "E1", Contract: w.set, Object: obj}, e); err != nil {
		t.Fatal(err)
	}
	// It waits for the reader, and gives up when told to.
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	had, err := w.mirror.Renew(t.Context())
	if err != nil || len(had) != 1 {
		t.Fatal(had, err)
	}
	if err := w.mirror.Swept(short); err == nil {
		t.Fatal("a file that is read was removed")
	}
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); n != 2 || err != nil {
		t.Errorf("the reader saw %d rows, %v", n, err)
	}
	rows.Release()
	if err := w.mirror.Swept(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.follow(w.set)
	if got := figures(t, w, false, 2); got != [4]int64{1, 1, 1, 1} {
		t.Errorf("after the erasure %v", got)
	}
	look := func(files int) {
		t.Helper()
		found, err := filepath.Glob(w.o.Path + "*")
		if err != nil {
			t.Fatal(err)
		}
		databases := 0
		for _, f := range found {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte("001099123456")) || bytes.Contains(text, []byte("BV0007")) {
				t.Errorf("%s still holds the record", filepath.Base(f))
			}
			if filepath.Ext(f) != ".wal" {
				databases++
			}
		}
		if databases != files {
			t.Errorf("%d files of the mirror: %v", databases, found)
		}
	}
	look(1)
	// The next start finds the file under its own name.
	w.reopen(func() {})
	if seq, ok, err := w.mirror.Seq(t.Context(), "benh-vien"); err != nil || !ok || seq != 2 {
		t.Errorf("after opening again it stands at %d, %t, %v", seq, ok, err)
	}
	if _, err := os.Stat(w.o.Path); err != nil {
		t.Error(err)
	}
	look(1)
}
