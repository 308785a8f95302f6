package bridge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/golden"
	"github.com/minitill/minitill/wallet"
)

// stood is an order with payments as given, at the wallets "first", "second" and so on.
func stood(hold bool, payments ...Payment) *Change {
	o := Order{ID: testOrder, App: "shop", Amount: usd(1234), Hold: hold, CreatedAt: noon, ExpiresAt: noon.Add(15 * time.Minute)}
	for i, p := range payments {
		p.Number, p.CreatedAt, p.RequestID = i+1, noon, testOrder.RequestID(OpPayment, i+1, 0)
		if p.Wallet == "" {
			p.Wallet = []string{"first", "second", "third"}[i]
		}
		o.Payments = append(o.Payments, p)
	}
	o.Sum()
	c := NewChange(Order{ID: testOrder, App: "shop", Status: wallet.Created})
	c.Record(OrderCreated, FromClient, noon, EventData{Order: &o})
	return c
}

func paidPayment(minor int64) Payment { return Payment{Status: wallet.Paid, Paid: minor, PaidID: "W"} }

// refunding is a change whose order has had a refund of one payment.
func refunding(c *Change, payment int, minor int64, status wallet.RefundStatus) *Change {
	n := len(c.Order.Refunds) + 1
	c.Record(RefundPending, FromMerchant, noon, EventData{Refund: &Refund{
		Number: n, Payment: payment, Status: status, RequestID: c.requestID(OpRefund, n), Amount: minor, CreatedAt: noon, Calls: Calls{1, noon},
	}})
	return c
}

func reversed(p Payment, minor int64) Payment {
	p.Reversed, p.ReversedAt = minor, noon
	return p
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
	return strings.ReplaceAll(strings.Join(words, ": "), string(testOrder.PaymentID(0)[:len(testOrder.PaymentID(0))-1]), "pay_…-")
}

// TestWhatMayBeCapturedAndVoided is the bounds of held money as a table.
func TestWhatMayBeCapturedAndVoided(t *testing.T) {
	held := Payment{Status: wallet.Authorized, Authorized: 1234}
	with := func(op Operation) Payment {
		p := held
		op.Number, op.RequestID, op.Calls = 1, "R", Calls{1, noon}
		p.Operation = &op
		return p
	}
	late := Payment{Status: wallet.Failed, Authorized: 1234, LateHold: true}
	orders := []struct {
		name string
		make func() *Change
	}{
		{"pending", func() *Change { return stood(true, Payment{Status: wallet.Pending}) }},
		{"held 1234", func() *Change { return stood(true, held) }},
		{"held 1234, a capture of 1000 open", func() *Change { return stood(true, with(Operation{Amount: 1000})) }},
		{"held 1234, a capture of all open", func() *Change { return stood(true, with(Operation{Amount: 1234})) }},
		{"held 1234, a void open", func() *Change { return stood(true, with(Operation{Void: true})) }},
		{"held late", func() *Change { return stood(true, late) }},
		{"held late, another payment is held", func() *Change { return stood(true, late, held) }},
		{"held late, another payment is paid", func() *Change { return stood(true, late, paidPayment(1234)) }},
		{"paid", func() *Change { return stood(true, paidPayment(1234)) }},
		{"voided", func() *Change { return stood(true, Payment{Status: wallet.Voided, Authorized: 1234}) }},
	}
	requests := []struct {
		name     string
		want     Operation
		currency wallet.Currency
	}{
		{"capture all", Operation{}, ""},
		{"capture 1000", Operation{Amount: 1000}, "USD"},
		{"capture 1234", Operation{Amount: 1234}, "USD"},
		{"capture 1235", Operation{Amount: 1235}, "USD"},
		{"capture zero", Operation{}, "USD"},
		{"capture less than zero", Operation{Amount: -1}, "USD"},
		{"capture 1000 in another currency", Operation{Amount: 1000}, "EUR"},
		{"void", Operation{Void: true}, ""},
	}
	var g golden.Table
	for _, order := range orders {
		g.Block(order.name)
		for _, request := range requests {
			c := order.make()
			number, again, err := c.ReserveOperation(request.want, request.currency, FromMerchant, "", noon)
			outcome := explain(err)
			if err == nil {
				op := c.Order.Payment(number).Operation
				outcome = fmt.Sprintf("capture %d of payment %d", op.Amount, number)
				if op.Void {
					outcome = fmt.Sprintf("void payment %d", number)
				}
				if again {
					outcome += ", the open one"
				}
			}
			g.Line(outcome, request.name)
		}
	}
	g.Compare(t, "bounds_operation.golden")
}

