package main

import (
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// An edge says that territory of one unit became territory of another.
type edge struct{ old, new *unit }

// code writes a code that lost its zeros, "1.0" or "1", with its digits again.
func code(s string, digits int) (string, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, ".0"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// edges reads the mapping. Five island districts had no communes; they come
// apart, as edges from a district to a special zone.
func (u *units) edges() (communes, districts []edge, err error) {
	named := map[string]*unit{}
	for _, x := range u.communes {
		if x.now {
			named[x.provinceCode+x.full] = x
		}
	}
	moved := map[string]bool{}
	for i, r := range u.mapping {
		fail := func(what string) error { return fmt.Errorf("mapping, row %d: no %s", i+2, what) }
		to := u.byUID[uidOf('X', r["newWardCode"], newList)]
		if to == nil {
			if to = named[r["newProvinceCode"]+r["newWard"]]; to == nil {
				return nil, nil, fail("new commune " + r["newWardCode"])
			}
			moved[r["newWardCode"]+" is "+to.code+" "+to.full] = true
		}
		level, digits, field := byte('X'), 5, "wardCode"
		if r[field] == "" {
			level, digits, field = 'H', 3, "districtCode"
		}
		c, err := code(r[field], digits)
		if err != nil {
			return nil, nil, fmt.Errorf("mapping, row %d: %w", i+2, err)
		}
		from := u.byUID[uidOf(level, c, oldList)]
		if from == nil {
			return nil, nil, fail("old unit " + c)
		}
		if level == 'H' {
			districts = append(districts, edge{from, to})
		} else {
			communes = append(communes, edge{from, to})
		}
	}
	for m := range moved {
		note("mapping: code not in the list, taken by name and province: %s", m)
	}
	return communes, districts, nil
}

// provinceEdges follows from the communes: each old province went whole into
// one new one.
func (u *units) provinceEdges(communes []edge) ([]edge, error) {
	to := map[string]string{}
	for _, e := range communes {
		if was, ok := to[e.old.province]; ok && was != e.new.province {
			return nil, fmt.Errorf("%s lies in %s and %s", e.old.province, was, e.new.province)
		}
		to[e.old.province] = e.new.province
	}
	var edges []edge
	for _, x := range u.provinces {
		if y := to[x.uid]; y != "" {
			edges = append(edges, edge{x, u.byUID[y]})
		}
	}
	return edges, nil
}

// The three ways in which a unit can differ from the one that it became. Names
// that differ only in the place of the tone mark are the same name.
func (e edge) renamed() bool {
	return viet.FoldTone(strings.ToLower(e.old.name)) != viet.FoldTone(strings.ToLower(e.new.name))
}
func (e edge) retyped() bool { return e.old.kind != e.new.kind }
func (e edge) recoded() bool { return e.old.code != e.new.code }

// kind says what happened, read from the graph alone: an old unit that went to
// several is split; a new one made of several whole ones is a merger; of one
// and the same, the first difference of name, type, code gives the word.
func (e edge) kind(out, in map[*unit]int) string {
	switch {
	case out[e.old] > 1:
		return "split"
	case in[e.new] > 1:
		return "merge"
	case e.renamed():
		return "rename"
	case e.retyped():
		return "retype"
	case e.recoded():
		return "recode"
	}
	return "keep"
}

// writeChanges writes the change graph, one file a level.
func writeChanges(dir string, u *units) error {
	communes, districts, err := u.edges()
	if err != nil {
		return err
	}
	provinces, err := u.provinceEdges(communes)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		file  string
		edges []edge
	}{
		{"vn-don-vi-thay-doi", communes},
		{"vn-tinh-thay-doi", provinces},
		{"vn-huyen-thay-doi", districts},
	} {
		if err := writeEdges(filepath.Join(dir, "data", f.file+".csv"), f.edges); err != nil {
			return err
		}
	}
	return nil
}

func writeEdges(path string, edges []edge) error {
	out, in := map[*unit]int{}, map[*unit]int{}
	for _, e := range edges {
		out[e.old]++
		in[e.new]++
	}
	count := map[string]int{}
	lines := make([][]string, 0, len(edges))
	for _, e := range edges {
		k := e.kind(out, in)
		count[k]++
		act := actCodes
		if k == "merge" && e.old.province == "" {
			act = actProvinces
		}
		lines = append(lines, []string{e.old.uid, e.new.uid, k, "", strconv.FormatBool(e.renamed()),
			strconv.FormatBool(e.retyped()), strconv.FormatBool(e.recoded()), newList, act})
	}
	sort.Slice(lines, func(i, j int) bool {
		return lines[i][0]+lines[i][1] < lines[j][0]+lines[j][1]
	})
	note("%s: %v", filepath.Base(path), count)
	return write(path, []string{"uid_cu", "uid_moi", "loai_thay_doi", "ty_le", "doi_ten", "doi_loai", "doi_ma",
		"ngay_hieu_luc", "can_cu"}, lines)
}
