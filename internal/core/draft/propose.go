package draft

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// Known is what the platform has already.
type Known struct {
	Lists []*dictionary.CodeList
	Sets  []Set
}

// A Set is a data set that rows may refer to, or that the samples may belong
// to.
type Set struct {
	Dataset  string // address
	Title    string
	Column   string                  // its key column
	Headings []string                // names and aliases of its columns
	Has      func(value string) bool // whether a row has this key; nil = cannot be asked
}

// Propose makes a draft of the samples. Samples with mostly the same columns
// are taken for one table; others become tables of their own. The same samples
// in the same order always give the same draft.
func Propose(tables []*Table, known Known) *Draft {
	d := &Draft{}
	for _, t := range tables {
		d.Samples = append(d.Samples, t.Name)
	}
	groups := group(tables)
	if len(groups) == 0 {
		return d
	}
	d.Title = title(groups[0].tables[0].Name)
	d.ID = freeID(slug(d.Title, "-"), known)
	names, listNames := map[string]bool{}, map[*dictionary.CodeList]map[string]bool{}
	for _, g := range groups {
		p := &proposer{draft: d, tables: tables, known: known, group: g, listNames: listNames}
		p.object(names)
	}
	return d
}

// title makes a name for people of a file's name.
func title(file string) string {
	name := path.Base(strings.ReplaceAll(file, "\\", "/"))
	for _, end := range []string{".gz", ".zip", ".csv", ".xlsx", ".xls", ".ods", ".docx", ".xml", ".json", ".ndjson", ".geojson", ".parquet", ".dbf", ".txt", ".tsv"} {
		if len(name) > len(end) && strings.EqualFold(name[len(name)-len(end):], end) {
			name = name[:len(name)-len(end)]
		}
	}
	if !strings.Contains(name, " ") {
		name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '_' }), " ")
	}
	name = dropEnding(heading(name))
	if name == "" || name == "." || name == "/" {
		return "Bộ dữ liệu mới"
	}
	r := []rune(name)
	r[0] = unicode.ToUpper(r[0])
	if len(r) > 150 {
		r = r[:150]
	}
	return strings.TrimSpace(string(r))
}

// dropEnding cuts what tells one delivery from the next off a file's name:
// "tháng 01-2025", "quý I", "2025", "(1)", "final".
func dropEnding(name string) string {
	words := strings.Fields(name)
	for len(words) > 1 {
		last := strings.Trim(viet.Fold(words[len(words)-1]), "()[].,;_-–")
		before := viet.Fold(words[len(words)-2])
		dated := strings.Trim(last, "0123456789-./_tqiv") == "" && strings.ContainsAny(last, "0123456789iv")
		switch {
		case (before == "thang" || before == "quy" || before == "nam" || before == "ngay" || before == "ky" || before == "lan" || before == "den") && dated:
			words = words[:len(words)-2]
		case dated && strings.ContainsAny(last, "0123456789"), last == "final", last == "copy", last == "ban" || last == "gui", last == "":
			words = words[:len(words)-1]
		default:
			return strings.Join(words, " ")
		}
	}
	return strings.Join(words, " ")
}

// slug folds a text to words of a-z and digits with a mark between.
func slug(text, mark string) string {
	s := strings.ReplaceAll(viet.Identifier(text), "_", mark)
	return strings.Trim(s, mark)
}

func freeID(id string, known Known) string {
	taken := func(id string) bool {
		return slices.ContainsFunc(known.Sets, func(s Set) bool {
			have, _, _ := strings.Cut(s.Dataset, ".")
			return have == id
		})
	}
	free := id
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	return free
}

// A proposer makes one object of a draft.
type proposer struct {
	draft   *Draft
	tables  []*Table // all samples
	known   Known
	group   *tableGroup
	out     *Object
	meaning []meaning
	seen    []*Evidence // by column: all samples taken together
	choice  []choice
	subject bool // rows are persons, or speak of one each
	contact bool // rows name a person

	listNames map[*dictionary.CodeList]map[string]bool // what namesOf gave
}

