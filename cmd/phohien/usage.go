package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usage tells how a command is used, in the reader's language and aligned by how
// wide letters are; cobra's own does neither.
func (t *tool) usage(c *cobra.Command) error {
	l := t.lang
	var b strings.Builder
	line := c.CommandPath()
	if use := strings.TrimPrefix(c.Use, c.Name()); c.Runnable() && !c.HasAvailableSubCommands() {
		line += use + " [" + l.T("cmd.usage.flag") + "]"
	} else {
		line += " " + l.T("cmd.usage.command")
	}
	fmt.Fprintf(&b, "%s:\n  %s\n", l.T("cmd.usage"), line)
	if c.HasExample() {
		fmt.Fprintf(&b, "\n%s:\n%s\n", l.T("cmd.usage.examples"), c.Example)
	}
	if c.HasAvailableSubCommands() {
		var rows [][2]string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				rows = append(rows, [2]string{sub.Name(), sub.Short})
			}
		}
		list(&b, l.T("cmd.usage.commands"), rows)
	}
	list(&b, l.T("cmd.usage.flags"), flagRows(c.LocalNonPersistentFlags()))
	list(&b, l.T("cmd.usage.global"), flagRows(c.Root().PersistentFlags()))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s\n", l.T("cmd.usage.more"))
	}
	_, err := io.WriteString(c.OutOrStderr(), b.String())
	return err
}

func flagRows(flags *pflag.FlagSet) [][2]string {
	var rows [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		what, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if f.Value.Type() == "bool" {
			what = ""
		}
		rows = append(rows, [2]string{strings.TrimSpace(name + " " + what), text})
	})
	return rows
}

func list(b *strings.Builder, title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	width := 0
	for _, r := range rows {
		width = max(width, uniseg.StringWidth(r[0]))
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, r := range rows {
		fmt.Fprintf(b, "  %s%s  %s\n", r[0], strings.Repeat(" ", width-uniseg.StringWidth(r[0])), r[1])
	}
}
