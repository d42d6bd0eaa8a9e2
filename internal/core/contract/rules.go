package contract

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// kinds give what a rule counts for unless the contract says otherwise.
var kinds = map[RuleKind]struct {
	group     Group
	criterion Criterion
	layer     Layer
}{
	RuleType:      {Format, Valid, Structure},
	RuleRequired:  {Missing, Complete, Structure},
	RulePattern:   {Format, Valid, Structure},
	RuleLength:    {Format, Valid, Structure},
	RuleRange:     {Outlier, Valid, Business},
	RuleMultiple:  {Outlier, Valid, Business},
	RuleValues:    {Outlier, Valid, Business},
	RuleItems:     {Format, Valid, Structure},
	RuleIdent:     {Format, Valid, Structure},
	RuleResolve:   {Referential, Consistent, CrossCheck},
	RuleCodeList:  {Referential, Consistent, CrossCheck},
	RuleReference: {Referential, Clean, CrossCheck},
	RuleSQL:       {CrossField, Valid, Business},
	RuleKey:       {Duplicate, Clean, Structure},
	RuleUnique:    {Duplicate, Clean, Business},
}

// add completes a rule and gives it an id of its own.
func (b *builder) add(rule Rule) {
	d := kinds[rule.Kind]
	if rule.Group == "" {
		rule.Group = d.group
	}
	if rule.Criterion == "" {
		rule.Criterion = d.criterion
	}
	if rule.Layer == "" {
		rule.Layer = d.layer
	}
	if rule.Severity == "" {
		rule.Severity = Reject
	}
	if rule.Kind != RuleCodeList {
		rule.On = -1
	}
	base := rule.ID
	if base == "" {
		var names []string
		for _, i := range rule.Columns {
			names = append(names, b.obj.Columns[i].Store)
		}
		base = strings.Join(names, "+") + "." + string(rule.Kind)
	}
	rule.ID = base
	for n := 2; b.ids[rule.ID]; n++ {
		rule.ID = base + "_" + strconv.Itoa(n)
	}
	b.ids[rule.ID] = true
	b.obj.Rules = append(b.obj.Rules, rule)
	b.places = append(b.places, b.here)
}

// rules makes all rules of the object: column by column in the document's
// order, then the key, then what the object itself demands.
func (b *builder) rules() {
	for i := range b.obj.Columns {
		b.here = b.at(i)
		b.columnRules(i)
		for j := range b.in.Properties[i].Quality {
			b.quality(i, fmt.Sprintf("%s/quality/%d", b.at(i), j), &b.in.Properties[i].Quality[j])
		}
	}
	b.here = b.path
	if o := b.obj; o.HasKey() {
		names := o.titles(o.Key)
		b.add(Rule{ID: "key", Kind: RuleKey, Columns: o.Key, Expected: Sentence{
			fmt.Sprintf("khóa (%s) không lặp lại", names), fmt.Sprintf("a key (%s) that stands only once", names),
		}})
	}
	for i := range b.in.Relationships {
		b.relationships(-1, fmt.Sprintf("%s/relationships/%d", b.path, i), b.in.Relationships[i])
	}
	for j := range b.in.Quality {
		b.quality(-1, fmt.Sprintf("%s/quality/%d", b.path, j), &b.in.Quality[j])
	}
}

// columnRules makes the rules that stand on one property.
func (b *builder) columnRules(i int) {
	c := &b.obj.Columns[i]
	only := []int{i}
	b.add(Rule{Kind: RuleType, Columns: only, Expected: noun(c)})
	if c.Required {
		b.add(Rule{Kind: RuleRequired, Columns: only, Expected: expectRequired})
	}
	b.options(i)
	v := b.again(i)
	b.codeList(i, v)
	b.reference(i, v)
	b.unit(i, v)
	b.identifier(i, v)
	b.personal(i, v)
	b.unitFrom(i, v)
	p := &b.in.Properties[i]
	for j := range p.Relationships {
		b.relationships(i, fmt.Sprintf("%s/relationships/%d", b.at(i), j), p.Relationships[j])
	}
	if c.Unique && (c.Type == JSON || c.Type == Geometry || c.Type == File) {
		b.fail(CodeType, b.at(i)+"/unique", "Trường “%s” kiểu %s không so sánh trùng được. Bỏ unique.", "The property %q of type %s cannot be compared. Remove unique.", c.Name, c.Type)
		return
	}
	soleKey := len(b.obj.Key) == 1 && b.obj.Key[0] == i
	if c.Unique && !soleKey {
		b.add(Rule{Kind: RuleUnique, Columns: only, Expected: expectUnique})
	}
}

