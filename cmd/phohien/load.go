package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/fault"
)

type loadFlags struct {
	dataset string
	sender  string
	mode    string
	key     string
	as      readAs
	dry     bool
	preview bool
	confirm bool
	again   bool
	wait    bool
}

func (t *tool) loadCommand() *cobra.Command {
	var f loadFlags
	l := t.lang
	c := t.jsonFlag(&cobra.Command{
		Use:   "load " + l.T("cmd.arg.dataset") + " " + l.T("cmd.arg.file") + "…",
		Short: l.T("cmd.load.short"),
		Long:  l.T("cmd.load.long"),
		Example: "  phohien load hy-xa hy-xa.xlsx --dry-run\n  phohien load hy-xa hy-xa.xlsx --sender so-noi-vu --preview\n" +
			"  phohien load --dataset hy-xa *.xlsx\n  cat hy-xa.csv | phohien load hy-xa - --json",
		Args: func(c *cobra.Command, args []string) error {
			if f.dataset != "" {
				return takes(1, -1)(c, args)
			}
			return takes(2, -1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if f.dataset == "" {
				f.dataset, args = args[0], args[1:]
			}
			return t.load(c.Context(), args, f)
		},
	})
	c.Flags().StringVar(&f.dataset, "dataset", "", l.T("cmd.load.dataset"))
	c.Flags().StringVar(&f.sender, "sender", "", l.T("cmd.load.sender"))
	c.Flags().BoolVar(&f.dry, "dry-run", false, l.T("cmd.load.dry-run"))
	c.Flags().BoolVar(&f.preview, "preview", false, l.T("cmd.load.preview"))
	f.as.flags(t, c)
	c.Flags().StringVar(&f.mode, "mode", "", l.T("cmd.load.mode"))
	c.Flags().BoolVar(&f.confirm, "confirm", false, l.T("cmd.load.confirm"))
	c.Flags().BoolVar(&f.again, "again", false, l.T("cmd.load.again"))
	c.Flags().StringVar(&f.key, "idempotency-key", "", l.T("cmd.load.key"))
	c.Flags().BoolVar(&f.wait, "wait", true, l.T("cmd.load.wait"))
	return c
}

// load sends files and reports what became of each; the exit code is that of
// the worst.
func (t *tool) load(ctx context.Context, files []string, f loadFlags) error {
	if f.key != "" && len(files) > 1 {
		return fault.New(fault.Invalid, "cli.key-one-file")
	}
	q, err := f.query()
	if err != nil {
		return err
	}
	return t.with(ctx, func(c *client) error {
		worst := exitDone
		for _, file := range files {
			code, err := t.loadOne(ctx, c, file, q, f)
			if err != nil {
				return err
			}
			worst = worse(worst, code)
		}
		if worst != exitDone {
			return exit(worst)
		}
		return nil
	})
}

// loadOne sends or tries one file.
func (t *tool) loadOne(ctx context.Context, c *client, file string, q url.Values, f loadFlags) (code int, err error) {
	body, name, err := t.open(file)
	if err != nil {
		return 0, err
	}
	defer body.Close() // read only
	q.Set("name", name)
	if f.dry {
		r := &corridor.Report{}
		if err := c.call(ctx, sending(datasetPath(f.dataset)+"/try", q, body, ""), r); err != nil {
			return 0, err
		}
		return r.ExitCode(), t.report(r, nil)
	}
	var sent api.Batch
	if err := c.call(ctx, sending(datasetPath(f.dataset)+"/batches", q, body, f.key), &sent); err != nil {
		return 0, err
	}
	code = exitDone
	for _, b := range append([]api.Batch{sent}, sent.Also...) {
		// Without a server nobody would be left to go on with it.
		if !f.wait && c.running {
			if err := t.accepted(b); err != nil {
				return 0, err
			}
			continue
		}
		one, err := t.followed(ctx, c, b)
		if err != nil {
			return 0, err
		}
		code = worse(code, one)
	}
	return code, nil
}

// worse is the exit code that says more: nothing done, held, not all passed.
func worse(a, b int) int {
	for _, code := range []int{exitNothing, exitHeld, exitQuarantine} {
		if a == code || b == code {
			return code
		}
	}
	return exitDone
}

// sending is the request that carries a file.
func sending(path string, q url.Values, body io.Reader, key string) request {
	h := http.Header{"Content-Type": {"application/octet-stream"}}
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	return request{method: http.MethodPost, path: path, query: q, body: body, header: h}
}

// query is what the flags ask of the API.
func (f loadFlags) query() (url.Values, error) {
	q := url.Values{}
	if err := f.as.into(q); err != nil {
		return nil, err
	}
	for name, v := range map[string]string{"mode": f.mode, "sender": f.sender} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.dry {
		return q, nil
	}
	for name, yes := range map[string]bool{"confirm": f.confirm, "again": f.again, "preview": f.preview} {
		if yes {
			q.Set(name, "true")
		}
	}
	return q, nil
}

// A readAs says how a file is read: the flags --sheet and --recipe.
type readAs struct{ sheet, recipe string }

func (a *readAs) flags(t *tool, c *cobra.Command) {
	c.Flags().StringVar(&a.sheet, "sheet", "", t.lang.T("cmd.flag.sheet"))
	c.Flags().StringVar(&a.recipe, "recipe", "", t.lang.T("cmd.flag.recipe"))
}

// longestRecipe is what an address can carry; one that is longer goes by way of
// a preview and batch reread.
const longestRecipe = 30_000

func (a readAs) into(q url.Values) error {
	if a.sheet != "" {
		q.Set("table", a.sheet)
	}
	if a.recipe == "" {
		return nil
	}
	text, err := recipeFile(a.recipe)
	if err != nil {
		return err
	}
	if len(text) > longestRecipe {
		return fault.New(fault.TooLarge, "cli.recipe-long", a.recipe, int64(longestRecipe))
	}
	q.Set("recipe", string(text))
	return nil
}

// recipeFile reads a recipe, without the spaces between.
func recipeFile(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.New(fault.Invalid, "cli.file", name).Because(err)
	}
	var v json.RawMessage
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, fault.New(fault.Invalid, "api.recipe-json", err.Error()).Because(err)
	}
	return json.Marshal(v)
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
	code, err := t.followed(ctx, c, b)
	if err == nil && code != exitDone {
		return exit(code)
	}
	return err
}

// followed waits for the end of a batch and reports it.
func (t *tool) followed(ctx context.Context, c *client, b api.Batch) (code int, err error) {
	if !b.State.Final() {
		p := t.newProgress()
		b, err = c.finish(ctx, b.ID, p.tell)
		p.end()
		if err != nil {
			return 0, err
		}
	}
	r := reportOf(b)
	err = t.report(r, b.Problem)
	if b.Fault != nil && b.Fault.Key == "header.missing" && !t.asJSON {
		t.sayf("%s", t.lang.T("cmd.load.next-mapping"))
	}
	return r.ExitCode(), err
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
