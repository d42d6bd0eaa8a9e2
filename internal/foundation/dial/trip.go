package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A trip is one request and its answer: it judges the address before anything
// is opened or an open connection is used again, and words what went wrong.
type trip struct {
	d    *Dialer
	next *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (t *trip) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := t.d.CheckURL(r.URL); err != nil {
		if r.Body != nil {
			err = errors.Join(err, r.Body.Close())
		}
		return nil, err
	}
	// Not http.Client.Timeout: that would give its own error in the place of
	// ours.
	ctx, cancel := context.WithTimeout(r.Context(), t.d.timeout)
	resp, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, worded(r, err)
	}
	resp.Body = &answer{ReadCloser: resp.Body, r: r, done: cancel}
	return resp, nil
}

// An answer is read within the time of its request.
type answer struct {
	io.ReadCloser
	r    *http.Request
	done context.CancelFunc
}

func (a *answer) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = worded(a.r, err)
	}
	return n, err
}

func (a *answer) Close() error {
	defer a.done()
	return a.ReadCloser.Close()
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the
// connections.
func (t *trip) CloseIdleConnections() { t.next.CloseIdleConnections() }

// worded says in a sentence that nobody answered; what the caller broke off
// itself stays as it is.
func worded(r *http.Request, err error) error {
	if fault.Of(err) != nil || errors.Is(r.Context().Err(), context.Canceled) {
		return err
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return fault.New(fault.Unavailable, "dial.slow", r.URL.Host).Because(err)
	}
	return fault.New(fault.Unavailable, "dial.unreachable", r.URL.Host).Because(err)
}

// CheckURL says why an address may not be asked, as far as that can be told
// without resolving its host.
func (d *Dialer) CheckURL(u *url.URL) error {
	host, port := u.Hostname(), u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fault.New(fault.Invalid, "dial.scheme", u.Scheme)
	case host == "":
		return fault.New(fault.Invalid, "dial.address", u.Redacted())
	case u.User != nil: // it would end up in logs, and in Referer
		return fault.New(fault.Invalid, "dial.userinfo", host)
	case len(d.allow) == 0:
		return fault.New(fault.Denied, "dial.none-allowed", host)
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, p := range d.allow {
		if p.network.IsValid() || p.matches(host, port) {
			return nil
		}
	}
	return fault.New(fault.Denied, "dial.host", host)
}

// plainHeaders go along to another host; keys, cookies, signatures and the
// address we come from do not.
var plainHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Accept-Language": true, "Range": true, "User-Agent": true,
	"If-Modified-Since": true, "If-None-Match": true,
}

// redirect judges where an answer sends us. Whom it sends us to, trip judges.
func redirect(r *http.Request, via []*http.Request) error {
	before := via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return fault.New(fault.Unavailable, "dial.redirects", via[0].URL.Host, maxRedirects)
	case before.URL.Scheme == "https" && r.URL.Scheme != "https":
		return fault.New(fault.Denied, "dial.downgrade", before.URL.Host, r.URL.Host)
	}
	if r.URL.Host == via[0].URL.Host {
		return nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		// What was meant for one host is not handed to another.
		return fault.New(fault.Denied, "dial.redirect-body", before.URL.Host, r.URL.Host)
	}
	for name := range r.Header {
		if !plainHeaders[name] {
			r.Header.Del(name)
		}
	}
	return nil
}

// Limit reads at most n bytes and then fails with a fault, where io.LimitReader
// would give a part as if it were the whole.
func Limit(r io.Reader, n int64) io.Reader { return &limited{r: r, left: n, limit: n} }

type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.r.Read(b)
	if int64(n) > l.left {
		n, l.left = int(l.left), 0
		return n, fault.New(fault.TooLarge, "dial.too-large", l.limit)
	}
	l.left -= int64(n)
	return n, err
}

// ReadAll reads an answer of at most n bytes and closes it.
func ReadAll(resp *http.Response, n int64) (_ []byte, err error) {
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.ContentLength > n {
		return nil, fault.New(fault.TooLarge, "dial.too-large", n)
	}
	return io.ReadAll(Limit(resp.Body, n))
}
