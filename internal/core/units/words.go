package units

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

// A gap is what stands between two words of a text, the wider the later.
type gap uint8

const (
	gapSpace gap = iota // space, or nothing: "P1"
	gapDot              // "P. Hiến Nam"
	gapColon            // "Xã: Lạc Đạo"
	gapSoft             // a hyphen or a full stop: it may part two units or stand in a name
	gapHard             // comma, semicolon, bracket, new line; also before the first word
)

// A word of a text, with its place there in bytes.
type word struct {
	from, to int
	fold     string // viet.Fold without apostrophes and leading zeros
	gap      gap    // before it
	id       int32  // in the trie, -1 when no name has it
	marked   bool   // it bears marks, so that it is what it says
	number   bool   // digits alone
}

// split takes a text apart into its words, in their order; every letter and digit
// is in one of them.
func (t *trie) split(text string) []word {
	words := make([]word, 0, 16)
	ends := make([]int, 0, 16) // of the folded words in buf
	buf := make([]byte, 0, 2*len(text))
	add := func(from, to int, g gap) {
		at := len(buf)
		buf = foldWord(buf, text[from:to])
		if len(buf) == at { // marks alone
			return
		}
		words = append(words, word{from: from, to: to, gap: g, marked: !plain(text[from:to])})
		ends = append(ends, len(buf))
	}
	g := gapHard
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !wordRune(r) {
			before := 0
			if len(words) > 0 && words[len(words)-1].to == i {
				before = utf8.RuneCountInString(text[words[len(words)-1].from:i])
			}
			g = max(g, gapOf(r, before))
			i += n
			continue
		}
		to := wordEnd(text, i)
		if cut := tight(text[i:to]); cut > 0 {
			add(i, i+cut, g)
			add(i+cut, to, gapSpace)
		} else {
			add(i, to, g)
		}
		i, g = to, gapSpace
	}
	all := string(buf)
	for i, at := 0, 0; i < len(words); i++ {
		w := &words[i]
		w.fold = all[at:ends[i]]
		w.number = digits(w.fold)
		w.id = t.word(w.fold)
		at = ends[i]
	}
	return words
}

func wordRune(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// gapOf ranks what is not a word; before is the length in letters of the word
// right before it, 0 when something else stands there.
func gapOf(r rune, before int) gap {
	switch r {
	case '.':
		if before >= 4 { // no abbreviation: a sentence ends
			return gapSoft
		}
		return gapDot
	case ':':
		return gapColon
	case '\n', '\r', '\t', ',', ';', '/', '\\', '|', '(', ')', '[', ']', '{', '}', '•', '!', '?', '，', '；', '、', '+', '>', '<', '→':
		return gapHard
	}
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
		return gapSpace
	}
	return gapSoft
}

// wordEnd finds the end of the word that begins at i. "12/3A" and "5-7" are one
// word, and so are "K'Dang" and "K' Dang".
func wordEnd(text string, i int) int {
	from, number := i, 0 // length of the run of digits before
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r >= '0' && r <= '9':
			number++
		case wordRune(r):
			number = 0
		case strings.ContainsRune(apostrophes, r):
			rest := text[i+n:]
			if i == from+1 { // one letter before it
				rest = strings.TrimLeft(rest, " ")
			}
			if next, _ := utf8.DecodeRuneInString(rest); !wordRune(next) || next >= '0' && next <= '9' {
				return i
			}
			i, number = len(text)-len(rest), 0
			continue
		case (r == '/' || r == '-') && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' && number < 5 && figure(text[from:i]):
			number = 0
		default:
			return i
		}
		i += n
	}
	return i
}

// figure reports whether a word is a number of a house so far: "12", "12A", "A12".
func figure(s string) bool {
	last := s[len(s)-1]
	return last >= '0' && last <= '9' || len(s) > 1 && last < utf8.RuneSelf && s[len(s)-2] >= '0' && s[len(s)-2] <= '9'
}

// tight finds where "P1", "TDP5" or "Q.10" written together are to be cut, 0 for
// nowhere.
func tight(s string) int {
	at := strings.IndexAny(s, "0123456789")
	if at <= 0 || at > 8 || !digits(s[at:]) || len(s)-at > 3 {
		return 0
	}
	var room [16]byte
	switch string(viet.AppendFold(room[:0], s[:at])) {
	case "p", "f", "q", "kp", "tdp", "phuong", "quan", "thon", "xom", "ap", "to", "ql", "tl":
		return at
	}
	return 0
}

