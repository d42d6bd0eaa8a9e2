package units_test

import (
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/viet"
)

// TestAcceptance_1: "Load a 2024 spreadsheet with district columns; every row
// gets a commune uid valid on its date, split communes go to the queue, nothing
// is guessed." The sheet has a row for each commune of the country as it was,
// once in three columns and once as an address in one cell.
func TestAcceptance_1(t *testing.T) {
	date, today := day("2024-12-31"), day("2026-11-22")
	rows, queue, queueHungYen := 0, 0, 0
	for _, u := range vietnam.All() {
		if u.Level != units.Commune || u.To == units.NoDay {
			continue
		}
		rows++
		parents := vietnam.Parents(u)
		columns := vietnam.Resolve(units.Query{Province: parents[1].Full, District: parents[0].Full, Commune: u.Full, On: date})
		cell := vietnam.Address("Thôn Đông, "+vietnam.Title(u), date)
		for _, r := range []units.Result{columns, cell.Result} {
			if !r.Sure || r.Units[0].UID != u.UID || !r.Units[0].ValidOn(date) {
				t.Fatalf("%s of %s: %s (%v, %s)", vietnam.Title(u), date, uids(r.Units), r.Sure, r.Why)
			}
		}
		// The report is asked for in the units of today.
		now := vietnam.Convert(columns.Units[0].UID, date, today)
		if !now.Sure {
			queue++
			if parents[1].Code == "33" {
				queueHungYen++
			}
			if len(now.Units) < 2 || now.Why != units.WhySplit {
				t.Errorf("%s waits without candidates: %s (%s)", u.Full, uids(now.Units), now.Why)
			}
		} else if !now.Units[0].ValidOn(today) {
			t.Errorf("%s became %s, which is not there today", u.Full, now.Units[0].UID)
		}
	}
	if rows != communesBefore || queue != dividedNation || queueHungYen != 3 {
		t.Errorf("%d rows, %d in the queue, %d of them of Hưng Yên; want %d, %d, 3", rows, queue, queueHungYen, communesBefore, dividedNation)
	}
}

// TestAcceptance_2: "Enter code 11953 with dates 30/6/2025 and 2/7/2025: the
// screen names Phường Hiến Nam and Phường Phố Hiến." However the code is typed.
func TestAcceptance_2(t *testing.T) {
	for date, want := range map[string]string{"30/6/2025": "Phường Hiến Nam", "2/7/2025": "Phường Phố Hiến"} {
		on := day(date)
		if u, ok := vietnam.ByCode(units.Commune, "11953", on); !ok || u.Full != want {
			t.Errorf("11953 on %s: %s, want %s", date, u.Full, want)
		}
		for _, text := range []string{"11953", "mã 11953", "Mã ĐVHC: 11953", "mã xã 11953"} {
			if r := vietnam.Address(text, on); !r.Sure || r.Units[0].Full != want || r.Confidence != units.ConfidenceHigh {
				t.Errorf("%q on %s: %s (%v, %s), want %s", text, date, uids(r.Units), r.Sure, r.Why, want)
			}
		}
	}
}

// TestAcceptance_9: "Search thai thuy finds Xã Thái Thuỵ; saving does not change
// the spelling." Nor does reading an address change what was typed.
func TestAcceptance_9(t *testing.T) {
	on := day("2026-11-22")
	found := vietnam.Search("thai thuy", on, 5)
	if len(found) == 0 || viet.FoldTone(found[0].Full) != viet.FoldTone("Xã Thái Thuỵ") {
		t.Fatalf("thai thuy finds %v", found)
	}
	want := found[0]
	for _, text := range []string{"thai thuy", "Xã Thái Thuỵ, Hưng Yên", "xã Thái Thụy, tỉnh Hưng Yên", "XÃ THÁI THUỴ - HƯNG YÊN", "xã Tha\u0301i Thu\u0323y, Hưng Yên"} {
		r := vietnam.Address(text, on)
		if !r.Sure || r.Units[0] != want {
			t.Errorf("%q: %s (%v, %s)", text, uids(r.Units), r.Sure, r.Why)
		}
		if r.Text != text {
			t.Errorf("%q became %q", text, r.Text)
		}
		if p, ok := r.Part(units.PartCommune); !ok || p.Text != text[p.From:p.To] {
			t.Errorf("%q: part %+v", text, p)
		}
	}
}
