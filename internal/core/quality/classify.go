package quality

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// What becomes of an accepted row.
const (
	actInsert = 1 // a new key
	actUpdate = 2 // the key is there with another value
	actSame   = 3 // the key is there with this value
	actReflag = 4 // … but judged differently than before
	actLate   = 5 // the key is there with a value that is newer by the source's own time
	actTwin   = 6 // the same row stands earlier in the file
)

// Moves is how a batch changes what is there.
type Moves struct {
	Accepted, Inserted, Updated, Unchanged int64
	Late, Reflagged                        int64
	Withdrawn                              int64 // keys that a replace or slice takes away
	Missing                                int64 // keys that it would take away but for unreadable keys in the file
	Unreadable                             int64 // rows whose key could not be read
	Current                                int64 // rows there were before
	table                                  bool  // moves exists; without it every accepted row is an insert
	verdict                                *Verdict
	gone                                   string // query for the keys to withdraw, "" = none
}

// Classify compares the accepted rows with the current ones. confirmed says
// that a person agreed to withdraw keys although some rows have no readable
// key.
func (w *Workshop) Classify(ctx context.Context, p *Program, s *Stage, v *Verdict, mode contract.Mode, confirmed bool) (*Moves, error) {
	m := &Moves{verdict: v, Accepted: s.Rows() - v.Rejected, Unchanged: s.Same}
	var err error
	if w.compare {
		if m.Current, err = w.number(ctx, "SELECT count(*) FROM existing"); err != nil {
			return nil, err
		}
	}
	if !p.Object.HasKey() || !w.compare && !w.twins {
		m.Inserted = m.Accepted - s.Same
		return m, nil
	}
	if err := w.exec(ctx, w.movesTable(p, v)); err != nil {
		return nil, err
	}
	m.table = true
	rows, err := w.conn.Query(ctx, "SELECT act, count(*) FROM moves GROUP BY act")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var counts [actTwin + 1]int64
	for rows.Next() {
		var act int
		var n int64
		if err := rows.Scan(&act, &n); err != nil {
			return nil, fmt.Errorf("workshop: %w", err)
		}
		counts[act] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("workshop: %w", err)
	}
	m.Inserted, m.Updated = counts[actInsert], counts[actUpdate]
	m.Late, m.Reflagged = counts[actLate], counts[actReflag]
	m.Unchanged += counts[actSame] + counts[actReflag] + counts[actLate] + counts[actTwin]
	return m, w.withdrawals(ctx, p, m, mode, confirmed)
}

// without leaves out the rejected rows.
func (w *Workshop) without(v *Verdict) string {
	if v.Rejected == 0 {
		return ""
	}
	return " ANTI JOIN (SELECT _n FROM verdict WHERE " + v.rejects("") + ") r ON s._n = r._n"
}

func (w *Workshop) movesTable(p *Program, v *Verdict) string {
	o := p.Object
	key := o.KeyFields()
	from := "staged s" + w.without(v)
	var act strings.Builder
	act.WriteString("CASE")
	if w.twins {
		from += " LEFT JOIN twins t ON " + equal("s", "t", key)
		act.WriteString(" WHEN t.first IS NOT NULL AND s._n <> t.first THEN " + strconv.Itoa(actTwin))
	}
	if w.compare {
		from += " LEFT JOIN existing e ON " + equal("s", "e", key)
		act.WriteString(" WHEN e._hash IS NULL THEN " + strconv.Itoa(actInsert))
		flags, join := w.flags(p, v)
		from += join
		act.WriteString(" WHEN e._hash = s._hash THEN CASE WHEN " + flags + " IS DISTINCT FROM e._flags THEN " + strconv.Itoa(actReflag) + " ELSE " + strconv.Itoa(actSame) + " END")
		if o.OrderBy >= 0 {
			f := o.Columns[o.OrderBy].Fields(o.OrderBy)[0]
			act.WriteString(" WHEN s." + quote(f.Name) + " < e." + quote(f.Name) + " THEN " + strconv.Itoa(actLate))
		}
		act.WriteString(" ELSE " + strconv.Itoa(actUpdate) + " END")
	} else {
		act.WriteString(" ELSE " + strconv.Itoa(actInsert) + " END")
	}
	return "CREATE TABLE moves AS SELECT s._n, " + act.String() + " AS act FROM " + from
}

