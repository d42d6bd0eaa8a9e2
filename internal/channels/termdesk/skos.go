package termdesk

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/viet"
)

// vocabularies are the prefixes that the export writes, and those under which
// terms name what they are close to in other vocabularies (attribute 24).
var vocabularies = map[string]string{
	"skos":    "http://www.w3.org/2004/02/skos/core#",
	"dct":     "http://purl.org/dc/terms/",
	"dcat":    "http://www.w3.org/ns/dcat#",
	"rdf":     "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
	"rdfs":    "http://www.w3.org/2000/01/rdf-schema#",
	"owl":     "http://www.w3.org/2002/07/owl#",
	"xsd":     "http://www.w3.org/2001/XMLSchema#",
	"schema":  "https://schema.org/",
	"foaf":    "http://xmlns.com/foaf/0.1/",
	"vcard":   "http://www.w3.org/2006/vcard/ns#",
	"person":  "http://www.w3.org/ns/person#",
	"locn":    "http://www.w3.org/ns/locn#",
	"org":     "http://www.w3.org/ns/org#",
	"geo":     "http://www.w3.org/2003/01/geo/wgs84_pos#",
	"phohien": "urn:phohien:",
}

// About says whose dictionary is exported, and from where.
type About struct {
	Base  string // address of the platform, without a slash at its end
	Title string
	Names func(organisation string) string // of an organisation; nil: by their ids
}

// term is the address of a term.
func (a About) term(id string) string { return a.Base + "/dictionary/" + url.PathEscape(id) }

// JSONLD writes terms as a SKOS concept scheme (W3C SKOS Reference, 2009) that is
// also a DCAT data set (W3C DCAT 3, 2024) with its distributions, in JSON-LD 1.1
// with its context inside: a reader needs no other document.
func JSONLD(a About, terms []*dictionary.Term) map[string]any {
	scheme := a.Base + "/dictionary"
	graph := []any{}
	groups := map[string][]string{}
	var tops []any
	for _, t := range terms {
		graph = append(graph, a.concept(scheme, t))
		groups[t.Group] = append(groups[t.Group], a.term(t.ID))
		tops = append(tops, a.term(t.ID))
	}
	names := make([]string, 0, len(groups))
	for g := range groups {
		names = append(names, g)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(viet.SortKey(a), viet.SortKey(b)) })
	for _, g := range names {
		graph = append(graph, map[string]any{
			"@id": scheme + "?group=" + url.QueryEscape(g), "@type": "skos:Collection", "prefLabel": tagged(g, ""), "member": groups[g],
		})
	}
	var files []any
	for _, f := range []struct{ format, media string }{
		{"csv", "text/csv"}, {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, {"jsonld", "application/ld+json"}, {"iso11179", "application/json"},
	} {
		address := a.Base + "/api/v1/terms/export?format=" + f.format
		files = append(files, map[string]any{
			"@id": address, "@type": "dcat:Distribution", "downloadURL": address, "mediaType": "https://www.iana.org/assignments/media-types/" + f.media,
		})
	}
	whole := map[string]any{
		"@id": scheme, "@type": []any{"skos:ConceptScheme", "dcat:Dataset"}, "title": tagged(a.Title, ""), "prefLabel": tagged(a.Title, ""),
		"landingPage": scheme, "language": []any{"vi", "en"}, "hasTopConcept": tops, "distribution": files,
	}
	return map[string]any{"@context": meanings(), "@graph": append([]any{whole}, graph...)}
}

