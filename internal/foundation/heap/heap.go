// Package heap sets how the process uses memory. It keeps in bounds what the
// libraries in C hold of memory that they do not use: SQLite, and the smaller
// things of DuckDB, take theirs from glibc, which by itself gives eight heaps to
// each processor and gives little back. Go's own heap it keeps small while much is
// alive, and has it collected seldom while little is.
package heap

// #include "heap.h"
import "C"

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Bound lets C share as many heaps as there are processors, and Go's heap grow by
// as much as is usual here, unless GOGC says something else. It is called when the
// program starts, before other threads are.
func Bound() {
	C.ph_heap_bound(C.int(runtime.NumCPU()))
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(usual)
	}
}

// pause is the least time between two rounds of Trim: one takes some ten
// milliseconds, and what is let go has to be fetched again.
const pause = 10 * time.Second

var last atomic.Int64 // nanoseconds of the last round

// Trim gives back to the system what C has free, after work that took a lot; at
// most every ten seconds, behind the caller's back.
func Trim() {
	now := time.Now().UnixNano()
	before := last.Load()
	if now-before < int64(pause) || !last.CompareAndSwap(before, now) {
		return
	}
	go C.ph_heap_trim()
}
