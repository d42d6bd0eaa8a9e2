// Package score computes the criteria “đúng, đủ, sạch, sống, thống nhất, dùng
// chung” of a data set from its contract and from the judgement that every
// record carries.
//
// What is kept is not the score but what was counted (counts.go); the formulas
// (formula.go) turn counts and the present moment into a score, so that data
// grows old without anybody writing. docs/score.md explains the formulas, and
// docs/cach-tinh-diem.md explains them to officials; all three change together,
// with the version.
package score

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/mirror"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Score is what a data set reaches in the six criteria at one moment.
type Score struct {
	Dataset  string      // id of the contract
	Formula  string      // version of the formulas
	Seq      int64       // state of the data set that was counted
	At       time.Time   // when it was counted; sống is told as of the reading
	Criteria []Criterion // the six, in the order of the law's phrase
	Overall  *float64    // mean of the measured criteria without dùng chung; nil = chưa đo
	Band     string      // Good, Watch, Poor or None
}

// The bands: xanh, vàng, đỏ, and grey where nothing is measured.
const (
	Good  = "good"  // xanh, from 90
	Watch = "watch" // vàng, from 75
	Poor  = "poor"  // đỏ
	None  = "none"  // chưa đo
)

// A Criterion is one of the six.
type Criterion struct {
	ID    contract.Criterion
	Title contract.Sentence
	Value *float64          // 0 to 100, nil = chưa đo
	Why   contract.Sentence // how the value came about, or why there is none
	Parts []Part            // what it is made of

	Sharing *Sharing // of dùng chung alone, instead of a value
}

// A Part is what one rule adds to a criterion.
type Part struct {
	Rule, Column      string // id of the rule, or one of ours beginning with "_"; name of its first column, "" for the whole record
	Title             contract.Sentence
	Weight            float64 // share of the criterion in percent; 0 for a factor (Expectation)
	Valid, Population int64
	Value             float64 // 0 to 100
	Object            string  // address of the table: "id" or "id.object"
}

// Parts that no rule of a contract stands for.
const (
	Standardised = "_standardised" // sạch: rows that were written the standard way by their sender
	Expectation  = "_expectation"  // đủ: records against the expected number
	Age          = "_age"          // sống: age of the newest data
	Terms        = "_terms"        // thống nhất: columns that stand for a term of the shared dictionary
)

// Deps is what a Scorer stands on. Now may be nil: the clock. Uses may be nil:
// nobody counts who makes use of data.
type Deps struct {
	Control   *store.DB
	Contracts *contract.Store
	CodeLists *dictionary.Store
	Records   *record.Truth
	Mirror    *mirror.Mirror
	Uses      uses
	Now       func() time.Time
}

// A Scorer keeps the scores of all data sets.
type Scorer struct {
	Deps

	mu    sync.Mutex
	turns map[string]chan struct{} // by data set: who counts it now
	stood map[string]*stood        // by data set: how it stood when it was last asked for

	bookMu sync.Mutex
	book   *Book // nil until somebody asks for it

	consumers consumers
}

// New makes a Scorer.
func New(d Deps) *Scorer {
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Scorer{Deps: d, turns: map[string]chan struct{}{}}
}

// Current returns the score of a data set. It counts only when the data, the
// contract or what its rules refer to have changed since the last count.
func (s *Scorer) Current(ctx context.Context, datasetID string) (Score, error) {
	c, err := s.Contracts.Current(ctx, datasetID)
	if err != nil {
		return Score{}, err
	}
	leave, err := s.enter(ctx, datasetID)
	if err != nil {
		return Score{}, err
	}
	defer leave()
	basis, err := s.basis(ctx, c)
	if err != nil {
		return Score{}, fmt.Errorf("score of %s: %w", datasetID, err)
	}
	k, have, err := s.kept(ctx, datasetID)
	if err != nil {
		return Score{}, fmt.Errorf("score of %s: %w", datasetID, err)
	}
	if have && k.Basis == basis {
		return s.beside(ctx, c, compute(c, k, s.Now()))
	}
	return s.count(ctx, c, s.tally)
}

// Update counts a data set after a batch, keeps the counts and adds the score
// to the history.
func (s *Scorer) Update(ctx context.Context, datasetID string) (Score, error) {
	return s.again(ctx, datasetID, s.tally)
}

