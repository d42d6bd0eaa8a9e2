package record

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/bulk"
)

// A Tally counts an object's records by the judgement they carry, all in one
// state of the data set. A record is what has a key of its own, whether it
// stands among the current rows, in quarantine or in both; a quarantine line
// whose key cannot be read is a record by itself.
type Tally struct {
	Seq  int64     // last batch of the data set in this state
	At   time.Time // when it was committed
	Rows int64     // current rows, those in Hidden among them

	Shown  []Judged // current rows of which no open line speaks
	Hidden []Judged // current rows whose newer version stands in quarantine
	Open   []Judged // records in quarantine by the ids of the rules that they break, those of all lines of a key together
	Lines  int64    // open lines

	// Newest is the greatest value of the column asked for, of the type that
	// ParseKey returns; nil when there is none.
	Newest any
	// Confirmed is when the last load was committed that accepted a row and
	// brought a file that had not been loaded before; zero when there is none.
	// A load that was undone does not count.
	Confirmed time.Time
}

// A Judged counts records of one judgement.
type Judged struct {
	Flags string // of a row its _flags, of an open record the ids of broken rules, both separated by a space
	Nil   string // of a row its _nil, "" for null
	N     int64
}

// Tally counts the records of an object. With newest ≥ 0 it also finds the
// greatest value of that column up to upto (of the type that ParseKey returns):
// what lies behind that is a slip of the pen, not newer data.
func (t *Truth) Tally(ctx context.Context, obj *contract.Object, newest int, upto any) (out Tally, err error) {
	err = t.read(ctx, obj.Contract, func(tx *store.Tx) (err error) {
		if out.Seq, out.At, err = head(ctx, tx); err != nil {
			return err
		}
		tab, err := loadTable(ctx, tx, obj)
		if tab == nil || err != nil {
			return err
		}
		c := tallier{ctx: ctx, tx: tx, tab: tab, out: &out}
		if err := c.rows(newest, upto); err != nil {
			return err
		}
		flagged, err := c.judged(` WHERE "_flags" IS NOT NULL OR "_nil" IS NOT NULL GROUP BY "_flags", "_nil"`)
		if err != nil {
			return err
		}
		keys, err := c.open()
		if err != nil {
			return err
		}
		hidden, err := c.hidden(keys)
		if err != nil {
			return err
		}
		out.Hidden = inOrder(hidden)
		out.Shown = c.shown(flagged, hidden)
		out.Confirmed, err = c.confirmed()
		return err
	})
	return out, err
}

// A tallier is one Tally at work.
type tallier struct {
	ctx context.Context
	tx  *store.Tx
	tab *table
	out *Tally
}

// judgements counts records by flags and nil.
type judgements map[Judged]int64

// inOrder lists what is left.
func inOrder(m judgements) []Judged {
	var all []Judged
	for j, n := range m {
		if n > 0 {
			j.N = n
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b Judged) int {
		return strings.Compare(a.Flags+"\x00"+a.Nil, b.Flags+"\x00"+b.Nil)
	})
	return all
}

// rows counts the current rows and finds the newest value. Counting alone and
// then grouping the few rows that carry a flag is three times as fast on SQLite
// as grouping all, which sorts them.
func (c *tallier) rows(newest int, upto any) error {
	fields := []contract.Field{{Name: "n", Kind: contract.KindInteger}}
	query := `SELECT count(*)`
	var args []any
	if newest >= 0 {
		f := c.tab.obj.Columns[newest].Fields(newest)[0]
		v, err := bind(c.tx.Engine, f, upto)
		if err != nil {
			return err
		}
		if _, there := c.tab.byName()[f.Name]; there {
			name := store.Quote(f.Name)
			query += `, max(CASE WHEN ` + name + ` <= $1 THEN ` + name + ` END)`
			fields, args = append(fields, f), append(args, v)
		}
	}
	return each(c.ctx, c.tx, contract.ArrowSchema(fields), query+` FROM `+c.tab.name(), args, func(rec arrow.RecordBatch, i int) error {
		c.out.Rows = rec.Column(0).(*array.Int64).Value(i)
		if len(fields) > 1 {
			c.out.Newest = moment(rec.Column(1), i)
		}
		return nil
	})
}

