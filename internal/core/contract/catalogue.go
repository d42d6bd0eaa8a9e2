package contract

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/spelling"
)

// A Catalogue is what a contract says of its data set for the catalogue of data
// sets and has no other place for: phohien.catalogue, by the keys of
// [CatalogueFields]. What follows from the rest of the contract is not said here
// again; see package catalog.
type Catalogue struct {
	Lineage       []string          // ids of the data sets it is made from
	Original      bool              // it is made from none: its rows are collected at the source
	AccessMethods []string          // api, sync, package
	ItemModes     map[string]string // how a column is shared, by its name, where it is not as the data set

	texts map[string]string
	at    string // where in the document
}

// Text is what is said under a key whose value is a text, "" for nothing.
func (c *Catalogue) Text(key string) string { return c.texts[key] }

// A CatalogueKind is what the value of a field of the catalogue is.
type CatalogueKind string

// The kinds.
const (
	CatalogueLine    CatalogueKind = "line"    // a text on one line
	CatalogueWords   CatalogueKind = "words"   // sentences
	CatalogueChoice  CatalogueKind = "choice"  // one of Values
	CatalogueChoices CatalogueKind = "choices" // some of Values
	CatalogueSets    CatalogueKind = "sets"    // ids of data sets
	CatalogueMark    CatalogueKind = "mark"    // true, or not said
)

// A CatalogueField is one field of the catalogue that people fill in.
type CatalogueField struct {
	Key    string
	Name   Sentence
	Kind   CatalogueKind
	Values []CatalogueValue
}

// A CatalogueValue is one of the values of a field.
type CatalogueValue struct {
	Code string
	Name Sentence
}

// Keys of the catalogue that other rooms speak of.
const (
	KeySteward    = "steward_user"
	KeyHead       = "head"
	KeyPurpose    = "purpose"
	KeyPeriod     = "update_period"
	KeyLineage    = "lineage"
	KeyOriginal   = "original"
	KeyMethods    = "access_methods"
	KeyShareMode  = "share_mode"
	KeyDecision   = "classification_decision"
	KeySensitive  = "sensitivity"
	KeyPersonal   = "personal_data"
	keyModes      = "item_modes"
	longestLine   = 300
	longestWords  = 2000
	mostCatalogue = 100 // entries of a list
)

func field(key, vi, en string, kind CatalogueKind, values ...CatalogueValue) CatalogueField {
	return CatalogueField{Key: key, Name: Sentence{Vi: vi, En: en}, Kind: kind, Values: values}
}

func value(code, vi, en string) CatalogueValue {
	return CatalogueValue{Code: code, Name: Sentence{Vi: vi, En: en}}
}

// shareModes keep the codes of the catalogue; the words are those in force, since
// “mặc định” and “đặc thù” are of a decree that was repealed.
var shareModes = []CatalogueValue{
	value("mo", "mở: ai cũng khai thác được", "open to everyone"), value("mac_dinh", "dùng chung: cơ quan nhà nước được chia sẻ khi đề nghị", "shared between agencies on request"),
	value("dac_thu", "dùng riêng: chia sẻ theo thỏa thuận từng trường hợp", "by agreement, case by case"), value("khong", "không chia sẻ", "not shared"),
}

