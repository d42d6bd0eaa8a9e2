package odcs

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explain turns what the validator says into findings a person can act on.
func (c *checker) explain(e *jsonschema.ValidationError) {
	var leaves []*jsonschema.ValidationError
	c.leaves(e, &leaves)
	for _, leaf := range leaves {
		if _, ok := leaf.ErrorKind.(*kind.FalseSchema); ok && c.followsFrom(leaf, leaves) {
			continue
		}
		c.leaf(leaf)
	}
}

// leaves collects the errors that say something; alternatives (oneOf, anyOf)
// are narrowed to the form the author meant.
func (c *checker) leaves(e *jsonschema.ValidationError, into *[]*jsonschema.ValidationError) {
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
		if meant := meantForm(e.Causes); meant != nil {
			c.leaves(meant, into)
			return
		}
		*into = append(*into, e)
		return
	}
	if len(e.Causes) == 0 {
		*into = append(*into, e)
		return
	}
	for _, cause := range e.Causes {
		c.leaves(cause, into)
	}
}

// meantForm picks, among the forms that failed, the only one that failed deeper
// inside the value: the others did not even fit its type or keys.
func meantForm(forms []*jsonschema.ValidationError) *jsonschema.ValidationError {
	var meant *jsonschema.ValidationError
	deepest := -1
	for _, form := range forms {
		depth := depthOf(form)
		switch {
		case depth > deepest:
			meant, deepest = form, depth
		case depth == deepest:
			meant = nil
		}
	}
	if meant != nil && len(forms) > 1 {
		return meant
	}
	if len(forms) == 1 {
		return forms[0]
	}
	var fitting []*jsonschema.ValidationError
	for _, form := range forms {
		if !failsByType(form) {
			fitting = append(fitting, form)
		}
	}
	if len(fitting) == 1 {
		return fitting[0]
	}
	return nil
}

func depthOf(e *jsonschema.ValidationError) int {
	depth := len(e.InstanceLocation)
	for _, cause := range e.Causes {
		depth = max(depth, depthOf(cause))
	}
	return depth
}

// failsByType tells that a form expects another type of value altogether.
func failsByType(e *jsonschema.ValidationError) bool {
	if _, ok := e.ErrorKind.(*kind.Type); ok {
		return true
	}
	return len(e.Causes) == 1 && len(e.Causes[0].InstanceLocation) == len(e.InstanceLocation) && failsByType(e.Causes[0])
}

// followsFrom tells whether a key counts as unknown only because something else
// in the same mapping is wrong: the validator does not count keys of a part that
// failed.
func (c *checker) followsFrom(leaf *jsonschema.ValidationError, leaves []*jsonschema.ValidationError) bool {
	at := leaf.InstanceLocation
	if len(at) == 0 || !slices.Contains(c.knownKeys(leaf), at[len(at)-1]) {
		return false
	}
	object := at[:len(at)-1]
	return slices.ContainsFunc(leaves, func(other *jsonschema.ValidationError) bool {
		_, alsoKey := other.ErrorKind.(*kind.FalseSchema)
		within := len(other.InstanceLocation) >= len(object) && slices.Equal(other.InstanceLocation[:len(object)], object)
		deeper := len(other.InstanceLocation) > len(at)
		return within && (!alsoKey || deeper || !slices.Contains(c.knownKeys(other), other.InstanceLocation[len(other.InstanceLocation)-1]))
	})
}

