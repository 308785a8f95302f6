package engine

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
)

// App is one mini program and its merchant. A server can have several; none sees the orders
// of another.
type App struct {
	Name    string         // in tokens, URLs and JSON
	Title   string         // the merchant's name, as payers read it
	Wallets []string       // names of its wallets; the first is the default
	Pricer  pricing.Pricer // nil: orders come from the merchant API only
	Guests  bool           // sessions without an auth code are allowed
	Hold    bool           // authorize only; capture comes later
	// Expiry is how long a payer has; 15 minutes when zero.
	Expiry time.Duration
	// ReturnURL is where the return page sends the payer. Empty: it stays there.
	ReturnURL string
	// ReturnOrigins are where an order's own ReturnURL may lead besides the origin of the
	// app's: "https://shop.example".
	ReturnOrigins []string
	// Origins are the web origins of the app's pages; "*" is all. With nil the app accepts
	// requests from every origin that the server accepts.
	Origins []string
	// Accent is the colour of the payer's pages, "#rrggbb". Empty: the default.
	Accent string
	// Endpoints are the names of the configured webhook endpoints of the app.
	Endpoints []string
	Approvals Approvals // of refunds above a limit
}

// ReturnsTo reports whether a payer of the app may be sent to an address: its origin must be
// that of the app's ReturnURL, or one of its ReturnOrigins.
func (a *App) ReturnsTo(address string) bool {
	origin := webOrigin(address)
	return origin != "" && (origin == webOrigin(a.ReturnURL) ||
		slices.ContainsFunc(a.ReturnOrigins, func(o string) bool { return webOrigin(o) == origin }))
}

// webOrigin returns the origin of a web address as browsers compare it: the host in lower
// case, without the scheme's default port. It is empty for what is no web address, and for
// one with credentials, which can disguise another host.
func webOrigin(address string) string {
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

// wallet checks that the app has the wallet of that name; empty is its first.
func (a *App) wallet(name string) (string, error) {
	if name == "" {
		return a.Wallets[0], nil
	}
	if !slices.Contains(a.Wallets, name) {
		return "", fault.InvalidField("engine.route", "wallet", "is not a wallet of this app")
	}
	return name, nil
}
