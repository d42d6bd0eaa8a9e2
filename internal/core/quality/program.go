package quality

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/viet"
)

// A Program is an object's rules compiled into SQL over the staged table: one
// vectorised pass that gives each row its broken rules as bits.
type Program struct {
	Object  *contract.Object
	Rules   []contract.Rule // the object's, then the platform's own (systemRules)
	breaks  []string        // per rule: SQL that is true for a row that breaks it; "" = judged elsewhere
	needs   []Need
	types   []int                 // per column: its rule of kind RuleType
	shapes  [][]int               // per column: its rules on the shape of JSON
	idents  []ident               // per column: its identifier's rules
	units   []resolving           // columns that are filled from the names of a commune
	HashKey []byte                // stands before what is hashed of a row: of an object with sealed columns nobody may try values out; nil without
	Units   Resolver              // makes those out; nil: none can be
	today   viet.Date             // when the program was made
	defects map[ingest.Defect]int // rules on the form of a record
}

// ident is the check of an identifier and its two rules; check is nil for a
// column that holds none.
type ident struct {
	check        func(string) error
	wrong, doubt int
}

// A Need is data from outside the file that a rule compares with. The caller
// fills the table before Judge runs.
type Need struct {
	Rule      int
	Table     string // codes_i(code, valid_from, valid_to) or ref_i(value, valid_from, valid_to)
	CodeList  string // id of a code list, or
	Reference *contract.Reference
	Type      contract.Column // the column that is compared: gives the type of "value"
}

// Ids of the platform's own rules.
const (
	RowFew    = "_row.few"    // fewer cells than headings
	RowMany   = "_row.many"   // more cells than headings
	RowQuotes = "_row.quotes" // text behind a closing quote
	Owner     = "_owner"      // the key belongs to another sender
	Exists    = "_exists"     // append: the key is there with another value
)

var systemRules = []contract.Rule{
	{ID: RowFew, Kind: contract.RuleType, Group: contract.Format, Expected: contract.Sentence{Vi: "số ô bằng số tiêu đề cột (dòng này thiếu ô)", En: "as many cells as headings (this line has fewer)"}},
	{ID: RowMany, Kind: contract.RuleType, Group: contract.Format, Expected: contract.Sentence{Vi: "số ô bằng số tiêu đề cột (dòng này thừa ô; giá trị có dấu phân cách phải đặt trong ngoặc kép)", En: "as many cells as headings (this line has more; a value that holds the separator must be quoted)"}},
	{ID: RowQuotes, Kind: contract.RuleType, Group: contract.Format, Expected: contract.Sentence{Vi: "dấu ngoặc kép đóng đúng chỗ, ngay trước dấu phân cách", En: "a closing quote directly before the separator"}},
	{ID: Owner, Kind: contract.RuleKey, Group: contract.Duplicate, Expected: contract.Sentence{Vi: "khóa chưa thuộc đơn vị gửi khác", En: "a key that no other sender owns"}},
	{ID: Exists, Kind: contract.RuleKey, Group: contract.Duplicate, Expected: contract.Sentence{Vi: "khóa chưa có trong bộ dữ liệu (chỉ thêm mới)", En: "a key that is not in the data set yet (rows are only added)"}},
}

// Compile prepares the rules of an object.
func Compile(o *contract.Object) (*Program, error) {
	p := &Program{Object: o, units: resolvings(o), today: vietnamToday()}
	p.Rules = append(p.Rules, o.Rules...)
	for _, r := range systemRules {
		r.Severity, r.Criterion, r.Layer = contract.Reject, contract.Valid, contract.Structure
		if r.Group == contract.Duplicate {
			r.Criterion = contract.Clean
		}
		p.Rules = append(p.Rules, r)
	}
	p.breaks = make([]string, len(p.Rules))
	p.types, p.shapes, p.idents = make([]int, len(o.Columns)), make([][]int, len(o.Columns)), make([]ident, len(o.Columns))
	for i := range o.Rules {
		switch r := &o.Rules[i]; r.Kind {
		case contract.RuleType:
			p.types[r.Columns[0]] = i
		case contract.RuleItems:
			p.shapes[r.Columns[0]] = append(p.shapes[r.Columns[0]], i)
		case contract.RuleIdent:
			id := &p.idents[r.Columns[0]]
			id.check, _ = viet.Checker(r.Identifier) // the schema of contracts knows no other kinds
			if r.Doubt {
				id.doubt = i
			} else {
				id.wrong = i
			}
		}
	}
	p.defects = map[ingest.Defect]int{ingest.FewCells: p.rule(RowFew), ingest.ManyCells: p.rule(RowMany), ingest.Quotes: p.rule(RowQuotes)}
	for i := range o.Rules {
		sql, err := p.broken(i, &o.Rules[i])
		if err != nil {
			return nil, fmt.Errorf("rule %s of %s: %w", o.Rules[i].ID, o.Dataset, err)
		}
		p.breaks[i] = sql
	}
	return p, nil
}

