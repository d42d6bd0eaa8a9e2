package dial

import "net/netip"

// ranges are the addresses that are not public, after the registries of special
// purpose addresses (RFC 6890 and its successors) and, where clouds keep
// metadata for whoever asks from inside, those single addresses: a network that
// holds one among others does not open it.
var ranges = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by a provider's customers
	"127.0.0.0/8",     // this machine
	"169.254.0.0/16",  // link-local
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast

	"169.254.169.254/32", // metadata, most clouds
	"169.254.170.2/32",   // metadata, containers
	"100.100.100.200/32", // metadata
	"168.63.129.16/32",   // metadata, although public
	"192.0.0.192/32",     // metadata
	"fd00:ec2::254/128",  // metadata
	"fd20:ce::254/128",   // metadata

	"::/3", "4000::/2", "8000::/1", // all but global unicast
	"::/128",         // unspecified
	"::1/128",        // this machine
	"::/96",          // IPv4-compatible
	"64:ff9b::/96",   // NAT64
	"64:ff9b:1::/48", // NAT64 of a network of its own
	"100::/64",       // discard
	"2001::/23",      // protocol assignments
	"2001::/32",      // Teredo
	"2001:db8::/32",  // documentation
	"2002::/16",      // 6to4
	"3fff::/20",      // documentation
	"5f00::/16",      // segment routing
	"fc00::/7",       // unique local
	"fe80::/10",      // link-local
	"fec0::/10",      // site-local
	"ff00::/8",       // multicast
)

func prefixes(all ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(all))
	for i, text := range all {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// special gives the narrowest range that is not public and holds a, nil when a
// is public.
func special(a netip.Addr) *netip.Prefix {
	a = a.Unmap().WithZone("")
	var found *netip.Prefix
	for i := range ranges {
		if r := &ranges[i]; r.Contains(a) && (found == nil || r.Bits() > found.Bits()) {
			found = r
		}
	}
	return found
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	nat64local = netip.MustParsePrefix("64:ff9b:1::/48")
	compatible = netip.MustParsePrefix("::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
)

// embedded gives the IPv4 address to which a translator or tunnel hands on what
// is sent to an IPv6 address.
func embedded(a netip.Addr) (v4 netip.Addr, carries bool) {
	if !a.Is6() || a == netip.IPv6Unspecified() || a == netip.IPv6Loopback() {
		return netip.Addr{}, false
	}
	b := a.As16()
	switch {
	case nat64.Contains(a), compatible.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case nat64local.Contains(a): // RFC 6052: around the eighth byte, which is zero
		return netip.AddrFrom4([4]byte{b[6], b[7], b[9], b[10]}), true
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case teredo.Contains(a): // the client's address, inverted
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	}
	return netip.Addr{}, false
}
