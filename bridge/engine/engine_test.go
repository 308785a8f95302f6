package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func TestAPaymentIsMadeAndNotified(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	if o.Status != wallet.Pending || o.Action() == nil || o.Action().PaymentURL == "" {
		t.Fatalf("got %s with action %+v, want pending with a payment URL", o.Status, o.Action())
	}
	w.pays(o, "pay")
	w.delivered()
	o = w.want(o.ID, wallet.Paid, 450, "")
	if o.Action() != nil || !o.DueAt.IsZero() {
		t.Errorf("a paid order has action %v and is due at %v, want neither", o.Action(), o.DueAt)
	}
}

func TestEachPathMakesItsNumberOfCommits(t *testing.T) {
	w := newWorld(t)
	commits := func(f func()) uint64 {
		before := w.store.Stats().Commits
		f()
		return w.store.Stats().Commits - before
	}
	var o bridge.Order
	if got := commits(func() { o = w.create() }); got != 2 {
		t.Errorf("create made %d commits, want 2", got)
	}
	w.pays(o, "pay")
	w.provider.Inject(simulator.Rule{Fault: simulator.DoubleNotification, Times: 1})
	if got := commits(w.delivered); got != 1 {
		t.Errorf("a notification and its double made %d commits, want 1", got)
	}
	if got := commits(func() { w.order(o.ID) }); got != 0 {
		t.Errorf("status made %d commits, want 0", got)
	}
}

func TestALostNotificationIsFoundByAQuery(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	if n := w.queryAfter(3 * time.Second); n != 0 {
		t.Errorf("queried %d orders after 3 s, want 0", n)
	}
	w.queryAfter(4 * time.Second)
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestOrdersEndWithoutASingleNotification(t *testing.T) {
	tests := []struct {
		name, outcome string
		status        wallet.Status
		paid          int64
	}{
		{"paid at the cashier", "pay", wallet.Paid, 450},
		{"declined at the cashier", "decline", wallet.Failed, 0},
		{"left and never paid", "leave", wallet.Expired, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			o := w.create()
			w.pays(o, test.outcome)
			for range 20 {
				w.queryAfter(time.Minute)
			}
			o = w.want(o.ID, test.status, test.paid, "")
			far, _ := w.provider.Payment(o.LastPayment().RequestID)
			if far.Status == "PENDING" {
				t.Error("the payment is still open at the wallet")
			}
			for range 40 {
				w.queryAfter(time.Hour)
			}
			if o = w.order(o.ID); !o.DueAt.IsZero() {
				t.Errorf("two days later the order is still due at %v", o.DueAt)
			}
		})
	}
}

func TestUnknownIsNotFailed(t *testing.T) {
	for _, f := range []simulator.Fault{
		simulator.CutAfter, simulator.ServerError, simulator.GarbageAnswer, simulator.UnsignedAnswer,
		simulator.ForgedAnswer, simulator.UnknownOutcome, simulator.CutBefore,
	} {
		t.Run(string(f), func(t *testing.T) {
			w := newWorld(t)
			w.provider.Inject(simulator.Rule{Fault: f, Times: 1})
			_, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
			if !errors.Is(err, fault.Unknown) {
				t.Fatalf("got %v, want Unknown", err)
			}
			outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
			if err != nil || outcome.Answer == nil || outcome.Answer.Status != 201 {
				t.Fatalf("the same key did not resume: %+v, %v", outcome, err)
			}
			if n := len(w.provider.Payments()); n != 1 {
				t.Errorf("the wallet has %d payments, want 1", n)
			}
			again, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
			if err != nil || !again.Replayed || !bytes.Equal(again.Answer.Body, outcome.Answer.Body) {
				t.Errorf("got %+v, %v; want the first answer again", again, err)
			}
			w.want(outcome.Subject.ID, wallet.Pending, 0, "")
		})
	}
}

func TestAWalletThatIsDownLeavesTheKeyUsable(t *testing.T) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.TrafficLimit, Times: 1})
	if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k")); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want Unavailable", err)
	}
	if outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k")); err != nil || outcome.Answer.Status != 201 {
		t.Fatalf("got %+v, %v; want 201", outcome, err)
	}
}

