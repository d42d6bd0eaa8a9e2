package record

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Values reads the distinct present values of one column of the current rows,
// with the first and last day on which their rows are valid; from and to are
// positions of date columns, -1 = always. The schema names the three columns
// of the answer. Rules that refer to another data set compare with it.
func (t *Truth) Values(ctx context.Context, obj *contract.Object, schema *arrow.Schema, column, from, to int) (array.RecordReader, error) {
	rr, err := t.stream(ctx, obj, schema, func(tab *table) (string, error) {
		// A column that a newer contract has added is not there before its first
		// batch; SQLite would take its quoted name for a text.
		have := tab.byName()
		there := func(c int) bool {
			_, ok := have[obj.Columns[c].Store]
			return ok
		}
		day := func(c int) string {
			if c >= 0 && obj.Columns[c].Type == contract.Date && there(c) {
				return store.Quote(obj.Columns[c].Store)
			}
			if tab.engine == store.Postgres {
				return "CAST(NULL AS date)"
			}
			return "NULL"
		}
		name := store.Quote(obj.Columns[column].Store)
		if !there(column) {
			name = null(tab.engine, obj.Columns[column].Fields(column)[0])
		}
		return `SELECT DISTINCT ` + name + ` AS "value", ` + day(from) + ` AS "valid_from", ` + day(to) + ` AS "valid_to" FROM ` + tab.name() +
			` WHERE ` + name + ` IS NOT NULL`, nil
	})
	if err != nil || !obj.Columns[column].Sealed {
		return rr, err
	}
	return newRecoder(rr, []string{"value"}, t.texts.Open), nil
}
