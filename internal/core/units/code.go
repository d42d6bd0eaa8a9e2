package units

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// codeLength is that of the code of a commune; a province has two digits and a
// district three.
const codeLength = 5

// A said code is the code of a commune in a text.
type said struct {
	word int // -1 for none
	from int // with "mã xã" before it
}

// codes answers a text of codes alone: "11953", "mã 11953", "33, 323, 11989",
// "11953; 11956".
func (t *text) codes(r *AddressResult, on viet.Date) bool {
	var communes []string
	q := Query{On: on}
	for i := range t.words {
		w := &t.words[i]
		switch {
		case !w.number && !codeWord(w.fold):
			return false
		case !w.number:
			continue
		}
		code := t.raw[w.from:w.to]
		switch len(code) {
		case codeLength:
			if !slices.Contains(communes, code) {
				communes = append(communes, code)
			}
		case 3:
			q.District = code
		case 2:
			q.Province = code
		default:
			return false
		}
		if !digits(code) { // of another script
			return false
		}
		r.Parts = append(r.Parts, t.part(PartCode, i, i+1))
	}
	switch len(communes) {
	case 0:
		return len(r.Parts) > 0
	case 1:
		q.Commune = communes[0]
		r.Result = t.ix.settle(q).Result
		return true
	}
	for _, code := range communes {
		r.Units = append(r.Units, t.ix.Codes(Commune, code, on)...)
	}
	r.Units, r.Why = few(r.Units), WhyCodes
	return true
}

// codeWord reports whether a word only says that a code follows.
func codeWord(fold string) bool {
	switch fold {
	case "ma", "so", "xa", "phuong", "huyen", "quan", "tinh", "dvhc", "don", "vi", "hanh", "chinh", "code", "va", "cap":
		return true
	}
	return false
}

// findCode looks for the code of a commune beside names: behind the word mã, in
// brackets, or first and parted from what follows.
func (t *text) findCode() {
	for i := range t.words {
		w := &t.words[i]
		if !w.number || w.to-w.from != codeLength {
			continue
		}
		from := i
		for from > 0 && codeWord(t.words[from-1].fold) && t.words[from].gap < gapSoft {
			from--
		}
		labelled := false
		for k := from; k < i; k++ {
			if labelled = t.words[k].fold == "ma" || t.words[k].fold == "dvhc"; labelled {
				from = k
				break
			}
		}
		end := i+1 == len(t.words) || t.words[i+1].gap >= gapSoft
		bracket := w.from > 0 && t.raw[w.from-1] == '(' && strings.HasPrefix(t.raw[w.to:], ")")
		if !labelled {
			from = i
		}
		if labelled || bracket || i == 0 && end && len(t.words) > 1 {
			t.code = said{word: i, from: from}
			return
		}
	}
}

// obeyCode weighs a code beside the names: it must mean the same commune, and
// may choose among several.
func (t *text) obeyCode(found *settled, p *plan, on viet.Date, home string) {
	if t.code.word < 0 {
		return
	}
	code := t.raw[t.words[t.code.word].from:t.words[t.code.word].to]
	if p.commune == nil {
		q := Query{Province: t.query(p.province), District: t.query(p.district), Commune: code, On: on}
		if p.province == nil {
			q.Province = home
		}
		*found = t.ix.settle(q)
		return
	}
	if found.Sure {
		if !t.ix.bears(found.Units[0], code, on) {
			found.Sure, found.Why = false, WhyDiffers
			for _, u := range t.ix.Codes(Commune, code, on) {
				if !slices.Contains(found.Units, u) {
					found.Units = append(slices.Clip(found.Units), u)
				}
			}
		}
		return
	}
	var chosen []Unit
	for _, u := range found.Units {
		if u.Code == code && u.ValidOn(on) {
			chosen = append(chosen, u)
		}
	}
	if len(chosen) == 1 {
		found.Result = Result{Units: chosen, Sure: true, Why: WhyCode}
	}
}

// bears reports whether a unit has a code, or one that became it whole had it.
func (ix *Index) bears(u Unit, code string, on viet.Date) bool {
	if u.Code == code {
		return true
	}
	for _, old := range ix.Codes(Commune, code, ix.last) {
		if next := ix.Convert(old.UID, ix.last, on); on != NoDay && next.Sure && next.Units[0].UID == u.UID {
			return true
		}
	}
	return false
}
