package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/corridor"
)

const erasures = api.Prefix + "/erasures"

func erasurePath(id string) string { return erasures + "/" + url.PathEscape(id) }

// eraseFlags are what the commands about erasures share.
type eraseFlags struct{ dataset, basis, reason, purpose string }

func (t *tool) eraseCommand() *cobra.Command {
	l := t.lang
	var f eraseFlags
	c := &cobra.Command{Use: "erase", Short: l.T("cmd.erase.short"), Long: l.T("cmd.erase.long"), Args: cobra.ArbitraryArgs, RunE: group}
	plan := t.jsonFlag(&cobra.Command{
		Use: "plan", Short: l.T("cmd.erase-plan.short"), Args: takes(0, 0), Example: "  phohien erase plan < so-dinh-danh.txt",
		RunE: func(c *cobra.Command, _ []string) error { return t.planErasure(c.Context(), f) },
	})
	ask := t.jsonFlag(&cobra.Command{
		Use: "ask", Short: l.T("cmd.erase-ask.short"), Args: takes(0, 0), Example: "  phohien erase ask --basis 'Đơn số 7 ngày 20/11/2026' < so-dinh-danh.txt",
		RunE: func(c *cobra.Command, _ []string) error { return t.askErasure(c.Context(), f) },
	})
	run := t.jsonFlag(&cobra.Command{
		Use: "run " + l.T("cmd.arg.request"), Short: l.T("cmd.erase-run.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.runErasure(c.Context(), args[0], f) },
	})
	refuse := t.jsonFlag(&cobra.Command{
		Use: "refuse " + l.T("cmd.arg.request"), Short: l.T("cmd.erase-refuse.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.erasure(c.Context(), purposely(sends(http.MethodPost, erasurePath(args[0])+"/refuse", map[string]string{"reason": f.reason}), f.purpose))
		},
	})
	show := t.jsonFlag(&cobra.Command{
		Use: "list [" + l.T("cmd.arg.request") + "]", Short: l.T("cmd.erase-list.short"), Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return t.erasure(c.Context(), request{method: http.MethodGet, path: erasurePath(args[0])})
			}
			return t.listErasures(c.Context())
		},
	})
	for _, sub := range []*cobra.Command{plan, ask} {
		sub.Flags().StringVar(&f.dataset, "dataset", "", l.T("cmd.erase.dataset"))
	}
	ask.Flags().StringVar(&f.basis, "basis", "", l.T("cmd.erase.basis"))
	refuse.Flags().StringVar(&f.reason, "reason", "", l.T("cmd.erase.reason"))
	for _, sub := range []*cobra.Command{plan, ask, run, refuse} {
		t.purposeFlag(sub, &f.purpose)
	}
	c.AddCommand(plan, ask, run, refuse, show)
	return c
}

// wish reads whom, or which record, something is asked about, and says where.
func (t *tool) wish(f eraseFlags) (path string, body map[string]string, err error) {
	prompt, name, path := t.lang.T("erasing.number"), "number", erasures
	if f.dataset != "" {
		prompt, name, path = t.lang.T("cmd.hold.key"), "key", datasetPath(f.dataset)+"/erasures"
	}
	text, err := t.private(prompt)
	return path, map[string]string{name: text}, err
}

func (t *tool) planErasure(ctx context.Context, f eraseFlags) error {
	path, body, err := t.wish(f)
	if err != nil {
		return err
	}
	return t.with(ctx, func(c *client) error {
		var plan api.ErasePlan
		if err := c.call(ctx, purposely(sends(http.MethodPost, path+"/plan", body), f.purpose), &plan); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(plan)
		}
		if err := t.parts(plan.Parts); err != nil {
			return err
		}
		var names []string
		for _, e := range plan.Elsewhere {
			names = append(names, strings.TrimSpace(e.Title+" "+e.Owner))
		}
		if len(names) > 0 {
			t.sayf("%s", t.lang.T("erasing.elsewhere", strings.Join(names, "; ")))
		}
		t.sayf("%s", t.lang.T("cmd.erase-plan.unchanged"))
		return nil
	})
}

func (t *tool) askErasure(ctx context.Context, f eraseFlags) error {
	path, body, err := t.wish(f)
	if err != nil {
		return err
	}
	body["basis"] = f.basis
	return t.erasure(ctx, purposely(sends(http.MethodPost, path, body), f.purpose))
}

// runErasure carries out a request, once the number is written once more, or the
// word.
func (t *tool) runErasure(ctx context.Context, id string, f eraseFlags) error {
	return t.with(ctx, func(c *client) error {
		var r api.EraseRequest
		if err := c.get(ctx, erasurePath(id), nil, &r); err != nil {
			return err
		}
		prompt := t.lang.T("erasing.confirm.person")
		if r.Kind == corridor.EraseRecord {
			prompt = t.lang.T("erasing.confirm.record", corridor.RecordWord)
		}
		again, err := t.private(prompt)
		if err != nil {
			return err
		}
		if err := c.call(ctx, purposely(sends(http.MethodPost, erasurePath(id)+"/run", map[string]string{"confirm": again}), f.purpose), &r); err != nil {
			return err
		}
		return t.request(r)
	})
}

// erasure asks for one request and tells it.
func (t *tool) erasure(ctx context.Context, in request) error {
	return t.with(ctx, func(c *client) error {
		var r api.EraseRequest
		if err := c.call(ctx, in, &r); err != nil {
			return err
		}
		return t.request(r)
	})
}

func (t *tool) request(r api.EraseRequest) error {
	if t.asJSON {
		return t.writeJSON(r)
	}
	l := t.lang
	if err := t.lines(l.T("cmd.erase.one", r.ID, l.T("erasing.state."+r.State), l.T("erasing.of."+r.Kind), r.By.Name, r.Basis)); err != nil {
		return err
	}
	return t.parts(r.Parts)
}

// parts tells what would go from each data set, or went.
func (t *tool) parts(list []api.ErasePart) error {
	l := t.lang
	tab := newTable(l.T("page.dataset"), l.T("page.state"), l.T("page.rows"), l.T("cmd.erase.versions"), l.T("cmd.erase.lines"), l.T("cmd.erase.files"), l.T("erasing.kept")).numbers(2, 3, 4, 5)
	for _, p := range list {
		n := p.Plan
		if p.Found != nil {
			n = api.EraseFigures{Records: p.Found.Records, Versions: p.Found.Versions, Lines: p.Found.Lines, Originals: p.Found.Originals + p.Found.Rewritten}
		}
		var kept []string
		for _, k := range p.Kept {
			kept = append(kept, k.Basis)
		}
		if p.Reason != "" && len(kept) == 0 {
			kept = append(kept, p.Reason)
		}
		tab.add(p.Dataset, l.T("erasing.state."+p.State), plain(n.Records), plain(n.Versions), plain(n.Lines), plain(n.Originals), strings.Join(kept, "; "))
	}
	return tab.write(t.out)
}

func (t *tool) listErasures(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		list, err := all[api.EraseRequest](ctx, c, erasures, nil)
		if err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(map[string]any{"items": list})
		}
		l := t.lang
		if len(list) == 0 {
			t.sayf("%s", l.T("erasing.requests.none"))
			return nil
		}
		tab := newTable(l.T("erasing.id"), l.T("page.state"), l.T("erasing.about"), l.T("erasing.asked-by"), l.T("erasing.basis"))
		for _, r := range list {
			tab.add(r.ID, l.T("erasing.state."+r.State), l.T("erasing.of."+r.Kind), r.By.Name, r.Basis)
		}
		return tab.write(t.out)
	})
}