// moment gives a value of a column that tells a time.
func moment(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly)
	case *array.Timestamp:
		return a.Value(i).ToTime(arrow.Microsecond).UTC()
	case *array.Int64:
		return a.Value(i)
	case *array.String:
		return strings.Clone(a.Value(i))
	}
	return nil
}

var judgedSchema = contract.ArrowSchema([]contract.Field{
	contract.FlagsField, contract.NilField, {Name: "n", Kind: contract.KindInteger},
})

func (c *tallier) judged(rest string, args ...any) (judgements, error) {
	m := judgements{}
	return m, m.add(c, rest, args)
}

func (m judgements) add(c *tallier, rest string, args []any) error {
	query := `SELECT "_flags", "_nil", count(*) FROM ` + c.tab.name() + rest
	return each(c.ctx, c.tx, judgedSchema, query, args, func(rec arrow.RecordBatch, i int) error {
		m[Judged{Flags: text(rec, 0, i), Nil: text(rec, 1, i)}] += rec.Column(2).(*array.Int64).Value(i)
		return nil
	})
}

// text copies a text out of a record, "" for null.
func text(rec arrow.RecordBatch, column, i int) string {
	a := rec.Column(column).(*array.String)
	if a.IsNull(i) {
		return ""
	}
	return strings.Clone(a.Value(i))
}

// shown is what is left of the current rows when the hidden ones are taken
// away; rows that carry nothing were not grouped.
func (c *tallier) shown(flagged, hidden judgements) []Judged {
	plain := c.out.Rows
	for _, n := range flagged {
		plain -= n
	}
	flagged[Judged{}] += plain
	for j, n := range hidden {
		flagged[j] -= n
	}
	return inOrder(flagged)
}

// open reads the open lines in the order of their keys, so that the lines of a
// key are together, and returns the keys when there are rows they may hide.
func (c *tallier) open() (keys []string, err error) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "faults", Type: arrow.BinaryTypes.String}}, nil)
	m := judgements{}
	last, have, faults := "", false, ""
	flush := func() {
		if have {
			m[Judged{Flags: faults}]++
			if c.out.Rows > 0 {
				keys = append(keys, last)
			}
		}
		have = false
	}
	err = each(c.ctx, c.tx, schema, `SELECT "key", faults FROM _quarantine WHERE object = $1 AND state = 'open' ORDER BY "key"`, []any{c.tab.obj.Table},
		func(rec arrow.RecordBatch, i int) error {
			c.out.Lines++
			switch key := rec.Column(0).(*array.String); {
			case key.IsNull(i):
				m[Judged{Flags: text(rec, 1, i)}]++
			case have && key.Value(i) == last:
				faults = union(faults, text(rec, 1, i))
			default:
				flush()
				last, have, faults = text(rec, 0, i), true, text(rec, 1, i)
			}
			return nil
		})
	flush()
	c.out.Open = inOrder(m)
	return keys, err
}

// union joins two lists of ids, each id once and in order.
func union(a, b string) string {
	ids := append(strings.Fields(a), strings.Fields(b)...)
	slices.Sort(ids)
	return strings.Join(slices.Compact(ids), " ")
}

// hiddenAtOnce is how many keys one statement asks for; keys of several columns
// multiply it, and an engine has an end to its variables.
const hiddenAtOnce = 300

