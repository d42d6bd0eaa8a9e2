package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// province is the name of Hưng Yên in the inventory.
const province = "hung-yen"

func readYAML(dir, file string, into any) error {
	b, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(joinFlow(b), into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// joinFlow puts the entries "- {…}" that run over several lines on one: the
// reader of YAML does not take a plain text that is broken inside braces.
func joinFlow(b []byte) []byte {
	var out strings.Builder
	open := false
	for line := range strings.Lines(string(b)) {
		text := strings.TrimRight(line, "\n")
		if open {
			out.WriteByte(' ')
			text = strings.TrimLeft(text, " ")
		}
		out.WriteString(text)
		if open = (open || strings.HasPrefix(strings.TrimLeft(text, " "), "- {")) && !strings.HasSuffix(text, "}"); !open {
			out.WriteByte('\n')
		}
	}
	return []byte(out.String())
}

// levels are the levels of organisations of the inventory as codes of the
// pack's list.
var levels = map[string]string{
	"central": "trung-uong", "province": "cap-tinh", "commune": "cap-xa", "party": "dang", "council": "hdnd",
	"front": "mat-tran", "court": "toa-an", "procuracy": "vien-kiem-sat", "police": "cong-an", "military": "quan-su",
	"service-unit": "su-nghiep", "school": "truong", "mass-org": "doan-the", "media": "bao-chi", "bank": "ngan-hang",
	"enterprise": "doanh-nghiep", "steering": "ban-chi-dao",
}

// writeOrganisations writes the agencies and groups of agencies of Hưng Yên.
func writeOrganisations(dir, inventory string) error {
	all, err := readInventory(inventory)
	if err != nil {
		return err
	}
	var lines [][]string
	for _, o := range all {
		if o.Province != province {
			continue
		}
		level, ok := levels[o.Level]
		if !ok {
			return fmt.Errorf("organisation %s: level %q", o.ID, o.Level)
		}
		lines = append(lines, []string{o.ID, o.NameVi, o.NameEn, level, hungYen, strconv.FormatBool(o.Collective),
			strconv.FormatBool(o.ToBeFormed), strconv.Itoa(len(o.Sources)), o.Note})
	}
	return write(filepath.Join(dir, "data", "hy-co-quan.csv"), []string{"ma", "ten", "ten_en", "khoi", "ma_tinh",
		"ten_goi_chung", "se_thanh_lap", "so_van_ban", "ghi_chu"}, lines)
}

// taskKinds and priorities are codes of the pack's lists.
var (
	taskKinds = map[string]string{
		"project": "du-an", "policy": "the-che", "standing": "thuong-xuyen", "solution": "giai-phap", "reporting": "bao-cao",
	}
	priorities = map[string]string{"": "", "high": "cao", "annual-plan": "ke-hoach-nam", "plan": "ke-hoach"}
)

// writeTasks writes the tasks that the plans of Hưng Yên give to agencies.
func writeTasks(dir, inventory string) error {
	var file struct {
		Tasks []struct {
			ID, Province, Section, Group, Title, Kind string
			Lead, Support                             []string
			Start, Due, Condition, Priority           string
		}
	}
	if err := readYAML(inventory, "tasks.yaml", &file); err != nil {
		return err
	}
	var lines [][]string
	for _, t := range file.Tasks {
		if t.Province != province {
			continue
		}
		kind, ok := taskKinds[t.Kind]
		priority, ok2 := priorities[t.Priority]
		document, _, ok3 := strings.Cut(t.ID, "-")
		if !ok || !ok2 || !ok3 {
			return fmt.Errorf("task %s: kind %q, priority %q", t.ID, t.Kind, t.Priority)
		}
		lead, more := "", ""
		if len(t.Lead) > 0 {
			lead, more = t.Lead[0], strings.Join(t.Lead[1:], "; ")
		}
		lines = append(lines, []string{t.ID, t.Title, t.Group, kind, document, t.Section, lead, more,
			strings.Join(t.Support, "; "), strconv.Itoa(len(t.Support)), t.Start, t.Due, t.Condition, priority})
	}
	return write(filepath.Join(dir, "data", "hy-nhiem-vu.csv"), []string{"ma", "ten", "nhom", "loai", "van_ban", "muc",
		"chu_tri", "dong_chu_tri", "phoi_hop", "so_don_vi_phoi_hop", "bat_dau", "thoi_han", "dieu_kien", "uu_tien"}, lines)
}
