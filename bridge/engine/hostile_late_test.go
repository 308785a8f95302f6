package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// blindStore cannot read the inbox for a while.
type blindStore struct {
	engine.Store
	blind bool
}

func (s *blindStore) Inbox(ctx context.Context, id bridge.OrderID, keys []bridge.PaymentKey) ([]store.InboxItem, error) {
	if s.blind {
		return nil, fault.New(fault.Unavailable, "test", "The store is down.")
	}
	return s.Store.Inbox(ctx, id, keys)
}

// News that the payment is paid is kept, and the wallet's queries lag; the store cannot
// read what is kept when the order's time is up. A cancel would give the money back.
func TestAFaultOfTheInboxClosesNoPaymentThatWasNotifiedAsPaid(t *testing.T) {
	f := newFight(t)
	store := &blindStore{Store: f.store}
	f.config.Store = store
	f.restart()
	o := f.create(false)
	f.alpha.query = saysAlways(wallet.Pending) // it lags
	f.clock.Advance(14*time.Minute + 50*time.Second)
	news, _ := standing(o.Payments[0].Ref(), wallet.Paid, nil)
	f.deliver(true, wallet.Event{Kind: wallet.PaymentEvent, Payment: news})
	canceled := false
	f.alpha.cancel = func(ref wallet.Ref) (wallet.Payment, error) {
		canceled = true
		return standing(ref, wallet.Canceled, nil)
	}
	store.blind = true
	f.clock.Advance(15 * time.Second)
	_, _ = f.engine.RunOnce(f.ctx)
	if canceled {
		t.Error("a payment that the wallet has notified as paid was canceled there")
	}
}

// A person books a payment hours after it was made; the wallet had taken it back between.
func TestAReversalBeforeAPersonBookedThePaymentIsSeen(t *testing.T) {
	f := newFight(t)
	o := f.create(false)
	f.alpha.query = func(ref wallet.Ref) (wallet.Payment, error) {
		return standing(ref, wallet.Paid, func(p *wallet.Payment) { p.Amount = wallet.Money{} })
	}
	f.pass(4*time.Hour, 5*time.Minute)
	f.want(o.ID, wallet.Pending, 0, 0, bridge.AmountUnknown+" "+bridge.PaymentUnresolved)
	reversed := f.clock.Now()
	f.clock.Advance(time.Hour)
	f.mustResolve(o.ID, bridge.AmountUnknown, resolution.Paid)
	f.tellPayment(&o.Payments[0], wallet.Canceled, func(p *wallet.Payment) { p.OccurredAt = reversed })
	if now := f.order(o.ID); len(now.Attention()) == 0 {
		t.Errorf("the wallet answers canceled; the order is %s with %d paid, %d reversed and no attention", now.Status, now.Paid, now.Reversed)
	}
}

// The answer to a refund is lost and the wallet knows nothing of it, again and again: the
// engine must stop before it has sent hundreds of queries.
func TestARefundIsNotRepeatedWithoutEnd(t *testing.T) {
	f := newFight(t)
	o := f.paid()
	f.alpha.refund = unheard[wallet.RefundRequest, wallet.Refund]
	f.alpha.queryRefund = unknown[wallet.RefundRef, wallet.Refund]
	_, err := f.engine.Refund(f.ctx, o.ID, refund.Request{Amount: usd(300), Source: bridge.FromMerchant}, nil)
	if !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	f.pass(23*time.Hour, time.Minute)
	if now := f.order(o.ID); now.Sequence > 100 {
		t.Errorf("%d events and %d calls in a day, attention %v", now.Sequence, len(f.alpha.refunds), now.Attention())
	}
}
