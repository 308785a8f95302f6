package miniapp

import (
	"github.com/minitill/minitill/bridge"
)

// scope is the scope of idempotency keys: a payer of an app. "~" is in no wallet's name,
// so that guests and orders without a payer have scopes of their own.
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
