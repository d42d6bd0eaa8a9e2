package workbook

import (
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// maxListed is how long a list may be to be offered in a cell. A longer one is
// no help there and makes the workbook slow.
const maxListed = 2000

// A lister writes the lists to choose from: codes with their names on a sheet of
// their own, which people read too, and the ranges that cells refer to.
type lister struct {
	f      *excelize.File
	looks  *looks
	lang   locale.Lang
	sheet  string
	lists  func(id string) *dictionary.CodeList
	today  viet.Date
	ranges map[string]string // by list and type
	next   int               // column of the next list
}

// ruleOf finds the rule of a kind that stands on one column alone.
func ruleOf(o *contract.Object, column int, kind contract.RuleKind) *contract.Rule {
	for i := range o.Rules {
		if r := &o.Rules[i]; r.Kind == kind && len(r.Columns) == 1 && r.Columns[0] == column {
			return r
		}
	}
	return nil
}

// choice makes the list of values that a column takes, nil when it has none, or
// one too long.
func (l *lister) choice(o *contract.Object, column int) (*excelize.DataValidation, error) {
	c := &o.Columns[column]
	if c.Type == contract.Boolean {
		return l.inline([]string{"có", "không"})
	}
	if r := ruleOf(o, column, contract.RuleValues); r != nil && c.Type == contract.Text {
		return l.values(c, r.Values)
	}
	r := ruleOf(o, column, contract.RuleCodeList)
	if r == nil || l.lists == nil {
		return nil, nil
	}
	list := l.lists(r.CodeList)
	if list == nil {
		return nil, nil
	}
	codes := l.valid(list, r)
	if len(codes) == 0 || len(codes) > maxListed {
		return nil, nil
	}
	where, err := l.write(r.CodeList+"/"+string(c.Type)+"/"+strconv.FormatBool(r.On < 0), list.Name, codes, c.Type == contract.Integer)
	return l.refer(where), err
}

// valid are the codes of a list that a row may hold: today's, or all when each
// row names its own day.
func (l *lister) valid(list *dictionary.CodeList, r *contract.Rule) []dictionary.Code {
	var codes []dictionary.Code
	seen := map[string]bool{}
	for _, c := range list.Codes {
		if seen[c.Code] || r.On < 0 && !list.Valid(c.Code, l.today) {
			continue
		}
		if r.On < 0 {
			c, _ = list.Find(c.Code, l.today)
		}
		seen[c.Code] = true
		codes = append(codes, c)
	}
	return codes
}

// inline puts a short list into the cell itself.
func (l *lister) inline(values []string) (*excelize.DataValidation, error) {
	dv := excelize.NewDataValidation(true)
	return dv, dv.SetDropList(values)
}

func (l *lister) values(c *contract.Column, values []string) (*excelize.DataValidation, error) {
	comma := slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, ",\"") || v != strings.TrimSpace(v) })
	if !comma && units(strings.Join(values, ",")) <= excelize.MaxFieldLength && !strings.HasPrefix(values[0], "=") {
		return l.inline(values)
	}
	if len(values) > maxListed {
		return nil, nil
	}
	codes := make([]dictionary.Code, len(values))
	for i, v := range values {
		codes[i] = dictionary.Code{Code: v}
	}
	where, err := l.write("="+strings.Join(values, "\x00"), c.Title, codes, false)
	return l.refer(where), err
}

func (l *lister) refer(where string) *excelize.DataValidation {
	dv := excelize.NewDataValidation(true)
	dv.SetSqrefDropList(where)
	return dv
}

// write puts a list onto the sheet, once, and gives the range of its codes.
func (l *lister) write(key, name string, codes []dictionary.Code, numbers bool) (string, error) {
	if where, ok := l.ranges[key]; ok {
		return where, nil
	}
	if len(l.ranges) == 0 {
		l.sheet = sheetName(l.f, l.lang.T("workbook.lists"))
		if _, err := l.f.NewSheet(l.sheet); err != nil {
			return "", err
		}
	}
	at := l.next
	l.next += 3
	p := &page{f: l.f, looks: l.looks, sheet: l.sheet}
	p.put(at, 1, name, lookStrong)
	p.put(at, 2, l.lang.T("workbook.code"), lookHead)
	p.put(at+1, 2, l.lang.T("workbook.name"), lookHead)
	for i, c := range codes {
		var code any = c.Code
		if n, err := strconv.ParseInt(c.Code, 10, 64); numbers && err == nil {
			code = n
		}
		p.put(at, i+3, code, lookText)
		p.put(at+1, i+3, c.Name, lookText)
	}
	p.width(at, 16)
	p.width(at+1, 48)
	where := "'" + strings.ReplaceAll(l.sheet, "'", "''") + "'!$" + letter(at) + "$3:$" + letter(at) + "$" + strconv.Itoa(len(codes)+2)
	l.ranges[key] = where
	return where, p.err
}