// Needs lists what must be in the workshop before Judge.
func (p *Program) Needs() []Need { return p.needs }

// rule returns the place of a rule by its id.
func (p *Program) rule(id string) int {
	for i := range p.Rules {
		if p.Rules[i].ID == id {
			return i
		}
	}
	return -1
}

// seen writes that staging saw a rule broken.
func seen(rule int) string { return "s._t" + strconv.Itoa(rule/wordBits) + " & " + bit(rule) + " <> 0" }

// unread writes that the cell of a column could not be read, or the whole
// record not be split: its value is null for that reason, and no other rule
// should complain about it too.
func (p *Program) unread(column int) string {
	parts := []string{seen(p.types[column])}
	for _, u := range p.units {
		if u.column == column {
			parts = append(parts, seen(u.rule))
		}
	}
	for _, d := range []ingest.Defect{ingest.FewCells, ingest.ManyCells, ingest.Quotes} {
		parts = append(parts, seen(p.defects[d]))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func (p *Program) column(i int) (*contract.Column, string) {
	c := &p.Object.Columns[i]
	return c, "s." + quote(c.Store)
}

// broken writes when a row breaks a rule. Null never breaks a rule but
// RuleRequired.
func (p *Program) broken(at int, r *contract.Rule) (string, error) {
	switch r.Kind {
	case contract.RuleType, contract.RuleItems, contract.RuleIdent, contract.RuleResolve:
		return "", nil // seen while staging
	case contract.RuleKey, contract.RuleUnique, contract.RuleSet:
		return "", nil // judged over many rows
	case contract.RuleSQL:
		// A row for which the expression fails (a division by zero) is like one
		// for which it gives null: not judged.
		return "TRY((" + r.SQL + ")) IS FALSE", nil
	}
	c, name := p.column(r.Columns[0])
	switch r.Kind {
	case contract.RuleRequired:
		sql := name + " IS NULL AND NOT " + p.unread(r.Columns[0])
		if len(r.Values) > 0 {
			sql = "(" + sql + ") OR " + name + " IN (" + literals(c, r.Values) + ")"
		}
		return sql, nil
	case contract.RulePattern:
		if glob, ok := asGlob(r.Pattern); ok {
			return "NOT (" + name + " GLOB " + columns.QuoteText(glob) + ")", nil
		}
		return "NOT regexp_full_match(" + name + ", " + columns.QuoteText(r.Pattern) + ")", nil
	case contract.RuleLength:
		return unfit(name, r.Min, r.Max), nil
	case contract.RuleRange:
		return p.range_(c, name, r), nil
	case contract.RuleMultiple:
		return multiple(c, name, r.Multiple), nil
	case contract.RuleValues:
		return name + " NOT IN (" + literals(c, r.Values) + ")", nil
	case contract.RuleCodeList:
		n := Need{Rule: at, Table: "codes_" + strconv.Itoa(at), CodeList: r.CodeList, Type: *c}
		p.needs = append(p.needs, n)
		return p.absent(n.Table, name, as(c, "code"), r.On, r.On < 0), nil
	case contract.RuleReference:
		n := Need{Rule: at, Table: "ref_" + strconv.Itoa(at), Reference: r.Reference, Type: *c}
		p.needs = append(p.needs, n)
		return p.absent(n.Table, name, as(c, "value"), r.Reference.On, r.Reference.Today), nil
	}
	return "", fmt.Errorf("kind %s is not known", r.Kind)
}

// as writes an allowed value as one of the column's type, null when it is none:
// codes are texts, and the column of another data set may be of another type.
func as(c *contract.Column, value string) string {
	f := c.Fields(-1)[0]
	typ, err := columns.SQLType(contract.ArrowField(f))
	if err != nil || f.Kind == contract.KindText {
		typ = "VARCHAR"
	}
	return "TRY_CAST(" + value + " AS " + typ + ")"
}

// absent writes that a value is not in a table of allowed ones, on the day of
// another column, today, or any day.
func (p *Program) absent(table, name, key string, on int, today bool) string {
	if on < 0 && !today {
		// Null is not in an empty list, says SQL, and nothing is not in a list with a null.
		return name + " IS NOT NULL AND " + name + " NOT IN (SELECT " + key + " FROM " + table + " WHERE " + key + " IS NOT NULL)"
	}
	var day string
	if on >= 0 {
		_, day = p.column(on)
		if p.Object.Columns[on].Type == contract.Timestamp {
			// The day in Viet Nam, which keeps one offset all year.
			day = "CAST(" + day + " + INTERVAL 7 HOUR AS DATE)"
		}
	} else {
		day = "CAST(now() AT TIME ZONE 'UTC' + INTERVAL 7 HOUR AS DATE)"
	}
	return name + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + table + " k WHERE " + key + " = " + name +
		" AND (" + day + " IS NULL OR (k.valid_from IS NULL OR k.valid_from <= " + day + ") AND (k.valid_to IS NULL OR " + day + " <= k.valid_to)))"
}

// outside writes that an expression leaves the bounds.
func outside(expr, low, high string, lowOut, highOut bool) string {
	var parts []string
	if low != "" {
		op := " < "
		if lowOut {
			op = " <= "
		}
		parts = append(parts, expr+op+low)
	}
	if high != "" {
		op := " > "
		if highOut {
			op = " >= "
		}
		parts = append(parts, expr+op+high)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// mostBytes is how many bytes a character has at the most.
const mostBytes = 4

// unfit writes that a text has too few or too many characters. They are counted
// only where the number of bytes, which is known, leaves it open.
func unfit(name, low, high string) string {
	var parts []string
	if n, err := strconv.ParseInt(low, 10, 32); err == nil { // none, or more than a cell holds
		parts = append(parts, "strlen("+name+") < "+strconv.FormatInt(mostBytes*n, 10)+" AND length("+name+") < "+low)
	} else if low != "" {
		parts = append(parts, "length("+name+") < "+low)
	}
	if high != "" {
		parts = append(parts, "strlen("+name+") > "+high+" AND length("+name+") > "+high)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func (p *Program) range_(c *contract.Column, name string, r *contract.Rule) string {
	low, high := r.Min, r.Max
	if c.Type == contract.PartialDate {
		// Within when some day it may mean is: compared as text with the rest of
		// the date filled up by the last, or the first, day there can be.
		last := "(CASE length(" + name + ") WHEN 4 THEN " + name + " || '-12-31' WHEN 7 THEN " + name + " || '-31' ELSE " + name + " END)"
		first := "(CASE length(" + name + ") WHEN 4 THEN " + name + " || '-01-01' WHEN 7 THEN " + name + " || '-01' ELSE " + name + " END)"
		var parts []string
		if low != "" {
			parts = append(parts, outside(last, columns.QuoteText(low), "", r.MinOut, false))
		}
		if high != "" {
			parts = append(parts, outside(first, "", columns.QuoteText(high), false, r.MaxOut))
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	}
	if c.Type == contract.Decimal {
		// What is below 1.005 is below 1.01 when there are two decimals, and what
		// is not above 1.005 is not above 1.
		low, high = step(c, low, !r.MinOut), step(c, high, r.MaxOut)
		return outside(name, low, high, r.MinOut, r.MaxOut)
	}
	if low != "" {
		low = literal(c, low)
	}
	if high != "" {
		high = literal(c, high)
	}
	return outside(name, low, high, r.MinOut, r.MaxOut)
}

// step moves a bound to the next number that the column can hold, up or down,
// and no further than just beyond its greatest: more digits than both have
// cannot be compared.
func step(c *contract.Column, text string, up bool) string {
	r, ok := new(big.Rat).SetString(text)
	if text == "" || !ok {
		return ""
	}
	ten := big.NewInt(10)
	scale := new(big.Int).Exp(ten, big.NewInt(int64(c.Scale)), nil)
	most := new(big.Int).Exp(ten, big.NewInt(int64(c.Precision)), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	n, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if up && rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	if n.CmpAbs(most) > 0 {
		n.Mul(most, big.NewInt(int64(n.Sign())))
	}
	return new(big.Rat).SetFrac(n, scale).FloatString(c.Scale)
}

func multiple(c *contract.Column, name, of string) string {
	if c.Type == contract.Float {
		return "abs(" + name + " / " + of + " - round(" + name + " / " + of + ")) > 1e-9"
	}
	return name + " % " + of + " <> 0"
}

// literal writes a canonical text as a value of the column's type.
func literal(c *contract.Column, text string) string {
	switch c.Type {
	case contract.Integer, contract.Decimal:
		return text
	case contract.Float:
		return "CAST(" + columns.QuoteText(text) + " AS DOUBLE)"
	case contract.Boolean:
		return text
	case contract.Date:
		return "DATE " + columns.QuoteText(text)
	case contract.Timestamp:
		return "TIMESTAMP " + columns.QuoteText(strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"))
	}
	return columns.QuoteText(text)
}

func literals(c *contract.Column, texts []string) string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = literal(c, t)
	}
	return strings.Join(all, ", ")
}
