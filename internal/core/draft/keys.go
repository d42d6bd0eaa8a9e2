package draft

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// How the values of columns tell rows apart.
type uniqueness uint8

const (
	repeats uniqueness = iota
	nearly             // some rows in a hundred do not
	clean
)

// nearlyAll is the share of rows that may break a key and it is still proposed,
// with a question.
const nearlyAll = 0.01

// single tells how a column alone tells the rows of each sample apart.
func (p *proposer) single(i int) uniqueness {
	least := clean
	for _, s := range p.group.columns[i].of {
		e := s.seen
		gaps, again := e.Rows-e.Filled, e.repeated()
		switch {
		case e.Rows == 0:
		case gaps == 0 && again == 0:
			if !e.Exact {
				least = min(least, nearly)
			}
		case float64(gaps+again) <= nearlyAll*float64(e.Rows) && e.Rows >= 100,
			gaps+again == 1 && e.Rows >= 15, gaps+again == 2 && e.Rows >= 50, gaps+again <= 3 && e.Distinct >= 15 && (p.meaning[i].role == roleCode || p.meaning[i].role == roleUnitCode):
			least = min(least, nearly)
		default:
			return repeats
		}
	}
	if len(p.group.columns[i].of) < len(p.group.tables) {
		return repeats // a sample lacks it
	}
	return least
}

// worth is how likely a column is to be (part of) a key, by what it is; 0 never.
func (p *proposer) worth(i int) int {
	c, e, m := &p.out.Columns[i], p.seen[i], p.meaning[i]
	switch c.Type {
	case contract.Text, contract.Integer, contract.Date, contract.PartialDate, contract.Timestamp:
	default:
		return 0
	}
	if c.LeftOut || e.Filled == 0 || e.meanRunes() > 60 || c.Personal.Class == Sensitive && c.Kind == "" {
		return 0
	}
	switch m.role {
	case roleNumber, roleCount, roleAmount, roleNote, roleFlag, rolePlace, roleTo, roleText:
		if c.Kind == "" {
			return 0
		}
	}
	if w := kindWorth[c.Kind]; w > 0 {
		return w
	}
	switch m.role {
	case roleCode, roleUnitCode:
		if e.running {
			return 50
		}
		return 99
	case roleUnitName, roleSender:
		return 45
	case rolePeriod:
		return 60
	case roleTitle, roleBody, roleItem:
		return 40
	case roleDay, roleFrom:
		return 30
	case roleBirth, roleGroup:
		return 20
	case rolePerson:
		return 15
	}
	codeLike := c.Type == contract.Text && e.with(spaced|several|long) == 0 && (c.Pattern != "" || e.with(digitsOnly) == e.Filled)
	switch {
	case codeLike && c.CodeList == "":
		return 80
	case c.Type == contract.Integer: // figures differ by chance, and running numbers name nothing
		return 0
	}
	return 10
}

var kindWorth = map[viet.Kind]int{
	viet.KindDossier: 100, viet.KindTaxCode: 98, viet.KindCCCD: 97, viet.KindProcedure: 95, viet.KindAgency: 95, viet.KindParcel: 95,
	viet.KindCommune: 94, viet.KindProvince: 93, viet.KindBHXH: 90, viet.KindBHYT: 90, viet.KindPlate: 90, viet.KindCMND: 88,
	viet.KindPassport: 85, viet.KindDocument: 84, viet.KindPhone: 12,
}

// good is the worth from which a column alone makes a key that needs no
// further search.
const good = 75

// fair is the worth of names: unique in the sample they make a key, for want of
// a code.
const fair = 40

type candidate struct {
	columns []int
	worth   int
	how     uniqueness
}

