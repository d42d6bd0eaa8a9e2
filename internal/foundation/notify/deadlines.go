package notify

import (
	"context"

	"github.com/phohien/phohien/internal/foundation/deadline"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// KindDeadline is the kind of notices of deadlines.
const KindDeadline = "deadline"

// A Chain says whom a mark of a deadline is told; false: it has nothing to say of
// such a deadline. It reads in tx.
type Chain func(ctx context.Context, tx *store.Tx, d *deadline.Deadline, mark int) (Audience, bool, error)

// OfDeadlines tells of deadlines those whom chain names. Where there is none, or it
// has nothing to say, half the time gone is for who looks after it, or else for the
// organisation; from 80 % on it is for both.
func (s *Store) OfDeadlines(chain Chain) deadline.Notifier { return deadlines{s, chain} }

type deadlines struct {
	s     *Store
	chain Chain
}

// Crossed implements deadline.Notifier.
func (n deadlines) Crossed(ctx context.Context, tx *store.Tx, d *deadline.Deadline, mark int) error {
	told := Notice{Account: d.Account, Org: d.Org, Kind: KindDeadline, Path: d.Path, SubjectKind: d.Kind, SubjectID: d.Subject.ID}
	if mark < 80 && d.Account != "" {
		told.Org = ""
	}
	told.Severity, told.TitleVi, told.TextVi = said(locale.Vi, d, mark)
	_, told.TitleEn, told.TextEn = said(locale.En, d, mark)
	if n.chain != nil {
		to, ok, err := n.chain(ctx, tx, d, mark)
		if err != nil {
			return err
		}
		if ok {
			return n.s.PutTo(ctx, tx, told, to)
		}
	}
	_, err := n.s.PutIn(ctx, tx, told)
	return err
}

func said(l locale.Lang, d *deadline.Deadline, mark int) (severity Severity, title, text string) {
	// Titles of deadlines may be longer than those of notices.
	name := short(d.Title(l), mostTitle-60)
	text = l.T("notify.deadline.text", d.DueAt)
	switch {
	case mark >= 100:
		return Urgent, l.T("notify.deadline.breached", name), text
	case mark >= 80:
		return Warning, l.T("notify.deadline.soon", name, mark), text
	}
	return Info, l.T("notify.deadline.half", name, mark), text
}

// short cuts a text to so many characters.
func short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
