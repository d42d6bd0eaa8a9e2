package odcs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Change is one difference between two versions of a contract.
type Change struct {
	Kind          string `json:"kind"` // see the Changed constants
	Path          string `json:"path"` // JSON Pointer, into the new document; into the old one for what was removed
	Name          string `json:"name"` // the element in words a person knows: "object.property"
	Old           any    `json:"old,omitempty"`
	New           any    `json:"new,omitempty"`
	Breaking      bool   `json:"breaking"`      // data or programs that fit the old contract may not fit the new one
	Documentation bool   `json:"documentation"` // changes only what people read
	ReasonVi      string `json:"reason_vi"`
	ReasonEn      string `json:"reason_en"`
}

// Kinds of a [Change].
const (
	ChangedObjectAdded     = "object-added"
	ChangedObjectRemoved   = "object-removed"
	ChangedObjectRenamed   = "object-renamed"
	ChangedPropertyAdded   = "property-added"
	ChangedPropertyRemoved = "property-removed"
	ChangedPropertyRenamed = "property-renamed"
	ChangedType            = "type-changed"
	ChangedOption          = "option-changed" // one of logicalTypeOptions
	ChangedRequired        = "required-changed"
	ChangedUnique          = "unique-changed"
	ChangedPrimaryKey      = "primary-key-changed"
	ChangedRuleAdded       = "rule-added"
	ChangedRuleRemoved     = "rule-removed"
	ChangedRule            = "rule-changed"
	ChangedValidValues     = "valid-values-changed"
	ChangedRelationship    = "relationship-changed"
	ChangedCustomProperty  = "custom-property-changed"
	ChangedOrder           = "order-changed"
	ChangedField           = "field-changed" // any other field
)

// Diff lists what changed from one version of a contract to the next: first the
// fields of the contract itself, then its objects in the new order. Objects, properties and rules are the same ones
// when they have the same id, otherwise when they have the same name.
//
// Breaking means that rows or programs that fitted the old contract may no
// longer fit: something removed or renamed, a type or a limit narrowed, a value
// made required or unique, a primary key changed, a rule of severity error
// added or tightened.
func Diff(old, new *Document) []Change {
	c := &comparison{}
	a, b := &old.contract, &new.contract
	c.fields("", "", reflect.ValueOf(*a), reflect.ValueOf(*b), "schema")
	c.objects(a.Schema, b.Schema)
	return c.changes
}

// Compatible tells whether none of the changes is breaking.
func Compatible(changes []Change) bool {
	return !slices.ContainsFunc(changes, func(c Change) bool { return c.Breaking })
}

type comparison struct{ changes []Change }

type verdict struct {
	breaking, documentation bool
	vi, en                  string
}

var (
	neutral    = verdict{vi: "Không làm hẹp dữ liệu.", en: "Does not narrow the data."}
	textOnly   = verdict{documentation: true, vi: "Chỉ thay phần mô tả.", en: "Changes the description only."}
	widened    = verdict{vi: "Nới rộng: dữ liệu cũ vẫn hợp lệ.", en: "Wider: what was valid stays valid."}
	narrowed   = verdict{breaking: true, vi: "Thu hẹp: dữ liệu đang hợp lệ có thể bị loại.", en: "Narrower: data valid so far may be refused."}
	unreadable = verdict{breaking: true, vi: "Chương trình đang đọc theo tên cũ sẽ không thấy dữ liệu.", en: "Programs that read by the old name no longer find the data."}
)

func (c *comparison) add(kind, path, name string, old, new any, v verdict) {
	c.changes = append(c.changes, Change{kind, path, name, old, new, v.breaking, v.documentation, v.vi, v.en})
}

// documentation are the fields only people read.
var documentation = []string{
	"description", "businessName", "tags", "examples", "authoritativeDefinitions", "dataGranularityDescription",
	"transformDescription", "support", "businessImpact",
}

// fields compares the fields of two structs of one type, but those named in
// except, which have rules of their own.
func (c *comparison) fields(path, name string, a, b reflect.Value, except ...string) {
	l := layoutOf(a.Type())
	for _, f := range l.fields {
		if slices.Contains(except, f.key) {
			continue
		}
		before, after := fieldValue(a.Field(f.index)), fieldValue(b.Field(f.index))
		at := join(path, f.key)
		if f.key == "customProperties" {
			c.custom(at, name, a.Field(f.index).Interface().(CustomProperties), b.Field(f.index).Interface().(CustomProperties))
			continue
		}
		if reflect.DeepEqual(before, after) {
			continue
		}
		kind, v := ChangedField, neutral
		switch {
		case slices.Contains(documentation, f.key):
			v = textOnly
		case f.key == "relationships":
			kind = ChangedRelationship
		case path == "" && f.key == "id":
			v = verdict{breaking: true, vi: "Mã đặc tả đổi: với người dùng đây là một bộ dữ liệu khác.", en: "Another id: to its users this is another data set."}
		}
		c.add(kind, at, name, before, after, v)
	}
	c.extras(path, name, a, b, l)
}

