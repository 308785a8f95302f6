package redotpay

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The flows that can be configured.
const (
	flowPaylink = "paylink"
	flowOpenAPI = "openApi"
)

// Wallet is one merchant account at RedotPay Connect. It is safe for concurrent use.
type Wallet struct {
	name       string // as configured
	base       wire.Base
	http       *http.Client
	now        func() time.Time
	log        *slog.Logger
	seal       seal
	codes      wire.Codes
	config     Config // without its keys
	refund     RefundConfig
	currencies []wallet.Currency
	flow       string
	trust      bool
	lag        time.Duration
}

// Refunding is a Wallet whose refunds are configured.
type Refunding struct{ *Wallet }

var (
	_ wallet.Wallet        = (*Wallet)(nil)
	_ wallet.Chooser       = (*Wallet)(nil)
	_ wallet.Querier       = (*Wallet)(nil)
	_ wallet.Paced         = (*Wallet)(nil)
	_ wallet.Canceler      = (*Wallet)(nil)
	_ wallet.Notifier      = (*Wallet)(nil)
	_ wallet.Refunder      = Refunding{}
	_ wallet.RefundQuerier = Refunding{}
)

// Pace returns how long the provider's queries may lag; the schedule is the default.
func (w *Wallet) Pace() wallet.Pace { return wallet.Pace{Lag: w.lag} }

// CreatePayment opens an order. How the provider answers a repeat of its number is not
// documented: a repeat that is refused after a lost answer is resolved by a query.
//
// Faults: Declined only for a code that is configured as refused; Invalid for a currency that
// is not configured; Unknown for every other refusal, and when no answer came that can be
// relied on.
//
// Source: RedotPay's reference page "Create pre-pay order", and the integration guide.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "redotpay.CreatePayment"
	if err := w.payable(op, &req); err != nil {
		return wallet.Payment{}, err
	}
	var out createdJSON
	if err := w.call(ctx, op, pathCreate, w.encodeCreate(&req), &out); err != nil {
		return wire.Resolve(w.refusedRepeat(err, req.LastSentAt), func() (wallet.Payment, error) {
			return w.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
		})
	}
	if out.OrderSn == "" || !wire.ValidIDs(out.OrderSn) || differ(out.OuterOrderSn, req.RequestID) {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	return w.opened(ctx, op, &req, &out)
}

func (w *Wallet) refusedRepeat(refusal error, lastSentAt time.Time) wire.RefusedRepeat {
	return wire.RefusedRepeat{Refusal: refusal, LastSentAt: lastSentAt, Now: w.now(), Lag: w.lag}
}

// payable checks a request before the provider is called.
func (w *Wallet) payable(op string, req *wallet.PaymentRequest) error {
	switch {
	case req.Hold:
		return fault.New(fault.Unsupported, op, "This wallet cannot hold money.")
	case req.Agreement != "":
		return fault.New(fault.Unsupported, op, "This wallet has no agreements.")
	case req.MethodToken != "":
		return fault.New(fault.Unsupported, op, "This wallet charges no method tokens.")
	}
	return w.checkMoney(op, req.Amount)
}

// Takes reports whether a currency is configured.
func (w *Wallet) Takes(c wallet.Currency) bool { return slices.Contains(w.currencies, c) }

func (w *Wallet) checkMoney(op string, m wallet.Money) error {
	if err := wire.CheckAmount(op, m); err != nil {
		return err
	}
	if !w.Takes(m.Currency) {
		return fault.InvalidField(op, "amount.currency", "is not a currency of this wallet")
	}
	return nil
}

// opened returns the payment of an answer to create. Methods that cannot be parsed do not
// matter where there is a link.
func (w *Wallet) opened(ctx context.Context, op string, req *wallet.PaymentRequest, out *createdJSON) (wallet.Payment, error) {
	payment := wallet.Payment{
		Ref:    wallet.Ref{RequestID: req.RequestID, PaymentID: out.OrderSn},
		Status: wallet.Pending, Amount: req.Amount,
	}
	methods, wrong := out.methods()
	if wrong != nil {
		w.log.Warn("the payment methods of an answer cannot be read", "wallet", w.name, "request", req.RequestID)
	}
	payment.Places = w.places(methods, req.Channel)
	if m, found := methods.find(req.Method); found {
		action, err := w.methodAction(ctx, op, out.OrderSn, m, req.Channel)
		if err == nil {
			payment.Method, payment.Action = req.Method, action
			return payment, nil
		}
	}
	if payment.Action = w.firstAction(out, methods, req.Channel); payment.Action == nil {
		return wallet.Payment{}, wire.Unknown(op, cmp.Or(wrong, errNowhere))
	}
	return payment, nil
}

// firstAction returns where the payer goes who has chosen no method, or whose method could not
// be fetched; nil when the answer has no address.
func (w *Wallet) firstAction(out *createdJSON, methods methodList, channel wallet.Channel) *wallet.Action {
	link := w.action(&out.placeJSON, channel)
	if len(methods) == 0 || link != nil && w.flow != flowOpenAPI {
		return link
	}
	if only := methods[0]; len(methods) == 1 && !only.manual() {
		if action := w.action(&only.placeJSON, channel); action != nil {
			return action
		}
	}
	return methods.choice()
}

