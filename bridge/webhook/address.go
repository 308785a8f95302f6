package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/fault"
)

// guard refuses addresses that are not public: loopback, private and link-local ranges,
// with the metadata services of clouds among them, and other reserved ranges.
var guard = ssrf.New(ssrf.WithAnyPort())

// metadata are the addresses of clouds' metadata services, which give out credentials,
// besides those that are link-local.
var metadata = []netip.Addr{
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("192.0.0.192"), netip.MustParseAddr("168.63.129.16"),
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd20:ce::254"),
}

// errMetadata is the error for an address that is refused also where private ones are
// allowed.
var errMetadata = errors.New("webhook: a link-local address or a metadata service is never called")

// isMetadata reports whether an address is link-local or a metadata service's, also in its IPv6
// notation.
func isMetadata(ip netip.Addr) bool {
	ip = within6(ip.Unmap().WithZone(""))
	return ip.IsLinkLocalUnicast() || slices.Contains(metadata, ip)
}

// within6 is the IPv4 address to which NAT64 and 6to4 translate ip, or else ip.
func within6(ip netip.Addr) netip.Addr {
	b := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:]))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

// noMetadata is the net.Dialer.Control of calls into the own network: it checks the
// address that is dialled, after the name was resolved.
func noMetadata(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if isMetadata(at.Addr()) {
		return errMetadata
	}
	return nil
}

// CheckURL reports whether an endpoint may have this address: https, without credentials
// and fragment, at most input.MaxEndpointURL bytes, and not evidently of an own network. private allows
// the latter, and http.
//
// A name is not resolved here, since its addresses may change: Client checks them when it
// dials.
//
// Faults: Invalid, about the field url.
func CheckURL(text string, private bool) error {
	if flaw := urlFlaw(text, private); flaw != "" {
		return fault.InvalidField("webhook.CheckURL", "url", flaw)
	}
	return nil
}

func urlFlaw(text string, private bool) string {
	if len(text) > input.MaxEndpointURL {
		return fmt.Sprintf("must be at most %d bytes", input.MaxEndpointURL)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return "must be a URL such as https://shop.example/hook"
	case u.Scheme != "https" && (u.Scheme != "http" || !private):
		return "must be https, unless the setting server.privateWebhooks allows http"
	case u.User != nil:
		return "must be without credentials"
	case strings.Contains(text, "#"):
		return "must be without a fragment"
	case !isPort(u.Port(), u.Host):
		return "must have a port from 1 to 65535, or none"
	}
	return hostFlaw(u.Hostname(), private)
}

// isPort reports whether the port of a host is valid, where there is one.
func isPort(port, host string) bool {
	if port == "" {
		return !strings.HasSuffix(host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// hostFlaw states why a host is refused; empty when it is not.
func hostFlaw(host string, private bool) string {
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && !private && guard.SafeAddr(ip) != nil:
		return "must not be an address of a private or reserved network, unless the setting server.privateWebhooks allows it"
	case err == nil && isMetadata(ip):
		return "must not be a link-local address or a metadata service's"
	case err == nil:
		return ""
	case !isName(host):
		return "must have a host of letters, digits, hyphens and dots"
	case private:
		return ""
	}
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	if last := labels[len(labels)-1]; last == "localhost" || last == "" || isNumber(last) {
		return "must have the host of a public server, unless the setting server.privateWebhooks allows others"
	}
	return ""
}

// isName refuses what resolvers would normalise first, such as digits of other scripts.
func isName(host string) bool {
	return strings.IndexFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	}) < 0
}

// isNumber reports whether resolvers may read a name with this last label as an IPv4
// address in one of its old spellings: 127.1, 2130706433, 0x7f000001.
func isNumber(label string) bool {
	_, err := strconv.ParseUint(label, 0, 64)
	return err == nil || strings.Trim(label, "0123456789") == ""
}