func (c *checker) leaf(e *jsonschema.ValidationError) {
	path := ""
	for _, step := range e.InstanceLocation {
		path = join(path, step)
	}
	here := c.doc.where(path)
	say := func(code, vi, en string, args ...any) {
		c.add(SeverityError, code, path, message{here.vi + ": " + fmt.Sprintf(vi, args...), here.en + ": " + fmt.Sprintf(en, args...)})
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, key := range k.Missing {
			c.add(SeverityError, FoundMissing, join(path, key), message{
				fmt.Sprintf("%s thiếu mục bắt buộc “%s”. Thêm dòng “%s: …”.%s", here.vi, key, key, c.allowed(e, key).vi),
				fmt.Sprintf("%s lacks the required key %q. Add a line \"%s: …\".%s", here.en, key, key, c.allowed(e, key).en)})
		}
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			c.unknownKey(e, path, key)
		}
	case *kind.FalseSchema:
		at := strings.LastIndexByte(path, '/')
		c.unknownKey(e, path[:at], e.InstanceLocation[len(e.InstanceLocation)-1])
	case *kind.Type:
		c.wrongType(path, here, k)
	case *kind.Enum:
		say(FoundEnum, "giá trị “%s” không được phép. Dùng một trong: %s.", "the value %q is not allowed. Use one of: %s.", text(k.Got), listText(k.Want))
	case *kind.Const:
		say(FoundEnum, "phải là “%s”.", "must be %q.", text(k.Want))
	case *kind.Pattern:
		say(FoundPattern, "“%s” viết không đúng dạng. %s", "%q does not have the required form. %s", k.Got, patternText(k.Want))
	case *kind.Format:
		say(FoundPattern, "“%s” không đúng định dạng %s.", "%q is not a valid %s.", text(k.Got), k.Want)
	case *kind.OneOf:
		c.choice(e, path, here, k.Subschemas)
	case *kind.AnyOf:
		c.choice(e, path, here, nil)
	case *kind.Not:
		c.forbidden(e, path, here)
	case *kind.UniqueItems:
		say(FoundRepeated, "phần tử thứ %d và thứ %d giống nhau. Bỏ bớt một.", "items %d and %d are equal. Remove one.", k.Duplicates[0]+1, k.Duplicates[1]+1)
	case *kind.MinItems:
		say(FoundRange, "có %d phần tử, cần ít nhất %d.", "has %d items, needs at least %d.", k.Got, k.Want)
	case *kind.MaxItems:
		say(FoundRange, "có %d phần tử, nhiều nhất được %d.", "has %d items, at most %d are allowed.", k.Got, k.Want)
	case *kind.MinLength:
		say(FoundRange, "dài %d ký tự, cần ít nhất %d.", "is %d characters long, needs at least %d.", k.Got, k.Want)
	case *kind.MaxLength:
		say(FoundRange, "dài %d ký tự, nhiều nhất được %d.", "is %d characters long, at most %d are allowed.", k.Got, k.Want)
	case *kind.MinProperties:
		say(FoundRange, "có %d mục, cần ít nhất %d.", "has %d keys, needs at least %d.", k.Got, k.Want)
	case *kind.MaxProperties:
		say(FoundRange, "có %d mục, nhiều nhất được %d.", "has %d keys, at most %d are allowed.", k.Got, k.Want)
	case *kind.Minimum:
		say(FoundRange, "là %s, phải từ %s trở lên.", "is %s, must be at least %s.", rat(k.Got), rat(k.Want))
	case *kind.Maximum:
		say(FoundRange, "là %s, phải từ %s trở xuống.", "is %s, must be at most %s.", rat(k.Got), rat(k.Want))
	case *kind.ExclusiveMinimum:
		say(FoundRange, "là %s, phải lớn hơn %s.", "is %s, must be greater than %s.", rat(k.Got), rat(k.Want))
	case *kind.ExclusiveMaximum:
		say(FoundRange, "là %s, phải nhỏ hơn %s.", "is %s, must be less than %s.", rat(k.Got), rat(k.Want))
	case *kind.MultipleOf:
		say(FoundRange, "là %s, phải là bội của %s.", "is %s, must be a multiple of %s.", rat(k.Got), rat(k.Want))
	case *kind.DependentRequired:
		say(FoundMissing, "có “%s” thì phải có thêm: %s.", "with %q these are needed too: %s.", k.Prop, strings.Join(k.Missing, ", "))
	default:
		say(FoundInvalid, "giá trị không hợp chuẩn (%s). Xem lại theo tài liệu của chuẩn ODCS.",
			"the value does not follow the standard (%s). See the documentation of ODCS.", strings.Join(e.ErrorKind.KeywordPath(), "/"))
	}
}

func (c *checker) unknownKey(e *jsonschema.ValidationError, path, key string) {
	here := c.doc.where(path)
	known := c.knownKeys(e)
	if slices.Contains(known, key) {
		c.addKey(FoundForbidden, path, key, message{
			fmt.Sprintf("%s: mục “%s” không dùng được cùng các mục còn lại (xem “type”). Bỏ mục này hoặc đổi “type”.", here.vi, key),
			fmt.Sprintf("%s: the key %q cannot stand with the other keys here (see \"type\"). Remove it or change \"type\".", here.en, key)})
		return
	}
	m := message{
		fmt.Sprintf("%s: chuẩn không có mục “%s” ở đây. Bỏ đi, hoặc đưa vào “customProperties”.", here.vi, key),
		fmt.Sprintf("%s: the standard has no key %q here. Remove it, or move it to \"customProperties\".", here.en, key)}
	if near := nearest(key, known); near != "" {
		m = message{
			fmt.Sprintf("%s: chuẩn không có mục “%s” ở đây. Có phải là “%s”?", here.vi, key, near),
			fmt.Sprintf("%s: the standard has no key %q here. Did you mean %q?", here.en, key, near)}
	}
	c.addKey(FoundUnknownKey, path, key, m)
}

