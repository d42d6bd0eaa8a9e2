package dictionary

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/viet"
)

// A State is where a version of a term stands on its way.
type State string

// The states, in the words of the national frame.
const (
	Proposed  State = "de_xuat"      // somebody wants it
	Reviewed  State = "ra_soat"      // the dictionary's keepers look at it
	Consulted State = "tham_van"     // owners and users are asked, until a day
	Approved  State = "phe_duyet"    // somebody other than its proposer has agreed
	Published State = "cong_bo"      // in force
	Replaced  State = "thay_the"     // a later version is in force
	Expired   State = "het_hieu_luc" // no version is in force
	Withdrawn State = "rut"          // came to nothing
)

// States are all of them, in the order of the way.
var States = []State{Proposed, Reviewed, Consulted, Approved, Published, Replaced, Expired, Withdrawn}

// In names the state in a language.
func (s State) In(l locale.Lang) string {
	switch s {
	case Proposed:
		return l.T("term.state.de_xuat")
	case Reviewed:
		return l.T("term.state.ra_soat")
	case Consulted:
		return l.T("term.state.tham_van")
	case Approved:
		return l.T("term.state.phe_duyet")
	case Published:
		return l.T("term.state.cong_bo")
	case Replaced:
		return l.T("term.state.thay_the")
	case Expired:
		return l.T("term.state.het_hieu_luc")
	}
	return l.T("term.state.rut")
}

// ways are the moves that a version may make.
var ways = map[State][]State{
	Proposed:  {Reviewed, Withdrawn},
	Reviewed:  {Consulted, Proposed, Withdrawn},
	Consulted: {Approved, Reviewed, Withdrawn},
	Approved:  {Published, Reviewed, Withdrawn},
	Published: {Expired},
	Replaced:  {Published}, // the former version again: what undoes a publication
	Expired:   {Published},
}

// Next are the states that a version in a state may go to.
func Next(s State) []State { return ways[s] }

// A TermVersion is one version of a term and where it stands.
type TermVersion struct {
	*Term
	State      State
	Until      string // last day of the consultation, yyyy-mm-dd
	ProposedBy string // account
	ChangedAt  string
}

// A TermMove is one step of a term's history.
type TermMove struct {
	Digest, Version string
	From, To        State
	Why             string
	By              actor.Actor
	At              string
}

// An Opinion is what somebody who was asked has said about a version.
type Opinion struct {
	Digest, Org string
	Agrees      bool
	Text        string
	By          actor.Actor
	At          string
}

// A Book is the terms in force at one moment. It does not change.
type Book struct {
	byID   map[string]*Term
	list   []*Term // by id
	Digest string  // of all of them
}

// Term finds a term in force, nil without.
func (b *Book) Term(id string) *Term {
	if b == nil {
		return nil
	}
	return b.byID[id]
}

// Terms are all terms in force, by id.
func (b *Book) Terms() []*Term {
	if b == nil {
		return nil
	}
	return b.list
}

// NewBook makes a book of terms.
func NewBook(list []*Term) *Book {
	b := &Book{byID: make(map[string]*Term, len(list)), list: slices.Clone(list)}
	slices.SortFunc(b.list, func(x, y *Term) int { return strings.Compare(x.ID, y.ID) })
	sum := sha256.New()
	for _, t := range b.list {
		b.byID[t.ID] = t
		fmt.Fprintln(sum, t.ID, t.Digest)
	}
	b.Digest = hex.EncodeToString(sum.Sum(nil))
	return b
}

// Book gives the terms in force.
func (s *Store) Book(ctx context.Context) (b *Book, err error) {
	commits, alone := s.db.Commits()
	s.mu.Lock()
	kept, at := s.book, s.bookAt
	s.mu.Unlock()
	if alone && kept != nil && at == commits {
		return kept, nil
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		b, err = s.BookIn(ctx, tx)
		return err
	})
	if err == nil {
		s.mu.Lock()
		s.bookAt = commits
		s.mu.Unlock()
	}
	return b, err
}

