package corridor

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/units"
)

// Units gives the register of administrative units as it is now.
type Units interface {
	Index(ctx context.Context) (*units.Index, error)
}

// register gives the program the register of units, when its object has a column
// that is filled from it. One walk reads with one register from end to end.
func (j *judging) register(ctx context.Context) error {
	if j.c.Units == nil || !needsUnits(j.obj) {
		return nil
	}
	ix, err := j.c.Units.Index(ctx)
	if err != nil {
		return err
	}
	j.program.Units = ix
	return nil
}

func needsUnits(o *contract.Object) bool {
	for i := range o.Columns {
		if o.Columns[i].UnitFrom != nil {
			return true
		}
	}
	return false
}
