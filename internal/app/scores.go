package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/core/score"
)

// The night by the clock of Viet Nam, in which scores are counted anew, and how
// long it may be left out before it is done by day.
const (
	nightFrom  = 1
	nightUntil = 5
	longest    = 48 * time.Hour
)

// keepScores lets scores grow old with the clock and has them counted anew at
// night, until ctx ends.
func (a *App) keepScores(ctx context.Context) {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	var aged time.Time
	started := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		if now.Sub(aged) >= time.Hour {
			if err := a.Scorer.Age(ctx); err != nil && ctx.Err() == nil {
				a.Log.ErrorContext(ctx, "scores do not follow the clock", slog.Any("err", err))
			} else {
				aged = now
			}
			if err := a.routeIssues(ctx); err != nil && ctx.Err() == nil {
				a.Log.ErrorContext(ctx, "issues do not follow the scores", slog.Any("err", err))
			}
		}
		last, err := a.lastRecount(ctx)
		if last.IsZero() {
			last = started // a new province waits for its first night
		}
		if err == nil && recountDue(now, last) {
			err = a.recountScores(ctx)
		}
		if err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "the nightly recount of scores ended", slog.Any("err", err))
		}
	}
}

// recountDue: once a night, and by day when nights have been missed.
func recountDue(now, last time.Time) bool {
	local := now.In(record.VietnamTime)
	night := local.Hour() >= nightFrom && local.Hour() < nightUntil
	begun := time.Date(local.Year(), local.Month(), local.Day(), nightFrom, 0, 0, 0, record.VietnamTime)
	return night && last.Before(begun) || now.Sub(last) > longest
}

func (a *App) lastRecount(ctx context.Context) (last time.Time, err error) {
	checks, err := a.Scorer.Checks(ctx)
	for _, k := range checks {
		if k.At.After(last) {
			last = k.At
		}
	}
	return last, err
}

// recountScores counts all data sets record by record. What does not agree with
// the counts that were kept is an error in the log, in doctor and on the pages.
func (a *App) recountScores(ctx context.Context) error {
	begun, sets, wrong := time.Now(), 0, 0
	err := a.Scorer.VerifyAll(ctx, func(k score.Check, err error) {
		sets++
		switch {
		case err != nil:
			wrong++
			a.Log.ErrorContext(ctx, "a data set's score cannot be counted anew", slog.String("dataset", k.Dataset), slog.Any("err", err))
		case !k.Agrees:
			wrong++
			a.Log.ErrorContext(ctx, "the score that was kept is not what its records say", slog.String("dataset", k.Dataset), slog.Int64("seq", k.Seq), slog.String("difference", k.Difference))
		}
	})
	if err == nil {
		a.Log.InfoContext(ctx, "scores are counted anew", slog.Int("datasets", sets), slog.Int("wrong", wrong), slog.Float64("seconds", time.Since(begun).Seconds()))
	}
	return err
}

// ScoreHealth is what doctor says of the nightly recount.
type ScoreHealth struct {
	Recounted *time.Time   `json:"recounted,omitempty"` // the last one; null: none yet
	Datasets  int          `json:"datasets"`
	Wrong     []ScoreFault `json:"wrong"`
}

// A ScoreFault is a data set whose kept score was not what its records say.
type ScoreFault struct {
	Dataset    string    `json:"dataset"`
	At         time.Time `json:"at"`
	Difference string    `json:"difference"`
}

func (a *App) scoreHealth(ctx context.Context) (ScoreHealth, error) {
	h := ScoreHealth{Wrong: []ScoreFault{}}
	checks, err := a.Scorer.Checks(ctx)
	if err != nil {
		return h, err
	}
	for _, k := range checks {
		if h.Recounted == nil || k.At.After(*h.Recounted) {
			h.Recounted = &k.At
		}
		if !k.Agrees {
			h.Wrong = append(h.Wrong, ScoreFault{k.Dataset, k.At, k.Difference})
		}
	}
	h.Datasets = len(checks)
	return h, nil
}
