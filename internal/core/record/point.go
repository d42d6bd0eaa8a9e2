package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A point is what is known of an object's table while nothing is committed: how
// many rows it has, and a question that is prepared once, for one record by its
// key, which is what programs ask most. It is there for SQLite, where no other
// process writes; elsewhere reads go through readTable.
type point struct {
	obj     *contract.Object
	db      *store.DB
	commits int64
	tab     *table // nil: the object has no table
	query   string
	reading *Reading
	fields  []contract.Field
	ask     *store.Question
	rows    atomic.Int64 // how many there are and one more; 0: not counted yet
}

// holds reports whether what is known of the table is still so.
func (p *point) holds(db *store.DB, obj *contract.Object) bool {
	commits, _ := db.Commits()
	return p.db == db && p.commits == commits && p.obj == obj
}

// point returns what is known of an object; nil where other processes may write.
func (t *Truth) point(ctx context.Context, db *store.DB, obj *contract.Object) (*point, error) {
	commits, alone := db.Commits()
	if !alone {
		return nil, nil
	}
	var old *point
	if kept, ok := t.points.Load(obj.Dataset); ok {
		if old = kept.(*point); old.holds(db, obj) {
			return old, nil
		}
	}
	p := &point{obj: obj, db: db, commits: commits}
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		p.tab, err = t.loadTable(ctx, tx, obj)
		return err
	}); err != nil {
		return nil, err
	}
	if p.tab != nil {
		var err error
		p.fields = obj.StoredFields()
		p.query = p.tab.page(compareKey(obj, "=", 0), Latest, 1)
		if p.reading, err = NewReading(obj, contract.ArrowSchema(p.fields)); err != nil {
			return nil, err
		}
		p.reading.Opening(t)
		if old != nil && old.db == db && old.query == p.query {
			p.ask = old.ask // each of its connections has it prepared
		} else {
			p.ask = db.Question(p.query)
		}
	}
	t.points.Store(obj.Dataset, p)
	return p, nil
}

// now reads the present record of a key, and says whether a record of the object
// was ever held, as of after the row was read; p is nil when both have to be asked
// in the other way: where others may write, or something was committed meanwhile.
func (t *Truth) now(ctx context.Context, obj *contract.Object, key string) (row Row, p *point, err error) {
	db, release, err := t.existing(ctx, obj.Contract)
	if db == nil || err != nil {
		return Row{}, nil, err
	}
	defer release()
	p, err = t.point(ctx, db, obj)
	if p == nil || p.tab == nil || err != nil {
		return Row{}, nil, err
	}
	args, err := bindKey(db.Engine, obj, key)
	if err != nil {
		return Row{}, nil, err
	}
	cells := make([]any, len(p.fields))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	err = p.ask.One(ctx, func(r *sql.Row) error { return r.Scan(into...) }, args...)
	if !p.holds(db, obj) {
		return Row{}, nil, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return Row{}, p, fault.New(fault.NotFound, "record.unknown", obj.Dataset, key)
	}
	if err != nil {
		return Row{}, p, err
	}
	row, err = p.reading.plain(p.fields, cells)
	return row, p, err
}

// neverHeld reports whether no record of the object was ever held, as far as it is
// known.
func (p *point) neverHeld() bool { return p != nil && p.tab.held == 0 }

// plain is Row for the values of one row as SQLite's driver returns them: int64,
// float64, string, []byte or nil (columnType says what is stored as what).
func (r *Reading) plain(fields []contract.Field, cells []any) (Row, error) {
	keys := make([]any, len(r.key))
	for k, p := range r.key {
		v, err := plainKey(fields[p], cells[p])
		if err != nil {
			return Row{}, err
		}
		keys[k] = v
	}
	row := Row{Key: KeyText(r.obj, keys)}
	row.Seq, _ = cells[r.seq].(int64)
	nils, _ := cells[r.nils].(string)
	flags, _ := cells[r.flags].(string)
	return r.fill(row, nils, flags, func(c *contract.Column, p int) (any, error) { return plainValue(c, fields, cells, p) })
}

func plainKey(f contract.Field, cell any) (any, error) {
	if cell == nil {
		return nil, fmt.Errorf("key column %s is empty", f.Name)
	}
	switch v := cell.(type) {
	case int64:
		switch f.Kind {
		case contract.KindInteger:
			return v, nil
		case contract.KindDecimal:
			return plainDecimal(v, f.Scale), nil
		case contract.KindBoolean:
			return v != 0, nil
		}
	case float64:
		return v, nil
	case string:
		if f.Kind == contract.KindTimestamp {
			return store.ParseStamp(v)
		}
		return v, nil
	}
	return nil, fmt.Errorf("key column %s: %T", f.Name, cell)
}

// plainDecimal writes a decimal that is stored as a whole number of its last digit.
func plainDecimal(v int64, scale int) json.Number {
	digits := strconv.FormatInt(v, 10)
	if scale == 0 {
		return json.Number(digits)
	}
	sign := ""
	if v < 0 {
		sign, digits = "-", digits[1:]
	}
	if short := scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - scale
	return json.Number(sign + digits[:point] + "." + digits[point:])
}

// plainValue is columnValue for values of SQLite.
func plainValue(c *contract.Column, fields []contract.Field, cells []any, p int) (any, error) {
	switch v := cells[p].(type) {
	case nil:
		return nil, nil
	case int64:
		switch fields[p].Kind {
		case contract.KindDecimal:
			return plainDecimal(v, c.Scale), nil
		case contract.KindBoolean:
			return v != 0, nil
		}
		return wholeValue(v), nil
	case float64:
		return realValue(v), nil
	case []byte:
		return geometryValue(v)
	case string:
		switch {
		case fields[p].Kind == contract.KindTimestamp:
			at, err := store.ParseStamp(v)
			return instantValue(at), err
		case c.Type == contract.JSON:
			return json.RawMessage(v), nil
		case c.Type == contract.File:
			text := func(i int) string { s, _ := cells[p+i].(string); return s }
			bytes, there := cells[p+3].(int64)
			return fileValue(v, text(1), text(2), bytes, there), nil
		}
		return v, nil
	}
	return nil, fmt.Errorf("no JSON form for %T", cells[p])
}
