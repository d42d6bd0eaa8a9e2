package termdesk

import (
	"cmp"
	"context"
	"slices"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/viet"
)

// A Use is a column that stands for a term, or that holds codes of a list.
type Use struct {
	Con    *contract.Contract
	Obj    *contract.Object
	Column *contract.Column
}

// uses goes through the columns of the data sets in force that the caller may know
// of.
func (d *Desk) uses(ctx context.Context, each func(Use)) error {
	d.Door.Sift(ctx, policy.Describe)
	for con, err := range contract.All(ctx, d.Contracts) {
		if err != nil {
			return err
		}
		if con.Retired || !d.Door.CanSet(ctx, policy.Describe, con) {
			continue
		}
		for _, o := range con.Objects {
			for i := range o.Columns {
				each(Use{con, o, &o.Columns[i]})
			}
		}
	}
	return nil
}

// UsesOf are the columns that stand for a term.
func (d *Desk) UsesOf(ctx context.Context, term string) (all []Use, err error) {
	err = d.uses(ctx, func(u Use) {
		if u.Column.Term == term {
			all = append(all, u)
		}
	})
	return all, err
}

// UsesOfList are the columns that hold codes of a list.
func (d *Desk) UsesOfList(ctx context.Context, list string) (all []Use, err error) {
	err = d.uses(ctx, func(u Use) {
		if u.Column.CodeList == list {
			all = append(all, u)
		}
	})
	return all, err
}

// UseCounts are the numbers of columns that stand for each term.
func (d *Desk) UseCounts(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	err := d.uses(ctx, func(u Use) {
		if u.Column.Term != "" {
			counts[u.Column.Term]++
		}
	})
	return counts, err
}

// A Share is how many columns are mapped to the dictionary. A column counts as
// mapped while its term is in force.
type Share struct {
	ID, Name string
	Columns  int
	Mapped   int // stand for a term in force
	Reasoned int // say why they stand for none
}

// Open is how many columns stand for no term and do not say why.
func (s Share) Open() int { return s.Columns - s.Mapped - s.Reasoned }

// Percent is the share of columns with a term or a reason, 0 to 100; ok is false
// without columns.
func (s Share) Percent() (value float64, ok bool) {
	if s.Columns == 0 {
		return 0, false
	}
	return 100 * float64(s.Mapped+s.Reasoned) / float64(s.Columns), true
}

func (s *Share) count(c *contract.Column, book *dictionary.Book) {
	s.Columns++
	switch {
	case book.Term(c.Term) != nil:
		s.Mapped++
	case c.NotMapped != "":
		s.Reasoned++
	}
}

// A Coverage is how much of the data that the caller may know of is mapped.
type Coverage struct {
	Province Share
	Owners   []Share // by name
	Sets     []Share // the most columns without term or reason first
}

// Covered counts the columns of the data sets in force that the caller may know of.
func (d *Desk) Covered(ctx context.Context) (c Coverage, err error) {
	book, err := d.Terms.Book(ctx)
	if err != nil {
		return c, err
	}
	owners, sets := map[string]*Share{}, map[string]*Share{}
	of := func(all map[string]*Share, id, name string) *Share {
		if all[id] == nil {
			all[id] = &Share{ID: id, Name: name}
		}
		return all[id]
	}
	err = d.uses(ctx, func(u Use) {
		c.Province.count(u.Column, book)
		of(owners, u.Con.Owner, u.Con.OwnerName).count(u.Column, book)
		of(sets, u.Con.ID, u.Con.Name).count(u.Column, book)
	})
	if err != nil {
		return c, err
	}
	for _, s := range owners {
		c.Owners = append(c.Owners, *s)
	}
	for _, s := range sets {
		c.Sets = append(c.Sets, *s)
	}
	slices.SortFunc(c.Owners, func(a, b Share) int {
		return cmp.Or(cmp.Compare(viet.SortKey(a.Name), viet.SortKey(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(c.Sets, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Open(), a.Open()), cmp.Compare(viet.SortKey(a.Name), viet.SortKey(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return c, nil
}
