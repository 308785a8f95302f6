package outbox

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// Endpoint is what messages are delivered to: an address of a merchant's backend, or a
// function of this process.
type Endpoint struct {
	App  string
	Name string // its id in the outbox
	// Deliver makes one attempt, in less time than Config.Lease, and returns what the endpoint
	// answered. A fault's RetryAfter delays the endpoint's next attempt; see also ErrPermanent
	// and ErrGone. The note of a failed attempt, which merchants read, is the fault's
	// fault.Reason.
	Deliver func(ctx context.Context, m *bridge.Message) (store.Answer, error)
	// Interruptible ends the context of its attempts StopGrace after that of Run, so that an
	// address that hangs holds its messages no longer. A function has its own time.
	Interruptible bool
	// Disabled leaves its messages where they are.
	Disabled bool
	// FailingSince is since when it has accepted nothing of what it was sent; zero while
	// it accepts what it is sent.
	FailingSince time.Time
}

// Key returns the key of the endpoint in the outbox.
func (e *Endpoint) Key() store.EndpointKey {
	return store.EndpointKey{App: e.App, Endpoint: e.Name}
}
