package draft

import (
	"math"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// How much of a column must fit before it is called something: most of it, or
// less when the heading says the same.
const (
	most  = 0.9
	hint  = 0.7
	nearl = 0.95 // without a heading that says so
)

// A choice is the type of a column with its reasons.
type choice struct {
	Type             contract.Type
	Precision, Scale int
	Finest, Shape    string
	Kind             viet.Kind
	Style            Style
	Min, Max         string
	fit              marks // cells with one of these can be read so; 0 = every cell
	why              []Note
	asks             []ask
}

// An ask is a question about one column.
type ask struct {
	id      string
	text    Note
	options []Option
}

// choose settles the type of a column.
func choose(e *Evidence, m meaning) choice {
	if e.meant() == 0 {
		return unseen(m)
	}
	for _, try := range []func(*Evidence, meaning) (choice, bool){
		structure, identifier, truths01, codes, days, figures,
	} {
		if c, ok := try(e, m); ok {
			c.misfits(e)
			return c
		}
	}
	c := choice{Type: contract.Text}
	c.because("draft.why.text", e.MaxRunes)
	return c
}

// unseen chooses by the heading alone.
func unseen(m meaning) choice {
	c := choice{Type: contract.Text}
	switch m.role {
	case roleDay, roleFrom, roleTo, roleBirth:
		c.Type = contract.Date
	case roleCount:
		c.Type = contract.Integer
	case roleAmount:
		c.Type, c.Precision, c.Scale = contract.Decimal, 18, 2
	}
	if strings.HasPrefix(m.folded, "ty le") {
		c.Type, c.Precision, c.Scale = contract.Decimal, 9, 4
	}
	c.because("draft.why.empty", typeNote(c.Type))
	return c
}

func (c *choice) because(key string, args ...any) { c.why = append(c.why, Note{key, args}) }

// misfits says how many cells cannot be read so.
func (c *choice) misfits(e *Evidence) {
	if n := e.with(missing); n > 0 && c.Type != contract.Text {
		c.because("draft.why.missing-words", n)
	}
	if n := e.with(faulty); n > 0 {
		c.because("draft.why.faulty", n)
	}
	if c.fit == 0 {
		return
	}
	if n := e.meant() - e.withNot(c.fit, missing|faulty); n > 0 {
		c.because("draft.why.misfits", n)
	}
}

// structure finds geometries and JSON.
func structure(e *Evidence, _ meaning) (choice, bool) {
	if e.share(wkt|geoJSON) >= most {
		c := choice{Type: contract.Geometry, Shape: onlyShape(e), fit: wkt | geoJSON}
		c.because("draft.why.geometry")
		return c, true
	}
	if e.share(jsonText) >= most {
		c := choice{Type: contract.JSON, fit: jsonText}
		c.because("draft.why.json")
		return c, true
	}
	return choice{}, false
}

func onlyShape(e *Evidence) string {
	shape := ""
	for _, v := range e.values {
		s := shapeOf([]byte(v.text))
		if s != "" && shape != "" && s != shape {
			return "any"
		}
		shape = first(s, shape)
	}
	return first(shape, "any")
}

// truths01 finds yes and no.
func truths01(e *Evidence, m meaning) (choice, bool) {
	c := choice{Type: contract.Boolean, fit: truth | cross | zeroOne}
	switch {
	case e.share(truth|cross) >= most:
		c.because("draft.why.boolean")
		return c, true
	case e.share(zeroOne|truth|cross) < most || m.role == roleCount || m.role == roleAmount || m.role == roleCode:
		return choice{}, false
	case m.role == roleFlag:
		c.because("draft.why.boolean-heading", e.Heading)
		return c, true
	case e.Filled < 10 || e.with(zeroOne) != e.Filled || e.Distinct != 2:
		return choice{}, false
	}
	c = choice{Type: contract.Integer, fit: wholeEn}
	c.because("draft.why.integer", "0", "1")
	c.asks = append(c.asks, ask{"zero-one", say("draft.ask.zero-one", e.Heading), []Option{
		{say("draft.option.integer"), Edit{Type: contract.Integer}},
		{say("draft.option.boolean"), Edit{Type: contract.Boolean}},
	}})
	return c, true
}

// kindMarks are the identifiers by kind.
var kindMarks = []struct {
	kind  viet.Kind
	mark  marks
	alone bool // told by its form alone
}{
	{viet.KindDossier, dossier, true}, {viet.KindDocument, document, true}, {viet.KindAgency, agency, true},
	{viet.KindBHYT, bhyt, true}, {viet.KindPlate, plate, true}, {viet.KindCCCD, cccd, true}, {viet.KindPhone, phone, true},
	{viet.KindTaxCode, taxCode, true}, {viet.KindCMND, cmnd, false}, {viet.KindPassport, passport, false}, {viet.KindBHXH, bhxh, false},
	{viet.KindProcedure, procedure, false}, {viet.KindParcel, parcel, false},
	{viet.KindProvince, province, false}, {viet.KindCommune, commune, false},
}

// identifier finds the numbers of the state.
func identifier(e *Evidence, m meaning) (choice, bool) {
	for _, k := range kindMarks {
		share := e.share(k.mark)
		c := choice{Type: contract.Text, Kind: k.kind, fit: k.mark}
		switch {
		case k.kind == m.kind && share >= hint:
			c.because("draft.why.kind", kindNote(k.kind), e.Heading)
			return c, true
		case k.alone && m.kind == "" && share >= nearl && aloneFits(e, m, k.kind):
			c.because("draft.why.kind-form", kindNote(k.kind))
			return c, true
		}
	}
	if m.kind == "" || m.kind == viet.KindAgency || m.kind == viet.KindDossier || m.kind == viet.KindDocument {
		return choice{}, false
	}
	c := choice{Type: contract.Text}
	c.because("draft.why.kind-not", e.Heading, kindNote(m.kind))
	return c, true
}

// aloneFits tells whether a form without a heading that names it is enough.
func aloneFits(e *Evidence, m meaning, k viet.Kind) bool {
	if m.role == roleCount || m.role == roleAmount || m.role == roleUnitCode || e.meant() < 5 {
		return false
	}
	switch k {
	case viet.KindCCCD, viet.KindTaxCode: // every value its own, enough of them
		return e.meant() >= 10 && e.Distinct*2 >= e.Filled
	case viet.KindDocument, viet.KindDossier, viet.KindBHYT:
		return true
	case viet.KindPhone:
		return m.role != roleCode && e.Distinct > 3
	}
	return m.role == roleNone || m.role == roleCode && k == viet.KindAgency
}

// codes finds figures that are names rather than quantities.
func codes(e *Evidence, m meaning) (choice, bool) {
	digits := e.share(digitsOnly)
	if digits < hint {
		return choice{}, false
	}
	quantity := m.role == roleCount || m.role == roleAmount
	if m.kind == viet.KindDocument && e.Filled >= fewestRows && e.Distinct*4 <= e.Filled && e.with(leadingZero) == 0 {
		return choice{}, false // "số văn bản": how many, over and over the same few
	}
	c := choice{Type: contract.Text}
	switch zeros := e.with(leadingZero); {
	case zeros > 0 && float64(zeros) >= 0.02*float64(e.meant()) && digits >= most && !quantity:
		c.because("draft.why.leading-zero", zeros)
	case e.en.whole > 18:
		c.because("draft.why.too-long", e.en.whole)
	case m.role == roleCode || m.role == roleUnitCode:
		c.because("draft.why.code", e.Heading)
	default:
		return choice{}, false
	}
	return c, true
}

// days finds dates and times.
func days(e *Evidence, m meaning) (choice, bool) {
	need := most
	dated := m.role == roleDay || m.role == roleBirth || m.role == roleFrom || m.role == roleTo
	if dated {
		need = hint
	}
	d, p := e.share(date), e.share(date|partial)
	var c choice
	switch {
	case e.share(stamp) > 0 && e.share(timestamp) >= 0.5 && e.share(timestamp|date) >= need:
		c = choice{Type: contract.Timestamp, fit: timestamp}
		c.because("draft.why.timestamp")
	case e.share(clock) >= need:
		c = choice{Type: contract.Time, fit: clock}
		c.because("draft.why.time")
	case p >= need && p-d > 0.005 && (d > 0 || dated):
		c = partialDate(e)
	case d >= need:
		c = choice{Type: contract.Date, fit: date}
		c.because("draft.why.date", e.first.Display(), e.final.Display())
	case p >= need && e.share(year) < 0.5 && (m.role == rolePeriod || e.share(numberEn) < most):
		c = partialDate(e)
	case e.share(date|shortYear|monthFirst) >= need:
		c = choice{Type: contract.Date, fit: date}
		c.because("draft.why.date-unread")
	default:
		return choice{}, false
	}
	c.asks = append(c.asks, dateAsks(e, c)...)
	return c, true
}

func partialDate(e *Evidence) choice {
	c := choice{Type: contract.PartialDate, Finest: "month", fit: date | partial}
	if e.with(year) > 0 {
		c.Finest = "year"
	}
	c.because("draft.why.partial", e.with(date), e.with(partial))
	return c
}

// dateAsks asks what order the parts of dates have, where that shows nowhere.
func dateAsks(e *Evidence, c choice) (asks []ask) {
	if c.Type != contract.Date && c.Type != contract.PartialDate {
		return nil
	}
	only := []Option{{say("draft.option.day-first"), Edit{}}, {say("draft.option.as-text"), Edit{Type: contract.Text}}}
	switch n := e.with(dayMonth); {
	case e.with(monthFirst) > 0:
		asks = append(asks, ask{"month-first", say("draft.ask.month-first", e.Heading, e.with(monthFirst)), only})
	case n >= 3 && n == e.with(date):
		asks = append(asks, ask{"day-month", say("draft.ask.day-month", e.Heading, n), only})
	}
	if n := e.with(shortYear); n > 0 {
		asks = append(asks, ask{"short-year", say("draft.ask.short-year", e.Heading, n),
			[]Option{{say("draft.option.date-refuse"), Edit{}}, {say("draft.option.as-text"), Edit{Type: contract.Text}}}})
	}
	return asks
}

// figures finds numbers.
func figures(e *Evidence, m meaning) (choice, bool) {
	need := most
	if m.role == roleCount || m.role == roleAmount || m.role == rolePlace {
		need = hint
	}
	if e.share(numberVi|numberEn) < need {
		return choice{}, false
	}
	style, asks := numberStyle(e, m)
	n, whole, number := e.en, wholeEn, numberEn
	if style == Vietnamese {
		n, whole, number = e.vi, wholeVi, numberVi
	}
	if n.n == 0 {
		return choice{}, false
	}
	c := choice{Style: style, fit: number, asks: asks}
	switch {
	case e.with(exponent) > 0 || n.frac > 0 && n.whole+n.frac > 17:
		c.Type = contract.Float
		c.because("draft.why.float")
	case m.role == roleCount && e.with(whole)*10 >= e.with(number)*9:
		c.Type, c.fit = contract.Integer, whole
		c.because("draft.why.integer", plainNumber(n.min), plainNumber(n.max))
	case e.with(number) > e.with(whole) || m.role == rolePlace:
		c.Type = contract.Decimal
		c.Scale = max(1, n.frac)
		c.Precision = min(viet.MaxPrecision, max(n.whole+2, 6)+c.Scale)
		c.because("draft.why.decimal", n.frac)
	default:
		c.Type, c.fit = contract.Integer, whole
		c.because("draft.why.integer", plainNumber(n.min), plainNumber(n.max))
	}
	if style != "" {
		c.because("draft.why.style-" + string(style))
	}
	c.bounds(n, m)
	return c, true
}

// bounds proposes limits that follow from what is counted.
func (c *choice) bounds(n numbers, m meaning) {
	if n.min >= 0 && (m.role == roleCount || m.role == roleAmount) {
		c.Min = "0"
	}
	share := m.unit == "%" || len(m.folded) > 5 && (m.folded[:5] == "ty le" || m.folded[:5] == "ti le")
	if share && n.min >= 0 && n.max <= 100 {
		c.Min, c.Max = "0", "100"
	}
}

// numberStyle decides how the marks of a column's numbers are meant. Where all
// of them can be meant both ways that is asked.
func numberStyle(e *Evidence, m meaning) (Style, []ask) {
	both := e.with(eitherStyle)
	var onlyVi, onlyEn int64
	for _, s := range e.seen {
		switch s.marks & (numberVi | numberEn) {
		case numberVi:
			onlyVi += s.n
		case numberEn:
			onlyEn += s.n
		}
	}
	options := []Option{
		{say("draft.option.vi"), Edit{Style: Vietnamese, Type: numberType(e.vi), Precision: precisionOf(e.vi), Scale: e.vi.frac}},
		{say("draft.option.en"), Edit{Style: English, Type: numberType(e.en), Precision: precisionOf(e.en), Scale: e.en.frac}},
	}
	switch {
	case onlyVi > 0 && onlyEn > 0:
		style := Vietnamese
		if onlyEn > onlyVi {
			style = English
			options[0], options[1] = options[1], options[0]
		}
		return style, []ask{{"two-styles", say("draft.ask.two-styles", e.Heading, onlyVi, onlyEn), options}}
	case onlyVi > 0:
		return Vietnamese, nil
	case onlyEn > 0 && both > 0:
		return English, nil
	case onlyEn > 0 || both == 0:
		return "", nil
	case m.role == rolePlace:
		return English, nil
	}
	return Vietnamese, []ask{{"thousands", say("draft.ask.thousands", e.Heading, both), options}}
}

func numberType(n numbers) contract.Type {
	if n.frac > 0 {
		return contract.Decimal
	}
	return contract.Integer
}

func precisionOf(n numbers) int {
	if n.frac == 0 {
		return 0
	}
	return min(viet.MaxPrecision, max(n.whole+2, 6)+n.frac)
}

func plainNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// kindNote is the key of an identifier's name.
func kindNote(k viet.Kind) string { return "draft.kind." + string(k) }

// typeNote is the key of a type's name.
func typeNote(t contract.Type) string { return "draft.type." + string(t) }
