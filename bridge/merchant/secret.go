package merchant

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// sealed is an answer with an endpoint's secret in it, as it is kept with the request's
// key: the store holds no secret in clear.
func (a *API) sealed(r *request, status int, e *bridge.Endpoint, secret signing.Secret) (*bridge.Answer, error) {
	v := viewEndpoint(e)
	v.Secret = string(secret.Reveal())
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "merchant.sealed", err)
	}
	return &bridge.Answer{Status: status, Body: []byte(a.sealer.Seal(body, r.answerContext()))}, nil
}

// sendSealed opens the answer that is kept with a claim and sends it.
//
// Faults: KeyReused; Conflict.
func (a *API) sendSealed(c *gin.Context, r *request, claim, held *bridge.Claim) error {
	kept, err := answerOf(claim, held)
	if err != nil {
		return err
	}
	body, err := a.sealer.Open(string(kept.Body), r.answerContext())
	if err != nil { // ours to open, so it is no fault of the caller's
		return &fault.Error{Kind: fault.Internal, Op: "merchant.sendSealed", Err: err}
	}
	write(c.Writer, &bridge.Answer{Status: kept.Status, Body: body})
	return nil
}

// answerContext ties a sealed answer to the one request it may answer.
func (r *request) answerContext() string { return "answer\x00" + r.scope() + "\x00" + r.once }

// instant is now as the store keeps it: UTC, in milliseconds.
func (a *API) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }
