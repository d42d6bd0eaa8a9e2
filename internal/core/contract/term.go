package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// Terms finds the terms of the shared dictionary that are in force; nil for those
// that are not. A [*dictionary.Book] does.
type Terms interface {
	Term(id string) *dictionary.Term
}

// inherited are the custom properties that a property takes from its term when it
// does not say them itself. Those that settle how a value is kept are not among
// them: a term must never change the tables of a data set.
var inherited = []string{"phohien.identifier", "phohien.codeList", "phohien.unit", "phohien.personal"}

// inherit lets each property that names a term take from it what it does not say
// itself: title, description, example, headings, rules, and what it tells of a
// person. A property says its own type, whether it is required, and whatever else
// it wants otherwise.
func (b *builder) inherit() {
	in := *b.in
	in.Properties = slices.Clone(in.Properties)
	b.in, b.differ = &in, map[int]bool{}
	if b.terms != nil && b.out.Terms == nil {
		b.out.Terms = map[string]string{}
	}
	terms := make([]*dictionary.Term, len(in.Properties))
	for i := range in.Properties {
		named, _ := in.Properties[i].CustomProperties.Get("phohien.term")
		id, _ := named.(string)
		if !dictionary.TermID.MatchString(id) {
			continue
		}
		t := b.term(id)
		if t == nil {
			if b.terms != nil {
				b.warn(CodeTerm, b.at(i), "Từ điển không có thuật ngữ “%s” đang hiệu lực; trường “%s” chưa thừa hưởng quy tắc nào.",
					"The dictionary has no term %q in force; the property %q inherits no rules.", id, in.Properties[i].Name)
			}
			continue
		}
		if !alike(&in.Properties[i], t.ODCS()) {
			b.warn(CodeTerm, b.at(i), "Kiểu của trường “%s” khác kiểu của thuật ngữ %s (%s), nên trường chỉ thừa hưởng tên và định nghĩa. Sửa kiểu hoặc chọn thuật ngữ khác.",
				"The type of the property %q differs from that of the term %s (%s), so only its name and definition are inherited. Change the type, or choose another term.",
				in.Properties[i].Name, id, t.Title)
			described(&in.Properties[i], t)
			b.differ[i] = true
			continue
		}
		terms[i] = t
		described(&in.Properties[i], t)
		ruled(&in.Properties[i], t)
	}
	headed(in.Properties, terms)
}

// term finds a term and keeps that the contract depends on it.
func (b *builder) term(id string) *dictionary.Term {
	if b.terms == nil {
		return nil
	}
	t := b.terms.Term(id)
	if b.out.Terms == nil {
		b.out.Terms = map[string]string{}
	}
	b.out.Terms[id] = ""
	if t != nil {
		b.out.Terms[id] = t.Digest
	}
	return t
}

// alike reports whether values of a property are kept as those of a term are.
func alike(p, t *odcs.Property) bool {
	logical := func(p *odcs.Property) string {
		l := p.LogicalType
		if l == "" {
			l = logicalOf(p)
		}
		return l
	}
	if logical(p) != logical(t) {
		return false
	}
	for _, name := range []string{"phohien.precision", "phohien.geometry", "phohien.file"} {
		_, own := p.CustomProperties.Get(name)
		if _, its := t.CustomProperties.Get(name); own != its {
			return false
		}
	}
	return true
}

// described gives a property the words of its term.
func described(p *odcs.Property, t *dictionary.Term) {
	if p.BusinessName == "" {
		p.BusinessName = t.Title
	}
	if p.Description == "" {
		p.Description = t.Definition
		if t.DefinitionEn != "" {
			p.Description += " " + t.DefinitionEn
		}
	}
	if len(p.Examples) == 0 && len(t.Passes) > 0 {
		p.Examples = []any{t.Passes[0]}
	}
}

