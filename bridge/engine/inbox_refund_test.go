package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// refundNotice is signed news of a refund of a payment of ours.
func refundNotice(eventID, refundID, refundRequest string, p *bridge.Payment, minor int64, status string) string {
	return fmt.Sprintf(`{"eventId":%q,"sequence":1,"type":"refund","refund":{"refundId":%q,"refundRequestId":%q,"paymentId":%q,"requestId":%q,`+
		`"status":%q,"amount":{"currency":"USD","value":"%d"}}}`, eventID, refundID, refundRequest, p.WalletPaymentID, p.RequestID, status, minor)
}

// A foreign refund at a wallet whose notifications need a query was lost: the query named
// no refund of ours, so the news was dropped.
func TestAForeignRefundThatNeedsAQueryIsNotLost(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.paid()
	h.confirms = true
	knows := false
	h.onQueryRefund = func(ref wallet.RefundRef, _ func() (wallet.Refund, error)) (wallet.Refund, error) {
		if !knows {
			return wallet.Refund{}, absent()
		}
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundSucceeded, Amount: usd(100)}, nil
	}
	news := refundNotice("e-r", "sr_console", "", &o.Payments[0], 100, "SUCCEEDED")
	if code := w.tellBody("sandbox", news); code == http.StatusOK {
		t.Error("news that the wallet does not bear out yet was acknowledged")
	}
	if got := w.order(o.ID); len(w.inbox(&got)) != 1 || got.DueAt.After(w.clock.Now()) {
		t.Errorf("%d notifications are kept and the order is due at %v; want one, and at once", len(w.inbox(&got)), got.DueAt)
	}
	w.queryAfter(time.Second)
	w.wantRefunds(o.ID, 0, 0)
	knows = true
	w.queryInSteps(3, 5*time.Minute)
	w.wantRefunds(o.ID, 100, 0)
	if got := w.want(o.ID, wallet.Paid, 450, bridge.ForeignRefund); len(w.inbox(&got)) != 0 {
		t.Error("the news is still kept")
	}
}

// Our refund was notified by the wallet's id alone before its answer came: it was counted
// twice, as ours and as a foreign one.
func TestOurRefundNamedByTheWalletsIDAloneIsCountedOnce(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.paid()
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		got, err := next()
		news := strings.Replace(refundNotice("e-r", got.RefundID, "", &o.Payments[0], 100, "SUCCEEDED"), `"refundRequestId":"",`, "", 1)
		if code := w.tellBody("sandbox", news); code != http.StatusOK {
			t.Errorf("the news was answered %d, want 200", code)
		}
		return got, err
	}
	if _, err := w.refund(&o, 100); err != nil {
		t.Fatal(err)
	}
	w.queryInSteps(3, time.Minute)
	w.wantRefunds(o.ID, 100, 0)
	w.want(o.ID, wallet.Paid, 450, "")
	w.sameBooks()
}

// Two wallets of one order gave their refunds the same id: the second was dropped.
func TestEqualRefundIDsAtTwoWalletsAreTwoRefunds(t *testing.T) {
	w := newWorld(t)
	o := w.paidTwice()
	for i, name := range []string{"sandbox", "second"} {
		news := refundNotice("e-"+name, "sr_same", "", &o.Payments[i], 100, "SUCCEEDED")
		if code := w.tellBody(name, news); code != http.StatusOK {
			t.Errorf("%s: the news was answered %d, want 200", name, code)
		}
	}
	got := w.wantRefunds(o.ID, 200, 0)
	if len(got.Refunds) != 2 || got.Refunds[0].Payment == got.Refunds[1].Payment {
		t.Errorf("got refunds %+v, want one of each payment", got.Refunds)
	}
}

// paidTwice is an order of which a payment was canceled here and paid there, and a second
// one paid as well.
func (w *world) paidTwice() bridge.Order {
	w.Helper()
	o := w.create()
	w.provider.Inject(simulator.Rule{Fault: simulator.LoseNotification, Times: 1})
	h := w.hook("sandbox")
	h.onCancel = func(ref wallet.Ref, _ func() (wallet.Payment, error)) (wallet.Payment, error) {
		return wallet.Payment{Ref: ref, Status: wallet.Canceled, Amount: usd(450)}, nil // and yet it is open there
	}
	outcome, err := w.engine.Pay(w.ctx, o.ID, bridge.PayRequest{Wallet: "second", Source: bridge.FromClient}, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.pays(o, "pay")
	w.delivered()
	w.pays(outcome.Subject, "pay")
	w.delivered()
	if _, err := w.engine.Refresh(w.ctx, o.ID); err != nil {
		w.Fatal(err)
	}
	got := w.order(o.ID)
	if got.Paid != 900 {
		w.Fatalf("got %d paid, want 900", got.Paid)
	}
	w.want(o.ID, wallet.Paid, 900, bridge.DoublePayment)
	return got
}

// Another wallet's news settled a refund: a holder of one wallet's keys could book
// money of another.
func TestAnotherWalletsNewsSettlesNoRefund(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	h.onRefund = func(wallet.RefundRequest, func() (wallet.Refund, error)) (wallet.Refund, error) {
		return wallet.Refund{}, unanswered()
	}
	o := w.paid()
	w.wantKind("the refund", errOf(w.refund(&o, 100)), fault.Unknown)
	news := refundNotice("e-r", "sr_1", w.order(o.ID).Refunds[0].RequestID, &o.Payments[0], 100, "SUCCEEDED")
	if code := w.tellBody("second", news); code == http.StatusOK {
		t.Error("another wallet's news was acknowledged as booked")
	}
	w.wantRefunds(o.ID, 0, 100)
	w.want(o.ID, wallet.Paid, 450, "")
	if items, err := w.store.InboxItems(w.ctx, store.InboxQuery{Wallets: []string{"second"}, Limit: 9}); err != nil || len(items) != 1 {
		t.Errorf("the inbox holds %+v, %v; want the news, for a person", items, err)
	}
}

// A refund that has failed goes back to pending by no news: what was promised again could
// be promised twice.
func TestAFailedRefundDoesNotBecomePendingAgain(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	w.provider.Inject(simulator.Rule{Fault: simulator.Refused, Times: 1})
	w.wantKind("the refund", errOf(w.refund(&o, 450)), fault.Declined)
	news := refundNotice("e-r", "sr_1", w.order(o.ID).Refunds[0].RequestID, &o.Payments[0], 450, "PENDING")
	w.tellBody("sandbox", news)
	if got := w.wantRefunds(o.ID, 0, 0); got.Refunds[0].Status != wallet.RefundFailed {
		t.Errorf("the refund is %s, want failed", got.Refunds[0].Status)
	}
}
