package record

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Faulty counts the records of one sender that break one rule.
type Faulty struct {
	Sender string // canonical text of the sender's column; "" where the object has none, or a line could not be split
	Rule   string // id
	Rows   int64  // current rows
	Open   int64  // open quarantine lines
}

// Faulty tells whose records break which rules, in the order of sender and rule.
func (t *Truth) Faulty(ctx context.Context, obj *contract.Object) (list []Faulty, err error) {
	all := map[[2]string]Faulty{}
	add := func(sender, rule string, rows, open int64) {
		k := [2]string{sender, rule}
		f := all[k]
		all[k] = Faulty{sender, rule, f.Rows + rows, f.Open + open}
	}
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if err := faultyRows(ctx, tx, tab, add); err != nil {
			return err
		}
		return faultyLines(ctx, tx, obj, add)
	})
	list = slices.SortedFunc(maps.Values(all), func(a, b Faulty) int {
		return cmp.Or(strings.Compare(a.Sender, b.Sender), strings.Compare(a.Rule, b.Rule))
	})
	return list, err
}

// faultyRows counts the current rows that carry a flag.
func faultyRows(ctx context.Context, tx *store.Tx, tab *table, add func(sender, rule string, rows, open int64)) error {
	sender := `''`
	if tab.obj.Sender >= 0 {
		if s, there := tab.asText(tab.obj.Sender); there {
			sender = s
		}
	}
	return each3(ctx, tx, func(sender, flags string, n int64) {
		for token := range strings.FieldsSeq(flags) {
			if kind, id, _ := strings.Cut(token, ":"); kind == "w" || kind == "r" {
				add(sender, id, n, 0)
			}
		}
	}, `SELECT `+sender+`, "_flags", count(*) FROM `+tab.name()+` WHERE "_flags" IS NOT NULL GROUP BY 1, 2`)
}

// faultyLines counts the open lines.
func faultyLines(ctx context.Context, tx *store.Tx, obj *contract.Object, add func(sender, rule string, rows, open int64)) error {
	sender, object, args := `''`, "$1", []any{obj.Table}
	if obj.Sender >= 0 {
		sender, object = cellOf(tx.Engine, "$1", "$2"), "$3"
		args = []any{len(obj.Columns), obj.Sender, obj.Table}
	}
	return each3(ctx, tx, func(sender, faults string, n int64) {
		if obj.Sender >= 0 {
			sender = canonicalCell(&obj.Columns[obj.Sender], sender)
		}
		for rule := range strings.FieldsSeq(faults) {
			add(sender, rule, 0, n)
		}
	}, `SELECT `+sender+`, faults, count(*) FROM _quarantine WHERE object = `+object+` AND state = 'open' GROUP BY 1, 2`, args...)
}

// cellOf writes one cell of a line as sent. A line that could not be split has no
// cell of which anybody knows whose.
func cellOf(engine, cells, place string) string {
	size, cell := `json_array_length(raw)`, `json_extract(raw, '$[' || `+place+` || ']')`
	if engine != store.SQLite {
		size, cell = `json_array_length(CAST(raw AS json))`, `CAST(raw AS json) ->> CAST(`+place+` AS integer)`
	}
	return `CASE WHEN ` + size + ` = ` + cells + ` THEN coalesce(` + cell + `, '') ELSE '' END`
}

// each3 hands over the rows of a query of two texts and a number.
func each3(ctx context.Context, tx *store.Tx, do func(a, b string, n int64), query string, args ...any) error {
	return tx.Each(ctx, func(scan func(...any) error) error {
		var a, b string
		var n int64
		if err := scan(&a, &b, &n); err != nil {
			return err
		}
		do(a, b, n)
		return nil
	}, query, args...)
}
