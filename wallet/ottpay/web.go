package ottpay

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Web is an account of the Web API. It is safe for concurrent use.
type Web struct {
	*account
	methods            methods
	shopID, operatorID string
	miniAppID          string
	h5Return           string
	cardQuery          string
	cardTerminal       string
	zone               *time.Location
	versions           map[string]string
	notFound           []string
	least, most        time.Duration
	refundsEndBySum    bool
}

var (
	_ wallet.Wallet            = (*Web)(nil)
	_ wallet.Querier           = (*Web)(nil)
	_ wallet.Paced             = (*Web)(nil)
	_ wallet.Refunder          = (*Web)(nil)
	_ wallet.RefundQuerier     = (*Web)(nil)
	_ wallet.PaymentIDNotifier = (*Web)(nil)
)

// CreatePayment opens a checkout, or a payment by the order's method. Only the first answer has
// its link: when it was lost the payment is found by our id and has no action.
//
// Faults: Invalid; Unsupported; Declined when refused; Unavailable when the settings are wrong;
// Unknown when no answer came that can be relied on.
func (w *Web) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "ottpay.CreatePayment"
	if err := w.checkPayment(op, req); err != nil {
		return wallet.Payment{}, err
	}
	id, m, err := w.method(op, req)
	if err != nil {
		return wallet.Payment{}, err
	}
	data, err := w.call(ctx, op, m.action, w.create(m, req))
	if err != nil {
		return w.standing(ctx, m, req, err)
	}
	payment, err := w.opened(id, m, req, data)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

// standing returns the payment that a refusal is about: an id that was used before was used by
// us, and a refused repeat may follow a first request that was executed.
func (w *Web) standing(ctx context.Context, m webMethod, req wallet.PaymentRequest, refusal error) (wallet.Payment, error) {
	ref := wallet.Ref{RequestID: req.RequestID, PaymentID: m.paymentID(req)}
	query := func() (wallet.Payment, error) { return w.QueryPayment(ctx, ref) }
	if errors.Is(refusal, fault.Conflict) {
		payment, err := query()
		if err != nil {
			return wallet.Payment{}, wire.Reclassify(refusal, fault.Unknown, fault.Conflict)
		}
		return payment, nil
	}
	return wire.Resolve(wire.RefusedRepeat{Refusal: refusal, LastSentAt: req.LastSentAt, Now: w.now(), Lag: w.lag}, query)
}

// paymentID returns the id that we give a payment at the provider; empty for a checkout, which
// gets one of the provider's own when the payer chooses.
func (m webMethod) paymentID(req wallet.PaymentRequest) string {
	switch {
	case m.channel != "":
		return m.cardID(req.RequestID, req.Hold)
	case m.action == actionCheckout:
		return ""
	}
	return req.RequestID
}

// opened returns the payment of an answer to create.
func (w *Web) opened(id string, m webMethod, req wallet.PaymentRequest, data object) (wallet.Payment, error) {
	names := []string{"order_id", "orderId"}
	want := m.paymentID(req)
	if m.action == actionCheckout {
		names, want = []string{"preypay_order_id", "prepay_order_id"}, req.RequestID
	}
	if got := data.text(names...); got != "" && got != want || got == "" && m.action == actionCheckout || !w.ours(data) {
		return wallet.Payment{}, wire.ErrMalformed // an answer about another payment
	}
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: m.paymentID(req)}, Status: wallet.Pending,
		Amount: req.Amount, OtherIDs: others(data.text("bizpay_order_id"), want), Method: id,
	}
	if m.action == actionCheckout {
		payment.ExpiresAt = w.now().Add(w.duration(req.ExpiresAt))
	}
	charged, err := w.cents(data, "amount")
	if err != nil || charged != (wallet.Money{}) && charged.Minor < req.Amount.Minor {
		return wallet.Payment{}, wire.ErrMalformed
	}
	if more := charged.Minor - req.Amount.Minor; more > 0 && m.action == actionH5 {
		payment.Fees = []wallet.Fee{{Type: "convenience_fee", Amount: wallet.Money{Minor: more, Currency: w.currency}}}
	}
	payment.Action, err = w.next(id, m, req, data)
	return payment, err
}

