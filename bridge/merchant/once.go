package merchant

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// scope is whose keys these are: all backends of an app share them.
func (r *request) scope() string { return "merchant/" + r.app }

// digest is what a key stands for: the same method, route and body, byte for byte.
func (r *request) digest(body []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte(http.MethodPost + "\x00" + r.route + "\x00"))
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// claim ties a request to its key where no order is at stake.
func (r *request) claim(body []byte, now time.Time) *bridge.Claim {
	return &bridge.Claim{Scope: r.scope(), Key: r.once, Digest: r.digest(body), CreatedAt: now}
}

// answerOf is the answer that is kept with a claim as the store holds it: that of this
// request, or of the one that had the key before.
//
// Faults: KeyReused; Conflict while the other is at work.
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
