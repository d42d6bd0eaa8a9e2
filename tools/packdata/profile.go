package main

import (
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/phohien/phohien/viet"
)

// profiles are area, population and seat by the uid of the unit. The source
// knows its units by name only.
type profiles struct {
	provinces map[string]row
	communes  map[string]row
	order     []*unit // communes of the source, by code
}

// pending is what the source writes where it does not know yet.
const pending = "đang cập nhật"

// named is the key that names are joined by: without case, and with the tone
// mark in one place.
func named(s string) string {
	s, _ = viet.NFC(strings.Join(strings.Fields(s), " "))
	return viet.FoldTone(strings.ToLower(s))
}

// provinceName drops the word before the name.
func provinceName(s string) string {
	for _, word := range []string{"thủ đô ", "thành phố ", "tỉnh "} {
		s = strings.TrimPrefix(s, word)
	}
	return s
}

func readProfiles(dir string, u *units) (*profiles, error) {
	p := &profiles{provinces: map[string]row{}, communes: map[string]row{}}
	provinces, err := read(filepath.Join(dir, "provinces_area_population_seat_2025-07-17.csv"))
	if err != nil {
		return nil, err
	}
	uid := map[string]string{}
	for _, x := range u.provinces {
		if x.now {
			uid[named(x.name)] = x.uid
		}
	}
	for _, r := range provinces {
		x := uid[provinceName(named(r["tentinh"]))]
		if x == "" {
			return nil, fmt.Errorf("profile: no province %q", r["tentinh"])
		}
		p.provinces[x] = r
	}
	communes, err := read(filepath.Join(dir, "communes_area_population_seat_2025-07-17.csv"))
	if err != nil {
		return nil, err
	}
	return p, p.join(communes, uid, u)
}

// join finds the commune of each line: by province, type and name; then, among
// those left over, by province and name without accents.
func (p *profiles) join(lines []row, province map[string]string, u *units) error {
	exact, loose := map[string]*unit{}, map[string][]*unit{}
	for _, x := range u.communes {
		if x.now {
			exact[x.province+named(x.full)] = x
		}
	}
	var left []row
	for _, r := range lines {
		key := province[provinceName(named(r["tentinh"]))] + named(r["loai"]+" "+r["tenhc"])
		if x := exact[key]; x != nil {
			p.set(x, r)
			delete(exact, key)
			continue
		}
		left = append(left, r)
	}
	for _, x := range exact {
		loose[x.province+plain(x.name)] = append(loose[x.province+plain(x.name)], x)
	}
	for _, r := range left {
		uid := province[provinceName(named(r["tentinh"]))]
		x := loose[uid+plain(r["tenhc"])]
		if len(x) != 1 {
			return fmt.Errorf("profile: %d communes for %s %s, %s", len(x), r["loai"], r["tenhc"], r["tentinh"])
		}
		note("profile: %s %s, %s taken for %s %s", r["loai"], r["tenhc"], r["tentinh"], x[0].code, x[0].full)
		p.set(x[0], r)
	}
	sort.Slice(p.order, func(i, j int) bool { return p.order[i].code < p.order[j].code })
	return nil
}

func (p *profiles) set(x *unit, r row) {
	p.communes[x.uid] = r
	p.order = append(p.order, x)
}

// plain is a name without accents, spaces and marks.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, viet.Fold(s))
}

// known empties a text that only says that it is not known yet.
func known(s string) string {
	if strings.TrimSpace(s) == pending {
		return ""
	}
	return s
}

// writeFigures writes area and population as the source has them, faults
// included: they are what the rules of the data set are for.
func writeFigures(dir string, p *profiles) error {
	var lines [][]string
	for _, x := range p.order {
		r := p.communes[x.uid]
		lines = append(lines, []string{x.code, r["loai"] + " " + r["tenhc"], x.provinceCode,
			r["dientichkm2"], r["dansonguoi"], known(r["trungtamhc"]), figuresDay})
	}
	return write(filepath.Join(dir, "data", "vn-xa-so-lieu.csv"), []string{"ma_xa", "ten_xa", "ma_tinh",
		"dien_tich_km2", "dan_so", "tru_so", "ngay_so_lieu"}, lines)
}

// figuresDay is the day on which the figures were collected.
const figuresDay = "2025-07-17"
