package app

import (
	"maps"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// check validates decoded settings, one by one and together. It reads the files that they
// name and opens no connection.
func (d *decoder) check(c *config) {
	d.checkURLs("", reflect.ValueOf(c).Elem())
	d.checkRules("", c)
	d.checkPlace(c)
	d.checkAdmin(&c.Server)
	d.checkTraces(&c.Traces)
	d.checkConsole(c)
	d.checkBackend("notices", &c.Notices)
	d.checkStore(c)
	d.checkRetention(c)
	d.checkKeys(c)
	d.checkFault("redis", c.Redis, c.Redis.Check())
	for i, source := range c.Server.FrameAncestors {
		if source == "" || strings.ContainsAny(source, " ;,'\"\t\r\n") {
			d.found.add(item("server.frameAncestors", i), "must be an origin such as https://shop.example")
		}
	}
	for i, proxy := range c.Server.TrustedProxies {
		if trustsTooMany(proxy) {
			d.found.add(item("server.trustedProxies", i), "must be the proxies' own network: in this one any caller could choose its address")
		}
	}
	opened := map[string]wallet.Wallet{}
	for _, name := range slices.Sorted(maps.Keys(c.Wallets)) {
		w := c.Wallets[name]
		if wallet := d.checkWallet(name, &w); wallet != nil {
			opened[name] = wallet
		}
	}
	d.checkApps(c, opened)
	d.checkSandbox(c)
	d.warnOf(c)
}

// checkPlace requires the address at which wallets reach the server, unless only this
// machine does.
func (d *decoder) checkPlace(c *config) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || port == "" {
		d.found.add("listen", "must be HOST:PORT")
		return
	}
	if c.PublicURL == "" && !isLoopback(host) {
		d.found.add("publicUrl", "is required, since others than this machine call")
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Scheme == "http" && !isOwn(u.Hostname()) && !c.Insecure {
		d.found.add("publicUrl", "must be https, since payers and wallets come over the network; insecure: true allows http")
	}
	d.checkReach(c)
	if u, err := url.Parse(c.PublicURL); err == nil && (u.RawQuery != "" || u.Fragment != "" || u.User != nil) {
		d.found.add("publicUrl", "must have no user, query or fragment")
	}
}

// trustsTooMany reports whether a network is wider than the widest private one, so that it
// contains callers.
func trustsTooMany(network string) bool {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return false // an address, or invalid, which the validate tag reports
	}
	return prefix.Addr().Is4() && prefix.Bits() < 8 || prefix.Addr().Is6() && prefix.Bits() < 7
}

// checkReach requires an address at which the wallets that are not on this machine reach
// the server. Without one, orders are paid and no notification arrives.
func (d *decoder) checkReach(c *config) {
	distant := slices.DeleteFunc(slices.Sorted(maps.Keys(c.Wallets)), func(name string) bool {
		w := c.Wallets[name]
		return w.Settings == nil || w.onThisMachine()
	})
	misspelled := d.found.match(func(path string) bool { return strings.EqualFold(path, "publicUrl") })
	if len(distant) == 0 || misspelled {
		return
	}
	if c.PublicURL == "" {
		d.found.add("publicUrl", "is required: wallet %q is not on this machine and calls it", distant[0])
	}
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" && isOwn(u.Hostname()) {
		d.found.add("publicUrl", "means this machine alone, and wallet %q is not on it: give the address at which it is reached from outside, such as a tunnel's", distant[0])
	}
}

