package catalog

import (
	"fmt"
	"time"
)

// A Kind is what an entry describes.
type Kind string

// The kinds.
const (
	Organisation Kind = "organisation"
	System       Kind = "system"
	Dataset      Kind = "dataset"
	Column       Kind = "column"
	Term         Kind = "term"
	CodeList     Kind = "code-list"
	Code         Kind = "code"
	Service      Kind = "service"
)

// Kinds are all of them, in the order in which they are offered.
func Kinds() []Kind {
	return []Kind{Dataset, System, Service, Organisation, Term, Column, CodeList, Code}
}

// A Ref names an entry.
type Ref struct {
	Kind Kind
	ID   string
}

// An Owner is the organisation that answers for what is described.
type Owner struct{ ID, Name string }

// Facets are what the list is narrowed by; "" says that nobody has named it and
// is counted as Unset.
type Facets struct {
	Sector    string // lĩnh vực
	Layer     string // lớp dữ liệu
	Access    string // classification, who may have it
	Freshness string // band of age
	Score     string // band of the score
	State     string
	Described string // of a data set: complete or lacking the required fields of the catalogue
}

// An Entry is one thing that is described.
type Entry struct {
	Kind     Kind
	ID       string // unique within its kind; it is searched too
	Title    string // Vietnamese
	TitleEn  string
	Text     string   // the description
	Keywords []string // synonyms, earlier names
	Codes    []string // other codes it is looked up by: H33.21, 11953, 2352/QĐ-UBND
	Address  string   // path of its page
	Owner    Owner
	Facets   Facets
	Weight   float64 // how important it is, from 0.1 to 10; 0 is 1, the ordinary
	Changed  time.Time
	Sight    string // "" everyone sees it, otherwise who Query.Sees lets see it
}

// Ref names e.
func (e *Entry) Ref() Ref { return Ref{e.Kind, e.ID} }

// check refuses what could not be found again.
func (e *Entry) check() error {
	if e.Kind == "" || e.ID == "" {
		return fmt.Errorf("catalogue entry %q has no kind or no id: %q %q", e.Title, e.Kind, e.ID)
	}
	return nil
}

// weight is Weight within its bounds.
func (e *Entry) weight() float64 {
	if !(e.Weight > 0) { // also what is no number
		return 1
	}
	return min(max(e.Weight, 0.1), 10)
}

// A Facet is one way to narrow the list.
type Facet string

// The facets.
const (
	ByKind      Facet = "kind"
	ByOwner     Facet = "owner"
	BySector    Facet = "sector"
	ByLayer     Facet = "layer"
	ByAccess    Facet = "access"
	ByFreshness Facet = "freshness"
	ByScore     Facet = "score"
	ByState     Facet = "state"
	ByDescribed Facet = "catalogue"
)

// Unset stands for a facet's empty value: no owner is named, nobody has
// classified.
const Unset = "-"

var facets = [...]Facet{ByKind, ByOwner, BySector, ByLayer, ByAccess, ByFreshness, ByScore, ByState, ByDescribed}

// AllFacets are all of them, in the order in which they are offered.
func AllFacets() []Facet { return append([]Facet(nil), facets[:]...) }

// value is what an entry is counted under.
func (e *Entry) value(f Facet) string {
	v := ""
	switch f {
	case ByKind:
		v = string(e.Kind)
	case ByOwner:
		v = e.Owner.ID
	case BySector:
		v = e.Facets.Sector
	case ByLayer:
		v = e.Facets.Layer
	case ByAccess:
		v = e.Facets.Access
	case ByFreshness:
		v = e.Facets.Freshness
	case ByScore:
		v = e.Facets.Score
	case ByState:
		v = e.Facets.State
	case ByDescribed:
		v = e.Facets.Described
	}
	if v == "" {
		return Unset
	}
	return v
}