// foldWord appends the key of a word.
func foldWord(dst []byte, s string) []byte {
	start := len(dst)
	if strings.ContainsAny(s, apostrophes) {
		s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || strings.ContainsRune(apostrophes, r) }), "")
	}
	dst = viet.AppendFold(dst, s)
	for len(dst)-start > 1 && len(dst)-start < 4 && dst[start] == '0' && allDigits(dst[start:]) { // "Phường 01", but codes keep their zeros
		dst = append(dst[:start], dst[start+1:]...)
	}
	return dst
}

const apostrophes = "'’‘`ʼ"

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// A trie holds the names of units, word by word.
type trie struct {
	ids   map[string]int32
	edges map[int64]int32
	nodes []node
}

// A node is where a name may end.
type node struct{ units [3][]int32 } // by place in levels

// levels of the units whose names are looked for in running text.
var levels = [3]Level{Commune, District, Province}

// longestName is how many words a name may have: Thị trấn Nông Trường Việt Lâm
// has four behind its type; ten is more than any.
const longestName = 10

// word gives the number of a word, -1 for one that no name has. Mỹ and Mĩ are
// the same word here: the register is asked again before anything is believed.
func (t *trie) word(fold string) int32 {
	var room [16]byte
	if id, ok := t.ids[string(lettersI(room[:0], fold))]; ok {
		return id
	}
	return -1
}

// lettersI writes the i of an open syllable as y: "mi" as "my", "qui" as "quy".
func lettersI(dst []byte, fold string) []byte {
	dst = append(dst, fold...)
	n := len(dst) - 1
	if n < 1 || dst[n] != 'i' || bytes.HasSuffix(dst, []byte("gi")) {
		return dst
	}
	front := fold[:n]
	if strings.HasSuffix(front, "qu") || strings.IndexAny(front, "aeiouy") < 0 {
		dst[n] = 'y'
	}
	return dst
}

// plant puts the names of all provinces, districts and communes into the trie.
func (ix *Index) plant() {
	ix.names = trie{ids: map[string]int32{}, edges: map[int64]int32{}, nodes: make([]node, 1)}
	ix.above = make([]parents, len(ix.units))
	for i := range ix.units {
		u := &ix.units[i]
		ix.above[i] = parents{ix.place(u.District), ix.place(u.Province)}
		if at := levelAt(u.Level); at >= 0 {
			ix.names.add(u.Name, at, int32(i))
		}
	}
	for short, full := range shortNames {
		for _, i := range ix.byName[named{short.level, full}] {
			ix.names.add(short.ascii, levelAt(short.level), int32(i))
		}
	}
}

// parents of a unit, -1 without.
type parents struct{ district, province int32 }

func (ix *Index) place(uid string) int32 {
	if at, ok := ix.byUID[uid]; ok && uid != "" {
		return int32(at)
	}
	return -1
}

func levelAt(l Level) int {
	for i, level := range levels {
		if l == level {
			return i
		}
	}
	return -1
}

func (t *trie) add(name string, level int, unit int32) {
	at := int32(0)
	for _, w := range t.split(name) {
		id := t.word(w.fold)
		if id < 0 {
			id = int32(len(t.ids))
			t.ids[string(lettersI(nil, w.fold))] = id
		}
		edge := int64(at)<<32 | int64(id)
		next, ok := t.edges[edge]
		if !ok {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, node{})
			t.edges[edge] = next
		}
		at = next
	}
	if at > 0 {
		t.nodes[at].units[level] = append(t.nodes[at].units[level], unit)
	}
}

// A match is a name found in a text: it ends before word to.
type match struct{ to, node int32 }

// walk appends the names that begin with word i.
func (t *trie) walk(dst []match, words []word, i int) []match {
	at := int32(0)
	for k := i; k < len(words) && k < i+longestName; k++ {
		w := &words[k]
		if w.id < 0 || k > i && (w.gap == gapHard || w.gap == gapColon) {
			break
		}
		next, ok := t.edges[int64(at)<<32|int64(w.id)]
		if !ok {
			break
		}
		at = next
		if n := &t.nodes[at].units; n[0] != nil || n[1] != nil || n[2] != nil {
			dst = append(dst, match{int32(k + 1), at})
		}
	}
	return dst
}
