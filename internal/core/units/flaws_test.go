package units_test

import (
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/locale"
)

func TestFlaws(t *testing.T) {
	village := func(uid, code, name, from, to string) units.Unit {
		return units.Unit{UID: uid, Code: code, Level: units.Village, Name: name, Full: "Thôn " + name, Commune: "X", From: day(from), To: day(to)}
	}
	commune := units.Unit{UID: "X", Level: units.Commune, Full: "Xã Mẫu", From: day("2025-07-01"), To: day("2030-12-31")}
	for _, c := range []struct {
		name     string
		villages []units.Unit
		changes  []units.Change
		about    []string
		want     string
	}{
		{"none", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "2026-06-30"), village("V2", "2", "Đoài", "2025-07-01", "2030-12-31"), village("V3", "3", "Đông", "2026-07-01", "2030-12-31")}, nil, nil, ""},
		{"one name on one day", []units.Unit{village("V1", "1", "Thuý", "2025-07-01", "2026-06-30"), village("V2", "2", "Thúy", "2026-06-30", "2030-12-31")}, nil, nil, "overlap V2 V1"},
		{"one code on one day", []units.Unit{village("V1", "1", "Đông", "", "2026-06-30"), village("V2", "1", "Tây", "2026-01-01", "2030-12-31")}, nil, nil, "overlap V2 V1"},
		{"a code that became another village", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "2026-06-30"), village("V2", "1", "Tây", "2026-07-01", "2030-12-31")}, nil, nil, "reused V2 V1"},
		{"a code whose village was renamed", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "2026-06-30"), village("V2", "1", "Tây", "2026-07-01", "2030-12-31")},
			[]units.Change{{Old: "V1", New: "V2", Kind: "rename"}}, nil, ""},
		{"a circle", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "2026-06-30"), village("V2", "2", "Tây", "2026-07-01", "2026-12-31")},
			[]units.Change{{Old: "V1", New: "V2"}, {Old: "V2", New: "V1"}}, nil, "circle V1 V2; circle V2 V1"},
		{"its own successor", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "2026-06-30")}, []units.Change{{Old: "V1", New: "V1"}}, nil, "circle V1 V1"},
		{"longer than its commune", []units.Unit{village("V1", "1", "Đông", "2025-07-01", "")}, nil, nil, "outside V1 X"},
		{"earlier than its commune", []units.Unit{village("V1", "1", "Đông", "2025-06-30", "2030-12-31")}, nil, nil, "outside V1 X"},
		{"what concerns one alone", []units.Unit{village("V1", "1", "Đông", "2025-07-01", ""), village("V2", "2", "Đông", "2025-07-01", "2030-12-31"), village("V3", "3", "Tây", "2025-07-01", "")}, nil, []string{"V2"}, "overlap V2 V1"},
	} {
		found := units.Flaws(units.Rows{Units: append(c.villages, commune), Changes: c.changes}, c.about...)
		var got []string
		for _, f := range found {
			got = append(got, string(f.Kind)+" "+f.Unit.UID+" "+f.Other.UID)
			if said := locale.Vi.Error(f.Err()); !strings.Contains(said, f.Unit.Full) || strings.Contains(said, "{") {
				t.Errorf("%s: %s", c.name, said)
			}
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
