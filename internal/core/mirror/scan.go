package mirror

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/cql2"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// ScanOptions narrow and order a scan. Columns are named as the contract names
// them; _seq may be named too.
type ScanOptions struct {
	Columns []string  // nil = every stored field, system fields included
	Where   cql2.Expr // which rows; nil: all. Nothing of a value becomes SQL
	Within  *Within   // and inside of what; nil: everywhere
	Sort    []Sort    // nothing = by key; the key always comes last, so the order is total. Words sort in Vietnamese order
	AsOf    int64     // state after this batch; 0 = the newest the mirror has
	After   []any     // values of the last row seen: of the Sort columns, then of the key fields
	// AfterKey is what a Reader takes instead: the key of the last row, as the
	// reader sees it. Its place in the order is looked up in the same state.
	AfterKey string
	Limit    int64 // 0 = no limit
}

// A Sort orders by a column; absent values come last either way.
type Sort struct {
	Column string
	Desc   bool
}

// Scan streams rows of an object. Page by giving the last row's values as
// After; at a fixed AsOf no row is missed or seen twice.
func (m *Mirror) Scan(ctx context.Context, obj *contract.Object, o ScanOptions) (*Rows, error) {
	return m.scan(ctx, obj, o, nil)
}

func (m *Mirror) scan(ctx context.Context, obj *contract.Object, o ScanOptions, v *record.View) (*Rows, error) {
	b := &scan{tables: of(obj), truth: m.truth, o: o, view: v}
	fields, err := b.shown()
	if err != nil {
		return nil, err
	}
	if _, err := b.where(); err != nil { // before anything is opened
		return nil, err
	}
	p, err := m.picture(ctx, b)
	if err != nil {
		return nil, err
	}
	query, err := p.query(ctx, fields)
	if err != nil {
		return nil, wrongValue(errors.Join(err, p.close()))
	}
	rows, err := m.stream(ctx, p.c, p.seq, contract.ArrowSchema(fields), query, b.args...)
	return rows, wrongValue(err)
}

// query writes the question for rows.
func (p *picture) query(ctx context.Context, fields []contract.Field) (string, error) {
	if err := p.anchor(ctx); err != nil {
		return "", err
	}
	where, err := p.scan.where()
	if err != nil {
		return "", err
	}
	query := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s", list("", fields), p.from, where, p.order())
	if p.o.Limit > 0 {
		query += fmt.Sprintf(" LIMIT %d", p.o.Limit)
	}
	return query, nil
}

// anchor looks up the place in the order of the row behind which a page begins,
// when all that is known of it is its key. It must be one of the view's rows:
// where another stands in the order is for nobody to know.
func (p *picture) anchor(ctx context.Context) error {
	b := p.scan
	if b.o.AfterKey == "" || len(b.o.Sort) == 0 {
		return nil
	}
	b.args = nil
	var fields, is []string
	for _, s := range b.o.Sort {
		f, err := b.field(s.Column)
		if err != nil {
			return err
		}
		fields = append(fields, "CAST("+columns.QuoteIdent(f.Name)+" AS VARCHAR)")
	}
	for i, f := range b.key {
		place, err := b.bind(f, b.o.After[i])
		if err != nil {
			return err
		}
		is = append(is, columns.QuoteIdent(f.Name)+" = "+place)
	}
	if scope, err := b.scoped(); err != nil {
		return err
	} else if scope != "" {
		is = append(is, scope)
	}
	values := make([]sql.NullString, len(fields))
	into := make([]any, len(fields))
	for i := range values {
		into[i] = &values[i]
	}
	err := p.c.Row(ctx, "SELECT "+strings.Join(fields, ", ")+" FROM "+p.from+" WHERE "+strings.Join(is, " AND "), b.args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.Invalid, "scan.cursor", b.obj.Dataset)
	}
	if err != nil {
		return err
	}
	key := b.o.After
	b.o.After = nil
	for _, v := range values {
		if v.Valid {
			b.o.After = append(b.o.After, v.String)
		} else {
			b.o.After = append(b.o.After, nil)
		}
	}
	b.o.After, b.o.AfterKey = append(b.o.After, key...), ""
	return nil
}

// wrongValue tells a value that is not of its column's type from what is our
// own mistake: only values come from outside.
func wrongValue(err error) error {
	if err != nil && (strings.HasPrefix(err.Error(), "Conversion Error") || strings.HasPrefix(err.Error(), "Invalid Input Error")) {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fault.New(fault.Invalid, "filter.value", first).Because(err)
	}
	return err
}

