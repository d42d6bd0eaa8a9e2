package notify

import (
	"context"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/store"
)

// An Audience is whom something is told.
type Audience struct {
	Accounts []string // each by a notice of its own
	Org      string   // by one that all who work for it read; "" = not
	// What the organisation's notice says besides: in whose place it is told.
	NoteVi, NoteEn string
}

// PutTo tells something to an audience, once each, in the caller's transaction of
// the control database. Account and Org of the notice are the audience's. Who gets
// a mail of their own gets none as a member of the organisation.
func (s *Store) PutTo(ctx context.Context, tx *store.Tx, n Notice, to Audience) error {
	for i, account := range to.Accounts {
		if account == "" || slices.Contains(to.Accounts[:i], account) {
			continue
		}
		n.Account, n.Org = account, ""
		if _, err := s.PutIn(ctx, tx, n); err != nil {
			return err
		}
	}
	if to.Org == "" {
		return nil
	}
	n.Account, n.Org = "", to.Org
	n.TextVi, n.TextEn = lines(n.TextVi, to.NoteVi), lines(n.TextEn, to.NoteEn)
	_, err := s.put(ctx, tx, n, to.Accounts)
	return err
}

// lines are the texts that say something, each on a line.
func lines(texts ...string) string {
	texts = slices.DeleteFunc(texts, func(text string) bool { return strings.TrimSpace(text) == "" })
	for i := range texts {
		texts[i] = strings.TrimRight(texts[i], "\n")
	}
	return strings.Join(texts, "\n")
}
