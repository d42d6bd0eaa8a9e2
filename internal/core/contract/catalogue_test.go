package contract_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// catalogued is a contract with these lines under phohien.catalogue, in a group of
// its own, after more custom properties.
func catalogued(more, lines string) string {
	top := "customProperties:\n"
	if more != "" {
		top += "  - " + more + "\n"
	}
	return contractWith(top+"  - property: phohien.catalogue\n    value:\n      "+strings.ReplaceAll(lines, "\n", "\n      "), "", "logicalType: string")
}

func TestCatalogue(t *testing.T) {
	c, findings := contract.Resolve(read(t, catalogued("{property: phohien.access, value: open}", `title_en: A thing
layer: danh_muc
lineage: [vn-xa, vn-tinh]
access_methods: [api, package]
item_modes: {ma: dac_thu}
update_period: P1M`)), contract.Options{})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	got := c.Described()
	for key, want := range map[string]string{"title_en": "A thing", "layer": "danh_muc", "lineage": "vn-xa, vn-tinh", "access_methods": "api, package", "update_period": "P1M", "original": ""} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
	if c.Catalogue.ItemModes["ma"] != "dac_thu" || c.PersonalData() != "khong" {
		t.Errorf("%v %q", c.Catalogue.ItemModes, c.PersonalData())
	}
}

// What is wrong is told at its line, with the values that are allowed or the name
// that was probably meant.
func TestCatalogue_wrong(t *testing.T) {
	const line = 11 // of the first entry
	for name, c := range map[string]struct{ more, lines, says string }{
		"closed list":       {"", "layer: danh-muc", "Chọn một trong: dac_ta (đặc tả), danh_muc (danh mục)"},
		"misspelt":          {"", "stewart_user: Văn phòng", "Có phải steward_user?"},
		"at home elsewhere": {"", "purpose: Để dùng", "đã có chỗ ở description.purpose"},
		"title":             {"", "title_vi: Tên", "đã có chỗ ở name"},
		"nothing like it":   {"", "hoan_toan_khac: 1", "Có: access_methods, archive_rule"},
		"empty":             {"", "title_en: ' '", "đoạn chữ không trống"},
		"not a text":        {"", "title_en: 12", "đoạn chữ không trống"},
		"no period":         {"", "update_period: hằng tháng", "không phải khoảng thời gian ISO 8601"},
		"not an id":         {"", "lineage: [Xã]", "danh sách mã bộ dữ liệu"},
		"one twice":         {"", "lineage: [vn-xa, vn-xa]", "mỗi mã một lần"},
		"methods":           {"", "access_methods: [fax]", "api (theo yêu cầu (API))"},
		"mark":              {"", "original: false", "chỉ ghi true"},
		"mode of an item":   {"", "item_modes: {ma: shared}", "một trong: mo"},
		"both":              {"", "original: true\nlineage: [vn-xa]", "Bỏ một trong hai"},
		"itself":            {"", "lineage: [thu]", "chính bộ dữ liệu này"},
		"open but said not": {"{property: phohien.access, value: open}", "share_mode: mac_dinh", "không khớp với phohien.access: open"},
		"said open":         {"{property: phohien.access, value: shared}", "share_mode: mo", "không khớp với phohien.access: shared"},
		"core said public":  {"{property: phohien.class, value: core}", "sensitivity: noi_bo", "không khớp với phohien.class: core"},
		"no such column":    {"", "item_modes: {khong_co: mo}", "không có trường thông tin “khong_co”"},
	} {
		got, findings := contract.Resolve(read(t, catalogued(c.more, c.lines)), contract.Options{})
		i := slices.IndexFunc(findings, func(f contract.Finding) bool { return strings.Contains(f.MessageVi, c.says) })
		if got != nil || i < 0 {
			t.Errorf("%s: %v", name, findings)
			continue
		}
		if f := findings[i]; f.Line < line-1 || f.MessageEn == "" {
			t.Errorf("%s: line %d, %q", name, f.Line, f.MessageEn)
		}
	}
	text := strings.Replace(catalogued("", "personal_data: khong"), "logicalType: string\n", "logicalType: string\n        customProperties:\n          - {property: phohien.personal, value: {class: sensitive, kind: health}}\n", 1)
	if got, findings := contract.Resolve(read(t, text), contract.Options{}); got != nil {
		t.Errorf("personal columns are hidden: %v", findings)
	}
}

