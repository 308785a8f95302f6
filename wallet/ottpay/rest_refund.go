package ottpay

import (
	"context"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

const (
	pathRefund     = "/api/v1/pay/refund"
	pathCardRefund = "/api/v1/payment/local-card/refund"
)

// Refund returns money to the payer. The provider knows a refund by an id of its own only: a
// repeat would refund again. So the payment's refunded sum is compared with the books before
// each call, and a refund that may have been made is not requested again unless the account's
// sums prove that it was not.
//
// Faults: Invalid; Declined, also where the provider has refunded another sum than is booked;
// Unavailable while other refunds of the payment are open; Unknown.
// booked; Unavailable while other refunds of the payment are open; Unknown.
func (r *REST) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "ottpay.Refund"
	if err := r.checkAmount(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	req.Books.Amount = req.Amount
	ref := wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment, LastSentAt: req.LastSentAt}
	before, err := r.status(ctx, op, req.Payment)
	if err != nil {
		return wallet.Refund{}, notQueried(err, req.LastSentAt)
	}
	if before.Status != wallet.Paid {
		return wallet.Refund{}, notQueried(notRefundable(op, before.Status), req.LastSentAt)
	}
	ref.Payment = before.Ref
	state := compare(before.refunded, req.Books)
	switch {
	case !req.LastSentAt.IsZero() && !(state == refundAbsent && r.refundsCountAtOnce && r.now().Sub(req.LastSentAt) > r.lag):
		return r.judged(op, ref, before, req.Books)
	case state == refundAbsent, before.refunded == (wallet.Money{}): // it was not requested before
		return r.send(ctx, op, before, ref, req.Books)
	case req.Books.Open.Positive():
		return wallet.Refund{}, fault.New(fault.Unavailable, op, "Another refund of the payment is not settled yet.")
	}
	return wallet.Refund{}, fault.New(fault.Declined, op, "The wallet has refunded another sum of this payment than is booked.")
}

// send requests a refund, by the other path where the first knows no such payment.
func (r *REST) send(ctx context.Context, op string, before standing, ref wallet.RefundRef, books wallet.RefundBooks) (wallet.Refund, error) {
	paths := []string{pathRefund, pathCardRefund}
	if before.card {
		paths = []string{pathCardRefund, pathRefund}
	}
	body := wire.NewObject().Text("oriPaymentId", before.PaymentID).Text("refundAmount", strconv.FormatInt(books.Amount.Minor, 10)).End()
	result, err := r.call(ctx, op, paths[0], body)
	if notFound(err) {
		result, err = r.call(ctx, op, paths[1], body)
	}
	if err != nil {
		return r.refused(ctx, op, ref, books, err)
	}
	ref.RefundID, ref.LastSentAt = result.text("refundId"), time.Time{}
	refund := wallet.Refund{RefundRef: ref, Status: restRefunds[normal(result.text("refundStatus"))], Code: wire.Clip(result.text("refundStatus"))}
	if refund.Amount, err = r.cents(result, "refundAmount"); err != nil || !wire.ValidIDs(ref.RefundID) || refund.Status == "" {
		return wallet.Refund{}, wire.Unknown(op, wire.ErrMalformed)
	}
	return refund, nil
}

// refused returns the meaning of a refused refund. An earlier refund may have been made and
// shown late, so the payment's sum is read again: a refusal counts when the sum confirms it.
func (r *REST) refused(ctx context.Context, op string, ref wallet.RefundRef, books wallet.RefundBooks, refusal error) (wallet.Refund, error) {
	switch fault.KindOf(refusal) {
	case fault.Declined, fault.Invalid, fault.Conflict, fault.NotFound:
	default:
		return wallet.Refund{}, refusal
	}
	after, err := r.status(ctx, op, ref.Payment)
	state := compare(after.refunded, books)
	switch {
	case err == nil && state == refundDone:
		return r.judged(op, ref, after, books)
	case err == nil && bornOut(refusal, after, books, ref.LastSentAt):
		return wallet.Refund{}, wire.Reclassify(refusal, fault.Declined, fault.Conflict, fault.NotFound)
	}
	return wallet.Refund{}, wire.Reclassify(refusal, fault.Unknown, fault.Declined, fault.Invalid, fault.Conflict, fault.NotFound)
}

// bornOut reports whether a payment's refunded sum agrees with a refusal: the refund is not in
// it, and where the refusal says that too little is left, so does the sum. For a refund that
// was not requested before, an absent sum does not contradict.
func bornOut(refusal error, after standing, books wallet.RefundBooks, lastSentAt time.Time) bool {
	if after.refunded == (wallet.Money{}) {
		return lastSentAt.IsZero()
	}
	code, left := fault.Of(refusal).Code, after.Amount.Minor-after.refunded.Minor
	fits := (code == codeAboveRest || code == codeNothingLeft) && after.Amount.Positive() && books.Amount.Minor <= left
	return compare(after.refunded, books) == refundAbsent && !fits
}

var restRefunds = map[string]wallet.RefundStatus{
	"INIT": wallet.RefundPending, "PROCESSING": wallet.RefundPending, "SUCCESS": wallet.RefundSucceeded, "FAILURE": wallet.RefundFailed,
}

// refundCodes are the state codes of refunds.
var refundCodes = map[string]wallet.RefundStatus{
	"P00012": wallet.RefundSucceeded, "P00013": wallet.RefundPending, "P00014": wallet.RefundFailed,
}

// QueryRefund sends a status query: by the refund's id where the settings say that this is
// answered, and otherwise by the payment's refunded sum.
//
// Faults: NotFound; Unavailable; Unknown where the sum does not decide.
func (r *REST) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	const op = "ottpay.QueryRefund"
	if ref.RefundID != "" && r.refundIDsQueried {
		result, err := r.call(ctx, op, pathStatus, wire.NewObject().Text("paymentId", ref.RefundID).End())
		if err == nil && result.text("paymentId") == ref.RefundID && refundCodes[result.text("stateCode")] != "" {
			code := result.text("stateCode")
			ref.Books = wallet.RefundBooks{}
			return wallet.Refund{RefundRef: ref, Status: refundCodes[code], Code: code}, nil
		}
	}
	got, err := r.status(ctx, op, ref.Payment)
	if err != nil {
		return wallet.Refund{}, err
	}
	return r.judged(op, ref, got, ref.Books)
}

// judged returns a refund by what the payment's refunded sum proves. The sum may contain
// refunds that are in progress and may fail: only the payment's state proves that one was made.
// Where refunds count at once, an accepted refund that is not in the sum has failed.
func (r *REST) judged(op string, ref wallet.RefundRef, got standing, books wallet.RefundBooks) (wallet.Refund, error) {
	state, gone := compare(got.refunded, books), r.refundsCountAtOnce && !ref.LastSentAt.IsZero() && r.now().Sub(ref.LastSentAt) > r.lag
	ref.Books = wallet.RefundBooks{}
	switch {
	case state == refundDone && got.refundedAll(books):
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundSucceeded}, nil
	case state == refundAbsent && ref.RefundID != "" && gone:
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundFailed}, nil
	case state == refundDone, ref.RefundID != "":
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundPending}, nil
	case state == refundAbsent && r.refundsCountAtOnce:
		return wallet.Refund{}, fault.New(fault.NotFound, op, "The wallet knows no such refund.")
	}
	return wallet.Refund{}, unknown(op, "The wallet does not say whether this refund was made.")
}
