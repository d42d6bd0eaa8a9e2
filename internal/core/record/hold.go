package record

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// The kinds of a hold.
const (
	HoldQuality     = "quality"     // an identity key that cannot be right
	HoldRestriction = "restriction" // a person has asked that their data not be used
	HoldLegal       = "legal"       // the law orders the record kept: it cannot be erased either
)

// The kinds of batches that hold, release and erase. None of them can be undone
// by undoing the batch.
const (
	KindHold    = "hold"
	KindRelease = "unhold"
	KindErase   = "erase"
)

// A Hold keeps a record from leaving by any door but those for people who must
// see it. It lasts until it is released.
type Hold struct {
	Key   string
	Kind  string
	Basis string    // the act, article or decision
	Until string    // last day, yyyy-mm-dd, "" = until further notice; Lapsed lists those that are over
	Seq   int64     // batch that made it
	At    time.Time // when that was committed
	By    actor.Actor
}

// holdTables is the second version of a home. The tables of holds and erasures
// of the first were never written.
func holdTables(ctx context.Context, tx *store.Tx) error {
	for _, ddl := range []string{
		`DROP TABLE _holds`,
		`ALTER TABLE _objects ADD COLUMN held BIGINT NOT NULL DEFAULT 0`,
		`DROP TABLE _erased`,
		// id names the erasure everywhere, also outside of this home.
		`CREATE TABLE _erased (id TEXT NOT NULL, object TEXT NOT NULL, hash TEXT NOT NULL, seq BIGINT NOT NULL, erased_at TEXT NOT NULL,
			basis TEXT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (id, object, hash))`,
	} {
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return err
		}
	}
	return nil
}

// holds is the table of an object's holds: its key, typed as in the rows so that
// the engine can join, and as text. It is made with the first hold.
func (tab *table) holds() string { return store.Quote("_holds_" + tab.obj.Table) }

func (tab *table) makeHolds(ctx context.Context, tx *store.Tx) error {
	text := "TEXT"
	if tx.Engine == store.Postgres {
		text = `text COLLATE "C"`
	}
	keys := names(tab.obj.KeyFields())
	_, err := tx.ExecContext(ctx, `CREATE TABLE `+tab.holds()+` (`+columns(tx.Engine, tab.obj.KeyFields())+`, "_key" `+text+` NOT NULL,
		"_kind" TEXT NOT NULL, "_basis" TEXT NOT NULL, "_until" TEXT NOT NULL, "_seq" BIGINT NOT NULL, "_end" BIGINT NOT NULL,
		PRIMARY KEY (`+quoted(keys)+`, "_seq", "_kind"))`)
	return err
}

// unheld is the condition, on key columns without a prefix, that a record is
// not held now; "" when no record of the object has ever been.
func (tab *table) unheld() string {
	if tab.held == 0 {
		return ""
	}
	return tab.notAmong(`"_end" = 0`)
}

func (tab *table) notAmong(holds string) string { return tab.keys() + ` NOT ` + tab.among(holds) }

func (tab *table) among(holds string) string {
	return `IN (SELECT ` + quoted(names(tab.obj.KeyFields())) + ` FROM ` + tab.holds() + ` WHERE ` + holds + `)`
}

func (tab *table) keys() string { return `(` + quoted(names(tab.obj.KeyFields())) + `)` }

// Hold holds a record: by kind, on a basis, until a day or for good. The record
// must be there, among the rows or in quarantine.
func (t *Truth) Hold(ctx context.Context, b Batch, h Hold) (Commit, error) {
	if err := h.check(); err != nil {
		return Commit{}, err
	}
	b.Kind = KindHold
	return t.onKey(ctx, &b, h.Key, func(w *writer, key []any) error {
		if w.tab.held == 0 {
			if err := w.tab.makeHolds(w.ctx, w.tx); err != nil {
				return err
			}
		}
		if err := w.thereIs(h.Key, key); err != nil {
			return err
		}
		open, err := w.number(`SELECT count(*) FROM `+w.tab.holds()+` WHERE "_key" = $1 AND "_kind" = $2 AND "_end" = 0`, h.Key, h.Kind)
		if err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "hold.there", h.Kind)
		}
		args := append(slices.Clone(key), h.Key, h.Kind, h.Basis, h.Until, w.seq, 0)
		_, err = w.exec(`INSERT INTO `+w.tab.holds()+` (`+quoted(names(w.b.Object.KeyFields()))+`, "_key", "_kind", "_basis", "_until", "_seq", "_end") VALUES (`+marks(len(args))+`)`, args...)
		return errors.Join(err, w.holdsChanged())
	})
}