// The schema and the program know the same fields and values.
func TestCatalogue_schema(t *testing.T) {
	text, err := os.ReadFile("phohien.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type one struct {
		Enum  []string `json:"enum"`
		Items struct {
			Enum []string `json:"enum"`
		} `json:"items"`
	}
	var doc struct {
		Defs struct {
			Contract struct {
				Properties map[string]struct {
					Properties map[string]one `json:"properties"`
				} `json:"properties"`
			} `json:"contract"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	have := doc.Defs.Contract.Properties["phohien.catalogue"].Properties
	delete(have, "item_modes")
	for _, f := range contract.CatalogueFields() {
		if f.Key == contract.KeyPurpose {
			continue
		}
		s, there := have[f.Key]
		delete(have, f.Key)
		var want []string
		for _, v := range f.Values {
			want = append(want, v.Code)
		}
		if !there || !slices.Equal(want, append(s.Enum, s.Items.Enum...)) {
			t.Errorf("%s: %v, want %q", f.Key, s, want)
		}
	}
	if len(have) > 0 {
		t.Errorf("the schema has more: %v", have)
	}
}

func TestPersonalData(t *testing.T) {
	for name, c := range map[string]struct{ access, column, want string }{
		"nobody has decided": {"restricted", "", ""},
		"open":               {"open", "", "khong"},
		"basic":              {"restricted", "{class: basic, kind: name}", "co_ban"},
		"sensitive":          {"restricted", "{class: sensitive, kind: health}", "nhay_cam"},
	} {
		property := "logicalType: string"
		if c.column != "" {
			property += "\ncustomProperties:\n  - {property: phohien.personal, value: " + c.column + "}"
		}
		con, findings := contract.Resolve(read(t, contractWith("customProperties:\n  - {property: phohien.access, value: "+c.access+"}", "", property)), contract.Options{})
		if con == nil || con.PersonalData() != c.want {
			t.Errorf("%s: %v %v", name, con, findings)
		}
	}
}

func TestSensitivity(t *testing.T) {
	for _, c := range []struct{ access, class, want string }{
		{"open", "other", "cong_khai"}, {"shared", "other", "noi_bo"}, {"restricted", "core", "cot_loi"}, {"restricted", "important", "quan_trong"},
		{"", "other", ""}, {"shared", "", ""},
	} {
		con := &contract.Contract{Access: c.access, Class: c.class}
		if got := con.Sensitivity(); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.access, c.class, got, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		contracts := contract.NewStore(s.Control())
		before := "# đầu trang\n" + catalogued("{property: phohien.owner, value: hy-snv} # chủ quản", "title_en: A thing # tên\nscope: >-\n  Cả tỉnh,\n  hai cấp.")
		if _, _, err := contracts.Put(ctx, clerk, read(t, before), "goi"); err != nil {
			t.Fatal(err)
		}
		text := func() string {
			t.Helper()
			now, err := contracts.Current(ctx, "thu")
			if err != nil {
				t.Fatal(err)
			}
			b, err := contracts.Document(ctx, "thu", now.Digest)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		if err := contracts.Describe(ctx, clerk, "thu", map[string]string{"title_en": "A thing", "scope": "Cả tỉnh, hai cấp."}, ""); err != nil || text() != before {
			t.Errorf("what is said already: %v\n%s", err, text())
		}
		if err := contracts.Describe(ctx, clerk, "thu", map[string]string{"title_en": "Another"}, " "); !fault.Is(err, "contract.no-reason") {
			t.Errorf("without a reason: %v", err)
		}
		if err := contracts.Describe(ctx, clerk, "thu", map[string]string{
			"title_en": " Another  thing ", "steward_user": "Sở Nội vụ – chuyên viên phụ trách dữ liệu", "lineage": "vn-xa; vn-tinh", "purpose": "Để thử.\nHai dòng.",
		}, "Rà soát tháng 11"); err != nil {
			t.Fatal(err)
		}
		now, err := contracts.Current(ctx, "thu")
		if err != nil {
			t.Fatal(err)
		}
		got := now.Described()
		for key, want := range map[string]string{"title_en": "Another thing", "steward_user": "Sở Nội vụ – chuyên viên phụ trách dữ liệu", "lineage": "vn-xa, vn-tinh", "purpose": "Để thử.\nHai dòng.", "scope": "Cả tỉnh, hai cấp."} {
			if got[key] != want {
				t.Errorf("%s: %q, want %q", key, got[key], want)
			}
		}
		after := text()
		for _, kept := range []string{"# đầu trang\n", "value: hy-snv} # chủ quản\n", "# tên\n", "scope: >-\n        Cả tỉnh,\n        hai cấp.\n"} {
			if !strings.Contains(after, kept) {
				t.Errorf("%q is gone:\n%s", kept, after)
			}
		}
		versions, err := contracts.Versions(ctx, "thu")
		if err != nil || len(versions) != 2 || versions[0].Note != "Rà soát tháng 11" || !versions[0].ByHand || versions[0].Pack != "goi" {
			t.Errorf("%+v %v", versions, err)
		}

		// Taking all away leaves no group; back again is a list of its own.
		none := map[string]string{"purpose": ""}
		for key := range got {
			none[key] = ""
		}
		if err := contracts.Describe(ctx, clerk, "thu", none, "bỏ"); err != nil || strings.Contains(text(), "phohien.catalogue") {
			t.Errorf("all taken away: %v\n%s", err, text())
		}
		for _, fields := range []map[string]string{{"lineage": "vn-xa"}, {"lineage": "vn-xa, vn-huyen"}, {"lineage": "", "original": "true"}, {"original": ""}} {
			if err := contracts.Describe(ctx, clerk, "thu", fields, "thử"); err != nil {
				t.Errorf("%v: %v\n%s", fields, err, text())
			}
		}
		for key, c := range map[string]struct{ value, fault, says string }{
			"layer": {"khac", "catalogue.choice", "Lớp dữ liệu: “khac” có giá trị không dùng được. Chọn trong: dac_ta (đặc tả)"}, "update_period": {"hằng tháng", "catalogue.period", "Chu kỳ cập nhật: “hằng tháng” chưa đúng cách ghi. Ghi P1D (hằng ngày)"}, "stewart_user": {"x", "catalogue.no-field-near", "steward_user"}, "gi_do_rat_khac": {"x", "catalogue.no-field", "title_en"},
			"title_en": {strings.Repeat("a", 301), "catalogue.long", "301"}, "lineage": {"Xã", "catalogue.sets", "danh sách mã"},
			// What contradicts the contract is said in the words of the form, without its keys.
			"share_mode": {"mo", "catalogue.against.not-open", "Hình thức chia sẻ: chọn “mở: ai cũng khai thác được”, nhưng bộ dữ liệu chưa được xác định là dữ liệu mở (phạm vi sử dụng: Chưa phân loại)"},
		} {
			err := contracts.Describe(ctx, clerk, "thu", map[string]string{key: c.value}, "thử")
			if !fault.Is(err, c.fault) || !strings.Contains(locale.Vi.Error(err), c.says) {
				t.Errorf("%s: %v: %s", key, err, locale.Vi.Error(err))
			}
		}
		// All that is wrong is told, each at its field.
		err = contracts.Describe(ctx, clerk, "thu", map[string]string{"layer": "khac", "lineage": "Xã", "scope": "Cả tỉnh"}, "thử")
		var all *contract.Misdescribed
		if !errors.As(err, &all) || len(all.Parts(locale.Vi)) != 2 || all.Parts(locale.Vi)[0][0] != "layer" || all.Parts(locale.Vi)[1][0] != "lineage" {
			t.Errorf("%v", err)
		}
		err = contracts.Describe(ctx, clerk, "thu", map[string]string{"lineage": "thu, vn-xa", "original": "true"}, "thử")
		if !errors.As(err, &all) || len(all.Fields) != 2 || !strings.Contains(locale.Vi.Error(all.Fields[0].Fault), "lại ghi thu, vn-xa. Bỏ chọn mục này") || !fault.Is(all.Fields[1].Fault, "catalogue.against.self") {
			t.Errorf("%v", err)
		}
		if err := contracts.Describe(ctx, clerk, "khong-co", map[string]string{"title_en": "a"}, "thử"); !fault.Is(err, "dataset.unknown") {
			t.Errorf("no such set: %v", err)
		}
		p, err := contracts.Propose(ctx, now, []byte(before))
		if err != nil || p.Breaking() || len(p.Changes) == 0 {
			t.Errorf("going back: %+v %v", p.Changes, err)
		}
	})
}