var (
	expectRequired = Sentence{"có giá trị, không để trống", "a value, not an empty cell"}
	expectUnique   = Sentence{"giá trị không lặp lại trong bộ dữ liệu", "a value that stands only once in the data set"}
)

// again gives the custom properties of a column, which have been checked when
// its type was settled.
func (b *builder) again(i int) values {
	said := len(b.findings)
	v := b.customs(onProperty, b.at(i), b.in.Properties[i].CustomProperties)
	b.findings = b.findings[:said]
	return v
}

// applies lists the options that have a meaning for a type. Those with false
// are known and not judged.
var applies = map[Type]map[string]bool{
	Text:        {"minLength": true, "maxLength": true, "pattern": true, "format": false},
	Integer:     numberOptions,
	Decimal:     numberOptions,
	Float:       numberOptions,
	Date:        momentOptions,
	PartialDate: momentOptions,
	Time:        momentOptions,
	Timestamp:   momentOptions,
	JSON:        {"minItems": true, "maxItems": true, "uniqueItems": true, "minProperties": true, "maxProperties": true, "required": true},
}

var (
	numberOptions = map[string]bool{"minimum": true, "maximum": true, "exclusiveMinimum": true, "exclusiveMaximum": true, "multipleOf": true, "format": false}
	momentOptions = map[string]bool{
		"minimum": true, "maximum": true, "exclusiveMinimum": true, "exclusiveMaximum": true,
		"format": false, "timezone": false, "defaultTimezone": false,
	}
)

// options makes the rules of logicalTypeOptions.
func (b *builder) options(i int) {
	p, c := &b.in.Properties[i], &b.obj.Columns[i]
	for _, name := range slices.Sorted(maps.Keys(p.LogicalTypeOptions)) {
		if _, known := applies[c.Type][name]; !known {
			b.warn(CodeOption, b.at(i)+"/logicalTypeOptions/"+name, "“%s” không áp dụng cho kiểu %s; bỏ qua.", "%q does not apply to the type %s; left aside.", name, c.Type)
		}
	}
	switch c.Type {
	case Text:
		b.length(i)
		if s, ok := p.LogicalTypeOptions.Text("pattern"); ok {
			b.pattern(i, b.at(i)+"/logicalTypeOptions/pattern", s, Rule{})
		}
	case Integer, Decimal, Float:
		b.ranges(i)
		b.multiple(i)
	case Date, PartialDate, Time, Timestamp:
		b.ranges(i)
	case JSON:
		if s := shapeOf(p); s.says() {
			s.Type = "object"
			if c.Array {
				s.Type = "array"
			}
			b.add(Rule{Kind: RuleItems, Columns: []int{i}, Shape: s, Expected: expectItems(s)})
		}
	}
}

func (b *builder) length(i int) {
	o := b.in.Properties[i].LogicalTypeOptions
	rule := Rule{Kind: RuleLength, Columns: []int{i}}
	low, hasLow := o.Int("minLength")
	high, hasHigh := o.Int("maxLength")
	if hasLow && low > 0 {
		rule.Min = strconv.FormatInt(low, 10)
	}
	if hasHigh {
		rule.Max = strconv.FormatInt(high, 10)
	}
	if hasLow && hasHigh && low > high {
		b.fail(CodeBound, b.at(i)+"/logicalTypeOptions/minLength", "minLength %d lớn hơn maxLength %d.", "minLength %d is greater than maxLength %d.", low, high)
		return
	}
	if rule.Min != "" || rule.Max != "" {
		rule.Expected = expectLength(rule.Min, rule.Max)
		b.add(rule)
	}
}

// pattern makes a rule of an ECMA pattern; base carries what a quality rule
// says about it.
func (b *builder) pattern(i int, at, ecma string, base Rule) {
	re, err := RE2(plainText(ecma))
	if err != nil {
		broken, _ := err.(*PatternError)
		b.fail(CodePattern, at,
			"Mẫu “%s” không dùng được: %s. Viết lại mẫu không có phần đó, hoặc thay bằng quy tắc SQL (quality, engine: phohien).",
			"The pattern %q cannot be used: %s. Write it without that part, or as an SQL rule (quality, engine: phohien).",
			ecma, bilingual{broken.Vi, broken.En})
		return
	}
	base.Kind, base.Columns, base.Pattern = RulePattern, []int{i}, re
	if base.Expected == (Sentence{}) {
		base.Expected = expectPattern(&b.obj.Columns[i], ecma)
	}
	b.add(base)
}

