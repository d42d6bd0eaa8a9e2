package rate_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/rate"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::/64")}

func from(remote string, forwarded ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = remote
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	return r
}

func TestClientIP(t *testing.T) {
	for _, c := range []struct {
		name      string
		remote    string
		forwarded []string
		want      string
	}{
		{"straight", "203.0.113.7:5000", nil, "203.0.113.7"},
		{"straight, with a header of its own", "203.0.113.7:5000", []string{"127.0.0.1"}, "203.0.113.7"},
		{"by a proxy", "10.0.0.5:5000", []string{"203.0.113.7"}, "203.0.113.7"},
		{"a proxy that says nothing", "10.0.0.5:5000", nil, "10.0.0.5"},
		{"an entry of the client's own", "10.0.0.5:5000", []string{"127.0.0.1, 203.0.113.7"}, "203.0.113.7"},
		{"a header of the client's own", "10.0.0.5:5000", []string{"127.0.0.1", "203.0.113.7"}, "203.0.113.7"},
		{"two proxies", "10.0.0.5:5000", []string{"1.2.3.4, 203.0.113.7, 10.0.0.6"}, "203.0.113.7"},
		{"all are proxies", "10.0.0.5:5000", []string{"10.0.0.7, 10.0.0.6"}, "10.0.0.7"},
		{"the client says it is a proxy", "203.0.113.7:5000", []string{"9.9.9.9, 10.0.0.6"}, "203.0.113.7"},
		{"not to be read", "10.0.0.5:5000", []string{"203.0.113.7, unknown"}, "10.0.0.5"},
		{"not to be read, further left", "10.0.0.5:5000", []string{"<script>, 203.0.113.7"}, "203.0.113.7"},
		{"not to be read, between proxies", "10.0.0.5:5000", []string{"203.0.113.7, _hidden, 10.0.0.6"}, "10.0.0.6"},
		{"nothing between commas", "10.0.0.5:5000", []string{"203.0.113.7,"}, "10.0.0.5"},
		{"with a port", "10.0.0.5:5000", []string{"203.0.113.7:61000"}, "203.0.113.7"},
		{"IPv6", "[fd00::5]:5000", []string{"2405:4800::1"}, "2405:4800::1"},
		{"IPv6 in brackets, with a port", "[fd00::5]:5000", []string{"[2405:4800::1]:61000"}, "2405:4800::1"},
		{"IPv6 in brackets", "[fd00::5]:5000", []string{"[2405:4800::1]"}, "2405:4800::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.5]:5000", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"with a zone", "[fe80::1%eth0]:5000", nil, "fe80::1"},
		{"more proxies than anybody runs", "10.0.0.5:5000", []string{"203.0.113.7" + strings.Repeat(", 10.0.0.6", 5000)}, "10.0.0.6"},
		{"a socket", "@", []string{"203.0.113.7"}, "invalid IP"},
	} {
		if got := rate.ClientIP(from(c.remote, c.forwarded...), proxies).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := rate.ClientIP(from("10.0.0.5:1", "203.0.113.7"), nil).String(); got != "10.0.0.5" {
		t.Errorf("with no proxy configured: %s", got)
	}
}

func TestKey(t *testing.T) {
	for a, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2405:4800:1:2:3:4:5:6": "2405:4800:1:2::/64", "2405:4800:1:2::": "2405:4800:1:2::/64",
		"2405:4800:1:3::1": "2405:4800:1:3::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := rate.Key(netip.MustParseAddr(a)); got != want {
			t.Errorf("Key(%s) = %s, want %s", a, got, want)
		}
	}
	if rate.Key(netip.Addr{}) == "" {
		t.Error("no address has no key")
	}
}

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{"10.0.0.5": "10.0.0.5/32", "10.0.0.5/24": "10.0.0.0/24", "fd00::5": "fd00::5/128", "::ffff:10.0.0.5": "10.0.0.5/32", "x": "", "": "", "10.0.0.0/40": ""} {
		got, err := rate.ParseNetwork(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

// FuzzClientIP: nobody outside gets away from the address that our proxy saw,
// whatever headers they send through it.
func FuzzClientIP(f *testing.F) {
	for _, s := range []string{"", "127.0.0.1", "1.1.1.1, 2.2.2.2", ",,,", "[::1]", "::1%lo", "10.0.0.6", "a,\x00,10.0.0.9", "[::ffff:10.0.0.1]:99", "\t203.0.113.7 "} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		const seen = "203.0.113.7"
		r := from("10.0.0.5:5000", one, two, seen)
		if got := rate.ClientIP(r, proxies).String(); got != seen {
			t.Errorf("%q, %q: %s, want %s", one, two, got, seen)
		}
		// In one line, as proxies that append write it.
		r = from("10.0.0.5:5000", one+","+two+", "+seen)
		if got := rate.ClientIP(r, proxies).String(); got != seen {
			t.Errorf("%q, %q in a line: %s, want %s", one, two, got, seen)
		}
		// Without a proxy nothing counts but the connection.
		r = from(seen+":5000", one, two)
		if got := rate.ClientIP(r, proxies).String(); got != seen {
			t.Errorf("%q, %q without a proxy: %s, want %s", one, two, got, seen)
		}
		// Whatever a careless proxy hands on, there is an address and a key.
		if a := rate.ClientIP(from("10.0.0.5:5000", one, two), proxies); !a.IsValid() || rate.Key(a) == "" || a.Zone() != "" || a.Is4In6() {
			t.Errorf("%q, %q: %v", one, two, a)
		}
	})
}
