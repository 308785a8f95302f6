package bridgetest

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// ID is the id of all orders of this package.
const ID = bridge.OrderID("ord_01JZZZZZZZZZZZZZZZZZZZZZZZ")

// Noon is when all orders of this package were created; they expire 15 minutes later.
var Noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// USD returns minor units as money in the currency of the orders.
func USD(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// Order returns an order of 12.34 USD with payments as given, at the wallets "first",
// "second" and so on where they name none.
func Order(hold bool, payments ...bridge.Payment) *bridge.Change {
	o := bridge.Order{ID: ID, App: "shop", Amount: USD(1234), Hold: hold, CreatedAt: Noon, ExpiresAt: Noon.Add(15 * time.Minute)}
	for i, p := range payments {
		p.Number, p.CreatedAt, p.RequestID = i+1, Noon, ID.RequestID(bridge.OpPayment, i+1, 0)
		if p.Wallet == "" {
			p.Wallet = []string{"first", "second", "third"}[i]
		}
		o.Payments = append(o.Payments, p)
	}
	o.Sum()
	c := bridge.NewChange(bridge.Order{ID: ID, App: "shop", Status: wallet.Created})
	c.Record(bridge.OrderCreated, bridge.FromClient, Noon, bridge.EventData{Order: &o})
	return c
}

// Unpaid returns an order with one payment, which the payer has not made yet.
func Unpaid(hold bool) *bridge.Change { return Order(hold, bridge.Payment{Status: wallet.Created}) }

// Paid returns a payment that was paid.
func Paid(minor int64) bridge.Payment {
	return bridge.Payment{Status: wallet.Paid, Paid: minor, PaidID: "W"}
}

// Refund adds a refund of one payment.
func Refund(c *bridge.Change, payment int, minor int64, status wallet.RefundStatus) *bridge.Change {
	n := len(c.Order.Refunds) + 1
	c.Record(bridge.RefundPending, bridge.FromMerchant, Noon, bridge.EventData{Refund: &bridge.Refund{
		Number: n, Payment: payment, Status: status, RequestID: ID.RequestID(bridge.OpRefund, n, 0), Amount: minor,
		CreatedAt: Noon, Calls: bridge.Calls{Tries: 1, LastSentAt: Noon},
	}})
	return c
}

// News returns what the first wallet says of the first payment. Paid and authorized name
// the amount of the order.
func News(source bridge.Source, status wallet.Status) bridge.News {
	p := wallet.Payment{Ref: wallet.Ref{RequestID: ID.RequestID(bridge.OpPayment, 1, 0)}, Status: status}
	if status == wallet.Paid || status == wallet.Authorized {
		p.Amount = USD(1234)
	}
	return bridge.News{Source: source, Wallet: "first", Payment: &p}
}

// Apply applies news, which must be without fault.
func Apply(t *testing.T, c *bridge.Change, n bridge.News) {
	t.Helper()
	if err := c.Apply(n, Noon); err != nil {
		t.Fatal(err)
	}
}

// Answer returns what the first wallet answers to a status query about the first payment as
// it stands.
func Answer(c *bridge.Change, status wallet.Status) bridge.News {
	n := News(bridge.FromQuery, status)
	n.Queryable, n.Seen = true, c.Order.Payment(1).Status
	return n
}
