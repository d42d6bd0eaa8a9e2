package units_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// vietnam is the register of the pack viet-nam, read once.
var vietnam *units.Index

func TestMain(m *testing.M) {
	ix, err := unitstest.Register{}.Index(context.Background())
	if err != nil {
		panic(err)
	}
	vietnam = ix
	os.Exit(m.Run())
}

func day(s string) viet.Date {
	d, err := unitstest.Day(s)
	if err != nil {
		panic(err)
	}
	return d
}

func uids(list []units.Unit) string {
	var all []string
	for _, u := range list {
		all = append(all, u.UID)
	}
	return strings.Join(all, " ")
}

func TestIndex_ByCode(t *testing.T) {
	for _, c := range []struct {
		code, on, want string
	}{
		{"11953", "2025-06-30", "Phường Hiến Nam"},
		{"11953", "2025-07-02", "Phường Phố Hiến"},
		{"11953", "", ""}, // it means two units over time
		{"12004", "2025-06-30", "Xã Đình Dù"},
		{"12004", "2025-07-01", "Xã Như Quỳnh"},
		{"11992", "2026-01-01", "Xã Lạc Đạo"},
		{"00000", "2026-01-01", ""},
	} {
		u, ok := vietnam.ByCode(units.Commune, c.code, day(c.on))
		if u.Full != c.want || ok != (c.want != "") {
			t.Errorf("%s on %s = %q, want %q", c.code, c.on, u.Full, c.want)
		}
	}
}

func TestIndex_Resolve(t *testing.T) {
	const before, after = "2024-12-31", "2025-08-01"
	for _, c := range []struct {
		name                        string
		province, district, commune string
		on                          string
		want                        string // uids
		sure                        bool
		why                         units.Why
	}{
		{"three levels", "Tỉnh Hưng Yên", "Huyện Văn Lâm", "Xã Lạc Đạo", before, "X11989.2025-03-01", true, units.WhyName},
		{"short type words", "T. Hưng Yên", "H.Văn Lâm", "TT. Như Quỳnh", before, "X11986.2025-03-01", true, units.WhyName},
		{"no type words, no marks", "hung yen", "van lam", "lac dao", before, "X11989.2025-03-01", true, units.WhyName},
		{"capitals", "HƯNG YÊN", "VĂN LÂM", "LẠC ĐẠO", before, "X11989.2025-03-01", true, units.WhyName},
		{"province by code", "33", "Văn Lâm", "Lạc Đạo", before, "X11989.2025-03-01", true, units.WhyName},
		{"city and ward", "Hưng Yên", "TP Hưng Yên", "P.Hiến Nam", before, "X11953.2025-03-01", true, units.WhyName},
		{"tone mark elsewhere", "Thái Bình", "Huyện Thái Thụy", "Thị trấn Diêm Điền", before, "X12826.2025-03-01", true, units.WhyName},
		{"no province", "", "Huyện Văn Lâm", "Xã Lạc Đạo", before, "X11989.2025-03-01", true, units.WhyName},
		{"no district, one in the province", "Hưng Yên", "", "Xã Lạc Đạo", before, "X11989.2025-03-01", true, units.WhyName},
		{"no district, the name repeats in the country", "", "", "Xã Lạc Đạo", before, "X11989.2025-03-01", true, units.WhyName},
		{"other marks are no proof", "Hưng Yên", "Huyện Văn Lâm", "Xã Lạc Đáo", before, "X11989.2025-03-01", false, units.WhyNear},
		{"another type is no proof", "Hưng Yên", "Huyện Văn Lâm", "Phường Lạc Đạo", before, "X11989.2025-03-01", false, units.WhyNear},
		{"wrong district", "Hưng Yên", "Huyện Văn Giang", "Xã Lạc Đạo", before, "", false, units.WhyNone},
		{"no such district", "Hưng Yên", "Huyện Văn Chương", "Xã Lạc Đạo", before, "X11989.2025-03-01", false, units.WhyNoDistrict},
		{"no such province", "Hưng Yến Mới", "Huyện Văn Lâm", "Xã Lạc Đạo", before, "", false, units.WhyNoProvince},
		{"nothing", "Hưng Yên", "Huyện Văn Lâm", " ", before, "", false, units.WhyEmpty},
		{"by code", "", "", "11989", before, "X11989.2025-03-01", true, units.WhyCode},
		{"by code, names agree", "Hưng Yên", "Văn Lâm", "11989", before, "X11989.2025-03-01", true, units.WhyCode},
		{"by code, names differ", "Hưng Yên", "Mỹ Hào", "11989", before, "X11989.2025-03-01", false, units.WhyDiffers},
		{"by code without a day", "", "", "11953", "", "X11953.2025-03-01 X11953.2025-07-01", false, units.WhyDay},
		{"two levels", "Tỉnh Hưng Yên", "", "Xã Lạc Đạo", after, "X11992.2025-07-01", true, units.WhyName},
		{"a district after its end, one successor", "Hưng Yên", "TP Hưng Yên", "P. Hiến Nam", after, "X11953.2025-07-01", true, units.WhyBefore},
		{"a district after its end, split", "Hưng Yên", "Huyện Văn Lâm", "Xã Lạc Đạo", after, "X11992.2025-07-01 X11995.2025-07-01", false, units.WhySplit},
		{"two provinces", "33, 34", "Huyện Thái Thụy", "Diêm Điền", before, "X12826.2025-03-01", true, units.WhyName},
		{"numbered wards", "Thái Bình", "", "x", before, "", false, units.WhyNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := vietnam.Resolve(units.Query{c.province, c.district, c.commune, day(c.on)})
			if uids(r.Units) != c.want || r.Sure != c.sure || r.Why != c.why {
				t.Errorf("got %s (%v, %s), want %s (%v, %s)", uids(r.Units), r.Sure, r.Why, c.want, c.sure, c.why)
			}
		})
	}
}

