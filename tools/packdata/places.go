package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A feature of a GeoJSON file. The geometry's numbers stay as they are written
// in the source: not rounded, not simplified.
type feature struct {
	ID         string
	Properties map[string]string
	Geometry   json.RawMessage
}

func readFeatures(path string) ([]feature, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct{ Features []feature }
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file.Features, nil
}

// A place is one feature of a file of a pack: its columns in the order of the
// contract, and its geometry.
type place struct {
	key      string
	columns  []column
	geometry json.RawMessage
}

type column struct {
	name  string
	value any
}

// writePlaces writes a GeoJSON file, ordered by key, one feature a line. A
// column without a value is null, so that every feature has every column.
func writePlaces(path string, places []place) error {
	sort.Slice(places, func(i, j int) bool { return places[i].key < places[j].key })
	var b strings.Builder
	b.WriteString(`{"type":"FeatureCollection","features":[` + "\n")
	for i, p := range places {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(`{"type":"Feature","properties":{`)
		for j, c := range p.columns {
			if j > 0 {
				b.WriteByte(',')
			}
			name, err := json.Marshal(c.name)
			if err != nil {
				return err
			}
			value, err := json.Marshal(c.value)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", p.key, c.name, err)
			}
			b.Write(name)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteString(`},"geometry":`)
		b.WriteString(compact(p.geometry))
		b.WriteByte('}')
	}
	b.WriteString("\n]}\n")
	return keep(path, []byte(b.String()), len(places))
}

// compact drops the blanks of JSON that holds no text with blanks.
func compact(raw json.RawMessage) string {
	return strings.NewReplacer(" ", "", "\n", "", "\r", "").Replace(string(raw))
}

// writeBoundaries writes the boundaries of the provinces, and of the communes of
// the two provinces whose communes the sources have.
func writeBoundaries(vn, hy, sources string, u *units) error {
	for _, f := range []struct {
		from, to string
		level    map[string]*unit
	}{
		{"vn-boundaries/provinces_2025-07-01.geojson", filepath.Join(vn, "data", "vn-tinh-ranh-gioi.geojson.gz"), present(u.provinces)},
		{"vn-boundaries/communes_can_tho_2025-07-01.geojson", filepath.Join(vn, "data", "vn-xa-ranh-gioi-can-tho.geojson.gz"), present(u.communes)},
		{"vn-boundaries-hung-yen/communes_hung_yen_2025-07-01.geojson", filepath.Join(hy, "data", "hy-xa-ranh-gioi.geojson.gz"), present(u.communes)},
	} {
		path := filepath.Join(sources, f.from)
		features, err := readFeatures(path)
		if err != nil {
			return err
		}
		shapes, err := readShapes(path)
		if err != nil {
			return err
		}
		var places []place
		for _, x := range features {
			unit := f.level[x.ID]
			if unit == nil || unit.full != x.Properties["full_name"] {
				return fmt.Errorf("%s: %s %s is no unit of today", f.from, x.ID, x.Properties["full_name"])
			}
			places = append(places, boundary(unit, x, shapes[x.ID]))
		}
		if err := writePlaces(f.to, places); err != nil {
			return err
		}
	}
	return nil
}

// present are the units in force, by code.
func present(all []*unit) map[string]*unit {
	by := map[string]*unit{}
	for _, x := range all {
		if x.now {
			by[x.code] = x
		}
	}
	return by
}

func boundary(x *unit, f feature, s shape) place {
	km2, _, _ := s.areaAndCentre()
	points := 0
	for _, polygon := range s {
		for _, ring := range polygon {
			points += len(ring)
		}
	}
	columns := []column{{"ma", x.code}, {"ten", x.full}}
	if x.provinceCode != "" && x.provinceCode != x.code {
		columns = append(columns, column{"ma_tinh", x.provinceCode}, column{"loai", x.kind})
	}
	columns = append(columns, column{"so_manh", len(s)}, column{"so_diem", points},
		column{"dien_tich_ranh_gioi_km2", json.Number(strconv.FormatFloat(km2, 'f', 2, 64))}, column{"ngay_hieu_luc", newList})
	return place{x.code, columns, f.Geometry}
}

// healthColumns are the tags of OpenStreetMap that are kept, as columns. Who
// runs a place is left out: it may be a person.
var healthColumns = []struct{ tag, column string }{
	{"name", "ten"}, {"name:en", "ten_en"}, {"healthcare:speciality", "chuyen_khoa"}, {"operator:type", "hinh_thuc"}, {"emergency", "cap_cuu"},
	{"addr:housenumber", "so_nha"}, {"addr:street", "duong_pho"}, {"addr:subdistrict", "phuong_xa"}, {"addr:district", "quan_huyen"},
	{"addr:city", "thanh_pho"}, {"addr:province", "tinh"},
}

// writeHealth writes hospitals and health stations in and around Hà Nội. The file
// is a database derived from OpenStreetMap and stays under its licence.
func writeHealth(dir, source string) error {
	features, err := readFeatures(filepath.Join(source, "hospitals_hanoi_2024-09-27.geojson"))
	if err != nil {
		return err
	}
	emergency := map[string]any{"": nil, "yes": true, "no": false}
	var places []place
	for _, f := range features {
		p := place{key: f.Properties["osm_id"], geometry: f.Geometry}
		p.columns = append(p.columns, column{"ma_osm", p.key})
		for _, c := range healthColumns {
			var value any
			if s := strings.TrimSpace(f.Properties[c.tag]); s != "" {
				value = s
			}
			if c.tag == "emergency" {
				known, ok := emergency[f.Properties[c.tag]]
				if !ok {
					return fmt.Errorf("%s: emergency %q", p.key, f.Properties[c.tag])
				}
				value = known
			}
			p.columns = append(p.columns, column{c.column, value})
		}
		p.columns = append(p.columns, column{"ngay_trich", "2024-09-27"})
		places = append(places, p)
	}
	return writePlaces(filepath.Join(dir, "data", "vn-co-so-y-te-ha-noi.geojson"), places)
}
