package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// DiscoveryPath is where programs find the token endpoint (RFC 8414).
const DiscoveryPath = "/.well-known/oauth-authorization-server"

// maxTokenBody is longer than any assertion that is taken.
const maxTokenBody = 32 << 10

// A TokenAnswer is an access token (RFC 6749 §5.1).
type TokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type" enum:"Bearer"`
	ExpiresIn   int    `json:"expires_in" doc:"Seconds"`
	Scope       string `json:"scope,omitempty"`
}

// A TokenError is a refusal (RFC 6749 §5.2). The sentence for people stands in
// both languages; error_description may hold ASCII only.
type TokenError struct {
	Error       string `json:"error" doc:"invalid_request, invalid_client, unauthorized_client, unsupported_grant_type, invalid_scope, temporarily_unavailable or server_error"`
	Description string `json:"error_description,omitempty"`
	Vietnamese  string `json:"detail_vi,omitempty"`
}

// A KeySet is public keys (RFC 7517).
type KeySet struct {
	Keys []map[string]any `json:"keys" nullable:"false"`
}

// A Discovery says where programs sign in and how (RFC 8414).
type Discovery struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	JWKS          string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported" nullable:"false"`
	GrantTypes    []string `json:"grant_types_supported" nullable:"false"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported" nullable:"false"`
	Algorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported" nullable:"false"`
	Documents     string   `json:"service_documentation,omitempty"`
}

// oauthRoutes is how programs sign in. The three are open: who asks them has
// nothing to show yet.
func (s *Server) oauthRoutes() {
	if s.Clients == nil {
		return
	}
	refused := func(what string) *huma.Response { r := jsonOf[TokenError](s); r.Description = what; return r }
	register(s, door.Open, huma.Operation{
		OperationID: "oauth-token", Method: http.MethodPost, Path: door.TokenPath,
		Summary: "Lấy mã truy cập / Get an access token (RFC 6749)", Tags: []string{"oauth"},
		Description: "grant_type=client_credentials, with a client secret or a signed assertion (private_key_jwt). See docs/clients.md.",
		Responses: map[string]*huma.Response{
			"200": jsonOf[TokenAnswer](s), "400": refused("Refused"), "401": refused("Not known"), "403": refused("Refused"),
			"429": refused("Too often"), "500": refused("Ours to mend"), "503": refused("Not now"),
		},
	}, s.token)
	// Said afterwards: the handler reads the body itself, so that errors in it are
	// told as the protocol wants.
	s.api.OpenAPI().Paths[door.TokenPath].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/x-www-form-urlencoded": {Schema: &huma.Schema{Type: "object", Required: []string{"grant_type"}, Properties: map[string]*huma.Schema{
			"grant_type": {Type: "string", Enum: []any{"client_credentials"}}, "scope": {Type: "string"},
			"client_id": {Type: "string"}, "client_secret": {Type: "string"},
			"client_assertion_type": {Type: "string"}, "client_assertion": {Type: "string"},
		}}},
	}}
	register(s, door.Open, huma.Operation{
		OperationID: "oauth-keys", Method: http.MethodGet, Path: Prefix + "/oauth/jwks",
		Summary: "Khóa công khai của mã truy cập / Public keys of access tokens (RFC 7517)", Tags: []string{"oauth"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[KeySet](s)}),
	}, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		set, err := s.Clients.JWKS(ctx)
		if err != nil {
			return nil, err
		}
		return tagged(ctx, set)
	})
	register(s, door.Open, huma.Operation{
		OperationID: "oauth-discovery", Method: http.MethodGet, Path: DiscoveryPath,
		Summary: "Cách chương trình đăng nhập / How programs sign in (RFC 8414)", Tags: []string{"oauth"},
		Responses: withNotModified(map[string]*huma.Response{"200": jsonOf[Discovery](s)}),
	}, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		return tagged(ctx, Discovery{
			Issuer: s.Clients.Issuer, TokenEndpoint: s.Clients.Endpoint, JWKS: s.Clients.Issuer + Prefix + "/oauth/jwks", ResponseTypes: []string{},
			GrantTypes:  []string{"client_credentials"},
			AuthMethods: []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}, Algorithms: []string{"ES256", "EdDSA", "RS256"},
		})
	})
}

