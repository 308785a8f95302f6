package bridge

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var (
	noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	usd  = func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }
)

const testOrder = OrderID("ord_01JZZZZZZZZZZZZZZZZZZZZZZZ")

// reasons are an order's open reasons for attention, as one word each.
func reasons(o *Order) Attention {
	var list []string
	for _, why := range o.Attention() {
		list = append(list, string(why))
	}
	return Attention(strings.Join(list, " "))
}

// begin is a fresh order of 12.34 USD with its first payment, and the event log so
// far.
func begin(hold bool) *Change {
	o := Order{
		ID: testOrder, App: "shop", Amount: usd(1234), Hold: hold, CreatedAt: noon, ExpiresAt: noon.Add(15 * time.Minute),
		Payments: []Payment{{
			Number: 1, Wallet: "sandbox", Status: wallet.Created,
			RequestID: testOrder.RequestID(OpPayment, 1, 0), CreatedAt: noon,
		}},
	}
	o.Sum()
	c := NewChange(Order{ID: testOrder, App: "shop", Status: wallet.Created})
	c.Record(OrderCreated, FromClient, noon, EventData{Order: &o})
	return c
}

// says is the wallet's news of the nth payment.
func says(n int, status wallet.Status) News {
	p := wallet.Payment{Ref: wallet.Ref{RequestID: testOrder.RequestID(OpPayment, n, 0)}, Status: status}
	if status == wallet.Paid || status == wallet.Authorized {
		p.Amount = usd(1234)
	}
	return News{Source: FromNotification, Wallet: "sandbox", Payment: &p}
}

func TestRuleMovesAnOrder(t *testing.T) {
	tests := []struct {
		name      string
		hold      bool
		news      []News
		status    wallet.Status
		paid      int64
		attention Attention
	}{
		{"a payment that was opened waits", false, []News{says(1, wallet.Pending)}, wallet.Pending, 0, ""},
		{"money pays", false, []News{says(1, wallet.Pending), says(1, wallet.Paid)}, wallet.Paid, 1234, ""},
		{"money pays even before the answer to create", false, []News{says(1, wallet.Paid)}, wallet.Paid, 1234, ""},
		{"a late answer does not take money back", false, []News{says(1, wallet.Paid), says(1, wallet.Pending)}, wallet.Paid, 1234, ""},
		{"money that is gone is seen and not taken back", false, []News{says(1, wallet.Paid), says(1, wallet.Failed)}, wallet.Paid, 1234, PaymentReversed},
		{"a refusal fails", false, []News{says(1, wallet.Failed)}, wallet.Failed, 0, ""},
		{"a payment that ended can be tried again", false, []News{says(1, wallet.Canceled), says(1, wallet.Failed)}, wallet.Failed, 0, ""},
		{"money after the end wins and is flagged", false, []News{says(1, wallet.Expired), says(1, wallet.Paid)}, wallet.Paid, 1234, LatePayment},
		{"held money waits for a capture", true, []News{says(1, wallet.Authorized)}, wallet.Authorized, 0, ""},
		{"held money that is let go is voided", true, []News{says(1, wallet.Authorized), says(1, wallet.Voided)}, wallet.Voided, 0, ""},
		{"an old authorization does not undo a void", true, []News{says(1, wallet.Authorized), says(1, wallet.Voided), says(1, wallet.Authorized)}, wallet.Voided, 0, ""},
		{"an order named closed by a late news of the payment stays closed", false, []News{says(1, wallet.Failed), says(1, wallet.Pending)}, wallet.Failed, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := begin(test.hold)
			for _, n := range test.news {
				if err := c.Apply(n, noon); err != nil {
					t.Fatalf("apply %s: %v", n.Payment.Status, err)
				}
			}
			o := c.Order
			if o.Status != test.status || o.Paid != test.paid || reasons(&o) != test.attention {
				t.Errorf("got %s, %d paid, attention %q; want %s, %d, %q",
					o.Status, o.Paid, reasons(&o), test.status, test.paid, test.attention)
			}
		})
	}
}

func TestRuleCapturesAPartOfHeldMoney(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Authorized))
	n := says(1, wallet.Paid)
	n.Payment.Captured = usd(1000)
	mustApply(t, c, n)
	if c.Order.Paid != 1000 || c.Order.Status != wallet.Paid {
		t.Fatalf("got %s with %d paid, want paid with 1000", c.Order.Status, c.Order.Paid)
	}
	n.Payment.Captured = usd(1235)
	if err := c.Apply(n, noon); !errors.Is(err, fault.Invalid) {
		t.Errorf("capturing more than is held: got %v, want Invalid", err)
	}
	if c.Order.Paid != 1000 {
		t.Errorf("got %d paid after a lie, want 1000", c.Order.Paid)
	}
}

