// Package operate is the part of the API that operators use: packs, a check
// that commits nothing, backup and the state of the program. The command line
// asks for these whether a server runs or not, so they are doors like the
// others. They need the token also for reading: they speak of files and
// settings of the machine.
package operate

import (
	"context"
	"encoding/json"
	"errors"
	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/foundation/policy"
	"io"
	"log/slog"
	"net/http"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/recipe"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/store"
)

// Prefix is the path of all routes here.
const Prefix = "/api/v1/operate/"

// MetricsPath is where Prometheus asks by habit.
const MetricsPath = "/metrics"

// Deps is what the routes stand on.
type Deps struct {
	Guard     *guard.Guard
	Door      *door.Door
	Packs     *pack.Packs
	Shipped   func(name string) (*pack.Pack, error) // a pack that comes with the program
	Installed func(ctx context.Context) error       // told after packs have changed
	Contracts *contract.Store
	Check     checker
	Backup    func(ctx context.Context, dir string) (store.Manifest, error)
	Health    func(ctx context.Context) (any, error)
	Figures   http.Handler                                       // answers Prometheus; nil: no such route
	Rebuild   func(ctx context.Context) (batches int, err error) // the list of batches, from the data sets
	Log       *slog.Logger
	Accounts  *identity.Service // nil: no routes about accounts
	Clients   *clients.Registry
	Conflict  func(roles []string) error // why one person may not hold these roles together
}

// checker is what this package needs of the corridor.
type checker interface {
	Check(ctx context.Context, con *contract.Contract, obj *contract.Object, name string, body io.Reader, rec *recipe.Recipe, lines func(line int64, key, raw, faults string) error) (corridor.Report, error)
}

// A Server answers the routes. It is an http.Handler for Prefix.
type Server struct {
	Deps
	mux    *http.ServeMux
	listed []Route
}

// New makes the server.
func New(d Deps) *Server {
	s := &Server{Deps: d, mux: http.NewServeMux()}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	s.route("GET", "packs", door.Of(policy.InstallPack, policy.KindPack), s.listPacks)
	s.route("POST", "packs/diff", door.Of(policy.InstallPack, policy.KindPack), s.diffPacks)
	s.route("POST", "packs", door.Of(policy.InstallPack, policy.KindPack), s.installPacks)
	s.route("DELETE", "packs/{id}", door.Of(policy.InstallPack, policy.KindPack), s.removePack)
	s.route("POST", "check", door.Of(policy.Draft, policy.KindContract), s.check)
	s.route("POST", "backup", door.Of(policy.Operate, policy.KindServer), s.backup)
	s.route("GET", "health", door.Of(policy.Operate, policy.KindServer), s.health)
	s.metricsRoute()
	s.userRoutes()
	s.route("POST", "rebuild", door.Of(policy.Operate, policy.KindServer), s.rebuild)
	return s
}

// A Route is a path with what it is for.
type Route struct {
	Method, Path string
	Need         door.Need
}

// Routes lists the routes.
func (s *Server) Routes() []Route { return s.listed }

func (s *Server) route(method, path string, need door.Need, handle func(w http.ResponseWriter, r *http.Request) error) {
	s.routeAt(method, Prefix+path, need, handle)
}

// routeAt is route for a whole path, outside of Prefix.
func (s *Server) routeAt(method, path string, need door.Need, handle func(w http.ResponseWriter, r *http.Request) error) {
	s.listed = append(s.listed, Route{method, path, need})
	s.mux.HandleFunc(method+" "+path, s.Door.Guarded(need, s.fail, handle))
}

// ServeHTTP checks who knocks before anything else is read.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lang, ok := locale.Known(r.URL.Query().Get("lang"))
	if !ok {
		lang = locale.Accept(r.Header.Get("Accept-Language"))
	}
	r = r.WithContext(locale.With(r.Context(), lang))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if err := errors.Join(s.Guard.CheckHost(r), s.Guard.CheckOrigin(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	caller, err := s.Door.Knock(r, "operate")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	r = r.WithContext(door.With(r.Context(), caller))
	guard.Hurry(w, r)
	s.mux.ServeHTTP(w, r)
}

// A Refused is the answer about a pack or a contract that cannot be used: a
// problem as RFC 9457 writes it, with every fault found in the files.
type Refused struct {
	*api.Problem
	Problems []pack.Problem `json:"problems"`
}

// Problems lists what was found in the files of a refused pack or contract.
func Problems(err error) []pack.Problem {
	var refusal *pack.Refusal
	if errors.As(err, &refusal) {
		return refusal.Problems
	}
	var refused *contract.Refused
	if !errors.As(err, &refused) {
		return nil
	}
	list := make([]pack.Problem, len(refused.Findings))
	for i, f := range refused.Findings {
		list[i] = pack.Problem{Path: f.Path, Line: f.Line, Column: f.Column, Severity: string(f.Severity), MessageVi: f.MessageVi, MessageEn: f.MessageEn}
	}
	return list
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if api.Status(err) == http.StatusInternalServerError && r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	if found := Problems(err); found != nil {
		w.Header().Set("Content-Type", "application/problem+json")
		answer(w, api.Status(err), Refused{api.NewProblem(r.Context(), err), found})
		return
	}
	api.WriteProblem(w, r, err)
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	// A reader who has gone away is no fault of ours.
	_, _ = w.Write(append(body, '\n'))
}

func (s *Server) backup(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Dir string `json:"dir"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&in); err != nil || in.Dir == "" {
		return fault.New(fault.Invalid, "operate.backup-dir")
	}
	m, err := s.Backup(r.Context(), in.Dir)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, m)
	return nil
}

// A Rebuilt says how many batches were found in the data sets.
type Rebuilt struct {
	Batches int `json:"batches"`
}

func (s *Server) rebuild(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Rebuild(r.Context())
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, Rebuilt{Batches: n})
	return nil
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	h, err := s.Health(r.Context())
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, h)
	return nil
}
