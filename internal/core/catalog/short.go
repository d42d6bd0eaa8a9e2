package catalog

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/phohien/phohien/viet"
)

//go:embed words
var tables embed.FS

// A phrase is a row of words that stands for others.
type phrase struct {
	seq    []word // what is looked for, by its ascii keys
	long   []word // what an abbreviation stands for; nil for a name in full
	canon  word   // the one abbreviation that all of the same meaning become
	group  int    // of names that mean one thing
	capped bool   // an abbreviation: in an entry it is one only in capitals
}

// A lexicon holds the tables of folder words, found by the first word.
type lexicon struct {
	shorts  map[string][]phrase // abbreviations, longest first
	longs   map[string][]phrase // what they stand for
	inner   map[string][]phrase // those of longs that have no other in them
	same    map[string][]phrase
	groups  [][][]word      // names that mean one thing
	canon   map[string]bool // abbreviations that others of the same meaning become
	stop    map[string]bool // by tone key
	generic [][]word        // longest first
}

// lexiconOf reads the tables once; they are part of the program, so that a
// broken one is the program's fault.
var lexiconOf = sync.OnceValue(func() *lexicon {
	l, err := readLexicon()
	if err != nil {
		panic("catalog: " + err.Error()) // embedded; a test reads it
	}
	return l
})

func readLexicon() (*lexicon, error) {
	l := &lexicon{shorts: map[string][]phrase{}, longs: map[string][]phrase{}, inner: map[string][]phrase{}, same: map[string][]phrase{}, stop: map[string]bool{}, canon: map[string]bool{}}
	for _, t := range []struct {
		file string
		row  func(row []string) error
	}{{"short", l.short}, {"same", l.alike}, {"common", l.common}} {
		if err := table(t.file, t.row); err != nil {
			return nil, err
		}
	}
	for _, m := range []map[string][]phrase{l.shorts, l.longs, l.same} {
		for _, list := range m {
			slices.SortStableFunc(list, func(a, b phrase) int { return len(b.seq) - len(a.seq) })
		}
	}
	for first, list := range l.longs {
		for _, p := range list {
			if !l.nests(p.seq) {
				l.inner[first] = append(l.inner[first], p)
			}
		}
	}
	slices.SortStableFunc(l.generic, func(a, b []word) int { return len(b) - len(a) })
	return l, nil
}

// nests tells a name in full that has another in it.
func (l *lexicon) nests(seq []word) bool {
	for i := range seq {
		for _, p := range l.longs[seq[i].ascii] {
			if len(p.seq) < len(seq) && len(p.seq) <= len(seq)-i && sameWords(p.seq, seq[i:i+len(p.seq)]) {
				return true
			}
		}
	}
	return false
}

// table gives the rows of a table below its heading.
func table(name string, row func([]string) error) error {
	f, err := tables.Open("words/" + name + ".csv")
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment, r.FieldsPerRecord = '#', 2
	all, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("words/%s.csv: %w", name, err)
	}
	for i, cells := range all[1:] {
		if err := row(cells); err != nil {
			return fmt.Errorf("words/%s.csv, row %d: %w", name, i+1, err)
		}
	}
	return nil
}

func (l *lexicon) short(row []string) error {
	seq, long := words(row[0]), words(row[1])
	if len(seq) == 0 || len(long) < 2 {
		return fmt.Errorf("%q stands for %q", row[0], row[1])
	}
	for _, p := range l.shorts[seq[0].ascii] {
		if sameWords(p.seq, seq) {
			return fmt.Errorf("%q stands for two things", row[0])
		}
	}
	canon, known := word{}, false
	for _, p := range l.longs[long[0].ascii] {
		if sameWords(p.seq, long) {
			canon, known = p.canon, true
		}
	}
	if !known {
		canon, _ = wordOf(strings.Join(keys(seq), ""))
		l.canon[canon.ascii] = true
		l.longs[long[0].ascii] = append(l.longs[long[0].ascii], phrase{seq: long, canon: canon})
	}
	l.shorts[seq[0].ascii] = append(l.shorts[seq[0].ascii], phrase{seq: seq, long: long, canon: canon, capped: true})
	return nil
}

func (l *lexicon) alike(row []string) error {
	var group [][]word
	for name := range strings.SplitSeq(row[0], "|") {
		seq := words(name)
		if len(seq) == 0 {
			return fmt.Errorf("an empty name in %q", row[0])
		}
		l.same[seq[0].ascii] = append(l.same[seq[0].ascii], phrase{seq: seq, group: len(l.groups)})
		group = append(group, seq)
	}
	if len(group) < 2 {
		return fmt.Errorf("%q is one name", row[0])
	}
	l.groups = append(l.groups, group)
	return nil
}