// BookIn is Book inside a reading transaction. Each change of a term is a step of
// its history, so their number says whether there is anything to be read.
func (s *Store) BookIn(ctx context.Context, tx *store.Tx) (*Book, error) {
	var steps int64
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM term_moves`).Scan(&steps); err != nil {
		return nil, err
	}
	s.mu.Lock()
	kept, have := s.book, s.bookSteps
	s.mu.Unlock()
	if kept != nil && have == steps {
		return kept, nil
	}
	b, err := s.readBook(ctx, tx, kept)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book == nil || steps > s.bookSteps { // not an older state than what another has read
		s.book, s.bookSteps = b, steps
	}
	return b, nil
}

// keptBook is the book as it was last read; nil when it never was. Terms never
// change, so a reader of another state takes from it those it knows by digest.
func (s *Store) keptBook() *Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book
}

// readBook reads the terms in force inside a transaction; those that were known
// before are taken from there.
func (s *Store) readBook(ctx context.Context, tx *store.Tx, known *Book) (*Book, error) {
	type line struct{ id, digest, pack string }
	var lines []line
	if err := tx.Each(ctx, func(scan func(...any) error) error {
		var l line
		err := scan(&l.id, &l.digest, &l.pack)
		lines = append(lines, l)
		return err
	}, `SELECT id, digest, pack FROM terms WHERE state = $1 ORDER BY id`, string(Published)); err != nil {
		return nil, err
	}
	changed := known == nil || len(lines) != len(known.list)
	list := make([]*Term, len(lines))
	for i, l := range lines {
		if t := known.Term(l.id); t != nil && t.Digest == l.digest && t.Pack == l.pack {
			list[i] = t
			continue
		}
		changed = true
		var content string
		if err := tx.QueryRowContext(ctx, `SELECT content FROM terms WHERE id = $1 AND digest = $2`, l.id, l.digest).Scan(&content); err != nil {
			return nil, err
		}
		t, err := readTerm(l.id, l.digest, l.pack, content)
		if err != nil {
			return nil, err
		}
		list[i] = t
	}
	if !changed {
		return known, nil
	}
	return NewBook(list), nil
}

func readTerm(id, digest, pack, content string) (*Term, error) {
	t := &Term{}
	if err := json.Unmarshal([]byte(content), t); err != nil {
		return nil, fmt.Errorf("term %s: %w", id, err)
	}
	if err := t.finish(); err != nil {
		return nil, fmt.Errorf("term %s: %w", id, err)
	}
	// A field that a later program knows changes the digest of what an earlier one
	// has written; the version keeps its name.
	t.Digest, t.Pack = digest, pack
	return t, nil
}

const termColumns = `id, digest, pack, content, state, until, proposed_by, changed_at`

func scanTerm(scan func(...any) error) (*TermVersion, error) {
	var v TermVersion
	var id, digest, pack, content, state string
	if err := scan(&id, &digest, &pack, &content, &state, &v.Until, &v.ProposedBy, &v.ChangedAt); err != nil {
		return nil, err
	}
	v.State = State(state)
	var err error
	v.Term, err = readTerm(id, digest, pack, content)
	return &v, err
}

// TermVersions lists the versions of a term, the one that changed last first. A
// term that is not known is a fault "term.unknown".
func (s *Store) TermVersions(ctx context.Context, id string) (list []*TermVersion, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = termVersions(ctx, tx, `WHERE id = $1 ORDER BY changed_at DESC, digest`, id)
		return err
	})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "term.unknown", id)
	}
	return list, err
}

func termVersions(ctx context.Context, tx *store.Tx, where string, args ...any) (list []*TermVersion, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		v, err := scanTerm(scan)
		list = append(list, v)
		return err
	}, `SELECT `+termColumns+` FROM terms `+where, args...)
	return list, err
}

// TermsIn lists the versions in a state, by id: those on their way to publication
// above all.
func (s *Store) TermsIn(ctx context.Context, states ...State) (list []*TermVersion, err error) {
	marks, args := make([]string, len(states)), make([]any, len(states))
	for i, st := range states {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), string(st)
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = termVersions(ctx, tx, `WHERE state IN (`+strings.Join(marks, ", ")+`) ORDER BY id, changed_at DESC`, args...)
		return err
	})
	return list, err
}

// TermHistory is what has happened to a term, the last first.
func (s *Store) TermHistory(ctx context.Context, id string) (list []TermMove, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var m TermMove
			var from, to, by string
			if err := scan(&m.Digest, &m.Version, &from, &to, &m.Why, &by, &m.At); err != nil {
				return err
			}
			m.From, m.To = State(from), State(to)
			list = append(list, m)
			return json.Unmarshal([]byte(by), &list[len(list)-1].By)
		}, `SELECT m.digest, t.version, m.came_from, m.went_to, m.why, m.by, m.at
			FROM term_moves m JOIN terms t ON t.id = m.id AND t.digest = m.digest WHERE m.id = $1 ORDER BY m.place DESC`, id)
	})
	return list, err
}

// Opinions are what has been said about a term's versions, the last first.
func (s *Store) Opinions(ctx context.Context, id string) (list []Opinion, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(scan func(...any) error) error {
			var o Opinion
			var by string
			var agrees int
			if err := scan(&o.Digest, &o.Org, &agrees, &o.Text, &by, &o.At); err != nil {
				return err
			}
			o.Agrees = agrees != 0
			list = append(list, o)
			return json.Unmarshal([]byte(by), &list[len(list)-1].By)
		}, `SELECT digest, org, agrees, text, by, at FROM term_opinions WHERE id = $1 ORDER BY place DESC`, id)
	})
	return list, err
}

// Propose adds a version of a term as a proposal. A term without id gets the next
// free one of the prefix that the province uses. The content of a version that is
// there is a fault "term.same". The result is the version as it stands.
func (s *Store) Propose(ctx context.Context, by actor.Actor, t *Term, why string) (*TermVersion, error) {
	list, err := s.ProposeAll(ctx, by, []*Term{t}, why)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// ProposeAll is Propose for several terms, all or none of which become proposals.
func (s *Store) ProposeAll(ctx context.Context, by actor.Actor, terms []*Term, why string) (list []*TermVersion, err error) {
	if why, err = reason.Of(why, reason.Most, nil); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		list = list[:0]
		for _, t := range terms {
			v, err := s.propose(ctx, tx, by, t, why)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

func (s *Store) propose(ctx context.Context, tx *store.Tx, by actor.Actor, t *Term, why string) (*TermVersion, error) {
	mine := *t
	if mine.ID == "" {
		id, err := freeTerm(ctx, tx)
		if err != nil {
			return nil, err
		}
		mine.ID = id
	}
	mine.UpdatedOn = Day{today(tx), true}
	if err := mine.Check(); err != nil {
		return nil, asFault(err)
	}
	if err := s.try(ctx, &mine); err != nil {
		return nil, err
	}
	if err := addTerm(ctx, tx, by, &mine, Proposed, why); err != nil {
		return nil, err
	}
	list, err := termVersions(ctx, tx, `WHERE id = $1 AND digest = $2`, mine.ID, mine.Digest)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// asFault turns what Check says into a fault.
func asFault(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return fault.New(fault.Invalid, "term.wrong", e)
	}
	return err
}

// try runs the rules of a term, see TryTerm.
func (s *Store) try(ctx context.Context, t *Term) error {
	if s.TryTerm == nil {
		return nil
	}
	return s.TryTerm(ctx, t)
}

func today(tx *store.Tx) viet.Date { return viet.DateOf(tx.Time.In(viet.Zone)) }

// prefix of the terms that a province adds.
const prefix = "tinh"

func freeTerm(ctx context.Context, tx *store.Tx) (string, error) {
	most := 0
	err := tx.Each(ctx, func(scan func(...any) error) error {
		var id string
		if err := scan(&id); err != nil {
			return err
		}
		if n, err := strconv.Atoi(strings.TrimPrefix(id, prefix+":ID-")); err == nil {
			most = max(most, n)
		}
		return nil
	}, `SELECT DISTINCT id FROM terms WHERE id LIKE $1`, prefix+":ID-%")
	return fmt.Sprintf("%s:ID-%03d", prefix, most+1), err
}

// addTerm writes a new version.
func addTerm(ctx context.Context, tx *store.Tx, by actor.Actor, t *Term, state State, why string) error {
	var there string
	err := tx.QueryRowContext(ctx, `SELECT state FROM terms WHERE id = $1 AND digest = $2`, t.ID, t.Digest).Scan(&there)
	if err == nil {
		return fault.New(fault.Conflict, "term.same", t.ID, t.Version)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	content, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO terms (id, digest, version, pack, content, state, until, proposed_by, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8)`, t.ID, t.Digest, t.Version, t.Pack, string(content), string(state), by.ID, tx.Now); err != nil {
		return err
	}
	return moved(ctx, tx, by, t.ID, t.Digest, "", state, why)
}

