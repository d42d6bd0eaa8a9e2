package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// private reads one line that must stand neither in the arguments of a process,
// which every user of the machine sees, nor in the history of a shell: at a
// terminal it is asked for and not shown.
func (t *tool) private(prompt string) (string, error) {
	var line string
	var err error
	if f, ok := t.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(t.err, prompt+": ")
		var b []byte
		b, err = term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.err)
		line = string(b)
	} else {
		line, err = bufio.NewReader(io.LimitReader(t.in, 8<<10)).ReadString('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", fault.New(fault.Invalid, "cli.nothing-typed", prompt)
	}
	return line, nil
}

// purposeFlag names why personal data is looked for.
func (t *tool) purposeFlag(c *cobra.Command, purpose *string) *cobra.Command {
	c.Flags().StringVar(purpose, "purpose", "quyen-chu-the", t.lang.T("cmd.erase.purpose"))
	return c
}

// purposely is a request with its purpose.
func purposely(r request, purpose string) request {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set("X-Phohien-Purpose", purpose)
	return r
}

func (t *tool) holdCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "hold", Short: l.T("cmd.hold.short"), Long: l.T("cmd.hold.long"), Args: cobra.ArbitraryArgs, RunE: group}
	var purpose string
	var wish api.HoldWish
	add := t.purposeFlag(t.jsonFlag(&cobra.Command{
		Use: "add " + l.T("cmd.arg.dataset"), Short: l.T("cmd.hold-add.short"), Args: takes(1, 1),
		Example: "  phohien hold add hy-xa --kind restriction --basis 'Công văn 12/UBND ngày 20/11/2026' < khoa.txt",
		RunE: func(c *cobra.Command, args []string) (err error) {
			if wish.Key, err = t.private(l.T("cmd.hold.key")); err != nil {
				return err
			}
			return t.holds(c.Context(), datasetPath(args[0])+"/holds", wish, purpose, "cmd.hold-add.done")
		},
	}), &purpose)
	add.Flags().StringVar(&wish.Kind, "kind", "restriction", l.T("cmd.hold.kind"))
	add.Flags().StringVar(&wish.Basis, "basis", "", l.T("cmd.hold.basis"))
	add.Flags().StringVar(&wish.Until, "until", "", l.T("cmd.hold.until"))
	var end api.ReleaseWish
	release := t.purposeFlag(t.jsonFlag(&cobra.Command{
		Use: "release " + l.T("cmd.arg.dataset"), Short: l.T("cmd.hold-release.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if end.Key, err = t.private(l.T("cmd.hold.key")); err != nil {
				return err
			}
			return t.holds(c.Context(), datasetPath(args[0])+"/holds/release", end, purpose, "cmd.hold-release.done")
		},
	}), &purpose)
	release.Flags().StringVar(&end.Kind, "kind", "restriction", l.T("cmd.hold.kind"))
	release.Flags().StringVar(&end.Reason, "reason", "", l.T("cmd.hold.reason"))
	kind := ""
	show := t.jsonFlag(&cobra.Command{
		Use: "list " + l.T("cmd.arg.dataset"), Short: l.T("cmd.hold-list.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.listHolds(c.Context(), args[0], kind) },
	})
	show.Flags().StringVar(&kind, "kind", "", l.T("cmd.hold.kind"))
	c.AddCommand(add, release, show)
	return c
}

// holds sends what is to be held or released.
func (t *tool) holds(ctx context.Context, path string, wish any, purpose, said string) error {
	return t.with(ctx, func(c *client) error {
		var done api.HoldDone
		if err := c.call(ctx, purposely(sends(http.MethodPost, path, wish), purpose), &done); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(done)
		}
		t.sayf("%s", t.lang.T(said, done.Batch))
		return nil
	})
}

func (t *tool) listHolds(ctx context.Context, dataset, kind string) error {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	return t.with(ctx, func(c *client) error {
		// Of the record itself nothing is shown: who holds it knows it.
		type held struct {
			Key   string `json:"key"`
			Kind  string `json:"kind"`
			Basis string `json:"basis"`
			Until string `json:"until,omitempty"`
			Seq   int64  `json:"seq"`
			By    struct {
				Name string `json:"name"`
			} `json:"by"`
		}
		list, err := all[held](ctx, c, datasetPath(dataset)+"/holds", q)
		if err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(map[string]any{"items": list})
		}
		l := t.lang
		if len(list) == 0 {
			t.sayf("%s", l.T("cmd.hold-list.none", dataset))
			return nil
		}
		tab := newTable(l.T("cmd.hold.kind-head"), l.T("erasing.until"), l.T("erasing.held-by"), l.T("erasing.basis"), l.T("page.key"))
		for _, h := range list {
			tab.add(l.T("erasing.kind."+h.Kind), h.Until, h.By.Name, h.Basis, h.Key)
		}
		return tab.write(t.out)
	})
}