// isOwn reports whether a host name means the machine that resolves it.
func isOwn(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	return isLoopback(host) || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsUnspecified()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (d *decoder) checkStore(c *config) {
	if c.Store.URL.IsZero() {
		return
	}
	if c.Store.Path != "" {
		d.found.add("store.path", "must be empty when there is a url")
	}
	if err := postgres.CheckURL(string(c.Store.URL.Reveal())); err != nil {
		d.found.add(d.spelled("store.url"), "%s", reason(err))
	}
}

// checkKeys requires a configured keyring where several nodes may share the store: with
// keys of its own, a node would refuse the tokens of the others.
func (d *decoder) checkKeys(c *config) {
	if c.Keys.IsZero() {
		if c.shared() {
			d.found.add("keysFile", "is required with PostgreSQL, whose nodes share their keys: minitill keyring create FILE makes them")
		}
		return
	}
	ring, err := signing.DecodeKeyring(c.Keys.Reveal())
	switch {
	case err != nil:
		d.found.add(d.spelled("keys"), "%s", reason(err))
	case len(ring.SealingKeys) == 0:
		d.found.add(d.spelled("keys"), "has no key to seal with, which older ones lack: minitill keyring create NEW --from OLD makes one that has")
	}
}

// checkWallet validates a wallet, and returns it when it can be opened.
func (d *decoder) checkWallet(name string, w *walletConfig) wallet.Wallet {
	path := child("wallets", name)
	d.checkName(path, name)
	if w.Settings == nil {
		if w.Type == "" {
			d.found.add(child(path, "type"), "is required: %s", kindNames(d.kinds))
		}
		return nil
	}
	d.checkURLs(path, reflect.Indirect(reflect.ValueOf(w.Settings)))
	d.checkRules(path, w.Settings)
	opened, err := w.open(wallet.Env{Name: name})
	d.checkFault(path, w.Settings, err)
	return opened
}

func (d *decoder) checkApps(c *config, opened map[string]wallet.Wallet) {
	owner := map[string]string{} // of each wallet
	for _, name := range slices.Sorted(maps.Keys(c.Apps)) {
		app := c.Apps[name]
		path := child("apps", name)
		d.checkName(path, name)
		d.checkURLs(path, reflect.ValueOf(&app).Elem())
		d.checkRules(path, &app)
		d.checkWalletsOf(path, name, &app, c, owner)
		if flaw := wallet.TextFlaw(app.Title); flaw != "" {
			d.found.add(child(path, "title"), "%s", flaw)
		}
		d.checkOrigins(child(path, "origins"), app.Origins, true)
		d.checkOrigins(child(path, "returnOrigins"), app.ReturnOrigins, false)
		d.checkApprovals(child(path, "approvals"), &app.Approvals)
		d.checkBackend(child(path, "quote"), &app.Quote)
		d.checkBackend(child(path, "webhook"), &app.Webhook)
		d.readCatalog(child(path, "catalog"), &app)
		d.checkCurrencies(path, &app, opened)
		if app.Catalog != "" && app.Quote.URL != "" {
			d.found.add(child(child(path, "quote"), "url"), "cannot go with a catalog: one of them says what an order costs")
		}
		c.Apps[name] = app
	}
	unsure := d.found.match(func(path string) bool { // a list that could not be read may have it
		return strings.HasPrefix(path, "apps.") && strings.Contains(path, ".wallets")
	})
	for _, name := range slices.Sorted(maps.Keys(c.Wallets)) {
		if owner[name] == "" && !unsure && name != c.DemoWallet {
			d.found.add(child("wallets", name), "belongs to no app: list it in an app's wallets")
		}
	}
	if len(c.Apps) == 0 && !c.Sandbox {
		d.found.add("apps", "is required: one app at least, or sandbox: true")
	}
}

func (d *decoder) checkWalletsOf(path, name string, app *appConfig, c *config, owner map[string]string) {
	for i, w := range app.Wallets {
		at := item(child(path, "wallets"), i)
		_, known := c.Wallets[w]
		switch {
		case !known:
			d.found.add(at, "there is no wallet %q", w)
		case owner[w] == name:
			d.found.add(at, "wallet %q is there twice", w)
		case owner[w] != "":
			d.found.add(at, "wallet %q belongs to app %q, and a wallet has one app", w, owner[w])
		default:
			owner[w] = name
		}
	}
}

// checkOrigins requires exactly what a browser sends as Origin.
func (d *decoder) checkOrigins(path string, list []string, all bool) {
	for i, origin := range list {
		u, err := url.Parse(origin)
		plain := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && origin == strings.ToLower(u.Scheme+"://"+u.Host)
		if !plain && !(all && origin == "*") {
			d.found.add(item(path, i), "must be an origin such as https://shop.example, without a path")
		}
	}
}

func (d *decoder) checkSandbox(c *config) {
	d.checkDemoWallet(c)
	if !c.Sandbox {
		return
	}
	const taken = "the sandbox brings its own of that name: choose another, or leave out sandbox"
	if _, there := c.Apps[demoApp]; there {
		d.found.add(child("apps", demoApp), taken)
	}
	if _, there := c.Wallets[sandboxWallet]; there {
		d.found.add(child("wallets", sandboxWallet), taken)
	}
}

// checkDemoWallet allows only a simulator for the demo shop, which states that no money
// moves.
func (d *decoder) checkDemoWallet(c *config) {
	if c.DemoWallet == "" {
		return
	}
	w, there := c.Wallets[c.DemoWallet]
	owned := slices.ContainsFunc(slices.Collect(maps.Values(c.Apps)), func(a appConfig) bool { return slices.Contains(a.Wallets, c.DemoWallet) })
	switch {
	case !c.Sandbox:
		d.found.add("demoWallet", "needs sandbox: true, which runs the demo shop")
	case !there:
		d.found.add("demoWallet", "is not among the wallets")
	case owned:
		d.found.add("demoWallet", "belongs to an app")
	case !w.onThisMachine():
		d.found.add("demoWallet", "must have a baseUrl on this machine: the demo shop moves no money")
	}
}

// onThisMachine reports whether the wallet's provider is at a loopback address.
func (c *walletConfig) onThisMachine() bool {
	if c.Settings == nil {
		return false
	}
	base := reflect.Indirect(reflect.ValueOf(c.Settings)).FieldByName("BaseURL")
	if !base.IsValid() || base.Kind() != reflect.String {
		return false
	}
	u, err := url.Parse(base.String())
	return err == nil && isLoopback(u.Hostname())
}

func (d *decoder) checkName(path, name string) {
	if !isName(name) {
		d.found.add(path, nameRule)
	}
}

const nameRule = "a name is 1 to 40 of a-z, 0-9, - and _"

func isName(name string) bool {
	return name != "" && len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// kindNames lists the kinds of wallets that are known.
func kindNames(known map[string]kind) string {
	return "there are " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}
