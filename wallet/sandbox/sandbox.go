package sandbox

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Wallet is one account at a sandbox provider. It is safe for concurrent use.
type Wallet struct {
	base wire.Base
	http *http.Client
	now  func() time.Time
	log  *slog.Logger
	lag  time.Duration
	seal seal
}

var (
	_ wallet.Wallet            = (*Wallet)(nil)
	_ wallet.Querier           = (*Wallet)(nil)
	_ wallet.Paced             = (*Wallet)(nil)
	_ wallet.Chooser           = (*Wallet)(nil)
	_ wallet.Capturer          = (*Wallet)(nil)
	_ wallet.Voider            = (*Wallet)(nil)
	_ wallet.Canceler          = (*Wallet)(nil)
	_ wallet.Refunder          = (*Wallet)(nil)
	_ wallet.RefundQuerier     = (*Wallet)(nil)
	_ wallet.Authenticator     = (*Wallet)(nil)
	_ wallet.Agreer            = (*Wallet)(nil)
	_ wallet.PaymentIDNotifier = (*Wallet)(nil)
)

// Pace returns how long the provider's queries may lag; the schedule is the default.
func (w *Wallet) Pace() wallet.Pace { return wallet.Pace{Lag: w.lag} }

// CreatePayment opens a payment. The same RequestID and content yield the same payment and
// payment URL. When a repeat after a lost answer is refused, a status query decides. By an
// agreement the payment is paid at once, without an action.
//
// Faults: Declined and Invalid when refused; Unsupported for an authorization by an agreement;
// Conflict when the RequestID was used with other content; Unavailable when it was not
// executed, such as by a traffic limit; Unknown when no answer came that can be relied on.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "sandbox.CreatePayment"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	if req.Hold && req.Agreement != "" {
		return wallet.Payment{}, fault.New(fault.Unsupported, op, "This wallet cannot hold money by agreement.")
	}
	ref := wallet.Ref{RequestID: req.RequestID}
	payment, err := w.payment(ctx, op, pathCreate, ref, encodeCreate(req))
	if err == nil {
		return payment, nil
	}
	return wire.Resolve(w.refusedRepeat(err, req.LastSentAt), func() (wallet.Payment, error) { return w.QueryPayment(ctx, ref) })
}

func (w *Wallet) refusedRepeat(refusal error, lastSentAt time.Time) wire.RefusedRepeat {
	return wire.RefusedRepeat{Refusal: refusal, LastSentAt: lastSentAt, Now: w.now(), Lag: w.lag}
}

// QueryPayment sends a status query.
//
// Faults: NotFound; Unavailable and Unknown as for every call.
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return w.payment(ctx, "sandbox.QueryPayment", pathQuery, ref, named(wire.NewObject(), ref).End())
}

// ChoosePayment sets the payer's method and returns the payment URL.
//
// Faults: Invalid for a method that was not offered; Conflict when the payment is
// not open any more; NotFound.
func (w *Wallet) ChoosePayment(ctx context.Context, req wallet.ChooseRequest) (wallet.Payment, error) {
	body := named(wire.NewObject(), req.Payment).Text("method", req.Method).End()
	return w.payment(ctx, "sandbox.ChoosePayment", pathChoose, req.Payment, body)
}

// Cancel closes an unpaid payment, and returns the payment as it stands.
//
// Faults: NotFound.
func (w *Wallet) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return w.payment(ctx, "sandbox.Cancel", pathCancel, ref, named(wire.NewObject(), ref).End())
}

// Capture takes held money, once; the rest is released.
//
// Faults: Invalid above what is held; Conflict when nothing is held; NotFound.
func (w *Wallet) Capture(ctx context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	const op = "sandbox.Capture"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	body := named(wire.NewObject().Text("captureRequestId", req.RequestID), req.Payment).Amount("amount", req.Amount).End()
	return w.payment(ctx, op, pathCapture, req.Payment, body)
}

// Void releases held money.
//
// Faults: Conflict when nothing is held; NotFound.
func (w *Wallet) Void(ctx context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	body := named(wire.NewObject().Text("voidRequestId", req.RequestID), req.Payment).End()
	return w.payment(ctx, "sandbox.Void", pathVoid, req.Payment, body)
}

