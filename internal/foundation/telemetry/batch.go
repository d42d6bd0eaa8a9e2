package telemetry

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// A Batch is what is told of a batch.
type Batch struct {
	ID, Dataset, Kind, State    string
	Read, Accepted, Quarantined int64
	Fault                       string // key of the sentence, "" when nothing is wrong
}

// Batches follows batches on their way. It holds only those that have not ended.
type Batches struct {
	t    *Telemetry
	now  func() time.Time
	mu   sync.Mutex
	open map[string]*passage
}

// A passage is one batch on its way.
type passage struct {
	ctx       context.Context // holds the batch's span, no deadline
	span      trace.Span
	stage     string
	stageSpan trace.Span
	since     time.Time
	received  time.Time
}

// Batches begins to follow batches.
func (t *Telemetry) Batches(now func() time.Time) *Batches {
	return &Batches{t: t, now: now, open: map[string]*passage{}}
}

// Received notes that a batch is there; its span stands below that of whoever
// sent it.
func (b *Batches) Received(ctx context.Context, of Batch) {
	under := trace.ContextWithSpanContext(context.Background(), trace.SpanContextFromContext(ctx))
	p := &passage{received: b.now()}
	p.ctx, p.span = b.t.tracer.Start(under, SpanBatch, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
		attribute.String(AttrBatch, of.ID), attribute.String(AttrDataset, of.Dataset), attribute.String(AttrKind, of.Kind)))
	p.enter(b, StageWait)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[of.ID] = p
}

// Stage says that a batch has entered a stage, which ends the one before.
func (b *Batches) Stage(id, stage string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.open[id]; p != nil {
		p.leave(b)
		p.enter(b, stage)
	}
}

// Committed counts the rows of a batch that has become durable.
func (b *Batches) Committed(of Batch) {
	b.t.rows.WithLabelValues("read").Add(float64(of.Read))
	b.t.rows.WithLabelValues("accepted").Add(float64(of.Accepted))
	b.t.rows.WithLabelValues("quarantined").Add(float64(of.Quarantined))
}

// Ended says that a batch has reached its last state, and how long it took since
// it was received.
func (b *Batches) Ended(of Batch) (took time.Duration) {
	b.t.batches.WithLabelValues(of.Kind, of.State).Inc()
	b.mu.Lock()
	p := b.open[of.ID]
	delete(b.open, of.ID)
	b.mu.Unlock()
	if p == nil {
		return 0
	}
	p.leave(b)
	p.span.SetAttributes(attribute.String(AttrState, of.State), attribute.Int64(AttrRead, of.Read), attribute.Int64(AttrAccepted, of.Accepted), attribute.Int64(AttrQuarantined, of.Quarantined))
	if of.Fault != "" {
		p.span.SetAttributes(attribute.String(AttrFault, of.Fault))
		p.span.SetStatus(codes.Error, of.Fault)
	}
	p.span.End()
	return b.now().Sub(p.received)
}

// Since is how long a batch has been in its stage, and which that is.
func (b *Batches) Since(id string) (stage string, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.open[id]; p != nil {
		return p.stage, b.now().Sub(p.since)
	}
	return "", 0
}

func (p *passage) enter(b *Batches, stage string) {
	p.stage, p.since = stage, b.now()
	_, p.stageSpan = b.t.tracer.Start(p.ctx, stage)
}

func (p *passage) leave(b *Batches) {
	b.t.stages.WithLabelValues(p.stage).Observe(b.now().Sub(p.since).Seconds())
	p.stageSpan.End()
}