func (b *builder) ranges(i int) {
	low, high := b.bounds(i)
	if low.text == "" && high.text == "" {
		return
	}
	c := &b.obj.Columns[i]
	rule := Rule{Kind: RuleRange, Columns: []int{i}, Expected: expectRange(c, low, high)}
	settle(c.Type, low, high, &rule)
	if emptyRange(c.Type, &rule) {
		b.fail(CodeBound, b.at(i)+"/logicalTypeOptions", "Khoảng từ %s đến %s không có giá trị nào. Kiểm tra lại hai đầu.",
			"No value lies between %s and %s. Check both ends.", bilingual{low.said.Vi, low.said.En}, bilingual{high.said.Vi, high.said.En})
		return
	}
	b.add(rule)
}

// emptyRange tells that no value can be within both bounds.
func emptyRange(t Type, rule *Rule) bool {
	if rule.Min == "" || rule.Max == "" {
		return false
	}
	order := strings.Compare(rule.Min, rule.Max)
	if t == Integer || t == Decimal || t == Float {
		low, ok := new(big.Rat).SetString(rule.Min)
		high, also := new(big.Rat).SetString(rule.Max)
		if !ok || !also {
			return false
		}
		order = low.Cmp(high)
	}
	return order > 0 || order == 0 && (rule.MinOut || rule.MaxOut)
}

func (b *builder) multiple(i int) {
	v, ok := b.in.Properties[i].LogicalTypeOptions["multipleOf"]
	if !ok {
		return
	}
	text, ok := canonicalNumber(v)
	if !ok || strings.HasPrefix(text, "-") || strings.Trim(text, "0.") == "" {
		b.fail(CodeBound, b.at(i)+"/logicalTypeOptions/multipleOf", "multipleOf phải là số lớn hơn 0.", "multipleOf must be a number above 0.")
		return
	}
	b.add(Rule{Kind: RuleMultiple, Columns: []int{i}, Multiple: text, Expected: Sentence{
		"bội số của " + vietnameseNumber(text), "a multiple of " + text,
	}})
}

// scalar refuses what needs a plain value on a column that has none.
func (b *builder) scalar(i int, v values, name string) bool {
	switch c := &b.obj.Columns[i]; c.Type {
	case JSON, Geometry, File:
		b.fail(CodeType, v.at[name], "%s không đặt được trên trường kiểu %s.", "%s cannot stand on a property of type %s.", name, c.Type)
		return false
	}
	return true
}

// onDay reads "on" and "severity" of a code list, reference or unit.
func (b *builder) onDay(v values, name string, m map[string]any, standard Severity) (on int, title string, s Severity) {
	text, _ := m["on"].(string)
	on = b.column(v, name, text, Date, Timestamp)
	if on >= 0 {
		title = b.obj.Columns[on].Title
	}
	s = standard
	if said, ok := m["severity"].(string); ok {
		s = Severity(said)
	}
	return on, title, s
}

func (b *builder) codeList(i int, v values) {
	const name = "phohien.codeList"
	list, m := v.text(name), v.group(name)
	if s, ok := m["list"].(string); ok {
		list = s
	}
	if list == "" || !b.scalar(i, v, name) {
		return
	}
	b.obj.Columns[i].CodeList = list
	on, title, severity := b.onDay(v, name, m, Reject)
	b.add(Rule{Kind: RuleCodeList, Columns: []int{i}, Severity: severity, CodeList: list, On: on, Expected: expectCodeList(list, title)})
}

func (b *builder) reference(i int, v values) {
	const name = "phohien.reference"
	m := v.group(name)
	if m == nil || !b.scalar(i, v, name) {
		return
	}
	on, title, severity := b.onDay(v, name, m, Warn)
	ref := &Reference{On: on}
	ref.Dataset, _ = m["dataset"].(string)
	ref.Column, _ = m["column"].(string)
	rule := Rule{Kind: RuleReference, Columns: []int{i}, Severity: severity, Reference: ref, Expected: expectReference(ref, ref.Column, title)}
	// What a national database has is not a neighbour that is missing: the two
	// systems do not agree.
	if national, _ := m["national"].(bool); national {
		rule.Group, rule.Criterion = Mismatch, Consistent
		rule.Expected = rule.Expected.national()
	}
	b.add(rule)
}

