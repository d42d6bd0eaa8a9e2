package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/core/corridor"
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
		RunE:    func(c *cobra.Command, _ []string) error { return t.serve(c.Context(), t.furnish) },
	}
	t.listenFlags(c.Flags())
	return c
}

// serve opens the province, prepares it when asked to, and answers until it is
// told to stop.
func (t *tool) serve(ctx context.Context, prepare func(context.Context, *app.App) error) (err error) {
	t.logLevel.Set(t.config.LogLevel)
	slog.SetDefault(slog.New(telemetry.Handler(t.err, t.config.LogFormat, &t.logLevel)))
	a, err := app.Open(ctx, t.config, version)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if prepare != nil {
		if err := prepare(ctx, a); err != nil {
			return err
		}
	}
	return a.Serve(ctx, func(address string) { t.ready(a, address, prepare != nil) })
}

func (t *tool) furnish(ctx context.Context, a *app.App) error {
	err := a.Furnish(ctx, func(r corridor.Report) {
		t.sayf("%s", t.lang.T("cmd.demo.loaded", r.Dataset, r.Accepted, r.Quarantined))
	})
	if err != nil {
		return err
	}
	return a.Demo(ctx)
}

// ready says where the province is and how to write to it.
func (t *tool) ready(a *app.App, address string, demo bool) {
	l := t.lang
	at := t.config.Pages(address)
	fmt.Fprintln(t.out, l.T("cmd.serve.ready", at))
	fmt.Fprintln(t.out, l.T("cmd.serve.token", a.Token(), at))
	if demo {
		fmt.Fprintln(t.out, l.T("cmd.demo.try", at, t.program(), t.config.Data))
	}
	t.sayf("%s", l.T("cmd.serve.stop"))
}

// program is how this program was called, for examples that can be typed.
func (t *tool) program() string {
	if strings.ContainsRune(os.Args[0], os.PathSeparator) {
		return os.Args[0]
	}
	return filepath.Base(os.Args[0])
}
