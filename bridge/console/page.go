package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// page is one request with what is known of its operator.
type page struct {
	*Console
	w       http.ResponseWriter
	r       *http.Request
	section string // of the navigation
	app     *App

	operator operator.Operator // zero before signedIn
	session  store.OperatorSession

	order  bridge.Order    // of ofOrder and ofRefund
	refund int             // of ofRefund
	done   string          // what has been done, where that differs from what was requested
	item   store.InboxItem // of ofItem
	key    store.APIKey    // of ofKey
	other  operator.Operator
}

const formSize = 64 << 10

func (c *Console) handle(serve func(*page) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, formSize)
		p := &page{Console: c, w: w, r: r}
		if err := serve(p); err != nil {
			p.fail(err)
		}
	})
}

func (p *page) checkOrigin() error {
	if err := p.origin.Check(p.r); err != nil {
		return forbidden("This request came from a page of another site.")
	}
	return nil
}

// signedIn reads the session of the request.
//
// Faults: Unauthenticated; those of the store.
func (p *page) signedIn() (err error) {
	p.operator, p.session, err = p.operators.Session(p.r.Context(), p.cookie.of(p.r))
	return err
}

// ctx is the context of what the operator does: the engine records the operator's name in
// every event, and lets no operator approve their own refund.
func (p *page) ctx() context.Context {
	return engine.WithPerson(engine.WithActor(p.r.Context(), p.operator.Name), p.person())
}

// browser is where the request comes from.
func (p *page) browser() operator.Browser {
	return operator.Browser{Address: limit.ConnAddress(p.r.RemoteAddr).String(), Agent: p.r.UserAgent(), Request: problem.RequestID(p.w)}
}

// May reports whether the operator may do something in the page's app.
func (p *page) May(action operator.Action) bool { return p.operator.May(action, p.app.Name) }

// ownApps are the apps that the operator sees.
func (p *page) ownApps() []string { return p.operator.Apps(operator.SeeOrders, p.names) }

// ofQuery takes the app of the parameter app, or the first that the operator sees.
func ofQuery(p *page) error {
	own, name := p.ownApps(), p.r.FormValue("app")
	switch {
	case name == "" && len(own) > 0:
		name = own[0]
	case !slices.Contains(own, name):
		return notFound("app")
	}
	p.app = p.Console.app(name)
	return nil
}

// ofOrder takes the app of the order that the path names.
func ofOrder(p *page) error {
	id, _ := bridge.ParseOrderID(p.r.PathValue("id"))
	order, err := web.FindOrder(p.r.Context(), p.engine, "order", id, func(o *bridge.Order) bool {
		return p.operator.May(operator.SeeOrders, o.App)
	})
	p.order, p.app = order, p.Console.app(order.App)
	return err
}

// ofItem takes the app of the wallet of the notification that the path names.
func ofItem(p *page) error {
	item, err := p.store.InboxItem(p.r.Context(), p.r.PathValue("id"))
	if err != nil {
		return web.AsNotFound("notification", err)
	}
	for _, name := range p.ownApps() {
		if slices.Contains(p.walletsOf(name), item.Wallet) {
			p.item, p.app = item, p.Console.app(name)
			return nil
		}
	}
	return notFound("notification")
}

// ofKey takes the app of the API key that the path names.
func ofKey(p *page) error {
	keys, err := p.store.APIKeys(p.r.Context(), "")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(keys, func(k store.APIKey) bool {
		return k.ID == p.r.PathValue("id") && p.operator.May(operator.SeeOrders, k.App)
	})
	if at < 0 {
		return notFound("key")
	}
	p.key, p.app = keys[at], p.Console.app(keys[at].App)
	return nil
}

// ofOperator takes an app for which both the operator of the path has a role and this
// operator is an administrator.
func ofOperator(p *page) error {
	other, err := p.operators.Book.Operator(p.r.Context(), p.r.PathValue("id"))
	if err != nil {
		return err
	}
	for _, name := range p.names {
		if other.May(operator.SeeOrders, name) && p.operator.May(operator.SeeOrders, name) {
			p.other, p.app = other, p.Console.app(name)
			return nil
		}
	}
	return notFound("operator")
}

// walletsOf are the names of the wallets of an app.
func (c *Console) walletsOf(app string) []string {
	served, err := c.engine.App(app)
	if err != nil {
		return nil
	}
	return served.Wallets
}

// url returns the address of a page in the app of this one, with parameters in pairs.
func (p *page) url(path string, pairs ...string) string {
	query := url.Values{}
	if len(p.ownApps()) > 1 && p.app != nil {
		query.Set("app", p.app.Name)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return p.base + path
	}
	return p.base + path + "?" + query.Encode()
}

// seeOther sends the browser on after an action.
func (p *page) seeOther(address string) error {
	http.Redirect(p.w, p.r, address, http.StatusSeeOther)
	return nil
}

func notFound(what string) error { return web.NotFound(what, nil) }

func forbidden(detail string) error { return fault.New(fault.Forbidden, "console", detail) }

func invalid(name, detail string) error { return fault.InvalidField("console", name, detail) }
