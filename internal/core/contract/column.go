package contract

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// columns resolves the properties: names, types and what stands on each.
func (b *builder) columns() {
	wishes := make([]wish, len(b.in.Properties))
	seen := map[string]bool{}
	for i, p := range b.in.Properties {
		wishes[i] = wish{p.Name, p.PhysicalName}
		if !b.broken && (p.Name == "" || seen[p.Name]) {
			b.fail(CodeName, b.at(i), "Trường thứ %d không có tên (name), hoặc trùng tên trường khác.",
				"Property %d has no name, or the name of another.", i+1)
		}
		seen[p.Name] = true
	}
	stores := storeNames(wishes)
	b.obj.Columns = make([]Column, len(b.in.Properties))
	for i := range b.in.Properties {
		b.plainColumn(i, stores[i])
	}
	if n := len(b.obj.Fields()); n > maxFields {
		b.fail(CodeWide, b.path, "Bảng “%s” có %d cột lưu trữ, nhiều hơn %d. Tách thành nhiều bảng cùng khóa.",
			"The object %q has %d stored columns, more than %d. Divide it into objects with one key.", b.in.Name, n, maxFields)
	}
}

// maxFields is what fits into one row of every engine with the system's own
// columns behind.
const maxFields = 900

// plainColumn resolves what needs no other column.
func (b *builder) plainColumn(i int, store string) {
	p, c := &b.in.Properties[i], &b.obj.Columns[i]
	*c = Column{
		Name: p.Name, Title: first(p.BusinessName, p.Name), About: p.Description, Store: store,
		Required: p.Required, Unique: p.Unique, Tags: p.Tags, Classification: p.Classification,
	}
	if len(p.Examples) > 0 {
		c.Example = plainText(p.Examples[0])
	}
	v := b.customs(onProperty, b.at(i), p.CustomProperties)
	c.Aliases = v.list("phohien.aliases")
	c.Volatile = v.flag("phohien.volatile")
	c.Sealed = v.flag("phohien.sealed")
	c.Term, c.NotMapped, c.TermDiffers = v.text("phohien.term"), v.text("phohien.notMapped"), b.differ[i]
	if c.Term != "" && c.NotMapped != "" {
		b.fail(CodeTerm, v.at["phohien.notMapped"], "Trường “%s” đã ánh xạ vào thuật ngữ %s nên không ghi phohien.notMapped.",
			"The property %q stands for the term %s, so phohien.notMapped has no place here.", c.Name, c.Term)
	}
	b.columnType(i, v)
	for _, form := range v.list("phohien.normalise") {
		c.Normalise = append(c.Normalise, viet.Form(form))
	}
	if len(c.Normalise) > 0 && c.Type != Text {
		b.fail(CodeType, v.at["phohien.normalise"], "phohien.normalise chỉ đặt trên trường kiểu string.", "phohien.normalise stands only on properties of type string.")
	}
}

// columnType settles the platform's type of a property.
func (b *builder) columnType(i int, v values) {
	p, c := &b.in.Properties[i], &b.obj.Columns[i]
	logical := p.LogicalType
	if logical == "" {
		logical = logicalOf(p)
	}
	switch logical {
	case "string":
		c.Type = Text
	case "integer":
		c.Type = Integer
	case "number":
		b.numberType(i)
	case "boolean":
		c.Type = Boolean
	case "date":
		c.Type = Date
	case "time":
		c.Type = Time
	case "timestamp":
		c.Type = Timestamp
		b.zone(i)
	case "object":
		c.Type = JSON
	case "array":
		c.Type, c.Array = JSON, true
	default:
		b.fail(CodeType, b.at(i)+"/logicalType",
			"Không có kiểu “%s”. Dùng một trong: string, integer, number, boolean, date, timestamp, time, object, array.",
			"There is no type %q. Use one of string, integer, number, boolean, date, timestamp, time, object, array.", p.LogicalType)
		c.Type = Text
	}
	b.customType(i, v)
}

// customType applies phohien.precision, geometry and file.
func (b *builder) customType(i int, v values) {
	c := &b.obj.Columns[i]
	wrong := func(name, needed string) {
		b.fail(CodeType, v.at[name], "%s chỉ đặt trên trường có logicalType: %s.", "%s stands only on a property of logicalType: %s.", name, needed)
	}
	if s := v.text("phohien.precision"); s != "" {
		if c.Type != Date {
			wrong("phohien.precision", "date")
		}
		c.Type, c.Finest = PartialDate, s
	}
	shape, file := v.text("phohien.geometry"), v.flag("phohien.file")
	plainObject := c.Type == JSON && !c.Array
	switch {
	case shape != "" && file:
		b.fail(CodeType, v.at["phohien.file"], "Một trường không thể vừa là hình học vừa là tệp.", "A property cannot be both a geometry and a file.")
	case shape != "" && !plainObject:
		wrong("phohien.geometry", "object")
	case file && !plainObject:
		wrong("phohien.file", "object")
	case shape != "":
		c.Type = Geometry
		if shape != "any" {
			c.Shape = shape
		}
	case file:
		c.Type = File
	}
}

