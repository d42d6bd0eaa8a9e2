//go:build !duckdb_arrow

package parquet

// DuckDB's Arrow interface is compiled in by a tag; this line is the error
// that a build without it shows.
var _ = build_with_tags_duckdb_arrow
