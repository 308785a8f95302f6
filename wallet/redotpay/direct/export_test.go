package direct

import (
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Signed says that a callback with this body is signed rightly.
func (w *Orders) Signed(body []byte) bool {
	var in callbackJSON
	return wire.Decode(body, &in) == nil && w.signed(&in)
}

// KeepsSecrets says that the settings of an open wallet still hold one of its secrets.
func KeepsSecrets(w wallet.Wallet) bool {
	var c Config
	switch w := w.(type) {
	case *Orders:
		c = w.config
	case *Cards:
		c = w.config
	}
	return !c.MerchantKey.IsZero() || !c.Secret.IsZero()
}
