//go:build duckdb_arrow

package columns_test

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// Rows keep their values and their order, however small the batches they come
// in, on all threads and on one.
func TestBatchesOfAllSizes(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}, {Name: "t", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	var batches []arrow.RecordBatch
	rows := int64(0)
	for _, size := range []int{1, 0, 700, 20_000, 3, 9_000, 16_384, 2_048, 130_000, 5} {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for range size {
			rows++
			b.Field(0).(*array.Int64Builder).Append(rows)
			if rows%7 == 0 {
				b.Field(1).AppendNull()
			} else {
				b.Field(1).(*array.StringBuilder).Append("dòng")
			}
		}
		batches = append(batches, b.NewRecordBatch())
		b.Release()
	}
	db, err := columns.Open(t.Context(), columns.Options{Path: t.TempDir() + "/t.duckdb", TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, add := range map[string]func(array.RecordReader, columns.Table) (int64, error){
		"all":  func(rr array.RecordReader, to columns.Table) (int64, error) { return c.Append(t.Context(), rr, to) },
		"slim": func(rr array.RecordReader, to columns.Table) (int64, error) { return c.AppendSlim(t.Context(), rr, to) },
	} {
		to := columns.Table{Name: name}
		ddl, err := columns.CreateTable(to, schema)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(t.Context(), ddl); err != nil {
			t.Fatal(err)
		}
		rr, err := array.NewRecordReader(schema, batches)
		if err != nil {
			t.Fatal(err)
		}
		n, err := add(rr, to)
		rr.Release()
		if err != nil || n != rows {
			t.Errorf("%s: %d rows of %d, %v", name, n, rows, err)
		}
		var wrong int64
		err = c.Row(t.Context(), "SELECT count(*) FROM "+to.SQL()+" WHERE n <> rowid + 1 OR (n % 7 = 0) <> (t IS NULL)").Scan(&wrong)
		if err != nil || wrong > 0 {
			t.Errorf("%s: %d rows are elsewhere or others, %v", name, wrong, err)
		}
		// At a checkpoint DuckDB puts together what is not full, in memory.
		var groups, short int64
		err = c.Row(t.Context(), fmt.Sprintf(`SELECT count(*), count(*) FILTER (n <> %d) FROM
			(SELECT row_group_id, sum(count) AS n FROM pragma_storage_info('%s') WHERE column_id = 0 AND segment_type = 'BIGINT' GROUP BY ALL)`, columns.RowGroup, name)).Scan(&groups, &short)
		if err != nil || groups != (rows+columns.RowGroup-1)/columns.RowGroup || short > 1 {
			t.Errorf("%s: %d rows lie in %d row groups, %d of them are not full, %v", name, rows, groups, short, err)
		}
	}
}
