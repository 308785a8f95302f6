package bridge

import (
	"cmp"
	"time"
)

// usualLag is how long a wallet's queries may lag behind its calls, unless its Pace says.
const usualLag = time.Minute

// lag is how long the wallet's queries may lag behind its calls.
func (t *till) lag() time.Duration { return cmp.Or(t.pace.Lag, usualLag) }

// lagOf is the lag of the wallet of that name, configured or not.
func (e *Engine) lagOf(walletName string) time.Duration {
	if t := e.wallets[walletName]; t != nil {
		return t.lag()
	}
	return usualLag
}
