package units

import (
	"strings"

	"github.com/phohien/phohien/viet"
)

// keys of a name, from the strictest to the loosest (STANDARDS of text: only
// the first decides by itself).
type keys struct {
	exact string // NFC, as written
	tone  string // without regard to case, punctuation and the place of tone marks
	ascii string // without marks at all
}

func keysOf(name string) keys {
	exact, _ := viet.NFC(spaced(name))
	tone := zeroless(viet.FoldTone(unpunctuated(exact)))
	return keys{exact: exact, tone: tone, ascii: viet.Fold(tone)}
}

// unpunctuated takes out what lists write differently: "Thừa Thiên - Huế" and
// "Thừa Thiên Huế"; "K' Dang", "K'Dang" and "KDang".
func unpunctuated(s string) string {
	for i := range len(s) {
		switch s[i] {
		case '\'', '`', '-', '.', '_', "–"[0]: // the other marks begin with the same byte
			return spaced(punctuation.Replace(s))
		}
	}
	return spaced(s)
}

// spaced leaves one space between words and none around them. Most names are so
// already.
func spaced(s string) string {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c == ' ' && last == ' ' || wideSpace(s[i:]) {
			return strings.Join(strings.Fields(s), " ")
		}
		last = c
	}
	return strings.TrimSuffix(s, " ")
}

// wideSpace reports whether a text may begin with a space beyond ASCII: all of
// them begin with one of these bytes, and no letter of Vietnamese with the first
// three.
func wideSpace(s string) bool {
	switch s[0] {
	case 0xC2, 0xE2, 0xE3:
		return true
	case 0xE1:
		return strings.HasPrefix(s, "\u1680")
	}
	return false
}

var punctuation = strings.NewReplacer("' ", "", "’ ", "", "'", "", "’", "", "‘", "", "`", "", "-", " ", "–", " ", "—", " ", ".", " ", "_", " ")

// zeroless writes "Phường 01" as "Phường 1": lists differ there too.
func zeroless(s string) string {
	if strings.IndexByte(s, '0') < 0 {
		return s
	}
	words := strings.Fields(s)
	for i, w := range words {
		if short := strings.TrimLeft(w, "0"); short != "" && digits(w) {
			words[i] = short
		}
	}
	return strings.Join(words, " ")
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// plain reports whether a text bears no marks, so that it may stand for a name
// with any.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// A typeWord is how a type of unit is written before a name. With tight it may
// be written against a digit: "P1".
type typeWord struct {
	fronts [2]string // as in keys.tone, and without marks
	kind   string
	tight  bool
}

// typeWords by level; the longest stand first.
var typeWords = map[Level][]typeWord{
	Province: words("thành phố trực thuộc trung ương", "thanh_pho_tw", "thành phố", "thanh_pho_tw", "tỉnh", "tinh", "tp", "thanh_pho_tw", "t p", "thanh_pho_tw", "t", "tinh"),
	District: words("thành phố", "thanh_pho", "thị xã", "thi_xa", "huyện", "huyen", "quận", "quan", "tp", "thanh_pho", "t p", "thanh_pho",
		"tx", "thi_xa", "t x", "thi_xa", "h", "huyen", "q", "quan"),
	Commune: words("thị trấn", "thi_tran", "đặc khu", "dac_khu", "phường", "phuong", "xã", "xa", "t trấn", "thi_tran", "tt", "thi_tran", "t t", "thi_tran",
		"đk", "dac_khu", "p", "phuong", "x", "xa"),
	Village: words("tổ dân phố", "to_dan_pho", "khu phố", "khu_pho", "thôn", "thon", "xóm", "xom", "buôn", "buon", "làng", "lang", "bản", "ban", "ấp", "ap",
		"tổ dp", "to_dan_pho", "tdp", "to_dan_pho", "kp", "khu_pho", "tổ", "to_dan_pho"),
}

// words makes the table of words and types in turn. Wards and urban districts
// may have numbers for names.
func words(pairs ...string) []typeWord {
	var all []typeWord
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, typeWord{
			fronts: [2]string{viet.FoldTone(pairs[i]), viet.Fold(pairs[i])}, kind: pairs[i+1], tight: pairs[i] == "p" || pairs[i] == "q",
		})
	}
	return all
}

