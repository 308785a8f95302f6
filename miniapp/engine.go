package miniapp

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/history"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/wallet"
)

// Engine is what the API needs of *engine.Engine.
type Engine interface {
	Apps
	Orders
	News
}

// Apps finds apps and signs payers in.
type Apps interface {
	App(name string) (*engine.App, error)
	AppOfWallet(name string) (*engine.App, string, error)
	SignIn(ctx context.Context, walletName, authCode string) (wallet.Payer, error)
}

// Orders creates, pays and cancels orders.
type Orders interface {
	CreateOrder(ctx context.Context, req engine.OrderRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error)
	Pay(ctx context.Context, id bridge.OrderID, req bridge.PayRequest, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error)
	Cancel(ctx context.Context, id bridge.OrderID, source bridge.Source) (bridge.Order, error)
}

// News reads the state of orders.
type News interface {
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
	History(ctx context.Context, id bridge.OrderID) (history.History, error)
	Result(ctx context.Context, id bridge.OrderID, hint engine.Hint) (bridge.Order, error)
	Wait(ctx context.Context, id bridge.OrderID, seen int64, d time.Duration) (*bridge.Order, error)
	Draining() bool
}

var _ Engine = (*engine.Engine)(nil)
