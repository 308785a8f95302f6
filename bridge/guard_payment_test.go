package bridge

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// refuses applies news that must not be believed yet, and checks that no money moves.
func refuses(t *testing.T, c *Change, n News, want error) {
	t.Helper()
	paid, refunded := c.Order.Paid, c.Order.Refunded
	if err := c.Apply(n, noon); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if c.Order.Paid != paid || c.Order.Refunded != refunded {
		t.Errorf("got %d paid and %d refunded, want %d and %d as before", c.Order.Paid, c.Order.Refunded, paid, refunded)
	}
}

// holds checks what an order says of its money.
func holds(t *testing.T, c *Change, status wallet.Status, paid int64, attention Attention) {
	t.Helper()
	o := &c.Order
	if o.Status != status || o.Paid != paid || reasons(o) != attention {
		t.Errorf("got %s, %d paid, attention %q; want %s, %d, %q", o.Status, o.Paid, reasons(o), status, paid, attention)
	}
}

// answers is what the wallet answers about the first payment as it stands.
func answers(c *Change, status wallet.Status) News {
	n := says(1, status)
	n.Source, n.Queryable, n.Seen = FromQuery, true, c.Order.Payment(1).Status
	return n
}

func TestASuccessOfAPaymentThatHasEndedIsConfirmedByAQuery(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Canceled))
	told := says(1, wallet.Paid)
	told.Queryable = true
	refuses(t, c, told, ErrUnconfirmed)
	mustApply(t, c, answers(c, wallet.Paid))
	holds(t, c, wallet.Paid, 1234, LatePayment)
}

func TestAnAnswerSaysNothingAboutAPaymentThatEndedMeanwhile(t *testing.T) {
	c := begin(false)
	answer := answers(c, wallet.Paid)
	mustApply(t, c, says(1, wallet.Canceled))
	refuses(t, c, answer, ErrUnconfirmed)
}

func TestUnprovenNewsOfMoneyIsConfirmedByAQuery(t *testing.T) {
	for _, status := range []wallet.Status{wallet.Paid, wallet.Authorized, wallet.Failed} {
		c := begin(true)
		n := says(1, status)
		n.Unproven = true
		refuses(t, c, n, ErrUnconfirmed)
		if p := c.Order.Payment(1); p.Status != wallet.Created {
			t.Errorf("unproven %s made the payment %s", status, p.Status)
		}
	}
}

func TestUnprovenNewsEndsNoHeldMoney(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Authorized))
	n := says(1, wallet.Voided)
	n.Unproven = true
	refuses(t, c, n, ErrUnconfirmed)
	holds(t, c, wallet.Authorized, 0, "")
}

func TestUnprovenNewsReversesNoMoney(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	n := says(1, wallet.Failed)
	n.Unproven = true
	refuses(t, c, n, ErrUnconfirmed)
	holds(t, c, wallet.Paid, 1234, "")
}

func TestMoneyOfAnOrderThatWasClosedIsFlagged(t *testing.T) {
	c := begin(false)
	c.Close(wallet.Canceled, FromMerchant, noon)
	mustApply(t, c, says(1, wallet.Paid))
	holds(t, c, wallet.Paid, 1234, LatePayment)
}

func TestHeldMoneyOfAnOrderThatWasClosedIsFlagged(t *testing.T) {
	c := begin(true)
	c.Close(wallet.Canceled, FromMerchant, noon)
	mustApply(t, c, says(1, wallet.Authorized))
	if reasons(&c.Order) != LateAuthorization {
		t.Errorf("got attention %q, want %q", reasons(&c.Order), LateAuthorization)
	}
}

func TestHeldMoneyOfAPaymentThatHasEndedIsConfirmedByAQuery(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Canceled))
	told := says(1, wallet.Authorized)
	told.Queryable = true
	refuses(t, c, told, ErrUnconfirmed)
	if c.Order.Payment(1).LateHold {
		t.Error("money is held before the wallet was called")
	}
	mustApply(t, c, answers(c, wallet.Authorized))
	if !c.Order.Payment(1).LateHold || reasons(&c.Order) != LateAuthorization {
		t.Errorf("got late hold %t, attention %q; want true, %q", c.Order.Payment(1).LateHold, reasons(&c.Order), LateAuthorization)
	}
}

