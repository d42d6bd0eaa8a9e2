package record

import (
	"context"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// goneField tells tombstones from rows in the query of Changes: the batch that
// withdrew the key.
var goneField = contract.Field{Name: "_gone", Kind: contract.KindInteger, Column: -1}

// manyChanges is the number of changed rows from which pages are read along the
// key instead of gathered from the indexes of _seq and _end: gathering is done
// anew for each page.
const manyChanges = 20_000

// Changes returns, in key order, up to limit keys behind afterKey ("" = from
// the first) whose record after batch upto differs from the one after batch
// since: as it is after upto, or as a tombstone. Whoever has the state after
// since and applies all pages has the state after upto. since = 0 is a full
// synchronisation. upto = Latest is not fixed: take Head first, and page with
// that.
//
// Where a contract keeps no history, a record that changes again behind upto is
// left to the next round, which begins at upto: a follower that keeps asking
// still ends with exactly the truth.
func (t *Truth) Changes(ctx context.Context, obj *contract.Object, since, upto int64, afterKey string, limit int) (list []Change, err error) {
	return t.changes(ctx, obj, since, upto, afterKey, limit, false)
}

// changes is Changes; with hide the records that are held are not there: a hold
// is told as a withdrawal, its release as a row.
func (t *Truth) changes(ctx context.Context, obj *contract.Object, since, upto int64, afterKey string, limit int, hide bool) (list []Change, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if since > 0 && since < tab.forgotten {
			return fault.New(fault.NotFound, "changes.too-old", obj.Dataset, since, tab.forgotten)
		}
		w := window{tab: tab, since: since, upto: upto, limit: limit, hide: hide && tab.held > 0}
		if err := w.prepare(ctx, tx, t.many, afterKey); err != nil {
			return err
		}
		list, err = tab.changes(ctx, tx, w.query(), w.args)
		return err
	})
	return list, err
}

// A window is one page of the difference between two states.
type window struct {
	tab         *table
	since, upto int64
	head        int64
	limit       int
	hide        bool // records that are held are not there

	where string // on the key
	args  []any
	many  bool // read along the key, from one bound to the other
}

// prepare chooses how to read. A page along the key ends at the key of its last
// current row, so that the history is read only as far as the page goes.
func (w *window) prepare(ctx context.Context, tx *store.Tx, many int64, afterKey string) (err error) {
	if w.head, _, err = head(ctx, tx); err != nil {
		return err
	}
	if w.where, w.args, err = behind(tx.Engine, w.tab.obj, afterKey); err != nil {
		return err
	}
	if w.many, err = w.changedMany(ctx, tx, many); err != nil || !w.many {
		return err
	}
	fields := w.tab.obj.KeyFields()
	keys := quoted(names(fields))
	last := ""
	schema := contract.ArrowSchema(fields)
	reading, err := NewReading(w.tab.obj, schema)
	if err != nil {
		return err
	}
	seq, _, _ := w.numbers()
	query := `SELECT ` + keys + ` FROM ` + w.tab.name() + ` WHERE ` + w.where + w.within(seq) + w.shown() +
		` ORDER BY ` + keys + ` LIMIT 1 OFFSET ` + strconv.Itoa(w.limit-1)
	err = each(ctx, tx, schema, query, w.args, func(rec arrow.RecordBatch, i int) error {
		last, err = reading.Key(rec, i)
		return err
	})
	if err != nil || last == "" {
		return err
	}
	bound, err := bindKey(tx.Engine, w.tab.obj, last)
	w.where += ` AND ` + compareKey(w.tab.obj, "<=", len(w.args))
	w.args = append(w.args, bound...)
	return err
}

