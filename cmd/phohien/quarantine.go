package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/fault"
)

type quarantineFlags struct {
	state  string
	rule   string
	batch  string
	limit  int
	format string
}

func (t *tool) quarantineCommand() *cobra.Command {
	l := t.lang
	var f quarantineFlags
	c := &cobra.Command{Use: "quarantine", Short: l.T("cmd.quarantine.short"), Args: cobra.ArbitraryArgs, RunE: group}
	show := t.jsonFlag(&cobra.Command{
		Use: "list " + l.T("cmd.arg.dataset"), Short: l.T("cmd.quarantine-list.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.listQuarantine(c.Context(), args[0], f) },
	})
	show.Flags().IntVar(&f.limit, "limit", 100, l.T("cmd.flag.limit"))
	export := &cobra.Command{
		Use: "export " + l.T("cmd.arg.dataset"), Short: l.T("cmd.quarantine-export.short"), Args: takes(1, 1),
		Example: "  phohien quarantine export hy-xa --format csv > hy-xa-chua-dat.csv",
		RunE:    func(c *cobra.Command, args []string) error { return t.exportQuarantine(c.Context(), args[0], f) },
	}
	export.Flags().StringVar(&f.format, "format", "csv", l.T("cmd.quarantine.format"))
	for _, sub := range []*cobra.Command{show, export} {
		sub.Flags().StringVar(&f.state, "state", "open", l.T("cmd.quarantine.state"))
		sub.Flags().StringVar(&f.rule, "rule", "", l.T("cmd.quarantine.rule"))
		sub.Flags().StringVar(&f.batch, "batch", "", l.T("cmd.quarantine.batch"))
		c.AddCommand(sub)
	}
	return c
}

func (f quarantineFlags) query() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"state": f.state, "rule": f.rule, "batch": f.batch} {
		if v != "" && v != "all" {
			q.Set(name, v)
		}
	}
	return q
}

func (t *tool) listQuarantine(ctx context.Context, dataset string, f quarantineFlags) error {
	return t.with(ctx, func(c *client) error {
		lines := []api.Line{}
		err := each(ctx, c, datasetPath(dataset)+"/quarantine", f.query(), func(line api.Line) error {
			if lines = append(lines, line); len(lines) >= f.limit {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough {
			return err
		}
		if t.asJSON {
			return t.writeJSON(map[string]any{"items": lines, "more": err == errEnough})
		}
		if len(lines) == 0 {
			t.sayf("%s", t.lang.T("cmd.quarantine-list.none", dataset))
			return nil
		}
		l := t.lang
		tab := newTable(l.T("cmd.quarantine.line"), l.T("cmd.quarantine.key"), l.T("cmd.quarantine.value"), l.T("cmd.report.reason")).numbers(0)
		for _, line := range lines {
			for i, broken := range line.Faults {
				at, key := plain(line.Line), line.Key
				if i > 0 {
					at, key = "", ""
				}
				tab.add(at, key, broken.Value, t.say(broken.MessageVi, broken.MessageEn))
			}
		}
		return tab.write(t.out)
	})
}

var errEnough = exit(exitDone)

func (t *tool) exportQuarantine(ctx context.Context, dataset string, f quarantineFlags) error {
	if !strings.EqualFold(f.format, "csv") {
		return fault.New(fault.Invalid, "cli.format", f.format, "csv")
	}
	return t.with(ctx, func(c *client) error {
		q := f.query()
		q.Set("format", "csv")
		return c.copy(ctx, request{method: http.MethodGet, path: datasetPath(dataset) + "/quarantine", query: q}, t.out)
	})
}
