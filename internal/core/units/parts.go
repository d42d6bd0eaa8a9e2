package units

import "slices"

// part makes a part of the words i to k.
func (t *text) part(kind PartKind, i, k int) Part {
	from, to := t.words[i].from, t.words[k-1].to
	return Part{Kind: kind, Text: t.raw[from:to], Name: t.raw[from:to], From: from, To: to}
}

// trim finds what stands around an address: a label before it, the country, a
// postcode and a telephone behind it.
func (t *text) trim() {
	t.findCode()
	t.from, t.to = 0, len(t.words)
	keep := func(kind PartKind, i, k int) { t.rest = append(t.rest, t.part(kind, i, k)) }
	for i := 1; i < min(5, len(t.words)); i++ {
		if t.words[i].gap == gapColon && !t.speaks(i) {
			keep(PartLabel, 0, i)
			t.words[i].gap = gapHard
			t.from = i
			break
		}
	}
	if n := t.country(t.from); n > 0 && t.from+n < t.to && t.words[t.from+n].gap >= gapSoft {
		keep(PartCountry, t.from, t.from+n)
		t.from += n
	}
	if t.code.word >= 0 && t.code.from == t.from {
		t.from = t.code.word + 1
	}
	for t.to > t.from {
		last := &t.words[t.to-1]
		switch {
		case t.code.word == t.to-1:
			t.to = t.code.from
		case t.to-t.from >= 2 && t.country(t.to-2) == 2:
			keep(PartCountry, t.to-2, t.to)
			t.to -= 2
		case t.country(t.to-1) == 1:
			keep(PartCountry, t.to-1, t.to)
			t.to--
		case last.number && (len(last.fold) == 5 || len(last.fold) == 6) && t.to-t.from > 1 && t.houseWord(t.to-2) == 0:
			keep(PartPostcode, t.to-1, t.to)
			t.to--
		case last.number && len(last.fold) >= 9 && t.to-t.from > 1:
			from := t.to - 1
			for from > t.from+1 && phoneWord(t.words[from-1].fold) {
				from--
			}
			keep(PartLeft, from, t.to)
			t.to = from
		default:
			return
		}
	}
}

// phoneWord reports whether a word says that the number of a telephone follows.
func phoneWord(fold string) bool {
	switch fold {
	case "dt", "sdt", "dtdd", "tel", "dien", "thoai", "hotline", "fax", "so":
		return true
	}
	return false
}

// speaks reports whether the words before word i say something of an address
// themselves, so that the colon behind them is no end of a label.
func (t *text) speaks(i int) bool {
	for k := range i {
		if _, n, _ := t.typeWord(k); n > 0 {
			return true
		}
		if _, n := t.villageWord(k); n > 0 || t.houseWord(k) > 0 || t.streetWord(k) > 0 || t.laneWord(k) || t.words[k].fold == "thon" || t.words[k].number {
			return true
		}
	}
	return false
}

// country gives how many words from word i name the country.
func (t *text) country(i int) int {
	switch t.words[i].fold {
	case "vietnam", "vn":
		return 1
	case "viet":
		if i+1 < len(t.words) && t.words[i+1].fold == "nam" && t.words[i+1].gap < gapColon {
			return 2
		}
	}
	return 0
}

// parts names every piece of the text.
func (t *text) parts(p *plan, found *settled) []Part {
	taken := make([]bool, len(t.words))
	all := slices.Clone(t.rest)
	for i := range t.rest { // a postcode that is the unit's own code
		if all[i].Kind == PartPostcode && found.Sure && found.Units[0].Code == all[i].Text {
			all[i].Kind = PartCode
		}
	}
	take := func(i, k int) {
		for ; i < k; i++ {
			taken[i] = true
		}
	}
	for _, r := range all {
		for i := range t.words {
			taken[i] = taken[i] || t.words[i].from >= r.From && t.words[i].to <= r.To
		}
	}
	for kind, m := range map[PartKind]*mention{PartCommune: p.commune, PartDistrict: p.district, PartProvince: p.province} {
		if m == nil {
			continue
		}
		part := t.part(kind, m.start, m.to)
		part.Type, part.Name = m.kind, t.named(m)
		all = append(all, part)
		take(m.start, m.to)
	}
	if t.code.word >= 0 {
		part := t.part(PartCode, t.code.from, t.code.word+1)
		part.Name = t.raw[t.words[t.code.word].from:t.words[t.code.word].to]
		all = append(all, part)
		take(t.code.from, t.code.word+1)
	}
	for i := 0; i < len(t.words); {
		k := i + 1
		if taken[i] {
			i = k
			continue
		}
		for k < len(t.words) && !taken[k] && t.words[k].gap < gapSoft {
			k++
		}
		if t.filler(i, k) {
			i = k
			continue
		}
		if detail := p.from == p.to || p.turned == (i >= p.to); detail && !t.mentioned(i) {
			all = t.detail(all, i, k)
		} else {
			all = append(all, t.part(PartLeft, i, k))
		}
		i = k
	}
	slices.SortFunc(all, func(a, b Part) int { return a.From - b.From })
	return all
}