// TestWhatMayBePaid is when a payment of an order may be opened or answered. Expired and
// voided orders were payable once.
func TestWhatMayBePaid(t *testing.T) {
	in, end := noon.Add(time.Minute), noon.Add(15*time.Minute)
	tests := []struct {
		name   string
		make   func() *Change
		now    time.Time
		closed wallet.Status
		want   error
	}{
		{"without a payment", func() *Change { return stood(false) }, in, "", nil},
		{"open", func() *Change { return stood(false, Payment{Status: wallet.Pending}) }, in, "", nil},
		{"failed", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }, in, "", nil},
		{"canceled by the payer at the cashier", func() *Change { return stood(false, Payment{Status: wallet.Canceled}) }, in, "", nil},
		{"expired at the wallet alone", func() *Change { return stood(false, Payment{Status: wallet.Expired}) }, in, "", nil},
		{"a millisecond before its time is up", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }, end.Add(-time.Millisecond), "", nil},
		{"when its time is up", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }, end, "", fault.Expired},
		{"open when its time is up", func() *Change { return stood(false, Payment{Status: wallet.Pending}) }, end, "", fault.Expired},
		{"canceled by the merchant", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }, in, wallet.Canceled, fault.Expired},
		{"canceled by the merchant while open", func() *Change { return stood(false, Payment{Status: wallet.Pending}) }, in, wallet.Canceled, fault.Expired},
		{"canceled without a payment", func() *Change { return stood(false) }, in, wallet.Canceled, fault.Expired},
		{"expired, by the clock of a node that is ahead", func() *Change { return stood(false, Payment{Status: wallet.Expired}) }, in, wallet.Expired, fault.Expired},
		{"held", func() *Change { return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234}) }, in, "", fault.Conflict},
		{"voided", func() *Change { return stood(true, Payment{Status: wallet.Voided}) }, in, "", fault.Conflict},
		{"paid", func() *Change { return stood(false, paidPayment(1234)) }, in, "", fault.Conflict},
		{"paid and reversed", func() *Change { return stood(false, reversed(paidPayment(1234), 1234)) }, in, "", fault.Conflict},
		{"paid and refunded", func() *Change {
			return refunding(stood(false, paidPayment(1234)), 1, 1234, wallet.RefundSucceeded)
		}, in, "", fault.Conflict},
		{"paid once and open once more", func() *Change { return stood(false, paidPayment(1234), Payment{Status: wallet.Pending}) }, in, "", fault.Conflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := test.make()
			if test.closed != "" {
				c.Close(test.closed, FromMerchant, noon)
			}
			err := c.Order.Payable(test.now)
			if got := fault.KindOf(err); (err == nil) != (test.want == nil) || err != nil && got != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestWhatEndsWhenItsTimeIsUp is what becomes of open payments at the end of their order,
// as a table.
func TestWhatEndsWhenItsTimeIsUp(t *testing.T) {
	orders := []struct {
		name string
		make func() *Change
	}{
		{"without a payment", func() *Change { return stood(false) }},
		{"created", func() *Change { return stood(false, Payment{Status: wallet.Created}) }},
		{"pending", func() *Change { return stood(false, Payment{Status: wallet.Pending}) }},
		{"failed", func() *Change { return stood(false, Payment{Status: wallet.Failed}) }},
		{"canceled at the cashier", func() *Change { return stood(false, Payment{Status: wallet.Canceled}) }},
		{"held", func() *Change { return stood(true, Payment{Status: wallet.Authorized, Authorized: 1234}) }},
		{"voided", func() *Change { return stood(true, Payment{Status: wallet.Voided}) }},
		{"held late", func() *Change { return stood(true, Payment{Status: wallet.Failed, Authorized: 1234, LateHold: true}) }},
		{"paid", func() *Change { return stood(false, paidPayment(1234)) }},
		{"paid, another payment pending", func() *Change { return stood(false, paidPayment(1234), Payment{Status: wallet.Pending}) }},
		{"failed, another payment pending", func() *Change {
			return stood(false, Payment{Status: wallet.Failed}, Payment{Status: wallet.Pending})
		}},
	}
	closed := []wallet.Status{"", wallet.Canceled, wallet.Expired}
	times := []struct {
		name string
		now  time.Time
	}{
		{"in time", noon.Add(time.Minute)},
		{"its time is up", noon.Add(15*time.Minute + ExpiryGrace)},
	}
	words := []struct {
		name string
		may  bool
	}{{"the wallet's last word is unpaid", true}, {"no last word", false}}
	var g golden.Table
	for _, order := range orders {
		g.Block(order.name)
		for _, why := range closed {
			for _, at := range times {
				for _, word := range words {
					c := order.make()
					if why != "" {
						c.Close(why, FromMerchant, noon)
					}
					before, events := c.Order, len(c.Events)
					c.EndOpen(func(int) bool { return word.may }, at.now)
					name := "open for payments"
					if why != "" {
						name = "closed as " + string(why)
					}
					g.Line(became(c, events, nil), name, at.name, word.name)
					if !word.may && len(c.Order.Payments) > 0 && c.Order.OpenPayment() == nil && before.OpenPayment() != nil {
						t.Errorf("%s: a payment ended without the wallet's word", order.name)
					}
				}
			}
		}
	}
	g.Compare(t, "bounds_end.golden")
}

// TestClosingAnOrderIsForGood walks all pairs of reasons.
func TestClosingAnOrderIsForGood(t *testing.T) {
	for _, test := range []struct{ first, second, want wallet.Status }{
		{wallet.Canceled, wallet.Canceled, wallet.Canceled},
		{wallet.Canceled, wallet.Expired, wallet.Canceled},
		{wallet.Expired, wallet.Expired, wallet.Expired},
		{wallet.Expired, wallet.Canceled, wallet.Canceled},
	} {
		c := stood(false, Payment{Status: wallet.Failed})
		c.Close(test.first, FromMerchant, noon)
		c.Close(test.second, FromTime, noon)
		if c.Order.Closed != test.want {
			t.Errorf("%s, then %s: closed as %q, want %q", test.first, test.second, c.Order.Closed, test.want)
		}
		if err := c.Order.Payable(noon); fault.KindOf(err) != fault.Expired {
			t.Errorf("%s, then %s: payable says %v, want Expired", test.first, test.second, err)
		}
	}
}

// TestNoPaymentIsOpenedOutOfBounds is the numbers that request ids have room for.
func TestNoPaymentIsOpenedOutOfBounds(t *testing.T) {
	c := stood(false, slices.Repeat([]Payment{{Status: wallet.Failed, Wallet: "first"}}, maxOperations)...)
	if err := c.OpenPayment("first", "", FromClient, noon); fault.KindOf(err) != fault.Conflict || err == nil {
		t.Errorf("a payment too many: got %v, want Conflict", err)
	}
}
