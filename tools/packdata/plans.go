package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// planCodes are the documents that the inventory was read from, by the number
// that its names of files begin with. Tasks and targets bear them in their ids.
var planCodes = map[string]string{"000": "hy214", "001": "hyka", "002": "qn214", "003": "hy26", "004": "ht731"}

// planOf is the code of the document that a source names.
func planOf(source string) (string, error) {
	number, _, _ := strings.Cut(source, "_")
	code, ok := planCodes[number]
	if !ok {
		return "", fmt.Errorf("document %q", source)
	}
	return code, nil
}

// cadences are how often, as codes of the pack's list.
var cadences = map[string]string{
	"monthly": "thang", "quarterly": "quy", "semiannual": "sau-thang", "annual": "nam", "at-least-annual": "nam", "ad-hoc": "dot-xuat",
	"periodic": "dinh-ky", "continuous": "thuong-xuyen", "realtime": "thuong-xuyen", "24/7": "thuong-xuyen", "once": "mot-lan",
}

// many are several values in one cell: the contract says how they are parted.
func many(values []string) string { return strings.Join(values, "; ") }

// firstOf is the first value, and the others.
func firstOf(values []string) (one, others string) {
	if len(values) == 0 {
		return "", ""
	}
	return values[0], many(values[1:])
}