func (c *comparison) extras(path, name string, a, b reflect.Value, l *layout) {
	if l.extra < 0 {
		return
	}
	before, after := a.Field(l.extra).Interface().(map[string]any), b.Field(l.extra).Interface().(map[string]any)
	for _, key := range unionKeys(before, after) {
		if !reflect.DeepEqual(before[key], after[key]) {
			c.add(ChangedField, join(path, key), name, before[key], after[key], neutral)
		}
	}
}

func unionKeys(a, b map[string]any) []string {
	var keys []string
	for key := range a {
		keys = append(keys, key)
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// fieldValue is a field as plain values, without positions; nil when it is
// empty.
func fieldValue(v reflect.Value) any {
	if isEmpty(v) {
		return nil
	}
	encoded, err := encodeValue(v)
	if err != nil {
		return fmt.Sprint(v.Interface()) // only a model built by hand can hold what does not encode
	}
	return unordered(encoded)
}

func (c *comparison) custom(path, name string, a, b CustomProperties) {
	match := pair(a, b, func(p CustomProperty) (string, string) { return "", p.Property })
	for j, p := range b {
		i := match.old(j)
		if i < 0 {
			c.add(ChangedCustomProperty, joinIndex(path, j), under(name, p.Property), nil, p.Value, neutral)
		} else if !reflect.DeepEqual(a[i].Value, p.Value) {
			c.add(ChangedCustomProperty, joinIndex(path, j), under(name, p.Property), a[i].Value, p.Value, neutral)
		}
	}
	for _, i := range match.removed() {
		c.add(ChangedCustomProperty, joinIndex(path, i), under(name, a[i].Property), a[i].Value, nil, neutral)
	}
}

func under(name, part string) string {
	if name == "" {
		return part
	}
	return name + "." + part
}

func (c *comparison) objects(a, b []SchemaObject) {
	match := pair(a, b, func(o SchemaObject) (string, string) { return o.ID, o.Name })
	for j, o := range b {
		path := joinIndex("/schema", j)
		i := match.old(j)
		if i < 0 {
			c.add(ChangedObjectAdded, path, o.Name, nil, o.Name, neutral)
			continue
		}
		if a[i].Name != o.Name {
			c.add(ChangedObjectRenamed, path, o.Name, a[i].Name, o.Name, unreadable)
		}
		c.fields(path, o.Name, reflect.ValueOf(a[i]), reflect.ValueOf(o), "name", "properties", "quality")
		c.primaryKey(path, o.Name, a[i].Properties, b[j].Properties)
		c.properties(path+"/properties", o.Name, a[i].Properties, o.Properties)
		c.rules(path+"/quality", o.Name, a[i].Quality, o.Quality)
	}
	for _, i := range match.removed() {
		c.add(ChangedObjectRemoved, joinIndex("/schema", i), a[i].Name, a[i].Name, nil, unreadable)
	}
}

func (c *comparison) properties(path, name string, a, b []Property) {
	match := pair(a, b, func(p Property) (string, string) { return p.ID, p.Name })
	for j := range b {
		at := joinIndex(path, j)
		i := match.old(j)
		if i < 0 {
			c.propertyAdded(at, name, b[j])
			continue
		}
		if a[i].Name != b[j].Name {
			c.add(ChangedPropertyRenamed, at, under(name, b[j].Name), a[i].Name, b[j].Name, unreadable)
		}
		c.property(at, under(name, b[j].Name), a[i], b[j])
	}
	for _, i := range match.removed() {
		c.add(ChangedPropertyRemoved, joinIndex(path, i), under(name, a[i].Name), a[i].Name, nil, unreadable)
	}
	if order := match.kept(); !slices.IsSorted(order) {
		c.add(ChangedOrder, path, name, nil, nil, verdict{vi: "Thứ tự trường đổi; đọc theo tên thì không ảnh hưởng.", en: "The order of properties changed; reading by name is not affected."})
	}
}

func (c *comparison) propertyAdded(path, name string, p Property) {
	v := verdict{vi: "Thêm trường không bắt buộc.", en: "An optional property was added."}
	if p.Required || p.PrimaryKey {
		v = verdict{breaking: true, vi: "Thêm trường bắt buộc: bên gửi theo đặc tả cũ không có trường này.", en: "A required property was added: senders of the old contract do not have it."}
	}
	c.add(ChangedPropertyAdded, path, under(name, p.Name), nil, p.Name, v)
}

func (c *comparison) property(path, name string, a, b Property) {
	c.typeChange(path, name, a, b)
	c.options(path+"/logicalTypeOptions", name, a.LogicalTypeOptions, b.LogicalTypeOptions)
	c.flag(ChangedRequired, path+"/required", name, a.Required, b.Required)
	c.flag(ChangedUnique, path+"/unique", name, a.Unique, b.Unique)
	c.fields(path, name, reflect.ValueOf(a), reflect.ValueOf(b),
		"name", "logicalType", "physicalType", "logicalTypeOptions", "required", "unique",
		"primaryKey", "primaryKeyPosition", "properties", "items", "quality")
	c.properties(path+"/properties", name, a.Properties, b.Properties)
	c.items(path+"/items", name+"[]", a.Items, b.Items)
	c.rules(path+"/quality", name, a.Quality, b.Quality)
}

func (c *comparison) items(path, name string, a, b *Property) {
	switch {
	case a != nil && b != nil:
		c.property(path, name, *a, *b)
	case a != nil:
		c.add(ChangedType, path, name, a.LogicalType, nil, widened)
	case b != nil:
		c.add(ChangedType, path, name, nil, b.LogicalType, narrowed)
	}
}

// flag compares a condition that narrows when it is switched on.
func (c *comparison) flag(kind, path, name string, old, new bool) {
	switch {
	case new && !old:
		c.add(kind, path, name, old, new, narrowed)
	case old && !new:
		c.add(kind, path, name, old, new, widened)
	}
}

// widenings are the logical types that hold every value of another.
var widenings = map[string][]string{"integer": {"number"}}

func (c *comparison) typeChange(path, name string, a, b Property) {
	if a.LogicalType != b.LogicalType {
		v := verdict{breaking: true, vi: "Kiểu dữ liệu đổi: giá trị cũ có thể không đọc được theo kiểu mới.", en: "The type changed: old values may not be readable as the new type."}
		if b.LogicalType == "" || slices.Contains(widenings[a.LogicalType], b.LogicalType) {
			v = widened
		}
		c.add(ChangedType, path+"/logicalType", name, a.LogicalType, b.LogicalType, v)
	}
	if a.PhysicalType != b.PhysicalType {
		c.add(ChangedType, path+"/physicalType", name, a.PhysicalType, b.PhysicalType, physicalVerdict(a.PhysicalType, b.PhysicalType))
	}
}

// physicalVerdict judges types such as varchar(18): the same word with a larger
// first number, and the second no smaller, is wider. A physical type is the
// storage's affair otherwise; the logical type tells what consumers see.
func physicalVerdict(old, new string) verdict {
	oldWord, oldSizes := splitType(old)
	newWord, newSizes := splitType(new)
	if oldWord == "" || newWord == "" {
		return neutral
	}
	if oldWord != newWord {
		return verdict{vi: "Kiểu lưu trữ đổi; kiểu logic quyết định dữ liệu người dùng thấy.", en: "The storage type changed; the logical type says what users see."}
	}
	switch {
	case len(newSizes) == 0:
		return widened
	case len(oldSizes) == 0:
		return narrowed
	case len(oldSizes) != len(newSizes):
		return narrowed
	case len(oldSizes) == 2: // precision and scale: digits before the point must not shrink
		if newSizes[0]-newSizes[1] < oldSizes[0]-oldSizes[1] || newSizes[1] < oldSizes[1] {
			return narrowed
		}
		return widened
	}
	if slices.Compare(newSizes, oldSizes) < 0 {
		return narrowed
	}
	return widened
}

func splitType(s string) (word string, sizes []int) {
	word, rest, _ := strings.Cut(s, "(")
	for _, part := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		if n, ok := asInt(decimalOrNil(strings.TrimSpace(part))); ok {
			sizes = append(sizes, int(n))
		}
	}
	return strings.ToLower(strings.TrimSpace(word)), sizes
}

func decimalOrNil(s string) any {
	if !decimalForm.MatchString(s) {
		return nil
	}
	return decimal(s)
}

// limits are the options that bound values, and whether a larger one is wider.
var limits = map[string]bool{
	"maximum": true, "exclusiveMaximum": true, "maxLength": true, "maxItems": true, "maxProperties": true,
	"minimum": false, "exclusiveMinimum": false, "minLength": false, "minItems": false, "minProperties": false,
}

func (c *comparison) options(path, name string, a, b Options) {
	for _, key := range unionKeys(a, b) {
		old, new := a[key], b[key]
		if reflect.DeepEqual(old, new) {
			continue
		}
		c.add(ChangedOption, join(path, key), name, old, new, optionVerdict(key, old, new))
	}
}

func optionVerdict(key string, old, new any) verdict {
	upper, isLimit := limits[key]
	switch {
	case key == "format" && old != nil && new != nil:
		return verdict{breaking: true, vi: "Định dạng đổi: giá trị viết theo định dạng cũ có thể bị loại.", en: "The format changed: values in the old format may be refused."}
	case key == "timezone" || key == "defaultTimezone":
		return verdict{breaking: true, vi: "Cách hiểu thời điểm đổi.", en: "Times are understood differently."}
	case new == nil || new == false:
		return widened
	case old == nil || old == false || !isLimit:
		return narrowed
	}
	order, ok := compareLimits(old, new)
	if !ok || order == 0 || (order < 0) != upper {
		return narrowed
	}
	return widened
}

// compareLimits compares two limits, numbers or ISO dates.
func compareLimits(a, b any) (int, bool) {
	x, okX := asFloat(a)
	y, okY := asFloat(b)
	if okX && okY {
		return cmp.Compare(x, y), true
	}
	s, okS := a.(string)
	t, okT := b.(string)
	return strings.Compare(s, t), okS && okT && len(s) == len(t)
}

// primaryKey compares the key as a whole: which properties, in which order.
func (c *comparison) primaryKey(path, name string, a, b []Property) {
	old, new := keyOf(a, nil), keyOf(b, a)
	if slices.Equal(old, new) {
		return
	}
	c.add(ChangedPrimaryKey, path+"/properties", name, list(old), list(new), verdict{breaking: true,
		vi: "Khoá chính đổi: bản ghi cũ và mới không còn đối chiếu được với nhau.",
		en: "The primary key changed: old and new records can no longer be matched."})
}

func list(names []string) any {
	if names == nil {
		return nil
	}
	return names
}

// keyOf lists the properties of a primary key in order. A property that was only
// renamed goes by its former name.
func keyOf(properties, former []Property) []string {
	var key []Property
	for _, p := range properties {
		if p.PrimaryKey {
			for _, f := range former {
				if p.ID != "" && p.ID == f.ID {
					p.Name = f.Name
				}
			}
			key = append(key, p)
		}
	}
	slices.SortStableFunc(key, func(a, b Property) int { return cmp.Compare(a.PrimaryKeyPosition, b.PrimaryKeyPosition) })
	var names []string
	for _, p := range key {
		names = append(names, p.Name)
	}
	return names
}

// A pairing says which element of a new list is which of an old one.
type pairing struct {
	from []int // for each new element the index of the old one, or -1
	used []bool
}

func (p pairing) old(j int) int { return p.from[j] }

func (p pairing) removed() []int {
	var gone []int
	for i, used := range p.used {
		if !used {
			gone = append(gone, i)
		}
	}
	return gone
}

// kept lists the old indexes of what stayed, in the new order.
func (p pairing) kept() []int {
	return slices.DeleteFunc(slices.Clone(p.from), func(i int) bool { return i < 0 })
}

// pair matches by id where both have one, then by name.
func pair[T any](a, b []T, naming func(T) (id, name string)) pairing {
	p := pairing{from: make([]int, len(b)), used: make([]bool, len(a))}
	ids, names := map[string]int{}, map[string][]int{}
	for i, x := range a {
		id, name := naming(x)
		if id != "" {
			ids[id] = i
		}
		names[name] = append(names[name], i)
	}
	for j, y := range b {
		p.from[j] = -1
		if id, _ := naming(y); id != "" {
			if i, ok := ids[id]; ok && !p.used[i] {
				p.from[j], p.used[i] = i, true
			}
		}
	}
	for j, y := range b {
		id, name := naming(y)
		if p.from[j] >= 0 || name == "" {
			continue
		}
		for _, i := range names[name] {
			oldID, _ := naming(a[i])
			if !p.used[i] && (id == "" || oldID == "" || id == oldID) {
				p.from[j], p.used[i] = i, true
				break
			}
		}
	}
	return p
}
