package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// upkeep runs what has to be done by itself while the server runs: handing over
// events, writing down when sessions were last used, policies that another
// process changed, and once a day what has grown old. The function it returns
// ends that and waits.
func (a *App) upkeep(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.Accounts.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.Log.ErrorContext(ctx, "upkeep of accounts ended", slog.Any("err", err))
		}
	})
	running.Go(func() { a.every(ctx, 5*time.Second, "policies", a.Policies.Refresh) })
	running.Go(func() { a.every(ctx, 24*time.Hour, "old accounts", a.daily) })
	running.Go(func() { a.keepScores(ctx) })
	return func() error {
		cancel()
		running.Wait()
		return nil
	}
}

// every does something now and then at a pace, until ctx ends. What fails is
// logged and tried again.
func (a *App) every(ctx context.Context, pace time.Duration, what string, do func(context.Context) error) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			a.Log.ErrorContext(ctx, "upkeep failed", slog.String("of", what), slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// daily disables accounts that nobody has used for long.
func (a *App) daily(ctx context.Context) error {
	_, err := a.Accounts.DisableInactive(ctx, time.Now())
	return err
}
