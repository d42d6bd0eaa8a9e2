package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/packs"
)

func (t *tool) packCommand() *cobra.Command {
	l := t.lang
	var breaking bool
	c := &cobra.Command{Use: "pack", Short: l.T("cmd.pack.short"), Long: l.T("cmd.pack.long"), Args: cobra.ArbitraryArgs, RunE: group}
	install := t.jsonFlag(&cobra.Command{
		Use: "install " + l.T("cmd.arg.pack") + "…", Short: l.T("cmd.pack-install.short"), Args: takes(1, -1),
		Example: "  phohien pack install viet-nam hung-yen\n  phohien pack install ./goi-cua-toi",
		RunE:    func(c *cobra.Command, args []string) error { return t.installPacks(c.Context(), args, breaking) },
	})
	install.Flags().BoolVar(&breaking, "allow-breaking", false, l.T("cmd.pack.breaking"))
	c.AddCommand(
		install,
		t.jsonFlag(&cobra.Command{
			Use: "list", Short: l.T("cmd.pack-list.short"), Args: takes(0, 0),
			RunE: func(c *cobra.Command, _ []string) error { return t.listPacks(c.Context()) },
		}),
		t.jsonFlag(&cobra.Command{
			Use: "diff " + l.T("cmd.arg.pack"), Short: l.T("cmd.pack-diff.short"), Args: takes(1, 1),
			RunE: func(c *cobra.Command, args []string) error { return t.diffPack(c.Context(), args[0]) },
		}),
		t.jsonFlag(&cobra.Command{
			Use: "remove " + l.T("cmd.arg.pack-id"), Short: l.T("cmd.pack-remove.short"), Args: takes(1, 1),
			RunE: func(c *cobra.Command, args []string) error { return t.removePack(c.Context(), args[0]) },
		}),
	)
	return c
}

type plans struct {
	Plans []pack.Plan `json:"plans"`
}

// installPacks installs folders one after another; packs that come with the
// program go together, so that their order does not matter.
func (t *tool) installPacks(ctx context.Context, args []string, breaking bool) error {
	return t.with(ctx, func(c *client) error {
		all := plans{}
		for _, r := range t.packRequests(args) {
			if err := r.err; err != nil {
				return err
			}
			r.query.Set("consent", strconv.FormatBool(breaking))
			var done plans
			if err := c.call(ctx, request{method: http.MethodPost, path: operate.Prefix + "packs", query: r.query, body: bytes.NewReader(r.body)}, &done); err != nil {
				return err
			}
			all.Plans = append(all.Plans, done.Plans...)
		}
		return t.plans(all)
	})
}

// A packRequest is what to send for packs.
type packRequest struct {
	query url.Values
	body  []byte
	err   error
}

func (t *tool) packRequests(args []string) []packRequest {
	var list []packRequest
	shipped := url.Values{}
	for _, arg := range args {
		if slices.Contains(packs.Names(), arg) && !isFolder(arg) {
			shipped.Add("shipped", arg)
		}
	}
	if len(shipped) > 0 {
		list = append(list, packRequest{query: shipped})
	}
	for _, arg := range args {
		if slices.Contains(shipped["shipped"], arg) {
			continue
		}
		body, err := zipFolder(arg)
		list = append(list, packRequest{query: url.Values{}, body: body, err: err})
	}
	return list
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// zipFolder packs a folder for the way to whoever owns the data folder.
func zipFolder(dir string) ([]byte, error) {
	if !isFolder(dir) {
		return nil, fault.New(fault.Invalid, "cli.pack-folder", dir, packs.Names())
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // read only
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root.FS(), name)
		if err != nil {
			return err
		}
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", dir, err)
	}
	if err := z.Close(); err != nil { // writes the end of the ZIP
		return nil, err
	}
	return b.Bytes(), nil
}

func (t *tool) diffPack(ctx context.Context, arg string) error {
	r := t.packRequests([]string{arg})[0]
	if r.err != nil {
		return r.err
	}
	return t.with(ctx, func(c *client) error {
		var found plans
		if err := c.call(ctx, request{method: http.MethodPost, path: operate.Prefix + "packs/diff", query: r.query, body: bytes.NewReader(r.body)}, &found); err != nil {
			return err
		}
		return t.plans(found)
	})
}

// plans shows what packs change.
func (t *tool) plans(p plans) error {
	if t.asJSON {
		return t.writeJSON(p)
	}
	for _, plan := range p.Plans {
		if plan.From != "" && plan.From != plan.Version {
			fmt.Fprintln(t.out, t.lang.T("cmd.pack.upgraded", plan.ID, plan.From, plan.Version, plan.Name))
		} else {
			fmt.Fprintln(t.out, t.lang.T("cmd.pack.head", plan.ID, plan.Version, plan.Name))
		}
		if err := t.changes(plan.Changes); err != nil {
			return err
		}
		t.findings(plan.Problems)
	}
	return nil
}

func (t *tool) changes(list []pack.Change) error {
	l := t.lang
	tab := newTable(l.T("cmd.pack.action"), l.T("cmd.pack.kind"), l.T("cmd.dataset.id"), l.T("cmd.dataset.name"))
	for _, c := range list {
		what := l.T("pack.action." + string(c.Action))
		if c.Breaking {
			what += " ✗"
		}
		tab.add(what, l.T("pack.kind."+c.Kind), c.ID, c.Name)
	}
	if len(tab.rows) > 0 {
		if err := tab.write(t.out); err != nil {
			return err
		}
	}
	for _, c := range list {
		for _, d := range c.Details {
			mark := "·"
			if d.Breaking {
				mark = "✗"
			}
			fmt.Fprintf(t.out, "  %s %s: %s\n", mark, c.ID, t.say(d.Vi, d.En))
		}
	}
	return nil
}

func (t *tool) listPacks(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		var part page[pack.Installed]
		if err := c.get(ctx, operate.Prefix+"packs", nil, &part); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(part.Items)
		}
		l := t.lang
		tab := newTable(l.T("cmd.dataset.id"), l.T("cmd.dataset.version"), l.T("cmd.dataset.name"))
		for _, p := range part.Items {
			tab.add(p.ID, p.Version, p.Name)
		}
		if len(tab.rows) == 0 {
			t.sayf("%s", l.T("cmd.pack-list.none", packs.Names()))
			return nil
		}
		return tab.write(t.out)
	})
}

func (t *tool) removePack(ctx context.Context, id string) error {
	return t.with(ctx, func(c *client) error {
		var gone struct {
			Changes []pack.Change `json:"changes"`
		}
		if err := c.call(ctx, request{method: http.MethodDelete, path: operate.Prefix + "packs/" + url.PathEscape(id)}, &gone); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(gone)
		}
		return t.changes(gone.Changes)
	})
}
