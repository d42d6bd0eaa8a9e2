package contract

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// A Change is one difference between two versions of a contract. It is breaking
// when a sender whose files were accepted, or a consumer who reads the rows,
// has to change something, or when stored rows would have to be converted.
type Change struct {
	Code     string   `json:"code"`
	Object   string   `json:"object,omitempty"` // name of the object, "" for the contract
	Column   string   `json:"column,omitempty"` // name of the column
	Rule     string   `json:"rule,omitempty"`   // id of the rule
	Breaking bool     `json:"breaking"`
	Text     Sentence `json:"text"`
}

// Classifies reports whether a change decides how data are classified, which is a duty
// of its own.
func (c Change) Classifies() bool {
	return slices.Contains([]string{"access", "class", "personal", "classification", "sealed"}, c.Code)
}

// Breaking reports whether any of the changes is breaking.
func Breaking(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Breaking })
}

// Diff says what changes from one version of a contract to the next, as the
// platform understands both: what odcs.Diff sees as text, this sees as tables,
// keys, rules and promises. Two documents that mean the same differ in nothing.
func Diff(old, new *Contract) []Change {
	d := &differ{}
	d.contract(old, new)
	for _, o := range old.Objects {
		if n := objectNamed(new, o.Name); n != nil {
			d.object = o.Name
			d.objects(o, n)
			continue
		}
		d.object = o.Name
		d.add("object-removed", true, "Bỏ bảng “%s”.", "The object %q is removed.", o.Name)
	}
	for _, n := range new.Objects {
		if objectNamed(old, n.Name) == nil {
			d.object = n.Name
			d.add("object-added", false, "Thêm bảng “%s”.", "The object %q is added.", n.Name)
		}
	}
	return d.changes
}

type differ struct {
	changes              []Change
	object, column, rule string
}

func (d *differ) add(code string, breaking bool, vi, en string, args ...any) {
	d.changes = append(d.changes, Change{
		Code: code, Object: d.object, Column: d.column, Rule: d.rule, Breaking: breaking,
		Text: Sentence{
			Vi: say(vi, args, func(b bilingual) string { return b.vi }),
			En: say(en, args, func(b bilingual) string { return b.en }),
		},
	})
}

// value adds a change of one setting.
func (d *differ) value(code string, breaking bool, vi, en string, old, new any) {
	if was, is := fmt.Sprint(old), fmt.Sprint(new); was != is {
		d.add(code, breaking, vi+": “%s” thành “%s”.", en+": from %q to %q.", was, is)
	}
}

func objectNamed(c *Contract, name string) *Object {
	for _, o := range c.Objects {
		if o.Name == name {
			return o
		}
	}
	return nil
}

func (d *differ) contract(o, n *Contract) {
	d.value("id", true, "Đổi địa chỉ bộ dữ liệu", "The data set's address changes", o.ID, n.ID)
	d.value("version", false, "Đổi số phiên bản", "The version changes", o.Version, n.Version)
	d.value("status", n.Status == "retired" || n.Status == "deprecated", "Đổi trạng thái", "The status changes", o.Status, n.Status)
	d.value("name", false, "Đổi tên", "The name changes", o.Name, n.Name)
	d.value("owner", false, "Đổi cơ quan chủ quản dữ liệu", "The owner changes", o.Owner, n.Owner)
	d.value("access", false, "Đổi phạm vi sử dụng", "How widely it may be used changes", o.Access, n.Access)
	d.value("class", false, "Đổi phân loại", "The classification changes", o.Class, n.Class)
	d.value("provenance", false, "Đổi nguồn gốc dữ liệu", "The provenance changes", o.Provenance.Kind, n.Provenance.Kind)
	d.value("source", false, "Đổi nơi lấy dữ liệu", "The source changes", o.Provenance.Source, n.Provenance.Source)
	d.value("licence", false, "Đổi giấy phép", "The licence changes", o.Provenance.Licence, n.Provenance.Licence)
	d.value("attribution", false, "Đổi lời ghi công", "The attribution changes", o.Provenance.Attribution, n.Provenance.Attribution)
	d.value("origin", true, "Đổi nơi sửa bản ghi", "The place where records are corrected changes", o.Origin, n.Origin)
	d.value("register", o.Register != "", "Đổi sổ của nền tảng mà bộ dữ liệu giữ", "The register of the platform that the data set keeps changes", o.Register, n.Register)
	d.value("storage", true, "Đổi cách lưu", "The storage changes", o.Storage, n.Storage)
	d.value("weight", false, "Đổi trọng số", "The weight changes", o.Weight, n.Weight)
	d.value("hold", false, "Đổi ngưỡng chờ xác nhận", "The thresholds for holding a batch change", o.Hold, n.Hold)
	d.value("history", shorter(keeps(o), keeps(n)), "Đổi thời gian giữ lịch sử", "The time that history is kept changes", keeps(o), keeps(n))
	d.value("retention", shorter(periodText(o.Retention.Originals), periodText(n.Retention.Originals)), "Đổi thời gian giữ tệp gốc", "The time that originals are kept changes",
		periodText(o.Retention.Originals), periodText(n.Retention.Originals))
	slower := o.Frequency.Every > 0 && (n.Frequency.Every == 0 || n.Frequency.Every > o.Frequency.Every)
	d.value("frequency", slower, "Đổi tần suất cập nhật", "The promised frequency changes", o.Frequency.Every, n.Frequency.Every)
	d.value("frequency-element", false, "Đổi trường tính tiêu chí sống", "The column of liveliness changes", o.Frequency.Element, n.Frequency.Element)
	d.value("description", false, "Đổi mục đích", "The purpose changes", o.Purpose, n.Purpose)
	d.value("description", false, "Đổi giới hạn", "The limitations change", o.Limitations, n.Limitations)
	d.value("description", false, "Đổi cách dùng", "The usage changes", o.Usage, n.Usage)
	d.catalogue(o, n)
}

