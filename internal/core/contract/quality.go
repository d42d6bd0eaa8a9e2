package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// quality resolves one rule under "quality"; own is the column on which it
// stands, -1 on the object.
func (b *builder) quality(own int, at string, q *odcs.QualityRule) {
	before := b.here
	b.here = at
	defer func() { b.here = before }()
	v := b.customs(onQuality, at, q.CustomProperties)
	base, ok := b.qualityBase(at, q, v)
	if !ok {
		return
	}
	if own >= 0 {
		base.Columns = []int{own}
	}
	switch q.Kind() {
	case "library":
		b.library(own, at, q, base)
	case "sql":
		b.sqlSet(own, at, q, base)
	case "custom":
		b.custom(own, at, q, base)
	case "text":
		b.note(CodeNotJudged, at, "Quy tắc dạng lời văn chỉ để người đọc, không được kiểm tra.", "A rule in words is for people and is not judged.")
	default:
		b.fail(CodeRule, at+"/type", "Không có loại quy tắc “%s”. Dùng library, sql, custom hoặc text.", "There is no rule of type %q. Use library, sql, custom or text.", q.Type)
	}
}

var ruleID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)

// dimensions are the criteria that ODCS dimensions count for.
var dimensions = map[string]Criterion{
	"accuracy": Valid, "conformity": Valid, "completeness": Complete, "coverage": Complete,
	"uniqueness": Clean, "timeliness": Live, "consistency": Consistent,
}

// qualityBase reads what any quality rule may say.
func (b *builder) qualityBase(at string, q *odcs.QualityRule, v values) (Rule, bool) {
	base := Rule{Criterion: dimensions[q.Dimension], Group: Group(v.text("phohien.errorGroup")), Layer: Layer(v.text("phohien.layer"))}
	switch {
	case ruleID.MatchString(q.ID):
		base.ID = q.ID
	case q.Name != "":
		base.ID = viet.Identifier(q.Name)
	}
	switch strings.ToLower(q.Severity) {
	case "", "error", "critical", "high":
		base.Severity = Reject
	case "warning", "warn", "medium":
		base.Severity = Warn
	case "info", "low":
		base.Severity = Note
	default:
		b.fail(CodeRule, at+"/severity", "Không có mức “%s”. Dùng error, warning hoặc info.", "There is no severity %q. Use error, warning or info.", q.Severity)
		return base, false
	}
	if m := v.group("phohien.message"); m != nil {
		base.Expected.Vi, _ = m["vi"].(string)
		base.Expected.En, _ = m["en"].(string)
		base.Expected.En = first(base.Expected.En, base.Expected.Vi)
	}
	return base, true
}

// metrics gives the names of library rules, those of v3.0 among them.
var metrics = map[string]string{
	"rowCount": "rowCount", "nullValues": "nullValues", "missingValues": "missingValues",
	"invalidValues": "invalidValues", "duplicateValues": "duplicateValues",
	"nullCheck": "nullValues", "validValues": "invalidValues", "duplicateCount": "duplicateValues", "uniqueCheck": "duplicateValues",
}

// library resolves a predefined rule: row by row when no row may break it, over
// the whole set otherwise.
func (b *builder) library(own int, at string, q *odcs.QualityRule, base Rule) {
	name := first(q.Metric, q.Rule)
	metric, known := metrics[name]
	if !known {
		b.fail(CodeRule, at, "Không có phép đo “%s”. Dùng nullValues, missingValues, invalidValues, duplicateValues hoặc rowCount.",
			"There is no metric %q. Use nullValues, missingValues, invalidValues, duplicateValues or rowCount.", name)
		return
	}
	bound := Bound{Op: "="} // v3.0 names no bound for nullCheck, validValues, uniqueCheck: none may break it
	if _, _, has := q.Operator(); has {
		var ok bool
		if bound, ok = b.operator(at, q); !ok {
			return
		}
	} else if metric == "rowCount" || q.Metric != "" {
		b.fail(CodeRule, at, "Quy tắc %s thiếu ngưỡng. Thêm mustBe, mustBeLessThan, …", "The rule %s lacks a bound. Add mustBe, mustBeLessThan, …", name)
		return
	}
	if metric == "rowCount" {
		base.Columns = nil
	} else {
		var ok bool
		if base.Columns, ok = b.ruleColumns(own, at, metric, q); !ok {
			return
		}
	}
	if metric != "rowCount" && bound == (Bound{Op: "="}) {
		b.rowByRow(at, metric, q, base)
		return
	}
	b.overall(at, metric, q, base, bound)
}

