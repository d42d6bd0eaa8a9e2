package plan

import (
	"math"
	"slices"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
)

func TestDocumentOf(t *testing.T) {
	d := DocumentOf(Row{ColID: "hy26", "la_ke_hoach": "true", "trich_yeu": "Kế hoạch năm 2026", "ma_tinh": "33", "can_cu_cua": "hy27; hy28 ;"})
	if !d.Plan || d.Name() != "Kế hoạch năm 2026" || !slices.Equal(d.Supports, []string{"hy27", "hy28"}) {
		t.Errorf("%+v", d)
	}
	if d.Number = "12/KH-UBND"; d.Name() != "12/KH-UBND" {
		t.Errorf("%q", d.Name())
	}
	if !d.Own("33") || d.Own("42") || !d.Own("") {
		t.Error("whose plan it is")
	}
}

func TestTaskOf(t *testing.T) {
	for _, c := range []struct {
		row  Row
		kind Kind
		bad  bool
	}{
		{Row{"thoi_han_nguon": "2026-Q3", "thoi_han": "2026-09-30"}, ByQuarter, false},
		{Row{"thoi_han": "2026-09-30"}, ByDay, false},
		{Row{ColCadence: "thuong-xuyen"}, Continuous, false},
		{Row{ColCadence: "nam"}, Yearly, false},
		{Row{"dieu_kien": "sau hướng dẫn của Bộ"}, AfterAct, false},
		{Row{}, Unsaid, false},
		{Row{"thoi_han": "cuối năm"}, "", true},
	} {
		got := TaskOf(c.row)
		if got.Due.Kind != c.kind || (got.Fault != nil) != c.bad {
			t.Errorf("%v: %+v, %v", c.row, got.Due, got.Fault)
		}
	}
	got := TaskOf(Row{ColID: "1", ColLead: "a", "dong_chu_tri": "b; a; c", "phoi_hop": "d", "bat_dau": "2026-03"})
	if !slices.Equal(got.Leads, []string{"a", "b", "c"}) || !got.Concerns("d") || !got.Concerns("c") || got.Concerns("e") || got.Start.String() != "2026-03-01" {
		t.Errorf("%+v", got)
	}
}

func TestDutyOf(t *testing.T) {
	got := DutyOf(Row{ColCadence: "thang", "chu_ky_khac": "quy; nam", "ngay_chot": "15", "thang_chot": "x"})
	if !slices.Equal(got.Cadences, []string{"thang", "quy", "nam"}) || got.Day != 15 || got.Month != 0 {
		t.Errorf("%+v", got)
	}
}

func TestTarget_judge(t *testing.T) {
	num := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		compare Comparator
		asked   *float64
		value   *float64
		over    bool
		want    Verdict
	}{
		{Equal, num(100), num(100), false, Reached},
		{Equal, num(100), num(99.9999), false, OnTheWay},
		{Equal, num(100), num(99.9999), true, NotReached},
		{Equal, num(0.3), num(0.1 + 0.2), true, Reached}, // as reckoned
		{Equal, num(40), num(41), true, Reached},
		{AtLeast, num(80), num(80), true, Reached},
		{MoreThan, num(80), num(80), true, NotReached},
		{MoreThan, num(80), num(80.1), true, Reached},
		{LessBy, num(15), num(20), true, Reached},
		{LessBy, num(15), num(-3), true, NotReached},
		{Towards, num(100), num(70), false, OnTheWay},
		{AtLeast, num(80), nil, true, Unmeasured}, // never zero
		{AtLeast, nil, num(3), true, Wordy},
		{Qualitative, num(1), num(3), true, Wordy},
		{AtLeast, num(80), num(math.NaN()), true, NotReached},
	} {
		one := Target{Compare: c.compare, Value: c.asked}
		if got := one.Judge(c.value, c.over); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	one := Target{Compare: AtLeast, Value: num(80)}
	for value, want := range map[float64]float64{40: 0.5, 160: 1, -1: 0} {
		if got, ok := one.Share(&value); !ok || got != want {
			t.Errorf("share of %v: %v", value, got)
		}
	}
	zero := Target{Compare: AtLeast, Value: num(0)}
	if _, ok := zero.Share(num(1)); ok {
		t.Error("a share of zero")
	}
}

func TestShelf(t *testing.T) {
	s := NewShelf([]Document{
		{ID: "law", Supports: []string{"plan", "gone"}},
		{ID: "plan", Plan: true, Supports: []string{"own"}},
		{ID: "own", Plan: true, Supports: []string{"plan", "own"}},
	})
	if len(s.Loops) != 2 {
		t.Errorf("%v", s.Loops)
	}
	if got := s.Bases("own"); len(got) != 1 || got[0].ID != "plan" {
		t.Errorf("%+v", got)
	}
	if got := s.Below("plan"); len(got) != 1 || got[0].ID != "own" {
		t.Errorf("%+v", got)
	}
	if got := s.Below("own"); len(got) != 0 {
		t.Errorf("a circle leads back: %+v", got)
	}
	if len(s.Plans()) != 2 || s.Name("nothing") != "nothing" {
		t.Error("plans and names")
	}
	if _, err := s.Find("nothing"); !fault.Is(err, "plan.unknown") {
		t.Error(err)
	}
}
