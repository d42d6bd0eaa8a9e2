//go:build duckdb_arrow

package columns

import (
	"maps"
	"slices"
)

// Functions lists the guard's functions.
func Functions() []string { return slices.Sorted(maps.Keys(functions())) }

// Changing reports whether a function keeps a question from being steady.
func Changing(name string) bool { return changing[name] }