func TestHeldMoneyOfAnotherAmountIsNotBelieved(t *testing.T) {
	for _, amount := range []wallet.Money{usd(1000), {Minor: 1234, Currency: "EUR"}} {
		c := begin(true)
		n := says(1, wallet.Authorized)
		n.Payment.Amount = amount
		refuses(t, c, n, fault.Invalid)
		if p := c.Order.Payment(1); p.Status != wallet.Created || p.Authorized != 0 || reasons(&c.Order) != AmountMismatch {
			t.Errorf("%v: got %s, %d held, attention %q; want created, 0, %q", amount, p.Status, p.Authorized, reasons(&c.Order), AmountMismatch)
		}
	}
}

// withOperation is held money with an operation on it under way.
func withOperation(t *testing.T, op Operation) *Change {
	t.Helper()
	c := begin(true)
	mustApply(t, c, says(1, wallet.Authorized))
	if _, _, err := c.ReserveOperation(op, "USD", FromMerchant, "", noon); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMoneyThatWasTakenInsteadOfVoidedIsFlagged(t *testing.T) {
	c := withOperation(t, Operation{Void: true})
	mustApply(t, c, says(1, wallet.Paid))
	holds(t, c, wallet.Paid, 1234, AmountMismatch)
}

func TestMoneyThatWasTakenBeyondACaptureIsFlagged(t *testing.T) {
	c := withOperation(t, Operation{Amount: 1000})
	n := says(1, wallet.Paid)
	n.Payment.Captured = usd(1100)
	mustApply(t, c, n)
	holds(t, c, wallet.Paid, 1100, AmountMismatch)
}

func TestAnOperationEndsWithTheHoldThatItIsAbout(t *testing.T) {
	c := withOperation(t, Operation{Amount: 1000})
	mustApply(t, c, says(1, wallet.Voided))
	if op := c.Order.Payment(1).Operation; op != nil {
		t.Errorf("the capture %s is still open after the money was let go", op.RequestID)
	}
}

func TestACapturedSumThatDoesNotFitIsNotBelieved(t *testing.T) {
	tests := map[string]struct {
		hold bool
		sum  wallet.Money
	}{
		"above what was held":              {true, usd(1235)},
		"in another currency":              {true, wallet.Money{Minor: 1000, Currency: "EUR"}},
		"a part where nothing was held":    {false, usd(1000)},
		"less than nothing, of held money": {true, usd(-1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := begin(test.hold)
			n := says(1, wallet.Paid)
			n.Payment.Captured = test.sum
			refuses(t, c, n, fault.Invalid)
			if reasons(&c.Order) != AmountMismatch {
				t.Errorf("got attention %q, want %q", reasons(&c.Order), AmountMismatch)
			}
		})
	}
}

func TestPaidMoneyDoesNotShrinkByNewsOfASmallerCapture(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Authorized))
	mustApply(t, c, says(1, wallet.Paid))
	n := says(1, wallet.Paid)
	n.Payment.Captured = usd(1000)
	mustApply(t, c, n)
	holds(t, c, wallet.Paid, 1234, "")
}

func TestMoneyWithoutAnAmountInTheAnswerToAQueryIsFlagged(t *testing.T) {
	for _, status := range []wallet.Status{wallet.Paid, wallet.Authorized} {
		c := begin(true)
		n := answers(c, status)
		n.Payment.Amount = wallet.Money{}
		refuses(t, c, n, fault.Invalid)
		if reasons(&c.Order) != AmountUnknown {
			t.Errorf("%s: got attention %q, want %q", status, reasons(&c.Order), AmountUnknown)
		}
	}
}

// paidUnder is news that the first payment is paid, under one of the wallet's ids.
func paidUnder(id string, others ...string) News {
	n := says(1, wallet.Paid)
	n.Payment.PaymentID, n.Payment.OtherIDs = id, others
	return n
}

func TestAnIDThatTheWalletChangesIsNoSecondPayment(t *testing.T) {
	c := begin(false)
	mustApply(t, c, paidUnder("W1"))
	mustApply(t, c, paidUnder("W2", "W1"))
	holds(t, c, wallet.Paid, 1234, "")
}

func TestUnprovenNewsOfASecondPaymentUnderOneRequestIsConfirmed(t *testing.T) {
	c := begin(false)
	mustApply(t, c, paidUnder("W1"))
	n := paidUnder("W2")
	n.Unproven = true
	refuses(t, c, n, ErrUnconfirmed)
	n.Unproven = false
	mustApply(t, c, n)
	holds(t, c, wallet.Paid, 2468, DoublePayment)
}

