package dial

import (
	"net/netip"
	"testing"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// TestControl: the socket itself is judged, whoever opened it.
func TestControl(t *testing.T) {
	d, err := New(Options{Allow: []string{"kho.example"}})
	if err != nil {
		t.Fatal(err)
	}
	control := d.control("kho.example", "443")
	for address, want := range map[string]string{
		"8.8.8.8:443": "", "127.0.0.1:443": "dial.not-public", "[::1]:443": "dial.not-public",
		"[::ffff:127.0.0.1]:443": "dial.not-public", "/run/socket": "dial.address",
	} {
		err := control(t.Context(), "tcp4", address, nil)
		if (want == "") != (err == nil) || want != "" && !fault.Is(err, want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestEmbedded: the addresses that RFC 6052, 3056 and 4380 give as examples.
func TestEmbedded(t *testing.T) {
	for a, want := range map[string]string{
		"64:ff9b::192.0.2.33":                  "192.0.2.33",
		"64:ff9b:1:c000:2:2100::":              "192.0.2.33",
		"2002:c000:221::1":                     "192.0.2.33",
		"2001:0:4136:e378:8000:63bf:3fff:fdd2": "192.0.2.45",
		"::192.0.2.33":                         "192.0.2.33",
		"2606:4700::1111":                      "",
		"::1":                                  "",
		"8.8.8.8":                              "",
	} {
		got, ok := embedded(netip.MustParseAddr(a))
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s carries %v, %v; want %q", a, got, ok, want)
		}
	}
}
