package engine_test

import (
	"net/http"
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

// A fault of the store on a refund's news was acknowledged as if it were booked.
func TestNewsIsNotAcknowledgedWhileTheStoreFails(t *testing.T) {
	kinds := []fault.Kind{fault.Unavailable, fault.Unknown, fault.Internal, fault.Invalid, fault.NotFound, fault.Conflict, fault.Forbidden}
	for _, kind := range kinds {
		t.Run("a refund, the store answers "+kind.String(), func(t *testing.T) {
			w := newWorld(t)
			o := w.paid()
			store := w.fails(kind)
			news := refundNotice("e-r", "sr_console", "", &o.Payments[0], 100, "SUCCEEDED")
			store.updates.Store(2)
			store.keeps.Store(2)
			if code := w.tellBody("sandbox", news); code == http.StatusOK {
				t.Error("the refund was acknowledged and not stored")
			}
			w.wantRefunds(o.ID, 0, 0)
			store.updates.Store(0)
			store.keeps.Store(0)
			if code := w.tellBody("sandbox", news); code != http.StatusOK {
				t.Errorf("the refund sent again was answered %d, want 200", code)
			}
			w.wantRefunds(o.ID, 100, 0)
		})
	}
	t.Run("a payment", func(t *testing.T) {
		w := newWorld(t)
		o := w.create()
		w.pays(o, "pay")
		w.fails(fault.Unavailable).updates.Store(1)
		w.delivered()
		if w.lastAttempt().Acknowledged {
			t.Error("the payment was acknowledged and not stored")
		}
		w.clock.Advance(5 * time.Second)
		w.delivered()
		w.want(o.ID, wallet.Paid, 450, "")
	})
}

// The inbox's own write error was ignored: news that could be neither applied nor kept was
// acknowledged.
func TestNewsThatCannotBeKeptIsNotAcknowledged(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Unavailable, fault.NotFound, fault.Invalid} {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)
			store, id := w.fails(kind), w.newID()
			store.keeps.Store(1)
			request := strings.TrimPrefix(string(id), "ord_") + "P1"
			if code := w.deliver("sandbox", "sp_1", request, "450"); code == http.StatusOK {
				t.Error("the news was acknowledged and is nowhere")
			}
			if code := w.deliver("sandbox", "sp_1", request, "450"); code != http.StatusOK {
				t.Errorf("the news sent again was answered %d, want 200: it is kept", code)
			}
			if items, err := w.store.Inbox(w.ctx, id, nil); err != nil || len(items) != 1 {
				t.Errorf("the inbox holds %d notifications, %v; want 1", len(items), err)
			}
		})
	}
}

// The first event of a notification decided the answer: good news and news that was not
// stored, in one notification, were acknowledged together.
func TestTheWorstOfSeveralEventsDecidesTheAnswer(t *testing.T) {
	w := newWorld(t)
	first, second := w.create(), w.create()
	w.pays(first, "pay")
	w.pays(second, "pay")
	payment := func(o *bridge.Order, event string) string {
		return strings.Replace(paymentNews(event, o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "PAID", w.clock.Now()), `"sequence":1,`, "", 1)
	}
	body := `{"eventId":"e-batch","events":[` + payment(&first, "e-1") + `,` + payment(&second, "e-2") + `]}`
	store := w.fails(fault.Unavailable)
	store.updates.Store(1)
	if code := w.tellBody("sandbox", body); code == http.StatusOK {
		t.Error("a notification of which one event was not stored was acknowledged")
	}
	w.want(first.ID, wallet.Pending, 0, "")
	w.want(second.ID, wallet.Paid, 450, "")
	if code := w.tellBody("sandbox", body); code != http.StatusOK {
		t.Errorf("the notification sent again was answered %d, want 200", code)
	}
	w.want(first.ID, wallet.Paid, 450, "")
}

// The same as the provider batches: each payment is paid once, whatever is sent together.
func TestSeveralEventsInOneNotificationAreAllApplied(t *testing.T) {
	w := newWorld(t)
	w.provider.Inject(simulator.Rule{Fault: simulator.BatchEvents, Times: 3})
	var orders []bridge.Order
	for range 3 {
		o := w.create()
		w.pays(o, "pay")
		orders = append(orders, o)
	}
	w.delivered()
	w.clock.Advance(5 * time.Second)
	w.delivered()
	for _, o := range orders {
		w.want(o.ID, wallet.Paid, 450, "")
	}
	w.sameBooks()
}