// Release ends a hold of a kind.
func (t *Truth) Release(ctx context.Context, b Batch, key, kind string) (Commit, error) {
	b.Kind = KindRelease
	return t.onKey(ctx, &b, key, func(w *writer, _ []any) error {
		if w.tab.held == 0 {
			return fault.New(fault.NotFound, "hold.unknown", kind)
		}
		n, err := w.exec(`UPDATE `+w.tab.holds()+` SET "_end" = $1 WHERE "_key" = $2 AND "_kind" = $3 AND "_end" = 0`, w.seq, key, kind)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "hold.unknown", kind)
		}
		return w.holdsChanged()
	})
}

// onKey writes a batch about one record; do is given its key as the engine
// stores it.
func (t *Truth) onKey(ctx context.Context, b *Batch, key string, do func(w *writer, key []any) error) (Commit, error) {
	db, release, err := t.existing(ctx, b.Contract.ID)
	if err != nil {
		return Commit{}, err
	}
	if db == nil {
		return Commit{}, fault.New(fault.NotFound, "hold.no-record", b.Object.Title)
	}
	defer release()
	return applyTo(ctx, db, b, func(w *writer) error {
		bound, err := bindKey(w.tx.Engine, b.Object, key)
		if err != nil {
			return fault.New(fault.Invalid, "hold.no-record", b.Object.Title) // the key itself is nothing for a message
		}
		return do(w, bound)
	})
}

func (h *Hold) check() error {
	switch h.Kind {
	case HoldQuality, HoldRestriction, HoldLegal:
	default:
		return fault.New(fault.Invalid, "hold.kind", h.Kind)
	}
	if strings.TrimSpace(h.Basis) == "" || utf8.RuneCountInString(h.Basis) > 1000 {
		return fault.New(fault.Invalid, "hold.basis")
	}
	if h.Until != "" {
		if d, _, err := viet.ParseDate([]byte(h.Until)); err != nil || d.String() != h.Until {
			return fault.New(fault.Invalid, "hold.until", h.Until)
		}
	}
	return nil
}

// thereIs refuses a key that neither a row nor an open line has.
func (w *writer) thereIs(text string, key []any) error {
	rows, err := w.number(`SELECT count(*) FROM `+w.tab.name()+` WHERE `+compareKey(w.b.Object, "=", 0), key...)
	if err != nil {
		return err
	}
	lines, err := w.number(`SELECT count(*) FROM _quarantine WHERE object = $1 AND "key" = $2 AND state = 'open'`, w.b.Object.Table, text)
	if err == nil && rows+lines == 0 {
		err = fault.New(fault.NotFound, "hold.no-record", w.b.Object.Title)
	}
	return err
}

func (w *writer) number(query string, args ...any) (n int64, err error) {
	err = w.tx.QueryRowContext(w.ctx, query, args...).Scan(&n)
	return n, err
}

func (w *writer) holdsChanged() error {
	_, err := w.exec(`UPDATE _objects SET held = $1 WHERE name = $2`, w.seq, w.b.Object.Table)
	return err
}

func marks(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(all, ", ")
}

// Holds lists up to limit holds in force of an object that were made after batch
// after, the oldest first; kind "" = of every kind.
func (t *Truth) Holds(ctx context.Context, obj *contract.Object, kind string, after int64, limit int) ([]Hold, error) {
	return t.listHolds(ctx, obj, `h."_seq" > $1 AND ($2 = '' OR h."_kind" = $2)`, limit, after, kind)
}

// HoldsOf lists the holds in force of one record.
func (t *Truth) HoldsOf(ctx context.Context, obj *contract.Object, key string) ([]Hold, error) {
	return t.listHolds(ctx, obj, `h."_key" = $1`, 10, key)
}

// Lapsed lists holds in force whose last day is before the given one.
func (t *Truth) Lapsed(ctx context.Context, obj *contract.Object, today string, limit int) ([]Hold, error) {
	return t.listHolds(ctx, obj, `h."_until" <> '' AND h."_until" < $1`, limit, today)
}

