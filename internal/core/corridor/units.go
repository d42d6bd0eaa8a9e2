package corridor

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/quality"
	"github.com/phohien/phohien/internal/core/units"
)

// Units gives the register of administrative units as it is now.
type Units interface {
	Index(ctx context.Context) (*units.Index, error)
}

// register gives the program the register of units, when its object has a column
// that is filled from it. One walk reads with one register from end to end.
func (j *judging) register(ctx context.Context) (err error) {
	j.program.Units, err = j.c.registerFor(ctx, j.obj)
	return err
}

// registerFor is the register for an object, nil when it needs none or there is
// none.
func (c *Corridor) registerFor(ctx context.Context, o *contract.Object) (quality.Resolver, error) {
	if c.Units == nil || !needsUnits(o) {
		return nil, nil
	}
	ix, err := c.Units.Index(ctx)
	if err != nil {
		return nil, err
	}
	return ix, nil
}

func needsUnits(o *contract.Object) bool {
	for i := range o.Columns {
		if o.Columns[i].UnitFrom != nil {
			return true
		}
	}
	return false
}