// key proposes the key.
func (p *proposer) key() {
	singles := p.singles()
	switch {
	case len(singles) > 0 && singles[0].worth >= good:
		p.settle(p.withPeriod(singles[0]), singles[1:])
	case len(singles) > 0 && singles[0].worth >= fair:
		p.settle(p.withPeriod(singles[0]), nil)
	default:
		several := p.several()
		switch {
		case several != nil:
			p.settle(*several, singles)
		case len(singles) > 0 && singles[0].worth > 10:
			p.settle(singles[0], nil)
		default:
			p.noKey()
		}
	}
}

// singles are the columns that alone tell rows apart, the likeliest first.
func (p *proposer) singles() []candidate {
	var all []candidate
	for i := range p.out.Columns {
		w := p.worth(i)
		if w == 0 {
			continue
		}
		how := p.single(i)
		if how == clean || how == nearly && w >= good {
			all = append(all, candidate{[]int{i}, w, how})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if a.how != b.how && min(a.worth, b.worth) >= good {
			return int(b.how) - int(a.how)
		}
		return b.worth - a.worth
	})
	return all
}

// withPeriod puts the period before a key that will come again with the next
// one: the sample has one period only.
func (p *proposer) withPeriod(c candidate) candidate {
	if p.out.Period == "" {
		return c
	}
	first := p.out.Columns[c.columns[0]]
	role := p.meaning[c.columns[0]].role
	once := first.Kind == viet.KindDossier || first.Kind == viet.KindDocument
	figures := slices.ContainsFunc(p.meaning, func(m meaning) bool { return m.role == roleCount || m.role == roleAmount })
	if once || role == rolePeriod || !figures && role != roleUnitCode && role != roleUnitName && role != roleBody && role != roleItem {
		return c
	}
	var periods []int
	for i := range p.out.Columns {
		if p.meaning[i].role == rolePeriod && !p.out.Columns[i].LeftOut && p.seen[i].full() && p.worth(i) > 0 {
			periods = append(periods, i)
		}
	}
	if len(periods) == 0 {
		return c
	}
	alone := p.edit(c)
	c.columns = append(periods, c.columns...)
	p.doubt("key-period", "", say("draft.ask.key-period", p.out.Column(p.out.Period).Title, first.Title), []Option{
		{say("draft.option.key", p.titles(c.columns)), p.edit(c)},
		{say("draft.option.key", first.Title), alone},
	})
	return c
}

func (p *proposer) edit(c candidate) Edit {
	var e Edit
	for _, i := range c.columns {
		e.Key = append(e.Key, p.out.Columns[i].Name)
	}
	return e
}

func (p *proposer) titles(columns []int) string {
	var all []string
	for _, i := range columns {
		all = append(all, p.out.Columns[i].Title)
	}
	return strings.Join(all, " + ")
}

// settle makes a candidate the key, says why, and asks where others would do.
func (p *proposer) settle(c candidate, rivals []candidate) {
	p.out.Key = p.edit(c).Key
	p.out.Why = append(p.out.Why, say("draft.why.key", p.titles(c.columns), p.checked()))
	if c.how == nearly {
		p.doubt("key-broken", "", say("draft.ask.key-broken", p.titles(c.columns)), []Option{
			{say("draft.option.key", p.titles(c.columns)), p.edit(c)},
			{say("draft.option.no-key"), Edit{NoKey: true}},
		})
	}
	if c.worth < good && len(c.columns) == 1 {
		p.doubt("key-name", "", say("draft.ask.key-name", p.titles(c.columns)), []Option{
			{say("draft.option.key", p.titles(c.columns)), p.edit(c)},
			{say("draft.option.no-key"), Edit{NoKey: true}},
		})
	}
	options := []Option{{say("draft.option.key", p.titles(c.columns)), p.edit(c)}}
	for _, r := range rivals {
		if r.worth >= good && r.how == clean && len(options) < 4 {
			options = append(options, Option{say("draft.option.key", p.titles(r.columns)), p.edit(r)})
		}
	}
	if len(options) > 1 {
		var names []string
		for _, o := range options {
			names = append(names, o.Say.Args[0].(string))
		}
		p.doubt("keys", "", say("draft.ask.keys", strings.Join(names, "; ")), options)
	}
}

