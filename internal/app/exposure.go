package app

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// exposed reports whether the configuration lets other machines reach the server.
func (c *config) exposed() bool {
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || !isLoopback(u.Hostname())) {
		return true
	}
	host, _, err := net.SplitHostPort(c.Listen)
	return err != nil || !isLoopback(host)
}

// sandboxWarning returns the warning about a sandbox that other machines reach or that runs
// beside real apps; empty when neither is so.
func (c *config) sandboxWarning() string {
	const guarded = "Its fault switches and its test sign-in take commands from this machine and from API keys of the app " + demoApp + " only."
	switch {
	case !c.Sandbox:
		return ""
	case len(c.Apps) > 0:
		return "THE SANDBOX RUNS BESIDE REAL APPS: its demo shop is paid without money. " + guarded + " Leave out \"sandbox: true\" in production."
	case c.exposed():
		return "THE SANDBOX IS OPEN TO OTHER MACHINES: it serves without a configuration, and its demo shop is paid without money. " + guarded
	}
	return ""
}

// forwarding are the headers that proxies add to the requests of others.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// fromThisMachine reports whether a request was made on this machine: its peer is a loopback
// address, no proxy has forwarded it, and its Host is loopback, which a page of another site
// cannot make a browser send.
func fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, name := range forwarding {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return isLoopback(strings.Trim(host, "[]"))
}

// mayCommand reports whether a request may control the sandbox's provider: it comes from
// this machine, or has an API key of the sandbox's app.
func (n *node) mayCommand(r *http.Request) bool {
	if fromThisMachine(r) {
		return true
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	return n.merchant.Admits(r, address, demoApp) == nil
}
