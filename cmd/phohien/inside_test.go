package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func ask(t *testing.T, ctx context.Context, h http.HandlerFunc, body io.Reader) (*http.Response, *inProcess, error) {
	t.Helper()
	p := &inProcess{handler: h}
	r, err := http.NewRequestWithContext(ctx, "POST", "http://localhost/x?a=b", body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: p}).Do(r)
	return resp, p, err
}

// TestInProcess_streams: the head comes before the body is written, and each
// piece as it is.
func TestInProcess_streams(t *testing.T) {
	next := make(chan bool)
	resp, p, err := ask(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		in, err := io.ReadAll(r.Body)
		if err != nil || r.Host != "localhost" || r.URL.RawQuery != "a=b" {
			t.Errorf("request %s %s, %v", r.Host, r.URL, err)
		}
		w.Header().Set("X-A", "1")
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-A", "too late")
		<-next
		_, _ = w.Write(in)
	}, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 202 || resp.Header.Get("X-A") != "1" {
		t.Errorf("head %d %v", resp.StatusCode, resp.Header)
	}
	close(next)
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != "hello" {
		t.Errorf("body %q, %v", got, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	p.wait()
}

// TestInProcess_unread: a handler learns that nobody reads its answer.
func TestInProcess_unread(t *testing.T) {
	ended := make(chan error, 1)
	resp, p, err := ask(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		<-r.Context().Done()
		_, err := w.Write([]byte("x"))
		ended <- err
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, errUnread) {
		t.Errorf("writing to nobody: %v, want %v", err, errUnread)
	}
	p.wait()
}

// TestInProcess_fails: a handler that panics takes only its own call with it.
func TestInProcess_fails(t *testing.T) {
	for name, value := range map[string]any{"gives up": http.ErrAbortHandler, "fails": "oops"} {
		_, p, err := ask(t, t.Context(), func(http.ResponseWriter, *http.Request) { panic(value) }, nil)
		if err == nil {
			t.Errorf("%s before its head: no error", name)
		}
		p.wait()
		resp, p, err := ask(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half"))
			panic(value)
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s after its head: read %q without error", name, got)
		}
		p.wait()
	}
}

func TestInProcess_cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	resp, p, err := ask(t, ctx, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
		w.WriteHeader(http.StatusOK)
	}, nil)
	// The client may see the end before or after the head.
	if err == nil {
		if _, readErr := io.ReadAll(resp.Body); readErr != nil && !errors.Is(readErr, context.Canceled) {
			t.Errorf("reading: %v", readErr)
		}
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("asking: %v", err)
	}
	p.wait()
}
