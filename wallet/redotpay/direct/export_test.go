package direct

import "github.com/minitill/minitill/wallet/internal/wire"

// Signed says that a callback with this body is signed rightly.
func (w *Orders) Signed(body []byte) bool {
	var in callbackJSON
	return wire.Decode(body, &in) == nil && w.signed(&in)
}