// Recount does what Update does by reading every record and every open line
// one by one. The two must agree.
func (s *Scorer) Recount(ctx context.Context, datasetID string) (Score, error) {
	return s.again(ctx, datasetID, s.recount)
}

func (s *Scorer) again(ctx context.Context, datasetID string, how counter) (Score, error) {
	c, err := s.Contracts.Current(ctx, datasetID)
	if err != nil {
		return Score{}, err
	}
	leave, err := s.enter(ctx, datasetID)
	if err != nil {
		return Score{}, err
	}
	defer leave()
	return s.count(ctx, c, how)
}

// enter waits for the turn to count a data set: readers who come together make
// one count.
func (s *Scorer) enter(ctx context.Context, datasetID string) (leave func(), err error) {
	s.mu.Lock()
	turn := s.turns[datasetID]
	if turn == nil {
		turn = make(chan struct{}, 1)
		s.turns[datasetID] = turn
	}
	s.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// A counter counts one object in one state of its data set.
type counter func(ctx context.Context, c *contract.Contract, o *contract.Object) (objectCounts, error)

// count counts a data set and keeps what it found. The basis is taken first: if
// a batch commits meanwhile, the counts are kept under a basis that no longer
// holds, and the next reader counts again.
func (s *Scorer) count(ctx context.Context, c *contract.Contract, how counter) (Score, error) {
	basis, err := s.basis(ctx, c)
	if err != nil {
		return Score{}, fmt.Errorf("score of %s: %w", c.ID, err)
	}
	k, err := s.countAll(ctx, c, how)
	if err != nil {
		return Score{}, fmt.Errorf("score of %s: %w", c.ID, err)
	}
	if k.Basis = basis; k.unfinished() {
		k.Basis = "" // never holds
	}
	now, err := s.beside(ctx, c, compute(c, k, s.Now()))
	if err != nil {
		return Score{}, err
	}
	return now, s.keep(ctx, c, k, now)
}

// countAll counts all objects, in one state of the data set if it holds still
// for so long.
func (s *Scorer) countAll(ctx context.Context, c *contract.Contract, how counter) (counts, error) {
	for try := 1; ; try++ {
		k := counts{Dataset: c.ID, At: s.Now().UTC().Truncate(time.Microsecond)}
		together := true
		for i, o := range c.Objects {
			n, err := how(ctx, c, o)
			if err != nil {
				return k, fmt.Errorf("table %s: %w", o.Table, err)
			}
			if err := s.outside(ctx, c, o, &n); err != nil {
				return k, fmt.Errorf("table %s: %w", o.Table, err)
			}
			together = together && (i == 0 || n.Seq == k.Seq)
			if i == 0 || n.Seq < k.Seq {
				k.Seq = n.Seq
			}
			k.Objects = append(k.Objects, n)
		}
		if together || try == 3 {
			return k, nil
		}
	}
}

// History returns past scores, the newest first: one for each count that
// changed something. Their criteria have values only, without Why and Parts.
func (s *Scorer) History(ctx context.Context, datasetID string, limit int) ([]Score, error) {
	if _, err := s.Contracts.Current(ctx, datasetID); err != nil {
		return nil, err
	}
	var list []Score
	err := s.Control.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT scored_at, seq, formula, overall, band, criteria FROM score_history
			WHERE dataset = $1 ORDER BY scored_at DESC LIMIT $2`, datasetID, limit)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		list = nil
		for rows.Next() {
			past := Score{Dataset: datasetID}
			var at, criteria string
			if err := rows.Scan(&at, &past.Seq, &past.Formula, &past.Overall, &past.Band, &criteria); err != nil {
				return err
			}
			if past.At, err = store.ParseStamp(at); err != nil {
				return err
			}
			if past.Criteria, err = readValues(criteria); err != nil {
				return err
			}
			list = append(list, past)
		}
		return rows.Err()
	})
	return list, err
}

// value is a criterion as the history keeps it.
type value struct {
	ID    contract.Criterion `json:"id"`
	Value *float64           `json:"value"`
}

func writeValues(criteria []Criterion) (string, error) {
	all := make([]value, len(criteria))
	for i, c := range criteria {
		all[i] = value{c.ID, c.Value}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

func readValues(text string) ([]Criterion, error) {
	var all []value
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("history of scores: %w", err)
	}
	criteria := make([]Criterion, len(all))
	for i, v := range all {
		criteria[i] = Criterion{ID: v.ID, Title: titles[v.ID], Value: v.Value}
	}
	return criteria, nil
}
