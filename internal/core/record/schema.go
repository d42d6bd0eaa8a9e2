package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// systemTables is the first version of a home.
func systemTables(ctx context.Context, tx *store.Tx) error {
	number := "BIGINT PRIMARY KEY"
	if tx.Engine == store.SQLite {
		number = "INTEGER PRIMARY KEY" // the row's own number: no second index
	}
	for _, ddl := range []string{
		// Tables of schema objects: their columns as JSON, the batch before
		// which nothing is in the index of _seq, the batch up to which states
		// cannot be told any more, and the same for withdrawals.
		`CREATE TABLE _objects (name TEXT PRIMARY KEY, fields TEXT NOT NULL, key_fields TEXT NOT NULL,
			first_seq BIGINT NOT NULL, trimmed BIGINT NOT NULL, forgotten BIGINT NOT NULL)`,
		`CREATE TABLE _batches (seq ` + number + `, id TEXT NOT NULL UNIQUE, object TEXT NOT NULL, kind TEXT NOT NULL,
			contract TEXT NOT NULL, contract_digest TEXT NOT NULL, committed_at TEXT NOT NULL,
			by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT NOT NULL,
			source TEXT NOT NULL, digest TEXT NOT NULL, undoes BIGINT NOT NULL,
			inserted BIGINT NOT NULL, updated BIGINT NOT NULL, withdrawn BIGINT NOT NULL,
			quarantined BIGINT NOT NULL, reflagged BIGINT NOT NULL, report TEXT NOT NULL)`,
		`CREATE TABLE _quarantine (id ` + number + `, object TEXT NOT NULL, seq BIGINT NOT NULL, line BIGINT NOT NULL,
			"key" TEXT, raw TEXT NOT NULL, faults TEXT NOT NULL, state TEXT NOT NULL,
			closed BIGINT NOT NULL, reopened BIGINT NOT NULL)`,
		`CREATE TABLE _holds (object TEXT NOT NULL, "key" TEXT NOT NULL, kind TEXT NOT NULL, basis TEXT NOT NULL,
			until TEXT, seq BIGINT NOT NULL, PRIMARY KEY (object, "key", kind))`,
		`CREATE TABLE _erased (object TEXT NOT NULL, hash TEXT NOT NULL, seq BIGINT NOT NULL, basis TEXT NOT NULL,
			count BIGINT NOT NULL, PRIMARY KEY (object, hash, seq))`,
		`CREATE TABLE _outbox (seq BIGINT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (seq, kind))`,
		`CREATE INDEX _i_batches_time ON _batches (committed_at)`,
	} {
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return err
		}
	}
	return nil
}

// A table is the pair of tables of one schema object, as they are in the home.
type table struct {
	obj       *contract.Object
	truth     *Truth // opens what is sealed
	engine    string
	fields    []contract.Field // columns there are, in order; may hold more than the object has
	first     int64            // rows with a higher _seq are in the index of _seq
	trimmed   int64            // states before this batch cannot be told
	forgotten int64            // withdrawals up to this batch are forgotten
	held      int64            // last batch that held or released a record, 0 = none ever
}

func (tab *table) name() string    { return store.Quote(tab.obj.Table) }
func (tab *table) history() string { return store.Quote(historyName(tab.obj)) }

func endIndex(obj *contract.Object) string { return store.Quote("_i_" + obj.Table + "_end") }

func historyName(obj *contract.Object) string { return obj.Table + "_h" }

// storedField is a field as _objects remembers it.
type storedField struct {
	Name      string        `json:"name"`
	Kind      contract.Kind `json:"kind"`
	Precision int           `json:"precision,omitempty"`
	Scale     int           `json:"scale,omitempty"`
	Sealed    bool          `json:"sealed,omitempty"`
}

func encodeFields(fields []contract.Field) (string, error) {
	stored := make([]storedField, len(fields))
	for i, f := range fields {
		stored[i] = storedField{f.Name, f.Kind, f.Precision, f.Scale, f.Sealed}
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

func decodeFields(text string) ([]contract.Field, error) {
	if known, ok := decoded.Load(text); ok {
		return slices.Clone(known.([]contract.Field)), nil // a table that grows changes its own
	}
	var stored []storedField
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, err
	}
	fields := make([]contract.Field, len(stored))
	for i, f := range stored {
		fields[i] = contract.Field{Name: f.Name, Kind: f.Kind, Precision: f.Precision, Scale: f.Scale, Sealed: f.Sealed, Column: -1}
	}
	decoded.Store(text, slices.Clone(fields))
	return fields, nil
}

// decoded are the lists of fields that have been read, by their text: as many as
// there are shapes of tables.
var decoded sync.Map

// loadTable reads what is known of an object's tables and checks that they can
// be read by this version of the contract. It returns nil when there are none.
func loadTable(ctx context.Context, tx *store.Tx, obj *contract.Object) (*table, error) {
	tab := &table{obj: obj, engine: tx.Engine}
	var fields, keys string
	err := tx.QueryRowContext(ctx, `SELECT fields, key_fields, first_seq, trimmed, forgotten, held FROM _objects WHERE name = $1`, obj.Table).
		Scan(&fields, &keys, &tab.first, &tab.trimmed, &tab.forgotten, &tab.held)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if tab.fields, err = decodeFields(fields); err != nil {
		return nil, fmt.Errorf("columns of %s: %w", obj.Table, err)
	}
	if keys != keyList(obj) {
		return nil, fault.New(fault.Conflict, "contract.key-changed", obj.Dataset, keys, keyList(obj))
	}
	have := tab.byName()
	for _, f := range obj.StoredFields() {
		if old, ok := have[f.Name]; ok && !sameType(old, f) && !widens(old, f) {
			return nil, fault.New(fault.Conflict, "contract.type-changed", obj.Dataset, f.Name, typeName(old), typeName(f))
		} else if ok && old.Sealed != f.Sealed {
			return nil, fault.New(fault.Conflict, "contract.sealed-changed", obj.Dataset, f.Name)
		}
	}
	return tab, nil
}

func (tab *table) byName() map[string]contract.Field {
	m := make(map[string]contract.Field, len(tab.fields))
	for _, f := range tab.fields {
		m[f.Name] = f
	}
	return m
}

func keyList(obj *contract.Object) string { return strings.Join(names(obj.KeyFields()), ",") }

func names(fields []contract.Field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.Name
	}
	return all
}

