package mirror

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Reader scans the mirror through a view: every row that leaves it is one that
// the view holds, masked as the view says, and nothing is compared or sorted
// that the view does not show.
type Reader struct {
	m *Mirror
	v *record.View
}

// Through scans as a view allows.
func (m *Mirror) Through(v *record.View) *Reader { return &Reader{m, v} }

// Records are rows as a reader sees them, one by one. The caller releases them.
type Records struct {
	rows    *Rows
	reading *record.Reading
	view    *record.View
	at      int
	row     record.Row
	err     error
}

// Scan streams records. Pages go on behind AfterKey, the key or opaque id of the
// last one; After is not taken.
func (r *Reader) Scan(ctx context.Context, o ScanOptions) (*Records, error) {
	o.Columns, o.After = nil, nil
	if o.AfterKey != "" {
		after, err := r.after(o.AfterKey)
		if err != nil {
			return nil, err
		}
		o.After = after
	}
	if err := r.m.knowHolds(ctx, r.v); err != nil {
		return nil, err
	}
	rows, err := r.m.scan(ctx, r.v.Object(), o, r.v)
	if err != nil {
		return nil, err
	}
	reading, err := record.NewReading(r.v.Object(), rows.Schema())
	if err != nil {
		rows.Release()
		return nil, err
	}
	return &Records{rows: rows, reading: reading.Opening(r.m.truth), view: r.v}, nil
}

// after are the components of the key that a reader names.
func (r *Reader) after(name string) ([]any, error) {
	key := name
	if r.v.HiddenKey() {
		var err error
		if key, err = r.v.Key(name); err != nil {
			return nil, err
		}
	}
	values, err := record.ParseKey(r.v.Object(), key)
	for i, v := range values {
		if n, ok := v.(json.Number); ok {
			values[i] = n.String()
		}
	}
	return values, err
}

// Count returns how many records a scan would give.
func (r *Reader) Count(ctx context.Context, o ScanOptions) (n, seq int64, err error) {
	if err := r.m.knowHolds(ctx, r.v); err != nil {
		return 0, 0, err
	}
	return r.m.count(ctx, r.v.Object(), o, r.v)
}

// Next goes to the next record.
func (r *Records) Next() bool {
	for r.err == nil {
		if rec := r.rows.RecordBatch(); rec != nil && r.at < int(rec.NumRows()) {
			row, err := r.reading.Row(rec, r.at)
			if r.err = err; err == nil {
				r.row = r.view.Row(row)
			}
			r.at++
			return err == nil
		}
		if !r.rows.Next() {
			r.err = r.rows.Err()
			return false
		}
		r.at = 0
	}
	return false
}

// Row is the record that Next went to.
func (r *Records) Row() record.Row { return r.row }

// Seq is the batch that the mirror had reached.
func (r *Records) Seq() int64 { return r.rows.Seq }

// Err says why there are no more, nil at the end.
func (r *Records) Err() error { return r.err }

// Release ends the scan.
func (r *Records) Release() { r.rows.Release() }

// scoped writes the condition of a view's rows, "" for all.
func (b *scan) scoped() (string, error) {
	if b.view == nil || b.view.AllRows() {
		return "", nil
	}
	var any []string
	for _, column := range slices.Sorted(maps.Keys(b.view.Scope())) {
		field := b.obj.Columns[column].Fields(column)[0]
		var places []string
		for _, value := range b.view.Scope()[column] {
			place, err := b.bind(field, value)
			if err != nil {
				return "", err
			}
			places = append(places, place)
		}
		any = append(any, columns.QuoteIdent(field.Name)+" IN ("+strings.Join(places, ", ")+")")
	}
	if len(any) == 0 {
		return "false", nil
	}
	return "(" + strings.Join(any, " OR ") + ")", nil
}

// mayCompare refuses what the view does not show.
func (b *scan) mayCompare(name string, equal bool) error {
	if b.view == nil || name == contract.SeqField.Name {
		return nil
	}
	return b.view.Column(b.obj.Column(name), equal)
}

// shuffled is an order of hidden keys that tells nothing of them: the hash of
// the key under a secret.
func (b *scan) shuffled(parts []string) string { return shuffled(b.view, parts) }

func shuffled(v *record.View, parts []string) string {
	secret := columns.QuoteText(v.OrderSecret())
	for i, p := range parts {
		parts[i] = "CAST(" + p + " AS VARCHAR)"
	}
	return "md5(" + secret + " || concat_ws(chr(31), " + strings.Join(parts, ", ") + "))"
}

// Views are the data sets that a question may name, as the asker sees them.
type Views map[string]*record.View

