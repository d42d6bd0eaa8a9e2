package termdesk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// A Query is what is looked for among the terms.
type Query struct {
	Words string           // with or without marks
	Group string           // "" = all
	State dictionary.State // "" = in force
}

// A Count is a group with how many of the terms found stand in it.
type Count struct {
	Value string
	N     int
}

// Find looks for versions: those whose title or synonyms say the words before
// those whose definition does, then in the order of the Vietnamese alphabet.
// groups counts what each group would give.
func (d *Desk) Find(ctx context.Context, q Query) (found []*dictionary.TermVersion, groups []Count, err error) {
	all, err := d.in(ctx, q.State)
	if err != nil {
		return nil, nil, err
	}
	words := wordsOf(q.Words)
	counts, ranks := map[string]int{}, map[*dictionary.TermVersion]int{}
	for _, v := range all {
		rank := rankOf(v.Term, words)
		if rank < 0 {
			continue
		}
		counts[v.Group]++
		if q.Group == "" || v.Group == q.Group {
			found = append(found, v)
			ranks[v] = rank
		}
	}
	if _, there := counts[q.Group]; q.Group != "" && !there {
		counts[q.Group] = 0 // what is chosen stays on the page
	}
	keys := make(map[*dictionary.TermVersion]string, len(found))
	for _, v := range found {
		keys[v] = viet.SortKey(v.Title)
	}
	slices.SortStableFunc(found, func(a, b *dictionary.TermVersion) int {
		return cmp.Or(cmp.Compare(ranks[a], ranks[b]), cmp.Compare(keys[a], keys[b]), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Digest, b.Digest))
	})
	for value, n := range counts {
		groups = append(groups, Count{value, n})
	}
	slices.SortFunc(groups, func(a, b Count) int { return cmp.Compare(viet.SortKey(a.Value), viet.SortKey(b.Value)) })
	return found, groups, nil
}

// in lists the versions in a state.
func (d *Desk) in(ctx context.Context, s dictionary.State) ([]*dictionary.TermVersion, error) {
	if s == "" || s == dictionary.Published {
		book, err := d.Terms.Book(ctx)
		if err != nil {
			return nil, err
		}
		all := make([]*dictionary.TermVersion, len(book.Terms()))
		for i, t := range book.Terms() {
			all[i] = &dictionary.TermVersion{Term: t, State: dictionary.Published}
		}
		return all, nil
	}
	if !public(s) && !door.From(ctx).Known() {
		return nil, door.NotSignedIn()
	}
	return d.Terms.TermsIn(ctx, s)
}

// Underway are the versions on their way to publication, for whoever has an
// account; none for others.
func (d *Desk) Underway(ctx context.Context) ([]*dictionary.TermVersion, error) {
	if !door.From(ctx).Known() {
		return nil, nil
	}
	return d.Terms.TermsIn(ctx, dictionary.Proposed, dictionary.Reviewed, dictionary.Consulted, dictionary.Approved)
}

// wordsOf are the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(viet.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// rankOf is how well a term fits folded words, the least best; -1: not at all.
func rankOf(t *dictionary.Term, words []string) int {
	if len(words) == 0 {
		return 0
	}
	says := func(texts ...string) bool {
		have := wordsOf(strings.Join(texts, "\n"))
		return !slices.ContainsFunc(words, func(w string) bool {
			return !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(h, w) })
		})
	}
	title, asked := strings.Join(wordsOf(t.Title), " "), strings.Join(words, " ")
	switch {
	case title == asked:
		return 0
	case strings.HasPrefix(title, asked):
		return 1
	case says(t.Title, t.TitleEn, t.ID):
		return 2
	case says(append([]string{t.Title, t.Name, t.NameEn, t.TechnicalName}, t.Synonyms...)...):
		return 3
	case says(append([]string{t.Title, t.TitleEn, t.Name, t.NameEn, t.Definition, t.DefinitionEn, t.Usage, t.Group, t.Classification}, t.Synonyms...)...):
		return 4
	}
	return -1
}
