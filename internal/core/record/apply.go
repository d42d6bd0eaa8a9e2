package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// Committed is the kind of outbox row, and of event, that every batch leaves.
const Committed = "data.committed"

// An Event is the payload of an outbox row.
type Event struct {
	Dataset     string      `json:"dataset"` // address of the object
	Batch       string      `json:"batch"`
	Seq         int64       `json:"seq"`
	At          string      `json:"at"`
	Kind        string      `json:"kind"`
	By          actor.Actor `json:"by"`
	Source      string      `json:"source,omitempty"`
	Digest      string      `json:"digest,omitempty"`
	Contract    string      `json:"contract"`
	Undoes      int64       `json:"undoes,omitempty"`
	Inserted    int64       `json:"inserted"`
	Updated     int64       `json:"updated"`
	Withdrawn   int64       `json:"withdrawn"`
	Quarantined int64       `json:"quarantined"`
	Reflagged   int64       `json:"reflagged"`
}

// Apply writes a batch in one transaction, which is the commit point: when it
// returns a Commit the batch is durable, when it returns an error nothing of it
// is there. A batch whose id is there already is not written again; its Commit
// is returned. Cancelling ctx before the commit leaves nothing.
func (t *Truth) Apply(ctx context.Context, b Batch) (Commit, error) {
	db, release, err := t.store.Dataset(ctx, b.Contract.ID)
	if err != nil {
		return Commit{}, err
	}
	defer release()
	if err := db.CheckSpace(b.size()); err != nil {
		return Commit{}, err
	}
	if b.Object.Sealed() {
		if t.texts == nil {
			return Commit{}, errNoKey
		}
		b.Inserts, b.Updates, b.Quarantine = t.Seal(b.Object, b.Inserts), t.Seal(b.Object, b.Updates), t.sealLines(b.Object, b.Quarantine)
	}
	return applyTo(ctx, db, &b, (*writer).rows)
}

// applyTo writes a batch whose content do writes.
func applyTo(ctx context.Context, db *store.DB, b *Batch, do func(*writer) error) (c Commit, err error) {
	err = db.Write(ctx, func(tx *store.Tx) error {
		done, there, err := committed(ctx, tx, b.ID)
		if err != nil || there {
			c = done
			return err
		}
		w := &writer{ctx: ctx, tx: tx, db: db, b: b}
		c, err = w.write(do)
		return err
	})
	if err != nil {
		return Commit{}, fmt.Errorf("batch %s of %s: %w", b.ID, b.Object.Dataset, err)
	}
	return c, nil
}

// size estimates the bytes that a batch needs when its maker did not say.
func (b *Batch) size() int64 {
	if b.Bytes > 0 {
		return b.Bytes
	}
	row := int64(48 + 16*len(b.Object.StoredFields()))
	return row*(b.Inserted+3*b.Updated+2*b.Withdrawn+b.Quarantined) + 64*b.Reflagged
}

// committed returns the commit of a batch that is in the truth.
func committed(ctx context.Context, tx *store.Tx, id string) (Commit, bool, error) {
	var c Commit
	var at string
	err := tx.QueryRowContext(ctx, `SELECT seq, committed_at FROM _batches WHERE id = $1`, id).Scan(&c.Seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err == nil {
		c.At, err = store.ParseStamp(at)
	}
	return c, err == nil, err
}

// head returns the last batch, 0 when there is none.
func head(ctx context.Context, tx *store.Tx) (seq int64, at time.Time, err error) {
	var stamp string
	err = tx.QueryRowContext(ctx, `SELECT seq, committed_at FROM _batches ORDER BY seq DESC LIMIT 1`).Scan(&seq, &stamp)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	if err == nil {
		at, err = store.ParseStamp(stamp)
	}
	return seq, at, err
}

// A writer is one Apply at work.
type writer struct {
	ctx context.Context
	tx  *store.Tx
	db  *store.DB
	b   *Batch
	tab *table
	seq int64
	own string // seq as SQL text
}

func (w *writer) write(do func(*writer) error) (Commit, error) {
	last, lastAt, err := head(w.ctx, w.tx)
	if err != nil {
		return Commit{}, err
	}
	w.seq, w.own = last+1, strconv.FormatInt(last+1, 10)
	if w.tab, err = ensure(w.ctx, w.tx, w.b.Object, w.seq); err != nil {
		return Commit{}, err
	}
	if err := do(w); err != nil {
		return Commit{}, err
	}
	// Taken as late as can be: until the commit nobody knew of this batch.
	at := w.db.Now()
	if !at.After(lastAt) {
		at = lastAt.Add(time.Microsecond)
	}
	if err := w.register(at); err != nil {
		return Commit{}, err
	}
	crashpoint.Hit(crashpoint.BeforeCommit)
	w.tx.OnCommit(func() { crashpoint.Hit(crashpoint.AfterCommit) })
	return Commit{Seq: w.seq, At: at}, nil
}

// rows writes what the streams of a batch bring.
func (w *writer) rows() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"withdraw", w.withdraw}, {"update", w.update}, {"insert", w.insert}, {"reflag", w.reflag},
		{"quarantine", w.quarantine}, {"close", w.closeLines}, {"reopen", w.reopenLines},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return w.count()
}

