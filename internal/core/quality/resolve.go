package quality

import (
	"slices"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A Resolver knows administrative units; *units.Index is one.
type Resolver interface {
	Resolve(q units.Query) units.Result
	Convert(uid string, from, to viet.Date) units.Result
	Title(u units.Unit) string
}

// A resolving is a column that is filled from the names of a commune in others.
type resolving struct {
	column, rule int
	from         *contract.UnitFrom
}

// resolvings lists the columns of an object that are filled so.
func resolvings(o *contract.Object) []resolving {
	var all []resolving
	for i := range o.Rules {
		if r := &o.Rules[i]; r.Kind == contract.RuleResolve {
			all = append(all, resolving{column: r.Columns[0], rule: i, from: r.UnitFrom})
		}
	}
	return all
}

// spelled reports whether some column is filled from column i, so that its text
// is needed.
func (p *Program) spelled(i int) bool {
	for _, u := range p.units {
		if slices.Contains(p.Rules[u.rule].Columns, i) {
			return true
		}
	}
	return false
}

// question is what the cells of a row ask; text gives those of a column.
func question(f *contract.UnitFrom, today viet.Date, text func(column int) string) units.Query {
	q := units.Query{Province: f.ProvinceIs, On: f.OnDay, Commune: text(f.Commune)}
	if f.District >= 0 {
		q.District = text(f.District)
	}
	if f.Province >= 0 {
		q.Province = text(f.Province)
	}
	switch {
	case f.On >= 0:
		d, _, err := viet.ParseDate([]byte(text(f.On)))
		if q.On = d; err != nil { // empty, or a fault of its own
			q.On = units.NoDay
		}
	case q.On == units.NoDay:
		q.On = today
	}
	return q
}

// answer makes out the unit of a row, and what it became where that is asked.
func answer(r Resolver, f *contract.UnitFrom, today viet.Date, q units.Query) units.Result {
	found := r.Resolve(q)
	to := f.ConvertTo
	if f.Today {
		to = today
	}
	if !found.Sure || to == units.NoDay {
		return found
	}
	on := q.On
	if on == units.NoDay {
		on = found.Units[0].From
	}
	return r.Convert(found.Units[0].UID, on, to)
}

// vietnamToday is the day it is in Viet Nam.
func vietnamToday() viet.Date { return viet.DateOf(time.Now().In(viet.Zone)) }

// asked is a question that was answered for a rule.
type asked struct {
	rule int
	q    units.Query
}

// answersKept bounds what a worker remembers: sheets name the same communes over
// and over.
const answersKept = 20_000

// resolve fills the columns of record i that are made of others, once those have
// been read.
func (w *worker) resolve(i int, out *staged, fix []byte) []byte {
	for _, u := range w.stage.program.units {
		if w.spans[u.column][1] >= 0 || w.isBroken(w.stage.program.types[u.column]) {
			continue // the sender has said it, or tried to
		}
		value, ok := w.unit(u)
		if !ok {
			w.broken(u.rule)
			continue
		}
		from := len(w.canon)
		w.canon = append(w.canon, value...)
		w.spans[u.column] = [2]int{from, len(w.canon)}
		v := w.readers[u.column].into[0]
		v.owed-- // the empty cell was noted as null
		v.text(w.canon[from:])
		out.fixed[u.column]++
		if fix != nil {
			fix = append(fix, ' ')
		}
		fix = append(append(fix, "f:"...), w.stage.object.Columns[u.column].Store...)
		if at := w.places[u.column]; at < 0 || len(w.block.Cell(i, at)) == 0 { // otherwise its spaces are kept already
			w.keep(u.column, nil, false) // as it was sent
		}
	}
	return fix
}

// unit is the value of a column that is made of others; false when it cannot be
// made out beyond doubt.
func (w *worker) unit(u resolving) (string, bool) {
	if w.stage.program.Units == nil {
		return "", false
	}
	today := w.stage.program.today
	q := question(u.from, today, func(c int) string {
		if s := w.spans[c]; s[1] >= 0 {
			return string(w.canon[s[0]:s[1]])
		}
		return ""
	})
	if known, ok := w.answers[asked{u.rule, q}]; ok {
		return known, known != ""
	}
	value := ""
	if found := answer(w.stage.program.Units, u.from, today, q); found.Sure {
		if value = found.Units[0].UID; u.from.Code {
			value = found.Units[0].Code
		}
	}
	if w.answers == nil || len(w.answers) >= answersKept {
		w.answers = map[asked]string{}
	}
	w.answers[asked{u.rule, q}] = value
	return value, value != ""
}

// isBroken reports whether the record was noted to break a rule.
func (w *worker) isBroken(rule int) bool { return w.words[rule/wordBits]&(1<<(rule%wordBits)) != 0 }

// whyUnresolved says that a unit could not be made out, and from what.
func whyUnresolved(o *contract.Object, r *contract.Rule, cells []string) contract.Sentence {
	var named []string
	for i, c := range r.Columns[1:] {
		if text := strings.TrimSpace(cells[i+1]); text != "" {
			named = append(named, o.Columns[c].Title+" = "+quoted(text))
		}
	}
	if len(named) == 0 {
		return sayf("Dòng này chưa ghi tên hoặc mã đơn vị hành chính. Điền vào rồi gửi lại.", "This line names no administrative unit. Fill it in and send the line again.")
	}
	list := strings.Join(named, ", ")
	return sayf("Không xác định được chắc chắn một xã, phường, đặc khu từ: %s. Điền thẳng giá trị vào cột “%s”, hoặc sửa tên rồi gửi lại.",
		"No single commune can be made out beyond doubt from: %s. Fill in the column “%s” itself, or mend the names, and send the line again.", list, o.Columns[r.Columns[0]].Title)
}

// shownUnits is how many candidates an explanation lists.
const shownUnits = 10

// ExplainWith is Explain with the register of administrative units at hand: of a
// unit that could not be made out it says why, and lists the candidates. r may be
// nil.
func ExplainWith(r Resolver, o *contract.Object, rule string, raw []string) Explanation {
	e := Explain(o, rule, raw)
	at := slices.IndexFunc(o.Rules, func(x contract.Rule) bool { return x.ID == rule })
	if r == nil || at < 0 || o.Rules[at].Kind != contract.RuleResolve || len(raw) != len(o.Columns) {
		return e
	}
	from := o.Rules[at].UnitFrom
	today := vietnamToday()
	found := answer(r, from, today, question(from, today, func(c int) string {
		text, _ := viet.Clean([]byte(raw[c]))
		return string(text)
	}))
	if found.Sure {
		e.Why = readsNow()
		return e
	}
	e.Why = add(e.Why, contract.Sentence{Vi: found.Say(locale.Vi), En: found.Say(locale.En)})
	if len(found.Units) == 0 {
		return e
	}
	var list []string
	for _, u := range found.Units[:min(len(found.Units), shownUnits)] {
		value := u.UID
		if from.Code {
			value = u.Code
		}
		list = append(list, r.Title(u)+" ("+value+")")
	}
	names := strings.Join(list, "; ")
	e.Why = add(e.Why, sayf("Có thể là: %s.", "It may be: %s.", names))
	return e
}
