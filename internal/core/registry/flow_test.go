package registry_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/registry"
)

func shippedFlow(t *testing.T) registry.Flow {
	t.Helper()
	f, err := registry.NewFlow(rows(t, "hung-yen/data/hy-he-thong-buoc.csv"), rows(t, "hung-yen/data/hy-he-thong-dieu-kien.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// with gives a copy of a row with other cells: column, value, …
func with(r registry.Row, cells ...string) registry.Row {
	r = maps.Clone(r)
	for i := 0; i < len(cells); i += 2 {
		r[cells[i]] = cells[i+1]
	}
	return r
}

func lacking(missing []registry.Missing) string {
	var all []string
	for _, m := range missing {
		all = append(all, m.Column)
	}
	return strings.Join(all, " ")
}

// A system that may go live by the shipped process: sector software, rented.
var ready = registry.System{
	Row: registry.Row{
		"ma": "HY-2026-0001", "trang_thai": "van-hanh-thu", "phan_mem_nganh": "true", "co_thue": "true", "tien_do": "100", "don_vi_van_hanh": "Trung tâm mẫu",
		"cap_do": "2", "cap_do_so": "1/QĐ-CAT", "cap_do_ngay": "2026-05-01", "quy_che_so": "2/QĐ-SYT", "bo_dong_y_so": "3/BYT", "bo_dong_y_ngay": "2026-01-02",
		"bo_dong_y_co_quan": "Bộ Y tế", "danh_gia_so": "4/BC", "danh_gia_ngay": "2026-06-01",
	},
	Rents: []registry.Row{
		{"trang_thai": "dang-thue", "tu": "2026", "den": "2028", "gia": "1000000", "kha_dung_cam_ket": "99.5"},
		{"trang_thai": "du-kien"}, // of the time after: nothing is promised yet
	},
}

func TestFlow_GoingLive(t *testing.T) {
	f := shippedFlow(t)
	rent := func(cells ...string) []registry.Row { return []registry.Row{with(ready.Rents[0], cells...)} }
	for _, c := range []struct {
		name string
		s    registry.System
		want string
	}{
		{"ready", ready, ""},
		{"no level", registry.System{Row: with(ready.Row, "cap_do", "", "cap_do_so", "", "cap_do_ngay", ""), Rents: ready.Rents}, "cap_do cap_do_so cap_do_ngay"},
		{"no consent", registry.System{Row: with(ready.Row, "bo_dong_y_so", ""), Rents: ready.Rents}, "bo_dong_y_so"},
		{"no consent needed", registry.System{Row: with(ready.Row, "bo_dong_y_so", "", "phan_mem_nganh", "false"), Rents: ready.Rents}, ""},
		{"not done", registry.System{Row: with(ready.Row, "tien_do", "99"), Rents: ready.Rents}, "tien_do"},
		{"rented without price", registry.System{Row: ready.Row, Rents: rent("gia", "")}, "dich_vu_thue.gia"},
		{"one of two without promise", registry.System{Row: ready.Row, Rents: append(rent(), rent("kha_dung_cam_ket", "")...)}, "dich_vu_thue.kha_dung_cam_ket"},
		{"rented, and no rent", registry.System{Row: ready.Row}, "dich_vu_thue.tu dich_vu_thue.den dich_vu_thue.gia dich_vu_thue.kha_dung_cam_ket"},
		{"not rented", registry.System{Row: with(ready.Row, "co_thue", "false")}, ""},
		{"another state", registry.System{Row: with(ready.Row, "trang_thai", "de-xuat"), Rents: ready.Rents}, "trang_thai"},
	} {
		if got := lacking(f.Check(registry.Trial, registry.Running, c.s)); got != c.want {
			t.Errorf("%s: missing %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFlow_OtherSteps(t *testing.T) {
	f := shippedFlow(t)
	at := func(state string, cells ...string) registry.System {
		return registry.System{Row: with(registry.Row{"ma": "X", "trang_thai": state}, cells...)}
	}
	parts := at("tham-dinh", "phan_mem_nganh", "true", "bo_dong_y_so", "1", "bo_dong_y_ngay", "2026-01-01", "bo_dong_y_co_quan", "Bộ Y tế")
	parts.Parts = []registry.Row{{"ten": "Cổng"}}
	ended := at("van-hanh", "co_thue", "true", "ban_giao_so", "1/BB", "ban_giao_ngay", "2026-12-01")
	ended.Rents = []registry.Row{{"trang_thai": "da-ket-thuc", "ban_giao_du_lieu": "false", "ban_giao_so": "1", "ban_giao_ngay": "2026-12-01"}}
	for _, c := range []struct {
		name     string
		from, to registry.State
		s        registry.System
		want     string
	}{
		{"an empty proposal", registry.Proposed, registry.Appraised, at("de-xuat"), "chu_quan loai lop linh_vuc chuc_nang phan_mem_nganh cap_do_de_xuat nguon_kinh_phi phu_trach dau_moi"},
		{"said that it is no sector software", registry.Proposed, registry.Appraised, at("de-xuat", "phan_mem_nganh", "false"), "chu_quan loai lop linh_vuc chuc_nang cap_do_de_xuat nguon_kinh_phi phu_trach dau_moi"},
		{"building", registry.Appraised, registry.Building, at("tham-dinh", "phan_mem_nganh", "true"), "bo_dong_y_so bo_dong_y_ngay bo_dong_y_co_quan thanh_phan.ten"},
		{"building, ready", registry.Appraised, registry.Building, parts, ""},
		{"returned", registry.Appraised, registry.Proposed, at("tham-dinh"), ""},
		{"back to building asks nothing", registry.Trial, registry.Building, at("van-hanh-thu"), ""},
		{"trial", registry.Building, registry.Trial, at("xay-dung"), "ho_so_cap_do quy_che_so"},
		{"paused", registry.Running, registry.Paused, at("van-hanh"), "can_cu_trang_thai"},
		{"stopped", registry.Running, registry.Stopped, at("van-hanh"), "ban_giao_so ban_giao_ngay"},
		{"stopped, data not handed over", registry.Running, registry.Stopped, ended, "dich_vu_thue.ban_giao_du_lieu"},
		{"confirmed without a level", registry.Running, registry.Running, at("van-hanh", "tien_do", "100", "don_vi_van_hanh", "x", "danh_gia_so", "1", "danh_gia_ngay", "2026-01-01"), "cap_do cap_do_so cap_do_ngay quy_che_so"},
		{"no way back", registry.Stopped, registry.Running, at("ngung"), "trang_thai"},
		{"past the appraisal", registry.Proposed, registry.Running, at("de-xuat"), "trang_thai"},
	} {
		if got := lacking(f.Check(c.from, c.to, c.s)); got != c.want {
			t.Errorf("%s: missing %q, want %q", c.name, got, c.want)
		}
	}
	for _, m := range f.Check(registry.Proposed, registry.Appraised, at("de-xuat")) {
		if m.Says.Vi == "" || m.Says.En == "" || m.Basis == "" {
			t.Errorf("%+v", m)
		}
	}
}

// Every column that the shipped process asks for is one of the contract, every
// role one of the policies; every state can be reached and, the last one aside,
// left.
func TestFlow_ShippedFitsTheContract(t *testing.T) {
	var document struct {
		Schema []struct {
			Name       string
			Properties []struct{ Name string }
		}
	}
	readYAML(t, "hung-yen/contracts/hy-he-thong.yaml", &document)
	known := map[string]bool{}
	for i, o := range document.Schema {
		for _, p := range o.Properties {
			if i == 0 {
				known[p.Name] = true
			} else {
				known[o.Name+"."+p.Name] = true
			}
		}
	}
	for _, r := range rows(t, "hung-yen/data/hy-he-thong-dieu-kien.csv") {
		if column, _, _ := strings.Cut(r["khi"], "="); !known[r["truong"]] || column != "" && !known[column] {
			t.Errorf("%s asks for %s when %s: the contract has no such column", r["ma"], r["truong"], r["khi"])
		}
	}
	var policies struct{ Roles []struct{ ID string } }
	readYAML(t, "viet-nam/policies/policies.yaml", &policies)
	roles := map[string]bool{}
	for _, r := range policies.Roles {
		roles[r.ID] = true
	}
	f, into, out := shippedFlow(t), map[registry.State]int{}, map[registry.State]int{}
	for _, s := range f.Steps {
		into[s.To]++
		out[s.From]++
		for _, role := range append(slices.Clone(s.Propose), s.Approve...) {
			if !roles[role] {
				t.Errorf("%s → %s: no role %s", s.From, s.To, role)
			}
		}
		if slices.Contains(s.Approve, "compliance_officer") {
			t.Errorf("%s → %s: who watches approves nothing operational", s.From, s.To)
		}
	}
	for _, s := range codeList(t, "hung-yen/code-lists/trang-thai-he-thong.yaml") {
		state := registry.State(s.Code)
		if into[state] == 0 || out[state] == 0 != (state == registry.Stopped) || len(f.Next(state)) != out[state] {
			t.Errorf("%s: %d steps in, %d out", state, into[state], out[state])
		}
	}
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packs, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatal(path, err)
	}
}

func TestNewFlow_Refuses(t *testing.T) {
	step := registry.Row{"tu": "a", "den": "b", "de_xuat": "x", "duyet": "y"}
	for name, c := range map[string]struct {
		step, condition registry.Row
		says            string
	}{
		"no approver":      {with(step, "duyet", " "), nil, "approve"},
		"unknown object":   {step, registry.Row{"ma": "m", "den": "b", "truong": "la.ten"}, "no object la"},
		"half a condition": {step, registry.Row{"ma": "m", "den": "b", "truong": "ten", "khi": "ten"}, "column=value"},
		"never asked":      {step, registry.Row{"ma": "m", "tu": "c", "den": "b", "truong": "ten"}, "no step"},
		"nowhere":          {step, registry.Row{"ma": "m", "den": "c", "truong": "ten"}, "no step"},
	} {
		var conditions []registry.Row
		if c.condition != nil {
			conditions = []registry.Row{c.condition}
		}
		if _, err := registry.NewFlow([]registry.Row{c.step}, conditions); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := registry.NewFlow([]registry.Row{step}, []registry.Row{{"ma": "m", "den": "b", "truong": "ket_noi.ma"}}); err != nil {
		t.Error(err)
	}
}