// Count returns how many rows a scan without After and Limit would give.
func (m *Mirror) Count(ctx context.Context, obj *contract.Object, o ScanOptions) (n, seq int64, err error) {
	return m.count(ctx, obj, o, nil)
}

func (m *Mirror) count(ctx context.Context, obj *contract.Object, o ScanOptions, v *record.View) (n, seq int64, err error) {
	o.After, o.AfterKey = nil, ""
	b := &scan{tables: of(obj), truth: m.truth, o: o, view: v}
	if _, err := b.where(); err != nil {
		return 0, 0, err
	}
	p, err := m.picture(ctx, b)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	query := "SELECT count(*) FROM " + p.from + p.where
	counted, err := remembered(ctx, m.answers, p, query, func() (n rowCount, err error) {
		err = p.c.Row(ctx, query, p.args...).Scan((*int64)(&n))
		return n, err
	})
	return int64(counted), p.seq, wrongValue(err)
}

// A rowCount is an answer that is kept: lists are counted again for each page.
type rowCount int64

func (rowCount) size() int64 { return 8 }

// A scan writes the SQL of one scan. Values are bound, in the order in which
// the text names them.
type scan struct {
	tables
	truth *record.Truth // seals what is compared with sealed columns
	o     ScanOptions
	view  *record.View // nil: the platform's own scan, of everything
	args  []any
}

// fieldsOf returns the physical fields of a column.
func (b *scan) fieldsOf(name string) ([]contract.Field, error) {
	if name == contract.SeqField.Name {
		return []contract.Field{contract.SeqField}, nil
	}
	i := b.obj.Column(name)
	if i < 0 {
		return nil, fault.New(fault.Invalid, "column.unknown", name, b.obj.Dataset)
	}
	return b.obj.Columns[i].Fields(i), nil
}

// field returns the field that stands for a column in comparisons.
func (b *scan) field(name string) (contract.Field, error) {
	all, err := b.fieldsOf(name)
	if err != nil {
		return contract.Field{}, err
	}
	return all[0], nil
}

func (b *scan) shown() ([]contract.Field, error) {
	if b.o.Columns == nil {
		return b.fields, nil
	}
	var all []contract.Field
	for _, name := range b.o.Columns {
		f, err := b.fieldsOf(name)
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "scan.no-columns", b.obj.Dataset)
	}
	return all, nil
}

// from names the rows that held after the batch asked for.
func (b *scan) from(have int64) (int64, string, error) {
	switch asOf := b.o.AsOf; {
	case asOf == 0 || asOf == have:
		return have, b.current.SQL(), nil
	case asOf > have:
		return 0, "", fault.New(fault.Unavailable, ErrRebuilding, b.obj.Dataset)
	default:
		names := list("", b.kept)
		return asOf, fmt.Sprintf("(SELECT %[1]s FROM %[2]s WHERE _seq <= %[4]d UNION ALL SELECT %[1]s FROM %[3]s WHERE _seq <= %[4]d AND _end > %[4]d)",
			names, b.current.SQL(), b.history.SQL(), asOf), nil
	}
}

// unheld leaves out what is held, where the view does not see that.
func (b *scan) unheld(ctx context.Context, c *columns.Conn, from string) (string, error) {
	if b.view == nil || !b.view.HidesHeld() {
		return from, nil
	}
	held, err := b.anyHeld(ctx, c)
	if err != nil || !held {
		return from, err
	}
	return "(SELECT t.* FROM " + from + " AS t " + b.without() + ")", nil
}

// anyHeld reports whether some record of the object is held.
func (t tables) anyHeld(ctx context.Context, c *columns.Conn) (yes bool, err error) {
	err = c.Row(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.held.SQL()+")").Scan(&yes)
	return yes, err
}

// without joins t with nothing that is held.
func (t tables) without() string { return "ANTI JOIN " + t.held.SQL() + " AS k ON " + t.same("t", "k") }

// bind adds a value and writes its place, read as the field's type.
func (b *scan) bind(f contract.Field, value any) (string, error) {
	typ, err := columns.SQLType(contract.ArrowField(f))
	if err != nil {
		return "", err
	}
	b.args = append(b.args, value)
	return fmt.Sprintf("CAST($%d AS %s)", len(b.args), typ), nil
}

