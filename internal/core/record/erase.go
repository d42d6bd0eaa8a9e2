package record

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// An Erasing says what is to be erased of an object.
type Erasing struct {
	ID    string // names the erasure, here and in the list outside of backups
	Trace Trace  // of the record; without a key only lines in quarantine are erased
	Hash  string // keyed hash that stands for it afterwards, see HashKey and HashText
	Basis string // the act, article or decision
}

// An Erasure says what was erased from a home.
type Erasure struct {
	Commit
	ID    string `json:"id"`
	Found Found  `json:"found"`
}

// Found counts what a home holds of a record.
type Found struct {
	Rows     int64 `json:"rows"`     // current rows: 0 or 1
	Versions int64 `json:"versions"` // closed versions
	Lines    int64 `json:"lines"`    // lines in quarantine, in whatever state
}

// Any reports whether something was found.
func (f Found) Any() bool { return f.Rows+f.Versions+f.Lines > 0 }

// HashKey is the keyed hash that stands for an erased key: nobody without the
// secret can try keys out.
func HashKey(secrets Secrets, obj *contract.Object, key string) string {
	return hashOf(secrets, "key\x00"+obj.Contract+"\x00"+obj.Table+"\x00"+key)
}

// HashText is the same of a person's number, wherever it stands.
func HashText(secrets Secrets, text string) string { return hashOf(secrets, "text\x00"+text) }

