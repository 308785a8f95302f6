package console

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
)

type (
	once    = idempotency.Once[bridge.Order]
	outcome = idempotency.Outcome[bridge.Order]
)

// Engine is what the console needs of *engine.Engine.
type Engine interface {
	Orders
	Money
	Records
	RetryNotification(ctx context.Context, id string) (item store.InboxItem, kept bool, err error)
	Subscribed(endpoint string) bool
	MessageReplayed(app string)
	EndpointsChanged()
}

// Orders reads and closes orders.
type Orders interface {
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	History(ctx context.Context, id bridge.OrderID) (history.History, error)
	Cancel(ctx context.Context, id bridge.OrderID, source bridge.Source) (bridge.Order, error)
	Refresh(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	Repeatable(ctx context.Context, id bridge.OrderID, once *once, run func(context.Context) (bridge.Order, error)) (outcome, error)
}

// Money moves money, or books where it went.
type Money interface {
	Capture(ctx context.Context, id bridge.OrderID, req engine.CaptureRequest, once *once) (outcome, error)
	Void(ctx context.Context, id bridge.OrderID, source bridge.Source, once *once) (outcome, error)
	Refund(ctx context.Context, id bridge.OrderID, req refund.Request, once *once) (outcome, error)
	ApproveRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *once) (outcome, error)
	RejectRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *once) (outcome, error)
	Resolve(ctx context.Context, id bridge.OrderID, r resolution.Decision, once *once) (outcome, error)
}

// Records reads apps and wallets.
type Records interface {
	Probe(ctx context.Context, wallet string) error
	App(name string) (*engine.App, error)
	Wallets(app string) []outbound.Info
}

// Store is what the console reads and writes itself.
type Store interface {
	store.Archive
	store.InboxItems
	store.APIKeys
	store.Audit
	store.Documents
	store.Endpoints
}

var _ Engine = (*engine.Engine)(nil)
