package catalog

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/viet"
)

// A Sort is the order of the hits.
type Sort string

// The orders.
const (
	Relevance Sort = ""       // what fits best first; without words, what weighs most
	ByTitle   Sort = "title"  // Vietnamese order
	Newest    Sort = "newest" // changed last first
)

// The bounds of a query. What is beyond is cut off.
const (
	mostText  = 512 // bytes
	mostUnits = 32  // words
	mostHits  = 1000
	usualHits = 20
)

// A Query is what a reader looks for.
type Query struct {
	Text   string
	Kinds  []Kind             // none = all; the same as choosing them by facet ByKind
	Facets map[Facet][]string // chosen: values of one facet are "or", facets are "and"; Unset is a value
	Sort   Sort
	Limit  int // 0 is 20; at most 1000
	Offset int
	Typing bool // the last word may be unfinished, even if entries have it

	Sees func(sight string) bool // asked once for each Sight that is not ""; nil sees none of those
	On   func(*Entry) bool       // asked of each entry that fits, perhaps more than once; nil takes all
}

// limit is how many hits are asked for, and after how many.
func (q *Query) limit(usual int) (limit, offset int) {
	limit, offset = q.Limit, max(q.Offset, 0)
	if limit <= 0 {
		limit = usual
	}
	return min(limit, mostHits), offset
}

// A unit is one word of a search.
type unit struct {
	word
	phrase   int  // the number of its quotation, 0 for none
	last     bool // and so perhaps unfinished
	optional bool
	forms    []form // what stands in entries for it
	mended   bool   // the forms are not what was typed
	idf      float64
}

// A form is an ascii key that entries may have for a unit, from the best.
type form struct {
	word
	how     manner
	quality float32
}

// A manner says how a form fits.
type manner uint8

const (
	exact manner = iota
	begun        // the unit is the beginning of it
	mended
)

// A wanted is a query's text, read.
type wanted struct {
	units   []unit
	phrases int
	marked  bool   // there are accents in it
	code    string // folded, when it is one piece and may be a code
}

// quotes open and close a part that must stand as it is.
const quotes = "\"“”„«»"

// parse reads a query's text. It never fails: what is no word is passed over, a
// quotation that is not closed goes to the end.
func parse(text string) wanted {
	text = trimmed(strings.ToValidUTF8(text, " "), mostText)
	var w wanted
	pieces := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(quotes, r) })
	w.marked = slices.ContainsFunc(pieces, func(p string) bool { return viet.FoldTone(p) != viet.Fold(p) })
	inside := false
	for len(text) > 0 {
		at := strings.IndexAny(text, quotes)
		part, rest := text, ""
		if at >= 0 {
			_, n := utf8.DecodeRuneInString(text[at:])
			part, rest = text[:at], text[at+n:]
		}
		ws := lexiconOf().canonical(words(part))
		phrase := 0
		if inside && len(ws) > 0 {
			w.phrases++
			phrase = w.phrases
		}
		for _, word := range ws {
			w.units = append(w.units, unit{word: word, phrase: phrase, optional: phrase == 0 && lexiconOf().optional(word, w.marked)})
		}
		if at >= 0 {
			inside = !inside
		}
		text = rest
	}
	if len(w.units) > mostUnits {
		w.units = w.units[:mostUnits]
	}
	w.finish()
	if one := strings.TrimSpace(strings.Join(pieces, "")); len(pieces) == 1 && !strings.ContainsFunc(one, unicode.IsSpace) && codelike(one) {
		w.code = viet.Fold(one)
	}
	return w
}

// finish marks the last word, and makes words count when no others do.
func (w *wanted) finish() {
	if !slices.ContainsFunc(w.units, func(u unit) bool { return !u.optional }) {
		for i := range w.units {
			w.units[i].optional = false
		}
	}
	if n := len(w.units); n > 0 && w.units[n-1].phrase == 0 {
		w.units[n-1].last, w.units[n-1].optional = true, false
	}
}

// canonical turns abbreviations of several pieces into the one that entries are
// kept under: "KH&CN" into "khcn".
func (l *lexicon) canonical(ws []word) []word {
	var all []word
	for i := 0; i < len(ws); {
		if p := find(l.shorts, ws, i, ""); p != nil && len(p.seq) > 1 {
			all = append(all, p.canon)
			i += len(p.seq)
			continue
		}
		all = append(all, ws[i])
		i++
	}
	return all
}

// codelike tells what may be a code or its beginning: it has a digit or a mark
// that codes are made of. Other codes are found as words.
func codelike(s string) bool {
	return len(s) > 1 && strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsDigit(r) || strings.ContainsRune("-./_:", r)
	})
}
