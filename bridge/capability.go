package bridge

import "github.com/minitill/minitill/wallet"

// WalletInfo is what a wallet of an app can do, and how it is.
type WalletInfo struct {
	Name    string
	Default bool // where a request that names no wallet goes

	Query, Capture, Void, Cancel, Refund, RefundQuery bool
	SignIn, Notifications, Methods, Agreements        bool

	Down  bool // its circuit is open: calls are refused at once
	Calls int  // under way on this node
}

// Wallets are an app's wallets, its default first; none for an app that is not served.
func (e *Engine) Wallets(app string) []WalletInfo {
	a := e.apps[app]
	if a == nil {
		return nil
	}
	list := make([]WalletInfo, len(a.Wallets))
	for i, name := range a.Wallets {
		list[i] = e.wallets[name].info()
		list[i].Default = i == 0
	}
	return list
}

func (t *till) info() WalletInfo {
	w := t.Wallet
	return WalletInfo{
		Name:  t.name,
		Query: can[wallet.Querier](w), Capture: can[wallet.Capturer](w), Void: can[wallet.Voider](w),
		Cancel: can[wallet.Canceler](w), Refund: can[wallet.Refunder](w), RefundQuery: can[wallet.RefundQuerier](w),
		SignIn: can[wallet.Authenticator](w), Notifications: can[wallet.Notifier](w),
		Methods: can[wallet.Chooser](w), Agreements: can[wallet.Agreer](w),
		Down: t.breaker.open(t.now()), Calls: len(t.slots),
	}
}

// can says whether a wallet has a capability.
func can[T any](w wallet.Wallet) bool {
	_, ok := w.(T)
	return ok
}

func canAsk(t *till) bool { return can[wallet.Querier](t.Wallet) }
