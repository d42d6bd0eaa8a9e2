package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
)

// TLS reports whether the server itself encrypts.
func (c *Config) TLS() bool { return c.TLSCert != "" || len(c.ACMEHosts) > 0 }

// Beyond reports whether others than the users of this machine can reach the
// server: it listens on an address of a network, or a proxy hands it what comes
// from one. Then somebody must be able to sign in: until an account exists,
// whoever reaches the program may read everything.
func (c *Config) Beyond() bool { return c.BehindProxy || !isLoopback(c.Listen) }

// isLoopback reports whether only this machine can connect to an address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Names are the names that the server answers to, without port.
func (c *Config) Names() []string {
	names := slices.Concat(guard.Loopback, c.Hosts)
	for _, h := range c.ACMEHosts {
		if !slices.Contains(names, h) {
			names = append(names, h)
		}
	}
	return names
}

// Pages is the address that people type to see the pages, of a server that
// listens on address.
func (c *Config) Pages(address string) string {
	scheme := "http://"
	if c.TLS() {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return scheme + address
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case len(c.ACMEHosts) > 0:
		host = c.ACMEHosts[0]
	case err == nil && (ip.IsUnspecified() || c.TLS()) && len(c.Hosts) > 0:
		host = c.Hosts[0]
	case host == "127.0.0.1" || err == nil && ip.IsUnspecified():
		host = "localhost"
	}
	if c.TLS() && port == "443" {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + host
	}
	return scheme + net.JoinHostPort(host, port)
}

// validateTLS refuses settings of encryption that contradict each other, and to
// be reached from other machines in the clear.
func (c *Config) validateTLS() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fault.New(fault.Invalid, "tls.pair")
	}
	if (len(c.ACMEHosts) == 0) != (c.ACMEDirectory == "") || c.ACMEDirectory != "" && !isHTTPS(c.ACMEDirectory) {
		return fault.New(fault.Invalid, "tls.acme", strings.Join(c.ACMEHosts, ","), Redact(c.ACMEDirectory))
	}
	if c.TLSCert != "" && len(c.ACMEHosts) > 0 {
		return fault.New(fault.Invalid, "tls.both")
	}
	if c.BehindProxy && len(c.Proxies) == 0 {
		return fault.New(fault.Invalid, "tls.proxies")
	}
	if c.ListenHTTP != "" {
		if err := checkAddress(c.ListenHTTP); err != nil {
			return err
		}
		if !c.TLS() {
			return fault.New(fault.Invalid, "tls.http-without", c.ListenHTTP)
		}
	}
	if !isLoopback(c.Listen) && !c.TLS() && !c.BehindProxy {
		return fault.New(fault.Denied, "tls.not-loopback", c.Listen)
	}
	return nil
}

func isHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// admitBeyond refuses to be reached from other machines before somebody can
// sign in.
func (c *Config) admitBeyond(ctx context.Context, accountExists func(context.Context) (bool, error)) error {
	if !c.Beyond() {
		return nil
	}
	exists, err := accountExists(ctx)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if !exists {
		return fault.New(fault.Denied, "tls.no-account", c.Listen)
	}
	return nil
}

// An encryption is how the server proves who it is.
type encryption struct {
	config    *tls.Config
	challenge func(next http.Handler) http.Handler // on the port of http://, where who issues certificates asks; nil when nobody does
}

// encryption makes what the settings ask for, nil when the server does not
// encrypt.
func (c *Config) encryption(log *slog.Logger) (*encryption, error) {
	switch {
	case c.TLSCert != "":
		files, err := openCertificate(c.TLSCert, c.TLSKey, log)
		if err != nil {
			return nil, err
		}
		config := modernTLS()
		config.GetCertificate = files.get
		return &encryption{config: config}, nil
	case len(c.ACMEHosts) > 0:
		u, err := url.Parse(c.ACMEDirectory)
		if err != nil {
			return nil, fault.New(fault.Invalid, "tls.acme", strings.Join(c.ACMEHosts, ","), Redact(c.ACMEDirectory)).Because(err)
		}
		// Who issues certificates may be asked, since the setting names it; that
		// its address is no public one, the setting outgoing has to say.
		d, err := dial.New(dial.Options{Allow: append(slices.Clone(c.Outgoing), u.Hostname())})
		if err != nil {
			return nil, err
		}
		return c.automatic(d.Client())
	}
	return nil, nil
}