func (p *proposer) object(names map[string]bool) {
	o := Object{Title: title(p.group.tables[0].Name)}
	base := slug(o.Title, "_")
	o.Name = base
	for n := 2; names[o.Name]; n++ {
		o.Name = fmt.Sprintf("%.40s_%d", base, n)
	}
	names[o.Name] = true
	broken := int64(0)
	for _, t := range p.group.tables {
		o.Tables = append(o.Tables, slices.Index(p.tables, t))
		o.Rows += t.Rows
		broken += t.Broken
	}
	if broken > 0 {
		o.Why = append(o.Why, say("draft.why.broken", broken))
	}
	p.draft.Objects = append(p.draft.Objects, o)
	p.out = &p.draft.Objects[len(p.draft.Objects)-1]
	for _, c := range p.group.columns {
		p.seen = append(p.seen, union(c.seen()))
		p.meaning = append(p.meaning, c.meaning)
	}
	p.columns()
	p.tooWide()
	p.personal()
	p.lists()
	p.roles()
	p.key()
	p.necessary()
	p.examples()
	p.aliases()
	p.resemblance()
}

func (p *proposer) doubt(id, column string, ask Note, options []Option) {
	q := Question{ID: p.out.Name + "." + id, Object: p.out.Name, Column: column, Ask: ask, Options: options}
	if column != "" {
		q.ID = p.out.Name + "." + column + "." + id
	}
	p.draft.Doubts = append(p.draft.Doubts, q)
}

// columns names the columns and settles their types.
func (p *proposer) columns() {
	taken := map[string]bool{}
	for i, g := range p.group.columns {
		e := p.seen[i]
		if p.meaning[i].role == roleNone && e.share(quarter) >= most {
			p.meaning[i].role = rolePeriod
		}
		m := p.meaning[i]
		ch := choose(e, m)
		c := Column{
			Heading: g.heading, Title: g.heading, Name: columnName(g.heading, i, taken), Type: ch.Type,
			Precision: ch.Precision, Scale: ch.Scale, Finest: ch.Finest, Shape: ch.Shape, Kind: ch.Kind,
			Min: ch.Min, Max: ch.Max, Style: ch.Style, Personal: Personal{Class: None}, Why: ch.why, Distinct: e.Distinct,
		}
		if c.Title == "" {
			c.Title = fmt.Sprintf("Cột %d", i+1)
		}
		if e.Rows > 0 {
			c.Fill = float64(e.Filled) / float64(e.Rows)
		}
		p.textLimits(&c, e, m)
		p.leaveOut(&c, e, m, i)
		p.choice = append(p.choice, ch)
		p.out.Columns = append(p.out.Columns, c)
		if c.LeftOut {
			continue
		}
		for _, a := range ch.asks {
			p.doubt(a.id, c.Name, a.text, a.options)
		}
		p.conflicts(i, &c)
	}
	if len(p.out.Columns) > 0 && !slices.ContainsFunc(p.out.Columns, func(c Column) bool { return !c.LeftOut }) {
		p.out.Columns[0].LeftOut = false
	}
}

func columnName(heading string, i int, taken map[string]bool) string {
	base := viet.Identifier(heading)
	if heading == "" {
		base = fmt.Sprintf("cot_%d", i+1)
	}
	if strings.HasPrefix(base, "sqlite_") || engineNames[base] {
		base = "c_" + base
	}
	name := base
	for n := 2; taken[name]; n++ {
		suffix := fmt.Sprintf("_%d", n)
		name = strings.TrimRight(base[:min(len(base), 48-len(suffix))], "_") + suffix
	}
	taken[name] = true
	return name
}

