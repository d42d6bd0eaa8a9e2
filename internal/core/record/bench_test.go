package record_test

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

const benchRows = 200_000

// wide has ten columns of common types.
func wide() *contract.Contract {
	columns := []contract.Column{{Name: "ma", Store: "ma", Type: contract.Text}}
	for i := range 3 {
		columns = append(columns,
			contract.Column{Name: fmt.Sprint("chu", i), Store: fmt.Sprint("chu", i), Type: contract.Text},
			contract.Column{Name: fmt.Sprint("so", i), Store: fmt.Sprint("so", i), Type: contract.Integer},
			contract.Column{Name: fmt.Sprint("tien", i), Store: fmt.Sprint("tien", i), Type: contract.Decimal, Precision: 18, Scale: 2})
	}
	return newContract(columns, 0)
}

// wideRows are made once, so that making them is not measured.
func wideRows(c *contract.Contract, value string) record.Stream {
	schema := contract.ArrowSchema(stored(c.Objects[0]))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	var recs []arrow.RecordBatch
	for i := range benchRows {
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("MA%09d", i))
		for j := range 3 {
			b.Field(1 + 3*j).(*array.StringBuilder).Append(value)
			b.Field(2 + 3*j).(*array.Int64Builder).Append(int64(i * j))
			appendValue(b.Field(3+3*j), "12.34")
		}
		b.Field(10).(*array.BinaryBuilder).Append([]byte("0123456789abcdef"))
		b.Field(11).AppendNull()
		b.Field(12).AppendNull()
		if i%8192 == 8191 || i == benchRows-1 {
			recs = append(recs, b.NewRecordBatch())
		}
	}
	return func() (array.RecordReader, error) { return array.NewRecordReader(schema, recs) }
}

func eachEngine(b *testing.B, f func(b *testing.B, truth *record.Truth)) {
	for engine, cfg := range map[string]func(testing.TB) store.Config{store.SQLite: storetest.SQLite, store.Postgres: storetest.Postgres} {
		b.Run(engine, func(b *testing.B) { f(b, record.Open(storetest.Open(b, cfg(b)), nil)) })
	}
}

func perRow(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkTruth_Apply measures a first load and an update of every row.
func BenchmarkTruth_Apply(b *testing.B) {
	c := wide()
	first, second := wideRows(c, "trước"), wideRows(c, "sau")
	eachEngine(b, func(b *testing.B, truth *record.Truth) {
		b.Run("insert", func(b *testing.B) {
			for b.Loop() {
				next := wide()
				bt := batch(next)
				bt.Inserts, bt.Inserted = first, benchRows
				apply(b, truth, bt)
			}
			perRow(b)
		})
		b.Run("update", func(b *testing.B) {
			target := wide()
			bt := batch(target)
			bt.Inserts, bt.Inserted = first, benchRows
			apply(b, truth, bt)
			for b.Loop() {
				bt := batch(target)
				bt.Updates, bt.Updated = second, benchRows
				apply(b, truth, bt)
			}
			perRow(b)
		})
		b.Run("existing", func(b *testing.B) {
			target := wide()
			bt := batch(target)
			bt.Inserts, bt.Inserted = first, benchRows
			apply(b, truth, bt)
			for b.Loop() {
				rr, err := truth.Existing(b.Context(), target.Objects[0])
				if err != nil {
					b.Fatal(err)
				}
				n := int64(0)
				for rr.Next() {
					n += rr.RecordBatch().NumRows()
				}
				if rr.Release(); n != benchRows {
					b.Fatal(n)
				}
			}
			perRow(b)
		})
		b.Run("page", func(b *testing.B) {
			target := wide()
			bt := batch(target)
			bt.Inserts, bt.Inserted = first, benchRows
			apply(b, truth, bt)
			bt = batch(target)
			bt.Updates, bt.Updated = second, benchRows
			apply(b, truth, bt)
			for b.Loop() {
				if list, err := truth.Changes(b.Context(), target.Objects[0], 1, 2, "MA000100000", 100); err != nil || len(list) != 100 {
					b.Fatal(len(list), err)
				}
			}
		})
	})
}
