package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Event is one thing that happened to an order. Events are numbered from 1 without
// gaps; folding them with evolve gives the order.
type Event struct {
	Order    OrderID
	Sequence int64
	Type     EventType
	At       time.Time // our clock, UTC, milliseconds
	Source   Source
	Data     EventData
}

// EventType is what happened, in the words of the contract: "order.paid".
type EventType string

// The event types. An order event changes the order's status; a payment event
// changes a payment and leaves the order's status as it was.
const (
	OrderCreated    EventType = "order.created"
	OrderPending    EventType = "order.pending"
	OrderAuthorized EventType = "order.authorized"
	OrderPaid       EventType = "order.paid"
	OrderFailed     EventType = "order.failed"
	OrderCanceled   EventType = "order.canceled"
	OrderExpired    EventType = "order.expired"
	OrderVoided     EventType = "order.voided"
	OrderAttention  EventType = "order.attention"
	PaymentCreated  EventType = "payment.created"
	PaymentUpdated  EventType = "payment.updated"
	RefundPending   EventType = "refund.pending"
	RefundSucceeded EventType = "refund.succeeded"
	RefundFailed    EventType = "refund.failed"
)

// WebhookEvents are the types that the merchant's backend hears of.
var WebhookEvents = []EventType{
	OrderPending, OrderAuthorized, OrderPaid, OrderFailed, OrderCanceled, OrderExpired, OrderVoided, OrderAttention,
	RefundPending, RefundSucceeded, RefundFailed,
}

// webhook says whether the merchant's backend hears of the event.
func (t EventType) webhook() bool { return slices.Contains(WebhookEvents, t) }

// Source is who brought the news.
type Source string

// The sources.
const (
	FromClient       Source = "client"
	FromMerchant     Source = "merchant"
	FromOperator     Source = "operator"
	FromNotification Source = "notification"
	FromQuery        Source = "query"
	FromWallet       Source = "wallet" // the answer to an operation
	FromTime         Source = "time"
)

// EventData is what an event changed: the thing as it stands afterwards.
type EventData struct {
	Order     *Order         `json:"order,omitempty"` // order.created only
	Payment   *Payment       `json:"payment,omitempty"`
	Refund    *Refund        `json:"refund,omitempty"`
	Payer     *Payer         `json:"payer,omitempty"`
	Channel   wallet.Channel `json:"channel,omitempty"`
	Closed    wallet.Status  `json:"closed,omitempty"`
	Attention Attention      `json:"attention,omitempty"`
	Observed  *wallet.Money  `json:"observed,omitempty"` // what the wallet named, where it is not ours
	Hint      string         `json:"hint,omitempty"`     // the client's resultCode, noted and not believed
}

// evolve returns o as it stands after e. It is the only way an order changes, for
// news and for replay alike, and shares no memory with o that it writes to.
func evolve(o Order, e Event) Order {
	schedule := o.Schedule
	if e.Data.Order != nil {
		o = *e.Data.Order
		o.Schedule = schedule
	}
	o.Payments = slices.Clone(o.Payments)
	if p := e.Data.Payment; p != nil {
		o.Payments = put(o.Payments, p.Number, *p)
		if p.Operation != nil {
			o.Operations = max(o.Operations, p.Operation.Number)
		}
	}
	if r := e.Data.Refund; r != nil {
		o.Refunds = put(o.Refunds, r.Number, *r)
	}
	if e.Data.Payer != nil {
		o.Payer = *e.Data.Payer
	}
	if e.Data.Channel != "" {
		o.Channel = e.Data.Channel
	}
	if e.Data.Closed != "" {
		o.Closed = e.Data.Closed
	}
	if e.Data.Attention != "" {
		o.Attention = e.Data.Attention
	}
	o.Sequence = e.Sequence
	o.sum()
	return o
}

// put returns list with item as its nth element, from 1, leaving list as it is.
func put[T any](list []T, n int, item T) []T {
	list = slices.Clone(list)
	if n > len(list) {
		return append(list, item)
	}
	list[n-1] = item
	return list
}

// sum derives the order's status and amounts from its payments and refunds.
func (o *Order) sum() {
	o.Paid, o.Refunded, o.RefundOpen = 0, 0, 0
	for i := range o.Payments {
		o.Payments[i].Refunded = 0
		o.Paid += o.Payments[i].Paid
	}
	for _, r := range o.Refunds {
		switch r.Status {
		case wallet.RefundSucceeded:
			o.Refunded += r.Amount
			o.Payments[r.Payment-1].Refunded += r.Amount
		case wallet.RefundPending, wallet.RefundWaiting:
			o.RefundOpen += r.Amount
		}
	}
	o.Status = o.status()
}

// status is paid when any payment is, else authorized when any is, else that of the
// newest payment.
func (o *Order) status() wallet.Status {
	best := wallet.Status("")
	for _, p := range o.Payments {
		switch p.Status {
		case wallet.Paid:
			return wallet.Paid
		case wallet.Authorized:
			best = wallet.Authorized
		}
	}
	last := o.LastPayment()
	switch {
	case best != "":
		return best
	case o.Closed != "":
		return o.Closed
	case last == nil:
		return wallet.Created
	case last.Status == wallet.Created && last.Number > 1:
		return wallet.Pending
	}
	return last.Status
}

// Replay folds an order's events, oldest first, to the order. Its Schedule, which is
// no part of history, is zero.
func Replay(events []Event) Order {
	var o Order
	for _, e := range events {
		o = evolve(o, e)
	}
	return o
}
