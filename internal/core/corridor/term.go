package corridor

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strconv"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
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
	con, err := contract.TermContract(t, nil)
	if err != nil {
		return nil, err
	}
	obj := con.Objects[0]
	verdicts := make([]TermVerdict, len(values))
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"gia_tri", "thu_tu"}}
	for i, v := range values {
		verdicts[i] = TermVerdict{Value: v, Written: written(t, v), Passes: true}
		rows = append(rows, []string{v, strconv.Itoa(i)})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	lists := &listsOf{c: c, ctx: ctx, have: map[string]*dictionary.CodeList{}}
	units, err := c.registerFor(ctx, obj)
	if err != nil {
		return nil, err
	}
	_, err = c.Check(ctx, con, obj, "gia-tri.csv", &file, nil, func(_ int64, _, raw, faults string) error {
		var cells, rules []string
		if err := json.Unmarshal([]byte(raw), &cells); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(faults), &rules); err != nil {
			return err
		}
		i, err := strconv.Atoi(cells[1])
		if err != nil {
			return err
		}
		verdicts[i].Passes = false
		for _, f := range workbook.FaultsWith(units, obj, rules, cells, lists.find, lang) {
			verdicts[i].Faults = append(verdicts[i].Faults, f.Message)
		}
		return nil
	})
	if err == nil {
		err = lists.err
	}
	return verdicts, err
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