func TestARefusalIsFinalAndTheOrderMayBeTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if err != nil || outcome.Answer.Status != 402 {
		t.Fatalf("got %+v, %v; want a 402 that is kept", outcome, err)
	}
	o := w.want(outcome.Subject.ID, wallet.Failed, 0, "")
	again, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Source: bridge.FromClient}, nil)
	if err != nil || again.Subject.Status != wallet.Pending || len(again.Subject.Payments) != 2 {
		t.Fatalf("got %+v, %v; want a second payment", again.Subject, err)
	}
	w.pays(again.Subject, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestACrashBeforeTheCallToTheWalletIsResumed(t *testing.T) {
	w := newWorld(t)
	dead := errors.New("the process died on this line")
	crashing := w.config
	crashing.Wallets = map[string]wallet.Wallet{"sandbox": crash{w.config.Wallets["sandbox"].(wallet.Querier), dead}, "second": w.config.Wallets["second"]}
	engine, err := engine.New(crashing)
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() != dead {
				t.Fatal("the engine did not reach the wallet")
			}
		}()
		_, _ = engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	}()
	w.restart()
	if _, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k")); !errors.Is(err, fault.Conflict) {
		t.Fatalf("while the first call could still be under way: got %v, want Conflict", err)
	}
	w.clock.Advance(time.Minute)
	outcome, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if err != nil || outcome.Answer.Status != 201 {
		t.Fatalf("got %+v, %v; want the order to go on", outcome, err)
	}
	w.pays(outcome.Subject, "pay")
	w.delivered()
	w.want(outcome.Subject.ID, wallet.Paid, 450, "")
}

// crash is a wallet at which the process dies before anything is sent.
type crash struct {
	wallet.Querier
	err error
}

func (c crash) CreatePayment(context.Context, wallet.PaymentRequest) (wallet.Payment, error) {
	panic(c.err)
}

func TestACrashExpiresWhenTheClientDoesNotRetry(t *testing.T) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Times: 1})
	_, err := w.engine.CreateOrder(w.ctx, oneLatte(), once("k"))
	if !errors.Is(err, fault.Unknown) {
		t.Fatalf("got %v, want Unknown", err)
	}
	held, err := w.store.Claim(w.ctx, bridge.Claim{Scope: "shop guest-1", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	for range 16 {
		w.want(bridge.OrderID(held.Subject), wallet.Created, 0, "") // the wallet not knowing it is no proof before the end
		w.queryAfter(time.Minute)
	}
	w.want(bridge.OrderID(held.Subject), wallet.Expired, 0, "")
}

func TestMoneyThatComesLateIsFound(t *testing.T) {
	w := newWorld(t, func(far *simulator.Config, _ *engine.Config) { far.Later = 40 * time.Minute })
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
	o := w.create()
	w.provider.Inject(simulator.Rule{Fault: simulator.CutBefore, Endpoint: "/v1/payments/cancel"})
	w.pays(o, "later")
	for range 18 {
		w.queryAfter(time.Minute)
	}
	w.want(o.ID, wallet.Pending, 0, "") // it could not be closed, so it has not ended
	w.provider.Clear()
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 9})
	for range 60 {
		w.queryAfter(30 * time.Minute)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestAFalseAmountIsRecordedAndNotBooked(t *testing.T) {
	for _, lie := range []simulator.Fault{simulator.LieAmount, simulator.LieCurrency} {
		t.Run(string(lie), func(t *testing.T) {
			w := newWorld(t)
			o := w.create()
			w.pays(o, "pay")
			w.provider.Inject(simulator.Rule{Fault: lie, Times: 1})
			w.delivered()
			w.want(o.ID, wallet.Pending, 0, bridge.AmountMismatch)
			if last := w.lastAttempt(); last.Code == "OK" {
				t.Error("the lie was acknowledged")
			}
			w.queryAfter(time.Second) // due at once: the query tells the truth
			w.want(o.ID, wallet.Paid, 450, bridge.AmountMismatch)
		})
	}
}

func (w *world) lastAttempt() simulator.Attempt {
	w.Helper()
	attempts := w.provider.Attempts()
	if len(attempts) == 0 {
		w.Fatal("the provider has sent no notification")
	}
	return attempts[len(attempts)-1]
}

func TestAForgedNotificationChangesNothing(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	w.provider.Inject(simulator.Rule{Fault: simulator.ForgeNotification, Times: 1})
	w.delivered()
	w.want(o.ID, wallet.Pending, 0, "")
	if got := w.lastAttempt(); got.Status != http.StatusUnauthorized {
		t.Errorf("the forgery was answered %d %q, want 401", got.Status, got.Code)
	}
	w.clock.Advance(2 * time.Second)
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestAReplayedNotificationIsRefused(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	far, _ := w.provider.Payment(o.LastPayment().RequestID)
	body := fmt.Sprintf(`{"eventId":"e1","sequence":1,"type":"payment","payment":{"paymentId":%q,"requestId":%q,"status":"PAID","amount":{"currency":"USD","value":"450"},"captured":{"currency":"USD","value":"450"}}}`,
		far.ID, far.RequestID)
	req, err := w.provider.Sign(w.ctx, w.till.URL+"/notify/sandbox", []byte(body), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(10 * time.Minute)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("ten minutes later the notification was answered %d, want 401", resp.StatusCode)
	}
	w.want(o.ID, wallet.Pending, 0, "")
}

func TestTheOpenPaymentIsGivenAgain(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	again, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Wallet: "sandbox", Source: bridge.FromClient}, nil)
	if err != nil || again.Subject.Action().PaymentURL != o.Action().PaymentURL || len(again.Subject.Payments) != 1 {
		t.Fatalf("got %+v, %v; want the same payment", again.Subject, err)
	}
}

