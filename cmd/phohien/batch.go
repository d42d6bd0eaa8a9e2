package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
)

func (t *tool) batchCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "batch", Short: l.T("cmd.batch.short"), Args: cobra.ArbitraryArgs, RunE: group}
	var limit int
	list := t.jsonFlag(&cobra.Command{
		Use: "list [" + l.T("cmd.arg.dataset") + "]", Short: l.T("cmd.batch-list.short"), Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.listBatches(c.Context(), args, limit) },
	})
	list.Flags().IntVar(&limit, "limit", 20, l.T("cmd.flag.limit"))
	show := t.jsonFlag(&cobra.Command{
		Use: "show " + l.T("cmd.arg.batch"), Short: l.T("cmd.batch-show.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.showBatch(c.Context(), args[0]) },
	})
	c.AddCommand(list, show, t.lookCommand(), t.rereadCommand())
	for _, action := range []struct{ name, short string }{
		{"confirm", l.T("cmd.batch-confirm.short")},
		{"cancel", l.T("cmd.batch-cancel.short")},
		{"undo", l.T("cmd.batch-undo.short")},
	} {
		c.AddCommand(t.jsonFlag(&cobra.Command{
			Use: action.name + " " + l.T("cmd.arg.batch"), Short: action.short, Args: takes(1, 1),
			RunE: func(c *cobra.Command, args []string) error { return t.act(c.Context(), args[0], action.name) },
		}))
	}
	return c
}

func (t *tool) listBatches(ctx context.Context, args []string, limit int) error {
	path := api.Prefix + "/batches"
	if len(args) == 1 {
		path = datasetPath(args[0]) + "/batches"
	}
	return t.with(ctx, func(c *client) error {
		var part page[api.Batch]
		if err := c.get(ctx, path, url.Values{"limit": {strconv.Itoa(limit)}}, &part); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(map[string]any{"items": part.Items, "next": part.Next})
		}
		if len(part.Items) == 0 {
			t.sayf("%s", t.lang.T("cmd.batch-list.none"))
			return nil
		}
		l := t.lang
		tab := newTable(l.T("cmd.batch.id"), l.T("cmd.batch.dataset"), l.T("cmd.batch.state"), l.T("cmd.batch.received"),
			l.T("cmd.report.accepted"), l.T("cmd.report.quarantined"), l.T("cmd.batch.file")).numbers(4, 5)
		for _, b := range part.Items {
			accepted, quarantined := "–", "–"
			if b.Report != nil {
				accepted, quarantined = l.Number(b.Report.Accepted), l.Number(b.Report.Quarantined)
			}
			tab.add(b.ID, b.Dataset, l.T("state."+string(b.State)), l.Time(b.Received), accepted, quarantined, b.Name)
		}
		return tab.write(t.out)
	})
}

func (t *tool) showBatch(ctx context.Context, id string) error {
	return t.with(ctx, func(c *client) error {
		var b api.Batch
		if err := c.get(ctx, batchPath(id), nil, &b); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(b)
		}
		if b.Report == nil {
			t.sayf("%s", b.Message)
		}
		return t.report(reportOf(b), b.Problem)
	})
}

// act confirms, cancels or undoes a batch. What goes on afterwards is followed
// to its end; an undo is a batch of its own.
func (t *tool) act(ctx context.Context, id, action string) error {
	return t.with(ctx, func(c *client) error {
		var b api.Batch
		if err := c.call(ctx, request{method: http.MethodPost, path: batchPath(id) + "/" + action}, &b); err != nil {
			return err
		}
		if action != "cancel" {
			return t.follow(ctx, c, b)
		}
		b, err := c.finish(ctx, b.ID, func(api.Batch) {})
		if err != nil {
			return err
		}
		// What was asked for has been done, so the code is 0.
		return t.report(reportOf(b), b.Problem)
	})
}