func (c *checker) wrongType(path string, here message, k *kind.Type) {
	vi, en := typeNames(k.Want)
	gotVi, gotEn := typeNames([]string{k.Got})
	m := message{
		fmt.Sprintf("%s phải là %s, nhưng đang là %s.", here.vi, vi, gotVi),
		fmt.Sprintf("%s must be %s, but is %s.", here.en, en, gotEn)}
	p, ok := c.doc.find(path)
	if ok && p.node.shape == scalar && !p.node.isNull() && slices.Contains(k.Want, "string") {
		m.vi += fmt.Sprintf(" Đặt trong dấu nháy: \"%s\".", p.node.text)
		m.en += fmt.Sprintf(" Put it in quotes: \"%s\".", p.node.text)
	}
	if ok && p.node.isNull() {
		m.vi += " Điền giá trị, hoặc bỏ mục này."
		m.en += " Fill it in, or remove the key."
	}
	c.add(SeverityError, FoundType, path, m)
}

// choice explains that none of several forms fits, or more than one.
func (c *checker) choice(e *jsonschema.ValidationError, path string, here message, matched []int) {
	var required, wanted []string
	for _, form := range e.Causes {
		for _, leaf := range leavesOf(form) {
			switch k := leaf.ErrorKind.(type) {
			case *kind.Required:
				required = append(required, k.Missing...)
			case *kind.Type:
				wanted = append(wanted, k.Want...)
			}
		}
	}
	switch {
	case len(matched) > 1:
		keys := c.presentChoices(e, path)
		c.add(SeverityError, FoundChoice, path, message{
			fmt.Sprintf("%s: chỉ được dùng một trong các mục %s. Giữ lại một.", here.vi, strings.Join(keys, ", ")),
			fmt.Sprintf("%s: only one of these may be given: %s. Keep one.", here.en, strings.Join(keys, ", "))})
	case len(required) > 1:
		c.add(SeverityError, FoundChoice, path, message{
			fmt.Sprintf("%s thiếu một trong các mục: %s. Thêm đúng một mục.", here.vi, strings.Join(required, ", ")),
			fmt.Sprintf("%s needs one of: %s. Add exactly one.", here.en, strings.Join(required, ", "))})
	case len(wanted) > 1:
		c.wrongType(path, here, &kind.Type{Got: typeName(c.value(path)), Want: slices.Compact(wanted)})
	default:
		patterns := c.patterns(e)
		vi, en := "Xem lại theo tài liệu của chuẩn ODCS.", "See the documentation of ODCS."
		if patterns != (message{}) {
			vi, en = patterns.vi, patterns.en
		}
		c.add(SeverityError, FoundChoice, path, message{
			fmt.Sprintf("%s không khớp dạng nào mà chuẩn cho phép. %s", here.vi, vi),
			fmt.Sprintf("%s fits none of the forms the standard allows. %s", here.en, en)})
	}
}

func leavesOf(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leavesOf(cause)...)
	}
	return all
}

// patterns explains the forms of references, which the schema gives as regular
// expressions.
func (c *checker) patterns(e *jsonschema.ValidationError) message {
	for _, leaf := range leavesOf(e) {
		if _, ok := leaf.ErrorKind.(*kind.Pattern); ok {
			return message{
				"Viết “bảng.trường” (chỉ chữ không dấu, số, gạch dưới) hoặc đường dẫn theo id như “schema/id-bảng/properties/id-trường”.",
				"Write \"object.property\" (letters, digits, underscores) or a path of ids such as \"schema/object-id/properties/property-id\"."}
		}
	}
	return message{}
}

// presentChoices lists the keys of the alternatives that the mapping has.
func (c *checker) presentChoices(e *jsonschema.ValidationError, path string) []string {
	forms, _ := lookup(c.schemaAt(e.SchemaURL), "oneOf").([]any)
	have, _ := c.value(path).(map[string]any)
	var keys []string
	for _, form := range forms {
		required, _ := lookup(form, "required").([]any)
		for _, key := range required {
			if name := text(key); have[name] != nil && !slices.Contains(keys, name) {
				keys = append(keys, name)
			}
		}
	}
	return keys
}

