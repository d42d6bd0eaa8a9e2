package guard

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/rate"
)

// A year. Hosts below ours are others' to decide about.
const strictTransport = "max-age=31536000"

// headers tell a browser what it must not do with any answer of ours. A door
// that needs another value sets it: pages have a policy that lets them load
// their own style and scripts (assets.Policy), all else may load nothing.
var headers = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Frame-Options":              "DENY", // for browsers that do not know frame-ancestors
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy": "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), " +
		"gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), xr-spatial-tracking=(), " +
		"fullscreen=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)",
}

// shared are the headers as http.Header has them. Every answer has these same
// lists: who sets another value replaces the list.
var shared = func() http.Header {
	all := http.Header{}
	for name, value := range headers {
		all.Set(name, value)
	}
	return all
}()

// Headers is the one place that sets the security headers of every door. Over
// an encrypted connection browsers are told to come back by no other.
func Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, values := range shared {
			h[name] = values
		}
		if Secure(r) {
			h.Set("Strict-Transport-Security", strictTransport)
		}
		next.ServeHTTP(w, r)
	})
}

// A Front says how requests reach us.
type Front struct {
	Proxies []netip.Prefix // whose X-Forwarded-… headers count
	Only    bool           // nobody but them and this machine is served
}

type arrival struct {
	client netip.Addr
	secure bool
}

type arrivalKey struct{}

// Mark notes who sent a request and whether it came encrypted as far as the
// proxy in front of us, for Client and Secure. It stands before everything else.
func (f Front) Mark(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byProxy := rate.FromProxy(r, f.Proxies)
		if f.Only && !byProxy && !rate.ClientIP(r, nil).IsLoopback() {
			Refuse(w, http.StatusMisdirectedRequest, fault.New(fault.Denied, "tls.past-proxy"))
			return
		}
		a := arrival{client: rate.ClientIP(r, f.Proxies)}
		// One value alone: of several the first may be the client's own.
		proto := r.Header.Values("X-Forwarded-Proto")
		a.secure = r.TLS != nil || byProxy && len(proto) == 1 && proto[0] == "https"
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), arrivalKey{}, a)))
	})
}

// Secure reports whether a request came encrypted, to us or to our proxy.
func Secure(r *http.Request) bool {
	a, _ := r.Context().Value(arrivalKey{}).(arrival)
	return r.TLS != nil || a.secure
}

// Client is the address that a request comes from, behind our proxies. It is
// the key of limits (rate.Key) and the address in the log.
func Client(r *http.Request) netip.Addr {
	if a, ok := r.Context().Value(arrivalKey{}).(arrival); ok {
		return a.client
	}
	return rate.ClientIP(r, nil)
}

// Refuse answers before any door is reached, in both languages, since nobody has
// asked for one yet.
func Refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, locale.Vi.Error(err)+"\n"+locale.En.Error(err), status)
}