// confirming is a world whose wallet's notifications must be confirmed by a query.
func confirming(t *testing.T) (*world, *hooked) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.confirms = true
	return w, h
}

// At such a wallet, news of an unknown order or payment was neither kept nor flagged.
func TestNewsOfAnUnknownOrderThatNeedsAQueryIsKept(t *testing.T) {
	w, _ := confirming(t)
	id := w.newID()
	if code := w.deliver("sandbox", "sp_1", strings.TrimPrefix(string(id), "ord_")+"P1", "450"); code != http.StatusOK {
		t.Errorf("news of an unknown order was answered %d, want 200: it is kept", code)
	}
	if items, err := w.store.Inbox(w.ctx, id, nil); err != nil || len(items) != 1 || !items[0].Confirm {
		t.Errorf("the inbox holds %+v, %v; want one notification that needs a query", items, err)
	}
	o := w.create()
	other := strings.TrimSuffix(o.Payments[0].RequestID, "1") + "2"
	if code := w.tellPayment("sandbox", "sp_2", other, "PAID", "e-other"); code != http.StatusOK {
		t.Errorf("news of an unknown payment was answered %d, want 200: it is kept", code)
	}
	if got := w.want(o.ID, wallet.Pending, 0, bridge.UnknownPayment); len(w.inbox(&got)) != 1 {
		t.Error("news of an unknown payment is not kept")
	}
}

// News with another amount was acknowledged and dropped when the query lagged behind it.
// The amount is compared first.
func TestNewsOfAnotherAmountIsFlaggedThoughTheQueryLags(t *testing.T) {
	for _, lie := range []struct{ currency, value string }{{"USD", "451"}, {"EUR", "450"}} {
		w, h := confirming(t)
		calls := 0
		h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
			calls++
			return next()
		}
		o := w.create() // pending, as the query answers
		if code := w.tellIn(lie.currency, "sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, lie.value); code == http.StatusOK {
			t.Errorf("%v: the lie was acknowledged", lie)
		}
		if got := w.want(o.ID, wallet.Pending, 0, bridge.AmountMismatch); calls != 0 || got.DueAt.After(w.clock.Now()) {
			t.Errorf("%v: the wallet was queried %d times and the order is due at %v; want compared first, and due at once", lie, calls, got.DueAt)
		}
	}
}

// Good news was acknowledged while the query lagged: the order waited for minutes, or
// expired, and the wallet reversed the payment. It is not acknowledged, kept, and the order
// is due at once; what the wallet has notified as paid is not closed.
func TestNewsOfAPaymentIsKeptWhileTheStatusQueryLags(t *testing.T) {
	w, h := confirming(t)
	lagging := true
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if lagging {
			got.Status, got.Captured = wallet.Pending, wallet.Money{}
		}
		return got, err
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.CancelReverses})
	o := w.create()
	w.queryInSteps(14, time.Minute)
	w.pays(o, "pay")
	w.delivered()
	if w.lastAttempt().Acknowledged {
		t.Error("news that the wallet does not bear out yet was acknowledged")
	}
	if got := w.order(o.ID); got.DueAt.After(w.clock.Now()) || len(w.inbox(&got)) != 1 {
		t.Errorf("the order is due at %v with %d kept; want at once, with one", got.DueAt, len(w.inbox(&got)))
	}
	w.queryInSteps(3, time.Minute) // over the end of the order's time
	if got := w.order(o.ID); got.Final() || w.called("/v1/payments/cancel") != 0 {
		t.Errorf("the order is %s after %d cancels; want open, and none", got.Status, w.called("/v1/payments/cancel"))
	}
	lagging = false
	w.queryInSteps(2, 5*time.Minute)
	if got := w.order(o.ID); got.Status != wallet.Paid || got.Paid != 450 || len(w.inbox(&got)) != 0 {
		t.Errorf("got %s with %d paid and %d kept; want paid, 450 and none", got.Status, got.Paid, len(w.inbox(&got)))
	}
	w.sameBooks()
}

