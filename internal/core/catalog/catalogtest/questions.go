package catalogtest

import (
	"math/rand/v2"
	"strings"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/viet"
)

// Questions are 200 queries of all kinds over entries: two words and eight, a typo,
// no marks, facets alone, being typed, a common word with a facet, an id.
func Questions(entries []catalog.Entry) (all []catalog.Query) {
	r := rand.New(rand.NewPCG(5, 6))
	some := func(n int) string {
		words := strings.Fields(entries[r.IntN(len(entries))].Title)
		n = min(n, len(words))
		from := r.IntN(len(words) - n + 1)
		return strings.Join(words[from:from+n], " ")
	}
	for i := range 200 {
		q := catalog.Query{Sees: func(string) bool { return true }}
		switch i % 8 {
		case 0:
			q.Text = some(2)
		case 1:
			q.Text = some(8)
		case 2: // a typo
			q.Text = some(4)
			if b := []byte(q.Text); len(b) > 6 {
				b[4], b[5] = b[5], b[4]
				q.Text = strings.ToValidUTF8(string(b), "")
			}
		case 3:
			q.Text = viet.Fold(some(3))
		case 4: // facets only
			q.Facets = map[catalog.Facet][]string{catalog.ByAccess: {"open"}, catalog.ByState: {"active"}}
			q.Kinds = []catalog.Kind{catalog.Dataset}
			if i%16 == 4 {
				q.Sort = catalog.ByTitle
			}
		case 5: // being typed
			q.Text, q.Typing = some(3), true
			q.Text = strings.ToValidUTF8(q.Text[:len(q.Text)-1], "")
		case 6: // one common word, with a facet
			q.Text = []string{"xã", "dữ liệu", "hệ thống", "phường", "báo cáo"}[r.IntN(5)]
			q.Facets = map[catalog.Facet][]string{catalog.ByScore: {"a", "b"}}
		case 7:
			q.Text = entries[r.IntN(len(entries))].ID
		}
		all = append(all, q)
	}
	return all
}
