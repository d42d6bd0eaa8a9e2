package units_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/core/units/unitstest"
	"github.com/phohien/phohien/viet"
)

// Counts of the register of 1 July 2025 and of the mapping of the communes of
// before it (packs/viet-nam/data/vn-xa.csv, vn-don-vi-thay-doi.csv).
const (
	communesBefore = 10_035
	communesAfter  = 3_321
	mergedWhole    = 9_564
	dividedNation  = 471
)

// TestIndex_Address_register asks for every commune by its canonical address:
// those of before with their district, on a day of theirs and on one of today,
// those of today without.
func TestIndex_Address_register(t *testing.T) {
	before, after := day("2025-06-30"), day("2025-07-01")
	var old, now, whole, divided int
	for _, u := range vietnam.All() {
		if u.Level != units.Commune {
			continue
		}
		address := vietnam.Title(u)
		if u.To == units.NoDay {
			now++
			if r := vietnam.Address(address, after); !r.Sure || r.Units[0].UID != u.UID || r.Confidence != units.ConfidenceHigh {
				t.Errorf("%s on %s: %s (%v, %s, %s), want %s", address, after, uids(r.Units), r.Sure, r.Why, r.Confidence, u.UID)
			}
			continue
		}
		old++
		if r := vietnam.Address(address, before); !r.Sure || r.Units[0].UID != u.UID || r.Confidence != units.ConfidenceHigh {
			t.Errorf("%s on %s: %s (%v, %s, %s), want %s", address, before, uids(r.Units), r.Sure, r.Why, r.Confidence, u.UID)
		}
		r, want := vietnam.Address(address, after), vietnam.Convert(u.UID, before, after)
		switch {
		case r.Sure != want.Sure || uids(r.Units) != uids(want.Units):
			t.Errorf("%s on %s: %s (%v, %s), want %s (%v)", address, after, uids(r.Units), r.Sure, r.Why, uids(want.Units), want.Sure)
		case r.Sure:
			whole++
		default:
			divided++
			if len(r.Units) < 2 || r.Why != units.WhySplit {
				t.Errorf("%s was divided: %s, %s", address, uids(r.Units), r.Why)
			}
		}
	}
	if old != communesBefore || now != communesAfter || whole != mergedWhole || divided != dividedNation {
		t.Errorf("%d communes before, %d after, %d went whole, %d were divided; want %d, %d, %d, %d",
			old, now, whole, divided, communesBefore, communesAfter, mergedWhole, dividedNation)
	}
}

// TestIndex_Address_never_another: however the address of a commune is written,
// it is never taken for another one, neither on its own day nor, of a commune of
// before, on a day of today. What is sure is counted, so that a change of the
// parser that loses some is seen.
func TestIndex_Address_never_another(t *testing.T) {
	before, after := day("2025-06-30"), day("2025-07-01")
	bare := func(s string) string { return viet.Fold(strings.ReplaceAll(s, ",", "")) }
	names := func(u units.Unit) []string {
		list := []string{u.Name}
		for _, p := range vietnam.Parents(u) {
			list = append(list, p.Name)
		}
		return list
	}
	for _, style := range []struct {
		name  string
		write func(u units.Unit, title string) string
		least [3]int // sure: of the communes of before, of after, of before as asked today
	}{
		{"behind a house and a street", func(_ units.Unit, s string) string { return "Số 5 ngõ 3 đường Lê Lợi, " + s }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"behind a village", func(_ units.Unit, s string) string { return "Thôn Đông, " + s }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"behind a village of a commune's name", func(_ units.Unit, s string) string { return "Thôn Văn Giang, " + s }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"behind a commune's name", func(_ units.Unit, s string) string { return "Tân Tiến, " + s }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"behind a street of a commune's name", func(_ units.Unit, s string) string { return "12 Hưng Yên, " + s }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"no marks", func(_ units.Unit, s string) string { return viet.Fold(s) }, [3]int{9991, 3305, 9520}},
		{"capitals", func(_ units.Unit, s string) string { return strings.ToUpper(s) }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"abbreviated", func(_ units.Unit, s string) string { return unitstest.Abbreviated.Replace(s) }, [3]int{10034, communesAfter, 9563}},
		{"hyphens", func(_ units.Unit, s string) string { return strings.ReplaceAll(s, ", ", " - ") }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"semicolons", func(_ units.Unit, s string) string { return strings.ReplaceAll(s, ", ", ";") }, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"no commas", func(_ units.Unit, s string) string { return strings.ReplaceAll(s, ",", "") }, [3]int{10008, 3317, 9537}},
		{"no marks, no commas", func(_ units.Unit, s string) string { return bare(s) }, [3]int{9987, 3304, 9516}},
		{"no marks, no commas, behind a street", func(_ units.Unit, s string) string { return "12 le loi " + bare(s) }, [3]int{9987, 3304, 9516}},
		{"turned", func(_ units.Unit, s string) string {
			parts := strings.Split(s, ", ")
			slices.Reverse(parts)
			return strings.Join(parts, ", ")
		}, [3]int{communesBefore, communesAfter, mergedWhole}},
		{"names alone", func(u units.Unit, _ string) string { return strings.Join(names(u), ", ") }, [3]int{9723, communesAfter, 2304}},
		{"names alone, no commas, no marks", func(u units.Unit, _ string) string { return bare(strings.Join(names(u), " ")) }, [3]int{9660, 3295, 2000}},
		{"names alone behind a number", func(u units.Unit, _ string) string { return "12 " + strings.Join(names(u), ", ") }, [3]int{}},
	} {
		var sure [3]int
		ask := func(u units.Unit, on viet.Date, side int, want string) {
			address := style.write(u, vietnam.Title(u))
			r := vietnam.Address(address, on)
			if !r.Sure {
				return
			}
			sure[side]++
			if r.Units[0].UID != want {
				t.Errorf("%s: %s on %s is taken for %s, want %s", style.name, address, on, vietnam.Title(r.Units[0]), want)
			}
		}
		for _, u := range vietnam.All() {
			switch {
			case u.Level != units.Commune:
			case u.To == units.NoDay:
				ask(u, after, 1, u.UID)
			default:
				ask(u, before, 0, u.UID)
				want := "nothing: it was divided"
				if next := vietnam.Convert(u.UID, before, after); next.Sure {
					want = next.Units[0].UID
				}
				ask(u, after, 2, want)
			}
		}
		t.Logf("%s: sure of %v", style.name, sure)
		for i := range sure {
			if sure[i] < style.least[i] {
				t.Errorf("%s: sure of %v, want at least %v", style.name, sure, style.least)
				break
			}
		}
	}
}
