package merchant

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
)

// Engine is what the API needs of *engine.Engine.
type Engine interface {
	Orders
	Money
	Agreements
	Attention
	Records
	Webhooks
}

// Orders makes, shows and closes orders.
type Orders interface {
	CreateOrder(ctx context.Context, req engine.OrderRequest, once *orderOnce) (orderOutcome, error)
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error)
	History(ctx context.Context, id bridge.OrderID) (history.History, error)
	Cancel(ctx context.Context, id bridge.OrderID, source bridge.Source) (bridge.Order, error)
	Refresh(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	Repeatable(ctx context.Context, id bridge.OrderID, once *orderOnce, run func(context.Context) (bridge.Order, error)) (orderOutcome, error)
}

// Money captures and voids authorizations, refunds, and decides about refunds.
type Money interface {
	Capture(ctx context.Context, id bridge.OrderID, req engine.CaptureRequest, once *orderOnce) (orderOutcome, error)
	Void(ctx context.Context, id bridge.OrderID, source bridge.Source, once *orderOnce) (orderOutcome, error)
	Refund(ctx context.Context, id bridge.OrderID, req refund.Request, once *orderOnce) (orderOutcome, error)
	ApproveRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *orderOnce) (orderOutcome, error)
	RejectRefund(ctx context.Context, id bridge.OrderID, d refund.Decision, once *orderOnce) (orderOutcome, error)
}

// Attention resolves what needs a person, and retries notifications.
type Attention interface {
	Resolve(ctx context.Context, id bridge.OrderID, r resolution.Decision, once *orderOnce) (orderOutcome, error)
	RetryNotification(ctx context.Context, id string) (item store.InboxItem, kept bool, err error)
}

// Agreements are payers' standing permissions to be charged.
type Agreements interface {
	CreateAgreement(ctx context.Context, req agreement.Request, once *agreementOnce) (agreementOutcome, error)
	SignAgreement(ctx context.Context, app string, id bridge.AgreementID, code string, once *agreementOnce) (agreementOutcome, error)
	EndAgreement(ctx context.Context, app string, id bridge.AgreementID, once *agreementOnce) (agreementOutcome, error)
	ResolveAgreement(ctx context.Context, app string, id bridge.AgreementID, r agreement.Resolution, once *agreementOnce) (agreementOutcome, error)
	Agreement(ctx context.Context, app string, id bridge.AgreementID) (agreement.Agreement, error)
	Agreements(ctx context.Context, q agreement.Query) ([]agreement.Agreement, error)
}

// Records reads apps and wallets.
type Records interface {
	App(name string) (*engine.App, error)
	Wallets(app string) []outbound.Info
}

// Store is what the API reads and writes itself.
type Store interface {
	store.Archive
	store.Endpoints
	store.InboxItems
	store.Documents // which has the operators
	export.Log
	store.Archives
	APIKey(ctx context.Context, digest [32]byte) (store.APIKey, error)
	UseAPIKey(ctx context.Context, id string, at time.Time) error
}

// Webhooks is notified of changes that affect the delivery of webhooks, and knows the
// subscriptions of the process.
type Webhooks interface {
	Subscribed(endpoint string) bool
	GiveUpDelivery(ctx context.Context, d *store.DeliveryRecord) error
	EndpointsChanged()
	MessageReplayed(app string)
}

var _ Engine = (*engine.Engine)(nil)
