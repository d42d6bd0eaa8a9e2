package units_test

import (
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/units/unitstest"
)

// withVillages is the register with invented villages: of Phố Hiến, and of Lạc
// Đạo, which was divided, on both sides of 1 July 2025.
func withVillages(t testing.TB) *units.Index {
	t.Helper()
	rows, err := unitstest.Register{}.Rows()
	if err != nil {
		t.Fatal(err)
	}
	village := func(uid, kind, full, name, commune, from, to string) {
		rows.Units = append(rows.Units, units.Unit{
			UID: uid, Level: units.Village, Type: kind, Name: name, Full: full, Commune: commune, From: day(from), To: day(to), Basis: "(mẫu)",
		})
	}
	village("V1", "thon", "Thôn Đông Mẫu", "Đông Mẫu", "X11989.2025-03-01", "", "2025-06-30")
	village("V2", "thon", "Thôn Đoài Mẫu", "Đoài Mẫu", "X11989.2025-03-01", "", "2025-06-30")
	village("V3", "thon", "Thôn Tây Mẫu", "Tây Mẫu", "X11989.2025-03-01", "", "2025-06-30")
	village("V4", "thon", "Thôn Đông Mẫu", "Đông Mẫu", "X11992.2025-07-01", "2025-07-01", "")
	village("V5", "thon", "Thôn Đoài Mẫu", "Đoài Mẫu", "X11995.2025-07-01", "2025-07-01", "")
	village("V6", "to_dan_pho", "Tổ dân phố 5", "5", "X11953.2025-07-01", "2025-07-01", "2026-06-30")
	village("V7", "to_dan_pho", "Tổ dân phố 5", "5", "X11953.2025-07-01", "2026-07-01", "")
	village("V8", "khu_pho", "Khu phố Mẫu", "Mẫu", "X11953.2025-07-01", "2025-07-01", "")
	village("V9", "xom", "Xóm Mẫu", "Mẫu", "X11953.2025-07-01", "2025-07-01", "")
	rows.Changes = append(rows.Changes,
		units.Change{Old: "V1", New: "V4", Kind: "keep", On: day("2025-07-01")}, units.Change{Old: "V2", New: "V5", Kind: "keep", On: day("2025-07-01")})
	slices.Reverse(rows.Units) // villages before the communes they are in
	return units.Build(rows)
}

func TestIndex_Address_village(t *testing.T) {
	ix := withVillages(t)
	for _, c := range []struct {
		text, on, commune string
		why               units.Why
		village           string
		whyVillage        units.Why
	}{
		{"TDP 5, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "V6", units.WhyName},
		{"Tổ dân phố số 5, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "V6", units.WhyName},
		{"to 05 phuong pho hien hung yen", "2026-08-01", "X11953.2025-07-01", units.WhyName, "V7", units.WhyName},
		{"KP Mẫu, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "V8", units.WhyName},
		{"Ấp Mẫu, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "V9 V8", units.WhySeveral},
		{"Thôn Lạ, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "", units.WhyNone},
		{"đường Mẫu, phường Phố Hiến, Hưng Yên", "2026-01-01", "X11953.2025-07-01", units.WhyName, "", ""},
		// The village of a divided commune says where it went …
		{"Thôn Đông Mẫu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "X11992.2025-07-01", units.WhyVillage, "V4", units.WhyName},
		{"Thôn Đoài Mẫu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "X11995.2025-07-01", units.WhyVillage, "V5", units.WhyName},
		// … unless nobody has said so, or the village is another.
		{"Thôn Tây Mẫu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "", units.WhySplit, "", ""},
		{"Thôn Đong Mẩu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "", units.WhySplit, "", ""},
		{"Thôn Đông Mẫu, xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2025-06-30", "X11989.2025-03-01", units.WhyName, "V1", units.WhyName},
	} {
		r := ix.Address(c.text, day(c.on))
		whole(t, &r)
		if got := uids(r.Units); c.commune != "" && got != c.commune || r.Sure != (c.commune != "") || c.commune != "" && r.Why != c.why {
			t.Errorf("%q on %s: %s (%v, %s), want %s (%s)", c.text, c.on, got, r.Sure, r.Why, c.commune, c.why)
		}
		if uids(r.Village.Units) != c.village || r.Village.Why != c.whyVillage {
			t.Errorf("%q on %s: village %s (%s), want %s (%s)", c.text, c.on, uids(r.Village.Units), r.Village.Why, c.village, c.whyVillage)
		}
	}
}

// TestIndex_villages: a village knows its parents, is found by search, and
// follows its changes as any unit does.
func TestIndex_villages(t *testing.T) {
	ix := withVillages(t)
	u, ok := ix.ByUID("V8")
	if !ok || u.Province != "T33.2025-07-01" || ix.Title(u) != "Khu phố Mẫu, Phường Phố Hiến, Tỉnh Hưng Yên" {
		t.Errorf("%+v, %s", u, ix.Title(u))
	}
	if got := uids(ix.Villages("X11953.2025-07-01", day("2026-01-01"))); got != "V9 V8 V6" {
		t.Errorf("villages of Phố Hiến: %s", got)
	}
	if got := ix.Search("khu pho mau, pho hien", day("2026-01-01"), 5); uids(got) != "V8" {
		t.Errorf("search finds %v", got)
	}
	if got := ix.Convert("V1", day("2025-06-30"), day("2026-01-01")); !got.Sure || uids(got.Units) != "V4" {
		t.Errorf("V1 became %v (%s)", got.Units, got.Why)
	}
	if got := ix.ResolveVillage("X11953.2025-07-01", "tổ 5", units.NoDay); got.Sure || got.Why != units.WhyDay {
		t.Errorf("of any time: %v (%s)", got.Units, got.Why)
	}
	if got := ix.ResolveVillage("X11953.2025-07-01", " ", units.NoDay); got.Why != units.WhyEmpty {
		t.Errorf("nothing: %s", got.Why)
	}
}
