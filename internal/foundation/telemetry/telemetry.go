// Package telemetry is what the program tells of itself to those who run it:
// figures for Prometheus, lines of the log, traces for OpenTelemetry. None of
// them carries a personal value or a file's name, and labels have few values: a
// data set, a batch or an account is never a label.
//
// docs/observability.md names everything that is told; a test compares.
package telemetry

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Telemetry gathers the figures of one program.
type Telemetry struct {
	registry *prometheus.Registry
	tracer   trace.Tracer

	batches, rows, requests, signIns, denials, lines *prometheus.CounterVec
	stages, requestSeconds                           *prometheus.HistogramVec
}

// New makes the figures; version is the program's. Traces go nowhere until
// TraceTo says where.
func New(version string) *Telemetry {
	t := &Telemetry{registry: prometheus.NewRegistry(), tracer: noop.NewTracerProvider().Tracer("")}
	t.batches, t.rows, t.requests = t.counter(batchesEnded), t.counter(rowsCounted), t.counter(requests)
	t.signIns, t.denials, t.lines = t.counter(signIns), t.counter(denials), t.counter(logLines)
	t.stages = t.histogram(stageTime, []float64{.005, .02, .1, .5, 2, 10, 30, 120, 600, 3600})
	t.requestSeconds = t.histogram(requestTime, []float64{.001, .005, .02, .1, .3, 1, 3, 10, 60})
	built := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: buildInfo.Name, Help: buildInfo.Help}, buildInfo.Labels)
	built.WithLabelValues(version, runtime.Version()).Set(1)
	t.registry.MustRegister(built, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	// What has not happened yet is 0, not absent: a rate over it can be asked.
	for _, r := range []string{"read", "accepted", "quarantined"} {
		t.rows.WithLabelValues(r)
	}
	for _, r := range []string{"ok", "failed"} {
		t.signIns.WithLabelValues(r)
	}
	for _, s := range Stages() {
		t.stages.WithLabelValues(s)
	}
	return t
}

func (t *Telemetry) counter(m Metric) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
	t.registry.MustRegister(c)
	return c
}

func (t *Telemetry) histogram(m Metric, buckets []float64) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: buckets}, m.Labels)
	t.registry.MustRegister(h)
	return h
}

// Handler answers with the figures as Prometheus reads them. Who may ask is the
// door's to say.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError, MaxRequestsInFlight: 2, Timeout: 20 * time.Second})
}

// Registry is for tests that read figures.
func (t *Telemetry) Registry() *prometheus.Registry { return t.registry }

// SignedIn counts a sign-in.
func (t *Telemetry) SignedIn(ok bool) {
	if ok {
		t.signIns.WithLabelValues("ok").Inc()
		return
	}
	t.signIns.WithLabelValues("failed").Inc()
}

// Denied counts a refusal of the policies.
func (t *Telemetry) Denied(action string) { t.denials.WithLabelValues(action).Inc() }
