package mirror

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// A measure is a function of a column that was found.
type measure struct {
	of     MeasureOf
	column *contract.Column
	name   string // of its field, in SQL
	few    bool   // it may be shown where enough rows have a value: they are counted too
}

func newMeasure(v *record.View, of MeasureOf) (measure, error) {
	obj := v.Object()
	i := obj.Column(of.Column)
	if i < 0 {
		return measure{}, fault.New(fault.Invalid, "column.unknown", of.Column, obj.Dataset)
	}
	if err := v.Column(i, false); err != nil {
		return measure{}, err
	}
	c := &obj.Columns[i]
	if !slices.Contains(Functions(c), of.Func) {
		if of.Func == SumAndAverage || of.Func == Sum || of.Func == Average {
			return measure{}, fault.New(fault.Invalid, "groups.measure", c.Title)
		}
		return measure{}, fault.New(fault.Invalid, "groups.measure-type", of.String(), c.Title)
	}
	return measure{of: of, column: c, name: columns.QuoteIdent(c.Fields(i)[0].Name)}, nil
}

// parts are the expressions that the measure needs.
func (m measure) parts() (all []string) {
	if m.few {
		all = append(all, "count("+m.name+")")
	}
	switch m.of.Func {
	case SumAndAverage:
		return append(all, "sum("+m.name+")", "avg("+m.name+")")
	case Distinct:
		return append(all, "count(DISTINCT "+m.name+")")
	case Median:
		return append(all, m.quantile(50))
	case Percentile:
		return append(all, m.quantile(m.of.Percent))
	}
	return append(all, string(m.of.Func)+"("+m.name+")")
}

// quantile lies between two values where it falls between them. Of exact numbers
// it would be cut to their decimals.
func (m measure) quantile(percent float64) string {
	name := m.name
	if m.column.Type == contract.Decimal {
		name = "CAST(" + name + " AS DOUBLE)"
	}
	return fmt.Sprintf("quantile_cont(%s, %s)", name, strconv.FormatFloat(percent/100, 'f', -1, 64))
}

// sortedBy is which of the parts the measure is put in order by.
func (m measure) sortedBy() int {
	if m.few {
		return 1
	}
	return 0
}

// read reads the parts of one group. A figure that is no number is none.
func (m measure) read(cell func(int) *string) (with int64, figure *Measure, err error) {
	value := cell(m.sortedBy())
	if m.few {
		if with, err = strconv.ParseInt(*cell(0), 10, 64); err != nil {
			return 0, nil, err
		}
	}
	if value == nil {
		return with, nil, nil
	}
	if m.of.Func != SumAndAverage {
		text, ok := m.canonical(*value)
		if !ok {
			return with, nil, nil
		}
		return with, &Measure{Value: text}, nil
	}
	average, err := strconv.ParseFloat(*cell(m.sortedBy() + 1), 64)
	return with, &Measure{Sum: *value, Average: average}, err
}

// canonical writes a figure as the platform writes values.
func (m measure) canonical(text string) (string, bool) {
	switch {
	case m.of.Func == Average || m.of.Func == Median || m.of.Func == Percentile || m.column.Type == contract.Float && m.of.Func != Count && m.of.Func != Distinct:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return "", false
		}
		return strconv.FormatFloat(f, 'f', -1, 64), true
	case m.column.Type == contract.Timestamp && (m.of.Func == Least || m.of.Func == Greatest):
		return moment(text), true
	}
	return text, true
}