func hashOf(secrets Secrets, message string) string {
	h := hmac.New(sha256.New, secrets.Key("erased"))
	h.Write([]byte(message))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Erase takes a record out of the truth in one transaction: its row, all its
// versions, its lines in quarantine, its holds, and what reports and messages
// say of it. What is left is a row of _erased. It refuses while a legal hold is
// in force, naming its basis. Doing it again does nothing.
//
// The values are gone from the tables when it returns, and from the bytes of the
// files after the home's Purge.
//
// The key of an erased record is not told to followers, since it often is the
// very number that must be forgotten: whoever is behind begins anew, as after
// Trim.
func (t *Truth) Erase(ctx context.Context, b Batch, e Erasing) (Erasure, error) {
	out := Erasure{ID: e.ID}
	if strings.TrimSpace(e.Basis) == "" {
		return out, fault.New(fault.Invalid, "erase.basis")
	}
	db, release, err := t.existing(ctx, b.Contract.ID)
	if err != nil {
		return out, err
	}
	if db == nil {
		return out, fault.New(fault.NotFound, "erase.nothing", b.Object.Title)
	}
	defer release()
	b.Kind = KindErase
	e.Trace = t.Sighted(e.Trace)
	out.Commit, err = applyTo(ctx, db, &b, func(w *writer) error { return w.erase(t, &e, &out.Found) })
	return out, err
}

func (w *writer) erase(t *Truth, e *Erasing, found *Found) error {
	if err := w.mayErase(e.Trace.Key); err != nil {
		return err
	}
	if err := w.eraseRows(e.Trace.Key, found); err != nil {
		return err
	}
	crashpoint.Hit(crashpoint.MidRows)
	if err := w.eraseLines(t, &e.Trace, found); err != nil {
		return err
	}
	if err := w.scrub(&e.Trace); err != nil {
		return err
	}
	w.b.Withdrawn = found.Rows
	if _, err := w.exec(`UPDATE _objects SET forgotten = $1 WHERE name = $2`, w.seq, w.b.Object.Table); err != nil {
		return err
	}
	_, err := w.exec(`INSERT INTO _erased (id, object, hash, seq, erased_at, basis, count) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.ID, w.b.Object.Table, e.Hash, w.seq, w.tx.Now, e.Basis, found.Rows+found.Versions+found.Lines)
	return err
}

// mayErase refuses what the law orders kept.
func (w *writer) mayErase(key string) error {
	if w.tab.held == 0 || key == "" {
		return nil
	}
	rows, err := w.tx.QueryContext(w.ctx, `SELECT "_basis" FROM `+w.tab.holds()+` WHERE "_key" = $1 AND "_kind" = $2 AND "_end" = 0`, key, HoldLegal)
	if err != nil {
		return err
	}
	var basis string
	for rows.Next() {
		if err := rows.Scan(&basis); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || basis == "" {
		return err
	}
	return fault.New(fault.Denied, "erase.kept", w.b.Object.Title, basis)
}

func (w *writer) eraseRows(key string, found *Found) error {
	if key == "" {
		return nil
	}
	args, err := bindKey(w.tx.Engine, w.b.Object, key)
	if err != nil {
		return fault.New(fault.NotFound, "erase.nothing", w.b.Object.Title)
	}
	where := ` WHERE ` + compareKey(w.b.Object, "=", 0)
	if found.Rows, err = w.exec(`DELETE FROM `+w.tab.name()+where, args...); err != nil {
		return err
	}
	if found.Versions, err = w.exec(`DELETE FROM `+w.tab.history()+where, args...); err != nil {
		return err
	}
	if w.tab.held > 0 {
		_, err = w.exec(`DELETE FROM `+w.tab.holds()+` WHERE "_key" = $1`, key)
	}
	return err
}

func (w *writer) eraseLines(t *Truth, trace *Trace, found *Found) error {
	ids, err := t.linesOf(w.ctx, w.tx, w.b.Object, trace)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, 500) {
		args := make([]any, len(part))
		for i, id := range part {
			args[i] = id
		}
		n, err := w.exec(`DELETE FROM _quarantine WHERE id IN (`+marks(len(args))+`)`, args...)
		if err != nil {
			return err
		}
		found.Lines += n
	}
	return nil
}

// linesOf finds the lines, in whatever state, that have the key or hold one of
// the texts in some cell.
func (t *Truth) linesOf(ctx context.Context, tx *store.Tx, obj *contract.Object, trace *Trace) (ids []int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, coalesce("key", ''), raw FROM _quarantine WHERE object = $1`, obj.Table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		var key, raw string
		if err := rows.Scan(&id, &key, &raw); err != nil {
			return nil, err
		}
		mine := trace.Key != "" && key == trace.Key
		if !mine && len(trace.Texts) > 0 {
			var cells []string
			if raw, err = t.openRaw(obj, raw); err == nil {
				err = json.Unmarshal([]byte(raw), &cells)
			}
			if err != nil {
				return nil, fmt.Errorf("cells of quarantine line %d: %w", id, err)
			}
			mine = trace.InAny(cells)
		}
		if mine {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// scrub takes the record out of what the home tells about its batches.
func (w *writer) scrub(t *Trace) error {
	for _, place := range []struct{ table, column string }{{"_batches", "report"}, {"_batches", "source"}, {"_outbox", "payload"}} {
		changed := map[int64]string{}
		rows, err := w.tx.QueryContext(w.ctx, `SELECT seq, `+place.column+` FROM `+place.table)
		if err != nil {
			return err
		}
		for rows.Next() {
			var seq int64
			var text string
			if err := rows.Scan(&seq, &text); err != nil {
				return errors.Join(err, rows.Close())
			}
			if clean, yes := t.Scrub(text); yes {
				changed[seq] = clean
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		for seq, text := range changed {
			if _, err := w.exec(`UPDATE `+place.table+` SET `+place.column+` = $1 WHERE seq = $2`, text, seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// TraceOf says by what a record can be told: its key, and the personal numbers
// of all its versions.
func (t *Truth) TraceOf(ctx context.Context, obj *contract.Object, key string) (Trace, error) {
	versions, err := t.History(ctx, obj, key)
	if err != nil {
		return Trace{}, err
	}
	var texts []string
	for _, c := range PersonColumns(obj) {
		for _, v := range versions {
			if s, ok := v.Values[obj.Columns[c].Name].(string); ok {
				texts = append(texts, s)
			}
		}
	}
	return NewTrace(key, texts...), nil
}

// PersonColumns are the text columns that hold a personal number.
func PersonColumns(obj *contract.Object) (columns []int) {
	for i := range obj.Columns {
		if c := &obj.Columns[i]; c.Type == contract.Text && c.Personal.Kind == "personal_id" {
			columns = append(columns, i)
		}
	}
	return columns
}

// Find counts what a home holds of a record, and says what orders it kept.
func (t *Truth) Find(ctx context.Context, obj *contract.Object, trace Trace) (f Found, kept []Hold, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		ids, err := t.linesOf(ctx, tx, obj, &trace)
		if f.Lines = int64(len(ids)); err != nil || trace.Key == "" {
			return err
		}
		args, err := bindKey(tx.Engine, obj, trace.Key)
		if err != nil {
			return err
		}
		where := ` WHERE ` + compareKey(obj, "=", 0)
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM `+tab.name()+where, args...).Scan(&f.Rows); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM `+tab.history()+where, args...).Scan(&f.Versions)
	})
	if err != nil || trace.Key == "" {
		return f, nil, err
	}
	holds, err := t.HoldsOf(ctx, obj, trace.Key)
	return f, slices.DeleteFunc(holds, func(h Hold) bool { return h.Kind != HoldLegal }), err
}

// KeysWith lists the keys of the records that have, or had in some version, a
// value in a text column.
func (t *Truth) KeysWith(ctx context.Context, obj *contract.Object, column int, value string) (keys []string, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		name := obj.Columns[column].Store
		if _, there := tab.byName()[name]; !there {
			return nil
		}
		if obj.Columns[column].Sealed {
			value = t.texts.Seal(value)
		}
		fields := quoted(names(obj.KeyFields()))
		where := ` WHERE ` + store.Quote(name) + ` = $1`
		return tab.eachKey(ctx, tx, `SELECT `+fields+` FROM `+tab.name()+where+` UNION SELECT `+fields+` FROM `+tab.history()+where+` ORDER BY `+fields,
			[]any{value}, func(key string) error {
				keys = append(keys, key)
				return nil
			})
	})
	return keys, err
}

// AllKeys hands over the keys of all records and of all their versions, each
// once, and of the lines in quarantine.
func (t *Truth) AllKeys(ctx context.Context, obj *contract.Object, f func(key string) error) error {
	return t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		fields := quoted(names(obj.KeyFields()))
		if err := tab.eachKey(ctx, tx, `SELECT `+fields+` FROM `+tab.name()+` UNION SELECT `+fields+` FROM `+tab.history(), nil, f); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT DISTINCT "key" FROM _quarantine WHERE object = $1 AND "key" IS NOT NULL`, obj.Table)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var key string
			if err := rows.Scan(&key); err != nil {
				return err
			}
			if err := f(key); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

func (tab *table) eachKey(ctx context.Context, tx *store.Tx, query string, args []any, f func(key string) error) error {
	schema := contract.ArrowSchema(tab.obj.KeyFields())
	reading, err := NewReading(tab.obj, schema)
	if err != nil {
		return err
	}
	return each(ctx, tx, schema, query, args, func(rec arrow.RecordBatch, i int) error {
		key, err := reading.Key(rec, i)
		if err != nil {
			return err
		}
		return f(key)
	})
}

// RawCells hands over the cells of every line in quarantine of an object.
func (t *Truth) RawCells(ctx context.Context, obj *contract.Object, f func(cells []string) error) error {
	for after := int64(0); ; {
		lines, err := t.Quarantine(ctx, obj, Filter{}, after, scanPage)
		if err != nil {
			return err
		}
		for _, l := range lines {
			after = l.ID
			if err := f(l.Raw); err != nil {
				return err
			}
		}
		if len(lines) < scanPage {
			return nil
		}
	}
}

// IsErased reports whether a home has carried out an erasure.
func (t *Truth) IsErased(ctx context.Context, contractID, id string) (done bool, err error) {
	err = t.read(ctx, contractID, func(tx *store.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM _erased WHERE id = $1`, id).Scan(&n)
		done = n > 0
		return err
	})
	return done, err
}

// NoteErased keeps that an erasure found nothing in this home, so that it is not
// looked for at every start.
func (t *Truth) NoteErased(ctx context.Context, obj *contract.Object, e Erasing) error {
	db, release, err := t.existing(ctx, obj.Contract)
	if db == nil || err != nil {
		return err
	}
	defer release()
	return db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO _erased (id, object, hash, seq, erased_at, basis, count) VALUES ($1, $2, $3, 0, $4, $5, 0) ON CONFLICT DO NOTHING`,
			e.ID, obj.Table, e.Hash, tx.Now, e.Basis)
		return err
	})
}

// ErasedSince counts the records of an object that were erased after batch
// since: who computes an old figure again says so.
func (t *Truth) ErasedSince(ctx context.Context, obj *contract.Object, since int64) (n int64, err error) {
	err = t.read(ctx, obj.Contract, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM _erased WHERE object = $1 AND seq > $2 AND count > 0`, obj.Table, since).Scan(&n)
	})
	return n, err
}

// Purge makes what was taken out of a home unreadable in its files too. The
// texts are those that must not be found there any more.
func (t *Truth) Purge(ctx context.Context, contractID string, texts ...string) error {
	db, release, err := t.existing(ctx, contractID)
	if db == nil || err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return db.Purge(ctx, texts...)
}
