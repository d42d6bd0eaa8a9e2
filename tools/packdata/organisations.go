package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/phohien/phohien/viet"
)

// An organisation of the inventory.
type organisation struct {
	ID         string
	NameVi     string `yaml:"name_vi"`
	NameEn     string `yaml:"name_en"`
	Level      string
	Province   string
	Collective bool
	Inferred   bool
	ToBeFormed bool `yaml:"to_be_formed"`
	Sources    []string
	Note       string
}

func readInventory(dir string) ([]organisation, error) {
	var file struct{ Organisations []organisation }
	err := readYAML(dir, "organisations.yaml", &file)
	return file.Organisations, err
}

// A home is a pack that holds organisations.
type home struct {
	pack, prefix string
	provinces    []string // names in the inventory, "" = of no province
	code         string   // of the province whose communes it holds, "" = none
	acts         []string // by which those communes are
}

// homes are the packs with organisations. The bodies of Huế are named by a plan
// of Hà Tĩnh, as partners, and stand in its pack.
var homes = []home{
	{pack: "viet-nam", provinces: []string{""}},
	{"hung-yen", "hy", []string{"hung-yen"}, hungYen, []string{actHungYen, actCodes}},
	{"ha-tinh", "ht", []string{"ha-tinh", "hue"}, "42", []string{actCodes}},
	{"quang-ngai", "qn", []string{"quang-ngai"}, "51", []string{actCodes}},
}

// provinceCodes are the codes of the inventory's provinces since 1 July 2025.
var provinceCodes = map[string]string{"": "", "hung-yen": hungYen, "ha-tinh": "42", "quang-ngai": "51", "hue": "46"}

// documents are the plans in which the inventory found the organisations, by the
// number that its names of files begin with.
var documents = map[string]string{
	"000": "Kế hoạch của tỉnh Hưng Yên thực hiện Nghị quyết số 214/NQ-CP",
	"001": "Khung kiến trúc số tỉnh Hưng Yên (Quyết định số 2352/QĐ-UBND)",
	"002": "Văn bản của Ủy ban nhân dân tỉnh Quảng Ngãi thực hiện Nghị quyết số 214/NQ-CP",
	"003": "Kế hoạch chuyển đổi số tỉnh Hưng Yên năm 2026",
	"004": "Văn bản của Ủy ban nhân dân tỉnh Hà Tĩnh về dữ liệu",
}

// superiors are the bodies that organisations are under. The inventory does not
// name them: they follow from the names ("… thuộc Tỉnh ủy"), or, for ministries
// and the specialised agencies of a people's committee, from the laws on the
// organisation of the Government and of local government. Who is not listed
// stands at the top.
var superiors = map[string][]string{
	"tw-chinh-phu": {"tw-vpcp", "tw-bca", "tw-bkhcn", "tw-btc", "tw-bnv", "tw-byt"},
	"tw-bkhcn":     {"tw-cuc-cdsqg"},
	"tw-bca":       {"hy-ca", "qn-ca", "ht-ca"},
	"hy-tinh-uy":   {"hy-vp-tu", "hy-ban-noi-chinh-tu", "hy-dang-uy-truc-thuoc", "hy-cq-tham-muu-tu"},
	"hy-ubnd": {"hy-vp-ubnd", "hy-skhcn", "hy-stc", "hy-snv", "hy-sct", "hy-sxd", "hy-stp", "hy-syt", "hy-snnmt", "hy-sgddt",
		"hy-svhttdl", "hy-thanh-tra", "hy-bql-kcn", "hy-bql-kkt", "hy-so-nganh", "hy-ubnd-xa"},
	"qn-ubnd": {"qn-vp-ubnd", "qn-skhcn", "qn-snv", "qn-stc", "qn-so-nganh", "qn-ubnd-xa"},
	"qn-ca":   {"qn-pc06"},
	"ht-ubnd": {"ht-vp-ubnd", "ht-skhcn", "ht-stc", "ht-snv", "ht-stp", "ht-sgddt", "ht-sct", "ht-snnmt", "ht-sxd", "ht-syt",
		"ht-svhttdl", "ht-thanh-tra", "ht-dtg", "ht-so-nganh", "ht-ubnd-xa"},
	"hue-tp": {"hue-skhcn"},
}

func superiorOf(id string) string {
	for above, below := range superiors {
		if slices.Contains(below, id) {
			return above
		}
	}
	return ""
}

// writeTrees writes the organisations of all packs: those of the inventory, and
// the people's committee of each commune of the provinces.
func writeTrees(out, inventory string, u *units) error {
	all, err := readInventory(inventory)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, o := range all {
		known[o.ID] = true
	}
	for above, below := range superiors {
		for _, id := range append([]string{above}, below...) {
			if !known[id] {
				return fmt.Errorf("superiors: no organisation %s in the inventory", id)
			}
		}
	}
	placed := 0
	for _, h := range homes {
		n, err := h.write(filepath.Join(out, h.pack, "organisations"), all, u, known)
		if err != nil {
			return err
		}
		placed += n
	}
	if placed != len(all) {
		return fmt.Errorf("%d organisations in the inventory, %d in the packs", len(all), placed)
	}
	return nil
}