// Refund returns captured money to the payer. The same RequestID yields the same refund; it is
// Waiting where an operator of the provider approves refunds. When a repeat after a lost answer
// is refused, a status query decides.
//
// Faults: Invalid above what is left; Conflict when nothing was captured; NotFound; Unknown
// when no answer came (send QueryRefund).
func (w *Wallet) Refund(ctx context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	const op = "sandbox.Refund"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Refund{}, err
	}
	body := named(wire.NewObject().Text("refundRequestId", req.RequestID), req.Payment).Amount("amount", req.Amount).
		Text("reason", req.Reason).Text("notifyUrl", req.NotifyURL).End()
	ref := wallet.RefundRef{RequestID: req.RequestID, Payment: req.Payment}
	refund, err := w.refund(ctx, op, pathRefund, ref, body)
	if err == nil {
		return refund, nil
	}
	return wire.Resolve(w.refusedRepeat(err, req.LastSentAt), func() (wallet.Refund, error) { return w.QueryRefund(ctx, ref) })
}

// QueryRefund sends a status query. Either of the refund's ids is enough.
//
// Faults: NotFound.
func (w *Wallet) QueryRefund(ctx context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	body := wire.NewObject().Text("refundRequestId", ref.RequestID).Text("refundId", ref.RefundID).End()
	return w.refund(ctx, "sandbox.QueryRefund", pathRefundQuery, ref, body)
}

// ExchangeAuthCode returns the payer. The id is stable for one user.
//
// Faults: Unauthenticated for a code that is unknown or was used; Expired.
func (w *Wallet) ExchangeAuthCode(ctx context.Context, code string) (wallet.Payer, error) {
	const op = "sandbox.ExchangeAuthCode"
	var out payerJSON
	if err := w.call(ctx, op, pathExchange, wire.NewObject().Text("code", code).End(), &out); err != nil {
		return wallet.Payer{}, err
	}
	if !id(out.CustomerID) {
		return wallet.Payer{}, wire.Unknown(op, wire.ErrMalformed)
	}
	return wallet.Payer{ID: out.CustomerID, Name: wire.Clip(out.Name)}, nil
}

// payment makes a call whose answer is the requested payment.
func (w *Wallet) payment(ctx context.Context, op, path string, ref wallet.Ref, body []byte) (wallet.Payment, error) {
	var out paymentJSON
	if err := w.call(ctx, op, path, body, &out); err != nil {
		return wallet.Payment{}, err
	}
	payment, err := out.answered()
	if err == nil && !about(ref, &payment) {
		err = wire.ErrMalformed // an answer about another payment
	}
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

// about reports whether an answer is about the requested payment. Our request ID decides: the
// provider may have changed the payment's id since.
func about(ref wallet.Ref, got *wallet.Payment) bool {
	if ref.RequestID != "" {
		return got.RequestID == ref.RequestID
	}
	return ref.PaymentID == got.PaymentID || slices.Contains(got.OtherIDs, ref.PaymentID)
}

func (w *Wallet) refund(ctx context.Context, op, path string, ref wallet.RefundRef, body []byte) (wallet.Refund, error) {
	var out refundJSON
	if err := w.call(ctx, op, path, body, &out); err != nil {
		return wallet.Refund{}, err
	}
	refund, err := out.answered()
	if err == nil && !aboutRefund(ref, refund.RefundRef) {
		err = wire.ErrMalformed // an answer about another refund
	}
	if err != nil {
		return wallet.Refund{}, wire.Unknown(op, err)
	}
	return refund, nil
}

// aboutRefund reports whether an answer is about the requested refund, as far as the request
// names it.
func aboutRefund(requested, got wallet.RefundRef) bool {
	same := func(requested, got string) bool { return requested == "" || requested == got }
	return same(requested.RequestID, got.RequestID) && same(requested.RefundID, got.RefundID) &&
		same(requested.Payment.RequestID, got.Payment.RequestID)
}
