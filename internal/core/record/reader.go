package record

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Reader reads the truth through a view: every row that leaves it is one that
// the view holds, masked as the view says.
type Reader struct {
	t *Truth
	v *View
}

// Through reads as a view allows.
func (t *Truth) Through(v *View) *Reader { return &Reader{t, v} }

// View is what is read through.
func (r *Reader) View() *View { return r.v }

// scoped adds the view's rows to a condition, behind its arguments: what is held
// is not among them.
func (v *View) scoped(tab *table, where string, args []any) (string, []any) {
	if free := tab.unheld(); free != "" && !v.seesHeld() {
		where = `(` + where + `) AND ` + free
	}
	if v.rows.All {
		return where, args
	}
	var any []string
	have := tab.byName()
	for column, allowed := range v.Scope() {
		name := v.obj.Columns[column].Store
		if _, there := have[name]; !there || len(allowed) == 0 {
			continue
		}
		marks := make([]string, len(allowed))
		for i, value := range allowed {
			args = append(args, value)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		any = append(any, store.Quote(name)+` IN (`+strings.Join(marks, ", ")+`)`)
	}
	if len(any) == 0 {
		return `1 = 0`, args
	}
	return `(` + where + `) AND (` + strings.Join(any, ` OR `) + `)`, args
}

// list is one page of the view's rows, unmasked, in key order.
func (r *Reader) list(ctx context.Context, afterKey string, limit int, asOf int64) (list []Row, err error) {
	obj := r.v.obj
	err = r.t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		if err := tab.checkState(asOf); err != nil {
			return err
		}
		where, args, err := behind(tx.Engine, obj, afterKey)
		if err != nil {
			return err
		}
		where, args = r.v.scoped(tab, where, args)
		list, err = tab.rows(ctx, tx, obj.StoredFields(), limit, tab.page(where, asOf, limit), args)
		return err
	})
	return list, err
}

// scanPage is how many rows are read at a time where all have to be looked at.
const scanPage = 5000

// List returns up to limit records behind after, as they were after batch asOf
// (Latest: as they are): in key order, or by opaque id where the key is hidden.
func (r *Reader) List(ctx context.Context, after string, limit int, asOf int64) ([]Row, error) {
	if !r.v.hiddenKey {
		list, err := r.list(ctx, after, limit, asOf)
		return r.masked(list), err
	}
	least := lowest[Row]{after: after, limit: limit}
	for key := ""; ; {
		page, err := r.list(ctx, key, scanPage, asOf)
		if err != nil {
			return nil, err
		}
		for _, row := range page {
			key = row.Key
			least.add(r.v.ID(row.Key), row)
		}
		if len(page) < scanPage {
			return r.masked(least.all()), nil
		}
	}
}

func (r *Reader) masked(list []Row) []Row {
	for i := range list {
		list[i] = r.v.Row(list[i])
	}
	return list
}

// lowest keeps the limit things with the lowest ids behind after.
type lowest[T any] struct {
	after string
	limit int
	kept  []identified[T]
}

type identified[T any] struct {
	id    string
	thing T
}

func (l *lowest[T]) add(id string, thing T) {
	if id <= l.after {
		return
	}
	l.kept = append(l.kept, identified[T]{id, thing})
	if len(l.kept) >= 2*l.limit+64 {
		l.trim()
	}
}

func (l *lowest[T]) trim() {
	slices.SortFunc(l.kept, func(a, b identified[T]) int { return strings.Compare(a.id, b.id) })
	l.kept = l.kept[:min(l.limit, len(l.kept))]
}

func (l *lowest[T]) all() []T {
	l.trim()
	list := make([]T, len(l.kept))
	for i := range l.kept {
		list[i] = l.kept[i].thing
	}
	return list
}

// key turns what a reader calls a record by into its key. Where the key is not
// seen in clear that is the opaque id, or the key itself when the policy allows
// to look up by the exact value.
func (r *Reader) key(name string) (string, error) {
	if !r.v.hiddenKey {
		return name, nil
	}
	if strings.HasPrefix(name, idPrefix) {
		return r.v.Key(name)
	}
	if slices.ContainsFunc(r.v.obj.Key, func(c int) bool { return !r.v.Matches(c) }) {
		return "", fault.New(fault.Denied, "view.key", r.v.obj.Title)
	}
	return name, nil
}

