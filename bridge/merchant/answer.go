package merchant

import (
	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/web"
)

// The requests about orders that have a key, and their outcomes.
type (
	orderOnce    = idempotency.Once[bridge.Order]
	orderOutcome = idempotency.Outcome[bridge.Order]

	agreementOnce    = idempotency.Once[agreement.Agreement]
	agreementOutcome = idempotency.Outcome[agreement.Agreement]
)

// kept ties an operation on an order or agreement to the request's idempotency key. show
// returns the body of the answer.
func kept[S bridge.Order | agreement.Agreement](a *API, c *gin.Context, r *request, body []byte, status int, show func(*S) (any, error)) *idempotency.Once[S] {
	return web.Once(r.keyed(body), web.Renderer(a.problems, c.Writer, status, show))
}

// sendOutcome sends the answer that is kept with a request's key.
func sendOutcome[S bridge.Order | agreement.Agreement](c *gin.Context, once *idempotency.Once[S], outcome idempotency.Outcome[S], err error) error {
	return web.SendOutcome(c.Writer, outcome, err, once.Render)
}
