package merchant

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

// request is what is known of every call before it is answered.
type request struct {
	key   bridge.APIKey
	app   string     // the key's; it decides what exists
	route string     // with its ids: "/orders/ord_…/capture"
	id    string     // in the route
	once  string     // the Idempotency-Key of a POST
	query parameters // those that the route takes, and no other
}

// handle makes a route a handler of Gin's.
func (a *API) handle(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := a.serve(c, r); err != nil {
			a.problems.Write(c.Writer, c.Request, err)
		}
	}
}

// serve lets a caller in and answers.
//
// Faults: Unauthenticated; Forbidden; Invalid for a parameter that the route does not
// take, and for a POST without an Idempotency-Key; those of the route.
func (a *API) serve(c *gin.Context, r route) error {
	key, err := a.authenticate(c.Request, r.scopes)
	if err != nil {
		return err
	}
	req := request{key: key, app: key.App, id: c.Param("id")}
	req.route = strings.Replace(r.path, ":id", req.id, 1)
	if req.query, err = readParameters(c.Request.URL.RawQuery, r.query); err != nil {
		return err
	}
	if r.method == http.MethodPost {
		if req.once, err = problem.RequiredKey(c.Request); err != nil {
			return err
		}
	}
	return r.answer(c, &req)
}

// by names the key, for the books: its name where it has one, and its id.
func (r *request) by() string {
	if r.key.Name == "" {
		return r.key.ID
	}
	return r.key.Name + " (" + r.key.ID + ")"
}

// invalid is a fault about one member of a request.
func invalid(name, detail string) error { return fault.InvalidField("merchant", name, detail) }

// notThere reads the same whether a thing is not there or another app's.
func notThere(what string, cause error) error {
	return &fault.Error{Kind: fault.NotFound, Op: "merchant", Detail: "There is no such " + what + ".", Err: cause}
}
