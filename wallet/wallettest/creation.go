package wallettest

import (
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var creation = []question{
	{
		"a created payment has an action",
		"a client can do nothing with a payment that has none",
		createHasAction,
	},
	{
		"creation is idempotent",
		"a request whose answer was lost is sent again, and the payer must not pay twice",
		createTwice,
	},
	{
		"creation is idempotent when two requests arrive at once",
		"two nodes may resume the same order at the same time",
		createAtOnce,
	},
	{
		"a request id is not used for two amounts",
		"an order with a new price under an old ID would be paid at the wrong price",
		createOtherAmount,
	},
	{
		"amounts are transmitted exactly in every currency",
		"a factor of ten or a hundred is the most expensive mistake in payments",
		amountsSurvive,
	},
	{
		"amounts that are not positive are refused",
		"a free or negative payment is a defect of the till and must not reach the wallet",
		noAmount,
	},
	{
		"a payment ends when its order does",
		"money for an expired order must be refunded by an operator",
		expires,
	},
}

func createHasAction(a *trial) {
	req := a.request(a.money(1234))
	payment, err := a.Wallet.CreatePayment(a.Context(), req)
	a.must(err, "CreatePayment")
	if payment.RequestID != req.RequestID {
		a.wrong("Ref.RequestID: got %q, want %q", payment.RequestID, req.RequestID)
	}
	if payment.Action == nil || payment.Action.Type == "" {
		a.wrong("Action: got %+v, want one with a type", payment.Action)
	}
	if payment.Status != wallet.Pending && payment.Status != "" {
		a.wrong("Status: got %q, want pending or nothing", payment.Status)
	}
	a.sameMoney("Amount", payment.Amount, req.Amount)
}

func createTwice(a *trial) {
	req := a.request(a.money(1234))
	first, second := a.create(req), a.create(req)
	if first.Ref != second.Ref {
		a.wrong("the second answer names %+v, the first %+v", second.Ref, first.Ref)
	}
	a.sameAction(first, second)
	a.onePayment(first.Ref)
}

func (a *trial) sameAction(first, second wallet.Payment) {
	a.Helper()
	if first.Action == nil || second.Action == nil {
		return
	}
	x, y := first.Action, second.Action
	if x.Type != y.Type || x.PaymentURL != y.PaymentURL || x.URL != y.URL || x.TradeNO != y.TradeNO {
		a.wrong("the second action is %+v, the first %+v", y, x)
	}
}

func (a *trial) onePayment(ref wallet.Ref) {
	a.Helper()
	if got := a.books(ref).Payments; got != 1 {
		a.wrong("payments on the provider's books: got %d, want 1", got)
	}
}

func createAtOnce(a *trial) {
	const copies = 8
	req := a.request(a.money(1234))
	answers, errs := make([]wallet.Payment, copies), make([]error, copies)
	var all sync.WaitGroup
	for i := range copies {
		all.Go(func() { answers[i], errs[i] = a.Wallet.CreatePayment(a.Context(), req) })
	}
	all.Wait()
	for i, err := range errs {
		// The provider may refuse a copy while the first is in progress, but not with
		// certainty.
		if err != nil {
			a.isKind(err, "CreatePayment", fault.Conflict, fault.Unknown, fault.Unavailable)
			continue
		}
		if answers[i].RequestID != req.RequestID {
			a.wrong("an answer names %q, want %q", answers[i].RequestID, req.RequestID)
		}
	}
	a.onePayment(wallet.Ref{RequestID: req.RequestID})
}

func createOtherAmount(a *trial) {
	req := a.request(a.money(1234))
	first := a.create(req)
	req.Amount.Minor++
	second, err := a.Wallet.CreatePayment(a.Context(), req)
	a.searchSecrets(err)
	if err == nil && second.Amount == req.Amount {
		a.wrong("the second request got a payment of %s, want a fault or the first payment", second.Amount)
	}
	a.onePayment(first.Ref)
}

func amountsSurvive(a *trial) {
	for _, currency := range a.Currencies {
		for _, minor := range a.Amounts {
			a.amountSurvives(wallet.Money{Minor: minor, Currency: currency})
		}
	}
}

func (a *trial) amountSurvives(amount wallet.Money) {
	a.Helper()
	payment := a.paid(a.request(amount))
	a.sameMoney("the created amount", payment.Amount, amount)
	if got := a.books(payment.Ref).Captured; got != amount {
		a.wrong("the provider captured %s, want %s", got, amount)
	}
	if queried, ok := a.query(payment.Ref); ok {
		a.sameMoney("the queried amount", reportedAmount(queried), amount)
		if queried.Status != wallet.Paid {
			a.wrong("the queried status is %q, want paid", queried.Status)
		}
	}
	for _, event := range a.events(payment.Ref) {
		if event.Kind == wallet.PaymentEvent {
			a.sameMoney("the notified amount", reportedAmount(event.Payment), amount)
		}
	}
}

// reportedAmount returns the amount of a payment, or what the payer was charged, without fees here.
func reportedAmount(p wallet.Payment) wallet.Money {
	if p.Amount == (wallet.Money{}) {
		return p.Charged
	}
	return p.Amount
}

func noAmount(a *trial) {
	for _, minor := range []int64{0, -1} {
		before := a.Line.Calls()
		_, err := a.Wallet.CreatePayment(a.Context(), a.request(a.money(minor)))
		a.isKind(err, "CreatePayment of "+a.money(minor).String(), fault.Invalid)
		if a.Line.Calls() != before {
			a.wrong("the wallet was called for %s", a.money(minor))
		}
	}
}

func expires(a *trial) {
	if !a.Expires || a.Advance == nil {
		a.Skip("the provider does not end payments at a time of ours, or its clock cannot be moved")
	}
	req := a.request(a.money(1234))
	payment := a.create(req)
	a.Advance(req.ExpiresAt.Sub(a.Now()) + time.Second)
	a.searchSecrets(a.Provider.Settle(a.Context(), payment.Ref, Pay)) // which may be refused
	if got := a.books(payment.Ref).Captured; got.Positive() {
		a.wrong("the provider captured %s after the order's end", got)
	}
	got, ok := a.query(payment.Ref)
	switch got.Status {
	case wallet.Expired, wallet.Canceled, wallet.Failed:
	default:
		if ok {
			a.wrong("after the order's end the payment is %q, want one that has ended", got.Status)
		}
	}
}