func (b *scan) where() (string, error) {
	all, err := b.conditions()
	if err != nil {
		return "", err
	}
	sort, err := b.sort()
	if err != nil {
		return "", err
	}
	if b.o.After != nil && (b.o.AfterKey == "" || len(b.o.Sort) == 0) { // else anchor makes it first
		after, err := b.after(sort)
		if err != nil {
			return "", err
		}
		all = append(all, after)
	}
	return whereAll(all), nil
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// conditions are which rows are seen, and which of them are asked for.
func (b *scan) conditions() ([]string, error) {
	b.args = nil
	var all []string
	if scope, err := b.scoped(); err != nil {
		return nil, err
	} else if scope != "" {
		all = append(all, scope)
	}
	if b.o.Where != nil {
		condition, err := b.expr(b.o.Where, false)
		if err != nil {
			return nil, err
		}
		all = append(all, condition)
	}
	if b.o.Within != nil {
		condition, err := b.inBox(b.o.Within)
		if err != nil {
			return nil, err
		}
		all = append(all, condition)
	}
	return all, nil
}

// ordered is one column of the total order.
type ordered struct {
	field contract.Field // what is ordered by
	desc  bool
	words bool   // field is made of the words of the column
	sql   string // an expression instead of the field, made of the key
}

func (o ordered) name() string {
	if o.sql != "" {
		return o.sql
	}
	return columns.QuoteIdent(o.field.Name)
}

// sort returns the order asked for, made total by the key.
func (b *scan) sort() ([]ordered, error) {
	var all []ordered
	for _, s := range b.o.Sort {
		f, err := b.field(s.Column)
		if err == nil {
			err = b.mayCompare(s.Column, false)
		}
		if err == nil && f.Sealed {
			err = sealedColumn(b.obj, f)
		}
		if err != nil {
			return nil, err
		}
		one := ordered{field: f, desc: s.Desc}
		if w := b.spoken(f); w != nil {
			one.field, one.words = w.sort, true
		}
		all = append(all, one)
	}
	if b.view != nil && b.view.HiddenKey() {
		return append(all, ordered{sql: b.shuffled(quoted(b.key))}), nil
	}
	for _, f := range b.key {
		all = append(all, ordered{field: f})
	}
	return all, nil
}

func (b *scan) order() string {
	all, err := b.sort()
	if err != nil {
		return "" // where has refused it
	}
	parts := make([]string, len(all))
	for i, o := range all {
		parts[i] = o.name()
		if o.desc {
			parts[i] += " DESC"
		}
		parts[i] += " NULLS LAST"
	}
	return strings.Join(parts, ", ")
}

// after writes the condition "comes later in the order than these values":
// later in the first column, or equal there and later in the second, and so on.
func (b *scan) after(sort []ordered) (string, error) {
	if len(b.o.After) != len(b.o.Sort)+len(b.key) {
		return "", fault.New(fault.Invalid, "scan.cursor", b.obj.Dataset)
	}
	var any []string
	equal := ""
	for i, o := range sort {
		name, value := o.name(), b.o.After[i]
		if value == nil { // nothing is later than absent
			equal += name + " IS NULL AND "
			continue
		}
		op := ">"
		if o.desc {
			op = "<"
		}
		place, err := b.place(o, b.o.After[i:])
		if err != nil {
			return "", err
		}
		any = append(any, "("+equal+"("+name+" "+op+" "+place+" OR "+name+" IS NULL))")
		equal += name + " = " + place + " AND "
	}
	if len(any) == 0 {
		return "false", nil
	}
	return "(" + strings.Join(any, " OR ") + ")", nil
}

// place is where the first of these values stands in one column of the order;
// for an expression made of the key, where the key does.
func (b *scan) place(o ordered, values []any) (string, error) {
	if o.sql == "" {
		value := values[0]
		if text, ok := value.(string); ok && o.words {
			value = sortKey(text)
		}
		return b.bind(o.field, value)
	}
	places := make([]string, len(b.key))
	for i, f := range b.key {
		var err error
		if places[i], err = b.bind(f, values[i]); err != nil {
			return "", err
		}
	}
	return b.shuffled(places), nil
}

func quoted(fields []contract.Field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = columns.QuoteIdent(f.Name)
	}
	return all
}
