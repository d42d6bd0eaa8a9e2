package dial

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Pattern is one entry of the setting "outgoing".
type Pattern struct {
	network netip.Prefix // valid when the entry is a network or an address
	name    string       // lower case, punycode; "*" for every host
	below   bool         // and not name itself but hosts below it
	port    string       // "" for every port
}

// ParsePattern reads an entry:
//
//	kho.tinh.gov.vn        that host, at its public addresses
//	kho.tinh.gov.vn:8443   the same, at that port alone
//	*.tinh.gov.vn          hosts below that name
//	*                      every host at a public address
//	203.0.113.7            that address
//	10.20.0.0/16           that network, whatever name leads there
//
// A network that holds public addresses and others opens the public ones alone:
// 0.0.0.0/0 is every public address and not this machine. Who means addresses
// that are not public writes a network that lies among them.
func ParsePattern(text string) (Pattern, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	wrong := func(err error) (Pattern, error) {
		return Pattern{}, fault.New(fault.Invalid, "dial.pattern", text).Because(err)
	}
	if strings.Contains(text, "/") {
		n, err := netip.ParsePrefix(text)
		if err != nil || n.Addr().Is4In6() {
			return wrong(err)
		}
		return Pattern{network: n.Masked()}, nil
	}
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return Pattern{network: netip.PrefixFrom(a, a.BitLen())}, nil
	}
	if text == "*" {
		return Pattern{name: "*"}, nil
	}
	p := Pattern{name: text}
	if host, port, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return wrong(err)
		}
		p.name, p.port = host, strconv.FormatUint(n, 10)
	}
	p.name, p.below = strings.CutPrefix(p.name, "*.")
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(p.name, "."))
	if err != nil || strings.Contains("."+name+".", "..") || looksNumeric(name) {
		return wrong(err)
	}
	p.name = name
	return p, nil
}

// looksNumeric tells what is no name and no address that we read: 10.1,
// 0x7f000001, which other programs take for addresses.
func looksNumeric(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := strconv.ParseUint(strings.TrimPrefix(last, "0x"), 16, 64)
	return err == nil && (strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "")
}

func (p Pattern) matchesName(host string) bool {
	if p.network.IsValid() {
		return false
	}
	if p.name == "*" {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if p.below {
		return strings.HasSuffix(host, "."+p.name)
	}
	return host == p.name
}

func (p Pattern) matches(host, port string) bool {
	return p.matchesName(host) && (p.port == "" || p.port == port)
}

// opens reports whether the network lets an address of a kind be asked.
func (p Pattern) opens(a netip.Addr, kind *netip.Prefix) bool {
	if !p.network.Contains(a) { // never one with a zone
		return false
	}
	return kind == nil || p.network.Bits() >= kind.Bits()
}
