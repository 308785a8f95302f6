package miniprogram

import (
	"context"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Cancel closes an unpaid payment, and returns the payment as it stands.
//
// The family's cancel refunds what was paid, which is not the purpose of Cancel: so a status
// query is sent first, and a payment that is paid or authorized is not canceled. Between the
// query and the call there is a window, one round trip long, in which a payer may pay; the
// wallet then refunds the money, the payment is canceled at both sides, and if its success was
// notified too, the engine raises attention.
//
// Faults: Unsupported where the profile cannot cancel; NotFound; Unavailable and Unknown as for
// every call.
//
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
	// A failed payment is canceled too: some wallets call a canceled payment failed.
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