// catalogue compares what the catalogue of data sets is told. How sensitive data
// are, and who decided it, is a matter of classification.
func (d *differ) catalogue(o, n *Contract) {
	was, is := o.Described(), n.Described()
	for _, f := range catalogueFields {
		code := "catalogue"
		switch f.Key {
		case KeyPurpose:
			continue // said above
		case KeySensitive, KeyPersonal, KeyDecision:
			code = "classification"
		}
		d.value(code, false, "Đổi thông tin danh mục – "+f.Name.Vi, "The catalogue changes: "+f.Name.En, was[f.Key], is[f.Key])
	}
	d.value("catalogue", false, "Đổi hình thức chia sẻ của trường thông tin", "The mode of sharing of properties changes", modesText(o), modesText(n))
	d.value("catalogue", false, "Đổi thông tin danh mục – Thời hạn lưu trữ", "The catalogue changes: Retention period", o.RetainedBy, n.RetainedBy)
	d.value("catalogue", false, "Đổi lĩnh vực", "The sector changes", o.Domain, n.Domain)
}

func modesText(c *Contract) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.Catalogue.ItemModes)) {
		all = append(all, name+": "+c.Catalogue.ItemModes[name])
	}
	return strings.Join(all, ", ")
}

const forever = "forever"

func keeps(c *Contract) string {
	if c.NoHistory {
		return "none"
	}
	return periodText(c.History)
}

func periodText(p Period) string {
	if p.IsZero() {
		return forever
	}
	return fmt.Sprintf("P%dY%dM%dD", p.Years, p.Months, p.Days)
}

// shorter tells whether less is kept: any change except to forever is taken for
// less, unless the parts all grow.
func shorter(old, new string) bool {
	if new == forever || old == "none" {
		return false
	}
	if old == forever || new == "none" {
		return true
	}
	var o, n Period
	fmt.Sscanf(old, "P%dY%dM%dD", &o.Years, &o.Months, &o.Days)
	fmt.Sscanf(new, "P%dY%dM%dD", &n.Years, &n.Months, &n.Days)
	return n.Years < o.Years || n.Years == o.Years && (n.Months < o.Months || n.Months == o.Months && n.Days < o.Days)
}

func (d *differ) objects(o, n *Object) {
	defer func() { d.object, d.column, d.rule = "", "", "" }()
	d.value("dataset", true, "Đổi địa chỉ bảng", "The object's address changes", o.Dataset, n.Dataset)
	d.value("table", true, "Đổi tên bảng lưu trữ", "The table's name changes", o.Table, n.Table)
	d.value("title", false, "Đổi tên hiển thị của bảng", "The object's title changes", o.Title, n.Title)
	d.value("description", false, "Đổi mô tả của bảng", "The object's description changes", o.About, n.About)
	d.value("key", true, "Đổi khóa", "The key changes", o.names(o.Key...), n.names(n.Key...))
	d.value("mode", true, "Đổi cách cập nhật", "The mode changes", o.Mode, n.Mode)
	slice := o.Mode == Slice || n.Mode == Slice
	d.value("sender", slice, "Đổi trường đơn vị gửi", "The sender's column changes", o.names(o.Sender), n.names(n.Sender))
	d.value("period", slice, "Đổi trường kỳ dữ liệu", "The period's column changes", o.names(o.Period), n.names(n.Period))
	d.value("order-by", false, "Đổi trường thứ tự thay đổi ở nguồn", "The column that orders versions changes", o.names(o.OrderBy), n.names(n.OrderBy))
	d.value("validity", true, "Đổi trường hiệu lực", "The validity's columns change", o.names(o.ValidFrom, o.ValidTo), n.names(n.ValidFrom, n.ValidTo))
	d.value("expectation", false, "Đổi số bản ghi dự kiến", "The expectation changes", o.Expect, n.Expect)
	for i := range o.Columns {
		d.column = o.Columns[i].Name
		j := n.Column(d.column)
		if j < 0 {
			d.add("column-removed", true, "Bỏ trường “%s”.", "The property %q is removed.", d.column)
			continue
		}
		d.columns(&o.Columns[i], &n.Columns[j])
	}
	for j := range n.Columns {
		if d.column = n.Columns[j].Name; o.Column(d.column) < 0 {
			required := n.Columns[j].Required
			kind := bilingual{"không bắt buộc", "not required"}
			if required {
				kind = bilingual{"bắt buộc", "required"}
			}
			d.add("column-added", required, "Thêm trường “%s” (%s).", "The property %q is added (%s).", d.column, kind)
		}
	}
	d.rules(o, n)
}

