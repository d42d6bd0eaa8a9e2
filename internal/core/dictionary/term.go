package dictionary

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// A Term is one version of a shared data element (thuật ngữ, trường dữ liệu dùng
// chung). Its attributes are the 25 of the national frame of data governance
// (Quyết định 2439/QĐ-TTg as the published course has them); the number behind a
// field is the attribute's. Attributes 16, 17, 18, 21 and 25 (type, length or
// format, RDF type, values, validating rule) are one fragment of an ODCS property,
// so a term says what is right in the words of contracts, and one engine judges
// both. Attribute 23, the API, is where the term is used: the columns that name it.
type Term struct {
	ID                  string   `yaml:"id" json:"id"`                                             // 1: ph:ID-001
	Title               string   `yaml:"title" json:"title"`                                       // what people read
	TitleEn             string   `yaml:"titleEn" json:"titleEn,omitempty"`                         //
	Name                string   `yaml:"name" json:"name"`                                         // 2: HoVaTen
	NameEn              string   `yaml:"nameEn" json:"nameEn,omitempty"`                           // 2: FullName
	Definition          string   `yaml:"definition" json:"definition"`                             // 3
	DefinitionEn        string   `yaml:"definitionEn" json:"definitionEn,omitempty"`               // 3
	Usage               string   `yaml:"usage" json:"usage"`                                       // 4
	Group               string   `yaml:"group" json:"group"`                                       // 5
	Classification      string   `yaml:"classification" json:"classification,omitempty"`           // 5
	Entity              string   `yaml:"entity" json:"entity,omitempty"`                           // 6
	Relation            string   `yaml:"relation" json:"relation,omitempty"`                       // 6
	CreatingUnit        string   `yaml:"creatingUnit" json:"creatingUnit,omitempty"`               // 7
	OwningUnit          string   `yaml:"owningUnit" json:"owningUnit,omitempty"`                   // 8
	Languages           []string `yaml:"languages" json:"languages,omitempty"`                     // 9: BCP 47
	Version             string   `yaml:"version" json:"version"`                                   // 10
	UpdatedOn           Day      `yaml:"updatedOn" json:"updatedOn,omitzero"`                      // 10
	Documents           []string `yaml:"documents" json:"documents,omitempty"`                     // 11: numbers and symbols of acts
	Synonyms            []string `yaml:"synonyms" json:"synonyms,omitempty"`                       // 12
	Related             []string `yaml:"related" json:"related,omitempty"`                         // 13: ids
	BusinessAttributes  []string `yaml:"businessAttributes" json:"businessAttributes,omitempty"`   // 14
	TechnicalName       string   `yaml:"technicalName" json:"technicalName,omitempty"`             // 15: CaNhan.ho_va_ten
	RDFType             string   `yaml:"rdfType" json:"rdfType,omitempty"`                         // 18; empty: by the type
	FieldRelations      []string `yaml:"fieldRelations" json:"fieldRelations,omitempty"`           // 19
	TechnicalAttributes []string `yaml:"technicalAttributes" json:"technicalAttributes,omitempty"` // 20
	Normalise           []string `yaml:"normalise" json:"normalise,omitempty"`                     // 22: of viet.Forms, in order
	International       []string `yaml:"international" json:"international,omitempty"`             // 24: schema:name
	Property            Fragment `yaml:"property" json:"property"`                                 // 16, 17, 18, 21, 25
	Passes              []string `yaml:"valid" json:"valid"`                                       // values that are right
	Fails               []string `yaml:"invalid" json:"invalid"`                                   // values that are not
	Source              string   `yaml:"source" json:"source,omitempty"`                           // act, standard or model it was taken from
	Digest              string   `yaml:"-" json:"-"`                                               // SHA-256 of the term in canonical JSON
	Pack                string   `yaml:"-" json:"-"`                                               // that brought it
	property            odcs.Property
}

// A Fragment is part of an ODCS property, as a document has it.
type Fragment map[string]any

// TermID is the form of a term's id.
var TermID = regexp.MustCompile(`^[a-z]+:ID-\d{3,}$`)

