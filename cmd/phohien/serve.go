package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/heap"
	"github.com/phohien/phohien/internal/foundation/telemetry"
)

func (t *tool) serveCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{
		Use: "serve", Short: l.T("cmd.serve.short"), Long: l.T("cmd.serve.long"), Args: takes(0, 0),
		Example: "  phohien serve --data /srv/phohien --listen 127.0.0.1:8080",
		RunE:    func(c *cobra.Command, _ []string) error { return t.serve(c.Context(), nil) },
	}
	t.listenFlags(c.Flags())
	return c
}

func (t *tool) demoCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{
		Use: "demo", Short: l.T("cmd.demo.short"), Long: l.T("cmd.demo.long"), Args: takes(0, 0),
		Example: "  phohien demo --data ./data-demo",
	}
	days := c.Flags().Int("days", 90, l.T("cmd.demo.days"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		t.config.DemoDays = min(max(*days, 0), 366)
		return t.serve(c.Context(), t.furnish)
	}
	t.listenFlags(c.Flags())
	return c
}

// A fill brings data into a province that answers already.
type fill func(context.Context) error

// serve opens the province, prepares it when asked to, and answers until it is
// told to stop. What preparing leaves to be done goes on beside the answers; when
// that fails, the server stops.
func (t *tool) serve(ctx context.Context, prepare func(context.Context, *app.App) (fill, error)) (err error) {
	if os.Getenv("GOGC") == "" {
		heap.Seldom() // a command that loads a file and ends keeps its memory small instead
	}
	t.logLevel.Set(t.config.LogLevel)
	slog.SetDefault(slog.New(telemetry.Handler(t.err, t.config.LogFormat, &t.logLevel)))
	a, err := app.Open(ctx, t.config, version)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var rest fill
	if prepare != nil {
		if rest, err = prepare(ctx, a); err != nil {
			return err
		}
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	var filling sync.WaitGroup
	var failed error
	err = a.Serve(running, func(address string) {
		t.ready(a, address)
		if rest == nil {
			t.sayf("%s", t.lang.T("cmd.serve.stop"))
			return
		}
		filling.Go(func() {
			if failed = rest(running); failed != nil {
				stop()
				return
			}
			t.tryOut(address)
		})
	})
	stop()
	filling.Wait()
	if ctx.Err() != nil && errors.Is(failed, context.Canceled) {
		failed = nil // told to stop before all was there: the next start goes on
	}
	return errors.Join(err, failed)
}

func (t *tool) furnish(ctx context.Context, a *app.App) (fill, error) {
	send, err := a.Furnish(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Demo(ctx); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		told := -1
		return send(ctx, func(r corridor.Report) {
			// Of the days that are played, every tenth is told.
			p, playing := a.Playing()
			switch {
			case !playing || p.Day == 0:
				t.sayf("%s", t.lang.T("cmd.demo.loaded", r.Dataset, r.Accepted, r.Quarantined))
			case p.Day/10 > told/10:
				t.sayf("%s", t.lang.T("cmd.demo.day", p.Day, p.Days, t.lang.Date(p.On)))
				told = p.Day
			}
		})
	}, nil
}

// ready says where the province is and how to write to it.
func (t *tool) ready(a *app.App, address string) {
	l := t.lang
	at := t.config.Pages(address)
	fmt.Fprintln(t.out, l.T("cmd.serve.ready", at))
	fmt.Fprintln(t.out, l.T("cmd.serve.token", a.Token(), at))
}

// tryOut says what can be tried once the demo's data are there.
func (t *tool) tryOut(address string) {
	fmt.Fprintln(t.out, t.lang.T("cmd.demo.try", t.config.Pages(address), t.program(), t.config.Data))
	t.sayf("%s", t.lang.T("cmd.serve.stop"))
}

// program is how this program was called, for examples that can be typed.
func (t *tool) program() string {
	if strings.ContainsRune(os.Args[0], os.PathSeparator) {
		return os.Args[0]
	}
	return filepath.Base(os.Args[0])
}
