package units_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
)

// TestIndex_Ask: ids, codes, names and addresses in one cell, with the changes
// that lead from the unit that was named to the one of the day.
func TestIndex_Ask(t *testing.T) {
	ix := withVillages(t)
	if ix.First() != day("2025-03-01") {
		t.Errorf("known since %s", ix.First())
	}
	for _, c := range []struct {
		text, at, to, within string
		level                units.Level
		want                 string
		why                  units.Why
		sure                 bool
		steps                string
	}{
		{"11953", "2025-06-30", "", "", "", "X11953.2025-03-01", units.WhyCode, true, ""},
		{"11953", "2025-07-02", "", "", "", "X11953.2025-07-01", units.WhyCode, true, ""},
		{"11953", "", "", "", "", "X11953.2025-03-01 X11953.2025-07-01", units.WhyDay, false, ""},
		{"11953", "2025-06-30", "2025-07-02", "", "", "X11953.2025-07-01", units.WhyChange, true, "X11953.2025-03-01 merge X11953.2025-07-01"},
		{"11989", "2025-06-30", "2025-07-02", "", "", "X11992.2025-07-01 X11995.2025-07-01", units.WhySplit, false,
			"X11989.2025-03-01 split X11992.2025-07-01; X11989.2025-03-01 split X11995.2025-07-01"},
		{"P.Hiến Nam, TP. Hưng Yên", "2026-01-01", "", "33", "", "X11953.2025-07-01", units.WhyBefore, true, "X11953.2025-03-01 merge X11953.2025-07-01"},
		{"Xã Lạc Đạo, huyện Văn Lâm, Hưng Yên", "2026-01-01", "", "", "", "X11992.2025-07-01 X11995.2025-07-01", units.WhySplit, false,
			"X11989.2025-03-01 split X11992.2025-07-01; X11989.2025-03-01 split X11995.2025-07-01"},
		{"X11953.2025-03-01", "2025-03-01", "", "", "", "X11953.2025-03-01", units.WhyCode, true, ""},
		{"X11953.2025-03-01", "2026-01-01", "", "", "", "X11953.2025-07-01", units.WhyChange, true, "X11953.2025-03-01 merge X11953.2025-07-01"},
		{"33", "2026-01-01", "", "", "", "T33.2025-07-01", units.WhyName, true, ""},
		{"Tỉnh Hưng Yên", "2026-01-01", "", "", "", "T33.2025-07-01", units.WhyName, true, ""},
		{"tỉnh Thái Bình", "2025-03-01", "2026-01-01", "", units.Province, "T33.2025-07-01", units.WhyChange, true, "T34.2025-03-01 merge T33.2025-07-01"},
		{"Văn Lâm", "2025-03-01", "", "Hưng Yên", units.District, "H325.2025-03-01", units.WhyName, true, ""},
		{"tổ 5", "2026-01-01", "", "11953", units.Village, "V6", units.WhyName, true, ""},
		{"tổ 5", "2026-01-01", "", "", units.Village, "", units.WhyNone, false, ""},
		{"Xã Tân Tiến", "2025-03-01", "", "", "", "", units.WhySeveral, false, ""},
		{"xã Không Có Thật, Hưng Yên", "2026-01-01", "", "", "", "", units.WhyNone, false, ""}, // and not the province
		{"Tân Tiến, Hưng Yên", "2026-01-01", "", "", units.Province, "", units.WhyNoProvince, false, ""},
		{"huyện Văn Lâm, tỉnh Hưng Yên", "2025-03-01", "", "", "", "H325.2025-03-01", units.WhyName, true, ""},
		{"huyện Văn Lâm, tỉnh Thái Bình", "2025-03-01", "", "", units.District, "", units.WhyNoDistrict, false, ""},
		{"Xã Không Có Thật", "2026-01-01", "", "", "", "", units.WhyNone, false, ""},
		{"", "2026-01-01", "", "", "", "", units.WhyEmpty, false, ""},
		// Of a day before the oldest list nothing is known: what that list has is offered.
		{"11953", "1000-01-01", "", "", "", "X11953.2025-03-01", units.WhyEarly, false, ""},
		{"P.Hiến Nam, TP. Hưng Yên", "2025-02-28", "", "", "", "X11953.2025-03-01", units.WhyEarly, false, ""},
		{"tỉnh Thái Bình", "1000-01-01", "2026-01-01", "", units.Province, "T33.2025-07-01", units.WhyEarly, false, "T34.2025-03-01 merge T33.2025-07-01"},
		{"11953", "2025-06-30", "1000-01-01", "", "", "X11953.2025-03-01", units.WhyEarly, false, ""},
		{"Xã Không Có Thật", "1000-01-01", "", "", "", "", units.WhyEarly, false, ""},
	} {
		a := ix.Ask(units.Ask{Text: c.text, At: day(c.at), To: day(c.to), Within: c.within, Level: c.level})
		var steps []string
		for _, s := range a.Steps {
			steps = append(steps, s.From.UID+" "+s.Kind+" "+s.To.UID)
		}
		if got := uids(a.Units); c.why != units.WhySeveral && got != c.want || a.Sure != c.sure || a.Why != c.why || strings.Join(steps, "; ") != c.steps || a.Text != c.text {
			t.Errorf("%q at %s to %s: %s (%v, %s, %s) by %q, want %s (%v, %s) by %q", c.text, c.at, c.to, got, a.Sure, a.Why, a.Confidence, steps, c.want, c.sure, c.why, c.steps)
		}
	}
}
