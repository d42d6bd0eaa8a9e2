package rate

import (
	"net/http"
	"net/netip"
	"strings"
)

// mostHops is how many entries of X-Forwarded-For are looked at: more proxies
// in a row than anybody runs.
const mostHops = 16

// ClientIP is the address a request comes from. X-Forwarded-For, which anybody
// can send, counts only as far as our own proxies wrote it: it is walked from
// the right, and the first address that is not a trusted proxy's is the
// client's. What cannot be read ends the walk at the last hop that could. The
// zero address stands for a connection that has none, such as a Unix socket's.
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at := remote(r)
	if !at.IsValid() {
		return at
	}
	entries := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for range mostHops {
		if entries == "" || !Contains(trusted, at) {
			return at
		}
		var entry string
		if cut := strings.LastIndexByte(entries, ','); cut >= 0 {
			entries, entry = entries[:cut], entries[cut+1:]
		} else {
			entries, entry = "", entries
		}
		next, ok := parseHop(entry)
		if !ok {
			return at
		}
		at = next
	}
	return at
}

// remote is the other end of the connection.
func remote(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// FromProxy reports whether a request comes straight from a trusted proxy,
// whose other headers then count, too.
func FromProxy(r *http.Request, trusted []netip.Prefix) bool {
	at := remote(r)
	return at.IsValid() && Contains(trusted, at)
}

// parseHop reads one entry: an address, which some proxies write with a port or
// in brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// Contains reports whether one of the networks holds an address.
func Contains(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Key is the key under which an address is counted. A subscriber has a whole
// /64 of IPv6 and a new address in it for each request, so the /64 is counted.
func Key(a netip.Addr) string {
	a = a.Unmap()
	if !a.Is6() {
		return a.String() // "invalid IP" for the zero address: one bucket for all of them
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil { // not for 64 bits of IPv6
		return a.String()
	}
	return p.String()
}

// ClientKey is the key of who sent a request.
func ClientKey(r *http.Request, trusted []netip.Prefix) string { return Key(ClientIP(r, trusted)) }

// ParseNetwork reads an address or a network of the setting "proxies".
func ParseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}