func TestSwitchingTheWalletClosesTheOpenPayment(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	outcome, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o = outcome.Subject
	if o.Payments[0].Status != wallet.Canceled || o.Payments[1].Wallet != "second" || o.Status != wallet.Pending {
		t.Fatalf("got payments %+v of a %s order", o.Payments, o.Status)
	}
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestSwitchingTheWalletOfAPaidOrderIsRefused(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay") // and no notification has arrived yet
	if _, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil); !errors.Is(err, fault.Conflict) {
		t.Fatalf("got %v, want Conflict", err)
	}
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestCancelClosesAnUnpaidOrder(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	for range 2 { // again changes nothing
		if _, err := w.engine.Cancel(w.ctx, o.ID, bridge.FromClient); err != nil {
			t.Fatal(err)
		}
		w.want(o.ID, wallet.Canceled, 0, "")
	}
	quick := w.create()
	w.pays(quick, "pay")
	if got, err := w.engine.Cancel(w.ctx, quick.ID, bridge.FromClient); err != nil || got.Status != wallet.Paid {
		t.Errorf("canceling what was just paid gave %s, %v; want paid", got.Status, err)
	}
	if _, err := w.engine.Cancel(w.ctx, quick.ID, bridge.FromClient); !errors.Is(err, fault.Conflict) {
		t.Errorf("canceling a paid order: got %v, want Conflict", err)
	}
}

func TestAResultIsConfirmedByAStatusQuery(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	if got, err := w.engine.Result(w.ctx, o.ID, engine.Hint{Code: "9000"}); err != nil || got.Status != wallet.Pending {
		t.Fatalf("a bare 9000 gave %s, %v; want pending", got.Status, err)
	}
	other := w.create()
	w.pays(other, "pay")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := w.engine.Result(w.ctx, other.ID, engine.Hint{Code: "6001"}); err != nil || got.Status != wallet.Paid {
				t.Errorf("got %s, %v; want paid whatever the client reports", got.Status, err)
			}
		})
	}
	all.Wait()
	events, err := w.engine.Events(w.ctx, other.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Type != bridge.OrderPaid || last.Data.Hint != "6001" || last.Source != bridge.FromQuery {
		t.Errorf("the last event is %s from %s with hint %q", last.Type, last.Source, last.Data.Hint)
	}
}

