package record

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// KindUndo is the kind of a batch that undoes another.
const KindUndo = "undo"

// Undo prepares the batch that restores what batch seq replaced: rows it added
// go, rows it changed or withdrew come back as they were. Rows that another
// batch has changed since are left as they are; their keys are returned. Lines
// that the batch put into quarantine are closed as undone, and those that it
// closed are open again, except of keys that are left.
//
// The caller gives the batch its ID, Contract, By and Report and applies it
// while no other batch of the data set can commit. Undoing an undo does the
// batch again.
func (t *Truth) Undo(ctx context.Context, obj *contract.Object, seq int64) (Batch, []string, error) {
	u := &undoing{truth: t, ctx: ctx, obj: obj, seq: seq}
	var b Batch
	found := false
	err := t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		found = true
		return u.plan(tx, tab, &b)
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, "batch.unknown", obj.Contract, seq)
	}
	return b, u.left, err
}

type undoing struct {
	truth *Truth
	ctx   context.Context
	obj   *contract.Object
	seq   int64
	left  []string
}

func (u *undoing) plan(tx *store.Tx, tab *table, b *Batch) error {
	kind, err := u.check(tx, tab)
	if err != nil {
		return err
	}
	if u.left, err = u.changedSince(tx, tab); err != nil {
		return err
	}
	*b = Batch{Object: u.obj, Kind: KindUndo, Undoes: u.seq}
	stored := without(u.obj.StoredFields(), contract.SeqField)
	for _, part := range []struct {
		into   *Stream
		count  *int64
		fields []contract.Field
		from   func(*table) string
	}{
		{&b.Withdraws, &b.Withdrawn, u.obj.KeyFields(), u.added},
		{&b.Updates, &b.Updated, stored, u.changed},
		{&b.Inserts, &b.Inserted, stored, u.withdrawn},
	} {
		if err := tx.QueryRowContext(u.ctx, `SELECT count(*) FROM `+part.from(tab)).Scan(part.count); err != nil {
			return err
		}
		if *part.count > 0 {
			*part.into = u.stream(part.fields, part.from)
		}
	}
	return u.planLines(tx, b, kind)
}

// check refuses what cannot be undone and returns the kind of the batch.
func (u *undoing) check(tx *store.Tx, tab *table) (kind string, err error) {
	err = tx.QueryRowContext(u.ctx, `SELECT kind FROM _batches WHERE seq = $1 AND object = $2`, u.seq, u.obj.Table).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "batch.unknown", u.obj.Contract, u.seq)
	}
	if err != nil {
		return "", err
	}
	if u.seq <= tab.trimmed {
		return "", fault.New(fault.Conflict, "undo.no-history", u.obj.Dataset, u.seq)
	}
	undone, err := isUndone(u.ctx, tx, u.seq)
	if err == nil && undone {
		err = fault.New(fault.Conflict, "batch.undone", u.obj.Dataset, u.seq)
	}
	return kind, err
}

// isUndone reports whether a batch has an undo that was not itself undone.
func isUndone(ctx context.Context, tx *store.Tx, seq int64) (bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, undoes FROM _batches WHERE undoes > 0 ORDER BY seq DESC`)
	if err != nil {
		return false, err
	}
	// Newest first, so that an undo's own undo has been seen before it.
	undone := map[int64]bool{}
	for rows.Next() {
		var by, of int64
		if err := rows.Scan(&by, &of); err != nil {
			return false, errors.Join(err, rows.Close())
		}
		if !undone[by] {
			undone[of] = true
		}
	}
	return undone[seq], errors.Join(rows.Err(), rows.Close())
}

func (u *undoing) number() string { return strconv.FormatInt(u.seq, 10) }

// added selects rows that the batch added and nobody has touched since.
func (u *undoing) added(tab *table) string {
	where := ` AS x WHERE x."_seq" = ` + u.number()
	if u.seq > tab.first {
		where += ` AND x."_seq" > ` + strconv.FormatInt(tab.first, 10) // what the index holds
	}
	return tab.name() + where +
		` AND NOT EXISTS (SELECT 1 FROM ` + tab.history() + ` AS h WHERE ` + matching(u.obj, "h", "x") + ` AND h."_end" = ` + u.number() + `)`
}

// changed selects the versions that the batch closed and whose new version
// stands untouched.
func (u *undoing) changed(tab *table) string {
	return tab.history() + ` AS x WHERE x."_end" = ` + u.number() +
		` AND EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + matching(u.obj, "t", "x") + ` AND t."_seq" = ` + u.number() + `)`
}