// ruleColumns gives the columns a library rule speaks of: its own, or those in
// arguments.properties.
func (b *builder) ruleColumns(own int, at, metric string, q *odcs.QualityRule) ([]int, bool) {
	if own >= 0 {
		return []int{own}, true
	}
	list, _ := q.Arguments["properties"].([]any)
	var columns []int
	for _, v := range list {
		i := b.obj.columnNamed(plainText(v))
		if i < 0 {
			b.fail(CodeColumn, at+"/arguments/properties", "Bảng không có trường “%v”. Có: %s.", "There is no property \"%v\". There are: %s.", v, b.columnNames())
			return nil, false
		}
		columns = append(columns, i)
	}
	if len(columns) == 0 || metric != "duplicateValues" && len(columns) > 1 {
		b.fail(CodeRule, at, "Quy tắc %s đặt trên bảng cần arguments.properties là danh sách trường (duplicateValues), hoặc đặt nó trên một trường.",
			"A rule %s on an object needs arguments.properties, the list of properties (duplicateValues), or belongs on a property.", metric)
		return nil, false
	}
	return columns, true
}

func (b *builder) rowByRow(at, metric string, q *odcs.QualityRule, base Rule) {
	switch metric {
	case "nullValues", "missingValues":
		base.Kind = RuleRequired
		if metric == "missingValues" {
			base.Values = texts(q.Arguments["missingValues"])
		}
		if base.Expected == (Sentence{}) {
			base.Expected = expectRequired
			if len(base.Values) > 0 {
				list := strings.Join(base.Values, ", ")
				base.Expected = Sentence{"có giá trị, không để trống và không ghi " + list, "a value, not an empty cell nor " + list}
			}
		}
		base.Values = readable(&b.obj.Columns[base.Columns[0]], base.Values)
		if !b.said(base) {
			b.add(base)
		}
	case "duplicateValues":
		base.Kind = RuleUnique
		if base.Expected == (Sentence{}) {
			base.Expected = expectUnique
			if len(base.Columns) > 1 {
				names := b.obj.titles(base.Columns)
				base.Expected = Sentence{
					fmt.Sprintf("bộ giá trị (%s) không lặp lại trong bộ dữ liệu", names),
					fmt.Sprintf("values (%s) that stand together only once in the data set", names),
				}
			}
		}
		if !b.said(base) {
			b.add(base)
		}
	case "invalidValues":
		b.invalidValues(at, q, base)
	}
}

// said tells that the object has this very rule already, as with required: true
// beside nullValues mustBe 0.
func (b *builder) said(rule Rule) bool {
	for i := range b.obj.Rules {
		r := &b.obj.Rules[i]
		if r.Kind == rule.Kind && r.Severity == rule.Severity && fmt.Sprint(r.Columns, r.Values) == fmt.Sprint(rule.Columns, rule.Values) {
			return true
		}
	}
	return false
}

func (b *builder) invalidValues(at string, q *odcs.QualityRule, base Rule) {
	values, pattern, ok := b.allowed(at, q, base.Columns[0])
	if !ok {
		return
	}
	if pattern != "" {
		b.pattern(base.Columns[0], at+"/arguments/pattern", pattern, base)
	}
	if len(values) > 0 {
		base.Kind, base.Values = RuleValues, values
		if base.Expected == (Sentence{}) {
			base.Expected = expectValues(values)
		}
		b.add(base)
	}
}

// allowed reads what invalidValues compares with: a list of values in the
// canonical text of the column's type, a pattern, or both.
func (b *builder) allowed(at string, q *odcs.QualityRule, column int) (values []string, pattern string, ok bool) {
	c := &b.obj.Columns[column]
	pattern, _ = q.Arguments["pattern"].(string)
	for _, s := range texts(q.Values()) {
		canonical, fits := canonicalText(c, s)
		if !fits {
			b.fail(CodeRule, at, "Giá trị cho phép “%s” không phải %s.", "The allowed value %q is not %s.", s, bilingual{noun(c).Vi, noun(c).En})
			return nil, "", false
		}
		values = append(values, canonical)
	}
	if pattern != "" && c.Type != Text {
		b.fail(CodeOption, at, "Mẫu (pattern) chỉ dùng cho trường kiểu text; trường “%s” có kiểu %s.", "A pattern is for properties of type text; %q has the type %s.", c.Name, c.Type)
		return nil, "", false
	}
	if len(values) == 0 && pattern == "" {
		b.fail(CodeRule, at, "Quy tắc invalidValues cần arguments.validValues (danh sách giá trị đúng) hoặc arguments.pattern.",
			"The rule invalidValues needs arguments.validValues, the list of right values, or arguments.pattern.")
		return nil, "", false
	}
	return values, pattern, true
}

