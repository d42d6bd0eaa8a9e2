//go:build crashpoint

package crashpoint

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

var hits atomic.Int64

// Hit kills the process at once, as a power cut would, when the environment
// asks for this point: PHOHIEN_CRASH names it, PHOHIEN_CRASH_AFTER (default 0)
// says how many times it is passed unharmed first.
func Hit(p Point) {
	if os.Getenv("PHOHIEN_CRASH") != string(p) {
		return
	}
	after, _ := strconv.ParseInt(os.Getenv("PHOHIEN_CRASH_AFTER"), 10, 64)
	if hits.Add(1) > after {
		// SIGKILL cannot be caught: no deferred call, no flush, no clean close.
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
