package engine_test

import (
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
)

// A query names the sum with the fee and not the fee, before the callback that names it: the
// order is paid and flagged, and the flag is cleared by the callback.
func TestAFeeOfOTTPayThatIsNamedLaterExplainsTheSumOfAQuery(t *testing.T) {
	for _, wrong := range []bool{false, true} {
		s, provider := ottStorm(t, "web", 1, func(_ *ottpay.Config, far *simulator.Config) { far.Fee, far.QueryWithFee = 10, true })
		o := ottOrder(t, s)
		if err := provider.Settle(o.LastPayment().RequestID, "pay"); err != nil {
			t.Fatal(err)
		}
		if wrong { // by a cent more than the fee
			provider.Inject(simulator.Rule{Fault: "wrong_amount", Endpoint: "PREPAY_QUERY", Times: 1})
		}
		s.queryAll(time.Minute)
		if o = ottNow(t, s, o.ID); o.Paid != 1250 || len(o.Attention()) != 1 || o.Attention()[0] != bridge.AmountMismatch {
			t.Fatalf("a larger sum that nothing explains: got %d paid, attention %q; want 12.50 and a mismatch", o.Paid, o.Attention())
		}
		provider.RunOnce(t.Context())
		o = ottNow(t, s, o.ID)
		if flagged := len(o.Attention()) > 0; o.Status != wallet.Paid || o.Paid != 1250 || flagged != wrong {
			t.Errorf("after the callback: got %s with %d paid, attention %q; want paid, and a flag: %v", o.Status, o.Paid, o.Attention(), wrong)
		}
	}
}
