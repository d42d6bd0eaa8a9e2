package policy_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/foundation/policy"
)

// one is a policy that is right, with its parts to be changed.
const one = `// Ghi chú.
@id("thu")
@vi("Thử")
@rows("all")
permit (principal in Role::"official", action == Action::"read", resource is Dataset)
when { resource.access == "open" && context.own };`

func TestCheck(t *testing.T) {
	p := standard(t)
	if list := p.Check("thu", one); len(list) > 0 {
		t.Fatalf("a policy that is right: %v", list)
	}
	for _, c := range []struct {
		from, to     string
		line, column int
		vi           string
	}{
		{`"read"`, `"raed"`, 5, 58, "Có phải là “read”"},
		{`"read"`, `"see-all"`, 5, 58, "Có: describe"},
		{`"official"`, `"oficial"`, 5, 28, "Có phải là “official”"},
		{`Dataset`, `Datset`, 5, 78, "Có phải là “Dataset”"},
		{`resource.access`, `resource.acess`, 6, 17, "Có phải là “access”"},
		{`"open"`, `"opne"`, 6, 27, "Có phải là “open”"},
		{`context.own`, `context.owner`, 6, 45, "thuộc tính “owner”"},
		{`context.own`, `context.rows`, 6, 1, "Điều kiện không dùng được"},
		{`context.own`, `principal.org == "x"`, 6, 37, "principal không có thuộc tính"},
		{`context.own`, `context.approvals + 1 == 2`, 6, 1, "không tính toán"},
		{`context.own`, `ip("127.0.0.1").isIpv4()`, 6, 1, "không tính toán"},
		{`context.own`, `principal in Role::"oficial"`, 6, 56, "Có phải là “official”"},
		{`context.own`, `principal is Persn`, 6, 50, "Có phải là “Person”"},
		{`context.own`, `resource.kind == "name"`, 6, 1, "Điều kiện không dùng được"},
		{`context.own`, ``, 6, 39, "Sai cú pháp"},
		{`;`, ``, 1, 1, "chưa kết thúc"},
		{`when`, `whne`, 6, 6, "gặp “whne” mà cần “;”"},
		{`"all"`, `"al"`, 4, 7, "Có phải là “all”"},
		{"@rows(\"all\")\n", "", 1, 1, "Thiếu @rows"},
		{`@rows("all")`, `@row("all")`, 4, 2, "Có phải là “rows”"},
		{"@vi(\"Thử\")\n", "", 1, 1, "Thiếu @vi"},
		{`@vi("Thử")`, `@vi`, 3, 1, "Thiếu @vi"},
		{`@id("thu")`, `@id("Thu")`, 2, 1, "Thiếu @id"},
		{`@id("thu")`, `@id("khac")`, 2, 1, "khác mã"},
		{`@id("thu")`, `@id("thu") @purpose("require")`, 2, 21, "Có phải là “required”"},
		{`@id("thu")`, `@id("thu") @mask("last4")`, 2, 12, "chỉ dùng cho hành động see"},
		{`@id("thu")`, `@id("thu") @group("5")`, 2, 12, "aggregate"},
		{`Ghi chú`, "Ghi chú \u202e", 1, 12, "không nhìn thấy"},
		{`Ghi chú`, "Ghi chu\u0301", 1, 1, "Unicode"},
		{`Ghi chú`, "Ghi \u0441hú", 1, 8, "La-tinh"}, // a Cyrillic с
		{`"official"`, "\"оfficial\"", 5, 29, "La-tinh"},
		{`Ghi chú`, "\xff", 1, 1, "UTF-8"},
		{`principal in Role::"official"`, `principal == Role::"official"`, 6, 1, "Điều kiện không dùng được"},
		{`resource is Dataset`, `resource == Column::"so"`, 5, 86, "Column::\"bộ-dữ-liệu/tên_trường\""},
		{`resource is Dataset`, `resource == Column::"so-yt/ten"`, 6, 1, "Điều kiện không dùng được"},
		{`resource is Dataset`, `resource in Dataset::""`, 5, 78, "để trống"},
		{one, one + "\n" + strings.Replace(one, "thu", "hai", 1), 1, 1, "có 2"},
		{one, ``, 1, 1, "có 0"},
		{`context.own`, strings.Repeat("(", 30) + "true" + strings.Repeat(")", 30), 1, 1, "lồng nhau"},
		{`context.own`, strings.Repeat("true && ", 2000) + "true", 1, 1, "từ và dấu"},
		{`Ghi chú`, strings.Repeat("x", 20<<10), 1, 1, "dài hơn"},
	} {
		list := p.Check("thu", strings.Replace(one, c.from, c.to, 1))
		if len(list) == 0 || !policy.Broken(list) {
			t.Errorf("%q is taken: %v", c.to, list)
			continue
		}
		f := list[0]
		if f.Line != c.line || f.Column != c.column || !strings.Contains(f.Vi, c.vi) || f.En == "" {
			t.Errorf("%q: %d:%d %s / %s", c.to, f.Line, f.Column, f.Vi, f.En)
		}
	}
}