// withdrawn selects the versions that the batch withdrew and whose key has not
// been used again.
func (u *undoing) withdrawn(tab *table) string {
	return tab.history() + ` AS x WHERE x."_end" = ` + u.number() +
		` AND NOT EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + matching(u.obj, "t", "x") + `)` +
		` AND NOT EXISTS (SELECT 1 FROM ` + tab.history() + ` AS h WHERE ` + matching(u.obj, "h", "x") + ` AND h."_seq" >= ` + u.number() + `)`
}

// changedSince lists the keys that the batch wrote and others wrote after it.
func (u *undoing) changedSince(tx *store.Tx, tab *table) ([]string, error) {
	fields := u.obj.KeyFields()
	keys := prefixed("x.", names(fields))
	query := `SELECT ` + keys + ` FROM ` + tab.history() + ` AS x WHERE x."_seq" = ` + u.number() + `
		UNION SELECT ` + keys + ` FROM ` + tab.history() + ` AS x WHERE x."_end" = ` + u.number() + ` AND (
			EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + matching(u.obj, "t", "x") + ` AND t."_seq" > ` + u.number() + `)
			OR EXISTS (SELECT 1 FROM ` + tab.history() + ` AS h WHERE ` + matching(u.obj, "h", "x") + ` AND h."_seq" > ` + u.number() + `))
		ORDER BY ` + quoted(names(fields))
	schema := contract.ArrowSchema(fields)
	reading, err := NewReading(u.obj, schema)
	if err != nil {
		return nil, err
	}
	var left []string
	err = each(u.ctx, tx, schema, query, nil, func(rec arrow.RecordBatch, i int) error {
		key, err := reading.Key(rec, i)
		left = append(left, key)
		return err
	})
	return left, err
}

// stream reads one part of the undo on a snapshot of its own, in key order.
func (u *undoing) stream(fields []contract.Field, from func(*table) string) Stream {
	return func() (array.RecordReader, error) {
		return u.truth.stream(u.ctx, u.obj, contract.ArrowSchema(fields), func(tab *table) (string, error) {
			return `SELECT ` + tab.selection(fields) + ` FROM ` + from(tab) + ` ORDER BY ` + quoted(names(u.obj.KeyFields())), nil
		})
	}
}

// planLines says what becomes of quarantine lines. Undoing an undo mends again
// what that undo had opened.
func (u *undoing) planLines(tx *store.Tx, b *Batch, kind string) error {
	closing, as := `seq = `+u.number(), Undone
	if kind == KindUndo {
		closing, as = `reopened = `+u.number(), Mended
	}
	toClose, err := u.lineIDs(tx, `state = 'open' AND `+closing, nil)
	if err != nil {
		return err
	}
	left := make(map[string]bool, len(u.left))
	for _, k := range u.left {
		left[k] = true
	}
	toOpen, err := u.lineIDs(tx, `state <> 'open' AND closed = `+u.number(), left)
	if err != nil {
		return err
	}
	if len(toClose) > 0 {
		b.Close, b.CloseAs = idStream(toClose), as
	}
	if len(toOpen) > 0 {
		b.Reopen = idStream(toOpen)
	}
	return nil
}

func (u *undoing) lineIDs(tx *store.Tx, where string, except map[string]bool) (ids []int64, err error) {
	rows, err := tx.QueryContext(u.ctx, `SELECT id, coalesce("key", '') FROM _quarantine WHERE object = $1 AND `+where+` ORDER BY id`, u.obj.Table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var key string
		if err := rows.Scan(&id, &key); err != nil {
			return nil, err
		}
		if key == "" || !except[key] {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

func idStream(ids []int64) Stream {
	return func() (array.RecordReader, error) {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		defer b.Release()
		b.AppendValues(ids, nil)
		a := b.NewArray()
		defer a.Release()
		rec := array.NewRecordBatch(IDSchema, []arrow.Array{a}, int64(len(ids)))
		defer rec.Release()
		return array.NewRecordReader(IDSchema, []arrow.RecordBatch{rec})
	}
}