// modernTLS is TLS 1.3, and 1.2 with forward secrecy and authenticated
// encryption alone.
func modernTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: []string{"h2", "http/1.1"},
	}
}

// automatic gets certificates by ACME (RFC 8555) and renews them before they
// end. They are kept in the data folder, for its owner alone.
func (c *Config) automatic(client *http.Client) (*encryption, error) {
	dir := filepath.Join(c.Data, "acme")
	if err := ownFolder(dir); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // it may have come back from a copy
		return nil, err
	}
	m := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(dir),
		HostPolicy: autocert.HostWhitelist(c.ACMEHosts...),
		Client:     &acme.Client{DirectoryURL: c.ACMEDirectory, HTTPClient: client, UserAgent: "phohien"},
	}
	config := modernTLS()
	config.GetCertificate = m.GetCertificate
	config.NextProtos = append(config.NextProtos, acme.ALPNProto)
	return &encryption{config: config, challenge: m.HTTPHandler}, nil
}

// lookEvery is how often, at most, the files of a certificate are looked at.
const lookEvery = 5 * time.Second

// A certificate is read from its files again when they have changed: new
// connections get the new one, those that are open go on.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	now     *tls.Certificate
	read    [2]os.FileInfo // the files of now
	refused [2]os.FileInfo // files that could not be used, and were complained about
	looked  time.Time
}

// openCertificate reads a certificate and its key for the first time: what is
// wrong with them then stops the start.
func openCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, looked: time.Now()}
	files, err := c.stat()
	if err == nil {
		c.now, err = c.load()
	}
	if err != nil {
		return nil, err
	}
	c.read = files
	if end := c.now.Leaf.NotAfter; time.Now().After(end) {
		return nil, fault.New(fault.Invalid, "tls.expired", cert, end.Local().Format("02/01/2006"))
	}
	return c, nil
}

// get is tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		c.look()
	}
	return c.now, nil
}

// look reads the files again when they are others. Of two files the first is
// written before the second: as long as they do not fit together the old
// certificate stays, and they are tried again at the next look.
func (c *certificate) look() {
	files, err := c.stat()
	if err == nil {
		if same(files, c.read) {
			return
		}
		var next *tls.Certificate
		if next, err = c.load(); err == nil {
			c.now, c.read, c.refused = next, files, [2]os.FileInfo{}
			c.log.Info("certificate read again", slog.String("file", c.cert), slog.Time("until", next.Leaf.NotAfter))
			return
		}
	}
	if c.refused[0] == nil || !same(files, c.refused) {
		c.log.Warn("the certificate has changed and cannot be used; the one before stays", slog.String("file", c.cert), slog.Any("err", err))
		c.refused = files
	}
}

func (c *certificate) stat() (files [2]os.FileInfo, err error) {
	for i, name := range []string{c.cert, c.key} {
		if files[i], err = os.Stat(name); err != nil {
			return files, fault.New(fault.Invalid, "tls.file", c.cert, c.key).Because(err)
		}
	}
	return files, nil
}

func (c *certificate) load() (*tls.Certificate, error) {
	info, err := os.Stat(c.key)
	if err == nil && info.Mode().Perm()&0o007 != 0 {
		return nil, fault.New(fault.Denied, "tls.key-open", c.key)
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return nil, fault.New(fault.Invalid, "tls.file", c.cert, c.key).Because(err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, fault.New(fault.Invalid, "tls.file", c.cert, c.key).Because(err)
		}
	}
	return &pair, nil
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil || !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}

// toHTTPS sends readers of http:// on to the same page by https, under the names
// that the server answers to: to no other, or anybody could have it send people
// anywhere. What is not reading is not sent on: it was in the clear already.
func (c *Config) toHTTPS(port string) http.Handler {
	names := guard.Guard{Hosts: c.Names()}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		if err := names.CheckHost(r); err != nil || !reading {
			guard.Refuse(w, http.StatusMisdirectedRequest, fault.New(fault.Denied, "tls.use-https"))
			return
		}
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.Trim(host, "[]")
		u := url.URL{Scheme: "https", Host: net.JoinHostPort(host, port), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		if port == "443" {
			u.Host = strings.TrimSuffix(u.Host, ":443")
		}
		http.Redirect(w, r, u.String(), http.StatusPermanentRedirect)
	})
}
