package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func pattern(*http.Request) string { return "/x/{id}" }

func loud(string) bool { return false }

// TestRequests_stream: what a handler flushes reaches the reader at once, and
// deadlines reach the connection: the writer below is found.
func TestRequests_stream(t *testing.T) {
	tel := New("test")
	next := make(chan bool)
	h := tel.Requests(discard(), pattern, loud, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		if err := c.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Error(err)
		}
		fmt.Fprint(w, "một")
		if err := c.Flush(); err != nil {
			t.Error(err)
		}
		<-next
	}))
	server := httptest.NewServer(h)
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/x/1")
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("một"))
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "một" {
		t.Errorf("%q, %v", first, err)
	}
	close(next)
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if len(resp.Header.Get("X-Request-Id")) != 32 {
		t.Errorf("%v", resp.Header)
	}
}

// TestRequests_brokenOff: a handler that breaks its answer off is counted, and
// goes on breaking it off.
func TestRequests_brokenOff(t *testing.T) {
	tel := New("test")
	h := tel.Requests(discard(), pattern, loud, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		panic(http.ErrAbortHandler)
	}))
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("panic %v", p)
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/x/1", nil))
	}()
	if n := testutil.ToFloat64(tel.requests.WithLabelValues("POST", "/x/{id}", "202")); n != 1 {
		t.Errorf("counted %v", n)
	}
}

// TestRequests_levels: who reads has no line, who writes, fails or is a machine's
// habit has the right one.
func TestRequests_levels(t *testing.T) {
	for _, one := range []struct {
		method string
		status int
		quiet  bool
		want   string
	}{{"GET", 200, false, "DEBUG"}, {"POST", 200, false, "INFO"}, {"GET", 500, false, "INFO"}, {"POST", 200, true, "DEBUG"}, {"GET", 404, false, "DEBUG"}} {
		var out bytes.Buffer
		tel := New("test")
		log := tel.Logger(Handler(&out, Text, slog.LevelDebug))
		h := tel.Requests(log, pattern, func(string) bool { return one.quiet }, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(one.status) }))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(one.method, "/x/1", nil))
		if !strings.Contains(out.String(), "level="+one.want+" ") {
			t.Errorf("%+v: %s", one, out.String())
		}
	}
}

// TestLogger: errors have one name, lines their request, and all are counted,
// also those of a logger made of another.
func TestLogger(t *testing.T) {
	var out bytes.Buffer
	tel := New("test")
	log := tel.Logger(Handler(&out, JSON, slog.LevelInfo))
	ctx := WithRequest(context.Background(), "abc")
	log.With("dataset", "x").ErrorContext(ctx, "m", "err", errors.New("e1"))
	log.WithGroup("g").Warn("n", "a", 1)
	log.Debug("not written")
	got := out.String()
	for _, want := range []string{`"dataset":"x","error":"e1","request":"abc"`, `"g":{"a":1}`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	for level, want := range map[string]float64{"error": 1, "warn": 1, "debug": 0} {
		if n := testutil.ToFloat64(tel.lines.WithLabelValues(level)); n != want {
			t.Errorf("%s: %v lines, want %v", level, n, want)
		}
	}
}

// TestComplaints: a collector that is away is spoken of once a minute.
func TestComplaints(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1e9, 0)
	c := complaints(slog.New(slog.NewTextHandler(&out, nil)), func() time.Time { return now })
	for range 100 {
		c.Handle(errors.New("away"))
		now = now.Add(5 * time.Second)
	}
	if n := strings.Count(out.String(), "not delivered"); n != 9 { // in 500 seconds
		t.Errorf("said %d times", n)
	}
}

// TestBatches: each stage is timed once, a batch that was not seen from its
// beginning is counted all the same, and none stays behind.
func TestBatches(t *testing.T) {
	now := time.Unix(1e9, 0)
	tel := New("test")
	b := tel.Batches(func() time.Time { return now })
	b.Received(context.Background(), Batch{ID: "1", Kind: "load"})
	now = now.Add(time.Second)
	b.Stage("1", StageRead)
	now = now.Add(2 * time.Second)
	b.Stage("1", StageCheck)
	if stage, took := b.Since("1"); stage != StageCheck || took != 0 {
		t.Errorf("%s %v", stage, took)
	}
	b.Stage("unknown", StageCheck)
	b.Committed(Batch{Read: 5, Accepted: 3, Quarantined: 2})
	if took := b.Ended(Batch{ID: "1", Kind: "load", State: "failed", Fault: "file.empty"}); took != 3*time.Second {
		t.Errorf("took %v", took)
	}
	b.Ended(Batch{ID: "2", Kind: "load", State: "scored"})
	if len(b.open) != 0 {
		t.Errorf("%d stay behind", len(b.open))
	}
	if n := testutil.ToFloat64(tel.batches.WithLabelValues("load", "failed")); n != 1 {
		t.Errorf("failed: %v", n)
	}
	if n := testutil.ToFloat64(tel.rows.WithLabelValues("quarantined")); n != 2 {
		t.Errorf("quarantined: %v", n)
	}
	if problems, err := testutil.GatherAndLint(tel.registry); err != nil || len(problems) > 0 {
		t.Errorf("names of figures: %v, %v", problems, err)
	}
}

// BenchmarkRequests is what a request pays for being followed.
func BenchmarkRequests(b *testing.B) {
	tel := New("test")
	log := tel.Logger(Handler(io.Discard, Text, slog.LevelInfo))
	h := tel.Requests(log, pattern, loud, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}))
	r, w := httptest.NewRequest("GET", "/x/1", nil), httptest.NewRecorder()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}
