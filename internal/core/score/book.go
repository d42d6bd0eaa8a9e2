package score

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/phohien/phohien/internal/foundation/store"
)

// A Book holds what data sets ended their days with, from a day on. It never
// changes: what is written later stands in the next one.
type Book struct {
	from string
	sets map[string][]page // by data set, the oldest first
}

// A page is a Day in little room: a thousand data sets by ninety days are 9 MB.
type page struct {
	day, formula string
	weight       float64
	overall      float64                // NaN: not measured
	values       [criteriaCount]float64 // in the order of the law's phrase
}

const criteriaCount = 6

func packed(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func unpacked(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

func pageOf(d Day) page {
	p := page{day: d.Day, formula: d.Formula, weight: d.Weight, overall: packed(d.Overall)}
	for i, id := range order {
		p.values[i] = math.NaN()
		for _, c := range d.Criteria {
			if c.ID == id {
				p.values[i] = packed(c.Value)
			}
		}
	}
	return p
}

// Book is the days of all data sets since from, with the last one before it. It
// is read once and then kept up to date by what this Scorer writes.
func (s *Scorer) Book(ctx context.Context, from string) (*Book, error) {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if s.book == nil || s.book.from > from {
		b, err := s.readBook(ctx, from)
		if err != nil {
			return nil, err
		}
		s.book = b
	}
	return s.book, nil
}

func (s *Scorer) readBook(ctx context.Context, from string) (*Book, error) {
	b := &Book{from: from}
	same := map[string]string{} // one copy of each day and formula
	one := func(text string) string {
		if kept, there := same[text]; there {
			return kept
		}
		same[text] = text
		return text
	}
	err := s.Control.Read(ctx, func(tx *store.Tx) error {
		b.sets = map[string][]page{}
		rows, err := tx.QueryContext(ctx, `
			SELECT d.dataset, d.score_day, d.weight, d.formula, d.overall, d.criteria FROM score_days d
			LEFT JOIN (SELECT dataset, max(score_day) AS last_day FROM score_days WHERE score_day < $1 GROUP BY dataset) b ON b.dataset = d.dataset
			WHERE d.score_day >= coalesce(b.last_day, $1)
			ORDER BY d.dataset, d.score_day`, from)
		if err != nil {
			return err
		}
		defer rows.Close() // rows.Err is asked below
		for rows.Next() {
			var id, criteria string
			var overall *float64
			var p page
			if err := rows.Scan(&id, &p.day, &p.weight, &p.formula, &overall, &criteria); err != nil {
				return err
			}
			var values []value
			if err := json.Unmarshal([]byte(criteria), &values); err != nil {
				return fmt.Errorf("days of scores: %w", err)
			}
			p.day, p.formula, p.overall = one(p.day), one(p.formula), packed(overall)
			for i, c := range order {
				p.values[i] = math.NaN()
				for _, v := range values {
					if v.ID == c {
						p.values[i] = packed(v.Value)
					}
				}
			}
			b.sets[id] = append(b.sets[id], p)
		}
		return rows.Err()
	})
	return b, err
}

// noted puts a day that has been committed into the book, if there is one.
func (s *Scorer) noted(dataset string, d Day) {
	s.bookMu.Lock()
	defer s.bookMu.Unlock()
	if s.book == nil {
		return
	}
	pages := slices.Clone(s.book.sets[dataset])
	at, there := slices.BinarySearchFunc(pages, d.Day, func(p page, day string) int { return cmp.Compare(p.day, day) })
	if there {
		pages[at] = pageOf(d)
	} else {
		pages = slices.Insert(pages, at, pageOf(d))
	}
	next := &Book{s.book.from, maps.Clone(s.book.sets)}
	next.sets[dataset] = pages
	s.book = next
}

// On is a data set as a day left it; false when it had not been scored by then.
func (b *Book) On(dataset, day string) (Day, bool) {
	pages := b.sets[dataset]
	at, there := slices.BinarySearchFunc(pages, day, func(p page, day string) int { return cmp.Compare(p.day, day) })
	if !there {
		at--
	}
	if at < 0 {
		return Day{}, false
	}
	p := &pages[at]
	d := Day{Day: p.day, Weight: p.weight, Formula: p.formula, Overall: unpacked(p.overall), Criteria: make([]Criterion, len(order))}
	for i, id := range order {
		d.Criteria[i] = Criterion{ID: id, Title: titles[id], Value: unpacked(p.values[i])}
	}
	return d, true
}

// RollOn rolls up data sets as a day left them, by the weights of that day;
// false when none had been scored by then.
func (b *Book) RollOn(datasets []string, day string) (Rollup, bool) {
	var members []Member
	for _, id := range datasets {
		if d, there := b.On(id, day); there && d.Weight > 0 {
			members = append(members, Member{Dataset: id, Weight: d.Weight, Score: Score{Overall: d.Overall, Criteria: d.Criteria}})
		}
	}
	return Roll(members), len(members) > 0
}

// A Mean is the overall score of several data sets on a day.
type Mean struct {
	Value   *float64
	Formula string // the newest that counts in it
}

// Means is the overall score of RollOn for each of days, which are in order.
func (b *Book) Means(datasets, days []string) []Mean {
	lack, weights := make([]float64, len(days)), make([]float64, len(days))
	all := make([]Mean, len(days))
	for _, id := range datasets {
		pages := b.sets[id]
		at := -1
		for i, day := range days {
			for at+1 < len(pages) && pages[at+1].day <= day {
				at++
			}
			if at < 0 || pages[at].weight <= 0 || math.IsNaN(pages[at].overall) {
				continue
			}
			lack[i] += pages[at].weight * (100 - pages[at].overall)
			weights[i] += pages[at].weight
			all[i].Formula = max(all[i].Formula, pages[at].formula)
		}
	}
	for i := range all {
		if weights[i] > 0 {
			v := 100 - lack[i]/weights[i]
			all[i].Value = &v
		}
	}
	return all
}
