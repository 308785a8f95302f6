package miniprogram

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Wallet is one merchant account at one wallet of the family. It is safe for concurrent use.
//
// What its profile cannot do returns Unsupported; see Lacks.
type Wallet struct {
	profile       Profile
	names         names
	paymentMethod string
	mcc           string
	userInfo      bool

	name string // as configured
	base wire.Base
	http *http.Client
	now  func() time.Time
	lag  time.Duration
	log  *slog.Logger
	seal seal
	pin  *pin // that the wallet signs its answers
	// trustUnsigned says that TLS is proof enough of an answer, as configured.
	trustUnsigned bool
}

var (
	_ wallet.Wallet            = (*Wallet)(nil)
	_ wallet.Querier           = (*Wallet)(nil)
	_ wallet.Paced             = (*Wallet)(nil)
	_ wallet.Capturer          = (*Wallet)(nil)
	_ wallet.Voider            = (*Wallet)(nil)
	_ wallet.Refunder          = (*Wallet)(nil)
	_ wallet.RefundQuerier     = (*Wallet)(nil)
	_ wallet.Authenticator     = (*Wallet)(nil)
	_ wallet.Agreer            = (*Wallet)(nil)
	_ wallet.PaymentIDNotifier = (*Wallet)(nil)
	_ wallet.Canceler          = (*Wallet)(nil)
	_ wallet.Restricted        = (*Wallet)(nil)
)

// Pace returns how long the wallet's queries may lag; the schedule is the default.
func (w *Wallet) Pace() wallet.Pace { return wallet.Pace{Lag: w.lag} }

// CreatePayment opens a payment, or, by an agreement, makes it at once. The same RequestID and
// content yield the same payment; most wallets of the family promise the same answer only once
// it is final, so a repeat may come without a payment URL. When a repeat after a lost answer is
// refused, a status query decides.
//
// Faults: Declined and Invalid when refused; Unsupported for what the profile lacks;
// Unavailable when it was not executed, such as by a traffic limit; Unknown when no answer came
// that can be relied on, and when the wallet says U.
//
// Source: the family's "pay" page, v1 and v2.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "miniprogram.CreatePayment"
	if err := w.payable(op, &req); err != nil {
		return wallet.Payment{}, err
	}
	if w.profile.QueryFirst && !req.LastSentAt.IsZero() { // before the first request there is nothing to find
		payment, err := w.queriedFirst(ctx, op, &req)
		if fault.KindOf(err) != fault.NotFound {
			return payment, err
		}
	}
	var out payJSON
	err := w.call(ctx, op, pathPay, w.encodePay(req), &out)
	switch {
	case err == nil || opened(err, &out):
		return out.payment(op, req)
	case stands(err) && req.LastSentAt.IsZero():
		return w.standing(ctx, req, err)
	}
	return wire.Resolve(w.refusedRepeat(refusedMoney(err), req.LastSentAt), func() (wallet.Payment, error) {
		return w.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
	})
}

// queriedFirst returns the payment of an earlier request. NotFound means that the payment may be
// requested again; soon after an answer was lost the query may lag, and the outcome is Unknown.
func (w *Wallet) queriedFirst(ctx context.Context, op string, req *wallet.PaymentRequest) (wallet.Payment, error) {
	payment, err := w.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
	if fault.KindOf(err) == fault.NotFound && !req.LastSentAt.IsZero() && w.now().Sub(req.LastSentAt) <= w.lag {
		return wallet.Payment{}, fault.New(fault.Unknown, op, "The wallet does not know the payment yet.")
	}
	return payment, err
}

func (w *Wallet) refusedRepeat(refusal error, lastSentAt time.Time) wire.RefusedRepeat {
	return wire.RefusedRepeat{Refusal: refusal, LastSentAt: lastSentAt, Now: w.now(), Lag: w.lag}
}

// payable checks a request before the wallet is called.
func (w *Wallet) payable(op string, req *wallet.PaymentRequest) error {
	if err := w.checkMoney(op, req.Amount); err != nil {
		return err
	}
	switch {
	case req.Hold && !w.profile.CanHold:
		return fault.New(fault.Unsupported, op, "This wallet cannot hold money.")
	case req.Agreement != "" && !w.profile.CanAgree:
		return fault.New(fault.Unsupported, op, "This wallet has no agreements.")
	case req.Agreement != "" && w.profile.NeedsProduct && w.profile.AgreementCode == "":
		return fault.New(fault.Unsupported, op, "This wallet has no product for payments by agreement.")
	case req.Agreement != "" && req.Hold:
		return fault.New(fault.Unsupported, op, "This wallet cannot hold money by agreement.")
	case w.profile.Buyer && req.Payer.ID == "":
		return fault.InvalidField(op, "payer", "must be known to this wallet: sign in first")
	}
	return nil
}

