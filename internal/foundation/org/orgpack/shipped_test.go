package orgpack_test

import (
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/org/orgpack"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/packs"
	"github.com/phohien/phohien/viet"
)

// shipped reads the packs that come with the program, without what other kinds
// take from them.
func shipped(t testing.TB) (all []*pack.Pack) {
	t.Helper()
	for _, name := range packs.Names() {
		files, _ := packs.Open(name)
		p, err := pack.Read(files)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var ours []pack.Document
		for _, d := range p.Documents {
			if d.Kind == orgpack.KindName {
				ours = append(ours, d)
			}
		}
		p.Documents = ours
		all = append(all, p)
	}
	return all
}

// The organisations of the shipped packs install without a problem, change
// nothing when installed again, and go when the packs go.
func TestShipped(t *testing.T) {
	each(t, func(w world) {
		ctx := w.Context()
		plans, err := w.packs.Install(ctx, actor.System, false, shipped(w.T)...)
		w.ok(err)
		count := 0
		for _, p := range plans {
			count += len(p.Changes)
			if len(p.Problems) > 0 {
				w.Errorf("%s: %v", p.ID, p.Problems)
			}
		}
		if count != 384 {
			w.Errorf("%d organisations, want 384", count)
		}
		snap, err := w.orgs.Snapshot(ctx)
		w.ok(err)
		today := w.orgs.Today()
		for id, want := range map[string]int{"hy-ubnd": 104 + 17, "ht-ubnd": 69 + 16, "qn-ubnd": 96 + 7, "tw-chinh-phu": 12, "hy-tinh-uy": 5} {
			if got := len(snap.Subtree(id, today)); got != want {
				w.Errorf("%s: %d in its tree, want %d: %v", id, got, want, snap.Subtree(id, today))
			}
		}
		first := viet.Date(20270) // 2025-07-01
		if got := len(snap.Subtree("hy-ubnd", first-1)); got != 17 {
			w.Errorf("on 30 June 2025 the communes of today are not there yet: %d", got)
		}
		for text, want := range map[string]string{
			"ubnd phường phố hiến": "hy-ubnd-pho-hien", "Đặc khu Lý Sơn": "qn-ubnd-ly-son", "UBND xã Sơn Hạ": "qn-ubnd-son-ha-21292",
			"UBND xã Sơn Hà": "qn-ubnd-son-ha-21289", "Bộ Công an": "tw-bca",
		} {
			if got := snap.Find(text, today, 1); len(got) != 1 || got[0].ID != want {
				w.Errorf("%s: %v, want %s", text, got, want)
			}
		}
		again, err := w.packs.Diff(ctx, shipped(w.T)...)
		w.ok(err)
		for _, p := range again {
			if !p.Empty() || p.Breaking() {
				w.Errorf("%s installed again changes something", p.ID)
			}
		}
		for _, name := range []string{"du-lieu-gia-lap", "hung-yen", "ha-tinh", "quang-ngai", "viet-nam"} {
			_, err := w.packs.Remove(ctx, actor.System, name)
			w.ok(err)
		}
		if snap, err = w.orgs.Snapshot(ctx); err != nil || snap.Len() != 0 {
			w.Errorf("%d organisations are left, %v", snap.Len(), err)
		}
	})
}

func TestDemo(t *testing.T) {
	for _, name := range packs.Demo() {
		if _, ok := packs.Open(name); !ok {
			t.Errorf("no pack %s", name)
		}
	}
	if len(packs.Names()) != 5 {
		t.Errorf("packs: %v", packs.Names())
	}
}

func BenchmarkKind(b *testing.B) {
	s := orgStore(b)
	for b.Loop() {
		if _, err := s.Diff(b.Context(), shipped(b)...); err != nil {
			b.Fatal(err)
		}
	}
}

// orgStore is packs over a store of its own.
func orgStore(t testing.TB) *pack.Packs {
	t.Helper()
	s := storetest.Open(t, storetest.SQLite(t))
	return pack.New(s.Control(), orgpack.Kind(org.NewStore(s.Control(), org.Deps{})))
}
