package merchant

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// request is what every call has in common.
type request struct {
	key      store.APIKey
	operator string // whom the caller acts for, as it says
	app      string // the key's; it decides what exists
	route    string // with its ids: "/orders/ord_…/capture"
	id       string // in the route
	once     string // the Idempotency-Key of a POST
	query    *web.Parameters
}

// serve authenticates and authorizes a request, and answers it.
//
// Faults: those of admit; Invalid for a parameter that the route does not
// take, and for a POST without an Idempotency-Key; those of the route.
func (a *API) serve(c *gin.Context, r route) error {
	key, err := a.admit(c.Request, c.ClientIP(), r.scopes)
	if err != nil {
		return err
	}
	a.accepted(c.Request.Context())
	req := request{key: key, app: key.App, id: c.Param("id")}
	if req.operator, err = operatorOf(c.Request); err != nil {
		return err
	}
	ctx := engine.WithActor(c.Request.Context(), req.by())
	c.Request = c.Request.WithContext(engine.WithPerson(ctx, bridge.Person{ID: key.ID, Name: key.CreatedBy}))
	req.route = strings.Replace(r.path, ":id", req.id, 1)
	if req.query, err = web.ReadParameters(c.Request.URL.RawQuery, r.query); err != nil {
		return err
	}
	if r.method == http.MethodPost {
		if req.once, err = problem.RequiredKey(c.Request); err != nil {
			return err
		}
	}
	return r.answer(c, &req)
}

// by names the actor for the audit trail: the key by its name and id, and the operator
// where the caller names one.
func (r *request) by() string {
	by := r.key.ID
	if r.key.Name != "" {
		by = r.key.Name + " (" + r.key.ID + ")"
	}
	if r.operator != "" {
		by = r.operator + " with " + by
	}
	return by
}

// OperatorHeader is the header in which a caller names the person who acts with its key.
// It is stored beside the key and is not verified.
const OperatorHeader = "Minitill-Operator"

// operatorOf is the operator whom a request names; empty when it names none.
//
// Faults: Invalid.
func operatorOf(r *http.Request) (string, error) {
	values := r.Header.Values(OperatorHeader)
	if len(values) == 0 {
		return "", nil
	}
	name := strings.TrimSpace(values[0])
	if len(values) > 1 || name == "" || !web.IsText(name) || utf8.RuneCountInString(name) > input.MaxOperator {
		return "", invalid(OperatorHeader, fmt.Sprintf("must be one name of 1 to %d characters", input.MaxOperator))
	}
	return name, nil
}

// invalid is a fault about one member of a request.
func invalid(name, detail string) error { return fault.InvalidField("merchant", name, detail) }
