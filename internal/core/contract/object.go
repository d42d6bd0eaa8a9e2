package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/phohien/phohien/odcs"
)

// objects resolves the tables. Objects[i] is always schema[i] of the document.
func (r *resolver) objects() {
	if len(r.in.Schema) == 0 {
		r.fail(CodeEmpty, "/schema", "Đặc tả chưa có bảng nào. Thêm ít nhất một mục vào schema.",
			"The contract has no schema object. Add at least one under schema.")
		return
	}
	wishes := make([]wish, len(r.in.Schema))
	seen := map[string]bool{}
	for i, s := range r.in.Schema {
		wishes[i] = wish{s.Name, s.PhysicalName}
		if !r.broken && (s.Name == "" || seen[s.Name]) {
			r.fail(CodeName, fmt.Sprintf("/schema/%d", i), "Bảng thứ %d không có tên (name), hoặc trùng tên bảng khác.",
				"Schema object %d has no name, or the name of another.", i+1)
		}
		seen[s.Name] = true
	}
	tables := storeNames(wishes, "_h")
	for i := range r.in.Schema {
		s := &r.in.Schema[i]
		o := &Object{
			Contract: r.out.ID, Name: s.Name, Title: first(s.BusinessName, s.Name), Table: tables[i], About: s.Description,
			OrderBy: -1, Sender: -1, Period: -1, ValidFrom: -1, ValidTo: -1, ScopeUnit: -1, ScopeAgency: -1,
		}
		o.Dataset = r.out.ID
		if len(r.in.Schema) > 1 {
			o.Dataset += "." + o.Table
		}
		r.out.Objects = append(r.out.Objects, o)
	}
	for i, o := range r.out.Objects {
		b := &builder{resolver: r, in: &r.in.Schema[i], obj: o, path: fmt.Sprintf("/schema/%d", i), ids: map[string]bool{}}
		b.build()
		r.places = append(r.places, b.places)
	}
}

// A builder resolves one schema object.
type builder struct {
	*resolver
	in   *odcs.SchemaObject
	obj  *Object
	path string

	differ map[int]bool // properties whose type is not that of their term

	ids  map[string]bool // ids of rules
	here string          // where in the document the rule stands that is being made

	places []string // by rule
}

func (b *builder) build() {
	if len(b.in.Properties) == 0 {
		b.fail(CodeEmpty, b.path, "Bảng “%s” chưa có trường thông tin nào (properties).", "The schema object %q has no properties.", b.in.Name)
		return
	}
	b.inherit()
	b.columns()
	b.key()
	b.customProperties()
	b.rules()
	b.sealed()
}

func (b *builder) at(i int) string { return fmt.Sprintf("%s/properties/%d", b.path, i) }

// key collects the key's columns by their position, then by the document.
func (b *builder) key() {
	o := b.obj
	for i, p := range b.in.Properties {
		if p.PrimaryKey {
			o.Key = append(o.Key, i)
		}
	}
	position := func(i int) int {
		if n := b.in.Properties[i].PrimaryKeyPosition; n > 0 {
			return n
		}
		return len(b.in.Properties) + 1
	}
	slices.SortStableFunc(o.Key, func(i, j int) int { return position(i) - position(j) })
	for _, i := range o.Key {
		c := &o.Columns[i]
		c.Required = true
		switch c.Type {
		case JSON, Geometry, File:
			b.fail(CodeKey, b.at(i), "Trường “%s” kiểu %s không làm khóa được.", "The property %q of type %s cannot be part of the key.", c.Name, c.Type)
		case Float:
			b.warn(CodeKey, b.at(i), "Khóa “%s” là số thực, dễ lệch khi so sánh. Nên dùng integer, string hoặc decimal(p,s).",
				"The key %q is a floating-point number, which compares badly. Use integer, string or decimal(p,s).", c.Name)
		}
	}
}

