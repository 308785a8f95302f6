package indextest

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Noon is when the orders of tests begin.
var Noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Feed is an index.Source whose events tests make.
type Feed struct {
	mu     sync.Mutex
	events map[string][]store.FeedEvent
	orders map[bridge.OrderID]bridge.Order
	made   uint64
	epoch  int
	reads  int
}

// NewFeed returns an empty feed.
func NewFeed() *Feed {
	return &Feed{events: make(map[string][]store.FeedEvent), orders: make(map[bridge.OrderID]bridge.Order)}
}

// New is what an order is made of. A zero field is filled in, but for the texts.
type New struct {
	App       string
	At        time.Time
	Amount    wallet.Money
	Reference string
	Payer     string
	Wallet    string // of its first payment; "-" for none
	WalletID  string // of that payment
}

// Create adds an order with its first event and returns its id.
func (f *Feed) Create(n New) bridge.OrderID {
	f.mu.Lock()
	defer f.mu.Unlock()
	n.fill()
	f.made++
	var random [16]byte
	binary.BigEndian.PutUint64(random[8:], f.made)
	u := ulid.ULID(random)
	_ = u.SetTime(uint64(n.At.UnixMilli()))
	o := bridge.Order{
		ID: bridge.OrderID("ord_" + u.String()), App: n.App, Amount: n.Amount, Reference: n.Reference,
		Description: "Tea for two", Payer: bridge.Payer{ID: n.Payer, Wallet: n.Wallet},
		CreatedAt: n.At, ExpiresAt: n.At.Add(time.Hour), Status: wallet.Created,
	}
	if n.Wallet != "-" {
		o.Payments = []bridge.Payment{{
			Number: 1, Wallet: n.Wallet, Status: wallet.Created, RequestID: o.ID.RequestID(bridge.OpPayment, 1, 0),
			WalletPaymentID: n.WalletID, CreatedAt: n.At,
		}}
	}
	f.record(n.App, bridge.Order{ID: o.ID}, bridge.OrderCreated, n.At, bridge.EventData{Order: &o})
	return o.ID
}

func (n *New) fill() {
	if n.App == "" {
		n.App = "shop"
	}
	if n.At.IsZero() {
		n.At = Noon
	}
	if n.Amount == (wallet.Money{}) {
		n.Amount = wallet.Money{Minor: 1250, Currency: "PHP"}
	}
	if n.Wallet == "" {
		n.Wallet = "gcash"
	}
}

// Record adds an event to an order.
func (f *Feed) Record(id bridge.OrderID, kind bridge.EventType, at time.Time, data bridge.EventData) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[id]
	f.record(o.App, o, kind, at, data)
}

func (f *Feed) record(app string, o bridge.Order, kind bridge.EventType, at time.Time, data bridge.EventData) {
	c := bridge.NewChange(o)
	c.Begin(f.epoch, "")
	c.Record(kind, bridge.FromNotification, at, data)
	f.orders[o.ID] = c.Order
	for _, e := range c.Events {
		f.events[app] = append(f.events[app], store.FeedEvent{Event: e, Currency: c.Order.Amount.Currency})
	}
}

// Payment records what change makes of an order's payment.
func (f *Feed) Payment(id bridge.OrderID, number int, at time.Time, change func(*bridge.Payment)) {
	p := *f.Order(id).Payment(number)
	change(&p)
	f.Record(id, bridge.PaymentUpdated, at, bridge.EventData{Payment: &p})
}

// Pay records that an order's first payment was paid in full.
func (f *Feed) Pay(id bridge.OrderID, at time.Time) {
	amount := f.Order(id).Amount.Minor
	f.Payment(id, 1, at, func(p *bridge.Payment) { p.Status, p.Paid, p.PaidAt = wallet.Paid, amount, at })
}

// End records that an order's first payment ended with a status. Expired closes the order.
func (f *Feed) End(id bridge.OrderID, at time.Time, status wallet.Status) {
	p := *f.Order(id).Payment(1)
	p.Status = status
	data := bridge.EventData{Payment: &p}
	if status == wallet.Expired {
		data.Closed = status
	}
	f.Record(id, bridge.PaymentUpdated, at, data)
}

// Retry records a new payment of an order.
func (f *Feed) Retry(id bridge.OrderID, at time.Time, name string) {
	p := bridge.Payment{Number: len(f.Order(id).Payments) + 1, Wallet: name, Status: wallet.Pending, CreatedAt: at}
	f.Record(id, bridge.PaymentCreated, at, bridge.EventData{Payment: &p})
}

// Refund records a refund that succeeded.
func (f *Feed) Refund(id bridge.OrderID, at time.Time, minor int64, fee wallet.Money) {
	r := bridge.Refund{
		Number: len(f.Order(id).Refunds) + 1, Payment: 1, Status: wallet.RefundPending, Amount: minor, CreatedAt: at,
	}
	f.Record(id, bridge.RefundPending, at, bridge.EventData{Refund: &r})
	r.Status, r.Fee, r.WalletRefundID = wallet.RefundSucceeded, fee, "REFUND-"+strings.TrimPrefix(string(id), "ord_")
	f.Record(id, bridge.RefundSucceeded, at, bridge.EventData{Refund: &r})
}

// Flag records a reason for attention.
func (f *Feed) Flag(id bridge.OrderID, at time.Time, why bridge.Attention) {
	f.Record(id, bridge.OrderAttention, at, bridge.EventData{Attention: why, Flag: &bridge.Flag{Why: why}})
}

// Clear records that a reason for attention was resolved.
func (f *Feed) Clear(id bridge.OrderID, at time.Time, why bridge.Attention) {
	f.Record(id, bridge.AttentionCleared, at, bridge.EventData{Cleared: &bridge.Clearing{Flag: bridge.Flag{Why: why}}})
}

// Order returns an order as it stands.
func (f *Feed) Order(id bridge.OrderID) *bridge.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[id]
	return &o
}

// Drop takes the last events of an app away, as a restore from a backup does.
func (f *Feed) Drop(app string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events[app] = f.events[app][:len(f.events[app])-n]
}

// Restore begins a new epoch.
func (f *Feed) Restore() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.epoch++
}

// Reads returns how often the feed was read.
func (f *Feed) Reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reads
}

// Feed implements index.Source.
func (f *Feed) Feed(_ context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	list := f.events[q.App]
	if q.After != (bridge.EventKey{}) {
		i := slices.IndexFunc(list, func(e store.FeedEvent) bool { return e.Key() == q.After })
		if i < 0 {
			return nil, fault.New(fault.NotFound, "indextest.Feed", "The feed has no such event.")
		}
		list = list[i+1:]
	}
	return slices.Clone(list[:min(q.Limit, len(list))]), nil
}

// Restoration implements index.Source.
func (f *Feed) Restoration(context.Context) (store.Restoration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return store.Restoration{Epoch: f.epoch}, nil
}