var pascalCase = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// ODCS is the fragment as a property.
func (t *Term) ODCS() *odcs.Property { return &t.property }

// Document is a contract of which each column is nothing but a term, t1, t2 and so on,
// before the number of the row: by it values are tried, and the fragments are checked
// as contracts are.
func Document(terms ...*Term) ([]byte, error) {
	var properties []any
	for i, t := range terms {
		properties = append(properties, t.fragment("t"+strconv.Itoa(i+1)))
	}
	properties = append(properties, Fragment{"name": "thu_tu", "logicalType": "integer", "primaryKey": true, "primaryKeyPosition": 1})
	return json.Marshal(map[string]any{ // JSON is YAML, and is written a hundred times as fast
		"apiVersion": "v3.1.0", "kind": "DataContract", "id": "thuat-ngu", "name": "Thuật ngữ", "version": "1", "status": "active",
		"schema": []any{map[string]any{"name": "gia_tri", "properties": properties}},
	})
}

// fragment is the term as a property.
func (t *Term) fragment(name string) Fragment {
	property := Fragment{"name": name, "businessName": t.Title}
	for k, v := range t.Property {
		property[k] = v
	}
	customs := slices.Clone(anyList(property["customProperties"]))
	if len(t.Normalise) > 0 {
		customs = append(customs, map[string]any{"property": "phohien.normalise", "value": t.Normalise})
	}
	if len(customs) > 0 {
		property["customProperties"] = customs
	}
	return property
}

func anyList(v any) []any { list, _ := v.([]any); return list }

// terms is a file of terms as a pack writes it.
type terms struct {
	Kind   string  `yaml:"kind"`
	Source string  `yaml:"source"`
	Terms  []*Term `yaml:"terms"`
}

// ParseTerms reads a file of terms in YAML, strictly.
func ParseTerms(text []byte) (list []*Term, err error) {
	defer func() {
		if r := recover(); r != nil { // the YAML parser panics on some broken input
			list, err = nil, wrong(1, 1, "Không đọc được YAML: %v.", "This YAML cannot be read: %v.", r)
		}
	}()
	var d terms
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		line, column, what := pack.YAMLError(err)
		return nil, wrong(max(line, 1), max(column, 1), "Không đọc được thuật ngữ: %s.", "The terms cannot be read: %s.", what)
	}
	if d.Kind != TermsKind {
		return nil, wrong(1, 1, "kind phải là %s.", "kind must be %s.", TermsKind)
	}
	if len(d.Terms) == 0 {
		return nil, wrong(1, 1, "Tệp chưa có thuật ngữ nào (terms).", "The file has no term (terms).")
	}
	for i, t := range d.Terms {
		if t.Source == "" {
			t.Source = d.Source
		}
		if err := t.Check(); err != nil {
			place(err, "", pack.ItemLine(text, "terms", i))
			return nil, err
		}
	}
	return d.Terms, nil
}

