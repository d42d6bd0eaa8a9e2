package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

// packs is where the packs lie, seen from here.
const packs = "../../packs"

// faultyCells are the cells that cannot be read as their type, as the sources
// have them. All other cells of the packs are sound.
var faultyCells = map[string]int{
	"hy-xa.dan_so":                3,  // "đang cập nhật"
	"vn-xa-so-lieu.dan_so":        70, // "đang cập nhật", "28,717"
	"vn-xa-so-lieu.dien_tich_km2": 2,  // 0.0
}

// A set is a contract of a pack and the rows that come with it.
type set struct {
	contract odcs.Contract
	rows     []row
}

// readPacks reads every contract with its rows, and every code list.
func readPacks(t *testing.T) (sets map[string]set, codes map[string][]string) {
	t.Helper()
	sets, codes = map[string]set{}, map[string][]string{}
	for _, path := range glob(t, "*/contracts/*.yaml") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := odcs.Read(b)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, f := range doc.Check() {
			t.Errorf("%s:%d: %s", path, f.Line, f.MessageEn)
		}
		c := doc.Contract()
		if len(c.Servers) == 0 {
			continue // its rows come with the days that the demo plays
		}
		rows, err := readRows(filepath.Join(filepath.Dir(path), "..", c.Servers[0].Path), c.Servers[0].Format, c.Schema[0].Properties)
		if err != nil {
			t.Fatal(err)
		}
		sets[c.ID] = set{c, rows}
	}
	for _, path := range glob(t, "*/code-lists/*.yaml") {
		var list struct {
			Kind, ID string
			Codes    []struct{ Code string }
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(b, &list); err != nil || list.Kind != "CodeList" {
			t.Fatalf("%s: kind %q, %v", path, list.Kind, err)
		}
		for _, c := range list.Codes {
			codes[list.ID] = append(codes[list.ID], c.Code)
		}
	}
	return sets, codes
}

