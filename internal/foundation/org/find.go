package org

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// nameKey is the key by which a name is found: without marks and case, and with
// the words that offices shorten in one form.
func nameKey(name string) string { return short(name, viet.Fold) }

// markedKey tells apart names that differ in their marks alone.
func markedKey(name string) string { return short(name, viet.FoldTone) }

func short(name string, fold func(string) string) string {
	key := fold(name)
	for _, w := range []struct{ long, short string }{
		{"Ủy ban nhân dân", "ubnd"}, {"Hội đồng nhân dân", "hđnd"}, {"Mặt trận Tổ quốc", "mttq"},
	} {
		key = strings.ReplaceAll(key, fold(w.long), fold(w.short))
	}
	return strings.Join(strings.FieldsFunc(key, func(r rune) bool { return strings.ContainsRune(" ,.-–", r) }), " ")
}

// named gives the organisations there on a day that have exactly this name,
// accents and case aside. Among several, those that are written the same with
// accents stand alone.
func (t *tree) named(name string, day viet.Date) []*Org {
	v := t.on(day)
	var same, exact []*Org
	for _, i := range t.names[nameKey(name)] {
		if !v.valid[i] {
			continue
		}
		same = append(same, t.orgs[i])
		if markedKey(t.orgs[i].Name) == markedKey(name) {
			exact = append(exact, t.orgs[i])
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return same
}

// search gives the organisations there on a day that a text may mean, the best
// first: id or code, the name, names that begin with it, names that hold all its
// words.
func (t *tree) search(text string, day viet.Date, limit int) []*Org {
	text = clean(text)
	if text == "" || limit <= 0 {
		return nil
	}
	v := t.on(day)
	var out []*Org
	add := func(o *Org) {
		if len(out) < limit && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	if i, ok := t.index[strings.ToLower(text)]; ok && v.valid[i] {
		add(t.orgs[i])
	}
	for _, o := range t.coded(strings.ToUpper(text), day, true) {
		add(o)
	}
	for _, o := range t.named(text, day) {
		add(o)
	}
	key := nameKey(text)
	words := strings.Fields(key)
	var held []*Org
	for i, o := range t.orgs {
		if !v.valid[i] || len(words) == 0 {
			continue
		}
		switch name := t.keys[i]; {
		case strings.HasPrefix(name, key):
			add(o)
		case len(held) < limit && hasWords(name, words):
			held = append(held, o)
		}
	}
	for _, o := range held {
		add(o)
	}
	return out
}

// hasWords reports whether each of these begins a word of a name.
func hasWords(name string, words []string) bool {
	of := strings.Fields(name)
	return !slices.ContainsFunc(words, func(w string) bool {
		return !slices.ContainsFunc(of, func(n string) bool { return strings.HasPrefix(n, w) })
	})
}