// Get returns the record of this key or opaque id as it was after batch asOf
// (Latest: as it is). A record outside the view is not there.
func (r *Reader) Get(ctx context.Context, name string, asOf int64) (Row, error) {
	key, err := r.key(name)
	if err != nil {
		return Row{}, err
	}
	row, free, err := r.t.get(ctx, r.v.obj, key, asOf)
	if err == nil && !r.v.Holds(&row) {
		err = fault.New(fault.NotFound, "record.unknown", r.v.obj.Dataset, name)
	}
	// Asked after the row was read: a hold made in between counts.
	if !free {
		if hidden, e := r.hidden(ctx, key); e != nil {
			return Row{}, e
		} else if err == nil && hidden {
			err = fault.New(fault.NotFound, "record.unknown", r.v.obj.Dataset, name)
		}
	}
	if fault.Is(err, "record.unknown") {
		err = fault.New(fault.NotFound, "record.unknown", r.v.obj.Dataset, name)
	}
	if err != nil {
		return Row{}, err
	}
	return r.v.Row(row), nil
}

// hidden reports whether a record is held and the view does not see that.
func (r *Reader) hidden(ctx context.Context, key string) (bool, error) {
	if r.v.seesHeld() {
		return false, nil
	}
	list, err := r.t.HoldsOf(ctx, r.v.obj, key)
	return len(list) > 0, err
}

// History returns those versions of a record that belong to the view, oldest
// first.
func (r *Reader) History(ctx context.Context, name string) ([]Row, error) {
	key, err := r.key(name)
	if err != nil {
		return nil, err
	}
	versions, err := r.t.History(ctx, r.v.obj, key)
	if err != nil {
		return nil, err
	}
	if hidden, err := r.hidden(ctx, key); hidden || err != nil {
		return nil, err
	}
	versions = slices.DeleteFunc(versions, func(row Row) bool { return !r.v.Holds(&row) })
	return r.masked(versions), err
}

