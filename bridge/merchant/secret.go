package merchant

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// withSecret is an endpoint with its secret, which is shown once.
func withSecret(e *store.Endpoint, secret signing.Secret) any {
	v := viewEndpoint(e)
	v.Secret = string(secret.Reveal())
	return v
}

// sealed is an answer as the store keeps it with the request's key: encrypted, since it has
// secrets or personal data.
func (a *API) sealed(r *request, status int, v any) (*bridge.Answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "merchant.sealed", err)
	}
	kept := idempotency.SealAnswer(a.sealer, r.scope(), r.once, bridge.Answer{Status: status, Body: body})
	return &kept, nil
}

// sendSealed decrypts the answer that is kept with a claim and sends it.
//
// Faults: KeyReused; Conflict; Internal when it cannot be decrypted.
func (a *API) sendSealed(c *gin.Context, r *request, claim, held *bridge.Claim) error {
	kept, err := answerOf(claim, held)
	if err != nil {
		return err
	}
	answer, err := idempotency.OpenAnswer(a.sealer, r.scope(), r.once, *kept)
	if err != nil {
		return err
	}
	web.Write(c.Writer, answer)
	return nil
}

// instant is the current time at the precision of the store: UTC, in milliseconds.
func (a *API) instant() time.Time { return a.now().UTC().Truncate(time.Millisecond) }
