package bridge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Event is one thing that happened to an order. Events are numbered from 1 without gaps;
// Replay folds them to the order.
type Event struct {
	Order    OrderID
	Sequence int64
	Type     EventType
	At       time.Time // our clock, UTC, milliseconds
	Source   Source
	Data     EventData
}

// EventType is the type of an event, as the contract spells it: "order.paid".
type EventType string

// The event types. An event that changes the order's status is named after the new status;
// the others are named after what they change.
const (
	OrderCreated    EventType = "order.created"
	OrderPending    EventType = "order.pending"
	OrderAuthorized EventType = "order.authorized"
	OrderPaid       EventType = "order.paid"
	OrderFailed     EventType = "order.failed"
	OrderCanceled   EventType = "order.canceled"
	OrderExpired    EventType = "order.expired"
	OrderVoided     EventType = "order.voided"
	OrderUpdated    EventType = "order.updated"
	OrderAttention  EventType = "order.attention"
	PaymentCreated  EventType = "payment.created"
	PaymentUpdated  EventType = "payment.updated"
	RefundPending   EventType = "refund.pending"
	RefundSucceeded EventType = "refund.succeeded"
	RefundFailed    EventType = "refund.failed"
	RefundUpdated   EventType = "refund.updated"
	// OrderClosed is recorded when no payment of the order may be opened any more and its
	// status stays as it was.
	OrderClosed EventType = "order.closed"
	// AttentionCleared is recorded when a reason for attention was resolved.
	AttentionCleared EventType = "attention.cleared"
)

// WebhookEvents are the types that are sent to webhook endpoints.
var WebhookEvents = []EventType{
	OrderPending, OrderAuthorized, OrderPaid, OrderFailed, OrderCanceled, OrderExpired, OrderVoided, OrderAttention,
	RefundPending, RefundSucceeded, RefundFailed,
}

// Webhook reports whether events of the type are sent to webhook endpoints.
func (t EventType) Webhook() bool { return slices.Contains(WebhookEvents, t) }

// Source is the origin of an event or of news.
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

// EventData is what an event changed, as it stands afterwards.
type EventData struct {
	Order     *Order         `json:"order,omitempty"` // order.created only
	Payment   *Payment       `json:"payment,omitempty"`
	Refund    *Refund        `json:"refund,omitempty"`
	Payer     *Payer         `json:"payer,omitempty"`
	Channel   wallet.Channel `json:"channel,omitempty"`
	Closed    wallet.Status  `json:"closed,omitempty"`
	Attention Attention      `json:"attention,omitempty"`
	Observed  *wallet.Money  `json:"observed,omitempty"` // the wallet's sum, where it differs from ours
	Flag      *Flag          `json:"flag,omitempty"`     // that was raised
	Cleared   *Clearing      `json:"cleared,omitempty"`
	Hint      string         `json:"hint,omitempty"`  // the client's resultCode; it decides nothing
	Epoch     int            `json:"epoch,omitempty"` // of the store; see store.Restoration
	By        string         `json:"by,omitempty"`    // the API key or operator; see engine.WithActor
}

// Clearing is a flag that was cleared: by whom, why, and with which outcome.
type Clearing struct {
	Flag    Flag   `json:"flag"`
	By      string `json:"by"`
	Note    string `json:"note"`
	Outcome string `json:"outcome,omitempty"`
}

