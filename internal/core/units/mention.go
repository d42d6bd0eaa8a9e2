package units

import (
	"slices"

	"github.com/phohien/phohien/viet"
)

// A mention is a place in a text that may name a unit of a level.
type mention struct {
	level    int     // in levels
	kind     string  // the type that is written before the name, "" without
	start    int     // first word, that of the type where there is one
	name, to int     // words of the name
	units    []int32 // of that name without regard to marks; none of a name that the register lacks
	typed    bool    // units has one of the kind
}

// A text is an address taken apart.
type text struct {
	ix    *Index
	raw   string
	words []word
	all   []mention
	code  said
	from  int // words before it and from to on are those of the country, labels and the like
	to    int
	rest  []Part // those words
}

// mentions finds all places that may name a unit. Behind the word of a street,
// written with its marks, there is none: Hà Nội has a Phố Xã Đàn. Without marks
// such a word may end a name itself: Đông Dương.
func (t *text) mentions() {
	var room [8]match
	for i := range t.words {
		if i > 0 && t.words[i].gap < gapSoft && t.words[i-1].marked && t.streetWord(i-1) > 0 {
			continue
		}
		t.typedMentions(i)
		if t.typed(i) {
			continue
		}
		bare := i // a number alone, or the words of a type alone, are no name
		if t.words[i].number {
			bare = i + 1
		} else if _, n, full := t.typeWord(i); full {
			bare = i + n
		}
		for _, m := range t.ix.names.walk(room[:0], t.words, i) {
			for level, units := range t.ix.names.nodes[m.node].units {
				if units != nil && int(m.to) > bare && !(t.words[i].marked && int(m.to) == i+1 && !t.spelt(i, units)) {
					t.all = append(t.all, mention{level: level, start: i, name: i, to: int(m.to), units: units})
				}
			}
		}
	}
	t.all = slices.DeleteFunc(t.all, func(m mention) bool {
		return m.start < t.from || m.to > t.to || t.code.word >= 0 && m.start <= t.code.word && t.code.from < m.to
	})
}

// spelt reports whether a word is the name of one of the units with its marks.
// One word of other marks is nothing to go by: Chợ is not Xã Chờ.
func (t *text) spelt(i int, units []int32) bool {
	tone := keysOf(t.raw[t.words[i].from:t.words[i].to]).tone
	return slices.ContainsFunc(units, func(u int32) bool { return t.ix.keys[u].tone == tone })
}

// typed reports whether a type stands right before word i, or reaches into it,
// so that the name is no name without it. Without marks the word of a type may
// end another name, as in Bính Xá.
func (t *text) typed(i int) bool {
	for k := max(0, i-2); k < i; k++ {
		_, n, full := t.typeWord(k)
		if n == 0 || k+n < i || t.words[i].gap >= gapSoft {
			continue
		}
		if full && (t.words[k].marked || k+n > i) || !full && slices.ContainsFunc(t.all, func(m mention) bool { return m.name == i && m.start == k }) {
			return true
		}
	}
	return false
}

// typedMentions finds the names behind a type that word i begins.
func (t *text) typedMentions(i int) {
	t.formMentions(i)
	kinds, n, full := t.typeWord(i)
	name := i + n
	if n == 0 || name >= len(t.words) || t.words[name].gap == gapHard {
		return
	}
	var room [8]match
	known := false
	for _, m := range t.ix.names.walk(room[:0], t.words, name) {
		for level, units := range t.ix.names.nodes[m.node].units {
			if kinds[level] == "" || units == nil {
				continue
			}
			known = true
			fits := slices.ContainsFunc(units, func(u int32) bool { return t.ix.units[u].Type == kinds[level] })
			t.all = append(t.all, mention{level: level, kind: kinds[level], start: i, name: name, to: int(m.to), units: units, typed: fits})
		}
	}
	if known || !full {
		return
	}
	// A name that the register does not have: the words up to the next gap or type.
	to := name + 1
	for !t.words[name].number && to < t.to && to < name+4 && t.words[to].gap < gapColon && !t.words[to].number {
		if _, n, full := t.typeWord(to); n > 0 && full {
			break
		}
		to++
	}
	for level, kind := range kinds {
		if kind != "" && (level != levelProvince || kinds[levelDistrict] == "") {
			t.all = append(t.all, mention{level: level, kind: kind, start: i, name: name, to: to})
		}
	}
}

// formMentions finds the names behind what forms have: "Xã/Phường: Lạc Đạo".
func (t *text) formMentions(i int) {
	first, n, _ := t.typeWord(i)
	name := i + n
	for level := range first {
		for n > 0 && first[level] != "" && name < len(t.words) && t.raw[t.words[name-1].to:t.words[name].from] == "/" {
			kinds, more, _ := t.typeWord(name)
			if kinds[level] == "" {
				break
			}
			name += more
		}
		if name == i+n {
			continue
		}
		var room [8]match
		for _, m := range t.ix.names.walk(room[:0], t.words, min(name, len(t.words))) {
			if units := t.ix.names.nodes[m.node].units[level]; units != nil {
				t.all = append(t.all, mention{level: level, start: i, name: name, to: int(m.to), units: units})
			}
		}
		return
	}
}