// mentioned reports whether a unit of the register is named at word i, with its
// type.
func (t *text) mentioned(i int) bool {
	return slices.ContainsFunc(t.all, func(m mention) bool { return m.start == i && m.kind != "" && m.units != nil })
}

// filler reports whether words say nothing: "cũ", "thuộc", "nay là".
func (t *text) filler(i, k int) bool {
	for ; i < k; i++ {
		switch t.words[i].fold {
		case "cu", "thuoc", "nay", "la":
		default:
			return false
		}
	}
	return true
}

// detail takes the words i to k, between two gaps, apart: house, lane, street,
// village.
func (t *text) detail(all []Part, i, to int) []Part {
	for first := i; i < to; {
		kind, name, village := PartPlace, i, ""
		switch n := t.houseWord(i); {
		case n > 0 && i+n < to:
			kind, name = PartHouse, i+n
		case i == first && t.words[i].fold[0] >= '0' && t.words[i].fold[0] <= '9':
			kind = PartHouse
		case t.laneWord(i) && i+1 < to:
			kind, name = PartLane, i+1
		case t.streetWord(i) > 0 && i+t.streetWord(i) < to:
			kind, name = PartStreet, i+t.streetWord(i)
		default:
			if said, n := t.villageWord(i); n > 0 && i+n < to {
				kind, name, village = PartVillage, i+n, said
				if name+1 < to && t.words[name].fold == "so" && t.words[name+1].number { // Tổ dân phố số 5
					name++
				}
			} else if i > first { // "12 Lê Lợi", "ngõ 3 Trần Phú"
				kind = PartStreet
			}
		}
		k := name + 1
		for k < to && kind != PartHouse && !t.begins(k, kind == PartLane) {
			k++
		}
		p := t.part(kind, i, k)
		p.Type, p.Name = village, t.raw[t.words[name].from:t.words[k-1].to]
		all = append(all, p)
		i = k
	}
	return all
}

// begins reports whether a part begins with word i. The number of a lane ends
// with it: what follows is the street.
func (t *text) begins(i int, lane bool) bool {
	if lane && t.words[i-1].fold[0] <= '9' {
		return true
	}
	_, n := t.villageWord(i)
	return n > 0 || t.houseWord(i) > 0 || t.laneWord(i) || t.streetWord(i) > 0
}

// houseWord gives how many words from word i say that the number of a house
// follows, 0 for none.
func (t *text) houseWord(i int) int {
	at := func(k int, fold string) bool { return k < len(t.words) && t.words[k].fold == fold }
	switch {
	case at(i, "so") && t.means(i, "số") && at(i+1, "nha"), at(i, "nha") && at(i+1, "so"):
		return 2
	case at(i, "so") && t.means(i, "số"), at(i, "sn"):
		if i+1 < len(t.words) && t.words[i+1].fold[0] <= '9' {
			return 1
		}
	}
	return 0
}

func (t *text) laneWord(i int) bool {
	switch t.words[i].fold {
	case "ngo":
		return t.means(i, "ngõ")
	case "ngach":
		return t.means(i, "ngách")
	case "hem":
		return t.means(i, "hẻm")
	case "kiet":
		return t.means(i, "kiệt") && i+1 < len(t.words) && t.words[i+1].fold[0] <= '9'
	}
	return false
}

// above is the plan of a text that names no commune: the district and the
// province that stand last, or a plan of nothing.
func (t *text) above() *plan {
	best := &plan{}
	try := func(p plan) {
		p.turned = p.from == t.from && p.to < t.to
		if t.ends(&p, t.to) && t.aboveScore(&p) > t.aboveScore(best) {
			*best = p
		}
	}
	for i := range t.all {
		m := &t.all[i]
		if m.level == levelCommune || m.kind == "" && t.words[m.start].gap < gapSoft && m.to < t.to {
			continue
		}
		p := plan{from: m.start, to: m.to}.with(m)
		try(p)
		for k := range t.all {
			if d := &t.all[k]; m.level == levelDistrict && d.level == levelProvince && (t.touches(&p, d) || d.to == p.from) {
				try(p.with(d))
			}
		}
	}
	return best
}

// aboveScore prefers names that the register has, more of them, and the last.
func (t *text) aboveScore(p *plan) int {
	n := 0
	for _, m := range []*mention{p.district, p.province} {
		if m == nil {
			continue
		}
		if n += m.to - m.name; m.units != nil {
			n += 10
		}
		if m.typed {
			n += 3
		}
		if m.level == levelProvince {
			n++
		}
	}
	if n > 0 && p.to == t.to {
		n += 5
	}
	return n
}
