package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// "paid" about a partial capture is what was requested, not all that is held.
func TestAPartialCaptureThatAPersonSaysWasMadeBooksItsOwnSum(t *testing.T) {
	f := newFight(t)
	o := f.held()
	f.alpha.capture = unheard[wallet.CaptureRequest, wallet.Payment]
	f.capturePart(o.ID)
	f.pass(3*time.Hour, time.Minute)
	f.mustResolve(o.ID, bridge.OperationUnresolved, resolution.Paid)
	f.want(o.ID, wallet.Paid, 600, 0, "")
}

// "paid" about a missing wallet is about its payment; it must not fail a refund.
func TestAMissingWalletResolvedAsPaidFailsNoRefund(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = unheard[wallet.RefundRequest, wallet.Refund]
	_, _ = f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(1000), Source: bridge.FromMerchant}, nil)
	delete(f.config.Wallets, "alpha")
	f.config.Apps[0].Wallets = []string{"beta"}
	f.restart()
	f.pass(time.Hour, time.Minute)
	f.want(o.ID, wallet.Paid, 1000, 0, bridge.WalletMissing)
	err := f.resolve(o.ID, bridge.WalletMissing, resolution.Paid)
	if r := f.order(o.ID).Refunds[0]; r.Status != wallet.RefundPending {
		t.Errorf("the refund, of which the resolution says nothing, is %s (%v)", r.Status, err)
	}
}

// The outcome of a missing wallet's payment is not booked for a refund of another wallet.
func TestAnOutcomeAtAMissingWalletNamesThatWallet(t *testing.T) {
	f := newFight(t)
	o := f.create(true)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Pay(f.ctx, o.ID, bridge.PayRequest{Wallet: "beta", Source: bridge.FromClient}, nil); err != nil {
		t.Fatal(err)
	}
	// Beta's payment is held and captured, and its refund is open.
	far := func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Paid, nil) }
	f.alpha.query, f.beta.query = saysAlways(wallet.Canceled), far
	if _, err := f.engine.Refresh(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	f.beta.refund = unheard[wallet.RefundRequest, wallet.Refund]
	_, _ = f.engine.Refund(f.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
	// Alpha turns out to hold money for its canceled payment, and is removed.
	f.alpha.query = saysAlways(wallet.Authorized)
	f.tellPayment(&o.Payments[0], wallet.Authorized, nil)
	delete(f.config.Wallets, "alpha")
	f.config.Apps[0].Wallets = []string{"beta"}
	f.restart()
	f.pass(time.Hour, time.Minute)
	if now := f.order(o.ID); !contains(now.Attention(), bridge.WalletMissing) || now.RefundOpen != 1000 {
		t.Fatalf("attention %v, %d open", now.Attention(), now.RefundOpen)
	}
	err := f.resolve(o.ID, bridge.WalletMissing, resolution.Failed)
	if r := f.order(o.ID).Refunds[0]; r.Status != wallet.RefundPending {
		t.Errorf("the refund at beta, which is not missing, is %s (%v)", r.Status, err)
	}
}

func contains(list []bridge.Attention, why bridge.Attention) bool {
	for _, have := range list {
		if have == why {
			return true
		}
	}
	return false
}

// A person reports that a refund failed while its repeat is on its way to the wallet.
func TestARefundWhoseCallIsUnderWayIsNotResolved(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = unheard[wallet.RefundRequest, wallet.Refund]
	_, _ = f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(1000), Source: bridge.FromMerchant}, nil)
	f.pass(26*time.Hour, time.Hour) // the wallet has no status query
	if !contains(f.attention(o.ID), bridge.RefundUnresolved) {
		t.Fatalf("attention %v", f.attention(o.ID))
	}
	f.alpha.queryRefund = unknown[wallet.RefundRef, wallet.Refund]
	var resolved, second error
	calls := 0
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		if calls++; calls == 1 {
			resolved = f.resolve(o.ID, bridge.RefundUnresolved, resolution.Failed)
			_, second = f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(1000), Source: bridge.FromMerchant}, nil)
		}
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r-" + req.RequestID}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
	}
	f.pass(12*time.Hour, time.Hour)
	if now := f.order(o.ID); now.Refunded > now.Paid {
		t.Errorf("%d refunded of %d paid: resolve %v, the second refund %v", now.Refunded, now.Paid, resolved, second)
	}
}

func (f *fight) attention(id bridge.OrderID) []bridge.Attention {
	o := f.order(id)
	return o.Attention()
}

// Two observed amounts of one payment are two flags of one reason, which one outcome ends.
func TestTwoMismatchesOfOnePaymentCanBeResolvedAsFailed(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	for _, sum := range []int64{900, 800} {
		f.tellPayment(&o.Payments[0], wallet.Paid, func(p *wallet.Payment) { p.Amount = usd(sum) })
	}
	if err := f.resolve(o.ID, bridge.AmountMismatch, resolution.Failed); err != nil {
		t.Errorf("got %v", err)
	}
}

// A person books a payment of an order that another payment has paid.
func TestASecondPaymentThatAPersonBooksIsADoublePayment(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.tellPayment(&o.Payments[0], wallet.Paid, func(p *wallet.Payment) { p.Amount = usd(900) })
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Pay(f.ctx, o.ID, bridge.PayRequest{Wallet: "beta", Source: bridge.FromClient}, nil); err != nil {
		t.Fatal(err)
	}
	f.alpha.query, f.beta.query = saysAlways(wallet.Canceled), saysAlways(wallet.Paid)
	if _, err := f.engine.Refresh(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	_, err := f.engine.Resolve(f.ctx, o.ID, resolution.Decision{
		Attention: bridge.AmountMismatch, Note: "900 did come", By: "ann", Outcome: resolution.Paid, Amount: usd(900), Source: bridge.FromOperator,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.want(o.ID, wallet.Paid, 1900, 0, bridge.DoublePayment)
}

// The payment that no wallet can refund is not the newest one.
func TestAnImpossibleRefundIsBookedForThePaymentThatHasMoney(t *testing.T) {
	f := newFight(t)
	w := struct{ creatorOnly }{creatorOnly{f.alpha}} // alpha cannot refund
	f.config.Wallets["alpha"] = w
	f.restart()
	o := f.create(false)
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) { return standing(ref, wallet.Canceled, nil) }
	if _, err := f.engine.Pay(f.ctx, o.ID, bridge.PayRequest{Wallet: "beta", Source: bridge.FromClient}, nil); err != nil {
		t.Skip("the wallet has to be switched by a cancel: ", err)
	}
	f.alpha.query, f.beta.query = saysAlways(wallet.Paid), saysAlways(wallet.Paid)
	if _, err := f.engine.Refresh(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	f.beta.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r1"}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
	}
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Unsupported) {
		t.Fatalf("got %v, want Unsupported", err)
	}
	if err := f.resolve(o.ID, bridge.RefundImpossible, resolution.Refunded); err != nil {
		t.Errorf("the money that alpha has was given back by hand: %v", err)
	}
}
