package dictionary

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Question is what is known of a column for which a term is looked for.
type Question struct {
	Name, Title string   // as the contract has them
	Aliases     []string // other headings
	Logical     string   // ODCS logicalType
	Partial     bool     // a date of which day or month may be missing
	Identifier  viet.Kind
	CodeList    string
	Values      []string // some of its values, maybe none
}

// A Proposal is a term that a column may stand for.
type Proposal struct {
	*Term
	Sure float64 // 0 to 1
	Why  []Reason
}

// A Reason is why a term is proposed.
type Reason string

// The reasons.
const (
	SameTitle   Reason = "title"   // the heading is the term's title
	SameSynonym Reason = "synonym" // … or one of its synonyms
	SameName    Reason = "name"    // the field is called as in the term's technical name
	NearWords   Reason = "words"   // the headings share words
	SameKind    Reason = "kind"    // the same identifier or code list
	FitValues   Reason = "values"  // the values keep the term's rule
)

// In names the reason in a language.
func (r Reason) In(l locale.Lang) string {
	switch r {
	case SameTitle:
		return l.T("term.because.title")
	case SameSynonym:
		return l.T("term.because.synonym")
	case SameName:
		return l.T("term.because.name")
	case NearWords:
		return l.T("term.because.words")
	case SameKind:
		return l.T("term.because.kind")
	}
	return l.T("term.because.values")
}

// least is how sure a proposal must be to be shown.
const least = 0.3

// Propose finds the terms that a column may stand for, the surest first, at most n.
// Terms of another type are none. The measure is 1 for a heading that is the term's
// title, 0.95 for a synonym, 0.8 for the field's technical name, otherwise the share
// of words in common (Jaccard) times 0.7; the same identifier or code list raises it
// by half of what is missing to 1, values that keep a pattern or identifier of the
// term by a third, and values that break it halve it.
func (b *Book) Propose(q Question, n int) []Proposal {
	headings := append([]string{q.Title, q.Name}, q.Aliases...)
	var all []Proposal
	for _, t := range b.Terms() {
		if !q.alike(t) {
			continue
		}
		p := Proposal{Term: t}
		p.byName(q, headings)
		p.byKind(q)
		p.byValues(q.Values)
		if p.Sure >= least {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(x, y Proposal) int { return cmp.Or(cmp.Compare(y.Sure, x.Sure), strings.Compare(x.ID, y.ID)) })
	return all[:min(n, len(all))]
}

func (q *Question) alike(t *Term) bool {
	logical := cmp.Or(t.property.LogicalType, "string")
	_, partial := t.property.CustomProperties.Get("phohien.precision")
	return logical == q.Logical && partial == q.Partial
}

func (p *Proposal) raise(sure float64, why Reason) {
	if sure > p.Sure {
		p.Sure, p.Why = sure, []Reason{why}
	}
}

func (p *Proposal) byName(q Question, headings []string) {
	field := p.TechnicalName[strings.LastIndexByte(p.TechnicalName, '.')+1:]
	for _, h := range headings {
		want := viet.Fold(h)
		if want == "" {
			continue
		}
		if want == viet.Fold(p.Title) {
			p.raise(1, SameTitle)
		}
		if slices.ContainsFunc(p.Synonyms, func(s string) bool { return viet.Fold(s) == want }) {
			p.raise(0.95, SameSynonym)
		}
		if viet.Identifier(h) == field {
			p.raise(0.8, SameName)
		}
		for _, own := range append([]string{p.Title}, p.Synonyms...) {
			p.raise(0.7*shared(want, viet.Fold(own)), NearWords)
		}
	}
}

// shared is how many words two folded texts share, of all that they have.
func shared(a, b string) float64 {
	x, y := strings.Fields(a), strings.Fields(b)
	both := 0
	for _, w := range x {
		if slices.Contains(y, w) {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func (p *Proposal) byKind(q Question) {
	list, kind := p.text("phohien.codeList"), p.text("phohien.identifier")
	if list != "" && list == q.CodeList || kind != "" && kind == string(q.Identifier) {
		p.Sure += (1 - p.Sure) / 2
		p.Why = append(p.Why, SameKind)
	}
}

// text is a custom property of the term's fragment that is a text, "" without.
func (t *Term) text(name string) string {
	v, _ := t.property.CustomProperties.Get(name)
	text, _ := v.(string)
	return text
}

// byValues looks at what only values of the term keep: an identifier or a pattern.
func (p *Proposal) byValues(values []string) {
	fits := p.fits()
	if fits == nil || len(values) == 0 {
		return
	}
	right := 0
	for _, v := range values {
		if fits(v) {
			right++
		}
	}
	switch {
	case right == len(values):
		p.Sure += (1 - p.Sure) / 3
		p.Why = append(p.Why, FitValues)
	case 2*right < len(values):
		p.Sure /= 2
	}
}

// fits is what a value of the term must be, nil when any text may be one.
func (t *Term) fits() func(string) bool {
	if kind := t.text("phohien.identifier"); kind != "" {
		if check, ok := viet.Checker(viet.Kind(kind)); ok {
			return func(s string) bool { err := check(s); return err == nil || viet.IsWarning(err) }
		}
	}
	if pattern, ok := t.property.LogicalTypeOptions.Text("pattern"); ok {
		if re, err := regexp.Compile(`^(?:` + pattern + `)$`); err == nil {
			return re.MatchString
		}
	}
	return nil
}