func (t *Truth) listHolds(ctx context.Context, obj *contract.Object, where string, limit int, args ...any) (list []Hold, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) (err error) {
		if tab.held == 0 {
			return nil
		}
		rows, err := tx.QueryContext(ctx, `SELECT h."_key", h."_kind", h."_basis", h."_until", h."_seq", b.committed_at, b.by_kind, b.by_id, b.by_name
			FROM `+tab.holds()+` AS h JOIN _batches AS b ON b.seq = h."_seq" WHERE h."_end" = 0 AND `+where+`
			ORDER BY h."_seq", h."_kind" LIMIT `+strconv.Itoa(limit), args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var h Hold
			var at string
			if err := rows.Scan(&h.Key, &h.Kind, &h.Basis, &h.Until, &h.Seq, &at, &h.By.Kind, &h.By.ID, &h.By.Name); err != nil {
				return err
			}
			if h.At, err = store.ParseStamp(at); err != nil {
				return err
			}
			list = append(list, h)
		}
		return rows.Err()
	})
	return list, err
}

// HeldAt is the last batch that held or released a record of an object, 0 =
// none: who copies rows must have come so far before anything may leave the
// copy.
func (t *Truth) HeldAt(ctx context.Context, obj *contract.Object) (seq int64, err error) {
	err = t.readTable(ctx, obj, func(_ *store.Tx, tab *table) error {
		seq = tab.held
		return nil
	})
	return seq, err
}

// shown leaves out what is held now.
func (w *window) shown() string {
	if !w.hide {
		return ""
	}
	return ` AND ` + w.tab.unheld()
}

// heldAtSince is the condition of a hold that was in force after batch since.
func (w *window) heldAtSince() string {
	since := strconv.FormatInt(w.since, 10)
	return `"_seq" <= ` + since + ` AND ("_end" = 0 OR "_end" > ` + since + `)`
}

// had leaves out records that were held after batch since: who followed up to
// then has not got them, and is told nothing of them.
func (w *window) had() string {
	if !w.hide {
		return ""
	}
	return ` AND ` + w.tab.notAmong(w.heldAtSince())
}

// withheld tells the records that a hold of the window has taken away.
func (w *window) withheld() string {
	tab := w.tab
	from, to := strconv.FormatInt(w.since, 10), strconv.FormatInt(w.upto, 10)
	there := func(n string) string {
		return `(EXISTS (SELECT 1 FROM ` + tab.name() + ` AS t WHERE ` + matching(tab.obj, "t", "h") + ` AND t."_seq" <= ` + n + `)` +
			` OR EXISTS (SELECT 1 FROM ` + tab.history() + ` AS g WHERE ` + matching(tab.obj, "g", "h") + ` AND g."_seq" <= ` + n + ` AND g."_end" > ` + n + `))`
	}
	query := `SELECT ` + tab.keyOnly() + `, max("_seq") AS "_gone" FROM ` + tab.holds() + ` AS h WHERE ` + w.where + w.within(`"_seq"`) +
		` AND "_end" = 0` + w.had() + ` AND ` + there(to)
	if w.since >= tab.trimmed { // else it is not known what was there
		query += ` AND ` + there(from)
	}
	return query + ` GROUP BY ` + quoted(names(tab.obj.KeyFields()))
}

// freed tells the records that were held after batch since and are not any more,
// where no version of the window tells them anyway.
func (w *window) freed(cols string) []string {
	tab := w.tab
	from, to := strconv.FormatInt(w.since, 10), strconv.FormatInt(w.upto, 10)
	free := ` WHERE ` + w.where + ` AND "_seq" <= ` + from + ` AND ` + tab.keys() + ` ` + tab.among(w.heldAtSince()) + w.shown()
	return []string{
		`SELECT ` + cols + ` FROM ` + tab.name() + free,
		`SELECT ` + cols + ` FROM ` + tab.history() + free + ` AND "_end" > ` + to,
	}
}

// Whole reports whether everything is seen: all rows, all columns, and nothing of
// it held. Files as sent and slips hold whole rows and are for such readers only.
func (r *Reader) Whole(ctx context.Context) (bool, error) {
	if !r.v.Whole() {
		return false, nil
	}
	return r.NoneHeld(ctx)
}

// NoneHeld reports whether no record is kept from the reader because it is held.
func (r *Reader) NoneHeld(ctx context.Context) (bool, error) {
	if r.v.seesHeld() {
		return true, nil
	}
	list, err := r.t.Holds(ctx, r.v.obj, "", 0, 1)
	return len(list) == 0, err
}

