package bridge

import (
	"context"
	"time"
)

// Store keeps orders, events, claims, the outbox and the inbox. Every method is
// atomic and durable when it returns: nothing that was acknowledged is lost when the
// machine stops on the next instruction. storetest holds implementations to this.
//
// Faults: NotFound for an order that does not exist; Unavailable when nothing was
// stored (disk full, database away); Unknown when nobody can say.
type Store interface {
	Archive
	Registry
	Agreements

	// CreateOrder commits a new order with its events, messages and claim. When the
	// claim's key is taken already, nothing is written and the older claim returned;
	// otherwise the claim is returned as given.
	CreateOrder(ctx context.Context, c *Change) (Claim, error)

	// Order returns one order.
	Order(ctx context.Context, id OrderID) (Order, error)

	// UpdateOrder gives change the current order and commits what it leaves behind,
	// unless the change is empty, which costs one read. When another change was
	// quicker, it runs change again on the fresh order, so change touches nothing but
	// its argument. An error from change, or a panic in it, leaves the order as it was
	// and is returned as it is, beside the order as read.
	UpdateOrder(ctx context.Context, id OrderID, change func(*Change) error) (Order, error)

	// Claim takes a key for an operation on an order that exists, or returns the
	// older claim that holds it.
	Claim(ctx context.Context, claim Claim) (Claim, error)

	// Events returns an order's events after a sequence, oldest first.
	Events(ctx context.Context, id OrderID, after int64) ([]Event, error)

	// OrderByPaymentID finds an order by a wallet's own payment id, for those that
	// were put into Change.PaymentIDs.
	OrderByPaymentID(ctx context.Context, key PaymentKey) (OrderID, error)

	// ClaimDueOrders returns orders whose DueAt has passed, the longest waiting
	// first, and moves their DueAt by lease, so that no two workers share one.
	ClaimDueOrders(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Order, error)

	// NextDue is the earliest DueAt of all orders; zero when none is due.
	NextDue(ctx context.Context) (time.Time, error)

	// KeepNotification puts a notification into the inbox. The same wallet and event
	// id are kept once.
	KeepNotification(ctx context.Context, item InboxItem) error

	// Inbox returns the notifications that were kept for an order.
	Inbox(ctx context.Context, id OrderID) ([]InboxItem, error)

	// ForgetNotification takes a notification out of the inbox. One that is not there
	// is no mistake.
	ForgetNotification(ctx context.Context, wallet, eventID string) error

	// Messages returns messages of the outbox that are neither delivered nor dead,
	// oldest first, after the one of that id.
	Messages(ctx context.Context, after string, limit int) ([]Message, error)

	// ClaimMessages returns messages of one endpoint that are due and moves their
	// RunAt by lease, so that no two workers share one. Of each order it is the oldest
	// that is neither delivered nor dead, or none: messages of an order go in order.
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]Message, error)

	// FinishMessage notes what became of an attempt to deliver a message, and when.
	FinishMessage(ctx context.Context, id string, outcome Delivery) error

	// Prune forgets claims made before a time.
	Prune(ctx context.Context, before time.Time) error

	// Ping tells whether the store can be read and written.
	Ping(ctx context.Context) error

	Close() error
}
