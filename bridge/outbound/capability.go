package outbound

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// Info describes a wallet of an app: its capabilities and its state on this node.
type Info struct {
	Name         string
	Default      bool                // requests that name no wallet use it
	Capabilities []wallet.Capability // in the order of wallet.Capabilities

	Down  bool // its circuit breaker is open: calls fail at once
	Calls int  // under way on this node

	Breaker BreakerState // of this node

	// Failing is the fault that this node's calls end in since FailingSince, and
	// FailingReason its text; empty when the wallet answered the last one.
	Failing, FailingReason string
	FailingSince           time.Time
}

// Info returns the wallet's capabilities and its state on this node.
func (t *Wallet) Info() Info {
	info := Info{Name: t.Name, Down: t.breaker.open(t.now()), Calls: len(t.slots), Breaker: t.breaker.state(t.now())}
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

// Can reports whether a wallet has a capability.
func Can[T any](w wallet.Wallet) bool {
	_, ok := wallet.As[T](w)
	return ok
}

// CanQuery reports whether a wallet has a status query for payments.
func CanQuery(t *Wallet) bool { return Can[wallet.Querier](t.Wallet) }
