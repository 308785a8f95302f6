package miniprogram

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Cancel closes a payment nobody paid, and answers with the payment as it stands.
//
// The family's cancel gives back what was paid, which is not what we ask for: so the
// payment is looked at first, and one that is paid or held is left as it is. Between
// the look and the call there is a window, a round trip wide, in which a payer may
// pay; the wallet then gives the money back, the payment is canceled at both sides, and
// should its success have been notified too, the bridge raises it for a person.
//
// Faults: Unsupported where the profile cannot cancel; NotFound; Unavailable and Unknown as for every call.
// Source: the family's "cancel" page.
func (w *Wallet) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "miniprogram.Cancel"
	if !w.profile.CanCancel {
		return wallet.Payment{}, fault.New(fault.Unsupported, op, "This wallet cannot close payments.")
	}
	payment, err := w.QueryPayment(ctx, ref)
	if err != nil {
		return wallet.Payment{}, err
	}
	switch payment.Status {
	case wallet.Paid, wallet.Authorized, wallet.Canceled, "":
		return payment, nil
	}
	// A payment that failed is asked for too: some wallets call what was canceled failed.
	var out doneJSON
	body := wire.NewObject().Text("paymentId", payment.PaymentID).Text("paymentRequestId", requestIDUnless(payment.Ref)).End()
	err = w.call(ctx, op, pathCancel, body, &out)
	switch {
	case err == nil && out.Result.status() == success:
		payment.Status, payment.Code = wallet.Canceled, ""
		return payment, nil
	case err == nil:
		return wallet.Payment{}, fault.New(fault.Unknown, op, "The wallet has not canceled the payment yet.")
	case fault.KindOf(err) == fault.Declined || fault.KindOf(err) == fault.Conflict:
		return w.QueryPayment(ctx, payment.Ref)
	}
	return wallet.Payment{}, err
}