// A wallet that says "paid" and no sum took all of it, unless we requested a part: then
// only its answer to the capture tells.
func TestRuleWaitsForTheSumOfAPartialCapture(t *testing.T) {
	capturing := func(amount int64) *Change {
		c := begin(true)
		if err := c.Apply(says(1, wallet.Authorized), noon); err != nil {
			t.Fatal(err)
		}
		p := *c.Order.Payment(1)
		p.Operation = &Operation{Number: 1, RequestID: testOrder.RequestID(opCapture, 1, 0), Amount: amount}
		c.Record(PaymentUpdated, FromMerchant, noon, EventData{Payment: &p})
		return c
	}
	part := capturing(1000)
	if err := part.Apply(says(1, wallet.Paid), noon); !errors.Is(err, fault.Unknown) || part.Order.Paid != 0 {
		t.Errorf("a notification without a sum: got %v and %d paid, want Unknown and nothing", err, part.Order.Paid)
	}
	answer := says(1, wallet.Paid)
	answer.Source = FromWallet
	if err := part.Apply(answer, noon); !errors.Is(err, fault.Unknown) || part.Order.Paid != 0 {
		t.Errorf("the answer to another call: got %v and %d paid, want Unknown and nothing", err, part.Order.Paid)
	}
	answer.Operation = testOrder.RequestID(opCapture, 1, 0)
	if err := part.Apply(answer, noon); err != nil || part.Order.Paid != 1000 {
		t.Errorf("the answer to the capture: got %v and %d paid, want 1000", err, part.Order.Paid)
	}
	if err := part.Apply(says(1, wallet.Paid), noon); err != nil || part.Order.Paid != 1000 {
		t.Errorf("the notification again: got %v and %d paid, want 1000 as before", err, part.Order.Paid)
	}
	if whole := capturing(1234); whole.Apply(says(1, wallet.Paid), noon) != nil || whole.Order.Paid != 1234 {
		t.Errorf("a capture of all: got %d paid, want 1234", whole.Order.Paid)
	}
}

func TestRuleDoesNotBelieveMoneyThatDoesNotMatch(t *testing.T) {
	tests := []struct {
		name string
		edit func(*News)
		want fault.Kind
		flag Attention
	}{
		{"a smaller amount", func(n *News) { n.Payment.Amount.Minor = 1 }, fault.Invalid, AmountMismatch},
		{"a larger amount", func(n *News) { n.Payment.Amount.Minor = 1235 }, fault.Invalid, AmountMismatch},
		{"another currency", func(n *News) { n.Payment.Amount.Currency = "EUR" }, fault.Invalid, AmountMismatch},
		{"a part of what was not to be held", func(n *News) { n.Payment.Captured = usd(1000) }, fault.Invalid, AmountMismatch},
		{"no amount", func(n *News) { n.Payment.Amount = wallet.Money{} }, fault.Unknown, ""},
		{"another wallet", func(n *News) { n.Wallet = "other" }, fault.Forbidden, ""},
		{"a payment the order does not have", func(n *News) { n.Payment.RequestID = testOrder.RequestID(OpPayment, 2, 0) }, fault.NotFound, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := begin(false)
			opened := says(1, wallet.Pending)
			opened.Payment.PaymentID = "W1"
			mustApply(t, c, opened)
			n := says(1, wallet.Paid)
			test.edit(&n)
			for range 2 { // the second time nothing more is recorded
				if err := c.Apply(n, noon); !errors.Is(err, test.want) {
					t.Fatalf("got fault %v, want %v", err, test.want)
				}
			}
			if c.Order.Paid != 0 || c.Order.Status != wallet.Pending || reasons(&c.Order) != test.flag {
				t.Errorf("got %s, %d paid, attention %q; want pending, 0, %q",
					c.Order.Status, c.Order.Paid, reasons(&c.Order), test.flag)
			}
			flags := 0
			for _, e := range c.Events {
				if e.Type == OrderAttention {
					flags++
				}
			}
			if want := map[bool]int{true: 1}[test.flag != ""]; flags != want {
				t.Errorf("got %d attention events, want %d", flags, want)
			}
		})
	}
}

