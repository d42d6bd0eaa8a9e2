package units

import (
	"cmp"
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// Search finds units by a code or by a name as people type it, with or without
// marks and type words; what stands behind a comma names a parent. Those whose
// name is written just so come first, then those with the tone mark elsewhere,
// then those that need the marks to be added, then those that only contain the
// words. on may be NoDay for all times.
func (ix *Index) Search(text string, on viet.Date, limit int) []Unit {
	name, parents, _ := strings.Cut(tidy(text), ",")
	k := keysOf(name)
	if k.ascii == "" || limit <= 0 {
		return nil
	}
	parent := keysOf(parents).ascii
	typed := map[Level][]reading{} // "TT. Văn Giang"
	for level := range depth {
		typed[level] = readings(level, name, false)[1:]
	}
	type hit struct{ at, rank int }
	var hits []hit
	for i := range ix.units {
		u := &ix.units[i]
		if !u.ValidOn(on) || parent != "" && !strings.Contains(ix.paths[i], parent) {
			continue
		}
		if rank := ix.rank(i, k, typed[u.Level]); rank >= 0 {
			hits = append(hits, hit{i, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		x, y := &ix.units[a.at], &ix.units[b.at]
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(depth[x.Level], depth[y.Level]),
			cmp.Compare(int64(y.From), int64(x.From)), cmp.Compare(viet.SortKey(x.Name), viet.SortKey(y.Name)), cmp.Compare(x.Code, y.Code))
	})
	found := make([]Unit, 0, min(limit, len(hits)))
	for _, h := range hits[:min(limit, len(hits))] {
		found = append(found, ix.units[h.at])
	}
	return found
}

var depth = map[Level]int{Province: 0, District: 1, Commune: 2, Village: 3}

// rank says how well a unit answers a search, -1 for not at all.
func (ix *Index) rank(i int, k keys, typed []reading) int {
	u, have, full := &ix.units[i], &ix.keys[i], &ix.fulls[i]
	if digits(k.exact) && len(k.exact) > 1 {
		switch {
		case u.Code == k.exact:
			return 0
		case strings.HasPrefix(u.Code, k.exact):
			return 5
		}
	}
	switch {
	case k.exact == have.exact || k.exact == full.exact:
		return 0
	case k.tone == have.tone || k.tone == full.tone:
		return 1
	case k.ascii == have.ascii || k.ascii == full.ascii:
		return 2
	case !strings.Contains(full.ascii, k.ascii):
		for j := range typed {
			if typed[j].fits(u, have) < fitNear {
				return 2
			}
		}
		return -1
	case strings.Contains(full.tone, k.tone):
		return 3
	}
	return 4
}
