package catalog

import (
	"cmp"
	"slices"
)

// A Count is how many entries have a value of a facet.
type Count struct {
	Value string
	Name  string // of the owner; otherwise ""
	N     int
}

// mostCounts is how many values of a facet are counted out, besides the chosen.
const mostCounts = 100

// choice is what is chosen in a facet; nil when nothing is.
func (q *Query) choice(f Facet) []string {
	chosen := q.Facets[f]
	if f == ByKind && len(q.Kinds) > 0 {
		chosen = slices.Clone(chosen)
		for _, k := range q.Kinds {
			chosen = append(chosen, string(k))
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	return chosen
}

// narrow keeps what is chosen in all facets, and counts each facet over what is
// chosen in the others: what one would get by choosing there.
func (s *search) narrow(all []scored) ([]scored, map[Facet][]Count) {
	var choices [len(facets)][]string
	for f, facet := range facets {
		choices[f] = s.q.choice(facet)
	}
	type table struct {
		chosen [len(facets)][]bool // of each value; nil when nothing is chosen
		n      [len(facets)][]int
	}
	tables := make([]table, len(s.x.segments))
	for si, seg := range s.x.segments {
		for f := range facets {
			tables[si].n[f] = make([]int, len(seg.names[f]))
			if choices[f] != nil {
				chosen := make([]bool, len(seg.names[f]))
				for v, name := range seg.names[f] {
					chosen[v] = slices.Contains(choices[f], name)
				}
				tables[si].chosen[f] = chosen
			}
		}
	}
	kept := make([]scored, 0, len(all))
	for _, h := range all {
		si, i := s.x.find(h.doc)
		seg, t := s.x.segments[si], &tables[si]
		against, which, values := 0, 0, &seg.values[i]
		for f, v := range values {
			if t.chosen[f] != nil && !t.chosen[f][v] {
				against++
				which = f
			}
		}
		switch against {
		case 0:
			for f, v := range values {
				t.n[f][v]++
			}
			kept = append(kept, h)
		case 1:
			t.n[which][values[which]]++
		}
	}
	counts := make(map[Facet][]Count, len(facets))
	for f, facet := range facets {
		sum := map[string]Count{}
		for si, seg := range s.x.segments {
			for v, n := range tables[si].n[f] {
				if n == 0 {
					continue
				}
				c := sum[seg.names[f][v]]
				c.Value, c.N = seg.names[f][v], c.N+n
				if facet == ByOwner && c.Name == "" {
					c.Name = seg.owners[v]
				}
				sum[c.Value] = c
			}
		}
		counts[facet] = ordered(sum, choices[f])
	}
	return kept, counts
}

// ordered lists counts, the most first. What is chosen is listed in any case, be
// it with none.
func ordered(sum map[string]Count, chosen []string) []Count {
	all := make([]Count, 0, len(sum))
	for _, v := range chosen {
		if _, ok := sum[v]; !ok {
			sum[v] = Count{Value: v}
		}
	}
	for _, c := range sum {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	if len(all) <= mostCounts {
		return all
	}
	rest := slices.DeleteFunc(slices.Clone(all[mostCounts:]), func(c Count) bool { return !slices.Contains(chosen, c.Value) })
	return append(all[:mostCounts], rest...)
}