// coded turns values into codes.
func coded(values []string, codes map[string]string) (out []string, err error) {
	for _, v := range values {
		c, ok := codes[v]
		if !ok {
			return nil, fmt.Errorf("no code for %q", v)
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out, nil
}

var quarter = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)

// dueBy is a moment as the inventory writes it as a partial date: of a quarter its last
// month. "yearly" and "continuous" are no date.
func dueBy(s string) string {
	if m := quarter.FindStringSubmatch(s); m != nil {
		q, _ := strconv.Atoi(m[2]) // one digit
		return fmt.Sprintf("%s-%02d", m[1], 3*q)
	}
	if s == "yearly" || s == "continuous" {
		return ""
	}
	return s
}

// writePlans writes what the plans of three provinces name: organisations,
// systems, targets, tasks, duties and documents.
func writePlans(dir, inventory string) error {
	for _, step := range []func(dir, inventory string) error{
		writePlanOrganisations, writeSystems, writeTargets, writePlanTasks, writeDuties, writeDocuments,
	} {
		if err := step(dir, inventory); err != nil {
			return err
		}
	}
	return nil
}

func writePlanOrganisations(dir, inventory string) error {
	all, err := readInventory(inventory)
	if err != nil {
		return err
	}
	var lines [][]string
	for _, o := range all {
		level, ok := levels[o.Level]
		code, ok2 := provinceCodes[o.Province]
		if !ok || !ok2 {
			return fmt.Errorf("organisation %s: level %q, province %q", o.ID, o.Level, o.Province)
		}
		lines = append(lines, []string{o.ID, o.NameVi, o.NameEn, level, code, superiorOf(o.ID), strconv.FormatBool(o.Collective),
			strconv.FormatBool(o.Inferred), strconv.FormatBool(o.ToBeFormed), strconv.Itoa(len(o.Sources)), o.Note})
	}
	return write(filepath.Join(dir, "data", "kh-co-quan.csv"), []string{"ma", "ten", "ten_en", "khoi", "ma_tinh", "cap_tren", "ten_goi_chung",
		"suy_ra", "se_thanh_lap", "so_van_ban", "ghi_chu"}, lines)
}

// deliveries are how the platform deals with a system, as codes of the pack's list.
var deliveries = map[string]string{"": "", "CORE": "nang-luc-loi", "PACK": "goi-nghiep-vu", "CONNECT": "ket-noi", "TRACK": "theo-doi"}

// systemGroups are the groups of systems as codes of the pack's list.
var systemGroups = map[string]string{"A": "dung-chung", "B": "quoc-gia", "C": "chuyen-nganh", "D": "ha-tang-nguon-luc"}

func writeSystems(dir, inventory string) error {
	var file struct {
		Systems []struct {
			ID             string
			NameVi         string `yaml:"name_vi"`
			NameEn         string `yaml:"name_en"`
			Group          string
			SubgroupVi     string `yaml:"subgroup_vi"`
			Delivery       string
			DeliveryAlso   string `yaml:"delivery_also"`
			Provinces      []string
			Owners         []string
			OwnersInferred []string `yaml:"owners_inferred"`
			Sources        []struct{ File, Section string }
			Functions      []string
		}
	}
	if err := readYAML(inventory, "systems.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, s := range file.Systems {
		group, ok := systemGroups[s.Group]
		delivery, ok2 := deliveries[s.Delivery]
		also, ok3 := deliveries[s.DeliveryAlso]
		if !ok || !ok2 || !ok3 {
			return fmt.Errorf("system %s: group %q, delivery %q, %q", s.ID, s.Group, s.Delivery, s.DeliveryAlso)
		}
		var at []string
		for _, x := range s.Sources {
			plan, err := planOf(x.File)
			if err != nil {
				return fmt.Errorf("system %s: %w", s.ID, err)
			}
			at = append(at, plan+": "+x.Section)
		}
		owner, others := firstOf(s.Owners)
		in := func(province string) string { return strconv.FormatBool(slices.Contains(s.Provinces, province)) }
		lines = append(lines, []string{s.ID, s.NameVi, s.NameEn, group, s.SubgroupVi, delivery, also, in("hung-yen"), in("quang-ngai"),
			in("ha-tinh"), owner, others, strconv.FormatBool(len(s.OwnersInferred) > 0), strconv.Itoa(len(s.Sources)), many(at), many(s.Functions)})
	}
	return write(filepath.Join(dir, "data", "kh-he-thong.csv"), []string{"ma", "ten", "ten_en", "nhom", "phan_nhom", "cach_phuc_vu",
		"cach_phuc_vu_khac", "o_hung_yen", "o_quang_ngai", "o_ha_tinh", "chu_quan", "cung_chu_quan", "chu_quan_suy_ra", "so_lan_neu", "vi_tri", "chuc_nang_en"}, lines)
}

// How targets are compared, where their figures and days come from, and how they
// are measured, as codes of the pack's lists.
var (
	comparators = map[string]string{"=": "bang", ">=": "tu", ">": "tren", "towards": "huong-toi", "reduce-by": "giam", "qualitative": "dinh-tinh"}
	bases       = map[string]string{"stated": "neu-ro", "explicit": "neu-ro", "inferred": "suy-ra", "plan-horizon": "theo-ky-ke-hoach", "none": "khong-neu"}
	measures    = map[string]string{"full": "tu-tinh", "feed": "nhan-so-lieu", "manual": "nhap-tay"}
)

func writeTargets(dir, inventory string) error {
	var file struct {
		Targets []struct {
			ID, Province, Source, Section, Title string
			Value                                any
			ValueBasis                           string `yaml:"value_basis"`
			Unit, Comparator, Deadline           string
			DeadlineBasis                        string `yaml:"deadline_basis"`
			Lead, Support                        []string
			LeadBasis                            string `yaml:"lead_basis"`
			Area                                 string
			Systems                              []string
			Measure                              string
			MeasureHint                          string `yaml:"measure_hint"`
		}
	}
	if err := readYAML(inventory, "targets.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, t := range file.Targets {
		plan, err := planOf(t.Source)
		if err != nil {
			return fmt.Errorf("target %s: %w", t.ID, err)
		}
		codes := []string{comparators[t.Comparator], bases[t.ValueBasis], bases[t.DeadlineBasis], bases[t.LeadBasis], measures[t.Measure], provinceCodes[t.Province]}
		if slices.Contains(codes, "") {
			return fmt.Errorf("target %s: %q", t.ID, codes)
		}
		value := ""
		if t.Value != nil {
			value = fmt.Sprint(t.Value)
		}
		lead, others := firstOf(t.Lead)
		lines = append(lines, []string{t.ID, codes[5], plan, t.Section, t.Title, t.Area, codes[0], value, t.Unit, codes[1], dueBy(t.Deadline), t.Deadline,
			codes[2], lead, others, many(t.Support), codes[3], many(t.Systems), codes[4], t.MeasureHint})
	}
	return write(filepath.Join(dir, "data", "kh-chi-tieu.csv"), []string{"ma", "ma_tinh", "van_ban", "muc", "ten", "linh_vuc", "so_sanh", "gia_tri",
		"don_vi_tinh", "can_cu_gia_tri", "thoi_han", "thoi_han_nguon", "can_cu_thoi_han", "chu_tri", "dong_chu_tri", "phoi_hop", "can_cu_chu_tri",
		"he_thong", "cach_do", "cach_do_en"}, lines)
}

func writePlanTasks(dir, inventory string) error {
	var file struct {
		Tasks []struct {
			ID, Province, Source, Section, Group, Title, Kind string
			Lead, Support, To, Cadence, Systems               []string
			Start, Due, Condition, Priority, Product          string
		}
	}
	if err := readYAML(inventory, "tasks.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, t := range file.Tasks {
		plan, err := planOf(t.Source)
		if err != nil {
			return fmt.Errorf("task %s: %w", t.ID, err)
		}
		kind, ok := taskKinds[t.Kind]
		priority, ok2 := priorities[t.Priority]
		code, ok3 := provinceCodes[t.Province]
		often, err := coded(t.Cadence, cadences)
		if err != nil || !ok || !ok2 || !ok3 {
			return fmt.Errorf("task %s: kind %q, priority %q, province %q, %v", t.ID, t.Kind, t.Priority, t.Province, err)
		}
		lead, others := firstOf(t.Lead)
		one, more := firstOf(often)
		lines = append(lines, []string{t.ID, code, plan, t.Section, t.Group, t.Title, kind, lead, others, many(t.Support), many(t.To), t.Start,
			dueBy(t.Due), t.Due, one, more, t.Condition, priority, t.Product, many(t.Systems)})
	}
	return write(filepath.Join(dir, "data", "kh-nhiem-vu.csv"), []string{"ma", "ma_tinh", "van_ban", "muc", "nhom", "ten", "loai", "chu_tri",
		"dong_chu_tri", "phoi_hop", "noi_nhan", "bat_dau", "thoi_han", "thoi_han_nguon", "chu_ky", "chu_ky_khac", "dieu_kien", "uu_tien", "san_pham", "he_thong"}, lines)
}

// A duty is a report, a thing to be done once, or a review.
type duty struct {
	ID, Province, Source, Section string
	Who, To                       []string
	Cadence                       any // one or several
	Due                           struct {
		Rule, Date, Period string
		Day, Month         int
	}
	Channel, Content, Minimum, Note string
}

func writeDuties(dir, inventory string) error {
	var file struct {
		Reports []duty `yaml:"reporting_duties"`
		Once    []duty `yaml:"one_off_deadlines"`
		Reviews []duty `yaml:"periodic_reviews"`
	}
	if err := readYAML(inventory, "duties.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, part := range []struct {
		kind   string
		duties []duty
	}{{"bao-cao", file.Reports}, {"mot-lan", file.Once}, {"ra-soat", file.Reviews}} {
		for i := range part.duties {
			line, err := part.duties[i].line(part.kind)
			if err != nil {
				return fmt.Errorf("duty %s: %w", part.duties[i].ID, err)
			}
			lines = append(lines, line)
		}
	}
	return write(filepath.Join(dir, "data", "kh-che-do-bao-cao.csv"), []string{"ma", "ma_tinh", "van_ban", "muc", "loai", "noi_dung", "thuc_hien",
		"cung_thuc_hien", "noi_nhan", "chu_ky", "chu_ky_khac", "ngay_chot", "thang_chot", "han", "hinh_thuc", "ghi_chu"}, lines)
}

func (d *duty) line(kind string) ([]string, error) {
	plan, err := planOf(d.Source)
	if err != nil {
		return nil, err
	}
	var often []string
	switch c := d.Cadence.(type) {
	case nil:
		often = []string{"once"}
	case string:
		often = []string{c}
	case []any:
		for _, x := range c {
			often = append(often, fmt.Sprint(x))
		}
	}
	if often, err = coded(often, cadences); err != nil {
		return nil, err
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	by := d.Due.Date
	if by == "" {
		by = dueBy(d.Due.Period)
	}
	who, others := firstOf(d.Who)
	one, more := firstOf(often)
	return []string{d.ID, provinceCodes[d.Province], plan, d.Section, kind, d.Content, who, others, many(d.To), one, more, number(d.Due.Day),
		number(d.Due.Month), by, d.Channel, d.Note}, nil
}

// documentKinds are the kinds of documents by a part of their number, in the
// order in which they are tried.
var documentKinds = []struct{ part, code string }{
	{"Luật ", "luat"}, {"TCVN", "tieu-chuan"}, {"Đề án", "de-an"}, {"NQ", "nghi-quyet"}, {"NĐ-CP", "nghi-dinh"}, {"/TT-", "thong-tu"},
	{"/TTr-", "to-trinh"}, {"QĐ", "quyet-dinh"}, {"/KH-", "ke-hoach"}, {"/BKHCN-", "cong-van"}, {"/CĐSQG-", "cong-van"},
}

// documentKind tells the kind of a document by its number.
func documentKind(number string) string {
	for _, k := range documentKinds {
		if strings.Contains(number, k.part) {
			return k.code
		}
	}
	return ""
}

// writeDocuments writes the five plans and the acts that they rest on.
func writeDocuments(dir, inventory string) error {
	var file struct {
		Plans []struct {
			Source, Province, Kind, Number, Date string
			Title                                string `yaml:"title_vi"`
			Issuer, State                        string
		}
		Acts []struct {
			Number, Date string
			Subject      string `yaml:"subject_vi"`
			Sources      []string
			Note         string
		} `yaml:"legal_basis"`
	}
	if err := readYAML(inventory, "duties.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, p := range file.Plans {
		plan, err := planOf(p.Source)
		if err != nil {
			return err
		}
		lines = append(lines, []string{plan, "true", p.Kind, p.Number, p.Date, p.Title, p.Issuer, provinceCodes[p.Province], "", "0", p.State})
	}
	for _, a := range file.Acts {
		kind := documentKind(a.Number)
		if kind == "" {
			return fmt.Errorf("act %q: no kind", a.Number)
		}
		var by []string
		for _, s := range a.Sources {
			plan, err := planOf(s)
			if err != nil {
				return err
			}
			by = append(by, plan)
		}
		lines = append(lines, []string{viet.Slug(a.Number), "false", kind, a.Number, a.Date, a.Subject, "", "", many(by), strconv.Itoa(len(by)), a.Note})
	}
	return write(filepath.Join(dir, "data", "kh-van-ban.csv"), []string{"ma", "la_ke_hoach", "loai", "so_ky_hieu", "ngay", "trich_yeu", "ban_hanh",
		"ma_tinh", "can_cu_cua", "so_ke_hoach_dan", "ghi_chu"}, lines)
}
