package engine_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// soldOut prices once, and then has nothing left.
type soldOut struct {
	pricing.Pricer
	priced int
}

func (s *soldOut) Price(ctx context.Context, r pricing.Request) (pricing.Price, error) {
	if s.priced++; s.priced > 1 {
		return pricing.Price{}, fault.InvalidField("test.Price", "items[0].sku", "is sold out")
	}
	return s.Pricer.Price(ctx, r)
}

// A repeated key was priced anew before its claim was read: the client received "sold out"
// about an order that it had.
func TestARepeatedKeyIsNotPricedAnew(t *testing.T) {
	var pricer *soldOut
	w := newWorld(t, func(_ *simulator.Config, c *engine.Config) {
		pricer = &soldOut{Pricer: c.Apps[0].Pricer}
		c.Apps[0].Pricer = pricer
	})
	first, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if err != nil || !again.Replayed || string(again.Answer.Body) != string(first.Answer.Body) || pricer.priced != 1 {
		t.Errorf("got %+v, %v after %d prices; want the first answer after one", again.Answer, err, pricer.priced)
	}
}

// Adopt put a payer into an order whose payment had been requested: the repeat differed
// from the first request under one request id.
func TestARepeatOfAPaymentIsTheSameRequestForEveryCaller(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	var requests []wallet.PaymentRequest
	h.onCreate = func(req wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if requests = append(requests, req); len(requests) == 1 {
			return wallet.Payment{}, unanswered()
		}
		return next()
	}
	req := oneLatte()
	req.Payer = bridge.Payer{}
	outcome, err := w.engine.CreateOrder(w.ctx, req, nil)
	w.wantKind("the order", err, fault.Unknown)
	later := bridge.PayRequest{Payer: bridge.Payer{ID: "customer-7", Wallet: "sandbox"}, Channel: wallet.H5, Source: bridge.FromClient}
	if _, err := w.engine.Pay(w.ctx, outcome.Subject.ID, later, nil); err != nil {
		t.Fatal(err)
	}
	if len(requests) != 2 {
		t.Fatalf("the wallet was called %d times, want twice", len(requests))
	}
	requests[0].LastSentAt, requests[1].LastSentAt = time.Time{}, time.Time{}
	if !reflect.DeepEqual(requests[0], requests[1]) {
		t.Errorf("one request id meant two requests:\n%+v\n%+v", requests[0], requests[1])
	}
	if got := w.order(outcome.Subject.ID); got.Payer.ID != "" || got.Channel != wallet.MiniProgram {
		t.Errorf("the payment's order was taken over by %q in %s", got.Payer.ID, got.Channel)
	}
}

// A new attempt is requested with the payer of the request, where the order has none, and a payer
// that the order has stays.
func TestANewAttemptNotesWhoPays(t *testing.T) {
	w := newWorld(t)
	req := oneLatte()
	req.Payer, req.Unpaid = bridge.Payer{}, true
	outcome, err := w.engine.CreateOrder(w.ctx, req, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, payer := range []string{"customer-7", "customer-8"} {
		paying := bridge.PayRequest{Payer: bridge.Payer{ID: payer, Wallet: "sandbox"}, Source: bridge.FromClient}
		if _, err := w.engine.Pay(w.ctx, outcome.Subject.ID, paying, nil); err != nil {
			t.Fatal(err)
		}
		if got := w.order(outcome.Subject.ID); got.Payer.ID != "customer-7" {
			t.Errorf("after a request of %s, the payer is %q, want customer-7", payer, got.Payer.ID)
		}
	}
}

// An open payment was answered with its stored action whatever its age, though what it
// leads to had expired at the wallet. The wallet is called again, and ExpiresAt moves.
func TestAnActionThatHasExpiredAtTheWalletIsRequestedAgain(t *testing.T) {
	w := newWorld(t)
	h, calls := w.hook("sandbox"), 0
	h.onCreate = func(_ wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		calls++
		got, err := next()
		got.ExpiresAt = w.clock.Now().Add(2 * time.Minute)
		got.Action = &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://cashier.test/" + strings.Repeat("n", calls)}
		return got, err
	}
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		got.ExpiresAt, got.Action = time.Time{}, nil
		return got, err
	}
	o := w.create()
	w.clock.Advance(time.Minute)
	if again, err := w.pay(o.ID, ""); err != nil || calls != 1 || again.Action().PaymentURL != o.Action().PaymentURL {
		t.Errorf("while it is alive: got %+v, %v after %d calls; want the stored action", again.Action(), err, calls)
	}
	w.clock.Advance(2 * time.Minute)
	again, err := w.pay(o.ID, "")
	if err != nil || calls != 2 || again.Action().PaymentURL == o.Action().PaymentURL {
		t.Fatalf("after it expired: got %+v, %v after %d calls; want a new action", again.Action(), err, calls)
	}
	if want := w.clock.Now().Add(2 * time.Minute); !again.Payments[0].ExpiresAt.Equal(want) || len(again.Payments) != 1 {
		t.Errorf("the payment, one of %d, expires at %v, want %v", len(again.Payments), again.Payments[0].ExpiresAt, want)
	}
}

// A refund of all that is left of a double payment was always 400, without a reason. The
// request names the payment, and the refusal names what each has left.
func TestADoublePaymentIsRefundedByItsPayment(t *testing.T) {
	w := newWorld(t)
	o := w.paidTwice()
	_, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
	w.wantKind("a refund that names no payment", err, fault.Invalid)
	f := fault.Of(err)
	for i := range o.Payments {
		if len(f.Fields) != 1 || !strings.Contains(f.Fields[0].Detail, o.ID.PaymentID(i+1)+" at "+o.Payments[i].Wallet+" has 4.50 USD") {
			t.Errorf("the refusal does not name the balance of payment %d: %+v", i+1, f.Fields)
		}
	}
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Payment: 1, Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.wantRefunds(o.ID, 450, 0); got.Payments[0].Refunded != 450 || got.Payments[1].Refunded != 0 {
		t.Errorf("got %d of the first refunded and %d of the second", got.Payments[0].Refunded, got.Payments[1].Refunded)
	}
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err != nil {
		t.Errorf("what is left is of one payment: %v", err)
	}
	w.wantRefunds(o.ID, 900, 0)
	w.sameBooks()
}

// unable is a wallet that cannot refund.
type unable struct {
	wallet.Wallet
	wallet.Querier
	wallet.Notifier
}

// Of two payments one is at a wallet that cannot refund: nothing could be refunded. The
// other is, and only when nothing else is left the request is refused and flagged.
func TestThePaymentThatCanBeRefundedIs(t *testing.T) {
	w := newWorld(t)
	o := w.paidTwice()
	h := w.hook("sandbox")
	w.config.Wallets["sandbox"] = unable{h, h, h}
	w.restart()
	if _, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.wantRefunds(o.ID, 450, 0); got.Payments[1].Refunded != 450 {
		t.Errorf("got %d of the second payment refunded, want all", got.Payments[1].Refunded)
	}
	_, err := w.engine.Refund(w.ctx, o.ID, refund.Request{Source: bridge.FromMerchant}, nil)
	w.wantKind("what the other wallet has", err, fault.Unsupported)
	if detail := fault.Of(err).Detail; !strings.Contains(detail, o.ID.PaymentID(1)+" at sandbox") {
		t.Errorf("the refusal does not name the payment: %s", detail)
	}
	w.want(o.ID, wallet.Paid, 900, "double_payment refund_impossible")
}