// catalogueFields stand in the order of the catalogue.
var catalogueFields = []CatalogueField{
	field("title_en", "Tên bằng tiếng Anh", "Title in English", CatalogueLine),
	field(KeySteward, "Cán bộ đầu mối dữ liệu", "Data steward", CatalogueLine),
	field(KeyHead, "Người đứng đầu chịu trách nhiệm", "Accountable head", CatalogueLine),
	field("technical_unit", "Đơn vị phụ trách kỹ thuật", "Technical unit", CatalogueLine),
	field(KeyPurpose, "Mục đích", "Purpose", CatalogueWords),
	field("legal_basis", "Căn cứ pháp lý", "Legal basis", CatalogueWords),
	field("scope", "Phạm vi dữ liệu", "Scope", CatalogueWords),
	field("content", "Nội dung dữ liệu", "Content", CatalogueWords),
	field("layer", "Lớp dữ liệu", "Data layer", CatalogueChoice,
		value("dac_ta", "đặc tả", "metadata"), value("danh_muc", "danh mục", "reference"), value("chu", "chủ", "master"), value("giao_dich", "giao dịch", "transaction"),
		value("lon", "lớn", "big"), value("goc", "gốc", "original"), value("tong_hop", "tổng hợp", "aggregate"), value("phan_tich", "phân tích", "analytical"), value("mo", "mở", "open")),
	field("domain", "Lĩnh vực", "Domain", CatalogueChoice,
		value("con_nguoi", "con người", "people"), value("phap_nhan", "pháp nhân", "organisations"), value("tai_san", "tài sản", "assets"),
		value("dia_chinh", "địa chính", "cadastre"), value("dia_chi", "địa chỉ", "addresses"), value("nen_dia_ly", "nền địa lý", "base map")),
	field("share_scope", "Phạm vi chia sẻ", "Scope of sharing", CatalogueChoice,
		value("noi_bo", "nội bộ cơ quan", "within the agency"), value("dia_phuong", "trong tỉnh", "within the province"), value("nganh", "trong ngành", "within the sector"),
		value("quoc_gia", "cả nước", "the country"), value("quoc_te", "quốc tế", "international")),
	field(KeyShareMode, "Hình thức chia sẻ", "Mode of sharing", CatalogueChoice, shareModes...),
	field(KeySensitive, "Mức độ nhạy cảm", "Sensitivity", CatalogueChoice,
		value("cong_khai", "công khai", "public"), value("noi_bo", "nội bộ", "internal"), value("nhay_cam", "nhạy cảm", "sensitive"),
		value("quan_trong", "quan trọng", "important"), value("cot_loi", "cốt lõi", "core")),
	field(KeyPersonal, "Dữ liệu cá nhân", "Personal data", CatalogueChoice,
		value("khong", "không có", "none"), value("co_ban", "cơ bản", "basic"), value("nhay_cam", "nhạy cảm", "sensitive")),
	field("collection_method", "Phương thức thu thập, tạo lập", "Method of collection", CatalogueWords),
	field("update_mechanism", "Cơ chế cập nhật", "Mechanism of updating", CatalogueWords),
	field(KeyPeriod, "Chu kỳ cập nhật", "Period of updating", CatalogueLine),
	field("source_system", "Hệ thống nguồn", "Source system", CatalogueWords),
	field(KeyLineage, "Nguồn gốc dữ liệu: được tạo từ các bộ", "Lineage: data sets it is made from", CatalogueSets),
	field(KeyOriginal, "Lấy thẳng từ nguồn, không tạo từ bộ dữ liệu nào khác", "Straight from the source, made from no other data set", CatalogueMark),
	field("retention", "Thời hạn lưu trữ", "Retention period", CatalogueLine),
	field("archive_rule", "Quy định lưu trữ, hủy", "Rule of archiving and disposal", CatalogueWords),
	field(KeyMethods, "Phương thức chia sẻ", "Access methods", CatalogueChoices,
		value("api", "theo yêu cầu (API)", "on request (API)"), value("sync", "đồng bộ", "synchronised"), value("package", "đóng gói (tệp)", "packaged (files)")),
	field(KeyDecision, "Quyết định xác định dữ liệu quan trọng, dữ liệu cốt lõi", "Decision on important or core data", CatalogueWords),
}

// CatalogueFields are the fields of the catalogue that people fill in, in its order.
func CatalogueFields() []CatalogueField { return slices.Clone(catalogueFields) }

// CatalogueFieldOf finds a field by its key.
func CatalogueFieldOf(key string) (CatalogueField, bool) {
	i := slices.IndexFunc(catalogueFields, func(f CatalogueField) bool { return f.Key == key })
	if i < 0 {
		return CatalogueField{}, false
	}
	return catalogueFields[i], true
}

