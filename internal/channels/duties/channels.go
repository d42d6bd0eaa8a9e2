package duties

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
)

const shownDeliveries = 50

type channelsView struct {
	Head       headView
	Secret     string // of a new webhook, shown this once
	Channels   []channelView
	New        []formView
	Deliveries []deliveryView
	Next       string
}

type channelView struct {
	Name   string
	Bands  []bandView
	Facts  []factView
	Edit   formView
	Remove formView
}

type deliveryView struct {
	Channel, At, Tries, Reason string
	State                      bandView
	Retry                      *formView
}

func (s *pages) channelRoutes() {
	run := door.Of(policy.Operate, policy.KindServer)
	s.Handle("GET /admin/notices", run, s.channels)
	s.Handle("POST /admin/notices", run, s.putChannel)
	s.Handle("POST /admin/notices/remove", run, s.removeChannel)
	s.Handle("POST /admin/notices/retry", run, s.retry)
}

func (s *pages) channels(w http.ResponseWriter, r *http.Request) error {
	v, err := s.channelsView(r, nil)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.Page(r, v.Head.Title, "admin"), channelsPage(v))
}

func (s *pages) channelsView(r *http.Request, f url.Values) (v channelsView, err error) {
	ctx := r.Context()
	l := locale.From(ctx)
	list, err := s.Desk.Notices.Channels(ctx)
	if err != nil {
		return v, err
	}
	v.Head = headView{Crumbs: []linkView{{Text: l.T("site.admin"), Path: "/admin"}}, Title: l.T("duties.channels"), Lead: l.T("duties.channels.lead"), Done: done(r)}
	names := map[string]string{}
	for _, c := range list {
		names[c.ID] = c.Name
		one := channelView{Name: c.Name, Edit: channelForm(l, c, nil), Bands: []bandView{{"good", l.T("duties.channel.on")}}}
		if f.Get("id") == c.ID {
			one.Edit = channelForm(l, c, f)
		}
		if !c.On {
			one.Bands = []bandView{{"none", l.T("duties.channel.off")}}
		}
		one.Edit.Token = token(ctx)
		where := c.URL
		if c.Kind == notify.KindMail {
			where = c.Host + ":" + strconv.Itoa(c.Port)
		}
		secret := l.T("duties.channel.no-secret")
		if c.HasSecret {
			secret = l.T("duties.channel.has-secret")
		}
		one.Facts = []factView{{Name: l.T("duties.channel.kind"), Value: l.T("duties.channel." + c.Kind)}, {Name: l.T("duties.channel.where"), Value: where, Code: true}, {Name: l.T("duties.channel.secret"), Value: secret}}
		one.Remove = formView{ID: "remove-" + c.ID, Path: "/admin/notices/remove", Token: token(ctx), Title: l.T("duties.channel.remove"), Folded: true, Button: "btn btn-danger", Submit: l.T("duties.channel.remove"),
			Hidden: []hiddenView{{Name: "id", Value: c.ID}}, Fields: []fieldView{{Name: "why", Label: l.T("duties.why"), Required: true, Wide: true}}}
		v.Channels = append(v.Channels, one)
	}
	for _, kind := range []string{notify.KindMail, notify.KindWebhook} {
		form := channelForm(l, notify.Channel{Kind: kind, On: true, Port: 587, TLS: notify.StartTLS}, nil)
		if f.Get("id") == "" && f.Get("kind") == kind {
			form = channelForm(l, notify.Channel{Kind: kind}, f)
		}
		form.Token, form.ID = token(ctx), "new-"+kind
		v.New = append(v.New, form)
	}
	sent, next, err := s.Desk.Notices.Deliveries(ctx, notify.DeliveryFilter{Before: r.URL.Query().Get("before"), Limit: shownDeliveries})
	if err != nil {
		return v, err
	}
	for _, d := range sent {
		row := deliveryView{Channel: cmp.Or(names[d.Channel], d.Channel), Tries: l.Number(int64(d.Tries)), Reason: d.Reason(l),
			State: bandView{map[string]string{notify.Waiting: "watch", notify.Sent: "good", notify.Dead: "poor"}[d.State], l.T("duties.delivery." + d.State)}}
		at := d.EndedAt
		if at.IsZero() {
			at = d.NextAt
		}
		row.At = l.Time(at)
		if d.State == notify.Dead {
			row.Retry = &formView{ID: "retry-" + d.ID, Path: "/admin/notices/retry", Token: token(ctx), Small: true, Button: "btn", Submit: l.T("duties.retry"), Hidden: []hiddenView{{Name: "id", Value: d.ID}}}
		}
		v.Deliveries = append(v.Deliveries, row)
	}
	if next != "" {
		v.Next = ui.Address("/admin/notices", "before", next)
	}
	return v, nil
}

