package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// cells renders all values of a reader and releases it.
func cells(t *testing.T, rr array.RecordReader, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	var all []string
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			var row []string
			for _, c := range rec.Columns() {
				row = append(row, c.ValueStr(i))
			}
			all = append(all, strings.Join(row, "|"))
		}
	}
	if err := rr.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestExistingHasWhatClassifyingNeeds(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := newContract([]contract.Column{
			{Name: "ma", Store: "ma", Type: contract.Text},
			{Name: "don_vi", Store: "don_vi", Type: contract.Text},
			{Name: "ky", Store: "ky", Type: contract.Text},
			{Name: "sua_luc", Store: "sua_luc", Type: contract.Timestamp},
			{Name: "khac", Store: "khac", Type: contract.Text},
		}, 1, 0)
		obj := c.Objects[0]
		obj.OrderBy, obj.Sender, obj.Period = 3, 1, 2
		var names []string
		for _, f := range record.ExistingFields(obj) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != "don_vi ma _hash _flags sua_luc ky" {
			t.Errorf("fields %s", got)
		}
		apply(t, truth, load(c, []any{"m", "S01", "2025", nil, "x", []byte("0123456789abcdef"), nil, "f:ma"}))
		rr, err := truth.Existing(t.Context(), obj)
		if got := cells(t, rr, err); len(got) != 1 || got[0] != "S01|m|MDEyMzQ1Njc4OWFiY2RlZg==|f:ma|(null)|2025" {
			t.Errorf("existing %q", got)
		}
	})
}

func TestOpenQuarantine(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		b := batch(c)
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{
			{2, "01~1", `["01","1",""]`, "a b"}, {3, nil, `[]`, "a"}, {4, "01~2", `["\u0000"]`, "b"}}), 3
		apply(t, truth, b)
		b = batch(c)
		b.Close, b.CloseAs = stream(record.IDSchema, [][]any{{1<<32 + 2}}), record.Replaced
		apply(t, truth, b)
		rr, err := truth.OpenQuarantine(t.Context(), obj)
		want := []string{`4294967297|1|2|01~1|["01","1",""]|a b`, `4294967299|1|4|01~2|["\u0000"]|b`}
		if got := cells(t, rr, err); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("open lines\n got %q\nwant %q", got, want)
		}
		lines, err := truth.Quarantine(t.Context(), obj, record.Filter{State: record.Replaced}, 0, 10)
		if err != nil || len(lines) != 1 || lines[0].Closed != 2 {
			t.Errorf("closed lines %+v, %v", lines, err)
		}
	})
}

func TestBatchesAreFound(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		for i := range 5 {
			b := load(c, person("01", i, "x"))
			b.Digest = fmt.Sprint("d", i)
			if i == 2 {
				b.Reflags, b.Reflagged = rowsOf(append(obj.KeyFields(), contract.FlagsField), [][]any{{"01", 0, "w:x"}}), 1
			}
			apply(t, truth, b)
		}
		seqs := func(list []record.Summary, err error) string {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, s := range list {
				all = append(all, fmt.Sprint(s.Seq))
			}
			return strings.Join(all, " ")
		}
		if got := seqs(truth.Batches(t.Context(), c.ID, record.Latest, 2)); got != "5 4" {
			t.Errorf("newest %s", got)
		}
		if got := seqs(truth.Batches(t.Context(), c.ID, 4, 9)); got != "3 2 1" {
			t.Errorf("behind 4 %s", got)
		}
		if got := seqs(truth.BatchesSince(t.Context(), c.ID, 3, 9)); got != "4 5" {
			t.Errorf("since 3 %s", got)
		}
		for since, want := range map[int64]bool{0: true, 2: true, 3: false} {
			if yes, err := truth.Reflagged(t.Context(), obj, since); yes != want || err != nil {
				t.Errorf("reflagged since %d: %v, %v", since, yes, err)
			}
		}
		if s, found, err := truth.HasDigest(t.Context(), obj, "d3"); !found || s.Seq != 4 || err != nil {
			t.Errorf("digest: %+v, %v, %v", s, found, err)
		}
		u, _, err := truth.Undo(t.Context(), obj, 4)
		if err != nil {
			t.Fatal(err)
		}
		u.ID, u.Contract = batch(c).ID, c
		apply(t, truth, u)
		if _, found, err := truth.HasDigest(t.Context(), obj, "d3"); found || err != nil {
			t.Errorf("digest of an undone batch: %v, %v", found, err)
		}
		if _, found, err := truth.FindBatch(t.Context(), c.ID, "khong-co"); found || err != nil {
			t.Errorf("unknown batch: %v, %v", found, err)
		}
		if _, err := truth.BatchReport(t.Context(), c.ID, "khong-co"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("report of an unknown batch: %v", err)
		}
	})
}
