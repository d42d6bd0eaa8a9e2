package units

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// More reasons, of addresses.
const (
	WhyLater    Why = "later"    // sure: it named a unit of afterwards, which was made of this one alone
	WhyVillage  Why = "village"  // sure: the commune was divided, and the register says where its village went
	WhyDistrict Why = "district" // the name may be that of the district, and no commune be named
	WhyStreet   Why = "street"   // the name stands where a street or a village may stand
	WhyWords    Why = "words"    // words beside the name could not be read
	WhyTwo      Why = "two"      // the text may name two communes
	WhyCodes    Why = "codes"    // several codes are named
	WhyElse     Why = "else"     // the code means a unit on other days only
)

// A PartKind says what a part of an address is.
type PartKind string

// The kinds of parts. House, lane, street and place are what stands below the
// village: their texts are told apart by their words alone.
const (
	PartHouse    PartKind = "house"  // Số 5, 12/3A
	PartLane     PartKind = "lane"   // ngõ 3, hẻm 12
	PartStreet   PartKind = "street" // đường Trần Phú, quốc lộ 5
	PartPlace    PartKind = "place"  // anything else before the units: a building, a market
	PartVillage  PartKind = "village"
	PartCommune  PartKind = "commune"
	PartDistrict PartKind = "district"
	PartProvince PartKind = "province"
	PartCountry  PartKind = "country"
	PartPostcode PartKind = "postcode"
	PartCode     PartKind = "code"  // of the commune, or of the units above it in a list of codes
	PartLabel    PartKind = "label" // "Địa chỉ:"
	PartLeft     PartKind = "left"  // what was not understood
)

// A Part is a piece of an address as it was typed.
type Part struct {
	Kind     PartKind
	Type     string // of a unit or village, where a word says it: phuong, huyen, thon …
	Name     string // without the word of the type
	Text     string // with it: the bytes From to To of the address
	From, To int
}

// Confidence says in a word how far an answer carries. It is no probability:
// each word stands for what was written and what was found.
type Confidence string

// The confidences.
const (
	// ConfidenceHigh: sure, and the text names the commune with its type and
	// marks and its province, or bears the commune's code; nothing is left over.
	ConfidenceHigh Confidence = "high"
	// ConfidenceGood: sure, but the text says less: no marks, no type, no
	// province, or something is left over that cannot be a unit.
	ConfidenceGood Confidence = "good"
	// ConfidenceLow: not sure; a person chooses among the candidates.
	ConfidenceLow Confidence = "low"
	// ConfidenceNone: no unit was found.
	ConfidenceNone Confidence = "none"
)

// Say words the confidence.
func (c Confidence) Say(l locale.Lang) string {
	switch c {
	case ConfidenceHigh:
		return l.T("units.confidence.high")
	case ConfidenceGood:
		return l.T("units.confidence.good")
	case ConfidenceLow:
		return l.T("units.confidence.low")
	}
	return l.T("units.confidence.none")
}

// An AddressResult is an address read. Its Result is the commune.
type AddressResult struct {
	Result
	Village    Result // the village, when one is named and the register has villages of the commune; otherwise its Why is ""
	Confidence Confidence
	Text       string // as it was typed, never changed
	Parts      []Part // in the order of the text; they do not overlap
}

// Left lists what was not understood.
func (r *AddressResult) Left() []Part {
	var left []Part
	for _, p := range r.Parts {
		if p.Kind == PartLeft {
			left = append(left, p)
		}
	}
	return left
}

// Part gives the first part of a kind.
func (r *AddressResult) Part(kind PartKind) (Part, bool) {
	i := slices.IndexFunc(r.Parts, func(p Part) bool { return p.Kind == kind })
	if i < 0 {
		return Part{}, false
	}
	return r.Parts[i], true
}

// longestAddress is how many words are read: the longest addresses of registers
// have some forty, and the work grows faster than their number.
const longestAddress = 120