var parameters = regexp.MustCompile(`^([a-z][a-z0-9 _]*?)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)`)

// numberType tells exact numbers, whole numbers and floating-point numbers
// apart by the physical type.
func (b *builder) numberType(i int) {
	p, c := &b.in.Properties[i], &b.obj.Columns[i]
	physical := strings.ToLower(strings.TrimSpace(p.PhysicalType))
	c.Type = Float
	if physicalTypes[baseOf(physical)] == "integer" {
		c.Type = Integer // exact; a double would lose digits beyond 2⁵³
		return
	}
	m := parameters.FindStringSubmatch(physical)
	if m == nil || !exact[m[1]] {
		return
	}
	precision, _ := strconv.Atoi(m[2])
	scale, _ := strconv.Atoi(m[3]) // absent: 0
	at := b.at(i) + "/physicalType"
	if precision < 1 || scale > precision || len(m[2]) > 4 || len(m[3]) > 4 {
		b.fail(CodeType, at, "Kiểu “%s” sai: decimal(p,s) cần 1 ≤ p ≤ %d và 0 ≤ s ≤ p.",
			"The type %q is wrong: decimal(p,s) needs 1 ≤ p ≤ %d and 0 ≤ s ≤ p.", p.PhysicalType, viet.MaxPrecision)
		return
	}
	if precision > viet.MaxPrecision {
		b.fail(CodeType, at,
			"Kiểu “%s” có %d chữ số, nhiều hơn %d chữ số lưu chính xác được. Dùng decimal(%d,%d) nếu đủ; nếu là mã số thì dùng logicalType: string; nếu không cần chính xác tuyệt đối thì dùng double.",
			"The type %q has %d digits, more than the %d that are kept exactly. Use decimal(%d,%d) if that is enough, logicalType: string for a code, or double where exactness does not matter.",
			p.PhysicalType, precision, viet.MaxPrecision, viet.MaxPrecision, min(scale, viet.MaxPrecision))
		return
	}
	c.Type, c.Precision, c.Scale = Decimal, precision, scale
}

var exact = map[string]bool{"decimal": true, "numeric": true, "number": true, "dec": true}

// physicalTypes give the logical type that a physical type means, for
// properties that name only that.
var physicalTypes = map[string]string{
	"int": "integer", "integer": "integer", "bigint": "integer", "smallint": "integer", "tinyint": "integer", "mediumint": "integer",
	"int2": "integer", "int4": "integer", "int8": "integer", "int16": "integer", "int32": "integer", "int64": "integer",
	"long": "integer", "short": "integer", "serial": "integer", "bigserial": "integer",
	"double": "number", "double precision": "number", "float": "number", "float4": "number", "float8": "number", "float32": "number",
	"float64": "number", "real": "number", "decimal": "number", "numeric": "number", "number": "number", "dec": "number",
	"bool": "boolean", "boolean": "boolean", "bit": "boolean",
	"date": "date", "time": "time", "time without time zone": "time",
	"timestamp": "timestamp", "timestamptz": "timestamp", "datetime": "timestamp", "datetime2": "timestamp",
	"timestamp with time zone": "timestamp", "timestamp without time zone": "timestamp", "timestamp_ntz": "timestamp", "timestamp_tz": "timestamp",
	"json": "object", "jsonb": "object", "object": "object", "struct": "object", "record": "object", "map": "object", "variant": "object",
	"array": "array", "list": "array",
}

// baseOf takes the parameters off a physical type in lower case.
func baseOf(physical string) string {
	if i := strings.IndexAny(physical, "(<"); i >= 0 {
		physical = physical[:i]
	}
	return strings.TrimSpace(physical)
}

// logicalOf derives the type of a property that names only a physical one.
func logicalOf(p *odcs.Property) string {
	switch {
	case p.Items != nil:
		return "array"
	case len(p.Properties) > 0:
		return "object"
	}
	if l := physicalTypes[baseOf(strings.ToLower(strings.TrimSpace(p.PhysicalType)))]; l != "" {
		return l
	}
	return "string"
}

// zone warns of a default time zone that is not ours: a moment without zone is
// read as the time of Viet Nam.
func (b *builder) zone(i int) {
	zone, ok := b.in.Properties[i].LogicalTypeOptions.Text("defaultTimezone")
	switch zone {
	case "Asia/Ho_Chi_Minh", "Asia/Saigon", "Asia/Bangkok", "+07:00", "Etc/GMT-7":
		return
	}
	if ok {
		b.warn(CodeZone, b.at(i)+"/logicalTypeOptions/defaultTimezone",
			"Giờ không ghi múi giờ được hiểu là giờ Việt Nam (+07:00), không phải %s. Ghi rõ múi giờ trong dữ liệu.",
			"A time without zone is read as the time of Viet Nam (+07:00), not %s. Write the zone in the data.", zone)
	}
}

// plainText writes a YAML value as the text a cell would hold.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		s, _ := viet.NFC(v)
		return s
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return string(viet.AppendFloat(nil, v))
	case json.Number:
		return v.String()
	}
	if b, err := json.Marshal(v); err == nil {
		return string(b)
	}
	return fmt.Sprint(v)
}
