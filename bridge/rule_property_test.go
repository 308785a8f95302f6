package bridge

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/minitill/minitill/wallet"
)

// walletTruth is what truly becomes of a payment at its wallet, state by state.
type walletTruth struct {
	number int
	wallet string
	states []wallet.Status
}

// truePaths are what can become of a payment; those of held money have Authorized.
var truePaths = [][]wallet.Status{
	{wallet.Pending, wallet.Paid},
	{wallet.Pending, wallet.Failed},
	{wallet.Pending, wallet.Canceled},
	{wallet.Pending, wallet.Expired},
	{wallet.Pending, wallet.Authorized, wallet.Paid},
	{wallet.Pending, wallet.Authorized, wallet.Voided},
}

const heldCaptured = 1000 // of held money, of 1234

// twoPayments is an order whose first payment, at one wallet, was closed so that a
// second could be opened at another.
func twoPayments(hold bool) *Change {
	o := Order{
		ID: testOrder, App: "shop", Amount: usd(1234), Hold: hold, CreatedAt: noon, ExpiresAt: noon.Add(ExpiryGrace),
		Payments: []Payment{
			{Number: 1, Wallet: "first", Status: wallet.Canceled, RequestID: testOrder.RequestID(OpPayment, 1, 0), CreatedAt: noon},
			{Number: 2, Wallet: "second", Status: wallet.Created, RequestID: testOrder.RequestID(OpPayment, 2, 0), CreatedAt: noon},
		},
	}
	o.Sum()
	c := NewChange(Order{ID: testOrder, App: "shop", Status: wallet.Created})
	c.Record(OrderCreated, FromClient, noon, EventData{Order: &o})
	return c
}

func (f *walletTruth) end() wallet.Status { return f.states[len(f.states)-1] }

func (f *walletTruth) held() bool { return slices.Contains(f.states, wallet.Authorized) }

// paid is the money that the wallet has taken in the end.
func (f *walletTruth) paid() int64 {
	switch {
	case f.end() != wallet.Paid:
		return 0
	case f.held():
		return heldCaptured
	}
	return 1234
}

// says is the wallet's news of a state.
func (f *walletTruth) says(status wallet.Status, source Source) News {
	p := wallet.Payment{Ref: wallet.Ref{RequestID: testOrder.RequestID(OpPayment, f.number, 0)}, Status: status, Amount: usd(1234)}
	if status == wallet.Paid {
		p.Captured = usd(f.paid())
	}
	return News{Source: source, Wallet: f.wallet, Payment: &p}
}

func drawFar(t *rapid.T, number int, walletName string, hold bool) *walletTruth {
	f := &walletTruth{number: number, wallet: walletName}
	fits := slices.DeleteFunc(slices.Clone(truePaths), func(path []wallet.Status) bool {
		return !hold && slices.Contains(path, wallet.Authorized) || hold && slices.Equal(path, truePaths[0])
	})
	f.states = rapid.SampledFrom(fits).Draw(t, walletName)
	return f
}

// drawTold is true news of payments, in any order and repeated, in which a query tells
// the end of each at least once.
func drawTold(t *rapid.T, payments []*walletTruth) []News {
	var told []News
	for _, f := range payments {
		told = append(told, f.says(f.end(), FromQuery))
		for _, status := range rapid.SliceOfN(rapid.SampledFrom(f.states), 0, 6).Draw(t, "repeats at "+f.wallet) {
			source := rapid.SampledFrom([]Source{FromNotification, FromQuery, FromWallet}).Draw(t, "source")
			told = append(told, f.says(status, source))
		}
	}
	return rapid.Permutation(told).Draw(t, "order")
}

// applyTold applies news. What is not accepted is kept, and applied again when all was applied.
func applyTold(c *Change, told []News) {
	var kept []News
	for _, n := range told {
		if c.Apply(n, noon) != nil {
			kept = append(kept, n)
		}
	}
	for _, n := range kept {
		_ = c.Apply(n, noon)
	}
}

func TestAnyInterleavingOfTrueNewsOfTwoPaymentsEndsWithTheSameMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hold := rapid.Bool().Draw(t, "hold")
		payments := []*walletTruth{drawFar(t, 1, "first", hold), drawFar(t, 2, "second", hold)}
		c := twoPayments(hold)
		applyTold(c, drawTold(t, payments))
		for i, f := range payments {
			if got := c.Order.Payments[i].Paid; got != f.paid() {
				t.Errorf("payment %d, which was %v, has %d paid; want %d", f.number, f.states, got, f.paid())
			}
		}
		wantFlags(t, &c.Order, payments)
		wantReplay(t, c)
	})
}

// wantFlags requires two payments that were paid, and one that was paid after it was
// closed, to be flagged whatever came first.
func wantFlags(t *rapid.T, o *Order, payments []*walletTruth) {
	first, second := payments[0].paid() > 0, payments[1].paid() > 0
	flags := o.Attention()
	if first && second && !slices.Contains(flags, DoublePayment) {
		t.Errorf("two payments were paid: got attention %v", flags)
	}
	if first && !second && !slices.Contains(flags, LatePayment) {
		t.Errorf("a closed payment was paid: got attention %v", flags)
	}
	if !first && !second && slices.ContainsFunc(flags, func(a Attention) bool { return a != LateAuthorization }) {
		t.Errorf("nothing was paid: got attention %v", flags)
	}
}