// Count returns how many records the view holds now.
func (r *Reader) Count(ctx context.Context) (n int64, err error) {
	err = r.t.readTable(ctx, r.v.obj, func(tx *store.Tx, tab *table) error {
		where, args := r.v.scoped(tab, `1 = 1`, nil)
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM `+tab.name()+` WHERE `+where, args...).Scan(&n)
	})
	return n, err
}

// Changes returns what Truth.Changes does, as far as the view goes: a record
// that left the view is told as withdrawn.
func (r *Reader) Changes(ctx context.Context, since, upto int64, after string, limit int) ([]Change, error) {
	if r.v.Whole() {
		return r.t.changes(ctx, r.v.obj, since, upto, after, limit, !r.v.seesHeld())
	}
	if !r.v.hiddenKey {
		var list []Change
		err := r.eachChange(ctx, since, upto, after, func(c Change) bool {
			list = append(list, r.change(c))
			return len(list) < limit
		})
		return list, err
	}
	least := lowest[Change]{after: after, limit: limit}
	err := r.eachChange(ctx, since, upto, "", func(c Change) bool {
		least.add(r.v.ID(c.Key), c)
		return true
	})
	list := least.all()
	for i := range list {
		list[i] = r.change(list[i])
	}
	return list, err
}

// eachChange hands over the changes behind a key that the view holds, in key
// order, until told to stop.
func (r *Reader) eachChange(ctx context.Context, since, upto int64, afterKey string, f func(Change) bool) error {
	for {
		page, err := r.t.changes(ctx, r.v.obj, since, upto, afterKey, scanPage, !r.v.seesHeld())
		if err != nil {
			return err
		}
		for _, c := range page {
			afterKey = c.Key
			mine, err := r.mine(ctx, &c, since)
			if err != nil {
				return err
			}
			if mine && !f(c) {
				return nil
			}
		}
		if len(page) < scanPage {
			return nil
		}
	}
}

// mine decides whether a change concerns the view. One that took a record out of
// it, or away, is a withdrawal for who had it.
func (r *Reader) mine(ctx context.Context, c *Change, since int64) (bool, error) {
	if r.v.rows.All || c.Row != nil && r.v.Holds(c.Row) {
		return true, nil
	}
	if since == 0 {
		return false, nil
	}
	was, err := r.t.Get(ctx, r.v.obj, c.Key, since)
	if fault.Is(err, "record.unknown") {
		return false, nil
	}
	if err != nil || !r.v.Holds(&was) {
		return false, err
	}
	c.Withdrawn, c.Row = true, nil
	return true, nil
}

// change masks a change.
func (r *Reader) change(c Change) Change {
	if c.Row != nil {
		row := r.v.Row(*c.Row)
		c.Row = &row
	}
	if r.v.hiddenKey {
		c.Key = r.v.ID(c.Key)
	}
	return c
}

// Quarantine lists the lines behind id after (0 = from the first) that the view
// holds, oldest first.
func (r *Reader) Quarantine(ctx context.Context, f Filter, after int64, limit int) ([]QuarantineLine, error) {
	if err := r.v.Filter(f); err != nil {
		return nil, err
	}
	f.unheld = !r.v.seesHeld()
	if r.v.Whole() {
		return r.t.Quarantine(ctx, r.v.obj, f, after, limit)
	}
	var list []QuarantineLine
	for {
		page, err := r.t.Quarantine(ctx, r.v.obj, f, after, scanPage)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			after = l.ID
			if seen, ok := r.v.Line(l); ok {
				list = append(list, seen)
			}
			if len(list) == limit {
				return list, nil
			}
		}
		if len(page) < scanPage {
			return list, nil
		}
	}
}

// QuarantineCounts counts the open lines that the view holds.
func (r *Reader) QuarantineCounts(ctx context.Context) (Counts, error) {
	if r.v.Whole() {
		held, err := r.t.HeldAt(ctx, r.v.obj)
		if err != nil || held == 0 || r.v.seesHeld() {
			c, e := r.t.QuarantineCounts(ctx, r.v.obj)
			return c, errors.Join(err, e)
		}
	}
	c := Counts{Rules: map[string]int64{}}
	keys := map[string]bool{}
	for after := int64(0); ; {
		page, err := r.t.Quarantine(ctx, r.v.obj, Filter{State: StateOpen, unheld: !r.v.seesHeld()}, after, scanPage)
		if err != nil {
			return c, err
		}
		for _, l := range page {
			after = l.ID
			seen, ok := r.v.Line(l)
			if !ok {
				continue
			}
			c.Lines++
			for _, rule := range seen.Faults {
				c.Rules[rule]++
			}
			if seen.Key == "" {
				c.NoKey++
			} else {
				keys[seen.Key] = true
			}
		}
		if len(page) < scanPage {
			c.Keys = int64(len(keys))
			return c, nil
		}
	}
}

// Turnout tells who has sent for which period, as far as the view goes: other
// senders are not named.
func (r *Reader) Turnout(ctx context.Context) ([]Turn, error) {
	obj := r.v.obj
	if obj.Sender < 0 || obj.Period < 0 {
		return nil, nil
	}
	for _, c := range []int{obj.Sender, obj.Period} {
		if err := r.v.Column(c, false); err != nil {
			return nil, err
		}
	}
	list, err := r.t.Turnout(ctx, obj)
	if err != nil || r.v.rows.All {
		return list, err
	}
	allowed := r.v.Scope()[obj.Sender]
	return slices.DeleteFunc(list, func(t Turn) bool { return !slices.Contains(allowed, t.Sender) }), nil
}

// Distinct lists up to limit present values of a column in clear, in the
// engine's order; more is true when there are others.
func (r *Reader) Distinct(ctx context.Context, column, limit int) (values []string, more bool, err error) {
	if err := r.v.Column(column, false); err != nil {
		return nil, false, err
	}
	err = r.t.readTable(ctx, r.v.obj, func(tx *store.Tx, tab *table) (err error) {
		text, there := tab.asText(column)
		if !there {
			return nil
		}
		where, args := r.v.scoped(tab, store.Quote(r.v.obj.Columns[column].Store)+` IS NOT NULL`, nil)
		var rows *sql.Rows
		if rows, err = tx.QueryContext(ctx, `SELECT DISTINCT `+text+` AS v FROM `+tab.name()+` WHERE `+where+` ORDER BY v LIMIT `+strconv.Itoa(limit+1), args...); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			if r.v.obj.Columns[column].Sealed {
				if s, err = r.t.texts.Open(s); err != nil {
					return err
				}
			}
			values = append(values, s)
		}
		return rows.Err()
	})
	if len(values) > limit {
		values, more = values[:limit], true
	}
	if r.v.obj.Columns[column].Sealed { // the engine has put ciphers in order
		slices.Sort(values)
	}
	return values, more, err
}

// Head is Truth.Head of the data set that is seen.
func (r *Reader) Head(ctx context.Context) (int64, time.Time, error) {
	return r.t.Head(ctx, r.v.obj.Contract)
}
