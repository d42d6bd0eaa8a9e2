package record_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

func turnout(t *testing.T, truth *record.Truth, obj *contract.Object) []record.Turn {
	t.Helper()
	list, err := truth.Turnout(context.Background(), obj)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTurnout(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := newContract([]contract.Column{
			{Name: "ma", Store: "ma", Type: contract.Text},
			{Name: "don_vi", Store: "don_vi", Type: contract.Integer},
			{Name: "ky", Store: "ky", Type: contract.PartialDate},
		}, 0)
		obj := c.Objects[0]
		if got := turnout(t, truth, obj); got != nil {
			t.Errorf("without sender and period: %+v", got)
		}
		obj.Sender, obj.Period = 1, 2
		if got := turnout(t, truth, obj); len(got) != 0 {
			t.Errorf("a data set without a home: %+v", got)
		}
		row := func(ma string, unit, period, flags any) []any { return []any{ma, unit, period, hash(ma), nil, flags} }
		first := apply(t, truth, load(c,
			row("a", 7, "2026-10", nil), row("b", 7, "2026-10", "f:ma"), row("c", 7, "2026-10", "f:ma w:so.range"),
			row("d", 7, "2026-11", "r:so.range"), row("e", nil, nil, "f:w"), row("g", 12, "2026-10", nil)))
		b := batch(c)
		b.Digest = "01"
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{
			{2, "x", `["x","7","10/2026"]`, "so.range"},
			{3, "y", `["y"," 7 ","2026-10"]`, "so.range"},
			{4, "z", `["z","UBND xã","không rõ"]`, "so.range"},
			{5, nil, `["7"]`, "_row.few"},
			{6, nil, `["q","","2026-11",""]`, "_row.many"},
		}), 5
		second := apply(t, truth, b)
		other := batch(c)
		other.Digest, other.CloseAs, other.Close = "02", record.Mended, stream(record.IDSchema, [][]any{{second.Seq<<32 | 2}})
		apply(t, truth, other)
		got := turnout(t, truth, obj)
		want := []record.Turn{
			{Sender: "", Period: "", Rows: 1, Open: 2, Last: second.At},
			{Sender: "12", Period: "2026-10", Rows: 1, Last: first.At},
			{Sender: "7", Period: "2026-10", Rows: 3, Warned: 1, Open: 1, Last: second.At},
			{Sender: "7", Period: "2026-11", Rows: 1, Warned: 1, Last: first.At},
			{Sender: "UBND xã", Period: "không rõ", Open: 1, Last: second.At},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
		faulty, err := truth.Faulty(t.Context(), obj)
		if err != nil {
			t.Fatal(err)
		}
		broken := []record.Faulty{
			{Sender: "", Rule: "_row.few", Open: 1}, {Sender: "", Rule: "_row.many", Open: 1},
			{Sender: "7", Rule: "so.range", Rows: 2, Open: 1}, {Sender: "UBND xã", Rule: "so.range", Open: 1},
		}
		if fmt.Sprint(faulty) != fmt.Sprint(broken) {
			t.Errorf("\n got %+v\nwant %+v", faulty, broken)
		}
		obj.Sender = -1
		if faulty, err = truth.Faulty(t.Context(), obj); err != nil || len(faulty) != 3 || faulty[2] != (record.Faulty{Rule: "so.range", Rows: 2, Open: 2}) {
			t.Errorf("without sender: %+v, %v", faulty, err)
		}
	})
}

// A date column gives the same text on both engines.
func TestTurnoutOfDays(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := newContract([]contract.Column{
			{Name: "ma", Store: "ma", Type: contract.Text}, {Name: "ngay", Store: "ngay", Type: contract.Date},
		}, 0)
		obj := c.Objects[0]
		obj.Sender, obj.Period = 0, 1
		day := time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		b := load(c, []any{"01", day, hash("01"), nil, nil})
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{{2, "01", `["01","30/09/2026"]`, "k"}}), 1
		done := apply(t, truth, b)
		got := turnout(t, truth, obj)
		want := []record.Turn{{Sender: "01", Period: day, Rows: 1, Open: 1, Last: done.At}}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	})
}
