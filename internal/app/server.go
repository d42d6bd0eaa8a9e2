package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/phohien/phohien/internal/channels/api/guard"
	"github.com/phohien/phohien/internal/channels/inbox"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// graceTime is how long requests may go on once the server is told to stop.
const graceTime = 10 * time.Second

// Serve answers requests at the configured address until ctx ends, and then lets
// those under way finish. ready is told the address when it listens.
func (a *App) Serve(ctx context.Context, ready func(address string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fault.New(fault.Conflict, "config.in-use", a.Config.Listen).Because(err)
		}
		return err
	}
	address := listener.Addr().String()
	path, err := writeToken(a.Config.Data, a.token)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	a.onStop("token", func() error { return removeToken(path) })
	// From here on the command line finds this server instead of the lock.
	if err := a.lock.Announce(address, path); err != nil {
		return errors.Join(err, listener.Close())
	}
	stopInbox := a.watchInbox(ctx, address)
	server := guard.NewServer(a.handler, a.Log)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	if ready != nil {
		ready(address)
	}
	select {
	case err := <-done: // only when it cannot accept any more
		return errors.Join(err, stopInbox())
	case <-ctx.Done():
	}
	a.stop() // streams end; they would never by themselves
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceTime)
	defer cancel()
	err = server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if e := <-done; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return errors.Join(err, stopInbox())
}

// watchInbox begins to take what is put into the inbox; the function it returns
// ends that and waits.
func (a *App) watchInbox(ctx context.Context, address string) (stop func() error) {
	if !a.Config.Inbox {
		return func() error { return nil }
	}
	box := inbox.New(inbox.Deps{
		Dir: filepath.Join(a.Config.Data, "inbox"), Corridor: a.Corridor, Contracts: a.Contracts,
		Pages: "http://" + strings.Replace(address, "127.0.0.1:", "localhost:", 1), Log: a.Log,
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
