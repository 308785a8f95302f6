package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// Archive is the part of a Store that serves lists and searches. Each query is about one app
// and finds nothing of another. Lists are bounded by Limit and continue after the last id of
// the page before; an id that does not exist is NotFound.
type Archive interface {
	// Orders returns orders that match, the newest first.
	Orders(ctx context.Context, q OrderQuery) ([]bridge.Order, error)

	// Refunds returns refunds that match, the newest first.
	Refunds(ctx context.Context, q RefundQuery) ([]RefundEntry, error)

	// Feed returns an app's events after one of them, or from the first, oldest first. It
	// has no gaps: once it has returned an event, no earlier one appears. Events of one
	// order are in order. Events of transactions that are under way, or were committed a
	// moment ago, are not in it yet.
	Feed(ctx context.Context, q FeedQuery) ([]FeedEvent, error)

	// Deliveries returns messages of the outbox that match, in every status, the newest
	// first.
	Deliveries(ctx context.Context, q DeliveryQuery) ([]DeliveryRecord, error)

	// ReplayMessage makes a message due at once, as if it were new. When an attempt is under
	// way, that attempt is the replay. The claim, which may be nil, is committed together
	// with that; when its key is claimed already, nothing is done and the older claim
	// returned.
	ReplayMessage(ctx context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error)

	// DismissMessage makes a dead message Dismissed. One that is dismissed already stays as
	// it is. The claim, which may be nil, is treated as by ReplayMessage.
	//
	// Faults: NotFound; Conflict when the message is neither dead nor dismissed.
	DismissMessage(ctx context.Context, app, id string, d Dismissal, claim *bridge.Claim) (bridge.Claim, error)
}

// OrderQuery selects orders of an app. A zero field selects all.
type OrderQuery struct {
	App       string // required
	Status    wallet.Status
	Reference string
	Wallet    string // of the newest payment
	Attention string // an open reason, or AnyAttention
	// WalletPaymentID is one of a payment's ids at any wallet.
	WalletPaymentID string
	From, To        time.Time      // created in [From, To)
	Before          bridge.OrderID // older than this one
	Limit           int
}

// AnyAttention selects orders that have a reason for attention.
const AnyAttention = "any"

// RefundQuery selects refunds of an app. A zero field selects all.
type RefundQuery struct {
	App    string // required
	Order  bridge.OrderID
	Status wallet.RefundStatus // RefundPending includes RefundWaiting
	Before string              // older than the refund of this id
	Limit  int
}

// RefundEntry is a refund with its order.
type RefundEntry struct {
	Order  bridge.Order
	Number int
}

// FeedQuery selects events of an app.
type FeedQuery struct {
	App   string // required
	After bridge.EventKey
	Limit int
}

// FeedEvent is an event with the currency that its amounts are in.
type FeedEvent struct {
	bridge.Event
	Currency wallet.Currency
}

// DeliveryQuery selects messages of an app's outbox. A zero field selects all.
type DeliveryQuery struct {
	App      string // required
	ID       string // of one message
	Order    bridge.OrderID
	Endpoint string
	Status   DeliveryStatus
	Before   string // older than the message of this id
	Limit    int
}

// DeliveryRecord is a message with the state of its delivery.
type DeliveryRecord struct {
	bridge.Message
	Status  DeliveryStatus
	Note    string        // why the last attempt failed
	TriedAt time.Time     // of the end of the last attempt; zero before the first
	Took    time.Duration // of the last attempt; zero when it is not known
	Answer  Answer        // to the last attempt
	// Dismissal is who dismissed the message, and why; zero unless it is Dismissed.
	Dismissal Dismissal
}