// TestIndex_Resolve_everywhere: every commune of every day is found by what a
// sheet would say of it, and never taken for another one.
func TestIndex_Resolve_everywhere(t *testing.T) {
	unsure := 0
	for _, u := range vietnam.All() {
		if u.Level != units.Commune {
			continue
		}
		q := units.Query{Commune: u.Full, On: u.To}
		if u.To == units.NoDay {
			q.On = u.From
		}
		for _, p := range vietnam.Parents(u) {
			if p.Level == units.District {
				q.District = p.Full
			} else {
				q.Province = p.Full
			}
		}
		r := vietnam.Resolve(q)
		if !r.Sure {
			unsure++
			continue
		}
		if r.Units[0].UID != u.UID {
			t.Errorf("%v is taken for %s, want %s", q, r.Units[0].UID, u.UID)
		}
		for _, loose := range []units.Query{
			{viet.Fold(q.Province), viet.Fold(q.District), viet.Fold(u.Full), q.On}, {q.Province, q.District, u.Name, q.On}, {q.Province, "", u.Name, q.On},
		} {
			if r := vietnam.Resolve(loose); r.Sure && r.Units[0].UID != u.UID {
				t.Errorf("%v is taken for %s, want %s", loose, r.Units[0].UID, u.UID)
			}
		}
	}
	if unsure > 0 {
		t.Errorf("%d communes are not found by their own names", unsure)
	}
}

func TestIndex_Convert(t *testing.T) {
	for _, c := range []struct {
		uid, from, to, want string
		sure                bool
		why                 units.Why
	}{
		{"X11953.2025-03-01", "2025-03-01", "2025-06-30", "X11953.2025-03-01", true, units.WhySame},
		{"X11953.2025-03-01", "2025-03-01", "2026-01-01", "X11953.2025-07-01", true, units.WhyChange},
		{"X11989.2025-03-01", "2025-03-01", "2026-01-01", "X11992.2025-07-01 X11995.2025-07-01", false, units.WhySplit},
		{"T34.2025-03-01", "2025-03-01", "2026-01-01", "T33.2025-07-01", true, units.WhyChange},
		{"T33.2025-07-01", "2026-01-01", "2025-03-01", "T33.2025-03-01 T34.2025-03-01", false, units.WhyMade},
		{"X11989.2025-03-01", "2026-01-01", "2026-01-01", "", false, units.WhyUnknown}, // not there on that day
		{"X99999.2025-03-01", "2025-03-01", "2026-01-01", "", false, units.WhyUnknown},
		{"H318.2025-03-01", "2025-03-01", "2026-01-01", "X11948.2025-07-01", true, units.WhyChange},
	} {
		r := vietnam.Convert(c.uid, day(c.from), day(c.to))
		if uids(r.Units) != c.want || r.Sure != c.sure || r.Why != c.why {
			t.Errorf("%s from %s to %s: %s (%v, %s), want %s (%v, %s)", c.uid, c.from, c.to, uids(r.Units), r.Sure, r.Why, c.want, c.sure, c.why)
		}
	}
	before, after := vietnam.History("X11989.2025-03-01")
	if len(before) != 0 || len(after) != 2 || after[0].Kind != "split" || after[0].Unit.Full != "Xã Lạc Đạo" {
		t.Errorf("history %v, %v", before, after)
	}
}