// short names by which a unit is known in writing, by the key without marks.
// Thừa Thiên Huế became the city of Huế on 1 January 2025 (Nghị quyết
// 175/2024/QH15); the register begins later, sheets of 2024 do not.
var shortNames = map[named]string{
	{Province, "hcm"}: "ho chi minh", {Province, "tphcm"}: "ho chi minh", {Province, "sai gon"}: "ho chi minh",
	{Province, "thua thien hue"}: "hue", {Province, "tinh thua thien hue"}: "hue",
}

// A reading is one way of taking a text apart: what type it names, if any, and
// the name.
type reading struct {
	kind string // type of unit, "" when the text names none
	keys keys
	bare bool // the writer puts no marks: a name that needs none is no better than others
}

// readings of a text as the name of a unit of a level. A name may begin with
// what looks like a type ("Xá Lượng" without marks), so there may be two. bare
// says that nothing around the text bears marks either: then "sa pa" may be Sa
// Pả as well as Sa Pa.
func readings(level Level, text string, bare bool) []reading {
	whole := keysOf(text)
	all := []reading{{keys: whole, bare: bare}}
	if full, ok := shortNames[named{level, whole.ascii}]; ok {
		all = append(all, reading{keys: keys{ascii: full}})
	}
	for i := range typeWords[level] {
		w := &typeWords[level][i]
		rest, ok := w.cut(whole)
		if !ok {
			continue
		}
		all = append(all, reading{kind: w.kind, keys: rest, bare: bare})
		if full, ok := shortNames[named{level, rest.ascii}]; ok {
			all = append(all, reading{kind: w.kind, keys: keys{ascii: full}})
		}
		break
	}
	return all
}

// cut takes the word off the front of a name. Of the exact key it takes as many
// words, which are the same but for punctuation.
func (w *typeWord) cut(k keys) (keys, bool) {
	for _, front := range w.fronts {
		rest, ok := strings.CutPrefix(k.tone, front)
		if !ok || rest == "" || rest[0] != ' ' && !(w.tight && rest[0] >= '0' && rest[0] <= '9') {
			continue
		}
		rest = zeroless(strings.TrimSpace(rest))
		return keys{exact: exactRest(k.exact, rest), tone: rest, ascii: viet.Fold(rest)}, true
	}
	return keys{}, false
}

// exactRest finds the end of a text as written whose key is rest: "P.Hiến Nam",
// "hiến nam" gives "Hiến Nam". It begins behind a space or a mark, or with a
// digit.
func exactRest(exact, rest string) string {
	for i := 1; i < len(exact); i++ {
		begins := strings.IndexByte(" .-_", exact[i-1]) >= 0 || exact[i] >= '0' && exact[i] <= '9'
		if !begins || strings.IndexByte(" .-_", exact[i]) >= 0 {
			continue
		}
		if tail := exact[i:]; zeroless(viet.FoldTone(unpunctuated(tail))) == rest {
			return tail
		}
	}
	return ""
}

// A fit says how well a name fits, the better the smaller.
type fit int

const (
	fitExact fit = iota // as written
	fitTone             // but for case, punctuation and where tone marks stand
	fitAscii            // typed without marks
	fitNear             // other marks or another type: not enough to decide
	fitNone
)

// fits compares a reading of a text with a unit.
func (r *reading) fits(u *Unit, k *keys) fit {
	f := fitNone
	switch {
	case r.keys.exact != "" && r.keys.exact == k.exact:
		f = fitExact
	case r.keys.tone != "" && r.keys.tone == k.tone:
		f = fitTone
	case r.keys.ascii == k.ascii && (r.keys.tone == "" || plain(r.keys.tone)):
		f = fitAscii
	case r.keys.ascii == k.ascii:
		f = fitNear
	}
	if f < fitAscii && r.bare {
		f = fitAscii
	}
	if f < fitNear && r.kind != "" && r.kind != u.Type {
		f = fitNear
	}
	return f
}