// changedMany asks the batches how many rows they touched.
func (w *window) changedMany(ctx context.Context, tx *store.Tx, many int64) (bool, error) {
	if w.since < w.tab.first {
		return true, nil // the first load is not in the index
	}
	var n int64
	err := tx.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(inserted + updated + withdrawn), 0) AS BIGINT)
		FROM _batches WHERE object = $1 AND seq > $2 AND seq <= $3`, w.tab.obj.Table, w.since, w.upto).Scan(&n)
	return n > many, err
}

// within is the condition that a batch number lies in the window.
func (w *window) within(column string) string {
	return ` AND ` + column + ` > ` + strconv.FormatInt(w.since, 10) + ` AND ` + column + ` <= ` + strconv.FormatInt(w.upto, 10)
}

// numbers names _seq and _end so that the engine reads along the key (many) or
// is free to take the index; closed is the history to read by _end.
func (w *window) numbers() (seq, end, closed string) {
	closed = w.tab.history() + ` AS h`
	switch {
	case w.tab.engine != store.SQLite:
		// PostgreSQL keeps figures about its tables and chooses by itself.
	case w.many:
		return `+"_seq"`, `+"_end"`, closed
	default:
		// SQLite has none, and would rather read a million rows than sort ten.
		closed += ` INDEXED BY ` + endIndex(w.tab.obj)
	}
	return `"_seq"`, `"_end"`, closed
}

func (w *window) query() string {
	tab := w.tab
	cols := tab.selection(tab.obj.StoredFields()) + `, ` + null(tab.engine, goneField) + ` AS "_gone"`
	order := ` ORDER BY ` + quoted(names(tab.obj.KeyFields())) + ` LIMIT ` + strconv.Itoa(w.limit)
	seq, end, closed := w.numbers()
	current := `SELECT ` + cols + ` FROM ` + tab.name() + ` WHERE ` + w.where + w.within(seq) + w.shown()
	if !w.many {
		current += ` AND "_seq" > ` + strconv.FormatInt(tab.first, 10) // what the index holds
	}
	parts := []string{current}
	if w.since >= tab.trimmed && w.upto < w.head {
		// Versions that were current after upto and have been closed since.
		parts = append(parts, `SELECT `+cols+` FROM `+closed+` WHERE `+w.where+w.within(seq)+` AND `+end+` > `+strconv.FormatInt(w.upto, 10)+w.shown())
	}
	if w.since > 0 {
		parts = append(parts, w.tombstones(end, closed)+w.had())
	}
	if w.since > 0 && w.hide {
		parts = append(parts, w.withheld())
		parts = append(parts, w.freed(cols)...)
	}
	for i, p := range parts {
		parts[i] = `SELECT * FROM (` + p + order + `) AS p` + strconv.Itoa(i)
	}
	return `SELECT * FROM (` + strings.Join(parts, ` UNION ALL `) + `) AS c` + order
}

// tombstones selects the keys that were there after since and are not after
// upto. Without a full history it is not known what was there: then all keys
// withdrawn since and not back are told, which does a follower no harm.
func (w *window) tombstones(end, closed string) string {
	tab, obj := w.tab, w.tab.obj
	from, to := strconv.FormatInt(w.since, 10), strconv.FormatInt(w.upto, 10)
	same := func(other string) string { return matching(obj, other, "h") }
	last := `(SELECT max(g."_end") FROM ` + tab.history() + ` AS g WHERE ` + same("g") + ` AND g."_end" <= ` + to + `)`
	query := `SELECT ` + tab.keyOnly() + `, ` + last + ` AS "_gone" FROM ` + closed + ` WHERE ` + w.where + w.within(end)
	if w.since >= tab.trimmed {
		return query + ` AND "_seq" <= ` + from +
			` AND NOT EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + same("t") + ` AND t."_seq" <= ` + to + `)` +
			` AND NOT EXISTS (SELECT 1 FROM ` + tab.history() + ` AS g WHERE ` + same("g") + ` AND g."_seq" <= ` + to + ` AND g."_end" > ` + to + `)`
	}
	return query + ` AND NOT EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + same("t") + `)` +
		` AND NOT EXISTS (SELECT 1 FROM ` + tab.history() + ` AS g WHERE ` + same("g") + ` AND g."_end" > h."_end" AND g."_end" <= ` + to + `)`
}

// keyOnly selects the key and nothing else of a row.
func (tab *table) keyOnly() string {
	isKey := map[string]bool{}
	for _, k := range tab.obj.KeyFields() {
		isKey[k.Name] = true
	}
	var cols []string
	for _, f := range tab.obj.StoredFields() {
		col := store.Quote(f.Name)
		if !isKey[f.Name] {
			col = null(tab.engine, f) + ` AS ` + col
		}
		cols = append(cols, col)
	}
	return strings.Join(cols, ", ")
}

func (tab *table) changes(ctx context.Context, tx *store.Tx, query string, args []any) ([]Change, error) {
	schema := contract.ArrowSchema(append(tab.obj.StoredFields(), goneField))
	reading, err := NewReading(tab.obj, schema)
	if err != nil {
		return nil, err
	}
	reading.Opening(tab.truth)
	gone := schema.NumFields() - 1
	var list []Change
	err = each(ctx, tx, schema, query, args, func(rec arrow.RecordBatch, i int) error {
		if seq := number(rec, gone, i); seq > 0 {
			key, err := reading.Key(rec, i)
			list = append(list, Change{Key: key, Seq: seq, Withdrawn: true})
			return err
		}
		row, err := reading.Row(rec, i)
		list = append(list, Change{Key: row.Key, Seq: row.Seq, Row: &row})
		return err
	})
	return list, err
}

// Trim forgets versions that ended at or before batch seq, and that keys were
// withdrawn by then. States before seq cannot be told afterwards, and followers
// that are behind it start anew.
func (t *Truth) Trim(ctx context.Context, obj *contract.Object, seq int64) (rows int64, err error) {
	db, release, err := t.existing(ctx, obj.Contract)
	if db == nil || err != nil {
		return 0, err
	}
	defer release()
	err = db.Write(ctx, func(tx *store.Tx) error {
		tab, err := loadTable(ctx, tx, obj)
		if tab == nil || err != nil {
			return err
		}
		last, _, err := head(ctx, tx)
		if err != nil {
			return err
		}
		seq = min(seq, last)
		res, err := tx.ExecContext(ctx, `DELETE FROM `+tab.history()+` WHERE "_end" <= $1`, seq)
		if err != nil {
			return err
		}
		if rows, err = res.RowsAffected(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE _objects SET trimmed = $1, forgotten = $2 WHERE name = $3`,
			max(seq, tab.trimmed), max(seq, tab.forgotten), obj.Table)
		return err
	})
	return rows, err
}
