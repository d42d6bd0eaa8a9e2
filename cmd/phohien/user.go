package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phohien/phohien/internal/channels/operate"
)

// users is the path of the routes about accounts.
const users = operate.Prefix + "users"

func userPath(login string) string { return users + "/" + url.PathEscape(login) }

func (t *tool) userCommand() *cobra.Command {
	l := t.lang
	c := &cobra.Command{Use: "user", Short: l.T("cmd.user.short"), Long: l.T("cmd.user.long"), Args: cobra.ArbitraryArgs, RunE: group}
	c.AddCommand(
		t.userAdd(), t.userToken(), t.userRole(),
		t.jsonFlag(&cobra.Command{Use: "list", Short: l.T("cmd.user-list.short"), Args: takes(0, 0), RunE: func(c *cobra.Command, _ []string) error { return t.listUsers(c.Context()) }}),
		t.jsonFlag(&cobra.Command{Use: "first-link", Short: l.T("cmd.user-first.short"), Args: takes(0, 0), RunE: func(c *cobra.Command, _ []string) error { return t.firstLink(c.Context()) }}),
		t.userLock(),
		t.jsonFlag(&cobra.Command{Use: "unlock " + l.T("cmd.arg.login"), Short: l.T("cmd.user-unlock.short"), Args: takes(1, 1), RunE: func(c *cobra.Command, args []string) error {
			return t.changeUser(c.Context(), request{method: http.MethodPost, path: userPath(args[0]) + "/unlock"}, func(u operate.User) { t.sayf("%s", l.T("cmd.user-unlock.done", u.Login)) })
		}}),
		t.userEmergency(),
	)
	return c
}

func (t *tool) userAdd() *cobra.Command {
	l := t.lang
	var in operate.NewUser
	c := t.jsonFlag(&cobra.Command{
		Use: "add " + l.T("cmd.arg.login"), Short: l.T("cmd.user-add.short"), Args: takes(1, 1),
		Example: "  phohien user add quan-tri --name 'Nguyễn Văn A' --org hy-skhcn --role administrator",
		RunE: func(c *cobra.Command, args []string) error {
			in.Login = args[0]
			return t.addUser(c.Context(), in)
		},
	})
	f := c.Flags()
	f.StringVar(&in.Name, "name", "", l.T("cmd.user-add.name"))
	f.StringVar(&in.Org, "org", "", l.T("cmd.user-add.org"))
	f.StringSliceVar(&in.Roles, "role", nil, l.T("cmd.user-add.role"))
	f.StringVar(&in.Email, "email", "", l.T("cmd.user-add.email"))
	f.StringVar(&in.Phone, "phone", "", l.T("cmd.user-add.phone"))
	return c
}

// opened is a code with the address that it opens.
type opened struct {
	operate.Code
	URL string `json:"url"`
}

// address is where people open the pages of this province.
func (t *tool) address(c *client, code operate.Code) opened {
	base := "http://" + strings.Replace(t.config.Listen, "127.0.0.1", "localhost", 1)
	if c.running {
		base = c.base
	}
	if len(t.config.Hosts) > 0 {
		base = "https://" + t.config.Hosts[0]
	}
	return opened{code, base + code.Path + "#" + code.Code}
}

func (t *tool) addUser(ctx context.Context, in operate.NewUser) error {
	return t.with(ctx, func(c *client) error {
		var code operate.Code
		if err := c.post(ctx, users, in, &code); err != nil {
			return err
		}
		o := t.address(c, code)
		if t.asJSON {
			return t.writeJSON(o)
		}
		t.sayf("%s", t.lang.T("cmd.user-add.done", o.Login))
		return t.lines(t.lang.T("cmd.user.code", o.Code.Code), t.lang.T("cmd.user.open", o.URL))
	})
}

// lines writes lines of a result.
func (t *tool) lines(all ...string) error {
	for _, line := range all {
		if _, err := t.out.Write([]byte(line + "\n")); err != nil {
			return err
		}
	}
	return nil
}

func (t *tool) userToken() *cobra.Command {
	l := t.lang
	var in operate.NewToken
	c := t.jsonFlag(&cobra.Command{
		Use: "token " + l.T("cmd.arg.login"), Short: l.T("cmd.user-token.short"), Args: takes(1, 1),
		Example: "  phohien user token ky-su --label prometheus --scope monitor",
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			return t.with(ctx, func(c *client) error {
				var made operate.Token
				if err := c.post(ctx, userPath(args[0])+"/token", in, &made); err != nil {
					return err
				}
				if t.asJSON {
					return t.writeJSON(made)
				}
				t.sayf("%s", l.T("cmd.user-token.made", made.Login, made.Expires))
				return t.lines(made.Token) // alone, so that scripts can take it
			})
		},
	})
	c.Flags().IntVar(&in.Days, "days", 0, l.T("cmd.user-token.days"))
	c.Flags().StringVar(&in.Label, "label", "phohien user token", l.T("cmd.user-token.label"))
	c.Flags().StringSliceVar(&in.Scopes, "scope", nil, l.T("cmd.user-token.scope"))
	return c
}

