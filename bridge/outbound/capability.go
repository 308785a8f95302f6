package outbound

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// Info is what a wallet of an app can do, and how it is.
type Info struct {
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

func (t *Wallet) Info() Info {
	info := Info{Name: t.Name, Down: t.breaker.open(t.now()), Calls: len(t.slots)}
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

// Can says whether a wallet has a capability.
func Can[T any](w wallet.Wallet) bool {
	_, ok := wallet.As[T](w)
	return ok
}

func CanAsk(t *Wallet) bool { return Can[wallet.Querier](t.Wallet) }
