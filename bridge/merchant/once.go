package merchant

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// scope is whose keys these are: all backends of an app share them.
func (r *request) scope() string { return "merchant/" + r.app }

// keyed is the request as its idempotency key stands for it.
func (r *request) keyed(body []byte) web.Keyed {
	return web.Keyed{Scope: r.scope(), Key: r.once, Route: r.route, Body: body}
}

// claim is the claim of the request's idempotency key for an operation on something else
// than an order or agreement.
func (r *request) claim(body []byte, now time.Time) *bridge.Claim {
	k := r.keyed(body)
	return &bridge.Claim{Scope: k.Scope, Key: k.Key, Digest: k.Digest(), CreatedAt: now}
}

// settled returns why an action of this request was not executed: err, or what answerOf says.
func settled(claim, held *bridge.Claim, err error) (string, error) {
	if err == nil {
		_, err = answerOf(claim, held)
	}
	return "", err
}

// answerOf is the answer that the store keeps with the key: that of this request, or of an
// earlier one with the same key.
//
// Faults: KeyReused; Conflict while the earlier request is in progress.
func answerOf(claim, held *bridge.Claim) (*bridge.Answer, error) {
	switch {
	case held.Digest != claim.Digest:
		return nil, fault.New(fault.KeyReused, "merchant.once", "This Idempotency-Key was used for another request.")
	case held.Answer == nil:
		return nil, &fault.Error{
			Kind: fault.Conflict, Op: "merchant.once", RetryAfter: time.Second,
			Detail: "The same request is still at work.",
		}
	}
	return held.Answer, nil
}
