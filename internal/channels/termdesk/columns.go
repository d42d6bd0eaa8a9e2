package termdesk

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Column is an attribute of a term as a sheet has it.
type Column struct {
	Name   string // of the attribute, as the API writes it
	Vi, En string
	Number int // of the 25, 0 for what is beside them
	get    func(*line) string
	put    func(*line, string) error
}

// In is the heading in a language.
func (c Column) In(l locale.Lang) string { return l.Of(c.Vi, c.En) }

// A line is a term as it stands in a sheet.
type line struct {
	dictionary.Term
	Fields
}

// Columns are all of them, in the order of sheets and forms.
func Columns() []Column { return slices.Clone(columns) }

var columns = []Column{
	text("id", "Mã thuật ngữ", "Id", 1, func(l *line) *string { return &l.ID }),
	text("title", "Tên thuật ngữ", "Title", 0, func(l *line) *string { return &l.Title }),
	text("title_en", "Tên thuật ngữ (tiếng Anh)", "Title (English)", 0, func(l *line) *string { return &l.TitleEn }),
	text("name", "Tên chuẩn", "Name", 2, func(l *line) *string { return &l.Term.Name }),
	text("name_en", "Tên chuẩn (tiếng Anh)", "Name (English)", 2, func(l *line) *string { return &l.NameEn }),
	text("definition", "Định nghĩa", "Definition", 3, func(l *line) *string { return &l.Definition }),
	text("definition_en", "Định nghĩa (tiếng Anh)", "Definition (English)", 3, func(l *line) *string { return &l.DefinitionEn }),
	text("usage", "Ngữ cảnh sử dụng", "Usage", 4, func(l *line) *string { return &l.Usage }),
	text("group", "Nhóm", "Group", 5, func(l *line) *string { return &l.Group }),
	text("classification", "Phân loại", "Classification", 5, func(l *line) *string { return &l.Classification }),
	text("entity", "Thực thể", "Entity", 6, func(l *line) *string { return &l.Entity }),
	text("relation", "Quan hệ", "Relation", 6, func(l *line) *string { return &l.Relation }),
	text("creating_unit", "Đơn vị tạo lập", "Creating unit", 7, func(l *line) *string { return &l.CreatingUnit }),
	text("owning_unit", "Đơn vị sở hữu", "Owning unit", 8, func(l *line) *string { return &l.OwningUnit }),
	list("languages", "Ngôn ngữ", "Languages", 9, func(l *line) *[]string { return &l.Languages }),
	text("version", "Phiên bản", "Version", 10, func(l *line) *string { return &l.Version }),
	list("documents", "Văn bản liên quan", "Documents", 11, func(l *line) *[]string { return &l.Documents }),
	list("synonyms", "Từ đồng nghĩa", "Synonyms", 12, func(l *line) *[]string { return &l.Synonyms }),
	list("related", "Thuật ngữ liên quan", "Related terms", 13, func(l *line) *[]string { return &l.Related }),
	list("business_attributes", "Thuộc tính nghiệp vụ", "Business attributes", 14, func(l *line) *[]string { return &l.BusinessAttributes }),
	text("technical_name", "Tên kỹ thuật", "Technical name", 15, func(l *line) *string { return &l.TechnicalName }),
	text("data_type", "Kiểu dữ liệu", "Data type", 16, func(l *line) *string { return &l.Type }),
	text("min_length", "Độ dài ngắn nhất", "Shortest length", 17, func(l *line) *string { return &l.MinLength }),
	text("max_length", "Độ dài lớn nhất", "Longest length", 17, func(l *line) *string { return &l.MaxLength }),
	text("pattern", "Khuôn dạng", "Pattern", 17, func(l *line) *string { return &l.Pattern }),
	text("minimum", "Giá trị nhỏ nhất", "Smallest value", 25, func(l *line) *string { return &l.Minimum }),
	text("maximum", "Giá trị lớn nhất", "Largest value", 25, func(l *line) *string { return &l.Maximum }),
	text("rdf_type", "Kiểu RDF/OWL", "RDF/OWL type", 18, func(l *line) *string { return &l.RDFType }),
	list("field_relations", "Quan hệ giữa các trường", "Relations of fields", 19, func(l *line) *[]string { return &l.FieldRelations }),
	list("technical_attributes", "Thuộc tính kỹ thuật", "Technical attributes", 20, func(l *line) *[]string { return &l.TechnicalAttributes }),
	text("code_list", "Danh mục (bảng mã)", "Code list", 21, func(l *line) *string { return &l.CodeList }),
	list("normalise", "Quy tắc chuẩn hóa", "Normalising", 22, func(l *line) *[]string { return &l.Normalise }),
	list("international", "Ánh xạ quốc tế", "International mapping", 24, func(l *line) *[]string { return &l.International }),
	text("identifier", "Loại mã định danh", "Identifier", 25, func(l *line) *string { return &l.Identifier }),
	text("unit", "Mã đơn vị hành chính", "Administrative unit", 25, func(l *line) *string { return &l.Unit }),
	text("personal", "Dữ liệu cá nhân", "Personal data", 0, func(l *line) *string { return &l.Personal }),
	text("rules", "Quy tắc khác (YAML)", "Further rules (YAML)", 25, func(l *line) *string { return &l.Rest }),
	list("valid", "Ví dụ đúng", "Right examples", 0, func(l *line) *[]string { return &l.Passes }),
	list("invalid", "Ví dụ sai", "Wrong examples", 0, func(l *line) *[]string { return &l.Fails }),
	text("source", "Nguồn", "Source", 0, func(l *line) *string { return &l.Source }),
}

