package miniapp

import (
	"crypto/sha256"
	"net/http"
	"strconv"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

const (
	keyHeader  = "Idempotency-Key"
	longestKey = 255
)

// idempotencyKey is a request's key; empty when it has none.
//
// Faults: Invalid when it is there twice, is longer than 255 characters, or has others
// than printable ASCII.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values(keyHeader)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", badKey("is there twice")
	case len(values[0]) > longestKey:
		return "", badKey("must have at most " + strconv.Itoa(longestKey) + " characters")
	}
	for i := range len(values[0]) {
		if c := values[0][i]; c < ' ' || c > '~' {
			return "", badKey("must be printable ASCII")
		}
	}
	return values[0], nil
}

// requiredKey is idempotencyKey where a request must have one.
func requiredKey(r *http.Request) (string, error) {
	key, err := idempotencyKey(r)
	if err == nil && key == "" {
		err = badKey("is required")
	}
	return key, err
}

func badKey(detail string) error {
	return fault.InvalidField("miniapp.idempotencyKey", keyHeader, detail)
}

// once ties a request to its key: the same key means the same method, route and body,
// byte for byte. It is nil without a key.
func (a *API) once(w http.ResponseWriter, key, scope, route string, body []byte) *bridge.Once {
	if key == "" {
		return nil
	}
	return &bridge.Once{
		Scope: scope, Key: key, Digest: digest(http.MethodPost, route, body),
		Render: a.renderer(problem.RequestID(w)),
	}
}

func digest(method, route string, body []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte(method + "\x00" + route + "\x00"))
	h.Write(body)
	return [32]byte(h.Sum(nil))
}

// scope is whose keys these are: a payer's in an app. "~" is in no wallet's name, so
// guests and orders without a payer have scopes of their own.
func scope(app string, payer bridge.Payer, id bridge.OrderID) string {
	prefix := "miniapp/" + app + "/"
	switch {
	case payer.ID == "":
		return prefix + "~order/" + string(id)
	case payer.Guest:
		return prefix + "~guest/" + payer.ID
	}
	return prefix + payer.Wallet + "/" + payer.ID
}
