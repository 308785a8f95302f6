package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Inbox is the part of a Store that keeps verified notifications that could not be
// applied: those that match no order, and those that a wallet has not yet borne out.
type Inbox interface {
	// KeepNotification stores a notification. The same wallet and event id are kept
	// once; one that was dismissed stays dismissed.
	KeepNotification(ctx context.Context, item InboxItem) error

	// Inbox returns the notifications that are kept for an order, by its id or by one of
	// its payments' ids at their wallets, oldest first, without the dismissed ones.
	Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]InboxItem, error)

	// InboxItem returns one notification, dismissed or not.
	//
	// Faults: NotFound.
	InboxItem(ctx context.Context, id string) (InboxItem, error)

	// ForgetNotification deletes a notification that was applied. One that is not there
	// is no mistake.
	ForgetNotification(ctx context.Context, wallet, eventID string) error
}

// InboxItems is the part of a store in which people look at what the inbox keeps.
type InboxItems interface {
	// InboxItem returns one notification, dismissed or not.
	//
	// Faults: NotFound.
	InboxItem(ctx context.Context, id string) (InboxItem, error)

	// InboxItems returns notifications of some wallets, the newest first.
	//
	// Faults: NotFound when Before is no item of these wallets.
	InboxItems(ctx context.Context, q InboxQuery) ([]InboxItem, error)

	// DismissNotification marks a notification as dealt with by a person. The first
	// dismissal stays.
	//
	// Faults: NotFound.
	DismissNotification(ctx context.Context, id string, d Dismissal) (InboxItem, error)
}

// InboxItem is a verified notification that is kept until it can be applied.
type InboxItem struct {
	ID         string // ntf_…, sorts by the time it was kept
	Wallet     string
	EventID    string
	Order      bridge.OrderID // that its request id leads to; empty when it leads nowhere
	RequestID  string
	PaymentID  string
	Event      []byte // the wallet.Event as JSON; empty when it could not be read
	Body       []byte // as received, card numbers masked
	Reason     string // why it is kept, for people
	Confirm    bool   // to be believed only when a query says the same
	ReceivedAt time.Time
	Dismissal  Dismissal // zero unless dismissed
}

// Dismissal says who has dealt with something, when and why.
type Dismissal struct {
	By, Note string
	At       time.Time
}

// InboxQuery asks for kept notifications.
type InboxQuery struct {
	Wallets   []string // required
	Dismissed bool     // those that were dismissed, instead of those that were not
	Before    string   // older than the item of this id
	Limit     int
}
