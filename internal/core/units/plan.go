package units

import (
	"slices"

	"github.com/phohien/phohien/viet"
)

// A plan is a way of reading a text: which words name the commune, the district
// and the province. In a plan the units that are named lie one right behind the
// other, from small to large or, turned, from large to small.
type plan struct {
	commune, district, province *mention // nil where none is named
	from, to                    int      // words
	turned                      bool
	linked                      bool // the register has such a commune in such a district and province
	now                         bool // and on the day of the question
	fits                        bool // and of the type that is written
	loose                       Why  // why it cannot be sure, "" when nothing speaks against it
	score                       int
}

// levels is how many levels are named and fit together.
func (p *plan) levels() int {
	n := 0
	for _, m := range []*mention{p.commune, p.district, p.province} {
		if m != nil && m.units != nil {
			n++
		}
	}
	if !p.linked {
		return min(n, 1)
	}
	return n
}

// next gives where the word behind a mention is, past "cũ", "thuộc" and a code.
func (t *text) next(i int) int {
	switch {
	case i >= len(t.words):
	case t.code.word >= 0 && i == t.code.from:
		return t.code.word + 1
	case t.words[i].fold == "thuoc":
		return i + 1
	case t.words[i].fold == "cu" && (i+1 == len(t.words) || t.words[i+1].gap >= gapSoft): // and not Củ Chi
		return i + 1
	}
	return i
}

// plans lists the readings in which a commune is named. Words below from and
// from to on are those of the country and the like.
func (t *text) plans(from, to int, on viet.Date) []plan {
	var all []plan
	for i := range t.all {
		c := &t.all[i]
		if c.level != levelCommune || t.inStreet(c) {
			continue
		}
		all = t.chains(all, c, false)
		all = t.chains(all, c, true)
		if c.kind == "" && t.provinceAt(c) { // "Phú Yên" alone or last is not the commune of that name
			all = slices.DeleteFunc(all, func(p plan) bool { return p.commune == c && (p.province == nil || p.turned) })
		}
	}
	for i := range all {
		t.judge(&all[i], from, to, on)
	}
	return all
}

// chains appends the plans with a commune and what stands behind it, or, turned,
// before it.
func (t *text) chains(all []plan, c *mention, turned bool) []plan {
	p := plan{commune: c, from: c.start, to: c.to, turned: turned}
	all = append(all, p)
	for i := range t.all {
		d := &t.all[i]
		if d.level == levelCommune || !t.touches(&p, d) {
			continue
		}
		q := p.with(d)
		all = append(all, q)
		if d.level == levelProvince {
			continue
		}
		for k := range t.all {
			if above := &t.all[k]; above.level == levelProvince && t.touches(&q, above) {
				all = append(all, q.with(above))
			}
		}
	}
	return all
}

// touches reports whether a mention stands right behind a plan, or before it.
func (t *text) touches(p *plan, m *mention) bool {
	if p.turned {
		return m.to == p.from || t.next(m.to) == p.from
	}
	return m.start == p.to || m.start == t.next(p.to)
}

func (p plan) with(m *mention) plan {
	if m.level == levelDistrict {
		p.district = m
	} else {
		p.province = m
	}
	p.from, p.to = min(p.from, m.start), max(p.to, m.to)
	return p
}

// judge says how well a plan explains the text between two words.
func (t *text) judge(p *plan, from, to int, on viet.Date) {
	t.link(p, on)
	for _, m := range []*mention{p.commune, p.district, p.province} {
		switch {
		case m == nil:
			continue
		case m.units == nil:
			p.score += 2
		case p.linked || m == p.commune:
			p.score += 10
		default:
			p.score++
		}
		p.score += m.to - m.name
		if m.level == levelProvince { // rather than the town of that name
			p.score++
		}
		typed := m.typed
		if m == p.commune && p.linked {
			typed = p.fits
		}
		switch {
		case m.kind != "" && typed:
			p.score += 3
		case m.kind != "" && m.units != nil: // Xã Liên Sơn Lắk is not Thị trấn Liên Sơn, huyện Lắk
			p.score -= 10
		}
	}
	if p.now {
		p.score += 2
	}
	if p.turned {
		p.score--
	}
	if !p.turned && !t.starts(p.commune) || p.turned && !t.starts(p.largest()) {
		p.loose, p.score = WhyStreet, p.score-8
	}
	if !t.ends(p, to) {
		p.loose, p.score = WhyWords, p.score-6
	}
	if rest := t.beyond(p, from, to); rest {
		p.score -= 4
		if p.province == nil {
			p.loose = WhyWords
		}
	}
	if t.otherProvince(p) {
		p.loose = WhyWords
	}
	if p.loose == "" && t.isDistrict(p, on) {
		p.loose = WhyDistrict
	}
	for i := range t.all {
		m := &t.all[i]
		if m.level == levelCommune && m.typed && (m.start >= p.to || m.to <= p.from) {
			p.score -= 5
			break
		}
	}
}

// beyond reports whether something that is not of the country stands where nothing
// should: behind a province, or before it when turned.
func (t *text) beyond(p *plan, from, to int) bool {
	if p.turned {
		return p.from > from
	}
	return t.next(p.to) < to
}

// otherProvince reports whether a province is named apart from a plan that names
// none, or another one.
func (t *text) otherProvince(p *plan) bool {
	for i := range t.all {
		m := &t.all[i]
		if m.level != levelProvince || m.start < p.to && m.to > p.from {
			continue
		}
		switch {
		case p.province != nil && slices.Equal(p.province.units, m.units):
		case m.typed, p.province == nil && t.words[m.start].gap >= gapSoft && (m.to >= t.to || t.words[m.to].gap >= gapSoft):
			return true
		}
	}
	return false
}

