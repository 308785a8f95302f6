package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// Surveyor is a store that counts open work, for metrics. The stores in SQL
// are.
type Surveyor interface {
	// Survey counts the work that is open at a time, with the outbox of the apps that are
	// named. It reads at most limit rows of each kind, so a count may be too low when it
	// reaches limit.
	Survey(ctx context.Context, now time.Time, apps []string, limit int) (Survey, error)
}

// Survey is how much work is open.
type Survey struct {
	Orders    map[OpenOrders]Tally      // by the time of their creation
	Due       map[string]Tally          // orders whose status query is due, by wallet and due time
	Attention map[FlaggedOrders]int     // orders that need attention
	Inbox     map[string]int            // notifications that were neither applied nor dismissed, by wallet
	Outbox    map[OpenMessages]Tally    // by the time at which they were written
	Refunds   map[OpenRefunds]time.Time // when the oldest was created
}

// OpenRefunds are the refunds of an app that are pending or wait for approval.
type OpenRefunds struct {
	App    string
	Status wallet.RefundStatus
}

// OpenOrders are the orders of an app that are created, pending or authorized.
type OpenOrders struct {
	App    string
	Status wallet.Status
}

// FlaggedOrders are the orders of an app that need attention for a reason.
type FlaggedOrders struct {
	App string
	Why bridge.Attention
}

// OpenMessages are the messages of an app that are undelivered or dead.
type OpenMessages struct {
	App    string
	Status DeliveryStatus
}

// Tally is a count with the earliest time of what was counted.
type Tally struct {
	Count  int
	Oldest time.Time // zero when there is none
}

// Add counts one more.
func (t Tally) Add(at time.Time) Tally {
	if t.Count++; t.Oldest.IsZero() || !at.IsZero() && at.Before(t.Oldest) {
		t.Oldest = at
	}
	return t
}
