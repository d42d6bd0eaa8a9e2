package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Like says among which entries Similar looks.
type Like struct {
	Kinds []Kind  // none = all
	Limit int     // 0 is 5
	Least float64 // measure below which nothing is told; 0 is 0.2
	Sees  func(sight string) bool
	On    func(*Entry) bool
}

// A Match is an entry like another, as far as names and descriptions tell.
type Match struct {
	Entry   *Entry
	Measure float64  // 0 to 1
	Same    bool     // the folded names are one, abbreviations spelled out: measure 1
	Shared  []string // the reason: words that both have, in the words of what was asked
}

// What Similar takes into account.
const (
	usualMatches = 5
	leastMeasure = 0.2
	mostLooked   = 256  // entries that share the most are compared closely
	wordsPart    = 0.6  // of the likeness of names: single words; the rest is pairs
	textPart     = 0.35 // how far a description closes the gap that names leave
	severalPart  = 3    // what a word weighs that stands for several
	genericPart  = 0.2  // what words of words/common.csv weigh
	nearlySame   = 0.99 // what names that differ reach at most
)

// Similar finds the entries nearest to one that may not exist yet, by name and
// by what it is for, so that nothing is built twice. Only Title, TitleEn,
// Keywords and Text of the entry count; one with its Ref is left out.
//
// With w the weight of a word, its idf and a fifth of that for common ones, and
// D(a, b) = 2 Σ w(shared) / (Σ w(a) + Σ w(b)) (Dice), names are alike by
// n = 0.6·D(words) + 0.4·D(pairs of neighbouring words): at best of titles and
// synonyms as they are written, or with what has an abbreviation or another name
// as one word of three times the weight. Accents count where both have them. t is the
// share of the weight of all words of the entry, title and text, that the other
// has. The measure is n + 0.35·(1 − n)·t, and 1 for names that are one.
func (x *Index) Similar(to Entry, how Like) []Match {
	q := Query{Kinds: how.Kinds, Sees: how.Sees, On: how.On}
	s := x.start(&q, wanted{})
	defer s.end()
	l := x.likeness(&to)
	limit, least := how.Limit, how.Least
	if limit <= 0 {
		limit = usualMatches
	}
	if least <= 0 {
		least = leastMeasure
	}
	var all []Match
	for _, doc := range s.alike(l, to.Ref()) {
		if m := l.compare(doc); m.Measure >= least {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Measure, a.Measure), cmp.Compare(a.Entry.Kind, b.Entry.Kind), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return all[:min(limit, len(all))]
}

// A likeness compares entries with one.
type likeness struct {
	x      *Index
	names  []name
	all    map[string]float64 // all words by ascii key, with their weight
	sorted []string           // the keys of all: sums of floats depend on the order
	sum    float64
	title  []word
	text   string
	memo   map[string]float64 // idf
}

// A name is a title or a synonym in the two ways in which names are compared.
type name struct {
	written, canonical []weighed
	folded             string // canonical, as one text
	marked             bool
}

// weighed is a word with its weight.
type weighed struct {
	ascii, tone string
	weight      float64
}

func (x *Index) likeness(e *Entry) *likeness {
	l := &likeness{x: x, all: map[string]float64{}, memo: map[string]float64{}, title: words(e.Title), text: e.Title}
	l.names = l.namesOf(e, true)
	for _, n := range l.names {
		l.add(n.written)
	}
	l.add(l.weigh(words(e.Text)))
	for a := range l.all {
		l.sorted = append(l.sorted, a)
	}
	slices.Sort(l.sorted)
	for _, a := range l.sorted {
		l.sum += l.all[a]
	}
	return l
}

// namesOf gives the title first, then the others. In what is typed small, as
// people ask, abbreviations may be small too.
func (l *likeness) namesOf(e *Entry, asked bool) (all []name) {
	for _, text := range append([]string{e.Title, e.TitleEn}, e.Keywords...) {
		ws := words(text)
		if asked && strings.ToLower(text) == text {
			text = ""
		}
		canonical := lexiconOf().name(ws, text)
		all = append(all, name{l.weigh(ws), l.weigh(canonical), strings.Join(keys(canonical), " "),
			slices.ContainsFunc(ws, func(w word) bool { return !bare(w.tone) })})
	}
	return all
}

// name turns all that has an abbreviation or another name into one word each.
func (l *lexicon) name(ws []word, text string) []word {
	full := l.rewrite(ws, text, func(p *phrase) []word { return p.long }, l.shorts)
	full = l.rewrite(full, "", func(p *phrase) []word { return []word{groupWord(p.group)} }, l.same)
	return l.rewrite(full, "", func(p *phrase) []word { return []word{p.canon} }, l.longs)
}

// groupWord stands for names that mean one thing; no text has it.
func groupWord(group int) word {
	key := "=" + strconv.Itoa(group)
	return word{ascii: key, tone: key}
}

func (l *likeness) add(ws []weighed) {
	for _, w := range ws {
		l.all[w.ascii] = max(l.all[w.ascii], w.weight)
	}
}

// weigh gives the words of a name their weights.
func (l *likeness) weigh(ws []word) []weighed {
	lex := lexiconOf()
	all := make([]weighed, len(ws))
	for i, w := range ws {
		idf, ok := l.memo[w.ascii]
		if !ok {
			idf = l.idf(w.ascii)
			l.memo[w.ascii] = idf
		}
		if y, ok := iy(w); ok && y.ascii[len(y.ascii)-1] == 'y' {
			w = y // quản lí, quản lý
		}
		if lex.stop[w.tone] {
			idf *= genericPart
		}
		all[i] = weighed{w.ascii, w.tone, idf}
	}
	for i := 0; i < len(all); {
		n := lex.genericAt(ws[i:])
		for j := range n {
			all[i+j].weight *= genericPart
		}
		i += max(n, 1)
	}
	return all
}

// idf is that of a word; one that stands for several weighs more.
func (l *likeness) idf(ascii string) float64 {
	lex := lexiconOf()
	if group, ok := strings.CutPrefix(ascii, "="); ok {
		g, _ := strconv.Atoi(group)
		most := 0.0
		for _, w := range lex.groups[g][0] {
			most = max(most, l.x.idf(max(1, l.x.having(w.ascii))))
		}
		return severalPart * most
	}
	idf := l.x.idf(max(1, l.x.having(ascii)))
	if lex.canon[ascii] {
		return severalPart * idf
	}
	return idf
}

// genericAt gives the number of words of the longest generic name at the front.
func (l *lexicon) genericAt(ws []word) int {
	for _, g := range l.generic {
		if len(g) <= len(ws) && sameWords(g, ws[:len(g)]) {
			return len(g)
		}
	}
	return 0
}

// alike gives the entries that share the most weight in any field, of those that
// the reader sees, without the one asked about.
func (s *search) alike(l *likeness, to Ref) []uint32 {
	for _, a := range l.sorted {
		for si, seg := range s.x.segments {
			at, ok := seg.ascii(a)
			if !ok {
				continue
			}
			for i := seg.postStart[seg.asciiStart[at]]; i < seg.postStart[seg.asciiStart[at+1]]; i++ {
				doc := s.x.offset[si] + seg.posts[i]
				if s.room.score[doc] == 0 {
					s.room.touched = append(s.room.touched, doc)
				}
				s.room.score[doc] += float32(l.all[a]) * float32(seg.impacts[i]) / 255
			}
		}
	}
	all := make([]scored, 0, len(s.room.touched))
	for _, doc := range s.room.touched {
		if e := s.x.entry(doc); e.Ref() == to || len(s.q.Kinds) > 0 && !slices.Contains(s.q.Kinds, e.Kind) || !s.visible(doc) {
			continue
		}
		all = append(all, scored{doc, s.room.score[doc]})
	}
	sortFirst(all, mostLooked, s.byScore)
	docs := make([]uint32, 0, mostLooked)
	for _, h := range all[:min(mostLooked, len(all))] {
		docs = append(docs, h.doc)
	}
	return docs
}

// compare measures one entry.
func (l *likeness) compare(doc uint32) Match {
	si, i := l.x.find(doc)
	seg := l.x.segments[si]
	m := Match{Entry: &seg.entries[i]}
	have, shared := map[string]bool{}, 0.0
	inOwner := false
	for _, v := range seg.stream[seg.streamStart[i]:seg.streamStart[i+1]] {
		if v&fieldMark != 0 {
			inOwner = Field(v&^(fieldMark|secondMark)) == InOwner
			continue
		}
		if a := seg.asciis[seg.asciiOf[v]]; !inOwner && !have[a] {
			have[a] = true
			shared += l.all[a]
		}
	}
	alike := 0.0
	for j, theirs := range l.namesOf(m.Entry, false) {
		for k, own := range l.names {
			if j == 0 && k == 0 && own.folded == theirs.folded && own.folded != "" {
				m.Same = true
			}
			marked := own.marked && theirs.marked
			alike = max(alike, nameLike(own.written, theirs.written, marked), nameLike(own.canonical, theirs.canonical, marked))
		}
	}
	if l.sum > 0 {
		m.Measure = min(nearlySame, alike+textPart*(1-alike)*shared/l.sum)
	}
	if m.Same {
		m.Measure = 1
	}
	m.Shared = l.shared(have)
	return m
}

// nameLike is how alike two names are, from 0 to 1.
func nameLike(a, b []weighed, marked bool) float64 {
	words := dice(a, b, marked)
	if words == 0 {
		return 0
	}
	return wordsPart*words + (1-wordsPart)*dice(pairs(a), pairs(b), marked)
}

// pairs gives neighbouring words as one, with the lesser weight. A single word
// is its own pair.
func pairs(ws []weighed) []weighed {
	if len(ws) < 2 {
		return ws
	}
	all := make([]weighed, 0, len(ws)-1)
	for i, w := range ws[1:] {
		all = append(all, weighed{ws[i].ascii + " " + w.ascii, ws[i].tone + " " + w.tone, min(ws[i].weight, w.weight)})
	}
	return all
}

// dice is how much of two names is the same, each word counted once.
func dice(a, b []weighed, marked bool) float64 {
	key := func(w weighed) string {
		if marked {
			return w.tone
		}
		return w.ascii
	}
	in := make(map[string]float64, len(a))
	sum, shared := 0.0, 0.0
	for _, w := range a {
		if _, ok := in[key(w)]; !ok {
			in[key(w)] = w.weight
			sum += w.weight
		}
	}
	seen := make(map[string]bool, len(b))
	for _, w := range b {
		if seen[key(w)] {
			continue
		}
		seen[key(w)] = true
		sum += w.weight
		if own, ok := in[key(w)]; ok {
			shared += (own + w.weight) / 2
		}
	}
	if sum == 0 {
		return 0
	}
	return 2 * shared / sum
}

// shared gives the words of the title asked about that an entry has, neighbours
// as one; generic and empty words only beside others.
func (l *likeness) shared(have map[string]bool) []string {
	lex := lexiconOf()
	weights := l.weigh(l.title)
	var all []string
	for i := 0; i < len(l.title); i++ {
		if !have[l.title[i].ascii] {
			continue
		}
		from, telling := i, false
		for i < len(l.title) && have[l.title[i].ascii] {
			generic := weights[i].weight < l.memo[l.title[i].ascii]
			telling = telling || !generic && !lex.stop[l.title[i].tone]
			i++
		}
		if telling {
			all = append(all, l.text[l.title[from].from:l.title[i-1].to])
		}
	}
	return all
}
