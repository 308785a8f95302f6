package wallettest

import (
	"errors"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var refunds = []question{
	{
		"partial refunds stop at the captured sum",
		"a refund of more than was captured is the merchant's loss",
		refundsStop,
	},
	{
		"a refund is idempotent, also when its answer was lost",
		"a refund whose answer was lost is requested again, and must not be made twice",
		refundTwice,
	},
	{
		"a refund of what was not paid is refused",
		"there is nothing to refund",
		refundUnpaid,
	},
	{
		"a rejected refund moves no money",
		"an operator who decides about refunds may reject one",
		refundRejected,
	},
	{
		"a query for an unknown refund is NotFound",
		"a refund that never reached the wallet must not stay pending for ever",
		refundUnknown,
	},
}

var payers = []question{
	{
		"an auth code identifies the payer, once",
		"a code that works twice lets everybody who saw it act as the payer",
		exchangeOnce,
	},
}

// partly refunds part of a payment and follows it to its final status.
func (a *trial) partly(refunder wallet.Refunder, payment wallet.Payment, minor int64) wallet.Refund {
	a.Helper()
	req := a.refundRequest(payment, minor)
	refund, err := refunder.Refund(a.Context(), req)
	a.refundable(err)
	a.must(err, "Refund")
	if refund.RefundRef.RequestID != req.RequestID {
		a.wrong("the refund names %q, want %q", refund.RefundRef.RequestID, req.RequestID)
	}
	a.sameMoney("the refund's amount", refund.Amount, req.Amount)
	a.canBeWritten(refund)
	return a.decided(refund, true)
}

func (a *trial) refundRequest(payment wallet.Payment, minor int64) wallet.RefundRequest {
	id, books := requestID(), wallet.RefundBooks{Amount: a.money(minor), Refunded: a.refunded(payment.Ref), Open: a.money(0)}
	a.booked[id] = books
	return wallet.RefundRequest{
		RequestID: id, Payment: payment.Ref, Amount: a.money(minor),
		Paid: a.money(1000), Reason: "Returned & broken", NotifyURL: a.NotifyURL, Books: books,
	}
}

// refunded returns the till's own sum of refunds of a payment, which is the provider's before
// the next refund.
func (a *trial) refunded(ref wallet.Ref) wallet.Money {
	books, err := a.Provider.Books(a.Context(), ref)
	if err != nil || books.Refunded == (wallet.Money{}) {
		return a.money(0)
	}
	return books.Refunded
}

// loseRefund loses the answer to the next refund.
func (a *trial) loseRefund() {
	for range a.BeforeRefund {
		a.Line.Next("")
	}
	a.Line.Next(CutAfter)
}

// again returns the request as the engine repeats it after no answer came.
func (a *trial) again(req wallet.RefundRequest) wallet.RefundRequest {
	if a.ByBooks {
		req.LastSentAt = a.Now()
	}
	return req
}

// refundable skips the question where this wallet's payments cannot be refunded by API.
func (a *trial) refundable(err error) {
	a.Helper()
	if errors.Is(err, fault.Unsupported) {
		a.Skip("payments of this kind cannot be refunded by API")
	}
}

// decided follows a refund to its final status: an operator decides where that is needed, and a
// query, where there is one, returns the result.
func (a *trial) decided(refund wallet.Refund, approve bool) wallet.Refund {
	a.Helper()
	approver, byHand := a.Provider.(Approver)
	if byHand && (refund.Status == wallet.RefundWaiting || refund.Status == wallet.RefundPending) {
		err := approver.DecideRefund(a.Context(), refund.RefundRef, approve)
		a.can(err, "decide a refund")
	}
	querier, ok := wallet.As[wallet.RefundQuerier](a.Wallet)
	if !ok {
		return refund
	}
	ref := refund.RefundRef
	ref.Books = a.booked[ref.RequestID]
	refund, err := querier.QueryRefund(a.Context(), ref)
	a.must(err, "QueryRefund")
	a.canBeWritten(refund)
	return refund
}

func refundsStop(a *trial) {
	refunder := capability[wallet.Refunder](a)
	payment := a.paid(a.request(a.money(1000)))
	for _, minor := range []int64{300, 699} {
		if refund := a.partly(refunder, payment, minor); refund.Status != wallet.RefundSucceeded {
			a.wrong("a refund of %d is %q, want succeeded", minor, refund.Status)
		}
	}
	refund, err := refunder.Refund(a.Context(), a.refundRequest(payment, 2))
	if err == nil {
		refund = a.decided(refund, true)
	} else {
		a.isKind(err, "refunding 2 of 1", fault.Invalid, fault.Declined, fault.Conflict)
	}
	if err == nil && refund.Status != wallet.RefundFailed {
		a.wrong("refunding 2 of 1 is %q, want a fault or failed", refund.Status)
	}
	a.partly(refunder, payment, 1)
	if got := a.books(payment.Ref).Refunded; got != a.money(1000) {
		a.wrong("the provider refunded %s, want %s", got, a.money(1000))
	}
}

// lostRefund sends a request to refund a part, whose answer is lost, and returns the request.
func (a *trial) lostRefund(refunder wallet.Refunder, payment wallet.Payment) wallet.RefundRequest {
	a.Helper()
	req := a.refundRequest(payment, 400)
	a.loseRefund()
	_, err := refunder.Refund(a.Context(), req)
	a.refundable(err)
	a.isKind(err, "Refund, answer lost", fault.Unknown)
	return req
}

func refundTwice(a *trial) {
	refunder := capability[wallet.Refunder](a)
	payment := a.paid(a.request(a.money(1000)))
	req := a.lostRefund(refunder, payment)
	first, err := refunder.Refund(a.Context(), a.again(req))
	a.must(err, "Refund again")
	second, err := refunder.Refund(a.Context(), a.again(req))
	a.must(err, "Refund a third time")
	if first.RefundID != second.RefundID {
		a.wrong("the refunds are %q and %q, want one", first.RefundID, second.RefundID)
	}
	a.decided(second, true)
	if got := a.books(payment.Ref).Refunded; got != a.money(400) {
		a.wrong("the provider refunded %s, want %s", got, a.money(400))
	}
}

func refundUnpaid(a *trial) {
	refunder := capability[wallet.Refunder](a)
	payment := a.create(a.request(a.money(1000)))
	_, err := refunder.Refund(a.Context(), a.refundRequest(payment, 1))
	a.isKind(err, "refunding what was not paid",
		fault.Conflict, fault.Declined, fault.Invalid, fault.NotFound, fault.Unsupported)
}

func refundRejected(a *trial) {
	refunder := capability[wallet.Refunder](a)
	farSide[Approver](a)
	payment := a.paid(a.request(a.money(1000)))
	refund, err := refunder.Refund(a.Context(), a.refundRequest(payment, 400))
	a.refundable(err)
	a.must(err, "Refund")
	if refund.Status == wallet.RefundSucceeded {
		a.Skip("this account's refunds need no approval")
	}
	if got := a.decided(refund, false); got.Status != wallet.RefundFailed {
		a.wrong("the rejected refund is %q, want failed", got.Status)
	}
	if got := a.books(payment.Ref).Refunded; got.Positive() {
		a.wrong("the provider refunded %s, want nothing", got)
	}
}

func refundUnknown(a *trial) {
	querier := capability[wallet.RefundQuerier](a)
	payment := a.paid(a.request(a.money(1000)))
	_, err := querier.QueryRefund(a.Context(), wallet.RefundRef{RequestID: requestID(), Payment: payment.Ref})
	a.isKind(err, "QueryRefund of a refund that was never requested", fault.NotFound)
}

func exchangeOnce(a *trial) {
	authenticator := capability[wallet.Authenticator](a)
	minter := farSide[CodeMinter](a)
	var payers [2]wallet.Payer
	for i := range payers {
		code, err := minter.AuthCode(a.Context(), "alice")
		a.can(err, "mint a code")
		payers[i], err = authenticator.ExchangeAuthCode(a.Context(), code)
		a.must(err, "ExchangeAuthCode")
		_, err = authenticator.ExchangeAuthCode(a.Context(), code)
		a.isKind(err, "exchanging a used code",
			fault.Unauthenticated, fault.Declined, fault.Invalid, fault.NotFound, fault.Expired, fault.Conflict)
	}
	if payers[0].ID == "" || payers[0].ID != payers[1].ID {
		a.wrong("one user is %q and %q, want one id", payers[0].ID, payers[1].ID)
	}
}