// attribute is the name under which the core tells of a column.
var attribute = map[string]string{"nameEn": "name_en", "property": "rules"}

func text(name, vi, en string, number int, at func(*line) *string) Column {
	return Column{name, vi, en, number, func(l *line) string { return *at(l) }, func(l *line, s string) error {
		*at(l) = s
		return nil
	}}
}

func list(name, vi, en string, number int, at func(*line) *[]string) Column {
	return Column{name, vi, en, number, func(l *line) string { return joined(*at(l)) }, func(l *line, s string) (err error) {
		*at(l), err = parted(s)
		return err
	}}
}

// joined writes a list into one cell: with bars between, as JSON where that would
// be read otherwise.
func joined(all []string) string {
	one := strings.Join(all, " | ")
	if back, err := parted(one); err == nil && slices.Equal(back, all) {
		return one
	}
	text, err := json.Marshal(all)
	if err != nil { // a list of texts
		return one
	}
	return string(text)
}

// parted reads what joined writes. Lines part values too.
func parted(cell string) ([]string, error) {
	cell = strings.TrimSpace(cell)
	if strings.HasPrefix(cell, `["`) {
		var all []string
		if err := json.Unmarshal([]byte(cell), &all); err != nil {
			return nil, fault.New(fault.Invalid, "term.cell-list", cell)
		}
		return all, nil
	}
	var all []string
	for _, one := range strings.FieldsFunc(cell, func(r rune) bool { return r == '|' || r == '\n' || r == '\r' }) {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all, nil
}

// List reads a list as sheets and forms have it: values with bars or ends of lines
// between, or JSON.
func List(cell string) ([]string, error) { return parted(cell) }

// columnOf finds what a heading means, -1 for nothing of ours: a name of the API,
// or a heading in either language, with or without its number.
func columnOf(heading string) int {
	heading = strings.TrimSpace(strings.TrimRight(heading, "* "))
	if _, after, ok := strings.Cut(heading, ". "); ok && strings.Trim(heading[:len(heading)-len(after)-2], "0123456789") == "" {
		heading = after
	}
	folded := viet.Fold(heading)
	return slices.IndexFunc(columns, func(c Column) bool {
		return strings.EqualFold(c.Name, heading) || viet.Fold(c.Vi) == folded || viet.Fold(c.En) == folded
	})
}

// named is the place of the column of a name.
func named(name string) int {
	return slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
}

// lineOf is a term as a sheet has it.
func lineOf(t *dictionary.Term) (*line, error) {
	fields, err := FieldsOf(t.Property)
	return &line{*t, fields}, err
}

// term is what a line says.
func (l *line) term() (*dictionary.Term, error) {
	fragment, err := l.Fragment()
	if err != nil {
		return nil, err
	}
	t := l.Term
	t.Property, t.Pack, t.Digest = fragment, "", "" // what a pack has brought and somebody changes is the province's own
	return &t, nil
}

// Values are the attributes of a term as texts, by the names of Columns: what a
// form shows.
func Values(t *dictionary.Term) (map[string]string, error) {
	l, err := lineOf(t)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, c := range columns {
		all[c.Name] = c.get(l)
	}
	return all, nil
}

// FromValues is the term that the texts of a form say; what cannot be read is a
// fault.
func FromValues(value func(name string) string) (*dictionary.Term, error) {
	l := &line{}
	for _, c := range columns {
		if err := c.put(l, strings.TrimSpace(value(c.Name))); err != nil {
			return nil, err
		}
	}
	return l.term()
}
