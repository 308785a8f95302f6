package engine

import (
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

const testOrder = bridge.OrderID("ord_01JZZZZZZZZZZZZZZZZZZZZZZZ")

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// stood is an order with payments as given, at the wallets "first", "second" and so on.
func stood(hold bool, payments ...bridge.Payment) *bridge.Change {
	o := bridge.Order{ID: testOrder, App: "shop", Amount: usd(1234), Hold: hold, CreatedAt: noon, ExpiresAt: noon.Add(15 * time.Minute)}
	for i, p := range payments {
		p.Number, p.CreatedAt, p.RequestID = i+1, noon, testOrder.RequestID(bridge.OpPayment, i+1, 0)
		if p.Wallet == "" {
			p.Wallet = []string{"first", "second", "third"}[i]
		}
		o.Payments = append(o.Payments, p)
	}
	o.Sum()
	c := bridge.NewChange(bridge.Order{ID: testOrder, App: "shop", Status: wallet.Created})
	c.Record(bridge.OrderCreated, bridge.FromClient, noon, bridge.EventData{Order: &o})
	return c
}

func paidPayment(minor int64) bridge.Payment {
	return bridge.Payment{Status: wallet.Paid, Paid: minor, PaidID: "W"}
}

// explain is a fault as the caller reads it.
func explain(err error) string {
	f := fault.Of(err)
	words := []string{f.Kind.String()}
	if f.Detail != "" {
		words = append(words, f.Detail)
	}
	for _, field := range f.Fields {
		words = append(words, field.Name+" "+field.Detail)
	}
	return strings.Join(words, ": ")
}