// veiled writes a question over tables as the views show them. The question has
// passed the guard, which lets no name through that is not among the views.
func (m *Mirror) veiled(ctx context.Context, c *columns.Conn, sql string, names []string, views Views) (string, error) {
	var with []string
	for _, name := range names {
		v := views[name]
		if v == nil {
			continue
		}
		held := false
		if v.HidesHeld() {
			var err error
			if held, err = of(v.Object()).anyHeld(ctx, c); err != nil {
				return "", err
			}
		}
		if held || !v.Whole() {
			with = append(with, columns.QuoteIdent(name)+" AS MATERIALIZED ("+viewSQL(v, held)+")")
		}
	}
	if len(with) == 0 {
		return sql, nil
	}
	// The guard's own reading of the question, without comments or a semicolon.
	var plain string
	if err := c.Row(ctx, "SELECT json_deserialize_sql(json_serialize_sql(CAST($1 AS VARCHAR)))", sql).Scan(&plain); err != nil {
		return "", err
	}
	return "WITH " + strings.Join(with, ", ") + " SELECT * FROM (" + plain + ") AS question", nil
}

// viewSQL is an object as a view shows it. The limit, which nothing reaches,
// keeps the engine from trying the asker's conditions on rows that are not
// theirs: an error there would tell of them. Where the key is hidden the rows
// come in an order that tells nothing: they lie in that of the key.
func viewSQL(v *record.View, held bool) string {
	obj := v.Object()
	var list []string
	for i := range obj.Columns {
		for n, f := range obj.Columns[i].Fields(i) {
			name := columns.QuoteIdent(f.Name)
			if !v.Clear(i) {
				name = maskSQL(v, i, n, f) + " AS " + name
			}
			list = append(list, name)
		}
	}
	list = append(list, columns.QuoteIdent(contract.SeqField.Name))
	t := of(obj)
	query := "SELECT " + strings.Join(list, ", ") + " FROM "
	if held {
		query += "(SELECT t.* FROM " + t.current.SQL() + " AS t " + t.without() + ")"
	} else {
		query += t.current.SQL()
	}
	order := ""
	if v.HiddenKey() {
		var parts []string
		for _, k := range obj.Key {
			parts = append(parts, columns.QuoteIdent(obj.Columns[k].Fields(k)[0].Name))
		}
		order = " ORDER BY " + shuffled(v, parts)
	}
	all := fmt.Sprintf("%s LIMIT %d", order, int64(1)<<62)
	if v.AllRows() {
		return query + all
	}
	var any []string
	for _, column := range slices.Sorted(maps.Keys(v.Scope())) {
		var values []string
		for _, s := range v.Scope()[column] {
			values = append(values, columns.QuoteText(s))
		}
		any = append(any, columns.QuoteIdent(obj.Columns[column].Store)+" IN ("+strings.Join(values, ", ")+")")
	}
	if len(any) == 0 {
		any = []string{"false"}
	}
	return query + " WHERE " + strings.Join(any, " OR ") + all
}

// maskSQL writes what package record's masks do to values.
func maskSQL(v *record.View, i, n int, f contract.Field) string {
	col := &v.Object().Columns[i]
	name := columns.QuoteIdent(f.Name)
	text := "CAST(" + name + " AS VARCHAR)"
	veil := columns.QuoteText(record.Veil)
	const nothing = "CAST(NULL AS VARCHAR)"
	if n > 0 {
		return nothing
	}
	if mask := v.Sight(i).Mask; f.Sealed && mask != policy.Hash {
		return nothing // nothing can be told of a part of it here
	}
	switch v.Sight(i).Mask {
	case policy.LastFour:
		if f.Kind == contract.KindText && col.Type == contract.Text {
			return "CASE WHEN length(" + name + ") > 4 THEN " + veil + " || right(" + name + ", 4) END"
		}
	case policy.Year:
		switch col.Type {
		case contract.Date, contract.PartialDate, contract.Timestamp:
			return "left(" + text + ", 4)"
		}
	case policy.Commune:
		if col.Type == contract.Text {
			return "nullif(regexp_extract(" + name + ", " + columns.QuoteText(record.CommunePattern) + ", 1), '')"
		}
	case policy.Hash:
		switch f.Kind {
		case contract.KindText, contract.KindInteger, contract.KindDate:
			return "CASE WHEN " + name + " IS NOT NULL THEN left(sha256(" + columns.QuoteText(v.HashSecret(i)) + " || " + text + "), 16) END"
		}
	}
	return nothing
}

func (v Views) has(address string) bool { return v[address] != nil }