func TestIndex_Search(t *testing.T) {
	now := day("2026-01-01")
	for _, c := range []struct{ text, want string }{
		{"thai thuy", "Xã Thái Thụy"},
		{"Thái Thuỵ", "Xã Thái Thụy"},
		{"xa thai thuy", "Xã Thái Thụy"},
		{"11953", "Phường Phố Hiến"},
		{"p. pho hien", "Phường Phố Hiến"},
		{"lạc đạo, hung yen", "Xã Lạc Đạo"},
		{"hưng yên", "Tỉnh Hưng Yên"},
	} {
		got := vietnam.Search(c.text, now, 5)
		if len(got) == 0 || viet.FoldTone(got[0].Full) != viet.FoldTone(c.want) {
			t.Errorf("%q finds %v first, want %s", c.text, got, c.want)
		}
	}
	if got := vietnam.Search("khong co xa nay", now, 5); len(got) != 0 {
		t.Errorf("nothing to find: %v", got)
	}
	// The tone that was typed comes first.
	got := vietnam.Search("Tân Tiến", now, 40)
	if len(got) < 2 || got[0].Name != "Tân Tiến" {
		t.Errorf("%v", got)
	}
	if i := slices.IndexFunc(got, func(u units.Unit) bool { return u.Name != "Tân Tiến" }); i >= 0 && slices.ContainsFunc(got[i:], func(u units.Unit) bool { return u.Name == "Tân Tiến" }) {
		t.Errorf("other names stand between: %v", got)
	}
}

// TestResult_Say: every reason has words of its own.
func TestResult_Say(t *testing.T) {
	for _, l := range locale.Languages() {
		said := map[string]units.Why{}
		for _, w := range []units.Why{units.WhyCode, units.WhyName, units.WhyBefore, units.WhyChange, units.WhySame, units.WhyEmpty, units.WhyNoProvince, units.WhyNoDistrict, units.WhyNone, units.WhyNear, units.WhySeveral, units.WhySplit, units.WhyMade, units.WhyDay, units.WhyDiffers, units.WhyUnknown} {
			s := units.Result{Why: w}.Say(l)
			if other, twice := said[s]; twice || strings.HasPrefix(s, "units.") {
				t.Errorf("%s: %s and %s: %q", l, w, other, s)
			}
			said[s] = w
		}
	}
}

func FuzzIndex_Resolve(f *testing.F) {
	f.Add("Hưng Yên", "H.Văn Lâm", "P.1", int32(20000))
	f.Add("T.", "Q.", "TT.", int32(0))
	f.Add(",,", "'", "x 0", int32(-1))
	f.Fuzz(func(t *testing.T, province, district, commune string, on int32) {
		r := vietnam.Resolve(units.Query{province, district, commune, viet.Date(on)})
		if r.Sure && (len(r.Units) != 1 || !r.Units[0].ValidOn(viet.Date(on))) {
			t.Errorf("sure of %v", r.Units)
		}
		vietnam.Search(commune, viet.Date(on), 3)
	})
}

func BenchmarkIndex_Resolve(b *testing.B) {
	q := units.Query{"Tỉnh Hưng Yên", "Huyện Văn Lâm", "Xã Lạc Đạo", day("2024-12-31")}
	for b.Loop() {
		vietnam.Resolve(q)
	}
}

func BenchmarkIndex_Search(b *testing.B) {
	now := day("2026-01-01")
	for b.Loop() {
		vietnam.Search("thai thuy", now, 20)
	}
}
