// Package api is the JSON API: what programs, the command line and our own
// pages ask of the platform, and the OpenAPI 3.1 document that says so, made
// from the same code. docs/api.md tells it to people.
//
// A handler reads the request, calls one service and answers; errors become
// RFC 9457 problems in one place.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/erasing"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/shelf"
	"github.com/phohien/phohien/internal/channels/termdesk"
	"github.com/phohien/phohien/internal/core/atlas"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// Prefix is the path under which this version of the API stands.
const Prefix = "/api/v1"

const defaultMaxUpload = 64 << 30

// A Server answers the API. It is an http.Handler for "/api/" and "/healthz".
type Server struct {
	Deps
	log      *slog.Logger
	mux      *http.ServeMux
	api      huma.API
	desk     *erasing.Desk
	shelf    *shelf.Shelf
	lexicon  *termdesk.Desk // nil: no shared dictionary
	listDesk *termdesk.Lists
	listed   []Route
	openJSON func() ([]byte, error) // made when first asked for
	openYAML func() ([]byte, error)
}

// New makes the server.
func New(d Deps) *Server {
	if d.MaxUpload <= 0 {
		d.MaxUpload = defaultMaxUpload
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Borders == nil {
		d.Borders = &atlas.Sheets{Records: d.Records}
	}
	s := &Server{Deps: d, log: d.Log, mux: http.NewServeMux()}
	s.desk = &erasing.Desk{Door: d.Door, Contracts: d.Contracts, Records: d.Records, Corridor: d.Corridor}
	s.shelf = &shelf.Shelf{Door: d.Door, Contracts: d.Contracts, Scores: d.Scores}
	if d.Orgs != nil {
		s.shelf.Orgs = d.Orgs
	}
	if d.Terms != nil {
		s.lexicon = &termdesk.Desk{Door: d.Door, Terms: d.Terms, Contracts: d.Contracts, Try: d.Corridor, Records: d.Records, Changed: d.Changed}
		if d.Orgs != nil {
			s.lexicon.Orgs = d.Orgs
		}
	}
	s.listDesk = &termdesk.Lists{Door: d.Door, Store: d.CodeLists, Changed: d.Changed, Who: d.Who}
	s.api = humago.New(s.mux, s.config())
	s.routes()
	s.publish()
	return s
}

// config is what package huma is told. It serves no pages and no schemas of its
// own: those would load scripts from other hosts.
func (s *Server) config() huma.Config {
	c := huma.DefaultConfig("Phố Hiến", s.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Components.Schemas = huma.NewMapRegistry(schemaPrefix, schemaName)
	c.Transformers = []huma.Transformer{word}
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.Info.Description = "Nền tảng dữ liệu cấp tỉnh. / A provincial data platform. See docs/api.md."
	c.Tags = tags()
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer", Description: "Khóa kết nối hoặc mã truy cập. / An API key or an access token."},
		"header":  {Type: "apiKey", In: "header", Name: "X-Phohien-Token", Description: "The same in a header of its own."},
		"session": {Type: "apiKey", In: "cookie", Name: door.SessionCookie, Description: "A browser that has signed in."},
	}
	return c
}

// jsonFormat writes JSON without escaping < and >, one document a line.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// publish serves the OpenAPI document. It is made when somebody first asks for
// it: to make it takes longer than all else that a start does.
func (s *Server) publish() {
	doc := s.api.OpenAPI()
	s.openJSON = sync.OnceValues(func() ([]byte, error) { return json.MarshalIndent(doc, "", "  ") })
	s.openYAML = sync.OnceValues(doc.YAML)
	serve := func(name, mediaType string, body func() ([]byte, error)) {
		s.mux.HandleFunc("GET "+Prefix+"/"+name, func(w http.ResponseWriter, r *http.Request) {
			text, err := body()
			if err != nil {
				s.writeProblem(w, r, fmt.Errorf("openapi document: %w", err))
				return
			}
			w.Header().Set("Content-Type", mediaType)
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
		})
	}
	serve("openapi.json", "application/openapi+json;version=3.1", s.openJSON)
	serve("openapi.yaml", "application/openapi+yaml;version=3.1", s.openYAML)
}

// Document is the OpenAPI document as JSON.
func (s *Server) Document() ([]byte, error) { return s.openJSON() }

// An exchange is one request with its answer, for handlers that stream.
type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(exchangeKey{}).(*exchange) }

