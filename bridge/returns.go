package bridge

import (
	"net/url"
	"slices"
	"strings"
)

// ReturnsTo says whether a payer of the app may be sent to an address: at the origin of the
// app's ReturnURL, or at one of its ReturnOrigins.
func (a *App) ReturnsTo(address string) bool {
	origin := WebOrigin(address)
	return origin != "" && (origin == WebOrigin(a.ReturnURL) ||
		slices.ContainsFunc(a.ReturnOrigins, func(o string) bool { return WebOrigin(o) == origin }))
}

// WebOrigin is the origin of a web address as browsers compare it: its host in lower case,
// and no port where that is the scheme's own. It is empty for what is no such address, and
// for one with credentials, in which another host may hide.
func WebOrigin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host
}
