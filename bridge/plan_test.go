package bridge

import (
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
)

// planStates are the ways in which an order can stand when a way to pay it is asked for.
var planStates = []struct {
	name string
	make func() *Change
	edit func(*Order)
}{
	{name: "without a payment", make: func() *Change { return stood(false) }},
	{name: "created, no answer", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Created})) }},
	{name: "created, a call under way", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Created})) }, edit: func(o *Order) {
		o.BusyUntil = noon.Add(time.Minute + time.Millisecond)
	}},
	{name: "created, a call ended", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Created})) }, edit: func(o *Order) {
		o.BusyUntil = noon.Add(time.Minute)
	}},
	{name: "pending", make: func() *Change { return stood(false, acting(time.Time{})) }},
	{name: "pending, its action good for a minute", make: func() *Change { return stood(false, acting(noon.Add(2*time.Minute))) }},
	{name: "pending, its action over", make: func() *Change { return stood(false, acting(noon.Add(time.Minute))) }},
	{name: "pending without an action", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Pending})) }},
	{name: "pending at a wallet that chooses no method", make: func() *Change { return stood(false, at("plain", acting(time.Time{}))) }},
	{name: "pending at a wallet that was removed", make: func() *Change { return stood(false, at("gone", acting(time.Time{}))) }},
	{name: "failed", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Failed})) }},
	{name: "held", make: func() *Change { return stood(true, asked(Payment{Status: wallet.Authorized, Authorized: 1234})) }},
	{name: "paid", make: func() *Change { return stood(false, paidPayment(1234)) }},
	{name: "paid, another payment pending", make: func() *Change { return stood(false, paidPayment(1234), acting(time.Time{})) }},
	{name: "canceled", make: func() *Change {
		c := stood(false, acting(time.Time{}))
		c.close(wallet.Canceled, FromMerchant, noon)
		return c
	}},
	{name: "pending when its time is up", make: func() *Change { return stood(false, acting(time.Time{})) }, edit: func(o *Order) {
		o.ExpiresAt = noon.Add(time.Minute)
	}},
	{name: "charged by an agreement, no answer", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Created})) }, edit: byAgreement},
	{name: "charged by an agreement, failed", make: func() *Change { return stood(false, asked(Payment{Status: wallet.Failed})) }, edit: byAgreement},
	{name: "of an app that is not served", make: func() *Change { return stood(false) }, edit: func(o *Order) { o.App = "another" }},
}

func asked(p Payment) Payment {
	p.Calls = Calls{1, noon}
	return p
}

// acting is a payment whose action leads to a cashier until a time; zero: for good.
func acting(until time.Time) Payment {
	return asked(Payment{
		Status: wallet.Pending, Method: "card", ExpiresAt: until,
		Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/pay"},
	})
}

func at(walletName string, p Payment) Payment {
	p.Wallet = walletName
	return p
}

func byAgreement(o *Order) { o.Agreement = "agr_01JZZZZZZZZZZZZZZZZZZZZZZZ" }

var planRequests = []struct {
	name string
	req  PayRequest
}{
	{"the same key again", PayRequest{Source: FromClient, resume: true}},
	{"any way", PayRequest{Source: FromClient}},
	{"its method", PayRequest{Source: FromClient, Method: "card"}},
	{"another method", PayRequest{Source: FromClient, Method: "qr"}},
	{"its wallet", PayRequest{Source: FromClient, Wallet: "first"}},
	{"another wallet", PayRequest{Source: FromClient, Wallet: "second"}},
	{"a wallet that the app does not have", PayRequest{Source: FromClient, Wallet: "nobody's"}},
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
		wallets: map[string]*till{
			"first": {Wallet: choosing{}, name: "first"}, "second": {Wallet: plain, name: "second"}, "plain": {Wallet: plain, name: "plain"},
		},
	}
}

// TestWhatIsDoneForARequestToPay is what Pay does next at a wallet, as a table. Whatever
// asks a wallet for a payment or for an action reserves that call; nothing else does.
func TestWhatIsDoneForARequestToPay(t *testing.T) {
	steps := map[step]string{
		stepAnswer: "answer", stepOpen: "ask for a new payment", stepReopen: "ask again for the payment",
		stepChoose: "choose the method", stepSwitch: "close the payment and open another",
	}
	var g table
	e := planning()
	for _, state := range planStates {
		g.block(state.name)
		for _, request := range planRequests {
			c := state.make()
			if state.edit != nil {
				state.edit(&c.Order)
			}
			busy, payments := c.Order.BusyUntil, len(c.Order.Payments)
			next, err := e.planPay(c, &request.req)
			if err != nil {
				g.line(explain(err), request.name)
			} else {
				g.line(steps[next], request.name)
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
	g.compare(t, "pay.golden")
}
