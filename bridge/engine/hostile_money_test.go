package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Two requests switch to beta at once. One of them begins the payment; the other must not
// send the same request beside it, whose refusal would end what beta has opened.
func TestOfTwoConcurrentSwitchesOneCallsTheNewWallet(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	var both, inCancel sync.WaitGroup
	inCancel.Add(2)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) {
		inCancel.Done()
		inCancel.Wait() // both requests wait for alpha's answer
		return standing(ref, wallet.Canceled, nil)
	}
	var calls int
	other := make(chan struct{}, 2) // one of the requests has been answered
	f.beta.create = func(req wallet.PaymentRequest) (wallet.Payment, error) {
		var first bool
		f.beta.note(func() { calls++; first = calls == 1 })
		if first {
			<-other
			return opens(req)
		}
		return refusing[wallet.PaymentRequest, wallet.Payment](req)
	}
	for _, key := range []string{"tap 1", "tap 2"} {
		both.Go(func() {
			outcome, err := f.engine.Pay(f.ctx, o.ID, bridge.PayRequest{Wallet: "beta", Source: bridge.FromClient}, fightKey(key))
			t.Logf("%s: %+v, %v", key, outcome.Answer, err)
			other <- struct{}{}
		})
	}
	both.Wait()
	if len(f.beta.created) != 1 {
		t.Errorf("beta was called %d times for one payment at once", len(f.beta.created))
	}
	now := f.order(o.ID)
	if p := now.LastPayment(); p.Wallet != "beta" || p.Status != wallet.Pending {
		t.Errorf("beta has an open payment, and ours is %s", p.Status)
	}
}

// racing is a store in which an update may lose a race: once between is set, the next
// update runs its change for nothing, then between, and then the change again.
type racing struct {
	engine.Store
	between func()
}

func (s *racing) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (bridge.Order, error) {
	if between := s.between; between != nil {
		s.between = nil
		o, err := s.Order(ctx, id)
		if err != nil {
			return o, err
		}
		_ = change(bridge.NewChange(o)) // its outcome is lost with the race
		between()
	}
	return s.Store.UpdateOrder(ctx, id, change)
}

// A switch begins its payment in a change that loses the race against another switch. The
// payment is the other's then: a second request for it would be refused, and the refusal
// would end what beta has opened.
func TestASwitchThatLosesARaceDoesNotRequestThePaymentOfTheOther(t *testing.T) {
	f := newFight(t)
	store := &racing{Store: f.store}
	f.config.Store = store
	f.restart()
	o := f.create(false)
	pay := func() error {
		_, err := f.engine.Pay(f.ctx, o.ID, bridge.PayRequest{Wallet: "beta", Source: bridge.FromClient}, nil)
		return err
	}
	var other error
	calls := 0
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) {
		if calls++; calls == 1 {
			store.between = func() { other = pay() }
		}
		return standing(ref, wallet.Canceled, nil)
	}
	if err := errors.Join(pay(), other); err != nil || calls != 2 {
		t.Fatalf("got %v after %d requests to alpha, want nil after 2", err, calls)
	}
	if len(f.beta.created) != 1 {
		t.Errorf("beta was called %d times for one payment, want once", len(f.beta.created))
	}
	f.want(o.ID, wallet.Pending, 0, 0, "")
}

// The request of a payment is repeated after a query that named the payer's method.
func TestARepeatedRequestForAPaymentIsTheSameRequest(t *testing.T) {
	f := newFight(t)
	f.alpha.create = unheard[wallet.PaymentRequest, wallet.Payment]
	if _, err := f.engine.CreateOrder(f.ctx, tenDollars(false), fightKey("k")); !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	f.alpha.query = func(ref wallet.Ref) (wallet.Payment, error) {
		return standing(ref, wallet.Pending, func(p *wallet.Payment) { p.Method = "BALANCE" })
	}
	f.alpha.create = opens
	f.clock.Advance(30 * time.Second)
	if _, err := f.engine.CreateOrder(f.ctx, tenDollars(false), fightKey("k")); err != nil {
		t.Fatal(err)
	}
	first, again := f.alpha.created[0], f.alpha.created[1]
	if first.RequestID != again.RequestID || first.Method != again.Method {
		t.Errorf("request %s had the method %q first and %q then", again.RequestID, first.Method, again.Method)
	}
}

