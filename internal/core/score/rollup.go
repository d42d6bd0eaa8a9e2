package score

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Member is a data set with its share in a roll-up.
type Member struct {
	Dataset string
	Name    string
	Owner   string  // organisation that answers for the rows, "" = none is named
	Weight  float64 // phohien.weight
	Score   Score
}

// A Rollup is what several data sets reach together: those of an organisation,
// or of the province.
type Rollup struct {
	Criteria []RollupCriterion // the six, in the order of the law's phrase
	Overall  *float64          // weighted mean of the data sets' own; nil = chưa đo
	Band     string
	Measured int // data sets with an overall score
	Of       int // data sets
}

// A RollupCriterion is one criterion over several data sets. Those in which it
// is not measured stand apart, each with its reason: they count neither as 0 nor
// as 100.
type RollupCriterion struct {
	ID         contract.Criterion
	Title      contract.Sentence
	Value      *float64
	Measured   int
	Of         int
	Unmeasured []Unmeasured
	Sharing    *RollupSharing // of dùng chung alone, instead of a value
}

// Unmeasured is a data set in which a criterion is not measured, and why.
type Unmeasured struct {
	Dataset, Name string
	Why           contract.Sentence
}

// Why says of how many data sets a value is, or how they are shared.
func (c RollupCriterion) Why() contract.Sentence {
	if c.Sharing != nil {
		return c.Sharing.why()
	}
	m, of := int64(c.Measured), int64(c.Of)
	return contract.Sentence{
		Vi: fmt.Sprintf("Đo được ở %s trên %s bộ dữ liệu.", locale.Vi.Number(m), locale.Vi.Number(of)),
		En: fmt.Sprintf("Measured in %s of %s data sets.", locale.En.Number(m), locale.En.Number(of)),
	}
}

// Roll rolls data sets up: each criterion and the overall score is the mean over
// those in which it is measured, by their weights.
func Roll(members []Member) Rollup {
	r := Rollup{Of: len(members)}
	var overall weighted
	for _, m := range members {
		overall.add(m.Weight, m.Score.Overall)
	}
	r.Overall, r.Measured = overall.mean(), overall.n
	r.Band = Band(r.Overall)
	for _, id := range order {
		c := RollupCriterion{ID: id, Title: titles[id], Of: len(members), Unmeasured: []Unmeasured{}}
		var w weighted
		for _, m := range members {
			one := find(m.Score.Criteria, id)
			w.add(m.Weight, one.Value)
			if one.Value == nil {
				c.Unmeasured = append(c.Unmeasured, Unmeasured{m.Dataset, m.Name, one.Why})
			}
		}
		c.Value, c.Measured = w.mean(), w.n
		if id == contract.Shared {
			c.Sharing = rollSharing(members)
		}
		r.Criteria = append(r.Criteria, c)
	}
	return r
}

func find(all []Criterion, id contract.Criterion) Criterion {
	for _, c := range all {
		if c.ID == id {
			return c
		}
	}
	return Criterion{ID: id, Title: titles[id]}
}

// weighted adds up what values lack: a hundred stays exactly a hundred.
type weighted struct {
	lack, all float64
	n         int
}

func (w *weighted) add(weight float64, v *float64) {
	if v != nil && weight > 0 {
		w.lack += weight * (100 - *v)
		w.all += weight
		w.n++
	}
}

func (w *weighted) mean() *float64 {
	if w.n == 0 {
		return nil
	}
	v := 100 - w.lack/w.all
	return &v
}

// Members are the data sets that are in force and that a reader may know of,
// with their scores.
func (s *Scorer) Members(ctx context.Context, keep func(*contract.Contract) bool) ([]Member, error) {
	var all []Member
	for c, err := range contract.All(ctx, s.Contracts) {
		if err != nil {
			return nil, err
		}
		if c.Retired || !keep(c) {
			continue
		}
		sc, err := s.Current(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, Member{c.ID, c.Name, c.Owner, c.Weight, sc})
	}
	return all, nil
}

// A Day is what a data set reached at the end of a day.
type Day struct {
	Day      string // 2006-01-02 in Viet Nam
	Weight   float64
	Formula  string
	Overall  *float64
	Criteria []Criterion // values only
}

// DayOf is the day of a moment by the clock of Viet Nam.
func DayOf(t time.Time) string { return t.In(record.VietnamTime).Format(time.DateOnly) }

// Days are the days of each data set on which something changed, the oldest
// first, with the last one before from.
func (s *Scorer) Days(ctx context.Context, from string) (map[string][]Day, error) {
	all := map[string][]Day{}
	err := s.Control.Read(ctx, func(tx *store.Tx) error {
		clear(all)
		rows, err := tx.QueryContext(ctx, `
			SELECT d.dataset, d.score_day, d.weight, d.formula, d.overall, d.criteria FROM score_days d
			WHERE d.score_day >= $1 OR d.score_day = (SELECT max(b.score_day) FROM score_days b WHERE b.dataset = d.dataset AND b.score_day < $1)
			ORDER BY d.dataset, d.score_day`, from)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		for rows.Next() {
			var id, criteria string
			var d Day
			if err := rows.Scan(&id, &d.Day, &d.Weight, &d.Formula, &d.Overall, &criteria); err != nil {
				return err
			}
			if d.Criteria, err = readValues(criteria); err != nil {
				return err
			}
			all[id] = append(all[id], d)
		}
		return rows.Err()
	})
	return all, err
}

// On is a data set as a day left it; false when it had not been scored by then.
func On(days []Day, day string) (Day, bool) {
	for _, d := range slices.Backward(days) {
		if d.Day <= day {
			return d, true
		}
	}
	return Day{}, false
}

// RollOn rolls up the data sets that keep lets through as a day left them, by
// the weights of that day; false when none had been scored by then.
func RollOn(all map[string][]Day, day string, keep func(dataset string) bool) (Rollup, bool) {
	var members []Member
	for id, days := range all {
		if d, there := On(days, day); there && d.Weight > 0 && keep(id) {
			members = append(members, Member{Dataset: id, Weight: d.Weight, Score: Score{Overall: d.Overall, Criteria: d.Criteria}})
		}
	}
	slices.SortFunc(members, func(a, b Member) int { // sums in one order give one result
		if a.Dataset < b.Dataset {
			return -1
		}
		return 1
	})
	return Roll(members), len(members) > 0
}
