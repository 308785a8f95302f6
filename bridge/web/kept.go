package web

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/problem"
)

// Keyed is a POST request with an idempotency key.
type Keyed struct {
	Scope string // who shares the key, such as all backends of an app
	Key   string // empty: the answer is not kept
	Route string // with its ids
	Body  []byte
}

// Digest is what the key stands for: the same method, route and body, byte for byte.
func (k Keyed) Digest() [32]byte {
	h := sha256.New()
	h.Write([]byte(http.MethodPost + "\x00" + k.Route + "\x00"))
	h.Write(k.Body)
	return [32]byte(h.Sum(nil))
}

// Once ties an operation of the engine to the key of its request; nil without a key.
func Once[S bridge.Order | agreement.Agreement](k Keyed, render func(S, error) bridge.Answer) *idempotency.Once[S] {
	if k.Key == "" {
		return nil
	}
	return &idempotency.Once[S]{Scope: k.Scope, Key: k.Key, Digest: k.Digest(), Render: render}
}

// Renderer makes the answers to a request: the value of show with a status, or the
// problem of a fault. The answer holds the id of the request that w answers, also when it
// is sent again later.
func Renderer[S any](problems problem.Renderer, w http.ResponseWriter, status int, show func(*S) (any, error)) func(S, error) bridge.Answer {
	requestID := problem.RequestID(w)
	return func(subject S, err error) bridge.Answer {
		var v any
		if err == nil {
			v, err = show(&subject)
		}
		var body []byte
		if err == nil {
			body, err = json.Marshal(v)
		}
		if err != nil {
			d := problem.Of(err, problems.Base, requestID)
			return bridge.Answer{Status: d.Status, Body: d.JSON()}
		}
		return bridge.Answer{Status: status, Body: body}
	}
}

// SendOutcome sends the answer that is kept with the request's key, or renders one for a
// request without a key. err is the engine's fault.
func SendOutcome[S bridge.Order | agreement.Agreement](w http.ResponseWriter, outcome idempotency.Outcome[S], err error, render func(S, error) bridge.Answer) error {
	switch {
	case err != nil:
		return err
	case outcome.Answer != nil:
		Write(w, *outcome.Answer)
	default:
		Write(w, render(outcome.Subject, nil))
	}
	return nil
}
