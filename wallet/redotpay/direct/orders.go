package direct

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

const (
	pathCreate = "/openapi/v2/order/create"
	pathMethod = "/openapi/v2/order/payment-method"
	pathOrder  = "/openapi/v2/order/"
)

// Orders is an account whose payers pay at the provider's page. It is safe for concurrent
// use.
type Orders struct {
	account
	lag time.Duration
}

var (
	_ wallet.Wallet   = (*Orders)(nil)
	_ wallet.Querier  = (*Orders)(nil)
	_ wallet.Paced    = (*Orders)(nil)
	_ wallet.Notifier = (*Orders)(nil)
)

// Pace returns how long the provider's queries may lag; the schedule is the default.
func (w *Orders) Pace() wallet.Pace { return wallet.Pace{Lag: w.lag} }

// placeJSON is where a payer pays.
type placeJSON struct {
	PaymentURL string `json:"payment_url"`
	QRCode     string `json:"qr_code"`
}

// createJSON is the answer to create.
type createJSON struct {
	OrderSn    string       `json:"order_sn"`
	Manual     bool         `json:"manual"`
	ExpireTime wire.Literal `json:"expire_time"` // seconds
	placeJSON
}

// orderJSON is the answer to a query.
type orderJSON struct {
	OrderSn  string          `json:"order_sn"`
	RefNo    string          `json:"ref_no"`
	Status   string          `json:"status"`
	Amount   wire.Literal    `json:"amount"`
	Currency wallet.Currency `json:"currency"`
}

// CreatePayment opens an order. A repeat sends the same ref_no.
//
// Faults: Declined only for a code that is configured as refused; Invalid for an amount that
// the configured unit cannot express; Unknown for every other refusal, and when no answer came
// that can be relied on.
func (w *Orders) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "direct.CreatePayment"
	body, err := w.encodeCreate(op, &req)
	if err != nil {
		return wallet.Payment{}, err
	}
	var out createJSON
	if err := w.call(ctx, op, http.MethodPost, pathCreate, body, &out); err != nil {
		return wire.Resolve(wire.RefusedRepeat{Refusal: err, LastSentAt: req.LastSentAt, Now: w.now(), Lag: w.lag}, func() (wallet.Payment, error) {
			return w.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
		})
	}
	if !plainNumber(out.OrderSn) {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	if out.PaymentURL == "" { // manual
		if out.placeJSON, err = w.fetch(ctx, op, out.OrderSn); err != nil {
			// The order exists: a repeat of the request gets here again.
			return wallet.Payment{}, wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Unavailable, fault.Conflict, fault.NotFound)
		}
	}
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: out.OrderSn}, Status: wallet.Pending, Amount: req.Amount,
		ExpiresAt: w.expiry(out.ExpireTime),
	}
	if payment.Action = w.action(&out.placeJSON, req.Channel); payment.Action == nil {
		return wallet.Payment{}, wire.Unknown(op, wire.ErrMalformed)
	}
	return payment, nil
}

// expiry returns when the payment URL expires; zero when that is absent.
func (w *Orders) expiry(seconds wire.Literal) time.Time {
	const most = 366 * 24 * 60 * 60
	n, ok := seconds.Int()
	if !ok || n <= 0 || n > most {
		return time.Time{}
	}
	return w.now().Add(time.Duration(n) * time.Second)
}

func (w *Orders) encodeCreate(op string, req *wallet.PaymentRequest) ([]byte, error) {
	switch {
	case req.Hold:
		return nil, fault.New(fault.Unsupported, op, "This wallet cannot hold money.")
	case req.Agreement != "" || req.MethodToken != "":
		return nil, fault.New(fault.Unsupported, op, "This wallet charges neither agreements nor tokens.")
	}
	if err := w.checkMoney(op, req.Amount); err != nil {
		return nil, err
	}
	amount := w.amount(req.Amount)
	if _, whole := wire.Literal(amount.String()).Int(); !whole {
		return nil, fault.InvalidField(op, "amount", "must be whole units of its currency at this wallet")
	}
	return wire.NewObject().Text("merchant_code", w.merchantCode).Number("amount", amount).
		Text("currency", string(req.Amount.Currency)).Text("ref_no", req.RequestID).
		Text("callback_url", req.NotifyURL).Bool("manual", w.config.Manual).End(), nil
}