// A HeldRecord is a hold with what it holds.
type HeldRecord struct {
	Hold
	Row *Row // nil when the record stands in quarantine alone
}

// Held lists up to limit records that are held, for the few who may see them
// (ShowHeld): those of holds that were made after batch after, the oldest first.
func (r *Reader) Held(ctx context.Context, kind string, after int64, limit int) ([]HeldRecord, error) {
	if !r.v.seesHeld() {
		return nil, fault.New(fault.Denied, "hold.hidden", r.v.obj.Title)
	}
	list := []HeldRecord{}
	for len(list) < limit {
		holds, err := r.t.Holds(ctx, r.v.obj, kind, after, scanPage)
		if err != nil {
			return nil, err
		}
		for _, h := range holds {
			after = h.Seq
			one, seen, err := r.heldRecord(ctx, h)
			if err != nil {
				return nil, err
			}
			if seen {
				list = append(list, one)
			}
			if len(list) == limit {
				return list, nil
			}
		}
		if len(holds) < scanPage {
			break
		}
	}
	return list, nil
}

// heldRecord is what the view shows of a hold; seen is false when it is not
// theirs to see.
func (r *Reader) heldRecord(ctx context.Context, h Hold) (one HeldRecord, seen bool, err error) {
	row, there, err := r.owned(ctx, h.Key)
	if err != nil || !there {
		return one, false, err
	}
	one = HeldRecord{Hold: h, Row: row}
	if r.v.hiddenKey {
		one.Key = r.v.ID(one.Key)
	}
	return one, true, nil
}

// owned reports whether a record is one of the view's, with its row as it is
// seen. Of a record that stands in quarantine alone nobody knows whose it is: it
// is for those who see all, and has no row.
func (r *Reader) owned(ctx context.Context, key string) (*Row, bool, error) {
	row, err := r.t.Get(ctx, r.v.obj, key, Latest)
	switch {
	case fault.Is(err, "record.unknown"):
		return nil, r.v.rows.All, nil
	case err != nil || !r.v.Holds(&row):
		return nil, false, err
	}
	row = r.v.Row(row)
	return &row, true, nil
}

// A Named record is one that somebody has named to hold or erase it.
type Named struct {
	Key   string // as the truth has it: not for the reader where the view hides it
	Shown string // as the reader calls it
	Row   *Row   // as it is seen, nil when the record stands in quarantine alone
	Holds []Hold // in force; their keys are left out
}

// Find finds a record of the view by its key, as KeyText spells it or, of a key
// of one column, as people write it, or by its opaque id: for those who hold and
// erase. What is held is there for those alone who may see it.
func (r *Reader) Find(ctx context.Context, name string) (n Named, err error) {
	nowhere := fault.New(fault.NotFound, "hold.no-record", r.v.obj.Title)  // the key itself is nothing for a message
	if name = strings.TrimSpace(name); strings.HasPrefix(name, idPrefix) { // also one that was shown before a purpose was named
		n.Key, err = r.v.Key(name)
	} else {
		n.Key, err = r.key(name)
	}
	if err != nil {
		if fault.Is(err, "record.unknown") {
			err = nowhere
		}
		return n, err
	}
	values, err := ParseKey(r.v.obj, n.Key)
	if err != nil && len(r.v.obj.KeyFields()) == 1 {
		values, err = ParseKey(r.v.obj, escape(n.Key))
	}
	if err != nil {
		return n, nowhere
	}
	n.Key = KeyText(r.v.obj, values) // there is one spelling by which things are kept
	there := false
	if n.Row, there, err = r.owned(ctx, n.Key); err != nil {
		return n, err
	}
	if n.Row == nil && there {
		f, _, err := r.t.Find(ctx, r.v.obj, Trace{Key: n.Key})
		if err != nil {
			return n, err
		}
		there = f.Any()
	}
	if !there {
		return n, nowhere
	}
	if n.Shown = n.Key; r.v.hiddenKey {
		n.Shown = r.v.ID(n.Key)
	}
	if n.Holds, err = r.t.HoldsOf(ctx, r.v.obj, n.Key); err == nil && len(n.Holds) > 0 && !r.v.seesHeld() {
		return Named{}, nowhere
	}
	for i := range n.Holds {
		n.Holds[i].Key = ""
	}
	return n, err
}
