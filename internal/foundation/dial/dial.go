// Package dial is the one way by which the program asks other machines for
// anything: webhooks, harvests, imports, certificates. Addresses in such
// requests are typed by people, come from files or from other machines'
// answers, so that without a wall here anybody could have the program ask what
// only it can reach: itself, its neighbours, the cloud's metadata.
//
// Nothing may be asked that an administrator has not named in the setting
// "outgoing": a host, or a network. A host's address is judged after its name
// is resolved and once more when the connection is made, so that a name that
// changes its meaning in between gains nothing. Addresses that are not public
// need a network of their own in the setting, whatever name they go by.
//
// A test of tools/house keeps other code from opening connections.
package dial

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options say whom a Dialer may ask, and how long that may take.
type Options struct {
	Allow    []string       // see ParsePattern; empty: nobody
	Resolver Resolver       // nil: the machine's
	Timeout  time.Duration  // of a request until its answer is read, of each redirect again; 0: DefaultTimeout
	Roots    *x509.CertPool // whose certificates count; nil: the machine's
}

// DefaultTimeout is how long a request may take when nobody says otherwise. A
// request that needs less has a context that says so.
const DefaultTimeout = 30 * time.Second

const (
	connectTime  = 10 * time.Second // to one address
	headTime     = 20 * time.Second // until the answer begins
	idleTime     = 60 * time.Second
	headerBytes  = 64 << 10
	maxRedirects = 5
)

// A Dialer opens connections to those that an administrator has allowed.
type Dialer struct {
	allow    []Pattern
	resolver Resolver
	timeout  time.Duration
	roots    *x509.CertPool
}

// New returns a Dialer, or says which pattern cannot be read.
func New(o Options) (*Dialer, error) {
	d := &Dialer{resolver: o.Resolver, timeout: o.Timeout, roots: o.Roots}
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	if d.timeout <= 0 {
		d.timeout = DefaultTimeout
	}
	for _, text := range o.Allow {
		p, err := ParsePattern(text)
		if err != nil {
			return nil, err
		}
		d.allow = append(d.allow, p)
	}
	return d, nil
}

// Transport opens its connections through d. No proxy of the environment is
// asked: it would open them instead of us, and unjudged.
func (d *Dialer) Transport() *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.roots},
		TLSHandshakeTimeout:    connectTime,
		ResponseHeaderTimeout:  headTime,
		MaxResponseHeaderBytes: headerBytes,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        idleTime,
	}
}

// Client asks over one Transport of d. It follows at most five redirects, each
// judged like a first request.
func (d *Dialer) Client() *http.Client {
	return &http.Client{Transport: &trip{d: d, next: d.Transport()}, CheckRedirect: redirect}
}

// DialContext connects to host:port when both the host and the address that it
// has at this moment may be asked.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "dial.address", address).Because(err)
	}
	addrs, err := d.Addresses(ctx, host, port)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: connectTime, ControlContext: d.control(host, port)}
	var failed error
	for _, a := range addrs {
		// By its number: the name is not resolved a second time.
		conn, err := dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		if f := fault.Of(err); f != nil {
			return nil, f
		}
		failed = errors.Join(failed, err)
	}
	return nil, fault.New(fault.Unavailable, "dial.unreachable", net.JoinHostPort(host, port)).Because(failed)
}

// control judges the address of a socket that is about to connect: whatever
// happened before, this is where the packets go.
func (d *Dialer) control(host, port string) func(ctx context.Context, network, address string, _ syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fault.New(fault.Invalid, "dial.address", address).Because(err)
		}
		return d.judge(host, port, at.Addr())
	}
}

// Addresses resolves a host and gives those of its addresses that may be asked.
// With it an address that a person types is judged while they look; that it may
// be asked now does not say that it may be later.
func (d *Dialer) Addresses(ctx context.Context, host, port string) ([]netip.Addr, error) {
	if len(d.allow) == 0 {
		return nil, fault.New(fault.Denied, "dial.none-allowed", host)
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var open []netip.Addr
	var refused error
	for _, a := range addrs {
		if err := d.judge(host, port, a); err != nil {
			refused = err
			continue
		}
		open = append(open, a)
	}
	if len(open) == 0 {
		return nil, refused
	}
	return open, nil
}

func (d *Dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}, nil
	}
	// A name outside the setting is not even looked up, unless a network is in
	// the setting that it might lie in: the question itself tells something.
	if !d.mayResolve(host) {
		return nil, fault.New(fault.Denied, "dial.host", host)
	}
	addrs, err := d.resolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, "."))
	if err != nil || len(addrs) == 0 {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fault.New(fault.Unavailable, "dial.unknown-host", host).Because(err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}

func (d *Dialer) mayResolve(host string) bool {
	for _, p := range d.allow {
		if p.network.IsValid() || p.matchesName(host) {
			return true
		}
	}
	return false
}

// judge says why an address that a host and port lead to may not be asked.
func (d *Dialer) judge(host, port string, a netip.Addr) error {
	a = a.Unmap()
	kind := special(a)
	named := false
	for _, p := range d.allow {
		if p.network.IsValid() {
			if p.opens(a, kind) {
				return d.inner(host, port, a)
			}
			continue
		}
		named = named || p.matches(host, port)
	}
	switch {
	case kind != nil, a.Zone() != "": // a zone is of a link of this machine
		return fault.New(fault.Denied, "dial.not-public", host, a.String(), netip.PrefixFrom(a.WithZone(""), a.BitLen()).String())
	case named:
		return nil
	}
	return fault.New(fault.Denied, "dial.host", host)
}

// inner judges the IPv4 address that an IPv6 address of a translator carries:
// behind the translator that is the machine that is asked.
func (d *Dialer) inner(host, port string, a netip.Addr) error {
	if v4, carries := embedded(a); carries {
		return d.judge(host, port, v4)
	}
	return nil
}
