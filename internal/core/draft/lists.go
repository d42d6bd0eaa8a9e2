package draft

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// How few values a column has to make a code list of them.
const (
	mostCodes   = 60
	fewestRows  = 10
	longestName = 80
)

// lists connects columns with what the platform has, code lists and data sets,
// and proposes lists for columns of few values.
func (p *proposer) lists() {
	for i := range p.out.Columns {
		c, e := &p.out.Columns[i], p.seen[i]
		if c.LeftOut || e.meant() == 0 {
			continue
		}
		switch {
		case p.unit(c, i), p.knownList(c, i), p.knownSet(c, i), p.ownList(c, i):
		}
	}
}

// unit finds codes of provinces and communes.
func (p *proposer) unit(c *Column, i int) bool {
	level := p.meaning[i].level
	if level == "" || c.Type != contract.Text || c.Kind == "" {
		return false
	}
	if set := p.set(contract.UnitSets[level].Dataset); set != nil && set.Has != nil && p.covered(i, set.Has) < hint {
		c.Kind = "" // the form of such codes, and none of them
		return false
	}
	c.Unit, c.Pattern = level, ""
	c.Why = append(c.Why, say("draft.why.unit-"+level))
	return true
}

func (p *proposer) set(dataset string) *Set {
	for i := range p.known.Sets {
		if p.known.Sets[i].Dataset == dataset {
			return &p.known.Sets[i]
		}
	}
	return nil
}

// covered is the share of the cells (of those whose values were kept) that a
// list has.
func (p *proposer) covered(i int, has func(string) bool) float64 {
	var in, all int64
	for _, v := range p.seen[i].values {
		if noValue[strings.ToLower(v.text)] {
			continue
		}
		all += v.n
		if has(v.text) {
			in += v.n
		}
	}
	if all == 0 {
		return 0
	}
	return float64(in) / float64(all)
}

// knownList matches a code list of the dictionary.
func (p *proposer) knownList(c *Column, i int) bool {
	e := p.seen[i]
	if c.Type != contract.Text && c.Type != contract.Integer || c.Kind != "" || p.meaning[i].role == roleCount || p.meaning[i].role == roleAmount {
		return false
	}
	var best, named *dictionary.CodeList
	whole := 0.0
	for _, l := range p.known.Lists {
		if l.Retired || e.more && e.Distinct > int64(2*len(l.Codes)) {
			continue
		}
		related := sharesWord(l.Name+" "+strings.ReplaceAll(l.ID, "-", " "), c.Title)
		in := p.covered(i, l.Known)
		if in >= nearl && (related || e.Distinct >= 2 && !p.figuresOnly(i)) && (best == nil || in > whole || in == whole && len(l.Codes) < len(best.Codes)) {
			best, whole = l, in
		}
		if names := p.namesOf(l); p.covered(i, func(s string) bool { return names[viet.Fold(s)] }) >= nearl && (related || e.Distinct >= 4) &&
			(named == nil || len(l.Codes) < len(named.Codes)) {
			named = l
		}
	}
	switch {
	case best != nil:
		c.Type, c.CodeList, c.Pattern, c.MaxLength, c.Min = contract.Text, best.ID, "", 0, ""
		c.Why = append(c.Why, say("draft.why.list-known", best.Name, best.ID))
		return true
	case named != nil:
		p.nameList(c, i, named)
		return true
	}
	return false
}

func (p *proposer) figuresOnly(i int) bool {
	e := p.seen[i]
	return e.with(digitsOnly|numberEn) > 0
}

// namesOf are the names and aliases of a list, folded.
func (p *proposer) namesOf(l *dictionary.CodeList) map[string]bool {
	if names, ok := p.listNames[l]; ok {
		return names
	}
	names := make(map[string]bool, len(l.Codes))
	for _, c := range l.Codes {
		names[viet.Fold(c.Name)] = true
		for _, a := range c.Aliases {
			names[viet.Fold(a)] = true
		}
	}
	p.listNames[l] = names
	return names
}

// sharesWord tells whether a list is about what a heading says.
func sharesWord(list, heading string) bool {
	words := strings.Fields(plainWords(list))
	about := plainWords(heading)
	for _, w := range strings.Fields(about) {
		if len(w) > 2 && !dull[w] && slices.Contains(words, w) {
			return true
		}
	}
	return strings.Contains(" "+strings.Join(words, " ")+" ", " "+about+" ")
}

var dull = map[string]bool{"danh": true, "muc": true, "cua": true, "theo": true, "cac": true, "cap": true, "don": true, "nhom": true}

// nameList is for columns that hold the names of a list that exists, not its
// codes: a list of those names is proposed, whole, and the code list offered.
func (p *proposer) nameList(c *Column, i int, known *dictionary.CodeList) {
	l := CodeListDraft{ID: p.listID(p.out.Columns[i].Name), Name: known.Name + " (theo tên)"}
	spelled := p.spellings(i)
	for _, code := range known.Codes {
		entry := Code{Code: code.Name, Name: code.Name}
		folded := viet.Fold(code.Name)
		for _, v := range spelled[folded] {
			entry.Rows += v.n
			if v.text != code.Name && !slices.Contains(entry.Aliases, v.text) {
				entry.Aliases = append(entry.Aliases, v.text)
			}
		}
		if !l.has(entry.Code) {
			l.Codes = append(l.Codes, entry)
		}
	}
	p.useList(c, l)
	p.doubt("list-names", c.Name, say("draft.ask.list-names", c.Title, known.Name), []Option{
		{say("draft.option.list-names"), Edit{CodeList: l.ID}},
		{say("draft.option.list-codes", known.ID), Edit{CodeList: known.ID}},
		{say("draft.option.no-list"), Edit{NoList: true}},
	})
}

