package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A contradiction is between one field of the catalogue and another, or the rest of
// the contract: as who writes the document is told, and as who fills in the form is,
// where nobody has seen a key or a code.
type contradiction struct {
	key  string
	file bilingual
	form *fault.Error
}

// contradictions are all that the catalogue says against the contract.
func (c *Contract) contradictions() (all []contradiction) {
	tell := func(key string, form *fault.Error, vi, en string, args ...any) {
		all = append(all, contradiction{key, bilingual{fmt.Sprintf(vi, args...), fmt.Sprintf(en, args...)}, form})
	}
	cat := &c.Catalogue
	if cat.Original && len(cat.Lineage) > 0 {
		tell(KeyOriginal, fault.New(fault.Invalid, "catalogue.against.original", nameOf(KeyOriginal), nameOf(KeyLineage), cat.Lineage),
			"Không ghi cùng lúc original: true (lấy thẳng từ nguồn) và lineage (tạo từ bộ dữ liệu khác). Bỏ một trong hai.",
			"original: true and lineage contradict each other. Leave one out.")
	}
	if slices.Contains(cat.Lineage, c.ID) {
		tell(KeyLineage, fault.New(fault.Invalid, "catalogue.against.self", nameOf(KeyLineage), c.ID),
			"lineage nêu chính bộ dữ liệu này (%s). Chỉ ghi những bộ khác mà nó được tạo từ đó.", "lineage names this data set itself (%s). Name only others that it is made from.", c.ID)
	}
	if mode := cat.Text(KeyShareMode); mode != "" && !ModeFits(mode, c.Access) {
		form := fault.New(fault.Invalid, "catalogue.against.open", nameOf(KeyShareMode), saysOf(KeyShareMode, mode), saysOf(KeyShareMode, "mo"))
		if mode == "mo" {
			form = fault.New(fault.Invalid, "catalogue.against.not-open", nameOf(KeyShareMode), saysOf(KeyShareMode, mode), accessName(c.Access))
		}
		tell(KeyShareMode, form, "share_mode: %s không khớp với phohien.access: %s. Dữ liệu mở thì ghi share_mode: mo, và chỉ dữ liệu mở.",
			"share_mode: %s does not fit phohien.access: %s. Write mo for open data and for nothing else.", mode, first(c.Access, "–"))
	}
	if said := cat.Text(KeySensitive); said != "" && !SensitivityFits(said, c.Class) {
		want := sensitivityOfClass[c.Class]
		tell(KeySensitive, fault.New(fault.Invalid, "catalogue.against.class", nameOf(KeySensitive), saysOf(KeySensitive, said), saysOf(KeySensitive, want)),
			"sensitivity: %s không khớp với phohien.class: %s. Bỏ dòng này hoặc ghi %s.", "sensitivity: %s does not fit phohien.class: %s. Leave it out, or write %s.", said, c.Class, want)
	}
	grave, column := c.personal()
	if said := cat.Text(KeyPersonal); said != "" && !graveEnough(said, grave) {
		tell(KeyPersonal, fault.New(fault.Invalid, "catalogue.against.personal", nameOf(KeyPersonal), saysOf(KeyPersonal, said), column.Title, saysOf(KeyPersonal, grave)),
			"personal_data: %s không khớp với các trường thông tin (phohien.personal cho thấy: %s). Bỏ dòng này, hoặc sửa phohien.personal của trường.",
			"personal_data: %s does not fit the properties (phohien.personal says %s). Leave it out, or mend phohien.personal of the property.", said, grave)
	}
	return all
}

// nameOf is what a field of the catalogue is called.
func nameOf(key string) Sentence {
	f, _ := CatalogueFieldOf(key)
	return f.Name
}

// saysOf is what a value of a field is called.
func saysOf(key, code string) Sentence {
	f, _ := CatalogueFieldOf(key)
	return f.Says(code)
}

// An accessName is what an access is called in a sentence.
type accessName string

// In says it.
func (a accessName) In(l locale.Lang) string {
	if a == "" {
		return l.T("page.access.none")
	}
	return l.T("page.access." + string(a))
}

// redescribed is the contract as it would be with other entries of the catalogue,
// to be looked at.
func (c *Contract) redescribed(changed map[string]any) *Contract {
	next := *c
	if next.Catalogue.texts = maps.Clone(c.Catalogue.texts); next.Catalogue.texts == nil {
		next.Catalogue.texts = map[string]string{}
	}
	for key, v := range changed {
		next.Catalogue.say(key, v)
	}
	return &next
}

// Misdescribed says what is wrong with fields of the catalogue, each in the words of
// who fills them in.
type Misdescribed struct{ Fields []FieldFault } // one at least

// A FieldFault is what is wrong with one field.
type FieldFault struct {
	Key   string
	Fault *fault.Error
}

// Error implements error.
func (m *Misdescribed) Error() string {
	var all []string
	for _, f := range m.Fields {
		all = append(all, f.Key+": "+f.Fault.Error())
	}
	return strings.Join(all, "; ")
}

// Unwrap is the first fault.
func (m *Misdescribed) Unwrap() error { return m.Fields[0].Fault }

// Parts are the fields as doors list them.
func (m *Misdescribed) Parts(l locale.Lang) (all [][2]string) {
	for _, f := range m.Fields {
		all = append(all, [2]string{f.Key, l.Error(f.Fault)})
	}
	return all
}
