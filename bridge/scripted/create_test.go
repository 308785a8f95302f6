package scripted_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func (w *till) pay(id bridge.OrderID, walletName string, once *idempotency.Once[bridge.Order]) (idempotency.Outcome[bridge.Order], error) {
	return w.engine.Pay(w.Context(), id, bridge.PayRequest{Wallet: walletName, Source: bridge.FromClient}, once)
}

func TestAnOrderIsBusyWhileItsFirstCallIsUnderWay(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", while(func() {
		keys, err := w.store.Orders(w.Context(), store.OrderQuery{App: "shop", Limit: 1})
		if err != nil || len(keys) != 1 {
			t.Fatalf("got %d orders, %v", len(keys), err)
		}
		id := keys[0].ID
		if _, err := w.pay(id, "", nil); !errors.Is(err, fault.Conflict) {
			t.Errorf("paid meanwhile: got %v, want Conflict", err)
		}
		if _, err := w.engine.Cancel(w.Context(), id, bridge.FromMerchant); !errors.Is(err, fault.Conflict) {
			t.Errorf("canceled meanwhile: got %v, want Conflict", err)
		}
		if o := w.order(id); o.Closed != "" || w.alpha.called("cancel") != 0 {
			t.Errorf("the order is closed as %q after %d calls, though its payment is being opened", o.Closed, w.alpha.called("cancel"))
		}
	}))
	w.create()
	if n := w.alpha.called("create"); n != 1 {
		t.Errorf("the wallet was called %d times for one payment", n)
	}
}

