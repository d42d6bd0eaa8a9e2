package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// doors are the addresses that the server listens at: the one of the pages and
// the API; where that one is encrypted or on a network, one on loopback for the
// command line of the same machine; and, if wanted, one that sends readers of
// http:// on to https.
type doors struct {
	address string // of the pages and the API
	local   string // for the command line
	open    []*socket
	running sync.WaitGroup
	ended   chan error
}

type socket struct {
	listener net.Listener
	server   *http.Server
	tls      *tls.Config // nil: in the clear
}

// openDoors listens at every address, or at none.
func (a *App) openDoors(ctx context.Context) (_ *doors, err error) {
	c := &a.Config
	crypt, err := c.encryption(a.Log)
	if err != nil {
		return nil, err
	}
	d := &doors{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.shut())
		}
	}()
	handler := a.front(a.handler)
	var config *tls.Config
	if crypt != nil {
		config = crypt.config
	}
	if d.address, err = d.listen(ctx, c.Listen, handler, config, a.Log); err != nil {
		return nil, err
	}
	d.local = d.address
	if config != nil || !isLoopback(c.Listen) {
		if d.local, err = d.listen(ctx, "127.0.0.1:0", handler, nil, a.Log); err != nil {
			return nil, err
		}
	}
	if c.ListenHTTP != "" {
		_, port, err := net.SplitHostPort(d.address)
		if err != nil {
			return nil, err
		}
		onward := guard.Headers(c.toHTTPS(port))
		if crypt.challenge != nil {
			onward = crypt.challenge(onward)
		}
		if _, err := d.listen(ctx, c.ListenHTTP, onward, nil, a.Log); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// listen opens one address.
func (d *doors) listen(ctx context.Context, address string, h http.Handler, config *tls.Config, log *slog.Logger) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return "", fault.New(fault.Conflict, "config.in-use", address).Because(err)
		}
		return "", err
	}
	server := guard.NewServer(h, log)
	server.TLSConfig = config
	d.open = append(d.open, &socket{listener: l, server: server, tls: config})
	return l.Addr().String(), nil
}

// serve answers at every address; the channel tells of the first that ends.
func (d *doors) serve() <-chan error {
	d.ended = make(chan error, len(d.open))
	for _, at := range d.open {
		d.running.Go(func() { d.ended <- at.serve() })
	}
	return d.ended
}

func (at *socket) serve() error {
	if at.tls != nil {
		return at.server.ServeTLS(at.listener, "", "")
	}
	return at.server.Serve(at.listener)
}

// shut closes every address at once, and the connections with it.
func (d *doors) shut() error {
	var err error
	for _, at := range d.open {
		err = errors.Join(err, at.server.Close())
		// The server knows its listener only once it serves.
		if e := at.listener.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// close lets requests finish until ctx ends, at all addresses side by side.
func (d *doors) close(ctx context.Context) error {
	errs := make([]error, len(d.open))
	var all sync.WaitGroup
	for i, at := range d.open {
		all.Go(func() {
			errs[i] = at.server.Shutdown(ctx)
			if errors.Is(errs[i], context.DeadlineExceeded) {
				errs[i] = at.server.Close()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// wait waits until nothing is served any more, and gives what ended it if that
// was not us.
func (d *doors) wait() error {
	d.running.Wait()
	var err error
	for range len(d.ended) {
		if e := <-d.ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}
