package usage

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"slices"
	"strings"
)

// A mark is the keyed hash of a personal number.
type mark [16]byte

func (m mark) String() string { return base64.RawURLEncoding.EncodeToString(m[:]) }

func compare(a, b mark) int { return bytes.Compare(a[:], b[:]) }

// forgotten stands in a file where nobody is left to stand.
var forgotten mark

// Subjects collects the persons whose data one use concerns. The numbers are
// hashed as they come and not kept. It belongs to one goroutine.
type Subjects struct {
	mac   hash.Hash
	marks []mark
	buf   [sha256.Size]byte
	even  int // as many marks are sorted and each there once
	full  int // at so many marks they are sorted again
}

// Subjects begins a collection.
func (l *Ledger) Subjects(numbers ...string) *Subjects {
	s := &Subjects{mac: hmac.New(sha256.New, l.key)}
	for _, n := range numbers {
		s.Add(n)
	}
	return s
}

// Add notes a person by the personal number; spaces do not count, and an empty
// number is nobody.
func (s *Subjects) Add(number string) {
	if number = squeeze(number); number == "" {
		return
	}
	s.mac.Reset()
	s.mac.Write([]byte(number))
	s.marks = append(s.marks, mark(s.mac.Sum(s.buf[:0])[:16]))
	// An export may have many rows of each person: keep what is held bounded by
	// persons, not by rows.
	if len(s.marks) >= s.full {
		s.full = max(1<<16, 2*len(s.settle()))
	}
}

func squeeze(number string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '\u00a0' {
			return -1
		}
		return c
	}, number)
}

// settle sorts and leaves each person in once.
func (s *Subjects) settle() []mark {
	if s == nil {
		return nil
	}
	if s.even != len(s.marks) {
		slices.SortFunc(s.marks, compare)
		s.marks = slices.Compact(s.marks)
		s.even = len(s.marks)
	}
	return s.marks
}

// Len is how many persons there are.
func (s *Subjects) Len() int { return len(s.settle()) }
