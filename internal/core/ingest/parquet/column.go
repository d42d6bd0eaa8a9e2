//go:build duckdb_arrow

package parquet

import (
	"math"
	"strings"

	"github.com/phohien/phohien/internal/core/ingest/cells"
	"github.com/phohien/phohien/internal/foundation/columns"
)

// A column is how DuckDB is asked for a column.
type column struct {
	sql    string
	binary bool // bytes, not read
}

// columnOf decides how a column of DuckDB's type becomes text. Geometry of
// GeoParquet has a type of its own, whose text is WKT.
func columnOf(name, kind string) column {
	q := columns.QuoteIdent(name)
	as := func(sql string) column { return column{sql: sql} }
	switch {
	case strings.HasSuffix(kind, "]") || strings.HasPrefix(kind, "STRUCT") || strings.HasPrefix(kind, "MAP") || strings.HasPrefix(kind, "UNION"):
		return as("CAST(to_json(" + q + ") AS VARCHAR)")
	case kind == "BLOB":
		return column{q, true}
	case kind == "DOUBLE":
		return as(q)
	case kind == "FLOAT": // by its own shortest spelling: 0.1, not 0.10000000149
		return as("CAST(CAST(" + q + " AS VARCHAR) AS DOUBLE)")
	case strings.HasPrefix(kind, "DECIMAL") && strings.HasSuffix(kind, ",3)"): // 1.234 could be a thousand
		return as("CAST(" + q + " AS VARCHAR) || '0'")
	case kind == "TIMESTAMP WITH TIME ZONE":
		local := "strftime((" + q + " AT TIME ZONE 'UTC') + INTERVAL 7 HOUR, '%Y-%m-%dT%H:%M:%S.%f')"
		// Beyond the ends of the calendar DuckDB cannot add.
		return as("coalesce(TRY(rtrim(rtrim(" + local + ", '0'), '.') || '+07:00'), CAST(" + q + " AS VARCHAR))")
	}
	return as("CAST(" + q + " AS VARCHAR)")
}

// appendFloat spells a number; what is none stays visible as text.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return cells.AppendNumber(dst, f)
}
