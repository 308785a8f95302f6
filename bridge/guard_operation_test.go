package bridge

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestACaptureIsAtMostWhatIsHeld(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Authorized))
	for _, amount := range []int64{1235, 0, -1} {
		if _, _, err := c.ReserveOperation(Operation{Amount: amount}, "USD", FromMerchant, "", noon); !errors.Is(err, fault.Invalid) {
			t.Errorf("a capture of %d of 1234: got %v, want Invalid", amount, err)
		}
	}
}

func TestAnotherSumDoesNotResumeAnOpenCapture(t *testing.T) {
	c := withOperation(t, Operation{Amount: 1000})
	if _, _, err := c.ReserveOperation(Operation{Amount: 999}, "USD", FromMerchant, "", noon); !errors.Is(err, fault.Conflict) {
		t.Errorf("another sum: got %v, want Conflict", err)
	}
	if _, again, err := c.ReserveOperation(Operation{Amount: 1000}, "USD", FromMerchant, "", noon); !again || err != nil {
		t.Errorf("the same sum: got again %t, %v; want the open capture", again, err)
	}
}

func TestMoneyHeldForAnOrderThatHasEndedIsVoidedAndNotCaptured(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Canceled))
	mustApply(t, c, answers(c, wallet.Authorized))
	if _, _, err := c.ReserveOperation(Operation{Amount: 1234}, "USD", FromMerchant, "", noon); !errors.Is(err, fault.Conflict) {
		t.Errorf("a capture: got %v, want Conflict", err)
	}
	if _, _, err := c.ReserveOperation(Operation{Void: true}, "", FromMerchant, "", noon); err != nil {
		t.Errorf("a void: got %v", err)
	}
}

func TestAttentionAboutHeldMoneyStandsUntilItIsLetGo(t *testing.T) {
	c := begin(true)
	mustApply(t, c, says(1, wallet.Canceled))
	mustApply(t, c, answers(c, wallet.Authorized))
	c.clearEnded(noon)
	if reasons(&c.Order) != LateAuthorization {
		t.Fatalf("got attention %q while money is held, want %q", reasons(&c.Order), LateAuthorization)
	}
	mustApply(t, c, answers(c, wallet.Voided))
	c.clearEnded(noon)
	if reasons(&c.Order) != "" {
		t.Errorf("got attention %q after the money was let go, want none", reasons(&c.Order))
	}
}

func TestAttentionAboutMoneyIsClearedByAPersonOnly(t *testing.T) {
	c := begin(false)
	mustApply(t, c, says(1, wallet.Paid))
	mustApply(t, c, says(1, wallet.Canceled))
	c.clearEnded(noon)
	holds(t, c, wallet.Paid, 1234, PaymentReversed)
}

func TestWhatIsOpenForTooLongIsFlagged(t *testing.T) {
	tests := map[string]struct {
		make  func(t *testing.T) *Change
		after time.Duration // since noon
		want  Attention
	}{
		"a payment": {func(*testing.T) *Change { return begin(false) }, 15*time.Minute + openPaymentLimit, PaymentUnresolved},
		"a hold": {func(t *testing.T) *Change {
			c := begin(true)
			mustApply(t, c, says(1, wallet.Authorized))
			return c
		}, openHoldLimit, HoldUnresolved},
		"a capture": {func(t *testing.T) *Change { return withOperation(t, Operation{Amount: 1000}) }, openOperationLimit, OperationUnresolved},
		"a void":    {func(t *testing.T) *Change { return withOperation(t, Operation{Void: true}) }, openOperationLimit, OperationUnresolved},
		"a refund":  {withRefund, openRefundLimit, RefundUnresolved},
		"a refund that a person approves": {func(t *testing.T) *Change {
			c := withRefund(t)
			mustApply(t, c, saysRefund(wallet.RefundWaiting))
			return c
		}, waitingRefundLimit, RefundUnresolved},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := test.make(t)
			c.RaiseOverdue(noon.Add(test.after - time.Second))
			if reasons(&c.Order) != "" {
				t.Errorf("got attention %q a second too early", reasons(&c.Order))
			}
			c.RaiseOverdue(noon.Add(test.after))
			if reasons(&c.Order) != test.want {
				t.Errorf("got attention %q, want %q", reasons(&c.Order), test.want)
			}
		})
	}
}

func TestACallThatWasNotMadeTakesBackNoOtherCall(t *testing.T) {
	unanswered := Calls{Tries: 1, LastSentAt: noon}
	if calls := unanswered.Again(noon.Add(time.Minute)).Undone(); calls.Tries != 1 {
		t.Errorf("got %d tries after a call without an answer and one that was not made, want 1", calls.Tries)
	}
	if calls := unanswered.Undone(); calls.Tries != 0 {
		t.Errorf("got %d tries after a call that was not made, want 0", calls.Tries)
	}
}
