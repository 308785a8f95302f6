package engine_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// News of a refund at the wallet's console came while a refund of ours was under way. It is
// kept, and the order is due at once; the commit of our refund's answer took the due date
// unavailable, so that the news was not tried again: the money is missing in the books, and the
// order is not flagged.
func TestNewsThatWaitsForOurRefundIsAppliedWhenThatHasEnded(t *testing.T) {
	w := newWorld(t)
	h := w.hook("sandbox")
	o := w.paid()
	h.onRefund = func(_ wallet.RefundRequest, next func() (wallet.Refund, error)) (wallet.Refund, error) {
		if code := w.tellBody("sandbox", refundNotice("e-r", "sr_console", "", &o.Payments[0], 50, "SUCCEEDED")); code != http.StatusOK {
			t.Errorf("the news was answered %d, want 200", code)
		}
		return next()
	}
	if _, err := w.refund(&o, 100); err != nil {
		t.Fatal(err)
	}
	w.queryInSteps(12, 4*time.Hour)
	w.wantRefunds(o.ID, 150, 0)
	if got := w.want(o.ID, wallet.Paid, 450, bridge.ForeignRefund); len(w.inbox(&got)) != 0 {
		t.Error("the news is still kept, and the order is due at no time")
	}
}