func TestRuleFlagsASecondPaymentOfOneOrder(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Failed))
	c.OpenPayment("sandbox", "", FromClient, noon)
	if c.Order.Status != wallet.Pending {
		t.Errorf("got %s after a new attempt, want pending", c.Order.Status)
	}
	mustApply(t, c, says(2, wallet.Paid))
	mustApply(t, c, says(1, wallet.Paid))
	if c.Order.Paid != 2468 || reasons(&c.Order) != DoublePayment {
		t.Errorf("got %d paid, attention %q; want 2468, %q", c.Order.Paid, reasons(&c.Order), DoublePayment)
	}
}

func TestRuleCountsRefundsOnce(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	refund := News{Source: FromNotification, Wallet: "sandbox", Refund: &wallet.Refund{
		RefundRef: wallet.RefundRef{RefundID: "R1", Payment: wallet.Ref{RequestID: testOrder.RequestID(OpPayment, 1, 0)}},
		Status:    wallet.RefundSucceeded, Amount: usd(200),
	}}
	mustApply(t, c, refund)
	mustApply(t, c, refund)
	if c.Order.Refunded != 200 || len(c.Order.Refunds) != 1 || reasons(&c.Order) != ForeignRefund {
		t.Errorf("got %d refunded in %d refunds, attention %q; want 200 in 1, %q",
			c.Order.Refunded, len(c.Order.Refunds), reasons(&c.Order), ForeignRefund)
	}
}

func mustApply(t *testing.T, c *Change, n News) {
	t.Helper()
	if err := c.Apply(n, noon); err != nil {
		t.Fatal(err)
	}
}

// histories are what can happen to one payment at a wallet, from its beginning to
// its end.
var histories = [][]wallet.Status{
	{wallet.Pending, wallet.Paid},
	{wallet.Pending, wallet.Authorized, wallet.Paid},
	{wallet.Pending, wallet.Failed},
	{wallet.Pending, wallet.Canceled},
	{wallet.Pending, wallet.Expired},
	{wallet.Pending, wallet.Authorized, wallet.Voided},
}

// TestAnyInterleavingOfOneHistoryEndsTheSame lets the news of one history arrive
// lost, doubled and in any order, its end at least once, and requires one final state.
func TestAnyInterleavingOfOneHistoryEndsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SampledFrom(histories).Draw(t, "history")
		end := history[len(history)-1]
		straight := begin(true)
		for _, s := range history {
			_ = straight.Apply(says(1, s), noon)
		}
		mixed := rapid.SliceOf(rapid.SampledFrom(history)).Draw(t, "mixed")
		at := rapid.IntRange(0, len(mixed)).Draw(t, "position of the end")
		mixed = append(append(append([]wallet.Status{}, mixed[:at]...), end), mixed[at:]...)
		c := begin(true)
		for _, s := range mixed {
			if err := c.Apply(says(1, s), noon); err != nil {
				t.Fatal(err)
			}
		}
		got, want := c.Order, straight.Order
		if got.Status != want.Status || got.Paid != want.Paid || reasons(&got) != "" {
			t.Fatalf("%v gave %s, %d paid, attention %q; want %s, %d", mixed, got.Status, got.Paid, reasons(&got), want.Status, want.Paid)
		}
	})
}

// TestAnyNewsKeepsTheInvariants feeds arbitrary news, true and false, of two payments
// and two wallets, and checks after each step what must never break.
func TestAnyNewsKeepsTheInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := begin(rapid.Bool().Draw(t, "hold"))
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			before := c.Order
			count := len(c.Events)
			n := drawNews(t)
			if rapid.IntRange(0, 9).Draw(t, "kind") == 0 && len(c.Order.Payments) < 2 && c.Order.OpenPayment() == nil {
				c.OpenPayment("sandbox", "", FromClient, noon)
			}
			err := c.Apply(n, noon)
			if errors.Is(err, fault.Forbidden) && len(c.Events) > count+1 {
				t.Fatal("news of another wallet's payment changed the order")
			}
			checkInvariants(t, &before, &c.Order)
			again := len(c.Events)
			_ = c.Apply(n, noon)
			if len(c.Events) != again {
				t.Fatalf("the same news twice recorded %d more events", len(c.Events)-again)
			}
		}
		replayed, err := json.Marshal(Replay(throughJSON(t, c.Events)))
		if err != nil {
			t.Fatal(err)
		}
		stored, err := json.Marshal(c.Order)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(stored), string(replayed)); diff != "" {
			t.Fatalf("the event log does not replay to the order:\n%s", diff)
		}
	})
}

