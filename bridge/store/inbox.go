package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Inbox is the part of a Store that holds verified notifications that could not be applied:
// those that match no order, and those that a status query has not confirmed yet.
type Inbox interface {
	// KeepNotification stores a notification. It stores the same wallet and event id once;
	// an item that was dismissed stays dismissed.
	KeepNotification(ctx context.Context, item InboxItem) error

	// Inbox returns the notifications for an order, by its id or by one of its payments' ids
	// at their wallets, oldest first, without the dismissed ones.
	Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]InboxItem, error)

	// InboxItem returns one notification, dismissed or not.
	//
	// Faults: NotFound.
	InboxItem(ctx context.Context, id string) (InboxItem, error)

	// ForgetNotification deletes a notification that was applied. One that is not there
	// is no mistake.
	ForgetNotification(ctx context.Context, wallet, eventID string) error
}

// InboxItems is the part of a store that reads and decides what the inbox keeps.
type InboxItems interface {
	// InboxItem returns one notification, dismissed or not.
	//
	// Faults: NotFound.
	InboxItem(ctx context.Context, id string) (InboxItem, error)

	// InboxItems returns notifications of some wallets, the newest first.
	//
	// Faults: NotFound when Before is no item of these wallets.
	InboxItems(ctx context.Context, q InboxQuery) ([]InboxItem, error)

	// DismissNotification marks a notification as dismissed by a person. The first dismissal
	// stays.
	//
	// Faults: NotFound.
	DismissNotification(ctx context.Context, id string, d Dismissal) (InboxItem, error)
}

// InboxItem is a verified notification that waits until it can be applied.
type InboxItem struct {
	ID         string // ntf_…, sorts by the time it was stored
	Wallet     string
	EventID    string
	Order      bridge.OrderID // the order of its request id; empty when it has none
	RequestID  string
	PaymentID  string
	Event      []byte // the wallet.Event as JSON; empty when it could not be read
	Body       []byte // as received, card numbers masked
	Reason     string // why it could not be applied, for people
	Confirm    bool   // applied only when a status query confirms it
	ReceivedAt time.Time
	Dismissal  Dismissal // zero unless dismissed
}

// Dismissal is who has dismissed or decided something, when and why.
type Dismissal struct {
	By, Note string
	At       time.Time
}

// InboxQuery selects notifications of the inbox.
type InboxQuery struct {
	Wallets   []string // required
	Dismissed bool     // those that were dismissed, instead of those that were not
	Before    string   // older than the item of this id
	Limit     int
}
