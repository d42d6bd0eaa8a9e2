package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/columns"
	"github.com/phohien/phohien/internal/foundation/crashpoint"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// Follow brings the table of an object up to its truth and returns the batch
// it has reached. Only what changed is read when that is enough; a table that
// is ahead of its truth, of another shape or behind a new judgement is made
// again. Readers see the state before until it is done.
func (m *Mirror) Follow(ctx context.Context, obj *contract.Object) (seq int64, err error) {
	leave, err := m.enter(ctx, obj.Dataset)
	if err != nil {
		return 0, err
	}
	defer leave()
	seq, err = m.follow(ctx, obj)
	if err != nil {
		return 0, fmt.Errorf("mirror of %s: %w", obj.Dataset, err)
	}
	return seq, nil
}

// CatchUp follows only when the table has not yet reached min.
func (m *Mirror) CatchUp(ctx context.Context, obj *contract.Object, min int64) (seq int64, err error) {
	c, err := m.conn(ctx)
	if err != nil {
		return 0, err
	}
	s, ok, err := standing(ctx, c, obj.Dataset)
	if err := errors.Join(err, m.give(c)); err != nil {
		return 0, err
	}
	if ok && s.seq >= min && s.shape == shape(obj) {
		return s.seq, nil
	}
	return m.Follow(ctx, obj)
}

func (m *Mirror) follow(ctx context.Context, obj *contract.Object) (int64, error) {
	c, err := m.conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = m.give(c) }() // what is open is rolled back
	// One state of the truth, whatever commits meanwhile: that comes with the
	// next call.
	feed, err := m.truth.Follow(ctx, obj)
	if err != nil {
		return 0, err
	}
	defer feed.Close()
	s, there, err := standing(ctx, c, obj.Dataset)
	if err != nil {
		return 0, err
	}
	whole := !there || s.seq > feed.Seq || s.shape != shape(obj)
	if !whole && s.seq == feed.Seq {
		return s.seq, nil
	}
	if !whole {
		if whole, err = m.reflagged(ctx, obj, s.seq, feed.Seq); err != nil {
			return 0, err
		}
	}
	if !whole {
		err = transact(ctx, c, func() error { return m.advance(ctx, c, obj, feed, s.seq) })
		if !fault.Is(err, "changes.too-old") {
			return feed.Seq, err
		}
	}
	return feed.Seq, transact(ctx, c, func() error { return m.rebuild(ctx, c, obj, feed) })
}

// transact runs fn in a transaction.
func transact(ctx context.Context, c *columns.Conn, fn func() error) error {
	if err := c.Begin(ctx); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return errors.Join(err, c.Rollback())
	}
	crashpoint.Hit(crashpoint.MidMirror)
	return c.Commit(ctx)
}

// reflagged reports whether a batch judged rows of the object anew: their
// versions are the same, so reading what changed would not find them.
func (m *Mirror) reflagged(ctx context.Context, obj *contract.Object, since, upto int64) (bool, error) {
	const page = 500
	for {
		batches, err := m.truth.BatchesSince(ctx, obj.Contract, since, page)
		if err != nil {
			return false, err
		}
		for _, b := range batches {
			if b.Seq <= upto && b.Object == obj.Table && b.Reflagged > 0 {
				return true, nil
			}
		}
		if len(batches) < page || batches[len(batches)-1].Seq >= upto {
			return false, nil
		}
		since = batches[len(batches)-1].Seq
	}
}

// rebuild makes the tables from nothing.
func (m *Mirror) rebuild(ctx context.Context, c *columns.Conn, obj *contract.Object, feed *record.Feed) error {
	t := of(obj)
	if err := drop(ctx, c, obj.Dataset); err != nil {
		return err
	}
	if err := t.create(ctx, c); err != nil {
		return err
	}
	if err := m.appendAll(ctx, c, t.current, func() (array.RecordReader, error) { return t.spelled(feed.Rows(0)) }); err != nil {
		return err
	}
	crashpoint.Hit(crashpoint.MidMirror)
	if err := m.appendAll(ctx, c, t.history, func() (array.RecordReader, error) { return t.spelled(feed.History(0)) }); err != nil {
		return err
	}
	if err := m.appendAll(ctx, c, t.held, feed.HeldKeys); err != nil {
		return err
	}
	return stand(ctx, c, obj, feed.Seq)
}

// advance applies what changed after batch since.
func (m *Mirror) advance(ctx context.Context, c *columns.Conn, obj *contract.Object, feed *record.Feed, since int64) error {
	t := of(obj)
	closed, err := register(ctx, c, "_closed", func() (array.RecordReader, error) { return t.spelled(feed.History(since)) })
	if err != nil {
		return err
	}
	defer closed()
	rows, err := register(ctx, c, "_rows", func() (array.RecordReader, error) { return t.spelled(feed.Rows(since)) })
	if err != nil {
		return err
	}
	defer rows()
	const rowsTable, closedTable = "temp.main._rows", "temp.main._closed"
	for _, keys := range []string{closedTable, rowsTable} {
		if err := t.remove(ctx, c, keys); err != nil {
			return err
		}
	}
	crashpoint.Hit(crashpoint.MidMirror)
	names := list("", t.kept)
	if _, err := c.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", t.current.SQL(), names, names, rowsTable)); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s, _end) SELECT %s, _end FROM %s", t.history.SQL(), names, names, closedTable)); err != nil {
		return err
	}
	if feed.HeldAt() > since {
		if _, err := c.Exec(ctx, "DELETE FROM "+t.held.SQL()); err != nil {
			return err
		}
		if err := m.appendAll(ctx, c, t.held, feed.HeldKeys); err != nil {
			return err
		}
	}
	return stand(ctx, c, obj, feed.Seq)
}

func (m *Mirror) appendAll(ctx context.Context, c *columns.Conn, t columns.Table, open func() (array.RecordReader, error)) error {
	rr, err := open()
	if err != nil {
		return err
	}
	defer rr.Release()
	var failed error
	rows := &counted{
		RecordReader: rr,
		many:         func() { m.narrow(ctx, c, rr.Schema().NumFields()) },
		long:         func() { failed = m.widen(ctx, c) },
	}
	_, err = c.AppendSlim(ctx, rows, t) // the truth gives or takes them on one processor
	return errors.Join(err, failed, m.widen(context.WithoutCancel(ctx), c))
}

func register(ctx context.Context, c *columns.Conn, name string, open func() (array.RecordReader, error)) (func(), error) {
	rr, err := open()
	if err != nil {
		return nil, err
	}
	defer rr.Release()
	return c.Register(ctx, rr, name)
}
