package record

import (
	"context"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Breaks reports whether some current row or open quarantine line of an object
// breaks a rule.
func (t *Truth) Breaks(ctx context.Context, obj *contract.Object, rule string) (yes bool, err error) {
	err = t.readTable(ctx, obj, func(tx *store.Tx, tab *table) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT
			CASE WHEN EXISTS (SELECT 1 FROM _quarantine WHERE object = $1 AND state = 'open' AND (' ' || faults || ' ') LIKE $2) THEN 1 ELSE 0 END +
			CASE WHEN EXISTS (SELECT 1 FROM `+tab.name()+` WHERE (' ' || "_flags" || ' ') LIKE $3) THEN 1 ELSE 0 END`,
			obj.Table, "% "+rule+" %", "%:"+rule+" %").Scan(&n)
		yes = n > 0
		return err
	})
	return yes, err
}
