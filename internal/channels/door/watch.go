package door

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// watched is a view with the personal data that were seen through it.
type watched struct {
	dataset  string
	fields   []string
	number   string // column with the personal number, "" without
	rows     int64
	subjects []string
}

// watch counts the personal data that a view shows in clear.
func (c *Caller) watch(v *record.View) {
	obj := v.Object()
	w := &watched{dataset: obj.Dataset}
	for i := range obj.Columns {
		p := obj.Columns[i].Personal
		if !p.Is() {
			continue
		}
		if p.Kind == "personal_id" && w.number == "" {
			w.number = obj.Columns[i].Name
		}
		if v.Clear(i) && !slices.Contains(w.fields, p.Kind) {
			w.fields = append(w.fields, p.Kind)
		}
	}
	if len(w.fields) == 0 {
		return
	}
	c.mu.Lock()
	c.views = append(c.views, w)
	c.mu.Unlock()
	v.Seen = func(row *record.Row) {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.rows++
		if s, ok := row.Values[w.number].(string); ok {
			w.subjects = append(w.subjects, s)
		}
	}
	v.SeenRows = func(rows int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		w.rows += rows
	}
}

// uses notes that the request asked for rows or figures of a table.
func (c *Caller) uses(obj *contract.Object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.used, obj.Dataset) {
		c.used = append(c.used, obj.Dataset)
	}
}

// Told writes down the personal data that were seen since it was last called:
// before an answer begins, and where a long one ends. Tables of which nothing
// personal was seen are counted.
func (d *Door) Told(ctx context.Context) (err error) {
	c := From(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.views {
		if w.rows == 0 {
			continue
		}
		use := Use{At: time.Now(), Caller: c, Dataset: w.dataset, Fields: w.fields, Subjects: w.subjects, Rows: w.rows}
		if e := d.Use(context.WithoutCancel(ctx), use); e != nil {
			err = errors.Join(err, e)
			continue
		}
		w.rows, w.subjects = 0, nil
		c.used = slices.DeleteFunc(c.used, func(dataset string) bool { return dataset == w.dataset })
	}
	if d.Seen != nil {
		for _, dataset := range c.used {
			d.Seen(dataset, c)
		}
	}
	c.used = c.used[:0]
	return err
}

// Personal reports whether an object has columns that tell of persons.
func Personal(obj *contract.Object) bool {
	return slices.ContainsFunc(obj.Columns, func(c contract.Column) bool { return c.Personal.Is() })
}
