package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/viet"
)

// A Row is one row of a register: the name of a column, and its value as CSV writes it;
// a value that is null is "" or is not there.
type Row map[string]string

// list gives the items of a column that separates them by semicolons.
func (r Row) list(column string) (items []string) {
	for item := range strings.SplitSeq(r[column], ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// Columns that the registers of plans, tasks, targets and duties have in common or that
// others than this package ask for.
const (
	ColID       = "ma"
	ColDocument = "van_ban"
	ColLead     = "chu_tri" // of tasks and targets
	ColKind     = "loai"
	ColGroup    = "nhom"
	ColPriority = "uu_tien"
	ColArea     = "linh_vuc"
	ColCompare  = "so_sanh"
	ColHow      = "cach_do"
	ColCadence  = "chu_ky"
)

// A Document is a plan, or an act that one rests on.
type Document struct {
	ID       string
	Plan     bool   // has tasks, targets or duties of its own; otherwise it is known as a basis only
	Kind     string // code of the register's list
	Number   string // so_ky_hieu
	Date     string // as far as it is known: 2025, 2025-12, 2025-12-29
	Title    string
	Issuer   string // id of an organisation
	Province string // code
	Supports []string
	Note     string
}

// DocumentOf reads a row of the register of plans.
func DocumentOf(r Row) Document {
	return Document{
		ID: r[ColID], Plan: r["la_ke_hoach"] == "true", Kind: r[ColKind], Number: r["so_ky_hieu"], Date: r["ngay"], Title: r["trich_yeu"], Issuer: r["ban_hanh"],
		Province: r["ma_tinh"], Supports: r.list("can_cu_cua"), Note: r["ghi_chu"],
	}
}

// Name is what people call a document: its number, else its title.
func (d *Document) Name() string { return cmp.Or(d.Number, d.Title) }

// Part is what tasks, targets and duties have in common.
type Part struct {
	ID       string
	Document string // code of the plan
	Section  string // of it
	Title    string
	Province string
	Lead     string   // first unit that leads, "" = the plan names none
	Leads    []string // all that lead, the first included
	Support  []string
	Due      Due
	Fault    error // Due cannot be read as written, nil = it can
	Systems  []string
	Row      Row
}

func partOf(r Row, title, due, lead, further string) Part {
	p := Part{
		ID: r[ColID], Document: r[ColDocument], Section: r["muc"], Title: r[title], Province: r["ma_tinh"], Lead: r[lead], Support: r.list("phoi_hop"),
		Systems: r.list("he_thong"), Row: r,
	}
	if p.Lead != "" {
		p.Leads = append(p.Leads, p.Lead)
	}
	for _, u := range r.list(further) {
		if !slices.Contains(p.Leads, u) {
			p.Leads = append(p.Leads, u)
		}
	}
	p.Due, p.Fault = DueOf(due, r["dieu_kien"])
	return p
}

// Concerns reports whether a unit leads or supports a part.
func (p *Part) Concerns(unit string) bool {
	return slices.Contains(p.Leads, unit) || slices.Contains(p.Support, unit)
}

// A Task is a task, project, standing duty or solution of a plan.
type Task struct {
	Part
	Kind     string // code
	Group    string // heading of the plan
	Start    viet.Date
	Begins   string   // Start as written, "" = the plan says nothing
	To       []string // who is reported to
	Cadence  string
	Priority string
	Product  string
}

// TaskOf reads a row of the register of tasks.
func TaskOf(r Row) Task {
	due := cmp.Or(r["thoi_han_nguon"], r["thoi_han"])
	switch {
	case due != "":
	case r[ColCadence] == "thuong-xuyen":
		due = string(Continuous)
	case r[ColCadence] == "nam":
		due = string(Yearly)
	}
	t := Task{
		Part: partOf(r, "ten", due, ColLead, "dong_chu_tri"), Kind: r[ColKind], Group: r[ColGroup], To: r.list("noi_nhan"), Cadence: r[ColCadence],
		Priority: r[ColPriority], Product: r["san_pham"], Begins: r["bat_dau"],
	}
	if p, _, err := viet.ParsePartialDate([]byte(t.Begins)); err == nil {
		t.Start, _ = p.Span()
	}
	return t
}

// A Target is something measurable that a plan promises.
type Target struct {
	Part
	Area    string
	Compare Comparator
	Value   *float64 // nil = the plan gives no number
	Unit    string   // %, người, CSDL …
	How     How
	Basis   string // where Value comes from: the document says so, or it is read out of its words
	Hint    string // English
}

// How a target is measured.
type How string

// The ways.
const (
	Measured How = "tu-tinh"      // by the platform, of what it holds
	Fed      How = "nhan-so-lieu" // of what another system sends
	Declared How = "nhap-tay"     // typed in or surveyed
)

// TargetOf reads a row of the register of targets.
func TargetOf(r Row) Target {
	t := Target{
		Part: partOf(r, "ten", cmp.Or(r["thoi_han_nguon"], r["thoi_han"]), ColLead, "dong_chu_tri"), Area: r[ColArea], Compare: Comparator(r[ColCompare]),
		Unit: r["don_vi_tinh"], How: How(r[ColHow]), Basis: r["can_cu_gia_tri"], Hint: r["cach_do_en"],
	}
	if v, err := strconv.ParseFloat(r["gia_tri"], 64); err == nil {
		t.Value = &v
	}
	return t
}

// A Duty is a report or a review that a plan orders.
type Duty struct {
	Part
	Kind     string
	To       []string
	Cadence  string
	Cadences []string // Cadence and the further ones
	Day      int      // of the period on which figures are cut, 0 = not said
	Month    int      // of the year, 0 = not said
	Channel  string
	Note     string
}

// DutyOf reads a row of the register of duties.
func DutyOf(r Row) Duty {
	d := Duty{
		Part: partOf(r, "noi_dung", r["han"], "thuc_hien", "cung_thuc_hien"), Kind: r[ColKind], To: r.list("noi_nhan"), Cadence: r[ColCadence],
		Channel: r["hinh_thuc"], Note: r["ghi_chu"],
	}
	if d.Cadence != "" {
		d.Cadences = append([]string{d.Cadence}, r.list("chu_ky_khac")...)
	}
	d.Day, d.Month = number(r["ngay_chot"]), number(r["thang_chot"])
	return d
}

// number reads a small number; 0 where there is none.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
