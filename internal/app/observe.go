package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

// openTraces sends traces to the collector that the settings name, through the
// one way out. The setting allows its name; that its address is no public one,
// the setting outgoing has to say.
func (a *App) openTraces(ctx context.Context) error {
	c := &a.Config
	if c.Traces == "" {
		return nil
	}
	u, err := url.Parse(c.Traces)
	if err != nil {
		return err
	}
	allow := append([]string{u.Hostname()}, c.Outgoing...)
	d, err := dial.New(dial.Options{Allow: allow, Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	stop, err := a.Telemetry.TraceTo(ctx, c.Traces, c.TraceShare, d.Client(), a.Version, a.Log)
	if err != nil {
		return err
	}
	a.onStop("traces", stop)
	return nil
}

// patterns finds the pattern of the route that answers a request: addresses hold
// ids, patterns do not.
func (a *App) patterns() func(*http.Request) string {
	index := http.NewServeMux()
	nothing := http.NotFoundHandler()
	seen := map[string]bool{}
	for _, r := range a.routes {
		pattern := strings.TrimSpace(r.Method + " " + r.Path)
		if pattern != "/" && !seen[pattern] {
			seen[pattern] = true
			index.Handle(pattern, nothing)
		}
	}
	index.Handle(assets.Prefix, nothing)
	return func(r *http.Request) string {
		_, pattern := index.Handler(r)
		if pattern == "" {
			return telemetry.OtherRoute
		}
		_, path, found := strings.Cut(pattern, " ")
		if !found {
			return pattern
		}
		return path
	}
}

// seldomRead tells the routes that machines ask every few seconds, and what comes
// beside every page: nobody reads lines about them.
func seldomRead(route string) bool {
	return route == operate.MetricsPath || route == "/healthz" || route == assets.Prefix
}

// observer tells figures, traces and the log how batches go on.
func (a *App) observer() *observer { return &observer{a.Telemetry.Batches(time.Now), a.Log} }

type observer struct {
	batches *telemetry.Batches
	log     *slog.Logger
}

// Received implements corridor.Observer.
func (o *observer) Received(ctx context.Context, s corridor.Status) {
	o.batches.Received(ctx, told(s))
}

// Begun implements corridor.Observer.
func (o *observer) Begun(s corridor.Status) { o.batches.Stage(s.ID, telemetry.StageRead) }

// follows is the stage in which a batch is once it has reached a state.
var follows = map[corridor.State]string{
	corridor.Staged: telemetry.StageCheck, corridor.Checked: telemetry.StageCommit, corridor.Applied: telemetry.StageMirror, corridor.Mirrored: telemetry.StageScore,
}

// Reached implements corridor.Observer.
func (o *observer) Reached(before corridor.State, s corridor.Status) {
	of := told(s)
	if stage, took := o.batches.Since(s.ID); stage != "" {
		o.log.Debug("batch reached a state", "batch", s.ID, "dataset", s.Dataset, "stage", stage, "state", string(s.State), "seconds", took.Seconds())
	}
	if s.State.Acknowledged() && !before.Acknowledged() {
		o.batches.Committed(of)
	}
	if stage, ok := follows[s.State]; ok && !s.State.Final() {
		o.batches.Stage(s.ID, stage)
	}
	if !s.State.Final() {
		return
	}
	took := o.batches.Ended(of)
	level := slog.LevelInfo
	if s.Kind == "rejudge" || s.Kind == "release" {
		level = slog.LevelDebug // of our own accord, two for every data set at every start
	}
	o.log.Log(context.Background(), level, "batch ended", "batch", s.ID, "dataset", s.Dataset, "kind", s.Kind, "state", string(s.State),
		"read", of.Read, "accepted", of.Accepted, "quarantined", of.Quarantined, "fault", of.Fault, "seconds", took.Seconds())
}

// told is what may be told of a batch: no name of a file, nobody's name.
func told(s corridor.Status) telemetry.Batch {
	b := telemetry.Batch{ID: s.ID, Dataset: s.Dataset, Kind: s.Kind, State: string(s.State)}
	if s.Report != nil {
		b.Read, b.Accepted, b.Quarantined = s.Report.Read, s.Report.Accepted, s.Report.Quarantined
	}
	if s.Fault != nil {
		b.Fault = s.Fault.Key
	}
	return b
}

// mirrorEvery is how old the figures of the mirror may be: each data set is asked
// for them.
const mirrorEvery = time.Minute

// sampler gives the state of things when somebody asks for the figures.
func (a *App) sampler() func(ctx context.Context) telemetry.Sample {
	var mu sync.Mutex
	var last telemetry.Sample
	var at time.Time
	return func(ctx context.Context) telemetry.Sample {
		mu.Lock()
		defer mu.Unlock()
		if at.IsZero() || time.Since(at) > mirrorEvery {
			if s, err := a.mirrorFigures(ctx); err != nil {
				a.Log.WarnContext(ctx, "figures of the mirror cannot be had", slog.Any("error", err))
			} else {
				last, at = s, time.Now()
			}
		}
		s := last
		s.Walking, s.Waiting = a.Corridor.Load()
		s.Leaves = a.Audit.Size()
		found := a.Mirror.Answers()
		s.Answers = telemetry.Answers{Kept: found.Kept, Shared: found.Shared, Made: found.Made, Bytes: found.Bytes}
		s.CheckpointAge = -1
		if info, err := os.Stat(filepath.Join(a.Config.Data, auditDir, "checkpoint")); err == nil {
			s.CheckpointAge = max(0, time.Since(info.ModTime()))
		}
		var err error
		if s.DiskFree, err = store.FreeBytes(a.Config.Data); err != nil {
			s.DiskFree = -1
		}
		return s
	}
}

// mirrorFigures compares each table of the mirror with its truth.
func (a *App) mirrorFigures(ctx context.Context) (s telemetry.Sample, err error) {
	for c, err := range contract.All(ctx, a.Contracts) {
		if err != nil {
			return s, err
		}
		head, known := int64(0), false
		for _, o := range c.Objects {
			at, made, err := a.Mirror.Seq(ctx, o.Dataset)
			if err != nil {
				return s, err
			}
			if !made {
				s.NotYet++ // its truth is not even opened
				continue
			}
			if !known {
				if head, _, err = a.Truth.Head(ctx, c.ID); err != nil {
					return s, err
				}
				known = true
			}
			if at < head {
				s.Behind++
				s.Lag = max(s.Lag, head-at)
			} else {
				s.Even++
			}
		}
	}
	return s, nil
}