// evolve returns o as it stands after e. It is the only way an order changes, for news and
// for replay alike. It writes to no memory that o shares.
func evolve(o Order, e Event) Order {
	schedule := o.Schedule
	if e.Data.Order != nil {
		o = *e.Data.Order
		o.Schedule = schedule
	}
	o.Payments = slices.Clone(o.Payments)
	if p := e.Data.Payment; p != nil {
		if p.Number > len(o.Payments) && p.Open() {
			o.Closed = "" // of an older version, in which an order that was canceled could be paid
		}
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
	switch {
	case e.Data.Closed != "":
		o.Closed = e.Data.Closed
	case e.Type == OrderCanceled: // of an older version: from now on it stays so
		o.Closed = wallet.Canceled
	case e.Type == OrderExpired:
		o.Closed = wallet.Expired
	}
	if f := e.Data.flag(); f != nil {
		o.Flags = slices.Clone(o.Flags)
		if i := slices.IndexFunc(o.Flags, func(have Flag) bool { return have.same(f) }); i >= 0 {
			o.Flags[i].Cleared = false
		} else {
			o.Flags = append(o.Flags, *f)
		}
	}
	if e.Data.Cleared != nil {
		o.Flags = slices.Clone(o.Flags)
		for i := range o.Flags {
			o.Flags[i].Cleared = o.Flags[i].Cleared || o.Flags[i].same(&e.Data.Cleared.Flag)
		}
	}
	o.Sequence = e.Sequence
	o.Sum()
	return o
}

// flag returns the flag that an event raised, or nil. Events of older versions have no Flag.
func (d *EventData) flag() *Flag {
	if d.Flag != nil || d.Attention == "" {
		return d.Flag
	}
	f := Flag{Why: d.Attention, Observed: d.Observed}
	if d.Payment != nil {
		f.Payment = d.Payment.Number
	}
	return &f
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

// Sum derives the order's status and amounts from its payments and refunds.
func (o *Order) Sum() {
	o.Paid, o.Refunded, o.RefundOpen, o.Reversed = 0, 0, 0, 0
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
	for i := range o.Payments {
		p := &o.Payments[i]
		p.Reversed = max(0, min(p.Reversed, p.Paid-p.Refunded)) // a refund that was made before is no reversal
		o.Reversed += p.Reversed
	}
	o.Status = o.status()
}

// status returns paid when any payment is, else authorized when any is, else pending while
// one is open. Canceled and expired mean that no payment of the order will be opened. A
// payment that ends at its wallet, also when the payer leaves the cashier, makes the order
// failed: another attempt is allowed until the order is closed.
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
	last, open := o.LastPayment(), o.OpenPayment()
	switch {
	case best != "":
		return best
	case open != nil && open.Status == wallet.Created && open.Number == 1:
		return wallet.Created
	case open != nil:
		return wallet.Pending
	case last == nil:
		return cmp.Or(o.Closed, wallet.Created)
	case last.Status == wallet.Voided:
		return wallet.Voided
	case o.Closed == wallet.Canceled, o.Closed == wallet.Expired && last.Status == wallet.Expired:
		return o.Closed
	}
	return wallet.Failed
}

// Replay folds an order's events, oldest first, to the order. Its Schedule, which is
// no part of history, is zero.
func Replay(events []Event) Order { return Resume(Order{}, events...) }

// Resume folds further events, oldest first, to an order that Replay or Resume returned. It
// writes to no memory that o shares.
func Resume(o Order, events ...Event) Order {
	for _, e := range events {
		o = evolve(o, e)
	}
	return o
}

// ID returns the event's id, as the contract shows it: "evt_…-1".
func (k EventKey) ID() string {
	return eventPrefix + k.Order.core() + "-" + strconv.FormatInt(k.Sequence, 10)
}

// ID returns the event's id, as the contract shows it. A store that was restored from a
// backup may use a sequence again: its epoch keeps the ids apart.
func (e *Event) ID() string {
	if e.Data.Epoch > 0 {
		return e.Key().ID() + "-e" + strconv.Itoa(e.Data.Epoch)
	}
	return e.Key().ID()
}

// ParseEventID returns the key of the event of that id, when s has the form of one.
func ParseEventID(s string) (EventKey, bool) {
	s, epoch, found := strings.Cut(s, "-e")
	if n, ok := parseNumber(epoch); found && (!ok || n > MaxEpoch) {
		return EventKey{}, false
	}
	core, number, _ := strings.Cut(strings.TrimPrefix(s, eventPrefix), "-")
	sequence, err := strconv.ParseInt(number, 10, 64)
	k := EventKey{Order: OrderID(orderPrefix + core), Sequence: sequence}
	if err != nil || sequence < 1 || !isULID(core) || k.ID() != s {
		return EventKey{}, false
	}
	return k, true
}

// Key returns the event's order and sequence.
func (e *Event) Key() EventKey { return EventKey{Order: e.Order, Sequence: e.Sequence} }

const eventPrefix = "evt_"

// EventKey identifies an event; the zero value is before the first.
type EventKey struct {
	Order    OrderID
	Sequence int64
}