// hidden counts the current rows whose keys are given.
func (c *tallier) hidden(keys []string) (judgements, error) {
	m := judgements{}
	for part := range slices.Chunk(keys, hiddenAtOnce) {
		where, args, err := c.any(part)
		if err != nil {
			return nil, err
		}
		if where == "" {
			continue
		}
		if err := m.add(c, ` WHERE `+where+` GROUP BY "_flags", "_nil"`, args); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// any is the condition that a row has one of the keys, "" when no row can: a
// line may be older than the contract, and its key of another kind.
func (c *tallier) any(keys []string) (string, []any, error) {
	fields := c.tab.obj.KeyFields()
	var all []string
	var args []any
	for _, key := range keys {
		values, err := bindKey(c.tx.Engine, c.tab.obj, key)
		if fault.Is(err, "record.bad-key") {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		if len(fields) == 1 {
			all = append(all, "$"+strconv.Itoa(len(args)+1))
		} else {
			all = append(all, "("+sameAs(fields, len(args))+")")
		}
		args = append(args, values...)
	}
	switch {
	case len(all) == 0:
		return "", nil, nil
	case len(fields) == 1:
		return store.Quote(fields[0].Name) + ` IN (` + strings.Join(all, ", ") + `)`, args, nil
	}
	return strings.Join(all, " OR "), args, nil
}

func sameAs(fields []contract.Field, skipped int) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = store.Quote(f.Name) + " = $" + strconv.Itoa(skipped+i+1)
	}
	return strings.Join(parts, " AND ")
}

// confirmed looks for the last load that counts, newest first: it is nearly
// always among the first.
func (c *tallier) confirmed() (at time.Time, err error) {
	rows, err := c.tx.QueryContext(c.ctx, `SELECT committed_at, inserted + updated, report FROM _batches AS b
		WHERE object = $1 AND kind = 'load'
			AND NOT EXISTS (SELECT 1 FROM _batches AS u WHERE u.undoes = b.seq
				AND NOT EXISTS (SELECT 1 FROM _batches AS v WHERE v.undoes = u.seq))
			AND (digest = '' OR NOT EXISTS (SELECT 1 FROM _batches AS e
				WHERE e.object = b.object AND e.kind = 'load' AND e.digest = b.digest AND e.seq < b.seq))
		ORDER BY seq DESC`, c.tab.obj.Table)
	if err != nil {
		return at, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var stamp, report string
		var written int64
		if err := rows.Scan(&stamp, &written, &report); err != nil {
			return at, err
		}
		if written > 0 || accepted(report) > 0 {
			return store.ParseStamp(stamp)
		}
	}
	return at, rows.Err()
}

// accepted reads how many rows a batch took, the unchanged ones among them.
func accepted(report string) int64 {
	var r struct {
		Accepted int64 `json:"accepted"`
	}
	if json.Unmarshal([]byte(report), &r) != nil {
		return 0 // no report of a load
	}
	return r.Accepted
}

// Judgements reads the current rows' keys and judgements and hands each over:
// the slow way to what Tally counts, for recounts that must not believe it. seq
// is the state that was read.
func (t *Truth) Judgements(ctx context.Context, obj *contract.Object, newest int, f func(key, flags, absent string, moment any) error) (seq int64, err error) {
	feed, err := t.open(ctx, obj)
	if err != nil {
		return 0, err
	}
	defer feed.Close()
	if feed.tx == nil {
		return 0, nil
	}
	if seq, _, err = head(ctx, feed.tx); err != nil || feed.tab == nil {
		return seq, err
	}
	fields := append(obj.KeyFields(), contract.FlagsField, contract.NilField)
	at := len(fields)
	if newest >= 0 {
		// Under a name of its own: the column may be part of the key.
		fields = append(fields, obj.Columns[newest].Fields(newest)[0])
		fields[at].Name = "_moment"
	}
	schema := contract.ArrowSchema(fields)
	keys, err := NewReading(obj, contract.ArrowSchema(fields[:at]))
	if err != nil {
		return seq, err
	}
	query := `SELECT ` + feed.tab.selection(fields[:at])
	if newest >= 0 {
		query += ", " + feed.tab.selection(obj.Columns[newest].Fields(newest)[:1])
	}
	rr, err := bulk.Query(ctx, feed.tx.Conn, feed.tx.Engine, schema, query+` FROM `+feed.tab.name())
	if err != nil {
		return seq, err
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			key, err := keys.Key(rec, i)
			if err != nil {
				return seq, err
			}
			var when any
			if newest >= 0 {
				when = moment(rec.Column(at), i)
			}
			if err := f(key, text(rec, at-2, i), text(rec, at-1, i), when); err != nil {
				return seq, err
			}
		}
	}
	return seq, rr.Err()
}
