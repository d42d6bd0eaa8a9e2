package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// A picture is one state of an object's rows as a scan sees them: what rows,
// counts and figures are taken from.
type picture struct {
	*scan
	m     *Mirror
	c     *columns.Conn
	seq   int64
	state string // names the state of the table; no two states have one name
	from  string
	where string
}

// picture opens one. The caller closes it.
func (m *Mirror) picture(ctx context.Context, b *scan) (p *picture, err error) {
	conditions, err := b.conditions()
	if err != nil {
		return nil, err
	}
	p = &picture{scan: b, m: m, where: whereAll(conditions)}
	var s state
	if p.c, s, err = m.snapshotOf(ctx, b.obj); err != nil {
		return nil, err
	}
	p.state = s.made
	p.seq, p.from, err = b.from(s.seq)
	if err == nil {
		p.from, err = b.unheld(ctx, p.c, p.from)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *picture) close() error { return p.m.finish(p.c) }

// each runs a query whose columns are all texts and hands over its rows. It is
// stopped when it takes too long or too much memory, as a question is.
func (p *picture) each(ctx context.Context, query string, row func(cell func(int) *string) error) (err error) {
	o := QueryOptions{}.filled()
	limited, stop := limit(ctx, o)
	defer stop()
	rr, err := p.c.Arrow(limited, query, p.args...)
	if err != nil {
		return stopped(limited, err, o)
	}
	defer rr.Release()
	for rr.Next() {
		rec := rr.RecordBatch()
		all := make([]*array.String, rec.NumCols())
		for i := range all {
			var ok bool
			if all[i], ok = rec.Column(i).(*array.String); !ok {
				return fmt.Errorf("figures of %s: column %d is no text", p.obj.Dataset, i)
			}
		}
		for i := range int(rec.NumRows()) {
			if err := row(texts(all, i)); err != nil {
				return err
			}
		}
	}
	return stopped(limited, rr.Err(), o)
}

// stopped says why figures could not be had.
func stopped(ctx context.Context, err error, o QueryOptions) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil || outOfMemory(err) {
		return explain(ctx, err, o)
	}
	return wrongValue(err)
}

// whichRows keeps of a scan which rows it is about.
func (o ScanOptions) whichRows() ScanOptions {
	o.Columns, o.Sort, o.After, o.AfterKey, o.Limit = nil, nil, nil, "", 0
	return o
}
