package contract_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
)

// shelf lists so many contracts, and fails when it is asked behind one of them.
type shelf struct {
	n     int
	fails string
	asked int
}

func (s *shelf) List(_ context.Context, after string, limit int) (list []*contract.Contract, err error) {
	if s.asked++; after != "" && after == s.fails {
		return nil, errors.New("no list")
	}
	for i := range s.n {
		if id := fmt.Sprintf("c%05d", i); id > after && len(list) < limit {
			list = append(list, &contract.Contract{ID: id})
		}
	}
	return list, nil
}

// TestAll: each contract once and in order, over the edges of pages; an error
// ends it, and so does whoever has seen enough.
func TestAll(t *testing.T) {
	for _, n := range []int{0, 1, 499, 500, 501, 1000, 1234} {
		s, seen := &shelf{n: n}, 0
		for c, err := range contract.All(t.Context(), s) {
			if err != nil || c.ID != fmt.Sprintf("c%05d", seen) {
				t.Fatalf("%d: %v, %v after %d", n, c, err, seen)
			}
			seen++
		}
		if seen != n || s.asked != n/500+1 {
			t.Errorf("%d: %d seen, asked %d times", n, seen, s.asked)
		}
	}
	seen, failed := 0, 0
	for c, err := range contract.All(t.Context(), &shelf{n: 900, fails: "c00499"}) {
		if err != nil && c == nil {
			failed++
			continue
		}
		seen++
	}
	if seen != 500 || failed != 1 {
		t.Errorf("%d seen, %d failures", seen, failed)
	}
	s := &shelf{n: 900}
	for range contract.All(t.Context(), s) {
		break
	}
	if s.asked != 1 {
		t.Errorf("asked %d times for one", s.asked)
	}
}