func (c *checker) forbidden(e *jsonschema.ValidationError, path string, here message) {
	required, _ := lookup(c.schemaAt(e.SchemaURL), "not", "required").([]any)
	if len(required) == 0 {
		required, _ = lookup(c.schemaAt(e.SchemaURL), "required").([]any)
	}
	if len(required) == 1 {
		key := text(required[0])
		c.addKey(FoundForbidden, path, key, message{
			fmt.Sprintf("%s: không viết mục “%s” ở đây, vì đã rõ từ chỗ đứng. Bỏ mục này.", here.vi, key),
			fmt.Sprintf("%s: the key %q must not stand here: it follows from the place. Remove it.", here.en, key)})
		return
	}
	c.add(SeverityError, FoundForbidden, path, message{
		here.vi + ": nội dung này không được phép ở đây.", here.en + ": this is not allowed here."})
}

func (c *checker) value(path string) any {
	v, _ := c.doc.Value(path)
	return v
}

// allowed adds the values a missing key may take, when the schema lists them.
func (c *checker) allowed(e *jsonschema.ValidationError, key string) message {
	values, _ := lookup(c.schemaAt(e.SchemaURL), "properties", key, "enum").([]any)
	if len(values) == 0 {
		return message{}
	}
	return message{" Giá trị được phép: " + listText(values) + ".", " Allowed values: " + listText(values) + "."}
}

// knownKeys lists every key the schema of the mapping could allow.
func (c *checker) knownKeys(e *jsonschema.ValidationError) []string {
	url := strings.TrimSuffix(e.SchemaURL, "/unevaluatedProperties")
	url = strings.TrimSuffix(url, "/additionalProperties")
	seen := map[string]bool{}
	var keys []string
	c.collectKeys(c.schemaAt(url), seen, &keys)
	return keys
}

func (c *checker) collectKeys(part any, seen map[string]bool, keys *[]string) {
	m, ok := part.(map[string]any)
	if !ok {
		return
	}
	if properties, ok := m["properties"].(map[string]any); ok {
		for key := range properties {
			if !slices.Contains(*keys, key) {
				*keys = append(*keys, key)
			}
		}
	}
	if ref, ok := m["$ref"].(string); ok && !seen[ref] {
		seen[ref] = true
		c.collectKeys(c.schemaAt(ref), seen, keys)
	}
	for _, name := range []string{"then", "else"} {
		c.collectKeys(m[name], seen, keys)
	}
	for _, name := range []string{"allOf", "anyOf", "oneOf"} {
		forms, _ := m[name].([]any)
		for _, form := range forms {
			c.collectKeys(form, seen, keys)
		}
	}
}

// schemaAt finds the part of the schema a location names.
func (c *checker) schemaAt(url string) any {
	_, fragment, _ := strings.Cut(url, "#")
	steps, ok := parsePath(fragment)
	if !ok {
		return nil
	}
	return lookup(c.schema.raw, steps...)
}

func lookup(v any, steps ...string) any {
	for _, step := range steps {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, ok := index(step, len(at))
			if !ok {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// nearest finds the known key most like a mistyped one.
func nearest(key string, known []string) string {
	best, bestDistance := "", 3
	slices.Sort(known)
	for _, k := range known {
		d := distance(strings.ToLower(key), strings.ToLower(k))
		if d < bestDistance && d < len(k)/2 {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is how many letters must change to make one word the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above+1, row[j]+1)
			diagonal = above
		}
	}
	return row[len(b)]
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	case map[string]any, []any:
		return "…"
	}
	return fmt.Sprint(v)
}

func listText(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = text(v)
	}
	return strings.Join(parts, ", ")
}

func rat(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func patternText(pattern string) string {
	if pattern == `^[A-Za-z0-9_-]+$` {
		return "(A-Z, a-z, 0-9, _, -)"
	}
	return pattern
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case map[string]any:
		return "object"
	case []any:
		return "array"
	}
	return "number"
}

func typeNames(types []string) (vi, en string) {
	names := map[string]message{
		"string": {"chuỗi ký tự", "text"}, "number": {"số", "a number"}, "integer": {"số nguyên", "a whole number"},
		"boolean": {"true hoặc false", "true or false"}, "null": {"để trống", "empty"},
		"array":  {"danh sách (các dòng bắt đầu bằng “- ”)", "a list (lines that begin with \"- \")"},
		"object": {"nhóm các mục “mục: giá trị”", "a mapping (lines \"key: value\")"},
	}
	var vis, ens []string
	for _, t := range types {
		vis, ens = append(vis, names[t].vi), append(ens, names[t].en)
	}
	return strings.Join(vis, " hoặc "), strings.Join(ens, " or ")
}
