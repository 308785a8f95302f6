package merchant

import (
	"cmp"
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// action is what a request does that the console would record too. The zero value is not
// recorded.
type action struct {
	name    operator.Action
	subject string
	reason  string
}

// act runs an action of the request's key with an entry in the audit log.
//
// Faults: those of the audit log, before anything is done; those of run.
func (a *API) act(c *gin.Context, r *request, did action, run func() (how string, err error)) error {
	if did.name == "" {
		_, err := run()
		return err
	}
	e := store.AuditEntry{
		App: r.app, Operator: r.by(), Action: string(did.name), Subject: did.subject, Reason: did.reason,
		Request: problem.RequestID(c.Writer), Address: c.ClientIP(), At: a.instant(),
	}
	return operator.Act(c.Request.Context(), a.store, e, func(context.Context) (string, error) { return run() }, func(id string, err error) {
		a.log.Error("the outcome of an action of an API key was not recorded; it is in the history of what it was done to; check the database", "audit", id, "request", e.Request, "fault", err)
	})
}

// actOnce is act for an operation of the engine under the request's key. The entry of a repeat
// says that it is one.
func actOnce[S bridge.Order | agreement.Agreement](a *API, c *gin.Context, r *request, did action, run func() (idempotency.Outcome[S], error)) (outcome idempotency.Outcome[S], err error) {
	var failure error
	ran := false
	err = a.act(c, r, did, func() (how string, err error) {
		outcome, failure = run()
		ran = true
		if outcome.Replayed {
			how = ", a repeat"
		}
		return how, cmp.Or(failure, refusalIn(outcome.Answer))
	})
	if ran {
		err = failure
	}
	return outcome, err
}

// refusalIn returns that an answer which is kept with a key is a refusal of the wallet; nil when it
// is none.
func refusalIn(a *bridge.Answer) error {
	if a == nil || a.Status < http.StatusBadRequest {
		return nil
	}
	return fault.Declined
}
