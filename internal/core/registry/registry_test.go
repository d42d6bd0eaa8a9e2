package registry_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/internal/core/registry"
)

const packs = "../../../packs"

// rows reads a file of a pack.
func rows(t *testing.T, path string) []registry.Row {
	t.Helper()
	f, err := os.Open(filepath.Join(packs, path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []registry.Row
	for _, line := range lines[1:] {
		r := registry.Row{}
		for i, cell := range line {
			r[lines[0][i]] = cell
		}
		all = append(all, r)
	}
	return all
}

// shipped gathers the register as the pack has it.
func shipped(t *testing.T) []registry.System {
	t.Helper()
	return registry.Gather(rows(t, "hung-yen/data/hy-he-thong.csv"), nil, rows(t, "hung-yen/data/hy-he-thong-ket-noi.csv"), rows(t, "hung-yen/data/hy-he-thong-thue.csv"))
}

// The register begins with the 249 systems that the plans of three provinces
// name, no more and no less, by the same ids, names, owners and places; functions
// are there in Vietnamese and in English.
func TestShipped_IsWhatThePlansName(t *testing.T) {
	plans, register := rows(t, "hung-yen/data/kh-he-thong.csv"), rows(t, "hung-yen/data/hy-he-thong.csv")
	if len(plans) != 249 || len(register) != len(plans) {
		t.Fatalf("%d systems in the plans, %d in the register, want 249", len(plans), len(register))
	}
	provinces := map[string]string{"o_hung_yen": "33", "o_ha_tinh": "42", "o_quang_ngai": "51"}
	for i, p := range plans {
		r := register[i]
		if r.ID() != p.ID() || r["ma_ke_hoach"] != p.ID() {
			t.Fatalf("row %d: %s (%s), want %s", i+2, r.ID(), r["ma_ke_hoach"], p.ID())
		}
		for to, from := range map[string]string{"ten": "ten", "ten_en": "ten_en", "chu_quan": "chu_quan", "cung_chu_quan": "cung_chu_quan", "chu_quan_suy_ra": "chu_quan_suy_ra", "nguon": "vi_tri", "chuc_nang_en": "chuc_nang_en"} {
			if r[to] != p[from] {
				t.Errorf("%s: %s is %q, the plans have %q", p.ID(), to, r[to], p[from])
			}
		}
		for column, code := range provinces {
			if p.Yes(column) != slices.Contains(r.List("tinh"), code) {
				t.Errorf("%s: provinces %s", p.ID(), r["tinh"])
			}
		}
		if vi := r["chuc_nang"]; vi == "" || vi == r["chuc_nang_en"] {
			t.Errorf("%s: functions not in Vietnamese: %q", p.ID(), vi)
		}
		if r.Yes("da_xac_nhan") {
			t.Errorf("%s: no agency has confirmed it", p.ID())
		}
	}
}

// A system runs, by the shipped rows, only where a document says that it is there
// and kept; the row says which words.
func TestShipped_NothingRunsWithoutASource(t *testing.T) {
	var running []string
	for _, r := range rows(t, "hung-yen/data/hy-he-thong.csv") {
		switch r.State() {
		case registry.Running:
			running = append(running, r.ID())
			if !strings.Contains(r["can_cu_trang_thai"], "ghi: ") {
				t.Errorf("%s: runs by %q", r.ID(), r["can_cu_trang_thai"])
			}
		case registry.Proposed, "":
		default:
			t.Errorf("%s: the documents know no state %s", r.ID(), r.State())
		}
	}
	if want := []string{"A01", "A17", "A19", "A29", "A36", "A37", "A39", "A40", "A45", "B20", "C81", "D01"}; !slices.Equal(running, want) {
		t.Errorf("running: %v, want %v", running, want)
	}
}

// A layer that is not marked as a judgement is the first one that the
// architecture frame (hyka) names.
func TestShipped_LayersFollowTheFrame(t *testing.T) {
	layers := map[string]string{"Lớp I.": "1", "Lớp II.": "2", "Lớp III.": "3", "Lớp III ": "3", "Lớp IV.": "4"}
	for _, r := range rows(t, "hung-yen/data/hy-he-thong.csv") {
		named := ""
		for _, place := range r.List("nguon") {
			section, ok := strings.CutPrefix(place, "hyka: ")
			for prefix, layer := range layers {
				if ok && named == "" && strings.HasPrefix(section, prefix) {
					named = layer
				}
			}
		}
		if r.Yes("lop_suy_ra") != (named == "") || named != "" && r["lop"] != named {
			t.Errorf("%s: layer %s (judgement: %s), the frame names %q", r.ID(), r["lop"], r["lop_suy_ra"], named)
		}
	}
}

func TestGather(t *testing.T) {
	all := shipped(t)
	by := map[string]registry.System{}
	links, rents := 0, 0
	for _, s := range all {
		by[s.ID()] = s
		links, rents = links+len(s.Links), rents+len(s.Rents)
		if s.Yes("co_thue") != (len(s.Rents) > 0) {
			t.Errorf("%s: rented %s, %d rents", s.ID(), s.Row["co_thue"], len(s.Rents))
		}
	}
	if links != 28 || rents != 25 {
		t.Errorf("%d connections and %d rents found their system, want 28 and 25", links, rents)
	}
	if s := by["A23"]; len(s.Rents) != 1 || s.Rents[0]["den"] != "2029" || len(s.Rented()) != 0 {
		t.Errorf("A23: %+v", s.Rents)
	}
	if got := registry.Gather([]registry.Row{{"ma": "X"}}, []registry.Row{{"he_thong": "Y"}}, nil, nil); len(got) != 1 || len(got[0].Parts) != 0 {
		t.Errorf("a part of a system that is not there: %+v", got)
	}
}

func TestRow(t *testing.T) {
	r := registry.Row{"a": " x ;; y;", "b": "true", "c": "false"}
	if got := r.List("a"); !slices.Equal(got, []string{"x", "y"}) || r.List("z") != nil {
		t.Errorf("%q", got)
	}
	if !r.Yes("b") || r.Yes("c") || r.Yes("z") {
		t.Error("yes and no")
	}
}

// codeList reads the codes of a list of the pack.
func codeList(t *testing.T, path string) []registry.Sector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(packs, path))
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Codes []struct{ Code, Name string }
	}
	if err := yaml.Unmarshal(b, &list); err != nil || len(list.Codes) == 0 {
		t.Fatal(path, err)
	}
	var all []registry.Sector
	for _, c := range list.Codes {
		all = append(all, registry.Sector(c))
	}
	return all
}

