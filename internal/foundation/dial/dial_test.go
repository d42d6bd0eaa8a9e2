package dial_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// names resolves as a test says; each question takes the next answer, the last
// one stays.
type names struct {
	answers map[string][]string // host → answers, each addresses with spaces between
	asked   atomic.Int32
	turn    map[string]int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.asked.Add(1)
	all := n.answers[host]
	if len(all) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if n.turn == nil {
		n.turn = map[string]int{}
	}
	at := min(n.turn[host], len(all)-1)
	n.turn[host]++
	var addrs []netip.Addr
	for _, text := range strings.Fields(all[at]) {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

func dialer(t *testing.T, n *names, allow ...string) *dial.Dialer {
	t.Helper()
	d, err := dial.New(dial.Options{Allow: allow, Resolver: n, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func key(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Key
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// TestAddresses: what a setting lets be asked, address by address.
func TestAddresses(t *testing.T) {
	const public, public6 = "8.8.8.8", "2606:4700::1111"
	everything := []string{"*", "0.0.0.0/0", "::/0"}
	for _, c := range []struct {
		name   string
		allow  []string
		host   string
		answer string // addresses of host; "" when host is one
		want   string // key, or "" when it may be asked
	}{
		{"nothing is allowed", nil, "kho.example", public, "dial.none-allowed"},
		{"nothing is allowed, address", nil, public, "", "dial.none-allowed"},
		{"named", []string{"kho.example"}, "kho.example", public, ""},
		{"named, in capitals, with a dot", []string{"Kho.Example."}, "KHO.example.", public, ""},
		{"named by IPv6", []string{"kho.example"}, "kho.example", public6, ""},
		{"another name", []string{"kho.example"}, "evil.example", public, "dial.host"},
		{"a longer name", []string{"kho.example"}, "kho.example.evil", public, "dial.host"},
		{"a name that ends alike", []string{"kho.example"}, "xkho.example", public, "dial.host"},
		{"below", []string{"*.example"}, "kho.example", public, ""},
		{"below means below", []string{"*.example"}, "example", public, "dial.host"},
		{"at that port", []string{"kho.example:443"}, "kho.example", public, ""},
		{"at another port", []string{"kho.example:8443"}, "kho.example", public, "dial.host"},
		{"unknown", []string{"kho.example"}, "kho.example", "-", "dial.unknown-host"},
		{"accents", []string{"phố-hiến.example"}, "xn--ph-hin-p74czb.example", "-", "dial.host"},
		{"network", []string{"10.20.0.0/16"}, "10.20.3.4", "", ""},
		{"network, by name", []string{"10.20.0.0/16"}, "kho.example", "10.20.3.4", ""},
		{"outside the network", []string{"10.20.0.0/16"}, "10.21.0.1", "", "dial.not-public"},
		{"one address", []string{"10.20.3.4"}, "10.20.3.4", "", ""},
		{"one public address", []string{"8.8.4.4"}, public, "", "dial.host"},
		{"every public address", []string{"0.0.0.0/0"}, public, "", ""},
		{"loopback of ours", []string{"127.0.0.1"}, "localhost", "127.0.0.1", ""},
		{"one of two may be asked", []string{"kho.example"}, "kho.example", "10.0.0.1 " + public, ""},
		{"private behind a named host", []string{"kho.example"}, "kho.example", "10.1.1.1", "dial.not-public"},
		{"NAT64 with its network", []string{"64:ff9b::/96", "kho.example"}, "kho.example", "64:ff9b::808:808", ""},
		{"NAT64 with its network, to loopback", []string{"64:ff9b::/96", "kho.example"}, "kho.example", "64:ff9b::7f00:1", "dial.not-public"},
		{"6to4 with its network, to private", []string{"2002::/16", "*"}, "2002:a00:1::1", "", "dial.not-public"},
		{"Teredo with its network, to private", []string{"2001::/32", "*"}, "2001:0:4136:e378:8000:63bf:f5ff:fffe", "", "dial.not-public"},
		{"local NAT64 with its network, to private", []string{"64:ff9b:1::/48", "*"}, "64:ff9b:1:0a00:0:100::", "", "dial.not-public"},
		{"metadata in a link-local network", []string{"169.254.0.0/16"}, "169.254.169.254", "", "dial.not-public"},
		{"metadata by itself", []string{"169.254.169.254"}, "169.254.169.254", "", ""},
	} {
		n := &names{answers: map[string][]string{}}
		if c.answer != "" && c.answer != "-" {
			n.answers[strings.TrimSuffix(c.host, ".")] = []string{c.answer}
		}
		_, err := dialer(t, n, c.allow...).Addresses(t.Context(), c.host, "443")
		if key(err) != c.want {
			t.Errorf("%s: %s with %q: %v, want %q", c.name, c.host, c.allow, err, c.want)
		}
	}
	// What is not public is refused even where every name and network is allowed.
	for _, address := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1",
		"198.18.0.1", "198.51.100.1", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
		"2001:db8::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "febf::1", "fec0::1", "ff02::1", "100::1",
		"3fff::1", "5f00::1", "4000::1", "1::1", "2606:4700::1111%eth0",
	} {
		for _, n := range []*names{{}, {answers: map[string][]string{"kho.example": {address}}}} {
			host := address
			if n.answers != nil {
				host = "kho.example"
			}
			if _, err := dialer(t, n, everything...).Addresses(t.Context(), host, "80"); key(err) != "dial.not-public" {
				t.Errorf("%s as %s: %v, want dial.not-public", address, host, err)
			}
		}
	}
	for _, address := range []string{public, public6, "1.1.1.1", "113.160.0.1", "172.32.0.1", "2405:4800::1", "::ffff:8.8.8.8"} {
		if _, err := dialer(t, &names{}, "*").Addresses(t.Context(), address, "80"); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestNotEvenLookedUp: a name nobody has allowed is not asked for.
func TestNotEvenLookedUp(t *testing.T) {
	n := &names{answers: map[string][]string{"bi-mat.evil.example": {"8.8.8.8"}}}
	for _, allow := range [][]string{nil, {"kho.example"}} {
		if _, err := dialer(t, n, allow...).DialContext(t.Context(), "tcp", "bi-mat.evil.example:80"); fault.KindOf(err) != fault.Denied {
			t.Errorf("DialContext = %v", err)
		}
	}
	if n.asked.Load() != 0 {
		t.Errorf("%d questions to the name server", n.asked.Load())
	}
}

func TestParsePattern_refuses(t *testing.T) {
	for _, text := range []string{"", " ", "10.0.0.0/33", "10.1", "0x7f000001", "2130706433", "http://a.example", "a b", "a.example:0", "a.example:99999",
		"fe80::1%lo", "::ffff:10.0.0.0/104", "*.", "a..b", "kho.example/x", "user@kho.example", "127.0.0.1:80"} {
		if _, err := dial.New(dial.Options{Allow: []string{text}}); !fault.Is(err, "dial.pattern") {
			t.Errorf("%q: %v, want dial.pattern", text, err)
		}
	}
}

func target(t *testing.T, h http.HandlerFunc) (address string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// TestRebinding: a name that means a public address when it is judged and this
// machine when it is asked is not asked.
func TestRebinding(t *testing.T) {
	reached := false
	address := target(t, func(http.ResponseWriter, *http.Request) { reached = true })
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n := &names{answers: map[string][]string{"kho.example": {"8.8.8.8", "127.0.0.1"}}}
	d := dialer(t, n, "kho.example")
	if _, err := d.Addresses(t.Context(), "kho.example", port); err != nil {
		t.Fatalf("at first the name is public: %v", err)
	}
	resp, err := d.Client().Get("http://kho.example:" + port)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !fault.Is(err, "dial.not-public") || reached {
		t.Errorf("Get = %v, reached %v; want dial.not-public", err, reached)
	}
}

// TestClient: a host that is allowed is asked, by way of the address the
// resolver gave, and past the proxy that the environment names.
func TestClient(t *testing.T) {
	address := target(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "chào ", r.Host) })
	_, port, _ := net.SplitHostPort(address)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	n := &names{answers: map[string][]string{"kho.example": {"127.0.0.1"}}}
	resp, err := dialer(t, n, "127.0.0.1/32").Client().Get("http://kho.example:" + port)
	if err != nil {
		t.Fatal(err)
	}
	text, err := dial.ReadAll(resp, 100)
	if err != nil || string(text) != "chào kho.example:"+port {
		t.Errorf("answer %q, %v", text, err)
	}
}

func TestClient_refuses(t *testing.T) {
	slow := make(chan struct{})
	defer close(slow)
	quiet := target(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-slow:
		case <-r.Context().Done():
		}
	})
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := shut.Addr().String()
	if err := shut.Close(); err != nil {
		t.Fatal(err)
	}
	d := dialer(t, &names{}, "127.0.0.1/32")
	for address, want := range map[string]string{
		"ftp://127.0.0.1/x":         "dial.scheme",
		"file:///etc/passwd":        "dial.scheme",
		"http://u:p@127.0.0.1/":     "dial.userinfo",
		"http:///x":                 "dial.address",
		"http://[::1]:80/":          "dial.not-public",
		"http://0x7f000001/":        "dial.unknown-host",
		"http://" + nobody + "/":    "dial.unreachable",
		"http://" + quiet + "/slow": "dial.slow",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		r, err := http.NewRequestWithContext(ctx, "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := d.Client().Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		if key(err) != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
		if strings.Contains(locale.Vi.Error(err), "p@") {
			t.Errorf("%s: the sentence shows the password: %s", address, locale.Vi.Error(err))
		}
		cancel()
	}
}

// TestRedirects: each is judged anew, at most five are followed, none gives up
// encryption, and what was meant for one host is not told to another.
func TestRedirects(t *testing.T) {
	var seen http.Header
	other := target(t, func(w http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() })
	address := target(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/hops/"):
			var left int
			if _, err := fmt.Sscanf(r.URL.Path, "/hops/%d", &left); err != nil || left == 0 {
				return
			}
			http.Redirect(w, r, fmt.Sprintf("/hops/%d", left-1), http.StatusFound)
		case r.URL.Path == "/inside":
			http.Redirect(w, r, "http://192.168.7.7/admin", http.StatusFound)
		case r.URL.Path == "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case r.URL.Path == "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://"+other+"/", http.StatusTemporaryRedirect)
		}
	})
	d := dialer(t, &names{}, "127.0.0.1/32")
	do := func(method, path string, body io.Reader) error {
		r, err := http.NewRequest(method, "http://"+address+path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Api-Key", "bi-mat")
		r.Header.Set("Authorization", "Bearer bi-mat")
		r.Header.Set("Accept-Language", "vi")
		resp, err := d.Client().Do(r)
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/hops/5", ""},
		{"GET", "/hops/6", "dial.redirects"},
		{"GET", "/inside", "dial.not-public"},
		{"GET", "/metadata", "dial.not-public"},
		{"GET", "/file", "dial.scheme"},
		{"POST", "/away", "dial.redirect-body"},
		{"GET", "/away", ""},
	} {
		if err := do(c.method, c.path, strings.NewReader("x")); key(err) != c.want {
			t.Errorf("%s %s: %v, want %q", c.method, c.path, err, c.want)
		}
	}
	for _, name := range []string{"X-Api-Key", "Authorization", "Referer"} {
		if seen.Get(name) != "" {
			t.Errorf("the other host was told %s: %q", name, seen.Get(name))
		}
	}
	if seen.Get("Accept-Language") != "vi" {
		t.Errorf("the other host was told %v", seen)
	}

	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+other+"/", http.StatusFound)
	}))
	defer secure.Close()
	d, err := dial.New(dial.Options{Allow: []string{"127.0.0.1"}, Roots: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.Client().Get(secure.URL)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !fault.Is(err, "dial.downgrade") {
		t.Errorf("from https to http: %v, want dial.downgrade", err)
	}
}

// TestCertificates: an answer under a certificate that nobody vouches for is
// none.
func TestCertificates(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains, as it should
	secure.StartTLS()
	defer secure.Close()
	resp, err := dialer(t, &names{}, "127.0.0.1").Client().Get(secure.URL)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !fault.Is(err, "dial.unreachable") {
		t.Errorf("Get = %v, want dial.unreachable", err)
	}
}

// TestSlow: who does not answer in time, or not to the end, is given up.
func TestSlow(t *testing.T) {
	address := target(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			fmt.Fprint(w, "một nửa")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	d, err := dial.New(dial.Options{Allow: []string{"127.0.0.1"}, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := d.Client().Get("http://" + address + "/nothing"); !fault.Is(err, "dial.slow") {
		t.Errorf("no answer: %v, %v", resp, err)
	}
	resp, err := d.Client().Get("http://" + address + "/half")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := dial.ReadAll(resp, 100); !fault.Is(err, "dial.slow") {
		t.Errorf("half an answer: %q, %v", text, err)
	}
}

func TestReadAll(t *testing.T) {
	for _, c := range []struct {
		length int
		told   int64
		want   string
	}{{0, 0, ""}, {10, 10, ""}, {10, -1, ""}, {11, 11, "dial.too-large"}, {11, -1, "dial.too-large"}, {5000, -1, "dial.too-large"}} {
		text := strings.Repeat("x", c.length)
		got, err := dial.ReadAll(&http.Response{Body: io.NopCloser(strings.NewReader(text)), ContentLength: c.told}, 10)
		if key(err) != c.want || err == nil && string(got) != text {
			t.Errorf("%d bytes: %q, %v; want %q", c.length, got, err, c.want)
		}
	}
}

// TestCancelled: who broke off a request hears of that and of nothing else.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := dialer(t, &names{}, "127.0.0.1").Client().Do(r)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, context.Canceled) || fault.Of(err) != nil {
		t.Errorf("Do = %v, want context.Canceled", err)
	}
}

// FuzzNoWayIn: under the widest setting nothing that somebody types as an
// address leads to one that is not public.
func FuzzNoWayIn(f *testing.F) {
	for _, s := range []string{"http://127.0.0.1/", "http://[::ffff:7f00:1]/", "http://0177.0.0.1/", "http://2130706433", "http://[fe80::1%25lo]/",
		"https://kho.example@127.0.0.1/", "http://127.0.0.1#@kho.example/", "http://kho.example:80:80/", "http://[64:ff9b::a00:1]:8080/", "http://[2000::%250]#"} {
		f.Add(s)
	}
	d, err := dial.New(dial.Options{Allow: []string{"*", "0.0.0.0/0", "::/0"}, Resolver: &names{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil || d.CheckURL(u) != nil {
			return
		}
		addrs, err := d.Addresses(t.Context(), u.Hostname(), "80")
		if err != nil {
			return
		}
		for _, a := range addrs {
			if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || a.Is4In6() || a.Zone() != "" {
				t.Errorf("%q leads to %s", text, a)
			}
		}
	})
}
