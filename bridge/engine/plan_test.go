package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// planStates are the ways in which an order can stand when a way to pay it is requested.
var planStates = []struct {
	name string
	make func() *bridge.Change
	edit func(*bridge.Order)
}{
	{name: "without a payment", make: func() *bridge.Change { return stood(false) }},
	{name: "created, no answer", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Created})) }},
	{name: "created, a call under way", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Created})) }, edit: func(o *bridge.Order) {
		o.BusyUntil = noon.Add(time.Minute + time.Millisecond)
	}},
	{name: "created, a call ended", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Created})) }, edit: func(o *bridge.Order) {
		o.BusyUntil = noon.Add(time.Minute)
	}},
	{name: "pending", make: func() *bridge.Change { return stood(false, acting(time.Time{})) }},
	{name: "pending, its action good for a minute", make: func() *bridge.Change { return stood(false, acting(noon.Add(2*time.Minute))) }},
	{name: "pending, its action over", make: func() *bridge.Change { return stood(false, acting(noon.Add(time.Minute))) }},
	{name: "pending without an action", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Pending})) }},
	{name: "pending at a wallet that chooses no method", make: func() *bridge.Change { return stood(false, at("plain", acting(time.Time{}))) }},
	{name: "pending at a wallet that was removed", make: func() *bridge.Change { return stood(false, at("gone", acting(time.Time{}))) }},
	{name: "failed", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Failed})) }},
	{name: "held", make: func() *bridge.Change {
		return stood(true, unanswered(bridge.Payment{Status: wallet.Authorized, Authorized: 1234}))
	}},
	{name: "paid", make: func() *bridge.Change { return stood(false, paidPayment(1234)) }},
	{name: "paid, another payment pending", make: func() *bridge.Change { return stood(false, paidPayment(1234), acting(time.Time{})) }},
	{name: "canceled", make: func() *bridge.Change {
		c := stood(false, acting(time.Time{}))
		c.Close(wallet.Canceled, bridge.FromMerchant, noon)
		return c
	}},
	{name: "pending when its time is up", make: func() *bridge.Change { return stood(false, acting(time.Time{})) }, edit: func(o *bridge.Order) {
		o.ExpiresAt = noon.Add(time.Minute)
	}},
	{name: "charged by an agreement, no answer", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Created})) }, edit: byAgreement},
	{name: "charged by an agreement, failed", make: func() *bridge.Change { return stood(false, unanswered(bridge.Payment{Status: wallet.Failed})) }, edit: byAgreement},
	{name: "of an app that is not served", make: func() *bridge.Change { return stood(false) }, edit: func(o *bridge.Order) { o.App = "another" }},
}

func unanswered(p bridge.Payment) bridge.Payment {
	p.Calls = bridge.Calls{Tries: 1, LastSentAt: noon}
	return p
}

// acting is a payment whose action leads to a cashier until a time; zero: for good.
func acting(until time.Time) bridge.Payment {
	return unanswered(bridge.Payment{
		Status: wallet.Pending, Method: "card", ExpiresAt: until,
		Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/pay"},
	})
}

func at(walletName string, p bridge.Payment) bridge.Payment {
	p.Wallet = walletName
	return p
}

func byAgreement(o *bridge.Order) { o.Agreement = "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ" }

var planRequests = []struct {
	name string
	req  attempt
}{
	{"the same key again", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient}, resume: true}},
	{"any way", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient}}},
	{"its method", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient, Method: "card"}}},
	{"another method", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient, Method: "qr"}}},
	{"its wallet", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient, Wallet: "first"}}},
	{"another wallet", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient, Wallet: "second"}}},
	{"a wallet that the app does not have", attempt{PayRequest: bridge.PayRequest{Source: bridge.FromClient, Wallet: "nobody's"}}},
}

// choosing is a wallet whose payments have methods to choose from.
type choosing struct {
	wallet.Wallet
	wallet.Chooser
}

// planning is an engine that only decides.
func planning() *Engine {
	now := noon.Add(time.Minute)
	plain := struct{ wallet.Wallet }{}
	return &Engine{
		now: func() time.Time { return now }, timeout: 20 * time.Second,
		apps: map[string]*App{"shop": {Name: "shop", Wallets: []string{"first", "second", "plain"}}},
		wallets: outbound.Wallets{
			"first": {Wallet: choosing{}, Name: "first"}, "second": {Wallet: plain, Name: "second"}, "plain": {Wallet: plain, Name: "plain"},
		},
	}
}

// TestWhatIsDoneForARequestToPay is what Pay does next at a wallet, as a table. Whatever
// requests a payment of a wallet or for an action reserves that call; nothing else does.
func TestWhatIsDoneForARequestToPay(t *testing.T) {
	steps := map[step]string{
		stepAnswer: "answer", stepOpen: "request a new payment", stepReopen: "request the payment again",
		stepChoose: "choose the method", stepSwitch: "close the payment and open another",
	}
	var g golden.Table
	e := planning()
	for _, state := range planStates {
		g.Block(state.name)
		for _, request := range planRequests {
			c := state.make()
			if state.edit != nil {
				state.edit(&c.Order)
			}
			busy, payments := c.Order.BusyUntil, len(c.Order.Payments)
			next, err := e.planPay(c, &request.req)
			if err != nil {
				g.Line(explain(err), request.name)
			} else {
				g.Line(steps[next], request.name)
			}
			calls := err == nil && slices.Contains([]step{stepOpen, stepReopen, stepChoose}, next)
			if reserved := c.Order.BusyUntil != busy; reserved != calls {
				t.Errorf("%s, %s: a call is reserved: %t, want %t", state.name, request.name, reserved, calls)
			}
			if begun := len(c.Order.Payments) > payments; begun != (err == nil && next == stepOpen) {
				t.Errorf("%s, %s: a payment is begun: %t", state.name, request.name, begun)
			}
		}
	}
	g.Compare(t, "pay.golden")
}