func (p *proposer) useList(c *Column, l CodeListDraft) {
	c.CodeList, c.Pattern, c.MaxLength = l.ID, "", 0
	c.Why = append(c.Why, say("draft.why.list", len(l.Codes), l.ID))
	p.draft.CodeLists = append(p.draft.CodeLists, l)
}

// knownSet matches the key of a data set.
func (p *proposer) knownSet(c *Column, i int) bool {
	e := p.seen[i]
	if c.Type != contract.Text || e.Distinct < 3 || c.Personal.Class != None {
		return false
	}
	for _, s := range p.known.Sets {
		if s.Has != nil && p.covered(i, s.Has) >= nearl {
			c.Reference = &Reference{s.Dataset, s.Column}
			c.Why = append(c.Why, say("draft.why.reference", s.Title, s.Dataset))
			return true
		}
	}
	return false
}

// ownList proposes a list of the values of a column that has few.
func (p *proposer) ownList(c *Column, i int) bool {
	e, m := p.seen[i], p.meaning[i]
	if c.Type != contract.Text || c.Kind != "" || e.more || e.Filled < fewestRows || e.MaxRunes > longestName || e.Distinct < 2 {
		return false
	}
	if e.share(several) > 0.05 || e.with(badText) > 0 || e.with(digitsOnly)*2 > e.Filled && m.role != roleGroup {
		return false
	}
	share := 6.0 // rows for each value
	switch m.role {
	case roleGroup:
		share = 2
	case roleNote, rolePerson, roleText, roleTitle, roleCode, roleUnitCode, roleSender, rolePeriod, roleBirth, roleDay:
		return false
	case roleUnitName, roleBody, roleItem:
		share = 4
	}
	spelled := p.spellings(i)
	if n := len(spelled); n < 2 || n > mostCodes || float64(n)*share > float64(e.Filled) {
		return false
	}
	l := CodeListDraft{ID: p.listID(c.Name), Name: c.Title}
	for _, v := range e.values {
		folded := viet.Fold(v.text)
		group := spelled[folded]
		if group == nil || noValue[strings.ToLower(v.text)] {
			continue
		}
		delete(spelled, folded)
		l.Codes = append(l.Codes, entry(group))
	}
	slices.SortStableFunc(l.Codes, func(a, b Code) int { return int(b.Rows - a.Rows) })
	p.useList(c, l)
	if seldom := seldomCodes(l.Codes, e.Filled); seldom != "" && len(l.Codes) <= 20 {
		p.doubt("seldom", c.Name, say("draft.ask.seldom", c.Title, seldom), nil)
	}
	return true
}

// spellings puts together values that differ in case, marks and blanks alone.
func (p *proposer) spellings(i int) map[string][]value {
	all := map[string][]value{}
	for _, v := range p.seen[i].values {
		if !noValue[strings.ToLower(v.text)] {
			f := viet.Fold(v.text)
			all[f] = append(all[f], v)
		}
	}
	return all
}

// entry makes one code of its spellings: the most frequent one.
func entry(group []value) Code {
	best := group[0]
	for _, v := range group {
		if v.n > best.n {
			best = v
		}
	}
	c := Code{Code: best.text, Name: best.text}
	for _, v := range group {
		c.Rows += v.n
		if v.text != best.text {
			c.Aliases = append(c.Aliases, v.text)
		}
	}
	return c
}

// seldomCodes names up to five values that stand in hardly a row and may be
// slips of the pen.
func seldomCodes(codes []Code, rows int64) string {
	var names []string
	for _, c := range codes {
		if rows >= 100 && c.Rows*200 < rows && len(names) < 5 {
			names = append(names, c.Code)
		}
	}
	return strings.Join(names, "; ")
}

func (p *proposer) listID(column string) string {
	base := p.draft.ID
	if len(base) > 30 {
		base = strings.Trim(base[:30], "-")
	}
	id := base + "-" + strings.ReplaceAll(column, "_", "-")
	if len(id) > 56 {
		id = strings.Trim(id[:56], "-")
	}
	taken := func(id string) bool {
		return p.draft.list(id) != nil || slices.ContainsFunc(p.known.Lists, func(l *dictionary.CodeList) bool { return l.ID == id })
	}
	free := id
	for n := '2'; taken(free); n++ {
		free = id + "-" + string(n)
	}
	return free
}

// Lists are the proposed code lists that a column uses.
func (d *Draft) Lists() []CodeListDraft {
	used := map[string]bool{}
	for i := range d.Objects {
		for j := range d.Objects[i].Columns {
			if c := &d.Objects[i].Columns[j]; !c.LeftOut {
				used[c.CodeList] = true
			}
		}
	}
	var all []CodeListDraft
	for _, l := range d.CodeLists {
		if used[l.ID] {
			all = append(all, l)
		}
	}
	return all
}

func (d *Draft) list(id string) *CodeListDraft {
	for i := range d.CodeLists {
		if id != "" && d.CodeLists[i].ID == id {
			return &d.CodeLists[i]
		}
	}
	return nil
}

func (l *CodeListDraft) has(code string) bool {
	return slices.ContainsFunc(l.Codes, func(c Code) bool { return c.Code == code })
}
