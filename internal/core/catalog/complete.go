package catalog

import (
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
)

// The values that other fields depend on; STANDARDS §4.2 and its enumerations.
const (
	NotShared     = "khong"      // Described.ShareMode: not shared at all
	ImportantData = "quan_trong" // Described.Sensitivity
	CoreData      = "cot_loi"    // Described.Sensitivity
)

// Described is what a catalogue must say of a data set: the fields of Decree
// 47/2020/NĐ-CP's catalogue together with those of the guidance for Decision
// 2439/QĐ-TTg (STANDARDS §4.2). An empty text is a field that is lacking.
type Described struct {
	ID            string // dataset_id: stable, never used again
	Title         string // title_vi
	TitleEn       string // title_en
	OwnerCode     string // owner_agency_code: electronic code of the agency
	Steward       string // steward_user
	Head          string // head: who is accountable
	TechnicalUnit string // technical_unit

	Purpose    string
	LegalBasis string // of the purpose
	Scope      string
	Content    string

	Layer        string
	Domain       string
	ShareScope   string
	ShareMode    string // NotShared needs no access method
	Sensitivity  string // ImportantData and CoreData need a decision
	PersonalData string

	CollectionMethod string
	UpdateMechanism  string
	UpdatePeriod     string // ISO 8601 duration, or that there is none
	SourceSystem     string

	Items []Item

	Measured bool     // there is a quality score
	Lineage  []string // data sets it is made from …
	Original bool     // … or that it is made from none: collected at the source

	Retention   string
	ArchiveRule string

	AccessMethods          []string // API, sync, package: at least one when it is shared
	ClassificationDecision string   // who decided that it is core or important, and when
}

// An Item is one field of a data set.
type Item struct {
	Name string
	Term string // entry of the shared dictionary
	Mode string // how it is shared with each kind of consumer
}

// A Lack is a field that a description has not filled, with its name in
// Vietnamese and English.
type Lack struct {
	Key    string
	Vi, En string
	Items  []string // of itemTerms and itemModes: the fields concerned
}

// own are the names of fields that people do not fill in field by field; the others
// have theirs in package contract.
var own = map[string]contract.Sentence{
	"dataset_id":        {Vi: "Mã bộ dữ liệu", En: "Data set identifier"},
	"title_vi":          {Vi: "Tên bộ dữ liệu", En: "Title"},
	"owner_agency_code": {Vi: "Cơ quan chủ quản dữ liệu (mã định danh điện tử)", En: "Agency that answers for the data (electronic code)"},
	"items":             {Vi: "Danh sách trường thông tin", En: "List of fields"},
	"item_terms":        {Vi: "Thuật ngữ trong từ điển dữ liệu dùng chung của trường thông tin", En: "Dictionary terms of fields"},
	"item_modes":        {Vi: "Hình thức chia sẻ của trường thông tin theo đối tượng khai thác", En: "Sharing mode of fields per kind of consumer"},
	"quality":           {Vi: "Điểm chất lượng dữ liệu theo sáu tiêu chí", En: "Quality by the six criteria"},
	"lineage":           {Vi: "Nguồn gốc dữ liệu", En: "Lineage"},
}

// Name is what the field with a key is called.
func Name(key string) contract.Sentence {
	if name, ok := own[key]; ok {
		return name
	}
	f, _ := contract.CatalogueFieldOf(key)
	return f.Name
}

// lack names a field that is not filled.
func lack(key string, items ...string) Lack {
	name := Name(key)
	return Lack{Key: key, Vi: name.Vi, En: name.En, Items: items}
}

// Missing lists what a description lacks, in the catalogue's order. A data set
// that lacks one is red until it has it; none is complete.
func (d *Described) Missing() []Lack {
	var all []Lack
	need := func(key string, there bool) {
		if !there {
			all = append(all, lack(key))
		}
	}
	for _, t := range d.texts() {
		switch t.key {
		case "retention": // items, quality and lineage stand before it
			all = append(all, d.missingItems()...)
			need("quality", d.Measured)
			need("lineage", d.Original || len(d.Lineage) > 0)
		case contract.KeyDecision:
			need(contract.KeyMethods, d.ShareMode == NotShared || slices.ContainsFunc(d.AccessMethods, said))
			need(t.key, d.Sensitivity != ImportantData && d.Sensitivity != CoreData || said(*t.text))
			continue
		}
		need(t.key, said(*t.text))
	}
	return all
}

// A text of a description, with its key.
type text struct {
	key  string
	text *string
}

// texts are those of a description, in the catalogue's order.
func (d *Described) texts() []text {
	return []text{
		{"dataset_id", &d.ID}, {"title_vi", &d.Title}, {"title_en", &d.TitleEn}, {"owner_agency_code", &d.OwnerCode}, {contract.KeySteward, &d.Steward}, {contract.KeyHead, &d.Head}, {"technical_unit", &d.TechnicalUnit},
		{contract.KeyPurpose, &d.Purpose}, {"legal_basis", &d.LegalBasis}, {"scope", &d.Scope}, {"content", &d.Content},
		{"layer", &d.Layer}, {"domain", &d.Domain}, {"share_scope", &d.ShareScope}, {contract.KeyShareMode, &d.ShareMode}, {contract.KeySensitive, &d.Sensitivity}, {contract.KeyPersonal, &d.PersonalData},
		{"collection_method", &d.CollectionMethod}, {"update_mechanism", &d.UpdateMechanism}, {contract.KeyPeriod, &d.UpdatePeriod}, {"source_system", &d.SourceSystem},
		{"retention", &d.Retention}, {"archive_rule", &d.ArchiveRule}, {contract.KeyDecision, &d.ClassificationDecision},
	}
}

// Text is what a description says under a key of the catalogue, lists with a comma
// between their entries.
func (d *Described) Text(key string) string {
	switch key {
	case contract.KeyLineage:
		return strings.Join(d.Lineage, ", ")
	case contract.KeyMethods:
		return strings.Join(d.AccessMethods, ", ")
	case contract.KeyOriginal:
		if d.Original {
			return "true"
		}
	}
	for _, t := range d.texts() {
		if t.key == key {
			return *t.text
		}
	}
	return ""
}

func (d *Described) missingItems() []Lack {
	if len(d.Items) == 0 {
		return []Lack{lack("items")}
	}
	var noTerm, noMode []string
	for _, i := range d.Items {
		if !said(i.Term) {
			noTerm = append(noTerm, i.Name)
		}
		if !said(i.Mode) {
			noMode = append(noMode, i.Name)
		}
	}
	var all []Lack
	if noTerm != nil {
		all = append(all, lack("item_terms", noTerm...))
	}
	if noMode != nil {
		all = append(all, lack("item_modes", noMode...))
	}
	return all
}

func said(s string) bool { return strings.TrimSpace(s) != "" }