// flags writes the judgement on an accepted row, and the join it needs.
func (w *Workshop) flags(p *Program, v *Verdict) (expr, join string) {
	var tokens []string
	for i := range p.Rules {
		if v.Broken[i] > 0 && p.Rules[i].Severity == contract.Warn {
			tokens = append(tokens, "CASE WHEN w."+word(i)+" & "+bit(i)+" <> 0 THEN "+quoteText("w:"+p.Rules[i].ID)+" END")
		}
	}
	if len(tokens) == 0 {
		return "s._fix", ""
	}
	return "nullif(concat_ws(' ', s._fix, " + strings.Join(tokens, ", ") + "), '')", " LEFT JOIN verdict w ON s._n = w._n"
}

// withdrawals finds the keys that the file no longer has: a key is gone only
// if no row of the file, accepted or quarantined, carries it.
func (w *Workshop) withdrawals(ctx context.Context, p *Program, m *Moves, mode contract.Mode, confirmed bool) error {
	if !w.compare || mode != contract.Replace && mode != contract.Slice {
		return nil
	}
	o := p.Object
	key := o.KeyFields()
	gone := "SELECT " + list("e.", key) + " FROM existing e ANTI JOIN staged s ON " + equal("s", "e", key)
	if mode == contract.Slice {
		part, err := w.slice(ctx, o)
		if err != nil || part == "" {
			return err
		}
		gone += " WHERE " + part
	}
	n, err := w.number(ctx, "SELECT count(*) FROM ("+gone+")")
	if err != nil || n == 0 {
		return err
	}
	if m.Unreadable, err = w.number(ctx, "SELECT count(*) FROM staged s WHERE NOT "+present("s.", key)); err != nil {
		return err
	}
	if m.Unreadable > 0 && !confirmed {
		m.Missing = n
		return nil
	}
	m.Withdrawn, m.gone = n, gone+" ORDER BY "+list("e.", key)
	return nil
}

// slice finds the one sender and period that the file speaks for, and writes
// which current rows belong to it; "" when no row names both.
func (w *Workshop) slice(ctx context.Context, o *contract.Object) (string, error) {
	fields := []contract.Field{o.Columns[o.Sender].Fields(o.Sender)[0], o.Columns[o.Period].Fields(o.Period)[0]}
	if err := w.exec(ctx, "CREATE TABLE slices AS SELECT DISTINCT "+list("", fields)+" FROM staged WHERE "+present("", fields)); err != nil {
		return "", err
	}
	n, err := w.number(ctx, "SELECT count(*) FROM slices")
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return "", nil
	case n > 1:
		return "", fault.New(fault.Invalid, "slice.several", n, o.Columns[o.Sender].Title, o.Columns[o.Period].Title)
	}
	return "EXISTS (SELECT 1 FROM slices z WHERE " + equal("z", "e", fields) + ")", nil
}

// writtenFields are what record.Batch asks of inserts and updates.
func writtenFields(o *contract.Object) []contract.Field {
	return append(o.Fields(), contract.HashField, contract.NilField, contract.FlagsField)
}

// written writes the query for rows that go into the truth.
func (w *Workshop) written(p *Program, m *Moves, from, where string) string {
	o := p.Object
	flags, join := w.flags(p, m.verdict)
	query := "SELECT " + list("s.", o.Fields()) + ", s._hash, CAST(NULL AS VARCHAR) AS _nil, " + flags + " AS _flags FROM " + from + join + where
	switch {
	case !w.sorted && o.HasKey():
		query += " ORDER BY " + list("s.", o.KeyFields())
	case from != "staged s" || join != "":
		query += " ORDER BY s._n" // a join gives rows in an order of its own
	}
	return query
}

