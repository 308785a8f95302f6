package miniapp

import (
	"net/http"
	"slices"

	"github.com/minitill/minitill/fault"
)

// origins are the web origins whose scripts may read answers.
type origins struct {
	any  bool
	list []string
}

func newOrigins(list []string) origins {
	return origins{any: slices.Contains(list, "*"), list: list}
}

const (
	allowedMethods = "GET, POST"
	allowedHeaders = "Authorization, Content-Type, Idempotency-Key, Minitill-Envelope, X-Request-Id"
	exposedHeaders = "X-Request-Id, Retry-After"
	preflightAge   = "7200" // seconds; no browser keeps it longer
)

// mark lets the request's origin read the answer when it is listed. Credentials in
// the sense of CORS, cookies, are never allowed.
func (o origins) mark(h http.Header, r *http.Request) {
	if !o.any && len(o.list) > 0 {
		h.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	switch {
	case origin == "":
		return
	case o.any:
		h.Set("Access-Control-Allow-Origin", "*")
	case slices.Contains(o.list, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	default:
		return
	}
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// isPreflight says that a browser asks on behalf of a script.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight tells a browser what a listed origin may send. Another origin is
// told why not, for the person at the developer tools.
func (a *API) answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method")
	h.Add("Vary", "Access-Control-Request-Headers")
	if h.Get("Access-Control-Allow-Origin") == "" {
		a.problems.Write(w, r, fault.New(fault.Forbidden, "miniapp.CORS", "This origin is not configured."))
		return
	}
	h.Set("Access-Control-Allow-Methods", allowedMethods)
	h.Set("Access-Control-Allow-Headers", allowedHeaders)
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
}