func TestWaitingEndsWithAChange(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	started := make(chan struct{})
	got := make(chan *bridge.Order, 1)
	go func() {
		close(started)
		order, err := w.engine.Wait(w.ctx, o.ID, o.Sequence, time.Hour)
		if err != nil {
			t.Error(err)
		}
		got <- order
	}()
	<-started
	w.pays(o, "pay")
	w.delivered()
	if order := <-got; order.Status != wallet.Paid {
		t.Errorf("got %s, want paid", order.Status)
	}
	if order, err := w.engine.Wait(w.ctx, o.ID, -1, time.Hour); err != nil || order.Status != wallet.Paid {
		t.Errorf("a final order: got %s, %v; want paid at once", order.Status, err)
	}
	open := w.create()
	w.engine.Drain()
	if order, err := w.engine.Wait(w.ctx, open.ID, -1, time.Hour); err != nil || order.Status != wallet.Pending {
		t.Errorf("a server that stops: got %s, %v; want pending at once", order.Status, err)
	}
}

func TestMessagesAreCommittedWithTheirChange(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	w.delivered()
	messages, err := w.store.Deliveries(w.ctx, store.DeliveryQuery{App: "shop", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(messages)
	var types []string
	for _, m := range messages {
		types = append(types, string(m.Type)+" to "+m.Endpoint)
	}
	if got, want := strings.Join(types, ", "), "order.pending to hook, order.paid to hook"; got != want {
		t.Errorf("the outbox holds %s; want %s", got, want)
	}
	if !bytes.Contains(messages[1].Body, []byte(`"status":"paid"`)) {
		t.Errorf("the message does not have the event: %s", messages[1].Body)
	}
}

func TestChoosingAMethod(t *testing.T) {
	w := newWorld(t, func(far *simulator.Config, _ *engine.Config) {
		far.Methods = []simulator.Method{{ID: "card", Name: "Card"}, {ID: "balance", Name: "Balance"}}
	})
	o := w.create()
	if a := o.Action(); a == nil || a.Type != wallet.ActionChooseMethod || len(a.Methods) != 2 {
		t.Fatalf("got action %+v, want a choice of two", a)
	}
	outcome, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Method: "card", Source: bridge.FromClient}, nil)
	if err != nil || outcome.Subject.Action().Type != wallet.ActionPaymentURL || len(outcome.Subject.Payments) != 1 {
		t.Fatalf("got %+v, %v; want the payment URL of the method", outcome.Subject.Action(), err)
	}
	if _, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Method: "barter", Source: bridge.FromClient}, nil); !errors.Is(err, fault.Declined) {
		t.Errorf("an unknown method: got %v, want Declined", err)
	}
	w.pays(o, "pay")
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

func TestInvalidRequestsStoreNothing(t *testing.T) {
	tests := []struct {
		name  string
		edit  func(*engine.OrderRequest)
		field string
	}{
		{"nothing to buy", func(r *engine.OrderRequest) { r.Items = nil }, "items"},
		{"an unknown thing", func(r *engine.OrderRequest) { r.Items[0].SKU = "gold" }, "items[0].sku"},
		{"none of it", func(r *engine.OrderRequest) { r.Items[0].Quantity = 0 }, "items[0].quantity"},
		{"less than none", func(r *engine.OrderRequest) { r.Items[0].Quantity = -1 }, "items[0].quantity"},
		{"too much of it", func(r *engine.OrderRequest) { r.Items[0].Quantity = 1 << 62 }, "items[0].quantity"},
		{"two currencies", func(r *engine.OrderRequest) { r.Items = append(r.Items, pricing.ItemRequest{SKU: "tea", Quantity: 1}) }, "items[1]"},
		{"an unknown wallet", func(r *engine.OrderRequest) { r.Wallet = "purse" }, "wallet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			req := oneLatte()
			test.edit(&req)
			_, err := w.engine.CreateOrder(w.ctx, req, once("k"))
			f := fault.Of(err)
			if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != test.field {
				t.Errorf("got %v, want Invalid about %s", err, test.field)
			}
			if got := w.store.Stats().Commits; got != 0 {
				t.Errorf("%d commits were made", got)
			}
		})
	}
}
