package quality

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

// mostRan bounds what is remembered of trials; when it is full it starts again.
const mostRan = 4096

// ran are the programs whose trial has passed in this process. A trial depends on
// nothing but the program, and one contract is tried when its pack is looked at,
// planned, installed and looked at again: a third of a second each time.
var ran = programs{by: map[[sha256.Size]byte]bool{}}

type programs struct {
	mu sync.Mutex
	by map[[sha256.Size]byte]bool
}

func (s *programs) has(p [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[p]
}

func (s *programs) add(p [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= mostRan {
		clear(s.by)
	}
	s.by[p] = true
}

// digest sums up all that a trial of the program runs: the columns of its
// rows, the tables that rules compare with, and each rule as it stands in SQL.
func (p *Program) digest() [sha256.Size]byte {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n%+v\n", p.pass(), p.streamFields())
	for _, n := range p.needs {
		fmt.Fprintf(sum, "%q %q %+v\n", n.Table, n.CodeList, n.Type.Fields(0))
	}
	for i, r := range p.Rules {
		fmt.Fprintf(sum, "%q %q %q\n", r.Kind, r.SQL, p.breaks[i])
	}
	return [sha256.Size]byte(sum.Sum(nil))
}