// Says is what a value of the field is called; the value itself when it has no name.
func (f *CatalogueField) Says(code string) Sentence {
	for _, v := range f.Values {
		if v.Code == code {
			return v.Name
		}
	}
	return Sentence{Vi: code, En: code}
}

// allowed lists the values as a message does: the code with what it means.
func allowed(values []CatalogueValue) bilingual {
	var vi, en []string
	for _, v := range values {
		vi, en = append(vi, v.Code+" ("+v.Name.Vi+")"), append(en, v.Code+" ("+v.Name.En+")")
	}
	return bilingual{strings.Join(vi, ", "), strings.Join(en, ", ")}
}

func has(values []CatalogueValue, code string) bool {
	return slices.ContainsFunc(values, func(v CatalogueValue) bool { return v.Code == code })
}

// catalogue reads phohien.catalogue, and the retention among slaProperties.
func (r *resolver) catalogue() {
	r.retained()
	c := &r.out.Catalogue
	c.texts, c.at = map[string]string{}, r.cataloguedAt
	for key, v := range r.catalogued {
		c.say(key, v)
	}
	r.catalogueSense(c.at)
}

// say takes one entry, of which nothing is wrong; nil is that for nothing said.
func (c *Catalogue) say(key string, v any) {
	f, _ := CatalogueFieldOf(key)
	switch {
	case key == keyModes:
		c.ItemModes = map[string]string{}
		for column, mode := range v.(map[string]any) {
			c.ItemModes[column], _ = mode.(string)
		}
	case f.Kind == CatalogueMark:
		c.Original, _ = v.(bool)
	case f.Kind == CatalogueSets:
		c.Lineage = texts(v)
	case f.Kind == CatalogueChoices:
		c.AccessMethods = texts(v)
	default:
		c.texts[key], _ = v.(string)
	}
}

// retained reads how long slaProperties say that the data are kept.
func (r *resolver) retained() {
	for _, p := range r.in.SLAProperties {
		n, ok := number(p.Value)
		if p.Property != "retention" || !ok || n <= 0 || n != float64(int64(n)) || p.Unit == "" {
			continue
		}
		if unit := strings.ToUpper(p.Unit[:1]); strings.Contains("DWMY", unit) && frequencies[strings.ToLower(p.Unit)] >= day {
			r.out.RetainedBy = fmt.Sprintf("P%d%s", int64(n), unit)
		}
	}
}

// catalogueSense refuses what contradicts the rest of the contract: who reads the
// catalogue must not be told another thing than the policies act on.
func (r *resolver) catalogueSense(at string) {
	c := &r.out.Catalogue
	for _, one := range r.out.contradictions() {
		r.fail(CodeCatalogue, at+"/"+one.key, "%s", "%s", one.file)
	}
	if r.out.Frequency.Every > 0 && c.Text(KeyPeriod) != "" {
		r.warn(CodeCatalogue, at+"/"+KeyPeriod, "Chu kỳ cập nhật đã có ở slaProperties (frequency) và được tính theo đó; bỏ update_period ở đây.",
			"The frequency under slaProperties says the period already and counts; leave update_period out.")
	}
	for _, column := range slices.Sorted(maps.Keys(c.ItemModes)) {
		if !slices.ContainsFunc(r.out.Objects, func(o *Object) bool { return o.Column(column) >= 0 }) {
			r.fail(CodeCatalogue, at+"/"+keyModes, "item_modes: không có trường thông tin “%s”.", "item_modes: there is no property %q.", column)
		}
	}
}

// sensitivityOfClass is what a class of Luật Dữ liệu is called in the catalogue.
var sensitivityOfClass = map[string]string{"core": "cot_loi", "important": "quan_trong"}

// ModeFits reports whether a mode of sharing goes with an access (phohien.access).
func ModeFits(mode, access string) bool { return (mode == "mo") == (access == "open") }

// SensitivityFits reports whether a sensitivity goes with a class (phohien.class).
func SensitivityFits(said, class string) bool {
	want := sensitivityOfClass[class]
	return want == "" || said == want
}