// Places in levels.
const (
	levelCommune = iota
	levelDistrict
	levelProvince
)

// typeWord reads the type of a unit that begins with word i: the type by level,
// the number of words, and whether it is written out.
func (t *text) typeWord(i int) (kinds [3]string, n int, full bool) {
	next := ""
	if i+1 < len(t.words) && t.words[i+1].gap < gapColon {
		next = t.words[i+1].fold
	}
	switch t.words[i].fold {
	case "xa":
		kinds[levelCommune], n, full = "xa", 1, t.means(i, "xã")
	case "phuong":
		kinds[levelCommune], n, full = "phuong", 1, t.means(i, "phường")
	case "huyen":
		kinds[levelDistrict], n, full = "huyen", 1, t.means(i, "huyện")
	case "quan":
		kinds[levelDistrict], n, full = "quan", 1, t.means(i, "quận")
	case "tinh":
		kinds[levelProvince], n, full = "tinh", 1, t.means(i, "tỉnh")
	case "thanh":
		if next == "pho" {
			kinds[levelDistrict], kinds[levelProvince], n, full = "thanh_pho", "thanh_pho_tw", 2, t.means(i, "thành") && t.means(i+1, "phố")
		}
	case "thi":
		switch next {
		case "xa":
			kinds[levelDistrict], n, full = "thi_xa", 2, t.means(i, "thị") && t.means(i+1, "xã")
		case "tran":
			kinds[levelCommune], n, full = "thi_tran", 2, t.means(i, "thị") && t.means(i+1, "trấn")
		}
	case "dac":
		if next == "khu" {
			kinds[levelCommune], n, full = "dac_khu", 2, t.means(i, "đặc") && t.means(i+1, "khu")
		}
	default:
		return t.shortType(i, next)
	}
	if !full {
		return kinds, 0, false
	}
	return kinds, n, true
}

// shortType reads an abbreviated type.
func (t *text) shortType(i int, next string) (kinds [3]string, n int, full bool) {
	n = 1
	switch t.words[i].fold {
	case "x":
		kinds[levelCommune] = "xa"
	case "f": // as in the South: F.5
		if !digits(next) {
			return kinds, 0, false
		}
		kinds[levelCommune] = "phuong"
	case "p":
		kinds[levelCommune] = "phuong"
	case "tt":
		kinds[levelCommune] = "thi_tran"
	case "dk":
		kinds[levelCommune] = "dac_khu"
	case "h":
		kinds[levelDistrict] = "huyen"
	case "q":
		kinds[levelDistrict] = "quan"
	case "tx":
		kinds[levelDistrict] = "thi_xa"
	case "tp":
		kinds[levelDistrict], kinds[levelProvince] = "thanh_pho", "thanh_pho_tw"
	case "t":
		switch next {
		case "p":
			kinds[levelDistrict], kinds[levelProvince], n = "thanh_pho", "thanh_pho_tw", 2
		case "x":
			kinds[levelDistrict], n = "thi_xa", 2
		case "t", "tran":
			kinds[levelCommune], n = "thi_tran", 2
		default:
			kinds[levelProvince] = "tinh"
		}
	default:
		return kinds, 0, false
	}
	return kinds, n, false
}

// means reports whether word i is a word as it is written with marks, or may be
// one: it bears none at all. "Phương" is no "phường".
func (t *text) means(i int, marked string) bool {
	w := &t.words[i]
	return !w.marked || viet.FoldTone(t.raw[w.from:w.to]) == marked
}

// streetWord gives how many words from word i say that a street follows, 0 for
// none. Names that begin with such a word (Phố Hiến, Đường 10) are found before
// it is asked.
func (t *text) streetWord(i int) int {
	switch t.words[i].fold {
	case "duong":
		if t.means(i, "đường") {
			return 1
		}
	case "pho":
		if i > 0 && (t.words[i-1].fold == "thanh" || t.words[i-1].fold == "khu" || t.words[i-1].fold == "dan") && t.words[i].gap == gapSpace {
			return 0
		}
		if t.means(i, "phố") {
			return 1
		}
	case "ql", "tl", "dt":
		return 1
	case "quoc", "tinh":
		if i+1 < len(t.words) && t.words[i+1].fold == "lo" {
			return 2
		}
	case "dai":
		if i+1 < len(t.words) && t.words[i+1].fold == "lo" && t.means(i, "đại") {
			return 2
		}
	case "lo":
		if i > 0 && (t.words[i-1].fold == "dai" || t.words[i-1].fold == "quoc" || t.words[i-1].fold == "tinh") {
			return 1
		}
	}
	return 0
}
