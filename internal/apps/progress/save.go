package progress

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A row of progress_lines.
type row struct {
	org     string
	place   int
	version int
	word    string
	gone    bool
	to      string
}

// Save keeps what people have written into the lines of a unit's sheet, and says of each
// what became of it. What cannot be kept as it is written is Refused and does not keep
// the others out. A form that comes twice is answered as the first time.
func (s *Store) Save(ctx context.Context, by actor.Actor, m Month, org string, saved []Saved) (answers []Answer, err error) {
	if len(saved) > mostSaved {
		return nil, fault.New(fault.TooLarge, "progress.many-saved", mostSaved)
	}
	err = s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, _ *Sheet) error {
		answers = make([]Answer, 0, len(saved))
		told := map[string]bool{} // units
		for _, sv := range saved {
			a, late, err := s.save(ctx, tx, by, p, org, sv)
			if err != nil {
				return fmt.Errorf("line %s: %w", sv.Code, err)
			}
			answers = append(answers, a)
			if late && !told[a.Word.Org] {
				told[a.Word.Org] = true
				if err := s.tellLate(ctx, tx, p, a.Word); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return answers, err
}

// tellLate tells a unit of words that came late, unless others of its sheet wait to be
// looked at already.
func (s *Store) tellLate(ctx context.Context, tx *store.Tx, p *Period, w *Word) error {
	sh, err := sheetIn(ctx, tx, p.Period, w.Org)
	if err != nil || sh.Late > 1 {
		return err
	}
	return s.tell(ctx, tx, p.Period, w.Org, SheetPath(p.Period, w.Org), notify.Warning, "progress.told.late", p.Period.Words())
}

// save keeps one word. late says that it is the first time that it was kept so.
func (s *Store) save(ctx context.Context, tx *store.Tx, by actor.Actor, p *Period, org string, sv Saved) (a Answer, late bool, err error) {
	a = Answer{ID: sv.ID, Ref: sv.Ref}
	refuse := func(err error) (Answer, bool, error) {
		if fault.KindOf(err) == fault.Internal {
			return a, false, err
		}
		a.Outcome, a.Err = Refused, err
		return a, false, nil
	}
	if n := utf8.RuneCountInString(sv.ID); n == 0 || n > mostCode || utf8.RuneCountInString(sv.After) > mostCode {
		return refuse(fault.New(fault.Invalid, "progress.no-id", mostCode))
	}
	digest, err := sv.digest()
	if err != nil { // a number that is none
		return refuse(fault.New(fault.Invalid, "progress.value").Because(err))
	}
	l, err := follow(ctx, tx, p.Period, org, sv.Ref)
	if err != nil {
		return refuse(err)
	}
	if was, err := wordWhere(ctx, tx, `save_id = $1 AND digest = $2 AND period = $3 AND org = $4 AND kind = $5 AND code = $6`,
		sv.ID, digest, string(p.Period), l.org, string(sv.Kind), sv.Code); err != nil || was != nil {
		if err == nil {
			a, err = answer(ctx, tx, was)
		}
		return a, false, err
	}
	report := sv.Report
	if err := report.check(sv.Ref, viet.DateOf(tx.Time.In(viet.Zone))); err != nil {
		return refuse(err)
	}
	w := &Word{
		ID: newID(), Period: p.Period, Org: l.org, From: org, Ref: sv.Ref, Place: l.place, Report: report, Save: sv.ID, Base: sv.Base, Version: l.version,
		By: by, SaidAt: sv.At.UTC(), At: tx.Time,
	}
	sh, err := sheetIn(ctx, tx, p.Period, l.org)
	if err != nil {
		return a, false, err
	}
	current, err := l.current(ctx, tx)
	if err != nil {
		return a, false, err
	}
	w.judge(p, sh, l, current, sv.After)
	if err := insertWord(ctx, tx, w, digest); err != nil {
		return a, false, err
	}
	if w.Outcome == Kept {
		if err := setLine(ctx, tx, w); err != nil {
			return a, false, err
		}
	}
	a, err = answer(ctx, tx, w)
	return a, w.Outcome == Late, err
}

// judge says what becomes of a word at a line.
func (w *Word) judge(p *Period, sh *Sheet, l *row, current *Word, after string) {
	if current != nil {
		w.Against = current.ID
	}
	switch {
	case p.State == Closed:
		w.Outcome, w.Why = Late, LateClosed
	case l.gone:
		w.Outcome, w.Why = Late, LateRemoved
	case sh.State == Sent:
		w.Outcome, w.Why = Late, LateSent
	case !sh.Fills():
		w.Outcome, w.Why = Late, LateApproved
	case current != nil && SameReport(current.Report, w.Report):
		w.Outcome = Same
	case w.Base == l.version || current != nil && after != "" && current.Save == after:
		w.Outcome, w.Version, w.Against = Kept, l.version+1, ""
	default:
		w.Outcome = Conflict
	}
}

// SameReport reports whether two reports say the same.
func SameReport(a, b Report) bool {
	if len(a.Evidence) == 0 && len(b.Evidence) == 0 {
		a.Evidence, b.Evidence = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// answer is what the client is told of a word: all of it is kept with the word, so
// that it is the same however often it is asked for.
func answer(ctx context.Context, tx *store.Tx, w *Word) (a Answer, err error) {
	a = Answer{ID: w.Save, Ref: w.Ref, Outcome: w.Outcome, Version: w.Version, Word: w}
	if w.Outcome == Late {
		a.Why = w.Why
	}
	if w.Against != "" && (w.Outcome == Conflict || w.Outcome == Late) {
		a.Theirs, err = wordWhere(ctx, tx, `id = $1`, w.Against)
	}
	return a, err
}

// follow finds the line of an item in a unit's sheet, or in that of the unit to which it
// was moved.
func follow(ctx context.Context, tx *store.Tx, m Month, org string, ref Ref) (*row, error) {
	for range 100 { // moving back clears where a line went, so that there is no circle
		l, err := lineIn(ctx, tx, m, org, ref)
		if err != nil || l.to == "" {
			return l, err
		}
		org = l.to
	}
	return nil, fmt.Errorf("line %s of %s was moved in a circle", ref, org)
}

func lineIn(ctx context.Context, tx *store.Tx, m Month, org string, ref Ref) (*row, error) {
	var list []*row
	err := tx.Each(ctx, func(scan func(...any) error) error {
		l := row{org: org}
		var gone string
		err := scan(&l.place, &l.version, &l.word, &gone, &l.to)
		l.gone = gone != ""
		list = append(list, &l)
		return err
	}, `SELECT place, version, word, gone_at, moved_to FROM progress_lines WHERE period = $1 AND org = $2 AND kind = $3 AND code = $4`,
		string(m), org, string(ref.Kind), ref.Code)
	return store.First(list, err, fault.New(fault.NotFound, "progress.no-line", ref.Code))
}

func (l *row) current(ctx context.Context, tx *store.Tx) (*Word, error) {
	if l.word == "" {
		return nil, nil
	}
	return wordWhere(ctx, tx, `id = $1`, l.word)
}

// setLine makes a word the current one of its line.
func setLine(ctx context.Context, tx *store.Tx, w *Word) error {
	_, err := tx.ExecContext(ctx, `UPDATE progress_lines SET version = $1, word = $2, answered = $3 WHERE period = $4 AND org = $5 AND kind = $6 AND code = $7`,
		w.Version, w.ID, number(!w.Empty()), string(w.Period), w.Org, string(w.Kind), w.Code)
	return err
}

// A Choice is how somebody settles a conflict or a late word.
type Choice struct {
	Take   Take
	Base   int    // version of the line that they had before them, of Used and Merged
	Report Report // of Merged
}

// Resolve settles a conflict, or a word that came late: it becomes the line's current
// word, or other words made of both do, or the line stays as it is. The settled word is
// kept either way. A line that has moved again is a fault "progress.moved-on".
func (s *Store) Resolve(ctx context.Context, by actor.Actor, m Month, org, word string, c Choice) (w *Word, err error) {
	err = s.sheet(ctx, m, org, func(tx *store.Tx, p *Period, sh *Sheet) error {
		if w, err = wordWhere(ctx, tx, `id = $1 AND period = $2 AND org = $3`, word, string(m), org); err != nil {
			return err
		}
		if w == nil || w.Outcome != Conflict && w.Outcome != Late {
			return fault.New(fault.NotFound, "progress.no-word")
		}
		if w.Settled != "" {
			return fault.New(fault.Conflict, "progress.settled", w.SettledBy.Name)
		}
		report := w.Report
		switch c.Take {
		case Left:
			return settle(ctx, tx, by, w, Left)
		case Merged:
			report = c.Report
			if err := report.check(w.Ref, viet.DateOf(tx.Time.In(viet.Zone))); err != nil {
				return err
			}
		case Used:
		default:
			return fault.New(fault.Invalid, "progress.take", string(c.Take))
		}
		if err := fillable(p, sh); err != nil {
			return err
		}
		l, err := lineIn(ctx, tx, m, org, w.Ref)
		switch {
		case err != nil:
			return err
		case l.gone:
			return fault.New(fault.Conflict, "progress.no-item", w.Code)
		case l.version != c.Base:
			return fault.New(fault.Conflict, "progress.moved-on", w.Code)
		}
		next := &Word{
			ID: newID(), Period: m, Org: org, From: org, Ref: w.Ref, Place: l.place, Report: report, Save: w.Save, Base: l.version, Version: l.version + 1,
			Outcome: Kept, Against: w.ID, By: by, At: tx.Time,
		}
		if err := insertWord(ctx, tx, next, ""); err != nil {
			return err
		}
		if err := settle(ctx, tx, by, w, c.Take); err != nil {
			return err
		}
		w = next
		return setLine(ctx, tx, next)
	})
	return w, err
}

// settle marks a conflict or a late word as looked at.
func settle(ctx context.Context, tx *store.Tx, by actor.Actor, w *Word, as Take) error {
	who, err := text(by)
	if err != nil {
		return err
	}
	w.Settled, w.SettledBy, w.SettledAt = as, by, tx.Time
	if _, err := tx.ExecContext(ctx, `UPDATE progress_words SET settled = $1, settled_by = $2, settled_at = $3 WHERE id = $4`, string(as), who, tx.Now, w.ID); err != nil {
		return err
	}
	return note(ctx, tx, by, Event{Period: w.Period, Org: w.Org, Ref: w.Ref, What: WasSettled, Detail: string(as)})
}

const wordColumns = `id, period, org, from_org, kind, code, place, save_id, base, version, outcome, why, against, said, no_news, done, done_on, percent, value, estimate,
	difficulty, proposal, evidence, by_actor, said_at, kept_at, counted, settled, settled_by, settled_at`

// eachWord hands words to f; where may end in an order.
func eachWord(ctx context.Context, tx *store.Tx, f func(*Word) error, where string, args ...any) error {
	return tx.Each(ctx, func(scan func(...any) error) error {
		w, err := scanWord(scan)
		if err != nil {
			return err
		}
		return f(w)
	}, `SELECT `+wordColumns+` FROM progress_words WHERE `+where, args...)
}

func scanWord(scan func(...any) error) (*Word, error) {
	var w Word
	var period, kind, outcome, on, evidence, by, said, kept, settled, settledBy, settledAt string
	var nothing, done, estimate, counted int
	if err := scan(&w.ID, &period, &w.Org, &w.From, &kind, &w.Code, &w.Place, &w.Save, &w.Base, &w.Version, &outcome, &w.Why, &w.Against, &w.Said, &nothing, &done, &on,
		&w.Percent, &w.Value, &estimate, &w.Difficulty, &w.Proposal, &evidence, &by, &said, &kept, &counted, &settled, &settledBy, &settledAt); err != nil {
		return nil, err
	}
	w.Period, w.Kind, w.Outcome, w.Settled = Month(period), Kind(kind), Outcome(outcome), Take(settled)
	w.Nothing, w.Done, w.Estimate, w.Counted = nothing == 1, done == 1, estimate == 1, counted == 1
	if on != "" {
		if err := w.On.UnmarshalText([]byte(on)); err != nil {
			return nil, fmt.Errorf("word %s: %w", w.ID, err)
		}
	}
	if err := errors.Join(store.JSONInto(&w.Evidence, evidence), store.JSONInto(&w.By, by), store.JSONInto(&w.SettledBy, settledBy), store.StampInto(&w.SaidAt, said),
		store.StampInto(&w.At, kept), store.StampInto(&w.SettledAt, settledAt)); err != nil {
		return nil, fmt.Errorf("word %s: %w", w.ID, err)
	}
	return &w, nil
}

// wordWhere is the word of a condition, nil where there is none.
func wordWhere(ctx context.Context, tx *store.Tx, where string, args ...any) (w *Word, err error) {
	err = eachWord(ctx, tx, func(found *Word) error {
		w = found
		return nil
	}, where, args...)
	return w, err
}

func insertWord(ctx context.Context, tx *store.Tx, w *Word, digest string) error {
	row, err := w.row(digest)
	if err != nil {
		return err
	}
	return insertWords(ctx, tx, [][]any{row})
}

func insertWords(ctx context.Context, tx *store.Tx, rows [][]any) error {
	return insertMany(ctx, tx, `INSERT INTO progress_words (`+wordColumns+`, digest) VALUES `, "", rows)
}

// row is a word as its table has it.
func (w *Word) row(digest string) ([]any, error) {
	evidence, by, on, said := "", "", "", ""
	var err error
	if len(w.Evidence) > 0 {
		if evidence, err = text(w.Evidence); err != nil {
			return nil, err
		}
	}
	if by, err = text(w.By); err != nil {
		return nil, err
	}
	if w.Done {
		on = w.On.String()
	}
	if !w.SaidAt.IsZero() {
		w.SaidAt = w.SaidAt.Truncate(time.Microsecond)
		said = store.Stamp(w.SaidAt)
	}
	return []any{
		w.ID, string(w.Period), w.Org, w.From, string(w.Kind), w.Code, w.Place, w.Save, w.Base, w.Version, string(w.Outcome), w.Why, w.Against, w.Said,
		number(w.Nothing), number(w.Done), on, w.Percent, w.Value, number(w.Estimate), w.Difficulty, w.Proposal, evidence, by, said, store.Stamp(w.At), number(w.Counted),
		"", "", "", digest,
	}, nil
}
