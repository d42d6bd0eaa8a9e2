package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// Head returns the last batch of a data set and its time, 0 when there is none.
func (t *Truth) Head(ctx context.Context, contractID string) (seq int64, at time.Time, err error) {
	err = t.read(ctx, contractID, func(tx *store.Tx) error {
		seq, at, err = head(ctx, tx)
		return err
	})
	return seq, at, err
}

// SeqAt returns the last batch committed by a time: "as of then".
func (t *Truth) SeqAt(ctx context.Context, contractID string, at time.Time) (int64, error) {
	return t.seqWhere(ctx, contractID, `committed_at <= $1`, at)
}

// SeqBefore returns the last batch committed before a time: what a follower who
// asks for changes since that time has for certain.
func (t *Truth) SeqBefore(ctx context.Context, contractID string, at time.Time) (int64, error) {
	return t.seqWhere(ctx, contractID, `committed_at < $1`, at)
}

func (t *Truth) seqWhere(ctx context.Context, contractID, condition string, at time.Time) (seq int64, err error) {
	err = t.read(ctx, contractID, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM _batches WHERE `+condition, store.Stamp(at)).Scan(&seq)
	})
	return seq, err
}

// selection lists fields; what the tables do not have yet reads as null.
func (tab *table) selection(fields []contract.Field) string {
	have := tab.byName()
	all := make([]string, len(fields))
	for i, f := range fields {
		name := store.Quote(f.Name)
		if _, ok := have[f.Name]; !ok && f.Name != contract.EndField.Name {
			name = null(tab.engine, f) + " AS " + name
		}
		all[i] = name
	}
	return strings.Join(all, ", ")
}

// each runs a query and hands over its rows one by one.
func each(ctx context.Context, tx *store.Tx, schema *arrow.Schema, query string, args []any, f func(rec arrow.RecordBatch, i int) error) error {
	return few(ctx, tx, schema, math.MaxInt32, query, args, f)
}

// usualVersions is about how many versions a record has.
const usualVersions = 16

// few is each for about so many rows.
func few(ctx context.Context, tx *store.Tx, schema *arrow.Schema, rows int, query string, args []any, f func(rec arrow.RecordBatch, i int) error) error {
	rr, err := bulk.Few(ctx, tx.Conn, tx.Engine, schema, rows, query, args...)
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			if err := f(rec, i); err != nil {
				return err
			}
		}
	}
	return rr.Err()
}

// rows collects a query's rows.
func (tab *table) rows(ctx context.Context, tx *store.Tx, fields []contract.Field, about int, query string, args []any) ([]Row, error) {
	schema := contract.ArrowSchema(fields)
	reading, err := NewReading(tab.obj, schema)
	if err != nil {
		return nil, err
	}
	reading.Opening(tab.truth)
	var all []Row
	err = few(ctx, tx, schema, about, query, args, func(rec arrow.RecordBatch, i int) error {
		row, err := reading.Row(rec, i)
		all = append(all, row)
		return err
	})
	return all, err
}

// page is the SQL of one page of rows in key order: where selects by key, asOf
// the state. Each page reads no more than it answers.
func (tab *table) page(where string, asOf int64, limit int) string {
	fields := tab.obj.StoredFields()
	order := ` ORDER BY ` + quoted(names(tab.obj.KeyFields())) + ` LIMIT ` + strconv.Itoa(limit)
	cols := tab.selection(fields)
	if where == "" {
		where = "1 = 1"
	}
	if asOf == Latest {
		return `SELECT ` + cols + ` FROM ` + tab.name() + ` WHERE ` + where + order
	}
	s := strconv.FormatInt(asOf, 10)
	return `SELECT ` + quoted(names(fields)) + ` FROM (
		SELECT * FROM (SELECT ` + cols + ` FROM ` + tab.name() + ` WHERE ` + where + ` AND "_seq" <= ` + s + order + `) AS a
		UNION ALL
		SELECT * FROM (SELECT ` + cols + ` FROM ` + tab.history() + ` WHERE ` + where + ` AND "_seq" <= ` + s + ` AND "_end" > ` + s + order + `) AS b
	) AS c` + order
}

// compareKey is a condition on the key with the arguments behind the first
// skipped ones.
func compareKey(obj *contract.Object, op string, skipped int) string {
	keys := names(obj.KeyFields())
	marks := make([]string, len(keys))
	for i := range keys {
		marks[i] = "$" + strconv.Itoa(skipped+i+1)
	}
	return `(` + quoted(keys) + `) ` + op + ` (` + strings.Join(marks, ", ") + `)`
}

// Get returns the record with this key as it was after batch asOf (Latest: as
// it is).
func (t *Truth) Get(ctx context.Context, obj *contract.Object, key string, asOf int64) (Row, error) {
	row, _, err := t.get(ctx, obj, key, asOf)
	return row, err
}

// get is Get; free tells that the record was not held after it was read.
func (t *Truth) get(ctx context.Context, obj *contract.Object, key string, asOf int64) (row Row, free bool, err error) {
	if asOf == Latest {
		if row, p, err := t.now(ctx, obj, key); p != nil || err != nil {
			return row, p.neverHeld(), err
		}
	}
	row, err = t.getAsOf(ctx, obj, key, asOf)
	return row, false, err
}

func (t *Truth) getAsOf(ctx context.Context, obj *contract.Object, key string, asOf int64) (Row, error) {
	var found []Row
	err := t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if err := tab.checkState(asOf); err != nil {
			return err
		}
		args, err := bindKey(tx.Engine, obj, key)
		if err != nil {
			return err
		}
		found, err = tab.rows(ctx, tx, obj.StoredFields(), 1, tab.page(compareKey(obj, "=", 0), asOf, 1), args)
		return err
	})
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "record.unknown", obj.Dataset, key)
	}
	if err != nil {
		return Row{}, err
	}
	return found[0], nil
}

// List returns up to limit records behind afterKey ("" = from the first) in key
// order, as they were after batch asOf (Latest: as they are).
func (t *Truth) List(ctx context.Context, obj *contract.Object, afterKey string, limit int, asOf int64) (list []Row, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if err := tab.checkState(asOf); err != nil {
			return err
		}
		where, args, err := behind(tx.Engine, obj, afterKey)
		if err != nil {
			return err
		}
		list, err = tab.rows(ctx, tx, obj.StoredFields(), limit, tab.page(where, asOf, limit), args)
		return err
	})
	return list, err
}

// behind is the condition that a key comes after another. No record has the
// empty key: it stands before all.
func behind(engine string, obj *contract.Object, afterKey string) (string, []any, error) {
	if afterKey == "" {
		return "1 = 1", nil, nil
	}
	args, err := bindKey(engine, obj, afterKey)
	return compareKey(obj, ">", 0), args, err
}

// History returns the versions of a record, oldest first; the current one has
// no End. Versions older than what is kept are not there.
func (t *Truth) History(ctx context.Context, obj *contract.Object, key string) (versions []Row, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		args, err := bindKey(tx.Engine, obj, key)
		if err != nil {
			return err
		}
		fields := append(obj.StoredFields(), contract.EndField)
		current := obj.StoredFields()
		where := compareKey(obj, "=", 0)
		query := `SELECT * FROM (
			SELECT ` + tab.selection(fields) + ` FROM ` + tab.history() + ` WHERE ` + where + ` AND "_end" > ` + strconv.FormatInt(tab.trimmed, 10) + `
			UNION ALL
			SELECT ` + tab.selection(current) + `, NULL AS "_end" FROM ` + tab.name() + ` WHERE ` + where + `
		) AS v ORDER BY "_seq"`
		versions, err = tab.rows(ctx, tx, fields, usualVersions, query, args)
		return err
	})
	return versions, err
}

// Count returns how many records there are now. SQLite goes through a whole
// index for that (0.2 s for five million), so the number is kept while nothing is
// committed.
func (t *Truth) Count(ctx context.Context, obj *contract.Object) (n int64, err error) {
	db, release, err := t.existing(ctx, obj.Contract)
	if db == nil || err != nil {
		return 0, err
	}
	defer release()
	p, err := t.point(ctx, db, obj)
	if err != nil {
		return 0, err
	}
	if p != nil && p.rows.Load() > 0 {
		return p.rows.Load() - 1, nil
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		tab, err := t.loadTable(ctx, tx, obj)
		if tab == nil || err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM `+tab.name()).Scan(&n)
	})
	if err == nil && p != nil {
		p.rows.Store(n + 1)
	}
	return n, err
}