// engineNames are columns that every PostgreSQL table has.
var engineNames = map[string]bool{"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true}

// textLimits proposes a form for codes and a length for other texts.
func (p *proposer) textLimits(c *Column, e *Evidence, m meaning) {
	if c.Type != contract.Text || c.Kind != "" || e.Filled == 0 {
		return
	}
	if e.share(upper) >= most && e.share(spaced) >= most {
		c.Why = append(c.Why, say("draft.why.upper"))
	}
	if e.with(badText|faulty|email|url) == 0 && e.Distinct >= 5 && m.class == "" {
		c.Pattern = e.shapes.pattern()
	}
	if c.Pattern != "" {
		c.Why = append(c.Why, say("draft.why.pattern", c.Pattern))
		return
	}
	for _, limit := range []int{50, 100, 200, 500, 1000, 2000, 5000} {
		if e.MaxRunes*2 <= limit {
			c.MaxLength = limit
			return
		}
	}
}

// leaveOut takes running numbers and blank columns without heading out.
func (p *proposer) leaveOut(c *Column, e *Evidence, m meaning, i int) {
	switch {
	case e.Filled == 0 && c.Heading == "":
		c.LeftOut = true
		c.Why = append(c.Why, say("draft.why.blank"))
	case m.role == roleNumber && (e.running || e.Filled == 0 || c.Type == contract.Integer),
		e.running && i == 0 && (c.Heading == "" || c.Heading == "#"):
		c.LeftOut = true
		c.Why = []Note{say("draft.why.running")}
	}
}

// mostFields is how many stored columns an object may have; a geometry is five.
const mostFields = 880

// tooWide leaves out what no table of the stores can hold.
func (p *proposer) tooWide() {
	fields := 0
	for i := range p.out.Columns {
		c := &p.out.Columns[i]
		n := 1
		if c.Type == contract.Geometry {
			n = 5
		}
		if fields += n; !c.LeftOut && fields > mostFields {
			c.LeftOut = true
			c.Why = append(c.Why, say("draft.why.too-wide", mostFields))
			p.draft.Doubts = slices.DeleteFunc(p.draft.Doubts, func(q Question) bool { return q.Object == p.out.Name && q.Column == c.Name })
		}
	}
}

// conflicts tells where two samples disagree about a column.
func (p *proposer) conflicts(i int, c *Column) {
	g := p.group.columns[i]
	if len(g.of) < 2 {
		return
	}
	var types []contract.Type
	for _, s := range g.of {
		if s.seen.Filled == 0 {
			continue
		}
		if t := choose(s.seen, p.meaning[i]).Type; !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	if len(types) > 1 {
		options := []Option{{say("draft.option.keep-type", typeNote(c.Type)), Edit{Type: c.Type, Precision: c.Precision, Scale: c.Scale, Finest: c.Finest}}}
		if c.Type != contract.Text {
			options = append(options, Option{say("draft.option.as-text"), Edit{Type: contract.Text}})
		}
		p.doubt("types", c.Name, say("draft.ask.types", c.Title, typeNote(types[0]), typeNote(types[1]), typeNote(c.Type)), options)
	}
}

// roles names the period, the sender and the validity.
func (p *proposer) roles() {
	o := p.out
	best := int64(-1)
	for i := range o.Columns {
		c := &o.Columns[i]
		if c.LeftOut {
			continue
		}
		day := c.Type == contract.Date || c.Type == contract.Timestamp
		switch p.meaning[i].role {
		case rolePeriod:
			fits := c.Type == contract.Text || c.Type == contract.Integer || c.Type == contract.Date || c.Type == contract.PartialDate
			if fits && p.seen[i].Distinct > best {
				best, o.Period = p.seen[i].Distinct, c.Name
			}
		case roleSender:
			if o.Sender == "" && (c.Type == contract.Text || c.Type == contract.Integer) {
				o.Sender = c.Name
			}
		case roleFrom:
			if day && o.ValidFrom == "" {
				o.ValidFrom = c.Name
			}
		case roleTo:
			if day && o.ValidTo == "" {
				o.ValidTo = c.Name
			}
		}
	}
	if o.Period != "" {
		o.Why = append(o.Why, say("draft.why.period", o.Column(o.Period).Title))
	}
	if o.Sender != "" {
		o.Why = append(o.Why, say("draft.why.sender", o.Column(o.Sender).Title))
	}
	if o.ValidFrom != "" || o.ValidTo != "" {
		var between []string
		for _, name := range []string{o.ValidFrom, o.ValidTo} {
			if name != "" {
				between = append(between, o.Column(name).Title)
			}
		}
		o.Why = append(o.Why, say("draft.why.validity", strings.Join(between, "; ")))
	}
	if o.Period != "" && o.Sender != "" {
		p.doubt("mode", "", say("draft.ask.slice", o.Column(o.Sender).Title, o.Column(o.Period).Title), []Option{
			{say("draft.option.merge"), Edit{Mode: contract.Merge}},
			{say("draft.option.slice"), Edit{Mode: contract.Slice}},
		})
	}
}

// fewRows is how many rows say too little about what every row must have.
const fewRows = 5

// necessary proposes which columns every row must fill, and which values may
// not repeat.
func (p *proposer) necessary() {
	for i := range p.out.Columns {
		c, e := &p.out.Columns[i], p.seen[i]
		inKey := slices.Contains(p.out.Key, c.Name)
		if c.LeftOut {
			continue
		}
		role := p.meaning[i].role
		if inKey || e.full() && e.Rows >= fewRows && role != roleNote && e.with(missing|faulty) == 0 {
			c.Required = true
		} else if e.Rows > e.Filled {
			c.Why = append(c.Why, say("draft.why.gaps", e.Rows-e.Filled, e.Rows))
		}
		if !inKey && e.Rows >= 10 && uniqueKind(c.Kind) && p.meaning[i].whole() && p.single(i) == clean {
			c.Unique = true
			c.Why = append(c.Why, say("draft.why.unique"))
		}
	}
}

// uniqueKind tells identifiers of which each belongs to one row, when the
// sample shows it and the heading names the row's own ("số CCCD", not "số CCCD
// người nộp": who hands in may come again).
func uniqueKind(k viet.Kind) bool {
	switch k {
	case viet.KindCCCD, viet.KindCMND, viet.KindBHXH, viet.KindBHYT, viet.KindTaxCode, viet.KindPlate, viet.KindDossier, viet.KindParcel, viet.KindAgency:
		return true
	}
	return false
}

// aliases collects the other headings of each column: those of other samples,
// and those that offices use for the same thing and no other column answers to.
func (p *proposer) aliases() {
	taken := map[string]int{}
	for i := range p.out.Columns {
		c := &p.out.Columns[i]
		for _, n := range []string{c.Name, c.Title, c.Heading} {
			taken[viet.Identifier(n)] = i
		}
	}
	for i, g := range p.group.columns {
		c := &p.out.Columns[i]
		for _, h := range g.headings[1:] {
			p.alias(c, i, h, taken)
		}
	}
	for i := range p.out.Columns {
		if c := &p.out.Columns[i]; !c.LeftOut && !p.meaning[i].shared(p.meaning) && p.meaning[i].whole() {
			for h := range strings.SplitSeq(p.meaning[i].aliases, ",") {
				p.alias(c, i, h, taken)
			}
		}
	}
}

// shared tells that another column has the same meaning.
func (m meaning) shared(all []meaning) bool {
	n := 0
	for _, o := range all {
		if o.phrases == m.phrases {
			n++
		}
	}
	return n > 1
}

func (p *proposer) alias(c *Column, i int, heading string, taken map[string]int) {
	if strings.TrimSpace(heading) == "" {
		return
	}
	key := viet.Identifier(heading)
	if at, ok := taken[key]; ok && at != i || heading == c.Title || slices.Contains(c.Aliases, heading) {
		return
	} else if ok && !slices.Contains(p.group.columns[i].headings, heading) {
		return // folded it is what the column is called already
	}
	taken[key] = i
	c.Aliases = append(c.Aliases, heading)
}

// resemblance asks whether the samples belong to a data set that exists.
func (p *proposer) resemblance() {
	best, share := -1, 0.0
	for s, set := range p.known.Sets {
		have := map[string]bool{}
		for _, h := range set.Headings {
			have[viet.Identifier(h)] = true
		}
		n, all := 0, 0
		for i := range p.out.Columns {
			if c := &p.out.Columns[i]; !c.LeftOut {
				all++
				if have[viet.Identifier(c.Title)] {
					n++
				}
			}
		}
		if all >= 3 && float64(n) >= 0.8*float64(all) && float64(n)/float64(all) > share {
			best, share = s, float64(n)/float64(all)
		}
	}
	if best >= 0 {
		set := p.known.Sets[best]
		p.doubt("resembles", "", say("draft.ask.resembles", set.Title, set.Dataset), nil)
	}
}
