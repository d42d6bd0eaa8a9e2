//go:build duckdb_arrow && linux

package columns

// DuckDB's bindings have the linker list every symbol of the program for
// extensions that are loaded at run time. None ever is, and the list is 7 MB,
// which the loader reads through at each start.

// #cgo LDFLAGS: -Wl,--no-export-dynamic
import "C"