func ids(list []registry.Row) string {
	var all []string
	for _, r := range list {
		all = append(all, r.ID())
	}
	return strings.Join(all, " ")
}

func TestFields(t *testing.T) {
	sectors := []registry.Sector{{"y-te", "Y tế"}, {"tu-phap", "Tư pháp"}, {"ngoai-vu", "Ngoại vụ"}}
	of := func(id, sector, state string) registry.Row {
		return registry.Row{"ma": id, "linh_vuc": sector, "trang_thai": state}
	}
	systems := []registry.Row{
		of("1", "y-te", "van-hanh"), of("2", "y-te", "tam-dung"), of("3", "y-te", "xay-dung"), of("4", "y-te", "van-hanh-thu"),
		of("5", "y-te", "de-xuat"), of("6", "y-te", "tham-dinh"), of("7", "y-te", ""), of("8", "y-te", "ngung"),
		of("9", "tu-phap", "ngung"), of("10", "tu-phap", ""), of("11", "la", "van-hanh"), of("12", "", ""),
	}
	fields := registry.Fields(systems, sectors)
	if len(fields) != 4 {
		t.Fatalf("%d fields", len(fields))
	}
	f := fields[0]
	for _, c := range []struct{ got, want string }{
		{ids(f.Have), "1 2"}, {ids(f.Building), "3 4"}, {ids(f.ToBuild), "5 6"}, {ids(f.Unknown), "7"},
		{ids(fields[1].Unknown), "10"}, {ids(fields[3].Have), "11"}, {ids(fields[3].Unknown), "12"}, {fields[3].Code, ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if holes := registry.Holes(systems, sectors); !reflect.DeepEqual(holes, sectors[1:]) {
		t.Errorf("holes %v", holes)
	}
	if holes := registry.Holes(nil, sectors); len(holes) != 3 || len(registry.Fields(nil, sectors)) != 3 {
		t.Errorf("of nothing: %v", holes)
	}
}

// Of the shipped register: foreign affairs has no system, and every system has a
// sector of the list. Fields of which only national databases are named, whose
// state no document tells, are holes too.
func TestHoles_Shipped(t *testing.T) {
	sectors := codeList(t, "hung-yen/code-lists/linh-vuc-quan-ly.yaml")
	register := rows(t, "hung-yen/data/hy-he-thong.csv")
	fields := registry.Fields(register, sectors)
	if len(fields) != len(sectors) {
		t.Errorf("systems without a sector of the list: %+v", fields[len(fields)-1])
	}
	n := 0
	for _, f := range fields {
		n += len(f.Have) + len(f.Building) + len(f.ToBuild) + len(f.Unknown)
	}
	if n != len(register) {
		t.Errorf("%d systems in the lists, want %d", n, len(register))
	}
	var holes []string
	for _, s := range registry.Holes(register, sectors) {
		holes = append(holes, s.Code)
	}
	if want := []string{"bao-hiem-an-sinh", "dan-toc-ton-giao", "ngoai-vu"}; !slices.Equal(holes, want) {
		t.Errorf("holes %v, want %v", holes, want)
	}
}

// §7.3 of the standards names these; each may be found by the register's
// connections.
func TestNation(t *testing.T) {
	databases := rows(t, "viet-nam/data/vn-csdl-quoc-gia.csv")
	all := registry.Nation(databases, append(rows(t, "hung-yen/data/hy-he-thong-ket-noi.csv"), registry.Row{"csdl_quoc_gia": "la"}, registry.Row{"csdl_quoc_gia": "y-te", "trang_thai": "da-ket-noi"}))
	if len(all) != 15 {
		t.Fatalf("%d databases", len(all))
	}
	got := map[string]int{}
	for _, n := range all {
		if len(n.Links) > 0 {
			got[n.ID()] = len(n.Links)
		}
		if n.Connected() != (n.ID() == "y-te") {
			t.Errorf("%s connected: %v", n.ID(), n.Connected())
		}
		if n.Row["muc_chac_chan"] == "" || n.Row["nguon"] == "" {
			t.Errorf("%s: how sure, by what?", n.ID())
		}
	}
	if want := map[string]int{"dan-cu": 3, "dat-dai": 1, "dang-ky-doanh-nghiep": 2, "tai-chinh": 1, "bao-hiem": 1, "y-te": 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("connections %v, want %v", got, want)
	}
}
