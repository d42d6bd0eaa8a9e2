//go:build duckdb_arrow

package columns

import (
	"maps"
	"slices"
)

// Functions lists the guard's functions.
func Functions() []string { return slices.Sorted(maps.Keys(functions())) }
