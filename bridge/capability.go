package bridge

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// WalletInfo is what a wallet of an app can do, and how it is.
type WalletInfo struct {
	Name         string
	Default      bool                // where a request that names no wallet goes
	Capabilities []wallet.Capability // those it has, in the order of wallet.Capabilities

	Down  bool // its circuit breaker is open: calls are refused at once
	Calls int  // under way on this node

	// Failing is the fault that this node's calls end in since FailingSince, and
	// FailingReason its text; empty when the wallet answered the last one.
	Failing, FailingReason string
	FailingSince           time.Time
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
	info := WalletInfo{Name: t.name, Down: t.breaker.open(t.now()), Calls: len(t.slots)}
	if f := t.failing.Load(); f != nil {
		info.Failing, info.FailingReason, info.FailingSince = f.kind.String(), f.reason, f.since.UTC()
	}
	for _, c := range wallet.Capabilities {
		if c.Of(t.Wallet) {
			info.Capabilities = append(info.Capabilities, c.Capability)
		}
	}
	return info
}

// can says whether a wallet has a capability.
func can[T any](w wallet.Wallet) bool {
	_, ok := wallet.As[T](w)
	return ok
}

func canAsk(t *till) bool { return can[wallet.Querier](t.Wallet) }
