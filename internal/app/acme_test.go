package app

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/acme"

	"github.com/phohien/phohien/internal/foundation/dial"
)

// A caSimulator plays who issues certificates by ACME: the steps of RFC 8555 for
// one name at a time, and the challenges tls-alpn-01 and http-01, which it asks
// at addresses that the test gives. It does not look at signatures.
type caSimulator struct {
	*ca
	server *httptest.Server
	tls    string // where it asks for tls-alpn-01; "" = it does not offer it
	plain  string // the same for http-01

	mu     sync.Mutex
	name   string
	state  string // of the one authorization
	leaf   []byte
	issued int
	asked  []string // challenges, in their order
}

func newSimulator(t *testing.T) *caSimulator {
	s := &caSimulator{ca: newCA(t), state: acme.StatusPending}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.server.Close)
	return s
}

func (s *caSimulator) at(path string) string { return s.server.URL + path }

func (s *caSimulator) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Replay-Nonce", "mot-lan")
	w.Header().Set("Content-Type", "application/json")
	status, answer := http.StatusOK, any(struct{}{})
	switch r.URL.Path {
	case "/directory":
		answer = map[string]any{"newNonce": s.at("/nonce"), "newAccount": s.at("/account"), "newOrder": s.at("/order")}
	case "/nonce":
	case "/account":
		w.Header().Set("Location", s.at("/account/1"))
		status = http.StatusCreated
	case "/order":
		var in struct{ Identifiers []struct{ Value string } }
		payload(r, &in)
		s.name = in.Identifiers[0].Value
		w.Header().Set("Location", s.at("/order/1"))
		status, answer = http.StatusCreated, s.order()
	case "/order/1":
		answer = s.order()
	case "/authz":
		answer = s.authorization()
	case "/challenge/tls-alpn-01", "/challenge/http-01":
		s.check(strings.TrimPrefix(r.URL.Path, "/challenge/"))
		answer = map[string]string{"type": "tls-alpn-01", "url": s.at(r.URL.Path), "token": "the", "status": s.state}
	case "/finalize":
		if err := s.issue(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer = s.order()
	case "/cert":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(append(pemOf("CERTIFICATE", s.leaf), pemOf("CERTIFICATE", s.cert.Raw)...))
		return
	default:
		s.t.Errorf("the simulator is asked for %s", r.URL.Path)
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// payload reads what a signed request (RFC 7515) says.
func payload(r *http.Request, into any) {
	var signed struct{ Payload string }
	_ = json.NewDecoder(r.Body).Decode(&signed)
	text, _ := base64.RawURLEncoding.DecodeString(signed.Payload)
	_ = json.Unmarshal(text, into)
}

func (s *caSimulator) order() map[string]any {
	o := map[string]any{
		"status": acme.StatusPending, "identifiers": []map[string]string{{"type": "dns", "value": s.name}},
		"authorizations": []string{s.at("/authz")}, "finalize": s.at("/finalize"),
	}
	switch {
	case s.leaf != nil:
		o["status"], o["certificate"] = acme.StatusValid, s.at("/cert")
	case s.state == acme.StatusValid:
		o["status"] = acme.StatusReady
	}
	return o
}

func (s *caSimulator) authorization() map[string]any {
	var challenges []map[string]string
	for kind, address := range map[string]string{"tls-alpn-01": s.tls, "http-01": s.plain} {
		if address != "" {
			challenges = append(challenges, map[string]string{"type": kind, "url": s.at("/challenge/" + kind), "token": "the", "status": s.state})
		}
	}
	return map[string]any{"status": s.state, "identifier": map[string]string{"type": "dns", "value": s.name}, "challenges": challenges}
}

// check asks the server that wants a certificate whether it is under that name.
func (s *caSimulator) check(kind string) {
	s.asked = append(s.asked, kind)
	err := s.checkTLS
	if kind == "http-01" {
		err = s.checkPlain
	}
	s.state = acme.StatusValid
	if err := err(); err != nil {
		s.t.Errorf("challenge %s: %v", kind, err)
		s.state = acme.StatusInvalid
	}
}

func (s *caSimulator) checkTLS() error {
	conn, err := tls.Dial("tcp", s.tls, &tls.Config{ServerName: s.name, InsecureSkipVerify: true, NextProtos: []string{acme.ALPNProto}})
	if err != nil {
		return err
	}
	defer conn.Close()
	state := conn.ConnectionState()
	if state.NegotiatedProtocol != acme.ALPNProto {
		return fmt.Errorf("protocol %q", state.NegotiatedProtocol)
	}
	return state.PeerCertificates[0].VerifyHostname(s.name)
}

func (s *caSimulator) checkPlain() error {
	r, err := http.NewRequest("GET", "http://"+s.plain+"/.well-known/acme-challenge/the", nil)
	if err != nil {
		return err
	}
	r.Host = s.name
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !bytes.HasPrefix(text, []byte("the.")) {
		return fmt.Errorf("%d %q, %v", resp.StatusCode, text, err)
	}
	return nil
}

func (s *caSimulator) issue(r *http.Request) error {
	var in struct{ CSR string }
	payload(r, &in)
	der, err := base64.RawURLEncoding.DecodeString(in.CSR)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || s.state != acme.StatusValid {
		return fmt.Errorf("in state %s: %w", s.state, err)
	}
	s.leaf, _ = s.sign(csr.PublicKey, s.ca.cert.NotAfter, csr.DNSNames...)
	s.issued++
	return nil
}

const acmeName = "kho.tinh.example"

// client asks the simulator, and nobody else, as the program would.
func (s *caSimulator) client(t *testing.T) *http.Client {
	t.Helper()
	d, err := dial.New(dial.Options{Allow: []string{"127.0.0.1"}, Roots: s.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	return d.Client()
}

// listenTLS serves under crypt and gives the address.
func listenTLS(t *testing.T, crypt *encryption) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "chào") }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn)
	server.TLS = crypt.config
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func handshake(s *caSimulator, address, name string) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", address, &tls.Config{ServerName: name, RootCAs: s.pool})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// TestACME: the first reader under a name brings its certificate, by either
// challenge; another name brings none; and after a start it is there.
func TestACME(t *testing.T) {
	for _, kind := range []string{"tls-alpn-01", "http-01"} {
		t.Run(kind, func(t *testing.T) {
			s := newSimulator(t)
			c := config(t.TempDir())
			c.ACMEHosts, c.ACMEDirectory = []string{acmeName}, s.at("/directory")
			crypt, err := c.automatic(s.client(t))
			if err != nil {
				t.Fatal(err)
			}
			address := listenTLS(t, crypt)
			if kind == "http-01" {
				plain := httptest.NewServer(crypt.challenge(c.toHTTPS("443")))
				t.Cleanup(plain.Close)
				s.plain = plain.Listener.Addr().String()
			} else {
				s.tls = address
			}
			if _, err := handshake(s, address, "khac.tinh.example"); err == nil || s.issued != 0 {
				t.Errorf("a name that is not ours: %v, %d issued", err, s.issued)
			}
			first, err := handshake(s, address, acmeName)
			if err != nil {
				t.Fatal(err)
			}
			if err := first.VerifyHostname(acmeName); err != nil || s.issued != 1 || len(s.asked) != 1 || s.asked[0] != kind {
				t.Errorf("%v, %d issued, challenges %v", err, s.issued, s.asked)
			}
			info, err := os.Stat(filepath.Join(c.Data, "acme"))
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("folder of certificates: %v, %v", info, err)
			}

			crypt, err = c.automatic(s.client(t))
			if err != nil {
				t.Fatal(err)
			}
			again, err := handshake(s, listenTLS(t, crypt), acmeName)
			if err != nil || !again.Equal(first) || s.issued != 1 {
				t.Errorf("after a start: %v, %d issued", err, s.issued)
			}
		})
	}
}

// TestACME_asksByDial: who issues certificates is asked under the rules of
// package dial: an address that is not public needs the setting.
func TestACME_asksByDial(t *testing.T) {
	s := newSimulator(t)
	c := config(t.TempDir())
	c.ACMEHosts, c.ACMEDirectory = []string{acmeName}, strings.Replace(s.at("/directory"), "127.0.0.1", "localhost", 1)
	crypt, err := c.encryption(quiet())
	if err != nil {
		t.Fatal(err)
	}
	_, err = crypt.config.GetCertificate(&tls.ClientHelloInfo{ServerName: acmeName, SupportedProtos: []string{"h2"}})
	if err == nil || !strings.Contains(err.Error(), "dial.not-public") {
		t.Errorf("GetCertificate = %v, want dial.not-public", err)
	}
}