// Money of a partial capture grows by a notification that was not proven.
func TestUnprovenNewsRaisesNoCapturedSum(t *testing.T) {
	f := newFight(t)
	o := f.held()
	f.alpha.capture = func(req wallet.CaptureRequest) (wallet.Payment, error) {
		return standing(req.Payment, wallet.Paid, func(p *wallet.Payment) { p.Captured = req.Amount })
	}
	if _, err := f.engine.Capture(f.ctx, o.ID, engine.CaptureRequest{Amount: usd(600), Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	f.alpha.query = func(ref wallet.Ref) (wallet.Payment, error) {
		return standing(ref, wallet.Paid, func(p *wallet.Payment) { p.Captured = usd(600) })
	}
	forged, _ := standing(o.Payments[0].Ref(), wallet.Paid, func(p *wallet.Payment) { p.Captured = usd(1000) })
	f.deliver(true, wallet.Event{Kind: wallet.PaymentEvent, Payment: forged})
	f.pass(48*time.Hour, time.Hour)
	f.want(o.ID, wallet.Paid, 600, 0, "")
}

// A refund that had succeeded is reported as failed: the payer's bank sent it back.
func TestARefundThatBouncesIsRecorded(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	made := func(status wallet.RefundStatus, ref wallet.RefundRef) wallet.Refund {
		ref.RefundID = "r1"
		return wallet.Refund{RefundRef: ref, Status: status, Amount: usd(300)}
	}
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return made(wallet.RefundSucceeded, wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment}), nil
	}
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	r := f.order(o.ID).Refunds[0]
	reply := f.deliver(false, wallet.Event{Kind: wallet.RefundEvent, Refund: made(wallet.RefundFailed, wallet.RefundRef{RequestID: r.RequestID, Payment: o.Payments[0].Ref()})})
	if now := f.order(o.ID); len(now.Attention()) == 0 {
		t.Errorf("the notification was answered %d about a refund that came back; the order has %d refunded and no attention", reply, now.Refunded)
	}
}

// A cancel gave the payer's money back before it was booked, and the wallet notifies that
// as of a refund.
func TestMoneyThatWasNeverBookedIsNotRefunded(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Cancel(f.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	f.deliver(false, wallet.Event{Kind: wallet.RefundEvent, Refund: wallet.Refund{
		RefundRef: wallet.RefundRef{RefundID: "r1", Payment: o.Payments[0].Ref()}, Status: wallet.RefundSucceeded, Amount: usd(1000),
	}})
	if now := f.order(o.ID); now.Refunded > now.Paid {
		t.Errorf("%d are refunded of %d paid; the wallet has a net of 0", now.Refunded, now.Paid)
	}
}

// A person refunds a late payment at the console and reports it; then the wallet notifies it too.
func TestARefundThatAPersonBookedIsNotCountedAgainWhenItIsNotified(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Cancel(f.ctx, o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	f.alpha.query = saysAlways(wallet.Paid)
	f.tellPayment(&o.Payments[0], wallet.Paid, nil)
	f.want(o.ID, wallet.Paid, 1000, 0, bridge.LatePayment)
	f.mustResolve(o.ID, bridge.LatePayment, resolution.Refunded)
	f.deliver(false, wallet.Event{Kind: wallet.RefundEvent, Refund: wallet.Refund{
		RefundRef: wallet.RefundRef{RefundID: "r1", Payment: o.Payments[0].Ref()}, Status: wallet.RefundSucceeded, Amount: usd(1000),
	}})
	if now := f.order(o.ID); now.Refunded > now.Paid {
		t.Errorf("one refund is booked twice: %d refunded of %d paid", now.Refunded, now.Paid)
	}
}

// A wallet that closes a payment when all of it is refunded notifies that before it answers.
func TestAFullRefundThatClosesThePaymentIsNoReversal(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		f.clock.Advance(time.Second)
		at := f.clock.Now()
		f.tellPayment(&o.Payments[0], wallet.Canceled, func(p *wallet.Payment) { p.OccurredAt = at })
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r1"}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
	}
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	f.want(o.ID, wallet.Paid, 1000, 1000, "")
}

// A refund of part is open when the wallet reverses the payment: a person must be able to
// say that the refund was made.
func TestAnOpenRefundOfAReversedPaymentCanBeResolvedAsRefunded(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = unheard[wallet.RefundRequest, wallet.Refund]
	_, _ = f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil)
	f.tellPayment(&o.Payments[0], wallet.Canceled, nil)
	f.pass(26*time.Hour, time.Hour)
	if now := f.order(o.ID); !now.Refunds[0].CreatedAt.Before(f.clock.Now().Add(-24*time.Hour)) || now.RefundOpen != 300 {
		t.Fatalf("the refund is %s", now.Refunds[0].Status)
	}
	if err := f.resolve(o.ID, bridge.RefundUnresolved, resolution.Refunded); err != nil {
		t.Errorf("got %v", err)
	}
}

// A wallet names two ids of one payment, and news comes under either.
func TestTwoIDsOfOnePaymentAreNoDoublePayment(t *testing.T) {
	f := newFight(t)
	f.alpha.create = func(req wallet.PaymentRequest) (wallet.Payment, error) {
		p, err := opens(req)
		p.PaymentID, p.OtherIDs = "session", []string{"transaction"}
		return p, err
	}
	o := f.create(false)
	for _, id := range []string{"transaction", "session"} {
		f.tellPayment(&o.Payments[0], wallet.Paid, func(p *wallet.Payment) { p.PaymentID = id })
	}
	f.want(o.ID, wallet.Paid, 1000, 0, "")
}