func TestTheIDUnderWhichMoneyWasPaidIsLearntLater(t *testing.T) {
	c := begin(false)
	opened := says(1, wallet.Pending)
	opened.Payment.PaymentID = "W1"
	mustApply(t, c, opened)
	mustApply(t, c, says(1, wallet.Paid))
	mustApply(t, c, paidUnder("W1"))
	if id := c.Order.Payment(1).PaidID; id != "W1" {
		t.Errorf("got paid under %q, want W1", id)
	}
	mustApply(t, c, paidUnder("W2"))
	holds(t, c, wallet.Paid, 2468, DoublePayment)
}

func TestWhatTheWalletTookBackIsBookedOnce(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	mustApply(t, c, says(1, wallet.Canceled))
	events := len(c.Events)
	mustApply(t, c, says(1, wallet.Failed))
	if c.Order.Reversed != 1234 || c.Order.Payment(1).Reversed != 1234 || len(c.Events) != events {
		t.Errorf("got %d reversed, and %d more events for the same; want 1234 and none", c.Order.Reversed, len(c.Events)-events)
	}
	holds(t, c, wallet.Paid, 1234, PaymentReversed)
}

func TestAFailureBeforeThePaymentReversesNothing(t *testing.T) {
	c := begin(false)
	paid, failed := says(1, wallet.Paid), says(1, wallet.Failed)
	paid.Payment.OccurredAt, failed.Payment.OccurredAt = noon, noon.Add(-time.Minute)
	mustApply(t, c, paid)
	mustApply(t, c, failed)
	holds(t, c, wallet.Paid, 1234, "")
}

func TestAPaymentThatExpiresBeforeItsOrderLeavesItPayable(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Expired))
	if err := c.Order.Payable(noon); err != nil || c.Order.Closed != "" {
		t.Errorf("got closed %q, %v; want an order that can be paid in another way", c.Order.Closed, err)
	}
}

func TestAnOrderThatIsOverIsNotPayable(t *testing.T) {
	tests := map[string]struct {
		make func(c *Change)
		want error
	}{
		"held":     {func(c *Change) { mustApply(t, c, says(1, wallet.Authorized)) }, fault.Conflict},
		"paid":     {func(c *Change) { mustApply(t, c, says(1, wallet.Paid)) }, fault.Conflict},
		"canceled": {func(c *Change) { c.Close(wallet.Canceled, FromMerchant, noon) }, fault.Expired},
		"canceled after it failed": {func(c *Change) {
			mustApply(t, c, says(1, wallet.Failed))
			c.Close(wallet.Canceled, FromMerchant, noon)
		}, fault.Expired},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := begin(true)
			test.make(c)
			if err := c.Order.Payable(noon); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestAnOrderThatWasCanceledDoesNotExpire(t *testing.T) {
	c := begin(false)
	c.Close(wallet.Canceled, FromMerchant, noon)
	c.Close(wallet.Expired, FromTime, noon.Add(time.Hour))
	if c.Order.Closed != wallet.Canceled {
		t.Errorf("got closed as %s, want canceled", c.Order.Closed)
	}
}

func TestAPaymentWithoutALastWordDoesNotEndWithItsOrdersTime(t *testing.T) {
	c := begin(false)
	c.EndOpen(func(int) bool { return false }, noon.Add(time.Hour))
	if p := c.Order.Payment(1); p.Status != wallet.Created || c.Order.Closed != "" {
		t.Errorf("got %s, closed %q; want created, since unknown is not expired", p.Status, c.Order.Closed)
	}
	c.EndOpen(func(int) bool { return true }, noon.Add(time.Hour))
	if p := c.Order.Payment(1); p.Status != wallet.Expired || c.Order.Closed != wallet.Expired {
		t.Errorf("got %s, closed %q; want expired", p.Status, c.Order.Closed)
	}
}

func TestARefusalDoesNotEndAPaymentThatIsPaid(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	c.RefusePayment(1, "RISK_REJECTED", noon)
	holds(t, c, wallet.Paid, 1234, "")
}

func TestAPayerDoesNotTakeAnOrderThatHasOne(t *testing.T) {
	c := begin(false)
	c.SetPayerAndChannel(&PayRequest{Payer: Payer{ID: "first"}, Source: FromClient}, noon)
	c.SetPayerAndChannel(&PayRequest{Payer: Payer{ID: "second"}, Source: FromClient}, noon)
	if c.Order.Payer.ID != "first" {
		t.Errorf("the order is %s's, want first's", c.Order.Payer.ID)
	}
}