// channelForm makes or changes a channel; f is what was filled in before.
func channelForm(l locale.Lang, c notify.Channel, f url.Values) formView {
	value := func(name, kept string) string {
		if f != nil {
			return f.Get(name)
		}
		return kept
	}
	on := ""
	if c.On {
		on = "true"
	}
	title := l.T("duties.channel.edit")
	if c.ID == "" {
		title = l.T("duties.channel.new-" + c.Kind)
	}
	chosen := c.Severities
	if f != nil {
		chosen = chosenSeverities(f)
	}
	form := formView{ID: "edit-" + c.ID, Path: "/admin/notices", Title: title, Folded: f == nil, Submit: l.T("duties.keep"),
		Hidden: []hiddenView{{Name: "id", Value: c.ID}, {Name: "kind", Value: c.Kind}}, Fields: []fieldView{{Name: "name", Label: l.T("duties.channel.name"), Value: value("name", c.Name), Required: true}}}
	secret := fieldView{Name: "secret", Label: l.T("duties.channel.secret"), Kind: "password", Hint: l.T("duties.channel.secret-hint")}
	if c.Kind == notify.KindMail {
		tls := picks(value("tls", c.TLS), Pick{Value: notify.StartTLS, Text: "STARTTLS"}, Pick{Value: notify.TLS, Text: "TLS"}, Pick{Value: notify.NoTLS, Text: l.T("duties.channel.plain")})
		port := ""
		if c.Port > 0 {
			port = strconv.Itoa(c.Port)
		}
		form.Fields = append(form.Fields,
			fieldView{Name: "host", Label: l.T("duties.channel.host"), Value: value("host", c.Host), Required: true},
			fieldView{Name: "port", Label: l.T("duties.channel.port"), Value: value("port", port), Required: true},
			fieldView{Name: "tls", Label: l.T("duties.channel.tls"), Kind: "select", Picks: tls},
			fieldView{Name: "from", Label: l.T("duties.channel.from"), Value: value("from", c.From), Required: true},
			fieldView{Name: "user", Label: l.T("duties.channel.user"), Value: value("user", c.User)}, secret)
	} else {
		form.Fields = append(form.Fields,
			fieldView{Name: "url", Label: l.T("duties.channel.url"), Value: value("url", c.URL), Required: true, Wide: true},
			fieldView{Name: "severity", Label: l.T("duties.channel.severities"), Kind: "checks", Picks: severityPicks(l, chosen), Hint: l.T("duties.channel.all-when-none")},
			fieldView{Name: "orgs", Label: l.T("duties.channel.orgs"), Value: value("orgs", strings.Join(c.Orgs, ", ")), Wide: true, Hint: l.T("duties.channel.all-when-none")}, secret)
	}
	form.Fields = append(form.Fields, fieldView{Name: "on", Label: l.T("duties.channel.on"), Kind: "check", Value: value("on", on)},
		fieldView{Name: "why", Label: l.T("duties.why"), Value: value("why", ""), Required: true, Wide: true})
	return form
}

func chosenSeverities(f url.Values) (all []notify.Severity) {
	for _, text := range f["severity"] {
		all = append(all, notify.Severity(text))
	}
	return all
}

func (s *pages) putChannel(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	c := notify.Channel{ID: f.Get("id"), Kind: f.Get("kind"), Name: f.Get("name"), On: f.Get("on") != "", URL: f.Get("url"), Severities: chosenSeverities(f), Host: f.Get("host"), TLS: f.Get("tls"),
		User: trim(f, "user"), From: trim(f, "from"), Secret: trim(f, "secret")}
	for _, org := range strings.FieldsFunc(f.Get("orgs"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		c.Orgs = append(c.Orgs, org)
	}
	if text := trim(f, "port"); text != "" {
		if c.Port, err = strconv.Atoi(text); err != nil {
			err = fault.New(fault.Invalid, "duties.number", text)
		}
	}
	var out notify.Channel
	if err == nil {
		out, err = s.Desk.PutChannel(r.Context(), f.Get("why"), c)
	}
	if err != nil {
		return s.againChannels(w, r, err, f)
	}
	if out.Secret == "" {
		http.Redirect(w, r, "/admin/notices?done=channel", http.StatusSeeOther)
		return nil
	}
	v, err := s.channelsView(r, nil) // an address is kept by browsers: what is shown once stands in none
	if err != nil {
		return err
	}
	v.Secret, v.Head.Done = out.Secret, locale.From(r.Context()).T("duties.done.channel")
	return s.Show(w, r, s.Page(r, v.Head.Title, "admin"), channelsPage(v))
}

func (s *pages) againChannels(w http.ResponseWriter, r *http.Request, err error, f url.Values) error {
	return s.again(w, r, err, "admin", func(problem string) (headView, templ.Component, error) {
		v, err := s.channelsView(r, f)
		v.Head.Problem = problem
		return v.Head, channelsPage(v), err
	})
}

func (s *pages) removeChannel(w http.ResponseWriter, r *http.Request) error {
	return s.channelAct(w, r, "channel-removed", func(ctx context.Context, f url.Values) error {
		return s.Desk.RemoveChannel(ctx, f.Get("why"), f.Get("id"))
	})
}

func (s *pages) retry(w http.ResponseWriter, r *http.Request) error {
	return s.channelAct(w, r, "retry", func(ctx context.Context, f url.Values) error { return s.Desk.Retry(ctx, f.Get("id")) })
}

func (s *pages) channelAct(w http.ResponseWriter, r *http.Request, what string, do func(ctx context.Context, f url.Values) error) error {
	f, err := s.Form(w, r, mostForm)
	if err != nil {
		return err
	}
	if err := do(r.Context(), f); err != nil {
		return s.againChannels(w, r, err, nil)
	}
	http.Redirect(w, r, "/admin/notices?done="+what, http.StatusSeeOther)
	return nil
}