// Address reads an address that was typed into one cell, as it was meant on a
// day: with two levels or three, with commas, hyphens or nothing between them,
// with types abbreviated, without marks, from small to large or the other way
// round; or the code of a commune. An address of before 1 July 2025 that is
// asked for a day after it follows the changes.
//
// The commune is sure by the rules of Resolve, and only when no other reading of
// the text names another commune. A text that names no province is sure when the
// name is there once in the country, or once in the provinces within, names or
// codes; a province in the text counts before those.
func (ix *Index) Address(address string, on viet.Date, within ...string) AddressResult {
	t := &text{ix: ix, raw: address, words: ix.names.split(address), code: said{word: -1}}
	r := AddressResult{Text: address, Confidence: ConfidenceNone, Result: Result{Why: WhyEmpty}}
	switch n := len(t.words); {
	case n == 0:
		return r
	case n > longestAddress:
		r.Why, r.Parts = WhyWords, []Part{t.part(PartLeft, 0, n)}
		return r
	}
	if t.codes(&r, on) {
		r.Confidence = confidence(&r, true)
		return r
	}
	t.trim()
	t.mentions()
	home := strings.Join(within, ",")
	best, rivals := t.best(t.plans(t.from, t.to, on))
	if best == nil || best.commune.kind == "" && !best.linked { // "Thái Thụy, Thái Bình" names a district
		best, rivals = t.above(), nil
	}
	found := t.commune(best, on, home)
	t.contest(&found, best, rivals, on, home)
	t.obeyCode(&found, best, on, home)
	r.Parts = t.parts(best, &found)
	t.villages(&r, &found, on)
	r.Result = found.Result
	r.Confidence = confidence(&r, t.whole(best))
	return r
}

// confidence sums up; whole tells that the text names the commune in full.
func confidence(r *AddressResult, whole bool) Confidence {
	switch {
	case r.Sure && whole && !slices.ContainsFunc(r.Parts, func(p Part) bool { return p.Kind == PartLeft }):
		return ConfidenceHigh
	case r.Sure:
		return ConfidenceGood
	case len(r.Units) > 0:
		return ConfidenceLow
	}
	return ConfidenceNone
}

// whole reports whether the commune stands there with type and marks, and the
// province beside it; or its code.
func (t *text) whole(p *plan) bool {
	if t.code.word >= 0 {
		return true
	}
	if p.commune == nil || p.commune.kind == "" || p.province == nil {
		return false
	}
	return !plain(t.named(p.commune)) || !plain(t.named(p.province)) || !plain(t.raw)
}

// named is the name of a mention as it was typed, without its type.
func (t *text) named(m *mention) string {
	return t.raw[t.words[m.name].from:t.words[m.to-1].to]
}

// query words a mention for Resolve: its type in the shortest form, which bears
// no marks, and its name.
func (t *text) query(m *mention) string {
	switch {
	case m == nil:
		return ""
	case m.kind == "":
		return t.named(m)
	}
	return shortTypes[m.kind] + " " + t.named(m)
}

// shortTypes are the types as typeWords has them, without marks.
var shortTypes = map[string]string{
	"xa": "x", "phuong": "p", "thi_tran": "tt", "dac_khu": "dk", "huyen": "h", "quan": "q", "thi_xa": "tx",
	"thanh_pho": "tp", "thanh_pho_tw": "tp", "tinh": "t",
}

// commune answers a plan.
func (t *text) commune(p *plan, on viet.Date, home string) settled {
	q := Query{Province: t.query(p.province), District: t.query(p.district), On: on}
	if p.province == nil {
		q.Province = home
	}
	if p.commune == nil {
		return t.ix.islands(q)
	}
	q.Commune = t.query(p.commune)
	s := t.ix.settle(q)
	if s.Sure && p.loose != "" {
		s.Sure, s.Why = false, p.loose
	}
	if len(s.Units) == 0 && (p.province != nil || home == "") { // a name that is written otherwise: Mĩ Hào
		for _, c := range p.commune.units {
			if u := &t.ix.units[c]; p.linked && u.ValidOn(on) && len(s.Units) < most {
				s.Units, s.Why = append(s.Units, *u), WhyNear
			}
		}
	}
	return s
}

// contest takes other readings of the text in.
func (t *text) contest(found *settled, best *plan, rivals []*plan, on viet.Date, home string) {
	for _, p := range rivals {
		q := *p
		q.loose = ""
		if q.province == nil {
			q.province = best.province
		}
		other := t.commune(&q, on, home)
		if other.Sure && found.Sure && other.Units[0].UID == found.Units[0].UID || len(other.Units) == 0 && p.commune.kind == "" {
			continue
		}
		found.Sure, found.Why = false, WhyTwo
		for _, u := range other.Units {
			if !slices.Contains(found.Units, u) {
				found.Units = append(slices.Clip(found.Units), u)
			}
		}
		found.Units = few(found.Units)
	}
}
