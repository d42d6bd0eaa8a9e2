package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Sample is the state of things when somebody asks for the figures.
type Sample struct {
	Walking, Waiting     int
	Even, Behind, NotYet int // tables of the mirror
	Lag                  int64
	Answers              Answers
	Leaves               int64
	CheckpointAge        time.Duration // negative: not known
	DiskFree             int64         // negative: not known
}

// Answers say how figures were found since the start.
type Answers struct {
	Kept, Shared, Made int64
	Bytes              int64 // that kept ones take
}

// Sample has take asked, each time somebody wants the figures.
func (t *Telemetry) Sample(take func(ctx context.Context) Sample) {
	t.registry.MustRegister(&gauges{take})
}

// gauges is a collector of what is asked when it is wanted.
type gauges struct {
	take func(ctx context.Context) Sample
}

func desc(m Metric) *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil) }

var (
	descAnswers, descAnswerBytes      = desc(answersFound), desc(answerBytes)
	descQueue, descMirror, descLag    = desc(queueLength), desc(mirrorTables), desc(mirrorLag)
	descLeaves, descAge, descDiskFree = desc(auditLeaves), desc(auditAge), desc(diskFree)
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descQueue, descMirror, descLag, descAnswers, descAnswerBytes, descLeaves, descAge, descDiskFree} {
		out <- d
	}
}

// Collect implements prometheus.Collector. What is not known is left out.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s := g.take(ctx)
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	tell(descQueue, float64(s.Walking), "walking")
	tell(descQueue, float64(s.Waiting), "waiting")
	tell(descMirror, float64(s.Even), "even")
	tell(descMirror, float64(s.Behind), "behind")
	tell(descMirror, float64(s.NotYet), "not-made")
	tell(descLag, float64(s.Lag))
	for result, n := range map[string]int64{"kept": s.Answers.Kept, "shared": s.Answers.Shared, "made": s.Answers.Made} {
		out <- prometheus.MustNewConstMetric(descAnswers, prometheus.CounterValue, float64(n), result)
	}
	tell(descAnswerBytes, float64(s.Answers.Bytes))
	tell(descLeaves, float64(s.Leaves))
	if s.CheckpointAge >= 0 {
		tell(descAge, s.CheckpointAge.Seconds())
	}
	if s.DiskFree >= 0 {
		tell(descDiskFree, float64(s.DiskFree))
	}
}