func wantReplay(t *rapid.T, c *Change) {
	replayed, err := json.Marshal(Replay(throughJSON(t, c.Events)))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(c.Order)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), string(replayed)); diff != "" {
		t.Errorf("the event log does not replay to the order:\n%s", diff)
	}
}

// TestReversedMoneyIsFlaggedOrWasNeverBooked lets a wallet take money and give it back,
// and tell both in any order.
func TestReversedMoneyIsFlaggedOrWasNeverBooked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &walletTruth{number: 1, wallet: "sandbox", states: []wallet.Status{
			wallet.Pending, wallet.Paid, rapid.SampledFrom([]wallet.Status{wallet.Canceled, wallet.Failed, wallet.Voided}).Draw(t, "end"),
		}}
		c := begin(false)
		told := drawTold(t, []*walletTruth{f})
		for i := range told {
			if told[i].Payment.Status == wallet.Paid {
				told[i].Payment.Captured = usd(1234)
				told[i].Source = FromNotification // no query says paid after the end
			}
		}
		applyTold(c, told)
		if o := &c.Order; o.Paid > 0 && len(o.Attention()) == 0 {
			t.Errorf("got %s with %d paid and no attention, and the wallet has given the money back", o.Status, o.Paid)
		}
		wantReplay(t, c)
	})
}

// TestAnyInterleavingOfTrueNewsOfRefundsEndsWithTheSameMoney has one refund of ours and
// one of the wallet's console, each told in any order and repeated, by our request id, by
// the wallet's own id, or by both.
func TestAnyInterleavingOfTrueNewsOfRefundsEndsWithTheSameMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := begin(false)
		if err := c.Apply(says(1, wallet.Paid), noon); err != nil {
			t.Fatal(err)
		}
		c.Record(RefundPending, FromMerchant, noon, EventData{Refund: &Refund{
			Number: 1, Payment: 1, Status: wallet.RefundPending, RequestID: testOrder.RequestID(OpRefund, 1, 0), Amount: 300, CreatedAt: noon,
		}})
		end := rapid.SampledFrom([]wallet.RefundStatus{wallet.RefundSucceeded, wallet.RefundFailed}).Draw(t, "end")
		console := rapid.Bool().Draw(t, "a refund at the console")
		applyTold(c, drawRefundNews(t, end, console))
		var want int64
		if end == wallet.RefundSucceeded {
			want += 300
		}
		if console {
			want += 200
		}
		if o := &c.Order; o.Refunded != want || o.RefundOpen != 0 {
			t.Errorf("got %d refunded and %d open, want %d and none", o.Refunded, o.RefundOpen, want)
		}
		wantReplay(t, c)
	})
}

func drawRefundNews(t *rapid.T, end wallet.RefundStatus, console bool) []News {
	ours := wallet.RefundRef{RequestID: testOrder.RequestID(OpRefund, 1, 0), RefundID: "R1"}
	told := []News{refundNews(ours, end, 300, FromQuery)}
	for range rapid.IntRange(0, 5).Draw(t, "repeats") {
		ref := ours
		switch rapid.IntRange(0, 2).Draw(t, "named by") {
		case 0:
			ref.RefundID = ""
		case 1:
			ref.RequestID = ""
		}
		status := rapid.SampledFrom([]wallet.RefundStatus{wallet.RefundPending, wallet.RefundWaiting, end}).Draw(t, "status")
		told = append(told, refundNews(ref, status, 300, rapid.SampledFrom([]Source{FromNotification, FromQuery, FromWallet}).Draw(t, "source")))
	}
	if console {
		n := refundNews(wallet.RefundRef{RefundID: "R2"}, wallet.RefundSucceeded, 200, FromNotification)
		told = append(told, slices.Repeat([]News{n}, rapid.IntRange(1, 3).Draw(t, "console repeats"))...)
	}
	return rapid.Permutation(told).Draw(t, "order")
}

func refundNews(ref wallet.RefundRef, status wallet.RefundStatus, minor int64, source Source) News {
	ref.Payment = wallet.Ref{RequestID: testOrder.RequestID(OpPayment, 1, 0)}
	return News{Source: source, Wallet: "sandbox", Refund: &wallet.Refund{RefundRef: ref, Status: status, Amount: usd(minor)}}
}

// TestNoNewsTakesBackMoneyOrAttention feeds arbitrary news, true and false.
func TestNoNewsTakesBackMoneyOrAttention(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := begin(rapid.Bool().Draw(t, "hold"))
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			before := c.Order
			n := drawNews(t)
			n.Source = rapid.SampledFrom([]Source{FromNotification, FromQuery, FromWallet}).Draw(t, "source")
			_ = c.Apply(n, noon)
			wantNothingTakenBack(t, &before, &c.Order)
		}
		wantReplay(t, c)
	})
}

func wantNothingTakenBack(t *rapid.T, before, after *Order) {
	for i := range before.Payments {
		if was, is := before.Payments[i].Paid, after.Payments[i].Paid; is < was {
			t.Errorf("payment %d had %d paid and has %d", i+1, was, is)
		}
	}
	if after.Refunded < before.Refunded || before.Status == wallet.Paid && after.Status != wallet.Paid {
		t.Errorf("got %s with %d refunded, after %s with %d", after.Status, after.Refunded, before.Status, before.Refunded)
	}
	for _, why := range before.Attention() {
		if !slices.Contains(after.Attention(), why) {
			t.Errorf("the attention %s is gone", why)
		}
	}
}
