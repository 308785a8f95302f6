package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Change is one order inside a transaction: the order, its events, its messages and the
// answer stored for an idempotency key are committed together or not at all.
//
// A store makes one with NewChange and commits it; the engine fills it. The methods that
// need a time take it as now, in UTC and milliseconds.
type Change struct {
	Order    Order
	Events   []Event
	Messages []Message
	// Claim is a key to be claimed together with the creation of the order.
	Claim *Claim
	// Answer completes a claim that was committed before.
	Answer *KeyAnswer
	// PaymentIDs are the wallets' own ids of payments that are new to the order. The store
	// indexes them: notifications may carry no other id, and people search by them.
	PaymentIDs []PaymentKey
	// Endpoints is the version of the webhook endpoints when the order was read; the
	// store sets it. A change with events commits only while that version is current,
	// else it runs again: no commit misses an endpoint that was added before it.
	Endpoints int64
	// Trace is the trace context (W3C traceparent) of the span in which the change is committed.
	// It is stored for each of the events, for what follows from them later. Empty: none is stored.
	Trace string

	before Order
	Due    time.Time // when the next status query is wanted; zero leaves it to package schedule
	epoch  int       // of the store; see store.Restoration
	actor  string    // who acts; see engine.WithActor
	// counted is how many of the events only count calls and carry no news.
	counted int
}

// requestID returns the request id of the nth operation of a kind on the order.
func (c *Change) requestID(op OperationKind, n int) string {
	return c.Order.ID.RequestID(op, n, c.epoch)
}

// NewChange starts a change of o. A store calls it with the order as read.
func NewChange(o Order) *Change { return &Change{Order: o, before: o} }

// Begin sets the epoch of the store, which is part of new ids, and the actor that events of
// merchants and operators record; see store.Restoration and engine.WithActor.
func (c *Change) Begin(epoch int, actor string) { c.epoch, c.actor = epoch, actor }

// Before returns the order as it was read.
func (c *Change) Before() *Order { return &c.before }

// Complete finishes a change before it is committed: it clears flags about what has ended,
// and lists the wallets' new ids of payments. schedule.Plan follows.
func (c *Change) Complete(now time.Time) {
	if len(c.Events) > 0 {
		c.clearEnded(now)
	}
	for i := range c.Order.Payments {
		c.indexPaymentIDs(&c.Order.Payments[i])
	}
}

// Empty reports whether there is nothing to commit.
func (c *Change) Empty() bool {
	return len(c.Events) == 0 && len(c.Messages) == 0 && len(c.PaymentIDs) == 0 &&
		c.Answer == nil && c.Order.Schedule == c.before.Schedule
}

// Record appends an event and applies it to the order. An event that changes the order's
// status is named after the new status.
func (c *Change) Record(kind EventType, source Source, at time.Time, data EventData) {
	e := Event{
		Order: c.Order.ID, Sequence: c.Order.Sequence + 1,
		Type: kind, At: at, Source: source, Data: data,
	}
	e.Data.Epoch = c.epoch
	if source == FromMerchant || source == FromOperator {
		e.Data.By = c.actor
	}
	next := evolve(c.Order, e)
	if t, ok := statusEvents[next.Status]; ok && next.Status != c.Order.Status {
		e.Type = t
	}
	c.Order = next
	c.Events = append(c.Events, e)
}

var statusEvents = map[wallet.Status]EventType{
	wallet.Pending: OrderPending, wallet.Authorized: OrderAuthorized, wallet.Paid: OrderPaid,
	wallet.Failed: OrderFailed, wallet.Canceled: OrderCanceled, wallet.Expired: OrderExpired,
	wallet.Voided: OrderVoided,
}

// Message is one event in the outbox for one webhook endpoint. Messages of one order to one
// endpoint are delivered in the order of their Sequence.
type Message struct {
	ID       string // dlv_…
	App      string
	Endpoint string
	Order    OrderID
	Sequence int64
	Type     EventType
	Body     []byte // as it will be sent and signed

	CreatedAt time.Time
	RunAt     time.Time // of the next attempt
	Attempts  int       // so far
}

// Claim binds an idempotency key to one caller (Scope) and one request (Digest).
type Claim struct {
	Scope, Key string
	Digest     [32]byte
	Subject    string // the id of the order or agreement that the request is about; empty for others
	CreatedAt  time.Time
	Answer     *Answer // nil while the first request has no final outcome
}

// Answer is the HTTP response to the first request, replayed byte for byte.
type Answer struct {
	Status int
	Body   []byte
}

// KeyAnswer is the answer to the request that claimed a key.
type KeyAnswer struct {
	Scope, Key string
	Answer     Answer
}

// PaymentKey is a wallet's own id of a payment.
type PaymentKey struct{ Wallet, PaymentID string }

// Release ends the reservation of the order for one call to a wallet. The engine reserves an
// order by setting Order.BusyUntil.
func (c *Change) Release() { c.Order.BusyUntil = time.Time{} }

// QueryNow makes the order due for status queries at once.
func (c *Change) QueryNow(now time.Time) { c.Due = now }

// WaitFor makes the order due at a time, or earlier where it is due earlier. The engine
// passes the time from which on a wallet's answer can no longer lag.
func (c *Change) WaitFor(at, now time.Time) {
	if at.After(now) && (c.Due.IsZero() || at.Before(c.Due)) {
		c.Due = at
	}
}

// HasNews reports whether the change has events beyond those that only count calls.
func (c *Change) HasNews() bool { return len(c.Events) > c.counted }

// indexPaymentIDs adds a wallet's own ids of a payment to PaymentIDs, where they are new.
func (c *Change) indexPaymentIDs(p *Payment) {
	var known []string
	if before := c.before.Payment(p.Number); before != nil {
		known = before.IDs()
	}
	for _, id := range p.IDs() {
		if !slices.Contains(known, id) {
			c.PaymentIDs = append(c.PaymentIDs, PaymentKey{p.Wallet, id})
		}
	}
}
