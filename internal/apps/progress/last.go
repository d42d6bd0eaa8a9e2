package progress

import (
	"context"

	"github.com/phohien/phohien/internal/apps/plan"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// ranked is the order in which the words that count of one item outrank each other: the
// later period, then the unit that is named first, then the later word, so that a
// correction stands before what it corrects. A final value so takes the place of an
// estimate, of the same month or of one before.
const ranked = `ORDER BY period DESC, place, id DESC`

// latest writes anew which words count of the items that a query gives.
func latest(ctx context.Context, tx *store.Tx, refs string, args ...any) error {
	for _, query := range []string{
		`DELETE FROM progress_latest WHERE (kind, code) IN (` + refs + `)`,
		`INSERT INTO progress_latest (kind, code, word, begun, done, done_on, kept_at, value, value_word)
			SELECT w.kind, w.code, w.id, w.begun, w.done, w.done_on, w.kept_at, v.value, coalesce(v.id, '') FROM (
				SELECT kind, code, id, done, done_on, kept_at, CASE WHEN done = 0 AND percent = 0 AND value IS NULL THEN 0 ELSE 1 END AS begun, row_number() OVER (PARTITION BY kind, code ` + ranked + `) AS nth
				FROM progress_words WHERE counted = 1 AND no_news = 0 AND (kind, code) IN (` + refs + `)) w
			LEFT JOIN (
				SELECT kind, code, id, value, row_number() OVER (PARTITION BY kind, code ` + ranked + `) AS nth
				FROM progress_words WHERE counted = 1 AND value IS NOT NULL AND (kind, code) IN (` + refs + `)) v
			ON v.kind = w.kind AND v.code = w.code AND v.nth = 1
			WHERE w.nth = 1`,
	} {
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// Asked says which words are wanted: those of one period, or those that stood when the
// period Until was the newest; of neither, those that stand now.
type Asked struct {
	Period Month
	Until  Month
}

// Last gives the word that counts of each item of which one does: of the latest
// period, of the unit that is named first among those that lead, as it was approved or
// corrected last. "Nothing to report" leaves the word before it in place.
func (s *Store) Last(ctx context.Context, a Asked) (map[Ref]*Word, error) {
	all := map[Ref]*Word{}
	keep := func(w *Word) error {
		all[w.Ref] = w
		return nil
	}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		if a.Period == "" && a.Until == "" {
			return eachWord(ctx, tx, keep, `id IN (SELECT word FROM progress_latest)`)
		}
		low, high := a.Period, a.Period
		if a.Period == "" {
			low, high = "", a.Until
		}
		return eachWord(ctx, tx, keep, `id IN (SELECT id FROM (
			SELECT id, row_number() OVER (PARTITION BY kind, code `+ranked+`) AS nth FROM progress_words
			WHERE counted = 1 AND no_news = 0 AND period >= $1 AND period <= $2) w WHERE nth = 1)`, string(low), string(high))
	})
	return all, err
}

// Told is what is known of the work on tasks and targets, by their codes: what Last
// gives, with the value that was told last, be it by an earlier word. It reads one
// table of a row an item.
func (s *Store) Told(ctx context.Context) (map[string]plan.Told, error) {
	all := map[string]plan.Told{}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var code, on, at string
			var begun, done int
			var t plan.Told
			if err := scan(&code, &begun, &done, &on, &at, &t.Value); err != nil {
				return err
			}
			t.Begun, t.Done = begun == 1, done == 1
			if on != "" {
				d, _, err := viet.ParseDate([]byte(on))
				if err != nil {
					return err
				}
				t.On = d
			}
			err := store.StampInto(&t.At, at)
			all[code] = t
			return err
		}, `SELECT code, begun, done, done_on, kept_at, value FROM progress_latest`)
	})
	return all, err
}

// A Figure is the value of a target that was told last.
type Figure struct {
	Value    float64
	Estimate bool
	Period   Month
	Org      string
}

// Figures gives the values of targets that were told last, by their codes.
func (s *Store) Figures(ctx context.Context) (map[string]Figure, error) {
	all := map[string]Figure{}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var code, period string
			var f Figure
			var estimate int
			if err := scan(&code, &f.Value, &estimate, &period, &f.Org); err != nil {
				return err
			}
			f.Estimate, f.Period = estimate == 1, Month(period)
			all[code] = f
			return nil
		}, `SELECT l.code, w.value, w.estimate, w.period, w.org FROM progress_latest l JOIN progress_words w ON w.id = l.value_word WHERE l.kind = 'target'`)
	})
	return all, err
}

// History gives all words that were ever saved of an item, by period and unit, the
// oldest first: those that count, those that were replaced, conflicts, late ones and
// corrections.
func (s *Store) History(ctx context.Context, ref Ref) (list []*Word, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return eachWord(ctx, tx, func(w *Word) error {
			list = append(list, w)
			return nil
		}, `kind = $1 AND code = $2 ORDER BY period, org, id`, string(ref.Kind), ref.Code)
	})
	return list, err
}

// Waiting gives the conflicts and late words of a period that nobody has settled.
func (s *Store) Waiting(ctx context.Context, m Month) (list []*Word, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return eachWord(ctx, tx, func(w *Word) error {
			list = append(list, w)
			return nil
		}, `period = $1 AND settled = '' AND outcome IN ('conflict', 'late') ORDER BY org, kind, code, id`, string(m))
	})
	return list, err
}