func sameType(a, b contract.Field) bool {
	return a.Kind == b.Kind && a.Precision == b.Precision && a.Scale == b.Scale
}

// widens reports whether every value of old is, as it is stored, a value of f:
// more digits before the point, a date that may become a partial date.
func widens(old, f contract.Field) bool {
	switch {
	case old.Kind == contract.KindDecimal && f.Kind == contract.KindDecimal:
		return old.Scale == f.Scale && old.Precision <= f.Precision
	case old.Kind == contract.KindDate && f.Kind == contract.KindText:
		return true
	}
	return false
}

// Ensure makes the tables of an object, or gives them the columns that a newer
// contract has added. Apply does the same in its own transaction.
func (t *Truth) Ensure(ctx context.Context, obj *contract.Object) error {
	db, release, err := t.store.Dataset(ctx, obj.Contract)
	if err != nil {
		return err
	}
	defer release()
	return db.Write(ctx, func(tx *store.Tx) error {
		seq, _, err := head(ctx, tx)
		if err == nil {
			_, err = ensure(ctx, tx, obj, seq+1)
		}
		return err
	})
}

// ensure brings the tables to what the object says and returns them; next is the
// number of the batch about to be written.
func ensure(ctx context.Context, tx *store.Tx, obj *contract.Object, next int64) (*table, error) {
	tab, err := loadTable(ctx, tx, obj)
	if err != nil {
		return nil, err
	}
	if tab == nil {
		return create(ctx, tx, obj, next)
	}
	return tab, tab.alter(ctx, tx)
}

func create(ctx context.Context, tx *store.Tx, obj *contract.Object, next int64) (*table, error) {
	tab := &table{obj: obj, engine: tx.Engine, fields: obj.StoredFields(), first: next}
	// "x" and "x_h" cannot both be objects: the one's history is the other.
	var clashes int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM _objects WHERE name = $1 OR name || '_h' = $2`,
		historyName(obj), obj.Table).Scan(&clashes); err != nil {
		return nil, err
	}
	if clashes > 0 {
		return nil, fault.New(fault.Conflict, "contract.table-clash", obj.Dataset, obj.Table)
	}
	if err := tab.createTables(ctx, tx); err != nil {
		return nil, err
	}
	fields, err := encodeFields(tab.fields)
	if err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO _objects (name, fields, key_fields, first_seq, trimmed, forgotten) VALUES ($1, $2, $3, $4, 0, 0)`,
		obj.Table, fields, keyList(obj), next)
	return tab, err
}

func (tab *table) createTables(ctx context.Context, tx *store.Tx) error {
	keys := quoted(names(tab.obj.KeyFields()))
	suffix := ""
	if tx.Engine == store.SQLite {
		suffix = " WITHOUT ROWID" // the key is the table: no second copy of it
	}
	main, mainSuffix := columns(tx.Engine, tab.fields)+", PRIMARY KEY ("+keys+")", suffix
	if !tab.obj.HasKey() && tx.Engine == store.SQLite {
		main, mainSuffix = `"_row" INTEGER PRIMARY KEY, `+columns(tx.Engine, tab.fields[1:]), ""
	}
	history := append(append([]contract.Field{}, tab.fields...), contract.EndField)
	for _, ddl := range []string{
		`CREATE TABLE ` + tab.name() + ` (` + main + `)` + mainSuffix,
		`CREATE TABLE ` + tab.history() + ` (` + columns(tx.Engine, history) + `, PRIMARY KEY (` + keys + `, "_seq"))` + suffix,
		// The first load, often the biggest by far, is left out of the index: it
		// costs nothing, and whoever asks for it reads everything anyway.
		fmt.Sprintf(`CREATE INDEX %s ON %s ("_seq") WHERE "_seq" > %d`, store.Quote("_i_"+tab.obj.Table+"_seq"), tab.name(), tab.first),
		`CREATE INDEX ` + endIndex(tab.obj) + ` ON ` + tab.history() + ` ("_end")`,
	} {
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return fmt.Errorf("table %s: %w", tab.obj.Table, err)
		}
	}
	return nil
}