// PersonalFits reports whether what is said of personal data goes with a column of a
// class.
func PersonalFits(said string, class PersonalClass) bool { return graveEnough(said, personalOf(class)) }

// graveEnough reports whether what is said of personal data hides nothing.
func graveEnough(said, is string) bool {
	rank := []string{"khong", "co_ban", "nhay_cam"}
	return slices.Index(rank, said) >= slices.Index(rank, is)
}

// personalOf is what the catalogue calls a class of personal data.
func personalOf(class PersonalClass) string {
	switch class {
	case SensitivePersonal:
		return "nhay_cam"
	case BasicPersonal:
		return "co_ban"
	}
	return "khong"
}

// personal is the gravest that columns are said to tell of persons, with the first
// column that is said to; nil when none is.
func (c *Contract) personal() (grave string, of *Column) {
	grave = "khong"
	for _, o := range c.Objects {
		for i := range o.Columns {
			if is := personalOf(o.Columns[i].Personal.Class); !graveEnough(grave, is) {
				grave, of = is, &o.Columns[i]
			}
		}
	}
	return grave, of
}

// PersonalData says what the columns tell of persons, in the words of the
// catalogue; "" when it has not been decided of each column. An open data set
// holds none: it could not have been opened otherwise.
func (c *Contract) PersonalData() string {
	grave, _ := c.personal()
	if grave != "khong" || c.Access == "open" {
		return grave
	}
	for _, o := range c.Objects {
		for i := range o.Columns {
			if col := &o.Columns[i]; col.Personal.Class == "" && col.Classification != "public" {
				return ""
			}
		}
	}
	return grave
}

// Sensitivity says how sensitive the data are, as far as access and class have been
// decided; "" when not.
func (c *Contract) Sensitivity() string {
	switch {
	case sensitivityOfClass[c.Class] != "":
		return sensitivityOfClass[c.Class]
	case c.Class == "" || c.Access == "":
		return ""
	case c.Access == "open":
		return "cong_khai"
	}
	if grave, _ := c.personal(); grave == "nhay_cam" {
		return "nhay_cam"
	}
	return "noi_bo"
}

// periodOrNone is the form of update_period.
var periodOrNone = regexp.MustCompile(`^(P(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?(T\d{1,5}[HM])?|khong_dinh_ky)$`)

var setID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// catalogueWrong says what of a phohien.catalogue is not as it should be, each at
// its place; it reports whether anything was said.
func (r *resolver) catalogueWrong(at string, v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	before := len(r.findings)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if why := catalogueFault(key, m[key]); why != nil {
			r.fail(CodeCatalogue, at+"/"+strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1"), "%s", "%s", *why)
		}
	}
	return len(r.findings) > before
}

