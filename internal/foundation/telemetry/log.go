package telemetry

import (
	"context"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// Formats of the log.
const (
	Text = "text"
	JSON = "json"
)

// Handler writes lines of the log in a format.
func Handler(w io.Writer, format string, level slog.Leveler) slog.Handler {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: oneName}
	if format == JSON {
		return slog.NewJSONHandler(w, o)
	}
	return slog.NewTextHandler(w, o)
}

// oneName gives errors one name, whatever they are called where a line is
// written.
func oneName(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == "err" {
		a.Key = FieldError
	}
	return a
}

// Logger adds to each line which request it belongs to, and counts it.
func (t *Telemetry) Logger(next slog.Handler) *slog.Logger { return slog.New(&lines{next, t}) }

type lines struct {
	slog.Handler
	t *Telemetry
}

// Handle implements slog.Handler.
func (l *lines) Handle(ctx context.Context, r slog.Record) error {
	l.t.lines.WithLabelValues(levelName(r.Level)).Inc()
	if id := Request(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String(FieldRequest, id))
		if s := trace.SpanContextFromContext(ctx); s.HasSpanID() {
			r.AddAttrs(slog.String(FieldSpan, s.SpanID().String()))
		}
	}
	return l.Handler.Handle(ctx, r)
}

// levelName has four values, whatever levels there are.
func levelName(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warn"
	case l >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}

// WithAttrs implements slog.Handler.
func (l *lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &lines{l.Handler.WithAttrs(attrs), l.t}
}

// WithGroup implements slog.Handler.
func (l *lines) WithGroup(name string) slog.Handler { return &lines{l.Handler.WithGroup(name), l.t} }

type requestKey struct{}

// WithRequest puts the id of a request into its context.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// Request is the id of the request that a context belongs to, "" without one.
func Request(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