// names writes columns for a comparison.
func (o *Object) names(columns ...int) string {
	var names []string
	for _, i := range columns {
		if i >= 0 {
			names = append(names, o.Columns[i].Name)
		}
	}
	return strings.Join(names, ", ")
}

func (d *differ) columns(o, n *Column) {
	d.value("store-name", true, "Đổi tên cột lưu trữ", "The column's name in the stores changes", o.Store, n.Store)
	if was, is := typeText(o), typeText(n); was != is {
		wider := o.Type == Decimal && n.Type == Decimal && o.Scale == n.Scale && o.Precision < n.Precision
		d.value("type", !wider, "Đổi kiểu", "The type changes", was, is)
	}
	if o.Volatile != n.Volatile {
		d.add("volatile", false, "Đổi phohien.volatile: lần gửi đầy đủ sau sẽ ghi lại các bản ghi.", "phohien.volatile changes: the next full load rewrites the records.")
	}
	if o.Sealed != n.Sealed {
		d.add("sealed", true, "Đổi phohien.sealed: bảng đã có bản ghi thì không đổi được, phải nạp vào bảng mới.", "phohien.sealed changes: a table that has rows cannot follow, they have to be loaded into a new one.")
	}
	d.value("title", false, "Đổi tên hiển thị", "The title changes", o.Title, n.Title)
	d.value("description", false, "Đổi mô tả", "The description changes", o.About, n.About)
	d.value("classification", o.Classification != "", "Đổi phân loại", "The classification changes", o.Classification, n.Classification)
	d.value("personal", false, "Đổi phân loại dữ liệu cá nhân", "What it tells of a person changes", o.Personal, n.Personal)
	d.value("term", false, "Đổi thuật ngữ", "The term changes", o.Term, n.Term)
	d.value("not-mapped", false, "Đổi lý do chưa ánh xạ", "The reason for not being mapped changes", o.NotMapped, n.NotMapped)
	d.value("normalise", false, "Đổi cách viết chuẩn", "The form of the words changes", join(o.Normalise), join(n.Normalise))
	d.value("tags", false, "Đổi thẻ", "The tags change", o.Tags, n.Tags)
	d.value("example", false, "Đổi ví dụ", "The example changes", o.Example, n.Example)
	lost := slices.ContainsFunc(o.Aliases, func(a string) bool { return !slices.Contains(n.Aliases, a) })
	d.value("aliases", lost, "Đổi tên cột khác", "The aliases change", strings.Join(o.Aliases, ", "), strings.Join(n.Aliases, ", "))
}

func typeText(c *Column) string {
	s := string(c.Type)
	switch c.Type {
	case Decimal:
		s += fmt.Sprintf("(%d,%d)", c.Precision, c.Scale)
	case PartialDate:
		s += " " + c.Finest
	case Geometry:
		s += " " + first(c.Shape, "any")
	case JSON:
		if c.Array {
			s += " array"
		}
	}
	return s
}

// rules compares rules by id, and where a column got another name in the stores
// by kind and columns. What follows from the columns and the key, which have
// been compared, says nothing of its own.
func (d *differ) rules(o, n *Object) {
	d.column = ""
	matched := map[*Rule]bool{}
	for i := range o.Rules {
		r := &o.Rules[i]
		if r.Kind == RuleType || r.Kind == RuleKey || !o.stillThere(r, n) {
			continue
		}
		d.rule = r.ID
		if j := o.counterpart(r, n); j != nil {
			matched[j] = true
			d.oneRule(o, n, r, j)
			continue
		}
		d.add("rule-removed", false, "Bỏ quy tắc %s: %s.", "The rule %s is removed: %s.", r.ID, bilingual{r.Expected.Vi, r.Expected.En})
	}
	for j := range n.Rules {
		r := &n.Rules[j]
		if r.Kind == RuleType || r.Kind == RuleKey || matched[r] || !n.stillThere(r, o) {
			continue
		}
		d.rule = r.ID
		d.add("rule-added", r.Severity == Reject, "Thêm quy tắc %s (%s): %s.", "The rule %s (%s) is added: %s.", r.ID, r.Severity, bilingual{r.Expected.Vi, r.Expected.En})
	}
	d.rule = ""
}