// Kept news that no query had confirmed was dropped when the query failed.
func TestKeptNewsIsNotDroppedWhenTheQueryFails(t *testing.T) {
	w, h := confirming(t)
	failing := true
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		if failing {
			return wallet.Payment{}, unanswered()
		}
		return next()
	}
	o := w.create()
	w.pays(o, "pay")
	w.delivered()
	if w.lastAttempt().Acknowledged {
		t.Error("news that could not be confirmed was acknowledged")
	}
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 99})
	for range 3 {
		w.queryAfter(time.Minute)
		if got := w.want(o.ID, wallet.Pending, 0, ""); len(w.inbox(&got)) != 1 {
			t.Fatalf("%d notifications are kept, want the one that is not confirmed", len(w.inbox(&got)))
		}
	}
	failing = false
	w.queryAfter(5 * time.Minute)
	if got := w.want(o.ID, wallet.Paid, 450, ""); len(w.inbox(&got)) != 0 {
		t.Error("the news is still kept")
	}
}

// News without a status that we know was acknowledged as if it meant nothing: a query answers
// what it means.
func TestNewsOfAnUnknownStatusIsConfirmed(t *testing.T) {
	w := newWorld(t)
	o := w.create()
	w.pays(o, "pay")
	w.provider.Inject(simulator.Rule{Fault: simulator.UnknownStatus, Endpoint: simulator.Notify, Times: 1})
	w.delivered()
	w.want(o.ID, wallet.Paid, 450, "")
}

// Held money that was notified after the last late query left no trace, and void answered
// 409 to the person who tried to void it.
func TestHeldMoneyThatComesAfterTheLastQueryIsSeenAndCanBeVoided(t *testing.T) {
	w := newWorld(t, holding)
	h := w.hook("sandbox")
	held := false
	h.onQuery = func(_ wallet.Ref, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if held && err == nil {
			got.Status = wallet.Authorized
		}
		return got, err
	}
	h.onVoid = func(req wallet.VoidRequest, _ func() (wallet.Payment, error)) (wallet.Payment, error) {
		held = false
		return wallet.Payment{Ref: req.Payment, Status: wallet.Voided, Amount: usd(450)}, nil
	}
	o := w.create()
	w.queryInSteps(40, time.Hour)
	if got := w.want(o.ID, wallet.Expired, 0, ""); !got.DueAt.IsZero() {
		t.Fatalf("the order is still due at %v", got.DueAt)
	}
	held = true
	if code := w.tellPayment("sandbox", o.Payments[0].WalletPaymentID, o.Payments[0].RequestID, "AUTHORIZED", "e-hold"); code != http.StatusOK {
		t.Errorf("the news was answered %d, want 200", code)
	}
	w.want(o.ID, wallet.Expired, 0, bridge.LateAuthorization)
	if _, err := w.engine.Capture(w.ctx, o.ID, engine.CaptureRequest{Source: bridge.FromMerchant}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a capture for an order that has ended: got %v, want Conflict", err)
	}
	if _, err := w.engine.Void(w.ctx, o.ID, bridge.FromMerchant, nil); err != nil {
		t.Errorf("the void: %v", err)
	}
	if got := w.want(o.ID, wallet.Expired, 0, ""); got.Payments[0].LateHold {
		t.Error("the money is still held")
	}
}

// Money news without an amount: the query has it; where even that does not, the order
// never settles by itself, and a flag is raised.
func TestPaidWithoutAnAmountNeverSettlesByItself(t *testing.T) {
	t.Run("the query has it", func(t *testing.T) {
		w := newWorld(t)
		o := w.create()
		w.pays(o, "pay")
		w.provider.Inject(simulator.Rule{Fault: simulator.AmountMissing, Endpoint: simulator.Notify})
		w.delivered()
		w.want(o.ID, wallet.Paid, 450, "")
	})
	t.Run("no query has it", func(t *testing.T) {
		w := newWorld(t)
		o := w.create()
		w.pays(o, "pay")
		w.provider.Inject(simulator.Rule{Fault: simulator.AmountMissing})
		w.delivered()
		w.queryInSteps(30, time.Minute)
		w.want(o.ID, wallet.Pending, 0, bridge.AmountUnknown)
		if w.called("/v1/payments/cancel") != 0 {
			t.Error("the payment was closed at the wallet, which gives the money back")
		}
		resolution := resolution.Decision{Attention: bridge.AmountUnknown, Note: "The console says 4.50.", By: "ann", Outcome: resolution.Paid, Source: bridge.FromOperator}
		if _, err := w.engine.Resolve(w.ctx, o.ID, resolution, nil); err != nil {
			t.Fatal(err)
		}
		w.want(o.ID, wallet.Paid, 450, "")
	})
}

