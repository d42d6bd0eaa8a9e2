package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// counted are the parts of "126 ĐVHC (51 phường và 75 xã)".
var counted = regexp.MustCompile(`(\d+) (đặc khu|phường|xã)`)

// composed writes accents in one way: some cells of the source have them apart.
func composed(s string) string {
	s, _ = viet.NFC(s)
	return s
}

// plainNumber writes a number of the Vietnamese style the way programs do.
func plainNumber(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
}

// writeProvinceFigures writes area, population and make-up of the provinces as
// published, beside the area that the published boundary encloses.
func writeProvinceFigures(dir, boundaries string, u *units, p *profiles) error {
	shapes, err := readShapes(filepath.Join(boundaries, "provinces_2025-07-01.geojson"))
	if err != nil {
		return err
	}
	communes := map[string]int{}
	for _, x := range u.communes {
		if x.now {
			communes[x.provinceCode]++
		}
	}
	var lines [][]string
	for _, x := range u.provinces {
		if !x.now {
			continue
		}
		r, s := p.provinces[x.uid], shapes[x.code]
		if r == nil || s == nil {
			return fmt.Errorf("figures: nothing of %s", x.full)
		}
		of, sum := map[string]string{"xã": "0", "phường": "0", "đặc khu": "0"}, 0
		for _, m := range counted.FindAllStringSubmatch(composed(r["con"]), -1) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return err
			}
			of[m[2]], sum = strconv.Itoa(n), sum+n
		}
		if sum != communes[x.code] {
			note("figures: %s: the source counts %d communes, the list has %d", x.full, sum, communes[x.code])
		}
		total, _, _ := strings.Cut(r["con"], " ")
		from := composed(r["truocsapnhap"])
		if from == "không sáp nhập" {
			from = ""
		}
		km2, _, _ := s.areaAndCentre()
		lines = append(lines, []string{x.code, x.full, plainNumber(r["dientichkm2"]), plainNumber(r["dansonguoi"]), total, of["xã"], of["phường"],
			of["đặc khu"], from, composed(r["trungtamhc"]), strconv.FormatFloat(km2, 'f', 2, 64), figuresDay})
	}
	return write(filepath.Join(dir, "data", "vn-tinh-so-lieu.csv"), []string{"ma", "ten", "dien_tich_km2", "dan_so", "so_don_vi_cap_xa", "so_xa",
		"so_phuong", "so_dac_khu", "hop_thanh_tu", "trung_tam", "dien_tich_ranh_gioi_km2", "ngay_so_lieu"}, lines)
}

// writeCommunePlaces writes where the communes are and what they were made of,
// in the source's words.
func writeCommunePlaces(dir string, p *profiles) error {
	var places []place
	for _, x := range p.order {
		r := p.communes[x.uid]
		from := strings.Join(strings.Fields(composed(r["truocsapnhap"])), " ")
		kept := strings.EqualFold(from, "không sáp nhập")
		var old any
		if !kept {
			old = from
		}
		places = append(places, place{x.code, []column{{"ma_xa", x.code}, {"ten_xa", x.full}, {"loai", x.kind}, {"ma_tinh", x.provinceCode},
			{"sap_xep", !kept}, {"don_vi_cu", old}, {"ngay_so_lieu", figuresDay}},
			json.RawMessage(fmt.Sprintf(`{"type":"Point","coordinates":[%s,%s]}`, r["kinhdo"], r["vido"]))})
	}
	return writePlaces(filepath.Join(dir, "data", "vn-xa-vi-tri.geojson.gz"), places)
}
