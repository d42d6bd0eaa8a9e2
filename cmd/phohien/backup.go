package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/app"
	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/store"
)

func (t *tool) backupCommand() *cobra.Command {
	l := t.lang
	return t.jsonFlag(&cobra.Command{
		Use: "backup " + l.T("cmd.arg.folder"), Short: l.T("cmd.backup.short"), Long: l.T("cmd.backup.long"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.backup(c.Context(), args[0]) },
	})
}

func (t *tool) backup(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	return t.with(ctx, func(c *client) error {
		var m store.Manifest
		if err := c.post(ctx, operate.Prefix+"backup", map[string]string{"dir": dir}, &m); err != nil {
			return err
		}
		return t.manifest("cmd.backup.done", dir, m)
	})
}

func (t *tool) restoreCommand() *cobra.Command {
	l := t.lang
	return t.jsonFlag(&cobra.Command{
		Use: "restore " + l.T("cmd.arg.folder"), Short: l.T("cmd.restore.short"), Long: l.T("cmd.restore.long"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			m, err := app.Restore(c.Context(), args[0], t.config.Data)
			if err != nil {
				return err
			}
			return t.manifest("cmd.restore.done", t.config.Data, m)
		},
	})
}

// manifest says what a backup holds; key is the sentence for people.
func (t *tool) manifest(key, dir string, m store.Manifest) error {
	if t.asJSON {
		return t.writeJSON(struct {
			Dir string `json:"dir"`
			store.Manifest
		}{dir, m})
	}
	var size int64
	for _, f := range m.Files {
		size += f.Bytes
	}
	fmt.Fprintln(t.out, t.lang.T(key, dir, len(m.Files), size))
	return nil
}
