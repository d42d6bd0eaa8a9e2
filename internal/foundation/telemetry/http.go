package telemetry

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// OtherRoute stands for whatever no route answers: addresses that somebody
// tries, and assets.
const OtherRoute = "other"

// slow is the time from which a request has a line of its own.
const slow = 3 * time.Second

// Requests follows requests: it gives each an id, which the answer tells, counts
// it and writes a line. route finds the pattern of the route that will answer,
// never the address itself. What is written, fails or is slow has a line; what is
// only read has one for debugging, as have quiet routes: who read what stands in
// the audit log, and a million lines a day would hide the others.
func (t *Telemetry) Requests(log *slog.Logger, route func(*http.Request) string, quiet func(route string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, pattern, method := time.Now(), route(r), known(r.Method)
		// The caller's trace is gone on with; whether it is kept is ours to say.
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		from := trace.SpanContextFromContext(ctx)
		ctx, span := t.tracer.Start(ctx, method+" "+pattern, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String(AttrMethod, method), attribute.String(AttrRoute, pattern)))
		id := requestID(span.SpanContext(), from)
		ctx = WithRequest(ctx, id)
		w.Header().Set("X-Request-Id", id)
		to := &answer{ResponseWriter: w}
		defer func() {
			took, status := time.Since(begun), to.code()
			t.requests.WithLabelValues(method, pattern, strconv.Itoa(status)).Inc()
			t.requestSeconds.WithLabelValues(pattern).Observe(took.Seconds())
			span.SetAttributes(attribute.Int(AttrStatus, status))
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, http.StatusText(status))
			}
			span.End()
			level := slog.LevelDebug
			if status >= http.StatusInternalServerError || took >= slow && !quiet(pattern) || method != http.MethodGet && method != http.MethodHead && !quiet(pattern) {
				level = slog.LevelInfo
			}
			if log.Enabled(ctx, level) {
				log.LogAttrs(ctx, level, "request answered", slog.String("method", method), slog.String("route", pattern), slog.Int("status", status),
					slog.Int64("bytes", to.bytes), slog.Float64("seconds", took.Seconds()))
			}
		}()
		next.ServeHTTP(to, r.WithContext(ctx))
	})
}

// requestID is the id of the trace: ours, the caller's, or a new one.
func requestID(ours, theirs trace.SpanContext) string {
	switch {
	case ours.HasTraceID():
		return ours.TraceID().String()
	case theirs.HasTraceID():
		return theirs.TraceID().String()
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// known keeps what somebody makes up from becoming a label.
func known(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return OtherRoute
}

// An answer notes what is written. http.ResponseController finds the writer
// below it by Unwrap.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // what comes before 200 is not the answer
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap implements what http.ResponseController looks for.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK // nothing was written: net/http answers so
	}
	return a.status
}
