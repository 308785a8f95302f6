package miniprogram

import (
	"cmp"
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Refund returns captured money to the payer, wholly or in part. The same RequestID yields the
// same refund. Success means that the merchant's money was taken; the payer may see it later.
// When a repeat after a lost answer is refused, a status query decides.
//
// Faults: Invalid above what is left; Declined; Unavailable; Unknown when no answer came or the
// wallet says U (send QueryRefund).
//
// Source: the family's "refund" page, v1 and v2, and "refundApply".
func (w *Wallet) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "miniprogram.Refund"
	if err := w.checkMoney(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	ref := wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment}
	var out refundJSON
	err := w.call(ctx, op, w.profile.RefundPath, w.encodeRefund(req), &out)
	if fault.Of(err).Code == "REFUND_IN_PROCESS" && fault.KindOf(err) == fault.Unknown {
		return wallet.Refund{RefundRef: ref, Status: wallet.RefundPending, Amount: req.Amount, Code: "REFUND_IN_PROCESS"}, nil
	}
	if err != nil {
		return wire.Resolve(w.refusedRepeat(refusedMoney(err), req.LastSentAt), func() (wallet.Refund, error) {
			return w.QueryRefund(ctx, ref)
		})
	}
	refund, err := w.answered(ctx, &out, ref)
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	refund.Status = refundLetters[out.Result.status()]
	if refund.Amount == (wallet.Money{}) {
		refund.Amount = req.Amount
	}
	return refund, nil
}

func (w *Wallet) encodeRefund(req wallet.RefundRequest) []byte {
	o := w.newCall().Text("refundRequestId", req.RequestID).Text("paymentId", req.Payment.PaymentID).
		Text("paymentRequestId", requestIDUnless(req.Payment)).
		Inner("refundAmount", w.profile.amount(req.Amount)).Text("refundReason", wire.Truncate(req.Reason, mostReason))
	if w.profile.RefundNotify {
		o = o.Text("refundNotifyUrl", req.NotifyURL)
	}
	return o.End()
}

// QueryRefund sends a status query. Either of the refund's ids is enough.
//
// Faults: NotFound; Unavailable and Unknown as for every call.
//
// Source: the family's "inquiryRefund" page, v1 and v2.
func (w *Wallet) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	const op = "miniprogram.QueryRefund"
	o := w.newCall().Text("refundId", ref.RefundID)
	if ref.RefundID == "" {
		o = o.Text("refundRequestId", ref.RequestID)
	}
	var out refundJSON
	if err := w.call(ctx, op, w.profile.InquiryRefundPath, o.End(), &out); err != nil {
		return wallet.Refund{}, refusedQuestion(err)
	}
	refund, err := w.answered(ctx, &out, ref)
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	var word string
	if refund.Status, word = out.status(); refund.Status == "" {
		refund.Code = wire.Clip(word)
	}
	return refund, nil
}

// answered returns the refund of an answer. Where it has another id of the payment than we
// know, and not ours, a query finds out whether the wallet has changed the payment's id.
func (w *Wallet) answered(ctx context.Context, out *refundJSON, requested wallet.RefundRef) (wallet.Refund, error) {
	refund, err := out.refund()
	if err != nil {
		return wallet.Refund{}, err
	}
	got := refund.RefundRef
	if differ(got.RequestID, requested.RequestID) || differ(got.RefundID, requested.RefundID) ||
		differ(got.Payment.RequestID, requested.Payment.RequestID) {
		return wallet.Refund{}, wire.ErrMalformed // an answer about another refund
	}
	if !about(requested.Payment, got.Payment) && !w.renamed(ctx, requested.Payment, got.Payment.PaymentID) {
		return wallet.Refund{}, wire.ErrMalformed
	}
	refund.RefundRef = wallet.RefundRef{
		RequestID: cmp.Or(requested.RequestID, got.RequestID), RefundID: cmp.Or(got.RefundID, requested.RefundID),
		Payment: wallet.Ref{
			RequestID: cmp.Or(requested.Payment.RequestID, got.Payment.RequestID),
			PaymentID: cmp.Or(requested.Payment.PaymentID, got.Payment.PaymentID),
		},
	}
	return refund, nil
}

// renamed reports whether the wallet now has this id for a payment.
func (w *Wallet) renamed(ctx context.Context, ref wallet.Ref, to string) bool {
	payment, err := w.QueryPayment(ctx, ref)
	return err == nil && payment.PaymentID == to
}
