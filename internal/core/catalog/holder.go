package catalog

import (
	"sync"
	"sync/atomic"
)

// A Catalog holds the index of the moment. It is safe for many readers and
// writers: a reader sees one state or the next, never a part of both.
type Catalog struct {
	writing sync.Mutex
	index   atomic.Pointer[Index]
}

// New makes an empty one.
func New() *Catalog {
	c := &Catalog{}
	c.index.Store(newIndex([]*segment{newSegment(nil)}, nil, counts{}))
	return c
}

// Index is the present state. Who asks several things that must agree takes it
// once.
func (c *Catalog) Index() *Index { return c.index.Load() }

// Replace puts other entries in the place of all. On an error what was there
// stays.
func (c *Catalog) Replace(entries []Entry) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	x, err := Build(entries)
	if err != nil {
		return err
	}
	c.index.Store(x)
	return nil
}

// Update changes some entries; see Index.Update. On an error what was there
// stays.
func (c *Catalog) Update(changed []Entry, removed []Ref) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	x, err := c.Index().Update(changed, removed)
	if err != nil {
		return err
	}
	c.index.Store(x)
	return nil
}

// Search is Index.Search of the present state.
func (c *Catalog) Search(q Query) Result { return c.Index().Search(q) }

// Suggest is Index.Suggest of the present state.
func (c *Catalog) Suggest(q Query) []Suggestion { return c.Index().Suggest(q) }

// Similar is Index.Similar of the present state.
func (c *Catalog) Similar(to Entry, how Like) []Match { return c.Index().Similar(to, how) }
