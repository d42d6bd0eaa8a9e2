package registry

import (
	"fmt"
	"slices"
	"strings"
)

// A Flow says which state may follow which, by whom, and what that needs. It is
// data (docs/registry.md): who changes the process changes rows.
type Flow struct {
	Steps  []Step
	demand []demand
}

// A Step leads from one state to another. From a state to itself it confirms
// that a system which the register knows only from documents is in that state.
type Step struct {
	From, To State
	Name     Words
	Propose  []string // roles of which one proposes
	Approve  []string // roles of which one approves; it is for the caller to hold that this is another person
	Basis    string   // the act that it rests on, or who proposed it
}

// A demand is a condition of the steps into a state.
type demand struct {
	from, to      State  // from "": any
	object        string // "" is the register's own row
	column, value string // value "": any
	onlyIf, is    string // a column of the register's row and its value; "": always
	says          Words
	basis         string
}

// A Missing is what a system lacks for a step.
type Missing struct {
	Column string `json:"column"` // of the register, or object.column of a list beside it
	Says   Words  `json:"says"`   // what is lacking, in words
	Basis  string `json:"basis"`  // why it is asked for
}

// NewFlow makes a flow of the rows of buoc (steps) and dieu_kien (conditions) of
// the process. It refuses a condition for states between which no step leads,
// since that would never be asked, and one about an object that a system does not
// have.
func NewFlow(steps, conditions []Row) (Flow, error) {
	var f Flow
	for _, r := range steps {
		s := Step{From: State(r["tu"]), To: State(r["den"]), Name: Words{r["ten"], r["ten_en"]}, Propose: r.List("de_xuat"), Approve: r.List("duyet"), Basis: r["can_cu"]}
		if len(s.Propose) == 0 || len(s.Approve) == 0 {
			return Flow{}, fmt.Errorf("step from %s to %s: nobody may propose or approve it", s.From, s.To)
		}
		f.Steps = append(f.Steps, s)
	}
	for _, r := range conditions {
		d := demand{from: State(r["tu"]), to: State(r["den"]), column: r["truong"], value: r["gia_tri"], says: Words{r["loi_nhac"], r["loi_nhac_en"]}, basis: r["can_cu"]}
		if object, column, listed := strings.Cut(d.column, "."); listed {
			if !slices.Contains([]string{partsObject, linksObject, rentsObject}, object) {
				return Flow{}, fmt.Errorf("condition %s: a system has no object %s", r["ma"], object)
			}
			d.object, d.column = object, column
		}
		if d.onlyIf = r["khi"]; d.onlyIf != "" {
			var ok bool
			if d.onlyIf, d.is, ok = strings.Cut(d.onlyIf, "="); !ok {
				return Flow{}, fmt.Errorf("condition %s: %q is not column=value", r["ma"], r["khi"])
			}
		}
		if !slices.ContainsFunc(f.Steps, func(s Step) bool { return s.To == d.to && (d.from == "" || s.From == d.from) }) {
			return Flow{}, fmt.Errorf("condition %s: no step leads from %q to %q", r["ma"], d.from, d.to)
		}
		f.demand = append(f.demand, d)
	}
	return f, nil
}

// Objects of the register beside he_thong.
const (
	partsObject = "thanh_phan"
	linksObject = "ket_noi"
	rentsObject = "dich_vu_thue"
)

// Step gives the step between two states, false when there is none.
func (f Flow) Step(from, to State) (Step, bool) {
	i := slices.IndexFunc(f.Steps, func(s Step) bool { return s.From == from && s.To == to })
	if i < 0 {
		return Step{}, false
	}
	return f.Steps[i], true
}

// Next gives the steps out of a state, in their order.
func (f Flow) Next(from State) []Step {
	var next []Step
	for _, s := range f.Steps {
		if s.From == from {
			next = append(next, s)
		}
	}
	return next
}

// Check lists what a system lacks to go from one state to another, in the order
// of the conditions; nil when nothing does. Where no step leads there, or the
// system is not in the first state, that alone is what is missing.
func (f Flow) Check(from, to State, s System) []Missing {
	if s.State() != from {
		return []Missing{{stateColumn, Words{
			fmt.Sprintf("Hệ thống không ở trạng thái “%s”", from), fmt.Sprintf("the system is not in the state %q", from),
		}, ""}}
	}
	if _, ok := f.Step(from, to); !ok {
		return []Missing{{stateColumn, Words{
			fmt.Sprintf("Quy trình không có bước từ “%s” sang “%s”", from, to), fmt.Sprintf("no step leads from %q to %q", from, to),
		}, ""}}
	}
	var missing []Missing
	for _, d := range f.demand {
		if d.to == to && (d.from == "" || d.from == from) && !d.met(s) {
			column := d.column
			if d.object != "" {
				column = d.object + "." + column
			}
			missing = append(missing, Missing{column, d.says, d.basis})
		}
	}
	return missing
}

const stateColumn = "trang_thai"

// met reports whether a system has what is asked for. Of a list every row must
// have it, and one must be there.
func (d demand) met(s System) bool {
	if d.onlyIf != "" && s.Row[d.onlyIf] != d.is {
		return true
	}
	rows := []Row{s.Row}
	switch d.object {
	case partsObject:
		rows = s.Parts
	case linksObject:
		rows = s.Links
	case rentsObject:
		rows = s.Rented()
	}
	has := func(r Row) bool { return r[d.column] != "" && (d.value == "" || r[d.column] == d.value) }
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(r Row) bool { return !has(r) })
}
