package registry_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/core/registry"
	"github.com/phohien/phohien/viet"
)

var now = time.Date(2026, 11, 22, 8, 30, 0, 0, viet.Zone)

func TestPlatformLabel(t *testing.T) {
	row := registry.Row{"ten": "Nền tảng mẫu", "nhan_ma": "NT-1", "nhan_loai": "Nền tảng cấp tỉnh", "nhan_tuan_thu": "Tuân thủ", "nhan_kiem_toan": "Chưa kiểm toán"}
	l, ok := registry.PlatformLabel(row, "1.2.3", "van-thu@example.vn", now)
	got, err := json.Marshal(l)
	want := `{"format":"phohien/platform-label/1","id":"NT-1","name":"Nền tảng mẫu","type":"Nền tảng cấp tỉnh","compliance":"Tuân thủ","audit":"Chưa kiểm toán","version":"1.2.3","contact":"van-thu@example.vn","issued":"2026-11-22T08:30:00+07:00"}`
	if !ok || err != nil || string(got) != want {
		t.Errorf("%v %v\n got %s\nwant %s", ok, err, got, want)
	}
	if l, ok := registry.PlatformLabel(with(row, "nhan_ma", ""), "1.2.3", "", now); ok || l != (registry.Label{}) {
		t.Errorf("a label that nobody granted: %+v", l)
	}
}

// What §10 of the standards lists, by its names there.
var nasFields = []string{
	"asset_id", "name", "owner_agency_code", "layer", "components", "status", "progress_pct", "security_level", "level_decision_no", "level_decision_on", "nas_ref",
	"label", "ipv6", "vneid_sso", "apis", "datasets", "contract", "cost_source",
}

func TestExportNAS(t *testing.T) {
	full := registry.System{
		Row: registry.Row{
			"ma": "A01", "ten": "Nền tảng; mẫu", "loai": "nen-tang", "chu_quan": "hy-skhcn", "don_vi_van_hanh": "Trung tâm mẫu", "lop": "2", "chuc_nang": "Chia sẻ", "linh_vuc": "chuyen-doi-so",
			"trang_thai": "van-hanh", "tien_do": "0", "cap_do": "3", "cap_do_de_xuat": "2", "cap_do_so": "1/QĐ", "cap_do_ngay": "2026-06-15", "ma_nas": "N1", "nhan_ma": "L1", "nhan_loai": "t", "nhan_tuan_thu": "c",
			"nhan_kiem_toan": "a", "ipv6": "false", "vneid_sso": "true", "api": "x; y", "bo_du_lieu": "hy-xa", "hop_dong": "5/HĐ", "nguon_kinh_phi": "Ngân sách tỉnh",
		},
		Parts: []registry.Row{{"ma": "p", "ten": "Cổng API", "loai": "phan-mem", "phien_ban": "2", "dung_chung_cua": "A23"}, {"ma": "q", "ten": "Kho"}},
	}
	empty := registry.System{Row: registry.Row{"ma": "X", "ten": "Trống"}}
	asked := 0
	doc := registry.ExportNAS([]registry.System{full, empty}, func(id string) string {
		asked++
		return map[string]string{"hy-skhcn": "H33.10"}[id]
	}, now)
	if asked != 1 {
		t.Errorf("asked %d times for an agency's code", asked)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Format string
		Assets []map[string]any
	}
	if err := json.Unmarshal(b, &read); err != nil || read.Format != registry.NASFormat || len(read.Assets) != 2 {
		t.Fatalf("%s %v", b, err)
	}
	for _, name := range nasFields {
		if v, ok := read.Assets[0][name]; !ok || v == nil || v == "" {
			t.Errorf("%s: %v", name, v)
		}
		if v, ok := read.Assets[1][name]; !ok {
			t.Errorf("of an empty system: no field %s (%v)", name, v)
		}
	}
	if a := read.Assets[0]; a["progress_pct"] != 0.0 || a["ipv6"] != false || a["owner_agency_code"] != "H33.10" || len(a["components"].([]any)) != 2 {
		t.Errorf("%+v", a)
	}
	if a := read.Assets[1]; a["layer"] != nil || a["ipv6"] != nil || a["progress_pct"] != nil || len(a["apis"].([]any)) != 0 {
		t.Errorf("what is not known: %+v", a)
	}

	table := doc.Rows()
	if len(table) != 3 || len(table[0]) != 27 {
		t.Fatalf("%d lines of %d columns", len(table), len(table[0]))
	}
	got := map[string]string{}
	for i, name := range table[0] {
		got[name] = table[1][i]
		if table[2][i] != "" && name != "asset_id" && name != "name" {
			t.Errorf("of an empty system %s is %q", name, table[2][i])
		}
	}
	want := map[string]string{
		"asset_id": "A01", "name": "Nền tảng; mẫu", "kind": "nen-tang", "owner_agency": "hy-skhcn", "owner_agency_code": "H33.10", "operator": "Trung tâm mẫu", "layer": "2", "components": "Cổng API; Kho",
		"functions": "Chia sẻ", "field": "chuyen-doi-so", "status": "van-hanh", "progress_pct": "0", "security_level": "3", "security_level_proposed": "2", "level_decision_no": "1/QĐ", "level_decision_on": "2026-06-15",
		"nas_ref": "N1", "label_id": "L1", "label_type": "t", "label_compliance": "c", "label_audit": "a", "ipv6": "false", "vneid_sso": "true", "apis": "x; y", "datasets": "hy-xa", "contract": "5/HĐ", "cost_source": "Ngân sách tỉnh",
	}
	for name, cell := range want {
		if got[name] != cell {
			t.Errorf("%s: %q, want %q", name, got[name], cell)
		}
	}
	for _, name := range nasFields { // a column, or columns that begin with it
		found := false
		for _, column := range table[0] {
			found = found || column == name || strings.HasPrefix(column, name+"_")
		}
		if !found {
			t.Errorf("the table has no %s", name)
		}
	}
}

// The whole shipped register goes out, and a province with none gives an empty
// list, not null.
func TestExportNAS_Shipped(t *testing.T) {
	doc := registry.ExportNAS(shipped(t), func(string) string { return "" }, now)
	if len(doc.Assets) != 249 || len(doc.Rows()) != 250 || doc.Assets[0].Layer == nil || *doc.Assets[0].Layer != 2 {
		t.Errorf("%d assets", len(doc.Assets))
	}
	if b, err := json.Marshal(registry.ExportNAS(nil, nil, now)); err != nil || !strings.Contains(string(b), `"assets":[]`) {
		t.Errorf("%s %v", b, err)
	}
}