// Check puts the texts of a term in order and refuses what is no term; a fault is
// an [*Error]. What stands in the fragment of a property is judged by package
// contract.
func (t *Term) Check() error {
	for _, s := range []*string{&t.Title, &t.TitleEn, &t.Name, &t.NameEn, &t.Definition, &t.DefinitionEn, &t.Usage, &t.Group, &t.Classification, &t.Source} {
		*s = nfc(*s)
	}
	for _, list := range [][]string{t.Synonyms, t.Documents, t.Passes, t.Fails} {
		for i := range list {
			list[i], _ = viet.NFC(list[i])
		}
	}
	fail := func(field, vi, en string, args ...any) error {
		e := wrong(1, 1, "Thuật ngữ “%s”: "+vi, "The term %q: "+en, append([]any{cmp.Or(t.ID, t.Title)}, args...)...)
		e.Field = field
		return e
	}
	switch {
	case !TermID.MatchString(t.ID):
		return fail("id", "mã (id) phải có dạng ph:ID-001.", "the id must have the form ph:ID-001.")
	case t.Title == "":
		return fail("title", "thiếu title: tên người dùng đọc.", "title is missing: the name that people read.")
	case !pascalCase.MatchString(t.Name):
		return fail("name", "name phải viết liền, không dấu, viết hoa đầu mỗi từ, ví dụ HoVaTen.", "name must be in PascalCase without marks, like HoVaTen.")
	case t.NameEn != "" && !pascalCase.MatchString(t.NameEn):
		return fail("nameEn", "nameEn phải viết liền, viết hoa đầu mỗi từ, ví dụ FullName.", "nameEn must be in PascalCase, like FullName.")
	case !sentence(t.Definition):
		return fail("definition", "định nghĩa (definition) phải là một câu: viết hoa chữ đầu, kết thúc bằng dấu chấm.", "the definition must be a sentence: with a capital letter and a full stop.")
	case viet.Fold(t.Definition) == viet.Fold(t.Title+"."):
		return fail("definition", "định nghĩa chỉ lặp lại tên.", "the definition only says the name again.")
	case t.Usage == "":
		return fail("usage", "thiếu usage: dùng khi nào.", "usage is missing: when it is used.")
	case t.Group == "":
		return fail("group", "thiếu group: nhóm.", "group is missing.")
	case t.Version == "":
		return fail("version", "thiếu version: phiên bản.", "version is missing.")
	case len(t.Property) == 0:
		return fail("property", "thiếu property: kiểu và quy tắc.", "property is missing: its type and rules.")
	case len(t.Passes) < 2 || len(t.Fails) < 2:
		examples := "valid"
		if len(t.Passes) >= 2 {
			examples = "invalid"
		}
		return fail(examples, "cần ít nhất hai giá trị đúng (valid) và hai giá trị sai (invalid).", "at least two values that are right (valid) and two that are not (invalid) are needed.")
	}
	for _, form := range t.Normalise {
		if !viet.Form(form).Valid() {
			return fail("normalise", "không có cách chuẩn hóa “%s”. Có: %s.", "there is no form %q. There are: %s.", form, forms())
		}
	}
	return t.finish()
}

func forms() string {
	var b strings.Builder
	for i, f := range viet.Forms {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(f))
	}
	return b.String()
}

// sentence reports whether a text begins as one and ends as one.
func sentence(s string) bool {
	r := []rune(s)
	return len(r) > 10 && (unicode.IsUpper(r[0]) || unicode.IsDigit(r[0])) && r[len(r)-1] == '.'
}

// finish reads the fragment and names the version by its content.
func (t *Term) finish() error {
	text, err := Document(t)
	if err != nil {
		return wrong(1, 1, "Thuật ngữ “%s”: không viết được property: %v.", "The term %q: its property cannot be written: %v.", t.ID, err)
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return wrong(1, 1, "Thuật ngữ “%s”: không đọc được property: %v.", "The term %q: its property cannot be read: %v.", t.ID, err)
	}
	t.property = doc.Contract().Schema[0].Properties[0]
	content, err := json.Marshal(t)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	t.Digest = hex.EncodeToString(sum[:])
	return nil
}

// Means reports whether a heading is the term's title or a synonym, marks and
// spaces left aside.
func (t *Term) Means(heading string) bool {
	want := viet.Fold(heading)
	same := func(s string) bool { return s != "" && viet.Fold(s) == want }
	return want != "" && (same(t.Title) || slices.ContainsFunc(t.Synonyms, same))
}

// XSD is the type of the term in RDF: its own, else that of its logical type.
func (t *Term) XSD() string {
	if t.RDFType != "" {
		return t.RDFType
	}
	switch t.property.LogicalType {
	case "integer":
		return "xsd:integer"
	case "number":
		return "xsd:decimal"
	case "boolean":
		return "xsd:boolean"
	case "date":
		return "xsd:date"
	case "time":
		return "xsd:time"
	case "timestamp":
		return "xsd:dateTime"
	case "object", "array":
		return "rdf:JSON"
	}
	return "xsd:string"
}
