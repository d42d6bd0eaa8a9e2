package corridor

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/workbook"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// A TermVerdict is what a term's rules say of one value.
type TermVerdict struct {
	Value   string // as given
	Written string // as it would be kept
	Passes  bool
	Faults  []string // what is wrong, in the asked language
}

// TryTerm judges values by a term as a data set that names it would, and keeps
// nothing.
func (c *Corridor) TryTerm(ctx context.Context, t *dictionary.Term, values []string, lang locale.Lang) ([]TermVerdict, error) {
	all, err := c.TryTerms(ctx, []*dictionary.Term{t}, [][]string{values}, lang)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// TryTerms is TryTerm for several terms, each with values of its own.
func (c *Corridor) TryTerms(ctx context.Context, terms []*dictionary.Term, values [][]string, lang locale.Lang) ([][]TermVerdict, error) {
	con, err := contract.TermContract(nil, terms...)
	if err != nil {
		return nil, err
	}
	t := trial{obj: con.Objects[0], verdicts: make([][]TermVerdict, len(terms)), lang: lang, lists: &listsOf{c: c, ctx: ctx, have: map[string]*dictionary.CodeList{}}}
	for i, term := range terms {
		for _, v := range values[i] {
			t.verdicts[i] = append(t.verdicts[i], TermVerdict{Value: v, Written: written(term, v), Passes: true})
		}
	}
	file, err := t.file(values)
	if err != nil {
		return nil, err
	}
	if t.units, err = c.registerFor(ctx, t.obj); err != nil {
		return nil, err
	}
	if _, err := c.Check(ctx, con, t.obj, "gia-tri.csv", bytes.NewReader(file), nil, t.line); err != nil {
		return nil, err
	}
	return t.verdicts, t.lists.err
}

// A trial is values of terms being judged.
type trial struct {
	obj      *contract.Object
	verdicts [][]TermVerdict // by term
	lang     locale.Lang
	lists    *listsOf
	units    quality.Resolver
}

// file writes the values as CSV: a column for each term, then the row's number.
func (t *trial) file(values [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := make([]string, len(t.obj.Columns))
	rows := 0
	for i := range t.obj.Columns {
		row[i] = t.obj.Columns[i].Name
	}
	for _, list := range values {
		rows = max(rows, len(list))
	}
	for n := -1; n < rows; n++ {
		if n >= 0 {
			clear(row)
			for i, list := range values {
				if n < len(list) {
					row[i] = list[n]
				}
			}
			row[len(values)] = strconv.Itoa(n)
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// line takes what is wrong with one row to the values that it is about.
func (t *trial) line(_ int64, _, raw, faults string) error {
	var cells []string
	if err := json.Unmarshal([]byte(raw), &cells); err != nil {
		return err
	}
	n, err := strconv.Atoi(cells[len(cells)-1])
	if err != nil {
		return err
	}
	for _, id := range strings.Fields(faults) {
		at := slices.IndexFunc(t.obj.Rules, func(r contract.Rule) bool { return r.ID == id })
		if at < 0 || len(t.obj.Rules[at].Columns) == 0 {
			continue
		}
		term := t.obj.Rules[at].Columns[0]
		if term >= len(t.verdicts) || n >= len(t.verdicts[term]) {
			continue
		}
		v := &t.verdicts[term][n]
		v.Passes = false
		for _, f := range workbook.FaultsWith(t.units, t.obj, []string{id}, cells, t.lists.find, t.lang) {
			v.Faults = append(v.Faults, f.Message)
		}
	}
	return nil
}

// written is a value of a term as it would be kept, as far as its letters go.
func written(t *dictionary.Term, v string) string {
	b, _ := viet.Clean([]byte(v))
	b, _ = viet.FixSpaces(b)
	for _, f := range t.Normalise {
		b, _ = viet.Form(f).Write(b)
	}
	return string(b)
}
