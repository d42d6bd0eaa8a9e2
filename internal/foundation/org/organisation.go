package org

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A Level is the sort of body an organisation is.
type Level string

// The levels.
const (
	Central     Level = "central"
	Province    Level = "province"
	Commune     Level = "commune"
	Party       Level = "party"
	Council     Level = "council"
	Front       Level = "front"
	Court       Level = "court"
	Procuracy   Level = "procuracy"
	Police      Level = "police"
	Military    Level = "military"
	ServiceUnit Level = "service-unit"
	School      Level = "school"
	MassOrg     Level = "mass-org"
	Media       Level = "media"
	Bank        Level = "bank"
	Enterprise  Level = "enterprise"
	Steering    Level = "steering"
)

// Levels lists the levels; the catalogues name them under org.level.*.
func Levels() []Level {
	return []Level{Central, Province, Commune, Party, Council, Front, Court, Procuracy, Police, Military, ServiceUnit,
		School, MassOrg, Media, Bank, Enterprise, Steering}
}

// An Org is an organisation through all its life.
type Org struct {
	ID           string        `json:"id"` // "hy-syt": never changes, never used again
	Name         string        `json:"name"`
	NameEn       string        `json:"nameEn,omitempty"`
	Level        Level         `json:"level"`
	Province     string        `json:"province,omitempty"` // code of the province, "" = of no single one
	Unit         string        `json:"unit,omitempty"`     // uid of the administrative unit that it governs, "" = none
	UnitCode     string        `json:"unitCode,omitempty"` // that unit's code
	Span                       // when it is; open = the day is not known, or not come
	Codes        []DatedCode   `json:"codes,omitempty"`
	Parents      []DatedParent `json:"parents,omitempty"`
	Predecessors []string      `json:"predecessors,omitempty"` // ids
	Successors   []string      `json:"successors,omitempty"`
	Collective   bool          `json:"collective,omitempty"` // a name for several bodies, not one body
	Inferred     bool          `json:"inferred,omitempty"`   // the source names a sector, not the body
	ToBeFormed   bool          `json:"toBeFormed,omitempty"` // ordered to be set up, not there yet
	Sources      []string      `json:"sources,omitempty"`
	Note         string        `json:"note,omitempty"`
}

// A DatedCode is an agency's code (mã định danh điện tử) in its time.
type DatedCode struct {
	Code string `json:"code"`
	Span
}

// A DatedParent is the superior body in its time.
type DatedParent struct {
	ID string `json:"id"`
	Span
}

// CodeOn is the agency's code on a day, "" for none.
func (o *Org) CodeOn(on viet.Date) string {
	for _, c := range o.Codes {
		if c.Covers(on) {
			return c.Code
		}
	}
	return ""
}

// ParentOn is the id of the superior body on a day, "" for none.
func (o *Org) ParentOn(on viet.Date) string {
	for _, p := range o.Parents {
		if p.Covers(on) {
			return p.ID
		}
	}
	return ""
}

// Clone copies an organisation with all it holds.
func (o *Org) Clone() Org {
	c := *o
	c.Codes, c.Parents, c.Sources = slices.Clone(o.Codes), slices.Clone(o.Parents), slices.Clone(o.Sources)
	c.Predecessors, c.Successors = slices.Clone(o.Predecessors), slices.Clone(o.Successors)
	return c
}

// Tidy makes texts NFC without blanks around them, and drops empty lists, so
// that equal organisations are equal JSON.
func (o *Org) Tidy() {
	for _, s := range []*string{&o.ID, &o.Name, &o.NameEn, &o.Province, &o.Unit, &o.UnitCode, &o.Note} {
		*s = clean(*s)
	}
	for i := range o.Codes {
		o.Codes[i].Code = clean(o.Codes[i].Code)
	}
	for i := range o.Parents {
		o.Parents[i].ID = clean(o.Parents[i].ID)
	}
	for _, list := range []*[]string{&o.Predecessors, &o.Successors, &o.Sources} {
		for i := range *list {
			(*list)[i] = clean((*list)[i])
		}
	}
}

// clean makes a text valid UTF-8 and NFC, without blanks around it.
func clean(s string) string {
	b, _ := viet.Clean([]byte(strings.ToValidUTF8(s, "\uFFFD")))
	return string(b)
}