// moved keeps one step.
func moved(ctx context.Context, tx *store.Tx, by actor.Actor, id, digest string, from, to State, why string) error {
	who, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO term_moves (id, digest, place, came_from, went_to, why, by, at)
		VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM term_moves WHERE id = $1), $3, $4, $5, $6, $7)`,
		id, digest, string(from), string(to), why, string(who), tx.Now)
	return err
}

// A Move is a step that somebody wants a version to make.
type Move struct {
	ID, Digest string
	To         State
	Why        string
	Until      string // with Consulted: the last day on which opinions are taken, yyyy-mm-dd
}

// Move lets a version make a step. Who has proposed a version does not approve it;
// a consultation needs a last day, and is not ended by an approval before it unless
// somebody has agreed and nobody has objected. A version that is published takes
// the place of the one in force. Steps that are not allowed are faults "term.step",
// "term.own-proposal", "term.until" and "term.consulting".
func (s *Store) Move(ctx context.Context, by actor.Actor, m Move) (err error) {
	if m.Why, err = reason.Of(m.Why, reason.Most, nil); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		list, err := termVersions(ctx, tx, `WHERE id = $1 AND digest = $2`, m.ID, m.Digest)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "term.unknown", m.ID)
		}
		v := list[0]
		if err := s.mayMove(ctx, tx, by, v, &m); err != nil {
			return err
		}
		if m.To == Published {
			if err := replaceTerm(ctx, tx, by, v.ID, m.Why); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE terms SET state = $1, until = $2, changed_at = $3 WHERE id = $4 AND digest = $5`,
			string(m.To), m.Until, tx.Now, v.ID, v.Digest); err != nil {
			return err
		}
		return moved(ctx, tx, by, v.ID, v.Digest, v.State, m.To, m.Why)
	})
}

