package registry

import (
	"strconv"
	"strings"
	"time"
)

// NASFormat names the shape of the document for the national register of
// architecture (NAS, Article 24 of Decree 224/2026/NĐ-CP). What it asks for is in
// the decree; how the fields are called is ours, since no schema is published.
const NASFormat = "phohien/nas/1"

// A NAS is the document: every system with what the register of architecture
// asks for.
type NAS struct {
	Format string  `json:"format"`
	Made   string  `json:"made"` // RFC 3339
	Assets []Asset `json:"assets"`
}

// An Asset is one system in it. A level, a progress or a yes or no that is not
// known is null, a text or date that is not known "".
type Asset struct {
	ID            string      `json:"asset_id"`
	Name          string      `json:"name"`
	Kind          string      `json:"kind"`              // code of loai-he-thong
	Owner         string      `json:"owner_agency"`      // our id of it
	OwnerCode     string      `json:"owner_agency_code"` // code under Decision 20/2020/QĐ-TTg
	Operator      string      `json:"operator"`
	Layer         *int        `json:"layer"` // 1 to 4
	Components    []Component `json:"components"`
	Functions     string      `json:"functions"`
	Field         string      `json:"field"`  // code of linh-vuc-quan-ly
	Status        string      `json:"status"` // code of trang-thai-he-thong
	Progress      *int        `json:"progress_pct"`
	Level         *int        `json:"security_level"` // decided, 1 to 5
	LevelProposed *int        `json:"security_level_proposed"`
	LevelNo       string      `json:"level_decision_no"`
	LevelOn       string      `json:"level_decision_on"` // yyyy-mm-dd
	Ref           string      `json:"nas_ref"`
	Label         AssetLabel  `json:"label"`
	IPv6          *bool       `json:"ipv6"`
	VNeID         *bool       `json:"vneid_sso"`
	APIs          []string    `json:"apis"`
	Datasets      []string    `json:"datasets"`
	Contract      string      `json:"contract"`
	CostSource    string      `json:"cost_source"`
}

// A Component is one part of a system.
type Component struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"` // code of loai-thanh-phan
	Version  string `json:"version"`
	SharedOf string `json:"shared_of"` // the system whose service it is, "" when it is its own
}

// An AssetLabel is the label of a platform as the register has it.
type AssetLabel struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Compliance string `json:"compliance"`
	Audit      string `json:"audit"`
}

// ExportNAS makes the document of systems, in their order. agencyCode gives the
// code of an agency by our id, "" when it has none.
func ExportNAS(systems []System, agencyCode func(id string) string, now time.Time) NAS {
	doc := NAS{Format: NASFormat, Made: now.Format(time.RFC3339), Assets: make([]Asset, 0, len(systems))}
	for _, s := range systems {
		doc.Assets = append(doc.Assets, asset(s, agencyCode))
	}
	return doc
}

func asset(s System, agencyCode func(id string) string) Asset {
	a := Asset{
		ID: s.ID(), Name: s.Row["ten"], Kind: s.Row["loai"], Owner: s.Row["chu_quan"], Operator: s.Row["don_vi_van_hanh"],
		Layer: number(s.Row["lop"]), Components: []Component{}, Functions: s.Row["chuc_nang"], Field: s.Row["linh_vuc"],
		Status: s.Row["trang_thai"], Progress: number(s.Row["tien_do"]),
		Level: number(s.Row["cap_do"]), LevelProposed: number(s.Row["cap_do_de_xuat"]), LevelNo: s.Row["cap_do_so"], LevelOn: s.Row["cap_do_ngay"],
		Ref: s.Row["ma_nas"], Label: AssetLabel{s.Row["nhan_ma"], s.Row["nhan_loai"], s.Row["nhan_tuan_thu"], s.Row["nhan_kiem_toan"]},
		IPv6: yesNo(s.Row["ipv6"]), VNeID: yesNo(s.Row["vneid_sso"]), APIs: some(s.List("api")), Datasets: some(s.List("bo_du_lieu")),
		Contract: s.Row["hop_dong"], CostSource: s.Row["nguon_kinh_phi"],
	}
	if a.Owner != "" {
		a.OwnerCode = agencyCode(a.Owner)
	}
	for _, p := range s.Parts {
		a.Components = append(a.Components, Component{p["ma"], p["ten"], p["loai"], p["phien_ban"], p["dung_chung_cua"]})
	}
	return a
}

func number(cell string) *int {
	n, err := strconv.Atoi(cell)
	if err != nil {
		return nil // empty: not known
	}
	return &n
}

func yesNo(cell string) *bool {
	if cell == "" {
		return nil
	}
	yes := cell == "true"
	return &yes
}

// some is a list that JSON writes as [] when it is empty.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// nasColumns are the columns of the rows, in their order, with what stands in
// them.
var nasColumns = []struct {
	name string
	cell func(Asset) string
}{
	{"asset_id", func(a Asset) string { return a.ID }},
	{"name", func(a Asset) string { return a.Name }},
	{"kind", func(a Asset) string { return a.Kind }},
	{"owner_agency", func(a Asset) string { return a.Owner }},
	{"owner_agency_code", func(a Asset) string { return a.OwnerCode }},
	{"operator", func(a Asset) string { return a.Operator }},
	{"layer", func(a Asset) string { return digits(a.Layer) }},
	{"components", func(a Asset) string { return componentNames(a.Components) }},
	{"functions", func(a Asset) string { return a.Functions }},
	{"field", func(a Asset) string { return a.Field }},
	{"status", func(a Asset) string { return a.Status }},
	{"progress_pct", func(a Asset) string { return digits(a.Progress) }},
	{"security_level", func(a Asset) string { return digits(a.Level) }},
	{"security_level_proposed", func(a Asset) string { return digits(a.LevelProposed) }},
	{"level_decision_no", func(a Asset) string { return a.LevelNo }},
	{"level_decision_on", func(a Asset) string { return a.LevelOn }},
	{"nas_ref", func(a Asset) string { return a.Ref }},
	{"label_id", func(a Asset) string { return a.Label.ID }},
	{"label_type", func(a Asset) string { return a.Label.Type }},
	{"label_compliance", func(a Asset) string { return a.Label.Compliance }},
	{"label_audit", func(a Asset) string { return a.Label.Audit }},
	{"ipv6", func(a Asset) string { return word(a.IPv6) }},
	{"vneid_sso", func(a Asset) string { return word(a.VNeID) }},
	{"apis", func(a Asset) string { return strings.Join(a.APIs, "; ") }},
	{"datasets", func(a Asset) string { return strings.Join(a.Datasets, "; ") }},
	{"contract", func(a Asset) string { return a.Contract }},
	{"cost_source", func(a Asset) string { return a.CostSource }},
}

// Rows gives the document as lines of a table for CSV or XLSX, the heading first.
// What JSON nests stands in columns of its own (label_id …) or is joined by "; ".
func (d NAS) Rows() [][]string {
	heading := make([]string, len(nasColumns))
	for i, c := range nasColumns {
		heading[i] = c.name
	}
	rows := [][]string{heading}
	for _, a := range d.Assets {
		row := make([]string, len(nasColumns))
		for i, c := range nasColumns {
			row[i] = c.cell(a)
		}
		rows = append(rows, row)
	}
	return rows
}

func digits(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func word(yes *bool) string {
	if yes == nil {
		return ""
	}
	return strconv.FormatBool(*yes)
}

func componentNames(list []Component) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name
	}
	return strings.Join(names, "; ")
}
