package contract

import (
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/viet"
)

// UnitFrom says how a column that holds a commune is filled from others when
// its own cell is empty or its heading is absent (phohien.unitFrom).
type UnitFrom struct {
	Commune, District, Province int       // positions of the columns that name it, -1 without; Commune is always there
	ProvinceIs                  string    // the province when no column says it: "33", or several: "33, 34"
	On                          int       // position of the date at which the names are meant, -1 without
	OnDay                       viet.Date // the date when no column says it; units.NoDay: the day of the batch
	Code                        bool      // the code is written rather than the uid
	Today                       bool      // the unit is followed to the day of the batch, or
	ConvertTo                   viet.Date // … to this day; units.NoDay: it stays as it was on its date
}

// text tells one UnitFrom from another, columns by name.
func (u *UnitFrom) text(o *Object) string {
	if u == nil {
		return ""
	}
	return fmt.Sprint(o.names(u.Commune), "|", o.names(u.District), "|", o.names(u.Province), "|", u.ProvinceIs, "|", o.names(u.On), "|", u.OnDay, "|", u.Code, "|", u.Today, "|", u.ConvertTo)
}

// unitFrom makes the rule of a column that is filled from the names of a unit:
// a row for which the unit cannot be made out beyond doubt is put aside.
func (b *builder) unitFrom(i int, v values) {
	const name = "phohien.unitFrom"
	m := v.group(name)
	if m == nil {
		return
	}
	c := &b.obj.Columns[i]
	if c.Type != Text {
		b.fail(CodeType, v.at[name], "Đơn vị hành chính được ghi bằng chữ: trường “%s” phải có logicalType: string.",
			"Units are written as text: the property %q needs logicalType: string.", c.Name)
		return
	}
	said := func(key string) string { s, _ := m[key].(string); return s }
	from := &UnitFrom{District: -1, Province: -1, On: -1, OnDay: units.NoDay, ConvertTo: units.NoDay, Code: said("as") == "code"}
	from.Commune = b.column(v, name, said("commune"), Text)
	from.District = b.column(v, name, said("district"), Text)
	if literal, ok := strings.CutPrefix(said("province"), "="); ok {
		from.ProvinceIs = strings.TrimSpace(literal)
	} else {
		from.Province = b.column(v, name, said("province"), Text)
	}
	ok := from.Commune >= 0
	if literal, is := strings.CutPrefix(said("on"), "="); is {
		from.OnDay, is = b.unitDay(v, name, literal)
		ok = ok && is
	} else {
		from.On = b.column(v, name, said("on"), Date)
	}
	switch to := said("convertTo"); to {
	case "", "none":
	case "today":
		from.Today = true
	default:
		var is bool
		from.ConvertTo, is = b.unitDay(v, name, to)
		ok = ok && is
	}
	if from.Commune == i || from.District == i || from.Province == i {
		b.fail(CodeValue, v.at[name], "Trường “%s” không tự suy ra từ chính nó. Ghi tên trường khác chứa tên hoặc mã đơn vị.",
			"The property %q cannot be filled from itself. Name other properties that hold the names or codes.", c.Name)
		ok = false
	}
	if !ok {
		return
	}
	c.UnitFrom = from
	columns := []int{i}
	for _, at := range []int{from.Commune, from.District, from.Province, from.On} {
		if at >= 0 {
			columns = append(columns, at)
		}
	}
	b.add(Rule{ID: c.Store + ".resolve", Kind: RuleResolve, Columns: columns, UnitFrom: from, Expected: Sentence{
		Vi: "tên hoặc mã chỉ đúng một xã, phường, đặc khu tại ngày ghi ở dòng đó",
		En: "names or a code that mean exactly one commune on the date of the row",
	}})
}

// unitDay reads a date written in the contract.
func (b *builder) unitDay(v values, name, text string) (viet.Date, bool) {
	d, _, err := viet.ParseDate([]byte(strings.TrimSpace(text)))
	if err != nil {
		b.fail(CodeValue, v.at[name], "%s: “%s” không phải là một ngày. Ví dụ đúng: 2024-12-31.", "%s: %q is no day. A right example: 2024-12-31.", name, text)
		return units.NoDay, false
	}
	return d, true
}