// TestWarnings: what is dangerous is said, and may be done.
func TestWarnings(t *testing.T) {
	p := standard(t)
	for text, vi := range map[string]string{
		`@id("thu") @vi("x") @rows("all") permit (principal, action, resource);`:                                                                   "mọi đối tượng",
		`@id("thu") @vi("x") @rows("all") permit (principal, action == Action::"read", resource is Dataset);`:                                      "kể cả không có tài khoản",
		`@id("thu") @vi("x") @rows("all") permit (principal in Role::"analyst", action == Action::"read", resource);`:                              "mọi bản ghi",
		`@id("thu") @vi("x") permit (principal in Role::"analyst", action == Action::"see", resource is Column) when { resource.kind == "name" };`: "không đòi nêu mục đích",
		`@id("thu") @vi("x") forbid (principal, action == Action::"read", resource);`:                                                              "cấm mọi người",
	} {
		list := p.Check("thu", text)
		if len(list) != 1 || list[0].Severity != "warning" || !strings.Contains(list[0].Vi, vi) {
			t.Errorf("%s: %v", text, list)
		}
	}
}

func TestSettings(t *testing.T) {
	p := standard(t)
	for text, vi := range map[string]string{
		"kind: Policy":                                              "kind phải là",
		"kind: Policies\ncolour: red":                               "Không đọc được",
		"kind: Policies\nsmallestGroup: 1":                          "từ 2 đến 1000",
		"kind: Policies\nroles: [{id: Analyst, vi: A}]":             "Mã vai trò",
		"kind: Policies\nroles: [{id: x}]":                          "thiếu vi",
		"kind: Policies\nroles: [{id: x, vi: A}, {id: x, vi: B}]":   "hai lần",
		"kind: Policies\nconflicts: [{roles: [cdo], vi: A}]":        "ít nhất hai",
		"kind: Policies\nconflicts: [{roles: [cdo, cdp], vi: A}]":   "Có phải là “cdo”",
		"kind: Policies\npurposes: [{code: A b, vi: A}]":            "Mục đích",
		"kind: Policies\nmasks: [{kind: name, mask: clear}]":        "cách che",
		"kind: Policies\nmasks: [{mask: year}]":                     "thiếu kind",
		"kind: [" + strings.Repeat("[", 100):                        "lồng nhau",
		"kind: Policies\nroles: [{id: x, vi: \"\u0430\"}]":          "La-tinh",
		"kind: Policies\nsmallestGroup: " + strings.Repeat("9", 40): "",
	} {
		list := p.Check(policy.SettingsID, text)
		if !policy.Broken(list) || !strings.Contains(list[0].Vi, vi) {
			t.Errorf("%.60s: %v", text, list)
		}
	}
	if list := p.Check(policy.SettingsID, "kind: Policies\nroles: [{id: truc-ban, vi: Trực ban}, {id: unit_head, vi: Người đứng đầu}]\n"); len(list) > 0 {
		t.Errorf("a role more: %v", list)
	}
}

// TestLoad reports the faults of every file at once.
func TestLoad(t *testing.T) {
	_, list, err := policy.Load(fstest.MapFS{
		"policies.yaml": {Data: []byte("kind: Policies\nfiles: [a.cedar, b.cedar, c.cedar]\n")},
		"a.cedar":       {Data: []byte(one + "\n\n" + strings.Replace(one, `"read"`, `"raed"`, 1))},
		"b.cedar":       {Data: []byte("permit (\n")},
	})
	if err == nil || len(list) < 3 {
		t.Fatalf("%v %v", list, err)
	}
	for i, want := range []string{"a.cedar thu:12:58:", "b.cedar:1:1:", "c.cedar:0:0:"} {
		if !strings.HasPrefix(list[i].String(), want) {
			t.Errorf("%s, want %s", list[i], want)
		}
	}
	if _, list, err := policy.Load(fstest.MapFS{"policies.yaml": {Data: []byte("kind: Policies\nfiles: [a.cedar]\n")}, "a.cedar": {Data: []byte(one + one)}}); err == nil || !strings.Contains(list[0].Vi, "hai lần") {
		t.Errorf("an id twice: %v %v", list, err)
	}
}

// FuzzCheck: no text brings the checks down, and what passes them can be asked.
func FuzzCheck(f *testing.F) {
	p := standard(f)
	f.Add(one)
	f.Add(strings.Repeat("(", 100))
	f.Add(`@id("a") @vi("b") @rows("all") permit(principal, action, resource) when { if context.own then {a: [1]}.a.contains(1) else resource like "x*" };`)
	f.Add(`@id("a") @vi("b") forbid(principal is Person in Role::"cdo", action in [], resource in Dataset::"") unless { principal has x.y.z && !(-9223372036854775808 == 1) };`)
	f.Add("@vi(\"\\u{0}\")permit(principal,action,resource)when{context[\"own\"]};")
	f.Add("kind: Policies\nroles: [{id: x, vi: y}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range []string{"a", policy.SettingsID} {
			for _, finding := range p.Check(id, text) {
				if finding.Vi == "" || finding.En == "" || strings.Contains(finding.Vi+finding.En, "%!") {
					t.Errorf("%+v", finding)
				}
			}
		}
		q, list, err := policy.Load(fstest.MapFS{"policies.yaml": {Data: []byte("kind: Policies\nfiles: [a.cedar]\n")}, "a.cedar": {Data: []byte(text)}})
		if (err == nil) == policy.Broken(list) {
			t.Fatalf("%v %v", err, list)
		}
		if err != nil {
			return
		}
		who := policy.Who{Kind: "person", ID: "an", Org: "so-yt", Roles: []string{policy.RoleOfficial, policy.RoleCDO}, Units: []string{"11953"}}
		for _, action := range policy.Actions() {
			for _, because := range q.Allow(who, action, patients(), policy.Purpose{}).Because {
				if strings.Contains(because.Vi, "Không tính được") {
					t.Errorf("%s: %+v", text, because)
				}
			}
		}
	})
}