func drawNews(t *rapid.T) News {
	amount := usd(rapid.SampledFrom([]int64{1234, 1234, 1234, 1000, 0}).Draw(t, "amount"))
	ref := wallet.Ref{RequestID: testOrder.RequestID(OpPayment, rapid.IntRange(1, 2).Draw(t, "payment"), 0)}
	n := News{Source: FromQuery, Wallet: rapid.SampledFrom([]string{"sandbox", "sandbox", "other"}).Draw(t, "wallet")}
	if rapid.Bool().Draw(t, "refund") {
		n.Refund = &wallet.Refund{
			RefundRef: wallet.RefundRef{RefundID: rapid.SampledFrom([]string{"", "R1", "R2"}).Draw(t, "refund id"), Payment: ref},
			Status: rapid.SampledFrom([]wallet.RefundStatus{
				wallet.RefundPending, wallet.RefundFailed, wallet.RefundSucceeded,
			}).Draw(t, "refund status"),
			Amount: usd(rapid.Int64Range(-5, 700).Draw(t, "refund amount")),
		}
		return n
	}
	n.Payment = &wallet.Payment{Ref: ref, Amount: amount, Status: rapid.SampledFrom([]wallet.Status{
		wallet.Created, wallet.Pending, wallet.Authorized, wallet.Paid, wallet.Failed,
		wallet.Canceled, wallet.Expired, wallet.Voided, "", "nonsense",
	}).Draw(t, "status")}
	if rapid.Bool().Draw(t, "part") {
		n.Payment.Captured = usd(rapid.Int64Range(-1, 1300).Draw(t, "captured"))
	}
	return n
}

func checkInvariants(t *rapid.T, before, after *Order) {
	if after.Paid < before.Paid || after.Refunded < before.Refunded {
		t.Fatalf("money went back in the books: paid %d to %d, refunded %d to %d",
			before.Paid, after.Paid, before.Refunded, after.Refunded)
	}
	if before.Status == wallet.Paid && after.Status != wallet.Paid {
		t.Fatalf("paid became %s", after.Status)
	}
	open := 0
	for i := range after.Payments {
		p := &after.Payments[i]
		if p.Open() {
			open++
		}
		if p.Paid > after.Amount.Minor {
			t.Fatalf("payment %d has %d paid of %d", p.Number, p.Paid, after.Amount.Minor)
		}
	}
	if open > 1 {
		t.Fatalf("%d payments are open at once", open)
	}
}

// throughJSON is the event log as it comes back from a store.
func throughJSON(t *rapid.T, events []Event) []Event {
	data, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	var back []Event
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// A success that does not say whether the money is held proves the payment of an order that
// holds nothing, and no other.
func TestASuccessThatMayBeOfHeldMoneyProvesThePaymentOfAnOrderThatHoldsNothing(t *testing.T) {
	for _, status := range []wallet.Status{"", wallet.Paid} {
		for hold, want := range map[bool]error{false: nil, true: ErrUnconfirmed} {
			c := begin(hold)
			news := News{Source: FromNotification, Wallet: "sandbox", Unproven: true, Queryable: true, WithoutHold: wallet.Paid, Payment: &wallet.Payment{
				Ref: wallet.Ref{RequestID: c.Order.Payments[0].RequestID, PaymentID: "W1"}, Status: status, Amount: usd(1234),
			}}
			if err := c.Apply(news, noon); !errors.Is(err, want) || (c.Order.Paid == 1234) != (want == nil) {
				t.Errorf("hold %v, status %q: got %v with %d paid, want %v", hold, status, err, c.Order.Paid, want)
			}
			if news.Payment.Status != status {
				t.Error("the news was changed")
			}
		}
	}
	c := begin(false)
	news := News{Source: FromNotification, Wallet: "sandbox", Unproven: true, WithoutHold: wallet.Paid, Payment: &wallet.Payment{
		Ref: wallet.Ref{RequestID: c.Order.Payments[0].RequestID}, Amount: usd(1),
	}}
	if err := c.Apply(news, noon); err == nil || c.Order.Paid != 0 || reasons(&c.Order) != AmountMismatch {
		t.Errorf("a wrong amount: got %v with %d paid, flags %q", err, c.Order.Paid, reasons(&c.Order))
	}
}
