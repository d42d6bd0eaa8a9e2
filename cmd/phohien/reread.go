package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/recipe"
)

func (t *tool) lookCommand() *cobra.Command {
	l := t.lang
	var as readAs
	c := t.jsonFlag(&cobra.Command{
		Use: "look " + l.T("cmd.arg.batch"), Short: l.T("cmd.batch-look.short"), Long: l.T("cmd.batch-look.long"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.look(c.Context(), args[0], as) },
	})
	as.flags(t, c)
	return c
}

// look shows the first rows of a held batch's file and what each is taken for.
func (t *tool) look(ctx context.Context, id string, as readAs) error {
	q := url.Values{}
	if err := as.into(q); err != nil {
		return err
	}
	return t.with(ctx, func(c *client) error {
		var l api.Look
		if err := c.get(ctx, batchPath(id)+"/look", q, &l); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(l)
		}
		if err := t.reading(l.Reading); err != nil {
			return err
		}
		t.notes("!", l.Doubts)
		fmt.Fprintln(t.out)
		tab := newTable(t.lang.T("cmd.quarantine.line"), t.lang.T("cmd.look.role"), t.lang.T("cmd.look.cells")).numbers(0)
		for i, r := range l.Rows {
			if i == shownRows {
				break
			}
			tab.add(plain(r.Line), t.word("layout.row."+string(r.Role), string(r.Role)), strings.Join(r.Cells, " | "))
		}
		return tab.write(t.out)
	})
}

// shownRows is how many rows a look prints; --json has all that were taken.
const shownRows = 40

func (t *tool) rereadCommand() *cobra.Command {
	l := t.lang
	var as readAs
	var remember bool
	c := t.jsonFlag(&cobra.Command{
		Use: "reread " + l.T("cmd.arg.batch"), Short: l.T("cmd.batch-reread.short"), Long: l.T("cmd.batch-reread.long"), Args: takes(1, 1),
		Example: "  phohien batch reread 01JD0000000000000000000000 --recipe cach-doc.json --remember",
		RunE:    func(c *cobra.Command, args []string) error { return t.reread(c.Context(), args[0], as, remember) },
	})
	as.flags(t, c)
	c.Flags().BoolVar(&remember, "remember", false, l.T("cmd.batch-reread.remember"))
	return c
}

// reread has a held batch read again and shows what it would do now.
func (t *tool) reread(ctx context.Context, id string, as readAs, remember bool) error {
	text := []byte(nil)
	if as.recipe != "" {
		var err error
		if text, err = recipeFile(as.recipe); err != nil {
			return err
		}
	}
	how, err := api.ReadRecipe(string(text), as.sheet)
	if err != nil {
		return err
	}
	if how == nil {
		how = &recipe.Recipe{} // recognised anew
	}
	return t.with(ctx, func(c *client) error {
		var b api.Batch
		if err := c.post(ctx, batchPath(id)+"/reread", map[string]any{"recipe": how, "remember": remember}, &b); err != nil {
			return err
		}
		return t.follow(ctx, c, b)
	})
}
