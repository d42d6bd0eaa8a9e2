package termdesk

import (
	"cmp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/dictionary"
)

// A Registry is terms as ISO/IEC 11179-3 sees them: what is meant (object class and
// property make a data element concept), how it is written (value domain), and the
// two together (data element).
type Registry struct {
	Standard      string           `json:"standard" example:"ISO/IEC 11179-3:2013"`
	Name          string           `json:"name"`
	ObjectClasses []ISOItem        `json:"object_classes" nullable:"false"`
	Properties    []ISOItem        `json:"properties" nullable:"false"`
	Concepts      []ISOConcept     `json:"data_element_concepts" nullable:"false"`
	ValueDomains  []ISOValueDomain `json:"value_domains" nullable:"false"`
	Elements      []ISOElement     `json:"data_elements" nullable:"false"`
}

// An ISOItem is an object class or a property.
type ISOItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// An ISOConcept is a data element concept: a property of an object class, without
// how it is written.
type ISOConcept struct {
	ID           string `json:"id"`
	ObjectClass  string `json:"object_class"`
	Property     string `json:"property"`
	DefinitionVi string `json:"definition_vi"`
	DefinitionEn string `json:"definition_en,omitempty"`
	Context      string `json:"context"`
}

// An ISOValueDomain is how values are written.
type ISOValueDomain struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind" enum:"enumerated,described" doc:"enumerated: the codes of a list"`
	Datatype   string         `json:"datatype" doc:"Logical type of the contract standard"`
	XSD        string         `json:"xsd" doc:"Type in RDF"`
	CodeList   string         `json:"code_list,omitempty"`
	MinLength  string         `json:"minimum_length,omitempty"`
	MaxLength  string         `json:"maximum_length,omitempty"`
	Pattern    string         `json:"format,omitempty" doc:"Regular expression"`
	Minimum    string         `json:"minimum,omitempty"`
	Maximum    string         `json:"maximum,omitempty"`
	Identifier string         `json:"identifier,omitempty"`
	Rules      map[string]any `json:"rules" doc:"The whole fragment of a contract's property"`
}

// An ISOElement is a data element.
type ISOElement struct {
	ID          string   `json:"id" example:"ph:ID-001"`
	Concept     string   `json:"data_element_concept"`
	ValueDomain string   `json:"value_domain"`
	NameVi      string   `json:"name_vi"`
	NameEn      string   `json:"name_en,omitempty"`
	Designation string   `json:"designation" doc:"Name in PascalCase"`
	Synonyms    []string `json:"synonyms,omitempty" nullable:"false"`
	Version     string   `json:"version"`
	Status      string   `json:"registration_status" enum:"Standard" doc:"As ISO/IEC 11179-6 names it"`
	Steward     string   `json:"stewardship_organization,omitempty"`
	Submitter   string   `json:"submitting_organization,omitempty"`
	Documents   []string `json:"reference_documents,omitempty" nullable:"false"`
	Examples    []string `json:"examples,omitempty" nullable:"false"`
}

// inForce is the registration status of ISO/IEC 11179-6 that terms in force have.
const inForce = "Standard"

// ISO11179 writes terms in force as a registry. A term without an entity belongs to
// the object class that its technical name begins with, or to none.
func ISO11179(name string, terms []*dictionary.Term) (*Registry, error) {
	r := &Registry{
		Standard: "ISO/IEC 11179-3:2013", Name: name,
		ObjectClasses: []ISOItem{}, Properties: []ISOItem{}, Concepts: []ISOConcept{}, ValueDomains: []ISOValueDomain{}, Elements: []ISOElement{},
	}
	add := func(list *[]ISOItem, id, name string) {
		if !slices.ContainsFunc(*list, func(i ISOItem) bool { return i.ID == id }) {
			*list = append(*list, ISOItem{id, name})
		}
	}
	for _, t := range terms {
		f, err := FieldsOf(t.Property)
		if err != nil {
			return nil, err
		}
		class, _, _ := strings.Cut(t.TechnicalName, ".")
		class = cmp.Or(t.Entity, class)
		property := cmp.Or(t.NameEn, t.Name)
		if class != "" {
			add(&r.ObjectClasses, "OC:"+class, class)
		}
		add(&r.Properties, "PR:"+property, t.Title)
		concept := ISOConcept{ID: "DEC:" + t.ID, Property: "PR:" + property, DefinitionVi: t.Definition, DefinitionEn: t.DefinitionEn, Context: t.Group}
		if class != "" {
			concept.ObjectClass = "OC:" + class
		}
		r.Concepts = append(r.Concepts, concept)
		domain := ISOValueDomain{
			ID: "VD:" + t.ID, Kind: "described", Datatype: cmp.Or(f.Type, "string"), XSD: t.XSD(), CodeList: f.CodeList, MinLength: f.MinLength, MaxLength: f.MaxLength,
			Pattern: f.Pattern, Minimum: f.Minimum, Maximum: f.Maximum, Identifier: f.Identifier, Rules: t.Property,
		}
		if f.CodeList != "" {
			domain.Kind = "enumerated"
		}
		r.ValueDomains = append(r.ValueDomains, domain)
		r.Elements = append(r.Elements, ISOElement{
			ID: t.ID, Concept: "DEC:" + t.ID, ValueDomain: "VD:" + t.ID, NameVi: t.Title, NameEn: t.TitleEn, Designation: t.Name, Synonyms: t.Synonyms, Version: t.Version,
			Status: inForce, Steward: t.OwningUnit, Submitter: t.CreatingUnit, Documents: t.Documents, Examples: t.Passes,
		})
	}
	return r, nil
}
