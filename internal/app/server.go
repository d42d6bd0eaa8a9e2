package app

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/inbox"
)

// graceTime is how long requests may go on once the server is told to stop.
const graceTime = 10 * time.Second

// Serve answers requests at the configured address until ctx ends, and then lets
// those under way finish. ready is told the address when it listens.
func (a *App) Serve(ctx context.Context, ready func(address string)) error {
	if err := a.Config.admitBeyond(ctx, a.accountExists); err != nil {
		return err
	}
	if err := a.leavePlay(ctx); err != nil {
		return err
	}
	doors, err := a.openDoors(ctx)
	if err != nil {
		return err
	}
	path, err := writeToken(a.Config.Data, a.token)
	if err != nil {
		return errors.Join(err, doors.shut())
	}
	a.onStop("token", func() error { return removeToken(path) })
	// From here on the command line finds this server instead of the lock.
	if err := a.lock.Announce(doors.local, path); err != nil {
		return errors.Join(err, doors.shut())
	}
	stopInbox := a.watchInbox(ctx, doors.address)
	stopUpkeep := a.upkeep(ctx)
	done := doors.serve()
	if ready != nil {
		ready(doors.address)
	}
	select {
	case err := <-done: // only when one cannot accept any more
		return errors.Join(err, doors.shut(), doors.wait(), stopInbox(), stopUpkeep())
	case <-ctx.Done():
	}
	a.stop() // streams end; they would never by themselves
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	return errors.Join(doors.close(grace), doors.wait(), stopInbox(), stopUpkeep())
}

// accountExists reports whether somebody can sign in and look after the others.
func (a *App) accountExists(ctx context.Context) (bool, error) {
	n, err := a.Accounts.Administrators(ctx, "")
	return n > 0, err
}

// front is what stands before all doors of floor 4.
func (a *App) front(doors http.Handler) http.Handler {
	f := guard.Front{Proxies: a.Config.Proxies, Only: a.Config.BehindProxy && !a.Config.TLS()}
	return f.Mark(guard.Headers(doors))
}

// watchInbox begins to take what is put into the inbox; the function it returns
// ends that and waits.
func (a *App) watchInbox(ctx context.Context, address string) (stop func() error) {
	if !a.Config.Inbox {
		return func() error { return nil }
	}
	box := inbox.New(inbox.Deps{
		Dir: filepath.Join(a.Config.Data, "inbox"), Corridor: a.Corridor, Contracts: a.Contracts,
		Pages: a.Config.Pages(address), May: a.inboxMay, Log: a.Log,
	})
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx) }()
	return func() error { cancel(); return <-done }
}

// ending lets streams of events end when the server is told to stop.
func (a *App) ending(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(a.stopping, cancel)()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}