// Inserts gives the rows with new keys, in key order (in file order for an
// object without key), as record.Batch wants them.
func (w *Workshop) Inserts(ctx context.Context, p *Program, m *Moves) (array.RecordReader, error) {
	from, where := "staged s"+w.without(m.verdict), ""
	if m.table {
		from, where = "staged s JOIN moves v ON s._n = v._n", " WHERE v.act = "+strconv.Itoa(actInsert)
	}
	query := w.written(p, m, from, where)
	if w.onDisk && !w.compare && !w.open { // nothing else is compared or written
		var err error
		if query, err = w.laid(ctx, p, m, query); err != nil {
			return nil, err
		}
	}
	return w.stream(ctx, writtenFields(p.Object), query)
}

// fewRejected is how many quarantine lines are put in order in next to no memory.
const fewRejected = 5_000

// laid puts the rows of a large file, when they do not lie in the order in which
// they are wanted, into it once, for the truth and for the mirror, and from then
// on holds little. It gives the query for the rows as they lie.
func (w *Workshop) laid(ctx context.Context, p *Program, m *Moves, query string) (string, error) {
	sorts := strings.Contains(query, " ORDER BY ")
	w.lay.Do(func() {
		if sorts {
			if !w.long {
				_ = w.db.Limit(ctx, columns.SortLimit(len(p.streamFields()), w.threads, m.Inserted)) // without it, it takes more memory
			}
			if w.laying = w.exec(ctx, "CREATE TABLE inserts AS "+query); w.laying == nil {
				w.laying = w.widen(ctx)
			}
		}
		if m.verdict.Rejected <= fewRejected {
			w.narrow(ctx, p)
		}
	})
	if sorts {
		query = "FROM inserts"
	}
	return query, w.laying
}

// Updates gives the rows whose key is there with another value, in key order.
func (w *Workshop) Updates(ctx context.Context, p *Program, m *Moves) (array.RecordReader, error) {
	return w.stream(ctx, writtenFields(p.Object), w.written(p, m, "staged s JOIN moves v ON s._n = v._n", " WHERE v.act = "+strconv.Itoa(actUpdate)))
}

// Reflags gives the keys whose value is the same and whose judgement is not.
func (w *Workshop) Reflags(ctx context.Context, p *Program, m *Moves) (array.RecordReader, error) {
	key := p.Object.KeyFields()
	flags, join := w.flags(p, m.verdict)
	return w.stream(ctx, append(append([]contract.Field{}, key...), contract.FlagsField),
		"SELECT "+list("s.", key)+", "+flags+" AS _flags FROM staged s JOIN moves v ON s._n = v._n"+join+
			" WHERE v.act = "+strconv.Itoa(actReflag)+" ORDER BY "+list("s.", key))
}

// Withdraws gives the keys to withdraw, in key order.
func (w *Workshop) Withdraws(ctx context.Context, p *Program, m *Moves) (array.RecordReader, error) {
	return w.stream(ctx, p.Object.KeyFields(), m.gone)
}

// KeyTextSQL writes the key as record.KeyText spells it.
func KeyTextSQL(prefix string, key []contract.Field) string {
	parts := make([]string, len(key))
	for i, f := range key {
		name := prefix + quote(f.Name)
		if f.Kind == contract.KindTimestamp {
			name = "strftime(" + name + ", '%Y-%m-%dT%H:%M:%S.%fZ')"
		}
		parts[i] = "replace(url_encode(CAST(" + name + " AS VARCHAR)), '~', '%7E')"
	}
	return strings.Join(parts, " || '~' || ")
}

// OpenLines hands in the open quarantine lines of the object (id, key); Mended
// and Replaced then say which of them this batch closes.
func (w *Workshop) OpenLines(ctx context.Context, rr array.RecordReader) error {
	n, err := w.Fill(ctx, "open_lines", rr)
	w.open = n > 0
	return err
}