func TestAKeyIsValidForOneRequest(t *testing.T) {
	w := newTill(t)
	first, err := w.engine.CreateOrder(w.Context(), request(), once("k", "tea"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.CreateOrder(w.Context(), request(), once("k", "cake")); !errors.Is(err, fault.KeyReused) {
		t.Errorf("the key of an order for another: got %v, want KeyReused", err)
	}
	if _, err := w.pay(first.Subject.ID, "", once("p", "alpha")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pay(first.Subject.ID, "beta", once("p", "beta")); !errors.Is(err, fault.KeyReused) {
		t.Errorf("the key of a payment for another: got %v, want KeyReused", err)
	}
	if w.beta.called("create") != 0 {
		t.Error("a payment was opened under a key of another request")
	}
}

func TestTwoRequestsThatRaceForAKeyOpenOnePayment(t *testing.T) {
	w := newTill(t)
	if _, err := w.engine.CreateOrder(w.Context(), request(), once("k", "tea")); err != nil {
		t.Fatal(err)
	}
	w.store.freeKeys = 1 // the second read before the first had committed
	outcome, err := w.engine.CreateOrder(w.Context(), request(), once("k", "tea"))
	if err != nil || !outcome.Replayed || w.alpha.called("create") != 1 {
		t.Errorf("got %v, replayed %t, %d payments; want the first answer and one payment", err, outcome.Replayed, w.alpha.called("create"))
	}
}

func TestAPriceIsMoreThanZero(t *testing.T) {
	for _, minor := range []int64{0, -1} {
		w := newTill(t)
		req := request()
		req.Price = &pricing.Price{Amount: usd(minor)}
		if _, err := w.engine.CreateOrder(w.Context(), req, nil); !errors.Is(err, fault.Invalid) || w.alpha.called("create") != 0 {
			t.Errorf("a price of %d: got %v after %d calls, want Invalid and none", minor, err, w.alpha.called("create"))
		}
	}
}

func TestARefusalOfARepeatEndsNoPayment(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", lost, refusedFirst)
	o := w.create()
	w.alpha.plan("query", lagging, lagging)
	request := o.Payments[0].RequestID
	opened := w.alpha.payments[request]
	delete(w.alpha.payments, request) // its queries lag
	w.queryAfter(timeout + 5*time.Second)
	if _, err := w.pay(o.ID, "", nil); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %v, want Unknown: the first call was executed", err)
	}
	w.want(o.ID, wallet.Created, 0)
	w.alpha.payments[request] = opened
	w.alpha.set(request, wallet.Paid)
	w.queryAfter(lag)
	w.want(o.ID, wallet.Paid, 1000)
}

func TestTheWalletIsQueriedBeforeAPaymentIsSentAgain(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", lost)
	o := w.create()
	w.alpha.set(o.Payments[0].RequestID, wallet.Paid)
	w.now = w.now.Add(time.Minute)
	_, _ = w.pay(o.ID, "", nil)
	w.want(o.ID, wallet.Paid, 1000)
	if n := w.alpha.called("create"); n != 1 {
		t.Errorf("the wallet was called %d times for a payment that is paid", n)
	}
}

func TestARepeatOfARequestStartsNoOtherPayment(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", lost)
	outcome, _ := w.engine.CreateOrder(w.Context(), request(), once("k", "tea"))
	o := w.order(outcome.Subject.ID)
	if err := w.notifies(false, news(&o, wallet.Failed)); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Minute)
	if outcome, err := w.engine.CreateOrder(w.Context(), request(), once("k", "tea")); err != nil || outcome.Answer == nil {
		t.Errorf("the key again: got %v, want an answer", err)
	}
	if o := w.order(o.ID); len(o.Payments) != 1 || w.alpha.called("create") != 1 {
		t.Errorf("one request made %d payments in %d calls", len(o.Payments), w.alpha.called("create"))
	}
}

func TestASwitchOpensNothingBesideAPaymentThatIsNotClosed(t *testing.T) {
	tests := map[string]func(w *till, o bridge.Order) []answer{
		"because the wallet leaves it open": func(*till, bridge.Order) []answer { return []answer{{}, {}, {}} },
		"because it was paid meanwhile": func(w *till, o bridge.Order) []answer {
			return []answer{while(func() {
				if err := w.notifies(false, news(&o, wallet.Paid)); err != nil {
					w.Error(err)
				}
			})}
		},
		"because the order was canceled meanwhile": func(w *till, o bridge.Order) []answer {
			return []answer{while(func() {
				w.alpha.plan("cancel", lostBefore) // the merchant's cancel closes the order, not yet the payment
				_, _ = w.engine.Cancel(w.Context(), o.ID, bridge.FromMerchant)
			})}
		},
	}
	for name, planned := range tests {
		t.Run(name, func(t *testing.T) {
			w := newTill(t)
			o := w.create()
			w.alpha.plan("cancel", planned(w, o)...)
			if _, err := w.pay(o.ID, "beta", nil); err == nil {
				t.Error("a second payment was opened")
			}
			if n := w.beta.called("create"); n != 0 || len(w.order(o.ID).Payments) != 1 {
				t.Errorf("the order has %d payments, %d of them requested at the second wallet", len(w.order(o.ID).Payments), n)
			}
		})
	}
}

func TestASwitchOpensNothingBesideTheOneOfASwitchThatWasQuicker(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.alpha.plan("cancel", while(func() { _, _ = w.pay(o.ID, "beta", nil) }))
	_, _ = w.pay(o.ID, "beta", nil)
	if o := w.order(o.ID); len(o.Payments) != 2 || o.Payments[0].Open() || !o.Payments[1].Open() {
		t.Errorf("the order has %d payments, want the one that was closed and one that is open", len(o.Payments))
	}
}

func TestAfterCancelNoPaymentOfTheOrderIsOpened(t *testing.T) {
	w := newTill(t)
	w.alpha.plan("create", refusedFirst)
	o := w.create()
	w.want(o.ID, wallet.Failed, 0)
	if _, err := w.engine.Cancel(w.Context(), o.ID, bridge.FromMerchant); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pay(o.ID, "beta", nil); !errors.Is(err, fault.Expired) || w.beta.called("create") != 0 {
		t.Errorf("got %v after %d calls, want Expired and none", err, w.beta.called("create"))
	}
}

func TestACommitReachesAnEndpointThatAnotherNodeHasCreated(t *testing.T) {
	w := newTill(t)
	o := w.create()
	if _, err := w.store.AddEndpoint(w.Context(), store.Endpoint{ID: "whe_1", App: "shop", URL: "https://shop.test"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.notifies(false, news(&o, wallet.Paid)); err != nil {
		t.Fatal(err)
	}
	claimed, err := w.store.ClaimMessages(w.Context(), "shop", "whe_1", w.now, time.Minute, 10)
	if err != nil || len(claimed) != 1 || claimed[0].Type != bridge.OrderPaid {
		t.Errorf("the endpoint receives %v, %v; want that the order is paid", claimed, err)
	}
}

func TestAPaymentIsFoundByEachOfItsIDs(t *testing.T) {
	w := newTill(t)
	o := w.create()
	renamed := news(&o, wallet.Pending)
	renamed.Payment.PaymentID = "alpha-renamed"
	if err := w.notifies(false, renamed); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{o.Payments[0].WalletPaymentID, "alpha-renamed"} {
		if found, err := w.store.OrderByPaymentID(w.Context(), bridge.PaymentKey{Wallet: "alpha", PaymentID: id}); err != nil || found != o.ID {
			t.Errorf("%s leads to %q, %v; want %s", id, found, err, o.ID)
		}
	}
}
