package plan

import (
	"slices"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Shelf holds documents by how they rest on one another.
type Shelf struct {
	all   []Document
	at    map[string]int
	bases map[string][]string // by code: what a document rests on
	Loops [][]string          // documents that rest on one another in a circle; their ties are left out
}

// NewShelf orders documents. Ties to documents that are not there are left out; those
// that close a circle are kept as Loops, so that one wrong row does not take the rest.
func NewShelf(all []Document) *Shelf {
	s := &Shelf{all: all, at: make(map[string]int, len(all)), bases: map[string][]string{}}
	for i := range all {
		s.at[all[i].ID] = i
	}
	for i := range all {
		for _, above := range all[i].Supports {
			if _, ok := s.at[above]; !ok {
				continue
			}
			if path := s.path(all[i].ID, above, map[string]bool{}); path != nil {
				s.Loops = append(s.Loops, path)
				continue
			}
			s.bases[above] = append(s.bases[above], all[i].ID)
		}
	}
	return s
}

// path leads from a document down its bases to another, nil where it does not: a tie
// from the second to the first would close a circle. seen are those from which no way
// leads there.
func (s *Shelf) path(from, to string, seen map[string]bool) []string {
	if from == to {
		return []string{from}
	}
	if seen[from] {
		return nil
	}
	seen[from] = true
	for _, next := range s.bases[from] {
		if rest := s.path(next, to, seen); rest != nil {
			return append([]string{from}, rest...)
		}
	}
	return nil
}

// Find gives a document; one that is not known is a fault "plan.unknown".
func (s *Shelf) Find(id string) (*Document, error) {
	i, ok := s.at[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "plan.unknown", id)
	}
	return &s.all[i], nil
}

// Name is what a document is called; its code when it is not known.
func (s *Shelf) Name(id string) string {
	if i, ok := s.at[id]; ok {
		return s.all[i].Name()
	}
	return id
}

// Bases are the documents that one rests on, in the order of codes.
func (s *Shelf) Bases(id string) []*Document { return s.docs(s.bases[id]) }

// Below are the plans that rest on a document.
func (s *Shelf) Below(id string) []*Document {
	i, ok := s.at[id]
	if !ok {
		return nil
	}
	var ids []string
	for _, above := range s.all[i].Supports {
		if slices.Contains(s.bases[above], id) {
			ids = append(ids, above)
		}
	}
	return s.docs(ids)
}

func (s *Shelf) docs(ids []string) (all []*Document) {
	for _, id := range slices.Sorted(slices.Values(ids)) {
		all = append(all, &s.all[s.at[id]])
	}
	return all
}

// Plans are the documents that have tasks, targets or duties.
func (s *Shelf) Plans() (all []*Document) {
	for i := range s.all {
		if s.all[i].Plan {
			all = append(all, &s.all[i])
		}
	}
	return all
}

// Own reports whether a plan is one of the province: issued there. Without a province
// all are.
func (d *Document) Own(province string) bool { return province == "" || d.Province == province }

// A Tally counts tasks by their states.
type Tally map[State]int

// Of is the number of tasks counted.
func (t Tally) Of() (n int) {
	for _, one := range t {
		n += one
	}
	return n
}
