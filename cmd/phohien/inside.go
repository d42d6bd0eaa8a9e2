package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/phohien/phohien/internal/app"
)

// inside opens the engines in this process and returns a client that asks them
// through the same handler that a server listens with, without a port.
func (t *tool) inside(ctx context.Context) (*client, error) {
	a, err := app.Open(ctx, t.config, version)
	if err != nil {
		return nil, err
	}
	transport := &inProcess{handler: a.Handler()}
	return &client{
		http: &http.Client{Transport: transport}, base: "http://localhost", token: a.Token(), lang: t.lang,
		close: func() error {
			transport.wait()
			// Nobody else would finish what this command has set going.
			err := a.Settled(ctx)
			if ctx.Err() != nil {
				err = nil // told to stop
			}
			return errors.Join(err, a.Close())
		},
	}, nil
}

// inProcess is an http.RoundTripper that calls a handler.
type inProcess struct {
	handler http.Handler
	calls   sync.WaitGroup
}

// wait returns once every call has ended.
func (p *inProcess) wait() { p.calls.Wait() }

// RoundTrip returns as soon as the handler has sent its head; the body comes
// through a pipe, so a long answer is read while it is written.
func (p *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	in := r.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = r.URL.RequestURI()
	in.Host = r.URL.Host
	body, pipe := io.Pipe()
	w := &answer{head: make(chan struct{}), pipe: pipe, header: http.Header{}, request: r}
	p.calls.Go(func() {
		defer cancel(nil)
		defer in.Body.Close() // a body that was not read to its end
		defer w.aborted()
		p.handler.ServeHTTP(w, in)
		w.WriteHeader(http.StatusOK)
		pipe.Close()
	})
	select {
	case <-w.head:
	case <-ctx.Done():
		<-w.head // the handler sees the same context and ends
	}
	if w.failed != nil { // set before the head is given, or never
		return nil, w.failed
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &bodyOf{body, cancel}, ContentLength: -1, Request: r,
	}, nil
}

// bodyOf tells the handler when nobody reads its answer any more.
type bodyOf struct {
	*io.PipeReader
	cancel context.CancelCauseFunc
}

var errUnread = errors.New("the answer is not read any more")

func (b *bodyOf) Close() error {
	b.cancel(errUnread)
	return b.PipeReader.CloseWithError(errUnread)
}

// answer is the http.ResponseWriter of a call.
type answer struct {
	header  http.Header
	request *http.Request
	once    sync.Once
	head    chan struct{}
	status  int
	sent    http.Header // as it was when the head was sent
	failed  error       // why there is no head
	pipe    *io.PipeWriter
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if status < 200 {
		return
	}
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.head)
	})
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.pipe.Write(b)
}

// aborted breaks the answer off when the handler gave up on it or failed, as
// net/http does.
func (a *answer) aborted() {
	r := recover()
	if r == nil {
		return
	}
	err := io.ErrUnexpectedEOF
	if r != http.ErrAbortHandler {
		err = fmt.Errorf("the handler of %s failed: %v\n%s", a.request.URL.Path, r, debug.Stack())
	}
	a.once.Do(func() {
		a.failed = err
		close(a.head)
	})
	a.pipe.CloseWithError(err)
}

// Flush is here because streams ask for it; a pipe keeps nothing back.
func (a *answer) Flush() { a.WriteHeader(http.StatusOK) }