// readable keeps the values that a column can hold, as it holds them: "N/A" in a
// column of numbers has been refused before anybody asks whether it is missing.
func readable(c *Column, values []string) []string {
	var out []string
	for _, s := range values {
		if text, ok := canonicalText(c, s); ok {
			out = append(out, text)
		}
	}
	return out
}

// texts gives the values of a list as cells would hold them; null and "" are
// empty cells, which other rules speak of.
func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		if s := plainText(x); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// canonicalText writes a value of the contract as the column's type writes it.
func canonicalText(c *Column, s string) (string, bool) {
	switch c.Type {
	case Integer:
		n, _, err := viet.ParseInteger([]byte(s), viet.StylePlain)
		return string(viet.AppendInteger(nil, n)), err == nil
	case Decimal:
		n, _, err := viet.ParseDecimal([]byte(s), c.Precision, c.Scale, viet.StylePlain)
		return string(viet.AppendDecimal(nil, n, c.Scale)), err == nil
	case Float:
		f, _, err := viet.ParseFloat([]byte(s), viet.StylePlain)
		return string(viet.AppendFloat(nil, f)), err == nil
	case Boolean:
		v, _, err := viet.ParseBool([]byte(s))
		return string(viet.AppendBool(nil, v)), err == nil
	case Date:
		d, std, err := viet.ParseDate([]byte(s))
		return d.String(), err == nil && !std
	case PartialDate:
		p, std, err := viet.ParsePartialDate([]byte(s))
		return p.String(), err == nil && !std
	case Time:
		return clock(s)
	case Timestamp:
		m, _, err := viet.ParseTime([]byte(s))
		return string(viet.AppendTimeUTC(nil, m)), err == nil
	case Text:
		return s, true
	}
	return s, false
}

// sets give what a rule over the whole set counts for.
var sets = map[string]struct {
	group     Group
	criterion Criterion
}{
	"rowCount": {Missing, Complete}, "nullValues": {Missing, Complete}, "missingValues": {Missing, Complete},
	"invalidValues": {Outlier, Valid}, "duplicateValues": {Duplicate, Clean}, "sql": {CrossField, Valid},
}

// overall makes a rule over the whole set.
func (b *builder) overall(at, metric string, q *odcs.QualityRule, base Rule, bound Bound) {
	base.Kind, base.Metric, base.Bound = RuleSet, metric, bound
	base.Percent = strings.EqualFold(q.Unit, "percent") && metric != "rowCount" && metric != "sql"
	if base.Group == "" {
		base.Group = sets[metric].group
	}
	if base.Criterion == "" {
		base.Criterion = sets[metric].criterion
	}
	if base.Layer == "" {
		base.Layer = Business
	}
	switch metric {
	case "missingValues":
		base.Values = texts(q.Arguments["missingValues"])
	case "invalidValues":
		values, pattern, ok := b.allowed(at, q, base.Columns[0])
		if !ok {
			return
		}
		base.Values = values
		if pattern != "" {
			re, err := RE2(plainText(pattern))
			if err != nil {
				b.pattern(base.Columns[0], at+"/arguments/pattern", pattern, base) // says what is wrong
				return
			}
			base.Pattern = re
		}
	}
	if base.Expected == (Sentence{}) {
		base.Expected = expectSet(b.obj, &base)
		if metric == "sql" && q.Description != "" {
			base.Expected = Sentence{q.Description, q.Description}
		}
	}
	if base.ID == "" {
		base.ID = metric
		if len(base.Columns) > 0 {
			base.ID = b.obj.Columns[base.Columns[0]].Store + "." + metric
		}
		if metric == "sql" {
			base.ID += "_" + short6(base.SQL)
		}
	}
	b.add(base)
}