func (h *home) write(dir string, all []organisation, u *units, known map[string]bool) (placed int, err error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by tools/packdata.\nkind: Organisations\norganisations:\n")
	for i := range all {
		if slices.Contains(h.provinces, all[i].Province) {
			if err := all[i].write(&b, h, u); err != nil {
				return 0, err
			}
			placed++
		}
	}
	if err := save(filepath.Join(dir, "co-quan.yaml"), b.String(), placed); err != nil || h.code == "" {
		return placed, err
	}
	b.Reset()
	fmt.Fprintf(&b, "# Made by tools/packdata.\nkind: Organisations\norganisations:\n")
	communes := h.communes(u)
	for _, c := range communes {
		id := h.prefix + "-ubnd-" + viet.Slug(c.name)
		if slices.ContainsFunc(communes, func(x *unit) bool { return x != c && viet.Slug(x.name) == viet.Slug(c.name) }) {
			id += "-" + c.code // "Ba Tơ" and "Ba Tô"
		}
		if known[id] {
			return 0, fmt.Errorf("%s twice", id)
		}
		known[id] = true
		h.committee(&b, id, c)
	}
	return placed, save(filepath.Join(dir, "ubnd-cap-xa.yaml"), b.String(), len(communes))
}

func save(path, text string, n int) error {
	note("%-45s %6d organisations %8d bytes", path, n, len(text))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// communes are those of the province today, by code.
func (h *home) communes(u *units) []*unit {
	var list []*unit
	for _, x := range u.communes {
		if x.now && x.provinceCode == h.code {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, func(a, b *unit) int { return strings.Compare(a.code, b.code) })
	return list
}

// kindsEn are the types of communes in English.
var kindsEn = map[string]string{"xa": "Commune", "phuong": "Ward", "dac_khu": "Special Zone"}

// committee writes the people's committee of a commune. Which committees it
// took the place of no source says.
func (h *home) committee(b *strings.Builder, id string, c *unit) {
	begin(b, id)
	kind := strings.TrimSuffix(c.full, c.name) // "Phường ", "Đặc khu "
	text(b, "name", "Ủy ban nhân dân "+strings.ToLower(kind)+c.name)
	text(b, "nameEn", c.name+" "+kindsEn[c.kind]+" People's Committee")
	bare(b, "level", "commune")
	text(b, "province", h.code)
	bare(b, "unit", c.uid)
	text(b, "unitCode", c.code)
	bare(b, "parent", h.prefix+"-ubnd")
	bare(b, "validFrom", newList)
	list(b, "sources", h.acts)
}

// write writes one organisation of the inventory. Since when it is, and its
// agency's code, no source says.
func (o *organisation) write(b *strings.Builder, h *home, u *units) error {
	if _, ok := levels[o.Level]; !ok {
		return fmt.Errorf("organisation %s: level %q", o.ID, o.Level)
	}
	code, ok := provinceCodes[o.Province]
	if !ok {
		return fmt.Errorf("organisation %s: province %q", o.ID, o.Province)
	}
	begin(b, o.ID)
	text(b, "name", o.NameVi)
	text(b, "nameEn", o.NameEn)
	bare(b, "level", o.Level)
	if code != "" {
		text(b, "province", code)
	}
	if h.prefix != "" && o.ID == h.prefix+"-ubnd" {
		uid := uidOf('T', code, newList)
		if u.byUID[uid] == nil {
			return fmt.Errorf("organisation %s: no unit %s", o.ID, uid)
		}
		bare(b, "unit", uid)
		text(b, "unitCode", code)
	}
	if above := superiorOf(o.ID); above != "" {
		bare(b, "parent", above)
	}
	for _, flag := range []struct {
		key string
		set bool
	}{{"collective", o.Collective}, {"inferred", o.Inferred}, {"toBeFormed", o.ToBeFormed}} {
		if flag.set {
			bare(b, flag.key, "true")
		}
	}
	var from []string
	for _, s := range o.Sources {
		number, _, _ := strings.Cut(s, "_")
		title, ok := documents[number]
		if !ok {
			return fmt.Errorf("organisation %s: source %q", o.ID, s)
		}
		from = append(from, title)
	}
	list(b, "sources", from)
	if o.Note != "" {
		text(b, "note", o.Note)
	}
	return nil
}

func begin(b *strings.Builder, id string)        { fmt.Fprintf(b, "  - id: %s\n", id) }
func bare(b *strings.Builder, key, value string) { fmt.Fprintf(b, "    %s: %s\n", key, value) }
func text(b *strings.Builder, key, value string) { fmt.Fprintf(b, "    %s: %q\n", key, value) }
func list(b *strings.Builder, key string, l []string) {
	fmt.Fprintf(b, "    %s:\n", key)
	for _, s := range l {
		fmt.Fprintf(b, "      - %q\n", s)
	}
}
