package mirror

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/foundation/columns"
)

// narrowFrom is how many rows are added before the file lets go of what it holds
// in memory: fewer take little, and readers may want what is there.
const narrowFrom = 8 * columns.RowGroup

// counted tells once that many rows have gone through it, and once that there are
// long ones among them; after that it tells nothing more.
type counted struct {
	array.RecordReader
	rows       int64
	many, long func()
}

func (c *counted) Next() bool {
	if !c.RecordReader.Next() {
		return false
	}
	if c.long != nil && columns.Long(c.RecordBatch()) {
		c.long()
		c.many, c.long = nil, nil
	}
	if c.rows += c.RecordBatch().NumRows(); c.rows >= narrowFrom && c.many != nil {
		c.many()
		c.many = nil
	}
	return true
}

// narrow lets the file keep no more blocks in memory than it takes to add rows of
// so many fields, until widen or until somebody else comes: what a load has
// written need not stay for those who may read it later. (After a million rows
// it was 50 MB.)
func (m *Mirror) narrow(ctx context.Context, c *columns.Conn, fields int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := m.lent[c]; g != nil && g.users == 1 {
		// When it cannot be had the limit stays as it was, which does no harm.
		g.small = g.db.Limit(ctx, columns.StreamLimit(fields, 1)) == nil
	}
}

func (m *Mirror) widen(ctx context.Context, c *columns.Conn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := m.lent[c]; g != nil {
		return g.widen(ctx)
	}
	return nil
}

// widen gives the file its own limit of memory again; the caller holds mu.
func (g *generation) widen(ctx context.Context) error {
	if !g.small {
		return nil
	}
	err := g.db.Limit(ctx, 0)
	g.small = err != nil
	return err
}
