package engine_test

import (
	"net/http"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// A signed FAILED about a refund that had succeeded, as when the payer's bank sends the
// money back, was acknowledged without a trace: the books differ without attention.
func TestNewsThatARefundHasFailedAfterItSucceededIsRecorded(t *testing.T) {
	w := newWorld(t)
	o := w.paid()
	outcome, err := w.refund(&o, 100)
	if err != nil {
		t.Fatal(err)
	}
	r := outcome.Subject.Refunds[0]
	if code := w.tellBody("sandbox", refundNotice("e-bounced", r.WalletRefundID, r.RequestID, &o.Payments[0], 100, "FAILED")); code != http.StatusOK {
		t.Errorf("the news was answered %d, want 200", code)
	}
	w.wantRefunds(o.ID, 100, 0)
	w.want(o.ID, wallet.Paid, 450, bridge.RefundMismatch)
}