// next returns where the payer goes.
func (w *Web) next(id string, m webMethod, req wallet.PaymentRequest, data object) (*wallet.Action, error) {
	switch m.action {
	case actionCheckout:
		return w.action(wallet.ActionRedirect, withParameter(data.text("payinfo", "payInfo"), "selected", id))
	case actionH5:
		return w.action(wallet.ActionRedirect, withParameter(data.text("payinfo", "payInfo"), w.h5Return, req.ReturnURL))
	case actionQR:
		if content := data.text("code_url"); content != "" && len(content) <= mostCode {
			return &wallet.Action{Type: wallet.ActionQR, Content: content}, nil
		}
		return nil, wire.ErrMalformed
	case actionMini:
		text := data.text("payInfo", "payinfo")
		if _, err := parseObject([]byte(text)); err != nil {
			return nil, wire.ErrMalformed
		}
		return &wallet.Action{Type: wallet.ActionOrderStr, OrderStr: text}, nil
	}
	return w.action(wallet.ActionRedirect, data.text("codeUrl", "code_url"))
}

// mostCode is the longest text that is shown as a QR code.
const mostCode = 1024

// others returns further ids of a payment.
func others(id, known string) []string {
	if id == "" || id == known || !wire.ValidIDs(id) {
		return nil
	}
	return []string{id}
}

// remark is the text that the provider's console shows.
func remark(req wallet.PaymentRequest) string {
	return wire.Truncate(firstOf(req.Description, req.Order), mostRemark)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// call encrypts and sends a request, and decrypts the answer. It returns the data of an answer
// that says SUCCESS or, with data, PROCESSING: both are about the call and not about money.
//
// Faults: as the code says; Unknown when no answer came, or none that can be decrypted.
func (w *Web) call(ctx context.Context, op, action string, data fields) (object, error) {
	closed := w.seal.close(data)
	body := wire.NewObject().Text("action", action).Text("version", firstOf(w.versions[action], actionVersions[action])).
		Text("merchant_id", w.merchantID).Text("data", closed.data).Text("md5", closed.md5).End()
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.URL(""), Body: body,
		Header: http.Header{"Content-Type": {jsonType}, "Accept": {jsonType}},
	})
	if err != nil {
		return nil, err
	}
	outer, err := parseEnvelope(answer.Body)
	if err != nil || !answer.OK() {
		return nil, answer.Unknown(wire.ErrMalformed)
	}
	code := upperCode(outer.text("rsp_code", "rep_code"))
	inner, err := w.inside(outer)
	switch {
	case code == "":
		return nil, answer.Unknown(wire.ErrMalformed)
	case code != codeSuccess && (code != "PROCESSING" || !outer.sealed()):
		return nil, w.refusal(op, code)
	case err != nil:
		return nil, answer.Unknown(err)
	}
	return inner, nil
}

// refusal returns the fault of a code. Codes are not encrypted, and a refusal need not have
// data: only TLS proves that the provider sent it. Over http a third party could have
// replaced the answer to a refund that was made.
func (w *Web) refusal(op, code string) error {
	if w.exposed {
		return wire.Reclassify(webFault(op, code), fault.Unknown, fault.Declined, fault.Invalid, fault.Conflict, fault.Unavailable)
	}
	return webFault(op, code)
}

const (
	codeSuccess = "SUCCESS"
	jsonType    = "application/json"
)

// sendAction sends a query. An answer other than success means that the order is not known or that the
// query failed, which the documents do not distinguish: the account's settings may.
func (w *Web) sendAction(ctx context.Context, op, action string, data fields) (object, error) {
	answer, err := w.call(ctx, op, action, data)
	if err == nil {
		if code := upperCode(answer.text("rspCode")); code != "" && code != codeSuccess && code != "PROCESSING" {
			err = webFault(op, code)
		}
	}
	if err == nil {
		return answer, nil
	}
	if code := fault.Of(err).Code; len(w.notFound) > 0 && code != "" {
		return nil, wire.Reclassify(err, w.meaning(code), fault.Declined, fault.Invalid, fault.Conflict, fault.Unknown)
	}
	return nil, wire.Reclassify(err, fault.NotFound, fault.Declined, fault.Invalid, fault.Conflict)
}

// meaning returns the meaning of a refused query where the settings say which codes are "not
// found".
func (w *Web) meaning(code string) fault.Kind {
	if slices.Contains(w.notFound, code) {
		return fault.NotFound
	}
	return fault.Unknown
}
