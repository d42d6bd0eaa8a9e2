package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/api"
)

func (t *tool) orgCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "org", Short: l.T("cmd.org.short"), Args: cobra.ArbitraryArgs, RunE: group}
	query := map[string]*string{"on": new(string), "under": new(string), "q": new(string)}
	list := t.jsonFlag(&cobra.Command{
		Use: "list", Short: l.T("cmd.org-list.short"), Args: takes(0, 0), Example: "  phohien org list --under hy-ubnd --on 1/7/2025",
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, value := range query {
				if *value != "" {
					q.Set(name, *value)
				}
			}
			return t.listOrgs(c.Context(), q)
		},
	})
	list.Flags().StringVar(query["on"], "on", "", l.T("cmd.org-list.on"))
	list.Flags().StringVar(query["under"], "under", "", l.T("cmd.org-list.under"))
	list.Flags().StringVar(query["q"], "find", "", l.T("cmd.org-list.find"))
	on := ""
	show := t.jsonFlag(&cobra.Command{
		Use: "show " + l.T("cmd.arg.org"), Short: l.T("cmd.org-show.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return t.showOrg(c.Context(), args[0], on) },
	})
	show.Flags().StringVar(&on, "on", "", l.T("cmd.org-list.on"))
	c.AddCommand(list, show)
	return c
}

// sends is a request that carries a value as JSON.
func sends(method, path string, v any) request {
	body, err := json.Marshal(v)
	if err != nil {
		panic("a value of ours is no JSON: " + err.Error())
	}
	return request{method: method, path: path, body: bytes.NewReader(body), header: http.Header{"Content-Type": {"application/json"}}}
}

func (t *tool) listOrgs(ctx context.Context, q url.Values) error {
	return t.with(ctx, func(c *client) error {
		var all page[api.Organisation]
		if err := c.get(ctx, api.Prefix+"/organisations", q, &all); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(all.Items)
		}
		l := t.lang
		if len(all.Items) == 0 {
			t.sayf("%s", l.T("cmd.org-list.none"))
			return nil
		}
		least := all.Items[0].Depth
		for _, o := range all.Items {
			least = min(least, o.Depth)
		}
		out := newTable(l.T("cmd.org.id"), l.T("cmd.org.name"), l.T("cmd.org.level"), l.T("cmd.org.code"))
		for _, o := range all.Items {
			out.add(o.ID, strings.Repeat("  ", o.Depth-least)+o.Name, l.T("org.level."+o.Level), o.Code)
		}
		return out.write(t.out)
	})
}

func (t *tool) showOrg(ctx context.Context, id, on string) error {
	return t.with(ctx, func(c *client) error {
		var o api.OrganisationDetail
		q := url.Values{}
		if on != "" {
			q.Set("on", on)
		}
		if err := c.get(ctx, api.Prefix+"/organisations/"+url.PathEscape(id), q, &o); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(o)
		}
		l := t.lang
		out := newTable(l.T("cmd.org.id"), o.ID)
		out.add(l.T("cmd.org.name"), o.Name)
		out.add(l.T("cmd.org.level"), l.T("org.level."+o.Level))
		for _, line := range [][2]string{
			{l.T("cmd.org.span"), strings.Trim(o.ValidFrom+" – "+o.ValidTo, " –")}, {l.T("cmd.org.path"), strings.Join(o.Path[min(1, len(o.Path)):], " › ")},
			{l.T("cmd.org.before"), strings.Join(o.Before, ", ")}, {l.T("cmd.org.after"), strings.Join(o.After, ", ")},
		} {
			if line[1] != "" {
				out.add(line[0], line[1])
			}
		}
		for _, code := range o.Codes {
			out.add(l.T("cmd.org.code"), code.Value+" "+strings.Trim(code.ValidFrom+" – "+code.ValidTo, " –"))
		}
		return out.write(t.out)
	})
}
