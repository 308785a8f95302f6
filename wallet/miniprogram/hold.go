package miniprogram

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Capture takes held money, wholly or in part, once: the rest is released. The same RequestID
// captures once.
//
// The answer to a capture does not have the payment's own amount, without which a payment is
// not taken for paid; so a status query is sent first.
//
// Faults: Declined above what is held; Conflict when nothing is; Unsupported where the profile
// cannot hold; Unavailable and Unknown as for every call.
//
// Source: the family's "capture" page, v2, and that of Super Qi, v1.
func (w *Wallet) Capture(ctx context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	const op = "miniprogram.Capture"
	if err := w.holds(op); err != nil {
		return wallet.Payment{}, err
	}
	if err := w.checkMoney(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	payment, err := w.QueryPayment(ctx, req.Payment)
	if err != nil {
		// Nothing was sent yet that could have been executed.
		return wallet.Payment{}, wire.Reclassify(err, fault.Unavailable, fault.Unknown, fault.NotFound)
	}
	var out captureJSON
	if err := w.call(ctx, op, pathCapture, w.encodeCapture(req, payment.PaymentID), &out); err != nil {
		return wallet.Payment{}, refusedMoney(err)
	}
	return captured(op, payment, req, &out)
}

func (w *Wallet) encodeCapture(req wallet.CaptureRequest, paymentID string) []byte {
	o := wire.NewObject().Text("captureRequestId", req.RequestID).Text("paymentId", paymentID).
		Inner("captureAmount", w.profile.amount(req.Amount))
	return w.profile.yes(o, "isLastCapture", !w.profile.SingleCapture).End()
}

// captured returns the payment after a capture.
func captured(op string, payment wallet.Payment, req wallet.CaptureRequest, out *captureJSON) (wallet.Payment, error) {
	took, err := out.CaptureAmount.money()
	if err == nil && took != (wallet.Money{}) && took != req.Amount {
		err = wire.ErrMalformed
	}
	if err == nil && out.Result.status() != success {
		err = wire.ErrMalformed // accepted does not mean captured
	}
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	payment.Status, payment.Captured, payment.Code = wallet.Paid, req.Amount, ""
	payment.OccurredAt = moment(out.CaptureTime)
	return payment, nil
}

// Void releases held money. The same RequestID voids once.
//
// Faults: Conflict when nothing is held; Unsupported where the profile cannot hold; Unavailable
// and Unknown as for every call.
//
// Source: the family's "void" and "notifyVoid" pages, v1.
func (w *Wallet) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	const op = "miniprogram.Void"
	if err := w.holds(op); err != nil {
		return wallet.Payment{}, err
	}
	var out doneJSON
	body := wire.NewObject().Text("voidRequestId", req.RequestID).Text("paymentId", req.Payment.PaymentID).
		Text("paymentRequestId", requestIDUnless(req.Payment)).End()
	if err := w.call(ctx, op, w.profile.VoidPath, body, &out); err != nil {
		return wallet.Payment{}, refusedMoney(err)
	}
	if out.Result.status() != success {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	return wallet.Payment{Ref: req.Payment, Status: wallet.Voided}, nil
}

func (w *Wallet) holds(op string) error {
	if !w.profile.CanHold {
		return fault.New(fault.Unsupported, op, "This wallet cannot hold money.")
	}
	return nil
}

// withCaptured adds how much was captured of an authorization. Where the wallet does not report
// it, success would be read as all of it: such an answer changes nothing, and the capture that
// is repeated under its own ID returns the sum.
func (w *Wallet) withCaptured(payment *wallet.Payment, out *paymentJSON) error {
	if !w.profile.CanHold {
		return nil
	}
	captured, err := out.captured()
	if err != nil {
		return err
	}
	if captured == (wallet.Money{}) && out.AuthExpiryTime != "" {
		payment.Status, payment.Code = "", "SUCCESS"
	}
	payment.Captured = captured
	return nil
}