// catalogueFault says what is wrong with one entry, nil for nothing.
func catalogueFault(key string, v any) *bilingual {
	wrong := func(vi, en string, args ...any) *bilingual {
		return &bilingual{say(vi, args, func(b bilingual) string { return b.vi }), say(en, args, func(b bilingual) string { return b.en })}
	}
	if key == keyModes {
		return modesFault(v)
	}
	f, known := CatalogueFieldOf(key)
	if !known || key == KeyPurpose {
		return unknownCatalogue(key)
	}
	name := bilingual{f.Name.Vi, f.Name.En}
	switch s, isText := v.(string); {
	case f.Kind == CatalogueMark:
		if v != true {
			return wrong("%s (%s) chỉ ghi true, hoặc bỏ cả dòng.", "%s (%s) is true, or left out.", key, name)
		}
	case f.Kind == CatalogueSets:
		if list := texts(v); !whole(v, list) || slices.ContainsFunc(list, func(id string) bool { return !setID.MatchString(id) }) {
			return wrong("%s (%s) là danh sách mã bộ dữ liệu, mỗi mã một lần, ví dụ [vn-xa, vn-tinh].", "%s (%s) is a list of ids of data sets, each once, such as [vn-xa, vn-tinh].", key, name)
		}
	case f.Kind == CatalogueChoices:
		if list := texts(v); !whole(v, list) || slices.ContainsFunc(list, func(code string) bool { return !has(f.Values, code) }) {
			return wrong("%s (%s) là danh sách gồm những giá trị sau, mỗi giá trị một lần: %s.", "%s (%s) is a list of these, each once: %s.", key, name, allowed(f.Values))
		}
	case f.Kind == CatalogueChoice:
		if !isText || !has(f.Values, s) {
			return wrong("%s (%s): không có giá trị “%v”. Chọn một trong: %s.", "%s (%s): there is no value %q. Choose one of: %s.", key, name, fmt.Sprint(v), allowed(f.Values))
		}
	case !isText || strings.TrimSpace(s) == "" || len([]rune(s)) > f.Longest():
		return wrong("%s (%s) là một đoạn chữ không trống, không quá %d ký tự.", "%s (%s) is a text that is not empty, of at most %d characters.", key, name, f.Longest())
	case key == KeyPeriod && (!periodOrNone.MatchString(s) || s == "P"):
		return wrong("%s (%s): “%s” không phải khoảng thời gian ISO 8601. Ví dụ đúng: P1M (hằng tháng), P1Y (hằng năm), hoặc khong_dinh_ky.",
			"%s (%s): %q is no ISO 8601 period. Write for example P1M, P1Y, or khong_dinh_ky.", key, name, s)
	}
	return nil
}

// Longest is how many characters a text of the field has at most.
func (f *CatalogueField) Longest() int {
	if f.Kind == CatalogueWords {
		return longestWords
	}
	return longestLine
}

// whole tells that a list holds texts alone, at least one, each once.
func whole(v any, list []string) bool {
	items, ok := v.([]any)
	return ok && len(items) == len(list) && len(list) > 0 && len(list) <= mostCatalogue && len(slices.Compact(slices.Sorted(slices.Values(list)))) == len(list)
}

func modesFault(v any) *bilingual {
	m, ok := v.(map[string]any)
	wrong := !ok || len(m) == 0
	for _, mode := range m {
		s, _ := mode.(string)
		wrong = wrong || !has(shareModes, s)
	}
	if !wrong {
		return nil
	}
	list := allowed(shareModes)
	return &bilingual{"item_modes là nhóm {trường thông tin: hình thức chia sẻ}; hình thức là một trong: " + list.vi + ".",
		"item_modes is a group {property: mode of sharing}; a mode is one of: " + list.en + "."}
}

// elsewhere are fields of the catalogue that have a place of their own in a contract.
var elsewhere = map[string]string{
	"dataset_id": "id", "title_vi": "name", "owner_agency_code": "phohien.owner", KeyPurpose: "description.purpose", "items": "schema", "quality": "schema[].quality",
}

// unknownCatalogue says where a key belongs, or which one was probably meant.
func unknownCatalogue(key string) *bilingual {
	if at := elsewhere[key]; at != "" {
		return &bilingual{fmt.Sprintf("%s không ghi ở phohien.catalogue: đã có chỗ ở %s.", key, at), fmt.Sprintf("%s does not stand in phohien.catalogue: its place is %s.", key, at)}
	}
	best, least, all := "", 2+len(key)/3, []string{keyModes}
	for _, f := range catalogueFields {
		if f.Key != KeyPurpose {
			all = append(all, f.Key)
		}
	}
	slices.Sort(all)
	for _, known := range all {
		if d := spelling.Distance(strings.ToLower(key), known); d < least {
			best, least = known, d
		}
	}
	if best != "" {
		return &bilingual{fmt.Sprintf("phohien.catalogue không có mục “%s”. Có phải %s?", key, best), fmt.Sprintf("phohien.catalogue has no %q. Is %s meant?", key, best)}
	}
	return &bilingual{fmt.Sprintf("phohien.catalogue không có mục “%s”. Có: %s.", key, strings.Join(all, ", ")), fmt.Sprintf("phohien.catalogue has no %q. It has: %s.", key, strings.Join(all, ", "))}
}
