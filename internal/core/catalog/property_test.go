package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/catalog/catalogtest"
	"github.com/phohien/phohien/viet"
)

func made(t testing.TB, n int, seed uint64) []catalog.Entry {
	t.Helper()
	entries, err := catalogtest.Entries(n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func everyone(string) bool { return true }

// folded is a text as the naive search of the next test looks at it: words
// between blanks.
func folded(text string) string {
	return " " + strings.Join(strings.FieldsFunc(viet.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

// Whatever has all words of a search in its title, names, codes or text is found.
func TestSearch_FindsWhatNaiveFinds(t *testing.T) {
	entries := made(t, 2000, 3)
	x := build(t, entries...)
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = folded(strings.Join(append(append([]string{e.Title, e.TitleEn, e.Text, e.ID, e.Owner.Name}, e.Keywords...), e.Codes...), " \n "))
	}
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 1500 {
		words := strings.Fields(texts[r.IntN(len(texts))])
		var query []string
		switch n := 1 + r.IntN(min(4, len(words))); r.IntN(2) {
		case 0: // words that follow each other
			from := r.IntN(len(words) - n + 1)
			query = words[from : from+n]
		default:
			for range n {
				query = append(query, words[r.IntN(len(words))])
			}
		}
		text := strings.Join(query, " ")
		if r.IntN(3) == 0 {
			text = strings.ToUpper(text)
		}
		have := map[string]bool{}
		for at := 0; ; at += 1000 {
			page := x.Search(catalog.Query{Text: text, Sees: everyone, Limit: 1000, Offset: at})
			for _, h := range page.Hits {
				have[string(h.Entry.Kind)+h.Entry.ID] = true
			}
			if len(page.Hits) == 0 {
				break
			}
		}
		for i, e := range entries {
			naive := true
			for _, w := range query {
				naive = naive && strings.Contains(texts[i], " "+w+" ")
			}
			if naive && !have[string(e.Kind)+e.ID] {
				t.Fatalf("%q does not find %s %q %q", text, e.ID, e.Title, e.Text)
			}
			if naive {
				found++
			}
		}
	}
	if found < 1500 {
		t.Errorf("the naive search found %d: each query is from an entry", found)
	}
}

// However an index came about, the same entries give the same answers.
func TestUpdate_SameAsBuild(t *testing.T) {
	pool := made(t, 1900, 11)
	pool = pool[1300:] // some of the packs, most made up
	queries := []catalog.Query{
		{Limit: 100}, {Text: "dữ liệu"}, {Text: "du lieu xa"}, {Text: "csdl quốc gia"}, {Text: "hệ thốngg quản lý"}, {Text: "danh mục ch", Typing: true},
		{Text: "xã hội xyzqwk phường"}, {Text: "bo-du-lieu-0018"}, {Text: "phường", Sort: catalog.ByTitle}, {Text: "kết quả", Sort: catalog.Newest},
		{Text: "số", Kinds: []catalog.Kind{catalog.Column}}, {Text: `"dữ liệu"`}, {Text: "nhimệ vụ"},
	}
	rapid.Check(t, func(t *rapid.T) {
		have := map[catalog.Ref]catalog.Entry{}
		put := func(e catalog.Entry) { have[e.Ref()] = e }
		start := pool[:rapid.IntRange(0, len(pool)).Draw(t, "start")]
		for _, e := range start {
			put(e)
		}
		x, err := catalog.Build(start)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "updates") {
			changed := map[catalog.Ref]catalog.Entry{}
			for range rapid.IntRange(0, 40).Draw(t, "changed") {
				e := pool[rapid.IntRange(0, len(pool)-1).Draw(t, "which")]
				if rapid.Bool().Draw(t, "renamed") {
					e.Title = pool[rapid.IntRange(0, len(pool)-1).Draw(t, "title")].Title
				}
				changed[e.Ref()] = e
			}
			var removed []catalog.Ref
			for range rapid.IntRange(0, 300).Draw(t, "removed") {
				removed = append(removed, pool[rapid.IntRange(0, len(pool)-1).Draw(t, "which")].Ref())
			}
			for _, ref := range removed {
				delete(have, ref)
			}
			var list []catalog.Entry
			for _, e := range changed {
				list = append(list, e)
				put(e)
			}
			before := x.Len()
			next, err := x.Update(list, removed)
			if err != nil {
				t.Fatal(err)
			}
			if x.Len() != before {
				t.Fatal("the old index has changed")
			}
			x = next
		}
		var all []catalog.Entry
		for _, e := range have {
			all = append(all, e)
		}
		slices.SortFunc(all, func(a, b catalog.Entry) int { return strings.Compare(string(a.Kind)+a.ID, string(b.Kind)+b.ID) })
		fresh, err := catalog.Build(all)
		if err != nil {
			t.Fatal(err)
		}
		if x.Len() != fresh.Len() {
			t.Fatalf("%d entries, want %d", x.Len(), fresh.Len())
		}
		for _, q := range queries {
			q.Sees = everyone
			if got, want := told(x.Search(q)), told(fresh.Search(q)); got != want {
				t.Fatalf("%q:\n%s\nwant\n%s", q.Text, got, want)
			}
			if got, want := fmt.Sprint(x.Suggest(q)), fmt.Sprint(fresh.Suggest(q)); len(got) != len(want) {
				t.Fatalf("%q suggests\n%s\nwant\n%s", q.Text, got, want)
			}
		}
		like := catalog.Entry{Title: "Hệ thống quản lý dữ liệu xã", Text: "danh mục"}
		if got, want := matches(x, like), matches(fresh, like); got != want {
			t.Fatalf("like:\n%s\nwant\n%s", got, want)
		}
		for ref, e := range have {
			if got, ok := x.Entry(ref); !ok || !reflect.DeepEqual(*got, e) {
				t.Fatalf("%v is %v", ref, got)
			}
		}
	})
}

func told(r catalog.Result) string {
	var b strings.Builder
	fmt.Fprintln(&b, r.Total, r.Loose, r.Suggestions)
	for _, h := range r.Hits {
		fmt.Fprintln(&b, h.Entry.Kind, h.Entry.ID, h.Entry.Title, h.Score, h.Title, h.Text, h.In)
	}
	for _, f := range catalog.AllFacets() {
		for _, c := range r.Facets[f] {
			fmt.Fprint(&b, f, c.Value, c.N, " ")
		}
	}
	return b.String()
}

func matches(x *catalog.Index, e catalog.Entry) string {
	var b strings.Builder
	for _, m := range x.Similar(e, catalog.Like{Sees: everyone, Limit: 10}) {
		fmt.Fprintln(&b, m.Entry.ID, m.Entry.Title, m.Measure, m.Same, m.Shared)
	}
	return b.String()
}

// Enough changes and the whole is put in order again.
func TestUpdate_Many(t *testing.T) {
	entries := made(t, 6000, 5)
	x := build(t, entries[:5000]...)
	for at := 5000; at < 6000; at += 100 {
		next, err := x.Update(entries[at:at+100], []catalog.Ref{entries[at-5000].Ref()})
		if err != nil {
			t.Fatal(err)
		}
		x = next
	}
	if x.Len() != 5990 {
		t.Errorf("%d entries", x.Len())
	}
	if _, ok := x.Entry(entries[0].Ref()); ok {
		t.Error("what was removed is there")
	}
	if _, ok := x.Entry(entries[5999].Ref()); !ok {
		t.Error("what was added is not there")
	}
}

// Readers see one state or the next.
func TestCatalog_ManyReaders(t *testing.T) {
	c := catalog.New()
	if r := c.Search(catalog.Query{Text: "dữ liệu"}); r.Total != 0 || c.Suggest(catalog.Query{Text: "d"}) != nil || c.Similar(catalog.Entry{Title: "dữ liệu"}, catalog.Like{}) != nil {
		t.Error("there is something in nothing")
	}
	entries := titled("Dữ liệu một", "Dữ liệu hai")
	if err := c.Replace(entries); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if r := c.Search(catalog.Query{Text: "dữ liệu"}); r.Total != 2 {
					t.Errorf("%d: %q", r.Total, titles(r))
					return
				}
			}
		})
	}
	for i := range 60 {
		// One goes, one comes: always two.
		old, next := entries[i%2], entries[i%2]
		next.ID = fmt.Sprint("x", i)
		if err := c.Update([]catalog.Entry{next}, []catalog.Ref{old.Ref()}); err != nil {
			t.Fatal(err)
		}
		entries[i%2] = next
	}
	close(stop)
	readers.Wait()
	if err := c.Update([]catalog.Entry{{Title: "no id"}}, nil); err == nil || c.Index().Len() != 2 {
		t.Errorf("%v, %d entries", err, c.Index().Len())
	}
	if err := c.Replace([]catalog.Entry{{Title: "no id"}}); err == nil || c.Index().Len() != 2 {
		t.Errorf("%v, %d entries", err, c.Index().Len())
	}
}
