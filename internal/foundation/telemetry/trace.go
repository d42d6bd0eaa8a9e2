package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// TraceTo sends traces to a collector by OTLP over HTTP, through client: the one
// way out of the program. share is the part of all traces that is kept, 0 to 1.
// The function it returns sends what is left and ends that.
func (t *Telemetry) TraceTo(ctx context.Context, address string, share float64, client *http.Client, version string, log *slog.Logger) (stop func() error, err error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(address), otlptracehttp.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	some := trace.TraceIDRatioBased(share)
	p := trace.NewTracerProvider(
		trace.WithBatcher(exporter),
		// Whoever asks us does not decide how much we keep.
		trace.WithSampler(trace.ParentBased(some, trace.WithRemoteParentSampled(some), trace.WithRemoteParentNotSampled(some))),
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "phohien"), attribute.String("service.version", version))),
	)
	otel.SetErrorHandler(complaints(log, time.Now))
	t.tracer = p.Tracer("github.com/phohien/phohien")
	return func() error {
		// Without a collector there is nobody to wait for.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			log.Warn("the last traces are not delivered", slog.Any("error", err))
		}
		return nil
	}, nil
}

// complaints says once a minute that traces are not delivered, not every few
// seconds.
func complaints(log *slog.Logger, now func() time.Time) otel.ErrorHandler {
	var last atomic.Int64
	return otel.ErrorHandlerFunc(func(err error) {
		at := now().UnixNano()
		if before := last.Load(); before != 0 && at-before < int64(time.Minute) || !last.CompareAndSwap(last.Load(), at) {
			return
		}
		log.Warn("traces are not delivered", slog.Any("error", err))
	})
}
