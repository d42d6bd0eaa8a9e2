package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

func flagged(xa string, so int, flags, absent any) []any {
	return []any{xa, so, "x", hash(xa, so), absent, flags}
}

func tally(t testing.TB, truth *record.Truth, obj *contract.Object, newest int, upto any) record.Tally {
	t.Helper()
	out, err := truth.Tally(context.Background(), obj, newest, upto)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTally(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		c := people()
		obj := c.Objects[0]
		if got := tally(t, truth, obj, 1, int64(9)); got.Seq != 0 || got.Rows != 0 || got.Newest != nil || !got.Confirmed.IsZero() {
			t.Errorf("a data set without a home: %+v", got)
		}
		withheld := `{"gia_tri":"withheld"}`
		first := apply(t, truth, load(c, flagged("Ă~ /", 1, nil, nil), flagged("Ă~ /", 2, "f:gia_tri", nil), flagged("b", 1, "f:gia_tri", nil),
			flagged("b", 2, "f:gia_tri w:so.range", withheld), flagged("b", 9, nil, withheld), flagged("b", 1000, nil, nil)))
		b := batch(c)
		b.Digest = "01"
		b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, [][]any{
			{2, "%C4%82%7E%20%2F~2", "[]", "so.range"},                                 // hides a row
			{3, "b~2", "[]", "so.range key"}, {4, "b~2", "[]", "key gia_tri.required"}, // hide one row, together
			{5, "moi~1", "[]", "so.range"}, {6, nil, "[]", "so.type"}, {7, nil, "[]", "so.type"},
			{8, "not-a-key", "[]", "so.type"}, // the contract had another key then
		}), 7
		second := apply(t, truth, b)
		got := tally(t, truth, obj, 1, int64(9))
		want := record.Tally{
			Seq: second.Seq, At: second.At, Rows: 6, Lines: 7, Newest: int64(9), Confirmed: first.At,
			Shown:  []record.Judged{{N: 2}, {Nil: withheld, N: 1}, {Flags: "f:gia_tri", N: 1}},
			Hidden: []record.Judged{{Flags: "f:gia_tri", N: 1}, {Flags: "f:gia_tri w:so.range", Nil: withheld, N: 1}},
			Open: []record.Judged{
				{Flags: "gia_tri.required key so.range", N: 1}, {Flags: "so.range", N: 2}, {Flags: "so.type", N: 3},
			},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
		close := batch(c)
		close.Digest, close.CloseAs, close.Close = "02", record.Mended, stream(record.IDSchema, [][]any{{second.Seq<<32 | 1}, {second.Seq<<32 | 2}})
		close.Report = func(int64, time.Time) ([]byte, error) { return []byte(`{"accepted":3}`), nil }
		third := apply(t, truth, close)
		got = tally(t, truth, obj, -1, nil)
		if len(got.Hidden) != 1 || got.Lines != 5 || got.Newest != nil || !got.Confirmed.Equal(third.At) {
			t.Errorf("lines closed, a load that confirms: %+v", got)
		}
	})
}

// More keys than one statement takes, on a set without history of its own.
func TestTallyOfManyHiddenRows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, truth *record.Truth) {
		for _, c := range []*contract.Contract{people(), newContract(people().Objects[0].Columns[:1], 0)} {
			obj := c.Objects[0]
			var rows, lines [][]any
			for i := range 700 {
				key, row := fmt.Sprintf("k%03d", i), flagged(fmt.Sprintf("k%03d", i), 1, "w:a", nil)
				if len(obj.Key) == 1 {
					row = slices.Delete(row, 1, 3)
				} else {
					key += "~1"
				}
				if rows = append(rows, row); i < 650 {
					lines = append(lines, []any{i, key, "[]", "a"})
				}
			}
			b := load(c, rows...)
			b.Quarantine, b.Quarantined = stream(record.QuarantineSchema, lines), int64(len(lines))
			apply(t, truth, b)
			got := tally(t, truth, obj, -1, nil)
			if len(got.Hidden) != 1 || got.Hidden[0].N != 650 || len(got.Shown) != 1 || got.Shown[0].N != 50 || got.Open[0].N != 650 {
				t.Errorf("%+v", got)
			}
		}
	})
}

// BenchmarkTruth_Tally counts two million rows, one in ten of which carries a
// flag.
func BenchmarkTruth_Tally(b *testing.B) {
	const rows = 2_000_000
	eachEngine(b, func(b *testing.B, truth *record.Truth) {
		c := wide()
		for part := range rows / benchRows {
			load := batch(c)
			load.Inserts, load.Inserted = flaggedRows(c, part), benchRows
			apply(b, truth, load)
		}
		obj := c.Objects[0]
		for b.Loop() {
			if got := tally(b, truth, obj, 2, int64(1<<40)); got.Rows != rows || len(got.Shown) != 2 {
				b.Fatalf("%+v", got)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/2M-rows")
	})
}

// flaggedRows are the rows of one part of a large set.
func flaggedRows(c *contract.Contract, part int) record.Stream {
	schema := contract.ArrowSchema(stored(c.Objects[0]))
	return func() (array.RecordReader, error) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		for i := range benchRows {
			n := part*benchRows + i
			b.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("MA%09d", n))
			for j := range 3 {
				b.Field(1 + 3*j).(*array.StringBuilder).Append("trước")
				b.Field(2 + 3*j).(*array.Int64Builder).Append(int64(n * j))
				appendValue(b.Field(3+3*j), "12.34")
			}
			b.Field(10).(*array.BinaryBuilder).Append([]byte("0123456789abcdef"))
			b.Field(11).AppendNull()
			if n%10 == 0 {
				b.Field(12).(*array.StringBuilder).Append("f:chu0 w:so0.range")
			} else {
				b.Field(12).AppendNull()
			}
		}
		return array.NewRecordReader(schema, []arrow.RecordBatch{b.NewRecordBatch()})
	}
}