// A Summary is a batch as _batches has it.
type Summary struct {
	Commit
	ID             string
	Object         string // table of the schema object
	Kind           string
	Contract       string // version
	ContractDigest string
	ByKind         string
	ByID           string
	ByName         string
	Source         string
	Digest         string
	Undoes         int64

	Inserted, Updated, Withdrawn, Quarantined, Reflagged int64
}

const summaryColumns = `seq, id, object, kind, contract, contract_digest, committed_at, by_kind, by_id, by_name,
	source, digest, undoes, inserted, updated, withdrawn, quarantined, reflagged`

func scanSummary(scan func(...any) error) (s Summary, err error) {
	var at string
	err = scan(&s.Seq, &s.ID, &s.Object, &s.Kind, &s.Contract, &s.ContractDigest, &at, &s.ByKind, &s.ByID, &s.ByName,
		&s.Source, &s.Digest, &s.Undoes, &s.Inserted, &s.Updated, &s.Withdrawn, &s.Quarantined, &s.Reflagged)
	if err == nil {
		s.At, err = store.ParseStamp(at)
	}
	return s, err
}

// Batches lists batches of a data set, newest first, beginning behind number
// after (Latest = from the newest).
func (t *Truth) Batches(ctx context.Context, contractID string, after int64, limit int) ([]Summary, error) {
	return t.summaries(ctx, contractID, `WHERE seq < $1 ORDER BY seq DESC LIMIT $2`, after, limit)
}

