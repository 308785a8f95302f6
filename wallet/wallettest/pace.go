package wallettest

import (
	"cmp"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var pace = []question{
	{
		"the pace is one that can be kept",
		"a negative pause would send the wallet status queries without end",
		paceHolds,
	},
	{
		"after the lag a query reports what happened",
		"the engine accepts a query after the lag: an old answer would end a paid payment or repeat a refund",
		lagEnds,
	},
}

// The defaults that a zero Pace stands for.
const (
	usualFirst   = 5 * time.Second
	usualSlowest = 5 * time.Minute
	usualLag     = time.Minute
)

func paceHolds(a *trial) {
	pace := capability[wallet.Paced](a).Pace()
	if pace.First < 0 || pace.Slowest < 0 || pace.Lag < 0 {
		a.wrong("the pace is %+v, want nothing below zero", pace)
	}
	if first, slowest := cmp.Or(pace.First, usualFirst), cmp.Or(pace.Slowest, usualSlowest); first > slowest {
		a.wrong("the first query comes after %v and the slowest after %v, want no longer for the first", first, slowest)
	}
}

// lagEnds makes the provider's queries lag, and moves the clock past the lag.
func lagEnds(a *trial) {
	capability[wallet.Querier](a)
	lagger := farSide[Lagger](a)
	if a.Advance == nil {
		a.Skip("the clock of the harness cannot be moved")
	}
	lag := usualLag
	if paced, ok := a.Wallet.(wallet.Paced); ok {
		lag = cmp.Or(paced.Pace().Lag, usualLag)
	}
	payment := a.create(a.request(a.money(1000)))
	a.can(lagger.LagQueries(a.Context()), "let its queries lag")
	a.settle(payment.Ref, Pay)
	a.isLate(payment.Ref)
	a.Advance(lag)
	if got, _ := a.query(payment.Ref); got.Status != wallet.Paid {
		a.wrong("%v after it was paid the payment is %q, want paid", lag, got.Status)
	}
	a.refundLagEnds(payment, lag)
}

// isLate checks that a query right after a payment was paid does not show it: otherwise nothing
// lags, and the question tests nothing.
func (a *trial) isLate(ref wallet.Ref) {
	a.Helper()
	got, err := a.Wallet.(wallet.Querier).QueryPayment(a.Context(), ref)
	if err != nil {
		a.isKind(err, "a query that lags", fault.NotFound)
	} else if got.Status != wallet.Pending {
		a.wrong("a query that lags says %q, want pending", got.Status)
	}
}

func (a *trial) refundLagEnds(payment wallet.Payment, lag time.Duration) {
	a.Helper()
	refunder, refunds := wallet.As[wallet.Refunder](a.Wallet)
	querier, queriesRefunds := wallet.As[wallet.RefundQuerier](a.Wallet)
	if !refunds || !queriesRefunds {
		return
	}
	refund, err := refunder.Refund(a.Context(), a.refundRequest(payment, 400))
	a.refundable(err)
	a.must(err, "Refund")
	a.Advance(lag)
	refund.RefundRef.LastSentAt = a.Now().Add(-lag)
	got, err := querier.QueryRefund(a.Context(), refund.RefundRef)
	a.must(err, "QueryRefund "+lag.String()+" after the refund")
	if got.RefundRef.RequestID != refund.RefundRef.RequestID {
		a.wrong("%v later the query names the refund %q, want %q", lag, got.RefundRef.RequestID, refund.RefundRef.RequestID)
	}
}
