package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A ca issues certificates for tests.
type ca struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
	last int64
}

func newCA(t testing.TB) *ca {
	t.Helper()
	c := &ca{t: t, key: newKey(t), pool: x509.NewCertPool(), last: 1}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Thử nghiệm"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &c.key.PublicKey, c.key)
	if err != nil {
		t.Fatal(err)
	}
	if c.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	c.pool.AddCert(c.cert)
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign issues a certificate and gives its serial number.
func (c *ca) sign(public any, until time.Time, names ...string) (der []byte, serial int64) {
	c.t.Helper()
	c.last++
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(c.last), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until, DNSNames: names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, c.cert, public, c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	return der, c.last
}

// files writes a new certificate and its key.
func (c *ca) files(cert, key string, until time.Time) (serial int64) {
	c.t.Helper()
	k := newKey(c.t)
	der, serial := c.sign(&k.PublicKey, until, "localhost", "kho.tinh.example")
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		c.t.Fatal(err)
	}
	write(c.t, cert, pemOf("CERTIFICATE", der))
	write(c.t, key, pemOf("PRIVATE KEY", private))
	return serial
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// write puts a file in the place of another, as tools that renew do.
func write(t testing.TB, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// TestCertificate_reload: a new certificate is taken without a start, half of
// one is not, and a broken one leaves the one before.
func TestCertificate_reload(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	issuer := newCA(t)
	tomorrow := time.Now().Add(24 * time.Hour)
	first := issuer.files(cert, key, tomorrow)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c, err := openCertificate(cert, key, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		serial := func() int64 {
			t.Helper()
			time.Sleep(lookEvery)
			now, err := c.get(nil)
			if err != nil {
				t.Fatal(err)
			}
			return now.Leaf.SerialNumber.Int64()
		}
		if got := serial(); got != first {
			t.Errorf("serial %d, want %d", got, first)
		}
		old, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		second := issuer.files(cert, key, tomorrow)
		fresh, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		write(t, key, old) // the certificate has come, its key has not
		for range 3 {
			if got := serial(); got != first {
				t.Errorf("with half of a certificate: %d, want %d", got, first)
			}
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%d complaints about one state of the files, want 1:\n%s", n, &log)
		}
		write(t, key, fresh)
		if now, err := c.get(nil); err != nil || now.Leaf.SerialNumber.Int64() != first {
			t.Errorf("the files are looked at more often than every %v", lookEvery)
		}
		if got := serial(); got != second {
			t.Errorf("after the key has come: %d, want %d", got, second)
		}
		if err := os.Remove(cert); err != nil {
			t.Fatal(err)
		}
		if got := serial(); got != second {
			t.Errorf("without a file: %d, want %d", got, second)
		}
		third := issuer.files(cert, key, tomorrow)
		if got := serial(); got != third {
			t.Errorf("at the end: %d, want %d", got, third)
		}
		if strings.Contains(log.String(), "PRIVATE") {
			t.Errorf("the log shows a key:\n%s", &log)
		}
	})
}

func TestOpenCertificate_refuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	issuer := newCA(t)
	issuer.files(at("a.pem"), at("a.key"), time.Now().Add(time.Hour))
	issuer.files(at("b.pem"), at("b.key"), time.Now().Add(time.Hour))
	issuer.files(at("old.pem"), at("old.key"), time.Now().Add(-time.Hour))
	issuer.files(at("open.pem"), at("open.key"), time.Now().Add(time.Hour))
	if err := os.Chmod(at("open.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, at("text.pem"), []byte("không phải chứng thư số"))
	for _, c := range []struct{ cert, key, want string }{
		{"a.pem", "b.key", "tls.file"},
		{"none.pem", "a.key", "tls.file"},
		{"a.pem", "none.key", "tls.file"},
		{"text.pem", "a.key", "tls.file"},
		{"old.pem", "old.key", "tls.expired"},
		{"open.pem", "open.key", "tls.key-open"},
	} {
		if _, err := openCertificate(at(c.cert), at(c.key), quiet()); !fault.Is(err, c.want) {
			t.Errorf("%s with %s: %v, want %s", c.cert, c.key, err, c.want)
		}
	}
}

// TestModernTLS: what is spoken, and what is not.
func TestModernTLS(t *testing.T) {
	dir := t.TempDir()
	issuer := newCA(t)
	c := Config{TLSCert: filepath.Join(dir, "cert.pem"), TLSKey: filepath.Join(dir, "key.pem")}
	issuer.files(c.TLSCert, c.TLSKey, time.Now().Add(time.Hour))
	crypt, err := c.encryption(quiet())
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", crypt.config)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	for name, tt := range map[string]struct {
		client *tls.Config
		ok     bool
	}{
		"1.3":              {&tls.Config{MinVersion: tls.VersionTLS13}, true},
		"1.2":              {&tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"1.1":              {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"1.0":              {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, false},
		"1.2 without AEAD": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
	} {
		tt.client.RootCAs, tt.client.ServerName = issuer.pool, "kho.tinh.example"
		conn, err := tls.Dial("tcp", l.Addr().String(), tt.client)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v, want it spoken: %v", name, err, tt.ok)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	for _, id := range crypt.config.CipherSuites {
		name := tls.CipherSuiteName(id)
		if !strings.HasPrefix(name, "TLS_ECDHE_") || !strings.Contains(name, "_GCM_") && !strings.Contains(name, "_CHACHA20_POLY1305_") {
			t.Errorf("%s is spoken", name)
		}
	}
}

// serving starts an App and gives the address of its pages.
func serving(t *testing.T, c Config) (a *App, address string) {
	t.Helper()
	a = open(t, c)
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- a.Serve(ctx, func(address string) { ready <- address }) }()
	select {
	case address = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
	return a, address
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestServe_tls: pages and API by TLS and HTTP/2, with every security header;
// the command line by loopback; a reader of http:// is sent on; a renewed
// certificate is shown to new connections while an old one goes on.
func TestServe_tls(t *testing.T) {
	dir := t.TempDir()
	issuer := newCA(t)
	c := config(t.TempDir())
	c.TLSCert, c.TLSKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	c.ListenHTTP = freePort(t)
	first := issuer.files(c.TLSCert, c.TLSKey, time.Now().Add(time.Hour))
	_, address := serving(t, c)

	trust := &tls.Config{RootCAs: issuer.pool, ServerName: "localhost", NextProtos: []string{"h2", "http/1.1"}}
	transport := &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	get := func(method, url string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return resp
	}
	for _, path := range []string{"/", "/khong-co", "/assets/khong-co", "/assets/licences.txt", "/api/v1/datasets", "/api/v1/khong-co", "/api/v1/operate/health", "/healthz"} {
		resp := get("GET", "https://"+address+path)
		if resp.ProtoMajor != 2 {
			t.Errorf("%s: %s, want HTTP/2", path, resp.Proto)
		}
		for _, name := range securityHeaders {
			if resp.Header.Get(name) == "" {
				t.Errorf("%s %d: no %s", path, resp.StatusCode, name)
			}
		}
		if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}

	owner, held, err := store.Holder(c.Data)
	if err != nil || !held || owner.Address == address || !strings.HasPrefix(owner.Address, "127.0.0.1:") {
		t.Fatalf("the command line is told %+v, %v, %v", owner, held, err)
	}
	resp := get("GET", "http://"+owner.Address+"/healthz")
	if resp.StatusCode != 200 || resp.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("in the clear on loopback: %d, %v", resp.StatusCode, resp.Header)
	}

	_, port, _ := net.SplitHostPort(address)
	_, plain, _ := net.SplitHostPort(c.ListenHTTP)
	resp = get("GET", "http://localhost:"+plain+"/datasets/a%2Fb?x=1")
	if resp.StatusCode != http.StatusPermanentRedirect || resp.Header.Get("Location") != "https://localhost:"+port+"/datasets/a%2Fb?x=1" {
		t.Errorf("http: %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := get("POST", "http://localhost:"+plain+"/session"); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a write in the clear: %d", resp.StatusCode)
	}

	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: issuer.pool, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	second := issuer.files(c.TLSCert, c.TLSKey, time.Now().Add(time.Hour))
	deadline := time.Now().Add(2*lookEvery + 10*time.Second)
	for shown := first; shown != second; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the certificate %d is still shown, want %d", shown, second)
		}
		fresh, err := tls.Dial("tcp", address, &tls.Config{RootCAs: issuer.pool, ServerName: "localhost"})
		if err != nil {
			t.Fatal(err)
		}
		shown = fresh.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		_ = fresh.Close()
	}
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("on the connection that was open before: %q, %v", line, err)
	}
}

var securityHeaders = []string{
	"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Strict-Transport-Security",
}

// TestServe_beyond: nobody is served from other machines before there is an
// account, and nothing is listened at then.
func TestServe_beyond(t *testing.T) {
	c := config(t.TempDir())
	c.Listen, c.BehindProxy = freePort(t), true
	if err := setProxies(&c, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if err := open(t, c).Serve(t.Context(), nil); !fault.Is(err, "tls.no-account") {
		t.Errorf("Serve = %v, want tls.no-account", err)
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		t.Fatalf("the address is taken: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestServe_badCertificate: the start stops, and the addresses are free again.
func TestServe_badCertificate(t *testing.T) {
	c := config(t.TempDir())
	c.TLSCert, c.TLSKey = filepath.Join(c.Data, "none.pem"), filepath.Join(c.Data, "none.key")
	if err := open(t, c).Serve(t.Context(), nil); !fault.Is(err, "tls.file") {
		t.Errorf("Serve = %v, want tls.file", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	issuer := newCA(t)
	dir := t.TempDir()
	c = config(t.TempDir())
	c.TLSCert, c.TLSKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	issuer.files(c.TLSCert, c.TLSKey, time.Now().Add(time.Hour))
	c.Listen, c.ListenHTTP = freePort(t), taken.Addr().String()
	if err := open(t, c).Serve(t.Context(), nil); !fault.Is(err, "config.in-use") {
		t.Errorf("Serve = %v, want config.in-use", err)
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		t.Fatalf("the first address is still taken: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestToHTTPS: readers are sent on under our names alone.
func TestToHTTPS(t *testing.T) {
	c := Config{Hosts: []string{"kho.noi-bo"}, ACMEHosts: []string{"kho.tinh.example"}}
	for _, tt := range []struct{ method, host, target, port, want string }{
		{"GET", "kho.tinh.example", "/a?b=c", "443", "https://kho.tinh.example/a?b=c"},
		{"HEAD", "KHO.tinh.example:80", "/", "8443", "https://KHO.tinh.example:8443/"},
		{"GET", "kho.noi-bo", "//evil.example/x", "443", "https://kho.noi-bo//evil.example/x"},
		{"GET", "[::1]:80", "/", "443", "https://[::1]/"},
		{"GET", "evil.example", "/", "443", ""},
		{"GET", "kho.tinh.example.evil.example", "/", "443", ""},
		{"GET", "kho.tinh.example@evil.example", "/", "443", ""},
		{"POST", "kho.tinh.example", "/", "443", ""},
	} {
		r := httptest.NewRequest(tt.method, "http://localhost"+tt.target, nil)
		r.Host = tt.host
		w := httptest.NewRecorder()
		c.toHTTPS(tt.port).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != tt.want || (tt.want == "") != (w.Code == http.StatusMisdirectedRequest) {
			t.Errorf("%s %s%s: %d to %q, want %q", tt.method, tt.host, tt.target, w.Code, got, tt.want)
		}
	}
}

// TestEncryption_none: without settings nothing is encrypted and nobody asked.
func TestEncryption_none(t *testing.T) {
	c := DefaultConfig()
	if crypt, err := c.encryption(quiet()); crypt != nil || err != nil {
		t.Errorf("encryption = %v, %v", crypt, err)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "acme")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder for certificates: %v", err)
	}
}