// amount returns money in the configured unit.
func (w *Orders) amount(m wallet.Money) wire.Decimal {
	if w.config.AmountUnit == unitMajor {
		return wire.Major(m)
	}
	return wire.Integer(m.Minor)
}

// money reads an amount in the configured unit.
func (w *Orders) money(l wire.Literal, c wallet.Currency) (wallet.Money, error) {
	if w.config.AmountUnit == unitMajor {
		return l.Major(c)
	}
	return l.Minor(c)
}

// fetch requests the URL and QR content of a manual order.
func (w *Orders) fetch(ctx context.Context, op, sn string) (placeJSON, error) {
	var out placeJSON
	err := w.call(ctx, op, http.MethodGet, pathMethod+"?"+wire.Query("order_sn", sn), nil, &out)
	return out, err
}

// action returns where the payer goes: on a phone the link where there is one, elsewhere the QR
// code with the link beside it.
func (w *Orders) action(p *placeJSON, channel wallet.Channel) *wallet.Action {
	link := p.PaymentURL
	if !w.base.ValidLink(link) {
		link = ""
	}
	switch {
	case p.QRCode != "" && len(p.QRCode) <= mostQR && (link == "" || !channel.OnPhone()):
		return &wallet.Action{Type: wallet.ActionQR, Content: p.QRCode, URL: link}
	case link == "":
		return nil
	}
	return &wallet.Action{Type: wallet.ActionRedirect, URL: link}
}

// mostQR is how many bytes a QR code can encode.
const mostQR = 2953

// QueryPayment sends a status query, by the provider's number. By ours alone an order is found
// only where the settings say so: elsewhere NotFound would prove nothing.
//
// Faults: NotFound where a code with that meaning is configured; Unknown for every other
// refusal.
func (w *Orders) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	const op = "direct.QueryPayment"
	number := cmp.Or(ref.PaymentID, ref.RequestID)
	if !plainNumber(number) {
		return wallet.Payment{}, fault.New(fault.NotFound, op, "The wallet knows no such payment.")
	}
	var out orderJSON
	err := w.call(ctx, op, http.MethodGet, pathOrder+url.PathEscape(number), nil, &out)
	if err != nil {
		err = wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Conflict)
		if ref.PaymentID == "" && !w.config.ByReference {
			err = wire.Reclassify(err, fault.Unknown, fault.NotFound)
		}
		return wallet.Payment{}, err
	}
	payment, err := w.queried(&out, ref)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

// queried returns the payment of an answer, which must have both numbers: a callback's
// signature does not prove which is which.
func (w *Orders) queried(out *orderJSON, ref wallet.Ref) (wallet.Payment, error) {
	wrong := ref.RequestID != "" && out.RefNo != ref.RequestID || ref.PaymentID != "" && out.OrderSn != ref.PaymentID
	if wrong || out.RefNo == "" || !plainNumber(out.OrderSn) || !wire.ValidIDs(out.RefNo) {
		return wallet.Payment{}, wire.ErrMalformed
	}
	amount, err := w.money(out.Amount, out.Currency)
	if err != nil && (out.Amount != "" || out.Currency != "") {
		return wallet.Payment{}, err
	}
	return wallet.Payment{
		Ref: wallet.Ref{RequestID: out.RefNo, PaymentID: out.OrderSn}, Status: status(out.Status), Amount: amount, Code: wire.Clip(out.Status),
	}, nil
}

// status returns the meaning of a status: only one is documented.
func status(word string) wallet.Status {
	if word == "paid" {
		return wallet.Paid
	}
	return wallet.Pending
}

// plainNumber reports whether an order's number can be part of a path without escapes.
func plainNumber(s string) bool {
	return wire.ValidIDs(s) && wire.PlainPath("/"+s) && s != "" && url.PathEscape(s) == s
}