// token answers as the protocol wants it, errors too: programs read those.
func (s *Server) token(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	ex := exchangeOf(ctx)
	answer, err := s.giveToken(ctx, ex)
	status, body, headers := http.StatusOK, any(nil), http.Header{}
	if err == nil {
		body = TokenAnswer{answer.AccessToken, answer.TokenType, answer.ExpiresIn, answer.Scope}
	} else {
		status, body = s.tokenError(ctx, err, headers)
	}
	if err := s.tokenDone(ctx, answer.Client, err); err != nil {
		return nil, err // a token that nobody can account for is not handed out
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		for name, values := range headers {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Pragma", "no-cache")
		w.WriteHeader(status)
		// A reader who has gone away is no fault of ours.
		_ = jsonFormat.Marshal(w, body)
	}}, nil
}

func (s *Server) giveToken(ctx context.Context, ex *exchange) (t clients.TokenResponse, err error) {
	if err := s.Limits.SignIn(ex.r); err != nil {
		return t, err
	}
	if kind, _, err := mime.ParseMediaType(ex.r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return t, fault.New(fault.Invalid, "api.token-form")
	}
	text, err := io.ReadAll(http.MaxBytesReader(ex.w, ex.r.Body, maxTokenBody))
	if err != nil {
		return t, fault.New(fault.Invalid, "api.token-body", int64(maxTokenBody)).Because(err)
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return t, fault.New(fault.Invalid, "api.token-form").Because(err)
	}
	return s.Clients.Token(ctx, clients.TokenRequest{Authorization: ex.r.Header.Get("Authorization"), Form: form})
}

// tokenError words a refusal as RFC 6749 §5.2 has it.
func (s *Server) tokenError(ctx context.Context, err error, h http.Header) (int, any) {
	var refusal *clients.Refusal
	if errors.As(err, &refusal) {
		if refusal.Challenge != "" {
			h.Set("WWW-Authenticate", refusal.Challenge)
		}
		if refusal.Status >= http.StatusInternalServerError {
			s.log.ErrorContext(ctx, "no access token given", slog.Any("err", err))
		}
		return refusal.Status, refusal.Body()
	}
	said := TokenError{Error: clients.InvalidRequest, Description: plain(locale.En.Error(err)), Vietnamese: locale.Vi.Error(err)}
	if seconds, ok := rate.RetryAfter(err); ok {
		h.Set("Retry-After", strconv.Itoa(seconds))
		said.Error = clients.Unavailable
		return http.StatusTooManyRequests, said
	}
	return http.StatusBadRequest, said
}

// plain leaves out what RFC 6749 does not allow in error_description.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
}

// tokenDone writes down who got a token, or that somebody got none.
func (s *Server) tokenDone(ctx context.Context, client string, err error) error {
	c := door.From(ctx)
	by := &door.Caller{Who: c.Who, Actor: c.Actor, IP: guard.Client(exchangeOf(ctx).r).String(), Host: c.Host, Trace: c.Trace, At: c.At}
	if client != "" {
		by.Who, by.Actor = policy.Who{Kind: "program", ID: client}, actor.Actor{Kind: "program", ID: client, Name: client}
		if known, e := s.Clients.Find(ctx, client); e == nil {
			by.Who.Org, by.Actor.Name = known.Org, known.Name
		}
	}
	what := policy.What{Kind: policy.KindAccount, ID: client}
	return s.Door.Done(door.With(ctx, by), policy.SignIn, what, err, map[string]string{"with": "oauth-token"})
}
