package wire

import (
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

const maxURL = 16 << 10

// WebURL says that a browser can open s: absolute, http or https, without userinfo, blanks
// and control characters, at most 16 KiB. It does not parse, since the provider's own
// bytes are passed on.
func WebURL(s string) bool {
	rest, found := strings.CutPrefix(s, "https://")
	if !found {
		rest, found = strings.CutPrefix(s, "http://")
	}
	host := rest
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		host = rest[:i]
	}
	blank := func(r rune) bool { return r <= ' ' || r == 0x7f }
	return found && host != "" && host[0] != ':' && !strings.Contains(host, "@") && len(s) <= maxURL && strings.IndexFunc(s, blank) < 0
}

// Base is where a provider is called: its host, and the path before that of each call.
type Base struct {
	Host string // https://wallet.example:8443
	Path string // empty, or /api without a slash at its end
}

// BaseDetail is what the settings must be told when ParseBase refuses.
const BaseDetail = "must be an https URL without credentials, query, escapes or fragment; http is for this machine, or with insecure: true"

// ParseBase reads a base URL from the settings. It is https, so that nobody on the way reads
// or alters what is paid; insecure says that the settings do without, and this machine calls
// itself as it likes. Escapes are refused, since what is signed is the path as it is
// written.
func ParseBase(s string, insecure bool) (Base, bool) {
	s = strings.TrimSuffix(s, "/")
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !host(u) || u.User != nil ||
		strings.ContainsAny(s, `%?#\`) || !PlainPath(u.Path) ||
		u.Scheme == "http" && !insecure && !loopback(u.Hostname()) {
		return Base{}, false
	}
	return Base{Host: s[:len(s)-len(u.Path)], Path: u.Path}, true
}

// loopback says that a host is this machine, whatever resolvers say.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// host says that u names a host, and a port that can be dialed where there is a colon.
func host(u *url.URL) bool {
	if u.Port() == "" {
		return u.Hostname() != "" && !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Hostname() != "" && err == nil && port > 0
}

// URL is the address of a target: the path below the base, and a query.
func (b Base) URL(target string) string { return b.Host + b.Path + target }

// ValidLink says that a browser can open a link of the provider: https, and http where the
// provider itself is called by it.
func (b Base) ValidLink(link string) bool {
	return WebURL(link) && (strings.HasPrefix(link, "https://") || strings.HasPrefix(b.Host, "http://"))
}

// PlainPath says that a path begins with a slash, has none at its end, and arrives as it is
// written: without escapes, and without empty and dot segments, which proxies take out. The
// empty path is plain.
func PlainPath(s string) bool {
	return s == "" || s[0] == '/' && path.Clean(s) == s && s != "/" && (&url.URL{Path: s}).EscapedPath() == s
}
