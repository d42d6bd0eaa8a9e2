package catalog

import "strings"

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

// Missing lists what a description lacks, in the catalogue's order. A data set
// that lacks one is red until it has it; none is complete.
func (d *Described) Missing() []Lack {
	var all []Lack
	need := func(there bool, key, vi, en string) {
		if !there {
			all = append(all, Lack{Key: key, Vi: vi, En: en})
		}
	}
	need(said(d.ID), "dataset_id", "Mã bộ dữ liệu", "Data set identifier")
	need(said(d.Title), "title_vi", "Tên bộ dữ liệu", "Title")
	need(said(d.TitleEn), "title_en", "Tên bằng tiếng Anh", "Title in English")
	need(said(d.OwnerCode), "owner_agency_code", "Cơ quan chủ quản dữ liệu (mã định danh điện tử)", "Agency that answers for the data (electronic code)")
	need(said(d.Steward), "steward_user", "Cán bộ đầu mối dữ liệu", "Data steward")
	need(said(d.TechnicalUnit), "technical_unit", "Đơn vị phụ trách kỹ thuật", "Technical unit")
	need(said(d.Purpose), "purpose", "Mục đích", "Purpose")
	need(said(d.LegalBasis), "legal_basis", "Căn cứ pháp lý", "Legal basis")
	need(said(d.Scope), "scope", "Phạm vi dữ liệu", "Scope")
	need(said(d.Content), "content", "Nội dung dữ liệu", "Content")
	need(said(d.Layer), "layer", "Lớp dữ liệu", "Data layer")
	need(said(d.Domain), "domain", "Lĩnh vực", "Domain")
	need(said(d.ShareScope), "share_scope", "Phạm vi chia sẻ", "Scope of sharing")
	need(said(d.ShareMode), "share_mode", "Hình thức chia sẻ", "Mode of sharing")
	need(said(d.Sensitivity), "sensitivity", "Mức độ nhạy cảm", "Sensitivity")
	need(said(d.PersonalData), "personal_data", "Dữ liệu cá nhân (không có, cơ bản, nhạy cảm)", "Personal data (none, basic, sensitive)")
	need(said(d.CollectionMethod), "collection_method", "Phương thức thu thập, tạo lập", "Method of collection")
	need(said(d.UpdateMechanism), "update_mechanism", "Cơ chế cập nhật", "Mechanism of updating")
	need(said(d.UpdatePeriod), "update_period", "Chu kỳ cập nhật", "Period of updating")
	need(said(d.SourceSystem), "source_system", "Hệ thống nguồn", "Source system")
	all = append(all, d.missingItems()...)
	need(d.Measured, "quality", "Điểm chất lượng dữ liệu theo sáu tiêu chí", "Quality by the six criteria")
	need(d.Original || len(d.Lineage) > 0, "lineage", "Nguồn gốc dữ liệu", "Lineage")
	need(said(d.Retention), "retention", "Thời hạn lưu trữ", "Retention period")
	need(said(d.ArchiveRule), "archive_rule", "Quy định lưu trữ, hủy", "Rule of archiving and disposal")
	need(d.ShareMode == NotShared || saidOne(d.AccessMethods), "access_methods", "Phương thức chia sẻ (theo yêu cầu, đồng bộ, đóng gói)", "Access methods (on request, synchronised, packaged)")
	need(d.Sensitivity != ImportantData && d.Sensitivity != CoreData || said(d.ClassificationDecision), "classification_decision",
		"Quyết định xác định dữ liệu quan trọng, dữ liệu cốt lõi", "Decision on important or core data")
	return all
}

func (d *Described) missingItems() []Lack {
	if len(d.Items) == 0 {
		return []Lack{{Key: "items", Vi: "Danh sách trường thông tin", En: "List of fields"}}
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
		all = append(all, Lack{"item_terms", "Thuật ngữ trong từ điển dữ liệu dùng chung của trường thông tin", "Dictionary terms of fields", noTerm})
	}
	if noMode != nil {
		all = append(all, Lack{"item_modes", "Hình thức chia sẻ của trường thông tin theo đối tượng khai thác", "Sharing mode of fields per kind of consumer", noMode})
	}
	return all
}

func said(s string) bool { return strings.TrimSpace(s) != "" }

func saidOne(all []string) bool {
	for _, s := range all {
		if said(s) {
			return true
		}
	}
	return false
}