func (s *Store) mayMove(ctx context.Context, tx *store.Tx, by actor.Actor, v *TermVersion, m *Move) error {
	if !slices.Contains(ways[v.State], m.To) {
		return fault.New(fault.Conflict, "term.step", v.ID, v.State, m.To)
	}
	switch m.To {
	case Consulted:
		until, err := time.Parse(time.DateOnly, m.Until)
		if err != nil || until.Before(tx.Time.Truncate(24*time.Hour)) {
			return fault.New(fault.Invalid, "term.until", m.Until)
		}
		return nil
	case Approved:
		m.Until = v.Until
		if v.ProposedBy == by.ID {
			return fault.New(fault.Denied, "term.own-proposal", v.ID)
		}
		return s.consulted(ctx, tx, v)
	case Published:
		return s.try(ctx, v.Term)
	}
	return nil
}

// consulted reports whether a consultation has come to an end. Of each agency the
// last opinion counts: an objection that has been met is taken back by agreeing.
func (s *Store) consulted(ctx context.Context, tx *store.Tx, v *TermVersion) error {
	if v.Until < today(tx).String() {
		return nil
	}
	var agree, object int
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(agrees), 0), COALESCE(SUM(1 - agrees), 0) FROM term_opinions o WHERE id = $1 AND digest = $2
		AND place = (SELECT MAX(place) FROM term_opinions p WHERE p.id = o.id AND p.digest = o.digest AND p.org = o.org)`, v.ID, v.Digest).Scan(&agree, &object)
	if err != nil {
		return err
	}
	if agree == 0 || object > 0 {
		return fault.New(fault.Conflict, "term.consulting", v.ID, v.Until)
	}
	return nil
}

// replaceTerm takes the version in force out of force.
func replaceTerm(ctx context.Context, tx *store.Tx, by actor.Actor, id, why string) error {
	var digest string
	err := tx.QueryRowContext(ctx, `SELECT digest FROM terms WHERE id = $1 AND state = $2`, id, string(Published)).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE terms SET state = $1, changed_at = $2 WHERE id = $3 AND digest = $4`, string(Replaced), tx.Now, id, digest); err != nil {
		return err
	}
	return moved(ctx, tx, by, id, digest, Published, Replaced, why)
}

// mostOpinion is how many characters an opinion has at most.
const mostOpinion = 5000

// Say adds an opinion about a version that is being consulted on; one that is not
// is a fault "term.not-asked".
func (s *Store) Say(ctx context.Context, id string, o Opinion) (err error) {
	if o.Text, err = reason.Of(o.Text, mostOpinion, nil); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		var state string
		err := tx.QueryRowContext(ctx, `SELECT state FROM terms WHERE id = $1 AND digest = $2`, id, o.Digest).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "term.unknown", id)
		}
		if err != nil {
			return err
		}
		if State(state) != Consulted {
			return fault.New(fault.Conflict, "term.not-asked", id)
		}
		if o.Text == "" && !o.Agrees {
			return fault.New(fault.Invalid, "term.why", id)
		}
		who, err := json.Marshal(o.By)
		if err != nil {
			return err
		}
		agrees := 0
		if o.Agrees {
			agrees = 1
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO term_opinions (id, digest, place, org, agrees, text, by, at)
			VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM term_opinions WHERE id = $1), $3, $4, $5, $6, $7)`,
			id, o.Digest, o.Org, agrees, o.Text, string(who), tx.Now)
		return err
	})
}
