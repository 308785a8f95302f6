package bridge

import (
	"slices"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// paidWith is news that a payment is paid, with sums beside its amount.
func paidWith(settled wallet.Money, fees ...wallet.Fee) News {
	n := says(1, wallet.Paid)
	n.Payment.Settled, n.Payment.Fees = settled, fees
	return n
}

func TestFeesAndWhatWasSettledAreRecordedAndNeverJudged(t *testing.T) {
	t.Parallel()
	c := begin(false)
	usdt := wallet.Money{Minor: 12_400_000, Currency: "USDT"}
	mustApply(t, c, paidWith(usdt, wallet.Fee{Type: "tip", Amount: usd(100)}, wallet.Fee{Type: "convenience", Amount: usd(10)}))
	p := c.Order.Payment(1)
	want := []wallet.Fee{{Type: "convenience", Amount: usd(10)}, {Type: "tip", Amount: usd(100)}}
	if p.Settled != usdt || !slices.Equal(p.Fees, want) {
		t.Errorf("got settled %v and fees %v, want %v and %v", p.Settled, p.Fees, usdt, want)
	}
	if c.Order.Paid != 1234 || len(c.Order.Flags) != 0 {
		t.Errorf("got %d paid, flags %v; want 1234 and none", c.Order.Paid, c.Order.Flags)
	}
}

func TestFeesOfLateAndRepeatedNewsChangeNothing(t *testing.T) {
	t.Parallel()
	whole := paidWith(usd(1200), wallet.Fee{Type: "tip", Amount: usd(100)})
	for name, late := range map[string]News{
		"the same":            whole,
		"without sums":        says(1, wallet.Paid),
		"a smaller one":       paidWith(usd(600), wallet.Fee{Type: "tip", Amount: usd(50)}),
		"another currency":    paidWith(wallet.Money{Minor: 9999, Currency: "EUR"}, wallet.Fee{Type: "tip", Amount: wallet.Money{Minor: 999, Currency: "EUR"}}),
		"a name of no fee":    paidWith(wallet.Money{}, wallet.Fee{Type: "Tip!", Amount: usd(999)}),
		"a fee of nothing":    paidWith(wallet.Money{}, wallet.Fee{Type: "surcharge"}),
		"a fee below nothing": paidWith(usd(-5), wallet.Fee{Type: "tip", Amount: usd(-5)}),
	} {
		c := begin(false)
		mustApply(t, c, whole)
		events := len(c.Events)
		mustApply(t, c, late)
		if len(c.Events) != events {
			t.Errorf("%s: got the event %+v, want none", name, c.Events[len(c.Events)-1])
		}
	}
}

func TestTheKindsOfFeesOfAPaymentAreBounded(t *testing.T) {
	t.Parallel()
	c := begin(false)
	for _, letter := range "abcdefghijklmnop" {
		mustApply(t, c, paidWith(wallet.Money{}, wallet.Fee{Type: string(letter), Amount: usd(1)}))
	}
	if got := len(c.Order.Payment(1).Fees); got != maxFees {
		t.Errorf("got %d kinds, want %d", got, maxFees)
	}
}

func TestTheFeeOfARefundIsNoPartOfItsAmount(t *testing.T) {
	t.Parallel()
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	refund := News{Source: FromQuery, Wallet: "sandbox", Refund: &wallet.Refund{
		RefundRef: wallet.RefundRef{RefundID: "R1", Payment: wallet.Ref{RequestID: testOrder.RequestID(OpPayment, 1, 0)}},
		Status:    wallet.RefundSucceeded, Amount: usd(200),
	}}
	mustApply(t, c, refund)
	refund.Refund.Fee = usd(7)
	mustApply(t, c, refund)
	if r := c.Order.Refunds[0]; r.Amount != 200 || r.Fee != usd(7) || c.Order.Refunded != 200 {
		t.Errorf("got %+v and %d refunded, want 200 with a fee of 7", r, c.Order.Refunded)
	}
}

// charged is news that a payment is paid, by what the payer was charged.
func charged(minor int64, fees ...wallet.Fee) News {
	n := paidWith(wallet.Money{}, fees...)
	n.Payment.Amount, n.Payment.Charged = wallet.Money{}, usd(minor)
	return n
}

func TestAChargeMayContainItsFees(t *testing.T) {
	t.Parallel()
	tip, fee := wallet.Fee{Type: "tip", Amount: usd(100)}, wallet.Fee{Type: "convenience_fee", Amount: usd(10)}
	euros := wallet.Fee{Type: "tip", Amount: wallet.Money{Minor: 100, Currency: "EUR"}}
	for name, n := range map[string]News{
		"no fees":                   charged(1234),
		"fees beside it":            charged(1234, tip, fee),
		"one of the fees in it":     charged(1244, tip, fee),
		"the other of the fees":     charged(1334, tip, fee),
		"both fees in it":           charged(1344, tip, fee),
		"a fee in another currency": charged(1234, euros),
	} {
		c := begin(false)
		mustApply(t, c, n)
		if c.Order.Paid != 1234 || len(c.Order.Flags) != 0 {
			t.Errorf("%s: got %d paid, flags %v; want 1234 and none", name, c.Order.Paid, c.Order.Flags)
		}
	}
	for name, n := range map[string]News{
		"less than the order":             charged(1233),
		"less, by a fee":                  charged(1224, fee),
		"more, without a fee":             charged(1244),
		"more than the fees":              charged(1345, tip, fee),
		"more by a fee of other currency": charged(1334, euros),
	} {
		c := begin(false)
		refuses(t, c, n, fault.Invalid)
		if c.Order.Paid != 0 || reasons(&c.Order) != AmountMismatch {
			t.Errorf("%s: got %d paid, attention %q; want 0 and a mismatch", name, c.Order.Paid, reasons(&c.Order))
		}
	}
}

// unnamed is charged whose fees the answer does not name.
func unnamed(minor int64, fees ...wallet.Fee) News {
	n := charged(minor, fees...)
	n.Payment.FeesUnnamed = true
	return n
}

func TestALargerChargeWhoseFeesAreNotNamedPaysTheOrderAndIsFlagged(t *testing.T) {
	t.Parallel()
	fee := wallet.Fee{Type: "convenience_fee", Amount: usd(10)}
	c := begin(false)
	mustApply(t, c, unnamed(1244))
	if f := c.Order.Flags; c.Order.Paid != 1234 || reasons(&c.Order) != AmountMismatch || f[0].Observed == nil || *f[0].Observed != usd(1244) {
		t.Errorf("got %d paid, flags %+v; want 1234 and a mismatch of 12.44", c.Order.Paid, f)
	}
	events := len(c.Events)
	mustApply(t, c, unnamed(1244))
	if len(c.Events) != events {
		t.Errorf("the same once more made the event %+v", c.Events[len(c.Events)-1])
	}
	mustApply(t, c, charged(1244, fee))
	if attention := c.Order.Attention(); len(attention) != 0 {
		t.Errorf("once the fee is named: attention %q, want none", attention)
	}
	for name, n := range map[string]News{"the order's": unnamed(1234), "with a fee that is named": unnamed(1244, fee)} {
		c := begin(false)
		mustApply(t, c, n)
		if c.Order.Paid != 1234 || len(c.Order.Flags) != 0 {
			t.Errorf("%s: got %d paid, flags %v; want 1234 and none", name, c.Order.Paid, c.Order.Flags)
		}
	}
	euros := unnamed(1244)
	euros.Payment.Charged.Currency = "EUR"
	for name, n := range map[string]News{"less": unnamed(1233), "less, by a fee": unnamed(1224, fee), "another currency": euros} {
		c := begin(false)
		refuses(t, c, n, fault.Invalid)
		if c.Order.Paid != 0 || reasons(&c.Order) != AmountMismatch {
			t.Errorf("%s: got %d paid, attention %q; want 0 and a mismatch", name, c.Order.Paid, reasons(&c.Order))
		}
	}
}

func TestAFeeThatWasReportedBeforeExplainsALaterCharge(t *testing.T) {
	t.Parallel()
	c := begin(false)
	open := says(1, wallet.Pending)
	open.Payment.Fees = []wallet.Fee{{Type: "convenience_fee", Amount: usd(10)}}
	mustApply(t, c, open)
	mustApply(t, c, charged(1244))
	if c.Order.Paid != 1234 || len(c.Order.Flags) != 0 {
		t.Errorf("got %d paid, flags %v; want 1234 and none", c.Order.Paid, c.Order.Flags)
	}
}

func TestAnswersAreCompletedByTheNewsTheyBearOut(t *testing.T) {
	t.Parallel()
	told := &wallet.Payment{
		Ref: wallet.Ref{PaymentID: "W1"}, OtherIDs: []string{"ACQ1"}, Settled: usd(1200),
		Fees: []wallet.Fee{{Type: "tip", Amount: usd(100)}},
	}
	got := WithFacts(&wallet.Payment{Ref: wallet.Ref{PaymentID: "W1"}}, told)
	if !slices.Equal(got.OtherIDs, told.OtherIDs) || !slices.Equal(got.Fees, told.Fees) || got.Settled != told.Settled {
		t.Errorf("got %+v, want the other ids and sums", got)
	}
	got = WithFacts(&wallet.Payment{Ref: wallet.Ref{PaymentID: "W2"}}, told)
	if len(got.OtherIDs) != 0 {
		t.Errorf("got %v, want no names of another payment", got.OtherIDs)
	}
}

func TestTheNamesOfTwoPaymentsAreNotMixed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before Payment
		told   []string // the payment's id, and the others
		want   []string
	}{
		"the first names":                        {Payment{}, []string{"A", "A1"}, []string{"A", "A1"}},
		"a new name of the same":                 {Payment{SameIDs: []string{"A", "A1"}, PaidID: "A"}, []string{"B", "A"}, []string{"A", "A1", "B"}},
		"the former name of a paid one":          {Payment{PaidID: "A"}, []string{"B", "A"}, []string{"B", "A"}},
		"another that was paid":                  {Payment{SameIDs: []string{"A", "A1"}, PaidID: "A"}, []string{"B", "B1"}, []string{"A", "A1"}},
		"another, of which no name was reported": {Payment{PaidID: "A"}, []string{"B", "B1"}, nil},
		"the paid one, after another attempt":    {Payment{SameIDs: []string{"A", "A1"}, PaidID: "B"}, []string{"B", "B1"}, []string{"B", "B1"}},
	} {
		p := c.before
		p.mergeSameIDs(&wallet.Payment{Ref: wallet.Ref{PaymentID: c.told[0]}, OtherIDs: c.told[1:]})
		if !slices.Equal(p.SameIDs, c.want) {
			t.Errorf("%s: got %q, want %q", name, p.SameIDs, c.want)
		}
	}
}
