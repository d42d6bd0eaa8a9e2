package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/viet"
)

// soundPeople leaves out the lines that were made wrong on purpose.
func soundPeople(rows []row) []row {
	var out []row
	for i, r := range rows {
		if !soiled(i) {
			out = append(out, r)
		}
	}
	return out
}

// Nobody real is in the generated set: the personal numbers are of people not
// born yet, the telephone numbers of no subscriber, and each line says that it is
// generated.
func TestPeople_AreNobody(t *testing.T) {
	sets, _ := readPacks(t)
	s := sets["hy-tro-cap-xa-hoi"]
	if len(s.rows) != peopleCount {
		t.Fatalf("%d rows", len(s.rows))
	}
	communes := map[string]int{}
	for i, r := range soundPeople(s.rows) {
		id, err := viet.ParseCCCD(r["so_dinh_danh"])
		if err != nil || id.BirthYear < 2060 || id.Male != (r["gioi_tinh"] == "Nam") {
			t.Fatalf("row %d: %+v, %v", i, id, err)
		}
		if p := r["dien_thoai"]; p != "" && (viet.CheckPhone(p) != nil || !strings.HasPrefix(p, "02210")) {
			t.Fatalf("row %d: telephone %s", i, p)
		}
		if r["nguon_du_lieu"] != generated || r["ngay_huong"] <= r["ngay_sinh"] {
			t.Fatalf("row %d: %v", i, r)
		}
		communes[r["ma_xa"]]++
	}
	if len(communes) != 104 {
		t.Errorf("%d communes", len(communes))
	}
	for code, n := range communes {
		if n < 29 || n > 66 {
			t.Errorf("commune %s: %d people", code, n)
		}
	}
	c := s.contract
	for _, text := range []string{c.Name, c.Description.Purpose, c.Schema[0].BusinessName, strings.Join(c.Tags, " ")} {
		if !strings.Contains(viet.Fold(text), "gia lap") && !strings.Contains(text, "gia-lap") {
			t.Errorf("%q does not say that the data is generated", text)
		}
	}
}

// Each wrong cell is wrong as the README of the samples lists it, one a line.
func TestPeople_Dirt(t *testing.T) {
	sets, _ := readPacks(t)
	rows := sets["hy-tro-cap-xa-hoi"].rows
	for i, f := range dirt {
		if got := rows[f.line][f.column]; got != f.value {
			t.Errorf("line %d, %s: %q, want %q", f.line, f.column, got, f.value)
		}
		if i > 0 && dirt[i-1].line >= f.line {
			t.Errorf("line %d twice or out of order", f.line)
		}
	}
	sample, err := read(filepath.Join(packs, "du-lieu-gia-lap", "samples", "tro-cap-pho-hien-thang-11.csv"))
	if err != nil {
		t.Fatal(err)
	}
	empty := 0
	for _, r := range sample {
		if r["Mức hưởng"] == "" {
			empty++
		}
		if r["Mã xã"] != "11953" || r["Kỳ chi trả"] != nextMonth {
			t.Errorf("%v", r)
		}
	}
	if len(sample) < 30 || empty != 1 {
		t.Errorf("%d lines, %d without an amount", len(sample), empty)
	}
}

// Every shipped data set is classified, and answered for by an organisation that
// a pack brings; the open and shared ones hold no personal column.
func TestPacks_Classified(t *testing.T) {
	sets, _ := readPacks(t)
	var orgs []string
	for _, path := range glob(t, "*/organisations/*.yaml") {
		var file struct {
			Organisations []struct{ ID string }
		}
		if err := readYAML(filepath.Dir(path), filepath.Base(path), &file); err != nil {
			t.Fatal(err)
		}
		for _, o := range file.Organisations {
			orgs = append(orgs, o.ID)
		}
	}
	for id, s := range sets {
		owner, _ := s.contract.CustomProperties.Get("phohien.owner")
		access, _ := s.contract.CustomProperties.Get("phohien.access")
		class, _ := s.contract.CustomProperties.Get("phohien.class")
		if name, ok := owner.(string); !ok || !slices.Contains(orgs, name) {
			t.Errorf("%s: owner %v", id, owner)
		}
		want := "open"
		switch id {
		case "hy-tro-cap-xa-hoi":
			want = "restricted"
		case "hy-he-thong", "hy-he-thong-hoat-dong": // levels, dossiers and connections are for agencies
			want = "shared"
		}
		if access != want || class != "other" {
			t.Errorf("%s: %v, %v", id, access, class)
		}
		for _, p := range s.contract.Schema[0].Properties {
			personal, ok := p.CustomProperties.Get("phohien.personal")
			if !ok {
				if want == "restricted" {
					t.Errorf("%s.%s: nobody has decided", id, p.Name)
				}
				continue
			}
			if got := personal.(map[string]any)["class"]; want != "restricted" && got != "none" {
				t.Errorf("%s.%s: %v", id, p.Name, got)
			}
		}
	}
}
