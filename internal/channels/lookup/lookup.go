// Package lookup is the one search over everything that is described, as the API
// and the pages ask it: of what it finds a reader is told what the policies let
// them know of, and nothing else.
package lookup

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/catalog"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Finder finds. New makes one; Put fills it.
type Finder struct {
	Door    *door.Door
	catalog *catalog.Catalog
	sets    atomic.Pointer[map[string]*contract.Contract]
}

// New makes a Finder that knows nothing yet.
func New(d *door.Door) *Finder {
	f := &Finder{Door: d, catalog: catalog.New()}
	f.sets.Store(&map[string]*contract.Contract{})
	return f
}

// Put makes these entries all there are; sets are the contracts by which sights
// are judged. On an error what was there stays.
func (f *Finder) Put(entries []catalog.Entry, sets []*contract.Contract) error {
	by := make(map[string]*contract.Contract, len(sets))
	for _, con := range sets {
		by[con.ID] = con
	}
	// Contracts first: an entry whose contract is not known is seen by nobody.
	was := f.sets.Swap(&by)
	if err := f.catalog.Replace(entries); err != nil {
		f.sets.Store(was)
		return err
	}
	return nil
}

// Len is how many entries there are.
func (f *Finder) Len() int { return f.catalog.Index().Len() }

// What an entry's sight says. Everybody sees what has none.
const (
	sightSet  = "set"  // set:<contract>: who may know what the data set promises
	sightRow  = "row"  // row:<contract>/<object>/<agency>: who may read rows of that agency
	sightKind = "kind" // kind:<kind>: who may see descriptions of the kind as a whole
)

// OfSet is the sight of what a contract says.
func OfSet(con *contract.Contract) string { return sightSet + ":" + con.ID }

// OfRow is the sight of a row that belongs to an agency, "" for none.
func OfRow(con *contract.Contract, obj *contract.Object, agency string) string {
	return sightRow + ":" + con.ID + "/" + obj.Name + "/" + agency
}

// OfKind is the sight of what is judged as a kind.
func OfKind(kind string) string { return sightKind + ":" + kind }

// Sees answers for the caller whether a sight is theirs: as the list of data sets
// decides which there are, and the list of records which rows.
func (f *Finder) Sees(ctx context.Context) func(sight string) bool {
	sets := *f.sets.Load()
	f.Door.Sift(ctx, policy.Describe)
	return func(sight string) bool {
		how, what, _ := strings.Cut(sight, ":")
		switch how {
		case sightKind:
			return f.Door.Can(ctx, policy.Describe, policy.What{Kind: what})
		case sightSet:
			con := sets[what]
			return con != nil && f.Door.CanSet(ctx, policy.Describe, con)
		case sightRow:
			id, rest, _ := strings.Cut(what, "/")
			name, agency, _ := strings.Cut(rest, "/")
			con := sets[id]
			return con != nil && f.row(ctx, con, name, agency)
		}
		return false
	}
}

// row reports whether the caller reads the rows of an agency in clear.
func (f *Finder) row(ctx context.Context, con *contract.Contract, object, agency string) bool {
	for _, obj := range con.Objects {
		if obj.Name != object {
			continue
		}
		d := f.Door.Asks(ctx, policy.Read, con.What(obj))
		if !d.Allowed || d.SmallestGroup > 0 || len(d.Columns) > 0 {
			return false
		}
		if d.Rows.All {
			return true
		}
		for _, org := range d.Rows.Orgs {
			if org == agency && agency != "" {
				return true
			}
		}
	}
	return false
}

// Search finds what the caller may know of.
func (f *Finder) Search(ctx context.Context, q catalog.Query) catalog.Result {
	q.Sees = f.Sees(ctx)
	return f.catalog.Search(q)
}

// Suggest completes what has been typed.
func (f *Finder) Suggest(ctx context.Context, q catalog.Query) []catalog.Suggestion {
	q.Sees, q.Typing = f.Sees(ctx), true
	return f.catalog.Suggest(q)
}

// Similar finds what is like something that may not exist yet.
func (f *Finder) Similar(ctx context.Context, to catalog.Entry, how catalog.Like) []catalog.Match {
	how.Sees = f.Sees(ctx)
	return f.catalog.Similar(to, how)
}

// Entry finds one entry that the caller may know of.
func (f *Finder) Entry(ctx context.Context, ref catalog.Ref) (*catalog.Entry, bool) {
	e, ok := f.catalog.Index().Entry(ref)
	if !ok || e.Sight != "" && !f.Sees(ctx)(e.Sight) {
		return nil, false
	}
	return e, true
}
