package workbook

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/viet"
)

// bounds makes the check of a column's cells that a spreadsheet can do while
// somebody types; nil when there is none. first is the first cell checked.
func bounds(o *contract.Object, i int, first string) *excelize.DataValidation {
	c := &o.Columns[i]
	switch c.Type {
	case contract.Integer:
		return numberCheck("whole", ruleOf(o, i, contract.RuleRange))
	case contract.Decimal, contract.Float:
		return numberCheck("decimal", ruleOf(o, i, contract.RuleRange))
	case contract.Date:
		return formulaCheck(dayFormula(first, ruleOf(o, i, contract.RuleRange)))
	case contract.Text:
		return lengthCheck(o, i)
	}
	return nil
}

// numberCheck checks numbers; the bounds of a decimal are exclusive where its
// rule says so.
func numberCheck(kind string, r *contract.Rule) *excelize.DataValidation {
	dv := excelize.NewDataValidation(true)
	dv.Type = kind
	low, high := "", ""
	lowOut, highOut := false, false
	if r != nil {
		low, high, lowOut, highOut = r.Min, r.Max, r.MinOut, r.MaxOut
	}
	switch {
	case low != "" && high != "" && !lowOut && !highOut:
		dv.Operator, dv.Formula1, dv.Formula2 = "between", low, high
	case low != "" && high == "":
		dv.Operator, dv.Formula1 = "greaterThanOrEqual", low
		if lowOut {
			dv.Operator = "greaterThan"
		}
	case low == "" && high != "":
		dv.Operator, dv.Formula1 = "lessThanOrEqual", high
		if highOut {
			dv.Operator = "lessThan"
		}
	default: // no bounds, or one end open: that it is a number at all
		dv.Operator, dv.Formula1, dv.Formula2 = "between", first(low, "-1E+15"), first(high, "1E+15")
		if kind == "whole" {
			dv.Formula1, dv.Formula2 = first(low, "-999999999999999"), first(high, "999999999999999")
		}
	}
	return dv
}

func first(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// dayFormula holds for a text dd/mm/yyyy that is a day within the bounds. It
// takes the text apart itself: what a spreadsheet reads as a day depends on the
// country it is set to.
func dayFormula(cell string, r *contract.Rule) string {
	day := fmt.Sprintf("DATE(RIGHT(%s,4),MID(%s,4,2),LEFT(%s,2))", cell, cell, cell)
	parts := []string{fmt.Sprintf("LEN(%s)=10", cell), fmt.Sprintf("DAY(%s)=VALUE(LEFT(%s,2))", day, cell)}
	for _, end := range []struct{ text, op string }{{low(r), ">="}, {high(r), "<="}} {
		if d, _, err := viet.ParseDate([]byte(end.text)); err == nil {
			y, m, dd := d.YMD()
			if y >= 1900 { // a spreadsheet's first year
				parts = append(parts, fmt.Sprintf("%s%sDATE(%d,%d,%d)", day, end.op, y, m, dd))
			}
		}
	}
	return "AND(" + strings.Join(parts, ",") + ")"
}

func low(r *contract.Rule) string {
	if r == nil {
		return ""
	}
	return r.Min
}

func high(r *contract.Rule) string {
	if r == nil {
		return ""
	}
	return r.Max
}

// formulaCheck checks by a formula, nil when it is longer than the format takes.
func formulaCheck(formula string) *excelize.DataValidation {
	if len(formula) > excelize.MaxFieldLength {
		return nil
	}
	dv := excelize.NewDataValidation(true)
	dv.Type = "custom"
	dv.Formula1 = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(formula)
	return dv
}

// lengthCheck checks how many characters a text has.
func lengthCheck(o *contract.Object, i int) *excelize.DataValidation {
	low, high := 0, 0
	switch o.Columns[i].Unit {
	case "province":
		low, high = 2, 2
	case "commune":
		low, high = 5, 5
	}
	if r := ruleOf(o, i, contract.RuleLength); r != nil {
		low = atoi(r.Min)
		high = atoi(r.Max)
	}
	if low == 0 && high == 0 {
		return nil
	}
	dv := excelize.NewDataValidation(true)
	dv.Type = "textLength"
	switch {
	case high == 0:
		dv.Operator, dv.Formula1 = "greaterThanOrEqual", strconv.Itoa(low)
	case low == high:
		dv.Operator, dv.Formula1 = "equal", strconv.Itoa(low)
	default:
		dv.Operator, dv.Formula1, dv.Formula2 = "between", strconv.Itoa(low), strconv.Itoa(high)
	}
	return dv
}

// atoi reads the bound of a length, 0 = open.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
