package issue

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/store"
)

// Settle takes over by when an issue has to be mended, after somebody has paused,
// moved or called off one of its deadlines, in the same transaction.
func (b *Book) Settle(ctx context.Context, tx *store.Tx, id string) error {
	i, err := get(ctx, tx, id)
	if err != nil {
		return err
	}
	list, err := b.Deadlines.OfIn(ctx, tx, SubjectKind, id)
	if err != nil {
		return err
	}
	due := i.DueAt
	for _, d := range list { // the newest of those that still count
		if (d.Clock == clockMend || d.Clock == clockField) && !d.Ended() {
			due = d.DueAt
		}
	}
	if due.Equal(i.DueAt) {
		return nil
	}
	i.DueAt = due
	return save(ctx, tx, i)
}