// manyRows is the number of rows from which a batch makes what PostgreSQL knows
// of a table stale.
const manyRows = 50_000

// count renews PostgreSQL's figures about a table that has changed much, rather
// than having everybody read by bad plans until it does so itself.
func (w *writer) count() error {
	if w.tx.Engine != store.Postgres || w.b.Inserted+w.b.Updated+w.b.Withdrawn < manyRows {
		return nil
	}
	_, err := w.exec(`ANALYZE ` + w.tab.name() + `, ` + w.tab.history())
	return err
}

func (w *writer) exec(query string, args ...any) (int64, error) {
	res, err := w.tx.ExecContext(w.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// agree compares what was written with what the batch said it would write.
func agree(what string, got, want int64) error {
	if got != want {
		return fmt.Errorf("%d rows %s instead of %d", got, what, want)
	}
	return nil
}

// withdraw closes and removes the rows whose keys are in Withdraws.
func (w *writer) withdraw() error {
	keys := names(w.b.Object.KeyFields())
	n, err := w.stage("_withdrawn", w.b.Object.KeyFields(), w.b.Withdraws)
	if err != nil || w.b.Withdraws == nil {
		return errors.Join(err, agree("withdrawn", n, w.b.Withdrawn))
	}
	if err := w.closeVersions("_withdrawn", n, true); err != nil {
		return err
	}
	n, err = w.exec(`DELETE FROM ` + w.tab.name() + ` WHERE (` + quoted(keys) + `) IN (SELECT ` + quoted(keys) + ` FROM "_withdrawn")`)
	if err != nil {
		return err
	}
	return errors.Join(agree("withdrawn", n, w.b.Withdrawn), w.drop("_withdrawn"))
}

// update closes the versions that Updates replaces and writes the new ones in
// their place.
func (w *writer) update() error {
	obj := w.b.Object
	if w.b.Updates == nil {
		return agree("updated", 0, w.b.Updated)
	}
	n, err := w.stage("_updated", without(obj.StoredFields(), contract.SeqField), w.b.Updates)
	if err != nil {
		return err
	}
	if err := w.closeVersions("_updated", n, false); err != nil {
		return err
	}
	n, err = w.exec(`UPDATE ` + w.tab.name() + ` SET ` + w.assignments() + ` FROM "_updated" AS u WHERE ` + matching(obj, w.tab.name(), "u"))
	if err != nil {
		return err
	}
	return errors.Join(agree("updated", n, w.b.Updated), w.drop("_updated"))
}

// assignments sets every column that is not key; those that the contract no
// longer has become empty.
func (w *writer) assignments() string {
	given := map[string]bool{}
	for _, f := range w.b.Object.StoredFields() {
		given[f.Name] = true
	}
	isKey := map[string]bool{}
	for _, f := range w.b.Object.KeyFields() {
		isKey[f.Name] = true
	}
	var set []string
	for _, f := range w.tab.fields {
		name := store.Quote(f.Name)
		switch {
		case isKey[f.Name]:
		case f.Name == contract.SeqField.Name:
			set = append(set, name+" = "+w.own)
		case given[f.Name]:
			set = append(set, name+" = u."+name)
		default:
			set = append(set, name+" = NULL")
		}
	}
	return strings.Join(set, ", ")
}

// closeVersions copies current rows into the history as ending with this batch.
// A contract without history keeps only that a key was withdrawn, which
// followers must learn; what the row held is forgotten.
func (w *writer) closeVersions(staged string, n int64, withdrawn bool) error {
	obj := w.b.Object
	kept := names(w.tab.fields)
	if w.b.Contract.NoHistory {
		if n > 0 {
			if _, err := w.exec(`UPDATE _objects SET trimmed = $1 WHERE name = $2`, w.seq, obj.Table); err != nil {
				return err
			}
		}
		if !withdrawn {
			return nil
		}
		kept = append(names(obj.KeyFields()), contract.SeqField.Name)
	}
	got, err := w.exec(`INSERT INTO ` + w.tab.history() + ` (` + quoted(kept) + `, "_end") SELECT ` + prefixed("t.", kept) + `, ` + w.own +
		` FROM ` + store.Quote(staged) + ` AS k CROSS JOIN ` + w.tab.name() + ` AS t WHERE ` + matching(obj, "t", "k"))
	if err != nil {
		return err
	}
	return agree("closed", got, n)
}

// insert adds new rows straight into the table: no other statement touches
// them, so a first load costs one pass.
func (w *writer) insert() error {
	obj := w.b.Object
	want := without(obj.StoredFields(), contract.SeqField)
	n, err := w.pour(obj.Table, want, w.b.Inserts, func(r *extender) {
		r.constant(contract.SeqField.Name, w.seq)
		if !obj.HasKey() && !r.has(contract.RowField.Name) {
			r.number(contract.RowField.Name, w.seq)
		}
	})
	if err != nil {
		return err
	}
	return agree("inserted", n, w.b.Inserted)
}

// reflag changes the judgement on current rows in place.
func (w *writer) reflag() error {
	if w.b.Reflags == nil {
		return agree("reflagged", 0, w.b.Reflagged)
	}
	obj := w.b.Object
	if _, err := w.stage("_reflagged", append(obj.KeyFields(), contract.FlagsField), w.b.Reflags); err != nil {
		return err
	}
	n, err := w.exec(`UPDATE ` + w.tab.name() + ` SET "_flags" = u."_flags" FROM "_reflagged" AS u WHERE ` + matching(obj, w.tab.name(), "u"))
	if err != nil {
		return err
	}
	return errors.Join(agree("reflagged", n, w.b.Reflagged), w.drop("_reflagged"))
}

// quarantine adds the lines that did not pass.
func (w *writer) quarantine() error {
	n, err := w.pour("_quarantine", nil, w.b.Quarantine, func(r *extender) {
		r.number("id", w.seq)
		r.constant("seq", w.seq)
		r.constant("closed", 0)
		r.constant("reopened", 0)
		r.text("object", w.b.Object.Table)
		r.text("state", StateOpen)
	})
	if err != nil {
		return err
	}
	return agree("quarantined", n, w.b.Quarantined)
}

func (w *writer) closeLines() error {
	if w.b.Replace != nil {
		if err := w.changeLines("_replacing", w.b.Replace,
			`UPDATE _quarantine SET state = $1, closed = $2 WHERE state = 'open' AND id IN (SELECT id FROM "_replacing")`, Replaced, w.seq); err != nil {
			return err
		}
	}
	if w.b.Close == nil {
		return nil
	}
	switch w.b.CloseAs {
	case Mended, Replaced, Undone:
	default:
		return fmt.Errorf("quarantine lines cannot become %q", w.b.CloseAs)
	}
	return w.changeLines("_closing", w.b.Close,
		`UPDATE _quarantine SET state = $1, closed = $2 WHERE state = 'open' AND id IN (SELECT id FROM "_closing")`, w.b.CloseAs, w.seq)
}

func (w *writer) reopenLines() error {
	if w.b.Reopen == nil {
		return nil
	}
	return w.changeLines("_reopening", w.b.Reopen,
		`UPDATE _quarantine SET state = 'open', closed = 0, reopened = $1 WHERE state <> 'open' AND id IN (SELECT id FROM "_reopening")`, w.seq)
}

func (w *writer) changeLines(temp string, lines Stream, update string, args ...any) error {
	if _, err := w.stage(temp, []contract.Field{{Name: "id", Kind: contract.KindInteger}}, lines); err != nil {
		return err
	}
	if _, err := w.exec(update, args...); err != nil {
		return err
	}
	return w.drop(temp)
}

// register writes the batch's own row and what is to be told about it.
func (w *writer) register(at time.Time) error {
	b := w.b
	report := []byte("{}")
	if b.Report != nil {
		var err error
		if report, err = b.Report(w.seq, at); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if _, err := w.exec(`INSERT INTO _batches (seq, id, object, kind, contract, contract_digest, committed_at, by_kind, by_id, by_name,
			source, digest, undoes, inserted, updated, withdrawn, quarantined, reflagged, report)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		w.seq, b.ID, b.Object.Table, b.Kind, b.Contract.Version, b.Contract.Digest, store.Stamp(at), b.By.Kind, b.By.ID, b.By.Name,
		b.Source, b.Digest, b.Undoes, b.Inserted, b.Updated, b.Withdrawn, b.Quarantined, b.Reflagged, string(report)); err != nil {
		return fault.New(fault.Internal, "batch.register").Because(err)
	}
	payload, err := json.Marshal(Event{
		Dataset: b.Object.Dataset, Batch: b.ID, Seq: w.seq, At: store.Stamp(at), Kind: b.Kind, By: b.By,
		Source: b.Source, Digest: b.Digest, Contract: b.Contract.Digest, Undoes: b.Undoes,
		Inserted: b.Inserted, Updated: b.Updated, Withdrawn: b.Withdrawn, Quarantined: b.Quarantined, Reflagged: b.Reflagged,
	})
	if err != nil {
		return err
	}
	_, err = w.exec(`INSERT INTO _outbox (seq, kind, payload) VALUES ($1, $2, $3)`, w.seq, Committed, string(payload))
	return err
}

// stage puts a stream into a temporary table of the given fields.
func (w *writer) stage(temp string, fields []contract.Field, rows Stream) (int64, error) {
	if rows == nil {
		return 0, nil
	}
	if _, err := w.exec(`CREATE TEMP TABLE ` + store.Quote(temp) + ` (` + columns(w.tx.Engine, fields) + `)`); err != nil {
		return 0, err
	}
	n, err := w.pour(temp, fields, rows, nil)
	if err == nil && w.tx.Engine == store.Postgres {
		// Without figures the planner takes a million keys for a thousand.
		_, err = w.exec(`ANALYZE ` + store.Quote(temp))
	}
	return n, err
}

func (w *writer) drop(temp string) error {
	_, err := w.exec(`DROP TABLE ` + store.Quote(temp))
	return err
}

// pour writes a stream into a table. The stream must have the fields wanted
// (any when nil); extend adds the system's own columns.
func (w *writer) pour(table string, want []contract.Field, rows Stream, extend func(*extender)) (int64, error) {
	if rows == nil {
		return 0, nil
	}
	rr, err := rows()
	if err != nil {
		return 0, err
	}
	defer rr.Release()
	if err := hasFields(rr.Schema(), want); err != nil {
		return 0, err
	}
	r := newExtender(rr)
	r.progress = w.b.Progress
	if extend != nil {
		extend(r)
	}
	return bulk.Insert(w.ctx, w.tx.Conn, w.tx.Engine, table, r)
}

// hasFields checks that a stream carries the fields, in any order. A row number
// may be left out: it is made.
func hasFields(schema *arrow.Schema, want []contract.Field) error {
	for _, f := range want {
		if f.Name == contract.RowField.Name {
			continue
		}
		i := schema.FieldIndices(f.Name)
		if len(i) != 1 {
			return fmt.Errorf("stream has no column %s", f.Name)
		}
		got, need := schema.Field(i[0]).Type, contract.ArrowField(f).Type
		if !arrow.TypeEqual(got, need) {
			return fmt.Errorf("column %s of the stream is %s instead of %s", f.Name, got, need)
		}
	}
	return nil
}

func without(fields []contract.Field, drop contract.Field) []contract.Field {
	var kept []contract.Field
	for _, f := range fields {
		if f.Name != drop.Name {
			kept = append(kept, f)
		}
	}
	return kept
}
