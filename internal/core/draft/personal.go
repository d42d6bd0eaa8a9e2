package draft

import (
	"regexp"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// kindPersonal says which identifiers are personal data whatever their heading.
var kindPersonal = map[viet.Kind]Personal{
	viet.KindCCCD: {Basic, "personal_id"}, viet.KindCMND: {Basic, "personal_id"}, viet.KindPassport: {Basic, "passport"},
	viet.KindBHXH: {Basic, "social_insurance"}, viet.KindBHYT: {Basic, "health_insurance"},
	viet.KindPhone: {Basic, "phone"}, viet.KindPlate: {Basic, "plate"},
}

// personal marks the columns that hold personal data: by their heading, by the
// identifiers in them, by what looks like names; and what is personal only
// because the rows speak of persons.
func (p *proposer) personal() {
	for i := range p.out.Columns {
		p.persons(i)
	}
	for i := range p.out.Columns {
		c, m := &p.out.Columns[i], p.meaning[i]
		if c.LeftOut {
			continue
		}
		c.Personal = p.class(c, i, m)
		if c.Personal.Class != None {
			c.Why = discreet(c.Why)
			c.Why = append(c.Why, say("draft.why.personal-"+string(c.Personal.Class), "draft.pii."+c.Personal.Kind))
		}
	}
}

// discreet takes the values out of the reasons of a personal column.
func discreet(why []Note) []Note {
	for i, n := range why {
		switch n.Key {
		case "draft.why.date":
			why[i] = say("draft.why.date-personal")
		case "draft.why.integer":
			why[i] = say("draft.why.integer-personal")
		}
	}
	return why
}

// persons tells from a column whether the rows speak of persons.
func (p *proposer) persons(i int) {
	m, e, c := p.meaning[i], p.seen[i], &p.out.Columns[i]
	switch {
	case c.LeftOut || m.role == roleCount || m.role == roleAmount:
	case m.role == rolePerson && m.pii == "name":
		if m.aliases != "" {
			p.subject = true
		}
		p.contact = true
	case m.role == roleBirth, c.Kind == viet.KindCCCD, c.Kind == viet.KindCMND, c.Kind == viet.KindBHXH, c.Kind == viet.KindBHYT:
		p.subject = true
	case p.looksLikeNames(e, m):
		p.subject = p.subject || m.role == roleTitle || m.role == roleNone
		p.contact = true
	}
}

// looksLikeNames tells columns of persons' names by their values: a family name
// in front, three words or more in most of them.
func (p *proposer) looksLikeNames(e *Evidence, m meaning) bool {
	switch m.role {
	case roleNone, roleTitle, rolePerson, roleText:
	default:
		return false
	}
	if e.meant() < 5 || e.share(personName) < 0.8 || e.Distinct < 4 {
		return false
	}
	three, n := 0, 0
	for _, v := range e.values {
		n++
		if strings.Count(v.text, " ") >= 2 {
			three++
		}
	}
	return three*10 >= n*6
}

func (p *proposer) class(c *Column, i int, m meaning) Personal {
	none := Personal{Class: None}
	if k, ok := kindPersonal[c.Kind]; ok {
		return k
	}
	e := p.seen[i]
	switch {
	case m.role == roleCount || m.role == roleAmount:
		return none
	case c.Kind == viet.KindTaxCode:
		if e.share(cccd) > 0 {
			return Personal{Basic, "personal_id"}
		}
		return none
	case m.class == "":
		if p.looksLikeNames(e, m) {
			return Personal{Basic, "name"}
		}
		if e.share(email) >= most {
			return Personal{Basic, "email"}
		}
		if m.role == rolePlace && p.subject {
			return Personal{Sensitive, "location"}
		}
		return none
	case m.pii == "address?":
		if p.subject {
			return Personal{Basic, "address"}
		}
		return none
	case m.pii == "phone" || m.pii == "email" || m.pii == "name" || m.pii == "personal_id" || m.pii == "birth":
		return Personal{m.class, m.pii}
	case !p.subject: // "dân tộc", "giới tính" of a table of figures
		return none
	}
	return Personal{m.class, m.pii}
}

// madeUp are values of nobody for each kind of personal data.
var madeUp = map[string]string{
	"name": "Nguyễn Văn A", "birth": "1990-01-01", "death": "2020-01-01", "personal_id": "001090000000", "passport": "A0000000",
	"social_insurance": "0000000000", "health_insurance": "DN0000000000000", "phone": "0900000000", "email": "ten@vidu.vn",
	"bank_account": "0000000000", "plate": "89A00000", "address": "Số 1, đường A, xã B", "residence": "Thôn A, xã B, tỉnh C",
	"origin": "Xã B, tỉnh C", "nationality": "Việt Nam", "location": "0",
}

// examples gives each column one right value: the most frequent of the sample,
// and of personal columns one that is made up.
func (p *proposer) examples() {
	for i := range p.out.Columns {
		c := &p.out.Columns[i]
		if c.LeftOut {
			continue
		}
		if c.Personal.Class != None {
			c.MadeUp = true
			if s := p.invented(c); s != "" {
				c.Examples = []string{s}
			}
			continue
		}
		c.Examples = p.frequent(c, i)
	}
}

func (p *proposer) invented(c *Column) string {
	if l := p.draft.list(c.CodeList); l != nil && len(l.Codes) > 0 {
		return l.Codes[0].Code // a category, nobody's own
	}
	s := madeUp[c.Personal.Kind]
	switch c.Type {
	case contract.Text:
		if c.Kind == viet.KindCMND {
			s = "000000000"
		}
	case contract.PartialDate:
		s = "1990"
	case contract.Date:
		s = first(s, "2025-01-01")
	case contract.Integer, contract.Decimal:
		s = "1"
		if c.Personal.Kind == "birth" {
			s = "1990"
		}
	default:
		return ""
	}
	if c.Pattern != "" {
		if re, err := regexp.Compile(c.Pattern); err != nil || !re.MatchString(s) {
			return ""
		}
	}
	if c.CodeList != "" {
		return ""
	}
	return s
}

// exampleRunes is the longest example.
const exampleRunes = 80

func (p *proposer) frequent(c *Column, i int) []string {
	best, n := "", int64(0)
	for _, v := range p.seen[i].values {
		r := look([]byte(v.text))
		bad := missing | faulty | badText
		if r.marks&bad != 0 || p.choice[i].fit != 0 && r.marks&p.choice[i].fit == 0 || r.runes > exampleRunes || v.n <= n {
			continue
		}
		if l := p.draft.list(c.CodeList); l != nil && !l.has(v.text) {
			continue
		}
		if s, ok := canonical(c, v.text); ok {
			best, n = s, v.n
		}
	}
	if best == "" {
		return nil
	}
	return []string{best}
}

// canonical writes a sample's value as the platform does.
func canonical(c *Column, text string) (string, bool) {
	b := []byte(text)
	style := viet.StyleAuto
	switch c.Style {
	case Vietnamese:
		style = viet.StyleVietnamese
	case English:
		style = viet.StyleEnglish
	}
	switch c.Type {
	case contract.Integer:
		v, _, err := viet.ParseInteger(b, style)
		return string(viet.AppendInteger(nil, v)), err == nil
	case contract.Decimal:
		v, _, err := viet.ParseDecimal(b, c.Precision, c.Scale, style)
		return string(viet.AppendDecimal(nil, v, c.Scale)), err == nil
	case contract.Float:
		v, _, err := viet.ParseFloat(b, style)
		return string(viet.AppendFloat(nil, v)), err == nil
	case contract.Date:
		v, _, err := viet.ParseDate(b)
		return v.String(), err == nil
	case contract.PartialDate:
		v, _, err := viet.ParsePartialDate(b)
		return v.String(), err == nil
	case contract.Timestamp:
		v, _, err := viet.ParseTime(b)
		return string(viet.AppendTime(nil, v)), err == nil
	case contract.Boolean:
		v, _, err := viet.ParseBool(b)
		return string(viet.AppendBool(nil, v)), err == nil
	}
	return text, true
}
