package wallettest

import "github.com/minitill/minitill/wallet"

var names = []question{
	{
		"a payment is found by the wallet's own id",
		"a notification may contain no other id, and must find its order",
		queryByPaymentID,
	},
	{
		"a refund is found by the wallet's own id",
		"a refund that was made in the provider's console has no request ID of ours",
		queryByRefundID,
	},
	{
		"a payment whose provider changed its id is found by our request ID",
		"the request ID decides whose money it is; a provider's ids may change",
		renamedPayment,
	},
	{
		"a payer who pays twice yields two events",
		"the second payment is the payer's money, and must be refunded",
		chargedTwice,
	},
}

func queryByPaymentID(a *trial) {
	capability[wallet.Querier](a)
	payment := a.paid(a.request(a.money(1234)))
	if !a.ByPaymentID {
		a.Skip("the wallet's payments cannot be queried by its own id alone")
	}
	got, _ := a.query(wallet.Ref{PaymentID: payment.PaymentID})
	if got.Ref != payment.Ref || got.Status != wallet.Paid {
		a.wrong("the query by %q got %q of %+v, want paid of %+v", payment.PaymentID, got.Status, got.Ref, payment.Ref)
	}
}

func queryByRefundID(a *trial) {
	querier := capability[wallet.RefundQuerier](a)
	refunder := capability[wallet.Refunder](a)
	payment := a.paid(a.request(a.money(1000)))
	refund := a.partly(refunder, payment, 400)
	if !a.ByRefundID {
		a.Skip("the wallet's refunds cannot be queried by its own id alone")
	}
	got, err := querier.QueryRefund(a.Context(), wallet.RefundRef{RefundID: refund.RefundID})
	a.must(err, "QueryRefund by the wallet's own id")
	a.canBeWritten(got)
	if got.RefundID != refund.RefundID || got.Status != refund.Status {
		a.wrong("the query by %q got %q of %+v, want %q", refund.RefundID, got.Status, got.RefundRef, refund.Status)
	}
	if reportedAmount := got.RefundRef.RequestID; reportedAmount != "" && reportedAmount != refund.RefundRef.RequestID {
		a.wrong("the query names the request %q, want %q", reportedAmount, refund.RefundRef.RequestID)
	}
}

func renamedPayment(a *trial) {
	renamer := farSide[Renamer](a)
	payment := a.create(a.request(a.money(1000)))
	a.can(renamer.Rename(a.Context()), "name a payment anew")
	a.settle(payment.Ref, Pay)
	for _, ref := range []wallet.Ref{payment.Ref, {RequestID: payment.RequestID}} {
		got, ok := a.query(ref)
		if ok && (got.RequestID != payment.RequestID || got.Status != wallet.Paid || got.PaymentID == payment.PaymentID) {
			a.wrong("the query by %+v got %q of %+v, want paid, under another id", ref, got.Status, got.Ref)
		}
	}
	for _, event := range a.events(payment.Ref) {
		if event.Kind == wallet.PaymentEvent && event.Payment.RequestID != payment.RequestID {
			a.wrong("the event names %+v, want the request %q", event.Payment.Ref, payment.RequestID)
		}
	}
	if refunder, ok := wallet.As[wallet.Refunder](a.Wallet); ok {
		a.partly(refunder, payment, 400)
	}
}

func chargedTwice(a *trial) {
	charger := farSide[DoubleCharger](a)
	payment := a.paid(a.request(a.money(1234)))
	before := a.events(payment.Ref)
	a.can(charger.ChargeAgain(a.Context(), payment.Ref), "let the payer pay twice")
	if got, ok := a.query(wallet.Ref{RequestID: payment.RequestID}); ok && (got.RequestID != payment.RequestID || got.Status != wallet.Paid) {
		a.wrong("the query got %q of %+v, want paid", got.Status, got.Ref)
	}
	if before == nil {
		a.Skip("the wallet does not notify")
	}
	ids := map[string]bool{}
	for _, event := range a.events(payment.Ref) {
		ids[event.ID] = true
	}
	if len(ids) != len(before)+1 {
		a.wrong("the news of two payments has %d events, want %d and one more", len(ids), len(before))
	}
}
