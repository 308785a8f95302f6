package bridge

import (
	"testing"

	"github.com/minitill/minitill/wallet"
)

// unsignedAnswer is the answer to a query that the wallet has not signed.
func unsignedAnswer(status wallet.Status) News {
	n := says(1, status)
	n.Source, n.Payment.Unproven, n.Payment.PaymentID = FromQuery, true, "w-1"
	return n
}

func TestAnUnsignedAnswerSettlesNothing(t *testing.T) {
	captured := unsignedAnswer(wallet.Paid)
	captured.Payment.Captured = usd(500)
	other := unsignedAnswer(wallet.Paid)
	other.Payment.PaymentID = "w-2"
	part := unsignedAnswer(wallet.Paid)
	part.Payment.Amount = usd(1)
	signed := says(1, wallet.Paid)
	signed.Payment.PaymentID = "w-1"
	canceled := unsignedAnswer(wallet.Canceled)
	for _, test := range []struct {
		name      string
		hold      bool
		news      []News
		status    wallet.Status
		paid      int64
		attention Attention
	}{
		{"paid", false, []News{unsignedAnswer(wallet.Paid)}, wallet.Pending, 0, ""},
		{"paid, and the notification after it", false, []News{unsignedAnswer(wallet.Paid), signed}, wallet.Paid, 1234, ""},
		{"paid, and the notification before it", false, []News{signed, unsignedAnswer(wallet.Paid)}, wallet.Paid, 1234, ""},
		{"held", true, []News{unsignedAnswer(wallet.Authorized)}, wallet.Pending, 0, ""},
		{"held, and then captured, which was not requested", true, []News{says(1, wallet.Authorized), unsignedAnswer(wallet.Paid)}, wallet.Authorized, 0, "unconfirmed_news"},
		{"another amount", false, []News{part}, wallet.Created, 0, "amount_mismatch"},
		{"paid after it had ended", false, []News{canceled, unsignedAnswer(wallet.Paid)}, wallet.Canceled, 0, "unconfirmed_news"},
		{"paid a second time", false, []News{signed, other}, wallet.Paid, 1234, "unconfirmed_news"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := begin(test.hold)
			for _, n := range test.news {
				_ = c.Apply(n, noon)
			}
			if o := &c.Order; o.LastPayment().Status != test.status || o.Paid != test.paid || reasons(o) != test.attention || len(o.Payments) != 1 {
				t.Errorf("got %s with %d paid in %d payments, attention %q", o.LastPayment().Status, o.Paid, len(o.Payments), reasons(o))
			}
		})
	}
}

// TestARequestedCaptureIsConfirmedByQueriesAlone, since no notification tells of it.
func TestARequestedCaptureIsConfirmedByQueriesAlone(t *testing.T) {
	for _, void := range []bool{false, true} {
		c := begin(true)
		if err := c.Apply(says(1, wallet.Authorized), noon); err != nil {
			t.Fatal(err)
		}
		next := c.Order.Payments[0]
		next.Operation = &Operation{RequestID: "c-1", Amount: 1234, Void: void}
		c.Record(PaymentUpdated, FromMerchant, noon, EventData{Payment: &next})
		_ = c.Apply(unsignedAnswer(wallet.Paid), noon)
		if got := c.Order.Paid == 1234; got == void {
			t.Errorf("void %v: %d is paid", void, c.Order.Paid)
		}
	}
}

func TestANotificationProvesTheAnswerThatSaysTheSame(t *testing.T) {
	named := func(n News, id, wallet string) News {
		p := *n.Payment
		p.PaymentID, n.Wallet, n.Payment = id, wallet, &p
		return n
	}
	for _, test := range []struct {
		name         string
		answer, told News
		want         bool
	}{
		{"the same", unsignedAnswer(wallet.Paid), says(1, wallet.Paid), true},
		{"held where success was reported", unsignedAnswer(wallet.Authorized), says(1, wallet.Paid), true},
		{"paid where held was reported", unsignedAnswer(wallet.Paid), says(1, wallet.Authorized), false},
		{"failed", unsignedAnswer(wallet.Paid), says(1, wallet.Failed), false},
		{"nothing certain", unsignedAnswer(wallet.Paid), says(1, ""), false},
		{"of another payment", unsignedAnswer(wallet.Paid), says(2, wallet.Paid), false},
		{"of another id", unsignedAnswer(wallet.Paid), named(says(1, wallet.Paid), "w-2", "sandbox"), false},
		{"of another wallet", unsignedAnswer(wallet.Paid), named(says(1, wallet.Paid), "w-1", "beta"), false},
		{"a refund", unsignedAnswer(wallet.Paid), News{Wallet: "sandbox", Refund: &wallet.Refund{}}, false},
	} {
		before := test.answer.Payment
		if test.answer.ProveBy(&test.told); test.answer.Payment.Unproven == test.want || !before.Unproven {
			t.Errorf("%s: got unproven %v, and %v in what was answered", test.name, test.answer.Payment.Unproven, before.Unproven)
		}
	}
}
