package ottpay

import (
	"context"
	"errors"
	"strconv"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Refund returns money to the payer under an id of ours. SUCCESS means that the provider has
// accepted the refund; QueryRefund returns the result. A refusal is final only once the
// provider does not know the refund.
//
// Faults: Invalid; Conflict where nothing was paid; Unsupported for cards, whose refund is not
// documented; Declined; Unavailable; Unknown (send QueryRefund).
func (w *Web) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "ottpay.Refund"
	if err := w.checkAmount(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	original, err := w.original(ctx, op, req.Payment)
	if err != nil {
		return wallet.Refund{}, notQueried(err, req.LastSentAt)
	}
	ref := wallet.RefundRef{
		RequestID: req.RequestID, Payment: wallet.Ref{RequestID: req.Payment.RequestID, PaymentID: original}, Books: req.Books,
	}
	data, err := w.call(ctx, op, actionRefund, fields{}.with("ori_order_id", original).
		with("refund_amt", strconv.FormatInt(req.Amount.Minor, 10)).with("order_id", req.RequestID))
	if err != nil {
		return w.standingRefund(ctx, ref, req, err)
	}
	if id := data.text("order_id"); id != "" && id != req.RequestID {
		return wallet.Refund{}, wire.Unknown(op, wire.ErrMalformed)
	}
	ref.RefundID, ref.Books = req.RequestID, wallet.RefundBooks{}
	return wallet.Refund{RefundRef: ref, Status: wallet.RefundPending, Amount: req.Amount}, nil
}

// standingRefund returns the refund that a refusal is about, or the refusal where there is
// none.
func (w *Web) standingRefund(ctx context.Context, ref wallet.RefundRef, req wallet.RefundRequest, refusal error) (wallet.Refund, error) {
	switch fault.KindOf(refusal) {
	case fault.Declined, fault.Invalid, fault.Conflict:
	default:
		return wallet.Refund{}, refusal
	}
	got, err := w.QueryRefund(ctx, ref)
	switch {
	case err == nil:
		return got, nil
	case errors.Is(refusal, fault.Conflict), !notFound(err), !req.LastSentAt.IsZero() && w.now().Sub(req.LastSentAt) <= w.lag:
		return wallet.Refund{}, wire.Reclassify(refusal, fault.Unknown, fault.Declined, fault.Invalid, fault.Conflict)
	}
	return wallet.Refund{}, refusal
}

// original returns the id by which a payment is refunded: the provider's own for a checkout.
func (w *Web) original(ctx context.Context, op string, ref wallet.Ref) (string, error) {
	if isCard(ref) {
		return "", fault.New(fault.Unsupported, op, "OTT Pay documents no refund of cards by API.")
	}
	if ref.PaymentID != "" {
		return ref.PaymentID, nil
	}
	payment, err := w.QueryPayment(ctx, ref)
	switch {
	case notFound(err):
		return "", wire.Reclassify(err, fault.Conflict, fault.NotFound)
	case err != nil:
		return "", wire.Reclassify(err, fault.Unavailable, fault.Unknown) // no refund was requested
	case payment.Status != wallet.Paid:
		return "", notRefundable(op, payment.Status)
	case payment.PaymentID == "":
		return "", fault.New(fault.Unavailable, op, "The wallet does not return the id by which the payment is refunded.")
	case isCard(payment.Ref):
		return w.original(ctx, op, payment.Ref)
	}
	return payment.PaymentID, nil
}

// QueryRefund sends a status query by the refund's own id. Where that finds nothing, the
// payment's refunded sum is compared with the books: a refund is NotFound only when both say
// so.
//
// Faults: NotFound; Unavailable; Unknown.
func (w *Web) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	const op = "ottpay.QueryRefund"
	id := firstOf(ref.RefundID, ref.RequestID)
	data, err := w.sendAction(ctx, op, actionStatus, fields{}.with("order_id", id))
	switch {
	case notFound(err) && (ref.RefundID == "" || w.refundsEndBySum):
		return w.comparedRefund(ctx, op, ref)
	case err != nil:
		return wallet.Refund{}, wire.Reclassify(err, fault.Unknown, fault.NotFound)
	}
	if got := data.text("order_id"); got != "" && got != id {
		return wallet.Refund{}, wire.Unknown(op, wire.ErrMalformed)
	}
	word := data.text("order_status")
	ref.RefundID, ref.Books = id, wallet.RefundBooks{}
	refund := wallet.Refund{RefundRef: ref, Status: refundStatuses[normal(word)]}
	if refund.Status == "" {
		refund.Code = wire.Clip(word)
	}
	return refund, nil
}

var refundStatuses = map[string]wallet.RefundStatus{
	"INIT": wallet.RefundPending, "PROCESSING": wallet.RefundPending, "SUCCESS": wallet.RefundSucceeded,
	"ORDERCLOSE": wallet.RefundFailed, "ORDERCLOSED": wallet.RefundFailed, "FAILURE": wallet.RefundFailed, "FAIL": wallet.RefundFailed,
}

// comparedRefund judges a refund that the provider does not find by its id.
func (w *Web) comparedRefund(ctx context.Context, op string, ref wallet.RefundRef) (wallet.Refund, error) {
	original, err := w.original(ctx, op, ref.Payment)
	if err != nil {
		return wallet.Refund{}, wire.Reclassify(err, fault.Unknown, fault.Conflict)
	}
	data, err := w.sendAction(ctx, op, actionStatus, fields{}.with("order_id", original))
	if err != nil {
		return wallet.Refund{}, wire.Reclassify(err, fault.Unknown, fault.NotFound)
	}
	refunded, err := w.cents(data, "refund_fee", "refund_amount")
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	state := compare(refunded, ref.Books)
	ref.Books = wallet.RefundBooks{}
	switch {
	case state == refundDone:
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundSucceeded}, nil
	case ref.RefundID != "": // the provider has accepted it
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundPending}, nil
	case state == refundAbsent:
		return wallet.Refund{}, fault.New(fault.NotFound, op, "The wallet knows no such refund.")
	}
	return wallet.Refund{}, unknown(op, "The wallet does not say whether this refund was made.")
}