// ruled gives a property the rules of its term.
func ruled(p *odcs.Property, t *dictionary.Term) {
	from := t.ODCS()
	if len(from.LogicalTypeOptions) > 0 {
		options := maps.Clone(from.LogicalTypeOptions)
		maps.Copy(options, p.LogicalTypeOptions)
		p.LogicalTypeOptions = options
	}
	p.CustomProperties = slices.Clone(p.CustomProperties)
	for _, name := range inherited {
		v, its := from.CustomProperties.Get(name)
		if _, own := p.CustomProperties.Get(name); its && !own {
			p.CustomProperties = append(p.CustomProperties, odcs.CustomProperty{Property: name, Value: v})
		}
	}
	if _, own := p.CustomProperties.Get("phohien.normalise"); len(t.Normalise) > 0 && !own {
		forms := make([]any, len(t.Normalise))
		for i, f := range t.Normalise {
			forms[i] = f
		}
		p.CustomProperties = append(p.CustomProperties, odcs.CustomProperty{Property: "phohien.normalise", Value: forms})
	}
	if len(from.Quality) == 0 {
		return
	}
	p.Quality = slices.Clone(p.Quality)
	for i, q := range from.Quality {
		if slices.ContainsFunc(p.Quality, func(own odcs.QualityRule) bool { return replaces(own, q) }) {
			continue
		}
		// The same rule on two columns is two rules, each with a name that stays.
		q.ID = fmt.Sprintf("%s.%s", viet.Identifier(p.Name), first(q.ID, q.Name, fmt.Sprint(i+1)))
		p.Quality = append(p.Quality, q)
	}
}

// replaces reports whether a property's own rule takes the place of its term's: one
// of the standard's library about the same.
func replaces(own, term odcs.QualityRule) bool {
	metric := func(q odcs.QualityRule) string { return first(q.Metric, q.Rule) }
	return own.Kind() == "library" && term.Kind() == "library" && metric(own) == metric(term)
}

// headed lets the properties be known by the synonyms of their terms, but for
// headings that would then mean two of them.
func headed(properties []odcs.Property, terms []*dictionary.Term) {
	meant := map[string]int{} // properties that a heading means
	own := func(p *odcs.Property) map[string]bool {
		set := map[string]bool{viet.Fold(p.Name): true, viet.Fold(p.BusinessName): true, viet.Fold(p.PhysicalName): true}
		said, _ := p.CustomProperties.Get("phohien.aliases")
		aliases, _ := said.([]any)
		for _, a := range aliases {
			set[viet.Fold(fmt.Sprint(a))] = true
		}
		return set
	}
	for i := range properties {
		set := own(&properties[i])
		if t := terms[i]; t != nil {
			for _, s := range append([]string{t.Title}, t.Synonyms...) {
				set[viet.Fold(s)] = true
			}
		}
		for heading := range set {
			meant[heading]++
		}
	}
	for i := range properties {
		t := terms[i]
		if t == nil {
			continue
		}
		p, have := &properties[i], own(&properties[i])
		var more []any
		for _, s := range append([]string{t.Title}, t.Synonyms...) {
			if f := viet.Fold(s); f != "" && !have[f] && meant[f] == 1 {
				have[f] = true
				more = append(more, s)
			}
		}
		if len(more) == 0 {
			continue
		}
		at := slices.IndexFunc(p.CustomProperties, func(c odcs.CustomProperty) bool { return c.Property == "phohien.aliases" })
		if at < 0 {
			p.CustomProperties = append(p.CustomProperties, odcs.CustomProperty{Property: "phohien.aliases", Value: more})
			continue
		}
		aliases, _ := p.CustomProperties[at].Value.([]any)
		p.CustomProperties[at].Value = append(slices.Clone(aliases), more...)
	}
}

// basis names a document together with the terms that it was resolved with.
func (c *Contract) basis() string {
	if len(c.Terms) == 0 {
		return c.Digest
	}
	sum := sha256.New()
	fmt.Fprintln(sum, c.Digest)
	for _, id := range slices.Sorted(maps.Keys(c.Terms)) {
		fmt.Fprintln(sum, id, c.Terms[id])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// depend keeps which terms a contract names that it was resolved without.
func (c *Contract) depend(book *dictionary.Book) {
	if c.Terms == nil && book != nil {
		c.Terms = map[string]string{}
	}
	for _, o := range c.Objects {
		for i := range o.Columns {
			id := o.Columns[i].Term
			if id == "" {
				continue
			}
			if c.Terms == nil {
				c.Terms = map[string]string{}
			}
			c.Terms[id] = ""
			if t := book.Term(id); t != nil {
				c.Terms[id] = t.Digest
			}
		}
	}
	c.Basis = c.basis()
}

// holds reports whether the terms that a contract was resolved with are those in
// force.
func (c *Contract) holds(terms *dictionary.Book) bool {
	for id, digest := range c.Terms {
		now := ""
		if t := terms.Term(id); t != nil {
			now = t.Digest
		}
		if now != digest {
			return false
		}
	}
	return true
}
