package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// resolve states what became of a reason's matter.
func (w *world) resolve(id bridge.OrderID, why bridge.Attention, outcome string) bridge.Order {
	w.Helper()
	r := resolution.Decision{Attention: why, Note: "The wallet's console says so.", By: "ann", Outcome: outcome, Source: bridge.FromOperator}
	resolved, err := w.engine.Resolve(w.ctx, id, r, nil)
	if err != nil {
		w.Fatalf("%s as %q: %v", why, outcome, err)
	}
	events, err := w.engine.Events(w.ctx, id, 0)
	if err != nil {
		w.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e bridge.Event) bool {
		return e.Type == bridge.AttentionCleared && e.Source == bridge.FromOperator && e.Data.Cleared.Flag.Why == why &&
			e.Data.Cleared.By == r.By && e.Data.Cleared.Note == r.Note && e.Data.Cleared.Outcome == outcome
	}) {
		w.Errorf("no event names by whom and why %s was cleared", why)
	}
	return resolved.Subject
}

// month lets a month pass, with every status query that is due in it.
func (w *world) month() {
	w.Helper()
	w.queryInSteps(31*4, 6*time.Hour)
}

// A payment stayed pending after a month, without attention: at a wallet with a status that
// is unknown, one that refuses to close, one that gives no answer, one that does not know it.
// Whatever is open an hour after the order's time needs a person, who can say what became
// of it.
func TestAPaymentThatStaysOpenNeedsAPersonAndHasAWayOut(t *testing.T) {
	answer := func(edit func(*wallet.Payment, *error)) func(h *hooked) {
		return func(h *hooked) {
			h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
				got, err := next()
				edit(&got, &err)
				return got, err
			}
		}
	}
	tests := []struct {
		name string
		far  func(h *hooked)
	}{
		{"an unknown status", answer(func(p *wallet.Payment, _ *error) { p.Status, p.Code = "", "IN_LIMBO" })},
		{"no answer", answer(func(_ *wallet.Payment, err *error) { *err = unanswered() })},
		{"a wallet that is down", answer(func(_ *wallet.Payment, err *error) { *err = fault.New(fault.Unavailable, "test", "Down.") })},
		{"a wallet that refuses to close", func(h *hooked) {
			answer(func(p *wallet.Payment, _ *error) { p.Status = wallet.Pending })(h)
			h.onCancel = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
				return wallet.Payment{}, refusal()
			}
		}},
	}
	for _, test := range tests {
		for outcome, status := range map[string]wallet.Status{resolution.Paid: wallet.Paid, resolution.Failed: wallet.Failed} {
			t.Run(test.name+", "+outcome, func(t *testing.T) {
				w := newWorld(t)
				test.far(w.hook("sandbox"))
				o := w.create()
				w.queryInSteps(7, 10*time.Minute)
				if got := w.order(o.ID); len(got.Attention()) != 0 && w.clock.Now().Before(got.ExpiresAt.Add(time.Hour)) {
					t.Errorf("flagged %q before an hour after its time", reasons(&got))
				}
				w.month()
				got := w.want(o.ID, wallet.Pending, 0, bridge.PaymentUnresolved)
				if got.DueAt.IsZero() {
					t.Error("the order is queried no more")
				}
				got = w.resolve(o.ID, bridge.PaymentUnresolved, outcome)
				if got.Status != status || len(got.Attention()) != 0 {
					t.Errorf("got %s, flagged %q; want %s and nothing", got.Status, reasons(&got), status)
				}
			})
		}
	}
}

// The same for money whose amount is another one.
func TestAPaymentOfAnotherAmountNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		got.Status, got.Amount, got.Captured = wallet.Paid, usd(451), wallet.Money{}
		return got, err
	}
	o := w.create()
	w.queryAfter(10 * time.Second)
	w.want(o.ID, wallet.Pending, 0, bridge.AmountMismatch)
	w.month()
	got := w.order(o.ID)
	if why := got.Attention(); got.Paid != 0 || !slices.Contains(why, bridge.AmountMismatch) || !slices.Contains(why, bridge.PaymentUnresolved) {
		t.Errorf("got %d paid, flagged %q; want nothing paid, and both reasons", got.Paid, reasons(&got))
	}
	w.resolve(o.ID, bridge.AmountMismatch, resolution.Paid)
	w.want(o.ID, wallet.Paid, 450, "")
}

// A refund that stays pending needs a person after a day, one that waits for an approval
// after three.
func TestARefundThatStaysOpenNeedsAPersonAndHasAWayOut(t *testing.T) {
	tests := []struct {
		name    string
		status  wallet.RefundStatus
		outcome string
		hours   int
		want    wallet.RefundStatus
	}{
		{"pending, refunded", wallet.RefundPending, resolution.Refunded, 24, wallet.RefundSucceeded},
		{"pending, failed", wallet.RefundPending, resolution.Failed, 24, wallet.RefundFailed},
		{"waiting, refunded", wallet.RefundWaiting, resolution.Refunded, 72, wallet.RefundSucceeded},
		{"an unknown status, failed", "", resolution.Failed, 24, wallet.RefundFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.hook("sandbox")
			o := w.paid()
			h.onRefund = func(req wallet.RefundRequest, _ func() (wallet.Refund, error)) (wallet.Refund, error) {
				return wallet.Refund{RefundRef: wallet.RefundRef{RequestID: req.RequestID, RefundID: "sr_1"}, Status: test.status, Amount: req.Amount}, nil
			}
			h.onQueryRefund = func(ref wallet.RefundRef, _ func() (wallet.Refund, error)) (wallet.Refund, error) {
				return wallet.Refund{RefundRef: ref, Status: test.status, Amount: usd(100)}, nil
			}
			if _, err := w.refund(&o, 100); err != nil {
				t.Fatal(err)
			}
			w.queryInSteps(test.hours-1, time.Hour)
			w.want(o.ID, wallet.Paid, 450, "")
			w.queryInSteps(8, time.Hour)
			w.want(o.ID, wallet.Paid, 450, bridge.RefundUnresolved)
			got := w.resolve(o.ID, bridge.RefundUnresolved, test.outcome)
			if got.Refunds[0].Status != test.want || len(got.Attention()) != 0 {
				t.Errorf("the refund is %s, flagged %q; want %s and nothing", got.Refunds[0].Status, reasons(&got), test.want)
			}
		})
	}
}

