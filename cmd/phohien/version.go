package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (t *tool) versionCommand() *cobra.Command {
	return t.jsonFlag(&cobra.Command{
		Use: "version", Short: t.lang.T("cmd.version.short"), Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if t.asJSON {
				return t.writeJSON(map[string]string{"version": version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			fmt.Fprintf(t.out, "phohien %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	})
}
