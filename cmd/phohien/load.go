package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

type loadFlags struct {
	mode    string
	confirm bool
	again   bool
	key     string
	wait    bool
}

func (t *tool) loadCommand() *cobra.Command {
	var f loadFlags
	l := t.lang
	c := t.jsonFlag(&cobra.Command{
		Use:     "load " + l.T("cmd.arg.dataset") + " " + l.T("cmd.arg.file"),
		Short:   l.T("cmd.load.short"),
		Long:    l.T("cmd.load.long"),
		Example: "  phohien load hy-xa hy-xa.csv\n  cat hy-xa.csv | phohien load hy-xa - --json",
		Args:    takes(2, 2),
		RunE: func(c *cobra.Command, args []string) error {
			return t.load(c.Context(), args[0], args[1], f)
		},
	})
	c.Flags().StringVar(&f.mode, "mode", "", l.T("cmd.load.mode"))
	c.Flags().BoolVar(&f.confirm, "confirm", false, l.T("cmd.load.confirm"))
	c.Flags().BoolVar(&f.again, "again", false, l.T("cmd.load.again"))
	c.Flags().StringVar(&f.key, "idempotency-key", "", l.T("cmd.load.key"))
	c.Flags().BoolVar(&f.wait, "wait", true, l.T("cmd.load.wait"))
	return c
}

// load sends a file and reports what became of it.
func (t *tool) load(ctx context.Context, dataset, file string, f loadFlags) error {
	body, name, err := t.open(file)
	if err != nil {
		return err
	}
	defer body.Close() // read only
	return t.with(ctx, func(c *client) error {
		sent, err := c.send(ctx, dataset, name, body, f)
		if err != nil {
			return err
		}
		// Without a server nobody would be left to go on with it.
		if !f.wait && c.running {
			return t.accepted(sent)
		}
		return t.follow(ctx, c, sent)
	})
}

// open opens the file of an argument; "-" is what comes in.
func (t *tool) open(file string) (io.ReadCloser, string, error) {
	if file == "-" {
		return io.NopCloser(t.in), "stdin", nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "cli.file", file).Because(err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fault.New(fault.Invalid, "cli.file-is-folder", file)
	}
	if err != nil {
		return nil, "", errors.Join(err, f.Close())
	}
	return f, filepath.Base(file), nil
}

func (c *client) send(ctx context.Context, dataset, name string, body io.Reader, f loadFlags) (b api.Batch, err error) {
	q := url.Values{"name": {name}}
	if f.mode != "" {
		q.Set("mode", f.mode)
	}
	if f.confirm {
		q.Set("confirm", strconv.FormatBool(true))
	}
	if f.again {
		q.Set("again", strconv.FormatBool(true))
	}
	h := http.Header{"Content-Type": {"text/csv"}}
	if f.key != "" {
		h.Set("Idempotency-Key", f.key)
	}
	err = c.call(ctx, request{method: http.MethodPost, path: datasetPath(dataset) + "/batches", query: q, body: body, header: h}, &b)
	return b, err
}

// accepted reports a batch that a server goes on with.
func (t *tool) accepted(b api.Batch) error {
	if t.asJSON {
		return t.writeJSON(b)
	}
	t.sayf("%s", t.lang.T("cmd.load.accepted", b.ID))
	return nil
}

// follow waits for the end of a batch, reports it and leaves its exit code.
func (t *tool) follow(ctx context.Context, c *client, b api.Batch) error {
	if !b.State.Final() {
		p := t.newProgress()
		var err error
		b, err = c.finish(ctx, b.ID, p.tell)
		p.end()
		if err != nil {
			return err
		}
	}
	r := reportOf(b)
	if err := t.report(r, b.Problem); err != nil {
		return err
	}
	if code := r.ExitCode(); code != exitDone {
		return exit(code)
	}
	return nil
}

// reportOf is the report of a batch; one that failed before it had any gets an
// empty one, so that programs always read the same shape.
func reportOf(b api.Batch) *corridor.Report {
	r := b.Report
	if r == nil {
		r = &corridor.Report{Batch: b.ID, Dataset: b.Dataset, Source: b.Name, Reasons: []corridor.Reason{},
			Standardised: []corridor.ColumnCount{}, Holds: []corridor.Note{}, Notes: []corridor.Note{}}
	}
	r.State = b.State
	return r
}
