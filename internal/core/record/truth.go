package record

import (
	"context"
	"sync"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Truth reads and writes the records of all data sets.
type Truth struct {
	store *store.Store
	texts *seal.Texts
	many  int64 // see manyChanges; smaller in tests
	// points are what is known of tables (*point) by the address of their object.
	points sync.Map
}

// Open names the tables that every home has; texts seals what contracts want
// sealed, nil where none does. It is called once for a store, before anybody uses
// a home of it.
func Open(s *store.Store, texts *seal.Texts) *Truth {
	s.SetHome(systemTables, holdTables)
	return &Truth{store: s, texts: texts, many: manyChanges}
}

// read runs fn on one state of a data set. A data set that has no home has no
// rows: fn is not called.
func (t *Truth) read(ctx context.Context, id string, fn func(tx *store.Tx) error) error {
	db, release, err := t.existing(ctx, id)
	if db == nil || err != nil {
		return err
	}
	defer release()
	return db.Read(ctx, fn)
}

// existing returns the home of a data set, nil when it has none.
func (t *Truth) existing(ctx context.Context, id string) (*store.DB, func(), error) {
	there, err := t.store.Exists(ctx, id)
	if err != nil || !there {
		return nil, nil, err
	}
	return t.store.Dataset(ctx, id)
}

// readTable is read for one object; fn is not called when the object has no
// table yet.
func (t *Truth) readTable(ctx context.Context, obj *contract.Object, fn func(tx *store.Tx, tab *table) error) error {
	return t.read(ctx, obj.Contract, func(tx *store.Tx) error {
		tab, err := t.loadTable(ctx, tx, obj)
		if tab == nil || err != nil {
			return err
		}
		return fn(tx, tab)
	})
}

// loadTable is loadTable for who reads values.
func (t *Truth) loadTable(ctx context.Context, tx *store.Tx, obj *contract.Object) (*table, error) {
	if obj.Sealed() && t.texts == nil {
		return nil, errNoKey
	}
	tab, err := loadTable(ctx, tx, obj)
	if tab != nil {
		tab.truth = t
	}
	return tab, err
}

// checkState refuses a state that can no longer be told.
func (tab *table) checkState(asOf int64) error {
	if asOf < tab.trimmed {
		return fault.New(fault.NotFound, "history.trimmed", tab.obj.Dataset, asOf, tab.trimmed)
	}
	return nil
}
