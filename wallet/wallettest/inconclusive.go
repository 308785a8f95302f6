package wallettest

import (
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var inconclusive = []question{
	{
		"a refused repeat of a creation whose answer was lost is no refusal",
		"the first request was executed: the payer could pay a second payment beside it too",
		createRefusedAgain,
	},
	{
		"a refused repeat of a refund whose answer was lost is no refusal",
		"the money was returned: a refund that is taken for failed would be made again",
		refundRefusedAgain,
	},
	{
		"a refused repeat is no refusal while the queries lag",
		"the provider's queries do not show yet what it has executed: what is not found may exist",
		refusedWhileQueriesLag,
	},
}

// final are the kinds of fault that would end a payment or refund.
var final = []fault.Kind{
	fault.Declined, fault.Invalid, fault.Conflict, fault.NotFound, fault.Unauthenticated, fault.Forbidden, fault.Expired,
	fault.Unsupported,
}

// notFinal checks that the answer to a repeat is no refusal.
func (a *trial) notFinal(err error, doing string) {
	a.Helper()
	a.searchSecrets(err)
	for _, kind := range final {
		if err != nil && fault.KindOf(err) == kind {
			a.wrong("%s: got %v, want what stands, or unknown", doing, err)
		}
	}
}

func createRefusedAgain(a *trial) {
	refuser := farSide[RepeatRefuser](a)
	req := a.troubledCreate(CutAfter)
	req.LastSentAt = a.Now()
	a.can(refuser.RefuseRepeats(a.Context()), "refuse repeats")
	payment, err := a.Wallet.CreatePayment(a.Context(), req)
	a.notFinal(err, "CreatePayment again")
	if err == nil && payment.RequestID != req.RequestID {
		a.wrong("the answer names %q, want %q", payment.RequestID, req.RequestID)
	}
	// The adapter may query first; then that answer was lost, and nothing was executed.
	got := a.books(wallet.Ref{RequestID: req.RequestID}).Payments
	if got > 1 || err == nil && got != 1 {
		a.wrong("payments on the provider's books: got %d, want 1", got)
	}
}

func refusedWhileQueriesLag(a *trial) {
	capability[wallet.Querier](a)
	lagger, refuser := farSide[Lagger](a), farSide[RepeatRefuser](a)
	a.can(lagger.LagQueries(a.Context()), "let its queries lag")
	req := a.troubledCreate(CutAfter)
	req.LastSentAt = a.Now()
	a.can(refuser.RefuseRepeats(a.Context()), "refuse repeats")
	_, err := a.Wallet.CreatePayment(a.Context(), req)
	a.notFinal(err, "CreatePayment again, while queries lag")
}

func refundRefusedAgain(a *trial) {
	refunder := capability[wallet.Refunder](a)
	refuser := farSide[RepeatRefuser](a)
	payment := a.paid(a.request(a.money(1000)))
	req := a.lostRefund(refunder, payment)
	req.LastSentAt = a.Now()
	a.can(refuser.RefuseRepeats(a.Context()), "refuse repeats")
	refund, err := refunder.Refund(a.Context(), req)
	a.notFinal(err, "Refund again")
	if err == nil {
		a.decided(refund, true)
	}
	if err == nil && refund.RefundRef.RequestID != req.RequestID {
		a.wrong("the answer names %q, want %q", refund.RefundRef.RequestID, req.RequestID)
	}
	if got := a.books(payment.Ref).Refunded; err == nil && got != a.money(400) {
		a.wrong("the provider refunded %s, want %s", got, a.money(400))
	}
}