// closings hands in which rows came back on a return slip, and the open lines
// that each names.
func (w *Workshop) closings(ctx context.Context, list []Closing) error {
	n, line := newVector(arrow.PrimitiveTypes.Int64), newVector(arrow.PrimitiveTypes.Int64)
	n.reset(len(list))
	line.reset(len(list))
	for _, c := range list {
		n.word(uint64(c.Row))
		line.word(uint64(c.Line))
	}
	columns := []arrow.Array{n.array(), line.array()}
	rec := array.NewRecordBatch(contract.ArrowSchema([]contract.Field{numberField, {Name: "id", Kind: contract.KindInteger, Column: -1}}), columns, int64(len(list)))
	for _, c := range columns {
		c.Release()
	}
	defer rec.Release()
	rr, err := array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
	if err != nil {
		return err
	}
	defer rr.Release()
	_, err = w.Fill(ctx, "closings", rr)
	w.slip = err == nil
	return err
}

// NamesLines reports whether rows of the file name open lines.
func (w *Workshop) NamesLines() bool { return w.slip }

// Mended gives the ids of open lines whose key this batch brings as an accepted
// row, and of those that an accepted row of a return slip names, whatever its
// key is now.
func (w *Workshop) Mended(ctx context.Context, p *Program, m *Moves) (array.RecordReader, error) {
	return w.closed(ctx, p, "SELECT s.* FROM staged s"+w.without(m.verdict))
}

// Replaced gives the ids of open lines whose key this batch brings as a
// quarantined row. A file that is the whole data set stands in the place of all
// lines before it, also of those whose key could not be read.
func (w *Workshop) Replaced(ctx context.Context, p *Program, m *Moves, mode contract.Mode) (array.RecordReader, error) {
	if mode == contract.Replace {
		accepted := "SELECT s.* FROM staged s" + w.without(m.verdict)
		named := ""
		if w.slip {
			named = " WHERE q.id NOT IN (SELECT c.id FROM closings c SEMI JOIN (" + accepted + ") a ON c._n = a._n)"
		}
		return w.stream(ctx, []contract.Field{{Name: "id", Kind: contract.KindInteger, Column: -1}},
			"SELECT q.id FROM open_lines q ANTI JOIN ("+keysOf(p.Object, accepted)+") z ON q.key = z.k"+named+" ORDER BY q.id")
	}
	return w.closed(ctx, p, "SELECT s.* FROM staged s SEMI JOIN (SELECT _n FROM verdict WHERE "+m.verdict.rejects("")+") r ON s._n = r._n")
}

func (w *Workshop) closed(ctx context.Context, p *Program, rows string) (array.RecordReader, error) {
	var parts []string
	if p.Object.HasKey() {
		parts = append(parts, "SELECT q.id FROM open_lines q SEMI JOIN ("+keysOf(p.Object, rows)+") z ON q.key = z.k")
	}
	if w.slip {
		parts = append(parts, "SELECT q.id FROM open_lines q SEMI JOIN closings c ON q.id = c.id WHERE q.id IN (SELECT c.id FROM closings c SEMI JOIN ("+rows+") a ON c._n = a._n)")
	}
	return w.stream(ctx, []contract.Field{{Name: "id", Kind: contract.KindInteger, Column: -1}}, "SELECT id FROM ("+strings.Join(parts, " UNION ")+") ORDER BY id")
}

// keysOf writes the keys of rows as text.
func keysOf(o *contract.Object, rows string) string {
	key := o.KeyFields()
	return "SELECT " + KeyTextSQL("s.", key) + " AS k FROM (" + rows + ") s WHERE " + present("s.", key)
}

// CountRows reads a stream to its end and counts it.
func CountRows(rr array.RecordReader, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	defer rr.Release()
	var n int64
	for rr.Next() {
		n += rr.RecordBatch().NumRows()
	}
	return n, rr.Err()
}
