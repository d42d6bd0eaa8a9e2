package registry_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/viet"
)

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, viet.Zone) }

func beat(from, to int, share registry.Share, outages int) registry.Beat {
	return registry.Beat{From: day(from), To: day(to), Available: share, Outages: outages}
}

func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		name     string
		beats    []registry.Beat
		reported int // days of ten
		share    registry.Share
		outages  int
		promise  registry.Share
		want     registry.Verdict
	}{
		{"nothing reported", nil, 0, 0, 0, 99_000, registry.Unknown},
		{"nothing promised", nil, 0, 0, 0, 0, registry.Kept},
		{"all of it, just kept", []registry.Beat{beat(1, 11, 99_500, 1)}, 10, 99_500, 1, 99_500, registry.Kept},
		{"all of it, just not", []registry.Beat{beat(1, 11, 99_499, 0)}, 10, 99_499, 0, 99_500, registry.Broken},
		{"mean by time", []registry.Beat{beat(1, 10, 100_000, 0), beat(10, 11, 90_000, 2)}, 10, 99_000, 2, 99_000, registry.Kept},
		{"half reported and well", []registry.Beat{beat(1, 6, 100_000, 0)}, 5, 100_000, 0, 99_000, registry.Unknown},
		{"half reported and enough", []registry.Beat{beat(1, 6, 100_000, 0)}, 5, 100_000, 0, 50_000, registry.Kept},
		{"so bad that the rest cannot mend it", []registry.Beat{beat(1, 6, 90_000, 3)}, 5, 90_000, 3, 99_000, registry.Broken},
		{"the same time twice", []registry.Beat{beat(1, 6, 100_000, 0), beat(1, 6, 0, 5)}, 5, 100_000, 0, 0, registry.Kept},
		{"days and their whole", []registry.Beat{beat(2, 3, 0, 1), beat(1, 11, 99_000, 1)}, 10, 99_000, 1, 99_000, registry.Kept},
		{"overlapping", []registry.Beat{beat(4, 8, 0, 1), beat(1, 6, 100_000, 0)}, 7, 71_428, 1, 99_000, registry.Broken},
		{"beyond the term", []registry.Beat{{From: day(1).AddDate(0, 0, -10), To: day(3), Available: 100_000}, beat(10, 20, 100_000, 0), beat(12, 13, 0, 9)}, 3, 100_000, 0, 99_000, registry.Unknown},
	} {
		m := registry.Measure(c.beats, day(1), day(11))
		share, ok := m.Share()
		if m.Term != 240*time.Hour || m.Reported != time.Duration(c.reported)*24*time.Hour || share != c.share || ok != (c.reported > 0) || m.Outages != c.outages {
			t.Errorf("%s: %+v, share %v %v", c.name, m, share, ok)
		}
		if got := m.Against(c.promise); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := registry.Measure([]registry.Beat{beat(1, 2, 100_000, 0)}, day(5), day(5)); got.Term != 0 || got.Against(0) != registry.Unknown {
		t.Errorf("no term: %+v", got)
	}
	if got := registry.Measure(nil, day(5), day(1)); got.Term != 0 {
		t.Errorf("a term that ends before it begins: %+v", got)
	}
}

// Never is more time counted than there is; more reports tell of no less time;
// what is sure of a part stays sure when the rest is told.
func TestMeasure_Properties(t *testing.T) {
	one := rapid.Custom(func(t *rapid.T) registry.Beat {
		from := rapid.IntRange(-5, 20).Draw(t, "from")
		return beat(from, from+rapid.IntRange(1, 9).Draw(t, "days"), registry.Share(rapid.Int64Range(0, 100_000).Draw(t, "share")), 0)
	})
	rapid.Check(t, func(t *rapid.T) {
		beats := rapid.SliceOfN(one, 0, 8).Draw(t, "beats")
		some, all := registry.Measure(beats, day(1), day(11)), registry.Measure(append(beats, one.Draw(t, "one more")), day(1), day(11))
		if all.Reported > all.Term || all.Reported < some.Reported {
			t.Fatalf("%v of %v, %v before", all.Reported, all.Term, some.Reported)
		}
		if share, ok := all.Share(); ok && (share < 0 || share > registry.Whole) {
			t.Fatalf("share %v", share)
		}
		promise := registry.Share(rapid.Int64Range(0, 100_000).Draw(t, "promise"))
		if share, ok := all.Share(); ok && all.Reported == all.Term && all.Against(promise) == registry.Unknown {
			t.Fatalf("all is known, %v of %v promised, and the verdict is open", share, promise)
		}
		silence := registry.Measure(append(beats, registry.Beat{From: day(40), To: day(41)}), day(1), day(11))
		if silence.Against(promise) != some.Against(promise) {
			t.Fatal("a report of another time changes the verdict")
		}
	})
}

func TestReadBeat(t *testing.T) {
	good := registry.Row{"tu": "2026-11-21T00:00:00+07:00", "den": "2026-11-21T17:00:00.000000Z", "kha_dung": "99.931", "gian_doan_tren_1h": "2"}
	b, ok := registry.ReadBeat(good)
	if !ok || b.To.Sub(b.From) != 24*time.Hour || b.Available != 99_931 || b.Outages != 2 {
		t.Errorf("%+v %v", b, ok)
	}
	if b, ok := registry.ReadBeat(with(good, "gian_doan_tren_1h", "", "kha_dung", "100")); !ok || b.Outages != 0 || b.Available != registry.Whole {
		t.Errorf("%+v %v", b, ok)
	}
	for column, cell := range map[string]string{"tu": "", "den": good["tu"], "kha_dung": "", "gian_doan_tren_1h": "-1"} {
		if b, ok := registry.ReadBeat(with(good, column, cell)); ok {
			t.Errorf("%s = %q is read as %+v", column, cell, b)
		}
	}
}

func TestShare(t *testing.T) {
	for text, want := range map[string]registry.Share{"99.5": 99_500, "100.000": 100_000, "0": 0, "99.931": 99_931} {
		if got, ok := registry.ParseShare(text); !ok || got != want {
			t.Errorf("%s: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "100.001", "-1", "99.9999", "chín"} {
		if got, ok := registry.ParseShare(text); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
	if s := registry.Share(99_005).String(); s != "99.005" {
		t.Error(s)
	}
}

func TestRentTerm(t *testing.T) {
	for _, c := range []struct {
		from, to, want string
		ok             bool
	}{
		{"2026", "2029", "2026-01-01 2030-01-01", true},
		{"2026-02", "2026-02", "2026-02-01 2026-03-01", true},
		{"2026-03-15", "2027-03-14", "2026-03-15 2027-03-15", true},
		{"2026", "", "", false}, {"", "2026", "", false}, {"2027", "2026", "", false},
	} {
		from, to, ok := registry.RentTerm(registry.Row{"tu": c.from, "den": c.to})
		if ok != c.ok || ok && from.Format(time.DateOnly)+" "+to.Format(time.DateOnly) != c.want {
			t.Errorf("%s to %s: %v %v %v", c.from, c.to, from, to, ok)
		}
	}
}
