package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
)

func (t *tool) datasetCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "dataset", Short: l.T("cmd.dataset.short"), Args: cobra.ArbitraryArgs, RunE: group}
	c.AddCommand(
		t.jsonFlag(&cobra.Command{
			Use: "list", Short: l.T("cmd.dataset-list.short"), Args: takes(0, 0),
			RunE: func(c *cobra.Command, _ []string) error { return t.listDatasets(c.Context()) },
		}),
		t.jsonFlag(&cobra.Command{
			Use: "show " + l.T("cmd.arg.dataset"), Short: l.T("cmd.dataset-show.short"), Args: takes(1, 1),
			Example: "  phohien dataset show hy-xa",
			RunE:    func(c *cobra.Command, args []string) error { return t.showDataset(c.Context(), args[0]) },
		}),
	)
	return c
}

func (t *tool) listDatasets(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		sets, err := all[api.Dataset](ctx, c, api.Prefix+"/datasets", nil)
		if err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(map[string]any{"items": sets})
		}
		if len(sets) == 0 {
			t.sayf("%s", t.lang.T("cmd.dataset-list.none"))
			return nil
		}
		l := t.lang
		tab := newTable(l.T("cmd.dataset.id"), l.T("cmd.dataset.name"), l.T("cmd.dataset.version"), l.T("cmd.dataset.rows"), l.T("cmd.dataset.updated")).numbers(3)
		for _, d := range sets {
			tab.add(d.ID, d.Name, d.Version, l.Number(d.Rows), t.when(d.UpdatedAt))
		}
		return tab.write(t.out)
	})
}

func (t *tool) when(at *time.Time) string {
	if at == nil {
		return "–"
	}
	return t.lang.Time(*at)
}

// A shownDataset is a data set with its score, as dataset show has it.
type shownDataset struct {
	api.DatasetDetail
	Quality api.Quality `json:"quality"`
}

func (t *tool) showDataset(ctx context.Context, id string) error {
	return t.with(ctx, func(c *client) error {
		var d shownDataset
		if err := c.get(ctx, datasetPath(id), nil, &d.DatasetDetail); err != nil {
			return err
		}
		if err := c.get(ctx, datasetPath(id)+"/quality", nil, &d.Quality); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(d)
		}
		return t.dataset(&d)
	})
}

func (t *tool) dataset(d *shownDataset) error {
	l := t.lang
	fmt.Fprintf(t.out, "%s – %s\n", d.ID, d.Name)
	for _, line := range []struct{ name, text string }{
		{l.T("cmd.dataset.version"), d.Version},
		{l.T("cmd.dataset.pack"), d.Pack},
		{l.T("cmd.dataset.owner"), d.Owner},
		{l.T("cmd.dataset.rows"), l.Number(d.Rows)},
		{l.T("cmd.dataset.quarantined"), l.Number(d.Quarantined)},
		{l.T("cmd.dataset.seq"), plain(d.Seq)},
		{l.T("cmd.dataset.updated"), t.when(d.UpdatedAt)},
		{l.T("cmd.dataset.purpose"), d.Purpose},
	} {
		if line.text != "" {
			fmt.Fprintf(t.out, "  %s: %s\n", line.name, line.text)
		}
	}
	fmt.Fprintln(t.out)
	if err := t.score(&d.Quality); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	keys := map[string]bool{}
	for _, o := range d.Objects {
		for _, k := range o.Key {
			keys[o.Address+" "+k] = true
		}
	}
	tab := newTable(l.T("cmd.dataset.field"), l.T("cmd.dataset.title"), l.T("cmd.dataset.type"), l.T("cmd.dataset.notes"))
	for _, f := range d.Fields {
		var notes []string
		if keys[f.Address+" "+f.Name] {
			notes = append(notes, l.T("cmd.dataset.key"))
		} else if f.Required {
			notes = append(notes, l.T("cmd.dataset.required"))
		}
		if f.CodeList != "" {
			notes = append(notes, l.T("cmd.dataset.code-list", f.CodeList))
		}
		name := f.Name
		if len(d.Objects) > 1 {
			name = f.Address + "." + f.Name
		}
		tab.add(name, f.Title, string(f.Type), strings.Join(notes, ", "))
	}
	return tab.write(t.out)
}

func (t *tool) score(q *api.Quality) error {
	l := t.lang
	tab := newTable(l.T("cmd.dataset.criterion"), l.T("cmd.dataset.score"), l.T("cmd.dataset.why")).numbers(1)
	for _, c := range q.Criteria {
		value := l.T("score.not-measured")
		if c.Value != nil {
			value = l.Float(*c.Value, 1)
		} else if c.Sharing != nil {
			value = l.T("score.consumers", c.Sharing.Consumers)
		}
		tab.add(t.say(c.Title.Vi, c.Title.En), value, t.say(c.Why.Vi, c.Why.En))
	}
	return tab.write(t.out)
}