// alter adds columns and widens types. What the contract no longer has stays,
// empty in new rows, so that older states can still be told.
func (tab *table) alter(ctx context.Context, tx *store.Tx) error {
	have := tab.byName()
	changed := false
	for _, f := range tab.obj.StoredFields() {
		old, ok := have[f.Name]
		switch {
		case !ok:
			for _, name := range []string{tab.name(), tab.history()} {
				if _, err := tx.ExecContext(ctx, `ALTER TABLE `+name+` ADD COLUMN `+store.Quote(f.Name)+` `+columnType(tx.Engine, f)); err != nil {
					return err
				}
			}
			tab.fields = append(tab.fields, f)
		case widens(old, f) && !sameType(old, f):
			if err := tab.widen(ctx, tx, old, f); err != nil {
				return err
			}
		default:
			continue
		}
		changed = true
	}
	if !changed {
		return nil
	}
	text, err := encodeFields(tab.fields)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE _objects SET fields = $1 WHERE name = $2`, text, tab.obj.Table)
	return err
}

// widen changes a column's type where the engine keeps types; SQLite stores the
// wider values in the column as it is.
func (tab *table) widen(ctx context.Context, tx *store.Tx, old, f contract.Field) error {
	for i := range tab.fields {
		if tab.fields[i].Name == f.Name {
			tab.fields[i] = f
		}
	}
	if tx.Engine == store.SQLite {
		return nil
	}
	using := ""
	if old.Kind == contract.KindDate {
		using = ` USING to_char(` + store.Quote(f.Name) + `, 'YYYY-MM-DD')`
	}
	tables := []string{tab.name(), tab.history()}
	if tab.held > 0 && slices.Contains(names(tab.obj.KeyFields()), f.Name) {
		tables = append(tables, tab.holds())
	}
	for _, name := range tables {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE `+name+` ALTER COLUMN `+store.Quote(f.Name)+` TYPE `+columnType(tx.Engine, f)+using); err != nil {
			return err
		}
	}
	return nil
}

// columns declares fields.
func columns(engine string, fields []contract.Field) string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = store.Quote(f.Name) + " " + columnType(engine, f)
	}
	return strings.Join(all, ", ")
}

// columnType is the table of DESIGN §4.4. Text sorts by bytes on both engines,
// so that pages and key order are the same.
func columnType(engine string, f contract.Field) string {
	if engine == store.SQLite {
		return [...]string{
			contract.KindText: "TEXT", contract.KindInteger: "INTEGER", contract.KindDecimal: "INTEGER",
			contract.KindFloat: "REAL", contract.KindBoolean: "INTEGER", contract.KindDate: "TEXT",
			contract.KindTimestamp: "TEXT", contract.KindJSON: "TEXT", contract.KindBytes: "BLOB",
		}[f.Kind]
	}
	if f.Kind == contract.KindDecimal {
		return fmt.Sprintf("numeric(%d,%d)", f.Precision, f.Scale)
	}
	return [...]string{
		contract.KindText: `text COLLATE "C"`, contract.KindInteger: "bigint", contract.KindDecimal: "numeric",
		contract.KindFloat: "double precision", contract.KindBoolean: "boolean", contract.KindDate: "date",
		contract.KindTimestamp: "timestamptz", contract.KindJSON: "jsonb", contract.KindBytes: "bytea",
	}[f.Kind]
}

// null is an empty value of a field's type. PostgreSQL takes a bare NULL in a
// subquery for text, which then meets columns of other types.
func null(engine string, f contract.Field) string {
	if engine == store.SQLite {
		return "NULL"
	}
	return "CAST(NULL AS " + strings.TrimSuffix(columnType(engine, f), ` COLLATE "C"`) + ")"
}

// typeName names a type for people who read contracts.
func typeName(f contract.Field) string {
	if f.Kind == contract.KindDecimal {
		return fmt.Sprintf("decimal(%d,%d)", f.Precision, f.Scale)
	}
	return [...]string{
		contract.KindText: "text", contract.KindInteger: "integer", contract.KindDecimal: "decimal",
		contract.KindFloat: "number", contract.KindBoolean: "boolean", contract.KindDate: "date",
		contract.KindTimestamp: "timestamp", contract.KindJSON: "object", contract.KindBytes: "bytes",
	}[f.Kind]
}

func quoted(names []string) string { return prefixed("", names) }

// prefixed lists columns of the table with an alias.
func prefixed(alias string, names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = alias + store.Quote(n)
	}
	return strings.Join(all, ", ")
}

// matching is the condition that two tables agree in the key.
func matching(obj *contract.Object, a, b string) string {
	fields := obj.KeyFields()
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = a + "." + store.Quote(f.Name) + " = " + b + "." + store.Quote(f.Name)
	}
	return strings.Join(all, " AND ")
}