// starts reports whether a commune's name may begin at its place. Without the
// word of a type it must begin a part of the text, and no number of a house may
// stand alone before it: what follows that is a street.
func (t *text) starts(c *mention) bool {
	if c.kind != "" {
		return true
	}
	if c.start == 0 {
		return true
	}
	if t.words[c.start].gap < gapSoft {
		return false
	}
	first := c.start - 1
	for first > 0 && t.words[first].gap < gapSoft {
		first--
	}
	for i := first; i < c.start; i++ {
		if f := t.words[i].fold; !(f[0] >= '0' && f[0] <= '9') && f != "so" && f != "sn" && f != "nha" {
			return true
		}
	}
	return allDigits([]byte(t.words[first].fold)) && len(t.words[first].fold) == 5 // a code
}

// ends reports whether the names of a plan are whole: nothing is glued to the
// last of them.
func (t *text) ends(p *plan, to int) bool {
	i := p.to
	if i >= to || t.words[i].gap >= gapSoft || t.next(i) > i {
		return true
	}
	if t.words[i].number && len(t.words[i].fold) >= 5 { // a code
		return true
	}
	if p.turned && t.words[i].marked {
		_, n := t.villageWord(i)
		return n > 0 || t.streetWord(i) > 0 || t.houseWord(i) > 0
	}
	return false
}

// largest is the unit with which a plan ends or, turned, begins.
func (p *plan) largest() *mention {
	switch {
	case p.province != nil:
		return p.province
	case p.district != nil:
		return p.district
	}
	return p.commune
}

// provinceAt reports whether the words of a commune are the name of a province
// too, or a part of one.
func (t *text) provinceAt(c *mention) bool {
	return slices.ContainsFunc(t.all, func(m mention) bool { return m.level == levelProvince && m.name <= c.name && c.to <= m.to })
}

// inStreet reports whether a name without a type stands right behind the word of
// a street.
func (t *text) inStreet(c *mention) bool {
	return c.kind == "" && t.words[c.start].gap < gapSoft && c.start > 0 && t.streetWord(c.start-1) > 0
}

// isDistrict reports whether the only words before the province, without a type,
// are the name of a district of that day as well: "Long Biên, Hà Nội".
func (t *text) isDistrict(p *plan, on viet.Date) bool {
	if p.commune.kind != "" || p.district != nil || on != NoDay && t.ix.last != NoDay && on > t.ix.last {
		return false
	}
	for i := range t.all {
		m := &t.all[i]
		if m.level != levelDistrict || m.name != p.commune.name || m.to != p.commune.to {
			continue
		}
		for _, d := range m.units {
			if t.ix.units[d].ValidOn(on) && (p.province == nil || slices.Contains(p.province.units, t.ix.above[d].province)) {
				return true
			}
		}
	}
	return false
}

// link looks whether the units named belong together.
func (t *text) link(p *plan, on viet.Date) {
	for _, c := range p.commune.units {
		a := t.ix.above[c]
		if p.district != nil && !slices.Contains(p.district.units, a.district) {
			continue
		}
		if p.province != nil && !slices.Contains(p.province.units, a.province) && !t.ix.became(a.province, p.province.units) {
			continue
		}
		p.linked = true
		fits := p.commune.kind == "" || t.ix.units[c].Type == p.commune.kind
		p.fits = p.fits || fits
		if fits && t.ix.units[c].ValidOn(on) {
			p.now = true
			return
		}
	}
}

// became reports whether a province went into one of those: people write the new
// province behind an old commune.
func (ix *Index) became(province int32, those []int32) bool {
	if province < 0 {
		return false
	}
	for _, c := range ix.after[ix.units[province].UID] {
		if slices.Contains(those, int32(ix.byUID[c.New])) {
			return true
		}
	}
	return false
}

// best gives the plan that explains most, and those that would read another
// commune out of the text with as much right.
func (t *text) best(all []plan) (best *plan, rivals []*plan) {
	for i := range all {
		if p := &all[i]; best == nil || p.score > best.score {
			best = p
		}
	}
	if best == nil {
		return nil, nil
	}
	for i := range all {
		if p := &all[i]; p != best && t.rivals(best, p) && !slices.ContainsFunc(rivals, func(r *plan) bool { return r.commune == p.commune && r.score >= p.score }) {
			rivals = append(rivals, p)
		}
	}
	return best, rivals
}

// rivals reports whether another plan names another commune and is as good in
// its way.
func (t *text) rivals(best, p *plan) bool {
	b, c := best.commune, p.commune
	if p.loose == WhyStreet { // "12 Thượng Thanh, Long Biên, Hà Nội" may be Phường Thượng Thanh as of before
		return b.kind == "" && p.levels() == len(levels) && p.district.name < b.to && b.name < p.district.to
	}
	if c.name < b.to && b.name < c.to { // the same words, or some of them
		return false
	}
	for _, m := range []*mention{best.district, best.province} {
		if m != nil && (m.kind != "" || !p.now || best.now) && c.name < m.to && m.name < c.to {
			return false // those words are accounted for
		}
	}
	if c.kind != "" {
		return c.typed || t.words[c.start].gap >= gapSoft
	}
	if b.kind != "" || !p.linked || p.loose != "" && p.loose != WhyWords {
		return false
	}
	return p.levels() >= best.levels() && p.levels() > 1 || p.now && !best.now
}
