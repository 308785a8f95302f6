package miniapp

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
)

// origins are the web origins whose scripts may read answers.
type origins struct {
	any, loopback bool
	list          []string
}

// LoopbackOrigins allows, in a list of origins, every origin of this machine at any port,
// for a developer's page that another program serves.
const LoopbackOrigins = "loopback"

func newOrigins(list []string) origins {
	loopback := slices.Contains(list, LoopbackOrigins)
	list = slices.DeleteFunc(slices.Clone(list), func(o string) bool { return o == LoopbackOrigins })
	return origins{any: slices.Contains(list, "*"), loopback: loopback, list: list}
}

// has reports whether an origin is listed.
func (o origins) has(origin string) bool {
	return origin != LoopbackOrigins && slices.Contains(o.list, origin) || o.loopback && isLoopback(origin)
}

// isLoopback reports whether an origin names this machine by a loopback address or localhost.
func isLoopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

const (
	allowedMethods = "GET, POST"
	// Besides the headers of this API: the one of a stream that reconnects, and those that
	// browser libraries and tracers add to every call.
	allowedHeaders = "Authorization, Content-Type, Idempotency-Key, Minitill-Envelope, X-Request-Id, " +
		"Last-Event-ID, Cache-Control, X-Requested-With, traceparent, tracestate"
	exposedHeaders = "X-Request-Id, Retry-After"
	preflightAge   = "7200" // seconds; no browser keeps it longer
)

// mark allows the request's origin to read the answer when it is listed. Credentials in
// the sense of CORS, which are cookies, are never allowed.
func (o origins) mark(h http.Header, r *http.Request) {
	if !o.any && (o.loopback || len(o.list) > 0) {
		h.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	switch {
	case origin == "":
		return
	case o.any:
		h.Set("Access-Control-Allow-Origin", "*")
	case o.has(origin):
		h.Set("Access-Control-Allow-Origin", origin)
	default:
		return
	}
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// checkOrigin refuses a call by a page of one app for another. An origin that is not
// configured, as containers of mini programs have, passes: it cannot read the answer.
//
// Faults: Forbidden.
func (a *API) checkOrigin(r *http.Request, app *engine.App) error {
	origin := r.Header.Get("Origin")
	if app.Origins == nil || !slices.Contains(a.origins.list, origin) ||
		slices.Contains(app.Origins, origin) || slices.Contains(app.Origins, "*") {
		return nil
	}
	return fault.New(fault.Forbidden, "miniapp.checkOrigin", "This origin belongs to another app: the configuration lists it under that app's origins.")
}

// isPreflight reports whether a request is a CORS preflight.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight answers a CORS preflight. An origin that is not listed gets the reason,
// which the developer tools of the browser show.
func (a *API) answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method")
	h.Add("Vary", "Access-Control-Request-Headers")
	if h.Get("Access-Control-Allow-Origin") == "" {
		a.problems.Write(w, r, fault.New(fault.Forbidden, "miniapp.CORS", "This origin is not among those whose scripts may call: the setting apps.NAME.origins lists them."))
		return
	}
	h.Set("Access-Control-Allow-Methods", allowedMethods)
	h.Set("Access-Control-Allow-Headers", allowedHeaders)
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}