var unstored = []string{"no-store"}

// ServeHTTP checks who knocks before anything else is read.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ex := &exchange{w: w}
	ctx := locale.With(r.Context(), language(r))
	ex.r = r.WithContext(context.WithValue(ctx, exchangeKey{}, ex))
	w.Header()["Cache-Control"] = unstored
	caller, err := s.admit(ex.r)
	if err != nil {
		s.writeProblem(w, ex.r, err)
		return
	}
	ex.r = ex.r.WithContext(door.With(ex.r.Context(), caller))
	guard.Hurry(w, ex.r)
	// Nothing is said of a path to who has not signed in, not even that it is
	// not there.
	if !caller.Known() {
		if _, route := s.mux.Handler(ex.r); route == "" {
			s.writeProblem(w, ex.r, door.NotSignedIn())
			return
		}
	}
	s.mux.ServeHTTP(&worded{ResponseWriter: w, r: ex.r}, ex.r)
	// What a long answer showed after it had begun.
	if err := s.Door.Told(ex.r.Context()); err != nil {
		s.log.ErrorContext(ex.r.Context(), "use of personal data not written down", slog.Any("err", err))
	}
}

// admit refuses requests under another name and writes that another site's page
// sends, and finds out who knocks.
func (s *Server) admit(r *http.Request) (*door.Caller, error) {
	if err := s.Guard.CheckHost(r); err != nil {
		return nil, err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		if err := s.Guard.CheckOrigin(r); err != nil {
			return nil, err
		}
	}
	return s.Door.Knock(r, "api")
}

// language is the reader's: the query's lang, or what the browser asks for.
func language(r *http.Request) locale.Lang {
	if l, ok := locale.Known(r.URL.Query().Get("lang")); ok {
		return l
	}
	return locale.Accept(r.Header.Get("Accept-Language"))
}

// worded turns the mux's own plain answers, "not found" and "method not
// allowed", into problems.
type worded struct {
	http.ResponseWriter
	r    *http.Request
	done bool
}

// Unwrap lets http.ResponseController find deadlines and flushing.
func (w *worded) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *worded) WriteHeader(status int) {
	plain := strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain")
	switch {
	case plain && status == http.StatusNotFound:
		w.done = true
		WriteProblem(w.ResponseWriter, w.r, fault.New(fault.NotFound, "api.no-such-path", w.r.URL.Path))
	case plain && status == http.StatusMethodNotAllowed:
		w.done = true
		WriteProblem(w.ResponseWriter, w.r, fault.New(fault.Invalid, "api.method", w.r.Method))
	default:
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *worded) Write(b []byte) (int, error) {
	if w.done {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// problemResponse documents the answer of every operation that fails.
func (s *Server) problemResponse() *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(typeOf[Problem](), true, "Problem")
	return &huma.Response{
		Description: "Lỗi theo RFC 9457 / Problem (RFC 9457)",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}

// A Route is an operation with what it is for.
type Route struct {
	Method, Path string
	Need         door.Need
}

// Routes lists the operations.
func (s *Server) Routes() []Route { return s.listed }

// register adds an operation: the policies are asked for what it needs, its
// errors become problems, and the document says so.
func register[I, O any](s *Server, need door.Need, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = s.problemResponse()
	if !need.Open {
		op.Security = []map[string][]string{{"bearer": {}}, {"header": {}}, {"session": {}}, {}}
	}
	s.listed = append(s.listed, Route{op.Method, op.Path, need})
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		err := s.Door.Enter(ctx, need)
		var out *O
		if err == nil {
			out, err = handle(ctx, in)
		}
		if err == nil {
			err = s.Door.Leave(ctx, need)
		}
		if err = errors.Join(err, s.Door.Note(ctx, need, exchangeOf(ctx).r, err)); err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
}
