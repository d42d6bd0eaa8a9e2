// Package site is what all our pages share: who asks and in which language, the
// frame, forms that only our own pages can send, and errors as pages. Each set
// of pages adds its own with Handle.
package site

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Site holds the pages. It is an http.Handler.
type Site struct {
	Guard  *guard.Guard
	Door   *door.Door
	Assets *assets.Set
	Log    *slog.Logger
	// Notice is what everybody should know: just now, above every page, and of the
	// whole province, below it. nil: nothing.
	Notice func(l locale.Lang) (now, always string)
	// Unread counts the notices that a person has not read, for the head of every
	// page; nil: nobody gets notices.
	Unread func(ctx context.Context) (int, error)

	mux    *http.ServeMux
	listed []Route
	menu   []offered
}

// An offered entry of the menu is shown to whom it is for.
type offered struct {
	ui.Entry
	may func(ctx context.Context) bool
}

// New makes a site with no page but those that every site has; assets are served
// under assets.Prefix.
func New(g *guard.Guard, d *door.Door, files *assets.Set, log *slog.Logger) *Site {
	s := &Site{Guard: g, Door: d, Assets: files, Log: log, mux: http.NewServeMux()}
	s.mux.Handle(assets.Prefix, files)
	s.Offer(ui.Entry{Place: "datasets", Address: "/", Text: "page.datasets", Group: ui.MenuData}, nil)
	s.Offer(ui.Entry{Place: "batches", Address: "/batches", Text: "page.batches", Group: ui.MenuData}, nil)
	s.Offer(ui.Entry{Place: "units", Address: "/units", Text: "units.menu", Group: ui.MenuWords}, nil)
	s.Handle("GET /en", door.Open, s.choose(locale.En))
	s.Handle("GET /vi", door.Open, s.choose(locale.Vi))
	s.Handle("POST /session", door.Open, s.signIn)
	s.Handle("/", door.Of(policy.OwnAccount, policy.KindSelf), func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "page.no-such-page")
	})
	return s
}

// Routes lists the pages.
func (s *Site) Routes() []Route { return s.listed }

// A Route is a page with what it is for.
type Route struct {
	Pattern string
	Need    door.Need
}

// Handle adds a page with what it is for.
func (s *Site) Handle(pattern string, need door.Need, f func(http.ResponseWriter, *http.Request) error) {
	s.listed = append(s.listed, Route{pattern, need})
	s.mux.HandleFunc(pattern, s.Door.Guarded(need, s.Fail, f))
}

// Offer adds an entry to the menu, for those of whom may says so; nil: everybody.
// Sets of pages call it while they are made, before the site serves.
func (s *Site) Offer(e ui.Entry, may func(ctx context.Context) bool) {
	s.menu = append(s.menu, offered{e, may})
}

// offers are the entries of the menu that a reader may follow.
func (s *Site) offers(ctx context.Context) (list []ui.Entry) {
	for _, o := range s.menu {
		if (o.may == nil || o.may(ctx)) && s.opens(ctx, o.Address) {
			list = append(list, o.Entry)
		}
	}
	return list
}

// opens reports whether the door of a page opens for the reader, now or once they
// have shown more of themselves: the menu leads nobody to a refusal.
func (s *Site) opens(ctx context.Context, address string) bool {
	if address == "/" {
		address = "/{$}"
	}
	i := slices.IndexFunc(s.listed, func(r Route) bool { return r.Pattern == "GET "+address })
	if i < 0 {
		return true
	}
	n := s.listed[i].Need
	switch {
	case n.Open:
		return true
	case !n.Public && !door.From(ctx).Known():
		return false
	case n.Each:
		return true
	}
	d := s.Door.Asks(ctx, n.Action, policy.What{Kind: n.Kind})
	return d.Allowed || d.NeedsStrong || d.NeedsPurpose
}

