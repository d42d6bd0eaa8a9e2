package draft

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// Held is what a data set holds when it is to be classified.
type Held struct {
	Rows     int64 // it has now
	Subjects int64 // different persons among them; 0 = not counted, then estimated
	// Sample hands over rows, their cells in the order of the object's columns, as
	// texts. Nil: only headings are looked at.
	Sample func(ctx context.Context, row func(cells []string) error) error
}

// sampleRows is how many rows are looked at; more tell nothing new.
const sampleRows = 20_000

// A Proposal says what a column seems to tell of persons, and why. A person
// decides.
type Proposal struct {
	Column     string            `json:"column"` // name in the contract
	Title      string            `json:"title"`
	Now        contract.Personal `json:"now"` // what holds; Class "" = nobody has decided
	Proposed   contract.Personal `json:"proposed"`
	Why        []Note            `json:"why"`        // never a value
	Confidence float64           `json:"confidence"` // 0 to 1: what agrees, and how much
}

// Differs reports whether a decision is to be taken: nobody has decided, or what
// holds is not what is proposed.
func (p *Proposal) Differs() bool { return p.Now != p.Proposed }

// A Classification is what is proposed for a data set.
type Classification struct {
	Columns   []Proposal `json:"columns"`
	Access    string     `json:"access"` // policy.AccessOpen …
	AccessWhy []Note     `json:"access_why"`
	Class     string     `json:"class"` // core, important, other
	ClassWhy  []Note     `json:"class_why"`
	Subjects  int64      `json:"subjects"`  // persons that the rows speak of, 0 = none
	Estimated bool       `json:"estimated"` // from the sample
}

// Classify proposes how a data set and its columns are classified (Luật
// 91/2025/QH15, Nghị định 356/2025/NĐ-CP, Nghị định 165/2025/NĐ-CP): by what the
// contract says, by headings and by a sample of values. Values are looked at and
// forgotten: the reasons hold headings, kinds and numbers only.
func Classify(ctx context.Context, con *contract.Contract, obj *contract.Object, held Held) (*Classification, error) {
	c := &classifier{con: con, obj: obj, held: held}
	if err := c.look(ctx); err != nil {
		return nil, fmt.Errorf("classify %s: %w", obj.Dataset, err)
	}
	c.meanings()
	out := &Classification{}
	for i := range obj.Columns {
		out.Columns = append(out.Columns, c.column(i))
	}
	c.whole(out)
	return out, nil
}

// A classifier looks at one object.
type classifier struct {
	con     *contract.Contract
	obj     *contract.Object
	held    Held
	seen    []*Evidence // by column
	rows    int64       // of the sample
	meaning []meaning   // by column
	subject bool        // rows are persons, or speak of one each
}

// errEnough ends a sample that is long enough.
var errEnough = errors.New("enough rows")