// counterpart finds a rule in another version of the object.
func (o *Object) counterpart(r *Rule, other *Object) *Rule {
	if same := other.rule(r.ID); same != nil {
		return same
	}
	for i := range other.Rules {
		c := &other.Rules[i]
		if c.Kind == r.Kind && o.rule(c.ID) == nil && len(r.Columns) > 0 && other.names(c.Columns...) == o.names(r.Columns...) {
			return c
		}
	}
	return nil
}

// stillThere tells whether all columns of a rule are in the other version too;
// if not, the columns' change says it all.
func (o *Object) stillThere(r *Rule, other *Object) bool {
	for _, i := range r.Columns {
		if other.Column(o.Columns[i].Name) < 0 {
			return false
		}
	}
	return true
}

func (o *Object) rule(id string) *Rule {
	for i := range o.Rules {
		if o.Rules[i].ID == id {
			return &o.Rules[i]
		}
	}
	return nil
}

func (d *differ) oneRule(old, new *Object, o, n *Rule) {
	if o.Severity != n.Severity {
		d.value("rule-severity", n.Severity == Reject, "Đổi mức của quy tắc "+n.ID, "The severity of the rule "+n.ID+" changes", o.Severity, n.Severity)
	}
	if old.demand(o) != new.demand(n) {
		d.add("rule-changed", n.Severity == Reject && !looser(o, n), "Đổi quy tắc %s: %s, nay là %s.", "The rule %s changes: %s, now %s.",
			n.ID, bilingual{o.Expected.Vi, o.Expected.En}, bilingual{n.Expected.Vi, n.Expected.En})
		return
	}
	was, is := fmt.Sprint(o.Group, o.Criterion, o.Layer), fmt.Sprint(n.Group, n.Criterion, n.Layer)
	d.value("rule-weight", false, "Đổi cách tính điểm của quy tắc "+n.ID, "How the rule "+n.ID+" is scored changes", was, is)
	d.value("rule-text", false, "Đổi lời của quy tắc "+n.ID, "The words of the rule "+n.ID+" change", o.Expected.Vi, n.Expected.Vi)
}

// demand writes what a rule asks for, columns by name, so that moving a column
// is no change.
func (o *Object) demand(r *Rule) string {
	ref, on := "", -1
	if r.Reference != nil {
		ref, on = fmt.Sprint(r.Reference.Dataset, "|", r.Reference.Column, "|", r.Reference.Today), r.Reference.On
	}
	shape := ""
	if r.Shape != nil {
		shape = r.Shape.text()
	}
	return fmt.Sprintf("%s|%s|%q|%s|%v|%s|%v|%s|%q|%s|%s|%s|%s|%s|%q|%s|%v|%v|%s|%v|%s", r.Kind, o.names(r.Columns...), r.Pattern, r.Min, r.MinOut, r.Max, r.MaxOut,
		r.Multiple, r.Values, r.CodeList, o.names(r.On), ref, o.names(on), shape, r.SQL, r.Metric, r.Percent, r.Bound, r.Identifier, r.Doubt, r.UnitFrom.text(o))
}

// looser tells that whatever passed the old rule passes the new one.
func looser(o, n *Rule) bool {
	if o.Kind != n.Kind {
		return false
	}
	switch o.Kind {
	case RuleLength, RuleRange:
		return reaches(n.Min, o.Min, n.MinOut, o.MinOut, -1) && reaches(n.Max, o.Max, n.MaxOut, o.MaxOut, 1)
	case RuleValues:
		return !slices.ContainsFunc(o.Values, func(v string) bool { return !slices.Contains(n.Values, v) })
	case RuleRequired:
		return !slices.ContainsFunc(n.Values, func(v string) bool { return !slices.Contains(o.Values, v) })
	}
	return false
}

// reaches tells that bound a lets through all that bound b does; towards is -1
// for a minimum, 1 for a maximum.
func reaches(a, b string, aOut, bOut bool, towards int) bool {
	switch {
	case a == "":
		return true
	case b == "":
		return false
	}
	order := strings.Compare(a, b)
	x, ok := new(big.Rat).SetString(a)
	y, also := new(big.Rat).SetString(b)
	if ok && also {
		order = x.Cmp(y)
	}
	return order == towards || order == 0 && (!aOut || bOut)
}
