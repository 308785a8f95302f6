package resolution

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/bridgetest"
	"github.com/minitill/minitill/wallet"
)

// resolving is what becomes of an order by a person's word about a reason that stands.
func resolving(t *testing.T, state resolveState, why bridge.Attention, outcome string) (*bridge.Change, error) {
	t.Helper()
	c := state.make()
	raise(c, why)
	return c, Apply(c, &Decision{Attention: why, Note: "The wallet's console says so.", By: "ann", Outcome: outcome, Source: bridge.FromOperator}, bridgetest.Noon)
}

// A person said that an open capture of 1000 of 1234 was paid, and named no sum: the whole
// was booked. All that the outcome can be is what was requested.
func TestAnOpenCaptureThatWasPaidIsBookedWithItsOwnSum(t *testing.T) {
	for _, why := range []bridge.Attention{bridge.OperationUnresolved, bridge.HoldUnresolved} {
		c, err := resolving(t, stateCapturing, why, Paid)
		if err != nil || c.Order.Paid != 1000 {
			t.Errorf("%s: got %d paid, %v; want 1000", why, c.Order.Paid, err)
		}
	}
}

// A person said "paid" or "voided" about an order whose wallet is missing, and meant its
// payment: the refund that was on its way was booked as failed, and could be made again.
func TestOnlyAnOutcomeOfARefundEndsARefund(t *testing.T) {
	for _, outcome := range []string{Paid, Voided} {
		c, err := resolving(t, stateRefunding, bridge.WalletMissing, outcome)
		if got := c.Order.Refunds[0].Status; got != wallet.RefundPending {
			t.Errorf("%s: the refund is %s, %v; want pending", outcome, got, err)
		}
	}
}

// A reason about a refund stood though the refund had ended, as in a store of an older
// version. "Refunded" booked all that the payment had left as a second refund.
func TestARefundThatHasEndedIsNotBookedAgain(t *testing.T) {
	for _, why := range []bridge.Attention{bridge.RefundUnresolved, bridge.RefundUnconfirmed} {
		c, err := resolving(t, stateRefunded, why, Refunded)
		if c.Order.Refunded != 300 || len(c.Order.Refunds) != 1 {
			t.Errorf("%s: got %d refunded in %d refunds, %v; want 300 in one", why, c.Order.Refunded, len(c.Order.Refunds), err)
		}
	}
}
