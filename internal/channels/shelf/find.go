package shelf

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/score"
	"github.com/phohien/phohien/viet"
)

// A Facet is one way to narrow the list.
type Facet string

// The facets, in the order in which they are offered.
const (
	Owner      Facet = "owner"
	Band       Facet = "band"
	Access     Facet = "access"
	Provenance Facet = "provenance"
	Pack       Facet = "pack"
	Has        Facet = "has"       // place, time
	Described  Facet = "catalogue" // complete, lacking: the required fields of the catalogue
)

// Facets are all of them.
func Facets() []Facet { return []Facet{Owner, Band, Access, Provenance, Pack, Has, Described} }

// Unset stands in an address for a facet's empty value: no owner is named,
// nobody has classified.
const Unset = "-"

// values are what an entry is counted under.
func (e Entry) values(f Facet) []string {
	one := func(v string) []string {
		if v == "" {
			v = Unset
		}
		return []string{v}
	}
	switch f {
	case Owner:
		return one(e.Owner)
	case Band:
		return one(e.Score.Band)
	case Access:
		return one(e.Access)
	case Provenance:
		return one(string(e.Contract.Provenance.Kind))
	case Pack:
		return one(e.Pack)
	case Described:
		if e.Lacks > 0 {
			return one(Lacking)
		}
		return one(Complete)
	}
	var all []string
	if e.card.place {
		all = append(all, "place")
	}
	if e.card.time {
		all = append(all, "time")
	}
	return all
}

// The orders.
const (
	ByName    = "name"
	ByScore   = "score"   // the lowest first, those that are not measured last
	ByUpdated = "updated" // the newest first
)

// Orders are all of them; the first is the usual one.
func Orders() []string { return []string{ByName, ByScore, ByUpdated} }

// A Query is what is asked of the list.
type Query struct {
	Words  string
	Facets map[Facet]string // "" or absent: all
	Order  string
}

// Read reads a query from an address.
func Read(v url.Values) Query {
	q := Query{Words: strings.TrimSpace(v.Get("q")), Facets: map[Facet]string{}, Order: v.Get("sort")}
	for _, f := range Facets() {
		if value := v.Get(string(f)); value != "" {
			q.Facets[f] = value
		}
	}
	if !slices.Contains(Orders(), q.Order) {
		q.Order = ByName
	}
	return q
}

// Narrows reports whether anything is left out.
func (q Query) Narrows() bool { return q.Words != "" || len(q.Facets) > 0 }

// An Option is a value of a facet with how many entries have it, if the other
// facets stay as they are.
type Option struct {
	Value string
	Count int
}

// Find narrows and orders entries, and counts what each facet would give.
func Find(all []Entry, q Query) (found []Entry, options map[Facet][]Option) {
	counts := map[Facet]map[string]int{}
	for _, f := range Facets() {
		counts[f] = map[string]int{}
		if v := q.Facets[f]; v != "" {
			counts[f][v] = 0 // what is chosen stays on the page
		}
	}
	words := strings.Fields(viet.Fold(q.Words))
	for _, e := range all {
		if !e.says(words) {
			continue
		}
		misses := q.misses(e)
		if len(misses) == 0 {
			found = append(found, e)
		}
		for _, f := range Facets() {
			if len(misses) == 0 || len(misses) == 1 && misses[0] == f {
				for _, v := range e.values(f) {
					counts[f][v]++
				}
			}
		}
	}
	sorted(found, q.Order)
	options = map[Facet][]Option{}
	for f, by := range counts {
		for value, n := range by {
			options[f] = append(options[f], Option{value, n})
		}
		slices.SortFunc(options[f], func(a, b Option) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	}
	return found, options
}

// says reports whether every word stands in the entry's texts.
func (e Entry) says(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e.card.texts, w) })
}

// misses are the facets by which an entry is left out.
func (q Query) misses(e Entry) (all []Facet) {
	for f, v := range q.Facets {
		if !slices.Contains(e.values(f), v) {
			all = append(all, f)
		}
	}
	return all
}

func sorted(list []Entry, order string) {
	slices.SortStableFunc(list, func(a, b Entry) int {
		by := 0
		switch order {
		case ByScore:
			by = cmp.Compare(lowest(a.Score), lowest(b.Score))
		case ByUpdated:
			by = b.Changed.Compare(a.Changed)
		}
		return cmp.Or(by, cmp.Compare(a.card.order, b.card.order), cmp.Compare(a.ID, b.ID))
	})
}

// lowest orders scores, those that are not measured last.
func lowest(s score.Score) float64 {
	if s.Overall == nil {
		return 101
	}
	return *s.Overall
}
