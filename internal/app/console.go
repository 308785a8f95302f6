package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // an image from scratch has no time zones

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/console/oidc"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
)

// consoleAddress returns where browsers reach the console.
func (c *config) consoleAddress() string { return c.consoleURL(c.reachedAt()) + console.Path }

// consoleURL returns the public URL of the server that serves the console. public is that of
// the till.
func (c *config) consoleURL(public string) string {
	switch {
	case c.Console.PublicURL != "":
		return strings.TrimSuffix(c.Console.PublicURL, "/")
	case c.Console.Listen != "":
		return "http://" + c.Console.Listen
	}
	return public
}

// checkConsole notes what is wrong with the settings of the console.
func (d *decoder) checkConsole(c *config) {
	d.checkOIDC(c)
	if c.Console.Index != "" && c.shared() {
		d.found.add("console.index", "goes with SQLite only; PostgreSQL keeps the index in tables of its own")
	}
	if c.Console.Listen == "" {
		if c.Console.PublicURL != "" {
			d.found.add("console.publicUrl", "goes with console.listen only; otherwise the console is at publicUrl")
		}
		return
	}
	if host, port, err := net.SplitHostPort(c.Console.Listen); err != nil || host == "" || port == "" {
		d.found.add("console.listen", "must be HOST:PORT")
	}
}

func (d *decoder) checkOIDC(c *config) {
	o := &c.Console.OIDC
	if o.Issuer == "" {
		if o.ClientID != "" || len(o.Roles) > 0 {
			d.found.add("console.oidc.issuer", "is required where there are other settings of the provider")
		}
		return
	}
	if u, err := url.Parse(o.Issuer); err == nil && u.Scheme != "https" && !isLoopback(u.Hostname()) {
		d.found.add("console.oidc.issuer", "must be https")
	}
	if o.ClientID == "" {
		d.found.add("console.oidc.clientId", "is required")
	}
	if len(o.Roles) == 0 {
		d.found.add("console.oidc.roles", "is required: without a role no operator can sign in")
	}
	for i, r := range o.Roles {
		at := item("console.oidc.roles", i)
		if _, there := c.Apps[r.App]; !there && r.App != operator.AllApps && !(c.Sandbox && r.App == demoApp) {
			d.found.add(child(at, "app"), "there is no app %q", r.App)
		}
		if (r.Group == "") == (r.Person == "") {
			d.found.add(at, "must name either a group or a person")
		}
	}
}

// provider returns the configured provider; nil when there is none. public is the console's
// public URL.
func (c *oidcConfig) provider(public string) console.Provider {
	if c.Issuer == "" {
		return nil
	}
	config := oidc.Config{
		Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Claim: c.Claim, Scopes: c.Scopes,
		Redirect: public + console.Path + "oidc/callback",
	}
	for _, r := range c.Roles {
		config.Rules = append(config.Rules, oidc.Rule{Group: r.Group, Person: r.Person, Grant: operator.Grant{App: r.App, Role: operator.Role(r.Role)}})
	}
	return oidc.New(config)
}

// operators returns the service that signs operators in.
func (n *node) operators(c *consoleConfig, db database, k keys) *operator.Service {
	roles := make([]operator.Role, len(c.SecondFactor))
	for i, role := range c.SecondFactor {
		roles[i] = operator.Role(role)
	}
	return operator.New(operator.Config{Store: db, Sealer: k.sealer, CodeRoles: roles, Idle: c.Idle, Life: c.Life, Now: n.clock.Now})
}

// addConsole serves the console below console.Path, or at an address of its own.
func (n *node) addConsole(ctx context.Context, o options, db database, k keys, m *merchants, d *webhook.Deliverer) error {
	c := o.config
	service := n.operators(&c.Console, db, k)
	public := c.consoleURL(n.public)
	networks, err := parseNetworks(c.Console.Networks)
	if err != nil {
		return fmt.Errorf("console.networks: %w", err)
	}
	x := n.newIndex(c, db, m)
	pages := console.New(console.Config{
		Engine: notifyingEngine{n.engine, d}, Store: db, Operators: service, Apps: consoleApps(c, m), PublicURL: public,
		Index: x, Exports: func() export.Source { return c.whole(db) }, Vitals: n.vitals, Settings: c.shownSettings(), Configured: c.endpointAddresses(), Sealer: k.sealer, CheckEndpointURL: c.checkEndpointURL, Networks: networks, Provider: c.Console.OIDC.provider(public), ProviderName: c.Console.OIDC.Name, Log: n.log, Now: n.clock.Now,
	})
	n.loops = append(n.loops, pages.Run)
	n.followIndex(pages, x)
	handler := n.proxies.Resolve(pages)
	if err := n.greetOperators(ctx, service, c, public); err != nil {
		return err
	}
	if c.Console.Listen != "" {
		return n.listenConsole(c.Console.Listen, handler)
	}
	rest := n.handler
	n.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, console.Path) {
			handler.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
	return nil
}

// consoleApps are the apps as operators see them.
func consoleApps(c *config, m *merchants) (list []console.App) {
	zones := c.zones()
	for i := range m.apps {
		name := m.apps[i].Name
		list = append(list, console.App{Name: name, Title: m.apps[i].Title, Zone: zones[name]})
	}
	return list
}

// greetOperators prepares the lines of the greeting about the console.
func (n *node) greetOperators(ctx context.Context, service *operator.Service, c *config, public string) error {
	if c.Sandbox && len(c.Apps) == 0 && !n.exposed && !isService() {
		token, err := service.FirstLink(ctx)
		if err != nil {
			return err
		}
		if token != "" {
			n.first = public + console.Path + "first?token=" + url.QueryEscape(token)
		}
	}
	list, err := service.Book.List(ctx)
	if len(list) > 0 || c.Console.OIDC.Issuer != "" {
		n.operate = public + console.Path
	}
	return err
}

// isService reports whether a service manager runs the program: its output is kept in a log,
// where no link may be that lets its reader in.
func isService() bool {
	for _, name := range []string{"INVOCATION_ID", "JOURNAL_STREAM", "KUBERNETES_SERVICE_HOST"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// listenConsole serves the console at an address of its own until the node has stopped.
func (n *node) listenConsole(address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	n.closeLater(func() error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) { // its server has closed it
			return err
		}
		return nil
	})
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	n.loops = append(n.loops, func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
		defer stop()
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return nil
}

// endpointAddresses are the addresses of the webhook endpoints that the configuration names.
func (c *config) endpointAddresses() map[store.EndpointKey]string {
	addresses := map[store.EndpointKey]string{}
	for name, app := range c.Apps {
		if app.Webhook.URL != "" {
			addresses[store.EndpointKey{App: name, Endpoint: endpointName}] = app.Webhook.URL
		}
	}
	return addresses
}
