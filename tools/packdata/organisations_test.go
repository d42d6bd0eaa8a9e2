package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// Each commune of the three provinces has one people's committee, under that of
// its province, and no organisation has a code that nobody has confirmed.
func TestPacks_OrganisationsGovernUnits(t *testing.T) {
	sets, _ := readPacks(t)
	communes := map[string]row{}
	for _, r := range sets["vn-xa"].rows {
		if r["hieu_luc_den"] == "" {
			communes[r["uid"]] = r
		}
	}
	for _, p := range []struct {
		pack, top, province string
		communes            int
	}{
		{"hung-yen", "hy-ubnd", "33", 104}, {"ha-tinh", "ht-ubnd", "42", 69}, {"quang-ngai", "qn-ubnd", "51", 96},
	} {
		governed := map[string]string{}
		for _, o := range readOrganisations(t, p.pack) {
			if o.Code != "" || len(o.Codes) > 0 {
				t.Errorf("%s has a code, but none is confirmed", o.ID)
			}
			if o.Unit == "" || o.ID == p.top {
				continue
			}
			c := communes[o.Unit]
			switch {
			case c == nil:
				t.Errorf("%s governs %s, which is not in vn-xa", o.ID, o.Unit)
			case governed[o.Unit] != "":
				t.Errorf("%s is governed by %s and %s", o.Unit, governed[o.Unit], o.ID)
			case c["ma"] != o.UnitCode || c["ma_tinh"] != p.province || o.Province != p.province || o.Parent != p.top || o.ValidFrom != c["hieu_luc_tu"]:
				t.Errorf("%s does not fit %v: %+v", o.ID, c, o)
			case !strings.EqualFold(o.Name, "Ủy ban nhân dân "+c["ten_day_du"]) || !strings.HasSuffix(o.Name, " "+c["ten"]):
				t.Errorf("%s is named %q, its unit %q", o.ID, o.Name, c["ten_day_du"])
			case len(o.Predecessors) > 0:
				t.Errorf("%s names predecessors, which no source does", o.ID)
			}
			governed[o.Unit] = o.ID
		}
		if len(governed) != p.communes {
			t.Errorf("%s: %d communes, want %d", p.pack, len(governed), p.communes)
		}
	}
}

type organisationOfPack struct {
	ID, Name, Level, Province, Unit, Parent, Code string
	UnitCode                                      string `yaml:"unitCode"`
	ValidFrom                                     string `yaml:"validFrom"`
	Codes                                         []any
	Predecessors                                  []string
}

func readOrganisations(t *testing.T, pack string) (all []organisationOfPack) {
	t.Helper()
	for _, path := range glob(t, filepath.Join(pack, "organisations", "*.yaml")) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Organisations []organisationOfPack }
		if err := yaml.Unmarshal(b, &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, file.Organisations...)
	}
	return all
}
