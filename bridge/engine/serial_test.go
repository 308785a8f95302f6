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

// serial is a wallet whose provider knows no request ids of refunds, and sends
// notifications again on request.
type serial struct {
	*scripted
	again       []wallet.Ref
	refundAgain []wallet.RefundRef
	deaf        bool
}

func (s *serial) RefundGap() time.Duration { return 2 * time.Minute }

func (s *serial) Renotify(_ context.Context, ref wallet.Ref) error {
	s.again = append(s.again, ref)
	if s.deaf {
		return errDown
	}
	return nil
}

func (s *serial) RenotifyRefund(_ context.Context, ref wallet.RefundRef) error {
	s.refundAgain = append(s.refundAgain, ref)
	return nil
}

func newSerial(t *testing.T) (*fight, *serial) {
	t.Helper()
	f := newFight(t)
	s := &serial{scripted: f.alpha}
	f.config.Wallets["alpha"] = s
	f.restart()
	return f, s
}

func (f *fight) refunds(id bridge.OrderID, minor int64) error {
	_, err := f.engine.Refund(f.ctx, id, refund.Request{Amount: usd(minor), Source: bridge.FromMerchant}, nil)
	return err
}

func TestAWalletThatTakesOneRefundAtATimeIsSentOne(t *testing.T) {
	f, _ := newSerial(t)
	id := f.paid().ID
	status := wallet.RefundWaiting
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r1"}, Status: status, Amount: req.Amount}, nil
	}
	if err := f.refunds(id, 300); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	if err := f.refunds(id, 200); !errors.Is(err, fault.Conflict) || len(f.alpha.refunds) != 1 {
		t.Errorf("beside an open refund: got %v after %d calls, want Conflict after 1", err, len(f.alpha.refunds))
	}
	f.deliver(false, wallet.Event{Kind: wallet.RefundEvent, Refund: wallet.Refund{
		RefundRef: wallet.RefundRef{RefundID: "r1", Payment: f.order(id).Payments[0].Ref()}, Status: wallet.RefundSucceeded, Amount: usd(300),
	}})
	if err := f.refunds(id, 200); err != nil {
		t.Errorf("after the first has ended: got %v, want another refund", err)
	}
}

func TestAWalletThatTakesOneRefundAtATimeIsGivenTimeBetweenThem(t *testing.T) {
	f, _ := newSerial(t)
	id := f.paid().ID
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "id-" + req.RequestID}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
	}
	if err := f.refunds(id, 300); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(30 * time.Second)
	err := f.refunds(id, 200)
	if !errors.Is(err, fault.Conflict) || fault.Of(err).RetryAfter != 90*time.Second {
		t.Errorf("too soon: got %v, retry after %v; want Conflict and 1m30s", err, fault.Of(err).RetryAfter)
	}
	f.clock.Advance(90 * time.Second)
	if err := f.refunds(id, 200); err != nil {
		t.Errorf("after the gap: got %v, want another refund", err)
	}
	if o := f.order(id); o.Refunded != 500 {
		t.Errorf("got %d refunded, want 500", o.Refunded)
	}
}

func TestARefundThatWasRefusedIsNotTakenForTheNextOne(t *testing.T) {
	f, _ := newSerial(t)
	id := f.paid().ID
	f.alpha.refund = func(wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{}, fault.New(fault.Declined, "test", "")
	}
	if err := f.refunds(id, 300); !errors.Is(err, fault.Declined) {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour)
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r2"}, Status: wallet.RefundWaiting, Amount: req.Amount}, nil
	}
	if err := f.refunds(id, 200); err != nil {
		t.Fatal(err)
	}
	f.alpha.queryRefund = func(ref wallet.RefundRef) (wallet.Refund, error) { // one without an id is the only one since it was requested
		ref.RefundID = "r2"
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundSucceeded, Amount: usd(200)}, nil
	}
	f.pass(time.Minute, time.Minute)
	o := f.order(id)
	if o.Refunds[0].Status != wallet.RefundFailed || o.Refunds[1].Status != wallet.RefundSucceeded || o.Refunded != 200 || len(o.Attention()) != 0 {
		t.Errorf("got %+v, %d refunded, attention %v; want the first failed and 200 of the second", o.Refunds, o.Refunded, o.Attention())
	}
}

func TestTheNotificationOfWhatAStatusQueryHasFoundIsRequestedOnce(t *testing.T) {
	f, s := newSerial(t)
	s.deaf = true // nothing depends on it
	o := f.create(false)
	f.alpha.query = saysAlways(wallet.Pending)
	f.pass(10*time.Second, 10*time.Second)
	f.alpha.query = saysAlways(wallet.Paid)
	f.pass(time.Minute, time.Minute)
	f.pass(time.Hour, time.Hour)
	if len(s.again) != 1 || s.again[0] != o.LastPayment().Ref() || f.order(o.ID).Paid != 1000 {
		t.Errorf("requested %v with %d paid, want that of %v and 1000", s.again, f.order(o.ID).Paid, o.LastPayment().Ref())
	}
}

func TestTheNotificationOfARefundThatAStatusQueryHasFoundIsRequested(t *testing.T) {
	f, s := newSerial(t)
	id := f.paid().ID
	f.alpha.refund = func(req wallet.RefundRequest) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "r1"}, Status: wallet.RefundWaiting, Amount: req.Amount}, nil
	}
	f.alpha.queryRefund = func(ref wallet.RefundRef) (wallet.Refund, error) {
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundSucceeded, Amount: usd(300)}, nil
	}
	if err := f.refunds(id, 300); err != nil {
		t.Fatal(err)
	}
	f.pass(time.Minute, time.Minute)
	if len(s.refundAgain) != 1 || s.refundAgain[0].RefundID != "r1" || len(s.again) != 0 {
		t.Errorf("requested %v and %v, want that of the refund r1 alone", s.refundAgain, s.again)
	}
}

func TestANotificationThatArrivedIsNotRequestedAgain(t *testing.T) {
	f, s := newSerial(t)
	o := f.create(false)
	f.alpha.query = saysAlways(wallet.Paid)
	p := o.LastPayment()
	f.tellPayment(p, wallet.Paid, nil)
	f.pass(time.Hour, time.Hour)
	if len(s.again) != 0 {
		t.Errorf("requested %v, want none", s.again)
	}
}
