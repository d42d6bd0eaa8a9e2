package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// A Filter chooses quarantine lines; empty parts choose all.
type Filter struct {
	State string // StateOpen, Mended …
	Rule  string // lines that break this rule
	Batch string // lines that this batch brought
	Line  int64  // line in the file

	unheld bool // leave out lines of records that are held
}

// Quarantine lists lines behind id after (0 = from the first), oldest first.
func (t *Truth) Quarantine(ctx context.Context, obj *contract.Object, f Filter, after int64, limit int) (list []QuarantineLine, err error) {
	err = t.read(ctx, obj.Contract, func(tx *store.Tx) error {
		where, args, err := f.where(ctx, tx, obj, after)
		if f.unheld && where != "" && err == nil {
			tab, e := loadTable(ctx, tx, obj)
			if err = e; tab != nil && tab.held > 0 {
				where += ` AND (q."key" IS NULL OR q."key" NOT IN (SELECT "_key" FROM ` + tab.holds() + ` WHERE "_end" = 0))`
			}
		}
		if where == "" || err != nil {
			return err
		}
		list, err = t.lines(ctx, tx, obj, where+` ORDER BY q.id LIMIT `+strconv.Itoa(limit), args)
		return err
	})
	return list, err
}

// where turns a filter into SQL, "" when nothing can match. Lines of a batch are
// a range of ids, so they are found without an index of their own.
func (f Filter) where(ctx context.Context, tx *store.Tx, obj *contract.Object, after int64) (string, []any, error) {
	where, args := `q.object = $1 AND q.id > $2`, []any{obj.Table, after}
	add := func(condition string, v any) {
		args = append(args, v)
		where += ` AND ` + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if f.State != "" {
		add(`q.state = ?`, f.State)
	}
	if f.Rule != "" {
		// LIKE would take _ and % of a rule's id for wildcards.
		add(`replace(' ' || q.faults || ' ', ?, '') <> ' ' || q.faults || ' '`, " "+f.Rule+" ")
	}
	if f.Line > 0 {
		add(`q.line = ?`, f.Line)
	}
	if f.Batch != "" {
		var seq int64
		err := tx.QueryRowContext(ctx, `SELECT seq FROM _batches WHERE id = $1`, f.Batch).Scan(&seq)
		if errors.Is(err, sql.ErrNoRows) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		add(`q.id > ?`, seq<<rowBits)
		add(`q.id < ?`, (seq+1)<<rowBits)
	}
	return where, args, nil
}

func (t *Truth) lines(ctx context.Context, tx *store.Tx, obj *contract.Object, where string, args []any) (list []QuarantineLine, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT q.id, q.seq, b.id, q.line, coalesce(q."key", ''), q.raw, q.faults, q.state, q.closed, b.committed_at
		FROM _quarantine AS q JOIN _batches AS b ON b.seq = q.seq WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l QuarantineLine
		var raw, faults, at string
		if err := rows.Scan(&l.ID, &l.Seq, &l.Batch, &l.Line, &l.Key, &raw, &faults, &l.State, &l.Closed, &at); err != nil {
			return nil, err
		}
		if raw, err = t.openRaw(obj, raw); err == nil {
			err = json.Unmarshal([]byte(raw), &l.Raw)
		}
		if err != nil {
			return nil, fmt.Errorf("cells of quarantine line %d: %w", l.ID, err)
		}
		l.Faults = strings.Fields(faults)
		if l.At, err = store.ParseStamp(at); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// OpenQuarantine reads all open lines of an object (OpenQuarantineSchema).
func (t *Truth) OpenQuarantine(ctx context.Context, obj *contract.Object) (array.RecordReader, error) {
	f, err := t.open(ctx, obj)
	if err != nil {
		return nil, err
	}
	if f.tx == nil {
		return array.NewRecordReader(OpenQuarantineSchema, nil)
	}
	rr, err := bulk.Query(ctx, f.tx.Conn, f.tx.Engine, OpenQuarantineSchema,
		`SELECT id, seq, line, "key", raw, faults FROM _quarantine WHERE object = $1 AND state = 'open' ORDER BY id`, obj.Table)
	if err != nil {
		f.Close()
		return nil, err
	}
	opened := closing(rr, f.Close)
	if obj.Sealed() {
		opened = newRecoder(opened, []string{rawField}, func(raw string) (string, error) { return t.openRaw(obj, raw) })
	}
	return opened, nil
}

// Counts says how much of an object stands in quarantine.
type Counts struct {
	Lines int64            // open lines
	Keys  int64            // different keys among them
	NoKey int64            // lines whose key could not be read
	Rules map[string]int64 // open lines that break each rule
}

// QuarantineCounts counts the open lines of an object.
func (t *Truth) QuarantineCounts(ctx context.Context, obj *contract.Object) (c Counts, err error) {
	c.Rules = map[string]int64{}
	err = t.read(ctx, obj.Contract, func(tx *store.Tx) (err error) {
		if err := tx.QueryRowContext(ctx, `SELECT count(*), count(DISTINCT "key"), count(*) - count("key")
			FROM _quarantine WHERE object = $1 AND state = 'open'`, obj.Table).Scan(&c.Lines, &c.Keys, &c.NoKey); err != nil {
			return err
		}
		// Lines break few different sets of rules: the sets are counted here and
		// taken apart there.
		rows, err := tx.QueryContext(ctx, `SELECT faults, count(*) FROM _quarantine WHERE object = $1 AND state = 'open' GROUP BY faults`, obj.Table)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var faults string
			var n int64
			if err := rows.Scan(&faults, &n); err != nil {
				return err
			}
			for _, rule := range strings.Fields(faults) {
				c.Rules[rule] += n
			}
		}
		return rows.Err()
	})
	return c, err
}
