package limit

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedFor is the only header that is read for the caller's address. X-Real-IP,
// Forwarded and the headers of single products are not: a proxy that does not set them
// forwards the caller's own.
const forwardedFor = "X-Forwarded-For"

// Proxies are the networks whose X-Forwarded-For is trusted. The zero value trusts none.
type Proxies struct{ trusted []netip.Prefix }

// ParseProxies reads addresses and networks: "10.0.0.7", "2001:db8::/32". A network of all
// addresses is refused, since every caller could forge its address then.
func ParseProxies(list []string) (Proxies, error) {
	var p Proxies
	for _, text := range list {
		prefix, err := parsePrefix(text)
		if err != nil {
			return Proxies{}, fmt.Errorf("limit: %q is neither an address nor a network", text)
		}
		if prefix.Bits() == 0 {
			return Proxies{}, fmt.Errorf("limit: %q trusts every caller", text)
		}
		p.trusted = append(p.trusted, prefix)
	}
	return p, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	address = address.Unmap()
	return address.Prefix(address.BitLen())
}

// Trusts reports whether an address is a trusted proxy's.
func (p Proxies) Trusts(address netip.Addr) bool {
	return slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(address) })
}

// Client is the address of a request's caller: that of the connection, or, behind trusted
// proxies, the last one in X-Forwarded-For that is not a trusted proxy. The caller can
// forge the addresses left of it. It is invalid when the connection has no address.
func (p Proxies) Client(r *http.Request) netip.Addr {
	client := ConnAddress(r.RemoteAddr)
	if !p.Trusts(client) {
		return client
	}
	for _, hop := range slices.Backward(strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")) {
		before, err := parseHop(hop)
		if err != nil {
			return client
		}
		if client = before; !p.Trusts(client) {
			return client
		}
	}
	return client
}

// Hidden reports whether a request came through a proxy in a private network that is not
// trusted, so that many callers share its address.
func (p Proxies) Hidden(r *http.Request) bool {
	address := ConnAddress(r.RemoteAddr)
	inside := address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast()
	return inside && r.Header.Get(forwardedFor) != "" && !p.Trusts(address)
}

// Resolve sets the RemoteAddr of requests for next to Client.
func (p Proxies) Resolve(next http.Handler) http.Handler {
	if len(p.trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := p.Client(r); client != ConnAddress(r.RemoteAddr) {
			resolved := *r
			resolved.RemoteAddr = netip.AddrPortFrom(client, 0).String()
			r = &resolved
		}
		next.ServeHTTP(w, r)
	})
}

// ConnAddress is the address in "192.0.2.1:80"; invalid for anything else, such as a Unix
// socket.
func ConnAddress(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// parseHop reads one entry of X-Forwarded-For. Some proxies add a port, and brackets
// around an IPv6 address.
func parseHop(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return address.Unmap().WithZone(""), err
}

// Key is the key under which an address is limited: the address, or the /64 of an IPv6
// address. An invalid address has an empty key, which is not limited.
func Key(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	address = address.Unmap()
	if !address.Is6() {
		return address.String()
	}
	prefix, _ := address.WithZone("").Prefix(64) // 64 is fewer bits than it has
	return prefix.String()
}

// KeyOf is the key of a request whose RemoteAddr has been resolved.
func KeyOf(r *http.Request) string { return Key(ConnAddress(r.RemoteAddr)) }