// payment returns the payment of an answer with S or A.
func (p *payJSON) payment(op string, req wallet.PaymentRequest) (wallet.Payment, error) {
	out := wallet.Payment{
		Ref:    wallet.Ref{RequestID: req.RequestID, PaymentID: p.PaymentID},
		Status: wallet.Pending, Amount: req.Amount, OccurredAt: moment(p.PaymentTime), Unproven: p.unproven,
	}
	if p.PaymentRequestID != "" && p.PaymentRequestID != req.RequestID || p.PaymentID == "" || !wire.ValidIDs(p.PaymentID) {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	if p.Result.status() == success {
		out.Status = paidAs(req)
		return out, nil
	}
	var err error
	if out.Action, err = action(wallet.ActionPaymentURL, p.url()); err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return out, nil
}

// paidAs returns the status that success means for a request.
func paidAs(req wallet.PaymentRequest) wallet.Status {
	if req.Hold {
		return wallet.Authorized
	}
	return wallet.Paid
}

// opened reports whether an answer without an outcome has the payment URL: then the payment
// exists, and waits for its payer.
func opened(err error, p *payJSON) bool {
	return fault.Of(err).Code == "PAYMENT_IN_PROCESS" && p.PaymentID != "" && p.url() != ""
}

// stands reports whether a refusal to pay is about an existing payment: this request was seen
// before, or its payment can no longer be paid.
func stands(err error) bool {
	code := fault.Of(err).Code
	return err != nil && fault.KindOf(err) != fault.Unknown &&
		(code == "REPEAT_REQ_INCONSISTENT" || code == "ORDER_STATUS_INVALID")
}

// standing returns the payment as it stands, or the refusal when there is none: a payment that
// was requested and does not exist has no state that could forbid anything.
func (w *Wallet) standing(ctx context.Context, req wallet.PaymentRequest, refused error) (wallet.Payment, error) {
	payment, err := w.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
	switch {
	case fault.KindOf(err) == fault.NotFound && fault.Of(refused).Code == "ORDER_STATUS_INVALID":
		return wallet.Payment{}, wire.Reclassify(refused, fault.Declined, fault.Conflict)
	case fault.KindOf(err) == fault.NotFound:
		return wallet.Payment{}, refused
	}
	return payment, err
}

// QueryPayment sends a status query. An unknown status changes nothing and is shown as the
// code.
//
// Faults: NotFound, which is final only after the payment's expiry; Unavailable and Unknown as
// for every call.
//
// Source: the family's "inquiryPayment" page, v1 and v2.
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "miniprogram.QueryPayment"
	body := w.newCall().Text("paymentId", ref.PaymentID).Text("paymentRequestId", requestIDUnless(ref)).End()
	var out paymentJSON
	if err := w.call(ctx, op, pathInquiry, body, &out); err != nil {
		return wallet.Payment{}, refusedQuestion(err)
	}
	payment, err := w.queried(&out, ref)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

// newCall begins the body of a call about an existing payment or refund.
func (w *Wallet) newCall() wire.Object {
	if w.profile.PartnerID {
		return wire.NewObject().Text("partnerId", w.names.partnerID)
	}
	return wire.NewObject()
}

// requestIDUnless returns the request ID where the payment id is not known: of two ids the
// wallet reads one only, and ours must not hide that the other is wrong.
func requestIDUnless(ref wallet.Ref) string {
	if ref.PaymentID != "" {
		return ""
	}
	return ref.RequestID
}

// queried returns the payment of an inquiry's answer, which must be the requested one.
func (w *Wallet) queried(out *paymentJSON, ref wallet.Ref) (wallet.Payment, error) {
	payment, err := out.payment()
	if err != nil {
		return wallet.Payment{}, err
	}
	if !about(ref, payment.Ref) {
		return wallet.Payment{}, wire.ErrMalformed // an answer about another payment
	}
	if differ(payment.PaymentID, ref.PaymentID) {
		payment.OtherIDs = []string{ref.PaymentID}
	}
	payment.RequestID = cmp.Or(ref.RequestID, payment.RequestID)
	payment.PaymentID = cmp.Or(payment.PaymentID, ref.PaymentID)
	var word string
	if payment.Status, word = out.status(); payment.Status == "" {
		payment.Code = wire.Clip(word)
	}
	if payment.Status == wallet.Paid {
		err = w.withCaptured(&payment, out)
	}
	return payment, err
}

// about reports whether an answer is about the requested payment. Our request ID decides where
// both name it: the wallet may have changed the payment's id since.
func about(requested, got wallet.Ref) bool {
	if requested.RequestID != "" && got.RequestID != "" {
		return requested.RequestID == got.RequestID
	}
	return !differ(requested.PaymentID, got.PaymentID)
}

// differ reports whether two ids differ; an empty one differs from none.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// Takes reports whether the account takes a currency.
func (w *Wallet) Takes(c wallet.Currency) bool { return w.profile.pays(string(c)) }

func (w *Wallet) checkMoney(op string, m wallet.Money) error {
	const tooMuch = 10_000_000_000_000_000 // the first value of more than mostDigits
	if err := wire.CheckAmount(op, m); err != nil {
		return err
	}
	switch {
	case !w.Takes(m.Currency):
		return fault.InvalidField(op, "amount.currency", "is not a currency of this wallet")
	case m.Minor >= tooMuch:
		return fault.InvalidField(op, "amount", "is more than this wallet can write")
	}
	return nil
}
