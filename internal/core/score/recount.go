package score

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/record"
)

// recount counts an object record by record, by none of the sums that tally
// relies on. Rows and open lines are read one after the other: a batch that
// commits meanwhile makes it begin anew.
func (s *Scorer) recount(ctx context.Context, c *contract.Contract, o *contract.Object) (objectCounts, error) {
	const tries = 5
	for range tries {
		before, _, err := s.Records.Head(ctx, c.ID)
		if err != nil {
			return objectCounts{}, err
		}
		n, err := s.recountOnce(ctx, c, o)
		if err != nil {
			return n, err
		}
		after, _, err := s.Records.Head(ctx, c.ID)
		if err != nil || before == after {
			return n, err
		}
	}
	return objectCounts{}, errors.New("batches commit faster than records can be counted one by one")
}

func (s *Scorer) recountOnce(ctx context.Context, c *contract.Contract, o *contract.Object) (objectCounts, error) {
	f := newFold(o)
	lines, err := s.openLines(ctx, o, f)
	if err != nil {
		return f.n, err
	}
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		f.open(strings.Join(lines[key], " "), 1)
	}
	column, upto := s.clock(c, o)
	var newest any
	f.n.Seq, err = s.Records.Judgements(ctx, o, column, func(key, flags, absent string, moment any) error {
		f.n.Rows++
		if moment != nil && !later(moment, upto) && (newest == nil || later(moment, newest)) {
			newest = moment
		}
		if _, hidden := lines[key]; hidden {
			return nil
		}
		return f.row(flags, absent, 1)
	})
	if err != nil {
		return f.n, err
	}
	if newest != nil {
		f.n.Newest = reach(&o.Columns[column], newest)
	}
	f.n.Confirmed, err = s.confirmed(ctx, o)
	return f.n, err
}

// openLines gathers the broken rules of each open key; lines without a key go
// into the fold at once.
func (s *Scorer) openLines(ctx context.Context, o *contract.Object, f *fold) (map[string][]string, error) {
	rr, err := s.Records.OpenQuarantine(ctx, o)
	if err != nil {
		return nil, err
	}
	defer rr.Release()
	byKey := map[string][]string{}
	for rr.Next() {
		rec := rr.RecordBatch()
		key, faults := rec.Column(3).(*array.String), rec.Column(5).(*array.String)
		for i := range int(rec.NumRows()) {
			broken := strings.Clone(faults.Value(i))
			if key.IsNull(i) {
				f.open(broken, 1)
				continue
			}
			k := strings.Clone(key.Value(i))
			byKey[k] = append(byKey[k], broken)
		}
	}
	return byKey, rr.Err()
}

// later compares two moments of one kind.
func later(a, b any) bool {
	switch a := a.(type) {
	case string:
		return a > b.(string)
	case int64:
		return a > b.(int64)
	case time.Time:
		return a.After(b.(time.Time))
	}
	return false
}

// confirmed finds the last load that confirmed rows by the batches' own
// reports.
func (s *Scorer) confirmed(ctx context.Context, o *contract.Object) (time.Time, error) {
	var at time.Time
	since := int64(0)
	seen, undone := map[string]bool{}, map[int64]bool{}
	var all []record.Summary
	for {
		page, err := s.Records.BatchesSince(ctx, o.Contract, since, 500)
		if err != nil {
			return at, err
		}
		if len(page) == 0 {
			break
		}
		all, since = append(all, page...), page[len(page)-1].Seq
	}
	for _, b := range slices.Backward(all) {
		if b.Undoes > 0 && !undone[b.Seq] {
			undone[b.Undoes] = true
		}
	}
	for _, b := range all {
		if b.Object != o.Table || b.Kind != "load" {
			continue
		}
		again := b.Digest != "" && seen[b.Digest]
		seen[b.Digest] = true
		if again || undone[b.Seq] {
			continue
		}
		n, err := s.accepted(ctx, o, b)
		if err != nil {
			return at, err
		}
		if n > 0 {
			at = b.At
		}
	}
	return at, nil
}

func (s *Scorer) accepted(ctx context.Context, o *contract.Object, b record.Summary) (int64, error) {
	if n := b.Inserted + b.Updated; n > 0 {
		return n, nil
	}
	text, err := s.Records.BatchReport(ctx, o.Contract, b.ID)
	if err != nil {
		return 0, err
	}
	var report struct {
		Accepted int64 `json:"accepted"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return 0, fmt.Errorf("report of batch %s: %w", b.ID, err)
	}
	return report.Accepted, nil
}