// BatchesSince lists batches in their order, those after number since first.
func (t *Truth) BatchesSince(ctx context.Context, contractID string, since int64, limit int) ([]Summary, error) {
	return t.summaries(ctx, contractID, `WHERE seq > $1 ORDER BY seq LIMIT $2`, since, limit)
}

func (t *Truth) summaries(ctx context.Context, contractID, rest string, args ...any) (list []Summary, err error) {
	err = t.read(ctx, contractID, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT `+summaryColumns+` FROM _batches `+rest, args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			s, err := scanSummary(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	return list, err
}

// FindBatch returns a batch by its id; found is false when the truth does not
// have it.
func (t *Truth) FindBatch(ctx context.Context, contractID, batchID string) (s Summary, found bool, err error) {
	list, err := t.summaries(ctx, contractID, `WHERE id = $1`, batchID)
	if err != nil || len(list) == 0 {
		return Summary{}, false, err
	}
	return list[0], true, nil
}

// HasDigest returns a batch of an object whose original had this digest and that
// has not been undone; found is false when there is none.
func (t *Truth) HasDigest(ctx context.Context, obj *contract.Object, digest string) (s Summary, found bool, err error) {
	list, err := t.summaries(ctx, obj.Contract, `AS b WHERE object = $1 AND digest = $2 AND kind = 'load'
		AND NOT EXISTS (SELECT 1 FROM _batches AS u WHERE u.undoes = b.seq) ORDER BY seq DESC LIMIT 1`, obj.Table, digest)
	if err != nil || len(list) == 0 {
		return Summary{}, false, err
	}
	return list[0], true, nil
}

// BatchReport returns the report of a batch as it was stored.
func (t *Truth) BatchReport(ctx context.Context, contractID, batchID string) ([]byte, error) {
	var report string
	found := false
	err := t.read(ctx, contractID, func(tx *store.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT report FROM _batches WHERE id = $1`, batchID).Scan(&report)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, "batch.unknown", contractID, batchID)
	}
	return []byte(report), err
}

// An Outgoing is one thing that the world has not been told yet.
type Outgoing struct {
	Seq     int64
	Kind    string // Committed
	Payload []byte // JSON of Event
}

// Outbox lists what a data set has to tell, in order.
func (t *Truth) Outbox(ctx context.Context, contractID string) (list []Outgoing, err error) {
	err = t.read(ctx, contractID, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT seq, kind, payload FROM _outbox ORDER BY seq, kind`)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var o Outgoing
			if err := rows.Scan(&o.Seq, &o.Kind, &o.Payload); err != nil {
				return err
			}
			list = append(list, o)
		}
		return rows.Err()
	})
	return list, err
}

// Relayed removes what a batch had to tell, after it was told. Doing it twice
// does no harm.
func (t *Truth) Relayed(ctx context.Context, contractID string, seq int64) error {
	db, release, err := t.existing(ctx, contractID)
	if db == nil || err != nil {
		return err
	}
	defer release()
	return db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM _outbox WHERE seq = $1`, seq); err != nil {
			return fmt.Errorf("relayed: %w", err)
		}
		return nil
	})
}

// Reflagged reports whether a batch after since judged rows of an object anew:
// that leaves no version, so who copied them must read them again.
func (t *Truth) Reflagged(ctx context.Context, obj *contract.Object, since int64) (yes bool, err error) {
	err = t.read(ctx, obj.Contract, func(tx *store.Tx) error {
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM _batches WHERE object = $1 AND seq > $2 AND reflagged > 0`, obj.Table, since).Scan(&n)
		yes = n > 0
		return err
	})
	return yes, err
}

// A Counter counts the records of an object, as Truth does.
type Counter interface {
	Count(ctx context.Context, obj *contract.Object) (int64, error)
}

// CountAll returns how many records all objects of a data set have.
func CountAll(ctx context.Context, c Counter, con *contract.Contract) (rows int64, err error) {
	for _, o := range con.Objects {
		n, err := c.Count(ctx, o)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}