// customProperties resolves phohien.* of the object.
func (b *builder) customProperties() {
	o := b.obj
	v := b.customs(onObject, b.path, b.in.CustomProperties)
	o.Sender = b.column(v, "phohien.sender", v.text("phohien.sender"), Text, Integer)
	o.Period = b.column(v, "phohien.period", v.text("phohien.period"), Text, Integer, Date, PartialDate)
	o.OrderBy = b.column(v, "phohien.orderBy", v.text("phohien.orderBy"), Integer, Date, Timestamp)
	validity := v.group("phohien.validity")
	from, _ := validity["from"].(string)
	to, _ := validity["to"].(string)
	o.ValidFrom = b.column(v, "phohien.validity", from, Date, Timestamp)
	o.ValidTo = b.column(v, "phohien.validity", to, Date, Timestamp)
	scope := v.group("phohien.scope")
	unit, _ := scope["unit"].(string)
	agency, _ := scope["agency"].(string)
	o.ScopeUnit = b.column(v, "phohien.scope", unit, Text)
	o.ScopeAgency = b.column(v, "phohien.scope", agency, Text)
	expect := v.group("phohien.expectation")
	if n, ok := number(expect["records"]); ok {
		o.Expect.Records = int64(n)
	}
	o.Expect.Dataset, _ = expect["dataset"].(string)
	b.mode(v)
}

// mode settles what a batch does, and what it needs for it.
func (b *builder) mode(v values) {
	o := b.obj
	o.Mode = Append
	if o.HasKey() {
		o.Mode = Merge
	}
	at := v.at["phohien.mode"]
	if m := v.text("phohien.mode"); m != "" {
		o.Mode = Mode(m)
	}
	if o.Mode != Append && !o.HasKey() {
		b.fail(CodeMode, at, "Cách cập nhật %s cần khóa: đánh dấu primaryKey: true, hoặc dùng append.",
			"The mode %s needs a key: mark properties with primaryKey: true, or use append.", o.Mode)
	}
	if o.Mode != Slice {
		return
	}
	if o.Sender < 0 || o.Period < 0 {
		b.fail(CodeMode, at, "Cách cập nhật slice cần cả phohien.sender và phohien.period.",
			"The mode slice needs both phohien.sender and phohien.period.")
		return
	}
	o.Columns[o.Sender].Required, o.Columns[o.Period].Required = true, true
}

// column finds a column that a custom property names, -1 when it names none.
func (b *builder) column(v values, property, name string, types ...Type) int {
	if name == "" {
		return -1
	}
	i := b.obj.columnNamed(name)
	if i < 0 {
		b.fail(CodeColumn, v.at[property], "%s: bảng không có trường “%s”. Có: %s.", "%s: there is no property %q. There are: %s.",
			property, name, b.columnNames())
		return -1
	}
	if t := b.obj.Columns[i].Type; !slices.Contains(types, t) {
		b.fail(CodeColumn, v.at[property], "%s: trường “%s” có kiểu %s, cần một trong: %s.", "%s: the property %q has the type %s, one of these is needed: %s.",
			property, name, t, join(types))
		return -1
	}
	return i
}

func (b *builder) columnNames() string {
	var names []string
	for i := range b.obj.Columns {
		if i == 30 {
			names = append(names, "…")
			break
		}
		names = append(names, b.obj.Columns[i].Name)
	}
	return strings.Join(names, ", ")
}

// columnNamed finds a column by its name, or by its name in the stores, or by
// either without regard to case; -1 without.
func (o *Object) columnNamed(name string) int {
	if i := o.Column(name); i >= 0 {
		return i
	}
	for i := range o.Columns {
		if o.Columns[i].Store == name {
			return i
		}
	}
	for i := range o.Columns {
		if strings.EqualFold(o.Columns[i].Name, name) || strings.EqualFold(o.Columns[i].Store, name) {
			return i
		}
	}
	return -1
}

func join[T ~string](list []T) string {
	var b strings.Builder
	for i, s := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	return b.String()
}