// FormToken refuses a form that was not made for the caller's own session.
func (s *Site) FormToken(ctx context.Context, shown string) error {
	c := door.From(ctx)
	switch {
	case !c.Known():
		return door.NotSignedIn()
	case c.CSRF == "" || subtle.ConstantTimeCompare([]byte(shown), []byte(c.CSRF)) != 1:
		return fault.New(fault.Denied, "door.form")
	}
	return nil
}

// ServeHTTP checks who knocks, and in which language, before anything else.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(locale.With(r.Context(), language(w, r)))
	if err := s.Guard.CheckHost(r); err != nil {
		s.Fail(w, r, err)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := s.Guard.CheckOrigin(r); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	caller, err := s.Door.Knock(r, "console")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	r = r.WithContext(door.With(r.Context(), caller))
	guard.Hurry(w, r)
	if token := r.URL.Query().Get("token"); token != "" && r.Method == http.MethodGet {
		s.welcome(w, r, token)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// language is the one asked for, the one chosen before, or Vietnamese: an
// official's browser is often set to English.
func language(w http.ResponseWriter, r *http.Request) locale.Lang {
	if l, ok := locale.Known(r.URL.Query().Get("lang")); ok {
		remember(w, r, l)
		return l
	}
	if c, err := r.Cookie(ui.LanguageCookie); err == nil {
		if l, ok := locale.Known(c.Value); ok {
			return l
		}
	}
	return locale.Vi
}

func remember(w http.ResponseWriter, r *http.Request, l locale.Lang) {
	http.SetCookie(w, &http.Cookie{Name: ui.LanguageCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600,
		SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: guard.Secure(r)})
}

func (s *Site) choose(l locale.Lang) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		remember(w, r, l)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
}

// welcome lets in a browser that was opened with the address the start printed,
// and takes the token out of the address.
func (s *Site) welcome(w http.ResponseWriter, r *http.Request, token string) {
	if err := s.Guard.Match(token); err != nil {
		s.Fail(w, r, err)
		return
	}
	http.SetCookie(w, s.Guard.Session(r))
	u := *r.URL
	q := u.Query()
	q.Del("token")
	u.RawQuery = q.Encode()
	http.Redirect(w, r, Local(u.RequestURI()), http.StatusSeeOther)
}

// local keeps a path from being read as another host's address. Browsers read
// past control characters, so none is left.
func local(path string) string {
	path = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, path)
	return strings.TrimLeft(path, `/\`)
}

// signIn takes the token from the form and goes back to where it was asked.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	if err := s.Guard.Match(r.PostForm.Get("token")); err != nil {
		return err
	}
	http.SetCookie(w, s.Guard.Session(r))
	http.Redirect(w, r, Local(r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}

// Page is the frame of a page.
func (s *Site) Page(r *http.Request, title, place string) ui.Page {
	here := &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	p := ui.Page{Title: title, Assets: s.Assets, Here: here, Place: place, Menu: s.offers(r.Context())}
	if s.Notice != nil {
		p.Notice, p.Footnote = s.Notice(locale.From(r.Context()))
	}
	if c := door.From(r.Context()); c.Known() {
		p.Token, p.Name = c.CSRF, c.Actor.Name
		p.Inbox = s.Unread != nil && c.Who.Kind == "person"
	}
	if p.Inbox {
		var err error
		if p.Unread, err = s.Unread(r.Context()); err != nil && r.Context().Err() == nil { // the page is worth more than the count
			s.Log.ErrorContext(r.Context(), "notices cannot be counted", slog.Any("err", err))
		}
	}
	return p
}

// Show answers with a page.
func (s *Site) Show(w http.ResponseWriter, r *http.Request, p ui.Page, body templ.Component) error {
	return ui.Render(w, r, http.StatusOK, framed(p, body))
}

// ShowWrong answers with a page on which something is to be mended: a form that
// says what was wrong with it. What is ours to mend is an error page instead.
func (s *Site) ShowWrong(w http.ResponseWriter, r *http.Request, err error, p ui.Page, body templ.Component) error {
	status := api.Status(err)
	if status == http.StatusInternalServerError {
		return err
	}
	for name, values := range api.Headers(err) {
		w.Header()[name] = values
	}
	w.Header().Del("WWW-Authenticate")
	return ui.Render(w, r, status, framed(p, body))
}

// Again answers a form that was refused with the page it was sent from, at one of
// our addresses: made as if that had been asked for, with what the request's context
// says of the refusal, under the refusal's status.
func (s *Site) Again(w http.ResponseWriter, r *http.Request, address string, err error) error {
	status := api.Status(err)
	if status == http.StatusInternalServerError {
		return err
	}
	u, bad := url.ParseRequestURI(address)
	if bad != nil {
		return errors.Join(err, bad)
	}
	for name, values := range api.Headers(err) {
		w.Header()[name] = values
	}
	w.Header().Del("WWW-Authenticate")
	page := r.Clone(r.Context())
	page.Method, page.URL, page.RequestURI = http.MethodGet, u, u.RequestURI()
	page.Body, page.ContentLength, page.Form, page.PostForm, page.MultipartForm = http.NoBody, 0, nil, nil, nil
	s.mux.ServeHTTP(&refusal{w, status}, page)
	return nil
}

// A refusal is the answer to a form that was refused: a page with its status.
type refusal struct {
	http.ResponseWriter
	status int
}

// WriteHeader gives a page that could be made the refusal's status.
func (f *refusal) WriteHeader(status int) {
	if status == http.StatusOK {
		status = f.status
	}
	f.ResponseWriter.WriteHeader(status)
}

// Unwrap lets a controller of the response reach it.
func (f *refusal) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// Local makes an address that came with a request one of this site: a path,
// never another host.
func Local(address string) string { return "/" + local(address) }

// Fail shows an error as a page. What is ours to mend is logged.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody reads it
	}
	p := api.NewProblem(r.Context(), err)
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "page failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	for name, values := range api.Headers(err) {
		w.Header()[name] = values
	}
	w.Header().Del("WWW-Authenticate") // a page asks by its form
	s.offer(r, err, p.Status, w, p)
}

// offer shows an error with what would help: signing in, naming a purpose,
// showing a second factor.
func (s *Site) offer(r *http.Request, err error, status int, w http.ResponseWriter, p *api.Problem) {
	view := errorView{Title: p.Title, Detail: p.Detail, SignIn: status == http.StatusUnauthorized, Purpose: fault.Is(err, door.NeedsPurpose), Strong: fault.Is(err, door.NeedsStrong),
		Operator: fault.Is(err, "door.token-wrong"), Back: "/"}
	if u, bad := url.Parse(r.Header.Get("Referer")); bad == nil && u.Host == r.Host {
		view.Back = Local(u.RequestURI())
	}
	// A form cannot be sent again from an address: its page can be opened again.
	if view.Here = view.Back; r.Method == http.MethodGet || r.Method == http.MethodHead {
		view.Here = Local(r.URL.RequestURI())
	}
	if view.SignIn && fault.Is(err, door.SignIn) {
		view.Title, view.Detail = ui.Say(r.Context(), "site.sign-in-title"), ui.Say(r.Context(), "site.sign-in-why")
	}
	page := s.Page(r, view.Title, "")
	page.Here = here(view.Here)
	if e := ui.Render(w, r, p.Status, framed(page, errorPage(view))); e != nil {
		s.Log.ErrorContext(r.Context(), "page of an error failed", slog.Any("err", e))
		http.Error(w, p.Detail, p.Status)
	}
}

// here is a local address as a URL.
func here(address string) *url.URL {
	u, err := url.ParseRequestURI(address)
	if err != nil {
		return &url.URL{Path: "/"}
	}
	return &url.URL{Path: u.Path, RawQuery: u.RawQuery}
}

type errorView struct {
	Title, Detail string
	SignIn        bool // who has not signed in
	Operator      bool // who has shown a wrong token of the start
	Purpose       bool // no purpose has been named in this session
	Strong        bool // no second factor has been shown
	Here          string
	Back          string
}