// meanings says what every key of the export means.
func meanings() map[string]any {
	c := map[string]any{"@version": 1.1}
	for prefix, iri := range vocabularies {
		c[prefix] = iri
	}
	for _, key := range []string{"skos:prefLabel", "skos:altLabel", "skos:definition", "skos:scopeNote", "dct:title"} {
		c[local(key)] = map[string]any{"@id": key, "@container": "@language"}
	}
	for _, key := range []string{
		"skos:inScheme", "skos:topConceptOf", "skos:hasTopConcept", "skos:member", "skos:related", "skos:closeMatch",
		"dcat:distribution", "dcat:downloadURL", "dcat:landingPage", "dcat:mediaType", "rdfs:range", "rdfs:isDefinedBy",
	} {
		c[local(key)] = map[string]any{"@id": key, "@type": "@id"}
	}
	for _, key := range []string{
		"skos:notation", "skos:note", "skos:example", "dct:creator", "dct:rightsHolder", "dct:language", "dct:references", "dct:source", "dct:subject", "dct:type", "owl:versionInfo",
	} {
		c[local(key)] = map[string]any{"@id": key}
	}
	c["modified"] = map[string]any{"@id": "dct:modified", "@type": "xsd:date"}
	for _, key := range own {
		c[key] = map[string]any{"@id": "phohien:" + key}
	}
	c["property"] = map[string]any{"@id": "phohien:property", "@type": "@json"}
	return c
}

// own are attributes of the national frame that no vocabulary has a word for.
var own = []string{"entity", "relation", "technicalName", "businessAttributes", "technicalAttributes", "fieldRelations", "normalise", "counterExample"}

func local(key string) string {
	_, name, _ := strings.Cut(key, ":")
	return name
}

// concept is one term.
func (a About) concept(scheme string, t *dictionary.Term) map[string]any {
	c := map[string]any{
		"@id": a.term(t.ID), "@type": []any{"skos:Concept", "rdf:Property"}, "notation": t.ID, "inScheme": scheme, "topConceptOf": scheme, "versionInfo": t.Version,
		"prefLabel": tagged(t.Title, t.TitleEn), "definition": tagged(t.Definition, t.DefinitionEn), "scopeNote": tagged(t.Usage, ""), "subject": t.Group,
		"isDefinedBy": a.term(t.ID), "range": t.XSD(), "property": t.Property,
	}
	if labels := append(append([]string{}, t.Synonyms...), t.Name); len(labels) > 0 {
		c["altLabel"] = map[string]any{"vi": labels}
		if t.NameEn != "" {
			c["altLabel"].(map[string]any)["en"] = []string{t.NameEn}
		}
	}
	some := func(key, value string) {
		if value != "" {
			c[key] = value
		}
	}
	many := func(key string, values []string) {
		if len(values) > 0 {
			c[key] = values
		}
	}
	some("modified", t.UpdatedOn.String())
	some("type", t.Classification)
	some("creator", a.name(t.CreatingUnit))
	some("rightsHolder", a.name(t.OwningUnit))
	some("source", t.Source)
	some("entity", t.Entity)
	some("relation", t.Relation)
	some("technicalName", t.TechnicalName)
	many("language", t.Languages)
	many("references", t.Documents)
	many("businessAttributes", t.BusinessAttributes)
	many("technicalAttributes", t.TechnicalAttributes)
	many("fieldRelations", t.FieldRelations)
	many("normalise", t.Normalise)
	many("example", t.Passes)
	many("counterExample", t.Fails)
	var related, close, notes []string
	for _, id := range t.Related {
		related = append(related, a.term(id))
	}
	for _, name := range t.International {
		if prefix, _, ok := strings.Cut(name, ":"); ok && vocabularies[prefix] != "" {
			close = append(close, name)
		} else { // of a vocabulary that is not known here: words, no address
			notes = append(notes, name)
		}
	}
	many("related", related)
	many("closeMatch", close)
	many("note", notes)
	return c
}

func (a About) name(organisation string) string {
	if a.Names == nil || organisation == "" {
		return organisation
	}
	return a.Names(organisation)
}

// tagged is a text by its language.
func tagged(vi, en string) map[string]any {
	m := map[string]any{"vi": vi}
	if en != "" {
		m["en"] = en
	}
	return m
}
