package heap

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// floor is up to how many bytes Go's heap may grow before anything is collected.
// A server at rest has some ten megabytes alive, and collected them sixteen times
// a second while it answered short questions: a tenth of its work.
const floor = 48 << 20

// usual is how much a heap may grow beyond what is alive, in per cent. A load of
// a million rows has 25 to 40 MB alive; Go's own hundred would add 15 MB to its
// peak and spare no time that can be measured.
const usual = 70

// Seldom has Go collect no earlier than at the floor; beyond it as usual. It is
// called when a server starts, unless GOGC says something else.
func Seldom() { again(&sentinel{}) }

// A sentinel is collected in each round, and adjusts the next one.
type sentinel struct{ _ *byte }

func again(s *sentinel) {
	debug.SetGCPercent(percent(alive()))
	runtime.SetFinalizer(s, again)
}

// alive is how many bytes the last round found in use.
func alive() int64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}

// percent is how much may be added to what is alive.
func percent(alive int64) int {
	return max(usual, int(100*floor/max(alive, floor/16))-100)
}
