package bridge

import (
	"slices"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Change is one order inside a transaction: the order, its events, its messages and
// the answer kept for an idempotency key move together or not at all.
type Change struct {
	Order    Order
	Events   []Event
	Messages []Message
	// Claim is a key to be taken together with the creation of the order.
	Claim *Claim
	// Answer completes the claim that was taken before.
	Answer *KeyAnswer
	// PaymentIDs are wallets' own ids of payments, new to the order, by which
	// notifications may come and people search.
	PaymentIDs []PaymentKey
	// Endpoints is the version of the webhook endpoints when the order was read; the
	// store sets it. A change with events commits only while that version is current,
	// else it runs again: no commit misses an endpoint that was added before it.
	Endpoints int64

	before Order
	Due    time.Time // when the next look is wanted; zero leaves it to the schedule
	epoch  int       // of the store; see Restoration
	actor  string    // who acts; see WithActor
	// counted is how many of the events only count calls: they are no news.
	counted int
}

// requestID is the id of the nth operation of a kind on the order.
func (c *Change) requestID(op operation, n int) string { return c.Order.ID.RequestID(op, n, c.epoch) }

// NewChange starts a change of o. A store calls it with the order as read.
func NewChange(o Order) *Change { return &Change{Order: o, before: o} }

// Begin says in which epoch of the store the change is made, and who makes it; see Restoration
// and WithActor.
func (c *Change) Begin(epoch int, actor string) { c.epoch, c.actor = epoch, actor }

// Before is the order as it was read.
func (c *Change) Before() *Order { return &c.before }

// Complete ends a change before it is committed: flags about what has ended are cleared, the
// wallets' new ids of payments are indexed, and the next look is planned at the wallet's pace.
func (c *Change) Complete(now time.Time, pace wallet.Pace) {
	if len(c.Events) > 0 {
		c.clearEnded(now)
	}
	for i := range c.Order.Payments {
		c.indexPaymentIDs(&c.Order.Payments[i])
	}
	c.planLook(now, pace)
}

// Empty says that there is nothing to commit.
func (c *Change) Empty() bool {
	return len(c.Events) == 0 && len(c.Messages) == 0 && len(c.PaymentIDs) == 0 &&
		c.Answer == nil && c.Order.Schedule == c.before.Schedule
}

// Record appends an event and lets it change the order. An event whose effect moves
// the order's status is named after the new status.
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

// Message is one event on its way to one of the merchant's endpoints. Messages of
// one order to one endpoint are delivered in the order of their Sequence.
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

// DeliveryStatus is what became of an attempt to deliver a message.
type DeliveryStatus string

// The delivery statuses.
const (
	Delivered   DeliveryStatus = "delivered"
	Undelivered DeliveryStatus = "undelivered" // to be tried again
	Dead        DeliveryStatus = "dead"        // given up; the order's next message goes on
	Dismissed   DeliveryStatus = "dismissed"   // dead, and a person has seen it
)

// Delivery is the outcome of an attempt.
type Delivery struct {
	Status DeliveryStatus
	RunAt  time.Time // of the next attempt, when Undelivered
	Note   string    // why, for operators
	At     time.Time // of the attempt
}

// Claim is an idempotency key and what it stands for. A key belongs to one caller
// (Scope) and one request (Digest) for ever.
type Claim struct {
	Scope, Key string
	Digest     [32]byte
	Subject    string // the id of the order or agreement that the request is about; empty for others
	CreatedAt  time.Time
	Answer     *Answer // nil while the first request is at work
}

// Answer is an HTTP answer as it was first given, replayed byte for byte.
type Answer struct {
	Status int
	Body   []byte
}

// KeyAnswer is the answer to the request that holds a key.
type KeyAnswer struct {
	Scope, Key string
	Answer     Answer
}

// PaymentKey is a wallet's own id of a payment.
type PaymentKey struct{ Wallet, PaymentID string }

// Free says that the call that was under way has ended.
func (c *Change) Free() { c.Order.BusyUntil = time.Time{} }

// indexPaymentIDs adds a wallet's own ids of a payment, where they are new, to the ids by
// which the order is found: notifications may name nothing else, and people search by them.
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