// methodAction returns where the payer of a method goes: from the answer to create, or fetched
// where the method is manual.
func (w *Wallet) methodAction(ctx context.Context, op, sn string, m methodJSON, channel wallet.Channel) (*wallet.Action, error) {
	if action := w.action(&m.placeJSON, channel); action != nil && !m.manual() {
		return action, nil
	}
	place, err := w.fetch(ctx, op, sn, string(m.ID))
	if err != nil {
		return nil, err
	}
	if action := w.action(place, channel); action != nil {
		return action, nil
	}
	return nil, wire.Unknown(op, errNowhere)
}

// ChoosePayment fetches where the payer of a method goes; the methods that are not manual are
// in Payment.Places. Any method may be chosen, again and another one, while the order is open.
//
// Faults: Declined for a code that is configured as refused; Unknown for every other refusal,
// and when no answer came that can be relied on: the call moves no money, so it may be
// repeated.
//
// Source: the integration guide's sequence for manual methods; the names are not documented.
func (w *Wallet) ChoosePayment(ctx context.Context, req wallet.ChooseRequest) (wallet.Payment, error) {
	const op = "redotpay.ChoosePayment"
	ref := req.Payment
	if ref.PaymentID == "" {
		known, err := w.QueryPayment(ctx, ref)
		if err != nil {
			return wallet.Payment{}, err
		}
		ref = known.Ref
	}
	place, err := w.fetch(ctx, op, ref.PaymentID, req.Method)
	if err != nil {
		return wallet.Payment{}, err
	}
	action := w.chosenAction(place, req.Channel)
	if action == nil {
		return wallet.Payment{}, wire.Unknown(op, errNowhere)
	}
	return wallet.Payment{Ref: ref, Status: wallet.Pending, Method: req.Method, Action: action}, nil
}

// fetch requests the URL and QR content of a method.
func (w *Wallet) fetch(ctx context.Context, op, sn, method string) (*placeJSON, error) {
	var out placeJSON
	body := wire.NewObject().Text("orderSn", sn).Text("paymentMethodId", method).End()
	if err := w.call(ctx, op, pathMethod, body, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// QueryPayment sends a status query, by our number where it is known. An unknown status changes
// nothing and is shown as the code.
//
// Faults: NotFound where a code with that meaning is configured; Unknown for every other
// refusal, which says nothing about the order.
//
// Source: RedotPay's reference page "Payment order detail".
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "redotpay.QueryPayment"
	body := wire.NewObject().Text("outerOrderSn", ref.RequestID)
	if ref.RequestID == "" {
		body = wire.NewObject().Text("orderSn", ref.PaymentID)
	}
	var out orderJSON
	if err := w.call(ctx, op, pathDetail, body.End(), &out); err != nil {
		return wallet.Payment{}, wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Conflict)
	}
	payment, err := w.queried(&out, ref)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

// queried returns the payment of an answer to detail. It must have the id that was queried;
// the provider's own number may have changed since.
func (w *Wallet) queried(out *orderJSON, ref wallet.Ref) (wallet.Payment, error) {
	if ref.RequestID != "" && out.OuterOrderSn != ref.RequestID || ref.RequestID == "" && out.OrderSn != ref.PaymentID ||
		out.OuterOrderSn == "" || out.OrderSn == "" {
		return wallet.Payment{}, wire.ErrMalformed
	}
	payment, err := out.payment()
	if err != nil {
		return wallet.Payment{}, err
	}
	payment.Ref = wallet.Ref{RequestID: out.OuterOrderSn, PaymentID: out.OrderSn}
	if differ(ref.PaymentID, out.OrderSn) {
		w.log.Warn("the provider returned another number for an order", "wallet", w.name, "request", ref.RequestID)
		payment.OtherIDs = append(payment.OtherIDs, ref.PaymentID)
	}
	return payment, nil
}

// Cancel closes an unpaid order. The provider's answer to close proves nothing, so a status
// query is sent before it and after it.
//
// Faults: those of QueryPayment; Unavailable and Unknown as for every call.
//
// Source: RedotPay's reference page "Close order".
func (w *Wallet) Cancel(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "redotpay.Cancel"
	payment, err := w.QueryPayment(ctx, ref)
	if err != nil || payment.Status != wallet.Pending {
		return payment, err
	}
	body := wire.NewObject().Text("orderSn", payment.PaymentID).End()
	if err := w.call(ctx, op, pathClose, body, nil); err != nil && fault.KindOf(err) == fault.Unavailable {
		return wallet.Payment{}, err
	}
	return w.QueryPayment(ctx, payment.Ref)
}

// differ reports whether two ids differ; an empty one differs from none.
func differ(a, b string) bool { return a != "" && b != "" && a != b }