// checked is how many rows the key was tried on.
func (p *proposer) checked() (rows int64) {
	for _, t := range p.group.tables {
		rows += t.Rows
	}
	return rows
}

func (p *proposer) noKey() {
	p.out.Why = append(p.out.Why, say("draft.why.no-key"))
	if p.out.Rows > 0 {
		p.doubt("no-key", "", say("draft.ask.no-key"), nil)
	}
}

// manyParts bounds the columns tried together: 10 make 45 pairs and 120
// triples.
const manyParts = 10

// several searches for two or three columns that tell rows apart together.
func (p *proposer) several() *candidate {
	type part struct{ column, worth int }
	var list []part
	for i := range p.out.Columns {
		e := p.seen[i]
		if w := p.worth(i); w > 0 && e.Distinct > 1 && float64(e.Rows-e.Filled) <= 0.001*float64(e.Rows) && len(p.group.columns[i].of) == len(p.group.tables) {
			list = append(list, part{i, w})
		}
	}
	slices.SortStableFunc(list, func(a, b part) int { return b.worth - a.worth })
	list = list[:min(len(list), manyParts)]
	weight := func(part part) int {
		if part.worth < fair {
			return part.worth - 150 // days and persons' names: three codes go before a code and such a one
		}
		return part.worth
	}
	var all []candidate
	for i, a := range list {
		for j, b := range list[i+1:] {
			all = append(all, candidate{columns: []int{a.column, b.column}, worth: weight(a) + weight(b) + 200})
			for _, c := range list[i+j+2:] {
				all = append(all, candidate{columns: []int{a.column, b.column, c.column}, worth: weight(a) + weight(b) + weight(c) - 100})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.worth - a.worth })
	for _, how := range []uniqueness{clean, nearly} {
		for _, c := range all {
			if p.together(c.columns, how) {
				c.how = how
				c.worth = good
				p.order(c.columns)
				return &c
			}
		}
	}
	return nil
}

// order puts the period first and units before the rest.
func (p *proposer) order(columns []int) {
	rank := func(i int) int {
		switch p.meaning[i].role {
		case rolePeriod:
			return 0
		case roleUnitCode, roleUnitName, roleSender, roleBody:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(columns, func(a, b int) int {
		if r := rank(a) - rank(b); r != 0 {
			return r
		}
		return a - b
	})
}

// together tells whether columns tell the rows of each sample apart.
func (p *proposer) together(columns []int, how uniqueness) bool {
	product := 1.0
	for _, i := range columns {
		product *= float64(p.seen[i].Distinct)
	}
	for k, t := range p.group.tables {
		if len(p.group.tables) == 1 && product < float64(t.Rows)*(1-nearlyAll) {
			return false
		}
		var places []int
		for _, i := range columns {
			for _, s := range p.group.columns[i].of {
				if s.table == k {
					places = append(places, s.seen.Place)
				}
			}
		}
		allowed := 0
		if how == nearly {
			allowed = int(nearlyAll * float64(t.Rows))
			if allowed == 0 && t.Rows >= 15 {
				allowed = 1
			}
		}
		if !t.apart(places, allowed) {
			return false
		}
	}
	return true
}

// apart tells whether the cells at places differ from row to row, but for so
// many rows.
func (t *Table) apart(places []int, allowed int) bool {
	width := len(t.Columns)
	if width == 0 {
		return false
	}
	set := hashes{slots: make([]uint64, 1024)}
	for at := 0; at+width <= len(t.hashes); at += width {
		h := uint64(0)
		for _, c := range places {
			h = (h<<23 | h>>41) ^ t.hashes[at+c]
			h *= 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		if set.full() {
			set.double()
		}
		if !set.add(h | 1) {
			if allowed--; allowed < 0 {
				return false
			}
		}
	}
	return true
}
