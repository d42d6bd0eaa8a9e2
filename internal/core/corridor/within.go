package corridor

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// within refuses a batch that would write rows which are not the sender's: rows
// of the file, or rows that are there and would be changed or withdrawn.
// Nothing of it is written; lines that did not pass are nobody's rows yet.
func (j *judging) within(ctx context.Context, rows *policy.Rows) error {
	if rows == nil || rows.All {
		return nil
	}
	// Rows alone are looked at: nothing is shown, so nothing is masked.
	view, err := record.NewView(j.obj, policy.Decision{Allowed: true, Rows: *rows}, nil)
	if err != nil {
		return err
	}
	view.ShowHeld() // a hold takes no row away from whose it is
	n, line, err := j.shop.Outside(ctx, j.program, j.verdict, view.Scope())
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Denied, "batch.outside", n, line, j.obj.Title)
	}
	mine := j.c.Truth.Through(view)
	if j.moves.Updated > 0 {
		rr, err := j.shop.Updates(ctx, j.program, j.moves)
		if err == nil {
			err = j.areThere(ctx, mine, rr)
		}
		if err != nil {
			return err
		}
	}
	if j.moves.Withdrawn > 0 {
		rr, err := j.shop.Withdraws(ctx, j.program, j.moves)
		if err != nil {
			return err
		}
		return j.areThere(ctx, mine, rr)
	}
	return nil
}

// areThere looks at the rows that are there under the keys of a stream, and
// releases it.
func (j *judging) areThere(ctx context.Context, mine *record.Reader, rr array.RecordReader) error {
	defer rr.Release()
	reading, err := record.NewReading(j.obj, rr.Schema())
	if err != nil {
		return err
	}
	for rr.Next() {
		rec := rr.RecordBatch()
		for i := range int(rec.NumRows()) {
			key, err := reading.Key(rec, i)
			if err != nil {
				return err
			}
			_, err = mine.Get(ctx, key, record.Latest)
			if fault.Is(err, "record.unknown") {
				return fault.New(fault.Denied, "batch.outside-there", j.obj.Title)
			}
			if err != nil {
				return errors.Join(err, ctx.Err())
			}
		}
	}
	return rr.Err()
}
