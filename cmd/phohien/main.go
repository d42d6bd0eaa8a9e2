// Command phohien is a provincial data platform in one program: it serves the
// pages and the API, and does at the command line what they do, with a running
// server and without one.
//
// The command line is thin: flags in, one call of the API, words and an exit
// code out. Where no server owns the data folder, the same API is asked inside
// this process (see inside.go), so the two cannot differ.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/phohien/phohien/internal/foundation/heap"
)

// version is set when the program is linked.
var version = "dev"

func main() {
	heap.Bound()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command reads and writes: results to out, everything for
// people besides to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// The exit codes; those of load and check are promised in docs/operating.md.
const (
	exitDone       = 0
	exitNothing    = 1 // nothing was done
	exitQuarantine = 2 // done, with rows that did not pass
	exitHeld       = 3 // waits for a person
)

// An exit ends the program with a code after its result has been written.
type exit int

func (e exit) Error() string { return "exit" }