// readRows reads a file of a pack as its contract says. The geometry of a GeoJSON
// feature goes into the column that is one.
func readRows(path, format string, properties []odcs.Property) ([]row, error) {
	if format != "geojson" {
		return read(path)
	}
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Features []struct {
			Properties map[string]any
			Geometry   json.RawMessage
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var rows []row
	for _, f := range file.Features {
		r := row{}
		for name, v := range f.Properties {
			r[name] = ""
			if v != nil {
				r[name] = fmt.Sprint(v)
			}
		}
		for _, p := range properties {
			if _, ok := p.CustomProperties.Get("phohien.geometry"); ok {
				r[p.Name] = string(f.Geometry)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(packs, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	return paths
}

// Every row that comes with a pack keeps what its contract promises, but for
// the faults that the sources have and faultyCells lists, and the lines that were
// made wrong on purpose.
func TestPacks_DataKeepContracts(t *testing.T) {
	sets, codes := readPacks(t)
	faulty := map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(sets)) {
		s := sets[id]
		o := s.contract.Schema[0]
		if want, ok := o.CustomProperties.Get("phohien.expectation"); ok {
			if got := want.(map[string]any)["records"]; fmt.Sprint(got) != fmt.Sprint(len(s.rows)) {
				t.Errorf("%s: %d rows, expected %v", id, len(s.rows), got)
			}
		}
		if len(s.rows[0]) != len(o.Properties) {
			t.Errorf("%s: %d columns in the file, %d in the contract", id, len(s.rows[0]), len(o.Properties))
		}
		if id == "hy-tro-cap-xa-hoi" {
			s.rows = soundPeople(s.rows)
		}
		checkKey(t, id, s)
		for _, p := range o.Properties {
			faulty[id+"."+p.Name] = checkColumn(t, id, s.rows, p, sets, codes)
		}
	}
	maps.DeleteFunc(faulty, func(_ string, n int) bool { return n == 0 })
	if !maps.Equal(faulty, faultyCells) {
		t.Errorf("cells that cannot be read: got %v, want %v", faulty, faultyCells)
	}
}

func checkKey(t *testing.T, id string, s set) {
	t.Helper()
	seen := map[string]bool{}
	for i, r := range s.rows {
		key := ""
		for _, p := range s.contract.Schema[0].Properties {
			if p.PrimaryKey {
				key += r[p.Name] + "~"
			}
		}
		if seen[key] {
			t.Errorf("%s, row %d: key %s twice", id, i+2, key)
		}
		seen[key] = true
	}
}

// checkColumn checks all cells of a column and counts those that cannot be
// read as its type.
func checkColumn(t *testing.T, id string, rows []row, p odcs.Property, sets map[string]set, codes map[string][]string) (faulty int) {
	t.Helper()
	pattern, _ := p.LogicalTypeOptions["pattern"].(string)
	re := regexp.MustCompile("^(?:" + pattern + ")$")
	refers := reference(t, p, sets)
	list, ok := p.CustomProperties.Get("phohien.codeList")
	if ok && codes[list.(string)] == nil {
		t.Errorf("%s.%s: no code list %v", id, p.Name, list)
	}
	for i, r := range rows {
		cell, there := r[p.Name]
		fail := func(what string) { t.Errorf("%s, row %d, %s: %s: %q", id, i+2, p.Name, what, cell) }
		switch {
		case !there:
			t.Fatalf("%s: no column %s", id, p.Name)
		case cell == "":
			if p.Required {
				fail("empty")
			}
		case !readable(p, cell):
			faulty++
		case pattern != "" && !re.MatchString(cell):
			fail("not as " + pattern)
		case list != nil && !slices.Contains(codes[list.(string)], cell):
			fail("no such code")
		case refers != nil && !refers(r):
			fail("refers to nothing")
		}
	}
	return faulty
}

// readable says whether a cell can be read as the type of its column.
func readable(p odcs.Property, cell string) bool {
	var err error
	switch p.LogicalType {
	case "integer":
		_, _, err = viet.ParseInteger([]byte(cell), viet.StyleAuto)
	case "number":
		if p.PhysicalType == "double" {
			_, err = strconv.ParseFloat(cell, 64)
			return err == nil
		}
		var precision, scale int
		if _, err := fmt.Sscanf(p.PhysicalType, "decimal(%d,%d)", &precision, &scale); err != nil {
			return false
		}
		var v int64
		v, _, err = viet.ParseDecimal([]byte(cell), precision, scale, viet.StyleAuto)
		return err == nil && v > 0
	case "boolean":
		_, _, err = viet.ParseBool([]byte(cell))
	case "date":
		_, _, err = viet.ParsePartialDate([]byte(cell))
	}
	return err == nil
}

// unitSets are the data sets that phohien.unit speaks of.
var unitSets = map[string]string{"province": "vn-tinh", "commune": "vn-xa"}

// reference returns a check that the row's value exists where the column
// refers to, on the row's day if it names one; nil when it refers to nothing.
func reference(t *testing.T, p odcs.Property, sets map[string]set) func(row) bool {
	t.Helper()
	dataset, column, on := "", "ma", ""
	if v, ok := p.CustomProperties.Get("phohien.reference"); ok {
		m := v.(map[string]any)
		dataset, column = m["dataset"].(string), m["column"].(string)
		on, _ = m["on"].(string)
	} else if v, ok := p.CustomProperties.Get("phohien.unit"); ok {
		level, whole := v.(string)
		if !whole {
			m := v.(map[string]any)
			level = m["level"].(string)
			on, _ = m["on"].(string)
		}
		dataset = unitSets[level]
	} else {
		return nil
	}
	there := map[string][]row{}
	for _, r := range sets[dataset].rows {
		there[r[column]] = append(there[r[column]], r)
	}
	return func(r row) bool {
		return slices.ContainsFunc(there[r[p.Name]], func(to row) bool {
			from, end := to["hieu_luc_tu"], to["hieu_luc_den"]
			return on == "" || (from == "" || from <= r[on]) && (end == "" || r[on] <= end)
		})
	}
}

// The sample has twenty lines under the heading of hy-xa, and the twelve
// faults that its README lists.
func TestPacks_SampleIsFaulty(t *testing.T) {
	sets, _ := readPacks(t)
	sound := map[string]row{}
	for _, r := range sets["hy-xa"].rows {
		sound[r["don_vi_cu"]] = r
	}
	rows, err := read(filepath.Join(packs, "hung-yen", "samples", "hy-xa-loi.csv"))
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, r := range rows {
		for heading, cell := range r {
			if cell != sound[r["don_vi_cu"]][heading] {
				changed++
			}
		}
	}
	if len(rows) != 20 || changed != len(faults) || len(faults) != 12 {
		t.Errorf("%d rows, %d changed cells, %d faults; want 20, 12, 12", len(rows), changed, len(faults))
	}
}

// Every code of a new commune of Hưng Yên was the code of an old one, mostly of
// one with another name: why a code means nothing without a day.
func TestUnits_ReusedCodes(t *testing.T) {
	sets, _ := readPacks(t)
	old := map[string]string{}
	for _, r := range sets["vn-xa"].rows {
		if r["hieu_luc_den"] != "" {
			old[r["ma"]] = r["ten"]
		}
	}
	reused, renamed := 0, 0
	for _, r := range sets["vn-xa"].rows {
		if r["ma_tinh"] != hungYen || r["hieu_luc_den"] != "" {
			continue
		}
		if name, ok := old[r["ma"]]; ok {
			reused++
			if viet.FoldTone(name) != viet.FoldTone(r["ten"]) {
				renamed++
			}
		}
	}
	if reused != 104 || renamed != 75 {
		t.Errorf("Hưng Yên: %d codes were old codes, %d with another name; want 104, 75", reused, renamed)
	}
	if n := len(old); n != 10035 {
		t.Errorf("%d old communes, want 10035", n)
	}
}
