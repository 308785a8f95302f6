package miniapp

import (
	"github.com/minitill/minitill/bridge"
)

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
