package main

import (
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
)

// The province of the pack, and the act that made its communes.
const (
	hungYen    = "33"
	actHungYen = "Nghị quyết số 1666/NQ-UBTVQH15"
)

// headingHungYen is the heading of hy-xa, also of the sample with faults.
var headingHungYen = []string{"ma_xa", "ten_xa", "loai", "ma_tinh", "dien_tich_km2", "dan_so", "dien_tich_ranh_gioi_km2",
	"so_don_vi_cu", "nhan_mot_phan", "don_vi_cu", "vi_tri", "ngay_hieu_luc", "ngay_so_lieu", "can_cu"}

// writeHungYen writes the communes of Hưng Yên: figures as published, beside
// the area and the centre measured on the published boundaries.
func writeHungYen(dir, boundaries string, u *units, p *profiles) error {
	shapes, err := readShapes(filepath.Join(boundaries, "communes_hung_yen_2025-07-01.geojson"))
	if err != nil {
		return err
	}
	communes, _, err := u.edges()
	if err != nil {
		return err
	}
	out, from := map[*unit]int{}, map[*unit][]*unit{}
	for _, e := range communes {
		out[e.old]++
		from[e.new] = append(from[e.new], e.old)
	}
	var lines [][]string
	for _, x := range p.order {
		if x.provinceCode != hungYen {
			continue
		}
		s, ok := shapes[x.code]
		if !ok {
			return fmt.Errorf("no boundary of %s", x.uid)
		}
		part := false
		for _, old := range from[x] {
			part = part || out[old] > 1
		}
		r := p.communes[x.uid]
		km2, lon, lat := s.areaAndCentre()
		lines = append(lines, []string{x.code, x.full, x.kind, x.provinceCode, r["dientichkm2"], r["dansonguoi"],
			strconv.FormatFloat(km2, 'f', 2, 64), strconv.Itoa(len(from[x])), strconv.FormatBool(part), r["truocsapnhap"],
			fmt.Sprintf("POINT (%.6f %.6f)", lon, lat), newList, figuresDay, actHungYen})
	}
	sort.Slice(lines, func(i, j int) bool { return lines[i][0] < lines[j][0] })
	if err := write(filepath.Join(dir, "data", "hy-xa.csv"), headingHungYen, lines); err != nil {
		return err
	}
	return writeFaulty(dir, lines)
}
