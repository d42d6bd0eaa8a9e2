package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// A Problem is an error as RFC 9457 writes it. Title and detail are in the
// reader's language (Accept-Language); both languages stand beside them.
type Problem struct {
	Type   string        `json:"type" format:"uri" example:"urn:phohien:problem:dataset.unknown" doc:"Stable name of the kind of problem"`
	Title  string        `json:"title" doc:"Short summary in the reader's language"`
	Status int           `json:"status" doc:"HTTP status"`
	Detail string        `json:"detail" doc:"What happened here and how to mend it, in the reader's language"`
	Vi     ProblemText   `json:"vi" doc:"In Vietnamese"`
	En     ProblemText   `json:"en" doc:"In English"`
	Errors []ProblemPart `json:"errors,omitempty" nullable:"false" doc:"Parts of the request that are wrong"`
}

// A ProblemText is a problem in one language.
type ProblemText struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// A ProblemPart names one wrong part of a request.
type ProblemPart struct {
	Location string `json:"location" doc:"Such as query.limit, or the name of a field"`
	Message  string `json:"message" doc:"In English where it comes from the schema of the request, else in the reader's language"`
}

// TypePrefix begins the type of every problem.
const TypePrefix = "urn:phohien:problem:"

// Error makes a Problem an error of package huma.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statuses says which HTTP status a kind of fault has.
var statuses = map[fault.Kind]int{
	fault.Internal:    http.StatusInternalServerError,
	fault.Invalid:     http.StatusBadRequest,
	fault.NotFound:    http.StatusNotFound,
	fault.Denied:      http.StatusForbidden,
	fault.Conflict:    http.StatusConflict,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.Cancelled:   http.StatusConflict,
	fault.TooMany:     http.StatusTooManyRequests,
}

var titles = map[fault.Kind]string{
	fault.Internal: "internal", fault.Invalid: "invalid", fault.NotFound: "not-found", fault.Denied: "denied",
	fault.Conflict: "conflict", fault.TooLarge: "too-large", fault.Unavailable: "unavailable", fault.Cancelled: "cancelled",
	fault.TooMany: "too-many",
}

// Status returns the HTTP status that an error has at this door.
func Status(err error) int {
	switch {
	case guard.IsUnauthorized(err):
		return http.StatusUnauthorized
	case fault.Is(err, "door.sign-in"), fault.Is(err, "door.token-missing"), fault.Is(err, "door.token-wrong"):
		return http.StatusUnauthorized
	case fault.Is(err, "door.host"):
		return http.StatusMisdirectedRequest
	case fault.Is(err, "api.method"):
		return http.StatusMethodNotAllowed
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return statuses[fault.KindOf(err)]
}

// NewProblem words an error for a reader. What nobody prepared for readers is
// one neutral sentence: whoever calls this logs it.
func NewProblem(ctx context.Context, err error) *Problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) && fault.Of(err) == nil {
		err = fault.New(fault.TooLarge, "api.body-too-large", tooLarge.Limit).Because(err)
	}
	title := "api.title." + titles[fault.KindOf(err)]
	text := func(l locale.Lang) ProblemText { return ProblemText{Title: l.T(title), Detail: l.Error(err)} }
	own := text(locale.From(ctx))
	return &Problem{
		Type: problemType(err), Title: own.Title, Status: Status(err), Detail: own.Detail,
		Vi: text(locale.Vi), En: text(locale.En), Errors: wrongParts(locale.From(ctx), err),
	}
}

// problemType is the stable name of an error's kind.
func problemType(err error) string {
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal {
		return TypePrefix + f.Key
	}
	return TypePrefix + "internal"
}

// Headers are what an error's answer carries besides.
func Headers(err error) http.Header {
	h := http.Header{}
	switch Status(err) {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="phohien"`)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "2")
	}
	if seconds, ok := rate.RetryAfter(err); ok {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	return h
}

// problemOf logs what is ours to mend and words the error.
func (s *Server) problemOf(ctx context.Context, err error) error {
	if Status(err) == http.StatusInternalServerError && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "request failed", slog.Any("err", err))
	}
	return huma.ErrorWithHeaders(NewProblem(ctx, err), Headers(err))
}

// writeProblem answers outside of package huma.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	if Status(err) == http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	WriteProblem(w, r, err)
}

// WriteProblem answers with an error, worded for the reader.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := NewProblem(r.Context(), err)
	body, jsonErr := json.Marshal(p)
	if jsonErr != nil { // a struct of texts
		http.Error(w, http.StatusText(p.Status), p.Status)
		return
	}
	for name, values := range Headers(err) {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// A reader who has gone away is no fault of ours.
	_, _ = w.Write(append(body, '\n'))
}

// word turns package huma's own errors (a parameter that its schema refuses)
// into Problems; it is a transformer of answers.
func word(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	var parts []ProblemPart
	var where []string
	for _, d := range e.Errors {
		parts = append(parts, ProblemPart{Location: d.Location, Message: d.Message})
		if d.Location != "" {
			where = append(where, d.Location)
		}
	}
	err := fault.New(fault.Invalid, "api.request", strings.Join(where, ", "))
	if len(where) == 0 {
		err = fault.New(fault.Invalid, "api.unreadable")
	}
	p := NewProblem(ctx.Context(), err.Because(fmt.Errorf("%s", e.Detail)))
	p.Status, p.Errors = e.Status, parts
	return p, nil
}
