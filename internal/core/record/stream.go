package record

import (
	"context"
	"strconv"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// ExistingFields are the columns that Existing reads: key, _hash, _flags, and
// what the contract names as order, sender, period and unique, each once.
func ExistingFields(obj *contract.Object) []contract.Field {
	fields := append(obj.KeyFields(), contract.HashField, contract.FlagsField)
	seen := map[string]bool{}
	for _, f := range fields {
		seen[f.Name] = true
	}
	compared := []int{obj.OrderBy, obj.Sender, obj.Period}
	for i := range obj.Rules { // unique values are compared with those there are
		if obj.Rules[i].Kind == contract.RuleUnique {
			compared = append(compared, obj.Rules[i].Columns...)
		}
	}
	for _, c := range compared {
		if c < 0 {
			continue
		}
		for _, f := range obj.Columns[c].Fields(c) {
			if !seen[f.Name] {
				seen[f.Name] = true
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// Existing reads what classifying needs of all current rows, in no order.
func (t *Truth) Existing(ctx context.Context, obj *contract.Object) (array.RecordReader, error) {
	fields := ExistingFields(obj)
	return t.stream(ctx, obj, contract.ArrowSchema(fields), func(tab *table) (string, error) {
		return `SELECT ` + tab.selection(fields) + ` FROM ` + tab.name(), nil
	})
}

// Stream reads the current rows written after batch since, all fields, in no
// order.
func (t *Truth) Stream(ctx context.Context, obj *contract.Object, since int64) (array.RecordReader, error) {
	return t.stream(ctx, obj, contract.ArrowSchema(obj.StoredFields()), func(tab *table) (string, error) { return tab.since(since), nil })
}

func (tab *table) since(since int64) string {
	query := `SELECT ` + tab.selection(tab.obj.StoredFields()) + ` FROM ` + tab.name() + ` WHERE "_seq" > ` + strconv.FormatInt(since, 10)
	if since >= tab.first {
		query += ` AND "_seq" > ` + strconv.FormatInt(tab.first, 10) // lets the engine use the index
	}
	return query
}

// HistoryFields are the columns that StreamHistory reads.
func HistoryFields(obj *contract.Object) []contract.Field {
	return append(obj.StoredFields(), contract.EndField)
}

// StreamHistory reads the versions closed after batch since, in no order. Where
// the contract keeps no history these are withdrawn keys with nothing else in
// them. When versions of that time have been trimmed it answers with the fault
// "changes.too-old" unless since is 0.
func (t *Truth) StreamHistory(ctx context.Context, obj *contract.Object, since int64) (array.RecordReader, error) {
	return t.stream(ctx, obj, contract.ArrowSchema(HistoryFields(obj)), func(tab *table) (string, error) { return tab.closedSince(since) })
}

func (tab *table) closedSince(since int64) (string, error) {
	if since > 0 && since < tab.forgotten {
		return "", fault.New(fault.NotFound, "changes.too-old", tab.obj.Dataset, since, tab.forgotten)
	}
	return `SELECT ` + tab.selection(HistoryFields(tab.obj)) + ` FROM ` + tab.history() + ` WHERE "_end" > ` + strconv.FormatInt(since, 10), nil
}

// stream runs a query on a snapshot that the reader ends when it is released.
func (t *Truth) stream(ctx context.Context, obj *contract.Object, schema *arrow.Schema, query func(*table) (string, error)) (array.RecordReader, error) {
	f, err := t.open(ctx, obj)
	if err != nil {
		return nil, err
	}
	if f.tab == nil {
		f.Close()
		return array.NewRecordReader(schema, nil)
	}
	text, err := query(f.tab)
	if err != nil {
		f.Close()
		return nil, err
	}
	rr, err := bulk.Query(ctx, f.tx.Conn, f.tx.Engine, schema, text)
	if err != nil {
		f.Close()
		return nil, err
	}
	return t.Opened(obj, closing(rr, f.Close)), nil
}

// A Feed is one state of an object from which its rows and history are read as
// they are kept: what is sealed stays sealed.
type Feed struct {
	Seq int64 // last batch of the data set in this state

	ctx context.Context
	obj *contract.Object
	tx  *store.Tx
	tab *table
	end func()
}

// Follow opens a Feed: its streams belong together whatever commits meanwhile.
// One stream at a time, each released before the next. The Feed must be closed.
func (t *Truth) Follow(ctx context.Context, obj *contract.Object) (*Feed, error) {
	f, err := t.open(ctx, obj)
	if err != nil || f.tx == nil {
		return f, err
	}
	if f.Seq, _, err = head(ctx, f.tx); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (t *Truth) open(ctx context.Context, obj *contract.Object) (*Feed, error) {
	f := &Feed{ctx: ctx, obj: obj, end: func() {}}
	db, release, err := t.existing(ctx, obj.Contract)
	if db == nil || err != nil {
		return f, err
	}
	tx, end, err := db.Snapshot(ctx)
	if err != nil {
		release()
		return nil, err
	}
	f.tx, f.end = tx, func() { end(); release() }
	if f.tab, err = t.loadTable(ctx, tx, obj); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Rows is Truth.Stream within this state.
func (f *Feed) Rows(since int64) (array.RecordReader, error) {
	schema := contract.ArrowSchema(f.obj.StoredFields())
	if f.tab == nil {
		return array.NewRecordReader(schema, nil)
	}
	return bulk.Query(f.ctx, f.tx.Conn, f.tx.Engine, schema, f.tab.since(since))
}

// History is Truth.StreamHistory within this state.
func (f *Feed) History(since int64) (array.RecordReader, error) {
	schema := contract.ArrowSchema(HistoryFields(f.obj))
	if f.tab == nil {
		return array.NewRecordReader(schema, nil)
	}
	query, err := f.tab.closedSince(since)
	if err != nil {
		return nil, err
	}
	return bulk.Query(f.ctx, f.tx.Conn, f.tx.Engine, schema, query)
}

// HeldAt is the last batch of this state that held or released a record, 0 =
// none.
func (f *Feed) HeldAt() int64 {
	if f.tab == nil {
		return 0
	}
	return f.tab.held
}

// HeldKeys reads the keys of the records that are held in this state.
func (f *Feed) HeldKeys() (array.RecordReader, error) {
	fields := f.obj.KeyFields()
	schema := contract.ArrowSchema(fields)
	if f.tab == nil || f.tab.held == 0 {
		return array.NewRecordReader(schema, nil)
	}
	return bulk.Query(f.ctx, f.tx.Conn, f.tx.Engine, schema, `SELECT DISTINCT `+quoted(names(fields))+` FROM `+f.tab.holds()+` WHERE "_end" = 0`)
}

// Close ends the Feed. Closing twice does no harm.
func (f *Feed) Close() {
	f.end()
	f.end = func() {}
}

// closing is a reader that runs end once it is released for good.
func closing(rr array.RecordReader, end func()) array.RecordReader {
	c := &closingReader{RecordReader: rr, end: end}
	c.refs.Store(1)
	return c
}

type closingReader struct {
	array.RecordReader
	refs atomic.Int64
	end  func()
}

// Retain and Release count for both readers.
func (c *closingReader) Retain() { c.refs.Add(1) }

// Release ends the snapshot after the last user.
func (c *closingReader) Release() {
	if c.refs.Add(-1) == 0 {
		c.RecordReader.Release()
		c.end()
	}
}
