package record

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A Turn is what one sender has sent for one period.
type Turn struct {
	Sender string // canonical text of the sender's column; of a line, its cell as far as it can be read
	Period string // of the period's column
	Rows   int64  // current rows
	Warned int64  // rows among them that some rule warns of
	Open   int64  // open quarantine lines
	// Last is when the newest of these rows and lines came; a file that said
	// again what is there does not move it.
	Last time.Time
}

// Turnout tells who has sent for which period, in the order of sender and
// period. The contract must name both columns; lines that could not be split
// count for the sender and period "".
func (t *Truth) Turnout(ctx context.Context, obj *contract.Object) (list []Turn, err error) {
	if obj.Sender < 0 || obj.Period < 0 {
		return nil, nil
	}
	all := map[[2]string]Turn{}
	add := func(t Turn) {
		have := all[[2]string{t.Sender, t.Period}]
		t.Rows, t.Warned, t.Open = t.Rows+have.Rows, t.Warned+have.Warned, t.Open+have.Open
		if have.Last.After(t.Last) {
			t.Last = have.Last
		}
		all[[2]string{t.Sender, t.Period}] = t
	}
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if err := turnRows(ctx, tx, tab, add); err != nil {
			return err
		}
		return turnLines(ctx, tx, obj, add)
	})
	list = slices.SortedFunc(maps.Values(all), func(a, b Turn) int {
		return cmp.Or(strings.Compare(a.Sender, b.Sender), strings.Compare(a.Period, b.Period))
	})
	return list, err
}

// turnRows counts the current rows.
func turnRows(ctx context.Context, tx *store.Tx, tab *table, add func(Turn)) error {
	sender, there := tab.asText(tab.obj.Sender)
	period, too := tab.asText(tab.obj.Period)
	if !there || !too {
		return nil // named by a newer contract: the table has no such values yet
	}
	return turns(ctx, tx, add, `SELECT g.sender, g.period, g.n, g.warned, 0, b.committed_at FROM (
			SELECT `+sender+` AS sender, `+period+` AS period, count(*) AS n, max("_seq") AS seq,
				count(CASE WHEN ' ' || "_flags" LIKE '% w:%' OR ' ' || "_flags" LIKE '% r:%' THEN 1 END) AS warned
			FROM `+tab.name()+` GROUP BY 1, 2) AS g
		JOIN _batches AS b ON b.seq = g.seq`)
}

// asText writes a column as text; false when the table lacks it.
func (tab *table) asText(column int) (string, bool) {
	name := tab.obj.Columns[column].Store
	_, there := tab.byName()[name]
	return `coalesce(CAST(` + store.Quote(name) + ` AS TEXT), '')`, there
}

// turnLines counts the open lines by their cells as sent.
func turnLines(ctx context.Context, tx *store.Tx, obj *contract.Object, add func(Turn)) error {
	read := func(t Turn) {
		t.Sender, t.Period = canonicalCell(&obj.Columns[obj.Sender], t.Sender), canonicalCell(&obj.Columns[obj.Period], t.Period)
		add(t)
	}
	return turns(ctx, tx, read, `SELECT g.sender, g.period, 0, 0, g.n, b.committed_at FROM (
			SELECT `+cellOf(tx.Engine, "$1", "$2")+` AS sender, `+cellOf(tx.Engine, "$1", "$3")+` AS period, count(*) AS n, max(seq) AS seq
			FROM _quarantine WHERE object = $4 AND state = 'open' GROUP BY 1, 2) AS g
		JOIN _batches AS b ON b.seq = g.seq`, len(obj.Columns), obj.Sender, obj.Period, obj.Table)
}

// turns hands the rows of a query over.
func turns(ctx context.Context, tx *store.Tx, add func(Turn), query string, args ...any) (err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Turn
		var at string
		if err := rows.Scan(&t.Sender, &t.Period, &t.Rows, &t.Warned, &t.Open, &at); err != nil {
			return err
		}
		if t.Last, err = store.ParseStamp(at); err != nil {
			return err
		}
		add(t)
	}
	return rows.Err()
}

// canonicalCell spells a cell as the column's values are, as far as it can be
// read: what cannot stays as it was sent.
func canonicalCell(c *contract.Column, cell string) string {
	clean, _ := viet.Clean([]byte(cell))
	switch c.Type {
	case contract.Integer:
		if n, _, err := viet.ParseInteger(clean, viet.StyleAuto); err == nil {
			return strconv.FormatInt(n, 10)
		}
	case contract.Date:
		if d, _, err := viet.ParseDate(clean); err == nil {
			return d.String()
		}
	case contract.PartialDate:
		if d, _, err := viet.ParsePartialDate(clean); err == nil {
			return d.String()
		}
	}
	return string(clean)
}