func (t *tool) userRole() *cobra.Command {
	l := t.lang
	org, remove := "", false
	c := t.jsonFlag(&cobra.Command{
		Use: "role " + l.T("cmd.arg.login") + " " + l.T("cmd.arg.role"), Short: l.T("cmd.user-role.short"), Args: takes(2, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if remove {
				in := request{method: http.MethodDelete, path: userPath(args[0]) + "/roles/" + url.PathEscape(args[1]), query: url.Values{"org": {org}}}
				return t.changeUser(c.Context(), in, func(u operate.User) { t.sayf("%s", l.T("cmd.user-role.removed", u.Login, args[1])) })
			}
			return t.changeUser(c.Context(), sends(http.MethodPost, userPath(args[0])+"/roles", operate.RoleChange{Role: args[1], Org: org}),
				func(u operate.User) { t.sayf("%s", l.T("cmd.user-role.given", u.Login, args[1])) })
		},
	})
	c.Flags().StringVar(&org, "org", "", l.T("cmd.user-role.org"))
	c.Flags().BoolVar(&remove, "remove", false, l.T("cmd.user-role.remove"))
	return c
}

func (t *tool) userLock() *cobra.Command {
	l := t.lang
	why := ""
	c := t.jsonFlag(&cobra.Command{
		Use: "lock " + l.T("cmd.arg.login"), Short: l.T("cmd.user-lock.short"), Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return t.changeUser(c.Context(), sends(http.MethodPost, userPath(args[0])+"/lock", map[string]string{"why": why}),
				func(u operate.User) { t.sayf("%s", l.T("cmd.user-lock.done", u.Login)) })
		},
	})
	c.Flags().StringVar(&why, "why", "", l.T("cmd.user-lock.why"))
	return c
}

func (t *tool) userEmergency() *cobra.Command {
	l := t.lang
	name := ""
	c := t.jsonFlag(&cobra.Command{
		Use: "emergency", Short: l.T("cmd.user-emergency.short"), Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			return t.with(ctx, func(c *client) error {
				var code operate.Code
				if err := c.post(ctx, users+"/emergency", map[string]string{"name": name}, &code); err != nil {
					return err
				}
				if t.asJSON {
					return t.writeJSON(t.address(c, code))
				}
				t.sayf("%s", l.T("cmd.user-emergency.done", code.Login))
				return t.lines(code.Code)
			})
		},
	})
	c.Flags().StringVar(&name, "name", l.T("people.emergency.default"), l.T("cmd.user-emergency.name"))
	return c
}

// changeUser does something to an account and tells what it is now.
func (t *tool) changeUser(ctx context.Context, in request, tell func(u operate.User)) error {
	return t.with(ctx, func(c *client) error {
		var u operate.User
		if err := c.call(ctx, in, &u); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(u)
		}
		tell(u)
		return nil
	})
}

func (t *tool) firstLink(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		var code operate.Code
		if err := c.call(ctx, request{method: http.MethodPost, path: users + "/first-link"}, &code); err != nil {
			return err
		}
		o := t.address(c, code)
		if t.asJSON {
			return t.writeJSON(o)
		}
		t.sayf("%s", t.lang.T("cmd.user-first.done"))
		return t.lines(o.URL)
	})
}

func (t *tool) listUsers(ctx context.Context) error {
	return t.with(ctx, func(c *client) error {
		var all page[operate.User]
		if err := c.get(ctx, users, nil, &all); err != nil {
			return err
		}
		if t.asJSON {
			return t.writeJSON(all.Items)
		}
		if len(all.Items) == 0 {
			t.sayf("%s", t.lang.T("cmd.user-list.none"))
			return nil
		}
		l := t.lang
		out := newTable(l.T("cmd.user-list.login"), l.T("cmd.user-list.name"), l.T("cmd.user-list.org"), l.T("cmd.user-list.state"), l.T("cmd.user-list.last"), l.T("cmd.user-list.roles"))
		for _, u := range all.Items {
			last := ""
			if !u.LastSignIn.IsZero() {
				last = l.Time(u.LastSignIn)
			}
			out.add(u.Login, u.Name, u.Org, l.T("people.state."+u.State), last, strings.Join(u.Roles, ", "))
		}
		return out.write(t.out)
	})
}
