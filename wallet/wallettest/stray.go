package wallettest

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var strays = []question{
	{
		"an answer about another payment is Unknown",
		"a signature proves who wrote an answer and not to which request: another payment's money would pay the order",
		strayPayment,
	},
	{
		"an answer about another refund is Unknown",
		"a refund that moved no money would be taken for one that did",
		strayRefund,
	},
}

func strayPayment(a *trial) {
	querier := capability[wallet.Querier](a)
	paid := a.paid(a.request(a.money(1234)))
	unpaid := a.create(a.request(a.money(1234)))
	a.stray(func(ctx context.Context) error { _, err := querier.QueryPayment(ctx, paid.Ref); return err },
		func(ctx context.Context) error { _, err := querier.QueryPayment(ctx, unpaid.Ref); return err })
}

func strayRefund(a *trial) {
	refunder := capability[wallet.Refunder](a)
	querier := capability[wallet.RefundQuerier](a)
	if a.ByBooks {
		a.Skip("this provider's answers are about payments and name no refund")
	}
	payment := a.paid(a.request(a.money(1000)))
	first, second := a.partly(refunder, payment, 400), a.partly(refunder, payment, 400)
	a.stray(func(ctx context.Context) error { _, err := querier.QueryRefund(ctx, first.RefundRef); return err },
		func(ctx context.Context) error { _, err := querier.QueryRefund(ctx, second.RefundRef); return err })
}

// stray queries twice, and answers the second query with the first answer.
func (a *trial) stray(first, second func(context.Context) error) {
	a.Helper()
	a.Line.Next(Keep)
	a.must(first(a.Context()), "the first query")
	a.Line.Next(Stray)
	a.isKind(second(a.Context()), "a query that is answered as another was", fault.Unknown)
}
