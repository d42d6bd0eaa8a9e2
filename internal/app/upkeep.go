package app

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/policy"
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
	running.Go(func() { a.every(ctx, time.Minute, "requests for exports", a.expireRequests) })
	running.Go(func() { a.every(ctx, 24*time.Hour, "old accounts", a.daily) })
	running.Go(func() { a.keepScores(ctx) })
	running.Go(func() { a.every(ctx, catalogPace, "the search", a.refreshSearch) })
	running.Go(func() { a.every(ctx, time.Minute, "clocks of issues", a.Issues.StartClocks) })
	running.Go(func() { a.every(ctx, time.Minute, "deadlines", a.tickDeadlines) })
	running.Go(func() { a.every(ctx, 10*time.Second, "notices", a.deliverNotices) })
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

// daily disables accounts that nobody has used for long, and begins the review of
// accounts when six months are over.
func (a *App) daily(ctx context.Context) error {
	if _, err := a.Accounts.DisableInactive(ctx, time.Now()); err != nil {
		return err
	}
	c, begun, err := a.Reviews.BeginDue(ctx, actor.System)
	if err != nil || !begun {
		return err
	}
	_, err = a.Audit.Append(ctx, audit.Entry{
		Actor: audit.Actor{Kind: actor.System.Kind, ID: actor.System.ID, Name: actor.System.Name}, Action: string(policy.ManageAccounts), Object: policy.KindAccount + ":",
		Result: audit.Done, Detail: map[string]string{"change": "review.begin", "review": c.ID, "due": c.DueOn, "accounts": strconv.Itoa(c.Lines)},
	})
	return err
}

// expireRequests ends requests for exports whose time is over, each with an entry
// in the log.
func (a *App) expireRequests(ctx context.Context) error {
	return a.Requests.Expire(ctx, func(ctx context.Context, r *approval.Request) error {
		_, err := a.Audit.Append(ctx, audit.Entry{
			Actor: audit.Actor{Kind: actor.System.Kind, ID: actor.System.ID, Name: actor.System.Name}, Action: string(policy.Export),
			Object: policy.KindDataset + ":" + r.Ask.Dataset, Result: audit.Done,
			Detail: map[string]string{"change": "export-expire", "request": r.Ask.ID, "digest": r.Digest, "proposer": r.Ask.By},
		})
		return err
	})
}