// unit makes the rule of an administrative unit's code: a reference to the data
// set of units, counted as agreement across data sets.
func (b *builder) unit(i int, v values) {
	const name = "phohien.unit"
	at, m := v.text(name), v.group(name)
	if s, ok := m["level"].(string); ok {
		at = s
	}
	if at == "" || !b.scalar(i, v, name) {
		return
	}
	c := &b.obj.Columns[i]
	if c.Type != Text {
		b.fail(CodeType, v.at[name], "Mã đơn vị hành chính có số 0 ở đầu: trường “%s” phải có logicalType: string.",
			"Codes of administrative units have leading zeros: the property %q needs logicalType: string.", c.Name)
		return
	}
	c.Unit = at
	set := UnitSets[at]
	on, title, severity := b.onDay(v, name, m, Warn)
	b.add(Rule{
		ID: c.Store + ".unit", Kind: RuleReference, Columns: []int{i}, Severity: severity, Criterion: Consistent,
		Reference: &Reference{Dataset: set.Dataset, Column: set.Column, On: on, Today: on < 0},
		Expected:  expectUnit(set, title),
	})
}

// identifier makes the two rules of an identifier: what is wrong is rejected,
// what is only doubtful (a place of birth that is not in the list, a telephone
// prefix given up) is flagged.
func (b *builder) identifier(i int, v values) {
	const name = "phohien.identifier"
	kind := viet.Kind(v.text(name))
	if kind == "" {
		return
	}
	c := &b.obj.Columns[i]
	if c.Type != Text {
		b.fail(CodeType, v.at[name], "Mã số có thể có số 0 ở đầu: trường “%s” phải có logicalType: string.",
			"Identifiers may have leading zeros: the property %q needs logicalType: string.", c.Name)
		return
	}
	c.Identifier = kind
	want := identifiers[kind]
	b.add(Rule{Kind: RuleIdent, Columns: []int{i}, Identifier: kind, Expected: want})
	b.add(Rule{ID: c.Store + ".ident-doubt", Kind: RuleIdent, Columns: []int{i}, Identifier: kind, Doubt: true, Severity: Warn, Group: CrossField,
		Expected: Sentence{Vi: want.Vi + ", không có dấu hiệu nhầm lẫn", En: want.En + " without anything doubtful"}})
}

// relationships resolves an ODCS foreign key between objects of the contract.
// Others are shown and not judged.
func (b *builder) relationships(i int, at string, rel odcs.Relationship) {
	if rel.Type != "" && rel.Type != "foreignKey" {
		return
	}
	from := i
	if i < 0 && len(rel.From.Names) == 1 {
		object, column := splitName(rel.From.Names[0])
		if object == b.in.Name || object == "" {
			from = b.obj.columnNamed(column)
		}
	}
	if from < 0 || len(rel.To.Names) != 1 {
		b.note(CodeReference, at, "Quan hệ nhiều trường không được kiểm tra; dùng quy tắc SQL hoặc phohien.reference cho từng trường.",
			"A relationship of several columns is not judged; use an SQL rule, or phohien.reference on each column.")
		return
	}
	object, column := splitName(rel.To.Names[0])
	for j := range b.schema() {
		if b.schema()[j].Name != object {
			continue
		}
		for k := range b.schema()[j].Properties {
			if b.schema()[j].Properties[k].Name == column {
				ref := &Reference{Dataset: b.out.Objects[j].Dataset, Column: column, On: -1}
				b.add(Rule{Kind: RuleReference, Columns: []int{from}, Severity: Warn, Reference: ref, Expected: expectReference(ref, column, "")})
				return
			}
		}
	}
	b.note(CodeReference, at, "Quan hệ tới “%s” nằm ngoài đặc tả này nên không được kiểm tra. Để kiểm tra, ghi phohien.reference trên trường.",
		"The relationship to %q leads out of this contract and is not judged. To judge it, write phohien.reference on the property.", rel.To.Names[0])
}

// schema is the document's schema objects, all of them.
func (b *builder) schema() []odcs.SchemaObject { return b.resolver.in.Schema }

func splitName(s string) (object, column string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}
