package miniapp

import (
	"crypto/sha256"
	"net/http"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
)

// once ties a request to its key: the same key means the same method, route and body,
// byte for byte. It is nil without a key.
func (a *API) once(w http.ResponseWriter, key, scope, route string, body []byte) *bridge.Once[bridge.Order] {
	if key == "" {
		return nil
	}
	return &bridge.Once[bridge.Order]{
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
