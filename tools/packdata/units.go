package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// The days of the two lists. Codes are reused with a new meaning, so a unit's
// uid bears the day of the list that it was taken from.
const (
	oldList = "2025-03-01" // list of three levels; when each unit began is not in it
	oldEnd  = "2025-06-30" // the last day of the old units
	newList = "2025-07-01" // list of two levels, and the first day of its units
)

// The acts by which the new units are.
const (
	actCodes     = "Quyết định số 19/2025/QĐ-TTg"
	actProvinces = "Nghị quyết số 202/2025/QH15"
)

// A unit is one administrative unit in one list.
type unit struct {
	uid, code        string
	name, full, en   string
	kind             string
	province, parent string // uids
	provinceCode     string
	now              bool // in the list of 2025-07-01
}

// units are both lists, and what became of the old one.
type units struct {
	provinces, districts, communes []*unit
	byUID                          map[string]*unit
	mapping                        []row
}

// kinds are the types of units by the words that a full name begins with;
// "Thành phố" depends on the level.
var kinds = []struct{ word, code string }{
	{"Đặc khu", "dac_khu"}, {"Thị trấn", "thi_tran"}, {"Thị xã", "thi_xa"}, {"Phường", "phuong"},
	{"Quận", "quan"}, {"Huyện", "huyen"}, {"Xã", "xa"}, {"Tỉnh", "tinh"},
}

func kindOf(full string, level byte) (string, error) {
	if strings.HasPrefix(full, "Thành phố ") {
		if level == 'T' {
			return "thanh_pho_tw", nil
		}
		return "thanh_pho", nil
	}
	for _, k := range kinds {
		if strings.HasPrefix(full, k.word+" ") {
			return k.code, nil
		}
	}
	return "", fmt.Errorf("no type of unit in %q", full)
}

func uidOf(level byte, code, list string) string { return string(level) + code + "." + list }

// add makes a unit of a line of a list.
func (u *units) add(r row, level byte, list string) (*unit, error) {
	kind, err := kindOf(r["full_name"], level)
	if err != nil {
		return nil, err
	}
	x := &unit{
		uid: uidOf(level, r["code"], list), code: r["code"], name: r["name"], full: r["full_name"], en: r["name_en"],
		kind: kind, now: list == newList, provinceCode: r["province_code"],
	}
	if level != 'T' {
		x.province = uidOf('T', r["province_code"], list)
		if u.byUID[x.province] == nil {
			return nil, fmt.Errorf("%s: no province %s", x.uid, x.province)
		}
	}
	if d := r["district_code"]; d != "" {
		x.parent = uidOf('H', d, list)
		if u.byUID[x.parent] == nil {
			return nil, fmt.Errorf("%s: no district %s", x.uid, x.parent)
		}
	}
	if u.byUID[x.uid] != nil {
		return nil, fmt.Errorf("%s twice", x.uid)
	}
	u.byUID[x.uid] = x
	return x, nil
}

func readUnits(dir string) (*units, error) {
	u := &units{byUID: map[string]*unit{}}
	for _, f := range []struct {
		file  string
		level byte
		list  string
		into  *[]*unit
	}{
		{"provinces", 'T', oldList, &u.provinces}, {"provinces", 'T', newList, &u.provinces},
		{"districts", 'H', oldList, &u.districts},
		{"communes", 'X', oldList, &u.communes}, {"communes", 'X', newList, &u.communes},
	} {
		rows, err := read(filepath.Join(dir, f.file+"_"+f.list+".csv"))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			x, err := u.add(r, f.level, f.list)
			if err != nil {
				return nil, fmt.Errorf("%s_%s: %w", f.file, f.list, err)
			}
			*f.into = append(*f.into, x)
		}
	}
	var err error
	u.mapping, err = read(filepath.Join(dir, "mapping_"+oldList+"_to_"+newList+".csv"))
	return u, err
}

// validity returns the first and the last day, empty where they are not known
// or not yet come.
func (x *unit) validity() (from, to string) {
	if x.now {
		return newList, ""
	}
	return "", oldEnd
}

func (x *unit) act(now string) string {
	if x.now {
		return now
	}
	return ""
}

// writeUnits writes the registers of provinces, districts and communes.
func writeUnits(dir string, u *units, p *profiles) error {
	var lines [][]string
	for _, x := range u.provinces {
		from, to := x.validity()
		area, people, seat, act := "", "", "", x.act(actCodes)
		if r := p.provinces[x.uid]; r != nil {
			area, people, seat = r["dientichkm2"], unambiguous(r["dansonguoi"]), r["trungtamhc"]
			if r["truocsapnhap"] != "không sáp nhập" {
				act = actProvinces + "; " + act
			}
		}
		lines = append(lines, []string{x.uid, x.code, x.name, x.full, x.en, x.kind, area, people, seat,
			from, to, act})
	}
	if err := write(filepath.Join(dir, "data", "vn-tinh.csv"), []string{"uid", "ma", "ten", "ten_day_du", "ten_en", "loai",
		"dien_tich_km2", "dan_so", "trung_tam_hanh_chinh", "hieu_luc_tu", "hieu_luc_den", "can_cu"}, lines); err != nil {
		return err
	}
	lines = nil
	for _, x := range u.districts {
		from, to := x.validity()
		lines = append(lines, []string{x.uid, x.code, x.name, x.full, x.kind, x.province, x.provinceCode, from, to})
	}
	if err := write(filepath.Join(dir, "data", "vn-huyen.csv"), []string{"uid", "ma", "ten", "ten_day_du", "loai",
		"tinh_uid", "ma_tinh", "hieu_luc_tu", "hieu_luc_den"}, lines); err != nil {
		return err
	}
	lines = nil
	for _, x := range u.communes {
		from, to := x.validity()
		lines = append(lines, []string{x.uid, x.code, x.name, x.full, x.en, x.kind, x.parent, x.province, x.provinceCode,
			from, to, x.act(actCodes)})
	}
	return write(filepath.Join(dir, "data", "vn-xa.csv"), []string{"uid", "ma", "ten", "ten_day_du", "ten_en", "loai",
		"huyen_uid", "tinh_uid", "ma_tinh", "hieu_luc_tu", "hieu_luc_den", "can_cu"}, lines)
}

// unambiguous removes the mark of "555.809", which could be 555,809 or
// 555.809; "8.718.000" can only be read in one way and stays as the source has
// it.
func unambiguous(n string) string {
	if strings.Count(n, ".") == 1 && !strings.Contains(n, ",") {
		return strings.Replace(n, ".", "", 1)
	}
	return n
}
