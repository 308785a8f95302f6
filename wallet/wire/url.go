package wire

import (
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

const maxURL = 16 << 10

// WebURL reports whether s is an absolute http or https URL without userinfo, blanks and
// control characters, of at most 16 KiB, so that the payer's browser can be sent there. It
// does not parse s, since s is passed on byte for byte.
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

// Base is the address below which a provider is called.
type Base struct {
	Host string // https://wallet.example:8443
	Path string // empty, or /api without a slash at its end
}

// BaseDetail is the detail of the mistake when ParseBase refuses a setting.
const BaseDetail = "must be an https URL without credentials, query, escapes or fragment; http is for this machine, or with insecure: true"

// ParseBase reads a base URL from the settings; ok is false for one that BaseDetail refuses.
// It must be https, so that calls can be neither read nor altered on the way; http is
// accepted for loopback addresses, and for others where insecure is set. Escapes are refused,
// since providers sign the path as it is written.
func ParseBase(s string, insecure bool) (base Base, ok bool) {
	s = strings.TrimSuffix(s, "/")
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !host(u) || u.User != nil ||
		strings.ContainsAny(s, `%?#\`) || !PlainPath(u.Path) ||
		u.Scheme == "http" && !insecure && !loopback(u.Hostname()) {
		return Base{}, false
	}
	return Base{Host: s[:len(s)-len(u.Path)], Path: u.Path}, true
}

// loopback reports whether a host is this machine without a resolver.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// host reports whether u names a host, and a valid port where there is a colon.
func host(u *url.URL) bool {
	if u.Port() == "" {
		return u.Hostname() != "" && !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Hostname() != "" && err == nil && port > 0
}

// URL returns the address of target, which is a path below the base and may have a query.
func (b Base) URL(target string) string { return b.Host + b.Path + target }

// ValidLink reports whether a link of the provider can be opened by the payer's browser: a
// WebURL with https, or with http where the provider itself is called by http.
func (b Base) ValidLink(link string) bool {
	return WebURL(link) && (strings.HasPrefix(link, "https://") || strings.HasPrefix(b.Host, "http://"))
}

// PlainPath reports whether a configured path is sent as it is written: it begins with a
// slash and does not end with one, has no escapes, and no empty and dot segments, which
// proxies remove. The empty path is plain.
func PlainPath(s string) bool {
	return s == "" || s[0] == '/' && path.Clean(s) == s && s != "/" && (&url.URL{Path: s}).EscapedPath() == s
}