// short6 names a rule that has no name by its text, so that the name stays when
// other rules come and go.
func short6(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}

// operator reads the bound of a rule.
func (b *builder) operator(at string, q *odcs.QualityRule) (Bound, bool) {
	name, operands, ok := q.Operator()
	if !ok {
		b.fail(CodeRule, at, "Quy tắc thiếu ngưỡng. Thêm mustBe, mustBeLessThan, …", "The rule lacks a bound. Add mustBe, mustBeLessThan, …")
		return Bound{}, false
	}
	bound := Bound{Op: operators[name]}
	for i, v := range operands {
		f, ok := number(v)
		if !ok {
			b.fail(CodeRule, at+"/"+name, "%s phải là số, đang là “%v”.", "%s must be a number and is \"%v\".", name, v)
			return Bound{}, false
		}
		if i == 0 {
			bound.A = f
		} else {
			bound.B = f
		}
	}
	if len(operands) == 2 && bound.A > bound.B {
		b.fail(CodeRule, at+"/"+name, "%s: số nhỏ phải đứng trước.", "%s: the smaller number comes first.", name)
		return Bound{}, false
	}
	return bound, true
}

var operators = map[string]string{
	"mustBe": "=", "mustNotBe": "!=", "mustBeGreaterThan": ">", "mustBeGreaterOrEqualTo": ">=",
	"mustBeLessThan": "<", "mustBeLessOrEqualTo": "<=", "mustBeBetween": "between", "mustNotBeBetween": "not-between",
}

// sqlSet resolves a query over the whole set.
func (b *builder) sqlSet(own int, at string, q *odcs.QualityRule, base Rule) {
	bound, ok := b.operator(at, q)
	if !ok {
		return
	}
	sql, ok := b.readSQL(at+"/query", q.Query, own)
	if !ok {
		return
	}
	if sql.first != "select" && sql.first != "with" {
		b.fail(CodeSQL, at+"/query", "Câu kiểm tra phải là một câu SELECT trả về một số.", "The query must be one SELECT that gives one number.")
		return
	}
	base.SQL = sql.text
	b.overall(at, "sql", q, base, bound)
}

// custom resolves an expression of ours; rules of other engines are left to
// them.
func (b *builder) custom(own int, at string, q *odcs.QualityRule, base Rule) {
	if q.Engine != "phohien" {
		b.note(CodeNotJudged, at, "Quy tắc của công cụ “%s” không được kiểm tra ở đây.", "A rule for the engine %q is not judged here.", q.Engine)
		return
	}
	text, ok := q.Implementation.(string)
	if !ok {
		b.fail(CodeSQL, at+"/implementation", "implementation phải là một biểu thức SQL đúng hoặc sai trên một bản ghi, ví dụ: \"so_nam + so_nu = tong_so\".",
			"implementation must be an SQL expression over one row, for example \"males + females = total\".")
		return
	}
	sql, ok := b.readSQL(at+"/implementation", text, own)
	if !ok {
		return
	}
	switch sql.first {
	case "select", "with", "from", "insert", "update", "delete", "copy", "attach", "pragma", "set", "create", "drop", "alter", "call", "install", "load":
		b.fail(CodeSQL, at+"/implementation", "implementation phải là một biểu thức trên một bản ghi, không phải câu lệnh %s. Kiểm tra cả bộ dữ liệu thì dùng type: sql.",
			"implementation must be an expression over one row, not a statement %s. To check the whole set use type: sql.", strings.ToUpper(sql.first))
		return
	}
	for _, i := range sql.columns {
		if i != own {
			base.Columns = append(base.Columns, i)
		}
	}
	if len(base.Columns) == 0 {
		b.fail(CodeSQL, at+"/implementation", "Biểu thức không nhắc đến trường nào của bảng. Có: %s.", "The expression names no property of the object. There are: %s.", b.columnNames())
		return
	}
	base.Kind, base.SQL = RuleSQL, sql.text
	if base.Expected == (Sentence{}) {
		text := first(q.Description, strings.Join(strings.Fields(text), " "))
		base.Expected = Sentence{"thỏa điều kiện: " + text, "that holds: " + text}
	}
	if base.ID == "" {
		base.ID = b.obj.Columns[base.Columns[0]].Store + ".sql_" + short6(sql.text)
	}
	b.add(base)
}