// look reads the sample.
func (c *classifier) look(ctx context.Context) error {
	titles := make([]string, len(c.obj.Columns))
	for i := range c.obj.Columns {
		titles[i] = c.obj.Columns[i].Title
	}
	l := &looker{table: &Table{seed: maphash.MakeSeed()}, purse: purse{exactSlots}}
	l.begin(titles)
	c.seen = l.table.Columns
	if c.held.Sample == nil {
		l.finish()
		return nil
	}
	err := c.held.Sample(ctx, func(cells []string) error {
		c.rows++
		for i, e := range c.seen {
			e.Rows++
			if i >= len(cells) {
				continue
			}
			if cell, _ := viet.Clean([]byte(cells[i])); len(cell) > 0 {
				l.cell(i, e, cell)
			}
		}
		if c.rows >= sampleRows {
			return errEnough
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	l.finish()
	return nil
}

// meanings reads the headings, and tells whether the rows speak of persons.
func (c *classifier) meanings() {
	for i := range c.obj.Columns {
		c.meaning = append(c.meaning, meaningOf(&c.obj.Columns[i]))
	}
	for i := range c.obj.Columns {
		col, m := &c.obj.Columns[i], c.meaning[i]
		switch {
		case c.loneNumber(i):
			c.subject = true
		case figure(m):
		case m.pii == "name" && m.aliases != "", m.role == roleBirth,
			col.Identifier == viet.KindCCCD, col.Identifier == viet.KindCMND, col.Identifier == viet.KindBHXH, col.Identifier == viet.KindBHYT,
			m.kind == viet.KindCCCD, m.kind == viet.KindCMND, m.kind == viet.KindBHXH, m.kind == viet.KindBHYT:
			c.subject = c.subject || !c.sampled(i) || m.kind == "" || c.agrees(i, m) || col.Identifier != ""
		case c.personNames(i):
			// "Hiệu trưởng" beside a school makes it no table of persons.
			c.subject = c.subject || m.role == roleTitle || m.role == roleNone
		}
	}
}

func figure(m meaning) bool { return m.role == roleCount || m.role == roleAmount }

// sampled reports whether enough of a column was seen to judge by it.
func (c *classifier) sampled(i int) bool { return c.seen[i].meant() >= 5 }

// agrees reports whether the values have the form that the heading promises.
func (c *classifier) agrees(i int, m meaning) bool { return c.seen[i].share(markOf(m.kind)) >= hint }

func markOf(kind viet.Kind) marks {
	for _, k := range kindMarks {
		if k.kind == kind {
			return k.mark
		}
	}
	return 0
}

// personNames tells a column of persons' names by its values, unless the heading
// says that it holds something else.
func (c *classifier) personNames(i int) bool {
	return c.obj.Columns[i].Type == contract.Text && c.obj.Columns[i].CodeList == "" && (&proposer{}).looksLikeNames(c.seen[i], c.meaning[i])
}

// loneNumber tells personal numbers whatever the heading says: twelve digits that
// begin with 0, hardly one twice, are no figure and no other code.
func (c *classifier) loneNumber(i int) bool {
	e := c.seen[i]
	return c.obj.Columns[i].Type == contract.Text && e.meant() >= 10 && e.share(cccd) >= nearl && e.Distinct*2 >= e.Filled
}

// A finding is a proposal for a column while it is being made.
type finding struct {
	personal contract.Personal
	why      []Note
	sure     float64
}

func found(class contract.PersonalClass, kind string, sure float64, key string, args ...any) finding {
	return finding{contract.Personal{Class: class, Kind: kind}, []Note{say(key, args...)}, sure}
}

// column proposes for one column: what the contract says goes before the heading,
// the heading before values alone.
func (c *classifier) column(i int) Proposal {
	col := &c.obj.Columns[i]
	p := Proposal{Column: col.Name, Title: col.Title, Now: col.Personal}
	for _, try := range []func(int) (finding, bool){c.byContract, c.byFigure, c.byHeading, c.byValues, c.byText} {
		if f, ok := try(i); ok {
			p.Proposed, p.Why, p.Confidence = f.personal, f.why, f.sure
			break
		}
	}
	if p.Proposed.Class == "" {
		p.Proposed.Class, p.Confidence = contract.NotPersonal, 0.6
		p.Why = []Note{say("classify.why.nothing-heading")}
		if c.sampled(i) {
			p.Confidence = 0.85
			p.Why = []Note{say("classify.why.nothing", c.seen[i].meant())}
		}
	}
	if p.Proposed.Is() {
		p.Why = append(p.Why, say("classify.why."+string(p.Proposed.Class), "draft.pii."+p.Proposed.Kind))
	}
	return p
}

// listKinds are code lists whose codes tell something of a person.
var listKinds = map[string]contract.Personal{
	"dan-toc": {Class: contract.SensitivePersonal, Kind: "ethnic"}, "ton-giao": {Class: contract.SensitivePersonal, Kind: "religion"},
	"gioi-tinh": {Class: contract.BasicPersonal, Kind: "sex"}, "quoc-tich": {Class: contract.BasicPersonal, Kind: "nationality"},
}

// byContract follows the identifier and the code list that the contract names.
func (c *classifier) byContract(i int) (finding, bool) {
	col := &c.obj.Columns[i]
	if p := contract.ImpliedBy(col.Identifier); p.Is() {
		if f, ok := c.office(i, p.Kind); ok {
			return f, true
		}
		return finding{p, []Note{say("classify.why.identifier", kindNote(col.Identifier))}, 1}, true
	}
	if p, ok := listKinds[col.CodeList]; ok && c.subject && !figure(c.meaning[i]) {
		return finding{p, []Note{say("classify.why.list", col.CodeList)}, 0.95}, true
	}
	if col.Identifier == viet.KindTaxCode && c.seen[i].share(cccd) > 0 {
		return found(contract.BasicPersonal, "tax_code", 0.9, "classify.why.tax-person"), true
	}
	if col.Unit != "" {
		return found(contract.NotPersonal, "", 0.9, "classify.why.unit"), true
	}
	return finding{}, false
}

// byFigure knows columns that count or weigh many persons.
func (c *classifier) byFigure(i int) (finding, bool) {
	m := c.meaning[i]
	if !figure(m) || c.loneNumber(i) {
		return finding{}, false
	}
	switch c.obj.Columns[i].Type {
	case contract.Integer, contract.Decimal, contract.Float:
		return found(contract.NotPersonal, "", 0.9, "classify.why.figure", c.seen[i].Heading), true
	}
	return found(contract.NotPersonal, "", 0.7, "classify.why.figure", c.seen[i].Heading), true
}

// byHeading follows what offices mean by a heading, and looks whether the values
// agree.
func (c *classifier) byHeading(i int) (finding, bool) {
	m, title := c.meaning[i], c.seen[i].Heading
	kind := m.pii
	switch {
	case m.class == "" && m.role == rolePlace && c.subject:
		return found(contract.SensitivePersonal, "location", 0.6, "classify.why.heading", title), true
	case m.class == "":
		return finding{}, false
	case kind == "address?":
		kind = "address"
	}
	if f, ok := c.office(i, kind); ok {
		return f, true
	}
	somebodys := kind == "address" && anyWord(" "+plainWords(title)+" ", personWords) > 0
	if !c.subject && !contact[kind] && !somebodys {
		return found(contract.NotPersonal, "", 0.7, "classify.why.no-person", title), true
	}
	f := finding{contract.Personal{Class: contract.PersonalClass(m.class), Kind: kind}, []Note{say("classify.why.heading", title)}, 0.75}
	switch mark := markOf(m.kind); {
	case !c.sampled(i):
	case kind == "name" && c.personNames(i):
		f.sure, f.why = 0.95, []Note{say("classify.why.heading-values", title, "draft.pii.name", percent(c.seen[i].share(personName)))}
	case mark != 0 && c.seen[i].share(mark) >= hint:
		f.sure, f.why = 0.97, []Note{say("classify.why.heading-values", title, kindNote(m.kind), percent(c.seen[i].share(mark)))}
	case mark != 0 && c.seen[i].share(mark) < 0.1:
		f.sure, f.why = 0.5, append(f.why, say("classify.why.heading-not", kindNote(m.kind)))
	case kind == "birth" && c.seen[i].share(date|partial|year) >= hint, kind == "email" && c.seen[i].share(email) >= hint:
		f.sure = 0.95
	default:
		f.sure = 0.85
	}
	return f, true
}

// contact are the kinds that tell of a person even where the rows speak of
// something else: who stands behind an office, who handed in.
var contact = map[string]bool{
	"name": true, "phone": true, "email": true, "personal_id": true, "passport": true, "birth": true, "plate": true, "bank_account": true,
	"driving_licence": true, "account": true, "image": true, "biometric": true, "social_insurance": true, "health_insurance": true,
}

// office knows telephones and addresses of an office, which tell of no person:
// rows of no persons, and a heading or numbers that say so.
func (c *classifier) office(i int, kind string) (finding, bool) {
	if kind != "phone" && kind != "email" && kind != "address" && kind != "residence" {
		return finding{}, false
	}
	text := " " + plainWords(c.obj.Columns[i].Title) + " "
	if anyWord(text, officeWords) > 0 && anyWord(text, personWords) == 0 {
		return found(contract.NotPersonal, "", 0.8, "classify.why.office", c.seen[i].Heading), true
	}
	if c.subject || anyWord(text, personWords) > 0 {
		return finding{}, false
	}
	e := c.seen[i]
	switch {
	case kind == "address":
		return found(contract.NotPersonal, "", 0.75, "classify.why.no-person", e.Heading), true
	case kind == "phone" && c.sampled(i) && landlines(e) >= most:
		return found(contract.NotPersonal, "", 0.7, "classify.why.landline", percent(landlines(e))), true
	}
	return finding{}, false
}

// landlines is the share of the values kept that are numbers of fixed lines.
func landlines(e *Evidence) float64 {
	n, all := int64(0), int64(0)
	for _, v := range e.values {
		all += v.n
		if p, _, err := viet.ParsePhone(v.text); err == nil && strings.HasPrefix(p, "+842") {
			n += v.n
		}
	}
	return float64(n) / max(1, float64(all))
}

func percent(share float64) int64 { return int64(share*100 + 0.5) }

// byValues finds what no heading tells.
func (c *classifier) byValues(i int) (finding, bool) {
	e, m, col := c.seen[i], c.meaning[i], &c.obj.Columns[i]
	if !c.sampled(i) || col.Type != contract.Text || col.Identifier != "" {
		return finding{}, false
	}
	byForm := func(kind string, mark marks, sure float64, name string) (finding, bool) {
		return found(contract.BasicPersonal, kind, sure, "classify.why.values", percent(e.share(mark)), name), true
	}
	switch {
	case c.loneNumber(i):
		return byForm("personal_id", cccd, 0.9, kindNote(viet.KindCCCD))
	case e.share(phone) >= nearl && aloneFits(e, m, viet.KindPhone):
		if f, ok := c.office(i, "phone"); ok {
			return f, true
		}
		return byForm("phone", phone, 0.85, kindNote(viet.KindPhone))
	case e.share(plate) >= nearl && aloneFits(e, m, viet.KindPlate) && e.Distinct > 3:
		return byForm("plate", plate, 0.8, kindNote(viet.KindPlate))
	case e.share(bhyt) >= nearl:
		return byForm("health_insurance", bhyt, 0.85, kindNote(viet.KindBHYT))
	case e.share(email) >= most:
		if f, ok := c.office(i, "email"); ok {
			return f, true
		}
		return byForm("email", email, 0.9, "draft.pii.email")
	case c.personNames(i):
		return byForm("name", personName, 0.8, "draft.pii.name")
	}
	return c.byWords(i)
}

// byWords looks at what the values say: addresses, ethnic groups, illnesses.
func (c *classifier) byWords(i int) (finding, bool) {
	e := c.seen[i]
	if c.obj.Columns[i].CodeList != "" || !c.subject {
		return finding{}, false
	}
	says := wordsIn(e)
	share := func(w said) float64 { return float64(says[w]) / max(1, float64(says[saidAll])) }
	switch {
	case share(saidEthnic) >= most && e.Distinct >= 2:
		return found(contract.SensitivePersonal, "ethnic", 0.85, "classify.why.values", percent(share(saidEthnic)), "draft.pii.ethnic"), true
	case share(saidHealth) >= 0.2:
		return found(contract.SensitivePersonal, "health", 0.75, "classify.why.values-words", percent(share(saidHealth)), "draft.pii.health"), true
	case share(saidAddress) >= hint && e.Distinct > 5:
		return found(contract.BasicPersonal, "address", 0.75, "classify.why.values-words", percent(share(saidAddress)), "draft.pii.address"), true
	case share(saidSex) >= most && e.Distinct == 2:
		return found(contract.BasicPersonal, "sex", 0.85, "classify.why.values", percent(share(saidSex)), "draft.pii.sex"), true
	}
	return finding{}, false
}

// byText finds personal numbers, telephones and addresses of mail that stand
// inside longer texts, as in notes.
func (c *classifier) byText(i int) (finding, bool) {
	e := c.seen[i]
	if c.obj.Columns[i].Type != contract.Text || c.obj.Columns[i].Identifier != "" || c.obj.Columns[i].CodeList != "" {
		return finding{}, false
	}
	ids, phones := int64(0), int64(0)
	for _, v := range e.values {
		id, tel := numbersIn(v.text)
		if id {
			ids += v.n
		}
		if tel {
			phones += v.n
		}
	}
	switch {
	case ids > 0:
		return found(contract.BasicPersonal, "personal_id", 0.6, "classify.why.inside", ids, kindNote(viet.KindCCCD)), true
	case phones > 0:
		return found(contract.BasicPersonal, "phone", 0.55, "classify.why.inside", phones, kindNote(viet.KindPhone)), true
	}
	return finding{}, false
}