// A refund that its wallet has named and then does not know any more is not sent again: a
// person finds out.
func TestARefundThatItsWalletNoLongerFindsIsNotSentAgain(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		calls++
		got, err := next()
		got.Status = wallet.RefundPending
		return got, err
	}
	h.onQueryRefund = func(wallet.RefundRef, func() (wallet.Refund, error)) (wallet.Refund, error) {
		return wallet.Refund{}, absent()
	}
	o := w.paid()
	if _, err := w.refund(&o, 100); err != nil {
		t.Fatal(err)
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
	w.queryInSteps(10, 10*time.Minute)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundUnresolved)
	if calls != 1 {
		t.Errorf("the refund was sent %d times, want once", calls)
	}
}

// Held money that is neither captured nor voided lapses at the wallet: a person is notified of it
// before most holds do.
func TestMoneyThatIsHeldForDaysNeedsAPersonAndHasAWayOut(t *testing.T) {
	for outcome, status := range map[string]wallet.Status{resolution.Paid: wallet.Paid, resolution.Voided: wallet.Voided} {
		t.Run(outcome, func(t *testing.T) {
			w := newWorld(t, holding)
			o := w.held()
			w.queryInSteps(5*4, 6*time.Hour)
			w.want(o.ID, wallet.Authorized, 0, "")
			w.queryInSteps(2*4, 6*time.Hour)
			w.want(o.ID, wallet.Authorized, 0, bridge.HoldUnresolved)
			if got := w.resolve(o.ID, bridge.HoldUnresolved, outcome); got.Status != status || len(got.Attention()) != 0 {
				t.Errorf("got %s, flagged %q; want %s and nothing", got.Status, reasons(&got), status)
			}
		})
	}
}

// A capture or void whose outcome stays unknown needs a person after an hour; one at a
// wallet without a status query, as soon as its call has ended.
func TestAnOperationThatStaysOpenNeedsAPersonAndHasAWayOut(t *testing.T) {
	for outcome, status := range map[string]wallet.Status{
		resolution.Paid: wallet.Paid, resolution.Voided: wallet.Voided, resolution.Failed: wallet.Authorized,
	} {
		t.Run(outcome, func(t *testing.T) {
			w := newWorld(t, holding)
			h := w.hook("sandbox")
			h.onCapture = func(wallet.CaptureRequest, func() (wallet.Payment, error)) (wallet.Payment, error) {
				return wallet.Payment{}, unanswered()
			}
			o := w.held()
			h.onQuery = func(wallet.Ref, func() (wallet.Payment, error)) (wallet.Payment, error) {
				return wallet.Payment{}, unanswered()
			}
			_, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil)
			w.wantKind("the capture", err, fault.Unknown)
			w.queryInSteps(5, 10*time.Minute)
			w.want(o.ID, wallet.Authorized, 0, "")
			w.queryInSteps(4, 10*time.Minute)
			w.want(o.ID, wallet.Authorized, 0, bridge.OperationUnresolved)
			got := w.resolve(o.ID, bridge.OperationUnresolved, outcome)
			if got.Status != status || len(got.Attention()) != 0 || got.Payments[0].Operation != nil {
				t.Errorf("got %s, flagged %q; want %s and nothing", got.Status, reasons(&got), status)
			}
		})
	}
}

// Reasons overwrote each other: the last one raised was the only one seen. They are a set,
// found by each, and cleared one by one.
func TestAttentionIsASet(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.tellBody("sandbox", refundNotice("e-r", "sr_console", "", &o.Payments[0], 100, "SUCCEEDED"))
	w.clock.Advance(time.Minute)
	if err := w.provider.Reverse(o.Payments[0].RequestID); err != nil {
		t.Fatal(err)
	}
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "foreign_refund payment_reversed")
	for _, why := range []bridge.Attention{bridge.ForeignRefund, bridge.PaymentReversed} {
		found, err := w.store.Orders(w.ctx, store.OrderQuery{App: "shop", Attention: string(why), Limit: 9})
		if err != nil || len(found) != 1 || found[0].ID != o.ID {
			t.Errorf("%s finds %d orders, %v; want the one", why, len(found), err)
		}
	}
	w.resolve(o.ID, bridge.ForeignRefund, "")
	w.want(o.ID, wallet.Paid, 450, bridge.PaymentReversed)
	w.resolve(o.ID, bridge.PaymentReversed, "")
	w.want(o.ID, wallet.Paid, 450, "")
}

// Every reason that the engine can raise is one of the list, has an entry of allowed
// outcomes, and no other name.
func TestEveryReasonHasItsOutcomes(t *testing.T) {
	if len(resolution.Outcomes) != len(bridge.Attentions) {
		t.Errorf("%d reasons, %d with outcomes", len(bridge.Attentions), len(resolution.Outcomes))
	}
	for _, why := range bridge.Attentions {
		if _, ok := resolution.Outcomes[why]; !ok || strings.ToLower(string(why)) != string(why) {
			t.Errorf("%s has no entry", why)
		}
	}
}