func (l *lexicon) common(row []string) error {
	switch row[1] {
	case "stop":
		l.stop[viet.FoldTone(row[0])] = true
	case "generic":
		ws := words(row[0])
		l.generic = append(l.generic, ws)
		if short := l.name(ws, ""); !sameWords(short, ws) {
			l.generic = append(l.generic, short)
		}
	default:
		return fmt.Errorf("%q is neither stop nor generic", row[1])
	}
	return nil
}

// optional tells a word of a search that need not be there. Without accents
// "cho" may be "chợ", so in such a search only words count that are no syllable.
func (l *lexicon) optional(w word, marked bool) bool {
	return l.stop[w.tone] && (marked || !bare(w.tone) || !viet.IsSyllable(w.tone))
}

func keys(ws []word) []string {
	all := make([]string, len(ws))
	for i, w := range ws {
		all[i] = w.ascii
	}
	return all
}

func sameWords(a, b []word) bool {
	return slices.EqualFunc(a, b, func(x, y word) bool { return x.ascii == y.ascii })
}

// find gives the longest phrase of a table that begins at ws[i]. text is what
// the words were cut from; "" when capitals do not matter.
func find(m map[string][]phrase, ws []word, i int, text string) *phrase {
	list := m[ws[i].ascii]
	for j := range list {
		p := &list[j]
		if len(p.seq) > len(ws)-i || !sameWords(p.seq, ws[i:i+len(p.seq)]) {
			continue
		}
		if p.capped && !whole(ws[i:i+len(p.seq)]) {
			continue
		}
		if p.capped && text != "" && !capitals(text[ws[i].from:ws[i+len(p.seq)-1].to]) {
			continue
		}
		return p
	}
	return nil
}

// whole tells words that were written without a blank between them.
func whole(ws []word) bool {
	for _, w := range ws[1:] {
		if !w.joined {
			return false
		}
	}
	return true
}

// capitals tells what is written as an abbreviation: "AI", not "ai" (who).
func capitals(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

// readings gives other ways to write words cut from a text: every abbreviation
// in full; every name that has an abbreviation as that; and the same with the
// abbreviation of a part where that has one too, "sở KHCN" beside "SKHCN". Only
// those that differ. The words that are put in keep the place of what they stand
// for. full is the words in full in any case.
func (l *lexicon) readings(ws []word, text string) (all [][]word, full []word) {
	if !slices.ContainsFunc(ws, func(w word) bool { return l.shorts[w.ascii] != nil || l.longs[w.ascii] != nil }) {
		return nil, ws
	}
	full = l.rewrite(ws, text, func(p *phrase) []word { return p.long }, l.shorts)
	outer := l.rewrite(ws, text, func(p *phrase) []word { return []word{p.canon} }, l.shorts, l.longs)
	inner := l.rewrite(full, "", func(p *phrase) []word { return []word{p.canon} }, l.inner)
	for _, other := range [][]word{full, outer, inner} {
		if !sameWords(other, ws) && !slices.ContainsFunc(all, func(have []word) bool { return sameWords(have, other) }) {
			all = append(all, other)
		}
	}
	return all, full
}

// rewrite puts other words in the place of the phrases of tables.
func (l *lexicon) rewrite(ws []word, text string, by func(*phrase) []word, in ...map[string][]phrase) []word {
	var all []word
	for i := 0; i < len(ws); {
		n := 0
		for _, table := range in {
			if p := find(table, ws, i, text); p != nil {
				n = len(p.seq)
				all = append(all, placed(by(p), ws[i].from, ws[i+n-1].to)...)
				break
			}
		}
		if n == 0 {
			all = append(all, ws[i])
			n = 1
		}
		i += n
	}
	return all
}

func placed(ws []word, from, to int) []word {
	all := slices.Clone(ws)
	for i := range all {
		all[i].from, all[i].to, all[i].joined = from, to, false
	}
	return all
}

// others gives the names that mean what some of the words mean.
func (l *lexicon) others(ws []word) (names [][]word) {
	for i := 0; i < len(ws); {
		p := find(l.same, ws, i, "")
		if p == nil {
			i++
			continue
		}
		for _, name := range l.groups[p.group] {
			if !sameWords(name, p.seq) {
				names = append(names, name)
			}
		}
		i += len(p.seq)
	}
	return names
}