// Times beyond the year 9999 and sums beyond int64 made a notification unreadable: it was
// refused for ever, or panicked. It is kept, and the order flagged.
func TestNewsThatCannotBeRepresentedIsKeptAndFlagged(t *testing.T) {
	for _, f := range []simulator.Fault{simulator.AmountHuge, simulator.TimeHuge} {
		t.Run(string(f), func(t *testing.T) {
			w := newWorld(t)
			o := w.create()
			w.pays(o, "pay")
			w.provider.Inject(simulator.Rule{Fault: f, Endpoint: simulator.Notify})
			w.delivered()
			if !w.lastAttempt().Acknowledged {
				t.Error("the news is sent for ever")
			}
			if got := w.want(o.ID, wallet.Pending, 0, bridge.UnreadableNews); len(w.inbox(&got)) != 1 || !strings.HasPrefix(w.inbox(&got)[0].Reason, "unreadable") {
				t.Errorf("the inbox holds %+v, want the news", w.inbox(&got))
			}
			w.queryAfter(time.Minute) // the query can be read
			if got := w.want(o.ID, wallet.Paid, 450, bridge.UnreadableNews); len(w.inbox(&got)) != 1 {
				t.Error("the news left the inbox without a person")
			}
		})
	}
}

// News that names only the wallet's payment id was quicker than the answer to our create:
// it was kept under no order and never matched.
func TestNewsByTheWalletsIDThatIsQuickerThanOurAnswerIsMatched(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onCreate = func(req wallet.PaymentRequest, next func() (wallet.Payment, error)) (wallet.Payment, error) {
		got, err := next()
		if err := w.provider.Settle(req.RequestID, "pay"); err != nil {
			t.Error(err)
		}
		w.provider.Inject(simulator.Rule{Fault: simulator.PaymentIDOnly, Times: 1})
		w.delivered()
		return got, err
	}
	o := w.create()
	if got := w.order(o.ID); got.Status != wallet.Paid && len(w.inbox(&got)) != 1 {
		t.Fatalf("the order is %s, and %d notifications are kept", got.Status, len(w.inbox(&got)))
	}
	queries := w.called("/v1/payments/query")
	w.queryAfter(7 * time.Second)
	if got := w.want(o.ID, wallet.Paid, 450, ""); len(w.inbox(&got)) != 0 {
		t.Errorf("the news is still kept after %d queries", w.called("/v1/payments/query")-queries)
	}
	if items, err := w.store.InboxItems(w.ctx, store.InboxQuery{Wallets: []string{"sandbox"}, Limit: 9}); err != nil || len(items) != 0 {
		t.Errorf("the inbox holds %+v, %v; want nothing", items, err)
	}
}

// A person tries kept news again when its order has come; what a person has dismissed is
// not applied by the next status query.
func TestKeptNewsIsTriedAgainOrDismissedByAPerson(t *testing.T) {
	for _, dismissed := range []bool{false, true} {
		w := newWorld(t)
		id := w.newID()
		w.deliver("sandbox", "sp_1", strings.TrimPrefix(string(id), "ord_")+"P1", "450")
		items, err := w.store.Inbox(w.ctx, id, nil)
		if err != nil || len(items) != 1 {
			t.Fatalf("the inbox holds %d notifications, %v; want 1", len(items), err)
		}
		if _, kept, err := w.engine.RetryNotification(w.ctx, items[0].ID); err == nil || !kept {
			t.Errorf("without its order: got %v and kept %v, want a fault and kept", err, kept)
		}
		w.appear(id)
		if dismissed {
			seen := store.Dismissal{By: "ann", Note: "A test of the wallet's.", At: w.clock.Now()}
			if _, err := w.store.DismissNotification(w.ctx, items[0].ID, seen); err != nil {
				t.Fatal(err)
			}
			w.queryInSteps(2, 10*time.Second)
			w.want(id, wallet.Created, 0, "")
			continue
		}
		if _, kept, err := w.engine.RetryNotification(w.ctx, items[0].ID); err != nil || kept {
			t.Errorf("with its order: got %v and kept %v, want it applied", err, kept)
		}
		w.want(id, wallet.Paid, 450, "")
	}
}
