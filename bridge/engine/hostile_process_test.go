package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// creatorOnly is a scripted wallet without refunds.
type creatorOnly struct{ s *scripted }

func (c creatorOnly) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	return c.s.CreatePayment(ctx, req)
}

func (c creatorOnly) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return c.s.QueryPayment(ctx, ref)
}

func (c creatorOnly) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return c.s.Cancel(ctx, ref)
}

// A store is restored under engines that run on.
func TestARunningEngineNoticesThatTheStoreWasRestored(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r1"}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
	}
	if _, err := f.store.MarkRestored(f.ctx, f.clock.Now(), f.clock.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil); !errors.Is(err, fault.Conflict) {
		t.Errorf("a refund while money out is held: got %v, want Conflict", err)
	}
	for _, r := range f.alpha.refunds {
		t.Errorf("the wallet was called with %s, an id of the epoch before", r.RequestID)
	}
}

// An adapter panics in the one call that a circuit breaker lets through.
func TestAPanicInTheProbeDoesNotKeepTheCircuitOpen(t *testing.T) {
	f := newFight(t)
	f.alpha.create = unheard[wallet.PaymentRequest, wallet.Payment]
	for range 20 {
		_, _ = f.engine.CreateOrder(f.ctx, tenDollars(false), nil)
	}
	f.clock.Advance(time.Minute)
	f.alpha.create = func(wallet.PaymentRequest) (wallet.Payment, error) { panic("a mistake of the adapter") }
	func() {
		defer func() { _ = recover() }() // as the HTTP server does
		_, _ = f.engine.CreateOrder(f.ctx, tenDollars(false), nil)
	}()
	f.alpha.create = opens
	f.clock.Advance(24 * time.Hour)
	if _, err := f.engine.CreateOrder(f.ctx, tenDollars(false), nil); err != nil {
		t.Errorf("a day later, with a wallet that works: %v", err)
	}
}

// A wallet took a refund as pending, named no id of it and does not know it later.
func TestARefundThatTheWalletTookIsNotSentAgain(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{Status: wallet.RefundPending, Amount: req.Amount}, nil
	}
	f.alpha.queryRefund = unknown[wallet.RefundRef, wallet.Refund]
	if _, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	f.pass(6*time.Hour, time.Minute)
	if n := len(f.alpha.refunds); n != 1 {
		t.Errorf("a refund that was taken was sent %d times", n)
	}
}
