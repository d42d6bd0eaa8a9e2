// Package console is the officials' pages: the data sets, one page for each
// with an upload that shows the whole walk of a batch, the batches, and the
// lines that did not pass.
//
// A handler reads the request, calls one service and renders a view that is
// ready to show; errors become pages in one place. Everything works without a
// script: forms post and lead to the next page.
package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/api/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/channels/ui/assets"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Deps is what the pages stand on. Log and Now have defaults.
type Deps struct {
	Guard     *guard.Guard
	Assets    *assets.Set
	Contracts contracts
	Records   records
	Scores    scores
	Corridor  walk
	CodeLists codeLists // nil: codes are shown without their names
	Units     api.Units // nil: no register of administrative units
	Drafts    drafts    // nil: no data sets are made from sample files
	Known     known     // what the platform has already, for drafts
	Log       *slog.Logger
	Now       func() time.Time
	MaxUpload int64 // bytes of one file, 0 = 64 GB
}

// contracts is what this package needs of contract.Store, and no more.
type contracts interface {
	Current(ctx context.Context, id string) (*contract.Contract, error)
	List(ctx context.Context, after string, limit int) ([]*contract.Contract, error)
}

// records is what this package needs of package record.
type records interface {
	turnouts
	Head(ctx context.Context, contractID string) (int64, time.Time, error)
	List(ctx context.Context, obj *contract.Object, afterKey string, limit int, asOf int64) ([]record.Row, error)
	Count(ctx context.Context, obj *contract.Object) (int64, error)
	Quarantine(ctx context.Context, obj *contract.Object, f record.Filter, after int64, limit int) ([]record.QuarantineLine, error)
	QuarantineCounts(ctx context.Context, obj *contract.Object) (record.Counts, error)
}

// scores is what this package needs of package score.
type scores = api.Scores

// codeLists is what this package needs of dictionary.Store.
type codeLists interface {
	Current(ctx context.Context, id string) (*dictionary.CodeList, error)
}

// walk is what this package needs of package corridor.
type walk interface {
	slips
	rereads
	Receive(ctx context.Context, by identity.Actor, in corridor.Request) (corridor.Status, error)
	Status(ctx context.Context, id string) (corridor.Status, error)
	Cancel(ctx context.Context, by identity.Actor, id string) (corridor.Status, error)
	Confirm(ctx context.Context, by identity.Actor, id string) (corridor.Status, error)
	Undo(ctx context.Context, by identity.Actor, id string) (corridor.Status, error)
	Batches(ctx context.Context, dataset, after string, limit int) ([]corridor.Status, string, error)
	ReceiveBook(ctx context.Context, by identity.Actor, in corridor.Request) ([]corridor.Status, error)
	Check(ctx context.Context, con *contract.Contract, obj *contract.Object, name string, body io.Reader, rec *recipe.Recipe, lines func(line int64, key string, raw, faults string) error) (corridor.Report, error)
}

type server struct {
	Deps
	mux *http.ServeMux
}

// New makes the pages; assets are served under assets.Prefix.
func New(d Deps) http.Handler {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.MaxUpload <= 0 {
		d.MaxUpload = 64 << 30
	}
	s := &server{Deps: d, mux: http.NewServeMux()}
	s.mux.Handle(assets.Prefix, d.Assets)
	s.handle("GET /{$}", s.home)
	s.handle("GET /en", s.choose(locale.En))
	s.handle("GET /vi", s.choose(locale.Vi))
	s.handle("GET /datasets", func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	})
	s.wizardRoutes()
	s.downloadRoutes()
	s.handle("GET /datasets/{id}", s.dataset)
	s.handle("GET /datasets/{id}/quarantine", s.quarantine)
	s.handle("POST /datasets/{id}/batches", s.send)
	s.slipRoutes()
	s.readingRoutes()
	s.handle("GET /units", s.findUnits)
	s.handle("GET /units/{uid}", s.unit)
	s.handle("GET /batches", s.batches)
	s.handle("GET /batches/{id}", s.batch)
	s.handle("POST /batches/{id}/{action}", s.act)
	s.handle("POST /session", s.signIn)
	s.handle("/", func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.NotFound, "page.no-such-page")
	})
	return s
}

func (s *server) handle(pattern string, f func(http.ResponseWriter, *http.Request) error) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// ServeHTTP checks who knocks, and in which language, before anything else.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(locale.With(r.Context(), language(w, r)))
	if err := s.Guard.CheckHost(r); err != nil {
		s.fail(w, r, err)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if err := s.Guard.CheckOrigin(r); err != nil {
			s.fail(w, r, err)
			return
		}
	}
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
		SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: r.TLS != nil})
}

func (s *server) choose(l locale.Lang) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		remember(w, r, l)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
}

// welcome lets in a browser that was opened with the address the start printed,
// and takes the token out of the address.
func (s *server) welcome(w http.ResponseWriter, r *http.Request, token string) {
	if err := s.Guard.Match(token); err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.Guard.Session(r))
	u := *r.URL
	q := u.Query()
	q.Del("token")
	u.RawQuery = q.Encode()
	http.Redirect(w, r, "/"+trimSlashes(u.RequestURI()), http.StatusSeeOther)
}

// trimSlashes keeps a path from being read as another host's address.
func trimSlashes(path string) string {
	for len(path) > 0 && (path[0] == '/' || path[0] == '\\') {
		path = path[1:]
	}
	return path
}

// signIn takes the token from the form and goes back to where it was asked.
func (s *server) signIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	if err := s.Guard.Match(r.PostForm.Get("token")); err != nil {
		return err
	}
	http.SetCookie(w, s.Guard.Session(r))
	http.Redirect(w, r, "/"+trimSlashes(r.PostForm.Get("back")), http.StatusSeeOther)
	return nil
}

// page is the frame of a page.
func (s *server) page(r *http.Request, title, place string) ui.Page {
	here := &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	p := ui.Page{Title: title, Assets: s.Assets, Here: here, Place: place}
	if s.Guard.InSession(r) {
		p.Token = s.Guard.Token
	}
	return p
}

func (s *server) show(w http.ResponseWriter, r *http.Request, p ui.Page, body templ.Component) error {
	return ui.Render(w, r, http.StatusOK, framed(p, body))
}

// fail shows an error as a page. What is ours to mend is logged.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody reads it
	}
	p := api.NewProblem(r.Context(), err)
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "page failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	view := errorView{Title: p.Title, Detail: p.Detail, SignIn: p.Status == http.StatusUnauthorized, Back: r.Header.Get("Referer")}
	if u, bad := url.Parse(view.Back); bad == nil && u.Host == r.Host {
		view.Back = u.RequestURI()
	} else {
		view.Back = "/"
	}
	if err := ui.Render(w, r, p.Status, framed(s.page(r, p.Title, ""), errorPage(view))); err != nil {
		s.Log.ErrorContext(r.Context(), "page of an error failed", slog.Any("err", err))
		http.Error(w, p.Detail, p.Status)
	}
}

type errorView struct {
	Title, Detail string
	SignIn        bool
	Back          string
}

// person is who acts on the pages, until accounts exist.
func person(ctx context.Context) identity.Actor {
	return identity.Actor{Kind: "person", ID: "web", Name: locale.Vi.T("page.actor")}
}

// owner is the name of who answers for a data set.
func owner(ctx context.Context, con *contract.Contract) string {
	if con.OwnerName == "" {
		return ui.Say(ctx, "page.no-owner")
	}
	return con.OwnerName
}
