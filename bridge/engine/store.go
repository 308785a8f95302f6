package engine

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store"
)

// Store is what the engine needs of a store: orders with their events and claims, the
// inbox, the outbox, agreements, and whether the store was restored. Every method is atomic and durable
// when it returns: nothing that was acknowledged is lost when the machine stops on the next
// instruction. The stores of this module have more, for the merchant API and for webhooks;
// storetest holds them to all of it.
//
// Faults: NotFound for an order that does not exist; Unavailable when nothing was stored
// (disk full, database down); Unknown when the outcome of the commit is not known.
type Store interface {
	agreement.Store
	store.Inbox
	store.Restorations
	store.Outbox
	store.Documents
	store.Snapshots

	// Endpoints returns the webhook endpoints of all apps and their version; see
	// bridge.Change.Endpoints.
	Endpoints(ctx context.Context) ([]store.Endpoint, int64, error)

	// CreateOrder commits a new order with its events, messages and claim. When the
	// claim's key is claimed already, nothing is written and the older claim returned;
	// otherwise the claim is returned as given.
	CreateOrder(ctx context.Context, c *bridge.Change) (bridge.Claim, error)

	// Order returns one order.
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)

	// UpdateOrder gives change the current order and commits what it leaves behind,
	// unless the change is empty, which costs one read. When another change was
	// committed meanwhile, it runs change again on the fresh order, so change touches
	// nothing but its argument. An error from change, or a panic in it, rolls back; the
	// error is returned as it is, with the order as read.
	UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error)

	// Claim claims a key for an operation on an order that exists, or returns the older
	// claim of the key.
	Claim(ctx context.Context, claim bridge.Claim) (bridge.Claim, error)

	// HeldClaim returns the claim of a key.
	//
	// Faults: NotFound when the key is free.
	HeldClaim(ctx context.Context, scope, key string) (bridge.Claim, error)

	// Events returns an order's events after a sequence, oldest first.
	//
	// Faults: NotFound; Expired when events after that one were archived: Snapshot has the
	// order as it stood after the last of these.
	Events(ctx context.Context, id bridge.OrderID, after int64) ([]bridge.Event, error)

	// OrderByPaymentID finds an order by a wallet's own payment id, for those that
	// were in Change.PaymentIDs. An order has several; an id leads to the first order
	// that had it.
	OrderByPaymentID(ctx context.Context, key bridge.PaymentKey) (bridge.OrderID, error)

	// ClaimDueOrders returns orders whose DueAt has passed, and moves their DueAt to now
	// and lease, so that no two workers share one. limits says of which wallets, by the
	// newest payment, and how many of each at most; "" are orders without payment. Those of
	// one wallet come longest waiting first.
	ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limits map[string]int) ([]bridge.Order, error)

	// DueWallets returns the wallets of the newest payments of orders that have a DueAt,
	// with the earliest of each; "" are orders without payment. It reads one entry of an
	// index for each wallet.
	DueWallets(ctx context.Context) (map[string]time.Time, error)

	// PruneAnswers deletes the answers to claims made before a time. A claim about an order
	// or agreement stays, without its answer: a repeat of its request finds what was begun.
	// Other claims are deleted.
	PruneAnswers(ctx context.Context, before time.Time) error

	// Prune deletes claims made before a time, whatever they are about.
	Prune(ctx context.Context, before time.Time) error

	// Ping checks that the store can be read and written.
	Ping(ctx context.Context) error
}
