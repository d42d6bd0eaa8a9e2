package odcs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bySense looks for what the schema cannot see.
func (c *checker) bySense() {
	c.ambiguous(c.doc.root, "")
	schema := c.doc.root.get("schema")
	if schema == nil {
		return
	}
	c.duplicateNames(schema, "/schema", "bảng", "objects")
	for i, it := range schema.items {
		path := joinIndex("/schema", i)
		c.rules(it.value, path)
		c.properties(it.value, path)
	}
}

// properties checks the properties of an object or property, and those inside
// them.
func (c *checker) properties(of *node, path string) {
	if list := of.get("properties"); list != nil {
		path := path + "/properties"
		c.duplicateNames(list, path, "trường", "properties")
		c.keyPositions(list, path)
		for i, it := range list.items {
			at := joinIndex(path, i)
			c.rules(it.value, at)
			c.properties(it.value, at)
		}
	}
	if items := of.get("items"); items != nil {
		c.rules(items, path+"/items")
		c.properties(items, path+"/items")
	}
}

func (c *checker) duplicateNames(list *node, path, vi, en string) {
	seen := map[string]*node{}
	for i, it := range list.items {
		name := it.value.get("name")
		if name == nil || name.shape != scalar || name.isNull() {
			continue
		}
		first, twice := seen[name.text]
		if !twice {
			seen[name.text] = name
			continue
		}
		c.add(SeverityError, FoundDuplicateName, joinIndex(path, i)+"/name", message{
			fmt.Sprintf("Có hai %s cùng tên “%s”; lần đầu ở dòng %d. Đổi tên hoặc bỏ một.", vi, name.text, first.pos.Line),
			fmt.Sprintf("Two %s are named %q; the first on line %d. Rename or remove one.", en, name.text, first.pos.Line)})
	}
}

// keyPositions checks that the columns of a primary key can be put in order.
func (c *checker) keyPositions(list *node, path string) {
	seen := map[int64]string{}
	keys, placed := 0, 0
	for i, it := range list.items {
		key, isKey := nodeValue(it.value.get("primaryKey")).(bool)
		position, has := asInt(nodeValue(it.value.get("primaryKeyPosition")))
		if !isKey || !key {
			continue
		}
		keys++
		if !has || position < 1 {
			continue
		}
		placed++
		name := text(nodeValue(it.value.get("name")))
		if other, twice := seen[position]; twice {
			c.add(SeverityError, FoundKeyPosition, joinIndex(path, i)+"/primaryKeyPosition", message{
				fmt.Sprintf("Trường “%s” và trường “%s” cùng có vị trí khoá chính %d. Đánh số 1, 2, 3, … không trùng.", other, name, position),
				fmt.Sprintf("The properties %q and %q both have primaryKeyPosition %d. Number them 1, 2, 3, … without repeats.", other, name, position)})
		}
		seen[position] = name
	}
	if keys > 1 && placed < keys {
		c.add(SeverityWarning, FoundKeyPosition, path, message{
			fmt.Sprintf("Khoá chính gồm %d trường nhưng chỉ %d trường có “primaryKeyPosition”, nên không rõ thứ tự. Đánh số đủ.", keys, placed),
			fmt.Sprintf("The primary key has %d properties but only %d carry \"primaryKeyPosition\", so their order is open. Number all.", keys, placed)})
	}
}

func nodeValue(n *node) any {
	if n == nil {
		return nil
	}
	return n.value
}

var operators = []string{
	"mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo",
	"mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween",
}

// rules checks that every rule that measures something says what the measure is
// compared with. The schema of v3.0.2 does not ask for it; where the newer one
// has already complained the finding is not repeated.
func (c *checker) rules(of *node, path string) {
	list := of.get("quality")
	if list == nil {
		return
	}
	for i, it := range list.items {
		rule, at := it.value, joinIndex(path+"/quality", i)
		kind, _ := nodeValue(rule.get("type")).(string)
		measures := kind == "sql" || kind == "library" || kind == "" && (rule.get("metric") != nil || rule.get("rule") != nil)
		if !measures || rule.shape != mapping || slices.ContainsFunc(operators, func(o string) bool { return rule.indexOf(o) >= 0 }) {
			continue
		}
		if slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Path == at && f.Code == FoundChoice }) {
			continue
		}
		here := c.doc.where(at)
		c.add(SeverityWarning, FoundNoOperator, at, message{
			fmt.Sprintf("%s không nói so với giá trị nào. Thêm một trong: %s.", here.vi, strings.Join(operators, ", ")),
			fmt.Sprintf("%s does not say what to compare with. Add one of: %s.", here.en, strings.Join(operators, ", "))})
	}
}

var (
	leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]+$`)
	oldBool     = regexp.MustCompile(`^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$`)
)

// ambiguous finds values without quotes that YAML 1.1 and 1.2 read differently:
// a code 01 loses its zero, and "no" becomes false.
func (c *checker) ambiguous(n *node, path string) {
	for _, e := range n.entries {
		if !e.alias {
			c.ambiguous(e.value, join(path, e.key))
		}
	}
	for i, it := range n.items {
		if !it.alias {
			c.ambiguous(it.value, joinIndex(path, i))
		}
	}
	if n.shape != scalar || !n.plain || n.absent || !leadingZero.MatchString(n.text) && !oldBool.MatchString(n.text) {
		return
	}
	if _, isText := n.value.(string); isText && leadingZero.MatchString(n.text) {
		return // the tag !!str has made it text
	}
	c.add(SeverityWarning, FoundAmbiguous, path, message{
		fmt.Sprintf("Giá trị %s không có dấu nháy: có chương trình hiểu khác (mất số 0 đầu, hoặc thành true/false). Nếu là chữ, viết \"%s\".", n.text, n.text),
		fmt.Sprintf("The value %s has no quotes, and programs read it differently (without its leading zero, or as true/false). If it is text, write \"%s\".", n.text, n.text)})
}
