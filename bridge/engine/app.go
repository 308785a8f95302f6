package engine

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/fault"
)

// App is one mini program and its merchant. A server can hold several; each is blind
// to the others.
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
	// Origins are the web origins of the app's pages; "*" is all. With nil the app takes
	// calls from every origin that the server does.
	Origins []string
	// Accent is the colour of the payer's pages, "#rrggbb". Empty: the default.
	Accent string
	// Endpoints are the names of the webhook endpoints that hear of the app's orders.
	Endpoints []string
}

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
